-- Support vector machines on 500,000 samples of 98 radial structure functions, beside LIBLINEAR.
--
--   vitrum tests/bench/learn.lua [samples] [folder]
--
-- With a folder, which needs room for a gigabyte, the samples are written there, and
-- liblinear-train learns from them with the tolerances 1e-4 and 1e-6. Its time is that of the
-- program less that of a run with a tolerance so large that it reads the file and learns nothing.
local vt = require "vitrum"

local n, folder = tonumber(arg[1]) or 500000, arg[2]

local function best(f)
  local least, result = math.huge, nil
  for _ = 1, 5 do
    local start = vt.clock()
    result = f()
    least = math.min(least, vt.clock() - start)
  end
  return least, result
end

local atoms = vt.atoms.random{ composition = "Cu64Zr36", n = n, seed = 1 }
local descriptor = vt.descriptor.radial{ species = { "Cu", "Zr" },
  peaks = { ["Cu-Cu"] = 2.55, ["Cu-Zr"] = 2.8, ["Zr-Zr"] = 3.2 } }
local x = descriptor:compute(atoms)
local y = x:astype "float64":dot(vt.array.normal(98, { seed = 2 })) * 0.1
  + vt.array.normal(n, { seed = 3 }) * 0.5
local signs = vt.array.where(y:gt(y:median()), 1, -1)

for _, threads in ipairs{ 1, 2 } do
  vt.threads(threads)
  for _, dtype in ipairs{ "float32", "float64" } do
    local features = x:astype(dtype)
    local time, model = best(function() return vt.learn.svr(features, y) end)
    print(("svr, %d threads, %s: %.3f s, %d passes, objective %.10g, gradient %.1e"):format(threads,
      dtype, time, model.iterations, model.objective, model.gradient))
  end
  local core = require "vitrum.learn_core"
  local time, result = best(function()
    return core.fit(x, signs, "learn.svc", true, nil, nil, 0, 1, { 1 }, { 0 }, 1e-6, 200)
  end)
  print(("svc, %d threads, float32: %.3f s, %d passes, objective %.10g"):format(threads, time,
    result[1][1].iterations, result[1][1].objective))
end
local start = vt.clock()
vt.learn.cross_validation(x, y, { C = { 0.01, 0.1, 1, 10, 100 },
                                  epsilon = { 0.05, 0.1, 0.2, 0.4 } })
print(("cross-validation, 5 folds, 20 pairs, 2 threads: %.2f s"):format(vt.clock() - start))

if not folder then return end

local function train(solver, tolerance)
  local command = ("liblinear-train -q -s %d -B 1 -p 0.1 -e %g %s/%d.txt %s/model"):format(solver,
    tolerance, folder, solver, folder)
  local from = vt.clock()
  assert(os.execute(command), command)
  return vt.clock() - from
end

for _, case in ipairs{ { 11, y }, { 2, signs } } do
  local solver, targets = case[1], case[2]
  vt.learn.write_svmlight(("%s/%d.txt"):format(folder, solver), x, targets, { overwrite = true })
  local reading = train(solver, 1e10)
  for _, tolerance in ipairs{ 1e-4, 1e-6 } do
    local time = train(solver, tolerance) - reading
    local model = vt.learn.load(folder .. "/model")
    -- The objective of its weights, by its own definition.
    local score, w = model:decision(x), model.weights
    local loss = solver == 11 and ((score - targets):abs() - 0.1) or 1 - targets * score
    local square = w:square():sum() + model.bias ^ 2
    print(("liblinear-train -s %d -e %g: %.2f s without reading (%.1f s), objective %.10g"):format(
      solver, tolerance, time, reading, square / 2 + loss:clip(0, math.huge):square():sum()))
  end
  os.remove(("%s/%d.txt"):format(folder, solver))
end
os.remove(folder .. "/model")
