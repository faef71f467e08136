/* OpenKIM's library and the models that are installed for it. */
#include "kim.h"

#ifdef VITRUM_KIM

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "KIM_Version.h"

#define TEXT_OF(number) #number
#define SONAME(major)   "libkim-api.so." TEXT_OF(major)

/* ---------------------------------------------------------------- loading ---- */

static struct {
    pthread_once_t once;
    bool loaded;
    char problem[300];
    vti_kim_library library;
} kim = {.once = PTHREAD_ONCE_INIT};

static _Thread_local char complaint[300];

/* The library's own way is a file kim.log in the current folder. An entry is a line of fields
   between " * ", the last one being what there is to say. */
static int keep_entry(char const *const entry) {
    if (complaint[0] != '\0') return 0; /* those that follow are its consequences */
    const char *text = entry;
    for (const char *star = strstr(entry, " * "); star != NULL; star = strstr(text, " * "))
        text = star + 3;
    snprintf(complaint, sizeof complaint, "%.*s", (int)strcspn(text, "\n"), text);
    return 0;
}

void vti_kim_listen(void) {
    complaint[0] = '\0';
}

const char *vti_kim_complaint(void) {
    return complaint;
}

static bool find_symbol(void *handle, const char *name, void *member) {
    void *symbol = dlsym(handle, name);
    if (symbol == NULL) snprintf(kim.problem, sizeof kim.problem, "it lacks %s", name);
    memcpy(member, &symbol, sizeof symbol);
    return symbol != NULL;
}

/* Models are libraries that the library opens itself. They find its symbols because they name it
   as what they need; RTLD_GLOBAL is for those built without that. */
static void load(void) {
    void *handle = dlopen(SONAME(KIM_VERSION_MAJOR), RTLD_NOW | RTLD_GLOBAL);
    if (handle == NULL) {
        snprintf(kim.problem, sizeof kim.problem, "%s", dlerror());
        return;
    }
    bool complete = true;
#define FIND(name) complete = complete && find_symbol(handle, "KIM_" #name, &kim.library.name);
    VTI_KIM_SYMBOLS(FIND)
#undef FIND
    if (!complete) return;
    kim.library.Log_PushDefaultVerbosity(*kim.library.LOG_VERBOSITY_error);
    kim.library.Log_PushDefaultPrintFunction(*kim.library.LANGUAGE_NAME_c,
                                             (KIM_Function *)keep_entry);
    kim.loaded = true;
}

const vti_kim_library *vti_kim_load(vt_error *err) {
    pthread_once(&kim.once, load);
    if (kim.loaded) return &kim.library;
    vt_fail(err, VT_EUNSUPPORTED,
            "OpenKIM's library cannot be opened (%s); install the Debian packages libkim-api2 and "
            "openkim-models",
            kim.problem);
    return NULL;
}

/* ---------------------------------------------------------------- names ---- */

static KIM_Collections *open_collections(const vti_kim_library *k, vt_error *err) {
    KIM_Collections *collections = NULL;
    vti_kim_listen();
    if (k->Collections_Create(&collections) == 0) return collections;
    vt_fail(err, VT_EIO, "OpenKIM cannot list its models: %s", vti_kim_complaint());
    return NULL;
}

/* True when `wanted` is all of `name` from `from`, or all but the version behind it. */
static bool is_called(const char *from, const char *wanted) {
    size_t length = strlen(wanted);
    if (length == 0 || strncmp(from, wanted, length) != 0) return false;
    const char *rest = from + length;
    if (*rest == '\0' || strncmp(rest, "__", 2) == 0) return true;
    return *rest == '_' && strlen(rest) == 4 && strspn(rest + 1, "0123456789") == 3;
}

static bool matches(const char *name, const char *wanted) {
    const char *number = strstr(name, "__");
    return is_called(name, wanted) || (number != NULL && is_called(number + 2, wanted));
}

/* Length of a name without its version. */
static size_t unversioned(const char *name) {
    const char *number = strstr(name, "__"), *last = strrchr(name, '_');
    return number != NULL && last > number + 1 ? (size_t)(last - name) : strlen(name);
}

