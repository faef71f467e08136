-- Relaxation times of a supercooled liquid against temperature: the equation of Vogel, Fulcher and
-- Tammann, the glass transitions that it implies, fragility.

local fit = require "vitrum.analysis.fit"
local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local random = require "vitrum.random"
local separable = require "vitrum.analysis.separable"
local texts = require "vitrum.base.text"

local raise <const> = options.raise

local LEAST_POINTS <const> = 5 -- three parameters, and two for the scatter
-- Bounds of T0 as parts of the lowest temperature: below the first, times are Arrhenius' in all but
-- name; at the second the lowest temperature is the transition itself.
local BOUNDS <const> = { 0.01, 0.999 }

local OPTIONS <const> = {
  { name = "samples", kind = "count", default = 500, between = { 20, 100000 },
    help = "of the bootstrap, 20 to 100000" },
  { name = "seed", kind = "seed", default = 1, help = "of the bootstrap" },
  { name = "times", kind = "array", default = { 1e4, 1e14 }, unit = "ps",
    help = "relaxation times that define a glass transition: 10 ns, and 100 s" },
}

local VFT <const> = { __name = "vitrum.VFT", __index = {} }

VFT.__tostring = function(self)
  local lines = { ("VFT: tau0 = %.3g ps, B = %s, T0 = %s K (%d points)"):format(self.tau0,
    texts.plain(self.B, self.B_error), texts.plain(self.T0, self.T0_error), self.n) }
  for _, glass in ipairs(self.glass) do
    lines[#lines + 1] = ("tau = %g ps: Tg = %s K, m = %s"):format(glass.time,
      texts.plain(glass.temperature, glass.temperature_error),
      texts.plain(glass.fragility, glass.fragility_error))
  end
  return table.concat(lines, "\n")
end

local function tau_at(self, temperature)
  if temperature <= self.T0 then
    raise("fit.vft: vft(T): at %s K, not above T0 = %.4g K, the time is infinite",
      numbers.show(temperature), self.T0)
  end
  return self.tau0 * math.exp(self.B * self.T0 / (temperature - self.T0))
end

VFT.__call = function(self, temperature)
  if type(temperature) == "number" then return tau_at(self, temperature) end
  local list = numbers.finite_list(temperature, "fit.vft: vft(T)")
  for k, one in ipairs(list) do list[k] = tau_at(self, one) end
  return require("vitrum").array(list)
end

local function basis(temperature, t0) return 1.0, 1 / (temperature - t0) end

-- tau0, B, T0 from logarithms of the times; nil, with the bound, where T0 ends at one.
local function parameters_of(temperatures, logs)
  local least = math.huge
  for _, t in ipairs(temperatures) do least = math.min(least, t) end
  local found = separable.fit(temperatures, logs, basis, { BOUNDS[1] * least, BOUNDS[2] * least })
  if not found then return nil, "low" end
  local c = found.coefficients
  if found.edge or c[2] <= 0 then return nil, found.edge or "slope" end
  return { log_tau0 = c[1], B = c[2] / found.p, T0 = found.p }
end

-- Transition and fragility at a relaxation time.
local function glass_at(p, time)
  local length = math.log(time) - p.log_tau0
  if length <= 0 then return nil end
  return p.T0 * (1 + p.B / length), length / math.log(10) * (1 + length / p.B)
end

-- Half the width of the central 68.27 %, since T0 near its bound makes long tails.
local function spread(list)
  if #list < 2 then return numbers.NAN end
  local ends = require("vitrum").array(list):quantile{ 0.15866, 0.84134 }
  return 0.5 * (ends[2] - ends[1])
end

local WHY <const> = {
  low = "the times follow Arrhenius' law rather than this one: T0 would vanish; go on to lower "
    .. "temperatures, where they bend",
  high = "T0 would be the lowest temperature itself: the time there stands apart from the others",
  slope = "the times do not grow on cooling",
}

