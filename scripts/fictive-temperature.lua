-- Heat a glass and find its fictive temperature: where the line of the glass, extrapolated, meets
-- that of the equilibrium liquid.
--
-- The glass line is fitted where heating has not changed the glass yet; the liquid is measured by
-- itself, with time at each temperature, since on heating it is still on its way.

local vt = require "vitrum"
local kit = vt.protocol.kit

local function fit_of(p, temperature, property, liquid)
  return kit.fictive_temperature(temperature, property, {
    glass = { p.glass_low or p.low, p.glass_high }, liquid = liquid, degree = p.degree,
    seed = p.seed })
end

local function add_value(out, name, tf)
  out:value(name, tf.temperature or "not found", tf.temperature and "K",
            { error = tf.error, note = tf.reason })
end

return vt.protocol{
  name = "fictive-temperature",
  summary = "Heat a glass and find its fictive temperature.",
  terms = "fictive temperature; effective temperature; heating; Tf",
  source = "Fictive temperature from the volume on heating at 1e10 K/s as in the paper on "
    .. "structural flexibility of Cu-Zr glasses, after Badrinarayanan et al. (2007).",
  description = "The glass settles at the lower temperature and is heated at a constant rate. The "
    .. "liquid that it becomes is held at each of the temperatures of the liquid, hottest first; "
    .. "the second half of each hold counts. Glass line and liquid line, of volume and enthalpy, "
    .. "meet at the fictive temperature: the better relaxed the glass, the lower.",
  times = "4,000 atoms on two cores: 10 min at 1e13 K/s, an hour at 1e12 K/s.",
  params = {
    kit.glass,
    kit.temperature("low", 50, "at which heating begins"),
    kit.rate("heating_rate", 1e12, "of the glass"),
    kit.time("settle", 10, "at the lower temperature before heating"),
    { "liquid", "1500,1400,1300,1200,1100", kind = "numbers", unit = "K", above = 0,
      range = "temperature", help = "temperatures of the equilibrium liquid; three or more" },
    kit.time("liquid_time", 100, "at each temperature of the liquid"),
    { "degree", 1, min = 1, max = 2, help = "of the liquid: 1 a straight line, 2 a parabola" },
    kit.temperature("glass_low", nil, "fit of the glass line, lower end; default: low"),
    kit.temperature("glass_high", 500, "its upper end"),
    kit.dynamics{ temperature = false, sample_every = 0.5 },
  },
  presets = {
    paper = { heating_rate = 1e10, liquid_time = 1000, sample_every = 5 },
    test = { heating_rate = 1e14, settle = 1, liquid = "2000,1800,1600,1400", liquid_time = 2,
             sample_every = 0.02, timestep = 0.004 },
  },
  files = { { "thermo.csv", "samples of the dynamics" } },
  example = "glass=quench/glass.data heating_rate=1e13",

  check = function(p)
    table.sort(p.liquid, function(a, b) return a > b end)
    local least = p.liquid[#p.liquid]
    if #p.liquid < p.degree + 3 then
      kit.fail("liquid has %d temperatures; a fit of degree %d and its error need at least %d",
               #p.liquid, p.degree, p.degree + 3)
    end
    if (p.glass_low or p.low) >= p.glass_high then
      kit.fail("the glass window is empty: its lower end (%g K) must be below glass_high (%g K)",
               p.glass_low or p.low, p.glass_high)
    end
    if p.glass_high >= least then
      kit.fail("glass_high (%g K) must be below the lowest temperature of the liquid (%g K)",
               p.glass_high, least)
    end
    if p.low >= p.glass_high then
      kit.fail("low (%g K) must be below glass_high (%g K)", p.low, p.glass_high)
    end
  end,

  plan = function(p)
    return { { "settling", p.settle },
             { "heating", (math.max(table.unpack(p.liquid)) - p.low) / (p.heating_rate * 1e-12) },
             { "liquid", #p.liquid * p.liquid_time } }
  end,

  run = function(p, out)
    local md = out:md(p, { ensemble = "npt", temperature = p.low, csv = "thermo.csv",
                           start = function() return kit.moving(p, p.low) end })
    md:run("settling", kit.hold(p.low, p.settle))
    local s = md:run("heating", kit.ramp(p.low, p.liquid[1], p.heating_rate))
    local n = #md.atoms
    local liquid = { temperature = {}, volume = {}, enthalpy = {} }
    for k, temperature in ipairs(p.liquid) do
      local held = md:run(("liquid at %g K"):format(temperature),
                          kit.hold(temperature, p.liquid_time))
      local late = held.time:gt(held.time:max() - p.liquid_time / 2)
      liquid.temperature[k] = temperature
      liquid.volume[k] = held.volume[late]:mean() / n
      liquid.enthalpy[k] = held.enthalpy[late]:mean() / n
    end
    -- Against the thermostat's target: the temperature of a small sample fluctuates, which would
    -- flatten the lines.
    local r = { target = s.target_temperature, volume = s.volume / n, enthalpy = s.enthalpy / n,
                liquid = liquid }
    for name, key in pairs{ Tf = "volume", Tf_enthalpy = "enthalpy" } do
      r[name] = fit_of(p, r.target, r[key],
                       { temperature = liquid.temperature, property = liquid[key] })
    end
    add_value(out, "fictive temperature from the volume", r.Tf)
    add_value(out, "fictive temperature from the enthalpy", r.Tf_enthalpy)
    return r
  end,

  report = function(page, r)
    page:section "Fictive temperature"
    for _, case in ipairs{ { r.Tf, "volume", "volume (Å³/atom)" },
                           { r.Tf_enthalpy, "enthalpy", "enthalpy (eV/atom)" } } do
      kit.transition_figure(page, r.target, r[case[2]], case[1], case[3], {
        process = "heating", equilibrium = { r.liquid.temperature, r.liquid[case[2]] } })
    end
  end,
}
