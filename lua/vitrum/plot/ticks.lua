-- Where the numbers along an axis stand and how they read: the same in files, pages and terminals.
-- All labels of an axis have equally many decimals: 17.8, 18.0, 18.2.

local ticks = {}

---@class vitrum.Tick
---@field value number
---@field label string in plain characters: "-4.0", "2.5e7"

local MOST <const> = 100 -- whatever is asked for

-- The step that a person would take: 1, 2 or 5 times a power of ten.
local function round_step(step)
  local decade = 10.0 ^ math.floor(math.log(step, 10))
  for _, factor in ipairs { 1, 2, 5, 10 } do
    if factor * decade >= step * (1 - 1e-9) then return factor * decade end
  end
  return 10 * decade
end

-- The power of ten of a number's first digit.
local function power_of(value)
  return value == 0 and 0 or tonumber(("%.6e"):format(math.abs(value)):match "e(.+)$")
end

---A number as text, its last digit of the size of `step`.
---@param value number
---@param step number
---@param largest number? what else stands on the axis
---@return string
function ticks.label(value, step, largest)
  largest = math.max(math.abs(value), largest or 0)
  if math.abs(value) < 1e-6 * step then value = 0 end
  local last, first = power_of(step), power_of(largest)
  if first >= 7 or first < -4 then
    if value == 0 then return "0" end
    local digits = math.max(0, math.min(power_of(value) - last, 16))
    local mantissa, sign, power = ("%." .. digits .. "e"):format(value):match "^(.-)e([+-])0*(%d+)$"
    return mantissa .. "e" .. (sign == "-" and "-" or "") .. power
  end
  return ("%." .. math.max(0, math.min(-last, 16)) .. "f"):format(value)
end

-- Multiples of `step` from `low` to `high`.
local function multiples(low, high, step)
  local list, slack = {}, 1e-9 * (high - low)
  local largest = math.max(math.abs(low), math.abs(high))
  local k = math.ceil((low - slack) / step)
  while #list < MOST and k * step <= high + slack do
    list[#list + 1] = { value = k * step, label = ticks.label(k * step, step, largest) }
    k = k + 1
  end
  return list
end

---Round numbers from `low` to `high`, about `wanted` of them or less.
---@param low number
---@param high number above low
---@param wanted integer
---@param whole boolean? nothing between whole numbers
---@return vitrum.Tick[]
function ticks.linear(low, high, wanted, whole)
  -- Halves first: the difference of huge ends is too large for a number.
  local raw = 2 * (high / 2 - low / 2) / math.max(wanted, 1)
  if raw == math.huge or raw < 4e-16 * math.max(math.abs(low), math.abs(high)) or raw < 1e-300 then
    return { { value = low, label = ("%.6g"):format(low) },
             { value = high, label = ("%.6g"):format(high) } }
  end
  local step = round_step(raw)
  if whole then step = math.max(step, 1) end
  local list = multiples(low, high, step)
  -- A short axis may lie between two round numbers.
  if #list < 2 and not whole then
    local finer = multiples(low, high, round_step(raw / 2.5))
    if #finer > #list then list = finer end
  end
  return list
end

-- The whole powers of ten from `low` to `high`, thinned to about so many.
local function powers(low, high, wanted)
  local first = math.ceil(math.log(low, 10) - 1e-9)
  local last = math.floor(math.log(high, 10) + 1e-9)
  local stride, list = math.max(1, math.ceil((last - first) / math.max(wanted, 1))), {}
  for k = math.ceil(first / stride) * stride, last, stride do
    list[#list + 1] = { value = 10.0 ^ k, label = "1e" .. k, power = k }
  end
  return list
end

---Numbers along a logarithmic axis: powers of ten, or 1, 2 and 5 of each decade, or even steps,
---whichever names enough of them.
---@param low number above 0
---@param high number above low
---@param wanted integer
---@return vitrum.Tick[] # those that are powers of ten and no more have a field `power`
function ticks.log(low, high, wanted)
  local decades = math.log(high, 10) - math.log(low, 10)
  if decades >= 2 then return powers(low, high, wanted) end
  local list = {}
  for decade = math.floor(math.log(low, 10)), math.ceil(math.log(high, 10)) do
    for _, factor in ipairs { 1, 2, 5 } do
      local value = factor * 10.0 ^ decade
      if value >= low * (1 - 1e-9) and value <= high * (1 + 1e-9) then
        list[#list + 1] = { value = value, label = ticks.label(value, value) }
      end
    end
  end
  if #list >= 3 then return list end
  return ticks.linear(low, high, math.min(wanted, 5))
end

---The numbers of an axis of a figure.
---@param axis table with first, last and log
---@param wanted integer
---@return vitrum.Tick[]
function ticks.of(axis, wanted)
  local low, high = math.min(axis.first, axis.last), math.max(axis.first, axis.last)
  if axis.log then return ticks.log(low, high, wanted) end
  return ticks.linear(low, high, wanted, axis.counts and axis:counts())
end

return ticks
