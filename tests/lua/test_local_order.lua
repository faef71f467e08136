-- Packing, clusters, free volume and bond order at the prompt: one structure and trajectories.
-- Values are checked in tests/c/test_structure_clusters.c and test_structure_bond_order.c.
local child = require "child"
local lu = require "luaunit"
local vt = require "vitrum"

local SHARED <const> = os.getenv "VITRUM_SHARED" or "../shared"

local function glass(seed)
  return vt.atoms.random{ composition = "Cu64Zr36", n = 400, seed = seed }
end

local function refused(message, ...) lu.assertErrorMsgContains(message, ...) end

local function published(rate)
  local path = ("%s/configs/Cu64.5Zr35.5_%s.lammps"):format(SHARED, rate)
  local file = io.open(path)
  if not file then lu.skip(path .. " is missing") end
  file:close()
  return vt.atoms.read(path, { format = "data", species = { "Cu", "Zr" } })
end

-- Two glasses as frames in every form that a trajectory can have.
local function sources(folder, a, b)
  local path = folder .. "/two.dump"
  a:save(path)
  b:save(path, { append = true })
  local list, k = { a, b }, 0
  return { path, list, function()
    k = k + 1
    return list[k]
  end }
end

TestPacking = {}

function TestPacking.test_shares()
  local v = vt.structure.voronoi(glass(1))
  local p = vt.structure.packing(v)
  local sum = 0
  for k, name in ipairs{ "I", "II", "III", "IV", "V", "VI" } do
    lu.assertEquals(p.fractions[name], p.class:eq(k):sum() / 400)
    sum = sum + p.fractions[name]
  end
  lu.assertAlmostEquals(sum, 1, 1e-12)
  lu.assertAlmostEquals(p.solid_like + p.transition + p.liquid_like, 1, 1e-12)
  lu.assertEquals(p.W, v.W)
  lu.assertEquals(p.icosahedra, v:fraction "0,0,12,0")
  -- Shares among species, weighted by concentration, are those of all.
  local cu, zr = p.by_species.Cu, p.by_species.Zr
  lu.assertAlmostEquals(0.64 * cu.liquid_like + 0.36 * zr.liquid_like, p.liquid_like, 1e-12)
  lu.assertAlmostEquals(0.64 * cu.W + 0.36 * zr.W, p.W, 1e-12)
  lu.assertAlmostEquals(0.64 * cu.icosahedra + 0.36 * zr.icosahedra, p.icosahedra, 1e-12)
  lu.assertEquals(p.frames, 1)
  lu.assertNil(p.series)
end

-- A species that a frame lacks is averaged over the frames that have it.
function TestPacking.test_species_missing_from_a_frame()
  local alloy = glass(1)
  local copper = vt.atoms.random{ composition = "Cu", n = 300, seed = 3 }
  local one, pure = vt.structure.packing(alloy), vt.structure.packing(copper)
  for _, order in ipairs{ { alloy, copper }, { copper, alloy } } do
    local p = vt.structure.packing(order)
    lu.assertEquals(p.by_species.Zr, one.by_species.Zr)
    lu.assertAlmostEquals(p.by_species.Cu.W, (one.by_species.Cu.W + pure.by_species.Cu.W) / 2,
      1e-12)
    lu.assertEquals(p.series.by_species.Zr.W:isnan():sum(), 1)
  end
  local free = vt.structure.free_volume({ copper, alloy })
  lu.assertEquals(free.by_species.Zr.mean, vt.structure.free_volume(alloy).by_species.Zr.mean)
end

function TestPacking.test_thresholds_are_on_by_default()
  local atoms = glass(2)
  local settings = { face_threshold = 0.01, edge_threshold = 0.1 }
  local p = vt.structure.packing(atoms)
  lu.assertEquals(p.W, vt.structure.voronoi(atoms, settings).W)
  local plain = vt.structure.packing(atoms, { face_threshold = 0, edge_threshold = 0 })
  lu.assertEquals(plain.W, vt.structure.voronoi(atoms).W)
  lu.assertNotEquals(plain.W, p.W)
end

