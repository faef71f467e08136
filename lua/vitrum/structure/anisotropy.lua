-- The anisotropic pair distribution under load, and how much less the first shell is strained than
-- the glass as a whole: Wang et al., Phys. Rev. Lett. 128, 155501 (2022).

local blocks = require "vitrum.analysis.blocks"
local cells = require "vitrum.structure.cell"
local core = require "vitrum.pair_core"
local frames = require "vitrum.structure.frames"
local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local scattering = require "vitrum.structure.scattering"
local texts = require "vitrum.base.text"

local raise = options.raise

local anisotropy = {}

-- ---------------------------------------------------------------- g0 and g2 ----

local Anisotropy = {} -- methods
local ANISOTROPY <const> = { __name = "vitrum.Anisotropy", __index = Anisotropy }

ANISOTROPY.__tostring = function(self)
  return ("anisotropic pair distribution about (%.3g, %.3g, %.3g): %s, to %g A"):format(
    self.axis[1], self.axis[2], self.axis[3], texts.count(self.frames, "frame"), self.rmax)
end

---Draw the anisotropic part.
---@param given table? options of vt.plot
function Anisotropy:plot(given)
  local curves = { { x = self.r, y = self.g2, style = "lines",
                     error = self.error and self.error.g2 } }
  curves.xlabel, curves.ylabel = "r (Å)", "g2(r)"
  options.put("Anisotropy:plot", curves, given)
  return require("vitrum").plot(curves)
end

local AXES <const> = { x = { 1, 0, 0 }, y = { 0, 1, 0 }, z = { 0, 0, 1 } }

-- A unit vector from "x", "y", "z" or three numbers.
local function direction(value, where)
  local v = AXES[value] or value
  local ok = type(v) == "table" and #v == 3
  for k = 1, 3 do ok = ok and type(v[k]) == "number" and math.abs(v[k]) < math.huge end
  if not ok then
    raise("%s: option 'axis' must be \"x\", \"y\", \"z\" or three numbers { 0, 0, 1 }", where)
  end
  local length = math.sqrt(v[1] ^ 2 + v[2] ^ 2 + v[3] ^ 2)
  if length == 0 then
    raise("%s: the axis (%g, %g, %g) has no direction; give a vector such as { 0, 0, 1 }", where,
      v[1], v[2], v[3])
  end
  return { v[1] / length, v[2] / length, v[3] / length }
end

-- Pairs weighted by what they scatter: sum c_a c_b f_a f_b x_ab / <f>^2.
local function weighted(result, values, weights, where)
  if weights == "number" then return values.total end
  local f, mean, atoms, sum = {}, 0.0, 0.0, nil
  for symbol, n in pairs(result.counts) do
    f[symbol] = weights == "xray" and scattering.xray(symbol, 0, where)
      or scattering.neutron(symbol, where)
    mean, atoms = mean + n * f[symbol], atoms + n
  end
  for name, array in next, values.partial do
    local a, b = name:match "^(.-)%-(.+)$"
    local w = (a == b and 1 or 2) * result.counts[a] * result.counts[b] * f[a] * f[b] / mean ^ 2
    sum = sum and sum + array * w or array * w
  end
  return sum
end

local function curves_of(histogram, weights, where)
  local result = core.result(histogram, false)
  return { g0 = weighted(result, result, weights, where),
           g2 = weighted(result, result.anisotropy, weights, where) }, result
end

