-- Frames for a network potential to learn from, with energies, forces and stresses by another
-- potential: what a glass is before, while and after it is made, and what it is not.

local vt = require "vitrum"
local kit = vt.protocol.kit

-- The mixture: how many parts of the frames each kind is. Ours; half of it is what a melt that
-- becomes a glass goes through, the rest are states that dynamics comes across seldom and must not
-- be wrong about.
local PARTS <const> = { random = 1, melt = 3, quench = 2, glass = 2, strained = 2, surface = 1,
                        vacancy = 1, crystal = 2 }
local KINDS <const> = { "random", "melt", "quench", "glass", "strained", "surface", "vacancy",
                        "crystal" }
local STRAIN <const> = 0.05 -- largest of a component
local SWELL <const> = 0.06 -- largest change of an edge of a random packing or a crystal

-- Numbers from -1 to 1 that depend on the seed alone.
local function random_of(seed)
  local list, k = (vt.array.random(512, { seed = seed }) * 2 - 1):totable(), 0
  return function()
    k = k % #list + 1
    return list[k]
  end
end

-- How many of `count` frames each of the kinds gets: the largest remainders get what is left.
local function shares(kinds, count)
  local total, given, list, rest = 0, 0, {}, {}
  for _, kind in ipairs(kinds) do total = total + PARTS[kind] end
  for k, kind in ipairs(kinds) do
    local exact = count * PARTS[kind] / total
    list[kind] = math.floor(exact)
    given = given + list[kind]
    rest[k] = { kind = kind, part = exact - list[kind] }
  end
  table.sort(rest, function(a, b)
    if a.part ~= b.part then return a.part > b.part end
    return a.kind < b.kind
  end)
  for k = 1, count - given do list[rest[k].kind] = list[rest[k].kind] + 1 end
  return list
end

-- ---------------------------------------------------------------- kinds ----

local function strained(atoms, random, most)
  local e = {}
  for _, name in ipairs { "xx", "yy", "zz", "yz", "xz", "xy" } do e[name] = most * random() end
  return atoms:strain(e)
end

local function swollen(atoms, change)
  return atoms:strain{ xx = change, yy = change, zz = change }
end

-- Each takes the task, how many frames are wanted, and what keeps one.
local make = {}

-- Packings on the way down to a minimum, from where forces are large.
function make.random(task, count, keep)
  for k = 1, count do
    local atoms = vt.atoms.random{ composition = task.composition, n = task.p.atoms,
                                   seed = task.seed + k }
    atoms.potential = task.potential
    vt.minimize(atoms, { fmax = 10 ^ (0.5 + 0.5 * task.random()), max_evaluations = 200 })
    keep(swollen(atoms, SWELL * task.random()), k)
  end
end

-- A hold or a ramp of so many frames at equal distances.
local function moved(task, run, time, count, keep)
  run.time = time
  if count == 0 then
    task.md:run(run)
    return
  end
  local step = task.md.timestep
  run.every = math.max(1, math.floor(time / count / step + 1e-6)) * step
  local n = 0
  run.sample = function(s)
    if s.time > task.from + 1e-9 and n < count then
      n = n + 1
      keep(task.md_atoms)
    end
  end
  task.from = task.md.time
  task.md:run(run)
end

function make.melt(task, count, keep)
  moved(task, { temperature = task.high }, task.p.melt_time, count, keep)
end

function make.quench(task, count, keep)
  moved(task, { temperature = { task.high, task.p.low } }, task.p.quench_time, count, keep)
end

function make.glass(task, count, keep)
  moved(task, { temperature = task.p.low }, task.p.glass_time, count, keep)
  task.minimum = task.md_atoms:copy()
  vt.minimize(task.minimum, { fmax = 0.01, pressure = 0, box = "axes" })
end

function make.strained(task, count, keep)
  for k = 1, count do
    local atoms = strained(task.minimum:copy(), task.random, STRAIN)
    keep(atoms:rattle{ amplitude = 0.06 * (1 + task.random()), seed = task.seed + k })
  end
end

function make.surface(task, count, keep)
  for k = 1, count do
    local atoms = kit.slab(task.minimum, ({ "x", "y", "z" })[k % 3 + 1], task.p.vacuum)
    vt.minimize(atoms, { fmax = 0.3 * (1.2 + task.random()) })
    keep(atoms:rattle{ amplitude = 0.05 * (1 + task.random()), seed = task.seed + k })
  end
end

