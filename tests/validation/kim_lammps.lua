-- Models of OpenKIM by vitrum and by LAMMPS's pair_style kim: energy, forces, energies of atoms and
-- virial.
--
--     build/vitrum tests/validation/kim_lammps.lua [model ...]
--
-- Without models: of each driver that an installed model names the first with the most elements
-- (five at most), and every model without a driver; "all" stands for every model. Each has to do
-- with three structures that hold its species: a glass (random, relaxed with a Lennard-Jones
-- potential of atoms of that size), a thin tilted box in which a cutoff reaches over several
-- images, and the glass without periodic boundaries along two axes. The table has the largest
-- relative difference in the three; of forces, virial and energies of atoms it is relative to the
-- largest of them. Ends with a failure when one is larger than 1e-10. Needs `lmp` (package lammps)
-- and openkim-models. Results stand in kim_lammps.md. Units: A, eV.

local vt = require "vitrum"

local LIMIT <const> = 1e-10
local MOST_SPECIES <const> = 5
local LAMMPS_NKTV2P <const> = 1.6021765e6 -- bar A^3 per eV, as LAMMPS has it in metal units
local VITRUM_GPA <const> = 160.2176634

local folder = os.tmpname() .. ".d"
assert(os.execute("mkdir '" .. folder .. "'"))

local function path(name) return folder .. "/" .. name end

-- ---------------------------------------------------------------- models ----

local function is_element(symbol)
  return pcall(vt.atoms.fcc, { species = symbol, a = 4, cells = 1 })
end

local function usable(model)
  if #model.species == 0 or #model.species > MOST_SPECIES then return false end
  for _, symbol in ipairs(model.species) do
    if not is_element(symbol) then return false end
  end
  return true
end

