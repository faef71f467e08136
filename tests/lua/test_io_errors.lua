-- Damaged and wrong files of atoms: every message, with file and line.
local lu = require "luaunit"
local vt = require "vitrum"
local io_folder = require "io_folder"

local class, put, text_of = io_folder.class, io_folder.put, io_folder.text_of
local path, message = io_folder.name, io_folder.message

local HEADER = "title\n2 atoms\n2 atom types\n0 10 xlo xhi\n0 10 ylo yhi\n0 10 zlo zhi\n"
local ATOMS = "Atoms\n\n1 1 1 2 3\n2 2 4 5 6\n"

local function glass()
    local atoms = vt.atoms.random{ composition = { Cu = 3, Zr = 2 }, n = 55, seed = 2385 }
    return atoms:thermalize{ temperature = 300, seed = 1 }
end

TestDamaged = class()

--- Reading `text` as `name` fails at `line` (nil: no line) with a message that holds `expected`.
local function refused(name, text, line, expected, options)
    local err = message(vt.atoms.read, put(name, text), options)
    lu.assertStrContains(err, line and (path(name) .. ":" .. line .. ": ") or path(name))
    lu.assertStrContains(err, expected)
    lu.assertStrMatches(err, ".-io_folder.lua:%d+: .*") -- the caller's place comes first
end

local CuZr = { species = { "Cu", "Zr" } }

