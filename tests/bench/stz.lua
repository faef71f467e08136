-- Cost of an event on the STZ lattice: the fast engine from 64 to 1024 sites a side, the plain one
-- beside it.
--
--     build/vitrum tests/bench/stz.lua [largest side] [seconds for each measurement] [strain]
--
-- The fast engine is measured where events are frequent, from the given strain on; an event is one
-- site that transforms. The plain one does the same work in every step, so it is measured from the
-- start, and its steps are counted as events. Times are those of the processor, one thread.
local vt = require "vitrum"

local largest = tonumber(arg and arg[1]) or 1024
local seconds = tonumber(arg and arg[2]) or 5
local strain = tonumber(arg and arg[3]) or 0.035

vt.quiet(true)
vt.threads(1)
local LOAD <const> = { strain_rate = 1e-4, strain = { xx = 1 }, stress = { yy = 0, xy = 0 } }

local function lattice(n, engine)
  return vt.stz.lattice{ n = n, seed = 1, engine = engine }:set_load(LOAD)
end

-- Do steps for the given time; seconds for each of what `count` counts, and how many there were.
local function cost(lat, count)
  lat:advance{ steps = 1 }
  local before, start = count(lat:state()), os.clock()
  repeat lat:advance{ steps = 1 } until os.clock() - start > seconds
  local done = count(lat:state()) - before
  return (os.clock() - start) / done, done
end

local function events(state) return state.transformations end

local function steps(state)
  return state.elastic_steps + state.thermal_steps + state.athermal_steps
end

print("| side | fast [us/event] | events | plain [us/event] | events | ratio |")
print("| --- | --- | --- | --- | --- | --- |")
local n = 64
while n <= largest do
  local lat <close> = lattice(n, "fast")
  lat:advance{ pause = strain, seconds = 100 * seconds }
  local fast, fast_events = cost(lat, events)
  lat:close()
  local other <close> = lattice(n, "plain")
  local plain, plain_events = cost(other, steps)
  print(("| %d | %.1f | %d | %.0f | %d | %.0f |"):format(n, fast * 1e6, fast_events, plain * 1e6,
    plain_events, plain / fast))
  n = n * 2
end
