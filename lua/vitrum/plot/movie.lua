-- An animated GIF from pictures, through gnuplot.

local files = require "vitrum.base.files"
local gnuplot = require "vitrum.plot.gnuplot"
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"

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
  { name = "file", kind = "string", required = true, help = "name that ends in .gif" },
  { name = "delay", kind = "positive", unit = "s", default = 0.1, help = "time of a picture" },
  { name = "overwrite", kind = "boolean", default = false,
    help = "replace a file that this process did not write" },
}

---Raise when `file` cannot become a movie.
---@param file string
---@param overwrite boolean?
---@param where string
function movie.check(file, overwrite, where)
  if not file:lower():match "%.gif$" then
    raise("%s: cannot write a movie to '%s'; the name must end in .gif", where, file)
  end
  files.check_target(file, overwrite, where)
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
  local width, height = size_of(pictures[1], where)
  local lines = {
    ("set terminal gif animate delay %d loop 0 size %d,%d"):format(
      math.max(1, 100 * o.delay + 0.5) // 1, width, height),
    "set margins 0,0,0,0", "unset border", "unset tics", "unset key",
    ("set xrange [0:%d]; set yrange [0:%d]"):format(width - 1, height - 1),
  }
  for k, name in ipairs(pictures) do
    local w, h = size_of(name, where)
    if w ~= width or h ~= height then
      raise("%s: picture %d (%s) has %d x %d pixels, the first one %d x %d", where, k, name, w, h,
            width, height)
    end
    lines[#lines + 1] = ("plot %s binary filetype=png with rgbimage"):format(gnuplot.quote(name))
  end
  local gif = gnuplot.run(table.concat(lines, "\n") .. "\n", "", where)
  files.write(o.file, gif, { where = where, overwrite = o.overwrite })
  return o.file
end

help.document("plot.movie", {
  terms = "movie; animation; GIF; video",
  signature = "vt.plot.movie(pictures, { file =, delay = }) -> file",
  summary = "Put PNG pictures of one size (a list of file names) into an animated GIF, through "
    .. "gnuplot.",
  options = OPTIONS,
  example = 'vt.plot.movie({ "frame-1.png", "frame-2.png" }, { file = "shear.gif" })',
})

return movie
