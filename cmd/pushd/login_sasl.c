/* login_sasl - RFC 6120 section 6: SCRAM and PLAIN, before bind. */
#include "login.h"

#include <string.h>

#include "base/log.h"
#include "session.h"
#include "xmpp/ns.h"

static void
failure(struct session *s, const char *condition)
{
	struct login	*l = s->login;

	if (l->mech == SASL_SCRAM_SHA_1 || l->mech == SASL_SCRAM_SHA_256)
		scram_server_wipe(&l->scram);
	l->mech = SASL_NONE;
	stream_printf(s->stream, "<failure xmlns='" NS_SASL "'><%s/>"
	    "</failure>", condition);
}

static void
refuse(struct session *s, const char *condition)
{
	const char	*how = sasl_name(s->login->mech);

	failure(s, condition);
	(void)login_failed(s, how);
}

/* Our own trouble is never told as a wrong password. */
static void
refuse_for(struct session *s, enum push_err e)
{
	if (e == PUSH_E_DISK || e == PUSH_E_BUSY || e == PUSH_E_INTERNAL)
		failure(s, "temporary-auth-failure");
	else if (e == PUSH_E_DENIED)
		refuse(s, "account-disabled");
	else if (e == PUSH_E_PROTOCOL)
		refuse(s, "malformed-request");
	else
		refuse(s, "not-authorized");
}

/* Logged in: the rest happens where the account lives. */
static void
success(struct session *s, const char *text, size_t n)
{
	struct buf	*out = stream_out(s->stream);

	buf_puts(out, "<success xmlns='" NS_SASL "'>");
	if (n > 0)
		sasl_encode(out, text, n);
	buf_puts(out, "</success>");
	stream_flush(s->stream);
	log_info("login", "ok peer=%s mechanism=%s user=%s", s->peer,
	    sasl_name(s->login->mech), s->login->name);
	session_enter(s, SESSION_AUTHED);
	stream_pause(s->stream, true);
	stream_restart(s->stream);
	session_move(s, shard_of(s->shard->pushd, s->login->name));
}

/*
 * An authzid may only say the name again: as our JID, as Net::XMPP does at the
 * address that it named in the stream's head, or as Smack 3 does, bare.
 */
static bool
is_own(const struct session *s, const char *authzid)
{
	const char	*name = s->login->name;
	size_t		 n = strlen(authzid);
	char		 local[JID_PART + 1];
	struct jid	 jid;

	if (memchr(authzid, '@', n) == NULL)
		return jid_prep_local(authzid, n, local) == PUSH_OK &&
		    strcmp(local, name) == 0;
	return jid_parse(authzid, n, &jid) == PUSH_OK &&
	    jid.resource[0] == '\0' && strcmp(jid.local, name) == 0 &&
	    (strcmp(jid.domain, s->shard->config->domain) == 0 ||
	    jid_domain_is_ip(jid.domain));
}

static enum push_err
take_name(struct session *s, const char *name, size_t n, const char *authzid)
{
	if (jid_prep_local(name, n, s->login->name) != PUSH_OK)
		return PUSH_E_AUTH;
	return authzid[0] == '\0' || is_own(s, authzid) ? PUSH_OK :
	    PUSH_E_DENIED;
}

/* ---- SCRAM ---- */

static void
challenge(struct account_op *op)
{
	struct session	*s = op->arg;
	struct buf	 msg;

	if (s == NULL) {
		account_op_free(&op);
		return;
	}
	s->login->op = NULL;
	if (op->err != PUSH_OK && op->err != PUSH_E_UNKNOWN) {
		refuse_for(s, op->err);
	} else {
		/* The exchange with nobody fails at its end, not here. */
		buf_init(&msg, SCRAM_MESSAGE);
		scram_server_challenge(&s->login->scram, &op->row.cred, &msg);
		buf_puts(stream_out(s->stream), "<challenge xmlns='" NS_SASL
		    "'>");
		sasl_encode(stream_out(s->stream), msg.p, msg.len);
		stream_printf(s->stream, "</challenge>");
		buf_release_secret(&msg);
		s->login->enabled = op->row.enabled;
	}
	account_op_free(&op);
	login_go(s);
}

