-- Child processes and temporary folders for tests.
local child = {}

local PROGRAM <const> = os.getenv "VITRUM_PROGRAM" or "vitrum"

---A new empty folder.
---@return string
function child.folder()
  local pipe <close> = assert(io.popen "mktemp -d")
  return (pipe:read "l")
end

function child.remove(folder)
  assert(folder:find "^/tmp/", folder)
  os.execute("rm -rf '" .. folder .. "'")
end

---Run shell text in `folder`; VITRUM stands for the program.
---@return string output standard output and error together
---@return integer status exit status, 128 + signal when killed
function child.shell(folder, text)
  local command = ("cd '%s' && VITRUM='%s'; { %s\n} 2>&1; echo \"status $?\"")
    :format(folder, PROGRAM, text)
  local pipe <close> = assert(io.popen(command))
  local output = pipe:read "a"
  local head, status = output:match "^(.*)status (%d+)\n$"
  return head, math.tointeger(tonumber(status))
end

---Run the program with `arguments` (shell words).
function child.vitrum(folder, arguments, environment)
  return child.shell(folder, ('%s "$VITRUM" %s'):format(environment or "", arguments))
end

-- Runs a protocol's script from Lua and sends the program a signal when it tells its progress for
-- the n-th time: the same instant on every machine, however busy.
local STOP <const> = [[
local runs = require "vitrum.protocol.run"
local open, count = runs.open, 0
function runs.open(...)
  local run = open(...)
  local progress = run.progress
  function run.progress(...)
    count = count + 1
    if count == tonumber(arg[2]) then io.popen("kill -" .. arg[1] .. " $PPID"):read "a" end
    return progress(...)
  end
  return run
end
local parameters = {}
for k = 4, #arg do
  local name, value = arg[k]:match "^(.-)=(.*)$"
  parameters[name] = value
end
dofile(arg[3]):run(parameters)
]]

---Run the protocol `script` with `arguments` as on the command line, which can resume it, and send
---it `signal` ("KILL", "INT") at the sample number `at` of its dynamics.
function child.stop(folder, script, arguments, signal, at)
  child.write(folder .. "/stop.lua", STOP)
  return child.vitrum(folder, ("stop.lua %s %d %s %s"):format(signal, at, script, arguments),
                      "env --default-signal=INT")
end

function child.write(path, text)
  local file <close> = assert(io.open(path, "w"))
  file:write(text)
end

---The text of a file, nil when it does not exist.
function child.read(path)
  local file <close> = io.open(path, "rb")
  return file and file:read "a"
end

---The text of a file without what differs between two equal runs: dates and wall times.
function child.read_without_time(path)
  local text = assert(child.read(path), path .. " is missing")
  return (text:gsub("%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ", "DATE")
    :gsub('"seconds": [%d.e+-]+', '"seconds": TIME'))
end

return child
