-- How a sample resists strain: one line for each function.

local elastic = require "vitrum.mechanics.elastic"

local mechanics = { elastic = elastic.elastic, averages = elastic.averages }

require("vitrum").mechanics = mechanics

return mechanics
