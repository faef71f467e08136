-- vt.atoms: constructors, arrays, selection, box, velocities, messages.
local lu = require "luaunit"
local vt = require "vitrum"

--- The error that f raises with the arguments given.
local function message(f, ...)
    local ok, err = pcall(f, ...)
    lu.assertFalse(ok)
    return tostring(err)
end

local function contains(expected, f, ...)
    lu.assertStrContains(message(f, ...), expected)
end

local function melt(n)
    return vt.atoms.random{ composition = { Cu = 64, Zr = 36 }, n = n or 250, seed = 3 }
end

local function copper(cells)
    return vt.atoms.fcc{ species = "Cu", a = 3.615, cells = cells or 3 }
end

TestRandom = {}

function TestRandom.test_composition_and_default_density()
    local glass = melt(1000)
    lu.assertEquals(#glass, 1000)
    lu.assertEquals(glass:counts(), { Cu = 640, Zr = 360 })
    lu.assertEquals(glass:composition(), { Cu = 0.64, Zr = 0.36 })
    -- The volumes of the solid elements, mixed.
    local cu, zr = vt.atoms.element "Cu", vt.atoms.element "Zr"
    lu.assertAlmostEquals(glass:volume() / 1000, 0.64 * cu.volume + 0.36 * zr.volume, 1e-10)
    lu.assertAlmostEquals(glass:mass(), 640 * cu.mass + 360 * zr.mass, 1e-8)
    lu.assertEquals(glass:species(), {
        { symbol = "Cu", mass = 63.546, count = 640, types = { 1 } },
        { symbol = "Zr", mass = 91.224, count = 360, types = { 2 } },
    })
end

function TestRandom.test_density_is_what_was_asked()
    local options = { composition = "Zr50Cu40Al10", n = 300, density = 6.7 }
    lu.assertAlmostEquals(vt.atoms.random(options):density(), 6.7, 1e-12)
    lu.assertEquals(vt.atoms.random(options):species()[1].symbol, "Zr") -- the order written
    options.density, options.number_density = nil, 0.0525
    lu.assertAlmostEquals(vt.atoms.random(options):number_density(), 0.0525, 1e-14)
    options.number_density, options.box = nil, { 18, 19, 20 }
    lu.assertEquals(vt.atoms.random(options):box().lengths, { 18.0, 19.0, 20.0 })
    options.box = { lengths = { 18, 19, 20 }, angles = { 80, 85, 70 } }
    options.box.periodic = { true, true, false }
    local box = vt.atoms.random(options):box()
    lu.assertEquals(box.periodic, { true, true, false })
    lu.assertAlmostEquals(box.angles[3], 70, 1e-10)
    options.density = 5
    contains("give one of number_density, density and box", vt.atoms.random, options)
end

function TestRandom.test_the_seed_decides()
    local one, same = melt(), melt()
    local other = vt.atoms.random{ composition = "Cu64Zr36", n = 250, seed = 4 }
    lu.assertTrue(one:positions():equals(same:positions()))
    lu.assertTrue(one:types():equals(same:types()))
    lu.assertFalse(one:positions():equals(other:positions()))
end

function TestRandom.test_species_of_ones_own_need_masses()
    local options = { composition = { A = 0.8, B = 0.2 }, n = 200, number_density = 1.2 / 3.4 ^ 3 }
    contains("'A' is not an element symbol", vt.atoms.random, options)
    options.masses = { A = 40, B = 20 }
    lu.assertEquals(vt.atoms.random(options):counts(), { A = 160, B = 40 })
    options.masses.B = -1
    contains("the mass of B [amu] must be a positive number, got -1", vt.atoms.random, options)
    options.masses.B, options.masses.C = 20, 1
    contains("'masses' names C, which the composition lacks", vt.atoms.random, options)
    options.composition, options.masses, options.number_density = { Ar = 1 }, nil, nil
    contains("no density is known for this composition", vt.atoms.random, options)
end

function TestRandom.test_wrong_options_say_what_is_wrong()
    local random = vt.atoms.random
    contains("option 'composition' is missing", random, { n = 10 })
    contains("composition must be like { Cu = 64, Zr = 36 } or \"Cu64Zr36\", got 5", random,
        { n = 10, composition = 5 })
    contains("composition is empty", random, { n = 10, composition = {} })
    contains("got Cu = much", random, { n = 10, composition = { Cu = "much" } })
    contains("got 1 = Cu", random, { n = 10, composition = { "Cu" } })
    contains("expected an element symbol at '64Zr36'", random, { n = 10, composition = "64Zr36" })
    contains("names Cu twice", random, { n = 10, composition = "Cu64Cu36" })
    contains("'Q' is not an element symbol", random, { n = 10, composition = "Q64Zr36" })
    contains("the share of Zr is -1", random, { n = 10, composition = { Cu = 1, Zr = -1 } })
    contains("sum to 0", random, { n = 10, composition = { Cu = 0 }, number_density = 0.1 })
    contains("option 'n' is missing", random, { composition = "Cu" })
    contains("option 'n' must be a whole number, at least 1, got 0",
        random, { composition = "Cu", n = 0 })
    contains("atoms are too many; the limit is",
        random, { composition = "Cu", n = 10 ^ 15 // 1 | 0 })
    contains("unknown option 'densty'; did you mean 'density'?",
        random, { composition = "Cu", n = 5, densty = 8 })
    contains("cannot all be 4 A apart",
        random, { composition = "Cu", n = 500, minimum_distance = 4 })
    contains("vector a has length 0", random, { composition = "Cu", n = 5, box = 0 })
    contains("left-handed", random, { composition = "Cu", n = 5, box = { 5, 5, -5 } })
    contains("test_atoms.lua:", random, { n = 10 })
end

TestCrystals = {}

function TestCrystals.test_counts_and_boxes()
    local fcc = vt.atoms.fcc{ species = "Cu", a = 3.615, cells = { 2, 3, 4 } }
    lu.assertEquals(#fcc, 4 * 24)
    lu.assertAlmostEquals(fcc:box().lengths[3], 4 * 3.615, 1e-12)
    lu.assertEquals(#vt.atoms.bcc{ species = "Fe", a = 2.866, cells = 3 }, 54)
    local hcp = vt.atoms.hcp{ species = "Zr", a = 3.232, cells = 2 }
    lu.assertAlmostEquals(hcp:box().lengths[3] / 2 / 3.232, math.sqrt(8 / 3), 1e-12)
    local periodic = { true, false, true }
    local b2 = vt.atoms.b2{ species = { "Cu", "Zr" }, a = 3.26, cells = 2, periodic = periodic }
    lu.assertEquals(b2:counts(), { Cu = 8, Zr = 8 })
    lu.assertEquals(b2:box().periodic, { true, false, true })
end

function TestCrystals.test_a_solid_solution_has_exact_counts()
    local options = { composition = { Ni = 3, Cu = 1 }, a = 3.55, cells = 4, seed = 2 }
    local alloy = vt.atoms.fcc(options)
    lu.assertEquals(alloy:counts(), { Ni = 192, Cu = 64 })
    lu.assertTrue(alloy:types():equals(vt.atoms.fcc(options):types()))
    options.species = "Ni"
    contains("give species or composition, not both", vt.atoms.fcc, options)
end

function TestCrystals.test_wrong_options()
    contains("option 'species' is missing, as in species = \"Cu\"",
        vt.atoms.fcc, { a = 3, cells = 2 })
    contains("option 'species' is missing, as in species = { \"Cu\", \"Zr\" }",
        vt.atoms.b2, { a = 3, cells = 2 })
    contains("option 'a' [A] is missing", vt.atoms.fcc, { species = "Cu", cells = 2 })
    contains("option 'cells' is missing", vt.atoms.fcc, { species = "Cu", a = 3 })
    contains("cells must be a whole number or a table of 3, got two", vt.atoms.fcc,
        { species = "Cu", a = 3, cells = "two" })
    contains("0 along b", vt.atoms.fcc, { species = "Cu", a = 3, cells = { 1, 0, 1 } })
    contains("species: Qq is not an element symbol",
        vt.atoms.bcc, { species = "Qq", a = 3, cells = 2 })
    contains("species must be two symbols", vt.atoms.b2, { species = "Cu", a = 3, cells = 2 })
    contains("periodic must be true, false or a table of 3", vt.atoms.fcc,
        { species = "Cu", a = 3, cells = 2, periodic = "yes" })
    contains("periodic: entry 3 must be true or false, got 1", vt.atoms.fcc,
        { species = "Cu", a = 3, cells = 2, periodic = { true, true, 1 } })
    contains("unknown option 'c'", vt.atoms.fcc, { species = "Cu", a = 3, c = 3, cells = 2 })
    contains("'cu' is not an element symbol", vt.atoms.element, "cu")
end

TestArrays = {}

function TestArrays.test_views_write_through_and_keep_the_atoms_alive()
    local glass = melt()
    local x = glass:positions()
    x[5][1] = 2.385
    lu.assertEquals(glass:positions():get(5, 1), 2.385)
    lu.assertEquals(glass:atom(5).x, 2.385)
    glass = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    lu.assertEquals(x:get(5, 1), 2.385)
end

function TestArrays.test_views_become_stale()
    local glass = melt()
    local x, v, images = glass:positions(), glass:velocities(), glass:images()
    glass:delete{ 1 }
    contains("stale", function() return x[1][1] end)
    contains("stale", function() return v[1][1] end)
    contains("stale", function() return images[1][1] end)
    x = glass:positions()
    glass:close()
    contains("stale", function() return x[1][1] end)
    contains("these atoms are closed", function() return glass:positions() end)
    contains("these atoms are closed", function() return #glass end)
    lu.assertEquals(tostring(glass), "Atoms (closed)")
    glass:close() -- twice is fine
end

function TestArrays.test_derived_arrays_are_copies()
    local b2 = vt.atoms.b2{ species = { "Cu", "Zr" }, a = 3.26, cells = 2 }
    local types, ids = b2:types(), b2:ids()
    lu.assertEquals({ types[1], types[2], ids[16] }, { 1, 2, 16 })
    lu.assertEquals(types.dtype, "int32")
    types[1], ids[1] = 2, 99
    lu.assertEquals({ b2:types()[1], b2:ids()[1] }, { 1, 1 })
    lu.assertEquals({ table.unpack(b2:symbols(), 1, 3) }, { "Cu", "Zr", "Cu" })
    lu.assertAlmostEquals(b2:masses():sum(), b2:mass(), 1e-9)
end

function TestArrays.test_unwrapped_and_fractional()
    local glass = melt():set_box{ angles = { 85, 95, 80 } }
    glass:displace(100, -30, 55)
    local before = glass:unwrapped()
    glass:wrap()
    lu.assertTrue(glass:unwrapped():near(before, 1e-11)) -- rounding at 100 A
    lu.assertTrue(glass:fractional():min() > -1e-12)
    lu.assertTrue(glass:fractional():max() < 1)
    lu.assertTrue(glass:images():max() > 0)
end

function TestArrays.test_one_atom()
    local atom = melt():atom(7)
    lu.assertEquals({ atom.index, atom.id }, { 7, 7 })
    lu.assertEquals({ type(atom.species), type(atom.vz) }, { "string", "number" })
    contains("atom 0 does not exist; atoms are numbered 1 to 250", function()
        return melt():atom(0)
    end)
end

TestSelect = {}

function TestSelect.test_by_predicate_and_by_list()
    local glass = melt()
    local zr = glass:select(function(atom) return atom.species == "Zr" end)
    lu.assertEquals(#zr, 90)
    local ids, last = zr:ids(), 0
    for k = 1, #zr do
        lu.assertTrue(ids[k] > last) -- order is kept
        last = ids[k]
        lu.assertEquals(zr:atom(k).x, glass:atom(last).x)
    end
    local some = glass:select{ 9, 2, 5 }
    lu.assertEquals(some:ids():totable(), { 2, 5, 9 })
    lu.assertEquals(glass:select(vt.array{ 3, 4 }):ids():totable(), { 3, 4 })
    lu.assertEquals(#glass:select{}, 0)
    local low = glass:positions():column(3):lt(5)
    lu.assertEquals(#glass:select(low:find()), low:sum())
end

function TestSelect.test_deleting_keeps_order_and_ids()
    local glass = melt()
    local x = glass:atom(4).x
    lu.assertIs(glass:delete{ 1, 3 }, glass)
    lu.assertEquals(#glass, 248)
    lu.assertEquals({ glass:atom(1).id, glass:atom(2).id, glass:atom(2).x }, { 2, 4, x })
    glass:delete(function() return true end)
    lu.assertEquals(#glass, 0)
    lu.assertEquals(tostring(glass):match "Atoms: none, 0 atoms", "Atoms: none, 0 atoms")
    lu.assertEquals(glass:temperature(), 0)
    lu.assertEquals(glass:positions().shape, { 0, 3 })
    lu.assertEquals(glass:composition(), {})
    contains("no atoms", function() glass:thermalize{ temperature = 300 } end)
end

function TestSelect.test_wrong_choices()
    local glass = melt()
    contains("entry 2 is 251; atoms are numbered 1 to 250", function() glass:select{ 1, 251 } end)
    contains("entry 1 is 1.5", function() glass:delete{ 1.5 } end)
    contains("mask:find()", function() glass:select(glass:types():eq(1)) end)
    contains("got a table with key 'species'", function() glass:select{ species = "Zr" } end)
    contains("expected a function of an atom or a list of atom numbers, got 5", function()
        glass:delete(5)
    end)
    contains("no such thing", function() glass:delete(function() error "no such thing" end) end)
    contains("Atoms:delete: a method that is still at work", function()
        glass:select(function() glass:delete{ 1 } return true end)
    end)
    lu.assertEquals(#glass, 250)
    contains("closed", function() glass:select(function() glass:close() return true end) end)
end

function TestSelect.test_substitution()
    local glass = copper(4)
    lu.assertIs(glass:substitute{ from = "Cu", to = "Al", fraction = 0.1, seed = 7 }, glass)
    lu.assertEquals(glass:counts(), { Cu = 230, Al = 26 }) -- 25.6 rounded
    glass:substitute{ to = "Zr", count = 6, seed = 1 }
    lu.assertEquals(glass:counts().Zr, 6)
    glass:substitute{ to = "Ni", atoms = { 1, 2, 3 } }
    lu.assertEquals({ glass:atom(1).species, glass:atom(3).species }, { "Ni", "Ni" })
    lu.assertEquals(glass:counts().Ni, 3)
    glass:substitute{ to = "Ni", atoms = function(atom) return atom.species ~= "Ni" end }
    lu.assertEquals(glass:counts(), { Ni = 256, Cu = 0, Al = 0, Zr = 0 })
    lu.assertEquals(glass:drop_species():counts(), { Ni = 256 })
    lu.assertEquals(glass:types():max(), 1)
end

function TestSelect.test_wrong_substitutions_change_nothing()
    local glass = copper(2)
    contains("option 'to' is missing", function() glass:substitute{ count = 1 } end)
    contains("no species 'Zr'", function()
        glass:substitute{ from = "Zr", to = "Al", count = 1 }
    end)
    contains("only 32 can (Cu)", function()
        glass:substitute{ from = "Cu", to = "Al", count = 33 }
    end)
    contains("'fraction' must be 0 to 1, got 2", function()
        glass:substitute{ to = "Al", fraction = 2 }
    end)
    contains("give one of fraction, count and atoms", function() glass:substitute{ to = "Al" } end)
    contains("'atoms' says which", function()
        glass:substitute{ to = "Al", atoms = { 1 }, count = 1 }
    end)
    contains("'Xx' is not an element symbol", function()
        glass:substitute{ to = "Xx", count = 1 }
    end)
    lu.assertEquals(glass:counts(), { Cu = 32 })
    glass:substitute{ to = "X", count = 2, mass = 12.5 }
    lu.assertEquals(glass:counts(), { Cu = 30, X = 2 })
end

TestBox = {}

function TestBox.test_the_table_goes_back_unchanged()
    local glass = melt():set_box{ a = { 16, 0.5, 0 }, b = { -3, 17, 1 }, c = { 2, 1, 18 },
        origin = { 1, 2, 3 }, periodic = { true, false, true } }
    local before = glass:box()
    lu.assertEquals(before.b, { -3.0, 17.0, 1.0 })
    lu.assertEquals(glass:set_box(before):box(), before)
end

function TestBox.test_lengths_angles_volume()
    local glass = melt()
    glass:set_box{ lengths = { 10, 11, 12 } }
    lu.assertAlmostEquals(glass:volume(), 1320, 1e-9)
    glass:set_box{ angles = { 90, 90, 60 } }
    lu.assertAlmostEquals(glass:volume(), 1320 * math.sqrt(3) / 2, 1e-9)
    lu.assertAlmostEquals(glass:box().b[1], 5.5, 1e-12)
    glass:set_box{ volume = 2000 }
    lu.assertAlmostEquals(glass:volume(), 2000, 1e-9)
    glass:set_box(15)
    lu.assertEquals(glass:box().lengths, { 15.0, 15.0, 15.0 })
    glass:set_box{ periodic = false }
    lu.assertEquals(glass:box().periodic, { false, false, false })
end

function TestBox.test_remap_moves_the_atoms()
    local glass = melt()
    local s, x = glass:fractional(), glass:positions():copy()
    glass:set_box{ lengths = { 20, 30, 40 } }
    lu.assertTrue(glass:positions():equals(x))
    glass:set_box{ lengths = glass:box().lengths, angles = { 70, 80, 75 }, remap = true }
    lu.assertFalse(glass:positions():equals(x))
    lu.assertTrue(melt():set_box{ volume = 9000, remap = true }:fractional():near(s, 1e-13))
end

function TestBox.test_strain()
    local glass = melt()
    local v, s = glass:volume(), glass:fractional()
    lu.assertIs(glass:strain{ xx = 0.02, yy = -0.01, xy = 0.05 }, glass)
    lu.assertAlmostEquals(glass:volume() / v, 1.02 * 0.99, 1e-13)
    lu.assertTrue(glass:fractional():near(s, 1e-13))
    local box = glass:box()
    lu.assertEquals(box.a[2], 0.0) -- still as LAMMPS wants it
    lu.assertAlmostEquals(box.b[1] / box.b[2], 0.05 / 0.99, 1e-12)
    glass:strain{ gradient = { { 1, 0, 0 }, { 0, 2, 0 }, { 0, 0, 1 } } }
    lu.assertAlmostEquals(glass:volume() / v, 2 * 1.02 * 0.99, 1e-12)
    contains("not both", function()
        glass:strain{ xx = 0.1, gradient = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } } }
    end)
    contains("gradient must be 3 x 3", function() glass:strain{ gradient = { { 1, 2 } } } end)
    contains("vector a has length 0", function() glass:strain{ xx = -1 } end)
end

function TestBox.test_wrong_boxes()
    local glass = melt()
    local before = glass:box()
    contains("unknown option 'lenghts'; did you mean 'lengths'?", function()
        glass:set_box{ lenghts = { 1, 2, 3 } }
    end)
    contains("left-handed", function() glass:set_box{ a = { 0, 10, 0 }, b = { 10, 0, 0 } } end)
    contains("lie in a plane", function() glass:set_box{ c = { 1, 1, 0 } } end)
    contains("component 1 of cell vector a is ", function()
        glass:set_box{ a = { 0 / 0, 1, 1 } }
    end)
    contains("option 'a' must be a table of 3 numbers, got 5", function()
        glass:set_box{ a = 5 }
    end)
    contains("option 'origin': entry 2 must be a number, got x", function()
        glass:set_box{ origin = { 0, "x", 0 } }
    end)
    contains("the length of b is", function() glass:set_box{ lengths = { 1, -2, 3 } } end)
    contains("no cell has the angles", function() glass:set_box{ angles = { 60, 60, 150 } } end)
    contains("'volume' [A^3] must be a positive number, got big", function()
        glass:set_box{ volume = "big" }
    end)
    contains("option 'remap' must be true or false, got 1", function()
        glass:set_box{ volume = 9, remap = 1 }
    end)
    contains("set_box takes one table; put remap into it", function()
        glass:set_box({ volume = 9 }, { remap = true })
    end)
    contains("do not fit the cell vectors", function()
        glass:set_box{ a = { 9, 0, 0 }, b = { 0, 9, 0 }, c = { 0, 0, 9 }, lengths = { 9, 9, 10 } }
    end)
    lu.assertEquals(glass:box(), before)
end

TestMotion = {}

function TestMotion.test_temperature_is_exact()
    local glass = melt()
    lu.assertEquals(glass:temperature(), 0)
    lu.assertIs(glass:thermalize{ temperature = 1234.5, seed = 9 }, glass)
    lu.assertAlmostEquals(glass:temperature(), 1234.5, 1e-9)
    lu.assertAlmostEquals(glass:kinetic_energy(), 1.5 * 249 * vt.units.boltzmann * 1234.5, 1e-9)
    local drift = (glass:velocities():transpose() * glass:masses()):sum(2)
    lu.assertTrue(drift:abs():max() < 1e-9)
    contains("option 'temperature' [K] is missing", function() glass:thermalize{} end)
    contains("option 'temperature' [K] must be a number that is not negative, got -3",
        function() glass:thermalize{ temperature = -3 } end)
    glass:positions()[1][1] = 0 / 0
    contains("the position of atom 1 (id 1) is (", function()
        glass:thermalize{ temperature = 3 }
    end)
end

function TestMotion.test_displace_and_rattle()
    local glass = melt()
    local before = glass:positions():copy()
    glass:displace(1, 0, -2):displace{ -1, 0, 2 }
    lu.assertTrue(glass:positions():near(before, 1e-13))
    glass:rattle{ amplitude = 0.1, seed = 5 }
    local d = glass:positions() - before
    -- 750 numbers: the standard deviation scatters by 0.1 / sqrt(1500) = 0.0026; five times that.
    lu.assertAlmostEquals(d:std(), 0.1, 0.013)
    contains("option 'amplitude' [A] is missing", function() glass:rattle{} end)
    contains("displace: component 2 is not finite", function() glass:displace(0, 1 / 0, 0) end)
    contains("displacement [A] must be a table of 3 numbers", function() glass:displace "far" end)
end

TestWhole = {}

function TestWhole.test_replicate_and_append()
    local glass = melt():thermalize{ temperature = 300 }
    local large = glass:replicate(2, 1, 3)
    lu.assertEquals(#large, 1500)
    lu.assertAlmostEquals(large:volume(), 6 * glass:volume(), 1e-8)
    lu.assertAlmostEquals(large:kinetic_energy(), 6 * glass:kinetic_energy(), 1e-9)
    lu.assertEquals(#glass:replicate(2), 2000)
    lu.assertEquals(#glass:replicate{ 1, 1, 2 }, 500)
    contains("0 along c", function() glass:replicate(1, 1, 0) end)
    contains("x along b", function() glass:replicate(1, "x", 1) end)
    contains("the limit is", function() glass:replicate(10000) end)
    local all = glass:copy():append(copper(1))
    lu.assertEquals(#all, 254)
    lu.assertEquals(all:atom(254).id, 254)
    lu.assertEquals(#glass, 250)
end

function TestWhole.test_printing_and_fields()
    local glass = melt(1000)
    lu.assertStrMatches(tostring(glass),
        "Atoms: Cu64Zr36, 1000 atoms, %d+%.%d+ x .* A, no potential")
    glass:set_box{ angles = { 90, 90, 80 } }
    lu.assertStrContains(tostring(glass), "(90.00, 90.00, 80.00 deg)")
    glass:set_box{ periodic = { true, false, false } }
    lu.assertStrContains(tostring(glass), "free along b c")
    lu.assertStrContains(tostring(copper(1)), "Atoms: Cu, 4 atoms")
    contains("no field 'postions'; did you mean 'positions'?", function() return glass.postions end)
    contains("no field 'xyzzy'", function() return glass.xyzzy end)
    contains("glass:atom(i) gives atom i", function() return glass[1] end)
    contains("only the field 'potential' of atoms can be set, not 'box'", function()
        glass.box = 1
    end)
end

function TestWhole.test_masses()
    local glass = copper(1)
    lu.assertAlmostEquals(glass:set_mass("Cu", 62.5):mass(), 250, 1e-12)
    contains("the mass of Cu is -1", function() glass:set_mass("Cu", -1) end)
    contains("no species 'Zr'", function() glass:set_mass("Zr", 1) end)
end

function TestWhole.test_closing_variables_give_memory_back()
    local outside
    do
        local glass <close> = melt()
        outside = glass
    end
    contains("closed", function() return outside:energy() end)
end

-- 400 boxes of 2.6 MB each: without telling the collector they would all live at once.
function TestWhole.test_garbage_is_collected_in_time()
    local function resident()
        local file = io.open "/proc/self/statm"
        if not file then return 0 end
        local _, pages = file:read("n", "n")
        file:close()
        return pages * 4096 / 1e6
    end
    local model = copper(18)
    local before = resident()
    for _ = 1, 400 do model:copy() end
    lu.assertTrue(resident() - before < 300) -- MB
end

os.exit(lu.LuaUnit.run())
