-- Energy against volume of crystals and of a glass, with the equation of state through it: what
-- shows at a glance whether a potential knows how far apart atoms like to be, and how they resist.

local vt = require "vitrum"
local kit = vt.protocol.kit

local SOURCE <const> = "Supporting Information of the article on intrinsic tensile ductility of "
  .. "multi-principal element metallic glass (TiZrHfCo, a neural network), Fig. S16"

-- Atoms in the primitive cell, and how many elements a structure takes.
local CELL <const> = { fcc = 1, bcc = 1, hcp = 2, B2 = 2, L12 = 4 }
local ELEMENTS <const> = { fcc = 1, bcc = 1, hcp = 1, B2 = 2, L12 = 2 }
local CELLS <const> = 2 -- of the crystals along each axis; images beyond them count, too
local COMPONENTS <const> = 3
local COLORS <const> = { "blue", "vermillion", "green" } -- of points and their line

-- ---------------------------------------------------------------- structures ----

-- Each structure with each choice of elements: name, structure, species, group of its figure.
local function cases_of(p)
  local list = {}
  local function add(structure, name, species, group)
    list[#list + 1] = { name = ("%s %s"):format(structure, name), structure = structure,
                        species = species, group = group, cell = CELL[structure] }
  end
  for _, structure in ipairs(p.structures) do
    for i, one in ipairs(p.elements) do
      if ELEMENTS[structure] == 1 then add(structure, one, { one }, one) end
      for k, other in ipairs(p.elements) do
        if structure == "B2" and k > i then
          add(structure, one .. other, { one, other }, "B2 " .. one .. other)
        elseif structure == "L12" and k ~= i then
          add(structure, one .. "3" .. other, { one, one, one, other },
            ("L12 %s3%s"):format(one, other))
        end
      end
    end
  end
  if p.glass then
    list[#list + 1] = { name = "glass " .. kit.label(p.glass), structure = "glass",
                        group = "glass", cell = 1 }
  end
  return list
end

-- Sum of the volumes of the elements, where they are known.
local function guess(species)
  local volume = 0.0
  for _, symbol in ipairs(species) do volume = volume + (vt.atoms.element(symbol).volume or 15) end
  return volume / #species
end

