/* The XML filter: splits, sharing of parsers, limits, refusals, stops. */
#include "xmpp/xml.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "xmpp/ns.h"
#include "xmpp/xml_parser.h"

#include "tap.h"

#define HEADER	"<stream:stream xmlns='jabber:client' xmlns:stream="	\
		"'http://etherx.jabber.org/streams' to='push.example' "	\
		"version='1.0'>"
#define OWN	"<s:stream xmlns:s='http://etherx.jabber.org/streams' "	\
		"xmlns='jabber:client' xmlns:f='urn:f' to='x'>"
#define PREFIX	"<s:stream xmlns:s='http://etherx.jabber.org/streams' "	\
		"xmlns='jabber:client'>"
#define END	"</stream:stream>"
#define MARKS	64

static const struct xml_limits	limits = { 4096, 8, 20, 6, 4, 40 };

/* A connection that writes down what it is told. */
struct peer {
	struct xml	 *x;
	struct buf	  log;
	size_t		  told;		/* callbacks so far */
	size_t		  stop_at;	/* callback that stops, from 1 */
	size_t		  release_at;	/* callback that frees x */
	enum push_err	  err;
};

static void
told(struct peer *p)
{
	buf_putc(&p->log, '\n');
	p->told++;
	if (p->told == p->stop_at)
		xml_stop(p->x);
	if (p->told == p->release_at) {
		xml_release(p->x);
		free(p->x);
		p->x = NULL;
	}
}

static void
on_header(void *arg, const struct xml_header *h)
{
	struct peer	*p = arg;

	buf_printf(&p->log, "header %d ns=%s to=%s from=%s id=%s version=%s "
	    "lang=%s", h->is_stream, h->ns != NULL ? h->ns : "-",
	    h->to != NULL ? h->to : "-", h->from != NULL ? h->from : "-",
	    h->id != NULL ? h->id : "-",
	    h->version != NULL ? h->version : "-",
	    h->lang != NULL ? h->lang : "-");
	told(p);
}

static void
on_stanza(void *arg, const struct stanza *st)
{
	struct peer	*p = arg;

	stanza_write(st, NS_CLIENT, &p->log);
	told(p);
}

static void
on_end(void *arg)
{
	struct peer	*p = arg;

	buf_puts(&p->log, "end");
	told(p);
}

static const struct xml_news	news = { on_header, on_stanza, on_end };

static void
peer_init(struct peer *p, struct xml_pool *pool, const struct xml_limits *l)
{
	memset(p, 0, sizeof(*p));
	p->x = malloc(sizeof(*p->x));
	xml_init(p->x, pool, l);
	buf_init(&p->log, 1 << 20);
}

static void
peer_release(struct peer *p)
{
	if (p->x != NULL)
		xml_release(p->x);
	free(p->x);
	buf_release(&p->log);
}

/* A copy of its own size, so that the sanitizer sees a read too far. */
static ssize_t
feed(struct peer *p, const char *s, size_t n)
{
	char	*copy = malloc(n + 1);
	ssize_t	 used;

	memcpy(copy, s, n);
	copy = realloc(copy, n > 0 ? n : 1);
	used = xml_feed(p->x, copy, n, &news, p, &p->err);
	free(copy);
	if (used < 0)
		buf_printf(&p->log, "error %s\n", err_name(p->err));
	return used;
}

static const char *
log_of(struct peer *p)
{
	return buf_str(&p->log);
}

/* Feeds s in steps of n bytes; the log is the caller's. */
static char *
run_in_steps(struct xml_pool *pool, const struct xml_limits *l, const char *s,
    size_t len, size_t n)
{
	struct peer	 p;
	char		*log;
	size_t		 at, step;

	peer_init(&p, pool, l);
	for (at = 0; at < len; at += step) {
		step = n < len - at ? n : len - at;
		if (feed(&p, s + at, step) < 0)
			break;
	}
	log = strdup(log_of(&p));
	peer_release(&p);
	return log;
}

