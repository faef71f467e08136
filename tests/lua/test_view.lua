-- The interactive view: what its page holds, how exactly and in how many bytes, and that names in
-- it are shown and never run. tests/browser looks at it in a browser.
local lu = require "luaunit"
local vt = require "vitrum"
local core = require "vitrum.view_core"

local OUT <const> = os.tmpname()
os.remove(OUT)

local function wrong(f, message) lu.assertErrorMsgContains(message, f) end

local function glass(n, seed)
  return vt.atoms.random { composition = { Cu = 64, Zr = 36 }, n = n or 200, seed = seed or 1 }
end

local function written(source, given)
  local path = OUT .. ".html"
  given = given or {}
  given.file, given.open, given.overwrite = path, false, true
  if given.still == nil then given.still = false end
  lu.assertEquals(vt.view(source, given), path)
  local file <close> = io.open(path, "rb")
  local page = file:read "a"
  os.remove(path)
  return page
end

-- RFC 4648, by arithmetic of its own.
local DIGITS <const> = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local function from_base64(text)
  local bits, held, out = 0, 0, {}
  for digit in text:gmatch "[%w+/]" do
    bits, held = bits << 6 | DIGITS:find(digit, 1, true) - 1, held + 6
    if held >= 8 then
      held = held - 8
      out[#out + 1] = string.char(bits >> held & 255)
    end
  end
  return table.concat(out)
end

local function data_of(page)
  return from_base64(page:match '<script type="text/plain" class="view%-data">(.-)</script>')
end

local function head_of(page)
  return require("vitrum.base.json").decode(
    page:match '<script type="application/json" class="view%-head">(.-)</script>', "the head")
end

TestBytes = {}

function TestBytes.test_base64_is_that_of_the_standard()
  for plain, coded in pairs { [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==",
                              fooba = "Zm9vYmE=", foobar = "Zm9vYmFy" } do
    lu.assertEquals(core.base64(plain), coded)
  end
  local all = {}
  for k = 0, 255 do all[k + 1] = string.char(k) end
  lu.assertEquals(from_base64(core.base64(table.concat(all))), table.concat(all))
end

function TestBytes.test_positions_are_off_by_less_than_half_a_step()
  local atoms = glass(500):wrap()
  local positions = atoms:positions()
  local bytes, low, high = core.positions(atoms, positions)
  lu.assertEquals(low, { 0, 0, 0 })
  lu.assertEquals(high, { 1, 1, 1 })
  local lengths = atoms:box().lengths
  local worst = 0
  for i = 1, #atoms do
    for k = 1, 3 do
      local place = string.unpack("<I2", bytes, 6 * (i - 1) + 2 * k - 1)
      local off = math.abs(place / 65535 * lengths[k] - positions[i][k])
      worst = math.max(worst, off * 131070 / lengths[k])
    end
  end
  lu.assertTrue(worst <= 1 + 1e-9, worst)
  lu.assertTrue(worst > 0.5, worst) -- it is rounding that is seen
end

function TestBytes.test_atoms_outside_of_a_free_axis_widen_the_frame()
  local atoms = glass(2)
  atoms:set_box { lengths = { 10, 10, 10 }, periodic = { true, true, false } }
  atoms:positions()[1], atoms:positions()[2] = vt.array { 1, 1, -5 }, vt.array { 9, 9, 20 }
  local bytes, low, high = core.positions(atoms, atoms:positions())
  lu.assertEquals({ low[3], high[3] }, { -0.5, 2.0 })
  lu.assertEquals({ string.unpack("<I2I2I2I2I2I2", bytes) },
    { 6554, 6554, 0, 58982, 58982, 65535, 13 })
end

function TestBytes.test_values_and_what_is_none()
  lu.assertEquals({ core.values(vt.array { -1, 0, 1, 2, 3, 0 / 0, math.huge }, 0, 2):byte(1, -1) },
    { 0, 0, 127, 254, 254, 255, 255 })
end

function TestBytes.test_ids_that_are_not_counted_up()
  lu.assertEquals(core.ids(vt.array({ 1, 2, 3 }, "int64")), "")
  -- 5: +5 is 10; 3: -2 is 3; 1000: +997 is 1994 = 0x7CA, 74 with more to come, 15.
  lu.assertEquals({ core.ids(vt.array({ 5, 3, 1000 }, "int64")):byte(1, -1) }, { 10, 3, 202, 15 })
end

function TestBytes.test_who_lies_open()
  -- A block of fcc copper: the atoms inside are buried, those of a face are seen from its side.
  local block = vt.atoms.fcc { species = "Cu", a = 3.615, cells = 6 }
  local open = vt.array.zeros(#block, { dtype = "int64" })
  local positions = block:positions()
  core.open(positions, vt.array.zeros(#block) + 1.278, open)
  local looks = core.looks(open)
  local top = positions:max(1)
  for i = 1, #block do
    local x, y, z = positions[i][1], positions[i][2], positions[i][3]
    local level, side = looks:byte(i) & 31, looks:byte(i) >> 5
    local least = math.min(x, y, z, top[1] - x, top[2] - y, top[3] - z)
    if least > 3.7 then lu.assertEquals(level, 0) end
    if least < 0.1 then lu.assertTrue(level >= 8, level) end
    local inner = math.min(x, y, top[1] - x, top[2] - y)
    if z > top[3] - 0.1 and inner > 3.7 then lu.assertEquals(side, 5) end
    if z < 0.1 and inner > 3.7 then lu.assertEquals(side, 6) end
  end
end

function TestBytes.test_one_atom_is_open_all_around()
  local open = vt.array.zeros(1, { dtype = "int64" })
  core.open(vt.array { { 1, 2, 3 } }, vt.array { 1.3 }, open)
  lu.assertEquals(core.looks(open):byte(), 31)
end

TestPage = {}

function TestPage.test_bytes_of_an_atom()
  local atoms = glass(1000)
  lu.assertEquals(#data_of(written(atoms)), 8 * 1000)
  local z = atoms:positions():column(3)
  lu.assertEquals(#data_of(written(atoms, { color = { height = z, depth = -z } })), 10 * 1000)
end

function TestPage.test_the_head()
  local atoms = glass(100)
  local z = atoms:positions():column(3)
  local head = head_of(written(atoms, { color = { D2min = z, ["z <b>"] = z }, name = "A & B",
                                        limits = { D2min = { 1, 2 } } }))
  lu.assertEquals(head.count, 100)
  lu.assertEquals(head.title, "A & B")
  lu.assertEquals(#head.species, 2)
  lu.assertEquals(head.quantities[1].title, "D2min (Å²)")
  lu.assertEquals({ head.quantities[1].low, head.quantities[1].high }, { 1, 2 })
  lu.assertEquals(head.quantities[2].title, "z <b>")
end

function TestPage.test_limits_of_nothing_are_refused()
  local atoms = glass(50)
  local z = atoms:positions():column(3)
  wrong(function() written(atoms, { color = { a = z, b = z }, limits = { zz = { 0, 1 } } }) end,
    "view: option 'limits' names 'zz', but the quantities are a, b")
  wrong(function() written(atoms, { color = { a = z, b = z }, limits = 5 }) end,
    "must be { low, high }")
  wrong(function() written(atoms, { limits = { 0, 1 } }) end,
    "'limits' is for the colors of numbers")
  local head = head_of(written(atoms, { color = { a = z, b = "species" }, limits = { 0, 5 },
                                        palette = "ember" }))
  lu.assertEquals({ head.quantities[1].low, head.quantities[1].high }, { 0, 5 })
end

-- On white, so that it is legible in dark browsers.
function TestPage.test_the_still_picture_has_a_legend()
  local picture, drawn = require "vitrum.picture", nil
  local draw = picture.draw
  picture.draw = function(where, atoms, o, format)
    drawn = o
    return draw(where, atoms, o, format)
  end
  local ok, page = pcall(written, glass(50), { still = true })
  picture.draw = draw
  lu.assertTrue(ok, page)
  lu.assertEquals({ drawn.legend, drawn.scale_bar, drawn.transparent }, { true, true, false })
  lu.assertStrContains(page, '<img class="view-still"')
end

function TestPage.test_names_do_no_harm()
  local name = "</script><script>alert(1)</script><!-- \" ' & \\ \n\u{2028}"
  local page = written(glass(50), { name = name, color = { [name] = vt.array.range(1, 50) } })
  local _, scripts = page:gsub("<script", "")
  lu.assertEquals(scripts, 3)
  lu.assertNil(page:find("<!--", 1, true))
  lu.assertNil(page:find("alert(1)</script>", 1, true))
  lu.assertEquals(head_of(page).quantities[1].title, name)
end

function TestPage.test_the_page_may_run_its_own_script_only()
  local page = written(glass(50))
  local policy = page:match 'Content%-Security%-Policy" content="([^"]*)"'
  local script = page:match "<script>(.-)</script>"
  local digest = require("vitrum.system").sha256(script):gsub("%x%x", function(byte)
    return string.char(tonumber(byte, 16))
  end)
  lu.assertStrContains(policy, "default-src 'none'")
  lu.assertStrContains(policy, "script-src 'sha256-" .. core.base64(digest) .. "'")
  lu.assertNil(page:find "https?:")
end

function TestPage.test_frames()
  local first = glass(100)
  local second = first:copy():rattle { amplitude = 0.3, seed = 2 }
  local page = written { first, second, first }
  lu.assertEquals(#data_of(page), 100 * (3 * 6 + 2))
  lu.assertEquals(#head_of(page).frames, 3)
  wrong(function() written { first, glass(101) } end, "frame 2")
end

-- Run f with other limits of a page.
local function with_limits(limits, f)
  local view = require "vitrum.picture.view"
  local before = view.MOST
  view.MOST = { atoms = limits.atoms or before.atoms, bytes = limits.bytes or before.bytes }
  local ok, message = pcall(f)
  view.MOST = before
  assert(ok, message)
end

function TestPage.test_too_many_atoms_are_refused_before_anything_is_computed()
  local atoms, voronoi, asked = glass(1000), vt.structure.voronoi, 0
  vt.structure.voronoi = function(...)
    asked = asked + 1
    return voronoi(...)
  end
  local ok, message = pcall(with_limits, { atoms = 300 }, function()
    wrong(function() written(atoms, { color = "volume" }) end,
      "1000 atoms make a page of 0 MB, which a browser takes some 1 s to open; thin = 4 shows "
      .. "every 4th of them")
    wrong(function() written(atoms, { color = { a = "volume", b = "volume" }, hide = "Zr" }) end,
      "640 atoms make a page")
    lu.assertEquals(asked, 0)
    local page = written(atoms, { color = "volume", thin = 4 })
    lu.assertEquals(asked, 1)
    lu.assertEquals(head_of(page).count, 250)
    -- ids 1, 5, 9, ...: steps of 1, 4 and 4, doubled as those forward are
    lu.assertEquals({ data_of(page):byte(250 * 9 + 1, 250 * 9 + 3) }, { 2, 8, 8 })
    lu.assertEquals(head_of(written(atoms, { thin = 1 })).count, 1000)
    lu.assertEquals(head_of(written(atoms, { only = vt.array.range(1, 300) })).count, 300)
  end)
  vt.structure.voronoi = voronoi
  assert(ok, message)
end

function TestPage.test_frames_of_a_long_trajectory_are_left_out_with_a_message()
  local first, list = glass(100), {}
  for k = 1, 11 do list[k] = first end
  local session = require "vitrum.session"
  local warn, said = session.warn, {}
  session.warn = function(line) said[#said + 1] = line end
  local ok, message = pcall(with_limits, { bytes = 4 * 600 }, function()
    local head = head_of(written(list))
    local names = {}
    for k, each in ipairs(head.frames) do names[k] = each.name end
    lu.assertEquals(names, { "frame 1", "frame 5", "frame 9" })
    lu.assertEquals(#said, 1)
    lu.assertStrContains(said[1], "view: 3 of 11 frames are shown, every 4th")
    written { first, first, first, first }
    lu.assertEquals(#said, 1)
  end)
  session.warn = warn
  assert(ok, message)
end

function TestPage.test_quantities_of_a_trajectory_are_those_of_its_first_frame()
  local atoms = glass(100)
  local page = written({ atoms, atoms:copy() }, { color = "volume" })
  lu.assertStrContains(page, "first frame")
  lu.assertNotStrContains(written(atoms, { color = "volume" }), "first frame")
end

-- Places of the page times the edges are the atom, and what it was displaced by.
function TestPage.test_arrows()
  local atoms = glass(50):wrap()
  local d = vt.array.zeros(50, 3)
  d[7] = { 0.3, -0.4, 0 }
  d[9] = { 0, 0, 0.09 } -- too short
  local one = { atoms = vt.array { 9, 7 }, displacement = vt.array { { 0, 0, 0.09 },
                                                                   { 0.3, -0.4, 0 } } }
  local head = head_of(written(atoms, { arrows = d, arrow_factor = 2 }))
  lu.assertEquals(#head.arrows, 5)
  lu.assertEquals(head_of(written(atoms, { arrows = one, arrow_factor = 2 })).arrows, head.arrows)
  local frame, at, expected = head.frames[1], atoms:positions()[7], { 0.6, -0.8, 0 }
  local function place(line, first)
    local r = {}
    for c = 1, 3 do
      r[c] = frame.origin[c]
      for k = 1, 3 do r[c] = r[c] + line[first + k] * frame.edges[k][c] end
    end
    return r
  end
  local length = 0
  for c = 1, 3 do
    lu.assertAlmostEquals(place(head.arrows[1], 0)[c], at[c], 1e-3)
    lu.assertAlmostEquals(place(head.arrows[1], 3)[c], at[c] + expected[c], 1e-3)
    lu.assertAlmostEquals(place(head.arrows[2], 0)[c], at[c] + expected[c], 1e-3)
    length = length + (place(head.arrows[2], 3)[c] - at[c] - 0.7 * expected[c]) ^ 2
  end
  lu.assertAlmostEquals(math.sqrt(length), 0.12, 1e-3) -- a barb's end lies 0.12 beside the shaft
  -- None of an atom that is not shown, or beyond the least displacement.
  lu.assertEquals(#head_of(written(atoms, { arrows = d, arrow_above = 0.6 })).arrows, 0)
  lu.assertEquals(#head_of(written(atoms, { arrows = d, only = { 1, 2 } })).arrows, 0)
  lu.assertEquals(#head_of(written(atoms, { arrows = d, arrow_above = 0.01 })).arrows, 10)
  lu.assertNil(head_of(written(atoms)).arrows)
  wrong(function() written(atoms, { arrows = 3 }) end, "an array of 50 rows with x, y, z")
  wrong(function() written(atoms, { arrows = vt.array.zeros(49, 3) }) end, "an array of 50 rows")
  one.atoms = { 9, 51 }
  wrong(function() written(atoms, { arrows = one }) end, "names atom 51, but atoms are numbered")
end

function TestPage.test_wrong_input()
  local atoms = glass(100)
  wrong(function() vt.view() end, "view: expected frames")
  wrong(function() written(atoms, { color = vt.array { 1, 2 } }) end,
    "option 'color' has 2 numbers for 100 atoms")
  wrong(function() written(atoms, { color = vt.array.zeros(100) + 0 / 0 }) end, "nan")
  wrong(function() written(atoms, { color = { [0.5] = "energy" } }) end, "got the key 0.5")
  wrong(function() written(atoms:select {}) end, "no atoms")
  wrong(function() written(atoms, { slice = 5 }) end, "option 'slice' [A] must be a table, got 5")
  wrong(function() written(atoms, { colour = "energy" }) end, "did you mean 'color'?")
  wrong(function() vt.view(atoms, { file = "glass.png" }) end, "must end in .html")
  wrong(function() written(atoms, { radii = vt.array.range(1, 100) }) end, "by species")
end

function TestPage.test_a_file_of_someone_else_stays()
  local path = OUT .. "-other.html"
  local file = io.open(path, "w")
  file:write "mine"
  file:close()
  wrong(function() vt.view(glass(10), { file = path, open = false }) end, "overwrite = true")
  os.remove(path)
end

function TestPage.test_in_a_report()
  local page = vt.report { title = "Glass", date = "2026-01-02" }
  page:view(glass(50), { caption = "A <glass>.", still = false })
  page:view(glass(60), { color = "species", still = false })
  local html = page:html()
  lu.assertStrContains(html, "<b>Figure 2.</b>")
  lu.assertStrContains(html, "A &lt;glass&gt;.")
  local _, scripts = html:gsub("<script>", "")
  lu.assertEquals(scripts, 1)
  lu.assertStrContains(html, "script-src 'sha256-")
end

function TestPage.test_the_script_is_well_formed()
  if not os.execute "command -v node >/dev/null 2>&1" then
    lu.skip "node was not found: the script's syntax is not checked here"
  end
  local path = OUT .. ".js"
  local file = io.open(path, "wb")
  file:write((written(glass(5)):match "<script>(.-)</script>"))
  file:close()
  local ok = os.execute("node --check '" .. path .. "'")
  os.remove(path)
  lu.assertTrue(ok)
end

function TestPage.test_the_script_is_small()
  local source = (os.getenv "VITRUM_SOURCE" or ".") .. "/lua/vitrum/picture/view.js"
  local lines = 0
  for _ in io.lines(source) do lines = lines + 1 end
  lu.assertTrue(lines <= 510, lines .. " lines of JavaScript")
end

os.exit(lu.LuaUnit.run())
