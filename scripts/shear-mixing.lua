-- Shear of a sample whose composition varies along y: how far shear mixes it, and what becomes of
-- the order around the atoms.
--
-- The sample comes from a file, or is made as two layers of different composition, one above the
-- other along y; the shear is along x, in planes across y.

local vt = require "vitrum"
local kit = vt.protocol.kit
local random = require "vitrum.random"

local SOURCE <const> = "Supporting Information of the article on intrinsic tensile ductility of "
  .. "multi-principal element metallic glass (TiZrHfCo, a neural network), section 2.3 and Fig. S19"
local OTHER <const> = "other alloy and other potential"
local AXIS <const>, PLANE <const> = "y", "xy" -- across the layers; of the maps
local CERTAIN <const> = 3 -- times what chance makes of a uniform sample

-- ---------------------------------------------------------------- the sample ----

local function normalized(shares)
  local sum, result = 0.0, {}
  for _, share in pairs(shares) do sum = sum + share end
  for symbol, share in pairs(shares) do result[symbol] = share / sum end
  return result
end

-- Both layers together.
local function mean_of(p)
  local result = {}
  for _, shares in ipairs{ normalized(p.lower), normalized(p.upper) } do
    for symbol, share in pairs(shares) do result[symbol] = (result[symbol] or 0) + share / 2 end
  end
  return result
end

