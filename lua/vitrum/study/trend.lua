-- Whether a measured number rises or falls from case to case, judged with its error.
--
-- The slope is that of the least-squares line through the means of the cases, all with equal
-- weight: errors from a handful of seeds are too uncertain to serve as weights. Its standard error
-- follows from those of the means, and as these are estimates themselves the slope is compared with
-- Student's distribution, with the degrees of freedom of Welch (Biometrika 34, 28 (1947)) and
-- Satterthwaite (Biometrics Bull. 2, 110 (1946)). Two seeds therefore need more evidence than ten.

local text = require "vitrum.base.text"

local trend = {}

---@class vitrum.TrendPoint
---@field x number
---@field name string of the case
---@field mean number
---@field error number? standard error of the mean; nil for one value
---@field count integer values behind the mean
---@field group string? points of one group share a line; lines of several have one slope

---@class vitrum.Trend
---@field word string "rises", "falls", "not resolved" or "not judged"
---@field slope number? per unit of x, of log10 x or per case, as scale says
---@field error number? its standard error
---@field freedom number? degrees of freedom of the error
---@field chance number? probability of such a slope, or a larger one, without a trend
---@field scale string "linear", "log" or "rank"
---@field text string? the word with slope, error and note
---@field note string? why not judged, or which steps go another way

-- ---------------------------------------------------------------- Student ----

-- ln Gamma(x), x > 0: Stirling's series beyond 10, where its first terms give 14 digits.
local function log_gamma(x)
  local shift = 0.0
  while x < 10 do
    shift, x = shift - math.log(x), x + 1
  end
  local y = 1 / (x * x)
  local series = (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y / 1188)))) / x
  return shift + (x - 0.5) * math.log(x) - x + 0.5 * math.log(2 * math.pi) + series
end

-- The continued fraction of the incomplete beta function (Abramowitz and Stegun, 26.5.8), from its
-- front by the method of Lentz (Appl. Opt. 15, 668 (1976)).
local function fraction(x, a, b)
  local tiny <const> = 1e-300
  local c, d = 1.0, 1 - (a + b) * x / (a + 1)
  d = 1 / (d == 0 and tiny or d)
  local value = d
  for m = 1, 100000 do
    for _, part in ipairs { m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)) } do
      d, c = 1 + part * d, 1 + part / c
      d = 1 / (d == 0 and tiny or d)
      c = c == 0 and tiny or c
      value = value * d * c
    end
    if math.abs(d * c - 1) < 1e-15 then break end
  end
  return value
end

-- The regularized incomplete beta function I_x(a, b).
local function incomplete_beta(x, a, b)
  if x <= 0 then return 0.0 elseif x >= 1 then return 1.0 end
  if x > (a + 1) / (a + b + 2) then return 1 - incomplete_beta(1 - x, b, a) end
  local front = log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * math.log(x)
    + b * math.log(1 - x)
  return math.exp(front) * fraction(x, a, b) / a
end

---The probability that |t| is exceeded by chance.
---@param t number a deviation over its estimated standard error
---@param freedom number degrees of freedom of the estimate
---@return number
function trend.chance(t, freedom)
  return incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5)
end

local NORMAL <const> = 1e6 -- so many degrees of freedom are a normal distribution to six digits

-- ---------------------------------------------------------------- lines ----

---The scale on which a trend along these values is best judged: log if they span a factor of ten.
---@param values number[]
---@return string
function trend.scale(values)
  local low, high = math.huge, -math.huge
  for _, x in ipairs(values) do low, high = math.min(low, x), math.max(high, x) end
  return low > 0 and high >= 10 * low and "log" or "linear"
end

-- Places of the points on the axis, in the order of x; equal values have equal ranks.
local function places(points, scale)
  local x, rank = {}, 0
  for k, point in ipairs(points) do
    if k == 1 or point.x ~= points[k - 1].x then rank = rank + 1 end
    x[k] = scale == "log" and math.log(point.x, 10) or scale == "rank" and rank or point.x
  end
  return x
end

