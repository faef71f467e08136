-- Dynamics with models of OpenKIM, by vitrum and by LAMMPS's pair_style kim, run in turn:
--
--     build/vitrum tests/bench/kim.lua [folder]
--
-- 4,000 atoms of a hot crystal, microseconds per atom and step of the best of three runs each. Both
-- with one thread, as a model computes with one. Fails when vitrum takes more than 1.1 times
-- LAMMPS's time. Inputs are made in `folder` (default build/bench). Needs `lmp` (package lammps)
-- and openkim-models. Results stand in kim.md.

local vt = require "vitrum"

local LIMIT <const> = 1.1
local RUNS <const> = math.tointeger(tonumber(os.getenv "VITRUM_BENCH_RUNS" or 3))
local folder = arg[1] or "build/bench"
assert(os.execute("mkdir -p '" .. folder .. "'"))
vt.threads(1)
vt.quiet(true)

local function diamond()
  local atoms = vt.atoms.fcc{ species = "Si", a = 5.43, cells = 8 }
  return atoms:append(atoms:copy():displace{ 1.3575, 1.3575, 1.3575 })
end

local function copper() return vt.atoms.fcc{ species = "Cu", a = 3.62, cells = 10 } end

local function alloy()
  return vt.atoms.fcc{ species = "Cu", a = 4.05, cells = 10 }
    :substitute{ from = "Cu", to = "Zr", fraction = 0.36, seed = 1 }
end

local CASES <const> = {
  { "SW_StillingerWeber_1985_Si", diamond, 200 },
  { "Tersoff_LAMMPS_Tersoff_1988T3_Si", diamond, 200 },
  { "EAM_Dynamo_MendelevKramerOtt_2009_CuZr", alloy, 100 },
  { "EMT_Asap_MetalGlass_PaduraruKenoufiBailey_2007_CuZr", alloy, 100 },
  { "MEAM_LAMMPS_Wagner_2007_Cu", copper, 30 },
}

local INPUT <const> = [[
kim_init %s metal
read_data %s
kim_interactions %s
timestep 0.001
fix nve all nve
thermo 1000000
run 10
run %d
]]

--- Seconds that LAMMPS tells of its second run.
local function by_lammps(model, data, species, steps)
  local file <close> = assert(io.open(folder .. "/in.kim", "w"))
  file:write(INPUT:format(model, data, species, steps))
  file:close()
  -- There, since LAMMPS's KIM leaves a log in the current folder.
  local command = ("cd '%s' && OMP_NUM_THREADS=1 lmp -in in.kim -log none 2>&1"):format(folder)
  local pipe <close> = assert(io.popen(command))
  local said = pipe:read "a"
  local seconds
  for word in said:gmatch "Loop time of (%S+)" do seconds = tonumber(word) end
  return seconds or error(said)
end

local function by_vitrum(atoms, steps)
  local md = vt.md(atoms, { timestep = 0.001 })
  md:run{ steps = 10 }
  local start = vt.clock()
  md:run{ steps = steps }
  return vt.clock() - start
end

local failed = false
print "| model | atoms | vitrum | LAMMPS | ratio |"
print "| --- | --- | --- | --- | --- |"
for _, case in ipairs(CASES) do
  local name, build, steps = table.unpack(case)
  local atoms, species = build(), {}
  atoms.potential = vt.potential.kim(name)
  atoms:rattle{ amplitude = 0.05, seed = 1 }:thermalize{ temperature = 1200, seed = 1 }
  vt.md(atoms, { timestep = 0.001 }):run{ steps = 100 }
  for k, s in ipairs(atoms:species()) do species[k] = s.symbol end
  local data = folder .. "/kim.data"
  atoms:save(data, { overwrite = true })
  local own, other = math.huge, math.huge
  for _ = 1, RUNS do
    local again = vt.atoms.read(data)
    again.potential = atoms.potential
    own = math.min(own, by_vitrum(again, steps))
    local listed = table.concat(species, " ")
    other = math.min(other, by_lammps(again.potential.file, "kim.data", listed, steps))
  end
  local scale = 1e6 / #atoms / steps
  failed = failed or own > LIMIT * other
  print(("| `%s` | %d | %.2f | %.2f | %.2f |"):format(name, #atoms, own * scale, other * scale,
    own / other))
end
if failed then error "vitrum takes more than 1.1 times LAMMPS's time" end
