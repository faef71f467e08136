-- One run of a protocol: its folder, its state in run.json, its stages and files.
--
-- run.json is the memory of a run. It is written whole, by atomic rename, whenever a stage ends,
-- and names every file before that file is written. A process that is killed at any instant
-- therefore leaves a folder that the same command can go on with: finished stages give their saved
-- results, an unfinished one starts again or goes on from its own checkpoint.

local help = require "vitrum.prompt.help"
local json = require "vitrum.base.json"
local numbers = require "vitrum.base.numbers"
local parameters = require "vitrum.protocol.parameters"
local problems = require "vitrum.base.options"
local provenance = require "vitrum.base.provenance"
local records = require "vitrum.protocol.record"
local session = require "vitrum.session"
local system = require "vitrum.system"
local texts = require "vitrum.base.text"
local trajectory = require "vitrum.protocol.trajectory"

local raise <const>, refuse <const> = problems.raise, problems.refuse

local STATE <const> = "run.json"
local LOG <const> = "log.txt"

-- One finished run is told from another by these entries of run.json.
local IDENTITY <const> = { { "version", "program version" },
                           { "script_sha256", "SHA-256 of the script" } }

---@class vitrum.Result
---@field name string "Tg from the volume"
---@field value number|string
---@field unit string?
---@field error number? standard error, same unit
---@field paper string? what the literature says
---@field source string? where it says so
---@field note string? what to keep in mind

---@class vitrum.Run
---@field folder string
---@field parameters vitrum.Parameter[]
---@field values table<string, any>
---@field resumed boolean
local Run = {} -- methods that a protocol's script may use
local RUN <const> = { __name = "vitrum.Run", __index = Run }

