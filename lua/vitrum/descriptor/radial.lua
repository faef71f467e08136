-- Radial structure functions: Fan, Ding, Ma, Mater. Today 40, 48 (2020), eq. 5.

local common = require "vitrum.descriptor.common"
local core = require "vitrum.descriptor_core"
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"

local raise <const> = options.raise

local radial = {}

local RADIAL -- metatable

local function describe(self)
  local s = self.settings
  local lines = { ("radial structure functions, %d features: %d points from %g to %g%s, sigma %g")
    :format(#self, self.points, s.rmin, s.rmax, s.peaks and " first peaks" or " A", s.sigma) }
  for k, symbol in ipairs(s.species) do
    lines[k + 1] = ("  columns %d to %d: %s around the center"):format((k - 1) * self.points + 1,
      k * self.points, symbol)
  end
  if s.peaks then
    local names = {}
    for _, a in ipairs(s.species) do
      for _, b in ipairs(s.species) do
        names[#names + 1] = ("%s-%s %.4g"):format(a, b, s.peaks[a .. "-" .. b])
      end
    end
    lines[#lines + 1] = "  first peaks (A): " .. table.concat(names, ", ")
  end
  return table.concat(lines, "\n")
end

-- ---------------------------------------------------------------- settings ----

-- With distances in units of the first peak, and in angstrom.
local REDUCED <const> = { rmin = 0.6, rmax = 3.0, sigma = 0.05 }
local PLAIN <const> = { rmin = 1.8, rmax = 6.6, sigma = 0.1 }

radial.OPTIONS = {
  common.SPECIES,
  { name = "peaks", kind = "by species",
    help = "place of the first peak of the pair distribution by center and neighbor (A), "
      .. "{ [\"Cu-Zr\"] = 2.8, ... }, as vt.descriptor.first_peaks gives it: distances are divided "
      .. "by it, so that rmin, rmax, step and sigma are in units of it. Zr-Cu is Cu-Zr where it is "
      .. "not given. By default distances are in A" },
  { name = "rmin", kind = "nonnegative",
    help = "first point of the grid; by default 1.8 A, or 0.6 with peaks" },
  { name = "rmax", kind = "positive",
    help = "last point of the grid, and the cutoff; by default 6.6 A, or 3 with peaks" },
  { name = "sigma", kind = "positive",
    help = "width of a neighbor's bell; by default 0.1 A, or 0.05 with peaks" },
  { name = "step", kind = "positive", help = "from one point to the next; by default sigma" },
}

-- Places of peaks of all ordered pairs.
local function complete_peaks(where, species, given)
  if type(given) ~= "table" then
    raise("%s: option 'peaks' must be a table by pair, as { [\"Cu-Zr\"] = 2.8 }, got %s", where,
      type(given))
  end
  local result, known = {}, {}
  for _, a in ipairs(species) do
    for _, b in ipairs(species) do
      local name, turned = a .. "-" .. b, b .. "-" .. a
      local place = given[name] or given[turned]
      if type(place) ~= "number" or not (place > 0.5 and place < 20) then
        raise("%s: option 'peaks' must have the place of the first peak of %s in A, got %s", where,
          name, tostring(place))
      end
      result[name], known[name] = place, true
    end
  end
  for name in next, given do
    if not known[name] then
      raise("%s: option 'peaks' has an entry %s, which is no pair of %s", where, tostring(name),
        table.concat(species, ", "))
    end
  end
  return result
end

-- Number of steps of a grid, which must end where it is said to end.
local function count_steps(where, o)
  local steps = (o.rmax - o.rmin) / o.step
  local whole = math.floor(steps + 0.5)
  if whole < 1 or whole > 4095 then
    raise("%s: from rmin = %g to rmax = %g in steps of %g are %.6g steps; 1 to 4095 make a grid",
      where, o.rmin, o.rmax, o.step, steps)
  end
  if math.abs(steps - whole) > 1e-6 * math.max(whole, 1) then
    raise("%s: from rmin = %g to rmax = %g are %.4g steps of %g (step, by default sigma), no whole "
      .. "number; take rmax = %.6g or step = %.6g", where, o.rmin, o.rmax, steps, o.step,
      o.rmin + whole * o.step, (o.rmax - o.rmin) / whole)
  end
  return whole
end

---Radial structure functions of the surroundings of atoms.
---@param given table
---@return vitrum.Radial
function radial.radial(given)
  local where = "descriptor.radial"
  local o = options.check(where, radial.OPTIONS, given)
  o.species = common.species(where, o.species)
  if o.peaks ~= nil then o.peaks = complete_peaks(where, o.species, o.peaks) end
  for key, value in pairs(o.peaks and REDUCED or PLAIN) do
    if o[key] == nil then o[key] = value end
  end
  o.step = o.step or o.sigma
  local self = setmetatable({ kind = "radial", points = count_steps(where, o) + 1 }, RADIAL)
  self.settings = { species = o.species, peaks = o.peaks, rmin = o.rmin, rmax = o.rmax,
                    sigma = o.sigma, step = o.step }
  self.labels = {}
  for _, symbol in ipairs(o.species) do
    for k = 0, self.points - 1 do
      self.labels[#self.labels + 1] = ("%s %.6g"):format(symbol, o.rmin + k * o.step)
    end
  end
  return self
end

-- ---------------------------------------------------------------- rows ----

local function rows(self, atoms, where, centers)
  local s, scale = self.settings, {}
  for _, a in ipairs(s.species) do
    for _, b in ipairs(s.species) do
      scale[#scale + 1] = s.peaks and s.peaks[a .. "-" .. b] or 1.0
    end
  end
  return core.radial(atoms, where, s.species, centers, s.rmin, s.step, self.points, s.sigma, s.rmax,
    scale)
end

RADIAL = common.new_type("radial", "Radial", radial.radial, rows, {
  compute = {
    terms = "features of atoms", see = "descriptor.radial; learn.svr",
    summary = "Features of atoms: a row for each center, float32. Images in boxes thinner than the "
      .. "cutoff count. Give it inherent structures: in thermal ones the atoms' motion hides what "
      .. "the model is to learn.",
    example = "local x = d:compute(glass)",
  },
  save = "descriptor.load; LinearModel:save",
})
RADIAL.__tostring = describe

-- ---------------------------------------------------------------- first peaks ----

radial.PEAKS = {
  { name = "centers", kind = "value",
    help = "the atoms around which the peaks are sought, as for vt.structure.rdf: the stiffest 1 % "
      .. "in the source; by default all" },
  { name = "rmax", kind = "positive", default = 6, unit = "A", range = "distance",
    help = "the first peak lies below this" },
}

local FEWEST <const> = 20 -- centers of a species; fewer give no smooth peak

---Places of the first peaks of all pairs.
---@param source any as for vt.structure.rdf
---@param given table?
---@return table
function radial.first_peaks(source, given)
  local where = "descriptor.first_peaks"
  local o = options.check(where, radial.PEAKS, given)
  local g = require("vitrum").structure.rdf(source, { rmax = o.rmax, bins = math.ceil(50 * o.rmax),
                                                      centers = o.centers })
  local counts, result = g.centers or g.counts, {}
  for a in pairs(g.counts) do
    for b in pairs(g.counts) do
      local name = a .. "-" .. b
      if (counts[a] or 0) * g.frames < FEWEST then
        raise("%s: there are %d centers of species %s; a first peak needs at least %d", where,
          (counts[a] or 0) * g.frames, a, FEWEST)
      end
      result[name] = g:peak(name)
      if not result[name] then
        raise("%s: g(r) of %s has no peak below rmax = %g A", where, name, o.rmax)
      end
    end
  end
  return result
end

-- ---------------------------------------------------------------- help ----

help.document("descriptor.radial", {
  terms = "structure functions; symmetry functions; Behler-Parrinello; radial structure function; "
    .. "descriptor; fingerprint; local environment; features; softness",
  see = "Radial:compute; descriptor.first_peaks; descriptor.angular; learn.svr; "
    .. "structure.atomic_rdf",
  signature = "vt.descriptor.radial{ species = {...}, [options] } -> Radial",
  summary = "Radial structure functions of the surroundings of an atom (Fan, Ding, Ma 2020, "
    .. "equation 5): for each species of neighbors and each point r of a grid the sum over "
    .. "neighbors of exp(-(r - r_ij)^2/(2 sigma^2)). Distances are in A, or with peaks in units of "
    .. "the first peak of the pair of species, which makes models of one alloy fit others. The "
    .. "object prints what its columns are; labels is the list of their names, #d their number.",
  options = radial.OPTIONS,
  example = 'local d = vt.descriptor.radial{ species = { "Cu", "Zr" } }\n'
    .. 'local x = d:compute(glass, { centers = "Cu" })\nprint(d, x.shape[1], x.shape[2])',
})
help.document("descriptor.first_peaks", {
  terms = "first peak; reduced distance; nearest-neighbor distance",
  see = "descriptor.radial; structure.rdf",
  signature = "vt.descriptor.first_peaks(source, [options]) -> { [\"Cu-Zr\"] = 2.8, ... }",
  summary = "Places of the first peaks of the pair distributions (A) by species of center and "
    .. "neighbor, for vt.descriptor.radial{ peaks = ... }. Take them from what a model learns "
    .. "from, never from the glass that tests it: the model keeps them.",
  options = radial.PEAKS,
  example = 'local d = vt.descriptor.radial{ species = { "Cu", "Zr" },\n'
    .. "  peaks = vt.descriptor.first_peaks(glass) }",
})

return radial
