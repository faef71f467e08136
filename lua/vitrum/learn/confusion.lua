-- How well predictions match: numbers by their correlation, classes by counting.

local core = require "vitrum.learn_core"
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"

local raise <const> = options.raise

local confusion = {}

-- ---------------------------------------------------------------- numbers ----

local SCORE <const> = { __name = "vitrum.Score", __index = {} }

SCORE.__tostring = function(self)
  return ("%d samples: Pearson %.4f, root mean square error %.4g, mean absolute error %.4g")
    :format(self.samples, self.pearson, self.rmse, self.mean_absolute)
end

---How well numbers are predicted.
---@param y any
---@param predicted any
---@return table
function confusion.score(y, predicted, where)
  where = where or "learn.score"
  local result = core.compare(y, where, predicted)
  result.samples, result.rmse = #y, math.sqrt(result.mean_square)
  return setmetatable(result, SCORE)
end

-- ---------------------------------------------------------------- classes ----

local Confusion = {} -- methods
local CONFUSION <const> = { __name = "vitrum.Confusion", __index = Confusion }

CONFUSION.__tostring = function(self)
  local width = 9
  for _, class in ipairs(self.classes) do width = math.max(width, #tostring(class) + 2) end
  local cell = "%" .. width .. "s"
  local lines = { ("%d samples, accuracy %.2f %%; rows: true, columns: predicted"):format(
    self.samples, 100 * self.accuracy) }
  local head = { cell:format "" }
  for _, class in ipairs(self.classes) do head[#head + 1] = cell:format(tostring(class)) end
  lines[2] = table.concat(head)
  for k, class in ipairs(self.classes) do
    local row = { cell:format(tostring(class)) }
    for m = 1, #self.classes do row[m + 1] = cell:format(("%d"):format(self.counts[k][m])) end
    lines[#lines + 1] = table.concat(row)
  end
  return table.concat(lines, "\n")
end

local function list_of(where, what, values)
  if options.is(values, "Array") then return values:totable() end
  if type(values) == "table" then return values end
  raise("%s: %s must be an array or a table of classes, got %s", where, what, type(values))
end

local function before(a, b)
  if type(a) == type(b) then return a < b end
  return type(a) == "number"
end

---Count how often samples of each class are taken for each.
---@param y any
---@param predicted any
---@return vitrum.Confusion
function confusion.confusion(y, predicted, where)
  where = where or "learn.confusion"
  local right, guess = list_of(where, "y", y), list_of(where, "predicted", predicted)
  if #right ~= #guess or #right == 0 then
    raise("%s: there are %d classes and %d predictions; there must be as many, and some", where,
      #right, #guess)
  end
  local known, classes = {}, {}
  for _, list in ipairs { right, guess } do
    for k, class in ipairs(list) do
      if type(class) ~= "string" and type(class) ~= "number" or class ~= class then
        raise("%s: entry %d is %s; classes are numbers or texts", where, k, tostring(class))
      end
      if not known[class] then
        known[class] = true
        classes[#classes + 1] = class
      end
    end
  end
  if #classes > 1000 then
    raise("%s: there are %d classes; these look like numbers, for which there is vt.learn.score",
      where, #classes)
  end
  table.sort(classes, before)
  for k, class in ipairs(classes) do known[class] = k end
  local counts = require("vitrum").array.zeros(#classes, #classes, { dtype = "int64" })
  local agree = 0
  for k, class in ipairs(right) do
    local row, column = known[class], known[guess[k]]
    counts:set(row, column, counts:get(row, column) + 1)
    if row == column then agree = agree + 1 end
  end
  return setmetatable({ classes = classes, counts = counts, samples = #right,
                        accuracy = agree / #right }, CONFUSION)
end

help.register_type("Score", SCORE)
help.register_type("Confusion", CONFUSION)
help.document("learn.score", {
  terms = "Pearson correlation coefficient; correlation; root mean square error; rmse; mean "
    .. "absolute error",
  see = "learn.confusion; LinearModel:score",
  signature = "vt.learn.score(y, predicted) -> { pearson, rmse, mean_square, mean_absolute, "
    .. "samples }",
  summary = "How well numbers are predicted: Pearson's correlation coefficient (nan where one side "
    .. "is constant), root mean square and mean absolute error.",
  example = "print(vt.learn.score(y, model:predict(x)))",
})
help.document("learn.confusion", {
  terms = "confusion matrix; accuracy; classification accuracy",
  see = "learn.score; LinearModel:score",
  signature = "vt.learn.confusion(y, predicted) -> { classes, counts, accuracy, samples }",
  summary = "How often samples of each class (numbers or texts) are taken for each: counts[i][j] "
    .. "samples of classes[i] were predicted to be classes[j]. accuracy is the share of those "
    .. "that are right.",
  example = "print(vt.learn.confusion(labels, model:predict(x)))",
})

return confusion