local function choose()
  local chosen, drivers, alone = {}, {}, {}
  for _, model in ipairs(vt.potential.kim_models()) do
    if usable(model) then
      if model.driver == "" then
        alone[#alone + 1] = model.name
      elseif not chosen[model.driver] then
        drivers[#drivers + 1] = model.driver
        chosen[model.driver] = model
      elseif #model.species > #chosen[model.driver].species then
        chosen[model.driver] = model
      end
    end
  end
  table.sort(drivers)
  local names = {}
  for k, driver in ipairs(drivers) do names[k] = chosen[driver].name end
  return table.move(alone, 1, #alone, #names + 1, names)
end

local function all()
  local names = {}
  for k, model in ipairs(vt.potential.kim_models()) do names[k] = model.name end
  return names
end

-- ---------------------------------------------------------------- structures ----

local function symbols_of(potential)
  local symbols = {}
  for _, s in ipairs(potential.species) do
    if #symbols < MOST_SPECIES and is_element(s.symbol) then symbols[#symbols + 1] = s.symbol end
  end
  return symbols
end

--- A random packing of `n` atoms in a box of the shape `cell` (of volume 1, or nil for a cube),
--- relaxed with Lennard-Jones atoms of its density.
local function packed(symbols, cutoff, n, cell)
  local composition = {}
  for _, symbol in ipairs(symbols) do composition[symbol] = 1 end
  local options = { composition = composition, n = n, seed = 7 }
  local known, atoms = pcall(vt.atoms.random, options)
  local volume = known and atoms:volume() or math.huge -- a gas has no density as a solid
  -- Within reach of each other, whatever the solid is like.
  volume = math.min(volume, n * (0.65 * cutoff) ^ 3)
  options.number_density = n / volume
  atoms = vt.atoms.random(options)
  if cell then
    options.box, options.number_density = { a = cell[1], b = cell[2], c = cell[3] }, nil
    for _, axis in pairs(options.box) do
      for k = 1, 3 do axis[k] = axis[k] * volume ^ (1 / 3) end
    end
    atoms = vt.atoms.random(options)
  end
  local distance = 1.1 * (volume / n) ^ (1 / 3)
  atoms.potential = vt.potential.lj{ species = symbols, epsilon = 0.2, sigma = 0.89 * distance,
                                     cutoff = 2 * distance }
  vt.minimize(atoms, { fmax = 0.01 })
  return atoms
end

local function glass(symbols, cutoff) return packed(symbols, cutoff, 108) end

--- One axis is shorter than most cutoffs, and the box leans along all of them.
local function thin(symbols, cutoff)
  return packed(symbols, cutoff, 40, { { 1.6, 0, 0 }, { 0.5, 1.25, 0 }, { 0.2, -0.3, 0.5 } })
end

local function surface(symbols, cutoff)
  return glass(symbols, cutoff):wrap():set_box{ periodic = { true, false, false } }
end

-- ---------------------------------------------------------------- LAMMPS ----

local INPUT <const> = [[
kim_init %s metal
boundary %s
box tilt large
read_data %s
kim_interactions %s
mass * 1.0
neighbor 0.5 bin
thermo_style custom pe pxx pyy pzz pyz pxz pxy
thermo_modify norm no format float %%.17g
%s
dump d all custom 1 %s %s fx fy fz
dump_modify d sort id format float %%.17g
run 0
]]

--- Energy, virial [eV], energies of atoms (when wanted) and forces by LAMMPS, or nil and what it
--- said.
local function by_lammps(model, atoms, by_atom)
  local periodic, boundary, symbols = atoms:box().periodic, {}, {}
  for k, species in ipairs(atoms:species()) do symbols[k] = species.symbol end
  for k = 1, 3 do boundary[k] = periodic[k] and "p" or "f" end
  atoms:save(path "atoms.data", { overwrite = true })
  local file <close> = assert(io.open(path "in.lammps", "w"))
  file:write(INPUT:format(model, table.concat(boundary, " "), path "atoms.data",
    table.concat(symbols, " "), by_atom and "compute e all pe/atom" or "", path "forces",
    by_atom and "c_e" or "mass"))
  file:close()
  local command = ("cd '%s' && lmp -in in.lammps -log none 2>&1"):format(folder)
  local pipe <close> = assert(io.popen(command))
  local said = pipe:read "a"
  local row = said:match "PotEng.-\n%s*([^\n]+)"
  local numbers = {}
  for word in (row or ""):gmatch "%S+" do numbers[#numbers + 1] = tonumber(word) end
  if #numbers < 7 then return nil, said:match "ERROR[^\n]*" or said:sub(-300) end
  local result = { energy = numbers[1], virial = {}, forces = {}, energies = {} }
  for k = 1, 6 do result.virial[k] = numbers[k + 1] * atoms:volume() / LAMMPS_NKTV2P end
  local begun = false
  for line in io.lines(path "forces") do
    if begun then
      local e, x, y, z = line:match "(%S+) (%S+) (%S+) (%S+)"
      table.insert(result.energies, tonumber(e))
      table.insert(result.forces, { tonumber(x), tonumber(y), tonumber(z) })
    end
    begun = begun or line:find "ITEM: ATOMS" ~= nil
  end
  return result
end

-- ---------------------------------------------------------------- comparison ----

local failures, compared = 0, 0

local function largest_of(own, other)
  local worst, largest = 0, 0
  for k, value in ipairs(other) do
    worst = math.max(worst, math.abs(own[k] - value))
    largest = math.max(largest, math.abs(value))
  end
  return worst / math.max(largest, 1e-3)
end

local function flat(vectors)
  local numbers = {}
  for _, v in ipairs(vectors) do
    for k = 1, 3 do numbers[#numbers + 1] = v[k] end
  end
  return numbers
end

--- Relative differences of energy, forces, virial, energies of atoms.
local function compare(potential, atoms)
  atoms.potential = potential
  local by_atom, energies = pcall(atoms.atom_energies, atoms)
  local other, problem = by_lammps(potential.file, atoms, by_atom)
  if not other then return nil, problem end
  if not by_atom then problem = tostring(energies):match "add up" end
  local stress, virial = atoms:stress{ kinetic = false }, {}
  for k = 1, 6 do virial[k] = -stress[k] * atoms:volume() / VITRUM_GPA end
  return {
    math.abs(atoms:energy() - other.energy) / math.max(math.abs(other.energy), 1e-3),
    largest_of(flat(atoms:forces():totable()), flat(other.forces)),
    largest_of(virial, other.virial),
    by_atom and largest_of(energies:totable(), other.energies) or nil,
    problem,
  }
end

local STRUCTURES <const> = { { "glass", glass }, { "thin", thin }, { "surface", surface } }

local function check(name)
  local ok, potential = pcall(vt.potential.kim, name)
  local label = name:gsub("__", "` `")
  if not ok then
    print(("| `%s` | refused: %s | | | |"):format(label, tostring(potential):match ": (.*)$"))
    failures = failures + 1
    return
  end
  local symbols = symbols_of(potential)
  if #symbols == 0 then
    print(("| `%s` | no elements | | | |"):format(label))
    return
  end
  local worst, by_atom, bad = { 0, 0, 0, 0 }, "", false
  for _, structure in ipairs(STRUCTURES) do
    local done, d, problem = pcall(compare, potential, structure[2](symbols, potential.cutoff))
    if not done or not d then
      bad = true
      print(("| `%s` | FAILED, %s: %s | | | |"):format(label, structure[1],
        tostring(done and problem or d)))
    else
      compared = compared + 1
      for k = 1, 4 do worst[k] = math.max(worst[k], d[k] or 0) end
      by_atom = d[4] and ("%.0e"):format(worst[4]) or d[5] and "do not add up" or "not given"
    end
  end
  for k = 1, 4 do bad = bad or worst[k] > LIMIT end
  if bad then failures = failures + 1 end
  print(("| `%s` | %.0e | %.0e | %.0e | %s |%s"):format(label, worst[1], worst[2], worst[3],
    by_atom, bad and " FAILED" or ""))
end

print "| model | energy | forces | virial | energies of atoms |"
print "| --- | --- | --- | --- | --- |"
local names = arg[1] == "all" and all() or #arg > 0 and arg or choose()
for _, name in ipairs(names) do check(name) end
assert(os.execute("rm -r '" .. folder .. "'"))
print(("\n%d comparisons of %d models"):format(compared, #names))
if failures > 0 then error(failures .. " are not right") end
