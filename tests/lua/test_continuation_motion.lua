-- Boxes that flip, atoms that are wrapped, image counts that are lost: vt.structure.deformation and
-- vt.structure.motion must not notice.
local lu = require "luaunit"
local vt = require "vitrum"

TestContinuation = {}

-- Coordinates are below 100 A with a rounding of 1e-14; F is such an error over bonds of 2.5 A and
-- a condition of some 10, D2min a sum of its squares over 20 bonds; both with room for ten times
-- that.
local F_TOLERANCE <const>, D2MIN_TOLERANCE <const> = 1e-11, 1e-22

local function samples()
  local slab = vt.atoms.fcc{ species = "Cu", a = 3.615, cells = { 5, 4, 3 },
                             periodic = { true, true, false } }
  local vacuum = vt.atoms.fcc{ species = "Cu", a = 3.615, cells = { 5, 4, 3 } }
  vacuum:set_box{ lengths = { 5 * 3.615, 4 * 3.615, 40 } }
  return {
    fcc = vt.atoms.fcc{ species = "Cu", a = 3.615, cells = { 4, 4, 4 } },
    long = vt.atoms.fcc{ species = "Cu", a = 3.615, cells = { 6, 5, 4 } },
    large = vt.atoms.fcc{ species = "Cu", a = 3.615, cells = { 10, 10, 10 } },
    rows = vt.atoms.fcc{ species = "Cu", a = 3.615, cells = { 16, 4, 4 } }, -- 4 x 256 atoms
    bcc = vt.atoms.bcc{ species = "Fe", a = 2.87, cells = { 8, 8, 8 } },
    b2 = vt.atoms.b2{ species = { "Cu", "Zr" }, a = 3.26, cells = { 8, 8, 8 } },
    glass = vt.atoms.random{ composition = { Cu = 64, Zr = 36 }, n = 400, seed = 3 },
    slab = slab, vacuum = vacuum,
  }
end

local NAME <const> = { "a", "b", "c" }

-- Cell vector k becomes itself plus n times vector m: the same lattice of images. Wraps nothing.
local function flip(atoms, k, m, n)
  local box, new = atoms:box(), {}
  for axis = 1, 3 do
    local from, other = box[NAME[axis]], box[NAME[m]]
    local v = { from[1], from[2], from[3] }
    for j = 1, 3 do v[j] = v[j] + (axis == k and n * other[j] or 0) end
    new[NAME[axis]] = v
  end
  return atoms:set_box(new)
end

local function forget(atoms)
  atoms:images():fill(0)
  return atoms
end

local function check(label, before, after, gradient)
  local d = vt.structure.deformation(before, after)
  for i = 1, 3 do
    for j = 1, 3 do
      lu.assertAlmostEquals(d.affine[i][j], gradient[i][j], F_TOLERANCE, label)
      local column = d.gradient:column(3 * (i - 1) + j) - gradient[i][j]
      lu.assertTrue(column:abs():max() < F_TOLERANCE, label)
    end
  end
  lu.assertTrue(d.d2min:max() < D2MIN_TOLERANCE, label)
end

-- All the ways to list the same atoms: wrapped or not, with counts and without, in another order.
local function check_all(label, before, after, gradient)
  local n = #before
  check(label, before, after, gradient)
  local moved = before:copy():displace{ 0.3, -5.1, 2.2 }:wrap()
  local wrapped = after:copy():displace{ 1.3, 0.4, -0.7 }:wrap()
  check(label .. " wrapped", before, wrapped, gradient)
  check(label .. " counts in both", moved, wrapped, gradient)
  check(label .. " counts of the first frame lost", forget(moved:copy()), wrapped, gradient)
  local plain = forget(wrapped:copy())
  check(label .. " counts of the second frame lost", moved, plain, gradient)
  check(label .. " no counts", forget(moved:copy()), plain, gradient)
  local order, step = {}, 7
  while n % step == 0 do step = step + 2 end -- 7 and the like: coprime to the numbers above
  for k = 1, n do order[k] = (k * step) % n + 1 end
  check(label .. " other order", moved, plain:select(order), gradient)
