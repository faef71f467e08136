-- An interactive picture of atoms in one self-contained HTML file: turn it, cut it, color it, point
-- at atoms, play a trajectory. Atoms go into the page as bytes: six for the place of each, one for
-- its species, one for how open it lies, one for each quantity; view.js draws them.

local arrows = require "vitrum.picture.arrows"
local colors = require "vitrum.picture.colors"
local core = require "vitrum.view_core"
local files = require "vitrum.base.files"
local frames = require "vitrum.structure.frames"
local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local scene = require "vitrum.picture.scene"
local session = require "vitrum.session"
local system = require "vitrum.system"
local text = require "vitrum.base.text"
local vt = require "vitrum"

local raise = options.raise
local escape = text.escape

local view = {}

local STYLE <const> = require "vitrum.data.view.css"
local SCRIPT <const> = require("vitrum.data.view.js"):gsub("@SHADERS", function()
  return require "vitrum.data.view.glsl"
end)

-- Beyond these a page is made only when it is asked for: browsers take a second for so much, and
-- mail and repositories refuse larger files.
view.MOST = { atoms = 2000000, bytes = 64 * 1024 * 1024 } -- the bytes are those of all frames

-- So many atoms are drawn in a second; more wait until someone asks for their picture.
local MOST_STILL <const> = 100000
local STILL_WIDTH <const>, STILL_HEIGHT <const> = 480, 360

-- ---------------------------------------------------------------- options ----

