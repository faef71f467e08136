-- The folder of a run as an earlier process left it: its state in run.json, read with distrust,
-- which files are its own, and whether a command asks for a new run or for that one.

local json = require "vitrum.base.json"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local parameters = require "vitrum.protocol.parameters"
local system = require "vitrum.system"

local refuse <const> = options.refuse

local folder = { STATE = "run.json", LOG = "log.txt" }

local STATE <const>, LOG <const> = folder.STATE, folder.LOG

-- One unfinished run is told from another by these entries of run.json.
local IDENTITY <const> = { { "version", "program version" },
                           { "script_sha256", "SHA-256 of the script" } }

local function read_text(path)
  local file <close> = io.open(path, "rb")
  return file and file:read "a"
end

---Whether `name` is that of a file in a folder itself: it leads nowhere else.
---@param name any
---@return boolean
function folder.is_plain(name)
  return type(name) == "string" and name ~= "" and name ~= "." and name ~= ".."
    and not name:find "[/%c]"
end

-- What may stand in run.json. Everything in it is used, some of it to remove files: a file that
-- was changed must not lead out of the folder or stop the program with an error of its own.
local ENTRIES <const> = {
  program = "string", version = "string", simd = "string", protocol = "string", script = "string",
  script_sha256 = "string", started = "string", status = "string", parameters = "table",
  inputs = "table", files = "table", stages = "table", results = "table", seconds = "number",
}
-- Runs of before lack these.
local ADDED <const> = { records = "table", trajectories = "table", writers = "table",
                        work_sha256 = "string", report = "string" }

-- What is wrong with the state of a run; nil when nothing is.
local function fault(state)
  if type(state) ~= "table" or state.program ~= "vitrum" then
    return "it does not say program: vitrum"
  end
  for name, kind in pairs(ENTRIES) do
    if type(state[name]) ~= kind then return ("its entry '%s' is not a %s"):format(name, kind) end
  end
  for _, name in ipairs(state.files) do
    if not folder.is_plain(name) then
      return ("it names the file %s, which is not in its own folder"):format(numbers.show(name))
    end
  end
  for name, kind in pairs(ADDED) do
    if state[name] == nil then state[name] = kind == "table" and {} or "none" end
    if type(state[name]) ~= kind then return ("its entry '%s' is not a %s"):format(name, kind) end
  end
  for _, mark in pairs(state.records) do
    if type(mark) ~= "table" or math.type(mark.rows) ~= "integer" or mark.rows < 0
      or (mark.rows > 0) ~= (type(mark.last) == "number") then
      return "it does not count the rows of a record"
    end
  end
  for name, sum in pairs(state.inputs) do
    if type(name) ~= "string" or type(sum) ~= "string" then return "its inputs lack checksums" end
  end
  for _, list in ipairs { state.stages, state.results } do
    for _, entry in ipairs(list) do
      if type(entry) ~= "table" or type(entry.name) ~= "string" then
        return "a stage or result in it has no name"
      end
    end
  end
  for _, stage in ipairs(state.stages) do
    if type(stage.result) ~= "table" then return "a stage in it has no result" end
  end
  local potential = state.potential
  if potential ~= nil and (type(potential) ~= "table" or type(potential.file) ~= "string"
      or type(potential.sha256) ~= "string") then
    return "its potential has no file and checksum"
  end
  if state.returned ~= nil and type(state.returned) ~= "table" then
    return "what the protocol returned is not a table"
  end
  if state.status == "finished" and type(state.finished) ~= "string" then
    return "it does not say when it was finished"
  end
end

-- The state of the run that the folder holds: nil when it holds none.
local function read_state(where)
  local path = where .. "/" .. STATE
  local text = read_text(path)
  if not text then return nil end
  local ok, state = pcall(json.decode, text, path)
  local problem = ok and fault(state) or not ok and state
  if problem then
    refuse("%s is not the state of a vitrum run (%s); choose another folder with out=, or remove "
      .. "the file", path, problem)
  end
  return state
end

-- The name that a temporary file was meant to get: "x" of "x.tmp-PID" and "x.tmp-PID-2".
local function target_of(name)
  return name:match "^(.+)%.tmp%-%d+$" or name:match "^(.+)%.tmp%-%d+%-%d+$"
end

local function known_names(state)
  local known = { [STATE] = true, [LOG] = true }
  for _, name in ipairs(state and state.files or {}) do known[name] = true end
  return known
end

