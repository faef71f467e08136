-- Elastic constants at a temperature: ideal gas, harmonic limit, identities, stress, resuming.
local lu = require "luaunit"
local vt = require "vitrum"
local folder = require "io_folder"

local elastic <const>, path <const> = vt.mechanics.elastic, folder.name

--- The error that f raises with the arguments given.
local function message(f, ...)
  local ok, err = pcall(f, ...)
  lu.assertFalse(ok)
  return tostring(err)
end

local EPSILON <const>, SIGMA <const> = 0.4, 2.3

-- A disordered minimum without stress, of few atoms: softer and stiffer modes.
local made
local function glass()
  if not made then
    made = vt.atoms.random{ composition = "Cu64Zr36", n = 60, seed = 3 }
    made.potential = vt.potential.lj{
      species = { "Cu", "Zr" }, epsilon = EPSILON, sigma = { SIGMA, 1.2 * SIGMA },
      cutoff = 2.2 * SIGMA, truncation = "force_shifted" }
    vt.minimize(made, { fmax = 1e-3, pressure = 0, box = "triclinic" })
    vt.minimize(made, { fmax = 1e-8 })
  end
  return made
end

local function crystal()
  local atoms = vt.atoms.fcc{ species = "Cu", a = 1.55 * SIGMA, cells = 3 }
  atoms.potential = vt.potential.lj{ species = "Cu", epsilon = EPSILON, sigma = SIGMA,
                                     cutoff = 3 * SIGMA, truncation = "force_shifted" }
  vt.minimize(atoms, { pressure = 0, fmax = 1e-8, stress_tolerance = 1e-6 })
  return atoms
end

TestFluctuations = { setUp = folder.make, tearDown = folder.remove }

-- Without forces there is the kinetic part alone: rho kT times 2, 0 and 1, and under its own
-- pressure a gas has the bulk modulus rho kT and does not resist shear.
function TestFluctuations.test_ideal_gas()
  local gas = vt.atoms.random{ composition = "Ar", n = 200, number_density = 1e-3, seed = 1 }
  gas.potential = vt.potential.lj{ species = "Ar", epsilon = 1e-9, sigma = 1, cutoff = 2.5 }
  local c = elastic(gas, { temperature = 300, pressure = false, equilibrate = 0.1, settle = 0.1,
                           time = 2, block = 0.5 })
  local pressure = 1e-3 * vt.units.boltzmann * 300 * vt.units.GPa
  for p = 1, 6 do
    for q = 1, 6 do
      local expected = p ~= q and 0 or p <= 3 and 2 or 1
      lu.assertAlmostEquals(c.C[p][q] / pressure, expected, 1e-3)
      lu.assertAlmostEquals(c.under_stress[p][q] / pressure, p <= 3 and q <= 3 and 1 or 0, 1e-3)
    end
  end
  lu.assertAlmostEquals(c.stress.xx / pressure, -1, 1e-3)
  lu.assertAlmostEquals(c.mean_temperature, 300, 30)
end

-- In the harmonic limit motion costs what the linear response at 0 K says, at any temperature.
function TestFluctuations.test_harmonic_limit()
  local atoms = glass()
  local cold = elastic(atoms, { minimize = false, atoms = true })
  local positions = atoms:positions():copy()
  for seed, temperature in ipairs{ 1, 8 } do
    local c = elastic(atoms, { temperature = temperature, pressure = false, equilibrate = 4,
                               time = 60, every = 0.02, seed = seed, atoms = true })
    local off = ((c.C - cold.C) / c.C_error):abs()
    lu.assertTrue(off:max() < 4.5, tostring(off))
    lu.assertTrue(c.C_error:max() < 0.03 * cold.C[1][1])
    lu.assertTrue(math.abs(c.shear - cold.shear) < 4 * c.shear_error)
    lu.assertTrue(c.fluctuation:abs():max() > 0.2 * cold.C[1][1]) -- else this would test nothing
    -- rows: the stress of one atom as the strain of all changes
    local apart = (c.atom - cold.atom):square():mean()
    local size = (cold.atom - cold.atom:mean(1)):square():mean()
    local turned = (c.atom:transpose(1, 3, 2) - cold.atom):square():mean()
    lu.assertTrue(apart < 0.15 * size and apart < 0.5 * turned)
    lu.assertAlmostEquals(c.mean_temperature / temperature, 1, 0.1)
  end
  lu.assertTrue(atoms:positions():equals(positions))
end

