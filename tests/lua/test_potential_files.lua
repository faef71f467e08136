-- Files of EAM potentials that people have: energies and forces are those of LAMMPS (29 Sep 2021),
-- or the file is refused by name. Files in tests/data/potential have numbers of their own.
local io_folder = require "io_folder"
local lu = require "luaunit"
local vt = require "vitrum"
vt.quiet(true)

local DATA <const> = os.getenv "VITRUM_SOURCE" .. "/tests/data/potential/"
local RELATIVE <const> = 1e-8 -- of energies: what the tables of the kernels leave out
local FORCE <const> = 2e-7 -- eV/A

TestPotentialFiles = io_folder.class()

local function largest(forces)
    local most = 0
    for i = 1, #forces do
        for k = 1, 3 do most = math.max(most, math.abs(forces[i][k])) end
    end
    return most
end

local function check(data, files, energy, fmax)
    local atoms = vt.atoms.read(DATA .. data)
    atoms.potential = vt.potential.eam(files)
    lu.assertAlmostEquals(atoms:energy(), energy, RELATIVE * math.abs(energy))
    lu.assertAlmostEquals(largest(atoms:forces()), fmax, FORCE)
    return atoms
end

local function refused(expected, ...)
    local ok, message = pcall(vt.potential.eam, ...)
    lu.assertFalse(ok)
    lu.assertStrContains(message, expected)
end

function TestPotentialFiles.test_values_more_than_the_header_says()
    local atoms = check("cu32.data", DATA .. "extra-value.eam.alloy", 19.730985741702,
        3.465792362712)
    lu.assertEquals(atoms.potential.note, "F(rho) of Cu has 1 value more in line 15 than the 41 of "
        .. "the header (so in 3 places); left out, as LAMMPS does")
end

function TestPotentialFiles.test_an_angular_potential_is_refused_by_name()
    refused("kind angular-dependent (adp)", DATA .. "angular.adp")
    local file <close> = assert(io.open(DATA .. "angular.adp"))
    refused("kind angular-dependent (adp)", io_folder.put("Cu.eam.alloy", file:read "a"))
end

function TestPotentialFiles.test_files_of_atoms_are_told_from_potentials()
    local atoms = vt.atoms.fcc{ species = "Cu", a = 3.61, cells = 1 }
    for name, kind in pairs{ ["copper.data"] = "3: this looks like a LAMMPS data file",
                             ["copper.dump"] = "1: this looks like a LAMMPS dump" } do
        atoms:save(io_folder.name(name))
        refused(name .. ":" .. kind .. ", which holds atoms and no potential; read it with "
            .. "vt.atoms.read", io_folder.name(name))
    end
    refused("short.data:2: this looks like a LAMMPS data file",
        io_folder.put("short.data", "glass\n4 atoms\n1 atom types\n\n"))
end

function TestPotentialFiles.test_funcfl()
    local atoms = check("cu32.data", DATA .. "funcfl.eam", 20.5053920651446, 3.46386472429474)
    lu.assertEquals(atoms.potential.name, "eam")
    lu.assertEquals(atoms.potential.note, "")
    lu.assertEquals(atoms.potential.species, { { symbol = "Cu", mass = 63.546 } })
end

-- Grids, ranges and cutoffs differ: the common cutoff, 5.8, is no multiple of the common step,
-- 0.125, and functions do not vanish there.
function TestPotentialFiles.test_funcfl_files_are_mixed_as_in_lammps()
    local files = { DATA .. "funcfl.eam", DATA .. "funcfl-silver.eam" }
    local atoms = check("cuag32.data", files, 22.5275640182322, 4.05000689315971)
    local force = atoms:forces()
    local of_lammps = { { 1.17772537274, 1.2913112562, 0.56942735028 },
        { 1.87453231886, -4.05000689316, 1.46446445531 },
        { -0.225059150256, 1.46112699914, -0.552336435565 } }
    for i, f in ipairs(of_lammps) do
        for k = 1, 3 do lu.assertAlmostEquals(force[i][k], f[k], FORCE) end
    end
    lu.assertEquals(atoms.potential.file, "funcfl.eam, funcfl-silver.eam")
    lu.assertEquals(atoms.potential.cutoff, 5.8)
    -- The order of files is nothing to the physics.
    check("cuag32.data", { files[2], files[1] }, 22.5275640182322, 4.05000689315971)
    check("cuag32.data", { file = files }, 22.5275640182322, 4.05000689315971)
    -- Pairs beyond the cutoff are nothing, though functions end there with a jump.
    local pair = vt.atoms.random{ composition = { Cu = 1, Ag = 1 }, n = 2, box = 40,
        minimum_distance = 0 }
    local x = pair:positions()
    x:fill(20)
    pair.potential = vt.potential.eam(files)
    x[2][1] = 20 + 5.7999
    lu.assertTrue(math.abs(pair:energy()) > 1e-7)
    x[2][1] = 20 + 5.8001
    lu.assertAlmostEquals(pair:energy(), 0, 1e-12)
end

function TestPotentialFiles.test_a_checkpoint_finds_the_files_of_a_mixture()
    local atoms = vt.atoms.read(DATA .. "cuag32.data")
    atoms.potential = vt.potential.eam{ DATA .. "funcfl.eam", DATA .. "funcfl-silver.eam" }
    local md = vt.md(atoms, {})
    local path = io_folder.name "mixture.chk"
    md:save(path)
    local restored = vt.md_restore(path)
    lu.assertEquals(restored.potential.file, "funcfl.eam, funcfl-silver.eam")
    lu.assertEquals(restored.potential.sha256, atoms.potential.sha256)
end

