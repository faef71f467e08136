-- The layers and rooms of the source: who may include whom.
local lu = require "luaunit"
local system = require "vitrum.system"

local SOURCE <const> = os.getenv "VITRUM_SOURCE" or "."

-- What each room stands on, as its public header says; it may include these, what they stand on,
-- and itself.
local STANDS_ON <const> = {}
for _, room in ipairs(assert(system.list(SOURCE .. "/src"))) do
  local header = io.open(("%s/include/vitrum/%s.h"):format(SOURCE, room))
  if header then
    local text = header:read "a"
    header:close()
    local list = text:match "Stands on: ([%w, ]+)%."
      or error(("include/vitrum/%s.h lacks the line 'Stands on: base, ....' in its first comment")
        :format(room))
    STANDS_ON[room] = {}
    for below in list:gmatch "%w+" do
      if below ~= "nothing" then table.insert(STANDS_ON[room], below) end
    end
  end
end

-- The rooms that `room` may include. `above` are those that stand on it: no room stands on itself.
local function allowed(room, set, above)
  set, above = set or { units = true }, above or {} -- vitrum/units.h holds constants only
  lu.assertNotNil(STANDS_ON[room], room .. " is no room")
  lu.assertNil(above[room], "rooms stand on each other: " .. room)
  above[room], set[room] = true, true
  for _, below in ipairs(STANDS_ON[room]) do allowed(below, set, above) end
  above[room] = nil
  return set
end

-- Calls f(path, header) for every #include "..." or <...> of the C files in a folder.
local function each_include(folder, f)
  local files = 0
  for _, name in ipairs(assert(system.list(SOURCE .. "/" .. folder))) do
    if name:match "%.[ch]c?$" then
      files = files + 1
      for line in io.lines(("%s/%s/%s"):format(SOURCE, folder, name)) do
        local header = line:match '^%s*#%s*include%s*[<"]([^>"]+)[>"]'
        if header then f(folder .. "/" .. name, header) end
      end
    end
  end
  lu.assertTrue(files > 0, folder)
end

TestLayout = {}

function TestLayout.test_every_folder_is_a_room_but_for_the_bindings()
  for _, name in ipairs(system.list(SOURCE .. "/src")) do
    lu.assertTrue(STANDS_ON[name] ~= nil or name == "lua", "src/" .. name)
  end
end

function TestLayout.test_only_the_bindings_know_lua()
  local function refuse_lua(path, header)
    lu.assertNil(header:match "^lua" or header:match "^lauxlib", path .. " includes " .. header)
  end
  for room in pairs(STANDS_ON) do each_include("src/" .. room, refuse_lua) end
  each_include("include/vitrum", refuse_lua)
end

function TestLayout.test_rooms_include_only_what_they_stand_on()
  for room in pairs(STANDS_ON) do
    local may = allowed(room)
    each_include("src/" .. room, function(path, header)
      local other = header:match "^vitrum/(%w+)%.h$" or header:match "^(%w+)/"
      if other and (STANDS_ON[other] or header:match "^vitrum/") then
        lu.assertTrue(may[other] == true, path .. " includes " .. header)
      end
    end)
  end
end

os.exit(lu.LuaUnit.run())
