/* iq_roster - RFC 6121 section 2: the roster, which is empty. */
#include "iq.h"
#include "xmpp/ns.h"

static void
get(struct session *s, const struct stanza *iq, const struct stanza *query)
{
	(void)query;
	iq_answer(s, iq, "<query xmlns='" NS_ROSTER "'/>");
}

const struct iq_row	iq_roster_rows[] = {
	{ "query", NS_ROSTER, get, NULL },
	{ NULL, NULL, NULL, NULL },
};
