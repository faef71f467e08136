-- What editors need to complete and check scripts: the declarations of help as a stub for the Lua
-- language server. lua/vitrum.meta.lua is its text.

local files = require "vitrum.base.files"
local help = require "vitrum.prompt.help"
local session = require "vitrum.session"

local stub = {}

-- The types of the words in signatures and options.
local WORDS <const> = {
  number = "number", seconds = "number", mean = "number", ["n"] = "integer", integer = "integer",
  boolean = "boolean", text = "string", path = "string", name = "string", file = "string",
  string = "string", symbol = "string", label = "string", table = "table", list = "any[]",
  writer = "vitrum.CsvWriter", line = "vitrum.Line", polynomial = "vitrum.Polynomial",
  array = "vitrum.Array", mask = "vitrum.Array", atoms = "vitrum.Atoms", glass = "vitrum.Atoms",
  study = "vitrum.Study", md = "vitrum.MD", f = "fun(...): ...", page = "vitrum.Report",
  out = "vitrum.Run", potential = "vitrum.Potential", p = "table", given = "table",
  axis = "integer", seeds = "integer|integer[]", temperature = "number", time = "number",
  fraction = "number", window = "number", spacing = "number", total = "number", rate = "number",
  done = "number", tolerance = "number", cutoff = "number", from = "number", to = "number",
  caption = "string", title = "string", unit = "string", what = "string", format = "string",
  series = "vitrum.Array|number[]", x = "vitrum.Array|number[]", y = "vitrum.Array|number[]",
  lists = "table", fixed = "table", protocol = "vitrum.Protocol", stress = "table",
}
local KINDS <const> = {
  number = "number", positive = "number", nonnegative = "number", ["positive number"] = "number",
  ["number >= 0"] = "number", count = "integer", integer = "integer", seed = "integer",
  boolean = "boolean", string = "string", file = "string|false", table = "table",
  ["function"] = "fun(...): ...", ["number or array"] = "number|vitrum.Array",
  array = "vitrum.Array|number[]", vector = "number[]", tensor = "table<string, number>",
  ["number or { from, to }"] = "number|number[]", ["{ low, high }"] = "number[]",
  ["by species"] = "number|number[]|table<string, number>",
  composition = "string|table<string, number>", ["name or list"] = "string|string[]",
  ["one or by axis"] = "number|boolean|any[]",
}

