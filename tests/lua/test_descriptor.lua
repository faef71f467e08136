-- vt.descriptor from Lua: columns, centers, files, models of atoms, wrong input; and g(r) around
-- groups of atoms. The sums themselves are tested in C.
local lu = require "luaunit"
local vt = require "vitrum"
local child = require "child"
local folder = require "io_folder"

local message_of, path = folder.message, folder.name
local descriptor = vt.descriptor

TestDescriptor = {}

function TestDescriptor.setUp() folder.make() end
function TestDescriptor.tearDown() folder.remove() end

local function glass(n, seed)
  return vt.atoms.random{ composition = "Cu64Zr36", n = n or 300, seed = seed or 1 }
end

function TestDescriptor.test_columns_have_names()
  local d = descriptor.radial{ species = { "Cu", "Zr" } }
  lu.assertEquals({ #d, #d.labels }, { 98, 98 })
  lu.assertEquals({ d.labels[1], d.labels[49], d.labels[50] }, { "Cu 1.8", "Cu 6.6", "Zr 1.8" })
  lu.assertStrContains(tostring(d), "columns 50 to 98: Zr around the center")
  d = descriptor.radial{ species = { "Cu", "Zr" },
                         peaks = { ["Cu-Cu"] = 2.5, ["Cu-Zr"] = 2.8, ["Zr-Zr"] = 3.2 } }
  lu.assertEquals({ #d, d.labels[9], d.settings.peaks["Zr-Cu"] }, { 98, "Cu 1", 2.8 })
  lu.assertStrContains(tostring(d), "Zr-Cu 2.8")
  local a = descriptor.angular{ species = { "Cu", "Zr" }, xi = 4, lambda = { -1, 1 }, zeta = 2 }
  lu.assertEquals(a.labels, { "Cu-Cu xi 4 lambda -1 zeta 2", "Cu-Cu xi 4 lambda 1 zeta 2",
    "Cu-Zr xi 4 lambda -1 zeta 2", "Cu-Zr xi 4 lambda 1 zeta 2",
    "Zr-Zr xi 4 lambda -1 zeta 2", "Zr-Zr xi 4 lambda 1 zeta 2" })
end

-- Invariance: turned, mirrored and with atoms in another order, features are the same to rounding.
function TestDescriptor.test_spherical_chebyshev_descriptors()
  local d = descriptor.chebyshev{ species = { "Cu", "Zr" }, rmax = 5 }
  lu.assertEquals({ #d, d.labels[1], d.labels[90] }, { 90, "all n 0 l 0", "weighted n 4 l 8" })
  lu.assertStrContains(tostring(d), "columns 46 to 90: neighbors weighted by species, Cu 1, Zr -2")
  lu.assertEquals(#descriptor.chebyshev{ species = "Cu" }, 45)
  local n, turned, mirrored, shuffled = 40, {}, {}, {}
  local c, s = math.cos(0.7), math.sin(0.7)
  local symbols, positions = {}, {}
  local g = vt.atoms.random{ composition = "Cu64Zr36", n = n, seed = 3 }
  for i, symbol in ipairs(g:symbols()) do
    local x, y, z = g.positions:get(i, 1), g.positions:get(i, 2), g.positions:get(i, 3)
    symbols[i], positions[i] = symbol, { x, y, z }
    turned[i] = { c * x - s * z + 3, y, s * x + c * z }
    mirrored[i] = { z, y, -x }
    shuffled[n + 1 - i] = { x, y, z }
  end
  local function compute(places, names)
    return d:compute(vt.atoms.new{ positions = places, symbols = names, periodic = false })
  end
  local reversed = {}
  for i = 1, n do reversed[n + 1 - i] = symbols[i] end
  local x, y, z = compute(positions, symbols), compute(turned, symbols), compute(mirrored, symbols)
  local w = compute(shuffled, reversed)
  lu.assertEquals({ x.dtype, x.shape }, { "float64", { n, 90 } })
  local largest = math.max(x:max(), -x:min())
  for i = 1, n do
    for k = 1, 90 do
      local value = x:get(i, k)
      lu.assertAlmostEquals(y:get(i, k), value, 1e-12 * largest)
      lu.assertAlmostEquals(z:get(i, k), value, 1e-12 * largest)
      lu.assertAlmostEquals(w:get(n + 1 - i, k), value, 1e-12 * largest)
    end
  end
  d:save(path "chebyshev.json")
  local again = descriptor.load(path "chebyshev.json")
  lu.assertEquals(again:compute(g):totable(), d:compute(g):totable())
  for _, case in ipairs{ { { n_max = 16 }, "n_max" }, { { l_max = -1 }, "l_max" },
                         { { rmax = 0 }, "rmax" }, { { n_max = 2.5 }, "whole" } } do
    case[1].species = "Cu"
    lu.assertStrContains(message_of(descriptor.chebyshev, case[1]), case[2])
  end
  lu.assertStrContains(message_of(d.compute, d, vt.atoms.fcc{ species = "Al", a = 4, cells = 2 }),
    "atoms of species Al")
end

-- Around an atom of an fcc crystal there are 12, 6 and 24 atoms at a/sqrt 2, a and a sqrt(3/2).
function TestDescriptor.test_a_crystal()
  local a <const> = 3.6
  local crystal = vt.atoms.fcc{ species = "Cu", a = a, cells = 1 } -- thinner than the cutoff
  local d = descriptor.radial{ species = "Cu", rmin = 2, rmax = 5, sigma = 0.1, step = 0.05 }
  local x = d:compute(crystal)
  lu.assertEquals(x.dtype, "float32")
  lu.assertEquals(x.shape, { 4, 61 })
  for k = 1, 61 do
    local sum = 0
    for _, shell in ipairs{ { 12, a / 2 ^ 0.5 }, { 6, a }, { 24, a * 1.5 ^ 0.5 } } do
      sum = sum + shell[1] * math.exp(-((2 + (k - 1) * 0.05 - shell[2]) / 0.1) ^ 2 / 2)
    end
    for i = 1, 4 do lu.assertAlmostEquals(x:get(i, k), sum, 2e-6 * math.max(1, sum)) end
  end
end

function TestDescriptor.test_centers()
  local g = glass()
  for _, d in ipairs{ descriptor.radial{ species = { "Cu", "Zr" } },
                      descriptor.angular{ species = { "Cu", "Zr" }, rmax = 4 } } do
    local all = d:compute(g)
    lu.assertEquals(all.shape, { 300, #d })
    local numbers, mask = {}, {}
    for k, symbol in ipairs(g:symbols()) do
      mask[k] = symbol == "Zr" and 1 or 0
      if symbol == "Zr" then numbers[#numbers + 1] = k end
    end
    local expected = all:select(numbers)
    lu.assertTrue(d:compute(g, { centers = "Zr" }):equals(expected))
    lu.assertTrue(d:compute(g, { centers = numbers }):equals(expected))
    lu.assertTrue(d:compute(g, { centers = vt.array(mask):astype "int32" }):equals(expected))
    lu.assertTrue(d:compute(g, { centers = { 7, 3, 7 } }):equals(all:select{ 7, 3, 7 }))
  end
end

function TestDescriptor.test_the_order_of_atoms_does_not_matter()
  local g = glass(100)
  local order = vt.array.permutation(100, { seed = 3 })
  local d = descriptor.radial{ species = { "Cu", "Zr" } }
  local a, b = d:compute(g), d:compute(g:select(order))
  lu.assertTrue(a:select(order):near(b, 2e-5))
end

function TestDescriptor.test_threads_do_not_matter()
  local g, d = glass(2000), descriptor.radial{ species = { "Cu", "Zr" } }
  local threads, result = vt.threads(), {}
  for n = 1, 3 do
    vt.threads(n)
    result[n] = d:compute(g)
  end
  vt.threads(threads)
  lu.assertTrue(result[1]:equals(result[2]))
  lu.assertTrue(result[1]:equals(result[3]))
end

-- ---------------------------------------------------------------- g(r) around centers ----

-- The mean of what is around each single atom.
function TestDescriptor.test_pair_distributions_around_centers()
  local g = glass(400)
  local centers = { 3, 8, 9, 40, 41, 77, 250, 333, 399, 400 }
  local around = vt.structure.rdf(g, { rmax = 7, bins = 70, centers = centers })
  local single = vt.structure.atomic_rdf(g, { rmax = 7, bins = 70 })
  local of = { Cu = {}, Zr = {} }
  local symbols = g:symbols()
  for _, k in ipairs(centers) do table.insert(of[symbols[k]], k) end
  for a, list in pairs(of) do
    lu.assertEquals(around.centers[a], #list)
    for b, rows in pairs(single.partial) do
      lu.assertTrue(around.partial[a .. "-" .. b]:near(rows:select(list):mean(1), 1e-11))
    end
  end
  lu.assertEquals(around.counts.Cu, 256)
  -- Around all atoms it is the plain one, and by species with a function for frames.
  local plain = vt.structure.rdf({ g, glass(400, 2) }, { rmax = 7, bins = 70 })
  local zirconium = vt.structure.rdf({ g, glass(400, 2) }, { rmax = 7, bins = 70,
    centers = function(atoms) return atoms:types():eq(2):find() end })
  lu.assertTrue(zirconium.partial["Zr-Cu"]:near(plain.partial["Cu-Zr"], 1e-11))
  lu.assertNil(zirconium.partial["Cu-Zr"])
  lu.assertTrue(zirconium.coordination["Zr-Zr"]:near(plain.coordination["Zr-Zr"], 1e-11))
  local all = vt.structure.rdf(g, { rmax = 7, bins = 70, centers = vt.array.range(400) })
  local once = vt.structure.rdf(g, { rmax = 7, bins = 70 })
  lu.assertTrue(all.total:near(once.total, 1e-12))
  lu.assertTrue(all.coordination.total:near(once.coordination.total, 1e-12))
  lu.assertStrContains(message_of(vt.structure.rdf, g, { centers = { 401 } }), "atoms go from 1")
  lu.assertStrContains(message_of(vt.structure.rdf, g, { centers = "Al" }), "no atoms of species")
  lu.assertStrContains(message_of(vt.structure.rdf, g, { centers = 5 }), "a species, a list")
end

function TestDescriptor.test_first_peaks()
  local crystal = vt.atoms.fcc{ species = "Cu", a = 3.6, cells = 4 }
  local peaks = descriptor.first_peaks(crystal)
  lu.assertAlmostEquals(peaks["Cu-Cu"], 3.6 / 2 ^ 0.5, 0.02)
  local d = descriptor.radial{ species = "Cu", peaks = peaks }
  lu.assertEquals(#d, 49)
  lu.assertStrContains(message_of(descriptor.first_peaks, crystal, { centers = { 1, 2 } }),
    "there are 2 centers of species Cu; a first peak needs at least 20")
end

-- ---------------------------------------------------------------- files and models ----

function TestDescriptor.test_they_come_back()
  local g = glass(50)
  for _, d in ipairs{ descriptor.radial{ species = { "Zr", "Cu" }, rmax = 5, rmin = 2, step = 0.1 },
                      descriptor.radial{ species = { "Cu", "Zr" }, peaks = { ["Cu-Cu"] = 2.5,
                        ["Cu-Zr"] = 2.7, ["Zr-Cu"] = 2.8, ["Zr-Zr"] = 3.1 } },
                      descriptor.angular{ species = { "Cu", "Zr" }, rmax = 4 } } do
    d:save(path "d.json", { overwrite = true })
    local back = descriptor.load(path "d.json")
    lu.assertEquals(tostring(back), tostring(d))
    lu.assertEquals(back.labels, d.labels)
    lu.assertTrue(back:compute(g):equals(d:compute(g)))
  end
  local text = child.read(path "d.json")
  for _, case in ipairs{ { '"version": 1', '"version": 2', "version 2" },
                         { '"kind": "angular"', '"kind": "odd"', "unknown kind 'odd'" },
                         { '"rmax": 4', '"rmax": -4', "rmax" },
                         { '"rmax": 4', '"rmox": 4', "rmox" },
                         { "vitrum descriptor", "x", "no descriptor" } } do
    local changed, n = text:gsub(case[1], case[2], 1)
    lu.assertEquals(n, 1, case[1])
    child.write(path "changed", changed)
    lu.assertStrContains(message_of(descriptor.load, path "changed"), case[3])
  end
  child.write(path "changed", text:sub(1, #text // 2))
  lu.assertStrContains(message_of(descriptor.load, path "changed"), "changed")
end

function TestDescriptor.test_models_predict_from_atoms()
  local g = glass(200)
  local d = descriptor.radial{ species = { "Cu", "Zr" }, sigma = 0.2 }
  local x = d:compute(g, { centers = "Zr" })
  local y = vt.array.random(x.shape[1], { seed = 2 })
  local m = vt.learn.svr(x, y, { descriptor = d, centers = "Zr" })
  m:save(path "m.json")
  local back = vt.learn.load(path "m.json")
  lu.assertTrue(back:predict(g):equals(m:predict(x)))
  lu.assertStrContains(tostring(back), "from atoms of Zr, radial structure functions")
  -- A model for other species.
  local other = vt.atoms.random{ composition = "Zr50Al50", n = 50, seed = 1 }
  lu.assertStrContains(message_of(m.predict, m, other),
    "atoms of species Al; this descriptor is for Cu, Zr")
  lu.assertStrContains(message_of(m.predict, m, vt.atoms.fcc{ species = "Cu", a = 3.6, cells = 2 }),
    "there are no atoms of species 'Zr'")
  lu.assertStrContains(message_of(vt.learn.svr, x, y, { descriptor = descriptor.radial{
    species = "Cu" } }), "x has 50 features, but the descriptor makes 49")
end

-- ---------------------------------------------------------------- wrong input ----

function TestDescriptor.test_wrong_input()
  local radial, angular = descriptor.radial, descriptor.angular
  for _, case in ipairs{
    { "option 'species' is missing", radial, {} },
    { "must be a list of symbols", radial, { species = {} } },
    { "names Cu twice", radial, { species = { "Cu", "Cu" } } },
    { "68.57 steps of 0.07", radial, { species = "Cu", sigma = 0.07 } },
    { "take rmax = 6.63 or step", radial, { species = "Cu", sigma = 0.07 } },
    { "1 to 4095 make a grid", radial, { species = "Cu", rmin = 7 } },
    { "place of the first peak of Cu-Zr", radial,
      { species = { "Cu", "Zr" }, peaks = { ["Cu-Cu"] = 2.5 } } },
    { "no pair of Cu", radial, { species = "Cu", peaks = { ["Cu-Cu"] = 2.5, ["Cu-Al"] = 2 } } },
    { "did you mean 'sigma'?", radial, { species = "Cu", sgma = 0.1 } },
    { "option 'lambda' must hold numbers from -1 to 1, got 2", angular,
      { species = "Cu", lambda = 2 } },
  } do
    lu.assertStrContains(message_of(table.unpack(case, 2)), case[1])
  end
  local d = radial{ species = { "Cu", "Zr" } }
  local g = glass(50)
  lu.assertStrContains(message_of(d.compute, d, "glass.data"), "expected atoms")
  lu.assertStrContains(message_of(d.compute, d, g, { centers = 3 }), "a list of atoms or a mask")
  lu.assertStrContains(message_of(d.compute, d, g, { centers = { 51 } }), "atoms go from 1 to 50")
  lu.assertStrContains(message_of(d.compute, d, g, { centers = "Ni" }), "no atoms of species 'Ni'")
  lu.assertEquals(d:compute(g, { centers = {} }).shape, { 0, 98 })
end
