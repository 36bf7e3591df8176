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
};

static struct pending *
pending_new(const struct session *s, const struct stanza *iq)
{
	struct pending	*p = mem_zalloc(1, sizeof(*p));
	const char	*id = stanza_attr(iq, "id");

	p->shard = s->shard;
	p->name = mem_strndup(s->device->name, strlen(s->device->name));
	p->resource = mem_strndup(s->resource, strlen(s->resource));
	p->id = mem_strndup(id, strlen(id));
	return p;
}

static void
pending_answer(struct pending *p, enum push_err e)
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
		if (e == PUSH_OK)
			session_printf(s, "<iq type='result' id='%s'/>",
			    p->id);
		else
			session_printf(s, "<iq type='error' id='%s'><error "
			    "code='%d' type='%s'><%s xmlns='" NS_STANZAS
			    "'/></error></iq>", p->id, err_code(e),
			    err_type(e), err_condition(e));
	}
}

static void
done(struct account_op *op)
{
	struct pending	*p = op->arg;

	pending_answer(p, op->err);
	free(p->name);
	free(p->resource);
	free(p->id);
	free(p);
	account_op_free(&op);
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

	if (stanza_child(query, "remove", NULL) != NULL) {
		iq_answer(s, iq, NULL);
		account_begin(account_op_new(s->shard, ACCOUNT_DELETE,
		    s->device->name, NULL, done, pending_new(s, iq)));
		return;
	}
	/* An empty password in a change must not clear it. */
	if (name == NULL || password == NULL || password[0] == '\0' ||
	    jid_prep_password(password, strlen(password), prepared,
	    sizeof(prepared)) != PUSH_OK) {
		iq_err(s, iq, PUSH_E_INCOMPLETE);
		return;
	}
	if (jid_prep_local(name, strlen(name), local) != PUSH_OK ||
	    strcmp(local, s->device->name) != 0)
		iq_err(s, iq, PUSH_E_DENIED);
	else
		account_begin(account_op_new(s->shard, ACCOUNT_CHANGE,
		    s->device->name, prepared, done, pending_new(s, iq)));
	explicit_bzero(prepared, sizeof(prepared));
}

const struct iq_row	iq_register_rows[] = {
	{ "query", NS_REGISTER, get, set },
	{ NULL, NULL, NULL, NULL },
};
