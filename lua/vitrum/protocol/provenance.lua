-- Where a file comes from: program, script, parameters, potential, date. The same facts go into
-- run.json, the comment lines of CSV files, the title lines of structures and the report.

local files = require "vitrum.base.files"
local parameters = require "vitrum.protocol.parameters"
local system = require "vitrum.system"

local provenance = {}

local SHORT_SHA <const> = 12 -- digits shown where the place is narrow

---The checksum of a file, nil and a message when it cannot be read.
---@param path string
---@return string? sha256 64 hexadecimal digits
---@return string? message
function provenance.sha256_of_file(path)
  local file <close>, message = files.open(path)
  if not file then return nil, message end
  local text, problem = file:read "a"
  if not text then return nil, ("%s: %s"):format(path, problem) end
  return system.sha256(text)
end

---Now, in universal time.
---@return string "2025-06-01T12:00:00Z"
function provenance.date()
  return os.date "!%Y-%m-%dT%H:%M:%SZ" --[[@as string]]
end

---Note what moves the atoms from now on; a resumed run may have had another engine before.
---@param state table
---@param name string "vitrum" or "LAMMPS"
function provenance.add_engine(state, name)
  state.engines = state.engines or {}
  for _, known in ipairs(state.engines) do
    if known == name then return end
  end
  table.insert(state.engines, name)
end

-- The engines, where there was another than vitrum.
local function engines_of(state)
  local text = table.concat(state.engines or {}, ", ")
  return text ~= "" and text ~= "vitrum" and text or nil
end

---The facts as lines "key: value", for comments in front of a file.
---@param state table what run.json holds
---@param list vitrum.Parameter[]
---@return string[]
function provenance.lines(state, list)
  local lines = {
    ("program: vitrum %s (kernels: %s)"):format(state.version, state.simd),
    ("protocol: %s"):format(state.protocol),
    ("script: %s, SHA-256 %s"):format(state.script, state.script_sha256),
    ("date: %s"):format(state.started),
  }
  for _, parameter in ipairs(list) do
    local value = state.parameters[parameter.name]
    if not parameter.framework and value ~= nil then
      local sha256 = state.inputs[parameter.name]
      lines[#lines + 1] = ("%s: %s%s"):format(parameter.name, parameters.text(parameter, value),
        sha256 and ", SHA-256 " .. sha256 or "")
    end
  end
  local engines = engines_of(state)
  if engines then lines[#lines + 1] = "engine: " .. engines end
  if state.potential then
    lines[#lines + 1] = ("potential file: %s, SHA-256 %s"):format(state.potential.file,
      state.potential.sha256)
  end
  return lines
end

---The facts on one line, for the title of a structure.
---@param state table
---@param list vitrum.Parameter[]
---@return string
function provenance.line(state, list)
  local parts = { ("vitrum %s %s (script %s)"):format(state.version, state.protocol,
    state.script_sha256:sub(1, SHORT_SHA)) }
  for _, parameter in ipairs(list) do
    local value = state.parameters[parameter.name]
    if not parameter.framework and value ~= nil then
      parts[#parts + 1] = ("%s=%s"):format(parameter.name,
        parameters.text(parameter, value):gsub(" ", ""))
    end
  end
  if state.potential then
    parts[#parts + 1] = ("potential %s (SHA-256 %s)"):format(state.potential.file,
      state.potential.sha256)
  end
  local engines = engines_of(state)
  if engines then parts[#parts + 1] = "engine " .. engines end
  parts[#parts + 1] = state.started
  return table.concat(parts, " ")
end

return provenance
