-- What a picture or a view of atoms shows: which atoms, where, how large, in which colors, and what
-- the colors mean. Both read the same options.

local colors = require "vitrum.picture.colors"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local vt = require "vitrum"

local raise = options.raise

local scene = {}

scene.OPTIONS = {
  { name = "color", kind = "value", default = "species",
    help = "'species'; 'energy', 'five_fold', 'coordination' or 'volume', which are computed; or "
      .. "one number an atom, an array or a table, nan where there is none" },
  { name = "quantity", kind = "string",
    help = "what the numbers are: D2min, von_mises, five_fold, energy, activation, stress, ...; "
      .. "sets the title and the palette" },
  { name = "title", kind = "string", help = "above the legend, with the unit of the numbers" },
  { name = "limits", kind = "{ low, high }",
    help = "of the colors; by default 1 % of the atoms lie below and 1 % above" },
  { name = "palette", kind = "choice", choices = colors.NAMES,
    help = "colors from low to high; blue-red is centered on zero. By default that of the "
      .. "quantity" },
  { name = "colors", kind = "table",
    help = "of species, as RRGGBB: { Cu = \"cf8550\" }" },
  { name = "radii", kind = "by species", unit = "A",
    help = "a number for all, numbers by species or one an atom; by default those of the close-"
      .. "packed element" },
  { name = "radius_factor", kind = "positive", unit = "-", between = { 0.001, 100 },
    help = "times the radii; by default 1, and 0.35 with bonds" },
  { name = "only", kind = "array",
    help = "atoms to show: their numbers, or a mask such as d.d2min:gt(5)" },
  { name = "hide", kind = "name or list", help = "species that are not shown" },
  { name = "slice", kind = "table", unit = "A",
    help = "what to cut out: { z = { 10, 20 } } keeps a slab, for x and y likewise; { normal = "
      .. "{ 1, 1, 0 }, at = 0 } what lies behind a plane `at` so far from the middle of the box, "
      .. "with `width` a slab around it" },
  { name = "wrap", kind = "boolean", default = true,
    help = "show atoms inside the box along periodic axes" },
  { name = "most", kind = "count", default = 2000000,
    help = "atoms that are drawn without asking; more need to be allowed here" },
}

