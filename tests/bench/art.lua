-- Searches for saddles: how many an hour on one core, how many are connected, and where evaluations
-- go. Run as: vitrum art.lua POTENTIAL TAPER SEARCHES GLASS...
local vt = require "vitrum"

local PHASES <const> = { "leave", "converge", "refine", "verify", "minimize", "cut" }

local function bench(file, potential, taper, searches)
  local glass = vt.atoms.read(file, { species = { "Cu", "Zr" } })
  glass.potential = vt.potential.eam(potential, taper > 0 and { taper = taper } or nil)
  vt.minimize(glass, { fmax = 1e-4 })
  local art = vt.art(glass, { seed = 7 })
  local sum = { connected = 0, evaluations = 0, region = 0, lanczos = 0 }
  local phase, different = {}, {}
  local start = os.clock()
  for k = 1, searches do
    local e = art:search((k * 97) % #glass + 1, 1)
    sum.evaluations, sum.region = sum.evaluations + e.evaluations, sum.region + e.region_evaluations
    for _, name in ipairs(PHASES) do
      phase[name] = (phase[name] or 0) + e.phases[name]
      sum.lanczos = sum.lanczos + (e.lanczos[name] or 0)
    end
    if e.connected then
      sum.connected = sum.connected + 1
      different[("%.3f"):format(e.barrier)] = true
    end
  end
  local seconds, unique = os.clock() - start, 0
  for _ in pairs(different) do unique = unique + 1 end
  local parts = {}
  for _, name in ipairs(PHASES) do parts[#parts + 1] = ("%.0f"):format(phase[name] / searches) end
  print(("| %s | %s | %d | %.0f | %.0f %% | %.0f | %.0f | %.2f | %s, %.0f |"):format(
    file:match "[^/]+$", potential:match "[^/]+$", searches, 3600 * searches / seconds,
    100 * sum.connected / searches, sum.evaluations / sum.connected, sum.region / sum.connected,
    unique / seconds, table.concat(parts, ", "), sum.lanczos / searches))
end

vt.quiet(true)
for k = 4, #arg do bench(arg[k], arg[1], tonumber(arg[2]), tonumber(arg[3])) end
