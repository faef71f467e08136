-- Vibrations: how far each atom of a glass swings about its place, by dynamics at low temperature.
-- Every run starts in the minimum with velocities of its own, so that a job is resumed by starting
-- the run anew that it was in: checkpoints hold the sums of finished runs, and no dynamics.

local core = require "vitrum.vibrations_core"
local help = require "vitrum.prompt.help"
local job = require "vitrum.job"
local json = require "vitrum.base.json"
local logs = require "vitrum.job.log"
local md_core = require "vitrum.md_core"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local result_of = require "vitrum.vibrations.result"
local rows = require "vitrum.base.rows"
local vt = require "vitrum"

local raise <const> = options.raise

local vibrations = {}

local FORMAT <const> = "vibrations 1\n" -- before the state in a checkpoint
local CHUNK_SECONDS <const> = 0.3       -- between looks at the keyboard
local MINIMUM <const> = 1e-2            -- largest force in what passes for a minimum [eV/A]
local SAMPLES <const> = 20              -- of the temperature in each run
local MOVED <const> = 0.1               -- who takes part in a hop, between minima [A]

vibrations.OPTIONS = {
  { name = "temperature", kind = "positive", default = 50, unit = "K", range = "temperature",
    help = "of the dynamics; low enough that no atom leaves its place" },
  { name = "runs", kind = "count", default = 30, between = { 2, 100000 },
    help = "each with new velocities; Fan, Ding and Ma have 100" },
  { name = "time", kind = "positive", default = 10, unit = "ps", range = "time",
    help = "of each run, in which amplitudes are taken" },
  { name = "settle", kind = "positive", default = 2, unit = "ps", range = "time",
    help = "of each run, before that" },
  { name = "every", kind = "positive", default = 0.02, unit = "ps", range = "time",
    help = "time between frames" },
  { name = "timestep", kind = "positive", default = 0.002, unit = "ps", range = "timestep",
    help = "of the dynamics, which keeps the energy (NVE)" },
  { name = "seed", kind = "seed", default = 1, help = "of the velocities" },
  { name = "volume", kind = "choice", choices = { "atom", "mean" }, default = "atom",
    help = "whose cube root is the distance a in v_flex: that of the atom's Voronoi cell, or the "
      .. "mean of all" },
  { name = "hop", kind = "positive", default = 1, unit = "A", range = "distance",
    help = "a run in which an atom's place in the minimum moves by more does not count for the "
      .. "atoms that moved with it" },
  { name = "spectrum", kind = "boolean", default = false,
    help = "autocorrelations of the velocities, too, for Vibrations:spectrum: 12 bytes for each "
      .. "atom and frame, and 8 for each atom and lag" },
  { name = "longest", kind = "positive", unit = "ps", range = "time",
    help = "longest lag of these; half of the time unless given. 1/longest is the resolution of "
      .. "the spectrum" },
}

local SAMPLE_HELP <const> = "function called after each run: run, time (ps, measured in all runs), "
  .. "temperature (K), msd (A^2, of the run), plateau, hopped (number of atoms that left their "
  .. "place); returning false ends the job with the runs so far"
local CHECKPOINT_HELP <const> = "file that vt.vibrations_resume goes on from; written after runs, "
  .. "periodically, at the end, and after an error, Ctrl-C or SIGTERM"

local KEPT <const> = { "temperature", "runs", "time", "settle", "every", "timestep", "seed",
                       "volume", "hop", "spectrum", "longest" }

local COLUMNS <const> = { { "run", "-" }, { "time", "ps" }, { "temperature", "K" },
                          { "msd", "A^2" }, { "plateau", "-" }, { "hopped", "-" } }

-- ---------------------------------------------------------------- a run ----

