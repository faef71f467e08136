-- The Lua half of vt.structure: one line for each function.

local structure = require("vitrum").structure
local anisotropy = require "vitrum.structure.anisotropy"
local field = require "vitrum.structure.field"
local motion = require "vitrum.structure.motion"
local pair = require "vitrum.structure.pair"
local strain = require "vitrum.structure.strain"

structure.rdf = pair.rdf
structure.atomic_rdf = pair.atomic
structure.structure_factor = pair.structure_factor
structure.anisotropy = anisotropy.anisotropy
structure.nonaffine_strain = anisotropy.nonaffine_strain
structure.profile = field.profile
structure.map = field.map
structure.coarse_grain = field.coarse_grain
structure.motion = motion.motion
structure.velocity_autocorrelation = motion.velocity_autocorrelation
structure.deformation = strain.deformation
structure.deformations = strain.deformations

local voronoi = require "vitrum.structure.voronoi"
structure.voronoi = voronoi.one
structure.voronois = voronoi.series

local packing = require "vitrum.structure.packing"
structure.packing = packing.packing
structure.clusters = packing.clusters
structure.free_volume = packing.free_volume

structure.bond_order = require("vitrum.structure.bond_order").bond_order

return structure
