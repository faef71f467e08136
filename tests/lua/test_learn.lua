-- vt.learn: linear support vector machines against closed forms, plain arithmetic and LIBLINEAR.
local child = require "child"
local lu = require "luaunit"
local vt = require "vitrum"
local folder = require "io_folder"

local message_of, path = folder.message, folder.name
local array, learn = vt.array, vt.learn

TestLearn = {}

function TestLearn.setUp() folder.make() end
function TestLearn.tearDown() folder.remove() end

-- Samples of a linear law with noise.
local function linear(n, features, seed, noise)
  local x = array.normal(n, features, { seed = seed })
  local w = array.normal(features, { seed = seed + 1 })
  return x, x:dot(w) + array.normal(n, { seed = seed + 2 }) * (noise or 0.4) + 0.7
end

-- The samples with the bias as a last feature.
local function with_bias(x, bias)
  return array.concatenate({ x, array.full(bias or 1, x.shape[1], 1) }, 2)
end

-- The objective and its gradient for weights with the bias's last, by plain arithmetic.
local function objective_of(x, y, w, o)
  local loss, gradient, features = 0, {}, #w
  for k = 1, features do gradient[k] = w[k] end
  for i = 1, x.shape[1] do
    local score = 0
    for k = 1, features do score = score + w[k] * x:get(i, k) end
    local weight, r = o.weights and o.weights[i] or 1, score - y[i]
    local excess = o.classes and (r * y[i] < 0 and r or 0)
      or (r > o.epsilon and r - o.epsilon or r < -o.epsilon and r + o.epsilon or 0)
    loss = loss + weight * excess ^ 2
    for k = 1, features do
      gradient[k] = gradient[k] + 2 * o.C * weight * excess * x:get(i, k)
    end
  end
  local square = 0
  for k = 1, features do square = square + w[k] ^ 2 end
  return square / 2 + o.C * loss, array(gradient):norm()
end

