-- Protocols: a script declares itself once,
--
--     return vt.protocol{
--       name = "cryogenic-cycling", summary = "...", source = "...",
--       params = { kit.glass, { "low", 10, unit = "K", help = "lower temperature" }, ... },
--       run = function(p, out) ... return results end,
--       report = function(page, results, p, out) ... end,
--     }
--
-- and gets from it the command line (key=value), --help, checks before any work, dry runs, presets,
-- provenance, an output folder that is never overwritten by accident, stages and checkpoints to
-- resume from, a log, a summary and a report that can be rewritten on its own. The program runs the
-- protocol that its script returns; a script that is loaded by another gives an object with
-- :run{...}.

local engines = require "vitrum.engine"
local checks = require "vitrum.protocol.check"
local document = require("vitrum.prompt.help").document
local files = require "vitrum.base.files"
local json = require "vitrum.base.json"
local kit = require "vitrum.protocol.kit"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local parameters = require "vitrum.protocol.parameters"
local provenance = require "vitrum.protocol.provenance"
local runs = require "vitrum.protocol.run"
local session = require "vitrum.session"
local sweep = require "vitrum.protocol.sweep"
local system = require "vitrum.system"
local texts = require "vitrum.base.text"

local raise = options.raise

local EXIT_ERROR <const>, EXIT_USAGE <const> = 1, 2

---@class vitrum.Protocol
---@field name string
---@field summary string
---@field source string?
---@field parameters vitrum.Parameter[]
local Protocol = { __name = "vitrum.Protocol" }
Protocol.__index = Protocol

local SPEC <const> = {
  { name = "name", kind = "string", required = true,
    help = "short name; also that of the default output folder" },
  { name = "summary", kind = "string", required = true, help = "one sentence for --help" },
  { name = "source", kind = "string", help = "where the method comes from" },
  { name = "description", kind = "string", help = "a paragraph for --help" },
  { name = "terms", kind = "string",
    help = "words of the field that lead to it, with semicolons between: \"tensile test; UTS\"" },
  { name = "times", kind = "string", help = "how long typical runs take, for --help" },
  { name = "params", kind = "table", default = {},
    help = "list of { name, default, unit =, help =, min =, max =, above =, choices =, kind =, "
      .. "file = true, optional = true }, and of groups such as protocol.kit.glass" },
  { name = "presets", kind = "table", default = {},
    help = "named sets of values: { paper = { name = value, ... }, test = { ... } }" },
  { name = "files", kind = "table", default = {},
    help = "list of { name, what it holds } of the files that are written" },
  { name = "example", kind = "string", help = "arguments of the example in --help" },
  { name = "check", kind = "function",
    help = "function(p, glass): raises an error if the parameters are wrong, before any work; "
      .. "glass is the one that p.glass names" },
  { name = "plan", kind = "function",
    help = "function(p) -> list of { name, simulated time in ps, size = of the sample against the "
      .. "one at the start, 1 unless given }, for progress and dry runs" },
  { name = "run", kind = "function", required = true,
    help = "function(p, out): the work; p holds the parameters, out is the run's folder, "
      .. "stages, records and results; returns a table of values and arrays" },
  { name = "title", kind = "value",
    help = "of the report: a text, or function(p) -> text; by default the name and the sample" },
  { name = "report", kind = "function",
    help = "function(page, results, p, out): adds figures and tables to the report; results is "
      .. "what run returned" },
}

-- ---------------------------------------------------------------- running ----

-- Values as the script gets them: compositions as tables of shares, lists as lists.
local function for_script(list, values)
  local p = {}
  for _, parameter in ipairs(list) do
    p[parameter.name] = parameters.for_script(parameter, values[parameter.name])
  end
  return p
end

local function how_to_resume(run, again, interrupted)
  if again then
    return ("The run is saved in %s, but it stopped in the same way before: fix the problem "
      .. "above, or start again with overwrite=true"):format(run.folder)
  end
  local from = run.values.overwrite and " without overwrite=true" or ""
  if interrupted then
    return ("The run is saved in %s: give the same command again%s and it goes on from there")
      :format(run.folder, from)
  end
  return ("The run is saved in %s: once the problem above is fixed, the same command%s goes on "
    .. "from there; with resume=true, where it is the script that was fixed"):format(run.folder,
    from)
