#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "pushd/push.h"
#include "tap.h"

/* What push_parse() made of a text. */
struct got {
	struct push_ask	ask;
	struct err_text	why;
	enum push_err	err;
};

static void
parse(struct got *g, const char *text)
{
	struct json	*j = NULL;

	memset(g, 0, sizeof(*g));
	if (json_parse(text, strlen(text), &j, NULL) != PUSH_OK) {
		g->err = PUSH_E_JSON;
		return;
	}
	g->err = push_parse(j, text, strlen(text), &g->ask, &g->why);
	json_free(&j);
}

static bool
same(const char *a, const char *b)
{
	return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

static void
expect_object(const char *text, const char *object)
{
	struct got	g;

	parse(&g, text);
	ok(g.err == PUSH_OK && same(g.ask.object, object) &&
	    g.ask.objectlen == strlen(object), "%.70s is taken", text);
	if (g.err != PUSH_OK)
		printf("# %s\n", g.why.s);
	push_ask_release(&g.ask);
}

static void
expect_refusal(const char *text, enum push_err err, const char *why)
{
	struct got	g;

	parse(&g, text);
	ok(g.err == err && same(g.why.s, why), "%.60s: %s", text, why);
	if (!same(g.why.s, why))
		printf("# %s\n", g.why.s);
	push_ask_release(&g.ask);
}

static void
test_values_are_kept(void)
{
	expect_object("{\"to\":\"a\"}", "");
	expect_object("{\"message\":\"m\",\"title\":\"t\",\"to\":\"a\"}",
	    "\"title\":\"t\",\"message\":\"m\"");
	expect_object("{ \"to\" : \"a\" , \"data\" : 12345678901234567890 }",
	    "\"data\":12345678901234567890");
	expect_object("{\"to\":\"a\",\"data\":1.50}", "\"data\":1.50");
	expect_object("{\"to\":\"a\",\"data\":-0.0e-9}", "\"data\":-0.0e-9");
	expect_object("{\"to\":\"a\",\"data\":{ \"n\": [1.0, 2e2 ,\t{}] }}",
	    "\"data\":{ \"n\": [1.0, 2e2 ,\t{}] }");
	expect_object("{\"to\":\"a\",\"data\":null}", "\"data\":null");
	expect_object("{\"to\":\"a\",\"data\":\"\\ud83d\\ude00\\u00e9\"}",
	    "\"data\":\"\\ud83d\\ude00\\u00e9\"");
	expect_object("{\"t\\u006f\":\"a\",\"titl\\u0065\":\"x\"}",
	    "\"title\":\"x\"");
	expect_object("{\"to\":\"a\",\"uri\":\"\\u007f\\t\\r\\n]]>&<\"}",
	    "\"uri\":\"\\u007f\\t\\r\\n]]>&<\"");
	expect_object("{\"to\":\"a\",\"tags\":[\"x\"],\"icon\":\"i\","
	    "\"actions\":[{}],\"attach\":\"u\",\"format\":\"f\"}",
	    "\"tags\":[\"x\"],\"icon\":\"i\",\"actions\":[{}],"
	    "\"attach\":\"u\",\"format\":\"f\"");
	expect_object("{\"to\":\"a\",\"ref\":\"r\",\"ttl\":5}", "");
}

static void
test_priority(void)
{
	static const char *const	good[] = { "1", "5", "\"min\"",
	    "\"low\"", "\"default\"", "\"high\"", "\"max\"" };
	static const char *const	bad[] = { "0", "6", "-1", "3.5",
	    "\"3\"", "\"urgent\"", "\"MAX\"", "true", "null", "[3]", "{}",
	    "1e300" };
	char				text[80], want[40];
	size_t				i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    "{\"to\":\"a\",\"priority\":%s}", good[i]);
		(void)snprintf(want, sizeof(want), "\"priority\":%s", good[i]);
		expect_object(text, want);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    "{\"to\":\"a\",\"priority\":%s}", bad[i]);
		expect_refusal(text, PUSH_E_REQUEST, "priority: must be "
		    "1 to 5, or min, low, default, high, max");
	}
}

