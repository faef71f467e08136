/* Rayleigh and Ritz in a space of many long vectors. */
#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "base/share.h"
#include "base/try.h"
#include "modes/internal.h"

enum {
    TILE = 64, /* vectors of which products with others are taken at a time */
    BATCH = VTI_MULTIPLE,
    PIECE = 512, /* numbers of each vector that are turned at a time */
    TRIES = 4    /* to make vectors that are nearly dependent into a basis */
};

typedef struct {
    vti_subspace *space;
    double *product; /* of H, with BATCH vectors from `first` on */
    size_t first, batch;
    double *overlap, *h; /* count x count, lower triangles */
    double *turn;        /* new vectors are the columns */
    double *scratch;     /* count x PIECE for each thread */
} ritz;

/* BLAS shares no work here: threads take tiles, so that sums do not depend on them. */
static void multiply_tiles(void *context, size_t from, size_t to, int worker) {
    (void)worker;
    const ritz *r = context;
    const vti_subspace *s = r->space;
    int n = (int)s->n, count = (int)s->count;
    for (size_t t = from; t < to; t++) {
        size_t at = t * TILE;
        int rows = (int)r->batch, columns = (int)(at + TILE < s->count ? TILE : s->count - at);
        const double *others = s->v + at * s->n;
        size_t to_place = r->first * s->count + at;
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, columns, n, 1,
                    s->v + r->first * s->n, n, others, n, 0, r->overlap + to_place, count);
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, columns, n, 1, r->product, n,
                    others, n, 0, r->h + to_place, count);
    }
}

/* Rows of the lower triangles of overlaps and of H. */
static vt_status make_matrices(vti_operator *op, ritz *r, vt_error *err) {
    vti_subspace *s = r->space;
    for (r->first = 0; r->first < s->count; r->first += BATCH) {
        r->batch = s->count - r->first < BATCH ? s->count - r->first : BATCH;
        VTI_TRY(vti_times(op, r->batch, s->v + r->first * s->n, r->product, err));
        size_t tiles = (r->first + r->batch + TILE - 1) / TILE;
        VTI_TRY(vti_share_stoppable(tiles, 1, multiply_tiles, r, err));
    }
    return VT_OK;
}

static void turn_some(void *context, size_t from, size_t to, int worker) {
    const ritz *r = context;
    vti_subspace *s = r->space;
    double *scratch = r->scratch + (size_t)worker * s->count * PIECE;
    int count = (int)s->count;
    for (size_t p = from; p < to; p++) {
        size_t at = p * PIECE, width = s->n - at < PIECE ? s->n - at : PIECE;
        for (size_t k = 0; k < s->count; k++)
            memcpy(scratch + k * PIECE, s->v + k * s->n + at, width * sizeof *scratch);
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, count, (int)width, count, 1, r->turn,
                    count, scratch, PIECE, 0, s->v + at, (int)s->n);
    }
}

static void turn(const ritz *r) {
    size_t pieces = (r->space->n + PIECE - 1) / PIECE;
    vti_share(pieces, 1, turn_some, (void *)(uintptr_t)r);
}

/* Vectors too near to dependent for Cholesky's factors: orthogonalize along the axes of their
   overlaps, where what is nothing but rounding is blown up to vectors like any others. Stathopoulos
   and Wu, SIAM J. Sci. Comput. 23, 2165 (2002). */
static bool straighten(const ritz *r) {
    vti_subspace *s = r->space;
    size_t k = s->count;
    memcpy(r->turn, r->overlap, k * k * sizeof *r->turn);
    if (LAPACKE_dsyevd(LAPACK_ROW_MAJOR, 'V', 'L', (lapack_int)k, r->turn, (lapack_int)k,
                       s->value) != 0)
        return false;
    double least = 1e-14 * s->value[k - 1];
    if (!(least > 0)) return false;
    for (size_t j = 0; j < k; j++) {
        double factor = 1 / sqrt(s->value[j] > least ? s->value[j] : least);
        for (size_t i = 0; i < k; i++) r->turn[i * k + j] *= factor;
    }
    turn(r);
    for (size_t j = 0; j < k; j++) vti_normalize(s->n, s->v + j * s->n);
    return true;
}

static vt_status solve(vti_operator *op, ritz *r, vt_error *err) {
    vti_subspace *s = r->space;
    lapack_int k = (lapack_int)s->count;
    for (int attempt = 0; attempt < TRIES; attempt++) {
        VTI_TRY(make_matrices(op, r, err));
        memcpy(r->turn, r->h, s->count * s->count * sizeof *r->turn);
        double *overlap = r->overlap;
        memcpy(r->h, overlap, s->count * s->count * sizeof *overlap);
        lapack_int info =
            LAPACKE_dsygvd(LAPACK_ROW_MAJOR, 1, 'V', 'L', k, r->turn, k, r->h, k, s->value);
        if (info == 0) {
            turn(r);
            return VT_OK;
        }
        if (!straighten(r)) break;
    }
    return vt_fail(err, VT_EDIVERGED,
                   "the vectors of %zu modes could not be made orthogonal; are second derivatives "
                   "finite?",
                   s->count);
}

vt_status vti_rayleigh_ritz(vti_operator *op, vti_subspace *space, vt_error *err) {
    size_t k = space->count, threads = (size_t)vt_threads();
    ritz r = {.space = space,
              .product = vt_alloc(BATCH * space->n, sizeof *r.product),
              .overlap = vt_alloc(3 * k * k, sizeof *r.overlap),
              .scratch = vt_alloc(threads * k * PIECE, sizeof *r.scratch)};
    openblas_set_num_threads(1);
    vt_status st;
    if (r.product == NULL || r.overlap == NULL || r.scratch == NULL) {
        st = vt_fail_memory(err, BATCH * space->n + 3 * k * k, sizeof *r.product, "modes");
    } else {
        r.h = r.overlap + k * k;
        r.turn = r.h + k * k;
        st = solve(op, &r, err);
    }
    vt_free(r.product);
    vt_free(r.overlap);
    vt_free(r.scratch);
    return st;
}
