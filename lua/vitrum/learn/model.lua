-- Linear models: learned from samples, asked for predictions.

local confusion = require "vitrum.learn.confusion"
local core = require "vitrum.learn_core"
local fitting = require "vitrum.learn.fitting"
local help = require "vitrum.prompt.help"
local model_file = require "vitrum.learn.model_file"
local options = require "vitrum.base.options"

local raise <const> = options.raise

local model = {}

local Model = {} -- methods
local MODEL <const> = { __name = "vitrum.LinearModel", __index = Model }

MODEL.__tostring = function(self)
  local what = self.kind == "regression" and "support vector regression"
    or ("support vector classification of %s and %s"):format(self.classes[1], self.classes[2])
  local lines = { ("%s, %d features%s"):format(what, #self.weights,
    self.bias_feature and " and a bias" or "") }
  if self.objective then
    lines[2] = ("C %g%s: objective %.8g after %d passes over %d samples, %d of them support "
      .. "vectors%s"):format(self.C,
      self.epsilon and (", epsilon %g"):format(self.epsilon) or "", self.objective,
      self.iterations, self.samples, self.vectors, self.converged and "" or "; NOT CONVERGED")
  end
  if self.descriptor then
    lines[#lines + 1] = ("from %s%s"):format(self.centers and "atoms of " .. self.centers .. ", "
      or "", tostring(self.descriptor))
  end
  return table.concat(lines, "\n")
end

-- ---------------------------------------------------------------- learning ----