local OWN_OPTIONS <const> = {
  { name = "thin", kind = "count",
    help = "show every such atom: 5 leaves a fifth of them; 1 shows all of however many" },
  { name = "still", kind = "boolean",
    help = "keep a picture in the page for browsers without WebGL, and for print; by default of up "
      .. "to 100,000 atoms" },
}
-- Options of a scene that mean something else for a view.
local HELP_OF <const> = {
  color = "what the view opens with, as for glass:picture; or several to choose from, under their "
    .. "names: { D2min = d.d2min, energy = \"energy\" }; species can always be chosen. Of a "
    .. "trajectory all frames have the colors of the first",
  limits = "of the colors; of several { D2min = { 0, 5 } }",
  radii = "a number for all, or numbers by species; by default those of the close-packed element",
  radius_factor = "times the radii; by default 1",
  slice = "what to cut out of the first frame; the view itself cuts along the box vectors",
}
for _, option in ipairs(scene.OPTIONS) do
  -- `most` is the limit of pictures, `wrap` would leave no box to cut.
  if option.name ~= "most" and option.name ~= "wrap" then
    local own = options.put("view", {}, option)
    own.help = HELP_OF[own.name] or own.help
    if own.name == "color" or own.name == "limits" then own.kind = "value" end
    OWN_OPTIONS[#OWN_OPTIONS + 1] = own
  end
end
table.move(arrows.OPTIONS, 1, #arrows.OPTIONS, #OWN_OPTIONS + 1, OWN_OPTIONS)
table.move(frames.OPTIONS, 1, #frames.OPTIONS, #OWN_OPTIONS + 1, OWN_OPTIONS)

local function with(more) return table.move(OWN_OPTIONS, 1, #OWN_OPTIONS, #more + 1, more) end

local FILE_OPTIONS <const> = with {
  { name = "file", kind = "file", help = "to write, .html; by default one in the folder for "
      .. "temporary files" },
  { name = "name", kind = "string", help = "of the page; by default what the atoms are" },
  { name = "open", kind = "boolean", default = true, help = "show the page in the browser" },
  { name = "overwrite", kind = "boolean", default = false,
    help = "replace a file that this run did not write" },
}
local PAGE_OPTIONS <const> = with {
  { name = "caption", kind = "string", help = "what the view shows" },
}

-- ---------------------------------------------------------------- the content ----

-- Raises where `count` atoms are too many for a page.
local function check_cost(where, count, quantities, o)
  local most = view.MOST.atoms
  if o.thin or count <= most then return end
  local megabytes, step = count * (8 + quantities) * 4 / 3 / 1e6, math.ceil(count / most)
  raise("%s: %d atoms make a page of %.0f MB, which a browser takes some %d s to open; thin = %d "
    .. "shows every %dth of them, slice or only a part, thin = 1 all", where, count, megabytes,
    math.ceil(count / 5e5), step, step)
end

-- The scenes of the quantities to choose from, in the order of their names; the first one, which
-- the view opens with, also says which atoms are shown.
local function scenes_of(where, atoms, o)
  local asked, names, opening = {}, {}, nil
  local several = type(o.color) == "table" and options.type_of(o.color) == nil and #o.color == 0
    and next(o.color) ~= nil
  if several then
    for name in pairs(o.color) do
      if type(name) ~= "string" then
        raise("%s: option 'color' must name each quantity, { D2min = d.d2min }, got the key %s",
          where, numbers.show(name))
      end
      names[#names + 1] = name
    end
    table.sort(names)
    for name in pairs(type(o.limits) == "table" and o.limits or {}) do
      if type(name) == "string" and o.color[name] == nil then
        raise("%s: option 'limits' names %s, but the quantities are %s", where,
          numbers.show(name), table.concat(names, ", "))
      end
    end
  else
    names[1] = false
  end
  for k, name in ipairs(names) do
    local each = {}
    for key, value in pairs(o) do each[key] = value end
    each.wrap, each.most = true, 1000000000000000
    if name then
      local counts = o.color[name] ~= "species"
      each.color, each.palette = o.color[name], counts and o.palette or nil
      if type(o.limits) == "table" then
        each.limits = o.limits[name]
        if counts and #o.limits > 0 then each.limits = each.limits or o.limits end
      else
        each.limits = o.limits
      end
      each.quantity = colors.QUANTITIES[name] and name or nil
      each.title = not each.quantity and name or nil
    end
    asked[k] = scene.build(where, atoms, each, function(count)
      check_cost(where, count, several and #names or o.color == "species" and 0 or 1, o)
    end)
    opening = opening or each
  end
  return asked, opening
end

-- The atoms as a picture in the page, for whoever sees it without WebGL, or on paper. Its ground is
-- white, so that its text is legible in dark browsers.
local function still(where, atoms, given, title)
  local picture = require "vitrum.picture" -- which stands on reports, and these on views
  local asked = { perspective = true, samples = 2, width = STILL_WIDTH, height = STILL_HEIGHT }
  for _, option in ipairs(scene.OPTIONS) do asked[option.name] = given[option.name] end
  local ok, png = pcall(picture.draw, where, atoms,
    options.check(where, picture.OPTIONS, asked), "png")
  if ok then
    return ('<img class="view-still" alt="%s" src="data:image/png;base64,%s">'):format(
      escape(title), core.base64(png))
  end
  if system.interrupted() then error(png, 0) end
  return "" -- a program built without the library that draws
end

local function frame_name(info, number)
  if type(info.time) == "number" then return ("%.4g ps"):format(info.time) end
  if type(info.step) == "number" then return ("step %d"):format(info.step // 1) end
  return "frame " .. number
end

-- A frame as the view has it: places run from 0 to 1 along three edges from an origin, which span
-- the box and whatever lies outside of it; `box` are the places of its corners.
local function head_of_frame(atoms, low, high, name)
  local box = atoms:box()
  local origin, edges, corners = {}, {}, { low = {}, high = {} }
  for k, vector in ipairs { box.a, box.b, box.c } do
    local long = high[k] - low[k]
    edges[k] = { vector[1] * long, vector[2] * long, vector[3] * long }
    corners.low[k], corners.high[k] = -low[k] / long, (1 - low[k]) / long
  end
  for k = 1, 3 do
    origin[k] = box.origin[k] + low[1] * box.a[k] + low[2] * box.b[k] + low[3] * box.c[k]
  end
  return { origin = origin, edges = edges, box = corners, name = name }
end

-- Half of the longest diagonal.
local function size_of(edges)
  local a, b, c = edges[1], edges[2], edges[3]
  local longest = 0
  for _, sign in ipairs { { 1, 1 }, { 1, -1 }, { -1, 1 }, { -1, -1 } } do
    local sum = 0
    for k = 1, 3 do sum = sum + (a[k] + sign[1] * b[k] + sign[2] * c[k]) ^ 2 end
    longest = math.max(longest, math.sqrt(sum))
  end
  return longest / 2
end

-- Mean radius of each species as drawn: the view knows radii by species.
local function species_of(where, shown)
  local list = {}
  for k, kind in ipairs(shown.species) do
    local radii = shown.radii:select(shown.group:eq(k))
    local radius = #radii > 0 and radii:mean() or 1.0
    if #radii > 0 and radii:max() - radii:min() > 1e-9 * radius then
      raise("%s: option 'radii' must be a number or numbers by species: the view draws all atoms "
        .. "of a species alike", where)
    end
    list[k] = { name = kind.symbol, color = "#" .. kind.color, radius = radius }
  end
  return list
end

local UPRIGHT <const> = 1e-9

local function axes_of(box)
  local upright = true
  for k, vector in ipairs { box.a, box.b, box.c } do
    for j = 1, 3 do
      if j ~= k and math.abs(vector[j]) > UPRIGHT * box.lengths[k] then upright = false end
    end
  end
  return upright and { "x", "y", "z" } or { "a", "b", "c" }, upright
end

-- The rows of the rotation that a view begins with, that of pictures: to the right, up, and to the
-- viewer in the direction 0.62, -1, 0.42, with z upright.
local function rotation()
  local x, y, z = 0.62, -1, 0.42
  local flat, long = math.sqrt(x * x + y * y), math.sqrt(x * x + y * y + z * z)
  return { -y / flat, x / flat, 0, -x * z / flat / long, -y * z / flat / long, flat / long,
           x / long, y / long, z / long }
end

-- Atoms that are far from all others leave few of the 65536 steps along an axis to the rest.
local COARSE <const> = 0.05 -- angstrom

-- low, high: fractions of the box vectors.
local function warn_of_steps(where, atoms, low, high)
  for k, length in ipairs(atoms:box().lengths) do
    local reach = (high[k] - low[k]) * length
    if reach / 65535 > COARSE then
      session.warn(("%s: atoms reach over %.3g A along %s, so their places are drawn to %.2g A; "
        .. "leave out those that are far from the others, with only"):format(where, reach,
        ("abc"):sub(k, k), reach / 65535))
    end
  end
end

---What a view of `source` holds: the head as a table, and the bytes.
---@param where string
---@param source any Atoms, or frames as vt.structure takes them
---@param o table checked options
---@return table head
---@return string bytes
---@return fun(): string still draws what the view opens with, as HTML; "" where that fails
function view.content(where, source, o)
  local head, places, species, values = { frames = {}, quantities = {} }, {}, nil, {}
  local shown, first, described, wanted, open, ids, radii, opening
  local number, every, left_out = 0, 1, 0
  for atoms, info in frames.each(where, source, { species = o.species, format = o.format,
      skip = o.skip, stride = o.stride, frames = o.frames, match = true }) do
    number = number + 1
    if number == 1 then
      local scenes
      scenes, opening = scenes_of(where, atoms, o)
      shown, described = scenes[1], tostring(atoms)
      opening.only, opening.hide, opening.slice = shown.index, nil, nil
      wanted = o.still
      if wanted == nil then wanted = shown.count <= MOST_STILL end
      if wanted then first = atoms:copy() end -- an iterator may go on with the same atoms
      head.species, head.count = species_of(where, shown), shown.count
      head.axes, head.upright = axes_of(shown.box or atoms:box())
      for k, s in ipairs(scenes) do
        if s.values then
          values[k] = core.values(s.values, s.low, s.high)
          local stops = {}
          for j, hex in ipairs(s.stops) do stops[j] = "#" .. hex end
          head.quantities[#head.quantities + 1] = { title = s.title ~= "" and s.title or "value",
            low = s.low, high = s.high, colors = stops }
        end
      end
      species = core.values(shown.group - 1, 0, 254)
      ids = core.ids(atoms:ids():select(shown.index))
      radii = shown.radii
      open = vt.array.zeros(shown.count, { dtype = "int64" })
    end
    if (number - 1) % every == 0 then
      local positions = shown.positions
      if number > 1 then
        positions = atoms:select(shown.index):wrap():positions()
      end
      local place, low, high = core.positions(atoms, positions)
      warn_of_steps(where, atoms, low, high)
      core.open(positions, radii, open)
      places[#places + 1] = place
      head.frames[#head.frames + 1] = head_of_frame(atoms, low, high, frame_name(info, number))
      if number == 1 and o.arrows ~= nil then
        head.arrows = arrows.lines(where, atoms, shown, head.frames[1], o)
      end
    end
    if #places > 1 and #places * #places[1] > view.MOST.bytes then -- half of them will do
      every = 2 * every
      for k = 1, (#places + 1) // 2 do
        places[k], head.frames[k] = places[2 * k - 1], head.frames[2 * k - 1]
      end
      for k = #places, (#places + 1) // 2 + 1, -1 do places[k], head.frames[k] = nil, nil end
    end
    left_out = number - #places
  end
  if number > 1 then
    for _, quantity in ipairs(head.quantities) do
      quantity.title = quantity.title .. ", first frame"
    end
  end
  if left_out > 0 then
    session.warn(("%s: %d of %d frames are shown, every %dth: all would make a page beyond %d MB; "
      .. "choose with stride, skip and frames, or thin the atoms"):format(where, #places, number,
      every, view.MOST.bytes * 4 // 3 // 1000000))
  end
  head.title = o.name or text.clean(described:gsub("^Atoms: ", ""):gsub(", no potential$", "")
    :gsub(", potential.*$", ""))
  head.color = #head.quantities > 0 and 0 or -1
  head.rotation, head.size = rotation(), size_of(head.frames[1].edges)
  return head, table.concat(places) .. species .. core.looks(open) .. table.concat(values) .. ids,
    function() return wanted and still(where, first, opening, head.title) or "" end
end

-- ---------------------------------------------------------------- the page ----

-- JSON that can stand in a script element: nothing in it ends the element or begins a comment.
-- A value as JSON that may stand in a page: no character of it ends the element around it.
local function encode(value)
  local kind = type(value)
  if kind == "table" then
    local parts = {}
    if #value > 0 or next(value) == nil then
      for k, item in ipairs(value) do parts[k] = encode(item) end
      return "[" .. table.concat(parts, ",") .. "]"
    end
    for key, item in pairs(value) do parts[#parts + 1] = encode(key) .. ":" .. encode(item) end
    table.sort(parts)
    return "{" .. table.concat(parts, ",") .. "}"
  elseif kind == "string" then
    return '"' .. text.clean(value):gsub('[%c<>&"\\]', function(c)
      return ("\\u%04x"):format(c:byte())
    end) .. '"'
  elseif kind == "number" then
    return ("%.10g"):format(value)
  end
  return tostring(value)
end

local FIGURE <const> = [[
<figure class="view$class" id="$id">
<div class="view-stage">$still</div>
<div class="view-tools"></div>
<p class="view-note"><noscript>This view needs a browser that runs its script.</noscript></p>
$caption<script type="application/json" class="view-head">$head</script>
<script type="text/plain" class="view-data">$data</script>
</figure>]]

local MADE <const> = { __name = "vitrum.View" }

---True for what view.make gives.
function view.is_made(value) return getmetatable(value) == MADE end

---What stands in a page for a view of `source`.
---@param where string
---@param source any
---@param o table checked options
---@return { title: string, still: string, head: string, data: string }
function view.make(where, source, o)
  local head, bytes, draw = view.content(where, source, o)
  return setmetatable({ title = head.title, still = draw(), head = encode(head),
                        data = core.base64(bytes) }, MADE)
end

---A view as HTML to stand in a page that has view.STYLE and view.SCRIPT.
---@param made table as of view.make
---@param id string of the element
---@param caption string HTML
---@param class string? more classes
---@return string html
function view.figure(made, id, caption, class)
  local words = { class = class or "", id = id, caption = caption, still = made.still,
                  head = made.head, data = made.data }
  return (FIGURE:gsub("%$(%l+)", words))
end

-- SHA-256 of the script in base64, by which a page allows this script and no other.
local function digest(script)
  return core.base64((system.sha256(script):gsub("%x%x", function(byte)
    return string.char(tonumber(byte, 16))
  end)))
end

view.STYLE, view.SCRIPT, view.encode = STYLE, SCRIPT, encode

---What a page says to the browser about what it may do: show what it holds itself, and run this
---one script.
---@param script string?
---@return string # HTML
function view.policy(script)
  return ('<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    .. 'style-src \'unsafe-inline\'; img-src data:; '
    .. 'base-uri \'none\'; form-action \'none\'%s">'):format(
    script and ("; script-src 'sha256-%s'"):format(digest(script)) or "")
end

local PAGE <const> = [[
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
$policy
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="vitrum $version">
<title>$title</title>
<style>
$style</style>
</head>
<body class="view-page">
$figure
<script>$script</script>
</body>
</html>
]]

local function page_of(figure, title)
  local words = { version = escape(vt.version), title = escape(title), style = STYLE,
                  policy = view.policy(SCRIPT), script = SCRIPT, figure = figure }
  return (PAGE:gsub("%$(%l+)", words))
end

-- ---------------------------------------------------------------- the browser ----

local function address_of(path)
  return "file://" .. system.absolute(path):gsub("[^%w/._~-]", function(c)
    return ("%%%02X"):format(c:byte())
  end)
end

-- Ask the desktop to show a page; false where there is none.
local function show(path)
  if not (os.getenv "DISPLAY" or os.getenv "WAYLAND_DISPLAY") then return false end
  if not os.execute "command -v xdg-open >/dev/null 2>&1" then return false end
  -- Every character of the address is safe in quotes.
  return os.execute(("xdg-open '%s' >/dev/null 2>&1 &"):format(address_of(path))) == true
end

local function temporary()
  local path = os.tmpname()
  os.remove(path)
  return path .. ".html"
end

---Write an interactive picture of atoms or of the frames of a trajectory, and show it.
---@param source any
---@param given table?
---@return string path
function vt.view(source, given)
  local o = options.check("view", FILE_OPTIONS, given)
  local path = o.file or temporary()
  if not path:lower():find "%.html?$" then
    raise("view: the page is HTML: the name of its file must end in .html, not '%s'", path)
  end
  files.check_target(path, o.overwrite, "view")
  local made = view.make("view", source, o)
  local figure = view.figure(made, "view-1", "", " view-whole"):gsub("^(<figure[^>]*>)",
    function(tag) return tag .. "\n<h1>" .. escape(made.title) .. "</h1>" end)
  files.write(path, page_of(figure, made.title), { overwrite = o.overwrite, where = "view" })
  if view._shown then view._shown(made, path) end
  if o.open and not show(path) then
    io.write(("No browser was found here; open %s\n"):format(address_of(path)))
  end
  return path
end

-- view._shown, where the prompt has set it, keeps the views of its session.

view.FILE_OPTIONS, view.PAGE_OPTIONS = FILE_OPTIONS, PAGE_OPTIONS

help.document("view", {
  signature = "vt.view(atoms, [options]) -> file; vt.view(frames, [options])",
  summary = "An interactive picture of atoms, or of the frames of a trajectory (a file, a pattern "
    .. "of names, a list), in one HTML file that needs nothing else: turn, zoom, color by any of "
    .. "several quantities, cut slices, hide species, see the values of the atom under the "
    .. "pointer, play the frames. Opens it in the browser where there is one.",
  options = FILE_OPTIONS,
  example = 'vt.view(glass)\n'
    .. 'vt.view(glass, { color = { D2min = d.d2min, five_fold = "five_fold" }, '
    .. 'file = "glass.html" })\n'
    .. 'vt.view("run.dump", { stride = 10 })',
  terms = "render; visualize; visualise; visualization; see the atoms; 3D; 3D view; viewer; OVITO; "
    .. "VMD; rotate; movie of atoms; browser; WebGL",
  see = "Atoms:picture; Report:view; atoms.frames; session.report",
})

return view
