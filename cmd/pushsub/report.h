/*
 * report - what people and scripts see: a line per push on stdout, counts
 * and latencies on stderr.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "latency.h"
#include "settings.h"

struct report {
	const struct settings	*set;
	int			 signals;	/* end a wait for the reader */
	bool			 terminal;	/* stdout is one */
	struct buf		 line;
	uint64_t		 received;	/* distinct per device */
	uint64_t		 duplicate;	/* came again: filtered */
	uint64_t		 again;		/* of those, on one stream */
	uint64_t		 ticked;	/* received at the last line */
	uint64_t		 ticked_ms;
	int64_t			 first, last;	/* wall ms of the pushes */
	struct latency		 tick, total;
};

enum report_wrote {
	REPORT_OK,
	REPORT_PIPE,		/* nobody reads any more */
	REPORT_SIGNAL,		/* told to leave while the reader slept */
	REPORT_FAILED,		/* errno says why */
};

/* signals: becomes readable when it is time to leave; borrowed. */
void	report_init(struct report *, const struct settings *, int signals,
	    uint64_t now_ms);
void	report_release(struct report *);
/*
 * Prints a push, whole and at once, and counts it.
 *
 * json, n	its text; not read where nothing is printed
 * sent		wall ms, -1 when not known
 */
enum report_wrote	report_push(struct report *, const char *json,
			    size_t n, int64_t sent, int64_t received);
/* Will report_push() read the JSON text? */
bool	report_wants_json(const struct report *);
/* One line of counts on stderr: since the last one, or of the whole run. */
void	report_stats(struct report *, size_t connected, uint64_t now_ms,
	    bool whole);
/* Pushes that --expect misses; 0 without it. */
uint64_t report_lost(const struct report *);

#endif