local function finish(where, result, fit, scaling, o)
  local w, bias = fit.w, fitting.bias(where, o.bias)
  local features = #w - (bias >= 0 and 1 or 0)
  local weights = w:slice{ 1, features }:copy()
  local intercept = bias >= 0 and w[#w] * bias or 0.0
  if scaling then
    weights = require("vitrum").array.where(scaling.deviation:gt(0), weights / scaling.width, 0.0)
    intercept = intercept - weights:dot(scaling.mean)
    result.scaling = { mean = scaling.mean, deviation = scaling.deviation }
  end
  result.weights, result.bias, result.bias_feature = weights, intercept, o.bias
  result.C, result.tolerance = o.C, o.tolerance
  for _, key in ipairs { "objective", "gradient", "iterations", "vectors", "converged" } do
    result[key] = fit[key]
  end
  if o.descriptor ~= nil then
    if not options.is(o.descriptor, "Radial") and not options.is(o.descriptor, "Angular") then
      raise("%s: option 'descriptor' must be what made the features, as vt.descriptor.radial{...}",
        where)
    end
    if #o.descriptor ~= features then
      raise("%s: x has %d features, but the descriptor makes %d", where, features, #o.descriptor)
    end
    result.descriptor, result.centers = o.descriptor, o.centers
  elseif o.centers then
    raise("%s: option 'centers' goes with a descriptor, from which the model predicts", where)
  end
  return setmetatable(result, MODEL)
end

local DESCRIPTOR <const> = { name = "descriptor", kind = "value",
  help = "what made the features, as vt.descriptor.radial{...}: then the model keeps it, and "
    .. "predicts from atoms, too" }
local CENTERS <const> = { name = "centers", kind = "text",
  help = "the species of the atoms that it learns from, beside the descriptor: then it predicts "
    .. "atoms of that species alone" }

model.SVR = fitting.with{ fitting.C, fitting.EPSILON, DESCRIPTOR, CENTERS }
model.SVC = fitting.with{ fitting.C, DESCRIPTOR, CENTERS }

---Learn a number for each sample from its features.
---@param x any samples x features
---@param y any
---@param given table?
---@return vitrum.LinearModel
function model.svr(x, y, given)
  local where = "learn.svr"
  local o = options.check(where, model.SVR, given)
  local features, scaling = fitting.features(where, x, o.scale)
  local fit = core.fit(features, y, where, false, o.weights, nil, 0, fitting.bias(where, o.bias),
    { o.C }, { o.epsilon }, o.tolerance, o.iterations)[1][1]
  return finish(where, { kind = "regression", epsilon = o.epsilon, samples = #y }, fit, scaling, o)
end

---Learn which of two classes each sample belongs to.
---@param x any samples x features
---@param y any a class for each sample, numbers or texts
---@param given table?
---@return vitrum.LinearModel
function model.svc(x, y, given)
  local where = "learn.svc"
  local o = options.check(where, model.SVC, given)
  local signs, classes = fitting.signs(where, y)
  local features, scaling = fitting.features(where, x, o.scale)
  local fit = core.fit(features, signs, where, true, o.weights, nil, 0,
    fitting.bias(where, o.bias), { o.C }, { 0 }, o.tolerance, o.iterations)[1][1]
  return finish(where, { kind = "classification", classes = classes, samples = #signs }, fit,
    scaling, o)
end

-- ---------------------------------------------------------------- predicting ----

-- Features of what is given: as they are, or of atoms. True beside them for one sample.
local function features_of(self, where, x)
  if options.is(x, "Atoms") then
    if not self.descriptor then
      raise("%s: the model does not know how its features are made from atoms; give it the "
        .. "descriptor when it learns, as vt.learn.svr(x, y, { descriptor = d }), or the features "
        .. "here", where)
    end
    return require("vitrum.descriptor").rows(self.descriptor, x, where, self.centers)
  end
  if not options.is(x, "Array") then
    options.argument(where, "x", "table", x)
    x = require("vitrum").array(x)
  end
  if #x.shape == 1 then return x:reshape(1, #x), true end
  return x
end

---What the weights make of samples, w.x with the bias.
---@param x any samples x features, or atoms
---@return vitrum.Array
function Model:decision(x)
  local where = "LinearModel:decision"
  local features, one = features_of(self, where, x)
  local values = core.predict(features, where, self.weights, self.bias)
  return one and values[1] or values
end

---Predictions for samples.
---@param x any samples x features, or atoms
---@return vitrum.Array|table
function Model:predict(x)
  local where = "LinearModel:predict"
  local features, one = features_of(self, where, x)
  local values = core.predict(features, where, self.weights, self.bias)
  if self.kind == "regression" then return one and values[1] or values end
  local low, high = self.classes[1], self.classes[2]
  if type(low) == "number" then
    local result = require("vitrum").array.where(values:gt(0), high, low)
    return one and result[1] or result
  end
  local result = {}
  for k, value in ipairs(values:totable()) do result[k] = value > 0 and high or low end
  return one and result[1] or result
end

---How well the model predicts samples: a score, or for classes a confusion matrix.
---@param x any
---@param y any
---@return table
function Model:score(x, y)
  local where = "LinearModel:score"
  local predicted = self:predict(x)
  if self.kind == "regression" then return confusion.score(y, predicted, where) end
  return confusion.confusion(y, predicted, where)
end

-- ---------------------------------------------------------------- files ----

model.SAVE = {
  { name = "format", kind = "choice", choices = { "vitrum", "liblinear" }, default = "vitrum",
    help = "vitrum: JSON, with all that is known of the model; liblinear: a model file for "
      .. "liblinear-predict, which has the weights alone" },
  { name = "overwrite", kind = "boolean", default = false,
    help = "replace a file that this run did not write" },
}

---Write the model to a file.
---@param path string
---@param given table?
---@return vitrum.LinearModel self
function Model:save(path, given)
  local where = "LinearModel:save"
  model_file.save(where, self, path, options.check(where, model.SAVE, given))
  return self
end

---Read a model.
---@param path string
---@return vitrum.LinearModel
function model.load(path)
  return setmetatable(model_file.load("learn.load", path), MODEL)
end

---What a model knows as JSON holds it, and a model from that, read from a file.
model.record = model_file.record

function model.restore(where, path, value)
  return setmetatable(model_file.restore(where, path, value), MODEL)
end

-- ---------------------------------------------------------------- help ----

local FIELDS <const> = "weights (one for each feature), bias (what is added to w.x), objective "
  .. "(LIBLINEAR's), gradient (relative to that at w = 0), iterations, converged, vectors (the "
  .. "number of support vectors)"

help.register_type("LinearModel", MODEL)
help.document("learn.svr", {
  terms = "support vector regression; SVR; linear regression; machine learning; LIBLINEAR; "
    .. "L2-loss; epsilon-insensitive loss; softness",
  see = "learn.svc; learn.cross_validation; learn.split; LinearModel:predict; descriptor.radial",
  signature = "vt.learn.svr(x, y, [options]) -> LinearModel { weights, bias, objective, "
    .. "iterations, converged }",
  summary = "Linear support vector regression: the weights w that minimize 1/2 w.w + C sum "
    .. "max(0, |w.x - y| - epsilon)^2 (LIBLINEAR's solver 11), by Newton's method on the primal "
    .. "problem. x: samples by features, float32 or float64 (both are used in place); y: a number "
    .. "for each sample. The model has " .. FIELDS .. ".",
  options = model.SVR,
  example = "local model = vt.learn.svr(x, y, { C = 1, epsilon = 0.1 })\n"
    .. "print(model, model:score(x, y))",
})
help.document("learn.svc", {
  terms = "support vector classification; SVM; support vector machine; SVC; classifier; LIBLINEAR; "
    .. "hyperplane; softness; soft spots",
  see = "learn.svr; learn.confusion; LinearModel:decision",
  signature = "vt.learn.svc(x, y, [options]) -> LinearModel { weights, bias, objective, "
    .. "iterations, converged, classes }",
  summary = "Linear support vector classification: the weights w that minimize 1/2 w.w + C sum "
    .. "max(0, 1 - s w.x)^2 (LIBLINEAR's solver 2), where s is -1 for samples of the smaller label "
    .. "(the first by the alphabet) and 1 for the other. y: one of two numbers or texts for each "
    .. "sample. The model has " .. FIELDS .. ", and classes, that of negative and of positive w.x.",
  options = model.SVC,
  example = "local model = vt.learn.svc(x, y)\nprint(model:score(x, y))",
})
help.document("LinearModel:predict", {
  terms = "prediction",
  see = "LinearModel:decision; LinearModel:score",
  signature = "m:predict(x) -> array",
  summary = "Predictions for samples: numbers, or for a classification the classes (a table where "
    .. "they are texts). x: samples by features, or one sample, whose prediction comes as it is; "
    .. "or atoms, when the model has the descriptor of its features: then all of them, or those of "
    .. "the species that it is for, in their order.",
  example = "print(model:predict(x):mean())",
})
help.document("LinearModel:decision", {
  terms = "decision function; distance from the hyperplane",
  see = "LinearModel:predict",
  signature = "m:decision(x) -> array",
  summary = "w.x with the bias for samples, as LinearModel:predict takes them: for a "
    .. "classification the side of the hyperplane and how far.",
  example = "print(model:decision(x):max())",
})
help.document("LinearModel:score", {
  terms = "test score; accuracy; Pearson",
  see = "learn.score; learn.confusion",
  signature = "m:score(x, y) -> score",
  summary = "How well the model predicts samples: what vt.learn.score says of numbers, and "
    .. "vt.learn.confusion of classes.",
  example = "print(model:score(x:select(test), y:select(test)))",
})
help.document("LinearModel:save", {
  terms = "save a model; LIBLINEAR model file; export",
  see = "learn.load",
  signature = "m:save(path, [options]) -> m",
  summary = "Write the model to a file: readable JSON with weights, options, labels of the "
    .. "features and the descriptor, or a model file of LIBLINEAR.",
  options = model.SAVE,
  example = 'model:save "flexibility.json"',
})
help.document("learn.load", {
  terms = "load a model; read a model; LIBLINEAR model file; import",
  see = "LinearModel:save",
  signature = "vt.learn.load(path) -> LinearModel",
  summary = "Read a model that LinearModel:save wrote, or a model file of LIBLINEAR for one of its "
    .. "support vector machines (solvers 1, 2, 3, 11, 12 and 13, two classes).",
  example = 'local model = vt.learn.load "flexibility.json"',
})

return model
