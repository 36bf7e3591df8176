/*
 * ledger - which stanzas of a session have been handled: h of XEP-0198 is
 * the number of those before the first that is still open.
 */
#ifndef LEDGER_H
#define LEDGER_H

#include <stddef.h>
#include <stdint.h>

#define LEDGER_MAX	256	/* open stanzas after which reading stops */

struct ledger {
	uint32_t	 received;	/* modulo 2^32 */
	uint32_t	*open;		/* numbers, in order */
	size_t		 count, cap;
};

void	 ledger_release(struct ledger *);
/* Forgets what is open and counts on from h. */
void	 ledger_reset(struct ledger *, uint32_t h);
/* A stanza has come: its number, open until ledger_done(). */
uint32_t ledger_take(struct ledger *);
void	 ledger_done(struct ledger *, uint32_t number);
uint32_t ledger_handled(const struct ledger *);

#endif
