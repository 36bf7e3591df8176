/*
 * device_legacy - the unmodified androidpn client (Smack 3): the order and
 * the form of its stanzas, its timers, and how it takes being cut off.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device_parts.h"
#include "xmpp/ns.h"

#define RESOURCE	"AndroidpnClient"
#define SPACE_MS	30000		/* of silence, then a space */

enum {			/* login->step */
	STEP_GET = 1,	/* asked which fields XEP-0078 wants */
	STEP_SET,	/* sent the password */
};

const char *
device_legacy_id(struct device *d)
{
	static char	id[24];

	(void)snprintf(id, sizeof(id), "%s-%u", d->word, d->serial++);
	return id;
}

static void
ask_to_register(struct device *d)
{
	device_enter(d, DEVICE_REGISTER);
	stream_printf(device_says(d), "<iq id=\"%s\" type=\"set\">"
	    "<query xmlns=\"" NS_REGISTER "\"><password>%s</password>"
	    "<username>%s</username></query></iq>", device_legacy_id(d),
	    d->password, d->name);
}

static void
ask_for_fields(struct device *d)
{
	d->login->step = STEP_GET;
	device_enter(d, DEVICE_AUTH);
	stream_printf(device_says(d), "<iq id=\"%s\" type=\"get\">"
	    "<query xmlns=\"" NS_AUTH "\"><username>%s</username></query>"
	    "</iq>", device_legacy_id(d), d->name);
}

static void
send_password(struct device *d)
{
	d->login->step = STEP_SET;
	device_enter(d, DEVICE_AUTH);
	stream_printf(device_says(d), "<iq id=\"%s\" type=\"set\">"
	    "<query xmlns=\"" NS_AUTH "\"><username>%s</username>"
	    "<password>%s</password><resource>" RESOURCE "</resource>"
	    "</query></iq>", device_legacy_id(d), d->name, d->password);
}

static void
be_available(struct device *d)
{
	ledger_reset(&d->ledger, 0);
	stream_printf(device_says(d), "<iq id=\"%s\" type=\"get\">"
	    "<query xmlns=\"" NS_ROSTER "\" ></query></iq>",
	    device_legacy_id(d));
	stream_printf(device_says(d), "<presence id=\"%s\"></presence>",
	    device_legacy_id(d));
	device_become_ready(d);
}

void
device_legacy_features(struct device *d, const struct stanza *st)
{
	if (!stanza_is(st, "features", NS_STREAM) ||
	    device_login_starttls(d, st))
		return;
	if (d->registered)
		ask_for_fields(d);
	else
		ask_to_register(d);
}

/* Answers carry the id of the one request that is out. */
static bool
is_answer(const struct device *d, const struct stanza *st)
{
	const char	*id = stanza_attr(st, "id");
	const char	*type = stanza_attr(st, "type");
	char		 expected[24];

	(void)snprintf(expected, sizeof(expected), "%s-%u", d->word,
	    d->serial - 1);
	return stanza_is(st, "iq", NS_CLIENT) && id != NULL &&
	    strcmp(id, expected) == 0 && type != NULL &&
	    (strcasecmp(type, "result") == 0 ||
	    strcasecmp(type, "error") == 0);
}

static bool
is_error(const struct stanza *st)
{
	return strcasecmp(stanza_attr(st, "type"), "error") == 0;
}

void
device_legacy_register(struct device *d, const struct stanza *st)
{
	if (!is_answer(d, st))
		return;
	if (is_error(st)) {
		if (stanza_child(st, "error", NULL) != NULL &&
		    stanza_child(stanza_child(st, "error", NULL), "conflict",
		    NS_STANZAS) != NULL)
			device_fail(d, err_exit(PUSH_E_AUTH), "register: "
			    "exists (with another password; take another "
			    "name)");
		else
			device_login_refused(d, "register", st);
		return;
	}
	d->registered = true;
	ask_for_fields(d);
}

/* What makes the client forget its account: "401" in the error. */
static bool
is_401(const struct stanza *st)
{
	const struct stanza	*error = stanza_child(st, "error", NULL);
	const char		*code, *text;

	if (error == NULL)
		return false;
	code = stanza_attr(error, "code");
	text = stanza_child_text(error, "text", NS_STANZAS);
	return (code != NULL && strcmp(code, "401") == 0) ||
	    (text != NULL && strstr(text, "401") != NULL);
}

static void
on_fields(struct device *d, const struct stanza *st)
{
	const struct stanza	*query = stanza_child(st, "query", NS_AUTH);

	if (query == NULL || stanza_child(query, "password", NULL) == NULL)
		device_fail(d, err_exit(PUSH_E_AUTH),
		    "login: the server takes no clear password here");
	else
		send_password(d);
}

void
device_legacy_auth(struct device *d, const struct stanza *st)
{
	if (!is_answer(d, st))
		return;
	if (is_error(st)) {
		if (is_401(st) && d->site->set->user == NULL) {
			device_make_account(d);
			ask_to_register(d);
		} else
			device_login_refused(d, "login", st);
		return;
	}
	if (d->login->step == STEP_GET)
		on_fields(d, st);
	else
		be_available(d);
}

void
device_legacy_tick(struct device *d)
{
	uint64_t	now = loop_now(d->site->loop);

	if (now - d->wrote_ms >= SPACE_MS) {
		buf_putc(stream_out(d->stream), ' ');
		stream_flush(d->stream);
		d->wrote_ms = now;
	}
	loop_timer_set(d->site->loop, &d->timer, SPACE_MS);
}

int64_t
device_legacy_delay(const struct device *d, bool fin)
{
	/* An end without an error is not noticed: the phone stays away. */
	if (fin && d->was_ready)
		return -1;
	if (d->tries <= 8)
		return 10000;
	if (d->tries <= 14)
		return 60000;
	return d->tries <= 21 ? 300000 : 600000;
}

void
device_legacy_refuse(const struct stanza *st, struct buf *out)
{
	const char	*id = stanza_attr(st, "id");
	const char	*from = stanza_attr(st, "from");

	stanza_printf(out, "<iq id=\"%s\"", id != NULL ? id : "");
	if (from != NULL)
		stanza_printf(out, " to=\"%s\"", from);
	buf_puts(out, " type=\"error\"><error code=\"501\" type=\"CANCEL\">"
	    "<feature-not-implemented xmlns=\"" NS_STANZAS "\"/></error>"
	    "</iq>");
}
