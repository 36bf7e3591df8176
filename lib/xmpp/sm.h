/*
 * sm - the counters of XEP-0198 stream management, both ends.
 *
 * h counts message, presence and iq, modulo 2^32, from <enable/> (in) and
 * <enabled/> (out) on.
 */
#ifndef SM_H
#define SM_H

#include <stdbool.h>
#include <stdint.h>

#include "xmpp/stanza.h"

struct sm {
	bool		on;
	uint32_t	in;	/* handled here */
	uint32_t	out;	/* sent */
	uint32_t	acked;	/* of those, acknowledged */
};

enum sm_ack {
	SM_ACK_OK,		/* acked moved by *newly, possibly 0 */
	SM_ACK_STALE,		/* lower than before: ignore */
	SM_ACK_TOO_HIGH,	/* more than was sent: close */
};

/* Does h count this element? */
bool		sm_counts(const struct stanza *);
/* Takes <a h/> or a resume's h; moves acked.  Safe across wrap-around. */
enum sm_ack	sm_acknowledge(struct sm *, uint32_t h, uint32_t *newly);
/* Reads the h attribute; false if it is absent or no 32-bit number. */
bool		sm_read_h(const struct stanza *, uint32_t *h);
/* Sent and not acknowledged. */
uint32_t	sm_unacked(const struct sm *);

#endif
