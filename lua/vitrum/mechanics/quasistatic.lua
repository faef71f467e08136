-- Athermal quasistatic strain: the path of minima that a glass follows, and the events on it.

local core = require "vitrum.mechanics_core"
local elastic = require "vitrum.mechanics.elastic"
local help = require "vitrum.prompt.help"
local job = require "vitrum.job"
local json = require "vitrum.base.json"
local logs = require "vitrum.job.log"
local md_core = require "vitrum.md_core"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local rows = require "vitrum.base.rows"
local vt = require "vitrum"

local raise <const> = options.raise

local quasistatic = {}

local Result = {} -- methods
local RESULT <const> = { __name = "vitrum.Quasistatic", __index = Result }

local NAMES <const>, PLACE <const> = elastic.NAMES, elastic.PLACE

-- Minima between two looks at the clock and the keyboard. Each such piece begins with lists and a
-- minimizer of its own, so that what it does follows from the atoms alone.
local PIECE <const> = 25

local LARGEST <const> = 2 -- strain; beyond it a percentage was meant

local COLUMNS <const> = {
  { "strain", "-" }, { "energy", "eV" }, { "stress_xx", "GPa" }, { "stress_yy", "GPa" },
  { "stress_zz", "GPa" }, { "stress_yz", "GPa" }, { "stress_xz", "GPa" }, { "stress_xy", "GPa" },
  { "volume", "A^3" }, { "fmax", "eV/A" }, { "evaluations", "-" }, { "events", "-" },
}

RESULT.__tostring = function(self)
  local last = #self.strain
  return ("quasistatic strain: %d minima to %s = %.6g, %s, %.6g GPa at the end"):format(last,
    self.component, self.strain[last],
    #self.events == 1 and "1 event" or ("%d events"):format(#self.events),
    self.stress[self.component][last])
end

-- ---------------------------------------------------------------- arguments ----

quasistatic.OPTIONS = {
  { name = "strain", kind = "tensor", required = true, range = "strain", unit = "-",
    help = "to reach, by component: { xy = 0.2 } or { zz = 0.1 }. Elongations are engineering "
      .. "strains, shears tilt the box as LAMMPS does; with several, all grow in proportion" },
  { name = "lateral", kind = "choice", choices = { "fixed", "free" }, default = "fixed",
    help = "other axes of the box: they stay, or follow so that their stress is 0" },
  { name = "step", kind = "positive", default = core.defaults.step, unit = "-",
    help = "of the largest component, between two minima; up to 0.01" },
  { name = "resolution", kind = "positive", default = core.defaults.resolution, unit = "-",
    help = "of strain, to which the place of an event is found" },
  { name = "drop", kind = "positive", default = core.defaults.drop, unit = "eV",
    help = "energy lost, beyond the work done, that makes an event" },
  { name = "fmax", kind = "positive", default = core.defaults.fmax, unit = "eV/A",
    help = "goal of the minimizations" },
  { name = "cutoff", kind = "positive", default = 3.8, unit = "A",
    help = "of neighbors in D2min of events" },
}
local SAMPLE_HELP <const> = "function called with each minimum: strain, energy (eV), stress.xx ... "
  .. "stress.xy (GPa), volume (A^3), fmax, evaluations, events; returning false ends the run"
local CHECKPOINT_HELP <const> = "file that vt.mechanics.quasistatic_resume goes on from; written "
  .. "periodically, at the end, and after an error, Ctrl-C or SIGTERM"

local function with_job(own, resumed)
  return job.options(own, { sample = SAMPLE_HELP, checkpoint = CHECKPOINT_HELP }, resumed)
end

local PATH <const> = quasistatic.OPTIONS -- what the path is, kept in checkpoints
quasistatic.OPTIONS = with_job(PATH)
quasistatic.RESUME_OPTIONS = with_job({
  { name = "potential", kind = "value",
    help = "the potential that it was made with, when its file is not found any more" },
}, true)

