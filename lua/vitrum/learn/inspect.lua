-- What is odd in files of frames before a network learns from them: frames that are there twice,
-- energies and forces far from all others, atoms that nothing is near to.

local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"

local raise <const> = options.raise

local inspect = {}

local REPORT <const> = { __name = "vitrum.DataReport" }

inspect.OPTIONS = {
  { name = "outlier", kind = "positive", default = 8,
    help = "an energy is far from the others when it is so many robust standard deviations "
      .. "(1.4826 times the median deviation) off what the composition explains" },
  { name = "force", kind = "positive", default = 50, unit = "eV/A",
    help = "largest force on an atom that does not look like a collision" },
  { name = "isolated", kind = "positive", default = 5, unit = "A",
    help = "an atom without a neighbor this near is alone" },
}

local TOLERANCE <const> = 1e-9 -- relative: numbers of one frame that was written twice

-- One number that tells boxes of one volume apart.
local function shape_of(box)
  local sum = 0.0
  for k, edge in ipairs { box.a, box.b, box.c } do
    for a = 1, 3 do sum = sum + (3 * k + a) * edge[a] end
  end
  return sum
end

-- All frames with what is compared.
local function read(where, paths, o)
  local vt, frames, symbols = require "vitrum", {}, {}
  for _, path in ipairs(paths) do
    local number = 0
    for atoms, info in vt.atoms.frames(path) do
      number = number + 1
      local name = ("%s, frame %d"):format(path, number)
      if info.energy == nil then
        raise("%s: %s has no energy; a network learns from energies", where, name)
      end
      local counts = atoms:counts()
      for symbol, count in pairs(counts) do
        if count > 0 then symbols[symbol] = true end
      end
      local forces = atoms:stored_forces()
      local size = (forces ^ 2):sum(2)
      local species = {}
      for _, one in ipairs(atoms:species()) do species[#species + 1] = one.symbol end
      local near = vt.descriptor.chebyshev{ species = species, n_max = 0, l_max = 0,
                                            rmax = o.isolated }:compute(atoms):slice(nil, 1)
      local alone = {}
      for i, value in ipairs(near:totable()) do
        if value == 0 then alone[#alone + 1] = i end
      end
      frames[#frames + 1] = { name = name, atoms = #atoms, energy = info.energy, counts = counts,
        volume = atoms:volume(), shape = shape_of(atoms:box()), squares = size:sum(),
        places = (atoms:positions() ^ 2):sum(), force = math.sqrt(size:max()),
        atom = size:argmax(), alone = alone }
    end
  end
  local list = {}
  for symbol in pairs(symbols) do list[#list + 1] = symbol end
  table.sort(list)
  return frames, list
end

local function median(values)
  local sorted = values:totable()
  table.sort(sorted)
  local n = #sorted
  return (sorted[(n + 1) // 2] + sorted[n // 2 + 1]) / 2
end

local REFITS <const> = 5

-- Energies per atom without what the composition explains, from their median, and their robust
-- standard deviation: least squares over those that were not far off the time before.
local function residuals(frames, symbols, limit)
  local vt, shares, energies = require "vitrum", {}, {}
  for k, f in ipairs(frames) do
    shares[k], energies[k] = {}, f.energy / f.atoms
    for s, symbol in ipairs(symbols) do shares[k][s] = (f.counts[symbol] or 0) / f.atoms end
  end
  local x, y = vt.array(shares), vt.array(energies)
  local used, off, spread = y:eq(y), nil, nil
  for _ = 1, REFITS do
    -- Frames of one composition cannot tell the species apart: then the mean is all there is.
    local ok, fitted = pcall(x.least_squares, x[used], y[used])
    off = ok and y - x:dot(fitted) or y - y[used]:mean()
    off = off - median(off)
    spread = math.max(1.4826 * median(off:abs()), 1e-12)
    used = (off:abs() / spread):le(limit)
  end
  return off, spread
end

local function is_same(a, b)
  local function close(x, y) return math.abs(x - y) <= TOLERANCE * math.max(math.abs(x), 1e-12) end
  return a.atoms == b.atoms and close(a.energy, b.energy) and close(a.volume, b.volume)
    and close(a.squares, b.squares) and close(a.places, b.places) and close(a.shape, b.shape)
end

-- Frames in the order of their energy per atom: those that are the same follow each other.
local function duplicates_of(frames)
  local order, list = {}, {}
  for k in ipairs(frames) do order[k] = k end
  table.sort(order, function(a, b)
    local x, y = frames[a].energy / frames[a].atoms, frames[b].energy / frames[b].atoms
    if x ~= y then return x < y end
    return a < b
  end)
  for k = 2, #order do
    local a, b = frames[order[k - 1]], frames[order[k]]
    if is_same(a, b) then list[#list + 1] = { first = a.name, second = b.name } end
  end
  return list
end

---Look at files of frames.
---@param paths string|string[] extended XYZ with energies
---@param given table?
---@return vitrum.DataReport
function inspect.inspect(paths, given)
  local where = "learn.inspect"
  local o = options.check(where, inspect.OPTIONS, given)
  if type(paths) == "string" then paths = { paths } end
  if type(paths) ~= "table" or #paths == 0 then
    raise("%s: expected the name of a file or a list of names, got %s", where, numbers.show(paths))
  end
  for k, path in ipairs(paths) do
    options.argument(where, "file " .. k, "string", path)
  end
  local frames, symbols = read(where, paths, o)
  if #frames == 0 then raise("%s: %s has no frames", where, paths[1]) end
  local report = setmetatable({ frames = #frames, species = symbols, outliers = {}, forces = {},
                                isolated = {}, duplicates = duplicates_of(frames) }, REPORT)
  local off, spread = residuals(frames, symbols, o.outlier)
  for k, f in ipairs(frames) do
    local score = math.abs(off[k]) / spread
    if #frames >= 10 and score > o.outlier then
      table.insert(report.outliers, { frame = f.name, energy = f.energy / f.atoms, off = off[k],
                                      score = score })
    end
    if f.force > o.force then
      table.insert(report.forces, { frame = f.name, atom = f.atom, force = f.force })
    end
    if #f.alone > 0 then
      table.insert(report.isolated, { frame = f.name, atoms = f.alone })
    end
  end
  return report
end

local SHOWN <const> = 5

REPORT.__tostring = function(self)
  local lines = { ("%d frames of %s"):format(self.frames, table.concat(self.species, ", ")) }
  local function add(list, what, text)
    lines[#lines + 1] = ("  %s: %s"):format(what, #list == 0 and "none" or tostring(#list))
    for k = 1, math.min(#list, SHOWN) do lines[#lines + 1] = "    " .. text(list[k]) end
    if #list > SHOWN then lines[#lines + 1] = ("    and %d more"):format(#list - SHOWN) end
  end
  add(self.duplicates, "frames that are there twice", function(one)
    return one.first .. " is " .. one.second
  end)
  add(self.outliers, "energies far from all others", function(one)
    return ("%s: %.4f eV/atom, %+.3f off, %.0f deviations"):format(one.frame, one.energy, one.off,
      one.score)
  end)
  add(self.forces, "forces of a collision", function(one)
    return ("%s: %.1f eV/A on atom %d"):format(one.frame, one.force, one.atom)
  end)
  add(self.isolated, "frames with an atom alone", function(one)
    return ("%s: atom %d%s"):format(one.frame, one.atoms[1],
      #one.atoms > 1 and (" and %d more"):format(#one.atoms - 1) or "")
  end)
  return table.concat(lines, "\n")
end

help.register_type("DataReport", REPORT)
help.document("learn.inspect", {
  terms = "check training data; outliers; duplicates; isolated atoms; data set; collisions",
  see = "learn.network; scripts/generate-training.lua",
  signature = "vt.learn.inspect(files, [options]) -> DataReport",
  summary = "What is odd in frames before a network learns from them, each by file and frame: "
    .. "duplicates (the same numbers of atoms, energy, box, positions and forces), outliers "
    .. "(energies per atom off what the composition explains, of ten frames and more), forces "
    .. "(collisions, with the atom), isolated (atoms without a neighbor). Printed, it shows the "
    .. "first of each.",
  options = inspect.OPTIONS,
  example = 'print(vt.learn.inspect "training.xyz")',
})

return inspect
