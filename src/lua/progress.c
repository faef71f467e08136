/* Progress of long work on stderr: a bar on a terminal, a line now and then elsewhere. */
#define _GNU_SOURCE
#include "vtl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const double FIRST_AFTER = 1.0;    /* work shorter than this shows nothing [s] */
static const double BAR_INTERVAL = 0.2;   /* between two drawings of the bar [s] */
static const double LINE_INTERVAL = 30.0; /* between two lines elsewhere [s] */
enum { BAR_WIDEST = 40, BAR_LEAST = 8, LINE_SIZE = 256 };

/* One terminal, one bar: whose text stands there now does not matter for removing it. */
static bool quiet = false;
static bool bar_on_screen = false;
static int whole_count = 0; /* bars that hide the others */

void vtl_set_quiet(bool on) {
    quiet = on;
    if (on) vtl_progress_clear();
}

void vtl_progress_clear(void) {
    if (!bar_on_screen) return;
    bar_on_screen = false;
    fputs("\r\033[K", stderr);
    fflush(stderr);
}

int vtl_terminal_width(int descriptor) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    const char *columns = getenv("COLUMNS"); /* of a pipe, whose reader knows its width */
    long width = columns != NULL ? strtol(columns, NULL, 10) : 0;
    return width > 0 && width < 10000 ? (int)width : 80;
}

int vtl_terminal_height(int descriptor) {
    struct winsize size;
    return isatty(descriptor) && ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_row : 0;
}

/* A terminal that understands escape codes, and not one that we only run in the background of:
   writing there would spoil what the user types. */
static bool has_bar(void) {
    if (!isatty(STDERR_FILENO)) return false;
    const char *term = getenv("TERM");
    if (term == NULL || strcmp(term, "dumb") == 0) return false;
    return tcgetpgrp(STDERR_FILENO) == getpgrp();
}

static void format_time(char *text, size_t size, double seconds) {
    if (!(seconds < 3.6e7)) { /* also NaN */
        snprintf(text, size, "--:--");
        return;
    }
    long s = lround(seconds);
    if (s >= 86400)
        snprintf(text, size, "%ldd %ldh", s / 86400, s / 3600 % 24);
    else if (s >= 3600)
        snprintf(text, size, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(text, size, "%ld:%02ld", s / 60, s % 60);
}

/* "12.3 ns/day  1:02 left", or time so far when the total is unknown. */
static void format_state(char *text, size_t size, const vtl_progress *p, double done,
                         double elapsed) {
    char rate[48] = "", duration[32];
    double speed = (done - p->before) / elapsed;
    if (p->rate_unit[0] != '\0' && speed > 0)
        snprintf(rate, sizeof rate, "%.3g %s  ", speed * p->rate_scale, p->rate_unit);
    if (p->total > 0 && speed > 0) {
        format_time(duration, sizeof duration, fmax(p->total - done, 0) / speed);
        snprintf(text, size, "%s%s left", rate, duration);
    } else {
        format_time(duration, sizeof duration, elapsed);
        snprintf(text, size, "%s%s", rate, duration);
    }
}

static int percent(const vtl_progress *p, double done) {
    double share = 100 * done / p->total;
    return share >= 100 ? 100 : share > 0 ? (int)share : 0;
}

static void draw_bar(const vtl_progress *p, double done, double elapsed) {
    char state[128], line[LINE_SIZE];
    format_state(state, sizeof state, p, done, elapsed);
    int columns = vtl_terminal_width(STDERR_FILENO) - 1; /* the last column would wrap */
    if (columns > LINE_SIZE - 1) columns = LINE_SIZE - 1;
    int taken = (int)(strlen(p->what) + strlen(state)) + (int)strlen("  100% []  ");
    int bar = columns - taken < BAR_WIDEST ? columns - taken : BAR_WIDEST;
    if (p->total > 0 && bar >= BAR_LEAST) {
        int full = bar * percent(p, done) / 100;
        char cells[BAR_WIDEST + 1];
        memset(cells, ' ', (size_t)bar);
        memset(cells, '=', (size_t)full);
        if (full > 0 && full < bar) cells[full] = '>';
        cells[bar] = '\0';
        snprintf(line, sizeof line, "%s %3d%% [%s]  %s", p->what, percent(p, done), cells, state);
    } else if (p->total > 0) {
        snprintf(line, sizeof line, "%s %d%%  %s", p->what, percent(p, done), state);
    } else {
        snprintf(line, sizeof line, "%s  %s", p->what, state);
    }
    line[columns > 0 ? columns : 0] = '\0';
    fprintf(stderr, "\r%s\033[K", line);
    fflush(stderr);
    bar_on_screen = true;
}

static void print_line(const vtl_progress *p, double done, double elapsed) {
    char state[128];
    format_state(state, sizeof state, p, done, elapsed);
    if (p->total > 0)
        fprintf(stderr, "%s: %d%%, %s\n", p->what, percent(p, done), state);
    else
        fprintf(stderr, "%s: %s\n", p->what, state);
    fflush(stderr);
}

void vtl_progress_start(vtl_progress *p, const char *what, double total, double rate_scale,
                        const char *rate_unit) {
    static bool cleared_at_exit = false; /* os.exit in the middle of work leaves no bar either */
    if (!cleared_at_exit) cleared_at_exit = atexit(vtl_progress_clear) == 0;
    *p = (vtl_progress){.total = total, .rate_scale = rate_scale, .interval = LINE_INTERVAL};
    snprintf(p->what, sizeof p->what, "%s", what);
    snprintf(p->rate_unit, sizeof p->rate_unit, "%s", rate_unit != NULL ? rate_unit : "");
    p->start = p->last_shown = vt_clock();
}

void vtl_progress_update(vtl_progress *p, double done) {
    if (quiet || (whole_count > 0 && !p->whole)) return;
    double now = vt_clock(), elapsed = now - p->start;
    if (elapsed < FIRST_AFTER || now - p->last_shown < BAR_INTERVAL) return;
    if (has_bar()) {
        p->last_shown = now;
        draw_bar(p, done, elapsed);
    } else if (now - p->last_shown >= p->interval) {
        p->last_shown = now;
        p->shown = true;
        print_line(p, done, elapsed);
    }
}

void vtl_progress_whole(vtl_progress *p) {
    if (!p->whole) whole_count++;
    p->whole = true;
}

void vtl_progress_finish(vtl_progress *p) {
    if (p->whole) whole_count--;
    p->whole = false;
    vtl_progress_clear();
    p->shown = false;
}
