-- vt.modes: vibrations of crystals by hand, of glasses against the dense Hessian.
local lu = require "luaunit"
local vt = require "vitrum"

--- The error that f raises with the arguments given.
local function message(f, ...)
  local ok, err = pcall(f, ...)
  lu.assertFalse(ok)
  return tostring(err)
end

local EPSILON <const>, SIGMA <const>, CUTOFF <const> = 0.01034, 3.4, 4.5

local function argon()
  return vt.potential.lj{ species = { "Ar", "Kr" }, epsilon = { EPSILON, 0.0141 },
    sigma = { SIGMA, 3.65 }, truncation = "force_shifted", cutoff = CUTOFF }
end

--- A small glass of two species at rest.
local function glass(n)
  local atoms = vt.atoms.random{ composition = { Ar = 0.7, Kr = 0.3 }, n = n, seed = 3,
    number_density = 0.026 }
  atoms.potential = argon()
  vt.minimize(atoms, { fmax = 1e-8 })
  return atoms
end

--- Squared angular frequencies of a crystal of argon with nearest neighbors, by its dispersion:
--- D(q) = 1/m sum over neighbors of Phi (1 - cos q.R), Phi = phi'' nn + phi'/r (1 - nn).
local function by_dispersion(a, cells, mass)
  local r = a / math.sqrt(2)
  local s6 = (SIGMA / r) ^ 6
  local cut6 = (SIGMA / CUTOFF) ^ 6
  local function slope(x6, x) return 4 * EPSILON * (-12 * x6 * x6 + 6 * x6) / x end
  local phi1 = slope(s6, r) - slope(cut6, CUTOFF)
  local phi2 = 4 * EPSILON * (156 * s6 * s6 - 42 * s6) / (r * r)
  local neighbors = {}
  for p = 1, 3 do
    for q = p + 1, 3 do
      for _, sign in ipairs{ 1, -1 } do
        local n = { 0, 0, 0 }
        n[p], n[q] = 1, sign
        neighbors[#neighbors + 1] = n
      end
    end
  end
  local list = {}
  for h = 0, 2 * cells - 1 do
    for k = 0, 2 * cells - 1 do
      for l = 0, cells - 1 do -- the other half differs by a vector of the reciprocal lattice
        local d = vt.array.zeros(3, 3)
        for _, n in ipairs(neighbors) do
          local phase = math.pi * (h * n[1] + k * n[2] + l * n[3]) / cells
          for p = 1, 3 do
            for q = 1, 3 do
              local nn = n[p] * n[q] / 2
              d[p][q] = d[p][q] + 2 * (1 - math.cos(phase)) / mass
                * (phi2 * nn + phi1 / r * ((p == q and 1 or 0) - nn))
            end
          end
        end
        local values = d:eigen()
        for p = 1, 3 do list[#list + 1] = values[p] end
      end
    end
  end
  table.sort(list)
  return vt.array(table.move(list, 4, #list, 1, {})) -- less three translations
end

TestModes = {}

function TestModes.test_a_crystal_has_the_modes_of_its_dispersion()
  local a, cells = 5.2, 3
  local atoms = vt.atoms.fcc{ species = "Ar", a = a, cells = cells }
  atoms.potential = argon()
  local expected = by_dispersion(a, cells, atoms:masses()[1])
  local all = vt.modes.all(atoms)
  lu.assertEquals(#all.eigenvalue, 3 * #atoms - 3)
  lu.assertEquals(all.zeros, 3)
  lu.assertTrue((all.eigenvalue / expected - 1):abs():max() < 1e-11)
  -- degenerate to the last digit, in shells: the lowest are found whatever shell is cut
  local lowest = vt.modes.lowest(atoms, { count = 30, tolerance = 1e-10 })
  lu.assertTrue(lowest.rounds > 0)
  lu.assertTrue((lowest.eigenvalue / expected:slice{ 1, 30 } - 1):abs():max() < 1e-10)
  lu.assertTrue(lowest.residual:max() <= 1e-10)
  -- 1 eV/(A^2 amu) is (2 pi 15.63330 THz)^2: sqrt(1.602176634e-19/1.66053906660e-27)/2 pi * 1e10
  local thz = math.sqrt(1.602176634e-19 / 1.66053906660e-27) * 1e10 / (2 * math.pi) * 1e-12
  lu.assertAlmostEquals(all.frequency[7] / (thz * math.sqrt(expected[7])), 1, 1e-9)
  lu.assertTrue(all.frequency:max() < all.largest)
end

function TestModes.test_lowest_modes_are_those_of_the_whole_matrix()
  local atoms = glass(160)
  local n, count = 3 * #atoms, 24
  local m = vt.modes.lowest(atoms, { count = count, minimize = false })
  lu.assertTrue(m.rounds > 0)
  lu.assertTrue(m.converged)
  lu.assertEquals(m.vectors.shape, { count, n })
  local dense = atoms:hessian{ mass_weighted = true }
  local values, vectors = dense:eigen()
  lu.assertTrue((m.eigenvalue / values:slice{ 4, count + 3 } - 1):abs():max() < 1e-8)
  -- the same space: each vector lies in that of the dense ones
  local wanted = vectors:slice(nil, { 4, count + 3 })
  local inside = m.vectors:dot(wanted)
  lu.assertTrue(((inside * inside):sum(2) - 1):abs():max() < 1e-8)
  lu.assertTrue((m.vectors:dot(m.vectors:transpose()) - vt.array.eye(count)):abs():max() < 1e-10)
  -- and residuals are what they are said to be
  local r = m.vectors:dot(dense) - m.vectors * m.eigenvalue:reshape(count, 1)
  local largest = m.largest ^ 2 * (m.eigenvalue[1] / m.frequency[1] ^ 2)
  lu.assertTrue(largest >= values[n] and largest < 1.1 * values[n])
  local norm = ((r * r):sum(2)):sqrt() / largest

  lu.assertTrue((norm - m.residual):abs():max() < 1e-13)
end

function TestModes.test_modes_around_a_frequency()
  local atoms = glass(160)
  local all = vt.modes.all(atoms, { minimize = false })
  local nu = 0.6 * all.frequency:max()
  local m = vt.modes.lowest(atoms, { count = 12, around = nu, minimize = false })
  local near = (all.eigenvalue - (nu / all.frequency[1]) ^ 2 * all.eigenvalue[1]):abs():argsort()
  local places = near:slice{ 1, 12 }:totable()
  table.sort(places)
  lu.assertEquals(places[12] - places[1], 11)
  local expected = all.eigenvalue:slice{ places[1], places[12] }
  lu.assertTrue((m.eigenvalue / expected - 1):abs():max() < 1e-10)
  local inside = m.vectors:dot(all.vectors:slice({ places[1], places[12] }):transpose())
  lu.assertTrue((inside:square():sum(2) - 1):abs():max() < 1e-8)
  lu.assertTrue(m.residual:max() <= 1e-8)
  lu.assertStrContains(message(vt.modes.lowest, atoms, { around = 1e6 }),
    "around is 1e+06 THz; it must be")
end

function TestModes.test_participation()
  local atoms = glass(108)
  local all = vt.modes.all(atoms, { minimize = false })
  -- all modes but three: 3 less the atom's share of the translations, 3 m_i/M
  local mass = atoms:masses()
  lu.assertTrue((all.participation - 3 + mass * (3 / mass:sum())):abs():max() < 1e-10)
  local e = all.vectors[11]:reshape(#atoms, 3)
  local share = (e * e):sum(2)
  lu.assertAlmostEquals(all.ratio[11], 1 / (#atoms * (share * share):sum()), 1e-12)
  local few = vt.modes.lowest(atoms, { count = 7, minimize = false })
  lu.assertAlmostEquals(few.participation:sum(), 7, 1e-10)
  lu.assertEquals(#vt.modes.lowest(atoms).eigenvalue, 10) -- 1 %, but at least 10
end

function TestModes.test_a_free_cluster_turns_for_nothing()
  local atoms = vt.atoms.fcc{ species = "Ar", a = 5.2, cells = 2 }
  atoms:set_box{ periodic = false }
  atoms.potential = argon()
  local m = vt.modes.all(atoms, { fmax = 1e-9 })
  lu.assertEquals(m.zeros, 6)
  lu.assertEquals(#m.eigenvalue, 3 * #atoms - 6)
  local values = m.atoms:hessian{ mass_weighted = true }:eigen()
  lu.assertTrue((m.eigenvalue - values:slice{ 7, 3 * #atoms }):abs():max() < 1e-9)
  lu.assertTrue(m.eigenvalue[1] > 1e-6)
end

function TestModes.test_results_do_not_depend_on_threads()
  local atoms = glass(120)
  local threads = vt.threads()
  vt.threads(1)
  local one = vt.modes.lowest(atoms, { count = 12, minimize = false })
  vt.threads(3)
  local three = vt.modes.lowest(atoms, { count = 12, minimize = false })
  vt.threads(threads)
  lu.assertTrue((one.vectors - three.vectors):abs():max() == 0)
end

function TestModes.test_what_is_no_minimum()
  local atoms = glass(120)
  atoms:rattle{ amplitude = 0.5, seed = 1 }
  for _, f in ipairs{ vt.modes.lowest, vt.modes.all } do
    lu.assertStrContains(message(f, atoms, { minimize = false }),
      "the atoms are in no minimum of the energy: the lowest eigenvalue found is -")
  end
  local m = vt.modes.lowest(atoms, { minimize = false, saddle = true, count = 12 })
  local values = atoms:hessian{ mass_weighted = true }:eigen()
  lu.assertTrue(values[1] < 0 and m.frequency[1] < 0)
  lu.assertAlmostEquals(m.eigenvalue[1] / values[1], 1, 1e-8)
end

function TestModes.test_wrong_input()
  local atoms = glass(108)
  lu.assertStrContains(message(vt.modes.lowest, atoms, { count = 400 }),
    "option 'count' is 400, but 108 atoms have 321 vibrations")
  lu.assertStrContains(message(vt.modes.lowest, atoms, { count = 10, rounds = 1 }),
    "10 of 10 modes were not found in 1 rounds: the largest residual is ")
  local m = vt.modes.lowest(atoms, { count = 10, rounds = 1, unconverged = true })
  lu.assertEquals(m.unconverged, 10)
  lu.assertFalse(m.converged)
  lu.assertStrContains(tostring(m), "10 of them are beyond the tolerance")
  lu.assertStrContains(message(vt.modes.lowest, atoms, { tolerance = 1 }),
    "tolerance is 1; it must be 1e-13 to 1e-3")
  local bare = vt.atoms.fcc{ species = "Ar", a = 5.2, cells = 2 }
  lu.assertStrContains(message(vt.modes.lowest, bare), "the atoms have no potential")
  lu.assertStrContains(message(vt.modes.all, 5), "expected atoms, got number")
end

-- ---------------------------------------------------------------- density ----

TestModeDensity = {}

--- Means of T_k(2 (nu/largest)^2 - 1) over modes, with weights.
local function exact_moments(m, largest, count, weights)
  local x = (m.frequency / largest):square() * 2 - 1
  local theta = vt.array.where(x:lt(1), x, 1):acos()
  local moments = vt.array.zeros(1, count)
  for k = 0, count - 1 do
    moments[1][k + 1] = ((theta * k):cos() * weights):sum() / weights:sum()
  end
  return moments
end

function TestModeDensity.test_moments_are_those_of_all_modes()
  local atoms = glass(200)
  local m = vt.modes.all(atoms, { minimize = false })
  local core = require "vitrum.modes_core"
  for _, centers in ipairs{ false, "Kr" } do
    local d = vt.modes.density(atoms, { minimize = false, resolution = 0.1, probes = 64,
                                        centers = centers or nil })
    local probes, count = d.moments.shape[1], d.moments.shape[2]
    lu.assertEquals(probes, 64)
    local weights = vt.array.ones(#m.frequency)
    if centers then
      local kr = vt.array.zeros(#atoms)
      for i = 1, #atoms do kr[i] = atoms:symbols()[i] == "Kr" and 1 or 0 end
      weights = m.vectors:square():reshape(#m.frequency, #atoms, 3):sum(3):dot(kr)
    end
    local expected = exact_moments(m, d.largest, count, weights)
    local mean, error = d.moments:mean(1), d.moments:std(1) / math.sqrt(probes - 1)
    local off = (mean - expected[1]) / vt.array.where(error:gt(1e-6), error, 1e-6)
    lu.assertTrue(off:abs():max() < 5)
    lu.assertTrue(off:square():mean() > 0.3 and off:square():mean() < 2)
    -- and so is the density, within its error, and its integral 1
    local g = core.density(expected, d.largest, d.frequency)
    local inner = { 3, #g - 3 }
    off = ((d.density - g) / d.error):slice(inner)
    lu.assertTrue(off:square():mean() > 0.2 and off:square():mean() < 3)
    lu.assertAlmostEquals(d.density:sum() * d.frequency[2], 1, 0.01)
    -- modes up to a frequency
    local half = #g // 2
    local below = (weights * m.frequency:lt(d.frequency[half])):sum() / weights:sum()
    lu.assertAlmostEquals(g:slice{ 1, half }:sum() * d.frequency[2], below, 0.03)
    lu.assertAlmostEquals(d.reduced[9], d.density[9] / (2 * math.pi) ^ 3 / d.frequency[9] ^ 2,
      1e-12)
  end
end

function TestModeDensity.test_debye()
  local atoms = vt.atoms.fcc{ species = "Ar", a = 5.2, cells = 3 }
  atoms.potential = argon()
  local c = vt.mechanics.elastic(atoms, { minimize = false })
  local d = vt.modes.debye(c)
  local rho = 4 * 39.95 * 1.66053906660e-27 / 5.2e-10 ^ 3
  lu.assertAlmostEquals(d.transverse, math.sqrt(c.shear * 1e9 / rho), 0.01)
  lu.assertAlmostEquals(d.longitudinal, math.sqrt((c.bulk + 4 / 3 * c.shear) * 1e9 / rho), 0.01)
  -- 3N modes below it: N/V = 4 pi/3 (nu/c)^3
  lu.assertAlmostEquals(4 / 5.2 ^ 3, 4 * math.pi / 3 * (d.frequency / (d.mean * 0.01)) ^ 3, 1e-9)
  lu.assertAlmostEquals(d.level * (2 * math.pi * d.frequency) ^ 3, 3, 1e-9)
  lu.assertStrContains(message(vt.modes.debye, 5), "expected elastic constants")
end

function TestModeDensity.test_wrong_input()
  local atoms = glass(108)
  lu.assertStrContains(message(vt.modes.density, atoms, { resolution = 1e-6 }),
    "a resolution of 1e-06 THz takes ")
  lu.assertStrContains(message(vt.modes.density, atoms, { centers = "Xe" }), "no atoms of species")
  lu.assertStrContains(message(vt.modes.density, atoms, { step = 1e-9 }), "a step of 1e-09 THz")
end

-- ---------------------------------------------------------------- displacement ----

TestHarmonicMotion = {}

local BOLTZMANN <const> = 8.617333262145179e-5

--- k_B T/m times the trace of each atom's block of the inverse of D, translations left out.
local function by_inverse(atoms, temperature)
  local d, n = atoms:hessian{ mass_weighted = true }, #atoms
  local masses = atoms:masses()
  local zero = vt.array.zeros(3 * n, 3)
  for i = 1, n do
    for k = 1, 3 do zero[3 * i + k - 3][k] = math.sqrt(masses[i] / masses:sum()) end
  end
  local outer = zero:dot(zero:transpose())
  local inverse = (d + outer):inverse() - outer
  local msd = vt.array.zeros(n)
  for i = 1, n do
    for k = 3 * i - 2, 3 * i do msd[i] = msd[i] + inverse[k][k] end
  end
  return msd / masses * (BOLTZMANN * temperature)
end

function TestHarmonicMotion.test_it_is_the_inverse_of_the_hessian()
  local atoms = glass(108)
  local h = vt.modes.displacement(atoms, { minimize = false, temperature = 10 })
  local expected = by_inverse(atoms, 10)
  lu.assertTrue((h.msd / expected - 1):abs():max() < 1e-9)
  lu.assertEquals(h.error, 0)
  lu.assertAlmostEquals(h.mean, expected:mean(), 1e-12)
  lu.assertStrContains(tostring(h), "mean squared displacements of 108 atoms at 10 K")
end

function TestHarmonicMotion.test_large_samples_are_estimated_within_the_error()
  local atoms = glass(320)
  local h = vt.modes.displacement(atoms, { minimize = false, modes = 20 })
  lu.assertTrue(h.probes > 0)
  local off = h.msd / by_inverse(atoms, 50) - 1
  lu.assertTrue(h.error > 0.001 and h.error < 0.05)
  local ratio = math.sqrt(off:square():mean()) / h.error
  lu.assertTrue(ratio > 0.8 and ratio < 1.25)
  lu.assertTrue(math.abs(off:mean()) < 4 * h.error / math.sqrt(#atoms))
  -- more probes, less error
  local better = vt.modes.displacement(atoms, { minimize = false, modes = 20, repeats = 8 })
  lu.assertAlmostEquals(better.error, h.error / 2, 0.15 * h.error)
end

function TestHarmonicMotion.test_wrong_input()
  local atoms = glass(320):rattle{ amplitude = 0.5, seed = 1 }
  lu.assertStrContains(message(vt.modes.displacement, atoms, { minimize = false }),
    "the atoms are in no minimum")
  lu.assertStrContains(message(vt.modes.displacement, atoms, { modes = 500 }),
    "modes is 500; it must be 1 to 319, a third of all that 320 atoms have")
  lu.assertStrContains(message(vt.modes.displacement, atoms, { reach = 100 }),
    "reach is 100 A; it must be above 0 and at most 50 A")
  local small = glass(108):rattle{ amplitude = 0.5, seed = 1 }
  lu.assertStrContains(message(vt.modes.displacement, small, { minimize = false }),
    "the atoms are in no minimum")
end

-- ---------------------------------------------------------------- quasi-localized ----

TestQuasiLocalized = {}

--- (z.H z)^2 / sum over pairs |z_ij|^4, by the matrix and all pairs of nearest images.
local function cost_of(atoms, h, z, cutoff)
  local n, r = #atoms, atoms:positions()
  local edge = atoms:volume() ^ (1 / 3) -- of a cube
  local sum = 0
  for i = 1, n do
    for j = i + 1, n do
      local square, strain = 0, 0
      for k = 1, 3 do
        local d = r[j][k] - r[i][k]
        d = d - edge * math.floor(d / edge + 0.5)
        square, strain = square + d * d, strain + (z[i][k] - z[j][k]) ^ 2
      end
      if square < cutoff * cutoff then sum = sum + strain * strain end
    end
  end
  local flat = z:reshape(3 * n)
  local stiffness = (h:dot(flat) * flat):sum()
  return stiffness ^ 2 / sum, stiffness
end

function TestQuasiLocalized.test_they_are_minima_of_the_cost()
  local atoms = glass(160)
  local m = vt.modes.lowest(atoms, { count = 6, minimize = false })
  local q = m:quasilocalized{ count = 6, tolerance = 1e-5 }
  lu.assertTrue(#q.stiffness >= 1 and #q.stiffness <= 6)
  lu.assertTrue(q.residual:max() <= 1e-5)
  lu.assertStrContains(tostring(q), "quasi-localized modes of 160 atoms, from 6 modes")
  local h, z = atoms:hessian(), q.vectors[1]:reshape(#atoms, 3):copy()
  local cost, stiffness = cost_of(atoms, h, z, CUTOFF)
  lu.assertAlmostEquals(q.cost[1] / cost, 1, 1e-9)
  lu.assertAlmostEquals(q.stiffness[1] / stiffness, 1, 1e-9)
  lu.assertAlmostEquals(z:square():sum(), 1, 1e-12)
  for seed = 1, 4 do -- it rises to both sides, and as a square
    local p = vt.array.normal(#atoms, 3, { seed = seed }) * 0.01
    local plus, minus = cost_of(atoms, h, z + p, CUTOFF), cost_of(atoms, h, z - p, CUTOFF)
    lu.assertTrue(plus > cost and minus > cost)
    p = p * 0.01
    plus, minus = cost_of(atoms, h, z + p, CUTOFF), cost_of(atoms, h, z - p, CUTOFF)
    lu.assertTrue(math.abs(plus - minus) < 0.02 * (plus + minus - 2 * cost))
  end
  -- lower than where it came from
  local start = m.vectors[q.start[1]]:reshape(#atoms, 3) / atoms:masses():sqrt():reshape(-1, 1)
  lu.assertTrue(cost < cost_of(atoms, h, start:copy(), CUTOFF))
  lu.assertEquals(q.core[1], z:square():sum(2):argmax())
end

function TestModes.test_atoms_without_modes()
  local one = vt.atoms.random{ composition = "Ar", n = 1, number_density = 1e-4 }
  one.potential = argon()
  lu.assertStrContains(message(vt.modes.all, one), "modes.all: 1 atoms have no vibrations")
  local gas = vt.atoms.fcc{ species = "Ar", a = 20, cells = 1 }
  gas.potential = argon()
  lu.assertStrContains(message(vt.modes.all, gas), "nothing holds the atoms")
end

function TestModes.test_density_off_a_minimum_or_too_coarse()
  local atoms = vt.atoms.random{ composition = { Ar = 0.7, Kr = 0.3 }, n = 120, seed = 3,
    number_density = 0.026 }
  atoms.potential = argon()
  lu.assertStrContains(message(vt.modes.density, atoms, { minimize = false }), "in no minimum")
  lu.assertStrContains(message(vt.modes.density, atoms, { step = 100 }),
    "a step of 100 THz is too long")
end

function TestQuasiLocalized.test_wrong_input()
  local m = vt.modes.lowest(glass(120), { count = 3, minimize = false })
  lu.assertStrContains(message(m.quasilocalized, m, { rounds = 1 }), "mode 1 was not found in 1 ")
  lu.assertTrue(m:quasilocalized{ rounds = 1, unconverged = true }.residual:max() > 1e-3)
  lu.assertStrContains(message(m.quasilocalized, m, { tolerance = 1 }), "tolerance is 1; it must")
  lu.assertStrContains(message(m.quasilocalized, m, { cutoff = 1 }), "no pair within the cutoff")
end

os.exit(lu.LuaUnit.run())
