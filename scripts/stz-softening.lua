-- Ductility and softening: one mean barrier, three limits of the permanent softening (Fig. 5 of
-- Wang et al.). The more a glass can soften, the more its strain localizes, at the same strength.
--
-- Writes to its folder: cases.csv, map-*.svg (von Mises strain), report.html, run.json, log.txt.

local figures = require "vitrum.stz.figures"
local study = require "vitrum.stz.study"
local vt = require "vitrum"

return vt.protocol{
  name = "stz-softening",
  summary = "Pull STZ lattices with three limits of softening: strength and ductility.",
  terms = "softening; ductility; shear localization",
  source = "Wang et al., Atomistically informed mesoscale modelling of deformation behavior of "
    .. "bulk metallic glasses, Acta Mater. (2024), section 3.2.2 and Fig. 5.",
  params = { study.params,
             { "barrier", 2.0, unit = "eV", range = "energy", above = 0, help = "mean barrier" } },
  example = "n=64 seeds=2",
  title = "Ductility and softening",
  report = study.report,
  run = function(p, out)
    return study.run(p, out, figures.softening(p))
  end,
}
