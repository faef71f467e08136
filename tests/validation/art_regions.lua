-- Searches in regions against the same searches with all atoms free: from the first saddle on
-- (REFERENCE late), or from the first step on (all), with the same random numbers. What both find,
-- what one finds, and how far barriers differ; saddles of regions are taken to 1e-3 eV/A with all
-- atoms free, and so are those of the others.
-- Run as: vitrum art_regions.lua GLASS POTENTIAL SEARCHES FORCE REFERENCE
local vt = require "vitrum"

local glass = vt.atoms.read(arg[1], { species = { "Cu", "Zr" } })
glass.potential = vt.potential.eam(arg[2])
local searches, force = tonumber(arg[3]), tonumber(arg[4] or 0.05)
vt.quiet(true)
vt.minimize(glass, { fmax = 1e-5 })

local regions = vt.art(glass, { seed = 11, force = force })
local all = vt.art(glass, { seed = 11, force = force, region = arg[5] or "late" })

local table_of, list = {}, {}
local function count(what) table_of[what] = (table_of[what] or 0) + 1 end
local function note(what, value)
  list[what] = list[what] or {}
  table.insert(list[what], value)
end

-- Barrier at 1e-3 eV/A, or nothing.
local function fine(art, event)
  local refined = art:refine(event)
  return refined.converged and refined.barrier or nil
end

local function compare(a, b)
  local d = math.abs(a.barrier - b.barrier)
  note("as found", d)
  local x, y = fine(regions, a), fine(all, b)
  local same = x and y and math.abs(x - y)
  if same then note("both taken to 1e-3 eV/A", same) end
  count((same or d) < 1e-3 and "both, the same saddle to 1 meV" or "both, different saddles")
  if x then note("of the region, taken to 1e-3 eV/A", math.abs(x - a.barrier)) end
end

for k = 1, searches do
  local atom = (k * 97) % #glass + 1
  local a, b = regions:search(atom, 1), all:search(atom, 1)
  print(atom, a.reason, a.barrier, b.reason, b.barrier)
  if a.connected and b.connected then
    compare(a, b)
  elseif a.connected or b.connected then
    count(a.connected and "regions alone" or "all alone")
    note("left", a.connected and b.reason or a.reason)
  else
    count "neither"
  end
  io.stdout:flush()
end
for what, n in pairs(table_of) do print(what, n) end
print("the other one ended with: " .. table.concat(list.left or {}, ", "))
list.left = nil
for what, values in pairs(list) do
  table.sort(values)
  local within = 0
  for _, d in ipairs(values) do within = within + (d < 1e-3 and 1 or 0) end
  print(("barriers %s: %d, %d within 1 meV, median %.3g, largest %.3g eV"):format(what, #values,
    within, values[#values // 2 + 1], values[#values]))
end
