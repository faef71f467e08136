/* Dense linear algebra: known matrices, and identities such as a x = b. */
#include "array_fixture.h"

/* Backward stable algorithms on random matrices of n <= 60: residuals of a few n eps. */
static const double RESIDUAL = 1e-12;

/* result = a b by three plain loops. */
static void multiply(const double *a, const double *b, double *result, int m, int k, int n) {
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            double sum = 0;
            for (int l = 0; l < k; l++) sum += a[i * k + l] * b[l * n + j];
            result[i * n + j] = sum;
        }
}

static void assert_near(const double *a, const double *b, size_t n, double tolerance) {
    for (size_t k = 0; k < n; k++) assert_true(fabs(a[k] - b[k]) <= tolerance);
}

static void products_agree_with_three_loops(void **state) {
    (void)state;
    enum { M = 17, K = 23, N = 9 };
    static double a[M * K], b[K * N], c[M * N], expected[M * N];
    vt_error err = {0};
    fill_random(a, M * K, 1);
    fill_random(b, K * N, 2);
    multiply(a, b, expected, M, K, N);
    vt_array va = table_of(VT_FLOAT64, M, K, a), vb = table_of(VT_FLOAT64, K, N, b);
    vt_array vc = table_of(VT_FLOAT64, M, N, c), column = table_of(VT_FLOAT64, K, 0, b);
    vt_array row = table_of(VT_FLOAT64, M, 0, c);
    assert_int_equal(vt_matrix_product(&va, &vb, &vc, &err), VT_OK);
    assert_near(c, expected, M * N, RESIDUAL);
    multiply(a, b, expected, M, K, 1);
    assert_int_equal(vt_matrix_product(&va, &column, &row, &err), VT_OK);
    assert_near(c, expected, M, RESIDUAL);
    int ndim;
    int64_t shape[2];
    assert_int_equal(vt_matrix_product_shape(&vb, &va, &ndim, shape, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "23 x 9 and 17 x 23"));
}

static void solutions_satisfy_their_equations(void **state) {
    (void)state;
    for (int n = 1; n <= 60; n += 13) {
        size_t size = (size_t)(n * n);
        double *a = vt_alloc(size, 8), *inverse = vt_alloc(size, 8), *unit = vt_alloc(size, 8);
        double *x = vt_alloc((size_t)n * 3, 8), *b = vt_alloc((size_t)n * 3, 8);
        double *ax = vt_alloc((size_t)n * 3, 8);
        vt_error err = {0};
        fill_random(a, size, (uint64_t)n);
        fill_random(b, (size_t)n * 3, 77);
        for (int k = 0; k < n; k++) a[k * n + k] += n; /* far from singular */
        vt_array va = table_of(VT_FLOAT64, n, n, a), vi = table_of(VT_FLOAT64, n, n, inverse);
        vt_array vb = table_of(VT_FLOAT64, n, 3, b), vx = table_of(VT_FLOAT64, n, 3, x);
        assert_int_equal(vt_matrix_solve(&va, &vb, &vx, &err), VT_OK);
        multiply(a, x, ax, n, n, 3);
        assert_near(ax, b, (size_t)n * 3, RESIDUAL);
        assert_int_equal(vt_matrix_inverse(&va, &vi, &err), VT_OK);
        multiply(a, inverse, unit, n, n, n);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) assert_true(fabs(unit[i * n + j] - (i == j)) < RESIDUAL);
        vt_free(a), vt_free(inverse), vt_free(unit), vt_free(x), vt_free(b), vt_free(ax);
    }
}

/* det of the n x n matrix with entries min(i, j) is 1; a swap of rows turns the sign. */
static void determinants_of_known_matrices(void **state) {
    (void)state;
    enum { N = 8 };
    double a[N * N], det;
    vt_error err = {0};
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) a[i * N + j] = (i < j ? i : j) + 1;
    vt_array va = table_of(VT_FLOAT64, N, N, a);
    assert_int_equal(vt_matrix_determinant(&va, &det, &err), VT_OK);
    assert_true(fabs(det - 1) < 1e-13);
    for (int j = 0; j < N; j++) {
        double t = a[j];
        a[j] = a[N + j];
        a[N + j] = t;
    }
    assert_int_equal(vt_matrix_determinant(&va, &det, &err), VT_OK);
    assert_true(fabs(det + 1) < 1e-13);
    for (int j = 0; j < N; j++) a[j] = a[N + j];
    assert_int_equal(vt_matrix_determinant(&va, &det, &err), VT_OK);
    assert_true(det == 0);
}

/* The chain of n masses (2 on the diagonal, -1 beside it) has eigenvalues
   2 - 2 cos(pi k/(n+1)). */
