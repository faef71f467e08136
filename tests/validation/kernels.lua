-- Numbers that pass through every vectorized kernel, so that two instruction sets, or a processor
-- and an emulated one, can be compared to the last bit.
--
--     VITRUM_SIMD=avx2 build/vitrum tests/validation/kernels.lua write one.txt
--     build/vitrum tests/validation/kernels.lua compare one.txt other.txt
--
-- `compare` prints, for every quantity, the largest difference in units of its largest value.

local vt = require "vitrum"

local STEPS <const> = 20
local CELLS <const> = 6 -- 864 atoms

--- Write all numbers of an array, a table of any depth, or a single one as they are in memory.
local function hexadecimal(file, values)
  if type(values) == "number" then return file:write((" %a"):format(values)) end
  if type(values) ~= "table" then values = values:totable() end
  for _, value in ipairs(values) do hexadecimal(file, value) end
end

local function write(path)
  local file <close> = assert(io.open(path, "w"))
  local function put(name, values)
    file:write(name)
    hexadecimal(file, values)
    file:write "\n"
  end

  --- A solid solution with its atoms some tenths of an angstrom off their places, nothing computed
  --- but additions, so that all kernels start from the same bits.
  local function crystal(composition, a, potential)
    local atoms = vt.atoms.fcc{ composition = composition, a = a, cells = CELLS, seed = 3 }
    atoms:thermalize{ temperature = 1000, seed = 5 }
    local x = atoms:positions()
    x:assign(x + atoms:velocities() * 0.04)
    atoms:wrap().potential = potential
    return atoms
  end

  --- Forces, energies and stresses of atoms, then of the same after some steps.
  local function dynamics(name, atoms, options)
    local md = vt.md(atoms, options)
    for _, when in ipairs{ "before", "after" } do
      local title = name .. "." .. when .. "."
      local stress = atoms:stress()
      put(title .. "energy", atoms:energy())
      put(title .. "stress", { table.unpack(stress, 1, 6) })
      put(title .. "atom_energies", atoms:atom_energies())
      put(title .. "atom_stresses", atoms:atom_stresses())
      put(title .. "forces", atoms:forces())
      put(title .. "positions", atoms:positions())
      put(title .. "velocities", atoms:velocities())
      if when == "before" then
        md:run{ steps = STEPS, every = 5 * 0.002, sample = function() end }
        put(name .. ".total_energy", md:samples().total_energy)
        put(name .. ".pressure", md:samples().pressure)
      end
    end
    return atoms
  end

  local CuZr <const> = { Cu = 64, Zr = 36 }
  local eam = vt.potential.eam "CuZr_mm.eam.fs"
  local before, glass = crystal(CuZr, 4.05, eam), crystal(CuZr, 4.05, eam)
  dynamics("eam", glass, {})
  dynamics("eam_mixed", crystal(CuZr, 4.05, eam), { precision = "mixed" })
  dynamics("lj", crystal({ Ni = 80, P = 20 }, 3.5, vt.potential.lj{
    species = { "Ni", "P" }, epsilon = { 0.1, 0.05 }, sigma = { 2.2, 1.94 } }), {})

  put("rdf", vt.structure.rdf(glass, { rmax = 8, bins = 200 }).total)
  local local_strain = vt.structure.deformation(before, glass, { cutoff = 3.8 })
  put("deformation.gradient", local_strain.gradient)
  put("deformation.d2min", local_strain.d2min)
  put("deformation.neighbors", local_strain.neighbors)

  local frame, moved = 0, glass:copy()
  local function flight()
    if frame == 12 then return nil end
    if frame > 0 then
      local x = moved:positions()
      x:assign(x + moved:velocities() * 0.05)
      moved:wrap()
    end
    frame = frame + 1
    return moved, { time = (frame - 1) * 0.05 }
  end
  local motion = vt.structure.motion(flight, { q = 2.7, lags = 6 })
  put("motion.msd", motion.msd)
  put("motion.alpha2", motion.alpha2)
  put("motion.fs", motion.fs)
  frame = 0
  put("velocities", vt.structure.velocity_autocorrelation(flight, { lags = 6 }).total)

  local lattice = vt.stz.lattice{ n = 16, seed = 7 }
  lattice:tension{ plastic = 0.001 }
  put("stz.von_mises", lattice:field "von_mises")
  put("stz.barriers", lattice:barriers(true))
  put("stz.stress", lattice:state().stress)
end

local function read(path)
  local found, order = {}, {}
  for line in io.lines(path) do
    local name, rest = line:match "^(%S+) (.*)$"
    local values = {}
    for word in rest:gmatch "%S+" do values[#values + 1] = assert(tonumber(word), word) end
    found[name], order[#order + 1] = values, name
  end
  return found, order
end

local function compare(one, other)
  local a, order = read(one)
  local b = read(other)
  local same, total, worst = 0, 0, 0
  for _, name in ipairs(order) do
    local x, y = a[name], assert(b[name], name)
    assert(#x == #y, name)
    local largest, difference = 0, 0
    for k = 1, #x do
      total = total + 1
      if x[k] == y[k] or x[k] ~= x[k] and y[k] ~= y[k] then same = same + 1 end
      largest = math.max(largest, math.abs(x[k]))
      difference = math.max(difference, math.abs(x[k] - y[k]))
    end
    local relative = difference > 0 and difference / largest or 0
    worst = math.max(worst, relative)
    if relative > 0 then print(("  %-28s %.1e"):format(name, relative)) end
  end
  print(("%d of %d numbers are the same; largest difference %.1e"):format(same, total, worst))
end

if arg[1] == "write" and arg[2] then
  write(arg[2])
elseif arg[1] == "compare" and arg[3] then
  compare(arg[2], arg[3])
else
  io.stderr:write "kernels.lua: say `write FILE` or `compare FILE FILE`\n"
  os.exit(2)
end
