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
local LIQUID_WINDOW_LOW <const> = 1100 -- [K]; of a melt colder than that, halfway to the end
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
  local middle, top = (p.low + p.high) / 2, LIQUID_WINDOW_TOP * p.high
  return {
    glass = { p.glass_low or p.low,
              p.glass_high or math.min(p.low + GLASS_WINDOW_WIDTH, middle) },
    liquid = { p.liquid_low or (LIQUID_WINDOW_LOW < top and LIQUID_WINDOW_LOW or middle),
               p.liquid_high or top },
    seed = p.seed,
  }
end

-- Rows of the quench alone, against the thermostat's target: the instantaneous temperature
-- fluctuates by T sqrt(2/(3 N)), which in a small sample would flatten the lines.
-- At constant volume the pressure's fluctuations drown the enthalpy, and the potential energy,
-- which differs from the total one by a straight line, takes its place.
local function cooling_curve(record, ensemble, first, last)
  local curve = { target = {}, volume = {}, enthalpy = {} }
  local step, target = record:column "step", record:column "target"
  local volume = record:column "volume"
  local enthalpy = record:column(ensemble == "npt" and "enthalpy" or "potential_energy")
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
  if not ok then
    return { found = false, reason = tostring(tg):gsub("^.-glass_transition: ", "") }
  end
  return {
    found = true, temperature = tg.temperature, error = tg.error, value = tg.value,
    glass = { tg.glass.line.intercept, tg.glass.line.slope },
    liquid = { tg.liquid.line.intercept, tg.liquid.line.slope },
  }
end

-- ---------------------------------------------------------------- results ----

local function first_peak(g)
  local r, total = g.r:totable(), g.total:totable()
  local best = 1
  for k = 1, #total do
    if total[k] > total[best] then best = k end
  end
  return r[best], total[best]
end

local function pairs_of(partial)
  local names = {}
  for name in pairs(partial) do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- gr.csv; returns what the report needs.
