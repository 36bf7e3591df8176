#include <stdio.h>

#include "pushd/rate.h"
#include "tap.h"

#define HOUR	UINT64_C(3600000)

static void
test_bucket(void)
{
	struct rate	*r = rate_new();
	uint64_t	 now = 5000, held = 0;
	int		 i;

	for (i = 0; i < 60; i++)
		held += rate_take(r, "a", 60, now);
	ok(held == 0, "an hour's allowance at once");
	ok(rate_take(r, "a", 60, now) == 60000, "the next waits its turn");
	ok(rate_take(r, "a", 60, now) == 120000, "and so on");
	ok(rate_take(r, "b", 60, now) == 0, "another network does not");
	ok(rate_take(r, "a", 60, now + 180000) == 0, "time gives one back");
	ok(rate_take(r, "a", 60, now + 180000) == 60000, "not two");
	now += 3 * HOUR;
	for (held = 0, i = 0; i < 60; i++)
		held += rate_take(r, "a", 60, now);
	ok(held == 0 && rate_take(r, "a", 60, now) == 60000,
	    "rest fills the bucket, never over its rim");
	rate_free(&r);
	ok(r == NULL, "freed");
	rate_free(&r);
}

static void
test_extremes(void)
{
	struct rate	*r = rate_new();
	uint64_t	 held = 0;
	int		 i;

	for (i = 0; i < 1000; i++)
		held += rate_take(r, "a", 0, 1);
	ok(held == 0, "0 is no limit");
	ok(rate_take(r, "a", 1, 0) == 0 && rate_take(r, "a", 1, 0) == HOUR,
	    "one an hour");
	ok(rate_take(r, "b", UINT64_MAX, 0) == 0, "no division by zero");
	ok(rate_take(r, "", 1, 0) == 0, "an unknown network is one too");
	rate_free(&r);
}

/* Fills the table with busy networks, then with idle ones. */
static void
test_bounds(void)
{
	struct rate	*r = rate_new();
	char		 name[24];
	unsigned	 i;

	(void)rate_take(r, "busy", 1, HOUR);
	for (i = 1; i < RATE_NETS; i++) {
		(void)snprintf(name, sizeof(name), "idle%u", i);
		(void)rate_take(r, name, 3600, 0);
	}
	(void)rate_take(r, "newcomer", 1, HOUR);
	ok(rate_take(r, "busy", 1, HOUR) == HOUR,
	    "idle networks go first, a busy one is remembered");
	for (i = 0; i < RATE_NETS; i++) {
		(void)snprintf(name, sizeof(name), "%u", i);
		(void)rate_take(r, name, 1, 10 * HOUR);
	}
	ok(rate_take(r, "busy", 1, 10 * HOUR) == 0,
	    "where all are busy all begin anew");
	ok(rate_take(r, "busy", 1, 10 * HOUR) == HOUR, "and are counted");
	rate_free(&r);
}

int
main(void)
{
	test_bucket();
	test_extremes();
	test_bounds();
	return tap_done();
}
