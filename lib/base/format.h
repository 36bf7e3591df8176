/*
 * format - one JSON line in a form of the user's making, as -F gives it:
 * '%{id} %{state}\n'.
 *
 * %{FIELD} is a member of the object: strings without their quotes, other
 * values as JSON, absent ones empty.  "%%" is a percent sign; \n \t \r \0
 * and \\ are what they are in C.
 */
#ifndef FORMAT_H
#define FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/opt.h"
#include "base/term.h"

/*
 * Returns 0, or -1 and a sentence for a format that cannot be read or has a
 * field that is not in the list, which ends with NULL.
 */
int	format_check(const char *format, const char *const *fields,
	    struct err_text *) MUST_USE;
/*
 * What -o WORD and -F FORMAT ask for, NULL where they were not given.
 * Returns -1, or OPT_USAGE: told on stderr.
 */
int	format_choose(const struct opt_program *, const char *word,
	    const char *format, const char *const *fields,
	    enum term_output *) MUST_USE;
/*
 * Puts the object that (line, n) holds in a checked format.  terminal: what
 * others wrote is escaped (term_put).
 */
void	format_put(const char *format, const char *line, size_t n,
	    bool terminal, struct buf *);

#endif
