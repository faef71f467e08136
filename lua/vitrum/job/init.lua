-- The loop around every long job: samples when they are due, a function that sees them, a table of
-- them in the terminal, a CSV file, a checkpoint periodically and whenever the job ends, however it
-- ends, and a progress bar. What is worked on is behind an engine; what the job is to do and has
-- done is its state, a table of plain values that checkpoints keep.

local live = require "vitrum.job.live"
local logs = require "vitrum.job.log"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local rows = require "vitrum.base.rows"
local system = require "vitrum.system"
local vt = require "vitrum"

local raise = options.raise

local job = {}

---@class vitrum.Engine
---@field name string of the object in messages: "md"
---@field where string the method, for messages: "MD:run"
---@field state table csv, checkpoint, checkpoint_every, provenance; seen: samples that the function
---has had; and the engine's own
---@field columns string[][] name and unit of each number of a sample
---@field comments string[]? lines in front of the CSV
---@field total number amount of work
---@field rate table options of vt.progress
---@field restore string? function that reads the checkpoint, "vt.md_restore", unless `again` tells
---@field done fun(): number work that is done
---@field ended fun(): boolean
---@field advance fun(watched: boolean) on for a moment; when watched, not beyond the next sample
---@field count fun(): integer samples so far
---@field sample fun(n: integer): table
---@field line fun(n: integer): string its line in the CSV
---@field save fun(path: string, overwrite: boolean) writes a checkpoint
---@field stop fun() gives up what is left
---@field reached fun(): string how far it has come, for messages: "0.4 of 2 ps"
---@field plan fun(): string[] what is planned, for the table in the terminal
---@field watch fun()? called whenever something may be due besides samples
---@field finish fun()? called at the end, before the files are written
---@field drive fun(f: function)? calls f with the object at work
---@field again string? how to go on after an interrupt, where it is not by name:resume()
---@field lost boolean? what it works on is not worth a checkpoint any more

local CSV_INTERVAL <const> = 30 -- wall time between two looks at the CSV without a checkpoint [s]

---Options of every long job that can be resumed, and of resuming it.
job.OPTIONS = {
  { name = "sample", kind = "function",
    help = "function called with each sample; returning false ends the run" },
  { name = "csv", kind = "file", help = "file for the samples" },
  { name = "checkpoint", kind = "file",
    help = "file to resume from; written periodically, at the end, and after an error, Ctrl-C or "
      .. "SIGTERM" },
  { name = "checkpoint_every", kind = "positive", unit = "s", default = 60,
    help = "wall time between two checkpoints" },
  { name = "log", kind = "value",
    help = "true, or a list of quantities: print them at each sample, as a table on a terminal, as "
      .. "plain lines elsewhere, with the plan, the estimated time and how it ended" },
  { name = "plot", kind = "value",
    help = "a quantity of the samples, \"volume\", or a list of two: draw its curve while the job "
      .. "runs, in place on a terminal; elsewhere print it as `log` does" },
  { name = "overwrite", kind = "boolean", default = false,
    help = "replace files that this process did not write" },
  { name = "provenance", kind = "text", help = "comment lines for the csv" },
}

