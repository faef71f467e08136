-- Crystals of an alloy against composition: volume and energy of solid solutions, and, in a sample
-- that has crystallized in part, which elements its crystals are of and how they are packed.

local vt = require "vitrum"
local kit = vt.protocol.kit

local SOURCE <const> = "Supporting Information of the article on intrinsic tensile ductility of "
  .. "multi-principal element metallic glass (TiZrHfCo), section 2.4 and Figs. S13c, S13d, S20"
local OTHER <const> = "other alloy, and other forces than DFT"
local STRUCTURES <const> = { "fcc", "hcp", "bcc" }
local KEPT <const> = 0.5 -- share of atoms that must still be in the crystal
local MOST <const> = 400 -- compositions

-- ---------------------------------------------------------------- compositions ----

local function total(shares)
  local sum = 0.0
  for _, share in pairs(shares or {}) do sum = sum + share end
  return sum
end

-- "Cu25Zr75" from shares that add up to 1.
local function text_of(shares)
  local list = {}
  for symbol, share in pairs(shares) do
    if share > 0 then
      list[#list + 1] = share == 1 and symbol or ("%s%.4g"):format(symbol, 100 * share)
    end
  end
  table.sort(list)
  return table.concat(list)
end

-- All compositions whose shares, of what `constant` leaves, are multiples of 1/divisions.
local function compositions(p)
  local list, parts = {}, {}
  local left = 1 - total(p.constant) / 100
  local function fill(k, rest)
    if k == #p.elements then
      local shares = {}
      for symbol, share in pairs(p.constant or {}) do shares[symbol] = share / 100 end
      parts[k] = rest
      for i, symbol in ipairs(p.elements) do
        if parts[i] > 0 then shares[symbol] = left * parts[i] / p.divisions end
      end
      list[#list + 1] = { shares = shares, name = text_of(shares), x = left * parts[1]
                          / p.divisions, y = left * (parts[2] or 0) / p.divisions }
      return
    end
    for part = 0, rest do
      parts[k] = part
      fill(k + 1, rest - part)
    end
  end
  fill(1, p.divisions)
  return list
end

-- Compositions that elements and divisions make: divisions + n - 1 over n - 1.
local function count_of(p)
  local count = 1.0
  for k = 1, #p.elements - 1 do count = count * (p.divisions + k) / k end
  return count
end

-- ---------------------------------------------------------------- measures ----

local function crystal_of(p, structure, shares)
  local atoms = kit.solid_solution(p, structure, shares)
  local around = vt.structure.common_neighbors(atoms)
  return { energy = atoms:energy() / #atoms, volume = atoms:volume() / #atoms,
           kept = around.fractions[structure], atoms = #atoms }
end

-- Elements and Voronoi volumes of the crystalline atoms of a sample, and of the others.
local function regions_of(atoms)
  local around = vt.structure.common_neighbors(atoms)
  local volume, symbols = vt.structure.voronoi(atoms).volume, atoms:symbols()
  local rows, by = {}, {}
  for k = 1, #atoms do
    local symbol, kind = symbols[k], around.kind[k]
    local where = kind >= 1 and kind <= 3 and "crystal" or "glass"
    by[symbol] = by[symbol] or { crystal = 0, glass = 0, crystal_volume = 0.0, glass_volume = 0.0 }
    by[symbol][where] = by[symbol][where] + 1
    by[symbol][where .. "_volume"] = by[symbol][where .. "_volume"] + volume[k]
  end
  local crystal, glass = 0, 0
  for _, counts in pairs(by) do crystal, glass = crystal + counts.crystal, glass + counts.glass end
  for symbol, n in pairs(by) do
    rows[#rows + 1] = {
      name = symbol, content = (n.crystal + n.glass) / #atoms,
      in_crystal = crystal > 0 and n.crystal / crystal or nil,
      in_glass = glass > 0 and n.glass / glass or nil,
      crystal_volume = n.crystal > 0 and n.crystal_volume / n.crystal or nil,
      glass_volume = n.glass > 0 and n.glass_volume / n.glass or nil }
  end
  table.sort(rows, function(a, b) return a.name < b.name end)
  return { rows = rows, crystalline = around.crystalline, fractions = around.fractions,
           crystal = crystal }
end

-- ---------------------------------------------------------------- results ----

-- The lowest structure of each composition that is still a crystal.
local function add_lowest(list)
  for _, one in ipairs(list) do
    for _, structure in ipairs(STRUCTURES) do
      local c = one.crystals[structure]
      if c and c.kept >= KEPT and (not one.lowest or c.energy < one.energy) then
        one.lowest, one.energy, one.volume = structure, c.energy, c.volume
      end
    end
  end
end

local function add_regions(out, regions)
  out:value("crystalline atoms of the sample", 100 * regions.crystalline, "%")
  if regions.crystal == 0 then
    out:value("elements of the crystals", "no atom is crystalline")
    return
  end
  for _, row in ipairs(regions.rows) do
    out:value(row.name .. " content of the crystals", 100 * row.in_crystal, "%", {
      error = 100 * math.sqrt(row.in_crystal * (1 - row.in_crystal) / regions.crystal),
      note = ("%.3g %% of the sample"):format(100 * row.content) })
  end
end

local function add_values(out, list)
  for _, one in ipairs(list) do
    if one.lowest then
      out:value("lowest crystal, " .. one.name, one.energy, "eV/atom",
        { note = ("%s, %.4g Å³/atom"):format(one.lowest, one.volume) })
    else
      out:value("lowest crystal, " .. one.name, "none", nil, { note =
        "no structure keeps half of its atoms in place: the solution falls apart" })
    end
  end
end

-- Lines against one share where there are two elements, a map against two where there are more.
local function field_figure(page, r, p, field, label, caption)
  if #p.elements == 2 then
    local plot = { xlabel = ("share of %s (%%)"):format(p.elements[1]), ylabel = label }
    for _, structure in ipairs(p.structures) do
      local x, y = {}, {}
      for _, one in ipairs(r.list) do
        local c = one.crystals[structure]
        if c.kept >= KEPT then x[#x + 1], y[#y + 1] = 100 * one.x, c[field] end
      end
      if #x > 0 then
        plot[#plot + 1] = { x = x, y = y, style = "linespoints", label = structure }
      end
    end
    if #plot == 0 then return end
    page:figure{ plot = plot, data = "crystals.csv", caption = caption }
    return
  end
  local left, rows = 1 - total(p.constant) / 100, {}
  for k = 0, p.divisions do
    rows[k + 1] = {}
    for i = 0, p.divisions do rows[k + 1][i + 1] = 0 / 0 end
  end
  for _, one in ipairs(r.list) do
    local i, k = one.x / left * p.divisions, one.y / left * p.divisions
    rows[math.floor(k + 0.5) + 1][math.floor(i + 0.5) + 1] = one[field] or 0 / 0
  end
  local half = 50 * left / p.divisions
  local range = { -half, 100 * left + half }
  page:figure{ plot = { heatmap = vt.array(rows), xrange = range, yrange = range, equal = true,
    xlabel = p.elements[1] .. " (%)", ylabel = p.elements[2] .. " (%)", zlabel = label },
    data = "crystals.csv", caption = caption .. " Of the lowest structure." }
end

return vt.protocol{
  name = "crystal-composition",
  summary = "Volume and energy of crystalline solid solutions, and what the crystals in a sample "
    .. "are made of.",
  terms = "solid solution; crystalline regions; elements of crystals; devitrified",
  source = SOURCE .. ". There hcp crystals of TiZrHfCo by DFT, with the Hf content constant.",
  description = "For every composition of a grid the sites of fcc, hcp and bcc are filled at "
    .. "random and relaxed at zero pressure; one filling of each. A structure in which fewer than "
    .. "half of the atoms keep their surroundings, by common neighbor analysis, has fallen apart "
    .. "and is left out. In a sample from a file, atoms in crystals are counted by element, and "
    .. "their Voronoi volumes compared with those of the others.",
  times = "11 compositions of 256 atoms by EAM on one core: a minute.",
  params = {
    { "elements", "Cu,Zr", kind = "words", repeated = false,
      help = "whose shares are varied, two or three" },
    { "constant", kind = "composition", optional = true,
      help = "further elements with their share in percent, such as Hf25" },
    { "divisions", 10, min = 2, max = 100, help = "steps from none of an element to all" },
    kit.cases("structures", STRUCTURES, "crystals to fill"),
    kit.glass{ glass = { optional = true, help = "a sample whose crystals are counted" },
               potential = false },
    kit.melt{ composition = false, atoms = { 256, help = "of each crystal, about" } }, kit.taper,
    { "seed", 1, min = 0, help = "of the random filling" },
  },
  presets = {
    paper = { structures = "hcp", atoms = 1000 },
    laptop = { atoms = 256 },
    test = { divisions = 2, atoms = 32 },
  },
  files = { { "crystals.csv", "energies and volumes" } },
  example = "elements=Cu,Zr potential=ZrCuAl2011.eam.alloy glass=annealed.data",

  check = function(p)
    if #p.elements < 2 or #p.elements > 3 then
      kit.fail("elements must be two or three, not %d", #p.elements)
    end
    for _, symbol in ipairs(p.elements) do
      if p.constant and p.constant[symbol] then
        kit.fail("%s is in elements and in constant", symbol)
      end
    end
    if total(p.constant) >= 100 then
      kit.fail("constant is %g %% of the atoms; it must leave some", total(p.constant))
    end
    if count_of(p) > MOST then
      kit.fail("these are %.0f compositions, more than %d; take fewer divisions", count_of(p), MOST)
    end
    local all = {} -- elements that the potential lacks
    for _, symbol in ipairs(p.elements) do all[symbol] = 1 end
    for symbol in pairs(p.constant or {}) do all[symbol] = 1 end
    vt.atoms.fcc{ composition = all, a = 4, cells = 2 }.potential = kit.potential(p)
  end,

  run = function(p, out)
    out:uses(kit.potential(p))
    local r = { list = compositions(p) }
    out:plan(#r.list)
    for k, one in ipairs(r.list) do
      one.crystals = out:stage(one.name, function()
        local crystals = {}
        for _, structure in ipairs(p.structures) do
          crystals[structure] = crystal_of(p, structure, one.shares)
        end
        return crystals
      end, 1)
      out:progress(k, one.name)
    end
    add_lowest(r.list)
    local columns = { { "x [-]", {} }, { "y [-]", {} } }
    for k, one in ipairs(r.list) do columns[1][2][k], columns[2][2][k] = one.x, one.y end
    for _, structure in ipairs(p.structures) do
      for _, field in ipairs{ "energy [eV/atom]", "volume [A^3/atom]", "kept [-]" } do
        local values = {}
        for k, one in ipairs(r.list) do values[k] = one.crystals[structure][field:match "^%a+"] end
        columns[#columns + 1] = { structure .. "_" .. field, values }
      end
    end
    out:table("crystals.csv", columns)
    add_values(out, r.list)
    if p.glass then
      r.regions = out:stage("regions", function() return regions_of(kit.read(p)) end)
      add_regions(out, r.regions)
    end
    return r
  end,

  report = function(page, r, p)
    page:section "Solid solutions"
    field_figure(page, r, p, "volume", "volume (Å³/atom)", ("Volume of the crystals; forces by %s. "
      .. "Fig. S13d of the article has that of hcp (%s)."):format(p.potential, OTHER))
    field_figure(page, r, p, "energy", "energy (eV/atom)", ("Energy of the crystals. Fig. S20 of "
      .. "the article has that of hcp (%s)."):format(OTHER))
    local rows = {}
    for k, one in ipairs(r.list) do
      rows[k] = { name = one.name, lowest = one.lowest or "none", energy = one.energy,
                  volume = one.volume }
    end
    kit.table(page, rows, { { "composition", "name" }, { "lowest", "lowest" },
      { "energy (eV/atom)", "energy" }, { "volume (Å³/atom)", "volume" } },
      "The structure of the lowest energy among those that keep their atoms in place.")
    if r.regions then
      page:section "Crystalline regions"
      kit.table(page, r.regions.rows, { { "element", "name" }, { "sample (%)", "content", 100 },
        { "in crystals (%)", "in_crystal", 100 }, { "elsewhere (%)", "in_glass", 100 },
        { "cell in crystals (Å³)", "crystal_volume" }, { "cell elsewhere (Å³)", "glass_volume" } },
        ("%.3g %% of the atoms are in crystals, by common neighbor analysis: fcc %.3g %%, hcp "
          .. "%.3g %%, bcc %.3g %%. Fig. S13c of the article counts elements (%s)."):format(
          100 * r.regions.crystalline, 100 * r.regions.fractions.fcc,
          100 * r.regions.fractions.hcp, 100 * r.regions.fractions.bcc, OTHER))
    end
  end,
}
