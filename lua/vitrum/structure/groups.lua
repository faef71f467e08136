-- Some of the atoms, chosen by species, number or mask, and groups of equal size by a quantity.

local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"

local raise <const> = options.raise

local groups = {}

local function vt() return require "vitrum" end

-- Ones for the atoms of a species.
local function of_species(where, atoms, symbol)
  local types = atoms:types()
  for _, species in ipairs(atoms:species()) do
    if species.symbol == symbol then
      local chosen = vt().array.zeros(#types)
      for _, number in ipairs(species.types) do chosen = chosen + types:eq(number) end
      return chosen
    end
  end
  raise("%s: there are no atoms of species %s", where, symbol)
end

---Ones for the atoms chosen, zeros for others: all by default.
---@param where string
---@param atoms vitrum.Atoms
---@param given any a species, a list or array of numbers, or a mask
---@return vitrum.Array
function groups.chosen(where, atoms, given)
  local count = #atoms
  if given == nil then return vt().array.ones(count) end
  if type(given) == "string" then return of_species(where, atoms, given) end
  local list = options.is(given, "Array") and given
    or type(given) == "table" and #given > 0 and vt().array(given)
  if not list or #list.shape ~= 1 then
    raise("%s: option 'atoms' must be a species, a list of atoms or a mask, got %s", where,
      numbers.show(given))
  end
  if #list == count and list.dtype == "int32" then return list:ne(0):astype "float64" end
  local chosen = vt().array.zeros(count)
  for k, atom in ipairs(list:totable()) do
    local number = math.tointeger(atom)
    if not number or number < 1 or number > count then
      raise("%s: option 'atoms' names atom %s in place %d; atoms are 1 to %d", where,
        tostring(atom), k, count)
    end
    chosen[number] = 1
  end
  return chosen
end

groups.OPTIONS = {
  { name = "species", kind = "text", help = "whose atoms; by default all, which mixes species" },
  { name = "share", kind = "positive", default = 0.1, between = { 0, 0.5 },
    help = "of these atoms in each group, 0.1 for deciles" },
}

---Groups of atoms by a quantity, lowest first.
---@param atoms vitrum.Atoms
---@param values any one for each atom, or for each of the species
---@param given table?
---@return table[] groups { mean, low, high, atoms }
function groups.groups(atoms, values, given)
  local where = "structure.groups"
  local o = options.check(where, groups.OPTIONS, given)
  if not options.is(atoms, "Atoms") then
    raise("%s: expected atoms, got %s", where, numbers.show(atoms))
  end
  local own = groups.chosen(where, atoms, o.species):gt(0):find()
  if not options.is(values, "Array") then
    options.argument(where, "the quantity", "table", values)
    values = vt().array(values)
  end
  if #values.shape ~= 1 or #values ~= #own and #values ~= #atoms then
    raise("%s: there must be a value for each of the %d atoms, got %d", where, #own, #values)
  end
  if #values ~= #own then values = values:select(own) end
  if not values:isfinite():all() then
    raise("%s: %d of the values are not finite", where, #own - values:isfinite():sum())
  end
  local count = math.floor(1 / o.share + 0.5)
  if #own < count then
    raise("%s: %d atoms make no %d groups; take a larger share", where, #own, count)
  end
  local order, list = values:argsort(), {}
  for k = 1, count do
    local chosen = order:slice{ (k - 1) * #own // count + 1, k * #own // count }:copy()
    local own_values = values:select(chosen)
    list[k] = { mean = own_values:mean(), low = own_values:min(), high = own_values:max(),
                atoms = own:select(chosen) }
  end
  return list
end


vt().structure.groups = groups.groups

help.document("structure.groups", {
  terms = "deciles; percentiles; quantiles; bins of equal size",
  see = "Vibrations:spectrum; structure.rdf",
  signature = "vt.structure.groups(atoms, values, [options]) -> list of { mean, low, high, atoms }",
  summary = "Atoms in groups of equal size by a quantity, the lowest first: mean, least and "
    .. "largest value and the numbers of the atoms of each. values: one for each atom, or for each "
    .. "atom of the species.",
  options = groups.OPTIONS,
  example = 'local deciles = vt.structure.groups(glass, v.v_flex, { species = "Cu" })\n'
    .. "print(deciles[1].mean, deciles[10].mean)\n"
    .. "local stiffest = vt.structure.rdf(glass, { centers = deciles[1].atoms })",
})

return groups
