-- What treatments of a glass share; vt.protocol.kit offers it: the checks that it is one, the start
-- at room temperature, and what is measured afterwards beside a control of equal age.
--
-- Energies are means: of the potential energy at room temperature over the second half of the
-- relaxation, and of several inherent structures of the same time, each in a box free of stress. A
-- single instant scatters by as much as most treatments change.

local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"

local treatment = {}

local argument <const> = options.argument

local HOT <const> = 0.25 -- of the room temperature: a file hotter than that is not at room
local SIGMAS <const> = 5 -- of the fluctuation of temperature, in small samples
local FLOWED <const> = 1.0 -- mean squared displacement [A^2]; in a glass that vibrates 0.1 to 0.2
local AGE <const> = 0.01 -- difference of ages, of the larger one
local RESOLVED <const> = 2 -- standard errors
local MINIMUM <const> = 1e-6 -- [eV/atom], to which a minimum is found
local SAMPLES <const> = 10 -- least number of samples in each part of a measurement
local BLOCKS <const> = 15 -- means through which the line of a slow change is laid
local LEAST <const>, MOST <const> = 0.6, 1.6 -- volume, of that at the start

-- Protocols without a treatment have one temperature only.
local function room_of(p) return p.room or p.temperature end

-- Scripts hand over what they like; these check it. `...` names the fields of p that must be there.
local function check_parameters(where, p, ...)
  argument(where, "the parameters", "table", p)
  argument(where, "parameter 'room' or 'temperature'", "positive", room_of(p))
  for _, name in ipairs { ... } do
    argument(where, ("parameter '%s'"):format(name), "positive", p[name])
  end
end

local function check_object(where, kind, value)
  if not options.is(value, kind) then
    options.raise("%s: expected a %s, got %s", where, kind, numbers.show(value))
  end
end

