/* Spherical Chebyshev descriptors in double precision; the loops are in chebyshev_loops.h. */
#include "base/wide.h"
#include "descriptor/chebyshev.h"

typedef double real;

#define KERNELS  VTI_VARIANT(vti_chebyshev)
#define CHANNELS VTI_VARIANT(vti_chebyshev_channels)
#include "descriptor/chebyshev_loops.h"
