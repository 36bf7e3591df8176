/*
 * push_id - ids of pushes: 'p' and 11 base-62 digits of a 64-bit number made
 * of 41 bits of milliseconds, 10 of the node and 12 of a counter.  They sort
 * by time as numbers and as text.
 */
#ifndef PUSH_ID_H
#define PUSH_ID_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define PUSH_ID		13	/* bytes of an id and its NUL */

/*
 * A new number, above *last and all that any thread got before, whatever the
 * clock does.
 */
uint64_t	push_id_mint(atomic_uint_fast64_t *last);
const char	*push_id_format(uint64_t, char out[PUSH_ID]);
/* Returns 0, or -1 if it is not an id. */
int		 push_id_parse(const char *, size_t, uint64_t *);

#endif
