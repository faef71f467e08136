-- The protocol framework, with protocols that take no time.
local child = require "child"
local json = require "vitrum.base.json"
local lu = require "luaunit"
local parameters = require "vitrum.protocol.parameters"
local system = require "vitrum.system"
local vt = require "vitrum"

-- Twelve stages, each of which adds a row. DIE=k ends the process abruptly in the middle of stage
-- k, where its row is on the disk but its result is not saved.
local COUNT <const> = [[
local vt = require "vitrum"
return vt.protocol{
  name = "count", summary = "Count upward.", source = "Nobody, 1900",
  params = {
    { "n", 12, min = 1, max = 1000, help = "how far" },
    { { "cooling_rate", 1e13, unit = "K/s", above = 0, help = "pace" },
      { "mode", "slow", choices = { "slow", "fast" }, help = "how" } },
    { "glass", file = true, optional = true, help = "a file to name" },
    { "mix", "Cu64Zr36", kind = "composition", help = "of what" },
  },
  presets = { short = { n = 2, mode = "fast" }, long = { n = 20 } },
  files = { { "count.csv", "the numbers" } },
  example = "n=3",
  run = function(p, out)
    local record = out:record("count.csv", { "k", "value [K]" })
    local sum = 0
    out:plan(p.n)
    for k = 1, p.n do
      local result = out:stage("count " .. k, function()
        record:rewind(k - 1)
        record:add(k, p.cooling_rate / k):commit()
        if os.getenv "DIE" == tostring(k) then os.exit(9, false) end
        if os.getenv "FAIL" == tostring(k) then error "it went wrong" end
        if os.getenv "MOVE" == tostring(k) then os.execute "mv count moved; mkdir count" end
        return { part = k / 7 }
      end)
      sum = sum + result.part
      out:progress(k, "counting")
    end
    out:value("sum", sum, "K", { error = 0.25 })
    return { sum = sum }
  end,
}
]]

TestProtocol = {}

function TestProtocol:setUp()
  self.folder = child.folder()
  child.write(self.folder .. "/count.lua", COUNT)
end

function TestProtocol:tearDown()
  child.remove(self.folder)
end

function TestProtocol:run_count(arguments, environment)
  return child.vitrum(self.folder, "count.lua " .. (arguments or ""), environment)
end

function TestProtocol:load()
  return dofile(self.folder .. "/count.lua")
end

-- ---------------------------------------------------------------- command line ----

function TestProtocol:test_help_is_aligned_and_complete()
  local text, status = self:run_count "--help"
  lu.assertEquals(status, 0)
  lu.assertStrContains(text, "count: Count upward.")
  lu.assertStrContains(text, "Source: Nobody, 1900")
  lu.assertStrContains(text, "usage: vitrum count.lua [key=value ...]")
  lu.assertErrorMsgContains("columns must be a whole number, at least 1, not a table",
                            function() self:load():usage {} end)
  lu.assertStrContains(text, "vitrum count.lua n=3")
  local column
  for name, value in pairs { n = "12", cooling_rate = "1e13 K/s", mode = "slow" } do
    local line = text:match("\n(  " .. name .. " +[^\n]+)")
    lu.assertNotNil(line, name)
    local at = line:find(value, 1, true)
    column = column or at
    lu.assertEquals(at, column)
  end
  lu.assertStrContains(text, "[slow | fast]")
  lu.assertStrContains(text, "[at least 1, at most 1000]")
  for _, name in ipairs { "out", "resume", "overwrite", "threads", "checkpoint_every", "quiet" } do
    lu.assertStrContains(text, "\n  " .. name .. " ")
  end
  lu.assertNil(system.kind(self.folder .. "/count")) -- help makes nothing
end

function TestProtocol:test_wrong_arguments()
  local cases = {
    ["cooling_rate=fast"] = "cooling_rate must be a number in K/s, not 'fast'; for example "
      .. "cooling_rate=1e13",
    ["cooling_rate=-1"] = "cooling_rate must be above 0 K/s, not -1",
    ["cooling_rate=nan"] = "cooling_rate must be a number in K/s, not 'nan'",
    ["cooling_rate=3K"] = "cooling_rate must be a number in K/s, not '3K'",
    ["coolingrate=1"] = "unknown parameter 'coolingrate'; did you mean 'cooling_rate'?",
    ["zzzzzz=1"] = "unknown parameter 'zzzzzz'; --help lists all",
    ["n=0"] = "n must be at least 1, not 0",
    ["n=1001"] = "n must be at most 1000, not 1001",
    ["n=2.5"] = "n must be a whole number, not '2.5'",
    ["n="] = "n must be a whole number, not ''",
    ["mode=fasd"] = "mode must be one of slow, fast, not 'fasd'; did you mean fast?",
    ["glass=none.data"] = "glass: cannot find none.data: No such file",
    ["glass=."] = "glass: . is a folder, not a file",
    ["mix=copper"] = "mix: 'copper' is not a composition",
    ["mix=Cu64Cu36"] = "mix: 'Cu64Cu36' is not a composition; it names Cu twice",
    ["mix=Cu0Zr1"] = "mix: the share of Cu must be positive",
    ["resume=maybe"] = "resume must be true or false, not 'maybe'",
    ["threads=0"] = "threads must be at least 1, not 0",
    ["fast"] = "the argument 'fast' is not of the form key=value",
    ["n=1 n=2"] = "parameter 'n' is given twice",
  }
  for arguments, message in pairs(cases) do
    local text, status = self:run_count(arguments)
    lu.assertEquals(status, 2, arguments)
    lu.assertStrContains(text, "count: " .. message)
    lu.assertNil(text:find "traceback")
  end
  lu.assertNil(system.kind(self.folder .. "/count"))
