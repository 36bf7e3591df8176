/*
 * input - records out of a stream of bytes: JSON objects in any of the
 * shapes people write them, or lines of text.
 *
 * Bytes are added as they come and records are taken out one at a time, so
 * that whoever sends them decides the pace.  At most one record and one
 * chunk are kept.
 *
 * JSON comes as one object a line, as objects spread over lines, or as an
 * array of objects.  Where the first object filled a line, each line is one
 * record.  What is no record is told as such and ends where the next one
 * can begin: at the next line, at the next line that opens a brace where
 * objects spread over lines, at the next item of an array.
 */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "scan.h"

enum input_kind {
	INPUT_JSON,
	INPUT_LINES,		/* text; empty lines are passed over */
	INPUT_NUL,		/* text that ends with a NUL */
	INPUT_WHOLE,		/* all of it is one text */
};

enum input_got {
	INPUT_MORE,		/* add bytes, or say input_end() */
	INPUT_RECORD,
	INPUT_BAD,		/* error and why say what is wrong with it */
	INPUT_END,
};

struct input_record {
	size_t		 line;	/* where it began, from 1; item of an array */
	const char	*p;	/* borrowed until the next call */
	size_t		 n;
	enum push_err	 error;
	const char	*why;
};

struct input {
	enum input_kind	 kind;
	struct buf	 bytes;
	size_t		 at;		/* first byte not yet used up */
	size_t		 seen;		/* bytes behind at that were read */
	size_t		 max;		/* bytes of a record */
	size_t		 line;		/* number of the line at "at" */
	size_t		 item;		/* of the present array */
	struct scan	 scan;
	int		 state;
	unsigned	 depth;		/* brackets of an item passed over */
	bool		 quoted;	/* in a string of it */
	bool		 escaped;	/* behind a backslash of that */
	bool		 by_line;	/* each line is a record, or */
	bool		 spread;	/* they spread over lines */
	bool		 ended;
	char		 last;		/* byte that was added */
};

void		input_init(struct input *, enum input_kind, size_t max);
void		input_release(struct input *);
/* Only after INPUT_MORE; n > 0. */
void		input_add(struct input *, const char *, size_t n);
/* No bytes will follow. */
void		input_end(struct input *);
/* After INPUT_END: another file follows; lines are counted on. */
void		input_restart(struct input *);
enum input_got	input_next(struct input *, struct input_record *) MUST_USE;

#endif