static char *
run_split(struct xml_pool *pool, const struct xml_limits *l, const char *s,
    size_t len, size_t at)
{
	struct peer	 p;
	char		*log;

	peer_init(&p, pool, l);
	if (feed(&p, s, at) >= 0)
		(void)feed(&p, s + at, len - at);
	log = strdup(log_of(&p));
	peer_release(&p);
	return log;
}

/* The log of s, or NULL where some split of the reads changes it. */
static char *
run(const struct xml_limits *l, const char *s, size_t len)
{
	struct xml_pool	*pool = xml_pool_new();
	char		*log = run_in_steps(pool, l, s, len, len), *other;
	size_t		 i;
	bool		 same = true;

	for (i = 1; i < 2 * len && same; i++) {
		other = i < len ? run_split(pool, l, s, len, i) :
		    run_in_steps(pool, l, s, len, i - len + 1);
		same = strcmp(log, other) == 0;
		if (!same)
			printf("# split %zu of %zu: %s# not: %s", i, len,
			    other, log);
		free(other);
	}
	xml_pool_free(&pool);
	if (!same) {
		free(log);
		log = NULL;
	}
	return log;
}

static bool
gives(const struct xml_limits *l, const char *s, size_t len, const char *want)
{
	char	*log = run(l, s, len);
	bool	 same = log != NULL && strcmp(log, want) == 0;

	if (log != NULL && !same)
		printf("# got: %s", log);
	free(log);
	return same;
}

static const char	recorded[] =
    "<?xml version='1.0' encoding='utf-8'?>" HEADER
    "<iq type='get' id='a&quot;1'><query xmlns='jabber:iq:roster'/></iq> \n"
    "<presence/>"
    "<message to='r&#xe4;der@x'><body>a &lt;b&gt; &amp; &#x1F600;"
    "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80</body></message>\r\n"
    "<a xmlns='urn:xmpp:sm:3' h='7'/>"
    "<message xml:lang='de'><x xmlns='urn:x' xmlns:y='urn:y' y:z='1'>"
    "<![CDATA[<raw> & ]] >]]>t<y:b><c/>d</y:b>e</x></message >"
    "<r xmlns='urn:xmpp:sm:3'></r>"
    END "junk < & ";

static const char	recorded_log[] =
    "header 1 ns=jabber:client to=push.example from=- id=- version=1.0 "
    "lang=-\n"
    "<iq type='get' id='a&quot;1'><query xmlns='jabber:iq:roster'/></iq>\n"
    "<presence/>\n"
    "<message to='r\xc3\xa4""der@x'><body>a &lt;b&gt; &amp; "
    "\xf0\x9f\x98\x80\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80</body></message>\n"
    "<a xmlns='urn:xmpp:sm:3' h='7'/>\n"
    "<message xml:lang='de'><x xmlns='urn:x' xmlns:a0='urn:y' a0:z='1'>"
    "&lt;raw&gt; &amp; ]] &gt;te<b xmlns='urn:y'>d<c xmlns='urn:x'/></b>"
    "</x></message>\n"
    "<r xmlns='urn:xmpp:sm:3'/>\n"
    "end\n";

static void
test_splits(void)
{
	static const char	own[] = OWN "<f:a f:b='1'/><m><f:c/></m>\n"
				    "<s:features/></s:stream>";
	static const char	own_log[] =
	    "header 1 ns=jabber:client to=x from=- id=- version=- lang=-\n"
	    "<a xmlns='urn:f' xmlns:a0='urn:f' a0:b='1'/>\n"
	    "<m><c xmlns='urn:f'/></m>\n"
	    "<features xmlns='http://etherx.jabber.org/streams'/>\nend\n";
	static const char	foreign[] = " \n<foo from='a' id='b' "
				    "xml:lang='c'><bar/></foo>";

	ok(gives(&limits, recorded, sizeof(recorded) - 1, recorded_log),
	    "a client's stream reads the same however it is split");
	ok(gives(&limits, own, sizeof(own) - 1, own_log),
	    "so does one whose root declares a prefix of its own");
	ok(gives(&limits, foreign, sizeof(foreign) - 1,
	    "header 0 ns=- to=- from=a id=b version=- lang=c\n"
	    "<bar xmlns=''/>\nend\n"),
	    "a root that is no stream is told as such");
	ok(gives(&limits, PREFIX "<a/><s:b/></s:stream>",
	    sizeof(PREFIX "<a/><s:b/></s:stream>") - 1,
	    "header 1 ns=jabber:client to=- from=- id=- version=- lang=-\n"
	    "<a/>\n<b xmlns='http://etherx.jabber.org/streams'/>\nend\n"),
	    "a root with an unusual prefix keeps it");
	ok(gives(&limits, "\xef\xbb\xbf" HEADER "<a/>",
	    sizeof(HEADER "<a/>") + 2,
	    "header 1 ns=jabber:client to=push.example from=- id=- "
	    "version=1.0 lang=-\n<a/>\n"), "a byte order mark is skipped");
}

