-- Straight lines, polynomials and the glass transition: against worked regressions, exact
-- crossings, and the coverage of the errors over many synthetic series.
local lu = require "luaunit"
local vt = require "vitrum"
local fit = vt.fit

local EXACT <const> = 1e-12 -- rounding in sums over some ten numbers of order one

local function wrong(f, message)
  lu.assertErrorMsgContains(message, f)
end

local function close(a, b, tolerance) lu.assertAlmostEquals(a, b, tolerance or EXACT) end

local function normal(n, seed) return vt.array.normal(n, { seed = seed }):totable() end

TestLine = {}

-- x = 1..5, y = 2, 4, 5, 4, 5: slope 6/10, intercept 2.2, residual sum of squares 2.4, so that
-- s^2 = 0.8, slope error sqrt(0.8/10), intercept error sqrt(0.8 (1/5 + 9/10)).
function TestLine.test_worked_example()
  local line = fit.line({ 1, 2, 3, 4, 5 }, { 2, 4, 5, 4, 5 })
  close(line.slope, 0.6)
  close(line.intercept, 2.2)
  close(line.chi2, 2.4)
  close(line.slope_error, math.sqrt(0.08))
  close(line.intercept_error, math.sqrt(0.88))
  close(line.covariance[1][1], 0.88)
  close(line.covariance[2][2], 0.08)
  close(line.covariance[1][2], -0.24) -- -xmean s^2 / Sxx
  close(line.covariance[2][1], -0.24)
  close(line.r2, 0.6)
  lu.assertEquals(line.n, 5)
  close(line(10), 8.2)
  local value, deviation = line:predict(4)
  close(value, 4.6)
  close(deviation, math.sqrt(0.8 * (1 / 5 + 1 / 10)))
  lu.assertStrContains(tostring(line), "y = 2.2 + 0.6 x")
end

function TestLine.test_known_errors_set_the_covariance()
  -- Errors 1, 2, 1 at x = 0, 1, 2: weights 1, 1/4, 1; S = 9/4, mean of x 1, Sxx = 2.
  local line = fit.line({ 0, 1, 2 }, { 1, 7, 5 }, { error = { 1, 2, 1 } })
  close(line.slope, 2)
  close(line.intercept, (1 + 7 / 4 + 5) / (9 / 4) - 2)
  close(line.slope_error, math.sqrt(1 / 2))
  close(line.mean_error, math.sqrt(4 / 9))
  close(line.intercept_error, math.sqrt(4 / 9 + 1 / 2))
  local double = fit.line({ 0, 1, 2 }, { 1, 7, 5 }, { error = { 2, 4, 2 } })
  close(double.slope_error, 2 * line.slope_error)
end

function TestLine.test_relative_weights_take_the_scatter()
  local x, y = { 0, 1, 2, 3 }, { 0.1, 0.9, 2.2, 2.8 }
  local a = fit.line(x, y, { weights = { 1, 2, 2, 1 } })
  local b = fit.line(x, y, { weights = { 10, 20, 20, 10 } })
  close(a.slope, b.slope)
  close(a.slope_error, b.slope_error)
  -- A point of weight 2 counts like two points.
  local c = fit.line({ 0, 1, 1, 2, 2, 3 }, { 0.1, 0.9, 0.9, 2.2, 2.2, 2.8 })
  close(a.slope, c.slope)
  close(a.intercept, c.intercept)
  local equal = fit.line(x, y, { error = 0.1 })
  close(equal.slope, fit.line(x, y).slope)
end

function TestLine.test_offsets_cost_no_digits()
  -- The same line at x near 1e6: sums about zero would lose six digits of the slope.
  local x, y, noise = {}, {}, normal(50, 2)
  local far = {}
  for i = 1, 50 do
    x[i], far[i] = i * 0.5, 2.0 ^ 20 + i * 0.5
    y[i] = 3 + 0.25 * x[i] + 0.01 * noise[i]
  end
  close(fit.line(far, y).slope, fit.line(x, y).slope, 1e-13)
  close(fit.line(far, y).slope_error, fit.line(x, y).slope_error, 1e-13)