/* The name among those of one kind into `name`, "" when there is none. */
static vt_status find_among(const vti_kim_library *k, KIM_Collections *collections,
                            KIM_CollectionItemType kind, const char *wanted,
                            char name[VTI_KIM_NAME], vt_error *err) {
    int count = 0;
    name[0] = '\0';
    if (k->Collections_CacheListOfItemNamesByType(collections, kind, &count) != 0) return VT_OK;
    for (int i = 0; i < count; i++) {
        const char *item = NULL;
        if (k->Collections_GetItemNameByType(collections, i, &item) != 0) continue;
        if (strlen(item) >= VTI_KIM_NAME || !matches(item, wanted)) continue;
        if (strcmp(item, wanted) == 0) {
            strcpy(name, item);
            return VT_OK;
        }
        size_t length = unversioned(item);
        if (name[0] != '\0' && (length != unversioned(name) || strncmp(item, name, length) != 0))
            return vt_fail(err, VT_EFORMAT,
                           "'%s' stands for more than one OpenKIM model: %s and %s; give the whole "
                           "name",
                           wanted, name, item);
        if (strcmp(item, name) > 0) strcpy(name, item);
    }
    return VT_OK;
}

vt_status vti_kim_find(const char *wanted, char name[VTI_KIM_NAME], vt_error *err) {
    const vti_kim_library *k = vti_kim_load(err);
    KIM_Collections *collections = k == NULL ? NULL : open_collections(k, err);
    if (collections == NULL) return VT_EUNSUPPORTED;
    char simulator[VTI_KIM_NAME] = "";
    vt_status st =
        find_among(k, collections, *k->COLLECTION_ITEM_TYPE_portableModel, wanted, name, err);
    if (!vt_failed(st) && name[0] == '\0')
        st = find_among(k, collections, *k->COLLECTION_ITEM_TYPE_simulatorModel, wanted, simulator,
                        err);
    k->Collections_Destroy(&collections);
    if (vt_failed(st) || name[0] != '\0') return st;
    if (simulator[0] != '\0')
        return vt_fail(err, VT_EUNSUPPORTED,
                       "%s is a simulator model: commands for one program such as LAMMPS, not "
                       "something that others can compute; choose a portable model (MO_...)",
                       simulator);
    return vt_fail(err, VT_EINVAL, "no OpenKIM model '%.120s' is installed", wanted);
}

/* ---------------------------------------------------------------- descriptions ---- */

/* The description of the model `name` as text that belongs to `collections`, or NULL: some models
   have none. */
static const char *description_of(const vti_kim_library *k, KIM_Collections *collections,
                                  const char *name) {
    int files = 0;
    if (k->Collections_CacheListOfItemMetadataFiles(
            collections, *k->COLLECTION_ITEM_TYPE_portableModel, name, &files) != 0)
        return NULL;
    for (int i = 0; i < files; i++) {
        const char *file = NULL, *text = NULL;
        const unsigned char *raw = NULL;
        unsigned length = 0;
        int is_text = 0;
        if (k->Collections_GetItemMetadataFile(collections, i, &file, &length, &raw, &is_text,
                                               &text) == 0 &&
            is_text && strcmp(file, "kimspec.edn") == 0)
            return text;
    }
    return NULL;
}

/* Append the value of `key` between `before` and `after`, if there is one. */
static void cite(char *text, size_t size, const char *map, const char *key, const char *before,
                 const char *after) {
    char value[400];
    size_t used = strlen(text);
    vti_edn_string(vti_edn_get(map, key), value, sizeof value);
    if (value[0] != '\0') snprintf(text + used, size - used, "%s%s%s", before, value, after);
}

/* Take braces and doubled hyphens of TeX away. */
static void without_tex(char *text) {
    char *to = text;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '{' || *p == '}' || (*p == '-' && p[1] == '-')) continue;
        *to++ = *p;
    }
    *to = '\0';
}

static void cite_source(const char *source, char *text, size_t size) {
    cite(text, size, source, "author", text[0] != '\0' ? "; " : "", "");
    cite(text, size, source, "journal", ", ", "");
    cite(text, size, source, "volume", " ", "");
    cite(text, size, source, "pages", ", ", "");
    cite(text, size, source, "year", " (", ")");
    cite(text, size, source, "doi", ", doi:", "");
}

