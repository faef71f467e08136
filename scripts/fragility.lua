-- How fast a liquid relaxes as it cools: the alpha-relaxation time at several temperatures, the
-- equation of Vogel, Fulcher and Tammann through them, glass transition and fragility.
--
-- A temperature at which the liquid does not relax within its run, or at which it has crystallized,
-- is named and left out of the fit.

local vt = require "vitrum"
local kit = vt.protocol.kit

local SOURCE <const> = "Supporting Information of the article on intrinsic tensile ductility of "
  .. "multi-principal element metallic glass (Ti25Zr25Hf25Co25, a neural network, 8,000 atoms), "
  .. "section 2.1 and Fig. S18"
local OTHER <const> = "other alloy and other potential"

local LEAST <const> = 8 -- temperatures
local CRYSTAL <const> = 0.1 -- share of crystalline atoms above which it is no liquid
local LEVEL <const> = math.exp(-1)
local NS10 <const>, S100 <const> = 1e4, 1e14 -- relaxation times at the glass transition [ps]

local function kelvin(t) return ("%g K"):format(t) end

-- ---------------------------------------------------------------- one temperature ----

-- The liquid at a temperature, in the mean box of its equilibration.
local function production(p, out, md, temperature, held)
  local late = held.time:gt(held.time:max() - p.equilibrate / 2)
  return out:md(p, {
    name = "production at " .. kelvin(temperature), ensemble = "nvt", temperature = temperature,
    start = function()
      return md.atoms:copy():set_box{ volume = held.volume[late]:mean(), remap = true }
    end })
end

-- The first peak of S(q) unless it is given.
local function wave_number(p, dump)
  if p.q then return p.q end
  return vt.structure.structure_factor(dump, { stride = 50 }):peak()
end

