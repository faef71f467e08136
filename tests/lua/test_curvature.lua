-- glass:hessian(), glass:hessian_times(v), glass:born(): the same as differences of forces and of
-- stress, in the user's order of atoms.
local lu = require "luaunit"
local vt = require "vitrum"
local child = require "child"

--- The error that f raises with the arguments given.
local function message(f, ...)
  local ok, err = pcall(f, ...)
  lu.assertFalse(ok)
  return tostring(err)
end

local function argon(options)
  return vt.potential.lj{ species = { "Ar", "Kr" }, epsilon = { 0.01034, 0.0141 },
    sigma = { 3.4, 3.65 }, truncation = "force_shifted", cutoff = options and options.cutoff }
end

--- A rattled crystal whose atoms stand in an order that no sorting in space would give.
local function crystal(cells)
  local atoms = vt.atoms.fcc{ species = "Ar", a = 5.3, cells = cells or 3 }
    :rattle{ amplitude = 0.1, seed = 3 }:strain{ xx = 0.01, yz = 0.03, xy = -0.02 }
  local n = #atoms
  local order = {}
  for k = 1, n do order[k] = (k * 37) % n + 1 end -- 37 and 4 cells^3 have no common divisor
  local positions, shuffled = atoms:positions(), vt.array.zeros(n, 3)
  for k = 1, n do
    for m = 1, 3 do shuffled[k][m] = positions[order[k]][m] end
  end
  positions:assign(shuffled)
  atoms:substitute{ from = "Ar", to = "Kr", count = n // 3, seed = 2 }
  atoms.potential = argon()
  return atoms
end

--- H v by central differences of forces.
local function by_forces(atoms, v, step)
  local start = atoms:positions():copy()
  local forces = {}
  for k = 1, 2 do
    atoms:positions():assign(start + v * (k == 1 and -step or step))
    forces[k] = atoms:forces()
  end
  atoms:positions():assign(start)
  return (forces[1] - forces[2]) / (2 * step)
end

TestHessian = {}

function TestHessian.test_products_are_differences_of_forces()
  local atoms = crystal()
  local v = vt.array.random(#atoms, 3) - 0.5
  local hv = atoms:hessian_times(v)
  local expected = by_forces(atoms, v, 1e-5)
  lu.assertTrue(expected:abs():max() > 0.1)
  lu.assertTrue((hv - expected):abs():max() < 1e-7)
  -- several at once, and a plain table
  local three = vt.array.zeros(3, #atoms, 3)
  three[2]:assign(v)
  three[3]:assign(v * -2)
  local product = atoms:hessian_times(three)
  lu.assertEquals(product.shape, three.shape)
  lu.assertTrue(product[1]:abs():max() == 0)
  lu.assertTrue((product[2] - hv):abs():max() < 1e-13)
  lu.assertTrue((product[3] + hv * 2):abs():max() < 1e-13)
  lu.assertTrue((atoms:hessian_times(v:totable()) - hv):abs():max() == 0)
end

function TestHessian.test_the_matrix_multiplies_alike()
  local atoms = crystal(2)
  local n = 3 * #atoms
  local h = atoms:hessian()
  lu.assertEquals(h.shape, { n, n })
  lu.assertTrue((h - h:transpose()):abs():max() < 1e-13)
  local v = vt.array.random(#atoms, 3) - 0.5
  local hv = h:dot(v:reshape(n, 1)):reshape(#atoms, 3)
  lu.assertTrue((hv - atoms:hessian_times(v)):abs():max() < 1e-13)
  local weighted = atoms:hessian{ mass_weighted = true }
  local m = atoms:masses()
  lu.assertAlmostEquals(weighted[1][n], h[1][n] / math.sqrt(m[1] * m[#atoms]), 1e-15)
  lu.assertAlmostEquals(weighted[5][5], h[5][5] / m[2], 1e-15)
end

function TestHessian.test_a_dimer_vibrates_with_its_frequency()
  local atoms = vt.atoms.random{ composition = { Ar = 1, Kr = 1 }, n = 2, box = 40,
    minimum_distance = 0 }
  atoms:set_box{ periodic = false }
  atoms.potential = argon{ cutoff = 15 }
  atoms:positions():assign{ { 10, 10, 10 }, { 10, 10, 14 } }
  vt.minimize(atoms, { fmax = 1e-10 })
  local eigenvalues = atoms:hessian{ mass_weighted = true }:eigen()
  -- 72 epsilon / (2^(1/3) sigma^2 mu); the shift of forces moves that by less than 1e-3
  local epsilon, sigma = math.sqrt(0.01034 * 0.0141), (3.4 + 3.65) / 2
  local m = atoms:masses()
  local expected = 72 * epsilon / (2 ^ (1 / 3) * sigma ^ 2) * (1 / m[1] + 1 / m[2])
  lu.assertAlmostEquals(eigenvalues[6] / expected, 1, 2e-3)
  for k = 1, 5 do lu.assertAlmostEquals(eigenvalues[k], 0, 1e-9) end
end

--- What was prepared for other positions, masses or potentials is not used.
function TestHessian.test_it_follows_every_change()
  local atoms = crystal(2)
  local v = vt.array.random(#atoms, 3) - 0.5
  local before = atoms:hessian_times(v)
  lu.assertTrue((atoms:hessian_times(v) - before):abs():max() == 0)
  atoms:positions()[1][1] = atoms:positions()[1][1] + 0.05
  local moved = atoms:hessian_times(v)
  lu.assertTrue((moved - by_forces(atoms, v, 1e-5)):abs():max() < 1e-7)
  lu.assertTrue((moved - before):abs():max() > 1e-3)
  local weighted = atoms:hessian_times(v, { mass_weighted = true })
  atoms:set_mass("Ar", 160)
  local heavy = atoms:hessian_times(v, { mass_weighted = true })
  lu.assertTrue((heavy - weighted):abs():max() > 1e-6)
  atoms.potential = argon{ cutoff = 6 }
  lu.assertTrue((atoms:hessian_times(v) - by_forces(atoms, v, 1e-5)):abs():max() < 1e-7)
  atoms:delete{ 1 }
  lu.assertEquals(atoms:hessian().shape, { 3 * #atoms, 3 * #atoms })
end

function TestHessian.test_wrong_input()
  local atoms = crystal(2)
  local n = #atoms
  local expected = ("hessian_times: expected a vector of %d x 3 numbers, three for each atom, or "
    .. "several as k x %d x 3, got "):format(n, n)
  for shape, v in pairs{ ["31 x 3"] = vt.array.zeros(31, 3), ["32 x 2"] = vt.array.zeros(32, 2),
    ["96"] = vt.array.zeros(96), ["2 x 31 x 3"] = vt.array.zeros(2, 31, 3),
    ["1 x 1 x 32 x 3"] = vt.array.zeros(1, 1, 32, 3) } do
    lu.assertStrContains(message(atoms.hessian_times, atoms, v), expected .. shape)
  end
  lu.assertStrContains(message(atoms.hessian_times, atoms), "hessian_times")
  lu.assertStrContains(message(atoms.hessian_times, atoms, "x"), "hessian_times")
  lu.assertStrContains(message(atoms.hessian_times, atoms, vt.array.zeros(n, 3), { mass = true }),
    "hessian_times: unknown option 'mass'")
  lu.assertStrContains(message(atoms.hessian, atoms, { step = -1 }),
    "hessian: option 'step' [A] must be a positive number, got -1")
  local large = crystal(10)
  lu.assertStrContains(message(large.hessian, large),
    "hessian: the matrix of 4000 atoms is too large; up to 3000 atoms are taken. hessian_times "
    .. "multiplies vectors with it for any number")
  lu.assertEquals(large:hessian_times(vt.array.zeros(4000, 3)).shape, { 4000, 3 })
  atoms.potential = nil
  lu.assertStrContains(message(atoms.hessian, atoms), "potential")
  lu.assertStrContains(message(atoms.born, atoms), "potential")
end

TestBorn = {}

--- d stress_p / d strain_q by differences, without relaxation.
local function by_stress(atoms, q, step)
  local names = { "xx", "yy", "zz", "yz", "xz", "xy" }
  local up = atoms:copy():strain{ [names[q]] = step }:stress{ kinetic = false }
  local down = atoms:copy():strain{ [names[q]] = -step }:stress{ kinetic = false }
  local row = {}
  for p = 1, 6 do row[p] = (up[p] - down[p]) / (2 * step) end
  return row
end

--- A uniform strain along an axis leaves no rotation behind, whatever its convention.
function TestBorn.test_coefficients_under_stress_are_derivatives_of_the_stress()
  local atoms = crystal()
  local b = atoms:born{ stress = true }
  lu.assertEquals(b.shape, { 6, 6 })
  lu.assertTrue(math.abs(atoms:pressure{ kinetic = false }) > 0.05)
  for q = 1, 3 do
    local expected = by_stress(atoms, q, 1e-5)
    for p = 1, 6 do lu.assertAlmostEquals(b[p][q], expected[p], 1e-5) end
  end
end

function TestBorn.test_a_pair_potential_obeys_cauchy()
  local atoms = crystal()
  local c = atoms:born()
  lu.assertAlmostEquals(c[1][2], c[6][6], 1e-12)
  lu.assertAlmostEquals(c[2][3], c[4][4], 1e-12)
  lu.assertAlmostEquals(c[1][4], c[5][6], 1e-12)
  lu.assertTrue((c - c:transpose()):abs():max() == 0)
end

function TestBorn.test_atoms_add_up()
  local atoms = crystal()
  local c, of_atoms = atoms:born(), atoms:atom_born()
  lu.assertEquals(of_atoms.shape, { #atoms, 6, 6 })
  lu.assertTrue((of_atoms:mean(1) - c):abs():max() < 1e-12)
  -- in the user's order, whatever that is
  local stiff = of_atoms:slice(nil, 1, 1)
  local again = atoms:copy():delete{ 1 }:append(atoms:select{ 1 })
  lu.assertAlmostEquals(again:atom_born()[#atoms][1][1], stiff[1], 1e-12)
  lu.assertAlmostEquals(again:atom_born()[6][1][1], stiff[7], 1e-12)
end

TestDifferences = {}

function TestDifferences.test_models_of_openkim()
  local present, sw = pcall(vt.potential.kim, "SW_StillingerWeber_1985_Si")
  if not present then lu.skip "models of OpenKIM are not installed" end
  local atoms = vt.atoms.fcc{ species = "Si", a = 5.43, cells = 2 }
  atoms:append(atoms:copy():displace{ 5.43 / 4, 5.43 / 4, 5.43 / 4 })
    :rattle{ amplitude = 0.1, seed = 5 }
  atoms.potential = sw
  local v = vt.array.random(#atoms, 3) - 0.5
  local energy, positions = atoms:energy(), atoms:positions():copy()
  local hv = atoms:hessian_times(v)
  lu.assertTrue((hv - by_forces(atoms, v, 1e-4)):abs():max() < 1e-5)
  lu.assertTrue((atoms:positions() - positions):abs():max() == 0)
  lu.assertAlmostEquals(atoms:energy(), energy, 1e-10)
  local output = child.vitrum("/", [[-e '
    local atoms = vt.atoms.fcc{ species = "Si", a = 5.43, cells = 2 }
    atoms.potential = vt.potential.kim "SW_StillingerWeber_1985_Si"
    for k = 1, 2 do
      atoms:rattle{ amplitude = 0.1, seed = k }
      atoms:hessian_times(atoms:positions())
    end' 2>&1]])
  local _, warnings = output:gsub("gives no second derivatives; they are taken from differences "
    .. "of forces", "")
  lu.assertEquals(warnings, 1, output)
  local h = atoms:hessian()
  lu.assertTrue((h - h:transpose()):abs():max() == 0)
  lu.assertTrue((h:dot(v:reshape(3 * #atoms, 1)):reshape(#atoms, 3) - hv):abs():max() < 1e-4)
  lu.assertStrContains(message(atoms.born, atoms),
    "the potential kim SW_StillingerWeber_1985_Si__MO_405512056662_005 does not give second "
    .. "derivatives; those of eam and lj potentials do")
end

--- What differences cannot be taken of is refused and moves nothing.
function TestDifferences.test_senseless_vectors_and_steps()
  local present, sw = pcall(vt.potential.kim, "SW_StillingerWeber_1985_Si")
  if not present then lu.skip "models of OpenKIM are not installed" end
  local atoms = vt.atoms.fcc{ species = "Si", a = 4.2, cells = 2 }:rattle{ amplitude = 0.1 }
  atoms.potential = sw
  local energy, v = atoms:energy(), vt.array.ones(#atoms, 3)
  v[3][2] = 0 / 0
  lu.assertStrContains(message(atoms.hessian_times, atoms, v),
    "the vector to multiply is not finite at atom 3")
  lu.assertStrContains(message(atoms.hessian_times, atoms, v, { step = 100 }),
    "option 'step' is 100 A, but only 1e-08 to 0.2 A makes sense")
  lu.assertEquals(atoms:hessian_times(vt.array.ones(#atoms, 3) * 1e-320):abs():max(), 0)
  lu.assertAlmostEquals(atoms:energy(), energy, 1e-12)
end

os.exit(lu.LuaUnit.run())
