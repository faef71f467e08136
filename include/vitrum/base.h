/** base: errors, memory, random numbers, the run context and CPU dispatch.

    Everything else in vitrum stands on this room. It knows nothing of atoms.
    Names: public functions are vt_noun_verb, types vt_noun, constants VT_NAME.

    Stands on: nothing. */
#ifndef VITRUM_BASE_H
#define VITRUM_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Marks what the shared library exports; everything else is hidden. */
#define VT_API __attribute__((visibility("default")))

/** Program version, "major.minor.patch". */
VT_API const char *vt_version(void);

/* ---------------------------------------------------------------- status and errors ---- */

/** What a function came to. Failures are negative; a result such as "not converged yet" is
    not a failure. */
typedef enum {
    VT_OK = 0,           /**< Done, nothing special to say. */
    VT_DONE = 1,         /**< An iteration reached its goal. */
    VT_CONTINUE = 2,     /**< An iteration used up its steps; call again to go on. */
    VT_EINVAL = -1,      /**< An argument is outside what the function accepts. */
    VT_ENOMEM = -2,      /**< Memory ran out. */
    VT_EIO = -3,         /**< The operating system refused a file operation. */
    VT_EFORMAT = -4,     /**< A file's content is not what its format says. */
    VT_EINTERRUPT = -5,  /**< The user asked to stop; objects are in a valid state. */
    VT_EDIVERGED = -6,   /**< A number stopped being finite or left its physical range. */
    VT_EUNSUPPORTED = -7 /**< Valid, but this build or this model cannot do it. */
} vt_status;

/** True when `status` is a failure. */
static inline bool vt_failed(vt_status status) {
    return (int)status < 0;
}

/** Filled by the function that failed; owned by the caller. Start with {0}. A message says what
    is wrong, the value with its unit, where (file:line, atom, step), and what to do. */
typedef struct {
    vt_status code;
    char msg[512];
} vt_error;

/** Fill `err` (may be NULL) from a printf format and return `code`. Text beyond the buffer is
    cut, never overrun, and control characters become '?'. The message of an earlier failure in
    `err` is replaced. */
