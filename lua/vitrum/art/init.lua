-- vt.art: searches for the saddles around a minimum.

local campaign = require "vitrum.art.campaign"
local core = require "vitrum.saddle_core"
local events = require "vitrum.art.events"
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"
local session = require "vitrum.session"
local vt = require "vitrum"

require "vitrum.art.neb"
require "vitrum.art.store"

local raise <const> = options.raise

local art = {}

local Art = {} -- methods
local ART <const> = { __name = "vitrum.Art", __index = Art }

local default <const> = core.defaults

local JUMP <const> = 0.1 -- of forces at the cutoff that is told, in units of fmax

-- ---------------------------------------------------------------- options ----

-- Those that the core takes, with the papers' symbols.
local SETTINGS <const> = {
  { "kick", "A", "length of the first random displacement, as the norm of all atoms" },
  { "kick_radius", "A", "atoms this near to the center are displaced" },
  { "kick_each", nil, "kick is the length for each atom, on average, in place of that of all" },
  { "push", "A", "step out of the well, as the norm of all atoms" },
  { "leave_steps", nil, "most steps out of the well" },
  { "leave_relax", nil, "most steps of relaxation perpendicular to each of them" },
  { "leave_force", "eV/A", "norm of the perpendicular force that ends such a relaxation (f_perp)" },
  { "threshold", "eV/A^2", "out of the well when the lowest curvature is below (lambda_0)" },
  { "leave_vectors", nil, "Lanczos vectors for that curvature, at most" },
  { "vectors", nil, "Lanczos vectors at a step to the saddle, at most" },
  { "every", nil, "steps from one such look at the lowest mode to the next" },
  { "steps", nil, "most steps from there to the saddle" },
  { "most_push", "A", "longest step along the lowest mode" },
  { "stiffness", "eV/A^2", "least curvature that such a step assumes" },
  { "hold", nil, "perpendicular steps are at most this share of the push at first" },
  { "patience", nil, "steps in a row with a positive curvature, after which a search is lost" },
  { "force", "eV/A", "norm of the forces on all atoms at a saddle (F_sad)" },
  { "energy_limit", "eV", "a search ends above this energy over the start" },
  { "max_step", "A", "no atom moves further between two evaluations" },
  { "over", "A", "displacement along the mode, to both sides of the saddle, before minimizing" },
  { "fmax", "eV/A", "largest force on an atom at the end of these minimizations" },
  { "minimize_steps", nil, "most evaluations of each of them" },
  { "same_energy", "eV", "a minimum is the start when its energy differs by less..." },
  { "same_distance", "A", "...and the norm of its distance is less" },
  { "difference", "A", "displacement in differences of forces for Lanczos" },
  { "central", nil, "differences to both sides; twice the evaluations" },
  { "radius", "A", "of the first region around the center of a search" },
  { "wide", "A", "atoms this near to it may move when the saddle is refined and left on both "
    .. "sides; then who feels most, too, until the force on all is small" },
  { "margin", "A", "a region is made anew when an atom has come further than this" },
  { "start_fmax", "eV/A", "the start is a minimum when no atom feels a larger force" },
}

art.OPTIONS = {
  { name = "searches", kind = "count", default = 1, help = "from each atom" },
  { name = "seed", kind = "seed", default = 1,
    help = "of the first displacements; search number n of an atom is the same in any run" },
  { name = "frozen", kind = "array", help = "numbers of atoms that stand still" },
  { name = "minimize", kind = "boolean", default = false,
    help = "take a copy of the atoms to their minimum first, the frozen ones held" },
  { name = "region", kind = "choice", choices = { "grow", "late", "all" }, default = "grow",
    help = "who may move: the atoms near the center of a search, and whoever feels too much of "
      .. "them; or these to the first saddle and from there on all atoms; or all from the first "
      .. "step on. The last two cost evaluations of the whole sample" },
}
for _, setting in ipairs(SETTINGS) do
  local name, unit, text = table.unpack(setting, 1, 3)
  local value = default[name]
  local kind = type(value) == "boolean" and "boolean" or math.type(value) == "integer" and "integer"
    or "number"
  art.OPTIONS[#art.OPTIONS + 1] = { name = name, kind = kind, default = value, unit = unit,
                                    help = text }
