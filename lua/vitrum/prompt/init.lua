-- The Lua half of the prompt: compile what was typed, show its values, word its errors. The C half,
-- src/lua/repl.c, reads the lines and handles signals.
local vt = require "vitrum"
local help = require "vitrum.prompt.help"
local history = require "vitrum.notebook.history"
local inspect = require "vitrum.base.inspect"
local notebook = require "vitrum.notebook"
local options = require "vitrum.base.options"
local session = require "vitrum.session"
local texts = require "vitrum.base.text"

local prompt = {}

-- Lines run in this environment. Locals of a line that was typed live here for the session, so
-- that code copied from a script, with its `local`, works line by line; everything else is global.
local environment = setmetatable({}, { __index = _G, __newindex = _G })

---Names that the prompt sees before the globals: the kept locals.
---@return table
function prompt.environment()
  return environment
end

-- ---------------------------------------------------------------- errors ----

local function names_of(table_)
  local names = {}
  for key in pairs(table_) do
    if type(key) == "string" then names[#names + 1] = key end
  end
  return names
end

local function nearest(word, names)
  table.sort(names)
  return session.nearest(word, names)
end

-- A word that would have been right where `name` of the given sort has no value.
local function correction(sort, name)
  if sort == "global" then
    if vt[name] ~= nil then return "vt." .. name end
    local names = names_of(environment)
    table.move(names_of(_G), 1, #names_of(_G), #names + 1, names)
    return nearest(name, names)
  end
  local names = {}
  for known in pairs(session.docs) do
    local separator = sort == "method" and ":" or "%."
    names[#names + 1] = known:match(separator .. "([%w_]+)$")
      or (sort == "field" and known:match "^[%w_]+$") or nil
  end
  local near = nearest(name, names)
  return near ~= name and near or nil
end

---A message of Lua with a hint behind it where one is at hand.
---@param message string
---@return string
function prompt.hint(message)
  if message:find "\n" then return message end
  local sort, name = message:match "nil value %((%l+) '([^']+)'%)"
  local near = sort and correction(sort, name)
  if near then return ("%s; did you mean '%s'?"):format(message, near) end
  local method = message:match "#1 to '([%w_]+)' %(vitrum%.%w+ expected, got no value%)"
  if not method then return message end
  return ("%s; a method is called with a colon, object:%s()"):format(message, method)
end

---The message of an error as the prompt shows it: short place, and a hint.
---@param message string
---@param lines integer lines of the text that was typed
---@return string
function prompt.explain(message, lines)
  if lines <= 1 then
    message = message:gsub("^stdin:%d+: ", "")
  else
    message = message:gsub("^stdin:(%d+): ", "line %1: ")
  end
  return prompt.hint(message)
end

-- ---------------------------------------------------------------- lines ----

local CHUNK = "=stdin"

local STATEMENTS = {}
for word in ("break do for function goto if local repeat return while"):gmatch "%a+" do
  STATEMENTS[word] = true
end

local function keep(names, ...)
  for k, name in ipairs(names) do rawset(environment, name, (select(k, ...))) end
end

-- What was compiled last: `expression`, the text whose values `show` gets, and their number.
local typed = { expression = "", values = 0 }
local running -- what is being run

notebook.start(environment, function() return running end)

-- ---------------------------------------------------------------- units ----

-- Name of a type of vitrum's, "Atoms".
local function type_of(value)
  local name = options.type_of(value)
  return name and name:match "^vitrum%.(%w+)$"
end

-- What a path that was typed stands for, "vt.structure".
local function value_of(path)
  local object = environment
  for name in path:gmatch "[%a_][%w_]*" do
    if type(object) ~= "table" then return nil end
    object = object[name]
  end
  return object
end

-- The declaration of the function whose call is all of a text: glass:energy(), vt.minimize(glass).
local function entry_of(text)
  local path = text:match "^%s*([%a_][%w_.:]*)%s*%b()%s*$"
    or text:match "^%s*([%a_][%w_.:]*)%s*%b{}%s*$"
    or text:match "^%s*([%a_][%w_.:]*)%s*\"[^\"]*\"%s*$"
  if not path then return nil end
  local owner, method = path:match "^([^:]*):([%a_][%w_]*)$"
  if owner then return session.docs[(type_of(value_of(owner)) or "") .. ":" .. method] end
  local f = value_of(path)
  return type(f) == "function" and session.docs[help.name_of(f) or ""] or nil
end

-- Tables that a typed call gave, each with the declaration of the function.
local origins = setmetatable({}, { __mode = "k" })

local function remember(value, entry)
  if entry and type(value) == "table" then origins[value] = entry end
end

-- A chunk that gives what a call returns to one name, and remembers where the table is from.
local function remembering(text, chunk)
  local name, call = text:gsub("^%s*local%s", ""):match "^%s*([%a_][%w_]*)%s*=%s*(.*)$"
  local entry = name and entry_of(call)
  if not entry then return chunk end
  return function()
    chunk()
    remember(environment[name], entry)
  end
end

-- The units of a table's fields, from the description of the function that gave it: the unit in
-- brackets behind the names, "energy and energy_before [eV]".
local function field_units(value)
  local units, entry = {}, origins[value]
  for before, unit in (entry and entry.summary or ""):gmatch "([%w_%s]+)%s%[([^%]%s]+)%]" do
    local words = {}
    for word in before:gmatch "%S+" do table.insert(words, 1, word) end
    for _, word in ipairs(words) do
      if rawget(value, word) ~= nil then
        units[word] = unit
      elseif word ~= "and" then
        break
      end
    end
  end
  return units
end

-- The unit of a number or a tensor that was typed as a call, by the first sentence of the
-- function's description, or as the field of a result.
local function unit_of(value, entry)
  if type(value) ~= "number" and type_of(value) ~= "Tensor" then return nil end
  if entry then
    local sentence = entry.summary:match "^(.-)%.%s" or entry.summary
    return sentence:match "%[([^%]%s]+)%]"
  end
  local owner, field = typed.expression:match "^%s*([%a_][%w_.]*)%.([%a_][%w_]*)%s*$"
  local object = owner and value_of(owner)
  return type(object) == "table" and field_units(object)[field] or nil
end

-- ---------------------------------------------------------------- compiling ----

-- What was meant by a name in vt, or in a table of it, that is not there: vt.plt.
local function field_correction(text)
  local owner, name = text:match "^%s*(vt[%w_.]*)%.([%a_][%w_]*)%s*$"
  local object = owner and value_of(owner)
  if type(object) ~= "table" or object[name] ~= nil or not owner:find "^vt%f[^%w_]" then
    return nil
  end
  local near = nearest(name, names_of(object))
  return near and owner .. "." .. near
end

---Compile what was typed so far: as an expression, else as statements.
---@param text string
---@return function? chunk
---@return string? message the syntax error
---@return boolean? incomplete the text may go on in another line
function prompt.compile(text)
  typed, running = { expression = "", values = 0 }, text
  history.begin()
  local lone = text:match "^%s*([%a_][%w_]*)%s*$"
  if lone == "help" then return help.help end
  if lone == "units" and environment.units == nil then
    return function() help.help "units" end
  end
  local leave = text:match "^%s*([%a_]+)%s*%(?%s*%)?%s*$"
  if (leave == "exit" or leave == "quit") and environment[leave] == nil then
    return function() os.exit(true, true) end
  end
  local near = lone and environment[lone] == nil and correction("global", lone)
    or field_correction(text)
  if near then
    return function()
      typed = { expression = text, values = 1 }
      print(("nil; did you mean '%s'?"):format(near))
    end
  end
  local chunk, expression_message = load("return " .. text, CHUNK, "t", environment)
  if chunk then
    typed.expression = text
    return chunk
  end
  local names = history.declared(text)
  if names then
    chunk = load(text .. "\nreturn " .. table.concat(names, ", "), CHUNK, "t", environment)
    if chunk then return remembering(text, function() keep(names, chunk()) end) end
  end
  local message
  chunk, message = load(text, CHUNK, "t", environment)
  if chunk then return remembering(text, chunk) end
  if message:find "<eof>$" then return nil, message, true end
  -- Neither: the message of what it was meant to be helps.
  if STATEMENTS[text:match "^%s*(%a*)"] or expression_message:find "<eof> expected" then
    return nil, message, false
  end
  return nil, expression_message, expression_message:find "<eof>$" ~= nil
end

-- A documented function shows how it is called.
local function signature_of(value)
  local name = type(value) == "function" and help.name_of(value)
  local entry = name and session.docs[name]
  return entry and entry.signature and entry.signature .. "    (more: help \"" .. name .. "\")"
end

---Print the values of an expression, as text for a person.
function prompt.show(...)
  local count = select("#", ...)
  if count == 0 then return end
  typed.values = count
  rawset(environment, "_", (...))
  local terminal = session.terminal()
  local shown, lines, entry = {}, false, entry_of(typed.expression)
  remember((...), entry)
  for k = 1, count do
    local value = select(k, ...)
    terminal.units = type(value) == "table" and field_units(value) or nil
    shown[k] = type(value) == "string" and session.plain(value) or signature_of(value)
      or inspect.show(value, terminal)
    lines = lines or shown[k]:find "\n" ~= nil
  end
  local unit = count == 1 and unit_of((...), entry)
  print(table.concat(shown, lines and "\n" or "\t") .. (unit and " " .. unit or ""))
end

---What was typed has run, or failed: it belongs to the session.
---@param text string
---@param ok boolean
function prompt.finish(text, ok)
  history.add{ text = text, ok = ok, expression = typed.expression ~= "", values = typed.values }
  running = nil
end

---What the prompt says first.
---@return string
function prompt.banner()
  return ("vitrum %s, %s, %s. help() shows what there is, Ctrl-D leaves."):format(
    vt.version, texts.count(vt.threads(), "thread"), vt.simd())
end

return prompt
