-- Pages in a browser without a window: Chromium draws WebGL by its software renderer, and what a
-- page says to its console comes back as a list of lines.
local lu = require "luaunit"
local json = require "vitrum.base.json"

local chromium = {}

local SOURCE <const> = os.getenv "VITRUM_SOURCE" or "."

-- Root, as in most containers, needs to go without Chromium's sandbox.
local FLAGS <const> = "--headless=new --no-sandbox --disable-dev-shm-usage --hide-scrollbars "
  .. "--no-first-run --disable-extensions --force-color-profile=srgb --enable-logging=stderr --v=0 "
local SOFTWARE <const> = "--enable-unsafe-swiftshader "
local LONGEST <const> = 300 -- s

---The name of the program, nil where there is none.
---@return string?
function chromium.found()
  for _, name in ipairs { "chromium", "chromium-browser", "google-chrome" } do
    if os.execute(("command -v %s >/dev/null 2>&1"):format(name)) then return name end
  end
end

---Open a page until it says END.
---@param path string
---@param given { width: integer?, height: integer?, webgl: boolean?, flags: string?, prefix: string? }
---@return string[] said lines of console.log
---@return string[] problems errors and warnings in the console
function chromium.run(path, given)
  local folder = os.tmpname()
  os.remove(folder)
  local command = ("%s timeout %d %s %s %s %s --user-data-dir=%s --window-size=%d,%d 'file://%s'")
    :format(given.prefix or "", LONGEST, chromium.found(), FLAGS,
      given.webgl == false and "--disable-3d-apis" or SOFTWARE, given.flags or "", folder,
      given.width or 1200, given.height or 900, path)
  local pipe = assert(io.popen(("sh -c 'echo PID $$; exec %s 2>&1'"):format(
    (command:gsub("'", "'\\''")))))
  local pid = pipe:read "l":match "PID (%d+)"
  local said, problems, ended = {}, {}, false
  for line in pipe:lines() do
    local level, text = line:match ":(%u+):CONSOLE[:(]%d+%)?%] \"(.*)\", source:"
    if text == "END" then
      ended = true
      os.execute(("kill %s 2>/dev/null"):format(pid))
    elseif text and not text:find "GPU stall" and (level ~= "INFO" or text:find "^Uncaught" or text:find "^Refused") then
      problems[#problems + 1] = text
    elseif text and not text:find "GPU stall" then
      said[#said + 1] = text
    end
  end
  pipe:close()
  os.execute("rm -rf " .. folder)
  if not ended then problems[#problems + 1] = "the page did not come to its end" end
  return said, problems
end

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

---Open a page with a script of the test behind its own one, which may wait and says values by name:
---say("name", value).
---@param page string HTML
---@param script string
---@param given table? as for chromium.run
---@return table<string, any> said values by name
function chromium.look(page, script, given)
  local path = os.tmpname()
  os.remove(path)
  path = path .. ".html"
  local at = page:find("</body>", 1, true)
  do
    local file <close> = assert(io.open(path, "wb"))
    file:write((page:sub(1, at - 1):gsub("; script%-src '[^']*'", "; script-src 'unsafe-inline'")),
      "<script>", read(SOURCE .. "/tests/browser/probe.js"), "(async () => { try {", script,
      "} catch (problem) { console.error(String(problem)); } console.log('END'); })();</script>",
      page:sub(at))
  end
  local lines, problems = chromium.run(path, given or { width = 480, height = 500 })
  os.remove(path)
  local said = {}
  for _, line in ipairs(lines) do
    local name, value = line:match "^SAY (%S+) (.*)$"
    if name then said[name] = json.decode(value, name) end
  end
  lu.assertEquals(table.concat(problems, "\n"), "")
  return said
end

return chromium