-- Parts of the atoms add up to the whole to rounding, over runs too.
function TestFluctuations.test_sum_rule()
  local c = elastic(glass(), { temperature = 20, runs = 2, equilibrate = 1, settle = 0.5, time = 2,
                               block = 0.5, atoms = true })
  lu.assertEquals(c.runs, 2)
  lu.assertAlmostEquals(c.time, 4, 1e-9)
  lu.assertAlmostEquals((c.atom:mean(1) - c.C):abs():max(), 0, 1e-9 * c.C:abs():max())
  lu.assertAlmostEquals((c.born + c.nonaffine - c.C):abs():max(), 0, 1e-9)
  lu.assertAlmostEquals((c.fluctuation + c.kinetic - c.nonaffine):abs():max(), 0, 1e-9)
  lu.assertEquals(c:around(4, 4, { radius = 0 }):totable(), c.atom:slice(nil, 4, 4):totable())
end

-- Pairs alone, every atom a center of symmetry, no stress: C12 = C44.
function TestFluctuations.test_cauchy_relation()
  local c = elastic(crystal(), { temperature = 2, equilibrate = 2, settle = 0.5, time = 2 })
  lu.assertAlmostEquals(c.C[1][2] / c.C[4][4], 1, 0.005)
  lu.assertAlmostEquals(c.stress.xx, 0, 0.05)
end

local ROW <const>, COLUMN <const> = { 1, 2, 3, 2, 1, 1 }, { 1, 2, 3, 3, 3, 2 }

-- Strained without rotation, which would turn the stress that is there.
local function strained(atoms, q, strain)
  local box, new = atoms:box(), { remap = true }
  for _, edge in ipairs{ "a", "b", "c" } do
    local v = { table.unpack(box[edge]) }
    v[ROW[q]] = v[ROW[q]] + strain / 2 * box[edge][COLUMN[q]]
    v[COLUMN[q]] = v[COLUMN[q]] + strain / 2 * box[edge][ROW[q]]
    new[edge] = v
  end
  return atoms:copy():set_box(new)
end

function TestFluctuations.test_a_crystal_under_stress()
  local atoms = crystal():strain{ xx = 0.03, zz = -0.01, xy = 0.02 }
  local c = elastic(atoms, { temperature = 0.5, pressure = false, equilibrate = 1, settle = 0.5,
                             time = 2 })
  lu.assertTrue((c.under_stress - c.C):abs():max() > 0.02 * c.C[1][1]) -- else nothing is tested
  for q = 1, 6 do
    local plus, minus = strained(atoms, q, 1e-5):stress(), strained(atoms, q, -1e-5):stress()
    for p = 1, 6 do
      lu.assertAlmostEquals(c.under_stress[p][q], (plus[p] - minus[p]) / 2e-5, 4e-3 * c.C[1][1])
    end
  end
end

-- The mean box of dynamics at the pressure.
function TestFluctuations.test_pressure()
  local atoms = crystal()
  local c = elastic(atoms, { temperature = 20, pressure = 5, equilibrate = 10, settle = 0.5,
                             time = 1, block = 0.5 })
  lu.assertAlmostEquals(c.stress.xx, -5, 0.4)
  lu.assertTrue(c.volume < atoms:box().volume)
  local kept = elastic(atoms, { temperature = 20, pressure = false, equilibrate = 1, settle = 0.5,
                                time = 1, block = 0.5 })
  lu.assertAlmostEquals(kept.volume, atoms:box().volume, 1e-9)
end

function TestFluctuations.test_accuracy_ends_the_run()
  local given = { temperature = 5, pressure = false, equilibrate = 1, settle = 0.5, time = 200,
                  block = 0.5, accuracy = 25 }
  local c = elastic(glass(), given)
  lu.assertTrue(c.time < 100 and c.finished)
  lu.assertTrue(math.max(c.young_error, c.shear_error, c.bulk_error) <= 25)
  local n = #c.running.time
  lu.assertAlmostEquals(c.running.young[n], c.young, 1e-9)
  lu.assertTrue(c.running.young_error[n - 1] > 25 or c.running.shear_error[n - 1] > 25 or n == 10)
  lu.assertStrContains(tostring(c), "+-")
end

