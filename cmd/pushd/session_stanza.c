/* session_stanza - what a bound session may say: tables of handlers. */
#include "session.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "iq.h"
#include "session_send.h"
#include "session_sm.h"
#include "xmpp/ns.h"

/* A family of protocols is a file that exports its rows (iq.h). */
static const struct iq_row *const	families[] = {
	iq_basic_rows, iq_disco_rows, iq_register_rows, iq_roster_rows, NULL,
};

static const struct iq_row *
find(const struct stanza *query)
{
	const struct iq_row *const	*f;
	const struct iq_row		*r;

	for (f = families; *f != NULL; f++)
		for (r = *f; r->name != NULL; r++)
			if (stanza_is(query, r->name, r->ns))
				return r;
	return NULL;
}

/* ---- answers ---- */

static void
put_answer(const struct stanza *iq, const char *type, struct buf *b)
{
	const char	*to = stanza_attr(iq, "to");
	const char	*id = stanza_attr(iq, "id");

	stanza_printf(b, "<iq type='%s'", type);
	if (id != NULL)
		stanza_printf(b, " id='%s'", id);
	if (to != NULL)
		stanza_printf(b, " from='%s'", to);
}

void
iq_answer(struct session *s, const struct stanza *iq,
    const char *payload)
{
	struct buf	b;

	buf_init(&b, s->shard->config->output_max);
	put_answer(iq, "result", &b);
	if (payload != NULL) {
		buf_putc(&b, '>');
		buf_puts(&b, payload);
		buf_puts(&b, "</iq>");
	} else {
		buf_puts(&b, "/>");
	}
	session_send(s, &b);
	buf_release(&b);
}

void
iq_error(struct session *s, const struct stanza *iq,
    const char *type, const char *condition, int code)
{
	struct buf	b;

	buf_init(&b, s->shard->config->output_max);
	put_answer(iq, "error", &b);
	stanza_printf(&b, "><error code='%d' type='%s'><%s xmlns='" NS_STANZAS
	    "'/></error></iq>", code, type, condition);
	session_send(s, &b);
	buf_release(&b);
}

void
iq_err(struct session *s, const struct stanza *iq, enum push_err e)
{
	iq_error(s, iq, err_type(e), err_condition(e), err_code(e));
}

/* ---- iq ---- */

enum addressee { TO_SERVER, TO_SELF, TO_OTHER, TO_NOBODY };

static enum addressee
addressed_to(const struct session *s, const struct stanza *st)
{
	const char	*to = stanza_attr(st, "to");
	struct jid	 jid;
	bool		 ours;

	if (to == NULL)
		return TO_SELF;
	if (jid_parse(to, strlen(to), &jid) != PUSH_OK)
		return TO_NOBODY;
	/* androidpn addresses its configured host, often an IP address. */
	ours = strcmp(jid.domain, s->shard->config->domain) == 0 ||
	    (s->listener->legacy && jid_domain_is_ip(jid.domain));
	if (ours && jid.local[0] == '\0')
		return TO_SERVER;
	/* Nothing is routed between the resources of an account. */
	if (ours && strcmp(jid.local, s->device->name) == 0 &&
	    (jid.resource[0] == '\0' ||
	    strcmp(jid.resource, s->resource) == 0))
		return TO_SELF;
	return TO_OTHER;
}

static void
on_request(struct session *s, const struct stanza *iq, bool set)
{
	const struct iq_row	*r;
	enum addressee		 to = addressed_to(s, iq);

	if (iq->child == NULL || stanza_children(iq) != 1 ||
	    stanza_attr(iq, "id") == NULL) {
		iq_err(s, iq, PUSH_E_REQUEST);
	} else if (to == TO_NOBODY) {
		iq_err(s, iq, PUSH_E_NAME);
	} else if (to == TO_OTHER || (r = find(iq->child)) == NULL) {
		iq_error(s, iq, "cancel", "service-unavailable", 503);
	} else if ((set ? r->set : r->get) == NULL) {
		iq_err(s, iq, PUSH_E_DENIED);
	} else {
		(set ? r->set : r->get)(s, iq, iq->child);
	}
}

static void
on_iq(struct session *s, const struct stanza *iq)
{
	const char	*type = stanza_attr(iq, "type");
	const char	*id = stanza_attr(iq, "id");

	if (type == NULL)
		iq_err(s, iq, PUSH_E_REQUEST);
	else if (strcmp(type, "get") == 0 || strcmp(type, "set") == 0)
		on_request(s, iq, type[0] == 's');
	else if (strcmp(type, "result") != 0 && strcmp(type, "error") != 0)
		iq_err(s, iq, PUSH_E_REQUEST);
	else if (id != NULL)
		/* An answer is never answered, whatever it says. */
		session_answered(s, id);
}

/* ---- presence ---- */

static void
on_available(struct session *s, const struct stanza *p)
{
	const char	*text = stanza_child_text(p, "priority", NULL);
	const char	*digits = text != NULL && text[0] == '-' ? text + 1 :
			    text;
	uint64_t	 v = 0;

	if (text != NULL && num_parse(digits, strlen(digits), 0,
	    digits == text ? 127 : 128, &v) != 0) {
		session_printf(s, "<presence type='error'><error code='400' "
		    "type='modify'><bad-request xmlns='" NS_STANZAS
		    "'/></error></presence>");
		return;
	}
	/* See SETTLE_MS in session.c. */
	if (!s->available)
		s->settled = !s->legacy;
	session_set_available(s, true, digits == text ? (int)v : -(int)v);
	session_arm(s);
	device_flush(s->device);
}

static void
on_presence(struct session *s, const struct stanza *p)
{
	const char	*type = stanza_attr(p, "type");

	if (stanza_attr(p, "to") != NULL)
		return;		/* directed: nobody to tell yet */
	if (type == NULL) {
		on_available(s, p);
	} else if (strcmp(type, "unavailable") == 0) {
		s->was_available = false;
		session_set_available(s, false, s->priority);
	}
}

/* ---- message ---- */

static void
on_message(struct session *s, const struct stanza *m)
{
	const char	*type = stanza_attr(m, "type");
	const char	*id = stanza_attr(m, "id");
	const char	*to = stanza_attr(m, "to");
	struct buf	 b;

	if (type != NULL && strcmp(type, "error") == 0)
		return;
	buf_init(&b, s->shard->config->output_max);
	buf_puts(&b, "<message type='error'");
	if (id != NULL)
		stanza_printf(&b, " id='%s'", id);
	if (to != NULL)
		stanza_printf(&b, " from='%s'", to);
	stanza_printf(&b, "><error code='503' type='cancel'>"
	    "<service-unavailable xmlns='" NS_STANZAS "'/></error>"
	    "</message>");
	session_send(s, &b);
	buf_release(&b);
}

void
session_on_bound_stanza(struct session *s, const struct stanza *st)
{
	if (sm_counts(st) && s->sm.on)
		s->sm.in++;
	if (stanza_is(st, "iq", NS_CLIENT))
		on_iq(s, st);
	else if (stanza_is(st, "presence", NS_CLIENT))
		on_presence(s, st);
	else if (stanza_is(st, "message", NS_CLIENT))
		on_message(s, st);
	else
		/* Anything else that is not SM is ignored after login. */
		(void)session_sm_element(s, st);
}
