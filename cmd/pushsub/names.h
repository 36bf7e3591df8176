/*
 * names - the names of N devices from one pattern.
 *
 * "dev-%05d" counts from 0: its one %d, %Nd or %0Nd is the device's number
 * and "%%" a percent sign.  A pattern without a number serves one device as
 * it is; for several "-%05d" is added to its localpart.
 */
#ifndef NAMES_H
#define NAMES_H

#include <stddef.h>

#include "base/err.h"

#define NAMES_WIDTH	12	/* digits that a pattern may ask for */

/*
 * Writes device i's name of count into out, size bytes with its NUL.
 * Returns 0, or -1 and a sentence when the pattern is none or too long.
 */
int	names_expand(const char *pattern, size_t i, size_t count, char *out,
	    size_t size, struct err_text *) MUST_USE;

#endif
