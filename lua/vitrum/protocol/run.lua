-- One run of a protocol: its state in run.json, its stages, results and files.
--
-- run.json is the memory of a run. It is written whole, by atomic rename, whenever a stage ends,
-- and names every file before that file is written. A process that is killed at any instant
-- therefore leaves a folder that the same command can go on with: finished stages give their saved
-- results, an unfinished one starts again or goes on from its own checkpoint.

local dynamics = require "vitrum.protocol.dynamics"
local folders = require "vitrum.protocol.folder"
local help = require "vitrum.prompt.help"
local json = require "vitrum.base.json"
local numbers = require "vitrum.base.numbers"
local parameters = require "vitrum.protocol.parameters"
local problems = require "vitrum.base.options"
local provenance = require "vitrum.protocol.provenance"
local records = require "vitrum.protocol.record"
local system = require "vitrum.system"
local texts = require "vitrum.base.text"

local raise <const>, refuse <const> = problems.raise, problems.refuse

local STATE <const>, LOG <const> = folders.STATE, folders.LOG

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
    records = {}, trajectories = {}, writers = {}, seconds = 0.0, threads = vt.threads(),
    work_sha256 = spec.work_sha256,
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

-- A file of a run that is a link would be written to its target.
local function refuse_links(self)
  local names = { LOG, table.unpack(self.state.files) }
  for _, name in ipairs(names) do
    local path = self.folder .. "/" .. name
    if system.is_link(path) then
      refuse("%s is a link, and this run must not write to its target; put the file itself "
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

local function folder_of(spec, values) return ((values.out or spec.name):gsub("(.)/+$", "%1")) end

local function check_kind(path)
  local kind = system.kind(path)
  if kind and kind ~= "folder" then
    refuse("%s is a file, not a folder; choose another folder with out=", path)
  end
  return kind
end

local function locked(path)
  local lock, message = system.lock(path)
  if lock then return lock end
  refuse("%s; another run writes to this folder: wait for it, or choose another one with out=",
    message)
end

---What a run would do in its folder, for a dry run; raises what it would be refused with.
---@param spec table
---@param list vitrum.Parameter[]
---@param values table<string, any>
---@return string
function run.look(spec, list, values)
  local where = folder_of(spec, values)
  local there = check_kind(where)
  local lock <close> = there and locked(where) or nil -- luacheck: ignore lock
  local old = folders.choose(where, values, fresh_state(spec, values, list), list)
  if old then return ("%s, where the run started %s would go on"):format(where, old.started) end
  if not there then return where .. ", a new one" end
  return where .. (values.overwrite and ", where files of an earlier run would be replaced" or "")
end

---Open the folder of a run: a new one, or one to go on with.
---@param spec table name, script, script_sha256 of the protocol
---@param list vitrum.Parameter[]
---@param values table<string, any> checked values, framework's included
---@return vitrum.Run
function run.open(spec, list, values)
  local vt = require "vitrum"
  local self = setmetatable({ folder = folder_of(spec, values), spec = spec,
                              parameters = list, values = values, known = {},
                              records = {}, begun = {}, dynamics = {},
                              resumed = false, clock = vt.clock, clock_start = vt.clock(),
                              work = { total = 0, done = 0, before = 0 } }, RUN)
  check_kind(self.folder)
  local new = fresh_state(spec, values, list)
  local ok, message = system.make_folder(self.folder)
  if not ok then refuse("%s; choose another folder with out=", message) end
  self.lock = locked(self.folder)
  local chosen, state = pcall(folders.choose, self.folder, values, new, list)
  if not chosen then
    run.close(self)
    error(state, 0)
  end
  self.state, self.resumed = state or new, state ~= nil
  local plain, problem = pcall(refuse_links, self)
  if not plain then
    run.close(self)
    error(problem, 0)
  end
  self.seconds_before = self.state.seconds
  if self.state.status ~= "finished" then
    provenance.add_engine(self.state, values.engine == "lammps" and "LAMMPS" or "vitrum")
  end
  for _, name in ipairs(self.state.files) do self.known[name] = true end
  folders.remove_temporaries(self.folder, self.state)
  if self.state.status ~= "finished" then save_state(self) end
  self:log("%s %s: vitrum %s, %s, %s", self.resumed and "resumed" or "started", spec.name,
    vt.version, texts.count(vt.threads(), "thread"), provenance.date())
  return self
end

---Release the folder. May be called at any time and more than once.
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

---Whether a stopped run left nothing worth keeping: no stage is done, no result known, and no file
---written but tables without rows.
---@param self vitrum.Run
---@return boolean
function run.empty(self)
  if self.resumed or #self.state.stages > 0 or #self.state.results > 0 then return false end
  for _, name in ipairs(system.list(self.folder) or {}) do
    local record = self.records[name]
    if name ~= STATE and name ~= LOG and self.known[name] and not (record and #record == 0) then
      return false
    end
  end
  return true
end

---Close the run and remove what it wrote, and the folder when nothing else is in it.
---@param self vitrum.Run
function run.discard(self)
  save_state(self)
  run.close(self)
  folders.remove_all(self.folder, self.state)
  os.remove(self.folder .. "/" .. STATE)
  os.remove(self.folder) -- fails, as it should, when something else is in it
end

-- ---------------------------------------------------------------- files and log ----

---The path of a file in the folder, which from now on counts as written by this run. A name that
---ends in .checkpoint is removed when the run is finished.
---@param name string
---@return string
function Run:path(name)
  if not folders.is_plain(name) or name == STATE or name == LOG then
    raise("out:path: %s cannot be the name of a file of the protocol", numbers.show(name))
  end
  if not self.known[name] then
    self.known[name] = true
    save_state(self)
  end
  return self.folder .. "/" .. name
end

---Remove a file that was needed on the way and is no result.
---@param name string
function Run:remove(name)
  os.remove(self:path(name))
  self.known[name] = nil
  save_state(self)
end

---Add a line to log.txt. A log that cannot be written stops nothing: no result depends on it.
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

---Declare how much work the whole protocol is, so that the time left can be shown.
---@param total number [ps] of dynamics, or any other unit
---@param options { rate_scale: number?, rate_unit: string? }?
function Run:plan(total, options)
  self.work.total = problems.argument("Run:plan", "the total", "nonnegative", total)
  self.work.options = problems.check("Run:plan", PLAN, options)
end

---Report that `done` of the plan is done by now, including what an earlier process did.
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

---Refuse to go on: the same command would end here again, and the message says what helps.
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

---A short text that distinguishes this run from one with other parameters.
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

---Run `f` once in the life of the run. Its result, a table of plain values and arrays, is saved; a
---resumed run gets the saved one and does not call `f` again.
---@param name string unique in the run
---@param f fun(): table?
---@param work number? how much of the plan it is, counted when the stage is skipped; by default
---what the dynamics in it did
---@return table
function Run:stage(name, f, work)
  if type(name) ~= "string" or name == "" then raise "out:stage: a stage needs a name" end
  if type(f) ~= "function" then raise("out:stage: stage '%s' needs a function", name) end
  if work ~= nil then problems.argument("Run:stage", "the work", "number", work) end
  if self.begun[name] then
    raise("out:stage: there is a stage '%s' already; every stage, and every run of the dynamics, "
      .. "needs a name of its own", name)
  end
  self.begun[name] = true
  for _, stage in ipairs(self.state.stages) do
    if stage.name == name then
      run.skip_work(self, work or tonumber(stage.work) or 0)
      return stage.result
    end
  end
  local start, before = self.clock(), self.work.done
  self:log("stage %s", name)
  local result = f() or {}
  if type(result) ~= "table" then
    raise("out:stage: stage '%s' must return a table or nothing, not a %s", name, type(result))
  end
  -- Through text and back: the caller must not see more digits, or other types, than a resumed
  -- run would.
  result = json.decode(json.encode(result, ("the result of stage '%s'"):format(name)), name)
  -- Rounded: the same sum over a different number of parts must give the same text.
  local done = tonumber(("%.6g"):format(self.work.done - before))
  table.insert(self.state.stages, { name = name, result = result,
                                    work = done ~= 0 and done or nil })
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

local VALUE <const> = {
  { name = "error", kind = "number", help = "standard error, in the same unit" },
  { name = "paper", kind = "value", help = "what the literature says, text or number" },
  { name = "source", kind = "string", help = "where it says so" },
  { name = "note", kind = "string", help = "what to keep in mind" },
}

---Add a number, or a finding in words, to the results: run.json, the summary and the report show
---it. Invalid ones are refused when this is called, not when the report is written.
---@param name string "Young's modulus"
---@param value number|string
---@param unit string? "GPa"; "-" or nil for none
---@param more { error: number?, paper: number|string?, source: string?, note: string? }?
function Run:value(name, value, unit, more)
  problems.argument("Run:value", "the name", "string", name)
  if type(value) ~= "number" and type(value) ~= "string" then
    raise("Run:value: the value of '%s' must be a number or a text, got %s", name,
      numbers.show(value))
  end
  problems.argument("Run:value", "the unit", "string", unit, "-")
  more = problems.check("Run:value", VALUE, more)
  if more.paper ~= nil and type(more.paper) ~= "number" and type(more.paper) ~= "string" then
    raise("Run:value: option 'paper' must be a number or a text, got %s", numbers.show(more.paper))
  end
  local entry = { name = name, value = value, unit = unit ~= "-" and unit or nil,
                  error = more.error, paper = more.paper, source = more.source, note = more.note }
  for i, known in ipairs(self.state.results) do
    if known.name == name then
      self.state.results[i] = entry
      return
    end
  end
  table.insert(self.state.results, entry)
end

---Save atoms to a file of the run, with the provenance in it.
---@param atoms vitrum.Atoms
---@param name string of the file; the ending tells the format
---@param more table? options of atoms:save
function Run:save(atoms, name, more)
  local given = { overwrite = true, provenance = self:provenance() }
  for key, value in pairs(problems.argument("Run:save", "the options", "table", more, {})) do
    given[key] = value
  end
  if not problems.is(atoms, "Atoms") then
    raise("Run:save: expected atoms, got %s", numbers.show(atoms))
  end
  atoms:save(self:path(name), given)
end

---Whether the report of a finished run is to be written: it never was, or it is asked for.
---@param self vitrum.Run
---@return boolean
function run.wants_report(self)
  return self.values.report or self.state.report == "due"
end

---Remember that the report is written.
---@param self vitrum.Run
function run.reported(self)
  self.state.report = "written"
  save_state(self)
end

---Mark the run as finished and remove its checkpoints, in this order: a run that is killed in
---between must not be taken for one that still needs them.
---@param self vitrum.Run
---@param returned table? what the protocol returned
function run.finish(self, returned)
  self.state.status, self.state.finished = "finished", provenance.date()
  self.state.report = self.spec.report and "due" or "none"
  self.state.returned, self.state.stopped = returned, nil
  save_state(self)
  for name in pairs(self.known) do
    if name:find "%.checkpoint$" then
      folders.remove(self.folder, name)
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
  -- run.json must never count rows that no longer exist.
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

---Write columns of numbers to a CSV file of the run, with the provenance in front.
---@param name string of the file
---@param columns { [1]: string, [2]: vitrum.Array|number[] }[] name with unit, values
function Run:table(name, columns)
  local names, lists = {}, {}
  for k, column in ipairs(problems.argument("Run:table", "the columns", "table", columns)) do
    if type(column) ~= "table" then
      raise("Run:table: column %d must be { name, values }, not %s", k, numbers.show(column))
    end
    names[k] = column[1]
    lists[k] = numbers.list(column[2], "Run:table: column " .. k)
    if #lists[k] ~= #lists[1] then
      raise("Run:table: column %d has %d values, the first one %d", k, #lists[k], #lists[1])
    end
  end
  local record = self:record(name, names)
  record:rewind(-1e308)
  for k = 1, #lists[1] do
    local row = {}
    for c = 1, #lists do row[c] = lists[c][k] end
    record:add(table.unpack(row))
  end
  record:commit()
end

---Dynamics that survives a kill; see dynamics.lua.
---@param p table the parameters of the protocol
---@param ensemble table? options of vt.md, name and start
---@return vitrum.Dynamics
function Run:md(p, ensemble)
  return dynamics.new(self, run, p, ensemble)
end

---Write report.html: the results beside the literature's, what `fill` adds, parameters and
---provenance.
---@param title string
---@param fill fun(page: vitrum.Report) adds sections, figures, tables
function run.report(self, title, fill)
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
  local files, told = {}, {}
  for _, entry in ipairs(self.spec.files) do
    for name in entry[1]:gmatch "[^, ]+" do told[name] = entry[2] end
  end
  for _, name in ipairs(self.state.files) do
    if name ~= "report.html" then files[#files + 1] = { name, told[name] } end
  end
  files[#files + 1] = { "run.json", "state of the run" }
  page:section("Files"):files(files)
  page:save(self:path "report.html", { overwrite = true })
end

-- ---------------------------------------------------------------- documentation ----

help.register_type("Run", RUN)
for _, entry in ipairs {
  { "stage", "out:stage(name, f, [work]) -> table",
    "Runs f once in the life of the run and saves the table (values, arrays) that it returns; a "
      .. "resumed run gets the saved table and does not call f again. Put whatever takes long, or "
      .. "must not happen twice, into stages. work: how much of the plan the stage is; by "
      .. "default, that of the dynamics in it.",
    'local r = out:stage("sum", function() return { energy = glass:energy() } end)' },
  { "done", "out:done(name) -> boolean", "Whether a stage is done.", 'print(out:done "inherent")' },
  { "md", "out:md(p, [ensemble]) -> Dynamics",
    "Dynamics with checkpoints: a resumed protocol goes on and ends with the same bits. Takes what "
      .. "vt.md takes; unless given, temperature, pressure, timestep, seed and precision come "
      .. "from the parameters p of the same names, the atoms from p.glass. md:run(name, options) "
      .. "runs it.",
    'local md = out:md(p, { ensemble = "npt", pressure = 0 })\n'
      .. 'local pull = md:run("pull", { strain_rate = { zz = 1e9 }, strain = 0.2 })',
    dynamics.OPTIONS },
  { "record", "out:record(name, columns) -> Record",
    "A table of numbers in a CSV file that a resumed run goes on with. The first column never "
      .. "decreases.", 'local energies = out:record("energies.csv", { "cycle", "E [eV/atom]" })' },
  { "table", "out:table(name, columns)",
    "Writes columns of numbers to a CSV file of the run, with the provenance in front.",
    'out:table("gr.csv", { { "r [A]", g.r }, { "g [-]", g.total } })' },
  { "path", "out:path(name) -> path",
    "The path of a file in the run's folder, which from then on counts as the run's own. Names "
      .. "that end in .checkpoint are removed when the run is finished.",
    'glass:save(out:path "glass.data", { overwrite = true })' },
  { "value", "out:value(name, value, [unit], [options])",
    "Adds a number, or a finding in words, to run.json, the summary and the report; paper and "
      .. "source say what the literature has.",
    'out:value("Tg", 712, "K", { error = 9, paper = 650, source = "Li et al." })', VALUE },
  { "save", "out:save(atoms, name, [options])",
    "Saves atoms to a file in the run's folder, with the provenance in it; options as of "
      .. "atoms:save.", 'out:save(glass, "glass.data")' },
  { "plan", "out:plan(total, [options])",
    "Declares how much simulated time [ps] (or other work) the whole protocol takes, so that the "
      .. "progress bar shows the time left.", "out:plan(p.cycles * 890)" },
  { "progress", "out:progress(done, what)",
    "Reports how much of the plan is done; md:run does so by itself.",
    'out:progress(k, "minimizing")' },
  { "remove", "out:remove(name)",
    "Removes a file of the run that was needed on the way and is no result: it counts as the run's "
      .. "no longer.", 'out:remove "melt.dump"' },
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
