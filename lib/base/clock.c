#include "clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DURATION_MAX_MS	(100LL * 365 * 86400 * 1000)

uint64_t
clock_now_ms(void)
{
	struct timespec	ts;

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

int64_t
clock_wall_ms(void)
{
	struct timespec	ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

const char *
clock_format(int64_t wall_ms, char *out)
{
	struct tm	tm;
	time_t		sec = (time_t)(wall_ms / 1000);

	if (wall_ms < 0 || gmtime_r(&sec, &tm) == NULL || tm.tm_year > 8099) {
		memcpy(out, "0000-00-00T00:00:00.000Z", CLOCK_TEXT);
		return out;
	}
	(void)snprintf(out, CLOCK_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
	    (unsigned)(tm.tm_year + 1900) % 10000,
	    (unsigned)(tm.tm_mon + 1) % 100,
	    (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100,
	    (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100,
	    (unsigned)(wall_ms % 1000));
	return out;
}

static int64_t
unit_ms(const char *p, size_t n)
{
	static const struct { const char *name; int64_t ms; } units[] = {
		{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
		{ "d", 86400000 }, { "w", 604800000 },
	};
	size_t	i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i].name) == n &&
		    memcmp(units[i].name, p, n) == 0)
			return units[i].ms;
	return 0;
}

int
clock_duration(const char *p, size_t n, int64_t *ms)
{
	int64_t	sum = 0, num, unit;
	size_t	i = 0, from;
	bool	alone;

	if (n == 0)
		return -1;
	while (i < n) {
		num = 0;
		alone = i == 0;
		for (from = i; i < n && p[i] >= '0' && p[i] <= '9'; i++)
			if ((num = num * 10 + (p[i] - '0')) > DURATION_MAX_MS)
				return -1;
		if (i == from)
			return -1;
		for (from = i; i < n && p[i] >= 'a' && p[i] <= 'z'; i++)
			continue;
		/* A bare number is seconds, but only when it stands alone. */
		unit = i == from && i == n && alone ? 1000 :
		    unit_ms(p + from, i - from);
		if (unit == 0 || num > DURATION_MAX_MS / unit)
			return -1;
		if ((sum += num * unit) > DURATION_MAX_MS)
			return -1;
	}
	*ms = sum;
	return 0;
}
