-- Hold a glass at room temperature under equal tension along x and y, unload it, let it relax:
-- which part of the strain comes back at once, which later, which never, and what energy it gains.

local vt = require "vitrum"
local kit = vt.protocol.kit

-- Li et al., Fig. 2(b) and section 3.3.2, by stress in GPa. The unit of the rate is not given.
local ENERGIES <const> = { [2.3] = "below zero", [2.4] = "above zero", [2.5] = "above zero",
                           [2.6] = "+0.0021 eV/atom" }
local RATES <const> = { [2.3] = 0.0138, [2.4] = 0.0176, [2.5] = 0.0349, [2.6] = 0.0508 }
local FROM <const> = 0.25 -- of the hold: 5 of 20 ns, where the slope of the creep begins
local LATE <const> = 0.5 -- part of an instant over which its strain is averaged

-- Strains along the axes since the start.
local function strains(start, s)
  return s.lx / start.lx - 1, s.ly / start.ly - 1, s.lz / start.lz - 1
end

-- Equivalent strain of the mean box over the last `time` ps of the samples.
local function strain_at_end(start, s, time)
  local late = s.time:gt(s.time:max() - time)
  return kit.equivalent(strains(start, { lx = s.lx[late]:mean(), ly = s.ly[late]:mean(),
                                         lz = s.lz[late]:mean() }))
end

-- Hold under the load; false as soon as the sample flows, which ends the run.
local function load(p, md, start)
  local stress = { xx = p.stress, yy = p.stress, zz = 0 }
  local function holds(s)
    return kit.equivalent(strains(start, s)) < p.flow
  end
  local loading = md:run("loading", { temperature = p.room, time = p.instant, stress = stress,
                                      every = p.instant / 40, sample = holds })
  local flows = not holds(kit.last(loading))
  if flows then return flows, loading, loading end
  local holding = md:run("holding", { temperature = p.room, time = p.hold - p.instant,
                                      stress = stress, sample = holds })
  return not holds(kit.last(holding)), loading, holding
end

-- The parts of the strain: what goes at once on unloading, what goes later, what stays.
local function parts_of(p, start, loading, holding, unloading, after)
  local instant = LATE * p.instant
  local held, unloaded = strain_at_end(start, holding, instant), strain_at_end(start, unloading,
    instant)
  local stays = kit.equivalent(strains(start, after))
  return { on_loading = strain_at_end(start, loading, instant), total = held,
           elastic = held - unloaded, anelastic = unloaded - stays, viscoelastic = stays }
end

local function add_values(p, out, r)
  local function strain(name, value, note)
    out:value(name, 100 * value, "%", { note = note })
  end
  strain("equivalent strain at the end of the hold", r.parts.total)
  strain("elastic part", r.parts.elastic, ("%g ps after unloading"):format(p.instant))
  strain("anelastic part", r.parts.anelastic, ("until %g ps after it"):format(p.unload))
  strain("viscoelastic part", r.parts.viscoelastic, "what is left")
  strain("elastic strain on loading", r.parts.on_loading)
  if r.creep then
    out:value("deformation rate", 1000 * r.creep.slope, "%/ns", {
      error = 1000 * r.creep.error,
      paper = RATES[p.stress],
      source = "Li et al., section 3.3.2, taken as % per ns",
      note = ("slope from %g to %g ns"):format(FROM * p.hold / 1000, p.hold / 1000) })
  end
  kit.add_changes(out, r.treated, r.control, { paper = ENERGIES[p.stress],
                  source = "Li et al., Fig. 2(b): 430,000 atoms, hold of 20 ns" })
end

