/* A lattice as bytes: "VTSTZ\n", a version, the sizes of the two structs, then options, state and
   the arrays in the order of the table below, and at the end the SHA-256 of all before. The modes
   are not among them: they follow from seed and generation. */
#include <assert.h>
#include <string.h>

#include "stz/internal.h"

enum { VERSION = 3, SUM = 64 };

typedef struct {
    char magic[8];
    int64_t version, options, state, endian;
} head;

static const head HEAD = {"VTSTZ\n", VERSION, sizeof(vt_stz_options), sizeof(vti_stz_state),
                          0x0102030405060708};

typedef struct {
    void *data;
    size_t bytes;
} section;

enum { SECTIONS = 30, BYTES_PER_SITE = 12 * 8 + 4 };

/* All arrays with their present lengths. */
static void list_sections(const vt_stz *s, section out[SECTIONS]) {
    const vti_stz_state *t = &s->state;
    size_t n = s->sites * 8, half = s->sites * 4, blocks = s->blocks * 8;
    const section list[SECTIONS] = {
        {s->e1, n},
        {s->e3, n},
        {s->permanent, n},
        {s->temporary, n},
        {s->since, n},
        {s->soft, n},
        {s->p, n},
        {s->q, n},
        {s->rate, n},
        {s->generation, half},
        {s->p_known, n},
        {s->q_known, n},
        {s->margin, n},
        {s->total, blocks},
        {s->base, blocks},
        {s->upper, blocks},
        {s->moved, blocks},
        {s->p_seen, blocks},
        {s->q_seen, blocks},
        {s->weight, blocks},
        {s->widest, blocks},
        {s->limit, blocks},
        {s->unstable, s->blocks},
        {s->applied, s->blocks * 4},
        {s->burst, (size_t)t->burst_count * sizeof *s->burst},
        {s->pending, (size_t)t->pending_count * sizeof *s->pending},
        {s->recovering, (size_t)t->recovering_count * sizeof *s->recovering},
        {s->change, (size_t)t->change_count * sizeof *s->change},
        {s->done, (size_t)t->done_count * sizeof *s->done},
        {s->avalanche, (size_t)t->avalanche_count * sizeof *s->avalanche}};
    memcpy(out, list, sizeof list);
}

void *vt_stz_pack(const vt_stz *s, size_t *bytes, vt_error *err) {
    section list[SECTIONS];
    list_sections(s, list);
    size_t total = sizeof HEAD + sizeof s->options + sizeof s->state;
    for (int k = 0; k < SECTIONS; k++) total += list[k].bytes;
    char *data = vt_alloc(total + SUM + 1, 1), *to = data;
    if (data == NULL) {
        vt_fail_memory(err, total, 1, "a checkpoint of a lattice");
        return NULL;
    }
    memcpy(to, &HEAD, sizeof HEAD);
    to += sizeof HEAD;
    memcpy(to, &s->options, sizeof s->options);
    to += sizeof s->options;
    memcpy(to, &s->state, sizeof s->state);
    to += sizeof s->state;
    for (int k = 0; k < SECTIONS; k++) {
        if (list[k].bytes > 0) memcpy(to, list[k].data, list[k].bytes);
        to += list[k].bytes;
    }
    vt_sha256(data, total, to);
    *bytes = total + SUM;
    return data;
}

/* ---------------------------------------------------------------- reading ---- */

static_assert(sizeof(head) == VT_STZ_HEAD, "what a reader looks at first");

bool vt_stz_is_packed(const void *data, size_t bytes) {
    return bytes >= sizeof HEAD && memcmp(data, &HEAD, sizeof HEAD) == 0;
}

static vt_status fail_format(vt_error *err, const char *what) {
    return vt_fail(err, VT_EFORMAT, "this is no checkpoint of a lattice that can be read: %s",
                   what);
}

/* Lists of variable length get their memory; counts that cannot be are refused. */
static vt_status make_lists(vt_stz *s, vt_error *err) {
    const vti_stz_state *t = &s->state;
    int64_t most = (int64_t)s->sites;
    if (t->pending_count < 0 || t->pending_count > PENDING_MAX || t->burst_count < 0 ||
        t->burst_count > t->pending_count || t->recovering_count < 0 ||
        t->recovering_count > most || t->change_count < 0 || t->change_count > most ||
        t->done_count < 0 || t->done_count > most || t->avalanche_count < 0 ||
        t->avalanche_count > INT32_MAX || t->changed < 0)
        return fail_format(err, "its counts are impossible");
    s->recovering_room = (size_t)t->recovering_count;
    s->change_room = (size_t)t->change_count;
    s->done_room = (size_t)t->done_count;
    s->avalanche_room = (size_t)t->avalanche_count;
    s->recovering = vt_alloc(s->recovering_room, sizeof *s->recovering);
    s->change = vt_alloc(s->change_room, sizeof *s->change);
    s->done = vt_alloc(s->done_room, sizeof *s->done);
    s->avalanche = vt_alloc(s->avalanche_room, sizeof *s->avalanche);
    if (s->recovering == NULL || s->change == NULL || s->done == NULL || s->avalanche == NULL)
        return vt_fail_memory(err, s->avalanche_room, sizeof *s->avalanche,
                              "the lists of a lattice");
    return VT_OK;
}

static bool within(const int32_t *values, size_t count, int64_t least, size_t limit) {
    for (size_t k = 0; k < count; k++)
        if (values[k] < least || values[k] >= (int64_t)limit) return false;
    return true;
}

