-- Anisotropic pair distribution and the nonaffine strain ratio of Wang et al. (2022).
local lu = require "luaunit"
local vt = require "vitrum"
local io_folder = require "io_folder"

TestAnisotropy = io_folder.class()

local COMPONENT <const> = { x = "xx", y = "yy", z = "zz" }

-- A copy under uniaxial strain e with Poisson's ratio nu.
local function loaded(atoms, axis, e, nu)
  local strain = {}
  for name, component in pairs(COMPONENT) do strain[component] = name == axis and e or -nu * e end
  return atoms:copy():strain(strain)
end

local function glass(seed, n)
  return vt.atoms.random{ composition = { Cu = 64, Zr = 36 }, n = n or 2000, seed = seed }
end

local function published()
  local path = (os.getenv "VITRUM_SHARED" or "../shared") .. "/configs/Cu64.5Zr35.5_1.0e+10.lammps"
  if not io_folder.exists(path) then lu.skip(path .. " is missing") end
  return vt.atoms.read(path, { species = { "Cu", "Zr" }, format = "data" })
end

-- Three loads along x, y, z.
local function three(atoms, e, nu, o)
  local before, after = {}, {}
  for k, axis in ipairs{ "x", "y", "z" } do
    o.axis = axis
    before[k] = vt.structure.anisotropy(atoms, o)
    after[k] = vt.structure.anisotropy(loaded(atoms, axis, e, nu), o)
  end
  return vt.structure.nonaffine_strain(before, after)
end

-- An affine strain of the published glass of 5000 atoms. Seen about single axes: strains within
-- 8 %, ratios within 0.08, because the frozen anisotropy couples to the strain; from three axes
-- within 2.5 % and 0.035. Both signs.
function TestAnisotropy.test_affine_strain_of_a_glass()
  local atoms = published()
  for _, e in ipairs{ -0.01, 0.005 } do
    local n = three(atoms, e, 0.36, {})
    lu.assertAlmostEquals(n.applied, e, 1e-12)
    lu.assertAlmostEquals(n.poisson, 0.36, 1e-9)
    lu.assertAlmostEquals(n.strain, e, 0.03 * math.abs(e))
    lu.assertAlmostEquals(n.ratio, 0, 0.05)
    lu.assertAlmostEquals(n.ratio_fit, 0, 0.05)
    lu.assertAlmostEquals(n.ratio, 0, 4 * n.error.ratio)
    lu.assertTrue(n.error.ratio > 0 and n.error.ratio < 0.1)
    lu.assertEquals(n.error_from, "samples")
  end
  local x = vt.structure.nonaffine_strain(atoms, loaded(atoms, "x", -0.01, 0.36),
    { axis = "x", weights = "xray" })
  lu.assertAlmostEquals(x.strain, -0.01, 0.001)
  lu.assertAlmostEquals(x.ratio, 0, 0.15)
end

-- The same strain along all axes makes no anisotropy, whatever the axis.
function TestAnisotropy.test_isotropic_compression()
  local atoms = glass(1)
  local smaller = atoms:copy():strain{ xx = -0.01, yy = -0.01, zz = -0.01 }
  local before = vt.structure.anisotropy(atoms, { axis = { 1, 2, 3 }, rmax = 12, bins = 300 })
  local after = vt.structure.anisotropy(smaller,
    { axis = { 1, 2, 3 }, rmax = 12 * 0.99, bins = 300 })
  -- Every pair keeps its direction and, in units of rmax, its shell; P2 is stored to 4e-9.
  lu.assertTrue((after.g2 - before.g2):slice{ 60, 300 }:abs():max() < 1e-6)
  after = vt.structure.anisotropy(smaller, { axis = { 1, 2, 3 }, rmax = 12, bins = 300 })
  lu.assertErrorMsgContains("the same along and across the axis makes no anisotropy",
    vt.structure.nonaffine_strain, before, after, { to = 12 })
end

