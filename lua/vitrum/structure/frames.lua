-- One way to go through the frames of whatever holds some: an Atoms, a file or files by a pattern
-- ("dump.*"), a list of these, or an iterator such as that of vt.atoms.frames. One frame is in
-- memory at a time.

local options = require "vitrum.base.options"
local texts = require "vitrum.base.text"

local raise = options.raise

local frames = {}

---Options that functions over frames share; see frames.with.
frames.OPTIONS = {
  options.like("atoms.read", "species"),
  options.like("atoms.read", "format"),
  { name = "skip", kind = "integer", default = 0, help = "frames left out at the beginning" },
  { name = "stride", kind = "count", default = 1, help = "take every such frame from there on" },
  { name = "frames", kind = "count",
    help = "take at most so many, for instance those before the place where a file is cut off" },
}

---The options of a function over frames: its own and those shared.
---@param own vitrum.Option[]
---@return vitrum.Option[]
function frames.with(own)
  return table.move(frames.OPTIONS, 1, #frames.OPTIONS, #own + 1, table.move(own, 1, #own, 1, {}))
end

local function is_atoms(value) return options.is(value, "Atoms") end

frames.is_atoms = is_atoms

local function is_path(value) return type(value) == "string" end

local function describe(value)
  local metatable = type(value) == "userdata" and getmetatable(value)
  if type(metatable) == "table" and metatable.__name then return "a " .. metatable.__name end
  return value == nil and "nothing" or "a " .. type(value)
end

-- The frames of one item after the other. Returns next() -> atoms, info and close().
local function chain(where, items, given)
  local reader = { species = given.species, format = given.format }
  local position, next_of_file, handle = 0, nil, nil
  local function close()
    if handle then getmetatable(handle).__close(handle) end
    next_of_file, handle = nil, nil
  end
  local function next_frame()
    while true do
      if next_of_file then
        local atoms, info = next_of_file()
        if atoms then return atoms, info end
        close()
      end
      position = position + 1
      local item = items[position]
      if item == nil then return nil end
      if is_atoms(item) then return item, {} end
      if not is_path(item) then
        raise("%s: item %d of the list of frames must be an Atoms or the name of a file, got %s",
          where, position, describe(item))
      end
      local _
      next_of_file, _, _, handle = require("vitrum").atoms.frames(item, reader)
    end
  end
  return next_frame, close
end

-- next() -> atoms, info and close() for a source of any kind.
local function open(where, source, given)
  if is_atoms(source) or is_path(source) then return chain(where, { source }, given) end
  if type(source) == "table" and getmetatable(source) == nil then
    return chain(where, source, given)
  end
  if type(source) == "function" then
    local state, control = nil, nil
    return function()
      local atoms, info = source(state, control)
      control = atoms
      if atoms ~= nil and not is_atoms(atoms) then
        raise("%s: the iterator over frames must give Atoms, got %s", where, describe(atoms))
      end
      return atoms, type(info) == "table" and info or {}
    end, function() end
  end
  raise("%s: expected frames: an Atoms, the name of a file, a list of these, or an iterator such "
    .. "as vt.atoms.frames(path); got %s", where, describe(source))
end

---Go through the frames of `source`. With `match` all of them must hold the atoms of the first
---one: a frame with the same ids in another order comes in the order of the first one, any other
---raises. A source without frames raises.
---@param where string name of the function for messages: "structure.msd"
---@param source any an Atoms, a path, a list of Atoms and paths, or an iterator
---@param given? table species, format, skip, stride, frames as in frames.OPTIONS; match (boolean)
---@return fun(): vitrum.Atoms?, table?, integer? # atoms, info as of vt.atoms.read, number from 1
function frames.each(where, source, given)
  given = given or {}
  local skip, stride = given.skip or 0, given.stride or 1
  if skip < 0 then raise("%s: option 'skip' must not be negative, got %d", where, skip) end
  local next_frame, close = open(where, source, given)
  local read, number, first = 0, 0, nil
  local function step()
    while number ~= given.frames do
      local atoms, info = next_frame()
      if atoms == nil then
        if number > 0 then return nil end
        if read == 0 then raise("%s: the source has no frames", where) end
        raise("%s: the source has %s, none is left after skip = %d", where,
          texts.count(read, "frame"), skip)
      end
      read = read + 1
      if read > skip and (read - skip - 1) % stride == 0 then
        number = number + 1
        if given.match then
          first = first or atoms
          local ok, matched = pcall(atoms.match, atoms, first)
          if not ok then
            -- Without the place that the method's own message names.
            raise("%s: frame %d: %s", where, read, matched:match "match: (.*)$" or matched)
          end
          atoms = matched
        end
        return atoms, info, number
      end
    end
  end
  return step, nil, nil, setmetatable({}, { __close = close })
end

return frames
