-- From the results of members to numbers: measures, means with their errors, trends, and the table
-- of all that for the terminal.

local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local statistics = require "vitrum.analysis.statistics"
local text = require "vitrum.base.text"
local trend = require "vitrum.study.trend"

local raise <const> = options.raise

local summary = {}

---@class vitrum.Study
---@field name string
---@field folder string
---@field cases table[] name, x, label, mean, error, values, count (each by measure), results, seeds
---@field measures string[] names in the order of tables
---@field units table<string, string>
---@field trends table<string, vitrum.Trend>
---@field statements table[]
---@field failures table[] case, seed, member, problem
---@field files string[]
---@field xlabel string?
local Study = {} -- methods, which pages adds
local STUDY <const> = { __name = "vitrum.Study", __index = Study }
summary.STUDY = STUDY

-- ---------------------------------------------------------------- measures ----

-- A number, or a pair of a number and a unit; nil for all else.
local function number_and_unit(value)
  if type(value) == "number" then return value, nil end
  if type(value) == "table" and type(value[1]) == "number" and #value == 2
    and type(value[2]) == "string" then
    return value[1], value[2]
  end
end

-- Entries { name, value, unit } of what a measure function returned, by name.
local function entries_of(returned, where)
  local list = {}
  if type(returned) ~= "table" then
    raise("%s: measure must return a table { name = number, ... }, not %s", where,
      numbers.show(returned))
  end
  for name, value in pairs(returned) do
    local number, unit = number_and_unit(value)
    if type(name) ~= "string" then
      raise("%s: measure must return named numbers { name = number, ... }, not a list", where)
    end
    if not number then
      raise("%s: the measure '%s' must be a number or { number, \"unit\" }, not %s", where, name,
        numbers.show(value))
    end
    list[#list + 1] = { name = name, value = number, unit = unit }
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

-- What is measured without a function for it.
local function by_default(result, of_protocol)
  local list = {}
  if of_protocol then
    for _, entry in ipairs(result.results or {}) do
      if type(entry.value) == "number" then
        list[#list + 1] = { name = entry.name, value = entry.value, unit = entry.unit }
      end
    end
    return list
  end
  for name, value in pairs(result) do
    local number, unit = number_and_unit(value)
    if number and type(name) == "string" then
      list[#list + 1] = { name = name, value = number, unit = unit }
    end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

local function measured(study, member, o)
  local where = ("study %s: %s, seed %d"):format(study.name, member.case.name, member.seed)
  if not o.measure then return by_default(member.result, study.work.protocol ~= nil) end
  local ok, returned = pcall(o.measure, member.result, member.case, member.seed)
  if not ok then
    raise("%s: measure failed: %s. What the members returned is kept: fix measure and give the "
      .. "same command again", where, tostring(returned))
  end
  return entries_of(returned, where)
end

---What is wrong with the measures of a member, to be said while the others still run.
---@param study table
---@param member vitrum.StudyMember
---@param o table
---@return string?
function summary.problem(study, member, o)
  local ok, entries = pcall(measured, study, member, o)
  if not ok then return entries end
  local known = {}
  for _, entry in ipairs(entries) do known[entry.name] = true end
  for k, statement in ipairs(o.statements) do
    if not known[statement[1]] then
      return ("statement %d is on '%s', which was not measured for %s"):format(k, statement[1],
        member.name)
    end
  end
end

-- ---------------------------------------------------------------- means ----

-- Values of a measure over the members of a case; those that are not finite do not count.
local function means(cases, measures)
  for _, case in ipairs(cases) do
    for _, name in ipairs(measures) do
      local finite = {}
      for _, value in ipairs(case.values[name] or {}) do
        if numbers.is_finite(value) then finite[#finite + 1] = value end
      end
      case.values[name], case.count[name] = case.values[name] or {}, #finite
      if #finite > 0 then case.mean[name] = statistics.mean(finite) end
      if #finite > 1 then case.error[name] = statistics.standard_error(finite) end
    end
  end
end

local function collect(study, o)
  local cases, measures, units, seen = {}, {}, {}, {}
  for k, case in ipairs(study.cases) do
    cases[k] = { name = case.name, x = case.x, label = case.label, group = case.group,
                 mean = {}, error = {}, values = {}, count = {}, results = {}, seeds = {} }
  end
  for _, member in ipairs(study.members) do
    local case = cases[member.place]
    member.measured = {}
    for _, entry in ipairs(member.result and measured(study, member, o) or {}) do
      member.measured[entry.name] = entry.value
      if not seen[entry.name] then
        measures[#measures + 1], seen[entry.name] = entry.name, true
        units[entry.name] = entry.unit ~= "-" and entry.unit or nil
      end
      local values = case.values[entry.name] or {}
      values[#values + 1], case.values[entry.name] = entry.value, values
    end
    if member.result then
      case.results[#case.results + 1], case.seeds[#case.seeds + 1] = member.result, member.seed
    end
  end
  if #measures == 0 then
    raise("study %s: the results hold no numbers; give measure = function(result) return { name = "
      .. "number } end", study.name)
  end
  means(cases, measures)
  return cases, measures, units
end

-- ---------------------------------------------------------------- trends ----

local function points_of(cases, name)
  local points = {}
  for k, case in ipairs(cases) do
    if case.mean[name] then
      points[#points + 1] = { x = case.x or k, name = case.label or case.name, group = case.group,
                              mean = case.mean[name], error = case.error[name],
                              count = case.count[name] }
    end
  end
  return points
end

local function scale_of(cases, o)
  local x = {}
  for k, case in ipairs(cases) do x[k] = case.x end
  if o.scale == "log" then
    for k, case in ipairs(cases) do
      if not x[k] or x[k] <= 0 then
        raise("study: scale = \"log\" needs a positive x for all cases, and that of '%s' is %s",
          case.name, numbers.show(x[k]))
      end
    end
  end
  return o.scale or #x > 0 and trend.scale(x) or "rank"
end

-- What the slope of a trend refers to: "per decade" of x.
local PER <const> = { log = "per decade", linear = "per unit", rank = "per case" }

-- A trend in words: "rises (4.3 +- 0.5 K per decade)".
local function trend_text(t, unit)
  if not t.slope then return ("%s: %s"):format(t.note, t.word) end
  return ("%s (%s%s %s%s)"):format(t.word, text.plain(t.slope, t.error), unit and " " .. unit or "",
    PER[t.scale], t.note and "; " .. t.note or "")
end

---Check what can be checked of the statements before anything has run.
---@param o table
function summary.check(o)
  for k, statement in ipairs(o.statements) do
    local ok = type(statement) == "table" and type(statement[1]) == "string"
      and type(statement[2]) == "string"
    if not ok then
      raise("study: statement %d must be { measure, \"rises\" | \"falls\" | words, paper = }, "
        .. "not %s", k, numbers.show(statement))
    end
    for _, name in ipairs { "paper", "label" } do
      local value = statement[name]
      if value ~= nil then
        options.argument("study", ("%s of statement %d"):format(name, k), "string", value)
      end
    end
  end
  if o.scale == "log" then scale_of(o.cases, o) end
end

local function statements_of(result, o)
  local list = {}
  for k, statement in ipairs(o.statements) do
    local t = result.trends[statement[1]]
    if not t then
      raise("study %s: statement %d is on '%s', which was not measured; there are %s", result.name,
        k, statement[1], table.concat(result.measures, ", "))
    end
    list[k] = { measure = statement[1], label = statement.label or statement[1],
                expected = statement[2], paper = statement.paper, found = t.word,
                agrees = trend.agreement(statement[2], t.word) }
  end
  return list
end

---All numbers of a study.
---@param study table with the results of its members
---@param o table options of vt.study
---@return vitrum.Study
function summary.of(study, o)
  local cases, measures, units = collect(study, o)
  local scale = scale_of(cases, o)
  local result = setmetatable({ name = study.name, folder = study.folder, cases = cases,
                                measures = measures, units = units, scale = scale, trends = {},
                                xlabel = o.xlabel }, STUDY)
  for _, name in ipairs(measures) do
    local t = trend.judge(points_of(cases, name), scale, o.level)
    t.text, result.trends[name] = trend_text(t, units[name]), t
  end
  result.statements = statements_of(result, o)
  return result
end

-- ---------------------------------------------------------------- the table ----

---"Tg (K)"
---@param study vitrum.Study
---@param name string
---@return string
function summary.title(study, name)
  local unit = study.units[name]
  return unit and ("%s (%s)"):format(name, unit) or name
end

-- Rows of texts as aligned lines.
local function aligned(rows)
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for j, cell in ipairs(row) do widths[j] = math.max(widths[j] or 0, utf8.len(cell)) end
  end
  for i, row in ipairs(rows) do
    local cells = {}
    for j, cell in ipairs(row) do cells[j] = cell .. (" "):rep(widths[j] - utf8.len(cell)) end
    lines[i] = ("  " .. table.concat(cells, "  ")):gsub("%s+$", "")
  end
  return table.concat(lines, "\n")
end

STUDY.__tostring = function(study)
  local rows = { { "case" } }
  for j, name in ipairs(study.measures) do rows[1][j + 1] = summary.title(study, name) end
  for i, case in ipairs(study.cases) do
    rows[i + 1] = { case.name }
    for j, name in ipairs(study.measures) do
      rows[i + 1][j + 1] = case.mean[name] and text.plain(case.mean[name], case.error[name]) or "-"
    end
  end
  local trends = { "trend" }
  for j, name in ipairs(study.measures) do trends[j + 1] = study.trends[name].word end
  if #study.cases > 1 then rows[#rows + 1] = trends end
  local lines = { ("study %s, mean +- standard error over the seeds:"):format(study.name),
                  aligned(rows) }
  for _, s in ipairs(study.statements) do
    lines[#lines + 1] = ("  %s: %s; expected: %s%s%s"):format(s.label,
      study.trends[s.measure].text, s.expected,
      s.paper and (" (%s)"):format(s.paper) or "", s.agrees == "no" and ", does not agree" or "")
  end
  for _, failure in ipairs(study.failures or {}) do
    lines[#lines + 1] = ("  %s, seed %d failed: %s"):format(failure.case, failure.seed,
      failure.problem)
  end
  if #(study.failures or {}) > 0 then
    lines[#lines + 1] = "  the same command tries again those that failed"
  end
  if study.files then
    lines[#lines + 1] = ("  files in %s: %s"):format(study.folder, table.concat(study.files, ", "))
  end
  return table.concat(lines, "\n")
end

return summary
