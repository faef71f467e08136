-- What is checked before a protocol does any work: the values that it was given, the potential
-- and the glass that they name, the space on the disk. A dry run prints all of it, with the time
-- that the dynamics will take from a short measurement, and writes nothing.

local kit = require "vitrum.protocol.kit"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local parameters = require "vitrum.protocol.parameters"
local system = require "vitrum.system"

local check = {}

local ROW_BYTES <const> = 400 -- of a CSV of samples
local ATOM_BYTES <const> = 150 -- of a structure with velocities, as text
local CHECKPOINT_BYTES <const> = 600 -- for each atom: the old one stays until the new one is whole
local STRUCTURES <const> = { "%.data", "%.dump", "%.xyz", "%.extxyz", "%.cfg", "%.poscar" }

local TIMESTEP <const> = 0.001 -- of protocols that have no such parameter [ps]
local WARM_UP <const>, MEASURED <const> = 10, 1.0 -- [steps], [s] of a dry run's measurement

-- ---------------------------------------------------------------- plan ----

---The plan of a protocol as a list, the simulated time in all [ps], the same weighed by the size of
---the sample, and the largest size.
---@param self vitrum.Protocol
---@param p table
---@return { [1]: string, [2]: number, size: number? }[]
---@return number
---@return number
---@return number
function check.plan(self, p)
  local plan = self.plan and self.plan(p) or {}
  if type(plan) == "number" then plan = { { "dynamics", plan } } end
  local total, work, largest = 0.0, 0.0, 1
  for k, entry in ipairs(options.argument(self.name, "what plan(p) returns", "table", plan)) do
    if type(entry) ~= "table" or type(entry[1]) ~= "string" or type(entry[2]) ~= "number"
      or type(entry.size or 1) ~= "number" then
      options.raise("%s: plan(p) must return { { name, time [ps], size = }, ... }; entry %d is %s",
        self.name, k, numbers.show(entry))
    end
    local size = entry.size or 1
    total, work, largest = total + entry[2], work + size * entry[2], math.max(largest, size)
  end
  return plan, total, work, largest
end

-- What a run will write [bytes].
local function bytes_of(self, p, total, count)
  local bytes = p.sample_every and ROW_BYTES * total / p.sample_every or 0
  bytes = bytes + (self.plan and CHECKPOINT_BYTES * count or 0)
  for _, file in ipairs(self.files) do
    for _, ending in ipairs(STRUCTURES) do
      if file[1]:find(ending .. "$") then bytes = bytes + ATOM_BYTES * count end
    end
  end
  return bytes
end

-- The nearest folder above `path` that exists.
local function existing(path)
  while system.kind(path) ~= "folder" do
    local above = path:match "^(.*)/[^/]+/*$"
    if above == nil then return "." end
    path = above == "" and "/" or above
  end
  return path
end

-- ---------------------------------------------------------------- checks ----

-- Read what the shared parameters name, as far as the protocol has them.
local function read(p)
  if p.glass and p.potential then
    local glass = kit.read(p)
    return glass, #glass
  end
  if not p.potential then return nil, tonumber(p.atoms) or 0 end
  local potential = kit.potential(p)
  if p.composition then -- the potential must know all of its species
    local symbols = 0
    for _ in pairs(p.composition) do symbols = symbols + 1 end
    local atoms = require("vitrum").atoms.random{ composition = p.composition, n = 20 * symbols }
    atoms.potential = potential
  end
  return nil, tonumber(p.atoms) or 0
end

-- Times that are no step of the dynamics at all, as md:run rounds them.
local function check_times(self, p, plan)
  local timestep = tonumber(p.timestep)
  local function is_short(time)
    return timestep and type(time) == "number" and time > 0 and time < timestep / 2
  end
  for _, parameter in ipairs(self.parameters) do
    local time = p[parameter.name]
    if parameter.range == "time" and parameter.unit == "ps" and is_short(time) then
      options.refuse("%s (%g ps) must be at least the timestep (%g ps)", parameter.name, time,
        timestep)
    end
  end
  for _, entry in ipairs(plan) do
    if is_short(entry[2]) then
      options.refuse("%s would take %.2g ps, less than a timestep (%g ps)", entry[1], entry[2],
        timestep)
    end
  end
end

local function check_space(bytes, free, out)
  if free and bytes > free then
    options.refuse("the run will write some %.3g MB, and there are %.3g MB free where %s is; "
      .. "choose another place with out=, or sample less often", bytes / 1e6, free / 1e6, out)
  end
end

---Look at everything that can be looked at; raises with the first thing that is wrong.
---@param self vitrum.Protocol
---@param p table parameters as the script gets them
---@param out string the folder
---@return { atoms: integer, plan: table[], total: number, work: number, bytes: number,
---free: number? }
function check.all(self, p, out)
  local glass, count = read(p)
  if self.check then self.check(p, glass) end
  local plan, total, work, largest = check.plan(self, p)
  check_times(self, p, plan)
  local bytes, free = bytes_of(self, p, total, count * largest), system.free(existing(out))
  check_space(bytes, free, out)
  return { atoms = count, plan = plan, total = total, work = work, bytes = bytes, free = free }
end

-- ---------------------------------------------------------------- dry runs ----

