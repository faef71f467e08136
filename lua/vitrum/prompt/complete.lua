-- Completion at the prompt: globals, fields and methods; inside the table of a call the keys of
-- its options and, after `key =`, their choices. All from live values and the documentation.
local help = require "vitrum.prompt.help"
local prompt = require "vitrum.prompt"
local session = require "vitrum.session"

local complete = {}

local KEYWORDS = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch "%a+" do
  KEYWORDS[#KEYWORDS + 1] = word
  KEYWORDS[word] = true
end

-- ---------------------------------------------------------------- tokens ----

-- End of the string that starts at `first`, or nil when it is open.
local function string_end(text, first)
  local quote, at = text:sub(first, first), first + 1
  while at <= #text do
    local c = text:sub(at, at)
    if c == "\\" then
      at = at + 1
    elseif c == quote then
      return at
    end
    at = at + 1
  end
end

-- Tokens { kind, text }: name, number, string, symbol. An open string ends the list: `open` is
-- true then. Inside an open comment or long string there is nothing to complete: nil.
local function tokenize(text)
  local tokens, at = {}, 1
  local function add(kind, last)
    tokens[#tokens + 1] = { kind = kind, text = text:sub(at, last) }
    at = last + 1
  end
  while true do
    at = text:find("%S", at)
    if not at then return tokens, false end
    local level = text:match("^%-%-%[(=*)%[", at) or text:match("^%[(=*)%[", at)
    local c = text:sub(at, at)
    if level then
      local _, last = text:find("]" .. level .. "]", at, true)
      if not last then return nil end
      if c == "[" then add("string", last) else at = last + 1 end
    elseif text:find("^%-%-", at) then
      at = text:find("\n", at, true)
      if not at then return nil end
    elseif c == '"' or c == "'" then
      local last = string_end(text, at)
      if not last then return tokens, true end
      add("string", last)
    elseif c:find "[%a_]" then
      add("name", select(2, text:find("^[%w_]+", at)))
    elseif c:find "%d" then
      add("number", select(2, text:find("^[%w.]+", at)))
    else
      add("symbol", at)
    end
  end
end

local OPENER = { [")"] = "(", ["]"] = "[", ["}"] = "{" }

-- Index of the bracket that opens what the bracket at `last` closes.
local function opening(tokens, last)
  local depth = 0
  for k = last, 1, -1 do
    local text = tokens[k].kind == "symbol" and tokens[k].text
    if OPENER[text] then
      depth = depth + 1
    elseif text == "(" or text == "[" or text == "{" then
      depth = depth - 1
      if depth == 0 then return k end
    end
  end
end

-- Index of the innermost bracket that is open after `last` tokens.
local function innermost(tokens, last)
  local k = last
  while k >= 1 do
    local text = tokens[k].kind == "symbol" and tokens[k].text
    if text == "(" or text == "[" or text == "{" then return k end
    if OPENER[text] then
      k = opening(tokens, k)
      if not k then return nil end
    end
    k = k - 1
  end
end

-- ---------------------------------------------------------------- values ----

-- What an expression stands for: { value = v }, or { type = "Atoms" } for the result of a call
-- that has not been made.
local resolve

local function type_of(object)
  if object.type then return object.type end
  local metatable = getmetatable(object.value)
  for name, known in pairs(help.types()) do
    if metatable == known then return name end
  end
end

-- object.key without running foreign code: raw fields, methods, properties of vitrum's own types.
local function member(object, key)
  local type_name = type_of(object)
  local methods = type_name and help.methods(help.types()[type_name])
  if methods and methods[key] ~= nil then return { value = methods[key], self = type_name } end
  local value = object.value
  if type(value) == "userdata" and type_name then
    local ok, property = pcall(function() return value[key] end)
    return ok and property ~= nil and { value = property } or nil
  end
  local depth = 0
  while type(value) == "table" and depth < 8 do
    if rawget(value, key) ~= nil then return { value = rawget(value, key) } end
    local metatable = getmetatable(value)
    value = type(metatable) == "table" and rawget(metatable, "__index") or nil
    depth = depth + 1
  end
end

-- What a call gives, from the documented signature: "-> Atoms", or "md:run{...} -> md".
local function call_result(callee)
  local name = help.name_of(callee.value)
  local entry = name and session.docs[name]
  local result = entry and entry.signature and entry.signature:match "%->%s*([%w_]+)"
  if not result then return nil end
  if help.types()[result] then return { type = result } end
  local receiver = entry.signature:match "^([%w_]+):"
  local self = name:match "^([%w_]+):"
  return receiver == result and self and { type = self } or nil
end

-- The object that the tokens up to `last` end with, and the index where its text begins.
function resolve(tokens, last)
  local token = tokens[last]
  if not token then return nil end
  if token.kind == "string" or OPENER[token.text] == "(" or OPENER[token.text] == "{" then
    local first = token.kind == "string" and last or opening(tokens, last)
    local before = first and tokens[first - 1]
    local called = before and (before.kind == "name" and not KEYWORDS[before.text]
      or OPENER[before.text])
    if called then
      local callee, start = resolve(tokens, first - 1)
      return callee and callee.value ~= nil and call_result(callee), start
    end
    if token.kind == "string" then return { value = "" }, last end
    if token.text == ")" and first then return resolve(tokens, last - 1), first end
    return nil
  end
  if token.text == "]" then
    local first = opening(tokens, last)
    if not first or last - first ~= 2 then return nil end
    local key = tokens[first + 1]
    local object, start = resolve(tokens, first - 1)
    if not object then return nil end
    local plain = key.kind == "string" and key.text:match "^[\"'](.*)[\"']$"
    return member(object, plain or tonumber(key.text)), start
  end
  if token.kind ~= "name" or KEYWORDS[token.text] then return nil end
  local before = tokens[last - 1]
  if before and before.kind == "symbol" and (before.text == "." or before.text == ":") then
    local object, start = resolve(tokens, last - 2)
    return object and member(object, token.text), start
  end
  -- Raw: a table of globals may forbid to ask for those that are not there.
  local value = rawget(prompt.environment(), token.text)
  if value == nil then value = rawget(_G, token.text) end
  return value ~= nil and { value = value } or nil, last
end

-- Names of all members that `.` or `:` may be followed by.
local function member_names(object, separator)
  local names = {}
  local function add_from(table_)
    for key, value in next, table_ do
      if type(key) == "string" and key:find "^[%a_][%w_]*$" then
        local metatable = getmetatable(value)
        local callable = type(value) == "function"
          or type(metatable) == "table" and metatable.__call ~= nil
        if separator == "." or callable then names[key] = true end
      end
    end
  end
  local type_name, value = type_of(object), object.value
  if type_name then
    add_from(help.methods(help.types()[type_name]))
    if separator == "." then
      local prefix = type_name .. "."
      for known in pairs(session.docs) do
        if known:sub(1, #prefix) == prefix then names[known:sub(#prefix + 1)] = true end
      end
    end
  elseif type(value) == "string" then
    add_from(string)
  end
  local depth = 0
  while type(value) == "table" and depth < 8 do
    add_from(value)
    local metatable = getmetatable(value)
    value = type(metatable) == "table" and rawget(metatable, "__index") or nil
    depth = depth + 1
  end
  return names
end

-- ---------------------------------------------------------------- options ----

-- Documented names of the function called with an open bracket behind token `last`; several when
-- only a method's name is known.
local function called_names(tokens, last)
  local callee = resolve(tokens, last)
  local name = callee and callee.value ~= nil and help.name_of(callee.value)
  if name then return { name } end
  local names = {}
  local separator, method = tokens[last - 1], tokens[last]
  if separator and separator.text == ":" and method.kind == "name" then
    local ending = ":" .. method.text
    for known in pairs(session.docs) do
      if known:sub(-#ending) == ending then names[#names + 1] = known end
    end
  end
  return names
end

-- Options that the innermost open table may hold, by name, when it is the options table of a
-- call; and the index of its brace.
local function table_options(tokens)
  local brace = innermost(tokens, #tokens)
  if not brace or tokens[brace].text ~= "{" then return nil end
  local before = tokens[brace - 1]
  if not before then return nil end
  local callee
  if before.text == "(" or before.text == "," then
    local parenthesis = innermost(tokens, brace - 1)
    if not parenthesis or tokens[parenthesis].text ~= "(" then return nil end
    callee = parenthesis - 1
  elseif before.kind == "name" and not KEYWORDS[before.text] then
    callee = brace - 1
  end
  if not callee or callee < 1 then return nil end
  local options = {}
  for _, name in ipairs(called_names(tokens, callee)) do
    local entry = session.docs[name]
    for _, option in ipairs(entry and entry.options or {}) do options[option.name] = option end
  end
  return next(options) and options, brace
end

-- Keys that the open table at `brace` already has.
local function used_keys(tokens, brace)
  local used, depth = {}, 0
  for k = brace + 1, #tokens do
    local text = tokens[k].kind == "symbol" and tokens[k].text
    if text == "(" or text == "[" or text == "{" then depth = depth + 1 end
    if OPENER[text] then depth = depth - 1 end
    if depth == 0 and text == "=" then used[tokens[k - 1].text] = true end
  end
  return used
end

-- ---------------------------------------------------------------- complete ----

local function matching(names, word)
  local found = {}
  for name in pairs(names) do
    if name:sub(1, #word) == word and (word ~= "" or not name:find "^_") then
      found[#found + 1] = name
    end
  end
  table.sort(found)
  return found
end

local function set(list)
  local names = {}
  for _, name in ipairs(list) do names[name] = true end
  return names
end

local function topics()
  local names = {}
  for name in pairs(session.docs) do
    names[name] = true
    local group = name:match "^([%w_]+)[.:]"
    if group then names[group] = true end
  end
  return names
end

-- True where the name of an OpenKIM model stands: vt.potential.kim ", ...kim(", ...kim{ model = ".
local function names_model(tokens)
  local callee = #tokens
  if tokens[callee].text == "=" then
    if (tokens[callee - 1] or {}).text ~= "model" then return false end
    callee = innermost(tokens, callee)
    if not callee or tokens[callee].text ~= "{" then return false end
  end
  if tokens[callee].text == "{" then callee = callee - 1 end
  if callee >= 1 and tokens[callee].text == "(" then callee = callee - 1 end
  local object = callee >= 1 and tokens[callee].kind == "name" and resolve(tokens, callee)
  return object and object.value ~= nil and help.name_of(object.value) == "potential.kim"
end

-- True where the name of a potential's file stands: vt.potential.eam ", ...eam{ ", file = ".
local function names_potential(tokens)
  local callee = #tokens
  if tokens[callee].text == "=" then
    if (tokens[callee - 1] or {}).text ~= "file" then return false end
    callee = innermost(tokens, callee)
  elseif tokens[callee].text == "," then
    callee = innermost(tokens, callee)
  end
  if callee and tokens[callee].text == "{" then callee = callee - 1 end
  if callee and callee >= 1 and tokens[callee].text == "(" then callee = callee - 1 end
  local object = callee and callee >= 1 and tokens[callee].kind == "name"
    and resolve(tokens, callee)
  return object and object.value ~= nil and help.name_of(object.value) == "potential.eam"
end

-- The names of fields that a["..."] may hold.
local function keys_in_brackets(tokens, word)
  local object = tokens[#tokens].text == "[" and resolve(tokens, #tokens - 1)
  if not object then return nil end
  local keys = {}
  if type(object.value) == "table" then
    for key in next, object.value do
      if type(key) == "string" and not key:find "[%c\"'\\]" then keys[key] = true end
    end
  end
  return next(keys) and matching(keys, word) or nil
end

-- Inside quotes: choices of an option, topics of help, potentials, fields of a table; nil leaves it
-- to file names.
local function in_string(tokens, word)
  local last = tokens[#tokens]
  if not last then return nil end
  if last.text == "help" or last.text == "(" and (tokens[#tokens - 1] or {}).text == "help" then
    return matching(topics(), word)
  end
  if names_model(tokens) then
    return matching(set(require("vitrum.potential.kim").names()), word)
  end
  if not word:find "/" and names_potential(tokens) then
    local names, labels = require("vitrum.potential.files").list(word)
    local found = matching(names, word)
    if #found > 0 then return found, labels end
    return nil
  end
  local keys = keys_in_brackets(tokens, word)
  if keys then return keys end
  local key = tokens[#tokens - 1]
  if last.text ~= "=" or not key then return nil end
  local options = table_options(tokens)
  local choices = options and options[key.text] and options[key.text].choices
  return choices and matching(set(choices), word) or nil
end

-- At the place of a key or of its value in an options table.
local function in_options(tokens, word)
  local options, brace = table_options(tokens)
  if not options then return nil end
  local last = tokens[#tokens]
  if last.text == "=" then
    local option = options[tokens[#tokens - 1].text]
    local choices, quoted = option and option.choices, {}
    for k, choice in ipairs(choices or {}) do quoted[k] = '"' .. choice .. '"' end
    if option and option.kind == "boolean" then quoted = { "true", "false" } end
    local found = matching(set(quoted), word)
    return #found > 0 and found or nil, ""
  end
  if last.text ~= "{" and last.text ~= "," and last.text ~= ";" then return nil end
  local used, names, labels = used_keys(tokens, brace), {}, {}
  for name, option in pairs(options) do
    names[name] = not used[name] or nil
    local unit = option.unit and option.unit ~= "-" and option.unit
    labels[name] = unit and ("%s [%s]"):format(name, unit) or nil
  end
  local found = matching(names, word)
  return #found > 0 and found or nil, " = ", labels
end

local function global_names()
  local names = set(KEYWORDS)
  for name in next, prompt.environment() do names[name] = true end
  for name in next, _G do
    if type(name) == "string" then names[name] = true end
  end
  return names
end

---What may stand at the end of `text` in place of `word`.
---@param text string everything typed before the word
---@param word string what is there of the word
---@param quoted boolean the word is inside quotes
---@return string[]? candidates nil: file names inside quotes, nothing elsewhere
---@return string? append goes behind the word when there is one candidate only
---@return table<string, string>? labels what a list of candidates shows in their place
function complete.complete(text, word, quoted)
  local tokens, open = tokenize(text)
  if not tokens then return {} end
  if quoted or open then
    local found, labels = in_string(tokens, word)
    return found, "", labels
  end
  local last = tokens[#tokens]
  if last and (last.text == "." or last.text == ":") then
    local object = resolve(tokens, #tokens - 1)
    return object and matching(member_names(object, last.text), word) or {}, ""
  end
  local found, append, labels = in_options(tokens, word)
  if found then return found, append, labels end
  return matching(global_names(), word), ""
end

return complete
