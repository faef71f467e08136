-- Extended XYZ of other programs: keys in any case, and the unit that each writer means.
local lu = require "luaunit"
local vt = require "vitrum"
local io_folder = require "io_folder"

local class, put, path, message = io_folder.class, io_folder.put, io_folder.name, io_folder.message

-- K per amu (A/ps)^2 of m v^2 over the number of degrees of freedom: CODATA 2018, amu / k_B.
local KELVIN = 1.66053906660e-27 * 1e4 / 1.380649e-23

TestXyzKeys = class()

function TestXyzKeys.test_any_case_and_blanks()
    local function check(header)
        local a, info = vt.atoms.read(put("a.xyz", "4\n" .. header .. "\n" ..
            "Cu 0.1 0.2 5.0 0.5 0.25 -0.125\nZr 3.5 0.4 5.5 -0.5 -0.25 0.125\n" ..
            "Cu 0.3 3.6 5.2 0.0 0.75 0.0\nCu 3.4 3.7 7.9 0.0 -0.75 0.0\n"))
        local box = a:box()
        lu.assertEquals({ box.a, box.b, box.c },
            { { 7.2, 0, 0 }, { 0, 7.4, 0 }, { 0.5, 0, 20 } })
        lu.assertEquals(box.periodic, { true, true, false })
        lu.assertEquals(info.energy, -14.5)
        lu.assertEquals(a:stored_forces():totable()[1], { 0.5, 0.25, -0.125 })
        lu.assertEquals(a:symbols(), { "Cu", "Zr", "Cu", "Cu" })
        lu.assertNil(next(info.columns))
    end
    check('pbc="T T F" energy=-14.5 lattice="7.2 0 0 0 7.4 0 0.5 0 20.0" ' ..
        "properties=species:S:1:pos:R:3:force:R:3")
    check('PBC = "T T F"  Energy= -14.5 LATTICE = "7.2 0 0 0 7.4 0 0.5 0 20.0" ' ..
        "Properties =Species:S:1:Pos:R:3:Forces:R:3")
    check("pbc='1 1 0' energy =\t-14.5 Lattice=[[7.2,0,0],[0,7.4,0],[0.5,0,20]] " ..
        "pROPERTIES=symbols:S:1:POS:R:3:FORCE:R:3")
end

function TestXyzKeys.test_column_type_tells_atoms_apart()
    local function read(properties, rows, options)
        return vt.atoms.read(put("a.xyz", '2\nLattice="9 0 0 0 9 0 0 0 9" Properties=' ..
            properties .. "\n" .. rows), options)
    end
    local rows = "2 1 2 3\n1 4 5 6\n"
    local a, info = read("type:I:1:pos:R:3", rows, { species = { "Cu", "Zr" } })
    lu.assertEquals(a:symbols(), { "Zr", "Cu" })
    lu.assertNil(next(info.columns))
    lu.assertStrContains(message(read, "type:I:1:pos:R:3", rows),
        "elements its 2 atom types are; say it with species = {\"Cu\", \"Zr\"}")
    lu.assertStrContains(message(read, "type:I:1:pos:R:3", rows, { species = { "Cu" } }),
        "atoms of type 2, but the option species names 1")
    a = read("pos:R:3:type:S:1", "1 2 3 Zr\n4 5 6 Cu\n")
    lu.assertEquals(a:symbols(), { "Zr", "Cu" })
    -- Beside species it is a column.
    a, info = read("species:S:1:type:I:1:pos:R:3", "Cu 7 1 2 3\nZr 8 4 5 6\n")
    lu.assertEquals(a:symbols(), { "Cu", "Zr" })
    lu.assertEquals(info.columns.type:totable(), { 7, 8 })
end

function TestXyzKeys.test_titles_that_talk_of_a_lattice_are_titles()
    for _, title in ipairs{ "the lattice is free", "lattice", "properties of lattice=",
        "my-lattice=3" } do
        local _, info = vt.atoms.read(put("a.xyz", "1\n" .. title .. "\nCu 1 2 3\n"))
        lu.assertEquals(info.comment, title)
    end
end

function TestXyzKeys.test_without_a_lattice_there_are_no_images()
    local a = vt.atoms.read(put("a.xyz",
        "1\nProperties=species:S:1:pos:R:3:images:I:3\nCu 1 2 3 1 -1 0\n"))
    lu.assertEquals(a:box().periodic, { false, false, false })
    lu.assertEquals(a:images():totable(), { { 0, 0, 0 } })
    lu.assertEquals(a:unwrapped():totable(), { { 1, 2, 3 } })
end