function TestDamaged.test_data()
    local function bad(text, line, expected, options)
        refused("a.data", text, line, expected, options or CuZr)
    end
    bad("", nil, "the file is empty; expected a file of format 'data'")
    bad("\n\n", 2, "the file is empty")
    bad(HEADER .. ATOMS, 10, "no section Masses to tell the elements of its 2 types; say them: " ..
        'species = {"Cu", "Zr"}', {})
    bad(HEADER .. ATOMS, 10,
        "the file has 2 atom types, but the option species names 1; give one " ..
        "symbol per type", { species = { "Cu" } })
    bad(HEADER .. "Masses\n\n1 63.5\n2 91.1\n" .. ATOMS, 14,
        "no element has the mass 91.1 amu of type 2 (within 0.05 amu)", {})
    bad(HEADER .. "Masses\n\n1 91.224\n2 63.546\n" .. ATOMS, 14,
        "species 1 is called 'Cu' but has the mass 91.224 amu of 'Zr'; correct the order")
    bad(HEADER .. ATOMS, 10, "the mass of species 'Xx' is unknown: it is no element",
        { species = { "Xx", "Zr" } })
    bad(HEADER .. ATOMS, 10, "'Copperplate' is no name of a species",
        { species = { "Copperplate", "Zr" } })
    bad(HEADER, 6, "the file has no section Atoms; is it cut off?")
    bad(HEADER .. "Atoms\n\n1 1 1 2 3\n", 9,
        "the file ends in section Atoms after 1 of 2 rows; is it cut off?")
    bad(HEADER .. "Masses\n\n1 1\n", 9, "the file ends in section Masses after 1 of 2 rows")
    bad(HEADER .. ATOMS .. "Velocities\n\n1 0 0 0\n", 13,
        "the file ends in section Velocities after 1 of 2 rows")
    bad(HEADER .. "Atoms\n\n1 1 1 2 3\nVelocities\n", 10,
        "found 'Velocities' in section Atoms after 1 rows; the header promises 2")
    bad(HEADER .. ATOMS .. "3 1 7 8 9\n", 11, "found '3' after the last row of a section")
    bad(HEADER .. "Atoms\n\n1 1 1 2\n", 9,
        "the line ends where z of atom 1 was expected; is the file cut off?")
    bad(HEADER .. "Atoms\n\n1 1 1 nan 3\n", 9, "y of atom 1 is 'nan', which is not finite")
    bad(HEADER .. "Atoms\n\n1 1 1 -Inf 3\n", 9, "y of atom 1 is '-Inf', which is not finite")
    bad(HEADER .. "Atoms\n\n1 1 1.0x 2 3\n", 9,
        "expected x of atom 1, found '1.0x'; correct the number")
    bad(HEADER .. "Atoms\n\n1.5 1 1 2 3\n", 9, "expected an atom id, found '1.5'")
    bad(HEADER .. "Atoms\n\n1 3 1 2 3\n", 9, "atom type 3 is outside 1 to 2, the declared types")
    bad(HEADER .. "Atoms\n\n1 Cu 1 2 3\n", 9, "expected an atom type, found 'Cu'")
    bad(HEADER .. "Atoms\n\n7 1 1 2 3\n7 2 1 2 3\n", 10,
        "atom id 7 was already on line 9; ids must differ")
    bad(HEADER .. "Atoms\n\n0 1 1 2 3\n2 2 1 2 3\n", 9, "atom id 0 is not positive")
    bad(HEADER .. "Atoms # atomic\n\n1 1 1 2 3 0 0\n", 9,
        "where an image count (id type x y z ix iy iz)")
    bad(HEADER .. "Atoms\n\n1 1 1 2 3 0 0 99999999999\n", 9,
        "image count 99999999999 is out of range")
    bad(HEADER .. "Atoms # atomic\n\n1 1 1 2 3 0 0 0 5\n", 9, "'5' is one column too many")
    bad(HEADER .. "Atoms # full\n\n1 1 1 0.5 1 2 3\n", 7,
        "the atoms are of style 'full': vitrum reads styles atomic (id type x y z) and charge")
    bad(HEADER .. ATOMS .. ATOMS, 11, "a second section Atoms")
    bad(HEADER .. ATOMS .. "Velocities\n\n1 0 0 0\n5 0 0 0\n", 14,
        "a velocity for atom 5, which section Atoms does not have")
    bad(HEADER .. "Masses\n\n1 0\n", 9, "mass 0 amu of type 1 is not positive")
    bad(HEADER .. "Bonds\n", 7, "unknown section 'Bonds'; expected Masses, Atoms or Velocities")
    bad("t\nAtoms\n\n1 1 0 0 0\n", 2, "section Atoms comes before the header line 'N atoms'")
    bad("t\n1 atoms\nAtoms\n\n1 1 0 0 0\n", 3, "comes before the header line 'N atom types'")
    bad("t\n1 atoms\n1 atom types\n0 1 xlo xhi\nAtoms\n\n1 1 0 0 0\n", 5,
        "the header has no line 'ylo yhi'")
    bad("t\n1 atoms\n4 bonds\n", 3, "the file has 4 bonds; vitrum reads atoms without bonds")
    bad("t\nmany atoms\n", 2, "unknown section 'many atoms'")
    bad("t\n1.5 atoms\n", 2, "expected the number of atoms, found '1.5'")
    bad("t\n-3 atoms\n", 2, "expected the number of atoms, found '-3'")
    bad("t\n3 atom\n", 2, "'3 atom' is no header line")
    bad("t\n99 atom types\n", 2, "99 atom types; vitrum handles at most 32")
    bad("t\n5 5 xlo xhi\n", 2, "the box goes from 5 to 5 A along x; the second must be larger")
    bad("t\n5 inf xlo xhi\n", 2, "number 2 of 2 before 'xlo xhi' is 'inf'")
    bad("t\n1e300 2e300 xlo xhi\n", 2, "the file has no section Atoms")
    bad((HEADER:gsub("0 10", "0 1e200")) .. ATOMS, 7,
        "box: cell vector a is inf A long; give lengths in angstrom, between 1e-10 and 1e+18")
end

