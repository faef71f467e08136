-- Run by md.sh, which says what this measures. Each case runs LAMMPS and vitrum in turn, several
-- times, and prints the median of both and of the ratios of neighbors in time.
local vt = require "vitrum"

local ROUNDS <const> = 7 -- of dynamics
local REPEATS <const> = 3 -- of minimizations
local ATOMS <const> = 13500
local SHARED <const> = os.getenv "VITRUM_SHARED" or "../shared"
local SHENG <const> = SHARED .. "/potentials/ZrCuAl2011.eam.alloy"
local MENDELEV <const> = "CuZr_mm.eam.fs"
local SCRIPT <const> = "tests/bench/md.lua"
local PROGRAM <const> = "build/vitrum"

local folder = arg[1]

local function exists(path)
  local file = io.open(path)
  return file ~= nil and file:close()
end

local function output_of(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read "a"
  if not pipe:close() then error(("%s\nfailed:\n%s"):format(command, text), 0) end
  return text
end

local function median(list)
  local sorted = table.move(list, 1, #list, 1, {})
  table.sort(sorted)
  return sorted[(#sorted + 1) // 2]
end

-- ---------------------------------------------------------------- inputs ----

--- A thermal glass at 300 K: random, minimized, molten and cooled within `time` (6) ps.
local function make_glass(path, potential, time, atoms)
  if exists(path) then return end
  local glass = vt.atoms.random { composition = "Cu64Zr36", n = atoms or ATOMS, seed = 1 }
  glass.potential = potential
  vt.minimize(glass, { fmax = 0.05, max_evaluations = 300 })
  local md = vt.md(glass, { ensemble = "npt", temperature = 1500, pressure = 0 })
  md:run { time = 2 }
  md:run { time = time or 6, temperature = { 1500, 300 } }
  md:run { time = 1, temperature = 300 }
  glass:save(path, { format = "data" })
end

local function kob_andersen()
  return vt.potential.kob_andersen { epsilon = 0.1, sigma = 2.385, mass = 60 }
end

--- The mixture of Kob and Andersen at its usual density, liquid at T = 0.52 epsilon/k.
local function make_mixture(path)
  if exists(path) then return end
  local liquid = vt.atoms.random { composition = "A80B20", n = ATOMS, seed = 1,
                                   number_density = 1.2 / 2.385 ^ 3, masses = { A = 60, B = 60 } }
  liquid.potential = kob_andersen()
  vt.minimize(liquid, { fmax = 0.05, max_evaluations = 300 })
  vt.md(liquid, { ensemble = "nvt", temperature = 600 }):run { time = 2 }
  liquid:save(path, { format = "data" })
end

-- ---------------------------------------------------------------- one measurement ----

local function load_atoms(path, potential)
  local species = potential == "lj" and { "A", "B" } or { "Cu", "Zr" }
  local atoms = vt.atoms.read(path, { species = species })
  atoms.potential = potential == "lj" and kob_andersen() or vt.potential.eam(potential)
  return atoms
end

--- In a process of its own: microseconds per atom and step of `steps` steps.
local function run(path, potential, mode, steps)
  local atoms = load_atoms(path, potential)
  local options = { timestep = 0.002, ensemble = mode == "npt" and "npt" or "nve" }
  if mode == "npt" then options.temperature, options.pressure = 300, 0 end
  if mode == "mixed" then options.precision = "mixed" end
  local md = vt.md(atoms, options)
  md:run { steps = 10, every = 0.02 }
  local plan = { steps = steps, every = steps * 0.002 }
  if mode == "strain" then plan.strain_rate = { xx = 1e10 } end
  if mode == "sampled" or mode == "callback" then plan.every = 0.002 end
  local seen = 0
  if mode == "callback" then plan.sample = function(s) seen = seen + s.temperature end end
  local start = vt.clock()
  md:run(plan)
  print((vt.clock() - start) / steps / #atoms * 1e6)
end

local function minimize(path, potential)
  local atoms = load_atoms(path, potential)
  local start = vt.clock()
  local result = vt.minimize(atoms, { fmax = 1e-4, max_evaluations = 20000 })
  local time = vt.clock() - start
  assert(result.reason ~= "evaluations used up", "the minimization did not end")
  print(time, result.evaluations, result.fmax, result.energy)
end

local function command_of(what, path, potential, mode, steps, threads)
  return ("VITRUM_THREADS=%d %s %s %s '%s' %s %s %s %d"):format(threads or 1, PROGRAM, SCRIPT,
    folder, what, path, potential, mode or "nve", steps or 300)
end

--- The numbers that vitrum prints when it runs `what` in a process of its own.
local function ours(...)
  local text = output_of(command_of(...))
  local numbers = {}
  for word in text:gmatch "%S+" do numbers[#numbers + 1] = tonumber(word) end
  if #numbers == 0 then error(text, 0) end
  return table.unpack(numbers)
end

--- How many steps two processes of one thread take together, in the time of one step of one alone,
--- which took `alone`: what the processor leaves to two threads that never wait for each other.
local function two_at_once(alone, ...)
  local command, pipes, rate = command_of(...), {}, 0
  for k = 1, 2 do pipes[k] = assert(io.popen(command)) end
  for _, pipe in ipairs(pipes) do
    rate = rate + alone / tonumber(pipe:read "a")
    pipe:close()
  end
  return rate
end

-- ---------------------------------------------------------------- LAMMPS ----

local INPUT <const> = [[
units metal
atom_style atomic
boundary p p p
read_data %s
%s
neighbor %s bin
neigh_modify every 1 delay 0 check yes
timestep 0.002
thermo 100000
]]

local LJ <const> = [[
pair_style lj/cut 5.9625
pair_coeff 1 1 0.1 2.385 5.9625
pair_coeff 1 2 0.15 1.908 4.77
pair_coeff 2 2 0.05 2.0988 5.247
pair_modify shift yes]]

local function style_of(potential)
  if potential == "lj" then return LJ end
  local found = potential
  for _, place in ipairs { "", "/usr/share/lammps/potentials/" } do
    if exists(place .. potential) then found = place .. potential end
  end
  return ("pair_style eam/%s\npair_coeff * * %s Cu Zr"):format(potential:match "%.(%w+)$", found)
end

local function theirs(path, potential, commands)
  local input = folder .. "/in.lammps"
  local skin = potential == "lj" and "0.8" or "1.0"
  vt.write_file(input, INPUT:format(path, style_of(potential), skin) .. commands,
                { overwrite = true })
  return output_of(("OMP_NUM_THREADS=1 lmp -sf opt -in %s -log none"):format(input))
end

local function their_steps(path, potential, steps)
  local text = theirs(path, potential, ("fix 1 all nve\nrun 10\nrun %d\n"):format(steps))
  local seconds
  for s in text:gmatch "Loop time of ([%d.]+)" do seconds = tonumber(s) end
  return seconds / steps / ATOMS * 1e6
end

-- ---------------------------------------------------------------- cases ----

local function row(name, mine, peer, ratio, note)
  print(("%-34s %9.3f %9s %7.2f  %s"):format(name, mine, peer and ("%.3f"):format(peer) or "-",
                                              ratio, note or ""))
end

--- Runs the variants in turn with the peer, which comes before each that asks for it, and prints a
--- row for each.
local function compare(title, path, potential, variants)
  print(("\n%s, %d atoms: us/atom/step"):format(title, ATOMS))
  print(("%-34s %9s %9s %7s"):format("", "vitrum", "LAMMPS", "ratio"))
  local mine, ratios, of_first, peers, at_once = {}, {}, {}, {}, {}
  for round = 1, ROUNDS do
    local peer
    for k, v in ipairs(variants) do
      if v.after_peer then
        peer = their_steps(path, potential, 100)
        peers[#peers + 1] = peer
      end
      local t = ours("one run", path, potential, v.mode, 300, v.threads)
      mine[k], ratios[k], of_first[k] = mine[k] or {}, ratios[k] or {}, of_first[k] or {}
      mine[k][round] = t
      ratios[k][round], of_first[k][round] = peer / t, t / mine[1][round]
    end
    at_once[round] = two_at_once(mine[1][round], "one run", path, potential, "nve", 300)
  end
  for k, v in ipairs(variants) do
    row(v.name, median(mine[k]), median(peers), median(ratios[k]),
        v.mode ~= "nve" and ("%.3f of the first row"):format(median(of_first[k])))
  end
  print(("two threads: %.2f times one; two processes at once: %.2f"):format(
    1 / median(of_first[2]), median(at_once)))
end

local VARIANTS <const> = {
  { name = "NVE, 1 thread", mode = "nve", after_peer = true },
  { name = "NVE, 2 threads", mode = "nve", threads = 2 },
  { name = "NVE, mixed precision", mode = "mixed", after_peer = true },
  { name = "NPT", mode = "npt" },
  { name = "strained along x", mode = "strain" },
  { name = "energy and stress every step", mode = "sampled" },
  { name = "and a Lua function every step", mode = "callback" },
}

local CASES = {}

function CASES.sheng()
  if not exists(SHENG) then return print("skipped: " .. SHENG .. " is missing") end
  local path = folder .. "/sheng.data"
  make_glass(path, vt.potential.eam(SHENG))
  compare("Cu64Zr36, ZrCuAl2011.eam.alloy", path, SHENG, VARIANTS)
end

function CASES.mendelev()
  local path = folder .. "/mendelev.data"
  make_glass(path, vt.potential.eam(MENDELEV))
  compare("Cu64Zr36, CuZr_mm.eam.fs", path, MENDELEV, VARIANTS)
end

function CASES.lj()
  local path = folder .. "/lj.data"
  make_mixture(path)
  compare("Kob-Andersen mixture", path, "lj", { VARIANTS[1], VARIANTS[2] })
end

--- To 1e-4 eV/A from glasses cooled in 6, 24 and 80 ps. Both programs may end above it: the forces
--- of this potential jump at its cutoff.
function CASES.minimize()
  if not exists(SHENG) then return print("skipped: " .. SHENG .. " is missing") end
  print "\nminimization of glasses at 300 K to 1e-4 eV/A: seconds (evaluations; fmax, energy)"
  for _, time in ipairs { 6, 24, 80 } do
    local path = ("%s/sheng%d.data"):format(folder, time)
    make_glass(path, vt.potential.eam(SHENG), time)
    for _ = 1, REPEATS do
      local text = theirs(path, SHENG, "variable f atom sqrt(fx*fx+fy*fy+fz*fz)\n"
                          .. "compute m all reduce max v_f\nthermo_style custom step pe c_m\n"
                          .. "min_style cg\nmin_modify norm max\n"
                          .. "minimize 0 1e-4 10000 20000\nrun 0\n")
      local seconds = tonumber(text:match "Loop time of ([%d.]+)")
      local evaluations = text:match "force evaluations = %d+ (%d+)"
      local energy, their_fmax = text:match(
        "Step PotEng c_m%s+%d+%s+(%S+)%s+(%S+)%s+Loop time of %S+ on 1 procs for 0")
      local t, n, fmax, mine = ours("one minimization", path, SHENG)
      print(("%2d ps: L-BFGS %.1f (%d; %.1e, %.3f)  min_style cg %.1f (%s; %.1e, %.3f)  ratio %.2f")
        :format(time, t, n, fmax, mine, seconds, evaluations, tonumber(their_fmax),
                tonumber(energy), seconds / t))
    end
  end
end

--- In one process, all sizes in turn in slices of a few seconds, since the processor is now faster
--- and now slower; sums over the slices, since only some of them hold a list build. WARM_UP leaves
--- behind that replicas start with equal places and twice the temperature.
local SLICES <const>, WARM_UP <const>, SLICE_WORK <const>, LEAST_STEPS <const> = 12, 120, 8e6, 24

local function compare_sizes(cases)
  local slice, cost = {}, {}
  for k, case in ipairs(cases) do
    local atoms = load_atoms(case.path, SHENG)
    if case.times > 1 then
      atoms = atoms:replicate(case.times, case.times, case.times)
      atoms:thermalize { temperature = 580, seed = 3 } -- half of it goes into the positions
    end
    local md = vt.md(atoms, { timestep = 0.002 })
    md:run { steps = WARM_UP, every = WARM_UP * 0.002 }
    local steps = math.max(LEAST_STEPS, SLICE_WORK // #atoms)
    cost[k] = 0
    slice[k] = function()
      local start = vt.clock()
      md:run { steps = steps, every = steps * 0.002 }
      return (vt.clock() - start) / steps / #atoms * 1e6
    end
  end
  for _ = 1, SLICES do
    for k in ipairs(cases) do cost[k] = cost[k] + slice[k]() / SLICES end
  end
  for k in ipairs(cases) do print(cost[k], cost[k] / cost[1]) end
end

--- In a process of its own: bytes resident per atom, with all that a long run comes to hold.
local function measure_memory(case)
  local atoms = load_atoms(case.path, SHENG):replicate(case.times, case.times, case.times)
  atoms:thermalize { temperature = 580, seed = 3 }
  vt.md(atoms, { timestep = 0.002 }):run { steps = 110, every = 0.2 }
  local status = io.open "/proc/self/status"
  print(status and tonumber(status:read("a"):match "VmRSS:%s*(%d+)") * 1024 / #atoms or 0)
end

local SIZES <const> = { { atoms = 4000, times = 1 }, { atoms = ATOMS, times = 1 },
                        { atoms = ATOMS, times = 2 }, { atoms = ATOMS, times = 3 },
                        { atoms = 15625, times = 4 } }
for _, case in ipairs(SIZES) do case.path = ("%s/size%d.data"):format(folder, case.atoms) end

function CASES.size()
  if not exists(SHENG) then return print("skipped: " .. SHENG .. " is missing") end
  print("\ncost against size, ZrCuAl2011.eam.alloy, NVE, 1 thread, slices in turn")
  for _, case in ipairs(SIZES) do
    make_glass(case.path, vt.potential.eam(SHENG), 6, case.atoms)
  end
  local again = ("VITRUM_THREADS=1 %s %s '%s' '%%s' %%d"):format(PROGRAM, SCRIPT, folder)
  local numbers = output_of(again:format("sizes in turn", 0)):gmatch "%S+"
  local sizes, costs = {}, {}
  for k, case in ipairs(SIZES) do
    sizes[k], costs[k] = case.atoms * case.times ^ 3, tonumber(numbers())
    print(("%8d atoms  %.3f us/atom/step  %.2f of the first  %.0f bytes/atom resident"):format(
      sizes[k], costs[k], tonumber(numbers()), output_of(again:format("one memory", k))))
  end
  vt.plot(sizes, costs,
          { xlabel = "atoms", ylabel = "us per atom and step", logx = true,
            yrange = { 0, 1.5 * math.max(table.unpack(costs)) },
            style = "linespoints", file = folder .. "/size.svg", overwrite = true })
end

--- Endless loops, one for each processor; calling what it returns ends them.
local function keep_busy()
  local pids = {}
  for _ = 1, tonumber(output_of "nproc") do
    pids[#pids + 1] = output_of "sh -c 'while :; do :; done' >/dev/null 2>&1 & echo $!":match "%d+"
  end
  return function() output_of("kill " .. table.concat(pids, " ")) end
end

--- Steps a second with one thread and with two, in turn.
local function race(path, atoms)
  local rates, gains = { {}, {} }, {}
  local steps = 4000000 // atoms
  for round = 1, ROUNDS do
    for threads = 1, 2 do
      local t = ours("one run", path, SHENG, "nve", steps, threads)
      rates[threads][round] = 1e6 / t / atoms
    end
    gains[round] = rates[2][round] / rates[1][round]
  end
  return median(rates[1]), median(rates[2]), median(gains)
end

function CASES.busy()
  if not exists(SHENG) then return print("skipped: " .. SHENG .. " is missing") end
  print "\nsteps/s with one and two threads: alone, and beside an endless loop on every processor"
  for _, atoms in ipairs { 1000, 4000, ATOMS } do
    local path = ("%s/size%d.data"):format(folder, atoms)
    make_glass(path, vt.potential.eam(SHENG), 6, atoms)
    local one, two, gain = race(path, atoms)
    local stop = keep_busy()
    local done, busy_one, busy_two, busy_gain = pcall(race, path, atoms)
    stop()
    if not done then error(busy_one, 0) end
    print(("%6d atoms  alone %6.0f %6.0f  %.2f   busy %6.0f %6.0f  %.2f"):format(
      atoms, one, two, gain, busy_one, busy_two, busy_gain))
  end
end

if arg[2] ~= nil and not CASES[arg[2]] then vt.quiet(true) end -- numbers alone
if arg[2] == "one run" then
  return run(arg[3], arg[4], arg[5], tonumber(arg[6]))
elseif arg[2] == "sizes in turn" then
  return compare_sizes(SIZES)
elseif arg[2] == "one memory" then
  return measure_memory(SIZES[tonumber(arg[3])])
elseif arg[2] == "one minimization" then
  return minimize(arg[3], arg[4])
end
local wanted = { table.unpack(arg, 2) }
if #wanted == 0 then wanted = { "sheng", "mendelev", "lj", "minimize", "size", "busy" } end
for _, name in ipairs(wanted) do
  if not CASES[name] then error("no case '" .. name .. "'; see the head of md.sh", 0) end
  CASES[name]()
end
