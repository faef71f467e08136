-- scripts/quench.lua on samples so small that only the machinery is tested: 120 atoms at 1e15 K/s
-- know nothing of a glass transition. One thread, because that is fastest for so few.
local child = require "child"
local json = require "vitrum.base.json"
local lu = require "luaunit"
local vt = require "vitrum"

local SCRIPT <const> = (os.getenv "VITRUM_SOURCE" or ".") .. "/scripts/quench.lua"
local SMALL <const> = "atoms=120 cooling_rate=1e15 melt_time=0.3 relax_time=0.3 threads=1 "
  .. "quiet=true "
local RESULTS <const> = { "thermo.csv", "gr.csv", "glass.data", "inherent.data", "report.html",
                          "run.json" }

TestQuench = {}

local folder -- the uninterrupted run is made once

function TestQuench:setUp()
  if not folder then
    folder = child.folder()
    local text, status = child.vitrum(folder, SCRIPT .. " " .. SMALL .. "out=whole")
    assert(status == 0, text)
  end
  self.folder = folder
end

function TestQuench:quench(arguments)
  return child.vitrum(self.folder, SCRIPT .. " " .. SMALL .. (arguments or ""))
end

function TestQuench:same(one, other)
  for _, name in ipairs(RESULTS) do
    lu.assertEquals(child.read_without_time(("%s/%s/%s"):format(self.folder, one, name)),
                    child.read_without_time(("%s/%s/%s"):format(self.folder, other, name)), name)
  end
end

