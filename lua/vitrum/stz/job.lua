-- The test that a lattice is in, as a checkpoint holds it: read back with care, and the files that
-- it names taken up only where they are shown to be its own.

local json = require "vitrum.base.json"
local numbers = require "vitrum.base.numbers"
local raise = require("vitrum.base.options").raise
local system = require "vitrum.system"

local stz_job = {}

local function is_positive(value)
  return type(value) == "number" and value > 0 and value < math.huge
end

local function optional(kind)
  return function(value) return value == nil or type(value) == kind end
end

local function optional_number(value)
  return value == nil or type(value) == "number" and value == value
end

local text <const>, switch <const> = optional "string", optional "boolean"

local FIELDS <const> = {
  every = is_positive, checkpoint_every = is_positive, strain = optional_number,
  plastic = optional_number, origin = optional_number, csv = text, checkpoint = text,
  pictures = text, movie = text, provenance = text, overwrite = switch, reached = switch,
  finished = switch, replaced = switch,
  field = function(value) return type(value) == "string" end,
  zrange = function(value)
    return value == nil or type(value) == "table" and #value == 2
      and type(value[1]) == "number" and type(value[2]) == "number" and value[1] < value[2]
  end,
}

local function are_rows(rows, width)
  if type(rows) ~= "table" then return false end
  for _, row in ipairs(rows) do
    if type(row) ~= "table" or #row ~= width then return false end
    for _, value in ipairs(row) do
      if type(value) ~= "number" then return false end
    end
  end
  return true
end

---The test in the note of a checkpoint; nil when the note is another text.
---@param note string
---@param width integer numbers in a row
---@return table?
function stz_job.read(note, width)
  local ok, job = pcall(json.decode, note, "note")
  if not ok or type(job) ~= "table" or not are_rows(job.rows, width) then return nil end
  for name, check in pairs(FIELDS) do
    if not check(job[name]) then return nil end
  end
  return job
end

-- The file in the folder of `restored` that has the last part of the name `stored`.
local function beside(restored, stored)
  return (restored:match "^(.*/)[^/]*$" or "") .. stored:match "[^/]*$"
end

-- Whether the table at `path` begins with these rows; before the first one, whether it holds none
-- or goes on with `current`.
local function holds(path, names, rows, current)
  if system.kind(path) ~= "file" then return false end
  local expected = { table.concat(names, ",") }
  for k, row in ipairs(#rows > 0 and rows or { current }) do
    local cells = {}
    for i, value in ipairs(row) do cells[i] = numbers.text(value) end
    expected[k + 1] = table.concat(cells, ",")
  end
  local k = 0
  for line in io.lines(path) do
    if line:sub(1, 1) ~= "#" then
      k = k + 1
      if line ~= expected[k] then return false end
      if k == #expected then return true end
    end
  end
  return k == 1 and #rows == 0
end

local function same_file(one, other)
  local path = system.absolute(one)
  return path ~= nil and path == system.absolute(other)
end

---The files that a resumed test writes: those given, else those of the test. Of a test out of a
---checkpoint they count as its own where they lie beside it and show it, and raise where not.
---@param where string
---@param job table
---@param given table<string, string|false>
---@param restored string? the checkpoint
---@param names string[] of the columns
---@param current number[] the row of the lattice as it is
---@return table<string, string?>
function stz_job.outputs(where, job, given, restored, names, current)
  local paths = {}
  for _, name in ipairs { "csv", "checkpoint", "pictures", "movie" } do
    local stored = job[name]
    if given[name] ~= nil then
      paths[name] = given[name] or nil
    elseif stored and restored then
      local path = beside(restored, stored)
      local own = name == "csv" and holds(path, names, job.rows, current)
        or name == "checkpoint" and same_file(path, restored)
      if not own then
        raise("%s: the test in %s wrote its %s to '%s', which nothing shows to be its own beside "
          .. "the checkpoint, so this name is not taken from it. Give a name, lat:resume{ %s = "
          .. "\"...\" }, or %s = false to go on without", where, restored, name, stored, name, name)
      end
      paths[name] = path
    else
      paths[name] = stored
    end
  end
  if not paths.pictures then paths.movie = nil end
  return paths
end

return stz_job