function TestFluctuations.test_a_run_cut_short_goes_on()
  local atoms = glass()
  local seen = 0
  local function given(name, sample)
    return { temperature = 20, runs = 2, equilibrate = 1, settle = 0.5, time = 2, block = 0.5,
             atoms = true, csv = path(name .. ".csv"), checkpoint = path(name .. ".checkpoint"),
             sample = sample }
  end
  local whole = elastic(atoms, given "whole")
  lu.assertStrContains(message(elastic, atoms, given("part", function()
    seen = seen + 1
    if seen == 6 then error "enough" end
  end)), "enough")
  local resume = vt.mechanics.elastic_resume
  lu.assertStrContains(message(resume, path "part.checkpoint"), "elastic_resume")
  local c = resume(path "part.checkpoint", { potential = atoms.potential })
  for _, key in ipairs{ "C", "C_error", "atom", "born" } do
    lu.assertTrue(c[key]:equals(whole[key]), key)
  end
  lu.assertTrue(c.atoms:positions():equals(whole.atoms:positions()))
  local function rows(name) return vt.csv.read(path(name .. ".csv")).columns.C44 end
  lu.assertTrue(rows("part"):equals(rows "whole"))
  lu.assertEquals(#rows "part", 8)
  lu.assertStrContains(message(resume, path "part.csv"), "elastic_resume")
  vt.md(atoms:copy()):run{ steps = 1 }:save(path "md.checkpoint")
  lu.assertStrContains(message(resume, path "md.checkpoint", { potential = atoms.potential }),
    "vt.md_restore")
end

-- What ends a run before its first row leaves a checkpoint, and its csv goes on with the first; a
-- file with other columns is not taken for it.
function TestFluctuations.test_a_run_cut_short_before_its_first_row_goes_on()
  local core, atoms = require "vitrum.md_core", glass()
  local function given(name)
    return { temperature = 20, pressure = false, runs = 1, equilibrate = 1, settle = 0.5, time = 2,
             block = 0.5, csv = path(name .. ".csv"), checkpoint = path(name .. ".checkpoint") }
  end
  local whole = elastic(atoms, given "whole")
  local advance = core.advance
  function core.advance(md, steps)
    for _ = 1, 3 do advance(md, steps // 4) end -- the first call takes a sample
    error("enough", 0)
  end
  local text = message(elastic, atoms, given "early")
  core.advance = advance
  lu.assertEquals(text, "enough")
  local file <close> = assert(io.open(path "early.csv"))
  local kept = file:read "a"
  folder.put("early.csv", "time [ps]\n")
  lu.assertStrContains(message(vt.mechanics.elastic_resume, path "early.checkpoint",
    { potential = atoms.potential }), "no such file with its samples")
  folder.put("early.csv", kept)
  local c = vt.mechanics.elastic_resume(path "early.checkpoint", { potential = atoms.potential })
  lu.assertTrue(c.C:equals(whole.C))
  lu.assertTrue(vt.csv.read(path "early.csv").columns.C44:equals(
    vt.csv.read(path "whole.csv").columns.C44))
end

function TestFluctuations.test_the_sample_function_ends_the_run()
  local samples = {}
  local c = elastic(glass(), { temperature = 20, pressure = false, equilibrate = 1, settle = 0.5,
    time = 20, block = 0.5, atoms = true, sample = function(s)
      samples[#samples + 1] = s
      return #samples < 5
    end })
  lu.assertFalse(c.finished)
  lu.assertAlmostEquals(c.time, 2.5, 1e-9)
  lu.assertAlmostEquals((c.atom:mean(1) - c.C):abs():max(), 0, 1e-9 * c.C:abs():max())
  lu.assertAlmostEquals(samples[5].C44, c.C[4][4], 1e-9)
  lu.assertEquals(samples[5].stress.xy, c.stress.xy)
end

function TestFluctuations.test_wrong_input()
  local atoms = glass()
  lu.assertStrContains(message(elastic, atoms, { time = 5 }), "temperature = 300")
  lu.assertStrContains(message(elastic, atoms, { csv = path "x.csv" }), "temperature = 300")
  lu.assertStrContains(message(elastic, atoms, { temperature = 300, fmax = 1 }), "0 K")
  lu.assertStrContains(message(elastic, atoms, { temperature = -1 }), "temperature")
  lu.assertStrContains(message(elastic, atoms, { temperature = 300, pressure = "no" }), "GPa")
  lu.assertStrContains(message(elastic, atoms, { temperature = 300, pressure = 0 / 0 }), "finite")
  lu.assertStrContains(message(elastic, atoms, { temperature = 300, pressure = 1e9 }), "pressure")
  lu.assertStrContains(message(elastic, atoms, { temperature = 300, every = 0.001 }), "timestep")
  lu.assertStrContains(message(elastic, atoms, { temperature = 300, every = 0.003 }), "multiple")
  lu.assertStrContains(message(elastic, atoms, { temperature = 300, block = 0.015 }), "multiple")
  lu.assertStrContains(message(elastic, atoms, { temperature = 300, log = { "volum" } }),
    "no quantity")
  local free = atoms:copy()
  free:set_box{ periodic = { true, true, false } }
  lu.assertStrContains(message(elastic, free, { temperature = 300 }), "free along c")
  lu.assertStrContains(message(vt.mechanics.elastic_resume, 5), "file name")
  lu.assertStrContains(message(vt.mechanics.elastic_resume, path "none"), "none")
end

os.exit(lu.LuaUnit.run())
