-- Pictures of atoms: glass:picture "glass.png".

local base64 = require("vitrum.view_core").base64
local colors = require "vitrum.picture.colors"
local core = require "vitrum.picture_core"
local files = require "vitrum.base.files"
local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
require "vitrum.report" -- made before a method is added to it
local scene = require "vitrum.picture.scene"
local session = require "vitrum.session"
local text = require "vitrum.base.text"
local vt = require "vitrum"

local raise = options.raise

local picture = {}

local THEMES <const> = {
  light = { background = "ffffff", ink = "1c2126", edge = "5a6168" },
  dark = { background = "14171b", ink = "e8eaed", edge = "9aa3ac" },
}

-- Directions from which one looks, by name, and what points up.
local VIEWS <const> = {
  corner = { { 0.62, -1, 0.42 }, { 0, 0, 1 } },
  x = { { 1, 0, 0 }, { 0, 0, 1 } }, ["-x"] = { { -1, 0, 0 }, { 0, 0, 1 } },
  y = { { 0, 1, 0 }, { 0, 0, 1 } }, ["-y"] = { { 0, -1, 0 }, { 0, 0, 1 } },
  z = { { 0, 0, 1 }, { 0, 1, 0 } }, ["-z"] = { { 0, 0, -1 }, { 0, 1, 0 } },
}
local VIEW_NAMES <const> = "'corner', 'x', 'y', 'z', '-x', '-y' or '-z'"

local LARGEST_AREA <const>, LARGEST_SIDE <const> = 60e6, 32767 -- pixels; cairo draws no more

picture.OPTIONS = scene.with {
  { name = "view", kind = "value", default = "corner",
    help = "from where to look: " .. VIEW_NAMES .. ", or a direction { x, y, z }" },
  { name = "turn", kind = "number", default = 0, unit = "degree",
    help = "turn the atoms about the axis that points up, counterclockwise seen from above" },
  { name = "up", kind = "vector", help = "what points up; z, or y where one looks along z" },
  { name = "perspective", kind = "boolean", default = false,
    help = "what is farther off is smaller; the scale bar then holds in the middle" },
  { name = "zoom", kind = "positive", default = 1, unit = "-", between = { 0.01, 1000 },
    help = "beyond 1 edges are cut" },
  { name = "width", kind = "count", default = 1200, unit = "pixel", help = "of the picture" },
  { name = "height", kind = "count", default = 900, unit = "pixel", help = "of the picture" },
  { name = "theme", kind = "choice", choices = { "light", "dark" }, default = "light",
    help = "white or dark background" },
  { name = "transparent", kind = "boolean", default = false, help = "no background" },
  { name = "legend", kind = "boolean", default = true, help = "species, or the color bar" },
  { name = "scale_bar", kind = "boolean", default = true, help = "a bar with its length" },
  { name = "box", kind = "boolean", default = true, help = "edges of the box" },
  { name = "bonds", kind = "positive", unit = "A", between = { 0.1, 100 },
    help = "join atoms that are this near; not across the faces of the box" },
  { name = "bond_radius", kind = "positive", default = 0.14, unit = "A",
    help = "of bonds, at most half of their length" },
  { name = "depth_cue", kind = "nonnegative", default = 0.25, between = { 0, 1 },
    help = "how far distant atoms fade, 0 to 1" },
  { name = "occlusion", kind = "nonnegative", default = 1, between = { 0, 1 },
    help = "how dark gaps between atoms are, 0 to 1" },
  { name = "shadow", kind = "nonnegative", default = 0.85, between = { 0, 1 },
    help = "how dark the shadows of the lamp are, 0 to 1" },
  { name = "samples", kind = "count", default = 3, between = { 1, 4 },
    help = "for smooth edges, along a side of a pixel: 1 to 4" },
  { name = "font_size", kind = "positive", unit = "pixel", between = { 1, 1000 },
    help = "by default as fits the size; a legend or bar without room is left out" },
}

