/* login_register - XEP-0077 in-band registration, before login. */
#include "login.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "rate.h"
#include "session.h"
#include "xmpp/ns.h"

static void
answer(struct session *s)
{
	login_iq_result(s);
	login_go(s);
}

static void
held_long_enough(struct timer *t)
{
	struct login	*l = LIST_ITEM(t, struct login, held);

	/* The wait was ours: the login's time begins anew. */
	session_arm(l->session);
	answer(l->session);
}

/*
 * androidpn stops for good at any error here and waits for ever for a
 * result: so the answer is what is held back.
 */
static void
registered(struct session *s)
{
	struct shard	*sh = s->shard;
	uint64_t	 wait;

	log_info("login", "registered peer=%s user=%s", s->peer,
	    s->login->name);
	wait = rate_take(sh->pushd->rate, s->login->net,
	    sh->config->registration_rate, loop_now(sh->loop));
	if (wait == 0) {
		answer(s);
		return;
	}
	log_info("login", "registration held back peer=%s ms=%llu", s->peer,
	    (unsigned long long)wait);
	loop_timer_clear(sh->loop, &s->timer);
	s->login->held.fire = held_long_enough;
	loop_timer_set(sh->loop, &s->login->held, wait);
}

static void
created(struct account_op *op)
{
	struct session	*s = op->arg;

	if (s != NULL) {
		s->login->op = NULL;
		if (op->err == PUSH_OK && op->created) {
			registered(s);
		} else if (op->err == PUSH_OK) {
			answer(s);	/* again, with the same password */
		} else {
			login_iq_error(s, op->err);
			if (op->err != PUSH_E_EXISTS ||
			    login_failed(s, "register"))
				login_go(s);
		}
	}
	account_op_free(&op);
}

/* The value of a field of the data form (XEP-0004), or NULL. */
static const char *
form_value(const struct stanza *query, const char *var)
{
	const struct stanza	*x = stanza_child(query, "x", NS_DATA), *f;
	const char		*name;

	if (x == NULL)
		return NULL;
	for (f = x->child; f != NULL; f = f->next) {
		name = stanza_attr(f, "var");
		if (name != NULL && strcmp(name, var) == 0)
			return stanza_child_text(f, "value", NULL);
	}
	return NULL;
}

static const char *
field(const struct stanza *query, const char *name)
{
	const char	*v = stanza_child_text(query, name, NULL);

	return v != NULL ? v : form_value(query, name);
}

static bool
token_fits(const struct session *s, const char *token)
{
	const char	*right = s->shard->config->registration_token;
	unsigned char	 a[DIGEST_MAX], b[DIGEST_MAX];

	if (right == NULL || token == NULL)
		return false;
	/* Digests, so that the time does not tell the length either. */
	digest_hash(DIGEST_SHA256, right, strlen(right), a);
	digest_hash(DIGEST_SHA256, token, strlen(token), b);
	return digest_equal(a, b, digest_size(DIGEST_SHA256));
}

static void
create(struct session *s, const struct stanza *query)
{
	const char	*name = field(query, "username");
	const char	*password = field(query, "password");
	char		 prepared[SASL_PAYLOAD];

	if (name == NULL || name[0] == '\0' || password == NULL ||
	    password[0] == '\0')
		login_iq_error(s, PUSH_E_INCOMPLETE);
	else if (s->shard->config->registration == CONFIG_REG_TOKEN &&
	    !s->login->preauthed && !token_fits(s, field(query, "token"))) {
		login_iq_error(s, PUSH_E_DENIED);
		(void)login_failed(s, "token");
	} else if (jid_prep_local(name, strlen(name), s->login->name) !=
	    PUSH_OK)
		login_iq_error(s, PUSH_E_NAME);
	else if (jid_prep_password(password, strlen(password), prepared,
	    sizeof(prepared)) != PUSH_OK)
		login_iq_error(s, PUSH_E_INCOMPLETE);
	else
		login_wait(s, account_op_new(s->shard, ACCOUNT_REGISTER,
		    s->login->name, prepared, created, s));
	explicit_bzero(prepared, sizeof(prepared));
}

static void
put_fields(struct session *s)
{
	bool	token = s->shard->config->registration == CONFIG_REG_TOKEN &&
	    !s->login->preauthed;

	stanza_printf(stream_out(s->stream), "<iq type='result' id='%s'>"
	    "<query xmlns='" NS_REGISTER "'><instructions>Choose a name and a "
	    "password.</instructions><username/><password/>",
	    s->login->iq_id);
	if (token)
		buf_puts(stream_out(s->stream), "<x xmlns='" NS_DATA "' "
		    "type='form'><title>Registration</title>"
		    "<field type='hidden' var='FORM_TYPE'><value>" NS_REGISTER
		    "</value></field><field type='text-single' var='username' "
		    "label='Name'><required/></field><field "
		    "type='text-private' var='password' label='Password'>"
		    "<required/></field><field type='text-single' var='token' "
		    "label='Token'><required/></field></x>");
	stream_printf(s->stream, "</query></iq>");
}

void
login_register(struct session *s, const struct stanza *iq,
    const struct stanza *query)
{
	if (s->shard->config->registration == CONFIG_REG_CLOSED)
		login_iq_error(s, PUSH_E_DENIED);
	else if (strcmp(stanza_attr(iq, "type"), "get") == 0)
		put_fields(s);
	else if (stanza_child(query, "remove", NULL) != NULL)
		login_iq_error(s, PUSH_E_PROTOCOL);
	else
		create(s, query);
}

/* XEP-0445 section 4: a token before the registration. */
void
login_preauth(struct session *s, const struct stanza *iq,
    const struct stanza *query)
{
	if (s->shard->config->registration != CONFIG_REG_TOKEN ||
	    strcmp(stanza_attr(iq, "type"), "set") != 0) {
		login_iq_error(s, PUSH_E_DENIED);
		return;
	}
	s->login->preauthed = token_fits(s, stanza_attr(query, "token"));
	if (s->login->preauthed) {
		login_iq_result(s);
		return;
	}
	login_iq_error(s, PUSH_E_UNKNOWN);
	(void)login_failed(s, "token");
}
