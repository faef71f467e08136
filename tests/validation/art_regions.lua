-- Searches in regions against searches in which all atoms move, with the same random numbers: what
-- both find, what one finds, and how far barriers differ. Displacements of connected saddles are
-- put into the whole sample again, whose energy must be the barrier (the audit).
-- Run as: vitrum art_regions.lua GLASS POTENTIAL SEARCHES FORCE
local vt = require "vitrum"

local glass = vt.atoms.read(arg[1], { species = { "Cu", "Zr" } })
glass.potential = vt.potential.eam(arg[2])
local searches, force = tonumber(arg[3]), tonumber(arg[4] or 0.05)
vt.quiet(true)
vt.minimize(glass, { fmax = 1e-5 })

local regions = vt.art(glass, { seed = 11, force = force })
local all = vt.art(glass, { seed = 11, force = force, region = "all" })

local table_of, differences, deviations = {}, {}, {}
local function count(what) table_of[what] = (table_of[what] or 0) + 1 end

-- Energy of the whole sample at the displacements of a saddle, against its barrier.
local function audit(event)
  local copy = glass:copy()
  local positions = copy:positions()
  local list = event.saddle.atoms
  positions[list] = positions[list] + event.saddle.displacement
  return math.abs(copy:energy() - glass:energy() - event.barrier)
end

for k = 1, searches do
  local atom = (k * 97) % #glass + 1
  local a, b = regions:search(atom, 1), all:search(atom, 1)
  if a.connected then deviations[#deviations + 1] = audit(a) end
  if a.connected and b.connected then
    local d = math.abs(a.barrier - b.barrier)
    count(d < 1e-3 and "both, within 1 meV" or d < 1e-2 and "both, within 10 meV"
      or "both, different saddles")
    differences[#differences + 1] = d
  elseif a.connected then
    count "regions alone"
  elseif b.connected then
    count "all alone"
  else
    count "neither"
  end
end
for what, n in pairs(table_of) do print(what, n) end
table.sort(differences)
table.sort(deviations)
print("median difference (eV)", differences[#differences // 2 + 1])
print("energy of the whole sample at the listed displacements against the barrier, largest (eV)",
  deviations[#deviations])
