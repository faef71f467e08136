-- What fits have in common: options, targets, scaling.

local core = require "vitrum.learn_core"
local options = require "vitrum.base.options"

local raise <const> = options.raise

local fitting = {}

local DEFAULTS <const> = core.defaults

fitting.C = { name = "C", kind = "positive", default = DEFAULTS.C,
  help = "weight of the losses against that of simple weights: 1/2 w.w + C sum loss" }
fitting.EPSILON = { name = "epsilon", kind = "nonnegative", default = DEFAULTS.epsilon,
  help = "deviations up to this cost nothing, in the unit of y" }
fitting.SHARED = {
  { name = "tolerance", kind = "nonnegative", default = DEFAULTS.tolerance, between = { 0, 0.1 },
    help = "of the gradient, relative to that at w = 0 (LIBLINEAR's -e)" },
  { name = "iterations", kind = "count", default = DEFAULTS.iterations,
    help = "passes over the samples allowed" },
  { name = "bias", kind = "value", default = 1,
    help = "a last feature that has this value in every sample; its weight is regularized like the "
      .. "others (LIBLINEAR's -B). false: none, the model goes through the origin" },
  { name = "scale", kind = "boolean", default = false,
    help = "learn from features less their mean, by their standard deviation, each. Weights and "
      .. "bias are given for the features as they are, the objective is that of scaled ones. A "
      .. "feature that is the same in all samples gets the weight 0" },
  { name = "weights", kind = "array", help = "a factor of C for each sample, 0 or more" },
}

-- Own options, then those shared.
function fitting.with(own)
  return table.move(fitting.SHARED, 1, #fitting.SHARED, #own + 1, own)
end

---The value of the bias feature for the core: negative for none.
function fitting.bias(where, value)
  if value == false then return -1 end
  if type(value) ~= "number" or not (value > 0 and value < math.huge) then
    raise("%s: option 'bias' must be a positive number, or false for none, got %s", where,
      tostring(value))
  end
  return value
end

---Labels of two kinds as an array of -1 and 1.
---@return vitrum.Array signs, table classes that of -1 and that of 1
function fitting.signs(where, y)
  local vt = require "vitrum"
  local list = options.is(y, "Array") and y:totable() or y
  if type(list) ~= "table" then
    raise("%s: y must be an array or a table with the class of each sample, got %s", where,
      type(y))
  end
  local classes, signs = {}, {}
  for k, class in ipairs(list) do
    local kind = type(class)
    if kind ~= "number" and kind ~= "string" or class ~= class then
      raise("%s: label %d is %s; labels are numbers or texts, of two kinds", where, k,
        tostring(class))
    end
    if class ~= classes[1] and class ~= classes[2] then
      if #classes == 2 or #classes == 1 and type(classes[1]) ~= kind then
        raise("%s: label %d is %s, beside %s: there must be two classes", where, k,
          tostring(class), table.concat(classes, " and "))
      end
      classes[#classes + 1] = class
    end
  end
  if #classes < 2 then
    raise("%s: %s; a classification needs samples of two classes", where,
      classes[1] and ("all labels are %s"):format(classes[1]) or "there are no labels")
  end
  table.sort(classes)
  for k, class in ipairs(list) do signs[k] = class == classes[2] and 1 or -1 end
  return vt.array(signs), classes
end

---The features to learn from and, with `scale`, means and widths of the columns.
function fitting.features(where, x, scale)
  local vt = require "vitrum"
  if options.is(x, "Atoms") then
    raise("%s: x must be the features of atoms, as vt.descriptor.radial{...}:compute(glass) gives "
      .. "them, not the atoms", where)
  end
  if not options.is(x, "Array") then
    options.argument(where, "x", "table", x)
    x = vt.array(x)
  end
  if not scale then return x end
  local mean, deviation = core.columns(x, where)
  local width = vt.array.where(deviation:gt(0), deviation, 1)
  return (x - mean) / width, { mean = mean, deviation = deviation, width = width }
end

return fitting
