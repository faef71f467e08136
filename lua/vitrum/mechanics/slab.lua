-- Samples that do not fill their box: how much room the material itself takes; and shear bands,
-- which lie across a sample at any angle.

local core = require "vitrum.order_core"
local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"

local raise <const> = options.raise

local slab = {}

local AXES <const> = { "x", "y", "z" }
local EDGES <const> = { "a", "b", "c" }

local function check_atoms(where, atoms)
  if not options.is(atoms, "Atoms") then
    raise("%s: expected atoms, got %s", where, numbers.show(atoms))
  end
end

local function cross(u, v)
  return { u[2] * v[3] - u[3] * v[2], u[3] * v[1] - u[1] * v[3], u[1] * v[2] - u[2] * v[1] }
end

local function length(u) return math.sqrt(u[1] ^ 2 + u[2] ^ 2 + u[3] ^ 2) end

-- Distance between the faces of a box that an axis leads to [A].
local function height(box, axis)
  local others = cross(box[EDGES[axis % 3 + 1]], box[EDGES[(axis + 1) % 3 + 1]])
  return box.volume / length(others)
end

-- ---------------------------------------------------------------- the material ----

local MATERIAL <const> = {
  { name = "depth", kind = "positive", default = 6, unit = "A",
    help = "atoms nearer than this to the outermost one count as surface; at most a quarter of "
      .. "the thickness" },
  { name = "cells", kind = "value",
    help = "vt.structure.voronoi(atoms), where it is there already" },
}

-- Near a surface cells are cut at the box or bulge into the vacuum; of a rough surface some remain
-- among those further in.
local BULGING <const> = 1.5 -- times the median volume

-- A mask of the atoms that are far enough from all free surfaces.
local function inside(atoms, box, depth)
  local mask = nil
  local fractions = atoms:fractional()
  for axis = 1, 3 do
    if not box.periodic[axis] then
      local s, h = fractions:column(axis), height(box, axis)
      local low, high = s:min(), s:max()
      local reach = math.min(depth / h, (high - low) / 4)
      local far = s:ge(low + reach) * s:le(high - reach)
      mask = mask and mask * far or far
    end
  end
  return mask
end

