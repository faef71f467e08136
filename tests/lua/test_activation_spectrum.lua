-- scripts/activation-spectrum.lua on 150 atoms: what is written, and a run that was killed.
local lu = require "luaunit"
local vt = require "vitrum"
local child = require "child"

if not require("vitrum.store_core").available then
  print "skipped: this vitrum was built without SQLite"
  os.exit(0)
end

local SCRIPT <const> = (os.getenv "VITRUM_SOURCE" or ".") .. "/scripts/activation-spectrum.lua"
local SETTINGS <const> = " preset=test atoms=100 centers=40 melt_time=0.5 relax_time=0.2 threads=1 "

TestActivationSpectrum = {}

function TestActivationSpectrum:setUp() self.folder = child.folder() end

function TestActivationSpectrum:tearDown() child.remove(self.folder) end

function TestActivationSpectrum:test_a_run()
  local output, status = child.vitrum(self.folder, SCRIPT .. SETTINGS .. "out=a")
  lu.assertEquals(status, 0, output)
  local store = vt.art.open(self.folder .. "/a/events-Cu64Zr36.db")
  lu.assertEquals(#store, 40)
  local counts = store:removal()
  lu.assertTrue(counts.unique > 0)
  lu.assertEquals(tonumber(output:match "different events, Cu64Zr36%s+(%d+)"), counts.unique)
  local barriers = vt.csv.read(self.folder .. "/a/spectrum-Cu64Zr36.csv").barrier
  lu.assertEquals(#barriers, counts.unique)
  lu.assertAlmostEquals(barriers:mean(), store:spectrum().mean, 1e-12)
  local start = vt.atoms.read(self.folder .. "/a/inherent-Cu64Zr36.data")
  lu.assertTrue(start:positions():equals(store:atoms():positions()))
  lu.assertStrContains(child.read(self.folder .. "/a/report.html"), "effective barrier (eV)")
  -- The same glass from a file, killed among its searches and taken up.
  local again = SCRIPT .. " glass=a/inherent-Cu64Zr36.data centers=40 searches=1 out=b"
  child.shell(self.folder, ('timeout -s KILL 0.6 "$VITRUM" %s'):format(again))
  output, status = child.vitrum(self.folder, again)
  lu.assertEquals(status, 0, output)
  lu.assertEquals(#vt.art.open(self.folder .. "/b/events-inherent-Cu64Zr36.db"), 40)
end

os.exit(lu.LuaUnit.run())
