/* Networks of a batch of atoms: lanes of vectors are atoms. */
#include "base/wide.h"
#include "network.h"

/* ---------------------------------------------------------------- activation ---- */

/* exp(v) to the last bits; 0 and infinity are approached, never reached. */
VTI_INLINE vec exponential(vec v) {
    const vec shift = vec_all(6755399441055744.0), most = vec_all(700); /* 1.5 2^52 */
    v = (vec)(((vec_mask)v & (v < most)) | ((vec_mask)most & ~(v < most)));
    v = (vec)(((vec_mask)v & (v > -most)) | ((vec_mask)-most & ~(v > -most)));
    vec biased = vec_fused(v, vec_all(1.4426950408889634), shift), n = biased - shift;
    vec r = vec_fused(n, vec_all(-0.693147180369123816490), v);
    r = vec_fused(n, vec_all(-1.90821492927058770002e-10), r); /* ln 2 in two parts */
    static const double FACTOR[] = {1.0 / 6227020800,
                                    1.0 / 479001600,
                                    1.0 / 39916800,
                                    1.0 / 3628800,
                                    1.0 / 362880,
                                    1.0 / 40320,
                                    1.0 / 5040,
                                    1.0 / 720,
                                    1.0 / 120,
                                    1.0 / 24,
                                    1.0 / 6,
                                    0.5,
                                    1,
                                    1};
    vec p = vec_all(FACTOR[0]);
    for (size_t k = 1; k < sizeof FACTOR / sizeof *FACTOR; k++)
        p = vec_fused(p, r, vec_all(FACTOR[k]));
    return (vec)((vec_bits)p + ((vec_bits)biased << 52)); /* times 2^n */
}

/* Value and first two derivatives at z. */
typedef struct {
    vec value, slope, curvature;
} bent;

VTI_INLINE bent activate(vti_activation activation, vec z) {
    const vec one = vec_all(1), two = vec_all(2);
    if (activation == VTI_TANH) {
        vec t = one - two / (exponential(z + z) + one), slope = one - t * t;
        return (bent){t, slope, -two * t * slope};
    }
    vec s = one / (one + exponential(-z)), rest = one - s, drop = s * rest;
    return (bent){z * s, vec_fused(z, drop, s), drop * vec_fused(z, rest - s, two)};
}

/* ---------------------------------------------------------------- products ---- */

/* z = w x + bias for `rows` rows of w, at most four. */
VTI_INLINE void product_rows(const int rows, int columns_of_w, const double *w, const double *bias,
                             const double *x, double *z) {
    for (int a = 0; a < VTI_BATCH; a += 2 * WIDTH) {
        vec sum[4][2];
        for (int o = 0; o < rows; o++) sum[o][0] = sum[o][1] = vec_all(bias != NULL ? bias[o] : 0);
        for (int i = 0; i < columns_of_w; i++) {
            vec low = vec_load(x + VTI_BATCH * i + a),
                high = vec_load(x + VTI_BATCH * i + a + WIDTH);
            for (int o = 0; o < rows; o++) {
                vec factor = vec_all(w[o * columns_of_w + i]);
                sum[o][0] = vec_fused(factor, low, sum[o][0]);
                sum[o][1] = vec_fused(factor, high, sum[o][1]);
            }
        }
        for (int o = 0; o < rows; o++) {
            vec_store(z + VTI_BATCH * o + a, sum[o][0]);
            vec_store(z + VTI_BATCH * o + a + WIDTH, sum[o][1]);
        }
    }
}

VTI_INLINE void product(int rows, int columns_of_w, const double *w, const double *bias,
                        const double *x, double *z) {
    int o = 0;
    for (; o + 4 <= rows; o += 4)
        product_rows(4, columns_of_w, w + o * columns_of_w, bias != NULL ? bias + o : NULL, x,
                     z + VTI_BATCH * o);
    for (; o < rows; o++)
        product_rows(1, columns_of_w, w + o * columns_of_w, bias != NULL ? bias + o : NULL, x,
                     z + VTI_BATCH * o);
}

VTI_INLINE vec row_product(const double *a, const double *b, vec sum) {
    for (int k = 0; k < VTI_BATCH; k += WIDTH)
        sum = vec_fused(vec_load(a + k), vec_load(b + k), sum);
    return sum;
}

/* Add z x^T + dz dx^T, summed over the batch, to g; and z to the biases behind it. */
VTI_INLINE void outer_product(int rows, int columns_of_w, const double *z, const double *dz,
                              const double *x, const double *dx, double *g) {
    for (int o = 0; o < rows; o++) {
        const double *zo = z + VTI_BATCH * o, *dzo = dz + VTI_BATCH * o;
        double *to = g + o * columns_of_w;
        int i = 0;
        for (; i + 4 <= columns_of_w; i += 4) {
            vec sum[4];
            for (int k = 0; k < 4; k++)
                sum[k] = row_product(dzo, dx + VTI_BATCH * (i + k),
                                     row_product(zo, x + VTI_BATCH * (i + k), vec_all(0)));
            store(to + i, load(to + i) + vec_four_sums(sum[0], sum[1], sum[2], sum[3]));
        }
        for (; i < columns_of_w; i++) {
            vec one = row_product(dzo, dx + VTI_BATCH * i,
                                  row_product(zo, x + VTI_BATCH * i, vec_all(0)));
            to[i] += vec_four_sums(one, vec_all(0), vec_all(0), vec_all(0))[0];
        }
        double bias = 0;
        for (int a = 0; a < VTI_BATCH; a++) bias += zo[a];
        g[rows * columns_of_w + o] += bias;
    }
}

