-- Searches for saddles: a vacancy in a crystal against a band between both minima and dense second
-- derivatives, saddles of a glass against these, a surface whose barriers are published, threads,
-- wrong input.
local copper = require "copper"
local lu = require "luaunit"
local session = require "vitrum.session"
local vt = require "vitrum"

-- A crystal without the atom that was number 1; number 1 is then one of its neighbors.
local function vacancy(cells)
  local atoms = vt.atoms.fcc{ species = "Cu", a = copper.LATTICE, cells = cells or 4 }
  atoms.potential = copper.lj
  atoms:delete{ 1 }
  vt.minimize(atoms, { fmax = 1e-6 })
  return atoms
end

local SMALL <const> = { kick_radius = 1, force = 1e-3, fmax = 1e-4, seed = 5 }

local function with(changes)
  local o = {}
  for key, value in pairs(SMALL) do o[key] = value end
  for key, value in pairs(changes or {}) do o[key] = value end
  return o
end

-- The first connected search of an atom.
local function connected(art, atom, most)
  for number = 1, most do
    local event = art:search(atom, number)
    if event.connected then return event end
  end
  lu.fail("no search was connected")
end

local function moved(atoms, displacement)
  local copy = atoms:copy()
  local positions = copy:positions()
  positions[displacement.atoms] = positions[displacement.atoms] + displacement.displacement
  return copy
end

TestArt = {}

function TestArt.test_a_vacancy_hops_as_the_band_says()
  local atoms = vacancy()
  local event = connected(vt.art(atoms, with()), 1, 12)
  local saddle, final = moved(atoms, event.saddle), moved(atoms, event.final)
  lu.assertAlmostEquals(saddle:energy() - atoms:energy(), event.barrier, 1e-5)
  lu.assertAlmostEquals(saddle:energy() - final:energy(), event.reverse_barrier, 1e-5)
  local band = vt.neb(atoms, final, { through = saddle, images = 5, force = 5e-4 })
  lu.assertTrue(band.converged)
  lu.assertAlmostEquals(band.barrier, event.barrier, 1e-5)
  lu.assertAlmostEquals(band.reverse_barrier, event.reverse_barrier, 1e-5)
  lu.assertAlmostEquals(band:saddle():energy() - atoms:energy(), band.barrier, 1e-9)
  -- One eigenvalue is negative, and it is the curvature; three are zero.
  local values = saddle:hessian():eigen()
  local negative = 0
  for k = 1, #values do if values[k] < -1e-5 then negative = negative + 1 end end
  lu.assertEquals(negative, 1)
  lu.assertAlmostEquals(values[1], event.curvature, 0.02 * math.abs(values[1]))
  lu.assertTrue(event.force < 1e-3)
end

function TestArt.test_regions_find_what_all_find()
  local atoms = vacancy(6)
  local region, all = vt.art(atoms, with()), vt.art(atoms, with{ region = "all" })
  local compared = 0
  for number = 1, 6 do
    local a, b = region:search(1, number), all:search(1, number)
    lu.assertTrue(a.active <= b.active)
    if a.connected and b.connected and math.abs(a.barrier - b.barrier) < 0.01 then
      lu.assertAlmostEquals(a.barrier, b.barrier, 1e-4)
      compared = compared + 1
    end
  end
  lu.assertTrue(compared >= 1)
end

