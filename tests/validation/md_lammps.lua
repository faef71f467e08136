-- Mean volume and energy of a Cu64Zr36 alloy at 300, 1000 and 2000 K and zero pressure, by vitrum
-- and by LAMMPS from the same configurations.
--
--     build/vitrum tests/validation/md_lammps.lua [folder] [scale] [temperature ...]
--
-- Needs `lmp` (package lammps) and CuZr_mm.eam.fs. Writes into `folder` (default: a new one under
-- the system's temporary folder); `scale` multiplies the lengths of the runs. With temperatures,
-- only those are compared, so that several processes can share the work in one folder. Ends with
-- a failure when a difference exceeds 4 standard errors.
--
-- Recorded 2026-11-21 with LAMMPS of 29 Sep 2021 (Debian 12), scale 0.6 for the comparison and 1
-- for the starts, 2000 atoms, one thread each:
--   T [K]  quantity           vitrum                 LAMMPS                 difference/error
--   300    volume [A^3/atom]    16.31863 +- 0.00073    16.32103 +- 0.00097  -1.97
--   300    energy [eV/atom]     -4.37509 +- 0.00011    -4.37513 +- 0.00008  +0.25
--   1000   volume [A^3/atom]    16.64195 +- 0.00313    16.63796 +- 0.00494  +0.68
--   1000   energy [eV/atom]     -4.26348 +- 0.00087    -4.26334 +- 0.00120  -0.10
--   2000   volume [A^3/atom]    17.63829 +- 0.00738    17.63055 +- 0.00617  +0.80
--   2000   energy [eV/atom]     -4.00444 +- 0.00084    -4.00517 +- 0.00098  +0.57
-- Over a few hundred steps the two programs follow the same trajectory: with scale 0.02 (0.16 ps,
-- then 0.48 ps of averages) volumes agree to 3e-4 A^3/atom and energies to 1e-4 eV/atom.
-- Units: A, eV, ps, K.

local vt = require "vitrum"

local folder = arg[1] or (os.tmpname() .. ".d")
local scale = tonumber(arg[2] or "1")

local ATOMS <const> = 2000
local TIMESTEP <const> = 0.002
local MELT <const> = 10 * scale        -- at 2000 K, from random packing
local COOLING <const> = 5e13 / scale   -- K/s
local SETTLE <const> = 8 * scale       -- at each temperature, before averages
local AVERAGE <const> = 24 * scale
local EVERY <const> = 0.02
local BLOCKS <const> = 12
local TEMPERATURES <const> = { 2000, 1000, 300 }
local LIMIT <const> = 4                -- standard errors: chance of one in 16,000 each

local function path(name) return folder .. "/" .. name end

local function exists(name)
  local file = io.open(path(name))
  return file ~= nil and file:close()
end

--- Mean and standard error from block means.
local function mean_and_error(values)
  local size, means = #values // BLOCKS, {}
  for b = 0, BLOCKS - 1 do
    local sum = 0
    for i = b * size + 1, (b + 1) * size do sum = sum + values[i] end
    means[b + 1] = sum / size
  end
  local mean, squares = 0, 0
  for _, m in ipairs(means) do mean = mean + m / BLOCKS end
  for _, m in ipairs(means) do squares = squares + (m - mean) ^ 2 end
  return mean, math.sqrt(squares / (BLOCKS * (BLOCKS - 1)))
end

--- One configuration for each temperature, along one quench.
local function make_starts(potential)
  local glass = vt.atoms.random{ composition = { Cu = 64, Zr = 36 }, n = ATOMS, seed = 17 }
  glass.potential = potential
  local md = vt.md(glass, { ensemble = "npt", temperature = 2000, pressure = 0, seed = 17,
                            timestep = TIMESTEP })
  md:run{ time = MELT }
  for _, temperature in ipairs(TEMPERATURES) do
    if temperature ~= md.temperature then
      md:run{ temperature = temperature, cooling_rate = COOLING }
    end
    glass:save(path(temperature .. ".data"))
  end
end

--- Volume and potential energy per atom of all samples.
local function run_vitrum(temperature, potential)
  local glass = vt.atoms.read(path(temperature .. ".data"), { species = { "Cu", "Zr" } })
  glass.potential = potential
  local md = vt.md(glass, { ensemble = "npt", temperature = temperature, pressure = 0,
                            timestep = TIMESTEP })
  md:run{ time = SETTLE }
  local volume, energy = {}, {}
  md:run{ time = AVERAGE, every = EVERY, sample = function(s)
    volume[#volume + 1] = s.volume / ATOMS
    energy[#energy + 1] = s.potential_energy / ATOMS
  end }
  return volume, energy
end

local INPUT <const> = [[
units metal
atom_style atomic
read_data %s
pair_style eam/fs
pair_coeff * * %s Cu Zr
timestep %g
fix 1 all npt temp %g %g 0.2 iso 0 0 2
thermo 1000
run %d
fix 2 all print %d "$(vol) $(pe)" file %s screen no title "# volume energy"
run %d
]]

local function run_lammps(temperature, potential)
  local script, out = path(temperature .. ".in"), path(temperature .. ".lammps.txt")
  local file = assert(io.open(script, "w"))
  file:write(INPUT:format(path(temperature .. ".data"), potential.file, TIMESTEP, temperature,
                          temperature, math.floor(SETTLE / TIMESTEP + 0.5),
                          math.floor(EVERY / TIMESTEP + 0.5), out,
                          math.floor(AVERAGE / TIMESTEP + 0.5)))
  file:close()
  assert(os.execute(("OMP_NUM_THREADS=1 lmp -in %s -log %s -screen none")
    :format(script, path(temperature .. ".log"))))
  local volume, energy = {}, {}
  for line in io.lines(out) do
    local v, e = line:match "^([%d.e+-]+) ([%d.e+-]+)$"
    if v then
      volume[#volume + 1] = tonumber(v) / ATOMS
      energy[#energy + 1] = tonumber(e) / ATOMS
    end
  end
  return volume, energy
end

os.execute("mkdir -p " .. folder)
local potential = vt.potential.eam "CuZr_mm.eam.fs"
if not exists "300.data" then make_starts(potential) end

local compared = {}
for k = 3, #arg do compared[#compared + 1] = math.tointeger(tonumber(arg[k])) end
if #compared == 0 then compared = TEMPERATURES end

local worst = 0
print "T [K]  quantity           vitrum                 LAMMPS                 difference/error"
for _, temperature in ipairs(compared) do
  local ours = { run_vitrum(temperature, potential) }
  local theirs = { run_lammps(temperature, potential) }
  for k, name in ipairs{ "volume [A^3/atom]", "energy [eV/atom] " } do
    local m1, e1 = mean_and_error(ours[k])
    local m2, e2 = mean_and_error(theirs[k])
    local ratio = (m1 - m2) / math.sqrt(e1 ^ 2 + e2 ^ 2)
    worst = math.max(worst, math.abs(ratio))
    print(("%-6d %s  %10.5f +- %.5f  %10.5f +- %.5f  %+.2f")
      :format(temperature, name, m1, e1, m2, e2, ratio))
  end
end
print(("largest difference: %.2f standard errors (limit %g)"):format(worst, LIMIT))
os.exit(worst <= LIMIT)