local function begin_run(self)
  local o = self.o
  -- Half of it goes into the springs. Runs of other seeds share no velocities.
  self.atoms = self.still:copy():thermalize{ temperature = 2 * o.temperature,
                                             seed = o.seed ~ (self.run + 1 << 32) }
  self.md = vt.md(self.atoms, { ensemble = "nve", timestep = o.timestep })
  self.sum:fill(0)
  local steps = self.settle + self.frames * self.every
  md_core.begin(self.md, { steps = steps, every = math.max(1, steps // SAMPLES) * o.timestep })
end

-- Mean of the samples after settling.
local function temperature_of(self)
  local _, _, _, count = md_core.place(self.md)
  local sum, n, start = 0.0, 0, self.settle * self.o.timestep
  for k = 1, count do
    local sample = md_core.sample(self.md, k)
    if sample.time >= start then sum, n = sum + sample.temperature, n + 1 end
  end
  return sum / n
end

-- How far the places in the minimum have moved, and whether one of them has hopped.
local function find_hops(self)
  local below = self.atoms
  vt.minimize(below, { fmax = MINIMUM })
  local d = below:unwrapped() - self.places
  local moved = (d - d:mean(1)):square():sum(2):sqrt()
  local hopped = moved:gt(self.o.hop)
  return moved, hopped:any() and hopped:find() or nil
end

-- Means of a half of a run.
local function half_of(self, k)
  local m = self.frames / 2
  return self.sum:slice(nil, { 4 * k + 1, 4 * k + 3 }) / m, self.sum:slice(nil, 4 * k + 4) / m
end

local function add(into, from) into:assign(into + from) end

local function end_run(self)
  local o, temperature = self.o, temperature_of(self)
  local place1, square1 = half_of(self, 0)
  local place2, square2 = half_of(self, 1)
  local place = (place1 + place2) / 2
  local msd = (square1 + square2) / 2 - place:square():sum(2)
  local part = (square1 + square2) / 2
    - (place1:square():sum(2) + place2:square():sum(2)) / 2
  local moved, hopped = find_hops(self)
  local counts = vt.array.ones(self.count)
  if hopped then
    counts = moved:le(MOVED):astype "float64"
    local list = { run = self.run + 1, atoms = hopped:totable(), distance = {} }
    for k, atom in ipairs(list.atoms) do list.distance[k] = moved[atom] end
    table.insert(self.hops, list)
  end
  local half = self.run % 2 + 1
  add(self.counted:slice(nil, half), counts)
  add(self.square:slice(nil, half), counts * msd)
  add(self.part, counts * part)
  if o.spectrum then
    if hopped then -- they would have a zero for a spectrum
      local rest = counts:reshape(-1, 1, 1):astype "float32"
      local series = self.velocity:reshape(self.count, 3, self.frames)
      series:assign(series * rest)
    end
    core.correlate(self.velocity, self.count, self.correlation)
  end
  self.run = self.run + 1
  table.insert(self.rows, { self.run, self.run * o.time, temperature, msd:mean(),
                            msd:mean() / part:mean(), hopped and #hopped or 0 })
  self.md, self.atoms = nil, nil
end

local function advance(self, where)
  if not self.md then begin_run(self) end
  local _, left = md_core.place(self.md)
  if left == 0 then return end_run(self) end
  local most, start = math.min(self.chunk, left), vt.clock()
  local ok, message = core.run(self.md, self.places, self.sum, self.velocity, self.settle,
    self.every, self.frames, most)
  if not ok then raise("%s: %s", where, message) end
  local seconds = vt.clock() - start
  if seconds > 0 then
    self.chunk = math.max(1, math.min(2 * most, math.floor(most * CHUNK_SECONDS / seconds)))
  end
end

-- ---------------------------------------------------------------- checkpoints ----

local SUMS <const> = { "counted", "square", "part", "correlation" }

local function flat(array) return array and array:reshape(-1) end

local function text_of(self, state)
  local kept = { options = {}, job = {}, run = self.run, rows = self.rows, hops = self.hops }
  for _, name in ipairs(KEPT) do kept.options[name] = self.o[name] end
  for _, name in ipairs{ "csv", "checkpoint", "checkpoint_every", "provenance", "seen" } do
    kept.job[name] = state[name]
  end
  for _, name in ipairs(SUMS) do kept[name] = flat(self[name]) end
  return FORMAT .. json.encode(kept)
end

local function unreadable(path)
  raise("vibrations_resume: %s is no checkpoint of vibrations; those of vt.md are for "
    .. "vt.md_restore", path)
end

-- What the text of a checkpoint, which anybody may have written, holds.
local function parse(text, path)
  if text:sub(1, #FORMAT) ~= FORMAT then unreadable(path) end
  local ok, kept = pcall(json.decode, text:sub(#FORMAT + 1), path)
  local right = ok and type(kept) == "table" and math.type(kept.run) == "integer"
  for _, name in ipairs{ "options", "job", "rows", "hops" } do
    right = right and type(kept[name]) == "table"
  end
  if not right then unreadable(path) end
  return kept
end

-- ---------------------------------------------------------------- the job ----

local function engine_of(self, where, state)
  local o = self.o
  local engine = {
    name = "vibrations", where = where, state = state, columns = COLUMNS,
    usual = { "run", "temperature", "msd", "plateau", "hopped" },
    total = o.runs * (o.settle + o.time), rate = { rate_unit = "ns/day", rate_scale = 86.4 },
  }
  engine.again = state.checkpoint
    and ("vt.vibrations_resume \"%s\" goes on"):format(state.checkpoint)
    or "with a checkpoint = \"file\" vt.vibrations_resume could go on"
  engine.comments = {
    ("program: vitrum %s, amplitudes of vibrations"):format(vt.version),
    ("%d atoms at %g K; msd is the mean square about the mean place, plateau that of the whole "
      .. "run over that of its halves"):format(self.count, o.temperature),
  }
  function engine.done()
    local steps = self.md and md_core.place(self.md) or 0
    return math.min(engine.total, self.run * (o.settle + o.time) + steps * o.timestep)
  end
  function engine.ended() return self.run >= o.runs end
  function engine.advance() advance(self, where) end
  function engine.count() return #self.rows end
  function engine.sample(n)
    local sample = {}
    for k, column in ipairs(COLUMNS) do sample[column[1]] = self.rows[n][k] end
    return sample
  end
  function engine.line(n) return rows.line({ table.unpack(self.rows[n]) }, #COLUMNS) end
  function engine.save(path, overwrite)
    md_core.save(self.resting, path, overwrite, text_of(self, state), where)
  end
  function engine.stop() self.stopped = true end
  function engine.reached() return ("%d of %d runs"):format(self.run, o.runs) end
  function engine.plan()
    return { ("%d atoms at %g K: %d x %g ps, each after %g ps"):format(self.count, o.temperature,
      o.runs, o.time, o.settle) }
  end
  return engine
end

-- Whole steps and frames, so that what is said is what is done.
local function whole(where, o, name, unit, least)
  local ratio = o[name] / o[unit]
  if math.abs(ratio - math.floor(ratio + 0.5)) > 1e-6 * ratio or ratio < least - 0.5 then
    raise("%s: %s = %g ps must be a whole multiple of %s, %g ps%s", where, name, o[name], unit,
      o[unit], least > 1 and (", %d of them at least"):format(least) or "")
  end
  return math.floor(ratio + 0.5)
end

-- Room for sums and what a run needs. `atoms` is a copy, which stays in its minimum.
local function prepare(where, atoms, o)
  local self = { o = o, still = atoms, count = #atoms, run = 0, rows = {}, hops = {}, chunk = 8 }
  self.every = whole(where, o, "every", "timestep", 1)
  self.frames = whole(where, o, "time", "every", 10)
  if self.frames % 2 ~= 0 then
    raise("%s: %g ps are %d frames %g ps apart; an even number of frames is needed", where, o.time,
      self.frames, o.every)
  end
  self.settle = math.max(1, math.floor(o.settle / o.timestep + 0.5))
  local n, zeros = self.count, vt.array.zeros
  self.sum, self.counted, self.square, self.part = zeros(n, core.sums), zeros(n, 2), zeros(n, 2),
    zeros(n)
  if o.spectrum then
    o.longest = o.longest or o.every * (self.frames // 2)
    local lags = whole(where, o, "longest", "every", 10)
    if lags >= self.frames then
      raise("%s: longest = %g ps must be less than time, %g ps", where, o.longest, o.time)
    end
    self.velocity = zeros(3 * n, self.frames, { dtype = "float32" })
    self.correlation = zeros(n, lags + 1)
  elseif o.longest then
    raise("%s: option 'longest' is of the autocorrelation of velocities; give spectrum = true, too",
      where)
  end
  self.places = atoms:unwrapped():copy()
  return self
end

local FILES <const> = { "csv", "checkpoint" }

-- The atoms stay as they are when anything is wrong with them.
local function check_atoms(where, atoms)
  if not options.is(atoms, "Atoms") then
    raise("%s: expected atoms, got %s", where, numbers.show(atoms))
  end
  if atoms.potential == nil then
    raise("%s: the atoms have no potential; set one, as glass.potential = vt.potential.eam "
      .. '"CuZr_mm.eam.fs"', where)
  end
  if #atoms < 2 then
    raise("%s: there are %d atoms; vibrations need two or more", where, #atoms)
  end
  local periodic = atoms:box().periodic
  if not (periodic[1] or periodic[2] or periodic[3]) then
    raise("%s: the box is periodic along no axis; a free cluster turns, which would count as "
      .. "vibration", where)
  end
  local fmax = atoms:forces():square():sum(2):max() ^ 0.5
  if fmax > MINIMUM then -- forces that are not finite raise before
    raise("%s: a force of %.3g eV/A acts on an atom, so they are in no minimum of the energy (at "
      .. "most %g eV/A is taken for one); give the inherent structure: vt.minimize(glass, { fmax "
      .. "= 1e-4 })", where, fmax, MINIMUM)
  end
end

vibrations.ALL = job.options(vibrations.OPTIONS, { sample = SAMPLE_HELP,
                                                   checkpoint = CHECKPOINT_HELP })

---Amplitudes of the vibrations of each atom.
---@param atoms vitrum.Atoms
---@param given table?
---@return vitrum.Vibrations
function vibrations.run(atoms, given)
  local where = "vibrations"
  local o = options.check(where, vibrations.ALL, given)
  check_atoms(where, atoms)
  local still = atoms:copy():wrap():thermalize{ temperature = 0 } -- as checkpoints have them
  local self = prepare(where, still, o)
  self.resting = vt.md(still, { ensemble = "nve", timestep = o.timestep })
  local state = { csv = o.csv or nil, checkpoint = o.checkpoint or nil,
                  checkpoint_every = o.checkpoint_every, provenance = o.provenance }
  local engine = engine_of(self, where, state)
  logs.check(engine, o)
  job.check_files(where, o, FILES)
  job.drive(engine, o)
  return result_of.make(self)
end

vibrations.RESUME = job.options({
  { name = "potential", kind = "value",
    help = "the potential that it was made with, when its file is not found any more" },
}, { sample = SAMPLE_HELP, checkpoint = CHECKPOINT_HELP }, true)

---Go on from a checkpoint.
---@param path string
---@param given table?
---@return vitrum.Vibrations
function vibrations.resume(path, given)
  local where = "vibrations_resume"
  options.argument(where, "the file name", "string", path)
  local o = options.check(where, vibrations.RESUME, given)
  local kept
  local read, atoms, md = pcall(md_core.restore, path,
    o.potential and { potential = o.potential } or nil, function(text)
      kept = parse(text, path)
      return {}
    end)
  if not read then error((tostring(atoms):gsub("md_restore([:(])", "vibrations_resume%1")), 0) end
  local self
  local ok = pcall(function()
    self = prepare(where, atoms, options.check(where, vibrations.OPTIONS, kept.options))
    self.run, self.rows, self.hops, self.resting = kept.run, kept.rows, kept.hops, md
    assert(#self.rows == self.run)
    for _, row in ipairs(self.rows) do assert(#row == #COLUMNS) end
    for _, name in ipairs(SUMS) do
      if self[name] then self[name]:reshape(-1):assign(vt.array(kept[name])) end
    end
  end)
  if not ok then unreadable(path) end
  local state = kept.job
  local engine = engine_of(self, where, state)
  logs.check(engine, o)
  job.take_up(engine, o, path, FILES)
  if state.checkpoint then
    engine.again = ("vt.vibrations_resume \"%s\" goes on"):format(state.checkpoint)
  end
  job.drive(engine, o)
  return result_of.make(self)
end

vt.vibrations, vt.vibrations_resume = vibrations.run, vibrations.resume

-- ---------------------------------------------------------------- help ----

help.document("vibrations", {
  terms = "vibrational mean squared displacement; Debye-Waller factor; flexibility volume; v_flex; "
    .. "thermal amplitude; velocity autocorrelation function; "
    .. "VACF; vibrational density of states; VDOS; phonons; boson peak",
  see = "Vibrations:spectrum; Vibrations:harmonic; vibrations_resume; descriptor.radial; learn.svr",
  signature = "vt.vibrations(glass, [options]) -> Vibrations",
  summary = "How far each atom of an inherent structure swings (Fan, Ding and Ma 2020; Ding et al. "
    .. "2016): dynamics at constant energy that starts in the minimum, many times with new "
    .. "velocities of twice the temperature, since half of the energy goes into the springs. The "
    .. "atoms stay as they are, and so does the box. The result has msd, the mean square of each "
    .. "atom's distance from its mean place in a run (A^2), without the drift of all; a, the cube "
    .. "root of its volume (A); v_flex = msd a (A^3); reliability by species, the correlation "
    .. "between ln msd of even and odd runs, raised to that of all (Spearman and Brown); plateau, "
    .. "the msd of runs over that of their halves, near 1 where atoms have places and 2 where they "
    .. "diffuse; hops, a list of { run, atoms, distance }; counted, how many runs count for "
    .. "each atom; mean_temperature (K), runs, atoms. What diffuses or hops is told when it is "
    .. "found.",
  options = vibrations.ALL,
  example = "vt.minimize(glass, { fmax = 1e-4 })\n"
    .. "local v = vt.vibrations(glass, { runs = 10, log = true })\nprint(v)\n"
    .. 'print(v.v_flex:mean(), v.reliability.Cu)\nglass:save("flex.xyz", { columns = '
    .. "{ v_flex = v.v_flex } })",
})
help.document("vibrations_resume", {
  terms = "continue a run; interrupted run; checkpoint",
  see = "vibrations",
  signature = "vt.vibrations_resume(path, [options]) -> Vibrations",
  summary = "Finishes vibrations that Ctrl-C, an error or the end of the program cut short, from "
    .. "their checkpoint: the result is that of a job in one. The run that was cut short starts "
    .. "anew.",
  options = vibrations.RESUME,
  example = 'local v = vt.vibrations_resume "flex.checkpoint"',
})

return vibrations
