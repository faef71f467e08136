-- scripts/tension.lua on 300 atoms at rates at which only the machinery is tested. What a curve
-- says is tested in test_stress_strain.lua, volumes and bands in test_slab.lua.
local child = require "child"
local lu = require "luaunit"
local vt = require "vitrum"

local SCRIPT <const> = (os.getenv "VITRUM_SOURCE" or ".") .. "/scripts/tension.lua"
local SMALL <const> = "preset=test threads=1 quiet=true strain_rate=4e11 "
local LONG <const> = "settle=0.1 strain=0.06 maps=0.02,0.06 "
local RESULTS <const> = { "tension.csv", "tension-curve.csv", "tension-looks.csv", "run.json",
                          "tension-0.06.dump", "report.html" }

TestTension = {}

local folder

function TestTension.setUp()
  if folder then return end
  folder = child.folder()
  local glass = vt.atoms.random{ composition = "Cu64Zr36", n = 300, seed = 4 }
  glass.potential = vt.potential.eam "CuZr_mm.eam.fs"
  vt.minimize(glass, { fmax = 0.02, pressure = 0, box = "axes" })
  glass:wrap():save(folder .. "/start.data")
  -- The same with room along x, and with more.
  local length = glass:box().lengths[1]
  for name, vacuum in pairs{ near = 10, far = 40 } do
    local slab = glass:copy()
    slab:set_box{ a = { length + vacuum, 0, 0 } }
    slab:save(("%s/%s.data"):format(folder, name))
  end
  -- One that winds through the face of its box.
  local slab = glass:copy():displace(length / 2, 0, 0):wrap()
  slab:set_box{ a = { length + 20, 0, 0 } }
  local r = slab:positions():column(1)
  r:assign(r + vt.array.where(r:gt(length / 2), 20, 0))
  slab:save(folder .. "/wound.data")
  glass:copy():set_box{ a = { length + 20, 0, 0 } }:replicate(2, 1, 1)
    :save(folder .. "/twice.data")
  glass:thermalize{ temperature = 1500, seed = 1 }:save(folder .. "/hot.data")
  vt.atoms.random{ composition = "Cu64Zr36", n = 100, seed = 1 }:save(folder .. "/narrow.data")
end

local function run(arguments)
  local text, status = child.vitrum(folder, SCRIPT .. " " .. SMALL .. arguments)
  lu.assertEquals(status, 0, text)
end

local function table_of(out, name)
  return vt.csv.read(("%s/%s/%s"):format(folder, out, name))
end

