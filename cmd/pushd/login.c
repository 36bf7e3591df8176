#include "login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/rand.h"
#include "session.h"
#include "session_sm.h"
#include "xmpp/ns.h"

#define STREAM_ID	32	/* hex digits: 128 bits */

void
login_new(struct session *s, int fd)
{
	s->login = mem_zalloc(1, sizeof(*s->login));
	s->login->mech = SASL_NONE;
	s->login->session = s;
	sock_peer_net(fd, s->login->net);
}

void
login_free(struct session *s)
{
	struct login	*l = s->login;

	if (l == NULL)
		return;
	s->login = NULL;
	if (l->op != NULL) {
		l->op->arg = NULL;	/* its done() finds nobody */
		atomic_store(&l->op->kdf.unwanted, true);
	}
	if (l->mech == SASL_SCRAM_SHA_1 || l->mech == SASL_SCRAM_SHA_256)
		scram_server_wipe(&l->scram);
	loop_timer_clear(s->shard->loop, &l->held);
	free(l->iq_id);
	free(l);
}

/* ---- features ---- */

/* XEP-0078 in clear only where the operator allowed clear text. */
bool
login_is_legacy_allowed(const struct session *s)
{
	return s->listener->legacy && (stream_is_secure(s->stream) ||
	    s->listener->tls == CONFIG_TLS_OPTIONAL ||
	    s->listener->tls == CONFIG_TLS_OFF);
}

static bool
can_start_tls(const struct session *s)
{
	return !stream_is_secure(s->stream) &&
	    s->listener->tls != CONFIG_TLS_OFF;
}

static bool
must_start_tls(const struct session *s)
{
	return s->listener->tls == CONFIG_TLS_REQUIRED &&
	    !stream_is_secure(s->stream);
}

static void
put_login_features(struct session *s, struct buf *out)
{
	enum sasl_mech	m;

	buf_puts(out, "<mechanisms xmlns='" NS_SASL "'>");
	for (m = 0; m < SASL_NONE; m++)
		if (m != SASL_PLAIN || stream_is_secure(s->stream))
			stanza_printf(out, "<mechanism>%s</mechanism>",
			    sasl_name(m));
	buf_puts(out, "</mechanisms>");
	if (login_is_legacy_allowed(s))
		buf_puts(out, "<auth xmlns='" NS_F_AUTH "'/>");
	if (s->shard->config->registration != CONFIG_REG_CLOSED)
		buf_puts(out, "<register xmlns='" NS_F_REGISTER "'/>");
}

static void
put_features(struct session *s)
{
	struct buf	*out = stream_out(s->stream);

	buf_puts(out, "<stream:features>");
	if (s->state == SESSION_BIND) {
		buf_puts(out, "<bind xmlns='" NS_BIND "'/>"
		    "<session xmlns='" NS_SESSION "'><optional/></session>"
		    "<sm xmlns='" NS_SM "'/>");
	} else {
		if (must_start_tls(s))
			buf_puts(out, "<starttls xmlns='" NS_TLS "'>"
			    "<required/></starttls>");
		else if (can_start_tls(s))
			buf_puts(out, "<starttls xmlns='" NS_TLS "'/>");
		if (!must_start_tls(s))
			put_login_features(s, out);
	}
	buf_puts(out, "</stream:features>");
	stream_flush(s->stream);
}

/* ---- the header ---- */

/*
 * Our domain always fits.  Where legacy clients are served any `to` does:
 * androidpn names the address it was told to connect to.  Elsewhere an
 * absent or numeric one means the only domain there is.
 */
static bool
is_our_domain(const struct session *s, const char *to)
{
	char	prepared[JID_PART + 1];

	if (s->listener->legacy || to == NULL || jid_domain_is_ip(to))
		return true;
	return jid_prep_domain(to, strlen(to), prepared) == PUSH_OK &&
	    strcmp(prepared, s->shard->config->domain) == 0;
}

void
login_header(struct session *s, const struct xml_header *h)
{
	char	id[STREAM_ID + 1];

	rand_hex(id, STREAM_ID);
	stream_put_header(s->stream, s->shard->config->domain, h->from, id,
	    "en");
	if (!h->is_stream || h->ns == NULL || strcmp(h->ns, NS_CLIENT) != 0)
		session_end(s, "invalid-namespace", NULL);
	else if (!is_our_domain(s, h->to))
		session_end(s, "host-unknown", NULL);
	else if (h->version == NULL || strncmp(h->version, "1.", 2) != 0)
		session_end(s, "unsupported-version", NULL);
	else {
		session_enter(s, s->state == SESSION_AUTHED ? SESSION_BIND :
		    SESSION_LOGIN);
		put_features(s);
	}
}

/* ---- waiting for an account's operation ---- */

void
login_wait(struct session *s, struct account_op *op)
{
	s->login->op = op;
	op->kdf.lane = map_hash(s->login->net, strlen(s->login->net), 0);
	stream_pause(s->stream, true);
	account_begin(op);
}

void
login_go(struct session *s)
{
	stream_pause(s->stream, false);
}

bool
login_failed(struct session *s, const char *how)
{
	struct log_safe	safe;

	log_info("login", "failed peer=%s mechanism=%s user=%s", s->peer, how,
	    log_safe(&safe, s->login->name, strnlen(s->login->name, 16)));
	if (++s->login->tries < s->shard->config->tries)
		return true;
	session_end(s, "policy-violation", "too many failed logins");
	return false;
}