end

local function identity() return { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } } end

function TestContinuation.test_simple_shear_of_crystals()
  local shears = { { 1, 2 }, { 1, 3 }, { 2, 3 } }
  for name, before in pairs(samples()) do
    for _, shear in ipairs(shears) do
      if name ~= "slab" or shear[2] ~= 3 then -- a free axis has no cell vector to turn
        for _, g in ipairs{ 0.6, -0.8 } do
          local gradient = identity()
          gradient[shear[1]][shear[2]] = g
          local after = before:copy():strain{ gradient = gradient }
          local label = ("%s F%d%d = %g"):format(name, shear[1], shear[2], g)
          check_all(label, before, after, gradient)
          flip(after, shear[2], shear[1], g > 0 and -1 or 1)
          check_all(label .. " flipped", before, after, gradient)
        end
      end
    end
  end
end

function TestContinuation.test_random_maps_and_flips()
  math.randomseed(11)
  for name, before in pairs(samples()) do
    for trial = 1, 3 do
      local gradient = identity()
      for i = 1, 3 do
        for j = 1, 3 do gradient[i][j] = gradient[i][j] + 0.24 * (math.random() - 0.5) end
      end
      local after = before:copy():strain{ gradient = gradient }
      check_all(name .. " map " .. trial, before, after, gradient)
      flip(after, 2, 1, trial % 2 == 0 and 1 or -1)
      if name ~= "slab" and trial > 1 then flip(after, 3, 2, 1) end
      check_all(name .. " map and flip " .. trial, before, after, gradient)
    end
  end
end

-- The same in hot samples: the cell is found though no atom is in its place, and D2min is that of
-- the frame before it was turned, wrapped and its counts lost.
function TestContinuation.test_thermal_noise()
  math.randomseed(4)
  local all = samples()
  for trial = 1, 40 do
    local before = (trial % 2 == 0 and all.glass or all.fcc):copy()
    local gradient = identity()
    for i = 1, 3 do
      for j = 1, 3 do
        gradient[i][j] = gradient[i][j] + (math.random() - 0.5) * (j > i and 1.6 or 0.2)
      end
    end
    local after = before:copy():rattle{ amplitude = 0.15, seed = trial }
      :strain{ gradient = gradient }
    local wanted = vt.structure.deformation(before, after)
    local axis = math.random(3)
    flip(after, axis, axis % 3 + 1, trial % 4 < 2 and 1 or -1)
    after:displace{ 9 * math.random(), 0, 3 }:wrap()
    if trial % 3 > 0 then before:displace{ -2, 3, 1 }:wrap() end
    if trial % 3 == 1 then forget(after) end
    if trial % 5 == 0 then forget(before) end
    local d = vt.structure.deformation(before, after)
    for i = 1, 3 do
      for j = 1, 3 do lu.assertAlmostEquals(d.affine[i][j], gradient[i][j], F_TOLERANCE) end
    end
    lu.assertTrue((d.d2min - wanted.d2min):abs():max() < 1e-10) -- of numbers of order 1
  end
end