local function write_structure(p, out, atoms)
  local g = vt.structure.rdf(atoms, { rmax = p.rmax, bins = p.bins })
  local names = pairs_of(g.partial)
  local columns = { "r [A]", "total [-]" }
  for _, name in ipairs(names) do columns[#columns + 1] = name .. " [-]" end
  local record = out:record("gr.csv", columns)
  record:rewind(-1)
  local lists = { g.r:totable(), g.total:totable() }
  for _, name in ipairs(names) do lists[#lists + 1] = g.partial[name]:totable() end
  for k = 1, #lists[1] do
    local row = {}
    for i, list in ipairs(lists) do row[i] = list[k] end
    record:add(table.unpack(row))
  end
  record:commit()
  local r, height = first_peak(g)
  return { pairs = names, peak = r, height = height }
end

-- The glass and its inherent structure, saved and measured.
local function write_glass(p, out, glass)
  local save = { overwrite = true, provenance = out:provenance() }
  local low = { volume = glass:volume() / #glass, density = glass:density(),
                energy = glass:energy() / #glass }
  glass:save(out:path "glass.data", save)
  local inherent = glass:copy()
  local minimum = vt.minimize(inherent, { fmax = INHERENT_FMAX })
  inherent:save(out:path "inherent.data", save)
  low.inherent, low.converged = minimum.energy / #glass, minimum.converged
  low.reason, low.evaluations = minimum.reason, minimum.evaluations
  low.structure = write_structure(p, out, p.structure == "inherent" and inherent or glass)
  return low
end

local function add_results(out, low, tg)
  local paper = { paper = "650 K", source = "Li et al., from V(T)",
                  note = "there at 1e12 K/s with another potential for Cu64Zr36; faster cooling "
                    .. "gives a higher Tg" }
  local second = tg.volume and "Tg from the enthalpy" or "Tg from the energy"
  for _, entry in ipairs { { "Tg from the volume", tg.volume }, { second, tg.enthalpy } } do
    local name, found = entry[1], entry[2]
    if found and found.found then
      out:result{ name = name, value = found.temperature, error = found.error, unit = "K",
                  paper = paper.paper, source = paper.source, note = paper.note }
    elseif found then
      out:result{ name = name, value = "not found", note = found.reason, paper = paper.paper,
                  source = paper.source }
    end
  end
  local function add(name, value, unit, note)
    out:result{ name = name, value = value, unit = unit, note = note }
  end
  add("density at the end", low.density, "g/cm³")
  add("volume at the end", low.volume, "Å³/atom")
  add("inherent structure energy", low.inherent, "eV/atom",
    not low.converged and "not converged: " .. low.reason or nil)
  add("first peak of g(r)", low.structure.peak, "Å")
end

-- ---------------------------------------------------------------- report ----

local function line_through(window, line)
  local y = {}
  for k, t in ipairs(window) do y[k] = line[1] + line[2] * t end
  return y
end

-- A property on cooling, the two lines, and their crossing.
local function transition_figure(page, curve, property, tg, options, label)
  local series = { { x = curve.target, y = curve[property], label = "cooling", style = "points" },
                   xlabel = "T (K)", ylabel = label }
  local caption = ("The %s during the quench against the thermostat's target."):format(
    label:match "^%a+")
  if tg.found then
    local glass = { options.glass[1], tg.temperature }
    local liquid = { tg.temperature, options.liquid[2] }
    series[2] = { x = glass, y = line_through(glass, tg.glass), label = "glass", style = "lines" }
    series[3] = { x = liquid, y = line_through(liquid, tg.liquid), label = "liquid",
                  style = "lines" }
    series[4] = { x = { tg.temperature }, y = { tg.value }, style = "points", xerror = { tg.error },
                  label = ("Tg = %.0f K"):format(tg.temperature) }
    caption = ("%s Lines fitted from %g to %g K and from %g to %g K cross at Tg = %.0f ± %.0f K.")
      :format(caption, options.glass[1], options.glass[2], options.liquid[1], options.liquid[2],
              tg.temperature, tg.error)
  else
    caption = caption .. " No glass transition was found: " .. tg.reason .. "."
  end
  page:figure{ plot = series, caption = caption }
end

local function structure_figures(page, p, out, low)
  local gr = vt.csv.read(out:path "gr.csv")
  local of = p.structure == "inherent" and "the inherent structure"
    or ("one instant at %g K"):format(p.low)
  page:section "Structure"
  page:figure{
    plot = { x = gr.r, y = gr.total, xlabel = "r (Å)", ylabel = "g(r)" },
    caption = ("Pair distribution function of %s; its first peak is at %.2f Å."):format(of,
      low.structure.peak),
  }
  local series = { xlabel = "r (Å)", ylabel = "g(r)" }
  for k, name in ipairs(low.structure.pairs) do
    series[k] = { x = gr.r, y = gr[name], label = name }
  end
  page:figure{ plot = series, caption = "Partial pair distribution functions." }
end

local function write_report(p, out, curve, low, tg, options)
  out:report(("Quench of %s"):format(out.values.composition), function(page)
    page:section "Glass transition"
    if tg.volume then
      transition_figure(page, curve, "volume", tg.volume, options, "volume (Å³/atom)")
    else
      page:text "At constant volume there is no V(T) to find the transition in."
    end
    transition_figure(page, curve, "enthalpy", tg.enthalpy, options,
                      tg.volume and "enthalpy (eV/atom)" or "energy (eV/atom)")
    structure_figures(page, p, out, low)
  end)
end

-- ---------------------------------------------------------------- the protocol ----

local function runs_of(p)
  local pressure = p.ensemble == "npt" and p.pressure or nil
  local function run(label, fields)
    fields.label, fields.pressure, fields.every = label, pressure, p.sample_every
    return fields
  end
  return {
    run("melting", { temperature = p.high, time = p.melt_time }),
    run("quenching", { temperature = { p.high, p.low }, cooling_rate = p.cooling_rate }),
    run("relaxing", { temperature = p.low, time = p.relax_time }),
  }
end

local function check(p)
  if p.low >= p.high then
    error(("low (%g K) must be below high (%g K)"):format(p.low, p.high), 0)
  end
  local options = windows(p)
  for _, name in ipairs { "glass", "liquid" } do
    local window = options[name]
    if window[1] >= window[2] then
      error(("the %s window is empty: %s_low (%g K) must be below %s_high (%g K)"):format(name,
        name, window[1], name, window[2]), 0)
    end
  end
  return options
end

return vt.protocol{
  name = "quench",
  summary = "Quench a melt to a glass, with its glass transition and structure.",
  source = "Melt, quench and Tg from V(T) as in Li, Yu, Branicio, Sha: Effects of rejuvenation "
    .. "modes on the microstructures and mechanical properties of metallic glasses, section 2.",
  description = "A random packing of atoms melts at the higher temperature, cools to the lower one "
    .. "at a constant rate, and relaxes there. Tg is where straight lines through glass and liquid "
    .. "cross, in V(T) and in H(T).",
  params = {
    composition = { "Cu64Zr36", kind = "composition", help = "symbols with their shares" },
    atoms = { 4000, min = 20, max = 10000000, help = "number of atoms" },
    high = { 2000, unit = "K", range = "temperature", above = 0, help = "temperature of the melt" },
    low = { 300, unit = "K", range = "temperature", above = 0, help = "temperature at the end" },
    cooling_rate = { 1e13, unit = "K/s", range = "temperature rate", above = 0,
                     help = "of the quench" },
    melt_time = { 5, unit = "ps", range = "time", above = 0, help = "equilibration of the melt" },
    relax_time = { 3, unit = "ps", range = "time", above = 0,
                   help = "at the lower temperature after the quench" },
    ensemble = { "npt", choices = { "npt", "nvt" }, help = "the pressure or the volume is held" },
    pressure = { 0, unit = "GPa", range = "pressure", help = "target of npt" },
    -- Energy drift of 256 atoms at 2000 K without thermostat: below 0.001 eV/atom/ns with 0.002 ps,
    -- 0.01 with 0.004 ps, 0.02 with 0.005 ps; the thermostat takes that up.
    timestep = { 0.004, unit = "ps", range = "timestep", above = 0, max = 0.01,
                 help = "of the dynamics; 0.002 for elements lighter than Cu" },
    potential = { "CuZr_mm.eam.fs", help = "setfl file, sought on the potential path" },
    seed = { 1, min = 0, help = "of positions and velocities" },
    sample_every = { 0.1, unit = "ps", range = "time", above = 0,
                     help = "time between rows of thermo.csv" },
    structure = { "inherent", choices = { "inherent", "thermal" },
                  help = "g(r) of the energy minimum, or of one instant at the lower temperature" },
    rmax = { 10, unit = "A", range = "distance", above = 0, max = 50, help = "range of g(r)" },
    bins = { 200, min = 1, max = 100000, help = "of g(r)" },
    glass_low = { unit = "K", range = "temperature", optional = true,
                  help = "window of the glass line; default: low" },
    glass_high = { unit = "K", range = "temperature", optional = true,
                   help = "its end; default: low + 300 K" },
    liquid_low = { unit = "K", range = "temperature", optional = true,
                   help = "window of the liquid line; default 1100" },
    liquid_high = { unit = "K", range = "temperature", optional = true,
                    help = "its end; default: 0.9 high" },
  },
  order = { "composition", "atoms", "high", "low", "cooling_rate", "melt_time", "relax_time",
            "ensemble", "pressure", "timestep", "potential", "seed", "sample_every", "structure",
            "rmax", "bins", "glass_low", "glass_high", "liquid_low", "liquid_high" },
  example = "composition=Cu50Zr50 cooling_rate=1e12 seed=2 out=slow-2",
  run = function(p, out)
    local options = check(p)
    local potential = vt.potential.eam(p.potential)
    out:uses(potential)
    local runs = runs_of(p)
    out:plan(p.melt_time + p.relax_time + (p.high - p.low) / (p.cooling_rate * 1e-12))
    local record = out:record("thermo.csv", THERMO)
    local md = out:dynamics{ name = "quench", potential = potential, runs = runs,
                             start = function() return start(p) end,
                             record = record, row = thermo_row(p.atoms) }
    local low = out:stage("glass", function() return write_glass(p, out, md.atoms) end)
    local steps = record:column "step"
    local from = math.floor(p.melt_time / p.timestep + 0.5)
    local to = steps[#steps] - math.floor(p.relax_time / p.timestep + 0.5)
    local curve = cooling_curve(record, p.ensemble, from, to)
    local tg = out:stage("glass transition", function()
      return { volume = p.ensemble == "npt" and glass_transition(curve, "volume", options) or nil,
               enthalpy = glass_transition(curve, "enthalpy", options) }
    end)
    add_results(out, low, tg)
    out:stage("report", function() write_report(p, out, curve, low, tg, options) end)
    return { Tg = tg.volume and tg.volume.temperature, Tg_enthalpy = tg.enthalpy.temperature,
             density = low.density, volume = low.volume, energy = low.inherent }
  end,
}
