-- Common neighbor analysis: which atoms sit in a crystal, and in which one.

local core = require "vitrum.order_core"
local frames = require "vitrum.structure.frames"
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"
local voronoi = require "vitrum.structure.voronoi"

local common = {}

local NEAREST <const> = 14 -- the neighbors of bcc; 12 of them are those of fcc and hcp
local NAMES <const> = { [0] = "other", "fcc", "hcp", "bcc", "icosahedral" } -- by number

local OPTIONS <const> = frames.with{}

local function measure(atoms)
  local kind = core.common_neighbors(core.bonds_nearest(atoms, NEAREST))
  local fractions = {}
  for k = 0, #NAMES do fractions[NAMES[k]] = kind:eq(k):sum() / #kind end
  return { fractions = fractions, crystalline = fractions.fcc + fractions.hcp + fractions.bcc },
    { kind = kind }
end

---Common neighbor analysis.
---@param source any Atoms, path, list or iterator
---@param given? table
---@return table
function common.common_neighbors(source, given)
  local where = "structure.common_neighbors"
  local o = options.check(where, OPTIONS, given)
  return voronoi.over_frames(measure, frames.each(where, source, o))
end

help.document("structure.common_neighbors", {
  terms = "common neighbor analysis; CNA; adaptive common neighbor analysis; crystallinity; "
    .. "crystalline fraction",
  see = "structure.bond_order; mixing-enthalpy; crystal-composition",
  signature = "vt.structure.common_neighbors(source, [options]) -> { kind, fractions, crystalline, "
    .. "frames, series }",
  summary = "Common neighbor analysis (Honeycutt and Andersen, J. Phys. Chem. 91, 4950 (1987)) "
    .. "with a cutoff of each atom's own (Stukowski, Modelling Simul. Mater. Sci. Eng. 20, 045021 "
    .. "(2012)): no parameter, no difference between species, so that B2 counts as bcc. kind is 1 "
    .. "for an atom whose neighbors are arranged as in fcc, 2 hcp, 3 bcc, 4 an icosahedron, 0 "
    .. "anything else; fractions has the shares by name (other, fcc, hcp, bcc, icosahedral) and "
    .. "crystalline the first three together. Heat shakes the neighbors: look at inherent "
    .. "structures. A glass has about one percent of such atoms by chance. Of a trajectory numbers "
    .. "are means, series has those of every frame and kind is of the last.",
  options = OPTIONS,
  example = "local c = vt.structure.common_neighbors(glass)\n"
    .. 'print(c.crystalline, c.fractions.bcc)\n'
    .. 'glass:save("cna.dump", { columns = { cna = c.kind } })',
})

require("vitrum").structure.common_neighbors = common.common_neighbors

return common
