-- Speed and memory of Hessian times vector, beside evaluations of forces in turn:
--
--     build/vitrum tests/bench/hessian.lua POTENTIAL
--
-- with an EAM file for Cu and Zr such as ZrCuAl2011.eam.alloy. Wall times, median of
-- VITRUM_BENCH_RUNS (20) runs, since the least of a few is a matter of luck on a loaded machine.
-- Ends with status 1 when a limit is missed. Results: hessian.md.

local vt = require "vitrum"

local potential = vt.potential.eam(arg[1] or error "usage: hessian.lua POTENTIAL")

local RUNS <const> = math.tointeger(tonumber(os.getenv "VITRUM_BENCH_RUNS" or 20))

local failed = false

local function report(what, value, unit, limit)
  local good = not limit or value <= limit
  failed = failed or not good
  print(("%-52s %8.2f %-4s%s"):format(what, value, unit,
    limit and (" limit %.2f  %s"):format(limit, good and "ok" or "MISSED") or ""))
end

local function alloy(cells)
  local atoms = vt.atoms.fcc{ species = "Cu", a = 4.0, cells = cells }
  atoms:substitute{ from = "Cu", to = "Zr", count = #atoms * 36 // 100, seed = 1 }
  atoms:rattle{ amplitude = 0.15, seed = 2 }
  atoms.potential = potential
  return atoms
end

--- Median wall times [ms] of functions that are run in turn.
local function medians(functions)
  local times = {}
  for run = 1, RUNS do
    for k, f in ipairs(functions) do
      local start = vt.clock()
      f()
      times[k] = times[k] or {}
      times[k][run] = 1e3 * (vt.clock() - start)
    end
  end
  for k, list in ipairs(times) do
    table.sort(list)
    times[k] = list[(RUNS + 1) // 2]
  end
  return times
end

--- Megabytes of memory: now, and the most there was.
local function memory()
  local status <close> = assert(io.open "/proc/self/status")
  local text = status:read "a"
  return text:match "VmRSS:%s*(%d+)" / 1024, text:match "VmHWM:%s*(%d+)" / 1024
end

do
  local atoms = alloy(23)
  atoms:forces()
  local v = vt.array.random(#atoms, 3)
  collectgarbage()
  local before = memory()
  atoms:hessian_times(v)
  local after, most = memory()
  print(("%d atoms"):format(#atoms))
  report("  memory of the Hessian", after - before, "MB", 400)
  report("  the most while it was made", most - before, "MB", 400)
end
collectgarbage()

for threads = 1, 2 do
  vt.threads(threads)
  local atoms, moved = alloy(15), alloy(15)
  local x, one, four = moved:positions(), vt.array.random(#atoms, 3), vt.array.random(4, #atoms, 3)
  local function move() x[1][1] = x[1][1] + 1e-9 end
  local forces, product, products, prepare, born = table.unpack(medians{
    function() move() moved:forces() end,
    function() atoms:hessian_times(one) end,
    function() atoms:hessian_times(four) end,
    function() move() moved:hessian_times(one) end,
    function() move() moved:born() end })
  print(("%d atoms, %d thread%s: forces %.2f ms, one vector %.2f ms, four %.2f ms"):format(#atoms,
    threads, threads > 1 and "s" or "", forces, product, products))
  report("  one vector / forces", product / forces, "", 3)
  report("  four vectors, each / one vector", products / 4 / product, "", 1)
  report("  making it / forces", (prepare - product - forces) / forces, "")
  report("  Born tensor / forces", born / forces, "")
end

os.exit(not failed)
