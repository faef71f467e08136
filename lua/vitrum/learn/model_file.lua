-- Models in files: JSON of our own, and LIBLINEAR's text.

local files = require "vitrum.base.files"
local json = require "vitrum.base.json"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"

local model_file = {}

local FORMAT <const>, VERSION <const> = "vitrum linear model", 1
local EXACT <const> = "%.17g"

local function refuse(where, path, format, ...)
  options.refuse("%s: %s: %s", where, path, format:format(...))
end

-- ---------------------------------------------------------------- JSON ----

local KEPT <const> = { "kind", "C", "epsilon", "tolerance", "objective", "gradient", "iterations",
                       "vectors", "converged", "samples", "classes", "centers", "bias",
                       "bias_feature", "weights", "scaling" }

---What a model knows, as JSON holds it.
function model_file.record(model)
  local value = { format = FORMAT, version = VERSION }
  for _, key in ipairs(KEPT) do value[key] = model[key] end
  if model.descriptor then
    value.descriptor = require("vitrum.descriptor").record(model.descriptor)
  end
  return value
end

local function is_finite(value)
  return type(value) == "number" and value - value == 0
end

local function are_finite(array)
  return options.is(array, "Array") and #array.shape == 1 and array:isfinite():all()
end

-- What the rest of the program relies on.
local function check(where, path, value)
  if type(value) ~= "table" or value.format ~= FORMAT then
    refuse(where, path, "is no model: neither the format '%s' nor a model file of LIBLINEAR",
      FORMAT)
  end
  if value.version ~= VERSION then
    refuse(where, path, "is of version %s of the format, but this program knows version %d; use "
      .. "the program that wrote it, or learn the model anew", numbers.show(value.version), VERSION)
  end
  if value.kind ~= "regression" and value.kind ~= "classification" then
    refuse(where, path, "kind is %s; it must be 'regression' or 'classification'",
      numbers.show(value.kind))
  end
  if not are_finite(value.weights) or #value.weights < 1 then
    refuse(where, path, "weights must be a list of finite numbers")
  end
  if not is_finite(value.bias) then refuse(where, path, "bias must be a finite number") end
  local classes = value.classes
  if value.kind == "classification" and not (type(classes) == "table" and #classes == 2
    and type(classes[1]) == type(classes[2])
    and (type(classes[1]) == "string" or is_finite(classes[1]) and is_finite(classes[2]))) then
    refuse(where, path, "classes must be a list of two numbers or texts")
  end
  if value.centers ~= nil and type(value.centers) ~= "string" then
    refuse(where, path, "centers must be the symbol of a species")
  end
  if value.objective ~= nil then
    for _, key in ipairs { "C", "objective", "iterations", "samples", "vectors" } do
      if not is_finite(value[key]) then refuse(where, path, "%s must be a finite number", key) end
    end
    if type(value.converged) ~= "boolean" then
      refuse(where, path, "converged must be true or false")
    end
  end
end