end

function TestProtocol:test_units_may_stand_behind_numbers()
  local _, status = self:run_count "'cooling_rate=2e12 K/s' n=1"
  lu.assertEquals(status, 0)
  lu.assertStrContains(child.read(self.folder .. "/count/count.csv"), "\n1,2000000000000\n")
end

-- ---------------------------------------------------------------- exchanged files ----

function TestProtocol:test_a_record_of_another_run_is_refused()
  self:run_count("n=12", "DIE=5")
  self:run_count("n=12 cooling_rate=2e13 out=other", "DIE=5")
  local own = child.read(self.folder .. "/count/count.csv")
  child.write(self.folder .. "/count/count.csv", child.read(self.folder .. "/other/count.csv"))
  local text, status = self:run_count "n=12"
  lu.assertEquals(status, 1)
  lu.assertStrContains(text, "count/count.csv belongs to another run (cooling_rate: 2e13 K/s "
    .. "there, 1e13 K/s here). This run cannot go on: put the file back as it was")
  lu.assertEquals(child.read(self.folder .. "/count/count.csv"),
    child.read(self.folder .. "/other/count.csv"))
  child.write(self.folder .. "/count/count.csv", own)
  text, status = self:run_count "n=12"
  lu.assertEquals(status, 0, text)
  -- Beside files of nobody it starts its own.
  os.execute(("cd %s && mkdir new && cp other/count.csv new"):format(self.folder))
  text, status = self:run_count "n=12 out=new overwrite=true"
  lu.assertEquals(status, 0, text)
  lu.assertStrContains(child.read(self.folder .. "/new/count.csv"), "# cooling_rate: 1e13 K/s\n")
end

function TestProtocol:test_links_are_not_followed()
  for _, name in ipairs{ "count.csv", "log.txt" } do
    child.write(self.folder .. "/precious", "precious\n")
    self:run_count("n=12 overwrite=true", "DIE=5")
    os.execute(("cd %s/count && mv %s kept && ln -s ../precious %s"):format(self.folder, name,
      name))
    local text, status = self:run_count "n=12"
    lu.assertEquals(status, 1)
    lu.assertStrContains(text, ("count/%s is a link, and this run must not write to "
      .. "its target"):format(name))
    lu.assertEquals(child.read(self.folder .. "/precious"), "precious\n")
    os.execute(("cd %s/count && mv kept %s"):format(self.folder, name))
    text, status = self:run_count "n=12"
    lu.assertEquals(status, 0, text)
  end
  child.remove(self.folder .. "/count")
  os.execute(("cd %s && mkdir count && ln -s ../precious count/log.txt"):format(self.folder))
  lu.assertStrContains(self:run_count "n=3", "count/log.txt is a link")
  lu.assertEquals(child.read(self.folder .. "/precious"), "precious\n")
end

function TestProtocol:test_a_folder_that_moves_away()
  local text, status = self:run_count("n=12", "MOVE=4")
  lu.assertEquals(status, 1)
  lu.assertStrContains(text, "the folder count was moved or replaced while the run wrote to it")
  lu.assertNil(system.kind(self.folder .. "/count/run.json"))
  os.execute(("cd %s && rm -r count && mv moved count"):format(self.folder))
  text, status = self:run_count "n=12"
  lu.assertEquals(status, 0, text)
  self:run_count "n=12 out=whole"
  lu.assertEquals(child.read_without_time(self.folder .. "/count/count.csv"),
    child.read_without_time(self.folder .. "/whole/count.csv"))
end

-- ---------------------------------------------------------------- what a run leaves ----

function TestProtocol:test_summary_and_files()
  local text, status = self:run_count "n=3 glass=count.lua"
  lu.assertEquals(status, 0)
  lu.assertStrContains(text, "count finished in ")
  lu.assertStrContains(text, "sum  0.86 +- 0.25 K")
  lu.assertStrContains(text, "files in count: count.csv")
  local csv = child.read(self.folder .. "/count/count.csv")
  local sha256 = system.sha256(COUNT)
  for _, line in ipairs { "# program: vitrum " .. vt.version, "# protocol: count",
                          "# script: count.lua, SHA-256 " .. sha256, "# date: 2", "# n: 3",
                          "# cooling_rate: 1e13 K/s", "# mix: Cu64Zr36",
                          "# glass: count.lua, SHA-256 " .. sha256 } do
    lu.assertStrContains(csv, line)
  end
  local state = json.decode(child.read(self.folder .. "/count/run.json"), "run.json")
  lu.assertEquals(state.status, "finished")
  lu.assertEquals(state.parameters.n, 3)
  lu.assertEquals(state.results[1].name, "sum")
  lu.assertStrContains(child.read(self.folder .. "/count/log.txt"), "stage count 2 done")
end

