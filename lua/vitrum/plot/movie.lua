-- A movie from pictures: an animated GIF through gnuplot, or an MP4 where ffmpeg is. A curve may
-- stand below the pictures, with a dot that moves along it.

local figure = require "vitrum.plot.figure"
local files = require "vitrum.base.files"
local gnuplot = require "vitrum.plot.gnuplot"
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"
local text = require "vitrum.base.text"
local ticks = require "vitrum.plot.ticks"

local raise = options.raise

local movie = {}

local FRAMES_MAX <const> = 2000
local DELAY_MAX <const> = 655 -- s; the file counts hundredths in 16 bits

-- Width and height of a PNG file: two numbers behind the signature and the name of the first chunk.
local function size_of(path, where)
  options.argument(where, "the name of a picture", "string", path)
  local file <close>, message = files.open(path)
  if not file then raise("%s: cannot read %s", where, message) end
  local head = file:read(24)
  if not head or #head < 24 or head:sub(1, 8) ~= "\x89PNG\r\n\x1a\n" then
    raise("%s: %s is no PNG picture", where, path)
  end
  return string.unpack(">I4I4", head, 17)
end

local OPTIONS <const> = {
  { name = "file", kind = "string", required = true,
    help = "name that ends in .gif, or in .mp4 where ffmpeg is installed" },
  { name = "delay", kind = "positive", unit = "s", default = 0.1, help = "time of a picture" },
  { name = "curve", kind = "table",
    help = "{ x =, y =, xlabel =, ylabel = }: a curve below the pictures, with its numbers and "
      .. "a dot at point k for picture k" },
  { name = "overwrite", kind = "boolean", default = false,
    help = "replace a file that this process did not write" },
}

---Raise when `file` cannot become a movie.
---@param file string
---@param overwrite boolean?
---@param where string
function movie.check(file, overwrite, where)
  local kind = file:lower():match "%.(%w+)$"
  if kind ~= "gif" and kind ~= "mp4" then
    raise("%s: cannot write a movie to '%s'; the name must end in .gif or .mp4", where, file)
  end
  if kind == "mp4" and not os.execute "command -v ffmpeg >/dev/null 2>&1" then
    raise("%s: a .mp4 needs ffmpeg, which was not found: apt-get install ffmpeg, or write a .gif",
      where)
  end
  files.check_target(file, overwrite, where)
end

local CURVE_OPTIONS <const> = {
  { name = "x", kind = "array", required = true, help = "abscissas, one for each picture" },
  { name = "y", kind = "array", required = true, help = "ordinates" },
  { name = "xlabel", kind = "string", default = "x", help = "name with unit" },
  { name = "ylabel", kind = "string", default = "y", help = "name with unit" },
}

local PANEL <const> = 170 -- px, height of the curve
local COLOR <const> = "#0072B2"

-- The checked curve with its axes.
local function curve_of(given, count, where)
  where = where .. ": curve"
  local o = options.check(where, CURVE_OPTIONS, given)
  local fig = figure.build({ { x = o.x, y = o.y } }, {}, where)
  local series = fig.series[1]
  if series.n ~= count then
    raise("%s has %d points, but there are %d pictures; give one for each", where, series.n, count)
  end
  return { fig = fig, x = series.x, y = series.y, xlabel = o.xlabel, ylabel = o.ylabel }
end

local function tics(axis, wanted)
  local list = {}
  for k, tick in ipairs(ticks.of(axis, wanted)) do
    list[k] = ("%s %.17g"):format(gnuplot.quote(tick.label), tick.value)
  end
  return table.concat(list, ",")
end

local function text_of(value)
  return gnuplot.quote((text.clean(value):gsub("%s+", " "))) .. " noenhanced"
end

