-- The glass transition and the fictive temperature: where the line of a glass meets that of the
-- liquid, with errors from the scatter of the data and from the choice of windows.

local fit = require "vitrum.analysis.fit"
local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local random = require "vitrum.random"
local texts = require "vitrum.base.text"

local raise = options.raise

local BOOTSTRAP <const> = {
  { name = "samples", kind = "count", default = 1000, help = "bootstrap samples" },
  { name = "block", kind = "count",
    help = "points per block of residuals; by default from their correlation" },
  { name = "vary", kind = "nonnegative", default = 0.25,
    help = "each window is shortened at both ends by up to this part of its length" },
  { name = "seed", kind = "seed", default = 1, help = "of the bootstrap" },
}

local TRANSITION_OPTIONS <const> = {
  { name = "glass", kind = "{ low, high }", unit = "K", default = { 300, 500 },
    help = "window of the glass line; at 1e13 K/s the glass transition is higher and so may this" },
  { name = "liquid", kind = "{ low, high }", unit = "K", default = { 900, 1200 },
    help = "window of the liquid line" },
  table.unpack(BOOTSTRAP),
}

local FICTIVE_OPTIONS <const> = {
  { name = "glass", kind = "{ low, high }", unit = "K", default = { 50, 500 },
    help = "window of the glass line" },
  { name = "liquid", kind = "table", required = true,
    help = "the equilibrium liquid, { temperature = array (K), property = array }: means of runs "
      .. "that were given time at each temperature" },
  { name = "degree", kind = "count", default = 1, between = { 1, 2 },
    help = "of the liquid: 1 is a straight line, 2 a parabola" },
  table.unpack(BOOTSTRAP),
}

-- ---------------------------------------------------------------- data ----

local function pairs_of(x, y, where)
  local xs = numbers.finite_list(x, where .. ": x")
  local ys = numbers.finite_list(y, where .. ": y")
  numbers.check_equal(xs, ys, where)
  return xs, ys
end

local function window_of(value, name, where)
  local window = numbers.finite_list(value, where .. ": " .. name)
  if #window ~= 2 or window[1] >= window[2] then
    raise("%s: %s must be {lowest, highest} temperature in K, lowest first", where, name)
  end
  return window
end

-- In order of x: residuals are resampled in blocks along the temperature axis.
local function sorted(xs, ys)
  local order, sorted_x, sorted_y = {}, {}, {}
  for i = 1, #xs do order[i] = i end
  table.sort(order, function(a, b)
    if xs[a] ~= xs[b] then return xs[a] < xs[b] end
    return a < b
  end)
  for k, i in ipairs(order) do sorted_x[k], sorted_y[k] = xs[i], ys[i] end
  return sorted_x, sorted_y
end

local function range_of(xs)
  local low, high = math.huge, -math.huge
  for i = 1, #xs do low, high = math.min(low, xs[i]), math.max(high, xs[i]) end
  return low, high
end

