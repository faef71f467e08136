-- A table of chosen quantities that grows while a job runs: aligned, with its head repeated, on a
-- terminal; elsewhere plain lines between one that says what is planned, with the estimated time,
-- and one that says how it ended.

local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local session = require "vitrum.session"
local vt = require "vitrum"

local raise = options.raise

local logs = {}

---@class vitrum.Log
local Log = {}
Log.__index = Log

local WIDTH <const> = 12 -- least width of a column
local HEAD_EVERY <const> = 25 -- rows of a terminal between two heads
local ESTIMATE_AFTER <const> = 1.0 -- wall time after which the speed is known [s]

-- Quantities of an engine: by their names in samples, "stress.zz", each with its unit.
local function quantities(engine)
  local units, names = {}, {}
  for k, column in ipairs(engine.columns) do
    local name = column[1]:gsub("^stress_", "stress.")
    units[name], names[k] = column[2], name
  end
  return units, names
end

---The units of an engine's quantities by their names.
---@param engine vitrum.Engine
---@return table<string, string>
function logs.units(engine) return (quantities(engine)) end

---The value of a quantity in a sample: "volume", "stress.zz".
---@param sample table
---@param name string
---@return number?
function logs.value(sample, name)
  local outer, inner = name:match "^(.-)%.(.*)$"
  if outer then return sample[outer][inner] end
  return sample[name]
end

-- A list of quantities as it was given; raises on wrong ones.
local function chosen_of(engine, option, wanted)
  local units, names = quantities(engine)
  local chosen = {}
  for k, name in ipairs(wanted) do
    if type(name) ~= "string" or not units[name] then
      local near = type(name) == "string" and session.nearest(name, names)
      raise("%s: option '%s': there is no quantity %s; %s", engine.where, option,
        numbers.show(name), near and ("did you mean '%s'?"):format(near)
        or "there are " .. table.concat(names, ", "))
    end
    chosen[k] = name
  end
  return chosen
end

---Put the quantities that the options `log` and `plot` ask for in their places; raises on wrong
---ones.
---@param engine vitrum.Engine
---@param o { log: any, plot: any }
function logs.check(engine, o)
  local function empty_or(value)
    return type(value) == "table" and "an empty table" or numbers.show(value)
  end
  local log, plot = o.log or nil, o.plot or nil
  if log == true then
    log = engine.usual
  elseif log ~= nil then
    if type(log) ~= "table" or #log == 0 then
      raise("%s: option 'log' must be true or a list of quantities, { \"%s\" }, got %s",
        engine.where, engine.usual[1], empty_or(log))
    end
    log = chosen_of(engine, "log", log)
  end
  if plot ~= nil then
    if type(plot) == "string" then plot = { plot } end
    if type(plot) ~= "table" or #plot == 0 or #plot > 2 then
      raise("%s: option 'plot' must be a quantity, \"%s\", or a list of one or two, got %s",
        engine.where, engine.usual[2], type(plot) == "table" and #plot > 2
        and ("a list of %d"):format(#plot) or empty_or(plot))
    end
    plot = chosen_of(engine, "plot", plot)
  end
  o.log, o.plot = log, plot
end

---@param engine vitrum.Engine
---@param chosen string[] as logs.check gave it
---@return vitrum.Log
function logs.new(engine, chosen)
  local self = setmetatable({ engine = engine, chosen = chosen, rows = 0, widths = {},
                              terminal = session.terminal().output }, Log)
  self.units = quantities(engine)
  for k, name in ipairs(chosen) do
    self.widths[k] = math.max(WIDTH, #name + 2, #self.units[name] + 4)
  end
  return self
end

-- A write that fails stops nothing: the program reports it at its end.
local function put(text)
  io.write(text, "\n")
  io.flush()
end

local function duration(seconds)
  if seconds < 100 then return ("%.1f s"):format(seconds) end
  local minutes = math.floor(seconds / 60 + 0.5)
  if minutes < 60 then return ("%d min"):format(minutes) end
  return ("%d h %d min"):format(minutes // 60, minutes % 60)
end

local function now() return os.date "%Y-%m-%d %H:%M:%S" end

local function cells(self, text_of)
  local parts = {}
  for k, name in ipairs(self.chosen) do
    parts[k] = ("%" .. self.widths[k] .. "s"):format(text_of(name))
  end
  return table.concat(parts)
end

local function head(self)
  put(cells(self, function(name) return name end))
  put(cells(self, function(name) return "[" .. self.units[name] .. "]" end))
end

function Log:start()
  local engine = self.engine
  self.begun, self.before = vt.clock(), engine.done()
  put(("%s: started %s"):format(engine.name, now()))
  for _, line in ipairs(engine.plan()) do put(("%s: %s"):format(engine.name, line)) end
  head(self)
end

-- How long it will take, once that is known; on a terminal the bar says it.
local function estimate(self, done)
  local seconds = vt.clock() - self.begun
  if self.terminal or self.estimated or seconds < ESTIMATE_AFTER or done <= self.before then
    return
  end
  self.estimated = true
  local left = seconds * (self.engine.total - done) / (done - self.before)
  put(("%s: about %s more, until %s"):format(self.engine.name, duration(left),
    os.date("%Y-%m-%d %H:%M", os.time() + math.ceil(left))))
end

-- "-0" is no number of anybody's.
local function text_of(value)
  if math.type(value) == "integer" then return tostring(value) end
  return type(value) == "number" and ("%.6g"):format(value):gsub("^%-0$", "0") or "-"
end

---@param sample table
---@param done number work
function Log:row(sample, done)
  if self.terminal and self.rows > 0 and self.rows % HEAD_EVERY == 0 then head(self) end
  self.rows = self.rows + 1
  put(cells(self, function(name)
    return text_of(logs.value(sample, name))
  end))
  estimate(self, done)
end

---@param problem string? what ended the job early
function Log:finish(problem)
  if not self.begun then return end
  put(("%s: %s %s, %s in %s"):format(self.engine.name, problem and "stopped" or "ended", now(),
    self.engine.reached(), duration(vt.clock() - self.begun)))
  if problem then put(("%s: %s"):format(self.engine.name, problem)) end
end

return logs
