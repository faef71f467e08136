-- Deformation between two frames: local strain, D2min, S-atoms.

local core = require "vitrum.strain_core"
local frames = require "vitrum.structure.frames"
local help = require "vitrum.prompt.help"
local finite_mean = require("vitrum.base.numbers").finite_mean
local options = require "vitrum.base.options"

local raise = options.raise

local strain = {}

local Deformation = {} -- methods
local DEFORMATION <const> = { __name = "vitrum.Deformation", __index = Deformation }

-- From E_vM = sqrt(tr(dev e)^2 / 2) to the equivalent strain of Li et al., equation 1,
-- sqrt(2/9 [(xx - yy)^2 + ... + 6 (xy^2 + ...)]).
local EQUIVALENT <const> = 2 / math.sqrt(3)

DEFORMATION.__tostring = function(self)
  return ("deformation of %d atoms (%d without one): mean von Mises strain %.4g, mean D2min %.4g "
    .. "A^2, %.2f %% S-atoms"):format(#self.d2min, #self.d2min - self.valid,
    finite_mean(self.von_mises), finite_mean(self.d2min), 100 * self:fraction())
end

---Part of the atoms whose von Mises strain exceeds a threshold: the S-atoms of Li et al.
---@param given? table above
---@return number fraction of the atoms that have a strain
function Deformation:fraction(given)
  local o = options.check("Deformation:fraction", strain.FRACTION, given)
  return self.von_mises:gt(o.above):sum() / self.valid
end

---Parts of the atoms in windows of von Mises strain: those of Wang et al. by default.
---@param edges? number[] rising
---@return table[] # { low, high, fraction, atoms }, atoms numbered from 1
function Deformation:windows(edges)
  edges = edges or { 0.05, 0.1, 0.15, 0.2 }
  if type(edges) ~= "table" or #edges == 0 then
    raise "Deformation:windows: expected rising edges such as { 0.05, 0.1, 0.15, 0.2 }"
  end
  local result, low = {}, 0.0
  for k = 1, #edges + 1 do
    local high = k > #edges and math.huge or edges[k]
    if type(high) ~= "number" or high ~= high or high <= low then
      raise("Deformation:windows: edge %d must be a number above %g, got %s", k, low,
        tostring(high))
    end
    local inside = self.von_mises:ge(low) * self.von_mises:lt(high)
    result[k] = { low = low, high = high, atoms = inside:find(),
                  fraction = inside:sum() / self.valid }
    low = high
  end
  return result
end

---Per-atom results under the names of columns, for glass:save(path, { columns = ... }). Files hold
---no nan: atoms without a strain have zeros, and 0 in the column `strained`.
---@return table<string, vitrum.Array>
function Deformation:columns()
  local array = require("vitrum").array
  local columns = { D2min = self.d2min, von_mises = self.von_mises, strain = self.strain,
                    nonaffine = self.displacement }
  if self.valid < #self.d2min then
    for name, values in pairs(columns) do
      columns[name] = array.where(values:isfinite(), values, 0.0)
    end
    columns.strained = self.d2min:isfinite()
  end
  return columns
end

-- The single frame that `source` holds.
local function one_frame(where, source, what)
  if frames.is_atoms(source) then return source end
  if type(source) == "string" then return (require("vitrum").atoms.read(source)) end
  raise("%s: %s must be an Atoms or the name of a file, got %s", where, what,
    source == nil and "nothing" or "a " .. type(source))
end

local function finish(result)
  result.equivalent = result.von_mises * EQUIVALENT
  return setmetatable(result, DEFORMATION)
end

---Deformation of `atoms` since `reference`.
---@param reference vitrum.Atoms|string
---@param atoms vitrum.Atoms|string
---@param given? table cutoff, relative
---@return vitrum.Deformation
function strain.deformation(reference, atoms, given)
  local where = "structure.deformation"
  reference = one_frame(where, reference, "the reference frame")
  atoms = one_frame(where, atoms, "the second frame")
  return finish(core.deformation(reference, atoms, given))
end

---Deformation of each frame of `source` since the reference: an iterator.
---@param reference vitrum.Atoms|string|nil nil: the first frame
---@param source any as for every function over frames
---@param given? table as for deformation, and species, format, skip, stride
---@return fun(): vitrum.Deformation?, vitrum.Atoms?, table?, integer?
function strain.deformations(reference, source, given)
  local where = "structure.deformations"
  local o = options.check(where, strain.SERIES, given)
  if reference ~= nil then reference = one_frame(where, reference, "the reference frame") end
  local next_frame, _, _, closer = frames.each(where, source, o)
  local known -- the neighbors in the reference frame
  return function()
    local atoms, info, number = next_frame()
    if atoms == nil then return nil end
    known = known or core.reference(reference or atoms, o.cutoff)
    return finish(core.since(known, atoms, o.cutoff, o.relative)), atoms, info, number
  end, nil, nil, closer
end

strain.FRACTION = {
  { name = "above", kind = "number", default = 0.3, unit = "-", help = "von Mises strain" },
}
strain.SERIES = frames.with(options.declared "structure.deformation")

help.register_type("Deformation", DEFORMATION)
help.document("structure.deformations", {
  terms = "strain along a trajectory",
  see = "structure.deformation",
  signature = "for d, atoms, info in vt.structure.deformations(reference, source, [options]) do",
  summary = "vt.structure.deformation of every frame of a trajectory since the reference (nil: the "
    .. "first frame), one frame in memory at a time. source: a file, a list of Atoms and files, or "
    .. "an iterator.",
  options = strain.SERIES,
  example = 'for d, atoms, info in vt.structure.deformations(nil, "shear.dump") do\n'
    .. "  print(info.timestep, d.d2min:mean(), d:fraction())\nend",
})
help.document("Deformation:fraction", {
  terms = "von Mises threshold; fraction of sheared atoms",
  signature = "d:fraction([options]) -> number",
  summary = "Part of the atoms with a von Mises strain above 0.3, the S-atoms of Li et al., or "
    .. "above another threshold. Atoms without a strain do not count.",
  options = strain.FRACTION,
  example = "print(d:fraction(), d:fraction{ above = 0.2 })",
})
help.document("Deformation:windows", {
  signature = "d:windows([edges]) -> { { low, high, fraction, atoms }, ... }",
  summary = "Parts of the atoms by von Mises strain, and their numbers; by default the windows of "
    .. "Wang et al. on the mesoscale, below 0.05, to 0.1, to 0.15, to 0.2 and above.",
  example = "for _, w in ipairs(d:windows()) do print(w.low, w.high, w.fraction) end",
})
help.document("Deformation:columns", {
  signature = "d:columns() -> { D2min, von_mises, strain, nonaffine }",
  summary = "Per-atom results as columns for a file. When atoms lack a strain, theirs is 0, and "
    .. "the column strained tells which have one.",
  example = 'after:save("strain.dump", { columns = d:columns() })',
})

local structure <const> = require("vitrum").structure
structure.deformation = strain.deformation
structure.deformations = strain.deformations

return strain
