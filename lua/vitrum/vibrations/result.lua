-- What runs of vibrations tell: amplitudes, how well they are known, spectra.

local core = require "vitrum.vibrations_core"
local groups = require "vitrum.structure.groups"
local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local session = require "vitrum.session"

local raise <const> = options.raise

local result = {}

local Vibrations = {} -- methods
local VIBRATIONS <const> = { __name = "vitrum.Vibrations", __index = Vibrations }

local PLATEAU <const> = 1.3 -- above it atoms do not stay at their places
local NAMED <const> = 5     -- atoms that hopped and are named

local function vt() return require "vitrum" end

-- ---------------------------------------------------------------- words ----

local function hop_text(self)
  local list, total = {}, 0
  for _, hop in ipairs(self.hops) do
    for k, atom in ipairs(hop.atoms) do
      total = total + 1
      if #list < NAMED then
        list[#list + 1] = ("%d by %.2g A in run %d"):format(atom, hop.distance[k], hop.run)
      end
    end
  end
  if total == 0 then return nil end
  return ("atoms hopped out of their places, and such a run does not count for them and those that "
    .. "moved along; %d hops: atom %s%s"):format(total, table.concat(list, ", "),
    total > #list and ", ..." or "")
end

local function plateau_text(self)
  if self.plateau <= PLATEAU then return nil end
  return ("no plateau: the mean squared displacement of whole runs is %.2f times that of their "
    .. "halves, so atoms go somewhere; this is a liquid, or too hot (%g K) for amplitudes to mean "
    .. "anything"):format(self.plateau, self.temperature)
end

VIBRATIONS.__tostring = function(self)
  local lines = { ("vibrations of %d atoms at %.4g K (mean %.4g K), %d runs of %g ps: msd %.4g "
    .. "A^2, v_flex %.4g A^3"):format(#self.msd, self.temperature, self.mean_temperature, self.runs,
    self.time, self.mean_msd, self.mean_v_flex) }
  local list = {}
  for symbol, value in pairs(self.reliability) do
    list[#list + 1] = ("%s %.3f"):format(symbol, value)
  end
  table.sort(list)
  lines[2] = ("plateau %.3f; reliability of ln msd by halves of the runs: %s"):format(self.plateau,
    table.concat(list, ", "))
  lines[#lines + 1] = plateau_text(self)
  lines[#lines + 1] = hop_text(self)
  return table.concat(lines, "\n")
end

-- ---------------------------------------------------------------- amplitudes ----

local FEWEST <const> = 10 -- atoms of a species that have a correlation

-- Spearman and Brown: how well the mean of all runs would agree with that of as many others.
local function reliability_of(atoms, square, counted)
  local list, both = {}, counted:gt(0):all(2)
  local halves = square / vt().array.where(counted:gt(0), counted, 1)
  both = both * halves:gt(0):all(2)
  for _, species in ipairs(atoms:species()) do
    local chosen = (groups.chosen("vibrations", atoms, species.symbol) * both):gt(0)
    if chosen:sum() >= FEWEST then
      local ln = halves:select(chosen):log()
      local r = vt().learn.score(ln:slice(nil, 1):copy(), ln:slice(nil, 2):copy()).pearson
      list[species.symbol] = 2 * r / (1 + r)
    end
  end
  return list
end

---The result of a job.
---@param job table what vitrum.vibrations has summed
---@return vitrum.Vibrations
function result.make(job)
  local array, o, atoms = vt().array, job.o, job.still
  local counted = job.counted:sum(2)
  local known = counted:gt(0)
  local self = { atoms = atoms, temperature = o.temperature, runs = job.run, time = o.time,
                 every = o.every, counted = counted, hops = job.hops }
  self.msd = array.where(known, job.square:sum(2) / array.where(known, counted, 1), numbers.NAN)
  if o.volume == "mean" then
    self.a = array.full((atoms:volume() / #atoms) ^ (1 / 3), #atoms)
  else
    self.a = vt().structure.voronoi(atoms).volume ^ (1 / 3)
  end
  self.v_flex = self.msd * self.a
  self.mean_msd, self.mean_v_flex = numbers.NAN, numbers.NAN
  if known:any() then
    self.mean_msd = self.msd:select(known):mean()
    self.mean_v_flex = self.v_flex:select(known):mean()
  end
  local temperature, whole, halves = 0.0, 0.0, 0.0 -- of all atoms, wherever they went
  for _, row in ipairs(job.rows) do
    temperature, whole, halves = temperature + row[3], whole + row[4], halves + row[4] / row[5]
  end
  self.mean_temperature, self.plateau = temperature / #job.rows, whole / halves
  self.reliability = reliability_of(atoms, job.square, job.counted)
  self.correlation = job.correlation and job.correlation / array.where(known, counted, 1)
    :reshape(-1, 1)
  setmetatable(self, VIBRATIONS)
  for _, text in ipairs{ plateau_text(self) or "", hop_text(self) or "" } do
    if text ~= "" then session.warn("vibrations: " .. text) end
  end
  return self
end

---The harmonic values beside these.
---@param given table? of vt.modes.displacement
---@return table
function Vibrations:harmonic(given)
  local where = "Vibrations:harmonic"
  local o = options.put(where, { temperature = self.temperature, minimize = false }, given)
  local motion = vt().modes.displacement(self.atoms, o)
  local known = self.msd:isfinite()
  local own, other = self.msd:select(known), motion.msd:select(known)
  return { msd = motion.msd, ratio = own:mean() / other:mean(), error = motion.error,
           score = vt().learn.score(other:log(), own:log()) }
end

-- ---------------------------------------------------------------- spectra ----

local Spectrum = {} -- methods
local SPECTRUM <const> = { __name = "vitrum.VibrationSpectrum", __index = Spectrum }

SPECTRUM.__tostring = function(self)
  local peak = self.boson_peak
  return ("vibrational density of states of %d atoms, 0 to %.4g THz in steps of %.3g, resolution "
    .. "%.2g THz\n%s"):format(self.atoms, self.frequency:max(), self.frequency[2],
    self.resolution, peak.frequency
    and ("boson peak at %.3g THz, height of g(w)/w^2 %.4g (10^-6 ps^3)"):format(peak.frequency,
      peak.height) or "no boson peak: " .. peak.reason)
end

result.SPECTRUM = {
  { name = "atoms", kind = "value",
    help = "whose spectrum: a species (\"Cu\"), a list or array of their numbers, or a mask; by "
      .. "default that of all" },
  { name = "window", kind = "choice", choices = { "hann", "gaussian", "none" }, default = "hann",
    help = "takes the autocorrelation to zero at its longest lag" },
  { name = "mass_weighted", kind = "boolean", default = true,
    help = "weigh velocities with the masses, which makes the spectrum of an alloy that of its "
      .. "modes; Fan, Ding and Ma do not. No matter within one species" },
  { name = "from", kind = "nonnegative", default = 0.5, unit = "THz",
    help = "the boson peak lies above this" },
  { name = "to", kind = "positive", default = 3, unit = "THz", help = "and below this" },
}

-- The highest point of g/w^2 in a window, between grid points by a parabola.
local function boson_peak(self, o)
  local nu, reduced, best = self.frequency, self.reduced, nil
  local step = nu[2]
  for k = 2, #nu - 1 do
    if nu[k] >= o.from and nu[k] <= o.to and (not best or reduced[k] > reduced[best]) then
      best = k
    end
  end
  if not best then return { reason = ("no point from %g to %g THz"):format(o.from, o.to) } end
  local left, middle, right = reduced[best - 1], reduced[best], reduced[best + 1]
  if not (left <= middle and right <= middle) then -- at a frequency of 0 it is nan
    return { reason = ("g(w)/w^2 is largest at the end of the window, %.3g THz"):format(nu[best]) }
  end
  local bend = left - 2 * middle + right
  local shift = bend < 0 and 0.5 * (left - right) / bend or 0.0
  return { frequency = nu[best] + shift * step,
           height = 1e6 * (middle - 0.25 * (left - right) * shift) }
end

---Density of states of the vibrations, of all atoms or of some.
---@param given table?
---@return vitrum.VibrationSpectrum
function Vibrations:spectrum(given)
  local where = "Vibrations:spectrum"
  local o = options.check(where, result.SPECTRUM, given)
  if not self.correlation then
    raise("%s: autocorrelations of velocities are not there; ask for them, as vt.vibrations(glass, "
      .. "{ spectrum = true, time = 20 })", where)
  end
  if o.from >= o.to then
    raise("%s: from = %g THz must be below to = %g THz", where, o.from, o.to)
  end
  local weights = groups.chosen(where, self.atoms, o.atoms) * self.counted:gt(0)
  local atoms = math.tointeger(weights:sum())
  if atoms == 0 then raise("%s: option 'atoms' leaves no atoms", where) end
  if not o.mass_weighted then weights = weights / self.atoms:masses() end
  local c = weights:reshape(1, -1):dot(self.correlation):reshape(-1):copy()
  local density, step = core.density(c, self.every, o.window, where)
  local lags = #c - 1
  local spectrum = { atoms = atoms, density = density, lag = vt().array.range(0, lags) * self.every,
                     correlation = c / c[1], resolution = 1 / (lags * self.every) }
  spectrum.frequency = vt().array.range(0, #density - 1) * step
  local omega = spectrum.frequency * (2 * math.pi)
  spectrum.reduced = density / (2 * math.pi) / omega:square()
  spectrum.reduced[1] = numbers.NAN
  spectrum.boson_peak = boson_peak(spectrum, o)
  return setmetatable(spectrum, SPECTRUM)
end

-- ---------------------------------------------------------------- help ----

help.register_type("Vibrations", VIBRATIONS)
help.register_type("VibrationSpectrum", SPECTRUM)
help.document("Vibrations:harmonic", {
  terms = "harmonic approximation",
  see = "modes.displacement; vibrations",
  signature = "v:harmonic([options]) -> { msd, ratio, score, error }",
  summary = "The mean squared displacements that harmonic vibrations about the same minimum would "
    .. "have, by vt.modes.displacement, whose options it takes: ratio is the mean msd of the "
    .. "dynamics over the harmonic one, score compares the logarithms atom by atom. Both agree "
    .. "within 10 % where runs are long against the slowest modes and no atom finds a second "
    .. "place; beyond, the glass is not harmonic at this temperature.",
  example = "print(v:harmonic().ratio)",
})
help.document("Vibrations:spectrum", {
  terms = "velocity autocorrelation function; VACF; vibrational density of states; VDOS; phonon "
    .. "density of states; boson peak; reduced density of states; Wiener-Khinchin; Fourier "
    .. "transform",
  see = "vibrations; structure.groups",
  signature = "v:spectrum([options]) -> { frequency, density, reduced, boson_peak, lag, "
    .. "correlation }",
  summary = "Density of states g (1/THz, its integral is 1) at frequencies nu (THz) from the "
    .. "autocorrelation of velocities, g = 4 int c(t) cos(2 pi nu t) w(t) dt with a window w, of "
    .. "all atoms or of some. reduced is g(w)/w^2 with w = 2 pi nu in rad/ps (ps^3), flat for a "
    .. "Debye solid; boson_peak { frequency (THz), height (1e-6 ps^3), or reason } its maximum "
    .. "in a window of frequencies. Take time = 20 or more for vt.vibrations: the resolution is "
    .. "one over the longest lag (ps), in a small box waves leave gaps below it.",
  options = result.SPECTRUM,
  example = "local v = vt.vibrations(glass, { spectrum = true, time = 20 })\n"
    .. 'local s = v:spectrum{ atoms = "Cu" }\nprint(s, s.boson_peak.height)\n'
    .. "vt.plot(s.frequency, s.density)",
})
return result
