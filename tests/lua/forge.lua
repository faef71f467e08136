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

local HEAD <const>, HEADER <const>, SUM <const> = 16, 40, 8
local ITEM <const> = { [0] = 1, 4, 8, 8 }

local function padded(bytes) return (bytes + 7) // 8 * 8 end

---Where the section `name` begins, the bytes of one of its numbers, its data, and where the next
---section begins.
function forge.section(text, name)
  local at = HEAD + 1
  repeat
    local found = string.unpack("<z", text, at)
    local kind, count = string.unpack("<I4xxxxI8", text, at + 24)
    local bytes = ITEM[kind] * count
    local next_one = at + HEADER + padded(bytes)
    if found == name then
      return at, ITEM[kind], text:sub(at + HEADER, at + HEADER + bytes - 1), next_one
    end
    at = next_one
  until found == "end"
  error("no section " .. name)
end

---The checkpoint `text` with `new` in place of the data of the section `name`.
function forge.with(text, name, new)
  local at, item, _, next_one = forge.section(text, name)
  return forge.seal(text:sub(1, at + 31) .. string.pack("<I8", #new // item) .. new
    .. ("\0"):rep(padded(#new) - #new) .. text:sub(next_one, -SUM - 1))
end

---The same without the section.
function forge.without(text, name)
  local at, _, _, next_one = forge.section(text, name)
  return forge.seal(text:sub(1, at - 1) .. text:sub(next_one, -SUM - 1))
end

return forge
