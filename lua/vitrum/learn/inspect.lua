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

-- Where the atoms are in the box, from the first one: equal in frames that differ by strain alone.
local function places_in(atoms)
  local s = atoms:fractional()
  s = s - s[1]
  local list = { table.concat(atoms:symbols(), " ") }
  for i, row in ipairs((s - s:round()):totable()) do
    list[i + 1] = ("%.3f %.3f %.3f"):format(row[1] + 5e-5, row[2] + 5e-5, row[3] + 5e-5)
  end
  return table.concat(list, " ")
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
        stress = info.stress, box = info.stress and atoms:box(),
        inside = info.stress and places_in(atoms), volume = atoms:volume(),
        shape = shape_of(atoms:box()), squares = size:sum(),
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

local EV <const> = 160.2176634 -- GPa A^3
local SMALL <const>, LARGE <const> = 1e-6, 0.06 -- strains between two frames that are compared

local function matrix_of(box) return require("vitrum").array{ box.a, box.b, box.c } end

-- Strained pairs of one sample: what the energy changes by, and what the stresses say, V sigma : e
-- by the mean of both ends. Their ratio is 1 where sign and units are right.
local function strained(frames)
  local first, pairs_, top, bottom = {}, 0, 0.0, 0.0
  for _, f in ipairs(frames) do
    local start = f.inside and first[f.inside]
    if f.inside and not start then first[f.inside] = f end
    if start then
      local ok, change = pcall(function()
        return matrix_of(start.box):solve(matrix_of(f.box)):totable()
      end)
      local e, most, work = {}, 0, 0.0
      for a = 1, ok and 3 or 0 do
        e[a] = {}
        for b = 1, 3 do
          e[a][b] = (change[a][b] + change[b][a]) / 2 - (a == b and 1 or 0)
          most = math.max(most, math.abs(e[a][b]))
        end
      end
      if ok and most > SMALL and most < LARGE then
        for _, one in ipairs { { "xx", 1, 1, 1 }, { "yy", 2, 2, 1 }, { "zz", 3, 3, 1 },
                               { "yz", 2, 3, 2 }, { "xz", 1, 3, 2 }, { "xy", 1, 2, 2 } } do
          local name, a, b, times = table.unpack(one, 1, 4)
          work = work + times * e[a][b] * (start.volume * start.stress[name]
            + f.volume * f.stress[name]) / 2 / EV
        end
        pairs_, top = pairs_ + 1, top + work * (f.energy - start.energy)
        bottom = bottom + work ^ 2
      end
    end
  end
  if pairs_ == 0 or bottom == 0 then return nil end
  return { pairs = pairs_, ratio = top / bottom }
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
                                isolated = {}, duplicates = duplicates_of(frames),
                                stress = strained(frames) }, REPORT)
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
  local stress = self.stress
  lines[#lines + 1] = "  stresses: " .. (not stress and "no strained pairs to compare with energies"
    or ("in %d strained pairs energies change by %.2f of what they say%s"):format(stress.pairs,
      stress.ratio, stress.ratio < -0.5 and ": their sign is wrong, tension must be positive"
        or math.abs(stress.ratio - 1) > 0.3 and ": look at their units" or ""))
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
    .. "(collisions, with the atom), isolated (atoms without a neighbor), stress (pairs of frames "
    .. "that differ by strain alone, and ratio, the change of their energy over what their "
    .. "stresses say: 1 where sign and units are right). Printed, it shows the first of each.",
  options = inspect.OPTIONS,
  example = 'print(vt.learn.inspect "training.xyz")',
})

return inspect
