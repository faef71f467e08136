-- Ductility and softening: one mean barrier, three limits of the permanent softening (Fig. 5 of
-- Wang et al.). The more a glass can soften, the more its strain localizes, at the same strength.
--
-- Writes to its folder: cases.csv, map-*.svg (von Mises strain), report.html, run.json, log.txt.

local study = require "vitrum.stz.study"
local vt = require "vitrum"

local QUOTED <const> = { 0.085, 0.125, 0.165 } -- Delta Q/Q of the paper

local function cases_of(p)
  local cases = {}
  for k, left in ipairs { 0.8, 0.7, 0.6 } do
    cases[k] = { name = ("eta_max -ln %.1f"):format(left), file = ("softening-%d"):format(k),
                 x = -math.log(left), quoted_shift = QUOTED[k],
                 options = { barrier = { mean = p.barrier },
                             softening = { maximum = -math.log(left) } } }
  end
  return cases
end

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
    return study.run(p, out, {
      axis = "the limit of softening",
      axis_label = "largest permanent softening", figure = "Fig. 5", cases = cases_of(p),
      statements = { { "yield stress", "almost the same" },
                     { "localization index", "rises" }, { "extreme sites", "rises" } },
    })
  end,
}
