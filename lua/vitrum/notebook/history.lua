-- What was typed in this session, and the script that does the same.

local system = require "vitrum.system"

local history = {}

-- Entries { text, ok, expression = was it one, values = number printed }, or { left = text } for
-- what the script is without.
local entries = {}
local started -- when the first line came

-- Lines that are about the session, not part of its work.
local function is_idle(text)
  local word = text:match "^%s*([%a_][%w_.]*)"
  return not text:find "%S" or word == "help" or text:find "^%s*units%s*$" ~= nil
    or word == "exit" or word == "quit" or word and word:find "^vt%.session%." ~= nil
end

local left_out = false -- what runs has called vt.session
local wrote = false    -- the work of the session has written files
local files = 0        -- that were written so far, with those of vt.session

-- The shortest pieces of a text, cut at line ends and semicolons, that are statements each.
local function pieces(text)
  local list, piece = {}, ""
  for part, stop in (text .. "\n"):gmatch "([^;\n]*)([;\n])" do
    piece = piece .. part
    if not piece:find "%S" then
      piece = ""
    elseif load(piece, "=piece", "t") then
      list[#list + 1], piece = piece, ""
    else
      piece = piece .. stop
    end
  end
  if piece:find "%S" then list[#list + 1] = piece end
  return list
end

-- What of a text has run and is not about the session, and the rest; all of it is the rest where
-- that cannot be told.
local function without_session(text, ok)
  local list, left = {}, {}
  for _, piece in ipairs(pieces(text)) do
    if piece:find "%f[%w_]session%s*%.%s*%a" or #left > 0 and not ok then -- there it ended
      left[#left + 1] = piece
    else
      list[#list + 1] = piece
    end
  end
  if #left == 0 then return "", text end
  return table.concat(list, "\n"), table.concat(left, "\n")
end

-- Count the files that came since the last time; do they belong to the work?
local function count_files(of_work)
  local now = system.written()
  wrote = wrote or of_work and now > files
  files = now
end

---A line is going to run.
function history.begin()
  left_out = false
  count_files(true) -- of a script before the prompt
end

---Whether the work so far has written files.
---@return boolean
function history.wrote() return wrote end

---What runs is about the session, and no part of the script.
function history.leave_out() left_out = true end

---Note what was typed.
---@param entry { text: string, ok: boolean, expression: boolean?, values: integer? }
function history.add(entry)
  started = started or os.date "%Y-%m-%d %H:%M"
  local left = ""
  if left_out then
    entry.text, left = without_session(entry.text, entry.ok)
    entry.ok, entry.expression, entry.values = true, false, 0
  end
  left_out = false
  local work = not is_idle(entry.text)
  count_files(work and entry.ok and left == "") -- not those of vt.session
  if work then entries[#entries + 1] = entry end
  if not is_idle(left) then entries[#entries + 1] = { left = left } end
end

---Number of entries so far, without what is left out.
---@return integer
function history.count()
  local count = 0
  for _, entry in ipairs(entries) do count = count + (entry.left and 0 or 1) end
  return count
end

---When the session began; nil before anything was typed.
---@return string?
function history.started() return started end

---Forget everything; for tests.
function history.clear()
  entries, started, left_out, wrote, files = {}, nil, false, false, system.written()
end

-- ---------------------------------------------------------------- declarations ----

---The names that a text starting with `local` declares.
---@param text string
---@return string[]? names nil when it does not, or when one is to be closed at the end of the chunk
---@return string? rest what follows the names
function history.declared(text)
  local name, rest = text:match "^%s*local%s+function%s+([%a_][%w_]*)(.*)$"
  if name then return { name }, rest end
  rest = text:match "^%s*local%s+(.*)$"
  if not rest then return nil end
  local names = {}
  repeat
    local attribute
    name, rest = rest:match "^%s*([%a_][%w_]*)%s*(.*)$"
    if not name then return nil end
    names[#names + 1] = name
    if rest:find "^<" then
      attribute, rest = rest:match "^<%s*(%w+)%s*>%s*(.*)$"
      if not attribute or attribute == "close" then return nil end
    end
    local after = rest:match "^,(.*)$"
    rest = after or rest
  until not after
  return names, rest
end

-- ---------------------------------------------------------------- the script ----

-- `local x = 1` lasts for the session at the prompt and hides no variable of a function that was
-- defined before, so the script has it as a plain assignment; only where the name is Lua's or
-- vitrum's own it stays local, or their functions would change.
local function without_local(text, taken)
  local names, rest = history.declared(text)
  if not names then return nil end
  for _, name in ipairs(names) do
    if taken[name] then return text end
  end
  if text:find "^%s*local%s+function" then return "function " .. names[1] .. rest end
  local list = table.concat(names, ", ")
  if rest:find "^=[^=]" then return list .. " " .. rest end
  return list .. " = nil" .. (rest:find "%S" and "\n" .. rest or "")
end

-- A text in brackets: a comment at its end would swallow what closes them.
local function enclosed(before, text, after)
  local comment = text:find("--", 1, true) and after:sub(1, 1) ~= "\n"
  return before .. text .. (comment and "\n" or "") .. after
end

local function statement(entry, taken, uses_last)
  if entry.left then return "-- left out: " .. entry.left:gsub("\n", "\n--           ") end
  local text, values = entry.text, entry.values or 0
  if not entry.ok then return "-- failed: " .. text:gsub("\n", "\n--         ") end
  if entry.expression then
    if values == 0 then return (text:find "^%s*%(" and ";" or "") .. text end
    if uses_last and values > 1 then
      return enclosed("_ = table.pack(", text, ")\nprint(table.unpack(_, 1, _.n))\n_ = _[1]")
    elseif uses_last then
      return enclosed("_ = ", text, "\nprint(_)")
    end
    return enclosed("print(", text, ")")
  end
  if values > 0 then return enclosed("print((function() ", text, " end)())") end
  local plain = without_local(text, taken) or text
  -- At the prompt a local that does not begin the line ends with it.
  local inner = plain:find "%f[%w_]local%f[^%w_]" and not plain:find "^%s*local%f[^%w_]"
  return inner and enclosed("do ", plain, " end") or plain
end

---The session as a script that runs.
---@param taken table<string, any> names that must not become globals
---@param first string? the script that ran before the prompt
---@return string text
---@return integer statements those that are not comments
function history.script(taken, first)
  local lines, count, uses_last = {}, 0, false
  for _, entry in ipairs(entries) do
    uses_last = uses_last or entry.text and entry.text:find "%f[%w_]_%f[^%w_]" ~= nil
  end
  if first then lines[1] = ("dofile %q"):format(first) end
  for _, entry in ipairs(entries) do
    lines[#lines + 1] = statement(entry, taken, uses_last)
    if entry.ok then count = count + 1 end
  end
  return table.concat(lines, "\n") .. "\n", count
end

return history
