-- Options tables of functions written in Lua, checked as vtl_options does it in C: the same kinds,
-- the same messages, and the same list serves checking, help and completion.
local session = require "vitrum.session"

local options = {}

---@class vitrum.Option: vitrum.DocOption
---@field required boolean? raise when it is not given

local function is_number(value)
  return type(value) == "number" and value == value and value ~= math.huge and value ~= -math.huge
end

local function is_whole(value)
  return type(value) == "number" and math.tointeger(value) ~= nil
end

---The name of an object's type, "vitrum.Atoms"; nil for plain values.
---@param value any
---@return string?
function options.type_of(value)
  local metatable = (type(value) == "userdata" or type(value) == "table") and getmetatable(value)
  local name = type(metatable) == "table" and rawget(metatable, "__name")
  return type(name) == "string" and name or nil
end

local metatables <const> = {} -- of the types made in Lua, by name

---Make known whose metatable that of a type made in Lua is.
---@param name string "Report"
---@param metatable table?
function options.register(name, metatable) metatables[name] = metatable end

---Whether a value is an object of a type, not one that only bears its name.
---@param value any
---@param name string "Atoms", "Report"
---@return boolean
function options.is(value, name)
  if type(value) == "userdata" then return options.type_of(value) == "vitrum." .. name end
  return type(value) == "table" and metatables[name] ~= nil
    and rawequal(getmetatable(value), metatables[name])
end

local function is_array(value) return options.is(value, "Array") end

-- What vt.atoms.read gives beside the atoms: the last argument of a call around it, but no options.
local function is_info(value) return options.type_of(value) == "vitrum.Info" end

local function is_callable(value)
  local metatable = getmetatable(value)
  return type(value) == "function" or type(metatable) == "table" and metatable.__call ~= nil
end

-- As VTL_LARGEST_COUNT of the bindings.
local LARGEST_COUNT <const> = 1000000000000000

-- Kind: what an error says was expected, and the test. The longer names are those that help()
-- shows for the C kinds.
local KINDS = {
  number = { "a finite number", is_number },
  positive = { "a positive number", function(v) return is_number(v) and v > 0 end },
  nonnegative = {
    "a number that is not negative",
    function(v) return is_number(v) and v >= 0 end,
  },
  count = { "a whole number, at least 1", function(v) return is_whole(v) and v >= 1 end },
  integer = { "a whole number", is_whole },
  seed = { "a whole number, at least 0", function(v) return is_whole(v) and v >= 0 end },
  boolean = { "true or false", function(v) return type(v) == "boolean" end },
  text = { "a string", function(v) return type(v) == "string" end }, -- without zero bytes
  string = { "a string", function(v) return type(v) == "string" end },
  file = {
    "the name of a file, or false for none",
    function(v) return v == false or type(v) == "string" and v ~= "" end,
  },
  table = { "a table", function(v) return type(v) == "table" end },
  ["function"] = { "a function", is_callable },
  ["number or array"] = {
    "a number or an array",
    function(v) return type(v) == "number" or is_array(v) end,
  },
  array = {
    "an array or a table of numbers",
    function(v) return is_array(v) or type(v) == "table" end,
  },
  value = { "a value", function() return true end },
}
-- Kinds that only say what is meant; the function that takes such an option reads it with care.
for _, kind in ipairs { "vector", "tensor", "number or { from, to }", "{ low, high }", "by species",
                        "composition", "name or list", "one or by axis" } do
  KINDS[kind] = KINDS.value
end
KINDS["positive number"] = KINDS.positive
KINDS["number >= 0"] = KINDS.nonnegative

---The options that a function written in C declares, as a list to which a wrapper in Lua adds its
---own.
---@param name string of the function below vt: "structure.voronoi"
---@param defaults? table other defaults than the declared ones
---@return vitrum.Option[] # fresh
function options.declared(name, defaults)
  local list = {}
  for k, spec in ipairs(session.docs[name].options) do
    list[k] = options.put("options.declared", {}, spec)
    if defaults and defaults[spec.name] ~= nil then list[k].default = defaults[spec.name] end
  end
  return list
end

---One option as another function declares it.
---@param name string of the function below vt, or "Type:method": "Lattice:advance"
---@param option string
---@param changes? table fields of the declaration that differ
---@return vitrum.Option # fresh
function options.like(name, option, changes)
  for _, spec in ipairs(session.docs[name].options) do
    if spec.name == option then
      return options.put("options.like", options.put("options.like", {}, spec), changes)
    end
  end
  error(("%s declares no option '%s'"):format(name, option))
end

---Raise a message without a place: what the operating system refuses, or a file holds, is no
---mistake in the script. Words out of files cannot command the terminal.
---@param format string
---@param ... any for string.format
function options.refuse(format, ...)
  error(session.plain(select("#", ...) > 0 and format:format(...) or format), 0)
end

---Raise `message` with the place in the user's code in front: the first level of the stack that
---is not inside vitrum.
---@param format string
---@param ... any for string.format
function options.raise(format, ...)
  local message = session.plain(select("#", ...) > 0 and format:format(...) or format)
  message = message:gsub("([ (,])%-nan", "%1nan") -- its sign says nothing
  local level = 2
  while true do
    local info = debug.getinfo(level, "Sl")
    if not info then error(message, 0) end
    local inside = info.what == "C" or info.short_src:find "^vitrum%.[%w_.]+$"
    if not inside and info.currentline > 0 then
      error(("%s:%d: %s"):format(info.short_src, info.currentline, message), 0)
    end
    level = level + 1
  end
end

