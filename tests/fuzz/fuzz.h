/* What the readers under attack share: see README.md. */
#ifndef VITRUM_TESTS_FUZZ_H
#define VITRUM_TESTS_FUZZ_H

#include "vitrum/base.h"

/* A reader, and what a user does with what it read. */
typedef struct {
    const char *name;
    void (*start)(const char *name);                 /* once, before the first input; or NULL */
    void (*feed)(const uint8_t *bytes, size_t size); /* one input */
    void (*write_seeds)(const char *folder);         /* or NULL */
} fuzz_target;

/* Make the file that `fuzz_path` names hold these bytes. It is in memory. */
void fuzz_put(const void *bytes, size_t size);

/* The same as gzip. */
void fuzz_put_packed(const void *bytes, size_t size);
const char *fuzz_path(void);

/* A folder in memory that is removed at the end. */
const char *fuzz_folder(void);

/* Write a file into `folder`. */
void fuzz_save(const char *folder, const char *name, const void *bytes, size_t size);

/* A number that depends on all bytes: what is done with an input besides reading it follows from
   this, so that the input alone reproduces it. */
uint64_t fuzz_hash(const uint8_t *bytes, size_t size);

/* Report a finding, and end, unless `true_as_it_should` is true. */
void fuzz_require(bool true_as_it_should, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A failure has the code that was returned and a message fit for a terminal. */
void fuzz_check_error(vt_status status, const vt_error *err);

/* ---------------------------------------------------------------- targets ---- */

void fuzz_frames_start(const char *format);
void fuzz_frames(const uint8_t *bytes, size_t size);
void fuzz_packed_start(const char *name);
void fuzz_packed(const uint8_t *bytes, size_t size);
void fuzz_packed_seeds(const char *folder);
void fuzz_eam(const uint8_t *bytes, size_t size);
void fuzz_mix(const uint8_t *bytes, size_t size);
void fuzz_md_start(const char *name);
void fuzz_md(const uint8_t *bytes, size_t size);
void fuzz_md_seeds(const char *folder);
void fuzz_lattice(const uint8_t *bytes, size_t size);
void fuzz_lattice_seeds(const char *folder);

/* A checkpoint of a few atoms with `text` about its run. */
void fuzz_write_job(const char *path, const char *text);
void fuzz_lua_start(const char *name);
void fuzz_lua(const uint8_t *bytes, size_t size);
void fuzz_job(const uint8_t *bytes, size_t size);
void fuzz_calls_seeds(const char *folder);

#endif
