-- A curve that grows in the terminal while a job runs: drawn anew in its place a few times a second
-- on a terminal that can go back; elsewhere the same quantities as lines.

local characters = require "vitrum.plot.terminal"
local figure = require "vitrum.plot.figure"
local logs = require "vitrum.job.log"
local raster = require "vitrum.plot.raster"
local session = require "vitrum.session"
local vt = require "vitrum"

local live = {}

---@class vitrum.Live
local Live = {}
Live.__index = Live

local INTERVAL <const> = 0.3 -- wall time between two drawings [s]
local MOST <const> = 4000    -- points that are kept; of more every second one goes
local WIDEST <const>, ROWS <const> = 100, 15

---What shows the quantities of option `plot` while a job runs, with the methods of a log.
---@param engine vitrum.Engine
---@param chosen string[] as logs.check gave them, one or two
---@param logged boolean is there a table too? The curve then comes at the end, below it.
---@return vitrum.Live|vitrum.Log|nil
function live.new(engine, chosen, logged)
  local terminal, term = session.terminal(), os.getenv "TERM"
  -- Time tells more than the number of steps.
  local abscissa = engine.columns[1][1] == "step" and "time" or engine.columns[1][1]
  if not terminal.output or not term or term == "" or term == "dumb" then
    if logged then return nil end
    return logs.new(engine, { abscissa, table.unpack(chosen) })
  end
  local self = setmetatable({ engine = engine, chosen = chosen, abscissa = abscissa, x = {},
                              late = logged, stride = 1, seen = 0, lines = 0 }, Live)
  self.units = logs.units(engine)
  for k = 1, #chosen do self[k] = {} end
  return self
end

function Live:start() self.drawn_at = vt.clock() end

local function label(self, name)
  local unit = self.units[name]
  return name:gsub("_", " ") .. (unit and unit ~= "-" and (" (%s)"):format(unit) or "")
end

local function draw(self)
  local count = 0
  for i = 1, #self.x do
    if self[1][i] - self[1][i] == 0 then count = count + 1 end
  end
  if count == 0 then return end
  local terminal = session.terminal()
  local series = {}
  local o = { xlabel = label(self, self.abscissa), ylabel = label(self, self.chosen[1]) }
  for k, name in ipairs(self.chosen) do
    series[k] = { x = self.x, y = self[k], axis = k, label = #self.chosen > 1 and name or nil }
  end
  o.y2label = self.chosen[2] and label(self, self.chosen[2])
  local ok, fig = pcall(figure.build, series, o, "plot")
  if not ok then return end -- numbers too far apart to draw end no run
  local width = math.max(20, math.min(terminal.columns - 1, WIDEST))
  local drawn = characters.draw(fig, width, ROWS, raster.look(terminal))
  -- Back to the first line of the last drawing; what was longer there goes.
  local back = self.lines > 0 and ("\27[%dA"):format(self.lines) or ""
  local text, lines = drawn:gsub("\n", "\27[K\n")
  io.write(back, text, self.lines > lines and "\27[J" or "")
  io.flush()
  self.lines, self.drawn_at = lines, vt.clock()
end

---@param sample table
function Live:row(sample)
  self.seen = self.seen + 1
  if (self.seen - 1) % self.stride ~= 0 then return end
  local at = #self.x + 1
  self.x[at] = logs.value(sample, self.abscissa) or 0 / 0
  for k, name in ipairs(self.chosen) do self[k][at] = logs.value(sample, name) or 0 / 0 end
  if at >= MOST then
    self.stride = 2 * self.stride
    for _, list in ipairs { self.x, table.unpack(self) } do
      for i = 1, MOST do list[i] = i <= MOST // 2 and list[2 * i - 1] or nil end
    end
  end
  if not self.late and at > 1 and vt.clock() - self.drawn_at >= INTERVAL then draw(self) end
end

function Live:finish()
  if self.drawn_at then draw(self) end
end

return live
