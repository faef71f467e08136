-- Cross-validation over values of C and epsilon.

local core = require "vitrum.learn_core"
local fitting = require "vitrum.learn.fitting"
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"
local samples = require "vitrum.learn.samples"

local raise <const> = options.raise

local validation = {}

local VALIDATION <const> = { __name = "vitrum.CrossValidation", __index = {} }

VALIDATION.__tostring = function(self)
  local regression = self.kind == "regression"
  local lines = { ("%d folds of %d samples%s; each predicted by the model that did not see it")
    :format(self.folds, self.samples, self.grouped and " by groups" or "") }
  lines[2] = regression and "         C    epsilon    Pearson     error       rmse"
    or "         C   accuracy     error"
  for k, entry in ipairs(self) do
    lines[k + 2] = (regression and ("%10.4g %10.4g %10.4f %9.4f %10.4g%s"):format(entry.C,
      entry.epsilon, entry.pearson, entry.error, entry.rmse, entry == self.best and "  best" or "")
      or ("%10.4g %9.2f%% %8.2f%%%s"):format(entry.C, 100 * entry.accuracy, 100 * entry.error,
      entry == self.best and "  best" or ""))
      .. (entry.converged and "" or "  NOT CONVERGED")
  end
  return table.concat(lines, "\n")
end

validation.OPTIONS = fitting.with{
  { name = "kind", kind = "choice", choices = { "regression", "classification" },
    default = "regression", help = "as vt.learn.svr or as vt.learn.svc" },
  { name = "C", kind = "value", default = { 0.01, 0.1, 1, 10, 100 },
    help = "values to try" },
  { name = "epsilon", kind = "value", default = 0.1,
    help = "values to try, each with each C; of no meaning for a classification" },
  samples.FOLDS[1], samples.FOLDS[2], samples.FOLDS[3],
}

-- Rising values of an option that is a number or a list.
local function values_of(where, name, given, least)
  local list = type(given) == "number" and { given }
    or options.is(given, "Array") and given:totable() or given
  if type(list) ~= "table" or #list == 0 then
    raise("%s: option '%s' must be a number or a list of numbers", where, name)
  end
  local result = {}
  for k, value in ipairs(list) do
    local fine = type(value) == "number" and value - value == 0
      and (least and value >= least or value > 0)
    if not fine then
      raise("%s: option '%s' must hold numbers %s, got %s", where, name,
        least and "that are not negative" or "above 0", tostring(value))
    end
    result[k] = value
  end
  table.sort(result)
  return result
end

-- The standard error over the folds.
local function error_over(list, key)
  local values = {}
  for k, fold in ipairs(list) do values[k] = fold[key] end
  return require("vitrum").statistics.standard_error(values)
end

-- nan, of a constant prediction, is worse than any number.
local function better(a, b)
  return b == nil or a == a and (b ~= b or a > b)
end

---How well samples are predicted by models that did not see them, for values of C and epsilon.
---@param x any
---@param y any
---@param given table?
---@return vitrum.CrossValidation
function validation.cross_validation(x, y, given)
  local where = "learn.cross_validation"
  local o = options.check(where, validation.OPTIONS, given)
  local classes = o.kind == "classification"
  local all_C = values_of(where, "C", o.C)
  local all_epsilon = classes and { 0.0 } or values_of(where, "epsilon", o.epsilon, 0)
  if classes then y = fitting.signs(where, y) end
  local features = fitting.features(where, x, o.scale)
  local fold = samples.folds(features, { folds = o.folds, groups = o.groups, seed = o.seed }, where)
  local C, epsilon = {}, {}
  for _, e in ipairs(all_epsilon) do
    for _, c in ipairs(all_C) do C[#C + 1], epsilon[#epsilon + 1] = c, e end
  end
  local fits = core.fit(features, y, where, classes, o.weights, fold, o.folds,
    fitting.bias(where, o.bias), C, epsilon, o.tolerance, o.iterations)
  local result = { kind = o.kind, folds = o.folds, samples = #fold, grouped = o.groups ~= nil,
                   fold = fold }
  local key = classes and "right" or "pearson"
  for k, fit in ipairs(fits) do
    local entry = { C = C[k], epsilon = not classes and epsilon[k] or nil, converged = true,
                    pearson = not classes and fit.unseen.pearson or nil,
                    accuracy = classes and fit.unseen.right or nil,
                    mean_square = not classes and fit.unseen.mean_square or nil,
                    rmse = not classes and math.sqrt(fit.unseen.mean_square) or nil,
                    error = error_over(fit.unseen, key), objectives = {} }
    for m, model in ipairs(fit) do
      entry.converged = entry.converged and model.converged
      entry.objectives[m] = model.objective
    end
    result[k] = entry
    local best = result.best
    if better(entry.pearson or entry.accuracy, best and (best.pearson or best.accuracy)) then
      result.best = entry
    end
  end
  return setmetatable(result, VALIDATION)
end

help.register_type("CrossValidation", VALIDATION)
help.document("learn.cross_validation", {
  terms = "cross-validation; k-fold; grid search; hyperparameters; choose C and epsilon",
  see = "learn.svr; learn.svc; learn.folds",
  signature = "vt.learn.cross_validation(x, y, [options]) -> CrossValidation { best, folds, ... }",
  summary = "How well samples are predicted by models that did not see them: the samples are cut "
    .. "into folds, and a model is learned without each. A list with an entry for each pair of C "
    .. "and epsilon: pearson, mean_square and rmse over all samples (accuracy for a "
    .. "classification), error, the standard error of the former over the folds, converged. best "
    .. "is the entry with the highest pearson or accuracy. With groups the samples of a group "
    .. "share a fold, which is the honest way where samples of one glass look alike. Scaling uses "
    .. "all samples.",
  options = validation.OPTIONS,
  example = "local cv = vt.learn.cross_validation(x, y, { C = { 1, 10 }, epsilon = { 0, 0.1 } })\n"
    .. "print(cv)\nlocal model = vt.learn.svr(x, y, { C = cv.best.C, epsilon = cv.best.epsilon })",
})

return validation
