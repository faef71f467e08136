-- Relaxation times against temperature: vt.fit.vft on times made from the equation itself.
local lu = require "luaunit"
local random = require "vitrum.random"
local vt = require "vitrum"

local TAU0 <const>, B <const>, T0 <const> = 0.05, 4.2, 610.0

-- Times at even temperatures, each off by a random part of itself.
local function synthetic(n, noise, seed)
  local t, tau, source = {}, {}, random.source(seed or 1)
  for k = 1, n do
    t[k] = 850 + 700 * (k - 1) / (n - 1)
    local sum = -6.0 -- of twelve uniform numbers: variance 1
    for _ = 1, 12 do sum = sum + source:uniform() end
    tau[k] = TAU0 * math.exp(B * T0 / (t[k] - T0) + (noise or 0) * sum)
  end
  return t, tau
end

TestVft = {}

function TestVft.test_exact_times_return_their_parameters()
  local v = vt.fit.vft(synthetic(9))
  lu.assertAlmostEquals(v.T0, T0, 1e-4)
  lu.assertAlmostEquals(v.B, B, 1e-5)
  lu.assertAlmostEquals(v.tau0, TAU0, 1e-6)
  lu.assertTrue(v.T0_error < 1e-3)
  lu.assertEquals(v.lost, 0)
  for k, time in ipairs{ 1e4, 1e14 } do
    local glass = v.glass[k]
    -- The temperature at which the curve itself has that time, by bisection.
    local low, high = T0 + 1e-6, 2000.0
    for _ = 1, 200 do
      local middle = 0.5 * (low + high)
      if TAU0 * math.exp(B * T0 / (middle - T0)) > time then low = middle else high = middle end
    end
    lu.assertAlmostEquals(glass.temperature, low, 1e-3)
    -- The fragility by differences along Tg/T.
    local function decades(x) return math.log(v(low / x), 10) end
    lu.assertAlmostEquals((decades(1 + 1e-6) - decades(1 - 1e-6)) / 2e-6 / glass.fragility, 1, 1e-4)
  end
  lu.assertTrue(v.glass[2].temperature < v.glass[1].temperature)
  lu.assertAlmostEquals(v{ 900, 1000 }[2], v(1000), 0)
  lu.assertStrContains(tostring(v), "Tg = ")
end

-- Over many sets of noisy times the error that each states is what they scatter by.
function TestVft.test_errors_are_what_the_results_scatter_by()
  local centers, stated = {}, {}
  for seed = 1, 24 do
    local t, tau = synthetic(10, 0.05, seed)
    local v = vt.fit.vft(t, tau, { samples = 40, seed = seed })
    centers[seed], stated[seed] = v.T0, v.T0_error
  end
  local scatter = vt.statistics.standard_deviation(centers)
  local mean = vt.statistics.mean(stated)
  lu.assertAlmostEquals(vt.statistics.mean(centers), T0, 3 * scatter / math.sqrt(24))
  lu.assertTrue(mean / scatter > 0.6 and mean / scatter < 1.7, mean / scatter)
end

function TestVft.test_wrong_data()
  local fit, t = vt.fit.vft, { 1500, 1300, 1200, 1100, 1000, 900 }
  local arrhenius, rising = {}, {}
  for k, one in ipairs(t) do
    arrhenius[k] = 0.01 * math.exp(9000 / one)
    rising[k] = one
  end
  for message, f in pairs{
    ["follow Arrhenius' law"] = function() fit(t, arrhenius) end,
    ["there are 4 different temperatures"] = function()
      fit({ 900, 1000, 1100, 1200, 1200 }, { 5, 4, 3, 2, 2 })
    end,
    ["point 2 is -4 ps"] = function() fit({ 900, 1000, 1100, 1200, 1300 }, { 5, -4, 3, 2, 1 }) end,
    ["not above tau0"] = function()
      local x, y = synthetic(9)
      fit(x, y, { times = { 1e-3 } })
    end,
    ["samples"] = function()
      local x, y = synthetic(9)
      fit(x, y, { samples = 3 })
    end,
  } do
    lu.assertErrorMsgContains(message, f)
  end
  lu.assertFalse(pcall(fit, t, rising))
  local v = fit(synthetic(9))
  lu.assertErrorMsgContains("the time is infinite", function() v(T0 - 1) end)
end

os.exit(lu.LuaUnit.run())
