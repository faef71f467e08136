-- gnuplot's SVG made small and fit for a page: unused definitions and empty groups go, the font is
-- named once, and on request ink and background follow the page around it.

local text = require "vitrum.base.text"

local svg = {}

local FONTS <const> = "'DejaVu Sans', Verdana, 'Helvetica Neue', Arial, sans-serif"

-- "#333333" as "#333".
local function shortest(color)
  local a, b, c = color:lower():match "^#(%x)%1(%x)%2(%x)%3$"
  return a and "#" .. a .. b .. c or color:lower()
end

local function from_rgb(red, green, blue)
  return shortest(string.format("#%02x%02x%02x", tonumber(red), tonumber(green), tonumber(blue)))
end

-- Definitions of markers that are used, and those that they use.
local function used_definitions(defs, body)
  local byid, order = {}, {}
  for element in defs:gmatch "<%a+ [^\n]-/>" do
    local id = element:match "id='([^']+)'"
    if id then
      byid[id] = element
      order[#order + 1] = id
    end
  end
  local used = {}
  local function use(id)
    if byid[id] and not used[id] then
      used[id] = true
      local inner = byid[id]:match "xlink:href='#([^']+)'"
      if inner then use(inner) end
    end
  end
  for id in body:gmatch "xlink:href='#([^']+)'" do use(id) end
  local kept = {}
  for _, id in ipairs(order) do
    if used[id] then kept[#kept + 1] = byid[id] end
  end
  return kept
end

-- Filled circles of one color and size that follow each other become one path: a line of length
-- zero with round ends is a circle.
local function merge_circles(body)
  local pattern = "^%s*<use xlink:href='#gpPt6' transform='translate%(([%d.-]+),([%d.-]+)%) "
    .. "scale%(([%d.]+)%)' color='([^']+)'/>$"
  local out, run = {}, nil
  local function flush()
    if run then
      out[#out + 1] = string.format(
        "<path stroke='%s' stroke-width='%g' stroke-linecap='round' d='%s'/>", run.color,
        2 * tonumber(run.scale), table.concat(run.points))
      run = nil
    end
  end
  for line in body:gmatch "[^\n]+" do
    local x, y, scale, color = line:match(pattern)
    if x then
      if run and (run.scale ~= scale or run.color ~= color) then flush() end
      run = run or { scale = scale, color = color, points = {} }
      run.points[#run.points + 1] = string.format("M%s,%sh0", x, y)
    else
      flush()
      out[#out + 1] = line
    end
  end
  flush()
  return table.concat(out, "\n")
end

--- Tidy a document from gnuplot's svg terminal.
---@param document string
---@param options { width: number, height: number, title: string?, inline: boolean?, ink: string,
---grid: string, background: string }
---@return string
function svg.tidy(document, options)
  local defs = document:match "<defs>(.-)</defs>" or ""
  local body = document:match '</defs>(.*)</g>%s*</svg>%s*$' or ""
  -- gnuplot ends a path in a line of its own and sprinkles blanks.
  body = body:gsub("rgb%(%s*(%d+),%s*(%d+),%s*(%d+)%s*%)", from_rgb)
  body = body:gsub("[ \t]*\n[ \t]+", "\n"):gsub("(%d)[ \t]*\n([ML])", "%1 %2"):gsub("  +'/>", "'/>")
  body = body:gsub("</?a[^%w][^>]*>", ""):gsub("</a>", "")
  body = body:gsub("'/>(<)", "'/>\n%1")
  body = body:gsub(' font%-family="[^"]*:Bold"', ' font-weight="600"')
  body = body:gsub(' font%-family="[^"]*"', ""):gsub(' font%-weight="normal"', "")
  body = body:gsub("<tspan *>([^<]*)</tspan>", "%1"):gsub("<tspan [^>]*></tspan>", "")
  body = body:gsub("<text>%s+", "<text>")
  body = body:gsub(' stroke%-linecap="butt" stroke%-linejoin="miter"', "")
  -- Cells of a heat map are cells, not samples to smooth.
  body = body:gsub("<image ", '<image style="image-rendering:pixelated" ')
  body = merge_circles(body)
  -- Groups that only set a state which the next one sets again.
  local count
  repeat
    body, count = body:gsub("<g [^>]*>%s*</g>\n?", "")
  until count == 0
  if options.inline then
    -- The page's ink: one file for light and dark.
    body = body:gsub(' color="black"', ""):gsub("(['\" ])black(['\"])", "%1currentColor%2")
    body = body:gsub("stroke='" .. shortest(options.grid) .. "'",
                     "stroke='currentColor' stroke-opacity='.16'")
    body = body:gsub(shortest(options.ink) .. "(['\"])", "currentColor%1")
      :gsub("#000(['\"])", "currentColor%1")
  end
  local kept = used_definitions(defs, body)
  local definitions = ""
  if #kept > 0 then definitions = "<defs>" .. table.concat(kept, "\n") .. "</defs>\n" end
  local inner = (definitions .. body):gsub("gnuplot_plot_", "curve-")

  local size = string.format('width="%g" height="%g" ', options.width, options.height)
  local head = string.format(
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    .. '%sviewBox="0 0 %g %g" font-family="%s" role="img"%s>\n', size, options.width,
    options.height, FONTS,
    options.title and ' aria-label="' .. text.escape(options.title) .. '"' or "")
  local background = ""
  if not options.inline then
    head = '<?xml version="1.0" encoding="utf-8"?>\n' .. head
    background = string.format('<rect width="100%%" height="100%%" fill="%s"/>\n',
                               options.background)
  end
  return head .. background .. inner:gsub("^%s+", ""):gsub("%s+$", "") .. "\n</svg>\n"
end

return svg
