/* The XML filter against hostile peers: limits, refusals, memory. */
#include "xml_peer.h"

#include "tap.h"

/*
 * 20,000 names behind a header; aligned: every second read ends between
 * stanzas, else none does.  Returns the most bytes that a parser held.
 */
static size_t
read_names(struct peer *p, const char *header, bool aligned)
{
	char	s[64];
	size_t	most = 0, i;
	int	n;

	(void)feed(p, header, strlen(header));
	if (!aligned)
		(void)feed(p, "<", 1);
	for (i = 0; i < 20000 && p->err == PUSH_OK; i++) {
		n = snprintf(s, sizeof(s), "%se%zu a%zu=''/%s",
		    aligned ? "<" : "", i, i, aligned ? "" : "><");
		if (feed(p, s, (size_t)n) == n && p->x->parser->memory > most)
			most = p->x->parser->memory;
		if (aligned)
			(void)feed(p, ">", 1);
		buf_reset(&p->log);
	}
	return most;
}

static void
test_memory(const char *header)
{
	struct xml_pool	*pool = xml_pool_new();
	struct peer	 p;
	size_t		 most;

	peer_init(&p, pool, &limits);
	most = read_names(&p, header, true);
	ok(p.told == 20001, "twenty thousand different names are read");
	ok(most < 300 * 1024 &&
	    (most > 200 * 1024) == (strcmp(header, HEADER) == 0),
	    "and a parser that grew of them is freed (%zu bytes)", most);
	peer_release(&p);

	peer_init(&p, pool, &limits);
	most = read_names(&p, header, false);
	ok(p.err == PUSH_E_TOOLARGE && p.told > 1000 && most < 600 * 1024,
	    "a stream that never lets go of its parser is ended for that "
	    "(%zu bytes)", most);
	peer_release(&p);
	xml_pool_free(&pool);
}

/* An unusual root is kept, and so must not be long. */
static void
test_long_root(size_t len, const char *want)
{
	static const struct xml_limits	wide = { 65536, 8, 20, 6, 4, 40 };
	struct buf			b;
	char				*log;

	buf_init(&b, 1 << 20);
	buf_put(&b, OWN, sizeof(OWN) - 2);	/* without its bracket */
	buf_printf(&b, "%*s><f:a/>", (int)(len - b.len - 1), "");
	log = run(&wide, b.p, b.len);
	ok(log != NULL && strstr(log, want) != NULL &&
	    (strstr(log, "header") == NULL) == (want[0] == 'e'),
	    "an unusual root of %zu bytes: %.5s", len, want);
	free(log);
	buf_release(&b);
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

int
main(void)
{
	test_memory(HEADER);
	test_memory(OWN);
	test_long_root(4096, "<a xmlns='urn:f'/>\n");
	test_long_root(4097, "error too-large\n");
	test_limits();
	test_refusals();
	test_nul();
	return tap_done();
}
