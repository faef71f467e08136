-- A field of characters to draw on: dots of Braille, eight to a character, where the terminal shows
-- Unicode, else one character for each dot; colors where it shows them.
--
-- Dots are counted from the bottom left, characters from the top left, both from 0.

local colors = require "vitrum.picture.colors"
local text = require "vitrum.base.text"

local raster = {}

---@class vitrum.Look what a terminal can show
---@field unicode boolean
---@field colors integer 0, 16, 256 or 16777216

-- ---------------------------------------------------------------- the terminal ----

---What the terminal of this program shows.
---@param terminal { color: boolean } as session.terminal() gives it
---@return vitrum.Look
function raster.look(terminal)
  local function set(name)
    local value = os.getenv(name)
    return value ~= nil and value ~= "" and value or nil
  end
  local locale = set "LC_ALL" or set "LC_CTYPE" or set "LANG" or ""
  local term, deep = set "TERM" or "", set "COLORTERM" or ""
  local many = deep:find "truecolor" or deep:find "24bit"
  return {
    unicode = locale:lower():find "utf%-?8" ~= nil and term ~= "dumb",
    colors = not terminal.color and 0 or many and 1 << 24
      or (term:find "256" or deep ~= "") and 256 or 16,
  }
end

raster.OVER = "\27[0m"

-- Number of a color in the 6 x 6 x 6 cube of terminals of 256 colors, whose steps are uneven.
local function cube(red, green, blue)
  local function step(channel)
    return channel < 48 and 0 or channel < 115 and 1 or math.floor((channel - 35) / 40)
  end
  return 16 + 36 * step(red) + 6 * step(green) + step(blue)
end

-- The bright colors of terminals of 16, by hue; black and gray are that of the text.
local HUES <const> = { { 20, 91 }, { 75, 93 }, { 165, 92 }, { 200, 96 }, { 270, 94 }, { 345, 95 },
                       { 361, 91 } }

local function simple(red, green, blue)
  local low, high = math.min(red, green, blue), math.max(red, green, blue)
  if high - low < 40 then return 39 end
  local span = high - low
  local hue = high == red and (green - blue) / span % 6 or high == green and (blue - red) / span + 2
    or (red - green) / span + 4
  for _, entry in ipairs(HUES) do
    if 60 * hue < entry[1] then return entry[2] end
  end
  return 39
end

---The escape sequence that sets a color, "" without colors.
---@param look vitrum.Look
---@param red number 0 to 255
---@param green number
---@param blue number
---@param behind boolean? of the background
---@return string
function raster.paint(look, red, green, blue, behind)
  if look.colors == 0 then return "" end
  red, green, blue = math.floor(red + 0.5), math.floor(green + 0.5), math.floor(blue + 0.5)
  if look.colors > 256 then
    return ("\27[%d;2;%d;%d;%dm"):format(behind and 48 or 38, red, green, blue)
  elseif look.colors == 256 then
    return ("\27[%d;5;%dm"):format(behind and 48 or 38, cube(red, green, blue))
  end
  return ("\27[%dm"):format(simple(red, green, blue) + (behind and 10 or 0))
end

---The escape sequence of a color "#rrggbb"; black is the color of the text, whatever that is.
---@param look vitrum.Look
---@param color string
---@return string
function raster.ink(look, color)
  if look.colors == 0 then return "" end
  if color == "#000000" then return "\27[39m" end
  return raster.paint(look, colors.channels(color:sub(2)))
end

---A text of the user as the terminal can show it, on one line.
---@param look vitrum.Look
---@param value string
---@return string
function raster.plain(look, value)
  value = text.clean(value):gsub("[\n\t]+", " ")
  return look.unicode and value or text.ascii(value)
end

---The text cut to so many columns.
function raster.cut(look, value, columns)
  return text.cut(value, math.max(columns, 0), look.unicode and "…" or "..")
end

-- ---------------------------------------------------------------- drawing ----

local Raster = {}
Raster.__index = Raster

---@param columns integer
---@param rows integer
---@param look vitrum.Look
function raster.new(columns, rows, look)
  return setmetatable({ columns = columns, rows = rows, look = look, cells = {}, inks = {},
                        dots = {}, across = look.unicode and 2 or 1, up = look.unicode and 4 or 1,
                        width = columns * (look.unicode and 2 or 1),
                        height = rows * (look.unicode and 4 or 1) }, Raster)
end

local BRAILLE <const> = 0x2800
-- Bits of the dots of a character: by column, from the bottom up.
local BITS <const> = { [0] = { [0] = 0x40, 0x04, 0x02, 0x01 }, { [0] = 0x80, 0x20, 0x10, 0x08 } }