-- Curves made by the law itself: the fit returns what went in.
function TestAnisotropy.test_synthetic_curves()
  local o = { rmax = 15, bins = 750 }
  local before = vt.structure.anisotropy(glass(2, 4000), o)
  local after = vt.structure.anisotropy(glass(2, 4000), o)
  -- A smooth g0 with a first peak, a minimum and ripples.
  local r, nu, eps, s = before.r, 0.3, 0.004, 0.25
  local g0, d = {}, {}
  for k = 1, #r do
    local x = r[k]
    g0[k] = 1 + 2 * math.exp(-((x - 2.7) / 0.25) ^ 2)
      + 0.5 * math.sin(3 * (x - 2)) * math.exp(-0.25 * (x - 3.5)) - (x < 3.3 and 1 or 0)
    if x < 3.3 then g0[k] = 3 * math.exp(-((x - 2.7) / 0.25) ^ 2) + (x > 2.7 and 0.4 or 0)
      * (x - 2.7) / 0.6 end
  end
  local step = r[2] - r[1]
  for k = 1, #r do
    local low, high = math.max(1, k - 1), math.min(#r, k + 1)
    d[k] = 2 * (1 + nu) / (3 * math.sqrt(5)) * r[k] * (g0[high] - g0[low]) / ((high - low) * step)
  end
  local change = {}
  for k = 1, #r do change[k] = (r[k] < 6 and 1 - s or 1) * eps * d[k] end
  before.g0, after.g0 = vt.array(g0), vt.array(g0)
  before.g2 = vt.array.zeros(#r)
  after.g2 = vt.array(change)
  local n = vt.structure.nonaffine_strain(before, after,
    { poisson = nu, smooth = 0, from = 6.1, to = 15 })
  lu.assertAlmostEquals(n.strain, -eps, 1e-9) -- positive g2 law: compression
  lu.assertAlmostEquals(n.ratio, s, 1e-6)
  lu.assertAlmostEquals(n.ratio_fit, s, 1e-6)
  lu.assertTrue(n.peaks[1].r < n.peaks[2].r)
  after.g2 = vt.array(change) * -1
  local tension = vt.structure.nonaffine_strain(before, after,
    { poisson = nu, smooth = 0, from = 6.1, to = 15 })
  lu.assertAlmostEquals(tension.strain, eps, 1e-9)
  lu.assertAlmostEquals(tension.ratio, s, 1e-6)
end

function TestAnisotropy.test_frames_give_errors()
  local rest, load = {}, {}
  local atoms = glass(5, 1000)
  for k = 1, 4 do
    rest[k] = atoms:copy():rattle{ amplitude = 0.05, seed = k }
    load[k] = loaded(atoms, "z", -0.02, 0.3):rattle{ amplitude = 0.05, seed = 10 + k }
  end
  local a = vt.structure.anisotropy(rest, { rmax = 10, bins = 200 })
  lu.assertEquals({ a.frames, #a.blocks }, { 4, 4 })
  lu.assertEquals(#a.error.g2, 200)
  local n = vt.structure.nonaffine_strain(rest, load, { rmax = 10, bins = 200, to = 10 })
  -- So few atoms have no long range to speak of, and the error says so; the first shell is sharp.
  lu.assertTrue(n.error.strain > n.error.local_strain and n.error.local_strain > 0)
  lu.assertAlmostEquals(n.local_strain, -0.02, 0.005)
  lu.assertStrMatches(tostring(n), "strain beyond 6 A .* %+%- .*nonaffine ratio .*")
  n:plot{ file = io_folder.name "n.svg" }
  lu.assertStrContains(io_folder.text_of "n.svg", "affine")
  a:plot{ file = io_folder.name "a.svg" }
end

local function rattled(atoms, count, seed)
  local list = {}
  for k = 1, count do list[k] = atoms:copy():rattle{ amplitude = 0.05, seed = seed + k } end
  return list
end

-- One side without blocks would count as exact; two samples have their blocks.
function TestAnisotropy.test_what_errors_come_from()
  local o, fit = { rmax = 8, bins = 160 }, { from = 3, to = 8 }
  local rest, load = {}, {}
  for k = 1, 2 do
    local atoms = glass(5 + k, 800)
    rest[k] = vt.structure.anisotropy(rattled(atoms, 6, 10 * k), o)
    load[k] = vt.structure.anisotropy(rattled(loaded(atoms, "z", -0.02, 0.3), 6, 50 * k), o)
  end
  local few = vt.structure.anisotropy(rattled(glass(6, 800), 1, 1), o)
  for _, pair in ipairs{ { few, load[1] }, { load[1], few }, { { rest[1], few }, load } } do
    local n = vt.structure.nonaffine_strain(pair[1], pair[2], fit)
    lu.assertNil(n.error)
    lu.assertNil(n.error_from)
    lu.assertStrContains(tostring(n), "(errors unknown: they take 3 pairs of samples, or 3 blocks")
  end
  local one = vt.structure.nonaffine_strain(rest[1], load[1], fit)
  local two = vt.structure.nonaffine_strain(rest[2], load[2], fit)
  local both = vt.structure.nonaffine_strain(rest, load, fit)
  lu.assertEquals({ one.error_from, both.error_from }, { "blocks", "blocks" })
  lu.assertNotStrContains(tostring(both), "unknown")
  -- The mean of two independent numbers; fits to the mean curves differ a little from that.
  local expected = math.sqrt(one.error.strain ^ 2 + two.error.strain ^ 2) / 2
  lu.assertAlmostEquals(both.error.strain, expected, 0.15 * expected)
  local three_pairs = vt.structure.nonaffine_strain({ rest[1], rest[2], few },
    { load[1], load[2], load[1] }, fit)
  lu.assertEquals(three_pairs.error_from, "samples")
end

-- The same lattice by other vectors: the strain is that of the material.
function TestAnisotropy.test_flipped_cells()
  local o = { axis = { 1, 1, 0 }, rmax = 8, bins = 160 }
  local crystal = vt.atoms.fcc{ species = "Cu", a = 3.6, cells = { 4, 4, 4 } }:strain{ xy = 0.45 }
  local after = crystal:copy():strain{ xx = 0.0036, yy = 0.0036, zz = -0.01 }
  local flipped, h = after:copy(), after:box()
  flipped:set_box{ b = { h.b[1] - h.a[1], h.b[2] - h.a[2], h.b[3] - h.a[3] } }
  local twice = flipped:copy()
  twice:set_box{ c = { h.c[1] - 2 * h.a[1], h.c[2] - 2 * h.a[2], h.c[3] - 2 * h.a[3] } }
  for _, frame in ipairs{ after, flipped, twice } do
    local n = vt.structure.nonaffine_strain(crystal, frame,
      { axis = o.axis, rmax = 8, bins = 160, from = 3, to = 8 })
    lu.assertAlmostEquals(n.applied, 0.0036, 1e-12)
    lu.assertAlmostEquals(n.poisson, 0.0032 / 0.0036, 1e-9)
  end
  -- A flip between the frames of one side does not spoil their mean cell.
  local mean = vt.structure.anisotropy({ after, flipped, twice }, o)
  lu.assertTrue(mean.cell:near(vt.structure.anisotropy(after, o).cell, 1e-9))
end

-- Free axes keep their vectors, and an elongated cell finds its way back over many flips.
function TestAnisotropy.test_nearest_cell()
  local cells = require "vitrum.structure.cell"
  local h = { { 10, 0, 0 }, { 4.4, 10, 0 }, { 0, 0, 10 } }
  local flip = { { 10, 0, 0 }, { -5.6, 10, 0 }, { 0, 0, 10 } }
  local all, film = { true, true, true }, { true, false, true }
  lu.assertEquals(cells.nearest(h, flip, all), h)
  lu.assertEquals(cells.nearest(h, flip, film), flip)
  local long = { { 100, 0, 0 }, { 0, 10, 0 }, { 0, 0, 12 } }
  local turned = { { 100, 70, -48 }, { 0, 10, 0 }, { 0, 30, 12 } }
  lu.assertEquals(cells.nearest(long, turned, all), long)
end

function TestAnisotropy.test_wrong_input()
  local message, atoms = io_folder.message, glass(1, 500)
  local anisotropy, nonaffine = vt.structure.anisotropy, vt.structure.nonaffine_strain
  lu.assertStrContains(message(anisotropy, atoms, { axis = { 0, 0, 0 } }),
    "the axis (0, 0, 0) has no direction")
  lu.assertStrContains(message(anisotropy, atoms, { axis = "w" }), "option 'axis' must be")
  lu.assertStrContains(message(nonaffine, atoms, atoms, { rmax = 8, to = 8 }),
    "the cell is not strained along the axis")
  lu.assertStrContains(message(nonaffine, atoms, atoms, { rmax = 8 }),
    "the fit goes to 20 A, but the distributions end at rmax = 8 A")
  lu.assertStrContains(message(nonaffine, atoms, atoms, { from = 9, to = 8 }), "must be above")
  local a = anisotropy(atoms, { rmax = 8, bins = 80 })
  local b = anisotropy(atoms, { rmax = 8, bins = 80, axis = "x" })
  lu.assertStrContains(message(nonaffine, a, b, { to = 8 }), "the axis must be the same")
  lu.assertStrContains(message(nonaffine, { a, a }, { a }, { to = 8 }),
    "2 distributions before and 1 after")
  lu.assertStrContains(message(nonaffine, 3, a), "expected frames")
  lu.assertStrContains(message(nonaffine, a, a, { to = 8, poisson = 0.3 }),
    "before and after are the same")
end

os.exit(lu.LuaUnit.run())