end

table.move(campaign.OPTIONS, 1, #campaign.OPTIONS, #art.OPTIONS + 1, art.OPTIONS)
-- ---------------------------------------------------------------- searches ----

---@class vitrum.Art
---@field storage table? its store
---@field core userdata
---@field start vitrum.Atoms that the searches start from
---@field options table
---@field found table events of this object, in memory

-- A force that jumps keeps minimizations from their goal and differences of forces from the
-- curvature, unless no two atoms are at the cutoff, as in many crystals.
local function warn_of_jump(where, potential, fmax)
  local jump = potential.jump
  if jump < JUMP * fmax then return end
  local file = potential.file ~= ""
  session.warn(("%s: forces of %s jump by about %.2g eV/A at the cutoff (fmax is %g eV/A), which "
    .. "may leave searches lost or without an end; %s"):format(where,
    file and potential.file or potential.name, jump, fmax, file
    and "a taper mends that: vt.potential.eam(file, { taper = 0.3 })"
    or 'truncation = "force_shifted" mends that'))
end

---Searches from a minimum.
---@param atoms vitrum.Atoms
---@param given table?
---@return vitrum.Art
local function create(atoms, given)
  local where = "art"
  local o = options.check(where, art.OPTIONS, given)
  if not options.is(atoms, "Atoms") then raise("%s: expected atoms, got %s", where, type(atoms)) end
  if atoms.potential == nil then
    raise("%s: the atoms have no potential; set one, as glass.potential = vt.potential.eam "
      .. '"CuZr_mm.eam.fs"', where)
  end
  warn_of_jump(where, atoms.potential, o.fmax)
  if o.minimize then
    atoms = atoms:copy()
    local each = o.force / (10 * math.max(#atoms, 1) ^ 0.5) -- so that all together are small
    vt.minimize(atoms, { frozen = o.frozen, fmax = math.min(o.start_fmax / 10, each) })
  end
  local settings = { seed = o.seed, all = o.region == "all", late = o.region == "late" }
  for _, setting in ipairs(SETTINGS) do settings[setting[1]] = o[setting[1]] end
  local searches, fmax, energy = core.create(atoms, settings, o.frozen)
  local store
  if o.store then
    atoms = atoms:copy() -- as the searches have them
    store = campaign.open(where, atoms, o)
  elseif o.share then
    raise("%s: option 'share' is for campaigns in a store; give 'store', too", where)
  end
  return setmetatable({ core = searches, start = atoms, options = o, found = {}, fmax = fmax,
                        energy = energy, count = #atoms, storage = store }, ART)
end

---One search.
---@param atom integer
---@param number integer?
---@return table event
function Art:search(atom, number)
  options.argument("Art:search", "the atom", "count", atom)
  number = options.argument("Art:search", "the number of the search", "count", number, 1)
  return core.search(self.core, atom, number)
end

local RUN <const> = {
  { name = "atoms", kind = "value", default = "all",
    help = "numbers of the atoms to search from, or \"all\"" },
  { name = "workers", kind = "count", default = 1, between = { 1, 1024 },
    help = "threads that search; what is found does not depend on their number" },
  { name = "event", kind = "function",
    help = "called with each event as its search ends, in place of keeping it in memory" },
  { name = "skip", kind = "function",
    help = "function(atom, number): true leaves that search out" },
}

-- The numbers of the atoms to search from.
local function centers(self, given)
  if given == "all" then
    local frozen, list = {}, {}
    if self.options.frozen then
      local names = vt.array(self.options.frozen)
      for k = 1, #names do frozen[math.tointeger(names[k])] = true end
    end
    for atom = 1, self.count do
      if not frozen[atom] then list[#list + 1] = atom end
    end
    return list
  end
  if type(given) ~= "table" and not options.is(given, "Array") then
    raise('Art:run: atoms are a list of numbers or "all", not %s', tostring(given))
  end
  local list = {}
  for k = 1, #given do
    local atom = math.tointeger(given[k])
    if not atom or atom < 1 or atom > self.count then
      raise("Art:run: there is no atom %s; there are 1 to %d", tostring(given[k]), self.count)
    end
    list[k] = atom
  end
  if #list == 0 then raise "Art:run: the list of atoms is empty" end
  return list
end

-- Every search of every atom, one after the other; then nothing.
local function all_of(list, searches)
  local atom, number = 1, 0
  return function()
    number = number + 1
    if number > searches then atom, number = atom + 1, 1 end
    if list[atom] then return list[atom], number end
  end
end

-- The searches to be done, how many they are, and where their events go.
local function work_of(self, o, ahead)
  local list, store = centers(self, o.atoms), self.storage
  local total, next_one = #list * self.options.searches, all_of(list, self.options.searches)
  if store then
    total = store:plan(list, self.options.searches)
    next_one = function() return store:next(ahead) end
  end
  local function keep(event)
    if store then store:add(event) end
    if o.event then o.event(event) elseif not store then self.found[#self.found + 1] = event end
  end
  return total, function()
    local atom, number
    repeat atom, number = next_one() until not (atom and o.skip and o.skip(atom, number))
    return atom, number
  end, keep
end

---Many searches.
---@param given table?
---@return vitrum.Art
function Art:run(given)
  local o = options.check("Art:run", RUN, given)
  local most = 2 * o.workers + 2 -- given to the crew and not taken back
  local total, next_one, keep = work_of(self, o, most)
  local crew = core.crew(self.core, o.workers)
  local _ <close> = setmetatable({}, { __close = function() core.stop(crew) end })
  local bar <close> = vt.progress("searches", total, { rate_unit = "searches/h",
                                                       rate_scale = 3600 })
  local ahead, done = 0, 0
  while true do
    while ahead < most do
      local atom, number = next_one()
      if not atom then break end
      core.give(crew, atom, number)
      ahead = ahead + 1
    end
    local event = core.take(crew)
    if event == nil and not (self.storage and self.storage:waits()) then break end
    if event then
      ahead = ahead - 1
      if event.reason ~= "interrupted" then
        done = done + 1
        keep(event)
        bar:update(done)
      end
    end
  end
  return self
end

-- The events in the store.
local function stored(self, where)
  if not self.storage then
    raise("%s: events in memory can only be gone through; give the searches a store, "
      .. 'vt.art(glass, { store = "events.db" })', where)
  end
  local snapshot = self.storage:events()
  snapshot.sample = self.start
  return snapshot
end

---The events that runs have kept, by atom and search.
---@param given table? which of those in a store
---@return function iterator
function Art:events(given)
  if self.storage then return stored(self, "Art:events"):events(given) end
  local sorted = table.move(self.found, 1, #self.found, 1, {})
  table.sort(sorted, function(a, b)
    if a.center ~= b.center then return a.center < b.center end
    return a.search < b.search
  end)
  local k = 0
  return function()
    k = k + 1
    return sorted[k]
  end
end

---Numbers of the searches that are kept.
---@param given table? as for Events:summary
---@return table
function Art:summary(given)
  if self.storage then return stored(self, "Art:summary"):summary(given) end
  local sum = { searches = 0, connected = 0, evaluations = 0, region_evaluations = 0, seconds = 0,
                reasons = {} }
  for event in self:events() do
    sum.searches = sum.searches + 1
    if event.connected then sum.connected = sum.connected + 1 end
    sum.reasons[event.reason] = (sum.reasons[event.reason] or 0) + 1
    for _, name in ipairs{ "evaluations", "region_evaluations", "seconds" } do
      sum[name] = sum[name] + event[name]
    end
  end
  if sum.connected > 0 then
    sum.evaluations_per_connected = sum.evaluations / sum.connected
    sum.region_evaluations_per_connected = sum.region_evaluations / sum.connected
  end
  if sum.seconds > 0 then sum.searches_per_hour = 3600 * sum.searches / sum.seconds end
  return sum
end

ART.__len = function(self)
  return self.storage and #self.storage:events() or #self.found
end

ART.__tostring = function(self)
  return ("searches for saddles around %d atoms, %d from each, seed %d: %d done%s"):format(
    self.count, self.options.searches, self.options.seed, #self,
    self.storage and " in " .. self.storage.path or "")
end

-- What can be done with the events of a store can be done with the campaign that fills it.
for name, method in pairs(events.Events) do
  if not Art[name] and name ~= "help" then
    Art[name] = function(self, ...) return method(stored(self, "Art:" .. name), ...) end
    local doc = options.put("art", {}, session.docs["Events:" .. name])
    doc.signature = doc.signature:gsub("store:", "art:")
    doc.example = doc.example and doc.example:gsub("store:", "art:")
    help.document("Art:" .. name, doc)
  end
end

-- ---------------------------------------------------------------- audit ----

local REFINE <const> = {
  { name = "force", kind = "positive", default = 1e-3, unit = "eV/A",
    help = "goal for the norm of the forces on all atoms" },
}

---Take the saddle of an event further, all atoms free.
---@param event table
---@param given table?
---@return table event with converged
function Art:refine(event, given)
  local where = "Art:refine"
  local o = options.check(where, REFINE, given)
  local saddle = (type(event) == "table" or events.is_event(event)) and event.saddle
  if type(saddle) ~= "table" then raise("%s: expected an event with a saddle", where) end
  local fine = core.refine(self.core, saddle.atoms, saddle.displacement, o.force)
  fine.converged, fine.connected, fine.seed = fine.connected, nil, nil
  fine.center, fine.search = event.center, event.search
  return fine
end

local AUDIT <const> = {
  { name = "share", kind = "number", default = 0.02, between = { 1e-6, 1 },
    help = "of the connected events that are taken further, the same ones each time" },
  REFINE[1],
}

---How far barriers are from what all atoms say.
---@param given table?
---@return table
function Art:audit(given)
  local o = options.check("Art:audit", AUDIT, given)
  local sum = { events = 0, lost = 0, deviations = {}, evaluations = 0 }
  local turn = 1 -- every 1 / share of them
  for event in self:events() do
    if event.connected then
      turn = turn + o.share
      if turn >= 1 then
        turn = turn - 1
        local fine = self:refine(event, { force = o.force })
        sum.events, sum.evaluations = sum.events + 1, sum.evaluations + fine.evaluations
        if fine.converged then
          sum.deviations[#sum.deviations + 1] = event.barrier - fine.barrier
        else
          sum.lost = sum.lost + 1
        end
      end
    end
  end
  sum.deviations = vt.array(sum.deviations)
  if #sum.deviations > 0 then
    local size = sum.deviations:abs()
    sum.largest, sum.mean = size:max(), sum.deviations:mean()
  end
  return sum
end

-- ---------------------------------------------------------------- help ----

help.register_type("Art", ART)

setmetatable(vt.art, { __name = "vitrum.art",
                       __call = function(_, atoms, given) return create(atoms, given) end })

help.document("art", {
  terms = "activation-relaxation technique; ART nouveau; saddle point; transition state; energy "
    .. "barrier; potential energy landscape; Lanczos",
  see = "Art:run; Art:search; art.open; minimize",
  signature = "vt.art(atoms, options) -> Art",
  summary = "Searches for the saddles around a minimum by the activation-relaxation technique "
    .. "(Malek and Mousseau 2000; Cances et al. 2009): atoms around a center are displaced at "
    .. "random, pushed until the lowest curvature is negative, and led along that mode to where no "
    .. "force is left; from the saddle both sides are minimized. The atoms must be in a minimum "
    .. "(vt.minimize); a copy of them is kept. Of forces that jump at the potential's cutoff by "
    .. "a tenth of fmax or more a warning tells: use a taper.",
  options = art.OPTIONS,
  example = "vt.minimize(glass, { fmax = 1e-4 })\n"
    .. "local art = vt.art(glass, { store = \"events.db\", searches = 3, seed = 7 })\n"
    .. "art:run{ atoms = { 1, 2, 3 } }\nprint(art:summary().connected)\nprint(art:spectrum())",
})
help.document("Art:refine", {
  see = "Art:audit; Art:search",
  signature = "art:refine(event, [options]) -> event",
  summary = "Take the saddle of an event further with all atoms free, whatever region it was found "
    .. "in. The result has converged, barrier (eV), curvature (eV/A^2), force (eV/A), evaluations "
    .. "(of the whole), saddle as in an event; reason tells why it did not converge.",
  options = REFINE,
  example = "local e = art:search(8055, 1)\nprint(e.barrier, art:refine(e).barrier)",
})
help.document("Art:audit", {
  see = "Art:refine; Art:events",
  signature = "art:audit([options]) -> table",
  summary = "How far barriers are from those of the whole sample: every fiftieth connected event, "
    .. "or another share, is taken to 1e-3 eV/A with all atoms free. The result has events, lost "
    .. "(how many left their saddle), deviations (array, eV: barrier less that of the whole), "
    .. "largest (of their sizes), mean, evaluations (of the whole).",
  options = AUDIT,
  example = "print(art:audit{ share = 0.1 }.largest)",
})
help.document("Art:search", {
  see = "Art:run",
  signature = "art:search(atom, [number]) -> event",
  summary = "One search. The event has center, search, seed, reason ('connected'; 'elsewhere': the "
    .. "saddle does not lead back to the start; 'lost', 'step limit', 'energy limit', 'returned', "
    .. "'interrupted'), connected, active (atoms that could move), evaluations (each as the share "
    .. "of the sample that took part), region_evaluations (each as one), seconds, phases and "
    .. "lanczos (where region_evaluations went). Of a saddle: barrier (eV), curvature (eV/A^2), "
    .. "force (norm of all forces, eV/A), moved (atoms beyond 0.1 A), saddle = { atoms, "
    .. "displacement }; when it is connected also reverse_barrier and final, the minimum on the "
    .. "other side, as saddle.",
  example = "local e = art:search(8055, 1)\nprint(e.reason, e.barrier)",
})
help.document("Art:run", {
  see = "Art:events; Art:summary",
  signature = "art:run(options) -> art",
  summary = "The searches of many atoms. Ctrl-C ends them at once; those that ended are kept. With "
    .. "a store, searches that are in it are not done again, whatever ended an earlier run; of "
    .. "several processes each does what the others have not begun, and run returns when all is "
    .. "done. An event is in the file before the next one, and on the disk within a second.",
  options = RUN,
  example = 'art:run{ atoms = "all", workers = 2 }',
})
help.document("Art:events", {
  signature = "for e in art:events([options]) do",
  summary = "Go through the events in the store, as Events:events; without one, through those that "
    .. "runs have kept in memory, by atom and search.",
  example = "for e in art:events() do print(e.center, e.reason, e.barrier) end",
})
help.document("Art:summary", {
  signature = "art:summary([options]) -> table",
  summary = "searches, connected, reasons (how many ended why), evaluations, region_evaluations, "
    .. "both also per connected saddle, seconds, searches_per_hour (of one worker), of the events "
    .. "in memory, failed searches included; of those in a store as Events:summary.",
  example = "print(art:summary().connected)",
})

return art