end

function TestLine.test_arrays_are_taken()
  local line = fit.line(vt.array { 1, 2, 3 }, vt.array({ 2, 4, 6 }, "int32"))
  close(line.slope, 2)
end

function TestLine.test_two_points_have_no_scatter()
  local line = fit.line({ 0, 2 }, { 1, 2 })
  close(line.slope, 0.5)
  lu.assertNaN(line.slope_error)
  lu.assertStrContains(tostring(line), "intercept 1, slope 0.5, 2 points")
end

function TestLine.test_wrong_input()
  wrong(function() fit.line({ 1, 2 }, { 1 }) end,
        "fit.line: x has 2 values and y has 1; they must be equally many")
  wrong(function() fit.line({ 1 }, { 1 }) end, "needs at least 2 points, there is 1")
  wrong(function() fit.line({ 3, 3 }, { 1, 2 }) end, "all 2 points are at x = 3")
  wrong(function() fit.line({ 1, 2 }, { 1, 0 / 0 }) end, "fit.line: y[2] is")
  wrong(function() fit.line({ 1, 2 }, { 1, 2 }, { error = { 1, 0 } }) end,
        "error[2] is 0; it must be positive")
  wrong(function() fit.line({ 1, 2 }, { 1, 2 }, { error = { 1 } }) end,
        "error has 1 values, but there are 2 points")
  wrong(function() fit.line({ 1, 2 }, { 1, 2 }, { error = 1, weights = { 1, 1 } }) end,
        "give error or weights, not both")
  wrong(function() fit.line({ 1, 2 }, { 1, 2 }, { wieghts = { 1, 1 } }) end,
        "unknown option 'wieghts'; did you mean 'weights'?")
  wrong(function() fit.line("x", { 1, 2 }) end, "x must be an array or a table of numbers, not 'x'")
  wrong(function() fit.line({ 1 }, { 1 }) end, "test_fit.lua:")
end

TestPolynomial = {}

function TestPolynomial.test_gives_back_its_coefficients()
  local x, y = {}, {}
  for i = 1, 30 do
    x[i] = 300 + 17.3 * i
    y[i] = 2.5 - 0.03 * x[i] + 4e-5 * x[i] ^ 2 - 1.5e-8 * x[i] ^ 3
  end
  local p = fit.polynomial(x, y, { degree = 3 })
  -- Conditioning of the cubic in x from 300 to 800 costs about seven digits of the coefficients,
  -- none of the values.
  close(p.coefficients[1], 2.5, 1e-9)
  close(p.coefficients[2], -0.03, 1e-11)
  close(p.coefficients[3], 4e-5, 1e-13)
  close(p.coefficients[4], -1.5e-8, 1e-16)
  close(p(512.3), 2.5 - 0.03 * 512.3 + 4e-5 * 512.3 ^ 2 - 1.5e-8 * 512.3 ^ 3)
end

function TestPolynomial.test_degree_one_is_the_line()
  local x, y = { 1, 2, 3, 4, 5 }, { 2, 4, 5, 4, 5 }
  local p, line = fit.polynomial(x, y, { degree = 1 }), fit.line(x, y)
  close(p.coefficients[1], line.intercept)
  close(p.coefficients[2], line.slope)
  close(p.errors[1], line.intercept_error)
  close(p.errors[2], line.slope_error)
  close(p.covariance[1][2], line.covariance[1][2])
  close(p.chi2, line.chi2)
  local known = fit.polynomial(x, y, { degree = 1, error = { 1, 2, 1, 2, 1 } })
  close(known.errors[2], fit.line(x, y, { error = { 1, 2, 1, 2, 1 } }).slope_error)
end

