/*
 * table - JSON objects as aligned text for people.
 *
 * Rows are collected so that their columns fit, a screenful of screens at a
 * time: later rows keep at least the widths of the earlier ones.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/json.h"

#define TABLE_COLUMNS	16

struct table {
	const char *const	*columns;	/* members; ends with NULL */
	size_t			 count;		/* of columns */
	size_t			 width[TABLE_COLUMNS];
	struct buf		 cells;		/* each ends with a NUL */
	size_t			 rows;
	struct buf		*out;
};

/* out: where finished text goes; the header is its first line. */
void	table_init(struct table *, const char *const *columns, struct buf *out);
void	table_row(struct table *, const struct json *object);
/* Puts what was collected; without a row nothing at all. */
void	table_flush(struct table *);
void	table_release(struct table *);
/* One object, a line for each member. */
void	table_object(struct buf *, const struct json *);

#endif
