/* Frames read by a thread of their own while the one before is at work elsewhere. */
#ifndef VITRUM_IO_AHEAD_H
#define VITRUM_IO_AHEAD_H

#include "vitrum/io.h"

/* Reads the next frame of `context`: VT_OK, VT_DONE or a failure. */
typedef vt_status vti_read_frame(void *context, vt_frame *frame, vt_error *err);

typedef struct vti_ahead vti_ahead;

/* Start reading. Until vti_ahead_stop nobody else may touch `context`. NULL when there is no thread
   to be had. */
vti_ahead *vti_ahead_start(vti_read_frame *read, void *context);

/* The next frame, which is the caller's then, waiting for it if need be; what `read` returned.
   Nothing is read after anything but VT_OK. */
vt_status vti_ahead_take(vti_ahead *ahead, vt_frame *frame, vt_error *err);

/* Whether this is a copy of the process whose thread reads: then nothing comes, and the file, whose
   place both share, is not to be touched. Only vti_ahead_stop may follow. */
bool vti_ahead_is_elsewhere(const vti_ahead *ahead);

/* Wait for the thread to end and throw away what it has read. The caller makes `read` return soon.
   NULL is legal. */
void vti_ahead_stop(vti_ahead *ahead);

#endif
