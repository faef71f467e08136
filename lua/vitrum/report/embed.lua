-- A drawing from anywhere made fit to stand inside a page. The document is read as XML and written
-- anew from elements and attributes that can only draw; anything else is refused by its name.
-- Nothing that the reader skips or reads in another way than a browser reaches the page.

local text = require "vitrum.base.text"

local embed = {}

local function set(words)
  local names = {}
  for word in words:gmatch "%S+" do names[word] = true end
  return names
end

local ELEMENTS <const> = set [[
  svg g defs symbol use title desc path line polyline polygon rect circle ellipse text tspan image
  clipPath mask marker pattern linearGradient radialGradient stop filter feFlood feComposite]]

-- Looks: also the properties that a style attribute may set.
local LOOKS <const> = set [[
  alignment-baseline baseline-shift clip-path clip-rule color color-interpolation
  color-rendering display dominant-baseline fill fill-opacity fill-rule filter flood-color
  flood-opacity font-family font-size font-stretch font-style font-variant font-weight
  image-rendering letter-spacing marker-end marker-mid marker-start mask mix-blend-mode opacity
  overflow paint-order shape-rendering stop-color stop-opacity stroke stroke-dasharray
  stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width
  text-anchor text-decoration text-rendering vector-effect visibility white-space word-spacing
  writing-mode]]

local ATTRIBUTES <const> = set [[
  aria-hidden aria-label clipPathUnits cx cy d dx dy filterUnits fx fy gradientTransform
  gradientUnits height id in in2 lengthAdjust markerHeight markerUnits markerWidth maskContentUnits
  maskUnits offset operator orient pathLength patternContentUnits patternTransform patternUnits
  points preserveAspectRatio r refX refY result role rotate rx ry spreadMethod textLength transform
  version viewBox width x x1 x2 xml:lang xml:space y y1 y2]]

local SPACES <const> = { xmlns = "http://www.w3.org/2000/svg",
                         ["xmlns:xlink"] = "http://www.w3.org/1999/xlink" }

local ENTITIES <const> = { amp = "&", lt = "<", gt = ">", quot = '"', apos = "'" }

local NAME <const> = "^[%a_][%w_.:-]*"
local ID <const> = "[%w_.:-]+"

local Reader = {}
Reader.__index = Reader

function Reader:refuse(format, ...)
  local _, line = self.text:sub(1, self.at - 1):gsub("\n", "")
  error({ refused = ("line %d: %s"):format(line + 1, format:format(...)) }, 0)
end

-- The text after `pattern`, which must stand here; nil when it does not.
function Reader:take(pattern)
  local from, to, capture = self.text:find(pattern, self.at)
  if not from then return nil end
  self.at = to + 1
  return capture or self.text:sub(from, to)
end

-- Past the next `mark`, with what stands before it.
function Reader:past(mark, what)
  local from, to = self.text:find(mark, self.at, true)
  if not from then self:refuse("%s does not end", what) end
  local inside = self.text:sub(self.at, from - 1)
  self.at = to + 1
  return inside
end

-- The characters that `raw` stands for.
function Reader:decode(raw)
  if not raw:find("&", 1, true) then return raw end
  return (raw:gsub("&([^;&]*);?", function(name)
    local digits = name:match "^#x(%x+)$"
    local code = digits and tonumber(digits, 16) or tonumber(name:match "^#(%d+)$")
    if code and code > 0 and code < 0x110000 and (code < 0xD800 or code > 0xDFFF) then
      return utf8.char(code)
    end
    return ENTITIES[name] or self:refuse("the entity &%s; is not allowed", name)
  end))
end

-- ---------------------------------------------------------------- attributes ----

-- A value that a browser may take for style: it refers to nothing but parts of the drawing.
function Reader:look(name, value)
  local plain = value:lower()
  if plain:find "[\\<@]" or plain:find("/*", 1, true) or plain:find("expression", 1, true)
    or plain:find "%a+script%s*:" then
    self:refuse("the value of %s is not allowed", name)
  end
  local rest = plain:gsub("url%(#" .. ID .. "%)", "")
  if rest:find "url%s*%(" or rest:find "image%-set" or rest:find "src%s*%(" then
    self:refuse("%s refers to something outside of the drawing", name)
  end
  return (value:gsub("([uU][rR][lL]%(#)", "%1" .. self.id .. "-"))
end

