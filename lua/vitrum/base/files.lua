-- Writing files from Lua: nothing is overwritten that this run did not write itself, unless told
-- to, and a file appears whole or not at all.

local system = require "vitrum.system"
local numbers = require "vitrum.base.numbers"
local raise = require("vitrum.base.options").raise

local files = {}

--- Open a file to be read. A name with a zero byte, at which the system would cut it, is none.
---@param path string
---@return file*? file
---@return string? message
function files.open(path)
  local name = path:match "^[^%z]*"
  if name ~= path then return nil, ("%s: the name goes on behind a zero byte"):format(name) end
  return io.open(path, "rb")
end

--- Raise when `path` may not be written: it exists and is not ours, or it is a folder.
---@param path string
---@param overwrite boolean?
---@param where string names the caller in messages
function files.check_target(path, overwrite, where)
  if type(path) ~= "string" or path == "" then
    raise("%s: the file name must be a string, not %s", where, numbers.show(path))
  end
  if path:find "%c" then
    raise("%s: the file name '%s' contains a control character", where, (path:gsub("%c", "?")))
  end
  local kind = system.kind(path)
  if kind == "folder" then
    raise("%s: %s is a folder; give the name of a file", where, path)
  elseif kind == "file" and not overwrite and not system.wrote(path) then
    raise("%s: %s exists and was not written by this run; choose another name or set "
          .. "overwrite = true", where, path)
  end
  -- What would be lost in the end is refused before it is made.
  local folder = not kind and path:match "^(.*/)[^/]*$"
  if folder and not system.kind(folder) then
    raise("%s: cannot create %s: No such file or directory; make the folder first", where, path)
  end
end

--- The end of a name that makes the core compress what is written: ".gz", ".zst" or ".xz"; nil for
--- other names.
---@param path string
---@return string?
function files.packed(path)
  local ending = path:match "%.%w+$"
  local known = { [".gz"] = true, [".zst"] = true, [".xz"] = true }
  return ending and known[ending:lower()] and ending or nil
end

--- Write `text` to `path` in one go.
---@param path string
---@param text string
---@param options { overwrite: boolean?, where: string }
function files.write(path, text, options)
  files.check_target(path, options.overwrite, options.where)
  local ok, message = system.write(path, text)
  if not ok then raise("%s: %s", options.where, message) end
  system.note_wrote(path)
end

return files
