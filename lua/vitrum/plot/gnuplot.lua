-- Running gnuplot: quoted text, binary data, output as a string.
--
-- gnuplot never sees a file name or a text of the user unquoted, and never opens a file that the
-- user named: what it draws comes back through a pipe.


local raise = require("vitrum.base.options").raise

local gnuplot = {}

--- A gnuplot string constant. Every byte outside a few harmless ones becomes an octal escape, so
--- that no quote, backquote (command substitution) or backslash of the text is ever seen.
---@param text string
---@return string
function gnuplot.quote(text)
  return '"' .. text:gsub("[^%w %.,:;%(%)=+/<>|%-]", function(byte)
    return string.format("\\%03o", byte:byte())
  end) .. '"'
end

local CHUNK <const> = 128 -- values packed in one call, far below Lua's limit

--- Little-endian doubles of `list`.
---@param list number[]
---@return string
function gnuplot.pack(list)
  local n, parts = #list, {}
  local format = "<" .. ("d"):rep(CHUNK)
  local last = n - n % CHUNK
  for i = 1, last, CHUNK do
    parts[#parts + 1] = string.pack(format, table.unpack(list, i, i + CHUNK - 1))
  end
  if last < n then
    parts[#parts + 1] = string.pack("<" .. ("d"):rep(n - last), table.unpack(list, last + 1, n))
  end
  return table.concat(parts)
end

local function write_temporary(text, where)
  local path = os.tmpname()
  local handle, message = io.open(path, "wb")
  local ok = handle
  if handle then
    ok, message = handle:write(text)
    local closed, close_message = handle:close()
    if not closed then ok, message = nil, close_message end
  end
  if not ok then
    os.remove(path)
    raise("%s: cannot write a temporary file: %s", where, tostring(message))
  end
  return path
end

local function read_all(path)
  local handle = io.open(path, "rb")
  local text = handle and handle:read "a" or ""
  if handle then handle:close() end
  return text
end

local NOT_FOUND <const> = 127 -- exit status of the shell for a missing command

-- The first line of gnuplot's complaint that says something, without its line number.
local function complaint(text)
  for line in text:gmatch "[^\n]+" do
    local message = line:match '^".-" line %d+:%s*(.+)$' or line:match "^line %d+:%s*(.+)$"
    if message and not message:find "^warning" then return message end
  end
  return text:match "(%S[^\n]*)" or "no message"
end

--- Run a gnuplot script and give what it writes to its standard output.
---@param script string commands; "@DATA" stands for the quoted name of the data file
---@param data string binary data
---@param where string names the caller in messages
---@return string
function gnuplot.run(script, data, where)
  local removed <close> = setmetatable({}, { __close = function(paths)
    for _, path in ipairs(paths) do os.remove(path) end
  end })
  removed[1] = write_temporary(data, where)
  -- The name goes in by a function: a replacement text would have its % signs read.
  local name = gnuplot.quote(removed[1])
  removed[2] = write_temporary((script:gsub("@DATA", function() return name end)), where)
  removed[3] = os.tmpname()
  -- os.tmpname gives names without any character that a shell or gnuplot minds. -d: the user's
  -- own gnuplot settings do not change a figure.
  local pipe, message = io.popen("LC_ALL=C.UTF-8 gnuplot -d '" .. removed[2] .. "' 2>'"
                                 .. removed[3] .. "' </dev/null", "r")
  if not pipe then raise("%s: cannot start gnuplot: %s", where, tostring(message)) end
  local output = pipe:read "a"
  local ok, _, status = pipe:close()
  if not ok and status == NOT_FOUND then
    raise("%s: gnuplot was not found; figures need it: apt-get install gnuplot-nox", where)
  end
  local problem = read_all(removed[3])
  if not ok then raise("%s: gnuplot failed: %s", where, complaint(problem)) end
  if problem:find "unknown or ambiguous terminal" then
    raise("%s: this gnuplot cannot write that kind of file; install gnuplot-nox", where)
  end
  if output == "" then
    raise("%s: gnuplot drew nothing: %s", where, complaint(problem))
  end
  return output
end

return gnuplot