RUN.__tostring = function(self)
  return ("run of %s in %s, %d stages done"):format(self.spec.name, self.folder,
    #self.state.stages)
end

-- What the framework does with a run; not for scripts.
local run = {}

-- ---------------------------------------------------------------- the folder ----

local function read_text(path)
  local file <close> = io.open(path, "rb")
  return file and file:read "a"
end

-- Whether `name` is that of a file in a folder itself: it leads nowhere else.
local function is_plain(name)
  return type(name) == "string" and name ~= "" and name ~= "." and name ~= ".."
    and not name:find "[/%c]"
end

-- What may stand in run.json. Everything in it is used, some of it to remove files: a file that
-- was changed must not lead out of the folder or stop the program with an error of its own.
local ENTRIES <const> = {
  program = "string", version = "string", simd = "string", protocol = "string", script = "string",
  script_sha256 = "string", started = "string", status = "string", parameters = "table",
  inputs = "table", files = "table", stages = "table", results = "table", seconds = "number",
}
-- Runs of before lack these.
local ADDED <const> = { records = "table", trajectories = "table" }

-- What is wrong with the state of a run; nil when nothing is.
local function fault(state)
  if type(state) ~= "table" or state.program ~= "vitrum" then
    return "it does not say program: vitrum"
  end
  for name, kind in pairs(ENTRIES) do
    if type(state[name]) ~= kind then return ("its entry '%s' is no %s"):format(name, kind) end
  end
  for _, name in ipairs(state.files) do
    if not is_plain(name) then
      return ("it names the file %s, which is not in its own folder"):format(numbers.show(name))
    end
  end
  for name, kind in pairs(ADDED) do
    if state[name] == nil then state[name] = {} end
    if type(state[name]) ~= kind then return ("its entry '%s' is no %s"):format(name, kind) end
  end
  for _, mark in pairs(state.records) do
    if type(mark) ~= "table" or math.type(mark.rows) ~= "integer" or mark.rows < 0
      or (mark.rows > 0) ~= (type(mark.last) == "number") then
      return "it does not count the rows of a record"
    end
  end
  for name, sum in pairs(state.inputs) do
    if type(name) ~= "string" or type(sum) ~= "string" then return "its inputs are no checksums" end
  end
  for _, list in ipairs { state.stages, state.results } do
    for _, entry in ipairs(list) do
      if type(entry) ~= "table" or type(entry.name) ~= "string" then
        return "a stage or result in it has no name"
      end
    end
  end
  for _, stage in ipairs(state.stages) do
    if type(stage.result) ~= "table" then return "a stage in it has no result" end
  end
  local potential = state.potential
  if potential ~= nil and (type(potential) ~= "table" or type(potential.file) ~= "string"
      or type(potential.sha256) ~= "string") then
    return "its potential has no file and checksum"
  end
  if state.returned ~= nil and type(state.returned) ~= "table" then
    return "what the protocol returned is no table"
  end
  if state.status == "finished" and type(state.finished) ~= "string" then
    return "it does not say when it was finished"
  end
end

-- The state of the run that the folder holds: nil when it holds none.
local function read_state(folder)
  local path = folder .. "/" .. STATE
  local text = read_text(path)
  if not text then return nil end
  local ok, state = pcall(json.decode, text, path)
  local problem = ok and fault(state) or not ok and state
  if problem then
    refuse("%s is not the state of a vitrum run (%s); choose another folder with out=, or remove "
      .. "the file", path, problem)
  end
  return state
end

-- The name that a temporary file was to get: "x" of "x.tmp-PID" and "x.tmp-PID-2".
local function target_of(name)
  return name:match "^(.+)%.tmp%-%d+$" or name:match "^(.+)%.tmp%-%d+%-%d+$"
end

local function known_names(state)
  local known = { [STATE] = true, [LOG] = true }
  for _, name in ipairs(state and state.files or {}) do known[name] = true end
  return known
end

-- Names in the folder that neither the run nor the framework wrote.
local function foreign(folder)
  local known, found = known_names(nil), {}
  for _, name in ipairs(system.list(folder) or {}) do
    if not known[name] and not known[target_of(name)] then found[#found + 1] = name end
  end
  table.sort(found)
  return found
end

-- Remove a file of the run; a folder of that name is none.
local function remove_file(folder, name)
  local path = folder .. "/" .. name
  if is_plain(name) and system.kind(path) ~= "folder" then os.remove(path) end
end

-- What an earlier process was writing when it was killed.
local function remove_temporaries(folder, state)
  local known = known_names(state)
  for _, name in ipairs(system.list(folder) or {}) do
    if known[target_of(name)] then remove_file(folder, name) end
  end
end

local function remove_all(folder, state)
  for _, name in ipairs(state.files) do remove_file(folder, name) end
  remove_file(folder, LOG)
end

-- ---------------------------------------------------------------- same run or not ----

local function text_of(list, name, value)
  for _, parameter in ipairs(list) do
    if parameter.name == name then return parameters.text(parameter, value) end
  end
  return tostring(value)
end

-- In words: how the run described by `old` differs from `new`; nil when it does not.
local function difference(old, new, list, strict)
  if old.protocol ~= new.protocol then
    return ("protocol is %s there and %s now"):format(old.protocol, new.protocol)
  end
  local names, seen = {}, {}
  for _, side in ipairs { old.parameters, new.parameters } do
    for name in pairs(side) do
      if not seen[name] then names[#names + 1], seen[name] = name, true end
    end
  end
  table.sort(names)
  local parts = {}
  for _, name in ipairs(names) do
    local there, now = old.parameters[name], new.parameters[name]
    if there ~= now then
      parts[#parts + 1] = ("%s is %s there and %s now"):format(name, text_of(list, name, there),
        text_of(list, name, now))
    elseif old.inputs[name] ~= new.inputs[name] then
      parts[#parts + 1] = ("the content of %s (%s) has changed"):format(name, tostring(now))
    end
  end
  for _, entry in ipairs(strict and IDENTITY or {}) do
    if old[entry[1]] ~= new[entry[1]] then
      parts[#parts + 1] = ("%s is %s there and %s now"):format(entry[2], tostring(old[entry[1]]),
        tostring(new[entry[1]]))
    end
  end
  return #parts > 0 and table.concat(parts, "; ") or nil
end

-- ---------------------------------------------------------------- state ----

local check_folder -- below

local function save_state(self)
  check_folder(self)
  self.state.files = {}
  for name, opened in pairs(self.records) do self.state.records[name] = records.mark(opened) end
  for name in pairs(self.known) do self.state.files[#self.state.files + 1] = name end
  table.sort(self.state.files)
  self.state.seconds = self.seconds_before + self.clock() - self.clock_start
  local ok, message = system.write(self.folder .. "/" .. STATE, json.encode(self.state, STATE))
  if not ok then refuse("%s", message) end
end

local function fresh_state(spec, values, list)
  local vt = require "vitrum"
  local state = {
    program = "vitrum", version = vt.version, simd = vt.simd(), protocol = spec.name,
    script = spec.script, script_sha256 = spec.script_sha256, started = provenance.date(),
    status = "running", parameters = {}, inputs = {}, files = {}, stages = {}, results = {},
    records = {}, trajectories = {}, seconds = 0.0, threads = vt.threads(),
  }
  for _, parameter in ipairs(list) do
    local value = values[parameter.name]
    if not parameter.framework and value ~= nil then
      state.parameters[parameter.name] = value
      if parameter.kind == "file" then
        local sha256, message = provenance.sha256_of_file(value)
        if not sha256 then refuse("%s: %s", parameter.name, message) end
        state.inputs[parameter.name] = sha256
      end
    end
  end
  return state
end

-- Decide between a new run and going on with the one in the folder.
local function choose(self, old, new)
  local folder, values = self.folder, self.values
  if values.overwrite then
    remove_temporaries(folder, old)
    if old then remove_all(folder, old) end
    return new
  end
  if not old then
    local others = foreign(folder)
    if #others > 0 then
      refuse("the folder %s holds files that this protocol did not write (%s%s); choose another "
        .. "folder with out=, or overwrite=true to write beside them", folder,
        table.concat(others, ", ", 1, math.min(#others, 3)), #others > 3 and ", ..." or "")
    end
    if values.resume then
      refuse("there is no run to resume in %s; leave out resume=true to start one", folder)
    end
    return new
  end
  local finished = old.status == "finished"
  if values.resume == false then
    refuse("the folder %s holds a run (%s, started %s); choose another folder with out=, or "
      .. "overwrite=true to replace it", folder, old.status, old.started)
  end
  local what = difference(old, new, self.parameters, not values.resume and not finished)
  if what then
    refuse("the folder %s holds %s run that differs: %s. Choose another folder with out=, give "
      .. "the same parameters to go on, or overwrite=true to replace it%s", folder,
      finished and "a finished" or "an unfinished", what,
      difference(old, new, self.parameters, false) and ""
        or "; resume=true goes on in spite of it")
  end
  if finished and not values.resume then
    refuse("the folder %s holds this run, finished %s; choose another folder with out=, "
      .. "overwrite=true to run it again, or resume=true to see its results", folder,
      old.finished)
  end
  self.resumed = true
  return old
end

-- Files of a run that are links would be written where they lead.
local function refuse_links(self)
  local names = { LOG, table.unpack(self.state.files) }
  for _, name in ipairs(names) do
    local path = self.folder .. "/" .. name
    if system.is_link(path) then
      refuse("%s is a link, and what it leads to is not this run's to write; put the file itself "
        .. "there, or remove the link", path)
    end
  end
end

-- The folder is known by its name; somebody may have moved it.
function check_folder(self)
  if self.lock and not self.lock:holds(self.folder) then
    refuse("the folder %s was moved or replaced while the run wrote to it; put it back and give "
      .. "the same command again", self.folder)
  end
end

---Open the folder of a run: a new one, or one that can be gone on with.
---@param spec table name, script, script_sha256 of the protocol
---@param list vitrum.Parameter[]
---@param values table<string, any> checked values, framework's included
---@return vitrum.Run
function run.open(spec, list, values)
  local vt = require "vitrum"
  local self = setmetatable({ folder = (values.out or spec.name):gsub("(.)/+$", "%1"),
                              spec = spec, parameters = list, values = values, known = {},
                              records = {},
                              resumed = false, clock = vt.clock, clock_start = vt.clock(),
                              work = { total = 0, done = 0, before = 0 } }, RUN)
  local kind = system.kind(self.folder)
  if kind and kind ~= "folder" then
    refuse("%s is a file, not a folder; choose another folder with out=", self.folder)
  end
  local new = fresh_state(spec, values, list)
  local ok, message = system.make_folder(self.folder)
  if not ok then refuse("%s; choose another folder with out=", message) end
  self.lock, message = system.lock(self.folder)
  if not self.lock then
    refuse("%s; another run writes to this folder: wait for it, or choose another one with out=",
      message)
  end
  local chosen, state = pcall(choose, self, read_state(self.folder), new)
  if not chosen then
    run.close(self)
    error(state, 0)
  end
  self.state = state
  local plain, problem = pcall(refuse_links, self)
  if not plain then
    run.close(self)
    error(problem, 0)
  end
  self.seconds_before = self.state.seconds
  for _, name in ipairs(self.state.files) do self.known[name] = true end
  remove_temporaries(self.folder, self.state)
  if self.state.status ~= "finished" then save_state(self) end
  self:log("%s %s: vitrum %s, %s, %s", self.resumed and "resumed" or "started", spec.name,
    vt.version, texts.count(vt.threads(), "thread"), provenance.date())
  return self
end

---Release the folder. Legal at any time and more than once.
---@param self vitrum.Run
function run.close(self)
  if self.bar then self.bar:close() end
  if self.log_file then self.log_file:close() end
  self.bar, self.log_file = nil, nil
  if self.lock then
    self.lock:close()
    self.lock = nil
  end
end

---Whether a stopped run left nothing to go on from: no stage is done and no checkpoint written.
---@param self vitrum.Run
---@return boolean
function run.empty(self)
  if self.resumed or #self.state.stages > 0 then return false end
  for _, name in ipairs(system.list(self.folder) or {}) do
    if name:match "%.checkpoint$" then return false end
  end
  return true
end

---Close the run and remove what it wrote, and the folder when nothing else is in it.
---@param self vitrum.Run
function run.discard(self)
  save_state(self)
  run.close(self)
  remove_all(self.folder, self.state)
  os.remove(self.folder .. "/" .. STATE)
  os.remove(self.folder) -- fails, as it should, when something else is in it
end

-- ---------------------------------------------------------------- files and log ----

---The path of a file in the folder, which from now on counts as written by this run. A name that
---ends in .checkpoint is removed when the run is finished.
---@param name string
---@return string
function Run:path(name)
  if not is_plain(name) or name == STATE or name == LOG then
    raise("out:path: %s is no name for a file of the protocol's own", numbers.show(name))
  end
  if not self.known[name] then
    self.known[name] = true
    save_state(self)
  end
  return self.folder .. "/" .. name
end

---Add a line to log.txt. A log that cannot be written stops nothing: the run's own files tell.
---@param format string
---@param ... any
function Run:log(format, ...)
  local line = problems.format("Run:log", format, ...)
  if not self.log_file then
    self.log_file = io.open(self.folder .. "/" .. LOG, "a")
    if not self.log_file then return end
    self.log_file:setvbuf "line"
  end
  self.log_file:write(line, "\n")
end

---Add a line to log.txt and print it, unless the run is quiet.
---@param format string
---@param ... any
function Run:say(format, ...)
  local line = problems.format("Run:say", format, ...)
  self:log("%s", line)
  if not self.values.quiet then print(line) end
end

---Comment lines that say where a file comes from.
---@return string[]
function Run:header()
  return provenance.lines(self.state, self.parameters)
end

---The same on one line.
---@return string
function Run:provenance()
  return provenance.line(self.state, self.parameters)
end

---Name the potential in the provenance of everything that is written from now on.
---@param potential { file: string, sha256: string, taper: number? }
function Run:uses(potential)
  local kind = type(potential)
  if kind ~= "table" and kind ~= "userdata" or type(potential.file) ~= "string"
    or type(potential.sha256) ~= "string" then
    raise("Run:uses: expected a potential, such as glass.potential, got %s",
      numbers.show(potential))
  end
  local file = potential.file ~= "" and potential.file or "none"
  local taper = tonumber(potential.taper) or 0
  if taper > 0 then file = ("%s, taper %.10g A"):format(file, taper) end
  self.state.potential = { file = file,
                           sha256 = potential.sha256 ~= "" and potential.sha256 or "none" }
  save_state(self)
end

-- ---------------------------------------------------------------- progress ----

local PLAN <const> = {
  { name = "rate_scale", kind = "positive", help = "factor from the plan per second to the rate" },
  { name = "rate_unit", kind = "string", help = "of the rate that is shown" },
}

---Tell how much work the whole protocol is, so that the time left can be shown.
---@param total number [ps] of dynamics, or any other unit
---@param options { rate_scale: number?, rate_unit: string? }?
function Run:plan(total, options)
  self.work.total = problems.argument("Run:plan", "the total", "nonnegative", total)
  self.work.options = problems.check("Run:plan", PLAN, options)
end

---Tell that `done` of the plan is done by now, `before` of which in an earlier process.
---@param done number
---@param what string
function Run:progress(done, what)
  problems.argument("Run:progress", "what is done", "string", what)
  self.work.done = problems.argument("Run:progress", "the amount", "number", done)
  check_folder(self)
  if self.values.quiet or self.work.total <= 0 then return end
  if not self.bar then
    local options = { whole = true, before = self.work.before }
    for key, value in pairs(self.work.options or {}) do options[key] = value end
    self.bar = require("vitrum").progress(what, self.work.total, options)
  end
  self.bar:update(done, what)
end

---Refuse to go on: the same command would end here again, and what helps stands in the message.
---@param self vitrum.Run
---@param format string
---@param ... any
function run.refuse(self, format, ...)
  self.advised = true
  self.records = {} -- one that lacks rows must not be counted as it is
  refuse(format, ...)
end

---Refuse to go on where a part of the run is lost for good.
---@param self vitrum.Run
---@param format string what is lost
---@param ... any
function run.give_up(self, format, ...)
  run.refuse(self, "%s. This run cannot go on: put the file back as it was, or start again with "
    .. "overwrite=true", format:format(...))
end

---What tells this run from one of other parameters, short.
---@param self vitrum.Run
---@return string
function run.identity(self)
  return system.sha256(json.encode{ self.state.protocol, self.state.parameters,
                                    self.state.inputs }):sub(1, 16)
end

run.save = save_state

---Remember why the run stopped. True when it stopped in the same way before.
---@param self vitrum.Run
---@param problem string
---@return boolean
function run.stopped(self, problem)
  local again = self.state.stopped == problem
  self.state.stopped = problem
  pcall(save_state, self)
  return again
end

---Count `amount` of the plan as done before this process began.
---@param self vitrum.Run
---@param amount number
function run.skip_work(self, amount)
  self.work.done = self.work.done + amount
  if not self.bar then self.work.before = self.work.done end
end

-- ---------------------------------------------------------------- stages ----

---Run `f` once in the life of the run. Its result, a table of plain values, is saved; a resumed
---run gets the saved one and does not call `f` again.
---@param name string unique in the run
---@param f fun(): table?
---@param work number? how much of the plan it is, counted when the stage is skipped
---@return table
function Run:stage(name, f, work)
  if type(name) ~= "string" or name == "" then raise "out:stage: a stage needs a name" end
  if type(f) ~= "function" then raise("out:stage: stage '%s' needs a function", name) end
  work = problems.argument("Run:stage", "the work", "number", work, 0)
  for _, stage in ipairs(self.state.stages) do
    if stage.name == name then
      run.skip_work(self, work)
      return stage.result
    end
  end
  local start = self.clock()
  self:log("stage %s", name)
  local result = f() or {}
  if type(result) ~= "table" then
    raise("out:stage: stage '%s' must return a table or nothing, not a %s", name, type(result))
  end
  -- Through text and back: the caller must not see more digits, or other types, than a resumed
  -- run would.
  result = json.decode(json.encode(result, ("the result of stage '%s'"):format(name)), name)
  table.insert(self.state.stages, { name = name, result = result })
  save_state(self)
  self:log("stage %s done in %.1f s", name, self.clock() - start)
  return result
end

---Whether a stage is done.
---@param name string
---@return boolean
function Run:done(name)
  for _, stage in ipairs(self.state.stages) do
    if stage.name == name then return true end
  end
  return false
end

---Add a number to the results: run.json, the summary and the report show it.
---@param entry vitrum.Result
function Run:result(entry)
  local list = session.docs["Report:results"].options -- it goes into that table of the report
  entry = problems.check("Run:result", list, entry)
  for _, name in ipairs { "value", "error", "paper" } do
    local kind = type(entry[name])
    if kind ~= "number" and (kind ~= "string" or name == "error") and kind ~= "nil" then
      raise("Run:result: option '%s' must be a number%s, got %s", name,
        name == "error" and "" or " or a text", numbers.show(entry[name]))
    end
  end
  for i, known in ipairs(self.state.results) do
    if known.name == entry.name then
      self.state.results[i] = entry
      return
    end
  end
  table.insert(self.state.results, entry)
end

---Mark the run as finished and remove its checkpoints, in this order: a run that is killed in
---between must not be taken for one that has still to use them.
---@param self vitrum.Run
---@param returned table? what the protocol returned
function run.finish(self, returned)
  self.state.status, self.state.finished = "finished", provenance.date()
  self.state.returned, self.state.stopped = returned, nil
  save_state(self)
  for name in pairs(self.known) do
    if name:find "%.checkpoint$" then
      remove_file(self.folder, name)
      self.known[name] = nil
    end
  end
  save_state(self)
  self:log("finished %s", self.state.finished)
end

---A table of numbers in a CSV file that a resumed run goes on with.
---@param name string
---@param columns string[] names with units; the first column never decreases
---@return vitrum.Record
function Run:record(name, columns)
  for k, column in ipairs(problems.argument("Run:record", "the columns", "table", columns)) do
    if type(column) ~= "string" or not column:find "^[^%c,#]+$" then
      raise("Run:record: column %d must be a name such as \"time [ps]\", without a comma, not %s",
        k, numbers.show(column))
    end
  end
  if #columns == 0 then raise "Run:record: give at least one column, { \"time [ps]\", ... }" end
  local opened = records.open(self:path(name), columns, self:header())
  local mark = self.state.records[name]
  if opened.foreign and not self.resumed then -- overwrite=true beside what others left
    os.remove(opened.path)
    opened = records.open(opened.path, columns, self:header())
  end
  local missing = opened.foreign or mark and records.missing(opened, mark)
  if missing then run.give_up(self, "%s", missing) end
  -- run.json must never count rows that are no more.
  function opened.before_cut(rows)
    local counted = self.state.records[name]
    if not counted or counted.rows <= rows then return end
    self.records[name] = nil
    self.state.records[name] = records.mark(opened, rows)
    save_state(self)
    self.records[name] = opened
  end
  self.records[name] = opened
  return opened
end

function Run:dynamics(spec) return trajectory.dynamics(self, spec, run) end

function Run:restore(name, potential)
  problems.argument("Run:restore", "the name", "string", name)
  return trajectory.restore(self, name, potential, run)
end

---Write report.html: the results beside the literature's, what `fill` adds, parameters and
---provenance.
---@param title string
---@param fill fun(page: vitrum.Report) adds sections, figures, tables
function Run:report(title, fill)
  problems.argument("Run:report", "what fills the page", "function", fill)
  local page = require("vitrum").report{ title = title, subtitle = self.spec.summary,
                                         date = self.state.started }
  if #self.state.results > 0 then page:section("Results"):results(self.state.results) end
  fill(page)
  local list = {}
  for _, parameter in ipairs(self.parameters) do
    local value = self.state.parameters[parameter.name]
    if value ~= nil then
      list[#list + 1] = { name = parameter.name, value = parameters.text(parameter, value),
                          help = parameter.help }
    end
  end
  if #list > 0 then page:section("Parameters"):parameters(list) end
  if self.spec.source then page:section("Method"):text(self.spec.source) end
  page:section("Provenance"):provenance(self:header())
  page:save(self:path "report.html", { overwrite = true })
end

-- ---------------------------------------------------------------- documentation ----

help.register_type("Run", RUN)
for _, entry in ipairs {
  { "stage", "out:stage(name, f, [work]) -> table",
    "Runs f once in the life of the run and saves the table of plain values that it returns; a "
      .. "resumed run gets the saved table and does not call f again. Put whatever takes long, or "
      .. "must not happen twice, into stages. work: the part of the plan that the stage is.",
    'local r = out:stage("sum", function() return { energy = glass:energy() } end)' },
  { "done", "out:done(name) -> boolean", "Whether a stage is done.", 'print(out:done "inherent")' },
  { "dynamics", "out:dynamics{ name =, start =, potential =, runs = } -> MD",
    "Runs a list of md:run options one after the other, with checkpoints from which a resumed "
      .. "protocol goes on to the same bits; gives the dynamics at the end.",
    'local md = out:dynamics{ name = "anneal", potential = glass.potential,\n'
      .. '  start = function() return vt.md(glass, { ensemble = "npt", temperature = 800 }) end,\n'
      .. '  runs = { { temperature = 800, time = 100, every = 1, label = "annealing" } } }',
    trajectory.SPEC },
  { "restore", "out:restore(name, potential) -> MD",
    "A second copy of the dynamics in a trajectory's checkpoint, for measurements that must not "
      .. "disturb it.", 'local copy = out:restore("anneal", potential)' },
  { "record", "out:record(name, columns) -> Record",
    "A table of numbers in a CSV file that a resumed run goes on with. The first column never "
      .. "decreases.", 'local energies = out:record("energies.csv", { "cycle", "E [eV/atom]" })' },
  { "path", "out:path(name) -> path",
    "The path of a file in the run's folder, which from then on counts as the run's own. Names "
      .. "that end in .checkpoint are removed when the run is finished.",
    'glass:save(out:path "glass.data", { overwrite = true })' },
  { "result", "out:result{ name =, value =, unit =, error =, paper =, source =, note = }",
    "Adds a number to run.json, the summary and the report; paper and source say what the "
      .. "literature has.", 'out:result{ name = "Tg", value = 712, error = 9, unit = "K" }' },
  { "report", "out:report(title, fill)",
    "Writes report.html: results, what fill(page) adds, parameters, method, provenance.",
    'out:report("Annealing", function(page) page:figure{ plot = { x = t, y = e } } end)' },
  { "plan", "out:plan(total, [options])",
    "Tells how much simulated time [ps] (or other work) the protocol is in all, so that the "
      .. "progress shows the time left.", "out:plan(p.cycles * 890)" },
  { "progress", "out:progress(done, what)",
    "Tells how much of the plan is done; out:dynamics does so by itself.",
    'out:progress(k, "minimizing")' },
  { "say", "out:say(format, ...)", "Adds a line to log.txt and prints it, unless quiet = true.",
    'out:say("cycle %d: %.4f eV/atom", k, energy)' },
  { "log", "out:log(format, ...)", "Adds a line to log.txt.", 'out:log("seed %d", p.seed)' },
  { "uses", "out:uses(potential)",
    "Names the potential, with its checksum, in everything that is written from then on.",
    "out:uses(glass.potential)" },
  { "header", "out:header() -> list",
    "Lines that say where a file comes from: program, script, parameters, potential, date.",
    'print(table.concat(out:header(), "\\n"))' },
  { "provenance", "out:provenance() -> text", "The same on one line.",
    'glass:save(out:path "glass.data", { provenance = out:provenance() })' },
} do
  help.document("Run:" .. entry[1], { signature = entry[2], summary = entry[3],
                                      example = entry[4], options = entry[5] })
end

return run
