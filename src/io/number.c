/* Numbers to text and back, exactly and fast. The C library does both right but slowly, and in
   some locales it wants a comma.

   A decimal number is w 10^q with a whole w. For w below 2^64 and |q| <= 27, w 5^|q| (or w / 5^|q|)
   can be had to 64 or more correct bits and a remainder in 128-bit arithmetic, because 5^27 is
   below 2^63; rounding those to 53 bits gives the nearest double. That covers nearly every number
   in a file of atoms; the rest goes to strtod. For w / 5^|q| a product with a rounded 1 / 5^|q|
   tells 63 bits, of which 53 are wanted; only when the others are too near to one half is the
   division done (Lemire, Softw. Pract. Exper. 51, 1700 (2021)). */
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/internal.h"

__extension__ typedef unsigned __int128 uint128;

enum { POWERS = 28, MANTISSA_BITS = 53, MOST_DIGITS = 19 /* 10^19 < 2^64 */ };

static const uint64_t POWER_OF_5[POWERS] = {1u,
                                            5u,
                                            25u,
                                            125u,
                                            625u,
                                            3125u,
                                            15625u,
                                            78125u,
                                            390625u,
                                            1953125u,
                                            9765625u,
                                            48828125u,
                                            244140625u,
                                            1220703125u,
                                            6103515625u,
                                            30517578125u,
                                            152587890625u,
                                            762939453125u,
                                            3814697265625u,
                                            19073486328125u,
                                            95367431640625u,
                                            476837158203125u,
                                            2384185791015625u,
                                            11920928955078125u,
                                            59604644775390625u,
                                            298023223876953125u,
                                            1490116119384765625u,
                                            7450580596923828125u};

/* 2^(63 + b) / 5^k without the fraction, b being the bits of 5^k. */
static const uint64_t RECIPROCAL_OF_5[POWERS] = {
    0x8000000000000000u, 0xccccccccccccccccu, 0xa3d70a3d70a3d70au, 0x83126e978d4fdf3bu,
    0xd1b71758e219652bu, 0xa7c5ac471b478423u, 0x8637bd05af6c69b5u, 0xd6bf94d5e57a42bcu,
    0xabcc77118461cefcu, 0x89705f4136b4a597u, 0xdbe6fecebdedd5beu, 0xafebff0bcb24aafeu,
    0x8cbccc096f5088cbu, 0xe12e13424bb40e13u, 0xb424dc35095cd80fu, 0x901d7cf73ab0acd9u,
    0xe69594bec44de15bu, 0xb877aa3236a4b449u, 0x9392ee8e921d5d07u, 0xec1e4a7db69561a5u,
    0xbce5086492111aeau, 0x971da05074da7beeu, 0xf1c90080baf72cb1u, 0xc16d9a0095928a27u,
    0x9abe14cd44753b52u, 0xf79687aed3eec551u, 0xc612062576589ddau, 0x9e74d1b791e07e48u};

