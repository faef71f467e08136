/* The program under a pseudo-terminal: type, wait for text, read the exit status. */
#ifndef VITRUM_TESTS_TERMINAL_H
#define VITRUM_TESTS_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* A machine that is busy with other tests may be slow to answer: only a hang fails. */
#define PATIENCE 20.0 /* s */

typedef struct terminal terminal;

/* Start $VITRUM_PROGRAM with `arguments` (ends with NULL; argv[0] not included) in a terminal of
   `columns`, HOME and XDG_STATE_HOME being `home`. Or another program when `program` is given. */
terminal *terminal_start(const char *program, const char *const *arguments, const char *home,
                         int columns);

void terminal_type(terminal *t, const char *text);

/* Wait for `text` behind what earlier waits found; seconds it took, or -1 when it did not come. */
double terminal_wait(terminal *t, const char *text);

/* Fail the test, with all output, unless `text` comes. */
#define EXPECT(t, text) terminal_expect((t), (text), __FILE__, __LINE__)
double terminal_expect(terminal *t, const char *text, const char *file, int line);

/* Everything that came since the last find, waiting until it is quiet for `seconds`. */
const char *terminal_rest(terminal *t, double seconds);

/* Process id of the program. */
int terminal_process(const terminal *t);

/* Wait for the end and free; exit status, or 128 + number when a signal ended it. */
int terminal_finish(terminal *t);

#endif
