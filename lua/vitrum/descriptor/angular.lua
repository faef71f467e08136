-- Angular structure functions: Cubuk et al., Phys. Rev. Lett. 114, 108001 (2015).

local common = require "vitrum.descriptor.common"
local core = require "vitrum.descriptor_core"
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"

local raise <const> = options.raise

local angular = {}

local ANGULAR -- metatable

local function describe(self)
  local s = self.settings
  local lines = { ("angular structure functions, %d features: %d sets of xi, lambda, zeta, cutoff "
    .. "%g A"):format(#self, #self.sets, s.rmax) }
  for k, pair in ipairs(self.pairs) do
    lines[k + 1] = ("  columns %d to %d: angles %s around the center"):format(
      (k - 1) * #self.sets + 1, k * #self.sets, pair)
  end
  return table.concat(lines, "\n")
end

angular.OPTIONS = {
  common.SPECIES,
  { name = "rmax", kind = "positive", default = 6.6, unit = "A", range = "distance",
    help = "neighbors up to this distance form angles" },
  { name = "xi", kind = "value", default = { 3, 5, 7 },
    help = "distances over which pairs of neighbors fade (A), a number or a list" },
  { name = "lambda", kind = "value", default = { -1, 1 },
    help = "which angles count, -1 to 1, a number or a list: 1 small ones, -1 large ones" },
  { name = "zeta", kind = "value", default = { 1, 4, 16 },
    help = "how sharply, 0 or more, a number or a list" },
}

local function numbers_of(where, name, given, low, high)
  local list = type(given) == "number" and { given }
    or options.is(given, "Array") and given:totable() or given
  if type(list) ~= "table" or #list == 0 or #list > 1000 then
    raise("%s: option '%s' must be a number or a list of numbers", where, name)
  end
  local result = {}
  for k = 1, #list do
    local value = list[k]
    if type(value) ~= "number" or not (value >= low and value <= high) then
      raise("%s: option '%s' must hold numbers from %g to %g, got %s", where, name, low, high,
        tostring(value))
    end
    result[k] = value
  end
  return result
end

---Angular structure functions of the surroundings of atoms: all combinations of the parameters.
---@param given table
---@return vitrum.Angular
function angular.angular(given)
  local where = "descriptor.angular"
  local o = options.check(where, angular.OPTIONS, given)
  o.species = common.species(where, o.species)
  o.xi = numbers_of(where, "xi", o.xi, 0.1, 100)
  o.lambda = numbers_of(where, "lambda", o.lambda, -1, 1)
  o.zeta = numbers_of(where, "zeta", o.zeta, 0, 1000)
  local self = setmetatable({ kind = "angular", sets = {}, pairs = {}, labels = {} }, ANGULAR)
  self.settings = { species = o.species, rmax = o.rmax, xi = o.xi, lambda = o.lambda,
                    zeta = o.zeta }
  for _, xi in ipairs(o.xi) do
    for _, lambda in ipairs(o.lambda) do
      for _, zeta in ipairs(o.zeta) do table.insert(self.sets, { xi, lambda, zeta }) end
    end
  end
  for a, first in ipairs(o.species) do
    for b = a, #o.species do
      local pair = first .. "-" .. o.species[b]
      table.insert(self.pairs, pair)
      for _, set in ipairs(self.sets) do
        table.insert(self.labels, ("%s xi %g lambda %g zeta %g"):format(pair, set[1], set[2],
          set[3]))
      end
    end
  end
  return self
end

local function rows(self, atoms, where, centers)
  local s = self.settings
  return core.angular(atoms, where, s.species, centers, s.rmax, self.sets)
end

ANGULAR = common.new_type("angular", "Angular", angular.angular, rows, {
  compute = {
    terms = "features of atoms", see = "descriptor.angular; Radial:compute",
    summary = "Features of atoms: a row for each center, float32, as Radial:compute gives them.",
    example = 'local x = vt.descriptor.angular{ species = "Cu" }:compute(crystal)',
  },
  save = "descriptor.load",
})
ANGULAR.__tostring = describe

help.document("descriptor.angular", {
  terms = "angular structure functions; symmetry functions; Behler-Parrinello; bond angles; "
    .. "descriptor",
  see = "descriptor.radial; Angular:compute",
  signature = "vt.descriptor.angular{ species = {...}, [options] } -> Angular",
  summary = "Angular structure functions of the surroundings of an atom (Cubuk et al. 2015): for "
    .. "each pair of species and each combination of xi, lambda and zeta the sum over neighbors j "
    .. "and k of these species of exp(-(r_ij^2 + r_jk^2 + r_ik^2)/xi^2) (1 + lambda cos theta)"
    .. "^zeta, with theta the angle between j and k seen from the atom. For two neighbors of one "
    .. "species both orders count.",
  options = angular.OPTIONS,
  example = 'local d = vt.descriptor.angular{ species = { "Cu", "Zr" } }\nprint(d)',
})

return angular