function TestPolynomial.test_errors_are_the_scatter_of_repeated_fits()
  local x, curvature, promised, repeats = {}, {}, 0, 200
  for i = 1, 25 do x[i] = i / 5 end
  for seed = 1, repeats do
    local noise, y = normal(25, seed), {}
    for i = 1, 25 do y[i] = 1 + x[i] - 0.5 * x[i] ^ 2 + 0.2 * noise[i] end
    local p = fit.polynomial(x, y)
    curvature[seed] = p.coefficients[3]
    promised = promised + p.errors[3] / repeats
  end
  -- 200 repeats give a standard deviation to 5 %; three of them.
  close(vt.statistics.standard_deviation(curvature) / promised, 1, 0.15)
  close(vt.statistics.mean(curvature), -0.5, 4 * promised / math.sqrt(repeats))
end

function TestPolynomial.test_wrong_input()
  wrong(function() fit.polynomial({ 1, 2 }, { 1, 2 }) end,
        "degree 2 needs at least 3 points, there are 2")
  wrong(function() fit.polynomial({ 1, 2, 2, 1 }, { 1, 2, 3, 4 }) end,
        "degree 2 needs at least 3 different x, there are 2")
  wrong(function() fit.polynomial({ 1, 2 }, { 1, 2 }, { degree = 0 }) end, "option 'degree'")
end

TestGlassTransition = {}

-- Volume on cooling: slopes of glass and liquid that meet at tg.
local function volumes(tg, noise, seed, step)
  local T, V = {}, {}
  local random = normal(800, seed or 1)
  for i = 1, 800 do
    local t = 2000 - (step or 5) * (i - 1)
    if t < 100 then break end
    T[i] = t
    V[i] = 15 + (t < tg and 4.1e-4 or 8.7e-4) * (t - tg) + (noise or 0) * random[i]
  end
  return T, V
end

function TestGlassTransition.test_piecewise_linear_data_cross_exactly()
  local T, V = volumes(723.7)
  local tg = fit.glass_transition(T, V)
  -- Rounding: 1e-16 of 15 over a difference of slopes of 4.6e-4 per K, times the fit's lever.
  close(tg.temperature, 723.7, 1e-9)
  close(tg.error, 0, 1e-8)
  close(tg.value, 15, 1e-10)
  close(tg.glass.line.slope, 4.1e-4, EXACT)
  close(tg.liquid.line.slope, 8.7e-4, EXACT)
  lu.assertEquals(tg.glass.window, { 300.0, 500.0 })
  lu.assertEquals(tg.liquid.window, { 900.0, 1200.0 })
  lu.assertEquals(tg.glass.points, 41)
  lu.assertFalse(tg.extrapolated)
  lu.assertStrContains(tostring(tg), "Tg = 723.7 K")
end

function TestGlassTransition.test_order_of_the_data_does_not_matter()
  local T, V = volumes(700, 0.003)
  local back_T, back_V = {}, {}
  for i = 1, #T do back_T[i], back_V[i] = T[#T + 1 - i], V[#V + 1 - i] end
  local a, b = fit.glass_transition(T, V), fit.glass_transition(back_T, back_V)
  lu.assertEquals(a.temperature, b.temperature)
  lu.assertEquals(a.error, b.error)
end

function TestGlassTransition.test_one_seed_one_error()
  local T, V = volumes(700, 0.003)
  local a = fit.glass_transition(T, V, { seed = 3, samples = 200 })
  lu.assertEquals(a.error, fit.glass_transition(T, V, { seed = 3, samples = 200 }).error)
  lu.assertNotEquals(a.error, fit.glass_transition(T, V, { seed = 4, samples = 200 }).error)
end

-- With the windows held, one standard error covers the truth in 68 % of the cases: 150 series give
-- that to 4 %; residuals resampled from a fit are a little too alike.
function TestGlassTransition.test_errors_cover_the_truth()
  local covered, repeats, errors, found = 0, 150, 0, {}
  for seed = 1, repeats do
    local T, V = volumes(700, 0.004, seed, 10)
    local tg = fit.glass_transition(T, V, { vary = 0, samples = 200, seed = seed })
    if math.abs(tg.temperature - 700) <= tg.error then covered = covered + 1 end
    errors = errors + tg.error / repeats
    found[seed] = tg.temperature
  end
  lu.assertTrue(covered / repeats > 0.55 and covered / repeats < 0.80,
                "coverage " .. covered / repeats)
  close(errors / vt.statistics.standard_deviation(found), 1, 0.25)
