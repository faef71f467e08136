-- Where the atoms of a file are: unwrapped positions, image counts, positions beyond all bounds.
local lu = require "luaunit"
local vt = require "vitrum"
local io_folder = require "io_folder"

local class, put, path = io_folder.class, io_folder.put, io_folder.name
local text_of, message, lammps = io_folder.text_of, io_folder.message, io_folder.lammps

local function data(name) return os.getenv "VITRUM_SOURCE" .. "/tests/data/" .. name end

--- A dump of one frame in a box of 10 x 10 x 10 A.
local function dump(columns, rows, boundary, tilt)
    local bounds = tilt and "xy xz yz %s\n0 12.5 2.5\n0 10 0\n0 10 0\n" or "%s\n0 10\n0 10\n0 10\n"
    local box = bounds:format(boundary or "pp pp pp")
    return ("ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n%d\nITEM: BOX BOUNDS %sITEM: ATOMS %s\n%s\n")
        :format(#rows, box, columns, table.concat(rows, "\n"))
end

local function read(...) return vt.atoms.read(put("read.dump", dump(...))) end

local function assert_rows(array, wanted, tolerance)
    local got = array:totable()
    lu.assertEquals(#got, #wanted)
    for i = 1, #wanted do
        for k = 1, 3 do lu.assertAlmostEquals(got[i][k], wanted[i][k], tolerance or 0) end
    end
end

-- ---------------------------------------------------------------- unwrapped ----

TestUnwrapped = class()

-- Sixty atoms that go up to several boxes far between frames, with image columns beside xu yu zu.
local WALK <const> = "unwrapped-and-images.dump"

--- Positions of all frames as the file has them, and the mean squared displacement at lag 1, 2, ...
--- over all pairs of frames without the motion of the center of mass, by plain sums.
local function plain()
    local frames, row = {}, nil
    for line in io.lines(data(WALK)) do
        if line:find "^ITEM: ATOMS" then
            row = {}
            frames[#frames + 1] = row
        elseif row and line:find "^ITEM" then
            row = nil
        elseif row then
            local x, y, z = line:match "^%S+ %S+ %S+ (%S+) (%S+) (%S+)"
            row[#row + 1] = { tonumber(x), tonumber(y), tonumber(z) }
        end
    end
    local center = {}
    for f, rows in ipairs(frames) do
        center[f] = { 0, 0, 0 }
        for _, r in ipairs(rows) do
            for k = 1, 3 do center[f][k] = center[f][k] + r[k] / #rows end
        end
    end
    local msd = {}
    for lag = 1, #frames - 1 do
        local sum, pairs_of_frames = 0, #frames - lag
        for f = 1, pairs_of_frames do
            for i, r in ipairs(frames[f]) do
                for k = 1, 3 do
                    local moved = frames[f + lag][i][k] - r[k] - center[f + lag][k] + center[f][k]
                    sum = sum + moved ^ 2 / #frames[f]
                end
            end
        end
        msd[lag] = sum / pairs_of_frames
    end
    return frames, msd
end

local function assert_msd(source, wanted)
    local m = vt.structure.motion(source, { interval = 1, spacing = "linear", lags = 5 })
    for lag = 1, #wanted do lu.assertAlmostEquals(m.msd[lag + 1], wanted[lag], 1e-9) end
end

function TestUnwrapped.test_motion_is_that_of_the_file()
    local frames, msd = plain()
    for lag, value in ipairs{ 34.914, 75.638, 112.368, 149.745 } do
        lu.assertAlmostEquals(msd[lag], value, 1e-3)
    end
    local count = 0
    for atoms in vt.atoms.frames(data(WALK)) do
        count = count + 1
        assert_rows(atoms:unwrapped(), frames[count])
    end
    lu.assertEquals(count, 5)
    lu.assertEquals(vt.atoms.read(data(WALK), { frame = "last" }):unwrapped():totable()[1],
        { 8.88979, 16.98521, 0.93532 })
    assert_msd(data(WALK), msd)
end

-- Saved again, wrapped or not, in a dump, the ways stay known.
function TestUnwrapped.test_saved_frames_keep_the_ways()
    local frames, msd = plain()
    for _, change in ipairs{ function() end, function(atoms) atoms:wrap() end } do
        os.remove(path "again.dump")
        for atoms in vt.atoms.frames(data(WALK)) do
            change(atoms)
            local other = atoms:copy()
            other:save(path "again.dump", { append = true })
        end
        local count = 0
        for atoms in vt.atoms.frames(path "again.dump") do
            count = count + 1
            assert_rows(atoms:unwrapped(), frames[count], 1e-13)
        end
        lu.assertEquals(count, 5)
        assert_msd(path "again.dump", msd)
    end
end

-- Simple shear of a crystal of which every atom has moved by other whole cells: wrapped positions
-- would say nothing of it.
function TestUnwrapped.test_deformation_believes_them()
    local before = vt.atoms.fcc{ species = "Cu", a = 3.6, cells = { 4, 4, 4 } }
    local rows, jumped = {}, {}
    for i, r in ipairs(before:positions():totable()) do
        local step = 14.4 * (i % 3)
        rows[i] = ("%d Cu %.17g %.17g %.17g"):format(i, r[1], r[2], r[3])
        jumped[i] = ("%d Cu %.17g %.17g %.17g"):format(i, r[1] + step, r[2], r[3])
    end
    local function frame(list)
        return dump("id element xu yu zu", list):gsub("0 10\n", "0 14.4\n")
    end
    local a, b = put("a.dump", frame(rows)), put("b.dump", frame(jumped))
    local d = vt.structure.deformation(vt.atoms.read(a), vt.atoms.read(b), { cutoff = 3 })
    local mean = 0
    for i = 1, #rows do mean = mean + 14.4 * (i % 3) / #rows end
    for i, u in ipairs(d.displacement:totable()) do
        lu.assertAlmostEquals(u[1], 14.4 * (i % 3) - mean, 1e-10)
        lu.assertAlmostEquals(u[2], 0, 1e-10)
    end
end

function TestUnwrapped.test_image_columns_count_once()
    assert_rows(read("id element xu yu zu ix iy iz", { "1 Cu 25 -3 4 2 -1 0" }):unwrapped(),
        { { 25, -3, 4 } })
    assert_rows(read("id element xsu ysu zsu ix iy iz", { "1 Cu 2.5 -0.25 1 2 -1 0" }):unwrapped(),
        { { 25, -2.5, 10 } })
    assert_rows(read("id element x y z ix iy iz", { "1 Cu 5 7 4 2 -1 0" }):unwrapped(),
        { { 25, -3, 4 } })
end

-- Beside wrapped positions they tell the image counts, whatever the image columns say.
function TestUnwrapped.test_both_kinds_of_positions()
    for _, columns in ipairs{ "id element x y z xu yu zu", "id element xu yu zu x y z" } do
        local row = columns:find "z xu" and "1 Cu 5 7 4 25.0001 -3 4" or "1 Cu 25.0001 -3 4 5 7 4"
        local atoms, info = read(columns, { row })
        assert_rows(atoms:positions(), { { 5, 7, 4 } })
        lu.assertEquals(atoms:images():totable(), { { 2, -1, 0 } })
        lu.assertEquals(next(info.columns), nil)
    end
    local atoms = read("id element xs ys zs ix iy iz xsu ysu zsu",
        { "1 Cu 0.5 0.5 0.5 7 7 7 1.5 0.5 -0.5" }, nil, true)
    lu.assertEquals(atoms:images():totable(), { { 1, 0, -1 } })
    lu.assertStrContains(message(read, "id element x y z xu yu zu", { "1 Cu 5 7 4 21 7 4" }),
        "read.dump:10: x and xu of row 1 are 1.6 cell vectors apart along a; a whole number was "
        .. "expected")
end

function TestUnwrapped.test_no_column_takes_their_names()
    local atoms = read("id element x y z", { "1 Cu 5 7 4" })
    for _, name in ipairs{ "xu", "ysu", "zs", "z", "ix" } do
        local columns = { [name] = { 1 } }
        lu.assertStrContains(message(atoms.save, atoms, path "no.dump", { columns = columns }),
            "column '" .. name .. "' is a property that atoms have")
    end
end

-- ---------------------------------------------------------------- free axes ----

TestFreeAxes = class()

function TestFreeAxes.test_image_counts_mean_nothing()
    local atoms = read("id element x y z ix iy iz", { "1 Cu 5 7 4 2 -1 3" }, "pp pp ff")
    assert_rows(atoms:unwrapped(), { { 25, -3, 4 } })
    lu.assertEquals(atoms:images():totable(), { { 2, -1, 0 } })
    -- Those of an axis that becomes free later mean nothing either, here and in files.
    local film = read("id element x y z ix iy iz", { "1 Cu 5 7 4 2 -1 3" })
    film:set_box{ periodic = { true, true, false } }
    assert_rows(film:unwrapped(), { { 25, -3, 4 } })
    for _, name in ipairs{ "film.dump", "film.data" } do
        film:save(path(name))
        lu.assertStrContains(text_of(name), "5 7 4 2 -1 0\n")
        assert_rows(vt.atoms.read(path(name)):unwrapped(), { { 25, -3, 4 } })
    end
end

function TestFreeAxes.test_motion_and_deformation()
    local function film(counts)
        local before = vt.atoms.fcc{ species = "Cu", a = 3.6, cells = { 4, 4, 4 } }
        before:set_box{ periodic = { true, true, false } }
        local images = before:images()
        for i = 1, #before do images[i][3] = counts * (i % 4) end
        return before
    end
    local d = vt.structure.deformation(film(0), film(1), { cutoff = 3 })
    for _, u in ipairs(d.displacement:totable()) do lu.assertAlmostEquals(u[3], 0, 1e-10) end
    local m = vt.structure.motion({ film(0), film(1) }, { interval = 1 })
    lu.assertAlmostEquals(m.msd[2], 0, 1e-12)
end

-- ---------------------------------------------------------------- far away ----

TestFar = class()

function TestFar.test_positions_beyond_all_bounds_are_refused()
    local scaled = dump("id element xs ys zs", { "1 Cu 0.5 0.5 0.5", "2 Cu 0 0 1e308" })
    lu.assertStrContains(message(vt.atoms.read, put("scaled.dump", scaled)),
        "scaled.dump:11: the atom at 0 0 inf A is more than 1e+09 lengths of the box away from it")
    for name, text in pairs{
        ["far.dump"] = dump("id element x y z", { "1 Cu 5 -2e10 5" }),
        ["far.data"] = "\n1 atoms\n1 atom types\n0 10 xlo xhi\n0 10 ylo yhi\n0 10 zlo zhi\n\n"
            .. "Masses\n\n1 63.546\n\nAtoms\n\n1 1 5 -2e10 5\n",
        ["far.extxyz"] = "1\nLattice=\"10 0 0 0 10 0 0 0 10\" Properties=species:S:1:pos:R:3\n"
            .. "Cu 5 -2e10 5\n",
        ["far.poscar"] = "x\n10\n1 0 0\n0 1 0\n0 0 1\nCu\n1\nDirect\n0.5 -2e9 0.5\n",
    } do
        lu.assertStrContains(message(vt.atoms.read, put(name, text)),
            "the atom at 5 -2e+10 5 A is more than 1e+09 lengths of the box away from it")
    end
    lu.assertEquals(#read("id element x y z", { "1 Cu 5 -2e9 5" }), 1)
end

-- Nothing is written that would not be read back.
function TestFar.test_positions_beyond_all_bounds_are_not_written()
    local a = vt.atoms.fcc{ species = "Cu", a = 3.6, cells = { 3, 3, 3 } }
    a:displace(2e10, 0, 0)
    lu.assertStrContains(message(a.save, a, path "a.dump"), "lengths of the box away from it")
    a:displace(-2e10, 0, 0)
    a:velocities():fill(1e31)
    lu.assertStrContains(message(a.save, a, path "a.cfg"),
        "a velocity of 1e+31 1e+31 1e+31 is beyond all range")
    -- Of a box that leans 1e7 lengths, a data file would hold one that does not lean.
    local text = "1\nLattice=\"5 0 0 0 5 0 0 5e7 5e7\" Properties=species:S:1:pos:R:3\nCu %s\n"
    local far = vt.atoms.read(put("a.extxyz", text:format "0 5e11 5e11"))
    far:save(path "b.dump")
    lu.assertStrContains(message(far.save, far, path "b.data"),
        "the box leans by more than half, which a data file cannot hold, and in one that leans "
        .. "less the atom at 0 5e+11 5e+11 A is more than 1e+09 lengths of the box away from it")
end

-- LAMMPS's files hold the ends of an edge, beside which a short edge is nothing.
function TestFar.test_edges_lost_in_their_ends()
    local text = "1\nLattice=\"%s\" Origin=\"%s\" Properties=species:S:1:pos:R:3\nCu %s\n"
    local function saved(lattice, origin, name)
        local a = vt.atoms.read(put("a.extxyz", text:format(lattice, origin, origin)))
        a:save(path(name), { overwrite = true })
        return vt.atoms.read(path(name)):box()
    end
    local far, leaning = "1e9 0 0", "9 0 0 0 9.5 0 0 1e7 9"
    for _, name in ipairs{ "a.dump", "a.data" } do
        lu.assertAlmostEquals(saved("10 0 0 0 10 0 0 0 10", far, name).a[1], 10, 1e-6)
        lu.assertStrContains(message(saved, "10 0 0 0 10 0 0 0 10", "1e17 0 0", name),
            "the edge of the box along x, 10 A from 1e+17 A on, would get lost in its ends 1e+17 "
            .. "and 1e+17 A, which are what a LAMMPS file has; use extxyz")
    end
    lu.assertAlmostEquals(saved(leaning, "0 0 0", "a.dump").b[2], 9.5, 1e-8)
    lu.assertStrContains(message(saved, "9 0 0 0 9.5 0 0 5e17 5e17", "0 0 0", "a.dump"),
        "the edge of the box along y, 9.5 A from 0 A on, would get lost in its ends 0 and 5e+17 A")
end

-- ---------------------------------------------------------------- boxes that lean ----

TestLean = class()

--- A crystal in a box that leans by more than half of its edges, some of its atoms wrapped.
local function leaning(options)
    local atoms = vt.atoms.fcc{ species = "Cu", a = 3.6, cells = { 4, 4, 5 } }
    atoms:substitute{ from = "Cu", to = "Zr", fraction = 0.3, seed = 1 }
    atoms:rattle{ amplitude = 0.1, seed = 2 }
    local d = { 100, -30, 50 }
    atoms:displace(table.unpack(d)):wrap():displace(-100, 30, -50)
    atoms:strain(options)
    return atoms
end

local LEANS <const> = { { xy = 0.7 }, { xy = -1.2, xz = 0.9 }, { xy = 0.6, xz = 1.3, yz = -0.8 },
    { gradient = { { 1, 0.9, 0 }, { 0.2, 1, 1.1 }, { 0.3, 0, 1 } } } }

local function largest(difference) return difference:abs():max() end

--- Parts of the lengths of a, b, a by which b leans along a, c along b, c along a.
local function leans(atoms)
    local box = atoms:box()
    local a, b, c = box.a, box.b, box.c
    local function dot(u, v) return u[1] * v[1] + u[2] * v[2] + u[3] * v[3] end
    local p = dot(b, a) / dot(a, a)
    local n = { b[1] - p * a[1], b[2] - p * a[2], b[3] - p * a[3] }
    return p, dot(c, n) / dot(n, n), dot(c, a) / dot(a, a)
end

function TestLean.test_reduced_boxes_hold_the_same_atoms()
    for _, options in ipairs(LEANS) do
        local atoms = leaning(options)
        local reduced = atoms:copy():reduce_box()
        lu.assertEquals(reduced:positions():totable(), atoms:positions():totable())
        -- 100 A, and as many sums of cell vectors.
        lu.assertTrue(largest(reduced:unwrapped() - atoms:unwrapped()) < 1e-12)
        lu.assertAlmostEquals(reduced:volume(), atoms:volume(), 1e-9)
        for _, part in ipairs{ leans(reduced) } do lu.assertTrue(math.abs(part) <= 0.5 + 1e-12) end
        local lj = vt.potential.lj{ species = { "Cu", "Zr" }, epsilon = { { 0.4, 0.3 },
            { 0.3, 0.4 } }, sigma = { { 2.3, 2.4 }, { 2.4, 2.3 } }, cutoff = 6 }
        atoms.potential, reduced.potential = lj, lj
        lu.assertAlmostEquals(reduced:energy(), atoms:energy(), 1e-10 * math.abs(atoms:energy()))
        -- Once more changes nothing.
        local again = reduced:copy():reduce_box()
        lu.assertEquals(again:images():totable(), reduced:images():totable())
    end
end

-- A reference frame before the shear is followed to a frame whose box was reduced.
function TestLean.test_deformation_across_a_reduction()
    local before = leaning{}
    for _, options in ipairs(LEANS) do
        local atoms = before:copy():strain(options):rattle{ amplitude = 0.05, seed = 7 }
        local unreduced = vt.structure.deformation(before, atoms, { cutoff = 3.1 })
        for _, change in ipairs{ function(a) return a end, function(a) return a:wrap() end } do
            local reduced = change(atoms:copy():reduce_box())
            local d = vt.structure.deformation(before, reduced, { cutoff = 3.1 })
            lu.assertTrue(largest(d.d2min - unreduced.d2min) < 1e-10)
            lu.assertTrue(largest(d.affine - unreduced.affine) < 1e-10)
        end
    end
end

function TestLean.test_free_axes_keep_their_lean()
    local atoms = leaning{ xy = 0.7, xz = 0.8 }
    atoms:set_box{ periodic = { true, false, true } }
    local p, _, q = leans(atoms:reduce_box())
    lu.assertAlmostEquals(p, 0.7, 1e-12)
    lu.assertAlmostEquals(math.abs(q), 0, 1e-12) -- 0.8 * 18 / 14.4 = 1
end

-- LAMMPS refuses a box that leans by more than half, so data files are saved reduced. Dumps, which
-- show how a box was sheared, are not.
function TestLean.test_lammps_reads_what_is_saved()
    local function energy(command)
        local out = lammps("units metal\n" .. command .. "pair_style lj/cut 6\npair_coeff * * 0.4 "
            .. "2.3\npair_coeff 1 2 0.3 2.4\nthermo_style custom step pe\n"
            .. "thermo_modify norm no format float %20.15g\nrun 0\n")
        return tonumber(out:match "PotEng%s*\n%s*0%s+(%S+)")
    end
    for k, options in ipairs(LEANS) do
        local atoms = leaning(options)
        atoms:save(path(k .. ".data"))
        atoms.potential = vt.potential.lj{ species = { "Cu", "Zr" }, truncation = "cut",
            epsilon = { { 0.4, 0.3 }, { 0.3, 0.4 } }, sigma = { { 2.3, 2.4 }, { 2.4, 2.3 } },
            cutoff = 6 }
        lu.assertAlmostEquals(energy("read_data " .. k .. ".data\n"), atoms:energy(),
            1e-9 * math.abs(atoms:energy()))
        if k < 4 then -- a box that LAMMPS can name comes back unturned
            lu.assertTrue(largest(vt.atoms.read(path(k .. ".data")):unwrapped()
                - atoms:unwrapped()) < 1e-12)
        end
        atoms:save(path(k .. ".dump"))
        lu.assertAlmostEquals(math.abs((leans(vt.atoms.read(path(k .. ".dump"))))),
            math.abs((leans(atoms))), 1e-12)
    end
end

-- A hexagonal cell leans by half, and rounding must not make it more.
function TestLean.test_half_is_half()
    for k = 1, 20 do
        local edge = 3 + 0.1 * k
        local atoms = vt.atoms.random{ composition = "Cu", n = 40, seed = k, minimum_distance = 0,
            box = { lengths = { edge * 3, edge * 3, 10 }, angles = { 90, 90, 60 },
                origin = { 0.1, 0.7, 0 } } }
        atoms:save(path "half.data")
        lu.assertEquals(#vt.atoms.read(path "half.data"), 40)
        local lx, tilt
        for line in io.lines(path "half.data") do
            local low, high = line:match "^(%S+) (%S+) xlo xhi"
            if low then lx = tonumber(high) - tonumber(low) end
            tilt = tilt or tonumber(line:match "^(%S+) %S+ %S+ xy xz yz")
        end
        lu.assertTrue(math.abs(tilt) / lx <= 0.5)
        lu.assertAlmostEquals(tilt / lx, 0.5, 1e-12)
        os.remove(path "half.data")
    end
end

os.exit(lu.LuaUnit.run())
