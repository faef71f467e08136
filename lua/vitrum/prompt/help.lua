-- Documentation at the prompt: help() shows the topics, help "md", help(vt.md), help(glass) and
-- glass:help() one entry. Every function that a user can reach is registered, C functions by
-- vtl_document, Lua functions by document() below; completion reads the same registry.
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

---@class vitrum.DocEntry
---@field signature string "vt.md(atoms, options) -> MD"
---@field summary string plain sentences
---@field example string?
---@field options vitrum.DocOption[]?

-- One line for each group of names; a group without a line here still shows its functions.
local GROUPS = {
  { "atoms", "read, build, select, change and measure atoms" },
  { "potential", "Lennard-Jones mixtures, embedded-atom potentials, models of OpenKIM" },
  { "md", "molecular dynamics: ensembles, ramps, deformation, samples, checkpoints" },
  { "minimize", "relax to the inherent structure, with or without the box" },
  { "mechanics", "elastic constants and moduli" },
  { "structure", "pair distributions, strain, Voronoi cells, clusters, bond order" },
  { "array", "numbers in bulk: arithmetic, reductions, slices, linear algebra" },
  { "fit", "lines, polynomials and other curves through data" },
  { "statistics", "means, errors, blocks, bootstrap" },
  { "plot", "figures in the terminal and in files" },
  { "protocol", "scripts with parameters, checkpoints and a report" },
  { "study", "cases and seeds side by side in processes, means, errors, trends" },
  { "report", "one page of figures and numbers" },
  { "units", "constants and conversion factors" },
}

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

-- ---------------------------------------------------------------- layout ----

local function paint(code, text)
  return session.terminal().color and ("\27[%sm%s\27[0m"):format(code, text) or text
end

local function bold(text) return paint("1", text) end

