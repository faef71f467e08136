-- Figures 4 to 7 of Wang et al. (2024) as cases of lattices, with what the paper says of each.

local figures = {}

---@class vitrum.StzFigure
---@field key string
---@field figure string
---@field axis string what rises from case to case
---@field axis_label string
---@field cases vitrum.StzCase[]
---@field statements table[] measure, the paper's words

local MEAN <const> = 2.0 -- eV
local RELATIVE <const> = 0.6 -- what the strongest softening leaves of a barrier

local function softening(maximum) return { maximum = maximum or -math.log(RELATIVE) } end

---Three mean barriers of the same relative softening.
---@param p table? eta_max
---@return vitrum.StzFigure
function figures.barrier(p)
  local cases = {}
  for k, mean in ipairs { 1.8, 2.0, 2.2 } do
    cases[k] = { name = ("%.1f eV"):format(mean), file = ("barrier-%.1f"):format(mean), x = mean,
                 quoted_shift = 0.165,
                 options = { barrier = { mean = mean }, softening = softening(p and p.eta_max) } }
  end
  return { key = "barrier", axis = "the mean barrier", axis_label = "mean barrier (eV)",
           figure = "Fig. 4", cases = cases,
           statements = { { "yield stress", "rises" }, { "localization index", "similar" },
                          { "extreme sites", "similar" } } }
end

local LEFT <const> = { { 0.8, 0.085 }, { 0.7, 0.125 }, { 0.6, 0.165 } } -- Delta Q/Q of the paper

---Three limits of softening.
---@param p table? barrier
---@return vitrum.StzFigure
function figures.softening(p)
  local cases = {}
  for k, case in ipairs(LEFT) do
    cases[k] = { name = ("eta_max -ln %.1f"):format(case[1]), file = ("softening-%d"):format(k),
                 x = -math.log(case[1]), quoted_shift = case[2],
                 options = { barrier = { mean = p and p.barrier or MEAN },
                             softening = softening(-math.log(case[1])) } }
  end
  return { key = "softening", axis = "the limit of softening",
           axis_label = "largest permanent softening", figure = "Fig. 5", cases = cases,
           statements = { { "yield stress", "almost the same" }, { "localization index", "rises" },
                          { "extreme sites", "rises" } } }
end

-- Mean barrier [eV], what softening leaves of it, cooling rate [K/s] and Delta Q/Q of the paper.
local GLASSES <const> = { { 1.8, 0.67, "10^7.25", 0.139 }, { 2.0, 0.60, "10^5.75", 0.165 },
                          { 2.2, 0.55, "10^4.25", 0.218 } }

---Three cooling rates: higher barriers, and farther to fall.
---@return vitrum.StzFigure
function figures.cooling()
  local cases = {}
  for k, glass in ipairs(GLASSES) do
    cases[k] = { name = glass[3] .. " K/s", file = ("cooling-%d"):format(k), x = glass[1],
                 quoted_shift = glass[4],
                 options = { barrier = { mean = glass[1] },
                             softening = softening(-math.log(glass[2])) } }
  end
  return { key = "cooling", axis = "slower cooling",
           axis_label = "mean barrier (eV), higher for slower cooling", figure = "Fig. 6",
           cases = cases,
           statements = { { "yield stress", "rises" }, { "localization index", "rises" },
                          { "extreme sites", "rises" } } }
end

local QUOTED <const> = { [-4] = 0.165, [2] = 0.215 } -- Delta Q/Q of the paper

---Strain rates by powers of ten.
---@param p table? barrier, eta_max, slowest, fastest
---@return vitrum.StzFigure
function figures.rate(p)
  local cases = {}
  p = p or {}
  for power = p.slowest or -4, p.fastest or 2 do
    cases[#cases + 1] = { name = ("10^%d/s"):format(power), file = ("rate%+d"):format(power),
                          x = 10.0 ^ power, strain_rate = 10.0 ^ power,
                          quoted_shift = QUOTED[power],
                          options = { barrier = { mean = p.barrier or MEAN },
                                      softening = softening(p.eta_max) } }
  end
  return { key = "rate", axis = "strain rate", axis_label = "strain rate (1/s)",
           figure = "Fig. 7", cases = cases,
           statements = { { "yield stress", "rises, and saturates" },
                          { "localization index", "rises" }, { "extreme sites", "rises" } } }
end

local KELVIN <const> = { 200, 300, 400 }

---Temperatures: section 4.2 has the cold glass strong and brittle.
---@return vitrum.StzFigure
function figures.temperature()
  local cases = {}
  for k, kelvin in ipairs(KELVIN) do
    cases[k] = { name = ("%d K"):format(kelvin), file = ("temperature-%d"):format(kelvin),
                 x = kelvin, options = { barrier = { mean = MEAN }, softening = softening(),
                                         temperature = kelvin } }
  end
  return { key = "temperature", axis = "temperature", axis_label = "temperature (K)",
           figure = "section 4.2", cases = cases,
           statements = { { "yield stress", "falls" }, { "localization index", "falls" } } }
end

-- ---------------------------------------------------------------- verdicts ----

-- What "similar" and "almost the same" mean here: the largest difference between two means is below
-- this part of their mean.
figures.SIMILAR = { ["similar"] = 0.25, ["almost the same"] = 0.05 }

-- Mean and error of the measure in each case, by rising x.
local function points_of(cases, measure)
  local list = {}
  for k, case in ipairs(cases) do
    list[k] = { mean = case.mean[measure], error = case.error[measure] or 0 }
  end
  return list
end

local function spread_of(points)
  local low, high, sum = math.huge, -math.huge, 0
  for _, point in ipairs(points) do
    low, high, sum = math.min(low, point.mean), math.max(high, point.mean), sum + point.mean
  end
  return sum > 0 and (high - low) * #points / sum or 0.0
end

-- The last step against the mean of those before, in its error: negative where a rise saturates.
local function bend_of(points)
  local n = #points
  if n < 3 then return 0.0 end
  local last = points[n].mean - points[n - 1].mean
  local before = (points[n - 1].mean - points[1].mean) / (n - 2)
  local error = math.sqrt(points[n].error ^ 2 + points[n - 1].error ^ 2 * (1 + 1 / (n - 2)) ^ 2
    + (points[1].error / (n - 2)) ^ 2)
  return error > 0 and (last - before) / error or 0.0
end

---Whether cases do what a statement says.
---@param cases table[] of a study: mean and error by measure
---@param word string the trend's
---@param measure string
---@param expected string the paper's words
---@return boolean agrees
---@return string what they do
function figures.verdict(cases, word, measure, expected)
  local points = points_of(cases, measure)
  local spread, first, last = spread_of(points), points[1].mean, points[#points].mean
  local found = ("%s, %.4g to %.4g"):format(word, first, last)
  local limit = figures.SIMILAR[expected]
  if limit then
    return spread <= limit, ("%s: differs by %.0f %%"):format(found, 100 * spread)
  end
  if expected == "rises, and saturates" then
    local bend = bend_of(points)
    return word == "rises" and bend < -2,
      ("%s; last step %+.1f errors from the mean of the others"):format(found, bend)
  end
  return word == expected, found
end

return figures