-- The direction of the path, its end, and the component that is the parameter.
local function path_of(where, strain)
  local direction, largest, component = { 0, 0, 0, 0, 0, 0 }, 0, nil
  if type(strain) ~= "table" then
    raise("%s: option 'strain' must be a table by component, { xy = 0.1 }, not %s", where,
      numbers.show(strain))
  end
  for name, value in pairs(strain) do
    local place = PLACE[name]
    if not place then
      raise("%s: option 'strain' has components xx yy zz yz xz xy, not %s", where, tostring(name))
    end
    if type(value) ~= "number" or value ~= value or math.abs(value) == math.huge then
      raise("%s: strain.%s must be a number, not %s", where, name, tostring(value))
    end
    if math.abs(value) > LARGEST then
      raise("%s: strain.%s = %g is %g %%; strain is a share, 0.1 for 10 %%, and at most %g here",
        where, name, value, 100 * value, LARGEST)
    end
    direction[place] = value + 0.0
    if math.abs(value) > largest then largest, component = math.abs(value), name end
  end
  if not component then
    raise("%s: give the strain to reach, as in strain = { xy = 0.1 }", where)
  end
  local to = direction[PLACE[component]]
  for place = 1, 6 do direction[place] = direction[place] / to end
  return direction, to, component
end

-- 1 for axes that are free to follow.
local function free_of(o, direction)
  local free = { 0, 0, 0, 0, 0, 0 }
  if o.lateral == "free" then
    for place = 1, 3 do free[place] = direction[place] == 0 and 1 or 0 end
  end
  return free
end

-- ---------------------------------------------------------------- events ----

-- The mean of places in a periodic box, each with its weight: along a circle for each axis.
local function center_of(atoms, weight)
  local box, s = atoms:box(), atoms:fractional()
  local center = { table.unpack(box.origin) }
  for axis, edge in ipairs{ "a", "b", "c" } do
    local angle = s:slice(nil, axis) * (2 * math.pi)
    local x, y = (angle:cos() * weight):sum(), (angle:sin() * weight):sum()
    local fraction = math.atan(y, x) / (2 * math.pi) % 1
    for k = 1, 3 do center[k] = center[k] + fraction * box[edge][k] end
  end
  return center
end

-- What happened between the minimum `before` and the atoms as they are.
local function event_of(self, before, after, lost, atoms)
  local d2min = vt.structure.deformation(before, atoms, { cutoff = self.o.cutoff }).d2min
  local known = d2min:isfinite()
  local weight = vt.array.where(known, d2min, 0)
  local sum, square = weight:sum(), (weight * weight):sum()
  local place = 2 + PLACE[self.component]
  return {
    strain = after[1], strain_before = self.before[1], lost = lost,
    energy_drop = self.before[2] - after[2], stress_drop = self.before[place] - after[place],
    atoms = square > 0 and sum * sum / square or 0, d2min = weight:max(),
    center = center_of(atoms, weight),
  }
end

-- ---------------------------------------------------------------- the run ----

local function sample_of(row)
  local stress = {}
  for place, name in ipairs(NAMES) do stress[name] = row[2 + place] end
  return { strain = row[1], energy = row[2], stress = stress, volume = row[9], fmax = row[10],
           evaluations = row[11], events = row[12] }
end