-- Names in the folder that neither the run nor the framework wrote.
local function foreign(where)
  local known, found = known_names(nil), {}
  for _, name in ipairs(system.list(where) or {}) do
    if not known[name] and not known[target_of(name)] then found[#found + 1] = name end
  end
  table.sort(found)
  return found
end

---Remove a file of the run; a folder of that name is none.
---@param where string
---@param name string
function folder.remove(where, name)
  local path = where .. "/" .. name
  if folder.is_plain(name) and system.kind(path) ~= "folder" then os.remove(path) end
end

---Remove what an earlier process was writing when it was killed.
---@param where string
---@param state table?
function folder.remove_temporaries(where, state)
  local known = known_names(state)
  for _, name in ipairs(system.list(where) or {}) do
    if known[target_of(name)] then folder.remove(where, name) end
  end
end

---Remove all that the run wrote except its state.
---@param where string
---@param state table
function folder.remove_all(where, state)
  for _, name in ipairs(state.files) do folder.remove(where, name) end
  folder.remove(where, LOG)
end

-- ---------------------------------------------------------------- same run or not ----

local function text_of(list, name, value)
  for _, parameter in ipairs(list) do
    if parameter.name == name then return parameters.text(parameter, value) end
  end
  return tostring(value)
end

-- In words: how the run described by `old` differs from `new`; nil when it does not.
local function difference(old, new, list, strict)
  if old.protocol ~= new.protocol then
    return ("protocol is %s there and %s now"):format(old.protocol, new.protocol)
  end
  local names, seen = {}, {}
  for _, side in ipairs { old.parameters, new.parameters } do
    for name in pairs(side) do
      if not seen[name] then names[#names + 1], seen[name] = name, true end
    end
  end
  table.sort(names)
  local parts = {}
  for _, name in ipairs(names) do
    local there, now = old.parameters[name], new.parameters[name]
    if there ~= now then
      parts[#parts + 1] = ("%s is %s there and %s now"):format(name, text_of(list, name, there),
        text_of(list, name, now))
    elseif old.inputs[name] ~= new.inputs[name] then
      parts[#parts + 1] = ("the content of %s (%s) has changed"):format(name, tostring(now))
    end
  end
  for _, entry in ipairs(strict and IDENTITY or {}) do
    if old[entry[1]] ~= new[entry[1]] then
      parts[#parts + 1] = ("%s is %s there and %s now"):format(entry[2], tostring(old[entry[1]]),
        tostring(new[entry[1]]))
    end
  end
  return #parts > 0 and table.concat(parts, "; ") or nil
end

-- What to do about a finished run of the same parameters, whose script may have changed since.
local function refuse_finished(where, old, new)
  if old.script_sha256 == new.script_sha256 then
    refuse("the folder %s holds this run, finished %s; choose another folder with out=, "
      .. "overwrite=true to run it again, or resume=true to see its results", where, old.finished)
  elseif old.work_sha256 == new.work_sha256 then
    refuse("the folder %s holds this run, finished %s, and only the report function of the script "
      .. "has changed since: report=true writes the report again from the same results", where,
      old.finished)
  end
  refuse("the folder %s holds this run, finished %s, and the script has changed since, not only in "
    .. "its report function: overwrite=true runs it again; report=true only writes the report of "
    .. "the old results again, resume=true shows them", where, old.finished)
end

---Decide between a new run, for which it returns nil, and going on with the one in the folder.
---@param where string
---@param values table<string, any> resume, overwrite, report and dry of the command; a dry one
---removes nothing
---@param new table the state of a new run
---@param list vitrum.Parameter[]
---@return table? state of the run to go on with
function folder.choose(where, values, new, list)
  local old = read_state(where)
  if values.overwrite and not values.report then
    if values.dry then return nil end
    folder.remove_temporaries(where, old)
    if old then folder.remove_all(where, old) end
    return nil
  end
  if values.report and (not old or old.status ~= "finished") then
    refuse("report=true writes the report of a finished run again, but the folder %s holds %s; "
      .. "leave it out", where, old and "an unfinished one" or "none")
  end
  if not old then
    local others = foreign(where)
    if #others > 0 then
      refuse("the folder %s holds files that this protocol did not write (%s%s); choose another "
        .. "folder with out=, or overwrite=true to write beside them", where,
        table.concat(others, ", ", 1, math.min(#others, 3)), #others > 3 and ", ..." or "")
    end
    if values.resume then
      refuse("there is no run to resume in %s; leave out resume=true to start one", where)
    end
    return nil
  end
  local finished = old.status == "finished"
  if values.resume == false then
    refuse("the folder %s holds a run (%s, started %s); choose another folder with out=, or "
      .. "overwrite=true to replace it", where, old.status, old.started)
  end
  local what = difference(old, new, list, not values.resume and not finished)
  if what then
    refuse("the folder %s holds %s run that differs: %s. Choose another folder with out=, give "
      .. "the same parameters to go on, or overwrite=true to replace it%s", where,
      finished and "a finished" or "an unfinished", what,
      difference(old, new, list, false) and "" or "; resume=true goes on anyway")
  end
  if finished and old.report ~= "due" and not values.resume and not values.report then
    refuse_finished(where, old, new)
  end
  return old
end

return folder