---Isotropic and anisotropic pair distribution of all frames of a source.
function anisotropy.anisotropy(source, given)
  local where = "structure.anisotropy"
  local o = options.check(where, anisotropy.OPTIONS, given)
  local axis = direction(o.axis, where)
  local all = blocks.new(o.blocks, function() return core.new(o.rmax, o.bins, axis) end, core.merge)
  local cell, count, first, periodic = { { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 } }, 0, nil, nil
  for atoms in frames.each(where, source, o) do
    core.add(all:next(), atoms)
    local box = atoms:box()
    local h = { box.a, box.b, box.c }
    first, periodic = first or h, periodic or box.periodic
    -- A frame whose cell has flipped would spoil the mean.
    h = cells.nearest(first, h, periodic)
    for i = 1, 3 do
      for k = 1, 3 do cell[i][k] = cell[i][k] + h[i][k] end
    end
    count = count + 1
  end
  local array = require("vitrum").array
  local result, whole = curves_of(all:total(), o.weights, where)
  local full, list = all:full(), { g0 = {}, g2 = {} }
  result.blocks = {}
  for k, block in ipairs(full) do
    result.blocks[k] = curves_of(block, o.weights, where)
    list.g0[k], list.g2[k] = result.blocks[k].g0, result.blocks[k].g2
  end
  if #full > 0 then result.error = { g0 = blocks.error(list.g0), g2 = blocks.error(list.g2) } end
  result.r, result.frames, result.density = whole.r, whole.frames, whole.density
  result.axis, result.rmax, result.weights = axis, o.rmax, o.weights
  result.cell, result.periodic = array(cell) / count, periodic
  return setmetatable(result, ANISOTROPY)
end

-- ---------------------------------------------------------------- nonaffine strain ----

-- Fewer values, of samples or of blocks, say nothing of their scatter.
local LEAST_BLOCKS <const> = 3

local Nonaffine = {} -- methods
local NONAFFINE <const> = { __name = "vitrum.NonaffineStrain", __index = Nonaffine }

NONAFFINE.__tostring = function(self)
  local e = self.error or {}
  return ("strain beyond %g A %s %%, first shell %s %%: nonaffine ratio %s"):format(self.from,
    texts.plain(100 * self.strain, e.strain and 100 * e.strain),
    texts.plain(100 * self.local_strain, e.local_strain and 100 * e.local_strain),
    texts.plain(self.ratio, e.ratio))
    .. (self.error and "" or (" (errors unknown: they take %d pairs of samples, or %d blocks "
      .. "of frames on both sides)"):format(LEAST_BLOCKS, LEAST_BLOCKS))
end

---Draw the change of g2 under load and what an affine strain would make of it, as in Fig. 1
---of Wang et al.
---@param given table? options of vt.plot
function Nonaffine:plot(given)
  local curves = { { x = self.r, y = self.g2, label = "g2, load less none" },
                   { x = self.r, y = self.affine, label = "affine", dash = true } }
  curves.xlabel, curves.ylabel = "r (Å)", "g2(r)"
  options.put("NonaffineStrain:plot", curves, given)
  return require("vitrum").plot(curves)
end

-- Elongation along the axis and the mean of those across, from the mean cells.
local function strains(before, after)
  local now = require("vitrum").array(cells.nearest(before.cell, after.cell, before.periodic))
  local f = before.cell:inverse():dot(now):transpose() -- r' = F r, cell vectors are rows
  local n, along, trace = before.axis, 0.0, 0.0
  for i = 1, 3 do
    trace = trace + f[i][i] - 1
    for k = 1, 3 do along = along + n[i] * (f[i][k] - (i == k and 1 or 0)) * n[k] end
  end
  return along, (trace - along) / 2
end

-- 2 (1 + nu)/(3 sqrt 5) r dg0/dr: g2 per unit of affine strain, positive in compression.
local function derivative(r, g0, poisson)
  local factor, step, n, result = 2 * (1 + poisson) / (3 * math.sqrt(5)), r[2] - r[1], #g0, {}
  for k = 1, n do
    local slope = (g0[math.min(k + 1, n)] - g0[math.max(k - 1, 1)])
      / ((math.min(k + 1, n) - math.max(k - 1, 1)) * step)
    result[k] = factor * r[k] * slope
  end
  return result
end

-- Least squares of y = s x over the shells first to last.
local function slope(y, x, first, last)
  local xy, xx = 0.0, 0.0
  for k = first, last do xy, xx = xy + x[k] * y[k], xx + x[k] * x[k] end
  return xy / xx
end

-- The shells of the first peak of g0: from where it rises to the minimum behind it.
local function first_shell(g0, where)
  local first, last
  for k = 1, #g0 do
    if not first and g0[k] > 0.02 then first = k end
    if first and g0[k] > 1 then
      last = k
      break
    end
  end
  while last and last < #g0 and g0[last] > 1 do last = last + 1 end
  while last and last < #g0 and g0[last + 1] <= g0[last] do last = last + 1 end
  if not last or last >= #g0 then
    raise("%s: g(r) shows no first peak with a minimum behind it", where)
  end
  return first, last
