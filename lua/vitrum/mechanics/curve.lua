-- What a stress-strain curve says: stiffness, yield, flow, softening.

local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"

local raise <const> = options.raise

local curve = {}

curve.OPTIONS = {
  { name = "elastic", kind = "positive", default = 0.01, unit = "-", range = "strain",
    help = "the modulus is the slope of the least-squares line from strain 0 to this" },
  { name = "offset", kind = "positive", default = 0.002, unit = "-", range = "strain",
    help = "yield by offset: where the curve crosses that line moved to the right by this" },
  { name = "yield_before", kind = "positive", default = 0.1, unit = "-", range = "strain",
    help = "the yield stress is the largest one up to this strain" },
  { name = "flow_from", kind = "positive", default = 0.15, unit = "-", range = "strain",
    help = "the flow stress is the mean from here" },
  { name = "flow_to", kind = "positive", default = 0.2, unit = "-", range = "strain",
    help = "to here" },
  { name = "smooth", kind = "nonnegative", default = 0, unit = "-", range = "strain",
    help = "yield is sought in running means over so much strain: the largest of noisy stresses is "
      .. "mostly noise" },
}

-- Running means over a window that is cut alike on both sides at the ends, so that a straight line
-- stays what it is.
local function smoothed(strain, stress, width)
  if width == 0 then return stress end
  local n, sums, result = #strain, { [0] = 0.0 }, {}
  for k = 1, n do sums[k] = sums[k - 1] + stress[k] end
  local low, high = 1, 1
  for k = 1, n do
    local reach = math.min(width / 2, strain[k] - strain[1], strain[n] - strain[k]) * (1 + 1e-9)
    while strain[low] < strain[k] - reach do low = low + 1 end
    while low > 1 and strain[low - 1] >= strain[k] - reach do low = low - 1 end
    high = math.max(high, k)
    while high < n and strain[high + 1] <= strain[k] + reach do high = high + 1 end
    while strain[high] > strain[k] + reach do high = high - 1 end
    result[k] = (sums[high] - sums[low - 1]) / (high - low + 1)
  end
  return result
end

-- The error of a mean of correlated values, over that of as many independent ones.
local function correlation(values)
  if #values < 4 then return 1 end
  local statistics = require("vitrum").statistics
  local naive = statistics.standard_error(values)
  return naive > 0 and math.max(1, statistics.block_error(values).error / naive) or 1
end

