-- Ctrl-C in Lua code that calls C functions which do not listen: the next instruction hears it, and
-- what swallows the error is soon stopped for good. The signal is sent by the code itself, and work
-- is counted, so that it does not matter how busy the machine is.
local child = require "child"
local io_folder = require "io_folder"
local lu = require "luaunit"

TestInterrupt = io_folder.class()

-- Some milliseconds of work in a C function that does not listen, and a dot for each.
local HEAD <const> = [[
local vt = require "vitrum"
local text = ("x"):rep(2e6)
local function work()
  text:find "y.*z"
  text:reverse()
  io.stdout:write "."
end
local function press() io.popen("kill -INT $PPID"):read "a" end
]]

local function dots(code)
    io_folder.put("a.lua", HEAD .. code)
    local output, status = child.vitrum(io_folder.path, "a.lua")
    lu.assertEquals(status, 130, output)
    lu.assertStrContains(output, "interrupted")
    return select(2, output:gsub("%.", "", #output)) - select(2, output:gsub("%.lua", ""))
end

function TestInterrupt.test_the_next_instruction_hears()
    lu.assertTrue(dots "press() while true do work() end" <= 1)
    lu.assertTrue(dots [[
      local co = coroutine.wrap(function()
        press()
        for k = 1, 1e5 do work() vt.array.ones(2):sum() end
      end)
      co()]] <= 2)
end

-- Ten thousand instructions were a thousand pieces of work.
function TestInterrupt.test_errors_that_are_swallowed()
    local code = "while true do pcall(function() for k = 1, 10 do work() end end) end"
    lu.assertTrue(dots("press() " .. code) < 400)
    lu.assertTrue(dots("coroutine.wrap(function() press() " .. code .. " end)()") < 800)
end

-- Whoever catches the error has time for a last word.
function TestInterrupt.test_there_is_time_to_clean_up()
    io_folder.put("b.lua", HEAD .. "local ok, why = pcall(function() press() while true do end end)"
        .. "\nlocal n = 0\nfor k = 1, 200 do n = n + k end\nprint(ok, n, why)")
    local output = child.vitrum(io_folder.path, "b.lua")
    lu.assertStrContains(output, "false\t20100\tb.lua:8: interrupted")
end

-- Two threads are in the middle of searches of a whole sample, whose evaluations take milliseconds.
-- What they still do is told by the processor's time, 0.2 s at most.
function TestInterrupt.test_searches_end_at_once()
    io_folder.put("c.lua", HEAD .. [[
      local atoms = vt.atoms.fcc{ species = "Cu", a = 3.63, cells = 12 }
      atoms.potential = vt.potential.lj{ species = "Cu", epsilon = 0.41, sigma = 2.34,
                                         truncation = "force_shifted" }
      local art = vt.art(atoms, { region = "all" })
      local begun, events, start = 0, 0, nil
      local ok, why = pcall(art.run, art, { workers = 2,
        event = function() events = events + 1 end,
        skip = function()
          begun = begun + 1
          if begun == 4 then
            start = os.clock()
            while os.clock() - start < 0.1 do end
            start = os.clock()
            press()
          end
        end })
      print(ok, events, os.clock() - start, why)]])
    local output = child.vitrum(io_folder.path, "c.lua")
    local events, seconds = output:match "false\t(%d+)\t(%S+)\t.*interrupted"
    lu.assertEquals(events, "0", output)
    lu.assertTrue(tonumber(seconds) < 0.2, output)
end

os.exit(lu.LuaUnit.run())