void
login_iq_remember(struct session *s, const struct stanza *iq)
{
	const char	*id = stanza_attr(iq, "id");

	if (id == NULL)
		id = "";
	free(s->login->iq_id);
	s->login->iq_id = mem_strndup(id, strlen(id));
}

static void
put_iq(struct session *s, const char *type)
{
	stanza_printf(stream_out(s->stream), "<iq type='%s' id='%s'", type,
	    s->login->iq_id);
}

void
login_iq_result(struct session *s)
{
	put_iq(s, "result");
	stream_printf(s->stream, "/>");
}

void
login_iq_error(struct session *s, enum push_err e)
{
	put_iq(s, "error");
	stream_printf(s->stream, "><error code='%d' type='%s'><%s xmlns='"
	    NS_STANZAS "'/></error></iq>", err_code(e), err_type(e),
	    err_condition(e));
}

/* ---- bind ---- */

static void
bind(struct session *s, const struct stanza *query)
{
	const char	*asked;
	char		 prepared[JID_PART + 1], jid[JID_MAX + 1];
	struct device	*d = device_find(s->shard, s->login->name);
	enum push_err	 e;

	if (d == NULL || !d->enabled) {
		session_end(s, "not-authorized", "the account is gone");
		return;
	}
	asked = stanza_child_text(query, "resource", NULL);
	if (asked != NULL && asked[0] == '\0')
		asked = NULL;
	if (asked != NULL) {
		if (strlen(asked) > SESSION_RESOURCE || jid_prep_resource(
		    asked, strlen(asked), prepared) != PUSH_OK) {
			login_iq_error(s, PUSH_E_REQUEST);
			return;
		}
		asked = prepared;
	}
	s->device = d;
	if ((e = session_bind(s, asked)) != PUSH_OK) {
		s->device = NULL;
		login_iq_error(s, e);
		return;
	}
	put_iq(s, "result");
	stream_printf(s->stream, "><bind xmlns='" NS_BIND "'><jid>%s</jid>"
	    "</bind></iq>", session_jid(s, jid));
	session_enter(s, SESSION_BOUND);
}

/* ---- elements before the session is bound ---- */

static void
start_tls(struct session *s)
{
	struct tls_ctx	*ctx;

	if (!can_start_tls(s) || s->state != SESSION_LOGIN) {
		stanza_printf(stream_out(s->stream), "<failure xmlns='"
		    NS_TLS "'/>");
		session_end(s, "policy-violation", NULL);
		return;
	}
	stream_printf(s->stream, "<proceed xmlns='" NS_TLS "'/>");
	ctx = listener_tls(s->listener);
	stream_start_tls(s->stream, ctx, NULL, false);
	tls_ctx_unref(&ctx);
}

static void
login_iq(struct session *s, const struct stanza *iq)
{
	const struct stanza	*q = iq->child;
	const char		*type = stanza_attr(iq, "type");

	/* An answer is never answered (RFC 6120 section 8.2.3). */
	if (type != NULL && (strcmp(type, "result") == 0 ||
	    strcmp(type, "error") == 0))
		return;
	login_iq_remember(s, iq);
	if (type == NULL || q == NULL || stanza_attr(iq, "id") == NULL ||
	    stanza_children(iq) != 1 ||
	    (strcmp(type, "get") != 0 && strcmp(type, "set") != 0))
		login_iq_error(s, PUSH_E_REQUEST);
	else if (s->state == SESSION_BIND && stanza_is(q, "bind", NS_BIND) &&
	    strcmp(type, "set") == 0)
		bind(s, q);
	else if (s->state != SESSION_LOGIN)
		session_end(s, "not-authorized", "bind a resource first");
	else if (must_start_tls(s))
		session_end(s, "policy-violation", "STARTTLS comes first");
	else if (stanza_is(q, "query", NS_AUTH))
		login_legacy(s, iq, q);
	else if (stanza_is(q, "query", NS_REGISTER))
		login_register(s, iq, q);
	else if (stanza_is(q, "preauth", NS_PARS))
		login_preauth(s, iq, q);
	else if (s->listener->legacy)
		login_iq_error(s, PUSH_E_AUTH);
	else
		session_end(s, "not-authorized", "log in first");
}

void
login_stanza(struct session *s, const struct stanza *st)
{
	if (stanza_is(st, "starttls", NS_TLS))
		start_tls(s);
	else if (strcmp(st->ns, NS_SASL) == 0)
		login_sasl(s, st);
	else if (s->state == SESSION_BIND && session_sm_element(s, st))
		return;
	else if (stanza_is(st, "iq", NS_CLIENT))
		login_iq(s, st);
	else if (s->listener->legacy && s->state == SESSION_LOGIN &&
	    !must_start_tls(s) && sm_counts(st))
		stream_printf(s->stream, "<%s type='error'><error code='401' "
		    "type='auth'><not-authorized xmlns='" NS_STANZAS
		    "'/></error></%s>", st->name, st->name);
	else
		session_end(s, "not-authorized", NULL);
}

void
login_moved(struct session *s)
{
	if (s->login->mech == SASL_NONE) {
		login_legacy_moved(s);
		return;
	}
	login_go(s);
}
