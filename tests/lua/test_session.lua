-- The session at the prompt: its lines as a script that does the same, its figures as a report, its
-- objects in files.
local child = require "child"
local history = require "vitrum.notebook.history"
local lu = require "luaunit"
local system = require "vitrum.system"

TestSession = {}

function TestSession:setUp() self.folder = child.folder() end

function TestSession:tearDown() child.remove(self.folder) end

-- What a session that gets these lines prints.
function TestSession:type(lines, arguments)
  child.write(self.folder .. "/typed", lines)
  return child.shell(self.folder, ('"$VITRUM" -i %s <typed'):format(arguments or ""))
end

local LINES <const> = [[
x = 2
x + 1
_ * 2
local y, z = 5, "five"
local function f(a) return a * y end
f(3)
nosuch()
for k = 1, 2 do
  print(k)
end
local y = 7
f(3)
help "msd"
return 1 + 1
local print = print
print(y, z)
(print)(3)
local text = "-- no comment"
#text -- but this is
do local x = 9 end
a = vt.array{ 1, 2 }
a:sum(), x
glass = vt.atoms.random{ composition = { Cu = 1 }, n = 16, seed = 1, number_density = 0.08 }
glass:volume()
local function g()
  return y
end
g()
]]

function TestSession:test_the_saved_script_prints_the_same()
  local output = self:type(LINES .. 'vt.session.save "monday"\n')
  lu.assertStrContains(output, "statements in monday.lua; vitrum monday.lua does the same")
  local text = child.read(self.folder .. "/monday.lua")
  lu.assertStrContains(text, "-- failed: nosuch()")
  lu.assertNil(text:find "help")
  lu.assertNil(text:find "vt.session")
  local again, status = child.vitrum(self.folder, "monday.lua")
  lu.assertEquals(status, 0, again)
  lu.assertEquals(again, table.concat({ "3", "6", "15", "1", "2", "21", "2", "7\tfive", "3", "13",
    "3.0\t2", "200.0", "7", "" }, "\n"))
  for line in again:gmatch "[^\n]+" do lu.assertStrContains(output, line) end
end

-- Whatever form a call of vt.session has, the script is without it.
function TestSession:test_calls_about_the_session_are_left_out()
  local output = self:type [[
p = vt.session.save("inner.lua")
local q = vt.session.report()
print(vt.session.report())
b = 5; vt.session.save("inner.lua")
vt.session.save("inner.lua"); d = 6
local s = vt.session
function keep() s.save "inner.lua" end
keep()
for k = 1, 2 do
  vt.session.save "inner.lua"
end
local a = 1; local c = 3
vt.plt
vt.structure.rdff
c, b, d
vt.session.save "outer.lua"
]]
  lu.assertStrContains(output, "nil; did you mean 'vt.plot'?")
  lu.assertStrContains(output, "nil; did you mean 'vt.structure.rdf'?")
  lu.assertStrContains(output, "\nnil\t5\t6\n")
  lu.assertStrContains(output, "vitrum outer.lua does the same again\n")
  lu.assertStrContains(child.read(self.folder .. "/outer.lua"),
    '\n-- left out: for k = 1, 2 do\n--             vt.session.save "inner.lua"\n')
  local again, status = child.vitrum(self.folder, "outer.lua")
  lu.assertEquals(status, 0, again)
  lu.assertEquals(again, "nil\nnil\nnil\t5\t6\n")
end

function TestSession:test_a_script_that_writes_files_says_so()
  local output = self:type [[
a = vt.array{ 1, 2 }
glass = vt.atoms.random{ composition = { Cu = 1 }, n = 16, seed = 1, number_density = 0.08 }
glass:save "mon.data"
vt.session.save "monday"
]]
  lu.assertStrContains(output, "(it writes files: run it in an empty folder)")
  lu.assertStrContains(child.read(self.folder .. "/monday.lua"), "run it in an empty folder")
  local _, status = child.shell(self.folder, 'mkdir new; cd new; "$VITRUM" ../monday.lua')
  lu.assertEquals(status, 0)
end

function TestSession:test_after_a_script_the_saved_one_runs_it_first()
  child.write(self.folder .. "/first.lua", "base = 40\n")
  local output = self:type('base + 2\nvt.session.save "both.lua"\n', "first.lua")
  lu.assertStrContains(output, "42")
  lu.assertStrContains(child.read(self.folder .. "/both.lua"), 'dofile "first.lua"')
  lu.assertEquals((child.vitrum(self.folder, "both.lua")), "42\n")
end

