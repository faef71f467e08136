-- What one format holds and another one does not: it comes back as it was, or is not written.
local lu = require "luaunit"
local vt = require "vitrum"
local io_folder = require "io_folder"

local class, put, path, message = io_folder.class, io_folder.put, io_folder.name, io_folder.message

local FORMATS <const> = { "data", "dump", "extxyz", "poscar", "cfg" }

--- Two atoms out of extended XYZ: entries of the comment line, further properties, their values.
local function two(entries, properties, first, second, lattice)
    return vt.atoms.read(put("two.extxyz", ('2\nLattice="%s" %s Properties=species:S:1:pos:R:3%s\n'
        .. "Cu 1 2 3 %s\nZr 4 5 6 %s\n"):format(lattice or "9 0 0 0 8 0 0 0 7", entries or "",
        properties and ":" .. properties or "", first or "", second or "")))
end

--- Atoms out of a dump with these columns.
local function dumped(columns, ...)
    return vt.atoms.read(put("a.dump", ("ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n%d\n"
        .. "ITEM: BOX BOUNDS pp pp pp\n0 9\n0 8\n0 7\nITEM: ATOMS %s\n%s\n"):format(
        select("#", ...), columns, table.concat({ ... }, "\n"))))
end

local function save(atoms, name, options)
    options = options or {}
    options.overwrite = true
    atoms:save(path(name), options)
    return vt.atoms.read(path(name))
end

local function refused(text, atoms, name, options)
    lu.assertStrContains(message(atoms.save, atoms, path(name), options), text)
    lu.assertFalse(io_folder.exists(path(name)))
end

-- ---------------------------------------------------------------- names ----

TestNames = class()

-- A column is read back as itself, whatever it is called, or its name is refused.
function TestNames.test_no_column_becomes_a_property()
    local names = { "id", "ID", "type", "element", "typelabel", "mass", "Masses", "x", "xs", "xu",
        "xsu", "y", "z", "Z", "numbers", "ix", "images", "vx", "vz", "fx", "fz", "q", "mol", "proc",
        "species", "Symbols", "pos", "positions", "force", "Forces", "momenta", "vel", "velo",
        "velocities", "selective", "auxiliary0", "energy", "i_a", "c_1", "H0", "R", "A" }
    local atoms = two()
    local written = 0
    for _, name in ipairs(names) do
        for _, format in ipairs(FORMATS) do
            local options = { format = format, columns = { [name] = { 1.5, -2.5 } } }
            local file = path(name .. "." .. format)
            local ok, err = pcall(atoms.save, atoms, file, options)
            if ok then
                local back, info = vt.atoms.read(file, { format = format })
                lu.assertEquals(info.columns[name]:totable(), { 1.5, -2.5 }, name .. format)
                lu.assertAlmostEquals(back:positions()[2][3], 6, 1e-14)
                lu.assertEquals(back:ids():totable(), { 1, 2 })
                lu.assertEquals(back:velocities():abs():max(), 0)
                lu.assertEquals(back:symbols(), { "Cu", "Zr" })
                written = written + 1
            else
                lu.assertStrContains(tostring(err), "column '" .. name .. "'")
            end
        end
    end
    lu.assertTrue(written > 60) -- of 215; data and poscar have room for one column each
    for format, name in pairs{ dump = "typelabel", extxyz = "Velo", cfg = "ix" } do
        refused("column '" .. name .. "' is a property that atoms have in format '" .. format
            .. "', and would be read back as that; choose another name or leave the column out",
            atoms, "a." .. format, { columns = { [name] = { 1, 2 } } })
    end
end

