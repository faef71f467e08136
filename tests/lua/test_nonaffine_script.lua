-- scripts/nonaffine-strain.lua on 300 atoms: that both modes run, write what they say and come out
-- the same when done again. What it measures is tested in test_anisotropy.lua.
local child = require "child"
local lu = require "luaunit"
local vt = require "vitrum"

local SCRIPT <const> = (os.getenv "VITRUM_SOURCE" or ".") .. "/scripts/nonaffine-strain.lua"
local SMALL <const> = "glass=start.data stresses=0.5,1 rmax=9 equilibrate=0.1 frames=3 every=0.05 "
  .. "threads=1 quiet=true "

TestNonaffineScript = {}

local folder

function TestNonaffineScript.setUp()
  if folder then return end
  folder = child.folder()
  local glass = vt.atoms.random{ composition = "Cu64Zr36", n = 300, seed = 3 }
  glass.potential = vt.potential.eam "CuZr_mm.eam.fs"
  vt.minimize(glass, { fmax = 0.01, box = "axes" })
  glass:save(folder .. "/start.data")
  -- What the second glass may not be: of another composition, of other species, too small.
  for name, given in pairs{ half = { "Cu50Zr50", 300 }, copper = { "Cu", 300 },
                            narrow = { "Cu64Zr36", 36 } } do
    vt.atoms.random{ composition = given[1], n = given[2], seed = 1 }
      :save(("%s/%s.data"):format(folder, name))
  end
end

function TestNonaffineScript.test_both_modes()
  local text, status = child.vitrum(folder,
    SCRIPT .. " " .. SMALL .. "compare=start.data out=whole")
  lu.assertEquals(status, 0, text)
  local rows = vt.csv.read(folder .. "/whole/nonaffine.csv")
  lu.assertEquals(rows.glass:totable(), { 1, 1, 1, 1, 2, 2, 2, 2 })
  lu.assertEquals(rows.thermal:totable(), { 0, 0, 1, 1, 0, 0, 1, 1 })
  lu.assertEquals(rows.stress:totable(), { 0.5, 1, 0.5, 1, 0.5, 1, 0.5, 1 })
  for k = 1, 2 do
    lu.assertTrue(rows.applied[k] < 0) -- compression
    lu.assertTrue(rows.ratio_error[k] > 0)
    -- The second glass is the first.
    lu.assertEquals(rows.ratio[k + 4], rows.ratio[k])
  end
  lu.assertTrue(rows.applied[2] < rows.applied[1])
  local report = child.read(folder .. "/whole/report.html")
  for _, words in ipairs{ "<svg", "change of g2(r)", "0.10 to 0.33", "Fig. S5" } do
    lu.assertStrContains(report, words)
  end
end

function TestNonaffineScript.test_wrong_parameters()
  for given, message in pairs{
    ["stresses=1,0.5"] = "stresses must rise, but 0.5 follows 1",
    ["compare=none.data"] = "compare: cannot find none.data",
    ["rmax=9 compare=half.data"] = "compare must be a glass of the same alloy: half.data is Cu 50 "
      .. "%, Zr 50 %, and the first glass Cu 64 %, Zr 36 %",
    ["rmax=9 compare=copper.data"] = "copper.data is Cu 100 %, and the first glass Cu 64 %",
    ["rmax=9 compare=narrow.data"] = "rmax (9 A) is more than the width of the box (8.",
    ["stresses=a"] = "stresses must be a number in GPa, not 'a'",
    ["mode=cold"] = "mode must be one of athermal, thermal, not 'cold'",
    ["mode=thermal,thermal"] = "mode names thermal twice",
    ["rmax=30"] = "rmax (30 A) is more than the width of the box",
  } do
    local text, status = child.vitrum(folder,
      SCRIPT .. " glass=start.data quiet=true out=wrong " .. given)
    lu.assertNotEquals(status, 0)
    lu.assertStrContains(text, message)
  end
end

os.exit(lu.LuaUnit.run())
