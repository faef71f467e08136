-- What is declared of every function that a user can reach: C functions by vtl_document, Lua
-- functions by document() below. Help, search, completion, the stub for editors, the reference and
-- the manual pages read this help.
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local session = require "vitrum.session"

local help = {}

---@class vitrum.DocOption
---@field name string
---@field kind string? what the value must be: "number", "count", "boolean", ...
---@field unit string? "ps", "K"; "-" or nil for none
---@field help string? one line
---@field default any?
---@field choices string[]?
---@field range string? name of the range of values that make sense: "pressure"
---@field between number[]? { low, high } of what a number may be, for options of Lua functions

---@class vitrum.DocEntry
---@field signature string "vt.md(atoms, options) -> MD"
---@field summary string plain sentences
---@field example string?
---@field options vitrum.DocOption[]?
---@field terms string? words of the field under which it is sought: "radial distribution function;
---g(r)"
---@field see string? names of pages that go on from here: "md; fit.line"

---Register the documentation of one function, table or method.
---@param name string path below vt ("plot", "fit.line") or "Type:method"
---@param entry vitrum.DocEntry
function help.document(name, entry)
  session.docs[name] = entry
end

-- Types made in Lua; those made in C are found by themselves.
local lua_types = {}

---Make a type of the Lua side known to help and completion. From here on its methods take objects
---of the type only: `page.text "..."` with a dot gets a message.
---@param name string "Report"
---@param metatable table with the methods in `methods` or in a table `__index`
function help.register_type(name, metatable)
  lua_types[name] = metatable
  options.register(name, metatable)
  local methods = metatable and help.methods(metatable) or {}
  for method, f in pairs(methods) do
    if type(f) == "function" and not method:find "^__" then
      methods[method] = function(self, ...)
        if getmetatable(self) ~= metatable then
          options.raise("%s:%s: expected a %s in front of the colon, got %s; call it as x:%s(...)",
            name, method, name, numbers.show(self), method)
        end
        return f(self, ...)
      end
    end
  end
end

---All registered types.
---@return table<string, table> metatables by name
function help.types()
  local types = session.types()
  for name, metatable in pairs(lua_types) do types[name] = metatable end
  return types
end

---The methods of a type; with those of Lua, names with an underscore in front are not for users.
---@param metatable table
---@return table
function help.methods(metatable)
  local methods = rawget(metatable, "methods")
  if type(methods) == "table" then return methods end
  local index = rawget(metatable, "__index")
  return type(index) == "table" and index or {}
end

---Everything of vt that counts as public: path, value.
---@return table<string, any> values by path below vt
function help.reachable()
  local found, seen = {}, {}
  local function walk(table_, prefix)
    seen[table_] = true
    for key, value in pairs(table_) do
      if type(key) == "string" and not key:find "^_" then
        found[prefix .. key] = value
        if type(value) == "table" and not seen[value] then walk(value, prefix .. key .. ".") end
      end
    end
  end
  walk(require "vitrum", "")
  return found
end

---Names of functions and methods that have no documentation, or an incomplete one.
---@return string[]
function help.undocumented()
  local missing = {}
  local function check(name)
    local entry = session.docs[name]
    if not (entry and entry.signature and entry.summary) then missing[#missing + 1] = name end
  end
  for path, value in pairs(help.reachable()) do
    local metatable = type(value) == "table" and getmetatable(value)
    if type(value) == "function" or metatable and metatable.__call then check(path) end
  end
  for type_name, metatable in pairs(help.types()) do
    for method in pairs(help.methods(metatable)) do
      if method ~= "help" and not method:find "^_" then check(type_name .. ":" .. method) end
    end
  end
  table.sort(missing)
  return missing
end

---Name under which a function, table or object is documented.
---@param value any
---@return string?
function help.name_of(value)
  local metatable = type(value) == "userdata" and getmetatable(value)
    or type(value) == "table" and getmetatable(value)
  for type_name, known in pairs(help.types()) do
    if metatable == known then return type_name end
    if type(value) == "function" then
      for method, f in pairs(help.methods(known)) do
        if f == value and method ~= "help" then return type_name .. ":" .. method end
      end
    end
  end
  local best
  for path, reached in pairs(help.reachable()) do
    -- A function under two names is shown under the documented, then the shorter one.
    if rawequal(reached, value) and type(value) ~= "boolean" then
      local better = not best or (session.docs[path] and not session.docs[best])
        or (#path < #best and not session.docs[best] == not session.docs[path])
      if better then best = path end
    end
  end
  return best
end

-- The parts of a text between semicolons.
local function parts(text)
  local list = {}
  for part in (text or ""):gmatch "[^;]+" do
    list[#list + 1] = part:match "^%s*(.-)%s*$"
  end
  return list
end

---The words of the field under which an entry is sought.
---@param entry vitrum.DocEntry
---@return string[]
function help.terms(entry) return parts(entry.terms) end

---The pages that an entry names as those to go on with.
---@param entry vitrum.DocEntry
---@return string[]
function help.see(entry) return parts(entry.see) end

---Names of entries, those that are accepted.
---@param accept fun(name: string, entry: vitrum.DocEntry): boolean?
---@return string[] sorted
function help.names(accept)
  local names = {}
  for name, entry in pairs(session.docs) do
    if accept(name, entry) then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

---Names that begin with `prefix`: the functions of a group, the methods of a type.
---@param prefix string "structure.", "Atoms:"
---@return string[] sorted
function help.members(prefix)
  return help.names(function(name) return name:sub(1, #prefix) == prefix end)
end

---Show documentation: no argument for the topics, a name, words of the field, a function of vt, or
---an object.
---@param what any?
function help.help(...) return require("vitrum.prompt.answer").show(...) end

help.document("help", {
  signature = "help([name | words | function | object])",
  summary = "Shows the topics, or what is known of one function, type or object; words of the "
    .. "field lead to the pages that they belong to. Protocols and lessons are found, too. vt.help "
    .. "and, in the program, a global. On a terminal long pages go through $PAGER, else less or "
    .. "more.",
  example = 'help "md"; help "tensile test"; help(vt.atoms.read); glass:help()',
})

help.document("prompt", {
  terms = "tab completion; keyboard; history; shortcuts",
  see = "help",
  signature = "the prompt",
  summary = "What is typed runs line by line; a line that is not complete goes on in the next. "
    .. "An expression prints its value, a method such as glass:energy() and the fields "
    .. "of a result also their units. "
    .. "`local x = ...` lasts for the session, and _ is the value that was shown last. Tab "
    .. "completes names, methods, option keys inside a "
    .. "call's table, their choices, and files inside quotes. Up and Ctrl-R find earlier "
    .. "lines. Ctrl-C stops a run, a second one ends the program; at the prompt it clears the "
    .. "line. Ctrl-D leaves.",
  example = 'glass = vt.atoms.read "glass.data"\n#glass',
})

require("vitrum").help = help.help

-- The module itself can be called: obj:help() in C does so.
return setmetatable(help, { __call = function(_, ...) return help.help(...) end })
