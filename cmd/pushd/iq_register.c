/* iq_register - XEP-0077 after login: a new password, or the account's end. */
#include <string.h>

#include "account.h"
#include "base/mem.h"
#include "iq.h"
#include "session_send.h"
#include "xmpp/ns.h"

/*
 * The answer comes later, when the session may be gone: it is found again by
 * its JID, and so told at most to a session of the same account.
 */
struct pending {
	struct shard	*shard;
	char		*name;
	char		*resource;
	char		*id;
	char		*to;		/* whom it asked; NULL: nobody */
};

static char *
copy(const char *text)
{
	return text != NULL ? mem_strndup(text, strlen(text)) : NULL;
}

static struct pending *
pending_new(struct session *s, const struct stanza *iq)
{
	struct pending	*p = mem_zalloc(1, sizeof(*p));

	s->changing = true;
	p->shard = s->shard;
	p->name = copy(s->device->name);
	p->resource = copy(s->resource);
	p->id = copy(stanza_attr(iq, "id"));
	p->to = copy(stanza_attr(iq, "to"));
	return p;
}

static void
put_answer(struct session *s, const struct pending *p, enum push_err e)
{
	struct buf	b;

	buf_init(&b, s->shard->config->output_max);
	stanza_printf(&b, "<iq type='%s' id='%s'",
	    e == PUSH_OK ? "result" : "error", p->id);
	if (p->to != NULL)
		stanza_printf(&b, " from='%s'", p->to);
	if (e == PUSH_OK)
		buf_puts(&b, "/>");
	else
		stanza_printf(&b, "><error code='%d' type='%s'><%s xmlns='"
		    NS_STANZAS "'/></error></iq>", err_code(e), err_type(e),
		    err_condition(e));
	session_send(s, &b);
	buf_release(&b);
}

static void
pending_answer(const struct pending *p, enum push_err e)
{
	struct device	*d = device_find(p->shard, p->name);
	struct list	*n, *after;
	struct session	*s;

	if (d == NULL)
		return;
	LIST_EACH(n, after, &d->seats) {
		s = LIST_ITEM(n, struct session, seat.node);
		if (strcmp(s->resource, p->resource) != 0)
			continue;
		s->changing = false;
		put_answer(s, p, e);
	}
}

/* XEP-0077 section 3.2: the result comes before the stream ends. */
static void
on_deleted(struct account_op *op)
{
	pending_answer(op->arg, PUSH_OK);
}

static void
done(struct account_op *op)
{
	struct pending	*p = op->arg;

	pending_answer(p, op->err);
	free(p->name);
	free(p->resource);
	free(p->id);
	free(p->to);
	free(p);
	account_op_free(&op);
}

static void
begin(struct session *s, const struct stanza *iq, enum account_verb verb,
    const char *password)
{
	struct account_op	*op;

	op = account_op_new(s->shard, verb, s->device->name, password, done,
	    pending_new(s, iq));
	/* A password does not bring back what was deleted meanwhile. */
	op->only_existing = true;
	op->on_deleted = on_deleted;
	account_begin(op);
}

static void
get(struct session *s, const struct stanza *iq, const struct stanza *query)
{
	struct buf	b;

	(void)query;
	buf_init(&b, s->shard->config->output_max);
	stanza_printf(&b, "<query xmlns='" NS_REGISTER "'><registered/>"
	    "<username>%s</username><password/></query>", s->device->name);
	iq_answer(s, iq, buf_str(&b));
	buf_release(&b);
}

static void
set(struct session *s, const struct stanza *iq, const struct stanza *query)
{
	const char	*name = stanza_child_text(query, "username", NULL);
	const char	*password = stanza_child_text(query, "password", NULL);
	char		 prepared[SASL_PAYLOAD], local[JID_PART + 1];

	/* One at a time: each costs a derivation of keys, and memory. */
	if (s->changing) {
		iq_err(s, iq, PUSH_E_BUSY);
		return;
	}
	if (stanza_child(query, "remove", NULL) != NULL) {
		begin(s, iq, ACCOUNT_DELETE, NULL);
		return;
	}
	/* An empty password in a change must not clear it. */
	if (name == NULL || password == NULL || password[0] == '\0' ||
	    jid_prep_password(password, strlen(password), prepared,
	    sizeof(prepared)) != PUSH_OK)
		iq_err(s, iq, PUSH_E_INCOMPLETE);
	else if (jid_prep_local(name, strlen(name), local) != PUSH_OK ||
	    strcmp(local, s->device->name) != 0)
		iq_err(s, iq, PUSH_E_DENIED);
	else
		begin(s, iq, ACCOUNT_CHANGE, prepared);
	explicit_bzero(prepared, sizeof(prepared));
}

const struct iq_row	iq_register_rows[] = {
	{ "query", NS_REGISTER, get, set },
	{ NULL, NULL, NULL, NULL },
};
