/* OpenKIM: its library, and what is known of a model before it is run. Internal to the room.

   The library is opened when it is first asked for, so that the program starts without it and
   without its Fortran runtime. Only its headers are needed to build. */
#ifndef VITRUM_POTENTIAL_KIM_H
#define VITRUM_POTENTIAL_KIM_H

#include "engine.h"

#ifdef VITRUM_KIM

#include "KIM_SimulatorHeaders.h"

#include "KIM_Collection.h"
#include "KIM_CollectionItemType.h"
#include "KIM_Collections.h"
#include "KIM_Log.h"

/* What is used of the library: functions, and constants that it holds. */
#define VTI_KIM_SYMBOLS(X)                                                                         \
    X(Log_PushDefaultVerbosity)                                                                    \
    X(Log_PushDefaultPrintFunction)                                                                \
    X(LOG_VERBOSITY_error)                                                                         \
    X(LANGUAGE_NAME_c)                                                                             \
    X(Collections_Create)                                                                          \
    X(Collections_Destroy)                                                                         \
    X(Collections_CacheListOfItemNamesByType)                                                      \
    X(Collections_GetItemNameByType)                                                               \
    X(Collections_CacheListOfItemMetadataFiles)                                                    \
    X(Collections_GetItemMetadataFile)                                                             \
    X(COLLECTION_ITEM_TYPE_portableModel)                                                          \
    X(COLLECTION_ITEM_TYPE_simulatorModel)                                                         \
    X(Model_Create)                                                                                \
    X(Model_Destroy)                                                                               \
    X(Model_GetInfluenceDistance)                                                                  \
    X(Model_GetNeighborListPointers)                                                               \
    X(Model_GetSpeciesSupportAndCode)                                                              \
    X(Model_GetNumberOfParameters)                                                                 \
    X(Model_GetParameterMetadata)                                                                  \
    X(Model_GetParameterInteger)                                                                   \
    X(Model_GetParameterDouble)                                                                    \
    X(Model_ComputeArgumentsCreate)                                                                \
    X(Model_ComputeArgumentsDestroy)                                                               \
    X(Model_Compute)                                                                               \
    X(NUMBERING_zeroBased)                                                                         \
    X(LENGTH_UNIT_A)                                                                               \
    X(ENERGY_UNIT_eV)                                                                              \
    X(CHARGE_UNIT_e)                                                                               \
    X(TEMPERATURE_UNIT_K)                                                                          \
    X(TIME_UNIT_ps)                                                                                \
    X(SPECIES_NAME_GetNumberOfSpeciesNames)                                                        \
    X(SPECIES_NAME_GetSpeciesName)                                                                 \
    X(SpeciesName_ToString)                                                                        \
    X(DATA_TYPE_Double)                                                                            \
    X(SUPPORT_STATUS_notSupported)                                                                 \
    X(SUPPORT_STATUS_required)                                                                     \
    X(COMPUTE_ARGUMENT_NAME_GetNumberOfComputeArgumentNames)                                       \
    X(COMPUTE_ARGUMENT_NAME_GetComputeArgumentName)                                                \
    X(ComputeArgumentName_ToString)                                                                \
    X(COMPUTE_ARGUMENT_NAME_numberOfParticles)                                                     \
    X(COMPUTE_ARGUMENT_NAME_particleSpeciesCodes)                                                  \
    X(COMPUTE_ARGUMENT_NAME_particleContributing)                                                  \
    X(COMPUTE_ARGUMENT_NAME_coordinates)                                                           \
    X(COMPUTE_ARGUMENT_NAME_partialEnergy)                                                         \
    X(COMPUTE_ARGUMENT_NAME_partialForces)                                                         \
    X(COMPUTE_ARGUMENT_NAME_partialParticleEnergy)                                                 \
    X(COMPUTE_ARGUMENT_NAME_partialParticleVirial)                                                 \
    X(COMPUTE_CALLBACK_NAME_GetNeighborList)                                                       \
    X(COMPUTE_CALLBACK_NAME_GetNumberOfComputeCallbackNames)                                       \
    X(COMPUTE_CALLBACK_NAME_GetComputeCallbackName)                                                \
    X(ComputeCallbackName_ToString)                                                                \
    X(ComputeArguments_GetArgumentSupportStatus)                                                   \
    X(ComputeArguments_GetCallbackSupportStatus)                                                   \
    X(ComputeArguments_SetArgumentPointerInteger)                                                  \
    X(ComputeArguments_SetArgumentPointerDouble)                                                   \
    X(ComputeArguments_SetCallbackPointer)

typedef struct {
#define VTI_KIM_MEMBER(name) __typeof__(KIM_##name) *name;
    VTI_KIM_SYMBOLS(VTI_KIM_MEMBER)
#undef VTI_KIM_MEMBER
} vti_kim_library;

/* The library, opened once for the process; NULL and `err` where there is none. */
const vti_kim_library *vti_kim_load(vt_error *err);

/* Forget what the library complained about; its first complaint since, "" if none. Of the calling
   thread. */
void vti_kim_listen(void);
const char *vti_kim_complaint(void);

enum { VTI_KIM_NAME = 200 }; /* room for the name of a model */

/* The full name of the installed model that `wanted` stands for: its full name, the part before
   the double underscore, or its number (MO_...), with or without the version; without it the
   latest. VT_EINVAL when nothing or more than one model is called so. */
vt_status vti_kim_find(const char *wanted, char name[VTI_KIM_NAME], vt_error *err);

/* From the model's own description: where it was published, "" if that is not said. */
vt_status vti_kim_citation(const char *name, char *text, size_t size, vt_error *err);

/* ---- the description of a model, a map in EDN ---- */

/* The value behind a key in the map at `map`, or NULL; the first value in the vector at `vector`,
   the one behind `value` in it, or NULL; the string at `value` without quotes, cut at `size`, ""
   when it is none. */
const char *vti_edn_get(const char *map, const char *key);
const char *vti_edn_first(const char *vector);
const char *vti_edn_next(const char *value);
void vti_edn_string(const char *value, char *text, size_t size);

#endif
#endif
