-- Voronoi cells of 100,000 atoms against voro++ alone; run by structure.sh.
local vt = require "vitrum"

local RUNS <const> = math.tointeger(tonumber(os.getenv "VITRUM_BENCH_RUNS" or 5))
local LIMIT_OF_TIME <const> = 1.2 -- of voro++, on one thread
local LIMIT_OF_SPEEDUP <const> = 1.8 -- with two threads: twice, less what two busy cores cost

local folder = arg[1]
local alone = assert(os.getenv "VITRUM_VORONOI_ALONE", "run by structure.sh")
local glass = vt.atoms.random{ composition = "Cu64Zr36", n = 12500, seed = 1 }:replicate{ 2, 2, 2 }
glass:wrap()

local positions, lines = glass:positions():copy(), {}
for i = 1, #glass do
  local r = positions[i]
  lines[i] = ("%.17g %.17g %.17g\n"):format(r[1], r[2], r[3])
end
local file <close> = assert(io.open(folder .. "/atoms", "w"))
file:write(table.concat(lines))
file:flush()
local box = glass:box()
local command = ("%s %s/atoms %.17g %.17g %.17g 2>/dev/null"):format(alone, folder, box.a[1],
  box.b[2], box.c[3])

local function time_alone()
  local pipe <close> = assert(io.popen(command))
  return tonumber(pipe:read "l")
end

local function time(threads)
  vt.threads(threads)
  local start = vt.clock()
  vt.structure.voronoi(glass):close()
  return vt.clock() - start
end

local best = { alone = math.huge, one = math.huge, two = math.huge }
for _ = 1, RUNS do
  best.alone = math.min(best.alone, time_alone())
  best.one = math.min(best.one, time(1))
  best.two = math.min(best.two, time(2))
end
local ratio, speedup = best.one / best.alone, best.one / best.two
print(("Voronoi cells of %d atoms\n  voro++ alone        %.3f s\n  vitrum, 1 thread    %.3f s, "
  .. "%.2f of voro++ (limit %.1f)\n  vitrum, 2 threads   %.3f s, %.2f times as fast"):format(#glass,
  best.alone, best.one, ratio, LIMIT_OF_TIME, best.two, speedup))
local missed = ratio > LIMIT_OF_TIME or speedup < LIMIT_OF_SPEEDUP
if missed then print "  LIMIT MISSED" end
os.exit(not missed)
