-- Samples in files that other programs learn from, too.

local core = require "vitrum.learn_core"
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"

local svmlight = {}

svmlight.READ = {
  { name = "features", kind = "count", between = { 1, 1000000 },
    help = "columns to make; by default as many as the file has. Give it for samples that a model "
      .. "shall predict: the last features may be zero in all of them, and so not in the file" },
  { name = "from_zero", kind = "boolean", default = false,
    help = "the file counts features from 0 instead of 1" },
}

---Read samples.
---@param path string
---@param given table?
---@return vitrum.Array x, vitrum.Array y
function svmlight.read(path, given)
  local where = "learn.read_svmlight"
  local o = options.check(where, svmlight.READ, given)
  options.argument(where, "the file name", "string", path)
  return core.read_samples(where, path, o.features or 0, o.from_zero)
end

svmlight.WRITE = {
  { name = "overwrite", kind = "boolean", default = false,
    help = "replace a file that this run did not write" },
}

---Write samples.
---@param path string
---@param x any samples x features
---@param y any
---@param given table?
function svmlight.write(path, x, y, given)
  local where = "learn.write_svmlight"
  local o = options.check(where, svmlight.WRITE, given)
  options.argument(where, "the file name", "string", path)
  core.write_samples(x, where, path, y, o.overwrite)
end

help.document("learn.read_svmlight", {
  terms = "SVMlight; libsvm; LIBLINEAR data; sparse text; read samples; import samples",
  see = "learn.write_svmlight; learn.svr",
  signature = "vt.learn.read_svmlight(path, [options]) -> x, y",
  summary = "Samples from a file in the format of SVMlight, libsvm and LIBLINEAR, plain or packed: "
    .. "features (samples by features, float64) and targets or labels. A line for each sample, "
    .. "its target and index:value for each feature that is not zero.",
  options = svmlight.READ,
  example = 'local x, y = vt.learn.read_svmlight "train.txt"\n'
    .. "print(vt.learn.svr(x, y))",
})
help.document("learn.write_svmlight", {
  terms = "SVMlight; libsvm; LIBLINEAR data; export samples",
  see = "learn.read_svmlight",
  signature = "vt.learn.write_svmlight(path, x, y, [options])",
  summary = "Write features and targets to a file in the format of SVMlight, libsvm and "
    .. "LIBLINEAR, so that they read back the same; a name that ends in .gz is packed.",
  options = svmlight.WRITE,
  example = 'vt.learn.write_svmlight("train.txt", x, y)',
})

return svmlight
