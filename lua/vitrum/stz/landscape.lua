-- The spectrum of barriers of a glass, from a small text file such as a campaign of saddle searches
-- writes:
--
--     # Cu56Zr44, quenched at 1e10 K/s, 10000 atoms, 12000 events
--     barrier_mean 2.0          # eV
--     barrier_width 0.25        # eV
--     saturation 1.2            # eV, mean barrier in the most strained environment; or
--                               # softening_max 0.51
--     shift 0.025 1.98          # local von Mises strain, mean barrier there [eV]; any number
--     temporary 39              # optional: kappa_t
--
-- Mean barriers fall as mean exp(-kappa strain^2) (Wang et al., eq. 8 and 11) until they reach the
-- saturation; kappa is fitted to the shift lines above it.

local files = require "vitrum.base.files"
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"

local raise = options.raise

local landscape = {}

---@class vitrum.Landscape
---@field mean number mean barrier [eV]
---@field width number standard deviation [eV]
---@field maximum number largest permanent softening
---@field permanent number? kappa of the shift with strain
---@field temporary number?
---@field strain number[] local strains of the shift lines
---@field barrier number[] mean barriers there [eV]

local SINGLE <const> = { barrier_mean = "mean", barrier_width = "width", saturation = "saturation",
                         softening_max = "maximum", temporary = "temporary" }

-- One line into `result`.
local function take(result, words, place)
  local key = words[1]
  local numbers = {}
  for k = 2, #words do
    numbers[k - 1] = tonumber(words[k])
    if not numbers[k - 1] or numbers[k - 1] ~= numbers[k - 1]
       or math.abs(numbers[k - 1]) == math.huge then
      raise("%s: '%s' is not a number", place, words[k])
    end
  end
  if key == "shift" then
    if #numbers ~= 2 then
      raise("%s: 'shift' takes a local strain and the mean barrier there [eV]", place)
    end
    if numbers[1] < 0 or numbers[2] <= 0 then
      raise("%s: the strain must not be negative and the barrier must be above 0", place)
    end
    result.strain[#result.strain + 1], result.barrier[#result.barrier + 1] = table.unpack(numbers)
    return
  end
  local name = SINGLE[key]
  if not name then
    raise("%s: unknown entry '%s'; there are barrier_mean, barrier_width, saturation, "
          .. "softening_max, shift, temporary", place, key)
  end
  if #numbers ~= 1 then raise("%s: '%s' takes one number", place, key) end
  if result[name] then raise("%s: '%s' is there twice", place, key) end
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

---Read a landscape file.
---@param path string
---@return vitrum.Landscape
function landscape.read(path)
  if type(path) ~= "string" then
    raise("stz.landscape: the path must be a string, got a %s", type(path))
  end
  local file <close>, message = files.open(path)
  if not file then raise("stz.landscape: cannot read %s", message) end
  local result, number = { strain = {}, barrier = {} }, 0
  for line in file:lines() do
    number = number + 1
    local words = {}
    for word in line:gsub("#.*", ""):gmatch "%S+" do words[#words + 1] = word end
    if #words > 0 then take(result, words, ("%s:%d"):format(path, number)) end
  end
  for _, key in ipairs { "barrier_mean", "barrier_width" } do
    if not result[SINGLE[key]] then raise("%s: the entry '%s' [eV] is missing", path, key) end
  end
  if result.mean <= 0 then
    raise("%s: barrier_mean must be above 0 eV, got %g", path, result.mean)
  end
  if result.saturation then
    if result.maximum then raise("%s: give saturation or softening_max, not both", path) end
    if not (result.saturation > 0 and result.saturation <= result.mean) then
      raise("%s: saturation (%g eV) must be above 0 and not above barrier_mean (%g eV)", path,
            result.saturation, result.mean)
    end
    result.maximum = math.log(result.mean / result.saturation)
  end
  result.permanent = fit_permanent(result, 0.95 * (result.maximum or math.huge))
  if #result.strain > 0 and not result.permanent then
    raise("%s: no shift line has a barrier between saturation and barrier_mean (%g eV), so none "
          .. "tells how fast barriers fall with strain", path, result.mean)
  end
  return result
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
  local result = joined(given)
  result.landscape = nil
  for _, key in ipairs { "barrier", "softening" } do
    if given[key] ~= nil and type(given[key]) ~= "table" then
      raise("stz.lattice: option '%s' must be a table, got a %s", key, type(given[key]))
    end
  end
  result.barrier = joined({ mean = found.mean, width = found.width }, given.barrier)
  result.softening = joined({ maximum = found.maximum, permanent = found.permanent,
                              temporary = found.temporary }, given.softening)
  return result
end

help.document("stz.landscape", {
  terms = "potential energy landscape; activation energy; energy barrier; ART",
  see = "stz.lattice",
  signature = "vt.stz.landscape(path) -> { mean, width, maximum, permanent, temporary, strain, "
    .. "barrier }",
  summary = "Reads a spectrum of barriers [eV] and its shift with local strain, such as saddle "
    .. "searches on an atomistic glass give: lines 'barrier_mean 2.0', 'barrier_width 0.25', "
    .. "'saturation 1.2' or 'softening_max 0.51', 'temporary 39', and any number of 'shift strain "
    .. "mean_barrier', to which kappa_p is fitted; # begins a comment.",
  example = 'local lat = vt.stz.lattice{ landscape = "cuzr.landscape", n = 128 }',
})

return landscape
