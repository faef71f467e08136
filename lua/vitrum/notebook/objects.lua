-- Atoms, arrays and plain values of the session, saved to a folder and taken up again.
local files = require "vitrum.base.files"
local json = require "vitrum.base.json"
local options = require "vitrum.base.options"
local session = require "vitrum.session"
local system = require "vitrum.system"
local vt = require "vitrum"

local raise = options.raise

local objects = {}

local INDEX <const> = "session.json"

-- Values that JSON holds: numbers, texts, truth values.
local function is_plain(value)
  local kind = type(value)
  return kind == "number" or kind == "string" or kind == "boolean"
end

-- What is needed to find the potential of atoms again; nil for none. One without a file, such as
-- Lennard-Jones, is named only.
local function potential_of(atoms)
  local potential = atoms.potential
  if not potential then return nil end
  local file = potential.file
  return { name = potential.name, file = file ~= "" and file or nil, taper = potential.taper }
end

local function array_of(array)
  local shape, count = {}, 1
  for k, length in ipairs(array.shape) do
    shape[k] = length
    count = count * length
  end
  return { shape = shape, values = array:copy():reshape(count) }
end

-- What the index has of a variable of a kind; atoms have a file beside it.
local function entry_of(folder, name, value, kind)
  if kind == "values" then return value end
  if kind == "arrays" then
    local entry = array_of(value)
    json.encode(entry, name) -- raises here what would fail below
    return entry
  end
  local file = name .. ".data"
  value:save(folder .. "/" .. file, { overwrite = true })
  return { file = file, potential = potential_of(value) }
end

-- Why a variable of a kind that has no file is left: "a table".
local function kind_of(value)
  local name = options.type_of(value)
  name = name and name:match "^vitrum%.(%w+)$" or type(value)
  return (name:find "^[AEIOaeio]" and "an " or "a ") .. name
end

---Save what can be saved of some variables. Files of an earlier time in the folder are replaced.
---@param folder string
---@param variables table<string, any>
---@return string[] names of those that were saved, sorted
---@return string[] others those that were not, each with the reason
function objects.save(folder, variables)
  local index, names = { format = "vitrum session", version = vt.version, values = {}, arrays = {},
                         atoms = {} }, {}
  local others = {}
  for name, value in pairs(variables) do
    local kind = is_plain(value) and "values" or options.is(value, "Array") and "arrays"
      or options.is(value, "Atoms") and "atoms"
    if kind then
      -- One that cannot be saved must not take the others with it.
      local ok, entry = pcall(entry_of, folder, name, value, kind)
      if ok then
        index[kind][name], names[#names + 1] = entry, name
      else
        others[#others + 1] = ("%s (%s)"):format(name, entry)
      end
    else
      others[#others + 1] = ("%s (%s)"):format(name, kind_of(value))
    end
  end
  table.sort(names)
  table.sort(others)
  files.write(folder .. "/" .. INDEX, json.encode(index, "the session"),
    { overwrite = true, where = "session" })
  return names, others
end

local function is_index(value)
  if type(value) ~= "table" or value.format ~= "vitrum session" then return false end
  for _, part in ipairs { "values", "arrays", "atoms" } do
    if type(value[part]) ~= "table" then return false end
    for name in pairs(value[part]) do
      if type(name) ~= "string" or not name:find "^[%a_][%w_]*$" then return false end
    end
  end
  return true
end

local function set_potential(atoms, name, potential)
  if type(potential) ~= "table" then return end
  local file = type(potential.file) == "string" and potential.file
  local ok, found = false, nil
  if file then
    local taper = type(potential.taper) == "number" and potential.taper > 0 and potential.taper
    ok, found = pcall(vt.potential.eam, { file = file, taper = taper or nil })
  elseif type(potential.name) == "string" and not potential.name:find "^lj" then
    ok, found = pcall(vt.potential.kim, potential.name)
  end
  if ok then ok, found = pcall(function() atoms.potential = found end) end
  if not ok then
    session.warn(("the potential of %s, %s, is not set again: give it by hand"):format(name,
      session.plain(tostring(potential.name))))
  end
end

---Read what was saved.
---@param folder string
---@return table<string, any> variables
function objects.load(folder)
  local path = folder .. "/" .. INDEX
  local file <close> = files.open(path)
  if not file then
    raise("session.restore: there is no saved session in %s (no %s)", folder, INDEX)
  end
  local ok, index = pcall(json.decode, file:read "a", path)
  if not ok or not is_index(index) then
    raise("session.restore: %s is not that of a session%s", path, ok and "" or ": " .. index)
  end
  local variables = {}
  for name, value in pairs(index.values) do variables[name] = value end
  for name, entry in pairs(index.arrays) do
    local made
    ok, made = pcall(function() return entry.values:reshape(entry.shape) end)
    if not ok then raise("session.restore: the array %s in %s is damaged", name, path) end
    variables[name] = made
  end
  for name, entry in pairs(index.atoms) do
    if type(entry) ~= "table" or entry.file ~= name .. ".data" then
      raise("session.restore: the entry of %s in %s is damaged", name, path)
    end
    local atoms = vt.atoms.read(folder .. "/" .. entry.file)
    set_potential(atoms, name, entry.potential)
    variables[name] = atoms
  end
  return variables
end

---Make a folder to save to; raises when that cannot be.
---@param folder string
function objects.prepare(folder)
  local kind = system.kind(folder)
  if kind == "file" then raise("session.autosave: %s is a file; name a folder", folder) end
  if kind ~= "folder" then
    local ok, message = system.make_folder(folder)
    if not ok then raise("session.autosave: %s", message) end
  end
  local ok, message = system.can_write(folder .. "/" .. INDEX, true)
  if not ok then raise("session.autosave: %s", message) end
end

return objects