function TestXyzKeys.test_nan_and_inf_are_values_where_no_position_is()
    local text = '2\nLattice="9 0 0 0 9 0 0 0 9" Properties=species:S:1:pos:R:3:q:R:1:w:R:2 ' ..
        'energy=nan a="1 nan -inf" b=Infinity\nCu 0 0 0 NaN 1 -inf\nCu 1 1 1 0.5 +inf -nan\n'
    local function check(name)
        local a, info = vt.atoms.read(name)
        local q, w, list = info.columns.q:totable(), info.columns.w:totable(), info.a:totable()
        lu.assertEquals({ q[2], w[1], w[2][1], info.b, list[1], list[3] },
            { 0.5, { 1, -math.huge }, math.huge, math.huge, 1, -math.huge })
        for _, nan in ipairs{ q[1], w[2][2], info.energy, list[2] } do lu.assertNaN(nan) end
        return a, info
    end
    local a, info = check(put("a.xyz", text))
    a:save(path "b.xyz", { columns = info.columns, info = info })
    check(path "b.xyz")
    a:save(path "c.xyz", { columns = info.columns, info = info, digits = 5 })
    check(path "c.xyz")
    for _, row in ipairs{ "Cu 0 nan 0 1 1 1", "Cu 0 inf 0 1 1 1" } do
        local bad = text:gsub("Cu 0 0 0 NaN 1 %-inf", row)
        lu.assertStrContains(message(vt.atoms.read, put("a.xyz", bad)),
            ":3: 'pos' of atom 1 is '" .. row:match "0 (%a+)")
    end
end

-- Of atomic numbers only the name is left where it is a column of something else.
function TestXyzKeys.test_a_column_z_is_a_column()
    local text = "1\nLattice=\"9 0 0 0 9 0 0 0 9\" Properties=species:S:1:pos:R:3:z:R:1\n"
        .. "Cu 0 0 0 0.5\n"
    local a, info = vt.atoms.read(put("a.extxyz", text))
    lu.assertEquals(info.columns.z:totable(), { 0.5 })
    a:save(path "b.extxyz", { columns = info.columns })
    lu.assertEquals(select(2, vt.atoms.read(path "b.extxyz")).columns.z:totable(), { 0.5 })
end

function TestXyzKeys.test_large_reals_are_no_integers()
    local text = '1\nLattice="9 0 0 0 9 0 0 0 14888888888888888.0" big=1.5e16\nCu 0 0 0\n'
    local a, info = vt.atoms.read(put("a.extxyz", text))
    a:save(path "b.extxyz", { info = info })
    local b, again = vt.atoms.read(path "b.extxyz")
    lu.assertEquals(b:box().c[3], 14888888888888888.0)
    lu.assertEquals(again.big, 1.5e16)
end

TestXyzVelocities = class()

local LATTICE = 'Lattice="9 0 0 0 9 0 0 0 9"'
local ROWS = "Cu 0 0 0 2 0 0\nCu 1 1 1 -2 1 0\n"
--- Temperature of ROWS if the unit were A/ps: 9 (A/ps)^2 of copper over 3 degrees of freedom.
local T = 9 * 63.546 * KELVIN / 3

local function read(header, options)
    local a, info = vt.atoms.read(put("v.xyz", "2\n" .. header .. "\n" .. ROWS), options)
    return a:velocities():totable()[1][1], info, a
end

function TestXyzVelocities.test_the_order_of_the_keys_tells_the_program()
    -- LAMMPS, dump extxyz: A/ps.
    local vel = " Properties=species:S:1:pos:R:3:vel:R:3"
    local v, info = read('Timestep=100 pbc="T T T" ' .. LATTICE .. " Potential_energy=-7 " ..
        'Stress="1 2 3 2 4 5 3 5 6"' .. vel)
    lu.assertEquals(v, 2)
    lu.assertEquals(info.timestep, 100)
    lu.assertNil(info.stress) -- pressure in the unit of LAMMPS's run, which the file does not say
    lu.assertEquals(info.Stress:totable()[1], { 1, 2, 3 })
    v, info = read('Timestep=100 Time=0.5 pbc="T T T" ' .. LATTICE .. vel)
    lu.assertEquals({ v, info.time }, { 2, 0.5 })
    -- GPUMD: A/fs, fs, and the tensor of pressure under the name stress.
    v, info = read('Time=100.00000000 pbc="T T T" ' .. LATTICE .. ' energy=-7 ' ..
        'virial="8 0 0 0 0 0 0 0 0" stress="1 0 0 0 2 0 0 0 3"' .. vel)
    lu.assertEquals({ v, info.time, info.energy }, { 2000, 0.1, -7 })
    lu.assertAlmostEquals(info.stress.xx, -160.2176634, 1e-9)
    v = vt.atoms.read(put("r.xyz", '1\npbc="T T T" ' .. LATTICE ..
        " Properties=species:S:1:pos:R:3:mass:R:1:vel:R:3\nCu 0 0 0 63.546 2 0 0\n"))
    lu.assertEquals(v:velocities():totable()[1][1], 2000)
    -- QUIP: A/fs; ASE: its own.
    v = read(LATTICE .. " Properties=species:S:1:pos:R:3:velo:R:3 cutoff=-1.0 nneightol=1.2")
    lu.assertEquals(v, 2000)
    v = read(LATTICE .. " Properties=species:S:1:pos:R:3:velocities:R:3")
    lu.assertAlmostEquals(v, 2 * 98.2269474, 1e-6)
