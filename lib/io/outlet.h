/* outlet - a tool's results to stdout, held up by no reader past a signal. */
#ifndef OUTLET_H
#define OUTLET_H

#include "base/buf.h"

/*
 * Writes what is in the buffer and takes it out.  Waits for a reader that is
 * slow, but gives up, with the rest left in the buffer, when "signals"
 * becomes readable (-1: none) or ms are over (-1: never).
 *
 * Returns 0, or the errno of a stdout that takes no more; SIGPIPE must be
 * ignored for that to be EPIPE.
 */
int	outlet_write(struct buf *, int signals, int ms);

#endif
