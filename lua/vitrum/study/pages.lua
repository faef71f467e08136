-- What a study writes about itself: study.csv (a row for each case), members.csv (a row for each
-- run) and report.html.

local csv = require "vitrum.base.csv"
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"
local state = require "vitrum.study.state"
local summary = require "vitrum.study.summary"

local raise <const> = options.raise

local pages = {}

local NONE <const> = 0 / 0

-- ---------------------------------------------------------------- tables ----

-- The unit in brackets, as columns have it, and no comma.
local function column(study, name, what)
  local unit = study.units[name]
  return (("%s%s [%s]"):format(name, what or "", unit or "-"):gsub(",", ";"))
end

local function facts(study, result)
  return { program = "vitrum " .. study.record.version, study = study.name,
           run = study.record.work, script = study.record.script, date = study.record.started,
           scale = result.scale }
end

local function write_cases(study, result)
  local columns = { "case", "x", "seeds" }
  for _, name in ipairs(result.measures) do
    columns[#columns + 1] = column(result, name)
    columns[#columns + 1] = column(result, name, " error")
  end
  local file <close> = csv.create(study.folder .. "/study.csv", columns, facts(study, result),
                                  { overwrite = true })
  for k, case in ipairs(result.cases) do
    local row = { case.name, case.x or k, #case.seeds }
    for _, name in ipairs(result.measures) do
      row[#row + 1] = case.mean[name] or NONE
      row[#row + 1] = case.error[name] or NONE
    end
    file:row(table.unpack(row))
  end
end

local function write_members(study, result)
  local columns = { "case", "x", "seed" }
  for _, name in ipairs(result.measures) do columns[#columns + 1] = column(result, name) end
  local file <close> = csv.create(study.folder .. "/members.csv", columns, facts(study, result),
                                  { overwrite = true })
  for _, member in ipairs(study.members) do
    if member.result then
      local row = { member.case.name, member.case.x or member.place, member.seed }
      for _, name in ipairs(result.measures) do
        row[#row + 1] = member.measured[name] or NONE
      end
      file:row(table.unpack(row))
    end
  end
end

-- ---------------------------------------------------------------- for pages ----

local Study <const> = summary.STUDY.__index

local function check_measure(study, name, where)
  options.argument(where, "the measure", "string", name)
  if not study.trends[name] then
    raise("%s: '%s' was not measured; there are %s", where, name,
      table.concat(study.measures, ", "))
  end
  return name
end

---The means and their errors as page:table takes them.
---@param names string[]? measures; default: all
---@return table
function Study:table(names)
  names = options.argument("Study:table", "the list of measures", "table", names, self.measures)
  local columns, rows = { "case", "seeds" }, {}
  for j, name in ipairs(names) do
    columns[j + 2] = summary.title(self, check_measure(self, name, "Study:table"))
  end
  for i, case in ipairs(self.cases) do
    rows[i] = { case.label or case.name, #case.seeds }
    for j, name in ipairs(names) do
      local mean, error = case.mean[name], case.error[name]
      rows[i][j + 2] = mean == nil and "-" or error and { value = mean, error = error } or mean
    end
  end
  return { columns = columns, rows = rows, caption = "Mean and standard error over the seeds." }
end

-- One series for each group, in the order of x.
local function series_of(study, name)
  local groups, list = {}, {}
  for k, case in ipairs(study.cases) do
    if case.mean[name] then
      local group = case.group or ""
      if not groups[group] then
        groups[group] = {}
        list[#list + 1] = { points = groups[group], label = case.group }
      end
      table.insert(groups[group], { case.x or k, case.mean[name], case.error[name] or 0 })
    end
  end
  local plot = {}
  for i, entry in ipairs(list) do
    table.sort(entry.points, function(a, b) return a[1] < b[1] end)
    local x, y, error = {}, {}, {}
    for k, point in ipairs(entry.points) do x[k], y[k], error[k] = table.unpack(point) end
    plot[i] = { x = x, y = y, error = error, label = entry.label, style = "linespoints" }
  end
  return plot
end

---A measure against x, with error bars, as page:figure takes it; its `plot` is also for vt.plot.
---@param name string
---@return table
function Study:figure(name)
  local plot = series_of(self, check_measure(self, name, "Study:figure"))
  plot.xlabel = self.xlabel or self.cases[1].x and "x" or "case"
  plot.ylabel, plot.logx = summary.title(self, name), self.scale == "log" or nil
  return { plot = plot, caption = ("%s%s: mean and standard error over the seeds; %s."):format(
    name:sub(1, 1):upper(), name:sub(2), self.trends[name].text) }
end

-- ---------------------------------------------------------------- the page ----

local NOTES <const> = { yes = "agrees", no = "does not agree", open = "not resolved here" }

local function add_statements(page, study)
  local list = {}
  for k, s in ipairs(study.statements) do
    list[k] = { name = s.label, value = study.trends[s.measure].text, paper = s.expected,
                source = s.paper, note = NOTES[s.agrees] }
  end
  if #list > 0 then page:section "Statements":results(list, "What was expected, and found.") end
end

local function add_failures(page, study)
  if #study.failures == 0 then return end
  local rows = {}
  for k, failure in ipairs(study.failures) do
    rows[k] = { failure.case, failure.seed, failure.problem }
  end
  page:section "Failed":table{
    columns = { "case", "seed", "problem" }, rows = rows,
    caption = "Members without a result; the same command retries them." }
end

local function write_report(study, result, o)
  local page = require("vitrum").report{
    title = o.title or "Study " .. study.name, date = study.record.started,
    subtitle = ("%d cases, %d seeds of %s."):format(#study.cases, #study.seeds, study.record.work) }
  add_statements(page, result)
  page:section "Means":table(result:table())
  if #result.cases > 1 then
    page:section "Figures"
    for _, name in ipairs(result.measures) do page:figure(result:figure(name)) end
  end
  if type(o.report) == "function" then o.report(page, result) end
  add_failures(page, result)
  local lines = { ("program: vitrum %s"):format(study.record.version),
                  ("run: %s"):format(study.record.work),
                  ("script: %s"):format(study.record.script),
                  ("date: %s"):format(study.record.started),
                  ("trends: judged at %g standard deviations, x on a %s scale"):format(o.level,
                    result.scale) }
  for _, case in ipairs(study.recorded) do
    local names, parts = {}, {}
    for name in pairs(case.parameters) do names[#names + 1] = name end
    table.sort(names)
    for k, name in ipairs(names) do
      parts[k] = ("%s = %s"):format(name, state.show(case.parameters[name]))
    end
    lines[#lines + 1] = ("case %s: %s"):format(case.name, table.concat(parts, ", "))
  end
  page:section "Provenance":provenance(lines)
  page:save(study.folder .. "/report.html", { overwrite = true })
end

---Write all of it.
---@param study table
---@param result vitrum.Study
---@param o table options of vt.study
---@return string[] files
function pages.write(study, result, o)
  write_cases(study, result)
  write_members(study, result)
  if o.report == false then return { "study.csv", "members.csv" } end
  write_report(study, result, o)
  return { "study.csv", "members.csv", "report.html" }
end

help.register_type("Study", summary.STUDY)
help.document("Study:table", {
  signature = "study:table([measures]) -> table",
  summary = "The means of the cases with their errors, as page:table takes them.",
  example = 'page:table(study:table{ "Tg" })',
})
help.document("Study:figure", {
  signature = "study:figure(measure) -> { plot =, caption = }",
  summary = "A measure against x with error bars, as page:figure takes it; .plot is for vt.plot.",
  example = 'vt.plot(study:figure("Tg").plot)',
})

return pages
