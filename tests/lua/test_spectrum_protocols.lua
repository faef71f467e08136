-- scripts/spectrum-against-cooling-rate.lua on small glasses.
local lu = require "luaunit"
local vt = require "vitrum"
local child = require "child"

if not require("vitrum.store_core").available then
  print "skipped: this vitrum was built without SQLite"
  os.exit(0)
end

local SCRIPTS <const> = (os.getenv "VITRUM_SOURCE" or ".") .. "/scripts/"

TestSpectrumProtocols = {}

function TestSpectrumProtocols:setUp() self.folder = child.folder() end

function TestSpectrumProtocols:tearDown() child.remove(self.folder) end

local function run(folder, name, settings)
  return child.vitrum(folder, ("%s%s.lua threads=1 %s"):format(SCRIPTS, name, settings))
end

function TestSpectrumProtocols:test_cooling_rates()
  local name = "spectrum-against-cooling-rate"
  local output, status = run(self.folder, name, "preset=test out=a")
  lu.assertEquals(status, 0, output)
  local rows = vt.csv.read(self.folder .. "/a/spectra.csv")
  lu.assertEquals(rows.cooling_rate:totable(), { 1e15, 1e14 })
  for k = 1, 2 do
    local s = vt.art.open(("%s/a/glass-%d/events-Cu64Zr36.db"):format(self.folder, k)):spectrum()
    lu.assertEquals(rows.events[k], s.events)
    lu.assertAlmostEquals(rows.mean[k], s.mean, 1e-12)
    lu.assertAlmostEquals(rows.error[k], s.error, 1e-12)
  end
  -- One decade, and what is resolved by plain arithmetic.
  local difference = rows.mean[2] - rows.mean[1]
  local resolved = math.abs(difference) > 1.96 * math.sqrt(rows.error[1] ^ 2 + rows.error[2] ^ 2)
  lu.assertEquals(output:find("not resolved", 1, true) == nil, resolved)
  lu.assertStrContains(output, "1e14 K/s minus 1e15 K/s")
  lu.assertStrContains(output, "0.13")
  -- Twice the same glass, by two names: the searches are the same, and no difference is there.
  local glass = self.folder .. "/a/glass-1/inherent-Cu64Zr36.data"
  child.shell(self.folder, ("mkdir x y && cp %s x/g.data && cp %s y/g.data"):format(glass, glass))
  local settings = "glasses=x/g.data,y/g.data rates=1e10,5e8 centers=10 searches=1 out=b"
  output, status = run(self.folder, name, settings)
  lu.assertEquals(status, 0, output)
  lu.assertStrContains(output, "g (2) minus g")
  lu.assertStrContains(output, "not resolved: 0.000 +-")
  lu.assertStrContains(output, "0.17")
  rows = vt.csv.read(self.folder .. "/b/spectra.csv")
  lu.assertEquals(rows.mean[1], rows.mean[2])
  for wrong, message in pairs{
    ["glasses=x/g.data,y/g.data rates=1e10"] = "2 glasses and 1 rates",
    ["glasses=x/g.data"] = "takes two or more", ["rates=1e12,1e12"] = "a rate is there twice",
    ["glasses=x/g.data,none.data"] = "there is no file none.data",
  } do
    output, status = run(self.folder, name, wrong .. " out=c")
    lu.assertNotEquals(status, 0)
    lu.assertStrContains(output, message)
  end
end

os.exit(lu.LuaUnit.run())
