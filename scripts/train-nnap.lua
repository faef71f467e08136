-- Train a committee of network potentials on files of frames, judge it by groups of frames, and,
-- with a pool of other frames and a potential to label them, let it choose what to learn next.

local vt = require "vitrum"
local kit = vt.protocol.kit
local system = require "vitrum.system"

local SETS <const> = { "train", "stop", "test" }
local PAPER <const> = "other data: Zhang et al., Fig. S15, Ti-Zr-Hf-Co"
local BINS <const> = 80 -- of parity plots

-- What the committee is made with.
local function made_of(p, data)
  local given = { data = data, test = p.test, species = p.species, members = p.members,
                  seed = p.seed }
  for _, name in ipairs { "layers", "activation", "n_max", "l_max", "rmax", "energy_weight",
                          "force_weight", "penalty", "folds", "block" } do
    given[name] = p[name]
  end
  return given
end

-- Sums of errors of one set or group.
local function tally() return { frames = 0, components = 0, e2 = 0, e1 = 0, f2 = 0, f1 = 0 } end

local function count(sums, energy, force)
  sums.frames = sums.frames + 1
  sums.e2, sums.e1 = sums.e2 + energy ^ 2, sums.e1 + math.abs(energy)
  sums.f2, sums.f1 = sums.f2 + (force ^ 2):sum(), sums.f1 + force:abs():sum()
  sums.components = sums.components + force.count
end

local function errors_of(name, set, sums)
  local n, c = sums.frames, math.max(sums.components, 1)
  return { name = name, set = set, frames = n, energy = 1e3 * math.sqrt(sums.e2 / n),
           energy_mae = 1e3 * sums.e1 / n, force = math.sqrt(sums.f2 / c),
           force_mae = sums.f1 / c }
end

-- How often reference (along x) and prediction (along y) fall together.
local function parity(pairs_of)
  local low, high = math.huge, -math.huge
  for _, pair in ipairs(pairs_of) do
    low, high = math.min(low, pair[1], pair[2]), math.max(high, pair[1], pair[2])
  end
  local width, rows = math.max(high - low, 1e-9) / BINS, {}
  for y = 1, BINS do
    rows[y] = {}
    for x = 1, BINS do rows[y][x] = 0 end
  end
  local function bin(value) return math.min(BINS, 1 + math.floor((value - low) / width)) end
  for _, pair in ipairs(pairs_of) do
    local row = rows[bin(pair[2])]
    row[bin(pair[1])] = row[bin(pair[1])] + 1
  end
  return { rows = rows, low = low, high = high }
end

