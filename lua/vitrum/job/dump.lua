-- The trajectory that a run of dynamics writes: a frame every so many steps of the run, in a format
-- for many frames. The state of the run has a list of them: how long the file is with each, and the
-- checksum of its end, so that a run that goes on, here or from a checkpoint, finds its own
-- frames, cuts off those that came later, and writes the same file as one that was never stopped.

local raise = require("vitrum.base.options").raise
local system = require "vitrum.system"

local dump = {}

local TAIL <const> = 65536 -- bytes at the end of the file that are looked at

-- This many unchanged bytes show that the rest is of the same run; a checkpoint is a file that
-- anybody may have written, and fewer might be guessed.
local EVIDENCE <const> = 4096

-- Checksum of what precedes the byte `size`.
local function tail_of(path, size)
  local file <close> = io.open(path, "rb")
  if not file then return nil end
  local length = math.min(size, TAIL)
  file:seek("set", size - length)
  local text = length > 0 and file:read(length) or ""
  return text and #text == length and system.sha256(text) or nil
end

-- The last frame that the state knows of: size of the file with it, step, checksum.
local function last_of(state) return state.frames and state.frames[#state.frames] end

---Whether the file at `path` begins with the frames of this run.
---@param state table of the job
---@param path string
---@return boolean
function dump.has_frames(state, path)
  local last = last_of(state)
  return last ~= nil and system.kind(path) == "file" and tail_of(path, last.size) == last.tail
end

---Prepare to go on with the file: what follows its last frame is cut off.
---@param where string
---@param state table
---@param overwrite boolean?
function dump.go_on(where, state, overwrite)
  local last, path = last_of(state), state.dump
  if not last or system.kind(path) == "other" then return end
  if not dump.has_frames(state, path) then
    raise("%s: dump: %s does not hold the frames that this run wrote to it, so nothing is added; "
      .. "put the file back as it was, or give another name, dump = \"...\", or dump = false to go "
      .. "on without it", where, path)
  end
  if system.size(path) > last.size then
    if last.size < EVIDENCE and not overwrite then
      raise("%s: dump: %s goes on after the frames that the run wrote; set overwrite = true "
        .. "to cut it off there, or give another name", where, path)
    end
    local ok, message = system.cut(path, last.size)
    if not ok then raise("%s: dump: %s", where, message) end
  end
end

---Drop the frames after `step`: the run has fallen back to it.
---@param state table
---@param step integer
function dump.fall_back(state, step)
  local frames = state.frames
  if not last_of(state) or last_of(state).step <= step then return end
  while #frames > 0 and frames[#frames].step > step do frames[#frames] = nil end
  system.cut(state.dump, #frames > 0 and frames[#frames].size or 0)
end

---Write the frame of this instant, unless the file has it.
---@param where string
---@param md vitrum.MD
---@param state table
---@param overwrite boolean
function dump.frame(where, md, state, overwrite)
  local step, path, last = md.step, state.dump, last_of(state)
  if last and last.step >= step then return end
  -- Ctrl-C may have come between a frame and the note of it.
  if last and system.kind(path) == "file" and system.size(path) ~= last.size then
    dump.go_on(where, state, true)
  end
  md.atoms:save(path, { append = last ~= nil, overwrite = overwrite,
                        provenance = state.provenance and state.provenance:gsub("%s*\n%s*", "; "),
                        info = { timestep = step, time = md.time } })
  local size = system.size(path)
  table.insert(state.frames, { step = step, size = size, tail = tail_of(path, size) })
end

return dump
