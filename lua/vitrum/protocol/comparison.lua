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
  result.resolved = result.mean ~= 0 and (result.error == 0
    or require("vitrum.study.trend").chance(result.mean / result.error, #t - 1) < LEVEL)
  return result
end

---A change in words: "+1.2 +- 0.3", or that it is not resolved.
---@param change table what kit.paired gave
---@param factor number? of the unit shown
---@return string
function comparison.change_text(change, factor)
  argument("kit.change_text", "the change", "table", change)
  local f = argument("kit.change_text", "the factor", "number", factor, 1)
  local value = change.mean * f
  local plain = (value > 0 and "+" or "") .. text.plain(value, change.error and change.error * f)
  if change.resolved then return plain end
  return ("not resolved (%s%s)"):format(plain, change.count < 2 and ", one sample" or "")
end

for name, entry in pairs {
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
                                           example = entry[3] })
end

return comparison
