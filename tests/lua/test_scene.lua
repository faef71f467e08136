-- What pictures and views show of atoms: which, how large, in which colors.
local colors = require "vitrum.picture.colors"
local lu = require "luaunit"
local options = require "vitrum.base.options"
local scene = require "vitrum.picture.scene"
local vt = require "vitrum"

local function build(atoms, given)
  return scene.build("picture", atoms, options.check("picture", scene.with {}, given))
end

-- A row of Cu at x = 0.5, 1.5, ..., 9.5, the last of them Zr.
local function row()
  local atoms = vt.atoms.bcc{ species = "Cu", a = 1, cells = { 10, 1, 1 } }
    :select(function(atom) return atom.z == 0 end)
  atoms:displace(0.5, 0.5, 0.5)
  atoms:substitute{ from = "Cu", to = "Zr", count = 1, seed = 1 }
  return atoms
end

TestScene = {}

function TestScene.test_radii_are_half_the_distance_of_close_packed_neighbors()
  local copper = vt.atoms.fcc{ species = "Cu", a = 3.615, cells = { 2, 2, 2 } }
  local radius = build(copper).radii[1]
  lu.assertAlmostEquals(radius, 3.615 / math.sqrt(8), 0.01)
  lu.assertAlmostEquals(build(copper, { radius_factor = 0.5 }).radii[1], radius / 2, 1e-12)
  lu.assertEquals(build(copper, { radii = 2 }).radii:max(), 2.0)
end

function TestScene.test_slices_masks_and_species_choose_atoms()
  local atoms = row()
  lu.assertEquals(build(atoms, { slice = { x = { 2, 5 } } }).index:totable(), { 3, 4, 5 })
  local half = build(atoms, { slice = { normal = { 1, 0, 0 } } }) -- behind the middle, x = 5
  lu.assertEquals(half.index:totable(), { 1, 2, 3, 4, 5 })
  local around = build(atoms, { slice = { normal = { 2, 0, 0 }, at = 2, width = 2.2 } })
  lu.assertEquals(around.index:totable(), { 7, 8 })
  lu.assertEquals(build(atoms, { only = { 9, 2 } }).index:totable(), { 2, 9 })
  local mask = vt.array.zeros(10, { dtype = "int32" })
  mask[4] = 1
  lu.assertEquals(build(atoms, { only = mask }).index:totable(), { 4 })
  local copper = build(atoms, { hide = "Zr" })
  lu.assertEquals(copper.count, 9)
  for k, species in ipairs(copper.species) do
    lu.assertEquals(species.count, species.symbol == "Cu" and 9 or 0, k)
  end
end

-- Nothing is computed for atoms that are too many.
function TestScene.test_too_many_are_refused_first()
  local atoms, voronoi, asked = row(), vt.structure.voronoi, 0
  vt.structure.voronoi = function(...)
    asked = asked + 1
    return voronoi(...)
  end
  local ok, message = pcall(build, atoms, { most = 9, color = "volume" })
  local cut_ok, cut = pcall(build, atoms, { most = 2, color = "volume", slice = { x = { 2, 5 } } })
  vt.structure.voronoi = voronoi
  lu.assertEquals({ ok, cut_ok, asked }, { false, false, 0 })
  lu.assertStrContains(message, "allow it with most = 10")
  lu.assertStrContains(cut, "allow it with most = 3")
  lu.assertEquals(build(atoms, { most = 3, slice = { x = { 2, 5 } } }).count, 3)
end

function TestScene.test_every_third_of_what_is_shown()
  local atoms = row():displace(20, 0, 0)
  local function thinned(given)
    local o = options.check("picture", scene.with {}, given)
    o.thin = 3
    return scene.build("picture", atoms, o)
  end
  local all = thinned { color = vt.array.range(1, 10), radii = vt.array.range(1, 10) }
  lu.assertEquals(all.index:totable(), { 1, 4, 7, 10 })
  lu.assertEquals(all.values:totable(), { 1, 4, 7, 10 })
  lu.assertEquals(all.radii:totable(), { 1, 4, 7, 10 })
  local x = all.positions:column(1)
  for k = 1, 4 do lu.assertAlmostEquals(x[k], 3 * k - 2.5, 1e-9) end
  lu.assertEquals(thinned { slice = { x = { 2, 9 } } }.index:totable(), { 3, 6, 9 })
  lu.assertEquals(thinned({ only = { 2, 5, 6 } }).count, 1)
end

function TestScene.test_atoms_are_shown_inside_the_box_and_stay_where_they_are()
  local atoms = row():displace(20, 0, 0)
  local shown = build(atoms)
  lu.assertAlmostEquals(shown.positions:column(1):max(), 9.5, 1e-9)
  lu.assertAlmostEquals(atoms:positions():column(1):max(), 29.5, 1e-9)
  lu.assertAlmostEquals(build(atoms, { wrap = false }).positions:column(1):max(), 29.5, 1e-9)
