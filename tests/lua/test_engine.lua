-- LAMMPS as the engine of dynamics: the same energies, forces and stresses, the same trajectory for
-- as long as rounding allows, the same means, what is refused, and what happens when it ends. Needs
-- the Debian packages lammps and openmpi-bin; without them only messages are tested.
local lu = require "luaunit"
local vt = require "vitrum"
local child = require "child"
local core = require "vitrum.lammps_core"
local engines = require "vitrum.engine"
local input = require "vitrum.engine.input"
local talk = require "vitrum.engine.talk"

local NONE <const> = "there is no LAMMPS called"

--- The error that f raises with the arguments given.
local function message(f, ...)
  local ok, err = pcall(f, ...)
  lu.assertFalse(ok)
  return tostring(err)
end

local has_lammps = pcall(engines.command, vt.engine.lammps(), "test")
local has_mpi = has_lammps and pcall(engines.command, vt.engine.lammps{ ranks = 2 }, "test")
if not has_lammps then print "the engine LAMMPS is not tested: it is not installed" end
if has_lammps and not has_mpi then print "two ranks are not tested: mpirun is not installed" end

-- Two ranks share a core on a machine that has only one.
local function two_ranks()
  if not has_mpi then lu.skip "mpirun is not installed" end
  return vt.engine.lammps{ ranks = 2, oversubscribe = true,
                           launcher = "env OMPI_ALLOW_RUN_AS_ROOT=1 "
                             .. "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun" }
end

--- A strained, tilted crystal of the alloy, rattled, with velocities.
local function alloy(temperature)
  local atoms = vt.atoms.fcc{ species = "Cu", a = 4, cells = 5 }
  atoms:substitute{ from = "Cu", to = "Zr", fraction = 0.36, seed = 3 }
  atoms.potential = vt.potential.eam "CuZr_mm.eam.fs"
  atoms:rattle{ amplitude = 0.1, seed = 5 }:strain{ xx = 0.01, yz = 0.03, xy = -0.02 }
  return atoms:thermalize{ temperature = temperature or 600, seed = 2 }
end

local function mixture(truncation)
  local edge = (400 / 1.2) ^ (1 / 3) * 3.4 -- a number density of 1.2 / sigma^3
  local atoms = vt.atoms.random{ composition = { A = 80, B = 20 }, n = 400, seed = 4, box = edge,
                                 masses = { A = 39.95, B = 39.95 } }
  atoms.potential = vt.potential.kob_andersen{ truncation = truncation }
  vt.minimize(atoms, { fmax = 0.1 })
  return atoms:thermalize{ temperature = 100, seed = 2 }
end

