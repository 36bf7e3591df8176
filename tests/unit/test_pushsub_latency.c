#include <stdbool.h>

#include "pushsub/latency.h"
#include "tap.h"

static struct latency	l;

static bool
within(int64_t got, int64_t exact)
{
	return got <= exact && got >= exact - exact / LATENCY_SUB;
}

int
main(void)
{
	int64_t	i;

	ok(latency_percentile(&l, 50) == 0, "nothing measured: 0");
	latency_add(&l, 7);
	ok(latency_percentile(&l, 50) == 7 && latency_percentile(&l, 99) == 7,
	    "one value is each percentile");
	latency_reset(&l);
	for (i = 1; i <= 100; i++)
		latency_add(&l, i);
	ok(latency_percentile(&l, 50) == 50, "p50 of 1..100");
	ok(latency_percentile(&l, 95) == 95, "p95 of 1..100");
	ok(latency_percentile(&l, 99) == 99, "p99 of 1..100");
	ok(latency_percentile(&l, 100) == 100, "the greatest");
	ok(latency_percentile(&l, 0) == 1, "the smallest");

	latency_reset(&l);
	for (i = 1; i <= 3; i++)
		latency_add(&l, i);
	ok(latency_percentile(&l, 50) == 2, "p50 of three is the middle one");

	latency_reset(&l);
	latency_add(&l, -5);
	ok(l.count == 1 && latency_percentile(&l, 99) == 0,
	    "a clock ahead of ours counts as 0");
	for (i = 1023; i < (int64_t)1 << 31; i = i * 3 + 1) {
		latency_reset(&l);
		latency_add(&l, i);
		ok(within(latency_percentile(&l, 50), i),
		    "%lld ms is kept within 1/32", (long long)i);
	}
	latency_reset(&l);
	latency_add(&l, INT64_MAX);
	ok(latency_percentile(&l, 50) > (int64_t)1 << 31,
	    "the longest wait has a bucket");
	return tap_done();
}
