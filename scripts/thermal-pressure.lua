-- Anneal a glass above its glass transition under pressure, cool it under pressure, release it, and
-- compare its energy with that of a control that is held at room temperature for the same time.
--
-- Heating and cooling have to be as fast as the quench that made the glass: a glass that is cooled
-- more quickly than before gains energy without any pressure.

local vt = require "vitrum"
local kit = vt.protocol.kit

-- Simulated times [ps]: of heating or cooling, and of the whole path A to D.
local function times(p)
  local swing = (p.anneal - p.room) / (p.rate * 1e-12)
  return swing, 2 * swing + p.hold
end

-- Li et al., Fig. 2(a).
local function paper_value(p)
  if p.anneal == 1000 then return "+0.010 eV/atom" end
  return p.anneal < 845 and "below zero" or "above zero"
end

return vt.protocol{
  name = "thermal-pressure",
  summary = "Anneal a glass under pressure and compare its energy with that of a control.",
  terms = "rejuvenation; thermal pressure loading; annealing under pressure; aging; "
    .. "pressure-promoted rejuvenation; stored energy",
  source = "Li, Yu, Branicio, Sha: Effects of rejuvenation modes on the microstructures and "
    .. "mechanical properties of metallic glasses, sections 2 and 3.2; order of the steps as in "
    .. "Miyazaki et al., npj Comput. Mater. 2, 16013 (2016).",
  description = "Path of Fig. 1(a): pressure at room temperature (A), heating (B), holding (C), "
    .. "cooling under pressure (D), release. The rate should be that of the quench.",
  times = "As in the paper: 4.6 ns each for the treated glass and for the control, at 1000 K.",
  params = {
    kit.glass,
    kit.temperature("anneal", 1000, "temperature T_a of the annealing"),
    { "applied_pressure", 3, kind = "number", unit = "GPa", range = "pressure", above = 0,
      help = "from A to D" },
    kit.rate("rate", 1e12, "of heating and cooling"),
    kit.time("hold", 2000, "at the annealing temperature; the paper does not give it"),
    kit.treatment{ relax = 1000 },
    kit.temperature("melting", 1200, "liquidus of the alloy, above which no glass is annealed"),
    kit.dynamics{ temperature = false, pressure = false },
  },
  presets = {
    paper = { potential = "ZrCuAl2011.eam.alloy" },
    laptop = { potential = "ZrCuAl2011.eam.alloy", hold = 200, relax = 100 },
    test = { rate = 1e14, hold = 1, relax = 0.5, minima = 2, sample_every = 0.05 },
  },
  files = { { "treated.csv, control.csv", "samples of the dynamics" },
            { "treated.data, control.data", "both glasses at the end" } },
  example = "glass=quench/glass.data anneal=800,900,1000",

  check = function(p, glass)
    kit.check_glass(p, glass)
    if p.anneal <= p.room then
      kit.fail("anneal (%g K) must be above room (%g K), where the glass is", p.anneal, p.room)
    elseif p.anneal >= p.melting then
      kit.fail("anneal (%g K) must be below melting (%g K): above it the glass becomes a melt, and "
        .. "cooling that is a quench (scripts/quench.lua)", p.anneal, p.melting)
    end
  end,

  plan = function(p)
    local swing, path = times(p)
    return { { "start", p.relax }, { "heating under pressure", swing }, { "holding", p.hold },
             { "cooling under pressure", swing }, { "control", path },
             { "measurements", 2 * p.relax } }
  end,

  run = function(p, out)
    local md, start = kit.start(p, out)
    local treated = md:branch("treated", { csv = "treated.csv" })
    local control = md:branch("control", { csv = "control.csv" })
    local watch = kit.watch(start, #md.atoms,
                            ("at %g GPa and up to %g K"):format(p.applied_pressure, p.anneal))
    local function under_pressure(name, step)
      step.pressure, step.sample = p.applied_pressure, watch
      return treated:run(name, step)
    end
    local heating = under_pressure("heating", kit.ramp(p.room, p.anneal, p.rate))
    local holding = under_pressure("holding", kit.hold(p.anneal, p.hold))
    local cooling = under_pressure("cooling", kit.ramp(p.anneal, p.room, p.rate))
    local after = kit.relaxed(p, out, treated, "released")
    control:run("control", kit.hold(p.room, select(2, times(p))))
    local beside = kit.relaxed(p, out, control, "control")
    out:save(treated.atoms, "treated.data")
    out:save(control.atoms, "control.data")
    kit.add_changes(out, after, beside, { paper = paper_value(p),
      source = "Li et al., Fig. 2(a): 3 GPa, 430,000 atoms, 1e12 K/s" })
    return { treated = after, control = beside, start = start,
             steps = { heating = heating, holding = holding, cooling = cooling } }
  end,

  report = function(page, r, p, out)
    local function steps_figure(x, y, scale, xlabel, ylabel, caption)
      local plot = { xlabel = xlabel, ylabel = ylabel }
      for k, name in ipairs { "heating", "holding", "cooling" } do
        local s = r.steps[name]
        plot[k] = { x = s[x], y = s[y] * scale, label = name }
      end
      page:figure{ plot = plot, caption = caption, data = "treated.csv" }
    end
    page:section "The path"
    steps_figure("time", "target_temperature", 1, "time (ps)", "temperature (K)",
      ("A to B: heating under %g GPa; B to C: holding at %g K; C to D: cooling under pressure.")
        :format(p.applied_pressure, p.anneal))
    steps_figure("time", "pressure", 1, "time (ps)", "pressure (GPa)", "Pressure on the path.")
    steps_figure("target_temperature", "potential_energy", 1 / r.treated.atoms, "temperature (K)",
      "potential energy (eV/atom)", "Energy under pressure: where cooling comes back to the line "
        .. "of heating, the glass is as it was; above it, it has gained energy.")
    page:section "The glass afterwards"
    kit.table(page, {
      { glass = "treated", warm = r.treated.warm, warm_error = r.treated.warm_error,
        energy = r.treated.energy, energy_error = r.treated.energy_error,
        volume = r.treated.volume, volume_error = r.treated.volume_error },
      { glass = "control of the same age", warm = r.control.warm,
        warm_error = r.control.warm_error, energy = r.control.energy,
        energy_error = r.control.energy_error, volume = r.control.volume,
        volume_error = r.control.volume_error },
    }, { { "glass", "glass" },
         { "energy at room temperature (eV/atom)", "warm", error = "warm_error" },
         { "energy of inherent structures (eV/atom)", "energy", error = "energy_error" },
         { "their volume (Å³/atom)", "volume", error = "volume_error" } },
      ("Means over the second half of %g ps without pressure."):format(p.relax))
    kit.view_figure(page, out, "treated.data", { color = "five_fold",
      caption = "The glass after treatment." })
  end,
}