function Reader:style(value)
  local kept = {}
  for part in value:gmatch "[^;]+" do
    if part:find "%S" then
      local property, given = part:match "^%s*([%a-]+)%s*:%s*(.-)%s*$"
      if not property or not LOOKS[property:lower()] then
        self:refuse("the style '%s' is not allowed", part)
      end
      kept[#kept + 1] = property .. ":" .. self:look("style", given)
    end
  end
  return table.concat(kept, ";")
end

function Reader:reference(element, value)
  local name = value:match("^#(" .. ID .. ")$")
  if name and element ~= "image" then return "#" .. self.id .. "-" .. name end
  local kind = element == "image" and value:match "^data:image/(%a+);base64,[%w+/=%s]*$"
  if kind == "png" or kind == "jpeg" or kind == "gif" then return value end
  self:refuse("<%s> refers to something outside of the drawing", element)
end

function Reader:attribute(element, name, value)
  if SPACES[name] then
    if value ~= SPACES[name] then self:refuse("the name space of %s is not SVG's", name) end
    return value
  end
  if name == "href" or name == "xlink:href" then return self:reference(element, value) end
  if name == "style" then return self:style(value) end
  if name == "id" then
    if not value:find("^" .. ID .. "$") then self:refuse "an id is no name" end
    return self.id .. "-" .. value
  end
  if name == "aria-label" then return value end
  if LOOKS[name] or ATTRIBUTES[name] then return self:look(name, value) end
  self:refuse("the attribute %s of <%s> is not allowed", name, element)
end

-- The attributes of a start tag as written anew.
function Reader:attributes(element)
  local out, seen = {}, {}
  while self:take "^%s+" do
    local name = self:take(NAME)
    if not name then break end
    if not self:take "^%s*=%s*" then self:refuse("the attribute %s has no value", name) end
    local quote = self:take "^[\"']"
    if not quote then self:refuse("the value of %s is not in quotes", name) end
    if seen[name] then self:refuse("the attribute %s occurs twice", name) end
    seen[name] = true
    local value = self:decode(self:past(quote, "the value of " .. name))
    if name ~= "class" then -- it is for a style sheet; the page's own is none of the drawing's
      value = self:attribute(element, name, value)
      out[#out + 1] = (' %s="%s"'):format(name, text.escape(value))
    end
  end
  return table.concat(out)
end

-- ---------------------------------------------------------------- the document ----

-- What may stand before and after the drawing.
function Reader:around()
  repeat
    local more = self:take "^%s+"
    if self:take "^<!%-%-" then
      self:past("-->", "a comment")
      more = true
    end
  until not more
end

function Reader:prolog()
  self:take "^\xEF\xBB\xBF"
  if self:take "^<%?xml%s" then self:past("?>", "<?xml") end
  self:around()
  if self:take "^<!DOCTYPE%s+svg%s*" then
    if self:past(">", "<!DOCTYPE"):find("[", 1, true) then
      self:refuse "a document type with declarations of its own is not allowed"
    end
    self:around()
  end
  if not self.text:find("^<svg[%s/>]", self.at) then
    self:refuse "it must begin with <svg"
  end
end

-- A start tag; true when it is closed at once.
function Reader:open()
  local element = self:take(NAME)
  if not element or not ELEMENTS[element] then
    self:refuse("<%s> is not allowed", element or "?")
  end
  local attributes = self:attributes(element)
  local closed = self:take "^%s*/>"
  if not closed and not self:take "^%s*>" then self:refuse("<%s> is broken", element) end
  self:write("<", element, attributes, closed and "/>" or ">")
  if not closed then self.stack[#self.stack + 1] = element end
end

function Reader:close()
  local element = self:take(NAME)
  if element ~= self.stack[#self.stack] or not self:take "^%s*>" then
    self:refuse("</%s> does not close <%s>", element or "?", self.stack[#self.stack])
  end
  self.stack[#self.stack] = nil
  self:write("</", element, ">")
end

function Reader:write(...)
  for _, part in ipairs { ... } do self.out[#self.out + 1] = part end
end

function Reader:drawing()
  repeat
    if self:take "^<!%-%-" then
      self:past("-->", "a comment")
    elseif self:take "^<!%[CDATA%[" then
      self:write(text.escape(self:past("]]>", "<![CDATA[")))
    elseif self:take "^</" then
      self:close()
    elseif self:take "^<" then
      self:open()
    else
      local words = self:take "^[^<]+"
      if not words then self:refuse("<%s> does not end", self.stack[#self.stack]) end
      self:write(text.escape(self:decode(words)))
    end
  until #self.stack == 0
end

---The drawing of an SVG document as it may stand inside a page: `id` in front of every id, and
---nothing in it that acts or is fetched. nil and what is not allowed.
---@param document string
---@param id string
---@return string? drawing
---@return string? problem with the line in the document
function embed.inline(document, id)
  local reader = setmetatable({ text = document, at = 1, id = id, out = {}, stack = {} }, Reader)
  local ok, problem = pcall(function()
    reader:prolog()
    reader:drawing()
    reader:around()
    if reader.at <= #document then reader:refuse "something follows the drawing" end
  end)
  if ok then return table.concat(reader.out) end
  if type(problem) ~= "table" then error(problem, 0) end
  return nil, problem.refused
end

return embed
