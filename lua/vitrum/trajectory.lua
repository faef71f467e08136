-- Dynamics inside a protocol: a list of runs, one after the other, that survives a kill.
--
-- One file NAME.checkpoint holds the whole state of the dynamics, the plan of the run under way
-- and its samples included, and a line of ours: which trajectory, which run of the list, and the
-- step at which that run began. It is written between runs and every checkpoint_every seconds in
-- them. Rows of a record are committed before the checkpoint that comes after them, so that on
-- resume the record never lacks a row, and rows that came later are cut off.

local json = require "vitrum.json"
local options = require "vitrum.options"
local system = require "vitrum.system"

local raise, refuse = options.raise, options.refuse

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

-- The line of ours: name of the trajectory, number of the run under way, step at which it began.
local function save(md, path, place)
  md:save(path, { overwrite = true, note = json.encode(place) })
end

-- The dynamics in the checkpoint and our line in it.
local function restore(path, potential)
  local _, md = require("vitrum").md_restore(path, potential)
  local ok, place = pcall(json.decode, md.note or "", path)
  if not ok or type(place) ~= "table" or not place.run or not place.step then
    refuse("%s is not a checkpoint of this protocol; remove it, or choose another folder with out=",
      path)
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
  if run.time then return run.time end
  if run.steps then return run.steps * timestep end
  local rate = run.cooling_rate or run.heating_rate
  if rate and type(run.temperature) == "table" then
    return math.abs(run.temperature[2] - run.temperature[1]) / (rate * 1e-12)
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
  local function sample(s) self:progress(done_before + s.time - time_before, run.label) end
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

-- Carry out what is left of the runs from `place` on.
local function go_on(self, spec, md, place, path)
  local record, count = spec.record, #spec.runs
  if place.run > count then return md end
  for k = place.run, count do
    if k > place.run then place = { name = spec.name, run = k, step = md.step } end
    if record then record:rewind(place.step) end
    carry_out(self, spec, md, place, path)
    if record then commit_rows(record, spec.row, md:samples()) end
  end
  save(md, path, { name = spec.name, run = count + 1, step = md.step })
  return md
end

---Run a list of dynamics; a resumed protocol goes on from the checkpoint to the same bits.
---@param spec table name, start, potential, runs, file, record, row
---@param skip_work fun(run: vitrum.Run, amount: number)
---@return vitrum.MD md after the last run
function trajectory.dynamics(self, spec, skip_work)
  spec = options.check("out:dynamics", trajectory.SPEC, spec)
  local path = self:path((spec.file or spec.name) .. ".checkpoint")
  self.work.options = { rate_unit = "ns/day", rate_scale = NS_PER_DAY }
  local md, place
  if system.kind(path) == "file" then md, place = restore(path, spec.potential) end
  if md and place.name == spec.name then
    -- Work of an earlier process, or of an earlier call in this one.
    local done = trajectory.duration({ table.unpack(spec.runs, 1, place.run - 1) }, md.timestep)
    skip_work(self, done + (md.step - place.step) * md.timestep)
  else
    md = spec.start(md)
    place = { name = spec.name, run = 1, step = md.step }
  end
  return go_on(self, spec, md, place, path)
end

---A second copy of what a trajectory's checkpoint holds.
---@param name string of the trajectory or of its file
---@param potential vitrum.Potential
---@return vitrum.MD
function trajectory.restore(self, name, potential)
  return (restore(self:path(name .. ".checkpoint"), potential))
end

return trajectory
