-- Texts for figures and pages: made valid, escaped, numbers with their errors.

local text = {}

--- Valid UTF-8 without control characters other than line breaks and tabs.
---@param value string
---@return string
function text.clean(value)
  value = value:gsub("\r\n?", "\n"):gsub("[%z\1-\8\11\12\14-\31\127]", "")
  if utf8.len(value) then return value end
  -- A file in Latin-1, most likely.
  return (value:gsub("[\x80-\xFF]", function(byte) return utf8.char(byte:byte()) end))
end

local ESCAPES <const> = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;",
                          ["'"] = "&#39;" }

--- Cleaned text fit for XML and HTML, also inside an attribute.
---@param value string
---@return string
function text.escape(value)
  return (text.clean(value):gsub("[&<>\"']", ESCAPES))
end

-- "-1.5e-07" as "-1.5 x 10^-7" in characters.
local SUPERSCRIPTS <const> = { ["0"] = "⁰", ["1"] = "¹", ["2"] = "²", ["3"] = "³", ["4"] = "⁴",
                               ["5"] = "⁵", ["6"] = "⁶", ["7"] = "⁷", ["8"] = "⁸", ["9"] = "⁹",
                               ["-"] = "⁻" }

local function typeset(digits)
  local mantissa, sign, exponent = digits:match "^(.-)e([+-]?)0*(%d+)$"
  if mantissa then
    local power = ((sign == "-" and "-" or "") .. exponent):gsub(".", SUPERSCRIPTS)
    digits = (mantissa == "1" and "" or mantissa == "-1" and "-" or mantissa .. " × ")
      .. "10" .. power
  end
  return (digits:gsub("-", "−"))
end

local ROUND <const> = 10000000 -- whole numbers with so many zeros at the end are read as powers

--- A number for people: counts in full, others up to six digits, powers of ten as such.
---@param value number
---@return string
function text.number(value)
  if value ~= value then return "not a number" end
  if value == math.huge then return "∞" elseif value == -math.huge then return "−∞" end
  if math.type(value) == "integer" and (value % ROUND ~= 0 or math.abs(value) < 100 * ROUND) then
    return (tostring(value):gsub("-", "−"))
  end
  return typeset(string.format("%.6g", value))
end

-- The power of ten of the last digit to show: two digits of the error.
local function last_place(deviation)
  -- Through the printed form, so that 0.0996 counts as 0.10.
  local exponent = tonumber(string.format("%.1e", deviation):match "e(.+)$")
  return exponent - 1
end

--- A number with its standard error, both cut to two digits of the error: "654 ± 12".
---@param value number
---@param deviation number
---@return string
function text.with_error(value, deviation)
  if deviation ~= deviation or deviation <= 0 or deviation == math.huge or value - value ~= 0 then
    return text.number(value)
  end
  local place = last_place(deviation)
  local largest = math.max(math.abs(value), deviation)
  if largest >= 1e6 or largest < 1e-4 then
    local power = math.floor(math.log(largest, 10))
    local digits = math.max(0, math.min(power - place, 15))
    return string.format("(%s ± %s) × %s", typeset(string.format("%." .. digits .. "f",
                         value / 10.0 ^ power)),
                         string.format("%." .. digits .. "f", deviation / 10.0 ^ power),
                         typeset("1e" .. power))
  end
  if place > 0 then
    local unit = 10.0 ^ place
    value, deviation = math.floor(value / unit + 0.5) * unit,
                       math.floor(deviation / unit + 0.5) * unit
  end
  local digits = math.max(0, math.min(-place, 15))
  return typeset(string.format("%." .. digits .. "f", value)) .. " ± "
    .. string.format("%." .. digits .. "f", deviation)
end

return text
