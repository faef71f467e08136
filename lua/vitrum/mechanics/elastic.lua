-- Elastic constants and moduli.

local core = require "vitrum.mechanics_core"
local field = require "vitrum.field_core"
local fluctuations = require "vitrum.mechanics.fluctuations"
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"
local texts = require "vitrum.base.text"

local raise <const> = options.raise

local elastic = {}

local Elastic = {} -- methods
local ELASTIC <const> = { __name = "vitrum.Elastic", __index = Elastic }

local NAMES <const> = { "xx", "yy", "zz", "yz", "xz", "xy" }
local PLACE <const> = {}
for place, name in ipairs(NAMES) do PLACE[name] = place end

elastic.NAMES, elastic.PLACE = NAMES, PLACE

---Raise unless these are atoms that have a potential.
---@param where string
---@param atoms any
function elastic.check_atoms(where, atoms)
  if not options.is(atoms, "Atoms") then raise("%s: expected atoms, got %s", where, type(atoms)) end
  if atoms.potential == nil then
    raise("%s: the atoms have no potential; set one, as glass.potential = vt.potential.eam "
      .. '"CuZr_mm.eam.fs"', where)
  end
end

ELASTIC.__tostring = function(self)
  local lines = { ("elastic constants (GPa)%s, rows and columns %s:"):format(
    self.temperature and (" at %g K"):format(self.temperature) or " at 0 K",
    table.concat(NAMES, " ")) }
  for row = 1, 6 do
    local cells = {}
    for column = 1, 6 do cells[column] = ("%9.3f"):format(self.C[row][column]) end
    lines[#lines + 1] = table.concat(cells)
  end
  if not self.stable then
    lines[#lines + 1] = "not positive definite: in a free box the sample would give way to some "
      .. "strain by itself, so there are no moduli"
    return table.concat(lines, "\n")
  end
  local function shown(name, digits)
    local off = self[name .. "_error"]
    return off and texts.plain(self[name], off) or ("%." .. digits .. "f"):format(self[name])
  end
  lines[#lines + 1] = ("E %s GPa, G %s GPa, K %s GPa, Poisson's ratio %s, anisotropy %.3g")
    :format(shown("young", 2), shown("shear", 2), shown("bulk", 2), shown("poisson", 4),
    self.anisotropy)
  return table.concat(lines, "\n")
end

-- What the core knows of an average stands beside the constants; the mean of Voigt's and Reuss's
-- is what one speaks of, at a temperature without the bias of noise.
local function add_averages(result)
  local averages = core.averages(result.C)
  result.stable = averages ~= nil
  if not averages then return result end
  result.voigt, result.reuss, result.hill = averages.voigt, averages.reuss, averages.hill
  result.anisotropy = averages.anisotropy
  for name, value in pairs(averages.hill) do result[name] = result[name] or value end
  return result
end

-- ---------------------------------------------------------------- constants ----

local INHERENT_FMAX <const> = 1e-5 -- eV/A; forces left over change constants by their share

local AT_ZERO <const> = {
  { name = "minimize", kind = "boolean", default = true,
    help = "take a copy of the atoms to its inherent structure first, in the box as it is; false: "
      .. "they are in a minimum already" },
  { name = "fmax", kind = "positive", default = INHERENT_FMAX, unit = "eV/A",
    help = "goal of that minimization" },
  { name = "tolerance", kind = "positive", default = core.defaults.tolerance,
    help = "of the linear equations for the motion of the atoms: norm of the forces left over by "
      .. "that of those to be balanced, 1e-12 to 0.1" },
  { name = "rounds", kind = "count", default = core.defaults.rounds,
    help = "steps of conjugate gradients allowed" },
}
local AT_ANY <const> = {
  { name = "atoms", kind = "boolean", default = false,
    help = "the part of each atom, too: 36 numbers an atom" },
  { name = "strain", kind = "positive", default = core.defaults.strain,
    help = "to both sides, where a potential leaves second derivatives to differences (models of "
      .. "OpenKIM), 1e-7 to 0.01" },
}
for _, option in ipairs(AT_ZERO) do option.help = "at 0 K: " .. option.help end

local function joined(...)
  local list = {}
  for _, part in ipairs{ ... } do table.move(part, 1, #part, #list + 1, list) end
  return list
end

local AT_TEMPERATURE <const> = fluctuations.job_options(fluctuations.OPTIONS)
elastic.OPTIONS = joined(AT_ANY, AT_ZERO, AT_TEMPERATURE)

-- Raise where an option says something about the other way to constants.
local function check_belong(where, given, list, problem)
  for _, option in ipairs(list) do
    if given[option.name] ~= nil then
      raise("%s: option '%s' %s", where, option.name, problem)
    end
  end
end

---Elastic constants of the inherent structure at 0 K, or at a temperature.
---@param atoms vitrum.Atoms
---@param given table?
---@return vitrum.Elastic
function elastic.elastic(atoms, given)
  local where = "mechanics.elastic"
  local o = options.check(where, elastic.OPTIONS, given)
  elastic.check_atoms(where, atoms)
  given = options.given(where, given)
  if o.temperature then
    check_belong(where, given, AT_ZERO, "is of constants at 0 K; leave it out, or the temperature")
    local result = fluctuations.run(where, atoms:copy(), o)
    return setmetatable(add_averages(result), ELASTIC)
  end
  check_belong(where, given, AT_TEMPERATURE, "is of constants at a temperature; give one, as "
    .. "temperature = 300")
  local converged = true
  if o.minimize then
    atoms = atoms:copy()
    converged = require("vitrum").minimize(atoms, { fmax = o.fmax }).converged
  end
  local result = core.elastic(atoms, o.tolerance, o.rounds, o.strain, o.atoms)
  result.C, result.c, result.atoms, result.converged = result.c, nil, atoms, converged
  return setmetatable(add_averages(result), ELASTIC)
end

---Go on with constants at a temperature, from a checkpoint.
---@param path string
---@param given table?
---@return vitrum.Elastic
function elastic.resume(path, given)
  local where = "mechanics.elastic_resume"
  options.argument(where, "the file name", "string", path)
  local o = options.check(where, fluctuations.RESUME_OPTIONS, given)
  return setmetatable(add_averages(fluctuations.resume(where, path, o)), ELASTIC)
end

---Moduli of 6 x 6 elastic constants.
---@param c any GPa
---@return table
function elastic.averages(c)
  return core.averages(c) or raise "mechanics.averages: the elastic constants are not positive \z
    definite: a sample that had them would give way to some strain by itself, so there are no \z
    moduli"
end

-- A name such as "yz" as the number of its row.
local function place_of(where, value)
  local place = PLACE[value] or math.tointeger(value)
  if place == nil or place < 1 or place > 6 then
    raise("%s: a component is one of xx yy zz yz xz xy, or its number 1 to 6, not %s", where,
      tostring(value))
  end
  return place
end

elastic.LOCAL = {
  { name = "radius", kind = "nonnegative", default = 5, unit = "A",
    help = "of the sphere around each atom in which the parts of the atoms are averaged; 0: the "
      .. "atom's own part" },
}

-- One constant of each atom, and its name, "C44".
local function own_of(self, where, row, column)
  local p, q = place_of(where, row), place_of(where, column)
  if not self.atom then
    raise("%s: the parts of the atoms are not there; ask for them, as vt.mechanics.elastic(glass, "
      .. "{ atoms = true })", where)
  end
  return self.atom:slice(nil, p, q), ("C%d%d"):format(p, q)
end

---One constant around every atom.
---@param row string|integer "yz" or 4
---@param column string|integer
---@param given table?
---@return vitrum.Array GPa
function Elastic:around(row, column, given)
  local where = "Elastic:around"
  local o = options.check(where, elastic.LOCAL, given)
  local own = own_of(self, where, row, column)
  if o.radius == 0 then return own:copy() end
  return require("vitrum").structure.coarse_grain(self.atoms, own, { radius = o.radius })
end

-- Options of a mean in space, with the constant's name where figures name it.
local function labeled(where, given, name)
  local all = { label = name .. " (GPa)" }
  for key, value in pairs(options.given(where, given)) do all[key] = value end
  return all
end

---One constant in slabs across an axis.
---@param row string|integer
---@param column string|integer
---@param given table? of vt.structure.profile
---@return vitrum.Profile
function Elastic:slabs(row, column, given)
  local own, name = own_of(self, "Elastic:slabs", row, column)
  return require("vitrum").structure.profile(self.atoms, own, labeled("Elastic:slabs", given, name))
end

---One constant in columns through the box.
---@param row string|integer
---@param column string|integer
---@param given table? of vt.structure.map
---@return vitrum.Map
function Elastic:columns(row, column, given)
  local own, name = own_of(self, "Elastic:columns", row, column)
  return require("vitrum").structure.map(self.atoms, own, labeled("Elastic:columns", given, name))
end

local MOST_CELLS <const> = 200 -- along an axis

elastic.CELLS = {
  { name = "cells", kind = "one or by axis", default = 4,
    help = "cells along the axes of the box, one number or three, up to 200 each" },
}

---One constant in cells.
---@param row string|integer
---@param column string|integer
---@param given table?
---@return vitrum.Array value GPa, nan where a cell is empty
---@return vitrum.Array count of atoms
function Elastic:cells(row, column, given)
  local where = "Elastic:cells"
  local o = options.check(where, elastic.CELLS, given)
  local own = own_of(self, where, row, column)
  local n = type(o.cells) == "number" and { o.cells, o.cells, o.cells } or o.cells
  local right = type(n) == "table" and #n == 3
  for k = 1, 3 do
    local count = right and math.tointeger(n[k])
    right = count ~= nil and count ~= false and count >= 1 and count <= MOST_CELLS
  end
  if not right then
    raise("%s: option 'cells' must be a whole number, 1 to %d, or three such as { 4, 4, 8 }", where,
      MOST_CELLS)
  end
  local array = require("vitrum").array
  local total = n[1] * n[2] * n[3]
  local count, sum, square = array.zeros(total), array.zeros(total), array.zeros(total)
  local place = {}
  for axis = 1, 3 do
    local low, high = field.extent(self.atoms, axis)
    table.move({ axis, math.tointeger(n[axis]), low, high }, 1, 4, #place + 1, place)
  end
  field.bin(self.atoms, own, count, sum, square, table.unpack(place))
  local value = array.where(count:gt(0), sum / array.where(count:gt(0), count, 1), 0 / 0)
  local shape = { math.tointeger(n[1]), math.tointeger(n[2]), math.tointeger(n[3]) }
  return value:reshape(table.unpack(shape)), count:reshape(table.unpack(shape))
end

-- ---------------------------------------------------------------- help ----

help.register_type("Elastic", ELASTIC)
help.document("mechanics.elastic", {
  terms = "elastic constants; elastic moduli; Young's modulus; shear modulus; bulk modulus; "
    .. "Poisson's ratio; stiffness; nonaffine moduli; Voigt-Reuss-Hill; Young; Poisson; "
    .. "elasticity; stress fluctuations; isothermal elastic constants; Squire-Holt-Hoover; Born "
    .. "term",
  see = "mechanics.averages; Elastic:around; mechanics.elastic_resume; Atoms:born; Atoms:stress",
  signature = "vt.mechanics.elastic(atoms, [options]) -> Elastic",
  summary = "Elastic constants at 0 K of the inherent structure, by second derivatives (Lutsko "
    .. "1989): what strain costs when every atom is free to find its place. With temperature, "
    .. "those at that temperature by stress fluctuations (Squire, Holt and Hoover 1969). The atoms "
    .. "stay as they are. The result has C (6 x 6, GPa, rows and columns xx yy zz yz xz xy), born "
    .. "(when atoms follow the strain) and nonaffine (C - born); young, shear, bulk (GPa), poisson "
    .. "and anisotropy (0: isotropic; Ranganathan and Ostoja-Starzewski 2008) of the mean over all "
    .. "directions by Hill, and the same in voigt, reuss, hill; stress (GPa) and under_stress, the "
    .. "change of stress by strain in a sample that is not free of it; atoms, the inherent "
    .. "structure; with atoms = true also atom (n x 6 x 6), the part of each, counted with the "
    .. "mean volume, whose mean is C. fmax, residual, rounds, converged tell how well it went, "
    .. "stable whether there are moduli. The box must be periodic along all axes; where stress "
    .. 'matters relax it first: vt.minimize(glass, { pressure = 0, box = "triclinic" }). '
    .. "At a temperature dynamics at the pressure gives the box, dynamics in it the constants: C = "
    .. "born + fluctuation + kinetic, with fluctuation = -V/kT times the covariance of the stress "
    .. "of the potential, and nonaffine both together. There are errors C_error, young_error and "
    .. "so on, standard errors by blocks of time, which leave out what a longer run would still "
    .. "discover; young, shear, bulk and poisson are Hill's means without the bias that noise "
    .. "gives them (jackknife); stress with its kinetic part, mean_temperature, volume, time, "
    .. "runs, blocks and running, arrays of the result so far after each block. A sample whose "
    .. "stress drifts, since it ages or flows, shows constants that fall with time.",
  options = elastic.OPTIONS,
  example = "local c = vt.mechanics.elastic(glass)\nprint(c)\n"
    .. "print(c.shear, c.C[4][4], c.born[4][4])\n"
    .. "local warm = vt.mechanics.elastic(glass, { temperature = 300, accuracy = 1, time = 200 })\n"
    .. "print(warm.shear, warm.shear_error)\n"
    .. "vt.plot{ x = warm.running.time, y = warm.running.shear }",
})
help.document("mechanics.elastic_resume", {
  terms = "continue a run; interrupted run; checkpoint",
  see = "mechanics.elastic",
  signature = "vt.mechanics.elastic_resume(path, [options]) -> Elastic",
  summary = "Finishes elastic constants at a temperature that Ctrl-C, an error or the end of the "
    .. "program cut short, from their checkpoint: the result is that of a run in one. Its csv goes "
    .. "on where it lies beside the checkpoint.",
  options = fluctuations.RESUME_OPTIONS,
  example = 'local c = vt.mechanics.elastic_resume "elastic.checkpoint"',
})
help.document("mechanics.averages", {
  terms = "Voigt average; Reuss average; Hill average; Voigt-Reuss-Hill; elastic anisotropy",
  see = "mechanics.elastic",
  signature = "vt.mechanics.averages(c) -> { voigt, reuss, hill, anisotropy }",
  summary = "Moduli of 6 x 6 elastic constants (GPa), averaged over all directions: voigt (equal "
    .. "strain, an upper bound), reuss (equal stress, a lower bound) and hill (the mean of both), "
    .. "each with bulk, shear, young (GPa) and poisson; anisotropy is 0 for an isotropic sample.",
  example = "print(vt.mechanics.averages(glass:born()).voigt.shear)",
})
help.document("Elastic:around", {
  signature = "c:around(row, column, [options]) -> array",
  summary = "One elastic constant around every atom (GPa): the mean of the atoms' parts in a "
    .. "sphere. The constants must have been made with atoms = true.",
  options = elastic.LOCAL,
  example = "local c = vt.mechanics.elastic(glass, { atoms = true })\n"
    .. 'local c44 = c:around("yz", "yz")\nprint(c44:mean(), c44:std())',
  terms = "local elastic constants; local moduli; local stiffness; elastic heterogeneity",
  see = "Elastic:slabs; Elastic:columns; Elastic:cells; mechanics.elastic; Atoms:atom_born",
})
help.document("Elastic:slabs", {
  signature = "c:slabs(row, column, [options]) -> Profile",
  summary = "One elastic constant in slabs across an axis (GPa): the mean of the atoms' parts; the "
    .. "options are those of vt.structure.profile.",
  example = 'c:slabs("yz", "yz", { axis = "z", bins = 10 }):plot()',
  terms = "local elastic constants; elastic heterogeneity", see = "Elastic:around",
})
help.document("Elastic:columns", {
  signature = "c:columns(row, column, [options]) -> Map",
  summary = "One elastic constant in columns through the box (GPa): the mean of the atoms' parts; "
    .. "the options are those of vt.structure.map.",
  example = 'c:columns("yz", "yz", { plane = "xy", bins = 20, smooth = 2 }):plot()',
  terms = "local elastic constants; elastic heterogeneity", see = "Elastic:around",
})
help.document("Elastic:cells", {
  signature = "c:cells(row, column, [options]) -> value, count",
  summary = "One elastic constant in cells (GPa): the mean of the parts of the atoms in each, nan "
    .. "where there are none, and how many there are, both as arrays by the three axes. Means "
    .. "weighted with the counts give the constant of the whole.",
  options = elastic.CELLS,
  example = 'local value, count = c:cells("yz", "yz", { cells = 5 })\nprint(value:std())',
  terms = "local elastic constants; elastic heterogeneity", see = "Elastic:around",
})

return elastic
