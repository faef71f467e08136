-- What the paper of the STZ lattice leaves open: the width of the spectrum of barriers, the volume
-- of a zone and the attempt frequency. Each in turn is varied around the values taken here.
--
-- Writes to its folder: cases.csv, map-*.svg (von Mises strain), report.html, run.json, log.txt.

local study = require "vitrum.stz.study"
local vt = require "vitrum"

local VARIED <const> = {
  width = { values = { 0.10, 0.20, 0.25, 0.30 }, label = "width of the spectrum (eV)",
            options = function(v) return { barrier = { width = v } } end },
  volume = { values = { 0.25, 0.343, 0.49 }, label = "volume of a zone (nm^3)",
             options = function(v) return { volume = v } end },
  attempt_frequency = { values = { 1e12, 1e13, 1e14 }, label = "attempt frequency (1/s)",
                        options = function(v) return { attempt_frequency = v } end },
}

return vt.protocol{
  name = "stz-sensitivity",
  summary = "Pull STZ lattices and vary what the paper leaves open.",
  source = "Wang et al., Atomistically informed mesoscale modelling of deformation behavior of "
    .. "bulk metallic glasses, Acta Mater. (2024); the varied values are not in it.",
  params = {
    { "vary", "width", choices = { "width", "volume", "attempt_frequency" },
      help = "what is varied; the others keep their parameters" },
    study.params,
  },
  example = "vary=volume n=64 seeds=2",
  title = function(p) return "Sensitivity to " .. p.vary:gsub("_", " ") end,
  report = study.report,
  run = function(p, out)
    local varied, cases = VARIED[p.vary], {}
    for k, value in ipairs(varied.values) do
      cases[k] = { name = ("%s %g"):format(p.vary, value), file = ("%s-%d"):format(p.vary, k),
                   x = value, options = varied.options(value) }
    end
    return study.run(p, out, {
      axis = p.vary:gsub("_", " "),
      axis_label = varied.label, figure = "not in the paper", cases = cases,
      statements = { { "yield stress", "not given" },
                     { "localization index", "not given" } },
    })
  end,
}
