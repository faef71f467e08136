/* Positions, values and ids of atoms as bytes, and bytes as text. */
#include "vitrum/view.h"

#include <math.h>

enum { STEPS = 65535, LARGEST_VALUE = VT_VIEW_UNKNOWN - 1 };

void vt_view_positions(const vt_box *box, size_t count, const double *position,
                       unsigned char *bytes, double low[3], double high[3]) {
    double inverse[3][3];
    vt_box_inverse(box, inverse);
    for (int k = 0; k < 3; k++) {
        low[k] = 0;
        high[k] = 1;
    }
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count; i++) {
            double r[3];
            for (int k = 0; k < 3; k++) r[k] = position[3 * i + k] - box->origin[k];
            for (int k = 0; k < 3; k++) {
                double s = r[0] * inverse[0][k] + r[1] * inverse[1][k] + r[2] * inverse[2][k];
                if (pass == 0) {
                    low[k] = fmin(low[k], s);
                    high[k] = fmax(high[k], s);
                    continue;
                }
                double step = rint((s - low[k]) / (high[k] - low[k]) * STEPS);
                unsigned q = (unsigned)fmin(fmax(step, 0), STEPS);
                bytes[6 * i + 2 * k] = (unsigned char)(q & 255);
                bytes[6 * i + 2 * k + 1] = (unsigned char)(q >> 8);
            }
        }
    }
}

void vt_view_values(const double *value, size_t count, double low, double high,
                    unsigned char *bytes) {
    double scale = high > low ? LARGEST_VALUE / (high - low) : 0;
    for (size_t i = 0; i < count; i++) {
        double step = rint((value[i] - low) * scale);
        bytes[i] = isfinite(value[i]) ? (unsigned char)fmin(fmax(step, 0), LARGEST_VALUE)
                                      : VT_VIEW_UNKNOWN;
    }
}

size_t vt_view_ids(const int64_t *id, size_t count, unsigned char *bytes) {
    size_t n = 0;
    uint64_t before = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t difference = (int64_t)((uint64_t)id[i] - before);
        uint64_t left = (uint64_t)difference << 1 ^ (difference < 0 ? UINT64_MAX : 0);
        before = (uint64_t)id[i];
        do {
            unsigned char more = left >= 128 ? 128 : 0;
            if (bytes != NULL) bytes[n] = (unsigned char)(left & 127) | more;
            n++;
            left >>= 7;
        } while (left > 0);
    }
    return n;
}

void vt_view_base64(const unsigned char *bytes, size_t count, char *text) {
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < count; i += 3, text += 4) {
        size_t left = count - i;
        unsigned group = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? bytes[i + 2] : 0);
        text[0] = DIGITS[group >> 18];
        text[1] = DIGITS[group >> 12 & 63];
        text[2] = left > 1 ? DIGITS[group >> 6 & 63] : '=';
        text[3] = left > 2 ? DIGITS[group & 63] : '=';
    }
}
