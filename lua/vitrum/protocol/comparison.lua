-- Protocols that run others: members of a study inside a protocol, each of which may run protocols
-- of its own, and the comparison of treated samples with their controls. kit offers it.

local help = require "vitrum.prompt.help"
local json = require "vitrum.base.json"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local text = require "vitrum.base.text"

local comparison = {}

local argument <const> = options.argument

local LEVEL <const> = 0.05 -- probability by chance above which a change is not resolved

---The finished state of a run in a folder; nil where there is none.
local function finished(folder)
  local file <close> = io.open(folder .. "/run.json", "rb")
  local ok, state = pcall(json.decode, file and file:read "a" or "", folder)
  return ok and type(state) == "table" and state.status == "finished" and state or nil
end

---Run a protocol inside another one, go on with a run that was stopped, or take the results of one
---that is finished.
---@param protocol vitrum.Protocol
---@param given table<string, any> its parameters, with out
---@return table # what the script's run returned, with folder
function comparison.perform(protocol, given)
  if not options.is(protocol, "Protocol") then
    options.raise("kit.perform: the first argument must be a protocol, got %s",
      numbers.show(protocol))
  end
  argument("kit.perform", "the parameters", "table", given)
  local all = { quiet = true }
  for key, value in pairs(given) do all[key] = value end
  if finished(argument("kit.perform", "the folder", "string", all.out)) then all.resume = true end
  local ok, result = pcall(protocol.run, protocol, all)
  -- What is wrong is in the parameters or the sample, not in the line that calls this.
  if not ok then error((tostring(result):gsub("^[^\n]-:%d+: ", "", 1)), 0) end
  return result
end

---Run a study inside a protocol; it goes on when the protocol does.
---@param p table with seed, seeds, at_once
---@param out vitrum.Run
---@param given table options of vt.study; name is that of its folder
---@return vitrum.Study
function comparison.study(p, out, given)
  argument("kit.study", "the parameters", "table", p)
  for _, name in ipairs { "seed", "seeds" } do
    argument("kit.study", ("parameter '%s'"):format(name), "number", p[name])
  end
  if not options.is(out, "Run") then
    options.raise("kit.study: expected the run, got %s", numbers.show(out))
  end
  argument("kit.study", "the options", "table", given)
  argument("kit.study", "the name", "string", given.name)
  local o = { out = out:path(given.name), seeds = {}, report = false, quiet = p.quiet,
              jobs = p.at_once, overwrite = p.overwrite and not out.resumed }
  for k = 1, p.seeds do o.seeds[k] = p.seed + k - 1 end
  for key, value in pairs(given) do o[key] = value end
  local ok, found = pcall(require("vitrum").study, o)
  -- What goes on after an interrupt is said by the protocol.
  if not ok then error((tostring(found):gsub("^interrupted%. .*", "interrupted")), 0) end
  out:stage(given.name, function() end) -- from here on there is something to keep
  local failure = found.failures[1]
  if failure then
    error(("%d %s failed; the first: %s, seed %d: %s"):format(#found.failures, given.name,
      failure.case, failure.seed, failure.problem), 0)
  end
  return found
end

