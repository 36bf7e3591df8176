/*
 * latency - a histogram of milliseconds with fixed memory: exact below
 * 1024 ms, within 1/32 above.
 */
#ifndef LATENCY_H
#define LATENCY_H

#include <stddef.h>
#include <stdint.h>

#define LATENCY_EXACT	1024	/* values with a bucket each */
#define LATENCY_SUB	32	/* buckets of a power of two above */
#define LATENCY_POWERS	22	/* 2^10 to 2^32 ms */
#define LATENCY_BUCKETS	(LATENCY_EXACT + LATENCY_POWERS * LATENCY_SUB)

struct latency {
	uint64_t	count;
	uint64_t	bucket[LATENCY_BUCKETS];
};

void	latency_reset(struct latency *);
/* A negative value, from clocks that differ, counts as 0. */
void	latency_add(struct latency *, int64_t ms);
/* The smallest value that percent of all do not pass; 0 without any. */
int64_t	latency_percentile(const struct latency *, unsigned percent);

#endif
