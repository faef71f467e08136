/* The climbing-image nudged elastic band. All images take one step at a time, from what earlier
   steps of the whole band tell about second derivatives (Sheppard, Terrell and Henkelman, J. Chem.
   Phys. 128, 134106 (2008)). */
#include <math.h>
#include <string.h>

#include "base/try.h"
#include "saddle/internal.h"

vt_neb_options vt_neb_defaults(void) {
    return (vt_neb_options){
        .images = 7, .spring = 1, .force = 0.01, .steps = 1000, .climb = true, .max_step = 0.1};
}

static vt_status check(const vt_neb_options *o, vt_error *err) {
    if (o->images < 3 || o->images > 1000)
        return vt_fail(err, VT_EINVAL, "a band has 3 to 1000 images, not %d", o->images);
    if (!(o->spring > 0) || !isfinite(o->spring) || !(o->force > 0) || !isfinite(o->force) ||
        !(o->max_step > 0) || !isfinite(o->max_step) || o->steps < 1)
        return vt_fail(err, VT_EINVAL,
                       "a band needs a positive spring [eV/A^2], force [eV/A], number of steps and "
                       "longest step [A], got %g, %g, %d and %g",
                       o->spring, o->force, o->steps, o->max_step);
    return VT_OK;
}

typedef struct {
    const vt_surface *surface;
    const vt_neb_options *o;
    size_t n, inner; /* variables of an image, of all between the ends */
    double *path, *energy;
    double *force, *before, *step; /* on the inner images: of the band */
    double *tangent;               /* of one image */
    vt_neb_report *report;
    vt_error *err;
} band;

static double *image_of(const band *b, int k) {
    return b->path + (size_t)k * b->n;
}

/* Along the band at image k, towards the higher neighbor. */
static vt_status find_tangent(band *b, int k) {
    size_t n = b->n;
    const double *x = image_of(b, k), *e = b->energy + k;
    double up = 0, down = 0;
    if (e[1] > e[0] && e[0] > e[-1]) {
        up = 1;
    } else if (e[1] < e[0] && e[0] < e[-1]) {
        down = 1;
    } else {
        double most = fmax(fabs(e[1] - e[0]), fabs(e[-1] - e[0]));
        double least = fmin(fabs(e[1] - e[0]), fabs(e[-1] - e[0]));
        up = e[1] > e[-1] ? most : least;
        down = e[1] > e[-1] ? least : most;
        if (up + down == 0) up = down = 1;
    }
    for (size_t i = 0; i < n; i++)
        b->tangent[i] = up * (x[n + i] - x[i]) + down * (x[i] - x[(ptrdiff_t)i - (ptrdiff_t)n]);
    double norm = vti_norm(n, b->tangent);
    if (!(norm > 0))
        return vt_fail(b->err, VT_EINVAL, "images %d and %d of the band are the same", k, k + 1);
    for (size_t i = 0; i < n; i++) b->tangent[i] /= norm;
    return VT_OK;
}

static double distance(size_t n, const double *a, const double *b) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sqrt(sum);
}

/* Forces of the band on its images, and the largest of what must vanish. */
static vt_status find_forces(band *b, bool climb) {
    const vt_neb_options *o = b->o;
    size_t n = b->n;
    for (int k = 1; k < o->images - 1; k++) {
        if (vt_interrupted()) return vt_fail_interrupted(b->err);
        double *f = b->force + (size_t)(k - 1) * n;
        b->report->evaluations++;
        VTI_TRY(
            b->surface->evaluate(b->surface->context, image_of(b, k), &b->energy[k], f, b->err));
    }
    int highest = 1;
    for (int k = 2; k < o->images - 1; k++)
        if (b->energy[k] > b->energy[highest]) highest = k;
    b->report->highest = highest;
    b->report->force = 0;
    for (int k = 1; k < o->images - 1; k++) {
        double *f = b->force + (size_t)(k - 1) * n;
        VTI_TRY(find_tangent(b, k));
        double along = vti_dot(n, f, b->tangent), pull = 0;
        bool climbs = climb && k == highest;
        if (climbs) {
            vti_axpy(n, -2 * along, b->tangent, f);
        } else {
            vti_axpy(n, -along, b->tangent, f);
            pull = o->spring * (distance(n, image_of(b, k + 1), image_of(b, k)) -
                                distance(n, image_of(b, k), image_of(b, k - 1)));
        }
        b->report->force = fmax(b->report->force, vti_norm(n, f));
        vti_axpy(n, pull, b->tangent, f);
    }
    return VT_OK;
}

static void limit(const band *b) {
    size_t group = b->surface->group > 0 ? b->surface->group : b->n;
    double most = 0;
    for (size_t k = 0; k < b->inner; k += group) most = fmax(most, vti_norm(group, b->step + k));
    if (!(most > b->o->max_step)) return;
    for (size_t k = 0; k < b->inner; k++) b->step[k] *= b->o->max_step / most;
}

static vt_status relax(band *b, vti_quasi *quasi) {
    const vt_neb_options *o = b->o;
    /* Climbing begins when the band is about where it belongs. */
    const double NEAR = 10 * o->force;
    bool climb = false;
    VTI_TRY(find_forces(b, climb));
    for (int step = 0; step < o->steps; step++) {
        if (o->climb && !climb && b->report->force < fmax(NEAR, 0.3)) {
            climb = true;
            vti_quasi_reset(quasi);
            VTI_TRY(find_forces(b, climb));
        }
        b->report->converged = climb == o->climb && b->report->force < o->force;
        if (b->report->converged) return VT_OK;
        double last = b->report->force;
        vti_quasi_step(quasi, NULL, b->inner, b->force, NULL, b->step);
        limit(b);
        memcpy(b->before, b->force, b->inner * sizeof(double));
        vti_axpy(b->inner, 1, b->step, b->path + b->n);
        VTI_TRY(find_forces(b, climb));
        for (size_t k = 0; k < b->inner; k++) b->before[k] = b->force[k] - b->before[k];
        if (b->report->force > 2 * last)
            vti_quasi_reset(quasi);
        else
            VTI_TRY(vti_quasi_learn(quasi, b->inner, b->step, b->before, b->err));
    }
    return VT_OK;
}

vt_status vt_neb(const vt_surface *surface, const vt_neb_options *options, double *path,
                 double *energy, vt_neb_report *report, vt_error *err) {
    enum { MEMORY = 10 };
    *report = (vt_neb_report){0};
    VTI_TRY(check(options, err));
    size_t n = surface->count, images = (size_t)options->images;
    band b = {.surface = surface,
              .o = options,
              .n = n,
              .inner = (images - 2) * n,
              .path = path,
              .energy = energy,
              .report = report,
              .err = err};
    double *memory = vt_alloc(3 * b.inner + n, sizeof *memory);
    vti_quasi *quasi = vti_quasi_create(MEMORY);
    vt_status st = VT_OK;
    if (memory == NULL || quasi == NULL) {
        st = vt_fail_memory(err, 3 * b.inner + n, sizeof *memory, "a band");
    } else {
        b.force = memory;
        b.before = memory + b.inner;
        b.step = memory + 2 * b.inner;
        b.tangent = memory + 3 * b.inner;
        for (size_t k = 0; k < images && !vt_failed(st); k += images - 1) {
            report->evaluations++;
            st = surface->evaluate(surface->context, path + k * n, &energy[k], b.force, err);
        }
        if (!vt_failed(st)) st = relax(&b, quasi);
    }
    vti_quasi_destroy(quasi);
    vt_free(memory);
    return st;
}
