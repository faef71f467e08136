-- What Li et al. measure on Voronoi cells: gradient atomic packing, clusters of icosahedra, free
-- volume. Each function takes Voronoi cells, atoms or a trajectory.

local core = require "vitrum.order_core"
local help = require "vitrum.prompt.help"
local finite_mean = require("vitrum.base.numbers").finite_mean
local options = require "vitrum.base.options"
local voronoi = require "vitrum.structure.voronoi"

local raise = options.raise

local packing = {}

local ROMAN <const> = { "I", "II", "III", "IV", "V", "VI" }
local ICOSAHEDRON <const> = "0,0,12,0"

-- Where more than three faces nearly meet in a vertex, the least motion opens small faces. They are
-- left out by default, which has its price: see the help of structure.packing.
local THRESHOLDS <const> = { face_threshold = 0.01, edge_threshold = 0.1 }
packing.THRESHOLDS = THRESHOLDS

-- Atoms of each species as arrays of 0 and 1, with how many: { { symbol, mask, count }, ... }.
local function species_of(v)
  local types, symbols = core.types(v)
  local list = {}
  for k, symbol in ipairs(symbols) do
    local mask = types:eq(k)
    local count = mask:sum()
    if count > 0 then list[#list + 1] = { symbol = symbol, mask = mask, count = count } end
  end
  return list
end

-- ---------------------------------------------------------------- packing ----

-- Shares of the six species among the atoms of `mask` (nil: all), of which there are `count`.
local function shares(class, mask, count)
  local f = {}
  for k, name in ipairs(ROMAN) do
    local hits = class:eq(k)
    f[name] = (mask and hits * mask or hits):sum() / count
  end
  return { fractions = f, solid_like = f.I, transition = f.II + f.III,
           liquid_like = f.IV + f.V + f.VI }
end

local function measure_packing(v)
  local class = core.packing(v)
  local numbers = shares(class, nil, #v)
  numbers.icosahedra, numbers.W = v:fraction(ICOSAHEDRON), v.W
  numbers.by_species = {}
  for _, species in ipairs(species_of(v)) do
    local of_species = shares(class, species.mask, species.count)
    of_species.icosahedra = v:fraction(ICOSAHEDRON, { species = species.symbol })
    of_species.W = v:mean_five_fold{ species = species.symbol }
    numbers.by_species[species.symbol] = of_species
  end
  return numbers, { class = class }
end

local PACKING <const> = voronoi.with({}, THRESHOLDS)

---Gradient atomic packing.
---@param source any Voronoi, Atoms, path, list or iterator
---@param given? table
---@return table
function packing.packing(source, given)
  local where = "structure.packing"
  local o = options.check(where, PACKING, given)
  return voronoi.over_frames(measure_packing, voronoi.each(where, source, o, given))
end

help.document("structure.packing", {
  terms = "gradient atomic packing; geometrically unfavored motifs; GUM; soft spots; "
    .. "packing efficiency",
  see = "structure.voronoi; structure.free_volume",
  signature = "vt.structure.packing(source, [options]) -> { fractions, solid_like, transition, "
    .. "liquid_like, icosahedra, W, by_species, class, frames, series }",
  summary = "Gradient atomic packing of Li, Yu, Branicio and Sha. Cells are of six species "
    .. "by their frustration: without faces of 3 or more than 6 edges, I has n4 = 0, n5 = 12; "
    .. "II 1, 10; III 2, 8; IV 3, 6; V 4, 4; VI is all else. fractions.I to fractions.VI are "
    .. "shares of all atoms; solid_like is I, transition II + III, liquid_like IV + V + VI; "
    .. "icosahedra is the "
    .. "share with <0,0,12,0>; W the mean five-fold symmetry; by_species has the same among the "
    .. "atoms of each species. class is the species of each atom, 1 to 6. Small faces and edges "
    .. "are left out by default, which sends most cells that have some to VI: the liquid-like "
    .. "share of a relaxed Cu64.5Zr35.5 is 0.65 so and 0.47 with both thresholds 0, the "
    .. "solid-like one 0.16 and 0.17. Compare only numbers with the same thresholds. source: "
    .. "Voronoi cells, an Atoms, or a trajectory (a file, a list, an iterator): then numbers are "
    .. "means over the frames, by_species over those that have the species (the others have nan in "
    .. "series); series has all of them as arrays, and class is of the last frame. "
    .. "Best on inherent structures. The rule: Wang et al., npj Comput. Mater. 4, 41 (2018), as "
    .. "far as it could be read.",
  options = PACKING,
  example = 'local p = vt.structure.packing(glass)\n'
    .. 'print(p.solid_like, p.transition, p.liquid_like, p.by_species.Cu.icosahedra)\n'
    .. 'glass:save("packing.dump", { columns = { packing = p.class } })',
})

-- ---------------------------------------------------------------- clusters ----

local function largest(array)
  return #array > 0 and array:max() or 0
end

local function measure_clusters(v, o)
  local c = core.clusters(v, o.index, o.center, o.link)
  local linked = c.polyhedra:ge(2)
  local atoms, polyhedra = c.atoms:select(linked), c.polyhedra:select(linked)
  return {
    number = #atoms, average = finite_mean(atoms), largest = largest(atoms),
    average_polyhedra = finite_mean(polyhedra), largest_polyhedra = largest(polyhedra),
    single = #c.atoms - #atoms, average_with_single = finite_mean(c.atoms),
    polyhedra = c.centers, covered = c.covered / #v, links = c.links,
  }, { center = c.center, member = c.member, sizes = c.atoms, sizes_polyhedra = c.polyhedra }
end

local CLUSTERS <const> = voronoi.with({
  { name = "index", kind = "value", default = ICOSAHEDRON,
    help = "Voronoi index of the polyhedra, n3,n4,n5,n6" },
  { name = "center", kind = "string", help = "polyhedra around atoms of this species only" },
  { name = "link", kind = "choice", choices = { "vertex", "edge", "face", "volume" },
    default = "volume", help = "polyhedra that share this or more belong together" },
}, THRESHOLDS)

---Medium-range order.
---@param source any
---@param given? table
---@return table
function packing.clusters(source, given)
  local where = "structure.clusters"
  local o = options.check(where, CLUSTERS, given)
  local result = voronoi.over_frames(function(v) return measure_clusters(v, o) end,
    voronoi.each(where, source, o, given))
  for _, name in ipairs{ "average", "average_polyhedra", "average_with_single" } do
    if result[name] ~= result[name] then result[name] = 0 end -- no frame has a cluster
  end
  return result
end

help.document("structure.clusters", {
  terms = "medium-range order; MRO; network of icosahedra; icosahedra; interpenetrating; "
    .. "clusters; connectivity",
  see = "structure.voronoi",
  signature = "vt.structure.clusters(source, [options]) -> { number, average, largest, "
    .. "links, center, member, ... }",
  summary = "Medium-range order: clusters of full icosahedra that interpenetrate (or share less, "
    .. "option link). number counts clusters of two or more; average and largest are their sizes "
    .. "in atoms, each atom once, average_polyhedra and largest_polyhedra in icosahedra; single "
    .. "counts icosahedra on their own, average_with_single counts these in. polyhedra is the "
    .. "number of all icosahedra, covered the share of atoms in at least one. links tells apart "
    .. "the pairs of icosahedra by what they share: vertex (one atom), edge (two), face (three or "
    .. "more), volume (each center in the other's shell). Per atom: center (number of the cluster "
    .. "that it is a center of, the largest being 1; 0: none) and member (the first cluster that "
    .. "it belongs to); sizes and sizes_polyhedra of all clusters. source: Voronoi cells, an Atoms "
    .. "or a trajectory; then numbers are means over frames and series has all of them. Averages "
    .. "are over the frames that have clusters (the others have nan in series), 0 if none has. "
    .. "Wakeda and Shibutani, Acta Mater. 58, 3963 (2010); Lee et al., Acta Mater. 59, 159 (2011).",
  options = CLUSTERS,
  example = 'local c = vt.structure.clusters(glass)\n'
    .. 'print(c.number, c.average, c.largest, c.links.volume)\n'
    .. 'glass:save("clusters.dump", { columns = { cluster = c.member } })',
})

-- ---------------------------------------------------------------- free volume ----

-- Half the distance of neighbors in the metal with 12 of them [A]; and those of Miracle's set.
local CORES <const> = {
  metallic = { Cu = 1.28, Zr = 1.60 },
  miracle = { Cu = 1.26, Zr = 1.58, Ti = 1.42, Co = 1.25, Hf = 1.58 },
}

local function measure_free_volume(v, cores)
  local values, fraction = core.free_volume(v, cores)
  local numbers = { fraction = fraction, mean = values:mean(), by_species = {} }
  for _, species in ipairs(species_of(v)) do
    local free = (values * species.mask):sum()
    numbers.by_species[species.symbol] = {
      mean = free / species.count, fraction = free / (v.volume * species.mask):sum(),
    }
  end
  return numbers, { values = values }
end

local FREE_VOLUME <const> = voronoi.with{
  { name = "core_radii", kind = "value", default = "metallic", unit = "A",
    help = 'radii of the cores by species, { Cu = 1.28, Zr = 1.60 }, or a set of them: "metallic" '
      .. '(Cu, Zr) or "miracle" (Cu, Zr, Ti, Co, Hf)' },
}

---Free volume.
---@param source any
---@param given? table
---@return table
function packing.free_volume(source, given)
  local where = "structure.free_volume"
  local o = options.check(where, FREE_VOLUME, given)
  local cores = o.core_radii
  if type(cores) == "string" then
    cores = CORES[cores] or raise("%s: there is no set of core radii '%s'; there are 'metallic' "
      .. "and 'miracle', or give radii by species: { Cu = 1.28, ... }", where, cores)
  end
  return voronoi.over_frames(function(v) return measure_free_volume(v, cores) end,
    voronoi.each(where, source, o, given))
end

help.document("structure.free_volume", {
  terms = "excess volume; void",
  see = "structure.voronoi",
  signature = "vt.structure.free_volume(source, [options]) -> { values, fraction, mean, "
    .. "by_species, frames, series }",
  summary = "Free volume: that of an atom's Voronoi cell minus that of a core sphere [A^3]. values "
    .. "holds it for each atom (negative ones included), fraction is the sum over the volume of "
    .. "all cells. Only differences between samples mean something, at the same temperature and "
    .. "pressure and with the same radii. source: Voronoi cells, an Atoms or a trajectory; then "
    .. "numbers are means over frames and series has all of them. Li and Li, Mater. Trans. 48, "
    .. "1816 (2007).",
  options = FREE_VOLUME,
  example = "local f = vt.structure.free_volume(glass)\nprint(f.fraction, f.by_species.Cu.mean)",
})

local structure <const> = require("vitrum").structure
structure.packing = packing.packing
structure.clusters = packing.clusters
structure.free_volume = packing.free_volume

return packing
