-- The text of tables of comma-separated values: what a file begins with, and its rows. Files are
-- made of it by vt.csv and by long jobs.

local files = require "vitrum.base.files"
local numbers = require "vitrum.base.numbers"
local raise = require("vitrum.base.options").raise

local rows = {}

---The number that a cell without quotes stands for; nil for a text.
---@param cell string
---@return number?
function rows.number_of(cell)
  return cell == "" and 0 / 0 or numbers.from_text(cell)
end

-- A text as a cell that is read back as that text, also when it looks like a number or a comment.
local function quoted(text)
  if text:find '[,"\r\n]' or text:find "^[%s#]" or text:find "%s$" or rows.number_of(text) then
    return '"' .. text:gsub('"', '""') .. '"'
  end
  return text
end

local PREFIX_MAX <const> = 5000 -- of the names of all tables around one

local function shows_itself(value)
  local metatable = getmetatable(value)
  return type(metatable) == "table" and metatable.__tostring ~= nil
end

-- Provenance as lines "key: value", keys sorted, nested tables as "outer.inner".
local function comment_lines(provenance, prefix, lines)
  if #prefix > PREFIX_MAX then
    raise("csv.create: the provenance is nested too deeply or holds itself (%s...)",
      prefix:sub(1, 40))
  end
  if type(provenance) == "string" then
    for line in (provenance .. "\n"):gmatch "(.-)\r?\n" do
      if line ~= "" then lines[#lines + 1] = line end
    end
    return lines
  end
  local keys = {}
  for key in pairs(provenance) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    if type(a) == type(b) and type(a) == "number" then return a < b end
    return tostring(a) < tostring(b)
  end)
  for _, key in ipairs(keys) do
    local value = provenance[key]
    local name = prefix .. tostring(key)
    if type(value) == "table" and not shows_itself(value) then
      comment_lines(value, name .. ".", lines)
    else
      local text = type(value) == "number" and numbers.text(value) or tostring(value)
      lines[#lines + 1] = (name .. ": " .. text):gsub("%c", " ")
    end
  end
  return lines
end

---The line that names the columns.
---@param columns string[] names with units
---@return string
function rows.names(columns)
  if type(columns) ~= "table" or rawlen(columns) == 0 then
    raise('csv.create: the columns must be a list of names, {"time [ps]", ...}, not %s',
               type(columns) == "table" and "an empty table" or numbers.show(columns))
  end
  local names = {}
  for i, column in ipairs(columns) do
    if type(column) ~= "string" or column == "" or column:find "%c" then
      raise("csv.create: column %d must be a name such as \"time [ps]\", not %s", i,
                 numbers.show(column))
    end
    names[i] = quoted(column)
  end
  return table.concat(names, ",") .. "\n"
end

---Comment lines that say where a table comes from.
---@param provenance table|string|nil
---@return string
function rows.comments(provenance)
  if provenance ~= nil and type(provenance) ~= "table" and type(provenance) ~= "string" then
    raise("csv.create: the provenance must be a table or a text, not %s",
               numbers.show(provenance))
  end
  local lines = comment_lines(provenance or {}, "", {})
  return #lines > 0 and "# " .. table.concat(lines, "\n# ") .. "\n" or ""
end

---What a file begins with: comments and the names of the columns.
---@param columns string[] names with units
---@param provenance table|string|nil
---@return string
function rows.head(columns, provenance)
  local names = rows.names(columns)
  return rows.comments(provenance) .. names
end

---Raise when rows cannot be added to a file of that name.
---@param where string
---@param path any
function rows.check_name(where, path)
  local packed = type(path) == "string" and files.packed(path)
  if packed then
    raise("%s: %s: rows are added one by one, which a %s file cannot take; leave %s out", where,
      path, packed, packed)
  end
end

---The line of a row.
---@param cells any[] which become texts
---@param count integer
---@return string
function rows.line(cells, count)
  for i = 1, count do
    local value = cells[i]
    if type(value) == "number" then
      cells[i] = numbers.text(value)
    elseif type(value) == "string" then
      cells[i] = quoted(value)
    elseif type(value) == "boolean" then
      cells[i] = tostring(value)
    else
      raise("csv row: value %d must be a number or a text, not %s", i, numbers.show(value))
    end
  end
  return table.concat(cells, ",", 1, count) .. "\n"
end

return rows
