-- Straight lines and polynomials by least squares.

local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local help = require "vitrum.prompt.help"
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
require("vitrum").fit = fit

return fit
