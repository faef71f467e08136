-- Strength and the mean barrier: three glasses with the same relative softening (Fig. 4 of Wang et
-- al.). A higher mean barrier makes a glass stronger, and no more and no less ductile.
--
-- Writes to its folder: cases.csv, map-*.svg (von Mises strain), report.html, run.json, log.txt.

local figures = require "vitrum.stz.figures"
local study = require "vitrum.stz.study"
local vt = require "vitrum"

return vt.protocol{
  name = "stz-barrier",
  summary = "Pull STZ lattices with three mean barriers: strength and ductility.",
  terms = "strength; ductility; tensile test",
  source = "Wang et al., Atomistically informed mesoscale modelling of deformation behavior of "
    .. "bulk metallic glasses, Acta Mater. (2024), section 3.2.1 and Fig. 4.",
  params = { study.params,
             { "eta_max", -math.log(0.6), min = 0, help = "largest permanent softening" } },
  example = "n=64 seeds=2",
  title = "Strength and the mean barrier",
  report = study.report,
  run = function(p, out)
    return study.run(p, out, figures.barrier(p))
  end,
}
