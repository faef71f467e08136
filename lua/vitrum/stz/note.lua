-- The test that a lattice is in, read back with care from the note of a checkpoint.

local json = require "vitrum.base.json"

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
  seen = function(value) return value == nil or math.type(value) == "integer" and value >= 0 end,
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
local function read_note(note, width)
  local ok, job = pcall(json.decode, note, "note")
  if not ok or type(job) ~= "table" or not are_rows(job.rows, width) then return nil end
  for name, check in pairs(FIELDS) do
    if not check(job[name]) then return nil end
  end
  return job
end

return read_note
