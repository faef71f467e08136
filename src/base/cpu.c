#include "vitrum/base.h"

#include <stdlib.h>
#include <string.h>

static const char *const NAMES[] = {"reference", "baseline", "avx2", "avx512"};

const char *vt_simd_name(vt_simd simd) {
    return NAMES[simd];
}

bool vt_simd_available(vt_simd simd) {
    if (simd <= VT_SIMD_BASELINE) return true;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (simd == VT_SIMD_AVX2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
#else
    return false;
#endif
}

vt_simd vt_simd_best(void) {
    const char *wish = getenv("VITRUM_SIMD");
    if (wish != NULL) {
        for (int k = VT_SIMD_REFERENCE; k <= VT_SIMD_AVX512; k++)
            if (strcmp(wish, NAMES[k]) == 0 && vt_simd_available((vt_simd)k)) return (vt_simd)k;
    }
    vt_simd best = VT_SIMD_BASELINE;
    for (int k = VT_SIMD_AVX2; k <= VT_SIMD_AVX512; k++)
        if (vt_simd_available((vt_simd)k)) best = (vt_simd)k;
    return best;
}
