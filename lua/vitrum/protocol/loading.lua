-- Mechanical tests inside protocols: one function that pulls, presses or shears a sample and
-- measures it on the way, so that every sample of every protocol is measured alike. kit offers it.

local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local thresholds = require("vitrum.structure.packing").THRESHOLDS
local treatment = require "vitrum.protocol.treatment"

local argument <const>, fail <const> = options.argument, options.refuse

local loading = {}

local AXES <const> = { "x", "y", "z" }
local NUMBER <const> = { x = 1, y = 2, z = 3 }

loading.GROUP = {
  { "mode", "tension", choices = { "tension", "compression", "shear" }, help = "of loading" },
  { "axis", "y", choices = AXES, help = "of tension and compression" },
  { "plane", "yz", choices = { "yz", "xz", "xy" },
    help = "of shear: yz is du_y/dz; where all axes are periodic the shear modulus is that of all "
      .. "three planes" },
  { "free", kind = "words", choices = AXES, repeated = false, optional = true,
    help = "axes across which the sample has free surfaces, x or x,z; the others are periodic" },
  { "strain_rate", 1e9, unit = "1/s", range = "strain rate", above = 0,
    help = "constant; of the length at the start" },
  { "strain", 0.2, range = "strain", above = 0, max = 1, help = "at the end" },
  { "pressure_damping", unit = "ps", range = "time", above = 0, optional = true,
    help = "of the barostat; by default a twentieth of the time of the elastic part, 0.2 to 2 ps, "
      .. "so that the sides can follow" },
  { "settle", 10, unit = "ps", range = "time", above = 0,
    help = "at the temperature, free of stress, before the test" },
  { "shear_strain", 0.01, range = "strain", min = 0, max = 0.1,
    help = "of small tests in shear, at the same rate, for the shear modulus; 0: none" },
  { "look_every", 0.01, range = "strain", above = 0, max = 0.5,
    help = "strain between two looks at the structure" },
  { "maps", "0.02,0.1,0.2", kind = "numbers", above = 0, max = 1, rising = true,
    help = "strains at which local strain and D2min are mapped, beyond `strain` none" },
  { "elastic", 0.01, range = "strain", above = 0, max = 0.1,
    help = "end of the fit of the modulus" },
  { "offset", 0.002, range = "strain", above = 0, max = 0.05, help = "of the offset yield" },
  { "smooth", 0.004, range = "strain", min = 0, max = 0.05,
    help = "yield is sought in means over so much strain" },
  { "cutoff", 3.8, unit = "A", range = "distance", above = 0,
    help = "of neighbors in local strain and D2min" },
  { "band_limit", 2, min = 1,
    help = "contrast of local strain beyond which a shear band is said to be one" },
}

-- Strains at which the structure is looked at: those of the maps and the end, and between them some
-- in the elastic part, then evenly, unless only a few steps from others.
local ELASTIC_LOOKS <const> = 5
local LEAST_STEPS <const> = 5

