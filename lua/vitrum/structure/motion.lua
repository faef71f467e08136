-- How atoms move in a trajectory: mean squared displacement, self-intermediate scattering function,
-- non-Gaussian parameter, velocity autocorrelation, relaxation time.

local core = require "vitrum.motion_core"
local frames = require "vitrum.structure.frames"
local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local session = require "vitrum.session"

local raise = options.raise

local motion = {}

local Motion = {} -- methods
local MOTION <const> = { __name = "vitrum.Motion", __index = Motion }

-- What memory did not suffice for; nothing when it did.
local function describe_thinning(self)
  return self.thinning == 1 and ""
    or ("; time origins up to %d times further apart, for memory"):format(self.thinning)
end

MOTION.__tostring = function(self)
  local tau = self.fs and self:relaxation_time()
  local last = #self.time
  return ("motion over %d frames, lags to %g ps: msd %.4g A^2 at the end%s%s"):format(self.frames,
    self.time[last], self.msd[last],
    tau and (", relaxation time %.4g ps at q = %.3g/A"):format(tau, self.q) or "",
    describe_thinning(self))
end

---Time at which the self-intermediate scattering function has fallen to a level, between frames
---interpolated in the logarithm of time.
---@param level number? by default 1/e
---@return number? tau [ps]; nil while it has not fallen so far
function Motion:relaxation_time(level)
  local where = "Motion:relaxation_time"
  if not self.fs then raise("%s: give q (1/A) to vt.structure.motion, 2.7 for instance", where) end
  if level == nil then level = math.exp(-1) end
  if type(level) ~= "number" or not (level > 0 and level < 1) then
    raise("%s: the level must be between 0 and 1, got %s", where, numbers.show(level))
  end
  local t, f = self.time, self.fs
  for k = 2, #t do
    if f[k] <= level then
      local part = (f[k - 1] - level) / (f[k - 1] - f[k])
      if t[k - 1] == 0 then return t[k] * part end
      return t[k - 1] * (t[k] / t[k - 1]) ^ part
    end
  end
  return nil
end

