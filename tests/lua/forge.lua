-- Checkpoints of dynamics changed by hand and sealed again, as whoever means harm would.
local forge = {}

-- CRC-32 (ISO 3309), as zlib has it, by a table of its bytes.
local TABLE <const> = {}
for byte = 0, 255 do
  local sum = byte
  for _ = 1, 8 do sum = (sum >> 1) ~ (0xedb88320 & -(sum & 1)) end
  TABLE[byte] = sum
end

local function crc(text)
  local sum = 0xffffffff
  for k = 1, #text do sum = (sum >> 8) ~ TABLE[(sum ~ text:byte(k)) & 255] end
  return sum ~ 0xffffffff
end

---`body` with the checksum that belongs to it.
function forge.seal(body)
  return body .. string.pack("<I8", crc(body))
end

---The checkpoint `text` with `new` in place of the data of the section `name`.
function forge.with(text, name, new)
  local at = assert(text:find(name .. "\0", 1, true), name) - 1
  local kind, count = string.unpack("<I4xxxxI8", text, at + 25)
  local item = ({ [0] = 1, 4, 8, 8 })[kind]
  local function padded(bytes) return (bytes + 7) // 8 * 8 end
  return forge.seal(text:sub(1, at + 32) .. string.pack("<I8", #new // item) .. new
    .. ("\0"):rep(padded(#new) - #new) .. text:sub(at + 41 + padded(count * item), -9))
end

---The same without the section.
function forge.without(text, name)
  local at = assert(text:find(name .. "\0", 1, true), name) - 1
  local kind, count = string.unpack("<I4xxxxI8", text, at + 25)
  local bytes = count * ({ [0] = 1, 4, 8, 8 })[kind]
  return forge.seal(text:sub(1, at) .. text:sub(at + 41 + (bytes + 7) // 8 * 8, -9))
end

return forge
