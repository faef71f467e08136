#include "vtl.h"

void vtl_set_quiet(bool quiet) {
    (void)quiet;
}
