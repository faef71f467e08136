-- help(): everything that a user can reach is documented, and shows what the registry knows.
local lu = require "luaunit"
local vt = require "vitrum"
local help = require "vitrum.prompt.help"
local inspect = require "vitrum.base.inspect"
local session = require "vitrum.session"

-- What `f` prints.
local function printed(f, ...)
  local lines, real = {}, print
  _G.print = function(...)
    local words = table.pack(...)
    for k = 1, words.n do words[k] = tostring(words[k]) end
    lines[#lines + 1] = table.concat(words, "\t")
  end
  local ok, message = pcall(f, ...)
  _G.print = real
  assert(ok, message)
  return table.concat(lines, "\n")
end

TestDocumentation = {}

function TestDocumentation.test_long_names_stand_apart_from_their_text()
  local text = printed(vt.help, "structure")
  lu.assertStrContains(text, "structure.velocity_autocorrelation  ")
end

function TestDocumentation.test_every_reachable_function_is_documented()
  lu.assertEquals(table.concat(help.undocumented(), ", "), "")
end

function TestDocumentation.test_entries_are_complete()
  for name, entry in pairs(session.docs) do
    lu.assertEquals(type(entry.signature), "string", name)
    lu.assertEquals(type(entry.summary), "string", name)
    for _, option in ipairs(entry.options or {}) do
      lu.assertEquals(type(option.name), "string", name)
      lu.assertEquals(type(option.help), "string", name .. ", option " .. option.name)
    end
  end
end

function TestDocumentation.test_entries_belong_to_something()
  local reachable, types = help.reachable(), help.types()
  for name in pairs(session.docs) do
    local type_name, member = name:match "^(%u%w*)[:.]([%w_]+)$"
    if type_name then
      lu.assertNotNil(types[type_name], name)
      if name:find ":" then
        lu.assertNotNil(help.methods(types[type_name])[member], name)
      end
    elseif name ~= "prompt" and not types[name] then
      lu.assertNotNil(reachable[name], name)
    end
  end
end

TestHelp = {}

function TestHelp.test_overview_lists_topics_functions_and_types()
  local text = printed(help.help)
  lu.assertStrContains(text, "vitrum " .. vt.version)
  lu.assertStrContains(text, "Topics")
  lu.assertStrContains(text, "progress")
  lu.assertStrContains(text, "Progress")
  lu.assertEquals(printed(help.help, vt), text)
end

function TestHelp.test_an_entry_shows_options_with_units_and_defaults()
  local text = printed(help.help, "progress")
  for _, part in ipairs { "vt.progress(what, total, options)", "interval", "positive number",
                          "[s]", "default 30", 'default "1/s"', "Example" } do
    lu.assertStrContains(text, part)
  end
end

function TestHelp.test_functions_methods_and_objects_are_found()
  local by_name = printed(help.help, "progress")
  lu.assertEquals(printed(help.help, vt.progress), by_name)
  lu.assertEquals(printed(help.help, "vt.progress"), by_name)
  lu.assertEquals(printed(help.help, "vt.progress()"), by_name)
  local bar = vt.progress("x", 1)
  local method = printed(help.help, bar.update)
  lu.assertStrContains(method, "bar:update(done")
  lu.assertEquals(printed(help.help, "Progress:update"), method)
  lu.assertEquals(printed(help.help, "progress:update"), method)
  lu.assertEquals(printed(help.help, "update"), method)
  local object = printed(help.help, bar)
  lu.assertStrContains(object, "Methods of Progress")
  lu.assertEquals(printed(function() bar:help() end), object)
end

function TestHelp.test_unknown_topics_suggest_the_nearest()
  lu.assertStrContains(printed(help.help, "progres"), 'did you mean help "progress"?')
  lu.assertStrContains(printed(help.help, "porgress"), 'did you mean help "progress"?')
  lu.assertStrContains(printed(help.help, "qqqqqq"), "help() lists the topics")
  lu.assertStrContains(printed(help.help, nil), "has no value")
  lu.assertStrContains(printed(help.help, string.rep), "not vitrum's")
  lu.assertStrContains(printed(help.help, 12), "number")
end

function TestHelp.test_units_show_their_values()
  lu.assertStrContains(printed(help.help, "units"), "vt.units.boltzmann = 8.617333262e-05")
end

function TestHelp.test_a_lua_type_and_its_methods_are_found()
  local Sample = { __name = "vitrum.Sample" }
  Sample.__index = { mean = function() end }
  help.register_type("Sample", Sample)
  lu.assertItemsEquals(help.undocumented(), { "Sample:mean" })
  help.document("Sample:mean", { signature = "sample:mean() -> number", summary = "The mean." })
  lu.assertEquals(help.undocumented(), {})
  lu.assertStrContains(printed(help.help, setmetatable({}, Sample)), "The mean")
  help.document("Sample:mean", nil)
  help.register_type("Sample", nil)
end

TestInspect = {}

function TestInspect.test_plain_values()
  lu.assertEquals(inspect.show(3), "3")
  lu.assertEquals(inspect.show(0.1), "0.1")
  lu.assertEquals(inspect.show(2.0), "2.0")
  lu.assertEquals(inspect.show "a\nb", [["a\nb"]])
  lu.assertEquals(inspect.show(nil), "nil")
  lu.assertEquals(inspect.show {}, "{}")
end

function TestInspect.test_keys_are_sorted_and_quoted_where_needed()
  lu.assertEquals(inspect.show { 1, 2, b = true, a = "x", ["end"] = 1, [10] = 2, ["c d"] = 3 },
    [[{ 1, 2, [10] = 2, a = "x", b = true, ["c d"] = 3, ["end"] = 1 }]])
end

function TestInspect.test_results_are_aligned()
  local text = inspect.show({
    converged = true, energy = -4.93125, reason = "fmax reached after the last step",
    evaluations = 312,
  }, { columns = 60 })
  lu.assertEquals(text, table.concat({
    "{", "  converged   = true,", "  energy      = -4.93125,", "  evaluations = 312,",
    '  reason      = "fmax reached after the last step"', "}" }, "\n"))
end

function TestInspect.test_a_stress_shows_its_six_numbers_once()
  local stress = { xx = 1, yy = 2, zz = 3, yz = 4, xz = 5, xy = 6, 1, 2, 3, 4, 5, 6 }
  lu.assertEquals(inspect.show(stress), "{ xx = 1, yy = 2, zz = 3, yz = 4, xz = 5, xy = 6 }")
  stress[6] = 7 -- then they are two things
  lu.assertStrContains(inspect.show(stress), "{ 1, 2, 3, 4, 5, 7, xx = 1")
end

function TestInspect.test_depth_length_and_cycles_are_limited()
  local deep = { { { { { 1 } } } } }
  lu.assertEquals(inspect.show(deep), "{ { { { { ... } } } } }")
  local long = {}
  for k = 1, 1000 do long[k] = k end
  lu.assertStrContains(inspect.show(long), "1000 in all")
  lu.assertTrue(#inspect.show(long) < 200)
  for line in inspect.show(long, { columns = 40 }):gmatch "[^\n]+" do
    lu.assertTrue(#line <= 40, line)
  end
  local cycle = { name = "c" }
  cycle.self = cycle
  lu.assertEquals(inspect.show(cycle), '{ name = "c", self = <cycle> }')
  local fields = {}
  for k = 1, 100 do fields[("key%03d"):format(k)] = k end
  lu.assertStrContains(inspect.show(fields), "60 more fields")
end

function TestInspect.test_objects_show_themselves()
  lu.assertEquals(inspect.show { bar = vt.progress("x", 1) },
    "{ bar = vitrum.Progress: x, 1 in all }")
  local object = setmetatable({}, { __tostring = function() return "first\nsecond" end })
  lu.assertEquals(inspect.show { object }, "{ first ... }")
  lu.assertEquals(inspect.show(object), "first\nsecond")
end

function TestInspect.test_functions_show_no_address()
  lu.assertEquals(inspect.show { f = print }, "{ f = function }")
end

function TestInspect.test_any_bytes_give_text()
  lu.assertEquals(inspect.show { "\0\27\255" }, '{ "\\0\\27\255" }')
  lu.assertStrContains(inspect.show { ("x"):rep(1000) }, 'xxx..."')
end

os.exit(lu.LuaUnit.run())
