-- Stores: what of a campaign makes its identity, opening, merging, the summary.

local core = require "vitrum.store_core"
local events = require "vitrum.art.events"
local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local removal = require "vitrum.art.removal"
local spectrum = require "vitrum.art.spectrum"
local vt = require "vitrum"

require "vitrum.art.eigenstrain"

local raise <const> = options.raise

local store = {}

local Events <const> = events.Events

---The events that are in a store, to be looked at.
---@param path string
---@return vitrum.Events
function store.open(path)
  options.argument("art.open", "the store", "file", path)
  return events.all(core.open(path), path)
end

---Put the events of stores into one.
---@param path string
---@param from string|string[]
---@return table counts
function store.merge(path, from)
  local where = "art.merge"
  options.argument(where, "the store", "file", path)
  local list = type(from) == "table" and from or { from }
  if #list == 0 then raise("%s: name the stores to merge into %s", where, path) end
  local total = { added = 0, known = 0, different = 0 }
  for _, source in ipairs(list) do
    if type(source) ~= "string" or source == "" then
      raise("%s: stores are named by files, not by %s", where, numbers.show(source))
    end
  end
  for _, source in ipairs(list) do
    local added, known, different = core.merge(path, source)
    total.added, total.known = total.added + added, total.known + known
    total.different = total.different + different
  end
  return total
end

---Numbers of the searches.
---@param given table?
---@return table
function Events:summary(given)
  local o = options.check("Events:summary", removal.OPTIONS, given)
  local counts = removal.of(self, o).counts
  local result = { searches = counts.searches, connected = counts.connected,
                   unique = counts.unique, kept_share = counts.share, evaluations = 0, seconds = 0,
                   centers = 0, reasons = {} }
  if counts.damaged > 0 then result.damaged = counts.damaged end
  if #self == 0 then return result end
  local codes, names = events.reasons_of(self)
  for code, name in ipairs(names) do
    local n = codes:eq(code):sum()
    if n > 0 then result.reasons[name] = n end
  end
  for _, name in ipairs{ "evaluations", "seconds" } do
    local values = self:column(name)
    result[name] = values[values:isfinite()]:sum()
  end
  result.centers = #self:column("center"):unique()
  if counts.connected > 0 then
    result.evaluations_per_connected = result.evaluations / counts.connected
  end
  if result.seconds > 0 then
    result.searches_per_hour = 3600 * counts.searches / result.seconds
    result.unique_per_second = counts.unique / result.seconds
  end
  return result
end

-- ---------------------------------------------------------------- help ----

help.register_type("Events", events.EVENTS) -- now that it has all its methods

vt.art = vt.art or {}
vt.art.open, vt.art.merge, vt.art.spectrum = store.open, store.merge, spectrum.of

