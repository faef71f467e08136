-- Numbers in bulk as plain tables, from vt.array objects or tables alike.

local raise = require("vitrum.base.options").raise

local numbers = {}

--- A short text for a value in a message: strings quoted, objects by their type.
---@param value any
---@return string
function numbers.show(value)
  local kind = type(value)
  if kind == "string" then
    return "'" .. (#value > 60 and value:sub(1, 57) .. "..." or value) .. "'"
  elseif kind == "number" then
    return math.type(value) == "integer" and tostring(value) or string.format("%.6g", value)
  elseif kind == "nil" or kind == "boolean" then
    return tostring(value)
  end
  local meta = getmetatable(value)
  return "a " .. (type(meta) == "table" and type(meta.__name) == "string" and meta.__name or kind)
end

--- True for what `numbers.list` may be given: a table or an object with a length.
---@param value any
---@return boolean
function numbers.is_series(value)
  return type(value) == "table" or type(value) == "userdata"
end

--- The length of a list, its own or what its metatable says.
---@param list any
---@param what string
---@return integer
function numbers.length(list, what)
  local n = #list
  if math.type(n) ~= "integer" or n < 0 then
    raise("%s must be a list, but its length is %s", what, numbers.show(n))
  end
  return n
end

--- A plain table of floats from a one-dimensional array or a table of numbers; never the
--- argument itself.
---@param value any
---@param what string names the argument in messages: "plot: y"
---@return number[]
function numbers.list(value, what)
  if not numbers.is_series(value) then
    raise("%s must be an array or a table of numbers, not %s", what, numbers.show(value))
  end
  local list, n = {}
  if type(value) == "userdata" then
    local ok, copy = pcall(function() return value:totable() end)
    if not ok or type(copy) ~= "table" then
      raise("%s must be an array or a table of numbers, not %s", what, numbers.show(value))
    end
    value, n = copy, #copy
  else
    n = numbers.length(value, what)
  end
  for i = 1, n do
    local number = value[i]
    if math.type(number) == "integer" then
      list[i] = number + 0.0
    elseif type(number) ~= "number" then
      raise("%s[%d] must be a number, not %s%s", what, i, numbers.show(number),
                 type(number) == "table" and " (one dimension is needed)" or "")
    else
      list[i] = number
    end
  end
  return list
end

--- As numbers.list, and every number must be finite.
---@param value any
---@param what string
---@return number[]
function numbers.finite_list(value, what)
  local list = numbers.list(value, what)
  for i = 1, #list do
    local number = list[i]
    if number ~= number or number - number ~= 0 then
      raise("%s[%d] is %s; every value must be finite", what, i, tostring(number))
    end
  end
  return list
end

--- Raise when two lists are not equally long.
---@param x number[]
---@param y number[]
---@param where string
function numbers.check_equal(x, y, where)
  if #x ~= #y then
    raise("%s: x has %d values and y has %d; they must be equally many", where, #x, #y)
  end
end

--- Not a number, of the sign that prints as "nan" and not as "-nan".
numbers.NAN = tostring(0 / 0):find("-", 1, true) and -(0 / 0) or 0 / 0

--- Mean of the finite elements of an array; NaN when there are none.
---@param array vitrum.Array
---@return number
function numbers.finite_mean(array)
  local valid = array:select(array:isfinite())
  return #valid > 0 and valid:mean() or numbers.NAN
end

--- Gaussian average of evenly spaced values. Ends are averaged over what there is, or over what is
--- at the other end of a period.
---@param values vitrum.Array|number[]
---@param width number standard deviation, in steps
---@param periodic boolean?
---@return number[]
function numbers.smooth(values, width, periodic)
  local n, reach, weight, result = #values, math.ceil(4 * width), {}, {}
  local list = type(values) == "table" and values or values:totable()
  -- With its images a Gaussian wider than the period is flat, to 1e-8.
  local flat = periodic and width > n
  if flat then reach = n end
  for k = 0, reach do
    weight[k] = (flat or width == 0) and 1 or math.exp(-0.5 * (k / width) ^ 2)
  end
  for i = 1, n do
    local sum, norm = 0.0, 0.0
    local first, last = i - reach, i + reach
    if flat or not periodic then first, last = math.max(first, 1), math.min(last, n) end
    for j = first, last do
      local w = weight[math.abs(j - i)]
      sum, norm = sum + w * list[(j - 1) % n + 1], norm + w
    end
    result[i] = sum / norm
  end
  return result
end

--- Whether `number` is neither NaN nor infinite.
---@param number number
---@return boolean
function numbers.is_finite(number)
  return number - number == 0
end

--- The shortest decimal text that reads back as the same double.
---@param value number
---@return string
function numbers.text(value)
  if math.type(value) == "integer" then return tostring(value) end
  if value ~= value then return "nan" end
  if value == math.huge then return "inf" elseif value == -math.huge then return "-inf" end
  for digits = 15, 17 do
    local text = string.format("%." .. digits .. "g", value)
    if tonumber(text) == value then return text end
  end
end

local NOT_FINITE <const> = { nan = 0 / 0, ["-nan"] = 0 / 0, inf = math.huge, ["+inf"] = math.huge,
                             ["-inf"] = -math.huge }

--- The number that `numbers.text` or another program wrote; nil for other words.
---@param text string
---@return number?
function numbers.from_text(text)
  return tonumber(text) or NOT_FINITE[text:lower()]
end

return numbers