/* What is complete is told at once, not with the next bytes. */
static void
test_prompt(void)
{
	struct xml_pool	*pool = xml_pool_new();
	struct peer	 p;
	size_t		 len = sizeof(recorded) - 1, at, n = 0, i;
	size_t		 marks[MARKS];
	bool		 prompt = true, idle = true, right = true;

	peer_init(&p, pool, &limits);
	for (at = 0; at < len; at++) {
		right = feed(&p, recorded + at, 1) == 1 && right;
		for (; n < p.told && n < MARKS; n++)
			marks[n] = at + 1;
	}
	peer_release(&p);
	ok(right && n == 8, "eight events are seen byte by byte");
	for (at = 1; at < len; at++) {
		peer_init(&p, pool, &limits);
		right = feed(&p, recorded, at) >= 0 && right;
		for (i = 0; i < n && marks[i] <= at; i++)
			;
		prompt = prompt && p.told == i;
		if (i > 0 && marks[i - 1] == at)
			idle = idle && p.x->parser == NULL;
		peer_release(&p);
	}
	ok(right && prompt, "an element is told with its last byte");
	ok(idle, "and then its parser is given back");
	xml_pool_free(&pool);
}

static void
test_free_parser(void)
{
	static const char *const	free_after[] = {
		"", " ", "\n\n", "<a/>", "<a></a>", "<a/> ", "<a>&lt;</a>\t",
	};
	static const char *const	kept_after[] = {
		"<", "<a", "<a b=", "<a/", "<a>", "<a>&l", "<a>\xc3", "</",
		"<a></a", "<![CDATA",
	};
	struct xml_pool			*pool = xml_pool_new();
	struct peer			 p;
	size_t				 i;

	for (i = 0; i < sizeof(free_after) / sizeof(free_after[0]); i++) {
		peer_init(&p, pool, &limits);
		ok(feed(&p, HEADER, sizeof(HEADER) - 1) > 0 &&
		    feed(&p, free_after[i], strlen(free_after[i])) >= 0 &&
		    p.x->parser == NULL && p.x->fed == 0,
		    "no parser is kept after case %zu", i);
		peer_release(&p);
	}
	for (i = 0; i < sizeof(kept_after) / sizeof(kept_after[0]); i++) {
		peer_init(&p, pool, &limits);
		ok(feed(&p, HEADER, sizeof(HEADER) - 1) > 0 &&
		    feed(&p, kept_after[i], strlen(kept_after[i])) >= 0 &&
		    p.x->parser != NULL &&
		    p.x->fed == strlen(kept_after[i]),
		    "a parser is kept after %s", kept_after[i]);
		peer_release(&p);
	}
	xml_pool_free(&pool);
}