local function advance(self)
  local o = self.o
  local states, before, after, lost, previous = core.quasistatic(self.atoms, self.direction,
    self.free, o.step, o.resolution, o.drop, o.fmax, self.at, self.to, PIECE)
  if after then
    self.before = before
    table.insert(self.events, event_of(self, previous, after, lost, self.atoms))
  end
  for k = #self.rows == 0 and 1 or 2, #states do
    local row = states[k]
    row[12] = #self.events - (after and k < #states and 1 or 0)
    table.insert(self.rows, row)
  end
  self.at = states[#states][1]
end

-- ---------------------------------------------------------------- checkpoints ----

-- A checkpoint is one of dynamics that never moves, which keeps species, box and potential; the
-- path and what happened on it are its text. Dynamics takes atoms into the box and gives those at
-- rest velocities, so that what it changes is in the text, too, to the last bit.
local CHANGED <const> = { "positions", "velocities", "images" }

local FORMAT <const> = "quasistatic strain 1\n"

local function text_of(self, state)
  local kept = { options = {}, job = {}, at = self.at, rows = self.rows, events = self.events,
                 stopped = self.stopped }
  for _, option in ipairs(PATH) do kept.options[option.name] = self.o[option.name] end
  for _, name in ipairs{ "csv", "checkpoint", "checkpoint_every", "provenance", "seen" } do
    kept.job[name] = state[name]
  end
  for _, name in ipairs(CHANGED) do
    kept[name] = self.atoms[name](self.atoms):copy():reshape(-1)
  end
  return FORMAT .. json.encode(kept, "the checkpoint")
end

local function save(self, state, path, overwrite)
  local still = vt.md(self.atoms:copy(), { ensemble = "nve" })
  md_core.save(still, path, overwrite, text_of(self, state), "mechanics.quasistatic")
end

local function unreadable(path)
  raise("mechanics.quasistatic_resume: %s is no checkpoint of quasistatic strain; those of vt.md "
    .. "are for vt.md_restore", path)
end

local function is_row(row)
  local right = type(row) == "table" and #row == #COLUMNS
  for k = 1, #COLUMNS do right = right and type(row[k]) == "number" end
  return right
end

local EVENT <const> = { "strain", "strain_before", "lost", "energy_drop", "stress_drop", "atoms",
                        "d2min" }

local function is_event(event)
  local right = type(event) == "table" and type(event.center) == "table" and #event.center == 3
  for _, name in ipairs(EVENT) do right = right and type(event[name]) == "number" end
  return right
end

-- What the text of a checkpoint, which anybody may have written, holds.
local function parse(text, path)
  if text:sub(1, #FORMAT) ~= FORMAT then unreadable(path) end
  local ok, kept = pcall(json.decode, text:sub(#FORMAT + 1), path)
  local right = ok and type(kept) == "table" and type(kept.at) == "number"
  for _, name in ipairs{ "options", "job", "rows", "events" } do
    right = right and type(kept[name]) == "table"
  end
  if not right then unreadable(path) end
  for _, row in ipairs(kept.rows) do right = right and is_row(row) end
  for _, event in ipairs(kept.events) do right = right and is_event(event) end
  if not right then unreadable(path) end
  return kept
end

-- ---------------------------------------------------------------- the job ----

local function engine_of(self, where, state)
  local engine = {
    name = "quasistatic", where = where, state = state, columns = COLUMNS,
    usual = { "strain", "energy", "stress." .. self.component, "events" },
    total = math.abs(self.to),
    rate = { rate_unit = "%/s", rate_scale = 100, before = math.abs(self.at) },
  }
  function engine.done() return math.abs(self.at) end
  function engine.ended() return self.stopped or self.at == self.to and #self.rows > 0 end
  function engine.advance() advance(self) end
  function engine.count() return #self.rows end
  function engine.sample(n) return sample_of(self.rows[n]) end
  function engine.line(n) return rows.line({ table.unpack(self.rows[n]) }, #COLUMNS) end
  function engine.save(path, overwrite) save(self, state, path, overwrite) end
  function engine.stop() self.stopped = true end
  function engine.reached()
    return ("%s = %.6g of %.6g"):format(self.component, self.at, self.to)
  end
  function engine.plan()
    return { ("%s from 0 to %g in steps of %g, other axes %s"):format(self.component, self.to,
      self.o.step, self.o.lateral) }
  end
  -- Called again when the name of the checkpoint is known.
  function engine.tell()
    engine.again = state.checkpoint
      and ("vt.mechanics.quasistatic_resume \"%s\" goes on"):format(state.checkpoint)
      or "the atoms are in the last minimum; the same call with the strain that is left goes on"
  end
  engine.tell()
  return engine
end

-- The columns as arrays.
local function finish(self)
  local result = { component = self.component, events = self.events, stress = {},
                   finished = not self.stopped, atoms = self.atoms }
  for k, column in ipairs(COLUMNS) do
    local list = {}
    for n, row in ipairs(self.rows) do list[n] = row[k] end
    local name = column[1]:match "^stress_(..)$"
    if name then
      result.stress[name] = vt.array(list)
    elseif column[1] ~= "events" then
      result[column[1]] = vt.array(list)
    end
  end
  return setmetatable(result, RESULT)
end

local FILES <const> = { "csv", "checkpoint" }

local function path_from(where, atoms, o)
  local direction, to, component = path_of(where, o.strain)
  return { atoms = atoms, o = o, direction = direction, free = free_of(o, direction), to = to,
           component = component, at = 0.0, rows = {}, events = {} }
end

---Strain atoms from minimum to minimum.
---@param atoms vitrum.Atoms they end in the last minimum
---@param given table
---@return vitrum.Quasistatic
function quasistatic.quasistatic(atoms, given)
  local where = "mechanics.quasistatic"
  local o = options.check(where, quasistatic.OPTIONS, given)
  elastic.check_atoms(where, atoms)
  local self = path_from(where, atoms, o)
  local state = { csv = o.csv or nil, checkpoint = o.checkpoint or nil,
                  checkpoint_every = o.checkpoint_every, provenance = o.provenance }
  local engine = engine_of(self, where, state)
  logs.check(engine, o)
  job.check_files(where, o, FILES)
  job.drive(engine, o)
  return finish(self)
end

---Go on from a checkpoint.
---@param path string
---@param given table?
---@return vitrum.Quasistatic
function quasistatic.resume(path, given)
  local where, kept = "mechanics.quasistatic_resume", nil
  options.argument(where, "the checkpoint", "string", path)
  local o = options.check(where, quasistatic.RESUME_OPTIONS, given)
  local read, atoms = pcall(md_core.restore, path,
    o.potential and { potential = o.potential } or nil, function(text)
      kept = parse(text, path)
      return {}
    end)
  if not read then
    error((tostring(atoms):gsub("md_restore([:(])", "mechanics.quasistatic_resume%1")), 0)
  end
  local ok, self = pcall(function()
    for _, name in ipairs(CHANGED) do
      atoms[name](atoms):assign(kept[name]:reshape(#atoms, 3))
    end
    return path_from(where, atoms, options.check(where, PATH, kept.options))
  end)
  if not ok then unreadable(path) end
  self.at, self.rows, self.events, self.stopped = kept.at, kept.rows, kept.events, kept.stopped
  local state = kept.job
  local engine = engine_of(self, where, state)
  logs.check(engine, o)
  job.take_up(engine, o, path, FILES)
  state.checkpoint_every = state.checkpoint_every or 60
  engine.tell()
  job.drive(engine, o)
  return finish(self)
end

---Draw stress against strain, events as points; other options are those of vt.plot.
---@param given table?
---@return string? file
function Result:plot(given)
  local series = { { x = self.strain, y = self.stress[self.component] } }
  if #self.events > 0 then
    local x, y = {}, {}
    for k, event in ipairs(self.events) do
      x[k] = event.strain
      for n = 1, #self.strain do
        if self.strain[n] == event.strain then y[k] = self.stress[self.component][n] end
      end
    end
    series[2] = { x = x, y = y, style = "points", label = "events" }
  end
  for key, value in pairs(options.given("Quasistatic:plot", given)) do series[key] = value end
  series.xlabel = series.xlabel or "strain " .. self.component
  series.ylabel = series.ylabel or "stress (GPa)"
  return vt.plot(series)
end

-- ---------------------------------------------------------------- help ----

help.register_type("Quasistatic", RESULT)
help.document("mechanics.quasistatic", {
  signature = "vt.mechanics.quasistatic(atoms, { strain = , ... }) -> Quasistatic",
  summary = "Athermal quasistatic strain: box and atoms are strained in small steps, each followed "
    .. "by a minimization (Maloney and Lemaitre 2006). Arrays strain, energy (eV), stress.xx ... "
    .. "stress.xy (GPa), volume (A^3), fmax, evaluations, one number for each minimum, the first "
    .. "at strain 0; events, each with strain, lost (eV turned into heat), energy_drop, "
    .. "stress_drop (GPa), d2min (the largest, A^2), atoms (how many take part: the participation "
    .. "number of D2min) and center (A). Between events energy changes by the work done. The atoms "
    .. "end in the last minimum; start from a minimum, and without stress where that matters. What "
    .. "a kill cut short vt.mechanics.quasistatic_resume finishes, to the same bits.",
  options = quasistatic.OPTIONS,
  example = "local pull = vt.mechanics.quasistatic(glass, { strain = { xy = 0.1 } })\n"
    .. "pull:plot()\nprint(#pull.events, pull.events[1].strain, pull.events[1].atoms)",
})
help.document("mechanics.quasistatic_resume", {
  terms = "continue a run; interrupted run; checkpoint",
  see = "mechanics.quasistatic",
  signature = "vt.mechanics.quasistatic_resume(path, [options]) -> Quasistatic",
  summary = "Finishes quasistatic strain that Ctrl-C, SIGTERM, an error or the end of the program "
    .. "cut short, from its checkpoint: minima and events are those of a run in one, to the last "
    .. "bit. Its csv goes on where it lies beside the checkpoint; atoms of the result are the "
    .. "atoms.",
  options = quasistatic.RESUME_OPTIONS,
  example = 'local pull = vt.mechanics.quasistatic_resume "pull.checkpoint"\npull:plot()',
})
help.document("Quasistatic:plot", {
  signature = "pull:plot([options]) -> file",
  summary = "Draw stress against strain, events as points; the options are those of vt.plot.",
  example = 'pull:plot{ file = "pull.svg" }',
})

return quasistatic
