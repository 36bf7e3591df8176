/*
 * report - result lines on stdout, and the exit code that sums them up.
 *
 * Lines are collected and written once per turn of the loop.  Writing waits
 * for a reader that is slow, but never past a signal.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/verdict.h"
#include "ctl/fate.h"
#include "options.h"

#define REPORT_FATES	(FATE_MIXED + 1)

struct report {
	const struct options	*options;
	struct buf		 out;
	bool			 escape;	/* stdout is a terminal */
	bool			 failed;	/* a line did not reach it */
	struct verdict		 verdict;	/* of the lines */
	int			 broken;	/* errno of stdout, 0: fine */
	size_t			 lines;
	size_t			 count[REPORT_FATES];
};

void	report_init(struct report *, const struct options *);
void	report_release(struct report *);
/* A line for a result as the server told it: a JSON object's text. */
void	report_result(struct report *, size_t line, const char *, size_t);
/* A line for a record that never became a push. */
void	report_refused(struct report *, size_t line, enum push_err,
	    const char *why);
/* Writes what was collected, as outlet_write(). */
void	report_flush(struct report *, int signals, int ms);
/* tools.md rule 6; says on stderr what was wrong with stdout. */
int	report_exit(const struct report *) MUST_USE;

#endif
