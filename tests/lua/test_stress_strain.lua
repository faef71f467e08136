-- vt.mechanics.stress_strain on curves whose numbers are known.
local lu = require "luaunit"
local vt = require "vitrum"

local function message(f, ...)
  local ok, err = pcall(f, ...)
  lu.assertFalse(ok)
  return tostring(err)
end

-- Elastic to the yield strain, then down to the flow stress at once.
local E <const>, RESIDUAL <const> = 81.7, 0.13

local function toy(yield_strain, flow, step, last)
  local x, y = {}, {}
  for k = 0, math.floor((last or 0.2) / step + 0.5) do
    local strain = k * step
    x[#x + 1] = strain
    y[#y + 1] = strain <= yield_strain * (1 + 1e-9) and RESIDUAL + E * strain or flow
  end
  return x, y
end

-- Random numbers of mean 0 and deviation 1: the sum of twelve uniform ones, by a generator of its
-- own that gives the same ones everywhere.
local function normal(seed)
  local state = seed
  return function()
    local sum = -6.0
    for _ = 1, 12 do
      state = (1103515245 * state + 12345) % 2147483648
      sum = sum + state / 2147483648
    end
    return sum
  end
end

TestStressStrain = {}

function TestStressStrain.test_a_linear_elastic_toy_is_exact()
  local x, y = toy(0.035, 1.62, 0.0005)
  local r = vt.mechanics.stress_strain(x, y)
  lu.assertAlmostEquals(r.modulus, E, 1e-10)
  lu.assertAlmostEquals(r.residual, RESIDUAL, 1e-12)
  lu.assertAlmostEquals(r.yield_stress, RESIDUAL + E * 0.035, 1e-12)
  lu.assertAlmostEquals(r.yield_strain, 0.035, 1e-15)
  lu.assertAlmostEquals(r.flow_stress, 1.62, 1e-12)
  lu.assertAlmostEquals(r.softening, RESIDUAL + E * 0.035 - 1.62, 1e-12)
  lu.assertTrue(r.yielded)
  lu.assertEquals(r.samples, 21)
  lu.assertAlmostEquals(r.modulus_error, 0, 1e-9)
end

-- With ideal plasticity the offset line meets the plateau at its own stress.
function TestStressStrain.test_offset_on_a_plateau()
  local sigma <const> = RESIDUAL + E * 0.03
  local x, y = toy(0.03, sigma, 0.00037)
  local r = vt.mechanics.stress_strain(vt.array(x), vt.array(y))
  lu.assertAlmostEquals(r.offset_strain, 0.032, 1e-10)
  lu.assertAlmostEquals(r.offset_stress, sigma, 1e-2) -- the toy's edge lies between two samples
  lu.assertAlmostEquals(r.softening, 0, 0.04)
end

-- A running mean leaves a straight line alone, to its ends, and takes noise off the maximum.
function TestStressStrain.test_smoothing()
  local x, y = toy(1, 0, 0.0005, 0.08)
  local r = vt.mechanics.stress_strain(x, y, { smooth = 0.007 })
  lu.assertAlmostEquals(r.yield_stress, RESIDUAL + E * 0.08, 1e-10)
  lu.assertFalse(r.yielded)
  lu.assertNil(r.flow_stress)
  lu.assertNil(r.softening)
  lu.assertNil(r.offset_stress)
  local random = normal(7)
  x, y = {}, {}
  for k = 0, 4000 do
    x[k + 1] = k * 5e-5
    y[k + 1] = math.min(2.4, 80 * x[k + 1]) + 0.1 * random()
  end
  local raw = vt.mechanics.stress_strain(x, y)
  local smooth = vt.mechanics.stress_strain(x, y, { smooth = 0.005 })
  lu.assertTrue(raw.yield_stress > 2.6)
  lu.assertAlmostEquals(smooth.yield_stress, 2.4, 0.04)
  lu.assertAlmostEquals(smooth.yield_error, 0.01, 0.003) -- 0.1 over the root of 100 samples
  lu.assertAlmostEquals(smooth.flow_stress, 2.4, 0.01)
  lu.assertAlmostEquals(smooth.flow_error, 0.1 / math.sqrt(1000), 0.0015)
  -- the error of a slope: sigma / (range sqrt(n/12))
  lu.assertAlmostEquals(smooth.modulus, 80, 8)
  lu.assertAlmostEquals(raw.modulus_error, 0.1 / (0.01 * math.sqrt(201 / 12)), 0.8)
end

-- Samples that are alike ten at a time tell as much as one of each ten.
function TestStressStrain.test_correlated_samples_have_larger_errors()
  local random, x, y, noise = normal(3), {}, {}, 0
  for k = 0, 4000 do
    if k % 10 == 0 then noise = 0.1 * random() end
    x[k + 1], y[k + 1] = k * 5e-5, 1 + 50 * k * 5e-5 + noise
  end
  local r = vt.mechanics.stress_strain(x, y, { elastic = 0.2 })
  lu.assertAlmostEquals(r.modulus_error / (0.1 / (0.2 * math.sqrt(400 / 12))), 1, 0.3)
end

function TestStressStrain.test_wrong_input()
  local f <const> = vt.mechanics.stress_strain
  lu.assertStrContains(message(f, { 0, 0.01 }, { 0 }), "equally many")
  lu.assertStrContains(message(f, { 0, -0.01, -0.02 }, { 0, 1, 2 }), "other sign")
  lu.assertStrContains(message(f, { 0, 0.1, 0.2 }, { 0, 1, 2 }), "1 sample up to strain 0.01")
  lu.assertStrContains(message(f, { 0, 1 / 0 }, { 0, 1 }), "finite")
  lu.assertStrContains(message(f, { 0, 0.1 }, { 0, 1 }, { flow_from = 0.3 }), "flow_from (0.3)")
  lu.assertStrContains(message(f, { 0, 0.1 }, { 0, 1 }, { smoth = 0.3 }), "smooth")
end

os.exit(lu.LuaUnit.run())