static void
test_ttl(void)
{
	static const struct { const char *text; int64_t ms; } good[] = {
		{ "0", 0 }, { "90", 90000 }, { "\"90\"", 90000 },
		{ "\"90s\"", 90000 }, { "\"28d\"", 28 * 86400000LL },
		{ "\"1h30m\"", 5400000 }, { "\"250ms\"", 250 },
		{ "\"0\"", 0 }, { "1e2", 100000 },
		{ "3153600000", 3153600000000LL },
	};
	static const char *const	bad[] = { "-1", "\"-1s\"", "1.5",
	    "3153600001", "\"\"", "\"soon\"", "\"5 s\"", "null", "true",
	    "[1]", "{}", "1e300" };
	char				text[80];
	struct got			g;
	size_t				i;

	parse(&g, "{\"to\":\"a\"}");
	ok(g.err == PUSH_OK && g.ask.ttl_ms == -1, "no ttl: the default");
	push_ask_release(&g.ask);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    "{\"ttl\":%s,\"to\":\"a\"}", good[i].text);
		parse(&g, text);
		ok(g.err == PUSH_OK && g.ask.ttl_ms == good[i].ms,
		    "ttl %s is %lld ms", good[i].text,
		    (long long)good[i].ms);
		push_ask_release(&g.ask);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    "{\"ttl\":%s,\"to\":\"a\"}", bad[i]);
		expect_refusal(text, PUSH_E_REQUEST, "ttl: must be seconds "
		    "or a duration such as \"28d\"");
	}
}

static void
expect_to(const char *to, const char *want)
{
	char		text[128];
	struct got	g;

	(void)snprintf(text, sizeof(text), "{\"to\":%s}", to);
	parse(&g, text);
	ok(g.err == PUSH_OK && same(g.ask.to, want), "to %s is %s", to, want);
	push_ask_release(&g.ask);
}

static void
test_targets(void)
{
	expect_to("\"device:a\"", "device:a");
	expect_to("[\"a\"]", "a");
	expect_to("[\"a\",\"b\",\"user:c\"]", "a | b | user:c");
	expect_to("[\"a&b\",\"!c\"]", "(a&b) | (!c)");
	expect_to("\"\"", "");
	expect_refusal("{}", PUSH_E_REQUEST, "to: is missing");
	expect_refusal("{\"to\":[]}", PUSH_E_REQUEST, "to: the list is empty");
	expect_refusal("{\"to\":[\"a\",1]}", PUSH_E_REQUEST,
	    "to: a list holds only targets");
	expect_refusal("{\"to\":[\"\",\"a\"]}", PUSH_E_REQUEST,
	    "to: a list holds only targets");
	expect_refusal("{\"to\":[[\"a\"]]}", PUSH_E_REQUEST,
	    "to: a list holds only targets");
	expect_refusal("{\"to\":7}", PUSH_E_REQUEST,
	    "to: must be a target or a list of targets");
	expect_refusal("{\"to\":null}", PUSH_E_REQUEST,
	    "to: must be a target or a list of targets");
	expect_refusal("{\"to\":{}}", PUSH_E_REQUEST,
	    "to: must be a target or a list of targets");
}

static void
test_no_object(void)
{
	static const char *const	texts[] = { "[]", "1", "\"to\"",
	    "null", "[{\"to\":\"a\"}]" };
	size_t				i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_refusal(texts[i], PUSH_E_REQUEST,
		    "a push is a JSON object");
}

static void
test_unknown_fields(void)
{
	static const char *const	later[] = { "at", "in", "collapse",
	    "key", "escalate" };
	char				text[256], why[80], name[100];
	struct got			g;
	size_t				i;

	expect_refusal("{\"to\":\"a\",\"titel\":\"x\"}", PUSH_E_REQUEST,
	    "titel: unknown field");
	expect_refusal("{\"to\":\"a\",\"\":1}", PUSH_E_REQUEST,
	    ": unknown field");
	expect_refusal("{\"to\":\"a\",\"TO\":\"b\"}", PUSH_E_REQUEST,
	    "TO: unknown field");
	expect_refusal("{\"to\":\"a\",\"id\":\"p00000000000\"}",
	    PUSH_E_REQUEST, "id: unknown field");
	expect_refusal("{\"to\":\"a\",\"sent\":\"x\"}", PUSH_E_REQUEST,
	    "sent: unknown field");
	expect_refusal("{\"to\":\"a\",\"t\\u0069tel\":1}", PUSH_E_REQUEST,
	    "titel: unknown field");
	for (i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		(void)snprintf(text, sizeof(text), "{\"to\":\"a\",\"%s\":1}",
		    later[i]);
		(void)snprintf(why, sizeof(why),
		    "%s: not served by this server", later[i]);
		expect_refusal(text, PUSH_E_UNSUPPORTED, why);
	}
	/* 3 bytes each: the 64th is the first of a character. */
	for (i = 0; i < 99; i += 3)
		memcpy(name + i, "\xe2\x82\xac", 3);
	name[99] = '\0';
	(void)snprintf(text, sizeof(text), "{\"to\":\"a\",\"%s\":1}", name);
	parse(&g, text);
	ok(g.err == PUSH_E_REQUEST && utf8_valid(g.why.s, strlen(g.why.s)),
	    "a long name is cut between characters");
	push_ask_release(&g.ask);
}

