-- Means, errors of correlated series, resampling, histograms: against exact numbers and against
-- the first-order autoregressive process, whose correlation is known.
local lu = require "luaunit"
local vt = require "vitrum"
local statistics = vt.statistics

-- Rounding of a few operations on numbers of order one.
local EXACT <const> = 1e-13

-- x_i = phi x_(i-1) + noise, started in its stationary state: variance 1 / (1 - phi^2),
-- autocorrelation phi^k, integrated time (1 + phi) / (2 (1 - phi)).
local function autoregressive(phi, n, seed)
  local noise = vt.array.normal(n, { seed = seed }):totable()
  local x = { noise[1] / math.sqrt(1 - phi * phi) }
  for i = 2, n do x[i] = phi * x[i - 1] + noise[i] end
  return x
end

local function wrong(f, message)
  lu.assertErrorMsgContains(message, f)
end

TestMoments = {}

function TestMoments.test_simple_values()
  lu.assertAlmostEquals(statistics.mean { 1, 2, 4 }, 7 / 3, EXACT)
  lu.assertAlmostEquals(statistics.variance { 1, 2, 4 }, 7 / 3, EXACT)
  lu.assertAlmostEquals(statistics.standard_deviation { 1, 2, 4 }, math.sqrt(7 / 3), EXACT)
  lu.assertAlmostEquals(statistics.standard_error { 1, 2, 4 }, math.sqrt(7) / 3, EXACT)
  lu.assertEquals(statistics.median { 9, 1, 4 }, 4.0)
  lu.assertEquals(statistics.median { 9, 1, 4, 5 }, 4.5)
  lu.assertAlmostEquals(statistics.quantile({ 10, 20, 30, 40, 50 }, 0.3), 22, EXACT)
  lu.assertEquals(statistics.quantile({ 3, 1 }, 0), 1.0)
  lu.assertEquals(statistics.quantile({ 3, 1 }, 1), 3.0)
end

function TestMoments.test_arrays_are_taken_like_tables()
  local list = autoregressive(0.3, 501, 11)
  lu.assertEquals(statistics.mean(vt.array(list)), statistics.mean(list))
  lu.assertEquals(statistics.block_error(vt.array(list)).error, statistics.block_error(list).error)
end

function TestMoments.test_a_large_offset_costs_no_digits()
  local list, shifted = { 0.25, 0.5, 1.75, 2.5 }, {}
  for i, value in ipairs(list) do shifted[i] = value + 2.0 ^ 30 end -- exact in a double
  lu.assertEquals(statistics.variance(shifted), statistics.variance(list))
  lu.assertEquals(statistics.mean(shifted) - 2.0 ^ 30, statistics.mean(list))
end

function TestMoments.test_the_argument_is_left_alone()
  local list = { 3, 1, 2 }
  statistics.median(list)
  statistics.bootstrap(list, function(sample) table.sort(sample) return sample[1] end,
                       { samples = 10 })
  lu.assertEquals(list, { 3, 1, 2 })
end

function TestMoments.test_wrong_input()
  wrong(function() statistics.mean {} end,
        "statistics.mean: at least 1 value is needed, the series has 0")
  wrong(function() statistics.variance { 1 } end, "at least 2 values are needed, the series has 1")
  wrong(function() statistics.mean { 1, 0 / 0 } end, "the series[2] is")
  wrong(function() statistics.mean { 1, "two" } end, "the series[2] must be a number, not 'two'")
  wrong(function() statistics.mean { { 1 } } end, "one dimension is needed")
  wrong(function() statistics.mean(5) end, "must be an array or a table of numbers, not 5")
  wrong(function() statistics.quantile({ 1 }, 2) end, "the fraction must be from 0 to 1, not 2")
  wrong(function() statistics.mean {} end, "test_statistics.lua:")
end

TestCorrelation = {}

function TestCorrelation.test_independent_values_need_no_blocks()
  local x = vt.array.normal(4096, { seed = 3 })
  local result = statistics.block_error(x)
  lu.assertTrue(result.converged)
  -- The error of the error is 1 / sqrt(2 (blocks - 1)), 1 % here; three of them, and what the
  -- choice of the level adds.
  lu.assertAlmostEquals(result.error * math.sqrt(4096), 1, 0.1)
  lu.assertEquals(result.levels[1].block_size, 1)
  lu.assertAlmostEquals(result.levels[1].error, statistics.standard_error(x), EXACT)
end

function TestCorrelation.test_block_error_of_a_correlated_series()
  -- The error of the mean of an autoregressive series of n values is sigma / ((1 - phi) sqrt n).
  -- One series gives it to about 10 %; the mean of twelve is good to 3 %, and blocks of finite
  -- length keep it a few per cent low.
  local phi, n, series = 0.9, 2 ^ 14, 12
  local sum = 0
  for seed = 1, series do
    local result = statistics.block_error(autoregressive(phi, n, seed))
    lu.assertTrue(result.converged)
    sum = sum + result.error
  end
  lu.assertAlmostEquals(sum / series * (1 - phi) * math.sqrt(n), 1, 0.1)
