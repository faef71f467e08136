-- Spectra of barriers: histogram, Gaussian, effective barrier; and spectra side by side of events
-- in groups, by species, by structure or by any quantity of their atoms.

local events = require "vitrum.art.events"
local fit = require "vitrum.analysis.fit"
local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local removal = require "vitrum.art.removal"
local text = require "vitrum.base.text"
local vt = require "vitrum"

local raise <const> = options.raise

local spectrum = {}

local Events <const> = events.Events

local Spectrum = {} -- methods
local SPECTRUM <const> = { __name = "vitrum.Spectrum", __index = Spectrum }

local FEW <const> = 20 -- events, below which no Gaussian is put through a histogram

-- ---------------------------------------------------------------- one spectrum ----

local HISTOGRAM <const> = {
  { name = "bins", kind = "count", help = "intervals of the histogram; by default the width of "
      .. "Freedman and Diaconis (1981)" },
  { name = "range", kind = "{ low, high }", unit = "eV", help = "of the histogram" },
}

spectrum.OPTIONS = {
  { name = "duplicates", kind = "boolean", default = false,
    help = "count every event that is connected as often as it was found" },
}
table.move(HISTOGRAM, 1, #HISTOGRAM, #spectrum.OPTIONS + 1, spectrum.OPTIONS)
table.move(removal.OPTIONS, 1, #removal.OPTIONS, #spectrum.OPTIONS + 1, spectrum.OPTIONS)

-- The standard error of the mean. Events of one atom are not independent: each atom counts once.
local function error_of(barrier, center, mean)
  local sums = {}
  local centers = center:totable()
  for k, value in ipairs((barrier - mean):totable()) do
    sums[centers[k]] = (sums[centers[k]] or 0) + value
  end
  local square, atoms = 0.0, 0
  for _, sum in pairs(sums) do square, atoms = square + sum * sum, atoms + 1 end
  return math.sqrt(square * (atoms > 1 and atoms / (atoms - 1) or 0 / 0)) / #barrier
end

---A spectrum of barriers.
---@param barrier vitrum.Array
---@param center vitrum.Array
---@param o table
---@param name string?
---@return vitrum.Spectrum
function spectrum.new(barrier, center, o, name)
  local n = #barrier
  local self = { name = name, barriers = barrier, events = n, mean = 0 / 0, width = 0 / 0,
                 error = 0 / 0, lowest = 0 / 0, median = 0 / 0 }
  if n > 0 then
    self.mean, self.median, self.lowest = barrier:mean(), barrier:median(), barrier:min()
    self.error = error_of(barrier, center, self.mean)
    if n > 1 then self.width = vt.statistics.standard_deviation(barrier) end
    self.histogram = vt.statistics.histogram(barrier, { bins = o.bins, range = o.range,
                                                        density = true })
  end
  if n >= FEW and self.width > 0 then
    local ok, gaussian = pcall(fit.gaussian, self.histogram.centers, self.histogram.counts)
    if ok then self.gaussian = gaussian end
  end
  return setmetatable(self, SPECTRUM)
end

SPECTRUM.__tostring = function(self)
  local name = self.name and self.name .. ": " or ""
  if self.events == 0 then return name .. "spectrum without events" end
  if self.events == 1 then return ("%sone event, barrier %.4f eV"):format(name, self.mean) end
  local line = ("%sspectrum of %d events: mean %s eV, width %.4f eV, lowest %.4f eV"):format(name,
    self.events, text.plain(self.mean, self.error), self.width, self.lowest)
  if self.gaussian then
    line = ("%s; Gaussian %s eV, width %s eV"):format(line,
      text.plain(self.gaussian.mean, self.gaussian.mean_error),
      text.plain(self.gaussian.width, self.gaussian.width_error))
  end
  return line
end

---Effective barrier -kT ln <exp(-E/kT)>.
---@param temperature number|vitrum.Array|number[]
---@return number|vitrum.Array
function Spectrum:effective(temperature)
  local where = "Spectrum:effective"
  if self.events == 0 then raise("%s: the spectrum has no events", where) end
  local function at(T)
    if type(T) ~= "number" or not (T > 0 and T < math.huge) then
      raise("%s: the temperature must be above 0 K, got %s", where, numbers.show(T))
    end
    local kT = vt.units.boltzmann * T
    local relative = ((self.barriers - self.lowest) / -kT):exp()
    return self.lowest - kT * math.log(relative:mean())
  end
  if type(temperature) == "number" then return at(temperature) end
  local list = numbers.list(temperature, where .. ": temperatures")
  for k, T in ipairs(list) do list[k] = at(T) end
  return vt.array(list)
end

-- The histogram as steps and the Gaussian through it, as series of a figure.
local function series_of(self, shade, color)
  local h = self.histogram
  local list = { { x = h.centers, y = h[shade], style = "steps", label = self.name,
                   color = color } }
  if self.gaussian then
    local x = vt.array.linspace(h.edges[1], h.edges[#h.edges], 200)
    local y = self.gaussian(x)
    if shade == "density" then y = y / (math.max(h.counts:sum(), 1) * h.width) end
    list[2] = { x = x, y = y, style = "lines", color = color,
                label = ("Gaussian %.3f, %.3f eV"):format(self.gaussian.mean, self.gaussian.width) }
    if self.name then list[2].label, list[2].dash = nil, true end
  end
  return list
end

---Draw the histogram with the Gaussian through it; other options are those of vt.plot.
---@param given table?
---@return string? file
function Spectrum:plot(given)
  if self.events == 0 then raise("Spectrum:plot: the spectrum has no events") end
  local figure = self:figure()
  options.put("Spectrum:plot", figure, given)
  return vt.plot(figure)
end

---The figure that plot draws, as a table for vt.plot and page:figure.
---@return table
function Spectrum:figure()
  if self.events == 0 then raise("Spectrum:figure: the spectrum has no events") end
  local figure = series_of(self, "counts")
  figure.xlabel, figure.ylabel = "barrier (eV)", "events"
  return figure
end

-- The events that count, and options that are right.
local function kept_of(self, where, given)
  local o = options.check(where, spectrum.OPTIONS, given)
  if o.duplicates then
    if #self == 0 then return self, o end
    local mask = self:column("connected"):eq(1) & self:column("barrier"):isfinite()
    return events.some(self, mask), o
  end
  if self.distinct then return self, o end
  return events.some(self, removal.of(self, o).mask), o
end

local function columns_of(kept)
  if #kept == 0 then return vt.array.zeros(0), vt.array.zeros(0) end
  return kept:column "barrier", kept:column "center"
end

---The spectrum of the barriers.
---@param given table?
---@return vitrum.Spectrum
function Events:spectrum(given)
  local kept, o = kept_of(self, "Events:spectrum", given)
  local barrier, center = columns_of(kept)
  return spectrum.new(barrier, center, o)
end

---The spectrum of barriers that one has, each counted as independent.
---@param barriers vitrum.Array|number[]
---@param given table?
---@return vitrum.Spectrum
function spectrum.of(barriers, given)
  local where = "art.spectrum"
  local list = vt.array(numbers.finite_list(barriers, where .. ": the barriers"))
  local o = options.check(where, HISTOGRAM, given)
  return spectrum.new(list, vt.array.range(1, #list), o)
end

spectrum.HISTOGRAM = HISTOGRAM

-- ---------------------------------------------------------------- groups ----

local Spectra = {} -- methods
local SPECTRA <const> = { __name = "vitrum.Spectra", __index = Spectra }

SPECTRA.__tostring = function(self)
  local lines = { ("%d spectra by %s"):format(#self, self.by) }
  for _, one in ipairs(self) do lines[#lines + 1] = "  " .. tostring(one) end
  return table.concat(lines, "\n")
end

local GROUPS <const> = {
  { name = "groups", kind = "count", default = 10, help = "of an array: so many with equally many "
      .. "atoms, from low values to high ones" },
  { name = "edges", kind = "array", help = "of an array: limits between groups, in the unit of the "
      .. "array, as { 0.05, 0.1, 0.15, 0.2 }, in place of equal numbers of atoms" },
  { name = "species", kind = "name or list", help = "atoms of these species only" },
  { name = "quantity", kind = "string", default = "value", help = "what the numbers of the array "
      .. "are, for labels" },
}
table.move(spectrum.OPTIONS, 1, #spectrum.OPTIONS, #GROUPS + 1, GROUPS)
spectrum.GROUPS = GROUPS

-- Motifs after Wang et al.: the icosahedron, other cells with 2 n4 + n5 = 12, and the others.
local MOTIFS <const> = { "<0,0,12,0>", "2 n4 + n5 = 12", "2 n4 + n5 not 12" }

---By atom the number of its motif.
---@param atoms vitrum.Atoms
---@return vitrum.Array
function spectrum.motifs(atoms)
  local cells = vt.structure.voronoi(atoms)
  local codes = vt.array.zeros(#atoms, { dtype = "int32" })
  for k = 1, #atoms do
    local n3, n4, n5, n6, more = cells:polyhedron(k):match "(%d+),(%d+),(%d+),(%d+)(.*)"
    n3, n4, n5, n6 = tonumber(n3), tonumber(n4), tonumber(n5), tonumber(n6)
    if n3 == 0 and n4 == 0 and n5 == 12 and n6 == 0 and not more:find "[1-9]" then
      codes[k] = 1
    else
      codes[k] = 2 * n4 + n5 == 12 and 2 or 3
    end
  end
  return codes
end

-- By atom the number of its group, 0 for none; names, limits.
local function by_array(self, where, given, o)
  local n = #self:atoms()
  local values = options.is(given, "Array") and given:astype "float64"
    or vt.array(numbers.list(given, where .. ": the array"))
  if values.ndim ~= 1 or #values ~= n then
    raise("%s: the array must have one number for each of the %d atoms, got %d", where, n, #values)
  end
  local known = values:isfinite()
  if o.species then known = known & events.species_mask(self, where, o.species) end
  local codes = vt.array.zeros(n, { dtype = "int32" })
  if o.edges then
    local edges = numbers.finite_list(o.edges, where .. ": option 'edges'")
    for k = 2, #edges do
      if edges[k] <= edges[k - 1] then raise("%s: option 'edges' must rise", where) end
    end
    codes = codes + known
    for _, edge in ipairs(edges) do codes = codes + (known & values:ge(edge)) end
    return codes, #edges + 1, values, edges
  end
  -- Equally many atoms of those that searches began at.
  local searched = vt.array.zeros(n, { dtype = "int32" })
  searched[self:column("center"):astype "int64"] = 1
  local places = (known & searched):find()
  if #places < o.groups then
    raise("%s: %d atoms with searches and values cannot make %d groups", where, #places, o.groups)
  end
  local order = values[places]:argsort()
  local count = #places
  for rank = 1, count do
    codes[places[order[rank]]] = (rank - 1) * o.groups // count + 1
  end
  return codes, o.groups, values
end

local function name_of_window(k, edges, quantity)
  if k == 1 then return ("%s < %g"):format(quantity, edges[1]) end
  if k == #edges + 1 then return ("%s > %g"):format(quantity, edges[#edges]) end
  return ("%s %g to %g"):format(quantity, edges[k - 1], edges[k])
end

local function by_what(self, where, what, o)
  local atoms = self:atoms()
  if what == "species" then
    local names = {}
    local codes = vt.array.zeros(#atoms, { dtype = "int32" })
    for _, species in ipairs(atoms:species()) do
      if species.count > 0 then
        names[#names + 1] = species.symbol
        codes = codes + events.species_mask(self, where, species.symbol) * #names
      end
    end
    return codes, names
  elseif what == "motif" then
    local codes = spectrum.motifs(atoms)
    if o.species then codes = codes * events.species_mask(self, where, o.species) end
    return codes, MOTIFS
  elseif type(what) == "string" then
    raise("%s: events are grouped by \"species\", \"motif\" or an array with one number an atom, "
      .. "not by '%s'", where, what)
  end
  local codes, count, values, edges = by_array(self, where, what, o)
  local names = {}
  for k = 1, count do
    names[k] = edges and name_of_window(k, edges, o.quantity)
      or ("%s, %d of %d"):format(o.quantity, k, count)
  end
  return codes, names, values, edges
end

---Spectra of events in groups, by a quantity of the atoms that their searches began at.
---@param what "species"|"motif"|vitrum.Array|number[]
---@param given table?
---@return vitrum.Spectra
function Events:by(what, given)
  local where = "Events:by"
  local o = options.check(where, GROUPS, given)
  if type(what) ~= "string" and type(what) ~= "table" and not options.is(what, "Array") then
    raise("%s: events are grouped by \"species\", \"motif\" or an array with one number an atom, "
      .. "not by %s", where, numbers.show(what))
  end
  if #self == 0 then raise("%s: there are no events to group", where) end
  local codes, names, values, edges = by_what(self, where, what, o)
  local of_removal = {}
  for _, option in ipairs(spectrum.OPTIONS) do of_removal[option.name] = o[option.name] end
  local kept = kept_of(self, where, of_removal)
  local barrier, center = columns_of(kept)
  local code_of = #kept > 0 and codes[center:astype "int64"] or vt.array.zeros(0)
  local result = { by = type(what) == "string" and what or o.quantity, edges = edges,
                   codes = codes }
  for _, field in ipairs{ "mean", "error", "width", "events", "atoms", "value" } do
    result[field] = vt.array.zeros(#names)
  end
  if not o.range and #barrier > 0 and barrier:max() > barrier:min() then
    o.range = { barrier:min(), barrier:max() } -- one for all, so that they can be compared
  end
  for k, name in ipairs(names) do
    local mask = code_of:eq(k)
    local one = spectrum.new(barrier[mask], center[mask], o, name)
    local members = codes:eq(k)
    one.atoms = members:sum()
    one.value = values and one.atoms > 0 and values[members]:mean() or k
    for _, field in ipairs{ "mean", "error", "width", "events", "atoms", "value" } do
      result[field][k] = one[field]
    end
    result[k] = one
  end
  return setmetatable(result, SPECTRA)
end

---Draw the spectra, each scaled to unit area; other options are those of vt.plot.
---@param given table?
---@return string? file
function Spectra:plot(given)
  local figure = self:figure()
  options.put("Spectra:plot", figure, given)
  return vt.plot(figure)
end

local COLORS <const> = { "blue", "vermillion", "green", "purple", "orange", "sky", "black",
                         "yellow", "gray" }

---The figure that plot draws, as a table for vt.plot and page:figure.
---@return table
function Spectra:figure()
  local figure = { xlabel = "barrier (eV)", ylabel = "density (1/eV)" }
  for k, one in ipairs(self) do
    if one.events > 0 then
      for _, series in ipairs(series_of(one, "density", COLORS[(k - 1) % #COLORS + 1])) do
        figure[#figure + 1] = series
      end
    end
  end
  if #figure == 0 then raise("Spectra: no group has events") end
  return figure
end

---Draw the mean barrier of the groups against their mean value; other options are those of vt.plot.
---@param given table?
---@return string? file
function Spectra:plot_means(given)
  local figure = { { x = self.value, y = self.mean, error = self.error, style = "errorbars" },
                   xlabel = self.by, ylabel = "mean barrier (eV)" }
  options.put("Spectra:plot_means", figure, given)
  return vt.plot(figure)
end

-- ---------------------------------------------------------------- displacements ----

spectrum.DISPLACEMENTS = {
  { name = "state", kind = "choice", choices = { "saddle", "final" }, default = "saddle",
    help = "where the displacements from the start lead to" },
  { name = "threshold", kind = "positive", default = 0.1, unit = "A",
    help = "an atom has moved when its displacement is larger" },
}
table.move(spectrum.OPTIONS, 1, #spectrum.OPTIONS, #spectrum.DISPLACEMENTS + 1,
  spectrum.DISPLACEMENTS)

---What the displacements of the events that count are like.
---@param given table?
---@return table
function Events:displacements(given)
  local where = "Events:displacements"
  local o = options.check(where, spectrum.DISPLACEMENTS, given)
  local of_removal = {}
  for _, option in ipairs(spectrum.OPTIONS) do of_removal[option.name] = o[option.name] end
  local kept = kept_of(self, where, of_removal)
  local result = { mean = {}, events = #kept, state = o.state, threshold = o.threshold }
  if #kept == 0 then return result end
  for name, values in pairs(events.shapes_of(kept, o.state == "final", o.threshold)) do
    local known = values[values:isfinite()]
    result[name] = values
    result.mean[name] = #known > 0 and known:mean() or 0 / 0
  end
  -- A sphere that holds so many atoms on average.
  local atoms = self:atoms()
  result.size = (6 / math.pi * result.mean.moved * atoms:volume() / #atoms) ^ (1 / 3)
  return result
end

spectrum.SPECTRUM, spectrum.SPECTRA = SPECTRUM, SPECTRA
help.register_type("Spectrum", SPECTRUM)
help.register_type("Spectra", SPECTRA)

return spectrum
