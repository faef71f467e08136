-- Molecular dynamics from Lua: ensembles, ramps, samples, files, errors.
local child = require "child"
local copper = require "copper"
local io_folder = require "io_folder"
local lu = require "luaunit"
local vt = require "vitrum"

vt.quiet(true)
vt.threads(1)

local LATTICE <const> = copper.LATTICE
local crystal, assert_same = copper.crystal, copper.assert_same
local path, message = io_folder.name, io_folder.message

-- ---------------------------------------------------------------- runs ----

TestRun = copper.class()

function TestRun.test_samples_go_to_function_arrays_and_file()
  local glass, seen = crystal(300), {}
  local md = vt.md(glass)
  local returned = md:run{ time = 0.1, every = 0.02, csv = path "thermo.csv",
                           provenance = "script: test",
                           sample = function(s) seen[#seen + 1] = s end }
  lu.assertTrue(rawequal(returned, md))
  lu.assertEquals(#seen, 6)
  lu.assertEquals(seen[6].step, 50)
  lu.assertAlmostEquals(seen[6].time, 0.1, 1e-15)
  local s = md:samples()
  lu.assertEquals(s.time.count, 6)
  for k = 1, 6 do
    lu.assertEquals(s.pressure[k], seen[k].pressure)
    lu.assertEquals(s.stress.xy[k], seen[k].stress.xy)
    lu.assertEquals(seen[k].stress[1], seen[k].stress.xx)
  end
  local last = seen[6]
  lu.assertAlmostEquals(last.total_energy, last.kinetic_energy + last.potential_energy, 1e-12)
  lu.assertAlmostEquals(last.pressure, -(last.stress.xx + last.stress.yy + last.stress.zz) / 3,
                        1e-12)
  -- What the atoms themselves say, in another order of summation.
  lu.assertAlmostEquals(last.potential_energy, glass:energy(), 1e-9)
  lu.assertAlmostEquals(last.temperature, glass:temperature(), 1e-9)
  lu.assertAlmostEquals(last.pressure, glass:pressure(), 1e-9)
  lu.assertAlmostEquals(last.stress.yz, glass:stress().yz, 1e-9)
  lu.assertAlmostEquals(last.volume, glass:volume(), 1e-9)
  lu.assertNil(last.target_temperature)
  local text = child.read(path "thermo.csv")
  lu.assertStrContains(text, "# script: test\n")
  lu.assertStrContains(text, "temperature [K]")
  lu.assertStrContains(text, "potential: lj")
  local data = vt.csv.read(path "thermo.csv")
  lu.assertAlmostEquals(data.columns.pressure[6], last.pressure, 1e-9)
  lu.assertEquals(data.units.pressure, "GPa")
end

function TestRun.test_resting_atoms_start_with_velocities_of_the_target()
  local glass = crystal()
  local md = vt.md(glass, { ensemble = "nvt", temperature = 431, seed = 3 })
  lu.assertAlmostEquals(md:measure().temperature, 431, 1e-9)
  -- and without a thermostat they rest
  local still = crystal()
  vt.md(still):run{ steps = 2 }
  lu.assertTrue(still:temperature() < 1e-6)
end

function TestRun.test_a_rate_sets_the_time()
  local md = vt.md(crystal(), { ensemble = "nvt", temperature = 300 })
  md:run{ temperature = { 300, 250 }, cooling_rate = 5e14 }
  lu.assertEquals(md.step, 50)
  lu.assertEquals(md.temperature, 250)
  md:run{ temperature = 300, heating_rate = 5e14 } -- from where it is
  lu.assertEquals(md.step, 100)
  lu.assertAlmostEquals(md.time, 0.2, 1e-12)
  md:run{ temperature = { 300, 200 }, cooling_rate = 1e15, time = 0.1 } -- both, and they agree
  lu.assertEquals(md.step, 150)
  md:run{ steps = 10 } -- the last target stays
  lu.assertEquals(md.temperature, 200)
end

function TestRun.test_targets_go_linearly()
  local md = vt.md(crystal(), { ensemble = "npt", temperature = 300, barostat = "axes" })
  md:run{ temperature = { 300, 200 }, time = 0.2, every = 0.05 }
  local s = md:samples()
  for k = 1, 5 do lu.assertAlmostEquals(s.target_temperature[k], 325 - 25 * k, 1e-9) end
  md:run{ pressure = { 0, 2 }, pressure_rate = 20 }
  lu.assertEquals(md.step, 150)
end

function TestRun.test_pressure_and_stress_are_reached()
  local md = vt.md(crystal(), { ensemble = "npt", temperature = 100, barostat = "axes",
                                pressure = 1, temperature_damping = 0.05, pressure_damping = 0.1 })
  md:run{ time = 2 }
  md:run{ time = 3, every = 0.02 }
  -- 150 samples of a pressure that fluctuates by 0.3 GPa and swings back in 0.1 ps
  lu.assertAlmostEquals(md:samples().pressure:mean(), 1, 0.05)
  md:run{ stress = { xx = 0.5, yy = -0.5, zz = 0 }, time = 2 }
  md:run{ time = 3, every = 0.02 }
  lu.assertAlmostEquals(md:samples().stress.xx:mean(), 0.5, 0.08)
  lu.assertAlmostEquals(md:samples().stress.yy:mean(), -0.5, 0.08)
  lu.assertTrue(md:measure().lx > md:measure().ly)
  -- only zz held: the other axes stay
  local glass = crystal()
  local before = glass:volume()
  vt.md(glass, { ensemble = "npt", temperature = 100, stress = { zz = 1 } }):run{ time = 0.2 }
  local m = vt.md(glass):measure()
  lu.assertAlmostEquals(m.lx, 4 * LATTICE, 1e-12)
  lu.assertTrue(m.lz ~= 4 * LATTICE and glass:volume() ~= before)
end

function TestRun.test_strain_by_rate()
  local glass = crystal()
  local md = vt.md(glass, { ensemble = "nvt", temperature = 50 })
  md:run{ strain_rate = { zz = 5e10 }, strain = 0.01, every = 0.02 }
  local s = md:samples()
  lu.assertAlmostEquals(s.lz[s.lz.count], 4 * LATTICE * 1.01, 1e-12)
  lu.assertAlmostEquals(s.strain[s.lz.count], 0.01, 1e-14)
  lu.assertTrue(s.stress.zz[s.lz.count] > s.stress.zz[1])
  md:run{ strain_rate = { xy = 1e11 }, time = 0.2 }
  lu.assertAlmostEquals(md:measure().xy, 0.02 * 4 * LATTICE, 1e-12)
  local other = vt.md(crystal(), { ensemble = "nvt", temperature = 50 })
  other:run{ strain_rate = { xx = -1e11 }, strain_measure = "true", time = 1 }
  lu.assertAlmostEquals(other:measure().lx, 4 * LATTICE * math.exp(-0.1), 1e-12)
end

function TestRun.test_false_from_the_sample_function_ends_the_run()
  local md = vt.md(crystal(), { ensemble = "nvt", temperature = 300 })
  md:run{ temperature = { 300, 100 }, time = 2, every = 0.1,
          sample = function(s) return s.time < 0.45 end }
  lu.assertEquals(md.step, 250)
  lu.assertEquals(md.remaining, 0)
  lu.assertAlmostEquals(md.temperature, 250, 1e-9) -- the ramp ends where it was
end

function TestRun.test_an_error_in_the_sample_function_leaves_all_valid()
  local glass = crystal(300)
  local md = vt.md(glass)
  local thrown = setmetatable({}, { __tostring = function() return "thrown" end })
  local function sample(s)
    if s.step == 50 then error(thrown) end
  end
  local ok, err = pcall(md.run, md, { time = 0.2, every = 0.05, csv = path "cut.csv",
                                      sample = sample })
  lu.assertFalse(ok)
  lu.assertTrue(rawequal(err, thrown))
  lu.assertEquals(md.step, 50)
  lu.assertStrContains(tostring(md), "50 steps of a run left")
  lu.assertStrContains(child.read(path "cut.csv"), "\n50,")
  -- and the rest is as if nothing had happened
  md:resume()
  local whole = crystal(300)
  vt.md(whole):run{ time = 0.2 }
  assert_same(glass, whole)
  lu.assertEquals(md:samples().time.count, 5)
  md:resume() -- nothing left: nothing happens
  lu.assertEquals(md.step, 100)
end

function TestRun.test_the_user_may_change_atoms_between_and_within_runs()
  local glass = crystal(300)
  local md = vt.md(glass)
  md:run{ steps = 10 }
  glass:thermalize{ temperature = 77, seed = 1 }
  lu.assertAlmostEquals(md:measure().temperature, 77, 1e-9)
  md:run{ steps = 20, every = 0.02, sample = function(s)
    if s.step == 20 then glass:thermalize{ temperature = 500, seed = 1 } end
  end }
  -- Total energy is kept from there on, within the error of the integrator.
  local s = md:samples()
  local kinetic = 1.5 * (#glass - 1) * vt.units.boltzmann * 500
  lu.assertAlmostEquals(s.total_energy[3], s.potential_energy[2] + kinetic, 0.2)
end

--- Atoms are written back only when somebody looks, by whatever way, and whoever looks sees the
--- step that the sample tells of.
function TestRun.test_a_sample_function_sees_the_present_atoms()
  local whole, seen = crystal(300), {}
  local reference = vt.md(whole)
  for step = 2, 12, 2 do
    reference:run{ steps = 2 }
    seen[step] = { atoms = whole:copy(), x = whole:positions()[7][1],
                   temperature = whole:temperature() }
  end

  local glass = crystal(300)
  local view = glass:positions()
  local part = view[7]
  local looks = {
    [2] = function(want) lu.assertEquals(view[7][1], want.x) end,
    [4] = function(want) lu.assertEquals(part[1], want.x) end,
    [6] = function(want) lu.assertEquals(glass:temperature(), want.temperature) end,
    [8] = function(want) assert_same(glass, want.atoms) end,
    [10] = function() end,
    [12] = function(want) lu.assertEquals((view - want.atoms:positions()):abs():max(), 0.0) end,
  }
  local md = vt.md(glass)
  md:run{ steps = 12, every = 0.004, sample = function(s)
    if looks[s.step] then looks[s.step](seen[s.step]) end
  end }
  assert_same(glass, whole)
  lu.assertEquals(md.step, 12)
end

function TestRun.test_one_run_within_another_on_the_same_atoms()
  local whole = crystal(300)
  local first, second = vt.md(whole), vt.md(whole, { timestep = 0.001 })
  first:run{ steps = 5 }
  second:run{ steps = 3 }
  first:run{ steps = 5 }

  local glass = crystal(300)
  local outer, inner = vt.md(glass), vt.md(glass, { timestep = 0.001 })
  outer:run{ steps = 10, every = 0.01, sample = function(s)
    if s.step == 5 then
      inner:run{ steps = 3, every = 0.001, sample = function() outer:measure() end }
    end
  end }
  -- Forces are summed in another order after a run by another dynamics: rounding.
  lu.assertTrue((glass:positions() - whole:positions()):abs():max() < 1e-12)
end

function TestRun.test_an_interrupted_run_leaves_the_atoms_of_its_last_step()
  local glass, whole = crystal(300), crystal(300)
  local md = vt.md(glass)
  lu.assertFalse(pcall(md.run, md, { steps = 20, every = 0.002, sample = function(s)
    if s.step == 7 then error "enough" end
  end }))
  vt.md(whole):run{ steps = 7 }
  assert_same(glass, whole)
end

-- The short version of tests/validation/md_nve_drift.lua: a copper-zirconium crystal solution.
function TestRun.test_energy_of_an_eam_alloy_is_kept()
  local found, eam = pcall(vt.potential.eam, "CuZr_mm.eam.fs")
  if not found then lu.skip "CuZr_mm.eam.fs is missing" end
  local start = vt.atoms.b2{ species = { "Cu", "Zr" }, a = 3.27, cells = { 5, 5, 5 } }
  start.potential = eam
  vt.md(start, { ensemble = "langevin", temperature = 300 }):run{ time = 0.5 }
  local deviation = {}
  for _, timestep in ipairs{ 0.001, 0.002 } do
    local md = vt.md(start:copy(), { timestep = timestep })
    md:run{ time = 1, every = 0.002 }
    local e = md:samples().total_energy / #start
    deviation[#deviation + 1] = math.sqrt(((e - e:mean()) ^ 2):mean())
  end
  -- 2e-7 eV/atom in a glass of 1000 atoms, more by the square root of 4 for 250 atoms; that this
  -- stays so for a nanosecond is for the validation to show.
  lu.assertTrue(deviation[1] < 1e-6, deviation[1])
  local ratio = deviation[2] / deviation[1] -- the square of the step
  lu.assertTrue(ratio > 3.2 and ratio < 4.8, ratio)
end

-- ---------------------------------------------------------------- errors ----

TestErrors = copper.class()

function TestErrors.test_options_of_md()
  local glass = crystal()
  local function refused(options) return message(vt.md, glass, options) end
  lu.assertStrContains(refused{ temprature = 300 },
                       "unknown option 'temprature'; did you mean 'temperature'?")
  lu.assertStrContains(refused{ ensemble = "nve", temperature = 300 },
                       "option 'temperature' has no meaning for ensemble 'nve'")
  lu.assertStrContains(refused{ ensemble = "nvt", pressure = 0 },
                       "option 'pressure' has no meaning for ensemble 'nvt'; use 'npt'")
  lu.assertStrContains(refused{ ensemble = "npt", temperature = -300 },
                       "option 'temperature' [K] must be a positive number, got -300")
  lu.assertStrContains(refused{ timestep = 0 / 0 }, "option 'timestep' [ps] must be")
  lu.assertStrContains(refused{ ensemble = "npt", stress = { xx = 1 }, barostat = "isotropic" },
                       "'isotropic' has one pressure for all axes")
  lu.assertStrContains(refused{ ensemble = "npt", stress = { xy = 1 }, barostat = "axes" },
                       "stress.xy needs barostat = 'triclinic'")
  lu.assertStrContains(refused{ ensemble = "npt", stress = { xx = "1" } },
                       "stress.xx [GPa] must be a finite number, got the string '1'")
  lu.assertStrContains(refused{ ensemble = "npt", stress = { x = 1 } },
                       "components xx, yy, zz, yz, xz, xy, not x")
  lu.assertStrContains(refused{ ensemble = "nvt", chain = 9 }, "9 variables; 1 to 8")
  lu.assertStrContains(refused{ ensemble = "nvt", chain_steps = 2 }, "1, 3 or 5")
  lu.assertStrContains(refused{ ensemble = "nvt", temperature_damping = 0.005 },
                       "shorter than 5 timesteps")
  lu.assertStrContains(message(vt.md, vt.atoms.fcc{ species = "Cu", a = 3.6, cells = 2 }),
                       "no potential")
  glass:set_box{ periodic = { true, true, false } }
  lu.assertStrContains(refused{ ensemble = "npt", temperature = 300 }, "free surface along z")
end

function TestErrors.test_options_of_run()
  local md = vt.md(crystal(), { ensemble = "npt", temperature = 300 })
  local function refused(options) return message(md.run, md, options) end
  lu.assertStrContains(refused{ time = 1, cooling_rate = "fast" },
                       "option 'cooling_rate' [K/s] must be a positive number, got the string "
                       .. "'fast'")
  lu.assertStrContains(refused{}, "how long?")
  lu.assertStrContains(refused{ steps = 1 << 60 },
                       "option 'steps' must be a whole number up to 1e15")
  lu.assertStrContains(refused{ time = 1e300 }, "only 1e-08 to 1e+09 ps makes sense")
  lu.assertStrContains(refused{ time = 1, steps = 3 },
                       "steps makes the run 0.006 ps long, time 1 ps; leave one of them out")
  lu.assertStrContains(refused{ temperature = { 300, 200 }, cooling_rate = 1e12, time = 7 },
                       "time makes the run 7 ps long, cooling_rate 100 ps")
  lu.assertStrContains(refused{ temperature = 400, cooling_rate = 1e12 },
                       "use heating_rate to heat")
  lu.assertStrContains(refused{ cooling_rate = 1e12 }, "needs a temperature to go to")
  lu.assertStrContains(refused{ time = 1, temperature = -5 }, "the target temperature is -5 K")
  lu.assertStrContains(refused{ time = 1, temperature = { 1, 2, 3 } }, "{ from, to }")
  lu.assertStrContains(refused{ time = 1, temperature = { 300, 0 / 0 } }, "must be a finite number")
  lu.assertStrContains(refused{ time = 1, pressure = {} }, "{ from, to }")
  lu.assertStrContains(refused{ time = 1, stress = { xx = 1 } }, "one pressure for all axes")
  lu.assertStrContains(refused{ time = 1, strain_rate = { z = 1e9 } }, "not z")
  lu.assertStrContains(refused{ time = 1, strain_rate = { zz = 1e14 } }, "in one step")
  lu.assertStrContains(refused{ strain = 0.1 }, "strain needs a strain_rate")
  lu.assertStrContains(refused{ time = 1, every = 1e-5 }, "less than a timestep")
  lu.assertStrContains(refused{ time = 1, sample = 3 }, "'sample' must be a function")
  lu.assertStrContains(refused{ time = 1, csv = "/nowhere/thermo.csv" }, "/nowhere")
  child.write(path "mine.csv", "precious")
  lu.assertStrContains(refused{ time = 1, csv = path "mine.csv" }, "mine.csv")
  lu.assertStrContains(refused{ time = 1, checkpoint = path "mine.csv" }, "mine.csv")
  lu.assertEquals(child.read(path "mine.csv"), "precious")
  lu.assertEquals(md.step, 0) -- nothing was run
  local nve = vt.md(crystal())
  lu.assertStrContains(message(nve.run, nve, { time = 1, temperature = 3 }), "no thermostat")
  lu.assertStrContains(message(nve.run, nve, { time = 1, pressure = 3 }), "is fixed")
  lu.assertStrContains(message(nve.run, nve, { time = 1, stress = { zz = 1 } }),
                       "component zz of the box is fixed")
end

function TestErrors.test_no_run_within_a_run()
  local md = vt.md(crystal(300))
  local again = message(md.run, md, { steps = 10, every = 0.002,
                                      sample = function() md:run{ steps = 1 } end })
  lu.assertStrContains(again, "this dynamics is running")
  lu.assertStrContains(message(md.resume, md, { sample = function() md:close() end }),
                       "still going on")
  md:resume()
  lu.assertEquals(md.step, 10)
end

function TestErrors.test_atoms_that_went_away()
  local glass = crystal(300)
  local md = vt.md(glass)
  md:run{ steps = 2 }
  glass:delete{ 1 }
  lu.assertStrContains(message(md.run, md, { steps = 2 }),
                       "the number of atoms changed from 256 to 255")
  local other = crystal(300)
  md = vt.md(other)
  other.potential = vt.potential.lj{ species = "Cu", epsilon = 0.3, sigma = 2.3 }
  local function refused_by_all(text)
    lu.assertStrContains(message(md.run, md, { steps = 2 }), "MD:run: the atoms " .. text)
    lu.assertStrContains(message(md.resume, md), "MD:resume: the atoms " .. text)
    lu.assertStrContains(message(md.measure, md), "MD:measure: the atoms " .. text)
    lu.assertStrContains(message(md.save, md, path "c"), "MD:save: the atoms " .. text)
  end
  refused_by_all "were given another potential"
  other:close()
  refused_by_all "of this dynamics are closed"
  md:close()
  lu.assertStrContains(message(md.run, md, { steps = 2 }), "this dynamics is closed")
  lu.assertEquals(tostring(md), "MD: closed")
  -- closed by the sample function
  glass = crystal(300)
  md = vt.md(glass)
  lu.assertStrContains(message(md.run, md, { steps = 20, every = 0.01,
                                             sample = function() glass:close() end }),
                       "the atoms of this dynamics are closed")
end

function TestErrors.test_an_explosion_names_step_and_atom_and_falls_back()
  local glass = crystal(300)
  local before = glass:positions():copy()
  local md = vt.md(glass, { timestep = 0.2 })
  local text = message(md.run, md, { time = 100 })
  lu.assertStrContains(text, "a timestep of 0.2 ps is too large")
  lu.assertStrMatches(text, ".*atom %d+ moved .* in step %d+.*")
  lu.assertStrContains(text, "the atoms are back at step 0")
  lu.assertAlmostEquals((glass:positions() - before):abs():max(), 0, 1e-12)
end

--- Removing the drift makes every atom move against the fast one; that one is named.
function TestErrors.test_the_fastest_atom_is_named()
  local glass = crystal(300)
  glass:velocities()[33][1] = 1e6
  lu.assertStrContains(message(function() vt.md(glass):run{ steps = 5 } end), "atom 33 moved")
end

--- Finite numbers with a kinetic energy that is not.
function TestErrors.test_velocities_too_large()
  local glass = crystal(300)
  local md = vt.md(glass)
  glass:velocities()[33][2] = -1e200
  for _, ensemble in ipairs{ "nve", "nph", "nvt" } do
    lu.assertStrContains(message(vt.md, glass, { ensemble = ensemble }),
                         "md: the velocity of atom 33 (id 33) is (")
  end
  local text = message(md.run, md, { steps = 5 })
  lu.assertStrContains(text, "MD:run: the velocity of atom 33 (id 33) is (")
  lu.assertStrContains(text, ", -1e+200, ")
  lu.assertStrContains(text, "the kinetic energy is not finite")
  lu.assertStrContains(message(md.measure, md), "the kinetic energy is not finite")
  glass:velocities()[33][2] = 0 / 0
  lu.assertStrContains(message(vt.md, glass), ", nan, ")
  lu.assertStrContains(message(vt.md, glass, { timestep = 0 / 0 }), "got nan")
  glass:velocities()[33][2] = 0
  md:resume() -- the rest of the run that could not begin
  lu.assertEquals(md.step, 5)
end

function TestErrors.test_a_sample_function_that_yields()
  local md = vt.md(crystal(300))
  local options = { steps = 4, every = 0.004, sample = coroutine.yield }
  lu.assertStrContains(message(md.run, md, options),
                       "MD:run: the sample function called coroutine.yield; it must return")
  md = vt.md(crystal(300))
  local inside = coroutine.wrap(function() return message(md.run, md, options) end)
  lu.assertStrContains(inside(), "MD:run: the sample function called coroutine.yield")
  -- one of its own it may have
  md:resume{ sample = function(s)
    lu.assertEquals(coroutine.wrap(function() coroutine.yield(s.step) end)(), s.step)
  end }
  lu.assertEquals(md.step, 4)
end

--- Tables of options may have metamethods, and these may do anything.
function TestErrors.test_a_dynamics_closed_while_its_options_are_read()
  local function closing(options, what)
    return setmetatable(options, { __index = function() what:close() end })
  end
  local function started()
    local md = vt.md(crystal(300))
    pcall(md.run, md, { steps = 5, sample = function() error "enough" end })
    return md
  end
  for method, options in pairs{ run = { steps = 5 }, resume = { note = "text" } } do
    local md = started()
    lu.assertStrContains(message(md[method], md, closing(options, md)), "this dynamics is closed")
    md = started()
    lu.assertStrContains(message(md[method], md, closing(options, md.atoms)), "are closed")
  end
end

function TestErrors.test_a_field_that_does_not_exist()
  local md = vt.md(crystal())
  lu.assertStrContains(message(function() return md.tempo end), "MD has no field 'tempo'")
  lu.assertStrContains(message(function() return md.temprature end),
    "MD has no field 'temprature'; did you mean 'temperature'?")
  lu.assertStrContains(message(function() return md.smaples end), "did you mean 'samples'?")
  lu.assertStrContains(message(function() md.temperature = 3 end), "cannot be set")
end

os.exit(lu.LuaUnit.run())
