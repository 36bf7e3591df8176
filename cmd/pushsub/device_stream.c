/* device_stream - the device's stream: opening it, and what it tells. */
#include <string.h>

#include "base/mem.h"
#include "device_parts.h"
#include "io/sock.h"
#include "xmpp/ns.h"

#define PORT		"5222"
#define MAX_OUT		(256 * 1024)	/* output that may wait */
#define DEAD_PEER_MS	120000		/* TCP_USER_TIMEOUT */

/*
 * pushd's largest push, 512 KiB, in XML: each byte may become six, and a
 * title is there three times.
 */
static const struct xml_limits	limits = {
	.stanza = 10 * 1024 * 1024, .depth = 64, .children = 4096,
	.attributes = 64, .namespaces = 64, .name = 1024,
};

void
device_put_header(struct device *d)
{
	const struct site	*site = d->site;
	const char		*to = site->domain;

	/* An androidpn phone names the configured host until TLS is up. */
	if (to[0] == '\0' ||
	    (site->set->legacy && !stream_is_secure(d->stream)))
		to = site->where.host;
	/* A server with one domain needs no name, and an IP is none. */
	if (!site->set->legacy && jid_domain_is_ip(to))
		to = NULL;
	stream_put_header(d->stream, NULL, to, NULL, NULL);
	stream_flush(d->stream);
	d->wrote_ms = loop_now(site->loop);
	device_enter(d, DEVICE_CONNECTING);
}

static void
on_header(void *arg, const struct xml_header *header)
{
	struct device	*d = arg;
	struct site	*site = d->site;

	d->reached = true;
	d->login->answered = true;
	if (!header->is_stream || header->ns == NULL ||
	    strcmp(header->ns, NS_CLIENT) != 0) {
		device_fail(d, err_exit(PUSH_E_PROTOCOL),
		    "no XMPP server for clients answers at %s",
		    site->set->server);
		return;
	}
	if (!site->domain_given && header->from != NULL &&
	    jid_prep_domain(header->from, strlen(header->from),
	    site->domain) != PUSH_OK)
		site->domain[0] = '\0';
	if (d->state == DEVICE_CONNECTING)
		device_enter(d, DEVICE_FEATURES);
}

/* Conditions that another try would only meet again. */
static bool
is_final(const char *condition)
{
	static const char *const	final[] = {
		"host-gone", "host-unknown", "improper-addressing",
		"invalid-namespace", "not-authorized", "unsupported-version",
	};
	size_t	i;

	for (i = 0; i < sizeof(final) / sizeof(final[0]); i++)
		if (strcmp(final[i], condition) == 0)
			return true;
	return false;
}

static void
on_stream_error(struct device *d, const struct stanza *st)
{
	const struct stanza	*c = stanza_child_ns(st, NS_STREAMS);
	const char		*condition = c != NULL ? c->name : "unknown";
	const char		*text = stanza_child_text(st, "text",
				    NS_STREAMS);
	const char		*said;
	struct site		*site = d->site;

	if (strcmp(condition, "host-unknown") == 0 && !site->domain_given &&
	    site->domain[0] != '\0' && !d->redirected) {
		/* The header of the refusal said who the server is. */
		d->redirected = true;
		stream_free(&d->stream);
		device_enter(d, DEVICE_IDLE);
		device_start(d);
		return;
	}
	said = text != NULL ? ": " : "";
	text = text != NULL ? text : "";
	if (is_final(condition) && !d->was_ready)
		device_fail(d, err_exit(PUSH_E_PROTOCOL),
		    "stream error %s%s%s", condition, said, text);
	else
		device_lost(d, "stream error %s%s%s", condition, said, text);
}

static void
on_closing_stanza(struct device *d, const struct stanza *st)
{
	(void)d;
	(void)st;
}

typedef void	state_handler(struct device *, const struct stanza *);

static state_handler *const	modern[] = {
	[DEVICE_IDLE] = on_closing_stanza,
	[DEVICE_CONNECTING] = on_closing_stanza,
	[DEVICE_FEATURES] = device_login_features,
	[DEVICE_TLS] = device_login_tls,
	[DEVICE_REGISTER] = device_login_register,
	[DEVICE_AUTH] = device_sasl_stanza,
	[DEVICE_BIND] = device_login_bind,
	[DEVICE_RESUME] = device_login_resume,
	[DEVICE_SM] = device_login_sm,
	[DEVICE_READY] = device_ready_stanza,
	[DEVICE_CLOSING] = on_closing_stanza,
};

static void
on_stanza(void *arg, const struct stanza *st)
{
	struct device	*d = arg;

	d->heard = true;
	if (stanza_is(st, "error", NS_STREAM))
		on_stream_error(d, st);
	else if (d->site->set->legacy && d->state == DEVICE_FEATURES)
		device_legacy_features(d, st);
	else if (d->site->set->legacy && d->state == DEVICE_REGISTER)
		device_legacy_register(d, st);
	else if (d->site->set->legacy && d->state == DEVICE_AUTH)
		device_legacy_auth(d, st);
	else
		modern[d->state](d, st);
}

static void
on_secure(void *arg)
{
	device_put_header(arg);
}

static void
on_gone(void *arg, const char *reason, bool clean)
{
	struct device	*d = arg;

	/* No header came: the server may live at its next address. */
	if (d->login != NULL && !d->login->answered &&
	    ++d->place % d->site->where.count != 0) {
		stream_free(&d->stream);
		device_enter(d, DEVICE_IDLE);
		device_start(d);
		return;
	}
	/* As a rule its certificate: to try again would not help. */
	if (strncmp(reason, "TLS: ", 5) == 0 && !d->was_ready)
		device_fail(d, err_exit(PUSH_E_UNREACHABLE), "%s (--ca FILE "
		    "names whom to trust, --insecure trusts all)", reason);
	else
		device_cut(d, clean ? "the server closed the stream" :
		    reason, clean || strcmp(reason, "closed by peer") == 0);
}

static const struct stream_news	stream_news = {
	.on_header = on_header,
	.on_stanza = on_stanza,
	.on_secure = on_secure,
	.on_gone = on_gone,
};

/* The next of the server's addresses; -1 and a sentence. */
static int
dial(struct device *d, struct err_text *why)
{
	struct where	*w = &d->site->where;
	int		 fd;

	if (where_look_up(w, loop_now(d->site->loop), why) != 0)
		return -1;
	fd = sock_connect_tcp(w->addr[d->place % w->count], PORT, why);
	if (fd >= 0)
		sock_tune_tcp(fd, DEAD_PEER_MS);
	return fd;
}

void
device_start(struct device *d)
{
	const struct site	*site = d->site;
	struct err_text		 why;
	int			 fd;

	d->streams++;
	d->sm.on = false;
	if ((fd = dial(d, &why)) < 0) {
		device_lost(d, "%s", why.s);
		return;
	}
	d->login = mem_zalloc(1, sizeof(*d->login));
	d->stream = stream_new(site->loop, fd, site->pool, &limits,
	    &stream_news, d, false, MAX_OUT);
	if (site->set->tls != TLS_POLICY_DIRECT) {
		device_put_header(d);
		return;
	}
	device_enter(d, DEVICE_TLS);
	stream_start_tls(d->stream, site->tls, site->domain_given ?
	    site->domain : site->where.host, true);
}
