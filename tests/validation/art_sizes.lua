-- Cost of a search in samples of different sizes: a published glass and its replicas, the same
-- atoms searched around. Run as: vitrum art_sizes.lua GLASS POTENTIAL SEARCHES SIZE..., a size
-- being as 5x5x4.
local vt = require "vitrum"

local glass = vt.atoms.read(arg[1], { species = { "Cu", "Zr" } })
glass.potential = vt.potential.eam(arg[2])
local searches, atoms = tonumber(arg[3]), #glass
vt.quiet(true)
vt.minimize(glass, { fmax = 1e-5 })

for k = 4, #arg do
  local x, y, z = arg[k]:match "^(%d+)x(%d+)x(%d+)$"
  local sample = glass:replicate(tonumber(x), tonumber(y), tonumber(z))
  sample.potential = glass.potential
  local art = vt.art(sample, { seed = 7 })
  local sum = { seconds = 0, connected = 0, barrier = 0, active = 0, evaluations = 0 }
  for n = 1, searches do
    local start = os.clock()
    local event = art:search((n * 97) % atoms + 1, 1)
    sum.seconds = sum.seconds + os.clock() - start
    sum.evaluations = sum.evaluations + event.evaluations * #sample
    if event.connected then
      sum.connected, sum.barrier = sum.connected + 1, sum.barrier + event.barrier
      sum.active = sum.active + event.active
    end
  end
  print(("| %d | %.3f | %d of %d | %.3f | %.0f | %.2f |"):format(#sample, sum.seconds / searches,
    sum.connected, searches, sum.barrier / sum.connected, sum.active / sum.connected,
    sum.evaluations / searches / 1e6))
  io.stdout:flush()
end
