-- Bond-orientational order of single structures and trajectories.

local core = require "vitrum.order_core"
local frames = require "vitrum.structure.frames"
local help = require "vitrum.prompt.help"
local finite_mean = require("vitrum.base.numbers").finite_mean
local options = require "vitrum.base.options"
local voronoi = require "vitrum.structure.voronoi"

local raise = options.raise

local bond_order = {}

local OPTIONS <const> = voronoi.with{
  { name = "l", kind = "value", default = { 4, 6 },
    help = "a degree or a list of degrees, 0 to 20" },
  { name = "cutoff", kind = "positive", unit = "A", range = "distance",
    help = "neighbors are all within this distance" },
  { name = "number", kind = "count", help = "neighbors are this many nearest ones" },
  { name = "weighted", kind = "boolean", default = true,
    help = "with neither: neighbors share a Voronoi face, and count by its area" },
}

local WHERE <const> = "structure.bond_order"

local function degrees(l)
  local list = type(l) == "table" and l or { l }
  if #list == 0 then raise("%s: option 'l' lists no degree", WHERE) end
  for _, degree in ipairs(list) do
    if not (math.type(degree) == "integer" and degree >= 0 and degree <= 20) then
      raise("%s: option 'l' must be a whole number from 0 to 20, or a list of these, got %s", WHERE,
        tostring(degree))
    end
  end
  return list
end

-- Order parameters that bonds define.
local function measure(bonds, list)
  local arrays = { q = {}, w = {}, q_average = {}, w_average = {},
                   coordination = core.bond_count(bonds) }
  local mean = { q = {}, w = {}, q_average = {}, w_average = {},
                 coordination = arrays.coordination:mean() }
  for _, l in ipairs(list) do
    arrays.q[l], arrays.w[l] = core.bond_order(bonds, l, false)
    arrays.q_average[l], arrays.w_average[l] = core.bond_order(bonds, l, true)
    for _, name in ipairs{ "q", "w", "q_average", "w_average" } do
      mean[name][l] = finite_mean(arrays[name][l])
    end
  end
  return { mean = mean }, arrays
end

---Bond-orientational order.
---@param source any Voronoi, Atoms, path, list or iterator
---@param given? table
---@return table
function bond_order.bond_order(source, given)
  local o = options.check(WHERE, OPTIONS, given)
  local list = degrees(o.l)
  if o.cutoff and o.number then
    raise("%s: neighbors by cutoff or by number, not both", WHERE)
  end
  if (o.cutoff or o.number) and voronoi.is(source) then
    raise("%s: these are Voronoi cells, which have no cutoff and no number; give the atoms instead",
      WHERE)
  end
  if not (o.cutoff or o.number) then
    return voronoi.over_frames(function(v)
      return measure(core.bonds_voronoi(v, o.weighted), list)
    end, voronoi.each(WHERE, source, o, given))
  end
  return voronoi.over_frames(function(atoms)
    local bonds = o.cutoff and core.bonds_within(atoms, o.cutoff)
      or core.bonds_nearest(atoms, o.number)
    local numbers, arrays = measure(bonds, list)
    if arrays.coordination:max() == 0 then
      raise("%s: no atom has a neighbor within the cutoff of %g A; take the first minimum of g(r), "
        .. "about 3.8 A for Cu-Zr", WHERE, o.cutoff)
    end
    return numbers, arrays
  end, frames.each(WHERE, source, o))
end

help.document("structure.bond_order", {
  terms = "Steinhardt; bond-orientational order; orientational order parameter; order "
    .. "parameter; q4; q6; w6; crystallinity; crystallization; common neighbor; "
    .. "common neighbor analysis; CNA",
  see = "structure.voronoi",
  signature = "vt.structure.bond_order(source, [options]) -> { q, w, q_average, w_average, "
    .. "coordination, mean, frames, series }",
  summary = "Bond-orientational order: q[l] and w[l] hold q_l and w_l of each atom (Steinhardt, "
    .. "Nelson, Ronchetti, Phys. Rev. B 28, 784 (1983)), q_average[l] and w_average[l] the same "
    .. "after averaging over the atom and its neighbors (Lechner and Dellago, J. Chem. Phys. 129, "
    .. "114707 (2008)). Neighbors share a Voronoi face and count by its area (Mickel et al., J. "
    .. "Chem. Phys. 138, 044501 (2013)), or are those within a cutoff, or the nearest of a number. "
    .. "Atoms without neighbors have nan, and so has w_l where q_l vanishes. mean has the means "
    .. "over atoms; over frames, too, when source is a trajectory, and series.mean then has those "
    .. "of every frame, while arrays are of the last.",
  options = OPTIONS,
  example = 'local b = vt.structure.bond_order(glass, { l = { 4, 6 }, cutoff = 3.8 })\n'
    .. 'print(b.mean.q[6])\nvt.plot(b.q_average[4], b.q_average[6])',
})

require("vitrum").structure.bond_order = bond_order.bond_order

return bond_order
