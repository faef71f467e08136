/** io: files of atoms. LAMMPS data and dump, extended XYZ, POSCAR, XDATCAR, AtomEye's cfg, each
    plain or packed with gzip, zstd or xz.

    A file is a sequence of frames (data, POSCAR and cfg: one). Reading streams: a reader holds one
    frame's worth of memory whatever the size of the file. Writing goes through a temporary file
    and an atomic rename, so that no reader ever sees half a file and a failure leaves what was
    there before. Numbers are read exactly (the nearest double) and, with 17 digits, written so
    that they read back to the same bits.

    Stands on: atoms. */
#ifndef VITRUM_IO_H
#define VITRUM_IO_H

#include <stdarg.h>

#include "vitrum/array.h"
#include "vitrum/atoms.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- output ---- */

/** A file being written. */
typedef struct vt_output vt_output;

/** Start writing `path` (copied). Data go to "path.tmp-<process>" beside it until
    vt_output_commit; a name ending in ".gz", ".zst" or ".xz" compresses. A device or pipe is
    written directly. Fails when the file exists and `overwrite` is false, on a directory, and when
    the folder is missing or not writable; NULL then. */
VT_API vt_output *vt_output_create(const char *path, bool overwrite, vt_error *err);

/** Start adding to the end of `path`, which is made when it does not exist. Here data go straight
    to the file; a failure, or vt_output_discard, cuts it back to its old length. */
VT_API vt_output *vt_output_append(const char *path, vt_error *err);

/** Add `bytes` of `data`. After a failure every later call fails with the same message. */
VT_API vt_status vt_output_write(vt_output *output, const void *data, size_t bytes, vt_error *err);