local function wrap(text, indent)
  local width = math.max(40, math.min(session.terminal().columns, 100)) - #indent
  local lines, line = {}, ""
  for word in text:gmatch "%S+" do
    if line ~= "" and #line + 1 + #word > width then
      lines[#lines + 1] = indent .. line
      line = word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  lines[#lines + 1] = indent .. line
  return table.concat(lines, "\n")
end

local function first_sentence(summary)
  local sentence = (summary or ""):gsub("%s+", " ")
  sentence = sentence:match "^(.-[^.][.])%s" or sentence
  return (sentence:gsub("[.]$", ""))
end

local function show_value(value)
  if type(value) == "string" then return ("%q"):format(value) end
  if type(value) == "number" and math.type(value) == "float" then return ("%.10g"):format(value) end
  if type(value) == "table" and not getmetatable(value) then
    return require("vitrum.base.inspect").inline(value)
  end
  return tostring(value)
end

local function print_options(list)
  local widest = 0
  for _, option in ipairs(list) do widest = math.max(widest, #option.name) end
  print(bold "Options")
  for _, option in ipairs(list) do
    local facts = {}
    if option.choices then
      local quoted = {}
      for k, choice in ipairs(option.choices) do quoted[k] = show_value(choice) end
      facts[1] = table.concat(quoted, " | ")
    elseif option.kind and option.kind ~= "value" then
      facts[1] = option.kind
    end
    if option.unit and option.unit ~= "-" then facts[#facts + 1] = "[" .. option.unit .. "]" end
    if option.range then facts[#facts + 1] = "usually " .. options.usual(option.range) end
    if option.default ~= nil then facts[#facts + 1] = "default " .. show_value(option.default) end
    local head = "  " .. bold(option.name) .. (" "):rep(widest - #option.name + 2)
    print(head .. table.concat(facts, ", "))
    if option.help then print(wrap(option.help, (" "):rep(widest + 4))) end
  end
end

local function print_entry(name, entry)
  print(bold(entry.signature or name))
  if entry.summary then print(wrap(entry.summary, "  ")) end
  if entry.options and #entry.options > 0 then print_options(entry.options) end
  if entry.example then
    print(bold "Example")
    for line in (entry.example .. "\n"):gmatch "(.-)\n" do print("  " .. line) end
  end
end

-- A list of names with the first sentence of each summary, in aligned columns.
local function print_names(names)
  table.sort(names)
  local widest = 0
  for _, name in ipairs(names) do widest = math.max(widest, math.min(#name, 28)) end
  local columns = math.max(60, math.min(session.terminal().columns, 100))
  for _, name in ipairs(names) do
    local text = first_sentence(session.docs[name] and session.docs[name].summary)
    local width = math.max(widest, #name)
    local room = columns - width - 4
    if #text > room then text = text:sub(1, room - 3):gsub("%s+%S*$", "") .. "..." end
    print("  " .. bold(name) .. (" "):rep(width - #name + 2) .. text)
  end
end

local function names_where(accept)
  local names = {}
  for name in pairs(session.docs) do
    if accept(name) then names[#names + 1] = name end
  end
  return names
end

local function members(prefix)
  return names_where(function(name) return name:sub(1, #prefix) == prefix end)
end

local function print_overview()
  local vt = require "vitrum"
  print(("vitrum %s, a laboratory for metallic glasses. The module is vt."):format(vt.version))
  print("Units: angstrom, eV, ps, K, atomic mass; stress in GPa, positive in tension.\n")
  print(bold "Topics" .. '  (help "atoms" shows one)')
  local grouped = {}
  for _, group in ipairs(GROUPS) do
    local name, line = group[1], group[2]
    if vt[name] ~= nil then
      print(("  %s%s%s"):format(bold(name), (" "):rep(12 - #name), line))
      grouped[name] = true
    end
  end
  local others = {} -- groups without a line of ours: their functions say what they are
  for name in pairs(session.docs) do
    local head, member = name:match "^(%l[%w_]*)%.([%w_]+)$"
    if head and not grouped[head] then
      others[head] = others[head] or {}
      table.insert(others[head], member)
    end
  end
  local heads = {}
  for head in pairs(others) do heads[#heads + 1] = head end
  table.sort(heads)
  for _, head in ipairs(heads) do
    table.sort(others[head])
    print(("  %s%s%s"):format(bold(head), (" "):rep(12 - #head), table.concat(others[head], ", ")))
    grouped[head] = true
  end
  local rest = names_where(function(name)
    return name:find "^%l[%w_]*$" and not grouped[name] and name ~= "prompt"
  end)
  if #rest > 0 then
    print(bold "Functions")
    print_names(rest)
  end
  local types = {}
  for name in pairs(help.types()) do types[#types + 1] = name end
  table.sort(types)
  print(bold "Objects" .. '  (help "Atoms" lists the methods, glass:help() too)')
  print(wrap(table.concat(types, ", "), "  "))
  print(bold "At the prompt" .. '  (help "prompt")')
  print("  An expression prints its value; Tab completes names, methods, options, files;")
  print("  Ctrl-C stops a run or clears the line; Ctrl-D leaves. `local x` lasts for the session.")
end

-- ---------------------------------------------------------------- help() ----

local function print_table(name, value)
  local rows = {}
  for key, member in pairs(value) do
    if type(member) == "number" then rows[#rows + 1] = { key, show_value(member) } end
  end
  table.sort(rows, function(a, b) return tostring(a[1]) < tostring(b[1]) end)
  for _, row in ipairs(rows) do print(("  vt.%s.%s = %s"):format(name, row[1], row[2])) end
end

-- Prints what is known under `name`; false when nothing is.
local function print_topic(name)
  local entry, type_table = session.docs[name], help.types()[name]
  local below, methods = members(name .. "."), members(name .. ":")
  local value = help.reachable()[name]
  if not (entry or type_table or #below > 0 or #methods > 0 or type(value) == "table") then
    return false
  end
  if entry then print_entry(name, entry) end
  if #below > 0 then
    print(bold(type_table and "Properties of " .. name or "Functions of vt." .. name))
    print_names(below)
  end
  if #methods > 0 then
    print(bold("Methods of " .. name))
    print_names(methods)
  end
  if type(value) == "table" then print_table(name, value) end
  if name == "potential.kim" then require("vitrum.potential.kim").print() end
  if type_table then
    local makers = names_where(function(known)
      local result = (session.docs[known].signature or ""):match "%->%s*([%w_]+)"
      return result == name and not known:find ":"
    end)
    table.sort(makers)
    if #makers > 0 then print("Made by " .. table.concat(makers, ", ") .. ".") end
  end
  -- vt.atoms and the type Atoms belong together.
  local sibling = name:sub(1, 1):upper() .. name:sub(2)
  if sibling ~= name and #members(sibling .. ":") > 0 then
    print(('See also help "%s".'):format(sibling))
  end
  return true
end

-- "vt.atoms.read", "glass:save", "save", "atoms:save": what could be meant.
local function resolve(topic)
  local name = topic:gsub("^%s*vt%.", ""):gsub("^%s+", ""):gsub("[%s(){}]+$", "")
  if name == "" or name == "vt" then return "" end
  if session.docs[name] or #members(name .. ".") > 0 or #members(name .. ":") > 0
    or help.types()[name] or type(help.reachable()[name]) == "table" then
    return name
  end
  local wanted, last = name:lower(), name:match "([%w_]+)$"
  local exact = names_where(function(known) return known:lower() == wanted end)
  if #exact == 1 then return exact[1] end
  if not last then return nil end
  local matches = names_where(function(known) return known:match "([%w_]+)$" == last end)
  if #matches == 1 then return matches[1] end
  return nil, matches
end

local function suggest(topic)
  local full, last = {}, {}
  for name in pairs(session.docs) do
    full[#full + 1] = name
    last[name:match "([%w_]+)$"] = name
  end
  for name in pairs(help.types()) do full[#full + 1] = name end
  for _, group in ipairs(GROUPS) do
    if require("vitrum")[group[1]] ~= nil then full[#full + 1] = group[1] end
  end
  -- Functions before types of nearly the same name, and the beginning of a name is the surest hint.
  table.sort(full, function(a, b) return a > b end)
  for _, name in ipairs(full) do
    if #topic >= 2 and name:sub(1, #topic) == topic then return name end
  end
  local near = session.nearest(topic, full)
  if near then return near end
  local short = {}
  for word in pairs(last) do short[#short + 1] = word end
  table.sort(short)
  near = session.nearest(topic:match "([%w_]+)$" or topic, short)
  return near and last[near]
end

local function help_topic(topic)
  local name, matches = resolve(topic)
  if name == "" then return print_overview() end
  if name and print_topic(name) then return end
  if matches and #matches > 1 then
    print(("'%s' is the name of several functions:"):format(topic))
    return print_names(matches)
  end
  local near = suggest(topic)
  if near then
    print(("No help on '%s'; did you mean help \"%s\"?"):format(topic, near))
  else
    print(("No help on '%s'; help() lists the topics."):format(topic))
  end
end

---Show documentation: no argument for the topics, a name, a function of vt, or an object.
---@param what any?
function help.help(...)
  local what = ...
  if select("#", ...) == 0 or rawequal(what, require "vitrum") then return print_overview() end
  if type(what) == "string" then return help_topic(what) end
  local name = help.name_of(what)
  if name and print_topic(name) then return end
  if what == nil then
    print "help(nil): that name has no value; help() lists the topics."
  elseif type(what) == "function" then
    print "That function is not vitrum's; help() lists the topics."
  else
    print(("A value of type %s: %s"):format(type(what), tostring(what)))
  end
end

help.document("help", {
  signature = "help([name | function | object])",
  summary = "Shows the topics, or what is known of one function, type or object; vt.help and, "
    .. "in the program, a global.",
  example = 'help "md"; help(vt.atoms.read); glass:help()',
})

require("vitrum").help = help.help

-- The module itself can be called: obj:help() in C does so.
return setmetatable(help, { __call = function(_, ...) return help.help(...) end })