help.document("art.open", {
  terms = "potential energy landscape; activation energy; event catalog; database; SQLite",
  see = "Events:events; Events:summary; Events:spectrum; art.merge",
  signature = "vt.art.open(path) -> Events",
  summary = "The events of a store of saddle searches, as they are now; no potential is needed, "
    .. "and campaigns at work with the store go on. #store is the number of searches. The file is "
    .. "an SQLite database, which `sqlite3 events.db` shows: tables campaign, events, atoms, "
    .. "views progress, reasons, connected, spectrum, by_species.",
  example = 'local store = vt.art.open "events.db"\n'
    .. "print(store)\nfor e in store:events{ connected = true } do print(e.center, e.barrier) end",
})
help.document("art.merge", {
  terms = "cluster; network file system; NFS; several machines",
  see = "art.open",
  signature = "vt.art.merge(path, stores) -> { added, known, different }",
  summary = "Put the events of one store or a list of them, of one campaign, into the store "
    .. "`path`, which is made where there is none. A search that is there already is not added "
    .. "again; different counts those of them that tell something else.",
  example = 'vt.art.merge("events.db", { "events.1of2.db", "events.2of2.db" })',
})
help.document("art.spectrum", {
  see = "Events:spectrum",
  signature = "vt.art.spectrum(barriers, [options]) -> Spectrum",
  summary = "The spectrum of barriers (eV) that one has as numbers, all of them counted.",
  options = spectrum.HISTOGRAM,
  example = "print(vt.art.spectrum(barriers):effective(300))",
})
help.document("Events:events", {
  see = "Events:select; Events:column",
  signature = "for e in store:events([options]) do",
  summary = "Go through the events, by atom and search. Fields of an event: center (atom that the "
    .. "search began at), search (its number there), seed, reason (why it ended), connected, "
    .. "barrier and reverse_barrier (eV), curvature (eV/A^2), force (eV/A, norm of all), moved "
    .. "(atoms moved by more than 0.1 A at the saddle), active, evaluations (of the whole "
    .. "sample), region_evaluations, seconds; saddle and final, each { atoms = numbers, "
    .. "displacement = n x 3 array in A } from the start, nil where there is none. Numbers that a "
    .. "search did not come to are nan.",
  options = events.FILTER,
  example = "for e in store:events{ reason = \"connected\", barrier = { 0, 0.5 } } do print(e) end",
})
help.document("Events:select", {
  see = "Events:unique",
  signature = "store:select(options) -> Events",
  summary = "Some of the events, with the same methods.",
  options = events.FILTER,
  example = 'print(store:select{ species = "Cu" }:spectrum())',
})
help.document("Events:event", {
  signature = "store:event(atom, search) -> Event",
  summary = "One event, nil where there is none.",
  example = "print(store:event(8055, 1))",
})
help.document("Events:column", {
  see = "Events:events; Events:displacements",
  signature = "store:column(name) -> array",
  summary = "A number of every event as an array, nan where it has none: any field of an event, "
    .. "or of the displacements at the saddle distance (norm of all, A), largest (of one atom, "
    .. "A), participation; and aligned, the share of aligned pairs in the final minimum. For "
    .. "\"reason\" a list of texts.",
  example = 'vt.plot.histogram(store:select{ connected = true }:column "barrier")',
})
help.document("Events:atoms", {
  signature = "store:atoms() -> Atoms",
  summary = "The atoms in the minimum that the searches began in, without a potential.",
  example = "print(store:atoms())",
})
help.document("Events:campaign", {
  terms = "provenance",
  signature = "store:campaign() -> table",
  summary = "What the store tells of its campaign, as texts by name: version of the program, "
    .. "glass_sha256, potential, potential_sha256, seed, options.",
  example = "print(store:campaign().potential)",
})
help.document("Events:configuration", {
  terms = "saddle point; inherent structure; transition state",
  signature = 'store:configuration(event, ["start" | "saddle" | "final"]) -> Atoms',
  summary = "The atoms at the saddle of an event, or in the minimum before or behind it.",
  example = "local e = store:event(8055, 1)\nlocal saddle = store:configuration(e, \"saddle\")",
})
help.document("Events:summary", {
  see = "Events:removal; Events:spectrum",
  signature = "store:summary([options]) -> table",
  summary = "searches, connected, unique (different events that count, see Events:removal), "
    .. "kept_share, evaluations (of the whole sample, those of failed searches included), seconds, "
    .. "centers (atoms with searches), reasons (how many ended why), evaluations_per_connected, "
    .. "searches_per_hour and unique_per_second (of one processor); damaged where connected events "
    .. "have no barrier.",
  options = removal.OPTIONS,
  example = "print(store:summary().unique)",
})
help.document("Events:removal", {
  terms = "duplicate events; distinct saddles; effective events",
  see = "Events:unique",
  signature = "store:removal([options]) -> table",
  summary = "How many events are left after each step: searches, connected to the start, uphill (a "
    .. "barrier above 0), elsewhere (into another minimum), unique (each event once, whatever atom "
    .. "its searches began at); share of unique among the searches.",
  options = removal.OPTIONS,
  example = "print(store:removal())",
})
help.document("Events:unique", {
  see = "Events:removal",
  signature = "store:unique([options]) -> Events",
  summary = "The events that count, each once; of duplicates the one of lowest barrier.",
  options = removal.OPTIONS,
  example = "for e in store:unique():events() do print(e.barrier) end",
})
help.document("Events:atom_means", {
  terms = "local activation energy; secondary relaxation; beta relaxation; eq. 10",
  see = "Events:by",
  signature = "store:atom_means([options]) -> array, array",
  summary = "Mean barrier of the events that the searches of each atom found, nan where they found "
    .. "none, and their numbers. An event found from several atoms counts for each, once.",
  options = removal.OPTIONS,
  example = "local mean = store:atom_means()\nvt.view(store:atoms(), { color = mean })",
})
help.document("Events:spectrum", {
  terms = "activation energy spectrum; activation energy barrier spectrum; AEBS; distribution of "
    .. "barriers",
  see = "Spectrum:effective; Spectrum:plot; Events:by; Events:removal",
  signature = "store:spectrum([options]) -> Spectrum",
  summary = "The barriers of the events that count: barriers (array, eV), events, mean with error "
    .. "(atoms as independent), width (standard deviation), median, lowest, histogram (centers, "
    .. "counts, density, edges), gaussian (least squares through the histogram; nil below 20 "
    .. "events or where none fits).",
  options = spectrum.OPTIONS,
  example = "local s = store:spectrum()\nprint(s)\ns:plot()\nprint(s:effective(300))",
})
help.document("Events:by", {
  terms = "deciles; Voronoi motif; icosahedra; local strain windows",
  see = "Events:spectrum; Spectra:plot; Spectra:plot_means",
  signature = 'store:by("species" | "motif" | array, [options]) -> Spectra',
  summary = "Spectra of groups of events by the atom that their searches began at: by species; by "
    .. "Voronoi cell, icosahedra, other cells with 2 n4 + n5 = 12, and the rest (Wang et al.); or "
    .. "by an array with one number an atom, in groups of equally many atoms or between edges. A "
    .. "list of Spectrum, each with name, atoms and value (mean of the array in it), and arrays "
    .. "mean, error, width, events, atoms, value of all.",
  options = spectrum.GROUPS,
  example = 'print(store:by "species")\n'
    .. "store:by(flexibility, { groups = 10, species = \"Cu\", quantity = \"SF\" }):plot_means()\n"
    .. "store:by(d.von_mises, { edges = { 0.05, 0.1, 0.15, 0.2 }, quantity = \"strain\" }):plot()",
})
help.document("Events:displacements", {
  terms = "STZ size; string-like motion; aligned pairs; participation "
    .. "ratio",
  see = "Events:column",
  signature = "store:displacements([options]) -> table",
  summary = "What the displacements of the events that count are like, to the saddle or to the "
    .. "final minimum: arrays distance (norm of all, A), largest (of one atom, A), moved (atoms "
    .. "beyond the threshold), participation ((sum d^2)^2/sum d^4), aligned (share of pairs of "
    .. "moved atoms whose displacements, as axes, enclose less than 45 degrees; 0.293 for random "
    .. "directions); mean of each; size, the diameter of a sphere of as many atoms as move on "
    .. "average (A).",
  options = spectrum.DISPLACEMENTS,
  example = 'print(store:displacements{ state = "final" }.mean.aligned)',
})
help.document("Spectrum:effective", {
  terms = "effective barrier; fast relaxation; eq. 9",
  signature = "s:effective(temperature) -> number",
  summary = "The barrier -kT ln <exp(-E/kT)> that stands for all at a temperature (K); an array "
    .. "for several temperatures. For a Gaussian of many events it is mean - width^2/(2 kT).",
  example = "local T = vt.array.linspace(200, 800, 50)\nvt.plot(T, store:spectrum():effective(T))",
})
help.document("Spectrum:plot", {
  signature = "s:plot([options]) -> file",
  summary = "Draw the histogram and the Gaussian through it; the options are those of vt.plot.",
  example = 's:plot{ file = "spectrum.svg" }',
})
help.document("Spectrum:figure", {
  signature = "s:figure() -> table",
  summary = "What plot draws, as a table for vt.plot and page:figure.",
  example = "page:figure(s:figure())",
})
help.document("Spectra:plot", {
  signature = "spectra:plot([options]) -> file",
  summary = "Draw the spectra side by side, each scaled to unit area; options as of vt.plot.",
  example = 'store:by("motif"):plot()',
})
help.document("Spectra:figure", {
  signature = "spectra:figure() -> table",
  summary = "What plot draws, as a table for vt.plot and page:figure.",
  example = 'page:figure(store:by("species"):figure())',
})
help.document("Spectra:plot_means", {
  signature = "spectra:plot_means([options]) -> file",
  summary = "Draw the mean barriers of the groups against their values; options as of vt.plot.",
  example = "store:by(volume, { species = \"Cu\" }):plot_means()",
})

return store
