-- The protocols of scripts/ and the lessons of tutorials/: their texts are compiled into the
-- program, so that help finds them wherever it runs.
local session = require "vitrum.session"
local system = require "vitrum.system"

local library = {}

local DATA <const> = "vitrum.data."

-- Files of a folder that are compiled in, by name: "scripts/quench.lua".
local function files_of(folder)
  local list = {}
  for module in pairs(package.preload) do
    local file = type(module) == "string" and module:match "^vitrum%.data%.(.*)$"
    if file and file:sub(1, #folder + 1) == folder .. "/" then list[#list + 1] = file end
  end
  table.sort(list)
  return list
end

---The text of a file that is compiled in.
---@param file string "tutorials/01-first-glass.md"
---@return string
function library.text(file) return require(DATA .. file) end

---Where a file that is compiled in lies on this machine; its own name when it is nowhere.
---@param file string
---@return string path
function library.path(file)
  if system.kind(file) == "file" then return file end
  local places = session.places()
  local here = places.program:match "^(.*)/" or "."
  for _, folder in ipairs { here .. "/../share/vitrum", here .. "/../share/doc/vitrum",
                            here .. "/..", here .. "/../..", places.data, places.documents } do
    local path = folder .. "/" .. file
    if system.kind(path) == "file" then
      -- "bin/../share" is as good, but nobody wants to read it.
      repeat
        local count
        path, count = path:gsub("/[^/.][^/]*/%.%./", "/", 1)
      until count == 0
      return path
    end
  end
  return file
end

local protocols -- loaded when they are first asked for

---The protocols that come with the program.
---@return { name: string, file: string, protocol: vitrum.Protocol }[]
function library.protocols()
  if protocols then return protocols end
  local list = {}
  for _, file in ipairs(files_of "scripts") do
    if file:find "%.lua$" then
      local value = assert(load(library.text(file), "=" .. file, "t"))()
      local metatable = type(value) == "table" and getmetatable(value)
      if metatable and metatable.__name == "vitrum.Protocol" then
        value.script = file
        list[#list + 1] = { name = value.name, file = file, protocol = value }
      end
    end
  end
  protocols = list
  return list
end

local TERMS <const> = "<!%-%- terms: (.-) %-%->\n?"

---@class vitrum.Lesson
---@field name string "01-first-glass"
---@field file string "tutorials/01-first-glass.md"
---@field title string
---@field terms string words of the field, from a comment <!-- terms: pulling; tensile test -->
---@field sections { title: string, text: string }[]

local lessons -- read when they are first asked for

---The lessons, in their order.
---@return vitrum.Lesson[]
function library.lessons()
  if lessons then return lessons end
  local list = {}
  for _, file in ipairs(files_of "tutorials") do
    local lesson = { name = file:match "([^/]+)%.md$", file = file, sections = {} }
    local section
    local text = library.text(file)
    lesson.terms = text:match(TERMS) or ""
    for line in (text:gsub(TERMS, "") .. "\n"):gmatch "(.-)\n" do
      local title = line:match "^# (.*)"
      local heading = line:match "^##+ (.*)"
      if title and not lesson.title then
        lesson.title = title
      elseif heading or not section then
        section = { title = heading or lesson.title or "", lines = { not heading and line or nil } }
        lesson.sections[#lesson.sections + 1] = section
      else
        section.lines[#section.lines + 1] = line
      end
    end
    for _, part in ipairs(lesson.sections) do
      part.text, part.lines = table.concat(part.lines, "\n"), nil
    end
    lesson.title = lesson.title or lesson.name
    if lesson.name then list[#list + 1] = lesson end
  end
  lessons = list
  return list
end

---The protocol or lesson that a topic names: "quench", "scripts/quench.lua", "lesson 1",
---"01-first-glass".
---@param topic string
---@return table? found entry of library.protocols() or library.lessons()
function library.find(topic)
  local plain = topic:lower():gsub("^.*/", ""):gsub("%.lua$", ""):gsub("%.md$", "")
  local dashed = plain:gsub("[%s_]+", "-")
  for _, entry in ipairs(library.protocols()) do
    if entry.name == dashed then return entry end
  end
  local number = plain:match "^lesson%s*(%d+)$" or plain:match "^tutorial%s*(%d+)$"
  for _, lesson in ipairs(library.lessons()) do
    if lesson.name == dashed or lesson.title:lower() == plain
      or number and tonumber(lesson.name:match "^%d+") == tonumber(number) then
      return lesson
    end
  end
end

---The page of a protocol or a lesson.
---@param found table
---@return string[] lines
function library.lines(found)
  local lines, path = {}, library.path(found.file)
  local text
  if found.protocol then
    found.protocol.script = path
    text = found.protocol:usage()
    found.protocol.script = found.file
  else
    text = path .. "\n\n" .. library.text(found.file):gsub(TERMS, "")
  end
  for line in (text:gsub("\n+$", "") .. "\n"):gmatch "(.-)\n" do lines[#lines + 1] = line end
  return lines
end

return library
