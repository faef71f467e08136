-- Elastic constants and moduli.

local core = require "vitrum.mechanics_core"
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
-- is what one speaks of.
local function add_averages(result)
  local averages = core.averages(result.C)
  result.stable = averages ~= nil
  if not averages then return result end
  result.voigt, result.reuss, result.hill = averages.voigt, averages.reuss, averages.hill
  result.anisotropy = averages.anisotropy
  for name, value in pairs(averages.hill) do result[name] = value end
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

---One constant around every atom.
---@param row string|integer "yz" or 4
---@param column string|integer
---@param given table?
---@return vitrum.Array GPa
function Elastic:around(row, column, given)
  local where = "Elastic:around"
  local o = options.check(where, elastic.LOCAL, given)
  local p, q = place_of(where, row), place_of(where, column)
  if not self.atom then
    raise("%s: the parts of the atoms are not there; ask for them, as vt.mechanics.elastic(glass, "
      .. "{ atoms = true })", where)
  end
  local own = self.atom:slice(nil, p, q)
  if o.radius == 0 then return own:copy() end
  return require("vitrum").structure.coarse_grain(self.atoms, own, { radius = o.radius })
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
    .. "discover; stress with its kinetic part, mean_temperature, volume, time, runs, blocks and "
    .. "running, arrays of the result so far after each block. A sample whose stress drifts, since "
    .. "it ages or flows, shows constants that fall with time.",
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
    .. "sphere. The constants must have been made with atoms = true. For slabs and columns give "
    .. "the atoms' own parts (radius = 0) to vt.structure.profile or vt.structure.map.",
  options = elastic.LOCAL,
  example = "local c = vt.mechanics.elastic(glass, { atoms = true })\n"
    .. 'local c44 = c:around("yz", "yz")\nprint(c44:mean(), c44:std())',
  terms = "local elastic constants; local moduli; local stiffness; elastic heterogeneity",
  see = "mechanics.elastic; Atoms:atom_born; structure.coarse_grain; structure.map",
})

return elastic
