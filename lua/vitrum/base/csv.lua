-- Tables of numbers as comma-separated text: comment lines with the provenance, one line naming
-- columns with their units, then rows.
--
--     # program: vitrum 0.1.0
--     # seed: 1
--     time [ps],temperature [K]
--     0.5,1987.25

local numbers = require "vitrum.base.numbers"
local files = require "vitrum.base.files"
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"
local rows = require "vitrum.base.rows"
local session = require "vitrum.session"

local raise = options.raise

local csv = {}

local Writer = {} -- methods
local WRITER <const> = { __name = "vitrum.CsvWriter", __index = Writer }

local CREATE_OPTIONS <const> = {
  { name = "overwrite", kind = "boolean", default = false,
    help = "replace a file that this run did not write" },
}

local function create(path, columns, provenance, given)
  local o = options.check("csv.create", CREATE_OPTIONS, given)
  local text = rows.head(columns, provenance)
  rows.check_name("csv.create", path)
  files.write(path, text, { where = "csv.create", overwrite = o.overwrite })
  -- Rows go to the file itself: a run that is killed keeps what it wrote.
  local handle, message = io.open(path, "ab")
  if not handle then raise("csv.create: cannot write %s", message) end
  return setmetatable({ path = path, columns = #columns, rows = 0, handle = handle }, WRITER)
end

local function open_handle(self, method)
  if io.type(self.handle) ~= "file" then
    raise("csv %s: %s is closed", method, self.path)
  end
  return self.handle
end

local function checked(self, ok, message)
  if not ok then raise("csv: cannot write %s: %s", self.path, tostring(message)) end
end

local function row(self, ...)
  local handle = open_handle(self, "row")
  local count = select("#", ...)
  if count ~= self.columns then
    raise("csv row: %s has %d columns, the row has %d values", self.path, self.columns, count)
  end
  checked(self, handle:write(rows.line({ ... }, count)))
  self.rows = self.rows + 1
  return self
end

--- Add one row; takes as many values as there are columns.
Writer.row = row

--- Hand what was written so far to the operating system.
function Writer.flush(self)
  checked(self, open_handle(self, "flush"):flush())
  return self
end

--- Close the file; closing twice is legal.
function Writer.close(self)
  if io.type(self.handle) == "file" then checked(self, self.handle:close()) end
end

WRITER.__close = function(self) self:close() end

WRITER.__tostring = function(self)
  return string.format("csv %s: %d columns, %d rows%s", self.path, self.columns, self.rows,
                       io.type(self.handle) == "file" and "" or ", closed")
end

--- Create `path`, write header and column names.
---@param path string
---@param columns string[] names with units, "time [ps]"
---@param provenance table|string|nil written as comments
---@param options { overwrite: boolean? }?
---@return table writer with :row(...), :flush(), :close()
csv.create = create

-- ---------------------------------------------------------------- reading ----

-- Cells of one line, and which of them are quoted: these may hold commas and doubled quotes.
local function split(line, place)
  local cells, in_quotes, position = {}, {}, 1
  while true do
    local opening = line:match('^%s*"()', position)
    if opening then
      local parts, from = {}, opening
      while true do
        local quote = line:find('"', from, true)
        if not quote then raise('%s: the quote " is not closed', place) end
        parts[#parts + 1] = line:sub(from, quote - 1)
        if line:sub(quote + 1, quote + 1) ~= '"' then
          from = quote + 1
          break
        end
        parts[#parts + 1] = '"'
        from = quote + 2
      end
      cells[#cells + 1] = table.concat(parts)
      in_quotes[#cells] = true
      local comma = line:match("^%s*,()", from)
      if not comma then
        if not line:find("^%s*$", from) then
          raise("%s: a comma is expected after the quoted text", place)
        end
        return cells, in_quotes
      end
      position = comma
    else
      local comma = line:find(",", position, true)
      cells[#cells + 1] = line:sub(position, comma and comma - 1):match "^%s*(.-)%s*$"
      if not comma then return cells, in_quotes end
      position = comma + 1
    end
  end
end

local Table = { __name = "vitrum.CsvTable" }

Table.__index = function(self, key)
  return rawget(self, "columns")[key]
end

Table.__len = function(self) return self.rows end

Table.__tostring = function(self)
  return session.plain(("csv %s: %d rows of %s"):format(self.path, self.rows,
                                                        table.concat(self.names, ", ")))
end

-- A column as an array when the module has arrays and every cell is a number.
local function finish_column(list, texts)
  if texts then return list end
  return require("vitrum").array(list)
end

local function add_header(result, cells, place)
  for i, cell in ipairs(cells) do
    local name, unit = cell:match "^(.-)%s*%[(.-)%]$"
    if not name or name == "" then name, unit = cell, nil end
    if name == "" then raise("%s: column %d has no name", place, i) end
    if result.units[name] ~= nil then
      raise("%s: the column name %s occurs twice", place, numbers.show(name))
    end
    result.names[i], result.units[name] = name, unit or "-"
  end
end

local function read(path)
  if type(path) ~= "string" then
    raise("csv.read: the file name must be a string, not %s", numbers.show(path))
  end
  local handle <close>, message = files.open(path)
  if not handle then raise("csv.read: cannot read %s", message) end
  local result = { path = path, names = {}, units = {}, comments = {}, columns = {}, rows = 0 }
  local lists, has_text, number = {}, {}, 0
  local line, problem
  while true do
    line, problem = handle:read "L"
    if not line then break end
    number = number + 1
    line = line:gsub("\r?\n$", "")
    if number == 1 then line = line:gsub("^\xEF\xBB\xBF", "") end
    local place = string.format("%s:%d", path, number)
    local comment = line:match "^%s*#%s?(.*)$"
    if comment then
      result.comments[#result.comments + 1] = comment
    elseif line:find "%S" then
      local cells, in_quotes = split(line, place)
      if #result.names == 0 then
        if tonumber(cells[1]) and not in_quotes[1] then
          raise("%s: the first line must name the columns, \"time [ps],...\"; it starts "
                     .. "with the number %s", place, cells[1])
        end
        add_header(result, cells, place)
        for i = 1, #cells do lists[i] = {} end
      else
        if #cells ~= #result.names then
          raise("%s: %d values, but %d columns are named", place, #cells, #result.names)
        end
        result.rows = result.rows + 1
        for i, cell in ipairs(cells) do
          local value = not in_quotes[i] and rows.number_of(cell)
          if value then value = value + 0.0 else value, has_text[i] = cell, true end
          lists[i][result.rows] = value
        end
      end
    end
  end
  if problem then raise("csv.read: cannot read %s: %s", path, problem) end
  if #result.names == 0 then
    raise("%s: no column names; the file is empty or holds only comments", path)
  end
  for i, name in ipairs(result.names) do
    result.columns[name] = finish_column(lists[i], has_text[i])
  end
  return setmetatable(result, Table)
end

--- Read a file that csv.create wrote, or any with one line of column names.
---@param path string
---@return table columns by name; .names, .units, .comments, .rows
csv.read = read

help.register_type("CsvWriter", WRITER)
help.document("CsvWriter:row", {
  signature = "writer:row(value, ...) -> writer",
  summary = "Add one row: as many numbers or texts as there are columns.",
  example = "out:row(s.time, s.temperature)",
})
help.document("CsvWriter:flush", {
  signature = "writer:flush() -> writer",
  summary = "Hand the rows so far to the operating system, so that others can read them.",
  example = "out:flush()",
})
help.document("CsvWriter:close", {
  signature = "writer:close()",
  summary = "Close the file; closing twice is legal, a variable with <close> does it by itself.",
  example = "out:close()",
})
help.document("csv.create", {
  terms = "write a table; spreadsheet; export data; Excel",
  see = "csv.read",
  signature = "vt.csv.create(path, columns, [provenance], [options]) -> writer",
  summary = "Start a file of comma-separated values. columns is a list of names with units; "
    .. "provenance, a table or a text, is written in front as comments. The writer has "
    .. "writer:row(...), writer:flush() and writer:close(); a run that is killed keeps its rows.",
  options = CREATE_OPTIONS,
  example = 'local out <close> = vt.csv.create("ramp.csv", {"time [ps]", "T [K]"}, {seed = 1})\n'
    .. "out:row(0.5, 1987.2)",
})
help.document("csv.read", {
  terms = "read a table; spreadsheet; columns of a file; Excel",
  see = "csv.create",
  signature = "vt.csv.read(path) -> table",
  summary = "Read comma-separated values with one line of column names. Columns are arrays under "
    .. "their names without unit (lists when they hold text); t.names, t.units, t.comments and "
    .. "#t say the rest. An empty cell is NaN, a cell in quotes is text.",
  example = 'local t = vt.csv.read "ramp.csv"\nvt.plot(t.time, t.T, { xlabel = "t (ps)" })',
})

require("vitrum").csv = csv

return csv