function TestDamaged.test_huge_numbers_of_atoms_allocate_nothing()
    local before = collectgarbage "count"
    refused("a.data", (HEADER:gsub("2 atoms", "999999999999 atoms")) .. ATOMS, 10,
        "the file ends in section Atoms after 2 of 999999999999 rows", CuZr)
    refused("a.dump",
        "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n999999999999\nITEM: BOX BOUNDS pp pp " ..
        "pp\n0 1\n0 1\n0 1\nITEM: ATOMS id element x y z\n1 Cu 0 0 0\n", 10,
        "the file ends in a frame, after 1 of its 999999999999 atoms")
    refused("a.xyz", "999999999999\n\nCu 0 0 0\n", 3,
        "the file ends after 1 of the 999999999999 atoms of a frame; is it cut off?")
    refused("a.vasp", "t\n1\n1 0 0\n0 1 0\n0 0 1\nCu Zr\n9223372036854775807 5\nDirect\n0 0 0\n", 9,
        "the file ends after 1 of 9223372036854775807 atoms of species 1; is it cut off?")
    lu.assertTrue(collectgarbage "count" - before < 1e5)
end

function TestDamaged.test_dump()
    local function bad(text, line, expected, options)
        refused("a.dump", text, line, expected, options)
    end
    local top = "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n2\n" ..
        "ITEM: BOX BOUNDS pp pp pp\n0 9\n0 9\n0 9\n"
    bad("glass\n", 1, "found 'glass' where 'ITEM: TIMESTEP' or another ITEM was expected")
    bad("ITEM: TIMESTEP\n", 1, "the file ends in the timestep; was the run that wrote it stopped?")
    bad("ITEM: TIMESTEP\nx\n", 2, "expected the timestep, found 'x'")
    bad("ITEM: TIMESTEP\n0\n", 2, "the file ends in the header of a frame")
    bad("ITEM: NUMBER OF ATOMS\n-1\n", 2, "-1 atoms; expected a number that is not negative")
    bad("ITEM: TIME\nnan\n", 2, "the time is 'nan'")
    bad("ITEM: UNITS\nreal\n", 2, "units 'real'; vitrum reads 'metal'")
    bad("ITEM: BOX BOUNDS pp pp\n0 1\n0 1\n", 3, "the file ends in the box bounds")
    bad("ITEM: BOX BOUNDS pq pp pp\n", 1, "'pq' is no boundary; expected three of pp, ff, ss, mm")
    bad("ITEM: BOX BOUNDS pp pp pp\n0 1\n0 a\n", 3, "expected a bound of the box, found 'a'")
    bad("ITEM: BOX BOUNDS xy xz yz pp pp pp\n0 1\n", 2,
        "the line ends where a tilt factor or cell vector was expected")
    bad("ITEM: BOX BOUNDS pp pp pp\n0 1\n0 1\n1 1\n", 4, "cell vector c has length 0")
    bad("ITEM: BOX BOUNDS pp pp pp\n0 1\n0 1\n1 0\n", 4, "left-handed")
    bad("ITEM: ATOMS id\n", 1, "ITEM: ATOMS comes before ITEM: NUMBER OF ATOMS")
    bad("ITEM: NUMBER OF ATOMS\n1\nITEM: ATOMS id\n", 3,
        "ITEM: ATOMS comes before ITEM: BOX BOUNDS")
    bad(top .. "ITEM: ATOMS id type x y vz\n", 9,
        "the columns hold no positions; expected x y z, xs ys zs")
    bad(top .. "ITEM: ATOMS id x y z x\n", 9, "column 'x' is there twice")
    local atoms = top .. "ITEM: ATOMS id type x y z c_a\n"
    bad(atoms .. "1 1 0 0 0 5\n", 10,
        "the file ends in a frame, after 1 of its 2 atoms; was the run " ..
        "that wrote it stopped? Frames before this one can be read with the option frame")
    bad(atoms .. "1 1 0 0 0 5\nITEM: TIMESTEP\n", 11, "a new ITEM after 1 of 2 atoms")
    bad(atoms .. "1 1 0 0 0 5\n2 2 0 0 0 5\n", 11,
        "the file does not say which elements its 2 atom types " ..
        'are; say it with species = {"Cu", "Zr"}')
    bad(atoms .. "1 1 0 0 0 5\n2 2 0 0 0 5\n", 11,
        "atoms of type 2, but the option species names 1",
        { species = { "Cu" } })
    bad(atoms .. "1 1 0 0 0 5\n2 0 0 0 0 5\n", 11, "atom type 0 is outside 1 to 32", CuZr)
    bad(atoms .. "1 1 0 0 0 5\n1 2 0 0 0 5\n", 11, "atom id 1 was already on line 10", CuZr)
    bad(atoms .. "1 1 0 nan 0 5\n", 10, "column 'y' of row 1 is 'nan', which is not finite", CuZr)
    bad(atoms .. "1 1 0 0 0\n", 10, "the line ends where column 'c_a' of row 1 was expected", CuZr)
    bad(atoms .. "1 1 0 0 0 5 6\n", 10, "'6' is one value too many; the frame has 6 columns", CuZr)
    bad(atoms .. "1 1.5 0 0 0 5\n", 10, "expected column 'type' of row 1, found '1.5'", CuZr)
    bad(atoms .. "1 99999999999 0 0 0 5\n", 10, "column 'type' of row 1 is '99999999999'", CuZr)
    bad(top .. "ITEM: ATOMS id element x y z\n1 Unobtainium 0 0 0\n", 10,
        "'Unobtainium' is no symbol of a species; at most 7 letters")
    bad(top .. "ITEM: ATOMS id element x y z\n1 Cu 0 0 0\n2 Q 0 0 0\n", 11,
        "the mass of species 'Q' is unknown")
    bad(top .. "ITEM: ATOMS id element x y z\n1 Cu 0 0 0\n2 Ag 0 0 0\n", 11,
        "species 'Ag' is not among the 2 given with the option species", CuZr)
    bad(top .. "ITEM: ATOMS id type element x y z\n1 1 Cu 0 0 0\n2 1 Ag 0 0 0\n", 11,
        "an atom of type 1 is 'Ag', but others of that type are 'Cu'")
    bad(top .. "ITEM: ATOMS id type element x y z\n1 1 C 0 0 0\n2 2 C 0 0 0\n", 11,
        "all atoms are called 'C', as LAMMPS does unless dump_modify names the elements")
    bad(top .. "ITEM: ATOMS id type mass x y z\n1 1 63.5 0 0 0\n2 1 -1 0 0 0\n", 11,
        "mass -1 amu is not positive")
    local whole = top .. "ITEM: ATOMS id element x y z\n1 Cu 0 0 0\n2 Zr 1 1 1\n"
    bad(whole, nil, "frame 2 asked for, but the file has 1 frame", { frame = 2 })
    bad(whole, nil, "frame -3 asked for, but the file has 1 frame", { frame = -3 })
