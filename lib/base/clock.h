/*
 * clock - monotonic and wall time, durations and RFC 3339.
 *
 * Deadlines use clock_now_ms(), never the wall clock: it may jump.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define CLOCK_TEXT	25	/* "2026-11-23T00:08:41.123Z" and a NUL */

/* Monotonic milliseconds, coarse (a few ms); never goes back. */
uint64_t clock_now_ms(void);
/* Milliseconds since 1970-01-01T00:00:00Z, fine. */
int64_t	 clock_wall_ms(void);
/* RFC 3339 in UTC with milliseconds, into a buffer of CLOCK_TEXT bytes. */
const char	*clock_format(int64_t wall_ms, char *out);
/*
 * Reads RFC 3339, any offset, into milliseconds since 1970.  Returns 0, or
 * -1 when it is no such time.
 */
int	 clock_parse(const char *, size_t, int64_t *wall_ms);
/*
 * Reads "90s", "1h30m", "28d", "250ms" or plain seconds into milliseconds.
 * Returns 0, or -1 when it is not a duration or over 100 years.
 */
int	 clock_duration(const char *, size_t, int64_t *ms);

#endif
