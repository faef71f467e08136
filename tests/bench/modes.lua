-- Speed and memory of vt.modes:
--
--     build/vitrum tests/bench/modes.lua GLASS POTENTIAL "2 1 1" 300 [only]
--
-- with a file of a glass of Cu and Zr, an EAM potential, copies along the axes, and the number of
-- modes; "only" leaves out density and displacements. Wall and processor time on the threads that
-- VITRUM_THREADS says. Results: modes.md.

local vt = require "vitrum"

local file, potential = arg[1], arg[2]
if not potential then error "usage: modes.lua GLASS POTENTIAL [COPIES [MODES]]" end
local copies = {}
for n in (arg[3] or "1 1 1"):gmatch "%d+" do copies[#copies + 1] = math.tointeger(n) end
local count = math.tointeger(tonumber(arg[4] or 300))

local function memory()
  local status <close> = assert(io.open "/proc/self/status")
  return status:read "a":match "VmHWM:%s*(%d+)" / 1024
end

local function report(what, f)
  local wall, cpu = vt.clock(), os.clock()
  local result = f()
  print(("%-34s %8.2f s, %8.2f s of processors, most memory so far %5.0f MB"):format(what,
    vt.clock() - wall, os.clock() - cpu, memory()))
  return result
end

local ok, glass = pcall(vt.atoms.read, file)
if not ok then glass = vt.atoms.read(file, { species = { "Cu", "Zr" } }) end
glass.potential = vt.potential.eam(potential)
if copies[1] * copies[2] * copies[3] > 1 then
  glass = glass:replicate(table.unpack(copies))
  glass.potential = vt.potential.eam(potential)
end
print(glass, vt.threads() .. " threads")
report("minimum, 1e-6 eV/A", function() return vt.minimize(glass, { fmax = 1e-6 }) end)
local m = report(count .. " lowest modes", function()
  return vt.modes.lowest(glass, { count = count, minimize = false })
end)
print(m, ("%d products, %d rounds"):format(m.products, m.rounds))
if arg[5] == "only" then os.exit() end
report("density, 0.05 THz, 32 probes", function()
  return vt.modes.density(glass, { minimize = false })
end)
print(report("harmonic displacements", function()
  return vt.modes.displacement(glass, { minimize = false })
end))