-- Seconds for one step of the protocol's sample.
local function measure(p)
  local vt = require "vitrum"
  local atoms
  if p.glass then
    atoms = kit.moving(p)
  elseif p.composition and p.atoms then
    atoms = kit.packing(p, p.high or p.temperature or 300)
  else
    return nil
  end
  local md = vt.md(atoms, { timestep = p.timestep, precision = p.precision })
  md:run{ steps = WARM_UP }
  local start, steps, chunk = vt.clock(), 0, 20
  repeat
    md:run{ steps = chunk }
    steps = steps + chunk
  until vt.clock() - start > MEASURED
  return (vt.clock() - start) / steps, atoms
end

local UNITS <const> = { { 86400, "days" }, { 3600, "h" }, { 60, "min" }, { 0, "s" } }

-- "about 12 min"
local function duration_text(seconds)
  for _, unit in ipairs(UNITS) do
    if seconds >= 2 * unit[1] then
      return ("about %.2g %s"):format(unit[1] > 0 and seconds / unit[1] or seconds, unit[2])
    end
  end
end

local function bytes_text(bytes)
  if bytes < 1e6 then return "less than 1 MB" end
  if bytes < 1e9 then return ("about %.0f MB"):format(bytes / 1e6) end
  return ("about %.1f GB"):format(bytes / 1e9)
end

---The values of a run, each with its unit and where it comes from.
---@param list vitrum.Parameter[]
---@param values table<string, any>
---@param origins table<string, string>
---@return string[] lines
function check.origins(list, values, origins)
  local lines, widest, wide = {}, 0, 0
  for _, parameter in ipairs(list) do
    if not parameter.framework and values[parameter.name] ~= nil then
      widest = math.max(widest, #parameter.name)
      wide = math.max(wide, #parameters.text(parameter, values[parameter.name]))
    end
  end
  for _, parameter in ipairs(list) do
    local value = values[parameter.name]
    if not parameter.framework and value ~= nil then
      lines[#lines + 1] = ("  %-" .. widest .. "s  %-" .. wide .. "s  %s"):format(parameter.name,
        parameters.text(parameter, value), origins[parameter.name])
    end
  end
  return lines
end

-- Sums over the runs for all combinations of values, and for each of the seeds.
local function sum(self, all, seeds, out)
  local known = { runs = #all * seeds, total = 0.0, bytes = 0.0, steps = 0.0 }
  for _, p in ipairs(all) do
    local one = check.all(self, p, out)
    known.total = known.total + seeds * one.total
    known.bytes, known.free = known.bytes + seeds * one.bytes, one.free
    -- Of all atoms: the time goes as their number.
    known.steps = known.steps + seeds * one.atoms * one.work / (p.timestep or TIMESTEP)
  end
  check_space(known.bytes, known.free, out)
  return known
end

---Print what a run, or many, would do, and return it.
---@param self vitrum.Protocol
---@param p table parameters as the script gets them; of many runs those of the first
---@param values table<string, any>
---@param origins table<string, string>
---@param out string the folder
---@param all table[]? parameters of each of many runs
---@param seeds integer? for each of these
---@param folder string? what a single run would do in its folder
---@return table # atoms, plan, total [ps], bytes, free, seconds; of many runs also runs, their
---number, and the sums over them
function check.dry(self, p, values, origins, out, all, seeds, folder)
  local known = check.all(self, p, out)
  local sums = all and sum(self, all, seeds, out)
  local step, atoms = nil, nil
  if known.total > 0 then step, atoms = measure(p) end
  local timestep = p.timestep or TIMESTEP
  known.seconds = step and step * known.work / timestep
  local lines = { ("%s: a dry run, nothing is written"):format(self.name),
                  sums and ("parameters of the first of %d runs"):format(sums.runs)
                    or "parameters" }
  for _, line in ipairs(check.origins(self.parameters, values, origins)) do
    lines[#lines + 1] = line
  end
  local function add(name, ...) lines[#lines + 1] = ("%-10s  %s"):format(name, (...)) end
  if atoms then add("sample", tostring(atoms)) end
  for _, entry in ipairs(known.plan) do
    add("plan", ("%s: %.6g ps, %.0f steps%s"):format(entry[1], entry[2], entry[2] / timestep,
      entry.size and entry.size ~= 1 and (" of %g times the atoms"):format(entry.size) or ""))
  end
  if #known.plan > 1 then
    add("plan", ("in all %.6g ps, %.0f steps"):format(known.total, known.total / timestep))
  end
  if known.seconds then
    add("time", ("%s of dynamics (%.0f steps/s, measured for %g s); minimizations and analysis "
      .. "are extra"):format(duration_text(known.seconds), 1 / step, MEASURED))
  elseif self.times then
    add("time", self.times)
  end
  add("disk", ("%s of %s free"):format(bytes_text(known.bytes),
    known.free and ("%.1f GB"):format(known.free / 1e9) or "an unknown number of GB"))
  if sums then
    sums.seconds = step and step * sums.steps / known.atoms
    add("in all", ("%d runs, %s%s%s on the disk"):format(sums.runs,
      sums.total > 0 and ("%.6g ps, "):format(sums.total) or "",
      sums.seconds and duration_text(sums.seconds) .. " of dynamics one after the other, " or "",
      bytes_text(sums.bytes)))
    for _, name in ipairs { "runs", "total", "bytes", "seconds" } do known[name] = sums[name] end
  end
  if folder then add("folder", folder) end
  for _, file in ipairs(self.files) do
    add("file", ("%s/%s: %s"):format(sums and out .. "/RUN" or out, file[1], file[2]))
  end
  if not values.quiet then print(table.concat(lines, "\n")) end
  return known
end

return check
