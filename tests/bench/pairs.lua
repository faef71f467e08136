-- Speed of g(r) against forces, and of a trajectory's analysis against reading it. Run by
-- structure.sh:
--
--     build/vitrum tests/bench/pairs.lua FOLDER
--
-- Wall times, best of VITRUM_BENCH_RUNS (5) runs in turn, as ratios.

local vt = require "vitrum"

local folder = arg[1] or error "usage: pairs.lua FOLDER"

local RUNS <const> = math.tointeger(tonumber(os.getenv "VITRUM_BENCH_RUNS" or 5))

-- Least times of functions that are run in turn, so that all see the same machine.
local function best(functions)
  local least = {}
  for _ = 1, RUNS do
    for k, f in ipairs(functions) do
      local start = vt.clock()
      f()
      least[k] = math.min(least[k] or math.huge, vt.clock() - start)
    end
  end
  return least
end

local failed = false

local function report(what, ratio, limit)
  if not limit then
    print(("%-74s %6.2f"):format(what, ratio))
    return
  end
  local good = ratio <= limit
  failed = failed or not good
  print(("%-74s %6.2f   limit %5.2f   %s"):format(what, ratio, limit, good and "ok" or "MISSED"))
end

-- ---- g(r) to 10 A of 100,000 atoms against ten evaluations of forces

-- Those of the papers when they are there, beside the one that comes with LAMMPS.
local MODELS <const> = {
  { "CuZr_mm.eam.fs", "Cu64Zr36" }, { "Cu-Zr_2.eam.fs", "Cu64Zr36" },
  { "ZrCuAl2011.eam.alloy", "Cu64Zr36" },
}
for _, model in ipairs(MODELS) do
  local known, potential = pcall(vt.potential.eam, model[1])
  if known then
    local glass = vt.atoms.random{ composition = model[2], n = 100000, seed = 1 }
    glass.potential = potential
    local positions = glass:positions()
    local t = best{
      function() vt.structure.rdf(glass, { rmax = 10, bins = 400 }) end,
      function()
        for _ = 1, 10 do
          positions[1][1] = positions[1][1] + 1e-9 -- else the forces are known already
          glass:forces()
        end
      end,
    }
    report(("g(r) to 10 A, 100,000 atoms (%.3f s) / ten forces of %s"):format(t[1], model[1]),
      t[1] / t[2], 1)
  end
end

-- ---- a trajectory of 100 frames of 32,000 atoms

-- Limited by reading: while one thread reads the next frame, another works on the last. What takes
-- longer than reading does cannot be hidden behind it.
local WORK <const> = {
  { "mean squared displacement",
    function(path) vt.structure.motion(path, { interval = 1 }) end, 1.2 },
  { "the same with F_s(q, t)",
    function(path) vt.structure.motion(path, { interval = 1, q = 2.7 }) end, 1.4 },
  { "profile", function(path) vt.structure.profile(path, "Cu") end, 1.4 },
  { "g(r) to 5 A", function(path) vt.structure.rdf(path, { rmax = 5 }) end, 2 },
  { "deformation and D2min",
    function(path) for _ in vt.structure.deformations(nil, path) do end end, 1.5 }, -- luacheck: ignore
}

local function trajectory(digits, limited)
  local path = ("%s/trajectory%d.dump"):format(folder, digits)
  local crystal = vt.atoms.fcc{ species = "Cu", a = 3.615, cells = { 20, 20, 20 } }
  for k = 1, 100 do
    crystal:rattle{ amplitude = 0.05, seed = k }
    crystal:save(path, { append = k > 1, digits = digits })
  end
  local functions = { function() for _ in vt.atoms.frames(path) do end end } -- luacheck: ignore 542
  for k, work in ipairs(WORK) do functions[k + 1] = function() work[2](path) end end
  local t = best(functions)
  print(("100 frames of 32,000 atoms, %d digits, read in %.2f s; with work on them, times that:")
    :format(digits, t[1]))
  for k, work in ipairs(WORK) do
    report("  " .. work[1], t[k + 1] / t[1], limited and work[3])
  end
  os.remove(path)
end

trajectory(17, true) -- as glass:save writes it
trajectory(8, false) -- little more than half as long

os.exit(not failed)
