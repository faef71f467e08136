-- The Lua half of vitrum: attaches the modules written in Lua to the table that the C half made.
local vt = require "vitrum"

vt.help = require("vitrum.prompt.help").help
vt.csv = require "vitrum.base.csv"
vt.fit = require "vitrum.analysis.fit"
vt.plot = require "vitrum.plot"
vt.protocol = require "vitrum.protocol"
vt.statistics = require "vitrum.analysis.statistics"
vt.study = require "vitrum.study"
vt.report = require "vitrum.report"
require "vitrum.dynamics" -- runs of MD, vt.md_restore
require "vitrum.structure" -- adds to vt.structure
require "vitrum.stz"
