-- Runs of md that LAMMPS carries out, one process for each. It goes on in pieces, so that the job
-- loop sees clock and interrupts; where samples, frames or the end are due it hands over the atoms,
-- and md is then at that step. Between these places md stays behind, and nothing is lost when
-- LAMMPS ends: the run goes on from where md is.

local core = require "vitrum.lammps_core"
local engines = require "vitrum.engine"
local input = require "vitrum.engine.input"
local options = require "vitrum.base.options"
local talk = require "vitrum.engine.talk"
local vt = require "vitrum"

local dynamics = {}

---@class vitrum.LammpsRun
---@field talk vitrum.LammpsTalk
---@field md vitrum.MD
local Run = {}

local PIECE <const> = 0.25 -- wall time between looks at clock and interrupts [s]
local LEAST <const> = 4 -- steps of a piece: each of them ends with a look at energy and stress
local SETTLING <const> = 10 -- to wait for the present piece at an interrupt [s]
local ALIKE <const> = 1e-8 -- of energies, relative, before the first step

local of = setmetatable({}, { __mode = "k" }) -- engine and skin of each md

---Let an engine move the atoms of md; nil: md itself.
---@param md vitrum.MD
---@param engine vitrum.Lammps?
---@param skin number?
function dynamics.set(md, engine, skin) of[md] = engine and { engine = engine, skin = skin } end

---@param md vitrum.MD
---@return vitrum.Lammps?
function dynamics.engine(md) return of[md] and of[md].engine end

---In a few words, for plans and the heads of files.
---@param engine vitrum.Lammps
---@return string
function dynamics.text(engine)
  return ("LAMMPS, %d rank%s"):format(engine.ranks, engine.ranks > 1 and "s" or "")
end

-- What was asked for stands as a number: the step, and whether the atoms are to be handed over.
local function token(step, atoms) return 2 * step + (atoms and 1 or 0) end

-- Both programs must mean the same by the potential's file and the atoms.
local function compare(where, text, energy)
  local state = input.state(text)
  local theirs = state and state[2] or 0 / 0
  if math.abs(theirs - energy) <= ALIKE * math.max(1, math.abs(energy)) then return state end
  options.raise("%s: LAMMPS finds an energy of %.12g eV where vitrum finds %.12g eV, so it does "
    .. "not run the same model; was the file of the potential changed?", where, theirs, energy)
end

---Start LAMMPS for what is left of the plan of md. Raises with LAMMPS's own words.
---@param md vitrum.MD
---@param where string
---@return vitrum.LammpsRun?
function dynamics.open(md, where)
  local entry = of[md]
  if not entry then return nil end
  input.model(md.atoms, where)
  local lammps = talk.start(entry.engine, where)
  local self = setmetatable({ md = md, talk = lammps, chunk = LEAST }, Run)
  local ok, problem = pcall(function()
    local course, message = core.hand_over(md, self.talk.data)
    if not course then options.raise("%s: %s", where, message) end
    input.check(course, where)
    local lines = input.start(md.atoms, where, self.talk.data, entry.skin)
    local own = input.dynamics(course)
    table.move(own, 1, #own, #lines + 1, lines)
    lines[#lines + 1] = input.report(self.talk.answers)
    self.talk:ask(lines, token(course.first))
    local text, why = self.talk:wait()
    if not text then options.raise("%s: %s", where, why or "interrupted") end
    local state = compare(where, text, course.energy)
    -- What thermostat and barostat hold counts from here on.
    self.offset = course.conserved - state[15]
    self.course = course
  end)
  if ok then return self end
  self.talk:close()
  error(problem, 0)
end

-- Wait for the present piece, and take over the atoms where it ends with them.
local function finish(self, limit)
  local text, problem = self.talk:wait(limit)
  if not text then return problem == nil, problem end
  if self.talk.program:asked() % 2 == 0 then return true end
  local state = input.state(text)
  if not state then return false, "LAMMPS told no state: " .. text:sub(-200) end
  state[15] = state[15] + self.offset
  return core.follow(self.md, self.talk.atoms, state)
end

---The step that LAMMPS is at, or on its way to.
---@return integer
function Run:step() return self.talk.program:asked() // 2 end

---Go on for a moment, for at most so many steps beyond md.
---@param most integer
---@return boolean ok
---@return string? message
---@return boolean? lost
function Run:advance(most)
  local goal, at = self.md.step + most, self:step()
  local step = math.min(goal, at + self.chunk)
  if step > at then
    local lines = { input.go_on(self.course, step) }
    if step == goal then
      lines[2], lines[3] = input.report(self.talk.answers), input.atoms(self.talk.atoms)
    end
    self.talk:ask(lines, token(step, step == goal))
  end
  local start = vt.clock()
  local ok, problem, lost = finish(self)
  if not ok then return false, problem, lost end
  local seconds, steps = vt.clock() - start, step - at
  if steps > 0 and seconds > 0 then
    self.chunk = math.max(LEAST, math.min(2 * self.chunk, math.floor(steps * PIECE / seconds)))
  end
  return true
end

---Bring md to where LAMMPS is, as far as it still answers.
function Run:settle()
  if self.talk.over or self:step() <= self.md.step then return end
  if not finish(self, SETTLING) or self:step() <= self.md.step then return end
  local lines = { input.report(self.talk.answers), input.atoms(self.talk.atoms) }
  self.talk:ask(lines, token(self:step(), true))
  finish(self, SETTLING)
end

Run.__index = Run
Run.__close = function(self) self.talk:close() end

-- ---------------------------------------------------------------- vt.md ----

local create = vt.md

---@param atoms vitrum.Atoms
---@param given table?
---@return vitrum.MD
function vt.md(atoms, given)
  local engine = type(given) == "table" and given.engine
  if not engine then return create(atoms, given) end
  engines.check("md", engine)
  if given.precision ~= nil and given.precision ~= "double" then
    options.raise "md: option 'precision': LAMMPS computes in double precision; leave it out"
  end
  local md = create(atoms, given)
  engines.command(engine, "md")
  input.model(atoms, "md")
  dynamics.set(md, engine, given.skin)
  return md
end

return dynamics