-- The direction of view and what points up.
local function camera_of(where, o)
  local from, up
  if type(o.view) == "string" then
    local known = VIEWS[o.view]
    if not known then
      raise("%s: option 'view' must be %s, or a direction { x, y, z }, got '%s'", where,
        VIEW_NAMES, o.view)
    end
    from, up = known[1], known[2]
  else
    from = scene.direction(where, "option 'view'", o.view)
    up = math.abs(from[3]) > 0.999 and { 0, 1, 0 } or { 0, 0, 1 }
  end
  if o.up ~= nil then up = scene.direction(where, "option 'up'", o.up) end
  local apart = 0
  for c = 1, 3 do
    local d, e = c % 3 + 1, (c + 1) % 3 + 1
    apart = math.max(apart, math.abs(from[d] * up[e] - from[e] * up[d]))
  end
  if apart < 1e-6 then
    raise("%s: option 'up' points along 'view', the direction from which one looks; give another "
      .. "'up'", where)
  end
  -- Turning the atoms is turning the viewer the other way (Rodrigues' formula).
  local angle, k = -math.rad(o.turn), scene.direction(where, "option 'up'", up)
  local cos, sin = math.cos(angle), math.sin(angle)
  local along = k[1] * from[1] + k[2] * from[2] + k[3] * from[3]
  local turned = {}
  for c = 1, 3 do
    local d, e = c % 3 + 1, (c + 1) % 3 + 1
    turned[c] = from[c] * cos + (k[d] * from[e] - k[e] * from[d]) * sin + k[c] * along * (1 - cos)
  end
  return turned, up
end

local function number_of(hex) return tonumber(hex, 16) end

-- Lines of the legend: species with their numbers, or what the color bar does not show.
local function items_of(shown)
  local items = {}
  local function add(label, color)
    items[#items + 1] = { label = label, color = number_of(color) }
  end
  if not shown.values then
    for _, species in ipairs(shown.species) do
      if species.count > 0 then add(text.clean(species.symbol), species.color) end
    end
  elseif shown.missing > 0 then
    add("no value", colors.NO_VALUE)
  end
  return items
end

---Draw atoms as a file in memory.
---@param where string
---@param atoms vitrum.Atoms
---@param o table checked options
---@param format "png"|"svg"
---@return string
function picture.draw(where, atoms, o, format)
  if math.max(o.width, o.height) > LARGEST_SIDE
      or 1.0 * o.width * o.height > LARGEST_AREA then -- whole numbers would wrap around
    raise("%s: a picture of %d x %d pixels is too large; %d million pixels are the most, and %d "
      .. "along a side", where, o.width, o.height, LARGEST_AREA // 1e6, LARGEST_SIDE)
  end
  if o.bonds and o.bond_radius > o.bonds / 2 then
    raise("%s: option 'bond_radius' [A] must be at most half of 'bonds' = %g, got %g", where,
      o.bonds, o.bond_radius)
  end
  local shown = scene.build(where, atoms, o)
  local theme = THEMES[o.theme]
  local from, up = camera_of(where, o)
  local settings = {
    width = o.width, height = o.height, from = from, up = up, angle = o.perspective and 24 or 0,
    zoom = o.zoom, samples = o.samples, occlusion = o.occlusion, shadow = o.shadow,
    depth_cue = o.depth_cue, background = number_of(theme.background),
    ink = number_of(theme.ink), edge_color = number_of(theme.edge),
    edge_width = math.max(o.width, o.height) / 900, transparent = o.transparent,
    font_size = o.font_size or 0, scale_bar = o.scale_bar, box = o.box and shown.box or nil,
  }
  if o.bonds then
    settings.bonds = core.bonds(shown.positions, shown.radii, shown.color, o.bonds)
    settings.bond_radius = o.bond_radius
  end
  if o.legend then
    settings.title = shown.title ~= "" and text.clean(shown.title) or nil
    settings.items = items_of(shown)
    if shown.values then
      settings.stops = {}
      for k, hex in ipairs(shown.stops) do settings.stops[k] = number_of(hex) end
      settings.low, settings.high = shown.low, shown.high
      settings.below, settings.above = shown.below > 0, shown.above > 0
    end
  end
  local drawn = core.draw(shown.positions, shown.radii, shown.color, settings, format)
  if format == "png" then return drawn end
  return (drawn:gsub("^(.-<svg[^>]*>\n)", function(head)
    return ("%s<desc>%d atoms, vitrum %s</desc>\n"):format(head, shown.count, vt.version)
  end, 1))
end

-- cairo's way to write a color.
local function svg_color(hex)
  local parts = { colors.channels(hex) }
  for c = 1, 3 do
    parts[c] = ("%.6f"):format(parts[c] / 255 * 100):gsub("%.?0+$", "") .. "%"
  end
  return "rgb(" .. table.concat(parts, ",") .. ")"
end

---A drawing to stand in a page; where it has no background it takes the ink of the page.
---@param where string
---@param atoms vitrum.Atoms
---@param o table checked options
---@return string svg
function picture.inline(where, atoms, o)
  local svg = picture.draw(where, atoms, o, "svg")
  if not o.transparent then return svg end
  local ink = svg_color(THEMES[o.theme].ink):gsub("%p", "%%%0")
  return (svg:gsub(ink, "currentColor"))
end

local METHOD_OPTIONS <const> = table.move(picture.OPTIONS, 1, #picture.OPTIONS, 3, {
  { name = "file", kind = "string", required = true, help = "name.png or name.svg" },
  { name = "overwrite", kind = "boolean", default = false,
    help = "replace a file that this run did not write" },
})

---@class vitrum.Atoms
local Atoms = session.types()["Atoms"].methods

---Draw the atoms as shaded spheres.
---@param given string|table the file's name, or options
---@return vitrum.Atoms self
function Atoms:picture(given, more)
  local where = "Atoms:picture"
  if type(given) == "string" then
    if options.given(where, more).file ~= nil then
      raise("%s: the file is named twice, %s and file = %s", where, numbers.show(given),
        numbers.show(more.file))
    end
    given = options.put(where, { file = given }, more)
  elseif more ~= nil then
    raise("%s: give a file name and options, or one table of options", where)
  end
  local o = options.check(where, METHOD_OPTIONS, given)
  local format = o.file:lower():match "%.(%w+)$"
  if format ~= "png" and format ~= "svg" then
    raise("%s: the file name must end in .png or .svg, got %s", where, numbers.show(o.file))
  end
  files.check_target(o.file, o.overwrite, where)
  local drawn = picture.draw(where, self, o, format)
  files.write(o.file, drawn, { overwrite = o.overwrite, where = where })
  if picture._shown then
    local alike = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d">'
      .. '<image width="%d" height="%d" href="data:image/png;base64,%s"/></svg>'
    picture._shown(format == "svg" and drawn or alike:format(o.width, o.height, o.width, o.height,
      base64(drawn)), o.file)
  end
  return self
end

-- picture._shown, where the prompt has set it, keeps the pictures of its session.

help.document("Atoms:picture", {
  signature = "glass:picture(file, [options]) -> glass",
  summary = "Draw the atoms as shaded spheres, a PNG or SVG file by extension. Light comes from "
    .. "all around and from a lamp; what spheres keep from each other shows which lie deep and "
    .. "which at the surface. Colors show the species or a number of each atom. "
    .. "glass:picture{ file = ... } is the same.",
  options = METHOD_OPTIONS,
  example = 'glass:picture "glass.png"\n'
    .. 'local d = vt.structure.deformation(glass, strained, { cutoff = 3.8 })\n'
    .. 'strained:picture("d2min.png", { color = d.d2min, quantity = "D2min", '
    .. 'slice = { y = { 20, 60 } } })',
  terms = "render; image; picture; screenshot; snapshot; visualize; visualise; visualization; "
    .. "OVITO; Tachyon; ray tracing; 3D; draw atoms; color by; ambient occlusion",
  see = "view; Report:picture; plot.movie",
})

-- ---------------------------------------------------------------- in reports ----

local REPORT_OPTIONS <const> = table.move(picture.OPTIONS, 1, #picture.OPTIONS, 2, {
  { name = "caption", kind = "string", help = "what the picture shows" },
})
for k, option in ipairs(REPORT_OPTIONS) do
  if option.name == "transparent" then -- so that it suits light pages and dark ones
    REPORT_OPTIONS[k] = options.put("picture", {}, option)
    REPORT_OPTIONS[k].default = true
    REPORT_OPTIONS[k].help = "no background, and text in the color of the page's"
  end
end

local Report = help.methods(help.types()["Report"])

---Add a picture of atoms as a figure.
---@param atoms vitrum.Atoms
---@param given table?
function Report:picture(atoms, given)
  local where = "report picture"
  if not options.is(self, "Report") then
    raise("Report:picture: expected a Report in front of the colon, got %s; call it as "
      .. "x:picture(...)", numbers.show(self))
  end
  given = options.put(where, { width = 1000, height = 700 }, given)
  local o = options.check(where, REPORT_OPTIONS, given)
  return self:figure{ svg = picture.inline(where, atoms, o), caption = o.caption }
end

help.document("Report:picture", {
  signature = "page:picture(atoms, [options]) -> page",
  summary = "Add a picture of atoms, as glass:picture draws it; 1000 x 700 pixels by default.",
  options = REPORT_OPTIONS,
  example = 'page:picture(glass, { color = "five_fold", caption = "The glass." })',
  terms = "picture; image; picture in a report",
  see = "Atoms:picture; Report:view",
})

return picture
