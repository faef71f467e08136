-- A campaign of searches in a store: which searches are still to be done, and where events go.

local core = require "vitrum.store_core"
local events = require "vitrum.art.events"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local system = require "vitrum.system"

local raise <const> = options.raise

local campaign = {}

local Campaign = {} -- methods
local CAMPAIGN <const> = { __index = Campaign }

---Options of vt.art that say where events go.
campaign.OPTIONS = {
  { name = "store", kind = "file", help = "database for the events, taken up where it is: searches "
      .. "that are in it are not done again; several processes may fill one" },
  { name = "share", kind = "{ low, high }", help = "{ 2, 8 }: do the second of eight shares of all "
      .. "searches, in a store of its own (events.2of8.db); for machines that share no disk but "
      .. "that of a network. vt.art.merge joins the stores" },
}

-- Those that do not change what a search finds.
local FREE <const> = { store = true, share = true, searches = true }

local PAUSE <const> = 0.1 -- between two looks whether others have finished [s]

local function share_of(where, given)
  if given == nil then return 1, 1 end
  local list = numbers.list(given, where .. ": option 'share'")
  local part, parts = math.tointeger(list[1]), math.tointeger(list[2])
  if #list ~= 2 or not part or not parts or part < 1 or part > parts or parts > 100000 then
    raise("%s: option 'share' must be { part, parts }, as { 2, 8 } for the second of eight", where)
  end
  return part, parts
end

local function text_of(value)
  if type(value) == "number" then return numbers.text(value) end
  if options.is(value, "Array") then value = value:totable() end
  if type(value) ~= "table" then return tostring(value) end
  local list = {}
  for k, entry in ipairs(value) do list[k] = numbers.text(entry) end
  return table.concat(list, " ")
end

-- What makes a campaign, as names and values: potential and options.
local function facts_of(atoms, o)
  local potential, names = atoms.potential, {}
  local file = potential.file and potential.file:match "[^/]+$"
  local list = { "potential", file or tostring(potential), "potential_sha256", potential.sha256 }
  for name in pairs(o) do
    if not FREE[name] then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    list[#list + 1], list[#list + 2] = "option " .. name, text_of(o[name])
  end
  return list
end

---Make the store of a campaign, or take it up.
---@param where string
---@param atoms vitrum.Atoms with a potential
---@param o table options of the searches
---@return table
function campaign.open(where, atoms, o)
  local part, parts = share_of(where, o.share)
  local path = o.store
  if parts > 1 then
    local stem, extension = path:match "^(.*[^/])(%.[^./]*)$"
    path = ("%s.%dof%d%s"):format(stem or path, part, parts, extension or "")
  end
  local store = core.create(path, atoms, facts_of(atoms, o), part, parts)
  system.note_wrote(path)
  return setmetatable({ store = store, path = path, ahead = {} }, CAMPAIGN)
end

---What is to be done from now on.
---@param centers integer[]
---@param searches integer of each
---@return integer left
function Campaign:plan(centers, searches)
  self.ahead, self.state = {}, nil
  return core.plan(self.store, centers, searches)
end

---The next search that this process shall do; nil when there is none now.
---@param most integer to reserve at once
---@return integer? atom
---@return integer? number
function Campaign:next(most)
  local ahead = self.ahead
  if #ahead == 0 then
    local claimed, state = core.claim(self.store, most)
    self.state = state
    for k = #claimed - 1, 1, -2 do -- the first one last
      ahead[#ahead + 1] = { claimed[k], claimed[k + 1] }
    end
  end
  local search = table.remove(ahead)
  if search then return search[1], search[2] end
end

---Whether to ask again: others are at work with what is left. Waits for a moment then.
---@return boolean
function Campaign:waits()
  if self.state == "done" then return false end
  core.pause(PAUSE)
  return true
end

---Keep an event.
---@param event table
function Campaign:add(event) core.add(self.store, event) end

---The events that are in the store now.
---@return vitrum.Events
function Campaign:events()
  local snapshot = self.snapshot
  local keys = core.keys(self.store)
  if not snapshot or #snapshot.keys ~= #keys then
    snapshot = events.all(self.store, self.path)
    self.snapshot = snapshot
  end
  return snapshot
end

---Write everything down; the store can be used no more.
function Campaign:close() core.close(self.store) end

return campaign