-- The parts of a text between commas that are outside brackets.
local function split(text)
  local parts, depth, from = {}, 0, 1
  for at, c in text:gmatch "()([%[%](){},])" do
    if c == "," and depth == 0 then
      parts[#parts + 1], from = text:sub(from, at - 1), at + 1
    elseif c ~= "," then
      depth = depth + (c:find "[%[({]" and 1 or -1)
    end
  end
  parts[#parts + 1] = text:sub(from)
  return parts
end

-- The text in the brackets that open at `at`, and what follows them.
local function inside(text, at)
  local depth = 0
  for place, c in text:gmatch("()([%[%](){}])", at) do
    depth = depth + (c:find "[%[({]" and 1 or -1)
    if depth == 0 then return text:sub(at + 1, place - 1), text:sub(place + 1) end
  end
  return "", ""
end

-- The type that a word of a signature stands for.
local function type_of(word, types)
  word = word:gsub("^%s+", ""):gsub("%s+$", "")
  local alternatives = {}
  for part in (word .. " or "):gmatch "(.-) or " do
    local head = part:match "^[%w_]+"
    alternatives[#alternatives + 1] = head and (types[head] and "vitrum." .. head or WORDS[head])
      or part:find "^{" and "table" or "any"
  end
  return table.concat(alternatives, "|")
end

-- The parameters of a call: list of { name, type, optional }.
local function parameters_of(text, brace, options_type, types)
  if brace then return { { "options", options_type, false } } end
  local list, optional = {}, false
  text = text:gsub("%[,%s*", ", ["):gsub("^%[([%w_]+),%]%s*", "[%1], ")
  for _, part in ipairs(split(text)) do
    part = part:gsub("^%s+", ""):gsub("%s+$", "")
    optional = optional or part:find "^%[" ~= nil
    local name = part:match "[%a_][%w_]*"
    if part:find("...", 1, true) and not name then
      list[#list + 1] = { "...", "any", false }
      break -- what follows cannot be told apart
    elseif name then
      local is_options = name == "options" or part:find "^%[?{" ~= nil
      if is_options then name = "options" end
      list[#list + 1] = { name, is_options and options_type or type_of(name, types),
                          optional or is_options and options_type ~= "table" }
      if part:find("...", 1, true) then
        list[#list + 1] = { "...", "any", false }
        break
      end
    end
  end
  return list
end

-- The call that a signature shows first: parameters and types of the results.
local function call_of(entry, name, types)
  local signature = entry.signature:gsub("^for .- in (.*) do.*$", "%1")
  local last = name:match "[%w_]+$"
  local _, at = signature:find(last, 1, true)
  local open = at and signature:find("[({]", at)
  if not open or signature:sub((at or 0) + 1, open - 1):find "%S" then return nil end
  local options_type = entry.options and #entry.options > 0
    and "vitrum." .. name:gsub("[.:]", "_") .. "_options" or "table"
  local text, rest = inside(signature, open)
  local results = {}
  local after = rest:match "%->%s*(.*)$" or signature:match "%->%s*(.*)$"
  for _, word in ipairs(after and split(after) or {}) do
    results[#results + 1] = type_of(word:gsub("%s*{.*$", function(tail)
      return word:find "^%s*{" and tail or ""
    end), types)
  end
  return parameters_of(text, signature:sub(open, open) == "{", options_type, types), results
end

local function one_line(text) return (text or ""):gsub("%s+", " ") end

-- A class with the options of a function as fields.
local function push_options(out, name, list)
  if not list or #list == 0 then return end
  out[#out + 1] = ("---@class vitrum.%s_options"):format((name:gsub("[.:]", "_")))
  for _, option in ipairs(list) do
    local kind = KINDS[option.kind] or "any"
    if option.choices then
      local quoted = {}
      for k, choice in ipairs(option.choices) do quoted[k] = ("%q"):format(choice) end
      kind = table.concat(quoted, "|")
    end
    if option.name:find "^[%a_][%w_]*$" then
      local unit = option.unit and option.unit ~= "-" and ("[%s] "):format(option.unit) or ""
      out[#out + 1] = ("---@field %s? %s %s%s"):format(option.name, kind, unit,
        one_line(option.help))
    end
  end
  out[#out + 1] = ""
end

local function push_function(out, name, entry, types)
  local parameters, results = call_of(entry, name, types)
  push_options(out, name, entry.options)
  out[#out + 1] = "--- " .. one_line(entry.summary)
  if not parameters then return false end
  local names = {}
  for k, p in ipairs(parameters) do
    names[k] = p[1]
    out[#out + 1] = ("---@param %s%s %s"):format(p[1], p[3] and p[1] ~= "..." and "?" or "", p[2])
  end
  for _, result in ipairs(results) do out[#out + 1] = "---@return " .. result end
  local method = name:find(":", 1, true)
  out[#out + 1] = ("function %s%s(%s) end"):format(method and "" or "vt.", name,
    table.concat(names, ", "))
  out[#out + 1] = ""
  return true
end

-- A table of functions that can itself be called.
local function push_callable(out, name, entry, types)
  local parameters, results = call_of(entry, name, types)
  push_options(out, name, entry.options)
  local parts = {}
  for k, p in ipairs(parameters or {}) do
    parts[k] = p[1] == "..." and "...: any" or ("%s%s: %s"):format(p[1], p[3] and "?" or "", p[2])
  end
  out[#out + 1] = "--- " .. one_line(entry.summary)
  out[#out + 1] = ("---@class vitrum.module.%s"):format(name)
  if parameters then
    out[#out + 1] = ("---@overload fun(%s)%s"):format(table.concat(parts, ", "),
      #results > 0 and ": " .. table.concat(results, ", ") or "")
  end
  out[#out + 1] = ("vt.%s = {}"):format(name)
  out[#out + 1] = ""
end

---The text of the stub.
---@return string
function stub.text()
  local docs, types = session.docs, help.types()
  local out = { "---@meta vitrum", "-- Made from the declarations that help shows; do not change it"
    .. " by hand:", "--     vitrum -e 'require(\"vitrum.prompt.stub\").write()'", "",
    "---@class vitrum", "local vt = {}", "" }
  local names, tables, done = {}, {}, {}
  for name in pairs(docs) do names[#names + 1] = name end
  table.sort(names)
  for path, value in pairs(help.reachable()) do
    if type(value) == "table" then tables[#tables + 1] = path end
  end
  table.sort(tables)
  for _, path in ipairs(tables) do
    if path == "units" then
      out[#out + 1] = "--- " .. docs[path].summary
      out[#out + 1] = "---@type table<string, number>"
    end
    if docs[path] and path ~= "units" then
      push_callable(out, path, docs[path], types)
    else
      out[#out + 1] = ("vt.%s = {}"):format(path)
      out[#out + 1] = ""
    end
    done[path] = true
  end
  local classes = {}
  for name in pairs(types) do classes[#classes + 1] = name end
  table.sort(classes)
  for _, class in ipairs(classes) do
    out[#out + 1] = "---@class vitrum." .. class
    for _, name in ipairs(names) do
      if name:find("^" .. class .. "%.") then
        for property in docs[name].signature:gmatch "%.([%a_][%w_]*)" do
          out[#out + 1] = ("---@field %s any %s"):format(property, one_line(docs[name].summary))
        end
        done[name] = true
      end
    end
    out[#out + 1] = ("local %s = {}"):format(class)
    out[#out + 1] = ""
  end
  for _, name in ipairs(names) do
    local owner = name:match "^([%w_.]+):"
    if not done[name] and (owner == nil or types[owner]) then
      if not push_function(out, name, docs[name], types) then out[#out + 1] = "" end
    end
  end
  out[#out + 1] = "return vt"
  return table.concat(out, "\n") .. "\n"
end

---Write the stub.
---@param path string? lua/vitrum.meta.lua unless given
function stub.write(path)
  files.write(path or "lua/vitrum.meta.lua", stub.text(), { overwrite = true, where = "stub" })
end

return stub
