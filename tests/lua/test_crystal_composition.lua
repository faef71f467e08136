-- scripts/crystal-composition.lua on crystals of some 32 atoms: which compositions there are, that
-- energies are those of crystals made by hand, which atoms of a sample count as crystalline.
local child = require "child"
local json = require "vitrum.base.json"
local lu = require "luaunit"
local vt = require "vitrum"

local SCRIPT <const> = (os.getenv "VITRUM_SOURCE" or ".") .. "/scripts/crystal-composition.lua"

TestCrystalComposition = {}

function TestCrystalComposition:setUp() self.folder = child.folder() end

function TestCrystalComposition:tearDown() child.remove(self.folder) end

function TestCrystalComposition:run_script(words)
  return child.vitrum(self.folder, ("%s preset=test threads=1 %s"):format(SCRIPT, words))
end

local function results(folder)
  local values = {}
  for _, entry in ipairs(json.decode(child.read(folder .. "/run.json"), "run.json").results) do
    values[entry.name] = entry
  end
  return values
end

-- An hcp crystal of copper beside a random packing of zirconium, half of the box each.
local function half_crystal(path)
  local crystal = vt.atoms.hcp{ species = "Cu", a = 2.56, cells = { 8, 5, 4 } }
  local box = crystal:box().lengths
  local rest = vt.atoms.random{ composition = "Zr", n = 300, box = box, minimum_distance = 2,
                                seed = 3 }
  rest:displace{ 0, 0, box[3] }
  crystal:set_box{ lengths = { box[1], box[2], 2 * box[3] } }
  crystal:append(rest)
  crystal:save(path)
  return #crystal, 300
end

function TestCrystalComposition:test_pure_crystals_and_a_sample()
  local all, loose = half_crystal(self.folder .. "/half.data")
  local text, status = self:run_script "glass=half.data out=a"
  lu.assertEquals(status, 0, text)
  local c = vt.csv.read(self.folder .. "/a/crystals.csv")
  lu.assertEquals(c.x:totable(), { 0, 0.5, 1 })
  local copper = vt.atoms.fcc{ species = "Cu", a = 3.6, cells = 2 }
  copper.potential = vt.potential.eam "CuZr_mm.eam.fs"
  vt.minimize(copper, { box = "isotropic", pressure = 0 })
  lu.assertAlmostEquals(c.fcc_energy[3], copper:energy() / #copper, 1e-5)
  lu.assertAlmostEquals(c.fcc_volume[3], copper:volume() / #copper, 1e-2)
  lu.assertEquals(c.fcc_kept[3], 1)
  local values = results(self.folder .. "/a")
  lu.assertStrContains(values["lowest crystal, Zr"].note, "hcp")
  -- Only copper is in the crystal, and all but its outer layers is.
  lu.assertTrue(values["Cu content of the crystals"].value > 99)
  local share = values["crystalline atoms of the sample"].value / 100 * all / (all - loose)
  lu.assertTrue(share > 0.5 and share < 1, share)
  lu.assertStrContains(child.read(self.folder .. "/a/report.html"), "Crystalline regions")
end

function TestCrystalComposition:test_wrong_input()
  for words, message in pairs{
    ["elements=Cu"] = "elements must be two or three, not 1",
    ["elements=Cu,Al"] = "Al",
    ["elements=Cu,Qq"] = "Qq",
    ["constant=Cu10"] = "Cu is in elements and in constant",
    ["constant=Al100"] = "constant is 100 % of the atoms",
    ["elements=Cu,Zr,Ti divisions=40"] = "861 compositions, more than 400",
    ["divisions=1"] = "divisions",
    ["structures=b2"] = "structures",
    ["glass=none.data"] = "none.data",
  } do
    local text, status = self:run_script(words .. " out=wrong")
    lu.assertNotEquals(status, 0, words)
    lu.assertStrContains(text, message)
    lu.assertNil(text:find "traceback")
  end
end

os.exit(lu.LuaUnit.run())
