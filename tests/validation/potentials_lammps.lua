-- Energies and forces with every EAM file that people are likely to have, by vitrum and by LAMMPS.
--
--     build/vitrum tests/validation/potentials_lammps.lua [folder ...]
--
-- Takes the files *.eam*, *.cdeam and *.adp of the folders (default: those of the Debian package
-- lammps-data) and some mixtures of its funcfl files. Each is given a rattled, strained fcc crystal
-- of 256 atoms that holds all of its species in turn. A file is either read, and then energy and
-- forces must be those of LAMMPS, or refused with the name of its kind. Ends with a failure when an
-- energy differs by more than 1e-8 of it, a force by more than 1e-6 eV/A, or a file is refused that
-- is of a kind that vitrum has. Needs `lmp` (package lammps). Results stand in
-- potentials_lammps.md. Units: A, eV.

local vt = require "vitrum"
local system = require "vitrum.system"

local LAMMPS_DATA <const> = "/usr/share/lammps/potentials"
local ENERGY_LIMIT <const> = 1e-8 -- relative
local FORCE_LIMIT <const> = 1e-6 -- eV/A
local MIXTURES <const> = {
  { "Cu_u3.eam", "Ag_u3.eam" },
  { "Cu_smf7.eam", "Al_jnp.eam" },
  { "Pt_u3.eam", "Ni_smf7.eam", "Cu_u6.eam" },
  { "Ag_u3.eam", "Au_u3.eam", "Cu_u3.eam", "Ni_u3.eam", "Pd_u3.eam", "Pt_u3.eam" },
}

local folder = os.tmpname() .. ".d"
assert(os.execute("mkdir '" .. folder .. "'"))

local function path(name) return folder .. "/" .. name end

--- A crystal with all species of the potential, in turn along the atoms.
local function crystal(potential)
  local symbols, composition = {}, {}
  for k, s in ipairs(potential.species) do
    symbols[k], composition[s.symbol] = s.symbol, 1
  end
  local known, guess = pcall(vt.atoms.random, { composition = composition, n = 60 })
  local volume = known and guess:volume() / 60 or 14 -- of an atom
  local atoms = vt.atoms.fcc{ species = symbols[1], a = (4 * volume) ^ (1 / 3), cells = 4 }
  local lines = { "crystal", "", #atoms .. " atoms", #symbols .. " atom types", "" }
  local function add(format, ...) lines[#lines + 1] = format:format(...) end
  atoms:rattle{ amplitude = 0.12, seed = 9 }
  local edge = (4 * volume) ^ (1 / 3) * 4
  for _, axis in ipairs{ "x", "y", "z" } do add("0 %.17g %slo %shi", edge, axis, axis) end
  add("%.17g %.17g %.17g xy xz yz\n\nMasses\n", 0.03 * edge, -0.02 * edge, 0.05 * edge)
  for k, s in ipairs(potential.species) do add("%d %.17g # %s", k, s.mass, s.symbol) end
  add "\nAtoms # atomic\n"
  local x = atoms:positions()
  for i = 1, #atoms do
    add("%d %d %.17g %.17g %.17g", i, i % #symbols + 1, x[i][1], x[i][2], x[i][3])
  end
  local file <close> = assert(io.open(path "crystal.data", "w"))
  file:write(table.concat(lines, "\n"), "\n")
  return symbols
end

local INPUT <const> = [[
units metal
atom_style atomic
read_data %s
pair_style %s
%s
thermo_style custom pe
thermo_modify format float %%.16g
dump d all custom 1 %s fx fy fz
dump_modify d sort id format float %%.16g
run 0
]]

--- Energy and forces by LAMMPS, or nil and what it said.
local function by_lammps(style, coefficients)
  local file <close> = assert(io.open(path "in.lammps", "w"))
  file:write(INPUT:format(path "crystal.data", style, coefficients, path "forces"))
  file:close()
  local pipe <close> = assert(io.popen(("lmp -in '%s' -log none 2>&1"):format(path "in.lammps")))
  local said = pipe:read "a"
  local energy = said:match "PotEng%s+(%S+)"
  if not energy then return nil, said:match "ERROR[^\n]*" or said end
  local forces = {}
  local begun = false
  for line in io.lines(path "forces") do
    if begun then
      local x, y, z = line:match "(%S+) (%S+) (%S+)"
      forces[#forces + 1] = { tonumber(x), tonumber(y), tonumber(z) }
    end
    begun = begun or line:find "ITEM: ATOMS" ~= nil
  end
  return tonumber(energy), forces
end

local failures = 0

local function compare(label, files)
  local ok, potential = pcall(vt.potential.eam, files)
  if not ok then
    local kind = potential:match "kind (.-), which"
    if not kind then failures = failures + 1 end
    print(("| %s | refused | %s | | |"):format(label, kind or "FAILED: " .. potential))
    return
  end
  local symbols = crystal(potential)
  local atoms = vt.atoms.read(path "crystal.data")
  atoms.potential = potential
  local coefficients = {}
  if potential.name == "eam" then
    for k, name in ipairs(files) do
      coefficients[k] = ("pair_coeff %d %d %s"):format(k, k, name)
    end
  else
    coefficients[1] = ("pair_coeff * * %s %s"):format(files[1], table.concat(symbols, " "))
  end
  local energy, forces = by_lammps(potential.name, table.concat(coefficients, "\n"))
  if not energy then
    failures = failures + 1
    print(("| %s | %s | FAILED in LAMMPS: %s | | |"):format(label, potential.name, forces))
    return
  end
  local own, worst, largest = atoms:forces(), 0, 0
  for i, f in ipairs(forces) do
    for k = 1, 3 do
      worst = math.max(worst, math.abs(own[i][k] - f[k]))
      largest = math.max(largest, math.abs(f[k]))
    end
  end
  local relative = math.abs(atoms:energy() / energy - 1)
  local right = relative <= ENERGY_LIMIT and worst <= FORCE_LIMIT
  if not right then failures = failures + 1 end
  print(("| %s | %s | %.9f | %.1e | %.1e of %.3g%s |"):format(label, potential.name, energy,
    relative, worst, largest, right and "" or " FAILED"))
end

print("| file | kind | energy by LAMMPS (eV) | relative difference | "
  .. "largest difference of a force (eV/A) |")
print "| --- | --- | --- | --- | --- |"
for _, from in ipairs(#arg > 0 and arg or { LAMMPS_DATA }) do
  local names = assert(system.list(from))
  table.sort(names)
  for _, name in ipairs(names) do
    if name:find "%.eam" or name:find "%.cdeam$" or name:find "%.adp$" then
      compare(name, { from .. "/" .. name })
    end
  end
end
for _, names in ipairs(MIXTURES) do
  local files = {}
  for k, name in ipairs(names) do files[k] = LAMMPS_DATA .. "/" .. name end
  compare(table.concat(names, " + "), files)
end
assert(os.execute("rm -r '" .. folder .. "'"))
if failures > 0 then error(failures .. " files are not right") end
