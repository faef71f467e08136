-- What was typed in this session, and the script that does the same.

local history = {}

-- Entries { text, ok, expression = was it one, values = number printed, result = ... }.
local entries = {}
local started -- when the first line came

-- Lines that are about the session, not part of its work.
local function is_idle(text)
  local word = text:match "^%s*([%a_][%w_.]*)"
  return not text:find "%S" or word == "help" or text:find "^%s*units%s*$" ~= nil
    or word == "exit" or word == "quit" or word and word:find "^vt%.session%." ~= nil
end

---Note what was typed.
---@param entry { text: string, ok: boolean, expression: boolean?, values: integer? }
function history.add(entry)
  started = started or os.date "%Y-%m-%d %H:%M"
  if not is_idle(entry.text) then entries[#entries + 1] = entry end
end

---Number of entries so far.
---@return integer
function history.count() return #entries end

---When the session began; nil before anything was typed.
---@return string?
function history.started() return started end

---Forget everything; for tests.
function history.clear() entries, started = {}, nil end

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
  local plain = without_local(text, taken)
  if plain then return plain end
  -- At the prompt such a local ends with the line.
  return text:find "%f[%w_]local%f[^%w_]" and enclosed("do ", text, " end") or text
end

---The session as a script that runs.
---@param taken table<string, any> names that must not become globals
---@param first string? the script that ran before the prompt
---@return string text
---@return integer statements those that are not comments
function history.script(taken, first)
  local lines, count, uses_last = {}, 0, false
  for _, entry in ipairs(entries) do
    uses_last = uses_last or entry.text:find "%f[%w_]_%f[^%w_]" ~= nil
  end
  if first then lines[1] = ("dofile %q"):format(first) end
  for _, entry in ipairs(entries) do
    lines[#lines + 1] = statement(entry, taken, uses_last)
    if entry.ok then count = count + 1 end
  end
  return table.concat(lines, "\n") .. "\n", count
end

return history
