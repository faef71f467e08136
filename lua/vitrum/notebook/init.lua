-- vt.session: the work at the prompt as something that lasts. Its lines become a script, its
-- figures a report, its objects files.
local files = require "vitrum.base.files"
local figures = require "vitrum.notebook.figures"
local help = require "vitrum.prompt.help"
local history = require "vitrum.notebook.history"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local objects = require "vitrum.notebook.objects"
local session = require "vitrum.session"
local texts = require "vitrum.base.text"
local vt = require "vitrum"

local raise = options.raise

local notebook = {}

-- Names that were there before the user's work: Lua's and vitrum's own.
local own = { vt = true, help = true, arg = true, _ = true }
for name in next, _G do own[name] = true end

local environment = {} -- the prompt's kept locals

-- The script that ran before the prompt, vitrum -i script.lua.
local function first_script()
  local arguments = rawget(_G, "arg")
  local script = type(arguments) == "table" and arguments[-1] ~= nil and arguments[0]
  return type(script) == "string" and script ~= "-" and script or nil
end

local function need_history(where)
  if history.count() == 0 then
    raise("%s: nothing was typed at the prompt in this session", where)
  end
end

-- ---------------------------------------------------------------- save ----

local OVERWRITE <const> = { name = "overwrite", kind = "boolean", default = false,
                            help = "replace a file that this session did not write" }
local SAVE_OPTIONS <const> = { OVERWRITE }

local function script_text()
  local text, count = history.script(own, first_script())
  return ("-- Session of %s, vitrum %s. What failed stands as a comment.\n%s"
    .. "local vt = require \"vitrum\"\n\n%s"):format(history.started(), vt.version,
      history.wrote() and "-- It writes files, which must not exist: run it in an empty folder.\n"
      or "", text), count
end

---Write what was typed as a script.
---@param path string
---@param given table?
---@return string path
local function save(path, given)
  history.leave_out()
  local o = options.check("session.save", SAVE_OPTIONS, given)
  options.argument("session.save", "the file name", "string", path)
  need_history "session.save"
  local text, count = script_text()
  if not path:find "%.lua$" then path = path .. ".lua" end
  files.write(path, text, { overwrite = o.overwrite, where = "session.save" })
  print(("%s in %s; vitrum %s does the same again%s"):format(texts.count(count, "statement"),
    path, path, history.wrote() and " (it writes files: run it in an empty folder)" or ""))
end

-- ---------------------------------------------------------------- report ----

local REPORT_OPTIONS <const> = {
  { name = "title", kind = "string", help = "of the page; by default the date" }, OVERWRITE,
}

---Write the figures of the session, and what was typed, as a page.
---@param path string?
---@param given table?
---@return string path
local function report(path, given)
  history.leave_out()
  if type(path) == "table" and given == nil then path, given = nil, path end
  local o = options.check("session.report", REPORT_OPTIONS, given)
  path = options.argument("session.report", "the file name", "string", path, "session.html")
  need_history "session.report"
  if not path:find "%.html?$" then path = path .. ".html" end
  files.check_target(path, o.overwrite, "session.report")
  local page = vt.report{ title = o.title or "Session of " .. history.started() }
  if figures.count() > 0 then
    page:section "Figures"
    figures.add_to(page)
  end
  page:section "What was typed"
  page:code((script_text()))
  page:provenance{ { "program", "vitrum " .. vt.version }, { "threads", tostring(vt.threads()) },
                   { "kernels", vt.simd() } }
  page:save(path, { overwrite = true })
  return path
end

-- ---------------------------------------------------------------- objects ----

-- The user's variables, kept locals before globals of the same name.
local function variables()
  local list = {}
  for name, value in next, _G do
    if type(name) == "string" and not own[name] and name:find "^[%a_][%w_]*$" then
      list[name] = value
    end
  end
  for name, value in next, environment do
    if name ~= "_" and not (own[name] and rawequal(value, rawget(_G, name))) then
      list[name] = value -- not local vt = require "vitrum"
    end
  end
  return list
end

local exit <const> = os.exit
local folder -- to which the objects go at the end; nil: nowhere