static void
test_twice(void)
{
	static const char *const	names[] = { "to", "ref", "ttl", "title",
	    "message", "uri", "priority", "data", "tags", "icon", "actions",
	    "attach", "format" };
	char				text[128], why[80];
	size_t				i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(text, sizeof(text), "{\"to\":\"1\",\"%s\":\"1\""
		    ",\"%s\":\"1\"}", i == 2 || i == 6 ? "ttl" : names[i],
		    i == 2 || i == 6 ? "ttl" : names[i]);
		(void)snprintf(why, sizeof(why), "%s: is given twice",
		    i == 2 || i == 6 ? "ttl" : names[i]);
		expect_refusal(text, PUSH_E_REQUEST, why);
	}
	expect_refusal("{\"to\":\"a\",\"titl\\u0065\":\"x\",\"title\":\"y\"}",
	    PUSH_E_REQUEST, "title: is given twice");
}

static void
test_text_fields(void)
{
	static const char *const	names[] = { "ref", "title", "message",
	    "uri", "icon", "format" };
	static const char *const	values[] = { "1", "null", "true",
	    "[]", "{}" };
	char				text[128], why[80];
	size_t				i, k;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(why, sizeof(why), "%s: must be a string",
		    names[i]);
		for (k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
			(void)snprintf(text, sizeof(text),
			    "{\"to\":\"a\",\"%s\":%s}", names[i], values[k]);
			expect_refusal(text, PUSH_E_REQUEST, why);
		}
		(void)snprintf(why, sizeof(why), "%s: holds a character that "
		    "XML 1.0 forbids", names[i]);
		(void)snprintf(text, sizeof(text),
		    "{\"to\":\"a\",\"%s\":\"x\\u0001\"}", names[i]);
		expect_refusal(text, PUSH_E_CHARACTER, why);
	}
}

static void
test_forbidden_characters(void)
{
	static const char *const	data[] = { "\"\\u0008\"",
	    "\"\\ufffe\"", "\"\xef\xbf\xbf\"", "[\"a\",[\"b\\u001f\"]]",
	    "{\"a\":{\"b\":\"\\uffff\"}}", "{\"\\u0002\":1}",
	    "[{\"a\":1},{\"b\":{\"c\\u000b\":2}}]", "[1,2,\"\\u000c\"]" };
	static const char *const	names[] = { "data", "tags", "actions",
	    "attach" };
	char				text[128], why[80];
	size_t				i, k;

	for (k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		(void)snprintf(why, sizeof(why), "%s: holds a character that "
		    "XML 1.0 forbids", names[k]);
		for (i = 0; i < sizeof(data) / sizeof(data[0]); i++) {
			(void)snprintf(text, sizeof(text),
			    "{\"to\":\"a\",\"%s\":%s}", names[k], data[i]);
			expect_refusal(text, PUSH_E_CHARACTER, why);
		}
	}
}

/* Data as deep as JSON may be, a bad character at the bottom. */
static void
test_depth(void)
{
	char		text[256] = "{\"to\":\"a\",\"data\":", *p;
	struct got	g;
	int		i, deep = JSON_DEPTH - 1;

	p = text + strlen(text);
	for (i = 0; i < deep; i++)
		*p++ = '[';
	memcpy(p, "\"\\u0001\"", 8);
	p += 8;
	for (i = 0; i < deep; i++)
		*p++ = ']';
	memcpy(p, "}", 2);
	parse(&g, text);
	ok(g.err == PUSH_E_CHARACTER, "data is looked at to the bottom");
	push_ask_release(&g.ask);
}

