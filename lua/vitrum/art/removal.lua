-- Which events count: those that lead from the start over a barrier to another minimum, each once,
-- whatever atom its search began at.

local core = require "vitrum.store_core"
local events = require "vitrum.art.events"
local options = require "vitrum.base.options"
local vt = require "vitrum"

local removal = {}

local Events <const> = events.Events

removal.OPTIONS = {
  { name = "energy", kind = "positive", default = 1e-3, unit = "eV",
    help = "two events are the same when their barriers differ by less..." },
  { name = "distance", kind = "positive", default = 0.1, unit = "A",
    help = "...and their saddles by less, as the norm of the difference of all displacements" },
  { name = "start_distance", kind = "positive", default = 0.2, unit = "A",
    help = "an event ends where it began when its final minimum is nearer to the start than that, "
      .. "with the same energy" },
}

---@class vitrum.Removal
---@field searches integer
---@field connected integer
---@field uphill integer of those with a barrier above 0
---@field elsewhere integer of those that end in another minimum
---@field unique integer of those, each event once
---@field share number unique of searches
---@field damaged integer connected, but without a number for the barrier

local REMOVAL <const> = {
  __tostring = function(self)
    return ("%d searches: %d connected, %d of them over a barrier, %d of them into another "
      .. "minimum, %d different events (%.1f %% of the searches)"):format(self.searches,
      self.connected, self.uphill, self.elsewhere, self.unique, 100 * self.share)
  end,
}

---What is kept of some events: `mask` of them, `class` the place of the event that each is a
---duplicate of, 0 for those left out before, and the counts.
---@param self vitrum.Events
---@param o table
---@return { mask: vitrum.Array, class: vitrum.Array, counts: vitrum.Removal }
function removal.of(self, o)
  local name = ("%.17g %.17g %.17g"):format(o.energy, o.distance, o.start_distance)
  self.removals = self.removals or {}
  if self.removals[name] then return self.removals[name] end
  local n = #self
  local mask, class = vt.array.zeros(n, { dtype = "int32" }), vt.array.zeros(n, { dtype = "int64" })
  local counts = { searches = n, connected = 0, uphill = 0, elsewhere = 0, unique = 0, share = 0,
                   damaged = 0 }
  if n > 0 then
    local barrier, connected = self:column "barrier", self:column("connected"):eq(1)
    local known = connected & barrier:isfinite()
    local uphill = known & barrier:gt(0)
    local distance = events.shapes_of(self, true, 0.1).distance
    local stays = (barrier - self:column "reverse_barrier"):abs():lt(o.energy)
      & distance:lt(o.start_distance)
    local kept = uphill & stays:eq(0)
    local places = kept:find()
    local same = core.duplicates(self.store, self.keys[places], barrier[places], o.energy,
      o.distance)
    if #places > 0 then
      class[places] = places[same]
      mask[places[same]] = 1
    end
    counts.connected, counts.uphill = connected:sum(), uphill:sum()
    counts.elsewhere, counts.unique = kept:sum(), mask:sum()
    counts.damaged = counts.connected - known:sum()
    counts.share = counts.unique / n
  end
  local found = { mask = mask, class = class, counts = setmetatable(counts, REMOVAL) }
  self.removals[name] = found
  return found
end

---Counts before and after each step of the removal.
---@param given table?
---@return vitrum.Removal
function Events:removal(given)
  return removal.of(self, options.check("Events:removal", removal.OPTIONS, given)).counts
end

---The events that count.
---@param given table?
---@return vitrum.Events
function Events:unique(given)
  local found = removal.of(self, options.check("Events:unique", removal.OPTIONS, given))
  local kept = events.some(self, found.mask)
  kept.distinct = true -- nothing left to remove
  return kept
end

---Each event once for each atom that found it.
---@param self vitrum.Events
---@param o table
---@return vitrum.Array mask
function removal.once_for_each_atom(self, o)
  local class = removal.of(self, o).class
  local mask = vt.array.zeros(#self, { dtype = "int32" })
  if #self == 0 then return mask end
  local center, found_by = self:column("center"):totable(), {}
  for k, at in ipairs(class:totable()) do
    if at > 0 then
      found_by[at] = found_by[at] or {}
      if not found_by[at][center[k]] then
        found_by[at][center[k]], mask[k] = true, 1
      end
    end
  end
  return mask
end

---Mean barrier of the events that each atom found.
---@param given table?
---@return vitrum.Array means nan where an atom found none
---@return vitrum.Array counts
function Events:atom_means(given)
  local o = options.check("Events:atom_means", removal.OPTIONS, given)
  local n = #self:atoms()
  local sums, counts = vt.array.zeros(n), vt.array.zeros(n)
  local mask = removal.once_for_each_atom(self, o)
  local places = mask:find()
  if #places > 0 then
    local center, barrier = self:column("center")[places], self:column("barrier")[places]
    counts = center:histogram{ bins = n, range = { 0.5, n + 0.5 } }:astype "float64"
    sums = center:histogram{ bins = n, range = { 0.5, n + 0.5 }, weights = barrier }
  end
  return sums / counts, counts
end

return removal
