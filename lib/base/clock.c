#include "clock.h"

#include <stdbool.h>
#include <limits.h>
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

/* Reads n digits at *p; -1 if there are not so many. */
static int
digits(const char **p, const char *end, int n)
{
	int	v = 0;

	for (; n > 0; n--, (*p)++) {
		if (*p >= end || **p < '0' || **p > '9')
			return -1;
		v = v * 10 + (**p - '0');
	}
	return v;
}

static bool
literal(const char **p, const char *end, char c)
{
	if (*p >= end || (**p | 0x20) != (c | 0x20))
		return false;
	(*p)++;
	return true;
}

/* ".123" as milliseconds; further digits are cut off. */
static int
fraction(const char **p, const char *end)
{
	int	ms = 0, unit = 100;

	if (*p >= end || **p != '.')
		return 0;
	for ((*p)++; *p < end && **p >= '0' && **p <= '9'; (*p)++) {
		ms += (**p - '0') * unit;
		unit /= 10;
	}
	return ms;
}

/* "Z" or "+01:00" in minutes east; INT_MIN if it is neither. */
static int
offset(const char **p, const char *end)
{
	int	sign, h, m;

	if (literal(p, end, 'z'))
		return 0;
	if (*p >= end || (**p != '+' && **p != '-'))
		return INT_MIN;
	sign = *(*p)++ == '-' ? -1 : 1;
	h = digits(p, end, 2);
	if (!literal(p, end, ':'))
		return INT_MIN;
	m = digits(p, end, 2);
	return h < 0 || h > 23 || m < 0 || m > 59 ? INT_MIN :
	    sign * (h * 60 + m);
}

int
clock_parse(const char *p, size_t n, int64_t *wall_ms)
{
	const char	*end = p + n;
	struct tm	 tm = { 0 }, check;
	time_t		 sec;
	int		 ms, east;
	bool		 shape;

	tm.tm_year = digits(&p, end, 4) - 1900;
	shape = literal(&p, end, '-');
	tm.tm_mon = digits(&p, end, 2) - 1;
	shape = shape && literal(&p, end, '-');
	tm.tm_mday = digits(&p, end, 2);
	shape = shape && literal(&p, end, 't');
	tm.tm_hour = digits(&p, end, 2);
	shape = shape && literal(&p, end, ':');
	tm.tm_min = digits(&p, end, 2);
	shape = shape && literal(&p, end, ':');
	tm.tm_sec = digits(&p, end, 2);
	ms = fraction(&p, end);
	east = offset(&p, end);
	if (!shape || p != end || east == INT_MIN || tm.tm_year < 70 ||
	    tm.tm_hour < 0 || tm.tm_min < 0 || tm.tm_sec < 0)
		return -1;
	check = tm;
	sec = timegm(&check);
	/* timegm turns the 31st of June into the 1st of July. */
	if (check.tm_mon != tm.tm_mon || check.tm_mday != tm.tm_mday ||
	    check.tm_hour != tm.tm_hour)
		return -1;
	*wall_ms = ((int64_t)sec - east * 60) * 1000 + ms;
	return 0;
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