-- x less its mean over the points of its group.
local function centered(points, x)
  local sum, count, result = {}, {}, {}
  for k, point in ipairs(points) do
    local group = point.group or ""
    sum[group], count[group] = (sum[group] or 0) + x[k], (count[group] or 0) + 1
  end
  for k, point in ipairs(points) do
    local group = point.group or ""
    result[k] = x[k] - sum[group] / count[group]
  end
  return result
end

-- Sum of c * mean, its error, and the degrees of freedom of that. The factors of a group add up to
-- zero, so its first mean may be taken off: equal means then give zero to the last digit.
local function contrast(points, c)
  local value, squares, parts, first = 0.0, 0.0, 0.0, points[1]
  for k, point in ipairs(points) do
    if point.group ~= first.group then first = point end
    value = value + c[k] * (point.mean - first.mean)
    local square = (c[k] * point.error) ^ 2
    squares, parts = squares + square, parts + square ^ 2 / (point.count - 1)
  end
  return value, math.sqrt(squares), parts > 0 and squares ^ 2 / parts or math.huge
end

-- What a difference is, in words, and how often chance alone would make it so large.
local function word_of(value, error, freedom, level)
  if value == 0 or error == 0 then -- seeds that agree in all digits leave nothing to chance
    return value > 0 and "rises" or value < 0 and "falls" or "not resolved", value == 0 and 1 or 0
  end
  local chance = trend.chance(value / error, math.min(freedom, NORMAL))
  if chance > trend.chance(level, NORMAL) then return "not resolved", chance end
  return value > 0 and "rises" or "falls", chance
end

-- Steps between neighbors that go another way than the whole does.
local function exceptions(points, word, level)
  local list = {}
  for k = 2, #points do
    local pair = { points[k - 1], points[k] }
    if pair[1].group == pair[2].group and pair[1].x ~= pair[2].x then
      local value, error, freedom = contrast(pair, { -1, 1 })
      local step = word_of(value, error, freedom, level)
      if step ~= "not resolved" and step ~= word then
        list[#list + 1] = ("%s from %s to %s"):format(step, pair[1].name, pair[2].name)
      end
    end
  end
  return #list > 0 and "but " .. table.concat(list, ", ") or nil
end

-- Points that can be judged, in the order of groups and x.
local function usable(points)
  local list = {}
  for _, point in ipairs(points) do
    if point.error and point.count > 1 then list[#list + 1] = point end
  end
  table.sort(list, function(a, b)
    local ga, gb = a.group or "", b.group or ""
    if ga ~= gb then return ga < gb end
    if a.x ~= b.x then return a.x < b.x end
    return a.name < b.name
  end)
  return list
end

---Judge the trend of a measure along x.
---@param points vitrum.TrendPoint[]
---@param scale string "linear", "log" or "rank"
---@param level number significance: as so many standard deviations of a normal distribution
---@return vitrum.Trend
function trend.judge(points, scale, level)
  local list = usable(points)
  local function not_judged(why) return { word = "not judged", note = why, scale = scale } end
  if #list == 0 and #points > 0 then return not_judged "one seed" end
  local c, square = centered(list, places(list, scale)), 0.0
  for _, d in ipairs(c) do square = square + d * d end
  if square == 0 then
    return not_judged(#points < 2 and "one case" or "too few cases with errors")
  end
  for k, d in ipairs(c) do c[k] = d / square end
  local slope, error, freedom = contrast(list, c)
  local word, chance = word_of(slope, error, freedom, level)
  local note = exceptions(list, word, level)
  if not note and #points > #list then
    note = ("without %s of one value"):format(text.count(#points - #list, "case"))
  elseif not note and word == "not resolved" and math.abs(slope) > level * error then
    note = ("%d seeds are too few to tell"):format(list[1].count)
  end
  return { word = word, slope = slope, error = error, freedom = freedom, chance = chance,
           scale = scale, note = note }
end

-- ---------------------------------------------------------------- statements ----

---Whether what was found agrees with what was expected: "yes", "no", "open", or nil where the
---expectation is in words of another kind.
---@param expected string "rises", "rises, and saturates", "similar", ...
---@param found string
---@return string?
function trend.agreement(expected, found)
  local first = expected:match "^%s*(%a+)"
  if first ~= "rises" and first ~= "falls" then return nil end
  if found == first then return "yes" end
  return (found == "rises" or found == "falls") and "no" or "open"
end

return trend
