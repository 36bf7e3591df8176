/* device_login - from the server's features to the first presence. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "device_parts.h"
#include "xmpp/ns.h"

#define ID_REGISTER	"register"
#define ID_BIND		"bind"

static bool
is_answer(const struct stanza *st, const char *id)
{
	const char	*got = stanza_attr(st, "id");
	const char	*type = stanza_attr(st, "type");

	return stanza_is(st, "iq", NS_CLIENT) && type != NULL &&
	    (strcmp(type, "result") == 0 || strcmp(type, "error") == 0) &&
	    got != NULL && strcmp(got, id) == 0;
}

static bool
is_result(const struct stanza *st)
{
	return strcmp(stanza_attr(st, "type"), "result") == 0;
}

void
device_login_refused(struct device *d, const char *what,
    const struct stanza *st)
{
	const struct stanza	*error = stanza_child(st, "error", NULL);
	const struct stanza	*c;
	const char		*type, *text;
	const char		*name, *said;

	c = error != NULL ? stanza_child_ns(error, NS_STANZAS) : NULL;
	type = error != NULL ? stanza_attr(error, "type") : NULL;
	text = error != NULL ? stanza_child_text(error, "text", NS_STANZAS) :
	    NULL;
	name = c != NULL ? c->name : "error";
	said = text != NULL ? ": " : "";
	text = text != NULL ? text : "";
	if (type != NULL && strcmp(type, "wait") == 0)
		device_lost(d, "%s: %s%s%s", what, name, said, text);
	else
		device_fail(d, err_exit(PUSH_E_AUTH), "%s: %s%s%s", what,
		    name, said, text);
}

bool
device_login_starttls(struct device *d, const struct stanza *st)
{
	const struct settings	*set = d->site->set;
	const struct stanza	*offer = stanza_child(st, "starttls", NS_TLS);

	if (stream_is_secure(d->stream) || set->tls == TLS_POLICY_OFF)
		return false;
	if (offer != NULL) {
		stream_printf(d->stream, "<starttls xmlns='" NS_TLS "'/>");
		device_enter(d, DEVICE_TLS);
		return true;
	}
	if (set->tls != TLS_POLICY_REQUIRE)
		return false;
	device_fail(d, err_exit(PUSH_E_PROTOCOL),
	    "the server offers no TLS (--tls off does without)");
	return true;
}

void
device_login_tls(struct device *d, const struct stanza *st)
{
	const struct site	*site = d->site;

	if (!stanza_is(st, "proceed", NS_TLS)) {
		device_lost(d, "the server refused STARTTLS");
		return;
	}
	stream_start_tls(d->stream, site->tls, site->domain_given ?
	    site->domain : site->where.host, false);
}

static void
ask_to_register(struct device *d)
{
	device_enter(d, DEVICE_REGISTER);
	stream_printf(device_says(d), "<iq type='set' id='" ID_REGISTER "'>"
	    "<query xmlns='" NS_REGISTER "'><username>%s</username>"
	    "<password>%s</password></query></iq>", d->name, d->password);
}

void
device_login_register(struct device *d, const struct stanza *st)
{
	const struct stanza	*error;

	if (!is_answer(st, ID_REGISTER))
		return;
	error = stanza_child(st, "error", NULL);
	if (!is_result(st) && (error == NULL ||
	    stanza_child(error, "conflict", NS_STANZAS) == NULL)) {
		device_login_refused(d, "register", st);
		return;
	}
	/* It may be ours already: the password will tell. */
	d->login->exists = !is_result(st);
	d->registered = true;
	device_sasl_start(d);
}

static void
ask_to_bind(struct device *d)
{
	d->sm.on = false;
	free(d->resume);
	d->resume = NULL;
	device_enter(d, DEVICE_BIND);
	stream_printf(device_says(d), "<iq type='set' id='" ID_BIND "'>"
	    "<bind xmlns='" NS_BIND "'/></iq>");
}

static void
after_login(struct device *d, const struct stanza *st)
{
	d->login->sm = d->site->set->ack == ACK_AUTO &&
	    stanza_child(st, "sm", NS_SM) != NULL;
	if (d->resume == NULL || !d->login->sm) {
		ask_to_bind(d);
		return;
	}
	device_enter(d, DEVICE_RESUME);
	stream_printf(d->stream, "<resume xmlns='" NS_SM "' h='%u' "
	    "previd='%s'/>", ledger_handled(&d->ledger), d->resume);
}

static void
read_mechanisms(struct device *d, const struct stanza *st)
{
	const struct stanza	*m = stanza_child(st, "mechanisms", NS_SASL);

	d->login->mechs = 0;
	for (m = m != NULL ? m->child : NULL; m != NULL; m = m->next)
		if (stanza_is(m, "mechanism", NS_SASL))
			d->login->mechs |= 1U << sasl_from_name(m->text);
}

void
device_login_features(struct device *d, const struct stanza *st)
{
	if (!stanza_is(st, "features", NS_STREAM)) {
		device_lost(d, "the server sent no features");
		return;
	}
	if (d->login->authed) {
		after_login(d, st);
		return;
	}
	if (device_login_starttls(d, st))
		return;
	read_mechanisms(d, st);
	if (d->registered)
		device_sasl_start(d);
	else
		ask_to_register(d);
}

/* Available: the first stanza that stream management counts. */
static void
be_available(struct device *d)
{
	stream_printf(device_says(d), "<presence/>");
	device_become_ready(d);
}

void
device_login_bind(struct device *d, const struct stanza *st)
{
	if (!is_answer(st, ID_BIND))
		return;
	if (!is_result(st)) {
		device_login_refused(d, "bind", st);
		return;
	}
	ledger_reset(&d->ledger, 0);
	d->asked = d->told = 0;
	if (!d->login->sm) {
		be_available(d);
		return;
	}
	device_enter(d, DEVICE_SM);
	stream_printf(d->stream, "<enable xmlns='" NS_SM "' resume='true'/>");
}

void
device_login_sm(struct device *d, const struct stanza *st)
{
	const char	*id, *resume;

	if (stanza_is(st, "enabled", NS_SM)) {
		d->sm = (struct sm){ .on = true };
		id = stanza_attr(st, "id");
		resume = stanza_attr(st, "resume");
		if (id != NULL && resume != NULL &&
		    (strcmp(resume, "true") == 0 || strcmp(resume, "1") == 0))
			d->resume = mem_strndup(id, strlen(id));
		be_available(d);
	} else if (stanza_is(st, "failed", NS_SM)) {
		be_available(d);
	}
}

static void
resumed(struct device *d, const struct stanza *st)
{
	uint32_t	h, newly;

	ledger_reset(&d->ledger, ledger_handled(&d->ledger));
	d->asked = d->told = d->ledger.received;
	d->sm.on = true;
	if (!sm_read_h(st, &h)) {
		device_lost(d, "the server resumed without a count");
		return;
	}
	/* A session of an earlier run: its server knows what we sent. */
	if (d->sm.out == 0)
		d->sm.out = h;
	(void)sm_acknowledge(&d->sm, h, &newly);
	d->sm.out = d->sm.acked = h;
	/* Of what may be lost only the presence matters: the first stanza. */
	if (h == 0)
		be_available(d);
	else
		device_become_ready(d);
}

void
device_login_resume(struct device *d, const struct stanza *st)
{
	if (stanza_is(st, "resumed", NS_SM))
		resumed(d, st);
	else if (stanza_is(st, "failed", NS_SM))
		ask_to_bind(d);
}
