-- Studies: one protocol or function for several cases and seeds, side by side in processes.
--
--     local r = vt.study{ name = "rates", run = quench, seeds = 3,
--       cases = { { name = "1e12", x = 1e12, cooling_rate = 1e12 },
--                 { name = "1e13", x = 1e13, cooling_rate = 1e13 } },
--       statements = { { "Tg", "rises", paper = "Fig. 1" } } }
--     print(r.cases[1].mean.Tg, r.cases[1].error.Tg, r.trends.Tg.word)
--
-- Each pair of a case and a seed is a member. What its run returns is saved; measures are taken
-- from that each time, so changing what is measured needs no new runs.

local document = require("vitrum.prompt.help").document
local json = require "vitrum.base.json"
local members = require "vitrum.study.members"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local pages = require "vitrum.study.pages"
local pool = require "vitrum.study.pool"
local state = require "vitrum.study.state"
local summary = require "vitrum.study.summary"
local system = require "vitrum.system"

local raise <const>, refuse <const> = options.raise, options.refuse

local SPEC <const> = {
  { name = "cases", kind = "table", required = true,
    help = "list of { name =, x =, label =, ... }; x is the place on the axis, label replaces "
      .. "the name in figures, all other keys go to `run`" },
  { name = "seeds", kind = "value", default = 1,
    help = "number of seeds (1, 2, ...), or a list of them" },
  { name = "run", kind = "value", required = true,
    help = "a protocol, which gets the keys of the case and the seed as parameters; or a "
      .. "function(case, seed, folder) that returns a table of plain values" },
  { name = "measure", kind = "function",
    help = "function(result, case, seed) that returns { name = number, name = { number, \"unit\" } "
      .. "}; by default the results of the protocol, or all numbers that the function returned" },
  { name = "statements", kind = "table", default = {},
    help = "list of { measure, \"rises\" | \"falls\" | other words, paper =, label = }: what is "
      .. "expected along x, and which paper says so" },
  { name = "name", kind = "string", default = "study", help = "short name" },
  { name = "title", kind = "string", help = "of report.html" },
  { name = "out", kind = "string", help = "folder; default: the name" },
  { name = "jobs", kind = "count",
    help = "members at a time; default: the number of threads, divided by `threads` if given" },
  { name = "threads", kind = "count", help = "of each member; default: all threads / jobs" },
  { name = "xlabel", kind = "string", help = "of the axis of the figures, with unit" },
  { name = "scale", choices = { "linear", "log", "rank" },
    help = "of x for trends and figures; default: log for positive x that span a factor of ten" },
  { name = "level", kind = "positive", default = 2,
    help = "standard deviations that a trend must reach (2: by chance in 4.6 % of cases)" },
  { name = "report", kind = "value", default = true,
    help = "false for no report.html; function(page, study) adds to it" },
  { name = "resume", kind = "boolean",
    help = "true: keep members that another version of the script ran; those of a protocol go on" },
  { name = "overwrite", kind = "boolean", default = false,
    help = "replace what an earlier study wrote to the folder" },
  { name = "quiet", kind = "boolean", default = false, help = "print nothing" },
}

-- ---------------------------------------------------------------- running ----