---The room that the material takes, without the vacuum beside it.
---@param atoms vitrum.Atoms
---@param given table?
---@return table # volume [A^3], fraction of the box, thickness [A] where one axis is free
function slab.material(atoms, given)
  local where = "mechanics.material"
  local o = options.check(where, MATERIAL, given)
  check_atoms(where, atoms)
  local box = atoms:box()
  local inner, free = inside(atoms, box, o.depth), nil
  if not inner then return { volume = box.volume, fraction = 1.0 } end
  local cells = o.cells or require("vitrum").structure.voronoi(atoms)
  if not options.is(cells, "Voronoi") or #cells ~= #atoms then
    raise("%s: option 'cells' must be the Voronoi cells of these atoms", where)
  end
  local types, symbols = core.types(cells)
  local volumes, sum = cells.volume, 0.0
  local sound = inner * volumes:le(BULGING * volumes:select(inner):median())
  local mean = volumes:select(sound):mean()
  for k = 1, #symbols do
    local own = types:eq(k)
    local count, known = own:sum(), volumes:select(own * sound)
    sum = sum + count * (#known > 0 and known:mean() or mean)
  end
  local result = { volume = sum, fraction = sum / box.volume }
  for axis = 1, 3 do
    if not box.periodic[axis] then free = free == nil and axis end
  end
  if free then result.thickness = result.fraction * height(box, free) end
  return result
end

-- ---------------------------------------------------------------- shear bands ----

local BAND <const> = {
  { name = "load", kind = "choice", choices = { "xx", "yy", "zz", "yz", "xz", "xy" },
    required = true, help = "the strain imposed: bands in tension or compression along y (yy) lie "
      .. "at some 45 degrees to it, in shear yz along the planes across y or z" },
  { name = "width", kind = "positive", default = 5, unit = "A",
    help = "of the slabs of the profile" },
}

local STEEP <const>, FLAT <const> = 1.7, 0.6 -- slopes of bands in tension: 59 and 31 degrees

-- Slopes of planes in the plane of two axes that close on themselves in a periodic box: the height
-- along `axis` that they gain over one length along `other`.
local function slopes(box, axis, other)
  local list = { 0 }
  if not box.periodic[other] then return { 0, 1, -1 } end
  local along, across = box.lengths[axis], box.lengths[other]
  for turns = 1, math.ceil(STEEP * across / along) do
    local slope = turns * along / across
    if slope >= FLAT and slope <= STEEP then
      list[#list + 1], list[#list + 2] = slope, -slope
    end
  end
  return list
end

-- The families of planes in which a band may lie.
local function families(box, load)
  local list = {}
  local one, two = ("xyz"):find(load:sub(1, 1)), ("xyz"):find(load:sub(2, 2))
  if one ~= two then
    return { { axis = one, other = two, slope = 0 }, { axis = two, other = one, slope = 0 } }
  end
  for other = 1, 3 do
    for _, slope in ipairs(other ~= one and slopes(box, one, other) or {}) do
      if slope ~= 0 or #list == 0 then
        list[#list + 1] = { axis = one, other = other, slope = slope }
      end
    end
  end
  return list
end

-- The profile across planes of a slope: shear turns them into planes across the axis.
local function profile_of(atoms, values, family, width)
  local copy, length_along = atoms, atoms:box().lengths[family.axis]
  if family.slope ~= 0 then
    copy = atoms:copy()
    local r = copy:positions()
    r:column(family.axis):assign(r:column(family.axis) - family.slope * r:column(family.other))
    copy:wrap()
  end
  return require("vitrum").structure.profile(copy, values, {
    axis = AXES[family.axis], bins = math.max(3, math.floor(length_along / width)) })
end

---The strongest shear band: that among the planes in which one may lie whose profile has the
---highest contrast.
---@param atoms vitrum.Atoms strained
---@param values any one number for each atom: von Mises strain or D2min
---@param given table
---@return table # of Profile:band, and the angle to the axis, slope, axis, other, profile
function slab.shear_band(atoms, values, given)
  local where = "mechanics.shear_band"
  local o = options.check(where, BAND, given)
  check_atoms(where, atoms)
  local box, best = atoms:box(), nil
  for _, letter in ipairs{ o.load:sub(1, 1), o.load:sub(2, 2) } do
    if not box.periodic[("xyz"):find(letter)] then
      raise("%s: the box is free along %s, where nothing strains it: load = \"%s\" cannot be",
        where, letter, o.load)
    end
  end
  for _, family in ipairs(families(box, o.load)) do
    local profile = profile_of(atoms, values, family, o.width)
    local band = profile:band()
    if not best or band.contrast > best.contrast then
      best = band
      best.profile, best.slope = profile, family.slope
      best.axis, best.other = AXES[family.axis], AXES[family.other]
      local tilt = math.atan(family.slope)
      best.angle = 90 - math.deg(math.abs(tilt))
      best.width = best.width * math.cos(tilt) -- across the band, not along the axis
    end
  end
  return best
end

-- ---------------------------------------------------------------- help ----

help.document("mechanics.material", {
  terms = "slab volume; true stress; cross section; thickness of a slab; Gibbs dividing surface; "
    .. "free surface",
  see = "mechanics.shear_band; structure.voronoi; Atoms:stress",
  signature = "vt.mechanics.material(atoms, [options]) -> { volume, fraction, thickness }",
  summary = "The room that the material takes in a box with free axes: the volume (A^3) that its "
    .. "atoms would have inside it, from the Voronoi cells of those of their species far from the "
    .. "surfaces, as Gibbs's dividing surface has it; fraction, that of the box; thickness (A) of "
    .. "a slab. Stresses of atoms and dynamics are those of the whole box, vacuum included: "
    .. "divide them by fraction. Does not depend on how much vacuum there is.",
  options = MATERIAL,
  example = "local m = vt.mechanics.material(glass)\nprint(glass:stress().yy / m.fraction)" })
help.document("mechanics.shear_band", {
  terms = "shear band; shear bands; strain localization; shear band angle; catastrophic failure",
  see = "Profile:band; structure.deformation; mechanics.material",
  signature = "vt.mechanics.shear_band(atoms, values, { load = \"yy\" }) -> { contrast, width, "
    .. "angle, center, share, peak, background, axis, other, slope, profile }",
  summary = "The strongest shear band in a strained sample, in von Mises strain or D2min of its "
    .. "atoms: of the planes in which one may lie, at 31 to 59 degrees to the axis in tension and "
    .. "compression or right across it, along the shear planes in shear, those whose profile "
    .. "stands out most; as Profile:band, with the angle (degrees) between band and axis and width "
    .. "(A) across the band. Where the box is periodic, only planes that close on themselves. A "
    .. "contrast says little alone: compare it with that of a small strain.",
  options = BAND,
  example = "local d = vt.structure.deformation(before, after)\n"
    .. 'print(vt.mechanics.shear_band(after, d.von_mises, { load = "yy" }).contrast)' })

return slab
