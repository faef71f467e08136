-- Straight lines, polynomials and the glass transition as the crossing of two lines.

local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local help = require "vitrum.prompt.help"
local random = require "vitrum.random"
local texts = require "vitrum.base.text"

local raise = options.raise

local fit = {}

local UNKNOWN <const> = numbers.NAN -- an error that the scatter cannot tell

local function pairs_of(x, y, where)
  local xs = numbers.finite_list(x, where .. ": x")
  local ys = numbers.finite_list(y, where .. ": y")
  numbers.check_equal(xs, ys, where)
  return xs, ys
end

local WEIGHT_OPTIONS <const> = {
  { name = "error", kind = "value",
    help = "standard deviation of y, a number or one per point; standard errors then follow from "
      .. "it alone" },
  { name = "weights", kind = "value",
    help = "relative weights, one per point; standard errors then follow from the scatter" },
}

-- Weights of the points and whether they are absolute (1 / variance). nil: all equal.
local function weights_of(o, n, where)
  if o.error ~= nil and o.weights ~= nil then
    raise("%s: give error or weights, not both", where)
  end
  local given = o.error
  local name = "error"
  if given == nil then given, name = o.weights, "weights" end
  if given == nil then return nil, false end
  local list
  if type(given) == "number" and name == "error" then
    list = {}
    for i = 1, n do list[i] = given + 0.0 end
  else
    list = numbers.finite_list(given, where .. ": " .. name)
    if #list ~= n then
      raise("%s: %s has %d values, but there are %d points", where, name, #list, n)
    end
  end
  for i = 1, n do
    if list[i] <= 0 then
      raise("%s: %s[%d] is %s; it must be positive", where, name, i, numbers.show(list[i]))
    end
    if name == "error" then list[i] = 1 / (list[i] * list[i]) end
  end
  return list, name == "error"
end

-- ---------------------------------------------------------------- straight line ----

-- Least squares about the weighted center of x, where slope and mean are uncorrelated.
local function line_sums(xs, ys, weights)
  local n = #xs
  local sw, sx, sy = 0.0, 0.0, 0.0
  for i = 1, n do
    local w = weights and weights[i] or 1.0
    sw, sx, sy = sw + w, sx + w * xs[i], sy + w * ys[i]
  end
  local center, mean = sx / sw, sy / sw
  local sxx, sxy = 0.0, 0.0
  for i = 1, n do
    local w, dx = weights and weights[i] or 1.0, xs[i] - center
    sxx, sxy = sxx + w * dx * dx, sxy + w * dx * (ys[i] - mean)
  end
  return center, mean, sxy / sxx, sw, sxx
end

local Line = {} -- methods
local LINE <const> = { __name = "vitrum.Line", __index = Line }

LINE.__call = function(self, x)
  options.argument("fit.line: line(x)", "x", "number or array", x)
  return self.mean + self.slope * (x - self.center)
end

LINE.__tostring = function(self)
  return string.format("line: y = %.6g %s %.6g x  (intercept %s, slope %s, %d points)",
                       self.intercept, self.slope < 0 and "-" or "+", math.abs(self.slope),
                       texts.plain(self.intercept, self.intercept_error),
                       texts.plain(self.slope, self.slope_error), self.n)
end

--- Value of the line at x and its standard error.
function Line:predict(x)
  local dx = options.argument("Line:predict", "x", "number", x) - self.center
  return self(x), math.sqrt(self.mean_error ^ 2 + (dx * self.slope_error) ^ 2)
end

local function line(x, y, given)
  local where = "fit.line"
  local xs, ys = pairs_of(x, y, where)
  local o = options.check(where, WEIGHT_OPTIONS, given)
  local n = #xs
  if n < 2 then
    raise("%s: a straight line needs at least 2 points, there %s %d", where,
               n == 1 and "is" or "are", n)
  end
  local weights, absolute = weights_of(o, n, where)
  local center, mean, slope, sw, sxx = line_sums(xs, ys, weights)
  if sxx <= 0 then
    raise("%s: all %d points are at x = %s; a line needs two different x", where, n,
               numbers.show(xs[1]))
  end
  local chi2, total = 0.0, 0.0
  for i = 1, n do
    local w = weights and weights[i] or 1.0
    local residual = ys[i] - mean - slope * (xs[i] - center)
    chi2 = chi2 + w * residual * residual
    total = total + w * (ys[i] - mean) ^ 2
  end
  -- With known errors their size counts; otherwise the scatter about the line says it. Two points
  -- leave no scatter to judge by.
  local scale = absolute and 1.0 or (n > 2 and chi2 / (n - 2) or UNKNOWN)
  local var_mean, var_slope = scale / sw, scale / sxx
  local var_intercept = var_mean + center * center * var_slope
  return setmetatable({
    intercept = mean - slope * center, slope = slope,
    intercept_error = math.sqrt(var_intercept), slope_error = math.sqrt(var_slope),
    covariance = { { var_intercept, -center * var_slope }, { -center * var_slope, var_slope } },
    center = center, mean = mean, mean_error = math.sqrt(var_mean), chi2 = chi2,
    r2 = total > 0 and 1 - chi2 / total or 1.0, n = n,
  }, LINE)
end

--- Straight line y = intercept + slope x by least squares.
fit.line = line

-- ---------------------------------------------------------------- polynomial ----

local POLYNOMIAL <const> = { __name = "vitrum.Polynomial", __index = {} }

-- Horner in the scaled variable, where the coefficients are of one size.
POLYNOMIAL.__call = function(self, x)
  options.argument("fit.polynomial: p(x)", "x", "number or array", x)
  local t, value = (x - self.center) / self.scale, 0.0
  for k = #self.scaled, 1, -1 do value = value * t + self.scaled[k] end
  return value
end

POLYNOMIAL.__tostring = function(self)
  local parts = {}
  for k, c in ipairs(self.coefficients) do
    parts[k] = string.format(k == 1 and "%.6g" or k == 2 and "%.6g x" or "%.6g x^%d", c, k - 1)
  end
  return string.format("polynomial: y = %s  (%d points)", table.concat(parts, " + "), self.n)
end

-- Rows of powers of x from those of t = (x - center) / scale: x^k coefficients
-- c_k = sum_j s_j binomial(j, k) (-center)^(j - k) / scale^j.
local function expansion(degree, center, scale)
  local rows = {}
  for k = 0, degree do
    rows[k + 1] = {}
    local binomial = 1.0
    for j = 0, degree do
      if j < k then
        rows[k + 1][j + 1] = 0.0
      else
        rows[k + 1][j + 1] = binomial * (-center) ^ (j - k) / scale ^ j
        binomial = binomial * (j + 1) / (j + 1 - k)
      end
    end
  end
  return rows
end

local POLYNOMIAL_OPTIONS <const> = {
  { name = "degree", kind = "count", default = 2, help = "highest power of x" },
  WEIGHT_OPTIONS[1], WEIGHT_OPTIONS[2],
}

local function polynomial(x, y, given)
  local where = "fit.polynomial"
  local xs, ys = pairs_of(x, y, where)
  local o = options.check(where, POLYNOMIAL_OPTIONS, given)
  local n, degree = #xs, o.degree
  if n < degree + 1 then
    raise("%s: degree %d needs at least %d points, there are %d", where, degree, degree + 1, n)
  end
  local weights, absolute = weights_of(o, n, where)
  local low, high, seen, different = math.huge, -math.huge, {}, 0
  for i = 1, n do
    low, high = math.min(low, xs[i]), math.max(high, xs[i])
    if not seen[xs[i]] then seen[xs[i]], different = true, different + 1 end
  end
  if different < degree + 1 then
    raise("%s: degree %d needs at least %d different x, there are %d", where, degree,
               degree + 1, different)
  end
  -- Powers of raw temperatures lose all digits; in t from -1 to 1 they do not.
  local center, scale = 0.5 * (low + high), 0.5 * (high - low)
  local rows, right = {}, {}
  for i = 1, n do
    local root, t = weights and math.sqrt(weights[i]) or 1.0, (xs[i] - center) / scale
    local row, power = {}, root
    for k = 1, degree + 1 do
      row[k] = power
      power = power * t
    end
    rows[i], right[i] = row, root * ys[i]
  end
  local vt = require "vitrum"
  local design = vt.array(rows)
  local scaled = design:least_squares(vt.array(right)):totable()
  local result = setmetatable({ scaled = scaled, center = center, scale = scale, n = n,
                                degree = degree }, POLYNOMIAL)
  local chi2 = 0.0
  for i = 1, n do
    chi2 = chi2 + (weights and weights[i] or 1.0) * (ys[i] - result(xs[i])) ^ 2
  end
  local change = vt.array(expansion(degree, center, scale))
  local factor = absolute and 1.0 or (n > degree + 1 and chi2 / (n - degree - 1) or UNKNOWN)
  local inverse = design:transpose():dot(design):inverse()
  local covariance = (change:dot(inverse):dot(change:transpose()) * factor):totable()
  result.coefficients = change:dot(vt.array(scaled)):totable()
  result.errors, result.covariance, result.chi2 = {}, covariance, chi2
  for k = 1, degree + 1 do result.errors[k] = math.sqrt(covariance[k][k]) end
  return result
end

--- Polynomial by least squares; coefficients[k] belongs to x^(k - 1).
fit.polynomial = polynomial

-- ---------------------------------------------------------------- glass transition ----

local TRANSITION_OPTIONS <const> = {
  { name = "glass", kind = "{ low, high }", unit = "K", default = { 300, 500 },
    help = "window of the glass line; at 1e13 K/s the glass transition is higher and so may this" },
  { name = "liquid", kind = "{ low, high }", unit = "K", default = { 900, 1200 },
    help = "window of the liquid line" },
  { name = "samples", kind = "count", default = 1000, help = "bootstrap samples" },
  { name = "block", kind = "count",
    help = "points per block of residuals; by default from their correlation" },
  { name = "vary", kind = "nonnegative", default = 0.25,
    help = "each window is shortened at both ends by up to this part of its length" },
  { name = "seed", kind = "seed", default = 1, help = "of the bootstrap" },
}

local function window_of(value, name, where)
  local window = numbers.finite_list(value, where .. ": " .. name)
  if #window ~= 2 or window[1] >= window[2] then
    raise("%s: %s must be {lowest, highest} temperature in K, lowest first", where, name)
  end
  return window
end

local LEAST_POINTS <const> = 4 -- two for the line, two for its scatter

local function inside(xs, ys, low, high)
  local in_x, in_y = {}, {}
  for i = 1, #xs do
    if xs[i] >= low and xs[i] <= high then
      in_x[#in_x + 1], in_y[#in_y + 1] = xs[i], ys[i]
    end
  end
  return in_x, in_y
end

local function branch_of(xs, ys, window, name, where)
  local in_x, in_y = inside(xs, ys, window[1], window[2])
  if #in_x < LEAST_POINTS then
    local low, high = math.huge, -math.huge
    for i = 1, #xs do low, high = math.min(low, xs[i]), math.max(high, xs[i]) end
    raise("%s: %s in the %s window %g to %g K, at least %d are needed; the data run from %g to %g "
          .. "K: set %s = {low, high}", where, texts.count(#in_x, "point"), name, window[1],
          window[2], LEAST_POINTS, low, high, name)
  end
  local straight = line(in_x, in_y)
  local residuals, power = {}, 0.0
  for i = 1, #in_x do
    residuals[i] = in_y[i] - straight(in_x[i])
    power = power + residuals[i] ^ 2
  end
  return { x = in_x, y = in_y, line = straight, residuals = residuals, power = power,
           window = window, name = name }
end

-- Block length from the integrated correlation of the residuals, taken in order of temperature:
-- blocks much longer than the correlation and much shorter than the series.
local function default_block(residuals, power)
  local n = #residuals
  if power <= 0 then return 1 end
  local tau = 0.5
  for lag = 1, n // 4 do
    local sum = 0.0
    for i = 1, n - lag do sum = sum + residuals[i] * residuals[i + lag] end
    tau = tau + sum / power
    if lag >= 6 * tau then break end
  end
  local block = tau <= 0.75 and 1 or math.ceil(4 * tau)
  return math.max(1, math.min(block, n // 4))
end

-- The line of a branch with resampled residuals on it.
local function replicate(branch, source)
  local n = #branch.x
  local noise = source:resample(branch.residuals, branch.block)
  -- Residuals of a fit are smaller than the errors: of the independent values, two per block, two
  -- went into the line.
  local independent = branch.block == 1 and n or math.max(2 * n / branch.block, 3)
  local inflate = math.sqrt(independent / (independent - 2))
  local ys = {}
  for i = 1, n do ys[i] = branch.line(branch.x[i]) + inflate * noise[i] end
  return ys
end

local function shortened(branch, ys, source, vary)
  local low, high = branch.window[1], branch.window[2]
  local length = high - low
  local from = low + vary * length * source:uniform()
  local to = high - vary * length * source:uniform()
  return inside(branch.x, ys, from, to)
end

local function crossing(a, b)
  -- Both lines about their own centers: intercepts at 0 K would cost digits.
  local difference = b.slope - a.slope
  if difference == 0 then return nil end
  local shift = a.center
  return shift + (a.mean - (b.mean + b.slope * (shift - b.center))) / difference
end

local function quick_line(xs, ys)
  local center, mean, slope, _, sxx = line_sums(xs, ys)
  return { center = center, mean = mean, slope = slope, sxx = sxx }
end

-- Half the width of the central 68.27 %: near-parallel samples cross anywhere, and their square
-- would swamp a standard deviation.
local function spread(list)
  table.sort(list)
  local function at(q)
    local position = 1 + (#list - 1) * q
    local k = math.floor(position)
    if k >= #list then return list[#list] end
    return list[k] + (position - k) * (list[k + 1] - list[k])
  end
  local low, high = at(0.15866), at(0.84134)
  return 0.5 * (high - low), low, high
end

-- Crossings of `samples` replicates. Three kinds: residuals alone, windows alone, both.
local function crossings(glass, liquid, o, resample, vary, stream)
  local source = random.source(o.seed, stream)
  local result = {}
  for _ = 1, o.samples do
    local lines = {}
    for k, branch in ipairs { glass, liquid } do
      local ys = resample and replicate(branch, source) or branch.y
      local xs = branch.x
      if vary > 0 then
        local cut_x, cut_y = shortened(branch, ys, source, vary)
        if #cut_x >= LEAST_POINTS then xs, ys = cut_x, cut_y end
      end
      lines[k] = quick_line(xs, ys)
    end
    local at = crossing(lines[1], lines[2])
    if at then result[#result + 1] = at end
  end
  return result
end

local TRANSITION <const> = { __name = "vitrum.GlassTransition", __index = {} }

TRANSITION.__tostring = function(self)
  return string.format("Tg = %s K  (glass %g to %g K, liquid %g to %g K)",
                       texts.plain(self.temperature, self.error), self.glass.window[1],
                       self.glass.window[2], self.liquid.window[1], self.liquid.window[2])
end

local function glass_transition(temperature, property, given)
  local where = "fit.glass_transition"
  local xs, ys = pairs_of(temperature, property, where)
  local o = options.check(where, TRANSITION_OPTIONS, given)
  local glass_window = window_of(o.glass, "glass", where)
  local liquid_window = window_of(o.liquid, "liquid", where)
  if glass_window[2] > liquid_window[1] then
    raise("%s: the glass window ends at %g K, above the start of the liquid window at %g K",
               where, glass_window[2], liquid_window[1])
  end
  if o.vary >= 0.5 then
    raise("%s: vary = %g leaves nothing of a window; it must be below 0.5", where, o.vary)
  end
  -- Residuals are resampled in blocks along the temperature axis.
  local order = {}
  for i = 1, #xs do order[i] = i end
  table.sort(order, function(a, b)
    if xs[a] ~= xs[b] then return xs[a] < xs[b] end
    return a < b
  end)
  local sorted_x, sorted_y = {}, {}
  for k, i in ipairs(order) do sorted_x[k], sorted_y[k] = xs[i], ys[i] end
  local glass = branch_of(sorted_x, sorted_y, glass_window, "glass", where)
  local liquid = branch_of(sorted_x, sorted_y, liquid_window, "liquid", where)
  for _, branch in ipairs { glass, liquid } do
    if o.block and o.block > #branch.x then
      raise("%s: block = %d is longer than the %s window (%d points)", where, o.block,
                 branch.name, #branch.x)
    end
    branch.block = o.block or default_block(branch.residuals, branch.power)
  end

  local a, b = glass.line, liquid.line
  local difference = math.abs(b.slope - a.slope)
  -- Correlated residuals: a block of 4 tau values counts as two.
  local noise = math.sqrt(a.slope_error ^ 2 * math.max(1, glass.block / 2)
                          + b.slope_error ^ 2 * math.max(1, liquid.block / 2))
  local steepest = math.max(math.abs(a.slope), math.abs(b.slope))
  if difference <= 1e-9 * steepest or difference == 0 or difference <= 2 * noise then
    raise("%s: the two lines are parallel within their errors (slopes %.6g and %.6g per K, "
               .. "difference %.2g, its error %.2g): there is no crossing; choose other windows or "
               .. "more data", where, a.slope, b.slope, difference, noise)
  end

  if math.abs(b.slope) < math.abs(a.slope) or a.slope * b.slope < 0 then
    raise("%s: the line of the liquid (slope %.6g per K) is not steeper than that of the glass "
               .. "(%.6g per K): these windows show no glass transition; choose others, or more "
               .. "data", where, b.slope, a.slope)
  end

  local at = crossing(a, b)
  local error_residuals = spread(crossings(glass, liquid, o, true, 0, 1))
  local error_windows = o.vary > 0 and spread(crossings(glass, liquid, o, false, o.vary, 2)) or 0.0
  local error_both, low, high = spread(crossings(glass, liquid, o, true, o.vary, 3))
  local function side(branch)
    return { line = branch.line, window = branch.window, points = #branch.x, block = branch.block }
  end
  return setmetatable({
    temperature = at, error = error_both, error_residuals = error_residuals,
    error_windows = error_windows, interval = { low, high }, value = a(at),
    glass = side(glass), liquid = side(liquid),
    extrapolated = at < glass_window[1] or at > liquid_window[2],
    samples = o.samples, seed = o.seed, vary = o.vary,
  }, TRANSITION)
end

--- Tg as the crossing of the glass line and the liquid line.
fit.glass_transition = glass_transition

-- ---------------------------------------------------------------- documentation ----

help.document("fit.line", {
  terms = "linear fit; linear regression; slope; least squares",
  see = "fit.polynomial",
  signature = "vt.fit.line(x, y, [options]) -> line",
  summary = "Straight line by least squares: line.intercept, line.slope, their standard errors "
    .. "(intercept_error, slope_error; nan for two points, which leave no scatter), covariance, "
    .. "chi2, r2, n. line(x) is its value, line:predict(x) value and standard error.",
  options = WEIGHT_OPTIONS,
  example = "local l = vt.fit.line(s.temperature, s.volume)\nprint(l.slope, l.slope_error)",
})
help.register_type("Line", LINE)
help.register_type("Polynomial", POLYNOMIAL)
help.register_type("GlassTransition", TRANSITION)
help.document("Line:predict", {
  signature = "line:predict(x) -> value, error",
  summary = "Value of the line at x and its standard error.",
  example = "print(line:predict(650))",
})
help.document("fit.polynomial", {
  terms = "curve fitting; polynomial fit",
  see = "fit.line",
  signature = "vt.fit.polynomial(x, y, [options]) -> polynomial",
  summary = "Polynomial by least squares: coefficients[k] belongs to x^(k-1), with errors and "
    .. "covariance; p(x) is its value.",
  options = POLYNOMIAL_OPTIONS,
  example = "local p = vt.fit.polynomial(t, e, { degree = 2 })\nprint(p(650))",
})
help.document("fit.glass_transition", {
  terms = "glass transition temperature; Tg; T_g; calorimetry",
  see = "quench; MD:samples",
  signature = "vt.fit.glass_transition(temperature, property, [options]) -> { temperature, error, "
    .. "error_residuals, error_windows, interval, value, glass, liquid, extrapolated }",
  summary = "Glass transition temperature [K] as the crossing of straight lines through volume or "
    .. "enthalpy of the glass and of the liquid. The error comes from resampling the residuals in "
    .. "blocks and the ends of the windows; the two parts are also given alone. Parallel lines "
    .. "raise an error. The default windows suit slow cooling; report the ones you choose.",
  options = TRANSITION_OPTIONS,
  example = "local tg = vt.fit.glass_transition(s.temperature, s.volume,\n"
    .. "  { glass = {300, 600}, liquid = {1100, 1800} })\nprint(tg)",
})

require("vitrum").fit = fit

return fit