function TestPotentialFiles.test_wrong_lists()
    local copper, silver = DATA .. "funcfl.eam", DATA .. "funcfl-silver.eam"
    refused("are both for Cu; give one", { copper, copper })
    refused("extra-value.eam.alloy is no funcfl file; only those are mixed",
        { copper, DATA .. "extra-value.eam.alloy" })
    refused("entry 2 of the list of files is true; expected a name", { copper, true })
    refused("a list of files has no entry 'file'", { copper, file = silver })
    refused("option 'file' must be a file or a list of files, got true", { file = true })
    refused("give files to mix as a list", copper, silver)
    refused("goes on behind a zero byte", "Cu_u3.eam\0x")
    refused("found no potential file 'nothing.eam'", { copper, "nothing.eam" })
end

function TestPotentialFiles.test_the_note_of_a_mixture_names_the_file()
    local file <close> = assert(io.open(DATA .. "funcfl-silver.eam"))
    local silver = io_folder.put("more.eam", file:read "a" .. "the end\n")
    lu.assertEquals(vt.potential.eam{ DATA .. "funcfl.eam", silver }.note,
        "more.eam: words stand behind the last table, line 31; left out, as LAMMPS does")
end

local FUNCFL <const> = "t\n%s\n5 0.1 6 1.0 5.0\n0 -1 -1.4 -1.7 -2\n9 5 3 1 0.5 0\n5 4 3 2 1 0\n"

function TestPotentialFiles.test_wrong_funcfl_files()
    local function put(head, more)
        return io_folder.put("wrong.eam", FUNCFL:format(head) .. (more or ""))
    end
    lu.assertEquals(vt.potential.eam(put "29 63.5 3.6 fcc").species[1].symbol, "Cu")
    refused("wrong.eam:2: expected an atomic number, found 290", put "290 63.5 3.6 fcc")
    refused("the atomic number 29 is that of Cu (63.546 amu), but the mass is 107.87 amu",
        put "29 107.87 3.6 fcc")
    refused("1 number stands behind the last table", put("29 63.5 3.6 fcc", "7\n"))
    local path = io_folder.put("wrong.eam", "t\n29 63.5 3.6 fcc\n5 0.1 6 -1.0 5.0\n0 -1\n")
    refused("wrong.eam:3: dr must be positive, found -1", path)
    for _, step in ipairs{ "1e308", "1e-308" } do
        path = io_folder.put("wrong.eam",
            (FUNCFL:format("29 63.5 3.6 fcc"):gsub("6 1.0", "6 " .. step)))
        refused("wrong.eam:3: dr is " .. step:gsub("e3", "e+3") .. ", which is", path)
    end
    path = io_folder.put("wrong.eam", FUNCFL:format("29 63.5 3.6 fcc"):gsub("0.5 0\n", "\n"))
    refused("value 1 of 6 of the density, found the end of the file (tables begin on lines", path)
end

-- On the grid of the other file, whose steps are 1e10 of its own, a function has long ended.
function TestPotentialFiles.test_grids_of_mixed_files_may_differ_by_far()
    local function put(name, head, step)
        return io_folder.put(name, (FUNCFL:format(head):gsub("5 0.1", "5 " .. step)))
    end
    local short, long = put("short.eam", "29 63.5 3.6 fcc", "1e-10"), put("long.eam",
        "47 107.9 4 fcc", "1")
    local pair = vt.atoms.random{ composition = { Cu = 1 }, n = 2, box = 40, minimum_distance = 0 }
    pair:positions():fill(20)
    pair:positions()[2][1] = 23
    pair.potential = vt.potential.eam{ short, long }
    -- Z = 1 at 3 A; there the density is 2, far beyond the last value of F, which is -2.
    lu.assertAlmostEquals(pair:energy(), 27.2 * 0.529 / 3 - 2 * 2, 1e-4)
end

-- Published files, where they are: the energy that the reference data give.
function TestPotentialFiles.test_copper_with_an_adatom()
    local folder = (os.getenv "VITRUM_SHARED" or "../shared") .. "/reference/art-cu100/"
    local file = io.open(folder .. "adatom.data")
    lu.skipIf(not file, folder .. " is missing")
    file:close()
    local atoms = vt.atoms.read(folder .. "adatom.data", { species = { "Cu", "Cu", "Cu" } })
    atoms.potential = vt.potential.eam(folder .. "Cu_u3.eam")
    lu.assertAlmostEquals(atoms:energy(), -6211.64706998514, 1e-8) -- as read, by LAMMPS
end

local function peak()
    local file <close> = assert(io.open "/proc/self/status")
    return tonumber(file:read "a":match "VmHWM:%s*(%d+)") / 1024
end

-- A header's claims take no memory, nor does a compressed desert.
function TestPotentialFiles.test_memory_follows_what_is_there()
    local before = peak()
    refused("expected value 4 of 1000000 of F(rho) of Cu", io_folder.put("claims.eam.alloy",
        "a\nb\nc\n1 Cu\n1000000 1e-3 1000000 1e-3 5\n29 63 3 fcc\n0 1 2\n"))
    refused("nrho must be a whole number from 5 to 1000000, found 1e+07", io_folder.put(
        "claims.eam.alloy", "a\nb\nc\n1 Cu\n10000000 1e-3 10000000 1e-3 5\n"))
    local path = io_folder.name "desert.eam.alloy"
    assert(os.execute("{ printf 'a\\nb\\nc\\n'; head -c 60000000 /dev/zero | tr '\\0' ' '; } | "
        .. "gzip -1 > '" .. path .. "'"))
    refused("longer than 16 MB", path)
    lu.assertTrue(peak() - before < 90)
end

os.exit(lu.LuaUnit.run(), true)
