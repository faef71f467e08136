-- Events of a store, or some of them: columns, one event after the other, configurations.

local core = require "vitrum.store_core"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local vt = require "vitrum"

local raise <const> = options.raise

local events = {}

local Events = {} -- methods
local EVENTS <const> = { __name = "vitrum.Events", __index = Events }

local KEY_FACTOR <const> = 1000000 -- key = factor x center + search

-- Columns of numbers, by what unit they are in.
local UNIT <const> = { barrier = "eV", reverse_barrier = "eV", curvature = "eV/A^2", force = "eV/A",
                       seconds = "s" }
local SHAPES <const> = { distance = "A", largest = "A", participation = "-", aligned = "-" }
local IS_COLUMN <const> = {}
for _, name in ipairs(core.columns) do IS_COLUMN[name] = true end

-- ---------------------------------------------------------------- events ----

local EVENT <const> = { __name = "vitrum.Event" }

-- Displacements are read when they are asked for.
function EVENT.__index(self, name)
  if name ~= "saddle" and name ~= "final" then return nil end
  local source = rawget(self, "source")
  local atoms, displacement = core.displacements(source.store, self.key, name == "final")
  if not atoms then return nil end
  local found = { atoms = atoms, displacement = displacement }
  rawset(self, name, found)
  return found
end

EVENT.__tostring = function(self)
  local text = ("search %d of atom %d: %s"):format(self.search, self.center, self.reason)
  if self.barrier == self.barrier then
    text = ("%s, barrier %.4f eV"):format(text, self.barrier)
    if self.moved == self.moved then text = ("%s, %d atoms moved"):format(text, self.moved) end
  end
  return text
end

local function whole(value) return math.tointeger(value) or value end

-- ---------------------------------------------------------------- making ----

---@class vitrum.Events
---@field store userdata
---@field keys vitrum.Array
---@field whole vitrum.Events? that these are some of
---@field places vitrum.Array? of these among those

---All events that are in a store now.
---@param store userdata
---@param path string
---@return vitrum.Events
function events.all(store, path)
  return setmetatable({ store = store, path = path, keys = core.keys(store), columns = {} }, EVENTS)
end

-- Those with a mask that is not 0.
local function some(self, mask)
  local places = mask:find()
  return setmetatable({ store = self.store, path = self.path, whole = self, places = places,
                        keys = self.keys[places], columns = {}, facts = self.facts,
                        sample = self.sample }, EVENTS)
end

EVENTS.__len = function(self) return #self.keys end

