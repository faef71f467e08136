-- The folder of a study: study.json says what the study is, NAME.json holds the result of a member,
-- NAME.log what it printed, NAME/ what it wrote. A result appears whole or not at all, and each
-- process writes its own, so whatever is killed at whatever instant, the same command goes on.

local json = require "vitrum.base.json"
local options = require "vitrum.base.options"
local parameters = require "vitrum.protocol.parameters"
local provenance = require "vitrum.protocol.provenance"
local system = require "vitrum.system"

local refuse <const> = options.refuse

local state = {}

local STATE <const> = "study.json"

---Files of the study besides those of its members.
state.FILES = { STATE, "study.csv", "members.csv", "report.html" }

-- ---------------------------------------------------------------- names ----

---Names for folders and files, one for each text: letters, digits and . + - _ alone.
---@param texts string[]
---@return string[]
function state.file_names(texts)
  local names, seen = {}, {}
  for k, text in ipairs(texts) do
    local plain = text:gsub("[^%w.+_-]+", "-"):gsub("^[.-]+", ""):gsub("-+$", "")
    if plain == "" then plain = "case" end
    local name, count = plain, 1
    while seen[name] do
      count = count + 1
      name = ("%s-%d"):format(plain, count)
    end
    names[k], seen[name] = name, true
  end
  return names
end

-- ---------------------------------------------------------------- reading ----

local function read_json(path)
  local file <close> = io.open(path, "rb")
  if not file then return nil end
  local ok, value = pcall(json.decode, file:read "a", path)
  if ok and type(value) == "table" and value.program == "vitrum" then return value end
  refuse("%s is not a file of a vitrum study%s; choose another folder with out=, or remove the "
    .. "file", path, ok and "" or (" (%s)"):format(value))
end

local function is_case(case)
  return type(case) == "table" and type(case.name) == "string" and type(case.parameters) == "table"
end

-- What is wrong with a study.json that was changed; nil when nothing is.
local function fault(old)
  for _, name in ipairs { "study", "work", "started" } do
    if type(old[name]) ~= "string" then return ("its entry '%s' is not a text"):format(name) end
  end
  for _, name in ipairs { "cases", "seeds", "members" } do
    if type(old[name]) ~= "table" then return ("its entry '%s' is not a list"):format(name) end
  end
  for _, case in ipairs(old.cases) do
    if not is_case(case) then return "a case in it has no name or no parameters" end
  end
  for _, member in ipairs(old.members) do
    if type(member) ~= "table" or type(member.name) ~= "string" or member.name:find "[/%c]"
      or member.name:find "^%.*$" then
      return "a member in it has no name, or one that leads out of the folder"
    end
  end
end

local function read_state(folder)
  local old = read_json(folder .. "/" .. STATE)
  local problem = old and fault(old)
  if problem then
    refuse("%s/%s is not the state of a vitrum study (%s); choose another folder with out=, or "
      .. "remove the file", folder, STATE, problem)
  end
  return old
end

-- ---------------------------------------------------------------- same study or not ----

---A value of a case in words.
---@param value any
---@return string
function state.show(value)
  if value == nil then return "not given" end
  if type(value) == "number" then return parameters.number_text(value) end
  if type(value) ~= "table" then return tostring(value) end
  return (json.encode(value):gsub("%s+", " "):gsub(" $", ""))
end