static void eigenvalues_of_a_chain(void **state) {
    (void)state;
    enum { N = 30 };
    static double a[N * N], v[N * N], av[N * N], w[N], only[N];
    vt_error err = {0};
    for (int i = 0; i < N; i++) {
        a[i * N + i] = 2;
        if (i > 0) a[i * N + i - 1] = a[(i - 1) * N + i] = -1;
    }
    vt_array va = table_of(VT_FLOAT64, N, N, a), vv = table_of(VT_FLOAT64, N, N, v);
    vt_array vw = table_of(VT_FLOAT64, N, 0, w), vo = table_of(VT_FLOAT64, N, 0, only);
    assert_int_equal(vt_matrix_eigen(&va, &vw, &vv, &err), VT_OK);
    assert_int_equal(vt_matrix_eigen(&va, &vo, NULL, &err), VT_OK);
    for (int k = 0; k < N; k++) {
        double exact = 2 - 2 * cos(3.14159265358979323846 * (k + 1) / (N + 1));
        assert_true(fabs(w[k] - exact) < 1e-13);
        assert_true(fabs(only[k] - exact) < 1e-13);
    }
    multiply(a, v, av, N, N, N);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++)
            assert_true(fabs(av[i * N + k] - w[k] * v[i * N + k]) < RESIDUAL);
}

/* u diag(s) vt gives the matrix back, the vectors are orthonormal, s falls, for both shapes. */
static void singular_vectors_rebuild_the_matrix(void **state) {
    (void)state;
    static const int SHAPES[][2] = {{12, 5}, {5, 12}, {7, 7}, {1, 4}, {4, 1}};
    for (size_t q = 0; q < sizeof SHAPES / sizeof *SHAPES; q++) {
        int m = SHAPES[q][0], n = SHAPES[q][1], k = m < n ? m : n;
        double a[60], u[60], s[12], vt[60], rebuilt[60], only[12];
        vt_error err = {0};
        fill_random(a, (size_t)(m * n), q);
        vt_array va = table_of(VT_FLOAT64, m, n, a), vu = table_of(VT_FLOAT64, m, k, u);
        vt_array vs = table_of(VT_FLOAT64, k, 0, s), vvt = table_of(VT_FLOAT64, k, n, vt);
        vt_array vo = table_of(VT_FLOAT64, k, 0, only);
        assert_int_equal(vt_matrix_singular(&va, &vs, &vu, &vvt, &err), VT_OK);
        assert_int_equal(vt_matrix_singular(&va, &vo, NULL, NULL, &err), VT_OK);
        assert_near(s, only, (size_t)k, RESIDUAL);
        for (int i = 1; i < k; i++) assert_true(s[i - 1] >= s[i] && s[i] >= 0);
        for (int i = 0; i < k; i++)
            for (int j = 0; j < k; j++) {
                double uu = 0;
                for (int l = 0; l < m; l++) uu += u[l * k + i] * u[l * k + j];
                assert_true(fabs(uu - (i == j)) < RESIDUAL);
            }
        for (int i = 0; i < k; i++)
            for (int j = 0; j < n; j++) vt[i * n + j] *= s[i];
        multiply(u, vt, rebuilt, m, k, n);
        assert_near(rebuilt, a, (size_t)(m * n), RESIDUAL);
    }
}

/* The residual of a fit is orthogonal to the columns; of an underdetermined system the shortest
   solution is taken, which for x + y = 2 is (1, 1). */
static void least_squares_residuals_are_orthogonal(void **state) {
    (void)state;
    enum { M = 20, N = 4 };
    static double a[M * N], b[M], x[N], ax[M];
    vt_error err = {0};
    int64_t rank;
    fill_random(a, M * N, 3);
    fill_random(b, M, 4);
    vt_array va = table_of(VT_FLOAT64, M, N, a), vb = table_of(VT_FLOAT64, M, 0, b);
    vt_array vx = table_of(VT_FLOAT64, N, 0, x);
    assert_int_equal(vt_matrix_least_squares(&va, &vb, -1, &vx, &rank, &err), VT_OK);
    assert_int_equal(rank, N);
    multiply(a, x, ax, M, N, 1);
    for (int j = 0; j < N; j++) {
        double overlap = 0;
        for (int i = 0; i < M; i++) overlap += a[i * N + j] * (b[i] - ax[i]);
        assert_true(fabs(overlap) < RESIDUAL);
    }
    double row[] = {1, 1}, two[] = {2}, shortest[2];
    vt_array vr = table_of(VT_FLOAT64, 1, 2, row), vt = table_of(VT_FLOAT64, 1, 0, two);
    vt_array vs = table_of(VT_FLOAT64, 2, 0, shortest);
    assert_int_equal(vt_matrix_least_squares(&vr, &vt, -1, &vs, &rank, &err), VT_OK);
    assert_int_equal(rank, 1);
    assert_near(shortest, (const double[]){1, 1}, 2, 1e-14);
    for (int i = 0; i < M; i++) a[i * N + 1] = 2 * a[i * N]; /* a dependent column */
    assert_int_equal(vt_matrix_least_squares(&va, &vb, -1, &vx, &rank, &err), VT_OK);
    assert_int_equal(rank, N - 1);
}

