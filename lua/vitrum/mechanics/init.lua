-- How a sample resists strain: one line for each function.

local elastic = require "vitrum.mechanics.elastic"
local quasistatic = require "vitrum.mechanics.quasistatic"

local mechanics = { elastic = elastic.elastic, averages = elastic.averages,
                    quasistatic = quasistatic.quasistatic }

require("vitrum").mechanics = mechanics

return mechanics
