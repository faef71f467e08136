-- The members of a study: cases and seeds checked before any work, what runs a member, and its
-- result as plain values.

local files = require "vitrum.base.files"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local parameters = require "vitrum.protocol.parameters"
local provenance = require "vitrum.protocol.provenance"
local state = require "vitrum.study.state"
local system = require "vitrum.system"

local raise <const>, refuse <const> = options.raise, options.refuse

local members = {}

---So many seeds are a slip: { 100000 } is the seed of that number.
members.MOST = 10000

---@class vitrum.StudyMember
---@field case table as it was given
---@field seed integer
---@field name string of its files
---@field folder string for what it writes
---@field path string of its files, without an ending
---@field result table? what it returned
---@field problem string? why it failed
---@field measured table<string, number>? numbers of the result

-- Keys of a case that `run` does not get.
local OWN <const> = { name = true, x = true, label = true, group = true }

-- ---------------------------------------------------------------- plain values ----

-- A copy of tables, texts, numbers and booleans, arrays as lists; `drop` is told of all else.
local function plain(value, place, drop, depth)
  local kind = type(value)
  if kind == "string" or kind == "number" or kind == "boolean" then return value end
  if kind == "userdata" then
    if options.is(value, "Array") then return value:totable() end
  elseif kind == "table" and depth < 50 then
    local copy = {}
    -- Lists stay lists: what cannot be kept in them leaves no gap.
    if rawlen(value) > 0 then
      for k = 1, #value do
        copy[#copy + 1] = plain(value[k], ("%s[%d]"):format(place, k), drop, depth + 1)
      end
      for key, item in pairs(value) do
        if math.type(key) ~= "integer" or key < 1 or key > #value then
          drop(("%s.%s"):format(place, tostring(key)), item)
        end
      end
      return copy
    end
    for key, item in pairs(value) do
      local name = place == "" and tostring(key) or ("%s.%s"):format(place, tostring(key))
      if type(key) ~= "string" then
        drop(name, item)
      else
        copy[key] = plain(item, name, drop, depth + 1)
      end
    end
    return copy
  end
  drop(place, value)
end

---The result of a run as it can be saved. What is not a plain value is left out and named: hours of
---work must not be lost because of it.
---@param value any
---@return table result
---@return string? left_out
function members.plain(value)
  if type(value) ~= "table" then value = { value = value } end
  local left_out = {}
  local result = plain(value, "", function(place, item)
    left_out[#left_out + 1] = ("%s (%s)"):format(place, numbers.show(item))
  end, 0)
  table.sort(left_out)
  return result, #left_out > 0 and table.concat(left_out, ", ") or nil
end

-- The keys of a case that are for `run`, as plain values.
local function parameters_of(case, where)
  local rest = {}
  for key, value in pairs(case) do
    if type(key) ~= "string" then
      raise("%s has the entry %s; give named values, { name = ..., key = value }", where,
        numbers.show(value))
    end
    if not OWN[key] then
      rest[key] = plain(value, key, function(place, item)
        raise("%s: %s is %s; a case holds plain values, which identify it: make everything "
          .. "else in run", where, place, numbers.show(item))
      end, 0)
    end
  end
  return rest
end

-- ---------------------------------------------------------------- what is run ----

local function script_of(f)
  local source = debug.getinfo(f, "S").source
  return source:sub(1, 1) == "@" and source:sub(2) or "(prompt)"
end

-- The lines of a script; nil when it cannot be read.
local function lines_of(path)
  local file <close> = files.open(path)
  if not file then return nil end
  local lines = {}
  for line in file:lines() do lines[#lines + 1] = line end
  return lines
end

-- A checksum of what a function of a script computes: its lines, those of the script's functions
-- that it calls, and the plain values that these use. The rest of the script may change: more cases
-- and seeds, other measures, another report. Nil for what was typed at a prompt.
local function version_of(f)
  local source = debug.getinfo(f, "S").source
  local lines = source:sub(1, 1) == "@" and lines_of(source:sub(2))
  if not lines then return nil end
  local parts, seen = {}, {}
  for _, module in pairs(package.loaded) do seen[module] = true end
  local function add(name, value)
    local kind = type(value)
    if kind == "string" or kind == "number" or kind == "boolean" then
      parts[#parts + 1] = ("%s %s %q"):format(kind, name, value)
    elseif seen[value] then
      return
    elseif kind == "function" then
      seen[value] = true
      local info = debug.getinfo(value, "S")
      if info.source ~= source then return end
      table.move(lines, info.linedefined, info.lastlinedefined, #parts + 1, parts)
      for k = 1, math.huge do
        local known, upvalue = debug.getupvalue(value, k)
        if not known then break end
        if known ~= "_ENV" then add(known, upvalue) end
      end
    elseif kind == "table" and getmetatable(value) == nil then
      seen[value] = true
      local keys = {}
      for key in pairs(value) do
        if type(key) == "string" or type(key) == "number" then keys[#keys + 1] = key end
      end
      table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
      for _, key in ipairs(keys) do add(("%s.%s"):format(name, tostring(key)), value[key]) end
    end
  end
  add("run", f)
  return system.sha256(table.concat(parts, "\n"))
end

local function is_protocol(value) return options.is(value, "Protocol") end

-- What the run in the folder says of itself, nothing where there is none.
local function run_in(folder)
  local file <close> = io.open(folder .. "/run.json", "rb")
  local text = file and file:read "a" or ""
  return { there = file ~= nil, finished = text:find('"status": "finished"', 1, true) ~= nil,
           sha256 = text:match '"work_sha256": "(%x+)"' }
end

local function of_protocol(protocol, o)
  local takes = {}
  for _, parameter in ipairs(protocol.parameters) do takes[parameter.name] = parameter end
  local work = { text = "the protocol " .. protocol.name, script = protocol.script,
                 protocol = protocol, sha256 = protocol.work_sha256,
                 changed = "not in its report function alone" }
  local function given(case, seed, folder)
    local values = parameters_of(case, ("study: case '%s'"):format(case.name))
    if takes.seed then values.seed = seed end
    values.out, values.quiet, values.overwrite = folder, true, o.overwrite or nil
    if not folder or o.overwrite then return values end
    -- Members that have not begun begin. One that was killed before it could save its result gives
    -- it now, unless another version of the script made it.
    local found = run_in(folder)
    if found.there then values.resume = o.resume end
    if found.finished and found.sha256 == work.sha256 then values.resume = true end
    return values
  end
  -- The values that make a case what it is, defaults included.
  function work.identity(case, seeds)
    if case.seed ~= nil then
      raise("study: case '%s' sets seed; give the seeds of all cases with seeds", case.name)
    end
    if #seeds > 1 and not takes.seed then
      raise("study: the protocol %s has no parameter seed, so %d seeds would be the same run",
        protocol.name, #seeds)
    end
    local values, message = parameters.read(protocol.parameters, given(case, seeds[1]))
    if not values then raise("study: case '%s': %s", case.name, message) end
    local identity = {}
    for name, value in pairs(values) do
      if not takes[name].framework and name ~= "seed" then identity[name] = value end
      if takes[name].kind == "file" then
        local sum, problem = provenance.sha256_of_file(value)
        if not sum then refuse("study: case '%s': %s: %s", case.name, name, problem) end
        identity[name] = ("%s, SHA-256 %s"):format(value, sum)
      end
    end
    return identity
  end
  function work.run(member)
    return protocol:run(given(member.case, member.seed, member.folder))
  end
  return work
end

local function of_function(f)
  local work = { text = "a function", script = script_of(f), sha256 = version_of(f),
                 changed = "in the function 'run' or in what that uses" }
  function work.identity(case)
    return parameters_of(case, ("study: case '%s'"):format(case.name))
  end
  function work.run(member)
    local ok, message = system.make_folder(member.folder)
    if not ok then refuse("%s", message) end
    local result = f(member.case, member.seed, member.folder)
    if result == nil then
      raise("study: run returned nothing; it must return a table of what is to be measured")
    end
    return result
  end
  return work
end

local function work_of(o)
  if is_protocol(o.run) then return of_protocol(o.run, o) end
  if type(o.run) == "function" then return of_function(o.run) end
  raise("study: option 'run' must be a protocol or a function(case, seed, folder), got %s",
    numbers.show(o.run))
end

-- ---------------------------------------------------------------- cases and seeds ----

local function check_cases(cases)
  if #cases == 0 then
    raise "study: the list of cases is empty; give cases = { { name = \"...\", ... }, ... }"
  end
  local seen = {}
  for k, case in ipairs(cases) do
    if type(case) ~= "table" then
      raise("study: case %d must be a table { name = \"...\", ... }, not %s", k, numbers.show(case))
    end
    if type(case.name) ~= "string" or not case.name:find "%S" or case.name:find "%c" then
      raise("study: case %d needs a name, a text on one line, not %s", k, numbers.show(case.name))
    end
    if seen[case.name] then
      raise("study: two cases have the name '%s'; give each its own", case.name)
    end
    seen[case.name] = true
    local x = case.x
    if x ~= nil and (type(x) ~= "number" or not numbers.is_finite(x)) then
      raise("study: case '%s': x must be a finite number, not %s", case.name, numbers.show(x))
    end
    if (x == nil) ~= (cases[1].x == nil) then
      raise("study: case '%s' has %s x, others have %s; give x for all cases or for none",
        case.name, x and "an" or "no", x and "none" or "one")
    end
    for _, key in ipairs { "label", "group" } do
      if case[key] ~= nil then
        options.argument("study", ("%s of case '%s'"):format(key, case.name), "string", case[key])
      end
    end
  end
end

local function seeds_of(given)
  local list = {}
  if type(given) == "number" and given > members.MOST then
    raise("study: option 'seeds' must be at most %d, or a list of seeds, not %s", members.MOST,
      numbers.show(given))
  elseif type(given) == "number" and math.tointeger(given) and given >= 1 then
    for seed = 1, given do list[seed] = math.tointeger(seed) end
  elseif type(given) == "table" and #given > 0 then
    local seen = {}
    for k, value in ipairs(given) do
      local seed = type(value) == "number" and math.tointeger(value)
      if not seed or seed < 0 then
        raise("study: seed %d must be a whole number, at least 0, not %s", k, numbers.show(value))
      end
      if seen[seed] then raise("study: the seed %d is given twice", seed) end
      list[k], seen[seed] = seed, true
    end
  else
    raise("study: option 'seeds' must be a number of seeds, at least 1, or a list of them, got %s",
      numbers.show(given))
  end
  return list
end

---Cases, seeds and members of a study, with everything checked that can be without running it.
---@param o table checked options of vt.study
---@param folder string
---@return table # work, cases, seeds, members, recorded
function members.of(o, folder)
  check_cases(o.cases)
  local work, seeds, names, recorded, list = work_of(o), seeds_of(o.seeds), {}, {}, {}
  for k, case in ipairs(o.cases) do
    names[k] = case.name
    recorded[k] = { name = case.name, x = case.x, label = case.label,
                    parameters = work.identity(case, seeds) }
  end
  names = state.file_names(names)
  for k, case in ipairs(o.cases) do
    for _, seed in ipairs(seeds) do
      local name = ("%s-seed%d"):format(names[k], seed)
      local path = ("%s/%s"):format(folder, name)
      list[#list + 1] = { case = case, place = k, seed = seed, name = name, path = path,
                          folder = path }
    end
  end
  return { work = work, cases = o.cases, seeds = seeds, members = list, recorded = recorded }
end

return members
