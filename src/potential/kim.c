/* Models of OpenKIM: the potential, and the engine that has the model compute.

   The model sees the points of the list: atoms, which contribute energy, and images, which only
   stand around them. It returns the derivative of that energy by every point. The force on an atom
   is the sum over its images; and since energy does not change when all points move together, the
   virial is the sum of r_a f_b over the points, whatever the model is made of. */
#include "kim.h"
#include "base/tensor.h"
#include "base/try.h"

#ifdef VITRUM_KIM

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    vt_potential base;
    int *code; /* the model's number for each species */
    bool energy_by_atom, virial_by_atom, energy_required;
} kim_potential;

/* Room that follows the list. */
typedef struct {
    size_t points, rows, entries; /* capacities */
    int *code, *contributing;
    double (*place)[3], (*force)[3];
    size_t energies, virials; /* capacities, of points as well */
    double *energy, (*virial)[6];
    /* Rows of images, for models that ask for them: as `first` and `neighbor` of the list, counted
       from the first image. */
    size_t *first;
    int *neighbor;
} kim_room;

typedef struct {
    const vti_kim_library *kim;
    const kim_potential *potential;
    KIM_Model *model;
    KIM_ComputeArguments *arguments;
    bool rows_of_images;
    int codes[VT_MAX_SPECIES]; /* by type of the atoms */
    kim_room room;
    const vt_neighbors *list; /* of this evaluation */
    uint64_t builds;          /* of it, when what follows was made */
    bool may_coincide;        /* atoms may come to stand upon one another before the next build */
} kim_opened;

/* ---------------------------------------------------------------- the model ---- */

static vt_status fail_model(const char *name, vt_status code, const char *what, vt_error *err) {
    const char *said = vti_kim_complaint();
    return vt_fail(err, code, "the OpenKIM model %s %s%s%s", name, what,
                   said[0] != '\0' ? ": " : "", said);
}

static KIM_Model *create_model(const vti_kim_library *k, const char *name, vt_error *err) {
    KIM_Model *model = NULL;
    int accepted = 0;
    vti_kim_listen();
    if (k->Model_Create(*k->NUMBERING_zeroBased, *k->LENGTH_UNIT_A, *k->ENERGY_UNIT_eV,
                        *k->CHARGE_UNIT_e, *k->TEMPERATURE_UNIT_K, *k->TIME_UNIT_ps, name,
                        &accepted, &model) != 0) {
        fail_model(name, VT_EUNSUPPORTED, "cannot be set up", err);
        return NULL;
    }
    if (accepted) return model;
    k->Model_Destroy(&model);
    vt_fail(err, VT_EUNSUPPORTED,
            "the OpenKIM model %s does not compute in eV, A, e, K and ps; choose another", name);
    return NULL;
}

static bool same_argument(KIM_ComputeArgumentName a, const KIM_ComputeArgumentName *b) {
    return a.computeArgumentNameID == b->computeArgumentNameID;
}

/* Refuse a model that wants what is not given to it. */
static vt_status check_required(const vti_kim_library *k, const KIM_ComputeArguments *arguments,
                                const char *name, vt_error *err) {
    const KIM_ComputeArgumentName *const given[] = {k->COMPUTE_ARGUMENT_NAME_partialEnergy,
                                                    k->COMPUTE_ARGUMENT_NAME_partialForces};
    int required = k->SUPPORT_STATUS_required->supportStatusID, count = 0;
    const char *lacking = NULL;
    k->COMPUTE_ARGUMENT_NAME_GetNumberOfComputeArgumentNames(&count);
    for (int i = 0; i < count; i++) {
        KIM_ComputeArgumentName argument;
        KIM_SupportStatus status;
        if (k->COMPUTE_ARGUMENT_NAME_GetComputeArgumentName(i, &argument) == 0 &&
            k->ComputeArguments_GetArgumentSupportStatus(arguments, argument, &status) == 0 &&
            status.supportStatusID == required && !same_argument(argument, given[0]) &&
            !same_argument(argument, given[1]))
            lacking = k->ComputeArgumentName_ToString(argument);
    }
    k->COMPUTE_CALLBACK_NAME_GetNumberOfComputeCallbackNames(&count);
    for (int i = 0; i < count; i++) {
        KIM_ComputeCallbackName callback;
        KIM_SupportStatus status;
        if (k->COMPUTE_CALLBACK_NAME_GetComputeCallbackName(i, &callback) == 0 &&
            k->ComputeArguments_GetCallbackSupportStatus(arguments, callback, &status) == 0 &&
            status.supportStatusID == required)
            lacking = k->ComputeCallbackName_ToString(callback);
    }
    if (lacking == NULL) return VT_OK;
    return vt_fail(err, VT_EUNSUPPORTED,
                   "the OpenKIM model %s must be given '%s', which vitrum has not", name, lacking);
}