function TestArt.test_a_saddle_of_a_region_is_one_of_all_atoms()
  local atoms = vacancy(6)
  local art = vt.art(atoms, with{ force = 0.02, searches = 6 })
  art:run{ atoms = { 1 } }
  local late = vt.art(atoms, with{ force = 0.02, region = "late" })
  local refined = 0
  for event in art:events() do
    local other = late:search(1, event.search)
    lu.assertEquals(other.connected, event.connected)
    if event.connected then
      lu.assertAlmostEquals(other.barrier, event.barrier, 1e-3)
      lu.assertTrue(event.force < 0.02)
      local fine = art:refine(event)
      lu.assertTrue(fine.converged)
      lu.assertTrue(fine.force < 1e-3)
      local energy = moved(atoms, fine.saddle):energy() - atoms:energy()
      lu.assertAlmostEquals(energy, fine.barrier, 5e-4) -- ways below 1e-3 A are not listed
      lu.assertAlmostEquals(fine.barrier, event.barrier, 1e-3)
      refined = refined + 1
    end
  end
  lu.assertTrue(refined >= 1)
  local audit = art:audit{ share = 1 }
  lu.assertEquals(audit.events, refined)
  lu.assertEquals(audit.lost, 0)
  lu.assertEquals(#audit.deviations, refined)
  lu.assertTrue(audit.largest < 1e-3)
  lu.assertEquals(art:audit{ share = 0.01 }.events, 1)
  lu.assertErrorMsgContains("an event with a saddle", art.refine, art, { reason = "lost" })
end

function TestArt.test_workers_change_nothing()
  local atoms = vacancy()
  local list = {}
  for workers = 1, 2 do
    local art = vt.art(atoms, with{ searches = 2 })
    art:run{ atoms = { 1, 5 }, workers = workers }
    lu.assertEquals(#art, 4)
    local text = {}
    for event in art:events() do
      event.seconds = nil
      text[#text + 1] = ("%d %d %s %s %d"):format(event.center, event.search, event.reason,
        tostring(event.barrier), event.region_evaluations)
    end
    list[workers] = table.concat(text, "\n")
  end
  lu.assertEquals(list[1], list[2])
end

function TestArt.test_events_are_handed_out_and_left_out()
  local art = vt.art(vacancy(3), with{ searches = 3, leave_steps = 1, region = "all" })
  local seen = {}
  art:run{ atoms = { 2, 3 }, event = function(e) seen[#seen + 1] = e.center * 10 + e.search end,
           skip = function(atom, number) return atom == 2 and number == 2 end }
  table.sort(seen)
  lu.assertEquals(seen, { 21, 23, 31, 32, 33 })
  lu.assertEquals(#art, 0)
  art:run{ atoms = { 2 } }
  local sum = art:summary()
  lu.assertEquals(sum.searches, 3)
  lu.assertEquals(sum.reasons["step limit"], 3)
  lu.assertEquals(sum.connected, 0)
end

function TestArt.test_frozen_atoms_stand_still()
  local atoms, frozen = vacancy(), {}
  for k = 2, #atoms, 2 do frozen[#frozen + 1] = k end
  local art = vt.art(atoms:copy():rattle{ amplitude = 0.02, seed = 1 },
    with{ frozen = frozen, leave_steps = 1, minimize = true })
  lu.assertTrue(art.fmax < 1e-3)
  lu.assertErrorMsgContains("atom 2 is frozen", art.search, art, 2, 1)
end

-- ---------------------------------------------------------------- glasses ----

-- A quenched mixture of 400 atoms, and those further than 7 A from atom `center`, to be frozen:
-- who moves is little enough for dense second derivatives.
local function glass_around(center)
  local glass = vt.atoms.random{ composition = "Cu64Zr36", n = 400, seed = 4 }
  glass.potential = vt.potential.lj{ species = { "Cu", "Zr" }, epsilon = { 0.35, 0.45 },
                                     sigma = { 2.3, 2.8 }, truncation = "force_shifted" }
  vt.minimize(glass, { fmax = 0.01 })
  glass:thermalize{ temperature = 1500, seed = 3 }
  vt.md(glass):run{ steps = 1500 }
  vt.minimize(glass, { fmax = 1e-5 })
  local positions, edge, frozen, free = glass:positions(), glass:volume() ^ (1 / 3), {}, {}
  for atom = 1, #glass do
    local d, d2 = positions[atom] - positions[center], 0
    for q = 1, 3 do d2 = d2 + (d[q] - edge * math.floor(d[q] / edge + 0.5)) ^ 2 end
    local list = d2 > 49 and frozen or free
    list[#list + 1] = atom
  end
  return glass, frozen, free
end

-- Eigenvalues of the second derivatives by the positions of some atoms.
local function eigenvalues(atoms, free)
  local list = {}
  for _, atom in ipairs(free) do
    for q = 1, 3 do list[#list + 1] = 3 * (atom - 1) + q end
  end
  return atoms:hessian()[list]:transpose()[list]:eigen()
end

function TestArt.test_saddles_of_a_glass_have_one_negative_eigenvalue()
  local saddles = 0
  for _, center in ipairs{ 50, 100, 250 } do
    local glass, frozen, free = glass_around(center)
    local start = eigenvalues(glass, free)
    lu.assertTrue(start[1] > 0)
    local art = vt.art(glass, { force = 1e-3, fmax = 1e-4, frozen = frozen, central = true,
                                leave_vectors = 60 })
    for number = 1, 4 do
      local event = art:search(center, number)
      if event.connected then
        local values = eigenvalues(moved(glass, event.saddle), free)
        lu.assertTrue(values[1] < -0.01)
        lu.assertTrue(values[2] > 1e-3)
        -- Lanczos bounds the lowest from above and stops when it changes by less than 1 %.
        lu.assertTrue(event.curvature > values[1] - 1e-5)
        lu.assertAlmostEquals(event.curvature, values[1], 0.05 * -values[1])
        saddles = saddles + 1
      end
    end
  end
  lu.assertTrue(saddles >= 6)
end

-- ---------------------------------------------------------------- 13 atoms ----

-- The lowest transition states next to the icosahedron of 13 Lennard-Jones atoms, and the minima
-- behind them, in units of epsilon: from the network LJ13 that comes with PyGT (Swinburne et al.,
-- github.com/tomswinburne/PyGT). Doye, Miller and Wales, J. Chem. Phys. 111, 8417 (1999), describe
-- the surface.
local ICOSAHEDRON <const> = -44.3268014195
local LJ13 <const> = {
  { -40.9062828304, -41.4445970024 }, { -40.6317236688, -41.3943984170 },
  { -40.4626862182, -41.4719798478 }, { -40.4326640775, -41.4719798478 },
  { -40.3160380366, -41.4719798478 },
}

function TestArt.test_the_lowest_ways_out_of_the_icosahedron()
  local golden, sigma = (1 + 5 ^ 0.5) / 2, 2.5
  local corners = { { 0, 0, 0 } }
  for _, a in ipairs{ -1, 1 } do
    for _, b in ipairs{ -golden, golden } do
      table.move({ { 0, a, b }, { a, b, 0 }, { b, 0, a } }, 1, 3, #corners + 1, corners)
    end
  end
  local atoms = vt.atoms.random{ composition = "Cu", n = 13, box = 100, seed = 1 }
  atoms:positions():assign(0.57 * sigma * vt.array(corners) + 50)
  atoms.potential = vt.potential.lj{ species = "Cu", epsilon = 1, sigma = sigma, cutoff = 49,
                                     truncation = "cut" }
  vt.minimize(atoms, { fmax = 1e-6 })
  lu.assertAlmostEquals(atoms:energy(), ICOSAHEDRON, 1e-6)
  -- A cluster may turn, so that energies tell minima apart.
  local art = vt.art(atoms, { seed = 1, region = "all", force = 1e-5, fmax = 1e-4, kick = 0.8,
                              kick_radius = 3, push = 0.1, leave_steps = 100, central = true,
                              same_distance = 1.5, searches = 10 })
  art:run()
  local found, lowest = {}, math.huge
  for event in art:events() do
    if event.connected then
      lowest = math.min(lowest, event.barrier)
      for k, state in ipairs(LJ13) do
        if math.abs(event.barrier + ICOSAHEDRON - state[1]) < 2e-6 then
          found[k] = true
          lu.assertAlmostEquals(event.barrier - event.reverse_barrier + ICOSAHEDRON, state[2], 2e-6)
        end
      end
    end
  end
  lu.assertAlmostEquals(lowest, 3.4205185891, 2e-6)
  lu.assertEquals(found, { true, true, true, true, true })
end

-- A way out of the lowest minimum of LJ38, the truncated octahedron, and two minima behind others,
-- from the network LJ38 of PyGT.
function TestArt.test_ways_out_of_the_truncated_octahedron()
  local octahedron, sigma, points = -173.9284265906, 2.5, {}
  for x = -2, 2 do
    for y = -2, 2 do
      for z = -2, 2 do
        local sum = math.abs(x) + math.abs(y) + math.abs(z)
        if sum == 1 or sum == 3 then points[#points + 1] = { x, y, z } end
      end
    end
  end
  local atoms = vt.atoms.random{ composition = "Cu", n = 38, box = 100, seed = 1 }
  atoms:positions():assign(0.78 * sigma * vt.array(points) + 50)
  atoms.potential = vt.potential.lj{ species = "Cu", epsilon = 1, sigma = sigma, cutoff = 49,
                                     truncation = "cut" }
  vt.minimize(atoms, { fmax = 1e-7 })
  lu.assertAlmostEquals(atoms:energy(), octahedron, 1e-8)
  local art = vt.art(atoms, { seed = 1, region = "all", force = 1e-5, fmax = 1e-4, kick = 0.8,
                              kick_radius = 3, push = 0.1, leave_steps = 100, central = true,
                              same_distance = 1.5 })
  local way = art:search(20, 110)
  lu.assertEquals(way.reason, "connected")
  lu.assertAlmostEquals(way.barrier + octahedron, -168.5542390101, 1e-8)
  for number, energy in pairs{ [2] = -171.7580858891, [3] = -171.8560224288 } do
    local event = art:search(1, number)
    lu.assertEquals(event.reason, "connected")
    lu.assertAlmostEquals(event.barrier - event.reverse_barrier + octahedron, energy, 1e-6)
  end
end

-- An adatom on Cu(100): its hop by LAMMPS's elastic band, and its exchange with a surface atom. The
-- energy of its minimum is that with the lowest layer held. The band that LAMMPS was asked for is
-- 2e-5 eV above the saddle, as one is here that has 4e-3 eV/A left.
function TestArt.test_an_adatom_hops_and_exchanges()
  local folder = (os.getenv "VITRUM_SHARED" or "../shared") .. "/reference/art-cu100/"
  local file = io.open(folder .. "adatom.data")
  if not file then return lu.skip "the reference of an adatom is missing" end
  file:close()
  local atoms = vt.atoms.read(folder .. "adatom.data", { species = { "Cu", "Cu", "Cu" } })
  atoms.potential = vt.potential.eam(folder .. "Cu_u3.eam")
  local frozen = atoms:positions():column(3):lt(1):find()
  lu.assertEquals(#frozen, 128)
  lu.assertTrue(vt.minimize(atoms, { frozen = frozen, fmax = 1e-5 }).converged)
  lu.assertAlmostEquals(atoms:energy(), -6212.08908, 1e-5)
  local art = vt.art(atoms, { frozen = frozen, seed = 3, force = 0.01 })
  local hop, exchange = art:search(#atoms, 1), art:search(#atoms, 5)
  lu.assertEquals({ hop.reason, exchange.reason }, { "connected", "connected" })
  lu.assertAlmostEquals(hop.barrier, 0.505007, 3e-4)
  lu.assertAlmostEquals(exchange.barrier, 0.8212, 2e-3)
  local final = moved(art.start, hop.final)
  vt.minimize(final, { frozen = frozen, fmax = 1e-5 })
  local function band(force)
    return vt.neb(art.start, final, { frozen = frozen, images = 7, force = force })
  end
  lu.assertAlmostEquals(band(5e-3).barrier, 0.505007, 1e-5)
  local fine = band(1e-3)
  lu.assertAlmostEquals(fine.barrier, fine.reverse_barrier, 2e-6)
  lu.assertAlmostEquals(fine.barrier, art:refine(hop).barrier, 1e-5)
end

-- What is said about a potential when searches are to start.
local function warned(potential, o)
  local atoms = vt.atoms.fcc{ species = "Cu", a = copper.LATTICE, cells = 3 }
  atoms.potential = potential
  vt.minimize(atoms, { fmax = 1e-6 })
  local warn, text = session.warn, ""
  session.warn = function(message) text = text .. message end
  local ok, why = pcall(vt.art, atoms, o)
  session.warn = warn
  lu.assertTrue(ok, why)
  return text
end

function TestArt.test_forces_that_jump_are_named()
  local function lj(truncation)
    return vt.potential.lj{ species = "Cu", epsilon = 0.41, sigma = 2.34, truncation = truncation }
  end
  local slope = 24 * 0.41 / 2.34 * (2.5 ^ -7 - 2 * 2.5 ^ -13)
  lu.assertAlmostEquals(lj("shifted").jump, slope, 1e-12)
  lu.assertAlmostEquals(lj("cut").jump, slope, 1e-12)
  lu.assertEquals(copper.lj.jump, 0)
  lu.assertEquals(warned(copper.lj), "")
  lu.assertEquals(warned(lj "shifted", { fmax = 0.2 }), "")
  local text = warned(lj "shifted")
  lu.assertStrContains(text, "forces of lj jump by about 0.0068 eV/A at the cutoff")
  lu.assertStrContains(text, 'truncation = "force_shifted" mends that')
  local source = os.getenv "VITRUM_SOURCE" or "."
  local file = source .. "/tests/data/potential/funcfl.eam"
  local raw, tapered = vt.potential.eam(file), vt.potential.eam(file, { taper = 0.3 })
  lu.assertTrue(raw.jump > 0)
  lu.assertEquals(tapered.jump, 0)
end

function TestArt.test_wrong_input()
  local atoms = vacancy(3)
  local function fails(text, f, ...) lu.assertErrorMsgContains(text, f, ...) end
  fails("expected atoms", vt.art, {})
  fails("the start is no minimum: the largest force on an atom is", vt.art,
    atoms:copy():rattle{ amplitude = 0.1, seed = 1 })
  fails("option 'searches' must be a whole number, at least 1", vt.art, atoms, { searches = 0 })
  fails("names atom 900", vt.art, atoms, { frozen = { 900 } })
  fails("must be from the radius", vt.art, atoms, { radius = 20 })
  local all = {}
  for k = 1, #atoms do all[k] = k end
  fails("all atoms are frozen", vt.art, atoms, { frozen = all })
  local art = vt.art(atoms)
  fails("there is no atom 5000", art.search, art, 5000, 1)
  fails("there is no atom 5000", art.run, art, { atoms = { 5000 } })
  fails("the list of atoms is empty", art.run, art, { atoms = {} })
  fails('atoms are a list of numbers or "all"', art.run, art, { atoms = 3 })
  fails("must have the same atoms", vt.neb, atoms, vacancy(4))
  fails("a whole number from 3 to 1000", vt.neb, atoms, atoms, { images = 2 })
  fails("the same", vt.neb, atoms, atoms)
  local without = atoms:copy()
  without.potential = nil
  fails("the atoms have no potential", vt.art, without)
end

os.exit(lu.LuaUnit.run())