end

-- All numbers from one pair of curves. `before`, `after`: g0, g2.
local function evaluate(before, after, o)
  local r, step = o.r, o.r[2] - o.r[1]
  local width = o.smooth / step
  -- Half way, so that the law of first order has no error of second order.
  local g0 = numbers.smooth((before.g0 + after.g0) * 0.5, width)
  local g2 = numbers.smooth(after.g2 - before.g2, width)
  local affine = derivative(r, g0, o.poisson)
  local fit = slope(g2, affine, o.first, o.last)
  local sign = fit < 0 and -1 or 1
  local from, to = first_shell(g0, o.where)
  local high, low = from, from
  for k = from, to do
    if sign * g2[k] > sign * g2[high] then high = k end
    if sign * g2[k] < sign * g2[low] then low = k end
  end
  local infinite = math.abs(fit)
  if infinite == 0 then
    raise("%s: the pair distributions before and after are the same; there is no strain", o.where)
  end
  local one, two = sign * g2[high] / affine[high], sign * g2[low] / affine[low]
  local squares = sign * slope(g2, affine, from, to)
  return {
    strain = -fit, local_strain = (one + two) / 2 * -sign,
    ratio = 1 - (one + two) / 2 / infinite,
    local_strain_fit = squares * -sign, ratio_fit = 1 - squares / infinite,
    peaks = { { r = r[high], g2 = g2[high], strain = -sign * one },
              { r = r[low], g2 = g2[low], strain = -sign * two } },
  }, { g0 = g0, g2 = g2, affine = affine, fit = fit }
end

local NUMBERS <const> = { "strain", "local_strain", "ratio", "local_strain_fit", "ratio_fit" }

-- Mean of all curves but one; of all when none is left out.
local function mean_of(list, left_out)
  local g0, g2, n = nil, nil, left_out and #list - 1 or #list
  for k, curves in ipairs(list) do
    if k ~= left_out then
      g0 = g0 and g0 + curves.g0 / n or curves.g0 / n
      g2 = g2 and g2 + curves.g2 / n or curves.g2 / n
    end
  end
  return { g0 = g0, g2 = g2 }
end

-- Add the variances that the jackknife finds when part(k) leaves out part k of n.
local function add_jackknife(variance, n, part, o)
  local values = {}
  for k = 1, n do
    local before, after = part(k)
    values[k] = evaluate(before, after, o)
  end
  for _, name in ipairs(NUMBERS) do
    local mean, sum = 0.0, 0.0
    for k = 1, n do mean = mean + values[k][name] / n end
    for k = 1, n do sum = sum + (values[k][name] - mean) ^ 2 end
    variance[name] = (variance[name] or 0) + (n - 1) / n * sum
  end
end

-- Mean of the distributions of a list with `part` in place of `whole`.
local function mean_with(list, whole, part)
  local result = {}
  for k, item in ipairs(list) do result[k] = rawequal(item, whole) and part or item end
  return mean_of(result)
end

-- Samples are left out in pairs, before and after load; when there are too few of them, the blocks
-- of frames of each distribution in turn, whose variances add. Nil when one has too few blocks: it
-- would count as if it were exact.
local function errors(before, after, o)
  local variance, origin = {}, "samples"
  if #before >= LEAST_BLOCKS then
    add_jackknife(variance, #before, function(k)
      return mean_of(before, k), mean_of(after, k)
    end, o)
  else
    origin = "blocks"
    local seen = {}
    for _, side in ipairs{ before, after } do
      for _, whole in ipairs(side) do
        if #whole.blocks < LEAST_BLOCKS then return nil end
        if not seen[whole] then
          add_jackknife(variance, #whole.blocks, function(k)
            local part = mean_of(whole.blocks, k)
            return mean_with(before, whole, part), mean_with(after, whole, part)
          end, o)
        end
        seen[whole] = true
      end
    end
  end
  for name, value in pairs(variance) do variance[name] = math.sqrt(value) end
  return variance, origin
end

