-- JSON for the state of a run: what is written reads back as the same value, doubles to the last
-- bit. Integers and floats stay apart (300 and 300.0); NaN, Infinity and -Infinity are written
-- by these names, as Python's json module does. Arrays with one axis are written as
-- {"vt.array": [...], "dtype": "float64"} and read back as such.

local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"

local raise = options.raise

local json = {}

local INDENT <const> = "  "
local DEEPEST <const> = 100

local ESCAPES <const> = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f",
                          ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function quote(text)
  return '"' .. text:gsub('[%c"\\\127]', function(c)
    return ESCAPES[c] or string.format("\\u%04x", c:byte())
  end) .. '"'
end

local function number(value)
  if value ~= value then return "NaN" end
  if value == math.huge then return "Infinity" end
  if value == -math.huge then return "-Infinity" end
  local text = numbers.text(value)
  if math.type(value) == "float" and not text:find "[.eE]" then text = text .. ".0" end
  return text
end

-- Keys of a table used as an object, sorted so that equal tables give equal text.
local function sorted_keys(value, place)
  local keys = {}
  for key in pairs(value) do
    if type(key) ~= "string" then
      raise("json: %s mixes names with the key %s; use a list or names only", place,
                 numbers.show(key))
    end
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

local encode

local function encode_table(value, indent, place, around)
  local inner, parts = indent .. INDENT, {}
  local count = #value
  if count > 0 or next(value) == nil then
    for key in pairs(value) do
      if math.type(key) ~= "integer" or key < 1 or key > count then
        raise("json: the list %s also has the key %s", place, numbers.show(key))
      end
    end
    for i = 1, count do parts[i] = encode(value[i], inner, place .. "[" .. i .. "]", around) end
    if count == 0 then return "[]" end
    local line = "[" .. table.concat(parts, ", ") .. "]"
    if not line:find "\n" and #line < 90 then return line end
    return "[\n" .. inner .. table.concat(parts, ",\n" .. inner) .. "\n" .. indent .. "]"
  end
  for i, key in ipairs(sorted_keys(value, place)) do
    parts[i] = quote(key) .. ": " .. encode(value[key], inner, place .. "." .. key, around)
  end
  return "{\n" .. inner .. table.concat(parts, ",\n" .. inner) .. "\n" .. indent .. "}"
end

