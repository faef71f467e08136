-- LAMMPS at work: started in a folder of its own, asked for one thing after the other through its
-- input, and what it says when something is wrong.

local engines = require "vitrum.engine"
local input = require "vitrum.engine.input"
local options = require "vitrum.base.options"
local system = require "vitrum.system"

local talk = {}

---@class vitrum.LammpsTalk
---@field where string the function, for messages
---@field folder string
---@field data string file for the atoms that go there
---@field atoms string file for those that come back
---@field answers string named pipe through which it answers
---@field program userdata
local Talk = {}

local PATIENCE <const> = 0.1 -- between two looks whether LAMMPS reported an error [s]
local LAST_WORDS <const> = 0.3 -- for the rest of what it says [s]
local READY <const> = "vitrum ready "

-- A new folder; the name that os.tmpname found free is free in other folders, too.
local function make_folder()
  local name = os.tmpname()
  os.remove(name)
  local folder = (os.getenv "TMPDIR" or "/tmp") .. "/vitrum" .. name:gsub("^.*/", "-")
  local ok, message = system.make_folder(folder)
  if not ok then options.refuse("engine: %s", message) end
  return folder
end

---Start LAMMPS.
---@param engine vitrum.Lammps
---@param where string
---@return vitrum.LammpsTalk
function talk.start(engine, where)
  local words = engines.command(engine, where)
  local self = setmetatable({ where = where, engine = engine }, Talk)
  self.folder = make_folder()
  self.data, self.atoms = self.folder .. "/atoms.data", self.folder .. "/atoms.bin"
  self.answers = self.folder .. "/answers"
  local program, message = system.start(words, self.answers)
  if not program then
    self:close()
    options.raise("%s: %s", where, message)
  end
  self.program = program
  return self
end

-- The line of the script and LAMMPS's words for what is wrong with it.
local function complaint(text)
  local said = text:match "(ERROR[^\n]*)"
  if said then
    local command = text:match "Last command: ([^\n]+)"
    return said .. (command and (" (at: %s)"):format(command) or "")
  end
  local slots = text:match "(There are not enough slots.-)\n%s*\n"
  if slots then
    return slots:gsub("%s+", " ") .. " give fewer ranks, or oversubscribe = true to share cores"
  end
  -- What the launcher says stands between rules.
  local notice = text:match "(%w+ noticed that.-)\n%-%-%-"
    or text:match "(%w+ has detected.-)\n%s*\n" or text:match "(%w+ was unable to.-)\n%s*\n"
  if notice then return (notice:gsub("%s+", " ")) end
  local last
  for line in text:gmatch "[^\n]+" do
    if line:find "%w" then last = line end
  end
  return last or "it said nothing"
end

local function shows_an_end(text) return text:find "\nERROR" or text:find "noticed that process" end

---Why LAMMPS is not there any more, for a message.
---@param text string what it said last
---@return string
function Talk:problem(text)
  if not ("\n" .. text):find "\nERROR" and not self.over then -- more may be coming
    local _, _, more = self.program:answer("\0", LAST_WORDS, true)
    text = more
  end
  self:stop()
  local said = complaint("\n" .. text)
  if said:find "root" then
    said = said .. "; as root, set OMPI_ALLOW_RUN_AS_ROOT=1 and OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "
      .. "in the environment if you mean it"
  end
  return "LAMMPS ended: " .. said:gsub("%s+$", "")
end

---Send commands; `number` stands for them.
---@param lines string[]
---@param number integer
function Talk:ask(lines, number)
  local ready = input.say(READY .. number, self.answers)
  self.program:ask(("%s\n%s\n"):format(table.concat(lines, "\n"), ready), number)
end

---Wait until what was asked for last is done.
---@param limit number? [s]; also waits out an interrupt then
---@return string? text what LAMMPS said; nil after an interrupt, or when it is not there
---@return string? problem
function Talk:wait(limit)
  if self.over then return nil, "LAMMPS has ended" end
  local until_ = limit and os.time() + limit
  local mark = READY .. self.program:asked()
  while true do
    local how, text, printed = self.program:answer(mark, PATIENCE, limit ~= nil)
    if how == "said" then return text end
    if how == "interrupted" then return nil end
    if how == "ended" or shows_an_end("\n" .. printed) then return nil, self:problem(printed) end
    if until_ and os.time() > until_ then
      self:stop()
      return nil, "LAMMPS did not answer"
    end
  end
end

---End it at once.
function Talk:stop()
  if self.program and not self.over then
    self.over = true
    self.program:finish(0)
  end
end

---End it, and remove what it worked with.
function Talk:close()
  if self.program and not self.over then
    self.program:ask("quit\n", self.program:asked())
    self.over = true
    self.program:finish(1)
  end
  for _, path in ipairs { self.data, self.atoms, self.answers } do os.remove(path) end
  if self.folder then os.remove(self.folder) end
end

Talk.__index, Talk.__close, Talk.__gc = Talk, Talk.close, nil

return talk
