-- LAMMPS's files: which species the atoms are, atom styles, type labels, columns of any kind.
local lu = require "luaunit"
local vt = require "vitrum"
local io_folder = require "io_folder"

local class, put, path = io_folder.class, io_folder.put, io_folder.name
local text_of, message, lammps = io_folder.text_of, io_folder.message, io_folder.lammps

--- A dump of one frame in a box of 10 x 10 x 10 A.
local function dump(columns, rows)
    return put("read.dump", ("ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n%d\nITEM: BOX BOUNDS pp pp "
        .. "pp\n0 10\n0 10\n0 10\nITEM: ATOMS %s\n%s\n"):format(#rows, columns,
        table.concat(rows, "\n")))
end

--- A data file with two types in a box of 10 x 10 x 10 A.
local function data(sections)
    return put("read.data", "title\n\n2 atoms\n2 atom types\n0 10 xlo xhi\n0 10 ylo yhi\n"
        .. "0 10 zlo zhi\n\n" .. sections)
end

local MASSES <const> = "Masses\n\n1 63.546\n2 91.224\n\n"

local function refuses(text, ...) lu.assertStrContains(message(vt.atoms.read, ...), text) end

-- ---------------------------------------------------------------- species ----

TestSpecies = class()

-- A name that is no element: `species` renames types, and without their numbers there are none.
function TestSpecies.test_labels_without_types()
    local rows = { "1 A 1 2 3", "2 B 4 5 6" }
    refuses("species 'A' is unknown: it is no element, and the file has neither masses nor numbers "
        .. "of types; write a column mass or type too", dump("id typelabel x y z", rows))
    refuses("which renames types only where the file has their numbers",
        dump("id typelabel x y z", rows), { species = { "Cu", "Zr" } })
    local a = vt.atoms.read(dump("id type typelabel x y z", { "1 2 A 1 2 3", "2 1 B 4 5 6" }),
        { species = { "Cu", "Zr" } })
    lu.assertEquals(a:symbols(), { "Zr", "Cu" })
end

local CARBON <const> = { "1 1 C 0 0 0", "2 1 C 1.805 1.805 0", "3 1 C 1.805 0 1.805",
    "4 1 C 0 1.805 1.805" }

-- C is what LAMMPS writes for every atom unless dump_modify names the elements.
function TestSpecies.test_element_c_is_asked_for()
    local file = dump("id type element x y z", CARBON)
    refuses("read.dump:13: all atoms are called 'C', as LAMMPS does unless dump_modify names the "
        .. "elements; say what they are: species = {\"Cu\"}, or {\"C\"} for carbon", file)
    local copper = vt.atoms.read(file, { species = { "Cu" } })
    copper:set_box{ a = { 3.61, 0, 0 }, b = { 0, 3.61, 0 }, c = { 0, 0, 3.61 } }
    -- Four atoms of 63.546 amu in 3.61^3 A^3; 1 amu/A^3 = 1.66053906660 g/cm^3.
    lu.assertAlmostEquals(copper:density(), 4 * 63.546 * 1.66053906660 / 3.61 ^ 3, 1e-8)
    lu.assertEquals(vt.atoms.read(file, { species = { "C" } }):symbols(), { "C", "C", "C", "C" })
    local bare = dump("id element x y z", { "1 C 0 0 0", "2 C 1 2 3" })
    refuses("all atoms are called 'C'", bare)
    lu.assertEquals(vt.atoms.read(bare, { species = { "Cu" } }):symbols(), { "Cu", "Cu" })
    refuses("nothing in the file tells which atoms are of which of the 2 species", bare,
        { species = { "Cu", "Zr" } })
    refuses("species = {\"Cu\", \"Zr\"} (one symbol per type), or {\"C\", \"C\"} for carbon",
        dump("id type element x y z", { "1 1 C 0 0 0", "2 2 C 1 2 3" }))
end

function TestSpecies.test_masses_tell_what_c_is()
    local function symbols(rows)
        return vt.atoms.read(dump("id type element mass x y z", rows)):symbols()
    end
    lu.assertEquals(symbols{ "1 1 C 63.546 0 0 0", "2 2 C 91.22 1 2 3" }, { "Cu", "Zr" })
    lu.assertEquals(symbols{ "1 1 C 12.011 0 0 0", "2 1 C 12.01 1 2 3" }, { "C", "C" })
    lu.assertEquals(symbols{ "1 1 C 12.011 0 0 0", "2 2 Si 28.085 1 2 3" }, { "C", "Si" })
    -- Carbon that vitrum writes comes back.
    local carbon = vt.atoms.fcc{ species = "C", a = 3.57, cells = { 1, 1, 1 } }
    carbon:save(path "carbon.dump")
    lu.assertEquals(vt.atoms.read(path "carbon.dump"):symbols(), { "C", "C", "C", "C" })
