-- scripts/train-flexibility.lua and scripts/flexibility.lua on small glasses.
local lu = require "luaunit"
local vt = require "vitrum"
local child = require "child"

local SCRIPTS <const> = (os.getenv "VITRUM_SOURCE" or ".") .. "/scripts/"

TestFlexibilityProtocols = {}

function TestFlexibilityProtocols:setUp() self.folder = child.folder() end

function TestFlexibilityProtocols:tearDown() child.remove(self.folder) end

local function run(folder, name, settings)
  return child.vitrum(folder, ("%s%s.lua threads=1 preset=test %s"):format(SCRIPTS, name, settings))
end

function TestFlexibilityProtocols:test_from_glasses_to_figures()
  local output, status = run(self.folder, "train-flexibility", "out=a")
  lu.assertEquals(status, 0, output)
  lu.assertStrContains(output, "Pearson of Cu, glasses left out")
  local f = vt.learn.model(self.folder .. "/a/flexibility.json")
  local set = f.sets[1]
  lu.assertEquals(#set.glasses, 2)
  lu.assertEquals(set.glasses[1].cooling_rate, 5e14)
  lu.assertAlmostEquals(set.glasses[1].composition.Cu, 0.4, 1e-9)
  lu.assertTrue(math.abs(set.glasses[1].pressure) < 0.1)
  lu.assertTrue(set.glasses[1].fmax < 1e-3)
  lu.assertEquals(set.potential.file, "CuZr_mm.eam.fs")
  -- The shares of top atoms are shares; one step at a time, and more of them later.
  local glass = "a/Cu40Zr60-5e14.data"
  local common = ("glasses=%s model=a/flexibility.json potential=CuZr_mm.eam.fs out=%%s steps=%%s")
    :format(glass)
  output, status = run(self.folder, "flexibility",
    common:format("b", "correlation,boson,modes,shear,loadings"))
  lu.assertEquals(status, 0, output)
  for _, text in ipairs{ "Pearson of SF and ln v_flex, Cu", "boson peak, top less bottom 25 %",
                         "soft-mode participation, top over bottom decile of SF, Zr",
                         "one direction: share of the top 5 %", "2 directions: share of" } do
    lu.assertStrContains(output, text)
  end
  output, status = run(self.folder, "flexibility", common:format("c", "elastic,band,properties")
    .. " heating_rate=1e14")
  lu.assertEquals(status, 0, output)
  lu.assertStrContains(output, "Pearson of SF and local C44, Cu")
  lu.assertStrContains(output, "SF at 2 % strain less that before")
  for wrong, message in pairs{
    ["glasses=none.data"] = "there is no file none.data",
    ["glasses=" .. glass .. " model=none"] = "there is no model of that name",
    ["glasses=" .. glass .. " steps=barriers"] = "needs store",
  } do
    output, status = run(self.folder, "flexibility", wrong .. " potential=CuZr_mm.eam.fs out=d")
    lu.assertNotEquals(status, 0)
    lu.assertStrContains(output, message)
  end
  output, status = run(self.folder, "train-flexibility", "glasses=none.data out=e")
  lu.assertNotEquals(status, 0)
  lu.assertStrContains(output, "there is no file none.data")
end

os.exit(lu.LuaUnit.run())
