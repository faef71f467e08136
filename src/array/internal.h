/* Shared inside the array room: conversion between types, walks over strided operands, rows. */
#ifndef VITRUM_ARRAY_INTERNAL_H
#define VITRUM_ARRAY_INTERNAL_H

#include "vitrum/array.h"

enum {
    VTI_MAX_OPERANDS = 4,
    VTI_CHUNK = 1024 /* elements converted at a time: 8 kB, small beside the first cache */
};

/* Room for one chunk of any type. */
typedef union {
    double f64[VTI_CHUNK];
    float f32[VTI_CHUNK];
    int64_t i64[VTI_CHUNK];
    int32_t i32[VTI_CHUNK];
} vti_chunk;

/* Convert n numbers; steps in bytes. False when a value did not fit an integer target. */
bool vti_convert(vt_dtype from, const char *source, int64_t source_step, vt_dtype to, char *target,
                 int64_t target_step, size_t n);

/* A walk over operands of one shape. Axis 0 of the walk is the inner loop, left to the caller;
   the last operand is the result. Neighboring axes that are contiguous in all operands are
   joined, and the axis order is free: elementwise work does not care. */
typedef struct {
    int operands, ndim;
    int64_t shape[VT_MAX_DIMS];
    int64_t step[VTI_MAX_OPERANDS][VT_MAX_DIMS]; /* bytes */
    char *at[VTI_MAX_OPERANDS];                  /* start of the current inner loop */
    int64_t index[VT_MAX_DIMS];
    bool done;
} vti_walk;

void vti_walk_start(vti_walk *walk, const vt_array *const *operands, int count);

/* On to the next inner loop; sets `done` at the end. */
void vti_walk_next(vti_walk *walk);

/* The runs of an array along one axis (all of it as one run when axis is -1), each contiguous and
   of the type asked for: a pointer into the array when it is so already, else a copy. The runs
   come in row order of the other axes. */
typedef struct {
    size_t runs, length;
    char *data;
    void *copy; /* freed by vti_rows_close */
} vti_rows;

vt_status vti_rows_open(vti_rows *rows, const vt_array *array, int axis, vt_dtype dtype,
                        vt_error *err);
void vti_rows_close(vti_rows *rows);

/* Copy runs of type `dtype`, laid out as vti_rows_open gives them for `axis`, to `result`. */
vt_status vti_rows_back(const char *runs, vt_dtype dtype, int axis, const vt_array *result,
                        vt_error *err);

/* The type sums and searches run in: int64 for integers, float64 for floats. */
static inline vt_dtype vti_wide(vt_dtype dtype) {
    return vt_dtype_integer(dtype) ? VT_INT64 : VT_FLOAT64;
}

#endif