-- Errors of the first member by set and by group within the sets, and parity of its test set. The
-- sets are those of the frames in the order of the files.
local function judged(p, data, file, sets)
  local potential, number = vt.potential.network(file), 0
  local by, order, energies, forces = {}, {}, {}, {}
  local function sums_of(group, set)
    local key = group .. "\0" .. set
    if not by[key] then
      by[key] = { group = group, set = set, sums = tally() }
      order[#order + 1] = by[key]
    end
    return by[key].sums
  end
  for _, set in ipairs(SETS) do sums_of("all", set) end
  for _, list in ipairs { data, p.test or {} } do
    for _, path in ipairs(list) do
      for atoms, info in vt.atoms.frames(path) do
        number = number + 1
        local set, reference = sets[number], atoms:stored_forces():copy()
        atoms.potential = potential
        local energy = (atoms:energy() - info.energy) / #atoms
        local own = atoms:forces()
        count(sums_of("all", set), energy, own - reference)
        count(sums_of(tostring(info.config_type or "no group"), set), energy, own - reference)
        if set == "test" then
          energies[#energies + 1] = { info.energy / #atoms, atoms:energy() / #atoms }
          local a, b = reference:reshape(reference.count), own:copy():reshape(reference.count)
          local step = math.max(1, #a // 300)
          for k = 1, #a, step do forces[#forces + 1] = { a[k], b[k] } end
        end
      end
    end
  end
  local rank = {}
  for k, set in ipairs(SETS) do rank[set] = k end
  local function group_of(one) return one.group == "all" and "" or one.group end -- first
  table.sort(order, function(x, y)
    if x.group ~= y.group then return group_of(x) < group_of(y) end
    return rank[x.set] < rank[y.set]
  end)
  local list = {}
  for k, one in ipairs(order) do list[k] = errors_of(one.group, one.set, one.sums) end
  return { list = list, energies = parity(energies), forces = parity(forces) }
end

-- ---------------------------------------------------------------- rounds ----

-- One round: learn, write the potentials, and say how good they are.
local function learned(p, out, data, round)
  return out:stage(("round %d"):format(round), function()
    local c = vt.learn.committee(made_of(p, data)):resume()
    c:train{ steps = p.steps, patience = p.patience, every = math.max(1, p.steps // 50),
             checkpoint = out:path(("round-%d.checkpoint"):format(round)) }
    local files = c:save(out.folder .. "/nnap.network", { overwrite = true })
    local curves = {}
    for k, member in ipairs(c.members) do curves[k] = member.curve end
    return { errors = c.errors, files = files, sets = c.members[1].sets, curves = curves }
  end, p.members * p.steps)
end

-- The frames of the pool that the members dispute most and that nobody has asked for, labeled by
-- the potential: a file for the next round.
local function asked(p, out, files, taken, round)
  local name = ("added-%d.xyz"):format(round)
  local r = out:stage(("asking %d"):format(round), function()
    local c = vt.learn.committee{ networks = files }
    local known, list, spread, all = {}, {}, 0, 0
    for _, frame in ipairs(taken) do known[frame] = true end
    for _, f in ipairs(c:disputed(p.pool, { count = 1e9 })) do
      spread, all = spread + f.force_error, all + 1
      if not known[f.frame] and #list < p.add then
        f.atoms.potential = kit.potential(p)
        f.atoms:velocities():fill(0)
        f.atoms:save(out:path(name), { forces = true, append = #list > 0, overwrite = #list == 0,
          info = { config_type = "disputed", group = ("pool %d"):format(f.frame) } })
        list[#list + 1] = f.frame
      end
    end
    return { frames = list, spread = spread / math.max(all, 1), pool = all }
  end)
  return r, #r.frames > 0 and out:path(name) or nil
end

local function add_values(out, rounds)
  local e = rounds[#rounds].errors
  for _, set in ipairs(SETS) do
    for _, m in ipairs { { "energy", "RMSE", 1e3, "meV/atom", 9.07 },
                         { "energy_mae", "MAE", 1e3, "meV/atom", 6.14 },
                         { "force", "RMSE", 1, "eV/A" },
                         { "force_mae", "MAE", 1, "eV/A", 0.18 } } do
      if e[set][m[1]] then
        out:value(("%s of %s, %s set"):format(m[2], m[1]:gsub("_mae", ""), set),
          m[3] * e[set][m[1]], m[4], { error = m[3] * e[set][m[1] .. "_deviation"],
            paper = set == "test" and m[5] or nil,
            source = set == "test" and m[5] and PAPER or nil })
      end
    end
  end
  for k, round in ipairs(rounds) do
    if round.spread then
      out:value(("round %d: mean spread in the pool"):format(k), round.spread, "eV/A",
        { note = ("%d frames added"):format(#round.frames) })
    end
  end
end

return vt.protocol{
  name = "train-nnap",
  summary = "Train a committee of network potentials, judge it, and let it choose what to learn.",
  terms = "NNAP; neural network potential; machine-learned potential; active learning; parity "
    .. "plot; learning curve; query by committee",
  source = "Zhang et al., supporting information for Intrinsic tensile ductility in strain "
    .. "hardening multi-principal element metallic glass: energies alone, 90 inputs, four hidden "
    .. "layers of 16; Fig. S15.",
  description = "Each member has first weights and a division of the data of its own; the scatter "
    .. "of their errors is that of a cross-validation. With pool= and potential= the frames of the "
    .. "pool that the members dispute most are labeled by the potential and added, round by round. "
    .. "nnap-1.network and so on are for vt.potential.network and vt.learn.committee.",
  times = "1,000 frames of 32 atoms: 0.5 s a step on one core for the descriptor's defaults.",
  params = {
    { "data", kind = "words", help = "files of frames with energies and forces, extended XYZ" },
    { "test", kind = "words", optional = true,
      help = "files of the test set; by default a part of the data" },
    { "species", kind = "words", repeated = false, help = "elements: Cu,Zr" },
    { "members", 4, min = 2, max = 100, help = "of the committee" },
    { "layers", "16,16,16,16", kind = "numbers", above = 0, help = "numbers in the hidden layers" },
    { "activation", "silu", choices = { "silu", "tanh" }, help = "what bends between layers" },
    { "n_max", 4, min = 0, max = 15, help = "of the descriptor" },
    { "l_max", 8, min = 0, max = 16, help = "of the descriptor" },
    { "rmax", 7, unit = "A", range = "distance", above = 0, max = 20,
      help = "cutoff of the descriptor" },
    { "energy_weight", 1, min = 0, help = "of squared errors of energies per atom (eV)" },
    { "force_weight", 0.01, min = 0, help = "of mean squared errors of forces (eV/A)" },
    { "penalty", 1e-4, min = 0, help = "of squared weights" },
    { "folds", 10, min = 3, max = 100, help = "parts of the data, stratified by formation energy" },
    { "block", 5, min = 1, max = 1000000, help = "frames of one config_type that stay in one set" },
    { "steps", 500, min = 1, max = 1000000, help = "of L-BFGS, of each member" },
    { "patience", 200, min = 1, max = 1000000,
      help = "steps without a smaller error of the stop set that end a training" },
    { "pool", file = true, optional = true, help = "frames to choose from" },
    { "potential", kind = "string", optional = true,
      help = "setfl file that labels what is chosen" },
    kit.taper,
    { "rounds", 1, min = 1, max = 1000, help = "of learning and, between them, asking" },
    { "add", 20, min = 1, max = 100000, help = "frames that a round adds" },
    { "seed", 1, min = 0, help = "of the first member" },
  },
  presets = { test = { members = 2, layers = "4,4", n_max = 1, l_max = 1, rmax = 4.5, folds = 4,
                       block = 2, steps = 10, add = 3, force_weight = 0.1 } },
  files = { { "nnap-1.network, ...", "the potentials" },
            { "added-*.xyz", "frames that were chosen, with their labels" },
            { "errors.csv", "errors of the first member by set and group, as in the report" } },
  example = "data=generate-training/training.xyz species=Cu,Zr steps=1000",

  check = function(p)
    for _, name in ipairs { "data", "test" } do
      for _, file in ipairs(p[name] or {}) do
        if system.kind(file) ~= "file" then kit.fail("%s: there is no file %s", name, file) end
      end
    end
    for _, width in ipairs(p.layers) do
      if not math.tointeger(width) then kit.fail("layers must be whole numbers, not %g", width) end
    end
    if (p.rounds > 1) ~= (p.pool ~= nil) then
      kit.fail "rounds beyond the first ask for frames of a pool: give rounds=2 or more and pool="
    end
    if p.pool and not p.potential then
      kit.fail "frames of the pool are labeled by a potential: give potential="
    end
  end,

  run = function(p, out)
    local data, rounds, taken = table.move(p.data, 1, #p.data, 1, {}), {}, {}
    out:plan(p.rounds * p.members * p.steps)
    if p.potential then out:uses(kit.potential(p)) end
    for round = 1, p.rounds do
      out:progress((round - 1) * p.members * p.steps, ("round %d"):format(round))
      local r = learned(p, out, data, round)
      rounds[round] = r
      if round < p.rounds then
        local one, file = asked(p, out, r.files, taken, round)
        r.spread, r.frames = one.spread, one.frames
        table.move(one.frames, 1, #one.frames, #taken + 1, taken)
        if not file then break end
        data[#data + 1] = file
      end
    end
    local last = rounds[#rounds]
    local judgment = out:stage("judging", function()
      return judged(p, data, last.files[1], last.sets)
    end)
    out:table("errors.csv", kit.columns(judgment.list, { "frames", "energy [meV/atom]",
      "energy_mae [meV/atom]", "force [eV/A]", "force_mae [eV/A]" }))
    add_values(out, rounds)
    return { rounds = rounds, judgment = judgment }
  end,

  report = function(page, r)
    local last = r.rounds[#r.rounds]
    page:section "Errors of the first member by group"
    kit.table(page, r.judgment.list, { { "group", "name" }, { "set", "set" },
      { "frames", "frames" }, { "energy, RMSE (meV/atom)", "energy" }, { "MAE", "energy_mae" },
      { "force, RMSE (eV/Å)", "force" }, { "MAE", "force_mae" } })
    page:section "Parity, test set"
    for _, m in ipairs { { "energies", "energy per atom (eV)" }, { "forces", "force (eV/Å)" } } do
      local one = r.judgment[m[1]]
      local matrix = vt.array(one.rows)
      local empty = matrix:lt(0.5)
      page:figure{ svg = vt.plot.svg{ heatmap = vt.array.where(empty, 0 / 0, matrix), logz = true,
        xrange = { one.low, one.high }, yrange = { one.low, one.high }, equal = true,
        xlabel = m[2] .. ", reference", ylabel = m[2] .. ", network", zlabel = "points" },
        caption = "Colors are how many points lie there." }
    end
    page:section "Learning"
    local plot = { xlabel = "step", ylabel = "RMSE of energies (meV/atom)", logy = true }
    for k, curve in ipairs(last.curves) do
      for _, set in ipairs { "train", "stop" } do
        local values = {}
        for n, value in ipairs(curve[set .. "_energy"]) do values[n] = 1e3 * value end
        plot[#plot + 1] = { x = curve.step, y = values, label = ("%s, member %d"):format(set, k),
                            dash = set == "stop" }
      end
    end
    page:figure{ plot = plot, caption = "Training and stop sets of all members." }
    if #r.rounds > 1 then
      page:section "Rounds"
      local x, y, error = {}, {}, {}
      for k, round in ipairs(r.rounds) do
        x[k], y[k] = k, 1e3 * round.errors.test.energy
        error[k] = 1e3 * round.errors.test.energy_deviation
      end
      page:figure{ plot = { x = x, y = y, error = error, style = "errorbars", xlabel = "round",
                            ylabel = "RMSE of the test sets (meV/atom)" },
                   caption = "Means over the members and their deviation." }
    end
  end,
}
