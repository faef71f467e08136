-- Loaded before every test (vitrum -l strict): a global that nobody declared is an error, read or
-- written, as in programs that embed vitrum; and a full collection follows every case, so that a
-- finalizer that is wrong shows where it is.
local lu = require "luaunit"

local function is_luaunit(level)
  return debug.getinfo(level + 1, "S").short_src:find "luaunit" ~= nil
end

setmetatable(_G, {
  __newindex = function(globals, name, value)
    if not tostring(name):find "^Test" and not is_luaunit(2) then
      error(("global '%s' is assigned; make it local"):format(tostring(name)), 2)
    end
    rawset(globals, name, value)
  end,
  __index = function(_, name)
    if not is_luaunit(2) then error(("global '%s' is not there"):format(tostring(name)), 2) end
  end,
})

local finish = lu.LuaUnit.endTest
function lu.LuaUnit.endTest(...)
  finish(...)
  collectgarbage()
  collectgarbage()
end

return true