-- Samples come in time: errors of sums over them grow where neighbors are alike.
local function elastic_line(where, strain, stress, last)
  local x, y = {}, {}
  for k = 1, #strain do
    if strain[k] <= last * (1 + 1e-9) then x[#x + 1], y[#y + 1] = strain[k], stress[k] end
  end
  if #x < 3 then
    raise("%s: %d sample%s up to strain %g, where the modulus is fitted; at least 3 are needed: "
      .. "sample more often, or fit further with elastic = ...", where, #x, #x == 1 and "" or "s",
      last)
  end
  local line, rest = require("vitrum").fit.line(x, y), {}
  for k = 1, #x do rest[k] = y[k] - line.intercept - line.slope * x[k] end
  return line, rest
end

-- Where the curve crosses the line moved by the offset, beyond the elastic part.
local function crossing(strain, stress, line, offset, from)
  local function above(k)
    return stress[k] - line.intercept - line.slope * (strain[k] - offset)
  end
  for k = 2, #strain do
    if strain[k] > from then
      local before, after = above(k - 1), above(k)
      if after <= 0 and before > 0 then
        local share = before / (before - after)
        return strain[k - 1] + share * (strain[k] - strain[k - 1]),
          stress[k - 1] + share * (stress[k] - stress[k - 1])
      end
    end
  end
end

---Stiffness, yield, flow and softening of a stress-strain curve.
---@param strain vitrum.Array|number[] from 0, rising
---@param stress vitrum.Array|number[] [GPa]
---@param given table?
---@return table
function curve.stress_strain(strain, stress, given)
  local where = "mechanics.stress_strain"
  local o = options.check(where, curve.OPTIONS, given)
  local x = numbers.finite_list(strain, where .. ": strain")
  local y = numbers.finite_list(stress, where .. ": stress")
  numbers.check_equal(x, y, where)
  for k = 2, #x do
    if x[k] < x[k - 1] then
      raise("%s: strain must rise, but strain[%d] is %g after %g; in compression give both with "
        .. "the other sign", where, k, x[k], x[k - 1])
    end
  end
  if o.flow_from >= o.flow_to then
    raise("%s: flow_from (%g) must be below flow_to (%g)", where, o.flow_from, o.flow_to)
  end
  local line, rest = elastic_line(where, x, y, o.elastic)
  local factor = correlation(rest)
  local result = { modulus = line.slope, modulus_error = line.slope_error * factor,
                   residual = line.intercept, samples = #rest }
  local smooth, top = smoothed(x, y, o.smooth), 1
  local last, window = #x, 0
  while last > 1 and x[last] > o.yield_before * (1 + 1e-9) do last = last - 1 end
  for k = 2, last do
    if smooth[k] > smooth[top] then top = k end
  end
  result.yield_stress, result.yield_strain, result.yielded = smooth[top], x[top], top < last
  -- The noise is that about the line; of a mean over the window there are so many samples.
  for k = 1, #x do
    if math.abs(x[k] - x[top]) <= o.smooth / 2 * (1 + 1e-9) then window = window + 1 end
  end
  local noise = require("vitrum").statistics.standard_deviation(rest)
  result.yield_error = noise / math.sqrt(math.max(1, window)) * (window > 1 and factor or 1)
  result.offset_strain, result.offset_stress = crossing(x, smooth, line, o.offset, o.elastic)
  local flow = {}
  for k = 1, #x do
    if x[k] >= o.flow_from and x[k] <= o.flow_to * (1 + 1e-9) then flow[#flow + 1] = y[k] end
  end
  -- The last sample may fall short of the end by a step.
  if #flow >= 2 and x[#x] >= o.flow_to - 0.05 * (o.flow_to - o.flow_from) then
    local statistics = require("vitrum").statistics
    result.flow_stress = statistics.mean(flow)
    result.flow_error = statistics.standard_error(flow) * correlation(flow)
    result.softening = result.yield_stress - result.flow_stress
    result.softening_error = math.sqrt(result.yield_error ^ 2 + result.flow_error ^ 2)
  end
  return result
end

help.document("mechanics.stress_strain", {
  terms = "yield stress; yield strength; Young's modulus; flow stress; offset yield; proof stress; "
    .. "stress drop; softening; stress-strain curve",
  see = "MD:run; mechanics.quasistatic; mechanics.elastic",
  signature = "vt.mechanics.stress_strain(strain, stress, [options]) -> table",
  summary = "What a stress-strain curve says (strain from 0, stress in GPa): modulus, the slope at "
    .. "its beginning, and residual, the stress of that line at strain 0; yield_stress and "
    .. "yield_strain, the maximum, with yielded = false where the stress still rises at the end; "
    .. "offset_stress and offset_strain, yield by 0.2 % offset; flow_stress; softening = "
    .. "yield_stress - flow_stress. Where the curve is too short for one it is missing. "
    .. "modulus_error, yield_error, flow_error and softening_error are standard errors that allow "
    .. "for the correlation of samples, not the differences between one glass and the next.",
  options = curve.OPTIONS,
  example = "local md = vt.md(glass, { ensemble = \"npt\", stress = { xx = 0, yy = 0 } })\n"
    .. "md:run{ strain_rate = { zz = 1e10 }, strain = 0.2, every = 0.05 }\n"
    .. "local s = md:samples()\n"
    .. "print(vt.mechanics.stress_strain(s.strain, s.stress.zz, { smooth = 0.005 }).yield_stress)",
})

return curve