end

function TestSpecies.test_dumps_without_types()
    local file = dump("id xu yu zu", { "1 1 2 3", "2 4 5 6" })
    refuses("the file does not say which element its atoms are; say it with species = {\"Cu\"}",
        file)
    local atoms = vt.atoms.read(file, { species = { "Cu" } })
    lu.assertEquals(atoms:symbols(), { "Cu", "Cu" })
    lu.assertEquals(atoms:positions():totable(), { { 1, 2, 3 }, { 4, 5, 6 } })
end

-- Mass 1 is that of a particle in Lennard-Jones units far more often than that of hydrogen.
function TestSpecies.test_lennard_jones_masses_are_asked_for()
    for mass, shown in pairs{ ["1"] = 1, ["1.0"] = 1, ["2"] = 2, ["4.0"] = 4 } do
        local file = data("Masses\n\n1 63.546\n2 " .. mass
            .. "\n\nAtoms\n\n1 1 1 2 3\n2 2 4 5 6\n")
        refuses("Lennard-Jones units may be meant by the mass " .. shown .. " amu of type 2; say "
            .. "what the types are: species = ", file)
        local named = vt.atoms.read(file, { species = { "A", "B" } })
        lu.assertEquals(named:symbols(), { "A", "B" })
        lu.assertEquals(named:species()[2].mass, tonumber(mass))
    end
    refuses("the file does not say which element its atoms are",
        dump("id type mass x y z", { "1 1 1 1 2 3" }))
    local file = data("Masses\n\n1 63.546\n2 1.008\n\nAtoms\n\n1 1 1 2 3\n2 2 4 5 6\n")
    lu.assertEquals(vt.atoms.read(file):symbols(), { "Cu", "H" })
end

-- ---------------------------------------------------------------- atom styles ----

TestStyles = class()

local CHARGES <const> = "1 1 0.0 1.5 2.5 3.5\n2 2 -1.5 5.5 6.5 7.5 1 0 -1\n"

