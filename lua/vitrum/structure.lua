-- The Lua half of vt.structure: one line for each function.

local structure = require("vitrum").structure
local strain = require "vitrum.strain"

structure.deformation = strain.deformation
structure.deformations = strain.deformations

return structure
