/* What a function that can fail does when one that it calls has failed, and there is nothing to
   clean up. It has a header of its own because it returns from the function that uses it, which
   the public headers should not offer. */
#ifndef VITRUM_BASE_TRY_H
#define VITRUM_BASE_TRY_H

#include "vitrum/base.h"

/* Return the status of `call` from the current function when it is a failure; other results, such
   as VT_DONE, are passed over. Where memory or files have to be released first, write it out. */
#define VTI_TRY(call)                                                                              \
    do {                                                                                           \
        vt_status vti_try_status = (call);                                                         \
        if (vt_failed(vti_try_status)) return vti_try_status;                                      \
    } while (0)

#endif
