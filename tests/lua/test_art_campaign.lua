-- Campaigns of real searches in a store: ended at any instant, shared by processes, refused where
-- something differs.
local lu = require "luaunit"
local vt = require "vitrum"
local child = require "child"
local fixture = require "art_fixture"
local folder = require "io_folder"

if not require("vitrum.store_core").available then
  print "skipped: this vitrum was built without SQLite"
  os.exit(0)
end

local message_of = folder.message
vt.quiet(true)

TestCampaign = fixture.class()

-- A small glass of Lennard-Jones atoms in a minimum.
local function glass()
  local atoms = vt.atoms.random{ composition = "Ar", n = 40, number_density = 0.0265, seed = 5 }
  atoms.potential = vt.potential.lj{ species = "Ar", epsilon = 0.0104, sigma = 3.4, cutoff = 6,
                                     truncation = "force_shifted" }
  vt.minimize(atoms, { fmax = 1e-6 })
  return atoms
end

local OPTIONS <const> = { searches = 3, seed = 7, start_fmax = 1e-4, force = 1e-3, kick = 1 }

local function art_of(store, changes)
  local o = { store = store }
  for key, value in pairs(OPTIONS) do o[key] = value end
  for key, value in pairs(changes or {}) do o[key] = value end
  return vt.art(glass(), o)
end

-- A process that works at the store in the folder. The start is read, which costs no time.
local function script(name)
  glass():save(folder.name "start.xyz")
  folder.put("work.lua", ([[
local vt = require "vitrum"
vt.quiet(true)
local atoms = vt.atoms.read "start.xyz"
atoms.potential = vt.potential.lj{ species = "Ar", epsilon = 0.0104, sigma = 3.4, cutoff = 6,
                                   truncation = "force_shifted" }
local art = vt.art(atoms, { store = arg[1] or "%s", searches = 3, seed = 7, start_fmax = 1e-4,
                            force = 1e-3, kick = 1 })
art:run()
print(#art)
]]):format(name))
end

-- What the searches found, without what depends on the time.
local function found(path)
  local store, lines = vt.art.open(path), {}
  for e in store:events() do
    lines[#lines + 1] = ("%d %d %s %.17g %.17g %d"):format(e.center, e.search, e.reason, e.barrier,
      e.curvature, e.region_evaluations)
  end
  return lines
end

function TestCampaign.test_killed_and_taken_up()
  script "a.db"
  local whole, status = child.vitrum(folder.path, "work.lua whole.db")
  lu.assertEquals({ whole, status }, { "120\n", 0 })
  for k = 1, 6 do
    child.shell(folder.path, ('timeout -s KILL %.2f "$VITRUM" work.lua'):format(0.05 + 0.03 * k))
  end
  local output = child.vitrum(folder.path, "work.lua")
  lu.assertEquals(output, "120\n")
  lu.assertEquals(found(folder.name "a.db"), found(folder.name "whole.db"))
end

function TestCampaign.test_two_processes()
  script "a.db"
  local output = child.shell(folder.path,
    '"$VITRUM" work.lua > one.txt & "$VITRUM" work.lua > two.txt; wait; cat one.txt two.txt')
  lu.assertEquals(output, "120\n120\n") -- each ends when all is done
  child.vitrum(folder.path, "work.lua whole.db")
  lu.assertEquals(found(folder.name "a.db"), found(folder.name "whole.db"))
end

function TestCampaign.test_another_campaign()
  local path = folder.name "a.db"
  local art = art_of(path)
  art:run{ atoms = { 1, 2 } }
  lu.assertEquals(#art, 6)
  local numbers = {}
  for e in art:events() do numbers[#numbers + 1] = e.center end
  lu.assertEquals(numbers, { 1, 1, 1, 2, 2, 2 })
  lu.assertStrContains(message_of(art_of, path, { seed = 8 }), "option seed is 7 there and 8 here")
  lu.assertStrContains(message_of(art_of, path, { kick = 0.4 }), "option kick is 1 there")
  art_of(path, { searches = 4 }):run{ atoms = { 2 } } -- more of them are no other campaign
  lu.assertEquals(#art, 7)
  local other = glass()
  other:displace(0.5, 0, 0)
  lu.assertStrContains(message_of(vt.art, other, { store = path, start_fmax = 1e-4 }),
    "another glass")
  other = glass()
  other.potential = vt.potential.lj{ species = "Ar", epsilon = 0.0105, sigma = 3.4, cutoff = 6,
                                     truncation = "force_shifted" }
  lu.assertStrContains(message_of(vt.art, other, { store = path, start_fmax = 1e-4 }),
    "potential")
  lu.assertStrContains(message_of(vt.art, glass(), { share = { 1, 2 } }), "give 'store', too")
  lu.assertStrContains(message_of(art_of, path, { share = { 3, 2 } }), "as { 2, 8 }")
  lu.assertStrContains(message_of(art.run, art, { atoms = { 41 } }), "no atom 41")
end

function TestCampaign.test_shares()
  local list = vt.array.range(1, 10)
  for part = 1, 2 do
    art_of(folder.name "a.db", { share = { part, 2 } }):run{ atoms = list }
    lu.assertTrue(folder.exists(folder.name(("a.%dof2.db"):format(part))))
  end
  local merged = vt.art.merge(folder.name "a.db",
    { folder.name "a.1of2.db", folder.name "a.2of2.db" })
  lu.assertEquals(merged, { added = 30, known = 0, different = 0 })
  art_of(folder.name "b.db"):run{ atoms = list }
  lu.assertEquals(found(folder.name "a.db"), found(folder.name "b.db"))
end

function TestCampaign.test_events_of_a_campaign()
  local art = art_of(folder.name "a.db")
  local seen = 0
  art:run{ event = function() seen = seen + 1 end }
  lu.assertEquals(seen, 120)
  lu.assertEquals(art:summary().searches, 120)
  lu.assertEquals(#art:column "barrier", 120)
  local start = art:atoms()
  lu.assertTrue(art:summary().connected > 2)
  for e in art:events{ connected = true } do
    local saddle = art:configuration(e, "saddle")
    -- Single precision and the atoms that hardly moved are what differs.
    lu.assertAlmostEquals(saddle:energy() - start:energy(), e.barrier, 1e-4)
    lu.assertAlmostEquals(art:configuration(e, "final"):energy() - start:energy(),
      e.barrier - e.reverse_barrier, 1e-4)
  end
  local plain = vt.art(glass(), { start_fmax = 1e-4 })
  lu.assertStrContains(message_of(plain.spectrum, plain), "give the searches a store")
end

os.exit(lu.LuaUnit.run())