local function looks_of(p)
  local result, least = { p.strain }, LEAST_STEPS * p.timestep * p.strain_rate * 1e-12
  local function add(strain, distance)
    if strain > p.strain then return end
    for _, other in ipairs(result) do
      if math.abs(strain - other) < distance then return end
    end
    result[#result + 1] = strain
  end
  for _, strain in ipairs(p.maps) do add(strain, 1e-9) end
  for k = 1, ELASTIC_LOOKS do add(k * p.elastic / ELASTIC_LOOKS, least) end
  for k = 1, math.floor(p.strain / p.look_every) do add(k * p.look_every, least) end
  table.sort(result)
  return result
end

local function is_map(p, strain)
  for _, wanted in ipairs(p.maps) do
    if math.abs(wanted - strain) < 1e-9 then return true end
  end
  return false
end

local function is_free(p, axis)
  for _, name in ipairs(p.free or {}) do
    if name == axis then return true end
  end
  return false
end

-- Whoever calls these functions hands over what a script has; fields that are missing are named.
local function check_parameters(where, p)
  argument(where, "the parameters", "table", p)
  for _, entry in ipairs(loading.GROUP) do
    local kind = entry.kind and "table" or type(entry[2])
    if not entry.optional or p[entry[1]] ~= nil then
      argument(where, "parameter '" .. entry[1] .. "'", entry.optional and (entry.kind and "table"
        or "number") or kind, p[entry[1]])
    end
  end
  for _, name in ipairs{ "temperature", "timestep", "sample_every" } do
    argument(where, "parameter '" .. name .. "'", "positive", p[name])
  end
end

local function check_measures(where, r)
  argument(where, "the measures", "table", r)
  for _, name in ipairs{ "modulus", "residual", "yield_stress", "yield_strain" } do
    argument(where, "the measures: " .. name, "number", r[name])
  end
  for _, name in ipairs{ "curve", "looks", "maps" } do
    argument(where, "the measures: " .. name, "table", r[name])
  end
end

-- The component of strain that is imposed.
local function component_of(p)
  return p.mode == "shear" and p.plane or p.axis .. p.axis
end

-- Planes in which a small shear says something.
local function planes_of(p)
  local list = {}
  for _, plane in ipairs{ "yz", "xz", "xy" } do
    if not is_free(p, plane:sub(1, 1)) and not is_free(p, plane:sub(2, 2)) then
      list[#list + 1] = plane
    end
  end
  return list
end

-- A barostat that takes longer than the strain leaves stress at the sides, and Young's modulus
-- comes out as that of a sample that cannot contract.
local FOLLOWS <const>, QUICKEST <const>, SLOWEST <const> = 0.05, 0.2, 2

local function damping_of(p)
  local elastic = p.elastic / (p.strain_rate * 1e-12)
  return p.pressure_damping or math.max(QUICKEST, math.min(SLOWEST, FOLLOWS * elastic))
end

-- ---------------------------------------------------------------- the sample ----

-- The sample with its free surfaces: cut open where it is periodic, as it stands where it has a
-- vacuum already.
local function specimen(p, atoms)
  atoms = atoms:copy()
  atoms:wrap()
  local periodic, cutoff = {}, atoms.potential.cutoff
  for axis, name in ipairs(AXES) do periodic[axis] = not is_free(p, name) end
  for axis, name in ipairs(AXES) do
    if not atoms:box().periodic[axis] and periodic[axis] then
      fail("the box of the glass is free along %s; give free=%s, or a glass that is periodic there",
        name, name)
    end
    local e = treatment.extent(atoms, name)
    local widest, thickness = math.max(e.gap, e.across), e.high - e.low
    if periodic[axis] and widest > cutoff then
      fail("the glass has free surfaces along %s, with a gap of %.1f A: a barostat would close it, "
        .. "and the stress would be that of material and vacuum together; give free=%s", name,
        widest, name)
    elseif not periodic[axis] then
      if e.gap > cutoff and e.across > cutoff then
        fail("these are several slabs along %s, with a gap of %.1f A between them and one of %.1f "
          .. "A through the face of the box: take one of them. To make it larger, replicate the "
          .. "glass first and then cut it open (scripts/as-cast.lua)", name, e.gap, e.across)
      elseif e.gap > cutoff then
        fail("the slab is in two parts along %s: between its atoms is a gap of %.1f A at %.1f A, "
          .. "since it winds through the face of the box. Shift it by %.1f A along %s and wrap it "
          .. "(glass:displace, glass:wrap) so that the vacuum is at the faces", name, e.gap, e.at,
          e.height - e.at, name)
      elseif thickness < 2 * cutoff then
        fail("the slab is %.1f A thick along %s, less than two cutoffs of the potential (%.3g A): "
          .. "none of it would be as inside a glass; take a thicker one", thickness, name, cutoff)
      end
    end
  end
  atoms:set_box{ periodic = periodic }
  return atoms
end

local SIDEWAYS <const> = 0.5 -- of the strain, by which a sample gets thinner at most

local function check_cell(p, atoms)
  local cutoff, axis_of_load = atoms.potential.cutoff, p.mode ~= "shear" and NUMBER[p.axis]
  for axis, name in ipairs(AXES) do
    local factor = 1.0
    if p.mode == "compression" and axis == axis_of_load then
      factor = 1 - p.strain
    elseif p.mode == "tension" and axis ~= axis_of_load then
      factor = 1 - SIDEWAYS * p.strain
    end
    local width = treatment.extent(atoms, name).height * factor
    if not is_free(p, name) and width < 2 * cutoff then
      fail("%s, the box would be %.1f A wide along %s, less than two cutoffs of the "
        .. "potential (%.3g A): atoms would feel images of each other; take a larger glass",
        factor == 1 and "even without strain" or ("at %s of %g"):format(p.mode, p.strain), width,
        name, cutoff)
    end
  end
end

local HOT <const>, WARM <const> = 1.5, 50 -- times the temperature, and [K]

---Check parameters of the group kit.loading, and the glass where there is one.
---@param p table
---@param glass vitrum.Atoms?
function loading.check_loading(p, glass)
  check_parameters("kit.check_loading", p)
  if glass ~= nil and not options.is(glass, "Atoms") then
    options.raise("kit.check_loading: expected atoms, got %s", numbers.show(glass))
  end
  local letters = p.mode == "shear" and p.plane or p.axis
  for letter in letters:gmatch "." do
    if is_free(p, letter) then
      fail("%s cannot be in `free`: %s %s needs a sample that is periodic along %s, since a free "
        .. "surface has nothing to be held by", letter, p.mode,
        p.mode == "shear" and "in " .. p.plane or "along " .. p.axis, letter)
    end
  end
  if p.elastic > p.strain then
    fail("elastic (%g) is beyond the end of the test, strain = %g", p.elastic, p.strain)
  end
  local samples = p.elastic / (p.strain_rate * 1e-12 * p.sample_every)
  if samples < 3 then
    fail("at %g/s there are %.2g samples, one each %g ps, up to strain %g, where the modulus is "
      .. "fitted; make sample_every smaller", p.strain_rate, samples, p.sample_every, p.elastic)
  end
  if not glass then return end
  local hot = glass:temperature()
  if hot > HOT * p.temperature + WARM then
    fail("the atoms of the glass move as at %.0f K, and the test is at %g K: a melt would be "
      .. "frozen in a picosecond. Quench it first (vitrum quench), or give its temperature", hot,
      p.temperature)
  end
  check_cell(p, specimen(p, glass))
end

---Simulated times of a test, for the plan of a protocol.
---@param p table
---@param prefix string? in front of their names
---@return table[]
function loading.loading_plan(p, prefix)
  check_parameters("kit.loading_plan", p)
  prefix = argument("kit.loading_plan", "the prefix", "string", prefix, "")
  local rate = p.strain_rate * 1e-12
  return { { prefix .. "settling", p.settle }, { prefix .. p.mode, p.strain / rate },
           { prefix .. "small shears", p.mode ~= "shear" and #planes_of(p) * p.shear_strain / rate
             or 0 } }
end

-- ---------------------------------------------------------------- looks ----

-- Von Mises strain and D2min in columns through the sample, few and short enough to be kept.
local MAP_CELL <const> = 4 -- [A]

local function map_of(atoms, values, plane)
  local bins = {}
  for k = 1, 2 do
    local height = treatment.extent(atoms, plane:sub(k, k)).height
    bins[k] = math.max(4, math.floor(height / MAP_CELL + 0.5))
  end
  local map = require("vitrum").structure.map(atoms, values, { plane = plane, bins = bins,
                                                              smooth = MAP_CELL / 2 })
  return { value = ((map.value * 1e4):round() / 1e4):reshape(bins[1] * bins[2]), columns = bins[1],
           x = map.xrange, y = map.yrange }
end

-- The plane of the maps: the axis of loading upwards, a free surface at the sides.
local function map_plane(p)
  if p.mode == "shear" then return p.plane end
  for _, name in ipairs(AXES) do
    if is_free(p, name) then return name .. p.axis end
  end
  return (p.axis == "x" and "y" or "x") .. p.axis
end

local function file_of(name, strain)
  return ("%s-%g.dump"):format(name:gsub("[^%w_.-]+", "-"), strain)
end

-- At 300 K atoms are off their places by as much as some strain does: maps are of the minima.
local MAP_FMAX <const> = 0.01 -- [eV/A]

local function minimum(atoms)
  local kit = require "vitrum.protocol.kit" -- which has loaded this file
  return (kit.inherent(atoms, { fmax = MAP_FMAX }))
end

local function strained_map(p, out, name, strain, atoms)
  local vt, now = require "vitrum", minimum(atoms)
  local d = vt.structure.deformation(out:path(file_of(name, 0)), now, { cutoff = p.cutoff })
  out:save(now, file_of(name, strain), { columns = d:columns() })
  local known = d.von_mises:isfinite()
  local von_mises, d2min = vt.array.where(known, d.von_mises, numbers.NAN),
    vt.array.where(known, d.d2min, numbers.NAN)
  local band = vt.mechanics.shear_band(now, von_mises, { load = component_of(p) })
  local plane = map_plane(p)
  return { strain = strain, file = file_of(name, strain), plane = plane,
           s_atoms = d:fraction(), mean = numbers.finite_mean(d.von_mises),
           d2min = numbers.finite_mean(d.d2min), contrast = band.contrast, angle = band.angle,
           width = band.width, center = band.center, axis = band.axis, other = band.other,
           maps = { von_mises = map_of(now, von_mises, plane),
                    d2min = map_of(now, d2min, plane) } }
end

-- Structure and cross section at an instant.
local function look(strain, atoms)
  local vt = require "vitrum"
  local cells = vt.structure.voronoi(atoms, thresholds)
  local material = vt.mechanics.material(atoms, { cells = cells })
  return { strain = strain, W = cells.W, fraction = material.fraction,
           volume = material.volume / #atoms, thickness = material.thickness or 0.0 }
end

-- ---------------------------------------------------------------- runs ----

-- In a picosecond an atom of a glass moves by some tenths of an angstrom about its place, in a melt
-- it leaves it.
local MOVES <const> = 0.8 -- [A]

-- Settle, and see whether the atoms stay where they are.
local function settle(p, out, name, md)
  local half, before = name .. ", settling", file_of(name .. "-settling", 0)
  md:run(half, { time = p.settle / 2, csv = false, label = half })
  out:stage(name .. ", first half", function()
    out:save(md.atoms, before)
  end)
  md:run(half .. " on", { time = p.settle / 2, csv = false, label = half })
  return out:stage(name .. ", start", function()
    local moved = require("vitrum").structure.deformation(out:path(before), md.atoms,
      { cutoff = p.cutoff }).displacement
    local rms = moved:norm() / math.sqrt(#md.atoms)
    if rms > MOVES then
      fail("%s is liquid: within %g ps at %g K its atoms moved by %.2g A; a glass moves by less "
        .. "than %g. Quench it (vitrum quench), or make the temperature lower", name, p.settle / 2,
        p.temperature, rms, MOVES)
    end
    out:save(minimum(md.atoms), file_of(name, 0))
    local start = look(0.0, md.atoms)
    start.moved = rms
    return start
  end)
end

-- Shear moduli from small tests on branches, [GPa].
local function small_shears(p, out, name, md, start)
  local list, sum, square = {}, 0.0, 0.0
  if p.mode == "shear" or p.shear_strain == 0 then return {} end
  for k, plane in ipairs(planes_of(p)) do
    local title = ("%s, shear %s"):format(name, plane)
    local branch = md:branch(name .. "-shear", { key = k, csv = false })
    list[k] = out:stage(title .. " modulus", function()
      local s = branch:run(title, { strain_rate = { [plane] = p.strain_rate },
                                    strain = p.shear_strain, csv = false, label = title })
      local stress = s.stress[plane] / start.fraction
      local r = require("vitrum").mechanics.stress_strain(s.strain, stress,
        { elastic = p.shear_strain })
      return { plane = plane, shear = r.modulus, error = r.modulus_error }
    end)
    sum, square = sum + list[k].shear, square + list[k].error ^ 2
  end
  if #list == 0 then return {} end
  return { shear = sum / #list, shear_error = math.sqrt(square) / #list, planes = list }
end

-- All samples of the test as arrays, strains and stresses positive in its direction.
local function join(p, pieces, looks)
  local vt, component = require "vitrum", component_of(p)
  local sign = p.mode == "compression" and -1 or 1
  local joined = { strain = {}, stress = {}, lx = {}, ly = {}, lz = {}, xx = {}, yy = {}, zz = {} }
  local last = -1
  for _, s in ipairs(pieces) do
    local first = s.step[1] > last and 1 or 2 -- it may be the last of the piece before
    last = s.step[#s.step]
    for key, list in pairs(joined) do
      local values = (key == "stress" and s.stress[component] or s[key] or s.stress[key]):totable()
      table.move(values, first, #values, #list + 1, list)
    end
  end
  for key, list in pairs(joined) do joined[key] = vt.array(list) end
  joined.strain = joined.strain * sign
  -- Between looks the share of the material in the box changes in proportion.
  local fraction, at = {}, 1
  for k, strain in ipairs(joined.strain:totable()) do
    while at < #looks - 1 and strain > looks[at + 1].strain do at = at + 1 end
    local a, b = looks[at], looks[at + 1]
    local share = math.max(0, math.min(1, (strain - a.strain) / (b.strain - a.strain)))
    fraction[k] = a.fraction + share * (b.fraction - a.fraction)
  end
  joined.fraction = vt.array(fraction)
  joined.stress = joined.stress * sign / joined.fraction
  return joined
end

-- The mean stress along the sides in the elastic part, which should be none [GPa].
local function sideways(p, joined)
  local sum, count = 0.0, 0
  local elastic = joined.strain:le(p.elastic)
  for _, name in ipairs(AXES) do
    if not is_free(p, name) and (p.mode == "shear" or name ~= p.axis) then
      sum = sum + (joined[name .. name] / joined.fraction):select(elastic):mean()
      count = count + 1
    end
  end
  return count > 0 and sum / count or nil
end

-- Poisson's ratio along each axis beside that of loading, where the axis can follow.
local function poisson(p, joined, looks)
  local vt, list = require "vitrum", {}
  local sign = p.mode == "compression" and -1 or 1
  if p.mode == "shear" then return {} end
  local function add(name, strain, length)
    local x, y = {}, {}
    for k = 1, #strain do x[k], y[k] = strain[k], 1 - length[k] / length[1] end
    local line = vt.mechanics.stress_strain(x, y, { elastic = p.elastic }) -- its error, too
    list[#list + 1] = { axis = name, poisson = sign * line.modulus, error = line.modulus_error }
  end
  local strains, thickness, elastic = {}, {}, 0
  for k, l in ipairs(looks) do
    strains[k], thickness[k] = l.strain, l.thickness
    if l.strain <= p.elastic then elastic = elastic + 1 end
  end
  for _, name in ipairs(AXES) do
    if name ~= p.axis and not is_free(p, name) then
      add(name, joined.strain, joined["l" .. name])
    elseif name ~= p.axis and thickness[1] > 0 and elastic >= 3 then
      add(name, strains, thickness)
    end
  end
  local sum, square = 0.0, 0.0
  for _, one in ipairs(list) do sum, square = sum + one.poisson, square + one.error ^ 2 end
  if #list == 0 then return {} end
  return { poisson = sum / #list, poisson_error = math.sqrt(square) / #list, along = list }
end

local LOAD <const> = {
  { name = "name", kind = "string",
    help = "of the sample: stages, files and the dynamics have it; by default the mode" },
  { name = "start", kind = "function",
    help = "function() -> atoms with potential and velocities; by default those of p.glass" },
}

local function begin(p, out, name, start)
  local stress = {}
  for _, axis in ipairs(AXES) do
    if not is_free(p, axis) then stress[axis .. axis] = 0 end
  end
  return out:md(p, { name = name, ensemble = "npt", stress = stress,
                     pressure_damping = damping_of(p),
                     csv = name:gsub("[^%w_.-]+", "-") .. ".csv",
                     start = function() return specimen(p, start()) end })
end

---Settle a sample, pull, press or shear it, and measure it on the way.
---@param p table parameters of the groups kit.loading and kit.dynamics, potential
---@param out vitrum.Run
---@param given { name: string?, start: function? }?
---@return table
function loading.load(p, out, given)
  check_parameters("kit.load", p)
  if not options.is(out, "Run") then
    options.raise("kit.load: the second argument must be the run, got %s", numbers.show(out))
  end
  local o = options.check("kit.load", LOAD, given)
  local name = o.name or p.mode
  local md = begin(p, out, name, o.start or function()
    return require("vitrum.protocol.kit").moving(p)
  end)
  local start = settle(p, out, name, md)
  local shears = small_shears(p, out, name, md, start)
  local sign = p.mode == "compression" and -1 or 1
  local looks, maps, pieces, done = { start }, {}, {}, 0
  for k, strain in ipairs(looks_of(p)) do
    local title = ("%s to %g"):format(name, strain)
    -- Counted from the start, since a part of the strain is no whole number of steps.
    local steps = math.floor(strain / (p.strain_rate * 1e-12 * p.timestep) + 0.5)
    pieces[k] = md:run(title, { strain_rate = { [component_of(p)] = sign * p.strain_rate },
                                steps = steps - done, label = name })
    local seen = out:stage("look at " .. title, function()
      local l = look(strain, md.atoms)
      l.map = is_map(p, strain) and strained_map(p, out, name, strain, md.atoms) or nil
      return l
    end)
    looks[k + 1], done = seen, steps
    maps[#maps + 1] = seen.map
  end
  local kit = require "vitrum.protocol.kit"
  local joined = join(p, pieces, looks)
  local r = require("vitrum").mechanics.stress_strain(joined.strain, joined.stress,
    { elastic = p.elastic, offset = p.offset, smooth = p.smooth })
  r.name, r.mode, r.maps, r.sideways = name, p.mode, maps, sideways(p, joined)
  r.curve = { strain = joined.strain, stress = joined.stress }
  out:table((name:gsub("[^%w_.-]+", "-")) .. "-curve.csv", {
    { "strain [-]", joined.strain }, { "stress [GPa]", joined.stress },
    { "material [-]", joined.fraction } })
  local columns = kit.columns(looks, { "strain", "W", "volume [A^3/atom]", "thickness [A]",
                                       "fraction" })
  out:table((name:gsub("[^%w_.-]+", "-")) .. "-looks.csv", columns)
  r.looks = { strain = columns.strain, W = columns.W, volume = columns.volume }
  for _, more in ipairs{ shears, poisson(p, joined, looks) } do
    for key, value in pairs(more) do r[key] = value end
  end
  if p.mode == "shear" then
    r.shear, r.shear_error = r.modulus, r.modulus_error
  else
    r.young, r.young_error = r.modulus, r.modulus_error
  end
  return r
end

-- ---------------------------------------------------------------- results ----

local SOURCE <const> = "Li et al., as cast, 1e8/s"

-- Whether there is a band in a map, and how it compares with the null.
local function band_text(p, r, map)
  local null = r.maps[1]
  local limit = p.band_limit
  local found = map.contrast > limit and "a shear band" or "none"
  local beside = null ~= map and (", at strain %g %.2f"):format(null.strain, null.contrast) or ""
  return ("%s (contrast %.2f, limit %g%s)"):format(found, map.contrast, limit, beside)
end

---Add what kit.load measured to the results of a run.
---@param out vitrum.Run
---@param p table
---@param r table what kit.load gave
---@param prefix string? in front of the names
function loading.loading_values(out, p, r, prefix)
  if not options.is(out, "Run") then
    options.raise("kit.loading_values: the first argument must be the run, got %s",
      numbers.show(out))
  end
  check_parameters("kit.loading_values", p)
  check_measures("kit.loading_values", r)
  prefix = argument("kit.loading_values", "the prefix", "string", prefix, "")
  local cast = p.mode == "tension"
  local function value(name, number, unit, more)
    if number == nil then return end
    if more and more.paper then
      more.source = SOURCE
      if not cast then more.paper, more.source = nil, nil end
    end
    out:value(prefix .. name, number, unit, more)
  end
  value("Young's modulus", r.young, "GPa", { error = r.young_error, paper = "82 to 84" })
  value("Poisson's ratio", r.poisson, nil, { error = r.poisson_error, paper = "0.39 to 0.42" })
  value("shear modulus", r.shear, "GPa", { error = r.shear_error, paper = "29.6 to 30.3" })
  value("stress at the start, by the fit", r.residual, "GPa")
  value("mean stress along the sides, elastic part", r.sideways, "GPa")
  value("yield stress, largest before strain 0.1", r.yield_stress, "GPa", {
    error = r.yield_error, paper = "2.90",
    note = not r.yielded and "the stress still rises there" or nil })
  value("strain there", r.yield_strain)
  value(("yield stress, %g %% offset"):format(100 * p.offset), r.offset_stress, "GPa")
  value("flow stress, strain 0.15 to 0.2", r.flow_stress, "GPa", { error = r.flow_error,
                                                                  paper = "1.62" })
  value("softening", r.softening, "GPa", { error = r.softening_error, paper = "1.28" })
  for _, map in ipairs(r.maps) do
    value(("shear band at strain %g"):format(map.strain), band_text(p, r, map))
  end
end

-- Means over parts of a curve, for a line that the eye can follow.
local function running(x, y, width)
  local strain, stress = {}, {}
  local xs, ys, k = x:totable(), y:totable(), 1
  while k <= #xs do
    local first, sum_x, sum_y = k, 0.0, 0.0
    while k <= #xs and xs[k] < xs[first] + width do
      sum_x, sum_y, k = sum_x + xs[k], sum_y + ys[k], k + 1
    end
    strain[#strain + 1], stress[#stress + 1] = sum_x / (k - first), sum_y / (k - first)
  end
  return strain, stress
end

local AXIS_OF <const> = { tension = "strain", compression = "strain, compressive",
                          shear = "shear strain" }

local function curve_figure(page, r, p)
  local curve, array = r.curve, require("vitrum").array
  local x, y = running(curve.strain, curve.stress, math.max(p.smooth, p.strain / 400))
  local ends = array{ 0, math.min(p.strain, (1.1 * r.yield_stress - r.residual) / r.modulus) }
  local plot = { { x = curve.strain, y = curve.stress, style = "points", label = "samples" },
    { x = x, y = y, label = "mean" },
    { x = ends, y = ends * r.modulus + r.residual, dash = true, label = "modulus" },
    xlabel = AXIS_OF[p.mode], ylabel = "stress (GPa)" }
  page:figure{ plot = plot, data = (r.name:gsub("[^%w_.-]+", "-")) .. "-curve.csv", caption =
    ("Stress (true, over the volume of the material) at %g/s and %g K. Modulus fitted up to "
      .. "strain %g; yield sought in means over %g."):format(p.strain_rate, p.temperature,
      p.elastic, p.smooth) }
end

---Figures of what kit.load measured: stress, structure, maps.
---@param page vitrum.Report
---@param p table
---@param r table
function loading.loading_figures(page, p, r)
  local vt = require "vitrum"
  if not options.is(page, "Report") then
    options.raise("kit.loading_figures: the page must be a Report, got %s", numbers.show(page))
  end
  check_parameters("kit.loading_figures", p)
  check_measures("kit.loading_figures", r)
  curve_figure(page, r, p)
  page:figure{ plot = { x = r.looks.strain, y = r.looks.W, style = "linespoints",
                        xlabel = AXIS_OF[p.mode], ylabel = "W" },
    caption = "Mean degree of five-fold local symmetry on the way, of snapshots." }
  for _, map in ipairs(r.maps) do
    for _, name in ipairs{ "von_mises", "d2min" } do
      local m = map.maps[name]
      local matrix = m.value:reshape(#m.value // m.columns, m.columns)
      page:figure{ svg = vt.plot.svg{ heatmap = matrix, xrange = m.x, yrange = m.y, equal = true,
          quantity = name == "d2min" and "D2min" or name,
          xlabel = map.plane:sub(1, 1) .. " (Å)", ylabel = map.plane:sub(2, 2) .. " (Å)" },
        data = map.file, caption = ("%s at strain %g, mean through the sample; %.1f %% of the "
          .. "atoms have a von Mises strain above 0.3. Shear band: %s."):format(
          name == "d2min" and "D2min" or "Von Mises strain", map.strain, 100 * map.s_atoms,
          band_text(p, r, map)) }
    end
  end
end

-- ---------------------------------------------------------------- help ----

help.document("protocol.kit.loading", {
  signature = "kit.loading, kit.loading{ name = default, ... }",
  summary = "A mechanical test: mode, axis, plane, free surfaces, strain rate, strain and what is "
    .. "measured. A group of parameters; called with a table it gives the group with other "
    .. "defaults, and name = false leaves one out.",
  example = "params = { kit.glass, kit.loading, kit.dynamics{ pressure = false } }" })
for _, entry in ipairs{
  { "load", "kit.load(p, out, [options]) -> table",
    "Settles a sample, pulls, presses or shears it at a constant strain rate and measures it: "
      .. "young (tension, compression), shear, poisson, residual, yield_stress, yield_strain, "
      .. "offset_stress, flow_stress, softening, each with its error as young_error and so on, as "
      .. "mechanics.stress_strain gives them; curve (strain and true stress of the material), "
      .. "looks (strain, W, volume), maps (strain, s_atoms, contrast of the strongest shear band "
      .. "against that of the first map, maps of von Mises strain and D2min, the file); all "
      .. "positive in the direction of the test. p has the parameters of kit.loading, "
      .. "kit.dynamics and potential. Survives a kill as out:md does. Samples that are compared "
      .. "are measured by this one function.",
    'local cast = kit.load(p, out, { name = "as-cast", start = function() return glass end })',
    LOAD },
  { "check_loading", "kit.check_loading(p, [glass])",
    "Refuses parameters of kit.loading that cannot be, and glasses that cannot be loaded so: the "
      .. "check function of a protocol.", "check = kit.check_loading" },
  { "loading_plan", "kit.loading_plan(p, [prefix]) -> list",
    "Simulated times of a test, for the plan of a protocol.", "plan = kit.loading_plan" },
  { "loading_values", "kit.loading_values(out, p, r, [prefix])",
    "Adds what kit.load gave to the results of a run, beside those of Li et al.",
    "kit.loading_values(out, p, r)" },
  { "loading_figures", "kit.loading_figures(page, p, r)",
    "Adds figures of what kit.load gave to a report: stress, W, maps of strain and D2min.",
    "kit.loading_figures(page, p, r)" },
} do
  help.document("protocol.kit." .. entry[1], { signature = entry[2], summary = entry[3],
                                               example = entry[4], options = entry[5] })
end

return loading