static bool supports(const vti_kim_library *k, const KIM_ComputeArguments *arguments,
                     const KIM_ComputeArgumentName *argument, bool required) {
    KIM_SupportStatus status;
    if (k->ComputeArguments_GetArgumentSupportStatus(arguments, *argument, &status) != 0)
        return false;
    return required ? status.supportStatusID == k->SUPPORT_STATUS_required->supportStatusID
                    : status.supportStatusID != k->SUPPORT_STATUS_notSupported->supportStatusID;
}

static vt_status look_at_arguments(kim_potential *p, const vti_kim_library *k,
                                   const KIM_Model *model, vt_error *err) {
    const char *name = p->base.file;
    KIM_ComputeArguments *arguments = NULL;
    vti_kim_listen();
    if (k->Model_ComputeArgumentsCreate(model, &arguments) != 0)
        return fail_model(name, VT_EUNSUPPORTED, "cannot be set up", err);
    vt_status st = check_required(k, arguments, name, err);
    if (!vt_failed(st) && !(supports(k, arguments, k->COMPUTE_ARGUMENT_NAME_partialForces, false) &&
                            supports(k, arguments, k->COMPUTE_ARGUMENT_NAME_partialEnergy, false)))
        st = vt_fail(err, VT_EUNSUPPORTED, "the OpenKIM model %s does not give energy and forces",
                     name);
    p->energy_by_atom =
        supports(k, arguments, k->COMPUTE_ARGUMENT_NAME_partialParticleEnergy, false);
    p->virial_by_atom =
        supports(k, arguments, k->COMPUTE_ARGUMENT_NAME_partialParticleVirial, false);
    p->energy_required = supports(k, arguments, k->COMPUTE_ARGUMENT_NAME_partialEnergy, true);
    k->Model_ComputeArgumentsDestroy(model, &arguments);
    return st;
}

/* Its species in the order of the library's own table, with the masses of the elements. Species
   that are no elements ("user01") have none: atoms bring their own. */
static vt_status look_at_species(kim_potential *p, const vti_kim_library *k, const KIM_Model *model,
                                 vt_error *err) {
    int count = 0;
    k->SPECIES_NAME_GetNumberOfSpeciesNames(&count);
    vt_species *species = vt_alloc((size_t)count, sizeof *species);
    p->base.species = species;
    p->code = vt_alloc((size_t)count, sizeof *p->code);
    if (species == NULL || p->code == NULL)
        return vt_fail_memory(err, (size_t)count, sizeof *species, "a potential");
    for (int i = 0; i < count; i++) {
        KIM_SpeciesName name;
        int supported = 0, code = 0;
        if (k->SPECIES_NAME_GetSpeciesName(i, &name) != 0 ||
            k->Model_GetSpeciesSupportAndCode(model, name, &supported, &code) != 0 || !supported)
            continue;
        const char *symbol = k->SpeciesName_ToString(name);
        if (strlen(symbol) >= VT_SYMBOL_SIZE) continue;
        int n = p->base.species_count++;
        strcpy(species[n].symbol, symbol);
        species[n].mass = vt_element_mass(symbol);
        p->code[n] = code;
    }
    if (p->base.species_count > 0) return VT_OK;
    return vt_fail(err, VT_EUNSUPPORTED, "the OpenKIM model %s knows no species", p->base.file);
}