function TestTension.test_tension_of_a_bulk_glass()
  run(LONG .. "glass=start.data out=whole")
  local samples, curve = table_of("whole", "tension.csv"), table_of("whole", "tension-curve.csv")
  lu.assertEquals(samples.strain[1], 0)
  lu.assertAlmostEquals(curve.strain[#curve], 0.06, 0.0016) -- one sample
  lu.assertEquals(#curve, #samples)
  for k = 2, #curve do lu.assertTrue(curve.strain[k] > curve.strain[k - 1]) end
  -- Without surfaces the stress is that of the dynamics, the strain that of the box.
  for k = 1, #curve do
    lu.assertAlmostEquals(curve.stress[k], samples.stress_yy[k], 1e-9)
    lu.assertAlmostEquals(samples.ly[k] / samples.ly[1] - 1, curve.strain[k], 1e-9)
    lu.assertEquals(curve.material[k], 1)
  end
  lu.assertTrue(samples.lx[#samples] < samples.lx[1]) -- the sides follow
  local looks = table_of("whole", "tension-looks.csv")
  lu.assertEquals(looks.strain:totable(), { 0, 0.004, 0.008, 0.012, 0.016, 0.02, 0.05,
                                          0.06 })
  lu.assertTrue(looks.W:min() > 0.3 and looks.W:max() < 0.7)
  -- The numbers of the report are those of the curve.
  local r = vt.mechanics.stress_strain(curve.strain, curve.stress, { elastic = 0.02,
                                                                    smooth = 0.004 })
  local report = child.read(folder .. "/whole/report.html")
  lu.assertStrContains(report, ("%.3g"):format(r.modulus):sub(1, 2))
  for _, words in ipairs{ "Young", "shear modulus", "Poisson", "<svg", "D2min at strain 0.06",
                          "at strain 0.02", "limit 2" } do
    lu.assertStrContains(report, words)
  end
  -- Local strain is in the file, and that of the mean is the one imposed.
  local atoms = vt.atoms.read(folder .. "/whole/tension-0.06.dump")
  local d = vt.structure.deformation(folder .. "/whole/tension-0.dump", atoms)
  lu.assertAlmostEquals(d.affine[2][2], 1.06, 1e-6)
  lu.assertStrContains(child.read(folder .. "/whole/tension-0.06.dump"):sub(1, 600), "von_mises")
end

-- The slab, pulled once for several tests.
local function pull_near()
  if child.read(folder .. "/near/run.json") then return end
  run(LONG .. "glass=near.data free=x out=near")
end

-- Twice the vacuum, the same numbers; the free axis has no barostat.
function TestTension.test_the_vacuum_does_not_matter()
  pull_near()
  run(LONG .. "glass=far.data free=x out=far")
  local near, far = table_of("near", "tension-curve.csv"), table_of("far", "tension-curve.csv")
  lu.assertEquals(#near, #far)
  lu.assertAlmostEquals((near.stress - far.stress):abs():max(), 0, 1e-4)
  lu.assertTrue(near.stress:max() > 1)
  lu.assertTrue(near.material[1] > 1.5 * far.material[1])
  local samples = table_of("far", "tension.csv")
  lu.assertEquals(samples.lx:min(), samples.lx:max())
  lu.assertTrue(samples.lz:min() < samples.lz[1])
end

function TestTension.test_compression_and_shear()
  run "glass=start.data mode=compression axis=z strain=0.04 maps=0.02 out=pressed"
  local samples = table_of("pressed", "compression.csv")
  local curve = table_of("pressed", "compression-curve.csv")
  lu.assertAlmostEquals(1 - samples.lz[#samples] / samples.lz[1], curve.strain[#curve], 1e-9)
  lu.assertAlmostEquals(curve.strain[#curve], 0.04, 0.0016)
  lu.assertAlmostEquals(curve.stress[#curve], -samples.stress_zz[#samples], 1e-9)
  lu.assertTrue(samples.lx[#samples] > samples.lx[1])
  run "glass=start.data mode=shear plane=xz strain=0.04 maps=0.02 out=sheared"
  samples, curve = table_of("sheared", "shear.csv"), table_of("sheared", "shear-curve.csv")
  lu.assertAlmostEquals(samples.xz[#samples] / samples.lz[#samples], curve.strain[#curve], 1e-4)
  lu.assertAlmostEquals(curve.stress[#curve], samples.stress_xz[#samples], 1e-9)
  lu.assertNil(child.read(folder .. "/sheared/report.html"):find "Poisson")
end

function TestTension.test_killed_and_resumed_it_gives_the_same_files()
  pull_near()
  local arguments <const> = SMALL .. LONG .. "glass=near.data free=x "
  for _, at in ipairs{ 2, 6, 6, 9 } do
    child.stop(folder, SCRIPT, arguments .. "out=killed checkpoint_every=1e-3", "KILL", at)
  end
  run(LONG .. "glass=near.data free=x out=killed resume=true")
  for _, name in ipairs(RESULTS) do
    lu.assertEquals(child.read_without_time(("%s/near/%s"):format(folder, name)),
      child.read_without_time(("%s/killed/%s"):format(folder, name)), name)
  end
end

function TestTension.test_wrong_input()
  for arguments, message in pairs{
    ["glass=start.data free=y"] = "y cannot be in `free`: tension along y needs a sample that is "
      .. "periodic along y",
    ["glass=start.data free=z mode=shear"] = "shear in yz needs a sample that is periodic along z",
    ["glass=start.data strain=15"] = "strain is 15, but only up to 10 makes sense; did you mean "
      .. "0.15 = 15 %",
    ["glass=start.data strain=1.5"] = "strain must be at most 1",
    ["glass=near.data"] = "the glass has free surfaces along x, with a gap of 1",
    ["glass=narrow.data free=x"] = "A thick along x, less than two cutoffs of the potential (7.6",
    ["glass=wound.data free=x"] = "the slab is in two parts along x: between its atoms is a gap",
    ["glass=twice.data free=x"] = "these are several slabs along x, with a gap of 20.",
    ["glass=start.data mode=compression axis=x strain=0.3"] = "at compression of 0.3, the box "
      .. "would be 1",
    ["glass=narrow.data"] = "less than two cutoffs of the potential",
    ["glass=hot.data"] = "the atoms of the glass move as at 15",
    ["glass=start.data temperature=3000 settle=2 strain=0.03"] = "is liquid: within 1 ps at 3000 K "
      .. "its atoms moved by",
    ["glass=start.data sample_every=1"] = "make sample_every smaller",
    ["glass=start.data strain=0.01"] = "elastic (0.02) is beyond the end of the test",
    ["glass=start.data maps=0.2,0.1"] = "maps must rise",
    ["glass=start.data mode=bending"] = "mode must be one of tension, compression, shear",
  } do
    local text, status = child.vitrum(folder, SCRIPT .. " " .. SMALL .. "out=wrong overwrite=true "
      .. arguments)
    lu.assertNotEquals(status, 0, arguments)
    lu.assertStrContains(text, message)
    lu.assertStrContains(text, "tension: ")
    lu.assertNil(text:find "traceback")
  end
end

local status <const> = lu.LuaUnit.run()
if folder then child.remove(folder) end
os.exit(status)
