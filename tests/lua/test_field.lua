-- Profiles, maps and coarse-grained fields.
local lu = require "luaunit"
local vt = require "vitrum"
local io_folder = require "io_folder"

TestField = io_folder.class()

local function glass()
  return vt.atoms.random{ composition = { Cu = 60, Zr = 40 }, n = 900, seed = 2,
                          box = { 30, 20, 24 } }
end

function TestField.test_profile_against_a_loop()
  local atoms = glass()
  local x, value = atoms:positions(), vt.array.random(900, { seed = 4 })
  local p = vt.structure.profile(atoms, value, { axis = "y", bins = 7 })
  local sum, square, count = {}, {}, {}
  for k = 1, 7 do sum[k], square[k], count[k] = 0, 0, 0 end
  for i = 1, 900 do
    local k = math.floor((x[i][2] / 20 % 1) * 7) + 1
    sum[k], square[k], count[k] = sum[k] + value[i], square[k] + value[i] ^ 2, count[k] + 1
  end
  for k = 1, 7 do
    local mean = sum[k] / count[k]
    lu.assertEquals(p.count[k], count[k])
    lu.assertAlmostEquals(p.x[k], 20 * (k - 0.5) / 7, 1e-12)
    lu.assertAlmostEquals(p.value[k], mean, 1e-12)
    lu.assertAlmostEquals(p.error[k], math.sqrt((square[k] / count[k] - mean ^ 2) / (count[k] - 1)),
      1e-9)
  end
  lu.assertStrContains(tostring(p), "profile along y: 7 slabs of 2.86 A")
end

function TestField.test_composition_and_density()
  local atoms = glass()
  local cu = vt.structure.profile(atoms, "Cu", { axis = "x", bins = 6 })
  local zr = vt.structure.profile(atoms, "Zr", { axis = "x", bins = 6 })
  local density = vt.structure.profile(atoms, nil, { axis = "x", bins = 6 })
  lu.assertAlmostEquals((cu.value * cu.count):sum(), 540, 1e-9)
  for k = 1, 6 do
    lu.assertAlmostEquals(cu.value[k] + zr.value[k], 1, 1e-12)
    lu.assertAlmostEquals(density.value[k], cu.count[k] / (5 * 20 * 24), 1e-12)
  end
  -- Over frames: twice the same is the same.
  local twice = vt.structure.profile({ atoms, atoms }, "Cu", { axis = "x", bins = 6 })
  lu.assertEquals(twice.frames, 2)
  lu.assertTrue(twice.value:near(cu.value, 1e-12))
  lu.assertTrue(twice.count:near(cu.count, 1e-12))
  local y = vt.structure.profile({ atoms, atoms }, function(a) return a:positions():column(2) end,
    { axis = "y", bins = 10 })
  for k = 1, 10 do lu.assertAlmostEquals(y.value[k], 2 * k - 1, 1) end
end

