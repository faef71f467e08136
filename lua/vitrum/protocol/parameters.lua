-- Parameters of a protocol, declared once: the command line, --help, checks and provenance follow.
--
-- Declarations stand in a list, in the order in which --help shows them; a list inside it is a
-- group of declarations, such as those of kit.lua. One is a table
-- { "name", default, unit =, help =, ... }:
--   [2]       default; a parameter without one must be given unless optional = true
--   kind      "number", "integer", "boolean", "string", "file", "composition", "words" (Cu,Zr),
--             "numbers" (0.5,1); without it the kind follows from the default: a number with a unit
--             is a "number", a whole number without one an "integer"
--   unit      "K", "ps", "K/s", ...; shown with the value, and accepted behind it (low=10K)
--   help      one line
--   min, max  inclusive limits; above: an exclusive lower limit
--   choices   list of the texts allowed
--   range     name of a range of values that make sense: "timestep", "time", "damping",
--             "temperature", "temperature rate", "pressure", "pressure rate", "modulus", "strain",
--             "strain rate", "force", "distance", "density", "mass", "energy", ...; a value beyond
--             it is an error and an unusual one a warning, unless the unit is written with it
--   repeated  false: a list may not name anything twice; rising: its numbers must rise
--   file      true: a file that is read; its SHA-256 becomes part of the provenance
--   optional  true: may be left out and is then nil

local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local session = require "vitrum.session"
local system = require "vitrum.system"

local show <const> = numbers.show

local parameters = {}

---@class vitrum.Parameter
---@field name string
---@field kind string
---@field default any?
---@field unit string?
---@field help string?
---@field min number?
---@field max number?
---@field above number?
---@field choices string[]?
---@field range string?
---@field optional boolean?
---@field framework boolean? belongs to the framework; does not change the result
---@field rising boolean? true: each number of a list must be larger than the one before
---@field repeated boolean? false: a list may not name anything twice

local FIELDS <const> = { "kind", "unit", "help", "min", "max", "above", "choices", "range",
                         "file", "optional", "repeated", "rising" }
local FIELD_TYPES <const> = { kind = "string", unit = "string", help = "string", min = "number",
                              max = "number", above = "number", choices = "table",
                              range = "string", file = "boolean", optional = "boolean",
                              repeated = "boolean", rising = "boolean" }

local EXAMPLES <const> = { number = "1.5", integer = "10", boolean = "true", string = "text",
                           file = "glass.data", composition = "Cu64Zr36", words = "Cu,Zr",
                           numbers = "0.5,1" }

-- What the framework itself takes besides the protocol's own parameters.
local FRAMEWORK <const> = {
  { name = "out", kind = "string", optional = true, framework = true,
    help = "folder for everything that is written; default: the protocol's name" },
  { name = "resume", kind = "boolean", optional = true, framework = true,
    help = "true: there must be a run to go on with, even from another version of the script; "
      .. "false: never go on; default: go on with an unfinished run with the same parameters" },
  { name = "overwrite", kind = "boolean", default = false, framework = true,
    help = "replace what an earlier run wrote to the folder" },
  { name = "threads", kind = "integer", optional = true, min = 1, framework = true,
    help = "number of threads; results do not depend on it" },
  { name = "checkpoint_every", kind = "number", default = 10, unit = "s", above = 0,
    framework = true, help = "wall time between two checkpoints" },
  { name = "quiet", kind = "boolean", default = false, framework = true,
    help = "print nothing but errors" },
  { name = "dry", kind = "boolean", default = false, framework = true,
    help = "check everything, print parameters, plan, time and disk space, and write nothing" },
  { name = "report", kind = "boolean", default = false, framework = true,
    help = "write the report of the finished run again, without running it" },
}

-- ---------------------------------------------------------------- declarations ----

