-- What is printed holds nothing raw out of a file: a terminal obeys escapes. And what is printed
-- where standard output is closed reaches no file.
local child = require "child"
local copper = require "copper"
local io_folder = require "io_folder"
local lu = require "luaunit"
local vt = require "vitrum"

vt.quiet(true)

local put, message = io_folder.put, io_folder.message

local ESCAPE <const> = "\27]0;title\7"

TestMessages = io_folder.class()

local function clean(text, words)
  lu.assertNil(text:find "[%z\1-\8\11-\31\127]", text)
  if words then lu.assertStrContains(text, words) end
end

function TestMessages.test_errors_about_files()
  local quoted <const> = "?]0;title?"
  clean(message(vt.potential.eam, put("a.eam.alloy", "a\nb\nc\n1 Cu\n5 1 5 1 " .. ESCAPE)), quoted)
  clean(message(vt.csv.read, put("a.csv", "a,b\n1," .. ESCAPE .. ",3\n")))
  clean(message(vt.csv.read, put("b.csv", ESCAPE .. "," .. ESCAPE .. "\n")), quoted)
  clean(message(vt.atoms.read, put("a.xyz", "1\n\n" .. ESCAPE .. " 0 0 0\n")))
  clean(message(vt.atoms.read, put("a.data", "title\n\n1 " .. ESCAPE .. "\n")))
  clean(message(vt.stz.landscape, put("a.landscape", ESCAPE .. " 3\n")), quoted)
  clean(message(vt.md_restore, put("a.checkpoint", ESCAPE), copper.lj))
  clean(message(vt.stz.restore, put("b.checkpoint", ESCAPE)))
end

function TestMessages.test_the_state_of_a_run()
  put("p.lua", [[return require "vitrum".protocol{ name = "p", summary = "P.",
    run = function(_, out) out:value("a", 1) end }]])
  lu.assertEquals(select(2, child.vitrum(io_folder.path, "p.lua")), 0)
  local state = io_folder.text_of "p/run.json"
  local function shown(changed, arguments)
    put("p/run.json", changed)
    return child.vitrum(io_folder.path, "p.lua " .. (arguments or ""))
  end
  clean(shown((state:gsub('"name": "a"', '"name": "%%' .. ESCAPE))), "is not the state")
  local escaped <const> = "\\u001b]0;title\\u0007"
  clean(shown((state:gsub('"finished": "[^"]*"', '"finished": "' .. escaped .. '"'))),
        "finished ?]0;title?")
  clean(shown((state:gsub('"protocol": "p"', '"protocol": "' .. escaped .. '"'))),
        "protocol is ?]0;title? there")
  clean(shown((state:gsub('"name": "a"', '"name": "' .. escaped .. '"')), "resume=true"),
        "?]0;title?  1")
end

function TestMessages.test_objects_and_errors_of_any_origin()
  clean(tostring(vt.csv.read(put("a.csv", "a" .. ESCAPE .. ",b\n1,2\n"))), "a?]0;title?, b")
  local output, status = child.vitrum(io_folder.path, [[-e 'error "\27[31mred\0 \u{85} é\n\tb"']])
  lu.assertEquals(status, 1)
  clean(output, "?[31mred")
  output = child.shell(io_folder.path, [[printf '"\\27[31m"\nerror "\\27[32m"\n' | "$VITRUM" -i]])
  clean(output, "?[31m")
  clean(output, "?[32m")
end

function TestMessages.test_names_of_files_stay_readable()
  lu.assertStrContains(message(vt.csv.read, "Ångström-金.csv"), "Ångström-金.csv")
  lu.assertStrContains(message(vt.atoms.read, "Ångström-金.data"), "Ångström-金.data")
end

function TestMessages.test_closed_descriptors_are_no_files()
  put("a.lua", [[
    local vt = require "vitrum"
    local w = vt.csv.create("d.csv", { "a" })
    w:row(1)
    w:flush()
    print "LEAK"
    io.stdout:flush()
    io.stderr:write "LEAK"
    assert(io.read "l" == nil)
    w:row(2)
    w:close()
  ]])
  local module = os.getenv("VITRUM_MODULE"):match "^(.*)/"
  for _, how in ipairs{ '"$VITRUM" a.lua >&-', '"$VITRUM" a.lua <&- >&- 2>&-',
                        ("LUA_CPATH='%s/?.so' lua5.4 a.lua <&- >&- 2>&-"):format(module) } do
    os.remove(io_folder.name "d.csv")
    local output, status = child.shell(io_folder.path, how)
    if status == 0 or not how:find "lua5.4" then -- a sanitizer's module cannot be loaded there
      lu.assertEquals(status, 0, output)
      lu.assertEquals(io_folder.text_of "d.csv", "a\n1\n2\n")
    end
  end
end

os.exit(lu.LuaUnit.run())
