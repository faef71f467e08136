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

/* Words out of a file must not play tricks on a terminal: control characters, those beyond ASCII
   (U+0080 to U+009F) too. */
static void hide_controls(char *text) {
    for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++) {
        bool control = *c < ' ' || *c == 0x7f || (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0);
        if (!control) continue;
        if (*c == 0xc2) c[1] = '?';
        *c = '?';
    }
}

vt_status vt_fail(vt_error *err, vt_status code, const char *format, ...) {
    if (err == NULL) return code;
    err->code = code;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(err->msg, sizeof err->msg, format, arguments);
    va_end(arguments);
    vt_plain_nan(err->msg);
    hide_controls(err->msg);
    return code;
}

vt_status vt_fail_memory(vt_error *err, size_t count, size_t size, const char *what) {
    double megabytes = (double)count * (double)size / 1e6;
    return vt_fail(err, VT_ENOMEM, "out of memory: %s needs %.1f MB; use a smaller system", what,
                   megabytes);
}

vt_status vt_fail_interrupted(vt_error *err) {
    return vt_fail(err, VT_EINTERRUPT, "interrupted");
}
