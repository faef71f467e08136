-- Time per atom and step of a network potential: two species, 90 inputs, cutoff 7 A, with lists.
-- usage: vitrum tests/bench/network.lua [glass=FILE] [repeats=3]
local vt = require "vitrum"

local o = { glass = false, repeats = "3" }
for _, word in ipairs(arg) do
  local key, value = word:match "^(%w+)=(.+)$"
  o[key or error("no option: " .. word)] = value
end

-- A glass of the density of Cu64Zr36, from a file or, as good for times, a random packing.
local glass = o.glass and vt.atoms.read(o.glass, { species = { "Cu", "Zr" } })
  or vt.atoms.random{ composition = "Cu64Zr36", n = 5000, number_density = 0.063, seed = 1 }

-- Weights do not matter: a network after one step on a handful of shaken crystals.
local folder = os.tmpname()
os.remove(folder)
local data = folder .. ".xyz"
for k = 1, 6 do
  local crystal = vt.atoms.fcc{ species = "Cu", a = 4, cells = 2 }
  crystal:substitute{ to = "Zr", count = 12, seed = k }
  crystal:rattle{ amplitude = 0.1, seed = k }
  crystal.potential = vt.potential.lj{ species = { "Cu", "Zr" }, epsilon = { 0.4, 0.5 },
                                       sigma = { 2.3, 2.7 } }
  crystal:save(data, { forces = true, append = k > 1 })
end
local net = vt.learn.network{ data = data, species = { "Cu", "Zr" }, folds = 3, block = 1 }
os.remove(data)
net:train{ steps = 1 }
glass.potential = net.potential
glass:thermalize{ temperature = 300, seed = 1 }

local function time(precision, threads)
  vt.threads(threads)
  local md, best = vt.md(glass, { timestep = 0.001, precision = precision }), math.huge
  md:run{ steps = 2 }
  for _ = 1, tonumber(o.repeats) do
    local start = vt.clock()
    md:run{ steps = 10 }
    best = math.min(best, (vt.clock() - start) / 10 / #glass)
  end
  return 1e6 * best
end

local neighbors = 4 / 3 * math.pi * 7 ^ 3 * #glass / glass:volume()
local operations = neighbors * (405 + 810 + 430) + 2 * 2289 + 12 * 405
print(("%d atoms, %.1f neighbors within 7 A; %.0f thousand multiply-adds an atom and step"):format(
  #glass, neighbors, operations / 1e3))
for _, precision in ipairs{ "double", "mixed" } do
  local one, two = time(precision, 1), time(precision, 2)
  print(("%-6s  1 thread %6.2f us (%.1f billion multiply-adds/s)   2 threads %6.2f us (%.2f times)")
    :format(precision, one, operations / one / 1e3, two, one / two))
end
