-- A Gaussian through points, such as the counts of a histogram.

local fit = require "vitrum.analysis.fit"
local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local texts = require "vitrum.base.text"

local raise <const> = options.raise

local GAUSSIAN <const> = { __name = "vitrum.Gaussian", __index = {} }

local STEPS <const>, SETTLED <const> = 200, 1e-12

local function value_at(p, x)
  return p[1] * math.exp(-0.5 * ((x - p[2]) / p[3]) ^ 2)
end

GAUSSIAN.__call = function(self, x)
  options.argument("fit.gaussian: gaussian(x)", "x", "number or array", x)
  local p = { self.height, self.mean, self.width }
  if type(x) == "number" then return value_at(p, x) end
  return (((x - self.mean) / self.width) ^ 2 * -0.5):exp() * self.height
end

GAUSSIAN.__tostring = function(self)
  return ("Gaussian: mean %s, width %s, height %.6g"):format(texts.plain(self.mean,
    self.mean_error), texts.plain(self.width, self.width_error), self.height)
end

-- Sum of squares, its gradient and curvature without second derivatives.
local function sums(xs, ys, p)
  local square, g, c = 0.0, { 0.0, 0.0, 0.0 }, { {}, {}, {} }
  for a = 1, 3 do for b = 1, 3 do c[a][b] = 0.0 end end
  for i, x in ipairs(xs) do
    local z = (x - p[2]) / p[3]
    local shape = math.exp(-0.5 * z * z)
    local d = { shape, p[1] * shape * z / p[3], p[1] * shape * z * z / p[3] }
    local residual = ys[i] - p[1] * shape
    square = square + residual * residual
    for a = 1, 3 do
      g[a] = g[a] + d[a] * residual
      for b = 1, 3 do c[a][b] = c[a][b] + d[a] * d[b] end
    end
  end
  return square, g, c
end

-- The inverse of a symmetric matrix of three rows by cofactors, nil when it has none.
local function inverse(m)
  local result, det = { {}, {}, {} }, 0.0
  for a = 1, 3 do
    local a1, a2 = a % 3 + 1, (a + 1) % 3 + 1
    for b = 1, 3 do
      local b1, b2 = b % 3 + 1, (b + 1) % 3 + 1
      result[b][a] = m[a1][b1] * m[a2][b2] - m[a1][b2] * m[a2][b1]
    end
    det = det + m[1][a] * result[a][1]
  end
  if not (math.abs(det) > 0 and math.abs(det) < math.huge) then return nil end
  for a = 1, 3 do for b = 1, 3 do result[a][b] = result[a][b] / det end end
  return result
end

-- Mean and width by moments, the height of the tallest point.
local function start_of(xs, ys)
  local sum, mean, square, height = 0.0, 0.0, 0.0, -math.huge
  for i, y in ipairs(ys) do
    local weight = math.max(y, 0)
    sum, mean, height = sum + weight, mean + weight * xs[i], math.max(height, y)
  end
  if sum <= 0 then return nil end
  mean = mean / sum
  for i, y in ipairs(ys) do square = square + math.max(y, 0) * (xs[i] - mean) ^ 2 end
  return { height, mean, math.sqrt(square / sum) }
end

-- Levenberg, Q. Appl. Math. 2, 164 (1944), and Marquardt, J. SIAM 11, 431 (1963).
local function settle(xs, ys, p)
  local damping = 1e-3
  local square, g, c = sums(xs, ys, p)
  for _ = 1, STEPS do
    local damped = { {}, {}, {} }
    for a = 1, 3 do
      for b = 1, 3 do damped[a][b] = c[a][b] * (a == b and 1 + damping or 1) end
    end
    local m = inverse(damped)
    if not m then return nil end
    local new, moved = {}, 0.0
    for a = 1, 3 do
      local step = m[a][1] * g[1] + m[a][2] * g[2] + m[a][3] * g[3]
      new[a] = p[a] + step
      moved = math.max(moved, math.abs(step) / (math.abs(p[a]) + 1e-300))
    end
    new[3] = math.abs(new[3])
    local next_square, next_g, next_c = sums(xs, ys, new)
    if next_square <= square then
      p, square, g, c, damping = new, next_square, next_g, next_c, damping / 10
      if moved < SETTLED then break end
    else
      damping = damping * 10
      if damping > 1e12 then break end
    end
  end
  return p, square, c
end

---Gaussian through points by least squares.
---@param x vitrum.Array|number[]
---@param y vitrum.Array|number[]
---@return table
local function gaussian(x, y)
  local where = "fit.gaussian"
  local xs, ys = numbers.finite_list(x, where .. ": x"), numbers.finite_list(y, where .. ": y")
  if #xs ~= #ys then
    raise("%s: %d values of x and %d of y; give one y for each x", where, #xs, #ys)
  end
  if #xs < 4 then raise("%s: a Gaussian needs at least 4 points, there are %d", where, #xs) end
  local start = start_of(xs, ys)
  if not (start and start[3] > 0) then
    raise("%s: the points have no peak: y must be above 0 at several x", where)
  end
  local p, square, c = settle(xs, ys, start)
  local covariance = p and inverse(c)
  if not covariance then
    raise("%s: the points do not determine a Gaussian; is there a peak?", where)
  end
  local scale = square / (#xs - 3)
  return setmetatable({
    mean = p[2], width = p[3], height = p[1], area = p[1] * p[3] * math.sqrt(2 * math.pi),
    mean_error = math.sqrt(math.abs(scale * covariance[2][2])),
    width_error = math.sqrt(math.abs(scale * covariance[3][3])),
    height_error = math.sqrt(math.abs(scale * covariance[1][1])), n = #xs,
  }, GAUSSIAN)
end

fit.gaussian = gaussian

help.register_type("Gaussian", GAUSSIAN)
help.document("fit.gaussian", {
  terms = "normal distribution; bell curve; peak; curve fit",
  see = "statistics.histogram; fit.line",
  signature = "vt.fit.gaussian(x, y) -> Gaussian",
  summary = "Gaussian height exp(-(x - mean)^2/(2 width^2)) by least squares, all points alike: "
    .. "mean, width, height with their errors from the scatter, and area. g(x) is its value at a "
    .. "number or an array. For numbers themselves, not their histogram, mean and standard "
    .. "deviation are the better estimates.",
  example = "local h = vt.statistics.histogram(barriers)\n"
    .. "local g = vt.fit.gaussian(h.centers, h.counts)\nprint(g.mean, g.width)",
})

return gaussian