end

function TestDamaged.test_extended_xyz()
    local function bad(text, line, expected, options)
        refused("a.xyz", text, line, expected, options)
    end
    local lattice = 'Lattice="9 0 0 0 9 0 0 0 9" '
    bad("two\n", 1, "found 'two' where a frame begins; expected the number of atoms")
    bad("2 atoms\n", 1, "found '2' where a frame begins")
    bad("2\n", 1, "the file ends where the comment line of a frame was expected")
    bad("2\nx\nCu 0 0 0\n", 3, "the file ends after 1 of the 2 atoms of a frame; is it cut off?")
    bad("1\nx\nCu 0 0\n", 3, "the line ends where 'pos' of atom 1 was expected")
    bad("1\nx\nCu 0 0 1.0x\n", 3, "expected 'pos' of atom 1, found '1.0x'")
    bad("1\nx\nCu 0 0 inf\n", 3, "'pos' of atom 1 is 'inf', which is not finite")
    bad("1\nx\n3 0 0 0\n", 3, "the file does not say which elements its 3 atom types are")
    bad("1\nx\nQq 0 0 0\n", 3, "the mass of species 'Qq' is unknown")
    bad("1\nx\nSuperheavy 0 0 0\n", 3, "'Superheavy' is no symbol of a species")
    bad("1\n" .. lattice .. "'a b\nCu 0 0 0\n", 2, "the quote or bracket at ''a' is not closed")
    bad('1\nLattice="9 0 0 0\nCu 0 0 0\n', 2, 'the quote or bracket of Lattice="9 is not closed')
    bad('1\nLattice="9 0 0 0"\nCu 0 0 0\n', 2, "is not 9 numbers (the rows of the cell)")
    bad('1\nLattice="9 0 0 0 9 0 0 0 nan"\nCu 0 0 0\n', 2,
        "Lattice: box: component 3 of cell vector c is nan")
    bad('1\nLattice="9 0 0 0 9 0 0 0 -9"\nCu 0 0 0\n', 2,
        "Lattice: box: the cell vectors are left-handed")
    bad("1\n" .. lattice .. 'pbc="T T"\nCu 0 0 0\n', 2, 'pbc="T T" is not three of T and F')
    bad("1\n" .. lattice .. "energy=low\nCu 0 0 0\n", 2, "energy=low is not a number [eV]")
    bad("1\n" .. lattice .. "Properties=species:S:1\nCu\n", 2, "Properties has no pos:R:3")
    bad("1\n" .. lattice .. "Properties=species:S:1:pos:R:2\nCu\n", 2,
        "Properties: pos:R:2 cannot be; expected pos:R:3")
    bad("1\n" .. lattice .. "Properties=species:S:1:pos:X:3\nCu\n", 2,
        "Properties: cannot read 'pos:X:3'")
    bad("1\n" .. lattice .. "Properties=pos:R:3:a:R:1:a:R:1\nCu\n", 2,
        "Properties: 'a' is there twice")
    bad("1\n" .. lattice .. "Properties=pos:R:3:m:L:1\n0 0 0 maybe\n", 3,
        "'m' of atom 1 is 'maybe'; expected T or F")
    bad("1\n" .. lattice .. "Properties=pos:R:3:Z:I:1\n0 0 0 155\n", 3,
        "atomic number 155 is no element's")
    bad("1\n" .. lattice .. "Properties=pos:R:3\n0 0 0\n", 3,
        "the file does not say which element its atoms are")
    bad("1\n" .. lattice .. "\nCu 0 0 0 7\n", 3, "'7' is one value too many for the Properties")
    bad("2\n" .. lattice .. "Properties=species:S:1:pos:R:3:id:I:1\nCu 0 0 0 7\nCu 1 0 0 7\n", 4,
        "atom id 7 was already on line 3")