/* A checkpoint has to know the model again: a digest of its name, which has the version, and of
   the parameters that it makes known. */
static void digest(kim_potential *p, const vti_kim_library *k, const KIM_Model *model) {
    vt_sha256_state state;
    vt_sha256_start(&state);
    vt_sha256_add(&state, p->base.file, strlen(p->base.file) + 1);
    int count = 0;
    k->Model_GetNumberOfParameters(model, &count);
    for (int i = 0; i < count; i++) {
        KIM_DataType type;
        int extent = 0;
        const char *name = NULL, *description = NULL;
        if (k->Model_GetParameterMetadata(model, i, &type, &extent, &name, &description) != 0)
            continue;
        bool real = type.dataTypeID == k->DATA_TYPE_Double->dataTypeID;
        vt_sha256_add(&state, name, strlen(name) + 1);
        for (int j = 0; j < extent; j++) {
            double value = 0;
            int whole = 0;
            if (real) {
                k->Model_GetParameterDouble(model, i, j, &value);
            } else {
                k->Model_GetParameterInteger(model, i, j, &whole);
                value = whole;
            }
            vt_sha256_add(&state, &value, sizeof value);
        }
    }
    vt_sha256_end(&state, p->base.sha256);
}

/* ---------------------------------------------------------------- the potential ---- */

static void kim_destroy(vt_potential *potential) {
    kim_potential *p = (kim_potential *)potential;
    vt_free((void *)p->base.species);
    vt_free(p->code);
    vt_free(p->base.citation);
    vt_free(p);
}

static vt_status look_at_model(kim_potential *p, const vti_kim_library *k, const KIM_Model *model,
                               vt_error *err) {
    k->Model_GetInfluenceDistance(model, &p->base.cutoff);
    if (!(p->base.cutoff > 0) || !isfinite(p->base.cutoff))
        return vt_fail(err, VT_EUNSUPPORTED,
                       "the OpenKIM model %s says that atoms act on each other up to %g A",
                       p->base.file, p->base.cutoff);
    vt_status st = look_at_arguments(p, k, model, err);
    if (!vt_failed(st)) st = look_at_species(p, k, model, err);
    if (!vt_failed(st)) digest(p, k, model);
    return st;
}

vt_potential *vt_potential_kim_create(const char *model_name, vt_error *err) {
    enum { CITATION_SIZE = 2000 };
    const vti_kim_library *k = vti_kim_load(err);
    char name[VTI_KIM_NAME];
    if (k == NULL || vt_failed(vti_kim_find(model_name, name, err))) return NULL;
    kim_potential *p = vt_alloc(1, sizeof *p);
    if (p != NULL) p->base.citation = vt_alloc(CITATION_SIZE, 1);
    if (p == NULL || p->base.citation == NULL) {
        vt_free(p);
        vt_fail_memory(err, 1, sizeof *p, "a potential");
        return NULL;
    }
    p->base.model = "kim";
    p->base.destroy = kim_destroy;
    strcpy(p->base.name, "kim");
    strcpy(p->base.file, name);
    KIM_Model *model = create_model(k, name, err);
    vt_status st = model == NULL ? VT_EUNSUPPORTED : look_at_model(p, k, model, err);
    if (model != NULL) k->Model_Destroy(&model);
    if (!vt_failed(st)) st = vti_kim_citation(name, p->base.citation, CITATION_SIZE, err);
    if (!vt_failed(st)) return &p->base;
    kim_destroy(&p->base);
    return NULL;
}

/* ---------------------------------------------------------------- rows ---- */

/* The neighbors of particle `i`: the list's own row, where it is an atom. A model with several
   lists gets the widest for each, since it looks at distances itself. */
