-- Lists among the values of a protocol: cooling_rate=1e12,1e13 seeds=3 runs it for each of them,
-- side by side, as a study (vt.study).

local members = require "vitrum.study.members"
local numbers = require "vitrum.base.numbers"
local parameters = require "vitrum.protocol.parameters"

local sweep = {}

-- Kinds for which a single value may contain a comma.
local LISTS <const> = { words = true, numbers = true, string = true, file = true }

-- The values in "1e12,1e13" or { 1e12, 1e13 }; nil when it is a single one.
local function list_of(parameter, value)
  if parameter.framework then return nil end
  if LISTS[parameter.kind] and not (parameter.kind == "string" and parameter.choices) then
    return nil
  end
  if type(value) == "table" and #value > 0 then return value end
  if type(value) ~= "string" or not value:find "," then return nil end
  local list = {}
  for word in (value .. ","):gmatch "%s*(.-)%s*," do list[#list + 1] = word end
  return list
end

-- "3" or "1,5,7" as vt.study takes seeds; nil and a message when it is neither.
local function seeds_of(value)
  if value == nil then return nil end
  local list = {}
  for k, word in ipairs(type(value) == "table" and value or {}) do list[k] = word end
  if type(value) ~= "table" then
    for word in tostring(value):gmatch "[^,%s]+" do list[#list + 1] = word end
  end
  if #list == 0 then return nil, "seeds must not be empty; for example seeds=3" end
  local seen = {}
  for k, word in ipairs(list) do
    local seed = math.tointeger(tonumber(word))
    if not seed or seed < 0 then
      return nil, ("seeds must be a number of seeds or a list of them, not %s; for example "
        .. "seeds=3"):format(numbers.show(value))
    end
    if seen[seed] then return nil, ("seeds has the seed %d twice"):format(seed) end
    list[k], seen[seed] = seed, true
  end
  if #list == 1 and type(value) ~= "table" then
    if list[1] < 1 then return nil, "seeds must be at least 1, not 0" end
    if list[1] > members.MOST then
      return nil, ("seeds must be at most %d, not %d; one run with that seed is seed=%d"):format(
        members.MOST, list[1], list[1])
    end
    return list[1]
  end
  return list
end

-- What is wrong with a list of values; nil when nothing is. `samples`: the protocol itself has many
-- seeds, counted from `seed` on.
local function fault(parameter, values, samples)
  if samples and (parameter.name == "seed" or parameter.name == "seeds") then
    return ("%s must be one number, not a list: seed is that of the first sample and seeds how "
      .. "many there are, so that seed=5 seeds=2 has 5 and 6"):format(parameter.name)
  elseif parameter.name == "seed" then
    return "give a list of seeds with seeds=, not with seed="
  end
  local seen = {}
  for _, value in ipairs(values) do
    local checked, message = parameters.check(parameter, value)
    if checked == nil then return message end
    if seen[checked] then
      return ("%s has the value %s twice"):format(parameter.name,
        parameters.text(parameter, checked))
    end
    seen[checked] = true
  end
end

---What of the values given makes many runs; nil when nothing does.
---@param list vitrum.Parameter[]
---@param given table<string, any>
---@return { lists: table<string, any[]>, seeds: integer|integer[]?, first: table }? sweep first:
---the values of the first run
---@return string? message when something is wrong
function sweep.of(list, given)
  local found = { lists = {}, first = {} }
  local any, samples = false, false
  for key, value in pairs(given) do found.first[key] = value end
  for _, parameter in ipairs(list) do
    samples = samples or parameter.name == "seeds" and not parameter.framework
  end
  for _, parameter in ipairs(list) do
    local values = list_of(parameter, given[parameter.name])
    if values then
      local message = fault(parameter, values, samples)
      if message then return nil, message end
      found.lists[parameter.name], found.first[parameter.name], any = values, values[1], true
    elseif parameter.framework and parameter.name == "seeds" and given.seeds ~= nil then
      local message
      found.seeds, message = seeds_of(given.seeds)
      if message then return nil, message end
      found.first.seeds, any = nil, true
    end
  end
  return any and found or nil
end

---Values for each combination of the lists, every seed left out but the first.
---@param list vitrum.Parameter[]
---@param found table what sweep.of gave
---@param values table<string, any> of the first run
---@return table<string, any>[]
function sweep.combinations(list, found, values)
  local all = { values }
  for _, parameter in ipairs(list) do
    local more = {}
    for _, value in ipairs(found.lists[parameter.name] or {}) do
      for _, one in ipairs(all) do
        local copy = {}
        for key, known in pairs(one) do copy[key] = known end
        copy[parameter.name] = parameters.check(parameter, value)
        more[#more + 1] = copy
      end
    end
    if #more > 0 then all = more end
  end
  return all
end

---How many seeds each combination has.
---@param found table what sweep.of gave
---@return integer
function sweep.seed_count(found)
  return type(found.seeds) == "table" and #found.seeds or found.seeds or 1
end

---The folder of the runs.
---@param self vitrum.Protocol
---@param values table<string, any>
---@return string
function sweep.folder(self, values) return values.out or self.name .. "-study" end

---Run a protocol for all that was found; what does not vary has its value of the first run.
---@param self vitrum.Protocol
---@param found table what sweep.of gave
---@param values table<string, any> of the first run
---@param origins table<string, string>
---@return vitrum.Study
function sweep.run(self, found, values, origins)
  local study, fixed = require("vitrum").study, {}
  for _, parameter in ipairs(self.parameters) do
    local name = parameter.name
    if not parameter.framework and not found.lists[name] and values[name] ~= nil
      and (origins[name] ~= "default" or name == "seed") then
      fixed[name] = parameters.for_script(parameter, values[name])
    end
  end
  if origins.checkpoint_every ~= "default" then fixed.checkpoint_every = values.checkpoint_every end
  local o = { out = sweep.folder(self, values), jobs = values.jobs,
              threads = values.threads, overwrite = values.overwrite, resume = values.resume,
              quiet = values.quiet, name = self.name }
  if next(found.lists) then return study.sweep(self, fixed, found.lists, found.seeds, o) end
  local seeds = found.seeds
  if type(seeds) == "number" then
    local first = fixed.seed or 1
    seeds = {}
    for k = 1, found.seeds do seeds[k] = first + k - 1 end
  end
  fixed.seed, fixed.name = nil, self.name
  o.cases, o.run, o.seeds = { fixed }, self, seeds
  return study(o)
end

return sweep
