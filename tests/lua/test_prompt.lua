-- The program without a terminal: options, arguments, exit status, piped input; completion. What
-- needs a terminal is in tests/c/test_prompt_terminal.c.
local child = require "child"
local lu = require "luaunit"
local vt = require "vitrum"
local complete = require "vitrum.prompt.complete"
local help = require "vitrum.prompt.help"
local prompt = require "vitrum.prompt"

local PROGRAM = os.getenv "VITRUM_PROGRAM"

local function quote(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

-- Standard output, standard error and exit status of a shell command.
local function shell(command)
  local errors = os.tmpname()
  local pipe <close> = assert(io.popen(("( %s ) 2>%s; echo \"=$?\""):format(command, errors)))
  local output, status = pipe:read("a"):match "^(.*)=(%d+)\n$"
  local file <close> = assert(io.open(errors))
  local text = file:read "a"
  os.remove(errors)
  return output, text, math.tointeger(tonumber(status))
end

-- The program with these arguments, standard input empty or `input`.
local function run(arguments, input)
  local words = {}
  for k, word in ipairs(arguments) do words[k] = quote(word) end
  return shell(("printf %%s %s | %s %s"):format(quote(input or ""), quote(PROGRAM),
    table.concat(words, " ")))
end

-- The path of a script with this text; removed in tearDown.
local scripts = {}
local function script(text)
  local path = os.tmpname()
  local file <close> = assert(io.open(path, "w"))
  file:write(text)
  scripts[#scripts + 1] = path
  return path
end

TestProgram = {}

function TestProgram.tearDown()
  for _, path in ipairs(scripts) do os.remove(path) end
  scripts = {}
end

function TestProgram.test_a_script_gets_its_arguments()
  local path = script "#!/usr/bin/env vitrum\nprint(#arg, arg[0], arg[1], arg[2], ...)"
  local output, errors, status = run { path, "n=3", "--help" }
  lu.assertEquals(output, ("2\t%s\tn=3\t--help\tn=3\t--help\n"):format(path))
  lu.assertEquals(errors, "")
  lu.assertEquals(status, 0)
end

function TestProgram.test_values_carry_their_unit()
  local output = run({ "-i" }, table.concat({ "a = vt.atoms.random{ n = 8, number_density = 0.08,",
    "  composition = { Cu = 1 }, seed = 1 }", "a:volume()", "a:volume() / 2", "t = { a = a }",
    "t.a:temperature()", "(a:volume())", "a:volume(), 2", "{ stress = -0.0 }" }, "\n"))
  lu.assertStrContains(output, "100.0 A^3\n50.0\n0.0 K\n100.0\n100.0\t2\n{ stress = 0 }\n")
end

function TestProgram.test_fields_of_a_result_carry_their_unit()
  local output = run({ "-i" }, table.concat({ "a = vt.atoms.random{ n = 8, number_density = 0.001,",
    "  composition = { Ar = 1 }, seed = 1 }",
    "a.potential = vt.potential.lj{ species = 'Ar', epsilon = 0.01, sigma = 1 }",
    "local r = vt.minimize(a)", "r", "r.energy", "r.evaluations", "r.energy + 1",
    "x = r", "x.fmax", "x = { energy = 2 }", "x", "x.energy", "a:box().volume", "b = a:box()",
    "b.volume", "b.lengths", "a:box()" }, "\n"))
  for _, words in ipairs { "  energy        = 0 eV,\n", "  fmax          = 0 eV/A,\n",
                           "  evaluations   = 1,\n",
                           "\n0.0 eV\n1\n1.0\n0.0 eV/A\n{ energy = 2 }\n2\n",
                           "\n8000.0\n8000.0 A^3\n{ 20, 20, 20 }\n", "volume   = 8000 A^3\n",
                           "lengths  = { 20, 20, 20 } A,\n" } do
    lu.assertStrContains(output, words)
  end
end

function TestProgram.test_a_script_has_vt_and_help()
  local output = run { script "print(vt == require 'vitrum', help == vt.help, vt.version)" }
  lu.assertEquals(output, ("true\ttrue\t%s\n"):format(vt.version))
end

function TestProgram.test_an_error_gives_one_line_and_status_1()
  local path = script "local x\nvt.progress('x', 1, { intervall = 3 })"
  local output, errors, status = run { path }
  lu.assertEquals(output, "")
  lu.assertEquals(errors, ("vitrum: %s:2: progress: unknown option 'intervall'; "
    .. "did you mean 'interval'?\n"):format(path))
  lu.assertEquals(status, 1)
end

function TestProgram.test_traceback_on_request()
  local path = script "local function f() error('oh') end\nf()"
  local _, errors = run { "--traceback", path }
  lu.assertStrContains(errors, ("vitrum: %s:1: oh\nstack traceback:\n"):format(path))
end

-- An error in vitrum's own Lua modules is not the user's: there the traceback tells where.
function TestProgram.test_traceback_for_internal_errors()
  local _, errors, status = run { "-e", "require('vitrum.base.inspect').show({}, 3)" }
  lu.assertStrContains(errors, "vitrum: vitrum.base.inspect:")
  lu.assertStrContains(errors, "stack traceback:")
  lu.assertEquals(status, 1)
end

function TestProgram.test_error_values_that_are_no_strings()
  local _, errors, status = run { "-e", "error({})" }
  lu.assertEquals(errors, "vitrum: the error is a value of type table\n")
  lu.assertEquals(status, 1)
  _, errors = run { "-e", "error(setmetatable({}, {__tostring = function() return 'odd' end}))" }
  lu.assertEquals(errors, "vitrum: odd\n")
end

function TestProgram.test_a_missing_script_is_an_error()
  local _, errors, status = run { "no-such-file.lua" }
  lu.assertEquals(errors, "vitrum: cannot open no-such-file.lua: No such file or directory\n")
  lu.assertEquals(status, 1)
end

function TestProgram.test_os_exit_sets_the_status()
  local _, _, status = run { script "os.exit(7)" }
  lu.assertEquals(status, 7)
end

function TestProgram.test_e_l_and_v_act_as_in_lua()
  local output, errors, status = run { "-e", "x = 3", "-ey = 4", "-e", "print(x + y)" }
  lu.assertEquals({ output, errors, status }, { "7\n", "", 0 })
  output = run { "-l", "vitrum.base.inspect", "-l", "i=vitrum.base.inspect", "-e",
                 "print(i == _G['vitrum.base.inspect'])" }
  lu.assertEquals(output, "true\n")
  output = run { "-v" }
  lu.assertEquals(output, ("vitrum %s, Lua 5.4%s\n"):format(vt.version,
    output:match "Lua 5%.4([%d.]*)"))
  output = run { "-e", "x = 3", script "print(x, arg[1], arg[-1])", "a" }
  lu.assertEquals(output, "3\ta\tx = 3\n")
end

function TestProgram.test_warnings_are_shown_with_W()
  local _, errors = run { "-e", "warn 'careful'" }
  lu.assertEquals(errors, "")
  _, errors = run { "-W", "-e", "warn 'careful'" }
  lu.assertStrContains(errors, "careful")
end

function TestProgram.test_help_and_wrong_options()
  local output, _, status = run { "--help" }
  lu.assertStrContains(output, "usage: vitrum [options] [script [key=value ...]]")
  lu.assertEquals(status, 0)
  local errors
  output, errors, status = run { "--hlep" }
  lu.assertEquals(output, "")
  lu.assertEquals(errors, "vitrum: option '--hlep' is unknown; vitrum --help lists the options\n")
  lu.assertEquals(status, 1)
  _, errors, status = run { "-e" }
  lu.assertEquals(errors, "vitrum: option '-e' needs a value; vitrum --help lists the options\n")
  lu.assertEquals(status, 1)
end

TestPipe = {}

function TestPipe.test_a_script_on_standard_input()
  local output, errors, status = run({}, "local x = 6\nprint(x * 7)\n")
  lu.assertEquals({ output, errors, status }, { "42\n", "", 0 })
  output = run({ "-", "a" }, "print(...)")
  lu.assertEquals(output, "a\n")
end

function TestPipe.test_an_error_on_standard_input_gives_status_1()
  local _, errors, status = run({}, "print(1)\nerror 'oh'\n")
  lu.assertEquals(errors, "vitrum: stdin:2: oh\n")
  lu.assertEquals(status, 1)
end

-- With -i the lines of a pipe run one by one, values are printed, and nothing else is.
function TestPipe.test_lines_with_i()
  local lines = "local a = 20\na + 22\nfor k = 1, 2 do\nprint(k)\nend\n"
  local output, errors, status = run({ "-i" }, lines)
  lu.assertEquals({ output, errors, status }, { "42\n1\n2\n", "", 0 })
  output, errors, status = run({ "-i" }, "nonsense +\n* 2\n7\n")
  lu.assertEquals(output, "7\n")
  lu.assertStrContains(errors, "line 2: unexpected symbol near '*'")
  lu.assertEquals(status, 1)
  output, errors, status = run({ "-i", script "x = 5" }, "x\n")
  lu.assertEquals({ output, errors, status }, { "5\n", "", 0 })
  output, errors, status = run({ "-i" }, "f(\n")
  lu.assertEquals(output, "")
  lu.assertStrContains(errors, "unfinished")
  lu.assertEquals(status, 1)
end

function TestPipe.test_words_that_people_try()
  local output, errors, status = run({ "-i" }, "help\nvt.clock\nquit\nno_such()\n")
  lu.assertStrContains(output, "Topics")
  lu.assertStrContains(output, 'vt.clock() -> seconds    (more: help "clock")\n')
  lu.assertEquals({ errors, status }, { "", 0 })
end

function TestPipe.test_a_full_disk_is_told()
  local probe = io.open "/dev/full"
  lu.skipIf(not probe, "no /dev/full here")
  probe:close()
  local _, errors, status = shell(quote(PROGRAM) .. " -e 'print(1)' >/dev/full </dev/null")
  lu.assertEquals(errors, "vitrum: could not write to standard output\n")
  lu.assertEquals(status, 1)
end

function TestPipe.test_progress_lines_where_there_is_no_terminal()
  local code = "local bar <close> = vt.progress('cycles', 10, { interval = 0.1, "
    .. "rate_unit = 'cycles/s' }) local t = vt.clock() "
    .. "while vt.clock() - t < 1.5 do bar:update(5) end"
  local _, errors = run { "-e", code }
  lu.assertStrMatches(errors:match "^[^\n]*", "cycles: 50%%, %d[%d.]* cycles/s  0:0%d left")
  lu.assertNil(errors:find "\27")
  _, errors = run { "-e", "vt.quiet() " .. code }
  lu.assertEquals(errors, "")
end

TestModule = {}

-- The same module in the system's interpreter.
function TestModule.test_require_in_lua()
  local folder = os.getenv("VITRUM_MODULE"):match "^(.*)/"
  local function lua(code)
    return shell(("LUA_CPATH='%s/?.so' lua5.4 -e %s </dev/null"):format(folder, quote(code)))
  end
  local output, errors, status = lua [[
    local vt = require "vitrum"
    local inspect = require "vitrum.base.inspect"
    print(vt.version, vt.threads() > 0, inspect.show { vt.array { 1, 2 }:sum() })
    print(pcall(vt.progress, "x", 1, { intervall = 2 }))
    print(#require("vitrum.prompt.help").undocumented())]]
  lu.skipIf(errors:find "ASan runtime", "lua5.4 cannot load a module built with sanitizers")
  lu.assertEquals(errors, "")
  lu.assertEquals(status, 0)
  lu.assertEquals(output, table.concat({
    vt.version .. "\ttrue\t{ 3 }",
    "false\t(command line):4: progress: unknown option 'intervall'; did you mean 'interval'?",
    #help.undocumented() .. "\n",
  }, "\n"))
end

-- A permanent count hook would halve the speed of Lua code; coroutines alone have one.
function TestModule.test_lua_code_runs_without_a_hook()
  lu.assertNil((debug.gethook()))
  lu.assertNotNil((debug.gethook(coroutine.create(print))))
  local values = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b * 2 end)
  lu.assertEquals({ values(1), values(5) }, { 2, 10 })
end

-- ---------------------------------------------------------------- completion ----

TestComplete = {}

local function candidates(text, word, quoted)
  local found, append = complete.complete(text, word or "", quoted or false)
  return found and table.concat(found, " "), append
end

function TestComplete.setUp()
  help.document("bake", {
    signature = "vt.bake(atoms, options) -> Progress", summary = "For this test.",
    options = {
      { name = "time", kind = "positive", unit = "ps", help = "how long" },
      { name = "timestep", kind = "positive", unit = "ps", help = "step" },
      { name = "method", choices = { "slow", "slower", "fast" }, help = "how" },
      { name = "stir", kind = "boolean", help = "move" },
    },
  })
  vt.bake = function() end
  rawset(prompt.environment(), "glass", vt.progress("x", 1))
end

function TestComplete.tearDown()
  help.document("bake", nil)
  vt.bake = nil
  rawset(prompt.environment(), "glass", nil)
end

function TestComplete.test_globals_and_keywords()
  lu.assertEquals(candidates("", "prin"), "print")
  lu.assertEquals(candidates("x = ", "whi"), "while")
  lu.assertEquals(candidates("", "gla"), "glass")
end

function TestComplete.test_fields_and_methods()
  lu.assertEquals(candidates("vt.", "thr"), "threads")
  lu.assertEquals(candidates("x = vt.units.", "bol"), "boltzmann")
  lu.assertEquals(candidates("vt['units'].", "bol"), "boltzmann")
  lu.assertEquals(candidates("glass:", "up"), "update")
  lu.assertEquals(candidates("glass.", "up"), "update")
  lu.assertEquals(candidates("('x'):", "re"), "rep reverse")
  lu.assertEquals(candidates("no_such.", ""), "")
end

function TestComplete.test_what_a_call_would_give()
  lu.assertEquals(candidates("vt.progress('x', 1):", "up"), "update")
  lu.assertEquals(candidates("vt.bake{ time = 1 }:", "up"), "update")
  lu.assertEquals(candidates("glass:update(1):", "up"), "update")
end

function TestComplete.test_option_keys()
  local found, append = candidates("vt.bake(glass, { ", "tim")
  lu.assertEquals({ found, append }, { "time timestep", " = " })
  lu.assertEquals(candidates("vt.bake(glass, { time = 3, ", ""), "method stir timestep")
  lu.assertEquals(candidates("vt.bake{", "ti"), "time timestep")
  lu.assertEquals(candidates("vt.bake(glass,\n{ time = f({ 1, 2 }),\n", "ti"), "timestep")
  lu.assertEquals(candidates("vt.bake(glass, { time = ", "vt"), "vt")
  lu.assertEquals(candidates("vt.bake(glass, { }) + ", "ti"), "")
end

function TestComplete.test_choices_and_booleans()
  lu.assertEquals(candidates("vt.bake(glass, { method = '", "slo", true), "slow slower")
  lu.assertEquals(candidates("vt.bake(glass, { method = ", ""), '"fast" "slow" "slower"')
  lu.assertEquals(candidates("vt.bake(glass, { stir = ", ""), "false true")
  lu.assertNil((candidates("io.open('", "x", true))) -- file names
end

function TestComplete.test_help_topics()
  lu.assertEquals(candidates('help "', "bak", true), "bake")
  lu.assertEquals(candidates('help("', "bak", true), "bake")
end

function TestComplete.test_fields_inside_quotes()
  rawset(prompt.environment(), "info", { columns = { c_pe = 1, c_stress = 2, other = 3 } })
  lu.assertEquals(candidates('info.columns["', "c_", true), "c_pe c_stress")
  lu.assertEquals(candidates("info['", "", true), "columns")
  lu.assertNil((candidates('x = ["', "a", true)))
  rawset(prompt.environment(), "info", nil)
end

-- Files of the folders where potentials are sought, shown with the species in them.
function TestComplete.test_files_of_potentials()
  local folder = child.folder()
  child.write(folder .. "/Qq_one.eam.alloy", "a\nb\nc\n2 Cu Zr\n")
  child.write(folder .. "/Qq_two.eam.fs", "a\nb\n")
  child.write(folder .. "/Qq_three.txt", "a\n")
  local output = child.shell(folder, [[VITRUM_POTENTIALS="$PWD" "$VITRUM" -e '
    local complete = require("vitrum.prompt.complete").complete
    for _, text in ipairs{ "vt.potential.eam \"", "vt.potential.eam(\"",
                           "vt.potential.eam{ file = \"", "vt.potential.eam{ \"a\", \"" } do
      local found, append, labels = complete(text, "Qq", true)
      print(table.concat(found, " "), append, labels["Qq_one.eam.alloy"])
    end
    print((complete("vt.potential.eam \"", "./Qq", true)))']])
  child.remove(folder)
  lu.assertEquals(output, ("Qq_one.eam.alloy Qq_two.eam.fs\t\tQq_one.eam.alloy  (Cu Zr)\n"):rep(4)
    .. "nil\n")
end

function TestComplete.test_nothing_in_comments_and_long_strings()
  lu.assertEquals(candidates("-- vt.", "thr"), "")
  lu.assertEquals(candidates("x = [[ vt.", "thr"), "")
end

-- No text, however broken, makes completion raise.
function TestComplete.test_broken_text_does_no_harm()
  local pieces = { "vt", ".", ":", "(", ")", "{", "}", "[", "]", "'", '"', "=", ",", "1", "x ",
                   "--", "[[", "]]", "\n", "end " }
  local state = 12345
  for _ = 1, 2000 do
    local text = {}
    for k = 1, 12 do
      state = (state * 1103515245 + 12345) % 2147483648
      text[k] = pieces[state // 65536 % #pieces + 1]
    end
    local ok, message = pcall(complete.complete, table.concat(text), "", false)
    lu.assertTrue(ok, table.concat(text) .. " " .. tostring(message))
  end
end

os.exit(lu.LuaUnit.run())
