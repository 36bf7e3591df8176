/* iq_disco - XEP-0030 service discovery of the server and of one's account. */
#include <string.h>

#include "iq.h"
#include "xmpp/ns.h"

#define FEATURE(ns)	"<feature var='" ns "'/>"

/* Everything that is really done, and nothing else. */
static const char	server_info[] =
    "<query xmlns='" NS_DISCO_INFO "'>"
    "<identity category='server' type='im' name='pushd'/>"
    FEATURE(NS_DISCO_INFO) FEATURE(NS_DISCO_ITEMS) FEATURE(NS_PING)
    FEATURE(NS_VERSION) FEATURE(NS_REGISTER) "</query>";
static const char	account_info[] =
    "<query xmlns='" NS_DISCO_INFO "'>"
    "<identity category='account' type='registered'/>"
    FEATURE(NS_DISCO_INFO) FEATURE(NS_DISCO_ITEMS) "</query>";
static const char	no_items[] = "<query xmlns='" NS_DISCO_ITEMS "'/>";

static void
answer(struct session *s, const struct stanza *iq, const struct stanza *query,
    const char *payload)
{
	if (stanza_attr(query, "node") != NULL)
		iq_err(s, iq, PUSH_E_UNKNOWN);
	else
		iq_answer(s, iq, payload);
}

static void
info(struct session *s, const struct stanza *iq, const struct stanza *query)
{
	const char	*to = stanza_attr(iq, "to");

	answer(s, iq, query, to == NULL || strchr(to, '@') != NULL ?
	    account_info : server_info);
}

static void
items(struct session *s, const struct stanza *iq, const struct stanza *query)
{
	answer(s, iq, query, no_items);
}

const struct iq_row	iq_disco_rows[] = {
	{ "query", NS_DISCO_INFO, info, NULL },
	{ "query", NS_DISCO_ITEMS, items, NULL },
	{ NULL, NULL, NULL, NULL },
};
