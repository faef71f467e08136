-- vt.structure.motion and velocity_autocorrelation: laws of motion that are known, times of frames.
local lu = require "luaunit"
local voronoi = require "vitrum.structure.voronoi"
local vt = require "vitrum"
local io_folder = require "io_folder"

TestMotion = io_folder.class()

local N <const> = 2000

local function gas(seed)
  local atoms = vt.atoms.random{ composition = "Cu", n = N, seed = seed, minimum_distance = 0 }
  return atoms:thermalize{ temperature = 500, seed = seed }
end

-- Atoms that fly on, dt apart, in one object.
local function flight(atoms, frames, dt)
  local k = 0
  return function()
    if k == frames then return nil end
    if k > 0 then
      local x = atoms:positions()
      x:assign(x + atoms:velocities() * dt)
      atoms:wrap()
    end
    k = k + 1
    return atoms, { time = (k - 1) * dt }
  end
end

function TestMotion.test_free_particles()
  local atoms = gas(3)
  local v2 = (atoms:velocities():square()):sum() / N
  local m = vt.structure.motion(flight(atoms, 20, 0.05), { q = 1.3 })
  lu.assertEquals(m.frames, 20)
  lu.assertAlmostEquals(m.interval, 0.05, 1e-12)
  lu.assertEquals(m.origins[1], 20)
  for k = 2, #m.time do
    local t = m.time[k]
    -- dr = v t for every atom and origin; positions are rounded at 1e-15 of 30 A
    lu.assertAlmostEquals(m.msd[k], v2 * t * t, 1e-9)
    -- Maxwell's distribution: exp(-q^2 kT t^2/2m), within the scatter of 2000 atoms
    lu.assertAlmostEquals(m.fs[k], math.exp(-1.3 ^ 2 * v2 / 3 * t * t / 2), 0.03)
    lu.assertAlmostEquals(m.alpha2[k], 0, 0.1)
  end
  lu.assertAlmostEquals(m:relaxation_time(), math.sqrt(2 / (1.3 ^ 2 * v2 / 3)), 0.05)
  lu.assertEquals(m.partial.Cu.msd[5], m.msd[5])
end