-- Numbers of an array belong to ids, in whatever order a frame has its atoms.
function TestField.test_frames_in_another_order()
  local sorted, values = glass(), vt.array.random(900, { seed = 4 })
  local x, symbols, lines = sorted:positions():totable(), sorted:symbols(), {}
  for i = 900, 1, -1 do
    lines[#lines + 1] = ("%s %.17g %.17g %.17g %d"):format(symbols[i], x[i][1], x[i][2], x[i][3], i)
  end
  local backwards = io_folder.put("backwards.xyz", '900\nLattice="30 0 0 0 20 0 0 0 24" '
    .. "Properties=species:S:1:pos:R:3:id:I:1\n" .. table.concat(lines, "\n") .. "\n")
  lu.assertEquals(vt.atoms.read(backwards):ids()[1], 900)
  for _, measure in ipairs{ vt.structure.profile, vt.structure.map } do
    local one, two = measure(sorted, values, { bins = 6 }),
      measure({ sorted, backwards }, values, { bins = 6 })
    lu.assertEquals(two.frames, 2)
    lu.assertTrue(two.value:near(one.value, 1e-12))
  end
  -- What is not by id needs no match: frames may differ in their atoms.
  local fewer = glass():delete{ 5 }
  lu.assertEquals(vt.structure.profile({ sorted, fewer }, "Cu").frames, 2)
  lu.assertStrContains(io_folder.message(vt.structure.profile, { sorted, fewer }, values),
    "structure.profile: frame 2: there are 899 atoms")
end

function TestField.test_labels()
  local atoms = glass()
  local values = vt.array.random(900, { seed = 4 })
  for _, measure in ipairs{ vt.structure.profile, vt.structure.map } do
    lu.assertEquals(measure(atoms, "Cu").label, "Cu fraction")
    lu.assertEquals(measure(atoms).label, "number density (1/Å³)")
    lu.assertEquals(measure(atoms, values).label, "value")
    lu.assertEquals(measure(atoms, values, { label = "D2min (Å²)" }).label, "D2min (Å²)")
  end
  vt.structure.profile(atoms, "Cu"):plot{ file = io_folder.name "cu.svg" }
  lu.assertStrContains(io_folder.text_of "cu.svg", "Cu fraction")
end

-- In a sheared box the slabs follow the faces: the height above the face is what counts.
function TestField.test_tilted_box()
  local atoms = glass():strain{ xy = 0.4 }
  local height = atoms:positions():column(2):copy()
  local p = vt.structure.profile(atoms, height, { axis = "y", bins = 20 })
  for k = 1, 20 do lu.assertAlmostEquals(p.value[k], k - 0.5, 0.5) end
  local free = glass()
  free:set_box{ periodic = { true, true, false }, lengths = { 30, 20, 60 } }
  local density = vt.structure.profile(free, nil, { axis = "z", bins = 4 })
  local z = free:positions():column(3)
  lu.assertAlmostEquals(density.low, z:min(), 1e-9)
  lu.assertAlmostEquals(density.width * 4, z:max() - z:min(), 1e-9)
  lu.assertAlmostEquals(density.value:sum() * density.width * 600, 900, 1e-6)
end

function TestField.test_map()
  local atoms = glass()
  local x = atoms:positions()
  local m = vt.structure.map(atoms, x:column(1):copy(), { plane = "xz", bins = { 5, 3 } })
  lu.assertEquals(m.value.shape, { 3, 5 })
  for i = 1, 3 do
    for j = 1, 5 do lu.assertAlmostEquals(m.value[i][j], 6 * j - 3, 3) end
  end
  lu.assertEquals(m.count:sum(), 900)
  lu.assertEquals(m.xrange, { 0, 30 })
  lu.assertAlmostEquals(m.yrange[2], 24, 1e-12)
  -- A map summed over its rows is a profile.
  local cu = vt.structure.map(atoms, "Cu", { plane = "xy", bins = { 6, 4 } })
  local p = vt.structure.profile(atoms, "Cu", { axis = "x", bins = 6 })
  for j = 1, 6 do
    lu.assertAlmostEquals((cu.value * cu.count):column(j):sum(), p.value[j] * p.count[j], 1e-9)
  end
  lu.assertStrContains(tostring(cu), "map of the xy plane: 6 x 4 columns")
  cu:plot{ file = io_folder.name "map.svg" }
  cu:plot{ relative_to = cu, file = io_folder.name "change.svg" }
  p:plot{ file = io_folder.name "profile.svg" }
  p:plot{ relative_to = p, file = io_folder.name "difference.svg" }
end

-- Smoothing keeps the number of atoms on a ring, and a constant stays one.
function TestField.test_smoothing()
  local atoms = glass()
  local density = vt.structure.profile(atoms, nil, { axis = "x", bins = 30 })
  local smooth = vt.structure.profile(atoms, nil, { axis = "x", bins = 30, smooth = 2 })
  lu.assertAlmostEquals(smooth.value:sum(), density.value:sum(), 1e-12)
  lu.assertTrue(smooth.value:std() < 0.7 * density.value:std())
  -- Over more than the box nothing but the mean is left.
  for _, length in ipairs{ 31, 1e15 } do
    local flat = vt.structure.profile(atoms, nil, { axis = "x", bins = 30, smooth = length })
    lu.assertTrue(flat.value:near(density.value:mean(), 1e-7 * density.value:mean()), length)
  end
  local map = vt.structure.map(atoms, vt.array.zeros(900) + 3.5, { bins = 8, smooth = 3 })
  lu.assertTrue(map.value:near(vt.array.zeros(8, 8) + 3.5, 1e-12))
  lu.assertAlmostEquals(
    vt.structure.map(atoms, nil, { bins = { 9, 7 }, smooth = 3 }).value:mean(), 900 / 14400, 1e-12)
end

function TestField.test_shear_band()
  local atoms = glass():replicate{ 1, 6, 1 } -- 120 A along y
  local y = atoms:positions():column(2):copy()
  local strain = (((y - 90) / 8):square() * -0.5):exp() * 0.4 + 0.02
  local p = vt.structure.profile(atoms, strain, { axis = "y", bins = 60 })
  local band = p:band()
  lu.assertAlmostEquals(band.center, 90, 0.5)
  lu.assertAlmostEquals(band.width, 8 * 2 * math.sqrt(2 * math.log(2)), 1) -- half a slab
  lu.assertAlmostEquals(band.background, 0.02, 0.01)
  lu.assertAlmostEquals(band.peak, 0.42, 0.01)
  -- Nothing has happened yet.
  local zeros = vt.array.zeros(#atoms)
  local still = vt.structure.profile(atoms, zeros, { axis = "y", bins = 60 }):band()
  lu.assertEquals(still.contrast, 1)
  -- Across the face of the box.
  local moved = atoms:copy():displace{ 0, 30, 0 }:wrap()
  band = vt.structure.profile(moved, strain, { axis = "y", bins = 60 }):band()
  lu.assertTrue(band.center < 1 or band.center > 119)
  lu.assertAlmostEquals(band.width, 8 * 2 * math.sqrt(2 * math.log(2)), 1)
end

function TestField.test_coarse_grain_against_a_loop()
  local atoms = glass()
  local value = vt.array.random(900, { seed = 1 })
  value[17] = 0 / 0
  local smooth = vt.structure.coarse_grain(atoms, value, { width = 2.5 })
  local x, edges = atoms:positions():totable(), { 30, 20, 24 }
  for _, i in ipairs{ 1, 17, 450 } do
    local sum, weight = 0, 0
    for j = 1, 900 do
      local d2 = 0
      for k = 1, 3 do
        local d = x[j][k] - x[i][k]
        d2 = d2 + (d - edges[k] * math.floor(d / edges[k] + 0.5)) ^ 2
      end
      if d2 < 7.5 ^ 2 and j ~= 17 then
        local w = math.exp(-0.5 * d2 / 2.5 ^ 2)
        sum, weight = sum + w * value[j], weight + w
      end
    end
    lu.assertAlmostEquals(smooth[i], sum / weight, 1e-12)
  end
  local cu = vt.structure.coarse_grain(atoms, "Cu", { width = 5 })
  lu.assertAlmostEquals(cu:mean(), 0.6, 0.02)
end

-- A slab has the atoms that lie in it, across a periodic face, too.
function TestField.test_slab()
  local atoms = glass()
  local z, depth = atoms:positions():column(3):totable(), atoms:box().lengths[3]
  local low = atoms:box().origin[3]
  for _, slab in ipairs{ { 3, 7 }, { depth - 2, depth + 2 }, { -2, 2 } } do
    local count = 0
    for _, place in ipairs(z) do
      local depth_of = (place - low) % depth
      for shift = -1, 1 do
        local at = depth_of + shift * depth
        if at >= slab[1] and at < slab[2] then count = count + 1 end
      end
    end
    local m = vt.structure.map(atoms, vt.array.ones(#atoms), { slab = slab, bins = 3 })
    lu.assertEquals(m.count:sum(), count)
    local value = m.value:reshape(-1)
    lu.assertTrue(count > 0 and value:select(value:isfinite()):eq(1):all())
  end
end

function TestField.test_wrong_input()
  local message, atoms = io_folder.message, glass()
  local profile, map = vt.structure.profile, vt.structure.map
  lu.assertStrContains(message(profile, atoms, "Fe"), "the atoms have no species 'Fe'")
  lu.assertStrContains(message(profile, atoms, { 1, 2 }), "there are 2 values for 900 atoms")
  lu.assertStrContains(message(profile, atoms, 7), "values must be one number for each atom")
  lu.assertStrContains(message(profile, atoms, "Cu", { axis = "w" }), "'x', 'y', 'z'")
  lu.assertStrContains(message(profile, atoms, "Cu", { bins = 0 }), "at least 1, got 0")
  lu.assertStrContains(message(map, atoms, "Cu", { bins = { 3 } }), "option 'bins' must be")
  lu.assertStrContains(message(map, atoms, "Cu", { plane = "xx" }), "'xy'")
  lu.assertStrContains(message(map, atoms, "Cu", { slab = { 4, 2 } }), "two rising numbers")
  lu.assertStrContains(message(map, atoms, nil, { slab = { 2, 4 } }), "goes with values")
  lu.assertStrContains(message(profile, 5, "Cu"), "expected frames")
  lu.assertStrContains(message(vt.structure.coarse_grain, atoms), "give values")
  lu.assertStrContains(message(vt.structure.coarse_grain, atoms, "Cu", { width = 0 }), "positive")
  local p = profile(atoms, "Cu", { bins = 2 })
  lu.assertStrContains(message(p.band, p), "at least three slabs")
  lu.assertStrContains(message(p.plot, p, { relative_to = 3 }), "as many slabs")
end

os.exit(lu.LuaUnit.run())