static const double POWER_OF_10[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
enum { EXACT_POWER_OF_10 = 22 };

static int leading_zeros(uint64_t x) {
    return __builtin_clzll(x);
}

/* x 2^e, for a result far from the ends of the exponent range. */
static double scaled(uint64_t x, int e) {
    uint64_t bits = (uint64_t)(1023 + e) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return (double)x * power;
}

/* The double nearest to (m + something in [0, 1) that is 0 unless `sticky`) 2^e. m has more than
   MANTISSA_BITS + 1 bits, and the result is far from the ends of the exponent range. */
static double round_to_double(uint128 m, int e, bool sticky) {
    uint64_t high = (uint64_t)(m >> 64);
    int bits = high != 0 ? 128 - leading_zeros(high) : 64 - leading_zeros((uint64_t)m);
    int drop = bits - MANTISSA_BITS;
    uint128 rest = m & (((uint128)1 << drop) - 1), half = (uint128)1 << (drop - 1);
    uint64_t kept = (uint64_t)(m >> drop);
    if (rest > half || (rest == half && (sticky || (kept & 1)))) kept++;
    return scaled(kept, e + drop);
}

/* w 10^q for q < 0 and a w with its highest bit set, times 2^-shift. False when the reciprocal does
   not tell how to round. */
static bool by_reciprocal(uint64_t w, int shift, int q, double *value) {
    int bits = 64 - leading_zeros(POWER_OF_5[-q]);
    /* The exact product lies above this one by less than one unit of its upper half. */
    uint64_t high = (uint64_t)(((uint128)w * RECIPROCAL_OF_5[-q]) >> 64);
    int drop = 64 - leading_zeros(high) - MANTISSA_BITS;
    uint64_t rest = high & (((uint64_t)1 << drop) - 1), half = (uint64_t)1 << (drop - 1);
    if (rest + 1 == half || rest == half) return false;
    *value = scaled((high >> drop) + (rest > half), 1 - shift - bits + q + drop);
    return true;
}

/* w 10^q, correctly rounded. Needs |q| < POWERS. */
static double decimal_to_double(uint64_t w, int q) {
    static const uint64_t EXACT = (uint64_t)1 << MANTISSA_BITS;
    if (w == 0) return 0;
    /* Both operands are exact doubles, so that one operation rounds once (Clinger, PLDI 1990). */
    if (w <= EXACT && q >= -EXACT_POWER_OF_10 && q <= EXACT_POWER_OF_10)
        return q < 0 ? (double)w / POWER_OF_10[-q] : (double)w * POWER_OF_10[q];
    int shift = leading_zeros(w);
    w <<= shift;
    if (q >= 0) return round_to_double((uint128)w * POWER_OF_5[q], q - shift, false);
    double value;
    if (by_reciprocal(w, shift, q, &value)) return value;
    uint64_t d = POWER_OF_5[-q];
    uint128 n = (uint128)w << 63, quotient = n / d;
    return round_to_double(quotient, q - shift - 63, quotient * d != n);
}

/* ---------------------------------------------------------------- reading ---- */

static bool is_digit(char c) {
    return (unsigned char)(c - '0') < 10;
}

static bool is_end(char c) {
    return c == ' ' || c == '\t' || c == '\0' || c == '\r' || c == '\f' || c == '\v';
}

/* strtod on the word from `start` to `end`, whatever the locale's decimal point. */
__attribute__((noinline, cold)) static vti_number slow_double(const char *start, const char *end,
                                                              double *value) {
    enum { LONGEST = 1100 }; /* enough for every digit that can matter */
    char text[LONGEST + 8];
    const char *point = localeconv()->decimal_point;
    size_t n = 0, point_length = strlen(point);
    for (const char *p = start; p < end; p++) {
        if (n + point_length > LONGEST) return VTI_NUMBER_GARBAGE;
        if (*p == '.') {
            memcpy(text + n, point, point_length);
            n += point_length;
        } else {
            text[n++] = *p == 'd' || *p == 'D' ? 'e' : *p;
        }
    }
    text[n] = '\0';
    char *stop;
    *value = strtod(text, &stop);
    if (*stop != '\0') return VTI_NUMBER_GARBAGE;
    return isfinite(*value) ? VTI_NUMBER_OK : VTI_NUMBER_NOT_FINITE;
}

/* nan or inf, in any case and with a sign or without. Moves *p past it. */
__attribute__((noinline, cold)) static bool not_finite(const char **p, double *value) {
    static const char *const WORDS[] = {"nan", "inf", "infinity"};
    const char *start = vti_skip_blanks(*p);
    bool negative = *start == '-';
    if (*start == '-' || *start == '+') start++;
    char word[12];
    size_t n = 0;
    for (; n + 1 < sizeof word && !is_end(start[n]); n++)
        word[n] = (char)(start[n] >= 'A' && start[n] <= 'Z' ? start[n] - 'A' + 'a' : start[n]);
    word[n] = '\0';
    for (size_t k = 0; k < sizeof WORDS / sizeof *WORDS; k++)
        if (strcmp(word, WORDS[k]) == 0) {
            *value = k == 0 ? NAN : negative ? -INFINITY : INFINITY;
            *p = start + n;
            return true;
        }
    return false;
}

/* A word that is no decimal number: nan and inf deserve a message of their own. Rare, and kept out
   of vti_scan_double, which is 3 % faster without. */
__attribute__((noinline, cold)) static vti_number not_decimal(const char *p) {
    double value;
    return not_finite(&p, &value) ? VTI_NUMBER_NOT_FINITE : VTI_NUMBER_GARBAGE;
}

vti_number vti_scan_double(const char **cursor, double *value) {
    const char *start = vti_skip_blanks(*cursor), *p = start;
    if (is_end(*p)) return VTI_NUMBER_MISSING;
    bool negative = *p == '-';
    if (*p == '-' || *p == '+') p++;
    uint64_t w = 0;
    const char *whole = p;
    while (*p == '0') p++; /* leading zeros are no significant digits */
    const char *significant = p;
    while (is_digit(*p)) w = w * 10 + (uint64_t)(*p++ - '0');
    long any = p - whole, seen = p - significant, q = 0;
    if (*p == '.') {
        const char *fraction = ++p;
        if (w == 0)
            while (*p == '0') p++;
        significant = p;
        while (is_digit(*p)) w = w * 10 + (uint64_t)(*p++ - '0');
        q = fraction - p;
        any += p - fraction;
        seen += p - significant;
    }
    if (any == 0) return not_decimal(start);
    if (*p == 'e' || *p == 'E' || *p == 'd' || *p == 'D') {
        p++;
        bool down = *p == '-';
        if (*p == '-' || *p == '+') p++;
        if (!is_digit(*p)) return VTI_NUMBER_GARBAGE;
        long exponent = 0;
        for (; is_digit(*p); p++)
            if (exponent < 100000) exponent = exponent * 10 + (*p - '0');
        q += down ? -exponent : exponent;
    }
    if (!is_end(*p)) return VTI_NUMBER_GARBAGE;
    if (seen > MOST_DIGITS || q <= -POWERS || q >= POWERS) {
        vti_number result = slow_double(start, p, value);
        if (result == VTI_NUMBER_OK) *cursor = p;
        return result;
    }
    *value = decimal_to_double(w, (int)q);
    if (negative) *value = -*value;
    *cursor = p;
    return VTI_NUMBER_OK;
}

vti_number vti_scan_any_double(const char **cursor, double *value) {
    vti_number result = vti_scan_double(cursor, value);
    if (result == VTI_NUMBER_NOT_FINITE && not_finite(cursor, value)) return VTI_NUMBER_OK;
    return result;
}

vti_number vti_scan_int64(const char **cursor, int64_t *value) {
    const char *start = vti_skip_blanks(*cursor), *p = start;
    if (is_end(*p)) return VTI_NUMBER_MISSING;
    bool negative = *p == '-';
    if (*p == '-' || *p == '+') p++;
    if (!is_digit(*p)) return not_decimal(start);
    const char *digits = p;
    uint64_t u = 0;
    while (is_digit(*p)) u = u * 10 + (uint64_t)(*p++ - '0');
    int64_t v = 0;
    bool overflow = false;
    if (p - digits < MOST_DIGITS) {
        v = negative ? -(int64_t)u : (int64_t)u;
    } else { /* `u` may have gone round */
        for (p = digits; is_digit(*p); p++) {
            int digit = *p - '0';
            overflow |= __builtin_mul_overflow(v, (int64_t)10, &v) ||
                        __builtin_add_overflow(v, negative ? (int64_t)-digit : (int64_t)digit, &v);
        }
    }
    if (!is_end(*p)) return VTI_NUMBER_GARBAGE;
    if (overflow) return VTI_NUMBER_NOT_FINITE;
    *value = v;
    *cursor = p;
    return VTI_NUMBER_OK;
}

bool vti_same_word(const char *a, const char *b) {
    for (;; a++, b++) {
        char x = (char)(*a >= 'A' && *a <= 'Z' ? *a - 'A' + 'a' : *a);
        char y = (char)(*b >= 'A' && *b <= 'Z' ? *b - 'A' + 'a' : *b);
        if (x != y) return false;
        if (x == '\0') return true;
    }
}

bool vti_is_word(const char *text) {
    const char *p = text;
    while ((unsigned char)*p > ' ' && *p != 0x7f) p++;
    return p > text && *p == '\0';
}

bool vti_scan_word(const char **cursor, char *word, size_t size) {
    const char *p = vti_skip_blanks(*cursor);
    if (is_end(*p)) return false;
    size_t n = 0;
    for (; !is_end(*p); p++)
        if (n + 1 < size) word[n++] = *p;
    word[n] = '\0';
    *cursor = p;
    return true;
}

/* ---------------------------------------------------------------- writing ---- */

int vti_format_int64(char *out, int64_t value) {
    char reversed[24];
    int n = 0, length = 0;
    uint64_t u = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do {
        reversed[n++] = (char)('0' + u % 10);
        u /= 10;
    } while (u != 0);
    if (value < 0) out[length++] = '-';
    while (n > 0) out[length++] = reversed[--n];
    out[length] = '\0';
    return length;
}

static const uint64_t TEN_17 = 100000000000000000u;

/* The 17 significant digits of x as a whole number, and q with x = w 10^q to the nearest.
   Needs 1e-3 <= x < 1e17, where 10^-q or 5^-q x fit in the arithmetic. */
static uint64_t seventeen_digits(double x, int *q) {
    int e;
    uint64_t m = (uint64_t)ldexp(frexp(x, &e), MANTISSA_BITS); /* x = m 2^(e - 53) */
    e -= MANTISSA_BITS;
    int k = 17 - (int)floor(log10(x)); /* one or two too many, whatever log10 rounds to */
    for (;; k--) {
        if (k < 0) k = 0;
        /* m 5^k 2^(k + e); 5^k < 2^47 for k <= 20, so the product has at most 100 bits. */
        uint128 product = (uint128)m * POWER_OF_5[k];
        int shift = -(k + e);
        uint128 w = product;
        if (shift > 0) {
            uint128 half = (uint128)1 << (shift - 1);
            uint128 rest = product & (((uint128)1 << shift) - 1);
            w = product >> shift;
            if (rest > half || (rest == half && (w & 1))) w++;
        } else {
            w = product << -shift;
        }
        if (w < TEN_17 || k == 0) {
            *q = -k;
            return (uint64_t)w;
        }
    }
}

/* w 10^q in the manner of %g: plain when the decimal exponent is -4 to 16. */
static int put_decimal(char *out, bool negative, uint64_t w, int q) {
    while (w != 0 && w % 10 == 0) {
        w /= 10;
        q++;
    }
    char digits[24];
    int n = vti_format_int64(digits, (int64_t)w);
    int exponent = q + n - 1, length = 0;
    if (negative) out[length++] = '-';
    if (exponent >= 0) {
        for (int k = 0; k <= exponent; k++) out[length++] = k < n ? digits[k] : '0';
        if (n > exponent + 1) out[length++] = '.';
        for (int k = exponent + 1; k < n; k++) out[length++] = digits[k];
    } else {
        out[length++] = '0';
        out[length++] = '.';
        for (int k = -1; k > exponent; k--) out[length++] = '0';
        for (int k = 0; k < n; k++) out[length++] = digits[k];
    }
    out[length] = '\0';
    return length;
}

/* printf's %.*g with a point whatever the locale. */
static int slow_format(char *out, double value, int digits) {
    int length = snprintf(out, VTI_NUMBER_SIZE, "%.*g", digits, value);
    const char *point = localeconv()->decimal_point;
    char *at = strcmp(point, ".") != 0 ? strstr(out, point) : NULL;
    if (at == NULL) return length;
    size_t extra = strlen(point) - 1;
    *at = '.';
    memmove(at + 1, at + 1 + extra, strlen(at + 1 + extra) + 1);
    return length - (int)extra;
}

static int format_any(char *out, double value, int digits) {
    double x = fabs(value);
    if (isnan(value)) return slow_format(out, NAN, 1); /* without a sign, which means nothing */
    if (value == 0) return slow_format(out, value, 1); /* "0" or "-0" */
    if (digits < 17) return slow_format(out, value, digits);
    if (!(x >= 1e-3 && x < 1e17)) {
        for (int d = 15; d < 17; d++) {
            int length = slow_format(out, value, d);
            const char *cursor = out;
            double back;
            if (vti_scan_double(&cursor, &back) == VTI_NUMBER_OK && back == value) return length;
        }
        return slow_format(out, value, 17);
    }
    int q;
    uint64_t w = seventeen_digits(x, &q), shorter = w;
    for (int d = 15; d < 17; d++) {
        uint64_t scale = d == 15 ? 100 : 10;
        shorter = (w + scale / 2) / scale;
        int shorter_q = q + (d == 15 ? 2 : 1);
        if (shorter_q < POWERS && decimal_to_double(shorter, shorter_q) == x)
            return put_decimal(out, value < 0, shorter, shorter_q);
    }
    return put_decimal(out, value < 0, w, q);
}

int vti_format_double(char *out, double value, int digits) {
    static const double LARGEST_EXACT = 9007199254740992; /* 2^53 */
    int length = format_any(out, value, digits);
    /* Without a point it would be read as an integer, every digit of which counts. */
    if (fabs(value) > LARGEST_EXACT && strspn(out, "-0123456789") == (size_t)length) {
        memcpy(out + length, ".0", sizeof ".0");
        length += 2;
    }
    return length;
}
