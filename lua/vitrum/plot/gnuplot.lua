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

--- Little-endian doubles of `list`.
---@param list number[]
---@return string
function gnuplot.pack(list)
  local parts = {}
  for i, value in ipairs(list) do parts[i] = string.pack("<d", value) end
  return table.concat(parts)
end

local function write_temporary(text, where)
  local path = os.tmpname()
  local handle, message = io.open(path, "wb")
  local ok = handle
  if handle then
    ok, message = handle:write(text)
    local closed, problem = handle:close()
    if ok and not closed then ok, message = nil, problem end
  end
  if ok then return path end
  os.remove(path)
  raise("%s: cannot write a temporary file: %s", where, tostring(message))
end

local function read_all(path)
  local handle <close> = io.open(path, "rb")
  return handle and handle:read "a" or ""
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
---@return string printed what it printed
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
  return output, problem
end

return gnuplot
