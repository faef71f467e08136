-- Protocols: a script declares itself once,
--
--     return vt.protocol{
--       name = "cryogenic-cycling", summary = "...", source = "...",
--       params = { low = { 10, unit = "K", help = "lower temperature" }, ... },
--       run = function(p, out) ... return results end,
--     }
--
-- and gets from it the command line (key=value), --help, checks, provenance, an output folder that
-- is never overwritten by accident, stages and checkpoints to resume from, a log and a summary.
-- The script that was started runs at once; a script that is loaded by another gives an object
-- with :run{...}.

local document = require("vitrum.prompt.help").document
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local parameters = require "vitrum.protocol.parameters"
local provenance = require "vitrum.base.provenance"
local runs = require "vitrum.protocol.run"
local session = require "vitrum.session"
local system = require "vitrum.system"
local texts = require "vitrum.base.text"

local raise = options.raise

local EXIT_ERROR <const>, EXIT_USAGE <const>, EXIT_INTERRUPTED <const> = 1, 2, 130

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
  { name = "params", kind = "table", default = {},
    help = "name = { default, unit =, help =, min =, max =, above =, choices =, kind =, "
      .. "file = true, optional = true }" },
  { name = "order", kind = "table", help = "names of parameters in the order of --help" },
  { name = "example", kind = "string", help = "arguments of the example in --help" },
  { name = "run", kind = "function", required = true,
    help = "function(p, out): the work; p holds the parameters, out is the run's folder, "
      .. "stages, records and results; returns a table" },
}

-- ---------------------------------------------------------------- running ----

-- Values as the script gets them: compositions as tables of shares.
local function for_script(list, values)
  local p = {}
  for _, parameter in ipairs(list) do
    local value = values[parameter.name]
    if parameter.kind == "composition" and value then value = parameters.composition(value) end
    p[parameter.name] = value
  end
  return p
end

local function how_to_resume(run, again)
  if again then
    return ("The run is saved in %s, but it stopped in the same way before: mend what is named "
      .. "here, or start again with overwrite=true"):format(run.folder)
  end
  return ("The run is saved in %s: give the same command again%s and it goes on from there")
    :format(run.folder, run.values.overwrite and " without overwrite=true" or "")
end

local function result_text(entry)
  if type(entry.value) == "string" and entry.note then
    return ("%s (%s)"):format(entry.value, entry.note)
  end
  local value = type(entry.value) == "number" and texts.plain(entry.value, entry.error)
    or tostring(entry.value)
  return entry.unit and entry.unit ~= "-" and value .. " " .. entry.unit or value
end

-- The main numbers and where the files are.
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

-- Settings of the whole program that the run changes and gives back.
local function with_settings(values, f)
  local vt = require "vitrum"
  local threads = vt.threads()
  if values.threads then vt.threads(values.threads) end
  local result = table.pack(pcall(f))
  vt.threads(threads)
  return table.unpack(result, 1, result.n)
end

-- Whatever was raised, as a text.
local function text_of(problem)
  local ok, text = pcall(tostring, problem)
  return ok and text or ("an error that is %s without a text"):format(numbers.show(problem))
end

-- Run with checked values. Errors are tables { message, interrupted } or plain.
local function execute(self, values)
  local run
  local ok, outcome = with_settings(values, function()
    run = runs.open(self, self.parameters, values)
    if run.state.status == "finished" then return run.state.returned end
    if run.resumed then run:say("%s: going on with the run in %s", self.name, run.folder) end
    local returned = self.body(for_script(self.parameters, values), run)
    if returned ~= nil and type(returned) ~= "table" then
      error(("protocol %s: run must return a table or nothing, not a %s"):format(self.name,
        type(returned)), 0)
    end
    runs.finish(run, returned)
    return returned
  end)
  if not run then error(outcome, 0) end
  if ok then
    runs.close(run)
    if not values.quiet then print_summary(self, run) end
    return output_of(run, outcome)
  end
  local interrupted = system.interrupted(false)
  if interrupted then
    outcome = text_of(outcome):gsub("^.-(interrupted)", "%1"):gsub("; md:resume%(%) goes on", "")
  end
  run:log("stopped: %s", text_of(outcome))
  local again = not interrupted and runs.stopped(run, text_of(outcome))
  -- A run that failed before it had anything, by a bad parameter as a rule, must not stand in the
  -- way of the corrected command.
  local nothing_to_keep = not interrupted and runs.empty(run)
  if nothing_to_keep then runs.discard(run) else runs.close(run) end
  system.interrupted(interrupted)
  if type(outcome) ~= "string" or nothing_to_keep then error(outcome, 0) end
  outcome = outcome:gsub("[.%s]+$", "")
  if run.advised then error(outcome, 0) end
  error(("%s. %s"):format(outcome, how_to_resume(run, again)), 0)