-- One component makes no velocity and no force: it is a column to every format.
function TestNames.test_parts_of_vectors()
    for _, row in ipairs{ { "vz", "1.5", "2.5" }, { "fx fz", "1.5 2", "2.5 3" },
        { "vx fy vz", "1 2 3", "4 5 6" } } do
        local atoms, info = dumped("id element x y z " .. row[1],
            "1 Cu 1 2 3 " .. row[2], "2 Zr 4 5 6 " .. row[3])
        lu.assertEquals(atoms:velocities():abs():max(), 0)
        for _, name in ipairs{ "b.dump", "b.cfg", "b.extxyz" } do
            local _, again = save(atoms, name, { columns = info.columns })
            local k = 0
            for word in row[1]:gmatch "%S+" do
                k = k + 1
                local first = tonumber(({ row[2]:match "(%S+) ?(%S*) ?(%S*)" })[k])
                lu.assertEquals(again.columns[word]:totable()[1], first)
            end
        end
    end
    local atoms = two()
    local all = { vx = { 1, 2 }, vy = { 1, 2 }, vz = { 1, 2 } }
    for _, name in ipairs{ "c.dump", "c.cfg" } do
        refused("column 'vx' is a property that atoms have", atoms, name, { columns = all })
    end
    lu.assertEquals(select(2, save(atoms, "c.extxyz", { columns = all })).columns.vy:totable(),
        { 1, 2 })
    atoms:thermalize{ temperature = 300, seed = 1 }
    refused("column 'vx' is a property that atoms have", atoms, "d.dump",
        { columns = { vx = { 1, 2 } } })
end

function TestNames.test_names_that_meet()
    local atoms = two()
    local pair = vt.array{ { 1, 2 }, { 3, 4 } }
    refused("two columns would be called 'c1' in format 'cfg'", atoms, "a.cfg",
        { columns = { c = pair, c1 = { 5, 6 } } })
    refused("two columns would be called 'c[2]' in format 'dump'", atoms, "a.dump",
        { columns = { c = pair, ["c[2]"] = { 5, 6 } } })
    local _, info = save(atoms, "a.extxyz", { columns = { c = pair, c1 = { 5, 6 } } })
    lu.assertEquals(info.columns.c:totable(), pair:totable())
    lu.assertEquals(info.columns.c1:totable(), { 5, 6 })
    local text = "Number of particles = 1\nH0(1,1) = 9 A\nH0(1,2) = 0 A\nH0(1,3) = 0 A\n"
        .. "H0(2,1) = 0 A\nH0(2,2) = 9 A\nH0(2,3) = 0 A\nH0(3,1) = 0 A\nH0(3,2) = 0 A\n"
        .. "H0(3,3) = 9 A\n.NO_VELOCITY.\nentry_count = 5\nauxiliary[0] = %s\nauxiliary[1] = %s\n"
        .. "63.546\nCu\n0 0 0 1 2\n"
    lu.assertStrContains(message(vt.atoms.read, put("b.cfg", text:format("vz", "vz"))),
        "auxiliary[0] and auxiliary[1] are both called 'vz'; names must differ")
    local _, read = vt.atoms.read(put("b.cfg", text:format("vz", "vy")))
    lu.assertEquals(read.columns.vy[1], 2)
end

function TestNames.test_more_than_fits()
    local atoms = two()
    local wide = {}
    for k = 1, 240 do wide[k] = k end
    for _, name in ipairs{ "a.dump", "a.cfg" } do
        refused("240 columns, each component counted; at most 236 can be written", atoms, name,
            { columns = { c = vt.array{ wide, wide } } })
    end
    lu.assertEquals(select(2, save(atoms, "a.extxyz", { columns = { c = vt.array{ wide, wide } } }))
        .columns.c[2][240], 240)
    for k = 1, 1001 do wide[k] = k end
    refused("column 'c' has 1001 numbers for each atom; 1 to 1000 can be written", atoms,
        "b.extxyz", { columns = { c = vt.array{ wide, wide } } })
    local word = ("w"):rep(254)
    for _, name in ipairs{ "c.dump", "c.extxyz" } do
        local _, info = save(atoms, name, { columns = { c = { word, "x" } } })
        lu.assertEquals(info.columns.c, { word, "x" })
        refused("entry 1 of column 'c' has 255 letters; words in text columns have 254 at most",
            atoms, "d" .. name, { columns = { c = { word .. "w", "x" } } })
    end
    local file = io_folder.text_of "c.dump"
    lu.assertStrContains(message(vt.atoms.read, put("e.dump", (file:gsub("www ?", "wwwwww", 1)))),
        "column 'c' of row 1 is a word of more than 254 letters")