local function encode_array(array, place)
  if #array.shape ~= 1 then
    raise("json: %s is an array with %d axes; only those with one can be saved", place,
          #array.shape)
  end
  local parts = array:totable()
  for i, value in ipairs(parts) do parts[i] = number(value) end
  return ('{"vt.array": [%s], "dtype": "%s"}'):format(table.concat(parts, ", "), array.dtype)
end

-- `around` has the places of the tables that hold the value, and how many there are.
encode = function(value, indent, place, around)
  local kind = type(value)
  if options.is(value, "Array") then return encode_array(value, place) end
  if kind == "table" then
    if around[value] then
      raise("json: %s is %s itself; a table that holds itself cannot be saved", place,
            around[value])
    end
    around[value], around.depth = place, around.depth + 1
    if around.depth > DEEPEST then raise("json: %s is nested too deeply", place) end
    local text = encode_table(value, indent, place, around)
    around[value], around.depth = nil, around.depth - 1
    return text
  end
  if kind == "string" then return quote(value) end
  if kind == "number" then return number(value) end
  if kind == "boolean" then return tostring(value) end
  raise("json: %s is %s; only tables, texts, numbers, booleans and arrays can be saved", place,
             numbers.show(value))
end

--- The JSON text of `value`, indented, keys sorted. An empty table becomes a list.
---@param value any tables (lists or names), strings, numbers, booleans, arrays
---@param what string? names the value in messages
---@return string
function json.encode(value, what)
  return encode(value, "", what or "the value", { depth = 0 }) .. "\n"
end

-- ---------------------------------------------------------------- reading ----

local UNESCAPES <const> = { ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f",
                            n = "\n", r = "\r", t = "\t" }
local WORDS <const> = { ["true"] = true, ["false"] = false, NaN = 0 / 0, Infinity = math.huge }

local Reader = {}
Reader.__index = Reader

function Reader:fail(expected)
  local _, lines = self.text:sub(1, self.at - 1):gsub("\n", "")
  local found = self.text:sub(self.at, self.at + 15)
  raise("%s:%d: %s is expected, found %s", self.where, lines + 1, expected,
             found == "" and "the end of the file" or numbers.show(found))
end

function Reader:skip()
  self.at = self.text:find("[^ \t\r\n]", self.at) or #self.text + 1
  return self.text:sub(self.at, self.at)
end

function Reader:string()
  local from, parts = self.at + 1, {}
  while true do
    local stop = self.text:find('["\\]', from)
    if not stop then self:fail 'the closing quote "' end
    parts[#parts + 1] = self.text:sub(from, stop - 1)
    if self.text:sub(stop, stop) == '"' then
      self.at = stop + 1
      return table.concat(parts)
    end
    local letter = self.text:sub(stop + 1, stop + 1)
    local code = letter == "u" and self.text:match("^%x%x%x%x", stop + 2)
    if code then
      parts[#parts + 1], from = utf8.char(tonumber(code, 16)), stop + 6
    elseif UNESCAPES[letter] then
      parts[#parts + 1], from = UNESCAPES[letter], stop + 2
    else
      self.at = stop
      self:fail "a known escape sequence"
    end
  end
end

function Reader:number()
  local text = self.text:match("^-?[%d.]+[eE]?[+-]?%d*", self.at)
  local value = text and tonumber(text)
  if not value then
    if self.text:find("^-Infinity", self.at) then
      self.at = self.at + #"-Infinity"
      return -math.huge
    end
    self:fail "a number"
  end
  self.at = self.at + #text
  return value
end

-- The items between brackets; `item` reads one.
function Reader:items(close, item)
  self.depth = self.depth + 1
  if self.depth > DEEPEST then self:fail "an end of the nesting" end
  self:list(close, item)
  self.depth = self.depth - 1
end

function Reader:list(close, item)
  self.at = self.at + 1
  if self:skip() == close then
    self.at = self.at + 1
    return
  end
  while true do
    item()
    local c = self:skip()
    if c ~= "," and c ~= close then self:fail("a comma or " .. close) end
    self.at = self.at + 1
    if c == close then return end
  end
end

local function read_array(self, object)
  local ok, array = pcall(require("vitrum").array, object["vt.array"],
    object.dtype)
  if not ok then self:fail "a list of numbers for an array" end
  return array
end

function Reader:value()
  local c = self:skip()
  if c == "{" then
    local object = {}
    self:items("}", function()
      if self:skip() ~= '"' then self:fail "a name in quotes" end
      local key = self:string()
      if self:skip() ~= ":" then self:fail "a colon" end
      self.at = self.at + 1
      object[key] = self:value()
    end)
    if type(object["vt.array"]) == "table" then return read_array(self, object) end
    return object
  elseif c == "[" then
    local list = {}
    self:items("]", function() list[#list + 1] = self:value() end)
    return list
  elseif c == '"' then
    return self:string()
  end
  local word = self.text:match("^%a+", self.at)
  if word and WORDS[word] ~= nil then
    self.at = self.at + #word
    return WORDS[word]
  end
  return self:number()
end

--- The value of a JSON text. null is not accepted: nothing here writes it.
---@param text string
---@param where string names the file in messages
---@return any
function json.decode(text, where)
  local reader = setmetatable({ text = text, at = 1, where = where, depth = 0 }, Reader)
  local value = reader:value()
  if reader:skip() ~= "" then reader:fail "the end of the file" end
  return value
end

return json