vt_status vti_kim_citation(const char *name, char *text, size_t size, vt_error *err) {
    const vti_kim_library *k = vti_kim_load(err);
    KIM_Collections *collections = k == NULL ? NULL : open_collections(k, err);
    if (collections == NULL) return VT_EUNSUPPORTED;
    text[0] = '\0';
    const char *map = description_of(k, collections, name);
    if (map != NULL) {
        const char *sources = vti_edn_get(map, "source-citations");
        for (const char *s = vti_edn_first(sources); s != NULL; s = vti_edn_next(s))
            if (vti_edn_get(s, "recordprimary") != NULL) cite_source(s, text, size);
        const char *first = vti_edn_first(sources);
        if (text[0] == '\0' && first != NULL) cite_source(first, text, size);
        cite(text, size, map, "doi", text[0] != '\0' ? "; OpenKIM, doi:" : "OpenKIM, doi:", "");
        without_tex(text);
        vt_plain_text(text, false);
    }
    k->Collections_Destroy(&collections);
    return VT_OK;
}

/* ---------------------------------------------------------------- installed models ---- */

static char *copy_of(const char *text) {
    size_t length = strlen(text);
    char *copy = vt_alloc(length + 1, 1);
    if (copy != NULL) memcpy(copy, text, length);
    return copy;
}

static int by_name(const void *one, const void *other) {
    return strcmp(((const vt_kim_model *)one)->name, ((const vt_kim_model *)other)->name);
}

/* Species as the description gives them, a blank between two. */
static void join_species(const char *map, char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    const char *s = map == NULL ? NULL : vti_edn_first(vti_edn_get(map, "species"));
    for (; s != NULL && used + 40 < size; s = vti_edn_next(s)) {
        char symbol[32];
        vti_edn_string(s, symbol, sizeof symbol);
        used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? " " : "", symbol);
    }
}

static bool describe(vt_kim_model *model, const char *map) {
    char species[2048], text[512] = "";
    join_species(map, species, sizeof species);
    model->species = copy_of(species);
    if (map != NULL) vti_edn_string(vti_edn_get(map, "title"), text, sizeof text);
    without_tex(text);
    vt_plain_text(text, false);
    model->title = copy_of(text);
    text[0] = '\0';
    if (map != NULL) vti_edn_string(vti_edn_get(map, "model-driver"), text, sizeof text);
    model->driver = copy_of(text);
    return model->species != NULL && model->title != NULL && model->driver != NULL;
}

vt_kim_models *vt_kim_models_create(vt_error *err) {
    const vti_kim_library *k = vti_kim_load(err);
    KIM_Collections *collections = k == NULL ? NULL : open_collections(k, err);
    if (collections == NULL) return NULL;
    int count = 0;
    if (k->Collections_CacheListOfItemNamesByType(
            collections, *k->COLLECTION_ITEM_TYPE_portableModel, &count) != 0)
        count = 0;
    vt_kim_models *models = vt_alloc(1, sizeof *models);
    if (models != NULL) models->model = vt_alloc((size_t)count, sizeof *models->model);
    bool enough = models != NULL && models->model != NULL;
    for (int i = 0; i < count && enough; i++) {
        const char *name = NULL;
        if (k->Collections_GetItemNameByType(collections, i, &name) != 0) continue;
        enough = (models->model[models->count++].name = copy_of(name)) != NULL;
    }
    for (size_t i = 0; enough && i < models->count; i++)
        enough = describe(&models->model[i], description_of(k, collections, models->model[i].name));
    k->Collections_Destroy(&collections);
    if (!enough) {
        vt_kim_models_destroy(models);
        vt_fail_memory(err, (size_t)count, sizeof *models->model, "the list of OpenKIM models");
        return NULL;
    }
    qsort(models->model, models->count, sizeof *models->model, by_name);
    return models;
}

void vt_kim_models_destroy(vt_kim_models *models) {
    if (models == NULL) return;
    for (size_t i = 0; models->model != NULL && i < models->count; i++) {
        vt_free(models->model[i].name);
        vt_free(models->model[i].species);
        vt_free(models->model[i].title);
        vt_free(models->model[i].driver);
    }
    vt_free(models->model);
    vt_free(models);
}

#else

#include <stddef.h>

static const char ABSENT[] =
    "this vitrum was built without OpenKIM; install the Debian packages libkim-api-dev and "
    "openkim-models, and build it again";

vt_kim_models *vt_kim_models_create(vt_error *err) {
    vt_fail(err, VT_EUNSUPPORTED, "%s", ABSENT);
    return NULL;
}

void vt_kim_models_destroy(vt_kim_models *models) {
    (void)models;
}

vt_potential *vt_potential_kim_create(const char *model, vt_error *err) {
    (void)model;
    vt_fail(err, VT_EUNSUPPORTED, "%s", ABSENT);
    return NULL;
}

#endif
