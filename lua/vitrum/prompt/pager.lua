-- Pages that are longer than the terminal go through $PAGER, else less or more. Elsewhere, in pipes
-- and on terminals that cannot move the cursor, they are printed as they are.
local session = require "vitrum.session"

local pager = {}

-- Rows of the screen that the lines take.
local function height(lines, columns)
  local rows = 0
  for _, line in ipairs(lines) do
    local length = utf8.len((line:gsub("\27%[[%d;]*m", ""))) or #line
    rows = rows + math.max(1, (length + columns - 1) // columns)
  end
  return rows
end

---Whether the lines need a pager on this terminal.
---@param lines string[]
---@param terminal table as of session.terminal()
---@return boolean
function pager.needed(lines, terminal)
  return terminal.output and terminal.input and not terminal.dumb and terminal.rows > 0
    and height(lines, terminal.columns) >= terminal.rows
end

local function command()
  local chosen = os.getenv "PAGER"
  if chosen and chosen:find "%S" then return chosen end
  for _, name in ipairs { "less", "more" } do
    if os.execute("command -v " .. name .. " >/dev/null 2>&1") then return name end
  end
end

local NOT_FOUND <const>, NOT_ALLOWED <const> = 127, 126

-- Lines through a file, not a pipe: Ctrl-C and an early end are then the pager's business alone.
local function show_in(program, lines)
  local path = os.tmpname()
  local file = io.open(path, "w")
  if not file then return false end
  file:write(table.concat(lines, "\n"), "\n")
  file:close()
  -- Colors pass, and what was shown stays on the screen, unless the user has own settings of less.
  local _, _, status = os.execute(("LESS=${LESS-FRX} %s '%s'"):format(program, path))
  os.remove(path)
  return status ~= NOT_FOUND and status ~= NOT_ALLOWED
end

---Print lines.
---@param lines string[]
function pager.show(lines)
  if pager.needed(lines, session.terminal()) then
    local program = command()
    io.stdout:flush()
    if program and show_in(program, lines) then return end
  end
  for _, line in ipairs(lines) do print(line) end
end

return pager
