-- One page of help as lines of text: how it is called, an example, the options, what else there is
-- to know, where to go on.
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"
local session = require "vitrum.session"

local page = {}

local NARROWEST <const>, WIDEST <const> = 40, 100

---Columns that a page may take.
---@return integer
function page.columns()
  return math.max(NARROWEST, math.min(session.terminal().columns, WIDEST))
end

---A text in bold where the terminal can.
---@param text string
---@return string
function page.bold(text)
  return session.terminal().color and ("\27[1m%s\27[0m"):format(text) or text
end

local bold = page.bold

---Add a text to a list of lines, broken between words.
---@param lines string[]
---@param text string
---@param indent string in front of every line
function page.wrap(lines, text, indent)
  local width, line = page.columns() - #indent, ""
  for word in text:gmatch "%S+" do
    if line ~= "" and #line + 1 + #word > width then
      lines[#lines + 1] = indent .. line
      line = word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  lines[#lines + 1] = indent .. line
end

-- Words with a full stop behind which a sentence goes on.
local SHORTENED <const> = {}
for word in ([[Phys Rev Lett Chem Mater Nat Commun Int Fig Am Ann Stat Sci Acta Mech Solids Math
  Comput Mod al cf vs Eq Sect Non Cryst Proc Appl]]):gmatch "%a+" do
  SHORTENED[word] = true
end

---The first sentence of a summary, without the full stop, and the rest.
---@param summary string?
---@return string sentence
---@return string rest "" for none
function page.first_sentence(summary)
  local text = (summary or ""):gsub("%s+", " "):gsub("^ ", "")
  for at in text:gmatch "()%. " do
    local head = text:sub(1, at - 1)
    local _, opened = head:gsub("[%(%[{]", "")
    local _, closed = head:gsub("[%)%]}]", "")
    local word = head:match "(%a+)$"
    if opened == closed and not (word and (#word == 1 or SHORTENED[word])) then
      return head, text:sub(at + 2)
    end
  end
  return (text:gsub("%.$", "")), ""
end

---A value as it is typed.
---@param value any
---@return string
function page.value(value)
  if type(value) == "string" then return ("%q"):format(value) end
  if type(value) == "number" and math.type(value) == "float" then return ("%.10g"):format(value) end
  if type(value) == "table" and not getmetatable(value) then
    return require("vitrum.base.inspect").inline(value)
  end
  return tostring(value)
end

---What an option must be, its unit and default: "positive number, [ps], default 0.002".
---@param option vitrum.DocOption
---@return string
function page.facts(option)
  local facts = {}
  if option.choices then
    local quoted = {}
    for k, choice in ipairs(option.choices) do quoted[k] = page.value(choice) end
    facts[1] = table.concat(quoted, " | ")
  elseif option.kind and option.kind ~= "value" then
    facts[1] = option.kind
  end
  if option.unit and option.unit ~= "-" then facts[#facts + 1] = "[" .. option.unit .. "]" end
  if option.range then facts[#facts + 1] = "usually " .. options.usual(option.range) end
  if option.default ~= nil then facts[#facts + 1] = "default " .. page.value(option.default) end
  return table.concat(facts, ", ")
end

local function push_options(lines, list)
  local widest = 0
  for _, option in ipairs(list) do widest = math.max(widest, #option.name) end
  lines[#lines + 1] = bold "Options"
  local indent = (" "):rep(widest + 4)
  for _, option in ipairs(list) do
    local first = #lines + 1
    page.wrap(lines, page.facts(option), indent)
    lines[first] = "  " .. bold(option.name) .. (" "):rep(widest - #option.name + 2)
      .. lines[first]:sub(#indent + 1)
    if option.help then page.wrap(lines, option.help, indent) end
  end
end

-- A list as words: help "md", help "rdf".
local function topics(names)
  local quoted = {}
  for k, name in ipairs(names) do quoted[k] = ('help "%s"'):format(name) end
  return table.concat(quoted, ", ")
end

local function push_entry(lines, name, entry)
  lines[#lines + 1] = bold(entry.signature or name)
  local sentence, rest = page.first_sentence(entry.summary)
  if sentence ~= "" then page.wrap(lines, sentence .. (rest ~= "" and "." or ""), "  ") end
  if entry.example then
    lines[#lines + 1] = bold "Example"
    for line in (entry.example .. "\n"):gmatch "(.-)\n" do lines[#lines + 1] = "  " .. line end
  end
  if entry.options and #entry.options > 0 then push_options(lines, entry.options) end
  if rest ~= "" then
    lines[#lines + 1] = bold "More"
    page.wrap(lines, rest, "  ")
  end
end

---Add names with what they stand for, in aligned columns.
---@param lines string[]
---@param rows string[][] { name, text }
---@param whole boolean? long texts go on in the next line; else they are cut
function page.rows(lines, rows, whole)
  local columns = page.columns()
  local widest, limit = 0, columns < 60 and 18 or 28
  for _, row in ipairs(rows) do widest = math.max(widest, math.min(#row[1], limit)) end
  for _, row in ipairs(rows) do
    local name, text = row[1], row[2]
    local width = math.max(widest, #name)
    local room = columns - width - 4
    if whole and #text > room then
      local first, indent = #lines + 1, (" "):rep(widest + 4)
      if width > widest then
        lines[first], first = "  " .. bold(name), nil
      end
      page.wrap(lines, text, indent)
      if first then
        lines[first] = "  " .. bold(name) .. (" "):rep(width - #name + 2)
          .. lines[first]:sub(#indent + 1)
      end
      goto continue
    elseif #text > room then
      text = text:sub(1, math.max(room - 3, 0)):gsub("[\xC2-\xF4][\x80-\xBF]*$", "")
        :gsub("%s+%S*$", "") .. "..."
    end
    lines[#lines + 1] = "  " .. bold(name) .. (" "):rep(width - #name + 2) .. text
    ::continue::
  end
end

---Add declared names with the first sentences of their summaries.
---@param lines string[]
---@param names string[]
function page.names(lines, names)
  local rows = {}
  for k, name in ipairs(names) do
    local entry = session.docs[name]
    rows[k] = { name, (page.first_sentence(entry and entry.summary)) }
  end
  page.rows(lines, rows)
end

-- The numbers in a table of the module.
local function push_numbers(lines, name, value)
  local rows = {}
  for key, member in pairs(value) do
    if type(member) == "number" then rows[#rows + 1] = { key, page.value(member) } end
  end
  table.sort(rows, function(a, b) return tostring(a[1]) < tostring(b[1]) end)
  for _, row in ipairs(rows) do
    lines[#lines + 1] = ("  vt.%s.%s = %s"):format(name, row[1], row[2])
  end
end

---Functions that make objects of a type.
---@param name string "Atoms"
---@return string[]
function page.makers(name)
  return help.names(function(known, entry)
    return not known:find ":" and (entry.signature or ""):match "%->%s*([%w_]+)" == name
  end)
end

---Where to go on from a page: what its declaration names, and the type that belongs to a group.
---@param name string
---@return string[]
function page.see(name)
  local list = session.docs[name] and help.see(session.docs[name]) or {}
  -- vt.atoms and the type Atoms belong together.
  local sibling = name:sub(1, 1):upper() .. name:sub(2)
  if sibling ~= name and #help.members(sibling .. ":") > 0 then list[#list + 1] = sibling end
  return list
end

---True when there is a page of this name.
---@param name string "md", "structure", "Atoms", "units"
---@return boolean
function page.exists(name)
  return session.docs[name] ~= nil or help.types()[name] ~= nil
    or #help.members(name .. ".") > 0 or #help.members(name .. ":") > 0
    or type(help.reachable()[name]) == "table"
end

---The page of a name.
---@param name string
---@return string[]? lines nil when there is none
function page.lines(name)
  if not page.exists(name) then return nil end
  if name == "units" then return require("vitrum.prompt.units").lines() end
  local lines, entry, type_table = {}, session.docs[name], help.types()[name]
  local below, methods = help.members(name .. "."), help.members(name .. ":")
  local value = help.reachable()[name]
  if entry then push_entry(lines, name, entry) end
  if #below > 0 then
    lines[#lines + 1] = bold(type_table and "Properties of " .. name or "Functions of vt." .. name)
    page.names(lines, below)
  end
  if #methods > 0 then
    lines[#lines + 1] = bold("Methods of " .. name)
    page.names(lines, methods)
  end
  if type(value) == "table" then push_numbers(lines, name, value) end
  if name == "potential.kim" then require("vitrum.potential.kim").push_lines(lines) end
  if type_table then
    local list = page.makers(name)
    if #list > 0 then page.wrap(lines, "Made by " .. table.concat(list, ", ") .. ".", "") end
  end
  local see = page.see(name)
  if #see > 0 then page.wrap(lines, "See also " .. topics(see) .. ".", "") end
  return lines
end

return page
