-- Options tables: what C functions (vtl_options) and Lua functions (vitrum.options) say to wrong
-- ones is the same.
local lu = require "luaunit"
local vt = require "vitrum"
local options = require "vitrum.base.options"

local SPECS = {
  { name = "timestep", kind = "positive", unit = "ps", default = 0.001 },
  { name = "ensemble", choices = { "nve", "nvt" }, default = "nve" },
  { name = "steps", kind = "count" },
  { name = "seed", kind = "seed", default = 1 },
  { name = "shift", kind = "integer" },
  { name = "skin", kind = "nonnegative", unit = "angstrom" },
  { name = "pressure", kind = "number", unit = "GPa" },
  { name = "restart", kind = "boolean", default = false },
  { name = "file", kind = "string" },
  { name = "weights", kind = "array" },
  { name = "sample", kind = "function" },
  { name = "stress", kind = "table" },
  { name = "anything" },
}

local function message_of(f, ...)
  local ok, message = pcall(f, ...)
  lu.assertFalse(ok)
  return message
end

local function check(given)
  return message_of(function() options.check("md", SPECS, given) end)
end

TestOptions = {}

function TestOptions.test_defaults_fill_what_is_not_given()
  local o = options.check("md", SPECS, { steps = 10, restart = true })
  lu.assertEquals(o, { timestep = 0.001, ensemble = "nve", steps = 10, seed = 1, restart = true })
  lu.assertEquals(options.check("md", SPECS).timestep, 0.001)
end

function TestOptions.test_the_given_table_is_not_changed()
  local given = { steps = 10 }
  options.check("md", SPECS, given)
  lu.assertEquals(given, { steps = 10 })
end

function TestOptions.test_every_kind_accepts_what_it_says()
  local good = {
    timestep = 2, ensemble = "nvt", steps = 3.0, seed = 0, shift = -4, skin = 0, pressure = -1.5,
    restart = false, file = "a", weights = { 1, 2 }, sample = print, stress = {}, anything = 1,
  }
  lu.assertEquals(options.check("md", SPECS, good), good)
  lu.assertEquals(options.check("md", SPECS, { weights = vt.array { 1, 2 } }).weights:sum(), 3)
end

function TestOptions.test_unknown_keys_name_the_nearest()
  lu.assertStrContains(check { timestpe = 1 },
    "md: unknown option 'timestpe'; did you mean 'timestep'?")
  lu.assertStrContains(check { xyzzy = 1 },
    "md: unknown option 'xyzzy'; help \"md\" lists the options")
  lu.assertStrContains(check { 3 }, "md: options are named (key = value), got an entry with key 1")
  lu.assertStrContains(message_of(options.check, "md", SPECS, "fast"),
    "md: options must be a table { key = value, ... }, got the string 'fast'")
end

function TestOptions.test_wrong_values_name_key_unit_and_value()
  local cases = {
    { { timestep = "fast" },
      "md: option 'timestep' [ps] must be a positive number, got the string 'fast'" },
    { { timestep = 0 }, "md: option 'timestep' [ps] must be a positive number, got 0" },
    { { timestep = 0 / 0 }, "md: option 'timestep' [ps] must be a positive number, got" },
    { { ensemble = "npt" }, "option 'ensemble' must be one of 'nve', 'nvt', got the string 'npt'" },
    { { steps = 0 }, "option 'steps' must be a whole number, at least 1, got 0" },
    { { steps = 1.5 }, "option 'steps' must be a whole number, at least 1, got 1.5" },
    { { steps = 1e15 + 1 }, "option 'steps' must be a whole number up to 1e15, got 1" },
    { { seed = -1 }, "option 'seed' must be a whole number, at least 0, got -1" },
    { { shift = 0.5 }, "option 'shift' must be a whole number, got 0.5" },
    { { skin = -1 }, "option 'skin' [angstrom] must be a number that is not negative, got -1" },
    { { pressure = math.huge }, "option 'pressure' [GPa] must be a finite number, got inf" },
    { { pressure = {} }, "option 'pressure' [GPa] must be a finite number, got a table" },
    { { restart = 1 }, "option 'restart' must be true or false, got 1" },
    { { file = 3 }, "option 'file' must be a string, got 3" },
    { { weights = 3 }, "option 'weights' must be an array or a table of numbers, got 3" },
    { { sample = "x" }, "option 'sample' must be a function, got the string 'x'" },
    { { stress = 1 }, "option 'stress' must be a table, got 1" },
  }
  for _, case in ipairs(cases) do lu.assertStrContains(check(case[1]), case[2]) end
end

function TestOptions.test_a_required_option_is_asked_for()
  local specs = { { name = "file", kind = "string", required = true, help = "where to write" } }
  lu.assertStrContains(message_of(options.check, "save", specs, {}),
    "save: option 'file' is missing (where to write)")
end

-- The C side, through a function that every build has.
function TestOptions.test_c_functions_say_the_same()
  local cases = {
    { { intervall = 1 }, "progress: unknown option 'intervall'; did you mean 'interval'?" },
    { { xyzzy = 1 }, "progress: unknown option 'xyzzy'; help \"progress\" lists the options" },
    { { interval = "1" },
      "progress: option 'interval' [s] must be a positive number, got the string '1'" },
    { { interval = 0 }, "progress: option 'interval' [s] must be a positive number, got 0" },
    { { rate_unit = 3 }, "progress: option 'rate_unit' must be a string, got 3" },
    { { 3 }, "progress: options are named (key = value), got an entry with key 1" },
    { 3, "progress: options must be a table { key = value, ... }, got 3" },
  }
  for _, case in ipairs(cases) do
    lu.assertStrContains(message_of(vt.progress, "x", 1, case[1]), case[2])
  end
end

function TestOptions.test_errors_carry_the_place_of_the_users_line()
  local line = debug.getinfo(1, "l").currentline
  local lua_message = message_of(function() options.check("md", SPECS, { a = 1 }) end)
  local c_message = message_of(function() vt.progress("x", 1, { a = 1 }) end)
  lu.assertStrContains(lua_message, ("test_options.lua:%d: md:"):format(line + 1))
  lu.assertStrContains(c_message, ("test_options.lua:%d: progress:"):format(line + 2))
end

os.exit(lu.LuaUnit.run())