local function save_objects()
  if not folder then return end
  local target = folder
  folder = nil -- once, also when it fails
  local names, others = objects.save(target, variables())
  io.stderr:write(("saved in %s: %s; vt.session.restore %q takes them up again\n"):format(target,
    #names > 0 and table.concat(names, ", ") or "nothing", target))
  if #others > 0 then
    io.stderr:write(("not saved: %s\n"):format(session.plain(table.concat(others, ", "))))
  end
end

---Save atoms, arrays and plain values of the session when the program ends.
---@param target any true, a folder, or false for no longer
---@return string? folder
local function autosave(target)
  history.leave_out()
  if target == false then
    folder, session.at_exit = nil, nil
    rawset(os, "exit", exit)
    return nil
  end
  if target == nil or target == true then target = "session" end
  if type(target) ~= "string" or target == "" or target:find "%c" then
    raise("session.autosave: give true, false or the name of a folder, not %s",
      numbers.show(target))
  end
  objects.prepare(target)
  folder, session.at_exit = target, save_objects
  rawset(os, "exit", function(...)
    local ok, message = pcall(save_objects)
    if not ok then io.stderr:write("vitrum: ", tostring(message), "\n") end
    exit(...)
  end)
  return target
end

local RESTORE_OPTIONS <const> = {
  { name = "overwrite", kind = "boolean", default = false,
    help = "also variables that have a value now" },
}

---Take up the variables of an earlier session as globals.
---@param from string? folder
---@param given table?
local function restore(from, given)
  history.leave_out()
  local o = options.check("session.restore", RESTORE_OPTIONS, given)
  from = options.argument("session.restore", "the folder", "string", from, "session")
  local found, names = objects.load(from), {}
  for name in pairs(found) do
    if own[name] then
      raise("session.restore: '%s' in %s is a name of Lua's or vitrum's own", name, from)
    elseif not o.overwrite and (rawget(_G, name) ~= nil or rawget(environment, name) ~= nil) then
      raise("session.restore: '%s' has a value now; set it to nil, or overwrite = true", name)
    end
    names[#names + 1] = name
  end
  for name, value in pairs(found) do
    environment[name] = nil
    rawset(_G, name, value)
  end
  table.sort(names)
  print("restored: " .. (#names > 0 and table.concat(names, ", ") or "nothing"))
end

-- ---------------------------------------------------------------- for the prompt ----

---The prompt begins: from here on figures are kept.
---@param locals table its kept locals
---@param line fun(): string? what is being typed
function notebook.start(locals, line)
  environment = locals
  figures.start(line)
end

vt.session = { save = save, report = report, autosave = autosave, restore = restore }

help.document("session.save", {
  signature = "vt.session.save(path, [options])",
  summary = "Writes what was typed at the prompt as a script that does the same. Values that the "
    .. "prompt showed are printed; locals, which last for the session there, become globals; what "
    .. "failed stands as a comment; help and calls of vt.session are left out. A script that "
    .. "writes files is to be run in an empty folder, for it replaces none. After "
    .. "vitrum -i script.lua the script runs that one first.",
  options = SAVE_OPTIONS,
  example = 'vt.session.save "monday.lua"',
  terms = "save the session; history; log of commands; script of the session",
  see = "session.report; prompt; protocol",
})
help.document("session.report", {
  signature = "vt.session.report([path], [options]) -> path",
  summary = "Writes a page with the figures that vt.plot drew in this session, in the terminal or "
    .. "to files, the pictures of glass:picture and the views of vt.view, the last 60 in all, and "
    .. "what was typed; session.html unless named. Of views the last 64 MB are kept; older ones "
    .. "are named with their files.",
  options = REPORT_OPTIONS,
  example = 'vt.session.report("monday.html", { title = "Two glasses" })',
  terms = "lab notebook; notebook; report of the session; figures of the session",
  see = "report; session.save; Atoms:picture; view",
})
help.document("session.autosave", {
  signature = "vt.session.autosave([folder | false]) -> folder",
  summary = "Saves the atoms, arrays, numbers, texts and truth values in the variables of the "
    .. "session to a folder (session unless named) when the program ends; false ends that. What "
    .. "the folder holds of an earlier time is replaced; variables that cannot be saved are named "
    .. "with the reason. Dynamics and lattices have checkpoints of their own; SIGTERM and SIGKILL "
    .. "leave no time for it.",
  example = 'vt.session.autosave "monday"',
  terms = "autosave; save the workspace; workspace; save variables",
  see = "session.restore; MD:save",
})
help.document("session.restore", {
  signature = "vt.session.restore([folder], [options])",
  summary = "Takes up the variables that vt.session.autosave saved, as globals. Potentials are "
    .. "read again from their files; where that cannot be, a warning says so.",
  options = RESTORE_OPTIONS,
  example = 'vt.session.restore "monday"',
  terms = "restore the workspace; workspace; load variables",
  see = "session.autosave",
})

return notebook
