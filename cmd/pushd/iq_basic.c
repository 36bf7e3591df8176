/* iq_basic - ping, software version, session, a second bind. */
#include "iq.h"
#include "xmpp/ns.h"

static void
empty_result(struct session *s, const struct stanza *iq,
    const struct stanza *query)
{
	(void)query;
	iq_answer(s, iq, NULL);
}

static void
version(struct session *s, const struct stanza *iq,
    const struct stanza *query)
{
	(void)query;
	iq_answer(s, iq, "<query xmlns='" NS_VERSION "'><name>pushd"
	    "</name><version>" PUSH_VERSION "</version></query>");
}

const struct iq_row	iq_basic_rows[] = {
	{ "ping", NS_PING, empty_result, NULL },
	{ "query", NS_VERSION, version, NULL },
	/* RFC 3921 clients wait for it; it means nothing any more. */
	{ "session", NS_SESSION, NULL, empty_result },
	{ "bind", NS_BIND, NULL, NULL },
	{ NULL, NULL, NULL, NULL },
};