return vt.protocol{
  name = "biaxial",
  summary = "Hold a glass under equal tension along two axes, unload it, and see what stays.",
  terms = "rejuvenation; biaxial tension; elastostatic loading; creep; anelasticity; "
    .. "viscoelastic strain; permanent strain",
  source = "Li, Yu, Branicio, Sha: Effects of rejuvenation modes on the microstructures and "
    .. "mechanical properties of metallic glasses, sections 2 and 3.3.",
  description = "The stress is there at once along x and y, and zero along z. The strain is that "
    .. "of equation 1. A sample that flows ends the run; what was measured by then is kept.",
  times = "As in the paper: 25 ns each for the treated glass and for the control.",
  params = {
    kit.glass,
    { "stress", 2.6, kind = "number", unit = "GPa", range = "pressure",
      help = "sigma_c, tension along x and y" },
    kit.time("hold", 20000, "under the load"),
    kit.time("unload", 5000, "without it; the last `relax` ps of that are the measurement"),
    kit.time("instant", 20, "that counts as at once: the cell needs some ps to follow"),
    { "flow", 0.15, above = 0, max = 1, help = "equivalent strain at which the sample flows" },
    kit.treatment{ relax = 1000 },
    kit.dynamics{ temperature = false, pressure = false },
  },
  presets = {
    paper = { potential = "ZrCuAl2011.eam.alloy" },
    laptop = { potential = "ZrCuAl2011.eam.alloy", hold = 2000, unload = 500, relax = 200 },
    test = { hold = 2, unload = 1.5, instant = 0.3, relax = 0.5, minima = 2, sample_every = 0.02 },
  },
  files = { { "treated.csv, control.csv", "samples of the dynamics" },
            { "treated.data, control.data", "both glasses at the end" },
            { "flowing.data", "in place of them, a sample that flows" } },
  example = "glass=quench/glass.data stress=2.3,2.4,2.5,2.6",

  check = function(p, glass)
    kit.check_glass(p, glass)
    if p.stress <= 0 then
      kit.fail("stress (%g GPa) must be above zero: this is a tension; for compression see "
        .. "scripts/thermal-pressure.lua", p.stress)
    elseif p.hold <= 2 * p.instant or p.unload <= p.relax + p.instant then
      kit.fail("hold (%g ps) must be more than twice instant (%g ps), and unload (%g ps) more than "
        .. "relax (%g ps) and instant", p.hold, p.instant, p.unload, p.relax)
    end
  end,

  plan = function(p)
    return { { "start", p.relax }, { "holding", p.hold }, { "unloaded", p.unload },
             { "control", p.hold + p.unload } }
  end,

  run = function(p, out)
    local md, start = kit.start(p, out, { barostat = "axes", pressure = 0 })
    local treated = md:branch("treated", { csv = "treated.csv" })
    local flows, loading, holding = load(p, treated, start)
    local r = { start = start, loading = loading, holding = holding, flows = flows }
    if flows then
      local s = kit.last(holding)
      out:save(treated.atoms, "flowing.data")
      out:value("flow", ("the sample flows %.4g ps after loading"):format(s.time
        - loading.time[1]), nil, { note = ("equivalent strain %.3g: %g GPa is beyond its yield "
        .. "stress; nothing was unloaded or compared"):format(kit.equivalent(strains(start, s)),
        p.stress) })
      return r
    end
    r.unloading = treated:run("unloading", { temperature = p.room, time = p.instant, pressure = 0,
                                             every = p.instant / 40 })
    r.recovery = treated:run("recovering", { temperature = p.room, pressure = 0,
                                             time = p.unload - p.instant - p.relax })
    r.treated = kit.relaxed(p, out, treated, "unloaded")
    local control = md:branch("control", { csv = "control.csv" })
    control:run("control", kit.hold(p.room, p.hold + p.unload - p.relax))
    r.control = kit.relaxed(p, out, control, "control")
    out:save(treated.atoms, "treated.data")
    out:save(control.atoms, "control.data")
    r.parts = parts_of(p, start, loading, holding, r.unloading, r.treated)
    local begin = loading.time[1]
    r.creep = kit.slope(holding.time - begin, kit.equivalent(strains(start, holding)) * 100,
                        FROM * p.hold, p.hold)
    add_values(p, out, r)
    return r
  end,

  report = function(page, r, p, out)
    local plot = { xlabel = "time (ps)", ylabel = "equivalent strain (%)" }
    local begin = r.loading.time[1]
    for _, entry in ipairs { { "loading", r.loading }, { "holding", r.holding },
                             { "unloading", r.unloading }, { "recovering", r.recovery } } do
      local s = entry[2]
      if s and not (r.flows and entry[1] == "holding" and s.time[1] == begin) then
        plot[#plot + 1] = { x = s.time - begin, label = entry[1],
                            y = kit.equivalent(strains(r.start, s)) * 100 }
      end
    end
    page:section "Strain"
    page:figure{ plot = plot, data = "treated.csv", caption =
      ("Equivalent strain under %g GPa along x and y%s."):format(p.stress,
        r.flows and ": the sample flows" or ", and without it") }
    kit.view_figure(page, out, r.flows and "flowing.data" or "treated.data", {
      color = "five_fold", caption = r.flows and "The flowing sample." or "The glass afterwards." })
  end,
}
