-- How many evaluations of the forces it takes to bring a glass at 300 K to its inherent structure,
-- by vitrum's three minimizers and by LAMMPS's conjugate gradients (min_style cg, its default).
--
--     build/vitrum tests/validation/minimize_evaluations.lua [folder] [glasses] [atoms]
--
-- Makes Cu64Zr36 glasses of 13,500 atoms with the program: random packing, 3 ps at 2000 K, 2000 to
-- 300 K at 2e14 K/s, 1 ps at 300 K, zero pressure. Every minimizer starts from the same file and
-- stops when the largest force on an atom is below 1e-4 eV/A; for LAMMPS that is `min_modify norm
-- max` with a force tolerance of 1e-4 and no energy tolerance. One thread each.
-- Needs `lmp` (package lammps) and CuZr_mm.eam.fs. Glasses already in `folder` are used again.
-- Ends with a failure unless L-BFGS takes at most 0.7 of LAMMPS's evaluations, in the median.
-- Units: A, eV, ps, K.

local vt = require "vitrum"

local folder = arg[1] or (os.tmpname() .. ".d")
local glasses = tonumber(arg[2] or "3")
local ATOMS <const> = tonumber(arg[3] or "13500")
local FMAX <const> = 1e-4
local METHODS <const> = {
  { "lbfgs", { method = "lbfgs" } },
  { "lbfgs, no springs", { method = "lbfgs", precondition = false } },
  { "cg", { method = "cg" } },
  { "cg, no springs", { method = "cg", precondition = false } },
  { "fire", { method = "fire" } },
}

local function path(name) return folder .. "/" .. name end

local function exists(name)
  local file = io.open(name)
  return file ~= nil and file:close()
end

--- Write glass number `seed` unless it is there, and return its file.
local function make_glass(potential, seed)
  local file = path(("glass-%d-%d.data"):format(ATOMS, seed))
  if exists(file) then return file end
  local glass = vt.atoms.random{ composition = { Cu = 64, Zr = 36 }, n = ATOMS, seed = seed }
  glass.potential = potential
  -- The packing has atoms far up their neighbors' walls; dynamics would throw them apart.
  vt.minimize(glass, { fmax = 0.5, pressure = 0, max_evaluations = 200 })
  glass:thermalize{ temperature = 2000, seed = seed }
  local md = vt.md(glass, { timestep = 0.002, ensemble = "npt", temperature = 2000, pressure = 0 })
  md:run{ time = 3 }
  md:run{ temperature = { 2000, 300 }, cooling_rate = 2e14 }
  md:run{ time = 1, temperature = 300 }
  glass:wrap()
  glass:save(file)
  return file
end

local LAMMPS <const> = [[
units metal
atom_style atomic
read_data %s
pair_style eam/fs
pair_coeff * * %s Cu Zr
min_style cg
min_modify norm max
minimize 0 %g 100000 100000
]]

--- Evaluations, final energy and wall time of LAMMPS.
local function lammps(file, potential)
  local input, log = path("cg.in"), path("cg.log")
  local out <close> = assert(io.open(input, "w"))
  out:write(LAMMPS:format(file, potential.file, FMAX))
  out:flush()
  assert(os.execute(("OMP_NUM_THREADS=1 lmp -in '%s' -log '%s' > /dev/null"):format(input, log)),
    "lmp failed; see " .. log)
  local text = assert(io.open(log)):read "a"
  local evaluations = tonumber(text:match "force evaluations = %d+ (%d+)")
  local energy = tonumber((text:match "final = %s*%S+%s+%S+%s+(%S+)"))
  local seconds = tonumber((text:match "Loop time of (%S+)"))
  assert(text:find("Stopping criterion = force tolerance", 1, true), "lmp did not converge")
  return evaluations, energy, seconds
end

local function median(values)
  table.sort(values)
  local n = #values
  return n % 2 == 1 and values[(n + 1) // 2] or (values[n // 2] + values[n // 2 + 1]) / 2
end

assert(os.execute(("mkdir -p '%s'"):format(folder)))
vt.quiet(true)
io.stdout:setvbuf "line"
vt.threads(1)
local potential = vt.potential.eam "CuZr_mm.eam.fs"
local shares = {}
for _, m in ipairs(METHODS) do shares[m[1]] = {} end
print(("%s  %d atoms, fmax %g eV/A"):format(os.date "!%Y-%m-%d %H:%M UTC", ATOMS, FMAX))
for seed = 1, glasses do
  local file = make_glass(potential, seed)
  local reference, energy, seconds = lammps(file, potential)
  print(("glass %d  %-18s %5d evaluations  %7.1f s  %.4f eV"):format(seed, "lmp cg", reference,
    seconds, energy))
  for _, m in ipairs(METHODS) do
    local glass = vt.atoms.read(file, { species = { "Cu", "Zr" } })
    glass.potential = potential
    m[2].fmax = FMAX
    local start = vt.clock()
    local result = vt.minimize(glass, m[2])
    assert(result.converged, result.reason)
    table.insert(shares[m[1]], result.evaluations / reference)
    print(("glass %d  %-18s %5d evaluations  %7.1f s  %.4f eV"):format(seed, m[1],
      result.evaluations, vt.clock() - start, result.energy))
  end
end
for _, m in ipairs(METHODS) do
  print(("%-18s %.2f of LAMMPS's evaluations (median)"):format(m[1], median(shares[m[1]])))
end
assert(median(shares.lbfgs) <= 0.7, "L-BFGS takes more than 0.7 of LAMMPS's evaluations")