--- What LAMMPS finds for atoms as they stand: energy [eV], stress without motion [GPa], forces.
local function by_lammps(atoms)
  local lammps <close> = talk.start(vt.engine.lammps(), "test")
  core.write(atoms, lammps.data)
  local lines = input.start(atoms, "test", lammps.data)
  for _, line in ipairs { "fix 1 all nve", "run 0 post no", input.report(lammps.answers),
    ('write_dump all custom "%s" fx fy fz modify sort id format float %%.17g')
      :format(lammps.folder .. "/forces") } do
    lines[#lines + 1] = line
  end
  lammps:ask(lines, 1)
  local text, problem = lammps:wait()
  lu.assertNil(problem)
  local state, forces = input.state(text), {}
  for line in io.lines(lammps.folder .. "/forces") do
    local x, y, z = line:match "^(%S+) (%S+) (%S+) *$"
    if tonumber(x) then forces[#forces + 1] = { tonumber(x), tonumber(y), tonumber(z) } end
  end
  os.remove(lammps.folder .. "/forces")
  table.move(forces, #forces - #atoms + 1, #forces, 1)
  for i = #atoms + 1, #forces do forces[i] = nil end
  -- xx yy zz xy xz yz.
  local stress = {}
  for k, name in ipairs { "xx", "yy", "zz", "xy", "xz", "yz" } do
    stress[name] = -state[2 + k] * core.unit()
  end
  return state[2], stress, vt.array(forces)
end

TestStatic = {}

function TestStatic.setUp()
  if not has_lammps then lu.skip "LAMMPS is not installed" end
end

local function check_static(atoms, tolerance)
  local energy, stress, forces = by_lammps(atoms)
  lu.assertAlmostEquals(energy / atoms:energy(), 1, 1e-10)
  local ours, own = atoms:forces(), atoms:stress()
  lu.assertTrue((ours - forces):abs():max() <= tolerance * ours:abs():max())
  local largest = 0
  for _, value in pairs(own) do largest = math.max(largest, math.abs(value)) end
  for name, value in pairs(stress) do
    lu.assertAlmostEquals(value, own[name], tolerance * largest, name)
  end
end

function TestStatic.test_alloy_in_a_tilted_box()
  -- The kernels' tables of this file differ from LAMMPS's splines by so much
  -- (tests/validation/potentials_lammps.md).
  check_static(alloy(), 2e-9)
end

function TestStatic.test_lennard_jones()
  for _, truncation in ipairs { "shifted", "cut" } do check_static(mixture(truncation), 1e-10) end
end

function TestStatic.test_kim()
  if not pcall(vt.potential.kim, "SW_StillingerWeber_1985_Si") then
    lu.skip "models of OpenKIM are not installed"
  end
  local atoms = vt.atoms.fcc{ species = "Si", a = 5.43, cells = 2 }
  atoms = atoms:append(atoms:copy():displace{ 5.43 / 4, 5.43 / 4, 5.43 / 4 })
  atoms.potential = vt.potential.kim "SW_StillingerWeber_1985_Si"
  atoms:rattle{ amplitude = 0.1, seed = 5 }:strain{ xx = 0.01, yz = 0.03, xy = -0.02 }
  check_static(atoms:thermalize{ temperature = 300, seed = 1 }, 1e-10)
end

TestRuns = {}
TestRuns.setUp = TestStatic.setUp

function TestRuns.test_trajectory_is_vitrums()
  local atoms, engine = alloy(), two_ranks()
  local ours, theirs = vt.md(atoms:copy()), vt.md(atoms:copy(), { engine = engine })
  for _, md in ipairs { ours, theirs } do md:run{ steps = 16, every = 0.008 } end
  local a, b = ours:samples(), theirs:samples()
  lu.assertEquals(b.step:totable(), { 0, 4, 8, 12, 16 })
  for _, name in ipairs { "time", "temperature", "potential_energy", "kinetic_energy", "volume",
                          "enthalpy", "conserved", "lx", "xy" } do
    for k = 1, 5 do
      lu.assertAlmostEquals(b[name][k], a[name][k], 1e-6 * math.max(1, math.abs(a[name][k])), name)
    end
  end
  for name, values in pairs(a.stress) do
    lu.assertTrue((values - b.stress[name]):abs():max() < 1e-6 * 30, name) -- of some 30 GPa
  end
  lu.assertEquals({ theirs.step, theirs.remaining }, { 16, 0 })
  lu.assertAlmostEquals(theirs.atoms:energy(), b.potential_energy[5], 1e-9 * 3000)
  lu.assertTrue((ours.atoms:velocities() - theirs.atoms:velocities()):abs():max() < 1e-6)
end

function TestRuns.test_run_goes_on_where_it_ended()
  local engine, atoms = vt.engine.lammps(), alloy()
  local whole, parts = vt.md(atoms:copy(), { engine = engine }), vt.md(atoms, { engine = engine })
  whole:run{ steps = 20 }
  parts:run{ steps = 8 }:run{ steps = 12 }
  lu.assertEquals(parts.step, 20)
  lu.assertTrue((whole.atoms:velocities() - parts.atoms:velocities()):abs():max() < 1e-7)
end

function TestRuns.test_strain_follows_the_plan()
  for _, measure in ipairs { "engineering", "true" } do
    local md = vt.md(alloy(), { ensemble = "npt", stress = { xx = 0, yy = 0 }, temperature = 300,
                                engine = vt.engine.lammps() })
    local first = md:measure().lz
    for n = 1, 2 do
      md:run{ strain_rate = { zz = 1e11 }, strain = 0.002 * 5, every = 0.02,
              strain_measure = measure }
      local s = md:samples()
      local strain = 0.01 * n
      lu.assertAlmostEquals(s.strain[#s.strain], strain, 1e-12)
      lu.assertAlmostEquals(s.lz[#s.lz] / first, measure == "true" and math.exp(strain)
        or 1 + strain, 1e-10)
      lu.assertTrue(math.abs(s.lx[#s.lx] - s.lx[1]) > 1e-6) -- which the barostat moves
    end
  end
end

function TestRuns.test_ramp_is_that_of_the_plan()
  local md = vt.md(alloy(300), { ensemble = "langevin", temperature = 300, seed = 4,
                                 temperature_damping = 0.02, engine = vt.engine.lammps() })
  md:run{ temperature = { 300, 900 }, time = 0.6, every = 0.1 }
  local s = md:samples()
  lu.assertAlmostEquals(s.target_temperature[4], 600, 1e-9)
  lu.assertAlmostEquals(s.temperature[#s.temperature], 900, 150)
end

function TestRuns.test_pressure_and_temperature_are_held()
  local md = vt.md(mixture "shifted", { ensemble = "npt", temperature = 60, pressure = 0.5,
                                        timestep = 0.005, pressure_damping = 0.5,
                                        engine = vt.engine.lammps() })
  md:run{ time = 5 }
  md:run{ time = 15, every = 0.1 }
  local s = md:samples()
  lu.assertAlmostEquals(s.temperature:mean(), 60, 3)
  lu.assertAlmostEquals(s.pressure:mean(), 0.5, 0.05)
  lu.assertAlmostEquals(s.conserved:max() - s.conserved:min(), 0, 0.2) -- of some 6 eV of motion
end

TestFiles = {}
TestFiles.setUp = TestStatic.setUp

function TestFiles.test_stopped_run_is_resumed_from_its_checkpoint()
  local folder = child.folder()
  local path, csv = folder .. "/run.checkpoint", folder .. "/run.csv"
  local md = vt.md(alloy(), { engine = vt.engine.lammps() })
  lu.assertStrContains(message(md.run, md, { steps = 30, every = 0.02, csv = csv, checkpoint = path,
    sample = function(s) if s.step == 10 then error "enough" end end }), "enough")
  lu.assertEquals(md.step, 10)
  local atoms, restored = vt.md_restore(path)
  lu.assertEquals(core.model(atoms).name, "eam/fs")
  restored:resume{ sample = function() end }
  lu.assertEquals(restored:samples().step:totable(), { 0, 10, 20, 30 })
  local file <close> = assert(io.open(csv))
  local text = file:read "a"
  lu.assertStrContains(text, "by LAMMPS, 1 rank")
  lu.assertEquals(select(2, text:gsub("\n%d", "")), 4)
  -- Here the run can end without LAMMPS, too.
  local _, native = vt.md_restore(path, { engine = false })
  lu.assertEquals(native.step, 30)
  child.remove(folder)
end

function TestFiles.test_killed_rank_leaves_the_last_sample()
  local md = vt.md(alloy(), { engine = two_ranks() })
  local start
  local text = message(md.run, md, { steps = 100000, every = 0.02, sample = function(s)
    if s.step == 20 then
      start = vt.clock()
      local pipe <close> = assert(io.popen "ps -eo pid=,ppid=,comm=")
      local parents = {}
      for line in pipe:lines() do
        local pid, parent, name = line:match "(%d+)%s+(%d+)%s+(%S+)"
        parents[pid] = { parent, name }
      end
      -- A rank of this test and of no other: its launcher is a child of this process.
      local own <close> = assert(io.open "/proc/self/stat")
      local me = own:read "n" .. ""
      for pid, entry in pairs(parents) do
        local launcher = parents[entry[1]]
        if entry[2] == "lmp" and launcher and launcher[1] == me then
          os.execute("kill -9 " .. pid)
          break
        end
      end
    end
  end })
  lu.assertTrue(vt.clock() - start < 30) -- it does not wait for what never comes; 2 s were measured
  lu.assertStrContains(text, "LAMMPS ended")
  lu.assertStrContains(text, "signal 9")
  lu.assertTrue(md.step >= 20)
  local steps = md:samples().step
  lu.assertEquals(steps[#steps], md.step)
  md:run{ steps = 1 }
end

TestProtocols = {}
TestProtocols.setUp = TestStatic.setUp

function TestProtocols.test_quench_on_lammps()
  local folder = child.folder()
  local script = os.getenv "VITRUM_SOURCE" .. "/scripts/quench.lua"
  local output, status = child.vitrum(folder, script .. " preset=test engine=lammps out=run "
    .. "melt_time=0.2 cooling_rate=5e15 relax_time=0.2 sample_every=0.1")
  lu.assertEquals(status, 0, output)
  local file <close> = assert(io.open(folder .. "/run/report.html"))
  lu.assertStrContains(file:read "a", "Results")
  lu.assertStrContains(child.read(folder .. "/run/thermo.csv"), "# engine: LAMMPS")
  child.remove(folder)
end

TestRefused = {}

function TestRefused.test_programs_that_are_missing()
  local atoms = mixture "shifted"
  lu.assertStrContains(message(vt.md, atoms, { engine = vt.engine.lammps{ program = "no-lmp" } }),
    NONE .. " 'no-lmp'")
  if not has_lammps then return end
  lu.assertStrContains(message(vt.md, atoms, { engine = vt.engine.lammps{ ranks = 3,
    launcher = "no-mpirun -x" } }), "3 ranks are started by 'no-mpirun', which is not here")
end

function TestRefused.test_what_lammps_cannot_do()
  if not has_lammps then lu.skip "LAMMPS is not installed" end
  local engine = vt.engine.lammps()
  local atoms = alloy()
  local tapered = atoms:copy()
  tapered.potential = vt.potential.eam("CuZr_mm.eam.fs", { taper = 0.3 })
  lu.assertStrContains(message(vt.md, tapered, { engine = engine }), "cannot taper")
  lu.assertStrContains(message(vt.md, atoms, { engine = engine, precision = "mixed" }),
    "option 'precision'")
  lu.assertStrContains(message(vt.md, atoms, { engine = "lammps" }), "must be what "
    .. "vt.engine.lammps{ ranks = 4 } gives")
  local md = vt.md(atoms, { engine = engine })
  lu.assertStrContains(message(md.run, md, { strain_rate = { zz = 1e9 }, time = 1 }),
    "only a thermostat makes good")
  md = vt.md(atoms, { ensemble = "npt", barostat = "axes", engine = engine })
  lu.assertStrContains(message(md.run, md, { strain_rate = { xy = 1e9 }, time = 1 }),
    "LAMMPS shears xy by the height")
  md = vt.md(atoms, { ensemble = "nvt", chain_steps = 1, engine = engine })
  lu.assertStrContains(message(md.run, md, { time = 1 }), "'chain_steps' has no meaning")
end

function TestRefused.test_lammps_says_what_is_wrong()
  if not has_lammps then lu.skip "LAMMPS is not installed" end
  local folder = child.folder()
  local program = folder .. "/lmp"
  local file <close> = assert(io.open(program, "w"))
  file:write "#!/bin/sh\nsed -u 's|eam/fs$|eam/none|' | lmp \"$@\"\n"
  file:close()
  os.execute("chmod +x " .. program)
  local md = vt.md(alloy(), { engine = vt.engine.lammps{ program = program } })
  lu.assertStrContains(message(md.run, md, { time = 1 }), "LAMMPS ended: ERROR: Unrecognized pair "
    .. "style 'eam/none'")
  lu.assertEquals(md.step, 0)
  child.remove(folder)
end

function TestRefused.test_more_ranks_than_slots()
  local engine = two_ranks()
  local md = vt.md(alloy(), { engine = vt.engine.lammps{ ranks = 999,
                                                         launcher = engine.launcher } })
  lu.assertStrContains(message(md.run, md, { time = 1 }), "not enough slots available")
end

os.exit(lu.LuaUnit.run(), true)
