-- The page on units: what numbers mean, how to convert them, which way signs go.
local page = require "vitrum.prompt.page"

local units = {}

---Quantities, their units, and what one unit is in others.
---@return string[][] rows { quantity, unit, conversions }
function units.rows()
  local u = require("vitrum").units
  local joule = u.kJ_per_mol * 1000 / 6.02214076e23 -- of 1 eV
  local bar, eV = u.bar / u.GPa, 1 / u.boltzmann
  return {
    { "length", "A (angstrom)", "= 0.1 nm = 1e-10 m" },
    { "energy", "eV", ("= %.6g kJ/mol = %.6g kcal/mol = k_B x %.6g K"):format(
      u.kJ_per_mol, u.kJ_per_mol / 4.184, eV) },
    { "time", "ps", "= 1000 fs = 1e-12 s; timesteps too: 0.002 ps = 2 fs" },
    { "temperature", "K", ("k_B = %.7g eV/K"):format(u.boltzmann) },
    { "mass", "amu", "= g/mol" },
    { "velocity", "A/ps", "= 100 m/s = 0.001 A/fs" },
    { "force", "eV/A", ("= %.6g nN"):format(joule * 1e19) },
    { "stress, pressure", "GPa", ("= %.6g bar; 1 eV/A^3 = %.7g GPa"):format(bar, u.GPa) },
    { "elastic constants", "GPa", "shear strains are engineering ones, gamma = 2 eps" },
    { "cooling rate", "K/s", "1 K/ps = 1e12 K/s" },
    { "strain rate", "1/s", "1e8 1/s = 1e-4 1/ps" },
    { "density", "g/cm^3", ("1 amu/A^3 = %.6g g/cm^3"):format(u.gram_per_cm3) },
    { "number density", "1/A^3", "= 1000 1/nm^3" },
    { "diffusion", "A^2/ps", "= 1e-8 m^2/s = 1e-4 cm^2/s" },
    { "frequency", "1/ps", "= THz" },
    { "angle", "degree", "sine and cosine of arrays take radians" },
  }
end

---The page.
---@return string[] lines
function units.lines()
  local lines, rows = {}, units.rows()
  page.wrap(lines, "Units are the same everywhere, in arguments, options, results and files that "
    .. "vitrum writes; options and columns name theirs in brackets.", "")
  lines[#lines + 1] = ""
  lines[#lines + 1] = page.bold "Quantity           Unit"
  for _, row in ipairs(rows) do
    local first = #lines + 1
    page.wrap(lines, row[3], (" "):rep(33))
    lines[first] = ("%-19s%-14s"):format(row[1], row[2]) .. lines[first]:sub(34)
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = page.bold "Signs"
  page.wrap(lines, "Stress is positive in tension, pressure in compression: glass:pressure() is "
    .. "minus the mean of the normal stresses. Components go xx yy zz yz xz xy.", "  ")
  lines[#lines + 1] = page.bold "Conversion"
  page.wrap(lines, "The numbers of vt.units say how many of a unit make one of the base units (A, "
    .. "eV, ps, K, amu): 0.5 * vt.units.GPa turns 0.5 eV/A^3 into GPa, 1e4 * vt.units.GPa / "
    .. "vt.units.bar turns 1e4 bar, as LAMMPS has it in units metal, into GPa. Kelvin times "
    .. "vt.units.boltzmann is eV; amu (A/ps)^2 times vt.units.mass_velocity2 is eV.", "  ")
  local constants = {}
  for name, value in pairs(require("vitrum").units) do
    constants[#constants + 1] = ("  vt.units.%s = %s"):format(name, page.value(value))
  end
  table.sort(constants)
  table.move(constants, 1, #constants, #lines + 1, lines)
  page.wrap(lines, "Constants are those of CODATA 2018.", "  ")
  return lines
end

return units
