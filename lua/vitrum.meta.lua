---@meta vitrum
-- Made from the declarations that help shows; do not change it by hand:
--     vitrum -e 'require("vitrum.prompt.stub").write()'

---@class vitrum
local vt = {}

--- A new array from a table of numbers, tables nested for more dimensions, a table of arrays of one shape, or another array, which is copied. dtype is "float64" (default), "float32", "int32" or "int64". Indices and axes count from 1. a[i] is a number in one dimension and a view of row i in more; a[mask] and a[indices] select; #a is the length along the first axis; a.shape, a.dtype, a.ndim and a.count describe the array. Operators + - * / ^ // % work elementwise and stretch lengths of 1 to fit; & | ~ combine masks.
---@class vitrum.module.array
---@overload fun(values: any, dtype?: any): vitrum.Array
vt.array = {}

---@class vitrum.art_options
---@field searches? integer from each atom
---@field seed? integer of the first displacements; search number n of an atom is the same in any run
---@field frozen? vitrum.Array|number[] numbers of atoms that stand still
---@field minimize? boolean take a copy of the atoms to their minimum first, the frozen ones held
---@field region? "grow"|"late"|"all" who may move: the atoms near the center of a search, and whoever feels too much of them; or these to the first saddle and from there on all atoms; or all from the first step on. The last two cost evaluations of the whole sample
---@field kick? number [A] length of the first random displacement, as the norm of all atoms
---@field kick_radius? number [A] atoms this near to the center are displaced
---@field kick_each? boolean kick is the length for each atom, on average, in place of that of all
---@field push? number [A] step out of the well, as the norm of all atoms
---@field leave_steps? integer most steps out of the well
---@field leave_relax? integer most steps of relaxation perpendicular to each of them
---@field leave_force? number [eV/A] norm of the perpendicular force that ends such a relaxation (f_perp)
---@field threshold? number [eV/A^2] out of the well when the lowest curvature is below (lambda_0)
---@field leave_vectors? integer Lanczos vectors for that curvature, at most
---@field vectors? integer Lanczos vectors at a step to the saddle, at most
---@field every? integer steps from one such look at the lowest mode to the next
---@field steps? integer most steps from there to the saddle
---@field most_push? number [A] longest step along the lowest mode
---@field stiffness? number [eV/A^2] least curvature that such a step assumes
---@field hold? number perpendicular steps are at most this share of the push at first
---@field patience? integer steps in a row with a positive curvature, after which a search is lost
---@field force? number [eV/A] norm of the forces on all atoms at a saddle (F_sad)
---@field energy_limit? number [eV] a search ends above this energy over the start
---@field max_step? number [A] no atom moves further between two evaluations
---@field over? number [A] displacement along the mode, to both sides of the saddle, before minimizing
---@field fmax? number [eV/A] largest force on an atom at the end of these minimizations
---@field minimize_steps? integer most evaluations of each of them
---@field same_energy? number [eV] a minimum is the start when its energy differs by less...
---@field same_distance? number [A] ...and the norm of its distance is less
---@field difference? number [A] displacement in differences of forces for Lanczos
---@field central? boolean differences to both sides; twice the evaluations
---@field radius? number [A] of the first region around the center of a search
---@field wide? number [A] atoms this near to it may move when the saddle is refined and left on both sides; then who feels most, too, until the force on all is small
---@field margin? number [A] a region is made anew when an atom has come further than this
---@field start_fmax? number [eV/A] the start is a minimum when no atom feels a larger force
---@field store? string|false database for the events, taken up where it is: searches that are in it are not done again; several processes may fill one
---@field share? number[] { 2, 8 }: do the second of eight shares of all searches, in a store of its own (events.2of8.db); for machines that share no disk but that of a network. vt.art.merge joins the stores

--- Searches for the saddles around a minimum by the activation-relaxation technique (Malek and Mousseau 2000; Cances et al. 2009): atoms around a center are displaced at random, pushed until the lowest curvature is negative, and led along that mode to where no force is left; from the saddle both sides are minimized. The atoms must be in a minimum (vt.minimize); a copy of them is kept. Of forces that jump at the potential's cutoff by a tenth of fmax or more a warning tells: use a taper.
---@class vitrum.module.art
---@overload fun(atoms: vitrum.Atoms, options?: vitrum.art_options): vitrum.Art
vt.art = {}

vt.atoms = {}

vt.csv = {}

vt.descriptor = {}

vt.engine = {}

vt.fit = {}

vt.learn = {}

vt.mechanics = {}

vt.modes = {}

---@class vitrum.plot_options
---@field x? vitrum.Array|number[] abscissas; without y and style = "histogram" the values to be counted
---@field y? vitrum.Array|number[] ordinates; NaN leaves a gap
---@field label? string text in the legend
---@field style? "lines"|"points"|"linespoints"|"errorbars"|"histogram"|"steps"|"filledcurves"|"impulses" by default lines, or errorbars when error is given
---@field error? any error of y, a number or an array: bars on points, a band around lines
---@field xerror? any error of x: bars
---@field lower? any lower edge of filledcurves, a number or an array
---@field bins? integer bins of a histogram of values
---@field axis? any 1: left, 2: right
---@field color? string "#rrggbb", or blue, vermillion, green, purple, orange, sky, black, yellow, gray
---@field dash? boolean dashed line
---@field title? string above the figure
---@field xlabel? string with the unit: "T (K)"
---@field ylabel? string left axis
---@field y2label? string right axis
---@field xrange? number[] {first, last}; by default from the data
---@field yrange? number[] {lowest, highest}
---@field y2range? number[] {lowest, highest} of the right axis
---@field logx? boolean logarithmic axis
---@field logy? boolean logarithmic axis
---@field logy2? boolean logarithmic right axis
---@field legend? "auto"|"top right"|"top left"|"bottom right"|"bottom left"|"above"|"none" place of the legend; auto takes an empty corner
---@field marks? table straight lines to mark values: { { x = 650, label = "Tg" }, { y = 0 } }
---@field enhanced? boolean read gnuplot's markup in texts: x_2, 10^{-3}, {/Symbol a}
---@field file? string draw to .png, .svg or .pdf instead of the terminal
---@field overwrite? boolean replace a file that this run did not write
---@field width? number [px] of the figure, default 640; in the terminal its columns
---@field height? number [px] of the figure, default 400; in the terminal its rows
---@field ascii? boolean in the terminal: plain characters only, as where there is no Unicode
---@field scale? number a .png has so many times the pixels

--- Draw curves: in the terminal, or through gnuplot to the .png, .svg or .pdf file that `file` names, which is returned. Each series takes x, y, label, style, error, xerror, lower, bins, axis, color, dash, width; the other options belong to the figure. NaN leaves a gap. Texts are shown as they are unless enhanced = true.
---@class vitrum.module.plot
---@overload fun(x: vitrum.Array|number[], y: vitrum.Array|number[], options?: vitrum.plot_options)
vt.plot = {}

vt.potential = {}

---@class vitrum.protocol_options
---@field name? string short name; also that of the default output folder
---@field summary? string one sentence for --help
---@field source? string where the method comes from
---@field description? string a paragraph for --help
---@field terms? string words of the field that lead to it, with semicolons between: "tensile test; UTS"
---@field times? string how long typical runs take, for --help
---@field params? table list of { name, default, unit =, help =, min =, max =, above =, choices =, kind =, file = true, optional = true }, and of groups such as protocol.kit.glass
---@field presets? table named sets of values: { paper = { name = value, ... }, test = { ... } }
---@field files? table list of { name, what it holds } of the files that are written
---@field example? string arguments of the example in --help
---@field check? fun(...): ... function(p, glass): raises an error if the parameters are wrong, before any work; glass is the one that p.glass names
---@field plan? fun(...): ... function(p) -> list of { name, simulated time in ps, size = of the sample against the one at the start, 1 unless given }, for progress and dry runs
---@field run? fun(...): ... function(p, out): the work; p holds the parameters, out is the run's folder, stages, records and results; returns a table of values and arrays
---@field title? any of the report: a text, or function(p) -> text; by default the name and the sample
---@field report? fun(...): ... function(page, results, p, out): adds figures and tables to the report; results is what run returned

--- Declares a protocol once and makes it a program: command line (key=value), --help, checks, dry runs, provenance, output folder, stages that survive a kill, log, summary and report. The program runs the protocol that its script returns; loaded by another script it gives an object with :run. out has :md(p, {...}), :stage(name, f), :value(name, value, unit), :save(atoms, name), :record(name, columns), :path(name), :plan(total), :say(format, ...), :uses(potential), :header(), :provenance(). vt.protocol.kit has groups of parameters that protocols share.
---@class vitrum.module.protocol
---@overload fun(options: vitrum.protocol_options): vitrum.Protocol
vt.protocol = {}

vt.protocol.kit = {}

--- Dynamics: temperature, pressure, timestep, sample_every, seed, precision. A group of parameters; called with a table it gives the group with other defaults, and name = false leaves one out.
---@class vitrum.module.protocol.kit.dynamics
vt.protocol.kit.dynamics = {}

--- A glass from a file: glass, species, potential. A group of parameters; called with a table it gives the group with other defaults, and name = false leaves one out.
---@class vitrum.module.protocol.kit.glass
vt.protocol.kit.glass = {}

--- A mechanical test: mode, axis, plane, free surfaces, strain rate, strain and what is measured. A group of parameters; called with a table it gives the group with other defaults, and name = false leaves one out.
---@class vitrum.module.protocol.kit.loading
vt.protocol.kit.loading = {}

--- A melt to be made: composition, atoms, potential. A group of parameters; called with a table it gives the group with other defaults, and name = false leaves one out.
---@class vitrum.module.protocol.kit.melt
vt.protocol.kit.melt = {}

--- Searches for saddles: searches, centers, force, workers. A group of parameters; called with a table it gives the group with other defaults, and name = false leaves one out.
---@class vitrum.module.protocol.kit.searches
vt.protocol.kit.searches = {}

--- A pair distribution: rmax, bins. A group of parameters; called with a table it gives the group with other defaults, and name = false leaves one out.
---@class vitrum.module.protocol.kit.structure
vt.protocol.kit.structure = {}

--- Beside the potential: taper. A group of parameters; called with a table it gives the group with other defaults, and name = false leaves one out.
---@class vitrum.module.protocol.kit.taper
vt.protocol.kit.taper = {}

--- A treatment of a glass: room, relax, minima. A group of parameters; called with a table it gives the group with other defaults, and name = false leaves one out.
---@class vitrum.module.protocol.kit.treatment
vt.protocol.kit.treatment = {}

vt.session = {}

vt.statistics = {}

vt.structure = {}

---@class vitrum.study_options
---@field cases? table list of { name =, x =, label =, ... }; x is the place on the axis, label replaces the name in figures, all other keys go to `run`
---@field seeds? any number of seeds (1, 2, ...), or a list of them
---@field run? any a protocol, which gets the keys of the case and the seed as parameters; or a function(case, seed, folder) that returns a table of plain values
---@field measure? fun(...): ... function(result, case, seed) that returns { name = number, name = { number, "unit" } }; by default the results of the protocol, or all numbers that the function returned
---@field statements? table list of { measure, "rises" | "falls" | other words, paper =, label = }: what is expected along x, and which paper says so
---@field name? string short name
---@field title? string of report.html
---@field out? string folder; default: the name
---@field jobs? integer members at a time; default: the number of threads, divided by `threads` if given
---@field threads? integer of each member; default: all threads / jobs
---@field xlabel? string of the axis of the figures, with unit
---@field scale? "linear"|"log"|"rank" of x for trends and figures; default: log for positive x that span a factor of ten
---@field level? number standard deviations that a trend must reach (2: by chance in 4.6 % of cases)
---@field report? any false for no report.html; function(page, study) adds to it
---@field resume? boolean true: keep members that another version of the script ran; those of a protocol go on
---@field overwrite? boolean replace what an earlier study wrote to the folder
---@field quiet? boolean print nothing

--- Runs a protocol or a function for several cases and seeds, side by side in processes, and gives the mean and the standard error of every measure over the seeds of a case, and whether it rises or falls from case to case: study.cases[k].mean.Tg, .error.Tg, .values.Tg; study.trends.Tg.word is 'rises', 'falls', 'not resolved' or 'not judged'. Writes study.csv, members.csv and report.html. Given again, the same command runs what is missing or failed; more cases and seeds may be added. A function that has changed since is refused, unless resume or overwrite says what becomes of the members before. study.failures lists what failed.
---@class vitrum.module.study
---@overload fun(options: vitrum.study_options): vitrum.Study
vt.study = {}

vt.stz = {}

--- Units, conversion factors and signs.
---@type table<string, number>
vt.units = {}

---@class vitrum.Angular
local Angular = {}

---@class vitrum.Anisotropy
local Anisotropy = {}

---@class vitrum.Array
local Array = {}

---@class vitrum.Art
local Art = {}

---@class vitrum.Atoms
---@field potential any The potential of the atoms, or nil. Setting one checks that it knows every species.
local Atoms = {}

---@class vitrum.Band
local Band = {}

---@class vitrum.Bonds
local Bonds = {}

---@class vitrum.Chebyshev
local Chebyshev = {}

---@class vitrum.Clusters
local Clusters = {}

---@class vitrum.Committee
local Committee = {}

---@class vitrum.Confusion
local Confusion = {}

---@class vitrum.Crew
local Crew = {}

---@class vitrum.CrossValidation
local CrossValidation = {}

---@class vitrum.CsvWriter
local CsvWriter = {}

---@class vitrum.DataReport
local DataReport = {}

---@class vitrum.Deformation
local Deformation = {}

---@class vitrum.Dynamics
local Dynamics = {}

---@class vitrum.Elastic
local Elastic = {}

---@class vitrum.EquationOfState
local EquationOfState = {}

---@class vitrum.Events
local Events = {}

---@class vitrum.Flexibility
local Flexibility = {}

---@class vitrum.Frame
local Frame = {}

---@class vitrum.Gaussian
local Gaussian = {}

---@class vitrum.GlassTransition
local GlassTransition = {}

---@class vitrum.Guard
local Guard = {}

---@class vitrum.HarmonicMotion
local HarmonicMotion = {}

---@class vitrum.Lammps
local Lammps = {}

---@class vitrum.Lattice
---@field n any What the lattice is and how long it was loaded [s].
---@field rows any What the lattice is and how long it was loaded [s].
---@field modes any What the lattice is and how long it was loaded [s].
---@field seed any What the lattice is and how long it was loaded [s].
---@field engine any What the lattice is and how long it was loaded [s].
---@field elapsed any What the lattice is and how long it was loaded [s].
---@field strain_step any What the lattice is and how long it was loaded [s].
---@field strain_rate any What the lattice is and how long it was loaded [s].
---@field time any What the lattice is and how long it was loaded [s].
---@field note any What the lattice is and how long it was loaded [s].
---@field stress any Local stress [GPa] and strain: tables with views xx, yy, xy of rows x n, read-only, row y from 1 upwards. They are computed when asked for and expire with the next step; :copy() keeps one.
---@field strain any Local stress [GPa] and strain: tables with views xx, yy, xy of rows x n, read-only, row y from 1 upwards. They are computed when asked for and expire with the next step; :copy() keeps one.
---@field temperature any May be set: temperature [K], 0 for athermal events alone; largest permanent softening.
---@field eta_max any May be set: temperature [K], 0 for athermal events alone; largest permanent softening.
local Lattice = {}

---@class vitrum.Line
local Line = {}

---@class vitrum.Linear
local Linear = {}

---@class vitrum.LinearModel
local LinearModel = {}

---@class vitrum.MD
---@field step any Steps and time [ps] since vt.md; time left of a run that was cut short [ps].
---@field time any Steps and time [ps] since vt.md; time left of a run that was cut short [ps].
---@field remaining any Steps and time [ps] since vt.md; time left of a run that was cut short [ps].
---@field temperature any The present target [K], the settings, the atoms that move, the note of the checkpoint.
---@field ensemble any The present target [K], the settings, the atoms that move, the note of the checkpoint.
---@field timestep any The present target [K], the settings, the atoms that move, the note of the checkpoint.
---@field seed any The present target [K], the settings, the atoms that move, the note of the checkpoint.
---@field atoms any The present target [K], the settings, the atoms that move, the note of the checkpoint.
---@field note any The present target [K], the settings, the atoms that move, the note of the checkpoint.
local MD = {}

---@class vitrum.Map
local Map = {}

---@class vitrum.ModeDensity
local ModeDensity = {}

---@class vitrum.Modes
local Modes = {}

---@class vitrum.Motion
local Motion = {}

---@class vitrum.MotionSums
local MotionSums = {}

---@class vitrum.Network
local Network = {}

---@class vitrum.NonaffineStrain
local NonaffineStrain = {}

---@class vitrum.PairDistribution
local PairDistribution = {}

---@class vitrum.Polynomial
local Polynomial = {}

---@class vitrum.Potential
local Potential = {}

---@class vitrum.Profile
local Profile = {}

---@class vitrum.Progress
local Progress = {}

---@class vitrum.Protocol
local Protocol = {}

---@class vitrum.QuasiLocalized
local QuasiLocalized = {}

---@class vitrum.Quasistatic
local Quasistatic = {}

---@class vitrum.Radial
local Radial = {}

---@class vitrum.Rdf
local Rdf = {}

---@class vitrum.Reader
local Reader = {}

---@class vitrum.Record
local Record = {}

---@class vitrum.Report
local Report = {}

---@class vitrum.Run
local Run = {}

---@class vitrum.Score
local Score = {}

---@class vitrum.SearchEvent
local SearchEvent = {}

---@class vitrum.Searches
local Searches = {}

---@class vitrum.Spectra
local Spectra = {}

---@class vitrum.Spectrum
local Spectrum = {}

---@class vitrum.Store
local Store = {}

---@class vitrum.StrainReference
local StrainReference = {}

---@class vitrum.StructureFactor
local StructureFactor = {}

---@class vitrum.Study
local Study = {}

---@class vitrum.Training
local Training = {}

---@class vitrum.TrainingFile
local TrainingFile = {}

---@class vitrum.VFT
local VFT = {}

---@class vitrum.VelocityAutocorrelation
local VelocityAutocorrelation = {}

---@class vitrum.VibrationSpectrum
local VibrationSpectrum = {}

---@class vitrum.Vibrations
local Vibrations = {}

---@class vitrum.Voronoi
local Voronoi = {}

---@class vitrum.Angular_compute_options
---@field centers? any the atoms that get a row: a species ("Cu"), a list or array of their numbers, or a mask; by default all, in their order

--- Features of atoms: a row for each center, float32, as Radial:compute gives them.
---@param atoms vitrum.Atoms
---@param options? vitrum.Angular_compute_options
---@return vitrum.Array
function Angular:compute(atoms, options) end

---@class vitrum.Angular_save_options
---@field overwrite? boolean replace a file that this run did not write

--- Write the descriptor to a file of readable JSON.
---@param path string
---@param options? vitrum.Angular_save_options
---@return any
function Angular:save(path, options) end

--- Draw g2(r); options of vt.plot.
---@param options? table
---@return string
function Anisotropy:plot(options) end

--- Absolute values.
---@return vitrum.Array
function Array:abs() end

--- Inverse cosine; radians.
---@return vitrum.Array
function Array:acos() end

--- Are all elements not zero?
---@param axis? integer
---@return boolean|vitrum.Array
function Array:all(axis) end

--- Is any element not zero?
---@param axis? integer
---@return boolean|vitrum.Array
function Array:any(axis) end

--- Place of the largest element.
---@param axis? integer
---@return any|vitrum.Array
function Array:argmax(axis) end

--- Place of the smallest element, the first of equals: one index for each axis. Along an axis: an int64 array.
---@param axis? integer
---@return any|vitrum.Array
function Array:argmin(axis) end

--- Indices that sort along an axis; equal elements keep their order, nan comes last.
---@param axis? integer
---@return vitrum.Array
function Array:argsort(axis) end

--- Inverse sine; radians.
---@return vitrum.Array
function Array:asin() end

--- Set every element from an array or table, stretched to the shape of a, or from a number. Writes through views: this is how to change the positions of atoms in bulk.
---@param value any
---@return any
function Array:assign(value) end

--- A fresh array of another type. Fractions are cut toward zero; a number that the type cannot hold is an error.
---@param dtype any
---@return vitrum.Array
function Array:astype(dtype) end

--- Inverse tangent; radians. vt.array.atan2(y, x) knows the quadrant.
---@return vitrum.Array
function Array:atan() end

--- Cube roots.
---@return vitrum.Array
function Array:cbrt() end

--- Smallest whole number that is not below; the type stays.
---@return vitrum.Array
function Array:ceil() end

--- Lower triangular l with a = l l^T for a symmetric, positive definite matrix. Ctrl-C is heard when it is done.
---@return vitrum.Array
function Array:cholesky() end

--- Numbers below low become low, above high high.
---@param low any
---@param high any
---@return vitrum.Array
function Array:clip(low, high) end

--- Give the memory back at once; views of it become stale.
function Array:close() end

--- A view of index j along the second axis.
---@param j any
---@return vitrum.Array
function Array:column(j) end

--- A fresh array with the same numbers.
---@return vitrum.Array
function Array:copy() end

--- Cosine; radians.
---@return vitrum.Array
function Array:cos() end

--- Hyperbolic cosine.
---@return vitrum.Array
function Array:cosh() end

--- Running sums along an axis (the first if left out).
---@param axis? integer
---@return vitrum.Array
function Array:cumsum(axis) end

--- Determinant of a square matrix. Ctrl-C is heard when it is done.
---@return number
function Array:det() end

--- A view of the entries (i, i) of a matrix.
---@return vitrum.Array
function Array:diagonal() end

--- Each element less the one before it along an axis (the first if left out).
---@param axis? integer
---@return vitrum.Array
function Array:diff(axis) end

--- Scalar product of two vectors; matrix product when either has two dimensions.
---@param b any
---@return number|vitrum.Array
function Array:dot(b) end

---@class vitrum.Array_eigen_options
---@field vectors? boolean compute the vectors as well; values alone are several times faster

--- Eigenvalues of a symmetric matrix, ascending, and eigenvectors in the columns: vector k is vectors:column(k). Ctrl-C is heard when it is done.
---@param options vitrum.Array_eigen_options
---@return any
---@return any
function Array:eigen(options) end

--- Mask: equal elements.
---@param b any
---@return vitrum.Array
function Array:eq(b) end

--- True when shape and all numbers are the same.
---@param b any
---@return boolean
function Array:equals(b) end

--- Error function.
---@return vitrum.Array
function Array:erf() end

--- Exponential function.
---@return vitrum.Array
function Array:exp() end

--- exp(x) - 1, accurate for small x.
---@return vitrum.Array
function Array:expm1() end

--- Set every element to a number.
---@param value any
---@return any
function Array:fill(value) end

--- Indices of the entries that are not zero, as int64.
---@return vitrum.Array
function Array:find() end

--- Largest whole number that is not above; the type stays.
---@return vitrum.Array
function Array:floor() end

--- Mask: a >= b.
---@param b any
---@return vitrum.Array
function Array:ge(b) end

--- The element at the indices, one for each axis.
---@param i any
---@param j any
---@param ... any
---@return number
function Array:get(i, j, ...) end

--- Mask: a > b.
---@param b any
---@return vitrum.Array
function Array:gt(b) end

---@class vitrum.Array_histogram_options
---@field bins? integer number of intervals
---@field range? number[] { low, high }: ends of the intervals; by default the smallest and largest value
---@field edges? vitrum.Array|number[] rising edges of the intervals, instead of bins and range
---@field weights? vitrum.Array|number[] one number per value, added up instead of ones
---@field density? boolean divide so that the integral is 1

--- Counts of the elements (int64; float64 with weights or density) in intervals that include their left end; the last includes both. What lies outside and nan is not counted.
---@param options vitrum.Array_histogram_options
---@return any
---@return any
function Array:histogram(options) end

--- Inverse of a square matrix. To solve equations, solve is faster and more accurate. Ctrl-C is heard when it is done.
---@return vitrum.Array
function Array:inverse() end

--- Mask of the elements that are neither infinite nor nan.
---@return vitrum.Array
function Array:isfinite() end

--- Mask of the elements that are not a number.
---@return vitrum.Array
function Array:isnan() end

--- Mask: a <= b.
---@param b any
---@return vitrum.Array
function Array:le(b) end

--- The shortest x for which |a x - b| is least. Singular values below cutoff times the largest count as zero; rank is the number of the others. Ctrl-C is heard when it is done.
---@param b any
---@param cutoff? number
---@return vitrum.Array|number[]
---@return any
function Array:least_squares(b, cutoff) end

--- Natural logarithm.
---@return vitrum.Array
function Array:log() end

--- Logarithm to base 10.
---@return vitrum.Array
function Array:log10() end

--- log(1 + x), accurate for small x.
---@return vitrum.Array
function Array:log1p() end

--- Mask (int32 ones and zeros): a < b.
---@param b any
---@return vitrum.Array
function Array:lt(b) end

--- Largest element; nan if any is.
---@param axis? integer
---@return number|vitrum.Array
function Array:max(axis) end

--- Mean of all elements, or along an axis.
---@param axis? integer
---@return number|vitrum.Array
function Array:mean(axis) end

--- Middle value, or the mean of the two in the middle; nan if any element is.
---@param axis? integer
---@return number|vitrum.Array
function Array:median(axis) end

--- Smallest element; nan if any is.
---@param axis? integer
---@return number|vitrum.Array
function Array:min(axis) end

--- Mask: different elements.
---@param b any
---@return vitrum.Array
function Array:ne(b) end

--- True when no two elements differ by more than the tolerance; the largest difference.
---@param b any
---@param tolerance number
---@return boolean
---@return any
function Array:near(b, tolerance) end

--- Square root of the sum of squares: of everything, or along an axis.
---@param axis? integer
---@return number|vitrum.Array
function Array:norm(axis) end

--- Product of the elements.
---@param axis? integer
---@return number|vitrum.Array
function Array:product(axis) end

--- The value below which the fraction q of the elements lies, linear between neighbors; q may be a table or an array. Hyndman and Fan, Am. Stat. 50, 361 (1996), definition 7.
---@param q any
---@return number|vitrum.Array
function Array:quantile(q) end

--- The numbers in row order under another shape; one length may be -1 and follows from the others. A view when a is contiguous, else a copy.
---@param n integer
---@param m any
---@param ... any
---@return vitrum.Array
function Array:reshape(n, m, ...) end

--- A view that runs backwards along an axis (the first if left out).
---@param axis? integer
---@return vitrum.Array
function Array:reverse(axis) end

--- Nearest whole number, halves away from zero; the type stays.
---@return vitrum.Array
function Array:round() end

--- A view of row i: the same as a[i] in two dimensions.
---@param i any
---@return vitrum.Array
function Array:row(i) end

--- A fresh array of the entries (rows) that a mask (int32 zeros and ones, as comparisons give) or a list of indices picks; a[selector] does the same, and a[selector] = value sets them.
---@param selector any
---@return vitrum.Array
function Array:select(selector) end

--- Set the element at the indices.
---@param i any
---@param j any
---@param ... any
---@return any
function Array:set(i, j, ...) end

--- -1, 0 or 1.
---@return vitrum.Array
function Array:sign() end

--- Sine; radians.
---@return vitrum.Array
function Array:sin() end

--- Hyperbolic sine.
---@return vitrum.Array
function Array:sinh() end

--- A view of part of the array. For each axis nil takes all, a number takes one index and drops the axis, { first, last, step } takes a range, both ends included; negative bounds count from the end, and missing ones mean the ends.
---@param range any
---@param ... any
---@return vitrum.Array
function Array:slice(range, ...) end

--- Solve a x = b; b is a vector or a matrix of columns. A singular matrix is an error. Ctrl-C is heard when it is done.
---@param b any
---@return vitrum.Array
function Array:solve(b) end

--- A sorted copy, ascending along an axis (the first if left out), nan last.
---@param axis? integer
---@return vitrum.Array
function Array:sort(axis) end

--- Square roots; nan for negative numbers.
---@return vitrum.Array
function Array:sqrt() end

--- Squares.
---@return vitrum.Array
function Array:square() end

--- Standard deviation: square root of the variance.
---@param axis? integer
---@return number|vitrum.Array
function Array:std(axis) end

--- Sum of all elements, or along an axis. The order of additions is fixed: the result is the same for views and copies and any number of threads. Integers give integers.
---@param axis? integer
---@return number|vitrum.Array
function Array:sum(axis) end

---@class vitrum.Array_svd_options
---@field vectors? boolean compute the vectors as well; values alone are several times faster

--- Singular values, descending, and vectors: a = u diag(values) vt. Without vectors, the values alone are returned. Ctrl-C is heard when it is done.
---@param options vitrum.Array_svd_options
---@return any
---@return any
---@return any
function Array:svd(options) end

--- Tangent; radians.
---@return vitrum.Array
function Array:tan() end

--- Hyperbolic tangent.
---@return vitrum.Array
function Array:tanh() end

---@class vitrum.Array_tostring_options
---@field digits? integer significant digits; 17 keep a float64 exactly
---@field edge? integer entries shown at each end of a long axis
---@field all? boolean show every entry

--- The array as text: type, shape and numbers, with the middle of long axes left out.
---@param options vitrum.Array_tostring_options
---@return string
function Array:tostring(options) end

--- The numbers as a Lua table, nested by axis.
---@return table
function Array:totable() end

--- Sum of the diagonal of a matrix.
---@return number
function Array:trace() end

--- A view with the axes reversed, or in the order given.
---@param axis? integer
---@param ... any
---@return vitrum.Array
function Array:transpose(axis, ...) end

--- The different values, ascending, and how often each appears.
---@return any
---@return any
function Array:unique() end

--- Variance: sum of squared deviations from the mean, divided by count - ddof (0 if left out; 1 for the unbiased estimate).
---@param axis? integer
---@return number|vitrum.Array
function Array:var(axis) end

---@class vitrum.Art_atom_means_options
---@field energy? number [eV] two events are the same when their barriers differ by less...
---@field distance? number [A] ...and their saddles by less, as the norm of the difference of all displacements
---@field start_distance? number [A] an event ends where it began when its final minimum is nearer to the start than that, with the same energy

--- Mean barrier of the events that the searches of each atom found, nan where they found none, and their numbers. An event found from several atoms counts for each, once.
---@param options? vitrum.Art_atom_means_options
---@return vitrum.Array
---@return vitrum.Array
function Art:atom_means(options) end