end

-- Entries of a comment line that would be taken for what the frame has.
function TestNames.test_entries_of_info()
    local atoms = two()
    for name, value in pairs{ Stress = { 1, 2, 3 }, ENERGY = "low", time = "noon",
        Timestep = 1.5 } do
        refused("entry '" .. name .. "' of info would be read back as the " .. name:lower()
            .. " of the frame, which it is not", atoms, "a.extxyz", { info = { [name] = value } })
    end
    -- Nothing after an empty list is lost.
    local free = two('pbc="T F F"')
    local back, info = save(free, "b.extxyz", { info = { a = vt.array{}, b = 2 } })
    lu.assertEquals(back:box().periodic, { true, false, false })
    lu.assertEquals(info.b, 2)
    local many = {}
    for k = 1, 1000 do many["a" .. k] = k end
    refused("1000 entries of info; at most 999 can be written", atoms, "c.extxyz", { info = many })
    many.a1000 = nil
    lu.assertEquals(select(2, save(atoms, "c.extxyz", { info = many })).a999, 999)
end

-- ---------------------------------------------------------------- species ----

TestSpecies = class()

function TestSpecies.test_two_masses_of_one_symbol()
    local atoms = dumped("id type element mass x y z", "1 1 Cu 63 1 2 3", "2 2 Cu 65 4 5 6")
    for _, format in ipairs{ "extxyz", "cfg" } do
        refused("species 'Cu' has the masses 63 and 65 amu, and " .. format
            .. " has one for each symbol; use dump or data", atoms, "b." .. format)
    end
    for _, name in ipairs{ "b.dump", "b.data" } do
        lu.assertEquals(save(atoms, name):masses():totable(), { 63, 65 })
    end
end

-- C without the mass of carbon is an atom that LAMMPS was told no name of.
function TestSpecies.test_carbon_that_is_none()
    local atoms = vt.atoms.read(put("a.extxyz", '1\nLattice="9 0 0 0 8 0 0 0 7" '
        .. "Properties=species:S:1:pos:R:3:mass:R:1\nC 1 2 3 50\n"))
    for _, format in ipairs{ "dump", "cfg" } do
        refused("species 'C' has a mass of 50 amu", atoms, "b." .. format)
    end
    for _, name in ipairs{ "b.extxyz", "b.data" } do
        local back = save(atoms, name)
        lu.assertEquals({ back:symbols()[1], back:masses()[1] }, { "C", 50 })
    end
end

-- A mass that is an atomic number is that mass in a file of vitrum's.
function TestSpecies.test_masses_in_cfg()
    local atoms = vt.atoms.read(put("a.extxyz", '1\nLattice="9 0 0 0 8 0 0 0 7" '
        .. "Properties=species:S:1:pos:R:3:mass:R:1\nH 1 2 3 1\n"))
    lu.assertEquals(save(atoms, "a.cfg"):masses()[1], 1)
    local foreign = io_folder.text_of "a.cfg":gsub("# [^\n]*\n", "")
    lu.assertEquals(vt.atoms.read(put("b.cfg", foreign)):masses()[1], 1.008)
    lu.assertStrContains(message(vt.atoms.read, put("c.extxyz", '1\nLattice="9 0 0 0 8 0 0 0 7" '
        .. "Properties=species:S:1:pos:R:3:mass:R:1\nA 1 2 3 1e-7\n")),
        "species 'A' has a mass of 1e-07 amu")
end

-- ---------------------------------------------------------------- numbers ----

TestNumbers = class()