function TestSession:test_what_save_refuses()
  child.write(self.folder .. "/mine.lua", "-- mine\n")
  local output, status = self:type([[
vt.session.save "mine.lua"
x = 1
vt.session.save "mine.lua"
vt.session.save "no/such/folder/x.lua"
vt.session.save()
vt.session.save("a.lua", { overwrit = true })
vt.session.save "a\0b"
vt.session.save "ours.lua"
vt.session.save "ours.lua"
]])
  lu.assertEquals(status, 1)
  lu.assertStrContains(output, "session.save: nothing was typed at the prompt in this session")
  lu.assertStrContains(output, "session.save: mine.lua exists and was not written by this run")
  lu.assertStrContains(output, "No such file or directory")
  lu.assertStrContains(output, "the file name must be a string, got nothing")
  lu.assertStrContains(output, "unknown option 'overwrit'; did you mean 'overwrite'?")
  lu.assertStrContains(output, "contains a control character")
  lu.assertEquals(child.read(self.folder .. "/mine.lua"), "-- mine\n")
  lu.assertStrContains(child.read(self.folder .. "/ours.lua"), "\nx = 1\n")
  lu.assertNil(system.kind(self.folder .. "/a"))
end

-- A statement that has not ended is no part of the history.
function TestSession:test_an_unfinished_statement()
  local output = self:type 'x = 1\nvt.session.save "a.lua"\nfor k = 1, 3 do\n'
  lu.assertStrContains(output, "unfinished")
  lu.assertNil(child.read(self.folder .. "/a.lua"):find "for")
end

function TestSession:test_the_report_holds_figures_and_lines()
  local output = self:type([[
vt.plot({ 1, 2, 3 }, { 1, 4, 9 }, { width = 40 })
vt.plot({ 1, 2, 3 }, { 1, 8, 27 }, { file = "cubes.svg", title = "Cubes <of> numbers" })
vt.session.report("page", { title = "Monday" })
vt.session.report "cubes.svg/x"
]])
  lu.assertStrContains(output, "page.html\n")
  local page = child.read(self.folder .. "/page.html")
  local _, figures = page:gsub("<figure", "")
  lu.assertEquals(figures, 2)
  lu.assertStrContains(page, "Monday")
  lu.assertStrContains(page, "Cubes &lt;of&gt; numbers")
  lu.assertStrContains(page, "{ 1, 8, 27 }")
end

-- Pictures and views are kept as they were when they were drawn, whatever becomes of their files.
function TestSession:test_the_report_holds_pictures_and_views()
  local output = self:type([[
glass = vt.atoms.random{ composition = { Cu = 1, Zr = 1 }, n = 20, seed = 1, number_density = 0.06 }
glass:picture("a.png", { width = 80, height = 60 })
vt.view(glass, { file = "a.html", open = false, still = false, name = "Twenty" })
glass:picture("b.svg", { width = 80, height = 60 })
os.remove "a.png"; os.remove "a.html"; glass:delete{ 1 }
vt.session.report "page"
require("vitrum.notebook.figures").MOST_VIEWS = 300
vt.view(glass, { file = "b.html", open = false, still = false, name = "Nineteen" })
vt.session.report("second", { overwrite = true })
]])
  lu.assertStrContains(output, "page.html\n")
  local page = child.read(self.folder .. "/page.html")
  local _, figures = page:gsub("<figcaption>", "")
  lu.assertEquals(figures, 3)
  local _, images = page:gsub('<image[^>]*data:image/png;base64,', "")
  lu.assertEquals(images, 2)
  local _, views = page:gsub('<figure class="view" id="view%-2">', "")
  lu.assertEquals(views, 1)
  lu.assertStrContains(page, '"count":20')
  lu.assertStrContains(page, "Twenty: vt.view(glass")
  local second = child.read(self.folder .. "/second.html")
  lu.assertNil(second:find('"count":20', 1, true))
  lu.assertStrContains(second, "A view that was too large to keep, in a.html. Twenty: vt.view(")
  lu.assertStrContains(second, '"count":19')
end

function TestSession:test_the_last_value()
  local output = self:type "6 * 7\n_ + 1\nx = 5\n_\nnil\n_\n"
  lu.assertEquals(output, "42\n43\n43\nnil\nnil\n")
end

local OBJECTS <const> = [[
glass = vt.atoms.random{ composition = { Cu = 1, Zr = 1 }, n = 20, seed = 1, number_density = 0.06 }
glass.potential = vt.potential.lj{ epsilon = 0.1, sigma = 2.5, species = { "Cu", "Zr" } }
]]