/* ---------------------------------------------------------------- energies ---- */

/* Of each hidden layer its values and slopes, one after the other. */
static void energies(const vti_layers *n, const double *x, double *room, double *energy,
                     double *by_x) {
    const double *from = x;
    double *to = room, *slope[VTI_NETWORK_LAYERS];
    for (int k = 0; k < n->layers - 1; k++) {
        int width = n->width[k + 1];
        slope[k] = to + VTI_BATCH * width;
        product(width, n->width[k], n->weight[k], n->bias[k], from, to);
        for (int q = 0; q < VTI_BATCH * width; q += WIDTH) {
            bent b = activate(n->activation, vec_load(to + q));
            vec_store(to + q, b.value);
            vec_store(slope[k] + q, b.slope);
        }
        from = to;
        to += 2 * VTI_BATCH * width;
    }
    int last = n->layers - 1;
    product(1, n->width[last], n->weight[last], n->bias[last], from, energy);
    /* Back: `by` is the derivative by what a layer gives, in turns before and behind each other. */
    double *by = to, *next = to + VTI_BATCH * VTI_NETWORK_WIDTH;
    for (int q = 0; q < VTI_BATCH; q++) by[q] = 1;
    for (int k = last; k >= 0; k--) {
        double *out = k > 0 ? next : by_x;
        product(n->width[k], n->width[k + 1], n->turned[k], NULL, by, out);
        if (k == 0) break;
        for (int q = 0; q < VTI_BATCH * n->width[k]; q += WIDTH)
            vec_store(out + q, vec_load(out + q) * vec_load(slope[k - 1] + q));
        next = by;
        by = out;
    }
}

/* ---------------------------------------------------------------- learning ---- */

/* Of one hidden layer: what it gives, its change, the slope, and the change of the slope; times
   VTI_BATCH. */
enum { VALUE, CHANGE, SLOPE, TURN, KEPT };

static void learn(const vti_layers *n, const double *x, const double *dx, const double *of_energy,
                  const double *of_change, double *room, double *gradient) {
    const double *from = x, *from_change = dx;
    double *kept[VTI_NETWORK_LAYERS], *to = room;
    for (int k = 0; k < n->layers - 1; k++) {
        int size = VTI_BATCH * n->width[k + 1];
        kept[k] = to;
        product(n->width[k + 1], n->width[k], n->weight[k], n->bias[k], from, to);
        product(n->width[k + 1], n->width[k], n->weight[k], NULL, from_change, to + CHANGE * size);
        for (int q = 0; q < size; q += WIDTH) {
            bent b = activate(n->activation, vec_load(to + q));
            vec dz = vec_load(to + CHANGE * size + q);
            vec_store(to + VALUE * size + q, b.value);
            vec_store(to + CHANGE * size + q, b.slope * dz);
            vec_store(to + SLOPE * size + q, b.slope);
            vec_store(to + TURN * size + q, b.curvature * dz);
        }
        from = to + VALUE * size;
        from_change = to + CHANGE * size;
        to += KEPT * size;
    }
    /* Derivatives of the sum by what the layer takes into its activation, z, and by its change. */
    enum { SIZE = VTI_BATCH * VTI_NETWORK_WIDTH };
    double *z = to, *dz = to + SIZE, *next = to + 2 * SIZE;
    size_t first = 0;
    for (int k = 0; k < n->layers; k++)
        first += (size_t)(n->width[k] + 1) * (size_t)n->width[k + 1];
    memcpy(z, of_energy, VTI_BATCH * sizeof *z);
    memcpy(dz, of_change, VTI_BATCH * sizeof *dz);
    for (int k = n->layers - 1; k >= 0; k--) {
        int width = n->width[k], size = VTI_BATCH * width;
        first -= (size_t)(width + 1) * (size_t)n->width[k + 1];
        const double *in = k > 0 ? kept[k - 1] : x;
        const double *in_change = k > 0 ? kept[k - 1] + CHANGE * size : dx;
        outer_product(n->width[k + 1], width, z, dz, in, in_change, gradient + first);
        if (k == 0) break;
        double *value = next, *change = next + SIZE;
        product(width, n->width[k + 1], n->turned[k], NULL, z, value);
        product(width, n->width[k + 1], n->turned[k], NULL, dz, change);
        const double *slope = kept[k - 1] + SLOPE * size, *turn = kept[k - 1] + TURN * size;
        for (int q = 0; q < size; q += WIDTH) {
            vec s = vec_load(slope + q), h = vec_load(value + q), dh = vec_load(change + q);
            vec_store(value + q, vec_fused(s, h, vec_load(turn + q) * dh));
            vec_store(change + q, s * dh);
        }
        next = z;
        z = value;
        dz = change;
    }
}

const vti_layer_kernels VTI_VARIANT(vti_layers) = {energies, learn};
