-- Values as readable text: nested tables with sorted keys, results with their fields aligned,
-- limited in depth and length, cycles marked, objects through __tostring.
local inspect = {}

local LIMITS = { depth = 4, items = 24, lines = 40, text = 200 }

local RESERVED = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch "%a+" do
  RESERVED[word] = true
end

local PLAIN = { value = function(text) return text end, text = function(text) return text end }
local COLORED = {
  value = function(text) return text end,
  text = function(text) return "\27[32m" .. text .. "\27[0m" end,
}

local function cut(text, limit)
  if #text <= limit then return text end
  -- Not in the middle of a UTF-8 character.
  local last = limit - 3
  while last > 1 and (text:byte(last + 1) or 0) & 0xC0 == 0x80 do last = last - 1 end
  return text:sub(1, last) .. "..."
end

local function show_number(value)
  if math.type(value) == "integer" then return ("%d"):format(value) end
  return ("%.10g"):format(value == 0 and 0 or value) -- minus zero is zero
end

local function show_string(value, limit)
  local quoted = ("%q"):format(cut(value, limit)):gsub("\\\n", "\\n"):gsub("\r", "\\r")
  return (quoted:gsub("[%z\1-\31\127]", function(c) return ("\\%d"):format(c:byte()) end))
end

local function show_key(key)
  if type(key) == "string" then
    if key:find "^[%a_][%w_]*$" and not RESERVED[key] then return key end
    return "[" .. show_string(key, 60) .. "]"
  end
  if type(key) == "number" then return "[" .. show_number(key) .. "]" end
  return "[" .. cut(tostring(key), 60) .. "]"
end

