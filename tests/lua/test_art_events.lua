-- Stores of saddle searches at the prompt: columns, selections, removal, spectra.
local lu = require "luaunit"
local vt = require "vitrum"
local core = require "vitrum.store_core"
local fixture = require "art_fixture"
local folder = require "io_folder"

if not core.available then
  print "skipped: this vitrum was built without SQLite"
  os.exit(0)
end

local message_of = folder.message

local SINGLE <const> = 3e-7 -- A; displacements are stored in single precision

TestEvents = fixture.class()

-- A spectrum with a Gaussian of barriers, mean 1.5 eV and width 0.2 eV.
local MEAN <const>, WIDTH <const> = 1.5, 0.2

local function gaussian_store(glass, searches)
  local normal = vt.array.normal(#glass, searches, { seed = 3 })
  return vt.art.open(fixture.store(folder.name "gauss.db", glass, searches, function(center, search)
    return fixture.event(center, search, MEAN + WIDTH * normal[center][search])
  end))
end

function TestEvents.test_columns_and_events()
  local glass = fixture.glass(20)
  local path = fixture.store(folder.name "a.db", glass, 3, function(center, search)
    if search == 3 then return { connected = false, reason = "step limit", seconds = 1 } end
    return fixture.event(center, search, 0.1 * center + 0.01 * search)
  end)
  local store = vt.art.open(path)
  lu.assertEquals(#store, 60)
  lu.assertEquals(tostring(store), "60 searches in " .. path .. ", 40 connected")
  lu.assertAlmostEquals(store:column("barrier")[5], 0.22, 1e-15)
  lu.assertTrue(store:column("barrier"):isnan()[6] == 1)
  lu.assertEquals(store:column("reason")[6], "step limit")
  lu.assertAlmostEquals(store:column("largest")[2], 2.3, SINGLE)
  local count, last = 0, 0
  for e in store:events{ connected = true, center = { 3, 5 } } do
    count = count + 1
    lu.assertTrue(e.center == 3 or e.center == 5)
    lu.assertTrue(1000 * e.center + e.search > last)
    last = 1000 * e.center + e.search
    lu.assertAlmostEquals(e.barrier, 0.1 * e.center + 0.01 * e.search, 1e-15)
    lu.assertTrue(e.connected)
    lu.assertEquals(e.saddle.atoms:totable(), { e.center })
    lu.assertAlmostEquals(e.final.displacement[1][1], 0.6 + e.search, SINGLE)
  end
  lu.assertEquals(count, 4)
  lu.assertEquals(#store:select{ barrier = { 0.2, 0.315 } }, 3)
  lu.assertEquals(#store:select{ reason = { "step limit", "lost" } }, 20)
  lu.assertEquals(#store:select{ search = { 2, 3 }, connected = true }, 20)
  local copper = 0
  for _, kind in ipairs(glass:types():totable()) do copper = copper + (kind == 1 and 1 or 0) end
  lu.assertEquals(#store:select{ species = glass:species()[1].symbol }, 3 * copper)
  lu.assertEquals(#store:select{ connected = true }:select{ connected = false }, 0)
  lu.assertNil(store:event(7, 9))
  local e = store:event(7, 3)
  lu.assertNil(e.saddle)
  lu.assertStrContains(tostring(e), "search 3 of atom 7: step limit")
  lu.assertStrContains(message_of(store.configuration, store, e, "saddle"),
    "search 3 of atom 7 ended without a saddle (step limit)")
end

function TestEvents.test_configurations()
  local glass = fixture.glass(20)
  local store = vt.art.open(fixture.store(folder.name "a.db", glass, 1, function(center, search)
    return fixture.event(center, search, 1)
  end))
  local start, there = glass:positions(), store:atoms()
  lu.assertTrue(there:positions():equals(start))
  lu.assertEquals(there:box().a, glass:box().a)
  lu.assertEquals(there:composition(), glass:composition())
  local saddle = store:configuration(store:event(4, 1), "saddle")
  local moved = saddle:positions() - start
  lu.assertAlmostEquals(moved[4][1], 1.3, SINGLE)
  lu.assertAlmostEquals(moved:abs():sum(), 1.3, SINGLE)
  lu.assertAlmostEquals(store:configuration(store:event(4, 1), "final"):positions()[4][1]
    - start[4][1], 1.6, SINGLE)
  lu.assertTrue(store:configuration(store:event(4, 1), "start"):positions():equals(start))
end

function TestEvents.test_gaussian_spectrum()
  local store = gaussian_store(fixture.glass(100), 30)
  local s = store:spectrum()
  lu.assertEquals(s.events, 3000)
  local error = WIDTH / math.sqrt(3000)
  lu.assertAlmostEquals(s.mean, MEAN, 4 * error)
  lu.assertAlmostEquals(s.error, error, 0.3 * error)
  lu.assertAlmostEquals(s.width, WIDTH, 4 * error)
  lu.assertAlmostEquals(s.gaussian.mean, MEAN, 5 * error)
  lu.assertAlmostEquals(s.gaussian.width, WIDTH, 6 * error)
  -- The Gaussian counts the events that the histogram does.
  lu.assertAlmostEquals(s.gaussian.area / s.histogram.width, 3000, 150)
  -- At high temperatures, where the lowest barriers do not decide alone, mu - s^2/(2 kT).
  for _, T in ipairs{ 2000, 4000, 1e5 } do
    local kT = vt.units.boltzmann * T
    lu.assertAlmostEquals(s:effective(T), s.mean - s.width ^ 2 / (2 * kT), 0.003)
  end
  lu.assertAlmostEquals(s:effective(1), s.lowest + vt.units.boltzmann * math.log(3000), 1e-9)
  local both = s:effective{ 300, 600 }
  lu.assertAlmostEquals(both[2], s:effective(600), 0)
  lu.assertTrue(both[1] < both[2])
  lu.assertStrContains(tostring(s), "spectrum of 3000 events: mean 1.5")
end

function TestEvents.test_atom_means_and_groups()
  local glass = fixture.glass(60)
  local store = vt.art.open(fixture.store(folder.name "a.db", glass, 4, function(center, search)
    return fixture.event(center, search, 1 + 0.01 * center + 0.1 * search)
  end))
  local means, counts = store:atom_means()
  lu.assertAlmostEquals(means[7], 1.07 + 0.25, 1e-12)
  lu.assertEquals(counts:sum(), 240)
  local values = vt.array.range(1, 60) * 2 -- rises with the atom
  local deciles = store:by(values, { groups = 10, quantity = "x" })
  lu.assertEquals(#deciles, 10)
  lu.assertEquals(deciles.atoms:totable(), { 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0 })
  lu.assertAlmostEquals(deciles.mean[1], 1.25 + 0.035, 1e-12)
  lu.assertAlmostEquals(deciles.mean[10], 1.25 + 0.575, 1e-12)
  lu.assertAlmostEquals(deciles.value[10], 115, 1e-12)
  local windows = store:by(values, { edges = { 21, 61 } })
  lu.assertEquals(windows.atoms:totable(), { 10.0, 20.0, 30.0 })
  lu.assertAlmostEquals(windows.mean[2], 1.25 + 0.205, 1e-12)
  lu.assertEquals(windows[1].name, "value < 21")
  local species = store:by "species"
  lu.assertEquals(species.events:sum(), 240)
  lu.assertEquals(species[1].name, glass:species()[1].symbol)
  local motifs = store:by "motif"
  lu.assertEquals(motifs.atoms:sum(), 60)
  lu.assertStrContains(message_of(store.by, store, { 1, 2 }), "one number for each of the 60 atoms")
  lu.assertStrContains(message_of(store.by, store, "color"), "not by 'color'")
end

function TestEvents.test_removal()
  -- Atoms 1 to 10 all find one event; 11 to 20 one that goes back; the others their own, of which
  -- every second is not connected.
  local glass = fixture.glass(40)
  local store = vt.art.open(fixture.store(folder.name "a.db", glass, 1, function(center, search)
    local e = fixture.event(center, search, 0.5 + 1e-5 * center)
    if center <= 10 then
      e.saddle = { atoms = { 5, 6 },
                   displacement = { { 1, 0, 0 }, { 0.2 + 0.005 * center, 0, 0 } } }
    elseif center <= 20 then
      e.reverse_barrier = e.barrier
      e.final.displacement = { { 0.01, 0, 0 } }
    elseif center % 2 == 0 then
      e.connected, e.reason = false, "elsewhere"
    elseif center == 39 then
      e.barrier = -0.1
    end
    return e
  end))
  local counts = store:removal()
  lu.assertEquals({ counts.searches, counts.connected, counts.uphill, counts.elsewhere,
                    counts.unique }, { 40, 30, 29, 19, 10 })
  lu.assertAlmostEquals(counts.share, 0.25, 1e-15)
  lu.assertEquals(#store:unique(), 10)
  lu.assertEquals(store:unique():column("center")[1], 1)
  lu.assertEquals(store:spectrum().events, 10)
  lu.assertEquals(store:unique():spectrum().events, 10)
  lu.assertEquals(store:spectrum{ duplicates = true }.events, 30)
  lu.assertEquals(store:unique{ distance = 1e-3 }:spectrum().events, 19)
  -- Each of the ten atoms that found it has it in its mean.
  local means, n = store:atom_means()
  lu.assertEquals(n:sum(), 19)
  lu.assertAlmostEquals(means[8], 0.50008, 1e-12)
  lu.assertTrue(means:isnan()[12] == 1)
  local summary = store:summary()
  lu.assertEquals(summary.reasons, { connected = 30, elsewhere = 10 })
  lu.assertEquals(summary.unique, 10)
  lu.assertAlmostEquals(summary.evaluations, 800, 1e-9)
  lu.assertAlmostEquals(summary.seconds, 20, 1e-9)
  lu.assertStrContains(tostring(counts), "40 searches: 30 connected")
end

function TestEvents.test_displacements()
  local glass = fixture.glass(40)
  local normal = vt.array.normal(40, 30, { seed = 9 })
  local store = vt.art.open(fixture.store(folder.name "a.db", glass, 1, function(center, search)
    local e = fixture.event(center, search, center)
    e.final = { atoms = vt.array.range(1, 10), displacement = normal[center]:reshape{ 10, 3 } }
    return e
  end))
  local d = store:displacements{ state = "final", threshold = 1e-6 }
  lu.assertEquals(d.moved:totable()[1], 10.0)
  lu.assertAlmostEquals(d.mean.aligned, 1 - math.sqrt(0.5), 0.03)
  lu.assertAlmostEquals(store:column("aligned"):mean(), 1 - math.sqrt(0.5), 0.04)
  lu.assertAlmostEquals(d.size, (6 / math.pi * 10 * glass:volume() / 40) ^ (1 / 3), 1e-9)
  d = store:displacements()
  lu.assertAlmostEquals(d.mean.largest, 1.3, SINGLE)
  lu.assertAlmostEquals(d.mean.participation, 1, 1e-12)
end

-- Atoms moved by a strain, a rotation and a translation, across the walls of the box: the
-- deviatoric part of the strain comes back.
function TestEvents.test_eigenstrains()
  local n <const> = 12
  local glass = fixture.glass(n)
  local box = glass:box()
  local cell = vt.array{ box.a, box.b, box.c }
  local s = glass:fractional()
  local E <const>, W <const> = { { 0.03, 0.01, 0 }, { 0.01, 0.02, -0.02 }, { 0, -0.02, 0.01 } },
                               { { 0, 0.2, -0.1 }, { -0.2, 0, 0.3 }, { 0.1, -0.3, 0 } }
  local store = vt.art.open(fixture.store(folder.name "a.db", glass, 1, function(center, search)
    local e = fixture.event(center, search, center)
    local d = s - s[1]
    d = (d - d:round()):dot(cell)
    local J = vt.array(E) + center * vt.array(W) * 0.1
    e.final = { atoms = vt.array.range(1, n), displacement = d:dot(J) + 0.5 * center }
    return e
  end))
  local found = store:eigenstrains{ threshold = 1e-6 }
  lu.assertEquals({ found.events, found.of }, { n, n })
  local tensor = found.tensor[1]:totable()
  for a = 1, 3 do
    for b = 1, 3 do
      lu.assertAlmostEquals(tensor[a][b], E[a][b] - (a == b and 0.02 or 0), 1e-5)
    end
  end
  local component = math.sqrt((0.01 ^ 2 * 2 + 2 * 0.01 ^ 2 + 2 * 0.02 ^ 2) / 10)
  lu.assertAlmostEquals(found.component, component, 1e-5)
  lu.assertAlmostEquals(found.moment, component * glass:volume(), 1e-3 * glass:volume())
  -- To the saddles one atom moves: no strain can be fitted.
  found = store:eigenstrains{ state = "saddle" }
  lu.assertEquals({ found.events, found.tensor.shape }, { 0, { 0, 3, 3 } })
  lu.assertTrue(found.component ~= found.component)
end

-- Barriers that fall as Q exp(-kappa strain^2): the file gives Q, the width and kappa back, through
-- the reader of the lattice; permuted strains show no softening.
function TestEvents.test_landscape()
  local Q <const>, width <const>, kappa <const>, n <const> = 2, 0.2, 13, 500
  local glass = fixture.glass(n)
  local strain = vt.array.random(n, { seed = 6 }) * 0.25
  local normal = vt.array.normal(n, 8, { seed = 3 })
  local store = vt.art.open(fixture.store(folder.name "a.db", glass, 8, function(center, search)
    return fixture.event(center, search, Q * math.exp(-kappa * strain[center] ^ 2)
      + width * normal[center][search])
  end))
  local path = folder.name "test.landscape"
  local result = vt.art.landscape(path, { { events = store, strain = strain } },
    { title = "synthetic", cooling_rate = 1e10 })
  lu.assertEquals(#result.windows, 5)
  local read = vt.stz.landscape(path)
  lu.assertAlmostEquals(read.mean / Q, 1, 0.05)
  lu.assertAlmostEquals(read.width / width, 1, 0.05)
  lu.assertAlmostEquals(read.permanent / kappa, 1, 0.05)
  lu.assertAlmostEquals(result.windows[2].share, (strain:ge(0.05) & strain:lt(0.1)):mean(), 1e-12)
  local text = folder.text_of "test.landscape"
  lu.assertStrContains(text, store:campaign().glass_sha256)
  lu.assertStrContains(text, "# cooling rate: 1e+10 K/s")
  lu.assertTrue(math.abs(result.permuted) < 3 * result.permuted_error + 0.5)
  lu.assertTrue(result.permuted_error < 0.1 * kappa)
  lu.assertAlmostEquals(result.density, #store:unique() * 343 / glass:volume(), 1e-12)
  local flat = { { events = store, strain = strain[vt.array.permutation(n, { seed = 2 })] } }
  local ok, shuffled = pcall(vt.art.landscape, path, flat)
  lu.assertTrue(not ok or math.abs(shuffled.permanent) < 1.5, shuffled)
  lu.assertStrContains(message_of(vt.art.landscape, path,
    { { events = store:select{ center = { 1, 2 } }, strain = strain } }), "make 0 windows")
  lu.assertStrContains(message_of(vt.art.landscape, path, { { events = store } }), "strain")
  lu.assertStrContains(message_of(vt.art.landscape, path,
    { { events = store, strain = vt.array.ones(n) * 0.25 - strain } }), "nothing softens")
end

function TestEvents.test_wrong_input()
  lu.assertStrContains(message_of(vt.art.open, folder.name "none.db"), "No such file")
  lu.assertStrContains(message_of(vt.art.open, folder.put("t.db", "text")), "no store")
  local store = gaussian_store(fixture.glass(10), 1)
  lu.assertStrContains(message_of(store.column, store, "barriers"), "did you mean 'barrier'?")
  lu.assertStrContains(message_of(store.select, store, { species = "Al" }), "are Cu, Zr")
  lu.assertStrContains(message_of(store.select, store, { center = 11 }), "numbered 1 to 10")
  lu.assertStrContains(message_of(store.select, store, { barrier = { 2, 1 } }), "the smaller one")
  lu.assertStrContains(message_of(store.select, store, { colour = 1 }), "unknown option 'colour'")
  local empty = store:select{ connected = false }
  lu.assertEquals(#empty, 0)
  lu.assertEquals(tostring(empty:spectrum()), "spectrum without events")
  lu.assertEquals(empty:summary().searches, 0)
  lu.assertEquals(empty:removal().unique, 0)
  lu.assertStrContains(message_of(empty.by, empty, "species"), "no events")
  lu.assertStrContains(message_of(empty:spectrum().plot, empty:spectrum()), "no events")
  lu.assertStrContains(message_of(store:spectrum().effective, store:spectrum(), -1), "above 0 K")
  lu.assertStrContains(message_of(vt.art.merge, folder.name "m.db", {}), "name the stores")
end

os.exit(lu.LuaUnit.run())