local function weights_of(model, bias)
  local list = model.weights:totable()
  if bias ~= false then list[#list + 1] = model.bias / (bias or 1) end
  return list
end

-- ---------------------------------------------------------------- the optimum ----

function TestLearn.test_without_a_tube_it_is_ridge_regression()
  local x, y = linear(150, 6, 1)
  for _, C in ipairs{ 0.01, 1, 30 } do
    local m = learn.svr(x, y, { C = C, epsilon = 0, tolerance = 0 })
    local b = with_bias(x)
    local exact = (b:transpose():dot(b) + array.eye(7) / (2 * C)):solve(b:transpose():dot(y))
    lu.assertTrue(m.converged)
    lu.assertTrue(array(weights_of(m)):near(exact, 1e-11))
  end
end

function TestLearn.test_in_a_wide_tube_nothing_is_learned()
  local x, y = linear(50, 4, 2)
  local m = learn.svr(x, y, { epsilon = y:abs():max() })
  lu.assertTrue(m.converged)
  lu.assertEquals(m.weights:abs():max(), 0)
  lu.assertEquals({ m.bias, m.objective, m.vectors }, { 0, 0, 0 })
end

function TestLearn.test_the_gradient_is_zero_and_the_objective_what_it_says()
  local x, y = linear(120, 5, 3)
  local weights = array.random(120, { seed = 9 })
  weights[7] = 0
  for _, o in ipairs{ { C = 1, epsilon = 0.1 }, { C = 50, epsilon = 0.5 },
                      { C = 0.3, epsilon = 0.2, weights = weights } } do
    local m = learn.svr(x, y, { C = o.C, epsilon = o.epsilon, weights = o.weights,
                                tolerance = 1e-12, bias = 2 })
    local objective, gradient = objective_of(with_bias(x, 2), y, weights_of(m, 2), o)
    lu.assertTrue(m.converged)
    lu.assertAlmostEquals(m.objective / objective, 1, 1e-13)
    lu.assertTrue(gradient < 1e-10 * objective, gradient)
  end
end

function TestLearn.test_the_same_for_classes()
  local x, y = linear(200, 5, 4, 1.5)
  local signs = array.where(y:gt(0.5), 1, -1)
  local m = learn.svc(x, signs, { C = 2, tolerance = 1e-12 })
  local objective, gradient = objective_of(with_bias(x), signs, weights_of(m),
    { C = 2, classes = true })
  lu.assertAlmostEquals(m.objective / objective, 1, 1e-13)
  lu.assertTrue(gradient < 1e-10 * objective, gradient)
  lu.assertEquals(m.classes, { -1, 1 })
end

function TestLearn.test_without_a_bias()
  local x, y = linear(80, 3, 5)
  local m = learn.svr(x, y, { bias = false, epsilon = 0 })
  local exact = (x:transpose():dot(x) + array.eye(3) / 2):solve(x:transpose():dot(y))
  lu.assertTrue(m.weights:near(exact, 1e-11))
  lu.assertEquals(m.bias, 0)
end

function TestLearn.test_fewer_samples_than_features()
  local x, y = linear(12, 40, 6)
  local m = learn.svr(x, y, { epsilon = 0.05, C = 10, tolerance = 1e-12 })
  local objective, gradient = objective_of(with_bias(x), y, weights_of(m),
    { C = 10, epsilon = 0.05 })
  lu.assertTrue(m.converged)
  lu.assertTrue(gradient < 1e-10 * objective)
end

-- A sample that comes twice is one of twice the weight.
function TestLearn.test_samples_that_come_twice()
  local x, y = linear(60, 4, 7)
  local twice = learn.svr(array.concatenate{ x, x }, array.concatenate{ y, y })
  local heavy = learn.svr(x, y, { weights = array.full(2, 60) })
  local dear = learn.svr(x, y, { C = 2 })
  lu.assertTrue(twice.weights:near(heavy.weights, 1e-9))
  lu.assertTrue(twice.weights:near(dear.weights, 1e-9))
  lu.assertAlmostEquals(twice.objective, heavy.objective, 1e-9 * twice.objective)
end

function TestLearn.test_constant_columns()
  local x, y = linear(90, 4, 8)
  local constant = array.concatenate({ x, array.full(3.7, 90, 1) }, 2)
  local scaled = learn.svr(constant, y, { scale = true, tolerance = 1e-10 })
  lu.assertEquals(scaled.weights[5], 0)
  lu.assertTrue(scaled.weights:slice{ 1, 4 }:near(
    learn.svr(x, y, { scale = true, tolerance = 1e-10 }).weights, 1e-9))
  -- Without scaling it is a second bias, and the minimum is still the minimum.
  local plain = learn.svr(constant, y, { tolerance = 1e-12 })
  local _, gradient = objective_of(with_bias(constant), y, weights_of(plain),
    { C = 1, epsilon = 0.1 })
  lu.assertTrue(gradient < 1e-9)
end

-- With scaling the units of the features do not matter.
function TestLearn.test_scaling()
  local x, y = linear(100, 4, 9)
  local units = array{ 1000, 1, 1e-3, 20 }
  local a = learn.svr(x, y, { scale = true, tolerance = 1e-10 })
  local b = learn.svr(x * units + 5, y, { scale = true, tolerance = 1e-10 })
  lu.assertAlmostEquals(a.objective, b.objective, 1e-9 * a.objective)
  lu.assertTrue(a:predict(x):near(b:predict(x * units + 5), 1e-8))
end

function TestLearn.test_types_and_layouts_agree()
  local x, y = linear(700, 11, 10)
  local single = x:astype "float32"
  local from_single = learn.svr(single, y)
  local from_double = learn.svr(single:astype "float64", y)
  lu.assertTrue(from_single.weights:near(from_double.weights, 1e-12))
  local wide = array.zeros(700, 30)
  wide:slice(nil, { 3, 13 }):assign(x)
  local plain = learn.svr(x, y)
  lu.assertTrue(learn.svr(wide:slice(nil, { 3, 13 }), y).weights:near(plain.weights, 1e-12))
  lu.assertTrue(learn.svr(x:transpose():copy():transpose(), y).weights:near(plain.weights, 1e-12))
  lu.assertTrue(learn.svr(x:totable(), y:totable()).weights:near(plain.weights, 1e-12))
end

function TestLearn.test_threads_do_not_matter()
  local x, y = linear(5000, 30, 11)
  local threads = vt.threads()
  local result = {}
  for k, n in ipairs{ 1, 2, 3 } do
    vt.threads(n)
    result[k] = learn.svr(x, y)
  end
  vt.threads(threads)
  for k = 2, 3 do
    lu.assertTrue(result[1].weights:equals(result[k].weights))
    lu.assertEquals(result[1].objective, result[k].objective)
  end
end

-- ---------------------------------------------------------------- LIBLINEAR ----

local function write_samples(name, x, y) learn.write_svmlight(path(name), x, y) end

local function judge_there()
  local _, status = child.shell(path "", "command -v liblinear-train")
  if status ~= 0 then lu.skip "no liblinear-train here (Debian package liblinear-tools)" end
end

function TestLearn.test_the_optimum_of_liblinear()
  judge_there()
  local x, y = linear(400, 8, 12, 0.8)
  local signs = array.where(y:gt(1), 1, -1)
  write_samples("r.txt", x, y)
  write_samples("c.txt", x, signs)
  for _, case in ipairs{
    { 11, "r.txt", { C = 1, epsilon = 0.1 } }, { 11, "r.txt", { C = 20, epsilon = 0.6 } },
    { 2, "c.txt", { C = 1, classes = true } }, { 2, "c.txt", { C = 0.05, classes = true } },
  } do
    local solver, file, o = table.unpack(case)
    local output, status = child.shell(path "", ("liblinear-train -q -s %d -c %.17g -p %.17g -B 1 "
      .. "-e 1e-8 %s model"):format(solver, o.C, o.epsilon or 0.1, file))
    lu.assertEquals(status, 0, output)
    local theirs = learn.load(path "model")
    local ours = o.classes and learn.svc(x, signs, { C = o.C }) or learn.svr(x, y, o)
    local expected = objective_of(with_bias(x), o.classes and signs or y, weights_of(theirs), o)
    lu.assertAlmostEquals(ours.objective / expected, 1, 1e-6)
    lu.assertTrue(ours.objective <= expected * (1 + 1e-10))
    lu.assertTrue(ours.weights:near(theirs.weights, 1e-4))
    -- And it reads what we write.
    ours:save(path "ours.model", { format = "liblinear", overwrite = true })
    output, status = child.shell(path "", ("liblinear-predict %s ours.model out"):format(file))
    lu.assertEquals(status, 0, output)
    local predicted = ours:predict(x)
    local k = 0
    for line in io.lines(path "out") do
      k = k + 1
      lu.assertAlmostEquals(tonumber(line), predicted[k], 1e-4)
    end
    lu.assertEquals(k, 400)
  end
end

-- ---------------------------------------------------------------- folds and splits ----

-- Models side by side are those that are learned one after the other.
function TestLearn.test_cross_validation_is_what_it_says()
  local x, y = linear(230, 6, 13)
  local o = { C = { 10, 0.1 }, epsilon = { 0.3, 0 }, folds = 4, tolerance = 1e-10 }
  local cv = learn.cross_validation(x, y, o)
  lu.assertEquals(#cv, 4)
  for _, entry in ipairs(cv) do
    local unseen = array.zeros(230)
    for fold = 1, 4 do
      local rest, own = cv.fold:ne(fold), cv.fold:eq(fold)
      local m = learn.svr(x:select(rest), y:select(rest),
        { C = entry.C, epsilon = entry.epsilon, tolerance = 1e-10 })
      lu.assertAlmostEquals(m.objective, entry.objectives[fold], 1e-8 * m.objective)
      local p = m:predict(x:select(own))
      for k, i in ipairs(own:find():totable()) do unseen[i] = p[k] end
    end
    local score = learn.score(y, unseen)
    lu.assertAlmostEquals(entry.pearson, score.pearson, 1e-8)
    lu.assertAlmostEquals(entry.rmse, score.rmse, 1e-8)
    lu.assertTrue(entry.converged)
  end
  for _, entry in ipairs(cv) do lu.assertTrue(entry.pearson <= cv.best.pearson) end
end

function TestLearn.test_cross_validation_of_classes()
  local x, y = linear(120, 4, 14, 1)
  local names = {}
  for k = 1, 120 do names[k] = y[k] > 0.7 and "soft" or "hard" end
  local cv = learn.cross_validation(x, names, { kind = "classification", C = { 0.1, 1 } })
  lu.assertEquals(#cv, 2)
  local right = 0
  for fold = 1, 5 do
    local train, test, train_names = {}, {}, {}
    for k = 1, 120 do
      if cv.fold[k] == fold then test[#test + 1] = k else
        train[#train + 1], train_names[#train_names + 1] = k, names[k]
      end
    end
    local p = learn.svc(x:select(train), train_names, { C = 1 }):predict(x:select(test))
    for k, i in ipairs(test) do if p[k] == names[i] then right = right + 1 end end
  end
  lu.assertAlmostEquals(cv[2].accuracy, right / 120, 1e-12)
end

function TestLearn.test_splits()
  local train, test = learn.split(1000, { test = 0.2, seed = 3 })
  lu.assertEquals({ #train, #test }, { 800, 200 })
  local all = array.concatenate{ train, test }:sort()
  lu.assertTrue(all:equals(array.range(1000)))
  lu.assertTrue((learn.split(1000, { seed = 3 })):equals(train))
  lu.assertFalse((learn.split(1000, { seed = 4 })):equals(train))
end

-- Atoms of one glass never stand on both sides.
function TestLearn.test_splits_by_groups()
  local groups = {}
  for k = 1, 100 do groups[k] = "glass " .. (k * 7 % 10) end
  local train, test = learn.split(groups, { groups = groups, test = 0.3 })
  lu.assertEquals({ #train, #test }, { 70, 30 })
  local seen = {}
  for _, k in ipairs(train:totable()) do seen[groups[k]] = true end
  for _, k in ipairs(test:totable()) do lu.assertNil(seen[groups[k]]) end
  local fold, of = learn.folds(100, { groups = groups, folds = 3 }), {}
  for k = 1, 100 do
    of[groups[k]] = of[groups[k]] or fold[k]
    lu.assertEquals(fold[k], of[groups[k]])
  end
  lu.assertStrContains(message_of(learn.folds, 100, { groups = groups, folds = 11 }),
    "11 folds of 10 groups")
  lu.assertStrContains(message_of(learn.split, 3, { groups = { 1, 1, 1 } }),
    "all samples are of one")
  lu.assertStrContains(message_of(learn.split, 3, { groups = { 1, 1 } }), "2 entries")
end

-- ---------------------------------------------------------------- scores ----

function TestLearn.test_scores()
  local s = learn.score({ 1, 2, 3, 4 }, { 2, 1, 4, 3 })
  lu.assertAlmostEquals(s.pearson, 0.6, 1e-12)
  lu.assertAlmostEquals(s.rmse, 1, 1e-12)
  lu.assertAlmostEquals(s.mean_absolute, 1, 1e-12)
  local flat = learn.score({ 1, 2 }, { 3, 3 }).pearson
  lu.assertTrue(flat ~= flat)
  local c = learn.confusion({ "hard", "soft", "soft", "hard", "soft" },
    { "hard", "soft", "hard", "hard", "soft" })
  lu.assertEquals(c.classes, { "hard", "soft" })
  lu.assertEquals(c.counts:totable(), { { 2, 0 }, { 1, 2 } })
  lu.assertAlmostEquals(c.accuracy, 0.8, 1e-15)
  lu.assertStrContains(tostring(c), "accuracy 80.00 %")
end

-- ---------------------------------------------------------------- files ----

function TestLearn.test_models_come_back()
  local x, y = linear(100, 5, 15)
  local names = {}
  for k = 1, 100 do names[k] = y[k] > 0.7 and "soft" or "hard" end
  for _, m in ipairs{ learn.svr(x, y, { scale = true }), learn.svc(x, names) } do
    m:save(path "m.json", { overwrite = true })
    local back = learn.load(path "m.json")
    lu.assertEquals(tostring(back), tostring(m))
    lu.assertTrue(back.weights:equals(m.weights))
    lu.assertEquals(back.bias, m.bias)
    lu.assertEquals(back.classes, m.classes)
    lu.assertTrue(back:decision(x):equals(m:decision(x)))
  end
end

local function change(from, to, text)
  local changed, n = text:gsub(from, to, 1)
  lu.assertEquals(n, 1, from)
  child.write(path "changed", changed)
  return message_of(learn.load, path "changed")
end

function TestLearn.test_models_that_cannot_be_read()
  local x, y = linear(30, 3, 16)
  learn.svr(x, y):save(path "m.json")
  local text = child.read(path "m.json")
  for cut = 0, #text - 2, 41 do
    child.write(path "cut", text:sub(1, cut))
    lu.assertStrContains(message_of(learn.load, path "cut"), "cut")
  end
  lu.assertStrContains(change('"version": 1', '"version": 7', text), "version 7 of the format")
  lu.assertStrContains(change('"format": "vitrum linear model"', '"format": "x"', text),
    "is no model")
  lu.assertStrContains(change('"kind": "regression"', '"kind": "oracle"', text), "kind is 'oracle'")
  lu.assertStrContains(change('"bias": [^,]*', '"bias": NaN', text), "bias must be a finite number")
  lu.assertStrContains(message_of(learn.load, path "nowhere"), "No such file")
  learn.svr(x, y):save(path "m.model", { format = "liblinear" })
  text = child.read(path "m.model")
  lu.assertStrContains(change("\n[^\n]*\n$", "\n", text), "it may be cut short")
  lu.assertStrContains(change("nr_feature 3", "nr_feature x", text), "at least 1, got x")
  lu.assertStrContains(change("L2R_L2LOSS_SVR", "MCSVM_CS", text), "MCSVM_CS is none")
end

function TestLearn.test_samples_come_back()
  local x, y = linear(40, 5, 19)
  x:set(3, 2, 0)
  x:column(5):fill(0)
  for _, name in ipairs{ "s.txt", "s.txt.gz" } do
    for _, given in ipairs{ x, x:astype "float32" } do
      learn.write_svmlight(path(name), given, y)
      local back, targets = learn.read_svmlight(path(name), { features = 5 })
      lu.assertTrue(back:equals(given:astype "float64"))
      lu.assertTrue(targets:equals(y))
    end
  end
  lu.assertEquals(learn.read_svmlight(path "s.txt").shape, { 40, 4 }) -- the last one is zero
  child.write(path "odd.txt", "# two samples\n+1 1:0.5\t3:-2e-3  # a comment\n\n-1 2:7\r\n")
  local odd, labels = learn.read_svmlight(path "odd.txt")
  lu.assertEquals(odd:totable(), { { 0.5, 0, -2e-3 }, { 0, 7, 0 } })
  lu.assertEquals(labels:totable(), { 1, -1 })
  child.write(path "zero.txt", "1 0:4 2:5\n")
  lu.assertEquals(learn.read_svmlight(path "zero.txt", { from_zero = true }):totable(),
    { { 4, 0, 5 } })
end

function TestLearn.test_samples_that_cannot_be_read()
  for text, words in pairs{
    ["1 0:4 2:5\n"] = "1: the index of a feature is 0; in this format they count from 1. Say",
    ["1 1:4\n2 3:4 2:5\n"] = "2: feature 2 comes after feature 3; indices must rise",
    ["1 1:4 1:5\n"] = "feature 1 comes after feature 1", ["1 1:4 x\n"] = "expected index:value",
    ["1 1: 4\n"] = "the value of a feature", ["1 1:nan\n"] = "the value of a feature",
    ["high 1:4\n"] = "the target of a sample", ["\n# nothing\n"] = "there are no samples",
    ["1\n"] = "there are 0 features", ["1 qid:3 1:4\n"] = "expected index:value, got 'qid:3'",
    ["1 99999999999:3\n"] = "features", ["1 -1:3\n"] = "expected index:value",
  } do
    child.write(path "bad.txt", text)
    lu.assertStrContains(message_of(learn.read_svmlight, path "bad.txt"), words)
  end
  child.write(path "wide.txt", "1 5:4\n")
  lu.assertStrContains(message_of(learn.read_svmlight, path "wide.txt", { features = 4 }),
    "feature 5 is beyond the 4 that were asked for")
  child.write(path "far.txt", "1 1:2\n2 100000000:1\n")
  lu.assertStrContains(message_of(learn.read_svmlight, path "far.txt"),
    "a table of 2 x 100000000 numbers out of the 2 that are there")
  lu.assertStrContains(message_of(learn.read_svmlight, path "nowhere"), "No such file")
  lu.assertStrContains(message_of(learn.write_svmlight, path "s", { { 1 / 0 } }, { 1 }),
    "feature 1 of sample 1 is not finite")
end

-- ---------------------------------------------------------------- wrong input ----

function TestLearn.test_wrong_input()
  local x, y = linear(20, 3, 17)
  local svr, svc = learn.svr, learn.svc
  for _, case in ipairs{
    { "option 'C' must be a positive number, got 0", svr, x, y, { C = 0 } },
    { "option 'C' must be a positive number, got -1", svc, x, y, { C = -1 } },
    { "option 'epsilon' must be a number that is not negative", svr, x, y, { epsilon = -0.1 } },
    { "did you mean 'epsilon'?", svr, x, y, { epsilom = 0.1 } },
    { "option 'bias' must be a positive number, or false", svr, x, y, { bias = 0 } },
    { "y has 19 entries, but there are 20 samples", svr, x, y:slice{ 1, 19 } },
    { "weights has 1 entries", svr, x, y, { weights = { 1 } } },
    { "weight 1 is -1", svr, x, y, { weights = -array.ones(20) } },
    { "all weights are 0", svr, x, y, { weights = array.zeros(20) } },
    { "x must have 2 dimensions", svr, y, y }, { "learn.svr: x must be a table", svr, nil, y },
    { "not the atoms", svr, vt.atoms.fcc{ species = "Ar", a = 5.3, cells = 2 }, y },
    { "there must be two classes", svc, x, y },
    { "all labels are 1", svc, x, array.ones(20) },
    { "made the features", svr, x, y, { descriptor = "radial" } },
  } do
    lu.assertStrContains(message_of(table.unpack(case, 2)), case[1])
  end
  y[3] = 0 / 0
  lu.assertStrContains(message_of(svr, x, y), "target 3 is nan; all must be finite")
  lu.assertStrContains(message_of(svc, x, y), "label 3 is nan")
  y[3] = 1
  x:set(5, 2, 1 / 0)
  lu.assertStrContains(message_of(svr, x, y), "entry (5, 2) of x is inf")
  lu.assertStrContains(message_of(svr, x, y, { scale = true }), "entry (5, 2) of x is inf")
  x:set(5, 2, 1e200)
  lu.assertStrContains(message_of(svr, x, y), "overflow; scale them")
  local m = svr(x:slice{ 6, 20 }, y:slice{ 6, 20 })
  lu.assertStrContains(message_of(m.predict, m, array.ones(4, 7)),
    "x has 7 features, but the model has 3")
  lu.assertStrContains(message_of(m.predict, m, vt.atoms.fcc{ species = "Ar", a = 5, cells = 1 }),
    "does not know how its features are made")
end

function TestLearn.test_one_sample_is_predicted_as_a_number()
  local x, y = linear(20, 3, 18)
  local m = learn.svr(x, y)
  lu.assertEquals(m:predict(x[4]), m:predict(x)[4])
  lu.assertEquals(m:decision(x[4]:totable()), m:decision(x)[4])
end