end

function TestGlassTransition.test_correlated_residuals_need_blocks()
  -- Noise correlated over ten temperatures: errors of single residuals are three times too small.
  local repeats, with, without, found = 30, 0, 0, {}
  for seed = 1, repeats do
    local T, V = volumes(700, 0, seed, 2.5)
    local noise, correlated = normal(#T, seed), 0
    for i = 1, #T do
      correlated = 0.9 * correlated + noise[i] * math.sqrt(1 - 0.81)
      V[i] = V[i] + 0.004 * correlated
    end
    local o = { vary = 0, samples = 100, glass = { 200, 600 }, liquid = { 850, 1600 } }
    local automatic = fit.glass_transition(T, V, o)
    o.block = 1
    with = with + automatic.error / repeats
    without = without + fit.glass_transition(T, V, o).error / repeats
    found[seed] = automatic.temperature
    lu.assertTrue(automatic.glass.block > 5)
  end
  local scatter = vt.statistics.standard_deviation(found)
  lu.assertTrue(without < 0.5 * scatter, "without blocks " .. without / scatter)
  -- Some ten independent values per line: their own residuals show two thirds of the scatter (150
  -- repeats), and 30 repeats know that to 13 %.
  close(with / scatter, 0.67, 0.3)
  lu.assertTrue(with > 1.7 * without)
end

function TestGlassTransition.test_curved_data_show_in_the_windows()
  local T, V = {}, {}
  for i = 1, 100 do
    T[i] = 300 + 10 * i
    local above = T[i] - 700
    V[i] = 15 + (above < 0 and 4e-4 * above or 8e-4 * above + 3e-7 * above ^ 2)
  end
  local o = { glass = { 300, 550 }, liquid = { 850, 1250 } }
  local tg = fit.glass_transition(T, V, o)
  lu.assertTrue(tg.error_windows > 1)
  lu.assertTrue(tg.error >= 0.7 * tg.error_windows)
  o.vary = 0
  lu.assertEquals(fit.glass_transition(T, V, o).error_windows, 0.0)
end

function TestGlassTransition.test_parallel_lines_raise()
  local T, V = {}, {}
  for i = 1, 100 do T[i], V[i] = 200 + 12 * i, 15 + 5e-4 * 12 * i end
  wrong(function() fit.glass_transition(T, V) end, "the two lines are parallel within their errors")
  local noise = normal(100, 5)
  for i = 1, 100 do V[i] = V[i] + 0.005 * noise[i] end
  wrong(function() fit.glass_transition(T, V) end, "choose other windows or more data")
  for i = 1, 100 do V[i] = 3 end
  wrong(function() fit.glass_transition(T, V) end, "parallel")
end

function TestGlassTransition.test_wrong_input()
  local T, V = volumes(700)
  wrong(function() fit.glass_transition(T, V, { glass = { 10, 50 } }) end,
        "0 points in the glass window 10 to 50 K, at least 4 are needed; the data run from 100 to "
        .. "2000 K: set glass = {low, high}")
  wrong(function() fit.glass_transition(T, V, { liquid = { 900, 910 } }) end,
        "3 points in the liquid window 900 to 910 K")
  wrong(function() fit.glass_transition(T, V, { glass = { 300, 1000 } }) end,
        "the glass window ends at 1000 K, above the start of the liquid window at 900 K")
  wrong(function() fit.glass_transition(T, V, { glass = { 500, 300 } }) end,
        "glass must be {lowest, highest} temperature in K, lowest first")
  wrong(function() fit.glass_transition(T, V, { glass = 300 }) end,
        "glass must be an array or a table of numbers, not 300")
  wrong(function() fit.glass_transition(T, V, { vary = 0.5 }) end, "it must be below 0.5")
  wrong(function() fit.glass_transition(T, V, { block = 1000 }) end,
        "block = 1000 is longer than the glass window (41 points)")
  wrong(function() fit.glass_transition(T, { 1 }) end, "they must be equally many")
end

-- ---------------------------------------------------------------- fictive temperature ----

-- A glass heated from 50 K that meets the liquid at tf, where both have the value 15; the liquid
-- may bend.
local function heated(tf, bend, noise, seed)
  local T, V, liquid = {}, {}, { temperature = {}, property = {} }
  local random = normal(200, seed or 1)
  for i = 1, 100 do
    T[i] = 50 + 5 * i
    V[i] = 15 + 4.1e-4 * (T[i] - tf) + (noise or 0) * random[i]
  end
  for i = 1, 12 do
    local t = 900 + 50 * i
    liquid.temperature[i] = t
    liquid.property[i] = 15 + 8.7e-4 * (t - tf) + (bend or 0) * (t - tf) ^ 2
      + (noise or 0) * random[100 + i]
  end
  return T, V, liquid
end

TestFictiveTemperature = {}

function TestFictiveTemperature.test_straight_lines_cross_exactly()
  local T, V, liquid = heated(689.3)
  local tf = fit.fictive_temperature(T, V, { liquid = liquid })
  close(tf.temperature, 689.3, 1e-9)
  close(tf.value, 15, 1e-10)
  close(tf.error, 0, 1e-8)
  lu.assertEquals(tf.glass.window, { 50.0, 500.0 })
  lu.assertEquals(tf.liquid.window, { 950.0, 1500.0 })
  lu.assertStrContains(tostring(tf), "Tf = 689.3 K")
end

function TestFictiveTemperature.test_a_parabola_is_met_where_the_liquid_comes_up()
  for _, bend in ipairs{ 3e-7, -2e-7 } do
    local T, V, liquid = heated(689.3, bend)
    local tf = fit.fictive_temperature(T, V, { liquid = liquid, degree = 2 })
    close(tf.temperature, 689.3, 1e-6)
    close(tf.error, 0, 1e-5)
    -- a straight line through bent data misses, and the windows show it
    local line = fit.fictive_temperature(T, V, { liquid = liquid })
    lu.assertTrue(math.abs(line.temperature - 689.3) > 5 and line.error_windows > 3)
  end
end

function TestFictiveTemperature.test_errors_are_the_scatter()
  local found, errors = {}, 0
  for seed = 1, 60 do
    local T, V, liquid = heated(689.3, 0, 0.002, seed)
    local tf = fit.fictive_temperature(T, V, { liquid = liquid, vary = 0, samples = 100 })
    found[seed], errors = tf.temperature, errors + tf.error / 60
  end
  close(errors / vt.statistics.standard_deviation(found), 1, 0.25)
  close(vt.statistics.mean(found), 689.3, 2)
end

function TestFictiveTemperature.test_wrong_input()
  local fictive = fit.fictive_temperature
  local T, V, liquid = heated(689.3)
  local parallel = { temperature = liquid.temperature, property = {} }
  for i, t in ipairs(liquid.temperature) do parallel.property[i] = 3 + 4.1e-4 * t end
  wrong(function() fictive(T, V, { liquid = parallel }) end, "parallel")
  local flat = { temperature = liquid.temperature, property = {} }
  for i, t in ipairs(liquid.temperature) do flat.property[i] = 3 + 2e-4 * t end
  wrong(function() fictive(T, V, { liquid = flat }) end, "not steeper")
  local above = { temperature = liquid.temperature, property = {} }
  for i, t in ipairs(liquid.temperature) do above.property[i] = 30 + 1e-6 * (t - 1000) ^ 2 end
  wrong(function() fictive(T, V, { liquid = above, degree = 2 }) end, "does not meet")
  wrong(function() fictive(T, V) end, "liquid")
  wrong(function() fictive(T, V, { liquid = {} }) end, "temperature = array")
  wrong(function() fictive(T, V, { liquid = { temperature = { 1 }, property = { 1 } } }) end,
        "1 point in the liquid window")
  wrong(function() fictive(T, V, { liquid = liquid, degree = 3 }) end, "degree")
  wrong(function() fictive(T, V, { liquid = liquid, glass = { 5, 9 } }) end,
        "0 points in the glass window")
end

os.exit(lu.LuaUnit.run())
