-- Structure functions of a random alloy at the density of a glass, by instruction set.
--
--   vitrum tests/bench/descriptor.lua [atoms]          VITRUM_SIMD=avx2 for another kernel
local vt = require "vitrum"

local n = tonumber(arg[1]) or 100000
local atoms = vt.atoms.random{ composition = "Cu64Zr36", n = n, seed = 1 }

local function measure(name, d, count)
  local part = count and { centers = vt.array.range(count) } or {}
  for _, threads in ipairs{ 1, 2 } do
    vt.threads(threads)
    local least = math.huge
    for _ = 1, 5 do
      local start = vt.clock()
      d:compute(atoms, part)
      least = math.min(least, vt.clock() - start)
    end
    print(("%s, %d features, %d threads: %.3f s, %.0f centers/s"):format(name, #d, threads, least,
      (count or n) / least))
  end
end

local species <const> = { "Cu", "Zr" }
measure("radial to 6.6 A", vt.descriptor.radial{ species = species })
measure("radial, reduced to 3", vt.descriptor.radial{ species = species,
  peaks = { ["Cu-Cu"] = 2.55, ["Cu-Zr"] = 2.8, ["Zr-Zr"] = 3.2 } })
measure("angular to 6.6 A", vt.descriptor.angular{ species = species }, 2000)