static void
test_names_on_failure(void)
{
	char		text[400], ref[260];
	struct got	g;

	parse(&g, "{\"ref\":\"r1\",\"to\":[\"a\",\"b\"],\"bad\":1}");
	ok(g.err == PUSH_E_REQUEST && same(g.ask.ref, "r1") &&
	    same(g.ask.to, "a | b") && g.ask.object == NULL,
	    "a refusal still tells ref and to");
	push_ask_release(&g.ask);
	parse(&g, "{\"ref\":\"r1\"}");
	ok(g.err == PUSH_E_REQUEST && same(g.ask.ref, "r1"),
	    "ref is told without to");
	push_ask_release(&g.ask);
	memset(ref, 'r', sizeof(ref));
	ref[PUSH_REF_MAX] = '\0';
	(void)snprintf(text, sizeof(text), "{\"to\":\"a\",\"ref\":\"%s\"}",
	    ref);
	parse(&g, text);
	ok(g.err == PUSH_OK && same(g.ask.ref, ref), "256 bytes are a ref");
	push_ask_release(&g.ask);
	memset(ref, 'r', sizeof(ref));
	ref[PUSH_REF_MAX + 1] = '\0';
	(void)snprintf(text, sizeof(text), "{\"to\":\"a\",\"ref\":\"%s\"}",
	    ref);
	parse(&g, text);
	ok(g.err == PUSH_E_REQUEST && g.ask.ref == NULL &&
	    same(g.why.s, "ref: is longer than 256 bytes"), "257 are none");
	push_ask_release(&g.ask);
	push_ask_release(&g.ask);
	ok(g.ask.to == NULL, "released twice is released");
}

/* ---- what becomes of it ---- */

static struct push *
make(const char *text, uint64_t id)
{
	struct got	 g;
	struct push	*p;

	parse(&g, text);
	p = push_make(&g.ask, id, 60000);
	push_ask_release(&g.ask);
	return p;
}

static void
test_make(void)
{
	char		 want[200], when[CLOCK_TEXT];
	struct push	*p = make("{\"to\":\"b\\\"\",\"title\":\"t\","
			    "\"data\":1.50}", 61);

	(void)snprintf(want, sizeof(want), "{\"id\":\"p0000000000z\","
	    "\"to\":\"b\\\"\",\"title\":\"t\",\"data\":1.50,"
	    "\"sent\":\"%s\"}", clock_format(p->accepted_ms, when));
	ok(p->len == strlen(want) && strcmp(p->body, want) == 0,
	    "the object that devices get");
	printf("# %s\n", p->body);
	ok(p->id == 61 && p->expires_ms == p->accepted_ms + 60000,
	    "the server's time to live");
	push_unref(&p);
	p = make("{\"to\":\"a\",\"ttl\":0}", 1);
	ok(p->expires_ms == p->accepted_ms, "ttl 0 expires at once");
	push_unref(&p);
	p = make("{\"to\":\"a\",\"ttl\":\"1s\"}", 1);
	ok(p->expires_ms == p->accepted_ms + 1000, "the sender's own");
	(void)snprintf(want, sizeof(want), "{\"id\":\"p00000000001\","
	    "\"to\":\"a\",\"sent\":\"%s\"}",
	    clock_format(p->accepted_ms, when));
	ok(strcmp(p->body, want) == 0, "no fields but to");
	push_unref(&p);
	ok(p == NULL, "an unreferenced push is NULL");
	push_unref(&p);
	p = make("{\"to\":[\"a\",\"b\"],\"title\":\"t\"}", 1);
	ok(strstr(p->body, "\"to\"") == NULL &&
	    strstr(p->body, "p00000000001\",\"title\"") != NULL,
	    "one of several is not told of the others");
	push_unref(&p);
}

static void
expect_put(const char *body, enum push_form form, bool late,
    const char *want, const char *what)
{
	struct push	*p = push_load(62, 1767225600000, 1767225600000, body,
			    strlen(body));
	struct buf	 b;

	buf_init(&b, 65536);
	push_put(p, form, "d@x/r'", "x", late, &b);
	ok(strcmp(buf_str(&b), want) == 0, "%s", what);
	if (strcmp(buf_str(&b), want) != 0)
		printf("# %s\n# %s\n", buf_str(&b), want);
	buf_release(&b);
	push_unref(&p);
}

