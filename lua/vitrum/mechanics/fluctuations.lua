-- Elastic constants at a temperature: dynamics in a fixed box, and what its stress fluctuates by.
-- Sums are in C; here are the run, as a job that can be resumed, and what the sums tell.

local blocks = require "vitrum.analysis.blocks"
local core = require "vitrum.fluctuations_core"
local job = require "vitrum.job"
local json = require "vitrum.base.json"
local logs = require "vitrum.job.log"
local mechanics = require "vitrum.mechanics_core"
local md_core = require "vitrum.md_core"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local rows = require "vitrum.base.rows"
local vt = require "vitrum"

local raise <const> = options.raise

local fluctuations = {}

local BOLTZMANN <const> = vt.units.boltzmann -- [eV/K]
local GPA <const> = vt.units.GPa             -- of one eV/A^3
local NAMES <const> = { "xx", "yy", "zz", "yz", "xz", "xy" }

local BLOCKS <const> = 16         -- of each run at least, when there is something for them
local FEWEST_BLOCKS <const> = 4   -- that tell an error
local TRUSTED_BLOCKS <const> = 10 -- whose error may end the run
local CHUNK_SECONDS <const> = 0.3 -- between looks at the keyboard
local DAMPING <const> = 1         -- of the thermostat [ps]: noise keeps no mode from its heat
local CELL_SAMPLES <const> = 200  -- of which the second half make the mean box
local FORMAT <const> = "elastic constants 1\n" -- before the state in a checkpoint

fluctuations.OPTIONS = {
  { name = "temperature", kind = "positive", unit = "K", range = "temperature",
    help = "of dynamics in a fixed box, in which stress fluctuates; without it the constants are "
      .. "those at 0 K" },
  { name = "time", kind = "positive", default = 100, unit = "ps", range = "time",
    help = "at a temperature: to measure, of each run" },
  { name = "accuracy", kind = "positive", unit = "GPa",
    help = "at a temperature: end as soon as the standard errors of Young's, shear and bulk "
      .. "modulus are all at most this" },
  { name = "runs", kind = "count", default = 1,
    help = "at a temperature: runs one after the other, each with new velocities" },
  { name = "pressure", kind = "value", default = 0, unit = "GPa",
    help = "at a temperature: of the box, which is the mean box of dynamics at that pressure; "
      .. "false keeps the box as it is" },
  { name = "equilibrate", kind = "positive", default = 20, unit = "ps", range = "time",
    help = "at a temperature: dynamics before all else; the second half gives the box" },
  { name = "settle", kind = "positive", default = 2, unit = "ps", range = "time",
    help = "at a temperature: dynamics with new velocities before each run" },
  { name = "every", kind = "positive", unit = "ps", range = "time",
    help = "at a temperature: time between instants at which the stress is taken; 0.01 unless "
      .. "given, 0.02 where stresses of atoms are taken, too" },
  { name = "born_every", kind = "positive", default = 1, unit = "ps", range = "time",
    help = "at a temperature: time between instants at which the Born term is taken, which hardly "
      .. "fluctuates" },
  { name = "block", kind = "positive", default = 1, unit = "ps", range = "time",
    help = "at a temperature: time between two looks at the result, and the shortest block that "
      .. "errors are taken from" },
  { name = "timestep", kind = "positive", default = 0.002, unit = "ps", range = "timestep",
    help = "at a temperature: of the dynamics" },
  { name = "seed", kind = "seed", default = 1,
    help = "at a temperature: of velocities and of the noise of the thermostat (Langevin)" },
}

local SAMPLE_HELP <const> = "function called at the end of each block with the result so far: time "
  .. "(ps, measured in all runs), run, temperature (K), stress.xx ... stress.xy (GPa), C11 ... "
  .. "C66, young, shear, bulk (GPa), poisson, each with its error, young_error; returning false "
  .. "ends the run"
local CHECKPOINT_HELP <const> = "file that vt.mechanics.elastic_resume goes on from; written "
  .. "periodically, at the end, and after an error, Ctrl-C or SIGTERM"

---Options of the job, to be added to others.
---@param own vitrum.Option[]
---@param resumed boolean?
function fluctuations.job_options(own, resumed)
  return job.options(own, { sample = SAMPLE_HELP, checkpoint = CHECKPOINT_HELP }, resumed)
