-- Pair distributions over frames: errors by blocks, peaks, structure factors, single atoms.
local lu = require "luaunit"
local vt = require "vitrum"
local core = require "vitrum.pair_core"
local scattering = require "vitrum.structure.scattering"
local io_folder = require "io_folder"

TestPair = io_folder.class()

local function glass(seed)
  return vt.atoms.random{ composition = { Cu = 64, Zr = 36 }, n = 200, seed = seed }
end

local function many(count)
  local list = {}
  for k = 1, count do list[k] = glass(k) end
  return list
end

function TestPair.test_errors_by_blocks()
  local list = many(13) -- between 10 and 20 blocks: one for each frame
  local g = vt.structure.rdf(list, { rmax = 7, bins = 35 })
  lu.assertEquals(g.frames, 13)
  lu.assertEquals(g.error.blocks, 13)
  for _, k in ipairs{ 12, 20, 35 } do
    local values = {}
    for i, atoms in ipairs(list) do
      values[i] = vt.structure.rdf(atoms, { rmax = 7, bins = 35 }).partial["Cu-Zr"][k]
    end
    lu.assertAlmostEquals(g.partial["Zr-Cu"][k], vt.statistics.mean(values), 1e-12)
    lu.assertAlmostEquals(g.error.partial["Cu-Zr"][k], vt.statistics.standard_error(values), 1e-12)
  end
  -- 7 frames in at most 4 blocks: blocks of 2, the last one is not full and counts in the mean only
  local few = vt.structure.rdf(many(7), { rmax = 7, bins = 35, blocks = 2 })
  lu.assertEquals({ few.error.blocks, few.frames }, { 3, 7 })
  lu.assertNil(vt.structure.rdf(list[1]).error)
  lu.assertStrContains(tostring(g), "pair distribution of 13 frames, 200 atoms each, to 7 A")
end

function TestPair.test_peaks_and_neighbors_of_a_crystal()
  local copper = vt.atoms.fcc{ species = "Cu", a = 3.615, cells = { 5, 5, 5 } }
  copper:rattle{ amplitude = 0.05, seed = 4 }
  local g = vt.structure.rdf(copper, { rmax = 6, bins = 300 })
  -- half a shell of 0.02 A and the smoothing
  lu.assertAlmostEquals(g:peak(), 3.615 / math.sqrt(2), 0.02)
  local minimum = g:minimum()
  lu.assertTrue(minimum > 2.7 and minimum < 3.5, minimum)
  lu.assertEquals(g:neighbors(), 12)
  lu.assertEquals(g:neighbors(4, "Cu-Cu"), 18)
  lu.assertAlmostEquals(g:neighbors(6), g.coordination.total[300], 0)
end

