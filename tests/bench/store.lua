-- Stores of many events: adding, reading, removal of duplicates over all atoms, merging.
--
--     vitrum tests/bench/store.lua [events] [atoms that move in each] [folder]
--
-- Prints what each takes. Events have `moving` displaced atoms at the saddle and in the final
-- minimum; every second one is a copy of another from another atom.
local vt = require "vitrum"
local core = require "vitrum.store_core"

local count = tonumber(arg[1] or 100000)
local moving = tonumber(arg[2] or 40)
local folder = arg[3] or "/tmp"

local ATOMS <const> = 10000
local glass = vt.atoms.fcc{ species = "Cu", a = 3.6, cells = { 25, 10, 10 } }
assert(#glass == ATOMS)

local function timed(what, n, f)
  local start = vt.clock()
  local result = f()
  local seconds = vt.clock() - start
  print(("%-44s %8.3f s %12.0f events/s"):format(what, seconds, n / seconds))
  return result
end

local path = os.tmpname()
os.remove(path)
path = folder .. path:match "/[^/]*$"
local stores = { path .. ".a.db", path .. ".b.db" }
local d = vt.array.normal(2000, 3 * moving, { seed = 1 }) * 0.3
local offsets = vt.array.range(0, moving - 1)

-- Which search is which event, so that one can be found from two atoms.
local function event(center, search)
  local number = (search - 1) * ATOMS + center
  local kind = (number + 1) // 2
  return {
    center = center, search = search, seed = 1, reason = "connected", connected = true,
    barrier = 1.5 + 0.3 * math.sin(kind), reverse_barrier = 1, curvature = -1, force = 0.05,
    moved = moving, active = 300, evaluations = 200, region_evaluations = 4000, seconds = 0.3,
    saddle = { atoms = (offsets + kind) % ATOMS + 1,
               displacement = d[kind % 2000 + 1]:reshape{ moving, 3 } },
    final = { atoms = (offsets + kind) % ATOMS + 1,
              displacement = d[(kind + 7) % 2000 + 1]:reshape{ moving, 3 } } }
end

print(("%d events with %d atoms that move, in %s"):format(count, moving, folder))
for k, name in ipairs(stores) do
  local store = core.create(name, glass, { "seed", "1" }, k, 2)
  core.close(store) -- of a share: without a log
end
for _, name in ipairs(stores) do os.remove(name) end
for k, name in ipairs(stores) do
  local store = core.create(name, glass, { "seed", "1" }, 1, 1)
  timed("add to store " .. k, count / 2, function()
    for number = k, count, 2 do
      core.add(store, event((number - 1) % ATOMS + 1, (number - 1) // ATOMS + 1))
    end
  end)
  core.close(store)
end
timed("merge the first", count / 2, function() return vt.art.merge(path, stores[1]) end)
timed("merge the second", count / 2, function() return vt.art.merge(path, stores[2]) end)
timed("merge it again", count / 2, function() return vt.art.merge(path, stores[2]) end)
local store = vt.art.open(path)
timed("one column", count, function() return store:column "barrier" end)
timed("all columns", count, function() store:events()() end)
timed("displacements of all events", count, function() return store:column "participation" end)
local counts = timed("duplicates over all atoms", count, function() return store:removal() end)
print(counts)
for _, name in ipairs{ path, stores[1], stores[2] } do os.remove(name) end