-- Counts that carry a few atoms off by whole cells are not believed.
function TestContinuation.test_a_few_wrong_counts()
  for name, before in pairs(samples()) do
    local after = before:copy():strain{ xy = 0.1 }
    local images = after:images()
    images[3][1], images[#after][2], images[10][2] = 1, -2, 1
    local gradient = identity()
    gradient[1][2] = 0.1
    check(name, before, after, gradient)
  end
end

-- ---------------------------------------------------------------- motion ----

local function msd(list)
  return vt.structure.motion(list, { interval = 1, lags = 20, spacing = "linear" }).msd
end

-- Shear g = 0, 0.2, ... of a crystal: the mean over atoms of (g y)^2 about the center.
function TestContinuation.test_motion_in_a_box_that_flips()
  for _, name in ipairs{ "fcc", "bcc", "glass" } do
    local first = samples()[name]
    local plain, flipped, counted, y = {}, {}, {}, first:positions():column(2)
    for k = 0, 7 do
      local frame = first:copy():strain{ xy = 0.2 * k }
      plain[k + 1] = frame
      -- back by one cell vector when more than half of one is reached, as a simulation does it
      local turned = flip(frame:copy(), 2, 1, -math.floor(0.2 * k + 0.5)):wrap()
      counted[k + 1], flipped[k + 1] = turned, forget(turned:copy())
    end
    local mean = 0
    for i = 1, #first do mean = mean + y[i] * first:masses()[i] end
    mean = mean / first:masses():sum()
    local spread = (y - mean):square():mean()
    for _, list in ipairs{ plain, flipped, counted } do
      local values = msd(list)
      for k = 1, 8 do
        local wanted = (0.2 * (k - 1)) ^ 2 * spread
        lu.assertAlmostEquals(values[k], wanted, 1e-9 * (1 + wanted), name)
      end
    end
  end
end

-- A displaced and wrapped crystal, with its counts and without: nothing has moved.
function TestContinuation.test_motion_with_mixed_counts()
  for name, sample in pairs(samples()) do
    local with = sample:copy():displace{ 3.3, 2.5, 0 }:wrap()
    local without = forget(with:copy())
    for _, list in ipairs{ { with, without, with }, { without, with, without },
                           { with, with, without, without } } do
      local values = msd(list)
      for k = 1, #list do lu.assertAlmostEquals(values[k], 0, 1e-20, name) end
    end
  end
end

-- A second run goes on with the counts reset.
function TestContinuation.test_motion_over_joined_runs()
  local atoms = samples().glass
  local open, joined = {}, {}
  local unwrapped = atoms:copy()
  for k = 1, 12 do
    if k > 1 then
      atoms:rattle{ amplitude = 0.7, seed = k }
      unwrapped:rattle{ amplitude = 0.7, seed = k }
    end
    atoms:wrap()
    if k == 7 then forget(atoms) end
    open[k], joined[k] = unwrapped:copy(), atoms:copy()
  end
  local a, b = msd(open), msd(joined)
  lu.assertTrue(a[12] > 10)
  for k = 1, 12 do lu.assertAlmostEquals(a[k], b[k], 1e-10 * (1 + a[k])) end
end

-- Counts that belong together are believed, also where atoms cross half of the box from one frame
-- to the next: a gas in flight, for which the nearest images would be wrong.
function TestContinuation.test_motion_beyond_half_of_the_box()
  local gas = vt.atoms.random{ composition = "Cu", n = 500, seed = 5, minimum_distance = 0 }
  gas:thermalize{ temperature = 500, seed = 5 }
  local v2 = gas:velocities():square():sum() / 500
  local width = gas:volume() ^ (1 / 3)
  local dt, list = 0.3 * width / math.sqrt(v2 / 3), {}
  for k = 1, 4 do
    list[k] = gas:copy()
    local x = gas:positions()
    x:assign(x + gas:velocities() * dt)
    gas:wrap()
  end
  local values = msd(list)
  for k = 1, 4 do
    local wanted = v2 * (dt * (k - 1)) ^ 2 -- sums of 500 atoms at up to 100 A
    lu.assertAlmostEquals(values[k], wanted, 1e-9 * (1 + wanted))
  end
end

function TestContinuation.test_other_periodic_axes()
  local a = samples().fcc
  local ok, message = pcall(msd, { a, a:copy():set_box{ periodic = { true, true, false } } })
  lu.assertFalse(ok)
  lu.assertStrContains(message, "motion: frame 2 after the one before it: along axis c the "
    .. "reference frame is periodic and the other one free")
end

os.exit(lu.LuaUnit.run())
