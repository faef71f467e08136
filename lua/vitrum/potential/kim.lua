-- What the prompt knows of installed OpenKIM models: names for completion, the list that
-- help "kim" shows.
local vt = require "vitrum"

local kim = {}

local MANY <const> = 12 -- species: more are counted, not named

local function models()
  local ok, list = pcall(vt.potential.kim_models)
  if ok then return list end
  return {}, list
end

local listed -- to ask for the models takes a second where there are many

---Names that vt.potential.kim takes, without what is behind the double underscore where one model
---only begins so.
---@return string[]
function kim.names()
  if listed then return listed end
  local names, times = {}, {}
  local list = models()
  for _, model in ipairs(list) do
    local short = model.name:match "^(.-)__" or model.name
    times[short] = (times[short] or 0) + 1
  end
  for k, model in ipairs(list) do
    local short = model.name:match "^(.-)__" or model.name
    names[k] = times[short] == 1 and short or model.name
  end
  listed = #names > 0 and names or nil
  return names
end

local function heading(species)
  if #species == 0 then return "species not said" end
  if #species > MANY then return #species .. " species" end
  table.sort(species)
  return table.concat(species, " ")
end

---Add the installed models to a page, those of an element or of an alloy under a heading.
---@param lines string[]
function kim.push_lines(lines)
  local list, problem = models()
  if #list == 0 then
    lines[#lines + 1] = problem
      or "No models are installed; the Debian package openkim-models has some 430."
    return
  end
  local of, headings = {}, {}
  for _, model in ipairs(list) do
    local head = heading(model.species)
    if not of[head] then
      of[head] = {}
      headings[#headings + 1] = head
    end
    table.insert(of[head], model.name:match "^(.-)__" or model.name)
  end
  table.sort(headings)
  lines[#lines + 1] = ("%d installed models by species"):format(#list)
  for _, head in ipairs(headings) do
    lines[#lines + 1] = "  " .. head
    for _, name in ipairs(of[head]) do lines[#lines + 1] = "    " .. name end
  end
end

return kim
