-- vt.structure.deformation: what the Lua face adds to tests/c/test_structure_deformation.c.
local lu = require "luaunit"
local vt = require "vitrum"
local io_folder = require "io_folder"

TestStrain = io_folder.class()

local function glass()
  return vt.atoms.random{ composition = { Cu = 64, Zr = 36 }, n = 400, seed = 3 }
end

function TestStrain.test_simple_shear()
  local before = glass()
  local after = before:copy():strain{ xy = 0.2 }
  local d = vt.structure.deformation(before, after, { cutoff = 4 })
  -- E_xy = 0.1, E_yy = 0.02: sqrt(g^2/4 + g^4/12); rounding of 1e-15 over bonds
  lu.assertAlmostEquals(d.von_mises:min(), math.sqrt(0.01 + 0.0016 / 12), 1e-12)
  lu.assertAlmostEquals(d.von_mises:max(), math.sqrt(0.01 + 0.0016 / 12), 1e-12)
  lu.assertAlmostEquals(d.equivalent[7], 2 / math.sqrt(3) * d.von_mises[7], 1e-15)
  lu.assertAlmostEquals(d.strain[5][6], 0.1, 1e-12)
  lu.assertTrue(d.d2min:max() < 1e-20)
  lu.assertAlmostEquals(d.affine[1][2], 0.2, 1e-14)
  lu.assertEquals(d:fraction(), 0)
  lu.assertEquals(d:fraction{ above = 0.1 }, 1)
  local windows = d:windows()
  lu.assertEquals(#windows, 5)
  lu.assertEquals(windows[3].fraction, 1)
  lu.assertEquals(#windows[3].atoms, 400)
  lu.assertStrContains(tostring(d), "deformation of 400 atoms (0 without one)")
  local own = vt.structure.deformation(before, after, { cutoff = 4, relative = true })
  lu.assertTrue(own.von_mises:max() < 1e-12)
end

function TestStrain.test_trajectory_and_columns()
  local path = io_folder.name "shear.dump"
  local atoms = glass()
  for k = 0, 3 do
    if k > 0 then atoms:strain{ xz = 0.05 }:wrap() end
    atoms:save(path, { append = k > 0 })
  end
  local shear = {}
  for d, frame, info, number in vt.structure.deformations(nil, path, { cutoff = 4 }) do
    lu.assertEquals(#frame, 400)
    lu.assertIsTable(info)
    shear[number] = d.affine[1][3]
    lu.assertTrue(d.d2min:max() < 1e-20)
  end
  lu.assertEquals(#shear, 4)
  lu.assertAlmostEquals(shear[1], 0, 1e-14)
  lu.assertAlmostEquals(shear[4], 0.15, 1e-12)

  local before = glass()
  local after = before:copy():rattle{ amplitude = 0.1, seed = 2 }
  local d = vt.structure.deformation(before, after)
  after:save(io_folder.name "strain.dump", { columns = d:columns() })
  local _, info = vt.atoms.read(io_folder.name "strain.dump")
  lu.assertTrue(info.columns.D2min:equals(d.d2min))
  lu.assertTrue(info.columns["strain[4]"]:equals(d.strain:column(4)))
end

function TestStrain.test_atoms_without_neighbors()
  local box = vt.atoms.fcc{ species = "Cu", a = 3.6, cells = { 3, 3, 3 } }
  box:set_box{ lengths = { 30, 30, 30 } }
  local lone = vt.atoms.fcc{ species = "Cu", a = 50, cells = { 1, 1, 1 } }:select{ 1 }
  lone:displace{ 20, 20, 20 }
  box:append(lone)
  local d = vt.structure.deformation(box, box, { cutoff = 3 })
  local n = #box
  lu.assertNotEquals(d.d2min[n], d.d2min[n]) -- nan
  lu.assertTrue(d.valid < n)
  local columns = d:columns()
  lu.assertEquals({ columns.D2min[n], columns.strained[n], columns.strained[1] }, { 0, 0, 0 })
  lu.assertEquals(columns.strained:sum(), d.valid)
  box:save(io_folder.name "lone.dump", { columns = columns })
end

function TestStrain.test_files_as_frames()
  local before = glass()
  before:save(io_folder.name "a.xyz")
  before:strain{ zz = 0.1 }:save(io_folder.name "b.xyz")
  local d = vt.structure.deformation(io_folder.name "a.xyz", io_folder.name "b.xyz")
  lu.assertAlmostEquals(d.strain[1][3], (1.1 ^ 2 - 1) / 2, 1e-10)
end

function TestStrain.test_errors()
  local a, message = glass(), io_folder.message
  local deformation = vt.structure.deformation
  lu.assertStrContains(message(deformation, a, a:copy():delete{ 1 }),
    "structure.deformation: there are 399 atoms, in the reference frame 400")
  lu.assertStrContains(message(deformation, a), "the second frame must be an Atoms or the name")
  lu.assertStrContains(message(deformation, 3, a), "the reference frame must be an Atoms")
  lu.assertStrContains(message(deformation, a, a, { cutof = 3 }), "did you mean 'cutoff'")
  lu.assertStrContains(message(deformation, a, a, { cutoff = 0.5 }),
    "within the cutoff of 0.5 angstrom; take the first minimum of g(r)")
  local d = deformation(a, a)
  lu.assertStrContains(message(d.windows, d, { 0.2, 0.1 }), "edge 2 must be a number above 0.2")
  lu.assertStrContains(message(d.fraction, d, { over = 1 }), "unknown option 'over'")
  lu.assertStrContains(message(vt.structure.deformations, a, 7), "expected frames")
end

os.exit(lu.LuaUnit.run())
