-- scripts/atoms-to-lattice.lua on a small glass: every joint of the chain, and what it refuses.
local lu = require "luaunit"
local vt = require "vitrum"
local child = require "child"
local json = require "vitrum.base.json"

if not require("vitrum.store_core").available then
  print "skipped: this vitrum was built without SQLite"
  os.exit(0)
end

local SCRIPT <const> = (os.getenv "VITRUM_SOURCE" or ".") .. "/scripts/atoms-to-lattice.lua"
local SETTINGS <const> = " preset=test glass=start.data threads=1 quiet=true "

TestAtomsToLattice = {}

function TestAtomsToLattice:setUp()
  self.folder = child.folder()
  local glass = vt.atoms.random{ composition = "Cu64Zr36", n = 100, seed = 3 }
  glass.potential = vt.potential.eam "CuZr_mm.eam.fs"
  vt.minimize(glass, { fmax = 0.01, box = "axes" })
  glass:save(self.folder .. "/start.data")
end

function TestAtomsToLattice:tearDown() child.remove(self.folder) end

-- The results of a run by name.
local function results_of(folder)
  local found = {}
  for _, r in ipairs(json.decode(child.read(folder .. "/run.json"), "run").results) do
    found[r.name] = r
  end
  return found
end

function TestAtomsToLattice:test_the_chain()
  local command = SCRIPT .. SETTINGS .. "centers=20 cooling_rate=1e10 out=a"
  local output, status = child.vitrum(self.folder, command)
  lu.assertEquals(status, 0, output)
  local folder = self.folder .. "/a"
  local file = vt.stz.landscape(folder .. "/atoms/glass.landscape", { check = false })
  local results = results_of(folder)
  lu.assertAlmostEquals(results["mean barrier"].value, file.mean, 1e-9)
  -- The sum over windows by a loop of its own.
  local sum = 0
  for k in ipairs(file.share) do sum = sum + file.share[k] * (1 - file.barrier[k] / file.mean) end
  lu.assertAlmostEquals(results["Delta Q/Q over the volume"].value, sum, 1e-9)
  -- Different events of the undeformed glass, for each atom searched from, in 0.343 nm^3.
  local store = vt.art.open(folder .. "/atoms/snapshot-0/events-snapshot-0.db")
  local glass = store:atoms()
  lu.assertAlmostEquals(results["different events in 0.343 nm^3"].value,
    #store:unique() / 20 * #glass / glass:volume() * 343, 1e-6)
  lu.assertNotNil(results["yield stress, as measured"])
  lu.assertNotNil(results["yield stress, extrapolated to 5.62e+05 K/s"])
  lu.assertStrContains(child.read(folder .. "/report.html"), "Closure")
  -- Given again, the finished run stands.
  output, status = child.vitrum(self.folder, command .. " resume=true")
  lu.assertEquals(status, 0, output)
  lu.assertAlmostEquals(results_of(folder)["mean barrier"].value, file.mean, 1e-9)
  -- The same atoms with the checks of a landscape: no lattice, and why.
  output, status = child.vitrum(self.folder, SCRIPT .. SETTINGS
    .. "centers=20 cooling_rate=1e10 out=a resume=false overwrite=true check=true least=100")
  lu.assertEquals(status, 0, output)
  local none = results_of(folder)["lattice"]
  lu.assertEquals(none.value, "none was made")
  lu.assertStrContains(none.note, "windows of at least 100")
  lu.assertStrContains(child.read(folder .. "/report.html"), "No lattice was made")
end

function TestAtomsToLattice:test_wrong_input()
  for given, words in pairs {
    ["glass=none.data"] = "none.data", ["glass=start.data strains=0.1,0"] = "strains",
    ["glass=start.data edges=0"] = "edges", ["glass=start.data n=8"] = "n",
  } do
    local output, status = child.vitrum(self.folder, SCRIPT .. " preset=test out=b " .. given)
    lu.assertNotEquals(status, 0)
    lu.assertStrContains(output, words)
  end
end

local status <const> = lu.LuaUnit.run()
collectgarbage()
os.exit(status)