static void cholesky_factors_multiply_back(void **state) {
    (void)state;
    enum { N = 12 };
    static double g[N * N], a[N * N], l[N * N], back[N * N];
    vt_error err = {0};
    fill_random(g, N * N, 9);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i * N + j] = i == j;
            for (int k = 0; k < N; k++) a[i * N + j] += g[i * N + k] * g[j * N + k];
        }
    vt_array va = table_of(VT_FLOAT64, N, N, a), vl = table_of(VT_FLOAT64, N, N, l);
    assert_int_equal(vt_matrix_cholesky(&va, &vl, &err), VT_OK);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            back[i * N + j] = 0;
            for (int k = 0; k < N; k++) back[i * N + j] += l[i * N + k] * l[j * N + k];
            if (j > i) assert_true(l[i * N + j] == 0);
        }
    assert_near(back, a, N * N, RESIDUAL);
    a[5 * N + 5] = -1;
    assert_int_equal(vt_matrix_cholesky(&va, &vl, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "not positive definite: its leading 6 x 6"));
}

static void bad_matrices_get_a_clear_message(void **state) {
    (void)state;
    double a[] = {1, 2, 2, 4}, x[6], det;
    vt_error err = {0};
    vt_array square = table_of(VT_FLOAT64, 2, 2, a), vx = table_of(VT_FLOAT64, 2, 0, x);
    vt_array out = table_of(VT_FLOAT64, 2, 2, x);
    double b[] = {1, 1, 1}, long_a[6] = {1, 2, 3, 4, 5, 6};
    vt_array vb = table_of(VT_FLOAT64, 2, 0, b), b3 = table_of(VT_FLOAT64, 3, 0, b);
    vt_array oblong = table_of(VT_FLOAT64, 2, 3, long_a);
    assert_int_equal(vt_matrix_solve(&square, &vb, &vx, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "singular"));
    assert_int_equal(vt_matrix_inverse(&square, &out, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "singular"));
    assert_int_equal(vt_matrix_solve(&square, &b3, &vx, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "matrix 2 x 2, right side 3"));
    assert_int_equal(vt_matrix_determinant(&oblong, &det, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "must be square, got 2 x 3"));
    assert_int_equal(vt_matrix_eigen(&oblong, &vx, NULL, &err), VT_EINVAL);
    assert_int_equal(vt_matrix_determinant(&vb, &det, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "two dimensions, got an array of shape 2"));
    a[2] = 3;
    assert_int_equal(vt_matrix_eigen(&square, &vx, NULL, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "not symmetric: entry (2, 1) is 3, but (1, 2) is 2"));
    a[3] = NAN;
    assert_int_equal(vt_matrix_solve(&square, &vb, &vx, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "entry (2, 2) of the matrix is nan"));
    a[3] = 9;
    b[1] = INFINITY;
    assert_int_equal(vt_matrix_least_squares(&square, &vb, -1, &vx, NULL, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "entry 2 of the right side is inf"));
    /* Nearly singular: 1, 2, ... 9 has reciprocal condition 1e-18 and no zero pivot. */
    double nine[9], nine_b[3] = {1, 2, 4};
    for (int k = 0; k < 9; k++) nine[k] = k + 1;
    vt_array vn = table_of(VT_FLOAT64, 3, 3, nine), nb = table_of(VT_FLOAT64, 3, 0, nine_b);
    vt_array nx = table_of(VT_FLOAT64, 3, 0, x);
    assert_int_equal(vt_matrix_solve(&vn, &nb, &nx, &err), VT_EINVAL);
    assert_non_null(strstr(err.msg, "singular (reciprocal condition number"));
}

/* The last bits must not depend on the number of threads; 130 is beyond where they do when BLAS
   runs its own threads. */
static void results_do_not_depend_on_threads(void **state) {
    (void)state;
    enum { N = 130 };
    static double a[N * N], first[N * N], second[N * N], w[2][N];
    vt_error err = {0};
    int before = vt_threads();
    fill_random(a, N * N, 12);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < i; j++) a[i * N + j] = a[j * N + i];
    vt_array va = table_of(VT_FLOAT64, N, N, a);
    double *out[2] = {first, second};
    for (int k = 0; k < 2; k++) {
        vt_array vv = table_of(VT_FLOAT64, N, N, out[k]), vw = table_of(VT_FLOAT64, N, 0, w[k]);
        assert_int_equal(vt_threads_set(k == 0 ? 1 : 3, &err), VT_OK);
        assert_int_equal(vt_matrix_eigen(&va, &vw, &vv, &err), VT_OK);
    }
    vt_threads_set(before, &err);
    assert_memory_equal(first, second, sizeof first);
    assert_memory_equal(w[0], w[1], sizeof w[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(products_agree_with_three_loops),
                                       cmocka_unit_test(solutions_satisfy_their_equations),
                                       cmocka_unit_test(determinants_of_known_matrices),
                                       cmocka_unit_test(eigenvalues_of_a_chain),
                                       cmocka_unit_test(singular_vectors_rebuild_the_matrix),
                                       cmocka_unit_test(least_squares_residuals_are_orthogonal),
                                       cmocka_unit_test(cholesky_factors_multiply_back),
                                       cmocka_unit_test(bad_matrices_get_a_clear_message),
                                       cmocka_unit_test(results_do_not_depend_on_threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