end

local KEPT <const> = { "temperature", "time", "accuracy", "runs", "pressure", "equilibrate",
                       "settle", "every", "born_every", "block", "timestep", "seed", "strain",
                       "atoms" }

local MODULI <const> = { "young", "shear", "bulk", "poisson" }

local COLUMNS <const> = { { "time", "ps" }, { "run", "-" }, { "temperature", "K" } }
for _, name in ipairs(NAMES) do COLUMNS[#COLUMNS + 1] = { "stress_" .. name, "GPa" } end
for p = 1, 6 do
  for q = p, 6 do COLUMNS[#COLUMNS + 1] = { ("C%d%d"):format(p, q), "GPa" } end
end
for _, name in ipairs(MODULI) do
  local unit = name == "poisson" and "-" or "GPa"
  COLUMNS[#COLUMNS + 1] = { name, unit }
  COLUMNS[#COLUMNS + 1] = { name .. "_error", unit }
end

-- ---------------------------------------------------------------- sums ----

-- Views of a vt_fluctuations, and of rows of vt_atom_fluctuations.
local function parts_of(sums)
  return { instants = sums[1], borns = sums[2], temperature = sums[3], stress = sums:slice{ 4, 9 },
           product = sums:slice{ 10, 45 }:reshape(6, 6), born = sums:slice{ 46, 81 }:reshape(6, 6) }
end

local function add(into, from) into:assign(into + from) end

local function new_sums() return vt.array.zeros(core.sums) end

-- A run: blocks of sums, one after the other.
local function new_run() return blocks.new(BLOCKS, new_sums, add) end

local function outer(u, v) return u:reshape(-1, 1) * v:reshape(1, -1) end

-- Instants times <s_p s_q> - <s_p> <s_q>.
local function spread_of(sums)
  local part = parts_of(sums)
  return part.product - outer(part.stress, part.stress / part.instants)
end

-- Sums of all runs; instants times the covariance about each run's own mean, since what differs
-- between runs, such as a state that only one of them found, is no fluctuation that a strain could
-- draw on; and the same without each of the blocks.
local function gather(runs)
  local all, total, list = new_sums(), vt.array.zeros(6, 6), {}
  for _, run in ipairs(runs) do
    local sum = run:total()
    local own = spread_of(sum)
    add(all, sum)
    add(total, own)
    for _, block in ipairs(run.list) do
      local rest = sum - block
      list[#list + 1] = { block = block, less = rest[1] > 0 and own - spread_of(rest) or own }
    end
  end
  for _, entry in ipairs(list) do
    entry.rest = parts_of(all - entry.block)
    entry.spread = total - entry.less
  end
  return parts_of(all), total, list
end

-- By leaving out one block after the other: the standard error of what follows from sums, and its
-- value without the bias that few blocks give, as one over their number, to covariances and to
-- functions that bend.
local function jackknife(value, values)
  local n, mean = #values, values[1] / #values
  for k = 2, n do mean = mean + values[k] / n end
  local sum = (values[1] - mean):square()
  for k = 2, n do sum = sum + (values[k] - mean):square() end
  return (sum * ((n - 1) / n)):sqrt(), value * n - mean * (n - 1)
end

local function moduli_of(c)
  local averages = mechanics.averages(c)
  if not averages then return nil end
  local list = {}
  for k, name in ipairs(MODULI) do list[k] = averages.hill[name] end
  return vt.array(list)
end

-- What the sums tell so far.
local function estimate(self)
  local all, spread, list = gather(self.runs)
  local o, n = self.o, self.count
  local kt = BOLTZMANN * o.temperature
  local kinetic, density = vt.array.zeros(6, 6), n * kt / self.volume * GPA
  for p = 1, 6 do kinetic[p][p] = p <= 3 and 2 * density or density end
  local factor = self.volume / (kt * GPA)
  local born = all.born / all.borns
  local function constants(sums, about)
    local own = sums.borns > 0 and sums.born / sums.borns or born
    return own + kinetic - about * (factor / sums.instants)
  end
  local result = { born = born, fluctuation = spread * (-factor / all.instants), kinetic = kinetic,
                   temperature = o.temperature, mean_temperature = all.temperature / all.instants,
                   volume = self.volume, instants = math.tointeger(all.instants) or all.instants,
                   stress = {} }
  result.nonaffine = result.fluctuation + kinetic
  result.C = born + result.nonaffine
  local stress = all.stress / all.instants + self.reference
  for p, name in ipairs(NAMES) do
    local value = stress[p] - (p <= 3 and density or 0)
    result.stress[p], result.stress[name] = value, value
  end
  local moduli, errors = moduli_of(result.C), nil
  if #list >= FEWEST_BLOCKS then
    local without, bent = {}, {}
    for k, entry in ipairs(list) do
      without[k] = constants(entry.rest, entry.spread)
      bent[#bent + 1] = moduli_of(without[k])
    end
    result.C_error = jackknife(result.C, without)
    if moduli and #bent == #list then errors, moduli = jackknife(moduli, bent) end
  end
  for k, name in ipairs(MODULI) do
    result[name] = moduli and moduli[k]
    result[name .. "_error"] = errors and errors[k] or nil
  end
  result.blocks = #list
  return result
end

local NAN <const> = numbers.NAN

local function row_of(self)
  local e, o = self.estimate, self.o
  local row = { e.instants * o.every, self.run, e.mean_temperature }
  for p = 1, 6 do row[#row + 1] = e.stress[p] end
  for p = 1, 6 do
    for q = p, 6 do row[#row + 1] = e.C[p][q] end
  end
  for _, name in ipairs(MODULI) do
    row[#row + 1] = e[name] or NAN
    row[#row + 1] = e[name .. "_error"] or NAN
  end
  return row
end

local function sample_of(row)
  local sample = { stress = {} }
  for k, column in ipairs(COLUMNS) do
    local component = column[1]:match "^stress_(..)$"
    if component then sample.stress[component] = row[k] else sample[column[1]] = row[k] end
  end
  return sample
end

-- The end of a run: products of the atoms' stresses with that of all become covariances times
-- instants.
local function close_run(self)
  if self.block[1] > 0 then add(self.runs[self.run]:next(), self.block) end
  self.block = new_sums()
  if not self.atom_run then return end
  local sum = self.runs[self.run]:total()
  local mean = parts_of(sum).stress / sum[1]
  local n, run = self.count, self.atom_run
  local product = run:slice(nil, { 7, 42 }):copy():reshape(n, 6, 6)
  local stress = run:slice(nil, { 1, 6 }):copy():reshape(n, 6, 1)
  add(self.atom_covariance, product - stress * mean:reshape(1, 1, 6))
  add(self.atom_born, run:slice(nil, { 43, 78 }):copy():reshape(n, 6, 6))
  run:fill(0)
end

-- ---------------------------------------------------------------- the run ----

local function steps_of(self, time) return math.max(1, math.floor(time / self.o.timestep + 0.5)) end

local function dynamics(self, ensemble)
  local o = self.o
  local given = { ensemble = ensemble, thermostat = "langevin", temperature = o.temperature,
                  temperature_damping = DAMPING, timestep = o.timestep, seed = o.seed }
  if ensemble == "npt" then given.pressure, given.barostat = o.pressure, "triclinic" end
  self.md = vt.md(self.atoms, given)
end

local function begin(self, phase, time, every)
  self.phase, self.phase_time = phase, time
  md_core.begin(self.md, { steps = steps_of(self, time), every = every })
end

local function warm(self, run)
  self.atoms:thermalize{ temperature = self.o.temperature, seed = self.o.seed + run }
end

local CELL <const> = { "lx", "ly", "lz", "xy", "xz", "yz" }

-- The mean box of the second half of the samples, with the atoms in it.
local function take_mean_box(self)
  local _, _, _, count = md_core.place(self.md)
  local sum, n = { lx = 0, ly = 0, lz = 0, xy = 0, xz = 0, yz = 0 }, 0
  for k = count // 2 + 1, count do
    local sample = md_core.sample(self.md, k)
    for _, name in ipairs(CELL) do sum[name] = sum[name] + sample[name] end
    n = n + 1
  end
  for _, name in ipairs(CELL) do sum[name] = sum[name] / n end
  self.atoms:set_box{ a = { sum.lx, 0, 0 }, b = { sum.xy, sum.ly, 0 },
                      c = { sum.xz, sum.yz, sum.lz }, remap = true }
end

local function start_run(self)
  self.run = self.run + 1
  if self.run > 1 then warm(self, self.run) end
  begin(self, "settle", self.o.settle)
end

local function start_measuring(self)
  if not self.reference then
    local stress = self.atoms:stress()
    self.reference = vt.array{ table.unpack(stress, 1, 6) }
    self.volume = self.atoms:box().volume
  end
  self.runs[self.run] = new_run()
  self.block = new_sums()
  begin(self, "measure", self.o.time)
end

-- What comes after a phase that is over.
local function next_phase(self)
  self.before = self.before + self.phase_time
  if self.phase == "equilibrate" then
    if self.o.pressure then
      take_mean_box(self)
      dynamics(self, "nvt")
    end
    start_run(self)
  elseif self.phase == "settle" then
    start_measuring(self)
  else
    close_run(self)
    if self.run < self.o.runs then start_run(self) else self.phase = "done" end
  end
end

-- A block has come to its end: what is known now.
local function end_block(self)
  if self.block[1] == 0 then return end
  add(self.runs[self.run]:next(), self.block)
  self.block = new_sums()
  self.estimate = estimate(self)
  table.insert(self.rows, row_of(self))
  local e, wanted = self.estimate, self.o.accuracy
  if wanted and e.blocks >= TRUSTED_BLOCKS and e.young_error
    and math.max(e.young_error, e.shear_error, e.bulk_error) <= wanted then
    close_run(self)
    self.phase = "done"
  end
end

local function measure(self, where, engine, left)
  local o, done = self.o, md_core.place(self.md)
  local block = steps_of(self, o.block)
  local most = math.min(self.chunk, left, block - done % block)
  local start = vt.clock()
  local ok, message, lost = core.run(self.md, self.block, self.atom_run, steps_of(self, o.every),
    math.max(1, math.floor(o.born_every / o.every + 0.5)), o.strain, self.reference, most)
  if not ok then
    engine.lost = lost
    raise("%s: %s", where, message)
  end
  local seconds = vt.clock() - start
  if seconds > 0 then
    self.chunk = math.max(1, math.min(2 * most, math.floor(most * CHUNK_SECONDS / seconds)))
  end
  local now, rest = md_core.place(self.md)
  if now % block == 0 or rest == 0 then end_block(self) end
end

local function advance(self, where, engine)
  local _, left = md_core.place(self.md)
  if left == 0 then
    next_phase(self)
  elseif self.phase == "measure" then
    measure(self, where, engine, left)
  else
    local ok, message, lost = md_core.advance(self.md, left)
    if not ok then
      engine.lost = lost
      raise("%s: %s", where, message)
    end
  end
end

-- ---------------------------------------------------------------- checkpoints ----

local function flat(array) return array and array:reshape(-1) end

local function text_of(self, state)
  local kept = { options = {}, job = {}, phase = self.phase, phase_time = self.phase_time,
                 before = self.before, run = self.run, volume = self.volume, rows = self.rows,
                 reference = self.reference, block = self.block, runs = {},
                 atom_run = flat(self.atom_run), atom_covariance = flat(self.atom_covariance),
                 atom_born = flat(self.atom_born) }
  for _, name in ipairs(KEPT) do kept.options[name] = self.o[name] end
  for _, name in ipairs{ "csv", "checkpoint", "checkpoint_every", "provenance", "seen" } do
    kept.job[name] = state[name]
  end
  for k, run in ipairs(self.runs) do
    kept.runs[k] = { size = run.size, inside = run.inside, list = run.list }
  end
  return FORMAT .. json.encode(kept)
end

local function unreadable(path)
  raise("mechanics.elastic_resume: %s is no checkpoint of elastic constants at a temperature; "
    .. "those of vt.md are for vt.md_restore", path)
end

local PHASES <const> = { equilibrate = true, settle = true, measure = true, done = true }

-- What the text of a checkpoint, which anybody may have written, holds.
local function parse(text, path)
  if text:sub(1, #FORMAT) ~= FORMAT then unreadable(path) end
  local ok, kept = pcall(json.decode, text:sub(#FORMAT + 1), path)
  local right = ok and type(kept) == "table" and PHASES[kept.phase]
  for _, name in ipairs{ "options", "job", "runs", "rows" } do
    right = right and type(kept[name]) == "table"
  end
  for _, name in ipairs{ "before", "phase_time", "run" } do
    right = right and type(kept[name]) == "number"
  end
  if not right then unreadable(path) end
  return kept
end

local function take(array, ...)
  return array and vt.array(array):reshape(...):copy()
end

-- ---------------------------------------------------------------- the job ----

local function engine_of(self, where, state)
  local o = self.o
  local engine = {
    name = "elastic", where = where, state = state, columns = COLUMNS,
    usual = { "time", "young", "young_error", "shear", "shear_error", "bulk", "bulk_error" },
    total = o.equilibrate + o.runs * (o.settle + o.time),
    rate = { rate_unit = "ns/day", rate_scale = 86.4 },
  }
  engine.again = "with a checkpoint = \"file\" vt.mechanics.elastic_resume could go on"
  if state.checkpoint then
    engine.again = ("vt.mechanics.elastic_resume \"%s\" goes on"):format(state.checkpoint)
  end
  engine.comments = {
    ("program: vitrum %s, elastic constants by stress fluctuations"):format(vt.version),
    ("%d atoms at %g K; each row is the result of all that was measured up to then")
      :format(self.count, o.temperature),
  }
  function engine.done()
    if self.phase == "done" then return engine.total end
    return self.before + md_core.place(self.md) * o.timestep
  end
  function engine.ended() return self.phase == "done" end
  function engine.advance() advance(self, where, engine) end
  function engine.count() return #self.rows end
  function engine.sample(n) return sample_of(self.rows[n]) end
  function engine.line(n) return rows.line({ table.unpack(self.rows[n]) }, #COLUMNS) end
  function engine.save(path, overwrite)
    md_core.save(self.md, path, overwrite, text_of(self, state), where)
  end
  function engine.stop()
    self.stopped = true
    if self.phase == "measure" then close_run(self) end
    self.phase = "done"
  end
  function engine.reached() return ("%.6g of %.6g ps"):format(engine.done(), engine.total) end
  function engine.plan()
    return { ("%d atoms at %g K, %s; %g ps before, then %d x %g ps%s"):format(self.count,
      o.temperature, o.pressure and ("box of %g GPa"):format(o.pressure) or "box as it is",
      o.equilibrate, o.runs, o.time,
      o.accuracy and (", at most; up to %g GPa"):format(o.accuracy) or "") }
  end
  return engine
end

-- The constants of each atom: its Born term, covariance of its stress with that of all, and what
-- its own motion adds.
local function atoms_of(self, result)
  local n, instants = self.count, result.instants
  local factor = self.volume / (BOLTZMANN * self.o.temperature * GPA)
  local borns = gather(self.runs).borns
  return self.atom_born * (1 / borns) - self.atom_covariance * (factor / instants)
    + result.kinetic:reshape(1, 6, 6) * vt.array.ones(n, 1, 1)
end

local function finish(self)
  local result = estimate(self)
  local stress = {}
  for p = 1, 6 do stress[p] = result.stress[p] end
  result.under_stress = core.under_stress(result.C, stress)
  result.running = {}
  for k, column in ipairs(COLUMNS) do
    local list = {}
    for n, row in ipairs(self.rows) do list[n] = row[k] end
    result.running[column[1]] = vt.array(list)
  end
  if self.atom_born then result.atom = atoms_of(self, result) end
  result.time, result.runs, result.finished = result.instants * self.o.every, self.run,
    not self.stopped
  result.atoms = self.atoms
  return result
end

local EVERY <const>, EVERY_OF_ATOMS <const> = 0.01, 0.02 -- [ps]; an optical vibration takes 0.1

local function check_options(where, o)
  o.every = o.every or (o.atoms and EVERY_OF_ATOMS or EVERY)
  if o.pressure ~= false then
    if type(o.pressure) ~= "number" or o.pressure ~= o.pressure
      or math.abs(o.pressure) == math.huge then
      raise("%s: option 'pressure' [GPa] must be a finite number, or false to keep the box, got %s",
        where, numbers.show(o.pressure))
    end
    local message = options.judge(where .. ": option 'pressure'", "pressure", o.pressure)
    if message then raise("%s", message) end
  end
  if o.every < o.timestep then
    raise("%s: every = %g ps is less than a timestep (%g ps)", where, o.every, o.timestep)
  end
  -- Whole steps, so that what is said is what is done.
  local function whole(unit, name, of)
    local ratio = o[name] / unit
    if math.abs(ratio - math.floor(ratio + 0.5)) > 1e-6 * ratio or ratio < 0.5 then
      raise("%s: %s = %g ps must be a whole multiple of %s, %g ps", where, name, o[name], of, unit)
    end
  end
  whole(o.timestep, "every", "timestep")
  whole(o.every, "born_every", "every")
  whole(o.every, "block", "every")
  if not (o.strain >= 1e-7 and o.strain <= 0.01) then
    raise("%s: strain is %g; it must be 1e-7 to 0.01", where, o.strain)
  end
end

local FILES <const> = { "csv", "checkpoint" }

---Constants at o.temperature, without what belongs to any temperature.
---@param where string
---@param atoms vitrum.Atoms a copy, which ends as the last instant
---@param o table
---@return table
function fluctuations.run(where, atoms, o)
  check_options(where, o)
  local self = { atoms = atoms, o = o, count = #atoms, run = 0, before = 0.0, runs = {}, rows = {},
                 chunk = 8 }
  local state = { csv = o.csv or nil, checkpoint = o.checkpoint or nil,
                  checkpoint_every = o.checkpoint_every, provenance = o.provenance }
  local engine = engine_of(self, where, state)
  logs.check(engine, o)
  core.check(atoms, o.atoms)
  job.check_files(where, o, FILES)
  if o.atoms then
    self.atom_run = vt.array.zeros(self.count, core.atom_sums)
    self.atom_covariance = vt.array.zeros(self.count, 6, 6)
    self.atom_born = vt.array.zeros(self.count, 6, 6)
  end
  warm(self, 0)
  dynamics(self, o.pressure and "npt" or "nvt")
  begin(self, "equilibrate", o.equilibrate, math.max(o.timestep, o.equilibrate / CELL_SAMPLES))
  job.drive(engine, o)
  return finish(self)
end

fluctuations.RESUME_OPTIONS = fluctuations.job_options({
  { name = "potential", kind = "value",
    help = "the potential that it was made with, when its file is not found any more" },
}, true)

---Go on from a checkpoint.
---@param where string
---@param path string
---@param o table
---@return table
function fluctuations.resume(where, path, o)
  local kept
  local read, atoms, md = pcall(md_core.restore, path,
    o.potential and { potential = o.potential } or nil, function(text)
      kept = parse(text, path)
      return {}
    end)
  if not read then
    error((tostring(atoms):gsub("md_restore([:(])", "mechanics.elastic_resume%1")), 0)
  end
  local n = #atoms
  local self = { atoms = atoms, md = md, o = kept.options, count = n, run = kept.run,
                 before = kept.before, phase = kept.phase, phase_time = kept.phase_time,
                 rows = kept.rows, volume = kept.volume, reference = kept.reference,
                 block = kept.block, runs = {}, chunk = 8 }
  local ok = pcall(function()
    check_options(where, self.o)
    for k, run in ipairs(kept.runs) do
      local fresh = new_run()
      fresh.size, fresh.inside, fresh.list = run.size, run.inside, run.list
      for _, block in ipairs(fresh.list) do assert(#block == core.sums) end
      self.runs[k] = fresh
    end
    if self.o.pressure == nil then self.o.pressure = false end
    self.atom_run = take(kept.atom_run, n, core.atom_sums)
    self.atom_covariance = take(kept.atom_covariance, n, 6, 6)
    self.atom_born = take(kept.atom_born, n, 6, 6)
    if #self.rows > 0 then self.estimate = estimate(self) end
  end)
  if not ok then unreadable(path) end
  local state = kept.job
  local engine = engine_of(self, where, state)
  logs.check(engine, o)
  job.take_up(engine, o, path, FILES)
  if state.checkpoint then
    engine.again = ("vt.mechanics.elastic_resume \"%s\" goes on"):format(state.checkpoint)
  end
  job.drive(engine, o)
  return finish(self)
end

return fluctuations
