-- scripts/mixing-enthalpy.lua on 60 atoms: that enthalpies follow from the samples and moduli from
-- the saved structures.
local child = require "child"
local json = require "vitrum.base.json"
local lu = require "luaunit"
local vt = require "vitrum"

local SCRIPT <const> = (os.getenv "VITRUM_SOURCE" or ".") .. "/scripts/mixing-enthalpy.lua"

TestMixingEnthalpy = {}

local folder -- the run is made once

function TestMixingEnthalpy.setUp()
  if folder then return end
  folder = child.folder()
  local text, status = child.vitrum(folder, SCRIPT .. " preset=test threads=1 quiet=true out=a")
  assert(status == 0, text)
end

-- Mean energy of an atom over the later half of the last `time` ps.
local function late(file, n, time)
  local s = vt.csv.read(folder .. "/a/" .. file)
  local list = {}
  for k = 1, #s do
    if s.time[k] >= s.time[#s] - time - 1e-9 then list[#list + 1] = s.potential_energy[k] / n end
  end
  local sum, first = 0.0, #list // 2 + 1
  for k = first, #list do sum = sum + list[k] end
  return sum / (#list - first + 1)
end

local function results()
  local values, run = {}, json.decode(child.read(folder .. "/a/run.json"), "run.json")
  for _, entry in ipairs(run.results) do values[entry.name] = entry end
  return values
end

function TestMixingEnthalpy.test_enthalpies_follow_from_the_samples()
  local m = vt.csv.read(folder .. "/a/mixing.csv")
  lu.assertEquals(m.x:totable(), { 0, 0.5, 1 })
  -- 2 x 2 x 2 cells of fcc, 3 x 2 x 2 of hcp: about 60 atoms.
  local copper, zirconium = late("crystal-first.csv", 32, 0.4), late("crystal-second.csv", 48, 0.4)
  local values = results()
  lu.assertAlmostEquals(values["energy of Cu"].value, copper, 1e-9)
  lu.assertAlmostEquals(values["energy of Zr"].value, zirconium, 1e-9)
  for k, x in ipairs{ 0, 0.5, 1 } do
    local energy = late(("glass-%g.csv"):format(100 * x), 60, 0.4)
    lu.assertAlmostEquals(m.energy[k], energy, 1e-9)
    lu.assertAlmostEquals(m.mixing[k], energy - x * copper - (1 - x) * zirconium, 1e-9)
  end
  -- A glass lies above its crystal.
  lu.assertTrue(m.mixing[1] > 0 and m.mixing[3] > 0)
  local mixed = values["enthalpy of mixing, Cu50Zr50"]
  lu.assertAlmostEquals(mixed.value, 96.485332 * m.mixing[2], 1e-6)
  lu.assertStrContains(child.read(folder .. "/a/report.html"), "other potential")
end

function TestMixingEnthalpy.test_moduli_are_those_of_the_saved_structure()
  local glass = vt.atoms.read(folder .. "/a/glass-50.data")
  glass.potential = vt.potential.eam "CuZr_mm.eam.fs"
  local c = vt.mechanics.elastic(glass, { minimize = false })
  local moduli = vt.csv.read(folder .. "/a/moduli.csv")
  lu.assertAlmostEquals(moduli.shear[2] / c.shear, 1, 1e-4)
  lu.assertAlmostEquals(moduli.bulk[2] / c.bulk, 1, 1e-4)
  lu.assertAlmostEquals(glass:composition().Cu, 0.5, 1e-12)
  lu.assertAlmostEquals(vt.csv.read(folder .. "/a/mixing.csv").crystalline[2],
    vt.structure.common_neighbors(glass).crystalline, 1e-12)
end

function TestMixingEnthalpy.test_wrong_input()
  for words, message in pairs{
    ["first=Zr"] = "first and second are both Zr: one composition",
    ["shares=0,1"] = "a mixture takes a share between 0 and 1",
    ["shares=0.5,0.4"] = "shares",
    ["shares=1.5"] = "shares",
    ["first=Al"] = "Al",
    ["second=Qq"] = "Qq",
    ["low=3000"] = "low (3000 K) must be below high (2400 K)",
    ["first_crystal=b2"] = "first_crystal",
  } do
    local text, status = child.vitrum(folder, SCRIPT .. " preset=test threads=1 " .. words
      .. " out=wrong")
    lu.assertNotEquals(status, 0, words)
    lu.assertStrContains(text, message)
    lu.assertNil(text:find "traceback")
  end
end

local status <const> = lu.LuaUnit.run()
if folder then child.remove(folder) end
os.exit(status)