---Changes of samples by a treatment, each beside its own control: the mean over the samples, its
---standard error, and whether they are resolved, by Student's distribution.
---@param treated number[] one for each sample
---@param control number[] of the same samples
---@return { mean: number, error: number?, count: integer, resolved: boolean }
function comparison.paired(treated, control)
  local t = numbers.list(treated, "kit.paired: the treated samples")
  local c = numbers.list(control, "kit.paired: the controls")
  if #t ~= #c or #t == 0 then
    options.raise("kit.paired: there are %d treated samples and %d controls", #t, #c)
  end
  local change, statistics = {}, require("vitrum").statistics
  for k = 1, #t do change[k] = t[k] - c[k] end
  local result = { mean = statistics.mean(change), count = #t, resolved = false }
  if #t < 2 then return result end
  result.error = statistics.standard_error(change)
  -- Counts of few atoms may change alike in all samples by chance: no scatter is no proof.
  result.resolved = result.error > 0
    and require("vitrum.study.trend").chance(result.mean / result.error, #t - 1) < LEVEL
  return result
end

---A change in words: "+1.2 +- 0.3", or that it is not resolved.
---@param change table what kit.paired gave
---@param factor number? of the unit shown
---@return string
function comparison.change_text(change, factor)
  argument("kit.change_text", "the change", "table", change)
  argument("kit.change_text", "its mean", "number", change.mean)
  argument("kit.change_text", "its count", "number", change.count)
  if change.error ~= nil then argument("kit.change_text", "its error", "number", change.error) end
  local f = argument("kit.change_text", "the factor", "number", factor, 1)
  local value = change.mean * f
  local plain = (value > 0 and "+" or "") .. text.plain(value, change.error and change.error * f)
  if change.resolved then return plain end
  return ("not resolved (%s%s)"):format(plain, change.count < 2 and ", one sample" or "")
end

-- ---------------------------------------------------------------- many measures ----

-- A list of measures { title, field, unit, factor }, and of cases with values by field.
local function check_lists(where, measures, cases)
  for k, m in ipairs(argument(where, "the measures", "table", measures)) do
    argument(where, "measure " .. k, "table", m)
    for i, kind in ipairs { "string", "string", "string", "number" } do
      argument(where, ("entry %d of measure %d"):format(i, k), kind, m[i])
    end
  end
  for k, one in ipairs(argument(where, "the cases", "table", cases)) do
    argument(where, "case " .. k, "table", one)
    argument(where, "the label of case " .. k, "string", one.label)
    argument(where, "the values of case " .. k, "table", one.values)
    for _, m in ipairs(measures) do
      local v = one.values[m[2]]
      if v ~= nil then
        argument(where, "a value of case " .. k, "table", v)
        argument(where, "a mean of case " .. k, "number", v.mean)
        argument(where, "an error of case " .. k, "number", v.error, 0)
        local change = argument(where, "a change of case " .. k, "table", v.change, { mean = 0.0 })
        argument(where, "a change of case " .. k, "number", change.mean)
        argument(where, "its error", "number", change.error, 0)
      end
    end
    argument(where, "x of case " .. k, "number", one.x, 0)
    argument(where, "the samples of case " .. k, "number", one.samples, 0)
  end
end

---Measures of treated samples and their controls: the mean over the samples, its standard error,
---and the change.
---@param measures table[] list of { title, field, unit, factor }
---@param results table[] of the samples, { treated = { field = number }, control = ... }; samples
---without `treated` do not count, and without controls there are no changes
---@return table<string, { mean: number, error: number?, change: table? }> by field
function comparison.compared(measures, results)
  check_lists("kit.compared", measures, {})
  local values, statistics = {}, require("vitrum").statistics
  for _, m in ipairs(measures) do
    local after, beside = {}, {}
    for k, r in ipairs(argument("kit.compared", "the results", "table", results)) do
      argument("kit.compared", "result " .. k, "table", r)
      local treated = argument("kit.compared", "treated", "table", r.treated, {})[m[2]]
      local control = argument("kit.compared", "control", "table", r.control, {})[m[2]]
      if treated then
        argument("kit.compared", m[2], "number", treated)
        after[#after + 1], beside[#beside + 1] = treated, control
      end
    end
    if #after > 0 then
      values[m[2]] = { mean = statistics.mean(after),
                       error = #after > 1 and statistics.standard_error(after) or nil,
                       change = #beside == #after and comparison.paired(after, beside) or nil }
    end
  end
  return values
end

---All measures of all cases in a CSV of the run: means, changes, their errors, what is resolved.
---@param out vitrum.Run
---@param name string
---@param measures table[]
---@param cases table[] { label, x, samples, values }
function comparison.comparison_record(out, name, measures, cases)
  if not options.is(out, "Run") then
    options.raise("kit.comparison_record: expected the run, got %s", numbers.show(out))
  end
  check_lists("kit.comparison_record", measures, cases)
  local titles = { "case", "x", "samples" }
  for _, m in ipairs(measures) do
    for _, title in ipairs { "%s [%s]", "%s_error [%s]", "%s_change [%s]", "%s_change_error [%s]",
                             "%s_resolved" } do
      titles[#titles + 1] = title:format(m[2], m[3])
    end
  end
  local record = out:record(argument("kit.comparison_record", "the name", "string", name), titles)
  record:rewind(0)
  for k, one in ipairs(cases) do
    local row = { k, one.x or 0, one.samples or 0 }
    for _, m in ipairs(measures) do
      local v = one.values[m[2]] or {}
      local change = v.change or {}
      for _, list in ipairs { v, change } do
        row[#row + 1] = m[4] * (list.mean or numbers.NAN)
        row[#row + 1] = m[4] * (list.error or numbers.NAN)
      end
      row[#row + 1] = change.resolved and 1 or 0
    end
    record:add(table.unpack(row))
  end
  record:commit()
end

---A table of a report: one measure of all cases, its changes, and what the literature has.
---@param page vitrum.Report
---@param measure table { title, field, unit, factor }
---@param cases table[]
---@param heading string of the last column
---@param paper fun(case: table): any
function comparison.comparison_table(page, measure, cases, heading, paper)
  if not options.is(page, "Report") then
    options.raise("kit.comparison_table: expected a report, got %s", numbers.show(page))
  end
  check_lists("kit.comparison_table", { measure }, cases)
  argument("kit.comparison_table", "the heading", "string", heading)
  argument("kit.comparison_table", "the literature", "function", paper)
  local rows, factor = {}, measure[4]
  for i, one in ipairs(cases) do
    local v, printed = one.values[measure[2]], paper(one)
    rows[i] = { one.label,
      v and { value = factor * v.mean, error = v.error and factor * v.error } or "-",
      v and v.change and comparison.change_text(v.change, factor):gsub("%+%-", "±") or "-",
      printed and tostring(printed) or "-" }
  end
  page:table{ columns = { "sample", ("mean (%s)"):format(measure[3]), "change", heading },
    rows = rows, caption = measure[1]:gsub("^%l", string.upper)
      .. "; changes beside controls of equal age." }
end

local FIGURE <const> = {
  { name = "group", kind = "string", required = true, help = "of the cases that are shown" },
  { name = "fields", kind = "table", required = true, help = "of the measures" },
  { name = "changes", kind = "boolean", default = false, help = "instead of the values" },
  { name = "xlabel", kind = "string", required = true, help = "of the axis" },
  { name = "ylabel", kind = "string", required = true, help = "of the axis" },
}

-- Values of a measure against x, with errors.
local function series_of(m, cases, o)
  local s = { x = {}, y = {}, error = {}, label = m[1], style = "errorbars" }
  for _, one in ipairs(cases) do
    local v = one.values[m[2]]
    local shown = v and (o.changes and v.change or not o.changes and v)
    if one.group == o.group and shown then
      s.x[#s.x + 1], s.y[#s.y + 1] = one.x, m[4] * shown.mean
      s.error[#s.error + 1] = m[4] * (shown.error or 0)
    end
  end
  return s
end

---A figure of a report: measures, or their changes, against x of the cases of one group. The first
---case, which has no group, is a dashed line.
---@param page vitrum.Report
---@param measures table[]
---@param cases table[]
---@param given table
function comparison.comparison_figure(page, measures, cases, given)
  if not options.is(page, "Report") then
    options.raise("kit.comparison_figure: expected a report, got %s", numbers.show(page))
  end
  check_lists("kit.comparison_figure", measures, cases)
  local o = options.check("kit.comparison_figure", FIGURE, given)
  local plot, wanted = { xlabel = o.xlabel, ylabel = o.ylabel }, {}
  for _, field in ipairs(o.fields) do wanted[field] = true end
  for _, m in ipairs(measures) do
    local s = wanted[m[2]] and series_of(m, cases, o)
    if s and #s.x > 0 then
      plot[#plot + 1] = s
      local start = not o.changes and not cases[1].group and cases[1].values[m[2]]
      if start then
        local level = m[4] * start.mean
        plot[#plot + 1] = { x = { s.x[1], s.x[#s.x] }, y = { level, level }, dash = true,
                            label = ("%s, %s"):format(m[1], cases[1].label) }
      end
    end
  end
  if #plot == 0 then return end
  page:figure{ plot = plot, caption = o.ylabel:gsub("^%l", string.upper)
    .. (o.changes and ", treated minus control of equal age." or ".") }
end

for name, entry in pairs {
  compared = { "kit.compared(measures, results) -> table",
    "Means, errors and changes (kit.paired) of a list of measures { title, field, unit, factor } "
      .. "over samples { treated = { field = number }, control = { ... } }, by field.",
    'local v = kit.compared({ { "energy", "energy", "meV/atom", 1000 } },\n'
      .. "  { { treated = { energy = -4.4 }, control = { energy = -4.5 } } })" },
  comparison_record = { "kit.comparison_record(out, name, measures, cases)",
    "Writes all measures of cases { label, x, samples, values = kit.compared(...) } to a CSV.",
    'kit.comparison_record(out, "all.csv", measures, cases)' },
  comparison_table = { "kit.comparison_table(page, measure, cases, heading, paper)",
    "A table of one measure of all cases, with the changes and what paper(case) gives.",
    'kit.comparison_table(page, measures[1], cases, "paper", function() return "+1.2" end)' },
  comparison_figure = { "kit.comparison_figure(page, measures, cases, { group =, fields =, ... })",
    "A figure of measures, or of their changes, against x of the cases of one group.",
    'kit.comparison_figure(page, measures, cases, { group = "biaxial", fields = { "energy" },\n'
      .. '  xlabel = "stress (GPa)", ylabel = "energy (meV/atom)" })', FIGURE },
  perform = { "kit.perform(protocol, { out =, ... }) -> table",
    "Runs a protocol inside another one, goes on with a run that was stopped, or takes the results "
      .. "of one that is finished: what :run{...} of the protocol returns.",
    'local r = kit.perform(dofile "scripts/quench.lua", { out = "quench", atoms = 500 })' },
  study = { "kit.study(p, out, { name =, cases =, run =, ... }) -> study",
    "Runs vt.study inside a protocol that has the parameters seed, seeds and at_once, in a folder "
      .. "of that name; goes on when the protocol does. A member that fails is an error.",
    'local found = kit.study(p, out, { name = "glasses", cases = cases, run = make })' },
  paired = { "kit.paired(treated, control) -> { mean, error, count, resolved }",
    "The mean change of samples by a treatment, each beside its own control, with its standard "
      .. "error; resolved where chance alone would make it so large in less than 5 % of cases "
      .. "(Student's distribution).",
    "print(kit.paired({ 1.2, 1.1, 1.4 }, { 1.0, 1.0, 1.1 }).mean)" },
  change_text = { "kit.change_text(change, [factor]) -> text",
    "A change that kit.paired gave, in words: a number with its error, or 'not resolved'.",
    "print(kit.change_text(kit.paired({ 1.2, 1.1 }, { 1.0, 1.0 })))" },
} do
  help.document("protocol.kit." .. name, { signature = entry[1], summary = entry[2],
                                           example = entry[3], options = entry[4] })
end

return comparison
