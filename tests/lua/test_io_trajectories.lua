-- Files of VASP and AtomEye beside POSCAR: XDATCAR and cfg; files whose name says another format.
local lu = require "luaunit"
local vt = require "vitrum"
local io_folder = require "io_folder"

local class, put, path, message = io_folder.class, io_folder.put, io_folder.name, io_folder.message
local text_of = io_folder.text_of

local function refused(name, text, line, expected, options)
    local err = message(vt.atoms.read, put(name, text), options)
    lu.assertStrContains(err, path(name) .. ":" .. line .. ": ")
    lu.assertStrContains(err, expected)
end

local function near(a, b, tolerance)
    lu.assertEquals(#a, #b)
    for i = 1, #a do
        for k = 1, #a[i] do lu.assertAlmostEquals(a[i][k], b[i][k], tolerance) end
    end
end

-- ---------------------------------------------------------------- XDATCAR

TestXdatcar = class()

local HEADER = "CuZr melt\n1.0\n9.0 0.0 0.0\n0.0 9.5 0.0\n0.0 0.0 10.0\nCu Zr\n2 1\n"
local FRAMES = {
    "Direct configuration=     1\n0.10 0.20 0.30\n0.40 0.50 0.60\n0.70 0.80 0.90\n",
    "Direct configuration=     2\n0.11 0.21 0.31\n0.41 0.49 0.61\n0.72 0.80 0.89\n",
    "Direct configuration=    13\n-0.01-0.02 0.32\n0.42 0.48 0.62\n0.73 0.79-1.88E-02\n",
}

function TestXdatcar.test_a_fixed_cell()
    put("run.XDATCAR", HEADER .. table.concat(FRAMES))
    local steps, first, last = {}, {}, {}
    for a, info in vt.atoms.frames(path "run.XDATCAR") do
        lu.assertEquals(a:symbols(), { "Cu", "Cu", "Zr" })
        lu.assertEquals(info.comment, "CuZr melt")
        lu.assertAlmostEquals(a:volume(), 9 * 9.5 * 10, 1e-10)
        steps[#steps + 1] = info.timestep
        first[#first + 1] = a:positions():totable()[1]
        last[#last + 1] = a:positions():totable()[3]
    end
    lu.assertEquals(steps, { 1, 2, 13 })
    near(first, { { 0.9, 1.9, 3 }, { 0.99, 1.995, 3.1 }, { -0.09, -0.19, 3.2 } }, 1e-14)
    near({ last[3] }, { { 0.73 * 9, 0.79 * 9.5, -0.188 } }, 1e-14)
    -- Any frame, forward and back, compressed too, and without the option's help.
    for _, name in ipairs{ "XDATCAR", "XDATCAR_1.gz" } do
        vt.write_file(path(name), HEADER .. table.concat(FRAMES))
        for n, z in pairs{ [1] = 3, [2] = 3.1, [3] = 3.2, [-1] = 3.2, [-3] = 3 } do
            local a = vt.atoms.read(path(name), { frame = n })
            lu.assertAlmostEquals(a:positions():totable()[1][3], z, 1e-14)
        end
    end
end

function TestXdatcar.test_a_cell_that_changes()
    local larger = HEADER:gsub("9.0 0.0 0.0", "9.9 0.0 0.0")
    put("XDATCAR", HEADER .. FRAMES[1] .. larger .. FRAMES[2] .. "\n" .. FRAMES[3])
    local x = {}
    for a in vt.atoms.frames(path "XDATCAR") do
        x[#x + 1] = { a:box().a[1], a:positions():totable()[1][1] }
    end
    near(x, { { 9, 0.9 }, { 9.9, 0.11 * 9.9 }, { 9.9, -0.01 * 9.9 } }, 1e-14)
    local a = vt.atoms.read(path "XDATCAR", { frame = 3 })
    lu.assertEquals(a:box().a[1], 9.9)
end

-- Blank lines: in place of the title, between and in the configurations, before and behind all.
function TestXdatcar.test_blank_lines_change_nothing()
    local text = "\n" .. HEADER:gsub("CuZr melt", "  ") .. " \n" ..
        FRAMES[1]:gsub("0.40 0.50", "\n%0") .. "\n\n" .. HEADER .. FRAMES[2] .. "\t\n" ..
        HEADER:gsub("CuZr melt", "") .. FRAMES[3] .. "\n\n"
    put("XDATCAR", text)
    local steps, x = {}, {}
    for a, info in vt.atoms.frames(path "XDATCAR") do
        steps[#steps + 1], x[#x + 1] = info.timestep, a:positions():totable()[2]
    end
    lu.assertEquals(steps, { 1, 2, 13 })
    near(x, { { 3.6, 4.75, 6 }, { 3.69, 4.655, 6.1 }, { 3.78, 4.56, 6.2 } }, 1e-14)
    lu.assertEquals(vt.atoms.read(path "XDATCAR", { frame = -1 }):box().a[1], 9)
    refused("a.dump", text, 3, "the file looks like format 'xdatcar'")
end

-- What VASP 5.2 and earlier versions write before a configuration: a blank line, or Konfig.
function TestXdatcar.test_older_versions()
    local blank, konfig = HEADER, HEADER
    for k, frame in ipairs(FRAMES) do
        local rows = frame:gsub("^[^\n]*", "")
        blank, konfig = blank .. rows, konfig .. "Konfig= " .. k .. rows
    end
    for name, text in pairs{ ["blank.xdatcar"] = blank, ["konfig.xdatcar"] = konfig } do
        put(name, text)
        local x, steps = {}, {}
        for a, info in vt.atoms.frames(path(name)) do
            x[#x + 1], steps[#steps + 1] = a:positions():totable()[1], info.timestep
        end
        near(x, { { 0.9, 1.9, 3 }, { 0.99, 1.995, 3.1 }, { -0.09, -0.19, 3.2 } }, 1e-14)
        lu.assertEquals(steps, name == "konfig.xdatcar" and { 1, 2, 3 } or {})
        near({ vt.atoms.read(path(name), { frame = 2 }):positions():totable()[1] }, { x[2] }, 0)
    end
    refused("POSCAR", blank, 8, 'this is a trajectory: read it with format = "xdatcar"')
    refused("a.dump", blank, 1, "the file looks like format 'xdatcar'")
    refused("a.xdatcar", (blank:gsub("0.41[^\n]*\n", "")), 15, "after 2 of the 3 atoms of a conf",
        { frame = 2 })
end

function TestXdatcar.test_motion_follows_the_nearest_images()
    -- Atoms walk by a tenth of the cell at a time, to both sides, out here and in again there.
    local start = vt.atoms.random{ composition = { Cu = 1 }, n = 60, seed = 4 }
    start = start:positions() / start:box().a[1]
    local text = { "Cu\n1\n10 0 0\n0 10 0\n0 0 10\nCu\n60\n" }
    for k = 0, 20 do
        text[#text + 1] = ("Direct configuration= %d\n"):format(k + 1)
        for i, s in ipairs(start:totable()) do
            local x = (s[1] + (-1) ^ i * 0.1 * k) % 1
            text[#text + 1] = ("%.8f %.8f %.8f\n"):format(x, s[2], s[3])
        end
    end
    put("XDATCAR", table.concat(text))
    local m = vt.structure.motion(path "XDATCAR", { interval = 0.01 })
    for lag = 1, #m.msd do
        lu.assertAlmostEquals(m.msd[lag], (m.time[lag] / 0.01) ^ 2, 1e-5)
    end
end

function TestXdatcar.test_what_is_wrong_with_a_file()
    local one = HEADER .. FRAMES[1]
    refused("XDATCAR", HEADER .. "Direct configuration=     1\n0.1 0.2 0.3\n", 9,
        "the file ends after 1 of the 3 atoms of a configuration; is it cut off?")
    refused("XDATCAR", HEADER .. "Direct configuration=     1\n0.1 0.2 0.3\n" .. FRAMES[2], 10,
        "the next configuration comes after 1 of the 3 atoms")
    refused("XDATCAR", FRAMES[1], 1, "a configuration comes before the cell")
    refused("XDATCAR", one:gsub("1\n0.10", "one\n0.10"), 8, "expected the number of the conf")
    refused("XDATCAR", one:gsub("0.50", "*****"), 10, "coordinate y is written as asterisks")
    refused("XDATCAR", one:gsub("0.50", "nan"), 10, "coordinate y is 'nan', which is not finite")
    refused("XDATCAR", one:gsub("0.50", "0.5.0-0.1"), 10,
        "expected coordinate y, found '0.5.0-0.1'")
    refused("XDATCAR", one:gsub("0.40 0.50 0.60", "0.40 0.50"), 10, "coordinate z was expected")
    refused("XDATCAR", one:gsub("Cu Zr\n", ""), 6, "the file has no line of symbols for its 2")
    lu.assertEquals(vt.atoms.read(put("XDATCAR", (one:gsub("Cu Zr\n", ""))),
        { species = { "Zr", "Cu" } }):symbols(), { "Zr", "Zr", "Cu" })
    local a = vt.atoms.read(put("XDATCAR", one))
    lu.assertStrContains(message(a.save, a, path "b.xdatcar"),
        "format 'xdatcar' is read but not written; use extxyz or dump")
end

function TestXdatcar.test_positions_and_velocities_beyond_all_range()
    local far = "more than 1e+09 lengths of the box away from it"
    refused("XDATCAR", (HEADER .. FRAMES[1]):gsub("0.50", "2e9"), 10, far)
    refused("XDATCAR", (HEADER .. FRAMES[1]):gsub("0.50", "1e308"), 10, far)
    refused("POSCAR", HEADER .. "Direct\n0 0 0\n0.5 1.7e308 0.5\n0 0 0\n", 10, far)
    refused("a.xyz", '1\nLattice="9 0 0 0 9 0 0 0 9"\nCu 0 0 -2e10\n', 3, far)
    local cfg = "Number of particles = 1\nH0(1,1) = 9\nH0(1,2) = 0\nH0(1,3) = 0\nH0(2,1) = 0\n" ..
        "H0(2,2) = 9\nH0(2,3) = 0\nH0(3,1) = 0\nH0(3,2) = 0\nH0(3,3) = 9\n"
    refused("a.cfg", cfg .. "63.546 Cu 0 1e308 0 0 0 0\n", 11, far)
    refused("a.cfg", cfg .. "R = 1e200 [ps^-1]\n63.546 Cu 0 0 0 0 1e200 0\n", 12,
        "the velocity of atom 1 is beyond all range")
    refused("POSCAR", HEADER .. "Direct\n0 0 0\n0.5 0.5 0.5\n0 0 0\n\n0 0 0\n0 1e307 0\n", 14,
        "the velocity of atom 2 is beyond all range")
    refused("a.xyz", '1\nLattice="9 9 9" Properties=species:S:1:pos:R:3:velocities:R:3\n' ..
        "Cu 0 0 0 1e308 0 0\n", 3, "a velocity of 1e+308 0 0 is beyond all range")
end

function TestXdatcar.test_files_that_are_of_another_format()
    local poscar = HEADER .. "Direct\n0 0 0\n0.5 0.5 0.5\n0.2 0.2 0.2\n"
    refused("CONTCAR", HEADER .. FRAMES[1], 8, "is a line of an XDATCAR, a trajectory; read it " ..
        'with format = "xdatcar"')
    refused("XDATCAR", poscar, 8, "found 'Direct'; expected 'Direct configuration= n'; this is " ..
        'a POSCAR, read it with format = "poscar"')
    refused("a.xyz", poscar, 1, "the file looks like format 'poscar': say format = \"poscar\"")
    refused("a.dump", HEADER .. FRAMES[1], 1, "the file looks like format 'xdatcar'")
    refused("a.dump", HEADER .. FRAMES[1], 11, "the file looks like format 'xdatcar'",
        { frame = -1 })
    refused("a.data", "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n0\n", 2, "like format 'dump'")
    refused("POSCAR", "1\nLattice=\"9 9 9\"\nCu 0 0 0\n", 2, "like format 'extxyz'")
    refused("a.xyz", "x\n\n1 atoms\n1 atom types\n0 1 xlo xhi\n", 1, "like format 'data'")
    refused("a.data", "Number of particles = 1\nH0(1,1) = 5 A\n", 2, "like format 'cfg'")
    refused("a.xyz", "Cu 0 0 0\n", 1, "expected the number of atoms")
end

-- ---------------------------------------------------------------- POSCAR

TestPoscarVariants = class()

function TestPoscarVariants.test_comments_three_scales_and_numbers_that_run_together()
    local a = vt.atoms.read(put("POSCAR", "title ! not a comment\n 1.0 2.0 0.5 ! of x, y, z\n" ..
        "10 0 0 ! a\n0 5 0 # b\n0 0 20-0.0\nCu Zr ! the species\n 1 1 ! and how many\n" ..
        "selective\nKartesian\n-1.5-2.25 4.0 T F .TRUE. Cu ! first\n 1 1 1 F F F\n"))
    local box = a:box()
    lu.assertEquals({ box.a, box.b, box.c }, { { 10, 0, 0 }, { 0, 10, 0 }, { 0, 0, 10 } })
    lu.assertEquals(a:positions():totable(), { { -1.5, -4.5, 2 }, { 1, 2, 0.5 } })
    refused("POSCAR", "t\n1 -1 1\n", 2, "a scale factor is not possible")
end

function TestPoscarVariants.test_a_grid_is_no_velocity()
    refused("POSCAR", "t\n1\n9 0 0\n0 9 0\n0 0 9\nCu\n1\nDirect\n0 0 0\n\n" ..
        "0.1 0.2 0.3 0.4 0.5\n", 11, "found '0.4' behind a velocity of three numbers; are " ..
        "these velocities, or the grid of a CHGCAR?")
end

-- ---------------------------------------------------------------- cfg

TestCfg = class()

-- From LAMMPS (29 Sep 2021), a box of 10 x 11 x 12 A with tilts 2, -1, 1.5, its corner at 1 2 3:
-- write_dump all cfg a.cfg mass type xs ys zs id vx vy vz ix iy iz modify element Cu Zr
local CELL = "H0(1,1) = 10 A\nH0(1,2) = 0 A \nH0(1,3) = 0 A \nH0(2,1) = 2 A \nH0(2,2) = 11 A\n" ..
    "H0(2,3) = 0 A \nH0(3,1) = -1 A \nH0(3,2) = 1.5 A \nH0(3,3) = 12 A\n"
local LAMMPS = "Number of particles = 3\nA = 1 Angstrom (basic length-scale)\n" .. CELL ..
    ".NO_VELOCITY.\nentry_count = 10\nauxiliary[0] = id\nauxiliary[1] = vx\nauxiliary[2] = vy\n" ..
    "auxiliary[3] = vz\nauxiliary[4] = ix\nauxiliary[5] = iy\nauxiliary[6] = iz\n" ..
    "91.224000 \nZr \n0.631915 0.733433 0.274035 7 1.30748 2.96667 -1.71378 0 0 0\n" ..
    "63.546000 \nCu \n0.914735 0.560608 0.37281 1 -4.42442 1.26247 -1.94564 0 0 0\n" ..
    "63.546000 \nCu \n0.487587 0.733114 0.278858 3 1.11368 -2.97691 -1.11859 1 -1 0\n"
-- The same atoms in a dump with 10 digits: x y z, and xu yu zu of atom 3.
local POSITIONS = { { 10.89575742, 8.72589755, 7.473717768 },
    { 7.063236856, 10.48253619, 6.346292145 }, { 8.511978221, 10.47881391, 6.288424944 } }
local UNWRAPPED = { 15.06323686, -0.5174638114, 6.346292145 }

local function shifted(list)
    local out = {}
    for i, r in ipairs(list) do out[i] = { r[1] - 1, r[2] - 2, r[3] - 3 } end
    return out
end

function TestCfg.test_dump_cfg_of_lammps()
    local a, info = vt.atoms.read(put("a.cfg", LAMMPS))
    lu.assertEquals(a:symbols(), { "Cu", "Cu", "Zr" })
    lu.assertEquals(a:ids():totable(), { 1, 3, 7 })
    lu.assertAlmostEquals(a:volume(), 10 * 11 * 12, 1e-10)
    near(a:positions():totable(), shifted(POSITIONS), 6e-6) -- fractions to 5e-7 of 12 A
    lu.assertEquals(a:velocities():totable()[1], { -4.42442, 1.26247, -1.94564 })
    lu.assertEquals(a:images():totable()[2], { 1, -1, 0 })
    lu.assertNil(next(info.columns))
    -- Unwrapped coordinates come in a box blown up tenfold: modify ... xsu ysu zsu.
    local u = vt.atoms.read(put("u.cfg", "Number of particles = 1\n" ..
        "A = 10 Angstrom (basic length-scale)\n" .. CELL .. ".NO_VELOCITY.\nentry_count = 3\n" ..
        "63.546000 \nCu \n0.598759 0.423311 0.477886\n"))
    lu.assertAlmostEquals(u:volume(), 10 * 11 * 12, 1e-10)
    near(u:positions():totable(), shifted{ UNWRAPPED }, 6e-5)
end

function TestCfg.test_lammps_writes_what_is_read()
    local lmp = io.popen "command -v lmp":read "l"
    if lmp == nil then lu.skip "no program lmp" end
    put("in.cfg", ([[
units metal
region r prism 1 11 2 13 3 15 2 -1 1.5
create_box 2 r
create_atoms 1 random 6 123 r
create_atoms 2 random 4 77 r
mass 1 63.546
mass 2 91.224
pair_style zero 3.0
pair_coeff * *
velocity all create 600 12
set atom 3 image 1 -1 0
write_dump all cfg F/a.cfg mass type xs ys zs id vx vy vz ix iy iz modify element Cu Zr
write_dump all cfg F/u.cfg mass type xsu ysu zsu id modify element Cu Zr
write_dump all custom F/a.dump id type element x y z vx vy vz ix iy iz modify element Cu Zr sort id
]]):gsub("F/", io_folder.path .. "/"))
    lu.assertTrue(os.execute("lmp -in '" .. path "in.cfg" .. "' -log none >/dev/null"))
    local dump = vt.atoms.read(path "a.dump")
    for _, name in ipairs{ "a.cfg", "u.cfg" } do
        local a = vt.atoms.read(path(name))
        lu.assertEquals(a:symbols(), dump:symbols())
        local list = name == "a.cfg" and dump:positions() or dump:unwrapped()
        near(a:positions():totable(), shifted(list:totable()), 1e-4)
        if name == "a.cfg" then
            near(a:velocities():totable(), dump:velocities():totable(), 1e-5)
            lu.assertEquals(a:images():totable(), dump:images():totable())
        end
    end
end

function TestCfg.test_the_standard_form()
    -- v = R ds/dt H: 1 per ns along a of 10 A is 0.01 A/ps.
    local text = "Number of particles = 2\n# (required) this must be the first line\n\n" ..
        "A = 2.0 Angstrom (basic length-scale)\nH0(1,1) = 5 A\nH0(1,2) = 0 A\nH0(1,3) = 0\n" ..
        "H0(2,1) = 0\nH0(2,2) = 5\nH0(2,3) = 0\nH0(3,1) = 1\nH0(3,2) = 0\nH0(3,3) = 6\n" ..
        "Transform(1,1) = 1\nTransform(2,2) = 2\nTransform(3,3) = 1\nTransform(1,2) = 0\n" ..
        "eta(1,1) = 0\neta(2,3) = 0\nR = 1.0 [ns^-1]\n# atoms\n" ..
        "63.546 Cu .5 .25 0.5 1 0 0\n91.224 Zr 0 0 0 0 2 -1\n"
    local a = vt.atoms.read(put("s.cfg", text))
    local box = a:box()
    lu.assertEquals({ box.a, box.b, box.c }, { { 10, 0, 0 }, { 0, 20, 0 }, { 2, 0, 12 } })
    near(a:positions():totable(), { { 6, 5, 6 }, { 0, 0, 0 } }, 1e-14)
    near(a:velocities():totable(), { { 0.01, 0, 0 }, { -0.002, 0.04, -0.012 } }, 1e-16)
    a = vt.atoms.read(put("s.cfg", (text:gsub("%[ns%^%-1%]", "[ps^-1]"))))
    near(a:velocities():totable(), { { 10, 0, 0 }, { -2, 40, -12 } }, 1e-13)
    -- A strain of 10 percent along y: 1 + 2 eta = 1.1^2; a shear has its square root, too.
    a = vt.atoms.read(put("s.cfg", text:gsub("eta%(1,1%) = 0", "eta(2,2) = 0.105")))
    lu.assertAlmostEquals(a:box().b[2], 22, 1e-12)
    a = vt.atoms.read(put("s.cfg", text:gsub("eta%(2,3%) = 0", "eta(2,3) = 0.1")))
    -- The root of { 1, 2 e; 2 e, 1 } has (sqrt(1 + 2 e) +- sqrt(1 - 2 e)) / 2, e = 0.1.
    local plus, minus = math.sqrt(1.2), math.sqrt(0.8)
    near({ a:box().b }, { { 0, 20 * (plus + minus) / 2, 20 * (plus - minus) / 2 } }, 1e-12)
end

function TestCfg.test_saved_files_come_back()
    local a = vt.atoms.random{ composition = { Cu = 3, Zr = 2 }, n = 55, seed = 2385 }
    a:thermalize{ temperature = 300, seed = 1 }
    local columns = { charge = a:types() * 0.5, pair = a:positions() }
    a:save(path "a.cfg.gz", { columns = columns })
    local b, info = vt.atoms.read(path "a.cfg.gz")
    lu.assertEquals(b:symbols(), a:symbols())
    near(b:positions():totable(), a:positions():totable(), 1e-13)
    near(b:velocities():totable(), a:velocities():totable(), 1e-13)
    lu.assertEquals(info.columns.charge:totable(), columns.charge:totable())
    lu.assertEquals(info.columns.pair2:totable()[7], a:positions():totable()[7][2])
    lu.assertStrContains(message(a.save, a, path "b.cfg", { columns = { id = a:ids() } }),
        "column 'id' is a property that atoms have")
    local words = {}
    for i = 1, 55 do words[i] = "x" end
    lu.assertStrContains(message(a.save, a, path "b.cfg", { columns = { w = words } }),
        "column 'w' is text, and cfg has numbers only")
end

function TestCfg.test_species_that_have_no_name()
    -- LAMMPS calls every type C unless dump_modify names the elements; the masses tell.
    local text = LAMMPS:gsub("Zr", "C"):gsub("Cu", "C")
    lu.assertEquals(vt.atoms.read(put("a.cfg", text)):symbols(), { "Cu", "Cu", "Zr" })
    local lj = text:gsub("63.546000", "1.0"):gsub("91.224000", "2.0")
    refused("a.cfg", lj, 29, "the file does not say which elements its 2 atom types are")
    local a = vt.atoms.read(put("a.cfg", lj), { species = { "B", "A" } })
    lu.assertEquals(a:symbols(), { "A", "A", "B" })
    lu.assertEquals(a:species()[1].mass, 2)
    -- An atomic number in the place of a mass.
    a = vt.atoms.read(put("a.cfg", (LAMMPS:gsub("63.546000", "29"))))
    lu.assertEquals(a:species()[1].mass, 63.546)
end

function TestCfg.test_two_masses_of_one_symbol()
    local rows = "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n2\nITEM: BOX BOUNDS pp pp pp\n" ..
        "0 9\n0 9\n0 9\nITEM: ATOMS id type element mass x y z\n" ..
        "1 1 Cu 62.93 0 0 0\n2 2 Cu 64.928 1 1 1\n"
    local isotopes = vt.atoms.read(put("a.dump", rows))
    refused("a.dump", (rows:gsub("62.93", "7e112")), 11, "has a mass of 7e+112 amu; atomic masses")
    lu.assertStrContains(message(isotopes.save, isotopes, path "a.cfg"),
        "species 'Cu' has the masses 62.93 and 64.928 amu, and cfg has one for each symbol")
end

function TestCfg.test_names_that_no_file_can_hold()
    local head = "2\nLattice=\"9 0 0 0 9 0 0 0 9\" Properties=species:S:1:pos:R:3:masses:R:1\n"
    refused("a.extxyz", head .. "#u 0 0 0 63.5\nZr 1 1 1 91.224\n", 3,
        "'#u' is no name of a species; use 1 to 7 characters without blanks, the first a letter")
    refused("a.cfg", (LAMMPS:gsub("Zr", "0x")), 23, "'0x' is no name of a species")
    refused("a.cfg", (LAMMPS:gsub("Zr", "\f")), 22, "the line ends where the symbol of an element")
end

function TestCfg.test_what_is_wrong_with_a_file()
    local function bad(from, to, line, expected)
        local text, count = LAMMPS:gsub(from, to, 1)
        lu.assertEquals(count, 1)
        refused("a.cfg", text, line, expected)
    end
    bad("Number of particles = 3", "BEGIN_CFG", 1, "found 'BEGIN_CFG' where 'Number of particles")
    bad("= 3\n", "= three\n", 1, "expected the number of particles, found 'three'")
    bad("= 3\n", "= -3\n", 1, "-3 particles cannot be")
    bad("= 3\n", "= 4\n", 29, "the file ends after 3 of 4 particles; is it cut off?")
    bad("= 3\n", "= 2\n", 27, "the file goes on after the 2 particles of its header")
    bad("H0%(1,2%) = 0 A \n", "", 19, "H0(1,2) is missing in front of the atoms")
    bad("H0%(1,2%)", "H0(1,4)", 4, "'H0(1,4)' is no key of AtomEye's cfg format")
    bad("= 10 A", "= x A", 3, "expected H0(1,1), found 'x'")
    bad("= 10 A", "= 0 A", 20, "box: cell vector a has length 0")
    bad("A = 1 ", "A = -1 ", 2, "A = -1 cannot be a length")
    bad("count = 10", "count = 2", 20, "entry_count = 2 cannot be; expected 3 to 259")
    bad("count = 10", "count = 9", 23, "'0' is one value too many for a row")
    bad("count = 10", "count = 11", 23, "the line ends where auxiliary7 was expected")
    bad("auxiliary%[0%]", "auxiliary[x]", 14, "'auxiliary[x]' is no auxiliary column")
    bad("91.224000 \nZr \n", "", 21, "an atom comes before the lines with its mass and its symbol")
    bad("91.224000 \n", "-1\n", 21, "mass -1 amu is not positive")
    bad("91.224000 \nZr", "Qq", 21, "'Qq' comes without a mass, and is no element")
    bad("0.631915", "inf", 23, "s1 is 'inf', which is not finite")
    bad(" 7 ", " 7.5 ", 23, "id of atom 1 is 7.5, which is no whole number")
    bad(" 1 %-1 0", " 1 -1e10 0", 29, "iy of atom 3 is -1e+10, which is no whole number")
    bad("63.546000 \nCu \n0.48", "64 \nCu \n0.48", 28, "'Cu' has the mass 64 amu here, but 63.546")
    refused("a.cfg", "Number of particles = 1\n" .. CELL .. "eta(1,1) = -0.6\nentry_count = 6\n",
        12, "eta is no strain: 1 + 2 eta has no square root")
end

function TestCfg.test_files_are_plain_text_for_others()
    local a = vt.atoms.fcc{ species = "Cu", a = 3.6, cells = { 1, 1, 1 } }
    a:save(path "a.cfg")
    local text = text_of "a.cfg"
    lu.assertStrContains(text, "Number of particles = 4\n")
    lu.assertStrContains(text, "H0(1,1) = 3.6 A\n")
    lu.assertStrContains(text, ".NO_VELOCITY.\nentry_count = 3\n63.546\nCu\n0 0 0\n")
end

os.exit(lu.LuaUnit.run())