-- Half of a character that takes two columns is none: the other half goes when one is drawn over.
function Raster:split(at)
  if self.cells[at] == "" then self.cells[at - 1] = " " end
  if self.cells[at] and self.cells[at + 1] == "" then self.cells[at + 1] = " " end
end

---A dot, in the ink given; `mark` stands for it without Unicode.
---@param u integer from the left
---@param v integer from the bottom
---@param ink string escape sequence
---@param mark string
function Raster:dot(u, v, ink, mark)
  if not (u >= 0 and u < self.width and v >= 0 and v < self.height) then return end
  local row = self.rows - 1 - v // self.up
  local at = row * self.columns + u // self.across
  self:split(at)
  if self.look.unicode then
    self.dots[at] = (self.dots[at] or 0) | BITS[u % 2][v % 4]
    self.cells[at] = nil
  else
    self.cells[at] = mark
  end
  self.inks[at] = ink
end

-- The part of a segment that lies on the field, as first and last fraction; nil for none.
local function clip(u1, v1, u2, v2, width, height)
  local from, to = 0.0, 1.0
  for _, edge in ipairs { { u1, u2 - u1, width }, { v1, v2 - v1, height } } do
    local start, step, length = edge[1], edge[2], edge[3]
    if step == 0 then
      if start < -0.5 or start > length - 0.5 then return nil end
    else
      local a, b = (-0.5 - start) / step, (length - 0.5 - start) / step
      from, to = math.max(from, math.min(a, b)), math.min(to, math.max(a, b))
    end
  end
  if from <= to then return from, to end
end

---A straight line between two places [dots].
---@param dash { on: integer, period: integer, phase: integer? }? its phase goes on
function Raster:line(u1, v1, u2, v2, ink, mark, dash)
  local from, to = clip(u1, v1, u2, v2, self.width, self.height)
  if not from then return end
  local du, dv = u2 - u1, v2 - v1
  u1, v1, u2, v2 = u1 + from * du, v1 + from * dv, u1 + to * du, v1 + to * dv
  local steps = math.ceil(math.max(math.abs(u2 - u1), math.abs(v2 - v1)))
  for k = 0, steps do
    local part = steps == 0 and 0 or k / steps
    local on = true
    if dash then
      on = (dash.phase or 0) % dash.period < dash.on
      if k > 0 then dash.phase = (dash.phase or 0) + 1 end
    end
    if on then
      self:dot(math.floor(u1 + (u2 - u1) * part + 0.5), math.floor(v1 + (v2 - v1) * part + 0.5),
               ink, mark)
    end
  end
end

---A character in a cell, in place of what is there.
---@param column integer
---@param row integer from the top
---@param character string
---@param ink string
function Raster:put(column, row, character, ink)
  if column < 0 or column >= self.columns or row < 0 or row >= self.rows then return end
  local at = row * self.columns + column
  self:split(at)
  self.cells[at], self.inks[at], self.dots[at] = character, ink, nil
end

---A cleaned text from a cell on.
function Raster:write(column, row, words, ink)
  for _, code in utf8.codes(words) do
    local character = utf8.char(code)
    local width = text.width(character)
    if width == 0 then -- it goes onto the one before
      local at = row * self.columns + column - 1
      if column > 0 and self.cells[at] then self.cells[at] = self.cells[at] .. character end
    else
      if column + width > self.columns then return end
      self:put(column, row, character, ink)
      if width == 2 then
        self:put(column + 1, row, " ", ink)
        self.cells[row * self.columns + column + 1] = ""
      end
    end
    column = column + width
  end
end

---Whether a cell is empty.
function Raster:free(column, row)
  local at = row * self.columns + column
  return self.cells[at] == nil and (self.dots[at] or 0) == 0
end

---The rows as texts, each complete with its colors.
---@return string[]
function Raster:lines()
  local lines = {}
  for row = 0, self.rows - 1 do
    local parts, now, used = {}, "", false
    for column = 0, self.columns - 1 do
      local at = row * self.columns + column
      local dots = self.dots[at]
      local character = self.cells[at] or dots and utf8.char(BRAILLE + dots) or " "
      local ink = character ~= " " and self.inks[at] or ""
      if ink ~= now and (character ~= " " or now ~= "") then
        parts[#parts + 1] = now ~= "" and raster.OVER .. ink or ink
        now, used = ink, true
      end
      parts[#parts + 1] = character
    end
    if used and now ~= "" then parts[#parts + 1] = raster.OVER end
    lines[row + 1] = table.concat(parts)
  end
  return lines
end

return raster
