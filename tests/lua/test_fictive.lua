-- scripts/fictive-temperature.lua on 200 atoms, heated a hundred thousand times too fast: that the
-- result is the fit of what was measured.
local child = require "child"
local lu = require "luaunit"
local json = require "vitrum.base.json"
local vt = require "vitrum"

local SCRIPT <const> = (os.getenv "VITRUM_SOURCE" or ".") .. "/scripts/fictive-temperature.lua"
local SMALL <const> = "glass=start.data preset=test threads=1 quiet=true "

TestFictive = {}

local folder -- the run is made once

function TestFictive.setUp()
  if folder then return end
  folder = child.folder()
  local glass = vt.atoms.random{ composition = "Cu64Zr36", n = 200, seed = 3 }
  glass.potential = vt.potential.eam "CuZr_mm.eam.fs"
  vt.minimize(glass, { fmax = 0.1 })
  local md = vt.md(glass, { ensemble = "npt", temperature = 2000, timestep = 0.004 })
  md:run{ time = 1 }
  md:run{ temperature = { 2000, 300 }, cooling_rate = 2e14 }
  glass:save(folder .. "/start.data")
  local text, status = child.vitrum(folder, SCRIPT .. " " .. SMALL .. "out=whole")
  assert(status == 0, text)
end

-- The heating, and means of the second halves of the holds, by the times of the plan.
local function measured()
  local s = vt.csv.read(folder .. "/whole/thermo.csv")
  local time = s.time - s.time[1]
  local start <const>, stop <const> = 1, 20.5 -- settling; 1950 K at 1e14 K/s
  local function within(low, high) return time:gt(low - 1e-6) * time:lt(high + 1e-6) end
  local liquid = { temperature = { 2000, 1800, 1600, 1400 }, property = {} }
  for k = 1, 4 do
    local late = within(stop + 2 * k - 1 + 1e-3, stop + 2 * k)
    liquid.property[k] = s.volume:select(late):mean() / 200
  end
  local heating = within(start, stop)
  return s.target_temperature:select(heating), s.volume:select(heating) / 200, liquid
end

function TestFictive.test_the_result_is_the_fit_of_the_samples()
  local temperature, volume, liquid = measured()
  local tf = vt.fit.fictive_temperature(temperature, volume, { glass = { 50, 500 },
                                                               liquid = liquid })
  local run = json.decode(child.read(folder .. "/whole/run.json"), "run.json")
  local value = run.results[1]
  lu.assertEquals(value.name, "fictive temperature from the volume")
  lu.assertAlmostEquals(value.value / tf.temperature, 1, 1e-9)
  lu.assertAlmostEquals(value.error / tf.error, 1, 1e-9)
  lu.assertStrContains(child.read(folder .. "/whole/report.html"),
    "Lines fitted from 50 to 500 K and from 1400 to 2000 K cross at Tf =")
end

function TestFictive.test_wrong_input()
  for words, message in pairs{
    ["liquid=1500,1400"] = "need at least 4",
    ["glass_high=1500"] = "lowest temperature of the liquid",
    ["low=600"] = "glass_high",
    ["degree=3"] = "degree",
  } do
    local text, status = child.vitrum(folder, SCRIPT .. " " .. SMALL .. words .. " out=wrong")
    lu.assertNotEquals(status, 0)
    lu.assertStrContains(text, message)
  end
end

local status <const> = lu.LuaUnit.run()
if folder then child.remove(folder) end
os.exit(status)
