-- Functions that run in parallel, each in its own process: a given number at a time, and how each
-- ended.

local options = require "vitrum.base.options"
local system = require "vitrum.system"

local pool = {}

---@class vitrum.Task
---@field name string
---@field log string file for what it prints
---@field run function
---@field problem string? why it failed, once it has ended

local KILLED <const> = 9

-- In words: how a process failed; nil when it did not.
local function problem_of(text, how, code, name)
  if how == "signal" then
    return ("the process was killed by signal %d (%s)%s"):format(code, name, code == KILLED
      and ", by somebody or by the system because memory ran out" or "")
  end
  if code == 0 then return nil end
  return text ~= "" and text
    or ("the process ended with status %d before it had a result"):format(code)
end

-- Ask all to stop and wait until they have; a second Ctrl-C does not wait for what they save.
local function stop(live)
  local interrupted = system.interrupted(false)
  for _, task in ipairs(live) do task.process:interrupt() end
  local ok = pcall(function()
    for _, task in ipairs(live) do
      while task.process:read() do end -- luacheck: ignore 542
    end
  end)
  if not ok then
    system.interrupted(false)
    for _, task in ipairs(live) do task.process:kill() end
  end
  for _, task in ipairs(live) do task.process:finish() end
  system.interrupted(interrupted)
end

-- Start a task; false when the system grants no process while others are still running.
local function start(task, live)
  local process, message = system.fork(task.run, task.log)
  if process then
    task.process, task.said = process, ""
    live[#live + 1] = task
    return true
  end
  if #live == 0 then options.refuse("%s", message) end
  return false
end

local function drive(tasks, jobs, live, ended)
  local next_task = 1
  while next_task <= #tasks or #live > 0 do
    while next_task <= #tasks and #live < jobs and start(tasks[next_task], live) do
      next_task = next_task + 1
    end
    local processes = {}
    for k, task in ipairs(live) do processes[k] = task.process end
    local k = system.await(processes)
    local task = k and live[k]
    if task then -- nothing: an interrupt, which is raised here
      local text = task.process:read()
      if text then
        task.said = task.said .. text
      else
        table.remove(live, k)
        task.problem = problem_of(task.said, task.process:finish())
        task.process = nil
        ended(task)
      end
    end
  end
end

---Run all tasks. One that fails gets a `problem` and does not stop the others; an interrupt, or an
---error in `ended`, stops all.
---@param tasks vitrum.Task[]
---@param jobs integer at a time
---@param ended fun(task: vitrum.Task) called as each ends
function pool.run(tasks, jobs, ended)
  local live = {}
  local ok, problem = pcall(drive, tasks, jobs, live, ended)
  if ok then return end
  stop(live)
  error(problem, 0)
end

return pool
