#include "latency.h"

#include <string.h>

#define FIRST_POWER	10	/* 2^10 == LATENCY_EXACT */
#define SUB_BITS	5	/* 2^5 == LATENCY_SUB */

void
latency_reset(struct latency *l)
{
	memset(l, 0, sizeof(*l));
}

static size_t
bucket_of(uint64_t ms)
{
	unsigned	power = FIRST_POWER;

	if (ms < LATENCY_EXACT)
		return (size_t)ms;
	while (ms >> (power + 1) != 0)
		power++;
	if (power >= FIRST_POWER + LATENCY_POWERS)
		return LATENCY_BUCKETS - 1;
	return LATENCY_EXACT + (power - FIRST_POWER) * LATENCY_SUB +
	    (size_t)((ms >> (power - SUB_BITS)) & (LATENCY_SUB - 1));
}

/* The smallest value that falls into the bucket. */
static int64_t
value_of(size_t bucket)
{
	size_t	power, sub;

	if (bucket < LATENCY_EXACT)
		return (int64_t)bucket;
	power = FIRST_POWER + (bucket - LATENCY_EXACT) / LATENCY_SUB;
	sub = (bucket - LATENCY_EXACT) % LATENCY_SUB;
	return (int64_t)((LATENCY_SUB + sub) << (power - SUB_BITS));
}

void
latency_add(struct latency *l, int64_t ms)
{
	l->bucket[bucket_of(ms < 0 ? 0 : (uint64_t)ms)]++;
	l->count++;
}

int64_t
latency_percentile(const struct latency *l, unsigned percent)
{
	uint64_t	rank = (l->count * percent + 99) / 100, seen = 0;
	size_t		i;

	if (l->count == 0)
		return 0;
	if (rank == 0)
		rank = 1;
	for (i = 0; i < LATENCY_BUCKETS - 1; i++) {
		seen += l->bucket[i];
		if (seen >= rank)
			break;
	}
	return value_of(i);
}
