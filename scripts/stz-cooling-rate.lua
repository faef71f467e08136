-- Cooling rate: a glass that was cooled slowly has higher barriers, and farther to fall to those of
-- the supercooled liquid (Fig. 6 of Wang et al.). It is stronger and more brittle.
--
-- Writes to its folder: cases.csv, map-*.svg (von Mises strain), report.html, run.json, log.txt.

local figures = require "vitrum.stz.figures"
local study = require "vitrum.stz.study"
local vt = require "vitrum"

return vt.protocol{
  name = "stz-cooling-rate",
  summary = "Pull STZ lattices of glasses cooled at three rates: strength and ductility.",
  terms = "cooling rate; ductility",
  source = "Wang et al., Atomistically informed mesoscale modelling of deformation behavior of "
    .. "bulk metallic glasses, Acta Mater. (2024), section 4.1 and Fig. 6.",
  params = study.params,
  example = "n=64 seeds=2",
  title = "Cooling rate",
  report = study.report,
  run = function(p, out)
    return study.run(p, out, figures.cooling())
  end,
}