local function kind_of(default, spec)
  if spec.file then return "file" end
  if type(default) == "boolean" then return "boolean" end
  if type(default) == "string" then return "string" end
  if type(default) == "table" then return "composition" end
  if math.type(default) == "integer" and not spec.unit then return "integer" end
  if type(default) == "number" or spec.unit then return "number" end
  return "string"
end

-- One parameter from its declaration; nil and a message when the declaration is wrong.
local function declare(spec)
  local name = spec[1]
  if not name:find "^%a[%w_]*$" then
    return nil, ("parameter names are words of letters, digits and _, not %s"):format(show(name))
  end
  for key in pairs(spec) do
    local known = key == 1 or key == 2
    for _, field in ipairs(FIELDS) do known = known or key == field end
    if not known then
      local near = type(key) == "string" and session.nearest(key, FIELDS)
      return nil, ("parameter '%s' has the unknown field '%s'%s"):format(name, tostring(key),
        near and ("; did you mean '%s'?"):format(near) or "")
    end
    if key ~= 1 and key ~= 2 and type(spec[key]) ~= FIELD_TYPES[key] then
      return nil, ("parameter '%s': the field '%s' must be a %s, not %s"):format(name, key,
        FIELD_TYPES[key], show(spec[key]))
    end
  end
  for k, choice in ipairs(spec.choices or {}) do
    if type(choice) ~= "string" then
      return nil, ("parameter '%s': choice %d must be a string, not %s"):format(name, k,
        show(choice))
    end
  end
  local parameter = { name = name, default = spec[2],
                      kind = spec.kind or kind_of(spec[2], spec) }
  if spec.range and not pcall(session.range, spec.range) then
    return nil, ("parameter '%s': %s"):format(name, select(2, pcall(session.range, spec.range)))
  end
  if not EXAMPLES[parameter.kind] then
    return nil, ("parameter '%s' has the unknown kind '%s'"):format(name, tostring(parameter.kind))
  end
  for _, field in ipairs(FIELDS) do
    if field ~= "kind" and field ~= "file" then parameter[field] = spec[field] end
  end
  if parameter.default ~= nil then
    local ok, why = parameters.check(parameter, parameter.default)
    if ok == nil then return nil, "the default is wrong: " .. why end
    parameter.default = ok
  end
  return parameter
end

local EXPECTED <const> = 'params is a list of { "name", default, unit =, help = } and of groups '
  .. 'such as kit.glass, in the order of --help'

