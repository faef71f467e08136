-- How long a picture of atoms takes, and how much memory:
--
--     build/vitrum tests/bench/picture.lua [most atoms]
--
-- Seconds of processor time and of wall time with one thread, best of three, 1200 x 900 pixels with
-- legend, scale bar and box, PNG written to a file. Results stand in picture.md.

local system = require "vitrum.system"
local vt = require "vitrum"

local MOST <const> = tonumber(arg[1] or 1e6)
vt.threads(1)
vt.quiet(true)

local function peak_memory()
  for line in io.lines "/proc/self/status" do
    local kilobytes = line:match "^VmHWM:%s+(%d+)"
    if kilobytes then return tonumber(kilobytes) / 1e6 end
  end
end

local path = os.tmpname() .. ".png"
print "| atoms | what | processor time (s) | wall time (s) | peak memory (GB) |"
print "| --- | --- | --- | --- | --- |"
for _, n in ipairs { 10000, 100000, 1000000, 10000000 } do
  if n > MOST then break end
  local cells = math.floor((n / 10000) ^ (1 / 3) + 0.5)
  local atoms = vt.atoms.random{ composition = "Cu64Zr36", n = 10000, seed = 1 }
  if cells > 1 then atoms = atoms:replicate(cells, cells, n // 10000 // cells ^ 2 | 0) end
  local values = atoms:positions():column(3):copy()
  for _, case in ipairs { { "species", {} }, { "numbers", { color = values } },
                          { "perspective", { perspective = true } } } do
    local options = case[2]
    options.overwrite, options.most = true, #atoms
    local processor, wall = math.huge, math.huge
    for _ = 1, n > 1e6 and 1 or 3 do
      local clock, start = os.clock(), vt.clock()
      atoms:picture(path, options)
      processor, wall = math.min(processor, os.clock() - clock), math.min(wall, vt.clock() - start)
    end
    print(("| %d | %s | %.2f | %.2f | %.2f |"):format(#atoms, case[1], processor, wall,
      peak_memory()))
  end
end
os.remove(path)
assert(system.kind(path) ~= "file")