local function is_hot(p, glass)
  local noise = SIGMAS * math.sqrt(2 / (3 * #glass))
  return glass:temperature() > room_of(p) * (1 + math.max(HOT, noise))
end

local NUMBER <const> = { x = 1, y = 2, z = 3 }

local function number_of(where, axis)
  return NUMBER[axis] or options.raise("%s: the axis must be x, y or z, not %s", where,
    numbers.show(axis))
end

---How far atoms reach along an axis of their box, and where there are none, at right angles to its
---other two edges [A].
---@param atoms vitrum.Atoms
---@param axis string "x", "y" or "z"
---@return table # height of the box; low, high: the first and the last atom; gap: the widest one
---between two atoms, at its middle; across: that between the last and the first through the face
function treatment.extent(atoms, axis)
  check_object("kit.extent", "Atoms", atoms)
  local k, box = number_of("kit.extent", axis), atoms:box()
  local height, gap, at = box[({ "a", "b", "c" })[k]][k], 0.0, 0.0
  local s = atoms:fractional():column(k):sort():totable()
  for i = 2, #s do
    if s[i] - s[i - 1] > gap then gap, at = s[i] - s[i - 1], (s[i] + s[i - 1]) / 2 end
  end
  local low, high = s[1] or 0.0, s[#s] or 0.0
  return { height = height, low = low * height, high = high * height, gap = gap * height,
           at = at * height, across = (low + 1 - high) * height }
end

-- A barostat would close a vacuum, and a stress over the whole box means nothing.
local function check_bulk(p, glass)
  local periodic, reach = glass:box().periodic, glass.potential and glass.potential.cutoff
    or math.huge
  for axis, name in ipairs { "x", "y", "z" } do
    local extent = treatment.extent(glass, name)
    local gap = math.max(extent.gap, extent.across)
    if not periodic[axis] or gap > reach then
      options.refuse("%s has free surfaces along %s%s: give the periodic glass it was cut from "
        .. "(glass.data of scripts/as-cast.lua); tests cut it open afterwards", p.glass
        or "the glass", name, periodic[axis] and (", with a gap of %.1f A"):format(gap) or "")
    end
  end
end

---Refuse what is no glass at room temperature, or has free surfaces, from check.
---@param p table with room [K]
---@param glass vitrum.Atoms?
function treatment.check_glass(p, glass)
  check_parameters("kit.check_glass", p)
  if glass ~= nil then check_object("kit.check_glass", "Atoms", glass) end
  if glass and is_hot(p, glass) then
    options.refuse("%s is at %.0f K, and a treatment starts from a glass at %g K: a melt has to be "
      .. "quenched first (scripts/quench.lua)", p.glass or "the glass", glass:temperature(),
      room_of(p))
  end
  if glass then check_bulk(p, glass) end
end

-- Mean squared displacement since `before`, without the change of the box [A^2].
local function displacement(before, after)
  local d = require("vitrum").structure.deformation(before, after).displacement
  return (d * d):sum() / #after
end

---Start a treatment: the glass gets new velocities, so that other seeds are other runs of the same
---sample, and relaxes at room temperature; it must not flow there.
---@param p table
---@param out vitrum.Run
---@param more table? options of out:md
---@return vitrum.Dynamics
---@return table # mean box [A] and volume [A^3/atom] over the second half: lx, ly, lz, volume
function treatment.start(p, out, more)
  check_parameters("kit.start", p, "relax", "sample_every")
  check_object("kit.start", "Run", out)
  local kit = require "vitrum.protocol.kit" -- which has loaded this file
  local given = { name = "start", ensemble = "npt", temperature = room_of(p), csv = false,
                  start = function()
                    return kit.read(p):thermalize{ temperature = room_of(p), seed = p.seed }
                  end }
  for key, value in pairs(options.given("kit.start", more)) do given[key] = value end
  local md = out:md(p, given)
  local s = md:run("relaxing at the start", {
    temperature = room_of(p), time = p.relax,
    every = math.min(p.sample_every, p.relax / (2 * SAMPLES)) })
  return md, out:stage("start", function()
    local moved = displacement(kit.read(p), md.atoms)
    if moved > FLOWED then
      options.refuse("%s is still liquid: in %g ps at %g K the mean squared displacement of its "
        .. "atoms is %.2g A^2, in a glass 0.1 to 0.2; quench it more slowly or to a lower "
        .. "temperature", p.glass, p.relax, room_of(p), moved)
    end
    local late = s.time:gt(s.time:max() - p.relax / 2)
    return { lx = s.lx[late]:mean(), ly = s.ly[late]:mean(), lz = s.lz[late]:mean(),
             volume = s.volume[late]:mean() / #md.atoms, displacement = moved }
  end)
end

---The function for option `sample` of md:run that ends a run whose cell collapses, or bursts.
---@param start table what kit.start gave
---@param atoms integer how many
---@param cause string "at 90 GPa and 1000 K"
---@return fun(s: table)
function treatment.watch(start, atoms, cause)
  argument("kit.watch", "the start", "table", start)
  argument("kit.watch", "its volume", "positive", start.volume)
  argument("kit.watch", "the number of atoms", "positive", atoms)
  argument("kit.watch", "the cause", "string", cause)
  return function(s)
    local share = s.volume / (atoms * start.volume)
    if share < LEAST or share > MOST then
      options.refuse("%s the cell %s: its volume is %.0f %% of that at the start; choose a smaller "
        .. "pressure or a lower temperature", cause, share < 1 and "collapses" or "bursts",
        100 * share)
    end
  end
end

---The last of the samples of a run.
---@param samples table what md:run gave
---@return table # one number under each name
function treatment.last(samples)
  local result = {}
  for name, values in pairs(argument("kit.last", "the samples", "table", samples)) do
    if options.is(values, "Array") then result[name] = values[#values] end
  end
  return result
end

-- Means over the parts of a measurement, with their standard errors.
local function means_of(parts, result)
  local statistics = require("vitrum").statistics
  for name in pairs(parts[1]) do
    local list = {}
    for k, part in ipairs(parts) do list[k] = part[name] end
    result[name] = statistics.mean(list)
    result[name .. "_error"] = #list > 1 and statistics.standard_error(list) or nil
  end
  return result
end

---Relax a dynamics at room temperature without stress for p.relax ps and measure over the second
---half of it, in p.minima parts.
---@param p table parameters of the group kit.treatment
---@param out vitrum.Run
---@param md vitrum.Dynamics
---@param name string of its runs and stages
---@param more (fun(inherent: vitrum.Atoms): table<string, number>)? measures of each inherent
---structure, which join the others
---@return table # means over the parts, each with NAME_error: energy of inherent structures
---without stress, warm (of the dynamics) [eV/atom], volume, warm_volume [A^3/atom], lx, ly, lz [A];
---time [ps]
function treatment.relaxed(p, out, md, name, more)
  check_parameters("kit.relaxed", p, "relax", "sample_every", "minima")
  check_object("kit.relaxed", "Run", out)
  check_object("kit.relaxed", "Dynamics", md)
  argument("kit.relaxed", "the name", "string", name)
  if more ~= nil then argument("kit.relaxed", "the measures", "function", more) end
  local kit = require "vitrum.protocol.kit" -- which has loaded this file
  local part, room = p.relax / (2 * p.minima), room_of(p)
  md:run(name .. ", relaxing", { temperature = room, time = p.relax / 2, pressure = 0 })
  local parts = {}
  for k = 1, p.minima do
    local s = md:run(("%s, part %d"):format(name, k), {
      temperature = room, time = part, pressure = 0,
      every = math.min(p.sample_every, part / SAMPLES) })
    parts[k] = out:stage(("%s, minimum %d"):format(name, k), function()
      local inherent, minimum = kit.inherent(md.atoms, { box = "axes", pressure = 0 })
      local n, result = #inherent, more and more(inherent) or {}
      for key, value in pairs { energy = minimum.energy / n, volume = inherent:volume() / n,
                                warm = s.potential_energy:mean() / n,
                                warm_volume = s.volume:mean() / n,
                                lx = s.lx:mean(), ly = s.ly:mean(), lz = s.lz:mean() } do
        result[key] = value
      end
      return result
    end)
  end
  local result = means_of(parts, { time = md.time, atoms = #md.atoms })
  result.energy_error = math.max(result.energy_error, MINIMUM)
  return result
end

---The change of a quantity by a treatment, beside the control: its value and standard error.
---@param treated table what kit.relaxed gave
---@param control table the same of the control, which must be as old
---@param name string of the field
---@return number
---@return number error
---@return string? note "not resolved ..." where the error is too large to tell
function treatment.change(treated, control, name)
  argument("kit.change", "the treated glass", "table", treated)
  argument("kit.change", "the control", "table", control)
  argument("kit.change", "the name", "string", name)
  for _, state in ipairs { treated, control } do
    argument("kit.change", "the time", "number", state.time)
    argument("kit.change", name, "number", state[name])
    argument("kit.change", name .. "_error", "number", state[name .. "_error"], 0)
  end
  if math.abs(treated.time - control.time) > AGE * math.max(treated.time, control.time) then
    options.refuse("the control is %.6g ps old and the treated glass %.6g ps: compare glasses of "
      .. "the same age", control.time, treated.time)
  end
  local value = treated[name] - control[name]
  local error_of = numbers.is_finite(treated[name .. "_error"] or 0 / 0)
    and math.sqrt(treated[name .. "_error"] ^ 2 + (control[name .. "_error"] or 0) ^ 2) or nil
  local note = error_of and math.abs(value) < RESOLVED * error_of
    and ("not resolved: within %d standard errors"):format(RESOLVED) or nil
  return value, error_of, note
end

---Add the change of energy to the results: at room temperature and of the inherent structures.
---@param out vitrum.Run
---@param treated table
---@param control table
---@param more table? paper and source of out:value
function treatment.add_changes(out, treated, control, more)
  check_object("kit.add_changes", "Run", out)
  for _, entry in ipairs {
    { "change of energy, mean at room temperature", "warm", "eV/atom" },
    { "change of energy of inherent structures", "energy", "eV/atom" },
    { "change of volume of inherent structures", "volume", "Å³/atom" },
  } do
    local value, deviation, note = treatment.change(treated, control, entry[2])
    local given = { error = deviation, note = note or "of one sample; scripts/rejuvenation.lua "
                    .. "compares several" }
    if entry[3] == "eV/atom" then
      for key, item in pairs(options.given("kit.add_changes", more)) do given[key] = item end
    end
    out:value(entry[1], value, entry[3], given)
  end
end

---Equivalent strain of Li et al., equation 1, of a cell that keeps its angles: e where an isochoric
---stretch along one axis is e, 2 e where it is e along two.
---@param x number|vitrum.Array strains along the axes
---@param y number|vitrum.Array
---@param z number|vitrum.Array
---@return number|vitrum.Array
function treatment.equivalent(x, y, z)
  for _, strain in ipairs { x or false, y or false, z or false } do
    if type(strain) ~= "number" and not options.is(strain, "Array") then
      options.raise("kit.equivalent: expected three strains, numbers or arrays, got %s",
        numbers.show(strain))
    end
  end
  return (2 / 9 * ((x - y) ^ 2 + (y - z) ^ 2 + (x - z) ^ 2)) ^ 0.5
end

---The slope of a slow change between two times. The line goes through means over blocks, since
---samples that follow each other are correlated and would make its error too small.
---@param time vitrum.Array
---@param values vitrum.Array
---@param from number
---@param to number
---@return table? # slope, intercept, error of the slope; nil where there are too few samples
function treatment.slope(time, values, from, to)
  for name, array in pairs { times = time, values = values } do
    if not options.is(array, "Array") then
      options.raise("kit.slope: the %s must be an array, not %s", name, numbers.show(array))
    end
  end
  argument("kit.slope", "the first time", "number", from)
  argument("kit.slope", "the last time", "number", to)
  local x, y, width = {}, {}, (to - from) / BLOCKS
  for k = 1, BLOCKS do
    local inside = time:gt(from + (k - 1) * width) * time:le(from + k * width)
    if inside:sum() > 0 then
      x[#x + 1], y[#y + 1] = time:select(inside):mean(), values:select(inside):mean()
    end
  end
  if #x < 3 then return nil end
  local line = require("vitrum").fit.line(x, y)
  return { slope = line.slope, error = line.slope_error, intercept = line.intercept }
end

---Cut a slab with two free surfaces from atoms in a periodic box: the box grows along an axis, and
---the atoms stand in its middle. It stays periodic, so that every file format keeps it.
---@param atoms vitrum.Atoms stay as they are
---@param axis string "x", "y" or "z"
---@param vacuum number [A], wide enough that the surfaces do not see each other
---@return vitrum.Atoms
function treatment.slab(atoms, axis, vacuum)
  check_object("kit.slab", "Atoms", atoms)
  local k = number_of("kit.slab", axis)
  argument("kit.slab", "the vacuum", "positive", vacuum)
  local box, name = atoms:box(), ({ "a", "b", "c" })[k]
  for other = 1, 3 do
    if other ~= k and (box[name][other] ~= 0 or box[({ "a", "b", "c" })[other]][k] ~= 0) then
      options.refuse("a slab needs a box at right angles to %s; this one is tilted", axis)
    end
  end
  local reach = atoms.potential and atoms.potential.cutoff or 0
  for what, width in pairs { slab = box[name][k], vacuum = vacuum } do
    if width < reach then
      options.refuse("the %s would be %.4g A thick along %s, less than the cutoff of the potential "
        .. "(%g A)", what, width, axis, reach)
    end
  end
  local slab, edge, shift = atoms:copy():wrap(), { 0, 0, 0 }, { 0, 0, 0 }
  edge[k], shift[k] = box[name][k] + vacuum, vacuum / 2
  local images = slab:images()
  for i = 1, #slab do images[i][k] = 0 end -- atoms no longer go through the surfaces
  return slab:set_box{ [name] = edge }:displace(table.unpack(shift))
end

for name, entry in pairs {
  slope = { "kit.slope(time, values, from, to) -> { slope, error, intercept }",
    "The slope of a slow change between two times, by a line through 15 means, and its standard "
      .. "error; nil where there are too few samples.",
    "local creep = kit.slope(s.time, s.lx, 5000, 20000)" },
  slab = { "kit.slab(atoms, axis, vacuum) -> Atoms",
    "A slab with free surfaces across an axis, in a box with vacuum [A] along it. Refuses one that "
      .. "is thinner than the cutoff of the potential.", 'local slab = kit.slab(glass, "x", 20)' },
  extent = { "kit.extent(atoms, axis) -> table",
    "How far atoms reach along x, y or z of their box, and where there are none [A]: height of "
      .. "the box; low and high, the first and the last atom; gap and at, the widest gap between "
      .. "two atoms and its middle; across, the gap through the face of the box.",
    'print(kit.extent(slab, "x").across)' },
  check_glass = { "kit.check_glass(p, glass)",
    "Refuses, from the check function of a protocol, a glass that is hotter than p.room [K] or "
      .. "has free surfaces.",
    "check = function(p, glass) kit.check_glass(p, glass) end" },
  start = { "kit.start(p, out, [options]) -> Dynamics, table",
    "Reads the glass, gives it velocities by p.seed and relaxes it for p.relax ps at p.room; "
      .. "refuses one that flows. The table has the mean box (lx, ly, lz [A]) and volume "
      .. "[A^3/atom]. Options are those of out:md.",
    "local md, start = kit.start(p, out)" },
  watch = { "kit.watch(start, atoms, cause) -> function",
    "For option sample of md:run: ends a run whose cell collapses or bursts.",
    'md:run("pressing", { time = 10, pressure = 3, sample = kit.watch(start, #md.atoms,\n'
      .. '  "at 3 GPa") })' },
  relaxed = { "kit.relaxed(p, out, md, name, [measures]) -> table",
    "Relaxes a dynamics without stress for p.relax ps at p.room and measures over the second half, "
      .. "in p.minima parts: energy and volume of inherent structures, warm and warm_volume of "
      .. "the dynamics, per atom, lx, ly, lz; each with its standard error, NAME_error; time is "
      .. "the age. A function of an inherent structure may add numbers to them.",
    'local treated = kit.relaxed(p, out, md, "treated")' },
  last = { "kit.last(samples) -> table", "The last of the samples that md:run of a protocol gives.",
    'print(kit.last(md:run("relaxing", kit.hold(300, 5))).volume)' },
  change = { "kit.change(treated, control, name) -> value, error, note",
    "Treated minus control of a quantity that kit.relaxed measured, with its standard error and a "
      .. "note where it is not resolved. Refuses a control of another age.",
    'local change, deviation = kit.change(treated, control, "energy")' },
  add_changes = { "kit.add_changes(out, treated, control, [options])",
    "Adds the changes of energy and volume to the results; options as of out:value.",
    'kit.add_changes(out, treated, control, { paper = "+0.01 eV/atom" })' },
  equivalent = { "kit.equivalent(x, y, z) -> number or array",
    "Equivalent strain of Li et al. of a cell strained along its axes: e where an isochoric "
      .. "stretch along one axis is e.", "print(kit.equivalent(0.02, -0.01, -0.01))" },
} do
  help.document("protocol.kit." .. name, { signature = entry[1], summary = entry[2],
                                           example = entry[3] })
end

return treatment