---The options of a scene behind some of one's own.
---@param own vitrum.Option[]
---@return vitrum.Option[]
function scene.with(own)
  return table.move(scene.OPTIONS, 1, #scene.OPTIONS, #own + 1, table.move(own, 1, #own, 1, {}))
end

-- ---------------------------------------------------------------- values ----

local COMPUTED <const> = {
  energy = function(atoms) return atoms:atom_energies() end,
  five_fold = function(atoms) return vt.structure.voronoi(atoms).five_fold end,
  coordination = function(atoms) return vt.structure.voronoi(atoms).coordination end,
  volume = function(atoms) return vt.structure.voronoi(atoms).volume end,
}

local function is_array(value)
  return type(value) == "userdata" and options.type_of(value) == "vitrum.Array"
end

-- One number an atom as an array of float64.
local function per_atom(where, name, given, count)
  local array
  if is_array(given) then
    if given.ndim ~= 1 then
      raise("%s: option '%s' must hold one number an atom, but the array has %d dimensions; take "
        .. "one column of it", where, name, given.ndim)
    end
    array = given:astype "float64"
  else
    array = vt.array(numbers.list(given, ("%s: option '%s'"):format(where, name)))
  end
  if #array ~= count then
    raise("%s: option '%s' has %d numbers for %d atoms; give one an atom, in their order",
      where, name, #array, count)
  end
  return array
end

-- The numbers behind the colors and the name of the quantity, or nil for species.
local function values_of(where, atoms, o)
  local color, count = o.color, #atoms
  if color == "species" then
    for _, name in ipairs { "limits", "palette" } do
      if o[name] ~= nil then
        raise("%s: option '%s' is for the colors of numbers, but 'color' shows the species; give "
          .. "'color' too", where, name)
      end
    end
    return nil
  end
  if type(color) == "string" then
    local compute = COMPUTED[color]
    if not compute then
      raise("%s: option 'color' must be 'species', 'energy', 'five_fold', 'coordination', 'volume' "
        .. "or one number an atom, got '%s'", where, color)
    end
    local values = compute(atoms)
    return per_atom(where, "color", values, count), o.quantity or color
  end
  if not is_array(color) and type(color) ~= "table" then
    raise("%s: option 'color' must be a name or one number an atom, got %s", where,
      numbers.show(color))
  end
  return per_atom(where, "color", color, count), o.quantity
end

-- ---------------------------------------------------------------- which atoms ----

local function mask_of_only(where, only, count)
  local list = is_array(only) and only
    or vt.array(numbers.list(only, ("%s: option 'only'"):format(where)))
  if list.ndim ~= 1 or #list == 0 then
    raise("%s: option 'only' must be a list of atoms or a mask, not %s", where,
      #list == 0 and "an empty list" or "an array of " .. list.ndim .. " dimensions")
  end
  local is_mask = #list == count and (list:eq(0) | list:eq(1)):all() and (count > 1)
  if is_mask then return list:ne(0) end
  local wrong = (list:lt(1) | list:gt(count) | list:ne(list:floor())):find()
  if #wrong > 0 then
    raise("%s: option 'only' names atom %g, but atoms are numbered 1 to %d; a mask would have %d "
      .. "entries", where, list[wrong[1]], count, count)
  end
  local mask = vt.array.zeros(count, { dtype = "int32" })
  mask[list:astype "int64"] = 1
  return mask
end

local function mask_of_hidden(where, hide, kinds, group)
  local mask
  local names = type(hide) == "table" and hide or { hide }
  for key in pairs(names) do
    if math.type(key) ~= "integer" or key < 1 or key > #names then
      raise("%s: option 'hide' must be a species or a list of them, { 'Cu' }, got the key %s",
        where, numbers.show(key))
    end
  end
  for _, name in ipairs(names) do
    local known = {}
    local found
    for k, kind in ipairs(kinds) do
      known[k] = kind.symbol
      if kind.symbol == name then found = k end
    end
    if not found then
      raise("%s: option 'hide' names %s, but the species are %s", where, numbers.show(name),
        table.concat(known, ", "))
    end
    mask = mask and mask & group:ne(found) or group:ne(found)
  end
  return mask
end

local function check_number(where, name, value)
  if type(value) ~= "number" or not numbers.is_finite(value) then
    raise("%s: option 'slice': %s must be a finite number, got %s", where, name,
      numbers.show(value))
  end
  return value
end

local function interval(where, name, value)
  if type(value) ~= "table" or #value ~= 2 then
    raise("%s: option 'slice': %s must be { low, high } in angstrom, got %s", where, name,
      numbers.show(value))
  end
  local low, high = check_number(where, name, value[1]), check_number(where, name, value[2])
  if low >= high then
    raise("%s: option 'slice': %s = { %g, %g } is empty; put the smaller first", where, name, low,
      high)
  end
  return low, high
end

local AXES <const> = { x = 1, y = 2, z = 3 }

-- Middle of the box.
local function center_of(box)
  local center = {}
  for k = 1, 3 do center[k] = box.origin[k] + (box.a[k] + box.b[k] + box.c[k]) / 2 end
  return center
end
scene.center_of = center_of

---Three finite numbers that are not all zero, of length 1; raises with the option's name.
---@param where string
---@param name string
---@param value any
---@return number[]
function scene.direction(where, name, value)
  local sum = 0
  if type(value) == "table" and #value == 3 then
    for k = 1, 3 do
      local part = value[k]
      sum = sum + (type(part) == "number" and part ^ 2 or 0 / 0)
    end
  end
  if not (sum > 0 and sum < math.huge) then
    raise("%s: %s must be a direction { x, y, z }, got %s", where, name, numbers.show(value))
  end
  local length = math.sqrt(sum)
  return { value[1] / length, value[2] / length, value[3] / length }
end

local function mask_of_slice(where, slice, box, positions)
  local mask
  local function keep(more) mask = mask and mask & more or more end
  local known = { x = true, y = true, z = true, normal = true, at = true, width = true }
  for name in pairs(slice) do
    if not known[name] then
      raise("%s: option 'slice' knows x, y, z, or normal, at, width; got %s", where,
        numbers.show(name))
    end
  end
  for name, axis in pairs(AXES) do
    if slice[name] ~= nil then
      local low, high = interval(where, name, slice[name])
      local along = positions:column(axis)
      keep(along:ge(low) & along:le(high))
    end
  end
  if slice.normal ~= nil then
    local normal = scene.direction(where, "option 'slice': normal", slice.normal)
    local center, height = center_of(box), nil
    for k = 1, 3 do
      local part = (positions:column(k) - center[k]) * normal[k]
      height = height and height + part or part
    end
    local at = slice.at == nil and 0 or check_number(where, "at", slice.at)
    if slice.width ~= nil then
      local half = check_number(where, "width", slice.width) / 2
      if half <= 0 then raise("%s: option 'slice': width must be positive", where) end
      keep((height - at):abs():le(half))
    else
      keep(height:le(at))
    end
  elseif slice.at ~= nil or slice.width ~= nil then
    raise("%s: option 'slice': at and width need a normal, { normal = { 0, 0, 1 }, at = 0 }", where)
  end
  if not mask then
    raise("%s: option 'slice' is empty; { z = { 10, 20 } } keeps a slab", where)
  end
  return mask
end

-- ---------------------------------------------------------------- radii ----

local SMALL <const> = { H = 0.5, C = 0.8, N = 0.75, O = 0.7, F = 0.7, S = 1.0, Cl = 1.0 }

-- Half of the distance of neighbors in the close-packed element; for species that are none, in a
-- close packing of the atoms as they are.
local function radius_of(symbol, atoms, box)
  if SMALL[symbol] then return SMALL[symbol] end
  local ok, element = pcall(vt.atoms.element, symbol)
  local volume = ok and element.volume and element.volume > 0 and element.volume
    or box.volume / #atoms
  return (volume * math.sqrt(2)) ^ (1 / 3) / 2
end

local function by_group(group, list)
  return vt.array(list):select(group)
end

local function radii_of(where, atoms, o, kinds, group, box)
  local given, list, factor = o.radii, {}, o.radius_factor or o.bonds and 0.35 or 1
  local function check(value, what)
    if type(value) ~= "number" or not (value > 0 and value < math.huge) then
      raise("%s: option 'radii' [A] must be positive, got %s%s", where, numbers.show(value), what)
    end
    return value
  end
  local per_species = type(given) == "table" and #given == 0
  if is_array(given) or type(given) == "table" and not per_species then
    local radii = per_atom(where, "radii", given, #atoms)
    local wrong = ((radii:gt(0) & radii:isfinite()):eq(0)):find()
    if #wrong > 0 then check(radii[wrong[1]], " for atom " .. wrong[1]) end
    return radii * factor
  end
  if per_species then
    local known = {}
    for k, kind in ipairs(kinds) do known[kind.symbol] = k end
    for symbol, value in pairs(given) do
      if not known[symbol] then
        raise("%s: option 'radii' names %s, which is no species of these atoms", where,
          numbers.show(symbol))
      end
      check(value, " for " .. symbol)
    end
  elseif given ~= nil then
    check(given, "")
  end
  for k, kind in ipairs(kinds) do
    list[k] = (per_species and given[kind.symbol] or not per_species and given
      or radius_of(kind.symbol, atoms, box)) * factor
  end
  return by_group(group, list)
end

-- ---------------------------------------------------------------- colors ----

-- 0xRRGGBB of three arrays of 0 to 255.
local function pack(red, green, blue)
  return (red:round() * 65536 + green:round() * 256 + blue:round()):astype "int32"
end

local function columns_of(hexes)
  local list = { {}, {}, {} }
  for k, hex in ipairs(hexes) do list[1][k], list[2][k], list[3][k] = colors.channels(hex) end
  return vt.array(list[1]), vt.array(list[2]), vt.array(list[3])
end

---Colors of numbers as an array of 0xRRGGBB.
---@param values vitrum.Array
---@param stops string[] of a palette
---@param low number
---@param high number
---@return vitrum.Array
function scene.colors(values, stops, low, high)
  local known = values:isnan():eq(0)
  local place = ((values - low) / (high - low)):clip(0, 1) * (#stops - 1)
  place = vt.array.where(known, place, 0.0)
  local k = place:floor():clip(0, #stops - 2)
  local part, from = place - k, k:astype "int64" + 1
  local channel = { columns_of(stops) }
  local none = { colors.channels(colors.NO_VALUE) }
  for c = 1, 3 do
    local one = channel[c]:select(from)
    local mixed = one + (channel[c]:select(from + 1) - one) * part
    channel[c] = vt.array.where(known, mixed, none[c] + 0.0)
  end
  return pack(channel[1], channel[2], channel[3])
end

local function limits_of(where, o, values, diverging)
  if o.limits ~= nil then
    local given = o.limits
    local low, high = nil, nil
    if type(given) == "table" and #given == 2 then low, high = given[1], given[2] end
    local width = type(low) == "number" and type(high) == "number" and high - low or -1
    if width <= 0 or not numbers.is_finite(width) then
      raise("%s: option 'limits' must be { low, high }, low before high", where)
    end
    return low + 0.0, high + 0.0
  end
  local finite = values:select(values:isfinite())
  if #finite == 0 then
    raise("%s: option 'color': none of the %d atoms that are shown has a number (all are nan or "
      .. "infinite)", where, #values)
  end
  local low, high = finite:quantile(0.01), finite:quantile(0.99)
  if diverging then
    high = math.max(math.abs(low), math.abs(high))
    low = -high
  end
  -- What counts from zero shall show it.
  if low > 0 and low < 0.2 * high and finite:min() >= 0 then low = 0.0 end
  if low == high then low, high = finite:min(), finite:max() end
  if low == high then
    local half = low == 0 and 1.0 or math.abs(low) * 0.1
    low, high = low - half, high + half
  end
  return low, high
end

local function species_colors(where, o, kinds)
  local symbols = {}
  for k, kind in ipairs(kinds) do symbols[k] = kind.symbol end
  local list = colors.species(symbols)
  for symbol, given in pairs(o.colors or {}) do
    local found
    for k, kind in ipairs(kinds) do if kind.symbol == symbol then found = k end end
    if not found then
      raise("%s: option 'colors' names %s, but the species are %s", where, numbers.show(symbol),
        table.concat(symbols, ", "))
    end
    list[found] = colors.parse(given) or raise("%s: option 'colors': %s must be RRGGBB such as "
      .. "'cf8550', got %s", where, symbol, numbers.show(given))
  end
  return list
end

-- ---------------------------------------------------------------- the scene ----

-- Raises where a picture would show more than `most` atoms without being asked to.
local function check_most(where, count, most)
  if count <= most then return end
  raise("%s: %d atoms need some %.1f GB of memory and %d s on one processor; cut a slice, show "
    .. "`only` some, or allow it with most = %d", where, count, count * 450 / 1e9,
    math.ceil(5e-6 * count), count)
end

---@class vitrum.Scene
---@field count integer atoms that are shown
---@field index vitrum.Array their numbers among all atoms
---@field positions vitrum.Array count x 3 [A], inside the box where it is periodic
---@field radii vitrum.Array [A]
---@field group vitrum.Array place of each atom's species in `species`, from 1
---@field species table[] { symbol, color = "RRGGBB", count = shown }
---@field color vitrum.Array 0xRRGGBB of each atom
---@field values vitrum.Array? numbers behind the colors; nil where they show the species
---@field low number? limits of the colors
---@field high number?
---@field below integer? atoms below the limits
---@field above integer?
---@field missing integer? atoms without a number
---@field palette string?
---@field stops string[]? colors of the palette, RRGGBB
---@field title string above legend or color bar, "" for none
---@field box table as Atoms:box gives it

---What the options ask to be shown of some atoms.
---@param where string names the caller in messages
---@param atoms vitrum.Atoms
---@param o table options of scene.with as options.check gives them; thin: every such atom of them
---@param check_cost? fun(count: integer) raises where so many are too many; without it `most`
---@return vitrum.Scene
function scene.build(where, atoms, o, check_cost)
  if options.type_of(atoms) ~= "vitrum.Atoms" then
    raise("%s: the first argument must be atoms, got %s", where, numbers.show(atoms))
  end
  local count = #atoms
  if count == 0 then raise("%s: there are no atoms to show", where) end
  check_cost = check_cost or function(shown) check_most(where, shown, o.most) end
  -- What is too much is refused before anything is computed or copied for it.
  local chosen = o.only ~= nil or o.hide ~= nil or o.slice ~= nil
  if not chosen then check_cost(count) end
  local whole = atoms
  if o.wrap and o.slice ~= nil then atoms = atoms:copy():wrap() end
  local box, positions, types = atoms:box(), atoms:positions(), atoms:types()
  if not positions:isfinite():all() then
    local bad = positions:isfinite():eq(0):any(2):find()
    raise("%s: the position of atom %d is not finite", where, bad[1])
  end
  local kinds, of_type = atoms:species(), {}
  for k, kind in ipairs(kinds) do
    for _, type_number in ipairs(kind.types) do of_type[type_number] = k end
  end
  for k = 1, types:max() do of_type[k] = of_type[k] or 1 end
  local group = vt.array(of_type, "int32"):select(types)
  local hexes = species_colors(where, o, kinds)

  local mask
  local function keep(more) if more then mask = mask and mask & more or more end end
  if o.only ~= nil then keep(mask_of_only(where, o.only, count)) end
  if o.hide ~= nil then keep(mask_of_hidden(where, o.hide, kinds, group)) end
  if o.slice ~= nil then keep(mask_of_slice(where, o.slice, box, positions)) end
  local thin = o.thin or 1
  local index = mask and mask:find() or vt.array.range(1, count, thin, { dtype = "int64" })
  local shown = #index
  if shown == 0 then
    local what = {}
    for _, name in ipairs { "slice", "only", "hide" } do
      if o[name] ~= nil then what[#what + 1] = name end
    end
    local low, high = positions:min(1), positions:max(1)
    raise("%s: %s leave%s none of %d atoms; they lie at x %.4g to %.4g, y %.4g to %.4g, z %.4g to "
      .. "%.4g A", where, table.concat(what, " and "), #what == 1 and "s" or "", count,
      low[1], high[1], low[2], high[2], low[3], high[3])
  end
  if chosen then
    check_cost(shown)
    if thin > 1 then
      index = index:select(vt.array.range(1, shown, thin, { dtype = "int64" }))
      shown = #index
    end
  end
  local values, quantity = values_of(where, whole, o)
  local radii = radii_of(where, atoms, o, kinds, group, box)
  if shown < count then
    radii, group = radii:select(index), group:select(index)
    values = values and values:select(index)
    positions = atoms:select(index)
    if o.wrap then positions:wrap() end
    positions = positions:positions()
  elseif o.wrap and atoms == whole then
    positions = atoms:copy():wrap():positions()
  else
    positions = positions:copy()
  end

  local result = { count = shown, total = count, index = index, positions = positions,
                   radii = radii, group = group, species = {}, box = box, title = o.title or "" }
  for k, kind in ipairs(kinds) do
    result.species[k] = { symbol = kind.symbol, color = hexes[k], count = group:eq(k):sum() }
  end
  if not values then
    local red, green, blue = columns_of(hexes)
    result.color = pack(red:select(group), green:select(group), blue:select(group))
    return result
  end
  local known = quantity and colors.QUANTITIES[quantity]
  result.title = o.title or known and known.title or quantity or ""
  result.palette = o.palette or colors.palette_of(quantity)
  result.stops = colors.PALETTES[result.palette]
  result.low, result.high = limits_of(where, o, values, colors.DIVERGING[result.palette])
  result.values = values
  result.below, result.above = values:lt(result.low):sum(), values:gt(result.high):sum()
  result.missing = values:isnan():sum()
  result.color = scene.colors(values, result.stops, result.low, result.high)
  return result
end

return scene
