/*
 * fuzz_push - whatever is taken as a push makes an object that parses, holds
 * the sender's values unchanged, and stanzas that are well-formed XML with
 * the very object inside.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "pushd/push.h"
#include "xmpp/ns.h"
#include "xmpp/stanza.h"
#include "xmpp/xml.h"

#define MUST(cond)	do { if (!(cond)) abort(); } while (0)
#define OUT_MAX		(16 * 1024 * 1024)

static const char *const	carried[] = { "title", "message", "uri",
    "priority", "data", "tags", "icon", "actions", "attach", "format" };

struct seen {
	const struct push	*push;
	struct json		*object;
	enum push_form		 form;
	size_t			 stanzas;
};

static void
must_keep(const char *p, size_t n, const struct push *made)
{
	const char	*a, *b;
	size_t		 alen, blen, i;
	bool		 given;

	for (i = 0; i < sizeof(carried) / sizeof(carried[0]); i++) {
		given = json_slice(p, n, carried[i], &a, &alen);
		MUST(json_slice(made->body, made->len, carried[i], &b,
		    &blen) == given);
		MUST(!given || (alen == blen && memcmp(a, b, alen) == 0));
	}
}

/* Text of the child, where XML has normalized nothing away. */
static void
must_say(const struct stanza *st, const char *child, const char *ns,
    const char *text)
{
	const char	*got = stanza_child_text(st, child, ns);

	MUST(got != NULL && strcmp(got, text != NULL ? text : "") == 0);
}

static void
on_element(void *arg, const struct stanza *st)
{
	struct seen		*s = arg;
	const struct stanza	*note;
	const char		*title = json_get_string(s->object, "title");
	const char		*body = json_get_string(s->object, "message");

	s->stanzas++;
	if (s->form == PUSH_MESSAGE) {
		MUST(stanza_is(st, "message", NS_CLIENT));
		must_say(st, "json", NS_JSON, s->push->body);
		must_say(st, "body", NULL, body != NULL && body[0] != '\0' ?
		    body : title);
		return;
	}
	note = stanza_child(st, "notification", NS_ANDROIDPN);
	MUST(stanza_is(st, "iq", NS_CLIENT) && stanza_children(st) == 1);
	MUST(note != NULL && stanza_children(note) == 6);
	must_say(note, "title", NULL, title);
	must_say(note, "message", NULL, body);
	must_say(note, "uri", NULL, json_get_string(s->object, "uri"));
}

static void
on_header(void *arg, const struct xml_header *h)
{
	(void)arg;
	MUST(h->is_stream);
}

static void
on_close(void *arg)
{
	(void)arg;
	abort();
}

static const struct xml_news	news = { on_header, on_element, on_close };

static void
must_be_stanza(struct seen *s)
{
	static const struct xml_limits	limits = { OUT_MAX, 100, 100, 100,
	    100, 1000 };
	static struct xml_pool		*pool;
	enum push_err			 err;
	struct xml			 x;
	struct buf			 b;

	if (pool == NULL)
		pool = xml_pool_new();
	xml_init(&x, pool, &limits);
	buf_init(&b, OUT_MAX);
	buf_puts(&b, "<stream:stream xmlns='jabber:client' "
	    "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>");
	push_put(s->push, s->form, "d@x/r", "x", true, &b);
	MUST(buf_ok(&b));
	MUST(xml_feed(&x, b.p, b.len, &news, s, &err) == (ssize_t)b.len);
	MUST(s->stanzas == 1);
	xml_release(&x);
	buf_release(&b);
}

static void
must_make(const char *p, size_t n, const struct push_ask *ask)
{
	struct push	*made = push_make(ask, 62, 1000);
	struct seen	 s = { .push = made };

	MUST(ask->to != NULL && ask->object != NULL);
	MUST(json_parse(made->body, made->len, &s.object, NULL) == PUSH_OK);
	MUST(made->expires_ms >= made->accepted_ms);
	must_keep(p, n, made);
	for (s.form = PUSH_MESSAGE; s.form <= PUSH_NOTIFICATION; s.form++) {
		s.stanzas = 0;
		must_be_stanza(&s);
	}
	json_free(&s.object);
	push_unref(&made);
}

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char	*p = (const char *)data;
	struct json	*j = NULL;
	struct push_ask	 ask;
	struct err_text	 why = { "" };
	enum push_err	 e;

	if (n == 0 || n > 65536 || json_parse(p, n, &j, NULL) != PUSH_OK)
		return 0;
	e = push_parse(j, p, n, &ask, &why);
	/* Where "to" itself is bad the target's parser refuses it later. */
	if (e == PUSH_OK && utf8_valid_xml(ask.to, strlen(ask.to)))
		must_make(p, n, &ask);
	MUST(e == PUSH_OK || (why.s[0] != '\0' && ask.object == NULL));
	MUST(utf8_valid(why.s, strlen(why.s)));
	push_ask_release(&ask);
	json_free(&j);
	return 0;
}