---Options of a job: the list `own`, then those of every job with the help lines in `help` in place
---of theirs; without defaults when resumed.
---@param own vitrum.Option[]
---@param help table<string, string>?
---@param resumed boolean?
---@return vitrum.Option[]
function job.options(own, help, resumed)
  local list = table.move(own, 1, #own, 1, {})
  for _, option in ipairs(job.OPTIONS) do
    local copy = {}
    for key, value in pairs(option) do copy[key] = value end
    if help and help[copy.name] then copy.help = help[copy.name] end
    if resumed and copy.name == "checkpoint_every" then copy.default = nil end
    list[#list + 1] = copy
  end
  return list
end

---Raise unless `self` is an object of that type, with a hint about the colon.
---@param self any
---@param type_name string "MD"
---@param method string "run"
---@param variable string "md"
function job.check_self(self, type_name, method, variable)
  if options.is(self, type_name) then return end
  raise("%s:%s: expected an object of type %s, got %s; call it with a colon, %s:%s(...)", type_name,
    method, type_name, numbers.show(self), variable, method)
end

-- ---------------------------------------------------------------- files ----

---Raise unless each of the files can be written; those of the list `names` among the options.
---@param where string
---@param o table
---@param names string[]
function job.check_files(where, o, names)
  local seen = {}
  for _, name in ipairs(names) do
    local path = o[name]
    if path then
      if seen[path] then
        raise("%s: %s and %s are the same file, %s; give each its own", where, seen[path], name,
          path)
      end
      seen[path] = name
      if name == "csv" then rows.check_name(where, path) end
      local ok, message = system.can_write(path, o.overwrite, name == "dump")
      if not ok then
        raise("%s: %s: %s", where, name, message:gsub("say it with the option format, or ", ""))
      end
    end
  end
end

-- The file in the folder of `restored` that has the last part of the name `stored`.
local function beside(restored, stored)
  return (restored:match "^(.*/)[^/]*$" or "") .. stored:match "[^/]*$"
end

local function names_of(engine)
  local names = {}
  for k, column in ipairs(engine.columns) do
    names[k] = ("%s [%s]"):format(column[1], column[2])
  end
  return names
end

-- Whether the table at `path` begins with the samples so far; where there are none, whether it
-- has the names of their columns and holds none or goes on with `engine.current`, the first one.
local function holds(engine, path)
  if system.kind(path) ~= "file" then return false end
  local count, k = engine.count(), 0
  local current = count == 0 and engine.current and engine.current()
  local last = current and 1 or count
  for line in io.lines(path, "L") do
    if line:sub(1, 1) ~= "#" then
      local expected = k == 0 and rows.names(names_of(engine)) or current
        or k <= count and engine.line(k)
      if line ~= expected then return false end
      if k == last then return true end
      k = k + 1
    end
  end
  return k == 1 and count == 0
end

local function same_file(one, other)
  local path = system.absolute(one)
  return path ~= nil and path == system.absolute(other)
end

local WHY_NOT <const> = {
  csv = "beside the checkpoint there is no such file with its samples",
  checkpoint = "that is not the file that was restored",
  dump = "beside the checkpoint there is no such file with its frames",
}

---The files that a resumed job writes: those given, else those of its state. What a checkpoint
---tells of the files of its job is text that anybody may have written, so such a file is taken as
---the job's own only if it lies beside the checkpoint and proves to be; otherwise this raises.
---@param engine vitrum.Engine
---@param given table<string, string|false>
---@param restored string? the checkpoint that the state is from
---@param names string[]
---@return table<string, string?>
function job.claim(engine, given, restored, names)
  local paths, where = {}, engine.where
  for _, name in ipairs(names) do
    local path = engine.state[name]
    if path and restored then
      local stored = path
      path = beside(restored, stored)
      local own = name == "csv" and holds(engine, path)
        or name == "checkpoint" and same_file(path, restored)
        or name == "dump" and engine.has_frames(path)
      if own then system.note_wrote(path) end
      if not own and given[name] == nil then
        raise("%s: the run in %s wrote its %s to '%s'; %s, so this name is not taken from the "
          .. "checkpoint. Give a name, %s, or %s = false to go on without it", where, restored,
          name, stored, WHY_NOT[name] or "nothing shows that they are its own",
          (engine.restore and engine.name .. ":resume{ %s = \"...\" }" or "%s = \"...\"")
            :format(name), name)
      end
    end
    if given[name] ~= nil then path = given[name] or nil end
    paths[name] = path
  end
  return paths
end

---Give a job that was read from a checkpoint its files and how often it saves itself: those of the
---options, else those of its state, as `claim` says. Raises before anything of the state changes.
---@param engine vitrum.Engine
---@param o table options of resuming
---@param restored string the checkpoint
---@param names string[]
function job.take_up(engine, o, restored, names)
  local paths, new, state = job.claim(engine, o, restored, names), { overwrite = o.overwrite },
    engine.state
  for _, name in ipairs(names) do
    if o[name] then new[name] = o[name] end
  end
  job.check_files(engine.where, new, names)
  for _, name in ipairs(names) do state[name] = paths[name] end
  if o.checkpoint_every then state.checkpoint_every = o.checkpoint_every end
end

-- The samples that the file lacks, at its end; or the whole of it.
local function write_csv(self)
  local engine, path = self.engine, self.engine.state.csv
  local count, lines, first = engine.count(), {}, 1
  local whole = not self.listed or self.listed > count or system.kind(path) ~= "file"
  if whole then
    local comments = table.concat(engine.comments or {}, "\n")
    lines[1] = rows.head(names_of(engine), (engine.state.provenance or "") .. "\n" .. comments)
  else
    first = self.listed + 1
  end
  for n = first, count do lines[#lines + 1] = engine.line(n) end
  if #lines > 0 then
    local ok, message = (whole and system.write or system.append)(path, table.concat(lines))
    if not ok then raise("%s: csv: %s", engine.where, message) end
  end
  system.note_wrote(path)
  self.listed, self.listed_at = count, vt.clock()
end

-- The csv first: on resume it has at least the samples of the checkpoint.
local function keep(self)
  local state = self.engine.state
  if state.csv then write_csv(self) end
  if state.checkpoint and not self.engine.lost then
    self.engine.save(state.checkpoint, self.overwrite)
  end
  self.saved_at = vt.clock()
end

---Write the files of a job that is not running.
---@param engine vitrum.Engine
---@param overwrite boolean?
function job.keep(engine, overwrite)
  keep{ engine = engine, overwrite = overwrite }
end

-- ---------------------------------------------------------------- the loop ----

-- Hand on the samples that nobody has seen.
local function look(self)
  local engine, state = self.engine, self.engine.state
  local count = engine.count()
  if not self.sample and #self.shown == 0 then state.seen = count end
  while state.seen < count and not self.stopped do
    state.seen = state.seen + 1
    local sample = engine.sample(state.seen)
    for _, shown in ipairs(self.shown) do shown:row(sample, engine.done()) end
    if self.sample and self.sample(sample) == false then self.stopped = true end
  end
end

local function loop(self)
  local engine, state = self.engine, self.engine.state
  local bar <close> = vt.progress(engine.name, engine.total, engine.rate)
  for _, shown in ipairs(self.shown) do shown:start() end
  if engine.count() > 0 then
    if engine.watch then engine.watch() end
    look(self)
  end
  local watched = self.sample ~= nil
  while not self.stopped and not engine.ended() do
    engine.advance(watched)
    bar:update(engine.done())
    if engine.watch then engine.watch() end
    look(self)
    local now = vt.clock()
    if state.checkpoint and now - self.saved_at >= state.checkpoint_every then
      keep(self)
    elseif state.csv and now - self.listed_at >= CSV_INTERVAL then
      write_csv(self)
    end
  end
  if self.stopped then engine.stop() end
  if engine.finish then engine.finish() end
  state.finished = true
  keep(self)
end

-- Lua's own messages for a yield out of a function that C called.
local YIELDED <const> = {
  ["attempt to yield across a C-call boundary"] = true,
  ["attempt to yield from outside a coroutine"] = true,
}

-- Raise what ended a job early, after its files are written.
local function leave(self, problem)
  local engine, state = self.engine, self.engine.state
  -- The interrupt would end the saving too: it is set aside meanwhile.
  local interrupted, signal = system.interrupted(false)
  state.finished = nil -- it may be the last file that could not be written
  local saved, message = pcall(function()
    if engine.count() > 0 or engine.done() > 0 then keep(self) end
  end)
  if interrupted then system.interrupted(true) end
  local text, ours = problem, true
  if interrupted then
    local again = engine.again or engine.name .. ":resume() goes on"
    if state.checkpoint and saved and engine.restore then
      again = ("%s, in another session after %s \"%s\""):format(again, engine.restore,
        state.checkpoint)
    end
    text = ("interrupted%s after %s; %s"):format(signal and " by " .. signal or "",
      engine.reached(), again)
  elseif YIELDED[problem] then
    text = ("%s: the sample function called coroutine.yield; it must return before the run goes "
      .. "on (return false to end the run; after an error %s)"):format(engine.where,
      engine.again or engine.name .. ":resume() goes on")
  else
    ours = false
  end
  if not saved and message ~= problem then
    text = ("%s; and the run could not be saved: %s"):format(tostring(text), tostring(message))
  end
  for _, shown in ipairs(self.shown) do shown:finish(tostring(text)) end
  if ours then raise("%s", text) end
  error(text, 0)
end

---Do what is left of a job.
---@param engine vitrum.Engine
---@param o { sample: function?, log: any, plot: any, overwrite: boolean? }
function job.drive(engine, o)
  local now = vt.clock()
  local self = { engine = engine, sample = o.sample, overwrite = o.overwrite, saved_at = now,
                 listed_at = now, shown = {} }
  if o.log then self.shown[1] = logs.new(engine, o.log) end
  if o.plot then table.insert(self.shown, live.new(engine, o.plot, o.log ~= nil)) end
  engine.state.seen = math.min(engine.state.seen or engine.count(), engine.count())
  engine.state.finished = nil
  local ok, problem = pcall(engine.drive or function(f) f() end, function() loop(self) end)
  if not ok then leave(self, problem) end
  for _, shown in ipairs(self.shown) do shown:finish() end
end

return job
