-- Stores of synthetic searches for tests.
local core = require "vitrum.store_core"
local folder = require "io_folder"
local vt = require "vitrum"

local fixture = {}

--- A class of tests, each with an empty folder, in memory where that can be had: what a disk takes
--- to write things down is not what is tested.
function fixture.class()
  return {
    setUp = function()
      local pipe <close> = assert(io.popen(
        "mktemp -d -p /dev/shm vitrum-XXXXXX 2>/dev/null || mktemp -d /tmp/vitrum-XXXXXX"))
      folder.path = pipe:read "l"
    end,
    tearDown = function()
      assert(folder.path:find "/vitrum%-")
      os.execute("rm -rf '" .. folder.path .. "'")
    end,
  }
end

--- A glass of n atoms, which need no potential here.
function fixture.glass(n)
  return vt.atoms.random{ composition = "Cu64Zr36", n = n or 60, seed = 4 }
end

--- A store with the events that make(center, search) gives, for `searches` searches of each atom.
function fixture.store(path, glass, searches, make)
  local store = core.create(path, glass, { "potential", "test", "seed", "1" }, 1, 1)
  for center = 1, #glass do
    for search = 1, searches do
      local event = make(center, search)
      event.center, event.search, event.seed = center, search, 1
      event.reason = event.reason or (event.connected and "connected" or "lost")
      core.add(store, event)
    end
  end
  core.close(store)
  return path
end

--- An event with one barrier and one atom that moves, so that no two atoms find the same.
function fixture.event(center, search, barrier)
  return { connected = true, barrier = barrier, reverse_barrier = barrier + 1, curvature = -1,
           force = 0.01, moved = 1, active = 30, evaluations = 20, region_evaluations = 100,
           seconds = 0.5,
           saddle = { atoms = { center }, displacement = { { 0.3 + search, 0, 0 } } },
           final = { atoms = { center }, displacement = { { 0.6 + search, 0, 0 } } } }
end

return fixture
