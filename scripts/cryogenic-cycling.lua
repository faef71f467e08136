-- Cycle a glass between two temperatures far below its glass transition and follow the energy of
-- its inherent structure, beside a control that is held at room temperature for the same time.
--
--   room -> low, then each cycle: hold at low, heat to high, hold, cool to low
--
-- After a cycle a copy returns to room temperature and relaxes there before it is minimized; the
-- trajectory itself goes on undisturbed. Both energies are minima at the prescribed pressure: a
-- minimum in the box of 10 K would hold an elastic energy of the size of the effect looked for.
--
-- Writes to its folder: cycling.csv (energies and volumes after each cycle), cycled-thermo.csv and
-- control-thermo.csv, cycled.data and control.data (the glasses at the end), report.html,
-- run.json, log.txt.

local vt = require "vitrum"

local CYCLES <const> = { "cycle", "time [ps]", "cycled_energy [eV/atom]",
                         "control_energy [eV/atom]", "cycled_volume [A^3/atom]",
                         "control_volume [A^3/atom]" }
local THERMO <const> = { "step", "time [ps]", "temperature [K]", "potential_energy [eV/atom]",
                         "volume [A^3/atom]", "pressure [GPa]" }

local INHERENT_FMAX <const> = 1e-4 -- [eV/A]
local INHERENT_FMAX_WORST <const> = 1e-3 -- where rounding stops a descent, still good [eV/A]
local PAPER_CHANGE <const> = 0.0012 -- [eV/atom], Li et al., Fig. 2(c)

local function thermo_row(n)
  return function(s)
    return s.step, s.time, s.temperature, s.potential_energy / n, s.volume / n, s.pressure
  end
end