---Diffusion coefficient from the slope of the mean squared displacement.
---@param given table? from, to: range of lags [ps]
---@return number D [A^2/ps]
---@return number error of the slope, from the scatter about the line
function Motion:diffusion(given)
  local where = "Motion:diffusion"
  local o = options.check(where, motion.DIFFUSION, given)
  local last = self.time[#self.time]
  local from, to = o.from or last / 4, o.to or last / 2
  local x, y = {}, {}
  for k = 1, #self.time do
    local t = self.time[k]
    if t >= from and t <= to then x[#x + 1], y[#y + 1] = t, self.msd[k] end
  end
  if #x < 2 then
    raise("%s: there are %d lags from %g to %g ps; two are needed", where, #x, from, to)
  end
  local line = require("vitrum").fit.line(x, y)
  return line.slope / 6, line.slope_error / 6
end

local LABELS <const> = {
  msd = { "mean squared displacement (Å²)", true }, fs = { nil, false },
  alpha2 = { "non-Gaussian parameter", false },
}

---Draw one of the correlations against time.
---@param given table? what = "msd", "fs" or "alpha2", partial = true, and the options of vt.plot
function Motion:plot(given)
  local settings, what, partial = {}, self.fs and "fs" or "msd", false
  for key, value in next, options.given("Motion:plot", given) do
    if key == "what" then
      what = value
    elseif key == "partial" then
      partial = value
    else
      settings[key] = value
    end
  end
  if not LABELS[what] or not self[what] then
    raise("Motion:plot: what must be \"msd\", \"alpha2\" or, with q, \"fs\"; got %s",
      numbers.show(what))
  end
  local logy = settings.logy
  if logy == nil then logy = LABELS[what][2] and self.msd:max() > 0 end
  -- Zero has no place on a logarithmic axis: not the first lag, not atoms that are where they were.
  local curves = {}
  local function add(values, label)
    local x, y = self.time:slice{ 2 }, values:slice{ 2 }
    if what == "msd" and logy then x, y = x:select(y:gt(0)), y:select(y:gt(0)) end
    if #y > 0 then curves[#curves + 1] = { x = x, y = y, label = label } end
  end
  add(self[what], partial and "all" or nil)
  if partial then
    for symbol, values in pairs(self.partial) do add(values[what], symbol) end
    table.sort(curves, function(a, b) return a.label < b.label end)
  end
  local label = what == "fs" and ("F_s(q = %g/Å, t)"):format(self.q) or LABELS[what][1]
  curves.xlabel, curves.ylabel, curves.logx = "time (ps)", label, true
  curves.logy = logy or nil
  for key, value in pairs(settings) do curves[key] = value end
  return require("vitrum").plot(curves)
end

-- ---------------------------------------------------------------- frames and times ----

-- Rounding of times that files write with six digits.
local UNEVEN <const> = 1e-4

-- Goes through the frames, checks that they come at even times, and returns the interval [ps].
local function add_frames(where, source, o, sums)
  local matched = { species = o.species, format = o.format, skip = o.skip, stride = o.stride,
                    frames = o.frames, match = true }
  local last, interval, count = nil, nil, 0
  for atoms, info, number in frames.each(where, source, matched) do
    count = number
    local now = info.time or (info.timestep and o.timestep and info.timestep * o.timestep)
    if o.interval then
      now = (number - 1) * o.interval
    elseif not now then
      local how = info.timestep and "a step number but no time; give timestep = of the dynamics, "
        .. "or " or "no time; give "
      raise("%s: frame %d tells %sinterval = between the frames taken [ps]", where, number, how)
    end
    if number == 2 then
      interval = now - last
      if interval <= 0 then
        raise("%s: frame 2 is not later than frame 1 (%g ps, then %g ps)", where, last, now)
      end
    elseif number > 2 and math.abs(now - last - interval) > UNEVEN * interval then
      raise("%s: frames must come at even times, but frame %d comes %g ps after the one before it "
        .. "and frame 2 came after %g ps; choose frames by skip and stride", where, number,
        now - last, interval)
    end
    last = now
    core.add(sums, atoms)
  end
  if count < 2 then
    raise("%s: there is one frame only; motion needs at least two", where)
  end
  return interval, count
end

-- What makes the displacements doubtful is said once.
local function warn(where, source, sums)
  local note, frame = core.note(sums)
  if note == "" then return end
  local file = type(source) == "string" and source .. ": " or ""
  session.warn(("%s: %sat frame %d %s"):format(where, file, frame, note))
end

-- Put the named correlations into `result` and, by species, into result.partial.
local function take_values(result, sums, names)
  result.partial = result.partial or {}
  for name, field in pairs(names) do
    local partial
    result[field], partial = core.values(sums, name)
    for symbol, values in pairs(partial) do
      if values[1] == values[1] then -- a species without atoms has nan
        result.partial[symbol] = result.partial[symbol] or {}
        result.partial[symbol][field] = values
      end
    end
  end
end

---Displacements between frames of a trajectory.
function motion.motion(source, given)
  local where = "structure.motion"
  local o = options.check(where, motion.OPTIONS, given)
  if o.origin_every > 1 and o.spacing == "logarithmic" then
    raise("%s: option 'origin_every' is for spacing = \"linear\"; with logarithmic spacing the "
      .. "length of a lag tells how far apart its time origins are", where)
  end
  local sums = core.new(false, o.q or 0, o.lags, o.spacing == "logarithmic", o.origin_every,
    o.memory * 1e9)
  local interval, count = add_frames(where, source, o, sums)
  warn(where, source, sums)
  local lags, pairs_ = core.lags(sums)
  local result = { time = lags * interval, origins = pairs_, frames = count, interval = interval,
                   thinning = core.thinning(sums), q = o.q }
  take_values(result, sums, { msd = "msd", alpha2 = "alpha2", fs = o.q and "fs" or nil })
  return setmetatable(result, MOTION)
end

-- ---------------------------------------------------------------- velocities ----

local Velocity = {} -- methods
local VELOCITY <const> = { __name = "vitrum.VelocityAutocorrelation", __index = Velocity }

VELOCITY.__tostring = function(self)
  return ("velocity autocorrelation over %d frames, lags to %g ps%s"):format(self.frames,
    self.time[#self.time], describe_thinning(self))
end

---Draw the normalized autocorrelation.
---@param given table? options of vt.plot
function Velocity:plot(given)
  local curves = { { x = self.time, y = self.normalized } }
  curves.xlabel, curves.ylabel = "time (ps)", "velocity autocorrelation"
  options.put("VelocityAutocorrelation:plot", curves, given)
  return require("vitrum").plot(curves)
end

---Velocity autocorrelation function of a trajectory.
function motion.velocity_autocorrelation(source, given)
  local where = "structure.velocity_autocorrelation"
  local o = options.check(where, motion.VELOCITY, given)
  local sums = core.new(true, 0, o.lags, false, o.origin_every, o.memory * 1e9)
  local interval, count = add_frames(where, source, o, sums)
  local lags, pairs_ = core.lags(sums)
  local result = { time = lags * interval, origins = pairs_, frames = count, interval = interval,
                   thinning = core.thinning(sums) }
  take_values(result, sums, { velocity = "total" })
  result.normalized = result.total / result.total[1]
  for symbol, values in pairs(result.partial) do result.partial[symbol] = values.total end
  return setmetatable(result, VELOCITY)
end

-- ---------------------------------------------------------------- options and help ----

local INTERVAL <const> = { name = "interval", kind = "positive", unit = "ps", range = "time",
  help = "time between the frames taken, when the files do not tell or instead" }
local TIMESTEP <const> = { name = "timestep", kind = "positive", unit = "ps", range = "timestep",
  help = "of the dynamics, when files tell step numbers only" }
local MEMORY <const> = { name = "memory", kind = "positive", unit = "GB", default = 4,
  help = "that time origins may take; when it does not suffice every other one is left out, and "
    .. "thinning tells how much further apart they are" }
local ORIGINS <const> = { name = "origin_every", kind = "count", default = 1,
  help = "frames from one time origin to the next; more saves memory" }

motion.OPTIONS = frames.with{
  { name = "q", kind = "positive", unit = "1/A",
    help = "wave number of the scattering function; the first peak of S(q), 2.7 for Cu-Zr" },
  INTERVAL, TIMESTEP,
  { name = "lags", kind = "count", default = 16,
    help = "evenly spaced lags, at least 2; that many frames are kept in memory, for logarithmic "
      .. "spacing for each doubling of time" },
  { name = "spacing", kind = "choice", choices = { "logarithmic", "linear" },
    default = "logarithmic", help = "beyond `lags` frames in steps of 2, 4, 8, ... frames to the "
      .. "length of the trajectory, or no further" },
  { name = "origin_every", kind = "count", default = 1,
    help = "linear spacing: frames from one time origin to the next; more saves memory" },
  MEMORY,
}
motion.VELOCITY = frames.with{
  INTERVAL, TIMESTEP,
  { name = "lags", kind = "count", default = 200, help = "evenly spaced lags, at least 2" },
  ORIGINS, MEMORY,
}
motion.DIFFUSION = {
  { name = "from", kind = "nonnegative", unit = "ps", help = "first lag; by default a quarter of "
    .. "the longest" },
  { name = "to", kind = "positive", unit = "ps", help = "last lag; by default half the longest" },
}

help.register_type("Motion", MOTION)
help.register_type("VelocityAutocorrelation", VELOCITY)
help.document("structure.motion", {
  terms = "MSD; mean squared displacement; mean square displacement; diffusion; "
    .. "intermediate scattering function; F(q,t); non-Gaussian parameter; dynamic "
    .. "heterogeneity; dynamics of a liquid; compute msd",
  see = "Motion:diffusion; Motion:relaxation_time; structure.velocity_autocorrelation",
  signature = "vt.structure.motion(source, [options]) -> Motion { time, msd, alpha2, fs, partial, "
    .. "origins, thinning, frames }",
  summary = "Mean squared displacement (A^2), non-Gaussian parameter 3<r^4>/(5<r^2>^2) - 1 and, "
    .. "with q, the self-intermediate scattering function <sin(q r)/(q r)> at "
    .. "lags time (ps), averaged over atoms and many time origins (origins: how many); "
    .. "partial.Cu.msd of one species. Frames are taken up one after the other: the file may be "
    .. "larger than memory. They must come at even times. The drift of the center of mass is taken "
    .. "off. Unwrapped positions of a dump (xu yu zu) are taken as they are; other atoms are "
    .. "followed from frame to frame by image counts, or by the nearest image where there are none "
    .. "or those of two frames do not belong together; the box may flip. Where a "
    .. "file gives no box (plain XYZ) positions are taken as they are, and a warning comes when "
    .. "atoms jump as wrapped ones do. In a box "
    .. "that is strained the affine motion is part of the displacement: of the msd, too.",
  options = motion.OPTIONS,
  example = 'local m = vt.structure.motion("melt.dump", { q = 2.7, timestep = 0.002 })\n'
    .. "print(m:relaxation_time(), m:diffusion())\nm:plot()" })
help.document("Motion:relaxation_time", {
  terms = "alpha relaxation; structural relaxation time; viscosity; relaxation",
  see = "structure.motion",
  signature = "m:relaxation_time([level]) -> number",
  summary = "Time [ps] at which the scattering function has fallen to 1/e, or to another level: "
    .. "the alpha-relaxation time. Interpolated in the logarithm of time; nil while it has not "
    .. "fallen so far.",
  example = "print(m:relaxation_time())" })
help.document("Motion:diffusion", {
  terms = "diffusion coefficient; diffusivity; self-diffusion; Einstein relation; diffusion",
  see = "structure.motion",
  signature = "m:diffusion([options]) -> number, error",
  summary = "Diffusion coefficient [A^2/ps]: a sixth of the slope of the mean squared "
    .. "displacement; 1 A^2/ps is 1e-8 m^2/s. Its error, from the scatter about the line, is nan "
    .. "for two lags.",
  options = motion.DIFFUSION, example = "print(m:diffusion{ from = 10, to = 50 })" })
help.document("Motion:plot", {
  signature = "m:plot([options]) -> file",
  summary = 'Draw against time: what = "fs" (where there is q), "msd" or "alpha2"; partial = true '
    .. "also by species; the other options are those of vt.plot. On the logarithmic axis of msd "
    .. "lags at which it is 0 are left out; when it is 0 everywhere the axis is linear.",
  example = 'm:plot{ what = "msd", partial = true, file = "msd.svg" }' })
help.document("structure.velocity_autocorrelation", {
  terms = "VACF; vibrational density of states; VDOS; phonons",
  see = "Atoms:hessian",
  signature = "vt.structure.velocity_autocorrelation(source, [options]) -> "
    .. "VelocityAutocorrelation { time, total, normalized, partial, origins, thinning, frames }",
  summary = "<v(0) v(t)> (A^2/ps^2) at evenly spaced lags time (ps), of all atoms and by species, "
    .. "without the motion of the center of mass; normalized is 1 at time 0. Frames are taken up "
    .. "one after the other.",
  options = motion.VELOCITY,
  example = 'local v = vt.structure.velocity_autocorrelation("run.dump", { interval = 0.01 })\n'
    .. "v:plot()" })
help.document("VelocityAutocorrelation:plot", {
  signature = "v:plot([options]) -> file", summary = "Draw the normalized function; options of "
    .. "vt.plot.", example = 'v:plot{ file = "vacf.svg" }' })

local structure <const> = require("vitrum").structure
structure.motion = motion.motion
structure.velocity_autocorrelation = motion.velocity_autocorrelation

return motion