function TestProtocol:test_quiet_prints_nothing()
  local text, status = self:run_count "n=2 quiet=true"
  lu.assertEquals(status, 0)
  lu.assertEquals(text, "")
end

-- ---------------------------------------------------------------- kill and resume ----

function TestProtocol:same_as_uninterrupted(folder)
  for _, name in ipairs { "count.csv", "run.json" } do
    lu.assertEquals(child.read_without_time(("%s/%s/%s"):format(self.folder, folder, name)),
                    child.read_without_time(("%s/whole/%s"):format(self.folder, name)))
  end
end

function TestProtocol:test_killed_at_any_stage_it_resumes_to_the_same_files()
  self:run_count "out=whole"
  for _, k in ipairs { 1, 2, 7, 12 } do
    local folder = "killed-" .. k
    local _, status = self:run_count("out=" .. folder, "DIE=" .. k)
    lu.assertEquals(status, 9)
    local text, ok = self:run_count("out=" .. folder)
    lu.assertEquals(ok, 0)
    lu.assertStrContains(text, "going on with the run in " .. folder)
    self:same_as_uninterrupted(folder)
  end
end

function TestProtocol:test_kill_minus_nine_at_random_instants()
  self:run_count "out=whole n=80"
  local text, status = child.shell(self.folder, [[
    for wait in 0.02 0.05 0.1 0.13 0.17 0.2; do
      "$VITRUM" count.lua out=killed n=80 quiet=true & pid=$!
      until [ -e killed/run.json ]; do sleep 0.005; done # on a busy machine not even begun
      sleep $wait; kill -9 $pid 2>/dev/null; wait $pid 2>/dev/null
    done
    "$VITRUM" count.lua out=killed n=80 quiet=true resume=true]])
  lu.assertEquals(status, 0, text)
  self:same_as_uninterrupted "killed"
end

function TestProtocol:test_resume_survives_broken_leftovers()
  self:run_count "out=whole"
  self:run_count("out=killed", "DIE=5")
  local csv = self.folder .. "/killed/count.csv"
  child.write(self.folder .. "/killed/run.json.tmp-123", "{ half")
  child.write(self.folder .. "/killed/count.csv.tmp-12-2", "k,va")
  child.write(csv, child.read(csv) .. "6,1.66") -- a row cut short
  local _, status = self:run_count "out=killed"
  lu.assertEquals(status, 0)
  self:same_as_uninterrupted "killed"
  local names = system.list(self.folder .. "/killed")
  table.sort(names)
  lu.assertEquals(names, { "count.csv", "log.txt", "run.json" })
end

function TestProtocol:test_an_error_in_a_stage_leaves_a_run_to_go_on_with()
  local text, status = self:run_count("", "FAIL=4")
  lu.assertEquals(status, 1)
  lu.assertStrContains(text, "count.lua:23: it went wrong. The run is saved in count")
  text, status = self:run_count()
  lu.assertEquals(status, 0)
  lu.assertStrContains(text, "going on with the run")
end

