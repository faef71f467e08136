-- Lists of values for the parameters of a protocol as the cases of a study: all combinations.

local members = require "vitrum.study.members"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local parameters = require "vitrum.protocol.parameters"

local raise <const> = options.raise

local sweep = {}

-- The varied parameters in the protocol's order, each { parameter, values } with checked values.
local function axes_of(protocol, lists)
  local axes, known = {}, {}
  for _, parameter in ipairs(protocol.parameters) do
    known[parameter.name] = true
    local values = lists[parameter.name]
    if values ~= nil then
      if type(values) ~= "table" or #values == 0 then
        raise("study.sweep: %s must be a list of values, { value, ... }, not %s", parameter.name,
          numbers.show(values))
      end
      if parameter.framework or parameter.name == "seed" then
        raise("study.sweep: %s cannot be varied%s", parameter.name,
          parameter.name == "seed" and "; seeds = number makes members of one case" or "")
      end
      local axis, seen = { parameter = parameter, values = {} }, {}
      for k, value in ipairs(values) do
        local checked, message = parameters.check(parameter, value)
        if checked == nil then raise("study.sweep: %s", message) end
        if seen[checked] then
          raise("study.sweep: %s has the value %s twice", parameter.name,
            parameters.text(parameter, checked))
        end
        axis.values[k], seen[checked] = checked, true
      end
      axes[#axes + 1] = axis
    end
  end
  for name in pairs(lists) do
    if not known[name] then raise("study.sweep: the protocol has no parameter '%s'", name) end
  end
  if #axes == 0 then
    raise "study.sweep: give a list of values for at least one parameter, { name = { ... } }"
  end
  return axes
end

local function is_numeric(axis)
  return type(axis.values[1]) == "number"
end

-- The axis along which trends are judged.
local function main_axis(axes, along)
  local best
  for _, axis in ipairs(axes) do
    if along == axis.parameter.name then return axis end
    if not best or is_numeric(axis) and (not is_numeric(best) or #axis.values > #best.values) then
      best = axis
    end
  end
  if along then raise("study.sweep: along = '%s' is not a parameter that is varied", along) end
  return best
end

-- "cooling_rate=1e12"
local function pair_text(axis, value)
  local text = type(value) == "number" and parameters.number_text(value) or tostring(value)
  return ("%s=%s"):format(axis.parameter.name, text)
end

local function cases_of(axes, main, fixed)
  local cases = {}
  local function fill(k, values)
    if k <= #axes then
      for _, value in ipairs(axes[k].values) do
        values[k] = value
        fill(k + 1, values)
      end
      return
    end
    local case, names, rest = {}, {}, {}
    for key, value in pairs(fixed) do case[key] = value end
    for i, axis in ipairs(axes) do
      case[axis.parameter.name], names[i] = values[i], pair_text(axis, values[i])
      if axis ~= main then rest[#rest + 1] = names[i] end
      if axis == main and is_numeric(axis) then case.x = values[i] end
    end
    case.name, case.group = table.concat(names, " "), #rest > 0 and table.concat(rest, " ") or nil
    cases[#cases + 1] = case
  end
  fill(1, {})
  return cases
end

---Run a protocol for all combinations of values.
---@param run fun(options: table): vitrum.Study
---@param protocol vitrum.Protocol
---@param fixed table<string, any> parameters that are the same in all members
---@param lists table<string, any[]> values of those that vary
---@param seeds integer|integer[]? with a number, from `fixed.seed` on
---@param given table? options of vt.study, and along
---@return vitrum.Study
function sweep.run(run, protocol, fixed, lists, seeds, given)
  if not options.is(protocol, "Protocol") then
    raise("study.sweep: expected a protocol, got %s", numbers.show(protocol))
  end
  fixed = options.argument("study.sweep", "the fixed parameters", "table", fixed, {})
  local axes = axes_of(protocol, options.argument("study.sweep", "the lists", "table", lists))
  local o = options.put("study.sweep", {}, given)
  local main = main_axis(axes, o.along)
  local rest = {}
  for key, value in pairs(fixed) do
    if lists[key] ~= nil then raise("study.sweep: %s is given as fixed and as a list", key) end
    rest[key] = value
  end
  local first = rest.seed
  rest.seed, o.along = nil, nil
  if type(seeds) == "number" and seeds > members.MOST then
    raise("study.sweep: seeds must be at most %d, or a list of seeds, not %s", members.MOST,
      numbers.show(seeds))
  end
  if first and (seeds == nil or type(seeds) == "number") then
    local list = {}
    for k = 1, seeds or 1 do list[k] = first + k - 1 end
    seeds = list
  end
  local unit = main.parameter.unit
  o.name = o.name or protocol.name
  o.run, o.cases, o.seeds = protocol, cases_of(axes, main, rest), seeds
  o.title = o.title or ("%s: %s"):format(protocol.name, main.parameter.help or main.parameter.name)
  o.xlabel = o.xlabel
    or main.parameter.name .. (unit and unit ~= "-" and (" (%s)"):format(unit) or "")
  return run(o)
end

return sweep
