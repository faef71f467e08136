-- Strain rate: seven decades of it (Fig. 7 of Wang et al.). The faster a glass is pulled, the
-- stronger it is, and the less time there is for softening to recover.
--
-- Writes to its folder: cases.csv, map-*.svg (von Mises strain), report.html, run.json, log.txt.

local figures = require "vitrum.stz.figures"
local study = require "vitrum.stz.study"
local vt = require "vitrum"

return vt.protocol{
  name = "stz-strain-rate",
  summary = "Pull STZ lattices at strain rates over seven decades: strength and ductility.",
  terms = "strain rate; strain-rate sensitivity",
  source = "Wang et al., Atomistically informed mesoscale modelling of deformation behavior of "
    .. "bulk metallic glasses, Acta Mater. (2024), section 4.2 and Fig. 7.",
  params = { study.params,
    { "barrier", 2.0, unit = "eV", range = "energy", above = 0, help = "mean barrier" },
    { "eta_max", -math.log(0.6), min = 0, help = "largest permanent softening" },
    { "slowest", -4, min = -8, max = 6, help = "power of ten of the slowest rate [1/s]" },
    { "fastest", 2, min = -8, max = 6, help = "power of ten of the fastest rate [1/s]" },
  },
  example = "n=64 seeds=2 slowest=-4 fastest=-2",
  title = "Strain rate",
  report = study.report,
  run = function(p, out)
    if p.slowest >= p.fastest then
      error(("slowest (%d) must be below fastest (%d)"):format(p.slowest, p.fastest), 0)
    end
    return study.run(p, out, figures.rate(p))
  end,
}