function make.vacancy(task, count, keep)
  for k = 1, count do
    local atoms = task.minimum:copy()
    atoms:delete{ 1 + math.floor((1 + task.random()) / 2 * (#atoms - 1e-9)) }
    vt.minimize(atoms, { fmax = 0.1 * (1.2 + task.random()) })
    keep(atoms:rattle{ amplitude = 0.05 * (1 + task.random()), seed = task.seed + k })
  end
end

-- Solid solutions on the lattices of metals, at about the volume of the glass; B2 of two species.
function make.crystal(task, count, keep)
  local volume, n = task.minimum:volume() / #task.minimum, task.p.atoms
  local symbols = {}
  for symbol in pairs(task.minimum:composition()) do symbols[#symbols + 1] = symbol end
  table.sort(symbols)
  local function edge(per_cell) return math.max(1, math.floor((n / per_cell) ^ (1 / 3) + 0.5)) end
  local lattices = {
    { "fcc", (4 * volume) ^ (1 / 3), edge(4) }, { "bcc", (2 * volume) ^ (1 / 3), edge(2) },
    { "hcp", (math.sqrt(2) * volume) ^ (1 / 3), edge(4) },
    #symbols == 2 and { "b2", (2 * volume) ^ (1 / 3), edge(2) } or nil,
  }
  for k = 1, count do
    local name, a, cells = table.unpack(lattices[k % #lattices + 1], 1, 3)
    local given = { a = a, cells = cells }
    if name == "b2" then
      given.species = symbols
    else
      given.composition, given.seed = task.composition, task.seed + k
    end
    local atoms = vt.atoms[name](given)
    atoms.potential = task.potential
    strained(swollen(atoms, SWELL * task.random()), task.random, STRAIN / 2)
    keep(atoms:rattle{ amplitude = 0.08 * (1 + task.random()), seed = task.seed + k }, k)
  end
end

-- ---------------------------------------------------------------- one trajectory ----

local COLUMNS <const> = { "trajectory", "kind", "atoms", "energy [eV/atom]", "volume [A^3/atom]",
  "force [eV/A]", "pressure [GPa]" }

-- All kinds of frames around one melt that becomes a glass, in a file of their own.
local function trajectory(p, path, composition, number, wanted)
  local seed = p.seed * 1000003 + number * 1009
  local random = random_of(seed)
  local own = setmetatable({ composition = composition, seed = seed }, { __index = p })
  local high = p.high * (1 + 0.25 * random())
  local task = { p = p, composition = composition, seed = seed, random = random, high = high,
                 potential = kit.potential(p), md_atoms = kit.packing(own, high), from = 0 }
  task.md = vt.md(task.md_atoms, { ensemble = "npt", temperature = high, pressure = 0,
                                   timestep = p.timestep, seed = seed, precision = p.precision })
  task.md:run{ time = p.melt_time / 4 }
  local rows, left_out, started = {}, 0, false
  for which, kind in ipairs(KINDS) do
    make[kind](task, wanted[kind] or 0, function(moving, part)
      local atoms = moving:copy()
      atoms:velocities():fill(0) -- their part of the stress is not the potential's
      local force = (atoms:forces() ^ 2):sum(2):sqrt():max()
      if force > p.force_max then
        left_out = left_out + 1
        return
      end
      -- What comes from one melt stays together; packings and crystals are their own.
      local group = ("%s %d"):format(composition, number)
      if part then group = ("%s %s %d"):format(kind, group, part) end
      atoms:save(path, { forces = true, append = started, overwrite = not started,
                         info = { config_type = kind, group = group } })
      started = true
      rows[#rows + 1] = { trajectory = number, kind = which, atoms = #atoms, force = force,
                          energy = atoms:energy() / #atoms, volume = atoms:volume() / #atoms,
                          pressure = atoms:pressure() }
    end)
  end
  return { rows = rows, left_out = left_out }
end

-- ---------------------------------------------------------------- results ----

local function of_kind(rows, which)
  local list = {}
  for _, row in ipairs(rows) do
    if row.kind == which then list[#list + 1] = row end
  end
  return list
end

local function add_values(out, all)
  for which, kind in ipairs(KINDS) do
    out:value("frames, " .. kind, #of_kind(all.rows, which))
  end
  out:value("frames in all", #all.rows)
  out:value("frames left out", all.left_out, nil,
    { note = all.left_out > 0 and "with a force above force_max" or nil })
end

return vt.protocol{
  name = "generate-training",
  summary = "Make frames with energies, forces and stresses by a potential, to train a network.",
  terms = "training data; data set; reference calculations; teacher potential; machine learning",
  description = "From each of several melts that become glasses come frames of eight kinds: random "
    .. "packings on their way to a minimum, melt, quench and glass, minima under random strain, "
    .. "with surfaces, with a vacancy, and crystals (fcc, bcc, hcp solid solutions, B2). "
    .. "training.xyz is for vt.learn.network; config_type is the kind, and group the melt that "
    .. "a frame comes from, so that all of these stay in one set.",
  times = "1,000 frames of 48 atoms with an EAM potential: a minute.",
  params = {
    { "compositions", "Cu30Zr70,Cu40Zr60,Cu50Zr50,Cu60Zr40,Cu70Zr30", kind = "words",
      help = "of the glasses" },
    kit.cases("kinds", KINDS, "of frames"),
    kit.melt{ composition = false, atoms = { 48, max = 2000 } }, kit.taper,
    { "frames", 1000, min = 1, max = 1000000, help = "in all, divided among the compositions" },
    { "trajectories", 4, min = 1, max = 10000, help = "melts of each composition" },
    kit.temperature("high", 1800, "of the melts, each within a quarter of it"),
    kit.temperature("low", 300, "of the glasses"),
    kit.time("melt_time", 4, "of a melt, after a quarter of that without frames"),
    kit.time("quench_time", 10, "from high to low"), kit.time("glass_time", 4, "of a glass"),
    { "vacuum", 9, unit = "A", range = "distance", above = 0, help = "beside surfaces" },
    { "force_max", 30, unit = "eV/A", range = "force", above = 0,
      help = "frames with a larger force are left out" },
    kit.dynamics{ temperature = false, pressure = false, sample_every = false },
  },
  presets = { test = { compositions = "Cu40Zr60,Cu60Zr40", frames = 60, trajectories = 1,
                       atoms = 32, melt_time = 0.4, quench_time = 0.6, glass_time = 0.4 } },
  files = { { "training.xyz", "the frames" },
            { "frames.csv", "kind, energy, volume, largest force, pressure of each" } },
  example = "potential=ZrCuAl2011.eam.alloy taper=0.3 frames=3000 trajectories=12",

  check = function(p)
    if p.low >= p.high then kit.fail("low (%g K) must be below high (%g K)", p.low, p.high) end
    local least = #p.compositions * p.trajectories
    if p.frames < least then
      kit.fail("%d frames are fewer than the %d trajectories (compositions times trajectories)",
               p.frames, least)
    end
    for _, kind in ipairs(p.kinds) do
      if PARTS[kind] == nil then kit.fail("kinds: there is no kind %s", kind) end
    end
    if p.vacuum < kit.potential(p).cutoff then
      kit.fail("vacuum (%g A) must be at least the cutoff of the potential (%g A), or the surfaces "
        .. "feel each other", p.vacuum, kit.potential(p).cutoff)
    end
    for _, composition in ipairs(p.compositions) do -- before any work
      local atoms = vt.atoms.random{ composition = composition, n = p.atoms }
      atoms.potential = kit.potential(p) -- an element that it does not know is refused
    end
  end,

  run = function(p, out)
    out:uses(kit.potential(p))
    local all = { rows = {}, left_out = 0 }
    local tasks = #p.compositions * p.trajectories
    out:plan(tasks)
    local files = {}
    for number = 1, tasks do
      local composition = p.compositions[(number - 1) % #p.compositions + 1]
      local count = p.frames // tasks + (number <= p.frames % tasks and 1 or 0)
      files[number] = ("%s/part-%d.xyz"):format(out.folder, number)
      out:progress(number - 1, composition)
      local part = out:stage(("trajectory %d of %s"):format(number, composition), function()
        return trajectory(p, files[number], composition, number, shares(p.kinds, count))
      end, 1)
      all.left_out = all.left_out + part.left_out
      table.move(part.rows, 1, #part.rows, #all.rows + 1, all.rows)
    end
    out:stage("joining", function()
      local to <close> = assert(io.open(out:path "training.xyz", "wb"))
      for _, path in ipairs(files) do
        local part <close> = io.open(path, "rb")
        if part then assert(to:write(part:read "a")) end
      end
      assert(to:flush())
      for _, path in ipairs(files) do os.remove(path) end
    end)
    if #all.rows == 0 then
      kit.fail("every frame has a force above force_max (%g eV/A)", p.force_max)
    end
    out:table("frames.csv", kit.columns(all.rows, COLUMNS))
    add_values(out, all)
    return all
  end,

  report = function(page, r)
    page:section "Frames"
    for _, y in ipairs { { "energy", "energy (eV/atom)" }, { "force", "largest force (eV/Å)" } } do
      local plot = { xlabel = "volume (Å³/atom)", ylabel = y[2] }
      for which, kind in ipairs(KINDS) do
        local list = of_kind(r.rows, which)
        if #list > 0 then
          local own = {}
          for k, row in ipairs(list) do own[k] = { row.volume, row[y[1]] } end
          local points = vt.array(own)
          plot[#plot + 1] = { x = points:slice(nil, 1), y = points:slice(nil, 2), style = "points",
                              label = kind }
        end
      end
      page:figure{ plot = plot, caption = "All frames, by kind." }
    end
  end,
}