---Whether a number makes sense for what it stands for. An unusual one is warned of.
---@param what string how the message begins: "md: option 'pressure'"
---@param range string name of the range: "pressure"
---@param value number
---@return string? message when it makes no sense, with the unit that it is likely to be in
function options.judge(what, range, value)
  local verdict, text = session.judge(range, value)
  if verdict == "usual" then return nil end
  local message = what .. " " .. text
  if verdict == "impossible" then return message end
  session.warn(message)
end

---The usual values of a range, without the unit.
---@param range string
---@return string # "1e-06 to 0.02"
function options.usual(range)
  local r = session.range(range)
  return r.low > 0 and ("%.6g to %.6g"):format(r.low, r.high) or ("up to %.6g"):format(r.high)
end

local function received(value)
  local kind = type(value)
  if kind == "nil" then return "nothing" end
  if kind == "string" then return "the string '" .. value .. "'" end
  if kind == "number" or kind == "boolean" then return tostring(value) end
  return "a " .. kind
end

local function wrong(where, spec, expected, value)
  local unit = spec.unit and spec.unit ~= "-" and " [" .. spec.unit .. "]" or ""
  options.raise("%s: option '%s'%s must be %s, got %s", where, spec.name, unit, expected,
    received(value))
end

local function check_value(where, spec, value)
  if spec.choices and (spec.kind == nil or spec.kind == "choice") then
    local quoted = {}
    for k, choice in ipairs(spec.choices) do
      if choice == value then return end
      quoted[k] = "'" .. choice .. "'"
    end
    wrong(where, spec, "one of " .. table.concat(quoted, ", "), value)
  end
  local kind = KINDS[spec.kind or "value"]
  if not kind then error(("option '%s' has the unknown kind '%s'"):format(spec.name, spec.kind)) end
  if not kind[2](value) then wrong(where, spec, kind[1], value) end
  if (spec.kind == "text" or spec.kind == "file") and value and value:find "%z" then
    options.raise("%s: option '%s' holds a zero byte after '%s'; leave it out", where, spec.name,
      value:match "^[^%z]*")
  end
  if spec.kind == "count" and value > LARGEST_COUNT then
    wrong(where, spec, "a whole number up to 1e15", value)
  end
  if spec.between and not (value >= spec.between[1] and value <= spec.between[2]) then
    wrong(where, spec, ("a %snumber from %g to %g"):format(spec.kind == "count" and "whole " or "",
      spec.between[1], spec.between[2]), value)
  end
  if spec.range and type(value) == "number" then
    local message = options.judge(("%s: option '%s'"):format(where, spec.name), spec.range, value)
    if message then options.raise("%s", message) end
  end
end

---A positional argument: the value, or the default when it is not given; raises when it is not of
---its kind.
---@param where string name of the function: "Line:predict"
---@param name string of the argument
---@param kind string as for options.check
---@param value any
---@param default any? nil: the argument must be given
---@return any
function options.argument(where, name, kind, value, default)
  if value == nil and default ~= nil then return default end
  if not KINDS[kind][2](value) then
    options.raise("%s: %s must be %s, got %s", where, name, KINDS[kind][1], received(value))
  end
  return value
end

---The table of options as it was given, an empty one for none; raises when it is no table.
---@param where string name of the function
---@param given any
---@return table
function options.given(where, given)
  if given == nil or is_info(given) then return {} end
  if type(given) ~= "table" then
    options.raise("%s: options must be a table { key = value, ... }, got %s", where,
      received(given))
  end
  return given
end

---string.format for texts of the user, whose mistakes get a message of their own.
---@param where string name of the function
---@param format any
---@param ... any
---@return string
function options.format(where, format, ...)
  options.argument(where, "the text", "string", format)
  local ok, text = pcall(string.format, format, ...)
  if ok then return text end
  options.raise("%s: the values do not go into the text '%s': %s", where, format,
    text:gsub("^.-bad argument #%d+ to '[%w.]+' %((.*)%)$", "%1"))
end

---Put the options that were given into `target`, over what is there.
---@param where string name of the function
---@param target table
---@param given any
---@return table target
function options.put(where, target, given)
  for key, value in next, options.given(where, given) do target[key] = value end
  return target
end

---Check an options table and fill in the defaults. Unknown keys raise and name the nearest known
---one; wrong values raise with key, unit and what was received; the place is the user's line.
---@param where string name of the function as help knows it: "plot"
---@param specs vitrum.Option[] also the `options` of help.document; kinds: number, positive,
---nonnegative, count, integer, seed, boolean, string, text, file, choice, table, function, array,
---value
---@param given table? nil: all defaults
---@return table # fresh, with the given values and the defaults of the others
function options.check(where, specs, given)
  local result, known, names = {}, {}, {}
  given = options.given(where, given)
  for k, spec in ipairs(specs) do
    known[spec.name], names[k] = spec, spec.name
  end
  for key, value in next, given do
    if type(key) ~= "string" then
      options.raise("%s: options are named (key = value), got an entry with key %s", where,
        received(key))
    end
    local spec = known[key]
    if not spec then
      local near = session.nearest(key, names)
      options.raise("%s: unknown option '%s'; %s", where, key,
        near and ("did you mean '%s'?"):format(near)
          or ('help "%s" lists the options'):format(where))
    end
    check_value(where, spec, value)
    result[key] = value
  end
  for _, spec in ipairs(specs) do
    if result[spec.name] == nil and given[spec.name] ~= nil then -- inherited
      local value = given[spec.name]
      check_value(where, spec, value)
      result[spec.name] = value
    end
    if result[spec.name] == nil then
      if spec.required then
        options.raise("%s: option '%s' is missing%s", where, spec.name,
          spec.help and " (" .. spec.help .. ")" or "")
      end
      result[spec.name] = spec.default
    end
  end
  return result
end

return options
