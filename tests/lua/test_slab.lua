-- vt.mechanics.material and vt.mechanics.shear_band on samples whose answers are known.
local lu = require "luaunit"
local vt = require "vitrum"

local function message(f, ...)
  local ok, err = pcall(f, ...)
  lu.assertFalse(ok)
  return tostring(err)
end

-- A crystal with surfaces across some axes, `vacuum` beside it.
local function bar(periodic, vacuum, cells)
  local atoms = vt.atoms.fcc{ species = "Cu", a = 3.61, cells = cells or { 8, 6, 6 } }
  atoms:rattle{ amplitude = 1e-3, seed = 1 } -- away from the degenerate cells of a perfect crystal
  local lengths = atoms:box().lengths
  local new = {}
  for axis = 1, 3 do new[axis] = lengths[axis] + (periodic[axis] and 0 or vacuum) end
  atoms:set_box{ lengths = new, periodic = periodic }
  return atoms
end

TestMaterial = {}

function TestMaterial.test_without_surfaces_it_is_the_box()
  local atoms = bar({ true, true, true }, 0)
  local m = vt.mechanics.material(atoms)
  lu.assertEquals(m.volume, atoms:volume())
  lu.assertEquals(m.fraction, 1)
  lu.assertNil(m.thickness)
end

function TestMaterial.test_a_slab_has_the_volume_of_its_cells()
  for _, vacuum in ipairs{ 0.5, 20, 40 } do
    local atoms = bar({ false, true, true }, vacuum)
    local m = vt.mechanics.material(atoms)
    lu.assertAlmostEquals(m.volume / (#atoms * 3.61 ^ 3 / 4), 1, 1e-3)
    lu.assertAlmostEquals(m.thickness, 8 * 3.61, 0.03)
    lu.assertAlmostEquals(m.fraction * atoms:volume(), m.volume, 1e-8 * m.volume)
  end
end

function TestMaterial.test_a_bar_with_free_sides()
  local atoms = bar({ false, true, false }, 25)
  local m = vt.mechanics.material(atoms)
  lu.assertAlmostEquals(m.volume / (#atoms * 3.61 ^ 3 / 4), 1, 1e-3)
  lu.assertNil(m.thickness)
end

-- What the material bears does not know of the vacuum beside it.
function TestMaterial.test_stress_does_not_depend_on_the_vacuum()
  local stress = {}
  for k, vacuum in ipairs{ 15, 30 } do
    local atoms = bar({ false, true, true }, vacuum)
    atoms.potential = vt.potential.eam "CuZr_mm.eam.fs"
    atoms:strain{ yy = 0.02 }
    stress[k] = atoms:stress().yy / vt.mechanics.material(atoms).fraction
  end
  lu.assertAlmostEquals(stress[1], stress[2], 1e-9 * math.abs(stress[1]))
  lu.assertTrue(math.abs(stress[1]) > 1)
end

function TestMaterial.test_cells_that_exist_serve()
  local atoms = bar({ false, true, true }, 10)
  local cells = vt.structure.voronoi(atoms)
  lu.assertEquals(vt.mechanics.material(atoms, { cells = cells }).volume,
    vt.mechanics.material(atoms).volume)
  lu.assertStrContains(message(vt.mechanics.material, atoms, { cells = 5 }), "Voronoi cells")
  lu.assertStrContains(message(vt.mechanics.material, bar({ false, true, true }, 10, 4),
    { cells = cells }), "of these atoms")
  lu.assertStrContains(message(vt.mechanics.material, 5), "expected atoms")
end

TestShearBand = {}

-- Atoms anywhere in a box, and a value that is `high` where |y - slope x - 20| < half the width
-- along y, images included, and 0.1 elsewhere, with some noise.
local function banded(slope, half, high, periodic)
  local atoms = vt.atoms.random{ composition = "Cu64Zr36", n = 6000, seed = 5 }
  local box = atoms:box()
  local along = box.lengths[2]
  atoms:set_box{ periodic = periodic }
  local values = {}
  for k, r in ipairs(atoms:positions():totable()) do
    local d = (r[2] - slope * r[1] - 20) % along
    values[k] = (math.min(d, along - d) < half and high or 0.1) + 0.02 * math.sin(17 * k)
  end
  return atoms, values, along
end

function TestShearBand.test_a_band_at_45_degrees()
  for _, slope in ipairs{ 1, -1 } do
    local atoms, values = banded(slope, 6, 0.5, { false, true, true })
    local band = vt.mechanics.shear_band(atoms, values, { load = "yy", width = 3 })
    lu.assertEquals(band.slope, slope)
    lu.assertEquals({ band.axis, band.other }, { "y", "x" })
    lu.assertAlmostEquals(band.angle, 45, 1e-9)
    lu.assertAlmostEquals(band.contrast, 5, 0.3)
    lu.assertAlmostEquals(band.width, 12 * math.cos(math.pi / 4), 1)
  end
end

-- In a cube that is periodic along all axes planes at 45 degrees close on themselves.
function TestShearBand.test_periodic_boxes()
  local atoms, values = banded(1, 6, 0.5, { true, true, true })
  local band = vt.mechanics.shear_band(atoms, values, { load = "yy" })
  lu.assertAlmostEquals(band.slope, 1, 1e-9)
  lu.assertTrue(band.contrast > 4)
end

function TestShearBand.test_in_shear_it_lies_in_a_shear_plane()
  local atoms, values = banded(0, 6, 0.5, { true, true, true })
  local band = vt.mechanics.shear_band(atoms, values, { load = "yz" })
  lu.assertEquals({ band.axis, band.slope, band.angle }, { "y", 0, 90 })
  lu.assertAlmostEquals(band.center, 20, 1)
end

function TestShearBand.test_without_a_band_there_is_no_contrast()
  local atoms, values = banded(0, 6, 0.1, { true, true, true })
  lu.assertTrue(vt.mechanics.shear_band(atoms, values, { load = "yy" }).contrast < 1.1)
end

function TestShearBand.test_wrong_input()
  local atoms, values = banded(0, 6, 0.1, { false, true, true })
  local band <const> = vt.mechanics.shear_band
  lu.assertStrContains(message(band, atoms, values), "load")
  lu.assertStrContains(message(band, atoms, values, { load = "xx" }), "free along x")
  lu.assertStrContains(message(band, atoms, { 1, 2 }, { load = "yy" }), "2")
  lu.assertStrContains(message(band, 5, values, { load = "yy" }), "expected atoms")
end

os.exit(lu.LuaUnit.run())