end

function TestDamaged.test_poscar()
    local function bad(text, line, expected, options)
        refused("a.vasp", text, line, expected, options)
    end
    local cell = "t\n1\n9 0 0\n0 9 0\n0 0 9\n"
    bad("t\n", 1, "the file ends where the scale factor was expected; is it cut off?")
    bad("t\nx\n", 2, "expected the scale factor, found 'x'")
    bad("t\n0\n", 2,
        "a scale factor is not possible; expected a positive number, or minus the volume")
    bad("t\n1\n9 0\n", 3, "the line ends where component z of a cell vector was expected")
    bad("t\n1\n9 0 0\n0 9 0\n0 0 -9\n", 5, "left-handed")
    bad(cell, 5, "the file ends where the symbols of the species was expected")
    bad(cell .. "Cu Zr\n5\n", 7, "2 symbols but 1 numbers of atoms; they must pair")
    bad(cell .. "Cu\nfive\n", 7, "expected a number of atoms, found 'five'")
    bad(cell .. "Cu\n-5\n", 7, "-5 atoms of species 1 cannot be")
    bad(cell .. "Cu\n\n", 7, "expected the numbers of atoms, found a blank line")
    bad(cell .. "Copperplate\n5\n", 6, "'Copperplate' is no symbol")
    bad(cell .. "1 1\nDirect\n0 0 0\n", 6,
        "the file has no line of symbols for its 2 species (VASP 4)")
    bad(cell .. "Cu\n1\nFoo\n", 8, "found 'Foo'; expected Direct or Cartesian")
    bad(cell .. "Cu\n2\nDirect\n0 0 0\n", 9,
        "the file ends after 1 of 2 atoms of species 1; is it cut off?")
    bad(cell .. "Cu\n1\nDirect\n0 nan 0\n", 9, "coordinate y is 'nan', which is not finite")
    bad(cell .. "Cu\n1\nS\nDirect\n0 0 0 T T\n", 10, "found '' where T or F of selective dynamics")
    bad(cell .. "Cu\n1\nDirect\n0 0 0\n1 1 1\n", 10, "found '1' behind the last atom")
    bad(cell .. "Cu\n1\nDirect\n0 0 0\nDirect\n0 0 0\n", 10, "velocities in Direct coordinates")
    bad(cell .. "Cu\n2\nDirect\n0 0 0\n0 0 1\n\n0 0 0\n", 12,
        "the file ends where a velocity was expected")