static int get_neighbors(void *const opened, int const lists, double const *const cutoffs,
                         int const which, int const i, int *const count, int const **const row) {
    const kim_opened *o = opened;
    const vt_neighbors *list = o->list;
    (void)lists;
    (void)which;
    (void)cutoffs;
    if (i < 0 || (size_t)i >= list->points || ((size_t)i >= list->count && !o->rows_of_images)) {
        *count = 0;
        return 1;
    }
    bool image = (size_t)i >= list->count;
    const size_t *first = image ? o->room.first + ((size_t)i - list->count) : list->first + i;
    *count = (int)(first[1] - first[0]);
    *row = (image ? o->room.neighbor : list->neighbor) + first[0];
    return 0;
}

static vt_status reserve(void *memory, size_t *capacity, size_t needed, size_t size,
                         vt_error *err) {
    return vt_reserve(memory, capacity, needed, needed / 16, size, "an OpenKIM model", err);
}

/* Images of each atom, one after the other: those of atom i are image[from[i]] to
   image[from[i + 1] - 1]. */
typedef struct {
    size_t *from;
    int32_t *image;
} image_table;

static vt_status sort_images(const vt_neighbors *list, image_table *t, vt_error *err) {
    size_t n = list->count, images = list->points - n;
    t->from = vt_alloc(n + 2, sizeof *t->from);
    t->image = vt_alloc(images, sizeof *t->image);
    if (t->from == NULL || t->image == NULL)
        return vt_fail_memory(err, images, sizeof *t->image, "an OpenKIM model");
    for (size_t g = n; g < list->points; g++) t->from[list->parent[g] + 2]++;
    for (size_t i = 1; i < n + 2; i++) t->from[i] += t->from[i - 1];
    for (size_t g = n; g < list->points; g++) t->image[t->from[list->parent[g] + 1]++] = (int32_t)g;
    return VT_OK;
}

/* The point that lies from `point` as `shift` says, of the same atom; -1 where there is none.
   Images of an atom are farther apart than rounding can reach. */
static int32_t shifted(const vt_neighbors *list, const image_table *t, int32_t point,
                       const double shift[3]) {
    static const double SAME = 1e-6; /* angstrom */
    const double *at = list->point + 4 * (size_t)point;
    size_t atom = (size_t)list->parent[point];
    for (size_t k = t->from[atom]; k <= t->from[atom + 1]; k++) {
        int32_t other = k < t->from[atom + 1] ? t->image[k] : (int32_t)atom;
        const double *r = list->point + 4 * (size_t)other;
        if (fabs(r[0] - at[0] - shift[0]) < SAME && fabs(r[1] - at[1] - shift[1]) < SAME &&
            fabs(r[2] - at[2] - shift[2]) < SAME)
            return other;
    }
    return -1;
}

/* The row of an image is that of its atom, moved along, as far as there are points. Made of the
   list's rows alone, so that a run that goes on from a checkpoint has them in the same order. */
static vt_status make_rows_of_images(kim_opened *o, const vt_neighbors *list, vt_error *err) {
    size_t n = list->count, images = list->points - n, entries = 0;
    for (size_t g = n; g < list->points; g++)
        entries += list->first[list->parent[g] + 1] - list->first[list->parent[g]];
    image_table table = {NULL, NULL};
    vt_status st = reserve(&o->room.first, &o->room.rows, images + 1, sizeof *o->room.first, err);
    if (!vt_failed(st))
        st = reserve(&o->room.neighbor, &o->room.entries, entries, sizeof *o->room.neighbor, err);
    if (!vt_failed(st)) st = sort_images(list, &table, err);
    size_t next = 0;
    for (size_t g = n; g < list->points && !vt_failed(st); g++) {
        size_t atom = (size_t)list->parent[g];
        double shift[3];
        for (int a = 0; a < 3; a++) shift[a] = list->point[4 * g + a] - list->point[4 * atom + a];
        o->room.first[g - n] = next;
        for (size_t k = list->first[atom]; k < list->first[atom + 1]; k++) {
            int32_t point = shifted(list, &table, list->neighbor[k], shift);
            if (point >= 0) o->room.neighbor[next++] = point;
        }
    }
    if (!vt_failed(st)) o->room.first[images] = next;
    vt_free(table.from);
    vt_free(table.image);
    return st;
}