local function read_glass(p, potential)
  local species
  if p.species then
    species = {}
    for symbol in p.species:gmatch "[^,%s]+" do species[#species + 1] = symbol end
  end
  local glass = vt.atoms.read(p.glass, { species = species })
  glass.potential = potential
  if glass:temperature() == 0 then
    glass:thermalize{ temperature = p.room, seed = p.seed }
  end
  return glass
end

-- Energy and volume per atom of the inherent structure below `atoms`, which stay as they are.
local function inherent(atoms, p)
  local copy = atoms:copy()
  local result = vt.minimize(copy, { fmax = INHERENT_FMAX, pressure = p.pressure })
  if result.fmax > INHERENT_FMAX_WORST then
    error(("the minimization stopped at %.2g eV/A instead of %g: %s"):format(result.fmax,
      INHERENT_FMAX, result.reason), 0)
  end
  return { energy = result.energy / #copy, volume = copy:volume() / #copy }
end

-- ---------------------------------------------------------------- the runs ----

local function hold(p, temperature, time, label)
  return { temperature = temperature, time = time, pressure = p.pressure, every = p.sample_every,
           label = label }
end

local function ramp(p, from, to, label)
  local rate = from > to and "cooling_rate" or "heating_rate"
  return { temperature = { from, to }, [rate] = p.rate, pressure = p.pressure,
           every = p.sample_every, label = label }
end

local function cycle_runs(p, k)
  local runs = { hold(p, p.low, p.hold_low, "holding cold"), ramp(p, p.low, p.high, "heating"),
                 hold(p, p.high, p.hold_high, "holding warm"),
                 ramp(p, p.high, p.low, "cooling") }
  if k == 1 then table.insert(runs, 1, ramp(p, p.room, p.low, "cooling")) end
  for _, run in ipairs(runs) do run.label = ("cycle %d, %s"):format(k, run.label) end
  return runs
end

-- The way from the end of a cycle to a measurement.
local function return_runs(p, k)
  local runs = { ramp(p, p.low, p.room, "heating"), hold(p, p.room, p.relax, "relaxing") }
  for _, run in ipairs(runs) do run.label = ("measuring %d, %s"):format(k, run.label) end
  return runs
end

-- Simulated times [ps]: first cooling, one cycle, way to a measurement.
local function times(p)
  local per_ps = p.rate * 1e-12
  local first, swing = (p.room - p.low) / per_ps, (p.high - p.low) / per_ps
  return { first = first, cycle = p.hold_low + p.hold_high + 2 * swing, back = first + p.relax }
end

-- The control reaches the age at which the cycled glass is measured: its first run is longer by
-- the first cooling and by the way to the measurement.
local function control_runs(p, k)
  local t = times(p)
  local time = k == 1 and t.first + t.cycle + t.back or t.cycle
  return { hold(p, p.room, time, ("control %d"):format(k)) }
end

local function stage_time(p, k)
  local t = times(p)
  return (k == 1 and 2 * t.first + t.back or 0) + 2 * t.cycle + t.back
end

local function total_time(p)
  local total = p.relax
  for k = 1, p.cycles do total = total + stage_time(p, k) end
  return total
end

-- One cycle, the measurement after it, and the control up to the same age.
local function run_cycle(p, out, potential, records, k)
  local n = records.atoms
  local function part(name, runs, start, record)
    return out:dynamics{ name = ("%s %d"):format(name, k), file = name, potential = potential,
                         runs = runs, start = start, record = record, row = thermo_row(n) }
  end
  local function begin(md) return md or out:restore("start", potential) end
  part("cycled", cycle_runs(p, k), begin, records.cycled)
  local measured = part("measured", return_runs(p, k),
                        function() return out:restore("cycled", potential) end)
  local cycled = inherent(measured.atoms, p)
  local control = inherent(part("control", control_runs(p, k), begin, records.control).atoms, p)
  return { time = measured.time, cycled = cycled, control = control }
end

-- ---------------------------------------------------------------- results ----

-- Mean and standard error over the later half of the cycles, where the energy has settled; with
-- fewer than four cycles the last value.
local function settled(values)
  if #values < 4 then return values[#values] end
  local late = table.move(values, #values // 2 + 1, #values, 1, {})
  return vt.statistics.mean(late), vt.statistics.standard_error(late)
end

local function changes(record, column, reference)
  local values = record:column(column)
  for k, value in ipairs(values) do values[k] = value - reference end
  return values
end

local function add_results(p, out, record, start)
  local cycled = changes(record, "cycled_energy", start.energy)
  local control = changes(record, "control_energy", start.energy)
  local difference = {}
  for k = 1, #cycled do difference[k] = cycled[k] - control[k] end
  local function add(name, values, extra)
    local value, error_ = settled(values)
    local entry = { name = name, value = value, error = error_, unit = "eV/atom" }
    for key, text in pairs(extra or {}) do entry[key] = text end
    out:result(entry)
  end
  out:result{ name = "inherent structure energy at the start", value = start.energy,
              unit = "eV/atom" }
  add("change of energy by cycling", cycled, {
    paper = ("+%g eV/atom"):format(PAPER_CHANGE), source = "Li et al., Fig. 2(c): Cu64Zr36",
    note = "order of magnitude: 430,000 atoms quenched at 1e12 K/s and another potential there",
  })
  add("change of energy of the control", control)
  add("cycled minus control", difference)
  return { cycled = cycled, control = control, difference = difference,
           settled = settled(difference), cycles = p.cycles }
end

-- A column of the record with the value of the start, cycle 0, in front.
local function from_start(list, first)
  return table.move(list, 1, #list, 2, { first })
end

local function write_report(p, out, record, results, start)
  local cycle = from_start(record:column "cycle", 0)
  local function per_mil(values)
    local scaled = {}
    for k, value in ipairs(values) do scaled[k] = 1000 * value end
    return from_start(scaled, 0)
  end
  local function volume(column) return from_start(record:column(column), start.volume) end
  out:report("Cryogenic cycling of " .. p.glass:match "[^/]+$", function(page)
    page:section "Energy"
    page:figure{
      plot = { { x = cycle, y = per_mil(results.cycled), label = "cycled",
                 style = "linespoints" },
               { x = cycle, y = per_mil(results.control), label = "held at room temperature",
                 style = "linespoints" },
               xlabel = "cycle", ylabel = "change of inherent structure energy (meV/atom)" },
      caption = "Energy of the inherent structure after each cycle, from that of the glass at the "
        .. "start. Above zero the glass is rejuvenated, below it has aged. The control is held at "
        .. "room temperature and measured at the same age.",
    }
    page:section "Volume"
    page:figure{
      plot = { { x = cycle, y = volume "cycled_volume", label = "cycled",
                 style = "linespoints" },
               { x = cycle, y = volume "control_volume",
                 label = "held at room temperature", style = "linespoints" },
               xlabel = "cycle", ylabel = "volume (Å³/atom)" },
      caption = "Volume of the same inherent structures.",
    }
  end)
end

-- ---------------------------------------------------------------- the protocol ----

local function check(p)
  if not (p.low < p.room and p.room <= p.high) then
    error(("low (%g K) must be below room (%g K), and room not above high (%g K)")
      :format(p.low, p.room, p.high), 0)
  end
end

return vt.protocol{
  name = "cryogenic-cycling",
  summary = "Cycle a glass between two temperatures and follow its energy.",
  source = "Li, Yu, Branicio, Sha: Effects of rejuvenation modes on the microstructures and "
    .. "mechanical properties of metallic glasses, section 3.4.",
  description = "Every cycle ends with the energy of the inherent structure of a copy that went "
    .. "back to room temperature, beside a control that was held there for the same time. At the "
    .. "rate of the paper one cycle is 0.9 ns, so the default is a run of a day; for a first look "
    .. "take a small glass, rate=1e14 and short holds.",
  params = {
    glass = { file = true, help = "starting structure: LAMMPS data, extended XYZ, ..." },
    species = { kind = "string", optional = true,
                help = "elements of types 1, 2, ... (Cu,Zr) when the file does not name them" },
    potential = { "CuZr_mm.eam.fs", help = "setfl file, sought on the potential path" },
    room = { 300, unit = "K", range = "temperature", above = 0,
             help = "temperature of start, control, measurements" },
    low = { 10, unit = "K", range = "temperature", above = 0, help = "lower temperature" },
    high = { 400, unit = "K", range = "temperature", above = 0, help = "upper temperature" },
    hold_low = { 100, unit = "ps", range = "time", above = 0,
                 help = "time at the lower temperature" },
    hold_high = { 10, unit = "ps", range = "time", above = 0,
                  help = "time at the upper temperature" },
    rate = { 1e12, unit = "K/s", range = "temperature rate", above = 0,
             help = "of heating and cooling" },
    relax = { 100, unit = "ps", range = "time", above = 0,
              help = "at room temperature before the start and before each measurement" },
    cycles = { 40, min = 1, help = "number of cycles" },
    pressure = { 0, unit = "GPa", range = "pressure", help = "held in dynamics and minimization" },
    timestep = { 0.002, unit = "ps", range = "timestep", above = 0, max = 0.01,
                 help = "of the dynamics" },
    sample_every = { 1, unit = "ps", range = "time", above = 0,
                     help = "time between rows of the thermo files" },
    seed = { 1, min = 0, help = "of velocities, when the file has none" },
  },
  order = { "glass", "species", "potential", "room", "low", "high", "hold_low", "hold_high", "rate",
            "relax", "cycles", "pressure", "timestep", "sample_every", "seed" },
  example = "glass=quench/glass.data cycles=5 rate=1e13 hold_low=20 relax=20",
  run = function(p, out)
    check(p)
    local potential = vt.potential.eam(p.potential)
    out:uses(potential)
    local glass = read_glass(p, potential)
    out:plan(total_time(p))
    local started = out:dynamics{
      name = "start", potential = potential,
      runs = { hold(p, p.room, p.relax, "relaxing at the start") },
      start = function()
        return vt.md(glass, { ensemble = "npt", temperature = p.room, pressure = p.pressure,
                              timestep = p.timestep, seed = p.seed })
      end,
    }
    local start = out:stage("start", function() return inherent(started.atoms, p) end)
    local record = out:record("cycling.csv", CYCLES)
    local records = { atoms = #glass, cycled = out:record("cycled-thermo.csv", THERMO),
                      control = out:record("control-thermo.csv", THERMO) }
    for k = 1, p.cycles do
      out:stage("cycle " .. k, function()
        local r = run_cycle(p, out, potential, records, k)
        record:rewind(k - 1)
        record:add(k, r.time, r.cycled.energy, r.control.energy, r.cycled.volume,
                   r.control.volume):commit()
      end, stage_time(p, k))
    end
    out:stage("save", function()
      for name, file in pairs { measured = "cycled.data", control = "control.data" } do
        out:restore(name, potential).atoms:save(out:path(file),
          { overwrite = true, provenance = out:provenance() })
      end
    end)
    local results = add_results(p, out, record, start)
    out:stage("report", function() write_report(p, out, record, results, start) end)
    return results
  end,
}
