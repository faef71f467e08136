-- What the paper of the STZ lattice says, and with which reading of what it leaves open it comes
-- out: each reading pulls the lattices of figures 4 to 7, and every statement is judged.
--
-- Writes to its folder: readings.csv, a folder of each study, report.html, run.json, log.txt.

local figures = require "vitrum.stz.figures"
local study = require "vitrum.stz.study"
local vt = require "vitrum"

-- Name, what it is, and the options of the lattice that make it; `tensor`: sites are extreme by the
-- norm of the strain tensor.
local READINGS <const> = {
  waiting = { "recovery counts the waiting time", {} },
  held = { "recovery as it was at the last event", { elapsed = "held" } },
  exact = { "recovery goes on while one waits", { elapsed = "exact" } },
  narrow = { "width 0.10 eV", { barrier = { width = 0.10 } } },
  wide = { "width 0.25 eV", { barrier = { width = 0.25 } } },
  ["held-wide"] = { "held, width 0.25 eV", { elapsed = "held", barrier = { width = 0.25 } } },
  tensor = { "norm of the strain tensor", { softening = { mises_factor = 2 } }, tensor = true },
  accumulated = { "softening by accumulated strain", { softening = { strain = "accumulated" } } },
  literal = { "a whole strain step for each event", { clock = "step" } },
  later = { "half the eigenstrain after the first event", { eigenstrain_later = 0.5 } },
  residual = { "residual eigenstrain of 0.005", { residual = 0.005 } },
}
local FIGURES <const> = { "barrier", "softening", "cooling", "rate", "temperature" }

-- The measure that a statement is on in a reading.
local function measure_of(reading, name)
  return reading.tensor and name == "extreme sites" and "extreme sites, tensor" or name
end

-- Every figure of a reading: what each statement says, and whether it comes out.
local function read(p, out, name)
  local reading, results = READINGS[name], {}
  local with = setmetatable({ reading = reading[2], share = p.share or out:path "lattices" },
                            { __index = p })
  for _, key in ipairs(p.figures) do
    local figure = figures[key](p)
    figure.name = ("%s-%s"):format(name, key)
    local found = study.pulled(with, out, figure)
    for _, s in ipairs(figure.statements) do
      local measure = measure_of(reading, s[1])
      local agrees, what = figures.verdict(found.cases, found.trends[s[1]].word, measure, s[2])
      if measure ~= s[1] then -- the trend is that of the plain norm
        what = what:gsub("^[%a ]+", found.trends[s[1]].word, 1)
      end
      results[#results + 1] = { figure = figure.figure, measure = s[1], axis = figure.axis,
                                expected = s[2], agrees = agrees, found = what }
    end
    if key == "rate" then
      local first, last = found.cases[1].mean, found.cases[#found.cases].mean
      local shift = "shift with the temporary part, events"
      results[#results + 1] = { figure = "Fig. 7", measure = "Delta Q/Q of the events",
        axis = figure.axis, expected = "0.165 to 0.215", agrees = last[shift] > first[shift],
        found = ("%.3f to %.3f"):format(first[shift], last[shift]) }
    end
  end
  return results
end

local function statement_of(r)
  return ("%s: %s with %s: %s"):format(r.figure, r.measure, r.axis, r.expected)
end

return vt.protocol{
  name = "stz-readings",
  summary = "Pull STZ lattices with each reading of what the paper leaves open, and judge every "
    .. "statement of its figures.",
  terms = "sensitivity; reproduction",
  source = "Wang et al., Atomistically informed mesoscale modelling of deformation behavior of "
    .. "bulk metallic glasses, Acta Mater. (2024), Figs. 4 to 7 and section 4.2.",
  description = "'Similar' is a difference of at most 25 %, 'almost the same' of at most 5 % of "
    .. "the mean; a rise saturates when its last step is smaller than the mean of the others by "
    .. "more than two standard errors.",
  params = {
    { "readings", "waiting,held,exact,narrow,wide,tensor,accumulated,literal", kind = "words",
      repeated = false,
      help = "of waiting, held, exact, narrow, wide, held-wide, tensor, accumulated, literal, "
        .. "later, residual" },
    { "figures", "barrier,softening,cooling,rate,temperature", kind = "words", repeated = false,
      help = "whose statements are judged" },
    study.params,
  },
  presets = { test = { n = 16, seeds = 2, readings = "waiting,tensor", plastic = 0.002,
                       figures = "barrier,softening" } },
  example = "n=64 seeds=3 readings=waiting,held",
  files = { { "readings.csv", "reading, statement, whether it comes out" } },
  check = function(p)
    for _, name in ipairs(p.readings) do
      if not READINGS[name] then vt.protocol.kit.fail("unknown reading '%s'", name) end
    end
    for _, name in ipairs(p.figures) do
      if not figures[name] or not table.concat(FIGURES, ","):find(name, 1, true) then
        vt.protocol.kit.fail("unknown figure '%s'; there are %s", name,
          table.concat(FIGURES, ", "))
      end
    end
  end,
  run = function(p, out)
    local all = {}
    for k, name in ipairs(p.readings) do
      all[k] = { name = name, what = READINGS[name][1], results = read(p, out, name) }
    end
    local rows = { reading = {}, statement = {}, agrees = {} }
    for k, reading in ipairs(all) do
      local count = 0
      for s, r in ipairs(reading.results) do
        count = count + (r.agrees and 1 or 0)
        rows.reading[#rows.reading + 1], rows.statement[#rows.statement + 1] = k, s
        rows.agrees[#rows.agrees + 1] = r.agrees and 1 or 0
        out:value(("%s, %s"):format(reading.name, statement_of(r)), r.agrees and "yes" or "no", nil,
          { note = r.found })
      end
      out:value(("%s, statements that come out"):format(reading.name), count, nil,
        { note = ("of %d"):format(#reading.results) })
    end
    out:table("readings.csv", { { "reading", rows.reading }, { "statement", rows.statement },
                                { "agrees", rows.agrees } })
    return { readings = all }
  end,
  report = function(page, r, p)
    page:section "Statements and readings"
    local columns, rows = { "statement" }, {}
    for k, reading in ipairs(r.readings) do
      columns[k + 1] = reading.name
      for s, result in ipairs(reading.results) do
        rows[s] = rows[s] or { statement_of(result) }
        rows[s][k + 1] = result.agrees and "yes" or "no"
      end
    end
    page:table{ columns = columns, rows = rows,
                caption = ("%d x %d sites, %d seeds, at %g %% plastic strain."):format(p.n, p.n,
                  p.seeds, 100 * p.plastic) }
    for _, reading in ipairs(r.readings) do
      page:section(reading.name .. ": " .. reading.what)
      local list = {}
      for s, result in ipairs(reading.results) do
        list[s] = { statement_of(result), result.found, result.agrees and "yes" or "no" }
      end
      page:table{ columns = { "statement", "here", "comes out" }, rows = list }
    end
  end,
}
