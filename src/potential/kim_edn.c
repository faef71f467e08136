/* The little of EDN that descriptions of KIM models are written in: maps, vectors and strings. */
#include "kim.h"

#ifdef VITRUM_KIM

#include <string.h>

/* A comma is white space in EDN. */
static const char *skip_blank(const char *p) {
    while (*p != '\0' && strchr(" \t\r\n,", *p) != NULL) p++;
    return p;
}

/* Behind the string at p. */
static const char *skip_string(const char *p) {
    for (p++; *p != '\0' && *p != '"'; p++)
        if (*p == '\\' && p[1] != '\0') p++;
    return *p == '"' ? p + 1 : p;
}

/* Behind the value at p, whatever it is. */
static const char *skip_value(const char *p) {
    int depth = 0;
    do {
        p = skip_blank(p);
        if (*p == '\0') return p;
        if (*p == '"') {
            p = skip_string(p);
        } else if (strchr("{[(", *p) != NULL) {
            depth++;
            p++;
        } else if (strchr("}])", *p) != NULL) {
            if (depth == 0) return p;
            depth--;
            p++;
        } else {
            while (*p != '\0' && strchr(" \t\r\n,\"{}[]()", *p) == NULL) p++;
        }
    } while (depth > 0);
    return p;
}

/* True for what a value can begin with. */
static const char *value_at(const char *p) {
    p = skip_blank(p);
    return *p == '\0' || strchr("}])", *p) != NULL ? NULL : p;
}

const char *vti_edn_get(const char *map, const char *key) {
    size_t length = strlen(key);
    map = skip_blank(map);
    if (*map != '{') return NULL;
    const char *at = value_at(map + 1);
    while (at != NULL) {
        const char *value = value_at(skip_value(at));
        if (*at == '"' && strncmp(at + 1, key, length) == 0 && at[length + 1] == '"') return value;
        at = value != NULL ? value_at(skip_value(value)) : NULL;
    }
    return NULL;
}

const char *vti_edn_first(const char *vector) {
    return vector != NULL && *vector == '[' ? value_at(vector + 1) : NULL;
}

const char *vti_edn_next(const char *value) {
    return value_at(skip_value(value));
}

void vti_edn_string(const char *value, char *text, size_t size) {
    size_t used = 0;
    if (value != NULL && *value == '"')
        for (const char *p = value + 1; *p != '\0' && *p != '"' && used + 1 < size; p++) {
            if (*p == '\\' && p[1] != '\0') p++;
            text[used++] = *p;
        }
    text[used] = '\0';
}

#endif
