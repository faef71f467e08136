-- scripts/shear-mixing.lua on 200 atoms: that layers are made and followed, and the box sheared.
local child = require "child"
local json = require "vitrum.base.json"
local lu = require "luaunit"
local vt = require "vitrum"

local SCRIPT <const> = (os.getenv "VITRUM_SOURCE" or ".") .. "/scripts/shear-mixing.lua"

TestShearMixing = {}

local folder -- the run is made once

function TestShearMixing.setUp()
  if folder then return end
  folder = child.folder()
  local text, status = child.vitrum(folder, SCRIPT .. " preset=test threads=1 quiet=true out=a")
  assert(status == 0, text)
end

local function results(name)
  local values = {}
  local run = json.decode(child.read(("%s/%s/run.json"):format(folder, name)), "run.json")
  for _, entry in ipairs(run.results) do values[entry.name] = entry end
  return values
end

-- The content in the middle half of each layer, counted atom by atom.
local function contents(path)
  local atoms = vt.atoms.read(path)
  local height, symbols, count = atoms:fractional():column(2), atoms:symbols(), { {}, {} }
  for k = 1, #atoms do
    local y = height[k] % 1
    local layer = y > 0.125 and y < 0.375 and 1 or y > 0.625 and y < 0.875 and 2 or nil
    if layer then
      local c = count[layer]
      c.all, c.copper = (c.all or 0) + 1, (c.copper or 0) + (symbols[k] == "Cu" and 1 or 0)
    end
  end
  return count[1].copper / count[1].all, count[2].copper / count[2].all
end

function TestShearMixing.test_two_layers_are_made()
  local atoms = vt.atoms.read(folder .. "/a/before.data")
  lu.assertEquals(#atoms, 200)
  lu.assertAlmostEquals(atoms:composition().Cu, 0.5, 0.011)
  local lower, upper = contents(folder .. "/a/before.data")
  lu.assertAlmostEquals(lower, 0.8, 0.12)
  lu.assertAlmostEquals(upper, 0.2, 0.12)
  local p, first = vt.csv.read(folder .. "/a/profiles.csv"), 0.0
  for k = 1, 4 do first = first + p.before[k] / 4 end
  lu.assertTrue(first > 0.6)
  -- A step between 0.8 and 0.2 has a first wave of 2/pi times its height; one of 0 and 1 is above.
  local before = results("a")["variation of the Cu content before"].value
  lu.assertTrue(before > 25 and before < 100 * 2 / math.pi)
end

function TestShearMixing.test_the_box_is_sheared()
  local one = vt.atoms.read(folder .. "/a/before.data"):box()
  local other = vt.atoms.read(folder .. "/a/after.data"):box()
  local turns = (other.b[1] - one.b[1]) / one.b[2] - 0.4
  local edge = one.a[1] / one.b[2] -- by which a box that flips leans back
  lu.assertAlmostEquals(turns / edge, math.floor(turns / edge + 0.5), 1e-4)
  lu.assertAlmostEquals(other.volume, one.volume, 1e-3)
  local m = vt.csv.read(folder .. "/a/mixing.csv")
  lu.assertEquals(#m, 3)
  lu.assertAlmostEquals(m.strain[3], 0.4, 1e-12)
  local page = child.read(folder .. "/a/report.html")
  for _, words in ipairs{ "averaged bond order q6", "other potential", "<svg" } do
    lu.assertStrContains(page, words)
  end
end

-- The means of q6 are those of the saved structures.
function TestShearMixing.test_order_is_that_of_the_saved_structures()
  local values = results "a"
  for _, name in ipairs{ "before", "after" } do
    local order = vt.structure.bond_order(("%s/a/%s.data"):format(folder, name), { l = 6 })
    lu.assertAlmostEquals(values["averaged bond order q6 " .. name].value, order.mean.q_average[6],
      2e-4)
  end
end

-- A uniform glass has nothing to mix.
function TestShearMixing.test_a_file_without_layers()
  local glass = vt.atoms.random{ composition = "Cu50Zr50", n = 150, seed = 9 }
  glass.potential = vt.potential.eam "CuZr_mm.eam.fs"
  vt.minimize(glass, { fmax = 0.1 })
  glass:save(folder .. "/even.data")
  local text, status = child.vitrum(folder, SCRIPT .. " preset=test threads=1 glass=even.data "
    .. "element=Zr strain=0.04 looks=1 out=even")
  lu.assertEquals(status, 0, text)
  lu.assertStrContains(text, "nothing to mix")
end

function TestShearMixing.test_wrong_input()
  local one = vt.atoms.fcc{ species = "Cu", a = 3.6, cells = 3 }
  one:save(folder .. "/one.data", { overwrite = true })
  for words, message in pairs{
    ["lower=Cu20Zr80"] = "lower and upper have one composition",
    ["glass=one.data"] = "one.data has one element: nothing can mix",
    ["strain=0"] = "strain",
    ["element=Al"] = "there is no Al in the sample",
    ["lower=Al50Zr50"] = "Al",
    ["glass=none.data"] = "none.data",
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
