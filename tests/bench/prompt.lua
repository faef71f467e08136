-- How long the prompt keeps one waiting: from the start to the first line, a completion, a page, a
-- search.    build/vitrum tests/bench/prompt.lua
local complete = require "vitrum.prompt.complete"
local answer = require "vitrum.prompt.answer"
local search = require "vitrum.prompt.search"
local vt = require "vitrum"

local PROGRAM <const> = arg[-1]
local TIMES <const> = 20

-- Least and middle time of a call [ms]; the first one, which loads files, by itself.
local function measure(name, f)
  local times = {}
  for k = 0, TIMES do
    local begin = vt.clock()
    f()
    times[k] = 1000 * (vt.clock() - begin)
  end
  local first = times[0]
  table.sort(times)
  print(("%-48s %7.2f %7.2f %7.2f"):format(name, first, times[1], times[(TIMES + 1) // 2]))
end

-- Processor time of a start [ms], which other work on the machine changes little.
local function measure_start(name, arguments)
  local line = ("%s %s </dev/null >/dev/null; "):format(PROGRAM, arguments)
  local pipe <close> = assert(io.popen(("sh -c '%stimes'"):format(line:rep(TIMES))))
  local text, seconds = pipe:read "a", 0
  for minutes, part in text:match "\n(.*)":gmatch "(%d+)m([%d.]+)s" do
    seconds = seconds + 60 * minutes + part
  end
  print(("%-48s %7.1f of the processor"):format(name, 1000 * seconds / TIMES))
end

print(("%-48s %7s %7s %7s"):format("ms", "first", "least", "middle"))
measure_start('start, vitrum -e "x = 1"', '-e "x = 1"')
measure_start("start of the prompt, vitrum -i", "-i")
for _, case in ipairs {
  { "", "vt" }, { "vt.structure.", "" }, { "vt.md(glass, { ", "" },
  { "glass = vt.atoms.random{ ", "comp" },
  { 'help "', "", true }, { 'vt.potential.eam "', "Cu", true },
  { 'vt.potential.kim "', "SW", true },
} do
  measure("complete " .. case[1] .. case[2], function()
    complete.complete(case[1], case[2], case[3] or false)
  end)
end
measure('help "md"', function() answer.topic "md" end)
measure('help "msd"', function() answer.topic "msd" end)
measure('search "how do I anneal a glass"', function() search.find "how do I anneal a glass" end)