EVENTS.__tostring = function(self)
  local connected = #self > 0 and self:column("connected"):sum() or 0
  return ("%d searches in %s, %d connected"):format(#self, self.path, connected)
end

-- ---------------------------------------------------------------- columns ----

local function reasons_of(self)
  if not self.codes then
    if self.whole then
      local codes, names = reasons_of(self.whole)
      self.codes, self.names = codes[self.places], names
    else
      self.codes, self.names = core.reasons(self.store, self.keys)
    end
  end
  return self.codes, self.names
end

events.reasons_of = reasons_of

---Displacements of all events in numbers: distance, largest, moved, participation, aligned.
---@param self vitrum.Events
---@param final boolean to the final minimum, not the saddle
---@param threshold number [A]
---@return table<string, vitrum.Array>
function events.shapes_of(self, final, threshold)
  local name = ("%s %.17g"):format(final and "final" or "saddle", threshold)
  self.shapes = self.shapes or {}
  if not self.shapes[name] then
    if self.whole and self.whole.shapes and self.whole.shapes[name] then
      local picked = {}
      for key, values in pairs(self.whole.shapes[name]) do picked[key] = values[self.places] end
      self.shapes[name] = picked
    else
      self.shapes[name] = core.shapes(self.store, self.keys, final, threshold)
    end
  end
  return self.shapes[name]
end

local function known_columns()
  local list = table.move(core.columns, 1, #core.columns, 1, {})
  list[#list + 1] = "reason"
  for name in pairs(SHAPES) do list[#list + 1] = name end
  table.sort(list)
  return list
end

---A column of the events.
---@param name string "barrier"
---@return vitrum.Array|string[]
function Events:column(name)
  options.argument("Events:column", "the column", "string", name)
  if name == "reason" then
    local codes, names = reasons_of(self)
    local list = codes:totable()
    for k, code in ipairs(list) do list[k] = names[code] end
    return list
  end
  if SHAPES[name] then return events.shapes_of(self, name == "aligned", 0.1)[name] end
  if not IS_COLUMN[name] then
    local list = known_columns()
    local near = require("vitrum.session").nearest(name, list)
    raise("Events:column: no column '%s'; %s", name, near and ("did you mean '%s'?"):format(near)
      or "there are " .. table.concat(list, ", "))
  end
  if not self.columns[name] then
    self.columns[name] = self.whole and self.whole:column(name)[self.places]
      or core.column(self.store, self.keys, name)
  end
  return self.columns[name]
end

-- ---------------------------------------------------------------- selections ----

events.FILTER = {
  { name = "connected", kind = "boolean", help = "whether the saddle leads back to the start" },
  { name = "reason", kind = "name or list", help = "why the search ended: \"connected\", "
      .. "\"elsewhere\", \"lost\", \"step limit\", \"energy limit\", \"returned\"" },
  { name = "center", kind = "value", help = "atoms, one or a list, that the searches began at" },
  { name = "species", kind = "name or list", help = "of these atoms" },
  { name = "barrier", kind = "{ low, high }", unit = "eV", help = "at least, and below" },
  { name = "search", kind = "{ low, high }", help = "numbers of the searches of an atom, both "
      .. "included" },
}

local function range_of(where, name, value)
  local list = numbers.list(value, ("%s: option '%s'"):format(where, name))
  if #list ~= 2 or list[1] > list[2] or list[1] ~= list[1] or list[2] ~= list[2] then
    raise("%s: option '%s' must be { low, high }, the smaller one first", where, name)
  end
  return list[1], list[2]
end

-- A mask by atom of those in a list of numbers.
local function atoms_mask(self, where, given)
  local list = numbers.list(type(given) == "number" and { given } or given,
    where .. ": option 'center'")
  local count = #self:atoms()
  local mask = vt.array.zeros(count, { dtype = "int32" })
  for _, atom in ipairs(list) do
    if not (math.tointeger(atom) and atom >= 1 and atom <= count) then
      raise("%s: option 'center' names atom %g, but atoms are numbered 1 to %d", where, atom, count)
    end
    mask[math.tointeger(atom)] = 1
  end
  return mask
end

local function names_of(where, name, given)
  local list = type(given) == "table" and given or { given }
  for _, text in ipairs(list) do
    if type(text) ~= "string" then
      raise("%s: option '%s' must be a name or a list of names, got %s", where, name,
        numbers.show(text))
    end
  end
  if #list == 0 then raise("%s: option '%s' is an empty list", where, name) end
  return list
end

---By atom whether it is of one of the species.
local function species_mask(self, where, given)
  local atoms, mask, known = self:atoms(), nil, {}
  local types = atoms:types()
  for _, name in ipairs(names_of(where, "species", given)) do
    local there = false
    for _, species in ipairs(atoms:species()) do
      known[species.symbol] = true
      if species.symbol == name then
        for _, number in ipairs(species.types) do
          local one = types:eq(number)
          mask, there = mask and (mask | one) or one, true
        end
      end
    end
    if not there then
      local list = {}
      for symbol in pairs(known) do list[#list + 1] = symbol end
      table.sort(list)
      raise("%s: option 'species' names %s, but the species are %s", where, name,
        table.concat(list, ", "))
    end
  end
  return mask
end

events.species_mask = species_mask

local function reason_mask(self, where, given)
  local codes, names = reasons_of(self)
  local mask = vt.array.zeros(#self, { dtype = "int32" })
  for _, name in ipairs(names_of(where, "reason", given)) do
    for code, known in ipairs(names) do
      if known == name then mask = mask | codes:eq(code) end
    end
  end
  return mask
end

---Some of the events.
---@param given table
---@return vitrum.Events
function Events:select(given)
  local where = "Events:select"
  local o = options.check(where, events.FILTER, given)
  local mask = vt.array.ones(#self, { dtype = "int32" })
  if #self == 0 then return some(self, mask) end
  local center = self:column("center"):astype "int64"
  if o.connected ~= nil then
    mask = mask & self:column("connected"):eq(o.connected and 1 or 0)
  end
  if o.reason ~= nil then mask = mask & reason_mask(self, where, o.reason) end
  if o.center ~= nil then mask = mask & atoms_mask(self, where, o.center)[center] end
  if o.species ~= nil then mask = mask & species_mask(self, where, o.species)[center] end
  if o.barrier ~= nil then
    local low, high = range_of(where, "barrier", o.barrier)
    mask = mask & self:column("barrier"):ge(low) & self:column("barrier"):lt(high)
  end
  if o.search ~= nil then
    local low, high = range_of(where, "search", o.search)
    mask = mask & self:column("search"):ge(low) & self:column("search"):le(high)
  end
  return some(self, mask)
end

---Those with a mask that is not 0; for the other modules.
---@param self vitrum.Events
---@param mask vitrum.Array
---@return vitrum.Events
function events.some(self, mask) return some(self, mask) end

-- ---------------------------------------------------------------- one by one ----

-- The event at a place.
local function event_at(self, k, columns)
  local codes, names = reasons_of(self)
  local event = { source = self, key = self.keys[k], reason = names[codes[k]] }
  for name, values in pairs(columns) do event[name] = whole(values[k]) end
  event.connected = event.connected == 1
  return setmetatable(event, EVENT)
end

local function all_columns(self)
  local columns = {}
  for _, name in ipairs(core.columns) do columns[name] = self:column(name) end
  return columns
end

---Go through the events.
---@param given table?
---@return fun(): vitrum.Event?
function Events:events(given)
  local chosen = given == nil and self or self:select(given)
  local k, columns = 0, nil
  return function()
    k = k + 1
    if k > #chosen then return nil end
    columns = columns or all_columns(chosen)
    return event_at(chosen, k, columns)
  end
end

---One event.
---@param center integer
---@param search integer
---@return vitrum.Event?
function Events:event(center, search)
  options.argument("Events:event", "the atom", "count", center)
  options.argument("Events:event", "the search", "count", search)
  local places = self.keys:eq(KEY_FACTOR * math.tointeger(center) + math.tointeger(search))
    :find()
  if #places == 0 then return nil end
  return event_at(self, places[1], all_columns(self))
end

-- ---------------------------------------------------------------- atoms ----

---The atoms in the minimum that all searches began in.
---@return vitrum.Atoms
function Events:atoms()
  local root = self
  while root.whole do root = root.whole end
  if not root.sample then root.sample = core.atoms(root.store) end
  self.sample = root.sample
  return root.sample
end

---What the store says of its campaign: names and texts.
---@return table<string, string>
function Events:campaign()
  local facts = {}
  for name, value in core.facts(self.store):gmatch "(%Z+)%z(%Z*)%z" do facts[name] = value end
  return facts
end

local STATES <const> = { start = true, saddle = true, final = true }

---The atoms as they are in an event.
---@param event vitrum.Event
---@param state "start"|"saddle"|"final"
---@return vitrum.Atoms
function Events:configuration(event, state)
  local where = "Events:configuration"
  if getmetatable(event) ~= EVENT then
    raise("%s: the first argument must be an event, such as store:event(8055, 1) gives, not %s",
      where, numbers.show(event))
  end
  state = state or "saddle"
  if not STATES[state] then
    raise("%s: the state must be 'start', 'saddle' or 'final', not %s", where, numbers.show(state))
  end
  local atoms = self:atoms():copy()
  if state == "start" then return atoms end
  local moved = event[state]
  if not moved then
    raise("%s: search %d of atom %d ended without a saddle (%s)", where, event.search, event.center,
      event.reason)
  end
  local positions, list = atoms:positions(), moved.atoms:astype "int64"
  positions[list] = positions[list] + moved.displacement
  return atoms
end

---Whether a value is an event.
---@param value any
---@return boolean
function events.is_event(value) return getmetatable(value) == EVENT end

events.Events, events.EVENTS, events.EVENT, events.UNIT = Events, EVENTS, EVENT, UNIT

return events
