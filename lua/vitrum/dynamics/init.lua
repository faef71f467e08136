-- Runs of molecular dynamics as users start them: md:run, md:resume, md:save and vt.md_restore. The
-- steps, and the options for temperatures, stresses and strains, are in C.

local core = require "vitrum.md_core"
local dump = require "vitrum.job.dump"
local elsewhere = require "vitrum.engine.dynamics"
local engines = require "vitrum.engine"
local help = require "vitrum.prompt.help"
local job = require "vitrum.job"
local logs = require "vitrum.job.log"
local options = require "vitrum.base.options"
local session = require "vitrum.session"
local system = require "vitrum.system"
local vt = require "vitrum"

local raise = options.raise

---@class vitrum.MD
local MD = session.types()["MD"].methods

local FRAMES <const> = 100 -- of a trajectory when dump_every is not given
local NS_PER_DAY <const> = 86.4 -- of 1 ps/s
local COLUMNS <const> = core.columns()
local FILES <const> = { "csv", "checkpoint", "dump" }

-- ---------------------------------------------------------------- the state of a run ----

-- What checkpoints keep of it, in lines "key length", value. The frames of a trajectory: steps
-- between them, size of the file, step and checksum of the last.
local function is_count(text) return math.tointeger(tonumber(text)) and tonumber(text) >= 0 end
local function is_text() return true end
local KEYS <const> = {
  { "csv", is_text }, { "checkpoint", is_text }, { "checkpoint_every", tonumber, number = true },
  { "provenance", is_text }, { "note", is_text }, { "seen", is_count, number = true },
  { "ranks", is_count, number = true },
  { "dump", is_text },
  { "dump_interval", is_count, number = true },
  { "dump_size", is_count, number = true }, { "dump_step", is_count, number = true },
  { "dump_tail", function(text) return text:find "^%x+$" and #text == 64 end },
}

local function text_of(state)
  local parts, last = {}, state.frames and state.frames[#state.frames] or {}
  for _, key in ipairs(KEYS) do
    local value = state[key[1]]
    if value == nil then value = last[key[1]:match "^dump_(%l+)$"] end
    if value ~= nil then
      value = tostring(value)
      parts[#parts + 1] = ("%s %d\n%s\n"):format(key[1], #value, value)
    end
  end
  return table.concat(parts)
end

-- The state from a text that anybody may have written; nil when it is not one.
local function parse_state(text)
  local state, at = {}, 1
  while at <= #text do
    local name, length, from = text:match("^(%l[%l_]*) (%d+)\n()", at)
    length = tonumber(length)
    if not name or #text - from < length or text:sub(from + length, from + length) ~= "\n" then
      return nil
    end
    local value, known = text:sub(from, from + length - 1), nil
    for _, key in ipairs(KEYS) do known = known or key[1] == name and key end
    if not known or state[name] ~= nil or not known[2](value) then return nil end
    state[name] = known.number and tonumber(value) or value
    if known[2] == is_count then state[name] = math.tointeger(state[name]) end
    at = from + length + 1
  end
  if state.dump then
    local last = { size = state.dump_size, step = state.dump_step, tail = state.dump_tail }
    local whole = last.size and last.step and last.tail
    if (state.dump_interval or 0) < 1 or next(last) and not whole then return nil end
    state.frames = { whole and last or nil }
  end
  state.dump_size, state.dump_step, state.dump_tail = nil, nil, nil
  local seconds = state.checkpoint_every
  if seconds and (seconds <= 0 or seconds ~= seconds) then state.checkpoint_every = 60 end
  return state
end

local function read_state(text, path)
  local state = parse_state(text)
  if not state then
    raise("md_restore: %s: its record of the run (csv, checkpoint, note) cannot be read; the file "
      .. "was changed, or comes from another version of the program", path)
  end
  state.restored = path
  return state
end

-- ---------------------------------------------------------------- the engine ----

local USUAL <const> = { "time", "temperature", "pressure", "potential_energy", "volume" }
local ROW <const> = ("%.12g,"):rep(#COLUMNS - 1) .. "%.12g\n"

local function potential_lines(md)
  local potential = md.atoms.potential
  local lines = { ("potential: %s %s"):format(potential.name, potential.file),
                  "potential sha256: " .. potential.sha256 }
  if potential.taper > 0 then
    lines[3] = ("potential taper: %.10g A before the cutoff"):format(potential.taper)
  end
  return table.concat(lines, "\n")
end

-- As the head of a file has them.
local function settings_of(md)
  local engine = elsewhere.engine(md)
  return core.settings(md) .. (engine and "; by " .. elsewhere.text(engine) or "")
end

---@param md vitrum.MD
---@param where string
---@param run vitrum.LammpsRun? what moves the atoms in place of md itself
---@return vitrum.Engine
local function engine_of(md, where, run)
  local state, timestep = core.job(md), md.timestep
  local done, left, sample, count = core.place(md) -- steps, steps, steps, samples
  local engine = { name = "md", where = where, state = state, restore = "vt.md_restore",
                   columns = COLUMNS, usual = USUAL, total = (done + left) * timestep,
                   rate = { rate_unit = "ns/day", rate_scale = NS_PER_DAY,
                            before = done * timestep } }
  engine.comments = {
    ("program: vitrum %s, thermo samples of molecular dynamics"):format(vt.version),
    potential_lines(md), "dynamics: " .. settings_of(md),
    "signs: pressure positive in compression, stress in tension; energies are of the whole system",
  }
  function engine.done()
    if run and left > 0 then return (done + run:step() - md.step) * timestep end
    return done * timestep
  end
  function engine.count() return count end
  function engine.ended() return left <= 0 end
  function engine.sample(n) return core.sample(md, n) end
  function engine.line(n) return ROW:format(core.row(md, n)) end
  function engine.stop()
    core.stop(md)
    left = 0
  end
  function engine.drive(f)
    if not run then return core.drive(md, f) end
    local ok, problem = pcall(core.drive, md, f)
    if ok then return end
    local interrupted = system.interrupted(false)
    run:settle()
    done, left, sample, count = core.place(md)
    if interrupted then system.interrupted(true) end
    error(problem, 0)
  end
  function engine.has_frames(path) return dump.has_frames(state, path) end
  function engine.save(path, overwrite)
    if run then run:settle() end
    core.save(md, path, overwrite, text_of(engine.state), where)
  end
  function engine.advance(watched)
    local most = (watched or run) and sample or left
    if state.dump then
      most = math.min(most, state.dump_interval - done % state.dump_interval)
    end
    local ok, message, lost
    if run then
      ok, message, lost = run:advance(most)
    else
      ok, message, lost = core.advance(md, most)
    end
    done, left, sample, count = core.place(md)
    if ok then return end
    engine.lost = lost -- the last good checkpoint is worth more than the frame it fell back to
    if lost and state.dump then dump.fall_back(state, md.step) end
    raise("%s: %s", where, message)
  end
  function engine.reached()
    return ("%.6g of %.6g ps"):format(done * timestep, (done + left) * timestep)
  end
  function engine.plan()
    local lines = { ("%s, %.6g ps, %d steps"):format(settings_of(md), left * timestep, left) }
    lines[2] = state.plan
    for _, name in ipairs(FILES) do
      if state[name] then lines[#lines + 1] = ("%s %s"):format(name, state[name]) end
    end
    return lines
  end
  if state.dump then
    function engine.watch()
      if done % state.dump_interval == 0 then
        dump.frame(where, md, state, engine.overwrite)
      end
    end
  end
  return engine
end

-- ---------------------------------------------------------------- options ----

local SAMPLE_HELP <const> = "function called with each sample: step, time [ps], temperature, "
  .. "target_temperature [K], potential_energy, kinetic_energy, total_energy, enthalpy, conserved "
  .. "[eV], pressure, stress.xx ... stress.xy [GPa], volume [A^3], lx, ly, lz, xy, xz, yz [A], "
  .. "strain. Returning false ends the run"
local CHECKPOINT_HELP <const> = "file that vt.md_restore goes on from; written periodically, at "
  .. "the end, and after an error, Ctrl-C or SIGTERM"

local MORE <const> = {
  { name = "dump", kind = "file",
    help = "file for a trajectory, in the format that its name tells: .dump, .xyz, also with "
      .. ".gz, .zst, .xz; a run that goes on from a checkpoint continues it" },
  { name = "dump_every", kind = "positive", unit = "ps", range = "time",
    help = "time between frames of the dump; a hundredth of the run when not given" },
  { name = "note", kind = "text", help = "any text, kept in checkpoints as md.note" },
}
local APPEND <const> = {
  name = "append", kind = "boolean", default = false,
  help = "go on with the dump of the previous run",
}

local plan_names = {}
local function options_of(plan, resumed)
  local list = table.move(MORE, 1, #MORE, #plan + 1, table.move(plan, 1, #plan, 1, {}))
  if not resumed then table.insert(list, #plan + 3, APPEND) end
  return job.options(list, { sample = SAMPLE_HELP, checkpoint = CHECKPOINT_HELP }, resumed)
end

local RUN <const> = session.docs["MD:run"]
for _, option in ipairs(RUN.options) do plan_names[option.name] = option end
RUN.options = options_of(RUN.options)
local RESUME_OPTIONS <const> = options_of({}, true)

-- ---------------------------------------------------------------- runs ----

-- Steps between frames.
local function frame_interval(where, md, every)
  local steps = math.floor(every / md.timestep + 0.5)
  if steps < 1 then
    raise("%s: dump_every gives %g ps, less than a timestep (%g ps)", where, every, md.timestep)
  end
  return steps
end

-- What is planned, as it was given.
local function plan_text(o)
  local parts = {}
  for _, option in ipairs(RUN.options) do
    local value, unit = o[option.name], option.unit
    if plan_names[option.name] and value ~= nil and value ~= option.default then
      if type(value) == "table" then
        local words = {}
        for k, part in ipairs(value) do words[k] = ("%.6g"):format(part) end
        for k, part in pairs(value) do
          if type(k) == "string" then
            words[#words + 1] = type(part) == "number" and ("%s %.6g"):format(k, part) or k
          end
        end
        value = table.concat(words, #value > 0 and " to " or ", ")
      elseif type(value) == "number" then
        value = ("%.6g"):format(value)
      end
      parts[#parts + 1] = ("%s %s%s"):format(option.name, value,
        unit and unit ~= "-" and " " .. unit or "")
    end
  end
  return table.concat(parts, "; ")
end

local function drive(md, where, o)
  local state = core.job(md)
  state.seen = state.seen or select(4, core.place(md)) -- whoever opens takes the first sample
  local run <close> = elsewhere.open(md, where)
  local engine = engine_of(md, where, run)
  engine.overwrite = o.overwrite
  logs.check(engine, o)
  if engine.state.dump then dump.go_on(where, engine.state, o.overwrite) end
  engine.state.unsaved = true
  job.drive(engine, o)
  engine.state.unsaved = nil
  return md
end

-- The frames of the previous run, when its trajectory is to go on; else none.
local function start_dump(state, o)
  if not o.append or not system.kind(o.dump) then return {} end
  if state.dump ~= o.dump or not dump.has_frames(state, o.dump) then
    raise("MD:run: append: %s is not the dump of the previous run of this dynamics, so nothing is "
      .. "added to it; choose another name", o.dump)
  end
  return state.frames
end

---@param given table
---@return vitrum.MD
function MD.run(self, given)
  job.check_self(self, "MD", "run", "md")
  core.check(self, "MD:run")
  local o = options.check("MD:run", RUN.options, given)
  core.check(self, "MD:run") -- reading options may have called metamethods
  local state = core.job(self)
  local plan = {}
  for name in pairs(plan_names) do plan[name] = o[name] end
  for _, name in ipairs(FILES) do o[name] = o[name] or nil end
  for _, name in ipairs { "dump_every", "append" } do
    if o[name] and not o.dump then
      raise("MD:run: %s needs a file for the frames, dump = \"run.dump\"", name)
    end
  end
  local interval = o.dump_every and frame_interval("MD:run", self, o.dump_every)
  logs.check(engine_of(self, "MD:run"), o)
  local frames = o.dump and start_dump(state, o)
  job.check_files("MD:run", o, FILES)
  core.begin(self, plan)
  for key in pairs(state) do
    if key ~= "note" then state[key] = nil end
  end
  for _, name in ipairs { "csv", "checkpoint", "checkpoint_every", "provenance", "dump" } do
    state[name] = o[name]
  end
  state.note = o.note or state.note
  state.ranks = elsewhere.engine(self) and elsewhere.engine(self).ranks
  state.plan = plan_text(o)
  if o.dump then
    local steps = select(2, core.place(self))
    state.dump_interval = interval or (steps - 1) // FRAMES + 1
    state.frames = frames
  end
  return drive(self, "MD:run", o)
end

-- For a finished run only what is asked for is written.
local function write_finished(md, state, o)
  local engine, copy = engine_of(md, "MD:resume"), {}
  if o.dump then raise "MD:resume: this run is finished; frames are taken while it runs" end
  if o.csv and engine.count() == 0 then
    raise("MD:resume: there are no samples to write to %s; md:run takes them", o.csv)
  end
  job.check_files("MD:resume", o, { "csv", "checkpoint" })
  for key, value in pairs(state) do copy[key] = value end
  copy.csv, copy.checkpoint = o.csv or nil, o.checkpoint or nil
  engine.state = copy
  job.keep(engine, o.overwrite)
end

---@param given table?
---@return vitrum.MD
function MD.resume(self, given)
  job.check_self(self, "MD", "resume", "md")
  core.check(self, "MD:resume")
  local o = options.check("MD:resume", RESUME_OPTIONS, given)
  core.check(self, "MD:resume") -- reading options may have called metamethods
  local state, _, left = core.job(self), core.place(self)
  if left <= 0 and not state.unsaved then
    write_finished(self, state, o)
    return self
  end
  local engine = engine_of(self, "MD:resume")
  logs.check(engine, o)
  if o.dump_every and not (o.dump or state.dump and o.dump == nil) then
    raise "MD:resume: dump_every needs a file for the frames, dump = \"run.dump\""
  end
  local interval = o.dump_every and frame_interval("MD:resume", self, o.dump_every)
  if o.dump and not interval and not state.dump_interval then
    interval = (left - 1) // FRAMES + 1
  end
  local paths = job.claim(engine, o, state.restored, FILES)
  local new = {} -- names given here that are not those of the run
  for _, name in ipairs(FILES) do
    if o[name] then new[name] = o[name] end
  end
  if paths.dump and paths.dump == state.dump then new.dump = nil end
  new.overwrite = o.overwrite
  job.check_files("MD:resume", new, FILES)
  if new.dump or not paths.dump then
    state.frames = {}
  end
  for _, name in ipairs(FILES) do state[name] = paths[name] end
  for _, name in ipairs { "provenance", "note", "checkpoint_every" } do
    if o[name] ~= nil then state[name] = o[name] end
  end
  state.dump_interval = interval or state.dump_interval
  state.checkpoint_every = state.checkpoint_every or 60
  state.restored = nil
  return drive(self, "MD:resume", o)
end

-- ---------------------------------------------------------------- checkpoints ----

local SAVE_OPTIONS <const> = {
  { name = "overwrite", kind = "boolean", default = false,
    help = "replace a file that this process did not write" },
  { name = "note", kind = "text", help = "any text, given back as md.note after vt.md_restore" },
}

---@param path string
---@param given table?
---@return vitrum.MD
function MD.save(self, path, given)
  job.check_self(self, "MD", "save", "md")
  core.job(self)
  options.argument("MD:save", "the file name", "string", path)
  local o = options.check("MD:save", SAVE_OPTIONS, given)
  local state = core.job(self) -- raises when reading options has closed it
  if o.note then state.note = o.note end
  core.save(self, path, o.overwrite, text_of(state), "MD:save")
  return self
end

---@param path string
---@param potential any
---@return vitrum.Atoms, vitrum.MD
function vt.md_restore(path, potential)
  local engine
  if type(potential) == "table" and potential.engine ~= nil then
    local given = potential
    engine, potential = given.engine, {}
    engines.check("md_restore", engine)
    for key, value in pairs(given) do
      if key ~= "engine" then potential[key] = value end
    end
  end
  local atoms, md = core.restore(path, potential, read_state)
  local ranks = core.job(md).ranks
  -- The program is the one of this machine, never one that a file names.
  if engine == nil and ranks and ranks > 0 then engine = engines.lammps{ ranks = ranks } end
  elsewhere.set(md, engine or nil)
  return atoms, md
end

-- ---------------------------------------------------------------- documentation ----

help.document("MD:run", RUN)
help.document("MD:resume", {
  terms = "continue a run; interrupted run; restart",
  see = "md_restore",
  signature = "md:resume{ options } -> md",
  summary = "Finishes a run that Ctrl-C, SIGTERM, an error or the end of the program (see "
    .. "vt.md_restore) cut short, with its csv, checkpoint and dump. After vt.md_restore it "
    .. "continues those that lie beside the checkpoint, a csv with all its samples and a dump with "
    .. "its frames (later ones are cut off); name the others again. For a finished run, csv and "
    .. "checkpoint are written if they are named here; otherwise nothing happens.",
  options = RESUME_OPTIONS,
  example = 'local glass, md = vt.md_restore "run.checkpoint"\nmd:resume()',
})
help.document("MD:save", {
  terms = "checkpoint; restart file",
  see = "md_restore",
  signature = "md:save(path, [options]) -> md",
  summary = "Writes a checkpoint by atomic rename; vt.md_restore reads it.",
  options = SAVE_OPTIONS, example = 'md:save "melt.checkpoint"',
})
help.document("md_restore", {
  terms = "restart; checkpoint; restart file; continue a run",
  see = "MD:save; MD:resume",
  signature = "vt.md_restore(path, [{ potential = potential, engine = engine }]) -> atoms, md",
  summary = "Restores a checkpoint: the atoms and the dynamics as they were, to the last bit. "
    .. "The second argument may be a potential, or atoms to restore into; without it the "
    .. "potential's file is read again, from its folder or from those of vt.potential.path(). "
    .. "A run that LAMMPS carried out goes on there with as many ranks; `engine` chooses another "
    .. "engine, false none. "
    .. "md:resume() then finishes a run that was cut short.",
  example = 'local glass, md = vt.md_restore "run.checkpoint"\nmd:resume()',
})