function TestPair.test_structure_factor_of_a_crystal()
  local copper = vt.atoms.fcc{ species = "Cu", a = 3.615, cells = { 6, 6, 6 } }
  copper:rattle{ amplitude = 0.1, seed = 4 }
  local s = vt.structure.structure_factor(copper, { qmax = 8 })
  -- The 111 line; the transform ends at 10.8 A and cannot tell lines closer than 0.3/A apart.
  lu.assertAlmostEquals(s:peak(), 2 * math.pi * math.sqrt(3) / 3.615, 0.1)
  lu.assertTrue(s.total:equals(s.partial["Cu-Cu"]))
  lu.assertEquals(#s.q, 376)
end

function TestPair.test_weights()
  local list = many(4)
  local o = { qmin = 1, qmax = 6, qstep = 0.5, blocks = 2 }
  local number = vt.structure.structure_factor(list, o)
  o.weights = "xray"
  local xray = vt.structure.structure_factor(list, o)
  o.weights = "neutron"
  local neutron = vt.structure.structure_factor(list, o)
  local c = { Cu = 0.64, Zr = 0.36 }
  local function total(k, f)
    local sum = 0
    for a, ca in pairs(c) do
      for b, cb in pairs(c) do
        sum = sum + ca * cb * f[a] * f[b] * number.partial[a .. "-" .. b][k]
      end
    end
    return sum / (c.Cu * f.Cu + c.Zr * f.Zr) ^ 2
  end
  for k = 1, #number.q do
    local q = number.q[k]
    lu.assertAlmostEquals(number.total[k], total(k, { Cu = 1, Zr = 1 }), 1e-12)
    lu.assertAlmostEquals(neutron.total[k], total(k, { Cu = 7.718, Zr = 7.16 }), 1e-12)
    lu.assertAlmostEquals(xray.total[k], total(k, { Cu = scattering.xray("Cu", q, ""),
                                                    Zr = scattering.xray("Zr", q, "") }), 1e-12)
    lu.assertTrue(xray.error.total[k] > 0)
  end
  -- All electrons scatter together at q = 0; the published fit is that good there.
  for z, symbol in pairs{ [13] = "Al", [22] = "Ti", [27] = "Co", [29] = "Cu", [40] = "Zr",
                          [46] = "Pd", [57] = "La", [72] = "Hf", [79] = "Au" } do
    lu.assertAlmostEquals(scattering.xray(symbol, 0, ""), z, 2e-3 * z)
  end
end

function TestPair.test_single_atoms()
  local atoms = glass(3)
  local g = vt.structure.atomic_rdf(atoms, { rmax = 6, bins = 30 })
  local all = vt.structure.rdf(atoms, { rmax = 6, bins = 30 })
  lu.assertEquals(g.partial.Zr.shape, { 200, 30 })
  local types, zr = atoms:types(), 2
  if atoms:species()[1].symbol == "Zr" then zr = 1 end
  local around_zr = g.partial.Cu:select(types:eq(zr)):mean(1)
  for k = 1, 30 do
    lu.assertAlmostEquals(around_zr[k], all.partial["Cu-Zr"][k], 1e-12)
    lu.assertAlmostEquals(g.r[k], all.r[k], 1e-14)
  end
  -- The mean over frames.
  local moved = atoms:copy():rattle{ amplitude = 0.3, seed = 8 }
  local two = vt.structure.atomic_rdf({ atoms, moved }, { rmax = 6, bins = 30 })
  local other = vt.structure.atomic_rdf(moved, { rmax = 6, bins = 30 })
  lu.assertAlmostEquals(two.partial.Cu[17][20],
    0.5 * (g.partial.Cu[17][20] + other.partial.Cu[17][20]), 1e-12)
end

function TestPair.test_plots()
  local g = vt.structure.rdf(many(3), { rmax = 6, bins = 60 })
  local file = io_folder.name "gr.svg"
  lu.assertEquals(g:plot{ partial = true, file = file }, file)
  lu.assertStrContains(io_folder.text_of "gr.svg", "Cu-Zr")
  local s = vt.structure.structure_factor(glass(1), { qmax = 6 })
  s:plot{ file = io_folder.name "sq.svg" }
  lu.assertStrContains(io_folder.text_of "sq.svg", "S(q)")
end

-- Known of Cu-Zr: the first peak of S(q) lies at 2.6 to 2.8/A, that of Cu-Zr near 2.8 A, and the
-- total g(r) has its first minimum near 3.8 A.
function TestPair.test_published_glass()
  local path = (os.getenv "VITRUM_SHARED" or "../shared") .. "/configs/Cu64.5Zr35.5_1.0e+10.lammps"
  if not io_folder.exists(path) then lu.skip(path .. " is missing") end
  local atoms = vt.atoms.read(path, { species = { "Cu", "Zr" }, format = "data" })
  local s = vt.structure.structure_factor(atoms, { qmax = 6, weights = "xray", rmax = 20 })
  lu.assertAlmostEquals(s:peak(), 2.7, 0.1)
  local g = vt.structure.rdf(atoms, { rmax = 8, bins = 400 })
  lu.assertAlmostEquals(g:peak "Cu-Zr", 2.8, 0.1)
  lu.assertAlmostEquals(g:minimum(), 3.8, 0.3)
end

function TestPair.test_wrong_input()
  local message, g = io_folder.message, vt.structure.rdf(glass(1), { rmax = 4, bins = 40 })
  lu.assertStrContains(message(g.neighbors, g, 5), "at most rmax = 4 A, got 5")
  lu.assertStrContains(message(g.neighbors, g, "3"), "must be a number above 0")
  lu.assertStrContains(message(g.neighbors, g, "3"), "got '3'")
  local short = vt.structure.rdf(glass(1), { rmax = 2, bins = 4 })
  lu.assertNil(short:peak())
  lu.assertStrContains(message(short.neighbors, short), "no first minimum up to rmax = 2 A")
  lu.assertStrContains(message(vt.structure.rdf, { glass(1), vt.atoms.fcc{ species = "Al", a = 4,
    cells = { 2, 2, 2 } } }), "rdf: the frames are of different species")
  lu.assertStrContains(message(g.peak, g, "Cu-Fe"), "there is no pair 'Cu-Fe'")
  local factor = vt.structure.structure_factor
  lu.assertStrContains(message(factor, glass(1), { qmin = 5, qmax = 2 }), "must be above qmin = 5")
  lu.assertStrContains(message(factor, glass(1), { qmax = 2, qstep = 5 }), "leaves one q")
  lu.assertStrContains(message(factor, glass(1), { weights = "electrons" }), "'neutron'")
  local free = vt.atoms.random{ composition = "Cu50Zr50", n = 300, seed = 5 }
  lu.assertEquals(#factor(free, { qmax = 2 }).q, 76)
  free:set_box{ periodic = { true, false, false } }
  lu.assertStrContains(message(factor, free),
    "structure.structure_factor: the box is not periodic along b, c; next to free surfaces")
  lu.assertStrContains(message(factor, { glass(1), free }), "Cut a block out of the inside")
  local model = vt.atoms.random{ composition = { A = 1, B = 1 }, masses = { A = 1, B = 1 }, n = 50,
                                 seed = 1, density = 0.05 }
  lu.assertStrContains(message(factor, model, { weights = "xray" }),
    "no scattering factors of '")
  lu.assertStrContains(message(core.new, 5, 10, { 0, 0, 0 }), "has no direction")
  lu.assertStrContains(message(vt.structure.atomic_rdf, { glass(1), glass(2):delete{ 1 } }),
    "structure.atomic_rdf: frame 2: there are 199 atoms")
  lu.assertStrContains(message(vt.structure.atomic_rdf, glass(1), { bins = 1000000000 }),
    "structure.atomic_rdf: bins must be 1 to 1000000, got 1000000000")
end

os.exit(lu.LuaUnit.run())
