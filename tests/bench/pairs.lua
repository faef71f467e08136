-- Speed of g(r) against forces, and of a trajectory's analysis against reading it. Run by
-- structure.sh:
--
--     build/vitrum tests/bench/pairs.lua FOLDER
--
-- Wall times, best of five runs in turn, as ratios.

local vt = require "vitrum"

local folder = arg[1] or error "usage: pairs.lua FOLDER"

-- Least times of functions that are run in turn, so that all see the same machine.
local function best(functions)
  local least = {}
  for _ = 1, 5 do
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

local glass = vt.atoms.random{ composition = "Cu64Zr36", n = 100000, seed = 1 }
glass.potential = vt.potential.eam "CuZr_mm.eam.fs"
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
report(("g(r) to 10 A of 100,000 atoms (%.3f s) / ten force evaluations"):format(t[1]),
  t[1] / t[2], 1)

-- ---- a trajectory of 100 frames of 32,000 atoms

local path = folder .. "/trajectory.dump"
local crystal = vt.atoms.fcc{ species = "Cu", a = 3.615, cells = { 20, 20, 20 } }
for k = 1, 100 do
  crystal:rattle{ amplitude = 0.05, seed = k }
  crystal:save(path, { append = k > 1, digits = 8 })
end
t = best{
  function() for _ in vt.atoms.frames(path) do end end, -- luacheck: ignore 542
  function() vt.structure.motion(path, { interval = 1 }) end,
  function() vt.structure.motion(path, { interval = 1, q = 2.7 }) end,
  function() vt.structure.profile(path, "Cu") end,
  function() vt.structure.rdf(path, { rmax = 5 }) end,
  function() for _ in vt.structure.deformations(nil, path) do end end, -- luacheck: ignore 542
}
-- Limited by reading: the work itself takes less than the reading does. Counting millions of pairs
-- takes longer, and has no limit here.
local what = { "mean squared displacement", "the same with F_s(q, t)", "profile", "g(r) to 5 A",
               "deformation and D2min" }
for k = 1, 5 do
  report(("%s, 100 frames of 32,000 atoms / reading (%.2f s)"):format(what[k], t[1]),
    t[k + 1] / t[1], k < 4 and 2 or nil)
end

os.exit(not failed)
