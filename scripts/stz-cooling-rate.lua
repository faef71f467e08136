-- Cooling rate: a glass that was cooled slowly has higher barriers, and farther to fall to those of
-- the supercooled liquid (Fig. 6 of Wang et al.). It is stronger and more brittle.
--
-- Writes to its folder: cases.csv, map-*.svg (von Mises strain), report.html, run.json, log.txt.

local study = require "vitrum.stz.study"
local vt = require "vitrum"

-- Mean barrier [eV], what softening leaves of it, cooling rate [K/s] and Delta Q/Q of the paper.
local GLASSES <const> = { { 1.8, 0.67, "10^7.25", 0.139 }, { 2.0, 0.60, "10^5.75", 0.165 },
                          { 2.2, 0.55, "10^4.25", 0.218 } }

local function cases_of()
  local cases = {}
  for k, glass in ipairs(GLASSES) do
    cases[k] = { name = glass[3] .. " K/s", file = ("cooling-%d"):format(k), x = glass[1],
                 quoted_shift = glass[4],
                 options = { barrier = { mean = glass[1] },
                             softening = { maximum = -math.log(glass[2]) } } }
  end
  return cases
end

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
    return study.run(p, out, {
      axis = "slower cooling",
      axis_label = "mean barrier (eV), higher for slower cooling", figure = "Fig. 6",
      cases = cases_of(),
      statements = { { "yield stress", "rises" }, { "localization index", "rises" },
                     { "extreme sites", "rises" } },
    })
  end,
}
