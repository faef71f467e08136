-- gnuplot's SVG made small and fit for a page: unused definitions and empty groups go, the font is
-- named once, and on request ink and grid follow the page around it and ids are its own.

local text = require "vitrum.base.text"

local svg = {}

local FONTS <const> = "'DejaVu Sans', Verdana, 'Helvetica Neue', Arial, sans-serif"

-- Definitions of markers that are used, also by each other; later ones build on earlier ones.
local function used_definitions(definitions, body)
  local kept = {}
  for k = #definitions, 1, -1 do
    local id = definitions[k]:match " id='([^']+)'"
    if id and body:find("href='#" .. id .. "'", 1, true) then
      table.insert(kept, 1, definitions[k])
      body = body .. definitions[k]
    end
  end
  return #kept > 0 and "<defs>" .. table.concat(kept, "\n") .. "</defs>\n" or ""
end

-- Filled circles become paths, a line of length zero with round ends being a circle, and those of
-- one color and size that follow each other one path: a cloud is then a fifth as large.
local function merge_circles(body)
  local count
  body = body:gsub("<use xlink:href='#gpPt6' transform='translate%(([%d.-]+),([%d.-]+)%) "
    .. "scale%(([%d.]+)%)' color='([^']+)'/>", function(x, y, scale, color)
      return ("<path stroke='%s' stroke-width='%g' stroke-linecap='round' d='M%s,%sh0'/>"):format(
        color, 2 * tonumber(scale), x, y)
    end)
  repeat
    body, count = body:gsub("<path (stroke='[^']*' stroke%-width='[^']*' stroke%-linecap='round') "
      .. "d='([^']*)'/>%s*<path %1 d='([^']*)'/>", "<path %1 d='%2%3'/>")
  until count == 0
  return body
end

--- Tidy a document from gnuplot's svg terminal.
---@param document string
---@param options { width: number, height: number, title: string?, inline: string|boolean|nil,
---ink: string, grid: string } inline: to stand in a page; a string goes before all ids
---@return string
function svg.tidy(document, options)
  local head, body = document:match '<defs>(.-)</defs>(.*)</g>%s*</svg>%s*$'
  -- gnuplot ends a path in a line of its own and sprinkles blanks.
  body = body:gsub("rgb%(%s*(%d+),%s*(%d+),%s*(%d+)%s*%)", function(red, green, blue)
    return ("#%02x%02x%02x"):format(red, green, blue)
  end)
  body = body:gsub("[ \t]*\n[ \t]*", "\n"):gsub("(%d)\n([ML])", "%1 %2"):gsub(" +'/>", "'/>")
  body = body:gsub(' font%-family="[^"]*:Bold"', ' font-weight="600"')
    :gsub(' font%-family="[^"]*"', ""):gsub(' font%-weight="normal"', "")
    :gsub("<tspan *>([^<]*)</tspan>", "%1"):gsub("<tspan [^>]*></tspan>", "")
    :gsub(' stroke%-linecap="butt" stroke%-linejoin="miter"', "")
    :gsub("gnuplot_plot_", "curve-")
    -- Cells of a heat map are cells, not samples to smooth.
    :gsub("<image ", '<image style="image-rendering:pixelated" ')
  body = merge_circles(body)
  -- Groups that only set a state which the next one sets again.
  local count
  repeat
    body, count = body:gsub("<g [^>]*>%s*</g>\n?", "")
  until count == 0
  if options.inline then
    -- The page's ink: one drawing for light and dark.
    body = body
      :gsub("stroke='" .. options.grid .. "'", "stroke='currentColor' stroke-opacity='.16'")
      :gsub(options.ink .. "(['\"])", "currentColor%1"):gsub(' color="black"', "")
      :gsub("(['\" ])black(['\"])", "%1currentColor%2"):gsub("#000000(['\"])", "currentColor%1")
  end
  local definitions = {}
  for element in head:gmatch "<%a+ [^\n]-/>" do definitions[#definitions + 1] = element end
  body = used_definitions(definitions, body) .. body
  if type(options.inline) == "string" then
    body = body:gsub("<[^<>]+>", function(tag)
      return (tag:gsub("( id=['\"])", "%1" .. options.inline .. "-")
              :gsub("(href='#)", "%1" .. options.inline .. "-"))
    end)
  end
  return ('%s<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    .. 'width="%g" height="%g" viewBox="0 0 %g %g" font-family="%s" role="img"%s>\n%s%s\n</svg>\n')
    :format(options.inline and "" or '<?xml version="1.0" encoding="utf-8"?>\n', options.width,
            options.height, options.width, options.height, FONTS,
            options.title and ' aria-label="' .. text.escape(options.title) .. '"' or "",
            options.inline and "" or '<rect width="100%" height="100%" fill="#ffffff"/>\n',
            (body:gsub("^%s+", ""):gsub("%s+$", "")))
end

return svg
