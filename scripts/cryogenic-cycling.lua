-- Cycle a glass between two temperatures far below its glass transition and follow the energy of
-- its inherent structure, beside a control that is held at room temperature for the same time.
--
-- Energies are means over the relaxation at room temperature and minima in a box free of stress: a
-- minimum in the box of 10 K would contain elastic energy as large as the effect sought.

local vt = require "vitrum"
local kit = vt.protocol.kit

local PAPER <const> = { 15, 20, 25, 30, 35 } -- cycles after which Li et al. measure

local COLUMNS <const> = { "cycle", "time [ps]", "cycled_energy [eV/atom]",
  "control_energy [eV/atom]", "cycled_volume [A^3/atom]", "control_volume [A^3/atom]",
  "cycled_warm [eV/atom]", "control_warm [eV/atom]" }

-- Simulated times [ps]: from room to low, of one cycle, and from low to the end of a measurement.
local function times(p)
  local first, swing = (p.room - p.low) / (p.rate * 1e-12), (p.high - p.low) / (p.rate * 1e-12)
  return first, p.hold_low + p.hold_high + 2 * swing, first + p.relax
end

-- The cycles after which glasses are saved: those asked for, or those of the paper, and the last.
local function saved(p)
  local set = { [p.cycles] = true }
  for _, k in ipairs(p.save or PAPER) do set[k] = k <= p.cycles or nil end
  return set
end

-- One cycle, the control up to the age at which the cycled glass is measured, the measurement.
local function run_cycle(p, out, cycled, control, record, k)
  local first, cycle, back = times(p)
  local name, keep = ("cycle %d, "):format(k), saved(p)[k]
  local measured = keep or k % p.measure_every == 0
  if k == 1 then cycled:run("first cooling", kit.ramp(p.room, p.low, p.rate)) end
  cycled:run(name .. "holding cold", kit.hold(p.low, p.hold_low))
  cycled:run(name .. "heating", kit.ramp(p.low, p.high, p.rate))
  cycled:run(name .. "holding warm", kit.hold(p.high, p.hold_high))
  cycled:run(name .. "cooling", kit.ramp(p.high, p.low, p.rate))
  local time = k == 1 and first + cycle + back or cycle
  control:run(name .. "control", kit.hold(p.room, time - (measured and p.relax or 0)))
  if not measured then return nil end
  local beside = kit.relaxed(p, out, control, name .. "control measured")
  local copy = cycled:branch("measured", { key = k, csv = false })
  copy:run(name .. "back to room temperature", kit.ramp(p.low, p.room, p.rate))
  local after = kit.relaxed(p, out, copy, name .. "cycled")
  record:rewind(k - 1)
  record:add(k, after.time, after.energy, beside.energy, after.volume, beside.volume, after.warm,
             beside.warm):commit()
  if not keep then return nil end
  out:save(copy.atoms, ("cycled-%d.data"):format(k))
  out:save(control.atoms, ("control-%d.data"):format(k))
  return { cycle = k, treated = after, control = beside }
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
    kit.treatment,
    kit.temperature("low", 10, "lower temperature"),
    kit.temperature("high", 400, "upper temperature"),
    kit.time("hold_low", 100, "at the lower temperature"),
    kit.time("hold_high", 10, "at the upper temperature"),
    kit.rate("rate", 1e12, "of heating and cooling"),
    { "cycles", 40, min = 1, help = "number of cycles" },
    { "measure_every", 1, min = 1, help = "cycles between measurements; the last always has one" },
    { "save", kind = "numbers", above = 0, rising = true, optional = true,
      help = "cycles after which glasses are measured and saved, the last always; default: "
        .. "15,20,25,30,35" },
    kit.dynamics{ temperature = false, pressure = false },
  },
  presets = {
    paper = { potential = "ZrCuAl2011.eam.alloy" },
    laptop = { potential = "ZrCuAl2011.eam.alloy", hold_low = 10, cycles = 20, measure_every = 5 },
    test = { rate = 1e14, hold_low = 1, hold_high = 1, relax = 2, minima = 2, cycles = 5,
             sample_every = 0.1 },
  },
  files = { { "cycling.csv", "energies and volumes after each cycle" },
            { "cycled.csv, control.csv", "samples of the dynamics" },
            { "cycled-N.data, control-N.data", "the glasses measured after cycle N" } },
  example = "glass=quench/glass.data cycles=5 rate=1e13 hold_low=20 relax=20",

  check = function(p, glass)
    kit.check_glass(p, glass)
    local _, cycle = times(p)
    for _, k in ipairs(p.save or {}) do
      if math.tointeger(k) == nil or k > p.cycles then
        kit.fail("save has cycle %g, and there are %d cycles: give whole numbers up to that, or "
          .. "more cycles", k, p.cycles)
      end
    end
    if p.relax >= cycle then
      kit.fail("relax (%g ps) must be shorter than a cycle (%g ps), so that the control is "
        .. "measured at the same age", p.relax, cycle)
    end
    if not (p.low < p.room and p.room <= p.high) then
      kit.fail("low (%g K) must be below room (%g K), and room not above high (%g K)", p.low,
               p.room, p.high)
    end
  end,

  plan = function(p)
    local first, cycle, back = times(p)
    return { { "start", 2 * p.relax }, { "first cooling", first }, { "cycles", p.cycles * cycle },
             { "control", first + back + p.cycles * cycle },
             { "measurements", math.ceil(p.cycles / p.measure_every) * back } }
  end,

  run = function(p, out)
    local md = kit.start(p, out)
    local r = { start = kit.relaxed(p, out, md, "start"), saved = {} }
    local cycled = md:branch("cycled", { csv = "cycled.csv" })
    local control = md:branch("control", { csv = "control.csv" })
    local record = out:record("cycling.csv", COLUMNS)
    for k = 1, p.cycles do
      local one = out:stage("cycle " .. k, function()
        return run_cycle(p, out, cycled, control, record, k)
      end)
      if one.cycle then r.saved[#r.saved + 1] = one end
    end
    for _, one in ipairs(r.saved) do
      one.change, one.change_error, one.note = kit.change(one.treated, one.control, "energy")
      one.warm, one.warm_error = kit.change(one.treated, one.control, "warm")
      out:value(("change of energy after %d cycles"):format(one.cycle), one.change, "eV/atom",
        { error = one.change_error, note = one.note, source = "Li et al., Fig. 2(c): Cu64Zr36",
          paper = one.cycle < 20 and "above zero" or "+0.0012 eV/atom" })
    end
    local last = r.saved[#r.saved]
    kit.add_changes(out, last.treated, last.control, { paper = "+0.0012 eV/atom",
      source = "Li et al., Fig. 2(c): 430,000 atoms, from 20 cycles on" })
    for key, values in pairs(record:arrays()) do r[key] = values end
    kit.settled_value(out, "change of energy, mean over later measurements",
                      r.cycled_energy - r.control_energy, "eV/atom")
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
    kit.table(page, r.saved, { { "cycles", "cycle" },
      { "change, inherent structures (meV/atom)", "change", 1000, error = "change_error" },
      { "at room temperature (meV/atom)", "warm", 1000, error = "warm_error" } },
      "Cycled minus control of the same age.")
    kit.view_figure(page, out, ("cycled-%d.data"):format(p.cycles), { color = "five_fold",
      caption = ("The glass after %d cycles."):format(p.cycles) })
  end,
}