-- Commands that draw the curve and its dot k below a picture.
local function panel(curve, k, width, height)
  local fig, lines = curve.fig, {}
  local function add(format, ...) lines[#lines + 1] = format:format(...) end
  local bottom, top = 42 / height, (PANEL - 26) / height
  add("set border 3; set lmargin at screen %.4f; set rmargin at screen %.4f", 64 / width,
    1 - 16 / width)
  add("set bmargin at screen %.4f; set tmargin at screen %.4f", bottom, top)
  add("set xrange [%.17g:%.17g]; set yrange [%.17g:%.17g]", fig.x.first, fig.x.last, fig.y.first,
    fig.y.last)
  add("set xtics nomirror out (%s); set ytics nomirror out (%s)", tics(fig.x, width // 90),
    tics(fig.y, 4))
  local now = ("%s: %.4g    %s: %.4g"):format(curve.xlabel, curve.x[k], curve.ylabel, curve.y[k])
  add("set label 1 %s at screen %.4f, screen %.4f left", text_of(now), 64 / width,
    (PANEL - 12) / height)
  add("set label 2 %s at screen 0.5, screen %.4f center", text_of(curve.xlabel), 10 / height)
  add("set label 3 %s at screen %.4f, screen %.4f center rotate by 90", text_of(curve.ylabel),
    12 / width, (bottom + top) / 2)
  local dot = curve.x[k] - curve.x[k] == 0 and curve.y[k] - curve.y[k] == 0
  add('plot @DATA binary endian=little record=%d format="%%double%%double" using 1:2 with lines '
    .. 'lw 2 lc rgb "%s" notitle%s', #curve.x, COLOR, dot
    and (', "+" every ::0::0 using (%.17g):(%.17g) with points pt 7 ps 1.4 lc rgb "#D55E00" '
      .. 'notitle'):format(curve.x[k], curve.y[k]) or "")
  add "unset label 1; unset label 2; unset label 3"
  return table.concat(lines, "\n")
end

-- An MP4 of an animated GIF.
local function mp4_of(gif, delay, where)
  local folder <close> = setmetatable({ os.tmpname(), os.tmpname(), os.tmpname() },
    { __close = function(paths) for _, path in ipairs(paths) do os.remove(path) end end })
  do
    local handle <close> = assert(io.open(folder[1], "wb"))
    handle:write(gif)
  end
  -- Names of os.tmpname hold nothing that a shell minds. Players want even sizes and plain colors.
  local done = os.execute(("ffmpeg -nostdin -loglevel error -y -f gif -r %g -i %s -vf "
    .. "'pad=ceil(iw/2)*2:ceil(ih/2)*2' -pix_fmt yuv420p -movflags +faststart -f mp4 %s 2>%s")
    :format(1 / math.max(delay, 0.01), folder[1], folder[2], folder[3]))
  local function read(path)
    local handle <close> = io.open(path, "rb")
    return handle and handle:read "a" or ""
  end
  local movie_bytes = read(folder[2])
  if not done or movie_bytes == "" then
    raise("%s: ffmpeg failed: %s", where, read(folder[3]):match "[^\n]+" or "no message")
  end
  return movie_bytes
end

---Put pictures of one size into an animated GIF.
---@param pictures string[] names of PNG files
---@param given table
---@return string # the file's name
function movie.make(pictures, given)
  local where = "plot.movie"
  local o = options.check(where, OPTIONS, given)
  local count = type(pictures) == "table" and rawlen(pictures) or 0
  if count == 0 or count > FRAMES_MAX then
    raise("%s: give a list of 1 to %d names of PNG files", where, FRAMES_MAX)
  end
  if o.delay > DELAY_MAX then
    raise("%s: option 'delay' [s] must be at most %g s, which is all that a GIF can say, got %g",
      where, DELAY_MAX, o.delay)
  end
  movie.check(o.file, o.overwrite, where)
  local curve = o.curve ~= nil and curve_of(o.curve, count, where) or nil
  local width, height = size_of(pictures[1], where)
  local below = curve and PANEL or 0
  local whole = height + below
  local lines = {
    ('set terminal gif animate delay %d loop 0 size %d,%d enhanced font "DejaVu Sans,9"'):format(
      math.max(1, 100 * o.delay + 0.5) // 1, width, whole),
    "set encoding utf8", "set margins 0,0,0,0", "unset border", "unset tics", "unset key",
    ("set xrange [0:%d]; set yrange [0:%d]"):format(width - 1, height - 1),
  }
  for k, name in ipairs(pictures) do
    local w, h = size_of(name, where)
    if w ~= width or h ~= height then
      raise("%s: picture %d (%s) has %d x %d pixels, the first one %d x %d", where, k, name, w, h,
            width, height)
    end
    local picture = ("plot %s binary filetype=png with rgbimage"):format(gnuplot.quote(name))
    if not curve then
      lines[#lines + 1] = picture
    else
      lines[#lines + 1] = "set multiplot; unset border; unset tics"
      lines[#lines + 1] = ("set lmargin at screen 0; set rmargin at screen 1; "
        .. "set tmargin at screen 1; set bmargin at screen %.6f"):format(below / whole)
      lines[#lines + 1] = ("set xrange [0:%d]; set yrange [0:%d]"):format(width - 1, height - 1)
      lines[#lines + 1] = picture
      lines[#lines + 1] = panel(curve, k, width, whole)
      lines[#lines + 1] = "unset multiplot"
    end
  end
  local flat = {}
  for k = 1, curve and count or 0 do
    for _, value in ipairs { curve.x[k], curve.y[k] } do
      flat[#flat + 1] = value - value == 0 and value or 0 / 0
    end
  end
  local bytes = gnuplot.run(table.concat(lines, "\n") .. "\n", gnuplot.pack(flat), where)
  if o.file:lower():find "%.mp4$" then bytes = mp4_of(bytes, o.delay, where) end
  files.write(o.file, bytes, { where = where, overwrite = o.overwrite })
  return o.file
end

help.document("plot.movie", {
  terms = "movie; animation; GIF; video",
  signature = "vt.plot.movie(pictures, { file =, delay = }) -> file",
  summary = "Put PNG pictures of one size (a list of file names) into an animated GIF "
    .. "or, where ffmpeg is, an MP4; below them a curve with a dot that moves along it.",
  options = OPTIONS,
  example = 'vt.plot.movie({ "frame-1.png", "frame-2.png" }, { file = "shear.gif" })',
})

return movie