end

local function result_text(entry)
  local text = type(entry.value) == "number" and texts.plain(entry.value, entry.error)
    or tostring(entry.value)
  if entry.unit and entry.unit ~= "-" then text = text .. " " .. entry.unit end
  return entry.note and ("%s (%s)"):format(text, entry.note) or text
end

-- The main numbers, and where the files are.
local function print_summary(self, run)
  local widest = 0
  for _, entry in ipairs(run.state.results) do widest = math.max(widest, #entry.name) end
  print(("%s finished in %.1f s"):format(self.name, run.state.seconds))
  for _, entry in ipairs(run.state.results) do
    local paper = entry.paper and ("  (literature: %s)"):format(entry.paper) or ""
    local line = ("  %-" .. widest .. "s  %s%s"):format(entry.name, result_text(entry), paper)
    print(session.plain(line))
  end
  print(("  files in %s: %s"):format(run.folder, table.concat(run.state.files, ", ")))
end

local function output_of(run, returned)
  local result = {}
  for key, value in pairs(returned or {}) do result[key] = value end
  result.folder, result.files = run.folder, run.state.files
  result.results, result.resumed = run.state.results, run.resumed
  return result
end

-- Settings of the whole program that the run changes and restores.
local function with_settings(values, f)
  local vt = require "vitrum"
  local threads, engine = vt.threads(), engines.usual()
  if values.threads then vt.threads(values.threads) end
  local result = table.pack(pcall(function()
    engines.usual(values.engine == "lammps" and engines.for_protocol(values.ranks))
    return f()
  end))
  engines.usual(engine or false)
  vt.threads(threads)
  return table.unpack(result, 1, result.n)
end

-- Whatever was raised, as a text.
local function text_of(problem)
  local ok, text = pcall(tostring, problem)
  return ok and text or ("an error that is %s without a text"):format(numbers.show(problem))
end

-- "Quench of Cu64Zr36", "Cryogenic cycling of glass"
local function default_title(p, values, self)
  local name = self.name:gsub("[-_]", " "):gsub("^%l", string.upper)
  local what = p.glass and kit.label(tostring(p.glass)) or values.composition
  return what and ("%s of %s"):format(name, what) or name
end

-- Write the report of a finished run from what it returned.
local function write_report(self, run, p)
  local title = self.title or default_title
  if type(title) == "function" then title = title(p, run.state.parameters, self) end
  local ok, problem = pcall(runs.report, run, title, function(page)
    if self.report then self.report(page, run.state.returned or {}, p, run) end
  end)
  if ok then return runs.reported(run) end
  runs.refuse(run, "%s. The results are saved in %s; once this is fixed, report=true writes the "
    .. "report of them", text_of(problem), run.folder)
end

-- What the run returned, as a resumed one would see it.
local function plain(self, returned)
  if returned ~= nil and type(returned) ~= "table" then
    error(("protocol %s: run must return a table or nothing, not a %s"):format(self.name,
      type(returned)), 0)
  end
  return json.decode(json.encode(returned or {}, "what run returned"), "what run returned")
end

local function work(self, run, p, known)
  if run.state.status ~= "finished" then
    if run.resumed then run:say("%s: going on with the run in %s", self.name, run.folder) end
    if known.work > 0 then run:plan(known.work) end
    runs.finish(run, plain(self, self.body(p, run)))
  end
  if self.report and runs.wants_report(run) then write_report(self, run, p) end
  return run.state.returned
end

-- Run with checked values.
local function execute(self, values, origins, p, known)
  if known.sweep then return sweep.run(self, known.sweep, values, origins) end
  local run
  local ok, outcome = with_settings(values, function()
    run = runs.open(self, self.parameters, values)
    for _, line in ipairs(checks.origins(self.parameters, values, origins)) do
      if origins.preset and not run.resumed then run:say("%s", line) else run:log("%s", line) end
    end
    return work(self, run, p, known)
  end)
  if not run then error(outcome, 0) end
  if ok then
    runs.close(run)
    if not values.quiet then print_summary(self, run) end
    return output_of(run, outcome)
  end
  local interrupted = system.interrupted(false)
  if interrupted then
    outcome = text_of(outcome):gsub("^.-(interrupted)", "%1"):gsub("; %l+:resume%(%) goes on.*", "")
  end
  run:log("stopped: %s", text_of(outcome))
  local again = not interrupted and runs.stopped(run, text_of(outcome))
  -- A run that failed before it had produced anything, usually because of a bad parameter, must not
  -- stand in the way of the corrected command.
  local nothing_to_keep = not interrupted and runs.empty(run)
  if nothing_to_keep then runs.discard(run) else runs.close(run) end
  system.interrupted(interrupted)
  if type(outcome) ~= "string" or nothing_to_keep then error(outcome, 0) end
  outcome = outcome:gsub("[.%s]+$", "")
  if run.advised then error(outcome, 0) end
  error(("%s. %s"):format(outcome, how_to_resume(run, again, interrupted)), 0)
end

-- Check what was given, without any work. Nil and a message when something is wrong. With lists
-- among the values the fourth result has them as its field sweep.
local function prepare(self, given)
  local many, problem = sweep.of(self.parameters, given)
  if problem then return nil, problem end
  local values, origins = parameters.read(self.parameters, many and many.first or given)
  if not values then return nil, origins end
  if many and values.report then return nil, "report=true is for one run; leave out the lists" end
  local p = for_script(self.parameters, values)
  local out = values.out or self.name
  if not many and values.jobs then
    return nil, ("jobs=%d is how many runs go side by side, and this is one run: give several "
      .. "values of a parameter, or seeds=3, or leave it out (threads= is for one run)"):format(
      values.jobs)
  end
  if values.dry then
    local ok, known = with_settings(values, function()
      if not many then
        return checks.dry(self, p, values, origins, out, nil, nil,
          runs.look(self, self.parameters, values))
      end
      local all = sweep.combinations(self.parameters, many, values)
      for k, one in ipairs(all) do all[k] = for_script(self.parameters, one) end
      return checks.dry(self, p, values, origins, sweep.folder(self, values), all,
        sweep.seed_count(many))
    end)
    if not ok then return nil, text_of(known) end
    return values, origins, p, known
  end
  if many then return values, origins, p, { sweep = many } end
  local known = { total = 0.0 }
  if not values.report then
    local ok, found = pcall(checks.all, self, p, out)
    if not ok then return nil, text_of(found) end
    known = found
  end
  return values, origins, p, known
end

---Run the protocol.
---@param given table<string, any>? parameters by name; preset, out, resume, overwrite, threads,
---checkpoint_every, quiet, dry and report besides those of the protocol
---@return table what the script's run returned, with folder, files, results and resumed added; of a
---dry run the plan, with total [ps], seconds, bytes and free, and with lists of values the number
---of runs and the sums over them; with lists of values the study
function Protocol:run(given)
  if given ~= nil and type(given) ~= "table" then
    raise("%s: the parameters must be a table { key = value }, not %s", self.name,
      numbers.show(given))
  end
  local values, origins, p, known = prepare(self, given or {})
  if not values then
    if system.interrupted() then error(origins, 0) end
    raise("%s: %s", self.name, origins)
  end
  if values.dry then return known end
  return execute(self, values, origins, p, known)
end

-- ---------------------------------------------------------------- command line ----

-- One line for each preset: its values.
local function preset_lines(self)
  local names, lines = {}, {}
  for name in pairs(self.parameters.presets) do names[#names + 1] = name end
  table.sort(names)
  for k, name in ipairs(names) do
    local words = {}
    for _, parameter in ipairs(self.parameters) do
      local value = self.parameters.presets[name][parameter.name]
      if value ~= nil and not parameter.framework then
        words[#words + 1] = ("%s=%s"):format(parameter.name,
          type(value) == "number" and parameters.number_text(value) or tostring(value))
      end
    end
    lines[k] = ("  preset=%s: %s"):format(name, table.concat(words, " "))
  end
  return table.concat(lines, "\n")
end

local function file_lines(self)
  local widest, lines = 0, {}
  for _, file in ipairs(self.files) do widest = math.max(widest, #file[1]) end
  for k, file in ipairs(self.files) do
    lines[k] = ("  %-" .. widest .. "s  %s"):format(file[1], file[2])
  end
  return table.concat(lines, "\n")
end

---The text of --help.
---@param columns integer? width, default: the terminal's
---@return string
function Protocol:usage(columns)
  columns = columns or math.min(session.terminal().columns, 100)
  if math.type(columns) ~= "integer" or columns < 1 then
    raise("protocol:usage: columns must be a whole number, at least 1, not %s",
          numbers.show(columns))
  end
  local parts = { ("%s: %s"):format(self.name, self.summary) }
  if self.description then parts[#parts + 1] = parameters.wrap(self.description, "", columns) end
  if self.source then
    parts[#parts + 1] = parameters.wrap("Source: " .. self.source, "", columns)
  end
  if self.times then parts[#parts + 1] = parameters.wrap("Time: " .. self.times, "", columns) end
  parts[#parts + 1] = ("usage: vitrum %s [key=value ...]"):format(self.script)
  parts[#parts + 1] = parameters.help(self.parameters, columns)
  if next(self.parameters.presets) then
    parts[#parts + 1] = "presets:\n" .. preset_lines(self)
  end
  if #self.files > 0 then parts[#parts + 1] = "files:\n" .. file_lines(self) end
  if self.example then
    parts[#parts + 1] = ("example:\n  vitrum %s %s"):format(self.script, self.example)
  end
  return table.concat(parts, "\n\n")
end

---Print the text of --help.
function Protocol:help()
  print(self:usage())
end

-- The arguments as a table of texts; nil and a message when one is not key=value.
local function read_arguments(arguments)
  local given = {}
  for _, word in ipairs(arguments) do
    local key, value = word:match "^%-*([%w_]+)=(.*)$"
    if not key then
      return nil, ("the argument %s is not of the form key=value; --help lists the parameters")
        :format(numbers.show(word))
    end
    if given[key] then return nil, ("parameter '%s' is given twice"):format(key) end
    given[key] = value
  end
  return given
end

-- What the shell is told: of an interrupt, else `otherwise`.
local function exit_status(otherwise)
  local interrupted, _, status = system.interrupted()
  return interrupted and status or otherwise
end

---Act as a program.
---@param arguments string[]
---@return integer status for the shell
function Protocol:main(arguments)
  for k, word in ipairs(options.argument("Protocol:main", "the list", "table", arguments)) do
    options.argument("Protocol:main", "argument " .. k, "string", word)
  end
  for _, word in ipairs(arguments) do
    if word == "--help" or word == "-h" or word == "help" then
      self:help()
      return 0
    end
  end
  local given, message = read_arguments(arguments)
  local values, origins, p, known
  if given then
    values, origins, p, known = prepare(self, given)
    message = origins
  end
  if not values then
    io.stderr:write(self.name, ": ", session.plain(message), "\n")
    return exit_status(EXIT_USAGE)
  end
  if values.dry then return 0 end
  local ok, problem = pcall(execute, self, values, origins, p, known)
  -- A study some of whose runs failed is not what was asked for.
  if ok then return known.sweep and #problem.failures > 0 and EXIT_ERROR or 0 end
  io.stderr:write(self.name, ": ", session.plain(text_of(problem)), "\n")
  return exit_status(EXIT_ERROR)
end

-- The file that `f` was written in; what was typed at a prompt has none.
local function script_of(f)
  local source = debug.getinfo(f, "S").source
  return source:sub(1, 1) == "@" and source:sub(2) or nil
end

-- The checksum of all lines of a script but those of its report function, which may change without
-- changing what the run computes.
local function sha256_of_work(script, report)
  local info = report and debug.getinfo(report, "S")
  if not info or info.source ~= "@" .. script then return provenance.sha256_of_file(script) end
  local file <close> = files.open(script)
  local kept, number = {}, 0
  for line in file:lines() do
    number = number + 1
    if number < info.linedefined or number > info.lastlinedefined then kept[#kept + 1] = line end
  end
  return system.sha256(table.concat(kept, "\n"))
end

Protocol.__tostring = function(self)
  return ("protocol %s: %s (%s)"):format(self.name, self.summary, self.script)
end

-- The list of files in a declaration, checked, with those that the framework writes.
local function files_of(spec)
  local list = {}
  for k, entry in ipairs(spec.files) do
    if type(entry) ~= "table" or type(entry[1]) ~= "string" or type(entry[2]) ~= "string" then
      raise("protocol %s: files is a list of { name, what it holds }; entry %d is %s", spec.name, k,
        numbers.show(entry))
    end
    list[k] = entry
  end
  if spec.report then list[#list + 1] = { "report.html", "figures, numbers, parameters" } end
  list[#list + 1] = { "run.json, log.txt", "state and log of the run" }
  return list
end

---Declare a protocol. The program runs the one that its script returns.
---@param spec table name, summary, source, params, run; see help "protocol"
---@return vitrum.Protocol
local function new(spec)
  local checked = options.check("protocol", SPEC, spec)
  if not checked.name:find "^%a[%w_-]*$" then
    raise("protocol: the name must be a word of letters, digits, - and _, not %s",
      numbers.show(checked.name))
  end
  if checked.title ~= nil and type(checked.title) ~= "string"
    and type(checked.title) ~= "function" then
    raise("protocol %s: option 'title' must be a text or a function, not %s", checked.name,
      numbers.show(checked.title))
  end
  local list, message = parameters.declare(checked.params, checked.presets)
  if not list then raise("protocol %s: %s", checked.name, message) end
  local script = script_of(checked.run)
  return setmetatable({
    name = checked.name, summary = checked.summary, source = checked.source,
    description = checked.description, example = checked.example, body = checked.run,
    times = checked.times, terms = checked.terms, files = files_of(checked),
    check = checked.check, plan = checked.plan, title = checked.title, report = checked.report,
    parameters = list, script = script or "(prompt)",
    script_sha256 = script and provenance.sha256_of_file(script) or "none",
    work_sha256 = script and sha256_of_work(script, checked.report) or "none",
  }, Protocol)
end

---Act on the arguments of the command line, if `object` is a protocol. For the program, whose
---script returned it.
---@param object any
---@param arguments string[]
local function run_returned(object, arguments)
  if getmetatable(object) ~= Protocol then return end
  local status = object:main(arguments)
  if status ~= 0 then os.exit(status, true) end
end

document("protocol", {
  terms = "workflow; command line; reproducibility; pipeline; own script",
  see = "study; report",
  signature = "vt.protocol{ name =, summary =, params =, run = } -> Protocol",
  summary = "Declares a protocol once and makes it a program: command line (key=value), "
    .. "--help, checks, dry runs, provenance, output folder, stages that survive a kill, log, "
    .. "summary and report. "
    .. "The program runs the protocol that its script returns; loaded by another script it gives "
    .. "an object with :run. "
    .. "out has :md(p, {...}), :stage(name, f), :value(name, value, unit), :save(atoms, name), "
    .. ":record(name, columns), :path(name), :plan(total), :say(format, ...), :uses(potential), "
    .. ":header(), :provenance(). vt.protocol.kit has groups of parameters that protocols share.",
  options = SPEC,
  example = 'return vt.protocol{ name = "anneal", summary = "Hold a glass at one temperature.",\n'
    .. '  params = { vt.protocol.kit.glass, vt.protocol.kit.dynamics{ temperature = 600 } },\n'
    .. "  run = function(p, out)\n"
    .. '    local s = out:md(p, { ensemble = "npt" }):run("anneal", { time = 100 })\n'
    .. '    out:value("volume", s.volume:mean(), "A^3")\n  end }',
})
document("Protocol:run", {
  signature = "protocol:run{ key = value, ... } -> results",
  summary = "Runs the protocol with these parameters; those left out keep their defaults.",
  example = 'local quench = dofile "scripts/quench.lua"\n'
    .. 'local r = quench:run{ atoms = 500, cooling_rate = 1e14, out = "small" }',
})
document("Protocol:usage", {
  signature = "protocol:usage([columns]) -> text",
  summary = "The text that --help prints.",
  example = 'print((dofile "scripts/quench.lua"):usage())',
})
document("Protocol:main", {
  signature = "protocol:main(arguments) -> status",
  summary = "Acts on a list of arguments as the command line does and returns the exit status.",
  example = 'os.exit(quench:main{ "--help" })',
})
require("vitrum.prompt.help").register_type("Protocol", Protocol)

local protocol = setmetatable({ kit = kit, _run_returned = run_returned }, {
  __name = "vitrum.protocol", __call = function(_, spec) return new(spec) end,
})

require("vitrum").protocol = protocol

return protocol
