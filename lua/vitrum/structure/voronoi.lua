-- Voronoi cells of single structures and of trajectories, and means over the frames of the latter.

local vt = require "vitrum"
local frames = require "vitrum.structure.frames"
local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"

local raise = options.raise
local cells_of = vt.structure.voronoi -- of an Atoms

local voronoi = {}

local CELLS <const> = "structure.voronoi"
local CELL_OPTIONS <const> = options.declared(CELLS)

---The options of a function over Voronoi cells of frames: its own, those of the cells, those of
---frames.
---@param own vitrum.Option[]
---@param defaults? table of the cells' options
---@return vitrum.Option[]
function voronoi.with(own, defaults)
  local cells = options.declared(CELLS, defaults)
  return frames.with(table.move(cells, 1, #cells, #own + 1, table.move(own, 1, #own, 1, {})))
end

local function settings_of(o)
  return { radii = o.radii, face_threshold = o.face_threshold, edge_threshold = o.edge_threshold }
end

local function is_voronoi(value)
  return options.is(value, "Voronoi")
end

voronoi.is = is_voronoi

-- Cells that exist already are not made with other options.
local function refuse_settings(where, given)
  for _, list in ipairs{ CELL_OPTIONS, frames.OPTIONS } do
    for _, option in ipairs(list) do
      if given and given[option.name] ~= nil then
        raise("%s: option '%s' says how to make cells, but these are made already; give the atoms "
          .. "instead, or leave it out", where, option.name)
      end
    end
  end
end

---Go through the cells of `source`: a Voronoi, or anything with frames.
---@param where string
---@param source any
---@param o table options with their defaults
---@param given? table options as given
---@return fun(): vitrum.Voronoi?, vitrum.Atoms?, table?
function voronoi.each(where, source, o, given)
  if is_voronoi(source) then
    refuse_settings(where, given)
    local done = false
    return function()
      if done then return nil end
      done = true
      return source
    end
  end
  local next_frame, _, _, closer = frames.each(where, source, o)
  local settings = settings_of(o)
  return function()
    local atoms, info = next_frame()
    if atoms == nil then return nil end
    return cells_of(atoms, settings), atoms, info
  end, nil, nil, closer
end

-- All keys of a list of tables, each with a value of one of them.
local function keys_of(list)
  local keys = {}
  for _, item in ipairs(list) do
    for key, value in pairs(item) do keys[key] = value end
  end
  return keys
end

-- Mean of each number in a list of tables, tables inside them too; and the numbers of all of them
-- as arrays. A table that lacks a number, or has nan, has no part in its mean.
local function average(list)
  local means, series = {}, {}
  for key, example in pairs(keys_of(list)) do
    if type(example) == "table" then
      local inner = {}
      for k, item in ipairs(list) do inner[k] = item[key] or {} end
      means[key], series[key] = average(inner)
    else
      local of_frames = {}
      for k, item in ipairs(list) do of_frames[k] = item[key] or numbers.NAN end
      series[key] = vt.array(of_frames)
      means[key] = numbers.finite_mean(series[key])
    end
  end
  return means, series
end

---Measure every frame and average: the numbers that `measure` returns become means over the frames
---that have them, with all of them in `series` (nan where there is none); the arrays are those of
---the last frame.
---@param measure fun(item: any, ...): table, table numbers, arrays
---@param ... any what a loop goes through: an iterator and what belongs to it
---@return table
function voronoi.over_frames(measure, ...)
  local list, arrays = {}, nil
  for item, atoms, info in ... do -- closes the file, also when `measure` fails
    list[#list + 1], arrays = measure(item, atoms, info)
  end
  local result, series = average(list)
  for name, value in pairs(arrays) do result[name] = value end
  result.frames = #list
  if #list > 1 then result.series = series end
  return result
end

---Voronoi cells of one structure.
---@param source vitrum.Atoms|string
---@param given? table radii, face_threshold, edge_threshold
---@return vitrum.Voronoi
function voronoi.one(source, given)
  if type(source) == "string" then source = vt.atoms.read(source) end
  if not frames.is_atoms(source) then
    raise("structure.voronoi: expected an Atoms or the name of a file, got %s",
      source == nil and "nothing" or "a " .. type(source))
  end
  return cells_of(source, given)
end

local SERIES <const> = voronoi.with{}

---Voronoi cells of every frame: an iterator.
---@param source any
---@param given? table
---@return fun(): vitrum.Voronoi?, vitrum.Atoms?, table?
function voronoi.series(source, given)
  local where = "structure.voronois"
  return voronoi.each(where, source, options.check(where, SERIES, given), given)
end

help.document("structure.voronois", {
  signature = "for v, atoms, info in vt.structure.voronois(source, [options]) do",
  summary = "vt.structure.voronoi of every frame of a trajectory, one frame in memory at a time. "
    .. "source: a file, a list of Atoms and files, or an iterator.",
  options = SERIES,
  example = 'for v, atoms, info in vt.structure.voronois("quench.dump") do\n'
    .. '  print(info.timestep, v:fraction "0,0,12,0", v.W)\nend',
})

vt.structure.voronoi = voronoi.one
vt.structure.voronois = voronoi.series

return voronoi