function TestProtocol:test_interrupt_tells_how_to_resume()
  child.write(self.folder .. "/wait.lua", [[
    local vt = require "vitrum"
    return vt.protocol{ name = "wait", summary = "Wait.", run = function(_, out)
      out:stage("one", function() return { x = 1 } end)
      out:stage("two", function()
        io.open("ready", "w"):close()
        while not os.getenv "GO" do end
        return {}
      end)
    end }]])
  -- The terminal sends Ctrl-C to the foreground; a shell's background jobs ignore it, so `env
  -- --default-signal` puts the signal's default action back.
  local text = child.shell(self.folder, [[
    env --default-signal=INT "$VITRUM" wait.lua & pid=$!
    until [ -e ready ]; do sleep 0.005; done
    kill -INT $pid; wait $pid; echo "ended $?"]])
  lu.assertStrContains(text,
                       "interrupted. The run is saved in wait: give the same command again and it")
  lu.assertStrContains(text, "ended 130")
  -- as a batch system ends it
  os.remove(self.folder .. "/ready")
  text = child.shell(self.folder, [[
    "$VITRUM" wait.lua & pid=$!
    until [ -e ready ]; do sleep 0.005; done
    kill -TERM $pid; wait $pid; echo "ended $?"]])
  lu.assertStrContains(text, "interrupted. The run is saved in wait: ")
  lu.assertStrContains(text, "ended 143")
  lu.assertStrContains(child.read(self.folder .. "/wait/log.txt"), "stopped: interrupted")
  local again, status = child.vitrum(self.folder, "wait.lua", "GO=1")
  lu.assertEquals(status, 0, again)
end

-- ---------------------------------------------------------------- the folder ----

function TestProtocol:test_a_finished_run_is_not_replaced_unless_told()
  self:run_count "n=2"
  local before = child.read(self.folder .. "/count/run.json")
  local text, status = self:run_count "n=2"
  lu.assertEquals(status, 1)
  lu.assertStrContains(text, "count holds this run, finished 2")
  lu.assertStrContains(text, "overwrite=true to run it again, or resume=true to see its results")
  lu.assertEquals(child.read(self.folder .. "/count/run.json"), before)
  text, status = self:run_count "n=2 resume=true"
  lu.assertEquals(status, 0)
  lu.assertStrContains(text, "sum  0.43 +- 0.25 K")
  text, status = self:run_count "n=3 overwrite=true"
  lu.assertEquals(status, 0)
  lu.assertStrContains(text, "sum  0.86 +- 0.25 K")
end

function TestProtocol:test_a_run_with_other_parameters_is_refused_by_name()
  self:run_count("n=6", "DIE=4")
  local text, status = self:run_count "n=7 cooling_rate=1e12"
  lu.assertEquals(status, 1)
  lu.assertStrContains(text, "the folder count holds an unfinished run that differs: cooling_rate "
    .. "is 1e13 K/s there and 1e12 K/s now; n is 6 there and 7 now")
  text, status = self:run_count "n=7 resume=true"
  lu.assertEquals(status, 1)
  lu.assertStrContains(text, "n is 6 there and 7 now")
  text, status = self:run_count "n=6 resume=false"
  lu.assertEquals(status, 1)
  lu.assertStrContains(text, "holds a run (running, started 2")
end

function TestProtocol:test_a_changed_input_or_script_is_refused()
  child.write(self.folder .. "/glass", "one")
  self:run_count("n=6 glass=glass", "DIE=4")
  child.write(self.folder .. "/glass", "two")
  local text, status = self:run_count "n=6 glass=glass"
  lu.assertEquals(status, 1)
  lu.assertStrContains(text, "the content of glass (glass) has changed")
  child.write(self.folder .. "/glass", "one")
  child.write(self.folder .. "/count.lua", COUNT .. "-- a new line\n")
  text, status = self:run_count "n=6 glass=glass"
  lu.assertEquals(status, 1)
  lu.assertStrContains(text, "SHA-256 of the script is ")
  lu.assertStrContains(text, "resume=true goes on anyway")
  text, status = self:run_count "n=6 glass=glass resume=true"
  lu.assertEquals(status, 0, text)
end

function TestProtocol:test_foreign_files_are_left_alone()
  assert(system.make_folder(self.folder .. "/mine"))
  child.write(self.folder .. "/mine/notes.txt", "precious")
  child.write(self.folder .. "/mine/count.csv", "mine too")
  local text, status = self:run_count "out=mine"
  lu.assertEquals(status, 1)
  lu.assertStrContains(text, "the folder mine holds files that this protocol did not write "
    .. "(count.csv, notes.txt)")
  lu.assertEquals(child.read(self.folder .. "/mine/count.csv"), "mine too")
  text, status = self:run_count "out=mine overwrite=true"
  lu.assertEquals(status, 0, text)
  lu.assertEquals(child.read(self.folder .. "/mine/notes.txt"), "precious")
end

function TestProtocol:test_refused_folders()
  child.write(self.folder .. "/file", "x")
  local text, status = self:run_count "out=file"
  lu.assertEquals(status, 1)
  lu.assertStrContains(text, "file is a file, not a folder")
  text, status = self:run_count "out=file/below"
  lu.assertEquals(status, 1)
  lu.assertStrContains(text, "Not a directory")
  text, status = self:run_count "out=new resume=true"
  lu.assertEquals(status, 1)
  lu.assertStrContains(text, "there is no run to resume in new")
  assert(system.make_folder(self.folder .. "/odd"))
  child.write(self.folder .. "/odd/run.json", '{"program": "other"}')
  text, status = self:run_count "out=odd"
  lu.assertEquals(status, 1)
  lu.assertStrContains(text, "odd/run.json is not the state of a vitrum run")
end

function TestProtocol:test_two_runs_do_not_share_a_folder()
  assert(system.make_folder(self.folder .. "/count"))
  local lock <close> = system.lock(self.folder .. "/count")
  lu.assertNotNil(lock)
  local text, status = self:run_count()
  lu.assertEquals(status, 1)
  lu.assertStrContains(text, "another run writes to this folder")
end

-- A disk that is full after one page: the run stops with one message, and goes on where there is
-- room again.
function TestProtocol:test_a_full_disk_loses_nothing()
  local disk = self.folder .. "/disk"
  assert(system.make_folder(disk))
  local mounted = os.execute(("mount -t tmpfs -o size=24k tmpfs '%s' 2>/dev/null"):format(disk))
  lu.skipIf(not mounted, "mounting a small disk needs root")
  local ok, problem = pcall(function()
    child.write(disk .. "/ballast", ("x"):rep(12288))
    self:run_count "out=whole n=80"
    local text, status = self:run_count "out=disk/run n=80"
    lu.assertEquals(status, 1)
    lu.assertStrContains(text, "No space left on device")
    lu.assertStrContains(text, "The run is saved in disk/run")
    lu.assertEquals(select(2, text:gsub("count: ", "")), 1)
    os.remove(disk .. "/ballast")
    os.execute(("mount -o remount,size=4m '%s'"):format(disk))
    text, status = self:run_count "out=disk/run n=80"
    lu.assertEquals(status, 0, text)
    self:same_as_uninterrupted "disk/run"
  end)
  os.execute(("umount '%s'"):format(disk))
  lu.assertTrue(ok, problem)
end

-- ---------------------------------------------------------------- from Lua ----

function TestProtocol:test_run_from_lua_gives_the_results()
  local count = self:load()
  lu.assertEquals(tostring(count), ("protocol count: Count upward. (%s/count.lua)")
    :format(self.folder))
  local out = self.folder .. "/here"
  local r = count:run{ n = 4, out = out, quiet = true, mix = { Cu = 50, Zr = 50 } }
  lu.assertAlmostEquals(r.sum, 10 / 7, 1e-15)
  lu.assertEquals(r.folder, out)
  lu.assertEquals(r.files, { "count.csv" })
  lu.assertFalse(r.resumed)
  lu.assertEquals(r.results[1].value, r.sum)
  local again = count:run{ n = 4, out = out, quiet = true, mix = "Cu50Zr50", resume = true }
  lu.assertEquals(again.sum, r.sum)
  lu.assertTrue(again.resumed)
end

function TestProtocol:test_errors_name_the_users_line()
  local count = self:load()
  lu.assertErrorMsgMatches("[^:]*test_protocol.lua:%d+: count: unknown parameter 'm'.*",
                           function() count:run{ m = 4 } end)
  lu.assertErrorMsgMatches("[^:]*test_protocol.lua:%d+: count: cooling_rate must be a number in "
    .. "K/s, not 'fast'.*", function() count:run{ cooling_rate = "fast" } end)
  lu.assertErrorMsgContains("must be a table", function() return count:run(3) end)
  lu.assertErrorMsgContains("mix: the share of Cu must be a positive number, not 'a'",
                            function() return count:run{ mix = { Cu = "a" } } end)
end

function TestProtocol:test_results_that_cannot_be_saved_are_named()
  local p = vt.protocol{ name = "odd", summary = "Odd.", run = function(_, out)
    out:stage("bad", function() return { f = print } end)
  end }
  lu.assertErrorMsgContains("the result of stage 'bad'.f is a function",
                            function() p:run{ out = self.folder .. "/odd", quiet = true } end)
end

function TestProtocol:test_a_return_that_cannot_be_saved_loses_nothing()
  local script = [[
local vt = require "vitrum"
return vt.protocol{ name = "odd", summary = "Odd.", run = function(_, out)
  local loop = { 1 }
  loop[2] = loop
  STAGE
  out:value("sum", 3)
  return { fine = 1, a = { b = RETURNED } }
end }]]
  local STAGE <const> = 'out:stage("work", function()\n'
    .. '    io.open("calls", "a"):write("x"):close()\n    return { 1 }\n  end)'
  local function run(stage, returned, arguments)
    child.write(self.folder .. "/odd.lua",
      (script:gsub("STAGE", function() return stage end):gsub("RETURNED", returned)))
    return child.vitrum(self.folder, "odd.lua " .. (arguments or ""))
  end
  for returned, words in pairs {
    print = "what run returned.a.b is a function",
    ["io.stdout"] = "what run returned.a.b is a FILE*",
    loop = "what run returned.a.b[2] is what run returned.a.b itself",
    ["{ [7] = 1 }"] = "what run returned.a.b mixes names with the key 7",
  } do
    for stage, calls in pairs { [STAGE] = "x", ["-- no stage"] = false } do
      local text, status = run(stage, returned)
      lu.assertEquals(status, 1, text)
      lu.assertStrContains(text, words)
      lu.assertStrContains(text, "The run is saved in odd: once the problem above is fixed")
      lu.assertStrContains(child.read(self.folder .. "/odd/run.json"), '"name": "sum"')
      text, status = run(stage, "2", "resume=true")
      lu.assertEquals(status, 0, text)
      if calls then lu.assertEquals(child.read(self.folder .. "/calls"), calls) end
      child.shell(self.folder, "rm -rf odd calls")
    end
  end
end

function TestProtocol:test_threads_are_given_back()
  local before = vt.threads()
  local seen
  local p = vt.protocol{ name = "t", summary = "Threads.",
                         run = function() seen = vt.threads() end }
  p:run{ out = self.folder .. "/t", threads = 1, quiet = true }
  lu.assertEquals(seen, 1)
  lu.assertEquals(vt.threads(), before)
end

function TestProtocol.test_declarations_are_checked()
  local function with(params, presets)
    return function()
      vt.protocol{ name = "x", summary = "X.", params = params, presets = presets,
                   run = function() end }
    end
  end
  for message, params in pairs {
    ["'a' has the unknown field 'unti'; did you mean 'unit'?"] = { { "a", 1, unti = "K" } },
    ["entry 1 is 5"] = { 5 },
    ["params is a list of { \"name\", default, unit =, help = }"] = { a = { 1 } },
    ["it has the key 'a'"] = { a = { 1 } },
    ["parameter 'out' belongs to every protocol"] = { { "out", 1 } },
    ["parameter 'dry' belongs to every protocol"] = { { "dry", true } },
    ["words of letters"] = { { "a b", 1 } },
    ["unknown kind 'colour'"] = { { "a", 1, kind = "colour" } },
    ["the default is wrong: a must be at least 2, not 1"] = { { "a", 1, min = 2 } },
    ["parameter 'a': the field 'min' must be a number, not '0'"] = { { "a", 1, min = "0" } },
    ["parameter 'a': choice 2 must be a string, not 3"] = { { "a", "x", choices = { "x", 3 } } },
    ["parameter 'a' is declared twice"] = { { "b", 1 }, { { "a", 1 } }, { "a", 2 } },
  } do
    lu.assertErrorMsgContains(message, with(params))
  end
  local a = { { "a", 1, min = 1 } }
  lu.assertErrorMsgContains("preset 'p' sets 'b', which is not a parameter",
                            with(a, { p = { b = 1 } }))
  lu.assertErrorMsgContains("preset 'p': a must be at least 1, not 0", with(a, { p = { a = 0 } }))
  lu.assertErrorMsgContains("presets is a table", with(a, { 3 }))
  lu.assertErrorMsgContains("unknown option 'nam'; did you mean 'name'?",
                            function() vt.protocol{ nam = "x" } end)
  lu.assertErrorMsgContains("the name must be a word", function()
    vt.protocol{ name = "a b", summary = "X.", run = function() end }
  end)
  lu.assertErrorMsgContains("files is a list of { name, what it holds }; entry 1 is 'a'", function()
    vt.protocol{ name = "a", summary = "X.", files = { "a" }, run = function() end }
  end)
end

-- ---------------------------------------------------------------- presets, dry runs, reports ----

function TestProtocol:test_presets()
  local text, status = self:run_count "preset=short n=3"
  lu.assertEquals(status, 0, text)
  for _, line in ipairs { "n             3         given",
                          "mode          fast      preset short",
                          "cooling_rate  1e13 K/s  default" } do
    lu.assertStrContains(text, line)
  end
  local csv = child.read(self.folder .. "/count/count.csv")
  lu.assertStrContains(csv, "# n: 3\n")
  lu.assertStrContains(csv, "# mode: fast\n")
  -- The values are what counts, not where they come from.
  text, status = self:run_count "n=3 mode=fast resume=true"
  lu.assertEquals(status, 0, text)
  text, status = self:run_count "preset=shrt"
  lu.assertEquals(status, 2)
  lu.assertStrContains(text, "preset must be one of long, short, not 'shrt'; did you mean short?")
  lu.assertStrContains(self:run_count "--help", "  preset=short: n=2 mode=fast\n")
end

function TestProtocol:test_a_dry_run_writes_nothing()
  local text, status = self:run_count "n=3 dry=true out=a/b"
  lu.assertEquals(status, 0, text)
  for _, words in ipairs { "count: a dry run, nothing is written", "n             3",
                           "a/b/count.csv: the numbers", "GB free" } do
    lu.assertStrContains(text, words)
  end
  lu.assertEquals(system.list(self.folder), { "count.lua" })
  text, status = self:run_count "n=0 dry=true"
  lu.assertEquals(status, 2)
  lu.assertStrContains(text, "n must be at least 1, not 0")
end

function TestProtocol:test_a_dry_run_says_what_becomes_of_the_folder()
  local function dry(arguments) return self:run_count(arguments .. " dry=true out=a") end
  lu.assertStrContains(dry "n=3", "folder      a, a new one")
  lu.assertStrContains(dry "n=3 resume=true", "there is no run to resume in a")
  self:run_count "n=3 out=a"
  local before = child.read(self.folder .. "/a/run.json")
  local text, status = dry "n=3"
  lu.assertEquals(status, 2)
  lu.assertStrContains(text, "the folder a holds this run, finished 2")
  lu.assertStrContains(dry "n=4", "the folder a holds a finished run that differs: n is 3 there")
  lu.assertStrContains(dry "n=4 overwrite=true", "a, where files of an earlier run would be")
  lu.assertStrContains(dry "n=3 resume=true", "a, where the run started 2")
  lu.assertEquals(child.read(self.folder .. "/a/run.json"), before)
  child.write(self.folder .. "/a.txt", "")
  lu.assertStrContains(self:run_count "n=3 dry=true out=a.txt", "a.txt is a file, not a folder")
end

-- Two numbers, a figure of them, and a check; CALLS counts how often run was called.
local LINE <const> = [[
local vt = require "vitrum"
local calls = 0
local protocol = vt.protocol{ name = "line", summary = "Draw a line.",
  params = { { "slope", 2.0, above = 0 }, { "ends", "0,1", kind = "numbers" },
             { "names", "a,b", kind = "words", repeated = false } },
  check = function(p)
    if #p.ends ~= 2 then error("ends are two numbers", 0) end
  end,
  title = function(p) return "Slope " .. p.slope end,
  run = function(p, out)
    calls = calls + 1
    local x = vt.array(p.ends)
    out:value("rise", p.slope * (x[2] - x[1]), "m", { error = 0.5, paper = 2 })
    return { x = x, y = x * p.slope, names = p.names }
  end,
  report = function(page, r, p)
    assert(calls < 2 and math.type(p.slope) == "float")
    page:figure{ plot = { x = r.x, y = r.y }, caption = "First words, " .. r.names[2] }
  end,
}
return protocol]]

function TestProtocol:test_the_report_alone_again()
  local function run(arguments) return child.vitrum(self.folder, "line.lua " .. arguments) end
  child.write(self.folder .. "/line.lua", LINE)
  local text, status = run "report=true"
  lu.assertEquals(status, 1)
  lu.assertStrContains(text, "report=true writes the report of a finished run again, but the "
    .. "folder line holds none")
  text, status = run "slope=3"
  lu.assertEquals(status, 0, text)
  local page = self.folder .. "/line/report.html"
  for _, words in ipairs { "<title>Slope 3.0", "First words, b", "<svg" } do
    lu.assertStrContains(child.read(page), words)
  end
  lu.assertStrContains(run "slope=3", "holds this run, finished 2")
  -- The text of the report changes.
  child.write(self.folder .. "/line.lua", (LINE:gsub("First words", "Second words")))
  text, status = run "slope=3"
  lu.assertEquals(status, 1)
  lu.assertStrContains(text, "only the report function of the script has changed since: "
    .. "report=true")
  text, status = run "slope=3 report=true"
  lu.assertEquals(status, 0, text)
  lu.assertStrContains(child.read(page), "Second words, b")
  -- Something else changes, too.
  child.write(self.folder .. "/line.lua", (LINE:gsub("p.slope %* %(", "2 * p.slope * (")))
  text, status = run "slope=3"
  lu.assertEquals(status, 1)
  lu.assertStrContains(text, "the script has changed since, not only in its report function")
  -- A report that fails loses nothing.
  child.write(self.folder .. "/line.lua", (LINE:gsub("page:figure", "page:figur")))
  text, status = run "slope=4 out=other"
  lu.assertEquals(status, 1)
  lu.assertStrContains(text, "The results are saved in other; once this is fixed, report=true")
  child.write(self.folder .. "/line.lua", LINE)
  text, status = run "slope=4 out=other"
  lu.assertEquals(status, 0, text)
  lu.assertStrContains(child.read(self.folder .. "/other/report.html"), "First words, b")
end

function TestProtocol:test_lists_and_checks()
  child.write(self.folder .. "/line.lua", LINE)
  for arguments, message in pairs {
    ["ends=1"] = "line: ends are two numbers", ["ends=1,x"] = "ends must be a number, not 'x'",
    ["names=a,b,a"] = "names names a twice", ["names="] = "names must be a list, not ''",
  } do
    local text, status = child.vitrum(self.folder, "line.lua " .. arguments)
    lu.assertEquals(status, 2, arguments)
    lu.assertStrContains(text, message)
  end
  lu.assertNil(system.kind(self.folder .. "/line"))
  local line = dofile(self.folder .. "/line.lua")
  local r = line:run{ ends = { 1, 2.5 }, names = { "u", "v" }, out = self.folder .. "/l",
                      quiet = true }
  lu.assertEquals(r.y:totable(), { 2, 5 })
  lu.assertEquals(r.names, { "u", "v" })
  lu.assertErrorMsgContains("names must be words without spaces",
    function() line:run{ names = { "a b" }, out = self.folder .. "/m" } end)
end

function TestProtocol:test_stages_have_names_of_their_own()
  local p = vt.protocol{ name = "two", summary = "Two.", run = function(_, out)
    out:stage("one", function() return { x = vt.array{ 1, 2.5 } } end)
    out:stage("one", function() return {} end)
  end }
  lu.assertErrorMsgContains("there is a stage 'one' already; every stage",
                            function() p:run{ out = self.folder .. "/two", quiet = true } end)
end

function TestProtocol.test_groups_of_parameters()
  local kit = vt.protocol.kit
  local group = kit.dynamics{ temperature = 77, pressure = false, timestep = { 0.004, max = 1 } }
  local names = {}
  for k, entry in ipairs(group) do names[k] = entry[1] end
  lu.assertEquals(names, { "temperature", "timestep", "sample_every", "seed", "precision" })
  lu.assertEquals({ group[1][2], group[2][2], group[2].max, group[2].unit }, { 77, 0.004, 1, "ps" })
  lu.assertEquals(kit.dynamics[1][2], 300) -- as it was
  lu.assertErrorMsgContains("the group has no parameter 'presure'; did you mean 'pressure'?",
                            function() kit.dynamics{ presure = 1 } end)
end

function TestProtocol:test_provenance_names_the_taper_of_a_potential()
  local line
  vt.protocol{ name = "f", summary = "F.", run = function(_, out)
    out:uses{ file = "a.eam.fs", sha256 = "0123", taper = 0.3 }
    line = out:provenance()
  end }:run{ out = self.folder .. "/f", quiet = true }
  lu.assertStrContains(line, "potential a.eam.fs, taper 0.3 A (SHA-256 0123)")
end

function TestProtocol:test_methods_of_a_run_check_their_arguments()
  local messages = {}
  local function attempt(f, ...)
    local ok, message = pcall(f, ...)
    lu.assertFalse(ok)
    messages[#messages + 1] = message
  end
  vt.protocol{ name = "f", summary = "F.", run = function(_, out)
    attempt(out.log, out, "%d done", "x")
    attempt(out.say, out)
    attempt(out.uses, out, nil)
    attempt(out.plan, out, "long")
    attempt(out.plan, out, 1, { unit = "K" })
    attempt(out.progress, out, nil, "x")
    attempt(out.stage, out, "a", print, "long")
    attempt(out.value, out, nil, 1)
    attempt(out.value, out, "x", {})
    attempt(out.value, out, "x", 1, "K", { nam = 1 })
    attempt(out.record, out, "r.csv", { "a,b" })
    attempt(out.record, out, "r.csv", {})
    attempt(out.md, out)
    attempt(out.md, out, {}, { start = 3 })
    attempt(out.md, out, {})
    attempt(out.save, out, 3, "a.data")
    attempt(out.table, out, "t.csv", { { "a", { 1, 2 } }, { "b", { 1 } } })
    attempt(out.path, "x")
    local record = out:record("r.csv", { "step [-]", "value" })
    attempt(record.add, record, 1, nil)
    attempt(record.rewind, record, "x")
    attempt(record.column, record, "step []")
  end }:run{ out = self.folder .. "/f", quiet = true }
  for k, expected in ipairs {
    "Run:log: the values do not go into the text '%d done': number expected, got string",
    "Run:say: the text must be a string, got nothing",
    "Run:uses: expected a potential, such as glass.potential, got nil",
    "Run:plan: the total must be a number that is not negative, got the string 'long'",
    "Run:plan: unknown option 'unit'", "Run:progress: the amount must be a finite number",
    "Run:stage: the work must be a finite number, got the string 'long'",
    "Run:value: the name must be a string, got nothing",
    "Run:value: the value of 'x' must be a number or a text, got a table",
    "Run:value: unknown option 'nam'",
    "Run:record: column 1 must be a name such as \"time [ps]\", without a comma, not 'a,b'",
    "Run:record: give at least one column",
    "out:md: the parameters must be a table, got nothing",
    "out:md: option 'start' must be a function, got 3",
    "kit.potential: p.potential must be a string, got nothing",
    "Run:save: expected atoms, got 3",
    "Run:table: column 2 has 1 values, the first one 2",
    "Run:path: expected a Run in front of the colon, got 'x'; call it as x:path(...)",
    "value must be a number, not nil", "Record:rewind: the value must be a finite number",
    "has no column 'step []'; there are step [-], value",
  } do
    lu.assertStrContains(messages[k], expected)
  end
end

function TestProtocol:test_files_of_the_protocol_have_plain_names()
  local function with(name)
    local p = vt.protocol{ name = "f", summary = "F.", run = function(_, out) out:path(name) end }
    return function() p:run{ out = self.folder .. "/f", overwrite = true, quiet = true } end
  end
  for _, name in ipairs { "a/b", "run.json", "log.txt", "" } do
    lu.assertErrorMsgContains("cannot be the name of a file", with(name))
  end
end

-- ---------------------------------------------------------------- parts ----

TestParts = {}

function TestParts.test_json_reads_back_what_it_wrote()
  local value = { a = { 1, 2.0, 0.1, 1e300, -0.0, math.mininteger }, b = "q\"\\\n\1\xc3\xa9",
                  c = true, d = { e = { f = false } }, g = math.huge, h = -math.huge, i = {} }
  local back = json.decode(json.encode(value), "test")
  lu.assertEquals(back, value)
  lu.assertEquals(math.type(back.a[1]), "integer")
  lu.assertEquals(math.type(back.a[2]), "float")
  local nan = json.decode(json.encode { 0 / 0 }, "test")[1]
  lu.assertTrue(nan ~= nan)
end

function TestParts.test_json_errors_name_the_place()
  local function decode(text) return function() json.decode(text, "f.json") end end
  lu.assertErrorMsgContains("f.json:2: a comma or } is expected, found '\"b\"'",
                            decode '{"a": 1\n"b"')
  lu.assertErrorMsgContains("f.json:1: a number is expected, found the end of the file",
                            decode '[1,')
  lu.assertErrorMsgContains("a name in quotes is expected", decode "{1:2}")
  lu.assertErrorMsgContains("a colon is expected", decode '{"a" 2}')
  lu.assertErrorMsgContains("the closing quote", decode '"abc')
  lu.assertErrorMsgContains("a known escape", decode [["\q"]])
  lu.assertErrorMsgContains("the end of the file is expected", decode "1 2")
  lu.assertErrorMsgContains("an end of the nesting is expected", decode(("["):rep(100000)))
  lu.assertErrorMsgContains("mixes names with the key 1.5",
                            function() json.encode { [1.5] = 1 } end)
  lu.assertErrorMsgContains("also has the key 'x'", function() json.encode { 1, x = 2 } end)
  local loop = {}
  loop.loop = loop
  lu.assertErrorMsgContains("a.loop is a itself; a table that holds itself cannot be saved",
                            function() json.encode(loop, "a") end)
  local part = { 1 }
  lu.assertEquals(json.decode(json.encode{ part, part }, "twice"), { part, part })
end

function TestParts.test_compositions()
  lu.assertEquals(parameters.composition "Cu64.5Zr35.5", { Cu = 64.5, Zr = 35.5 })
  lu.assertEquals(parameters.composition "NiTi", { Ni = 1, Ti = 1 })
  local nothing, message = parameters.composition "Cu64 Zr36"
  lu.assertNil(nothing)
  lu.assertStrContains(message, "expected an element symbol at ' Zr36'")
end

function TestParts.test_numbers_are_shown_short()
  lu.assertEquals(parameters.number_text(1e13), "1e13")
  lu.assertEquals(parameters.number_text(0.002), "0.002")
  lu.assertEquals(parameters.number_text(2000.0), "2000")
  lu.assertEquals(parameters.number_text(2.5e-7), "2.5e-7")
  lu.assertEquals(parameters.number_text(36), "36")
end

os.exit(lu.LuaUnit.run())
