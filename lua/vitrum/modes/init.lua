-- How the atoms of a solid vibrate: one line for each function.

local found = require "vitrum.modes.found"

local modes = { lowest = found.lowest, all = found.all }

require("vitrum").modes = modes

return modes