function TestNumbers.test_ids_of_any_size()
    local large = math.maxinteger
    local atoms = two("", "id:I:1", large, large - 1)
    for _, format in ipairs(FORMATS) do
        atoms:save(path "a", { format = format, overwrite = true })
        local ids = vt.atoms.read(path "a", { format = format }):ids():totable()
        table.sort(ids)
        lu.assertEquals(ids, { large - 1, large }, format)
    end
end

-- Few digits are for positions. A box of few digits may have no volume at all.
function TestNumbers.test_boxes_keep_their_digits()
    local edges = "9.87654321 0 0 0.5 8.76543219 0 0.25 0.125 7.65432198"
    local atoms = two('Origin="1000.5 -2000.25 3000.125"', nil, nil, nil, edges)
    local box = atoms:box()
    for _, format in ipairs(FORMATS) do
        atoms:save(path "a", { format = format, digits = 2, overwrite = true })
        local back = vt.atoms.read(path "a", { format = format }):box()
        for _, key in ipairs{ "a", "b", "c" } do
            for k = 1, 3 do lu.assertAlmostEquals(back[key][k], box[key][k], 1e-12) end
        end
    end
end

-- Image counts that unwrapped positions tell need all the digits of these.
function TestNumbers.test_few_digits_of_a_long_way()
    local atoms = dumped("id element x y z xu yu zu", "1 Cu 1 2 3 90001 2 3")
    refused("atom 1 (id 1) is at 90001 2 3 A unwrapped, of which 5 digits do not tell how often it "
        .. "went through the box", atoms, "b.dump", { digits = 5 })
    lu.assertEquals(save(atoms, "b.dump", { digits = 9 }):images():totable(), { { 10000, 0, 0 } })
end

function TestNumbers.test_what_is_no_number()
    local atoms = two("", "forces:R:3", "1 2 1e150", "0 0 0")
    refused("the force on atom 1 (id 1) is 1 2 1e+150 eV/A, which no file can hold", atoms,
        "a.extxyz", { forces = true })
    local back, info = save(two(), "b.dump", { info = { time = 0 / 0, timestep = 7 } })
    lu.assertEquals({ #back, info.timestep, info.time }, { 2, 7 })
    local fast = two()
    fast:velocities()[1][2] = 1e13
    refused("a velocity of 0 1e+13 0 is beyond all range", fast, "c.extxyz")
end

-- What is nearly lost in a box that leans a lot is not written where it would be moved.
function TestNumbers.test_far_away_in_a_box_that_leans()
    local inside = two("", nil, nil, nil, "9 0 0 1e8 8 0 0 0 7")
    lu.assertAlmostEquals(save(inside, "a.dump"):positions()[2][1], 4, 1e-12)
    lu.assertStrContains(message(two, "", nil, nil, nil,
        "9 0 0 0 8.5 0 0 0 1.9e18"),
        "cell vector c is 1.9e+18 A long; give lengths in angstrom, between 1e-10 and 1e+18")
    local far = two("", nil, nil, nil, "9 0 0 1e10 8 0 0 0 7")
    far:positions()[1][1], far:positions()[1][2] = 5e18, 4e9 -- 5e8 times the second vector
    for _, format in ipairs(FORMATS) do
        refused("is so far from its box, which leans so much, that a file would not tell where it "
            .. "is; wrap it into the box", far, "b." .. format, { format = format })
    end
end

-- A title that speaks of boundaries says nothing about those of the box.
function TestNumbers.test_boundaries_and_titles()
    local closed, open = two(), two('pbc="F T T"')
    for _, format in ipairs{ "data", "poscar", "cfg" } do
        for _, note in ipairs{ "grain boundary study", "boundary f f f", "boundary f f f; x" } do
            closed:save(path "a", { format = format, provenance = note, overwrite = true })
            lu.assertEquals(vt.atoms.read(path "a", { format = format }):box().periodic,
                { true, true, true })
            open:save(path "a", { format = format, provenance = note, overwrite = true })
            lu.assertEquals(vt.atoms.read(path "a", { format = format }):box().periodic,
                { false, true, true })
        end
    end
end

os.exit(lu.LuaUnit.run())
