-- How a sample resists strain: one line for each function.

local curve = require "vitrum.mechanics.curve"
local elastic = require "vitrum.mechanics.elastic"
local quasistatic = require "vitrum.mechanics.quasistatic"
local slab = require "vitrum.mechanics.slab"

local mechanics = { elastic = elastic.elastic, elastic_resume = elastic.resume,
                    averages = elastic.averages, quasistatic = quasistatic.quasistatic,
                    quasistatic_resume = quasistatic.resume,
                    stress_strain = curve.stress_strain, material = slab.material,
                    shear_band = slab.shear_band }

require("vitrum").mechanics = mechanics

return mechanics
