-- Studies: members in processes of their own, means and trends, what goes on after what went wrong.
local child = require "child"
local lu = require "luaunit"
local system = require "vitrum.system"
local trend = require "vitrum.study.trend"
local vt = require "vitrum"

local function message_of(f, ...)
  local ok, message = pcall(f, ...)
  lu.assertFalse(ok)
  return message
end

-- ---------------------------------------------------------------- trends ----

TestTrend = {}

-- Points with these values at x = 1, 2, 3, ...
local function points(list, group)
  local result = {}
  for k, values in ipairs(list) do
    result[k] = { x = k, name = "case " .. k, mean = vt.statistics.mean(values), count = #values,
                  error = #values > 1 and vt.statistics.standard_error(values) or nil,
                  group = group }
  end
  return result
end

-- Closed forms of Student's distribution for 1, 2 and 4 degrees of freedom.
function TestTrend.test_chance_is_that_of_student()
  for _, t in ipairs { 0.1, 1, 2.5, 12, 300 } do
    lu.assertAlmostEquals(trend.chance(t, 1), 1 - 2 / math.pi * math.atan(t), 1e-13)
    lu.assertAlmostEquals(trend.chance(t, 2), 1 - t / math.sqrt(2 + t * t), 1e-13)
    local u = t * t / (4 + t * t)
    lu.assertAlmostEquals(trend.chance(t, 4), 1 - math.sqrt(u) * (3 - u) / 2, 1e-13)
    lu.assertAlmostEquals(trend.chance(-t, 4), trend.chance(t, 4), 1e-15)
  end
  -- Many degrees of freedom: the two-sided tail of the normal distribution beyond 2.
  lu.assertAlmostEquals(trend.chance(2, 1e6), 0.04550026, 1e-6)
end

-- Three cases with the means 2, 3, 4, each with the error 1 / sqrt 3 from three values: the slope
-- is 1, its error sqrt(2 / 4 / 3), and as all errors weigh the same it has 4 degrees of freedom.
function TestTrend.test_slope_and_error_by_hand()
  local t = trend.judge(points { { 1, 2, 3 }, { 2, 3, 4 }, { 3, 4, 5 } }, "linear", 2)
  lu.assertAlmostEquals(t.slope, 1, 1e-15)
  lu.assertAlmostEquals(t.error, math.sqrt(1 / 6), 1e-15)
  lu.assertAlmostEquals(t.freedom, 4, 1e-12)
  lu.assertAlmostEquals(t.chance, 1 - math.sqrt(0.6) * 1.2, 1e-13) -- u = 6 / 10: 7.0 %
  lu.assertEquals(t.word, "not resolved") -- above the 4.6 % of two standard deviations,
  lu.assertEquals(t.note, "3 seeds are too few to tell")
  t = trend.judge(points { { 1, 2, 3 }, { 2, 3, 4 }, { 3, 4, 5 } }, "linear", 1.8)
  lu.assertEquals(t.word, "rises") -- below the 7.2 % of 1.8
  lu.assertNil(t.note)
end

function TestTrend.test_words()
  local function word(list, scale) return trend.judge(points(list), scale or "linear", 2).word end
  lu.assertEquals(word { { 1, 1.1 }, { 2, 2.1 }, { 3, 3.1 } }, "rises")
  lu.assertEquals(word { { 3, 3.1 }, { 2, 2.1 }, { 1, 1.1 } }, "falls")
  lu.assertEquals(word { { 1, 3 }, { 2, 4 }, { 1, 2 } }, "not resolved")
  lu.assertEquals(word { { 1 }, { 2 } }, "not judged")
  lu.assertEquals(word { { 1, 2 } }, "not judged")
  -- Seeds that agree leave nothing to chance; equal means are equal to the last bit.
  lu.assertEquals(word { { 1, 1 }, { 1.5, 1.5 } }, "rises")
  lu.assertEquals(word { { 0.1, 0.1 }, { 0.1, 0.1 }, { 0.1, 0.1 } }, "not resolved")
  local one = trend.judge(points { { 1 }, { 2 } }, "linear", 2)
  lu.assertEquals(one.note, "one seed")
end

function TestTrend.test_scales()
  lu.assertEquals(trend.scale { 1e12, 1e13 }, "log")
  lu.assertEquals(trend.scale { 1, 9.9 }, "linear")
  lu.assertEquals(trend.scale { -1, 100 }, "linear")
  local list = points { { 1, 1.2 }, { 2, 2.2 }, { 3, 3.2 } }
  for k, point in ipairs(list) do point.x = 10.0 ^ (3 * k) end
  lu.assertAlmostEquals(trend.judge(list, "log", 2).slope, 1 / 3, 1e-12)
  lu.assertAlmostEquals(trend.judge(list, "rank", 2).slope, 1, 1e-12)
end

-- Two groups far apart with the slopes 1 and 2: pooled 1.5. Without groups it would be another.
function TestTrend.test_groups_have_one_slope_and_their_own_heights()
  local list = points({ { 1, 1.2 }, { 2, 2.2 } }, "a")
  table.move(points({ { 101, 101.2 }, { 103, 103.2 } }, "b"), 1, 2, 3, list)
  lu.assertAlmostEquals(trend.judge(list, "linear", 2).slope, 1.5, 1e-12)
