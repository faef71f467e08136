-- Composition, density or any number that atoms have, as profiles along an axis, maps of a plane
-- and averages around each atom.

local core = require "vitrum.field_core"
local frames = require "vitrum.structure.frames"
local help = require "vitrum.prompt.help"
local colors = require "vitrum.picture.colors"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"

local raise = options.raise

local field = {}

local NUMBER <const> = { x = 1, y = 2, z = 3 }
local NAME <const> = { "x", "y", "z" }
local MOST_BINS <const> = 1000000 -- along an axis of a map

-- ---------------------------------------------------------------- what is averaged ----

-- One number for each atom from what the user gives: numbers, a function of the atoms, or the
-- symbol of a species for its share. nil counts atoms.
local function values_of(atoms, what, where)
  local array = require("vitrum").array
  if what == nil then return array.ones(#atoms) end
  if type(what) == "function" then what = what(atoms) end
  if type(what) == "string" then
    for _, species in ipairs(atoms:species()) do
      if species.symbol == what then
        local types, share = atoms:types(), array.zeros(#atoms)
        for _, k in ipairs(species.types) do share = share + types:eq(k) end
        return share
      end
    end
    raise("%s: the atoms have no species '%s'", where, what)
  end
  local ok, values = pcall(array, what)
  if not ok or values.ndim ~= 1 then
    raise("%s: values must be one number for each atom, a function that gives these, the symbol of "
      .. "a species, or nil for the density", where)
  end
  if #values ~= #atoms then
    raise("%s: there are %d values for %d atoms; give one for each", where, #values, #atoms)
  end
  return values
end

-- ---------------------------------------------------------------- bins ----

-- The axes with their bins and ranges from the first frame.
local function axes_of(atoms, names, bins)
  local axes = {}
  for k, name in ipairs(names) do
    local number = NUMBER[name]
    local low, high, periodic = core.extent(atoms, number)
    axes[k] = { number = number, name = name, bins = bins[k], low = low, high = high,
                periodic = periodic, width = (high - low) / bins[k] }
  end
  return axes
end

-- A flat list of rows smoothed along all axes, one after the other.
local function smoothed(flat, axes, length)
  local list = flat:totable()
  local second = axes[2] and axes[2].bins or 1
  for k, axis in ipairs(axes) do
    local stride = k == #axes and 1 or second
    local lines = k == #axes and #list // axis.bins or second
    for line = 0, lines - 1 do
      local first = k == #axes and line * axis.bins + 1 or line + 1
      local values = {}
      for i = 1, axis.bins do values[i] = list[first + (i - 1) * stride] end
      values = numbers.smooth(values, length / axis.width, axis.periodic)
      for i = 1, axis.bins do list[first + (i - 1) * stride] = values[i] end
    end
  end
  return require("vitrum").array(list)
end

-- The frames of a source; where `what` is an array, with their atoms in the order of its numbers.
local function frames_of(where, source, what, o)
  local settings = {}
  for _, option in ipairs(frames.OPTIONS) do settings[option.name] = o[option.name] end
  settings.match = what ~= nil and type(what) ~= "function" and type(what) ~= "string"
  return frames.each(where, source, settings)
end

-- What is averaged, for figures.
local function label_of(what, o)
  return o.label or type(what) == "string" and what .. " fraction"
    or what == nil and "number density (1/Å³)" or "value"
end

-- The axis that a map does not show.
local function across(names)
  for number, name in ipairs(NAME) do
    if name ~= names[1] and name ~= names[2] then return number end
  end
end

-- The numbers of the atoms in a slab, nan for others; the slab may reach across a periodic face.
local function within(atoms, values, axis, slab)
  local low, high, periodic = core.extent(atoms, axis)
  local place = periodic and (atoms:fractional():column(axis):copy() % 1) * (high - low)
    or atoms:positions():column(axis) - low
  local inside = (place:ge(slab[1]) * place:lt(slab[2])):gt(0)
  if periodic then
    inside = (inside + place:ge(slab[1] + high - low) + place:lt(slab[2] - high + low)):gt(0)
  end
  return require("vitrum").array.where(inside, values, numbers.NAN)
end

-- Counts, sums and squares over all frames.
local function accumulate(where, source, what, names, bins, o)
  local array = require("vitrum").array
  local axes, count, sum, square, last, volume, number = nil, nil, nil, nil, nil, 0.0, 0
  for atoms in frames_of(where, source, what, o) do
    if not axes then
      axes = axes_of(atoms, names, bins)
      local total = 1
      for _, axis in ipairs(axes) do total = total * axis.bins end
      count, sum, square = array.zeros(total), array.zeros(total), array.zeros(total)
    end
    local a, b = axes[1], axes[2]
    -- A box that breathes keeps its bins in fractions of the box.
    for _, axis in ipairs(axes) do
      axis.low, axis.high = core.extent(atoms, axis.number)
      axis.width = (axis.high - axis.low) / axis.bins
    end
    local values = values_of(atoms, what, where)
    if o.slab then values = within(atoms, values, across(names), o.slab) end
    if b then
      core.bin(atoms, values, count, sum, square, a.number, a.bins, a.low, a.high, b.number,
        b.bins, b.low, b.high)
    else
      core.bin(atoms, values, count, sum, square, a.number, a.bins, a.low, a.high)
    end
    volume, number, last = volume + atoms:volume(), number + 1, atoms
  end
  return { last = last, axes = axes, count = count, sum = sum, square = square,
           volume = volume / number, frames = number, bins = #count }
end

-- Volume of one bin [A^3]: along free axes the atoms fill a part of the cell only.
local function bin_volume(sums)
  local atoms = sums.last
  local part = 1.0
  local box = atoms:box()
  for _, axis in ipairs(sums.axes) do
    if not axis.periodic then
      local h = { box.a, box.b, box.c }
      local i, j = h[axis.number % 3 + 1], h[(axis.number + 1) % 3 + 1]
      local area = math.sqrt((i[2] * j[3] - i[3] * j[2]) ^ 2 + (i[3] * j[1] - i[1] * j[3]) ^ 2
        + (i[1] * j[2] - i[2] * j[1]) ^ 2)
      part = part * (axis.high - axis.low) * area / atoms:volume()
    end
  end
  return sums.volume * part / sums.bins
end

-- Means, their errors, counts; for atoms alone the number density.
local function evaluate(sums, what, o)
  local array = require("vitrum").array
  local count, sum = sums.count, sums.sum
  local result = { count = count / sums.frames, frames = sums.frames }
  local empty = count:eq(0)
  if what == nil then
    local volume = bin_volume(sums)
    local density = count / (sums.frames * volume)
    result.value = o.smooth > 0 and smoothed(density, sums.axes, o.smooth) or density
    result.error = count:sqrt() / (sums.frames * volume)
    return result
  end
  local safe = array.where(empty, 1.0, count)
  local mean = sum / safe
  local variance = (sums.square / safe - mean:square()):clip(0, math.huge)
  local few = array.where(count:lt(2), 1.0, count - 1)
  result.error = array.where(count:lt(2), 0 / 0, (variance / few):sqrt())
  if o.smooth > 0 then
    -- Sums and counts each, so that every atom has the same weight.
    local wide, weight = smoothed(sum, sums.axes, o.smooth), smoothed(count, sums.axes, o.smooth)
    result.value = array.where(weight:le(0), 0 / 0, wide / array.where(weight:le(0), 1.0, weight))
  else
    result.value = array.where(empty, 0 / 0, mean)
  end
  return result
end

local function centers(axis)
  local array = require("vitrum").array
  return array.linspace(axis.low + axis.width / 2, axis.high - axis.width / 2, axis.bins)
end

-- ---------------------------------------------------------------- profiles ----

local Profile = {} -- methods
local PROFILE <const> = { __name = "vitrum.Profile", __index = Profile }

-- ", least to largest" of the numbers of an array, nothing when there are none.
local function range_of(values)
  local finite = values:select(values:isfinite())
  return #finite > 0 and (", %.4g to %.4g"):format(finite:min(), finite:max()) or ", all empty"
end

PROFILE.__tostring = function(self)
  return ("profile along %s: %d slabs of %.3g A%s"):format(self.axis, #self.x, self.width,
    range_of(self.value))
end

---Draw the profile.
---@param given table? relative_to = another profile, and the options of vt.plot
function Profile:plot(given)
  local settings = options.put("Profile:plot", {}, given)
  local other = settings.relative_to
  settings.relative_to = nil
  if other ~= nil and (getmetatable(other) ~= PROFILE or #other.x ~= #self.x) then
    raise "Profile:plot: relative_to must be a profile with as many slabs"
  end
  local curves = { { x = self.x, y = other and self.value - other.value or self.value,
                     error = not other and self.error or nil } }
  curves.xlabel, curves.ylabel = self.axis .. " (Å)", self.label
  for key, value in pairs(settings) do curves[key] = value end
  return require("vitrum").plot(curves)
end

---The shear band: the highest peak of the profile above its median.
---@return table # center, width (full width at half height) [A], peak, background, contrast, share
function Profile:band()
  local list, n = self.value:totable(), #self.x
  local finite = self.value:select(self.value:isfinite())
  if #finite < 3 then raise "Profile:band: at least three slabs must hold atoms" end
  local background, top = finite:median(), 1
  while list[top] ~= finite:max() do top = top + 1 end
  local half = (list[top] + background) / 2
  -- Steps from the top to the first slab below half height, with the crossing between the two.
  local function steps(direction)
    local before = list[top]
    for k = 1, n - 1 do
      local j = top + direction * k
      if self.periodic then j = (j - 1) % n + 1 end
      local value = list[j]
      if value == nil then return k - 0.5 end -- the end of the material
      if value == value then
        if value < half then return k - 1 + (before - half) / (before - value) end
        before = value
      end
    end
    return n / 2
  end
  local left, right = steps(-1), steps(1)
  local center = self.x[top] + (right - left) / 2 * self.width
  if self.periodic then
    center = self.low + (center - self.low) % (self.width * n)
  end
  local contrast = list[top] == background and 1 or list[top] / background -- all may be 0
  return { center = center, width = math.min(n, left + right) * self.width, peak = list[top],
           background = background, contrast = contrast,
           share = math.min(1, (left + right) / n) }
end

---Mean of a per-atom quantity in slabs.
function field.profile(source, what, given)
  local where = "structure.profile"
  local o = options.check(where, field.PROFILE, given)
  local sums = accumulate(where, source, what, { o.axis }, { o.bins }, o)
  local result = evaluate(sums, what, o)
  local axis = sums.axes[1]
  result.x, result.axis, result.width = centers(axis), o.axis, axis.width
  result.low, result.periodic = axis.low, axis.periodic
  result.label = label_of(what, o)
  return setmetatable(result, PROFILE)
end

-- ---------------------------------------------------------------- maps ----

local Map = {} -- methods
local MAP <const> = { __name = "vitrum.Map", __index = Map }

MAP.__tostring = function(self)
  return ("map of the %s%s plane: %d x %d columns%s"):format(self.plane[1], self.plane[2], #self.x,
    #self.y, range_of(self.value:reshape(#self.x * #self.y)))
end

---Draw the map in colors.
---@param given table? relative_to = another map, and the options of vt.plot.heatmap
function Map:plot(given)
  local settings = options.put("Map:plot", {}, given)
  local other = settings.relative_to
  settings.relative_to = nil
  if other ~= nil and (getmetatable(other) ~= MAP or #other.x ~= #self.x
    or #other.y ~= #self.y) then
    raise "Map:plot: relative_to must be a map with as many columns"
  end
  local all = { xlabel = self.plane[1] .. " (Å)", ylabel = self.plane[2] .. " (Å)",
                xrange = self.xrange, yrange = self.yrange, zlabel = self.label, equal = true,
                quantity = colors.QUANTITIES[self.label] and self.label or nil,
                palette = other and "blue-red" or nil }
  for key, value in pairs(settings) do all[key] = value end
  return require("vitrum").plot.heatmap(other and self.value - other.value or self.value, all)
end

---Mean of a per-atom quantity in columns across a plane.
function field.map(source, what, given)
  local where = "structure.map"
  local o = options.check(where, field.MAP, given)
  local names = {}
  for letter in o.plane:gmatch "[xyz]" do names[#names + 1] = letter end
  local bins = math.type(o.bins) == "integer" and { o.bins, o.bins } or o.bins
  local ok = type(bins) == "table" and #bins == 2
  for k = 1, 2 do
    ok = ok and math.type(bins[k]) == "integer" and bins[k] >= 1 and bins[k] <= MOST_BINS
  end
  if not ok then
    raise("%s: option 'bins' must be a whole number, 1 to %d, or two such as { 40, 20 }", where,
      MOST_BINS)
  end
  local slab = o.slab
  if slab ~= nil and not (type(slab) == "table" and #slab == 2 and tonumber(slab[1])
    and tonumber(slab[2]) and slab[1] < slab[2] and slab[1] > -math.huge
    and slab[2] < math.huge) then
    raise("%s: option 'slab' must be two rising numbers such as { 10, 14 } (A)", where)
  end
  if slab ~= nil and what == nil then
    raise("%s: option 'slab' goes with values; without them atoms are counted", where)
  end
  -- Rows of the matrix run along the second axis, as a picture has them.
  local sums = accumulate(where, source, what, { names[2], names[1] }, { bins[2], bins[1] }, o)
  local result = evaluate(sums, what, o)
  for _, name in ipairs{ "value", "error", "count" } do
    result[name] = result[name]:reshape(bins[2], bins[1])
  end
  local y, x = sums.axes[1], sums.axes[2]
  result.x, result.y, result.plane = centers(x), centers(y), names
  result.xrange, result.yrange = { x.low, x.high }, { y.low, y.high }
  result.label = label_of(what, o)
  return setmetatable(result, MAP)
end

-- ---------------------------------------------------------------- around atoms ----

---The mean of a per-atom quantity around each atom.
function field.coarse_grain(atoms, what, given)
  local where = "structure.coarse_grain"
  local o = options.check(where, field.COARSE, given)
  if not frames.is_atoms(atoms) then
    raise("%s: expected an Atoms, got %s", where, type(atoms))
  end
  if what == nil then raise("%s: give values: one number for each atom, or a species", where) end
  if o.radius and given.width ~= nil then
    raise("%s: give width, for Gaussian weights, or radius, for a sphere, not both", where)
  end
  return core.coarse(atoms, values_of(atoms, what, where), o.radius or o.width, o.radius ~= nil)
end

-- ---------------------------------------------------------------- options and help ----

local SMOOTH <const> = { name = "smooth", kind = "nonnegative", default = 0, unit = "A",
  help = "standard deviation of a Gaussian over which neighboring bins are averaged" }
local LABEL <const> = { name = "label", kind = "string",
  help = 'what the value is and its unit, for figures; by default "Cu fraction", "number density '
    .. '(1/Å³)" or "value"' }

field.PROFILE = frames.with{
  { name = "axis", kind = "choice", choices = NAME, default = "z",
    help = "across the slabs; in a tilted box at right angles to the faces" },
  { name = "bins", kind = "count", default = 50, help = "number of slabs" },
  SMOOTH, LABEL,
}
field.MAP = frames.with{
  { name = "plane", kind = "choice", choices = { "xy", "xz", "yz", "yx", "zx", "zy" },
    default = "xy", help = "axes of the map: to the right, upwards" },
  { name = "bins", kind = "one or by axis", default = 40,
    help = "columns along both axes, or { nx, ny }" },
  { name = "slab", kind = "value",
    help = "{ from, to }, A from the lower face of the box along the third axis: only the atoms "
      .. "there count" },
  SMOOTH, LABEL,
}
field.COARSE = {
  { name = "width", kind = "positive", default = 3, unit = "A",
    help = "standard deviation of the Gaussian weights, which end at 3 widths" },
  { name = "radius", kind = "positive", unit = "A",
    help = "instead of Gaussian weights: of a sphere in which all atoms count alike" },
}

local VALUES <const> = "values: an array with a number for each atom (of the first frame; atoms of "
  .. "other frames are matched by id), a function(atoms) that gives one array for each frame, "
  .. 'the symbol of a species ("Cu") for its share, or nil for the number '
  .. "density (1/A^3). nan counts for nothing. "

help.register_type("Profile", PROFILE)
help.register_type("Map", MAP)
help.document("structure.profile", {
  terms = "shear band; density profile; slabs; binning; chunk",
  see = "Profile:band; structure.map",
  signature = "vt.structure.profile(source, [values], [options]) -> Profile { x, value, error, "
    .. "count }",
  summary = "Mean of any per-atom quantity in slabs across an axis, over one frame or many. "
    .. VALUES .. "x: centers of the slabs (A); error: standard error of the mean; count: atoms per "
    .. "frame. Along a free axis the slabs reach from the first atom to the last.",
  options = field.PROFILE,
  example = 'local p = vt.structure.profile(glass, "Cu", { axis = "y" })\np:plot()\n'
    .. "local d = vt.structure.deformation(before, after)\n"
    .. 'print(vt.structure.profile(after, d.von_mises, { axis = "y" }):band().width)' })
help.document("Profile:plot", {
  signature = "p:plot([options]) -> file", summary = "Draw the profile, or with relative_to = "
    .. "another one the difference; the other options are those of vt.plot.",
  example = "after:plot{ relative_to = before }" })
help.document("Profile:band", {
  terms = "shear band; shear band width; strain localization",
  see = "structure.profile",
  signature = "p:band() -> { center, width, peak, background, contrast, share }",
  summary = "The shear band in a profile of strain or D2min: place and full width at half height "
    .. "(A) of the highest peak above the median (background); contrast = peak/background; share "
    .. "of the length.",
  example = "print(p:band().center, p:band().width)" })
help.document("structure.map", {
  terms = "strain map; spatial map; map of atoms",
  see = "structure.profile; plot.heatmap",
  signature = "vt.structure.map(source, [values], [options]) -> Map { x, y, value, error, count }",
  summary = "Mean of any per-atom quantity in columns through the box, a matrix of rows along the "
    .. "second axis, as vt.plot.heatmap draws it. " .. VALUES,
  options = field.MAP,
  example = 'local m = vt.structure.map(glass, "Cu", { plane = "xy", smooth = 2 })\nm:plot()' })
help.document("Map:plot", {
  signature = "m:plot([options]) -> file", summary = "Draw the map in colors, or with relative_to "
    .. "= another one the difference; the other options are those of vt.plot.heatmap.",
  example = 'after:plot{ relative_to = before, file = "change.svg" }' })
help.document("structure.coarse_grain", {
  terms = "coarse graining; Gaussian average; average over neighbors",
  see = "structure.map",
  signature = "vt.structure.coarse_grain(atoms, values, [options]) -> Array",
  summary = "The mean of a per-atom quantity around each atom, with Gaussian weights or in a "
    .. "sphere, itself included. values as for vt.structure.profile.",
  options = field.COARSE,
  example = "local smooth = vt.structure.coarse_grain(glass, d.d2min, { width = 4 })" })

local structure <const> = require("vitrum").structure
structure.profile = field.profile
structure.map = field.map
structure.coarse_grain = field.coarse_grain

return field
