-- The density of modes, and what a Debye solid has.

local core = require "vitrum.modes_core"
local found = require "vitrum.modes.found"
local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"

local raise <const> = options.raise

local density = {}

local DENSITY <const> = { __name = "vitrum.ModeDensity", __index = {} }

local MOST_POINTS <const> = 100000
local LEAST_MOMENTS <const>, MOST_MOMENTS <const> = 8, 20000

density.OPTIONS = found.joined({
  { name = "resolution", kind = "positive", default = 0.05, unit = "THz",
    help = "standard deviation of what a single mode becomes, at low frequencies" },
  { name = "probes", kind = "count", default = core.defaults.probes, between = { 2, 100000 },
    help = "random vectors; the error falls with the root of their number times the atoms'" },
  { name = "centers", kind = "value",
    help = "whose share in the modes: a species, a list or array of atom numbers, or a mask; by "
      .. "default that of all" },
  { name = "step", kind = "positive", unit = "THz",
    help = "between frequencies; by default half the resolution" },
  { name = "seed", kind = "seed", default = 1, help = "of the probes" },
}, found.MINIMIZE)

DENSITY.__tostring = function(self)
  local n = #self.frequency
  return ("density of modes of %d atoms, 0 to %.4g THz in steps of %.3g, resolution %.3g THz, "
    .. "%d moments from %d probes"):format(#self.atoms, self.frequency[n], self.frequency[2],
    self.resolution, self.moments.shape[2], self.moments.shape[1])
end

-- g(w)/w^2 in ps^3, w = 2 pi nu in rad/ps.
local function reduced(g, nu)
  local r = g / (2 * math.pi) / (nu * (2 * math.pi)):square()
  if nu[1] == 0 then r[1] = numbers.NAN end
  return r
end

---Density of all modes of a sample of any size.
---@param atoms vitrum.Atoms
---@param given table?
---@return vitrum.ModeDensity
function density.density(atoms, given)
  local where = "modes.density"
  local o = options.check(where, density.OPTIONS, given)
  local rest, converged = found.at_rest(where, atoms, o)
  -- Jackson's kernel has a width of pi/moments in an angle; frequencies go with the sine of half.
  local _, largest = core.moments(rest, LEAST_MOMENTS, 1, o.seed)
  local moments = math.ceil(math.pi * largest / (2 * o.resolution))
  if moments > MOST_MOMENTS then
    raise("%s: a resolution of %g THz takes %d moments, up to %d are taken: at least %.3g THz",
      where, o.resolution, moments, MOST_MOMENTS, math.pi * largest / (2 * MOST_MOMENTS))
  end
  moments = math.max(moments, LEAST_MOMENTS)
  local self = { atoms = rest, converged = converged }
  self.moments, self.largest = core.moments(rest, moments, o.probes, o.seed, o.centers)
  self.resolution = math.pi * self.largest / (2 * moments)
  local step = o.step or self.resolution / 2
  local points = math.ceil(self.largest / step)
  if points < 2 then
    raise("%s: a step of %g THz is too long: the largest frequency is %.4g THz", where, step,
      self.largest)
  end
  if points > MOST_POINTS then
    raise("%s: a step of %g THz makes %d frequencies, up to %d are taken", where, step, points,
      MOST_POINTS)
  end
  self.frequency = require("vitrum").array.range(0, points - 1) * step
  self.density, self.error = core.density(self.moments, self.largest, self.frequency)
  self.reduced = reduced(self.density, self.frequency)
  return setmetatable(self, DENSITY)
end

-- ---------------------------------------------------------------- Debye ----

---What a Debye solid of these constants has.
---@param elastic vitrum.Elastic
---@return table
function density.debye(elastic)
  local where = "modes.debye"
  if not options.is(elastic, "Elastic") then
    raise("%s: expected elastic constants, as vt.mechanics.elastic gives, got %s", where,
      numbers.show(elastic))
  end
  if not elastic.stable then
    raise("%s: the elastic constants are not positive definite, so there are no sound waves", where)
  end
  local atoms = elastic.atoms
  local volume = atoms:volume()
  local rho = atoms:density() * 1000 -- kg/m^3
  local longitudinal = math.sqrt((elastic.bulk + 4 / 3 * elastic.shear) * 1e9 / rho) -- m/s
  local transverse = math.sqrt(elastic.shear * 1e9 / rho)
  local mean = (3 / (1 / longitudinal ^ 3 + 2 / transverse ^ 3)) ^ (1 / 3)
  local number = #atoms / volume -- 1/A^3
  local frequency = mean * 0.01 * (3 * number / (4 * math.pi)) ^ (1 / 3) -- 1 m/s = 0.01 A/ps
  local omega = 2 * math.pi * frequency
  return { longitudinal = longitudinal, transverse = transverse, mean = mean,
           frequency = frequency, level = 3 / omega ^ 3 }
end

-- ---------------------------------------------------------------- help ----

help.register_type("ModeDensity", DENSITY)
help.document("modes.density", {
  terms = "vibrational density of states; VDOS; phonon density of states; kernel polynomial "
    .. "method; boson peak; reduced density of states; Chebyshev moments",
  see = "modes.lowest; modes.debye; modes.all",
  signature = "vt.modes.density(atoms, [options]) -> ModeDensity",
  summary = "Density g of all modes about the inherent structure (1/THz, its integral is 1) for "
    .. "samples of any size, by Chebyshev moments of the Hessian between random vectors (kernel "
    .. "polynomial method): no mode is made. The result has frequency (THz), density, error (its "
    .. "standard error by probes), reduced (g(w)/w^2 with w = 2 pi nu in rad/ps, ps^3, flat for a "
    .. "Debye solid; below the resolution it shows nothing but that), moments (probes x moments), "
    .. "resolution, largest (an upper bound of frequencies, THz), atoms. With centers it is the "
    .. "share of some atoms, again with an integral of 1.",
  options = density.OPTIONS,
  example = "local d = vt.modes.density(glass)\nvt.plot{ x = d.frequency, y = d.density }\n"
    .. "local zr = vt.modes.density(glass, { centers = \"Zr\" })",
})
help.document("modes.debye", {
  terms = "Debye level; Debye frequency; sound velocity; speed of sound; boson "
    .. "peak",
  see = "mechanics.elastic; modes.density",
  signature = "vt.modes.debye(elastic) -> { frequency, level, ... }",
  summary = "What an isotropic solid with these elastic constants would have if all its modes were "
    .. "sound waves: longitudinal, transverse and mean speed (m/s), frequency at which its modes "
    .. "end (THz), level of g(w)/w^2 (ps^3) below it.",
  example = "local d = vt.modes.density(glass)\n"
    .. "local debye = vt.modes.debye(vt.mechanics.elastic(glass))\n"
    .. "print((d.reduced / debye.level):slice{ 10, 20 })",
})

return density