end

function TestScene.test_colors_of_numbers_run_through_the_palette()
  local values = {}
  for k = 1, 10 do values[k] = k - 1 end
  values[10] = 0 / 0
  local shown = build(row(), { color = values, limits = { 0, 4 }, quantity = "D2min" })
  local ember = colors.PALETTES.ember
  lu.assertEquals(shown.palette, "ember")
  lu.assertEquals(shown.title, "D2min (Å²)")
  lu.assertEquals(("%06x"):format(shown.color[1]), ember[1])
  lu.assertEquals(("%06x"):format(shown.color[3]), ember[5]) -- the middle of nine
  lu.assertEquals(("%06x"):format(shown.color[5]), ember[9])
  lu.assertEquals(("%06x"):format(shown.color[9]), ember[9]) -- above
  lu.assertEquals(("%06x"):format(shown.color[10]), colors.NO_VALUE)
  lu.assertEquals({ shown.below, shown.above, shown.missing }, { 0, 4, 1 })
  local signed = build(row(), { color = { -1, 0, 0, 0, 0, 0, 0, 0, 0, 0.5 }, palette = "blue-red" })
  lu.assertEquals(signed.low, -signed.high)
  lu.assertEquals(("%06x"):format(signed.color[2]), "f7f7f7")
end

function TestScene.test_species_have_colors_of_their_own()
  for _, symbol in ipairs { "H", "Cu", "Ac", "Yb", "Og" } do
    lu.assertNotNil(colors.parse(colors.element(symbol)), symbol)
  end
  lu.assertNil(colors.element "A")
  local list = colors.species { "A", "B", "Cu", "Zr", "Hf", "Ti", "V" }
  local seen = {}
  for _, color in ipairs(list) do
    lu.assertNotNil(colors.parse(color))
    lu.assertNil(seen[color], color)
    seen[color] = true
  end
  local shown = build(row(), { colors = { Zr = "#00FF00" } })
  local zirconium = shown.species[1].symbol == "Zr" and 1 or 2
  lu.assertEquals(shown.species[zirconium].color, "00ff00")
end

function TestScene.test_wrong_input()
  local atoms, nan = row(), 0 / 0
  for message, given in pairs {
    ["'color' has 2 numbers for 10 atoms"] = { color = { 1, 2 } },
    ["none of the 10 atoms that are shown has a number"] =
      { color = vt.array.full(nan, 10) },
    ["'color' must be 'species'"] = { color = "D2" },
    ["slice leaves none of 10 atoms; they lie at x 0.5 to 9.5"] = { slice = { x = { 20, 30 } } },
    ["slice and hide leave none"] = { slice = { x = { 0, 1.2 } }, hide = { "Cu", "Zr" } },
    ["'slice': normal must be a direction"] = { slice = { normal = { 0, 0, 0 } } },
    ["'slice': x = { 5, 2 } is empty"] = { slice = { x = { 5, 2 } } },
    ["'slice' knows x, y, z"] = { slice = { w = { 5, 2 } } },
    ["names atom 11, but atoms are numbered 1 to 10"] = { only = { 1, 11 } },
    ["'only' names atom 0.5"] = { only = { 0.5 } },
    ["'hide' names 'Q', but the species are"] = { hide = "Q" },
    ["'hide' must be a species or a list of them, { 'Cu' }, got the key 'Cu'"] =
      { hide = { Cu = true } },
    ["'limits' is for the colors of numbers"] = { limits = { 0, 1 } },
    ["'palette' is for the colors of numbers"] = { palette = "ember" },
    ["'limits' must be { low, high }, low"] = { color = "volume", limits = { zz = { 0, 1 } } },
    ["picture: option 'radius_factor' must be a number from 0.001 to 100, got 1"] =
      { radius_factor = 1e6 },
    ["'radii' [A] must be positive, got nan"] = { radii = nan },
    ["got nan for Cu"] = { radii = { Cu = nan } },
    ["got -1 for atom 2"] = { radii = { 1, -1, 1, 1, 1, 1, 1, 1, 1, 1 } },
    ["Cu must be RRGGBB"] = { colors = { Cu = "red" } },
    ["'limits' must be { low, high }"] = { color = vt.array.range(1, 10), limits = { 2, 1 } },
    ["allow it with most = 10"] = { most = 9 },
  } do
    lu.assertErrorMsgContains(message, build, atoms, given)
  end
  lu.assertErrorMsgContains("no atoms to show", build, atoms:select {})
  lu.assertErrorMsgContains("must be atoms, got 5", build, 5)
end

os.exit(lu.LuaUnit.run())