--- The atoms in the minimum that the searches began in, without a potential.
---@return vitrum.Atoms
function Art:atoms() end

---@class vitrum.Art_audit_options
---@field share? number of the connected events that are taken further, the same ones each time
---@field force? number [eV/A] goal for the norm of the forces on all atoms

--- How far barriers are from those of the whole sample: every fiftieth connected event, or another share, is taken to 1e-3 eV/A with all atoms free. The result has events, lost (how many left their saddle), deviations (array, eV: barrier less that of the whole), largest (of their sizes), mean, evaluations (of the whole).
---@param options? vitrum.Art_audit_options
---@return table
function Art:audit(options) end

---@class vitrum.Art_by_options
---@field groups? integer of an array: so many with equally many atoms, from low values to high ones
---@field edges? vitrum.Array|number[] of an array: limits between groups, in the unit of the array, as { 0.05, 0.1, 0.15, 0.2 }, in place of equal numbers of atoms
---@field species? string|string[] atoms of these species only
---@field quantity? string what the numbers of the array are, for labels
---@field duplicates? boolean count every event that is connected as often as it was found
---@field bins? integer intervals of the histogram; by default the width of Freedman and Diaconis (1981)
---@field range? number[] [eV] of the histogram
---@field energy? number [eV] two events are the same when their barriers differ by less...
---@field distance? number [A] ...and their saddles by less, as the norm of the difference of all displacements
---@field start_distance? number [A] an event ends where it began when its final minimum is nearer to the start than that, with the same energy

--- Spectra of groups of events by the atom that their searches began at: by species; by Voronoi cell, icosahedra, other cells with 2 n4 + n5 = 12, and the rest (Wang et al.); or by an array with one number an atom, in groups of equally many atoms or between edges. A list of Spectrum, each with name, atoms and value (mean of the array in it), and arrays mean, error, width, events, atoms, value of all.
---@param species any
---@param options? vitrum.Art_by_options
---@return vitrum.Spectra
function Art:by(species, options) end

--- What the store tells of its campaign, as texts by name: version of the program, glass_sha256, potential, potential_sha256, seed, options.
---@return table
function Art:campaign() end

--- A number of every event as an array, nan where it has none: any field of an event, or of the displacements at the saddle distance (norm of all, A), largest (of one atom, A), participation; and aligned, the share of aligned pairs in the final minimum. For "reason" a list of texts.
---@param name string
---@return vitrum.Array
function Art:column(name) end

--- The atoms at the saddle of an event, or in the minimum before or behind it.
---@param event any
---@param start? any
---@return vitrum.Atoms
function Art:configuration(event, start) end

---@class vitrum.Art_displacements_options
---@field state? "saddle"|"final" where the displacements from the start lead to
---@field threshold? number [A] an atom has moved when its displacement is larger
---@field duplicates? boolean count every event that is connected as often as it was found
---@field bins? integer intervals of the histogram; by default the width of Freedman and Diaconis (1981)
---@field range? number[] [eV] of the histogram
---@field energy? number [eV] two events are the same when their barriers differ by less...
---@field distance? number [A] ...and their saddles by less, as the norm of the difference of all displacements
---@field start_distance? number [A] an event ends where it began when its final minimum is nearer to the start than that, with the same energy

--- What the displacements of the events that count are like, to the saddle or to the final minimum: arrays distance (norm of all, A), largest (of one atom, A), moved (atoms beyond the threshold), participation ((sum d^2)^2/sum d^4), aligned (share of pairs of moved atoms whose displacements, as axes, enclose less than 45 degrees; 0.293 for random directions); mean of each; size, the diameter of a sphere of as many atoms as move on average (A).
---@param options? vitrum.Art_displacements_options
---@return table
function Art:displacements(options) end

---@class vitrum.Art_eigenstrains_options
---@field state? "saddle"|"final" where the displacements from the start lead to
---@field threshold? number [A] an atom has moved when its displacement is larger
---@field energy? number [eV] two events are the same when their barriers differ by less...
---@field distance? number [A] ...and their saddles by less, as the norm of the difference of all displacements
---@field start_distance? number [A] an event ends where it began when its final minimum is nearer to the start than that, with the same energy

--- The strain of the moved atoms of each event that counts: tensor (events x 3 x 3, deviatoric), the symmetric part of what fits their displacements best (Falk and Langer, Phys. Rev. E 57, 7192 (1998), eq. 2.12, over the atoms that moved); component, the standard deviation of e1 = (exx - eyy)/2 and of e3 = exy of such tensors in all directions, sqrt(<e:e>/10); moment, the same of strain times the volume of the moved atoms [A^3], which over the volume of a site is what vt.stz.lattice calls eigenstrain; events, how many have the five moved atoms that it takes, not all in a plane, of how many.
---@param options? vitrum.Art_eigenstrains_options
---@return table
function Art:eigenstrains(options) end

--- One event, nil where there is none.
---@param atom any
---@param search any
---@return any
function Art:event(atom, search) end

--- Go through the events in the store, as Events:events; without one, through those that runs have kept in memory, by atom and search.
---@param options? table
function Art:events(options) end

---@class vitrum.Art_refine_options
---@field force? number [eV/A] goal for the norm of the forces on all atoms

--- Take the saddle of an event further with all atoms free, whatever region it was found in. The result has converged, barrier (eV), curvature (eV/A^2), force (eV/A), evaluations (of the whole), saddle as in an event; reason tells why it did not converge.
---@param event any
---@param options? vitrum.Art_refine_options
---@return any
function Art:refine(event, options) end

---@class vitrum.Art_removal_options
---@field energy? number [eV] two events are the same when their barriers differ by less...
---@field distance? number [A] ...and their saddles by less, as the norm of the difference of all displacements
---@field start_distance? number [A] an event ends where it began when its final minimum is nearer to the start than that, with the same energy

--- How many events are left after each step: searches, connected to the start, uphill (a barrier above 0), elsewhere (into another minimum), unique (each event once, whatever atom its searches began at); share of unique among the searches.
---@param options? vitrum.Art_removal_options
---@return table
function Art:removal(options) end

---@class vitrum.Art_run_options
---@field atoms? any numbers of the atoms to search from, or "all"
---@field workers? integer threads that search; what is found does not depend on their number
---@field event? fun(...): ... called with each event as its search ends, in place of keeping it in memory
---@field skip? fun(...): ... function(atom, number): true leaves that search out

--- The searches of many atoms. Ctrl-C ends them at once; those that ended are kept. With a store, searches that are in it are not done again, whatever ended an earlier run; of several processes each does what the others have not begun, and run returns when all is done. An event is in the file before the next one, and on the disk within a second.
---@param options? vitrum.Art_run_options
---@return any
function Art:run(options) end

--- One search. The event has center, search, seed, reason ('connected'; 'elsewhere': the saddle does not lead back to the start; 'lost', 'step limit', 'energy limit', 'returned', 'interrupted'), connected, active (atoms that could move), evaluations (each as the share of the sample that took part), region_evaluations (each as one), seconds, phases and lanczos (where region_evaluations went). Of a saddle: barrier (eV), curvature (eV/A^2), force (norm of all forces, eV/A), moved (atoms beyond 0.1 A), saddle = { atoms, displacement }; when it is connected also reverse_barrier and final, the minimum on the other side, as saddle.
---@param atom any
---@param number? number
---@return any
function Art:search(atom, number) end

---@class vitrum.Art_select_options
---@field connected? boolean whether the saddle leads back to the start
---@field reason? string|string[] why the search ended: "connected", "elsewhere", "lost", "step limit", "energy limit", "returned"
---@field center? any atoms, one or a list, that the searches began at
---@field species? string|string[] of these atoms
---@field barrier? number[] [eV] at least, and below
---@field search? number[] numbers of the searches of an atom, both included

--- Some of the events, with the same methods.
---@param options? vitrum.Art_select_options
---@return vitrum.Events
function Art:select(options) end

---@class vitrum.Art_spectrum_options
---@field duplicates? boolean count every event that is connected as often as it was found
---@field bins? integer intervals of the histogram; by default the width of Freedman and Diaconis (1981)
---@field range? number[] [eV] of the histogram
---@field energy? number [eV] two events are the same when their barriers differ by less...
---@field distance? number [A] ...and their saddles by less, as the norm of the difference of all displacements
---@field start_distance? number [A] an event ends where it began when its final minimum is nearer to the start than that, with the same energy

--- The barriers of the events that count: barriers (array, eV), events, mean with error (atoms as independent), width (standard deviation), median, lowest, histogram (centers, counts, density, edges), gaussian (least squares through the histogram; nil below 20 events or where none fits).
---@param options? vitrum.Art_spectrum_options
---@return vitrum.Spectrum
function Art:spectrum(options) end

--- searches, connected, reasons (how many ended why), evaluations, region_evaluations, both also per connected saddle, seconds, searches_per_hour (of one worker), of the events in memory, failed searches included; of those in a store as Events:summary.
---@param options? table
---@return table
function Art:summary(options) end

---@class vitrum.Art_unique_options
---@field energy? number [eV] two events are the same when their barriers differ by less...
---@field distance? number [A] ...and their saddles by less, as the norm of the difference of all displacements
---@field start_distance? number [A] an event ends where it began when its final minimum is nearer to the start than that, with the same energy

--- The events that count, each once; of duplicates the one of lowest barrier.
---@param options? vitrum.Art_unique_options
---@return vitrum.Events
function Art:unique(options) end

--- Adds the atoms of another object at their places, with new ids; the box stays. Types are joined by symbol and mass.
---@param other any
---@return vitrum.Atoms
function Atoms:append(other) end

--- Atom i as a table: index, id, type, species, mass [amu], x y z [A], vx vy vz [A/ps]. A copy: changing it does not change the atom.
---@param i any
---@return table
function Atoms:atom(i) end

--- The part of each atom in glass:born(), n x 6 x 6 [GPa]: its embedding, and half of its pairs. Every atom counts with the mean volume, so that the mean over atoms is glass:born().
---@return vitrum.Array
function Atoms:atom_born() end

--- Potential energy of each atom [eV]; their sum is glass:energy().
---@return vitrum.Array
function Atoms:atom_energies() end

---@class vitrum.Atoms_atom_stresses_options
---@field kinetic? boolean add the part of the velocities, -sum m v v / V

--- Stress of each atom, n x 6 [GPa], columns xx yy zz yz xz xy. Every atom counts with the mean volume, so that the mean over atoms is glass:stress().
---@param options? vitrum.Atoms_atom_stresses_options
---@return vitrum.Array
function Atoms:atom_stresses(options) end

---@class vitrum.Atoms_born_options
---@field stress? boolean add the terms of the potential's stress: coefficients that relate stress to strain in a sample that is not free of stress

--- Born (affine) part of the elastic constants [GPa], 6 x 6, rows and columns xx yy zz yz xz xy: what the sample resists when all atoms follow a uniform strain. Atoms of a glass do not, so that its moduli are smaller.
---@param options? vitrum.Atoms_born_options
---@return vitrum.Array
function Atoms:born(options) end

--- The box: cell vectors a, b, c, origin, lengths [A], angles [degree], volume [A^3], periodic. A copy; glass:set_box takes it back.
---@return table
function Atoms:box() end

--- Gives the memory back at once; later use of the atoms raises. Happens by itself when nothing refers to them any more.
function Atoms:close() end

--- Fraction of the atoms by symbol, 0 to 1.
---@return table
function Atoms:composition() end

--- A deep copy with the same potential.
---@return vitrum.Atoms
function Atoms:copy() end

--- Number of atoms by symbol.
---@return table
function Atoms:counts() end

--- Removes the atoms for which the function returns true, or those numbered in the list or array. The others keep order and ids; views become stale.
---@param choice any
---@return vitrum.Atoms
function Atoms:delete(choice) end

--- Mass density [g/cm^3].
---@return number
function Atoms:density() end

--- Moves all atoms [A].
---@param dx any
---@param dy any
---@param dz any
---@return vitrum.Atoms
function Atoms:displace(dx, dy, dz) end

--- Removes types without atoms from the list; the numbers of the others close the gap.
---@return vitrum.Atoms
function Atoms:drop_species() end

--- Potential energy of all atoms [eV]. Its last bits may depend, to rounding, on when the list of neighbors was built.
---@return number
function Atoms:energy() end

--- Forces, computed now, n x 3 [eV/A].
---@return vitrum.Array
function Atoms:forces() end

--- Fractional coordinates along a, b, c, n x 3.
---@return vitrum.Array
function Atoms:fractional() end

---@class vitrum.Atoms_hessian_options
---@field mass_weighted? boolean divide by sqrt(m_i m_j), which makes eigenvalues squares of angular frequencies [eV/A^2/amu]
---@field step? number [A] largest displacement along an axis, to both sides, where a potential leaves second derivatives to differences of forces (models of OpenKIM)

--- Second derivatives of the energy by positions, 3n x 3n [eV/A^2]: x, y, z of atom 1, then of atom 2. Up to 3000 atoms. Those of EAM files come from the files' own splines; models of OpenKIM leave them to differences of forces.
---@param options? vitrum.Atoms_hessian_options
---@return vitrum.Array
function Atoms:hessian(options) end

---@class vitrum.Atoms_hessian_times_options
---@field mass_weighted? boolean divide by sqrt(m_i m_j), which makes eigenvalues squares of angular frequencies [eV/A^2/amu]
---@field step? number [A] largest displacement along an axis, to both sides, where a potential leaves second derivatives to differences of forces (models of OpenKIM)

--- The Hessian times a vector of n x 3 numbers, or several as k x n x 3; the result has the shape of v [eV/A^2 times the unit of v]. For any number of atoms: the Hessian is prepared once for positions as they are, and a product then costs about as much as one evaluation of forces, less when four or more vectors are given at once.
---@param v any
---@param options? vitrum.Atoms_hessian_times_options
---@return vitrum.Array
function Atoms:hessian_times(v, options) end

--- Identity of each atom in files (int64, a copy).
---@return vitrum.Array
function Atoms:ids() end

--- Live n x 3 view (int32) of the image counts: unwrapped = position + images x box.
---@return vitrum.Array
function Atoms:images() end

--- Kinetic energy [eV].
---@return number
function Atoms:kinetic_energy() end

--- Total mass [amu].
---@return number
function Atoms:mass() end

--- Mass of each atom [amu], a copy.
---@return vitrum.Array
function Atoms:masses() end

--- The same atoms in the order of reference, found by their ids: glass itself when it is in that order already, else new atoms. Raises unless both hold the same ids with the same species.
---@param reference any
---@return vitrum.Atoms
function Atoms:match(reference) end

--- Atoms per volume [1/A^3].
---@return number
function Atoms:number_density() end

---@class vitrum.Atoms_picture_options
---@field file? string name.png or name.svg
---@field overwrite? boolean replace a file that this run did not write
---@field view? any from where to look: 'corner', 'x', 'y', 'z', '-x', '-y' or '-z', or a direction { x, y, z }
---@field turn? number [degree] turn the atoms about the axis that points up, counterclockwise seen from above
---@field up? number[] what points up; z, or y where one looks along z
---@field perspective? boolean what is farther off is smaller; the scale bar then holds in the middle
---@field zoom? number beyond 1 edges are cut
---@field width? integer [pixel] of the picture
---@field height? integer [pixel] of the picture
---@field theme? "light"|"dark" white or dark background
---@field transparent? boolean no background
---@field legend? boolean species, or the color bar
---@field scale_bar? boolean a bar with its length
---@field box? boolean edges of the box
---@field bonds? number [A] join atoms that are this near; not across the faces of the box
---@field bond_radius? number [A] of bonds, at most half of their length
---@field depth_cue? number how far distant atoms fade, 0 to 1
---@field occlusion? number how dark gaps between atoms are, 0 to 1
---@field shadow? number how dark the shadows of the lamp are, 0 to 1
---@field samples? integer for smooth edges, along a side of a pixel: 1 to 4
---@field font_size? number [pixel] by default as fits the size; a legend or bar without room is left out
---@field color? any 'species'; 'energy', 'five_fold', 'coordination' or 'volume', which are computed; or one number an atom, an array or a table, nan where there is none
---@field quantity? string what the numbers are: D2min, von_mises, five_fold, energy, activation, stress, ...; sets the title and the palette
---@field title? string above the legend, with the unit of the numbers
---@field limits? number[] of the colors; by default 1 % of the atoms lie below and 1 % above
---@field palette? "viridis"|"magma"|"cividis"|"blue-red"|"gray"|"ember" colors from low to high; blue-red is centered on zero. By default that of the quantity
---@field colors? table of species, as RRGGBB: { Cu = "cf8550" }
---@field radii? number|number[]|table<string, number> [A] a number for all, numbers by species or one an atom; by default those of the close-packed element
---@field radius_factor? number times the radii; by default 1, and 0.35 with bonds
---@field only? vitrum.Array|number[] atoms to show: their numbers, or a mask such as d.d2min:gt(5)
---@field hide? string|string[] species that are not shown
---@field slice? table [A] what to cut out: { z = { 10, 20 } } keeps a slab, for x and y likewise; { normal = { 1, 1, 0 }, at = 0 } what lies behind a plane `at` so far from the middle of the box, with `width` a slab around it
---@field wrap? boolean show atoms inside the box along periodic axes
---@field most? integer atoms that are drawn without asking; more need to be allowed here

--- Draw the atoms as shaded spheres, a PNG or SVG file by extension. Light comes from all around and from a lamp; what spheres keep from each other shows which lie deep and which at the surface. Colors show the species or a number of each atom. glass:picture{ file = ... } is the same.
---@param file string
---@param options? vitrum.Atoms_picture_options
---@return vitrum.Atoms
function Atoms:picture(file, options) end

--- Live n x 3 view of the positions [A]: writing moves the atoms. Deleting or adding atoms makes the view stale; fetch it again.
---@return vitrum.Array
function Atoms:positions() end

---@class vitrum.Atoms_pressure_options
---@field kinetic? boolean add the part of the velocities, -sum m v v / V

--- Minus the mean stress [GPa].
---@param options? vitrum.Atoms_pressure_options
---@return number
function Atoms:pressure(options) end

---@class vitrum.Atoms_rattle_options
---@field amplitude? number [A] standard deviation of the displacement along each axis
---@field seed? integer of the random numbers

--- Moves every atom by independent normal random numbers.
---@param options? vitrum.Atoms_rattle_options
---@return vitrum.Atoms
function Atoms:rattle(options) end

--- Gives a box that leans by more than half of an edge, after much shear, the least lean that has the same lattice: b - a in place of b, and so on. Atoms stay where they are, and so do their unwrapped positions: image counts change. LAMMPS refuses boxes that lean further; files of its data format are reduced when they are saved.
---@return vitrum.Atoms
function Atoms:reduce_box() end

--- New atoms: copies side by side along a, b, c. Ids run from 1; the potential is kept.
---@param nx any
---@param ny any
---@param nz any
---@return vitrum.Atoms
function Atoms:replicate(nx, ny, nz) end

---@class vitrum.Atoms_save_options
---@field format? string data, dump, extxyz, poscar or cfg; by default the file's name tells
---@field digits? integer significant digits, 1 to 17; 17 reads back to the same bits
---@field overwrite? boolean replace an existing file that this process did not write
---@field append? boolean add a frame to the end of a dump or extxyz file that this process began; with overwrite, to any
---@field forces? boolean write forces too (dump, cfg, extxyz; the latter with energy and stress): those of the potential, or without one those read from a file
---@field columns? table further per-atom columns of dump, extxyz and cfg: { Coordination = array, ... }; of data only q, the charges, which make it atom style charge
---@field info? table what else the frame says: timestep, time (ps), energy (eV), stress (GPa), any other entry for extxyz
---@field provenance? string text for the title or comment line

--- Write a LAMMPS data or dump file, extended XYZ, POSCAR or AtomEye's cfg, by extension; .gz, .zst and .xz compress. Goes through a temporary file and refuses to replace a file that this process did not write. LAMMPS's formats want a along x and b in the xy plane: another cell is rotated, with positions, velocities and forces. A box that leans too far for LAMMPS is reduced in data files (Atoms:reduce_box), not in dumps, which show how it was sheared. Velocities are written when any atom moves.
---@param path string
---@param options? vitrum.Atoms_save_options
---@return vitrum.Atoms
function Atoms:save(path, options) end

--- New atoms: those for which the function returns true (it receives the table of glass:atom), or those numbered in the list or array, in their own order, with their ids.
---@param choice any
---@return vitrum.Atoms
function Atoms:select(choice) end

---@class vitrum.Atoms_set_box_options
---@field a? number[] [A] first cell vector {x, y, z}
---@field b? number[] [A] second cell vector
---@field c? number[] [A] third cell vector
---@field origin? number[] [A] corner of the box
---@field lengths? number[] [A] edges {|a|, |b|, |c|}; angles stay unless given
---@field angles? number[] [degree] {alpha, beta, gamma}; a then lies along x and b in the xy plane
---@field volume? any [A^3] scales the box to this volume
---@field periodic? number|boolean|any[] true, false or one for each of a, b, c
---@field remap? any move the atoms along, at their fractional coordinates

--- Gives the box new cell vectors, lengths, angles, volume or periodicity; what is not named stays. A number is the edge of a cube, three numbers are edges. Atoms stay where they are unless remap = true.
---@param box any
---@return vitrum.Atoms
function Atoms:set_box(box) end

--- Mass of a species, all types of it [amu].
---@param symbol string
---@param mass any
---@return vitrum.Atoms
function Atoms:set_mass(symbol, mass) end

--- List of { symbol, mass [amu], count, types }, in the order of the types. Types with one symbol are one species wherever species are counted or named; mass is then the mean over the atoms, and types lists their numbers. Energies and files keep the types; give the types symbols of their own when you read the atoms (species = { ... }) to have them counted apart.
---@return table
function Atoms:species() end

--- Live n x 3 view of the forces of the last evaluation or of the file [eV/A]; glass:forces() computes them.
---@return vitrum.Array
function Atoms:stored_forces() end

---@class vitrum.Atoms_strain_options
---@field xx? number elongation along x: 0.01 is 1 %
---@field yy? number elongation along y
---@field zz? number elongation along z
---@field yz? number shear: y moves by yz times z
---@field xz? number shear: x moves by xz times z
---@field xy? number shear: x moves by xy times y
---@field gradient? vitrum.Array|number[] instead: all of F as {{Fxx, Fxy, Fxz}, {Fyx, Fyy, Fyz}, {Fzx, Fzy, Fzz}}, r' = F r

--- Deforms box and atoms affinely about the box's origin. Shear strains are engineering ones and tilt the box as LAMMPS does.
---@param options? vitrum.Atoms_strain_options
---@return vitrum.Atoms
function Atoms:strain(options) end

---@class vitrum.Atoms_stress_options
---@field kinetic? boolean add the part of the velocities, -sum m v v / V

--- Stress [GPa], positive in tension: fields xx yy zz yz xz xy, also as 1 to 6.
---@param options? vitrum.Atoms_stress_options
---@return table
function Atoms:stress(options) end

---@class vitrum.Atoms_substitute_options
---@field from? string species to replace; without it any but 'to'
---@field to? string species to put in
---@field fraction? number part of those atoms, 0 to 1, rounded to a whole number
---@field count? integer number of atoms, instead of fraction
---@field atoms? any exactly these atoms: a list of numbers or a function
---@field seed? integer which atoms are chosen
---@field mass? number [amu] mass of 'to' when it is no element

--- Makes atoms into another species: a fraction or a count chosen at random by seed, or given ones.
---@param options? vitrum.Atoms_substitute_options
---@return vitrum.Atoms
function Atoms:substitute(options) end

--- Symbol of each atom's species.
---@return table
function Atoms:symbols() end

--- Kinetic temperature [K], with 3 n - 3 degrees of freedom.
---@return number
function Atoms:temperature() end

---@class vitrum.Atoms_thermalize_options
---@field temperature? number [K] temperature to reach exactly
---@field seed? integer of the random numbers

--- Velocities from the Maxwell-Boltzmann distribution, drift removed, scaled to exactly the temperature. They depend on seed and id alone.
---@param options? vitrum.Atoms_thermalize_options
---@return vitrum.Atoms
function Atoms:thermalize(options) end

--- Type of each atom, from 1, as in files (int32, a copy). Several types may be one species; glass:species() says which.
---@return vitrum.Array
function Atoms:types() end

--- Positions continued across the periodic faces by the image counts, n x 3 [A].
---@return vitrum.Array
function Atoms:unwrapped() end

--- Live n x 3 view of the velocities [A/ps].
---@return vitrum.Array
function Atoms:velocities() end

--- Volume of the box [A^3].
---@return number
function Atoms:volume() end

--- Moves every atom into the box along the periodic axes; image counts remember the way.
---@return vitrum.Atoms
function Atoms:wrap() end

--- The atoms of an image, 1 for the first minimum.
---@param number number
---@return vitrum.Atoms
function Band:image(number) end

--- The atoms of the highest image, which are at the saddle when it has climbed.
---@return vitrum.Atoms
function Band:saddle() end

---@class vitrum.Chebyshev_compute_options
---@field centers? any the atoms that get a row: a species ("Cu"), a list or array of their numbers, or a mask; by default all, in their order

--- Features of atoms: a row for each center, float64. Images in boxes thinner than the cutoff count.
---@param atoms vitrum.Atoms
---@param options? vitrum.Chebyshev_compute_options
---@return vitrum.Array
function Chebyshev:compute(atoms, options) end

---@class vitrum.Chebyshev_save_options
---@field overwrite? boolean replace a file that this run did not write

--- Write the descriptor to a file of readable JSON.
---@param path string
---@param options? vitrum.Chebyshev_save_options
---@return any
function Chebyshev:save(path, options) end

---@class vitrum.Committee_disputed_options
---@field count? integer of frames, at most
---@field force? number [eV/A] least spread of the force on an atom for a frame to count

--- The frames of a file that the members disagree about most, that is those to compute and to add to the data next: frame (its number), atoms, energy_error (eV/atom), force_error (the largest of an atom, eV/A) and that atom.
---@param path string
---@param options? vitrum.Committee_disputed_options
---@return any[]
function Committee:disputed(path, options) end

