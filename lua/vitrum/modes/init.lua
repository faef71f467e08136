-- How the atoms of a solid vibrate: one line for each function.

local density = require "vitrum.modes.density"
local displacement = require "vitrum.modes.displacement"
local found = require "vitrum.modes.found"

local modes = { lowest = found.lowest, all = found.all, density = density.density,
                debye = density.debye, displacement = displacement.displacement }

require("vitrum").modes = modes

return modes