-- Objects and functions in one line; an object that prints itself in several keeps the first.
local function show_object(value)
  if type(value) == "function" then return "function" end
  local text = tostring(value)
  local first = text:match "^[^\n]*"
  return cut(#first < #text and first .. " ..." or first, LIMITS.text)
end

-- What vt.atoms.read tells of a file is a table whose text is made here.
local function is_plain_table(value)
  if type(value) ~= "table" then return false end
  local metatable = getmetatable(value)
  return not (type(metatable) == "table" and rawget(metatable, "__tostring"))
    or rawget(metatable, "__name") == "vitrum.Info"
end

local TYPE_ORDER = { number = 1, string = 2, boolean = 3 }

local function before(a, b)
  local ta, tb = type(a), type(b)
  if ta ~= tb then return (TYPE_ORDER[ta] or 4) < (TYPE_ORDER[tb] or 4) end
  if ta == "number" or ta == "string" then return a < b end
  return tostring(a) < tostring(b)
end

-- A stress or strain has its six numbers by place and by name; once is enough, in that order.
local VOIGT = { "xx", "yy", "zz", "yz", "xz", "xy" }

local function voigt_keys(value, length, keys)
  if length ~= 6 or #keys < 6 then return nil end
  local others = {}
  for k, name in ipairs(VOIGT) do
    if not rawequal(rawget(value, name), rawget(value, k)) then return nil end
    others[name] = true
  end
  local ordered = table.move(VOIGT, 1, 6, 1, {})
  for _, key in ipairs(keys) do
    if not others[key] then ordered[#ordered + 1] = key end
  end
  return ordered
end

-- Length of the list part, and the other keys in order.
local function parts(value)
  local length, keys = 0, {}
  while rawget(value, length + 1) ~= nil do length = length + 1 end
  for key in next, value do
    local listed = math.type(key) == "integer" and key >= 1 and key <= length
    if not listed then keys[#keys + 1] = key end
  end
  table.sort(keys, before)
  local voigt = voigt_keys(value, length, keys)
  if voigt then return 0, voigt end
  return length, keys
end

-- The unit of a field of the value that is shown.
local function unit_text(key, value, state)
  local unit = state.units and state.depth == 1 and state.units[key]
  if not unit or type(value) == "string" or type(value) == "boolean" then return "" end
  local bare = is_plain_table(value) and type(value[1]) ~= "number"
  return bare and "" or " " .. unit
end

local render

-- One line if it fits into `room` characters, else nil.
local function render_inline(value, room, state)
  local pieces, used = {}, 4
  local length, keys = parts(value)
  local function add(piece)
    pieces[#pieces + 1] = piece
    local bare = piece:gsub("\27%[%d+m", "")
    used = used + (utf8.len(bare) or #bare) + 2
    return used - 2 <= room
  end
  for k = 1, length do
    if k > state.items and length > state.items + 1 then
      if not add(("... %d in all"):format(length)) then return nil end
      break
    end
    if not add(render(value[k], 0, room, state, true) or "\n") or pieces[#pieces] == "\n" then
      return nil
    end
  end
  for _, key in ipairs(keys) do
    local text = render(value[key], 0, room, state, true)
    text = text and text .. unit_text(key, value[key], state)
    if not text or not add(show_key(key) .. " = " .. text) then return nil end
  end
  if #pieces == 0 then return "{}" end
  return "{ " .. table.concat(pieces, ", ") .. " }"
end

-- The list part in lines: tables one a line, simple values as many as fit.
local function list_lines(value, length, inner, room, state)
  local lines, line = {}, nil
  local last = length > state.items + 1 and state.items or length
  for k = 1, last do
    local text = render(value[k], inner, room, state)
    local simple = not is_plain_table(value[k]) and not text:find "\n"
    if line and simple and utf8.len(line .. text) and utf8.len(line .. text) + inner + 2 < room then
      line = line .. ", " .. text
    else
      lines[#lines + 1] = line
      line = text
    end
    if not simple then
      lines[#lines + 1] = line
      line = nil
    end
  end
  lines[#lines + 1] = line
  if last < length then lines[#lines + 1] = ("... %d in all"):format(length) end
  return lines
end

-- Over several lines, the fields' equal signs aligned.
local function render_lines(value, indent, room, state)
  local length, keys = parts(value)
  local lines, inner = {}, indent + 2
  local pad = (" "):rep(inner)
  local widest = 0
  for _, key in ipairs(keys) do widest = math.max(widest, math.min(#show_key(key), 24)) end
  for _, line in ipairs(list_lines(value, length, inner, room, state)) do
    lines[#lines + 1] = pad .. line
  end
  for k, key in ipairs(keys) do
    if k > LIMITS.lines then
      lines[#lines + 1] = ("%s... %d more fields"):format(pad, #keys - LIMITS.lines)
      break
    end
    local name = show_key(key)
    local head = pad .. name .. (" "):rep(widest - #name) .. " = "
    lines[#lines + 1] = head .. render(value[key], inner, room, state)
      .. unit_text(key, value[key], state)
  end
  return "{\n" .. table.concat(lines, ",\n") .. "\n" .. (" "):rep(indent) .. "}"
end

function render(value, indent, room, state, inline)
  local kind = type(value)
  if kind == "string" then return state.style.text(show_string(value, LIMITS.text)) end
  if kind == "number" then return show_number(value) end
  if not is_plain_table(value) then return show_object(value) end
  if state.open[value] then return "<cycle>" end
  if state.depth >= LIMITS.depth then return next(value) == nil and "{}" or "{ ... }" end
  state.open[value] = true
  state.depth = state.depth + 1
  local text = render_inline(value, inline and room or room - indent, state)
  if not text and not inline then text = render_lines(value, indent, room, state) end
  state.depth = state.depth - 1
  state.open[value] = nil
  return text
end

---Text of any value for a person to read; several lines when it is a large table.
---@param value any
---@param options { columns: integer?, color: boolean?, units: table<string, string>? }? units: of
---the fields of a table
---@return string
function inspect.show(value, options)
  local columns = options and options.columns or 80
  local style = options and options.color and COLORED or PLAIN
  local state = { depth = 0, open = {}, items = LIMITS.items, style = style,
                  units = options and options.units }
  if type(value) == "string" then return style.text(show_string(value, 10000)) end
  if not is_plain_table(value) then return tostring(value) end
  return render(value, 0, columns, state)
end

---Text of any value in one line, cut when it is long.
---@param value any
---@return string
function inspect.inline(value)
  local state = { depth = 0, open = {}, items = LIMITS.items, style = PLAIN }
  return render(value, 0, LIMITS.text, state, true) or "{ ... }"
end

return inspect
