-- Cycle a glass between two temperatures far below its glass transition and follow the energy of
-- its inherent structure, beside a control that is held at room temperature for the same time.
--
-- Energies are minima at the prescribed pressure: a minimum in the box of 10 K would contain
-- elastic energy as large as the effect sought.

local vt = require "vitrum"
local kit = vt.protocol.kit

local COLUMNS <const> = { "cycle", "time [ps]", "cycled_energy [eV/atom]",
  "control_energy [eV/atom]", "cycled_volume [A^3/atom]", "control_volume [A^3/atom]",
  "cycled_warm_energy [eV/atom]", "control_warm_energy [eV/atom]" }

-- Simulated times [ps]: from room to low, of one cycle, and from low to the end of a measurement.
local function times(p)
  local first, swing = (p.room - p.low) / (p.rate * 1e-12), (p.high - p.low) / (p.rate * 1e-12)
  return first, p.hold_low + p.hold_high + 2 * swing, first + p.relax
end

-- Inherent structure, and the mean energy at room temperature in the second half of `relax`.
local function measure(p, md, s)
  local inherent, minimum = kit.inherent(md.atoms, { pressure = p.pressure })
  local n, warm = #inherent, s and s.potential_energy[s.time:gt(s.time:max() - p.relax / 2)]:mean()
  return { energy = minimum.energy / n, volume = inherent:volume() / n, warm = warm and warm / n }
end

-- One cycle, the control up to the age at which the cycled glass is measured, the measurement.
local function run_cycle(p, out, cycled, control, record, k)
  local first, cycle, back = times(p)
  local name = ("cycle %d, "):format(k)
  if k == 1 then cycled:run("first cooling", kit.ramp(p.room, p.low, p.rate)) end
  cycled:run(name .. "holding cold", kit.hold(p.low, p.hold_low))
  cycled:run(name .. "heating", kit.ramp(p.low, p.high, p.rate))
  cycled:run(name .. "holding warm", kit.hold(p.high, p.hold_high))
  cycled:run(name .. "cooling", kit.ramp(p.high, p.low, p.rate))
  local time = k == 1 and first + cycle + back or cycle
  local held = control:run(name .. "control", kit.hold(p.room, time))
  if k % p.measure_every ~= 0 and k ~= p.cycles then return end
  local copy = cycled:branch("measured", { key = k, csv = false })
  copy:run(name .. "back to room temperature", kit.ramp(p.low, p.room, p.rate))
  local a = measure(p, copy, copy:run(name .. "relaxing", kit.hold(p.room, p.relax)))
  local b = measure(p, control, held)
  record:rewind(k - 1)
  record:add(k, copy.time, a.energy, b.energy, a.volume, b.volume, a.warm, b.warm):commit()
  if k % p.save_every == 0 or k == p.cycles then
    out:save(copy.atoms, ("cycled-%d.data"):format(k))
    out:save(control.atoms, ("control-%d.data"):format(k))
  end
end

return vt.protocol{
  name = "cryogenic-cycling",
  summary = "Cycle a glass between two temperatures and follow its energy.",
  terms = "rejuvenation; thermal cycling; aging; cryogenic treatment; annealing",
  source = "Li, Yu, Branicio, Sha: Effects of rejuvenation modes on the microstructures and "
    .. "mechanical properties of metallic glasses, section 3.4.",
  description = "Copies brought back to room temperature are measured beside a control held there.",
  times = "40 cycles as in the paper are 44 million steps; dry=true says how long that takes here.",
  params = {
    kit.glass,
    kit.temperature("room", 300, "of start, control, measurements"),
    kit.temperature("low", 10, "lower temperature"),
    kit.temperature("high", 400, "upper temperature"),
    kit.time("hold_low", 100, "at the lower temperature"),
    kit.time("hold_high", 10, "at the upper temperature"),
    kit.rate("rate", 1e12, "of heating and cooling"),
    kit.time("relax", 100, "at room temperature before the start and before each measurement"),
    { "cycles", 40, min = 1, help = "number of cycles" },
    { "measure_every", 1, min = 1, help = "cycles between measurements; the last always has one" },
    { "save_every", 40, min = 1, help = "cycles between saved glasses; the last are always saved" },
    kit.dynamics{ temperature = false },
  },
  presets = { test = { rate = 1e14, hold_low = 1, hold_high = 1, relax = 2, cycles = 5,
                       sample_every = 0.1 } },
  files = { { "cycling.csv", "energies and volumes after each cycle" },
            { "cycled.csv, control.csv", "samples of the dynamics" },
            { "cycled-N.data, control-N.data", "the glasses measured after cycle N" } },
  example = "glass=quench/glass.data cycles=5 rate=1e13 hold_low=20 relax=20",

  check = function(p)
    if not (p.low < p.room and p.room <= p.high) then
      kit.fail("low (%g K) must be below room (%g K), and room not above high (%g K)", p.low,
               p.room, p.high)
    end
  end,

  plan = function(p)
    local first, cycle, back = times(p)
    return { { "start", p.relax }, { "first cooling", first }, { "cycles", p.cycles * cycle },
             { "control", first + back + p.cycles * cycle },
             { "measurements", math.ceil(p.cycles / p.measure_every) * back } }
  end,

  run = function(p, out)
    local md = out:md(p, { name = "start", ensemble = "npt", temperature = p.room, csv = false })
    md:run("relaxing at the start", kit.hold(p.room, p.relax))
    local start = out:stage("start", function() return measure(p, md) end)
    local cycled = md:branch("cycled", { csv = "cycled.csv" })
    local control = md:branch("control", { csv = "control.csv" })
    local record = out:record("cycling.csv", COLUMNS)
    for k = 1, p.cycles do
      out:stage("cycle " .. k, function() run_cycle(p, out, cycled, control, record, k) end)
    end

    local r = record:arrays()
    r.start = start
    out:value("inherent structure energy at the start", start.energy, "eV/atom")
    for _, v in ipairs {
      { "change of energy by cycling", r.cycled_energy - start.energy,
        { paper = "+0.0012 eV/atom", source = "Li et al., Fig. 2(c): Cu64Zr36",
          note = "order of magnitude: theirs has 430,000 atoms, 1e12 K/s, another potential" } },
      { "change of energy of the control", r.control_energy - start.energy },
      { "cycled minus control", r.cycled_energy - r.control_energy },
      { "the same, mean at room temperature", r.cycled_warm_energy - r.control_warm_energy },
    } do kit.settled_value(out, v[1], v[2], "eV/atom", v[3]) end
    return r
  end,

  report = function(page, r, p, out)
    local function figure(label, first, cycled, control, caption)
      kit.series_figure(page, {
        x = r.cycle, xlabel = "cycle", ylabel = label, first = { 0, first }, caption = caption,
        series = { { "cycled", cycled }, { "held at room temperature", control } } })
    end
    figure("change of inherent structure energy (meV/atom)", 0,
      1000 * (r.cycled_energy - r.start.energy), 1000 * (r.control_energy - r.start.energy),
      "Above zero the glass is rejuvenated; below zero it has aged. The control has the same age.")
    figure("volume (Å³/atom)", r.start.volume, r.cycled_volume, r.control_volume,
           "Volume of the same inherent structures.")
    kit.view_figure(page, out, ("cycled-%d.data"):format(p.cycles), { color = "five_fold",
      caption = ("The glass after %d cycles."):format(p.cycles) })
  end,
}