/* 10,000 connections, every twentieth read ending inside a stanza. */
static void
test_sharing(void)
{
	static const char	stanza[] = "<iq id='1'><q xmlns='u'/></iq>";
	enum { PEERS = 10000, LEN = sizeof(stanza) - 1 };
	struct xml_pool		*pool = xml_pool_new();
	struct peer		*p = calloc(PEERS, sizeof(*p));
	size_t			*rest = calloc(PEERS, sizeof(*rest));
	size_t			 i, round, cut, most, bad = 0;

	for (i = 0; i < PEERS; i++) {
		peer_init(&p[i], pool, &limits);
		(void)feed(&p[i], HEADER, sizeof(HEADER) - 1);
		rest[i] = LEN;
	}
	ok(xml_pool_parsers(pool) <= 2,
	    "ten thousand open streams need two parsers");
	for (round = 0; round < 3; round++)
		for (i = 0; i < PEERS; i++) {
			cut = (i + round) % 20 == 0 ? 1 + i % (LEN - 1) : LEN;
			(void)feed(&p[i], stanza + rest[i], LEN - rest[i]);
			(void)feed(&p[i], stanza, cut);
			rest[i] = cut;
		}
	most = xml_pool_parsers(pool);
	ok(most > 128 && most < 1000, "five in a hundred that wait inside a "
	    "stanza need as many (%zu)", most);
	for (i = 0; i < PEERS; i++) {
		(void)feed(&p[i], stanza + rest[i], LEN - rest[i]);
		if (p[i].err != PUSH_OK || p[i].told != 4 ||
		    p[i].x->parser != NULL)
			bad++;
		peer_release(&p[i]);
	}
	ok(bad == 0, "and no stream sees another's bytes");
	ok(xml_pool_parsers(pool) <= 128 + 8, "most are freed in the end");
	free(rest);
	free(p);
	xml_pool_free(&pool);
}

/* A parser whose root has another prefix must not reach another stream. */
static void
test_profiles(void)
{
	static const char *const	odd[] = {
		PREFIX, OWN, "<stream xmlns='" NS_STREAM "'>", "<foo>",
		"<stream:stream xmlns='urn:c' xmlns:stream='" NS_STREAM "'>",
		"<stream:stream xmlns:stream='" NS_STREAM "'>",
		"<stream:foo xmlns='" NS_CLIENT "' xmlns:stream='" NS_STREAM
		    "'>",
		"<stream:stream xmlns='" NS_CLIENT "' xmlns:stream='urn:s'>",
	};
	static const char		rest[] = "<a><stream:b/></a>" END;
	struct xml_pool			*pool;
	struct peer			 one, two;
	size_t				 i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		pool = xml_pool_new();
		peer_init(&one, pool, &limits);
		peer_init(&two, pool, &limits);
		(void)feed(&two, HEADER, sizeof(HEADER) - 1);
		(void)feed(&one, odd[i], strlen(odd[i]));
		ok(one.x->parser != NULL && feed(&two, rest,
		    sizeof(rest) - 1) > 0 && two.told == 3 &&
		    strstr(log_of(&two), "<a><b xmlns='" NS_STREAM
		    "'/></a>\nend\n") != NULL,
		    "unusual root %zu keeps its parser to itself", i);
		peer_release(&one);
		peer_release(&two);
		xml_pool_free(&pool);
	}
}

static void
test_memory(void)
{
	struct xml_pool	*pool = xml_pool_new();
	struct peer	 p;
	char		 s[64];
	size_t		 i, most = 0;
	int		 n;

	peer_init(&p, pool, &limits);
	(void)feed(&p, HEADER, sizeof(HEADER) - 1);
	for (i = 0; i < 20000; i++) {
		n = snprintf(s, sizeof(s), "<e%zu a%zu=''/", i, i);
		(void)feed(&p, s, (size_t)n);
		if (p.x->parser->memory > most)
			most = p.x->parser->memory;
		(void)feed(&p, ">", 1);
		buf_reset(&p.log);
	}
	ok(p.told == 20001, "twenty thousand different names are read");
	ok(most > 200 * 1024 && most < 300 * 1024,
	    "and a parser that grew of them is freed (%zu bytes)", most);
	peer_release(&p);

	peer_init(&p, pool, &limits);
	(void)feed(&p, OWN, sizeof(OWN) - 1);
	for (i = 0; i < 20000 && p.err == PUSH_OK; i++) {
		n = snprintf(s, sizeof(s), "<e%zu a%zu=''/>", i, i);
		(void)feed(&p, s, (size_t)n);
		buf_reset(&p.log);
	}
	ok(p.err == PUSH_E_TOOLARGE && i > 500,
	    "a stream with its own parser is ended for that");
	peer_release(&p);
	xml_pool_free(&pool);
}

