-- The interactive view in a browser without a graphics processor: size of the page, time to write
-- it and to the first picture, and pictures a second while it turns.
--
--     LUA_PATH="tests/browser/?.lua;;" build/vitrum tests/bench/view.lua glass.data
--
-- The results are in view.md.
local vt = require "vitrum"
local chromium = require "chromium"

local path = arg[1]
local glass = vt.atoms.read(path, { species = { "Cu", "Zr" } })

local SCRIPT <const> = [[
  (async () => {
    while (!(views()[0] && views()[0].drawn)) await frame();
    const first = performance.now(), view = await settled();
    const turn = async seconds => {
      const began = performance.now(), start = view.drawn;
      while (performance.now() - began < seconds * 1000) { view.turn(0.03, 0.004); await frame(); }
      return (view.drawn - start) / (performance.now() - began) * 1000;
    };
    await turn(2); // finds how much it can draw
    say("first", first); say("turning", await turn(4)); say("level", view.level);
    console.log("END");
  })();]]

local function read(name)
  local file <close> = assert(io.open(name, "rb"))
  return file:read "a"
end

print "   atoms   write (s)   page (MB)   bytes/atom   first picture (s)   pictures/s   level"
for _, times in ipairs { { 2, 1, 1 }, { 5, 5, 4 } } do
  local atoms = glass:replicate(table.unpack(times))
  local page = os.tmpname() .. ".html"
  local began = vt.clock()
  vt.view(atoms, { file = page, open = false, still = false })
  local wrote, text = vt.clock() - began, read(page)
  local data = text:match '<script type="text/plain" class="view%-data">(.-)</script>'
  local file <close> = assert(io.open(page, "wb"))
  file:write((text:gsub("; script%-src '[^']*'", "; script-src 'unsafe-inline'")
    :gsub("</body>", function()
      return "<script>" .. read "tests/browser/probe.js" .. SCRIPT .. "</script></body>"
    end)))
  file:close()
  local said = {}

  for _, line in ipairs((chromium.run(page, {}))) do
    local name, value = line:match "^SAY (%S+) (.*)$"
    if name then said[name] = tonumber(value) end
  end
  os.remove(page)
  print(("%8d   %9.2f   %9.2f   %10.1f   %17.2f   %10.1f   %5d"):format(#atoms, wrote, #text / 1e6,
    #data * 3 / 4 / #atoms, said.first / 1000, said.turning, said.level))
end
