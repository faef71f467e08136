-- From events to the landscape file that vt.stz.lattice takes: spectra in windows of local strain.

local fit = require "vitrum.analysis.fit"
local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local removal = require "vitrum.art.removal"
local spectrum = require "vitrum.art.spectrum"
local system = require "vitrum.system"
local vt = require "vitrum"

require "vitrum.art.store"

local raise <const> = options.raise

local WHERE <const> = "art.landscape"
local BINS_MAX <const> = 100 -- of the histograms in the file
local VERSION <const> = require("vitrum.stz.landscape").VERSION

local OPTIONS <const> = {
  { name = "edges", kind = "array", help = "of the windows of local von Mises strain; by default "
      .. "0.05, 0.1, 0.15, 0.2 (Wang et al., Fig. 1)" },
  { name = "least", kind = "count", default = 100,
    help = "events of a window; one with fewer is joined to its neighbor" },
  { name = "title", kind = "text", help = "first line of the file: the glass, its cooling rate" },
  { name = "cooling_rate", kind = "positive", unit = "K/s", help = "that the glass was made at, "
      .. "for the file to tell" },
  { name = "seed", kind = "seed", default = 1, help = "of the permutation of windows" },
  { name = "overwrite", kind = "boolean", default = false,
    help = "replace a file that this run did not write" },
}
table.move(removal.OPTIONS, 1, #removal.OPTIONS, #OPTIONS + 1, OPTIONS)

-- Barriers, strains and centers of the events of all snapshots, and the strains of all atoms.
local function collect(snapshots, o)
  local barriers, strains, centers, all = {}, {}, {}, {}
  local settings = {}
  for _, option in ipairs(removal.OPTIONS) do settings[option.name] = o[option.name] end
  for k, snapshot in ipairs(snapshots) do
    local place = ("%s: snapshot %d"):format(WHERE, k)
    if type(snapshot) ~= "table" or not options.is(snapshot.events, "Events") then
      raise("%s must be { events = vt.art.open(...), strain = array }", place)
    end
    local n = #snapshot.events:atoms()
    local strain = options.is(snapshot.strain, "Array") and snapshot.strain:astype "float64"
      or vt.array(numbers.list(snapshot.strain, place .. ": strain"))
    if strain.ndim ~= 1 or #strain ~= n then
      raise("%s: strain must have one number for each of the %d atoms, got %d", place, n, #strain)
    end
    all[k] = strain[strain:isfinite()]
    local kept = snapshot.events:unique(settings)
    if #kept > 0 then
      local center = kept:column "center"
      local own = strain[center:astype "int64"]
      local known = own:isfinite()
      barriers[#barriers + 1] = kept:column("barrier")[known]
      strains[#strains + 1], centers[#centers + 1] = own[known], center[known] + k * 1e9
    end
  end
  if #barriers == 0 then raise("%s: the snapshots have no events that count", WHERE) end
  return vt.array.concatenate(barriers), vt.array.concatenate(strains),
    vt.array.concatenate(centers), vt.array.concatenate(all)
end

-- Windows with enough events, from low strain to high.
local function windows_of(barriers, strains, centers, all, edges, least)
  local list, low = {}, 0
  for k = 1, #edges + 1 do
    local high = edges[k] or math.huge
    local mask = strains:ge(low) & strains:lt(high)
    local share = (all:ge(low) & all:lt(high)):sum() / #all
    if mask:sum() >= least then
      list[#list + 1] = { low = low, high = high, mask = mask, share = share }
      low = high
    elseif k == #edges + 1 and #list > 0 and mask:sum() > 0 then -- too few: to the last one
      local last = list[#list]
      last.high, last.mask, last.share = high, last.mask | mask, last.share + share
    end
  end
  for _, window in ipairs(list) do
    local own = strains[window.mask]
    window.strain = math.sqrt((own * own):mean())
    window.barriers = barriers[window.mask]
    window.spectrum = spectrum.new(window.barriers, centers[window.mask], {})
  end
  return list
end

-- The mean barrier without strain: ln mean falls as strain^2, the last window may be saturated.
local function start_of(windows)
  local x, y, errors = {}, {}, {}
  for k = 1, math.max(2, #windows - 1) do
    local w = windows[k]
    x[k], y[k], errors[k] = w.strain ^ 2, math.log(w.spectrum.mean),
      w.spectrum.error / w.spectrum.mean
  end
  local line = fit.line(x, y, { error = errors })
  return math.exp(line.intercept), math.exp(line.intercept) * line.intercept_error, -line.slope,
    line.slope_error
end

-- The same of events that are dealt to windows of the same sizes at random: it must be nothing but
-- noise, or the windows, not the strain, make the shift.
local function permuted(windows, barriers, centers, seed)
  local order = vt.array.permutation(#barriers, { seed = seed })
  local from, dealt = 1, {}
  for k, w in ipairs(windows) do
    local count = w.mask:sum()
    local some = order[vt.array.range(from, from + count - 1):astype "int64"]
    from = from + count
    dealt[k] = { strain = w.strain, spectrum = spectrum.new(barriers[some], centers[some], {}) }
  end
  local _, _, kappa, error = start_of(dealt)
  return kappa, error
end

-- Distinct events on average in the volume of a zone, and that volume [A^3].
local ZONE <const> = 343

local function density_of(barriers, snapshots)
  local volume = 0
  for _, snapshot in ipairs(snapshots) do volume = volume + snapshot.events:atoms():volume() end
  return #barriers * ZONE / volume
end

-- The moment of eigenstrains, over the events of all snapshots.
local function add_moment(o, snapshots)
  local settings, sum, events = {}, 0.0, 0
  for _, option in ipairs(removal.OPTIONS) do settings[option.name] = o[option.name] end
  for _, snapshot in ipairs(snapshots) do
    local found = snapshot.events:eigenstrains(settings)
    if found.events > 0 then
      sum, events = sum + found.events * found.moment ^ 2, events + found.events
    end
  end
  if events > 0 then o.moment, o.moments = math.sqrt(sum / events), events end
end

local function lines_of(windows, snapshots, o)
  local lines = { "# " .. (o.title or "barriers in windows of local strain"),
                  ("landscape %d   # version of the file"):format(VERSION) }
  local function add(...) lines[#lines + 1] = (...):format(select(2, ...)) end
  for k, snapshot in ipairs(snapshots) do
    local facts = snapshot.events:campaign()
    add("snapshot %d glass %s potential %s %s searches %d store %s", k, facts.glass_sha256,
      facts.potential, facts.potential_sha256 or "-", #snapshot.events, snapshot.events.path)
  end
  local mean, error, kappa, kappa_error = start_of(windows)
  if kappa <= 0 then
    raise("%s: mean barriers rise with local strain (from %.3f to %.3f eV): nothing softens, and a "
      .. "lattice cannot be made of that", WHERE, windows[1].spectrum.mean,
      windows[#windows].spectrum.mean)
  end
  local last = windows[#windows].spectrum.mean
  add("barrier_mean %.6g   # eV, without strain, +- %.2g", mean, error)
  add("barrier_width %.6g   # eV, of the window of lowest strain", windows[1].spectrum.width)
  add("saturation %.6g   # eV, mean of the window of highest strain", math.min(last, mean))
  for _, w in ipairs(windows) do
    local s = w.spectrum
    add("shift %.6g %.6g %.3g %d %.4g %.4g   # strain %g to %g: mean, error [eV], events, width "
      .. "[eV], share of the volume", w.strain, s.mean, s.error, s.events, s.width, w.share, w.low,
      w.high)
  end
  for n, w in ipairs(windows) do
    local h = w.spectrum.histogram
    if #h.counts > BINS_MAX then
      h = vt.statistics.histogram(w.barriers, { bins = BINS_MAX })
    end
    local counts = {}
    for k, count in ipairs(h.counts:totable()) do counts[k] = ("%d"):format(count) end
    add("histogram %d %.6g %.6g %s   # window, lowest edge and width of a bin [eV], counts", n,
      h.edges[1], h.width, table.concat(counts, " "))
  end
  if o.cooling_rate then add("# cooling rate: %g K/s", o.cooling_rate) end
  add("# distinct events in %g A^3: %.4g", ZONE, o.density)
  add("# kappa: %.4g +- %.2g; of events dealt to the windows at random: %.4g +- %.2g", kappa,
    kappa_error, o.random, o.random_error)
  local size = snapshots[1].events:displacements()
  if size.size then
    local zone = snapshots[1].events:displacements{ state = "final" }.size
    add("zone %.4g   # A, edge, of what moves to the final minimum; to the saddle %.4g", zone,
      size.size)
    if o.moment then
      o.eigenstrain = o.moment / zone ^ 3
      add("eigenstrain %.4g   # standard deviation of its components in a zone; of %d events",
        o.eigenstrain, o.moments)
    end
  end
  return lines, { mean = mean, mean_error = error, permanent = kappa,
                  permanent_error = kappa_error, permuted = o.random,
                  permuted_error = o.random_error, density = o.density,
                  eigenstrain = o.eigenstrain }
end

---Write the landscape file of some snapshots of a glass under strain.
---@param path string
---@param snapshots table[] { { events = Events, strain = array }, ... }
---@param given table?
---@return table
local function landscape(path, snapshots, given)
  options.argument(WHERE, "the file", "file", path)
  options.argument(WHERE, "the snapshots", "table", snapshots)
  local o = options.check(WHERE, OPTIONS, given)
  local edges = o.edges and numbers.finite_list(o.edges, WHERE .. ": option 'edges'")
    or { 0.05, 0.1, 0.15, 0.2 }
  for k, edge in ipairs(edges) do
    if edge <= (edges[k - 1] or 0) then
      raise("%s: option 'edges' must rise from above 0", WHERE)
    end
  end
  local barriers, strains, centers, all = collect(snapshots, o)
  local windows = windows_of(barriers, strains, centers, all, edges, o.least)
  if #windows < 2 then
    raise("%s: %d events make %d window%s of at least %d; take more events, snapshots at other "
      .. "strains, or other edges", WHERE, #barriers, #windows, #windows == 1 and "" or "s",
      o.least)
  end
  o.random, o.random_error = permuted(windows, barriers, centers, o.seed)
  o.density = density_of(barriers, snapshots)
  add_moment(o, snapshots)
  local lines, result = lines_of(windows, snapshots, o)
  local ok, message = system.can_write(path, o.overwrite)
  if ok then ok, message = system.write(path, table.concat(lines, "\n") .. "\n") end
  if not ok then raise("%s: %s", WHERE, message) end
  system.note_wrote(path)
  result.windows = {}
  for k, w in ipairs(windows) do
    result.windows[k] = { low = w.low, high = w.high, strain = w.strain, share = w.share,
                          mean = w.spectrum.mean, error = w.spectrum.error,
                          width = w.spectrum.width, events = w.spectrum.events }
  end
  return result
end

vt.art.landscape = landscape

help.document(WHERE, {
  terms = "local strain windows; strain softening; mesoscale; shear transformation zone",
  see = "stz.landscape; Events:by; structure.deformation",
  signature = "vt.art.landscape(path, snapshots, [options]) -> table",
  summary = "Write the landscape file that vt.stz.lattice takes, from the events of snapshots of "
    .. "a glass under strain, each { events, strain }: the von Mises strain of every atom against "
    .. "the undeformed glass (vt.structure.deformation). Events are put into windows by the "
    .. "strain of the atom at their center; a window with fewer than 100 is joined to its "
    .. "neighbor. The file has mean and width without strain, the mean of each window with its "
    .. "error, histograms, shares of the volume, hashes of glass and potential, the eigenstrain, "
    .. "distinct events in 343 A^3. The result has mean, mean_error, permanent (kappa of mean "
    .. "exp(-kappa strain^2)), permanent_error, permuted and permuted_error (kappa of the same "
    .. "events dealt to the windows at random: 0 but for noise), density, eigenstrain (the moment "
    .. "of Events:eigenstrains, over all snapshots and the volume of a zone) and windows.",
  options = OPTIONS,
  example = "local d = vt.structure.deformation(start, sheared)\n"
    .. 'vt.art.landscape("cuzr.landscape", { { events = vt.art.open "sheared.db", '
    .. 'strain = d.von_mises } })\nvt.stz.lattice{ landscape = "cuzr.landscape" }',
})

return landscape