/* A header, a stanza, then head, n times part, tail. */
static struct buf
make(const char *head, const char *part, size_t n, const char *tail)
{
	struct buf	b;
	size_t		i;

	buf_init(&b, 1 << 20);
	buf_puts(&b, HEADER "<p/>");
	buf_puts(&b, head);
	for (i = 0; i < n; i++)
		buf_printf(&b, part[0] == '%' ? " %s%zu='%s'" : "%s",
		    part[0] == '%' ? part + 1 : part, i, "v");
	buf_puts(&b, tail);
	return b;
}

static void
test_limit(const char *what, const char *head, const char *part, size_t n,
    const char *tail)
{
	struct buf	 b = make(head, part, n, tail);
	char		*log = run(&limits, b.p, b.len);

	ok(log != NULL && strstr(log, "error") == NULL,
	    "%s: the limit itself is allowed", what);
	free(log);
	buf_release(&b);
	b = make(head, part, n + 1, tail);
	log = run(&limits, b.p, b.len);
	ok(log != NULL && strstr(log, "<p/>\nerror too-large\n") != NULL,
	    "%s: one more is refused, what was before it is told", what);
	free(log);
	buf_release(&b);
}

static void
test_limits(void)
{
	struct xml_limits	 small = limits;
	struct xml_pool		*pool;
	struct buf		 b;
	char			*log;
	size_t			 i;

	test_limit("bytes of a stanza", "<a>", "x", 4096 - 7, "</a>");
	test_limit("bytes of a start tag", "<a b='", "x", 4096 - 9, "'/>");
	test_limit("bytes of character data in one token", "<a><![CDATA[",
	    "x", 4096 - 19, "]]></a>");
	test_limit("children", "<a>", "<b/>", 20, "</a>");
	test_limit("attributes", "<a", "%b", 6, "/>");
	test_limit("namespaces", "<a", "%xmlns:b", 4, "/>");
	test_limit("bytes of a name", "<a><b", "b", 39, "/></a>");
	test_limit("bytes of an attribute's name", "<a><b b", "b", 39,
	    "=''/></a>");
	test_limit("bytes of a namespace", "<a xmlns='", "b", 40, "'/>");
	test_limit("bytes of a prefix", "<a xmlns:", "b", 40, "='u'/>");

	b = make("", "<a>", 8, "</a></a></a></a></a></a></a></a>");
	log = run(&limits, b.p, b.len);
	ok(log != NULL && strstr(log, "error") == NULL,
	    "depth: the limit itself is allowed");
	free(log);
	buf_release(&b);
	b = make("", "<a>", 9, "");
	log = run(&limits, b.p, b.len);
	ok(log != NULL && strstr(log, "<p/>\nerror too-large\n") != NULL,
	    "depth: one more is refused");
	free(log);
	buf_release(&b);

	small.stanza = sizeof(HEADER) - 1;
	log = run(&small, HEADER "<a/>", sizeof(HEADER "<a/>") - 1);
	ok(log != NULL && strstr(log, "<a/>\n") != NULL,
	    "a header of the limit is allowed");
	free(log);
	small.stanza--;
	log = run(&small, HEADER "<a/>", sizeof(HEADER "<a/>") - 1);
	ok(log != NULL && strcmp(log, "error too-large\n") == 0,
	    "one of a byte more is refused");
	free(log);
	log = run(&small, " " HEADER "<a/>", sizeof(HEADER "<a/>"));
	ok(log != NULL && strcmp(log, "error too-large\n") == 0,
	    "white space in front of it counts");
	free(log);

	buf_init(&b, 1 << 20);
	for (i = 0; i < 5000; i++)
		buf_putc(&b, ' ');
	log = run_in_steps(NULL, &limits, b.p, b.len, 100);
	ok(strcmp(log, "error too-large\n") == 0,
	    "nothing but white space is refused, too");
	free(log);
	buf_release(&b);

	b = make("", "<a/>", 5000, "");
	pool = xml_pool_new();
	log = run_in_steps(pool, &limits, b.p, b.len, b.len);
	xml_pool_free(&pool);
	ok(strstr(log, "error") == NULL && strlen(log) > 25000,
	    "many small stanzas in one read are no large one");
	free(log);
	buf_release(&b);
}