-- In words: how two tables of parameters differ; nil when they do not.
local function differing(old, new)
  local names, parts = {}, {}
  for name in pairs(old) do names[#names + 1] = name end
  for name in pairs(new) do
    if old[name] == nil then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local there, now = state.show(old[name]), state.show(new[name])
    if there ~= now then
      parts[#parts + 1] = ("%s is %s there and %s now"):format(name, there, now)
    end
  end
  return #parts > 0 and table.concat(parts, "; ") or nil
end

local function named(list)
  local map = {}
  for _, entry in ipairs(list) do map[entry.name] = entry end
  return map
end

-- Whether a member left anything.
local function leaves_something(folder, member)
  return system.kind(("%s/%s.json"):format(folder, member.name)) == "file"
    or system.kind(("%s/%s"):format(folder, member.name)) == "folder"
end

-- In words: why the members in the folder are not those of `new`; nil when they are.
local function difference(folder, old, new)
  if old.work ~= new.work then
    return ("it runs %s there and %s now"):format(old.work, new.work)
  end
  local cases, seeds = named(new.cases), {}
  for _, seed in ipairs(new.seeds) do seeds[seed] = true end
  local before = named(old.cases)
  for _, member in ipairs(old.members) do
    if leaves_something(folder, member) then
      local case, was = cases[member.case], before[member.case]
      if not case then return ("the case '%s' is there but not among those now")
        :format(member.case) end
      if not seeds[member.seed] then
        return ("the seed %s is there but not among those now"):format(state.show(member.seed))
      end
      local what = was and differing(was.parameters, case.parameters)
      if what then return ("in the case '%s' %s"):format(member.case, what) end
    end
  end
end

-- ---------------------------------------------------------------- the folder ----

local function foreign(folder)
  local own, found = {}, {}
  for _, name in ipairs(state.FILES) do own[name] = true end
  for _, name in ipairs(system.list(folder) or {}) do
    -- A study that was killed as it began may have left a part of its first file.
    if not own[name:gsub("%.tmp%-%d+%-?%d*$", "")] then found[#found + 1] = name end
  end
  table.sort(found)
  return found
end

-- Remove a file, or a folder with all that is in it; a link is removed, not followed.
local function remove(path)
  if not system.is_link(path) and system.kind(path) == "folder" then
    for _, name in ipairs(system.list(path) or {}) do remove(path .. "/" .. name) end
  end
  os.remove(path)
end

local function remove_all(folder, old)
  for _, name in ipairs(state.FILES) do os.remove(folder .. "/" .. name) end
  for _, member in ipairs(old.members) do
    for _, ending in ipairs { "", ".json", ".log" } do
      remove(("%s/%s%s"):format(folder, member.name, ending))
    end
  end
end

-- Check that the study in the folder can go on; raises if not.
local function settle(folder, new, overwrite)
  local old = read_state(folder)
  if overwrite then
    if old then remove_all(folder, old) end
  elseif old then
    local what = difference(folder, old, new)
    if what then
      refuse("the folder %s holds a study that differs: %s. Choose another folder with out=, go on "
        .. "with the same cases and parameters, or replace it with overwrite=true", folder, what)
    end
    new.started = old.started
  else
    local others = foreign(folder)
    if #others > 0 then
      refuse("the folder %s holds files that this study did not write (%s%s); choose another "
        .. "folder with out=, or overwrite=true to write beside them", folder,
        table.concat(others, ", ", 1, math.min(#others, 3)), #others > 3 and ", ..." or "")
    end
  end
end

---Open the folder of a study: a new one, or one to go on with.
---@param folder string
---@param new table work, script, cases, seeds, members of the study
---@param overwrite boolean?
---@return vitrum.system.Lock
function state.open(folder, new, overwrite)
  local kind = system.kind(folder)
  if kind and kind ~= "folder" then
    refuse("%s is a file, not a folder; choose another folder with out=", folder)
  end
  local ok, message = system.make_folder(folder)
  if not ok then refuse("%s; choose another folder with out=", message) end
  local lock
  lock, message = system.lock(folder)
  if not lock then
    refuse("%s; this study, or a process that it started, is at work there: wait for it, or choose "
      .. "another folder with out=", message)
  end
  ok, message = pcall(settle, folder, new, overwrite)
  if ok then return lock end
  lock:close()
  error(message, 0)
end

---Put the state of the study on the disk.
---@param folder string
---@param study table
function state.save(folder, study)
  local ok, message = system.write(folder .. "/" .. STATE, json.encode(study, STATE))
  if not ok then refuse("%s", message) end
end

---Remove a study if none of its members left anything, as after a mistake that affects all of them:
---it must not stand in the way of the corrected command.
---@param folder string
---@param study table
function state.discard(folder, study)
  for _, member in ipairs(study.members) do
    if leaves_something(folder, member) then return end
    os.remove(("%s/%s.log"):format(folder, member.name))
  end
  os.remove(folder .. "/" .. STATE)
  os.remove(folder) -- fails, as it should, when something else is in it
end

---The result that a member left, nil when it has none.
---@param path string of its file
---@return table?
function state.result(path)
  local kept = read_json(path)
  if kept and type(kept.result) ~= "table" then
    refuse("%s holds no result; remove it, and the member runs again", path)
  end
  return kept
end

---Now, as study.json has it.
state.date = provenance.date

return state
