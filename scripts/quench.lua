-- Melt an alloy and quench it to a glass; find the glass transition on the way.
--
-- Writes to its folder: glass.data (the glass with velocities, LAMMPS format), inherent.data (the
-- energy minimum below it), thermo.csv (temperature, energy, enthalpy, volume, pressure along the
-- way), gr.csv (pair distribution functions), report.html, run.json, log.txt.
--
-- 1e13 K/s is a first look: simulated cooling is a million times faster than that of a real
-- ribbon, and the slower the cooling, the lower the glass transition and the energy of the glass.

local vt = require "vitrum"

local THERMO <const> = { "step", "time [ps]", "temperature [K]", "target [K]",
                         "potential_energy [eV/atom]", "enthalpy [eV/atom]", "volume [A^3/atom]",
                         "pressure [GPa]" }

-- Random packing leaves close pairs; they only have to be taken apart before the melt is stirred.
local PACKING_FMAX <const> = 1.0 -- [eV/A]
local INHERENT_FMAX <const> = 1e-4 -- [eV/A]

-- The ends of the windows in which V(T) and H(T) are straight, unless given. Fast cooling moves
-- the transition to around 800 K, so the liquid's window starts well above it.
local GLASS_WINDOW_WIDTH <const> = 300 -- [K] above the lowest temperature
local LIQUID_WINDOW_LOW <const> = 1100 -- [K]
local LIQUID_WINDOW_TOP <const> = 0.9 -- of the highest temperature

local function thermo_row(n)
  return function(s)
    return s.step, s.time, s.temperature, s.target_temperature, s.potential_energy / n,
           s.enthalpy / n, s.volume / n, s.pressure
  end
end

local function build(p)
  local atoms = vt.atoms.random{ composition = p.composition, n = p.atoms, seed = p.seed }
  atoms.potential = vt.potential.eam(p.potential)
  vt.minimize(atoms, { fmax = PACKING_FMAX, max_evaluations = 500 })
  atoms:thermalize{ temperature = p.high, seed = p.seed }
  return atoms
end

local function start(p)
  local ensemble = p.ensemble == "npt" and { pressure = p.pressure } or {}
  ensemble.ensemble, ensemble.temperature = p.ensemble, p.high
  ensemble.timestep, ensemble.seed = p.timestep, p.seed
  return vt.md(build(p), ensemble)
end

-- ---------------------------------------------------------------- analysis ----

local function windows(p)
  local glass_top = math.min(p.low + GLASS_WINDOW_WIDTH, (p.low + p.high) / 2)
  local liquid_low = math.max(LIQUID_WINDOW_LOW, (p.low + p.high) / 2)
  return {
    glass = { p.glass_low or p.low, p.glass_high or glass_top },
    liquid = { p.liquid_low or math.min(liquid_low, LIQUID_WINDOW_TOP * p.high - 1),
               p.liquid_high or LIQUID_WINDOW_TOP * p.high },
    seed = p.seed,
  }
end

-- Rows of the quench alone, against the thermostat's target: the instantaneous temperature
-- fluctuates by T sqrt(2/(3 N)), which in a small sample would flatten the lines.
local function cooling_curve(record, first, last)
  local curve = { target = {}, volume = {}, enthalpy = {} }
  local step, target = record:column "step", record:column "target"
  local volume, enthalpy = record:column "volume", record:column "enthalpy"
  for k = 1, #step do
    if step[k] >= first and step[k] <= last then
      local i = #curve.target + 1
      curve.target[i], curve.volume[i], curve.enthalpy[i] = target[k], volume[k], enthalpy[k]
    end
  end
  return curve
end

-- The crossing of the two lines, or why there is none: a quench that is too short or too noisy to
-- show its transition is still a quench.
local function glass_transition(curve, property, options)
  local ok, tg = pcall(vt.fit.glass_transition, curve.target, curve[property], options)
  if not ok then return { reason = tostring(tg):gsub("^[^:]+:%d+: ", ""), found = false } end
  return {
    found = true, temperature = tg.temperature, error = tg.error, value = tg.value,
    glass = { tg.glass.line.intercept, tg.glass.line.slope },
    liquid = { tg.liquid.line.intercept, tg.liquid.line.slope },
  }
end