VT_API vt_status vt_fail(vt_error *err, vt_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---------------------------------------------------------------- memory ---- */

/** Zeroed memory for `count` items of `size` bytes, aligned to 64 bytes. NULL when memory runs
    out or the product overflows. Zero items give a valid pointer. Free with vt_free. */
VT_API void *vt_alloc(size_t count, size_t size);

/** Free memory from vt_alloc; NULL is legal. */
VT_API void vt_free(void *memory);

/** Grow or shrink memory from vt_alloc (or NULL) from `old_count` to `count` items of `size`
    bytes, contents kept, new items zeroed. NULL on failure, and then `memory` stays valid. */
VT_API void *vt_grow(void *memory, size_t old_count, size_t count, size_t size);

/** Make the pointer at `memory` (of any type; NULL or from vt_alloc) hold `needed` items of `size`
    bytes: when *capacity is less, memory for `needed` + `spare` takes its place and the contents
    are gone. VT_ENOMEM with `what` it was for; then the pointer is NULL and *capacity 0. */
VT_API vt_status vt_reserve(void *memory, size_t *capacity, size_t needed, size_t spare,
                            size_t size, const char *what, vt_error *err);

/** Write "nan" for each "-nan" that stands behind a space, a parenthesis or a comma: its sign,
    which printf shows, says nothing and differs between processors. */
VT_API void vt_plain_nan(char *text);

/** Make a text that holds words out of a file fit for a terminal, which obeys control characters:
    these (those from U+0080 to U+009F too), marks that turn the direction of writing, and bytes
    that are no UTF-8 become '?'. With `lines`, line breaks and tabs stay. It never gets longer. */
VT_API void vt_plain_text(char *text, bool lines);

/** Fill `err` for a failed allocation of `what` and return VT_ENOMEM. */
VT_API vt_status vt_fail_memory(vt_error *err, size_t count, size_t size, const char *what);

/* ---------------------------------------------------------------- checksums ---- */

/** SHA-256 (FIPS 180-4) of `bytes` of `data` as 64 hexadecimal digits and a NUL. */
VT_API void vt_sha256(const void *data, size_t bytes, char hex[65]);

/** The same of data that come in pieces: start, add each piece, end. */
typedef struct {
    uint32_t hash[8];
    unsigned char block[64]; /**< What is left of the last piece. */
    uint64_t bytes;          /**< So far. */
} vt_sha256_state;
VT_API void vt_sha256_start(vt_sha256_state *state);
VT_API void vt_sha256_add(vt_sha256_state *state, const void *data, size_t bytes);
VT_API void vt_sha256_end(vt_sha256_state *state, char hex[65]);

/* ---------------------------------------------------------------- random numbers ---- */

/** Counter-based random numbers, Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random
    numbers: as easy as 1, 2, 3", SC11 (2011). A number depends only on (seed, stream, item,
    step), never on what was drawn before or on which thread asks. */

/** Streams keep independent uses of one seed apart. Append only: files and results depend on
    the numbers. */
typedef enum {
    VT_STREAM_BUILD = 1,      /**< Builders: random packing, substitution. */
    VT_STREAM_VELOCITIES = 2, /**< Initial velocities. */
    VT_STREAM_LANGEVIN = 3,   /**< Langevin noise. */
    VT_STREAM_SHUFFLE = 4,    /**< Permutations and choices. */
    VT_STREAM_ARRAY = 5,      /**< vt.array.random and its kin. */
    VT_STREAM_BOOTSTRAP = 6,  /**< Resampling for error estimates. */
    VT_STREAM_STZ_MODES = 7,  /**< Modes of the sites of the STZ lattice. */
    VT_STREAM_STZ_EVENTS = 8, /**< Its waiting times and choices. */
    VT_STREAM_ART = 9,        /**< First displacements of searches for saddles. */
    VT_STREAM_MODES = 10,     /**< Vectors that searches for modes start from. */
    VT_STREAM_NETWORK = 11    /**< First weights of network potentials. */
} vt_stream;

/** The bare generator: one block of Philox4x32-10 for a counter and a key. What follows is built
    on it. */
VT_API void vt_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/** Four independent 32-bit words for the counter (item, step) under the key (seed, stream). */
VT_API void vt_random_block(uint64_t seed, uint32_t stream, uint64_t item, uint64_t step,
                            uint32_t out[4]);

/** Two independent doubles uniform in (0, 1), never 0 or 1. */
VT_API void vt_random_uniform2(uint64_t seed, uint32_t stream, uint64_t item, uint64_t step,
                               double out[2]);

/** Four independent standard normal numbers (Box and Muller, Ann. Math. Stat. 29, 610 (1958)). */
VT_API void vt_random_normal4(uint64_t seed, uint32_t stream, uint64_t item, uint64_t step,
                              double out[4]);

/** A sequence of random numbers for serial code: the counter of vt_random_block advanced by one
    each draw. Copy it to save the state. */
typedef struct {
    uint64_t seed;
    uint64_t next; /**< Draws made so far. */
    uint32_t stream;
} vt_rng;

/** Start of the sequence of `seed` and `stream`. */
static inline vt_rng vt_rng_start(uint64_t seed, uint32_t stream) {
    vt_rng rng = {seed, 0, stream};
    return rng;
}

/** Next double uniform in (0, 1). */
VT_API double vt_rng_uniform(vt_rng *rng);

/** Next integer uniform in [0, bound), without bias; 0 when `bound` is 0. */
VT_API uint64_t vt_rng_below(vt_rng *rng, uint64_t bound);

/* ---------------------------------------------------------------- run context ---- */

/** Ask every running computation to stop at its next safe point. Safe in a signal handler. */
VT_API void vt_interrupt_request(void);

/** True after vt_interrupt_request until vt_interrupt_clear. Long loops poll it once a step, at a
    point where positions, forces and energy agree. */
VT_API bool vt_interrupted(void);

/** Forget the request; called by the prompt alone. */
VT_API void vt_interrupt_clear(void);

/** True when a computation stopped on the last request and said so (vt_fail_interrupted). */
VT_API bool vt_interrupt_told(void);

/** Fill `err` with "interrupted" and return VT_EINTERRUPT. */
VT_API vt_status vt_fail_interrupted(vt_error *err);

/** Threads that kernels use. At the start the value of VITRUM_THREADS or OMP_NUM_THREADS, else
    the processors this process may run on. */
VT_API int vt_threads(void);

/** Those of vt_threads that no helper of the core, such as one that reads ahead, is using just now;
    at least 1. For kernels that may take another number at each call. */
VT_API int vt_threads_free(void);

/** A helper begins (1) or ends (-1) to use a processor. */
VT_API void vt_helpers_add(int change);

enum { VT_MAX_THREADS = 1024 };

/** Set the number of threads, 1 to VT_MAX_THREADS. Results never depend on it. */
VT_API vt_status vt_threads_set(int threads, vt_error *err);

/** VT_EINVAL when VITRUM_THREADS is no number of threads, or VITRUM_SIMD names no instruction set
   or one that this processor lacks; both are otherwise passed over in silence. Programs call it
   once at their start. */
VT_API vt_status vt_environment_check(vt_error *err);

/** Wall time from a fixed, arbitrary origin; never goes back [s]. */
VT_API double vt_clock(void);

/* ---------------------------------------------------------------- tensors ---- */

/** Components of symmetric tensors, in the order in which arrays of six numbers hold them. */
enum { VT_XX, VT_YY, VT_ZZ, VT_YZ, VT_XZ, VT_XY };

/** "xx", "yy", "zz", "yz", "xz" or "xy"; NULL for any other `component`. */
VT_API const char *vt_tensor_name(int component);

/* ---------------------------------------------------------------- what makes sense ---- */

enum { VT_OTHER_UNITS = 3 };

/** Which values of a quantity make sense, by their size; the sign does not count, and 0 is not
    judged here. */
typedef struct {
    const char *name; /**< "pressure" */
    const char *unit;
    double least, low; /**< Below `least` is an error, below `low` worth a warning. */
    double high, most; /**< Above `high` is worth a warning, above `most` an error. */
    struct {
        const char *unit;
        double factor;       /**< 1 of this unit in `unit`. */
    } other[VT_OTHER_UNITS]; /**< That people mistake for `unit`; fewer end with a NULL. */
} vt_range;

/** Quantities that have a range. */
typedef enum {
    VT_RANGE_TIMESTEP,
    VT_RANGE_TIME,
    VT_RANGE_DAMPING,
    VT_RANGE_TEMPERATURE,
    VT_RANGE_TEMPERATURE_RATE,
    VT_RANGE_PRESSURE,
    VT_RANGE_PRESSURE_RATE,
    VT_RANGE_MODULUS,
    VT_RANGE_STRAIN,
    VT_RANGE_STRAIN_RATE,
    VT_RANGE_FORCE,
    VT_RANGE_DISTANCE,
    VT_RANGE_LATTICE_CONSTANT,
    VT_RANGE_SHIFT,
    VT_RANGE_DISPLACEMENT,
    VT_RANGE_DENSITY,
    VT_RANGE_NUMBER_DENSITY,
    VT_RANGE_MASS,
    VT_RANGE_ENERGY,
    VT_RANGE_FREQUENCY,
    VT_RANGE_VOLUME,
    VT_RANGE_COUNT
} vt_quantity;

/** By quantity. */
VT_API extern const vt_range vt_ranges[VT_RANGE_COUNT];

/** The range of that name, or NULL. */
VT_API const vt_range *vt_range_find(const char *name);

typedef enum { VT_USUAL, VT_UNUSUAL, VT_IMPOSSIBLE } vt_verdict;

/** Whether `value` makes sense; if not, `text` says why and names the unit that it may be in:
    "is 10000 GPa, but only up to 1000 GPa makes sense; did you mean 1 GPa = 10000 bar?" */
VT_API vt_verdict vt_range_judge(const vt_range *range, double value, char *text, size_t size);

/* ---------------------------------------------------------------- sums ---- */

/** Sum of n numbers, pairwise: halves are added in a tree whose shape depends on n alone, and
    rounding grows with log n. Higham, SIAM J. Sci. Comput. 14, 783 (1993). */
VT_API double vt_sum(const double *x, size_t n);

/** Scalar product of n numbers, summed in the same way. */
VT_API double vt_dot(const double *x, const double *y, size_t n);

/* ---------------------------------------------------------------- CPU dispatch ---- */

/** Instruction sets that kernels are compiled for, in rising order. REFERENCE is the plain
    scalar code that the others are tested against. */
typedef enum { VT_SIMD_REFERENCE, VT_SIMD_BASELINE, VT_SIMD_AVX2, VT_SIMD_AVX512 } vt_simd;

/** The widest set that both this processor and this build have, or the one that the environment
    variable VITRUM_SIMD names (reference, baseline, avx2, avx512) when the processor has it. */
VT_API vt_simd vt_simd_best(void);

/** True when this processor and this build can run `simd`. */
VT_API bool vt_simd_available(vt_simd simd);

/** "reference", "baseline", "avx2" or "avx512". */
VT_API const char *vt_simd_name(vt_simd simd);

#ifdef __cplusplus
}
#endif
#endif
