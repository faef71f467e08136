-- The landscape of a glass, from a small text file such as a campaign of saddle searches writes:
--
--     landscape 2               # version of the file
--     # Cu64Zr36, quenched at 1e10 K/s, 10000 atoms, 12000 events
--     barrier_mean 2.0          # eV
--     barrier_width 0.25        # eV
--     saturation 1.2            # eV, mean barrier in the most strained environment; or
--                               # softening_max 0.51
--     shift 0.025 1.98          # local von Mises strain, mean barrier there [eV]; any number, and
--                               # after them error [eV], events, width [eV], share of the volume
--     histogram 1 1.0 0.1 4 9   # window, lowest edge and width of a bin [eV], counts
--     temporary 39              # kappa_t
--
-- and more, see ENTRIES. Mean barriers fall as mean exp(-kappa strain^2) (Wang et al., eq. 8 and
-- 11) until they reach the saturation; kappa is fitted to the shift lines above it. Only mean and
-- width must be there. A file that names its version may hold entries that are not known here.

local files = require "vitrum.base.files"
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"

local raise = options.raise

local landscape = {}

---Version of the files that are written now.
landscape.VERSION = 2

local OPTIONS <const> = {
  { name = "least", kind = "count", default = 100,
    help = "events of a window; a file with fewer in one is refused" },
  { name = "check", kind = "boolean", default = true,
    help = "false: read also what no lattice should be made of, such as a spectrum with nothing to "
      .. "soften, one wider than half its mean or windows of a few events" },
}
local RESOLVED <const> = 2 -- standard errors that a rise must exceed
local BINS_MAX <const> = 256 -- of a lattice
local STRAIN_MAX <const> = 10

---@class vitrum.Landscape
---@field version integer
---@field mean number mean barrier [eV]
---@field width number standard deviation [eV]
---@field maximum number largest permanent softening
---@field saturation number? [eV]
---@field permanent number? kappa of the shift with strain
---@field temporary number?
---@field strain number[] local strains of the shift lines
---@field barrier number[] mean barriers there [eV]
---@field error number[] their errors [eV], where given
---@field events number[] where given
---@field widths number[] [eV], where given
---@field share number[] of the volume, where given
---@field histograms table<integer, { from: number, step: number, counts: number[] }>
---@field cooling_rate number? [K/s]
---@field modes number? different events of a zone
---@field eigenstrain number? standard deviation of its components
---@field zone number? edge of a zone [A]
---@field facts string[] other lines

-- Entries of one number: name here, least value, unit.
local SINGLE <const> = {
  barrier_mean = { "mean", 0, "eV" }, barrier_width = { "width", 0, "eV" },
  saturation = { "saturation", 0, "eV" }, softening_max = { "maximum", 0 },
  temporary = { "temporary", 0 }, cooling_rate = { "cooling_rate", 0, "K/s" },
  modes = { "modes", 1 }, eigenstrain = { "eigenstrain", 0 }, zone = { "zone", 0, "A" },
  landscape = { "version", 1 },
}
local ENTRIES <const> = "barrier_mean, barrier_width, saturation, softening_max, shift, histogram, "
  .. "temporary, cooling_rate, modes, eigenstrain, zone, landscape"

local function numbers_of(words, place)
  local numbers = {}
  for k = 2, #words do
    local number = tonumber(words[k])
    if not number or number ~= number or math.abs(number) == math.huge then
      raise("%s: '%s' is not a number", place, words[k])
    end
    numbers[k - 1] = number
  end
  return numbers
end

local function take_shift(result, numbers, place, least)
  if #numbers < 2 or #numbers > 6 then
    raise("%s: 'shift' takes a local strain and the mean barrier there [eV], and perhaps its error "
      .. "[eV], events, width [eV] and share of the volume", place)
  end
  if numbers[1] < 0 or numbers[2] <= 0 then
    raise("%s: the strain must not be negative and the barrier must be above 0", place)
  end
  if numbers[1] > STRAIN_MAX then
    raise("%s: a local strain of %g; strains are not in percent and at most %g", place, numbers[1],
      STRAIN_MAX)
  end
  for k = 3, #numbers do
    if numbers[k] < 0 then
      raise("%s: error, events, width and share must not be negative, got %g", place, numbers[k])
    end
  end
  local n = #result.strain + 1
  for k, name in ipairs { "strain", "barrier", "error", "events", "widths", "share" } do
    result[name][n] = numbers[k]
  end
  if numbers[4] and numbers[4] < least then
    raise("%s: this window has %g events; a mean worth having takes %d: join windows", place,
      numbers[4], least)
  end
end

