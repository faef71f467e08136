-- Pictures of atoms as files.
local lu = require "luaunit"
local system = require "vitrum.system"
local vt = require "vitrum"

local function contents(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

local function small() return vt.atoms.bcc{ species = "Fe", a = 2.87, cells = { 3, 3, 3 } } end

local SMALL <const> = { width = 160, height = 120 }

local function with(options)
  local all = { overwrite = true }
  for key, value in pairs(SMALL) do all[key] = value end
  for key, value in pairs(options or {}) do all[key] = value end
  return all
end

-- Names of the parts of a PNG file, repeated ones once.
local function chunk_names(png)
  local names, at = {}, 9
  while at < #png do
    local length, name = (">I4c4"):unpack(png, at)
    if names[#names] ~= name then names[#names + 1] = name end
    at = at + 12 + length
  end
  return names
end

TestPicture = {}

function TestPicture:setUp()
  self.folder = os.tmpname()
  os.remove(self.folder)
  system.make_folder(self.folder)
end

function TestPicture:tearDown()
  for _, name in ipairs(system.list(self.folder) or {}) do os.remove(self.folder .. "/" .. name) end
  os.remove(self.folder)
end

function TestPicture:path(name) return self.folder .. "/" .. name end

function TestPicture:test_a_png_has_the_size_that_was_asked_for()
  local atoms, path = small(), self:path "a.png"
  lu.assertIs(atoms:picture(path, SMALL), atoms)
  local png = contents(path)
  lu.assertEquals(png:sub(1, 8), "\x89PNG\r\n\x1a\n")
  local width, height, depth, kind = (">I4I4BB"):unpack(png, 17)
  lu.assertEquals({ width, height, depth, kind }, { 160, 120, 8, 2 })
  lu.assertEquals(png:sub(-8, -5), "IEND")
  lu.assertEquals(chunk_names(png), { "IHDR", "tEXt", "bKGD", "IDAT", "IEND" })
  lu.assertStrContains(png, "Software\0vitrum " .. vt.version)
  atoms:picture(with{ file = path, transparent = true })
  lu.assertEquals((">I4I4BB"):rep(1) and select(4, (">I4I4BB"):unpack(contents(path), 17)), 6)
end

function TestPicture:test_the_same_bytes_with_one_thread_and_two()
  local threads, files = vt.threads(), {}
  for k = 1, 2 do
    vt.threads(k)
    small():picture(self:path(k .. ".png"), SMALL)
    files[k] = contents(self:path(k .. ".png"))
  end
  vt.threads(threads)
  lu.assertTrue(files[1] == files[2])
end

function TestPicture:test_an_svg_may_stand_in_a_report()
  local path = self:path "a.svg"
  local atoms = small()
  local values = {}
  for k = 1, #atoms do values[k] = k end
  values[2] = 0 / 0
  atoms:picture(path, with{ color = values, title = "<b> & \"quotes\" (Å)" })
  local svg = contents(path)
  lu.assertStrContains(svg, "data:image/png;base64,")
  lu.assertNil(svg:find("<b>", 1, true))
  local page = vt.report{ title = "t" }
  page:figure{ svg = svg, caption = "Atoms." }
  page:picture(atoms, { width = 160, height = 120, caption = "The same." })
  local html = page:html()
  local count = select(2, html:gsub("data:image/png;base64,", ""))
  lu.assertEquals(count, 2)
  lu.assertStrContains(html, "<b>Figure 2.</b> The same.")
  lu.assertStrContains(html, "currentColor") -- its legend is legible on dark pages, too
  local ground <const> = '<rect x="0" y="0" width="160" height="120"'
  lu.assertEquals(select(2, html:gsub(ground, "")), 1) -- of the figure, none of the picture
  local white = vt.report{ title = "t" }
  white:picture(atoms, { width = 160, height = 120, transparent = false })
  html = white:html()
  lu.assertStrContains(html, ground)
  lu.assertNil(html:match("<svg.-</svg>"):find "currentColor")
  lu.assertStrContains(html, ("<desc>54 atoms, vitrum %s</desc>"):format(vt.version))
end

-- The texts of a drawing, each as the numbers of its glyphs.
local function texts_of(svg)
  local list = {}
  for group in svg:gmatch '<g style="fill:[^>]*>(.-)</g>' do
    local text = {}
    for glyph in group:gmatch '#glyph([%d-]+)"' do text[#text + 1] = glyph end
    if #text > 0 then list[#list + 1] = table.concat(text, " ") end
  end
  return list
end

function TestPicture:test_what_has_no_room_is_left_out()
  local path = self:path "a.svg"
  local function texts(given)
    small():picture(path, with(given))
    return #texts_of(contents(path))
  end
  lu.assertEquals(texts(), 2) -- Fe, and the length of the bar
  lu.assertEquals(texts{ scale_bar = false }, 1)
  lu.assertEquals(texts{ font_size = 500 }, 0)
  lu.assertEquals(texts{ width = 16, height = 16 }, 0)
end

function TestPicture:test_labels_of_a_color_bar_differ()
  local path, atoms = self:path "a.svg", small()
  for _, limits in ipairs { { 5, 5.000001 }, { 1e7, 1e7 + 1 }, { -3e-9, 2e-9 }, { 0, 1 } } do
    atoms:picture(path, with{ color = vt.array.full(limits[1], #atoms), limits = limits,
                              scale_bar = false, width = 400, height = 300 })
    local seen, count = {}, 0
    for _, label in ipairs(texts_of(contents(path))) do
      lu.assertNil(seen[label], limits[1])
      seen[label], count = true, count + 1
    end
    lu.assertTrue(count >= 4, count)
  end
end

function TestPicture:test_wrong_input()
  local atoms, path = small(), self:path "a.png"
  for message, given in pairs {
    ["must end in .png or .svg, got '" .. path .. ".jpg'"] = { file = path .. ".jpg" },
    ["option 'file' is missing"] = {},
    ["unknown option 'colour'; did you mean 'color'"] = { file = path, colour = "species" },
    ["'view' must be 'corner', 'x'"] = { file = path, view = "top" },
    ["'view' must be a direction"] = { file = path, view = { 0, 0, 0 } },
    ["give another 'up'"] = { file = path, view = "x", up = { 1, 0, 0 } },
    ["too large; 60 million pixels"] = { file = path, width = 20000, height = 20000 },
    ["too small"] = { file = path, width = 2 },
    ["'theme' must be one of"] = { file = path, theme = "blue" },
    ["'bonds' [A] must be a positive number"] = { file = path, bonds = -1 },
    ["Atoms:picture: option 'depth_cue' must be a number from 0 to 1, got 3"] =
      { file = path, depth_cue = 3 },
    ["option 'occlusion' must be a number from 0 to 1, got 2"] = { file = path, occlusion = 2 },
    ["option 'shadow' must be a number from 0 to 1, got 1.5"] = { file = path, shadow = 1.5 },
    ["option 'samples' must be a whole number from 1 to 4, got 9"] = { file = path, samples = 9 },
    ["option 'bond_radius' [A] must be at most half of 'bonds' = 3, got 50"] =
      { file = path, bonds = 3, bond_radius = 50 },
    ["option 'bonds' [A] must be a number from 0.1 to 100, got 1e-300"] =
      { file = path, bonds = 1e-300 },
    ["option 'zoom' must be a number from 0.01 to 1000, got 1e-09"] = { file = path, zoom = 1e-9 },
    ["picture of 1099511627776 x 1099511627776 pixels is too large"] =
      { file = path, width = 1 << 40, height = 1 << 40 },
    ["60000 x 1000 pixels is too large; 60 million pixels are the most, and 32767 along a side"] =
      { file = path, width = 60000, height = 1000 },
  } do
    lu.assertErrorMsgContains(message, atoms.picture, atoms, given)
  end
  lu.assertEquals(system.list(self.folder), {})
  -- Long words and characters that are none are shown as far as they go.
  atoms:picture(self:path "b.png", with{ title = ("Å"):rep(300) .. " \xff" })
  lu.assertErrorMsgContains("give a file name", atoms.picture, atoms, { file = path }, {})
  lu.assertErrorMsgContains("the file is named twice, '" .. path .. "' and file = 'y.png'",
    atoms.picture, atoms, path, { file = "y.png" })
  lu.assertErrorMsgContains("no atoms to show", atoms.picture, atoms:select {}, path)
  -- Refused before a million atoms would be drawn, or refused.
  lu.assertErrorMsgContains("cannot create /nowhere/a.png: No such file", atoms.picture, atoms,
    "/nowhere/a.png", { most = 1 })
end

function TestPicture:test_what_others_wrote_is_kept()
  local path = self:path "mine.png"
  local file <close> = assert(io.open(path, "w"))
  file:write "mine"
  file:close()
  lu.assertErrorMsgContains("set overwrite = true", small().picture, small(), path)
  lu.assertEquals(contents(path), "mine")
  small():picture(path, with())
  lu.assertEquals(contents(path):sub(2, 4), "PNG")
end

os.exit(lu.LuaUnit.run())
