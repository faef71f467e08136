-- Dynamics inside a protocol: a list of runs, one after the other, that survives a kill.
--
-- One file NAME.checkpoint holds the whole state of the dynamics, the plan of the run under way
-- and its samples included, and a line of ours: which trajectory, which run of the list, and the
-- step at which that run began. It is written between runs and every checkpoint_every seconds in
-- them. Rows of a record are committed before the checkpoint that comes after them, so that on
-- resume the record never lacks a row, and rows that came later are cut off.

local json = require "vitrum.base.json"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local records = require "vitrum.protocol.record"
local system = require "vitrum.system"

local raise = options.raise

local trajectory = {}

local NS_PER_DAY <const> = 86.4 -- of 1 ps/s

trajectory.SPEC = {
  { name = "name", kind = "string", required = true, help = "of the trajectory" },
  { name = "file", kind = "string", help = "of the checkpoint, without .checkpoint: the name" },
  { name = "start", kind = "function", required = true,
    help = "function() -> MD: makes the dynamics when there is no checkpoint to go on from" },
  { name = "potential", kind = "value", required = true, help = "the potential of the atoms" },
  { name = "runs", kind = "table", required = true,
    help = "list of the options of md:run, each with a label for the progress" },
  { name = "record", kind = "value", help = "gets a row for every sample; column 1 is the step" },
  { name = "row", kind = "function", help = "function(sample) -> the values of a row" },
}

-- The line of ours: name of the trajectory, number of the run under way, step at which it began,
-- rows of the record then, and the run that all this is of.
local function save(md, path, place)
  md:save(path, { overwrite = true, note = json.encode(place) })
end

local function is_place(place)
  return type(place) == "table" and type(place.name) == "string"
    and math.type(place.run) == "integer" and place.run >= 1 and math.type(place.step) == "integer"
    and (place.rows == nil or math.type(place.rows) == "integer" and place.rows >= 0
      and (place.rows > 0) == (type(place.last) == "number"))
end

-- Whether an error of md_restore means that the file is no good, which only another one can mend.
local function is_damage(message)
  for _, other in ipairs { "was made with the potential", "out of memory", "interrupted",
                           "cannot open" } do
    if message:find(other, 1, true) then return false end
  end
  return true
end

-- A checkpoint that cannot be used. `again`: whether its trajectory can start from its beginning.
local function refuse_checkpoint(self, run, path, again, problem)
  if not again then run.give_up(self, "%s", problem) end
  run.refuse(self, "%s. Remove %s and give the same command again: what it held is computed anew "
    .. "from the beginning of the trajectory, all else is kept", problem, path)
end

-- The dynamics in the checkpoint and our line in it.
local function restore(self, run, path, potential, again)
  local ok, found, md = pcall(require("vitrum").md_restore, path, potential)
  if not ok then
    local problem = tostring(found):gsub("^.-md_restore: ", "")
    if not is_damage(problem) then error(found, 0) end
    refuse_checkpoint(self, run, path, again, problem)
  end
  local read, place = pcall(json.decode, md.note or "", path)
  if not read or not is_place(place) then
    refuse_checkpoint(self, run, path, again, path .. " is not a checkpoint of this protocol")
  elseif place.of and place.of ~= run.identity(self) then
    refuse_checkpoint(self, run, path, again, path .. " is of a run with other parameters")
  end
  return md, place
end

-- Rows for the samples of the run that has just ended. Its first sample is the last one of the
-- run before.
local function commit_rows(record, row, samples)
  local sample, last = {}, record:last()
  for k = 1, #samples.step do
    if not last or samples.step[k] > last then
      for name, values in pairs(samples) do sample[name] = values[k] end
      record:add(row(sample))
    end
  end
  record:commit()
end

-- Simulated time of a run [ps].
local function duration(run, timestep)
  for _, name in ipairs { "time", "steps", "cooling_rate", "heating_rate" } do
    if run[name] ~= nil then
      options.argument("out:dynamics", ("option '%s' of a run"):format(name), "number", run[name])
    end
  end
  if run.time then return run.time end
  if run.steps then return run.steps * timestep end
  local rate = run.cooling_rate or run.heating_rate
  local ramp = run.temperature
  if rate and type(ramp) == "table" and tonumber(ramp[1]) and tonumber(ramp[2]) then
    return math.abs(ramp[2] - ramp[1]) / (rate * 1e-12)
  end
  raise "out:dynamics: a run needs time, steps, or temperature = {from, to} with a rate"
end

---Total simulated time of a list of runs, for out:plan.
---@param runs table[]
---@param timestep number [ps]
---@return number time [ps]
function trajectory.duration(runs, timestep)
  local total = 0.0
  for _, run in ipairs(runs) do total = total + duration(run, timestep) end
  return total
end

-- The options of md:run without the label, with our callback and checkpoints.
local function options_of(run, extra)
  local given = {}
  for key, value in pairs(run) do
    if key ~= "label" then given[key] = value end
  end
  for key, value in pairs(extra) do given[key] = value end
  return given
