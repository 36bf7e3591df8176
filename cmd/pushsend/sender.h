/*
 * sender - the way of the records: out of the source, into flight, into the
 * report; at the pace of the server, of -r and of who reads stdout.
 */
#ifndef SENDER_H
#define SENDER_H

#include "io/loop.h"
#include "options.h"
#include "record.h"

/*
 * Sends everything and returns the exit code; failures were told on stderr.
 * SIGINT and SIGTERM are held back from here on.
 */
int	sender_run(struct loop *, const struct options *,
	    const struct record_fill *) MUST_USE;

#endif