/** Add printf-style text. */
VT_API vt_status vt_output_print(vt_output *output, vt_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Flush to the disk, rename to the final name and free `output`. On failure the temporary file is
    gone and an earlier file of that name is as it was. */
VT_API vt_status vt_output_commit(vt_output *output, vt_error *err);

/** Throw away what was written and free `output`; NULL is legal. */
VT_API void vt_output_discard(vt_output *output);

/* ---------------------------------------------------------------- frames ---- */

/** Kinds of named values. */
typedef enum { VT_VALUE_REAL, VT_VALUE_INTEGER, VT_VALUE_LOGICAL, VT_VALUE_TEXT } vt_value_kind;

/** Named values, rows x columns: a per-atom column (rows = atoms) or an entry of a comment line
    (a single value: rows 0, columns 1; a list: rows 0, columns n). */
typedef struct {
    char *name;
    vt_value_kind kind;
    size_t rows, columns;
    double
        *number; /**< Row-major, NULL for text. Integers are exact up to 2^53, logicals 0 or 1. */
    int64_t *whole; /**< All integers exactly, where one of them is beyond 2^53; NULL otherwise. */
    char *text;     /**< VT_VALUE_TEXT: the strings one after the other, each ended by NUL. */
    size_t text_size; /**< Bytes of `text`. */
} vt_values;

/** One frame of a file. Start with {0}, empty with vt_frame_clear. */
typedef struct {
    vt_atoms *atoms; /**< Owned. */
    bool has_timestep, has_time, has_energy, has_stress, has_velocities, has_forces;
    int64_t timestep;
    double time;       /**< [ps] */
    double energy;     /**< [eV] */
    double stress[6];  /**< Positive in tension, xx yy zz yz xz xy [eV/angstrom^3]. */
    char *comment;     /**< Title or comment line, NULL if none. */
    vt_values *column; /**< Per-atom columns that vt_atoms has no place for. */
    size_t column_count;
    vt_values *info; /**< Other entries of an extended XYZ comment, UNITS of a dump. */
    size_t info_count;
} vt_frame;

/** Free everything in `frame` and set it to {0}. NULL is legal. */
VT_API void vt_frame_clear(vt_frame *frame);

/** The column or info entry `name`, or NULL. */
VT_API const vt_values *vt_frame_column(const vt_frame *frame, const char *name);
VT_API const vt_values *vt_frame_info(const vt_frame *frame, const char *name);

/** A new column or info entry at the end, its `number` (or, with `text_size` > 0, `text`) zeroed
    for the caller to fill. NULL on failure. */
VT_API vt_values *vt_frame_add_column(vt_frame *frame, const char *name, vt_value_kind kind,
                                      size_t columns, size_t text_size, vt_error *err);
/** Make room for `whole` of a column of integers, zeroed. */
VT_API vt_status vt_frame_add_whole(vt_values *column, vt_error *err);
VT_API vt_values *vt_frame_add_info(vt_frame *frame, const char *name, vt_value_kind kind,
                                    size_t rows, size_t columns, size_t text_size, vt_error *err);

/* ---------------------------------------------------------------- formats ---- */

/** Number of formats known. */
VT_API int vt_format_count(void);

/** Name of format k ("data", "dump", "extxyz", "poscar") and the file names it goes with
    (".dump, .lammpstrj"); NULL outside 0..count-1. */
VT_API const char *vt_format_name(int k);
VT_API const char *vt_format_extensions(int k);

/* ---------------------------------------------------------------- names of files ---- */

/** A list of paths. Start with {0}. */
typedef struct {
    char **path;
    size_t count;
} vt_files;

/** The files that a pattern with * ? or [0-9] stands for, in the order of their numbers (dump.9
    before dump.10); without folders and files that vitrum is just writing. A name without these, or
    one that a file has as it is, stands for itself, whether there is such a file or not. VT_EINVAL
    when no file matches; `files` is empty then. */
VT_API vt_status vt_files_match(const char *pattern, vt_files *files, vt_error *err);

/** Free the list and set it to {0}. */
VT_API void vt_files_clear(vt_files *files);

/* ---------------------------------------------------------------- reading ---- */

typedef struct {
    const char *format;         /**< NULL: by the file's name. */
    const char *const *species; /**< Symbols of types 1, 2, ...; borrowed while the reader lives. */
    int species_count;          /**< 0: from the file. */
    bool columns;               /**< Keep columns that vt_atoms has no place for. */
    const char *style;          /**< Atom style of a data file, "atomic" or "charge"; NULL: by the
                                     file. */
    const char *velocity_unit;  /**< Of extended XYZ: "A/ps", "A/fs", "ase"; NULL: by the header. */
} vt_read_options;

/** Everything from the file, extra columns kept. */
VT_API vt_read_options vt_read_defaults(void);

typedef struct vt_reader vt_reader;

/** Open `path` (copied), plain or packed with gzip, zstd or xz whatever its name; the latter two
    where vitrum was built with their libraries. NULL on failure. */
VT_API vt_reader *vt_reader_open(const char *path, const vt_read_options *options, vt_error *err);

/** Read the next frame into `frame` (cleared first). Atoms come in the order of their ids where
    the format has ids, else in that of the file.
    @return VT_OK, VT_DONE after the last frame, or a failure with file and line: VT_EFORMAT,
    VT_EIO, VT_ENOMEM, VT_EINTERRUPT. After a failure every call fails. */
VT_API vt_status vt_reader_next(vt_reader *reader, vt_frame *frame, vt_error *err);

/** From now on a thread of its own reads the next frame while the last one is at work, and
    vt_reader_next waits for it where it must. It gives the frames and failures that it would give
    without, also when frames are added to the file meanwhile; two frames are in memory. Without
    effect on pipes, on formats of one frame, when vt_threads is 1 or no thread can be had. The
    reader itself may still be used by one thread only. */
VT_API void vt_reader_ahead(vt_reader *reader);

/** Go to frame n, 1 the first, -1 the last; the next vt_reader_next reads it. */
VT_API vt_status vt_reader_seek(vt_reader *reader, int64_t n, vt_error *err);

/** NULL is legal. */
VT_API void vt_reader_close(vt_reader *reader);

/** Open, read frame n (as vt_reader_seek) and close. */
VT_API vt_status vt_frame_read(vt_frame *frame, const char *path, int64_t n,
                               const vt_read_options *options, vt_error *err);

/* ---------------------------------------------------------------- writing ---- */

typedef struct {
    const char *format;     /**< NULL: by the file's name. */
    int digits;             /**< Significant digits, 1 to 17; with 17 the shortest text that reads
                                 back to the same double. */
    bool overwrite;         /**< Replace an existing file. */
    bool append;            /**< Add a frame (dump, extxyz). */
    const char *provenance; /**< Goes into the title or comment line; NULL for none. */
} vt_write_options;

/** 17 digits, no overwriting. */
VT_API vt_write_options vt_write_defaults(void);

/** Write `frame` to `path`. Velocities and forces are written when has_velocities and has_forces
    say so; a format without a place for forces or for the columns refuses, as it does where the
    name of a column, a symbol or a number would come back as something else. What `info`, time and
    energy say goes only where the format has a place for it. LAMMPS's formats need a cell with a
    along x and b in the xy plane; another cell is rotated, and positions, velocities and forces
    with it. */
VT_API vt_status vt_frame_write(const vt_frame *frame, const char *path,
                                const vt_write_options *options, vt_error *err);

/** Whether a file of that name can hold frames written with these options; opens nothing. */
VT_API vt_status vt_frame_check(const char *path, const vt_write_options *options, vt_error *err);

/* ---------------------------------------------------------------- samples ---- */

/** Samples to learn from. Start with {0}, empty with vt_svmlight_clear. */
typedef struct {
    int64_t samples, features;
    double *x; /**< samples x features; owned. */
    double *y; /**< The targets or labels; owned. */
} vt_svmlight;

/** Read a file in the format of SVMlight and LIBLINEAR, plain or packed. `features`: columns to
    make, 0 for as many as there are, unless that is far more than there are numbers; indices count
    from 1, or `from_zero`. VT_EFORMAT with the line, VT_EIO, VT_ENOMEM, VT_EINTERRUPT, and `out`
    is then empty. The file is read twice. */
VT_API vt_status vt_svmlight_read(const char *path, int64_t features, bool from_zero,
                                  vt_svmlight *out, vt_error *err);

VT_API void vt_svmlight_clear(vt_svmlight *samples);

/** Write samples (x: two dimensions, floats; y: a number for each row) so that they read back the
    same. VT_EINVAL for a number that is not finite. */
VT_API vt_status vt_svmlight_write(const char *path, const vt_array *x, const double *y,
                                   bool overwrite, vt_error *err);

/* ---------------------------------------------------------------- LAMMPS at work ---- */

/** The mass that makes LAMMPS, whose constants are older, find our kinetic energies [amu]. */
VT_API double vt_exchange_mass(double mass);

/** Write atoms for LAMMPS to go on with, exact: a data file in which atom k has the id k + 1, and
    these masses. VT_EUNSUPPORTED for a box that LAMMPS cannot hold. */
VT_API vt_status vt_exchange_write(const vt_atoms *atoms, const char *path, vt_error *err);

/** Read what LAMMPS made of them from a binary dump with the columns id x y z vx vy vz ix iy iz,
    and the box that they are in, without its free axes; velocities on request. Nothing changes on
    failure: a file that is cut short, atoms that are lost (VT_EDIVERGED). */
VT_API vt_status vt_exchange_read(vt_atoms *atoms, const vt_box *box, bool velocities,
                                  const char *path, vt_error *err);

#ifdef __cplusplus
}
#endif
#endif
