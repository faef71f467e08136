-- Common neighbor analysis of crystals, cold and shaken, of an icosahedron, and of a melt.
local lu = require "luaunit"
local vt = require "vitrum"

local cna <const> = vt.structure.common_neighbors

TestCommonNeighbors = {}

function TestCommonNeighbors.test_perfect_crystals()
  for name, crystal in pairs{
    fcc = vt.atoms.fcc{ species = "Cu", a = 3.6, cells = 3 },
    bcc = vt.atoms.bcc{ species = "Fe", a = 2.87, cells = 4 },
    hcp = vt.atoms.hcp{ species = "Zr", a = 3.23, cells = 3 },
  } do
    for _, rattled in ipairs{ 0, 0.06 } do
      if rattled > 0 then crystal:rattle{ amplitude = rattled, seed = 2 } end
      local c = cna(crystal)
      lu.assertTrue(c.fractions[name] > (rattled > 0 and 0.97 or 0.9999), name)
      lu.assertAlmostEquals(c.crystalline, c.fractions.fcc + c.fractions.hcp + c.fractions.bcc,
        1e-15)
    end
  end
  -- Neither the order of species nor the size of the box matters.
  local b2 = vt.atoms.b2{ species = { "Cu", "Zr" }, a = 3.26, cells = 1 }
  lu.assertEquals(cna(b2).fractions.bcc, 1)
  lu.assertEquals(cna(b2:replicate(4, 3, 5)).kind:min(), 3)
end

-- Layers ABC with one layer out of order: the two planes beside a stacking fault are hcp.
function TestCommonNeighbors.test_a_stacking_fault_is_two_layers_of_hcp()
  local layers, d = { 0, 1, 2, 0, 1, 2, 1, 2, 0, 1, 2 }, 2.55 -- A B C A B C | B C A B C
  local n <const>, height = 3, d * math.sqrt(2 / 3)
  local lines, wide = {}, d * math.sqrt(3)
  for k, shift in ipairs(layers) do
    for i = 0, n - 1 do
      for j = 0, n - 1 do
        for half = 0, 1 do
          lines[#lines + 1] = ("Cu %.9f %.9f %.9f"):format((i + half / 2) * d,
            (j + half / 2 + shift / 3) * wide, (k - 1) * height)
        end
      end
    end
  end
  local path = os.tmpname()
  local file <close> = assert(io.open(path, "w"))
  file:write(("%d\nLattice=\"%.9f 0 0 0 %.9f 0 0 0 %.9f\" Properties=species:S:1:pos:R:3\n%s\n")
    :format(#lines, n * d, n * wide, #layers * height, table.concat(lines, "\n")))
  file:flush()
  local c = cna(vt.atoms.read(path, { format = "extxyz" }))
  os.remove(path)
  lu.assertEquals(c.crystalline, 1)
  lu.assertEquals(c.kind:eq(2):sum(), 2 * #lines // #layers)
end

function TestCommonNeighbors.test_an_icosahedron_and_a_liquid()
  local golden, points = (1 + math.sqrt(5)) / 2, { { 0, 0, 0 } }
  for _, a in ipairs{ -1, 1 } do
    for _, b in ipairs{ -golden, golden } do
      points[#points + 1] = { 0, a, b }
      points[#points + 1] = { a, b, 0 }
      points[#points + 1] = { b, 0, a }
    end
  end
  -- Two more atoms far away, since 14 neighbors are needed.
  points[#points + 1], points[#points + 2] = { 9, 0, 0 }, { 0, 9, 0 }
  local path = os.tmpname()
  local file <close> = assert(io.open(path, "w"))
  file:write(#points, '\nLattice="60 0 0 0 60 0 0 0 60" Properties=species:S:1:pos:R:3\n')
  for _, r in ipairs(points) do file:write(("Cu %.12f %.12f %.12f\n"):format(r[1], r[2], r[3])) end
  file:flush()
  local c = cna(vt.atoms.read(path, { format = "extxyz" }))
  os.remove(path)
  lu.assertEquals(c.kind[1], 4)
  local liquid = vt.atoms.random{ composition = "Cu50Zr50", n = 800, seed = 4 }
  lu.assertTrue(cna(liquid).crystalline < 0.02)
end

function TestCommonNeighbors.test_wrong_input()
  lu.assertErrorMsgContains("unknown option 'cutof'", function()
    cna(vt.atoms.fcc{ species = "Cu", a = 3.6, cells = 3 }, { cutof = 3 })
  end)
  lu.assertErrorMsgContains("structure.common_neighbors", function() cna(3) end)
end

os.exit(lu.LuaUnit.run())