-- A million lags take memory for the frames that there are, and no more than they may.
function TestMotion.test_memory_is_bounded()
  local atoms = gas(5)
  local given = { lags = 1000000, spacing = "linear" }
  local all = vt.structure.motion(flight(atoms:copy(), 40, 0.05), given)
  lu.assertEquals(#all.time, 40)
  lu.assertEquals(all.origins[1], 40)
  lu.assertEquals(all.thinning, 1)
  lu.assertNotStrContains(tostring(all), "further apart")
  given.memory = 10.5 * N * 3 * 8 * 1e-9
  local few = vt.structure.motion(flight(atoms:copy(), 40, 0.05), given)
  lu.assertEquals(few.thinning, 4)
  lu.assertStrContains(tostring(few), "time origins up to 4 times further apart, for memory")
  lu.assertEquals(#few.time, 40)
  -- free flight: every origin gives the same
  for k = 2, 40 do lu.assertAlmostEquals(few.msd[k], all.msd[k], 1e-9) end
  lu.assertErrorMsgContains("option 'memory' [GB] must be a positive number, got 0",
    vt.structure.motion, flight(atoms, 3, 0.05), { memory = 0 })
end

-- Independent normal steps: <r^2> = 6 D t, F_s = exp(-q^2 D t), relaxation time 1/(q^2 D).
function TestMotion.test_brownian_motion()
  local atoms, step, frames = gas(1), 0.2, 40
  local list = { atoms }
  for k = 2, frames do list[k] = list[k - 1]:copy():rattle{ amplitude = step, seed = k }:wrap() end
  local d = step ^ 2 / (2 * 0.5)
  local m = vt.structure.motion(list, { q = 1.5, interval = 0.5 })
  local found, deviation = m:diffusion()
  lu.assertAlmostEquals(found, d, 0.03 * d) -- 2000 atoms, some 4 independent origins
  lu.assertTrue(deviation >= 0 and deviation < 0.1 * d)
  lu.assertAlmostEquals(m:relaxation_time(), 1 / (1.5 ^ 2 * d), 0.05 / (1.5 ^ 2 * d))
  for k = 2, #m.time do
    lu.assertAlmostEquals(m.fs[k], math.exp(-1.5 ^ 2 * d * m.time[k]), 0.02)
    lu.assertAlmostEquals(m.alpha2[k], 0, 0.1)
  end
  lu.assertNil(m:relaxation_time(1e-9))
  lu.assertStrContains(tostring(m), "motion over 40 frames")
  for _, what in ipairs{ "fs", "msd", "alpha2" } do
    lu.assertEquals(m:plot{ what = what, partial = true, file = io_folder.name(what .. ".svg") },
      io_folder.name(what .. ".svg"))
  end
end

-- Each atom swings with the same frequency: <v(0) v(t)> = <v^2> cos(w t), here without drift.
function TestMotion.test_oscillators()
  local atoms, w, dt, frames = gas(2), 4.0, 0.05, 150
  local v0 = atoms:velocities():copy()
  local k = 0
  local function swing()
    if k == frames then return nil end
    atoms:velocities():assign(v0 * math.cos(w * dt * k))
    k = k + 1
    return atoms
  end
  local v = vt.structure.velocity_autocorrelation(swing, { interval = dt, lags = 60 })
  lu.assertEquals(#v.time, 61)
  lu.assertEquals(v.normalized[1], 1)
  for i = 1, 61, 10 do
    -- the mean over 90 and more origins of cos(a) cos(a + b)
    local sum, n = 0, 0
    for origin = 0, frames - 1 - (i - 1) do
      sum = sum + math.cos(w * dt * origin) * math.cos(w * dt * (origin + i - 1))
      n = n + 1
    end
    lu.assertAlmostEquals(v.total[i], v0:square():sum() / N * sum / n, 1e-6)
    lu.assertEquals(v.origins[i], n)
  end
  v:plot{ file = io_folder.name "v.svg" }
end

-- From a file, by step numbers, skipping and striding.
function TestMotion.test_files()
  local path = io_folder.name "run.dump"
  local atoms, all = gas(5), {}
  for k = 1, 13 do
    atoms:save(path, { append = k > 1, info = { timestep = 100 * k } })
    all[k] = atoms:copy()
    atoms:rattle{ amplitude = 0.1, seed = k }
  end
  local m = vt.structure.motion(path, { timestep = 0.002, skip = 1, stride = 2, q = 2 })
  lu.assertEquals(m.frames, 6)
  lu.assertAlmostEquals(m.interval, 0.4, 1e-12)
  local same = {}
  for k = 2, 13, 2 do same[#same + 1] = all[k] end
  local n = vt.structure.motion(same, { interval = 0.4, q = 2 })
  for k = 1, #m.time do
    lu.assertAlmostEquals(m.msd[k], n.msd[k], 1e-9)
    lu.assertAlmostEquals(m.fs[k], n.fs[k], 1e-9)
  end
end

-- Atoms that are back where they were have no place on a logarithmic axis.
function TestMotion.test_plot_without_zeros()
  local a = vt.atoms.random{ composition = "Cu", n = 50, seed = 1 }
  local b = a:copy():rattle{ amplitude = 0.1, seed = 2 }
  local m = vt.structure.motion({ a, b, a }, { interval = 1 })
  lu.assertEquals(m.msd[3], 0)
  lu.assertTrue(m.msd[2] > 0)
  m:plot{ what = "msd", partial = true, file = io_folder.name "back.svg" }
  lu.assertStrContains(io_folder.text_of "back.svg", "mean squared displacement")
  local rest = vt.structure.motion({ a, a, a }, { interval = 1 })
  lu.assertEquals(rest.msd:max(), 0)
  rest:plot{ what = "msd", partial = true, file = io_folder.name "rest.svg" }
  lu.assertStrContains(io_folder.text_of "rest.svg", "mean squared displacement")
end

function TestMotion.test_wrong_input()
  local message, motion = io_folder.message, vt.structure.motion
  local a = gas(1)
  lu.assertStrContains(message(motion, { a, a:copy() }), "frame 1 tells no time; give interval")
  lu.assertStrContains(message(motion, a, { interval = 1 }), "there is one frame only")
  lu.assertStrContains(message(motion, { a, a:copy():delete{ 5 } }, { interval = 1 }),
    "structure.motion: frame 2: there are 1999 atoms, in the reference frame 2000")
  local times, k = { 0, 1, 3 }, 0
  local function uneven()
    k = k + 1
    if times[k] then return a, { time = times[k] } end
  end
  lu.assertStrContains(message(motion, uneven),
    "frames must come at even times, but frame 3 comes 2 ps after the one before it")
  k, times = 0, { 1, 1 }
  lu.assertStrContains(message(motion, uneven), "frame 2 is not later than frame 1")
  local path = io_folder.name "steps.dump"
  a:save(path)
  lu.assertStrContains(message(motion, { path, path }), "tells a step number but no time")
  local cold = vt.atoms.random{ composition = "Cu", n = 20, seed = 1 }
  lu.assertStrContains(
    message(vt.structure.velocity_autocorrelation, { cold, cold }, { interval = 1 }),
    "frame 1 has no velocities")
  local m = motion({ a, a:copy() }, { interval = 1 })
  lu.assertStrContains(message(m.relaxation_time, m), "give q (1/A)")
  lu.assertStrContains(message(m.plot, m, { what = "fs" }), "what must be")
  local scattering = motion({ a, a:copy() }, { interval = 1, q = 2 })
  for text, level in pairs{ nan = voronoi.NAN, ["0"] = 0, ["1"] = 1, ["'x'"] = "x" } do
    lu.assertStrContains(message(scattering.relaxation_time, scattering, level),
      "the level must be between 0 and 1, got " .. text)
  end
  lu.assertStrContains(message(m.diffusion, m, { from = 5 }), "there are 0 lags from 5")
  lu.assertStrContains(message(motion, { a, a }, { interval = 1, lags = 1 }), "lags must be 2")
  lu.assertStrContains(message(motion, { a, a }, { interval = 1, origin_every = 3 }),
    "structure.motion: option 'origin_every' is for spacing = \"linear\"")
end

os.exit(lu.LuaUnit.run())