-- How many processes with how many threads.
local function shares(o, count)
  local all = require("vitrum").threads()
  local jobs = o.jobs or math.max(1, o.threads and all // o.threads or all)
  jobs = math.min(jobs, count)
  return jobs, o.threads or math.max(1, all // math.max(jobs, 1))
end

-- The body of a member's process.
local function task_of(study, member, threads)
  return { name = member.name, log = member.path .. ".log", member = member, run = function()
    require("vitrum").threads(threads)
    math.randomseed(member.seed)
    local result, left_out = members.plain(study.work.run(member))
    local text = json.encode({ program = "vitrum", member = member.name, result = result,
                               work_sha256 = study.work.sha256, left_out = left_out },
                             "the result")
    local ok, message = system.write(member.path .. ".json", text)
    if not ok then refuse("%s", message) end
  end }
end

local function say(study, format, ...)
  if not study.quiet then print(options.format("study", format, ...)) end
end

local function title_of(member)
  return ("%s, seed %d"):format(member.case.name, member.seed)
end

-- Take the result that a member left; whether it left one.
local function take(study, member)
  local kept = state.result(member.path .. ".json")
  if not kept then return false end
  if kept.work_sha256 ~= nil and kept.work_sha256 ~= study.work.sha256 and not study.resume then
    refuse("%s in %s was run by another version of the script %s, which has changed since, %s: "
      .. "overwrite=true runs the whole study again, resume=true keeps what is done and goes on",
      title_of(member), study.folder, study.work.script, study.work.changed)
  end
  member.result, member.problem = kept.result, nil
  if kept.left_out and not study.left_out then
    say(study, "%s: only plain values of the result are kept; left out: %s", title_of(member),
      kept.left_out)
    study.left_out = true
  end
  return true
end

-- Keep the file of what was printed, unless nothing was.
local function tidy(member)
  local log = member.path .. ".log"
  local file = io.open(log, "rb")
  local empty = file and file:read(1) == nil
  if file then file:close() end
  if empty then os.remove(log) end
  os.remove(member.path) -- an empty folder
end

local function record(study)
  local list = {}
  for k, member in ipairs(study.members) do
    list[k] = { name = member.name, case = member.case.name, seed = member.seed,
                status = member.result and "finished" or member.problem and "failed" or "open",
                problem = member.problem }
  end
  study.record.members = list
  state.save(study.folder, study.record)
end

local function run_members(study, tasks, jobs, o)
  local vt = require "vitrum"
  local total, done, rehearsed = #study.members, #study.members - #tasks, false
  local bar <close> = not study.quiet
    and vt.progress(study.name, total, { whole = true, before = done, rate_scale = 3600,
                                         rate_unit = "members/h" }) or nil
  pool.run(tasks, jobs, function(task)
    local member = task.member
    if not task.problem and not take(study, member) then
      task.problem = "the process ended before it had a result"
    end
    -- The advice of a protocol is for those who run it alone.
    member.problem = task.problem and task.problem:gsub("%. The run is saved in .*$", "")
    tidy(member)
    record(study)
    done = done + 1
    if bar then bar:update(done, study.name) end
    if member.problem then
      say(study, "%s failed: %s", title_of(member), member.problem)
    else
      say(study, "%s done (%d of %d)", title_of(member), done, total)
      local wrong = not rehearsed and summary.problem(study, member, o)
      if wrong then say(study, "%s; the other members go on", wrong) end
      rehearsed = true
    end
  end)
end

-- ---------------------------------------------------------------- the study ----

local function finished(study)
  local count = 0
  for _, member in ipairs(study.members) do count = count + (member.result and 1 or 0) end
  return count
end

-- Raise what stopped the study; after an interrupt, say how to go on.
local function stopped(study, problem)
  if not system.interrupted() then error(problem, 0) end
  system.interrupted(false) -- laid aside
  pcall(function()
    for _, member in ipairs(study.members) do
      if not member.result then
        take(study, member)
        tidy(member)
      end
    end
    record(study)
  end)
  system.interrupted(true)
  refuse("interrupted. The study is saved in %s, %d of %d members are done: give the same command "
    .. "again%s and it goes on from there", study.folder, finished(study), #study.members,
    study.overwrite and " without overwrite=true" or "")
end

local function failures_of(study)
  local list = {}
  for _, member in ipairs(study.members) do
    if member.problem then
      list[#list + 1] = { member = member.name, case = member.case.name, seed = member.seed,
                          problem = member.problem }
    end
  end
  return list
end

local function work(study, o)
  local tasks = {}
  for _, member in ipairs(study.members) do
    if not take(study, member) then tasks[#tasks + 1] = member end
  end
  local jobs, threads = shares(o, #tasks)
  for k, member in ipairs(tasks) do tasks[k] = task_of(study, member, threads) end
  record(study)
  if #tasks > 0 then
    say(study, "%s: %d members in %s, %s%d at a time with %s", study.name, #study.members,
      study.folder, #tasks < #study.members and ("%d to run, "):format(#tasks) or "", jobs,
      threads == 1 and "1 thread each" or ("%d threads each"):format(threads))
    run_members(study, tasks, jobs, o)
  end
  local failures = failures_of(study)
  if #failures == #study.members then
    state.discard(study.folder, study.record)
    refuse("all %d members of the study %s failed, the first (%s) with: %s", #failures, study.name,
      title_of(study.members[1]), failures[1].problem)
  end
  local result = summary.of(study, o)
  result.failures = failures
  result.files = pages.write(study, result, o)
  if not study.quiet then print(tostring(result)) end
  return result
end

---Run a study.
---@param given table see help "study"
---@return vitrum.Study
local function run(given)
  local o = options.check("study", SPEC, given)
  if o.report ~= false and o.report ~= true and type(o.report) ~= "function" then
    raise("study: option 'report' must be false or a function(page, study), got %s",
      numbers.show(o.report))
  end
  local folder = (o.out or o.name):gsub("(.)/+$", "%1")
  local study = members.of(o, folder)
  study.name, study.folder, study.quiet, study.resume = o.name, folder, o.quiet, o.resume
  study.overwrite = o.overwrite
  summary.check(o)
  study.record = { program = "vitrum", version = require("vitrum").version, study = o.name,
                   work = study.work.text, script = study.work.script, seeds = study.seeds,
                   cases = study.recorded, started = state.date(), members = {} }
  local lock <close> = state.open(folder, study.record, o.overwrite) -- luacheck: ignore lock
  local ok, outcome = pcall(work, study, o)
  if not ok then stopped(study, outcome) end
  return outcome
end

document("study", {
  terms = "replicas; independent samples; seeds; average over samples; ensemble average; "
    .. "parallel runs; error bar",
  see = "study.sweep",
  signature = "vt.study{ cases =, run =, seeds =, measure =, statements = } -> study",
  summary = "Runs a protocol or a function for several cases and seeds, side by side in processes, "
    .. "and gives the mean and the standard error of every measure over the seeds of a case, and "
    .. "whether it rises or falls from case to case: study.cases[k].mean.Tg, .error.Tg, "
    .. ".values.Tg; study.trends.Tg.word is 'rises', 'falls', 'not resolved' or 'not judged'. "
    .. "Writes study.csv, members.csv and report.html. Given again, the same command runs "
    .. "what is missing or failed; more cases and seeds may be added. A function that has changed "
    .. "since is refused, unless resume or overwrite says what becomes of the members before. "
    .. "study.failures lists what failed.",
  options = SPEC,
  example = 'local r = vt.study{ name = "sizes", seeds = 3,\n'
    .. "  cases = { { name = \"32\", x = 32, n = 32 }, { name = \"64\", x = 64, n = 64 } },\n"
    .. "  run = function(case, seed)\n"
    .. "    return vt.stz.lattice{ n = case.n, seed = seed }:tension{ plastic = 0.01 }:measures()\n"
    .. "  end }\n"
    .. "print(r.cases[1].mean.yield_stress, r.trends.yield_stress.word)",
})

local study = { sweep = function(...) return require("vitrum.study.sweep").run(run, ...) end }

document("study.sweep", {
  terms = "parameter sweep; parameter scan",
  see = "study",
  signature = "vt.study.sweep(protocol, fixed, lists, [seeds], [options]) -> study",
  summary = "Runs a protocol for all combinations of the values in lists, { cooling_rate = { 1e12, "
    .. "1e13 } }, each with the same seeds; fixed holds its other parameters. The longest list of "
    .. "numbers is the x axis, or the one that options.along names; the other lists make groups, "
    .. "for which one common slope is judged. Takes the other options of vt.study.",
  example = 'local quench = dofile "scripts/quench.lua"\n'
    .. "local r = vt.study.sweep(quench, { atoms = 500 }, { cooling_rate = { 1e13, 1e14 } }, 3)",
})

require("vitrum").study = setmetatable(study, { __call = function(_, given) return run(given) end })

return study
