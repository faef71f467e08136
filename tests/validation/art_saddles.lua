-- Saddles of a published glass against dense second derivatives: how many eigenvalues are negative
-- when the atoms near the one that moved furthest move and all others stand still.
-- Run as: vitrum art_saddles.lua GLASS POTENTIAL SADDLES FORCE RADIUS
local vt = require "vitrum"

local glass = vt.atoms.read(arg[1], { species = { "Cu", "Zr" } })
glass.potential = vt.potential.eam(arg[2])
local wanted, force, radius = tonumber(arg[3] or 200), tonumber(arg[4] or 0.05),
  tonumber(arg[5] or 11)
vt.quiet(true)
vt.minimize(glass, { fmax = 1e-5 })
local art = vt.art(glass, { seed = 11, force = force })
local finer = vt.art(glass, { seed = 11, force = 1e-3, steps = 500 })
local edge = glass:volume() ^ (1 / 3)

-- Eigenvalues of the second derivatives by the positions of the atoms around the one that has moved
-- furthest, column after column, at the saddle of the whole sample. A search may end far from its
-- center. Those by all positions have at least as many below 0 (Cauchy's interlacing).
local function eigenvalues(event, within)
  local sample = glass:copy()
  local positions = sample:positions()
  local list = event.saddle.atoms
  positions[list] = positions[list] + event.saddle.displacement
  local lengths = (event.saddle.displacement ^ 2):sum(2)
  local middle = math.tointeger(list[lengths:argmax()])
  local near, rows = {}, {}
  for atom = 1, #sample do
    local d, d2 = positions[atom] - positions[middle], 0
    for q = 1, 3 do d2 = d2 + (d[q] - edge * math.floor(d[q] / edge + 0.5)) ^ 2 end
    if d2 < within ^ 2 then
      near[#near + 1] = atom
      for q = 1, 3 do rows[#rows + 1] = 3 * (atom - 1) + q end
    end
  end
  local units = vt.array.zeros(#rows, 3 * #sample)
  for k, row in ipairs(rows) do units:set(k, row, 1) end
  local products = sample:hessian_times(units:reshape(#rows, #sample, 3))
  local matrix = products:reshape(#rows, 3 * #sample):transpose()[rows]
  return matrix:eigen(), #near
end

local seconds, searches, reasons, negative = os.clock(), 0, {}, {}
local saddles, atoms, difference, second = 0, 0, 0, math.huge

-- The table so far.
local function report()
  print("searches", searches)
  for reason, n in pairs(reasons) do print(reason, n) end
  for below, n in pairs(negative) do print("saddles with " .. below .. " below 0", n) end
  print("atoms that move, mean", atoms / saddles)
  print("lowest second eigenvalue (eV/A^2)", second)
  print("largest |curvature / lowest eigenvalue - 1|", difference)
  print("processor seconds", os.clock() - seconds)
  io.stdout:flush()
end

-- A saddle without exactly one: itself, and the same search to 1e-3 eV/A, in wider surroundings.
local function look_closer(event, values)
  print("not one:", event.center, event.search, event.reason, event.barrier, event.curvature,
    values[1], values[2])
  local fine = finer:search(event.center, event.search)
  print("  to 1e-3 eV/A:", fine.reason, fine.barrier, fine.curvature, fine.force)
  if not fine.connected then return end
  for _, wider in ipairs{ radius, radius + 3, radius + 6 } do
    local of, near = eigenvalues(fine, wider)
    print(("  %d atoms within %g A:"):format(near, wider), of:lt(0):sum() .. " below 0", of[1],
      of[2])
    if of:lt(0):sum() == 1 then return end
  end
end

while saddles < wanted do
  searches = searches + 1
  local event = art:search((searches * 97) % #glass + 1, 1 + searches // #glass)
  reasons[event.reason] = (reasons[event.reason] or 0) + 1
  if event.connected then
    local values, near = eigenvalues(event, radius)
    local below = values:lt(0):sum()
    negative[below] = (negative[below] or 0) + 1
    saddles, atoms = saddles + 1, atoms + near
    difference = math.max(difference, math.abs(event.curvature / values[1] - 1))
    second = math.min(second, values[2])
    if below ~= 1 then look_closer(event, values) end
    if saddles % 20 == 0 or saddles == wanted then report() end
  end
end