-- Nothing is saved unless it was asked for; then what is read again is the same to the last bit.
function TestSession:test_objects_last_when_asked()
  self:type "x = 1\n"
  lu.assertEquals(system.list(self.folder), { "typed" })
  local define = OBJECTS:match "[^\n]*\n" .. [[
glass:thermalize{ temperature = 300, seed = 2 }
local a = vt.array{ { 0.1, 1 / 3 }, { -0.0, 1e-300 } }
mask = glass:types():eq(1)
n, name, yes, list = 3, "a\nb", true, { 1 }
function sum() return glass:positions():sum(), glass:velocities():sum(), #mask, mask:sum() end
]]
  local show = "string.format('%.17g %.17g %g %g', sum())\n"
  local before = self:type(define .. show .. 'vt.session.autosave "kept"\n')
  lu.assertStrContains(before, "saved in kept: a, glass, mask, n, name, yes")
  local after = self:type('vt.session.restore "kept"\n' .. define:match "function.-\n" .. show
    .. "string.format('%.17g %.17g', a[1][2], a[2][2])\nn\nname\nyes\nlist\n")
  lu.assertStrContains(after, "restored: a, glass, mask, n, name, yes")
  lu.assertStrContains(after, before:match "[^\n]+ 20 10\n")
  lu.assertStrContains(after, ("%.17g %.17g"):format(1 / 3, 1e-300))
  lu.assertStrContains(after, "3\na\nb\ntrue\nnil\n")
end

function TestSession:test_one_that_cannot_be_saved_takes_no_other_with_it()
  local output = self:type [[
glass = vt.atoms.random{ composition = { Cu = 1 }, n = 16, seed = 1, number_density = 0.08 }
other = glass:copy()
glass:positions():set(1, 1, 0 / 0)
local vt = require "vitrum"
keep, list = 42, { 1 }
function f() end
vt.session.autosave "a"
]]
  lu.assertStrContains(output, "saved in a: keep, other;")
  lu.assertStrMatches(output,
    ".*\nnot saved: f %(a function%), glass %(.*finite%), list %(a table%)\n.*")
  lu.assertStrContains(self:type 'vt.session.restore "a"\nkeep + #other\n', "58\n")
end

function TestSession:test_the_ways_to_end()
  for _, ending in ipairs { "exit", "os.exit(3)", "error 'oh'", "" } do
    self:type(('x = 1\nvt.session.autosave "%s"\n%s\n'):format("out", ending))
    lu.assertEquals(system.kind(self.folder .. "/out/session.json"), "file", ending)
    child.shell(self.folder, "rm -r out")
  end
  self:type 'x = 1\nvt.session.autosave "out"\nvt.session.autosave(false)\n'
  lu.assertNil(system.kind(self.folder .. "/out/session.json"))
end

function TestSession:test_what_autosave_and_restore_refuse()
  child.write(self.folder .. "/file", "")
  child.shell(self.folder, "mkdir bad odd; echo '{' >bad/session.json\n"
    .. [[echo '{"format": "vitrum session", "values": {"print": 1}, "arrays": {}, "atoms": {}}' ]]
    .. ">odd/session.json")
  local output = self:type [[
vt.session.autosave "file"
vt.session.autosave(7)
vt.session.autosave "/proc/no-such/folder"
vt.session.restore "nothing"
vt.session.restore "bad"
vt.session.restore "odd"
print(1)
x = 1
vt.session.autosave "good"
exit
]]
  lu.assertStrContains(output, "session.autosave: file is a file; name a folder")
  lu.assertStrContains(output, "give true, false or the name of a folder, not 7")
  lu.assertStrContains(output, "No such file or directory")
  lu.assertStrContains(output, "there is no saved session in nothing")
  lu.assertStrContains(output, "bad/session.json is not that of a session")
  lu.assertStrContains(output, "'print' in odd is a name of Lua's or vitrum's own")
  output = self:type 'x = 2\nvt.session.restore "good"\nx\n'
  lu.assertStrContains(output, "session.restore: 'x' has a value now")
  lu.assertStrContains(output, "\n2\n")
end

TestDeclared = {}

function TestDeclared.test_names_of_locals()
  lu.assertEquals({ history.declared "local a, b = 1, 2" }, { { "a", "b" }, "= 1, 2" })
  lu.assertEquals({ history.declared "local a <const> , b" }, { { "a", "b" }, "" })
  lu.assertEquals({ history.declared "local function f(x) end" }, { { "f" }, "(x) end" })
  lu.assertNil((history.declared "local a <close> = f()"))
  lu.assertNil((history.declared "localize = 1"))
  lu.assertNil((history.declared "x = 1"))
  lu.assertNil((history.declared "local 1"))
end

os.exit(lu.LuaUnit.run())
