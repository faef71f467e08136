-- How long a picture of atoms takes, and how much memory:
--
--     build/vitrum tests/bench/picture.lua [most atoms]
--
-- One thread, 1200 x 900 pixels with legend, scale bar and box, a PNG file; the best of three. Goes
-- up to 1e6 atoms when nothing else is said. Results stand in picture.md.

local vt = require "vitrum"

local MOST <const> = tonumber(arg[1] or 1e6)
vt.threads(1)
vt.quiet(true)

-- The most memory this process ever held [GB].
local function peak_memory()
  for line in io.lines "/proc/self/status" do
    local kilobytes = line:match "^VmHWM:%s+(%d+)"
    if kilobytes then return tonumber(kilobytes) / 1e6 end
  end
end

local path = os.tmpname()
os.remove(path)
path = path .. ".png"
print "| atoms | colors | processor time (s) | wall time (s) | peak memory (GB) |"
print "| --- | --- | --- | --- | --- |"
-- A block of glass-like packing, repeated along each edge.
for _, size in ipairs { { 10000, 1 }, { 12500, 2 }, { 15625, 4 }, { 19531, 8 } } do
  if size[1] * size[2] ^ 3 > MOST then break end
  local atoms = vt.atoms.random{ composition = "Cu64Zr36", n = size[1], seed = 1 }
    :replicate(size[2], size[2], size[2])
  local height = atoms:positions():column(3):copy()
  for _, case in ipairs { { "species", {} }, { "numbers", { color = height } },
                          { "species, perspective", { perspective = true } } } do
    local options = case[2]
    options.overwrite, options.most = true, #atoms
    local processor, wall = math.huge, math.huge
    for _ = 1, #atoms > 1e6 and 1 or 3 do
      local clock, start = os.clock(), vt.clock()
      atoms:picture(path, options)
      processor, wall = math.min(processor, os.clock() - clock), math.min(wall, vt.clock() - start)
    end
    print(("| %d | %s | %.2f | %.2f | %.2f |"):format(#atoms, case[1], processor, wall,
      peak_memory()))
  end
end
os.remove(path)