end

function TestCorrelation.test_a_short_series_says_so()
  local result = statistics.block_error(autoregressive(0.999, 256, 5))
  lu.assertFalse(result.converged)
  local largest = 0
  for _, level in ipairs(result.levels) do largest = math.max(largest, level.error) end
  lu.assertEquals(result.error, largest)
end

function TestCorrelation.test_a_constant_series_has_no_error()
  local result = statistics.block_error { 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5 }
  lu.assertEquals(result.error, 0.0)
  lu.assertTrue(result.converged)
end

function TestCorrelation.test_autocorrelation_of_an_autoregressive_series()
  local phi, n = 0.8, 100000
  local c = statistics.autocorrelation(autoregressive(phi, n, 7), 12)
  lu.assertEquals(#c, 13)
  lu.assertEquals(c[1], 1.0)
  -- Bartlett's formula bounds the standard error at every lag by
  -- sqrt((1 + phi^2) / (1 - phi^2) / n) = 0.0067; four of them.
  for lag = 0, 12 do lu.assertAlmostEquals(c[lag + 1], phi ^ lag, 0.027) end
end

function TestCorrelation.test_autocorrelation_of_a_known_series()
  -- Deviations -1, 1, -1, 1: c(0) = 1, c(1) = -3/4, c(2) = 2/4.
  local c = statistics.autocorrelation({ 1, 3, 1, 3 }, 2)
  lu.assertAlmostEquals(c[2], -0.75, EXACT)
  lu.assertAlmostEquals(c[3], 0.5, EXACT)
end

function TestCorrelation.test_integrated_time()
  for k, phi in ipairs { 0.5, 0.9, 0.95 } do
    local exact = (1 + phi) / (2 * (1 - phi))
    local found = statistics.autocorrelation_time(autoregressive(phi, 60000, 20 + k))
    lu.assertTrue(found.converged)
    lu.assertTrue(found.error < 0.15 * exact)
    lu.assertAlmostEquals(found.time, exact, 3.5 * found.error)
    lu.assertAlmostEquals(found.independent, 60000 / (2 * found.time), 1e-6)
  end
  local in_ps = statistics.autocorrelation_time(autoregressive(0.5, 4000, 2), 0.25)
  local in_steps = statistics.autocorrelation_time(autoregressive(0.5, 4000, 2))
  lu.assertAlmostEquals(in_ps.time, 0.25 * in_steps.time, EXACT)
end

function TestCorrelation.test_wrong_input()
  wrong(function() statistics.autocorrelation { 5, 5, 5 } end,
        "a constant series has no autocorrelation")
  wrong(function() statistics.autocorrelation({ 1, 2, 3 }, 3) end,
        "the largest lag must be an integer from 0 to 2 (the series has 3 values), not 3")
  wrong(function() statistics.autocorrelation_time({ 1, 2, 3, 5 }, -1) end,
        "the spacing must be a positive number, not -1")
  wrong(function() statistics.block_error { 1, 2, 3 } end, "at least 4 values are needed")
end

TestSmoothing = {}

function TestSmoothing.test_running_mean()
  local smooth = statistics.running_mean({ 1, 2, 6, 4, 5 }, 3)
  lu.assertEquals(smooth:totable(), { 1.0, 3.0, 4.0, 5.0, 5.0 })
  -- A straight line stays itself, ends included.
  local line = {}
  for i = 1, 50 do line[i] = 1e6 + 0.5 * i end
  local same = statistics.running_mean(line, 11)
  for i = 1, 50 do lu.assertAlmostEquals(same[i], line[i], 1e-9) end
  wrong(function() statistics.running_mean({ 1, 2 }, 2) end,
        "the window must be an odd number of values, not 2")
end

function TestSmoothing.test_drift()
  local t, y = {}, {}
  for i = 1, 200 do t[i], y[i] = 0.5 * i, 3 - 0.02 * (0.5 * i) end
  local exact = statistics.drift(t, y)
  lu.assertAlmostEquals(exact.slope, -0.02, EXACT)
  lu.assertAlmostEquals(exact.change, -0.02 * 99.5, 1e-12)
  lu.assertTrue(exact.error < 1e-12)
  lu.assertAlmostEquals(statistics.drift(y).slope, -0.01, EXACT)
end

function TestSmoothing.test_drift_error_counts_correlation()
  -- Slopes of 60 correlated series without drift: their scatter is what the error promises, within
  -- the 1 / sqrt(2 * 60) = 9 % of a standard deviation from 60 values, times three.
  local slopes, promised = {}, 0
  for seed = 1, 60 do
    local d = statistics.drift(autoregressive(0.8, 2000, 100 + seed))
    slopes[seed] = d.slope
    promised = promised + d.error / 60
  end
  lu.assertAlmostEquals(statistics.standard_deviation(slopes) / promised, 1, 0.27)
end

function TestSmoothing.test_drift_wrong_input()
  wrong(function() statistics.drift({ 1, 2, 3, 4 }, { 1, 2, 3, 4, 5 }) end,
        "x has 4 values and y has 5; they must be equally many")
  wrong(function() statistics.drift({ 1, 1, 1, 1 }, { 1, 2, 3, 4 }) end, "all x are 1")
end

TestBootstrap = {}

function TestBootstrap.test_error_of_the_mean()
  local x = vt.array.normal(400, { seed = 9 }):totable()
  local result = statistics.bootstrap(x, nil, { samples = 2000, seed = 4 })
  lu.assertEquals(result.value, statistics.mean(x))
  -- 2000 samples give a standard deviation to 1.6 %; the bootstrap divides by n, not n - 1.
  lu.assertAlmostEquals(result.error / statistics.standard_error(x), 1, 0.06)
  lu.assertTrue(result.interval[1] < result.value and result.value < result.interval[2])
  lu.assertAlmostEquals((result.interval[2] - result.interval[1]) / 2 / result.error, 1, 0.1)
  lu.assertTrue(math.abs(result.bias) < 0.1 * result.error)
end

function TestBootstrap.test_one_seed_one_result()
  local x = autoregressive(0.2, 50, 1)
  local a = statistics.bootstrap(x, statistics.median, { seed = 5, samples = 50 })
  local b = statistics.bootstrap(x, statistics.median, { seed = 5, samples = 50 })
  local c = statistics.bootstrap(x, statistics.median, { seed = 6, samples = 50 })
  lu.assertEquals(a, b)
  lu.assertNotEquals(a.error, c.error)
end

function TestBootstrap.test_blocks_keep_correlation()
  local phi, n = 0.9, 8192
  local x = autoregressive(phi, n, 31)
  local exact = 1 / ((1 - phi) * math.sqrt(n))
  local blocked = statistics.bootstrap(x, nil, { block = 200, samples = 300 }).error
  local alone = statistics.bootstrap(x, nil, { samples = 300 }).error
  -- 40 blocks give the error to 11 %; without blocks it is sqrt(19) times too small.
  lu.assertAlmostEquals(blocked / exact, 1, 0.35)
  lu.assertAlmostEquals(alone / exact, 1 / math.sqrt(19), 0.04)
end

function TestBootstrap.test_wrong_input()
  wrong(function() statistics.bootstrap({ 1, 2 }, nil, { block = 3 }) end,
        "block = 3 is longer than the series (2 values)")
  wrong(function() statistics.bootstrap({ 1, 2 }, 7) end,
        "the statistic must be a function of a list of numbers, not 7")
  wrong(function() statistics.bootstrap({ 1, 2 }, function() return 0 / 0 end) end,
        "it must give a finite number")
  wrong(function() statistics.bootstrap({ 1, 2 }, nil, { confidence = 1 }) end,
        "confidence must be below 1")
  wrong(function() statistics.bootstrap({ 1, 2 }, nil, { sample = 10 }) end,
        "unknown option 'sample'; did you mean 'samples'?")
  wrong(function() statistics.bootstrap({ 1, 2 }, nil, { samples = 0 }) end,
        "option 'samples' must be a whole number, at least 1, got 0")
end

TestHistogram = {}

function TestHistogram.test_counts_and_edges()
  local h = statistics.histogram({ 0, 0.5, 1, 1.5, 2, 7, -3 }, { bins = 2, range = { 0, 2 } })
  lu.assertEquals(h.counts:totable(), { 2.0, 3.0 }) -- the last edge belongs to the last bin
  lu.assertEquals(h.edges:totable(), { 0.0, 1.0, 2.0 })
  lu.assertEquals(h.centers:totable(), { 0.5, 1.5 })
  lu.assertEquals(h.below, 1)
  lu.assertEquals(h.above, 1)
  lu.assertEquals(h.width, 1.0)
end

function TestHistogram.test_density_has_unit_area()
  local h = statistics.histogram(autoregressive(0, 1000, 3), { density = true })
  local area = 0
  for k = 1, #h.density do area = area + h.density[k] * h.width end
  lu.assertAlmostEquals(area, 1, 1e-12)
  local total = 0
  for k = 1, #h.counts do total = total + h.counts[k] end
  lu.assertEquals(total, 1000.0)
end

function TestHistogram.test_equal_values_get_a_bin()
  local h = statistics.histogram({ 4, 4, 4 }, { bins = 1 })
  lu.assertEquals(h.counts:totable(), { 3.0 })
  lu.assertTrue(h.edges[1] < 4 and h.edges[2] > 4)
  local total = 0
  local automatic = statistics.histogram { 0, 0, 0, 0 }
  for k = 1, #automatic.counts do total = total + automatic.counts[k] end
  lu.assertEquals(total, 4.0)
end

function TestHistogram.test_wrong_input()
  wrong(function() statistics.histogram {} end, "at least 1 value is needed")
  wrong(function() statistics.histogram({ 1 }, { range = { 2, 1 } }) end,
        "range must be {first, last} with first below last")
  wrong(function() statistics.histogram({ 1 }, { bins = 2.5 }) end, "option 'bins'")
  wrong(function() statistics.histogram { 1, 1 / 0 } end, "every value must be finite")
end

os.exit(lu.LuaUnit.run())
