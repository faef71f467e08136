-- scripts/generate-training.lua: the frames, their numbers, and what is refused.
local child = require "child"
local json = require "vitrum.base.json"
local lu = require "luaunit"
local vt = require "vitrum"

local SCRIPT <const> = (os.getenv "VITRUM_SOURCE" or ".") .. "/scripts/generate-training.lua"
local KINDS <const> = { random = 1, melt = 3, quench = 2, glass = 2, strained = 2, surface = 1,
                        vacancy = 1, crystal = 2 }

TestGenerateTraining = {}

function TestGenerateTraining:setUp() self.folder = child.folder() end

function TestGenerateTraining:tearDown() child.remove(self.folder) end

function TestGenerateTraining:run_script(arguments)
  return child.vitrum(self.folder, SCRIPT .. " preset=test quiet=true " .. arguments)
end

function TestGenerateTraining:test_frames_are_the_teachers()
  local text, status = self:run_script "frames=56 out=a"
  lu.assertEquals(status, 0, text)
  local teacher = vt.potential.eam "CuZr_mm.eam.fs"
  local kinds, groups, n = {}, {}, 0
  for atoms, info in vt.atoms.frames(self.folder .. "/a/training.xyz") do
    n = n + 1
    kinds[info.config_type] = (kinds[info.config_type] or 0) + 1
    groups[info.group] = (groups[info.group] or 0) + 1
    atoms.potential = teacher
    lu.assertAlmostEquals(atoms:energy(), info.energy, 1e-9)
    local stored = atoms:copy():stored_forces()
    lu.assertTrue((atoms:forces() - stored):abs():max() < 1e-9)
    if info.config_type == "vacancy" then lu.assertEquals(#atoms, 31) end
    if info.config_type == "surface" then -- a minimum with nothing around it
      lu.assertTrue(atoms:volume() / #atoms > 25)
    end
  end
  lu.assertEquals(n, 56)
  for kind, parts in pairs(KINDS) do lu.assertEquals(kinds[kind], 4 * parts, kind) end
  -- One trajectory, and what was made of its minimum: all but the packings and the crystals.
  lu.assertEquals(groups["Cu40Zr60 1"], 28 - 2 - 4)
  lu.assertEquals(groups["crystal Cu60Zr40 2 3"], 1)
  local results = {}
  for _, r in ipairs(json.decode(child.read(self.folder .. "/a/run.json"), "run").results) do
    results[r.name] = r.value
  end
  lu.assertEquals({ results["frames in all"], results["frames, melt"], results["frames left out"] },
                  { 56, 12, 0 })
  lu.assertNil(child.read(self.folder .. "/a/part-1.xyz"))
  local net = vt.learn.network{ data = self.folder .. "/a/training.xyz", species = { "Cu", "Zr" },
                                layers = { 4 }, n_max = 1, l_max = 1, rmax = 4, folds = 4 }
  lu.assertEquals(#net.frames, 56)
end

function TestGenerateTraining:test_wrong_input()
  for arguments, words in pairs {
    ["frames=1"] = "1 frames are fewer than the 2 trajectories",
    ["kinds=liquid"] = "kinds",
    ["vacuum=3"] = "vacuum (3 A) must be at least the cutoff of the potential",
    ["low=2000"] = "low (2000 K) must be below high (1800 K)",
    ["compositions=Cu50Al50"] = "Al",
    ["force_max=1e-9 frames=2"] = "every frame has a force above force_max (1e-09 eV/A)",
  } do
    local text, status = self:run_script(arguments .. " out=b overwrite=true")
    lu.assertTrue(status ~= 0, arguments)
    lu.assertStrContains(text, words)
  end
end

local status <const> = lu.LuaUnit.run()
collectgarbage()
os.exit(status)
