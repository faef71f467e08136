/* What a function that can fail does when one that it calls has failed, and there is nothing to
   tidy up. It stands in a header of its own because it returns from the function it stands in,
   which the public headers ought not to offer. */
#ifndef VITRUM_BASE_TRY_H
#define VITRUM_BASE_TRY_H

#include "vitrum/base.h"

/* Return the status of `call` from the present function when it is a failure; other results, such
   as VT_DONE, are passed over. Where memory or files have to be given back first, write it out. */
#define VTI_TRY(call)                                                                              \
    do {                                                                                           \
        vt_status vti_try_status = (call);                                                         \
        if (vt_failed(vti_try_status)) return vti_try_status;                                      \
    } while (0)

#endif