local function relaxation(p, liquid, dump, q)
  local m = vt.structure.motion(dump, { q = q, timestep = p.timestep })
  local r = { time = m.time, fs = m.fs, msd = m.msd, tau = m:relaxation_time(), q = q,
              last = m.fs[#m.fs] }
  if #m.time > 3 then r.diffusion = m:diffusion() end
  local inherent = kit.inherent(liquid, { fmax = 1e-3 })
  r.crystalline = vt.structure.common_neighbors(inherent).crystalline
  return r
end

-- ---------------------------------------------------------------- the fit ----

local function usable(r) return r.tau ~= nil and r.crystalline <= CRYSTAL end

-- The fit in plain values, or why there is none.
local function fit_of(p, list)
  local temperatures, times = {}, {}
  for _, r in ipairs(list) do
    if usable(r) then
      temperatures[#temperatures + 1], times[#times + 1] = r.temperature, r.tau
    end
  end
  local ok, v = pcall(vt.fit.vft, temperatures, times, { seed = p.seed, times = { NS10, S100 } })
  if not ok then return { reason = (tostring(v):gsub("^.-fit%.vft: ", "")) } end
  return { tau0 = v.tau0, B = v.B, T0 = v.T0, B_error = v.B_error, T0_error = v.T0_error,
           glass = { v.glass[1], v.glass[2] }, n = v.n, lost = v.lost, samples = v.samples }
end

local function tau_of(fit, temperature)
  return fit.tau0 * math.exp(fit.B * fit.T0 / (temperature - fit.T0))
end

-- ---------------------------------------------------------------- results ----

local function add_times(out, p, list)
  for _, r in ipairs(list) do
    local name = "relaxation time at " .. kelvin(r.temperature)
    if r.crystalline > CRYSTAL then
      out:value(name, "crystallized", nil, { note = ("%.0f %% of the atoms are in crystals")
        :format(100 * r.crystalline) })
    elseif not r.tau then
      out:value(name, ("nothing relaxes within %g ps"):format(p.time), nil, { note =
        ("F_s falls to %.2f; take a longer time, or leave this temperature out"):format(r.last) })
    else
      local note = r.tau > p.equilibrate and "longer than the equilibration; take more of it"
        or r.tau < p.frame_every and "shorter than the time between frames" or nil
      out:value(name, r.tau, "ps", { note = note })
    end
  end
end

local function add_fit(out, fit, list)
  if not fit.T0 then
    out:value("VFT", "not found", nil, { note = fit.reason })
    return
  end
  out:value("T0", fit.T0, "K", { error = fit.T0_error })
  out:value("B", fit.B, nil, { error = fit.B_error })
  out:value("tau0", fit.tau0, "ps")
  local coldest = math.huge
  for _, r in ipairs(list) do
    if usable(r) then coldest = math.min(coldest, r.temperature) end
  end
  for k, words in ipairs{ "tau is 10 ns", "tau is 100 s" } do
    local glass = fit.glass[k]
    local far = ("%g K below the coldest liquid that relaxed"):format(
      math.floor(coldest - glass.temperature + 0.5))
    out:value("Tg where " .. words, glass.temperature, "K", { error = glass.temperature_error,
      note = glass.temperature < coldest and far or nil })
    out:value("fragility m where " .. words, glass.fragility, nil, {
      error = glass.fragility_error, paper = k == 1 and "152" or nil, source = k == 1 and SOURCE
        or nil, note = k == 1 and OTHER or "the laboratory's definition" })
  end
end

local function scattering_figure(page, list, q)
  local plot = { xlabel = "time (ps)", ylabel = ("F_s(q = %.3g/Å, t)"):format(q), logx = true,
                 yrange = { 0, 1 } }
  for k, r in ipairs(list) do
    plot[k] = { x = r.time:slice{ 2 }, y = r.fs:slice{ 2 }, style = "lines",
                label = kelvin(r.temperature) }
  end
  plot[#plot + 1] = { x = { list[1].time[2], list[1].time[#list[1].time] }, y = { LEVEL, LEVEL },
                      style = "lines", dash = true, color = "gray", label = "1/e" }
  page:figure{ plot = plot, caption = "Self-intermediate scattering functions of all atoms; where "
    .. "they fall to 1/e is the relaxation time." }
end

-- Relaxation times against some function of the temperature, with the fitted curve down to `low`.
local function time_figure(page, list, fit, given)
  local points, curve = { x = {}, y = {}, style = "points", label = "this run" },
    { x = {}, y = {}, style = "lines", label = "VFT" }
  local high = 0.0
  for _, r in ipairs(list) do
    if usable(r) then
      points.x[#points.x + 1], points.y[#points.y + 1] = given.x(r.temperature), r.tau
      high = math.max(high, r.temperature)
    end
  end
  if #points.x == 0 then return end
  local plot = { points, xlabel = given.xlabel, ylabel = "relaxation time (ps)", logy = true }
  if fit.T0 then
    local low = given.low or points.x[#points.x]
    for k = 0, 100 do
      local temperature = low + (high - low) * k / 100
      curve.x[k + 1], curve.y[k + 1] = given.x(temperature), tau_of(fit, temperature)
    end
    plot[2] = curve
  end
  page:figure{ plot = plot, caption = given.caption, data = "relaxation.csv" }
end

return vt.protocol{
  name = "fragility",
  summary = "Relaxation times of a cooling liquid, its glass transition and its fragility.",
  terms = "fragility; Angell plot; VFT; relaxation time; supercooled liquid; self-intermediate "
    .. "scattering function; kinetic glass transition",
  source = SOURCE .. ". There m = d log10(tau)/d(Tg/T) at the Tg where tau is 10 ns.",
  description = "A melt cools from temperature to temperature, finds its density at zero pressure "
    .. "and moves at constant volume. The relaxation time is that after which the self-"
    .. "intermediate scattering function, at the first peak of S(q), has fallen to 1/e. Through "
    .. "the times goes the equation of Vogel, Fulcher and Tammann; glass transition and "
    .. "fragility follow from it for 10 ns, as simulations define it, and for 100 s, as "
    .. "laboratories do. Errors are from a bootstrap of the residuals.",
  times = "1,000 atoms by EAM on one core: a second for some 2 ps, 15 min in all.",
  params = {
    kit.melt{ atoms = 1000 }, kit.taper,
    { "temperatures", "1600,1500,1400,1300,1200,1100,1050,1000", kind = "numbers", unit = "K",
      above = 0, range = "temperature", help = "of the liquid, eight or more" },
    kit.temperature("high", 2000, "of the melt"),
    kit.time("melt_time", 10, "equilibration of the melt"),
    kit.rate("cooling_rate", 1e14, "from one temperature to the next"),
    kit.time("equilibrate", 50, "at each temperature before the measurement"),
    kit.time("time", 200, "of the measurement at each temperature"),
    kit.time("frame_every", 0.1, "between frames; less than the shortest relaxation time"),
    { "q", optional = true, unit = "1/A", above = 0, max = 20, kind = "number",
      help = "wave number; default: the first peak of S(q) at the first temperature" },
    { "keep_frames", false, help = "keep the trajectories, some MB for each temperature" },
    kit.dynamics{ temperature = false, timestep = 0.004, sample_every = 0.5 },
  },
  presets = {
    paper = { atoms = 8000, timestep = 0.002, equilibrate = 1000, time = 5000, frame_every = 0.2 },
    laptop = { atoms = 1000 },
    test = { atoms = 100, temperatures = "3000,2800,2600,2400,2200,2000,1800,1600", high = 3000,
             melt_time = 0.5, cooling_rate = 1e15, equilibrate = 0.2, time = 1.2,
             frame_every = 0.02, sample_every = 0.05 },
  },
  files = { { "relaxation.csv", "relaxation times" },
            { "fs-TEMPERATURE.csv", "scattering functions" } },
  example = "composition=Cu50Zr50 potential=ZrCuAl2011.eam.alloy time=500",

  check = function(p)
    table.sort(p.temperatures, function(a, b) return a > b end)
    for k = 2, #p.temperatures do
      if p.temperatures[k] == p.temperatures[k - 1] then
        kit.fail("temperatures names %g K twice", p.temperatures[k])
      end
    end
    if #p.temperatures < LEAST then
      kit.fail("temperatures has %d; three parameters, their errors and what does not relax take "
        .. "at least %d", #p.temperatures, LEAST)
    end
    if p.high < p.temperatures[1] then
      kit.fail("high (%g K) must not be below the hottest temperature (%g K)", p.high,
        p.temperatures[1])
    end
    if p.time < 10 * p.frame_every then
      kit.fail("time (%g ps) must be at least ten times frame_every (%g ps)", p.time,
        p.frame_every)
    end
  end,

  plan = function(p)
    local n = #p.temperatures
    return { { "melting", p.melt_time },
             { "cooling", (p.high - math.min(table.unpack(p.temperatures)))
               / (p.cooling_rate * 1e-12) },
             { "equilibrating", n * p.equilibrate }, { "measuring", n * p.time } }
  end,

  run = function(p, out)
    local md = out:md(p, { ensemble = "npt", temperature = p.high, csv = "thermo.csv",
                           start = function() return kit.packing(p, p.high) end })
    md:run("melting", kit.hold(p.high, p.melt_time))
    local list, before, q = {}, p.high, nil
    for k, temperature in ipairs(p.temperatures) do
      local at = kelvin(temperature)
      if temperature < before then
        md:run("cooling to " .. at, kit.ramp(before, temperature, p.cooling_rate))
      end
      before = temperature
      local held = md:run("equilibrating at " .. at, kit.hold(temperature, p.equilibrate))
      local moving, dump = production(p, out, md, temperature, held),
        ("liquid-%g.dump"):format(temperature)
      moving:run("measuring at " .. at, { temperature = temperature, time = p.time, dump = dump,
        dump_every = p.frame_every, csv = ("liquid-%g.csv"):format(temperature) })
      local r = out:stage("relaxation at " .. at, function()
        local path = out:path(dump)
        return relaxation(p, moving.atoms, path, q or wave_number(p, path))
      end)
      if not p.keep_frames then out:remove(dump) end
      q, r.temperature = r.q, temperature
      out:table(("fs-%g.csv"):format(temperature), { { "time [ps]", r.time }, { "fs [-]", r.fs },
        { "msd [A^2]", r.msd } })
      list[k] = r
    end
    local columns = { temperature = {}, tau = {}, crystalline = {} }
    for k, r in ipairs(list) do
      columns.temperature[k], columns.tau[k] = r.temperature, r.tau or 0 / 0
      columns.crystalline[k] = r.crystalline
    end
    out:table("relaxation.csv", { { "temperature [K]", columns.temperature },
      { "tau [ps]", columns.tau }, { "crystalline [-]", columns.crystalline } })
    local fit = fit_of(p, list)
    out:value("wave number", q, "1/Å")
    add_times(out, p, list)
    add_fit(out, fit, list)
    return { liquids = list, fit = fit, q = q }
  end,

  report = function(page, r, p)
    page:section "Relaxation"
    scattering_figure(page, r.liquids, r.q)
    local fit = r.fit
    time_figure(page, r.liquids, fit, { x = function(t) return t end, xlabel = "temperature (K)",
      caption = fit.T0 and "Relaxation times and the equation of Vogel, Fulcher and Tammann."
        or "Relaxation times; no curve: " .. fit.reason .. "." })
    if fit.T0 then
      local tg = fit.glass[1].temperature
      page:section "Fragility"
      time_figure(page, r.liquids, fit, { x = function(t) return tg / t end, low = tg,
        xlabel = "Tg/T", caption = ("Angell plot with Tg = %.0f K, where the time is 10 ns; the "
          .. "slope at 1 is the fragility. The article has 152 for Ti25Zr25Hf25Co25 (%s)."):format(
          tg, OTHER) })
    end
    local rows = {}
    for k, one in ipairs(r.liquids) do
      rows[k] = { temperature = one.temperature, tau = one.tau, diffusion = one.diffusion,
                  crystalline = 100 * one.crystalline, used = usable(one) and "yes" or "no" }
    end
    kit.table(page, rows, { { "T (K)", "temperature" }, { "relaxation time (ps)", "tau" },
      { "diffusion (Å²/ps)", "diffusion" }, { "crystalline (%)", "crystalline" },
      { "in the fit", "used" } }, ("%d atoms; forces by %s."):format(p.atoms, p.potential))
  end,
}
