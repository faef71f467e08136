-- Times of elastic constants and of quasistatic strain. Results: mechanics.md.
--
--     build/vitrum tests/bench/mechanics.lua POTENTIAL [atoms] [strain]
--
-- POTENTIAL is ZrCuAl2011.eam.alloy, which knows Cu, Zr and Al; the sample is a random packing in a
-- minimum of its energy.

local vt = require "vitrum"

local file, atoms, strain = arg[1], tonumber(arg[2] or 13500), tonumber(arg[3] or 0.01)
if not file then
  print "usage: vitrum tests/bench/mechanics.lua POTENTIAL [atoms] [strain]"
  os.exit(2)
end

local glass = vt.atoms.random{ composition = "Zr46Cu46Al8", n = atoms, seed = 1 }
glass.potential = vt.potential.eam(file, { taper = 0.3 })
vt.minimize(glass, { fmax = 1e-5, pressure = 0, box = "axes" })
print(glass)
for _ = 1, 3 do
  local start = vt.clock()
  local c = vt.mechanics.elastic(glass, { minimize = false })
  print(("elastic constants: %.2f s, %d rounds, C44 %.3f GPa"):format(vt.clock() - start, c.rounds,
    c.C[4][4]))
end
local start = vt.clock()
local pull = vt.mechanics.quasistatic(glass, { strain = { xy = strain } })
print(("strain of %g: %.1f s, %d minima, %d evaluations, %d events"):format(strain,
  vt.clock() - start, #pull.strain, pull.evaluations:sum(), #pull.events))
