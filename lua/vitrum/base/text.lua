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

local SUPERSCRIPTS <const> = { ["0"] = "⁰", ["1"] = "¹", ["2"] = "²", ["3"] = "³", ["4"] = "⁴",
                               ["5"] = "⁵", ["6"] = "⁶", ["7"] = "⁷", ["8"] = "⁸", ["9"] = "⁹",
                               ["-"] = "⁻" }

-- "(-1.5 +- 0.2)e-07" as "(−1.5 ± 0.2) × 10⁻⁷".
local function typeset(plain)
  local mantissa, sign, exponent = plain:match "^(.-)e([+-]?)0*(%d+)$"
  if mantissa then
    local power = ((sign == "-" and "-" or "") .. exponent):gsub(".", SUPERSCRIPTS)
    plain = (mantissa == "1" and "" or mantissa == "-1" and "-" or mantissa .. " × ")
      .. "10" .. power
  end
  return (plain:gsub("+%-", "±"):gsub("-", "−"):gsub("inf", "∞"):gsub("^nan$", "not a number"))
end

local ROUND <const> = 10000000 -- whole numbers with so many zeros at the end are read as powers

local function plain_number(value)
  if value ~= value then return "nan" end
  if math.type(value) == "integer" and (value % ROUND ~= 0 or math.abs(value) < 100 * ROUND) then
    return tostring(value)
  end
  -- Minus zero is zero.
  return ("%.6g"):format(value == 0 and 0 or value)
end

-- With so many decimals, and no minus in front of nothing but zeros.
local function fixed(value, digits)
  return (("%." .. digits .. "f"):format(value):gsub("^%-([0.]*)$", "%1"))
end

--- A number for a terminal, both cut to two digits of its standard error when it has one:
--- "654 +- 12". Without one: counts in full, others up to six digits.
---@param value number
---@param deviation number?
---@return string
function text.plain(value, deviation)
  -- An error in the last bits of the value is that of the arithmetic.
  if not deviation or deviation ~= deviation or deviation <= 1e-12 * math.abs(value)
    or deviation == math.huge or value - value ~= 0 then
    return plain_number(value)
  end
  -- The place of the last digit, through the printed form, so that 0.0996 counts as 0.10.
  local place = tonumber(string.format("%.1e", deviation):match "e(.+)$") - 1
  local largest = math.max(math.abs(value), deviation)
  if largest >= 1e6 or largest < 1e-4 then
    local power = math.floor(math.log(largest, 10))
    local digits = math.max(0, math.min(power - place, 15))
    return ("(%s +- %s)e%d"):format(fixed(value / 10.0 ^ power, digits),
                                    fixed(deviation / 10.0 ^ power, digits), power)
  end
  if place > 0 then
    local unit = 10.0 ^ place
    value, deviation = math.floor(value / unit + 0.5) * unit,
                       math.floor(deviation / unit + 0.5) * unit
  end
  local digits = math.max(0, math.min(-place, 15))
  return fixed(value, digits) .. " +- " .. fixed(deviation, digits)
end

--- A number for a page: powers of ten as such.
---@param value number
---@return string
function text.number(value) return typeset(plain_number(value)) end

--- A number with its standard error for a page: "654 ± 12".
---@param value number
---@param deviation number?
---@return string
function text.with_error(value, deviation) return typeset(text.plain(value, deviation)) end

--- A count and what is counted: "1 thread", "2 threads".
---@param count integer
---@param noun string
---@return string
function text.count(count, noun)
  return ("%d %s%s"):format(count, noun, count == 1 and "" or "s")
end

return text
