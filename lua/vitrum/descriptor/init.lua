-- The surroundings of atoms in numbers: one line for each kind, and what all have in common.

local angular = require "vitrum.descriptor.angular"
local chebyshev = require "vitrum.descriptor.chebyshev"
local common = require "vitrum.descriptor.common"
local radial = require "vitrum.descriptor.radial"

require("vitrum").descriptor = { radial = radial.radial, angular = angular.angular,
                                 chebyshev = chebyshev.chebyshev,
                                 first_peaks = radial.first_peaks, load = common.load }

return common
