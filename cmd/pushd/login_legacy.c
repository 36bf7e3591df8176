/* login_legacy - XEP-0078, exactly as androidpn's Smack 3 needs it. */
#include "login.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "session.h"
#include "xmpp/ns.h"

/*
 * The word 401 in an error makes androidpn forget its account and register a
 * new one.  So it is said for wrong credentials only, never for our own
 * trouble.
 */
static void
refuse(struct session *s, enum push_err e)
{
	if (e == PUSH_E_UNKNOWN || e == PUSH_E_EXISTS)
		e = PUSH_E_AUTH;
	login_iq_error(s, e);
	if (e == PUSH_E_AUTH)
		(void)login_failed(s, "iq-auth");
}

static void
checked(struct account_op *op)
{
	struct session	*s = op->arg;

	if (s != NULL) {
		s->login->op = NULL;
		if (op->err == PUSH_OK) {
			log_info("login", "ok peer=%s mechanism=iq-auth "
			    "user=%s", s->peer, s->login->name);
			session_move(s, shard_of(s->shard->pushd,
			    s->login->name));
		} else {
			refuse(s, op->err);
			login_go(s);
		}
	}
	account_op_free(&op);
}

/* At the account's home: the session is bound without a bind. */
void
login_legacy_moved(struct session *s)
{
	struct device	*d = device_find(s->shard, s->login->name);
	char		 jid[JID_MAX + 1];

	if (d == NULL || !d->enabled) {
		refuse(s, PUSH_E_AUTH);
		login_go(s);
		return;
	}
	s->device = d;
	if (session_bind(s, s->login->resource) != PUSH_OK) {
		s->device = NULL;
		login_iq_error(s, PUSH_E_BUSY);
		login_go(s);
		return;
	}
	stanza_printf(stream_out(s->stream), "<iq type='result' id='%s' "
	    "to='%s'/>", s->login->iq_id, session_jid(s, jid));
	stream_flush(s->stream);
	session_enter(s, SESSION_BOUND);
	login_go(s);
}

/*
 * Only the password is offered: the digest would need it in clear on disk.
 * Nobody and somebody get the same answer.
 */
static void
put_fields(struct session *s, const struct stanza *query)
{
	const char	*name = stanza_child_text(query, "username", NULL);

	stanza_printf(stream_out(s->stream), "<iq type='result' id='%s'>"
	    "<query xmlns='" NS_AUTH "'><username>%s</username><password/>"
	    "<resource/></query></iq>", s->login->iq_id,
	    name != NULL ? name : "");
	stream_flush(s->stream);
}

static void
log_in(struct session *s, const struct stanza *query)
{
	const char	*name = stanza_child_text(query, "username", NULL);
	const char	*password = stanza_child_text(query, "password", NULL);
	const char	*resource = stanza_child_text(query, "resource", NULL);
	char		 prepared[SASL_PAYLOAD];
	enum push_err	 e = PUSH_OK;

	if (name == NULL || password == NULL || resource == NULL ||
	    resource[0] == '\0' || strlen(resource) > SESSION_RESOURCE ||
	    jid_prep_resource(resource, strlen(resource),
	    s->login->resource) != PUSH_OK) {
		/* A digest, which was not offered, ends here as well. */
		login_iq_error(s, PUSH_E_INCOMPLETE);
		return;
	}
	if (jid_prep_local(name, strlen(name), s->login->name) != PUSH_OK)
		e = PUSH_E_AUTH;
	if (e == PUSH_OK)
		e = jid_prep_password(password, strlen(password), prepared,
		    sizeof(prepared));
	if (e != PUSH_OK)
		refuse(s, PUSH_E_AUTH);
	else
		login_wait(s, account_op_new(s->shard, ACCOUNT_CHECK,
		    s->login->name, prepared, checked, s));
	explicit_bzero(prepared, sizeof(prepared));
}

void
login_legacy(struct session *s, const struct stanza *iq,
    const struct stanza *query)
{
	if (!login_is_legacy_allowed(s))
		login_iq_error(s, PUSH_E_DENIED);
	else if (s->login->mech != SASL_NONE)
		session_end(s, "policy-violation", "SASL was begun");
	else if (strcmp(stanza_attr(iq, "type"), "get") == 0)
		put_fields(s, query);
	else
		log_in(s, query);
}