function TestQuench:test_a_quench_from_the_command_line()
  local text, status = child.vitrum(self.folder,
    SCRIPT .. " atoms=150 cooling_rate=4.25e14 melt_time=0.5 relax_time=0.3 threads=1")
  lu.assertEquals(status, 0, text)
  lu.assertStrContains(text, "quench finished in")
  lu.assertStrContains(text, "inherent structure energy")

  local thermo = vt.csv.read(self.folder .. "/quench/thermo.csv")
  lu.assertEquals(thermo.units.volume, "A^3")
  lu.assertEquals(thermo.target_temperature[1], 2000)
  lu.assertEquals(thermo.target_temperature[#thermo], 300)
  -- 0.5 + 4 + 0.3 ps, sampled every 0.1 ps; where runs meet there is one row.
  lu.assertEquals(#thermo, 1 + 5 + 40 + 3)
  for k = 2, #thermo do lu.assertTrue(thermo.step[k] > thermo.step[k - 1]) end
  -- T sqrt(2/(3 N)) is 20 K at 300 K and 150 atoms; five of those, and what the thermostat lags.
  lu.assertAlmostEquals(thermo.temperature[#thermo], 300, 120)

  local glass = vt.atoms.read(self.folder .. "/quench/glass.data")
  lu.assertEquals(#glass, 150)
  lu.assertAlmostEquals(glass:temperature(), thermo.temperature[#thermo], 1e-6)
  -- Measured for Cu64Zr36: 7.4 to 7.7 g/cm^3; this potential, this quickly: within a tenth.
  lu.assertAlmostEquals(glass:density(), 7.4, 0.7)
  glass.potential = vt.potential.eam "CuZr_mm.eam.fs"
  lu.assertAlmostEquals(glass:energy(), thermo.potential_energy[#thermo], 1e-7)

  local gr = vt.csv.read(self.folder .. "/quench/gr.csv")
  lu.assertEquals(gr.names[3], "Cu-Cu")
  lu.assertAlmostEquals(gr.r[gr.total:argmax()], 2.75, 0.35)

  local state = json.decode(child.read(self.folder .. "/quench/run.json"), "run.json")
  lu.assertEquals(state.potential.sha256, vt.potential.eam "CuZr_mm.eam.fs".sha256)
  local report = child.read(self.folder .. "/quench/report.html")
  for _, words in ipairs { "<svg", "Tg from the volume", "Cu-Zr", "cooling_rate", "650 K",
                           state.potential.sha256, state.script_sha256 } do
    lu.assertStrContains(report, words)
  end
  for _, file in ipairs { "glass.data", "thermo.csv", "gr.csv" } do
    local head = child.read(self.folder .. "/quench/" .. file):sub(1, 1500)
    lu.assertStrContains(head, "vitrum " .. vt.version)
    lu.assertStrContains(head, state.potential.sha256)
  end
  lu.assertNil(child.read(self.folder .. "/quench/quench.checkpoint"))
end

function TestQuench:test_killed_and_resumed_it_gives_the_same_files()
  -- in the melt, in the quench, at the end of the dynamics, each from where the last one came to
  for _, at in ipairs{ 2, 9, 9, 6 } do
    local text, status = child.stop(self.folder, SCRIPT,
                                    SMALL .. "out=killed checkpoint_every=1e-3", "KILL", at)
    lu.assertEquals(status, 128 + 9, text)
  end
  local text, status = self:quench "out=killed resume=true"
  lu.assertEquals(status, 0, text)
  lu.assertStrContains(child.read(self.folder .. "/killed/log.txt"), "resumed quench")
  self:same("whole", "killed")
end

function TestQuench:test_interrupted_and_resumed_it_gives_the_same_files()
  local text, ended = child.stop(self.folder, SCRIPT, SMALL .. "out=stopped", "INT", 9)
  lu.assertStrContains(text, "interrupted")
  lu.assertStrContains(text, "give the same command again and it goes on from there")
  lu.assertEquals(ended, 130)
  local again, status = self:quench "out=stopped"
  lu.assertEquals(status, 0, again)
  self:same("whole", "stopped")
end

function TestQuench:test_constant_volume()
  local text, status = self:quench "ensemble=nvt structure=thermal out=nvt"
  lu.assertEquals(status, 0, text)
  local thermo = vt.csv.read(self.folder .. "/nvt/thermo.csv")
  lu.assertAlmostEquals(thermo.volume:max() - thermo.volume:min(), 0, 1e-9)
  lu.assertStrContains(child.read(self.folder .. "/nvt/report.html"),
                       "At constant volume there is no V(T)")
end

function TestQuench:test_wrong_input()
  local cases = {
    ["low=2500"] = "low (2500 K) must be below high (2000 K)",
    ["glass_low=700 glass_high=600"] = "the glass window is empty: glass_low (700 K)",
    ["potential=none.eam.fs"] = "none.eam.fs",
    ["composition=Cu50Al50"] = "Al",
    ["composition=Cu50Xx50"] = "Xx",
    ["timestep=0.02"] = "timestep must be at most 0.01 ps, not 0.02",
    ["relax_time=0.001"] = "relax_time (0.001 ps) must be at least the timestep (0.004 ps)",
    ["cooling_rate=1e18 high=1000"] = " would take 0.0007 ps, less than a timestep (0.004 ps)",
    ["atoms=3"] = "atoms must be at least 20, not 3",
  }
  for arguments, message in pairs(cases) do
    local text, status = child.vitrum(self.folder, SCRIPT .. " out=wrong overwrite=true "
      .. arguments)
    lu.assertNotEquals(status, 0, arguments)
    lu.assertStrContains(text, message)
    lu.assertStrContains(text, "quench: ")
    lu.assertNil(text:find "traceback")
  end
end

function TestQuench:test_from_lua()
  local quench = dofile(SCRIPT)
  local r = quench:run{ atoms = 100, cooling_rate = 1e15, melt_time = 0.2, relax_time = 0.2,
                        composition = { Cu = 50, Zr = 50 }, out = self.folder .. "/lua",
                        threads = 1, quiet = true }
  lu.assertTrue(r.energy < -4 and r.energy > -6)
  lu.assertEquals(r.folder, self.folder .. "/lua")
end

local status <const> = lu.LuaUnit.run()
if folder then child.remove(folder) end
os.exit(status)
