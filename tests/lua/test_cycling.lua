-- scripts/cryogenic-cycling.lua on 100 atoms with holds of a fraction of a picosecond: what is
-- tested is that cycles, measurements and control come out the same however often they are killed.
local child = require "child"
local lu = require "luaunit"
local vt = require "vitrum"

local SCRIPT <const> = (os.getenv "VITRUM_SOURCE" or ".") .. "/scripts/cryogenic-cycling.lua"
local SMALL <const> = "glass=start.data cycles=3 rate=2e15 hold_low=0.2 hold_high=0.1 relax=0.3 "
  .. "minima=2 sample_every=0.05 threads=1 quiet=true "
local SAVING <const> = SMALL .. "save=2 "
local RESULTS <const> = { "cycling.csv", "cycled.csv", "control.csv", "cycled-2.data",
                          "control-2.data", "cycled-3.data", "control-3.data", "report.html",
                          "run.json" }

TestCycling = {}

local folder -- the uninterrupted run is made once

function TestCycling:setUp()
  if not folder then
    folder = child.folder()
    local glass = vt.atoms.random{ composition = "Cu64Zr36", n = 100, seed = 3 }
    glass.potential = vt.potential.eam "CuZr_mm.eam.fs"
    vt.minimize(glass, { fmax = 0.1 })
    glass:save(folder .. "/start.data")
    local text, status = child.vitrum(folder, SCRIPT .. " " .. SAVING .. "out=whole")
    assert(status == 0, text)
  end
  self.folder = folder
end

function TestCycling:same(one, other)
  for _, name in ipairs(RESULTS) do
    lu.assertEquals(child.read_without_time(("%s/%s/%s"):format(self.folder, one, name)),
                    child.read_without_time(("%s/%s/%s"):format(self.folder, other, name)), name)
  end
end

function TestCycling:test_cycles_and_control_have_the_same_age()
  local cycling = vt.csv.read(self.folder .. "/whole/cycling.csv")
  lu.assertEquals(cycling.cycle:totable(), { 1, 2, 3 })
  -- twice relax + first cooling + k cycles + return and relaxation, at 2 K/fs:
  -- 0.6 + 0.145 + k (0.2 + 0.195 + 0.1 + 0.195) + 0.145 + 0.3 ps, in whole steps of 0.002 ps.
  for k = 1, 3 do lu.assertAlmostEquals(cycling.time[k], 1.19 + 0.69 * k, 0.02) end
  local control = vt.csv.read(self.folder .. "/whole/control.csv")
  lu.assertAlmostEquals(control.time[#control], cycling.time[3], 0.07) -- one sample and steps
  local cycled = vt.csv.read(self.folder .. "/whole/cycled.csv")
  lu.assertTrue(cycled.temperature:max() < 700)
  for k = 2, #cycled do lu.assertTrue(cycled.step[k] > cycled.step[k - 1]) end
  -- Inherent structures of one glass within a few picoseconds: not 10 meV/atom apart by more than
  -- the 50 that a random packing may still fall.
  lu.assertAlmostEquals(cycling.cycled_energy[3], cycling.control_energy[3], 0.05)
  local report = child.read(self.folder .. "/whole/report.html")
  for _, words in ipairs { "<svg", "Cycled minus control", "+0.0012 eV/atom", "section 3.4" } do
    lu.assertStrContains(report, words)
  end
  local glass = vt.atoms.read(self.folder .. "/whole/cycled-3.data")
  lu.assertEquals(#glass, 100)
end

function TestCycling:test_killed_between_and_within_cycles_it_gives_the_same_files()
  for _, at in ipairs{ 3, 20, 40, 5, 60 } do
    local text, status = child.stop(self.folder, SCRIPT,
                                    SAVING .. "out=killed checkpoint_every=1e-3", "KILL", at)
    lu.assertEquals(status, 128 + 9, text)
  end
  local text, status = child.vitrum(self.folder,
                                    SCRIPT .. " " .. SAVING .. "out=killed resume=true")
  lu.assertEquals(status, 0, text)
  self:same("whole", "killed")
end

function TestCycling:test_the_measurement_does_not_disturb_the_trajectory()
  -- Without a third cycle and without its measurements the first two are the same.
  local text, status = child.vitrum(self.folder, SCRIPT .. " "
    .. SMALL:gsub("cycles=3", "cycles=2") .. "out=two")
  lu.assertEquals(status, 0, text)
  local three = vt.csv.read(self.folder .. "/whole/cycled.csv")
  local two = vt.csv.read(self.folder .. "/two/cycled.csv")
  lu.assertTrue(#two < #three)
  for k = 1, #two do
    lu.assertEquals(two.potential_energy[k], three.potential_energy[k])
  end
end

function TestCycling:test_wrong_input()
  local cases = {
    ["low=350"] = "low (350 K) must be below room (300 K)",
    ["high=200"] = "room not above high (200 K)",
    ["rate=9e15 hold_low=0.01 hold_high=0.01 relax=0.3"] =
      "relax (0.3 ps) must be shorter than a cycle",
    ["save=2,4"] = "save has cycle 4, and there are 3 cycles",
    ["save=1.5"] = "save has cycle 1.5, and there are 3 cycles",
    ["species=Cu"] = "start.data",
    ["potential=none.eam.fs"] = "none.eam.fs",
    ["rate=slow"] = "", ["rate=1e17 timestep=0.01"] = "first cooling would take 0.0029 ps, less",
  }
  for arguments, message in pairs(cases) do
    local given = arguments:find "^rate" and "glass=start.data " or SMALL
    local text, status = child.vitrum(self.folder, SCRIPT .. " out=wrong overwrite=true "
      .. given .. arguments)
    lu.assertNotEquals(status, 0, arguments)
    lu.assertStrContains(text, message)
    lu.assertStrContains(text, "cryogenic-cycling: ")
  end
  local text, status = child.vitrum(self.folder, SCRIPT)
  lu.assertEquals(status, 2)
  lu.assertStrContains(text, "parameter 'glass' is missing (structure: ")
end

local status <const> = lu.LuaUnit.run()
if folder then child.remove(folder) end
os.exit(status)
