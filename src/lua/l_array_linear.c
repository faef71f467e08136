/* Dense linear algebra. */
#include "l_array.h"

static const vt_array *check_matrix(lua_State *L, int index, const char *what) {
    return vtl_check_numbers(L, index, 2, what);
}

/* a:dot(b): number for two vectors, matrix product otherwise */
static int array_dot(lua_State *L) {
    lua_settop(L, 2);
    const vt_array *a = vtl_check_numbers(L, 1, -1, "the first matrix");
    const vt_array *b = vtl_check_numbers(L, 2, -1, "the second matrix");
    int ndim;
    int64_t shape[2];
    vt_error err = {0};
    vtl_array_try(L, "dot", vt_matrix_product_shape(a, b, &ndim, shape, &err), &err);
    vt_array *result = vtl_new_result(L, VT_FLOAT64, ndim, shape);
    vtl_array_try(L, "dot", vt_matrix_product(a, b, result, &err), &err);
    if (ndim == 0) vtl_push_element(L, result, 0);
    return 1;
}

static int array_solve(lua_State *L) {
    lua_settop(L, 2);
    const vt_array *a = check_matrix(L, 1, "the matrix");
    const vt_array *b = vtl_check_numbers(L, 2, -1, "the right side");
    vt_array *x = vtl_new_result(L, VT_FLOAT64, b->ndim, b->shape);
    vt_error err = {0};
    vtl_array_try(L, "solve", vt_matrix_solve(a, b, x, &err), &err);
    return 1;
}

/* a:least_squares(b [, cutoff]) -> x, rank */
static int array_least_squares(lua_State *L) {
    double cutoff = luaL_optnumber(L, 3, -1);
    if (!lua_isnoneornil(L, 3) && !(cutoff >= 0 && cutoff < 1))
        return vtl_error(L, "least_squares: the cutoff must be from 0 to 1, got %f", cutoff);
    lua_settop(L, 2);
    const vt_array *a = check_matrix(L, 1, "the matrix");
    const vt_array *b = vtl_check_numbers(L, 2, -1, "the right side");
    int64_t shape[VT_MAX_DIMS] = {a->shape[1]}, rank;
    if (b->ndim == 2) shape[1] = b->shape[1];
    vt_array *x = vtl_new_result(L, VT_FLOAT64, b->ndim == 2 ? 2 : 1, shape);
    vt_error err = {0};
    vtl_array_try(L, "least_squares", vt_matrix_least_squares(a, b, cutoff, x, &rank, &err), &err);
    lua_pushinteger(L, rank);
    return 2;
}

static int array_inverse(lua_State *L) {
    const vt_array *a = check_matrix(L, 1, "the matrix");
    vt_array *result = vtl_new_result(L, VT_FLOAT64, 2, a->shape);
    vt_error err = {0};
    vtl_array_try(L, "inverse", vt_matrix_inverse(a, result, &err), &err);
    return 1;
}

static int array_det(lua_State *L) {
    const vt_array *a = check_matrix(L, 1, "the matrix");
    double determinant;
    vt_error err = {0};
    vtl_array_try(L, "det", vt_matrix_determinant(a, &determinant, &err), &err);
    lua_pushnumber(L, determinant);
    return 1;
}

static int array_trace(lua_State *L) {
    const vt_array *a = check_matrix(L, 1, "the matrix");
    const double *x = a->data;
    double sum = 0;
    for (int64_t k = 0; k < a->shape[0] && k < a->shape[1]; k++) sum += x[k * (a->shape[1] + 1)];
    lua_pushnumber(L, sum);
    return 1;
}

/* Does the caller want vectors too? a:eigen{ vectors = false } */
typedef struct {
    bool vectors;
} spectrum_options;

static const spectrum_options SPECTRUM_DEFAULTS = {.vectors = true};

static const vtl_option SPECTRUM_OPTIONS[] = {
    {"vectors", VTL_BOOLEAN, offsetof(spectrum_options, vectors), "-",
     "compute the vectors as well; values alone are several times faster", NULL},
    {0}};

/* a:eigen{ ... } -> values, vectors */
static int array_eigen(lua_State *L) {
    spectrum_options o = SPECTRUM_DEFAULTS;
    lua_settop(L, 2);
    vtl_options(L, 2, "Array:eigen", SPECTRUM_OPTIONS, &o);
    const vt_array *a = check_matrix(L, 1, "the matrix");
    vt_array *values = vtl_new_result(L, VT_FLOAT64, 1, a->shape), *vectors = NULL;
    if (o.vectors) vectors = vtl_new_result(L, VT_FLOAT64, 2, a->shape);
    vt_error err = {0};
    vtl_array_try(L, "eigen", vt_matrix_eigen(a, values, vectors, &err), &err);
    return o.vectors ? 2 : 1;
}