struct refusal {
	const char	*input;
	const char	*err;
	const char	*name;
};

static void
test_refusals(void)
{
	static const struct refusal	r[] = {
	{ "<!DOCTYPE a []>", "restricted-xml", "DOCTYPE" },
	{ "<?xml version='1.0'?>\n<!DOCTYPE a [<!ENTITY b 'c'>]>" HEADER,
	    "restricted-xml", "DOCTYPE behind the declaration" },
	{ "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>", "restricted-xml",
	    "external subset" },
	{ "<!-- -->" HEADER, "restricted-xml", "comment before the header" },
	{ "<?php ?>" HEADER, "restricted-xml", "instruction before it" },
	{ HEADER "<!-- -->", "restricted-xml", "comment" },
	{ HEADER "<a><!-- --></a>", "restricted-xml", "comment in a stanza" },
	{ HEADER "<?php ?>", "restricted-xml", "instruction" },
	{ HEADER "<a><?php ?></a>", "restricted-xml",
	    "instruction in a stanza" },
	{ HEADER "<?xml version='1.0'?>", "xml", "second declaration" },
	{ HEADER "<!DOCTYPE a []>", "xml", "DOCTYPE in the stream" },
	{ HEADER "<a>&foo;</a>", "xml", "undeclared entity" },
	{ HEADER "<a b='&foo;'/>", "xml", "undeclared entity, attribute" },
	{ HEADER "<a></b>", "xml", "mismatched tags" },
	{ HEADER "<a b='1' b='2'/>", "xml", "attribute twice" },
	{ HEADER "<x:a/>", "xml", "unbound prefix" },
	{ HEADER "<a x:b=''/>", "xml", "unbound prefix of an attribute" },
	{ HEADER "<a xmlns:xml='urn:x'/>", "xml", "xml: bound elsewhere" },
	{ HEADER "<a xmlns:x=''/>", "xml", "prefix bound to nothing" },
	{ HEADER "<a xmlns='u&#10;b'/>", "xml", "separator injection" },
	{ HEADER "<a xmlns:a='u&#32;b'/>", "xml", "space in a namespace" },
	{ HEADER "text<a/>", "xml", "text between stanzas" },
	{ HEADER "&lt;<a/>", "xml", "entity between stanzas" },
	{ HEADER "<![CDATA[", "xml", "CDATA section between stanzas" },
	{ HEADER "<a>]]></a>", "xml", "]]> in text" },
	{ HEADER "<a>\xed\xa0\x80</a>", "xml", "surrogate" },
	{ HEADER "<a>\xf4\x90\x80\x80</a>", "xml", "beyond Unicode" },
	{ HEADER "<a\xc3(/>", "xml", "cut UTF-8 in a name" },
	{ HEADER "<a>\xe0\x80\xaf</a>", "xml", "overlong UTF-8" },
	{ HEADER "<a>\xef\xbf\xbf</a>", "xml", "U+FFFF" },
	{ HEADER "<a>\xc0\xaf</a>", "encoding", "byte C0" },
	{ HEADER "<a>\xc1\xaf</a>", "encoding", "byte C1" },
	{ HEADER "<a>\xf5\x80</a>", "encoding", "byte F5" },
	{ HEADER "<a>\xff</a>", "encoding", "byte FF" },
	{ "\xff\xfe<", "encoding", "UTF-16 with a mark" },
	{ HEADER "<a>\x01</a>", "xml", "U+0001" },
	{ HEADER "<a>&#1;</a>", "xml", "U+0001 by reference" },
	{ HEADER "<a>&#0;</a>", "xml", "U+0000 by reference" },
	{ "<?xml version='1.0' encoding='ISO-8859-1'?>" HEADER, "encoding",
	    "declared Latin-1" },
	{ "<?xml version='1.0' encoding='UTF-16'?>" HEADER, "encoding",
	    "declared UTF-16" },
	{ HEADER HEADER, "xml", "header inside the stream" },
	{ "GET / HTTP/1.1\r\n\r\n", "xml", "HTTP" },
	{ "SSH-2.0-x\r\n", "xml", "SSH" },
	};
	enum push_err			err;
	char				want[64], *log;
	size_t				i;

	for (i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
		err = strcmp(r[i].err, "xml") == 0 ? PUSH_E_XML :
		    strcmp(r[i].err, "encoding") == 0 ? PUSH_E_ENCODING :
		    PUSH_E_RESTRICTED;
		snprintf(want, sizeof(want), "error %s\n", err_name(err));
		log = run(&limits, r[i].input, strlen(r[i].input));
		ok(log != NULL && strlen(log) >= strlen(want) &&
		    strcmp(log + strlen(log) - strlen(want), want) == 0,
		    "refused: %s", r[i].name);
		free(log);
	}
	ok(gives(&limits, "<\0s\0", 4, "error unsupported-encoding\n"),
	    "refused: UTF-16 without a mark");
}