function TestPacking.test_trajectories_are_averaged()
  local folder = child.folder()
  local a, b = glass(1), glass(2)
  local pa, pb = vt.structure.packing(a), vt.structure.packing(b)
  for _, source in ipairs(sources(folder, a, b)) do
    local p = vt.structure.packing(source)
    lu.assertEquals(p.frames, 2)
    lu.assertAlmostEquals(p.liquid_like, 0.5 * (pa.liquid_like + pb.liquid_like), 1e-12)
    lu.assertAlmostEquals(p.by_species.Zr.W, 0.5 * (pa.by_species.Zr.W + pb.by_species.Zr.W), 1e-12)
    lu.assertEquals(p.series.fractions.III:totable(), { pa.fractions.III, pb.fractions.III })
    lu.assertTrue(p.class:equals(pb.class))
  end
  local second = vt.structure.packing({ a, b }, { skip = 1 })
  lu.assertEquals(second.frames, 1)
  lu.assertEquals(second.W, pb.W)
  local seen = {}
  for v, atoms, info in vt.structure.voronois({ a, b }, { face_threshold = 0.01,
                                                          edge_threshold = 0.1 }) do
    seen[#seen + 1] = v.W
    lu.assertEquals(#atoms, 400)
    lu.assertEquals(type(info), "table")
  end
  lu.assertEquals(seen, { pa.W, pb.W })
  a:save(folder .. "/a.data")
  lu.assertEquals(vt.structure.voronoi(folder .. "/a.data").W, vt.structure.voronoi(a).W)
  child.remove(folder)
end

-- Slower cooling makes more icosahedra,
-- larger clusters and less of what is liquid-like.
function TestPacking.test_slower_cooling_orders()
  local fast, slow = published "1.0e+10", published "5.0e+08"
  for _, threshold in ipairs{ 0, 1 } do
    local o = { face_threshold = 0.01 * threshold, edge_threshold = 0.1 * threshold }
    local p, q = vt.structure.packing(fast, o), vt.structure.packing(slow, o)
    lu.assertTrue(q.icosahedra > p.icosahedra)
    lu.assertTrue(q.liquid_like < p.liquid_like)
    lu.assertTrue(q.W > p.W)
    lu.assertTrue(p.by_species.Cu.icosahedra > 0.15 and p.by_species.Zr.icosahedra == 0)
    local c, d = vt.structure.clusters(fast, o), vt.structure.clusters(slow, o)
    lu.assertTrue(d.covered > c.covered and d.links.volume > c.links.volume)
  end
end

function TestPacking.test_wrong_input()
  local packing, atoms = vt.structure.packing, glass(1)
  refused("unknown option 'face_treshold'; did you mean 'face_threshold'?", packing, atoms,
    { face_treshold = 0 })
  refused("structure.packing: expected frames: an Atoms, the name of a file", packing, 5)
  refused("structure.packing: the source has no frames", packing, {})
  refused("face_threshold, a share of a cell's area, must be", packing, atoms,
    { face_threshold = 1 })
  refused("option 'radii' [A] has no number for Zr", packing, atoms, { radii = { Cu = 1.3 } })
  local v = vt.structure.voronoi(atoms)
  refused("structure.packing: option 'edge_threshold' says how to make cells, but these are made "
    .. "already", packing, v, { edge_threshold = 0.1 })
  refused("structure.packing: option 'skip' says", packing, v, { skip = 1 })
  v:close()
  refused("these Voronoi cells are closed", packing, v)
  refused("structure.voronoi: expected an Atoms or the name of a file, got nothing",
    vt.structure.voronoi)
end

TestClusters = {}

-- Numbers that follow from one another, on a glass with many icosahedra.
function TestClusters.test_numbers_agree()
  local atoms = published "5.0e+08"
  local c = vt.structure.clusters(atoms)
  lu.assertEquals(c.sizes_polyhedra:sum(), c.polyhedra)
  lu.assertEquals(c.center:gt(0):sum(), c.polyhedra)
  lu.assertEquals(c.number + c.single, #c.sizes)
  lu.assertEquals(c.largest, c.sizes[1])
  lu.assertEquals(c.single, c.sizes_polyhedra:eq(1):sum())
  lu.assertAlmostEquals(c.average_with_single, c.sizes:mean(), 1e-12)
  lu.assertAlmostEquals(c.average_polyhedra * c.number, c.polyhedra - c.single, 1e-9)
  lu.assertAlmostEquals(c.covered * #atoms, c.member:gt(0):sum(), 1e-9)
  lu.assertEquals(c.member:eq(1):sum(), c.largest) -- all of the first are its members
  local vertex = vt.structure.clusters(atoms, { link = "vertex" })
  lu.assertEquals(vertex.links, c.links)
  lu.assertTrue(vertex.largest > c.largest and vertex.number <= c.number)
  local zr = vt.structure.clusters(atoms, { center = "Zr" })
  lu.assertEquals(zr.polyhedra, 0)
  lu.assertEquals(zr.largest, 0)
  lu.assertEquals({ zr.average, zr.average_polyhedra, zr.average_with_single }, { 0, 0, 0 })
  local crystal = vt.atoms.bcc{ species = "Fe", a = 2.86, cells = { 4, 4, 4 } }
  local all = vt.structure.clusters(crystal, { index = "0,6,0,8" })
  lu.assertEquals({ all.number, all.largest, all.polyhedra, all.covered }, { 1, 128, 128, 1.0 })
  lu.assertEquals(all.links.volume, 128 * 7)
end

-- Averages are over the frames that have clusters.
function TestClusters.test_frames_without_clusters()
  local bcc = vt.atoms.bcc{ species = "Fe", a = 2.86, cells = { 4, 4, 4 } }
  local fcc = vt.atoms.fcc{ species = "Fe", a = 3.6, cells = { 4, 4, 4 } }
  for _, order in ipairs{ { bcc, fcc }, { fcc, bcc } } do
    local c = vt.structure.clusters(order, { index = "0,6,0,8" })
    lu.assertEquals({ c.average, c.average_polyhedra, c.average_with_single }, { 128, 128, 128 })
    lu.assertEquals({ c.number, c.largest, c.polyhedra }, { 0.5, 64, 64 })
    lu.assertEquals(c.series.average:isnan():sum(), 1)
    for k = 1, 2 do lu.assertNotStrContains(tostring(c.series.average[k]), "-nan") end
  end
  local none = vt.structure.clusters({ fcc, fcc }, { index = "0,6,0,8" })
  lu.assertEquals({ none.average, none.average_polyhedra, none.average_with_single }, { 0, 0, 0 })
end

function TestClusters.test_wrong_input()
  local clusters, atoms = vt.structure.clusters, glass(1)
  refused("option 'link' must be one of 'vertex', 'edge', 'face', 'volume'", clusters, atoms,
    { link = "corner" })
  refused("no species 'Al'; these atoms are Cu, Zr", clusters, atoms, { center = "Al" })
  refused("a Voronoi index is a string", clusters, atoms, { index = "abc" })
  refused("must have the four numbers n3, n4, n5, n6", clusters, atoms, { index = "0,0,12" })
end

TestFreeVolume = {}

function TestFreeVolume.test_values()
  local atoms = glass(3)
  local v = vt.structure.voronoi(atoms)
  local f = vt.structure.free_volume(v)
  local cores = 4 * math.pi / 3 * (256 * 1.28 ^ 3 + 144 * 1.60 ^ 3)
  lu.assertAlmostEquals(f.fraction, 1 - cores / atoms:volume(), 1e-12)
  lu.assertAlmostEquals(f.values:mean(), f.mean, 1e-12)
  lu.assertAlmostEquals(0.64 * f.by_species.Cu.mean + 0.36 * f.by_species.Zr.mean, f.mean, 1e-12)
  local own = vt.structure.free_volume(atoms, { core_radii = { Cu = 1.26, Zr = 1.58 } })
  local set = vt.structure.free_volume(atoms, { core_radii = "miracle" })
  lu.assertEquals(own.fraction, set.fraction)
  local two = vt.structure.free_volume({ atoms, glass(4) })
  lu.assertEquals(two.frames, 2)
  lu.assertAlmostEquals(two.series.fraction[1], f.fraction, 1e-12)
end

function TestFreeVolume.test_wrong_input()
  local free_volume = vt.structure.free_volume
  refused("there is no set of core radii 'goldschmidt'", free_volume, glass(1),
    { core_radii = "goldschmidt" })
  refused("option 'core_radii' [A] of Cu must be a positive number, got 0", free_volume, glass(1),
    { core_radii = { Cu = 0, Zr = 1 } })
  local iron = vt.atoms.bcc{ species = "Fe", a = 2.86, cells = { 2, 2, 2 } }
  refused("option 'core_radii' [A] has no number for Fe", free_volume, iron)
end

TestBondOrder = {}

-- Mickel et al. (2013) and Steinhardt et al. (1983), to their digits.
function TestBondOrder.test_fcc()
  local copper = vt.atoms.fcc{ species = "Cu", a = 3.615, cells = { 3, 3, 3 } }
  for _, o in ipairs{ {}, { cutoff = 3 }, { number = 12 } } do
    local b = vt.structure.bond_order(copper, o)
    lu.assertAlmostEquals(b.q[4]:min(), 0.19094, 1e-5)
    lu.assertAlmostEquals(b.q[6]:max(), 0.57452, 1e-5)
    lu.assertAlmostEquals(b.w[4]:mean(), -0.159317, 1e-6)
    lu.assertAlmostEquals(b.mean.q_average[6], 0.57452, 1e-5)
    lu.assertAlmostEquals(b.mean.w_average[6], -0.013161, 1e-6)
  end
  local twelve = vt.structure.bond_order(copper, { number = 12, l = 12 })
  lu.assertEquals(#twelve.q[12], 108)
  lu.assertEquals(twelve.mean.coordination, 12.0)
  lu.assertNil(twelve.q[6])
end

function TestBondOrder.test_sources_and_trajectories()
  local a, b = glass(1), glass(2)
  local cells = vt.structure.voronoi(a)
  local one, two = vt.structure.bond_order(a), vt.structure.bond_order(b)
  lu.assertTrue(vt.structure.bond_order(cells).q[6]:equals(one.q[6]))
  lu.assertFalse(vt.structure.bond_order(a, { weighted = false }).q[6]:equals(one.q[6]))
  local both = vt.structure.bond_order{ a, b }
  lu.assertEquals(both.frames, 2)
  lu.assertAlmostEquals(both.mean.q[6], 0.5 * (one.mean.q[6] + two.mean.q[6]), 1e-12)
  lu.assertEquals(both.series.mean.q_average[4]:totable(),
    { one.mean.q_average[4], two.mean.q_average[4] })
  lu.assertTrue(both.q[6]:equals(two.q[6]))
  lu.assertEquals(vt.structure.bond_order({ a, b }, { cutoff = 3.8 }).frames, 2)
end

function TestBondOrder.test_wrong_input()
  local bond_order, atoms = vt.structure.bond_order, glass(1)
  refused("neighbors by cutoff or by number, not both", bond_order, atoms,
    { cutoff = 3, number = 12 })
  refused("option 'l' must be a whole number from 0 to 20, or a list of these, got 21", bond_order,
    atoms, { l = { 6, 21 } })
  refused("got six", bond_order, atoms, { l = "six" })
  refused("option 'l' lists no degree", bond_order, atoms, { l = {} })
  refused("option 'cutoff' [A] must be a positive number, got 0", bond_order, atoms, { cutoff = 0 })
  refused("more than 1000 images", bond_order, atoms, { cutoff = 1e6 })
  refused("must be 1 to 10000, got 20000", bond_order, atoms, { number = 20000 })
  refused("structure.bond_order: these are Voronoi cells, which have no cutoff and no number",
    bond_order, vt.structure.voronoi(atoms), { cutoff = 3 })
  refused("no atom has a neighbor within the cutoff of 0.1 A", bond_order, atoms, { cutoff = 0.1 })
end

for _, case in ipairs{ TestPacking, TestClusters, TestFreeVolume, TestBondOrder } do
  function case.tearDown()
    collectgarbage()
    collectgarbage()
  end
end

os.exit(lu.LuaUnit.run())
