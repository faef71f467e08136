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

static vt_simd best_available(void) {
    vt_simd best = VT_SIMD_BASELINE;
    for (int k = VT_SIMD_AVX2; k <= VT_SIMD_AVX512; k++)
        if (vt_simd_available((vt_simd)k)) best = (vt_simd)k;
    return best;
}

vt_simd vt_simd_best(void) {
    const char *wish = getenv("VITRUM_SIMD");
    if (wish != NULL) {
        for (int k = VT_SIMD_REFERENCE; k <= VT_SIMD_AVX512; k++)
            if (strcmp(wish, NAMES[k]) == 0 && vt_simd_available((vt_simd)k)) return (vt_simd)k;
    }
    return best_available();
}

vt_status vt_environment_check(vt_error *err) {
    const char *threads = getenv("VITRUM_THREADS"), *simd = getenv("VITRUM_SIMD");
    if (threads != NULL) {
        char *end;
        long count = strtol(threads, &end, 10);
        if (end == threads || *end != '\0' || count < 1 || count > VT_MAX_THREADS)
            return vt_fail(err, VT_EINVAL,
                           "the environment variable VITRUM_THREADS must be a whole number from 1 "
                           "to %d, got '%s'",
                           VT_MAX_THREADS, threads);
    }
    if (simd == NULL) return VT_OK;
    for (int k = VT_SIMD_REFERENCE; k <= VT_SIMD_AVX512; k++) {
        if (strcmp(simd, NAMES[k]) != 0) continue;
        if (vt_simd_available((vt_simd)k)) return VT_OK;
        return vt_fail(err, VT_EUNSUPPORTED,
                       "VITRUM_SIMD=%s: this processor does not have it; the best it has is %s",
                       simd, vt_simd_name(best_available()));
    }
    return vt_fail(err, VT_EINVAL,
                   "the environment variable VITRUM_SIMD must be reference, baseline, avx2 or "
                   "avx512, got '%s'",
                   simd);
}