end

function TestXyzVelocities.test_what_no_header_tells_is_asked()
    local header = LATTICE .. " Properties=species:S:1:pos:R:3:vel:R:3"
    lu.assertStrContains(message(read, header), ':2: the unit of \'vel\' cannot be told')
    lu.assertStrContains(message(read, header), 'say velocity_unit = "A/ps"')
    lu.assertEquals(read(header, { velocity_unit = "A/ps" }), 2)
    lu.assertEquals(read(header, { velocity_unit = "A/fs" }), 2000)
    lu.assertAlmostEquals(read(header, { velocity_unit = "ase" }), 2 * 98.2269474, 1e-6)
    for a in vt.atoms.frames(path "v.xyz", { velocity_unit = "a/" .. "FS" }) do
        lu.assertEquals(a:velocities():totable()[1][1], 2000)
    end
    lu.assertStrContains(message(read, header, { velocity_unit = "m/s" }),
        "velocity_unit 'm/s' is not known; use \"A/ps\", \"A/fs\" or \"ase\"")
    lu.assertStrContains(message(vt.atoms.read, put("v.data", "x\n"), { velocity_unit = "A/ps" }),
        "velocity_unit is for extended XYZ only: in format 'data' the unit is known")
    -- Zero is zero in every unit.
    local a = vt.atoms.read(put("z.xyz", "1\n" .. header .. "\nCu 1 2 3 0 0 0\n"))
    lu.assertEquals(a:velocities():totable(), { { 0, 0, 0 } })
end

function TestXyzVelocities.test_the_temperature_tells_the_unit_and_checks_it()
    local vel, fs = " Properties=species:S:1:pos:R:3:vel:R:3", 1000 ^ 2
    lu.assertEquals(read(LATTICE .. vel .. " temperature=" .. 1.2 * T), 2)
    lu.assertEquals(read(LATTICE .. vel .. " Temperature = " .. 0.8 * T * fs), 2000)
    -- 3/2 N k_B T of two atoms, k_B in eV/K.
    lu.assertEquals(read(LATTICE .. vel .. " ekin=" .. 3 * 8.617333262e-5 * T * fs), 2000)
    -- Neither unit gives this one: it tells nothing.
    lu.assertStrContains(message(read, LATTICE .. vel .. " temp=" .. 5 * T), "cannot be told")
    local lammps = 'Timestep=1 pbc="T T T" ' .. LATTICE .. " Temperature="
    lu.assertEquals(read(lammps .. 5 * T .. vel), 2)
    -- LAMMPS with units real writes A/fs under the same keys.
    local real = 'Timestep=1 Time=500 pbc="T T T" ' .. LATTICE .. " Temperature=" .. T * fs .. vel
    lu.assertStrContains(message(read, real), ":2: 'vel' taken in the unit A/ps gives ")
    lu.assertStrContains(message(read, real),
        'which the unit A/fs gives; say velocity_unit = "A/fs"')
    local v, info = read(real, { velocity_unit = "A/fs" })
    lu.assertEquals({ v, info.time }, { 2000, 0.5 })
    lu.assertEquals(read(real, { velocity_unit = "A/ps" }), 2)
    -- ASE's momenta with a header in A/fs: p / m in ASE's unit is 98.2 times too small.
    local momenta = LATTICE .. " Properties=species:S:1:pos:R:3:momenta:R:3 temperature="
    local ase = 9 / 63.546 * KELVIN / 3 * 98.2269474 ^ 2
    lu.assertAlmostEquals(read(momenta .. ase), 2 / 63.546 * 98.2269474, 1e-6)
    lu.assertStrContains(message(read, momenta .. ase / 98.2269474 ^ 2),
        "which the unit A/ps gives")
    -- vitrum's own are in that unit, with whatever header that it has passed on.
    lu.assertAlmostEquals(read(momenta .. ase / 98.2269474 ^ 2 .. ' generator="vitrum 1; x"'),
        2 / 63.546 * 98.2269474, 1e-6)
    lu.assertAlmostEquals(read(momenta .. 1, { velocity_unit = "A/ps" }), 2 / 63.546, 1e-12)
end

function TestXyzVelocities.test_a_second_column_of_motion_is_a_column()
    local a, info = vt.atoms.read(put("m.xyz", "1\n" .. LATTICE ..
        " Properties=species:S:1:pos:R:3:momenta:R:3:velo:R:3\nCu 0 0 0 63.546 0 0 7 8 9\n"))
    lu.assertAlmostEquals(a:velocities():totable()[1][1], 98.2269474, 1e-6)
    lu.assertEquals(info.columns.velo:totable(), { { 7, 8, 9 } })
end

os.exit(lu.LuaUnit.run())