/* ---------------------------------------------------------------- opening ---- */

static void kim_close(void *opened) {
    kim_opened *o = opened;
    if (o->arguments != NULL) o->kim->Model_ComputeArgumentsDestroy(o->model, &o->arguments);
    if (o->model != NULL) o->kim->Model_Destroy(&o->model);
    kim_room *room = &o->room;
    void *const parts[] = {room->code,   room->contributing, room->place, room->force,
                           room->energy, room->virial,       room->first, room->neighbor};
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) vt_free(parts[k]);
    vt_free(o);
}

/* Every system has a model of its own: a model may keep notes while it computes. */
static void *kim_open(const vt_potential *potential, const int *species, int count, vt_error *err) {
    const kim_potential *p = (const kim_potential *)potential;
    const vti_kim_library *k = vti_kim_load(err);
    kim_opened *o = k == NULL ? NULL : vt_alloc(1, sizeof *o);
    if (o == NULL) {
        if (k != NULL) vt_fail_memory(err, 1, sizeof *o, "an OpenKIM model");
        return NULL;
    }
    o->kim = k;
    o->potential = p;
    for (int t = 0; t < count; t++) o->codes[t] = p->code[species[t]];
    o->model = create_model(k, p->base.file, err);
    if (o->model == NULL) {
        kim_close(o);
        return NULL;
    }
    int lists = 0;
    const double *cutoffs = NULL;
    const int *atoms_only = NULL;
    k->Model_GetNeighborListPointers(o->model, &lists, &cutoffs, &atoms_only);
    for (int l = 0; l < lists; l++)
        if (!atoms_only[l]) o->rows_of_images = true;
    if (k->Model_ComputeArgumentsCreate(o->model, &o->arguments) != 0 ||
        k->ComputeArguments_SetCallbackPointer(
            o->arguments, *k->COMPUTE_CALLBACK_NAME_GetNeighborList, *k->LANGUAGE_NAME_c,
            (KIM_Function *)get_neighbors, o) != 0) {
        fail_model(p->base.file, VT_EUNSUPPORTED, "cannot be set up", err);
        kim_close(o);
        return NULL;
    }
    return o;
}

/* ---------------------------------------------------------------- evaluation ---- */

static double least_distance2(const vt_neighbors *list) {
    double least = INFINITY;
    for (size_t i = 0; i < list->count; i++) {
        const double *a = list->point + 4 * i;
        for (size_t k = list->first[i]; k < list->first[i + 1]; k++) {
            const double *b = list->point + 4 * (size_t)list->neighbor[k];
            double d[3] = {b[0] - a[0], b[1] - a[1], b[2] - a[2]};
            double r2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
            if (r2 < least) least = r2;
        }
    }
    return least;
}

static vt_status make_room(kim_opened *o, unsigned want, size_t points, vt_error *err) {
    kim_room *room = &o->room;
    if (points > room->points) {
        size_t capacity[4] = {0};
        room->points = 0;
        VTI_TRY(reserve(&room->code, &capacity[0], points, sizeof *room->code, err));
        VTI_TRY(
            reserve(&room->contributing, &capacity[1], points, sizeof *room->contributing, err));
        VTI_TRY(reserve(&room->place, &capacity[2], points, sizeof *room->place, err));
        VTI_TRY(reserve(&room->force, &capacity[3], points, sizeof *room->force, err));
        room->points = capacity[3];
    }
    vt_status st = VT_OK;
    if (want & VT_WANT_ATOM_ENERGY)
        st = reserve(&room->energy, &room->energies, points, sizeof *room->energy, err);
    if (!vt_failed(st) && (want & VT_WANT_ATOM_VIRIAL))
        st = reserve(&room->virial, &room->virials, points, sizeof *room->virial, err);
    return st;
}

