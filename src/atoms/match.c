/* The same atoms in another order. */
#include <string.h>

#include "base/try.h"
#include "vitrum/atoms.h"

/* Open addressing; more than half of the table stays empty. */
typedef struct {
    size_t mask;
    int32_t *slot; /* index + 1 of an atom, 0: empty */
} table;

static size_t place(const table *t, int64_t id) {
    uint64_t h = (uint64_t)id * UINT64_C(0x9E3779B97F4A7C15); /* 2^64 / golden ratio */
    return (size_t)(h >> 20) & t->mask;
}

/* Index of the atom with this id, or -1. */
static int32_t find(const table *t, const vt_atoms *atoms, int64_t id) {
    for (size_t k = place(t, id); t->slot[k] != 0; k = (k + 1) & t->mask)
        if (atoms->id[t->slot[k] - 1] == id) return t->slot[k] - 1;
    return -1;
}

static vt_status fill(table *t, const vt_atoms *atoms, vt_error *err) {
    size_t size = 16;
    while (size < 2 * atoms->count) size *= 2;
    t->mask = size - 1;
    t->slot = vt_alloc(size, sizeof *t->slot);
    if (t->slot == NULL) return vt_fail_memory(err, size, sizeof *t->slot, "a table of ids");
    for (size_t i = 0; i < atoms->count; i++) {
        if (find(t, atoms, atoms->id[i]) >= 0)
            return vt_fail(err, VT_EINVAL,
                           "id %lld belongs to two atoms, so they cannot be told apart; give every "
                           "atom an id of its own",
                           (long long)atoms->id[i]);
        size_t k = place(t, atoms->id[i]);
        while (t->slot[k] != 0) k = (k + 1) & t->mask;
        t->slot[k] = (int32_t)i + 1;
    }
    return VT_OK;
}

/* The usual case, in which no table is needed: equal ids, all different because they rise. */
static bool same_order(const vt_atoms *atoms, const vt_atoms *reference) {
    const int64_t *id = atoms->id;
    for (size_t i = 0; i < atoms->count; i++)
        if (id[i] != reference->id[i] || (i > 0 && id[i] <= id[i - 1])) return false;
    return true;
}

/* Which species of one mean the same element as which of the other, by their numbers. */
typedef struct {
    bool same[VT_MAX_SPECIES][VT_MAX_SPECIES];
} species_table;

static void compare_species(const vt_atoms *atoms, const vt_atoms *reference, species_table *t) {
    for (int a = 0; a < atoms->species_count; a++)
        for (int b = 0; b < reference->species_count; b++)
            t->same[a][b] = strcmp(atoms->species[a].symbol, reference->species[b].symbol) == 0;
}

/* `t` NULL: every atom has its place. */
static vt_status look_up(const table *t, const vt_atoms *atoms, const vt_atoms *reference,
                         int32_t *order, vt_error *err) {
    species_table species;
    compare_species(atoms, reference, &species);
    for (size_t i = 0; i < reference->count; i++) {
        int32_t k = t == NULL ? (int32_t)i : find(t, atoms, reference->id[i]);
        if (k < 0)
            return vt_fail(err, VT_EINVAL,
                           "there is no atom with id %lld, which the reference frame has; both "
                           "must hold the same atoms",
                           (long long)reference->id[i]);
        int32_t now = atoms->type[k], before = reference->type[i];
        if (!species.same[now][before])
            return vt_fail(err, VT_EINVAL,
                           "the atom with id %lld is %s, in the reference frame it is %s; both "
                           "must hold the same atoms",
                           (long long)reference->id[i], atoms->species[now].symbol,
                           reference->species[before].symbol);
        order[i] = k;
    }
    return VT_OK;
}

vt_status vt_atoms_match(const vt_atoms *atoms, const vt_atoms *reference, int32_t *order,
                         vt_error *err) {
    if (atoms->count != reference->count)
        return vt_fail(err, VT_EINVAL,
                       "there are %zu atoms, in the reference frame %zu; both must hold the same "
                       "atoms",
                       atoms->count, reference->count);
    VTI_TRY(vt_atoms_check(atoms, err));
    VTI_TRY(vt_atoms_check(reference, err));
    if (same_order(atoms, reference)) return look_up(NULL, atoms, reference, order, err);
    table t = {0};
    vt_status status = fill(&t, atoms, err);
    if (!vt_failed(status)) status = look_up(&t, atoms, reference, order, err);
    vt_free(t.slot);
    return status;
}
