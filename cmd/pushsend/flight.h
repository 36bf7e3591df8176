/*
 * flight - the requests in flight: sent to the server, not yet answered for
 * good.
 *
 * As many as the server allows.  Waiting is bounded by -W: a push whose time
 * is up is reported as it stands and given up.  The server goes on waiting
 * for it, so that such ones take its places until the connection is made
 * anew.
 */
#ifndef FLIGHT_H
#define FLIGHT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "input.h"
#include "io/loop.h"
#include "options.h"
#include "record.h"
#include "report.h"

struct flights;

struct flights_news {
	/* flights_has_room() or flights_count() may answer otherwise now */
	void	(*on_change)(void *arg);
	/* no server any more; what was in flight has been reported */
	void	(*on_lost)(void *arg, enum push_err, const char *why);
};

/* What it works with; all of it is borrowed. */
struct flights_with {
	struct loop			*loop;
	const struct options		*options;
	const struct record_fill	*fill;
	struct report			*report;
	const struct flights_news	*news;
	void				*arg;
};

/*
 * Connects.  Returns NULL and a sentence when there is no server; errno is
 * EACCES where we may not.
 */
struct flights	*flights_new(const struct flights_with *, struct err_text *);
void		 flights_free(struct flights **);
bool		 flights_has_room(const struct flights *);
/* Sends a record, or reports why it cannot be sent. */
void		 flights_send(struct flights *, const struct input_record *);
/* How many the caller still has to wait for. */
size_t		 flights_count(const struct flights *);
/*
 * Reports those whose state is known, and with all the others as well; they
 * are given up.
 */
void		 flights_give_up(struct flights *, bool all, const char *why);

#endif