end

---Run the protocol.
---@param given table<string, any>? parameters by name; out, resume, overwrite, threads,
---checkpoint_every and quiet besides those of the protocol
---@return table what the script's run returned, with folder, files, results and resumed added
function Protocol:run(given)
  if given ~= nil and type(given) ~= "table" then
    raise("%s: the parameters must be a table { key = value }, not %s", self.name,
      numbers.show(given))
  end
  local values, message = parameters.read(self.parameters, given or {})
  if not values then raise("%s: %s", self.name, message) end
  return execute(self, values)
end

-- ---------------------------------------------------------------- command line ----

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
  parts[#parts + 1] = ("usage: vitrum %s [key=value ...]"):format(self.script)
  parts[#parts + 1] = parameters.help(self.parameters, columns)
  if self.example then
    parts[#parts + 1] = ("example:\n  vitrum %s %s"):format(self.script, self.example)
  end
  return table.concat(parts, "\n\n")
end

---Print the text of --help.
function Protocol:help()
  print(self:usage())
end

-- The arguments as a table of texts; nil and a message when one is no key=value.
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
  local values
  local given, message = read_arguments(arguments)
  if given then values, message = parameters.read(self.parameters, given) end
  if not values then
    io.stderr:write(self.name, ": ", message, "\n")
    return EXIT_USAGE
  end
  local ok, problem = pcall(execute, self, values)
  if ok then return 0 end
  io.stderr:write(self.name, ": ", session.plain(text_of(problem)), "\n")
  return system.interrupted() and EXIT_INTERRUPTED or EXIT_ERROR
end

-- The file that `f` was written in; what was typed at a prompt has none.
local function script_of(f)
  local source = debug.getinfo(f, "S").source
  return source:sub(1, 1) == "@" and source:sub(2) or nil
end

-- Whether the call of vt.protocol, two levels up, is what the script that the program was started
-- with returns: `return vt.protocol{...}` is a tail call, behind which only the program's own C
-- code stands. A declaration elsewhere in that script makes an object like any other.
local function is_main(script)
  local arguments = rawget(_G, "arg")
  if script == nil or type(arguments) ~= "table" or arguments[0] ~= script then return false end
  local caller = debug.getinfo(3, "S")
  return debug.getinfo(2, "t").istailcall and (caller == nil or caller.what == "C")
end

Protocol.__tostring = function(self)
  return ("protocol %s: %s (%s)"):format(self.name, self.summary, self.script)
end

---Declare a protocol. In the script that the program was started with this runs it and ends the
---program; elsewhere it returns an object.
---@param spec table name, summary, source, params, run; see help "protocol"
---@return vitrum.Protocol
local function new(spec)
  local checked = options.check("protocol", SPEC, spec)
  if not checked.name:find "^%a[%w_-]*$" then
    raise("protocol: the name must be a word of letters, digits, - and _, not %s",
      numbers.show(checked.name))
  end
  local list, message = parameters.declare(checked.params, checked.order)
  if not list then raise("protocol %s: %s", checked.name, message) end
  local script = script_of(checked.run)
  local self = setmetatable({
    name = checked.name, summary = checked.summary, source = checked.source,
    description = checked.description, example = checked.example, body = checked.run,
    parameters = list, script = script or "(prompt)",
    script_sha256 = script and provenance.sha256_of_file(script) or "none",
  }, Protocol)
  if not is_main(script) then return self end
  local status = self:main(table.move(arg, 1, #arg, 1, {}))
  if status ~= 0 then os.exit(status, true) end
  return self
end

document("protocol", {
  signature = "vt.protocol{ name =, summary =, params =, run = } -> Protocol",
  summary = "Declares a protocol once and makes a program of it: command line (key=value), "
    .. "--help, checks, provenance, output folder, stages that survive a kill, log and summary. "
    .. "A script that ends in return vt.protocol{...} runs when started; loaded by another script "
    .. "it gives an object with :run. "
    .. "out has :stage(name, f), :dynamics{...}, :record(name, columns), :path(name), "
    .. ":result{...}, :report{...}, :plan(total), :say(format, ...), :uses(potential), "
    .. ":header(), :provenance().",
  options = SPEC,
  example = 'return vt.protocol{ name = "anneal", summary = "Hold a glass at one temperature.",\n'
    .. '  params = { glass = { file = true }, temperature = { 600, unit = "K", above = 0 } },\n'
    .. "  run = function(p, out) ... end }",
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

return { new = new }
