/*
 * format - one push as a line of the user's making: '%{id} %{to}\n'.
 *
 * %{FIELD} is a field of the JSON line, strings without their quotes; "%%"
 * is a percent sign, \n \t \r \0 and \\ are what they are in C.
 */
#ifndef FORMAT_H
#define FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Returns 0, or -1 and a sentence for a format with an unknown field. */
int	format_check(const char *format, struct err_text *) MUST_USE;
/*
 * Puts the JSON line in the given format.  terminal: what the sender wrote
 * is escaped, so that it cannot speak to the terminal.
 */
void	format_put(const char *format, const char *line, bool terminal,
	    struct buf *);
/* The short text for people: time, device, title, message, link. */
void	format_put_text(const char *line, bool terminal, struct buf *);

#endif