local function take_histogram(result, numbers, place)
  local window, from, step = math.tointeger(numbers[1]), numbers[2], numbers[3]
  local counts, sum = table.move(numbers, 4, #numbers, 1, {}), 0
  for _, count in ipairs(counts) do
    if count < 0 then raise("%s: a count of the histogram is %g", place, count) end
    sum = sum + count
  end
  if #counts == 0 or not window or window < 1 or from < 0 or step <= 0 then
    raise("%s: 'histogram' takes the number of the window, the lowest edge and the width of a bin "
      .. "[eV], and the counts", place)
  end
  if #counts > BINS_MAX or sum == 0 then
    raise("%s: the histogram has %d bins and %g events; it must have 1 to %d bins and some events",
      place, #counts, sum, BINS_MAX)
  end
  if result.histograms[window] then
    raise("%s: the histogram of window %d is there twice", place, window)
  end
  result.histograms[window] = { from = from, step = step, counts = counts }
end

-- One line into `result`.
local function take(result, words, place, fewest)
  local key, single = words[1], SINGLE[words[1]]
  if key == "shift" then return take_shift(result, numbers_of(words, place), place, fewest) end
  if key == "histogram" then return take_histogram(result, numbers_of(words, place), place) end
  if not single then
    if not result.version then
      raise("%s: unknown entry '%s'; there are %s", place, key, ENTRIES)
    end
    result.facts[#result.facts + 1] = table.concat(words, " ")
    return
  end
  local numbers = numbers_of(words, place)
  local name, least, unit = table.unpack(single, 1, 3)
  if #numbers ~= 1 then raise("%s: '%s' takes one number", place, key) end
  if result[name] then raise("%s: '%s' is there twice", place, key) end
  if numbers[1] < least then
    raise("%s: '%s' must be at least %g%s, got %g", place, key, least, unit and " " .. unit or "",
      numbers[1])
  end
  result[name] = numbers[1]
end

-- Least squares of ln(mean/barrier) = kappa strain^2 over the lines that are not yet saturated.
local function fit_permanent(result, floor)
  local top, bottom = 0, 0
  for k, strain in ipairs(result.strain) do
    local softening = math.log(result.mean / result.barrier[k])
    if softening < floor then
      top, bottom = top + softening * strain ^ 2, bottom + strain ^ 4
    end
  end
  if bottom > 0 and top > 0 then return top / bottom end
end

-- Means that rise with strain: from the least to the most strained window, beyond the errors.
local function check_fall(result, path)
  local first, last
  for k, strain in ipairs(result.strain) do
    if not first or strain < result.strain[first] then first = k end
    if not last or strain > result.strain[last] then last = k end
  end
  if not first or first == last then return end
  local error = math.sqrt((result.error[first] or 0) ^ 2 + (result.error[last] or 0) ^ 2)
  local rise = result.barrier[last] - result.barrier[first]
  if rise > RESOLVED * error then
    raise("%s: mean barriers rise with local strain, from %g to %g eV: there is nothing to soften",
      path, result.barrier[first], result.barrier[last])
  end
end

-- What must be there, and right.
local function check_form(result, path)
  for _, key in ipairs { "barrier_mean", "barrier_width" } do
    if not result[SINGLE[key][1]] then raise("%s: the entry '%s' [eV] is missing", path, key) end
  end
  if (result.version or 1) > landscape.VERSION then
    raise("%s: the file is of version %g, and this program reads versions up to %d", path,
      result.version, landscape.VERSION)
  end
  if result.mean <= 0 then
    raise("%s: barrier_mean must be above 0 eV, got %g", path, result.mean)
  end
  if result.saturation and result.maximum then
    raise("%s: give saturation or softening_max, not both", path)
  end
  if result.saturation and result.saturation <= 0 then
    raise("%s: saturation (%g eV) must be above 0", path, result.saturation)
  end
end

-- What a lattice should not be made of.
local function check_sense(result, path)
  if result.width > result.mean / 2 then
    raise("%s: barrier_width (%g eV) is above half of barrier_mean (%g eV): such a spectrum has no "
      .. "mean that says anything", path, result.width, result.mean)
  end
  if result.saturation and result.saturation >= result.mean then
    raise("%s: barrier_mean (%g eV) is at or below the saturation (%g eV): there is nothing to "
      .. "soften, as in a glass that was cooled too fast", path, result.mean, result.saturation)
  end
  check_fall(result, path)
end

---Read a landscape file.
---@param path string
---@param given table? least
---@return vitrum.Landscape
function landscape.read(path, given)
  if type(path) ~= "string" then
    raise("stz.landscape: the path must be a string, got a %s", type(path))
  end
  local o = options.check("stz.landscape", OPTIONS, given)
  local least = o.check and o.least or 0
  local file <close>, message = files.open(path)
  if not file then raise("stz.landscape: cannot read %s", message) end
  local result, number = { strain = {}, barrier = {}, error = {}, events = {}, widths = {},
                           share = {}, histograms = {}, facts = {} }, 0
  for line in file:lines() do
    number = number + 1
    local words = {}
    for word in line:gsub("#.*", ""):gmatch "%S+" do words[#words + 1] = word end
    if #words > 0 then take(result, words, ("%s:%d"):format(path, number), least) end
  end
  check_form(result, path)
  if o.check then check_sense(result, path) end
  result.version = result.version or 1
  if result.saturation then
    result.maximum = math.max(math.log(result.mean / result.saturation), 0)
  end
  result.permanent = fit_permanent(result, 0.95 * (result.maximum or math.huge))
  if #result.strain > 0 and not result.permanent and o.check then
    raise("%s: no shift line has a barrier between saturation and barrier_mean (%g eV), so none "
          .. "tells how fast barriers fall with strain", path, result.mean)
  end
  return result
end

-- The histogram of the least strained window, stretched to the mean barrier without strain, since
-- softening divides all barriers by the same number.
local function spectrum_of(found)
  local histogram = type(found.histograms) == "table" and found.histograms[1]
  if not histogram then return { mean = found.mean, width = found.width } end
  local sum, first = 0, 0
  for k, count in ipairs(histogram.counts) do
    sum = sum + count
    first = first + count * (histogram.from + (k - 0.5) * histogram.step)
  end
  local stretch = found.mean * sum / first
  return { range = { histogram.from * stretch,
                     (histogram.from + #histogram.counts * histogram.step) * stretch },
           counts = histogram.counts }
end

-- A landscape that was made by hand.
local function check_table(found)
  for _, name in ipairs { "width", "maximum", "permanent", "temporary", "modes", "eigenstrain",
                          "zone" } do
    local value = found[name]
    if value ~= nil and (type(value) ~= "number" or value ~= value) then
      raise("stz.lattice: option 'landscape': %s must be a number, got %s", name, tostring(value))
    end
  end
  local histogram = type(found.histograms) == "table" and found.histograms[1]
  if not histogram then return end
  local right = type(histogram) == "table" and type(histogram.from) == "number"
    and type(histogram.step) == "number" and type(histogram.counts) == "table"
    and #histogram.counts > 0
  for _, count in ipairs(right and histogram.counts or {}) do
    right = right and type(count) == "number"
  end
  if not right then
    raise("stz.lattice: option 'landscape': a histogram is { from = eV, step = eV, "
      .. "counts = { ... } }")
  end
end

-- A fresh table with the entries of `over` put into those of `base`.
local function joined(base, over)
  local result = {}
  for key, value in pairs(base) do result[key] = value end
  for key, value in pairs(over or {}) do result[key] = value end
  return result
end

---Options of vt.stz.lattice with what their `landscape` says; what they say themselves goes first.
---@param given table
---@return table
function landscape.merge(given)
  local found = given.landscape
  if type(found) == "string" then found = landscape.read(found) end
  if type(found) ~= "table" or type(found.mean) ~= "number" then
    raise("stz.lattice: option 'landscape' must be a file name or what vt.stz.landscape gives, "
          .. "got a %s", type(given.landscape))
  end
  check_table(found)
  local result = joined(given)
  result.landscape = nil
  for _, key in ipairs { "barrier", "softening" } do
    if given[key] ~= nil and type(given[key]) ~= "table" then
      raise("stz.lattice: option '%s' must be a table, got a %s", key, type(given[key]))
    end
  end
  local own = given.barrier
  result.barrier = own and (own.mean or own.width or own.range)
    and joined(own.range and {} or { mean = found.mean, width = found.width }, own)
    or joined(spectrum_of(found), own)
  -- The shift is with the strain that a site has, not with that of its last event.
  result.softening = joined({ maximum = found.maximum, permanent = found.permanent,
                              temporary = found.temporary,
                              strain = found.permanent and "accumulated" or nil }, given.softening)
  result.modes = given.modes or found.modes and math.floor(found.modes + 0.5)
  local zone = found.zone and (found.zone / 10) ^ 3
  result.volume = given.volume or zone
  -- In a zone of another volume the work that stress does stays what it is.
  local larger = zone and (tonumber(given.volume) or 0) > 0 and zone / given.volume or 1
  result.eigenstrain = given.eigenstrain or found.eigenstrain and larger * found.eigenstrain
  return result
end

help.document("stz.landscape", {
  terms = "potential energy landscape; activation energy; energy barrier; ART",
  see = "stz.lattice",
  signature = "vt.stz.landscape(path, [options]) -> { mean, width, maximum, permanent, temporary, "
    .. "strain, barrier, error, events, histograms, modes, eigenstrain, zone, cooling_rate, ... }",
  summary = "Reads a spectrum of barriers [eV] and its shift with local strain, such as saddle "
    .. "searches on an atomistic glass give: lines 'barrier_mean 2.0', 'barrier_width 0.25', "
    .. "'saturation 1.2' or 'softening_max 0.51', 'temporary 39', and any number of 'shift strain "
    .. "mean_barrier', to which kappa_p is fitted; # begins a comment. The lattice takes the "
    .. "histogram of the least strained window where the file has one, stretched to the mean "
    .. "without strain, else a normal distribution, softens by accumulated strain, and takes over "
    .. "modes, eigenstrain and zone size. Refused: a mean at or below the saturation, means that "
    .. "rise with strain, a width above half the mean, windows of fewer than 100 events.",
  options = OPTIONS,
  example = 'local lat = vt.stz.lattice{ landscape = "cuzr.landscape", n = 128 }',
})

return landscape
