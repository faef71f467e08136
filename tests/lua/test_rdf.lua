-- vt.structure.rdf: what the Lua face adds to the counts that tests/c/test_structure_rdf.c checks.
local lu = require "luaunit"
local vt = require "vitrum"

TestRdf = {}

local function sum(array, first, last)
    local total = 0
    for k = first, last do total = total + array[k] end
    return total
end

function TestRdf.test_fcc_first_shell()
    local copper = vt.atoms.fcc{ species = "Cu", a = 3.615, cells = { 3, 3, 3 } }
    local g = vt.structure.rdf(copper, { rmax = 4, bins = 40 })
    lu.assertEquals(#g.r, 40)
    lu.assertAlmostEquals(g.r[1], 0.05, 1e-14)
    lu.assertAlmostEquals(g.r[40], 3.95, 1e-14)
    -- 12 neighbors at 3.615 / sqrt(2) = 2.556, 6 more at 3.615
    lu.assertEquals(g.coordination["Cu-Cu"][25], 0)
    lu.assertEquals(g.coordination["Cu-Cu"][26], 12)
    lu.assertEquals(g.coordination.total[40], 18)
    lu.assertEquals(sum(g.total, 1, 25), 0)
    lu.assertTrue(g.total[26] > 1)
end

function TestRdf.test_partials_and_their_names()
    local alloy = vt.atoms.random{ composition = { Cu = 64, Zr = 36 }, n = 500, seed = 1 }
    local g = vt.structure.rdf(alloy, { rmax = 9, bins = 90 })
    lu.assertEquals(#g.total, 90)
    lu.assertIs(g.partial["Zr-Cu"], g.partial["Cu-Zr"])
    lu.assertNil(g.partial["Cu-Fe"])
    local names = {}
    for name in pairs(g.partial) do names[#names + 1] = name end
    lu.assertItemsEquals(names, { "Cu-Cu", "Cu-Zr", "Zr-Zr" })
    local share = {}
    for _, species in ipairs(alloy:species()) do share[species.symbol] = species.count / #alloy end
    for k = 1, 90 do
        local all = 0
        for _, pair in ipairs{ "Cu-Cu", "Cu-Zr", "Zr-Cu", "Zr-Zr" } do
            local a, b = pair:match("(%a+)-(%a+)")
            all = all + share[a] * share[b] * g.partial[pair][k]
        end
        -- four terms of order 1
        lu.assertAlmostEquals(all, g.total[k], 1e-13 * (1 + all))
        -- a Cu counts every Zr that counts it
        lu.assertAlmostEquals(share.Cu * g.coordination["Cu-Zr"][k],
            share.Zr * g.coordination["Zr-Cu"][k], 1e-12 * (1 + all))
    end
end

function TestRdf.test_defaults()
    local g = vt.structure.rdf(vt.atoms.bcc{ species = "Zr", a = 3.58, cells = { 2, 2, 2 } })
    lu.assertEquals(#g.r, 400)
    lu.assertAlmostEquals(g.r[400], 10 - 0.0125, 1e-12)
end

function TestRdf.test_wrong_input()
    local copper = vt.atoms.fcc{ species = "Cu", a = 3.615, cells = { 2, 2, 2 } }
    lu.assertErrorMsgContains("unknown option 'rmx'; did you mean 'rmax'?",
        vt.structure.rdf, copper, { rmx = 5 })
    lu.assertErrorMsgContains("option 'rmax' [A] must be a positive number, got -1",
        vt.structure.rdf, copper, { rmax = -1 })
    lu.assertErrorMsgContains("option 'bins' must be a whole number, at least 1, got 2.5",
        vt.structure.rdf, copper, { bins = 2.5 })
    lu.assertErrorMsgContains("rdf: bins must be 1 to 1000000, got 2000000",
        vt.structure.rdf, copper, { bins = 2000000 })
    lu.assertErrorMsgContains("more than 1000 images", vt.structure.rdf, copper, { rmax = 1e5 })
    lu.assertErrorMsgContains("rdf: expected frames: an Atoms", vt.structure.rdf, 5)
end

function TestRdf.tearDown()
    collectgarbage()
    collectgarbage()
end

os.exit(lu.LuaUnit.run())