end

function TestTrend.test_steps_against_the_trend_are_named()
  local t = trend.judge(points { { 1, 1.01 }, { 5, 5.01 }, { 4, 4.01 } }, "linear", 2)
  lu.assertEquals(t.word, "rises")
  lu.assertEquals(t.note, "but falls from case 2 to case 3")
end

function TestTrend.test_agreement_with_what_was_expected()
  lu.assertEquals(trend.agreement("rises, and saturates", "rises"), "yes")
  lu.assertEquals(trend.agreement("falls", "rises"), "no")
  lu.assertEquals(trend.agreement("falls", "not resolved"), "open")
  lu.assertNil(trend.agreement("similar", "rises"))
end

-- ---------------------------------------------------------------- processes ----

TestProcess = {}

function TestProcess:setUp()
  self.folder = child.folder()
  self.log = self.folder .. "/log"
end

function TestProcess:tearDown() child.remove(self.folder) end

-- What a process said, and how it ended.
function TestProcess:run(f)
  local process = assert(system.fork(f, self.log))
  local said = {}
  while true do
    lu.assertEquals(system.await { process }, 1)
    local piece = process:read()
    if not piece then break end
    said[#said + 1] = piece
  end
  return table.concat(said), process:finish()
end

function TestProcess:test_how_a_process_ends()
  local said, how, code = self:run(function() print "printed" end)
  lu.assertEquals({ said, how, code }, { "", "exit", 0 })
  lu.assertEquals(child.read(self.log), "printed\n")
  said, how, code = self:run(function() error("it failed", 0) end)
  lu.assertEquals({ said, how, code }, { "it failed", "exit", 1 })
  said, how, code = self:run(function() os.exit(7, true) end)
  lu.assertEquals({ said, how, code }, { "", "exit", 7 })
  said, how, code = self:run(function() io.popen("kill -9 $PPID"):read "a" end)
  lu.assertEquals({ said, how, code }, { "", "signal", 9 })
  said = self:run(function() error(("x"):rep(100000), 0) end) -- more than a pipe holds
  lu.assertEquals(#said, 100000)
end

function TestProcess:test_an_interrupt_ends_a_process_with_its_message()
  local process = assert(system.fork(function() while true do end end, self.log))
  lu.assertNil(system.await({ process }, 0))
  process:interrupt()
  lu.assertEquals(system.await { process }, 1)
  lu.assertStrContains(process:read(), "interrupted")
  lu.assertNil(process:read())
  local how, code = process:finish()
  lu.assertEquals({ how, code }, { "exit", 130 })
  lu.assertEquals(tostring(process), "process, ended")
  lu.assertErrorMsgContains("its end is known already", process.finish, process)
  lu.assertErrorMsgContains("Process expected", process.finish, {})
end

-- Neither the lock nor what waits to be written is the copy's.
function TestProcess:test_what_the_parent_holds_stays_its_own()
  local path = self.folder .. "/text"
  local lock <close> = system.lock(self.folder) -- luacheck: ignore lock
  local file = assert(io.open(path, "w"))
  file:write "once"
  self:run(function()
    lock:close()
    collectgarbage()
  end)
  self:run(function() os.exit(true, true) end)
  file:close()
  lu.assertEquals(child.read(path), "once")
  local other = system.fork(function()
    local again = system.lock(self.folder)
    os.exit(again == nil and 3 or 4)
  end, self.log)
  lu.assertNil(other:read())
  lu.assertEquals(select(2, other:finish()), 3)
end

-- A trajectory that is read ahead by a thread of the parent is of no use in a copy, and harmless.
function TestProcess:test_a_trajectory_of_the_parent_is_refused_in_a_copy()
  local path = self.folder .. "/a.dump"
  local atoms = vt.atoms.fcc { species = "Cu", a = 3.6, cells = { 2, 2, 2 } }
  for step = 1, 4 do atoms:save(path, { info = { timestep = step }, append = step > 1 }) end
  local threads = vt.threads()
  vt.threads(2)
  local frames = vt.atoms.frames(path)
  frames()
  frames()
  local said = self:run(function() frames() end)
  lu.assertStrContains(said, "opened before the process was forked; open it again")
  lu.assertNotNil(frames())
  vt.threads(threads)
end

-- Threads of the parent do not exist in a copy; it starts its own, and finds the same bits.
function TestProcess:test_dynamics_in_a_copy_is_that_of_the_parent()
  local function energy()
    local atoms = vt.atoms.fcc { species = "Ar", a = 5.3, cells = { 8, 8, 8 } }
    atoms.potential = vt.potential.lj { species = "Ar", epsilon = 0.0104, sigma = 3.4 }
    vt.md(atoms, { ensemble = "nvt", temperature = 300, seed = 1 }):run { time = 0.02 }
    return ("%a"):format(atoms:energy())
  end
  local threads = vt.threads()
  vt.threads(2)
  local here = energy()
  local said = self:run(function() error(energy(), 0) end)
  vt.threads(threads)
  lu.assertEquals(said, here)
end

-- ---------------------------------------------------------------- studies ----

TestStudy = {}

function TestStudy:setUp()
  self.folder = child.folder()
  self.out = self.folder .. "/out"
end

function TestStudy:tearDown() child.remove(self.folder) end

-- A study of a function in the folder, with these options changed.
function TestStudy:study(changes)
  local o = { name = "test", out = self.out, quiet = true, report = false, seeds = 3,
              cases = { { name = "a b", x = 1, k = 1 }, { name = "c", x = 2, k = 2 } },
              run = function(case, seed) return { energy = case.k + seed / 10 } end }
  for key, value in pairs(changes or {}) do o[key] = value end
  return vt.study(o)
end

function TestStudy:test_means_errors_trends_and_files()
  local r = self:study {
    run = function(case, seed)
      return { energy = -case.k + seed / 10, Tg = { 700 + seed, "K" }, list = vt.array { 1, 2 },
               word = "none", inner = { 1, 2, 3 } }
    end,
    statements = { { "energy", "falls", paper = "Fig. 1" }, { "Tg", "similar" } },
    report = function(page, study) page:section(study.name .. ", added") end,
  }
  lu.assertEquals(r.measures, { "Tg", "energy" })
  lu.assertEquals(r.units, { Tg = "K" })
  local first = r.cases[1]
  lu.assertAlmostEquals(first.mean.energy, -0.8, 1e-15)
  lu.assertAlmostEquals(first.error.energy, 0.1 / math.sqrt(3), 1e-15)
  lu.assertEquals(first.values.Tg, { 701, 702, 703 })
  lu.assertEquals(first.seeds, { 1, 2, 3 })
  lu.assertEquals(first.results[1].list, { 1.0, 2.0 })
  lu.assertEquals(r.trends.energy.word, "falls")
  lu.assertAlmostEquals(r.trends.energy.slope, -1, 1e-14)
  lu.assertEquals(r.trends.Tg.word, "not resolved")
  lu.assertEquals(r.statements[1].agrees, "yes")
  lu.assertEquals(r.failures, {})
  local text = tostring(r)
  lu.assertStrContains(text, "a b    702.00 +- 0.58  -0.800 +- 0.058")
  lu.assertStrContains(text, "energy: falls (-1.000 +- 0.082 per unit); expected: falls (Fig. 1)")
  local cases = vt.csv.read(self.out .. "/study.csv")
  lu.assertEquals(cases.Tg:totable(), { 702.0, 702.0 })
  lu.assertEquals(cases.units.Tg, "K")
  local rows = vt.csv.read(self.out .. "/members.csv")
  lu.assertEquals(rows.seed:totable(), { 1.0, 2.0, 3.0, 1.0, 2.0, 3.0 })
  lu.assertEquals(rows.case[1], "a b")
  lu.assertAlmostEquals(rows.energy[6], -1.7, 1e-15)
  local page = child.read(self.out .. "/report.html")
  for _, words in ipairs { "<svg", "Fig. 1", "agrees", "test, added", "k = 2" } do
    lu.assertStrContains(page, words)
  end
  lu.assertItemsEquals(system.list(self.out),
                  { "a-b-seed1.json", "a-b-seed2.json", "a-b-seed3.json", "c-seed1.json",
                    "c-seed2.json", "c-seed3.json", "members.csv", "report.html", "study.csv",
                    "study.json" })
end

-- Each member leaves a mark when it runs.
function TestStudy:test_a_study_goes_on_with_what_is_missing()
  local marks = self.folder .. "/marks"
  local function run(case, seed)
    local file <close> = assert(io.open(marks, "a"))
    file:write(("%s%d "):format(case.name, seed))
    return { energy = seed }
  end
  local function marked()
    local list = {}
    for word in (child.read(marks) or ""):gmatch "%S+" do list[#list + 1] = word end
    os.remove(marks)
    return #list
  end
  local cases = { { name = "a", k = 1 }, { name = "b", k = 2 } }
  self:study { run = run, cases = cases, seeds = 2 }
  lu.assertEquals(marked(), 4)
  self:study { run = run, cases = cases, seeds = 2 }
  lu.assertEquals(marked(), 0)
  os.remove(self.out .. "/b-seed1.json")
  self:study { run = run, cases = cases, seeds = 2 }
  lu.assertEquals(marked(), 1)
  -- More seeds and more cases; and another measure costs nothing.
  cases[3] = { name = "c", k = 3 }
  local r = self:study { run = run, cases = cases, seeds = { 1, 2, 7 },
                         measure = function(result) return { twice = 2 * result.energy } end }
  lu.assertEquals(marked(), 5)
  lu.assertEquals(r.cases[3].values.twice, { 2, 4, 14 })
  r = self:study { run = run, cases = { { name = "a", k = 5 } }, seeds = 1, overwrite = true }
  lu.assertEquals(marked(), 1)
  lu.assertEquals(#r.cases, 1)
  lu.assertNil(system.kind(self.out .. "/b-seed1.json"))
end

function TestStudy:test_another_study_in_the_folder_is_refused()
  self:study()
  local function refused(changes, words)
    local message = message_of(self.study, self, changes)
    lu.assertStrContains(message, "holds a study that differs: " .. words)
    lu.assertStrContains(message, "overwrite=true")
  end
  refused({ cases = { { name = "a b", x = 1, k = 1 }, { name = "c", x = 2, k = 2.5 } } },
          "in the case 'c' k is 2 there and 2.5 now")
  refused({ cases = { { name = "a b", x = 1, k = 1, m = "x" }, { name = "c", x = 2, k = 2 } } },
          "in the case 'a b' m is not given there and x now")
  refused({ cases = { { name = "a b", k = 1 } } },
          "the case 'c' is there but not among those now")
  refused({ seeds = { 1, 2 } }, "the seed 3 is there but not among those now")
  refused({ run = self:tiny(), cases = { { name = "c", atoms = 3 } } },
          "it runs a function there and the protocol tiny now")
  child.write(self.out .. "/study.json", '{ "program": "vitrum", "study": 3 }')
  lu.assertStrContains(message_of(self.study, self), "not the state of a vitrum study (its entry")
  child.write(self.out .. "/study.json", "[")
  lu.assertStrContains(message_of(self.study, self), "study.json is not a file of a vitrum study")
end

function TestStudy:test_a_folder_of_others_is_left_alone()
  system.make_folder(self.out)
  child.write(self.out .. "/mine.txt", "mine")
  lu.assertStrContains(message_of(self.study, self), "this study did not write (mine.txt)")
  self:study { overwrite = true }
  self:study { overwrite = true }
  lu.assertEquals(child.read(self.out .. "/mine.txt"), "mine")
  lu.assertStrContains(message_of(self.study, self, { out = self.out .. "/mine.txt" }),
                       "is a file, not a folder")
  local lock <close> = system.lock(self.out) -- luacheck: ignore lock
  lu.assertStrContains(message_of(self.study, self), "held by another process; this study")
end

-- One member raises, one is killed, one ends its process: the others have results.
function TestStudy:test_failures_of_members_are_theirs_alone()
  local mended = false
  local function run(case, seed, folder)
    child.write(folder .. "/note", "kept")
    if mended or case.name == "good" then return { energy = seed } end
    if case.name == "raises" then error("bad luck", 0) end
    if case.name == "killed" then io.popen("kill -9 $PPID"):read "a" end
    if case.name == "leaves" then os.exit(0) end
    if case.name == "nothing" then return nil end
    if case.name == "silent" then error(setmetatable({}, { __tostring = error })) end
  end
  local cases = {}
  for k, name in ipairs { "good", "raises", "killed", "leaves", "nothing", "silent" } do
    cases[k] = { name = name, x = k }
  end
  local r = self:study { run = run, cases = cases, seeds = 2, jobs = 3, report = true }
  lu.assertEquals(#r.failures, 10)
  local problem = {}
  for _, failure in ipairs(r.failures) do problem[failure.case] = failure.problem end
  lu.assertEquals(problem.raises, "bad luck")
  lu.assertStrContains(problem.killed, "killed by signal 9 (Killed), by somebody or by the system")
  lu.assertStrContains(problem.leaves, "the process ended before it had a result")
  lu.assertStrContains(problem.nothing, "run returned nothing")
  lu.assertNotNil(problem.silent)
  lu.assertEquals(r.cases[1].mean.energy, 1.5)
  lu.assertNil(r.cases[2].mean.energy)
  lu.assertStrContains(tostring(r), "raises, seed 1 failed: bad luck")
  lu.assertStrContains(child.read(self.out .. "/report.html"), "bad luck")
  lu.assertStrContains(child.read(self.out .. "/study.json"), '"status": "failed"')
  lu.assertEquals(vt.csv.read(self.out .. "/members.csv").seed:totable(), { 1.0, 2.0 })
  mended = true
  r = self:study { resume = true, run = run, cases = cases, seeds = 2 }
  lu.assertEquals(#r.failures, 0)
  lu.assertEquals(r.cases[6].values.energy, { 1, 2 })
end

function TestStudy:test_when_all_fail_the_study_does()
  local message = message_of(self.study, self, { run = function() error("no luck", 0) end })
  lu.assertEquals(message, "all 6 members of the study test failed, the first (a b, seed 1) with: "
    .. "no luck")
  lu.assertNil(system.kind(self.out)) -- nothing is in the way of the corrected command
end

function TestStudy:test_a_full_disk_is_a_failure_with_a_message()
  local r = self:study { run = function(case, seed, folder)
    -- Where the result goes there is a folder: it cannot be written.
    if seed == 2 then system.make_folder(folder .. ".json/in the way") end
    return { energy = case.k }
  end }
  lu.assertEquals(#r.failures, 2)
  lu.assertStrContains(r.failures[1].problem, "a-b-seed2.json")
end

function TestStudy:test_wrong_cases_seeds_and_measures()
  local good = { name = "a", k = 1 }
  local function wrong(changes, words)
    lu.assertStrContains(message_of(self.study, self, changes), words)
    lu.assertNil(system.kind(self.out))
  end
  wrong({ cases = {} }, "the list of cases is empty")
  wrong({ cases = { good, { name = "a", k = 2 } } }, "two cases have the name 'a'")
  wrong({ cases = { {} } }, "case 1 needs a name")
  wrong({ cases = { good, 3 } }, "case 2 must be a table")
  wrong({ cases = { good, { name = "b", x = 1 } } }, "case 'b' has an x, others have none")
  wrong({ cases = { { name = "b", x = 0 / 0 } } }, "x must be a finite number, not")
  wrong({ cases = { { name = "b", label = 3 } } }, "label of case 'b' must be a string")
  wrong({ cases = { { name = "b", f = print } } }, "f is a function; a case holds plain values")
  wrong({ cases = { { name = "b", 3 } } }, "case 'b' has the entry 3; give named values")
  wrong({ seeds = 0 }, "'seeds' must be a number of seeds, at least 1, or a list of them, got 0")
  wrong({ seeds = { 1, 1 } }, "the seed 1 is given twice")
  wrong({ seeds = { -1 } }, "seed 1 must be a whole number, at least 0, not -1")
  wrong({ run = 3 }, "'run' must be a protocol or a function(case, seed, folder), got 3")
  wrong({ report = 3 }, "'report' must be false or a function(page, study), got 3")
  wrong({ jobs = 0 }, "'jobs' must be a whole number, at least 1")
  wrong({ scale = "logarithmic" }, "'scale' must be one of 'linear', 'log', 'rank'")
  wrong({ scale = "log", cases = { { name = "b", x = -1 } } }, "needs a positive x for all cases")
  wrong({ statements = { { "energy" } } }, "statement 1 must be { measure")
  wrong({ statement = {} }, "unknown option 'statement'; did you mean 'statements'?")
end

function TestStudy:test_wrong_measures_keep_the_results()
  local function wrong(changes, words)
    lu.assertStrContains(message_of(self.study, self, changes), words)
  end
  local function measure(value) return { measure = function() return value end } end
  wrong(measure { energy = "high" }, "test: a b, seed 1: the measure 'energy' must be a number or "
    .. "{ number, \"unit\" }, not 'high'")
  wrong(measure { 1, 2 }, "must return named numbers")
  wrong(measure(3), "measure must return a table { name = number, ... }, not 3")
  wrong({ measure = function(result) return { e = result.none.x } end }, "measure failed:")
  wrong({ statements = { { "Tg", "rises" } } },
        "statement 1 is on 'Tg', which was not measured; there are energy")
  wrong({ run = function() return { word = "text" } end, out = self.folder .. "/other" },
        "the results hold no numbers")
  lu.assertEquals(#self:study { resume = true,
    run = function() error "never" end }.failures, 0)
end

-- A number that is none does not count; a case with one value has no error.
function TestStudy:test_missing_values()
  local r = self:study { run = function(case, seed)
    return { a = seed == 1 and 0 / 0 or seed, b = case.k == 1 and seed == 2 and 7 or 0 / 0 }
  end }
  lu.assertEquals(r.cases[1].mean, { a = 2.5, b = 7 })
  lu.assertEquals(r.cases[1].count, { a = 2, b = 1 })
  lu.assertNil(r.cases[1].error.b)
  lu.assertEquals(r.trends.b.word, "not judged")
  lu.assertStrContains(tostring(r), "not judged")
end

function TestStudy.test_what_cannot_be_kept_is_left_out_and_said()
  local members = require "vitrum.study.members"
  local lattice = vt.stz.lattice { n = 16, modes = 2 }
  local result, left_out = members.plain { a = 1, lattice = lattice, f = print, t = { 1, print } }
  lu.assertEquals(result, { a = 1, t = { 1 } })
  lu.assertEquals(left_out, "f (a function), lattice (a vitrum.Lattice), t[2] (a function)")
  lu.assertEquals(members.plain(3), { value = 3 })
  lattice:close()
end

function TestStudy.test_names_of_files_are_plain_and_distinct()
  local state = require "vitrum.study.state"
  lu.assertEquals(state.file_names { "1e12 K/s", "1e12 K.s", "../x", "1e12-K-s", "é", "rate=+1" },
                  { "1e12-K-s", "1e12-K.s", "x", "1e12-K-s-2", "case", "rate-+1" })
end

-- ---------------------------------------------------------------- protocols ----

local TINY <const> = [[
local vt = require "vitrum"
return vt.protocol{
  name = "tiny", summary = "Nothing much.",
  params = { { "rate", 1e12, unit = "K/s", above = 0 }, { "seed", 1, min = 0 },
             { "atoms", 10, min = 1 }, { "glass", file = true, optional = true } },
  run = function(p, out)
    local s = out:stage("a", function()
      return { v = math.log(p.rate, 10) * 10 + p.seed + p.atoms / 10 }
    end)
    if os.getenv "FAIL" == tostring(p.seed) then error "it went wrong" end
    out:value("Tg", s.v, "K")
    out:value("word", "a text")
    return { v = s.v }
  end,
}
]]

-- The protocol, of a script in the folder.
function TestStudy:tiny()
  child.write(self.folder .. "/tiny.lua", TINY)
  return dofile(self.folder .. "/tiny.lua")
end

function TestStudy:test_a_protocol_is_run_with_the_keys_of_the_case()
  local tiny = self:tiny()
  local cases = { { name = "12", rate = 1e12, x = 12 }, { name = "13", rate = 1e13, x = 13 } }
  local r = self:study { run = tiny, cases = cases, seeds = 2 }
  lu.assertEquals(r.measures, { "Tg" })
  lu.assertEquals(r.units.Tg, "K")
  lu.assertEquals(r.cases[2].values.Tg, { 132.0, 133.0 })
  lu.assertEquals(r.cases[2].results[1].v, 132.0)
  lu.assertEquals(system.kind(self.out .. "/13-seed2/run.json"), "file")
  -- The member was killed between the end of its run and its result.
  os.remove(self.out .. "/13-seed2.json")
  r = self:study { run = tiny, cases = cases, seeds = 2 }
  lu.assertEquals(r.cases[2].values.Tg, { 132.0, 133.0 })
  -- The folder of a member is another protocol's.
  local run = child.read(self.out .. "/13-seed2/run.json")
  child.write(self.out .. "/13-seed2/run.json", (run:gsub('"tiny"', '"other"')))
  os.remove(self.out .. "/13-seed2.json")
  r = self:study { run = tiny, cases = cases, seeds = 2 }
  lu.assertStrContains(r.failures[1].problem, "protocol is other there and tiny now")
end

function TestStudy:test_wrong_parameters_of_a_protocol_are_found_before_any_run()
  local tiny = self:tiny()
  local function wrong(case, words, seeds)
    case.name = "a"
    lu.assertStrContains(message_of(self.study, self, { run = tiny, cases = { case },
                                                        seeds = seeds }), words)
    lu.assertNil(system.kind(self.out))
  end
  wrong({ rat = 1 }, "case 'a': unknown parameter 'rat'; did you mean 'rate'?")
  wrong({ rate = -1 }, "case 'a': rate must be above 0 K/s, not -1")
  wrong({ seed = 3 }, "case 'a' sets seed; give the seeds of all cases with seeds")
  wrong({ glass = "none" }, "case 'a': glass: cannot find none")
end

function TestStudy:test_a_changed_input_file_makes_another_case()
  local tiny, glass = self:tiny(), self.folder .. "/glass"
  child.write(glass, "one")
  local function study()
    return self:study { run = tiny, cases = { { name = "a", glass = glass } }, seeds = 1 }
  end
  study()
  study()
  child.write(glass, "two")
  lu.assertStrContains(message_of(study), "glass is " .. glass .. ", SHA-256 ")
end

function TestStudy:test_a_sweep_is_all_combinations()
  local tiny = self:tiny()
  local o = { out = self.out, quiet = true, report = false }
  local r = vt.study.sweep(tiny, { seed = 4 }, { rate = { 1e12, 1e13, 1e14 }, atoms = { 10, 20 } },
                           2, o)
  lu.assertEquals(#r.cases, 6)
  lu.assertEquals(r.cases[1].name, "rate=1e12 atoms=10")
  lu.assertEquals(r.cases[1].seeds, { 4, 5 })
  lu.assertEquals(r.cases[6].values.Tg, { 146.0, 147.0 })
  lu.assertEquals(r.cases[6].x, 1e14)
  lu.assertAlmostEquals(r.trends.Tg.slope, 10, 1e-12)
  lu.assertEquals(r.scale, "log")
  lu.assertNil(o.run) -- the caller's options are as they were
end

function TestStudy:test_lists_on_the_command_line()
  self:tiny()
  local function tiny(arguments) return child.vitrum(self.folder, "tiny.lua " .. arguments) end
  local text, status = tiny "rate=1e12,1e13 atoms=20 seeds=2 seed=5 out=s"
  lu.assertEquals(status, 0, text)
  lu.assertStrContains(text, "rate=1e13  137.50 +- 0.50") -- 10 log10(rate) + seed + atoms / 10
  lu.assertEquals(system.kind(self.folder .. "/s/rate-1e12-seed6/run.json"), "file")
  text, status = tiny "seeds=3,9 out=t"
  lu.assertEquals(status, 0, text)
  lu.assertEquals(system.kind(self.folder .. "/t/tiny-seed9/run.json"), "file")
  for arguments, message in pairs {
    ["seeds=0"] = "seeds must be at least 1, not 0", ["seeds=a"] = "seeds must be a number of",
    ["seed=1,2"] = "give a list of seeds with seeds=, not with seed=",
    ["seeds="] = "seeds must not be empty", ["seeds=2,2"] = "seeds has the seed 2 twice",
    ["seeds=100000"] = "seeds must be at most 10000, not 100000; one run with that seed is seed=",
    ["rate=1e12,1e12"] = "rate has the value 1e12 K/s twice",
    ["rate=1e12,x"] = "rate must be a number in K/s, not 'x'",
    ["rate=1e12,1e13 report=true"] = "report=true is for one run; leave out the lists",
    ["jobs=2"] = "jobs=2 is how many runs go side by side, and this is one run",
    ["jobs=2 dry=true"] = "or seeds=3, or leave it out (threads= is for one run)",
  } do
    text, status = tiny(arguments)
    lu.assertEquals(status, 2, arguments)
    lu.assertStrContains(text, message)
  end
  text, status = tiny "rate=1e12,1e13 dry=true"
  lu.assertEquals(status, 0, text)
  lu.assertStrContains(text, "parameters of the first of 2 runs")
  lu.assertNil(system.kind(self.folder .. "/tiny-study"))
end

-- Sums by hand: 20 ps at 10, 2 ps at 100 for each of three seeds; rows of 400 bytes, 1 ps apart.
function TestStudy:test_a_dry_run_of_many_sums_over_them()
  local p = vt.protocol{ name = "sums", summary = "Sums.", files = { { "a.csv", "samples" } },
    params = { { "rate", 10.0, above = 0 }, { "seed", 1 }, { "sample_every", 1.0 },
               { "word", "a", choices = { "a", "b" } } },
    plan = function(q) return { { "all", 200 / q.rate } } end,
    check = function(q) if q.rate > 1000 then error("too fast", 0) end end,
    run = function() end }
  local known = p:run{ rate = { 10, 100 }, word = "a,b", seeds = 3, dry = true, quiet = true,
                       out = self.out }
  lu.assertEquals(known.runs, 12)
  lu.assertAlmostEquals(known.total, 2 * 3 * (20 + 2), 1e-12)
  lu.assertAlmostEquals(known.bytes, 400 * 2 * 3 * (20 + 2), 1e-9)
  lu.assertStrContains(message_of(p.run, p, { rate = { 10, 1e4 }, dry = true, quiet = true }),
                       "too fast") -- not the first of them
  lu.assertNil(system.kind(self.out))
end

-- Members of two versions of a script are not mixed without a word.
function TestStudy:test_a_script_that_changes_between_members()
  self:tiny()
  local function tiny(more, environment)
    return child.vitrum(self.folder, "tiny.lua seeds=3 out=s " .. more, environment)
  end
  local text, status = tiny("resume=true checkpoint_every=5", "FAIL=2") -- none is there to resume
  lu.assertEquals(status, 1, text)
  lu.assertStrContains(text, "seed 2 failed: tiny.lua")
  child.write(self.folder .. "/tiny.lua", (TINY:gsub("p.seed %+", "2 * p.seed +")))
  text, status = tiny ""
  lu.assertEquals(status, 1)
  lu.assertStrContains(text, "seed 1 in s was run by another version of the script tiny.lua")
  os.remove(self.folder .. "/s/tiny-seed1.json") -- as if killed between the run and its result
  text = tiny ""
  lu.assertStrContains(text, "seed 3 in s was run by another version of the script tiny.lua")
  text, status = tiny "resume=true"
  lu.assertEquals(status, 0, text)
  lu.assertStrContains(child.read(self.folder .. "/s/members.csv"), "tiny,1,1,122\n")
  text, status = tiny "overwrite=true"
  lu.assertEquals(status, 0, text)
  lu.assertStrContains(child.read(self.folder .. "/s/members.csv"), "tiny,1,1,123\n")
end

-- The same of a function; what is measured, cases and seeds may change.
function TestStudy:test_a_function_that_changes_between_members()
  local script = [[
local vt = require "vitrum"
local factor, names = 2, { "v" }
local function twice(x) return factor * x end
vt.study{ name = "f", out = "f", report = false, seeds = SEEDS, RESUME
  cases = { { name = "a", x = 1 } },
  measure = function(r) return { v = r.v + 0 } end,
  run = function(case, seed) return { [names[1] ] = twice(seed) } end }
]]
  local function study(seeds, resume, from, to)
    local text = script:gsub("SEEDS", seeds):gsub("RESUME", resume)
    if from then text = text:gsub(from, to) end
    child.write(self.folder .. "/f.lua", text)
    return child.vitrum(self.folder, "f.lua")
  end
  local text, status = study("2", "")
  lu.assertEquals(status, 0, text)
  text, status = study("3", "", "r.v %+ 0", "r.v + 100\n") -- longer, too
  lu.assertEquals(status, 0, text)
  lu.assertStrContains(child.read(self.folder .. "/f/members.csv"), "a,1,3,106\n")
  for from, to in pairs { ["twice%(seed%)"] = "twice(seed) + 1", ["factor %* x"] = "factor * x + 1",
                          ["factor, names = 2"] = "factor, names = 3", ['"v"'] = '"w"' } do
    text, status = study("3", "", from, to)
    lu.assertEquals(status, 1, to)
    lu.assertStrContains(text, "a, seed 1 in f was run by another version of the script f.lua, "
      .. "which has changed since, in the function 'run' or in what that uses: overwrite=true")
  end
  text, status = study("3", "resume = true,", "factor, names = 2", "factor, names = 3")
  lu.assertEquals(status, 0, text)
  lu.assertStrContains(child.read(self.folder .. "/f/members.csv"), "a,1,3,6\n")
end

function TestStudy:test_wrong_sweeps()
  local tiny = self:tiny()
  local function wrong(words, ...)
    lu.assertStrContains(message_of(vt.study.sweep, ...), words)
  end
  wrong("expected a protocol, got 3", 3)
  wrong("rate must be a list of values", tiny, {}, { rate = 3 })
  wrong("rate must be above 0 K/s", tiny, {}, { rate = { 1, -1 } })
  wrong("rate has the value 1e13 K/s twice", tiny, {}, { rate = { 1e13, "1e13" } })
  wrong("no parameter 'rat'", tiny, {}, { rat = { 1 } })
  wrong("seed cannot be varied", tiny, {}, { seed = { 1 } })
  wrong("out cannot be varied", tiny, {}, { out = { "a" } })
  wrong("rate is given as fixed and as a list", tiny, { rate = 1 }, { rate = { 1 } })
  wrong("at least one parameter", tiny, {}, {})
  wrong("seeds must be at most 10000", tiny, { seed = 3 }, { rate = { 1 } }, 10001)
  lu.assertStrContains(message_of(self.study, self, { seeds = 1e9 }), "'seeds' must be at most")
  wrong("along = 'atoms' is not", tiny, {}, { rate = { 1 } }, 1, { along = "atoms" })
end

-- ---------------------------------------------------------------- signals ----

-- Members that report when they have begun, and wait; after an interrupt they say that they saved.
local WAITING <const> = [[
local vt = require "vitrum"
local system = require "vitrum.system"
vt.study{ name = "waiting", out = "out", report = false, jobs = 2, seeds = 3,
  overwrite = os.getenv "ANEW" ~= nil,
  cases = { { name = "a" } },
  run = function(case, seed, folder)
    if seed == 1 then return { v = 1 } end
    if not system.kind "go" then
      local ok, problem = pcall(function()
        system.write("begun" .. seed, "")
        while true do end
      end)
      system.interrupted(false)
      system.write("saved" .. seed, "")
      system.interrupted(true)
      error(problem, 0)
    end
    return { v = seed }
  end }
]]

local function stop_with(folder, signal)
  child.write(folder .. "/waiting.lua", WAITING)
  return child.shell(folder, ([[
    env --default-signal=INT ANEW=1 "$VITRUM" waiting.lua & pid=$!
    until [ -e begun2 ] && [ -e begun3 ]; do sleep 0.01; done
    kill -%s $pid; wait $pid; echo "ended with $?"
    until [ -e saved2 ] && [ -e saved3 ]; do sleep 0.01; done
    touch go
    until "$VITRUM" waiting.lua; do sleep 0.01; done]]):format(signal))
end

function TestStudy:test_an_interrupt_reaches_the_members()
  local text, status = stop_with(self.folder, "INT")
  lu.assertStrContains(text, "interrupted. The study is saved in out, 1 of 3 members are done: "
    .. "give the same command again without overwrite=true and it goes on from there")
  lu.assertStrContains(text, "ended with 130")
  lu.assertStrContains(text, "3 members in out, 2 to run")
  lu.assertEquals(status, 0)
end

-- Whoever presses Ctrl-C twice does not want to wait, not even for members that never end.
function TestStudy:test_a_second_interrupt_does_not_wait_for_members()
  child.write(self.folder .. "/stubborn.lua", [[
    local vt = require "vitrum"
    local system = require "vitrum.system"
    vt.study{ name = "stubborn", out = "out", report = false, jobs = 2, seeds = 2,
      cases = { { name = "a" } },
      run = function(case, seed, folder)
        pcall(function()
          system.write("begun" .. seed, "")
          while true do end
        end)
        system.interrupted(false)
        system.write("saving" .. seed, "")
        while true do end
      end }]])
  local text = child.shell(self.folder, [[
    env --default-signal=INT timeout --foreground -s KILL 60 "$VITRUM" stubborn.lua & pid=$!
    until [ -e begun1 ] && [ -e begun2 ]; do sleep 0.01; done
    kill -INT $pid
    until [ -e saving1 ] && [ -e saving2 ]; do sleep 0.01; done
    kill -INT $pid; wait $pid; echo "ended with $?"]])
  lu.assertStrContains(text, "0 of 2 members are done")
  lu.assertStrContains(text, "ended with 130")
end

-- The members of a study that is killed hear of it; while they save, nobody else may begin.
function TestStudy:test_a_killed_study_goes_on()
  local text, status = stop_with(self.folder, "KILL")
  lu.assertStrContains(text, "ended with 137")
  lu.assertStrContains(text, "3 members in out, 2 to run")
  lu.assertStrContains(text, "2.00 +- 0.58")
  lu.assertEquals(status, 0)
end

local status <const> = lu.LuaUnit.run()
collectgarbage()
os.exit(status)