-- fcc with the atom at the corner of each cube made into another one.
local function l12(species, a)
  local atoms = vt.atoms.fcc{ species = species[1], a = a, cells = CELLS }
  local positions, corners = atoms:positions():totable(), {}
  for k, r in ipairs(positions) do
    local corner = true
    for axis = 1, 3 do
      local part = r[axis] / a
      corner = corner and math.abs(part - math.floor(part + 0.5)) < 0.1
    end
    if corner then corners[#corners + 1] = k end
  end
  return atoms:substitute{ atoms = corners, to = species[4] }
end

-- A crystal with about the right volume.
local function crystal(case)
  local species, volume = case.species, guess(case.species)
  if case.structure == "bcc" then
    return vt.atoms.bcc{ species = species[1], a = (2 * volume) ^ (1 / 3), cells = CELLS }
  elseif case.structure == "hcp" then
    return vt.atoms.hcp{ species = species[1], a = (math.sqrt(2) * volume) ^ (1 / 3),
                         cells = CELLS }
  elseif case.structure == "B2" then
    return vt.atoms.b2{ species = species, a = (2 * volume) ^ (1 / 3), cells = CELLS }
  end
  local a = (4 * volume) ^ (1 / 3)
  if case.structure == "L12" then return l12(species, a) end
  return vt.atoms.fcc{ species = species[1], a = a, cells = CELLS }
end

-- The structure without stress. Cubes stay cubes, also where the potential would rather have them
-- otherwise; the hexagonal cell finds its own c/a.
local function relaxed(p, case)
  local atoms = case.structure == "glass" and kit.read(p) or crystal(case)
  atoms.potential = kit.potential(p)
  local box = case.structure == "hcp" and "axes" or "isotropic"
  return kit.inherent(atoms, { box = box, pressure = 0, fmax = case.structure == "glass" and 1e-4
    or 1e-6 })
end

-- ---------------------------------------------------------------- energies ----

-- Energies per atom at volumes around that of `atoms`; the atoms of a glass find their places anew
-- in each box, those of crystals have no other place to go to.
local function energies_of(case, atoms, volumes)
  local list = {}
  for k, volume in ipairs(volumes) do
    local copy = atoms:copy()
    copy:set_box{ volume = volume * #atoms, remap = true }
    if case.structure == "glass" then copy = kit.inherent(copy) end
    list[k] = copy:energy() / #atoms
  end
  return list
end

-- What a uniform strain costs: the mean of the nine constants that answer to it.
local function bulk_of(c)
  local sum = 0.0
  for i = 1, COMPONENTS do for k = 1, COMPONENTS do sum = sum + c[i][k] end end
  return sum / COMPONENTS ^ 2
end

-- Both forms of the equation, or why there is none.
local function states_of(volumes, energies)
  local result = {}
  for _, form in ipairs{ "birch-murnaghan", "murnaghan" } do
    local ok, state = pcall(vt.fit.equation_of_state, volumes, energies, { form = form })
    if ok then
      result[form] = { volume = state.volume, energy = state.energy, bulk = state.bulk,
                       prime = state.prime, rms = state.rms }
    else
      result.reason = tostring(state):gsub("^.-equation_of_state: ", "")
    end
  end
  return { murnaghan = result.murnaghan, birch = result["birch-murnaghan"],
           reason = result.reason }
end

-- Murnaghan's equation, the other one where it does not fit.
local function state_of(r) return r.murnaghan or r.birch end

local function measure(p, case)
  local atoms = relaxed(p, case)
  local middle, volumes = atoms:volume() / #atoms, {}
  for k = 1, p.points do
    volumes[k] = middle * (p.low + (p.high - p.low) * (k - 1) / (p.points - 1))
  end
  local energies = energies_of(case, atoms, volumes)
  local r = states_of(volumes, energies)
  r.name, r.group, r.cell, r.atoms = case.name, case.group, case.cell, #atoms
  r.structure = case.structure
  r.lengths = atoms:box().lengths
  r.volumes, r.energies = volumes, energies
  if p.elastic then
    r.elastic = bulk_of(vt.mechanics.elastic(atoms, { minimize = false }).C:totable())
  end
  if p.reference then
    atoms.potential = kit.potential{ potential = p.reference }
    r.reference = energies_of(case, atoms, volumes)
  end
  return r
end

-- The curve through energies, closely spaced.
local function curve_of(volumes, energies)
  local ok, state = pcall(vt.fit.equation_of_state, volumes, energies)
  if not ok then
    ok, state = pcall(vt.fit.equation_of_state, volumes, energies, { form = "birch-murnaghan" })
    if not ok then return nil end
  end
  local x = vt.array.linspace(volumes[1], volumes[#volumes], 121)
  return x, state(x)
end

-- ---------------------------------------------------------------- results ----

-- Root mean square of the difference of two curves, each from its own lowest value: energies of two
-- potentials differ by those of the free atoms.
local function difference_of(one, other)
  local a, b = vt.array(one), vt.array(other)
  local d = (a - a:min()) - (b - b:min())
  return math.sqrt((d * d):mean())
end

local function add_values(out, r)
  local state = state_of(r)
  if not state then
    out:value(r.name .. ": equation of state", "not found", nil, { note = r.reason })
    return
  end
  out:value(r.name .. ": energy", state.energy, "eV/atom")
  out:value(r.name .. ": volume", state.volume, "Å³/atom", r.cell > 1 and { note =
    ("%.6g Å³ in the primitive cell of %d atoms"):format(r.cell * state.volume, r.cell) } or nil)
  if r.constant then
    out:value(r.name .. ": lattice constant", r.constant, "Å", { note = r.ratio
      and ("c/a = %.4f"):format(r.ratio) or nil })
  end
  local note = {}
  if not r.murnaghan then
    note[1] = "by Birch and Murnaghan; Murnaghan's equation does not fit"
  elseif r.birch then
    note[1] = ("%.4g GPa by Birch and Murnaghan"):format(r.birch.bulk)
  end
  if r.elastic then
    note[#note + 1] = ("%.4g GPa from the elastic constants"):format(r.elastic)
  end
  out:value(r.name .. ": bulk modulus", state.bulk, "GPa", { note = table.concat(note, ", ") })
  if r.difference then
    out:value(r.name .. ": from the reference", 1000 * r.difference, "meV/atom", {
      paper = "9.07 over the testing set", source = SOURCE .. ", section 1.3",
      note = "other potential and other data; theirs is a network beside DFT" })
  end
end

-- The edge of the cube or of the hexagon, and c/a.
local function add_constants(r)
  local n = r.lengths
  if r.structure == "hcp" then
    r.constant, r.ratio = n[1] / CELLS, n[3] / n[1]
  elseif r.structure ~= "glass" then
    r.constant = n[1] / CELLS
  end
end

local function file_of(name) return (name:gsub("[^%w.+-]+", "-")) .. ".csv" end

local function save_table(out, r)
  local columns = { { "volume [A^3/atom]", r.volumes }, { "energy [eV/atom]", r.energies } }
  if r.reference then columns[3] = { "reference [eV/atom]", r.reference } end
  out:table(file_of(r.name), columns)
end

-- The lowest energy in a group; 0 where there is no reference.
local function lowest(list, field)
  local least = math.huge
  for _, r in ipairs(list) do
    if not r.reference then return 0.0 end
    least = math.min(least, vt.array(r[field]):min())
  end
  return least
end

-- Points, and lines through them or, moved to the same lowest energy, those of the reference.
local function group_figure(page, list, p)
  local plot = { xlabel = "volume (Å³/atom)", ylabel = "energy (eV/atom)" }
  local base = lowest(list, "reference") - lowest(list, "energies")
  for k, r in ipairs(list) do
    plot[#plot + 1] = { x = r.volumes, y = r.energies, style = "points", label = r.name,
                        color = COLORS[k] }
    local x, y = curve_of(r.volumes, r.reference or r.energies)
    if x then
      plot[#plot + 1] = { x = x, y = y - base, style = "lines", color = COLORS[k] }
    end
  end
  page:figure{ plot = plot, data = #list == 1 and file_of(list[1].name) or nil, caption =
    p.reference and ("Energies by %s (points) and curves by %s (lines, moved to "
      .. "the same lowest energy)."):format(p.potential, p.reference)
    or ("Energies by %s with Murnaghan's equation."):format(p.potential) }
end

return vt.protocol{
  name = "equation-of-state",
  summary = "Energy against volume of crystals and a glass, with equations of state.",
  terms = "equation of state; EOS; Murnaghan; Birch-Murnaghan; bulk modulus; lattice constant; "
    .. "cohesive energy; validation of a potential; energy-volume curve",
  source = SOURCE .. ". There Murnaghan's equation goes through energies of ordered compounds and "
    .. "of the glass by DFT, and the network's lie on it; here by another potential.",
  description = "Crystals (fcc, bcc, hcp of each element, B2 and L1_2 of each pair) and a glass "
    .. "from a file find the volume without stress and are scaled around it. Murnaghan's equation "
    .. "and that of Birch and Murnaghan go through the energies; the bulk modulus stands beside "
    .. "that of the elastic constants. A reference potential, such as the teacher of a network, "
    .. "gives curves to compare with.",
  times = "Seconds for crystals by EAM; a glass of 4,000 atoms takes some minutes on two cores.",
  params = {
    { "elements", "Cu,Zr", kind = "words", repeated = false, help = "of the crystals" },
    kit.cases("structures", { "fcc", "bcc", "hcp", "B2", "L12" }, "crystals to look at"),
    kit.glass{ glass = { optional = true, help = "a glass as well: LAMMPS data, ..." } },
    kit.taper,
    { "reference", kind = "string", optional = true,
      help = "another potential, whose curves are drawn as lines" },
    { "low", 0.92, above = 0, max = 1, help = "smallest volume, in units of that without stress" },
    { "high", 1.08, min = 1, max = 2, help = "largest volume, in the same units" },
    { "points", 13, min = 5, max = 1000, help = "volumes" },
    { "elastic", true, help = "bulk modulus from elastic constants as well" },
  },
  presets = {
    paper = { points = 21 },
    laptop = { points = 13 },
    test = { points = 7, structures = "fcc,hcp,B2,L12" },
  },
  files = { { "STRUCTURE-SPECIES.csv", "volumes and energies" } },
  example = "elements=Cu,Zr potential=ZrCuAl2011.eam.alloy glass=quench/inherent.data",

  check = function(p)
    if p.low >= 1 or p.high <= 1 then
      kit.fail("low (%g) and high (%g) do not bracket the minimum: low must be below 1 and high "
        .. "above", p.low, p.high)
    end
    for _, structure in ipairs(p.structures) do
      if ELEMENTS[structure] > #p.elements then
        kit.fail("%s is an alloy of two elements; elements names one, %s", structure,
          p.elements[1])
      end
    end
    for _, case in ipairs(cases_of(p)) do -- unknown elements, and those that a potential lacks
      if case.species then
        local atoms = crystal(case)
        for _, name in ipairs{ p.potential, p.reference } do
          atoms.potential = kit.potential{ potential = name }
        end
      end
    end
  end,

  run = function(p, out)
    out:uses(kit.potential(p))
    local cases, list = cases_of(p), {}
    out:plan(#cases)
    for k, case in ipairs(cases) do
      local r = out:stage(case.name, function() return measure(p, case) end, 1)
      out:progress(k, case.name)
      add_constants(r)
      if r.reference then r.difference = difference_of(r.energies, r.reference) end
      save_table(out, r)
      add_values(out, r)
      list[k] = r
    end
    return { cases = list }
  end,

  report = function(page, r, p)
    page:section "Energy against volume"
    local groups, order = {}, {}
    for _, one in ipairs(r.cases) do
      if not groups[one.group] then
        groups[one.group] = {}
        order[#order + 1] = one.group
      end
      table.insert(groups[one.group], one)
    end
    for _, group in ipairs(order) do group_figure(page, groups[group], p) end
    local rows = {}
    for _, one in ipairs(r.cases) do
      local s, b = state_of(one), one.birch or {}
      if s then
        rows[#rows + 1] = { name = one.name, energy = s.energy, volume = s.volume,
          cell = one.cell * s.volume, constant = one.constant, bulk = s.bulk, prime = s.prime,
          birch = b.bulk, elastic = one.elastic, rms = s.rms }
      end
    end
    if #rows == 0 then return end
    kit.table(page, rows, { { "structure", "name" }, { "energy (eV/atom)", "energy" },
      { "volume (Å³/atom)", "volume" }, { "primitive cell (Å³)", "cell" }, { "a (Å)", "constant" },
      { "B (GPa)", "bulk" }, { "B'", "prime" }, { "B, Birch-Murnaghan (GPa)", "birch" },
      { "B, elastic constants (GPa)", "elastic" }, { "rms (meV/atom)", "rms", 1000 } },
      "Murnaghan's equation through the energies. A bulk modulus from elastic constants is that at "
        .. "rest; the curve's depends a little on the range of volumes.")
  end,
}
