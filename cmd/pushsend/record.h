/*
 * record - the push object (delivery.md) of one record: its own text,
 * untouched, and behind it what the command line says and it lacks.
 */
#ifndef RECORD_H
#define RECORD_H

#include "base/buf.h"
#include "base/err.h"
#include "options.h"

#define RECORD_FIELDS	10	/* that the command line can fill */

/* What the command line says, as JSON. */
struct record_fill {
	struct {
		const char	*name;
		struct buf	 value;
	}	field[RECORD_FIELDS];
	size_t	count;
};

/*
 * Reads the options, and the files that "-t @FILE" names.  Returns 0, or an
 * exit code; told on stderr.
 */
int		record_fill_init(struct record_fill *, const struct options *)
		    MUST_USE;
void		record_fill_release(struct record_fill *);
/*
 * Puts the object for a record: JSON, or the text of a message.  A refusal
 * leaves the buffer as it was and sets *why.
 */
enum push_err	record_put_json(struct buf *, const struct record_fill *,
		    const char *, size_t, const char **why) MUST_USE;
enum push_err	record_put_text(struct buf *, const struct record_fill *,
		    const char *, size_t, const char **why) MUST_USE;

#endif
