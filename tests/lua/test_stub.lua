-- The stub for editors: its text follows from the declarations, is Lua, and names everything.
local help = require "vitrum.prompt.help"
local lu = require "luaunit"
local stub = require "vitrum.prompt.stub"

local SOURCE <const> = os.getenv "VITRUM_SOURCE" or "."

TestStub = {}

function TestStub.test_the_file_is_what_the_declarations_say()
  local file <close> = assert(io.open(SOURCE .. "/lua/vitrum.meta.lua"))
  lu.assertTrue(file:read "a" == stub.text(), "lua/vitrum.meta.lua is not what help shows; renew "
    .. "it with: vitrum -e 'require(\"vitrum.prompt.stub\").write()'")
end

-- Run, it makes a table with a function under every name that a user can reach.
function TestStub.test_it_names_every_function()
  local env = {}
  local made = assert(load(stub.text(), "=stub", "t", env))()
  for path, value in pairs(help.reachable()) do
    if type(value) == "function" then
      local found = made
      for word in path:gmatch "[^.]+" do found = found[word] end
      lu.assertEquals(type(found), "function", path)
    end
  end
end

function TestStub.test_what_it_says_of_some()
  local text = stub.text()
  for _, words in ipairs {
    "---@field strain_rate? table<string, number> [1/s] ", "---@param path string\n",
    '---@field truncation? "cut"|"shifted"|"force_shifted"',
    "---@return vitrum.Atoms\n---@return any\nfunction vt.atoms.read(path, options) end",
    "---@param options? vitrum.fit_line_options\n---@return vitrum.Line\n"
      .. "function vt.fit.line(x, y, options) end",
    "function Array:mean(axis) end", "---@overload fun(values: any, dtype?: any): vitrum.Array",
  } do
    lu.assertStrContains(text, words)
  end
end

os.exit(lu.LuaUnit.run())
