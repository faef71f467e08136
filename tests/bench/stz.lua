-- Cost of an event on the STZ lattice: the fast engine from 64 up, the plain one beside it.
--
--     build/vitrum tests/bench/stz.lua [largest side] [seconds for each measurement] [strain]
--
-- The fast engine is measured where events are frequent; the plain one from the start, since its
-- cost is the same anywhere. Each does steps of any kind for the given time.
local vt = require "vitrum"

local largest = tonumber(arg and arg[1]) or 512
local seconds = tonumber(arg and arg[2]) or 5
local strain = tonumber(arg and arg[3]) or 0.04

vt.quiet(true)
vt.threads(1)
local LOAD <const> = { strain_rate = 1e-4, strain = { xx = 1 }, stress = { yy = 0, xy = 0 } }

-- Seconds per step of a lattice that is under way.
local function cost(lat, limit)
  local before, start = lat:state(), vt.clock()
  lat:advance{ steps = 1 }
  lat:advance{ steps = 1000000, seconds = limit }
  local after, spent = lat:state(), vt.clock() - start
  local steps = 0
  for _, kind in ipairs { "elastic_steps", "thermal_steps", "athermal_steps" } do
    steps = steps + after[kind] - before[kind]
  end
  return spent / steps, steps
end

print("side  fast [us/step]  steps  plain [us/step]  steps  ratio")
local n = 64
while n <= largest do
  local lat = vt.stz.lattice{ n = n, seed = 1, barrier = { mean = 2.0 } }
  lat:set_load(LOAD)
  -- Large lattices have events at any strain; small ones must be strained to have some.
  lat:advance{ pause = strain, seconds = 10 * seconds }
  local reached = lat:state().strain
  local fast, fast_steps = cost(lat, seconds)
  lat:close()
  local other = vt.stz.lattice{ n = n, seed = 1, engine = "plain" }
  other:set_load(LOAD)
  local plain, plain_steps = cost(other, seconds)
  other:close()
  print(("%4d  %14.1f  %5d  %15.0f  %5d  %5.0f   (strain %.4f)"):format(n, fast * 1e6, fast_steps,
    plain * 1e6, plain_steps, plain / fast, reached))
  n = 2 * n
end
