#include "io/lines.h"

#include <stdlib.h>
#include <string.h>

#define KEEP	4096	/* a larger buffer is not kept between lines */

typedef bool	line_fn(void *, const char *, size_t);

void
lines_init(struct lines *l, size_t max, char end)
{
	/* One more: the CR of a line of max bytes may wait for its LF. */
	buf_init(&l->part, max + 1);
	l->end = end;
	l->skipping = false;
}

void
lines_release(struct lines *l)
{
	buf_release(&l->part);
	l->skipping = false;
}

/* Bytes of the line in (p, n) whose LF follows. */
static size_t
without_cr(const struct lines *l, const char *p, size_t n)
{
	return l->end == '\n' && n > 0 && p[n - 1] == '\r' ? n - 1 : n;
}

static bool
tell(const struct lines *l, const char *p, size_t n, line_fn *on_line,
    void *arg)
{
	size_t	max = l->part.max - 1;

	n = without_cr(l, p, n);
	return n > max ? on_line(arg, NULL, max) : on_line(arg, p, n);
}

/*
 * Tells the line that was kept.  The bytes are taken out first: a callback
 * that returns false may have released us.
 */
static bool
tell_kept(struct lines *l, line_fn *on_line, void *arg)
{
	struct buf	part = l->part;
	bool		more;

	buf_init(&l->part, part.max);
	more = tell(l, part.p, part.len, on_line, arg);
	if (!more || part.cap > KEEP || l->part.p != NULL) {
		buf_release(&part);
		return more;
	}
	buf_reset(&part);
	l->part = part;
	return true;
}

/* A whole line: n bytes in front of its end. */
static bool
end_line(struct lines *l, const char *p, size_t n, line_fn *on_line,
    void *arg)
{
	size_t	max = l->part.max - 1;

	if (l->skipping) {
		l->skipping = false;
		return true;
	}
	if (l->part.len == 0)
		return tell(l, p, n, on_line, arg);
	buf_put(&l->part, p, n);
	if (buf_ok(&l->part))
		return tell_kept(l, on_line, arg);
	buf_release(&l->part);
	return on_line(arg, NULL, max);
}

/* The rest of a chunk, with no end in sight. */
static bool
keep(struct lines *l, const char *p, size_t n, line_fn *on_line, void *arg)
{
	size_t	max = l->part.max - 1, len;

	if (l->skipping)
		return true;
	buf_put(&l->part, p, n);
	len = l->part.len;
	if (buf_ok(&l->part) &&
	    without_cr(l, l->part.p, len) <= max)
		return true;
	buf_release(&l->part);
	l->skipping = true;
	return on_line(arg, NULL, max);
}

size_t
lines_feed(struct lines *l, const char *p, size_t n, line_fn *on_line,
    void *arg)
{
	const char	*end, *from = p, *stop = p + n;

	while (from < stop) {
		end = memchr(from, l->end, (size_t)(stop - from));
		if (end == NULL) {
			(void)keep(l, from, (size_t)(stop - from), on_line,
			    arg);
			break;
		}
		if (!end_line(l, from, (size_t)(end - from), on_line, arg))
			return (size_t)(end - p) + 1;
		from = end + 1;
	}
	return n;
}

void
lines_end(struct lines *l, line_fn *on_line, void *arg)
{
	if (!l->skipping && l->part.len > 0)
		(void)tell_kept(l, on_line, arg);
	else
		lines_release(l);
}