function TestStyles.test_charge()
    for _, head in ipairs{ "Atoms\n\n", "Atoms # charge\n\n", "Atoms  # my own glass\n\n" } do
        local atoms, info = vt.atoms.read(data(MASSES .. head .. CHARGES))
        lu.assertEquals(atoms:symbols(), { "Cu", "Zr" })
        lu.assertEquals(atoms:positions():totable(), { { 1.5, 2.5, 3.5 }, { 5.5, 6.5, 7.5 } })
        lu.assertEquals(atoms:images():totable(), { { 0, 0, 0 }, { 1, 0, -1 } })
        lu.assertEquals(info.columns.q:totable(), { 0, -1.5 })
        -- Written back, in order of ids and with velocities, they are there again.
        atoms:thermalize{ temperature = 300, seed = 1 }
        atoms:save(path "again.data", { columns = info.columns })
        lu.assertStrContains(text_of "again.data",
            "Atoms # charge\n\n1 1 0 1.5 2.5 3.5 0 0 0\n2 2 -1.5 5.5 6.5 7.5 1 0 -1\n")
        local again, more = vt.atoms.read(path "again.data")
        lu.assertEquals(more.columns.q:totable(), { 0, -1.5 })
        lu.assertEquals(again:velocities():totable(), atoms:velocities():totable())
        atoms:save(path "again.dump", { columns = info.columns })
        local _, dumped = vt.atoms.read(path "again.dump")
        lu.assertEquals(dumped.columns.q:totable(), { 0, -1.5 })
        os.remove(path "again.data")
        os.remove(path "again.dump")
    end
    local atoms, info = vt.atoms.read(data(MASSES .. "Atoms\n\n" .. CHARGES), { columns = false })
    lu.assertEquals(#atoms, 2)
    lu.assertEquals(next(info.columns), nil)
    local words = { columns = { q = { "a", "b" } } }
    lu.assertStrContains(message(atoms.save, atoms, path "x.data", words),
        "column 'q' of format 'data' is the charge: one number per atom")
end

-- id, molecule, type, x, y, z are as many columns.
function TestStyles.test_no_style_is_guessed()
    local doubtful = "the columns may be those of atom style charge (id type q x y z) or molecular"
    local file = data(MASSES .. "Atoms\n\n1 1 1 2 3 4\n2 2 2 4 5 6\n")
    refuses("read.data:16: " .. doubtful, file)
    local _, info = vt.atoms.read(file, { style = "charge" })
    lu.assertEquals(info.columns.q:totable(), { 1, 2 })
    refuses(doubtful, data(MASSES .. "Atoms\n\n1 7 1 2 3 4\n2 2 2 4 5 6\n"))
    refuses(doubtful, data("Atom Type Labels\n\n1 Cu\n2 Zr\n\nAtoms\n\n1 1 Cu 2 3 4\n"))
    -- One charge that is no type settles it.
    file = data(MASSES .. "Atoms\n\n1 1 1 2 3 4\n2 2 0 4 5 6\n")
    _, info = vt.atoms.read(file)
    lu.assertEquals(info.columns.q:totable(), { 1, 0 })
    refuses("7 columns, as of style full or sphere",
        data(MASSES .. "Atoms\n\n1 1 1 0 1 2 3\n2 1 1 0 4 5 6\n"))
    for _, style in ipairs{ "full", "molecular", "sphere", "hybrid", "bond" } do
        refuses("the atoms are of style '" .. style .. "': vitrum reads styles atomic (id type x y "
            .. "z) and charge (id type q x y z); write a dump with LAMMPS instead: write_dump all",
            data(MASSES .. "Atoms # " .. style .. "\n\n1 1 1 0 1 2 3\n2 1 1 0 4 5 6\n"))
    end
    refuses("atom style 'full' cannot be read", file, { style = "full" })
    refuses("style is for LAMMPS data files only, not for format 'dump'",
        dump("id element x y z", { "1 Cu 1 2 3" }), { style = "charge" })
    -- Numbers of columns that the style does not have.
    refuses("one column too many", data(MASSES .. "Atoms # atomic\n\n" .. "1 1 1 2 3 0 0 0 0\n"))
    refuses("an image count", data(MASSES .. "Atoms # atomic\n\n" .. CHARGES))
    refuses("an image count", data(MASSES .. "Atoms # charge\n\n1 1 1 2 3 0 0 0\n"))
end

function TestStyles.test_lammps_reads_both_styles()
    local atoms = vt.atoms.fcc{ species = "Cu", a = 4, cells = { 2, 2, 3 } }
    atoms:substitute{ from = "Cu", to = "Zr", fraction = 0.25, seed = 1 }
    atoms:thermalize{ temperature = 500, seed = 5 }
    atoms:rattle{ amplitude = 0.1, seed = 2 }
    local q = vt.array.range(1, #atoms) / 64
    for style, columns in pairs{ atomic = {}, charge = { q = q } } do
        atoms:save(path "ours.data", { columns = columns })
        lammps("units metal\natom_style " .. style .. "\nread_data ours.data\npair_style zero 4\n"
            .. "pair_coeff * *\nrun 0\nwrite_dump all custom back.dump id type x y z vx vy vz "
            .. (style == "charge" and "q " or "") .. "modify sort id format float %.17g\n"
            .. "write_data back.data\n")
        for name, species in pairs{ ["back.dump"] = { "Cu", "Zr" }, ["back.data"] = false } do
            local back, info = vt.atoms.read(path(name), { species = species or nil })
            lu.assertEquals(back:symbols(), atoms:symbols())
            for _, field in ipairs{ "positions", "velocities" } do
                local moved = back:wrap()[field](back) - atoms:wrap()[field](atoms)
                lu.assertTrue(moved:abs():max() < 1e-13) -- 16 or 17 digits of 10 A, 10 A/ps
            end
            local charge = info.columns.q
            lu.assertEquals(charge and charge:totable(), style == "charge" and q:totable() or nil)
        end
        os.remove(path "ours.data")
    end
end

-- ---------------------------------------------------------------- type labels ----

TestLabels = class()

function TestLabels.test_data()
    local file = data("Atom Type Labels\n\n1 Zr\n2 Cu\n\nMasses\n\nCu 63.546\nZr 91.224\n\n"
        .. "Pair Coeffs # zero\n\nCu\nZr\n\nAtoms # atomic\n\n1 Cu 1 2 3\n2 Zr 4 5 6\n")
    local atoms = vt.atoms.read(file)
    lu.assertEquals(atoms:symbols(), { "Cu", "Zr" })
    lu.assertEquals(atoms:types():totable(), { 2, 1 })
    lu.assertEquals(atoms:species()[1].mass, 91.224)
    -- A label that is too long for a symbol is one all the same; the mass tells the element.
    file = data("Atom Type Labels\n\n1 (zirconium)\n2 Cu\n\nMasses\n\n2 63.546\n"
        .. "(zirconium) 91.224\n\nAtoms\n\n1 Cu 1 2 3\n2 (zirconium) 4 5 6\n")
    lu.assertEquals(vt.atoms.read(file):symbols(), { "Cu", "Zr" })
    refuses("'Cu' is the label of type 1 already", data("Atom Type Labels\n\n1 Cu\n2 Cu\n"))
    refuses("expected an atom type, found 'Ni'", data("Atom Type Labels\n\n1 Cu\n2 Zr\n\n" .. MASSES
        .. "Atoms\n\n1 Ni 1 2 3\n2 Cu 4 5 6\n"))
end

function TestLabels.test_dump()
    local function symbols(columns, rows, options)
        return vt.atoms.read(dump(columns, rows), options):symbols()
    end
    lu.assertEquals(symbols("id typelabel x y z", { "1 Cu 1 2 3", "2 Zr 4 5 6" }), { "Cu", "Zr" })
    lu.assertEquals(symbols("id type typelabel element x y z",
        { "1 2 Cu C 1 2 3", "2 1 Zr C 4 5 6" }), { "Cu", "Zr" })
    lu.assertEquals(symbols("id element type typelabel x y z",
        { "1 Cu 2 Cu_core 1 2 3", "2 Zr 1 Zr_core1 4 5 6" }), { "Cu", "Zr" })
    lu.assertEquals(symbols("id type typelabel mass x y z", { "1 1 A 1 1 2 3", "2 2 B 1 4 5 6" }),
        { "A", "B" })
    -- What tells two types of copper apart may be long.
    lu.assertEquals(symbols("id type typelabel x y z", { "1 1 Cu_core1 1 2 3", "2 2 Cu2 4 5 6" }),
        { "Cu", "Cu" })
    local long = { "1 1 core_of_Cu 1 2 3", "2 2 Zr 4 5 6" }
    refuses("'core_of_Cu' is no symbol of a species", dump("id type typelabel x y z", long))
    lu.assertEquals(symbols("id type typelabel x y z", long, { species = { "Cu", "Zr" } }),
        { "Cu", "Zr" })
end

-- ---------------------------------------------------------------- columns ----

TestColumns = class()

local function is_nan(x) return x ~= x end

-- What has nothing to do with positions may be nan or infinite, in every format that has room.
function TestColumns.test_nan_and_inf()
    local file = dump("id type element x y z c_q6 v_strain mol", { "1 1 Cu 2.5 3 5 0.41 -nan 1",
        "2 1 Cu 4 5 6 nan inf 2", "3 2 Zr 6 7 8 0.33 0.02 3" })
    local atoms, info = vt.atoms.read(file)
    for _, name in ipairs{ "again.dump", "again.extxyz", "again.dump.gz" } do
        atoms:save(path(name), { columns = info.columns })
        atoms, info = vt.atoms.read(path(name))
        lu.assertEquals(#atoms, 3)
        local q6, strain = info.columns.c_q6:totable(), info.columns.v_strain:totable()
        lu.assertEquals({ q6[1], q6[3], strain[2], strain[3] }, { 0.41, 0.33, math.huge, 0.02 })
        lu.assertTrue(is_nan(q6[2]) and is_nan(strain[1]))
        lu.assertEquals(info.columns.mol:totable(), { 1, 2, 3 })
    end
    lu.assertStrContains(text_of "again.dump", "1 1 Cu 2.5 3 5 0 0 0 0.41 1 nan\n")
    refuses("which is not finite", dump("id element x y z", { "1 Cu 1 nan 3" }))
    refuses("which is not finite", dump("id element x y z c_a", { "1 Cu 1 2 3 1e999" }))
end

-- Columns of whole numbers by their name, whose numbers are not.
function TestColumns.test_whole_numbers()
    local _, info = vt.atoms.read(dump("id element x y z mol i_a i_b", { "1 Cu 1 2 3 5 nan 1e300",
        "2 Cu 4 5 6 -6 2 3" }))
    lu.assertEquals(math.type(info.columns.mol[2]), "integer")
    lu.assertEquals(info.columns.i_b:totable(), { 1e300, 3 })
    lu.assertTrue(is_nan(info.columns.i_a[1]))
end

-- Whether a column holds text is decided over the whole frame.
function TestColumns.test_text_that_looks_like_numbers()
    local rows = { "1 Cu 2 2 2 007 5", "2 Cu 1 1 1 1e3 6", "3 Zr 4 4 4 abc x" }
    for _, name in ipairs{ "again.dump", "again.dump.gz" } do
        local atoms, info = vt.atoms.read(dump("id element x y z c_name c_b", rows))
        lu.assertEquals(info.columns.c_name, { "007", "1e3", "abc" })
        atoms:save(path(name), { columns = info.columns })
        atoms:save(path(name), { columns = info.columns, append = true })
        local count = 0
        for again, more in vt.atoms.frames(path(name)) do
            count = count + 1
            lu.assertEquals(again:symbols(), { "Cu", "Cu", "Zr" })
            lu.assertEquals(more.columns.c_name, { "007", "1e3", "abc" })
            lu.assertEquals(more.columns.c_b, { "5", "6", "x" })
        end
        lu.assertEquals(count, 2)
    end
end

os.exit(lu.LuaUnit.run())
