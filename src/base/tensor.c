#include "base/tensor.h"

const char *vt_tensor_name(int component) {
    static const char *const NAMES[6] = {"xx", "yy", "zz", "yz", "xz", "xy"};
    return component >= 0 && component < 6 ? NAMES[component] : NULL;
}
