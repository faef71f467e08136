-- Two types of one element: one species wherever species are counted or named, two types for
-- energies and files.
local io_folder = require "io_folder"
local lu = require "luaunit"
local vt = require "vitrum"
vt.quiet(true)

local FILE <const> = os.getenv "VITRUM_SOURCE" .. "/tests/data/two-types-one-element.data"

TestSpecies = io_folder.class()

-- The atoms of the file (types 1 and 3 are Cu, 2 is Zr), and the same atoms in two types.
local function both()
    local text
    do
        local file <close> = assert(io.open(FILE))
        text = file:read "a"
    end
    text = text:gsub("3 atom types", "2 atom types"):gsub("\n3 63.546\n", "\n")
    local path = io_folder.put("two.data", (text:gsub("\n(%d+) 3 ", "\n%1 1 ")))
    return vt.atoms.read(FILE), vt.atoms.read(path)
end

local function names(t)
    local list = {}
    for name in pairs(t) do list[#list + 1] = name end
    table.sort(list)
    return table.concat(list, " ")
end

-- Both answers are the same, arrays to the last bit; tables are followed.
local function same(a, b, where)
    if type(a) == "table" and type(b) == "table" then
        lu.assertEquals(names(a), names(b), where)
        for key, value in pairs(a) do same(value, b[key], where .. "." .. tostring(key)) end
    elseif type(a) == "userdata" then
        lu.assertTrue(a:equals(b), where)
    elseif a == a or b == b then
        lu.assertEquals(a, b, where)
    end
end

function TestSpecies.test_composition_and_names()
    local three = both()
    lu.assertEquals(three:counts(), { Cu = 128, Zr = 128 })
    lu.assertEquals(three:composition(), { Cu = 0.5, Zr = 0.5 })
    lu.assertEquals(three:species(), {
        { symbol = "Cu", mass = 63.546, count = 128, types = { 1, 3 } },
        { symbol = "Zr", mass = 91.224, count = 128, types = { 2 } },
    })
    lu.assertStrContains(tostring(three), "Atoms: Cu50Zr50, 256 atoms")
    -- The types themselves are still there: 63 lines of the file say 3.
    lu.assertEquals(three:types():eq(3):sum(), 63)
    lu.assertEquals(three:atom(2).type, 3)
end

-- Neighbors within r of the atoms of species a that are of species b, for an atom, pair by pair in
-- a cube.
local function count_pairs(atoms, a, b, r)
    local x, symbols = atoms:positions():totable(), atoms:symbols()
    local edge, centers, pairs_found = atoms:box().lengths[1], 0, 0
    for i = 1, #x do
        if symbols[i] == a then
            centers = centers + 1
            for j = 1, #x do
                local square = 0
                for k = 1, 3 do
                    local d = x[j][k] - x[i][k]
                    square = square + (d - edge * math.floor(d / edge + 0.5)) ^ 2
                end
                if i ~= j and symbols[j] == b and square < r * r then
                    pairs_found = pairs_found + 1
                end
            end
        end
    end
    return pairs_found / centers
end

function TestSpecies.test_coordination_within_3_2_angstrom()
    local three = both()
    lu.assertEquals(count_pairs(three, "Cu", "Cu", 3.2), 6.140625)
    lu.assertEquals(count_pairs(three, "Cu", "Zr", 3.2), 5.8359375)
    local g = vt.structure.rdf(three, { rmax = 3.2, bins = 64 })
    lu.assertEquals(names(g.partial), "Cu-Cu Cu-Zr Zr-Zr")
    lu.assertEquals(g.counts, { Cu = 128, Zr = 128 })
    lu.assertEquals(g.coordination["Cu-Cu"][64], 6.140625)
    lu.assertEquals(g.coordination["Cu-Zr"][64], 5.8359375)
    lu.assertEquals(g.coordination["Zr-Cu"][64], 5.8359375)
end

function TestSpecies.test_structure_does_not_see_the_types()
    local three, two = both()
    local s = vt.structure
    local measures = {
        rdf = function(a) return s.rdf(a, { rmax = 7, bins = 140 }) end,
        atomic_rdf = function(a) return s.atomic_rdf(a, { rmax = 6, bins = 60 }) end,
        structure_factor = function(a) return s.structure_factor(a, { weights = "xray" }) end,
        anisotropy = function(a) return s.anisotropy(a, { weights = "xray", rmax = 6 }) end,
        packing = s.packing,
        free_volume = s.free_volume,
        profile = function(a) return s.profile(a, "Cu", { bins = 8 }) end,
        voronoi = function(a)
            local v = s.voronoi(a, { radii = { Cu = 1.28, Zr = 1.6 } })
            return { v:mean_coordination("Cu", "Zr"), v:mean_coordination("Cu", "Cu"),
                v:fraction("0,2,8,1", { species = "Cu" }), v:mean_five_fold{ species = "Cu" },
                v:polyhedra{ species = "Cu", top = 5 }, v.volume }
        end,
        clusters = function(a) return s.clusters(a, { index = "0,4,4,6", center = "Cu" }) end,
    }
    for name, measure in pairs(measures) do same(measure(three), measure(two), name) end
end

-- Two frames, the second in two types: frames are of the same species, and motion goes by species.
function TestSpecies.test_frames_of_other_types_are_the_same_species()
    local three, two = both()
    two:displace(0.1, 0, 0)
    for _, frames in ipairs{ { three, two }, { two, three } } do
        lu.assertEquals(names(vt.structure.rdf(frames, { rmax = 4 }).partial), "Cu-Cu Cu-Zr Zr-Zr")
        local m = vt.structure.motion(frames, { interval = 1, lags = 2, spacing = "linear" })
        lu.assertEquals(names(m.partial), "Cu Zr")
    end
end

function TestSpecies.test_energies_and_files_keep_the_types()
    local three, two = both()
    local lj = vt.potential.lj{ species = { "Cu", "Zr" }, epsilon = 0.1, sigma = 2.2, cutoff = 5 }
    three.potential, two.potential = lj, lj
    -- 256 atoms in another order of types: the sums round differently.
    lu.assertAlmostEquals(three:energy(), two:energy(), 1e-11)
    for _, name in ipairs{ "again.data", "again.dump" } do
        three:save(io_folder.name(name))
        local again = vt.atoms.read(io_folder.name(name))
        lu.assertTrue(again:types():equals(three:types()), name)
        lu.assertEquals(again:counts(), { Cu = 128, Zr = 128 })
    end
end

-- Names that tell types of one element apart name the element where the mass agrees.
function TestSpecies.test_names_with_a_suffix_are_elements()
    local file <close> = assert(io.open(FILE))
    local text = file:read "a"
    local function read(name, changed)
        return vt.atoms.read(io_folder.put(name, changed))
    end
    local three = both()
    local labels = "\nAtom Type Labels\n\n1 Cu_1\n2 Zr\n3 Cu_interface\n\nMasses\n"
    for name, changed in pairs{
        ["comments.data"] = text:gsub("# Cu\n", "# Cu_1\n"):gsub("\n3 63.546", "%0 # Cu2"),
        ["long.data"] = text:gsub("\n3 63.546", "%0 # Cu_of_the_matrix"),
        ["labels.data"] = text:gsub(" # %a+\n", "\n"):gsub("\nMasses\n", labels),
    } do
        local atoms = read(name, changed)
        lu.assertEquals(atoms:species(), three:species(), name)
        lu.assertTrue(atoms:types():equals(three:types()), name)
    end
    -- A name with another mass is a name like any other.
    local other = read("other.data", (text:gsub("\n3 63.546", "\n3 70 # Cu_2")))
    lu.assertEquals(other:counts(), { Cu = 65, Cu_2 = 63, Zr = 128 })
    local rows = "Cu_1 0 0 0\nCu_2 2 2 2\nZr1 4 4 4\nCu_1 1 3 4\n"
    local box = "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n4\nITEM: BOX BOUNDS pp pp pp\n" ..
        "0 9\n0 9\n0 9\nITEM: ATOMS "
    for name, changed in pairs{
        ["a.xyz"] = '4\nLattice="9 0 0 0 9 0 0 0 9"\n' .. rows,
        ["a.dump"] = box .. "element x y z\n" .. rows,
        ["label.dump"] = box .. "typelabel x y z\n" .. rows,
    } do
        local atoms = read(name, changed)
        lu.assertEquals(atoms:symbols(), { "Cu", "Cu", "Zr", "Cu" }, name)
        lu.assertEquals(atoms:types():totable(), { 1, 2, 3, 1 }, name)
    end
end

function TestSpecies.test_changes_by_name_reach_every_type()
    local three = both()
    three:set_mass("Cu", 64.9)
    lu.assertAlmostEquals(three:mass(), 128 * 64.9 + 128 * 91.224, 1e-9)
    three:substitute{ from = "Cu", to = "Al", fraction = 0.5, seed = 2 }
    lu.assertEquals(three:counts(), { Cu = 64, Zr = 128, Al = 64 })
    three:substitute{ from = "Cu", to = "Al", fraction = 1 }
    lu.assertEquals(three:counts(), { Cu = 0, Zr = 128, Al = 128 })
    -- Atoms that are Al already are none of the candidates.
    lu.assertErrorMsgContains("129 atoms are to become Al, but only 128 can", three.substitute,
        three, { to = "Al", count = 129 })
end

function TestSpecies.tearDown()
    io_folder.remove()
    collectgarbage()
    collectgarbage()
end

os.exit(lu.LuaUnit.run())
