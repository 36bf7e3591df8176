/*
 * config_table - the names, kinds, defaults and ranges of pushd.conf(5).
 *
 * One row a name.  Reading, printing (-T), the release of a struct config
 * and the test of the manual page all walk this table; a new setting is a
 * row, a field and a paragraph of the manual.
 */
#ifndef CONFIG_TABLE_H
#define CONFIG_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "config.h"

enum config_kind {
	CONFIG_STRING,		/* char *; min..max bytes */
	CONFIG_DOMAIN,		/* char *, prepared (RFC 6122) */
	CONFIG_WORD,		/* char *, one of words */
	CONFIG_ENUM,		/* index into words */
	CONFIG_COUNT,		/* min..max */
	CONFIG_SIZE,		/* bytes, min..max, suffixes k, M, G */
	CONFIG_DURATION,	/* milliseconds, min..max; "off" is 0 */
	CONFIG_QUEUE,		/* COUNT[,BYTES]; min..max of COUNT */
	CONFIG_LISTEN,		/* any number of listeners */
};

struct config_row {
	const char		*name;
	enum config_kind	 kind;
	size_t			 offset, width;	/* of the field */
	const char		*fallback;	/* NULL: none, or computed */
	uint64_t		 min, max;
	const char *const	*words;		/* ends with NULL */
};

extern const struct config_row	config_rows[];	/* ends with name NULL */

/* The row of a name, or NULL. */
const struct config_row	*config_row_find(const char *name, size_t n);
/*
 * Reads a value into its field.  A listener takes its policies from
 * config->tls and ->legacy where it names none.
 *
 * why		out: on -1, what is wrong and, in brackets, what to do
 */
int	config_row_set(const struct config_row *, struct config *,
	    const char *text, struct err_text *why) MUST_USE;
/* The index of a word, or -1 and what is wrong. */
int	config_word(const char *const *words, const char *, size_t n,
	    struct err_text *why) MUST_USE;
/* The text of a row whose field is a char *, or NULL; and its release. */
const char	*config_row_string(const struct config_row *,
		    const struct config *);
void	config_row_free(const struct config_row *, struct config *);
/*
 * Copies a field, not a listener; true if that changed it.  to and from are
 * whole configurations.
 */
bool	config_row_copy(const struct config_row *, struct config *to,
	    const struct config *from);
/* A number as it is written in the file: "64k", "28d", "17". */
void	config_row_number(const struct config_row *, uint64_t, struct buf *);
/* The value of a field that is an integer. */
uint64_t config_row_get(const struct config_row *, const struct config *);

#endif
