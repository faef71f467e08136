-- Files of atoms: published and LAMMPS's own files, trajectories, saving, and what cannot be saved.
local lu = require "luaunit"
local vt = require "vitrum"
local io_folder = require "io_folder"

local class, put, text_of = io_folder.class, io_folder.put, io_folder.text_of
local path, files, exists, message = io_folder.name, io_folder.files, io_folder.exists,
    io_folder.message
local shared = os.getenv "VITRUM_SHARED" or ""

--- A file of the shared folder, or skip the test.
local function shared_file(name)
    local full = shared .. "/" .. name
    if not exists(full) then lu.skip("no file " .. full) end
    return full
end

local function glass()
    local atoms = vt.atoms.random{ composition = { Cu = 3, Zr = 2 }, n = 55, seed = 2385 }
    return atoms:thermalize{ temperature = 300, seed = 1 }
end

local function same(a, b, tolerance)
    lu.assertEquals(#a, #b)
    lu.assertEquals(a:symbols(), b:symbols())
    local x, y = a:positions():totable(), b:positions():totable()
    if type(tolerance) ~= "number" then tolerance = 0 end -- atoms.read gives a second value
    for i = 1, #a do
        for k = 1, 3 do lu.assertAlmostEquals(x[i][k], y[i][k], tolerance) end
    end
end

-- ---------------------------------------------------------------- published files

TestPublished = class()

function TestPublished.test_glasses_are_read()
    for name, edges in pairs{
        ["Cu64.5Zr35.5_1.0e+10.lammps"] = { 42.9926, 42.9926, 42.9926 },
        ["Cu64.5Zr35.5_5.0e+08.lammps"] = { 43.0061005964, 42.9921669017, 43.0038059009 },
    } do
        local atoms, info = vt.atoms.read(shared_file("configs/" .. name),
            { species = { "Cu", "Zr" } })
        lu.assertEquals(#atoms, 5000)
        local species = atoms:species()
        lu.assertEquals({ species[1].symbol, species[1].count }, { "Cu", 3225 })
        lu.assertEquals({ species[2].symbol, species[2].count }, { "Zr", 1775 })
        -- Differences of bounds of about 43 A given to 9 digits: doubles differ by 1e-14.
        lu.assertAlmostEquals(atoms:volume(), edges[1] * edges[2] * edges[3], 1e-9)
        lu.assertStrContains(info.comment, "Position data for CuZr system")
        -- Written and read again, not a bit of a position changes.
        atoms:save(path "again.data.gz")
        same(atoms, vt.atoms.read(path "again.data.gz"))
    end
end

function TestPublished.test_reference_dumps_agree_with_the_glass()
    local atoms = vt.atoms.read(shared_file "configs/Cu64.5Zr35.5_1.0e+10.lammps",
        { species = { "Cu", "Zr" } })
    -- Energies of static.json.
    for name, energy in pairs{ mendelev2009 = -22325.2895634, sheng2011 = -22915.8804543 } do
        local frame, info = vt.atoms.read(
            shared_file("reference/forces_1e10_" .. name .. ".dump.gz"),
            { species = { "Cu", "Zr" } })
        lu.assertEquals(info.timestep, 0)
        same(atoms, frame)
        local sum, force = 0, { 0, 0, 0 }
        for _, e in ipairs(info.columns.c_pea:totable()) do sum = sum + e end
        lu.assertAlmostEquals(sum, energy, 1e-6) -- 5000 energies of 12 digits
        frame:save(path(name .. ".extxyz"), { forces = true })
        local again = vt.atoms.read(path(name .. ".extxyz"))
        again:save(path(name .. "2.extxyz"), { forces = true })
        lu.assertEquals(text_of(name .. ".extxyz"), text_of(name .. "2.extxyz"))
        for line in io.lines(path(name .. ".extxyz")) do
            local fx, fy, fz = line:match " (%S+) (%S+) (%S+)$"
            if line:match "^[CZ]" then
                force[1] = force[1] + fx
                force[2] = force[2] + fy
                force[3] = force[3] + fz
            end
        end
        -- The forces of an isolated system sum to zero; 5000 of them carry 12 digits.
        for k = 1, 3 do lu.assertAlmostEquals(force[k], 0, 1e-8) end
    end
end

function TestPublished.test_training_sets_are_read_whole()
    for symbol, expected in pairs{ Li = 241, Mo = 194 } do
        local name = shared_file("datasets/mlearn-" .. symbol .. "-train.extxyz.gz")
        local frames, vacancies = 0, 0
        for atoms, info in vt.atoms.frames(name) do
            frames = frames + 1
            lu.assertEquals(atoms:species()[1].symbol, symbol)
            lu.assertIsNumber(info.energy)
            lu.assertTrue(info.energy < 0)
            if info.config_type == "Vacancy" then vacancies = vacancies + 1 end
        end
        lu.assertEquals(frames, expected)
        lu.assertTrue(vacancies > 0)
        local last = vt.atoms.read(name, { frame = "last" })
        lu.assertEquals(#last, #vt.atoms.read(name, { frame = expected }))
    end
end

-- ---------------------------------------------------------------- LAMMPS

TestLammps = class()

local lammps = io_folder.lammps

local HEAD = "units metal\natom_style atomic\nboundary p p p\nbox tilt large\n"
local PAIR = "pair_style lj/cut 6.0\npair_coeff * * 0.4 2.6\npair_coeff 1 2 0.3 2.7\n" ..
    "neighbor 2.0 bin\n"

function TestLammps.test_files_of_lammps_are_read_equal()
    lammps(HEAD .. [[
lattice fcc 4.0
region box prism 0 4 0 3 0 5 0.7 -0.4 0.9
create_box 2 box
create_atoms 1 box
set group all type/fraction 2 0.4 2385
mass 1 63.546
mass 2 91.224
displace_atoms all random 0.2 0.2 0.2 77
velocity all create 600 12
]] .. PAIR .. [[
timestep 0.002
dump 1 all custom 50 run.dump id type mass x y z ix iy iz vx vy vz fx fy fz
dump 2 all custom 50 scaled.dump.gz id type xs ys zs
dump 3 all custom 50 unwrapped.dump id type element xu yu zu
dump_modify 1 sort id format float %20.15g units yes time yes
dump_modify 2 format float %20.15g
dump_modify 3 element Cu Zr format float %20.15g
run 100
write_data run.data
write_data bare.data nocoeff
]])
    local data = vt.atoms.read(path "run.data")
    lu.assertEquals(#data, 240)
    local frames = {}
    for atoms, info in vt.atoms.frames(path "run.dump") do
        frames[#frames + 1] = { atoms, info }
    end
    lu.assertEquals(#frames, 3)
    lu.assertEquals(frames[1][2].units, "metal")
    lu.assertEquals(frames[3][2].timestep, 100)
    lu.assertAlmostEquals(frames[3][2].time, 0.2, 1e-12)
    local last = frames[3][1]
    -- write_data gives 16 digits, the dumps 15, of coordinates up to 20 A.
    local digits = 1e-13
    same(data, last, digits)
    lu.assertEquals(data:images():totable(), last:images():totable())
    lu.assertAlmostEquals(data:temperature(), last:temperature(), 1e-9)
    lu.assertAlmostEquals(data:volume(), last:volume(), 1e-9)
    same(data, vt.atoms.read(path "bare.data"), digits)
    same(data, vt.atoms.read(path "scaled.dump.gz",
        { frame = -1, species = { "Cu", "Zr" } }):wrap(), 20 * digits)
    local free = vt.atoms.read(path "unwrapped.dump", { frame = "last" })
    same(data:copy():wrap(), free:wrap(), 20 * digits)
end

--- Energy and pressure as LAMMPS prints them after `run 0`.
local function lammps_energy(read)
    local out = lammps(HEAD .. read .. PAIR .. "thermo_style custom step pe press\n" ..
        "thermo_modify norm no format float %20.15g\nrun 0\n")
    local energy, pressure = out:match "PotEng%s+Press%s*\n%s*0%s+(%S+)%s+(%S+)"
    return tonumber(energy), tonumber(pressure)
end

function TestLammps.test_lammps_reads_ours_with_the_same_energy()
    local a = vt.atoms.fcc{ species = "Cu", a = 4, cells = { 4, 3, 5 } }
    a:substitute{ from = "Cu", to = "Zr", fraction = 0.4, seed = 1 }
    a:rattle{ amplitude = 0.1, seed = 3 }
    a:set_box{ a = { 15, 2, 1 }, b = { -1, 13, 2 }, c = { 1, -2, 19 }, remap = true }
    a:thermalize{ temperature = 500, seed = 5 }
    a:save(path "ours.data"):save(path "ours.dump")
    local energy, pressure = lammps_energy "read_data ours.data\n"
    -- The same atoms through LAMMPS itself, turned by nobody: fractional coordinates and the three
    -- vectors are what counts, so a rotated copy must give the same energy in a second format.
    vt.atoms.read(path "ours.dump"):save(path "again.data")
    local energy2, pressure2 = lammps_energy "read_data again.data\n"
    lu.assertAlmostEquals(energy, energy2, 1e-9 * math.abs(energy))
    lu.assertAlmostEquals(pressure, pressure2, 1e-7 * math.abs(pressure))
    local dumped = lammps_energy "read_data again.data\nread_dump ours.dump 0 x y z box yes\n"
    lu.assertAlmostEquals(energy, dumped, 1e-9 * math.abs(energy))
    -- And the general cell itself: vitrum's own Lennard-Jones, the same potential.
    if vt.potential and vt.potential.lj then
        a.potential = vt.potential.lj{ species = { "Cu", "Zr" }, truncation = "cut",
            epsilon = { { 0.4, 0.3 }, { 0.3, 0.4 } }, sigma = { { 2.6, 2.7 }, { 2.7, 2.6 } },
            cutoff = 6 }
        lu.assertAlmostEquals(a:energy(), energy, 1e-9 * math.abs(energy))
    end
end

-- ---------------------------------------------------------------- a call around a call

TestInside = class()

function TestInside.test_the_second_value_of_read_is_no_table_of_options()
    local a = vt.atoms.fcc{ species = "Cu", a = 3.61, cells = { 3, 3, 3 } }
    -- With entries that other functions have options for.
    a:save(path "a.xyz", { info = { energy = -1, stress = { 1, 2, 3, 4, 5, 6 }, time = 2, rmax = 3,
        temperature = 5, seed = 1 } })
    local name = path "a.xyz"
    local s = vt.structure
    lu.assertEquals(s.rdf(vt.atoms.read(name)).total:totable(), s.rdf(a).total:totable())
    lu.assertEquals(#s.voronoi(vt.atoms.read(name)), 108)
    lu.assertEquals(s.atomic_rdf(vt.atoms.read(name)).partial.Cu:totable(),
        s.atomic_rdf(a).partial.Cu:totable())
    lu.assertEquals(s.structure_factor(vt.atoms.read(name)).total:totable(),
        s.structure_factor(a).total:totable())
    lu.assertStrContains(message(function() vt.md(vt.atoms.read(name)) end), "no potential")
    lu.assertStrContains(message(function() vt.minimize(vt.atoms.read(name)) end), "no potential")
    local _, info = vt.atoms.read(name)
    lu.assertEquals(info.time, 2)
    a:save(path "b.xyz", { info = info })
    lu.assertEquals(select(2, vt.atoms.read(path "b.xyz")).stress.xy, info.stress.xy)
    lu.assertStrContains(message(vt.structure.rdf, a, { columns = {} }), "unknown option 'columns'")
    lu.assertStrContains(message(a.save, a, path "c.xyz", info), "give { info = info, columns")
end

-- ---------------------------------------------------------------- habits

TestHabits = class()

function TestHabits.test_data_files_of_any_style()
    local a = vt.atoms.read(put("a.data",
        "\r\n# comment\r\n 2  atoms # two\r\n\r\n2 atom types\r\n" ..
        "0 10 xlo xhi\r\n0 10 ylo yhi\r\n-5 5 zlo zhi\r\n1 0.5 -0.5 xy xz yz\r\n\r\n" ..
        "Velocities\r\n\r\n2 4 5 6\r\n1 1 2 3\r\n\r\nPair Coeffs # eam\r\n\r\n1 a b\r\n\r\n" ..
        "Atoms  # atomic\r\n\r\n# comment\r\n\r\n2 1 14 5 6 1 0 -1 # far\r\n" ..
        "1 2 1 2 3\r\n\r\nMasses\r\n\r\n2 63.55\r\n" ..
        "1 91.22 # Zr"))
    lu.assertEquals(a:symbols(), { "Cu", "Zr" })
    lu.assertEquals(a:positions():totable(), { { 1, 2, 3 }, { 14, 5, 6 } })
    lu.assertEquals(a:velocities():totable(), { { 1, 2, 3 }, { 4, 5, 6 } })
    lu.assertEquals(a:images():totable(), { { 0, 0, 0 }, { 1, 0, -1 } })
    lu.assertEquals(a:species()[2].mass, 63.55)
    lu.assertEquals(a:ids():totable(), { 1, 2 })
end

function TestHabits.test_type_labels_and_general_cells()
    local a = vt.atoms.read(put("b.data", "t\n1 atoms\n2 atom types\n0 5 0 avec\n5 0 0.5 bvec\n" ..
        "0 0 -5 cvec\n1 2 3 abc origin\nAtom Type Labels\n\n1 Zr\n2 Cu\nAtoms\n\n1 Cu 1 2 3\n"))
    lu.assertEquals(a:symbols(), { "Cu" })
    lu.assertAlmostEquals(a:volume(), 125, 1e-12)
end

function TestHabits.test_names_tell_the_format()
    local a = glass()
    for _, name in ipairs{ "a.data", "a.lammps", "a.lmp", "data.a", "a.dump", "a.lammpstrj",
        "dump.a",
        "a.xyz", "a.EXTXYZ", "POSCAR", "CONTCAR.gz", "a.poscar", "a.vasp", "x.data.gz" } do
        a:save(path(name))
        lu.assertEquals(#vt.atoms.read(path(name)), 55)
    end
    a:save(path "any", { format = "xyz" })
    lu.assertEquals(#vt.atoms.read(path "any", { format = "extxyz" }), 55)
    -- What the programs of these compressions write is read, and they read what is written.
    for _, how in ipairs{ { "zst", "zstd -q --rm", "zstd -dqc" }, { "xz", "xz", "xz -dc" },
        { "gz", "gzip", "gzip -dc" } } do
        local ending, pack, unpack = table.unpack(how)
        local tool = os.execute("command -v " .. pack:match "%a+" .. " >/dev/null")
        local built, why = pcall(a.save, a, path("c.data." .. ending))
        if built and tool then
            a:save(path "p.data", { overwrite = true })
            lu.assertTrue(os.execute(pack .. " '" .. path "p.data" .. "'"))
            same(a, (vt.atoms.read(path("p.data." .. ending))))
            lu.assertTrue(os.execute(unpack .. " '" .. path("c.data." .. ending) .. "' > '" ..
                path "u.data" .. "'"))
            same(a, (vt.atoms.read(path "u.data")))
        elseif not built then
            lu.assertStrContains(why, "this vitrum was built without")
        end
    end
    -- The content tells gzip, whatever the name.
    os.rename(path "x.data.gz", path "y.data")
    lu.assertEquals(#vt.atoms.read(path "y.data"), 55)
end

function TestHabits.test_plain_xyz_has_a_free_box()
    local a, info = vt.atoms.read(put("a.xyz", "2\nwater? no = glass\nCu 1 2 3 0.5\nZr 4 8 3\n"))
    lu.assertEquals(info.comment, "water? no = glass")
    lu.assertEquals(a:symbols(), { "Cu", "Zr" })
    lu.assertEquals(a:volume(), 3 * 6 * 1)
    local b = vt.atoms.read(put("b.xyz", "2\nAtoms. Timestep: 0\n2 1 2 3\n1 4 8 3\n"),
        { species = { "Cu", "Zr" } })
    lu.assertEquals(b:symbols(), { "Zr", "Cu" })
end

function TestHabits.test_extended_xyz_of_ase()
    local a, info = vt.atoms.read(put("a.extxyz", '2\nLattice="4 0 0 1 5 0 0 0 6" ' ..
        "Properties=species:S:1:pos:R:3:momenta:R:3:tags:I:1:move_mask:L:1:masses:R:1 " ..
        'energy=-1.5 stress="1 6 5 6 2 4 5 4 3" pbc="T F T" free label="a \\"b\\" c" n=3 ' ..
        "'my key'='it''s' ok=F bad=[1,2.5] m=\"1 2 3 4 5 6 7 8 9\" time=0.5 virial=\"1 2 3\"\n" ..
        "Cu 1 2 3 6.3546 0 0 7 T 63.546\nCu 4 5 6 0 0 0 -8 F 63.546\n"))
    lu.assertEquals(info.energy, -1.5)
    -- eV/A^3 to GPa, symmetric, in the order xx yy zz yz xz xy.
    for k = 1, 6 do lu.assertAlmostEquals(info.stress[k], k * 160.2176634, 1e-9) end
    lu.assertEquals(info.stress.xy, info.stress[6])
    lu.assertEquals({ info.free, info.label, info.n, info.ok, info.time },
        { true, 'a "b" c', 3, false, 0.5 })
    lu.assertEquals(info.bad:totable(), { 1, 2.5 })
    lu.assertEquals(info.m.shape, { 3, 3 })
    lu.assertEquals(info.columns.tags:totable(), { 7, -8 })
    lu.assertEquals(info.columns.move_mask:totable(), { 1, 0 })
    -- v = p/m in ASE's units, sqrt(eV/amu) = 98.2269... A/ps (ase.units.fs = 0.0982269).
    lu.assertAlmostEquals(a:velocities():totable()[1][1], 0.1 * 98.2269474, 1e-6)
    local b = vt.atoms.read(put("b.xyz", '1\nLattice="2 2 2" Properties=pos:R:3:Z:I:1:force:R:3:' ..
        'vel:R:3 virial="-8 0 0 0 0 0 0 0 0"\n1 1 1 29 0 0 0 0.001 0 0\n'),
        { velocity_unit = "A/fs" })
    lu.assertEquals(b:symbols(), { "Cu" })
    lu.assertEquals(b:velocities():totable()[1][1], 1)
    local _, binfo = vt.atoms.read(path "b.xyz", { velocity_unit = "A/fs" })
    lu.assertAlmostEquals(binfo.stress.xx, 160.2176634, 1e-9)
end

function TestHabits.test_poscar_of_vasp()
    local a, info = vt.atoms.read(put("POSCAR",
        "CuZr\n-1000\n5 0 0\n0 5 0\n0 0 5\nZr_sv Cu\n1 2\n" ..
        "Selective dynamics\nDirect\n0.5 0.5 0.5 T T T\n0 0 0 F F F\n0.1 0 0 T F T\n\n" ..
        "0.001 0 0\n0 0.002 0\n0 0 0\n"))
    lu.assertEquals(a:symbols(), { "Zr", "Cu", "Cu" })
    lu.assertAlmostEquals(a:volume(), 1000, 1e-9)
    lu.assertAlmostEquals(a:positions():totable()[1][1], 5, 1e-12)
    lu.assertEquals(a:velocities():totable()[2], { 0, 2, 0 })
    lu.assertEquals(info.columns.selective:totable(), { { 1, 1, 1 }, { 0, 0, 0 }, { 1, 0, 1 } })
    a:save(path "b.vasp", { columns = info.columns })
    local _, again = vt.atoms.read(path "b.vasp")
    lu.assertEquals(again.columns.selective:totable(), info.columns.selective:totable())
    local b = vt.atoms.read(put("old.vasp", "t\n2.0\n2 0 0\n0 2 0\n0 0 2\n1\nCartesian\n1 0.5 0\n"),
        { species = { "Cu" } })
    lu.assertEquals(b:positions():totable(), { { 2, 1, 0 } })
end

function TestHabits.test_poscar_keeps_the_order_of_the_atoms()
    local a = vt.atoms.read(put("a.xyz", '4\nLattice="9 0 0 0 9 0 0 0 9"\nCu 1 0 0\nZr 2 0 0\n' ..
        "Cu 3 0 0\nZr 4 0 0\n"))
    a:save(path "POSCAR")
    lu.assertStrContains(text_of "POSCAR", "\nCu Zr\n2 2\n")
    same(a, vt.atoms.read(path "POSCAR"))
end

-- ---------------------------------------------------------------- saving

TestSave = class()

function TestSave.test_save_returns_the_atoms_and_names_its_origin()
    local a = glass()
    lu.assertIs(a:save(path "a.data", { provenance = "quench.lua\nseed=7" }), a)
    lu.assertEquals(text_of("a.data"):match "^[^\n]+",
        "LAMMPS data file; vitrum " .. vt.version .. "; quench.lua seed=7")
    a:save(path "a.xyz", { provenance = 'say "x"' })
    lu.assertStrContains(text_of "a.xyz", 'generator="vitrum ' .. vt.version .. '; say \\"x\\""')
    a:save(path "POSCAR", { provenance = "p" })
    lu.assertStrContains(text_of "POSCAR", "vitrum " .. vt.version .. "; p\n")
    lu.assertEquals(#files(), 3)
end

function TestSave.test_own_files_may_be_replaced_others_not()
    local a = glass()
    a:save(path "a.data")
    a:save(path "a.data")
    put("b.data", "precious")
    lu.assertStrContains(message(a.save, a, path "b.data"),
        "b.data exists and was not written by this run; choose another name or set overwrite")
    lu.assertEquals(text_of "b.data", "precious")
    a:save(path "b.data", { overwrite = true })
    lu.assertEquals(#vt.atoms.read(path "b.data"), 55)
    os.execute("cd '" .. io_folder.path .. "' && ln -s a.data link.data")
    a:save(path "link.data") -- the same file by another name
    lu.assertEquals(#files(), 3)
end

function TestSave.test_write_file_keeps_the_same_rules()
    vt.write_file(path "a.txt", "one")
    vt.write_file(path "a.txt", "two\0three")
    lu.assertEquals(text_of "a.txt", "two\0three")
    put("b.txt", "precious")
    lu.assertStrContains(message(vt.write_file, path "b.txt", "x"), "set overwrite = true")
    lu.assertEquals(text_of "b.txt", "precious")
    vt.write_file(path "b.txt", "x", { overwrite = true })
    lu.assertEquals(text_of "b.txt", "x")
    lu.assertStrContains(message(vt.write_file, path "none/b.txt", "x"), "make the folder first")
end

function TestSave.test_trajectories_grow_and_columns_come_back()
    local a = glass()
    local n = #a
    local energy, words = {}, {}
    for i = 1, n do
        energy[i] = -3.5 - i / 7
        words[i] = "w" .. i
    end
    for _, name in ipairs{ "t.dump", "t.dump.gz", "t.extxyz", "t.extxyz.gz" } do
        for step = 1, 3 do
            a:save(path(name), {
                append = true,
                info = { timestep = step, time = step / 4, energy = -1.5, stress = { xx = 1, yy = 2,
                    zz = 3, yz = 4, xz = 5, xy = 6 }, note = "step " .. step, on = true, v = { 1,
                        2.5 } },
                columns = { PotentialEnergy = energy, Coordination = vt.array(
                    (function() local t = {} for i = 1, n do t[i] = i % 13 end return t end)(),
                    "int64"), word = words },
            })
        end
        local frames = 0
        for b, info in vt.atoms.frames(path(name)) do
            frames = frames + 1
            lu.assertEquals(info.timestep, frames)
            lu.assertEquals(info.time, frames / 4)
            lu.assertEquals(info.columns.PotentialEnergy:totable(), energy)
            lu.assertEquals(info.columns.Coordination:totable()[14], 1)
            lu.assertEquals(info.columns.word, words)
            if name:find "xyz" then
                lu.assertEquals({ info.energy, info.note, info.on }, { -1.5, "step " .. frames,
                    true })
                for k = 1, 6 do lu.assertAlmostEquals(info.stress[k], k, 1e-14) end
                lu.assertEquals(info.v:totable(), { 1, 2.5 })
            end
            same(a, b)
            lu.assertEquals(#b, n)
        end
        lu.assertEquals(frames, 3)
        local b, info = vt.atoms.read(path(name), { columns = false, frame = 2 })
        lu.assertEquals(info.columns, {})
        lu.assertEquals(#b, n)
    end
end

function TestSave.test_leaving_a_loop_early_closes_the_file()
    glass():save(path "t.dump"):save(path "t.dump", { append = true })
    -- With the collector at rest, files left open would run into the system's limit.
    collectgarbage "stop"
    for _ = 1, 1500 do
        for a in vt.atoms.frames(path "t.dump") do
            if #a == 55 then break end
        end
    end
    collectgarbage "restart"
    local count = 0
    for _ in vt.atoms.frames(path "t.dump") do count = count + 1 end
    lu.assertEquals(count, 2)
end

function TestSave.test_forces_come_from_the_potential()
    local a = vt.atoms.fcc{ species = "Cu", a = 3.6, cells = { 3, 3, 3 } }
    a:rattle{ amplitude = 0.05, seed = 1 }
    a.potential = vt.potential.lj{ species = { "Cu" }, epsilon = { { 0.4 } }, sigma = { { 2.3 } },
        cutoff = 5 }
    a:save(path "f.extxyz", { forces = true })
    local _, info = vt.atoms.read(path "f.extxyz")
    lu.assertEquals(info.energy, a:energy())
    lu.assertAlmostEquals(info.stress.xx, a:stress().xx, 1e-12)
    local line
    for l in io.lines(path "f.extxyz") do line = l end
    lu.assertAlmostEquals(tonumber(line:match "(%S+)$"), a:forces():totable()[#a][3], 1e-12)
end

function TestSave.test_names_that_are_no_elements_and_free_boxes()
    local a = vt.atoms.random{ composition = { A = 4, B = 1 }, n = 20, seed = 1,
        number_density = 0.01,
        masses = { A = 2, B = 1.5 } }
    local symbols = a:symbols()
    for _, name in ipairs{ "a.data", "a.dump", "a.xyz" } do
        a:save(path(name))
        local b = vt.atoms.read(path(name))
        lu.assertEquals(b:symbols(), symbols)
        lu.assertEquals(b:species()[1].mass, a:species()[1].mass)
        same(a, b)
    end
    lu.assertStrContains(message(a.save, a, path "a.vasp"),
        "is no element, and POSCAR has no place")
    lu.assertEquals(#files(), 3)
end

function TestSave.test_what_cannot_be_saved_is_explained()
    local a = glass()
    local function refused(expected, name, options)
        lu.assertStrContains(message(a.save, a, path(name), options), expected)
        lu.assertEquals(files(), {})
    end
    refused("the name a.txt does not tell the format; say it with the option format, or use one " ..
        "of data (.data, .lammps, .lmp), dump (.dump, .lammpstrj), extxyz (.extxyz, .xyz), " ..
        "poscar (.poscar, .vasp), xdatcar (.xdatcar), cfg (.cfg), each also with .gz, .zst or " ..
        ".xz", "a.txt")
    refused("unknown format 'cif'; known are data", "a.data", { format = "cif" })
    refused("unknown option 'digit'; did you mean 'digits'?", "a.data", { digit = 3 })
    refused("18 digits asked for; 1 to 17 are possible", "a.data", { digits = 18 })
    refused("a file of format 'data' holds one frame and cannot be appended to", "a.data",
        { append = true })
    refused("format 'data' has no place for column 'c'", "a.data",
        { columns = { c = a:positions() } })
    refused("column 'c' must have one row for each of the 55 atoms", "a.dump",
        { columns = { c = { 1 } } })
    local words = {}
    for i = 1, 56 do words[i] = "x" end
    refused("column 'c' has 56 entries for 55 atoms", "a.dump", { columns = { c = words } })
    words[56], words[7] = nil, 3
    refused("entry 7 of column 'c' must be a string, got number", "a.dump",
        { columns = { c = words } })
    words[7] = "9e400"
    refused("entry 7 of column 'c' is '9e400', which a reader of the dump would take for a " ..
        "number beyond its range", "a.dump", { columns = { c = words } })
    words[7] = "a b"
    refused("entry 7 of column 'c' is 'a b'; text columns hold words without blanks", "a.dump",
        { columns = { c = words } })
    local zeros = {}
    for i = 1, 55 do zeros[i] = 0 end
    refused("column 'vx' is a property that atoms have", "a.dump", { columns = { vx = zeros } })
    refused("column 'pos' is a property that atoms have", "a.xyz", { columns = { pos = zeros } })
    refused("'a b' cannot be the name of a column", "a.dump", { columns = { ["a b"] = zeros } })
    refused("'a?b' cannot be the name", "a.dump", { columns = { ["a\vb"] = zeros } })
    refused("'a:b' cannot be the name of a column", "a.xyz", { columns = { ["a:b"] = zeros } })
    refused("option 'columns' must be a table { name = array }, got number", "a.dump",
        { columns = 1 })
    refused("columns are named (name = value), got an entry with key 1", "a.dump",
        { columns = { zeros } })
    refused("format 'data' has no place for forces; use dump or extxyz", "a.data",
        { forces = true })
    refused("format 'poscar' has no place for column 'c', only for 'selective'", "a.vasp",
        { columns = { c = a:types() } })
    refused("option 'info' must be a table { name = value }, got string", "a.xyz", { info = "x" })
    refused("info.stress must be a table", "a.xyz", { info = { stress = 1 } })
    refused("info.stress.yy must be a number [GPa], got nil", "a.xyz",
        { info = { stress = { 1 } } })
    refused("'a b' cannot be a key of extended XYZ", "a.xyz", { info = { ["a b"] = 1 } })
    refused("info.x", "a.xyz", { info = { x = print } })
    lu.assertStrContains(message(a.save, a, path "none/a.data"),
        "No such file or directory; make the folder first")
    lu.assertStrContains(message(a.save, a, io_folder.path, { format = "data" }), "it is a folder")
    a:positions():set(5, 2, 0 / 0)
    refused("the position of atom 5 (id 5) is", "a.data")
end

function TestSave.test_a_full_disk_keeps_the_earlier_file()
    if exists "/dev/full" then
        lu.assertStrContains(message(function() glass():save("/dev/full", { format = "dump" }) end),
            "No space left on device; free some space or write to another disk")
    end
    local disk = path "disk"
    os.execute("mkdir '" .. disk .. "'")
    if not os.execute("mount -t tmpfs -o size=64k none '" .. disk .. "' 2>/dev/null") then
        lu.skip "mounting a small disk needs root"
    end
    local a = glass():save(disk .. "/a.data", { digits = 6 })
    local big = a:copy():replicate(3, 3, 3)
    local errors = {}
    for k, options in ipairs{ {}, { format = "dump", append = true } } do
        local ok, err = pcall(big.save, big, disk .. "/a.data", options)
        errors[k] = not ok and tostring(err) or "none"
    end
    io_folder.path = disk
    local left, count = files(), #vt.atoms.read(disk .. "/a.data")
    io_folder.path = disk:match "(.*)/disk$"
    os.execute("umount '" .. disk .. "'")
    for _, err in ipairs(errors) do lu.assertStrContains(err, "No space left on device") end
    lu.assertEquals(left, { "a.data" })
    lu.assertEquals(count, 55)
end

os.exit(lu.LuaUnit.run())