-- Refits with the residuals drawn anew.
local function resample(xs, ys, fitted, o)
  local residuals, source, list, lost = {}, random.source(o.seed), {}, 0
  for k, t in ipairs(xs) do
    residuals[k] = ys[k] - fitted.log_tau0 - fitted.B * fitted.T0 / (t - fitted.T0)
  end
  -- Residuals of a fit are smaller than the errors: three numbers went into the curve.
  local inflate = math.sqrt(#xs / (#xs - 3))
  for _ = 1, o.samples do
    local noise, again = source:resample(residuals, 1), {}
    for k = 1, #xs do again[k] = ys[k] - residuals[k] + inflate * noise[k] end
    local p = parameters_of(xs, again)
    if p then list[#list + 1] = p else lost = lost + 1 end
  end
  return list, lost
end

local function field(list, f)
  local values = {}
  for k, p in ipairs(list) do values[k] = f(p) end
  return values
end

local function check_data(where, temperature, tau)
  local xs = numbers.finite_list(temperature, where .. ": the temperatures")
  local ys = numbers.finite_list(tau, where .. ": the times")
  numbers.check_equal(xs, ys, where)
  local seen, different = {}, 0
  for k = 1, #xs do
    if xs[k] <= 0 or ys[k] <= 0 then
      raise("%s: point %d is %s ps at %s K; both must be positive", where, k, numbers.show(ys[k]),
        numbers.show(xs[k]))
    end
    if not seen[xs[k]] then seen[xs[k]], different = true, different + 1 end
    ys[k] = math.log(ys[k])
  end
  if different < LEAST_POINTS then
    raise("%s: there are %d different temperatures; three parameters and their errors need at "
      .. "least %d", where, different, LEAST_POINTS)
  end
  return xs, ys
end

---The equation of Vogel, Fulcher and Tammann through relaxation times.
---@param temperature vitrum.Array|number[] [K]
---@param tau vitrum.Array|number[] [ps]
---@param given table?
---@return vitrum.VFT
function fit.vft(temperature, tau, given)
  local where = "fit.vft"
  local o = options.check(where, OPTIONS, given)
  local xs, ys = check_data(where, temperature, tau)
  local times = numbers.finite_list(o.times, where .. ": times")
  local p, why = parameters_of(xs, ys)
  if not p then raise("%s: %s", where, WHY[why]) end
  local list, lost = resample(xs, ys, p, o)
  local function deviation(f) return spread(field(list, f)) end
  local result = {
    tau0 = math.exp(p.log_tau0), B = p.B, T0 = p.T0, n = #xs, samples = o.samples, seed = o.seed,
    lost = lost, glass = {}, T0_error = deviation(function(q) return q.T0 end),
    B_error = deviation(function(q) return q.B end),
    log_tau0_error = deviation(function(q) return q.log_tau0 end) / math.log(10),
  }
  for k, time in ipairs(times) do
    local tg, m = glass_at(p, time)
    if not tg then
      raise("%s: times[%d] is %g ps, not above tau0 = %.3g ps: no temperature has it", where, k,
        time, result.tau0)
    end
    result.glass[k] = {
      time = time, temperature = tg, fragility = m,
      temperature_error = deviation(function(q) return (glass_at(q, time)) or 0.0 end),
      fragility_error = deviation(function(q) return (select(2, glass_at(q, time))) or 0.0 end),
    }
  end
  return setmetatable(result, VFT)
end

help.register_type("VFT", VFT)
help.document("fit.vft", {
  terms = "Vogel-Fulcher-Tammann; VFT; fragility; fragility index; kinetic fragility; Angell plot; "
    .. "relaxation time; glass transition; supercooled liquid; viscosity",
  see = "fragility; Motion:relaxation_time; fit.glass_transition",
  signature = "vt.fit.vft(temperature, tau, [options]) -> { tau0, B, T0, glass, ... }",
  summary = "The equation of Vogel, Fulcher and Tammann, tau = tau0 exp(B T0/(T - T0)), through "
    .. "relaxation times tau [ps] at five or more temperatures [K], by least squares in the "
    .. "logarithm of tau: tau0 [ps], B, T0 [K] with T0_error, B_error and log_tau0_error (decades) "
    .. "from a bootstrap of the residuals; vft(T) is the time at T. glass has, for each of the "
    .. "times, the temperature at which tau is that long and the fragility m = d log10 tau/"
    .. "d(Tg/T) there, with temperature_error and fragility_error. A transition far below the "
    .. "temperatures is an extrapolation, whose error the bootstrap of this one equation "
    .. "understates. lost counts resampled sets that no such curve fits.",
  options = OPTIONS,
  example = "local v = vt.fit.vft({ 1400, 1300, 1200, 1100, 1000 }, { 0.9, 1.3, 2.1, 4.2, 11 })\n"
    .. "print(v)\nprint(v.glass[1].temperature, v.glass[2].fragility)",
})

return fit
