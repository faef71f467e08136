-- A table of numbers that grows during a run and survives its death: rows are collected in memory
-- and added to a CSV file when the run says so; a resumed run cuts the file back to the rows that
-- belong to the state it goes on from. Comment lines carry the provenance. The text is that of
-- vt.csv, but neither its writer, which cannot take rows back, nor vt.csv.read will do: a process
-- that was killed may have left half a line at the end.

local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local rows_text = require "vitrum.base.rows"
local system = require "vitrum.system"

local raise, refuse = options.raise, options.refuse

---@class vitrum.Record
---@field path string
---@field columns string[] names with units, "time [ps]"; the first one never decreases
---@field foreign string? what shows that the file is of another run; then it is not written to
---@field before_cut fun(rows: integer)? called before rows are taken from the file
local Record = {} -- methods
local RECORD <const> = { __name = "vitrum.Record", __index = Record }

local record = {}

-- The rows of the text of a file: complete lines after the line of names.
local function parse(text, columns, path)
  local rows, names = {}, nil
  for line in text:gmatch "([^\n]*)\n" do
    if line:sub(1, 1) == "#" or line == "" then
      goto continue
    elseif not names then
      names = line
      if names .. "\n" ~= rows_text.names(columns) then
        raise("%s: the columns are not those of this run (%s)", path, names)
      end
    else
      local row = {}
      for cell in line:gmatch "[^,]+" do row[#row + 1] = rows_text.number_of(cell) or 0 / 0 end
      if #row ~= #columns then
        raise("%s: a row has %d values instead of %d; the file was changed", path, #row, #columns)
      end
      rows[#rows + 1] = row
    end
    ::continue::
  end
  return rows, names ~= nil
end

local function line_of(row)
  return rows_text.line({ table.unpack(row) }, #row)
end

-- Comments that may differ between the processes of one run.
local FREE <const> = { program = true, script = true, date = true }

-- In words: what a file's comments say that is not true of this run; nil when nothing is.
local function contradiction(path, head, header)
  local there = {}
  for key, value in head:gmatch "# ([^:\n]+): ([^\n]*)" do there[key] = value end
  for _, line in ipairs(header) do
    local key, value = line:match "^([^:]+): (.*)$"
    if key and not FREE[key] and there[key] and there[key] ~= value then
      return ("%s belongs to another run (%s: %s there, %s here)"):format(path, key, there[key],
        value)
    end
  end
end

-- Write the whole file.
local function rewrite(self)
  local lines = { self.head, rows_text.names(self.columns) }
  for _, row in ipairs(self.rows) do lines[#lines + 1] = line_of(row) end
  local ok, message = system.write(self.path, table.concat(lines))
  if not ok then refuse(message) end
end

---Open or make the file of a record.
---@param path string
---@param columns string[]
---@param header string[] comment lines of a new file
---@return vitrum.Record
function record.open(path, columns, header)
  local self = setmetatable({ path = path, columns = columns, rows = {}, pending = {} }, RECORD)
  local file = io.open(path, "rb")
  local text = file and file:read "a"
  if file then file:close() end
  local complete = false
  if text then
    self.rows, complete = parse(text, columns, path)
    self.head = text:match "^(#.-\n)[^#]"
  end
  if not complete then
    self.rows = {}
    self.head = rows_text.comments(table.concat(header, "\n"))
  end
  self.head = self.head or ""
  self.foreign = contradiction(path, self.head, header)
  if self.foreign then return self end
  rewrite(self)
  return self
end

---What identifies a record when it is read again: how many rows are on the disk, and the first
---value of the last of them.
---@param self vitrum.Record
---@param rows integer? how many of them to count; all when not given
---@return { rows: integer, last: number? }
function record.mark(self, rows)
  rows = rows or #self.rows - #self.pending
  -- A row that was read back may have an integer where the one that was added has a float.
  return { rows = rows, last = rows > 0 and self.rows[rows][1] + 0.0 or nil }
end

---In words: which of the rows that `mark` counted are missing; nil when all are there.
---@param self vitrum.Record
---@param mark { rows: integer, last: number? }
---@return string?
function record.missing(self, mark)
  local row = self.rows[mark.rows]
  if mark.rows == 0 or row and (row[1] == mark.last or mark.last ~= mark.last) then return nil end
  return ("%s lacks rows that were written: %d are there, %d were counted, the last with %s = %s")
    :format(self.path, #self.rows, mark.rows, self.columns[1], numbers.text(mark.last))
end

---Add a row; it is on the disk after the next commit.
---@param ... number as many as there are columns
---@return vitrum.Record
function Record:add(...)
  local row = { ... }
  if select("#", ...) ~= #self.columns then
    raise("record %s has %d columns, the row has %d values", self.path, #self.columns,
      select("#", ...))
  end
  for i = 1, #self.columns do
    local value = row[i]
    if type(value) ~= "number" then
      raise("record %s: %s must be a number, not %s", self.path, self.columns[i],
        numbers.show(value))
    end
  end
  self.pending[#self.pending + 1] = line_of(row)
  self.rows[#self.rows + 1] = row
  return self
end

---Put the new rows on the disk.
---@return vitrum.Record
function Record:commit()
  if #self.pending == 0 then return self end
  local ok, message = system.append(self.path, table.concat(self.pending))
  if not ok then refuse(message) end
  self.pending = {}
  return self
end

---Drop the rows whose first value is above `last`: they were made after the state from which the
---run now goes on.
---@param last number
---@return vitrum.Record
function Record:rewind(last)
  options.argument("Record:rewind", "the value", "number", last)
  local keep = #self.rows
  while keep > 0 and self.rows[keep][1] > last do keep = keep - 1 end
  if keep == #self.rows then return self end
  if self.before_cut then self.before_cut(keep) end
  self.rows = table.move(self.rows, 1, keep, 1, {})
  self.pending = {}
  rewrite(self)
  return self
end

---The first value of the last row, nil when there is none.
---@return number?
function Record:last()
  local row = self.rows[#self.rows]
  return row and row[1]
end

---All values of one column as a list.
---@param name string with or without its unit
---@return number[]
function Record:column(name)
  for i, column in ipairs(self.columns) do
    if column == name or column:gsub("%s*%[.-%]$", "") == name then
      local list = {}
      for k, row in ipairs(self.rows) do list[k] = row[i] end
      return list
    end
  end
  raise("record %s has no column %s; there are %s", self.path, numbers.show(name),
    table.concat(self.columns, ", "))
end

---All columns as arrays, by their names without units.
---@return table<string, vitrum.Array>
function Record:arrays()
  local result = {}
  for _, column in ipairs(self.columns) do
    local name = column:gsub("%s*%[.-%]$", "")
    result[name] = require("vitrum").array(self:column(column))
  end
  return result
end

RECORD.__len = function(self) return #self.rows end

RECORD.__tostring = function(self)
  return ("record %s: %d rows of %s"):format(self.path, #self.rows,
    table.concat(self.columns, ", "))
end

help.register_type("Record", RECORD)
for _, entry in ipairs {
  { "add", "record:add(...) -> record",
    "Adds a row, as many numbers as there are columns; it is on the disk after the next commit.",
    "record:add(k, energy)" },
  { "commit", "record:commit() -> record", "Puts the new rows on the disk.",
    "record:add(k, energy):commit()" },
  { "rewind", "record:rewind(last) -> record",
    "Drops the rows whose first value is above last. A stage that adds rows begins with this, "
      .. "since it may be a second attempt.", "record:rewind(k - 1)" },
  { "column", "record:column(name) -> list", "All values of a column, named with or without unit.",
    'local e = record:column "E"' },
  { "arrays", "record:arrays() -> table", "All columns as arrays, by their names without units.",
    "local e = record:arrays().energy" },
  { "last", "record:last() -> number", "The first value of the last row, nil when there is none.",
    "print(record:last())" },
} do
  help.document("Record:" .. entry[1], { signature = entry[2], summary = entry[3],
                                         example = entry[4] })
end

return record