/* Every number that is used as an index. */
static bool indices_fit(const vt_stz *s) {
    const vti_stz_state *t = &s->state;
    bool fit = within(s->recovering, (size_t)t->recovering_count, 0, s->sites) &&
               within(s->applied, s->blocks, 0, PENDING_MAX + 1) &&
               within(s->generation, s->sites, 0, (size_t)INT32_MAX);
    for (int64_t k = 0; k < t->burst_count; k++)
        fit = fit && within(&s->burst[k].first, 1, 0, (size_t)t->pending_count) &&
              within(&s->burst[k].x, 1, 0, (size_t)s->nx) &&
              within(&s->burst[k].y, 1, 0, (size_t)s->ny);
    for (int64_t k = 0; k < t->pending_count; k++)
        fit = fit && s->pending[k].burst >= 0 && s->pending[k].burst < t->burst_count;
    for (int64_t k = 0; k < t->change_count; k++)
        fit = fit && within(&s->change[k].site, 1, 0, s->sites) &&
              within(&s->change[k].mode, 1, 0, (size_t)s->options.modes);
    for (int64_t k = 0; k < t->done_count; k++)
        fit = fit && within(&s->done[k].site, 1, 0, s->sites);
    return fit;
}

/* A byte of a bool, or the bytes of an enum, may hold what the type does not: to look at it there
   is undefined, so the bytes are looked at before they are taken for one. */
static bool flags_fit(const char *options, const char *state) {
    const size_t held = offsetof(vti_stz_state, load) + offsetof(vt_stz_load, held);
    const char bytes[] = {
        options[offsetof(vt_stz_options, elastic) + offsetof(vt_stz_elastic, plane_strain)],
        state[held], state[held + 1], state[held + 2]};
    for (size_t k = 0; k < sizeof bytes; k++)
        if (bytes[k] != 0 && bytes[k] != 1) return false;
    static const struct {
        size_t place;
        int most;
    } SWITCHES[] = {{offsetof(vt_stz_options, engine), VT_STZ_PLAIN},
                    {offsetof(vt_stz_options, elapsed), VT_STZ_EXACT},
                    {offsetof(vt_stz_options, clock), VT_STZ_CLOCK_STEP},
                    {offsetof(vt_stz_options, soften), VT_STZ_SOFTEN_ACCUMULATED},
                    {offsetof(vt_stz_options, spectrum), VT_STZ_HISTOGRAM}};
    for (size_t k = 0; k < sizeof SWITCHES / sizeof *SWITCHES; k++) {
        int value;
        memcpy(&value, options + SWITCHES[k].place, sizeof value);
        if (value < 0 || value > SWITCHES[k].most) return false;
    }
    int kind;
    memcpy(&kind, state + offsetof(vti_stz_state, last) + offsetof(vt_stz_event, kind),
           sizeof kind);
    return kind >= 0 && kind < VT_STZ_STEP_KINDS;
}

/* Switches that are kept as numbers. */
static bool switches_fit(const vti_stz_state *t) {
    return (t->loaded == 0 || t->loaded == 1) && (t->settled == 0 || t->settled == 1) &&
           t->stale >= 0 && t->stale <= 2 && (t->paused == 0 || t->paused == 1);
}

vt_stz *vt_stz_unpack(const void *data, size_t bytes, vt_error *err) {
    const char *from = data;
    vt_stz_options options;
    vti_stz_state state;
    size_t least = sizeof HEAD + sizeof options + sizeof state + SUM;
    char sum[SUM + 1];
    if (bytes < least || !vt_stz_is_packed(data, bytes)) {
        fail_format(err, "it is not one, or of another version of the program");
        return NULL;
    }
    vt_sha256(data, bytes - SUM, sum);
    if (memcmp(sum, from + bytes - SUM, SUM) != 0) {
        fail_format(err, "it is damaged or cut short");
        return NULL;
    }
    from += sizeof HEAD;
    if (!flags_fit(from, from + sizeof options)) {
        fail_format(err, "its numbers are impossible");
        return NULL;
    }
    memcpy(&options, from, sizeof options);
    from += sizeof options;
    memcpy(&state, from, sizeof state);
    from += sizeof state;
    /* Memory is taken for what the bytes can hold. */
    if (vt_failed(vt_stz_check(&options, err))) return NULL;
    if (options.rows == 0) {
        fail_format(err, "its numbers are impossible");
        return NULL;
    }
    if ((double)bytes < (double)options.n * (double)options.rows * BYTES_PER_SITE) {
        fail_format(err, "its length is wrong");
        return NULL;
    }
    vt_stz *s = vt_stz_create(&options, err);
    if (s == NULL) return NULL;
    s->state = state;
    section list[SECTIONS];
    if (vt_failed(make_lists(s, err))) goto fail;
    list_sections(s, list);
    size_t total = least;
    for (int k = 0; k < SECTIONS; k++) total += list[k].bytes;
    if (total != bytes) {
        fail_format(err, "its length is wrong");
        goto fail;
    }
    for (int k = 0; k < SECTIONS; k++) {
        if (list[k].bytes > 0) memcpy(list[k].data, from, list[k].bytes);
        from += list[k].bytes;
    }
    if (!indices_fit(s) || !switches_fit(&s->state)) {
        fail_format(err, "its numbers are impossible");
        goto fail;
    }
    for (size_t i = 0; i < s->sites; i++)
        if (s->generation[i] > 0) vti_stz_draw(s, (int)i);
    vti_stz_sum_groups(s);
    return s;
fail:
    vt_stz_destroy(s);
    return NULL;
}
