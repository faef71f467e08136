-- scripts/train-nnap.lua: errors by set and group against the potentials that it writes, rounds of
-- asking, and what is refused.
local child = require "child"
local json = require "vitrum.base.json"
local lu = require "luaunit"
local vt = require "vitrum"

local SCRIPT <const> = (os.getenv "VITRUM_SOURCE" or ".") .. "/scripts/train-nnap.lua"
local TEACHER <const> = "CuZr_mm.eam.fs"

TestTrainNnap = {}

local function frames_of(path, from, to)
  for k = from, to do
    local atoms = vt.atoms.b2{ species = { "Cu", "Zr" }, a = 3.2 + 0.02 * (k % 5), cells = 2 }
    atoms:rattle{ amplitude = 0.1 + 0.02 * (k % 3), seed = k }
    atoms.potential = vt.potential.eam(TEACHER)
    atoms:save(path, { forces = true, append = k > from, overwrite = true,
                       info = { config_type = k % 2 == 0 and "even" or "odd" } })
  end
end

function TestTrainNnap:setUp()
  self.folder = child.folder()
  frames_of(self.folder .. "/data.xyz", 1, 24)
  frames_of(self.folder .. "/pool.xyz", 101, 108)
end

function TestTrainNnap:tearDown() child.remove(self.folder) end

function TestTrainNnap:run_script(arguments)
  return child.vitrum(self.folder, SCRIPT .. " preset=test quiet=true data=data.xyz species=Cu,Zr "
    .. arguments)
end

function TestTrainNnap:test_errors_and_rounds()
  local text, status = self:run_script("rounds=2 pool=pool.xyz out=a potential=" .. TEACHER)
  lu.assertEquals(status, 0, text)
  local folder = self.folder .. "/a"
  -- What was added are frames of the pool with the energies of the teacher.
  local added, pool, n = {}, {}, 0
  for atoms in vt.atoms.frames(self.folder .. "/pool.xyz") do pool[#pool + 1] = atoms end
  for atoms, info in vt.atoms.frames(folder .. "/added-1.xyz") do
    local from = pool[tonumber(info.group:match "pool (%d+)") - 0]
    lu.assertTrue((atoms:positions() - from:positions()):abs():max() < 1e-12)
    atoms.potential = vt.potential.eam(TEACHER)
    lu.assertAlmostEquals(atoms:energy(), info.energy, 1e-9)
    added[#added + 1] = atoms
  end
  lu.assertEquals(#added, 3)
  -- Errors in the table are those of the potential in the file: all frames, by a loop of its own.
  local csv = vt.csv.read(folder .. "/errors.csv")
  lu.assertEquals(csv.frames[1] + csv.frames[2] + csv.frames[3], 27)
  local network, e2, f2, components = vt.potential.network(folder .. "/nnap-1.network"), 0, 0, 0
  for _, name in ipairs { "/data.xyz", "/a/added-1.xyz" } do
    for atoms, info in vt.atoms.frames(self.folder .. name) do
      local reference = atoms:stored_forces():copy()
      atoms.potential = network
      e2 = e2 + (1e3 * (atoms:energy() - info.energy) / #atoms) ^ 2
      f2, n = f2 + ((atoms:forces() - reference) ^ 2):sum(), n + 1
      components = components + 3 * #atoms
    end
  end
  local sum_e, sum_f, in_groups = 0, 0, 0
  for k = 1, #csv.frames do
    if k <= 3 then
      sum_e = sum_e + csv.frames[k] * csv.energy[k] ^ 2
      sum_f = sum_f + csv.frames[k] * csv.force[k] ^ 2
    else
      in_groups = in_groups + csv.frames[k]
    end
  end
  lu.assertEquals(in_groups, n)
  lu.assertAlmostEquals(math.sqrt(sum_e / n), math.sqrt(e2 / n), 1e-6 * math.sqrt(e2 / n))
  lu.assertAlmostEquals(math.sqrt(sum_f / n), math.sqrt(f2 / components),
                        1e-6 * math.sqrt(f2 / components))
  local state = json.decode(child.read(folder .. "/run.json"), "run")
  lu.assertEquals(state.status, "finished")
end

function TestTrainNnap:test_wrong_input()
  for arguments, words in pairs {
    ["data=none.xyz"] = "given twice",
    ["test=none.xyz"] = "test: there is no file none.xyz",
    ["rounds=2"] = "give rounds=2 or more and pool=",
    ["rounds=2 pool=pool.xyz"] = "give potential=",
    ["layers=4.5"] = "layers must be whole numbers, not 4.5",
    ["members=1"] = "members",
  } do
    local text, status = self:run_script(arguments .. " out=b")
    lu.assertTrue(status ~= 0, arguments)
    lu.assertStrContains(text, words)
  end
end

local status <const> = lu.LuaUnit.run()
collectgarbage()
os.exit(status)
