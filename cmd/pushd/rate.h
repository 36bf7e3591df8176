/*
 * rate - how long an address has to wait for its next registration.
 *
 * A bucket per network (IPv4 address, IPv6 /64): as many at once as an
 * hour's allowance, thousands of phones behind one carrier's address
 * included; over it each answer is held back, none is refused.  Shared by
 * all shards behind a lock: registrations are rare.
 */
#ifndef RATE_H
#define RATE_H

#include <stddef.h>
#include <stdint.h>

#define RATE_NETS	65536	/* networks remembered at a time */

struct rate;

struct rate	*rate_new(void);
void		 rate_free(struct rate **);
/*
 * Takes one of the network's registrations.
 *
 * per_hour	the allowance; 0: no limit
 * now_ms	monotonic
 *
 * Returns for how many milliseconds the answer is to be held back.
 */
uint64_t	 rate_take(struct rate *, const char *net, uint64_t per_hour,
		    uint64_t now_ms);

#endif