static void
test_message(void)
{
	expect_put("{\"title\":\"a<b\",\"message\":\"x & ]]> \\ud83d\\ude00"
	    "'\\\"\"}", PUSH_MESSAGE, false,
	    "<message type='chat' id='p00000000010' from='x' "
	    "to='d@x/r&apos;'><subject>a&lt;b</subject>"
	    "<body>x &amp; ]]&gt; \xf0\x9f\x98\x80'\"</body>"
	    "<json xmlns='urn:xmpp:json:0'>{\"title\":\"a&lt;b\",\"message\":"
	    "\"x &amp; ]]&gt; \\ud83d\\ude00'\\\"\"}</json>"
	    "<stanza-id xmlns='urn:xmpp:sid:0' id='p00000000010' by='x'/>"
	    "</message>", "a message with title and body");
	expect_put("{\"title\":\"t\"}", PUSH_MESSAGE, true,
	    "<message type='chat' id='p00000000010' from='x' "
	    "to='d@x/r&apos;'><subject>t</subject><body>t</body>"
	    "<json xmlns='urn:xmpp:json:0'>{\"title\":\"t\"}"
	    "</json><stanza-id xmlns='urn:xmpp:sid:0' id='p00000000010' "
	    "by='x'/><delay xmlns='urn:xmpp:delay' from='x' "
	    "stamp='2026-01-01T00:00:00.000Z'/></message>",
	    "a late title");
	expect_put("{\"message\":\"m\"}", PUSH_MESSAGE, false,
	    "<message type='chat' id='p00000000010' from='x' "
	    "to='d@x/r&apos;'><body>m</body>"
	    "<json xmlns='urn:xmpp:json:0'>{\"message\":\"m\"}"
	    "</json><stanza-id xmlns='urn:xmpp:sid:0' id='p00000000010' "
	    "by='x'/></message>", "a message without a subject");
}

static void
test_notification(void)
{
	expect_put("{\"title\":\"a<b\",\"message\":\"x & ]]>\",\"uri\":"
	    "\"u?a=1&b='2'\",\"data\":{\"title\":\"no\"}}",
	    PUSH_NOTIFICATION, true,
	    "<iq type='set' id='p00000000010' to='d@x/r&apos;'>"
	    "<notification xmlns='androidpn:iq:notification'>"
	    "<id>p00000000010</id><apiKey>1234567890</apiKey>"
	    "<title>a&lt;b</title><message>x &amp; ]]&gt;</message>"
	    "<uri>u?a=1&amp;b='2'</uri><uuid>p00000000010</uuid>"
	    "</notification></iq>", "a notification");
	expect_put("{\"data\":1}", PUSH_NOTIFICATION, false,
	    "<iq type='set' id='p00000000010' to='d@x/r&apos;'>"
	    "<notification xmlns='androidpn:iq:notification'>"
	    "<id>p00000000010</id><apiKey>1234567890</apiKey>"
	    "<title></title><message></message><uri></uri>"
	    "<uuid>p00000000010</uuid></notification></iq>",
	    "all children are there, if only empty");
	expect_put("no json", PUSH_NOTIFICATION, false,
	    "<iq type='set' id='p00000000010' to='d@x/r&apos;'>"
	    "<notification xmlns='androidpn:iq:notification'>"
	    "<id>p00000000010</id><apiKey>1234567890</apiKey>"
	    "<title></title><message></message><uri></uri>"
	    "<uuid>p00000000010</uuid></notification></iq>",
	    "a body that is no JSON is not fatal");
}

static void *
count_up_and_down(void *arg)
{
	struct push	*p = arg, *mine;
	int		 i;

	for (i = 0; i < 20000; i++) {
		mine = push_ref(p);
		push_unref(&mine);
	}
	push_unref(&p);
	return NULL;
}

static void
test_references(void)
{
	struct push	*p = push_load(1, 0, 0, "{}", 2);
	pthread_t	 t[3];
	int		 i;

	for (i = 0; i < 3; i++)
		(void)pthread_create(&t[i], NULL, count_up_and_down,
		    push_ref(p));
	for (i = 0; i < 3; i++)
		(void)pthread_join(t[i], NULL);
	ok(atomic_load(&p->refs) == 1, "threads count its references");
	push_unref(&p);
}

int
main(void)
{
	test_values_are_kept();
	test_priority();
	test_ttl();
	test_targets();
	test_no_object();
	test_unknown_fields();
	test_twice();
	test_text_fields();
	test_forbidden_characters();
	test_depth();
	test_names_on_failure();
	test_make();
	test_message();
	test_notification();
	test_references();
	return tap_done();
}