--- What the members say of atoms: energy (mean, eV), energy_error (standard deviation over the members, eV/atom), forces (mean, n x 3, eV/A) and force_error (of each atom, the root of the mean square by which the members' forces differ from their mean, eV/A).
---@param atoms vitrum.Atoms
---@return table
function Committee:predict(atoms) end

--- Let c:train go on from the checkpoints that it finds, instead of refusing to replace them. Make the committee with the same options and data first.
---@return any
function Committee:resume() end

---@class vitrum.Committee_save_options
---@field overwrite? boolean replace a file that this run did not write

--- Write the potential of each member, name-1.network and so on, for vt.potential.network or vt.learn.committee{ networks = files }.
---@param path string
---@param options? vitrum.Committee_save_options
---@return any[]
function Committee:save(path, options) end

---@class vitrum.Committee_train_options
---@field steps? integer of L-BFGS, at most
---@field every? integer steps between two looks at the stop set
---@field patience? integer end after so many steps without a smaller error of the stop set
---@field time? number [s] end after this wall time
---@field log? boolean print memory and estimated time at the start, and a line at each look
---@field checkpoint? string|false file to resume from, written at looks and at the end; it replaces the one before
---@field checkpoint_every? number [s] wall time between two checkpoints

--- Train the members one after the other; options as of Network:train, each member with a checkpoint of its own, name-1 and so on. errors has by set the means of energy, force, energy_mae and force_mae over the members, and their standard deviations as energy_deviation and so on; members holds potential, errors, curve and sets (of the frames) of each. Called again after an interrupt it goes on with the member that was at work.
---@param options? vitrum.Committee_train_options
---@return any
function Committee:train(options) end

--- Close the file; closing twice is legal, a variable with <close> does it by itself.
function CsvWriter:close() end

--- Hand the rows so far to the operating system, so that others can read them.
---@return vitrum.CsvWriter
function CsvWriter:flush() end

--- Add one row: as many numbers or texts as there are columns.
---@param value any
---@param ... any
---@return vitrum.CsvWriter
function CsvWriter:row(value, ...) end

--- Per-atom results as columns for a file. When atoms lack a strain, theirs is 0, and the column strained tells which have one.
---@return table
function Deformation:columns() end

---@class vitrum.Deformation_fraction_options
---@field above? number von Mises strain

--- Part of the atoms with a von Mises strain above 0.3, the S-atoms of Li et al., or above another threshold. Atoms without a strain do not count.
---@param options? vitrum.Deformation_fraction_options
---@return number
function Deformation:fraction(options) end

--- Parts of the atoms by von Mises strain, and their numbers; by default the windows of Wang et al. on the mesoscale, below 0.05, to 0.1, to 0.15, to 0.2 and above.
---@param edges? any
---@return table
function Deformation:windows(edges) end

---@class vitrum.Dynamics_branch_options
---@field csv? string|false file that its runs share for their samples, or false
---@field key? integer tells branches of one name apart: the number of a cycle, for instance

--- A second dynamics that starts from the present state of this one and leaves it undisturbed.
---@param name string
---@param options? vitrum.Dynamics_branch_options
---@return vitrum.Dynamics
function Dynamics:branch(name, options) end

--- Runs the dynamics, once in the life of the protocol, with progress, checkpoints and a CSV; takes the options of md:run of vt.md. Gives the samples as arrays, { time =, temperature =, stress = { zz = ... }, ... }; csv = "name.csv" lets runs share a file, csv = false writes none.
---@param name string
---@param options table
---@return any
function Dynamics:run(name, options) end

---@class vitrum.Elastic_around_options
---@field radius? number [A] of the sphere around each atom in which the parts of the atoms are averaged; 0: the atom's own part

--- One elastic constant around every atom (GPa): the mean of the atoms' parts in a sphere. The constants must have been made with atoms = true.
---@param row any
---@param column any
---@param options? vitrum.Elastic_around_options
---@return vitrum.Array
function Elastic:around(row, column, options) end

---@class vitrum.Elastic_cells_options
---@field cells? number|boolean|any[] cells along the axes of the box, one number or three, up to 200 each

--- One elastic constant in cells (GPa): the mean of the parts of the atoms in each, nan where there are none, and how many there are, both as arrays by the three axes. Means weighted with the counts give the constant of the whole.
---@param row any
---@param column any
---@param options? vitrum.Elastic_cells_options
---@return any
---@return any
function Elastic:cells(row, column, options) end

--- One elastic constant in columns through the box (GPa): the mean of the atoms' parts; the options are those of vt.structure.map.
---@param row any
---@param column any
---@param options? table
---@return vitrum.Map
function Elastic:columns(row, column, options) end

--- One elastic constant in slabs across an axis (GPa): the mean of the atoms' parts; the options are those of vt.structure.profile.
---@param row any
---@param column any
---@param options? table
---@return vitrum.Profile
function Elastic:slabs(row, column, options) end

--- Pressure [GPa] at a volume [A^3], or at an array of them.
---@param volume any
---@return number|vitrum.Array
function EquationOfState:pressure(volume) end

---@class vitrum.Events_atom_means_options
---@field energy? number [eV] two events are the same when their barriers differ by less...
---@field distance? number [A] ...and their saddles by less, as the norm of the difference of all displacements
---@field start_distance? number [A] an event ends where it began when its final minimum is nearer to the start than that, with the same energy

--- Mean barrier of the events that the searches of each atom found, nan where they found none, and their numbers. An event found from several atoms counts for each, once.
---@param options? vitrum.Events_atom_means_options
---@return vitrum.Array
---@return vitrum.Array
function Events:atom_means(options) end

--- The atoms in the minimum that the searches began in, without a potential.
---@return vitrum.Atoms
function Events:atoms() end

---@class vitrum.Events_by_options
---@field groups? integer of an array: so many with equally many atoms, from low values to high ones
---@field edges? vitrum.Array|number[] of an array: limits between groups, in the unit of the array, as { 0.05, 0.1, 0.15, 0.2 }, in place of equal numbers of atoms
---@field species? string|string[] atoms of these species only
---@field quantity? string what the numbers of the array are, for labels
---@field duplicates? boolean count every event that is connected as often as it was found
---@field bins? integer intervals of the histogram; by default the width of Freedman and Diaconis (1981)
---@field range? number[] [eV] of the histogram
---@field energy? number [eV] two events are the same when their barriers differ by less...
---@field distance? number [A] ...and their saddles by less, as the norm of the difference of all displacements
---@field start_distance? number [A] an event ends where it began when its final minimum is nearer to the start than that, with the same energy

--- Spectra of groups of events by the atom that their searches began at: by species; by Voronoi cell, icosahedra, other cells with 2 n4 + n5 = 12, and the rest (Wang et al.); or by an array with one number an atom, in groups of equally many atoms or between edges. A list of Spectrum, each with name, atoms and value (mean of the array in it), and arrays mean, error, width, events, atoms, value of all.
---@param species any
---@param options? vitrum.Events_by_options
---@return vitrum.Spectra
function Events:by(species, options) end

--- What the store tells of its campaign, as texts by name: version of the program, glass_sha256, potential, potential_sha256, seed, options.
---@return table
function Events:campaign() end

--- A number of every event as an array, nan where it has none: any field of an event, or of the displacements at the saddle distance (norm of all, A), largest (of one atom, A), participation; and aligned, the share of aligned pairs in the final minimum. For "reason" a list of texts.
---@param name string
---@return vitrum.Array
function Events:column(name) end

--- The atoms at the saddle of an event, or in the minimum before or behind it.
---@param event any
---@param start? any
---@return vitrum.Atoms
function Events:configuration(event, start) end

---@class vitrum.Events_displacements_options
---@field state? "saddle"|"final" where the displacements from the start lead to
---@field threshold? number [A] an atom has moved when its displacement is larger
---@field duplicates? boolean count every event that is connected as often as it was found
---@field bins? integer intervals of the histogram; by default the width of Freedman and Diaconis (1981)
---@field range? number[] [eV] of the histogram
---@field energy? number [eV] two events are the same when their barriers differ by less...
---@field distance? number [A] ...and their saddles by less, as the norm of the difference of all displacements
---@field start_distance? number [A] an event ends where it began when its final minimum is nearer to the start than that, with the same energy

--- What the displacements of the events that count are like, to the saddle or to the final minimum: arrays distance (norm of all, A), largest (of one atom, A), moved (atoms beyond the threshold), participation ((sum d^2)^2/sum d^4), aligned (share of pairs of moved atoms whose displacements, as axes, enclose less than 45 degrees; 0.293 for random directions); mean of each; size, the diameter of a sphere of as many atoms as move on average (A).
---@param options? vitrum.Events_displacements_options
---@return table
function Events:displacements(options) end

---@class vitrum.Events_eigenstrains_options
---@field state? "saddle"|"final" where the displacements from the start lead to
---@field threshold? number [A] an atom has moved when its displacement is larger
---@field energy? number [eV] two events are the same when their barriers differ by less...
---@field distance? number [A] ...and their saddles by less, as the norm of the difference of all displacements
---@field start_distance? number [A] an event ends where it began when its final minimum is nearer to the start than that, with the same energy

--- The strain of the moved atoms of each event that counts: tensor (events x 3 x 3, deviatoric), the symmetric part of what fits their displacements best (Falk and Langer, Phys. Rev. E 57, 7192 (1998), eq. 2.12, over the atoms that moved); component, the standard deviation of e1 = (exx - eyy)/2 and of e3 = exy of such tensors in all directions, sqrt(<e:e>/10); moment, the same of strain times the volume of the moved atoms [A^3], which over the volume of a site is what vt.stz.lattice calls eigenstrain; events, how many have the five moved atoms that it takes, not all in a plane, of how many.
---@param options? vitrum.Events_eigenstrains_options
---@return table
function Events:eigenstrains(options) end

--- One event, nil where there is none.
---@param atom any
---@param search any
---@return any
function Events:event(atom, search) end

---@class vitrum.Events_events_options
---@field connected? boolean whether the saddle leads back to the start
---@field reason? string|string[] why the search ended: "connected", "elsewhere", "lost", "step limit", "energy limit", "returned"
---@field center? any atoms, one or a list, that the searches began at
---@field species? string|string[] of these atoms
---@field barrier? number[] [eV] at least, and below
---@field search? number[] numbers of the searches of an atom, both included

--- Go through the events, by atom and search. Fields of an event: center (atom that the search began at), search (its number there), seed, reason (why it ended), connected, barrier and reverse_barrier (eV), curvature (eV/A^2), force (eV/A, norm of all), moved (atoms moved by more than 0.1 A at the saddle), active, evaluations (of the whole sample), region_evaluations, seconds; saddle and final, each { atoms = numbers, displacement = n x 3 array in A } from the start, nil where there is none. Numbers that a search did not come to are nan.
---@param options? vitrum.Events_events_options
function Events:events(options) end

---@class vitrum.Events_removal_options
---@field energy? number [eV] two events are the same when their barriers differ by less...
---@field distance? number [A] ...and their saddles by less, as the norm of the difference of all displacements
---@field start_distance? number [A] an event ends where it began when its final minimum is nearer to the start than that, with the same energy

--- How many events are left after each step: searches, connected to the start, uphill (a barrier above 0), elsewhere (into another minimum), unique (each event once, whatever atom its searches began at); share of unique among the searches.
---@param options? vitrum.Events_removal_options
---@return table
function Events:removal(options) end

---@class vitrum.Events_select_options
---@field connected? boolean whether the saddle leads back to the start
---@field reason? string|string[] why the search ended: "connected", "elsewhere", "lost", "step limit", "energy limit", "returned"
---@field center? any atoms, one or a list, that the searches began at
---@field species? string|string[] of these atoms
---@field barrier? number[] [eV] at least, and below
---@field search? number[] numbers of the searches of an atom, both included

--- Some of the events, with the same methods.
---@param options? vitrum.Events_select_options
---@return vitrum.Events
function Events:select(options) end

---@class vitrum.Events_spectrum_options
---@field duplicates? boolean count every event that is connected as often as it was found
---@field bins? integer intervals of the histogram; by default the width of Freedman and Diaconis (1981)
---@field range? number[] [eV] of the histogram
---@field energy? number [eV] two events are the same when their barriers differ by less...
---@field distance? number [A] ...and their saddles by less, as the norm of the difference of all displacements
---@field start_distance? number [A] an event ends where it began when its final minimum is nearer to the start than that, with the same energy

--- The barriers of the events that count: barriers (array, eV), events, mean with error (atoms as independent), width (standard deviation), median, lowest, histogram (centers, counts, density, edges), gaussian (least squares through the histogram; nil below 20 events or where none fits).
---@param options? vitrum.Events_spectrum_options
---@return vitrum.Spectrum
function Events:spectrum(options) end

---@class vitrum.Events_summary_options
---@field energy? number [eV] two events are the same when their barriers differ by less...
---@field distance? number [A] ...and their saddles by less, as the norm of the difference of all displacements
---@field start_distance? number [A] an event ends where it began when its final minimum is nearer to the start than that, with the same energy

--- searches, connected, unique (different events that count, see Events:removal), kept_share, evaluations (of the whole sample, those of failed searches included), seconds, centers (atoms with searches), reasons (how many ended why), evaluations_per_connected, searches_per_hour and unique_per_second (of one processor); damaged where connected events have no barrier.
---@param options? vitrum.Events_summary_options
---@return table
function Events:summary(options) end

---@class vitrum.Events_unique_options
---@field energy? number [eV] two events are the same when their barriers differ by less...
---@field distance? number [A] ...and their saddles by less, as the norm of the difference of all displacements
---@field start_distance? number [A] an event ends where it began when its final minimum is nearer to the start than that, with the same energy

--- The events that count, each once; of duplicates the one of lowest barrier.
---@param options? vitrum.Events_unique_options
---@return vitrum.Events
function Events:unique(options) end

--- Take up models learned with another potential; Flexibility:predict takes those of the glass's potential.
---@param other any
---@return fun(...): ...
function Flexibility:append(other) end

--- Means of the structural flexibility over all atoms and over those of each species.
---@param glass vitrum.Atoms
---@return table
function Flexibility:means(glass) end

--- Structural flexibility SF of each atom, a prediction of ln v_flex (v_flex in A^3), from the positions alone. Models are those learned with the glass's potential, where there are such. A warning tells when potential, pressure, composition or surroundings differ from those learned from, and when the glass is no inherent structure.
---@param glass vitrum.Atoms
---@return vitrum.Array
function Flexibility:predict(glass) end

---@class vitrum.Flexibility_save_options
---@field overwrite? boolean replace a file that this run did not write

--- Write the models with their record to a file of readable JSON.
---@param path string
---@param options? vitrum.Flexibility_save_options
---@return fun(...): ...
function Flexibility:save(path, options) end

--- How well the flexibility of a glass is predicted that its vibrations tell, by species. Quote it for glasses that none of the models has seen.
---@param v any
---@return table
function Flexibility:score(v) end

--- The atoms that are outside by more than the margin, the worst first: atom, symbol, input (its number), value, low, high, excess (in standard deviations of that input) and text, which says it all.
---@param atoms vitrum.Atoms
---@return any[]
function Guard:check(atoms) end

--- A function for md:run{ sample = ... }, which looks at each sample. When atoms are outside it warns, naming the worst atom and its input, adds the frame to the file that `save` names, and ends the run unless stop = false. found has the list of the last time, seen how often it was so.
---@param atoms vitrum.Atoms
---@return any
function Guard:watch(atoms) end

---@class vitrum.Lattice_advance_options
---@field strain? number loading parameter to reach
---@field plastic? number plastic part of it to reach
---@field pause? number loading parameter at which to return between two steps; unlike `strain` it changes no step
---@field steps? integer most steps to do
---@field seconds? number [s] most wall time to spend

--- Goes on under the load until a strain is reached (true), or steps or wall time are used up (false).
---@param options vitrum.Lattice_advance_options
---@return any
function Lattice:advance(options) end

--- Transformations in each avalanche. An avalanche ends with a pause longer than a thousandth of the time of a strain step.
---@return vitrum.Array
function Lattice:avalanches() end

--- All barriers, rows x n x modes [eV]: softened but without stress, or with it.
---@param loaded? any
---@return vitrum.Array
function Lattice:barriers(loaded) end

--- Gives the memory back at once.
function Lattice:close() end

---@class vitrum.Lattice_compression_options
---@field strain_rate? number [1/s] of the loading parameter
---@field strain? number loading parameter to reach
---@field plastic? number plastic part of it to reach, from the start of the test; with `strain`, whichever comes first
---@field every? number loading parameter between samples, at least a hundredth of lat.strain_step; when not given 1/200 of `strain` or of four times `plastic`, of the smaller
---@field pictures? string|false folder for a picture (PNG) at each sample
---@field movie? string|false file (.gif; .mp4 where ffmpeg is) that the pictures make at the end, with the curve of stress against strain below them
---@field field? string what the pictures show
---@field zrange? table { lowest, highest } of the colors of all pictures
---@field sample? fun(...): ... called with each sample, as lat:state() gives it but with the plastic strain of this test; false ends the test
---@field csv? string|false file for the samples
---@field checkpoint? string|false file that vt.stz.restore goes on from; written at the start, now and then, at the end, and after an error, Ctrl-C or SIGTERM
---@field checkpoint_every? number [s] wall time between two checkpoints
---@field log? any true, or a list of quantities: print them at each sample, as a table on a terminal, as plain lines elsewhere, with the plan, the estimated time and how it ended
---@field plot? any a quantity of the samples, "volume", or a list of two: draw its curve while the job runs, in place on a terminal; elsewhere print it as `log` does
---@field overwrite? boolean replace files that this process did not write
---@field provenance? any comment lines for the csv

--- Uniaxial compression along x: strain -eps_xx, stress -sigma_xx. The strain and its plastic part count from where the lattice is. Samples do not change the course of events. After Ctrl-C or an error in `sample` lat:resume() goes on. All options and files are checked before anything is written.
---@param options vitrum.Lattice_compression_options
---@return any
function Lattice:compression(options) end

---@class vitrum.Lattice_density_options
---@field bins? integer number of bins
---@field max? number largest strain, sites above it are left out; that of the field when not given

--- Probability density of the local von Mises strain.
---@param options vitrum.Lattice_density_options
---@return table
function Lattice:density(options) end

--- Elastic energy per volume.
---@return any
function Lattice:energy() end

--- A field over the sites, rows x n, row y from 1 upwards: von_mises, eigen_1 and eigen_3 (the accumulated eigenstrain), generation, softening and permanent (eta and its permanent part), barrier (the lowest of each site under its stress [eV]).
---@param name string
---@return vitrum.Array
function Lattice:field(name) end

--- The last step: kind (elastic, thermal, athermal), sites that transformed, x, y and mode of the first, waiting [s], rate [1/s], the sum of all rates before it, excess [1/s] on that.
---@return table
function Lattice:last() end

--- Strength and ductility: yield_stress [GPa], the peak, and yield_strain; plastic, since the lattice was made, unlike that of the samples; localization, the standard deviation of the von Mises strain over the sites; extreme_sites, those above 0.7, and extreme_sites_tensor, by the norm of the strain tensor, which is the root of 2 larger; transformed sites; the relative shift of the barriers by permanent softening in three measures: shift_cap = 1 - exp(-eta_max), shift_mean over all sites, shift_transformed over transformed ones; and with the temporary part: shift_now over all sites, shift_events over all events, each with the softening right before it.
---@return table
function Lattice:measures() end

--- Draws a field as a heat map: those of lat:field, or stress_xx, stress_yy, stress_xy, strain_xx, strain_yy, strain_xy. Options are those of vt.plot.heatmap.
---@param name string
---@param options? table
---@return string
function Lattice:plot(name, options) end

---@class vitrum.Lattice_pure_shear_options
---@field strain_rate? number [1/s] of the loading parameter
---@field strain? number loading parameter to reach
---@field plastic? number plastic part of it to reach, from the start of the test; with `strain`, whichever comes first
---@field every? number loading parameter between samples, at least a hundredth of lat.strain_step; when not given 1/200 of `strain` or of four times `plastic`, of the smaller
---@field pictures? string|false folder for a picture (PNG) at each sample
---@field movie? string|false file (.gif; .mp4 where ffmpeg is) that the pictures make at the end, with the curve of stress against strain below them
---@field field? string what the pictures show
---@field zrange? table { lowest, highest } of the colors of all pictures
---@field sample? fun(...): ... called with each sample, as lat:state() gives it but with the plastic strain of this test; false ends the test
---@field csv? string|false file for the samples
---@field checkpoint? string|false file that vt.stz.restore goes on from; written at the start, now and then, at the end, and after an error, Ctrl-C or SIGTERM
---@field checkpoint_every? number [s] wall time between two checkpoints
---@field log? any true, or a list of quantities: print them at each sample, as a table on a terminal, as plain lines elsewhere, with the plan, the estimated time and how it ended
---@field plot? any a quantity of the samples, "volume", or a list of two: draw its curve while the job runs, in place on a terminal; elsewhere print it as `log` does
---@field overwrite? boolean replace files that this process did not write
---@field provenance? any comment lines for the csv

--- Pure shear: strain gamma = eps_xx - eps_yy, stress (sigma_xx - sigma_yy)/2. The strain and its plastic part count from where the lattice is. Samples do not change the course of events. After Ctrl-C or an error in `sample` lat:resume() goes on. All options and files are checked before anything is written.
---@param options vitrum.Lattice_pure_shear_options
---@return any
function Lattice:pure_shear(options) end

---@class vitrum.Lattice_resume_options
---@field pictures? string|false folder for a picture (PNG) at each sample
---@field movie? string|false file (.gif; .mp4 where ffmpeg is) that the pictures make at the end, with the curve of stress against strain below them
---@field sample? fun(...): ... called with each sample, as lat:state() gives it but with the plastic strain of this test; false ends the test
---@field csv? string|false file for the samples
---@field checkpoint? string|false file that vt.stz.restore goes on from; written at the start, now and then, at the end, and after an error, Ctrl-C or SIGTERM
---@field checkpoint_every? number [s] wall time between two checkpoints
---@field log? any true, or a list of quantities: print them at each sample, as a table on a terminal, as plain lines elsewhere, with the plan, the estimated time and how it ended
---@field plot? any a quantity of the samples, "volume", or a list of two: draw its curve while the job runs, in place on a terminal; elsewhere print it as `log` does
---@field overwrite? boolean replace files that this process did not write
---@field provenance? any comment lines for the csv

--- Finishes a test that Ctrl-C, an error or the end of the program (see vt.stz.restore) cut short; every sample is taken once. After vt.stz.restore csv and checkpoint are taken up when they lie beside the checkpoint, the csv with all its samples; else name them again, as pictures and movie. Of a finished test csv and checkpoint are written where they are named here; else nothing happens.
---@param options vitrum.Lattice_resume_options
---@return any
function Lattice:resume(options) end

--- Samples of the present or last test: strain and its plastic part from the start of the test, stress [GPa], and, of the whole life of the lattice, time [s], transformations, thermal_steps, athermal_steps, elastic_steps, avalanches, largest_avalanche, work, dissipated [GJ/m^3].
---@return table
function Lattice:samples() end

---@class vitrum.Lattice_save_options
---@field overwrite? boolean replace a file that this process did not write
---@field note? string any text, given back as lat.note after vt.stz.restore

--- Writes a checkpoint by atomic rename; vt.stz.restore reads it.
---@param path string
---@param options? vitrum.Lattice_save_options
---@return any
function Lattice:save(path, options) end

---@class vitrum.Lattice_set_load_options
---@field strain_rate? number [1/s] of the loading parameter
---@field strain? table<string, number> { xx = 1 }: tensor strains that follow the parameter, and by how much
---@field stress? table<string, number> [GPa] { yy = 0, xy = 0 }: mean stresses that are held

--- What the machine does from now on: each component of the mean strain follows the loading parameter, is fixed (not named), or is free while its mean stress is held. The parameter starts from zero.
---@param options vitrum.Lattice_set_load_options
---@return any
function Lattice:set_load(options) end

---@class vitrum.Lattice_shear_options
---@field strain_rate? number [1/s] of the loading parameter
---@field strain? number loading parameter to reach
---@field plastic? number plastic part of it to reach, from the start of the test; with `strain`, whichever comes first
---@field every? number loading parameter between samples, at least a hundredth of lat.strain_step; when not given 1/200 of `strain` or of four times `plastic`, of the smaller
---@field pictures? string|false folder for a picture (PNG) at each sample
---@field movie? string|false file (.gif; .mp4 where ffmpeg is) that the pictures make at the end, with the curve of stress against strain below them
---@field field? string what the pictures show
---@field zrange? table { lowest, highest } of the colors of all pictures
---@field sample? fun(...): ... called with each sample, as lat:state() gives it but with the plastic strain of this test; false ends the test
---@field csv? string|false file for the samples
---@field checkpoint? string|false file that vt.stz.restore goes on from; written at the start, now and then, at the end, and after an error, Ctrl-C or SIGTERM
---@field checkpoint_every? number [s] wall time between two checkpoints
---@field log? any true, or a list of quantities: print them at each sample, as a table on a terminal, as plain lines elsewhere, with the plan, the estimated time and how it ended
---@field plot? any a quantity of the samples, "volume", or a list of two: draw its curve while the job runs, in place on a terminal; elsewhere print it as `log` does
---@field overwrite? boolean replace files that this process did not write
---@field provenance? any comment lines for the csv

--- Simple shear: strain gamma = 2 eps_xy, stress sigma_xy; the normal mean strains stay. The strain and its plastic part count from where the lattice is. Samples do not change the course of events. After Ctrl-C or an error in `sample` lat:resume() goes on. All options and files are checked before anything is written.
---@param options vitrum.Lattice_shear_options
---@return any
function Lattice:shear(options) end

--- The whole lattice: time [s]; strain, the loading parameter; stress [GPa], its work conjugate; plastic, the plastic part of strain; mean_strain and mean_stress by component; elastic_steps, thermal_steps, athermal_steps, transformations; work and dissipated [GJ/m^3]; peak_stress [GPa], peak_strain; shift, the mean of 1 - exp(-eta) over all events, with the softening of the site right before each; avalanches, largest_avalanche.
---@return table
function Lattice:state() end

---@class vitrum.Lattice_step_options
---@field strain_rate? number [1/s] of tension, where the lattice is under no load yet

--- One step of the event loop: an elastic one, a thermal event, or all athermal ones at once. Gives what lat:last() gives.
---@return table
function Lattice:step() end

---@class vitrum.Lattice_tension_options
---@field strain_rate? number [1/s] of the loading parameter
---@field strain? number loading parameter to reach
---@field plastic? number plastic part of it to reach, from the start of the test; with `strain`, whichever comes first
---@field every? number loading parameter between samples, at least a hundredth of lat.strain_step; when not given 1/200 of `strain` or of four times `plastic`, of the smaller
---@field pictures? string|false folder for a picture (PNG) at each sample
---@field movie? string|false file (.gif; .mp4 where ffmpeg is) that the pictures make at the end, with the curve of stress against strain below them
---@field field? string what the pictures show
---@field zrange? table { lowest, highest } of the colors of all pictures
---@field sample? fun(...): ... called with each sample, as lat:state() gives it but with the plastic strain of this test; false ends the test
---@field csv? string|false file for the samples
---@field checkpoint? string|false file that vt.stz.restore goes on from; written at the start, now and then, at the end, and after an error, Ctrl-C or SIGTERM
---@field checkpoint_every? number [s] wall time between two checkpoints
---@field log? any true, or a list of quantities: print them at each sample, as a table on a terminal, as plain lines elsewhere, with the plan, the estimated time and how it ended
---@field plot? any a quantity of the samples, "volume", or a list of two: draw its curve while the job runs, in place on a terminal; elsewhere print it as `log` does
---@field overwrite? boolean replace files that this process did not write
---@field provenance? any comment lines for the csv

--- Uniaxial tension along x: strain eps_xx, stress sigma_xx; the other mean stresses are held at zero. The strain and its plastic part count from where the lattice is. Samples do not change the course of events. After Ctrl-C or an error in `sample` lat:resume() goes on. All options and files are checked before anything is written.
---@param options vitrum.Lattice_tension_options
---@return any
function Lattice:tension(options) end

--- Value of the line at x and its standard error.
---@param x vitrum.Array|number[]
---@return any
---@return any
function Line:predict(x) end

--- w.x with the bias for samples, as LinearModel:predict takes them: for a classification the side of the hyperplane and how far.
---@param x vitrum.Array|number[]
---@return vitrum.Array
function LinearModel:decision(x) end

--- Predictions for samples: numbers, or for a classification the classes (a table where they are texts). x: samples by features, or one sample, whose prediction comes as it is; or atoms, when the model has the descriptor of its features: then all of them, or those of the species that it is for, in their order.
---@param x vitrum.Array|number[]
---@return vitrum.Array
function LinearModel:predict(x) end

---@class vitrum.LinearModel_save_options
---@field format? "vitrum"|"liblinear" vitrum: JSON, with all that is known of the model; liblinear: a model file for liblinear-predict, which has the weights alone
---@field overwrite? boolean replace a file that this run did not write

--- Write the model to a file: readable JSON with weights, options, labels of the features and the descriptor, or a model file of LIBLINEAR.
---@param path string
---@param options? vitrum.LinearModel_save_options
---@return any
function LinearModel:save(path, options) end

--- How well the model predicts samples: what vt.learn.score says of numbers, and vt.learn.confusion of classes.
---@param x vitrum.Array|number[]
---@param y vitrum.Array|number[]
---@return any
function LinearModel:score(x, y) end

--- Frees the memory at once.
function MD:close() end

--- Wall time spent on forces and on everything else in runs so far [s].
---@return any
---@return any
function MD:cost() end

--- The current state, as a sample function gets it (see MD:run).
---@return any
function MD:measure() end

---@class vitrum.MD_resume_options
---@field dump? string|false file for a trajectory, in the format that its name tells: .dump, .xyz, also with .gz, .zst, .xz; a run that goes on from a checkpoint continues it
---@field dump_every? number [ps] time between frames of the dump; a hundredth of the run when not given
---@field note? any any text, kept in checkpoints as md.note
---@field sample? fun(...): ... function called with each sample: step, time [ps], temperature, target_temperature [K], potential_energy, kinetic_energy, total_energy, enthalpy, conserved [eV], pressure, stress.xx ... stress.xy [GPa], volume [A^3], lx, ly, lz, xy, xz, yz [A], strain. Returning false ends the run
---@field csv? string|false file for the samples
---@field checkpoint? string|false file that vt.md_restore goes on from; written periodically, at the end, and after an error, Ctrl-C or SIGTERM
---@field checkpoint_every? number [s] wall time between two checkpoints
---@field log? any true, or a list of quantities: print them at each sample, as a table on a terminal, as plain lines elsewhere, with the plan, the estimated time and how it ended
---@field plot? any a quantity of the samples, "volume", or a list of two: draw its curve while the job runs, in place on a terminal; elsewhere print it as `log` does
---@field overwrite? boolean replace files that this process did not write
---@field provenance? any comment lines for the csv

--- Finishes a run that Ctrl-C, SIGTERM, an error or the end of the program (see vt.md_restore) cut short, with its csv, checkpoint and dump. After vt.md_restore it continues those that lie beside the checkpoint, a csv with all its samples and a dump with its frames (later ones are cut off); name the others again. For a finished run, csv and checkpoint are written if they are named here; otherwise nothing happens.
---@param options vitrum.MD_resume_options
---@return vitrum.MD
function MD:resume(options) end

---@class vitrum.MD_run_options
---@field time? number [ps] length of the run
---@field steps? integer length of the run in timesteps
---@field temperature? number|number[] [K] target, or { from, to } for a ramp; the last target stays when not given
---@field cooling_rate? number [K/s] rate of a ramp downwards: sets the time
---@field heating_rate? number [K/s] rate of a ramp upwards: sets the time
---@field pressure? number|number[] [GPa] target of the axes that the barostat moves, or { from, to }
---@field pressure_rate? number [GPa/ps] rate of a ramp of pressure or stress: sets the time
---@field stress? table<string, number> [GPa] targets by component, positive in tension: { xx = 1, zz = { 0, 2 } }
---@field strain_rate? table<string, number> [1/s] constant strain rates by component: { zz = 1e9 }; atoms follow affinely, and the barostat leaves these components alone. Shear: xy is du_x/dy
---@field strain_measure? "engineering"|"true" of axes: engineering is L = L0 (1 + rate t), true is L = L0 exp(rate t)
---@field strain? number size of the strain to add at the strain rate: sets the time
---@field every? number [ps] time between samples; a hundredth of the run when not given
---@field dump? string|false file for a trajectory, in the format that its name tells: .dump, .xyz, also with .gz, .zst, .xz; a run that goes on from a checkpoint continues it
---@field dump_every? number [ps] time between frames of the dump; a hundredth of the run when not given
---@field append? boolean go on with the dump of the previous run
---@field note? any any text, kept in checkpoints as md.note
---@field sample? fun(...): ... function called with each sample: step, time [ps], temperature, target_temperature [K], potential_energy, kinetic_energy, total_energy, enthalpy, conserved [eV], pressure, stress.xx ... stress.xy [GPa], volume [A^3], lx, ly, lz, xy, xz, yz [A], strain. Returning false ends the run
---@field csv? string|false file for the samples
---@field checkpoint? string|false file that vt.md_restore goes on from; written periodically, at the end, and after an error, Ctrl-C or SIGTERM
---@field checkpoint_every? number [s] wall time between two checkpoints
---@field log? any true, or a list of quantities: print them at each sample, as a table on a terminal, as plain lines elsewhere, with the plan, the estimated time and how it ended
---@field plot? any a quantity of the samples, "volume", or a list of two: draw its curve while the job runs, in place on a terminal; elsewhere print it as `log` does
---@field overwrite? boolean replace files that this process did not write
---@field provenance? any comment lines for the csv

--- Runs for a time, or for as long as a ramp takes at its rate. Samples are taken at the start and every `every` ps. Pressure is positive in compression, stress in tension, both with their kinetic part. Enthalpy is total energy + P V with the target pressure where the barostat holds all axes, else with the actual one. `conserved` stays constant up to the error of the integrator, whatever is imposed. After Ctrl-C or an error in `sample` everything is valid and md:resume() goes on; after a blow-up the atoms are restored to a good frame.
---@param options vitrum.MD_run_options
---@return vitrum.MD
function MD:run(options) end

--- The samples of the present or last run, one array for each quantity: time, temperature, potential_energy, volume, stress.xx and so on. Names and units as in MD:run.
---@return table
function MD:samples() end

---@class vitrum.MD_save_options
---@field overwrite? boolean replace a file that this process did not write
---@field note? any any text, given back as md.note after vt.md_restore

--- Writes a checkpoint by atomic rename; vt.md_restore reads it.
---@param path string
---@param options? vitrum.MD_save_options
---@return vitrum.MD
function MD:save(path, options) end

--- Draw the map in colors, or with relative_to = another one the difference; the other options are those of vt.plot.heatmap.
---@param options? table
---@return string
function Map:plot(options) end

---@class vitrum.Modes_quasilocalized_options
---@field count? integer of the lowest modes that it starts from; several may lead to one minimum
---@field cutoff? number [A] pairs nearer than this count for the strain of a mode; by default all that interact
---@field tolerance? number of the equation that holds in a minimum, as a share of one side; 1e-6 to 0.1
---@field rounds? integer of conjugate gradients that are allowed
---@field unconverged? boolean what is beyond the tolerance after these rounds is a result, too; see residual

--- Soft spots without the sound waves that vibrations mix them with: minima of the cost (z.H z)^2 / sum over pairs |z_i - z_j|^4 of displacements z, with the Hessian H, that one comes to from the lowest modes (pseudo-harmonic modes, Richard, Kapteijns, Giannini, Manning and Lerner, Phys. Rev. Lett. 126, 015501 (2021)). The result has those that differ, softest first: vectors (count x 3n, unit displacements), stiffness (z.H z, eV/A^2), cost (eV^2/A^4), ratio (participation ratio), core (the atom that moves most), start (the mode that led to it), residual.
---@param options? vitrum.Modes_quasilocalized_options
---@return vitrum.QuasiLocalized
function Modes:quasilocalized(options) end

---@class vitrum.Motion_diffusion_options
---@field from? number [ps] first lag; by default a quarter of the longest
---@field to? number [ps] last lag; by default half the longest

--- Diffusion coefficient [A^2/ps]: a sixth of the slope of the mean squared displacement; 1 A^2/ps is 1e-8 m^2/s. Its error, from the scatter about the line, is nan for two lags.
---@param options? vitrum.Motion_diffusion_options
---@return number
---@return any
function Motion:diffusion(options) end

--- Draw against time: what = "fs" (where there is q), "msd" or "alpha2"; partial = true also by species; the other options are those of vt.plot. On the logarithmic axis of msd lags at which it is 0 are left out; when it is 0 everywhere the axis is linear.
---@param options? table
---@return string
function Motion:plot(options) end

--- Time [ps] at which the scattering function has fallen to 1/e, or to another level: the alpha-relaxation time. Interpolated in the logarithm of time; nil while it has not fallen so far.
---@param level? any
---@return number
function Motion:relaxation_time(level) end

--- Go on from a checkpoint that net:train{ checkpoint = path } wrote. Make the network with the same options and data first; net:train with the same options then gives the bits that the run without a break gives. A checkpoint of other options or data is refused.
---@param path string
---@return any
function Network:resume(path) end

---@class vitrum.Network_save_options
---@field overwrite? boolean replace a file that this run did not write

--- Write the potential to a file that vt.potential.network reads.
---@param path string
---@param options? vitrum.Network_save_options
---@return any
function Network:save(path, options) end

---@class vitrum.Network_train_options
---@field steps? integer of L-BFGS, at most
---@field every? integer steps between two looks at the stop set
---@field patience? integer end after so many steps without a smaller error of the stop set
---@field time? number [s] end after this wall time
---@field log? boolean print memory and estimated time at the start, and a line at each look
---@field checkpoint? string|false file to resume from, written at looks and at the end; it replaces the one before
---@field checkpoint_every? number [s] wall time between two checkpoints

--- Learn with L-BFGS over all training samples at once, and keep the network with the least error of the stop set. errors.train, stop and test hold the root mean squares energy (eV per atom) and force (eV/A), and the mean absolute energy_mae, force_mae; curve holds step, loss and the errors along the way. Called again it goes on. Results do not depend on the number of threads.
---@param options? vitrum.Network_train_options
---@return any
function Network:train(options) end

--- Draw the change of g2 under load and the affine law with the long-range strain; options of vt.plot.
---@param options? table
---@return string
function NonaffineStrain:plot(options) end

--- Place of the first minimum behind the first peak [A], the usual cutoff for nearest neighbors; nil when rmax is too short for it.
---@param pair? any
---@return number
function PairDistribution:minimum(pair) end

--- Mean number of neighbors up to a distance [A], by default the first minimum of the total. "Cu-Zr" counts Zr around Cu.
---@param cutoff? number
---@return number
function PairDistribution:neighbors(cutoff) end

--- Place of the first maximum [A], of the total or of one pair; nil when g never rises above 1.
---@param pair? any
---@return number
function PairDistribution:peak(pair) end

--- Draw g(r), with partial = true also of all pairs; the other options are those of vt.plot.
---@param options? table
---@return string
function PairDistribution:plot(options) end

--- The shear band in a profile of strain or D2min: place and full width at half height (A) of the highest peak above the median (background); contrast = peak/background; share of the length.
---@return table
function Profile:band() end

--- Draw the profile, or with relative_to = another one the difference; the other options are those of vt.plot.
---@param options? table
---@return string
function Profile:plot(options) end

--- Removes the bar from the screen; a variable with <close> does it by itself.
function Progress:close() end

--- Tells how much of the total is done and, if need be, what is being done now; cheap, draws at most five times a second.
---@param done number
---@param what? string
---@return any
function Progress:update(done, what) end

--- Acts on a list of arguments as the command line does and returns the exit status.
---@param arguments any
---@return any
function Protocol:main(arguments) end

--- Runs the protocol with these parameters; those left out keep their defaults.
---@param options table
---@return any
function Protocol:run(options) end

--- The text that --help prints.
---@param columns? any
---@return string
function Protocol:usage(columns) end

--- Draw stress against strain, events as points; the options are those of vt.plot.
---@param options? table
---@return string
function Quasistatic:plot(options) end

---@class vitrum.Radial_compute_options
---@field centers? any the atoms that get a row: a species ("Cu"), a list or array of their numbers, or a mask; by default all, in their order

--- Features of atoms: a row for each center, float32. Images in boxes thinner than the cutoff count. Give it inherent structures: in thermal ones the atoms' motion hides what the model is to learn.
---@param atoms vitrum.Atoms
---@param options? vitrum.Radial_compute_options
---@return vitrum.Array
function Radial:compute(atoms, options) end

---@class vitrum.Radial_save_options
---@field overwrite? boolean replace a file that this run did not write

--- Write the descriptor to a file of readable JSON.
---@param path string
---@param options? vitrum.Radial_save_options
---@return any
function Radial:save(path, options) end

--- Adds a row, as many numbers as there are columns; it is on the disk after the next commit.
---@param ... any
---@return any
function Record:add(...) end

--- All columns as arrays, by their names without units.
---@return table
function Record:arrays() end

--- All values of a column, named with or without unit.
---@param name string
---@return any[]
function Record:column(name) end

--- Puts the new rows on the disk.
---@return any
function Record:commit() end

--- The first value of the last row, nil when there is none.
---@return number
function Record:last() end

--- Drops the rows whose first value is above last. A stage that adds rows begins with this, since it may be a second attempt.
---@param last any
---@return any
function Record:rewind(last) end

--- Add a program or a file as it stands.
---@param text string
---@return vitrum.Report
function Report:code(text) end

---@class vitrum.Report_figure_options
---@field plot? table the table that vt.plot takes
---@field svg? string or a drawing as SVG text, as vt.plot.svg gives it: shapes, text and pictures in it, no scripts, styles, links or anything from outside
---@field caption? string what the figure shows
---@field data? string name of the file beside the page that holds the data: the figure has a link to it

--- Add a figure: the table that vt.plot takes, or SVG text. In the browser it shows values under the pointer and can be saved as SVG, PNG and CSV.
---@param options vitrum.Report_figure_options
---@return vitrum.Report
function Report:figure(options) end

--- Add a list of files that lie beside the page, as links, each with what it holds.
---@param list any[]
---@return vitrum.Report
function Report:files(list) end

--- The page as HTML text.
---@return string
function Report:html() end

--- Add a list of texts with points.
---@param items any
---@return vitrum.Report
function Report:list(items) end

---@class vitrum.Report_parameters_options
---@field name? string of the parameter
---@field value? any text, number or true/false
---@field unit? string "K"
---@field help? string what it means

--- Add the table of parameters. Each entry takes:
---@param list any[]
---@param caption? string
---@return vitrum.Report
function Report:parameters(list, caption) end

---@class vitrum.Report_picture_options
---@field caption? string what the picture shows
---@field view? any from where to look: 'corner', 'x', 'y', 'z', '-x', '-y' or '-z', or a direction { x, y, z }
---@field turn? number [degree] turn the atoms about the axis that points up, counterclockwise seen from above
---@field up? number[] what points up; z, or y where one looks along z
---@field perspective? boolean what is farther off is smaller; the scale bar then holds in the middle
---@field zoom? number beyond 1 edges are cut
---@field width? integer [pixel] of the picture
---@field height? integer [pixel] of the picture
---@field theme? "light"|"dark" white or dark background
---@field transparent? boolean no background, and text in the color of the page's
---@field legend? boolean species, or the color bar
---@field scale_bar? boolean a bar with its length
---@field box? boolean edges of the box
---@field bonds? number [A] join atoms that are this near; not across the faces of the box
---@field bond_radius? number [A] of bonds, at most half of their length
---@field depth_cue? number how far distant atoms fade, 0 to 1
---@field occlusion? number how dark gaps between atoms are, 0 to 1
---@field shadow? number how dark the shadows of the lamp are, 0 to 1
---@field samples? integer for smooth edges, along a side of a pixel: 1 to 4
---@field font_size? number [pixel] by default as fits the size; a legend or bar without room is left out
---@field color? any 'species'; 'energy', 'five_fold', 'coordination' or 'volume', which are computed; or one number an atom, an array or a table, nan where there is none
---@field quantity? string what the numbers are: D2min, von_mises, five_fold, energy, activation, stress, ...; sets the title and the palette
---@field title? string above the legend, with the unit of the numbers
---@field limits? number[] of the colors; by default 1 % of the atoms lie below and 1 % above
---@field palette? "viridis"|"magma"|"cividis"|"blue-red"|"gray"|"ember" colors from low to high; blue-red is centered on zero. By default that of the quantity
---@field colors? table of species, as RRGGBB: { Cu = "cf8550" }
---@field radii? number|number[]|table<string, number> [A] a number for all, numbers by species or one an atom; by default those of the close-packed element
---@field radius_factor? number times the radii; by default 1, and 0.35 with bonds
---@field only? vitrum.Array|number[] atoms to show: their numbers, or a mask such as d.d2min:gt(5)
---@field hide? string|string[] species that are not shown
---@field slice? table [A] what to cut out: { z = { 10, 20 } } keeps a slab, for x and y likewise; { normal = { 1, 1, 0 }, at = 0 } what lies behind a plane `at` so far from the middle of the box, with `width` a slab around it
---@field wrap? boolean show atoms inside the box along periodic axes
---@field most? integer atoms that are drawn without asking; more need to be allowed here

--- Add a picture of atoms, as glass:picture draws it; 1000 x 700 pixels by default.
---@param atoms vitrum.Atoms
---@param options? vitrum.Report_picture_options
---@return vitrum.Report
function Report:picture(atoms, options) end

--- Add where everything comes from: lines "key: value" or pairs { key, value }.
---@param list any[]
---@return vitrum.Report
function Report:provenance(list) end

---@class vitrum.Report_results_options
---@field name? string "Tg from the volume"
---@field value? any number or text
---@field error? any standard error in the same unit
---@field unit? string "K"
---@field paper? any what the literature says, text or number, same unit
---@field source? string where it says so
---@field note? string what to keep in mind

--- Add the numbers of this run beside those of the literature. Each entry takes:
---@param list any[]
---@param caption? string
---@return vitrum.Report
function Report:results(list, caption) end

---@class vitrum.Report_save_options
---@field overwrite? boolean replace a file that this run did not write

--- Write the page to a file.
---@param path string
---@param options? vitrum.Report_save_options
---@return vitrum.Report
function Report:save(path, options) end

--- Begin a section.
---@param title string
---@return vitrum.Report
function Report:section(title) end

---@class vitrum.Report_table_options
---@field columns? table names with units
---@field rows? table lists of texts, numbers or { value = , error = }
---@field caption? string what the table shows

--- Add a table; columns that hold numbers alone are set flush right. Rows copied from the page paste into a spreadsheet.
---@param options vitrum.Report_table_options
---@return vitrum.Report
function Report:table(options) end

--- Add text; an empty line begins a new paragraph.
---@param text string
---@return vitrum.Report
function Report:text(text) end

---@class vitrum.Report_view_options
---@field caption? string what the view shows
---@field thin? integer show every such atom: 5 leaves a fifth of them; 1 shows all of however many
---@field still? boolean keep a picture in the page for browsers without WebGL, and for print; by default of up to 100,000 atoms
---@field color? any what the view opens with, as for glass:picture; or several to choose from, under their names: { D2min = d.d2min, energy = "energy" }; species can always be chosen. Of a trajectory all frames have the colors of the first
---@field quantity? string what the numbers are: D2min, von_mises, five_fold, energy, activation, stress, ...; sets the title and the palette
---@field title? string above the legend, with the unit of the numbers
---@field limits? any of the colors; of several { D2min = { 0, 5 } }
---@field palette? "viridis"|"magma"|"cividis"|"blue-red"|"gray"|"ember" colors from low to high; blue-red is centered on zero. By default that of the quantity
---@field colors? table of species, as RRGGBB: { Cu = "cf8550" }
---@field radii? number|number[]|table<string, number> [A] a number for all, or numbers by species; by default those of the close-packed element
---@field radius_factor? number times the radii; by default 1
---@field only? vitrum.Array|number[] atoms to show: their numbers, or a mask such as d.d2min:gt(5)
---@field hide? string|string[] species that are not shown
---@field slice? table [A] what to cut out of the first frame; the view itself cuts along the box vectors
---@field arrows? any displacements to draw from where the atoms are, over all that lies in front: those of an event, e.saddle or e.final of vt.art; { atoms = numbers, displacement = array }; or an array with x, y, z of every atom. Of a trajectory they are shown with the first frame; the picture that is kept for browsers without WebGL has none
---@field arrow_factor? number length of an arrow over its displacement
---@field arrow_above? number [A] atoms that are displaced by less have no arrow
---@field species? string|string[] elements of types 1, 2, ... as a list {"Cu", "Zr"}; needed when the file does not tell
---@field format? string data, dump, extxyz, poscar, xdatcar or cfg; by default the file's name tells
---@field skip? integer frames left out at the beginning
---@field stride? integer take every such frame from there on
---@field frames? integer take at most so many, for instance those before the place where a file is cut off

--- Add an interactive picture of atoms or of the frames of a trajectory: see vt.view.
---@param atoms vitrum.Atoms
---@param options? vitrum.Report_view_options
---@return vitrum.Report
function Report:view(atoms, options) end

--- Whether a stage is done.
---@param name string
---@return boolean
function Run:done(name) end

--- Lines that say where a file comes from: program, script, parameters, potential, date.
---@return any[]
function Run:header() end

--- Adds a line to log.txt.
---@param format string
---@param ... any
function Run:log(format, ...) end

---@class vitrum.Run_md_options
---@field name? string of this dynamics, for its checkpoint
---@field csv? string|false file that its runs share for their samples, false for none; by default each run has its own, named after it
---@field start? fun(...): ... function() -> atoms with a potential and velocities; by default those of p.glass, with random velocities where the file has none
---@field potential? any of the atoms; by default that of p.potential
---@field size? number of the sample against the one that the plan begins with, as the plan has it

--- Dynamics with checkpoints: a resumed protocol goes on and ends with the same bits. Takes what vt.md takes; unless given, temperature, pressure, timestep, seed and precision come from the parameters p of the same names, the atoms from p.glass. md:run(name, options) runs it.
---@param p table
---@param ensemble? any
---@return vitrum.Dynamics
function Run:md(p, ensemble) end

--- The path of a file in the run's folder, which from then on counts as the run's own. Names that end in .checkpoint are removed when the run is finished.
---@param name string
---@return string
function Run:path(name) end

--- Declares how much simulated time [ps] (or other work) the whole protocol takes, so that the progress bar shows the time left.
---@param total number
---@param options? table
function Run:plan(total, options) end

--- Reports how much of the plan is done; md:run does so by itself.
---@param done number
---@param what string
function Run:progress(done, what) end

--- The same on one line.
---@return string
function Run:provenance() end

--- A table of numbers in a CSV file that a resumed run goes on with. The first column never decreases.
---@param name string
---@param columns any
---@return vitrum.Record
function Run:record(name, columns) end

--- Removes a file of the run that was needed on the way and is no result: it counts as the run's no longer.
---@param name string
function Run:remove(name) end

--- Saves atoms to a file in the run's folder, with the provenance in it; options as of atoms:save.
---@param atoms vitrum.Atoms
---@param name string
---@param options? table
function Run:save(atoms, name, options) end

--- Adds a line to log.txt and prints it, unless quiet = true.
---@param format string
---@param ... any
function Run:say(format, ...) end

--- Runs f once in the life of the run and saves the table (values, arrays) that it returns; a resumed run gets the saved table and does not call f again. Put whatever takes long, or must not happen twice, into stages. work: how much of the plan the stage is; by default, that of the dynamics in it.
---@param name string
---@param f fun(...): ...
---@param work? any
---@return table
function Run:stage(name, f, work) end

--- Writes columns of numbers to a CSV file of the run, with the provenance in front.
---@param name string
---@param columns any
function Run:table(name, columns) end

--- Names the potential, with its checksum, in everything that is written from then on.
---@param potential vitrum.Potential
function Run:uses(potential) end

---@class vitrum.Run_value_options
---@field error? number standard error, in the same unit
---@field paper? any what the literature says, text or number
---@field source? string where it says so
---@field note? string what to keep in mind

--- Adds a number, or a finding in words, to run.json, the summary and the report; paper and source say what the literature has.
---@param name string
---@param value any
---@param unit? string
---@param options? vitrum.Run_value_options
function Run:value(name, value, unit, options) end

--- What plot draws, as a table for vt.plot and page:figure.
---@return table
function Spectra:figure() end

--- Draw the spectra side by side, each scaled to unit area; options as of vt.plot.
---@param options? table
---@return string
function Spectra:plot(options) end

--- Draw the mean barriers of the groups against their values; options as of vt.plot.
---@param options? table
---@return string
function Spectra:plot_means(options) end

--- The barrier -kT ln <exp(-E/kT)> that stands for all at a temperature (K); an array for several temperatures. For a Gaussian of many events it is mean - width^2/(2 kT).
---@param temperature number
---@return number
function Spectrum:effective(temperature) end

--- What plot draws, as a table for vt.plot and page:figure.
---@return table
function Spectrum:figure() end

--- Draw the histogram and the Gaussian through it; the options are those of vt.plot.
---@param options? table
---@return string
function Spectrum:plot(options) end

--- Place of the highest value of the total [1/A]: the usual q for the intermediate scattering function.
---@return number
function StructureFactor:peak() end

--- Draw S(q), with partial = true also of all pairs; the other options are those of vt.plot.
---@param options? table
---@return string
function StructureFactor:plot(options) end

--- A measure against x with error bars, as page:figure takes it; .plot is for vt.plot.
---@param measure any
---@return table
function Study:figure(measure) end

--- The means of the cases with their errors, as page:table takes them.
---@param measures? any
---@return table
function Study:table(measures) end

--- Draw the normalized function; options of vt.plot.
---@param options? table
---@return string
function VelocityAutocorrelation:plot(options) end

--- The mean squared displacements that harmonic vibrations about the same minimum would have, by vt.modes.displacement, whose options it takes: ratio is the mean msd of the dynamics over the harmonic one, score compares the logarithms atom by atom. Both agree within 10 % where runs are long against the slowest modes and no atom finds a second place; beyond, the glass is not harmonic at this temperature.
---@param options? table
---@return table
function Vibrations:harmonic(options) end

---@class vitrum.Vibrations_spectrum_options
---@field atoms? any whose spectrum: a species ("Cu"), a list or array of their numbers, or a mask; by default that of all
---@field window? "hann"|"gaussian"|"none" takes the autocorrelation to zero at its longest lag
---@field mass_weighted? boolean weigh velocities with the masses, which makes the spectrum of an alloy that of its modes; Fan, Ding and Ma do not. No matter within one species
---@field from? number [THz] the boson peak lies above this
---@field to? number [THz] and below this

--- Density of states g (1/THz, its integral is 1) at frequencies nu (THz) from the autocorrelation of velocities, g = 4 int c(t) cos(2 pi nu t) w(t) dt with a window w, of all atoms or of some. reduced is g(w)/w^2 with w = 2 pi nu in rad/ps (ps^3), flat for a Debye solid; boson_peak { frequency (THz), height (1e-6 ps^3), or reason } its maximum in a window of frequencies. Take time = 20 or more for vt.vibrations: the resolution is one over the longest lag (ps), in a small box waves leave gaps below it.
---@param options? vitrum.Vibrations_spectrum_options
---@return table
function Vibrations:spectrum(options) end

--- Give the memory back now instead of when it is collected.
function Voronoi:close() end

---@class vitrum.Voronoi_fraction_options
---@field species? string count atoms of this species only
---@field inside? boolean leave out atoms whose cell touches a wall

--- Share of atoms whose cell has this index, such as "0,0,12,0": the numbers of faces with 3, 4, 5 and 6 edges, and further ones if you give more. NaN when no atom is counted.
---@param index any
---@param options? vitrum.Voronoi_fraction_options
---@return number
function Voronoi:fraction(index, options) end

--- Mean number of atoms of species `neighbor` that share a face with an atom of species `center`; nil stands for any species.
---@param center any
---@param neighbor any
---@return number
function Voronoi:mean_coordination(center, neighbor) end

---@class vitrum.Voronoi_mean_five_fold_options
---@field species? string count atoms of this species only
---@field inside? boolean leave out atoms whose cell touches a wall

--- Mean degree of five-fold symmetry of the atoms counted; v.W is that of all.
---@param options vitrum.Voronoi_mean_five_fold_options
---@return number
function Voronoi:mean_five_fold(options) end

--- Nearest-neighbor pairs: every pair of atoms that share a face, once (a face in the way of thresholds is taken from the atom with the smaller number). atoms: pairs x 2; distance [A]; area of the face [A^2].
---@return table
function Voronoi:pairs() end

---@class vitrum.Voronoi_polyhedra_options
---@field species? string count atoms of this species only
---@field inside? boolean leave out atoms whose cell touches a wall
---@field top? integer how many kinds, at most

--- The kinds of cells by index, most frequent first.
---@param options vitrum.Voronoi_polyhedra_options
---@return any[]
function Voronoi:polyhedra(options) end

--- Index of the cell of atom i.
---@param i any
---@return string
function Voronoi:polyhedron(i) end

--- Angle of the point (x, y); radians.
---@param y vitrum.Array|number[]
---@param x vitrum.Array|number[]
---@return vitrum.Array
function vt.array.atan2(y, x) end

--- The arrays one after the other along an axis (the first if left out).
---@param options table
---@param ... any
---@return vitrum.Array
function vt.array.concatenate(options, ...) end

---@class vitrum.array_eye_options
---@field dtype? "float64"|"float32"|"int32"|"int64" type of the numbers

--- The identity matrix, n x n.
---@param n integer
---@param options? vitrum.array_eye_options
---@return vitrum.Array
function vt.array.eye(n, options) end

---@class vitrum.array_full_options
---@field dtype? "float64"|"float32"|"int32"|"int64" type of the numbers

--- An array with one value everywhere.
---@param value any
---@param n integer
---@param m any
---@param ... any
---@return vitrum.Array
function vt.array.full(value, n, m, ...) end

--- Square root of x^2 + y^2.
---@param x vitrum.Array|number[]
---@param y vitrum.Array|number[]
---@return vitrum.Array
function vt.array.hypot(x, y) end

---@class vitrum.array_linspace_options
---@field dtype? "float64"|"float32"|"int32"|"int64" type of the numbers

--- n numbers with equal distances, both ends included.
---@param first any
---@param last any
---@param n integer
---@param options? vitrum.array_linspace_options
---@return vitrum.Array
function vt.array.linspace(first, last, n, options) end

--- The larger of two elements; nan if either is.
---@param a any
---@param b any
---@return vitrum.Array
function vt.array.maximum(a, b) end

--- The smaller of two elements; nan if either is.
---@param a any
---@param b any
---@return vitrum.Array
function vt.array.minimum(a, b) end

---@class vitrum.array_normal_options
---@field dtype? "float64"|"float32"|"int32"|"int64" float64 or float32
---@field seed? integer the same seed gives the same numbers, on any machine
---@field mean? number mean
---@field sigma? number standard deviation

--- Random numbers of the normal distribution.
---@param n integer
---@param m any
---@param ... any
---@return vitrum.Array
function vt.array.normal(n, m, ...) end

---@class vitrum.array_ones_options
---@field dtype? "float64"|"float32"|"int32"|"int64" type of the numbers

--- An array of ones.
---@param n integer
---@param m any
---@param ... any
---@return vitrum.Array
function vt.array.ones(n, m, ...) end

---@class vitrum.array_permutation_options
---@field seed? integer the same seed gives the same numbers, on any machine

--- The numbers 1 to n in random order, as int64: a list of indices to select with.
---@param n integer
---@param options? vitrum.array_permutation_options
---@return vitrum.Array
function vt.array.permutation(n, options) end

---@class vitrum.array_random_options
---@field dtype? "float64"|"float32"|"int32"|"int64" type of the numbers
---@field seed? integer the same seed gives the same numbers, on any machine
---@field low? number lower end
---@field high? number upper end; an integer type includes it

--- Random numbers uniform in (low, high); of an integer type, whole numbers from low to high with both ends. Philox4x32-10.
---@param n integer
---@param m any
---@param ... any
---@return vitrum.Array
function vt.array.random(n, m, ...) end

---@class vitrum.array_range_options
---@field dtype? "float64"|"float32"|"int32"|"int64" type of the numbers

--- The numbers from first (1 if left out) to last in steps, both ends included, as the for loop of Lua counts.
---@param first? any
---@param last? any
---@param step? any
---@param options? vitrum.array_range_options
---@return vitrum.Array
function vt.array.range(first, last, step, options) end

--- Arrays of one shape side by side along a new axis (the first if left out).
---@param options table
---@param ... any
---@return vitrum.Array
function vt.array.stack(options, ...) end

--- Elements of a where the mask is not zero, of b elsewhere; each may be a number.
---@param mask vitrum.Array
---@param a any
---@param b any
---@return vitrum.Array
function vt.array.where(mask, a, b) end

---@class vitrum.array_zeros_options
---@field dtype? "float64"|"float32"|"int32"|"int64" type of the numbers

--- An array of zeros; the shape as numbers or as one table.
---@param n integer
---@param m any
---@param ... any
---@return vitrum.Array
function vt.array.zeros(n, m, ...) end

---@class vitrum.art_landscape_options
---@field edges? vitrum.Array|number[] of the windows of local von Mises strain; by default 0.05, 0.1, 0.15, 0.2 (Wang et al., Fig. 1)
---@field least? integer events of a window; one with fewer is joined to its neighbor
---@field title? any first line of the file: the glass, its cooling rate
---@field cooling_rate? number [K/s] that the glass was made at, for the file to tell
---@field seed? integer of the permutation of windows
---@field overwrite? boolean replace a file that this run did not write
---@field energy? number [eV] two events are the same when their barriers differ by less...
---@field distance? number [A] ...and their saddles by less, as the norm of the difference of all displacements
---@field start_distance? number [A] an event ends where it began when its final minimum is nearer to the start than that, with the same energy

--- Write the landscape file that vt.stz.lattice takes, from the events of snapshots of a glass under strain, each { events, strain }: the von Mises strain of every atom against the undeformed glass (vt.structure.deformation). Events are put into windows by the strain of the atom at their center; a window with fewer than 100 is joined to its neighbor. The file has mean and width without strain, the mean of each window with its error, histograms, shares of the volume, hashes of glass and potential, the eigenstrain, distinct events in 343 A^3. The result has mean, mean_error, permanent (kappa of mean exp(-kappa strain^2)), permanent_error, permuted and permuted_error (kappa of the same events dealt to the windows at random: 0 but for noise), density, eigenstrain (the moment of Events:eigenstrains, over all snapshots and the volume of a zone) and windows.
---@param path string
---@param snapshots any
---@param options? vitrum.art_landscape_options
---@return table
function vt.art.landscape(path, snapshots, options) end

--- Put the events of one store or a list of them, of one campaign, into the store `path`, which is made where there is none. A search that is there already is not added again; different counts those of them that tell something else.
---@param path string
---@param stores any
---@return table
function vt.art.merge(path, stores) end

--- The events of a store of saddle searches, as they are now; no potential is needed, and campaigns at work with the store go on. #store is the number of searches. The file is an SQLite database, which `sqlite3 events.db` shows: tables campaign, events, atoms, views progress, reasons, connected, spectrum, by_species.
---@param path string
---@return vitrum.Events
function vt.art.open(path) end

---@class vitrum.art_spectrum_options
---@field bins? integer intervals of the histogram; by default the width of Freedman and Diaconis (1981)
---@field range? number[] [eV] of the histogram

--- The spectrum of barriers (eV) that one has as numbers, all of them counted.
---@param barriers any
---@param options? vitrum.art_spectrum_options
---@return vitrum.Spectrum
function vt.art.spectrum(barriers, options) end

---@class vitrum.atoms_b2_options
---@field species? string|string[] two symbols: { "Cu", "Zr" }
---@field a? number [A] lattice constant
---@field cells? number|boolean|any[] unit cells along x, y, z: { 4, 4, 4 } or 4
---@field periodic? number|boolean|any[] true (default), false, or one for each axis

--- An ordered B2 (CsCl) crystal: the first species at the corners, the second in the centers.
---@param options? vitrum.atoms_b2_options
---@return vitrum.Atoms
function vt.atoms.b2(options) end

---@class vitrum.atoms_bcc_options
---@field species? string element symbol
---@field a? number [A] lattice constant
---@field cells? number|boolean|any[] unit cells along x, y, z: { 4, 4, 4 } or 4
---@field periodic? number|boolean|any[] true (default), false, or one for each axis
---@field composition? any instead of species: a solid solution, sites filled at random by seed
---@field masses? table [amu] masses of species that are no elements
---@field seed? integer of the random filling

--- A body-centered cubic crystal along x, y, z.
---@param options? vitrum.atoms_bcc_options
---@return vitrum.Atoms
function vt.atoms.bcc(options) end

--- symbol, number, mass [amu] (IUPAC 2021) and, where known, volume per atom of the solid [A^3].
---@param symbol string
---@return table
function vt.atoms.element(symbol) end

---@class vitrum.atoms_fcc_options
---@field species? string element symbol
---@field a? number [A] lattice constant
---@field cells? number|boolean|any[] unit cells along x, y, z: { 4, 4, 4 } or 4
---@field periodic? number|boolean|any[] true (default), false, or one for each axis
---@field composition? any instead of species: a solid solution, sites filled at random by seed
---@field masses? table [amu] masses of species that are no elements
---@field seed? integer of the random filling

--- A face-centered cubic crystal along x, y, z.
---@param options? vitrum.atoms_fcc_options
---@return vitrum.Atoms
function vt.atoms.fcc(options) end

---@class vitrum.atoms_frames_options
---@field species? string|string[] as for vt.atoms.read
---@field format? string as for vt.atoms.read
---@field columns? boolean keep columns that are no property of Atoms, in info.columns
---@field style? string LAMMPS data: the atom style, "atomic" or "charge"; needed where the file does not tell
---@field velocity_unit? string extended XYZ: "A/ps" (LAMMPS, units metal), "A/fs" (GPUMD, QUIP) or "ase"; needed where the header tells neither the program that wrote it nor the temperature

--- Read a trajectory frame by frame; memory does not grow with its length. A pattern stands for all files that match it, one after the other in the order of the numbers in their names: "dump.*", "melt.[0-9]*.xyz". With more than one thread the next frame is read while the script works on the last. XDATCAR holds positions folded into the cell: vt.structure.motion follows an atom correctly as long as it moves by less than half the cell from frame to frame. Blank lines in it, as VASP 5.2 writes them, are fine.
---@param path string
---@param options? vitrum.atoms_frames_options
function vt.atoms.frames(path, options) end

---@class vitrum.atoms_hcp_options
---@field species? string element symbol
---@field a? number [A] edge of the hexagon
---@field c? number [A] height of the cell; sqrt(8/3) a unless given
---@field cells? number|boolean|any[] unit cells along x, y, z: { 4, 4, 4 } or 4
---@field periodic? number|boolean|any[] true (default), false, or one for each axis
---@field composition? any instead of species: a solid solution, sites filled at random by seed
---@field masses? table [amu] masses of species that are no elements
---@field seed? integer of the random filling

--- A hexagonal close-packed crystal in its orthorhombic cell of 4 atoms: a, sqrt(3) a, c.
---@param options? vitrum.atoms_hcp_options
---@return vitrum.Atoms
function vt.atoms.hcp(options) end

---@class vitrum.atoms_random_options
---@field composition? string|table<string, number> shares in any unit: { Cu = 64, Zr = 36 } (species sorted by symbol) or "Cu64Zr36"
---@field n? integer number of atoms
---@field seed? integer of the random numbers
---@field number_density? number [1/A^3] atoms per volume of a cubic box; without it, density and box, that of the solid elements mixed
---@field density? number [g/cm^3] mass density of a cubic box, instead
---@field box? any [A] the box instead: an edge, three edges, or a table as glass:box() returns
---@field minimum_distance? number [A] least distance of two atoms; 0.9 times the cube root of the volume per atom unless given
---@field masses? table [amu] masses of species that are no elements: { A = 40 }

--- Random positions in a periodic box, pushed apart to a least distance: the start of a melt. Counts follow the composition by the largest remainder.
---@param options? vitrum.atoms_random_options
---@return vitrum.Atoms
function vt.atoms.random(options) end

---@class vitrum.atoms_read_options
---@field species? string|string[] elements of types 1, 2, ... as a list {"Cu", "Zr"}; needed when the file does not tell
---@field format? string data, dump, extxyz, poscar, xdatcar or cfg; by default the file's name tells
---@field frame? any which frame: 1 the first, -1 or "last" the last
---@field columns? boolean keep columns that are no property of Atoms, in info.columns
---@field style? string LAMMPS data: the atom style, "atomic" or "charge"; needed where the file does not tell
---@field velocity_unit? string extended XYZ: "A/ps" (LAMMPS, units metal), "A/fs" (GPUMD, QUIP) or "ase"; needed where the header tells neither the program that wrote it nor the temperature

--- Read one frame of a LAMMPS data or dump file, extended XYZ, POSCAR, XDATCAR or AtomEye's cfg, plain or as .gz, .zst, .xz. Atoms come in the order of their ids. info holds what else the file says: timestep, time (ps), energy (eV), stress (GPa, positive in tension), comment, columns, other entries as the file has them (Stress and Potential_energy of LAMMPS in the unit of its run). Columns of whole numbers are exact, as words where they are beyond 64 bits. Types called Cu_1 and Cu_2 are both Cu where their mass is copper's. In the place of options it is passed over, so that vt.structure.rdf(vt.atoms.read(path)) is fine.
---@param path string
---@param options? vitrum.atoms_read_options
---@return vitrum.Atoms
---@return any
function vt.atoms.read(path, options) end

--- Wall time from an arbitrary origin [s].
---@return number
function vt.clock() end

---@class vitrum.csv_create_options
---@field overwrite? boolean replace a file that this run did not write

--- Start a file of comma-separated values. columns is a list of names with units; provenance, a table or a text, is written in front as comments. The writer has writer:row(...), writer:flush() and writer:close(); a run that is killed keeps its rows.
---@param path string
---@param columns any
---@param provenance? any
---@param options? vitrum.csv_create_options
---@return vitrum.CsvWriter
function vt.csv.create(path, columns, provenance, options) end

--- Read comma-separated values with one line of column names. Columns are arrays under their names without unit (lists when they hold text); t.names, t.units, t.comments and #t say the rest. An empty cell is NaN, a cell in quotes is text.
---@param path string
---@return table
function vt.csv.read(path) end

---@class vitrum.descriptor_angular_options
---@field species? string|string[] of the neighbors, in the order of the columns; atoms of others are an error
---@field rmax? number [A] neighbors up to this distance form angles
---@field xi? any distances over which pairs of neighbors fade (A), a number or a list
---@field lambda? any which angles count, -1 to 1, a number or a list: 1 small ones, -1 large ones
---@field zeta? any how sharply, 0 or more, a number or a list

--- Angular structure functions of the surroundings of an atom (Cubuk et al. 2015): for each pair of species and each combination of xi, lambda and zeta the sum over neighbors j and k of these species of exp(-(r_ij^2 + r_jk^2 + r_ik^2)/xi^2) (1 + lambda cos theta)^zeta, with theta the angle between j and k seen from the atom. For two neighbors of one species both orders count.
---@param options vitrum.descriptor_angular_options
---@return vitrum.Angular
function vt.descriptor.angular(options) end

---@class vitrum.descriptor_chebyshev_options
---@field species? string|string[] of the neighbors, in the order of the columns; atoms of others are an error
---@field n_max? integer distances: Chebyshev polynomials of degree 0 to this
---@field l_max? integer angles: spherical harmonics of degree 0 to this
---@field rmax? number [A] cutoff, where all ends smoothly

--- Spherical Chebyshev descriptor of the surroundings of an atom (Su et al. 2022): P_nl = 4 pi/(2l + 1) sum over m of c_nlm^2 with c_nlm = sum over neighbors of w T_n(1 - 2r/rmax) (1 - (r/rmax)^2)^4 Y_lm. First with w = 1, and for more than one species once more with w = 1, -2, 3, -4 ... by the neighbor's species in the order given. It does not change when all turns or is mirrored. The species of the center does not count.
---@param options vitrum.descriptor_chebyshev_options
---@return vitrum.Chebyshev
function vt.descriptor.chebyshev(options) end

---@class vitrum.descriptor_first_peaks_options
---@field centers? any the atoms around which the peaks are sought, as for vt.structure.rdf: the stiffest 1 % in the source; by default all
---@field rmax? number [A] the first peak lies below this

--- Places of the first peaks of the pair distributions (A) by species of center and neighbor, for vt.descriptor.radial{ peaks = ... }. Take them from what a model learns from, never from the glass that tests it: the model keeps them.
---@param source any
---@param options? vitrum.descriptor_first_peaks_options
---@return table
function vt.descriptor.first_peaks(source, options) end

--- Read a descriptor from a file that the save of one wrote.
---@param path string
---@return vitrum.Radial
---@return vitrum.Angular|vitrum.Chebyshev
function vt.descriptor.load(path) end

---@class vitrum.descriptor_radial_options
---@field species? string|string[] of the neighbors, in the order of the columns; atoms of others are an error
---@field peaks? number|number[]|table<string, number> place of the first peak of the pair distribution by center and neighbor (A), { ["Cu-Zr"] = 2.8, ... }, as vt.descriptor.first_peaks gives it: distances are divided by it, so that rmin, rmax, step and sigma are in units of it. Zr-Cu is Cu-Zr where it is not given. By default distances are in A
---@field rmin? number first point of the grid; by default 1.8 A, or 0.6 with peaks
---@field rmax? number last point of the grid, and the cutoff; by default 6.6 A, or 3 with peaks
---@field sigma? number width of a neighbor's bell; by default 0.1 A, or 0.05 with peaks
---@field step? number from one point to the next; by default sigma

--- Radial structure functions of the surroundings of an atom (Fan, Ding, Ma 2020, equation 5): for each species of neighbors and each point r of a grid the sum over neighbors of exp(-(r - r_ij)^2/(2 sigma^2)). Distances are in A, or with peaks in units of the first peak of the pair of species, which makes models of one alloy fit others. The object prints what its columns are; labels is the list of their names, #d their number.
---@param options vitrum.descriptor_radial_options
---@return vitrum.Radial
function vt.descriptor.radial(options) end

---@class vitrum.engine_lammps_options
---@field ranks? integer processes among which LAMMPS divides the box; one is started without MPI
---@field program? string the LAMMPS program, sought on PATH; what VITRUM_LAMMPS in the environment names when not given, or else lmp
---@field launcher? string what starts several ranks, with its own arguments; -n and their number follow: "srun --exclusive"
---@field oversubscribe? boolean let mpirun (Open MPI) start more ranks than there are cores: to try things out
---@field arguments? string more of LAMMPS's command line, as "-sf opt"

--- LAMMPS as what moves the atoms, under MPI: for option engine of vt.md. The user's own program is started for each run and ends with it. Samples, files, checkpoints and Ctrl-C are as always; energies are vitrum's to 1e-10. Potentials: eam, eam/alloy, eam/fs without taper, Lennard-Jones, models of OpenKIM. Thermostat and barostat are LAMMPS's of the same names and start anew with each run; `conserved` counts what they exchange, but no work of strain and ramps. Trajectories do not repeat to the bit.
---@param options vitrum.engine_lammps_options
---@return vitrum.Lammps
function vt.engine.lammps(options) end

---@class vitrum.fit_equation_of_state_options
---@field form? "murnaghan"|"birch-murnaghan" of the curve

--- Equation of state through energies [eV] at five or more volumes [A^3], both of the same number of atoms, by least squares: volume [A^3] and energy [eV] of the minimum, the bulk modulus there [GPa] and its derivative by pressure, prime; rms is what the energies scatter by. state(V) is the energy at a volume or an array of them. Volumes that do not bracket the minimum raise an error. Murnaghan, Proc. Natl. Acad. Sci. 30, 244 (1944); Birch, Phys. Rev. 71, 809 (1947). Within 8 % of the volume both forms agree in the bulk modulus to about a percent.
---@param volume any
---@param energy any
---@param options? vitrum.fit_equation_of_state_options
---@return table
function vt.fit.equation_of_state(volume, energy, options) end

---@class vitrum.fit_fictive_temperature_options
---@field glass? number[] [K] window of the glass line
---@field liquid? table the equilibrium liquid, { temperature = array (K), property = array }: means of runs that were given time at each temperature
---@field degree? integer of the liquid: 1 is a straight line, 2 a parabola
---@field samples? integer bootstrap samples
---@field block? integer points per block of residuals; by default from their correlation
---@field vary? number each window is shortened at both ends by up to this part of its length
---@field seed? integer of the bootstrap

--- Fictive temperature [K] of a glass, at which the equilibrium liquid would have its state: the line through volume or enthalpy of the glass on heating, extrapolated to that of the liquid, which is a line or a parabola through runs of its own. The lower, the better the glass is relaxed. Errors as those of vt.fit.glass_transition; lines that are parallel or do not meet raise an error.
---@param temperature number
---@param property any
---@param options? vitrum.fit_fictive_temperature_options
---@param ... any
---@return table
function vt.fit.fictive_temperature(temperature, property, options, ...) end

--- Gaussian height exp(-(x - mean)^2/(2 width^2)) by least squares, all points alike: mean, width, height with their errors from the scatter, and area. g(x) is its value at a number or an array. For numbers themselves, not their histogram, mean and standard deviation are the better estimates.
---@param x vitrum.Array|number[]
---@param y vitrum.Array|number[]
---@return vitrum.Gaussian
function vt.fit.gaussian(x, y) end

---@class vitrum.fit_glass_transition_options
---@field glass? number[] [K] window of the glass line; at 1e13 K/s the glass transition is higher and so may this
---@field liquid? number[] [K] window of the liquid line
---@field samples? integer bootstrap samples
---@field block? integer points per block of residuals; by default from their correlation
---@field vary? number each window is shortened at both ends by up to this part of its length
---@field seed? integer of the bootstrap

--- Glass transition temperature [K] as the crossing of straight lines through volume or enthalpy of the glass and of the liquid. The error comes from resampling the residuals in blocks and the ends of the windows; the two parts are also given alone. Parallel lines raise an error. The default windows suit slow cooling; report the ones you choose.
---@param temperature number
---@param property any
---@param options? vitrum.fit_glass_transition_options
---@return table
function vt.fit.glass_transition(temperature, property, options) end

---@class vitrum.fit_line_options
---@field error? any standard deviation of y, a number or one per point; standard errors then follow from it alone
---@field weights? any relative weights, one per point; standard errors then follow from the scatter

--- Straight line by least squares: line.intercept, line.slope, their standard errors (intercept_error, slope_error; nan for two points, which leave no scatter), covariance, chi2, r2, n. line(x) is its value, line:predict(x) value and standard error.
---@param x vitrum.Array|number[]
---@param y vitrum.Array|number[]
---@param options? vitrum.fit_line_options
---@return vitrum.Line
function vt.fit.line(x, y, options) end

---@class vitrum.fit_polynomial_options
---@field degree? integer highest power of x
---@field error? any standard deviation of y, a number or one per point; standard errors then follow from it alone
---@field weights? any relative weights, one per point; standard errors then follow from the scatter

--- Polynomial by least squares: coefficients[k] belongs to x^(k-1), with errors and covariance; p(x) is its value.
---@param x vitrum.Array|number[]
---@param y vitrum.Array|number[]
---@param options? vitrum.fit_polynomial_options
---@return vitrum.Polynomial
function vt.fit.polynomial(x, y, options) end

---@class vitrum.fit_vft_options
---@field samples? integer of the bootstrap, 20 to 100000
---@field seed? integer of the bootstrap
---@field times? vitrum.Array|number[] [ps] relaxation times that define a glass transition: 10 ns, and 100 s

--- The equation of Vogel, Fulcher and Tammann, tau = tau0 exp(B T0/(T - T0)), through relaxation times tau [ps] at five or more temperatures [K], by least squares in the logarithm of tau: tau0 [ps], B, T0 [K] with T0_error, B_error and log_tau0_error (decades) from a bootstrap of the residuals; vft(T) is the time at T. glass has, for each of the times, the temperature at which tau is that long and the fragility m = d log10 tau/d(Tg/T) there, with temperature_error and fragility_error. A transition far below the temperatures is an extrapolation, whose error the bootstrap of this one equation understates. lost counts resampled sets that no such curve fits.
---@param temperature number
---@param tau any
---@param options? vitrum.fit_vft_options
---@return table
function vt.fit.vft(temperature, tau, options) end

--- Shows the topics, or what is known of one function, type or object; words of the field lead to the pages that they belong to. Protocols and lessons are found, too. vt.help and, in the program, a global. On a terminal long pages go through $PAGER, else less or more.
---@param name? string
function vt.help(name) end

---@class vitrum.learn_committee_options
---@field members? integer how many
---@field networks? any list of files of potentials that are there, instead of data and all other options
---@field data? any file or list of files with frames that have an energy (eV, of all atoms together) and forces (eV/A), as extended XYZ
---@field species? string|string[] elements that the potential is for; their order is that of the descriptor
---@field test? any file or list of files for the test set; by default it is a part of the data
---@field seed? integer of the first weights and of the sets
---@field layers? any numbers in the hidden layers
---@field activation? "silu"|"tanh" what bends between layers
---@field n_max? integer of the descriptor, see vt.descriptor.chebyshev
---@field l_max? integer of the descriptor
---@field rmax? number [A] cutoff of the descriptor
---@field energy_weight? number of squared errors of energies per atom (eV) in the loss
---@field force_weight? number of mean squared errors of forces (eV/A) in the loss; 0 to learn energies alone
---@field penalty? number half of this times the sum of squared weights is added to the loss
---@field folds? integer parts of the data, stratified by formation energy
---@field fold? integer the part that is the test set; the next one is the stop set
---@field block? integer frames of one config_type (or tag) that follow each other and stay in one set; those whose `group` is the same do so however many they are

--- Several network potentials that are to learn from the same data. Member k has the seed seed + k - 1 and the next fold as its test set, so that the scatter of the errors of test sets is that of a k-fold cross-validation, and where the members disagree about forces none of them knows. With networks = { files } one of potentials that are there.
---@param options vitrum.learn_committee_options
---@return vitrum.Committee
function vt.learn.committee(options) end

--- How often samples of each class (numbers or texts) are taken for each: counts[i][j] samples of classes[i] were predicted to be classes[j]. accuracy is the share of those that are right.
---@param y vitrum.Array|number[]
---@param predicted any
---@return table
function vt.learn.confusion(y, predicted) end

---@class vitrum.learn_cross_validation_options
---@field kind? "regression"|"classification" as vt.learn.svr or as vt.learn.svc
---@field C? any values to try
---@field epsilon? any values to try, each with each C; of no meaning for a classification
---@field folds? integer number of parts
---@field groups? vitrum.Array|number[] what each sample belongs to, as the number or name of its glass: samples of one group are never parted. Atoms of one glass are no independent test of each other, since neighbors look alike
---@field seed? integer of the random choice
---@field tolerance? number of the gradient, relative to that at w = 0 (LIBLINEAR's -e)
---@field iterations? integer passes over the samples allowed
---@field bias? any a last feature that has this value in every sample; its weight is regularized like the others (LIBLINEAR's -B). false: none, the model goes through the origin
---@field scale? boolean learn from features less their mean, by their standard deviation, each. Weights and bias are given for the features as they are, the objective is that of scaled ones. A feature that is the same in all samples gets the weight 0
---@field weights? vitrum.Array|number[] a factor of C for each sample, 0 or more

--- How well samples are predicted by models that did not see them: the samples are cut into folds, and a model is learned without each. A list with an entry for each pair of C and epsilon: pearson, mean_square and rmse over all samples (accuracy for a classification), error, the standard error of the former over the folds, converged. best is the entry with the highest pearson or accuracy. With groups the samples of a group share a fold, which is the honest way where samples of one glass look alike. Scaling uses all samples.
---@param x vitrum.Array|number[]
---@param y vitrum.Array|number[]
---@param options? vitrum.learn_cross_validation_options
---@return vitrum.CrossValidation
function vt.learn.cross_validation(x, y, options) end

---@class vitrum.learn_flexibility_options
---@field C? any a number, or a list from which the cross-validation chooses for each species
---@field epsilon? number deviations of ln v_flex up to this cost nothing
---@field stiffest? number share of the atoms of a species around which the first peaks are taken, the stiffest, but 200 of each glass at least
---@field rmax? number last point of the structure functions, in units of the first peaks
---@field sigma? number their width and step, in the same units
---@field seed? integer of the folds of the cross-validation

--- Learns from vibrations of glasses how the flexibility of an atom follows from where its neighbors are (Fan, Ding and Ma 2020): for each species a linear support vector regression of ln v_flex on radial structure functions, whose distances are in units of the first peaks around the stiffest atoms. list: results of vt.vibrations, or tables { atoms, v_flex } that may also have cooling_rate, name, runs, time, temperature for the record. The models print what they learned from and how well they did on glasses left out.
---@param list any[]
---@param options? vitrum.learn_flexibility_options
---@return vitrum.Flexibility
function vt.learn.flexibility(list, options) end

---@class vitrum.learn_folds_options
---@field folds? integer number of parts
---@field groups? vitrum.Array|number[] what each sample belongs to, as the number or name of its glass: samples of one group are never parted. Atoms of one glass are no independent test of each other, since neighbors look alike
---@field seed? integer of the random choice

--- Part samples at random into folds of about the same size; the number of the fold of each, from 1. With groups the samples of a group share a fold.
---@param samples any
---@param options? vitrum.learn_folds_options
---@return any
function vt.learn.folds(samples, options) end

---@class vitrum.learn_guard_options
---@field margin? number how far beyond the range is still inside, in standard deviations of the input over the training set
---@field atoms? integer so many atoms outside are too many
---@field save? string|false extended XYZ file to which the frames that are outside are added, to be computed and learned from
---@field stop? boolean end the run; false: warn once and let it go on

--- A guard of a network potential, which knows the least and the largest value of each input in its training set: where an atom's surroundings are beyond them the network guesses.
---@param potential vitrum.Potential
---@param options? vitrum.learn_guard_options
---@return vitrum.Guard
function vt.learn.guard(potential, options) end

---@class vitrum.learn_inspect_options
---@field outlier? number an energy is far from the others when it is so many robust standard deviations (1.4826 times the median deviation) off what the composition explains
---@field force? number [eV/A] largest force on an atom that does not look like a collision
---@field isolated? number [A] an atom without a neighbor this near is alone

--- What is odd in frames before a network learns from them, each by file and frame: duplicates (the same numbers of atoms, energy, box, positions and forces), outliers (energies per atom off what the composition explains, of ten frames and more), forces (collisions, with the atom), isolated (atoms without a neighbor), stress (pairs of frames that differ by strain alone, and ratio, the change of their energy over what their stresses say: 1 where sign and units are right). Printed, it shows the first of each.
---@param files any
---@param options? vitrum.learn_inspect_options
---@return vitrum.DataReport
function vt.learn.inspect(files, options) end

--- Read a model that LinearModel:save wrote, or a model file of LIBLINEAR for one of its support vector machines (solvers 1, 2, 3, 11, 12 and 13, two classes).
---@param path string
---@return vitrum.LinearModel
function vt.learn.load(path) end

--- Models of structural flexibility that come with the program, "CuZr", or those of a file that Flexibility:save wrote. They print their record: potentials, glasses, scores.
---@param name string
---@return vitrum.Flexibility
function vt.learn.model(name) end

---@class vitrum.learn_network_options
---@field data? any file or list of files with frames that have an energy (eV, of all atoms together) and forces (eV/A), as extended XYZ
---@field species? string|string[] elements that the potential is for; their order is that of the descriptor
---@field test? any file or list of files for the test set; by default it is a part of the data
---@field seed? integer of the first weights and of the sets
---@field layers? any numbers in the hidden layers
---@field activation? "silu"|"tanh" what bends between layers
---@field n_max? integer of the descriptor, see vt.descriptor.chebyshev
---@field l_max? integer of the descriptor
---@field rmax? number [A] cutoff of the descriptor
---@field energy_weight? number of squared errors of energies per atom (eV) in the loss
---@field force_weight? number of mean squared errors of forces (eV/A) in the loss; 0 to learn energies alone
---@field penalty? number half of this times the sum of squared weights is added to the loss
---@field folds? integer parts of the data, stratified by formation energy
---@field fold? integer the part that is the test set; the next one is the stop set
---@field block? integer frames of one config_type (or tag) that follow each other and stay in one set; those whose `group` is the same do so however many they are

--- A network potential that is to learn from atoms with known energies and forces: spherical Chebyshev descriptors and one network for each species. The data are divided into a training set, which the loss is made of, a stop set, which says when it is enough, and a test set, which is for the end. Frames that follow each other stay together. The loss is 1/2 sum over frames of [energy_weight e^2 + force_weight df^2] + penalty/2 times the sum of squared weights, e the error of the energy per atom (eV) and df^2 the mean square of that of force components (eV/A). A warning tells energies that look like those per atom, where frames differ in size. Fields: parameters, samples (by set), frames, errors, curve, potential.
---@param options vitrum.learn_network_options
---@return vitrum.Network
function vt.learn.network(options) end

---@class vitrum.learn_read_n2p2_options
---@field length_unit? "bohr"|"A" of positions and lattice; most files that come with n2p2 are in bohr
---@field energy_unit? "hartree"|"eV" of energies; forces are in this over the unit of length
---@field overwrite? boolean replace a file that this run did not write

--- Writes the frames of a file of n2p2 or RuNNer (input.data) as extended XYZ in eV and angstrom, for vt.learn.network. Forces keep their sign: both are forces, not gradients. Comments become config_type. Such files have no stress, and do not say their units.
---@param path string
---@param target any
---@param options? vitrum.learn_read_n2p2_options
---@return number
function vt.learn.read_n2p2(path, target, options) end

---@class vitrum.learn_read_svmlight_options
---@field features? integer columns to make; by default as many as the file has. Give it for samples that a model shall predict: the last features may be zero in all of them, and so not in the file
---@field from_zero? boolean the file counts features from 0 instead of 1

--- Samples from a file in the format of SVMlight, libsvm and LIBLINEAR, plain or packed: features (samples by features, float64) and targets or labels. A line for each sample, its target and index:value for each feature that is not zero.
---@param path string
---@param options? vitrum.learn_read_svmlight_options
---@return vitrum.Array|number[]
---@return vitrum.Array|number[]
function vt.learn.read_svmlight(path, options) end

--- How well numbers are predicted: Pearson's correlation coefficient (nan where one side is constant), root mean square and mean absolute error.
---@param y vitrum.Array|number[]
---@param predicted any
---@return table
function vt.learn.score(y, predicted) end

---@class vitrum.learn_split_options
---@field test? number share of the samples to be kept for the test
---@field groups? vitrum.Array|number[] what each sample belongs to, as the number or name of its glass: samples of one group are never parted. Atoms of one glass are no independent test of each other, since neighbors look alike
---@field seed? integer of the random choice

--- Part samples at random into those that teach and those that test: the numbers of either, rising. samples is their number, or an array with an entry for each. With groups whole groups go to either side, the nearest to the share asked for and at least one: the number to quote for a glass is the one for glasses never seen.
---@param samples any
---@param options? vitrum.learn_split_options
---@return any
---@return any
function vt.learn.split(samples, options) end

---@class vitrum.learn_svc_options
---@field C? number weight of the losses against that of simple weights: 1/2 w.w + C sum loss
---@field descriptor? any what made the features, as vt.descriptor.radial{...}: then the model keeps it, and predicts from atoms, too
---@field centers? any the species of the atoms that it learns from, beside the descriptor: then it predicts atoms of that species alone
---@field tolerance? number of the gradient, relative to that at w = 0 (LIBLINEAR's -e)
---@field iterations? integer passes over the samples allowed
---@field bias? any a last feature that has this value in every sample; its weight is regularized like the others (LIBLINEAR's -B). false: none, the model goes through the origin
---@field scale? boolean learn from features less their mean, by their standard deviation, each. Weights and bias are given for the features as they are, the objective is that of scaled ones. A feature that is the same in all samples gets the weight 0
---@field weights? vitrum.Array|number[] a factor of C for each sample, 0 or more

--- Linear support vector classification: the weights w that minimize 1/2 w.w + C sum max(0, 1 - s w.x)^2 (LIBLINEAR's solver 2), where s is -1 for samples of the smaller label (the first by the alphabet) and 1 for the other. y: one of two numbers or texts for each sample. The model has weights (one for each feature), bias (what is added to w.x), objective (LIBLINEAR's), gradient (relative to that at w = 0), iterations, converged, vectors (the number of support vectors), and classes, that of negative and of positive w.x.
---@param x vitrum.Array|number[]
---@param y vitrum.Array|number[]
---@param options? vitrum.learn_svc_options
---@return vitrum.LinearModel
function vt.learn.svc(x, y, options) end

---@class vitrum.learn_svr_options
---@field C? number weight of the losses against that of simple weights: 1/2 w.w + C sum loss
---@field epsilon? number deviations up to this cost nothing, in the unit of y
---@field descriptor? any what made the features, as vt.descriptor.radial{...}: then the model keeps it, and predicts from atoms, too
---@field centers? any the species of the atoms that it learns from, beside the descriptor: then it predicts atoms of that species alone
---@field tolerance? number of the gradient, relative to that at w = 0 (LIBLINEAR's -e)
---@field iterations? integer passes over the samples allowed
---@field bias? any a last feature that has this value in every sample; its weight is regularized like the others (LIBLINEAR's -B). false: none, the model goes through the origin
---@field scale? boolean learn from features less their mean, by their standard deviation, each. Weights and bias are given for the features as they are, the objective is that of scaled ones. A feature that is the same in all samples gets the weight 0
---@field weights? vitrum.Array|number[] a factor of C for each sample, 0 or more

--- Linear support vector regression: the weights w that minimize 1/2 w.w + C sum max(0, |w.x - y| - epsilon)^2 (LIBLINEAR's solver 11), by Newton's method on the primal problem. x: samples by features, float32 or float64 (both are used in place); y: a number for each sample. The model has weights (one for each feature), bias (what is added to w.x), objective (LIBLINEAR's), gradient (relative to that at w = 0), iterations, converged, vectors (the number of support vectors).
---@param x vitrum.Array|number[]
---@param y vitrum.Array|number[]
---@param options? vitrum.learn_svr_options
---@return vitrum.LinearModel
function vt.learn.svr(x, y, options) end

---@class vitrum.learn_write_svmlight_options
---@field overwrite? boolean replace a file that this run did not write

--- Write features and targets to a file in the format of SVMlight, libsvm and LIBLINEAR, so that they read back the same; a name that ends in .gz is packed.
---@param path string
---@param x vitrum.Array|number[]
---@param y vitrum.Array|number[]
---@param options? vitrum.learn_write_svmlight_options
function vt.learn.write_svmlight(path, x, y, options) end

---@class vitrum.md_options
---@field timestep? number [ps] time of one step
---@field ensemble? "nve"|"nvt"|"npt"|"nph"|"langevin" what is held: nothing, temperature, temperature and pressure, pressure alone; langevin is nvt with the Langevin thermostat
---@field thermostat? "nose-hoover"|"langevin" of nvt and npt: a Nose-Hoover chain or Langevin noise
---@field temperature? number [K] target; atoms that are all at rest are given velocities for it
---@field temperature_damping? number [ps] relaxation time of the thermostat; for Langevin the inverse friction
---@field chain? integer length of the Nose-Hoover chain, 1 to 8
---@field chain_steps? integer Suzuki-Yoshida sub-steps of the chain: 1, 3 or 5
---@field barostat? "isotropic"|"axes"|"triclinic" how the box follows: one factor for all axes, each axis on its own, or all six components
---@field pressure? number [GPa] target, positive in compression; 0 when neither pressure nor stress is given
---@field stress? table<string, number> [GPa] targets by component, positive in tension: { xx = 1, zz = 0 }. Without `barostat` the components not named stay fixed; with it they are held at the pressure (axes) or 0 (shear)
---@field pressure_damping? number [ps] relaxation time of the barostat
---@field seed? integer of Langevin noise and of initial velocities
---@field skin? number [A] reach of the neighbor list beyond the cutoff; chosen by the potential when not given
---@field precision? "double"|"mixed" of pair terms: mixed computes them in single precision and sums in double, which is faster; forces are good to 1e-5 eV/A at thermal distances, and to 2e-4 of the force between atoms that are much closer
---@field engine? any what moves the atoms, made by vt.engine.lammps; this program itself when not given

--- Molecular dynamics of the atoms under their potential: velocity Verlet; Nose-Hoover chains (Martyna 1992), Langevin noise (BAOAB, Leimkuhler and Matthews 2013), the barostat of Martyna, Tobias and Klein (1994) with any stress component held, strain rates. The total momentum is removed at the start. Nothing moves before md:run.
---@param atoms vitrum.Atoms
---@param options? vitrum.md_options
---@return vitrum.MD
function vt.md(atoms, options) end

--- Restores a checkpoint: the atoms and the dynamics as they were, to the last bit. The second argument may be a potential, or atoms to restore into; without it the potential's file is read again, from its folder or from those of vt.potential.path(). A run that LAMMPS carried out goes on there with as many ranks; `engine` chooses another engine, false none. md:resume() then finishes a run that was cut short.
---@param path string
---@param options? table
---@return vitrum.Atoms
---@return vitrum.MD
function vt.md_restore(path, options) end

--- Moduli of 6 x 6 elastic constants (GPa), averaged over all directions: voigt (equal strain, an upper bound), reuss (equal stress, a lower bound) and hill (the mean of both), each with bulk, shear, young (GPa) and poisson; anisotropy is 0 for an isotropic sample.
---@param c any
---@return table
function vt.mechanics.averages(c) end

---@class vitrum.mechanics_elastic_options
---@field atoms? boolean the part of each atom, too: 36 numbers an atom
---@field strain? number to both sides, where a potential leaves second derivatives to differences (models of OpenKIM), 1e-7 to 0.01
---@field minimize? boolean at 0 K: take a copy of the atoms to its inherent structure first, in the box as it is; false: they are in a minimum already
---@field fmax? number [eV/A] at 0 K: goal of that minimization
---@field tolerance? number at 0 K: of the linear equations for the motion of the atoms: norm of the forces left over by that of those to be balanced, 1e-12 to 0.1
---@field rounds? integer at 0 K: steps of conjugate gradients allowed
---@field temperature? number [K] of dynamics in a fixed box, in which stress fluctuates; without it the constants are those at 0 K
---@field time? number [ps] at a temperature: to measure, of each run
---@field accuracy? number [GPa] at a temperature: end as soon as the standard errors of Young's, shear and bulk modulus are all at most this
---@field runs? integer at a temperature: runs one after the other, each with new velocities
---@field pressure? any [GPa] at a temperature: of the box, which is the mean box of dynamics at that pressure; false keeps the box as it is
---@field equilibrate? number [ps] at a temperature: dynamics before all else; the second half gives the box
---@field settle? number [ps] at a temperature: dynamics with new velocities before each run
---@field every? number [ps] at a temperature: time between instants at which the stress is taken; 0.01 unless given, 0.02 where stresses of atoms are taken, too
---@field born_every? number [ps] at a temperature: time between instants at which the Born term is taken, which hardly fluctuates
---@field block? number [ps] at a temperature: time between two looks at the result, and the shortest block that errors are taken from
---@field timestep? number [ps] at a temperature: of the dynamics
---@field seed? integer at a temperature: of velocities and of the noise of the thermostat (Langevin)
---@field sample? fun(...): ... function called at the end of each block with the result so far: time (ps, measured in all runs), run, temperature (K), stress.xx ... stress.xy (GPa), C11 ... C66, young, shear, bulk (GPa), poisson, each with its error, young_error; returning false ends the run
---@field csv? string|false file for the samples
---@field checkpoint? string|false file that vt.mechanics.elastic_resume goes on from; written periodically, at the end, and after an error, Ctrl-C or SIGTERM
---@field checkpoint_every? number [s] wall time between two checkpoints
---@field log? any true, or a list of quantities: print them at each sample, as a table on a terminal, as plain lines elsewhere, with the plan, the estimated time and how it ended
---@field plot? any a quantity of the samples, "volume", or a list of two: draw its curve while the job runs, in place on a terminal; elsewhere print it as `log` does
---@field overwrite? boolean replace files that this process did not write
---@field provenance? any comment lines for the csv

--- Elastic constants at 0 K of the inherent structure, by second derivatives (Lutsko 1989): what strain costs when every atom is free to find its place. With temperature, those at that temperature by stress fluctuations (Squire, Holt and Hoover 1969). The atoms stay as they are. The result has C (6 x 6, GPa, rows and columns xx yy zz yz xz xy), born (when atoms follow the strain) and nonaffine (C - born); young, shear, bulk (GPa), poisson and anisotropy (0: isotropic; Ranganathan and Ostoja-Starzewski 2008) of the mean over all directions by Hill, and the same in voigt, reuss, hill; stress (GPa) and under_stress, the change of stress by strain in a sample that is not free of it; atoms, the inherent structure; with atoms = true also atom (n x 6 x 6), the part of each, counted with the mean volume, whose mean is C. fmax, residual, rounds, converged tell how well it went, stable whether there are moduli. The box must be periodic along all axes; where stress matters relax it first: vt.minimize(glass, { pressure = 0, box = "triclinic" }). At a temperature dynamics at the pressure gives the box, dynamics in it the constants: C = born + fluctuation + kinetic, with fluctuation = -V/kT times the covariance of the stress of the potential, and nonaffine both together. There are errors C_error, young_error and so on, standard errors by blocks of time, which leave out what a longer run would still discover; young, shear, bulk and poisson are Hill's means without the bias that noise gives them (jackknife); stress with its kinetic part, mean_temperature, volume, time, runs, blocks and running, arrays of the result so far after each block. A sample whose stress drifts, since it ages or flows, shows constants that fall with time.
---@param atoms vitrum.Atoms
---@param options? vitrum.mechanics_elastic_options
---@return vitrum.Elastic
function vt.mechanics.elastic(atoms, options) end

---@class vitrum.mechanics_elastic_resume_options
---@field potential? any the potential that it was made with, when its file is not found any more
---@field sample? fun(...): ... function called at the end of each block with the result so far: time (ps, measured in all runs), run, temperature (K), stress.xx ... stress.xy (GPa), C11 ... C66, young, shear, bulk (GPa), poisson, each with its error, young_error; returning false ends the run
---@field csv? string|false file for the samples
---@field checkpoint? string|false file that vt.mechanics.elastic_resume goes on from; written periodically, at the end, and after an error, Ctrl-C or SIGTERM
---@field checkpoint_every? number [s] wall time between two checkpoints
---@field log? any true, or a list of quantities: print them at each sample, as a table on a terminal, as plain lines elsewhere, with the plan, the estimated time and how it ended
---@field plot? any a quantity of the samples, "volume", or a list of two: draw its curve while the job runs, in place on a terminal; elsewhere print it as `log` does
---@field overwrite? boolean replace files that this process did not write
---@field provenance? any comment lines for the csv

--- Finishes elastic constants at a temperature that Ctrl-C, an error or the end of the program cut short, from their checkpoint: the result is that of a run in one. Its csv goes on where it lies beside the checkpoint.
---@param path string
---@param options? vitrum.mechanics_elastic_resume_options
---@return vitrum.Elastic
function vt.mechanics.elastic_resume(path, options) end

---@class vitrum.mechanics_material_options
---@field depth? number [A] atoms nearer than this to the outermost one count as surface; at most a quarter of the thickness
---@field cells? any vt.structure.voronoi(atoms), where it is there already

--- The room that the material takes in a box with free axes: the volume (A^3) that its atoms would have inside it, from the Voronoi cells of those of their species far from the surfaces, as Gibbs's dividing surface has it; fraction, that of the box; thickness (A) of a slab. Stresses of atoms and dynamics are those of the whole box, vacuum included: divide them by fraction. Does not depend on how much vacuum there is.
---@param atoms vitrum.Atoms
---@param options? vitrum.mechanics_material_options
---@return table
function vt.mechanics.material(atoms, options) end

---@class vitrum.mechanics_quasistatic_options
---@field strain? table<string, number> to reach, by component: { xy = 0.2 } or { zz = 0.1 }. Elongations are engineering strains, shears tilt the box as LAMMPS does; with several, all grow in proportion
---@field lateral? "fixed"|"free" other axes of the box: they stay, or follow so that their stress is 0
---@field step? number of the largest component, between two minima; up to 0.01
---@field resolution? number of strain, to which the place of an event is found
---@field drop? number [eV] energy lost, beyond the work done, that makes an event
---@field fmax? number [eV/A] goal of the minimizations
---@field cutoff? number [A] of neighbors in D2min of events
---@field sample? fun(...): ... function called with each minimum: strain, energy (eV), stress.xx ... stress.xy (GPa), volume (A^3), fmax, evaluations, events; returning false ends the run
---@field csv? string|false file for the samples
---@field checkpoint? string|false file that vt.mechanics.quasistatic_resume goes on from; written periodically, at the end, and after an error, Ctrl-C or SIGTERM
---@field checkpoint_every? number [s] wall time between two checkpoints
---@field log? any true, or a list of quantities: print them at each sample, as a table on a terminal, as plain lines elsewhere, with the plan, the estimated time and how it ended
---@field plot? any a quantity of the samples, "volume", or a list of two: draw its curve while the job runs, in place on a terminal; elsewhere print it as `log` does
---@field overwrite? boolean replace files that this process did not write
---@field provenance? any comment lines for the csv

--- Athermal quasistatic strain: box and atoms are strained in small steps, each followed by a minimization (Maloney and Lemaitre 2006). Arrays strain, energy (eV), stress.xx ... stress.xy (GPa), volume (A^3), fmax, evaluations, one number for each minimum, the first at strain 0; events, each with strain, lost (eV turned into heat), energy_drop, stress_drop (GPa), d2min (the largest, A^2), atoms (how many take part: the participation number of D2min) and center (A). Between events energy changes by the work done. The atoms end in the last minimum; start from a minimum, and without stress where that matters. What a kill cut short vt.mechanics.quasistatic_resume finishes, to the same bits.
---@param atoms vitrum.Atoms
---@param options? vitrum.mechanics_quasistatic_options
---@param ... any
---@return vitrum.Quasistatic
function vt.mechanics.quasistatic(atoms, options, ...) end

---@class vitrum.mechanics_quasistatic_resume_options
---@field potential? any the potential that it was made with, when its file is not found any more
---@field sample? fun(...): ... function called with each minimum: strain, energy (eV), stress.xx ... stress.xy (GPa), volume (A^3), fmax, evaluations, events; returning false ends the run
---@field csv? string|false file for the samples
---@field checkpoint? string|false file that vt.mechanics.quasistatic_resume goes on from; written periodically, at the end, and after an error, Ctrl-C or SIGTERM
---@field checkpoint_every? number [s] wall time between two checkpoints
---@field log? any true, or a list of quantities: print them at each sample, as a table on a terminal, as plain lines elsewhere, with the plan, the estimated time and how it ended
---@field plot? any a quantity of the samples, "volume", or a list of two: draw its curve while the job runs, in place on a terminal; elsewhere print it as `log` does
---@field overwrite? boolean replace files that this process did not write
---@field provenance? any comment lines for the csv

--- Finishes quasistatic strain that Ctrl-C, SIGTERM, an error or the end of the program cut short, from its checkpoint: minima and events are those of a run in one, to the last bit. Its csv goes on where it lies beside the checkpoint; atoms of the result are the atoms.
---@param path string
---@param options? vitrum.mechanics_quasistatic_resume_options
---@return vitrum.Quasistatic
function vt.mechanics.quasistatic_resume(path, options) end

---@class vitrum.mechanics_shear_band_options
---@field load? "xx"|"yy"|"zz"|"yz"|"xz"|"xy" the strain imposed: bands in tension or compression along y (yy) lie at some 45 degrees to it, in shear yz along the planes across y or z
---@field width? number [A] of the slabs of the profile

--- The strongest shear band in a strained sample, in von Mises strain or D2min of its atoms: of the planes in which one may lie, at 31 to 59 degrees to the axis in tension and compression or right across it, along the shear planes in shear, those whose profile stands out most; as Profile:band, with the angle (degrees) between band and axis and width (A) across the band. Where the box is periodic, only planes that close on themselves. A contrast says little alone: compare it with that of a small strain.
---@param atoms vitrum.Atoms
---@param values any
---@param options? vitrum.mechanics_shear_band_options
---@return table
function vt.mechanics.shear_band(atoms, values, options) end

---@class vitrum.mechanics_stress_strain_options
---@field elastic? number the modulus is the slope of the least-squares line from strain 0 to this
---@field offset? number yield by offset: where the curve crosses that line moved to the right by this
---@field yield_before? number the yield stress is the largest one up to this strain
---@field flow_from? number the flow stress is the mean from here
---@field flow_to? number to here
---@field smooth? number yield is sought in running means over so much strain: the largest of noisy stresses is mostly noise

--- What a stress-strain curve says (strain from 0, stress in GPa): modulus, the slope at its beginning, and residual, the stress of that line at strain 0; yield_stress and yield_strain, the maximum, with yielded = false where the stress still rises at the end; offset_stress and offset_strain, yield by 0.2 % offset; flow_stress; softening = yield_stress - flow_stress. Where the curve is too short for one it is missing. modulus_error, yield_error, flow_error and softening_error are standard errors that allow for the correlation of samples, not the differences between one glass and the next.
---@param strain any
---@param stress table
---@param options? vitrum.mechanics_stress_strain_options
---@return table
function vt.mechanics.stress_strain(strain, stress, options) end

---@class vitrum.minimize_options
---@field method? "lbfgs"|"cg"|"fire" lbfgs needs the fewest evaluations; cg: conjugate gradients; fire: damped dynamics
---@field fmax? number [eV/A] goal for the largest force on an atom
---@field max_evaluations? integer evaluations of energy and forces allowed; running out is no error, the result tells
---@field max_step? number [A] no atom moves further between two evaluations
---@field memory? integer steps that lbfgs remembers, 1 to 1000
---@field precondition? boolean lbfgs and cg, from 100 atoms on: solve with a network of springs fitted to the steps taken; about half the evaluations
---@field frozen? vitrum.Array|number[] numbers of atoms that stand still, in a fixed box, as at the bottom of a slab; goal and result of fmax are those of the others
---@field box? "fixed"|"isotropic"|"axes"|"triclinic" what of the box may change: nothing, its volume, each axis on its own, or all six components. fixed, but isotropic when a pressure is given
---@field pressure? number [GPa] target when the box moves, positive in compression
---@field stress? table<string, number> [GPa] targets by component, positive in tension: { xx = 1, zz = 0 }. Without `box` the components not named stay fixed; with it they go to the pressure (axes) or 0 (shear)
---@field stress_tolerance? number [GPa] goal for every stress component that the box may relax

--- Move the atoms, and the box when asked, to the nearest minimum of the energy; with a moving box, of the enthalpy. The atoms end in the lowest state met, never above the start; velocities stay as they are. result has converged, reason ('converged', 'evaluations used up', 'no progress: rounding, forces that jump at a cutoff, or atoms too close'), energy and energy_before [eV], fmax [eV/A], iterations, evaluations, method; with a moving box also enthalpy and enthalpy_before [eV], stress and pressure [GPa]. Not to converge is no error: look at result.converged.
---@param atoms vitrum.Atoms
---@param ... any
---@return any
function vt.minimize(atoms, ...) end

---@class vitrum.modes_all_options
---@field saddle? boolean take negative eigenvalues as they are, as at a saddle; their frequencies are given as negative. Otherwise they are an error: the atoms are in no minimum
---@field minimize? boolean take a copy of the atoms to its inherent structure first, in the box as it is; false: they are in a minimum already
---@field fmax? number [eV/A] goal of that minimization

--- All vibrations about the inherent structure, by LAPACK on the whole matrix: up to 3000 atoms; time grows with the cube of their number, memory with the square. The result has frequency (THz) and eigenvalue (eV/(A^2 amu)) in rising order; vectors (modes x 3n), unit vectors of the mass-weighted Hessian, x, y, z of atom 1 first: atom i moves along its three numbers over the root of its mass; residual, in units of the largest eigenvalue; participation, the share of each atom in all these modes (sum of |e|^2, which adds up to their number); ratio, the participation ratio of each mode, 1 when all atoms move alike; atoms, the inherent structure; zeros, the motions that cost nothing and are left out (translations, rotations of what is free to turn); largest, an upper bound of all frequencies (THz); converged.
---@param atoms vitrum.Atoms
---@param options? vitrum.modes_all_options
---@return vitrum.Modes
function vt.modes.all(atoms, options) end

--- What an isotropic solid with these elastic constants would have if all its modes were sound waves: longitudinal, transverse and mean speed (m/s), frequency at which its modes end (THz), level of g(w)/w^2 (ps^3) below it.
---@param elastic any
---@return table
function vt.modes.debye(elastic) end

---@class vitrum.modes_density_options
---@field resolution? number [THz] standard deviation of what a single mode becomes, at low frequencies
---@field probes? integer random vectors; the error falls with the root of their number times the atoms'
---@field centers? any whose share in the modes: a species, a list or array of atom numbers, or a mask; by default that of all
---@field step? number [THz] between frequencies; by default half the resolution
---@field seed? integer of the probes
---@field minimize? boolean take a copy of the atoms to its inherent structure first, in the box as it is; false: they are in a minimum already
---@field fmax? number [eV/A] goal of that minimization

--- Density g of all modes about the inherent structure (1/THz, its integral is 1) for samples of any size, by Chebyshev moments of the Hessian between random vectors (kernel polynomial method): no mode is made. The result has frequency (THz), density, error (its standard error by probes), reduced (g(w)/w^2 with w = 2 pi nu in rad/ps, ps^3, flat for a Debye solid; below the resolution it shows nothing but that), moments (probes x moments), resolution, largest (an upper bound of frequencies, THz), atoms. With centers it is the share of some atoms, again with an integral of 1.
---@param atoms vitrum.Atoms
---@param options? vitrum.modes_density_options
---@return vitrum.ModeDensity
function vt.modes.density(atoms, options) end

---@class vitrum.modes_displacement_options
---@field temperature? number [K] displacements squared are proportional to it
---@field modes? integer lowest modes that are taken one by one, at most a third of all
---@field repeats? integer of all probes with other signs; the error falls with the root of it
---@field reach? number [A] distance of atoms that one probe looks at together; the error falls with it, and the number of probes grows with its third power
---@field tolerance? number of the modes, as for vt.modes.lowest
---@field rounds? integer of filtering that are allowed for the modes
---@field seed? integer of random vectors
---@field minimize? boolean take a copy of the atoms to its inherent structure first, in the box as it is; false: they are in a minimum already
---@field fmax? number [eV/A] goal of that minimization

--- Mean squared displacement of each atom about its place in the inherent structure, as classical statistics has it for harmonic vibrations: k_B T/m times the sum over modes of |e|^2/omega^2, which is k_B T times the trace of the atom's part of the inverse Hessian. Up to 300 atoms all modes are made and there is no error; beyond, the lowest ones, and what the others give is estimated by solutions for random signs on atoms far from each other. The result has msd (A^2, three axes together), mean, error (standard error of an atom's value as a share of it, root of the mean square over atoms), probes, atoms, temperature, converged.
---@param atoms vitrum.Atoms
---@param options? vitrum.modes_displacement_options
---@return vitrum.HarmonicMotion
function vt.modes.displacement(atoms, options) end

---@class vitrum.modes_lowest_options
---@field count? integer modes; without it the lowest 1 % of three times the number of atoms, at least 10
---@field around? number [THz] take the modes nearest to this frequency instead of the lowest ones. Each takes many more products with the Hessian: thousands of atoms are a matter of minutes
---@field tolerance? number largest residual |H e - eigenvalue e| of a mode, in units of the largest eigenvalue of all, 1e-13 to 1e-3; the error of an eigenvalue goes with its square
---@field rounds? integer of filtering that are allowed
---@field unconverged? boolean modes that are beyond the tolerance after these rounds are a result, too, whose field unconverged tells their number; otherwise they are an error
---@field saddle? boolean take negative eigenvalues as they are, as at a saddle; their frequencies are given as negative. Otherwise they are an error: the atoms are in no minimum
---@field seed? integer of the random vectors that it starts from
---@field minimize? boolean take a copy of the atoms to its inherent structure first, in the box as it is; false: they are in a minimum already
---@field fmax? number [eV/A] goal of that minimization

--- The vibrations of lowest frequency about the inherent structure. The atoms stay as they are. The Hessian is never made: polynomials of it filter a block of vectors until the residuals are small, so that large samples are no matter of memory. The result has frequency (THz) and eigenvalue (eV/(A^2 amu)) in rising order; vectors (modes x 3n), unit vectors of the mass-weighted Hessian, x, y, z of atom 1 first: atom i moves along its three numbers over the root of its mass; residual, in units of the largest eigenvalue; participation, the share of each atom in all these modes (sum of |e|^2, which adds up to their number); ratio, the participation ratio of each mode, 1 when all atoms move alike; atoms, the inherent structure; zeros, the motions that cost nothing and are left out (translations, rotations of what is free to turn); largest, an upper bound of all frequencies (THz); converged.
---@param atoms vitrum.Atoms
---@param options? vitrum.modes_lowest_options
---@return vitrum.Modes
function vt.modes.lowest(atoms, options) end

---@class vitrum.neb_options
---@field images? integer along the band, both ends included
---@field through? any atoms that the first band goes through, such as those at a saddle; none: straight
---@field frozen? vitrum.Array|number[] numbers of atoms that stand still
---@field climb? boolean the highest image climbs to the saddle
---@field force? number [eV/A] goal: norm of the force across the band on any image, of all on the one that climbs
---@field spring? number [eV/A^2] stiffness of the springs between images
---@field steps? integer most steps of the band
---@field max_step? number [A] no atom moves further at once

--- The path of lowest energy between two minima of the same atoms, by a nudged elastic band whose highest image climbs to the saddle (Henkelman, Uberuaga and Jonsson 2000). The potential is that of `first`; atoms go to the nearest image. The band has energies (array, eV, 0 at the start), barrier and reverse_barrier (eV), highest (number of that image), path (images x atoms x 3 displacements from the start, A), converged, force (eV/A), evaluations.
---@param first any
---@param last any
---@param options? vitrum.neb_options
---@return vitrum.Band
function vt.neb(first, last, options) end

---@class vitrum.plot_heatmap_options
---@field quantity? string what the values are, "D2min", "von_mises", "stress", ...: palette and zlabel are then those that pictures of atoms have for it
---@field palette? "viridis"|"magma"|"cividis"|"blue-red"|"gray"|"ember" colors from low to high, by default viridis or that of the quantity; blue-red is centered on zero
---@field xrange? number[] {left, right} edge of the matrix; by default columns are numbered
---@field yrange? number[] {bottom, top} edge; by default rows are numbered
---@field zrange? number[] {lowest, highest} value of the colors
---@field logz? boolean logarithmic colors
---@field zlabel? string beside the color bar, with the unit
---@field equal? boolean one unit of x as long as one of y
---@field title? string above the figure
---@field xlabel? string with the unit: "T (K)"
---@field ylabel? string left axis
---@field enhanced? boolean read gnuplot's markup in texts: x_2, 10^{-3}, {/Symbol a}
---@field file? string draw to .png, .svg or .pdf instead of the terminal
---@field overwrite? boolean replace a file that this run did not write
---@field width? number [px] of the figure, default 640; in the terminal its columns
---@field height? number [px] of the figure, default 400; in the terminal its rows
---@field ascii? boolean in the terminal: plain characters only, as where there is no Unicode
---@field scale? number a .png has so many times the pixels

--- Draw a matrix (array or table of rows) in colors: row 1 at the bottom, column 1 at the left; NaN stays empty.
---@param matrix any
---@param options? vitrum.plot_heatmap_options
---@return string
function vt.plot.heatmap(matrix, options) end

---@class vitrum.plot_histogram_options
---@field x? vitrum.Array|number[] abscissas; without y and style = "histogram" the values to be counted
---@field y? vitrum.Array|number[] ordinates; NaN leaves a gap
---@field label? string text in the legend
---@field style? "lines"|"points"|"linespoints"|"errorbars"|"histogram"|"steps"|"filledcurves"|"impulses" by default lines, or errorbars when error is given
---@field error? any error of y, a number or an array: bars on points, a band around lines
---@field xerror? any error of x: bars
---@field lower? any lower edge of filledcurves, a number or an array
---@field bins? integer bins of a histogram of values
---@field axis? any 1: left, 2: right
---@field color? string "#rrggbb", or blue, vermillion, green, purple, orange, sky, black, yellow, gray
---@field dash? boolean dashed line
---@field title? string above the figure
---@field xlabel? string with the unit: "T (K)"
---@field ylabel? string left axis
---@field y2label? string right axis
---@field xrange? number[] {first, last}; by default from the data
---@field yrange? number[] {lowest, highest}
---@field y2range? number[] {lowest, highest} of the right axis
---@field logx? boolean logarithmic axis
---@field logy? boolean logarithmic axis
---@field logy2? boolean logarithmic right axis
---@field legend? "auto"|"top right"|"top left"|"bottom right"|"bottom left"|"above"|"none" place of the legend; auto takes an empty corner
---@field marks? table straight lines to mark values: { { x = 650, label = "Tg" }, { y = 0 } }
---@field enhanced? boolean read gnuplot's markup in texts: x_2, 10^{-3}, {/Symbol a}
---@field file? string draw to .png, .svg or .pdf instead of the terminal
---@field overwrite? boolean replace a file that this run did not write
---@field width? number [px] of the figure, default 640; in the terminal its columns
---@field height? number [px] of the figure, default 400; in the terminal its rows
---@field ascii? boolean in the terminal: plain characters only, as where there is no Unicode
---@field scale? number a .png has so many times the pixels

--- Draw how often values occur; takes the options of vt.plot.
---@param values any
---@param options? vitrum.plot_histogram_options
---@return string
function vt.plot.histogram(values, options) end

---@class vitrum.plot_movie_options
---@field file? string name that ends in .gif, or in .mp4 where ffmpeg is installed
---@field delay? number [s] time of a picture
---@field curve? table { x =, y =, xlabel =, ylabel = }: a curve below the pictures, with its numbers and a dot at point k for picture k
---@field overwrite? boolean replace a file that this process did not write

--- Put PNG pictures of one size (a list of file names) into an animated GIF or, where ffmpeg is, an MP4; below them a curve with a dot that moves along it.
---@param pictures any
---@param options? vitrum.plot_movie_options
---@return string
function vt.plot.movie(pictures, options) end

--- The figure that vt.plot with the same arguments draws, as SVG text to stand inside an HTML page: without background, in the page's ink. vt.plot.svg{ heatmap = matrix, ... } draws a heat map.
---@param x vitrum.Array|number[]
---@param y vitrum.Array|number[]
---@param options? table
---@return string
function vt.plot.svg(x, y, options) end

--- The figure in characters, as vt.plot shows it in the terminal, without colors.
---@param x vitrum.Array|number[]
---@param y vitrum.Array|number[]
---@param options? table
---@return string
function vt.plot.text(x, y, options) end

---@class vitrum.potential_eam_options
---@field file? string|string[] setfl or funcfl file, or a list of funcfl files to mix; sought as given, in $VITRUM_POTENTIALS, in vitrum's folder, in LAMMPS's
---@field taper? number [A] multiply pair functions and densities by a smooth switch over this length before the cutoff, so that forces and their derivatives end there without a jump; 0 for the functions of the file as they are

--- Embedded-atom potential from a setfl file (eam/alloy, eam/fs) or a funcfl file (eam, as Cu_u3.eam); several funcfl files are mixed as LAMMPS mixes them. Energies are LAMMPS's. Functions that end with a jump, as those of ZrCuAl2011.eam.alloy do, keep a minimization from reaching small forces; a taper of 0.3 A mends that and changes energies by some 1e-5 eV per atom. Fields of a potential: name, file, sha256, cutoff [A], species, note (what of the file was left out, "" if nothing), citation ("" if it does not know), taper [A], jump (force that ends at the cutoff, about, 0 where not known) [eV/A].
---@param file string
---@param options? vitrum.potential_eam_options
---@return vitrum.Potential
function vt.potential.eam(file, options) end

---@class vitrum.potential_kim_options
---@field model? any name of an installed portable model, with or without what is behind the double underscore, or its number (MO_...)

--- A portable model of OpenKIM (openkim.org) that is installed on this machine: embedded atoms, MEAM, Tersoff, Stillinger-Weber, SNAP and others. Tab completes the name. Cite what its field citation says. The model computes with one thread, in double precision; some do not give energies or stresses of single atoms. Debian has the library in libkim-api2, models in openkim-models.
---@param model any
---@return vitrum.Potential
function vt.potential.kim(model) end

--- The installed models of OpenKIM, all or those that know the given elements: a list of { name =, species = { ... }, title =, driver = }, by name.
---@param symbol? string
---@param ... any
---@return table
function vt.potential.kim_models(symbol, ...) end

---@class vitrum.potential_kob_andersen_options
---@field epsilon? number [eV] depth of the A-A well
---@field sigma? number [A] zero of the A-A energy
---@field mass? number [amu] of A
---@field truncation? "cut"|"shifted"|"force_shifted" how the energy ends at the cutoff

--- The glass former of Kob and Andersen, Phys. Rev. E 51, 4626 (1995): species A and B, 80:20, number density 1.2/sigma^3.
---@param options? vitrum.potential_kob_andersen_options
---@return vitrum.Potential
function vt.potential.kob_andersen(options) end

---@class vitrum.potential_lj_options
---@field species? string|string[] a symbol or a list of them: { "A", "B" }
---@field epsilon? number|number[]|table<string, number> [eV] depth of the well: one number, one per species (mixed by the geometric mean) or a symmetric table of pairs
---@field sigma? number|number[]|table<string, number> [A] zero of the energy: one number, one per species (mixed by the arithmetic mean) or a symmetric table of pairs
---@field cutoff? number|number[]|table<string, number> [A] one number or a table of pairs; 2.5 sigma of the pair unless given
---@field masses? number|number[]|table<string, number> [amu] one per species; an element's own unless given
---@field truncation? "cut"|"shifted"|"force_shifted" how the energy ends at the cutoff

--- Lennard-Jones mixture.
---@param options? vitrum.potential_lj_options
---@return vitrum.Potential
function vt.potential.lj(options) end

---@class vitrum.potential_network_options
---@field file? any file of a network, as save of a trained one writes it; sought as vt.potential.eam does

--- A neural network potential from its file: each atom has the reference energy of its species and what the network of that species makes of its spherical Chebyshev descriptor (vt.descriptor.chebyshev). It works wherever a potential does: dynamics, minimization, elastic constants, saddles, in double and in mixed precision. Species are found by their names. The file is text with a checksum in its last line. A network knows what it has learned and nothing else: look at energies and forces of configurations that it has not seen.
---@param file string
---@return vitrum.Potential
function vt.potential.network(file) end

--- Folders in which potential files are sought, in their order, after the path as given.
---@return table
function vt.potential.path() end

---@class vitrum.potential_wahnstroem_options
---@field epsilon? number [eV] depth of the A-A well
---@field sigma? number [A] zero of the A-A energy
---@field mass? number [amu] of A
---@field truncation? "cut"|"shifted"|"force_shifted" how the energy ends at the cutoff

--- The glass former of Wahnstroem, Phys. Rev. A 44, 3752 (1991): species A and B, 50:50.
---@param options? vitrum.potential_wahnstroem_options
---@return vitrum.Potential
function vt.potential.wahnstroem(options) end

---@class vitrum.progress_options
---@field rate_unit? string unit printed behind the rate
---@field rate_scale? number printed rate = work per second x this; 3600 for a rate per hour
---@field interval? number [s] time between two lines where there is no terminal
---@field before? number part of the total that was done before: counts for the share, not for the rate
---@field whole? boolean stands for all that runs until it is closed; the bars inside stay hidden

--- Shows how far long work has come: a bar on a terminal, a line now and then elsewhere, nothing in the first second and after vt.quiet(true). With total = 0 only rate and time.
---@param what string
---@param total number
---@param options? vitrum.progress_options
---@return vitrum.Progress
function vt.progress(what, total, options) end

--- What is typed runs line by line; a line that is not complete goes on in the next. An expression prints its value, a method such as glass:energy() and the fields of a result also their units. `local x = ...` lasts for the session, and _ is the value that was shown last. Tab completes names, methods, option keys inside a call's table, their choices, and files inside quotes. Up and Ctrl-R find earlier lines. Ctrl-C stops a run, a second one ends the program; at the prompt it clears the line. Ctrl-D leaves.

--- Adds the changes of energy and volume to the results; options as of out:value.
---@param out vitrum.Run
---@param treated any
---@param control any
---@param options? table
function vt.protocol.kit.add_changes(out, treated, control, options) end

--- A parameter that chooses some of several cases, all by default; p gets the list of those chosen.
---@param name string
---@param choices any
---@param help any
---@return any
function vt.protocol.kit.cases(name, choices, help) end

--- Treated minus control of a quantity that kit.relaxed measured, with its standard error and a note where it is not resolved. Refuses a control of another age.
---@param treated any
---@param control any
---@param name string
---@return any
---@return any
---@return any
function vt.protocol.kit.change(treated, control, name) end

--- A change that kit.paired gave, in words: a number with its error, or 'not resolved'.
---@param change any
---@param factor? any
---@return string
function vt.protocol.kit.change_text(change, factor) end

--- Refuses a distance [A] beyond the width of the box, and warns of one beyond half of it; name is that of the parameter.
---@param atoms vitrum.Atoms
---@param name string
---@param distance any
function vt.protocol.kit.check_distance(atoms, name, distance) end

--- Refuses, from the check function of a protocol, a glass that is hotter than p.room [K] or has free surfaces.
---@param p table
---@param glass vitrum.Atoms
function vt.protocol.kit.check_glass(p, glass) end

--- Refuses parameters of kit.loading that cannot be, and glasses that cannot be loaded so: the check function of a protocol.
---@param p table
---@param glass? vitrum.Atoms
function vt.protocol.kit.check_loading(p, glass) end

--- Fields of a list of tables as arrays, by name, and as the columns that out:table takes.
---@param list any[]
---@param names any
---@return table
function vt.protocol.kit.columns(list, names) end

--- Means, errors and changes (kit.paired) of a list of measures { title, field, unit, factor } over samples { treated = { field = number }, control = { ... } }, by field.
---@param measures any
---@param results any
---@return table
function vt.protocol.kit.compared(measures, results) end

---@class vitrum.protocol_kit_comparison_figure_options
---@field group? string of the cases that are shown
---@field fields? table of the measures
---@field changes? boolean instead of the values
---@field xlabel? string of the axis
---@field ylabel? string of the axis

--- A figure of measures, or of their changes, against x of the cases of one group.
---@param page vitrum.Report
---@param measures any
---@param cases any
---@param options? vitrum.protocol_kit_comparison_figure_options
---@param ... any
function vt.protocol.kit.comparison_figure(page, measures, cases, options, ...) end

--- Writes all measures of cases { label, x, samples, values = kit.compared(...) } to a CSV.
---@param out vitrum.Run
---@param name string
---@param measures any
---@param cases any
function vt.protocol.kit.comparison_record(out, name, measures, cases) end

--- A table of one measure of all cases, with the changes and what paper(case) gives.
---@param page vitrum.Report
---@param measure any
---@param cases any
---@param heading any
---@param paper any
function vt.protocol.kit.comparison_table(page, measure, cases, heading, paper) end

--- Equivalent strain of Li et al. of a cell strained along its axes: e where an isochoric stretch along one axis is e.
---@param x vitrum.Array|number[]
---@param y vitrum.Array|number[]
---@param z any
---@return number|vitrum.Array
function vt.protocol.kit.equivalent(x, y, z) end

--- How far atoms reach along x, y or z of their box, and where there are none [A]: height of the box; low and high, the first and the last atom; gap and at, the widest gap between two atoms and its middle; across, the gap through the face of the box.
---@param atoms vitrum.Atoms
---@param axis integer
---@return table
function vt.protocol.kit.extent(atoms, axis) end

--- Raises an error about the parameters, from the check function of a protocol.
---@param format string
---@param ... any
function vt.protocol.kit.fail(format, ...) end

--- As vt.fit.fictive_temperature, but where the lines do not meet the table has a reason in place of temperature, error, value and lines.
---@param temperature number
---@param property any
---@param options table
---@return table
function vt.protocol.kit.fictive_temperature(temperature, property, options) end

--- The atoms under a stress { xx =, ... } [GPa]: one minimum of energy (mode "athermal"), or p.frames frames of dynamics, p.every ps apart after p.equilibrate ps ("thermal").
---@param p table
---@param atoms vitrum.Atoms
---@param stress table
---@param mode any
---@return any
function vt.protocol.kit.frames_under(p, atoms, stress, mode) end

--- As vt.fit.glass_transition, but a quench without a transition is not an error: the table then has a reason in place of temperature, error, value and lines.
---@param temperature number
---@param property any
---@param windows any
---@return table
function vt.protocol.kit.glass_transition(temperature, property, windows) end

--- A list of declarations of parameters that several protocols share. Called with a table it gives the group with other defaults, group{ timestep = 0.004 }, or without some of its members, group{ pressure = false }. There are kit.glass, kit.melt, kit.taper, kit.dynamics, kit.treatment, kit.structure and kit.searches.
---@param entries any
---@return any
function vt.protocol.kit.group(entries) end

--- Options of md:run: a temperature [K] held for a time [ps].
---@param temperature number
---@param time number
---@return table
function vt.protocol.kit.hold(temperature, time) end

--- The inherent structure below atoms, which stay as they are; options as of vt.minimize, fmax is 1e-4 eV/A unless given. A descent that stops far above it is an error.
---@param atoms vitrum.Atoms
---@param options? table
---@return vitrum.Atoms
---@return any
function vt.protocol.kit.inherent(atoms, options) end

--- A short name for a file: without its folder and endings.
---@param path string
---@return string
function vt.protocol.kit.label(path) end

--- The last of the samples that md:run of a protocol gives.
---@param samples any
---@return table
function vt.protocol.kit.last(samples) end

---@class vitrum.protocol_kit_load_options
---@field name? string of the sample: stages, files and the dynamics have it; by default the mode
---@field start? fun(...): ... function() -> atoms with potential and velocities; by default those of p.glass

--- Settles a sample, pulls, presses or shears it at a constant strain rate and measures it: young (tension, compression), shear, poisson, residual, yield_stress, yield_strain, offset_stress, flow_stress, softening, each with its error as young_error and so on, as mechanics.stress_strain gives them; curve (strain and true stress of the material), looks (strain, W, volume), maps (strain, s_atoms, contrast of the strongest shear band against that of the first map, maps of von Mises strain and D2min, the file); all positive in the direction of the test. p has the parameters of kit.loading, kit.dynamics and potential. Survives a kill as out:md does. Samples that are compared are measured by this one function.
---@param p table
---@param out vitrum.Run
---@param options? vitrum.protocol_kit_load_options
---@return table
function vt.protocol.kit.load(p, out, options) end

--- Adds figures of what kit.load gave to a report: stress, W, maps of strain and D2min.
---@param page vitrum.Report
---@param p table
---@param r any
function vt.protocol.kit.loading_figures(page, p, r) end

--- Simulated times of a test, for the plan of a protocol.
---@param p table
---@param prefix? any
---@return any[]
function vt.protocol.kit.loading_plan(p, prefix) end

--- Adds what kit.load gave to the results of a run, beside those of Li et al.
---@param out vitrum.Run
---@param p table
---@param r any
---@param prefix? any
function vt.protocol.kit.loading_values(out, p, r, prefix) end

--- The glass of p.glass with random velocities where the file has none, for p.temperature [K] unless another is given.
---@param p table
---@param temperature? number
---@return vitrum.Atoms
function vt.protocol.kit.moving(p, temperature) end

--- A random packing of p.composition and p.atoms at a temperature [K], to be melted.
---@param p table
---@param temperature number
---@return vitrum.Atoms
function vt.protocol.kit.packing(p, temperature) end

--- The mean change of samples by a treatment, each beside its own control, with its standard error; resolved where chance alone would make it so large in less than 5 % of cases (Student's distribution).
---@param treated any
---@param control any
---@return table
function vt.protocol.kit.paired(treated, control) end

--- Runs a protocol inside another one, goes on with a run that was stopped, or takes the results of one that is finished: what :run{...} of the protocol returns.
---@param protocol vitrum.Protocol
---@param options table
---@param ... any
---@return table
function vt.protocol.kit.perform(protocol, options, ...) end

--- The potential that p.potential names: a setfl file, tapered over p.taper where that is given, a network in NAME.network, or an OpenKIM model as kim:MODEL.
---@param p table
---@return vitrum.Potential
function vt.protocol.kit.potential(p) end

--- Options of md:run: a ramp of the temperature [K] up or down at a rate [K/s].
---@param from number
---@param to number
---@param rate number
---@return table
function vt.protocol.kit.ramp(from, to, rate) end

--- Declares a parameter that is a rate of heating or cooling [K/s].
---@param name string
---@param default any
---@param help any
---@return any
function vt.protocol.kit.rate(name, default, help) end

--- g(r) of atoms with p.rmax and p.bins, written to gr.csv or another file of the run; gives r, total, pairs and the place of the first peak.
---@param p table
---@param out vitrum.Run
---@param atoms vitrum.Atoms
---@param name? string
---@return table
function vt.protocol.kit.rdf(p, out, atoms, name) end

--- Figures of the total and the partial pair distributions.
---@param page vitrum.Report
---@param g any
---@param of any
function vt.protocol.kit.rdf_figures(page, g, of) end

--- The glass of p.glass, or of another file of the same species, with its potential; options as of vt.atoms.read.
---@param p table
---@param path? string
---@return vitrum.Atoms
function vt.protocol.kit.read(p, path) end

--- Relaxes a dynamics without stress for p.relax ps at p.room and measures over the second half, in p.minima parts: energy and volume of inherent structures, warm and warm_volume of the dynamics, per atom, lx, ly, lz; each with its standard error, NAME_error; time is the age. A function of an inherent structure may add numbers to them.
---@param p table
---@param out vitrum.Run
---@param md vitrum.MD
---@param name string
---@param measures? any
---@return table
function vt.protocol.kit.relaxed(p, out, md, name, measures) end

--- The glass in the file that the parameter of that name gives, or glass itself where it is not given. Refuses one of another alloy: of other species, or with a share that differs by more than two percent of all atoms.
---@param p table
---@param glass vitrum.Atoms
---@param name string
---@return vitrum.Atoms
function vt.protocol.kit.same_alloy(p, glass, name) end

--- Saves the frames that an iterator gives, one after the other, to one file of the run.
---@param path string
---@param frames any
function vt.protocol.kit.save_frames(path, frames) end

--- A figure of several series { label, y } against one x; first = { x, y } puts the start in front.
---@param page vitrum.Report
---@param options table
function vt.protocol.kit.series_figure(page, options) end

--- Mean and standard error over the later half of a series; below four values, the last one.
---@param values any
---@return number
---@return any
function vt.protocol.kit.settled(values) end

--- Adds the settled value of a series to the results, as out:value does, with its error.
---@param out vitrum.Run
---@param name string
---@param values any
---@param unit string
---@param options? table
function vt.protocol.kit.settled_value(out, name, values, unit, options) end

--- A slab with free surfaces across an axis, in a box with vacuum [A] along it. Refuses one that is thinner than the cutoff of the potential.
---@param atoms vitrum.Atoms
---@param axis integer
---@param vacuum any
---@return vitrum.Atoms
function vt.protocol.kit.slab(atoms, axis, vacuum) end

--- The slope of a slow change between two times, by a line through 15 means, and its standard error; nil where there are too few samples.
---@param time number
---@param values any
---@param from number
---@param to number
---@return table
function vt.protocol.kit.slope(time, values, from, to) end

--- An fcc, bcc or hcp crystal of about p.atoms atoms, its sites filled at random by p.seed and relaxed at zero pressure.
---@param p table
---@param structure any
---@param composition any
---@return vitrum.Atoms
function vt.protocol.kit.solid_solution(p, structure, composition) end

--- Reads the glass, gives it velocities by p.seed and relaxes it for p.relax ps at p.room; refuses one that flows. The table has the mean box (lx, ly, lz [A]) and volume [A^3/atom]. Options are those of out:md.
---@param p table
---@param out vitrum.Run
---@param options? table
---@return vitrum.Dynamics
---@return table
function vt.protocol.kit.start(p, out, options) end

--- Runs vt.study inside a protocol that has the parameters seed, seeds and at_once, in a folder of that name; goes on when the protocol does. A member that fails is an error.
---@param p table
---@param out vitrum.Run
---@param options table
---@param ... any
---@return vitrum.Study
function vt.protocol.kit.study(p, out, options, ...) end

--- A table of a report from a list of tables; a column is { title, field, factor, error = field }.
---@param page vitrum.Report
---@param list any[]
---@param columns any
---@param caption string
function vt.protocol.kit.table(page, list, columns, caption) end

--- Declares a parameter that is a temperature [K]; without a default it is optional.
---@param name string
---@param default any
---@param help any
---@return any
function vt.protocol.kit.temperature(name, default, help) end

--- Declares a parameter that is a time [ps]; without a default it is optional.
---@param name string
---@param default any
---@param help any
---@return any
function vt.protocol.kit.time(name, default, help) end

--- A figure of a property on cooling with the lines of glass and liquid and their crossing. Options: process, "heating", and equilibrium, { temperatures, values } of the liquid.
---@param page vitrum.Report
---@param temperature number
---@param property any
---@param tg any
---@param label string
---@param options? table
function vt.protocol.kit.transition_figure(page, temperature, property, tg, label, options) end

--- A stress [GPa] along one axis, positive in tension, and zero along the others, as vt.md and vt.minimize take it.
---@param axis integer
---@param stress table
---@return table
function vt.protocol.kit.uniaxial(axis, stress) end

--- A view of the atoms in a file of the run, with the options of page:view; a line that says why where there can be none.
---@param page vitrum.Report
---@param out vitrum.Run
---@param name string
---@param options? table
function vt.protocol.kit.view_figure(page, out, name, options) end

--- For option sample of md:run: ends a run whose cell collapses or bursts.
---@param start any
---@param atoms vitrum.Atoms
---@param cause any
---@return any
function vt.protocol.kit.watch(start, atoms, cause) end

--- Show no progress; vt.quiet(false) shows it again.
---@param on? any
function vt.quiet(on) end

---@class vitrum.report_options
---@field title? string of the page
---@field subtitle? string one sentence below it
---@field date? string by default today, universal time

--- A page of text, figures and tables that becomes one self-contained HTML file, for screens light and dark and for print. Everything given as text is shown as it is.
---@param options vitrum.report_options
---@return vitrum.Report
function vt.report(options) end

--- Saves the atoms, arrays, numbers, texts and truth values in the variables of the session to a folder (session unless named) when the program ends; false ends that. What the folder holds of an earlier time is replaced; variables that cannot be saved are named with the reason. Dynamics and lattices have checkpoints of their own; SIGTERM and SIGKILL leave no time for it.
---@param folder? any
---@return any
function vt.session.autosave(folder) end

---@class vitrum.session_report_options
---@field title? string of the page; by default the date
---@field overwrite? boolean replace a file that this session did not write

--- Writes a page with the figures that vt.plot drew in this session, in the terminal or to files, the pictures of glass:picture and the views of vt.view, the last 60 in all, and what was typed; session.html unless named. Of views the last 64 MB are kept; older ones are named with their files.
---@param path? string
---@param options? vitrum.session_report_options
---@return string
function vt.session.report(path, options) end

---@class vitrum.session_restore_options
---@field overwrite? boolean also variables that have a value now

--- Takes up the variables that vt.session.autosave saved, as globals. Potentials are read again from their files; where that cannot be, a warning says so.
---@param folder? any
---@param options? vitrum.session_restore_options
function vt.session.restore(folder, options) end

---@class vitrum.session_save_options
---@field overwrite? boolean replace a file that this session did not write

--- Writes what was typed at the prompt as a script that does the same. Values that the prompt showed are printed; locals, which last for the session there, become globals; what failed stands as a comment; help and calls of vt.session are left out. A script that writes files is to be run in an empty folder, for it replaces none. After vitrum -i script.lua the script runs that one first.
---@param path string
---@param options? vitrum.session_save_options
function vt.session.save(path, options) end

--- Instruction set of the kernels: reference, baseline, avx2 or avx512. The environment variable VITRUM_SIMD chooses a smaller one.
---@return string
function vt.simd() end

--- Normalized autocorrelation at lags 0, 1, ..., max_lag (default: 1000 or the series); element 1 is lag 0 and equals 1.
---@param series vitrum.Array|number[]
---@param max_lag? any
---@return vitrum.Array
function vt.statistics.autocorrelation(series, max_lag) end

--- Integrated autocorrelation time 1/2 + sum of the autocorrelation, in units of the spacing of the values (default 1); the mean has the error sqrt(2 time variance / n). Window as in Madras and Sokal, J. Stat. Phys. 50, 109 (1988). independent is the number of independent values; converged is false when the window exceeds a tenth of the series.
---@param series vitrum.Array|number[]
---@param spacing? number
---@return table
function vt.statistics.autocorrelation_time(series, spacing) end

--- Mean of a correlated series and its standard error by blocking (Flyvbjerg and Petersen, J. Chem. Phys. 91, 461 (1989); block size as in Lee et al., Phys. Rev. E 83, 066706 (2011)). converged is false when the series is too short for its correlation; the error is then a lower bound.
---@param series vitrum.Array|number[]
---@return table
function vt.statistics.block_error(series) end

---@class vitrum.statistics_bootstrap_options
---@field samples? integer resampled series
---@field block? integer length of the blocks drawn; some autocorrelation times for a correlated series
---@field confidence? number probability inside the interval
---@field seed? integer of the random numbers

--- Standard error of any statistic by resampling with replacement (Efron, Ann. Stat. 7, 1 (1979)), in blocks for correlated series (Kuensch, Ann. Stat. 17, 1217 (1989)). statistic is a function of a list, by default the mean.
---@param series vitrum.Array|number[]
---@param statistic? any
---@param options? vitrum.statistics_bootstrap_options
---@return table
function vt.statistics.bootstrap(series, statistic, options) end

--- Slope of the straight line through a series, its standard error with the correlation of the residuals counted, and the change from first to last x.
---@param x? vitrum.Array|number[]
---@param y? vitrum.Array|number[]
---@return table
function vt.statistics.drift(x, y) end

---@class vitrum.statistics_histogram_options
---@field bins? integer number of equal bins; by default the width of Freedman and Diaconis (1981)
---@field range? number[] {first, last} edge; by default the extremes
---@field density? boolean scale to unit area

--- Counts in equal bins; below and above count what lies outside the range.
---@param series vitrum.Array|number[]
---@param options? vitrum.statistics_histogram_options
---@return table
function vt.statistics.histogram(series, options) end

--- Arithmetic mean, in two passes so that large offsets cost no digits.
---@param series vitrum.Array|number[]
---@return number
function vt.statistics.mean(series) end

--- Middle value of the series.
---@param series vitrum.Array|number[]
---@return number
function vt.statistics.median(series) end

--- Value below which the fraction (0 to 1) of the series lies, linear between values.
---@param series vitrum.Array|number[]
---@param fraction number
---@return number
function vt.statistics.quantile(series, fraction) end

--- Mean over a centered window of an odd number of values; near the ends the window shrinks and stays centered.
---@param series vitrum.Array|number[]
---@param window number
---@return vitrum.Array
function vt.statistics.running_mean(series, window) end

--- Square root of the unbiased variance.
---@param series vitrum.Array|number[]
---@return number
function vt.statistics.standard_deviation(series) end

--- Standard error of the mean of independent values; a time series is correlated and needs vt.statistics.block_error.
---@param series vitrum.Array|number[]
---@return number
function vt.statistics.standard_error(series) end

--- Unbiased variance, divisor n - 1.
---@param series vitrum.Array|number[]
---@return number
function vt.statistics.variance(series) end

---@class vitrum.structure_anisotropy_options
---@field axis? any of the load: "x", "y", "z" or a vector of any length
---@field rmax? number [A] largest distance
---@field bins? integer number of shells
---@field weights? "number"|"xray"|"neutron" how pairs count: all alike, by f_a f_b of X-rays at q = 0, by neutron scattering lengths
---@field blocks? integer least number of blocks of frames for the errors
---@field species? string|string[] elements of types 1, 2, ... as a list {"Cu", "Zr"}; needed when the file does not tell
---@field format? string data, dump, extxyz, poscar, xdatcar or cfg; by default the file's name tells
---@field skip? integer frames left out at the beginning
---@field stride? integer take every such frame from there on
---@field frames? integer take at most so many, for instance those before the place where a file is cut off

--- Pair distribution about an axis, g(r, chi) = g0(r) + sqrt(5) P2(cos chi) g2(r), with chi the angle to the axis (Suzuki et al. 1987). cell: mean cell vectors, of all frames those nearest to the first. error: standard errors from blocks of frames, nil with fewer than two.
---@param source any
---@param options? vitrum.structure_anisotropy_options
---@return vitrum.Anisotropy
function vt.structure.anisotropy(source, options) end

---@class vitrum.structure_atomic_rdf_options
---@field rmax? number [A] largest distance
---@field bins? integer number of shells
---@field species? string|string[] elements of types 1, 2, ... as a list {"Cu", "Zr"}; needed when the file does not tell
---@field format? string data, dump, extxyz, poscar, xdatcar or cfg; by default the file's name tells
---@field skip? integer frames left out at the beginning
---@field stride? integer take every such frame from there on
---@field frames? integer take at most so many, for instance those before the place where a file is cut off

--- The pair distribution about each single atom (Fan, Ding, Ma 2020, equation 3): partial.Cu is a matrix of atoms by shells with the Cu around each atom, scaled so that the mean over the atoms of a species is the partial g(r). Over several frames the mean, atoms matched by id.
---@param source any
---@param options? vitrum.structure_atomic_rdf_options
---@return table
function vt.structure.atomic_rdf(source, options) end

---@class vitrum.structure_bond_order_options
---@field l? any a degree or a list of degrees, 0 to 20
---@field cutoff? number [A] neighbors are all within this distance
---@field number? integer neighbors are this many nearest ones
---@field weighted? boolean with neither: neighbors share a Voronoi face, and count by its area
---@field radii? number|number[]|table<string, number> [A] radical cells with these radii by species, { Cu = 1.28, Zr = 1.6 }; without: plain cells
---@field face_threshold? number a face smaller than this share of its cell's area does not count
---@field edge_threshold? number [A] an edge shorter than this does not count
---@field species? string|string[] elements of types 1, 2, ... as a list {"Cu", "Zr"}; needed when the file does not tell
---@field format? string data, dump, extxyz, poscar, xdatcar or cfg; by default the file's name tells
---@field skip? integer frames left out at the beginning
---@field stride? integer take every such frame from there on
---@field frames? integer take at most so many, for instance those before the place where a file is cut off

--- Bond-orientational order: q[l] and w[l] hold q_l and w_l of each atom (Steinhardt, Nelson, Ronchetti, Phys. Rev. B 28, 784 (1983)), q_average[l] and w_average[l] the same after averaging over the atom and its neighbors (Lechner and Dellago, J. Chem. Phys. 129, 114707 (2008)). Neighbors share a Voronoi face and count by its area (Mickel et al., J. Chem. Phys. 138, 044501 (2013)), or are those within a cutoff, or the nearest of a number. Atoms without neighbors have nan, and so has w_l where q_l vanishes. mean has the means over atoms; over frames, too, when source is a trajectory, and series.mean then has those of every frame, while arrays are of the last.
---@param source any
---@param options? vitrum.structure_bond_order_options
---@return table
function vt.structure.bond_order(source, options) end

---@class vitrum.structure_clusters_options
---@field index? any Voronoi index of the polyhedra, n3,n4,n5,n6
---@field center? string polyhedra around atoms of this species only
---@field link? "vertex"|"edge"|"face"|"volume" polyhedra that share this or more belong together
---@field radii? number|number[]|table<string, number> [A] radical cells with these radii by species, { Cu = 1.28, Zr = 1.6 }; without: plain cells
---@field face_threshold? number a face smaller than this share of its cell's area does not count
---@field edge_threshold? number [A] an edge shorter than this does not count
---@field species? string|string[] elements of types 1, 2, ... as a list {"Cu", "Zr"}; needed when the file does not tell
---@field format? string data, dump, extxyz, poscar, xdatcar or cfg; by default the file's name tells
---@field skip? integer frames left out at the beginning
---@field stride? integer take every such frame from there on
---@field frames? integer take at most so many, for instance those before the place where a file is cut off

--- Medium-range order: clusters of full icosahedra that interpenetrate (or share less, option link). number counts clusters of two or more; average and largest are their sizes in atoms, each atom once, average_polyhedra and largest_polyhedra in icosahedra; single counts icosahedra on their own, average_with_single counts these in. polyhedra is the number of all icosahedra, covered the share of atoms in at least one. links tells apart the pairs of icosahedra by what they share: vertex (one atom), edge (two), face (three or more), volume (each center in the other's shell). Per atom: center (number of the cluster that it is a center of, the largest being 1; 0: none) and member (the first cluster that it belongs to); sizes and sizes_polyhedra of all clusters. source: Voronoi cells, an Atoms or a trajectory; then numbers are means over frames and series has all of them. Averages are over the frames that have clusters (the others have nan in series), 0 if none has. Wakeda and Shibutani, Acta Mater. 58, 3963 (2010); Lee et al., Acta Mater. 59, 159 (2011).
---@param source any
---@param options? vitrum.structure_clusters_options
---@return table
function vt.structure.clusters(source, options) end

---@class vitrum.structure_coarse_grain_options
---@field width? number [A] standard deviation of the Gaussian weights, which end at 3 widths
---@field radius? number [A] instead of Gaussian weights: of a sphere in which all atoms count alike

--- The mean of a per-atom quantity around each atom, with Gaussian weights or in a sphere, itself included. values as for vt.structure.profile.
---@param atoms vitrum.Atoms
---@param values any
---@param options? vitrum.structure_coarse_grain_options
---@return vitrum.Array
function vt.structure.coarse_grain(atoms, values, options) end

---@class vitrum.structure_common_neighbors_options
---@field species? string|string[] elements of types 1, 2, ... as a list {"Cu", "Zr"}; needed when the file does not tell
---@field format? string data, dump, extxyz, poscar, xdatcar or cfg; by default the file's name tells
---@field skip? integer frames left out at the beginning
---@field stride? integer take every such frame from there on
---@field frames? integer take at most so many, for instance those before the place where a file is cut off

--- Common neighbor analysis (Honeycutt and Andersen, J. Phys. Chem. 91, 4950 (1987)) with a cutoff of each atom's own (Stukowski, Modelling Simul. Mater. Sci. Eng. 20, 045021 (2012)): no parameter, no difference between species, so that B2 counts as bcc. kind is 1 for an atom whose neighbors are arranged as in fcc, 2 hcp, 3 bcc, 4 an icosahedron, 0 anything else; fractions has the shares by name (other, fcc, hcp, bcc, icosahedral) and crystalline the first three together. Heat shakes the neighbors: look at inherent structures. A glass has about one percent of such atoms by chance. Of a trajectory numbers are means, series has those of every frame and kind is of the last.
---@param source any
---@param options? vitrum.structure_common_neighbors_options
---@return table
function vt.structure.common_neighbors(source, options) end

---@class vitrum.structure_deformation_options
---@field cutoff? number [A] neighbors within it in the reference frame; the first minimum of g(r)
---@field relative? boolean leave the homogeneous deformation out of gradient and strain

--- Local deformation of atoms since the reference frame (Falk and Langer 1998): in the order of atoms, gradient (n x 9, F row by row), strain (n x 6, Green-Lagrange xx yy zz yz xz xy), von_mises (Shimizu et al. 2007: gamma/2 in simple shear), equivalent (2/sqrt(3) times that: e in isochoric tension e), d2min (A^2, the sum over neighbors), displacement (n x 3, A, beyond the homogeneous one), neighbors; affine (3 x 3) is F of the box. Atoms are matched by id; boxes may tilt and flip, atoms may be wrapped. Atoms with fewer than four neighbors have nan. Both may be names of files.
---@param reference any
---@param atoms vitrum.Atoms
---@param options? vitrum.structure_deformation_options
---@return vitrum.Deformation
function vt.structure.deformation(reference, atoms, options) end

---@class vitrum.structure_deformations_options
---@field cutoff? number [A] neighbors within it in the reference frame; the first minimum of g(r)
---@field relative? boolean leave the homogeneous deformation out of gradient and strain
---@field species? string|string[] elements of types 1, 2, ... as a list {"Cu", "Zr"}; needed when the file does not tell
---@field format? string data, dump, extxyz, poscar, xdatcar or cfg; by default the file's name tells
---@field skip? integer frames left out at the beginning
---@field stride? integer take every such frame from there on
---@field frames? integer take at most so many, for instance those before the place where a file is cut off

--- vt.structure.deformation of every frame of a trajectory since the reference (nil: the first frame), one frame in memory at a time. source: a file, a list of Atoms and files, or an iterator.
---@param reference any
---@param source any
---@param options? vitrum.structure_deformations_options
function vt.structure.deformations(reference, source, options) end

---@class vitrum.structure_free_volume_options
---@field core_radii? any [A] radii of the cores by species, { Cu = 1.28, Zr = 1.60 }, or a set of them: "metallic" (Cu, Zr) or "miracle" (Cu, Zr, Ti, Co, Hf)
---@field radii? number|number[]|table<string, number> [A] radical cells with these radii by species, { Cu = 1.28, Zr = 1.6 }; without: plain cells
---@field face_threshold? number a face smaller than this share of its cell's area does not count
---@field edge_threshold? number [A] an edge shorter than this does not count
---@field species? string|string[] elements of types 1, 2, ... as a list {"Cu", "Zr"}; needed when the file does not tell
---@field format? string data, dump, extxyz, poscar, xdatcar or cfg; by default the file's name tells
---@field skip? integer frames left out at the beginning
---@field stride? integer take every such frame from there on
---@field frames? integer take at most so many, for instance those before the place where a file is cut off

--- Free volume: that of an atom's Voronoi cell minus that of a core sphere [A^3]. values holds it for each atom (negative ones included), fraction is the sum over the volume of all cells. Only differences between samples mean something, at the same temperature and pressure and with the same radii. source: Voronoi cells, an Atoms or a trajectory; then numbers are means over frames and series has all of them. Li and Li, Mater. Trans. 48, 1816 (2007).
---@param source any
---@param options? vitrum.structure_free_volume_options
---@return table
function vt.structure.free_volume(source, options) end

---@class vitrum.structure_groups_options
---@field species? any whose atoms; by default all, which mixes species
---@field share? number of these atoms in each group, 0.1 for deciles

--- Atoms in groups of equal size by a quantity, the lowest first: mean, least and largest value and the numbers of the atoms of each. values: one for each atom, or for each atom of the species.
---@param atoms vitrum.Atoms
---@param values any
---@param options? vitrum.structure_groups_options
---@return any[]
function vt.structure.groups(atoms, values, options) end

---@class vitrum.structure_map_options
---@field plane? "xy"|"xz"|"yz"|"yx"|"zx"|"zy" axes of the map: to the right, upwards
---@field bins? number|boolean|any[] columns along both axes, or { nx, ny }
---@field slab? any { from, to }, A from the lower face of the box along the third axis: only the atoms there count
---@field smooth? number [A] standard deviation of a Gaussian over which neighboring bins are averaged
---@field label? string what the value is and its unit, for figures; by default "Cu fraction", "number density (1/Å³)" or "value"
---@field species? string|string[] elements of types 1, 2, ... as a list {"Cu", "Zr"}; needed when the file does not tell
---@field format? string data, dump, extxyz, poscar, xdatcar or cfg; by default the file's name tells
---@field skip? integer frames left out at the beginning
---@field stride? integer take every such frame from there on
---@field frames? integer take at most so many, for instance those before the place where a file is cut off

--- Mean of any per-atom quantity in columns through the box, a matrix of rows along the second axis, as vt.plot.heatmap draws it. values: an array with a number for each atom (of the first frame; atoms of other frames are matched by id), a function(atoms) that gives one array for each frame, the symbol of a species ("Cu") for its share, or nil for the number density (1/A^3). nan counts for nothing. 
---@param source any
---@param values? any
---@param options? vitrum.structure_map_options
---@return vitrum.Map
function vt.structure.map(source, values, options) end

---@class vitrum.structure_motion_options
---@field q? number [1/A] wave number of the scattering function; the first peak of S(q), 2.7 for Cu-Zr
---@field interval? number [ps] time between the frames taken, when the files do not tell or instead
---@field timestep? number [ps] of the dynamics, when files tell step numbers only
---@field lags? integer evenly spaced lags, at least 2; that many frames are kept in memory, for logarithmic spacing for each doubling of time
---@field spacing? "logarithmic"|"linear" beyond `lags` frames in steps of 2, 4, 8, ... frames to the length of the trajectory, or no further
---@field origin_every? integer linear spacing: frames from one time origin to the next; more saves memory
---@field memory? number [GB] that time origins may take; when it does not suffice every other one is left out, and thinning tells how much further apart they are
---@field species? string|string[] elements of types 1, 2, ... as a list {"Cu", "Zr"}; needed when the file does not tell
---@field format? string data, dump, extxyz, poscar, xdatcar or cfg; by default the file's name tells
---@field skip? integer frames left out at the beginning
---@field stride? integer take every such frame from there on
---@field frames? integer take at most so many, for instance those before the place where a file is cut off

--- Mean squared displacement (A^2), non-Gaussian parameter 3<r^4>/(5<r^2>^2) - 1 and, with q, the self-intermediate scattering function <sin(q r)/(q r)> at lags time (ps), averaged over atoms and many time origins (origins: how many); partial.Cu.msd of one species. Frames are taken up one after the other: the file may be larger than memory. They must come at even times. The drift of the center of mass is taken off. Unwrapped positions of a dump (xu yu zu) are taken as they are; other atoms are followed from frame to frame by image counts, or by the nearest image where there are none or those of two frames do not belong together; the box may flip. Where a file gives no box (plain XYZ) positions are taken as they are, and a warning comes when atoms jump as wrapped ones do. In a box that is strained the affine motion is part of the displacement: of the msd, too.
---@param source any
---@param options? vitrum.structure_motion_options
---@return vitrum.Motion
function vt.structure.motion(source, options) end

---@class vitrum.structure_nonaffine_strain_options
---@field poisson? number Poisson's ratio; by default from the two mean cells
---@field from? number [A] start of the long range
---@field to? number [A] end of the long range
---@field smooth? number [A] standard deviation of the Gaussian that smooths g0 and the change of g2 alike
---@field axis? any of the load: "x", "y", "z" or a vector of any length
---@field rmax? number [A] largest distance
---@field bins? integer number of shells
---@field weights? "number"|"xray"|"neutron" how pairs count: all alike, by f_a f_b of X-rays at q = 0, by neutron scattering lengths
---@field blocks? integer least number of blocks of frames for the errors
---@field species? string|string[] elements of types 1, 2, ... as a list {"Cu", "Zr"}; needed when the file does not tell
---@field format? string data, dump, extxyz, poscar, xdatcar or cfg; by default the file's name tells
---@field skip? integer frames left out at the beginning
---@field stride? integer take every such frame from there on
---@field frames? integer take at most so many, for instance those before the place where a file is cut off

--- How much less the first shell is strained than the glass (Wang et al. 2022): strain is the long-range strain from fitting the affine law (eq. 2) to the change of g2 under load, local_strain that at the first positive and negative peak (eq. 3), ratio = 1 - local_strain/strain; local_strain_fit and ratio_fit take least squares over the whole first peak instead. Strains are positive in tension; applied is that of the cell. before and after are frames, or results of vt.structure.anisotropy, or lists of such results in pairs (samples, or one glass loaded along x, y, z), which are averaged. Where a cell has flipped (b - a in place of b), applied is by the vectors nearest to those before. error: by leaving out in turn one of at least three pairs (error_from = "samples"), or with fewer pairs the blocks of frames of each distribution (error_from = "blocks"); nil, unknown, when one of them has fewer than three blocks. Noise: an affine strain of 0.5 to 1 % of 5000 atoms gave ratios of 0 +- 0.05 about one axis and 0 +- 0.03 from three.
---@param before any
---@param after any
---@param options? vitrum.structure_nonaffine_strain_options
---@return vitrum.NonaffineStrain
function vt.structure.nonaffine_strain(before, after, options) end

---@class vitrum.structure_packing_options
---@field radii? number|number[]|table<string, number> [A] radical cells with these radii by species, { Cu = 1.28, Zr = 1.6 }; without: plain cells
---@field face_threshold? number a face smaller than this share of its cell's area does not count
---@field edge_threshold? number [A] an edge shorter than this does not count
---@field species? string|string[] elements of types 1, 2, ... as a list {"Cu", "Zr"}; needed when the file does not tell
---@field format? string data, dump, extxyz, poscar, xdatcar or cfg; by default the file's name tells
---@field skip? integer frames left out at the beginning
---@field stride? integer take every such frame from there on
---@field frames? integer take at most so many, for instance those before the place where a file is cut off

--- Gradient atomic packing of Li, Yu, Branicio and Sha. Cells are of six species by their frustration: without faces of 3 or more than 6 edges, I has n4 = 0, n5 = 12; II 1, 10; III 2, 8; IV 3, 6; V 4, 4; VI is all else. fractions.I to fractions.VI are shares of all atoms; solid_like is I, transition II + III, liquid_like IV + V + VI; icosahedra is the share with <0,0,12,0>; W the mean five-fold symmetry; by_species has the same among the atoms of each species. class is the species of each atom, 1 to 6. Small faces and edges are left out by default, which sends most cells that have some to VI: the liquid-like share of a relaxed Cu64.5Zr35.5 is 0.65 so and 0.47 with both thresholds 0, the solid-like one 0.16 and 0.17. Compare only numbers with the same thresholds. source: Voronoi cells, an Atoms, or a trajectory (a file, a list, an iterator): then numbers are means over the frames, by_species over those that have the species (the others have nan in series); series has all of them as arrays, and class is of the last frame. Best on inherent structures. The rule: Wang et al., npj Comput. Mater. 4, 41 (2018), as far as it could be read.
---@param source any
---@param options? vitrum.structure_packing_options
---@return table
function vt.structure.packing(source, options) end

---@class vitrum.structure_profile_options
---@field axis? "x"|"y"|"z" across the slabs; in a tilted box at right angles to the faces
---@field bins? integer number of slabs
---@field smooth? number [A] standard deviation of a Gaussian over which neighboring bins are averaged
---@field label? string what the value is and its unit, for figures; by default "Cu fraction", "number density (1/Å³)" or "value"
---@field species? string|string[] elements of types 1, 2, ... as a list {"Cu", "Zr"}; needed when the file does not tell
---@field format? string data, dump, extxyz, poscar, xdatcar or cfg; by default the file's name tells
---@field skip? integer frames left out at the beginning
---@field stride? integer take every such frame from there on
---@field frames? integer take at most so many, for instance those before the place where a file is cut off

--- Mean of any per-atom quantity in slabs across an axis, over one frame or many. values: an array with a number for each atom (of the first frame; atoms of other frames are matched by id), a function(atoms) that gives one array for each frame, the symbol of a species ("Cu") for its share, or nil for the number density (1/A^3). nan counts for nothing. x: centers of the slabs (A); error: standard error of the mean; count: atoms per frame. Along a free axis the slabs reach from the first atom to the last.
---@param source any
---@param values? any
---@param options? vitrum.structure_profile_options
---@return vitrum.Profile
function vt.structure.profile(source, values, options) end

---@class vitrum.structure_rdf_options
---@field rmax? number [A] largest distance; may exceed half the box, images are counted
---@field bins? integer number of shells, up to a million
---@field centers? any around which atoms: a species, a list or array of their numbers, a mask, or a function that gives one of these for the atoms of a frame; by default all. partial["Cu-Zr"] is then Zr around those of the centers that are Cu, and not partial["Zr-Cu"]
---@field blocks? integer least number of blocks of frames for the errors
---@field species? string|string[] elements of types 1, 2, ... as a list {"Cu", "Zr"}; needed when the file does not tell
---@field format? string data, dump, extxyz, poscar, xdatcar or cfg; by default the file's name tells
---@field skip? integer frames left out at the beginning
---@field stride? integer take every such frame from there on
---@field frames? integer take at most so many, for instance those before the place where a file is cut off

--- Pair distribution functions of an Atoms, a trajectory file, or a list. r: centers of the shells [A]; total: g(r) of all atoms alike; partial: by pair of species, partial["Cu-Zr"], the same as partial["Zr-Cu"]; coordination: coordination["Cu-Zr"] is the mean number of Zr around a Cu up to the outer edge of each shell, r + dr/2, and coordination.total that of all around all. error: standard errors of total and partial from blocks of frames, nil with fewer than two. The sum of c_a c_b g_ab is the total. Any box will do, tilted or thinner than rmax. Along a free axis there are no images while the density is still that of the box, so g lacks the neighbors beyond a surface. With centers it is g(r) around a group of atoms, such as the softest 1 %, and centers tells how many there are by species.
---@param source any
---@param options? vitrum.structure_rdf_options
---@return vitrum.PairDistribution
function vt.structure.rdf(source, options) end

---@class vitrum.structure_structure_factor_options
---@field qmin? number [1/A] first q
---@field qmax? number [1/A] last q
---@field qstep? number [1/A] from one q to the next
---@field weights? "number"|"xray"|"neutron" how species count in the total: all alike, by X-ray form factors, by neutron scattering lengths
---@field rmax? number [A] end of the transform; by default half the smallest height of the box
---@field window? boolean Lorch's window against ripples from the end of g(r); it widens peaks
---@field blocks? integer least number of blocks of frames for the errors
---@field species? string|string[] elements of types 1, 2, ... as a list {"Cu", "Zr"}; needed when the file does not tell
---@field format? string data, dump, extxyz, poscar, xdatcar or cfg; by default the file's name tells
---@field skip? integer frames left out at the beginning
---@field stride? integer take every such frame from there on
---@field frames? integer take at most so many, for instance those before the place where a file is cut off

--- Structure factors after Faber and Ziman (1965) by transforming the partial g(r): partial["Cu-Zr"] goes to 1 at large q, total = sum c_a c_b f_a f_b S_ab/<f>^2. Below 2 pi/rmax S(q) is not resolved. The box must be periodic along all three axes. error as for rdf. X-ray form factors: Waasmaier and Kirfel (1995), neutral atoms.
---@param source any
---@param options? vitrum.structure_structure_factor_options
---@return vitrum.StructureFactor
function vt.structure.structure_factor(source, options) end

---@class vitrum.structure_velocity_autocorrelation_options
---@field interval? number [ps] time between the frames taken, when the files do not tell or instead
---@field timestep? number [ps] of the dynamics, when files tell step numbers only
---@field lags? integer evenly spaced lags, at least 2
---@field origin_every? integer frames from one time origin to the next; more saves memory
---@field memory? number [GB] that time origins may take; when it does not suffice every other one is left out, and thinning tells how much further apart they are
---@field species? string|string[] elements of types 1, 2, ... as a list {"Cu", "Zr"}; needed when the file does not tell
---@field format? string data, dump, extxyz, poscar, xdatcar or cfg; by default the file's name tells
---@field skip? integer frames left out at the beginning
---@field stride? integer take every such frame from there on
---@field frames? integer take at most so many, for instance those before the place where a file is cut off

--- <v(0) v(t)> (A^2/ps^2) at evenly spaced lags time (ps), of all atoms and by species, without the motion of the center of mass; normalized is 1 at time 0. Frames are taken up one after the other.
---@param source any
---@param options? vitrum.structure_velocity_autocorrelation_options
---@return vitrum.VelocityAutocorrelation
function vt.structure.velocity_autocorrelation(source, options) end

---@class vitrum.structure_voronoi_options
---@field radii? number|number[]|table<string, number> [A] radical cells with these radii by species, { Cu = 1.28, Zr = 1.6 }; without: plain cells
---@field face_threshold? number a face smaller than this share of its cell's area does not count
---@field edge_threshold? number [A] an edge shorter than this does not count

--- Voronoi cells, through voro++. Any box will do: tilted, thin, with free axes, along which cells end at the faces of the box (or half a mean spacing beyond the outermost atom, if that lies outside). The result has per-atom arrays in the order of the atoms: index (n x 4: n3, n4, n5, n6), orders (n x 10: faces with 3, 4, ... 11, 12 or more edges), volume [A^3], area [A^2], radius (to the farthest vertex) [A], coordination (faces shared with atoms), walls (faces on walls), five_fold (n5/(n3+n4+n5+n6)); W, the mean of five_fold; and the faces: those of atom i are first[i] to first[i+1]-1 of neighbor (0: a wall), face_edges, face_area [A^2] and face_vector [A]. Cells without thresholds are those of voro++. Rycroft, Chaos 19, 041111 (2009); radical cells: Gellatly and Finney, J. Non-Cryst. Solids 50, 313 (1982); W: Hu et al., Nat. Commun. 6, 8310 (2015).
---@param atoms vitrum.Atoms
---@param ... any
---@return vitrum.Voronoi
function vt.structure.voronoi(atoms, ...) end

---@class vitrum.structure_voronois_options
---@field radii? number|number[]|table<string, number> [A] radical cells with these radii by species, { Cu = 1.28, Zr = 1.6 }; without: plain cells
---@field face_threshold? number a face smaller than this share of its cell's area does not count
---@field edge_threshold? number [A] an edge shorter than this does not count
---@field species? string|string[] elements of types 1, 2, ... as a list {"Cu", "Zr"}; needed when the file does not tell
---@field format? string data, dump, extxyz, poscar, xdatcar or cfg; by default the file's name tells
---@field skip? integer frames left out at the beginning
---@field stride? integer take every such frame from there on
---@field frames? integer take at most so many, for instance those before the place where a file is cut off

--- vt.structure.voronoi of every frame of a trajectory, one frame in memory at a time. source: a file, a list of Atoms and files, or an iterator.
---@param source any
---@param options? vitrum.structure_voronois_options
function vt.structure.voronois(source, options) end

--- Runs a protocol for all combinations of the values in lists, { cooling_rate = { 1e12, 1e13 } }, each with the same seeds; fixed holds its other parameters. The longest list of numbers is the x axis, or the one that options.along names; the other lists make groups, for which one common slope is judged. Takes the other options of vt.study.
---@param protocol vitrum.Protocol
---@param fixed table
---@param lists table
---@param seeds? integer|integer[]
---@param options? table
---@return vitrum.Study
function vt.study.sweep(protocol, fixed, lists, seeds, options) end

---@class vitrum.stz_landscape_options
---@field least? integer events of a window; a file with fewer in one is refused
---@field check? boolean false: read also what no lattice should be made of, such as a spectrum with nothing to soften, one wider than half its mean or windows of a few events

--- Reads a spectrum of barriers [eV] and its shift with local strain, such as saddle searches on an atomistic glass give: lines 'barrier_mean 2.0', 'barrier_width 0.25', 'saturation 1.2' or 'softening_max 0.51', 'temporary 39', and any number of 'shift strain mean_barrier', to which kappa_p is fitted; # begins a comment. The lattice takes the histogram of the least strained window where the file has one, stretched to the mean without strain, else a normal distribution, softens by accumulated strain, and takes over modes, eigenstrain and zone size. Refused: a mean at or below the saturation, means that rise with strain, a width above half the mean, windows of fewer than 100 events.
---@param path string
---@param options? vitrum.stz_landscape_options
---@return table
function vt.stz.landscape(path, options) end

---@class vitrum.stz_lattice_options
---@field n? integer sites along x, a multiple of 8 from 16 to 4096
---@field rows? integer sites along y, likewise; as many as along x when not given
---@field aspect? number width of a site over its height, 0.1 to 10
---@field modes? integer transformations of a site
---@field seed? integer of all random numbers
---@field barrier? table [eV] { mean = 2, width = 0.12 }: the spectrum of barriers, a normal distribution; { range = { low, high } } a uniform one, with counts = { ... } a histogram
---@field landscape? any a file or table with barriers and softening, see vt.stz.landscape
---@field softening? table { permanent = 13, temporary = 39, maximum = 0.510826, start = 0, recovery_barrier = 0.37 [eV], mises_factor = 1, strain = "event" or "accumulated" }
---@field eigenstrain? number standard deviation of both components of a mode
---@field eigenstrain_later? number factor on the eigenstrains of sites that have transformed
---@field residual? number standard deviation of an eigenstrain at the start, whose stress stays
---@field volume? number [nm^3] of a zone
---@field temperature? number [K] 0: athermal events alone
---@field attempt_frequency? number [1/s] nu0
---@field young? number [GPa] Young's modulus
---@field poisson? number Poisson's ratio: below 1 in plane stress, where it is that of the plane, below 1/2 in plane strain
---@field plane? "stress"|"strain" plane stress or plane strain
---@field strain_step? number largest strain between two looks at the rates; subdivided where the stress would change barriers by more than kT
---@field elapsed? "waiting"|"held"|"exact" time that temporary softening has had to die away: from before the waiting time of the event that made it (waiting); from the event, as it was at the last one (held); from the event, while one waits (exact)
---@field clock? "waiting"|"step" the load rises in a thermal event by what its waiting time gives, or by a whole strain step
---@field engine? "fast"|"plain" fast, or plain: everything anew after every event
---@field slack? number of the fast engine: how far its bounds may lie above the true rate, in units of that, at most 100; it changes the speed and not the statistics

--- A periodic lattice of shear transformation zones in an elastic plane, driven by kinetic Monte Carlo: the heterogeneously randomized model of Wang et al. (2024) after Zhao, Li and Wang, Int. J. Plasticity 40, 1 (2013). The defaults are the paper's table 1; it leaves open the width of the spectrum (here 0.06 of the mean), the volume of a zone and the attempt frequency.
---@param options vitrum.stz_lattice_options
---@return vitrum.Lattice
function vt.stz.lattice(options) end

--- Goes on from a checkpoint: the lattice as it was, to the last bit. lat:resume() then finishes a loading that was cut short.
---@param path string
---@return vitrum.Lattice
function vt.stz.restore(path) end

--- Threads that kernels use; with a number, sets it. Results never depend on it.
---@param n? integer
---@return integer
function vt.threads(n) end

---@class vitrum.vibrations_options
---@field temperature? number [K] of the dynamics; low enough that no atom leaves its place
---@field runs? integer each with new velocities; Fan, Ding and Ma have 100
---@field time? number [ps] of each run, in which amplitudes are taken
---@field settle? number [ps] of each run, before that
---@field every? number [ps] time between frames
---@field timestep? number [ps] of the dynamics, which keeps the energy (NVE)
---@field seed? integer of the velocities
---@field volume? "atom"|"mean" whose cube root is the distance a in v_flex: that of the atom's Voronoi cell, or the mean of all
---@field hop? number [A] a run in which an atom's place in the minimum moves by more does not count for the atoms that moved with it
---@field spectrum? boolean autocorrelations of the velocities, too, for Vibrations:spectrum: 12 bytes for each atom and frame, and 8 for each atom and lag
---@field longest? number [ps] longest lag of these; half of the time unless given. 1/longest is the resolution of the spectrum
---@field sample? fun(...): ... function called after each run: run, time (ps, measured in all runs), temperature (K), msd (A^2, of the run), plateau, hopped (number of atoms that left their place); returning false ends the job with the runs so far
---@field csv? string|false file for the samples
---@field checkpoint? string|false file that vt.vibrations_resume goes on from; written after runs, periodically, at the end, and after an error, Ctrl-C or SIGTERM
---@field checkpoint_every? number [s] wall time between two checkpoints
---@field log? any true, or a list of quantities: print them at each sample, as a table on a terminal, as plain lines elsewhere, with the plan, the estimated time and how it ended
---@field plot? any a quantity of the samples, "volume", or a list of two: draw its curve while the job runs, in place on a terminal; elsewhere print it as `log` does
---@field overwrite? boolean replace files that this process did not write
---@field provenance? any comment lines for the csv

--- How far each atom of an inherent structure swings (Fan, Ding and Ma 2020; Ding et al. 2016): dynamics at constant energy that starts in the minimum, many times with new velocities of twice the temperature, since half of the energy goes into the springs. The atoms stay as they are, and so does the box. The result has msd, the mean square of each atom's distance from its mean place in a run (A^2), without the drift of all; a, the cube root of its volume (A); v_flex = msd a (A^3); reliability by species, the correlation between ln msd of even and odd runs, raised to that of all (Spearman and Brown); plateau, the msd of runs over that of their halves, near 1 where atoms have places and 2 where they diffuse; hops, a list of { run, atoms, distance }; counted, how many runs count for each atom; mean_temperature (K), runs, atoms. What diffuses or hops is told when it is found.
---@param glass vitrum.Atoms
---@param options? vitrum.vibrations_options
---@return vitrum.Vibrations
function vt.vibrations(glass, options) end

---@class vitrum.vibrations_resume_options
---@field potential? any the potential that it was made with, when its file is not found any more
---@field sample? fun(...): ... function called after each run: run, time (ps, measured in all runs), temperature (K), msd (A^2, of the run), plateau, hopped (number of atoms that left their place); returning false ends the job with the runs so far
---@field csv? string|false file for the samples
---@field checkpoint? string|false file that vt.vibrations_resume goes on from; written after runs, periodically, at the end, and after an error, Ctrl-C or SIGTERM
---@field checkpoint_every? number [s] wall time between two checkpoints
---@field log? any true, or a list of quantities: print them at each sample, as a table on a terminal, as plain lines elsewhere, with the plan, the estimated time and how it ended
---@field plot? any a quantity of the samples, "volume", or a list of two: draw its curve while the job runs, in place on a terminal; elsewhere print it as `log` does
---@field overwrite? boolean replace files that this process did not write
---@field provenance? any comment lines for the csv

--- Finishes vibrations that Ctrl-C, an error or the end of the program cut short, from their checkpoint: the result is that of a job in one. The run that was cut short starts anew.
---@param path string
---@param options? vitrum.vibrations_resume_options
---@return vitrum.Vibrations
function vt.vibrations_resume(path, options) end

---@class vitrum.view_options
---@field file? string|false to write, .html; by default one in the folder for temporary files
---@field name? string of the page; by default what the atoms are
---@field open? boolean show the page in the browser
---@field overwrite? boolean replace a file that this run did not write
---@field thin? integer show every such atom: 5 leaves a fifth of them; 1 shows all of however many
---@field still? boolean keep a picture in the page for browsers without WebGL, and for print; by default of up to 100,000 atoms
---@field color? any what the view opens with, as for glass:picture; or several to choose from, under their names: { D2min = d.d2min, energy = "energy" }; species can always be chosen. Of a trajectory all frames have the colors of the first
---@field quantity? string what the numbers are: D2min, von_mises, five_fold, energy, activation, stress, ...; sets the title and the palette
---@field title? string above the legend, with the unit of the numbers
---@field limits? any of the colors; of several { D2min = { 0, 5 } }
---@field palette? "viridis"|"magma"|"cividis"|"blue-red"|"gray"|"ember" colors from low to high; blue-red is centered on zero. By default that of the quantity
---@field colors? table of species, as RRGGBB: { Cu = "cf8550" }
---@field radii? number|number[]|table<string, number> [A] a number for all, or numbers by species; by default those of the close-packed element
---@field radius_factor? number times the radii; by default 1
---@field only? vitrum.Array|number[] atoms to show: their numbers, or a mask such as d.d2min:gt(5)
---@field hide? string|string[] species that are not shown
---@field slice? table [A] what to cut out of the first frame; the view itself cuts along the box vectors
---@field arrows? any displacements to draw from where the atoms are, over all that lies in front: those of an event, e.saddle or e.final of vt.art; { atoms = numbers, displacement = array }; or an array with x, y, z of every atom. Of a trajectory they are shown with the first frame; the picture that is kept for browsers without WebGL has none
---@field arrow_factor? number length of an arrow over its displacement
---@field arrow_above? number [A] atoms that are displaced by less have no arrow
---@field species? string|string[] elements of types 1, 2, ... as a list {"Cu", "Zr"}; needed when the file does not tell
---@field format? string data, dump, extxyz, poscar, xdatcar or cfg; by default the file's name tells
---@field skip? integer frames left out at the beginning
---@field stride? integer take every such frame from there on
---@field frames? integer take at most so many, for instance those before the place where a file is cut off

--- An interactive picture of atoms, or of the frames of a trajectory (a file, a pattern of names, a list), in one HTML file that needs nothing else: turn, zoom, color by any of several quantities, cut slices, hide species, see the values of the atom under the pointer, play the frames. Opens it in the browser where there is one.
---@param atoms vitrum.Atoms
---@param options? vitrum.view_options
---@return string
function vt.view(atoms, options) end

---@class vitrum.write_file_options
---@field overwrite? boolean replace an existing file that this process did not write

--- Write a text file through a temporary one, so that it is either whole or as before; .gz, .zst and .xz compress. Refuses to replace a file that this process did not write.
---@param path string
---@param text string
---@param options? vitrum.write_file_options
function vt.write_file(path, text, options) end

return vt
