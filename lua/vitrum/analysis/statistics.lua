-- Means and their errors for correlated series, resampling, histograms.
--
-- A series is an array or a table of numbers, evenly spaced in time where time matters.

local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local help = require "vitrum.prompt.help"
local random = require "vitrum.random"

local raise = options.raise

local statistics = {}

local function series(value, where, least)
  local list = numbers.finite_list(value, where .. ": the series")
  if #list < least then
    raise("%s: at least %d value%s needed, the series has %d", where, least,
               least == 1 and " is" or "s are", #list)
  end
  return list
end

local function array(list)
  return require("vitrum").array(list)
end

-- The second pass removes the rounding error of the first, which matters for energies of 1e5 eV
-- that differ in the eighth digit.
local function mean(list)
  local n, sum = #list, 0.0
  for i = 1, n do sum = sum + list[i] end
  local guess, rest = sum / n, 0.0
  for i = 1, n do rest = rest + (list[i] - guess) end
  return guess + rest / n
end

-- Sum of squares about the mean.
local function squares(list, center)
  local sum = 0.0
  for i = 1, #list do
    local difference = list[i] - center
    sum = sum + difference * difference
  end
  return sum
end

local function variance(list)
  return squares(list, mean(list)) / (#list - 1)
end

function statistics.mean(values)
  return mean(series(values, "statistics.mean", 1))
end

function statistics.variance(values)
  return variance(series(values, "statistics.variance", 2))
end

function statistics.standard_deviation(values)
  return math.sqrt(variance(series(values, "statistics.standard_deviation", 2)))
end

function statistics.standard_error(values)
  local list = series(values, "statistics.standard_error", 2)
  return math.sqrt(variance(list) / #list)
end

function statistics.quantile(values, q)
  local list = series(values, "statistics.quantile", 1)
  if type(q) ~= "number" or not (q >= 0 and q <= 1) then
    raise("statistics.quantile: the fraction must be from 0 to 1, not %s", numbers.show(q))
  end
  return array(list):quantile(q)
end

function statistics.median(values)
  return array(series(values, "statistics.median", 1)):median()
end

-- ---------------------------------------------------------------- correlated series ----

-- Flyvbjerg and Petersen, J. Chem. Phys. 91, 461 (1989): halve the series by averaging pairs; the
-- naive error rises with each level until blocks are independent. The level is chosen as in Lee
-- et al., Phys. Rev. E 83, 066706 (2011): the first block size B with B^3 > 2 n (e_B / e_1)^4.
local LEAST_BLOCKS <const> = 8

local function block_error(values)
  local list = series(values, "statistics.block_error", 4)
  local n = #list
  local center = mean(list)
  local levels, size = {}, 1
  while #list >= 2 do
    local blocks = #list
    local of_mean = squares(list, mean(list)) / blocks / (blocks - 1)
    local deviation = math.sqrt(of_mean)
    levels[#levels + 1] = { block_size = size, blocks = blocks, error = deviation,
                            error_of_error = deviation / math.sqrt(2 * (blocks - 1)) }
    local halved = {}
    for i = 1, blocks // 2 do halved[i] = 0.5 * (list[2 * i - 1] + list[2 * i]) end
    list, size = halved, 2 * size
  end
  local first = levels[1].error
  local chosen, converged
  for _, level in ipairs(levels) do
    -- Fewer blocks say too little about their scatter to trust the criterion.
    if level.blocks < LEAST_BLOCKS then break end
    if first == 0 or level.block_size ^ 3 > 2 * n * (level.error / first) ^ 4 then
      chosen, converged = level, true
      break
    end
  end
  if not chosen then
    -- Too short a series: the largest error is the honest one, and it is still a lower bound.
    chosen, converged = levels[1], false
    for _, level in ipairs(levels) do
      if level.error > chosen.error then chosen = level end
    end
  end
  return { mean = center, error = chosen.error, error_of_error = chosen.error_of_error,
           block_size = chosen.block_size, blocks = chosen.blocks, converged = converged,
           levels = levels }
end

statistics.block_error = block_error

-- Deviations from the mean and their mean square.
local function centered(list, where)
  local center = mean(list)
  local deviations = {}
  for i = 1, #list do deviations[i] = list[i] - center end
  local power = squares(list, center) / #list
  if power == 0 then
    raise("%s: all %d values are %s; a constant series has no autocorrelation", where, #list,
               numbers.show(list[1]))
  end
  return deviations, power
end

local function correlation_at(deviations, power, lag)
  local n, sum = #deviations, 0.0
  for i = 1, n - lag do sum = sum + deviations[i] * deviations[i + lag] end
  return sum / (n * power)
end

local function autocorrelation(values, max_lag)
  local list = series(values, "statistics.autocorrelation", 2)
  if max_lag == nil then
    max_lag = math.min(#list - 1, 1000)
  elseif math.type(max_lag) ~= "integer" or max_lag < 0 or max_lag >= #list then
    raise("statistics.autocorrelation: the largest lag must be an integer from 0 to %d "
               .. "(the series has %d values), not %s", #list - 1, #list, numbers.show(max_lag))
  end
  local deviations, power = centered(list, "statistics.autocorrelation")
  local result = {}
  for lag = 0, max_lag do result[lag + 1] = correlation_at(deviations, power, lag) end
  return array(result)
end

statistics.autocorrelation = autocorrelation

-- Integrated autocorrelation time with a self-consistent window: the sum stops at the first lag
-- M >= 6 tau (Madras and Sokal, J. Stat. Phys. 50, 109 (1988), appendix C), because the noise of
-- all later lags would swamp it.
local WINDOW <const> = 6

-- tau in samples, its error, the window, and whether the window closed inside the series.
local function integrated_time(deviations, power)
  local n, tau = #deviations, 0.5
  local last = n - 1
  for lag = 1, last do
    tau = tau + correlation_at(deviations, power, lag)
    if lag >= WINDOW * tau then
      tau = math.max(tau, 0.5)
      return tau, tau * math.sqrt(2 * (2 * lag + 1) / n), lag, lag <= n / 10
    end
  end
  return math.max(tau, 0.5), tau * math.sqrt(2 * (2 * last + 1) / n), last, false
end

local function autocorrelation_time(values, spacing)
  local list = series(values, "statistics.autocorrelation_time", 4)
  if spacing == nil then spacing = 1 end
  if type(spacing) ~= "number" or not (spacing > 0 and spacing < math.huge) then
    raise("statistics.autocorrelation_time: the spacing must be a positive number, not %s",
               numbers.show(spacing))
  end
  local deviations, power = centered(list, "statistics.autocorrelation_time")
  local tau, deviation, window, converged = integrated_time(deviations, power)
  return { time = tau * spacing, error = deviation * spacing, window = window * spacing,
           independent = #list / (2 * tau), converged = converged }
end

statistics.autocorrelation_time = autocorrelation_time

local function running_mean(values, window)
  local list = series(values, "statistics.running_mean", 1)
  if math.type(window) ~= "integer" or window < 1 or window % 2 == 0 then
    raise("statistics.running_mean: the window must be an odd number of values, not %s",
               numbers.show(window))
  end
  -- Sums of deviations from the mean stay small, so differences of them keep their digits.
  local n, center = #list, mean(list)
  local sums = { [0] = 0.0 }
  for i = 1, n do sums[i] = sums[i - 1] + (list[i] - center) end
  local result, half = {}, window // 2
  for i = 1, n do
    local reach = math.min(half, i - 1, n - i) -- symmetric at the ends too
    result[i] = center + (sums[i + reach] - sums[i - reach - 1]) / (2 * reach + 1)
  end
  return array(result)
end

statistics.running_mean = running_mean

local function drift(x, y)
  local where = "statistics.drift"
  local ys = series(y == nil and x or y, where, 4)
  local xs = {}
  if y == nil then
    for i = 1, #ys do xs[i] = i + 0.0 end
  else
    xs = series(x, where, 4)
  end
  numbers.check_equal(xs, ys, where)
  local n, mean_x, mean_y = #xs, mean(xs), mean(ys)
  local sxx, sxy = squares(xs, mean_x), 0.0
  if sxx == 0 then raise("%s: all x are %s", where, numbers.show(xs[1])) end
  for i = 1, n do sxy = sxy + (xs[i] - mean_x) * (ys[i] - mean_y) end
  local slope = sxy / sxx
  local residuals = {}
  for i = 1, n do residuals[i] = ys[i] - mean_y - slope * (xs[i] - mean_x) end
  local power = squares(residuals, 0) / n
  local deviation = math.sqrt(power * n / (n - 2) / sxx)
  -- Correlated residuals carry less information: 2 tau of them count as one. Residuals that are
  -- nothing but rounding error are not tested for that.
  if power > (1e-15 * mean_y) ^ 2 then
    local tau = integrated_time(residuals, power)
    deviation = deviation * math.sqrt(2 * tau)
  end
  return { slope = slope, error = deviation, change = slope * (xs[n] - xs[1]) }
end

statistics.drift = drift

-- ---------------------------------------------------------------- resampling ----

local BOOTSTRAP_OPTIONS <const> = {
  { name = "samples", kind = "count", default = 1000, help = "resampled series" },
  { name = "block", kind = "count", default = 1,
    help = "length of the blocks drawn; some autocorrelation times for a correlated series" },
  { name = "confidence", kind = "positive", default = 0.6827,
    help = "probability inside the interval" },
  { name = "seed", kind = "seed", default = 1, help = "of the random numbers" },
}

-- Efron, Ann. Stat. 7, 1 (1979); blocks: Kuensch, Ann. Stat. 17, 1217 (1989).
local function bootstrap(values, statistic, given)
  local where = "statistics.bootstrap"
  local list = series(values, where, 2)
  statistic = statistic or mean
  if type(statistic) ~= "function" then
    raise("%s: the statistic must be a function of a list of numbers, not %s", where,
               numbers.show(statistic))
  end
  local o = options.check(where, BOOTSTRAP_OPTIONS, given)
  if o.block > #list then
    raise("%s: block = %d is longer than the series (%d values)", where, o.block, #list)
  end
  if o.confidence >= 1 then
    raise("%s: confidence must be below 1, not %s", where, numbers.show(o.confidence))
  end
  local source = random.source(o.seed)
  local n, results = #list, {}
  for k = 1, o.samples do
    local sample = source:resample(list, o.block)
    local value = statistic(sample)
    if type(value) ~= "number" or not numbers.is_finite(value) then
      raise("%s: the statistic gave %s for resampled series %d; it must give a finite number",
                 where, numbers.show(value), k)
    end
    results[k] = value
  end
  local value = statistic(table.move(list, 1, n, 1, {}))
  local center = mean(results)
  local deviation = o.samples > 1 and math.sqrt(variance(results)) or 0.0
  local interval = { 0.5 - o.confidence / 2, 0.5 + o.confidence / 2 }
  return { value = value, error = deviation, bias = center - value,
           interval = array(results):quantile(interval):totable(),
           samples = o.samples, seed = o.seed }
end

statistics.bootstrap = bootstrap

-- ---------------------------------------------------------------- histogram ----

local HISTOGRAM_OPTIONS <const> = {
  { name = "bins", kind = "count", help = "number of equal bins; by default the width of Freedman "
    .. "and Diaconis (1981)" },
  { name = "range", kind = "{ low, high }", help = "{first, last} edge; by default the extremes" },
  { name = "density", kind = "boolean", default = false, help = "scale to unit area" },
}

-- Bin width 2 IQR n^(-1/3): Freedman and Diaconis, Z. Wahrscheinlichkeitstheorie 57, 453 (1981).
local function default_bins(values, low, high)
  local spread = values:quantile(0.75) - values:quantile(0.25)
  if spread <= 0 then return math.ceil(math.log(#values, 2)) + 1 end -- Sturges
  local bins = math.ceil((high - low) / (2 * spread / #values ^ (1 / 3)))
  return math.max(1, math.min(bins, 1000))
end

local function histogram(given_values, given)
  local where = "statistics.histogram"
  local values = array(series(given_values, where, 1))
  local o = options.check(where, HISTOGRAM_OPTIONS, given)
  local low, high = values:min(), values:max()
  if o.range ~= nil then
    local range = numbers.finite_list(o.range, where .. ": range")
    low, high = range[1], range[2]
    if #range ~= 2 or low >= high then
      raise("%s: range must be {first, last} with first below last", where)
    end
  elseif low == high then
    local margin = low == 0 and 0.5 or math.abs(low) * 0.5
    low, high = low - margin, high + margin
  end
  local bins = o.bins or default_bins(values, low, high)
  local counts, edges = values:histogram{ bins = bins, range = { low, high } }
  local result = { edges = edges, width = (high - low) / bins, counts = counts:astype "float64",
                   centers = (edges:slice{ 1, bins } + edges:slice{ 2, bins + 1 }) * 0.5,
                   below = values:lt(low):sum(), above = values:gt(high):sum() }
  if o.density then
    result.density = result.counts / (math.max(counts:sum(), 1) * result.width)
  end
  return result
end

statistics.histogram = histogram

-- ---------------------------------------------------------------- documentation ----

help.document("statistics.mean", {
  signature = "vt.statistics.mean(series) -> number",
  summary = "Arithmetic mean, in two passes so that large offsets cost no digits.",
  example = "print(vt.statistics.mean(md:samples().volume))",
})
help.document("statistics.variance", {
  signature = "vt.statistics.variance(series) -> number",
  summary = "Unbiased variance, divisor n - 1.",
  example = "print(vt.statistics.variance{1, 2, 4})",
})
help.document("statistics.standard_deviation", {
  signature = "vt.statistics.standard_deviation(series) -> number",
  summary = "Square root of the unbiased variance.",
  example = "print(vt.statistics.standard_deviation{1, 2, 4})",
})
help.document("statistics.standard_error", {
  signature = "vt.statistics.standard_error(series) -> number",
  summary = "Standard error of the mean of independent values; a time series is correlated and "
    .. "needs vt.statistics.block_error.",
  example = "print(vt.statistics.standard_error{1, 2, 4})",
})
help.document("statistics.quantile", {
  signature = "vt.statistics.quantile(series, fraction) -> number",
  summary = "Value below which the fraction (0 to 1) of the series lies, linear between values.",
  example = "print(vt.statistics.quantile(barriers, 0.9))",
})
help.document("statistics.median", {
  signature = "vt.statistics.median(series) -> number",
  summary = "Middle value of the series.",
  example = "print(vt.statistics.median{3, 1, 2})",
})
help.document("statistics.block_error", {
  terms = "error bar; block averaging; correlated data; uncertainty",
  see = "statistics.bootstrap",
  signature = "vt.statistics.block_error(series) -> { mean, error, error_of_error, block_size, "
    .. "blocks, converged, levels }",
  summary = "Mean of a correlated series and its standard error by blocking (Flyvbjerg and "
    .. "Petersen, J. Chem. Phys. 91, 461 (1989); block size as in Lee et al., Phys. Rev. E 83, "
    .. "066706 (2011)). converged is false when the series is too short for its correlation; the "
    .. "error is then a lower bound.",
  example = "local v = vt.statistics.block_error(md:samples().volume)\nprint(v.mean, v.error)",
})
help.document("statistics.autocorrelation", {
  terms = "correlation function",
  see = "statistics.autocorrelation_time",
  signature = "vt.statistics.autocorrelation(series, [max_lag]) -> array",
  summary = "Normalized autocorrelation at lags 0, 1, ..., max_lag (default: 1000 or the series); "
    .. "element 1 is lag 0 and equals 1.",
  example = "vt.plot(vt.statistics.autocorrelation(md:samples().pressure, 200))",
})
help.document("statistics.autocorrelation_time", {
  terms = "correlation time",
  see = "statistics.block_error",
  signature = "vt.statistics.autocorrelation_time(series, [spacing]) -> { time, error, window, "
    .. "independent, converged }",
  summary = "Integrated autocorrelation time 1/2 + sum of the autocorrelation, in units of the "
    .. "spacing of the values (default 1); the mean has the error sqrt(2 time variance / n). "
    .. "Window as in Madras and Sokal, J. Stat. Phys. 50, 109 (1988). independent is the number "
    .. "of independent values; converged is false when the window exceeds a tenth of the series.",
  example = "print(vt.statistics.autocorrelation_time(md:samples().pressure, 0.5).time)",
})
help.document("statistics.running_mean", {
  terms = "moving average; smoothing",
  signature = "vt.statistics.running_mean(series, window) -> array",
  summary = "Mean over a centered window of an odd number of values; near the ends the window "
    .. "shrinks and stays centered.",
  example = "vt.plot(t, vt.statistics.running_mean(p, 25))",
})
help.document("statistics.drift", {
  terms = "equilibrated; steady state; aging; ageing",
  see = "statistics.block_error",
  signature = "vt.statistics.drift([x,] y) -> { slope, error, change }",
  summary = "Slope of the straight line through a series, its standard error with the correlation "
    .. "of the residuals counted, and the change from first to last x.",
  example = "local d = vt.statistics.drift(s.time, s.conserved)\nprint(d.slope, d.error)",
})
help.document("statistics.bootstrap", {
  terms = "confidence interval; resampling; error bar",
  see = "statistics.block_error",
  signature = "vt.statistics.bootstrap(series, [statistic], [options]) -> { value, error, bias, "
    .. "interval, samples, seed }",
  summary = "Standard error of any statistic by resampling with replacement (Efron, Ann. Stat. 7, "
    .. "1 (1979)), in blocks for correlated series (Kuensch, Ann. Stat. 17, 1217 (1989)). "
    .. "statistic is a function of a list, by default the mean.",
  options = BOOTSTRAP_OPTIONS,
  example = "print(vt.statistics.bootstrap(x, vt.statistics.median, { seed = 7 }).error)",
})
help.document("statistics.histogram", {
  signature = "vt.statistics.histogram(series, [options]) -> { edges, centers, counts, width, "
    .. "below, above, density }",
  summary = "Counts in equal bins; below and above count what lies outside the range.",
  options = HISTOGRAM_OPTIONS,
  example = "local h = vt.statistics.histogram(glass:atom_energies(), { bins = 50 })",
})

require("vitrum").statistics = statistics

return statistics
