-- Dynamics inside a protocol that survives a kill: out:md(p, ensemble), md:run(name, options).
--
-- One file NAME.checkpoint holds the whole state of the dynamics, the plan of the run under way
-- and its samples included, and a line of our own, the place: which run of which branch it is, the
-- step at which that run began, and whether it is done. It is written between runs and every
-- checkpoint_every seconds in them. Rows of a CSV are committed before the checkpoint that comes
-- after them, so that on resume the file never lacks a row, and rows that came later are cut off.
-- Each run is a stage: when it is done, a resumed protocol reads its samples from the CSV.

local core = require "vitrum.md_core"
local engines = require "vitrum.engine"
local help = require "vitrum.prompt.help"
local json = require "vitrum.base.json"
local kit = require "vitrum.protocol.kit"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local records = require "vitrum.protocol.record"
local system = require "vitrum.system"

local raise = options.raise

local dynamics = {}

local NS_PER_DAY <const> = 86.4 -- of 1 ps/s

dynamics.OPTIONS = {
  { name = "name", kind = "string", default = "dynamics",
    help = "of this dynamics, for its checkpoint" },
  { name = "csv", kind = "file",
    help = "file that its runs share for their samples, false for none; by default each run has "
      .. "its own, named after it" },
  { name = "start", kind = "function",
    help = "function() -> atoms with a potential and velocities; by default those of p.glass, with "
      .. "random velocities where the file has none" },
  { name = "potential", kind = "value", help = "of the atoms; by default that of p.potential" },
  { name = "size", kind = "positive", default = 1,
    help = "of the sample against the one that the plan begins with, as the plan has it" },
  { name = "...", kind = "value", help = "the options of vt.md" },
}

-- What a run of the dynamics takes besides the options of md:run.
local OWN <const> = { csv = true, label = true }

---@class vitrum.Dynamics
---@field name string
---@field atoms vitrum.Atoms the atoms as they are now
local Dynamics = {} -- methods
local DYNAMICS <const> = { __name = "vitrum.Dynamics", methods = Dynamics }

DYNAMICS.__tostring = function(self)
  return ("dynamics %s of %s"):format(self.name, self.out.folder)
end

-- ---------------------------------------------------------------- samples ----

-- The columns of a CSV: the field of a sample, for stresses the component, and the heading.
local COLUMNS <const>, HEADINGS <const> = {}, {}
for k, column in ipairs(core.columns()) do
  local name, unit = column[1], column[2]
  local component = name:match "^stress_(%l%l)$"
  COLUMNS[k] = { component and "stress" or name, component }
  HEADINGS[k] = unit == "-" and name or ("%s [%s]"):format(name, unit)
end