static void
test_nul(void)
{
	static const char	in[] = HEADER "<a/><b>\0</b>";
	char			*log = run(&limits, in, sizeof(in) - 1);
	char			 want[64];

	snprintf(want, sizeof(want), "<a/>\nerror %s\n", err_name(PUSH_E_XML));
	ok(log != NULL && strstr(log, want) != NULL,
	    "NUL is refused, and what was before it is told");
	free(log);
}

static void
test_after_error(void)
{
	struct xml_pool	*pool = xml_pool_new();
	struct peer	 p;

	peer_init(&p, pool, &limits);
	(void)feed(&p, HEADER "<a></b>", sizeof(HEADER "<a></b>") - 1);
	ok(p.err == PUSH_E_XML && p.x->parser == NULL,
	    "a failed filter holds no parser");
	ok(feed(&p, "<c/>", 4) == 4 && p.told == 1, "and tells nothing more");
	peer_release(&p);
	peer_init(&p, pool, &limits);
	(void)feed(&p, recorded, sizeof(recorded) - 1);
	ok(strcmp(log_of(&p), recorded_log) == 0,
	    "the parsers of the pool are none the worse");
	peer_release(&p);
	xml_pool_free(&pool);
}

/* Stops behind each event of in; what it used must end where the event did. */
static void
test_stop_exact(const char *in, size_t len, const size_t *ends, size_t n)
{
	struct xml_pool	*pool = xml_pool_new();
	struct peer	 p;
	size_t		 i, cut, bad = 0;
	ssize_t		 used;

	for (i = 0; i < n; i++)
		for (cut = 0; cut < len; cut++) {
			peer_init(&p, pool, &limits);
			p.stop_at = i + 1;
			used = feed(&p, in, cut);
			if (used == (ssize_t)cut && p.told <= i) {
				used = feed(&p, in + cut, len - cut);
				used += used < 0 ? 0 : (ssize_t)cut;
			}
			if (used != (ssize_t)ends[i] || p.told != i + 1 ||
			    p.x->parser != NULL)
				bad++;
			peer_release(&p);
		}
	ok(bad == 0, "a stop uses the bytes of the element told and no more");
	xml_pool_free(&pool);
}

