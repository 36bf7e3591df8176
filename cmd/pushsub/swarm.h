/*
 * swarm - all devices of the process together: what they received, what is
 * to be remembered, and when it is time to leave.
 */
#ifndef SWARM_H
#define SWARM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device.h"
#include "io/loop.h"
#include "jobs.h"
#include "report.h"
#include "settings.h"

#define SWARM_TOOL	"pushsub"	/* as diagnostics begin */

struct swarm {
	const struct settings	*set;
	struct site		 site;
	struct device		*devices;
	size_t			 count, ready, failed, closed;
	struct report		 report;
	struct jobs		 jobs;
	struct buf		 json;
	struct timer		 limit;	/* to leaving */
	struct loop_hook	 leave, run_jobs;
	uint64_t		 push_ms;	/* the last push, or "ready" */
	bool			 announced;	/* "ready" was said */
	bool			 leaving;
	bool			 linger;	/* acknowledge before leaving */
	bool			 dirty;		/* --state has news, */
	bool			 unsaved;	/* and cannot be written */
	int			 code;
};

/* Zeroes it; loop, devices and report are the caller's to set up. */
void	swarm_init(struct swarm *, const struct settings *);
/*
 * Ends the run with that exit code; the devices say goodbye at the end of
 * the turn.  linger: once what was handled has been acknowledged.
 */
void	swarm_leave(struct swarm *, int code, bool linger);
/* Writes --state if there is news; where that fails we leave. */
void	swarm_save(struct swarm *);

#endif
