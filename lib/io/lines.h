/*
 * lines - cut a byte stream into lines, each with a maximum.
 *
 * Whole lines inside a chunk are handed on without a copy; only an
 * unfinished one is kept, and never more of it than max bytes.
 */
#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct lines {
	struct buf	part;		/* the unfinished line */
	char		end;		/* LF, or NUL for records */
	bool		skipping;	/* inside a line that was too long */
};

/* max: bytes of a line, its end not counted. */
void	lines_init(struct lines *, size_t max, char end);
void	lines_release(struct lines *);
/*
 * Feeds n bytes.  on_line gets each whole line without its LF or CR LF, in
 * order, borrowed until it returns; a line over the maximum comes as NULL
 * with the maximum as length, once, and is skipped to its end.  Stops early
 * when on_line returns false, and then returns how many bytes were used.
 */
size_t	lines_feed(struct lines *, const char *, size_t n,
	    bool (*on_line)(void *, const char *, size_t), void *arg);
/* The last line, where the input ended without a line end. */
void	lines_end(struct lines *,
	    bool (*on_line)(void *, const char *, size_t), void *arg);

#endif