-- A list of distributions: each of frames, or made already.
local function distributions(source, o)
  if getmetatable(source) == ANISOTROPY then return { source } end
  if type(source) == "table" and getmetatable(source[1]) == ANISOTROPY then return source end
  local settings = {}
  for _, spec in ipairs(anisotropy.OPTIONS) do settings[spec.name] = o[spec.name] end
  return { anisotropy.anisotropy(source, settings) }
end

-- Both lists must go together, pair by pair.
local function check_samples(before, after, where)
  if #before ~= #after then
    raise("%s: there are %d distributions before and %d after loading; give them in pairs", where,
      #before, #after)
  end
  local model = before[1]
  for k = 1, #before do
    for _, a in ipairs{ before[k], after[k] } do
      if getmetatable(a) ~= ANISOTROPY then
        raise("%s: entry %d of the list must be a result of vt.structure.anisotropy", where, k)
      end
      if #a.r ~= #model.r or a.rmax ~= model.rmax or a.weights ~= model.weights then
        raise("%s: all distributions must have the same rmax, bins and weights", where)
      end
    end
    for i = 1, 3 do
      if math.abs(before[k].axis[i] - after[k].axis[i]) > 1e-9 then
        raise("%s: before and after loading the axis must be the same", where)
      end
    end
  end
end

-- The strain of the cells; sets Poisson's ratio when it is not given.
local function applied_strain(o, before, after, where)
  local along, across = 0.0, 0.0
  for k = 1, #before do
    local e, t = strains(before[k], after[k])
    along, across = along + e / #before, across + t / #before
  end
  if o.poisson == nil then
    -- Below this the ratio of two rounded cells says nothing.
    if math.abs(along) < 1e-7 then
      raise("%s: the cell is not strained along the axis (%.2g), so it tells no Poisson's ratio; "
        .. "give poisson = 0.36 or whatever it is", where, along)
    end
    o.poisson = -across / along
  end
  if o.poisson <= -1 + 1e-9 then
    raise("%s: Poisson's ratio is %.3g; a strain that is the same along and across the axis makes "
      .. "no anisotropy", where, o.poisson)
  end
  return along
end

---Local and long-range strain of a glass under uniaxial load.
---@param before any frames without load, or what structure.anisotropy made of them, or a list
---@param after any the same under load
---@param given table?
function anisotropy.nonaffine_strain(before, after, given)
  local where = "structure.nonaffine_strain"
  local o = options.check(where, anisotropy.NONAFFINE, given)
  if o.to <= o.from then
    raise("%s: option 'to' = %g must be above 'from' = %g [A]", where, o.to, o.from)
  end
  before, after = distributions(before, o), distributions(after, o)
  check_samples(before, after, where)
  local r, rmax = before[1].r, before[1].rmax
  if o.to > rmax then
    raise("%s: the fit goes to %g A, but the distributions end at rmax = %g A", where, o.to, rmax)
  end
  local applied = applied_strain(o, before, after, where)
  local step = rmax / #r
  local settings = { r = r:totable(), smooth = o.smooth, poisson = o.poisson, where = where,
                     first = math.ceil(o.from / step + 0.5),
                     last = math.min(#r, math.floor(o.to / step + 0.5)) }
  local result, curves = evaluate(mean_of(before), mean_of(after), settings)
  local array = require("vitrum").array
  result.error, result.error_from = errors(before, after, settings)
  result.r, result.g0, result.g2 = r, array(curves.g0), array(curves.g2)
  result.affine = array(curves.affine) * curves.fit
  result.applied, result.poisson, result.from, result.to = applied, o.poisson, o.from, o.to
  return setmetatable(result, NONAFFINE)
end

-- ---------------------------------------------------------------- options and help ----

anisotropy.OPTIONS = frames.with{
  { name = "axis", kind = "value", default = "z",
    help = 'of the load: "x", "y", "z" or a vector of any length' },
  { name = "rmax", kind = "positive", default = 20, unit = "A", range = "distance",
    help = "largest distance" },
  { name = "bins", kind = "count", default = 1000, help = "number of shells" },
  { name = "weights", kind = "choice", choices = { "number", "xray", "neutron" },
    default = "number", help = "how pairs count: all alike, by f_a f_b of X-rays at q = 0, by "
      .. "neutron scattering lengths" },
  { name = "blocks", kind = "count", default = 10,
    help = "least number of blocks of frames for the errors" },
}
anisotropy.NONAFFINE = table.move(anisotropy.OPTIONS, 1, #anisotropy.OPTIONS, 5, {
  { name = "poisson", kind = "number", unit = "-",
    help = "Poisson's ratio; by default from the two mean cells" },
  { name = "from", kind = "positive", default = 6, unit = "A", range = "distance",
    help = "start of the long range" },
  { name = "to", kind = "positive", default = 20, unit = "A", range = "distance",
    help = "end of the long range" },
  { name = "smooth", kind = "nonnegative", default = 0.1, unit = "A",
    help = "standard deviation of the Gaussian that smooths g0 and the change of g2 alike" },
})

help.register_type("Anisotropy", ANISOTROPY)
help.register_type("NonaffineStrain", NONAFFINE)
help.document("structure.anisotropy", {
  terms = "anisotropic pair distribution; spherical harmonics; g2(r); structural anisotropy",
  see = "structure.nonaffine_strain",
  signature = "vt.structure.anisotropy(source, [options]) -> Anisotropy { r, g0, g2, error, cell, "
    .. "density, frames }",
  summary = "Pair distribution about an axis, g(r, chi) = g0(r) + sqrt(5) "
    .. "P2(cos chi) g2(r), with chi the angle to the axis (Suzuki et al. 1987). cell: mean cell "
    .. "vectors, of all frames those nearest to the first. error: standard errors from blocks of "
    .. "frames, nil with fewer than two.",
  options = anisotropy.OPTIONS,
  example = 'local a = vt.structure.anisotropy(glass, { axis = "x" })\na:plot()' })
help.document("Anisotropy:plot", {
  signature = "a:plot([options]) -> file", summary = "Draw g2(r); options of vt.plot.",
  example = 'a:plot{ file = "g2.svg" }' })
help.document("structure.nonaffine_strain", {
  terms = "non-affine strain; non-affine; strain of the first shell",
  see = "structure.anisotropy; scripts/nonaffine-strain.lua",
  signature = "vt.structure.nonaffine_strain(before, after, [options]) -> NonaffineStrain { "
    .. "strain, local_strain, ratio, local_strain_fit, ratio_fit, peaks, error, error_from, "
    .. "applied, poisson, r, g0, g2, affine }",
  summary = "How much less the first shell is strained than the glass (Wang et al. 2022): strain "
    .. "is the long-range strain from fitting the affine law (eq. 2) to the change of g2 under "
    .. "load, "
    .. "local_strain that at the first positive and negative peak (eq. 3), ratio = 1 - "
    .. "local_strain/strain; local_strain_fit and ratio_fit take least squares over the whole "
    .. "first peak instead. Strains are positive in tension; applied is that of the cell. before "
    .. "and after are frames, or results of vt.structure.anisotropy, or lists of such results in "
    .. "pairs (samples, or one glass loaded along x, y, z), which are averaged. Where a cell has "
    .. "flipped (b - a in place of b), applied is by the vectors nearest to those before. error: "
    .. "by leaving out in turn one of at least three pairs (error_from = \"samples\"), or with "
    .. "fewer pairs the blocks of frames of each distribution (error_from = \"blocks\"); nil, "
    .. "unknown, when one of them has fewer than three blocks. Noise: an "
    .. "affine strain of 0.5 to 1 % of 5000 atoms gave ratios of 0 +- 0.05 about one axis and 0 "
    .. "+- 0.03 from three.",
  options = anisotropy.NONAFFINE,
  example = 'local n = vt.structure.nonaffine_strain("rest.dump", "load.dump", { axis = "z" })\n'
    .. "print(n)\nn:plot()" })
help.document("NonaffineStrain:plot", {
  signature = "n:plot([options]) -> file",
  summary = "Draw the change of g2 under load and the affine law with the long-range strain; "
    .. "options of vt.plot.",
  example = 'n:plot{ file = "nonaffine.svg" }' })

local structure <const> = require("vitrum").structure
structure.anisotropy = anisotropy.anisotropy
structure.nonaffine_strain = anisotropy.nonaffine_strain

return anisotropy