end

-- Carry out run number k, or what is left of it.
local function carry_out(self, spec, md, place, path)
  local run = spec.runs[place.run]
  local done_before, time_before = self.work.done, md.time
  local function sample(s)
    self:progress(done_before + s.time - time_before, run.label or spec.name)
  end
  if md.remaining > 0 then
    -- The names in the checkpoint may be of another folder: the run's own are given again.
    md:resume{ sample = sample, csv = run.csv or false, checkpoint = path, overwrite = true,
               checkpoint_every = self.values.checkpoint_every }
  elseif md.step == place.step then
    -- Between runs the file must name the next one. In a run, and after an interrupt or an error,
    -- the dynamics writes it.
    save(md, path, place)
    md:run(options_of(run, { sample = sample, checkpoint = path, overwrite = true,
                             note = json.encode(place),
                             checkpoint_every = self.values.checkpoint_every }))
  end
  self.work.done = done_before + md.time - time_before
end

-- The line of ours for run number k, which begins here.
local function place_at(spec, md, k, identity)
  local mark = spec.record and records.mark(spec.record) or {}
  return { name = spec.name, run = k, step = md.step, rows = mark.rows, last = mark.last,
           of = identity }
end

-- Carry out what is left of the runs from `place` on.
local function go_on(self, spec, md, place, path)
  local record, count = spec.record, #spec.runs
  if place.run > count then return md end
  for k = place.run, count do
    if k > place.run then place = place_at(spec, md, k, place.of) end
    if record then record:rewind(place.step) end
    carry_out(self, spec, md, place, path)
    if record then commit_rows(record, spec.row, md:samples()) end
  end
  save(md, path, place_at(spec, md, count + 1, place.of))
  return md
end

-- Whether a trajectory may start from its beginning where there is no checkpoint. It may not when
-- it goes on from where an earlier one in the same file ended, which its start function asks for.
local function can_start(self, spec, file)
  local first = self.state.trajectories[file]
  local info = debug.getinfo(spec.start, "u")
  return first == nil or first == spec.name or info.nparams == 0 and not info.isvararg
end

---Run a list of dynamics; a resumed protocol goes on from the checkpoint to the same bits.
---@param spec table name, start, potential, runs, file, record, row
---@param run table what the framework does with a run
---@return vitrum.MD md after the last run
function trajectory.dynamics(self, spec, run)
  spec = options.check("out:dynamics", trajectory.SPEC, spec)
  local record, file = spec.record, spec.file or spec.name
  local known = getmetatable(record)
  if record ~= nil and (type(known) ~= "table" or known.__name ~= "vitrum.Record") then
    raise("out:dynamics: option 'record' must be a record, as out:record gives it, not %s",
      numbers.show(record))
  elseif record and not spec.row then
    raise "out:dynamics: give row = function(sample) beside record: the values of a row"
  end
  for k, one in ipairs(spec.runs) do
    if type(one) ~= "table" then
      raise("out:dynamics: run %d must be a table of the options of md:run, not %s", k,
        numbers.show(one))
    end
  end
  local path = self:path(file .. ".checkpoint")
  self.work.options = { rate_unit = "ns/day", rate_scale = NS_PER_DAY }
  local again = can_start(self, spec, file)
  local md, place
  if system.kind(path) == "file" then
    md, place = restore(self, run, path, spec.potential, again)
  elseif not again then
    run.give_up(self, "%s is missing", path)
  end
  if md and place.name == spec.name then
    local missing = record and place.rows and records.missing(record, place)
    if missing then run.give_up(self, "%s", missing) end
    if place.run > #spec.runs + 1 then
      refuse_checkpoint(self, run, path, again, path .. " is of a longer list of runs")
    end
    -- Work of an earlier process, or of an earlier call in this one.
    local done = trajectory.duration({ table.unpack(spec.runs, 1, place.run - 1) }, md.timestep)
    run.skip_work(self, done + (md.step - place.step) * md.timestep)
  else
    if not self.state.trajectories[file] then
      self.state.trajectories[file] = spec.name
      run.save(self)
    end
    md = spec.start(md)
    if type(md) ~= "userdata" or getmetatable(md).__name ~= "vitrum.MD" then
      raise("out:dynamics: option 'start' must return the dynamics, vt.md(...), not %s",
        numbers.show(md))
    end
    if record then record:rewind(md.step) end
    place = place_at(spec, md, 1, run.identity(self))
  end
  return go_on(self, spec, md, place, path)
end

---A second copy of what a trajectory's checkpoint holds.
---@param name string of the trajectory or of its file
---@param potential vitrum.Potential
---@param run table
---@return vitrum.MD
function trajectory.restore(self, name, potential, run)
  local path = self:path(name .. ".checkpoint")
  if system.kind(path) ~= "file" then run.give_up(self, "%s is missing", path) end
  return (restore(self, run, path, potential, self.state.trajectories[name] == name))
end

return trajectory
