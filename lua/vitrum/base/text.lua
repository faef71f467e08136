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

--- A number and its standard error for two cells of a table: "654" and "12", or "1.5 × 10⁻⁷" and
--- "0.2 × 10⁻⁷". Without an error the second is nil.
---@param value number
---@param deviation number?
---@return string
---@return string?
function text.pair(value, deviation)
  local plain = text.plain(value, deviation)
  local first, second, power = plain:match "^%((.-) %+%- (.-)%)(e%-?%d+)$"
  if not first then
    first, second = plain:match "^(.-) %+%- (.*)$"
    power = ""
  end
  if not first then return text.typeset(plain) end
  return text.typeset(first .. power), text.typeset(second .. power)
end

--- A power of ten: "10⁻⁷".
---@param exponent integer
---@return string
function text.power(exponent)
  return "10" .. tostring(exponent):gsub(".", SUPERSCRIPTS)
end

-- "(-1.5 +- 0.2)e-07" as "(−1.5 ± 0.2) × 10⁻⁷".
function text.typeset(plain)
  local mantissa, sign, exponent = plain:match "^(.-)e([+-]?)0*(%d+)$"
  if mantissa then
    plain = (mantissa == "1" and "" or mantissa == "-1" and "-" or mantissa .. " × ")
      .. text.power((sign == "-" and "-" or "") .. exponent)
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
function text.number(value) return text.typeset(plain_number(value)) end

--- A number with its standard error for a page: "654 ± 12".
---@param value number
---@param deviation number?
---@return string
function text.with_error(value, deviation) return text.typeset(text.plain(value, deviation)) end

-- ---------------------------------------------------------------- terminals ----

-- Characters that take two columns, and those that take none: first and last of each range.
local WIDE <const> = { 0x1100, 0x115F, 0x2E80, 0xA4CF, 0xAC00, 0xD7A3, 0xF900, 0xFAFF, 0xFE30,
                       0xFE6F, 0xFF00, 0xFF60, 0xFFE0, 0xFFE6, 0x1F300, 0x1F64F, 0x1F900, 0x1F9FF,
                       0x20000, 0x3FFFD }
local NONE <const> = { 0x0300, 0x036F, 0x200B, 0x200F, 0x20D0, 0x20FF, 0xFE00, 0xFE0F }

local function within(code, ranges)
  for k = 1, #ranges, 2 do
    if code >= ranges[k] and code <= ranges[k + 1] then return true end
  end
  return false
end

local function columns_of(code)
  if code < 0x300 then return 1 end
  return within(code, NONE) and 0 or within(code, WIDE) and 2 or 1
end

--- How many columns of a terminal a cleaned text takes.
---@param value string
---@return integer
function text.width(value)
  local width = 0
  for _, code in utf8.codes(value) do width = width + columns_of(code) end
  return width
end

--- The beginning of a cleaned text that fits so many columns, with `tail` where something is cut.
---@param value string
---@param columns integer
---@param tail string?
---@return string
function text.cut(value, columns, tail)
  if text.width(value) <= columns then return value end
  tail = tail or "..."
  if text.width(tail) > columns then tail = "" end
  local width, room = 0, columns - text.width(tail)
  for at, code in utf8.codes(value) do
    width = width + columns_of(code)
    if width > room then return value:sub(1, at - 1) .. tail end
  end
  return value
end

local ASCII <const> = { ["Å"] = "A", ["å"] = "a", ["°"] = " deg", ["µ"] = "u", ["μ"] = "u",
                        ["−"] = "-", ["±"] = "+-", ["×"] = "x", ["·"] = "*", ["–"] = "-",
                        ["…"] = "...", ["₀"] = "0", ["₁"] = "1", ["₂"] = "2", ["₃"] = "3",
                        ["σ"] = "sigma", ["ε"] = "epsilon", ["γ"] = "gamma", ["ρ"] = "rho",
                        ["α"] = "alpha", ["β"] = "beta", ["Δ"] = "Delta", ["θ"] = "theta",
                        ["τ"] = "tau", ["λ"] = "lambda", ["ω"] = "omega" }
local RAISED <const> = {}
for plain, character in pairs(SUPERSCRIPTS) do RAISED[character] = plain end

--- A cleaned text in ASCII: "r (A^3)" of "r (Å³)", "?" for what has no like.
---@param value string
---@return string
function text.ascii(value)
  local raised = false
  return (value:gsub(utf8.charpattern, function(character)
    if RAISED[character] then
      local first = not raised
      raised = true
      return first and "^" .. RAISED[character] or RAISED[character]
    end
    raised = false
    if #character == 1 then return nil end
    return ASCII[character] or within(utf8.codepoint(character), NONE) and "" or "?"
  end))
end

--- A count and what is counted: "1 thread", "2 threads".
---@param count integer
---@param noun string
---@return string
function text.count(count, noun)
  return ("%d %s%s"):format(count, noun, count == 1 and "" or "s")
end

return text
