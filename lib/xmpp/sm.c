#include "sm.h"

#include <string.h>

#include "base/num.h"
#include "xmpp/ns.h"

bool
sm_counts(const struct stanza *st)
{
	return stanza_is(st, "message", NS_CLIENT) ||
	    stanza_is(st, "presence", NS_CLIENT) ||
	    stanza_is(st, "iq", NS_CLIENT);
}

enum sm_ack
sm_acknowledge(struct sm *sm, uint32_t h, uint32_t *newly)
{
	*newly = 0;
	if (h - sm->acked <= sm_unacked(sm)) {
		*newly = h - sm->acked;
		sm->acked = h;
		return SM_ACK_OK;
	}
	/* Which side of the window it is on: the nearer one, modulo 2^32. */
	return sm->acked - h < UINT32_C(1) << 31 ? SM_ACK_STALE :
	    SM_ACK_TOO_HIGH;
}

bool
sm_read_h(const struct stanza *st, uint32_t *h)
{
	const char	*text = stanza_attr(st, "h");
	uint64_t	 v;

	if (text == NULL ||
	    num_parse(text, strlen(text), 0, UINT32_MAX, &v) != 0)
		return false;
	*h = (uint32_t)v;
	return true;
}

uint32_t
sm_unacked(const struct sm *sm)
{
	return sm->out - sm->acked;
}