---The fields of a model from what model_file.record gave, read from a file.
function model_file.restore(where, path, value)
  check(where, path, value)
  local model = {}
  for _, key in ipairs(KEPT) do model[key] = value[key] end
  if value.descriptor ~= nil then
    model.descriptor = require("vitrum.descriptor").restore(where, path, value.descriptor)
    if #model.descriptor ~= #model.weights then
      refuse(where, path, "has %d weights, but its descriptor makes %d features", #model.weights,
        #model.descriptor)
    end
  end
  return model
end

-- ---------------------------------------------------------------- LIBLINEAR ----

local SOLVERS <const> = {
  L2R_L2LOSS_SVC_DUAL = "classification", L2R_L2LOSS_SVC = "classification",
  L2R_L1LOSS_SVC_DUAL = "classification", L2R_L2LOSS_SVR = "regression",
  L2R_L2LOSS_SVR_DUAL = "regression", L2R_L1LOSS_SVR_DUAL = "regression",
}

local function to_liblinear(where, model)
  local lines = { "solver_type " .. (model.kind == "regression" and "L2R_L2LOSS_SVR"
    or "L2R_L2LOSS_SVC"), "nr_class 2" }
  if model.kind == "classification" then
    local low, high = math.tointeger(model.classes[1]), math.tointeger(model.classes[2])
    if low == nil or high == nil then
      options.raise("%s: LIBLINEAR's labels are whole numbers; this model has %s and %s", where,
        tostring(model.classes[1]), tostring(model.classes[2]))
    end
    lines[3] = ("label %d %d"):format(high, low)
  end
  -- What is added to w.x goes into a last feature of value 1.
  lines[#lines + 1] = ("nr_feature %d"):format(#model.weights)
  lines[#lines + 1] = model.bias ~= 0 and "bias 1" or "bias -1"
  lines[#lines + 1] = "w"
  for _, weight in ipairs(model.weights:totable()) do
    lines[#lines + 1] = EXACT:format(weight) .. " "
  end
  if model.bias ~= 0 then lines[#lines + 1] = EXACT:format(model.bias) .. " " end
  return table.concat(lines, "\n") .. "\n"
end

-- A whole number behind a key of the head.
local function whole(where, path, head, key, least)
  local value = math.tointeger(tonumber(head[key]))
  if value == nil or value < least or value > 2 ^ 31 then
    refuse(where, path, "'%s' must be followed by a whole number, at least %d, got %s", key, least,
      head[key] or "nothing")
  end
  return value
end

local function from_liblinear(where, path, text)
  local head, first = {}, nil
  for line, after in text:gmatch "([^\n]*)\n()" do
    local key, value = line:match "^(%S+)%s*(.-)%s*$"
    if key == "w" then
      first = after
      break
    end
    head[key or ""] = value
  end
  local kind = SOLVERS[head.solver_type]
  if not kind then
    refuse(where, path, "the solver %s is none of LIBLINEAR's support vector machines",
      head.solver_type or "")
  end
  if not first then refuse(where, path, "ends before the weights") end
  if whole(where, path, head, "nr_class", 2) ~= 2 then
    refuse(where, path, "separates %s classes; models of two are read", head.nr_class)
  end
  local features = whole(where, path, head, "nr_feature", 1)
  local bias = tonumber(head.bias)
  if not is_finite(bias) then
    refuse(where, path, "'bias' must be followed by a number, got %s", head.bias or "nothing")
  end
  local list = {}
  for word in text:sub(first):gmatch "%S+" do
    local weight = tonumber(word)
    if not is_finite(weight) then
      refuse(where, path, "weight %d is '%s'; it must be a finite number", #list + 1, word)
    end
    list[#list + 1] = weight
  end
  local expected = features + (bias >= 0 and 1 or 0)
  if #list ~= expected then
    refuse(where, path, "has %d weights where %d belong%s", #list, expected,
      #list < expected and "; it may be cut short" or "")
  end
  local intercept = bias >= 0 and table.remove(list) * bias or 0.0
  local model = { kind = kind, bias = intercept, bias_feature = bias >= 0 and bias }
  if kind == "classification" then
    local high, low = (head.label or ""):match "^(-?%d+) (-?%d+)$"
    high, low = tonumber(high), tonumber(low)
    if not high or high == low then
      refuse(where, path, "'label' must be followed by two whole numbers, got %s",
        head.label or "nothing")
    end
    model.classes = { low, high }
    if high < low then -- the smaller class is that of negative w.x
      for k, weight in ipairs(list) do list[k] = -weight end
      model.bias, model.classes = -intercept, { high, low }
    end
  end
  model.weights = require("vitrum").array(list)
  return model
end

-- ---------------------------------------------------------------- files ----

function model_file.save(where, model, path, o)
  local text = o.format == "liblinear" and to_liblinear(where, model)
    or json.encode(model_file.record(model), "the model")
  files.write(path, text, { where = where, overwrite = o.overwrite })
end

function model_file.load(where, path)
  options.argument(where, "the file name", "string", path)
  local file, message = files.open(path)
  if not file then options.refuse("%s: %s", where, message) end
  local text = file:read "a"
  file:close()
  if text == nil then options.refuse("%s: %s cannot be read", where, path) end
  if text:find "^solver_type " then return from_liblinear(where, path, text) end
  local ok, value = pcall(json.decode, text, path)
  if not ok then
    options.refuse("%s: %s", where, (tostring(value):gsub("^[^:]*:%d+: ", "")))
  end
  return model_file.restore(where, path, value)
end

return model_file