-- Give the atoms of a layer its composition: whole numbers by the largest remainders.
local function assign(atoms, list, shares, seed)
  local parts, left = {}, #list
  for symbol, share in pairs(shares) do
    local exact = share * #list
    parts[#parts + 1] = { symbol = symbol, count = math.floor(exact), rest = exact % 1 }
    left = left - math.floor(exact)
  end
  table.sort(parts, function(a, b)
    if a.rest ~= b.rest then return a.rest > b.rest end
    return a.symbol < b.symbol
  end)
  local source, at = random.source(seed), 1
  for k = #list, 2, -1 do -- in a random order
    local other = 1 + math.floor(source:uniform() * k)
    list[k], list[other] = list[other], list[k]
  end
  for k, part in ipairs(parts) do
    local count = part.count + (k <= left and 1 or 0)
    if count > 0 then
      atoms:substitute{ atoms = table.move(list, at, at + count - 1, 1, {}), to = part.symbol }
    end
    at = at + count
  end
end

-- A random packing with one composition below the middle of y and another one above.
local function layers(p)
  local mixed = setmetatable({ composition = mean_of(p) }, { __index = p })
  local atoms = kit.packing(mixed, p.high)
  local height, below, above = atoms:fractional():column(2), {}, {}
  for k = 1, #atoms do
    local list = height[k] % 1 < 0.5 and below or above
    list[#list + 1] = k
  end
  assign(atoms, below, normalized(p.lower), p.seed)
  assign(atoms, above, normalized(p.upper), p.seed + 1)
  vt.minimize(atoms, { fmax = 1, max_evaluations = 500, box = "isotropic", pressure = 0 })
  return atoms:thermalize{ temperature = p.high, seed = p.seed }
end

-- The species whose content is followed.
local function element_of(p, atoms)
  if p.element then return p.element end
  local best, most = nil, -1
  local lower, upper = p.glass and {} or normalized(p.lower), p.glass and {} or normalized(p.upper)
  for symbol in pairs(atoms:composition()) do
    local difference = math.abs((lower[symbol] or 0) - (upper[symbol] or 0))
    if difference > most or difference == most and symbol < best then
      best, most = symbol, difference
    end
  end
  return best
end

-- ---------------------------------------------------------------- measures ----

-- How far the content varies along y: the amplitude of its longest wave, and what chance makes of a
-- uniform sample.
local function amplitude_of(atoms, element)
  local height, symbols = atoms:fractional():column(2), atoms:symbols()
  local share, real, imaginary = atoms:composition()[element], 0.0, 0.0
  for k = 1, #atoms do
    local phase = 2 * math.pi * height[k]
    local weight = (symbols[k] == element and 1 or 0) - share
    real, imaginary = real + weight * math.cos(phase), imaginary + weight * math.sin(phase)
  end
  return 2 * math.sqrt(real ^ 2 + imaginary ^ 2) / #atoms,
    math.sqrt(math.pi * share * (1 - share) / #atoms)
end

local function look_at(p, atoms, element)
  local profile = vt.structure.profile(atoms, element, { axis = AXIS, bins = p.bins })
  local amplitude, chance = amplitude_of(atoms, element)
  return { y = profile.x, content = profile.value, error = profile.error, amplitude = amplitude,
           chance = chance }
end

-- Maps of content and of the averaged bond order, of the inherent structure.
local function maps_of(p, out, atoms, element, file)
  local inherent = kit.inherent(atoms, { fmax = 1e-3 })
  local order = vt.structure.bond_order(inherent, { l = 6 })
  local q = order.q_average[6]
  out:save(inherent, file)
  local given = { plane = PLANE, bins = p.map_bins, smooth = p.smooth }
  local content = vt.structure.map(inherent, element, given)
  local local_order = vt.structure.map(inherent, q, given)
  local profile = vt.structure.profile(inherent, q, { axis = AXIS, bins = p.bins })
  return { content = content.value:totable(), order = local_order.value:totable(),
           xrange = content.xrange, yrange = content.yrange, mean = order.mean.q_average[6],
           error = vt.statistics.standard_error(q), y = profile.x, q = profile.value,
           crystalline = vt.structure.common_neighbors(inherent).crystalline }
end

-- ---------------------------------------------------------------- results ----

local function add_values(out, r)
  local first, last = r.looks[1], r.looks[#r.looks]
  out:value(("variation of the %s content before"):format(r.element), 100 * first.amplitude, "%",
    { note = ("chance alone makes %.2g %%"):format(100 * first.chance) })
  out:value(("variation of the %s content after"):format(r.element), 100 * last.amplitude, "%")
  if first.amplitude > CERTAIN * first.chance then
    out:value("mixed by the shear", 100 * (1 - last.amplitude / first.amplitude), "%", { note =
      last.amplitude < CERTAIN * last.chance and "what is left may be chance" or nil })
  else
    out:value("mixed by the shear", "nothing to mix", nil, { note =
      "before the shear the content varies no more than chance makes it" })
  end
  local change = r.after.mean - r.before.mean
  out:value("averaged bond order q6 before", r.before.mean, nil, { error = r.before.error })
  out:value("averaged bond order q6 after", r.after.mean, nil, { error = r.after.error })
  out:value("change of q6", change, nil, { error = math.sqrt(r.before.error ^ 2
    + r.after.error ^ 2) })
  if r.after.crystalline > 0.1 then
    out:value("crystalline atoms after", 100 * r.after.crystalline, "%")
  end
end

local function difference_figure(page, r, field, label, caption)
  local after, before = vt.array(r.after[field]), vt.array(r.before[field])
  page:figure{ plot = { heatmap = after - before, xrange = r.before.xrange,
                        yrange = r.before.yrange, equal = true, palette = "blue-red",
                        xlabel = "x (Å)", ylabel = "y (Å)", zlabel = label }, caption = caption }
end

return vt.protocol{
  name = "shear-mixing",
  summary = "Shear a sample of two layers and see how far it mixes and how its order changes.",
  terms = "shear-induced mixing; segregation; composition profile; interdiffusion; averaged bond "
    .. "order; layers",
  source = SOURCE .. ". There q6 is averaged over an atom and its Voronoi neighbors, whose faces "
    .. "count by their area; equations 11 and 12 as printed put the square inside the sum and "
    .. "divide twice, which is not done here.",
  description = "A sample from a file, or two layers of different composition that are quenched "
    .. "together, is sheared along x at a constant rate and volume; layers lie across y. Profiles "
    .. "of the content are taken on the way, maps of content and averaged bond order of the "
    .. "inherent structures before and after. The variation is the amplitude of the longest wave "
    .. "of the content along y. The box is periodic: there is an interface at its end, too.",
  times = "4,000 atoms by EAM on one core: 10 min for a strain of 1 at 1e10/s.",
  params = {
    kit.glass{ glass = { optional = true, help = "sample whose composition varies along y; "
      .. "without one two layers are made" }, potential = false },
    { "lower", "Cu80Zr20", kind = "composition", help = "of the layer below the middle" },
    { "upper", "Cu20Zr80", kind = "composition", help = "of the layer above" },
    kit.melt{ composition = false, atoms = { 4000, help = "of the two layers" } }, kit.taper,
    { "element", kind = "string", optional = true,
      help = "whose content is followed; default: that which differs most between the layers" },
    kit.temperature("high", 1500, "of the melt of the layers"),
    kit.time("melt_time", 1, "in the melt; a long one mixes the layers"),
    kit.rate("cooling_rate", 2e14, "of the layers"),
    kit.time("relax", 10, "at the temperature of the shear, before it"),
    { "strain", 1.0, above = 0, max = 20, help = "of the shear, engineering: 1 is 100 %" },
    { "strain_rate", 1e10, unit = "1/s", range = "strain rate", above = 0, help = "of the shear" },
    { "looks", 4, min = 1, max = 1000, help = "profiles on the way, the last one included" },
    { "bins", 20, min = 4, max = 1000, help = "slabs of the profiles" },
    { "map_bins", 24, min = 4, max = 400, help = "columns of the maps along each axis" },
    { "smooth", 3, unit = "A", min = 0, max = 50, help = "width of a Gaussian over the maps" },
    kit.dynamics{ temperature = 300, timestep = 0.004, sample_every = 0.5 },
  },
  presets = {
    paper = { atoms = 32000, strain = 5, strain_rate = 1e9, timestep = 0.002, relax = 100 },
    laptop = { atoms = 4000 },
    test = { atoms = 200, melt_time = 0.2, cooling_rate = 1e15, relax = 0.4, strain = 0.4,
             strain_rate = 4e11, looks = 2, bins = 8, map_bins = 6, sample_every = 0.05 },
  },
  files = { { "before.data, after.data", "inherent structures" },
            { "thermo.csv, shear.csv", "samples of the dynamics" },
            { "profiles.csv", "content along y, before and after" } },
  example = "lower=Cu90Zr10 upper=Cu10Zr90 potential=ZrCuAl2011.eam.alloy strain=2",

  check = function(p, glass)
    if glass then
      local count = 0
      for _ in pairs(glass:composition()) do count = count + 1 end
      if count < 2 then kit.fail("%s has one element: nothing can mix", p.glass) end
    else
      local lower, upper, alike = normalized(p.lower), normalized(p.upper), true
      for symbol in pairs(mean_of(p)) do
        alike = alike and math.abs((lower[symbol] or 0) - (upper[symbol] or 0)) < 1e-9
      end
      if alike then kit.fail "lower and upper have one composition: nothing can mix" end
      local sample = vt.atoms.fcc{ composition = mean_of(p), a = 4, cells = 3 }
      sample.potential = kit.potential(p) -- which may lack an element
    end
    local known = glass and glass:composition() or mean_of(p)
    if p.element and not known[p.element] then
      kit.fail("element: there is no %s in the sample", p.element)
    end
  end,

  plan = function(p)
    local plan = { { "relaxing", p.relax }, { "shearing", p.strain / (p.strain_rate * 1e-12) } }
    if not p.glass then
      table.insert(plan, 1, { "melting", p.melt_time })
      table.insert(plan, 2, { "quenching", (p.high - p.temperature) / (p.cooling_rate * 1e-12) })
    end
    return plan
  end,

  run = function(p, out)
    local md = out:md(p, { ensemble = "npt", name = "sample", csv = "thermo.csv",
      temperature = p.glass and p.temperature or p.high,
      start = function() return p.glass and kit.moving(p) or layers(p) end })
    if not p.glass then
      md:run("melting", kit.hold(p.high, p.melt_time))
      md:run("quenching", kit.ramp(p.high, p.temperature, p.cooling_rate))
    end
    md:run("relaxing", kit.hold(p.temperature, p.relax))
    local element = out:stage("element", function()
      return { element = element_of(p, md.atoms) }
    end).element
    local r = { element = element, looks = {}, strains = { 0 } }
    r.looks[1] = out:stage("profile before", function() return look_at(p, md.atoms, element) end)
    r.before = out:stage("maps before", function()
      return maps_of(p, out, md.atoms, element, "before.data")
    end)
    local shear = out:md(p, { ensemble = "nvt", name = "shear", csv = "shear.csv",
                              start = function() return md.atoms:copy() end })
    local stress = {}
    for k = 1, p.looks do
      local s = shear:run("shearing " .. k, { temperature = p.temperature,
        strain_rate = { xy = p.strain_rate }, strain = p.strain / p.looks })
      stress[k] = s.stress.xy:slice{ #s.time // 2 + 1 }:mean()
      r.looks[k + 1] = out:stage(("profile %d"):format(k), function()
        return look_at(p, shear.atoms, element)
      end)
      r.strains[k + 1] = p.strain * k / p.looks
    end
    r.after = out:stage("maps after", function()
      return maps_of(p, out, shear.atoms, element, "after.data")
    end)
    r.stress = stress
    local first, last = r.looks[1], r.looks[#r.looks]
    out:table("profiles.csv", { { "y [A]", first.y }, { "before [-]", first.content },
      { "after [-]", last.content }, { "q6_before [-]", r.before.q }, { "q6_after [-]",
        r.after.q } })
    local amplitudes = {}
    for k, look in ipairs(r.looks) do amplitudes[k] = look.amplitude end
    r.amplitudes = amplitudes
    out:table("mixing.csv", { { "strain [-]", r.strains }, { "amplitude [-]", amplitudes } })
    add_values(out, r)
    return r
  end,

  report = function(page, r, p)
    local first, last = r.looks[1], r.looks[#r.looks]
    page:section "Composition"
    page:figure{ plot = { { x = first.y, y = first.content, error = first.error,
                            style = "errorbars", label = "before", color = "black" },
                          { x = last.y, y = last.content, error = last.error,
                            style = "errorbars", label = "after", color = "vermillion" },
                          xlabel = "y (Å)", ylabel = r.element .. " content", yrange = { 0, 1 } },
      data = "profiles.csv", caption = ("%s content across the layers before the shear and after a "
        .. "strain of %g. Fig. S19a of the article has that of Co (%s).")
        :format(r.element, p.strain, OTHER) }
    page:figure{ plot = { x = r.strains, y = r.amplitudes, style = "linespoints",
                          xlabel = "shear strain", ylabel = "variation of the content" },
      data = "mixing.csv", caption = "Amplitude of the longest wave of the content along y." }
    difference_figure(page, r, "content", "change of the content", ("Change of the %s content by "
      .. "the shear, at places that move with the box."):format(r.element))
    page:section "Order"
    difference_figure(page, r, "order", "change of q6", "Change of the averaged bond order q6, in "
      .. "the inherent structures (Fig. S19c of the article).")
    page:figure{ plot = { { x = r.before.y, y = r.before.q, style = "linespoints",
                            label = "before", color = "black" },
                          { x = r.after.y, y = r.after.q, style = "linespoints", label = "after",
                            color = "vermillion" },
                          xlabel = "y (Å)", ylabel = "averaged q6" }, data = "profiles.csv",
      caption = "Averaged bond order q6 across the layers." }
  end,
}
