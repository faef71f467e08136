-- Files of potentials in the folders where they are sought, with the species in them: what
-- completion offers inside quotes.
local system = require "vitrum.system"
local vt = require "vitrum"

local files = {}

local MOST <const> = 400 -- files of a folder that are looked into

-- Species in the fourth line of a setfl file, "2 Cu Zr"; a funcfl file holds the one of its name.
local function species_of(path, name)
  if name:find "%.gz$" then return nil end
  local file <close> = io.open(path, "rb")
  if not file then return nil end
  local head = file:read(2000) or ""
  local count, symbols = head:match "^[^\n]*\n[^\n]*\n[^\n]*\n%s*(%d+)%s+([%a%s]-)%s*\n"
  local _, words = (symbols or ""):gsub("%a+", "")
  if count and words == tonumber(count) then return (symbols:gsub("%s+", " ")) end
  return name:match "^(%u%l?)[_.%d]"
end

local known = {} -- labels by path: files of potentials do not change while one looks for them

local function label_of(path, name)
  if known[path] == nil then
    local species = species_of(path, name)
    known[path] = species and ("%s  (%s)"):format(name, species) or name
  end
  return known[path]
end

local function is_potential(name)
  local plain = name:gsub("%.gz$", "")
  return plain:find "%.eam$" or plain:find "%.eam%.%w+$" or plain:find "%.setfl$"
    or plain:find "%.funcfl$"
end

---Files that vt.potential.eam finds by their name alone.
---@param word string how they begin
---@return table<string, boolean> names
---@return table<string, string> labels names with the species
function files.list(word)
  local names, labels = {}, {}
  local folders = vt.potential.path()
  table.insert(folders, 1, ".")
  for _, folder in ipairs(folders) do
    local count = 0
    for _, name in ipairs(system.list(folder) or {}) do
      local fits = name:sub(1, #word) == word and is_potential(name)
      if fits and not names[name] and count < MOST then
        count = count + 1
        names[name], labels[name] = true, label_of(folder .. "/" .. name, name)
      end
    end
  end
  return names, labels
end

return files
