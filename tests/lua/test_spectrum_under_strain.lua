-- scripts/spectrum-under-strain.lua on a small glass: the shear, the windows, the landscape file.
local lu = require "luaunit"
local vt = require "vitrum"
local child = require "child"

if not require("vitrum.store_core").available then
  print "skipped: this vitrum was built without SQLite"
  os.exit(0)
end

local SCRIPT <const> = (os.getenv "VITRUM_SOURCE" or ".") .. "/scripts/spectrum-under-strain.lua"
local SETTINGS <const> = " preset=test glass=start.data threads=1 "

TestSpectrumUnderStrain = {}

function TestSpectrumUnderStrain:setUp()
  self.folder = child.folder()
  local glass = vt.atoms.random{ composition = "Cu64Zr36", n = 100, seed = 3 }
  glass.potential = vt.potential.eam "CuZr_mm.eam.fs"
  vt.minimize(glass, { fmax = 0.01, box = "axes" })
  glass:save(self.folder .. "/start.data")
end

function TestSpectrumUnderStrain:tearDown() child.remove(self.folder) end

function TestSpectrumUnderStrain:test_a_run()
  local output, status = child.vitrum(self.folder, SCRIPT .. SETTINGS .. "centers=20 out=a")
  lu.assertEquals(status, 0, output)
  local folder = self.folder .. "/a/"
  -- The box is sheared by what was asked for.
  local start, sheared = vt.atoms.read(folder .. "snapshot-0.data"),
    vt.atoms.read(folder .. "snapshot-0.1.data")
  lu.assertAlmostEquals(start:box().b[1], 0, 1e-9)
  lu.assertAlmostEquals(sheared:box().b[1] / sheared:box().b[2], 0.1, 0.005)
  -- The mean of each window, by a loop over the events.
  local sums, counts = { 0, 0 }, { 0, 0 }
  for _, name in ipairs{ "snapshot-0", "snapshot-0.1" } do
    local store = vt.art.open(("%s%s/events-%s.db"):format(folder, name, name))
    lu.assertEquals(#store, 20)
    local d = vt.structure.deformation(start, store:atoms(), { cutoff = 3.8 })
    if name == "snapshot-0" then lu.assertTrue(d.von_mises:max() < 0.05) end
    for e in store:unique():events() do
      local k = d.von_mises[e.center] < 0.05 and 1 or 2
      sums[k], counts[k] = sums[k] + e.barrier, counts[k] + 1
    end
  end
  local windows = vt.csv.read(folder .. "windows.csv")
  lu.assertEquals(windows.events:totable(), counts)
  lu.assertAlmostEquals(windows.share:sum(), 1, 1e-12)
  for k = 1, 2 do lu.assertAlmostEquals(windows.mean[k], sums[k] / counts[k], 1e-9) end
  -- The lattice takes the file.
  local landscape = vt.stz.landscape(folder .. "glass.landscape", { check = false })
  for k = 1, 2 do
    lu.assertAlmostEquals(landscape.strain[k], windows.strain[k], 1e-5)
    lu.assertAlmostEquals(landscape.barrier[k], windows.mean[k], 1e-5)
  end
  lu.assertStrContains(child.read(folder .. "glass.landscape"), "sheared at 1e+11/s at 300 K")
  lu.assertStrContains(child.read(folder .. "report.html"), "Windows of local strain")
end

function TestSpectrumUnderStrain:test_too_few_events()
  local output, status = child.vitrum(self.folder, SCRIPT .. SETTINGS
    .. "strains=0.02 centers=4 least=100 out=b")
  lu.assertEquals(status, 0, output)
  lu.assertStrContains(output, "none was written")
  lu.assertNil(io.open(self.folder .. "/b/glass.landscape"))
  lu.assertStrContains(child.read(self.folder .. "/b/report.html"), "No landscape file was written")
end

function TestSpectrumUnderStrain:test_wrong_input()
  for wrong, message in pairs{
    ["strains=0"] = "less than one timestep", ["strains=0.1,0.05"] = "ris",
    ["cutoff=50"] = "more than the width of the box",
  } do
    local output, status = child.vitrum(self.folder, SCRIPT .. SETTINGS .. wrong .. " out=c")
    lu.assertNotEquals(status, 0)
    lu.assertStrContains(output, message)
  end
end

os.exit(lu.LuaUnit.run())
