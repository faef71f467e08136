#include "vitrum/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#ifndef VITRUM_VERSION
#error "VITRUM_VERSION is set by the build"
#endif

const char *vt_version(void) {
    return VITRUM_VERSION;
}

void vt_plain_nan(char *text) {
    for (char *at = text; (at = strstr(at, "-nan")) != NULL; at++)
        if (at > text && strchr(" (,", at[-1]) != NULL) memmove(at, at + 1, strlen(at));
}

/* The character that starts at `c`, -1 when it is none of UTF-8 (RFC 3629); *bytes are what it
   takes. */
static long character(const unsigned char *c, int *bytes) {
    static const long LEAST[5] = {0, 0, 0x80, 0x800, 0x10000};
    int n = *c < 0x80 ? 1 : *c < 0xc0 ? 0 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : *c < 0xf8 ? 4 : 0;
    long code = n == 1 ? *c : *c & (0xff >> (n + 1));
    *bytes = 1;
    for (int k = 1; k < n; k++) {
        if ((c[k] & 0xc0) != 0x80) return -1; /* the NUL at the end, too */
        code = code << 6 | (c[k] & 0x3f);
    }
    if (n == 0 || code < LEAST[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return -1;
    *bytes = n;
    return code;
}

static bool is_plain(long code, bool lines) {
    if (code == '\n' || code == '\t') return lines;
    return code >= 0x20 && (code < 0x7f || code > 0x9f) &&
           !(code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
             (code >= 0x2066 && code <= 0x2069));
}

void vt_plain_text(char *text, bool lines) {
    unsigned char *to = (unsigned char *)text;
    int bytes;
    for (const unsigned char *from = to; *from != '\0'; from += bytes) {
        if (is_plain(character(from, &bytes), lines)) {
            memmove(to, from, (size_t)bytes);
            to += bytes;
        } else {
            *to++ = '?';
        }
    }
    *to = '\0';
}

vt_status vt_fail(vt_error *err, vt_status code, const char *format, ...) {
    if (err == NULL) return code;
    err->code = code;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(err->msg, sizeof err->msg, format, arguments);
    va_end(arguments);
    vt_plain_nan(err->msg);
    vt_plain_text(err->msg, false);
    return code;
}

vt_status vt_fail_memory(vt_error *err, size_t count, size_t size, const char *what) {
    double megabytes = (double)count * (double)size / 1e6;
    return vt_fail(err, VT_ENOMEM, "out of memory: %s needs %.1f MB; use a smaller system", what,
                   megabytes);
}