/* a:svd{ ... } -> u, values, vt; values alone without vectors */
static int array_svd(lua_State *L) {
    spectrum_options o = SPECTRUM_DEFAULTS;
    lua_settop(L, 2);
    vtl_options(L, 2, "Array:svd", SPECTRUM_OPTIONS, &o);
    const vt_array *a = check_matrix(L, 1, "the matrix");
    int64_t m = a->shape[0], n = a->shape[1], k = m < n ? m : n;
    vt_array *u = NULL, *vt = NULL;
    if (o.vectors) u = vtl_new_result(L, VT_FLOAT64, 2, (int64_t[]){m, k});
    vt_array *values = vtl_new_result(L, VT_FLOAT64, 1, &k);
    if (o.vectors) vt = vtl_new_result(L, VT_FLOAT64, 2, (int64_t[]){k, n});
    vt_error err = {0};
    vtl_array_try(L, "svd", vt_matrix_singular(a, values, u, vt, &err), &err);
    return o.vectors ? 3 : 1;
}

static int array_cholesky(lua_State *L) {
    const vt_array *a = check_matrix(L, 1, "the matrix");
    vt_array *l = vtl_new_result(L, VT_FLOAT64, 2, a->shape);
    vt_error err = {0};
    vtl_array_try(L, "cholesky", vt_matrix_cholesky(a, l, &err), &err);
    return 1;
}

static const luaL_Reg METHODS[] = {{"dot", array_dot},
                                   {"solve", array_solve},
                                   {"least_squares", array_least_squares},
                                   {"inverse", array_inverse},
                                   {"det", array_det},
                                   {"trace", array_trace},
                                   {"eigen", array_eigen},
                                   {"svd", array_svd},
                                   {"cholesky", array_cholesky},
                                   {NULL, NULL}};

/* LAPACK cannot be stopped. */
#define DEAF " Ctrl-C is heard when it is done."

static const vtl_doc DOCS[] = {
    {"Array:dot", "a:dot(b) -> number or Array",
     "Scalar product of two vectors; matrix product when either has two dimensions.", NULL, NULL,
     "local c = a:dot(b)"},
    {"Array:solve", "a:solve(b) -> Array",
     "Solve a x = b; b is a vector or a matrix of columns. A singular matrix is an error." DEAF,
     NULL, NULL, "local x = a:solve(b)", "linear equations", "Array:least_squares"},
    {"Array:least_squares", "a:least_squares(b [, cutoff]) -> x, rank",
     "The shortest x for which |a x - b| is least. Singular values below cutoff times the largest "
     "count as zero; rank is the number of the others." DEAF,
     NULL, NULL, "local line = vt.array.stack({ x, x * 0 + 1 }, 2):least_squares(y)"},
    {"Array:inverse", "a:inverse() -> Array",
     "Inverse of a square matrix. To solve equations, solve is faster and more accurate." DEAF,
     NULL, NULL, "local inverse = a:inverse()"},
    {"Array:det", "a:det() -> number", "Determinant of a square matrix." DEAF, NULL, NULL,
     "print(box:det())"},
    {"Array:trace", "a:trace() -> number", "Sum of the diagonal of a matrix.", NULL, NULL,
     "print(a:trace())"},
    {"Array:eigen", "a:eigen{ options } -> values, vectors",
     "Eigenvalues of a symmetric matrix, ascending, and eigenvectors in the columns: vector k is "
     "vectors:column(k)." DEAF,
     SPECTRUM_OPTIONS, &SPECTRUM_DEFAULTS, "local values, vectors = hessian:eigen()",
     "eigenvalues; eigenvectors; diagonalize; normal modes", "Atoms:hessian"},
    {"Array:svd", "a:svd{ options } -> u, values, vt",
     "Singular values, descending, and vectors: a = u diag(values) vt. Without vectors, the values "
     "alone are returned." DEAF,
     SPECTRUM_OPTIONS, &SPECTRUM_DEFAULTS, "local s = a:svd{ vectors = false }"},
    {"Array:cholesky", "a:cholesky() -> Array",
     "Lower triangular l with a = l l^T for a symmetric, positive definite matrix." DEAF, NULL,
     NULL, "local l = a:cholesky()"},
    {0}};

void vtl_array_open_linear(lua_State *L) { /* ... metatable methods module */
    lua_pushvalue(L, -2);
    luaL_setfuncs(L, METHODS, 0);
    lua_pop(L, 1);
    vtl_document(L, DOCS);
}