static void
test_stop(void)
{
	static const char	in[] = HEADER "<a/> <a></a><b c='1'><d/></b>"
				    END "\x16\x03\x01";
	const size_t		h = sizeof(HEADER) - 1;
	const size_t		ends[] = { h, h + 4, h + 12, h + 29,
				    sizeof(in) - 4 };
	static const char	two[] = HEADER "<auth/>"
				    "\n<?xml version='1.0'?>" HEADER "<iq/>";
	struct xml_pool		*pool = xml_pool_new();
	struct peer		 p;
	ssize_t			 used;

	test_stop_exact(in, sizeof(in) - 1, ends, 5);

	peer_init(&p, pool, &limits);
	p.stop_at = 2;
	used = feed(&p, two, sizeof(two) - 1);
	xml_restart(p.x);
	ok(feed(&p, two + used, sizeof(two) - 1 - (size_t)used) > 0 &&
	    p.told == 4, "after a restart the rest is a new stream");
	peer_release(&p);

	peer_init(&p, pool, &limits);
	p.stop_at = 2;
	used = feed(&p, HEADER "<a/><b/><c/>", sizeof(HEADER) + 11);
	ok(used == (ssize_t)sizeof(HEADER) - 1 + 4 &&
	    feed(&p, "<b/><c/>", 8) == 8 && p.told == 4,
	    "without one the stream goes on");
	peer_release(&p);

	peer_init(&p, pool, &limits);
	p.stop_at = 2;
	used = feed(&p, HEADER "<a/>\x16\x03\x01\x00", sizeof(HEADER) + 7);
	ok(used == (ssize_t)sizeof(HEADER) + 3 && p.err == PUSH_OK,
	    "bytes of TLS behind a stop do not matter");
	peer_release(&p);

	peer_init(&p, pool, &limits);
	p.stop_at = 2;
	used = feed(&p, OWN "<a/>", sizeof(OWN) + 3);
	ok(used == (ssize_t)sizeof(OWN) + 3 && feed(&p, "<b/>", 4) == -1,
	    "a profile of its own does not outlive a stop");
	peer_release(&p);

	peer_init(&p, pool, &limits);
	p.stop_at = 2;
	used = feed(&p, OWN "<a/>", sizeof(OWN) + 3);
	xml_restart(p.x);
	ok(feed(&p, HEADER "<b/>", sizeof(HEADER) + 3) > 0 && p.told == 4,
	    "but a restart gives it a new one");
	peer_release(&p);
	xml_pool_free(&pool);
}

static void
test_release(void)
{
	static const char	in[] = HEADER "<a/><b></b>" END "<c/>";
	struct xml_pool		*pool = xml_pool_new();
	struct peer		 p;
	size_t			 i;

	for (i = 1; i <= 4; i++) {
		peer_init(&p, pool, &limits);
		p.release_at = i;
		p.stop_at = i % 2 == 0 ? i : 0;
		ok(feed(&p, in, sizeof(in) - 1) == (ssize_t)sizeof(in) - 1 &&
		    p.told == i && p.x == NULL,
		    "a filter may be freed in its callback %zu", i);
		peer_release(&p);
	}
	peer_init(&p, pool, &limits);
	p.release_at = 2;
	ok(feed(&p, OWN "<a/><b/>", sizeof(OWN) + 7) ==
	    (ssize_t)sizeof(OWN) + 7 && p.told == 2,
	    "so may one with a profile of its own");
	peer_release(&p);
	ok(xml_pool_parsers(pool) <= 2, "their parsers are used again");
	xml_pool_free(&pool);
}

static void
test_new_limits(void)
{
	static const struct xml_limits	wide = { 65536, 8, 20, 6, 4, 40 };
	struct xml_pool			*pool = xml_pool_new();
	struct buf			 b = make("<a>", "x", 10000, "</a>");
	struct peer			 p;
	const size_t			 h = sizeof(HEADER) - 1;

	peer_init(&p, pool, &limits);
	(void)feed(&p, b.p, h);
	xml_set_limits(p.x, &wide);
	ok(feed(&p, b.p + h, b.len - h) > 0 && p.told == 3,
	    "other limits hold from the next stanza on");
	peer_release(&p);
	buf_release(&b);
	xml_pool_free(&pool);
}

static void
test_set_pool(void)
{
	struct xml_pool	*one = xml_pool_new(), *two = xml_pool_new();
	struct peer	 p;

	peer_init(&p, one, &limits);
	(void)feed(&p, HEADER "<a/>", sizeof(HEADER) + 3);
	xml_set_pool(p.x, two);
	xml_pool_free(&one);
	ok(feed(&p, "<b/><c", 6) == 6 && feed(&p, "/>", 2) == 2 &&
	    p.told == 4 && xml_pool_parsers(two) == 1,
	    "a stream goes on in another pool");
	peer_release(&p);
	xml_pool_free(&two);
}

int
main(void)
{
	test_splits();
	test_prompt();
	test_free_parser();
	test_sharing();
	test_profiles();
	test_memory();
	test_limits();
	test_refusals();
	test_nul();
	test_after_error();
	test_stop();
	test_release();
	test_new_limits();
	test_set_pool();
	return tap_done();
}
