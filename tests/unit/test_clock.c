#include "base/clock.h"

#include <string.h>

#include "tap.h"

static int64_t
duration(const char *text)
{
	int64_t	ms = -2;

	if (clock_duration(text, strlen(text), &ms) != 0)
		return ms == -2 ? -1 : -3;
	return ms;
}

static void
test_durations(void)
{
	static const struct { const char *text; int64_t ms; } rows[] = {
		{ "0", 0 }, { "90", 90000 }, { "90s", 90000 },
		{ "250ms", 250 }, { "1m", 60000 }, { "1h30m", 5400000 },
		{ "28d", 28LL * 86400000 }, { "2w", 14LL * 86400000 },
		{ "1h0m1s1ms", 3601001 }, { "36500d", 3153600000000 },
		{ "", -1 }, { "s", -1 }, { "1x", -1 }, { "1.5s", -1 },
		{ "-1s", -1 }, { " 1s", -1 }, { "1s ", -1 }, { "1h30", -1 },
		{ "0s5", -1 }, { "1S", -1 }, { "1hs", -1 },
		{ "36500d1ms", -1 }, { "36501d", -1 },
		{ "99999999999999999999", -1 }, { "3153600000001w", -1 },
	};
	int64_t	ms;
	size_t	i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(duration(rows[i].text) == rows[i].ms, "\"%s\" is %lld",
		    rows[i].text, (long long)rows[i].ms);
	ok(clock_duration("10s", 2, &ms) == 0 && ms == 10000,
	    "no more bytes are read than given");
}

static void
test_format(void)
{
	char	out[CLOCK_TEXT];

	ok(strcmp(clock_format(0, out), "1970-01-01T00:00:00.000Z") == 0,
	    "the epoch");
	ok(strcmp(clock_format(1795392521123, out),
	    "2026-11-23T00:08:41.123Z") == 0, "a time with milliseconds");
	ok(strcmp(clock_format(253402300799999, out),
	    "9999-12-31T23:59:59.999Z") == 0, "the last of four digits");
	ok(strcmp(clock_format(253402300800000, out),
	    "0000-00-00T00:00:00.000Z") == 0 &&
	    strcmp(clock_format(-1, out), "0000-00-00T00:00:00.000Z") == 0 &&
	    strcmp(clock_format(INT64_MAX, out),
	    "0000-00-00T00:00:00.000Z") == 0, "none where none fits");
}

static void
test_now(void)
{
	uint64_t	a = clock_now_ms(), b = clock_now_ms();

	ok(a > 0 && b >= a && b - a < 10000, "monotonic time goes on");
	ok(clock_wall_ms() > 1600000000000, "wall time is of this age");
}

int
main(void)
{
	test_durations();
	test_format();
	test_now();
	return tap_done();
}
