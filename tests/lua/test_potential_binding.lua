-- vt.potential and what atoms do with a potential: properties, search, energies, stress, life.
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

local function argon(options)
    options = options or {}
    options.species, options.epsilon, options.sigma = "Ar", 0.01034, 3.4
    return vt.potential.lj(options)
end

-- A rattled crystal of argon: every component of force and stress is at work.
local function crystal()
    local atoms = vt.atoms.fcc{ species = "Ar", a = 5.3, cells = 3 }
    atoms.potential = argon{ truncation = "force_shifted" }
    return atoms:rattle{ amplitude = 0.1, seed = 2385 }:strain{ xx = 0.01, yz = 0.03, xy = -0.02 }
end

TestPotential = {}

function TestPotential.test_properties()
    local lj = vt.potential.lj{ species = { "Ar", "Kr" }, epsilon = { 0.01034, 0.0141 },
        sigma = { 3.4, 3.65 } }
    lu.assertEquals({ lj.name, lj.file, #lj.sha256 }, { "lj", "", 64 })
    lu.assertAlmostEquals(lj.cutoff, 2.5 * 3.65, 1e-12)
    lu.assertEquals(lj.species,
        { { symbol = "Ar", mass = 39.95 }, { symbol = "Kr", mass = 83.798 } })
    lu.assertEquals(tostring(lj), "Potential: lj for Ar, Kr, cutoff 9.125 A")
    contains("no field 'cutof'; it has cutoff", function() return lj.cutof end)
    contains("a potential cannot be changed", function() lj.cutoff = 5 end)
    local scope
    do
        local potential <close> = lj
        scope = potential
    end
    lu.assertEquals(scope.name, "lj") -- shared: leaving a scope ends nothing
end

function TestPotential.test_taper()
    local file = "/usr/share/lammps/potentials/CuZr_mm.eam.fs"
    local ok, raw = pcall(vt.potential.eam, file)
    if not ok then lu.skip "CuZr_mm.eam.fs is missing" end
    lu.assertEquals(raw.taper, 0.0)
    local smooth = vt.potential.eam(file, { taper = 0.3 })
    lu.assertEquals({ smooth.taper, smooth.sha256, smooth.name },
        { 0.3, raw.sha256, "eam/fs" })
    lu.assertStrContains(tostring(smooth), "cutoff 7.6 A, taper 0.3 A, CuZr_mm.eam.fs")
    lu.assertEquals(vt.potential.eam{ file = file, taper = 0.25 }.taper, 0.25)
    contains("option 'taper' [A] must be a number that is not negative, got -1",
        vt.potential.eam, file, { taper = -1 })
    contains("option 'taper' [A] must be a number that is not negative, got nan",
        vt.potential.eam, file, { taper = 0 / 0 })
    contains("the taper must be at least 0 and shorter than the cutoff, 7.6 A, got 8 A",
        vt.potential.eam, file, { taper = 8 })
end

-- The functions of this file jump at the cutoff: without a taper forces of 1e-4 eV/A are the end.
function TestPotential.test_a_taper_lets_a_glass_relax()
    local shared = (os.getenv "VITRUM_SHARED" or "../shared") .. "/"
    local found, glass = pcall(vt.atoms.read, shared .. "configs/Cu64.5Zr35.5_1.0e+10.lammps",
        { species = { "Cu", "Zr" } })
    if not found then lu.skip "the glass is missing" end
    local file = shared .. "potentials/ZrCuAl2011.eam.alloy"
    local raw = glass:copy()
    raw.potential, glass.potential = vt.potential.eam(file), vt.potential.eam(file, { taper = 0.3 })
    local stuck, relaxed = vt.minimize(raw, { fmax = 1e-8 }), vt.minimize(glass, { fmax = 1e-8 })
    lu.assertFalse(stuck.converged)
    lu.assertTrue(stuck.fmax > 1e-6)
    lu.assertTrue(relaxed.converged)
    lu.assertTrue(glass:forces():abs():max() < 1.01e-8)
    lu.assertAlmostEquals(glass:energy() / #glass, raw:energy() / #raw, 5e-5)
end

function TestPotential.test_named_mixtures()
    local ka = vt.potential.kob_andersen{ epsilon = 1, sigma = 2, mass = 10 }
    lu.assertEquals(ka.species, { { symbol = "A", mass = 10.0 }, { symbol = "B", mass = 10.0 } })
    lu.assertAlmostEquals(ka.cutoff, 5, 1e-14)
    local w = vt.potential.wahnstroem{ mass = 10 }
    lu.assertEquals(w.species[2].mass, 5.0)
    contains("option 'sigma' [A] must be a positive number, got -1", vt.potential.kob_andersen,
        { sigma = -1 })
end

-- Two atoms at the bottom of a well, in a free box: 2^(1/6) sigma, -epsilon.
local function pair_energy(potential, first, second, distance)
    local atoms = vt.atoms.random{ composition = first == second and { [first] = 1 }
        or { [first] = 1, [second] = 1 }, n = 2, box = 60, minimum_distance = 0,
        masses = { [first] = 1, [second] = 1 } }
    atoms:set_box{ periodic = false }
    local x = atoms:positions()
    x:fill(20)
    x[2][1] = 20 + distance
    atoms.potential = potential
    return atoms:energy()
end

function TestPotential.test_mixing_and_pair_tables()
    local root = 2 ^ (1 / 6)
    local options = { species = { "A", "B" }, masses = { 1, 1 }, epsilon = { 0.01, 0.04 },
        sigma = { 3, 4 }, cutoff = 20, truncation = "cut" }
    local mixed = vt.potential.lj(options)
    lu.assertAlmostEquals(pair_energy(mixed, "A", "A", 3 * root), -0.01, 1e-14)
    lu.assertAlmostEquals(pair_energy(mixed, "B", "B", 4 * root), -0.04, 1e-14)
    lu.assertAlmostEquals(pair_energy(mixed, "A", "B", 3.5 * root), -0.02, 1e-14)
    options.epsilon = { { 0.01, 0.03 }, { 0.03, 0.04 } }
    options.sigma = { { 3, 3.2 }, { 3.2, 4 } }
    lu.assertAlmostEquals(pair_energy(vt.potential.lj(options), "A", "B", 3.2 * root), -0.03, 1e-14)
    options.epsilon, options.sigma = 0.05, 3
    lu.assertAlmostEquals(pair_energy(vt.potential.lj(options), "A", "B", 3 * root), -0.05, 1e-14)
    -- Shifted: higher by the energy at the cutoff.
    options.truncation, options.cutoff = "shifted", 6
    local at_end = 4 * 0.05 * (0.5 ^ 12 - 0.5 ^ 6)
    lu.assertAlmostEquals(pair_energy(vt.potential.lj(options), "A", "A", 3 * root),
        -0.05 - at_end, 1e-14)
end

function TestPotential.test_wrong_options()
    local lj = vt.potential.lj
    contains("option 'species' must be a symbol or a list", lj, { epsilon = 1, sigma = 1 })
    contains("option 'epsilon' [eV] is missing", lj, { species = "Ar", sigma = 1 })
    contains("option 'sigma' [A] is missing", lj, { species = "Ar", epsilon = 1 })
    contains("'A' is no element; give masses", lj, { species = "A", epsilon = 1, sigma = 1 })
    contains("epsilon [eV] must be positive, got -1", lj,
        { species = "Ar", epsilon = -1, sigma = 1 })
    contains("option 'epsilon' must be a number or have 2 entries", lj,
        { species = { "Ar", "Kr" }, epsilon = { 1, 2, 3 }, sigma = 1 })
    contains("option 'sigma' holds x where a number must be", lj,
        { species = { "Ar", "Kr" }, epsilon = 1, sigma = { 1, "x" } })
    contains("make the table symmetric", lj,
        { species = { "Ar", "Kr" }, epsilon = { { 1, 2 }, { 3, 4 } }, sigma = 1 })
    contains("species 'Ar' stands twice", lj, { species = { "Ar", "Ar" }, epsilon = 1, sigma = 1 })
    contains("must be one of 'cut', 'shifted', 'force_shifted'", lj,
        { species = "Ar", epsilon = 1, sigma = 1, truncation = "smooth" })
    contains("species 2 is 5; expected a name", lj,
        { species = { "Ar", 5 }, epsilon = 1, sigma = 1 })
    contains("did you mean 'sigma'", lj, { species = "Ar", epsilon = 1, sigm = 1 })
end

TestSearch = {}

function TestSearch.test_a_missing_file_lists_where_it_was_sought()
    local text = message(vt.potential.eam, "nothing.eam.fs")
    lu.assertStrContains(text,
        "found no potential file 'nothing.eam.fs'; looked in the current folder")
    for _, folder in ipairs(vt.potential.path()) do lu.assertStrContains(text, folder) end
    lu.assertStrContains(text, "Debian package lammps-data")
    contains("there is no readable file '/no/such.eam.fs'", vt.potential.eam,
        { file = "/no/such.eam.fs" })
    contains("option 'file' is missing", vt.potential.eam, {})
    contains("unknown option 'precision'", vt.potential.eam, "a.eam.fs", { precision = "mixed" })
    contains("argument 2 must be a table of options, got b.eam.fs; give files to mix "
        .. "as a list", vt.potential.eam, "a.eam.fs", "b.eam.fs")
    contains("argument 3 is one too many", vt.potential.eam, "a.eam.fs", {}, 1)
    contains("argument 2 is one too many: give all options in one table", vt.potential.eam,
        { file = "a.eam.fs" }, { taper = 0.3 })
    contains("option 'file' must be a file or a list of files, got 5", vt.potential.eam,
        { file = 5 })
end

function TestSearch.test_the_path_has_its_order()
    local path = vt.potential.path()
    lu.assertEquals(path[#path], "/usr/share/lammps/potentials")
    local program = os.getenv "VITRUM_PROGRAM"
    lu.skipIf(not program, "VITRUM_PROGRAM is not set")
    local script = os.tmpname()
    local file = assert(io.open(script, "w"))
    file:write 'io.write(table.concat(require("vitrum").potential.path(), "\\n"))'
    file:close()
    local child = assert(io.popen("VITRUM_POTENTIALS=/first::/second LAMMPS_POTENTIALS=/theirs "
        .. program .. " " .. script))
    local lines = {}
    for line in child:lines() do lines[#lines + 1] = line end
    child:close()
    os.remove(script)
    lu.assertEquals({ lines[1], lines[2], lines[4], lines[5] },
        { "/first", "/second", "/theirs", "/usr/share/lammps/potentials" })
    lu.assertStrContains(lines[3], "vitrum/potentials")
end

TestAtoms = {}

function TestAtoms.test_a_potential_without_a_species_is_refused_at_once()
    local b2 = vt.atoms.b2{ species = { "Ar", "Kr" }, a = 4.2, cells = 3 }
    contains("these atoms have no potential; set one", function() return b2:energy() end)
    contains("the potential lj is for Ar and lacks Kr, which these atoms have (27 atoms)",
        function() b2.potential = argon() end)
    lu.assertNil(b2.potential)
    contains("glass.potential must be a potential", function() b2.potential = "lj" end)
    b2:delete(function(atom) return atom.species == "Kr" end)
    contains("glass:drop_species() removes it", function() b2.potential = argon() end)
    b2:drop_species().potential = argon()
    lu.assertStrContains(tostring(b2), ", lj")
    contains("is for Ar and lacks Kr; set another one or nil first",
        function() b2:substitute{ to = "Kr", count = 1 } end)
    contains("lacks Cu", function() b2:append(vt.atoms.fcc{ species = "Cu", a = 4, cells = 1 }) end)
    lu.assertEquals(b2:counts(), { Ar = 27 })
    b2.potential = nil
    lu.assertNil(b2.potential)
    contains("have no potential", function() return b2:forces() end)
end

function TestAtoms.test_parts_add_up()
    local atoms = crystal():thermalize{ temperature = 50 }
    local energy = atoms:energy()
    lu.assertAlmostEquals(atoms:atom_energies():sum(), energy, 1e-12 * #atoms)
    lu.assertTrue(atoms:forces():sum(1):abs():max() < 1e-12 * #atoms)
    local stress, of_atoms = atoms:stress(), atoms:atom_stresses()
    local names = { "xx", "yy", "zz", "yz", "xz", "xy" }
    for k, name in ipairs(names) do
        lu.assertEquals(stress[k], stress[name])
        lu.assertAlmostEquals(of_atoms:column(k):mean(), stress[k], 1e-12)
    end
    lu.assertAlmostEquals(atoms:pressure(), -(stress.xx + stress.yy + stress.zz) / 3, 1e-14)
    -- The part of the velocities: 2 E_kin / 3 V.
    local difference = atoms:pressure() - atoms:pressure{ kinetic = false }
    lu.assertAlmostEquals(difference,
        2 / 3 * atoms:kinetic_energy() / atoms:volume() * vt.units.GPa, 1e-12)
    local without = atoms:atom_stresses{ kinetic = false }
    lu.assertAlmostEquals(without:column(4):mean(), atoms:stress{ kinetic = false }.yz, 1e-12)
end

-- Central differences with h = 1e-4 A and 1e-5 of strain: the truncation error, h^2 times third
-- derivatives of a few eV/A^3, is about 1e-8 eV/A and 1e-8 GPa; rounding, 1e-15 of 5 eV over h, is
-- less.
function TestAtoms.test_forces_and_stress_are_derivatives()
    local atoms = crystal()
    local forces, x, h = atoms:forces(), atoms:positions(), 1e-4
    for axis = 1, 3 do
        local place = x[17][axis]
        x[17][axis] = place + h
        local above = atoms:energy()
        x[17][axis] = place - h
        local below = atoms:energy()
        x[17][axis] = place
        lu.assertAlmostEquals(forces[17][axis], -(above - below) / (2 * h), 1e-6)
    end
    local stress, strain = atoms:stress(), 1e-5
    for _, name in ipairs{ "xx", "yy", "zz", "yz", "xz", "xy" } do
        local above = atoms:copy():strain{ [name] = strain }:energy()
        local below = atoms:copy():strain{ [name] = -strain }:energy()
        local slope = (above - below) / (2 * strain) / atoms:volume() * vt.units.GPa
        lu.assertAlmostEquals(stress[name], slope, 1e-6)
    end
end

function TestAtoms.test_copies_replicas_and_selections_keep_the_potential()
    local atoms = crystal()
    local per_atom = atoms:energy() / #atoms
    lu.assertAlmostEquals(atoms:replicate(2, 1, 2):energy() / #atoms / 4, per_atom, 1e-13)
    lu.assertAlmostEquals(atoms:copy():energy() / #atoms, per_atom, 1e-15)
    local all = atoms:select(function() return true end)
    lu.assertIs(all.potential, atoms.potential)
    lu.assertAlmostEquals(all:energy() / #atoms, per_atom, 1e-15)
    local wrapped = atoms:copy():displace(100, -50, 33):wrap()
    lu.assertAlmostEquals(wrapped:energy() / #atoms, per_atom, 1e-13)
end

function TestAtoms.test_results_follow_every_change()
    local atoms = crystal()
    local before = atoms:energy()
    atoms:positions()[1][1] = atoms:positions()[1][1] + 0.2
    lu.assertNotAlmostEquals(atoms:energy(), before, 1e-6)
    local shifted = atoms:energy()
    atoms.potential = argon{ truncation = "cut" }
    lu.assertNotAlmostEquals(atoms:energy(), shifted, 1e-6)
    atoms:delete{ 1 }
    lu.assertEquals(atoms:forces().shape, { 107, 3 })
    local forces = atoms:forces()
    lu.assertTrue(atoms:stored_forces():equals(forces))
    atoms:rattle{ amplitude = 0.1 }
    local moved = atoms:forces()
    lu.assertFalse(moved:equals(forces)) -- a fresh array, not a view
    lu.assertTrue(atoms:stored_forces():equals(moved))
end

function TestAtoms.test_bad_states_name_the_atom()
    local atoms = crystal()
    atoms:positions()[9][3] = 0 / 0
    contains("atom 9", function() return atoms:energy() end)
    atoms = crystal()
    atoms:positions()[9]:assign(atoms:positions()[4])
    contains("4", function() return atoms:energy() end)
    lu.assertEquals(#atoms, 108) -- still in order
    lu.assertEquals(crystal():delete(function() return true end):energy(), 0)
end

function TestAtoms.test_a_potential_lives_as_long_as_its_atoms()
    local atoms = crystal()
    local energy = atoms:energy()
    collectgarbage()
    collectgarbage()
    lu.assertAlmostEquals(atoms:energy(), energy, 1e-14)
    local potential = atoms.potential
    atoms:close()
    atoms = nil -- luacheck: ignore
    collectgarbage()
    lu.assertEquals(potential.name, "lj")
    -- Atoms made before their potential: at the end of the program the potential's userdata is
    -- finalized first, while the atoms' system still borrows it.
    rawset(_G, "atoms_at_the_end", crystal())
    rawget(_G, "atoms_at_the_end").potential = argon()
    lu.assertTrue(rawget(_G, "atoms_at_the_end"):energy() < 0)
end

TestEam = {}

-- The published file of the reference data, when it is there.
local function reference_glass()
    local shared = os.getenv "VITRUM_SHARED" or "../shared"
    local path = shared .. "/potentials/Cu-Zr_2.eam.fs"
    local file = io.open(path)
    lu.skipIf(not file, path .. " is missing")
    file:close()
    return path
end

function TestEam.test_a_setfl_file()
    local path = reference_glass()
    local eam = vt.potential.eam(path)
    lu.assertEquals(eam.name, "eam/fs")
    lu.assertStrContains(eam.file, "Cu-Zr_2.eam.fs")
    lu.assertEquals(#eam.sha256, 64)
    lu.assertEquals({ eam.species[1].symbol, eam.species[2].symbol }, { "Cu", "Zr" })
    lu.assertStrMatches(tostring(eam),
        "Potential: eam/fs for Cu, Zr, cutoff .* A, .*Cu%-Zr_2.eam.fs")
    local glass = vt.atoms.random{ composition = "Zr50Cu50", n = 200 } -- types the other way round
    glass.potential = eam
    lu.assertTrue(glass:energy() / 200 < 0)
    -- One cell, thinner than the cutoff, holds the same crystal as four along each axis.
    local cell = vt.atoms.b2{ species = { "Zr", "Cu" }, a = 3.26, cells = 1 }
    cell.potential = eam
    local large = cell:replicate(4)
    lu.assertAlmostEquals(large:energy() / 128, cell:energy() / 2, 1e-12)
    lu.assertAlmostEquals(large:pressure(), cell:pressure(), 1e-10)
    local other = vt.atoms.fcc{ species = "Al", a = 4.05, cells = 2 }
    contains("the potential Cu-Zr_2.eam.fs is for Cu, Zr and lacks Al", function()
        other.potential = eam
    end)
end

os.exit(lu.LuaUnit.run(), true)