/* What follows from the rows, made anew when they were. */
static vt_status follow_rows(kim_opened *o, const vt_neighbors *list, vt_error *err) {
    if (o->list == list && o->builds == list->builds) return VT_OK;
    o->list = NULL;
    if (o->rows_of_images) VTI_TRY(make_rows_of_images(o, list, err));
    /* Between two builds no atom moves by more than half the skin. */
    double closest = sqrt(least_distance2(list));
    o->may_coincide = closest < list->skin + 0.01 * list->cutoff;
    o->list = list;
    o->builds = list->builds;
    return VT_OK;
}

static void place_points(kim_opened *o, const vt_neighbors *list) {
    for (size_t p = 0; p < list->points; p++) {
        const double *point = list->point + 4 * p;
        for (int a = 0; a < 3; a++) o->room.place[p][a] = point[a];
        o->room.code[p] = o->codes[(int)point[3]];
        o->room.contributing[p] = p < list->count;
    }
}

static vt_status compute(kim_opened *o, const vti_evaluation *e, double *energy, vt_error *err) {
    const vti_kim_library *k = o->kim;
    KIM_ComputeArguments *a = o->arguments;
    kim_room *room = &o->room;
    const int particles = (int)e->list->points;
    if (e->atom_energy != NULL) memset(room->energy, 0, e->list->points * sizeof *room->energy);
    if (e->atom_virial != NULL) memset(room->virial, 0, e->list->points * sizeof *room->virial);
    bool total = (e->want & VT_WANT_ENERGY) != 0 || o->potential->energy_required;
    int refused = 0;
#define WHOLE(name, at)                                                                            \
    refused |=                                                                                     \
        k->ComputeArguments_SetArgumentPointerInteger(a, *k->COMPUTE_ARGUMENT_NAME_##name, at)
#define REAL(name, at)                                                                             \
    refused |= k->ComputeArguments_SetArgumentPointerDouble(a, *k->COMPUTE_ARGUMENT_NAME_##name, at)
    WHOLE(numberOfParticles, &particles);
    WHOLE(particleSpeciesCodes, room->code);
    WHOLE(particleContributing, room->contributing);
    REAL(coordinates, room->place[0]);
    REAL(partialForces, room->force[0]);
    REAL(partialEnergy, total ? energy : NULL);
    if (o->potential->energy_by_atom)
        REAL(partialParticleEnergy, e->atom_energy != NULL ? room->energy : NULL);
    if (o->potential->virial_by_atom)
        REAL(partialParticleVirial, e->atom_virial != NULL ? room->virial[0] : NULL);
#undef WHOLE
#undef REAL
    vti_kim_listen();
    if (refused || k->Model_Compute(o->model, a) != 0)
        return fail_model(o->potential->base.file, VT_EDIVERGED, "failed to compute", err);
    return VT_OK;
}

/* What images received goes to their atoms. KIM's virial is minus vitrum's. */
static void fold(const kim_opened *o, const vti_evaluation *e) {
    const vt_neighbors *list = e->list;
    const kim_room *room = &o->room;
    for (size_t i = 0; i < list->count; i++) {
        for (int k = 0; k < 3; k++) e->force[i][k] = room->force[i][k];
        e->force[i][3] = 0;
        if (e->atom_energy != NULL) e->atom_energy[i] = room->energy[i];
        for (int k = 0; k < 6 && e->atom_virial != NULL; k++)
            e->atom_virial[6 * i + k] = -room->virial[i][k];
    }
    for (size_t p = list->count; p < list->points; p++) {
        size_t i = (size_t)list->parent[p];
        for (int k = 0; k < 3; k++) e->force[i][k] += room->force[p][k];
        if (e->atom_energy != NULL) e->atom_energy[i] += room->energy[p];
        for (int k = 0; k < 6 && e->atom_virial != NULL; k++)
            e->atom_virial[6 * i + k] -= room->virial[p][k];
    }
}

static void add_virial(const kim_opened *o, size_t points, double w[6]) {
    for (size_t p = 0; p < points; p++) {
        const double *r = o->room.place[p], *f = o->room.force[p];
        for (int k = 0; k < 6; k++)
            w[k] += 0.5 * (r[VTI_ROW[k]] * f[VTI_COLUMN[k]] + r[VTI_COLUMN[k]] * f[VTI_ROW[k]]);
    }
}

static vt_status check_by_atom(const kim_potential *p, unsigned want, vt_error *err) {
    const char *lacking = want & VT_WANT_ATOM_VIRIAL && !p->virial_by_atom   ? "stress"
                          : want & VT_WANT_ATOM_ENERGY && !p->energy_by_atom ? "energy"
                                                                             : NULL;
    if (lacking == NULL) return VT_OK;
    return vt_fail(err, VT_EUNSUPPORTED,
                   "the OpenKIM model %s does not give the %s of each atom, only that of all",
                   p->base.file, lacking);
}

/* Some models claim to give what is by atom, and leave zeros or add it to the total. */
static vt_status check_sums(const kim_opened *o, const vti_evaluation *e, vt_error *err) {
    static const double TOLERANCE = 1e-6; /* of the sum of absolute values */
    const vti_sums *all = &e->block_sums[0];
    const char *wrong = NULL;
    double sum[7] = {0}, size[7] = {0};
    for (size_t i = 0; i < e->list->count; i++) {
        if (e->atom_energy != NULL) {
            sum[0] += e->atom_energy[i];
            size[0] += fabs(e->atom_energy[i]);
        }
        for (int k = 0; k < 6 && e->atom_virial != NULL; k++) {
            sum[k + 1] += e->atom_virial[6 * i + k];
            size[k + 1] += fabs(e->atom_virial[6 * i + k]);
        }
    }
    for (int k = 0; k < 6 && e->atom_virial != NULL; k++)
        if (fabs(sum[k + 1] - all->virial[k]) > TOLERANCE * (size[k + 1] + fabs(all->virial[k])))
            wrong = "stresses";
    if (e->atom_energy != NULL &&
        fabs(sum[0] - all->energy) > TOLERANCE * (size[0] + fabs(all->energy)))
        wrong = "energies";
    if (wrong == NULL) return VT_OK;
    return vt_fail(err, VT_EUNSUPPORTED,
                   "the %s of atoms that the OpenKIM model %s gives do not add up to that of all; "
                   "do without them",
                   wrong, o->potential->base.file);
}

static vt_status kim_evaluate(void *opened, const vti_evaluation *e, vt_error *err) {
    kim_opened *o = opened;
    const vt_neighbors *list = e->list;
    VTI_TRY(check_by_atom(o->potential, e->want, err));
    VTI_TRY(make_room(o, e->want, list->points, err));
    VTI_TRY(follow_rows(o, list, err));
    double energy = 0;
    place_points(o, list);
    VTI_TRY(compute(o, e, &energy, err));
    fold(o, e);
    for (size_t b = 0; b < vti_block_count(list->count); b++)
        e->block_sums[b] = (vti_sums){.least_r2 = INFINITY};
    for (size_t i = 0; i < list->count; i++)
        for (int k = 0; k < 3; k++) e->block_sums[i / VTI_BLOCK].force_sum += fabs(e->force[i][k]);
    if (list->count == 0) return VT_OK;
    e->block_sums[0].energy = energy;
    if (e->want & VT_WANT_VIRIAL) add_virial(o, list->points, e->block_sums[0].virial);
    if (o->may_coincide) e->block_sums[0].least_r2 = least_distance2(list);
    return e->want & (VT_WANT_ATOM_ENERGY | VT_WANT_ATOM_VIRIAL) ? check_sums(o, e, err) : VT_OK;
}

const vti_engine vti_engine_kim = {.name = "kim",
                                   .model = "kim",
                                   .lists = VTI_LISTS_ROWS,
                                   .can = VT_WANT_ALL,
                                   .open = kim_open,
                                   .close = kim_close,
                                   .evaluate = kim_evaluate};

#endif
