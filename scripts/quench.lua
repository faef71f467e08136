-- Melt an alloy and quench it to a glass; find the glass transition on the way.
--
-- 1e13 K/s is a first look: simulated cooling is a million times faster than that of a real
-- ribbon, and the slower the cooling, the lower the glass transition and the energy of the glass.

local vt = require "vitrum"
local kit = vt.protocol.kit

-- The windows in which V(T) and H(T) are straight, unless given. Fast cooling moves the transition
-- to around 800 K, so the liquid's window starts well above it.
local function windows(p)
  local middle, top = (p.low + p.high) / 2, 0.9 * p.high
  return { glass = { p.glass_low or p.low, p.glass_high or math.min(p.low + 300, middle) },
           liquid = { p.liquid_low or (1100 < top and 1100 or middle), p.liquid_high or top },
           seed = p.seed }
end

local function add_transition(out, name, tg)
  out:value(name, tg.temperature or "not found", tg.temperature and "K", {
    error = tg.error, paper = "650 K", source = "Li et al., from V(T)", note = tg.reason
      or "theirs is at 1e12 K/s with another potential for Cu64Zr36; faster cooling raises Tg",
  })
end

return vt.protocol{
  name = "quench",
  summary = "Quench a melt to a glass, with its glass transition and structure.",
  terms = "glass transition; cooling rate; quenching; melt-quench; vitrification; making a glass",
  source = "Melt, quench and Tg from V(T) as in Li, Yu, Branicio, Sha: Effects of rejuvenation "
    .. "modes on the microstructures and mechanical properties of metallic glasses, section 2.",
  description = "A random packing of atoms melts at the higher temperature, cools to the lower one "
    .. "at a constant rate, and relaxes there. Tg is where straight lines through glass and liquid "
    .. "cross, in V(T) and in H(T).",
  times = "4,000 atoms on two cores: 1 min at 1e13 K/s, some 10 min at 1e12 K/s.",
  params = {
    kit.melt,
    kit.temperature("high", 2000, "temperature of the melt"),
    kit.temperature("low", 300, "temperature at the end"),
    kit.rate("cooling_rate", 1e13, "of the quench"),
    kit.time("melt_time", 5, "equilibration of the melt"),
    kit.time("relax_time", 3, "at the lower temperature after the quench"),
    { "ensemble", "npt", choices = { "npt", "nvt" }, help = "hold the pressure or the volume" },
    kit.dynamics{ temperature = false, sample_every = 0.1,
                  timestep = { 0.004, help = "of the dynamics; 0.002 if lighter than Cu" } },
    { "structure", "inherent", choices = { "inherent", "thermal" },
      help = "g(r) of the energy minimum, or of a snapshot at the lower temperature" },
    kit.structure,
    kit.temperature("glass_low", nil, "fit of the glass line, lower end; default: low"),
    kit.temperature("glass_high", nil, "its upper end; default: low + 300 K"),
    kit.temperature("liquid_low", nil, "fit of the liquid line, lower end; default: 1100"),
    kit.temperature("liquid_high", nil, "its upper end; default: 0.9 high"),
  },
  presets = {
    paper = { atoms = 430000, cooling_rate = 1e12, timestep = 0.002, melt_time = 100,
              relax_time = 100, sample_every = 1 },
    test = { atoms = 400, cooling_rate = 1e14, melt_time = 1, relax_time = 1 },
  },
  files = { { "glass.data", "the glass with velocities" },
            { "inherent.data", "the energy minimum below it" },
            { "thermo.csv", "samples of the dynamics" }, { "gr.csv", "pair distributions" } },
  example = "composition=Cu50Zr50 cooling_rate=1e12 seed=2 out=slow-2",

  check = function(p)
    if p.low >= p.high then
      kit.fail("low (%g K) must be below high (%g K)", p.low, p.high)
    end
    for name, w in pairs { glass = windows(p).glass, liquid = windows(p).liquid } do
      if w[1] >= w[2] then
        kit.fail("the %s window is empty: %s_low (%g K) must be below %s_high (%g K)", name, name,
                 w[1], name, w[2])
      end
    end
  end,

  plan = function(p)
    return { { "melting", p.melt_time }, { "relaxing", p.relax_time },
             { "quenching", (p.high - p.low) / (p.cooling_rate * 1e-12) } }
  end,

  run = function(p, out)
    local md = out:md(p, { ensemble = p.ensemble, temperature = p.high, csv = "thermo.csv",
                           start = function() return kit.packing(p, p.high) end })
    md:run("melting", kit.hold(p.high, p.melt_time))
    local s = md:run("quenching", kit.ramp(p.high, p.low, p.cooling_rate))
    md:run("relaxing", kit.hold(p.low, p.relax_time))

    local r = out:stage("glass", function()
      local glass, inherent, minimum = md.atoms, kit.inherent(md.atoms)
      out:save(glass, "glass.data")
      out:save(inherent, "inherent.data")
      return { volume = glass:volume() / #glass, density = glass:density(),
               energy = minimum.energy / #glass,
               g = kit.rdf(p, out, p.structure == "inherent" and inherent or glass) }
    end)
    -- Against the thermostat's target: the temperature fluctuates by T sqrt(2/(3 N)), which in a
    -- small sample would flatten the lines. At constant volume the pressure's fluctuations drown
    -- the enthalpy, and the potential energy, a straight line below the total one, takes its place.
    r.target = s.target_temperature
    r.energies = (p.ensemble == "npt" and s.enthalpy or s.potential_energy) / p.atoms
    r.Tg_energy = kit.glass_transition(r.target, r.energies, windows(p))
    if p.ensemble == "npt" then
      r.volumes = s.volume / p.atoms
      r.Tg = kit.glass_transition(r.target, r.volumes, windows(p))
      add_transition(out, "Tg from the volume", r.Tg)
    end
    add_transition(out, r.Tg and "Tg from the enthalpy" or "Tg from the energy", r.Tg_energy)
    out:value("density at the end", r.density, "g/cm³")
    out:value("volume at the end", r.volume, "Å³/atom")
    out:value("inherent structure energy", r.energy, "eV/atom")
    out:value("first peak of g(r)", r.g.peak, "Å")
    return r
  end,

  report = function(page, r, p, out)
    page:section "The glass"
    kit.view_figure(page, out, "inherent.data", {
      color = { five_fold = "five_fold", coordination = "coordination", volume = "volume" },
      caption = ("The inherent structure of %d atoms; it repeats beyond the edges of the box.")
        :format(p.atoms) })
    page:section "Glass transition"
    if r.Tg then
      kit.transition_figure(page, r.target, r.volumes, r.Tg, "volume (Å³/atom)")
    else
      page:text "At constant volume there is no V(T) from which to find the transition."
    end
    kit.transition_figure(page, r.target, r.energies, r.Tg_energy,
                          r.Tg and "enthalpy (eV/atom)" or "energy (eV/atom)")
    page:section "Structure"
    kit.rdf_figures(page, r.g, p.structure == "inherent" and "the inherent structure"
      or ("a snapshot at %g K"):format(p.low))
  end,
}