-- Add the declarations in `entries` to `list`; a message when one is wrong.
local function collect(entries, list, seen, depth)
  for key in pairs(entries) do
    if math.type(key) ~= "integer" or key < 1 or key > #entries then
      return ("%s; it has the key %s"):format(EXPECTED, show(key))
    end
  end
  for k, entry in ipairs(entries) do
    if type(entry) ~= "table" or depth > 8 then
      return ("%s; entry %d is %s"):format(EXPECTED, k, show(entry))
    end
    if type(entry[1]) ~= "string" then
      local message = collect(entry, list, seen, depth + 1)
      if message then return message end
    else
      local parameter, message = declare(entry)
      if not parameter then return message end
      if seen[parameter.name] then
        return ("parameter '%s' is declared twice"):format(parameter.name)
      end
      seen[parameter.name] = parameter
      list[#list + 1] = parameter
    end
  end
end

-- What protocols with a seed take besides.
local SEEDS <const> = {
  { name = "seeds", kind = "string", optional = true, framework = true,
    help = "number of parallel runs, with seeds from `seed` on, or a list of seeds; a list of "
      .. "values of another parameter also makes a run for each, as in cooling_rate=1e12,1e13" },
  { name = "jobs", kind = "integer", optional = true, min = 1, framework = true,
    help = "how many of these runs at a time" },
}

-- What protocols with dynamics take besides. Which program moves the atoms is no part of what a run
-- is: a resumed run may use another.
local ENGINE <const> = {
  { name = "engine", kind = "string", choices = { "vitrum", "lammps" }, default = "vitrum",
    framework = true, help = "what runs the dynamics: this program, or LAMMPS" },
  { name = "ranks", kind = "integer", default = 1, min = 1, framework = true,
    help = "processes of engine=lammps, under mpirun" },
}

-- The parameters that all protocols have; those with `presets`, dynamics or a seed have more.
local function framework_of(presets, known)
  local list = table.move(FRAMEWORK, 1, #FRAMEWORK, 1, {})
  if known.timestep and not known.engine and not known.ranks then
    table.move(ENGINE, 1, #ENGINE, #list + 1, list)
  end
  if known.seed and not known.seeds and not known.jobs then
    table.move(SEEDS, 1, #SEEDS, #list + 1, list)
  end
  local names = {}
  for name in pairs(presets or {}) do names[#names + 1] = name end
  if #names == 0 then return list end
  table.sort(names)
  table.insert(list, 1, { name = "preset", kind = "string", choices = names, optional = true,
                          framework = true,
                          help = "named set of values; parameters that are given override it" })
  return list
end

-- Presets with checked values; nil and a message when one is wrong.
local function check_presets(presets, known)
  local checked = {}
  for name, values in pairs(presets) do
    if type(name) ~= "string" or not name:find "^%a[%w_-]*$" or type(values) ~= "table" then
      return nil, ("presets is a table { paper = { name = value, ... }, ... }; it has %s = %s")
        :format(tostring(name), show(values))
    end
    checked[name] = {}
    for key, value in pairs(values) do
      if not known[key] then
        return nil, ("preset '%s' sets '%s', which is not a parameter"):format(name, tostring(key))
      end
      local ok, message = parameters.check(known[key], value)
      if ok == nil then return nil, ("preset '%s': %s"):format(name, message) end
      checked[name][key] = ok
    end
  end
  return checked
end

---The parameters of a protocol in the order in which they are declared, then the framework's.
---@param entries table[] declarations and groups of them
---@param presets table<string, table<string, any>>?
---@return vitrum.Parameter[]? list nil when a declaration is wrong; its field presets holds the
---presets with checked values
---@return string? message
function parameters.declare(entries, presets)
  local list, known = {}, {}
  local message = collect(entries, list, known, 1)
  if message then return nil, message end
  local all = framework_of(presets, known)
  for _, reserved in ipairs(all) do
    if known[reserved.name] then
      return nil, ("parameter '%s' belongs to every protocol; choose another name")
        :format(reserved.name)
    end
  end
  list.presets, message = check_presets(presets or {}, known)
  if not list.presets then return nil, message end
  return table.move(all, 1, #all, #list + 1, list)
end

-- ---------------------------------------------------------------- values ----

local function unit_text(parameter)
  return parameter.unit and parameter.unit ~= "-" and parameter.unit or nil
end

---A number as a person writes it: the fewest digits that give the same double.
---@param value number
---@return string
function parameters.number_text(value)
  if math.type(value) == "integer" then return tostring(value) end
  if value - value ~= 0 then return numbers.text(value) end
  local size = math.abs(value)
  if value == 0 or size < 1e5 and size >= 1e-3 then return numbers.text(value) end
  for digits = 0, 16 do
    local text = ("%." .. digits .. "e"):format(value)
    if tonumber(text) == value then
      local mantissa, exponent = text:match "^(.-)e([+-]%d+)$"
      return ("%se%d"):format(mantissa, math.tointeger(tonumber(exponent)))
    end
  end
end

-- "cooling_rate must be a number in K/s, not 'fast'; for example cooling_rate=1e13"
local function wrong(parameter, expected, value)
  local unit = unit_text(parameter)
  local example = parameter.default
  if type(example) == "table" or example == nil then example = EXAMPLES[parameter.kind] end
  return nil, ("%s must be %s%s, not %s; for example %s=%s"):format(parameter.name, expected,
    unit and " in " .. unit or "", show(value), parameter.name,
    type(example) == "number" and parameters.number_text(example) or tostring(example))
end

local function check_range(parameter, value)
  local unit = unit_text(parameter)
  local function limit(text, bound)
    return nil, ("%s must be %s %s%s, not %s"):format(parameter.name, text,
      parameters.number_text(bound), unit and " " .. unit or "", parameters.number_text(value))
  end
  if parameter.min and value < parameter.min then return limit("at least", parameter.min) end
  if parameter.max and value > parameter.max then return limit("at most", parameter.max) end
  if parameter.above and value <= parameter.above then return limit("above", parameter.above) end
  return value
end

-- The number in "10K" or "10000 bar", in the unit of the parameter.
local function read_unit(parameter, value)
  local head, tail = value:match "^%s*([%d.eE+-]+)%s*(.-)%s*$"
  local number, unit = tonumber(head), unit_text(parameter)
  local range = parameter.range and session.range(parameter.range)
  if not number or tail == unit then return number end
  local factor = range and range.units[tail]
  return factor and number * factor
end

local CHECKS <const> = {}

function CHECKS.number(parameter, value)
  local number, written = tonumber(value), false
  if not number and type(value) == "string" then
    number = read_unit(parameter, value)
    written = number ~= nil
  end
  if not number or number ~= number or number - number ~= 0 then
    return wrong(parameter, "a number", value)
  end
  -- The limits of the parameter itself say more, but the unit explains what goes beyond them.
  local message = parameter.range and not written
    and options.judge(parameter.name, parameter.range, number)
  if message then return nil, message end
  return check_range(parameter, number + 0.0)
end

function CHECKS.integer(parameter, value)
  local number = tonumber(value)
  local whole = number and math.tointeger(number)
  if not whole then return wrong(parameter, "a whole number", value) end
  return check_range(parameter, whole)
end

function CHECKS.boolean(parameter, value)
  if type(value) == "boolean" then return value end
  if value == "true" or value == "yes" or value == "1" then return true end
  if value == "false" or value == "no" or value == "0" then return false end
  return wrong(parameter, "true or false", value)
end

function CHECKS.string(parameter, value)
  if type(value) ~= "string" or value == "" or value:find "%c" then
    return wrong(parameter, "a text", value)
  end
  if not parameter.choices then return value end
  for _, choice in ipairs(parameter.choices) do
    if choice == value then return value end
  end
  local near = session.nearest(value, parameter.choices)
  return nil, ("%s must be one of %s, not %s%s"):format(parameter.name,
    table.concat(parameter.choices, ", "), show(value),
    near and ("; did you mean %s?"):format(near) or "")
end

function CHECKS.file(parameter, value)
  if type(value) ~= "string" or value == "" then return wrong(parameter, "a file name", value) end
  local kind, message = system.kind(value)
  if kind == "file" then return value end
  return nil, ("%s: %s"):format(parameter.name,
    kind and value .. " is a folder, not a file" or message)
end

-- The items of a list, from a table or from text with commas or blanks between them.
local function items_of(value)
  if type(value) == "table" then return value end
  local list = {}
  for word in tostring(value):gmatch "[^,%s]+" do list[#list + 1] = word end
  return list
end

-- A list as text, each item checked as one value of `kind`.
local function check_list(parameter, kind, value)
  local items, texts, seen = items_of(value), {}, {}
  local item = setmetatable({ kind = kind }, { __index = parameter })
  for k, given in ipairs(items) do
    local checked, message = CHECKS[kind](item, given)
    if checked == nil then return nil, message end
    texts[k] = kind == "number" and parameters.number_text(checked) or checked
    if texts[k]:find "[,%s]" then return wrong(parameter, "words without spaces", given) end
    if parameter.rising and k > 1 and checked <= tonumber(texts[k - 1]) then
      return nil, ("%s must rise, but %s follows %s"):format(parameter.name, texts[k], texts[k - 1])
    end
    if parameter.repeated == false and seen[texts[k]] then
      return nil, ("%s names %s twice"):format(parameter.name, texts[k])
    end
    seen[texts[k]] = true
  end
  if #texts == 0 then return wrong(parameter, "a list", value) end
  return table.concat(texts, ",")
end

function CHECKS.words(parameter, value) return check_list(parameter, "string", value) end

function CHECKS.numbers(parameter, value) return check_list(parameter, "number", value) end

-- {Cu = 64, Zr = 36} as text, the larger part first.
local function composition_text(fractions)
  local symbols = {}
  for symbol in pairs(fractions) do symbols[#symbols + 1] = symbol end
  table.sort(symbols, function(a, b)
    if fractions[a] ~= fractions[b] then return fractions[a] > fractions[b] end
    return a < b
  end)
  for i, symbol in ipairs(symbols) do
    symbols[i] = symbol .. parameters.number_text(fractions[symbol])
  end
  return table.concat(symbols)
end

function CHECKS.composition(parameter, value)
  if type(value) == "table" then
    for symbol, share in pairs(value) do
      local positive = type(share) == "number" and share > 0 and share < math.huge
      if type(symbol) ~= "string" or not positive then
        return nil, ("%s: the share of %s must be a positive number, not %s")
          :format(parameter.name, tostring(symbol), show(share))
      end
    end
    value = composition_text(value)
  end
  local fractions, message = parameters.composition(value)
  if not fractions then return nil, ("%s: %s"):format(parameter.name, message) end
  return value
end

---The shares in a formula: "Cu64Zr36" is { Cu = 64, Zr = 36 }, a symbol alone counts 1.
---@param formula string
---@return table<string, number>? shares in no particular unit
---@return string? message
function parameters.composition(formula)
  local shares, problem = nil, "expected symbols and shares such as Cu64Zr36"
  if type(formula) == "string" and formula ~= "" then
    shares, problem = require("vitrum.session").composition(formula)
    for symbol, share in pairs(shares or {}) do
      if share <= 0 then
        return nil, ("the share of %s must be positive in %s"):format(symbol, show(formula))
      end
    end
  end
  if shares then return shares end
  problem = problem:gsub("^composition '.-':? ", ""):gsub("^names", "it names")
  return nil, ("%s is not a composition; %s"):format(show(formula), problem)
end

---The value of one parameter, checked and brought to its kind; nil and a message when it is wrong.
---@param parameter vitrum.Parameter
---@param value any
---@return any
---@return string?
function parameters.check(parameter, value)
  return CHECKS[parameter.kind](parameter, value)
end

---The value as a script gets it: compositions as tables of shares, lists as lists.
---@param parameter vitrum.Parameter
---@param value any a checked value
---@return any
function parameters.for_script(parameter, value)
  if value == nil then return nil end
  if parameter.kind == "composition" then return parameters.composition(value) end
  if parameter.kind == "words" then return items_of(value) end
  if parameter.kind == "numbers" then
    local list = items_of(value)
    for k, text in ipairs(list) do list[k] = tonumber(text) + 0.0 end
    return list
  end
  return value
end

-- What is wrong with the names of `given`; nil when nothing is.
local function unknown(list, given)
  local known, names, keys = {}, {}, {}
  for i, parameter in ipairs(list) do known[parameter.name], names[i] = true, parameter.name end
  for key in pairs(given) do
    if not known[key] then keys[#keys + 1] = tostring(key) end
  end
  if #keys == 0 then return nil end
  table.sort(keys)
  local near = session.nearest(keys[1], names)
  return ("unknown parameter '%s'; %s"):format(keys[1],
    near and ("did you mean '%s'?"):format(near) or "--help lists all")
end

---Check all values given and fill in those of the preset and the defaults.
---@param list vitrum.Parameter[]
---@param given table<string, any>
---@return table<string, any>? values
---@return table<string, string>|string origins of the values: "given", "default" or
---"preset NAME"; the message when a value is wrong
function parameters.read(list, given)
  local problem = unknown(list, given)
  if problem then return nil, problem end
  local values, origins, preset = {}, {}, {}
  for _, parameter in ipairs(list) do
    local name = parameter.name
    if name == "preset" and parameter.framework and given.preset ~= nil then
      local chosen, message = parameters.check(parameter, given.preset)
      if not chosen then return nil, message end
      preset = list.presets[chosen]
      origins.preset = "preset " .. chosen
    end
  end
  for _, parameter in ipairs(list) do
    local name = parameter.name
    local value, origin = given[name], "given"
    if value == nil then value, origin = preset[name], origins.preset end
    if value == nil then value, origin = parameter.default, "default" end
    if value == nil and not parameter.optional then
      return nil, ("parameter '%s' is missing%s; for example %s=%s"):format(name,
        parameter.help and " (" .. parameter.help .. ")" or "", name, EXAMPLES[parameter.kind])
    end
    if value ~= nil then
      local checked, message = parameters.check(parameter, value)
      if checked == nil then return nil, message end
      values[name], origins[name] = checked, origin
    end
  end
  return values, origins
end

-- ---------------------------------------------------------------- texts ----

---A value with its unit, for people.
---@param parameter vitrum.Parameter
---@param value any
---@return string
function parameters.text(parameter, value)
  if value == nil then return "-" end
  local unit = unit_text(parameter)
  local text = type(value) == "number" and parameters.number_text(value) or tostring(value)
  return unit and text .. " " .. unit or text
end

---The words of a text in lines of at most `width` columns, the indent of all but the first
---included.
---@param text string
---@param indent string
---@param width integer
---@return string
function parameters.wrap(text, indent, width)
  local lines, line = {}, ""
  for word in text:gmatch "%S+" do
    if line ~= "" and #indent + #line + 1 + #word > width then
      lines[#lines + 1], line = line, word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n" .. indent)
end

-- What stands in brackets after the help: limits and choices.
local function facts(parameter)
  local parts = {}
  local function limit(text, bound)
    if bound then parts[#parts + 1] = text .. " " .. parameters.number_text(bound) end
  end
  if parameter.choices then parts[1] = table.concat(parameter.choices, " | ") end
  if parameter.kind == "boolean" then parts[1] = "true | false" end
  limit("at least", parameter.min)
  limit("above", parameter.above)
  limit("at most", parameter.max)
  if parameter.range then parts[#parts + 1] = "usually " .. options.usual(parameter.range) end
  return #parts > 0 and " [" .. table.concat(parts, ", ") .. "]" or ""
end

---Aligned lines: name, default with unit, help.
---@param list vitrum.Parameter[]
---@param width integer columns of the terminal
---@return string
function parameters.help(list, width)
  local name_width, value_width, values = 0, 0, {}
  for i, parameter in ipairs(list) do
    local value = parameter.default ~= nil and parameters.text(parameter, parameter.default)
      or parameter.optional and "-" or "must be given"
    values[i] = value
    name_width = math.max(name_width, #parameter.name)
    value_width = math.max(value_width, #value)
  end
  local indent = (" "):rep(name_width + value_width + 6)
  local lines, framework = {}, false
  for i, parameter in ipairs(list) do
    if parameter.framework and not framework then
      framework = true
      lines[#lines + 1] = "\nfor every protocol:"
    end
    local text = parameters.wrap((parameter.help or "") .. facts(parameter), indent,
      math.max(width, #indent + 30))
    lines[#lines + 1] = ("  %-" .. name_width .. "s  %-" .. value_width .. "s  %s")
      :format(parameter.name, values[i], text):gsub("%s+$", "")
  end
  return table.concat(lines, "\n")
end

return parameters