-- Rows for the samples of the run that has just ended. Where runs share a file, the first sample is
-- the last one of the run before.
local function commit_rows(record, samples)
  local last, row, arrays = record:last(), {}, {}
  for c, column in ipairs(COLUMNS) do
    local array = samples[column[1]]
    arrays[c] = (column[2] and array[column[2]] or array):totable()
  end
  for k = 1, #arrays[1] do
    if not last or arrays[1][k] > last then
      for c = 1, #COLUMNS do row[c] = arrays[c][k] end
      record:add(table.unpack(row, 1, #COLUMNS))
    end
  end
  record:commit()
end

-- The samples of a run that is done, as md:samples() gave them: { time = array, ...,
-- stress = { xx = array, ... } }. `rows` is how many there were at its end: the next run in the
-- file begins with a sample of the same step where this one did not end with one.
local function samples_between(record, first, last, rows)
  local steps = record:column "step"
  local from, to = 1, rows and math.min(rows, #steps) or #steps
  while from <= to and steps[from] < first do from = from + 1 end
  while to >= from and steps[to] > last do to = to - 1 end
  local array, result = require("vitrum").array, { stress = {} }
  for c, column in ipairs(COLUMNS) do
    local values = array(table.move(record:column(HEADINGS[c]), from, to, 1, {}))
    if column[2] then result.stress[column[2]] = values else result[column[1]] = values end
  end
  return result
end

-- ---------------------------------------------------------------- checkpoints ----

local function is_place(place)
  return type(place) == "table" and type(place.name) == "string"
    and math.type(place.step) == "integer" and type(place.done) == "boolean"
    and (place.rows == nil or math.type(place.rows) == "integer" and place.rows >= 0
      and (place.rows > 0) == (type(place.last) == "number"))
end

-- Whether an error of md_restore means that the file is damaged and has to be replaced.
local function is_damage(message)
  for _, other in ipairs { "was made with the potential", "out of memory", "interrupted",
                           "cannot open" } do
    if message:find(other, 1, true) then return false end
  end
  return true
end

local function save(md, path, place)
  md:save(path, { overwrite = true, note = json.encode(place) })
end

-- A checkpoint that cannot be used. `again`: whether its dynamics can start from the beginning.
local function refuse_checkpoint(self, again, problem)
  if not again then self.run_.give_up(self.out, "%s", problem) end
  self.run_.refuse(self.out, "%s. Remove %s and give the same command again: what it held is "
    .. "computed again from the beginning, everything else is kept", problem, self.path)
end

-- The dynamics in a checkpoint and our line in it.
local function restore(self, again)
  local ok, found, md = pcall(require("vitrum").md_restore, self.path,
    { potential = self.potential, engine = engines.usual() or false })
  if not ok then
    local problem = tostring(found):gsub("^.-md_restore: ", "")
    if not is_damage(problem) then error(found, 0) end
    refuse_checkpoint(self, again, problem)
  end
  local read, place = pcall(json.decode, md.note or "", self.path)
  if not read or not is_place(place) then
    refuse_checkpoint(self, again, self.path .. " is not a checkpoint of this protocol")
  elseif place.of ~= self.run_.identity(self.out) then
    refuse_checkpoint(self, again, self.path .. " belongs to a run with other parameters")
  end
  return md, place
end

-- Note which run is the first in a file.
local function remember(self, name)
  local known = self.out.state.trajectories
  if known[self.file] == nil then
    known[self.file] = name
    self.run_.save(self.out)
  end
end

-- The state that the dynamics is in between two runs: in memory, in its checkpoint, or made by the
-- start function. `name` is the run that is to begin or to go on; nil to look only.
local function load(self, name)
  -- Who comes first in a file may start from the beginning when it is lost; whoever goes on from
  -- where an earlier one ended may not. A branch starts from its parent, which has not moved since.
  local first = self.out.state.trajectories[self.file]
  local again = self.parent ~= nil or first == nil or first == name
  local looking = name == nil
  local md, place = self.md, self.place
  if md then -- it was looked at, or has run
    if not place and not looking then remember(self, name) end
    return md, place
  end
  if system.kind(self.path) == "file" then
    md, place = restore(self, again)
    if place.branch ~= self.branch_key then md, place = nil, nil end -- of an earlier branch
  elseif not again then
    self.run_.give_up(self.out, "%s is missing", self.path)
  end
  if md and not looking and place.name ~= name and not place.done then
    refuse_checkpoint(self, again, ("%s is in the middle of the run '%s', but the run that comes "
      .. "now is '%s'"):format(self.path, place.name, name))
  end
  if not md then
    if not looking then remember(self, name) end
    md = self.start()
  end
  self.md, self.place = md, place
  return md, place
end

-- ---------------------------------------------------------------- running ----

-- Simulated time of a run [ps].
local function duration(given, timestep)
  for _, name in ipairs { "time", "steps", "cooling_rate", "heating_rate", "strain" } do
    if given[name] ~= nil then
      options.argument("md:run", ("option '%s'"):format(name), "number", given[name])
    end
  end
  if given.time then return given.time end
  if given.steps then return given.steps * timestep end
  local rate, ramp = given.cooling_rate or given.heating_rate, given.temperature
  if rate and type(ramp) == "table" and tonumber(ramp[1]) and tonumber(ramp[2]) then
    return math.abs(ramp[2] - ramp[1]) / (rate * 1e-12)
  end
  local fastest = 0.0
  for _, value in pairs(type(given.strain_rate) == "table" and given.strain_rate or {}) do
    fastest = math.max(fastest, math.abs(tonumber(value) or 0))
  end
  if given.strain and fastest > 0 then return given.strain / (fastest * 1e-12) end
  return 0.0 -- md:run says what is missing
end

-- The options of md:run: without our own, and with `extra`.
local function options_of(self, given, extra)
  local all = { every = self.every }
  for key, value in pairs(given) do
    if not OWN[key] then all[key] = value end
  end
  for key, value in pairs(extra) do all[key] = value end
  if all.dump then
    all.dump = self.out:path(options.argument("md:run", "option 'dump'", "file", all.dump))
  end
  return all
end

local function place_at(self, md, name, record, done)
  local mark = record and records.mark(record) or {}
  return { name = name, step = md.step, rows = mark.rows, last = mark.last, done = done,
           branch = self.branch_key, of = self.run_.identity(self.out) }
end

-- A first run that fails before its first step, by a wrong option as a rule, leaves nothing.
local function begin(self, md, given)
  local step, first = md.step, self.place == nil
  local ok, problem = pcall(md.run, md, given)
  if ok then return end
  if first and md.step == step and not system.interrupted() then os.remove(self.path) end
  error(problem, 0)
end

-- Carry out a run, or what is left of it; returns the steps at its ends.
local function carry_out(self, name, given, record)
  local out, md, place = self.out, load(self, name)
  local resumed = place ~= nil and place.name == name
  if resumed and record and place.rows then
    local missing = records.missing(record, place)
    if missing then self.run_.give_up(out, "%s", missing) end
  end
  if not resumed then
    if record then record:rewind(md.step) end
    place = place_at(self, md, name, record, false)
  end
  local total = self.size * duration(given, md.timestep)
  local before, time = out.work.done, md.time
  if resumed then -- work of an earlier process
    local done = place.done and total or self.size * (md.step - place.step) * md.timestep
    self.run_.skip_work(out, done)
    before = out.work.done
  end
  if not place.done then
    if record then record:rewind(place.step) end
    if out.work.total < before + total then out:plan(before + total) end
    out.work.options = { rate_unit = "ns/day", rate_scale = NS_PER_DAY / self.size }
    local common = {
      checkpoint = self.path, overwrite = true, checkpoint_every = out.values.checkpoint_every,
      sample = function(s)
        out:progress(before + self.size * (s.time - time), given.label or name)
        if given.sample then return given.sample(s) end
      end }
    if md.remaining > 0 then
      common.csv = false -- the names in the checkpoint may be of another folder
      md:resume(common)
    elseif md.step == place.step then
      -- Between runs the file must name the next one. In a run, and after an interrupt or an error,
      -- the dynamics writes it.
      save(md, self.path, place)
      common.note = json.encode(place)
      begin(self, md, options_of(self, given, common))
    end
    out.work.done = before + self.size * (md.time - time)
    if record then commit_rows(record, md:samples()) end
    local first = place.step
    place = place_at(self, md, name, record, true)
    place.step = first
    save(md, self.path, place)
  end
  self.place = place
  return { first = place.step, last = md.step }
end

-- The file for the samples of a run, nil for none.
local function csv_name(self, name, given)
  local csv = given.csv
  if csv == nil then csv = self.csv end
  if csv == nil then csv = name:gsub("[^%w_.-]+", "-") .. ".csv" end
  if type(csv) == "string" and csv:find "%.checkpoint$" then
    raise("md:run: option 'csv' cannot be %s, such names are those of checkpoints",
      numbers.show(csv))
  end
  return options.argument("md:run", "option 'csv'", "file", csv) or nil
end

-- Rows of two dynamics in one file would cut each other off.
local function claim(self, csv)
  local writers = self.out.state.writers
  local own = self.name .. (self.branch_key and (" (key %d)"):format(self.branch_key) or "")
  if writers[csv] ~= nil and writers[csv] ~= own then
    raise("md:run: %s has the samples of the dynamics %s, those of %s cannot go there too; give "
      .. "csv = \"...\" another name", csv, numbers.show(writers[csv]), numbers.show(own))
  end
  writers[csv] = own
end

---Run the dynamics once in the life of the protocol; a resumed protocol goes on to the same bits.
---@param name string unique in the protocol; also that of its CSV
---@param given table options of md:run; csv = the name of the file (runs of one dynamics may share
---one), or false for none
---@return table? samples { time = array, temperature = array, ..., stress = { xx = array, ... } }
---as of md:samples(); nil where the run has no CSV and another one has followed it
function Dynamics:run(name, given)
  options.argument("md:run", "the name", "string", name)
  given = options.argument("md:run", "the options", "table", given)
  for _, key in ipairs { "checkpoint", "checkpoint_every", "note", "overwrite", "provenance" } do
    if given[key] ~= nil then raise("md:run: '%s' is set by the protocol itself", key) end
  end
  local csv = csv_name(self, name, given)
  if csv then claim(self, csv) end
  self.runs = (rawget(self, "runs") or 0) + 1
  local record = csv and self.out:record(csv, HEADINGS)
  local result = self.out:stage(name, function()
    self.running = true
    local ends = carry_out(self, name, given, record)
    self.running, ends.rows = false, record and #record
    return ends
  end)
  if record then return samples_between(record, result.first, result.last, result.rows) end
  -- Without a CSV they are in the checkpoint, as long as no other run has followed.
  local md, place = load(self)
  return place and place.name == name and md:samples() or nil
end

local BRANCH <const> = {
  { name = "csv", kind = "file", help = "file that its runs share for their samples, or false" },
  { name = "key", kind = "integer",
    help = "tells branches of one name apart: the number of a cycle, for instance" },
}

---A second dynamics that starts from the present state of this one and leaves it undisturbed: a
---measurement, or a control.
---@param name string of its checkpoint; if used again, the new branch replaces the old one
---@param given { csv: string|false?, key: integer? }? csv as of out:md; key tells branches of one
---name apart: the number of a cycle, for instance
---@return vitrum.Dynamics
function Dynamics:branch(name, given)
  options.argument("md:branch", "the name", "string", name)
  given = options.check("md:branch", BRANCH, given)
  if rawget(self, "running") then
    raise("md:branch: the dynamics '%s' is running; a branch starts from the end of a run",
      self.name)
  end
  local parent, runs = self, rawget(self, "runs")
  if not runs and self.out.state.trajectories[self.file] == nil then
    raise("md:branch: the dynamics '%s' has not run yet; a branch starts from the end of a run",
      self.name)
  end
  local branch = dynamics.make(self.out, self.run_, {
    name = name, potential = self.potential, every = self.every, size = self.size, parent = self,
    branch_key = given.key, csv = given.csv })
  branch.start = function()
    if rawget(parent, "runs") ~= runs then
      raise("md:branch: the dynamics '%s' has gone on since the branch '%s' was made, which starts "
        .. "from its present state; run the branch first, or make it later", parent.name, name)
    end
    if system.kind(parent.path) ~= "file" then
      parent.run_.give_up(parent.out, "%s is missing", parent.path)
    end
    return (restore(parent, false))
  end
  return branch
end

-- Fields that follow from the state: atoms, time, step.
DYNAMICS.__index = function(self, key)
  if Dynamics[key] then return Dynamics[key] end
  if key ~= "atoms" and key ~= "time" and key ~= "step" then return nil end
  local md = rawget(self, "md")
  if not md then md = load(self) end
  return md[key]
end

-- Two dynamics of one name would go on from each other's checkpoint. Branches of one name and one
-- parent take turns, by their keys.
local function take_name(out, file, fields)
  local known, key = out.dynamics[file], fields.branch_key or "none"
  if not known then
    out.dynamics[file] = { name = fields.name, parent = fields.parent, keys = { [key] = true } }
  elseif known.name ~= fields.name then
    raise("dynamics '%s' and '%s' would have the same checkpoint, %s.checkpoint; choose another "
      .. "name", known.name, fields.name, file)
  elseif not fields.parent or known.parent ~= fields.parent then
    raise("there is a dynamics '%s' already; give each a name of its own, %s", known.name,
      fields.parent and "md:branch(\"...\")" or "out:md(p, { name = \"...\" })")
  elseif known.keys[key] then
    raise("md:branch: there is a branch '%s' with the key %s already; give each a key of its own, "
      .. "md:branch(\"%s\", { key = k })", known.name, key, known.name)
  end
  out.dynamics[file].keys[key] = true
end

-- A dynamics of which nothing has been made yet.
function dynamics.make(out, run_, fields)
  local file = fields.name:gsub("[^%w_.-]+", "-")
  take_name(out, file, fields)
  return setmetatable({ out = out, run_ = run_, name = fields.name, file = file,
                        path = out:path(file .. ".checkpoint"), potential = fields.potential,
                        start = fields.start, csv = fields.csv, every = fields.every,
                        size = fields.size, parent = fields.parent,
                        branch_key = fields.branch_key }, DYNAMICS)
end

-- What out:md takes from the parameters where the ensemble does not say.
local FILLED <const> = { "timestep", "seed", "precision" }

local function fill(ensemble, p)
  if ensemble.engine == nil then ensemble.engine = engines.usual() end
  for _, name in ipairs(FILLED) do
    if ensemble[name] == nil then ensemble[name] = p[name] end
  end
  -- Of NVE it is that of the velocities at the start alone.
  if ensemble.temperature == nil and (ensemble.ensemble or "nve") ~= "nve" then
    ensemble.temperature = p.temperature
  end
  if ensemble.ensemble == "npt" and ensemble.pressure == nil and ensemble.stress == nil then
    ensemble.pressure = p.pressure
  end
end

---What out:md gives.
---@param out vitrum.Run
---@param run_ table what the framework does with a run
---@param p table the parameters
---@param given table? options of vt.md, name and start
---@return vitrum.Dynamics
function dynamics.new(out, run_, p, given)
  p = options.argument("out:md", "the parameters", "table", p)
  given = options.argument("out:md", "the options", "table", given, {})
  local ensemble = {}
  for key, value in pairs(given) do ensemble[key] = value end
  local name = options.argument("out:md", "option 'name'", "string", ensemble.name, "dynamics")
  local start = options.argument("out:md", "option 'start'", "function", ensemble.start,
    function() return kit.moving(p, tonumber(given.temperature)) end)
  local csv = ensemble.csv
  if csv ~= nil then options.argument("out:md", "option 'csv'", "file", csv) end
  local size = options.argument("out:md", "option 'size'", "positive", ensemble.size, 1)
  local potential = ensemble.potential or kit.potential(p)
  for _, own in ipairs { "name", "start", "csv", "potential", "size" } do ensemble[own] = nil end
  fill(ensemble, p)
  out:uses(potential)
  return dynamics.make(out, run_, {
    name = name, potential = potential, csv = csv, every = p.sample_every, size = size,
    start = function()
      local atoms = start()
      if not options.is(atoms, "Atoms") then
        raise("out:md: option 'start' must return atoms, not %s", numbers.show(atoms))
      end
      return require("vitrum").md(atoms, ensemble)
    end,
  })
end

help.register_type("Dynamics", DYNAMICS)
for _, entry in ipairs {
  { "run", "md:run(name, options) -> samples",
    "Runs the dynamics, once in the life of the protocol, with progress, checkpoints and a CSV; "
      .. "takes the options of md:run of vt.md. Gives the samples as arrays, { time =, "
      .. "temperature =, stress = { zz = ... }, ... }; csv = \"name.csv\" lets runs share a file, "
      .. "csv = false writes none.",
    'local pull = md:run("pull", { strain_rate = { zz = 1e9 }, strain = 0.2 })' },
  { "branch", "md:branch(name, [options]) -> Dynamics",
    "A second dynamics that starts from the present state of this one and leaves it undisturbed.",
    'local control = md:branch("control", { csv = "control.csv" })', BRANCH },
} do
  help.document("Dynamics:" .. entry[1], { signature = entry[2], summary = entry[3],
                                           example = entry[4], options = entry[5] })
end

return dynamics