static void
scram_first(struct session *s, const struct buf *msg)
{
	struct login	*l = s->login;
	enum push_err	 e;

	scram_server_init(&l->scram, l->mech == SASL_SCRAM_SHA_1 ?
	    DIGEST_SHA1 : DIGEST_SHA256);
	e = scram_server_first(&l->scram, msg->p, msg->len);
	if (e == PUSH_OK)
		e = take_name(s, l->scram.name, strlen(l->scram.name),
		    l->scram.authzid);
	if (e == PUSH_E_DENIED) {
		refuse(s, "invalid-authzid");
		return;
	}
	if (e != PUSH_OK) {
		refuse_for(s, e);
		return;
	}
	login_wait(s, account_op_new(s->shard, ACCOUNT_LOOKUP, l->name, NULL,
	    challenge, s));
}

static void
scram_final(struct session *s, const struct buf *msg)
{
	struct buf	out;
	enum push_err	e;

	buf_init(&out, SCRAM_MESSAGE);
	e = scram_server_final(&s->login->scram, msg->p, msg->len, &out);
	if (e == PUSH_OK && !s->login->enabled)
		refuse(s, "account-disabled");
	else if (e == PUSH_OK)
		success(s, out.p, out.len);
	else
		refuse_for(s, e);
	buf_release_secret(&out);
}

/* ---- PLAIN ---- */

static void
plain_checked(struct account_op *op)
{
	struct session	*s = op->arg;

	if (s != NULL) {
		s->login->op = NULL;
		if (op->err == PUSH_OK) {
			success(s, NULL, 0);
		} else {
			refuse_for(s, op->err);
			login_go(s);
		}
	}
	account_op_free(&op);
}

static void
plain(struct session *s, struct buf *msg)
{
	struct sasl_plain	p;
	char			prepared[SASL_PAYLOAD];
	enum push_err		e;

	e = sasl_plain_parse(buf_str(msg), msg->len, &p);
	if (e == PUSH_OK)
		e = take_name(s, p.name, p.namelen, p.authzid);
	if (e == PUSH_OK)
		e = jid_prep_password(p.password, p.passlen, prepared,
		    sizeof(prepared));
	if (e == PUSH_E_DENIED)
		refuse(s, "invalid-authzid");
	else if (e != PUSH_OK)
		refuse_for(s, e);
	else
		login_wait(s, account_op_new(s->shard, ACCOUNT_CHECK,
		    s->login->name, prepared, plain_checked, s));
	explicit_bzero(prepared, sizeof(prepared));
}

/* ---- elements ---- */

static void
message(struct session *s, struct buf *msg)
{
	if (s->login->mech == SASL_PLAIN)
		plain(s, msg);
	else if (s->login->scram.server_first.len == 0)
		scram_first(s, msg);
	else
		scram_final(s, msg);
}

/* The payload of <auth/> or <response/>. */
static void
decode(struct session *s, const struct stanza *st)
{
	struct buf	msg;

	buf_init(&msg, SASL_PAYLOAD);
	if (sasl_decode(st->text, st->textlen, &msg) != PUSH_OK)
		refuse(s, "incorrect-encoding");
	else
		message(s, &msg);
	buf_release_secret(&msg);
}

static void
begin(struct session *s, const struct stanza *st)
{
	const char	*name = stanza_attr(st, "mechanism");
	enum sasl_mech	 m = name != NULL ? sasl_from_name(name) : SASL_NONE;

	if (s->listener->tls == CONFIG_TLS_REQUIRED &&
	    !stream_is_secure(s->stream)) {
		refuse(s, "encryption-required");
		return;
	}
	if (m == SASL_PLAIN && !stream_is_secure(s->stream)) {
		refuse(s, "encryption-required");
		return;
	}
	if (m == SASL_NONE || s->login->mech != SASL_NONE) {
		refuse(s, m == SASL_NONE ? "invalid-mechanism" :
		    "malformed-request");
		return;
	}
	s->login->mech = m;
	memset(&s->login->scram, 0, sizeof(s->login->scram));
	/* No initial response: the client's first message is asked for. */
	if (st->textlen == 0)
		stream_printf(s->stream, "<challenge xmlns='" NS_SASL "'/>");
	else
		decode(s, st);
}

void
login_sasl(struct session *s, const struct stanza *st)
{
	if (s->state != SESSION_LOGIN)
		session_end(s, "not-authorized", "already logged in");
	else if (strcmp(st->name, "auth") == 0)
		begin(s, st);
	else if (strcmp(st->name, "response") == 0 &&
	    s->login->mech != SASL_NONE)
		decode(s, st);
	else if (strcmp(st->name, "abort") == 0)
		refuse(s, "aborted");
	else
		refuse(s, "malformed-request");
}