end

function TestDamaged.test_paths_and_options()
    local function err(...)
        return message(vt.atoms.read, ...)
    end
    lu.assertStrContains(err(path "none.data"), "cannot open " .. path "none.data" ..
        ": No such file or directory; check the name and the folder")
    lu.assertStrContains(err(io_folder.path), "cannot read " .. io_folder.path ..
        ": it is a folder")
    lu.assertStrContains(err "", "a file name of 0 bytes cannot be")
    lu.assertStrContains(err(put("a.txt", "x")), "the name a.txt does not tell the format")
    lu.assertStrContains(err(put("a.data", "x"), { format = "cif" }),
        "unknown format 'cif'; known are")
    lu.assertStrContains(err(path "a.data", { specie = {} }), "did you mean 'species'?")
    lu.assertStrContains(err(path "a.data", { species = "Cu" }),
        'option \'species\' must be a list of symbols {"Cu", "Zr"}, got string')
    lu.assertStrContains(err(path "a.data", { species = {} }), "option 'species' has 0 entries")
    lu.assertStrContains(err(path "a.data", { species = { 5 } }), "entry 1 of option 'species'")
    for _, frame in ipairs{ 0, 1.5, "first", true } do
        lu.assertStrContains(err(path "a.data", { frame = frame }),
            "option 'frame' must be a whole number")
    end
    lu.assertStrContains(message(vt.atoms.frames, path "a.data", { frame = 2 }),
        "unknown option 'frame'")
    if not os.execute "test $(id -u) = 0" then
        os.execute("chmod 000 '" .. path "a.data" .. "'")
        lu.assertStrContains(err(path "a.data"), "Permission denied")
    end
end

function TestDamaged.test_gzip()
    glass():save(path "a.data.gz")
    local bytes = text_of "a.data.gz"
    refused("b.data.gz", bytes:sub(1, #bytes // 2), nil, "the gzip data are cut off")
    refused("b.data.gz", bytes:sub(1, #bytes - 3), nil, "the gzip data are cut off")
    refused("b.data.gz", bytes:sub(1, 200) .. ("\255"):rep(40) .. bytes:sub(241), nil,
        "the gzip data are damaged; decompress it by hand with gunzip, or copy the file anew")
    refused("b.data.gz", "\31\139 nothing of the kind", nil, "the gzip data are damaged")
end

function TestDamaged.test_lines_without_end()
    refused("a.xyz", ("9"):rep(20 << 20), 1,
        "this line is longer than 16 MB; is it a text file of atoms?")
    refused("a.data", "t\n" .. ("x"):rep(1 << 20) .. " atoms\n", 2, "unknown section")
    refused("a.dump", "ITEM: TIMESTEP\n" .. ("1"):rep(1 << 20) .. "\n", 2, "the timestep is '1111")
end

function TestDamaged.test_a_broken_trajectory_gives_its_good_frames()
    local a = glass():save(path "t.dump")
    a:save(path "t.dump", { append = true })
    local whole = text_of "t.dump"
    put("cut.dump", whole:match "^(.*\n)[^\n]*\n[^\n]*\n$")
    local good = 0
    local err = message(function()
        for _ in vt.atoms.frames(path "cut.dump") do good = good + 1 end
    end)
    lu.assertEquals(good, 1)
    lu.assertStrContains(err, "after 53 of its 55 atoms; was the run that wrote it stopped?")
    lu.assertEquals(#vt.atoms.read(path "cut.dump", { frame = 1 }), 55)
end

os.exit(lu.LuaUnit.run())
