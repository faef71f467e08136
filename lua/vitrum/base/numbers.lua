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