local function inside(xs, ys, low, high)
  local in_x, in_y = {}, {}
  for i = 1, #xs do
    if xs[i] >= low and xs[i] <= high then
      in_x[#in_x + 1], in_y[#in_y + 1] = xs[i], ys[i]
    end
  end
  return in_x, in_y
end

-- ---------------------------------------------------------------- curves ----

-- A line or a parabola in powers of x - center, by polynomials that are orthogonal on the points.
-- Thousands of these are fitted.
local function quick_curve(xs, ys, degree)
  local n, sx, sy = #xs, 0.0, 0.0
  for i = 1, n do sx, sy = sx + xs[i], sy + ys[i] end
  local center, mean = sx / n, sy / n
  local s2, s3, sy1 = 0.0, 0.0, 0.0
  for i = 1, n do
    local w = xs[i] - center
    s2, s3, sy1 = s2 + w * w, s3 + w * w * w, sy1 + w * (ys[i] - mean)
  end
  local slope = sy1 / s2
  if degree == 1 then return { center = center, mean, slope, 0.0 } end
  local alpha, beta, p2, yp = s2 / n, s3 / s2, 0.0, 0.0
  for i = 1, n do
    local w = xs[i] - center
    local p = w * w - beta * w - alpha
    p2, yp = p2 + p * p, yp + p * (ys[i] - mean)
  end
  local bend = yp / p2
  return { center = center, mean - bend * alpha, slope - bend * beta, bend }
end

-- Where a curve comes up through a line, and how much steeper it is there; nil where it does not.
local function crossing(line, curve)
  -- About the center of the curve: intercepts at 0 K would cost digits.
  local shift = curve.center
  local d0 = curve[1] - (line[1] + line[2] * (shift - line.center))
  local d1, d2 = curve[2] - line[2], curve[3]
  if d2 == 0 then
    if d1 == 0 then return nil end
    return shift - d0 / d1, d1
  end
  local square = d1 * d1 - 4 * d2 * d0
  if square <= 0 then return nil end
  local root = math.sqrt(square)
  return shift + (d1 > 0 and -2 * d0 / (d1 + root) or (root - d1) / (2 * d2)), root
end

-- ---------------------------------------------------------------- branches ----

local LEAST_POINTS <const> = 3 -- beyond the degree: one for the curve, two for its scatter

-- The points of one side with their curve and what they scatter by.
local function branch_of(xs, ys, window, degree, name, where)
  local in_x, in_y = inside(xs, ys, window[1], window[2])
  if #in_x < LEAST_POINTS + degree then
    local low, high = range_of(xs)
    raise("%s: %s in the %s window %g to %g K, at least %d are needed; the data run from %g to %g "
          .. "K: set %s = {low, high}", where, texts.count(#in_x, "point"), name, window[1],
          window[2], LEAST_POINTS + degree, low, high, name)
  end
  local curve = degree == 1 and fit.line(in_x, in_y)
    or fit.polynomial(in_x, in_y, { degree = degree })
  local residuals, power = {}, 0.0
  for i = 1, #in_x do
    residuals[i] = in_y[i] - curve(in_x[i])
    power = power + residuals[i] ^ 2
  end
  return { x = in_x, y = in_y, line = curve, degree = degree, residuals = residuals, power = power,
           window = window, name = name, quick = quick_curve(in_x, in_y, degree) }
end

-- Standard error of the slope at x.
local function slope_error(branch, x)
  local c = branch.line.covariance
  if branch.degree == 1 then return branch.line.slope_error end
  return math.sqrt(math.max(0, c[2][2] + 4 * x * c[2][3] + 4 * x * x * c[3][3]))
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

-- ---------------------------------------------------------------- bootstrap ----

-- The curve of a branch with resampled residuals on it.
local function replicate(branch, source)
  local n = #branch.x
  local noise = source:resample(branch.residuals, branch.block)
  -- Residuals of a fit are smaller than the errors: of the independent values, two per block, some
  -- went into the curve.
  local spent = branch.degree + 1
  local independent = branch.block == 1 and n or math.max(2 * n / branch.block, spent + 1)
  local inflate = math.sqrt(independent / (independent - spent))
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
    local curves = {}
    for k, branch in ipairs { glass, liquid } do
      local ys = resample and replicate(branch, source) or branch.y
      local xs = branch.x
      if vary > 0 then
        local cut_x, cut_y = shortened(branch, ys, source, vary)
        if #cut_x >= LEAST_POINTS + branch.degree then xs, ys = cut_x, cut_y end
      end
      curves[k] = quick_curve(xs, ys, branch.degree)
    end
    local at = crossing(curves[1], curves[2])
    if at then result[#result + 1] = at end
  end
  return result
end

-- ---------------------------------------------------------------- the crossing ----

local TRANSITION <const> = { __name = "vitrum.GlassTransition", __index = {} }

TRANSITION.__tostring = function(self)
  return string.format("%s = %s K  (glass %g to %g K, liquid %g to %g K)", self.symbol,
                       texts.plain(self.temperature, self.error), self.glass.window[1],
                       self.glass.window[2], self.liquid.window[1], self.liquid.window[2])
end

-- Raise unless the two sides meet, the liquid coming up through the glass.
local function check_meeting(glass, liquid, at, steeper, where)
  local slope = glass.line.slope
  if not at then
    raise(liquid.degree == 1
      and "%s: the two lines are parallel (slope %.6g per K): there is no crossing; choose other "
      .. "windows or more data"
      or "%s: the parabola of the liquid does not meet the line of the glass (slope %.6g per K); "
      .. "take degree = 1, another window or more data", where, slope)
  end
  local other = slope + steeper
  -- Correlated residuals: a block of 4 tau values counts as two.
  local noise = math.sqrt(slope_error(glass, at) ^ 2 * math.max(1, glass.block / 2)
                          + slope_error(liquid, at) ^ 2 * math.max(1, liquid.block / 2))
  local steepest, difference = math.max(math.abs(slope), math.abs(other)), math.abs(steeper)
  if difference <= 1e-9 * steepest or difference <= 2 * noise then
    raise("%s: the two lines are parallel within their errors (slopes %.6g and %.6g per K, "
               .. "difference %.2g, its error %.2g): there is no crossing; choose other windows or "
               .. "more data", where, slope, other, difference, noise)
  end
  if math.abs(other) < math.abs(slope) or slope * other < 0 then
    raise("%s: the line of the liquid (slope %.6g per K) is not steeper than that of the glass "
               .. "(%.6g per K): these windows show no glass transition; choose others, or more "
               .. "data", where, other, slope)
  end
end

-- Where glass and liquid meet, with errors.
local function meet(where, symbol, glass, liquid, o)
  for _, branch in ipairs { glass, liquid } do
    if o.block and o.block > #branch.x then
      raise("%s: block = %d is longer than the %s window (%d points)", where, o.block,
                 branch.name, #branch.x)
    end
    branch.block = o.block or default_block(branch.residuals, branch.power)
  end
  local at, steeper = crossing(glass.quick, liquid.quick)
  check_meeting(glass, liquid, at, steeper, where)
  local error_residuals = spread(crossings(glass, liquid, o, true, 0, 1))
  local error_windows = o.vary > 0 and spread(crossings(glass, liquid, o, false, o.vary, 2)) or 0.0
  local error_both, low, high = spread(crossings(glass, liquid, o, true, o.vary, 3))
  local function side(branch)
    return { line = branch.line, window = branch.window, points = #branch.x, block = branch.block }
  end
  return setmetatable({
    symbol = symbol, temperature = at, error = error_both, error_residuals = error_residuals,
    error_windows = error_windows, interval = { low, high }, value = glass.line(at),
    glass = side(glass), liquid = side(liquid),
    extrapolated = at < glass.window[1] or at > liquid.window[2],
    samples = o.samples, seed = o.seed, vary = o.vary,
  }, TRANSITION)
end

local function check_vary(where, o)
  if o.vary >= 0.5 then
    raise("%s: vary = %g leaves nothing of a window; it must be below 0.5", where, o.vary)
  end
end

--- Tg as the crossing of the glass line and the liquid line.
function fit.glass_transition(temperature, property, given)
  local where = "fit.glass_transition"
  local xs, ys = pairs_of(temperature, property, where)
  local o = options.check(where, TRANSITION_OPTIONS, given)
  local glass_window = window_of(o.glass, "glass", where)
  local liquid_window = window_of(o.liquid, "liquid", where)
  if glass_window[2] > liquid_window[1] then
    raise("%s: the glass window ends at %g K, above the start of the liquid window at %g K",
               where, glass_window[2], liquid_window[1])
  end
  check_vary(where, o)
  xs, ys = sorted(xs, ys)
  return meet(where, "Tg", branch_of(xs, ys, glass_window, 1, "glass", where),
    branch_of(xs, ys, liquid_window, 1, "liquid", where), o)
end

--- Fictive temperature as the crossing of the glass line with the line of the equilibrium liquid.
function fit.fictive_temperature(temperature, property, given)
  local where = "fit.fictive_temperature"
  local xs, ys = pairs_of(temperature, property, where)
  local o = options.check(where, FICTIVE_OPTIONS, given)
  local window = window_of(o.glass, "glass", where)
  check_vary(where, o)
  local liquid = o.liquid
  if liquid.temperature == nil or liquid.property == nil then
    raise("%s: liquid must be { temperature = array, property = array }", where)
  end
  local liquid_x, liquid_y = pairs_of(liquid.temperature, liquid.property, where .. ": liquid")
  if #liquid_x == 0 then raise("%s: there are no data of the liquid", where) end
  xs, ys = sorted(xs, ys)
  liquid_x, liquid_y = sorted(liquid_x, liquid_y)
  local ends = { range_of(liquid_x) }
  return meet(where, "Tf", branch_of(xs, ys, window, 1, "glass", where),
    branch_of(liquid_x, liquid_y, ends, o.degree, "liquid", where), o)
end

-- ---------------------------------------------------------------- documentation ----

help.register_type("GlassTransition", TRANSITION)
help.document("fit.glass_transition", {
  terms = "glass transition temperature; Tg; T_g; calorimetry",
  see = "fit.fictive_temperature; quench; MD:samples",
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
help.document("fit.fictive_temperature", {
  terms = "fictive temperature; Tf; T_f; effective temperature; heating; aging; rejuvenation",
  see = "fit.glass_transition; fictive-temperature",
  signature = "vt.fit.fictive_temperature(temperature, property, { liquid = , ... }) -> "
    .. "{ temperature, error, error_residuals, error_windows, interval, value, glass, liquid, "
    .. "extrapolated }",
  summary = "Fictive temperature [K] of a glass, at which the equilibrium liquid would have its "
    .. "state: the line through volume or enthalpy of the glass on heating, extrapolated to that "
    .. "of the liquid, which is a line or a parabola through runs of its own. The lower, the "
    .. "better the glass is relaxed. Errors as those of vt.fit.glass_transition; lines that are "
    .. "parallel or do not meet raise an error.",
  options = FICTIVE_OPTIONS,
  example = "local tf = vt.fit.fictive_temperature(s.target_temperature, s.volume, {\n"
    .. "  liquid = { temperature = { 1100, 1200, 1300, 1400 }, property = volumes } })\nprint(tf)",
})
