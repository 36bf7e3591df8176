/* Trees of a stanza: questions, writing, and the escaping printf. */
#include "xmpp/stanza.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "xmpp/ns.h"
#include "xmpp/xml.h"

#include "tap.h"

#define BAD	"\xef\xbf\xbd"

static const struct xml_limits	limits = { 65536, 3000, 1000, 64, 16, 256 };

/* Asks its question of the tree of one stanza. */
struct ask {
	void		(*question)(const struct stanza *);
	struct buf	 out;
	size_t		 count;
};

static void
on_header(void *arg, const struct xml_header *h)
{
	(void)arg;
	(void)h;
}

static void
on_stanza(void *arg, const struct stanza *st)
{
	struct ask	*a = arg;

	a->count++;
	if (a->question != NULL)
		a->question(st);
	stanza_write(st, NS_CLIENT, &a->out);
}

static void
on_end(void *arg)
{
	(void)arg;
}

/* Parses one stanza; its text as written again is in a->out. */
static bool
parse(struct ask *a, const char *s, size_t n)
{
	static const struct xml_news	news = { on_header, on_stanza,
					    on_end };
	static const char		header[] =
	    "<stream:stream xmlns='" NS_CLIENT "' xmlns:stream='" NS_STREAM
	    "'>";
	struct xml_pool			*pool = xml_pool_new();
	struct xml			 x;
	enum push_err			 err;
	bool				 good;

	buf_init(&a->out, 1 << 20);
	a->count = 0;
	xml_init(&x, pool, &limits);
	good = xml_feed(&x, header, sizeof(header) - 1, &news, a, &err) > 0 &&
	    xml_feed(&x, s, n, &news, a, &err) >= 0 && a->count == 1;
	xml_release(&x);
	xml_pool_free(&pool);
	return good;
}

static bool
writes(const char *in, const char *want)
{
	struct ask	a = { .count = 0 }, b = { .count = 0 };
	bool		good;

	good = parse(&a, in, strlen(in)) &&
	    strcmp(buf_str(&a.out), want) == 0 &&
	    parse(&b, a.out.p, a.out.len) &&
	    strcmp(buf_str(&b.out), want) == 0;
	if (!good)
		printf("# got: %s\n", buf_str(&a.out));
	buf_release(&a.out);
	buf_release(&b.out);
	return good;
}

static void
test_write(void)
{
	ok(writes("<a></a>", "<a/>"), "an empty element closes itself");
	ok(writes("<iq><q xmlns='urn:q'><i/><j xmlns=''/></q><k/></iq>",
	    "<iq><q xmlns='urn:q'><i/><j xmlns=''/></q><k/></iq>"),
	    "a namespace is written where it differs from the parent's");
	ok(writes("<x:a xmlns:x='urn:x'><x:b/><c/></x:a>",
	    "<a xmlns='urn:x'><b/><c xmlns='jabber:client'/></a>"),
	    "prefixes of elements are resolved");
	ok(writes("<a xml:lang='de' b='1'/>", "<a xml:lang='de' b='1'/>"),
	    "xml: stays");
	ok(writes("<a c='0' xmlns:x='urn:&amp;' x:b='1' x:c='2'/>",
	    "<a c='0' xmlns:a1='urn:&amp;' a1:b='1' "
	    "xmlns:a2='urn:&amp;' a2:c='2'/>"),
	    "other attributes with a namespace get a prefix");
	ok(writes("<a b='&lt;&quot;&apos;&amp;>'>&lt;'\"&amp;&gt;</a>",
	    "<a b='&lt;&quot;&apos;&amp;&gt;'>&lt;'\"&amp;&gt;</a>"),
	    "text and attributes are escaped");
	ok(writes("<a>x<b/>y<b/>z</a>", "<a>xyz<b/><b/></a>"),
	    "text around children is joined");
	ok(writes("<a>\r\n&#13;\t</a>", "<a>\n&#13;\t</a>"),
	    "a carriage return survives");
}

/* A chain of n elements, built by hand. */
static bool
chain_writes(size_t n)
{
	static struct stanza	chain[1025];
	struct buf		b;
	size_t			i;
	bool			good;

	memset(chain, 0, sizeof(chain));
	for (i = 0; i < n; i++) {
		chain[i].name = "a";
		chain[i].ns = chain[i].text = "";
		chain[i].child = i + 1 < n ? &chain[i + 1] : NULL;
	}
	buf_init(&b, 1 << 20);
	stanza_write(&chain[0], "", &b);
	good = buf_ok(&b);
	buf_release(&b);
	return good;
}

static void
ask_all(const struct stanza *st)
{
	const struct stanza	*q = stanza_child(st, "q", "urn:q");

	ok(stanza_is(st, "iq", NS_CLIENT) && !stanza_is(st, "iq", "urn:q") &&
	    !stanza_is(st, "i", NS_CLIENT), "name and namespace both count");
	ok(strcmp(stanza_attr(st, "id"), "1") == 0 &&
	    strcmp(stanza_attr(st, "lang"), "plain") == 0 &&
	    stanza_attr(st, "to") == NULL, "attributes without a prefix");
	ok(strcmp(stanza_attr_ns(st, "lang", NS_XML), "de") == 0 &&
	    stanza_attr_ns(st, "id", NS_XML) == NULL, "attributes with one");
	ok(q != NULL && strcmp(stanza_attr(q, "n"), "1") == 0,
	    "the first child of a name is found");
	ok(stanza_child(st, "q", NULL) == NULL &&
	    stanza_child(st, "body", NULL) != NULL &&
	    stanza_child(q, "r", NULL) != NULL,
	    "without a namespace it is the parent's");
	ok(stanza_child_ns(st, "urn:q") == q &&
	    stanza_child_ns(st, "urn:z") == NULL,
	    "a child is found by its namespace alone");
	ok(strcmp(stanza_child_text(st, "body", NULL), "a & b") == 0 &&
	    strcmp(stanza_child_text(st, "q", "urn:q"), "") == 0 &&
	    stanza_child_text(st, "subject", NULL) == NULL,
	    "a child's text, empty or absent");
	ok(stanza_children(st) == 3 && stanza_children(q) == 1,
	    "children are counted");
	ok(st->attrs->len == 1 && stanza_child(st, "body", NULL)->textlen == 5,
	    "lengths are beside the strings");
}

static void
test_questions(void)
{
	static const char	in[] = "<iq id='1' lang='plain' xml:lang='de'>"
				    "<body>a <![CDATA[&]]> b</body>"
				    "<q xmlns='urn:q' n='1'><r/></q>"
				    "<q xmlns='urn:q' n='2'/></iq>";
	struct ask		a = { .question = ask_all };

	ok(parse(&a, in, sizeof(in) - 1), "the stanza is read");
	buf_release(&a.out);
}

static bool
puts_text(const char *in, size_t n, const char *want)
{
	struct buf	b;
	bool		good;

	buf_init(&b, 4096);
	stanza_put_text(&b, in, n);
	good = strcmp(buf_str(&b), want) == 0 && utf8_valid_xml(b.p, b.len);
	if (!good)
		printf("# got: %s\n", buf_str(&b));
	buf_release(&b);
	return good;
}

static void
test_text(void)
{
	char		all[256], c;
	struct buf	b;
	unsigned int	i, bad = 0;

	ok(puts_text("", 0, ""), "nothing is nothing");
	ok(puts_text("plain text", 10, "plain text"), "plain text stays");
	ok(puts_text("&<>\"'", 5, "&amp;&lt;&gt;\"'"),
	    "markup is escaped, quotes are not");
	buf_init(&b, 4096);
	stanza_put_attr(&b, "&<>\"'", 5);
	ok(strcmp(buf_str(&b), "&amp;&lt;&gt;&quot;&apos;") == 0,
	    "in an attribute all five are escaped");
	buf_release(&b);
	ok(puts_text("a&b<c", 5, "a&amp;b&lt;c"), "between plain runs, too");
	ok(puts_text("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 x", 11,
	    "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 x"), "UTF-8 stays");
	ok(puts_text("a\0b\x1b\x7f\t\n\r", 8, "a" BAD "b" BAD "\x7f\t\n&#13;"),
	    "control characters are replaced");
	ok(puts_text("\xed\xa0\x80|\xef\xbf\xbf|\xc0\xaf|\xff", 12,
	    BAD BAD BAD "|" BAD BAD BAD "|" BAD BAD "|" BAD),
	    "what no XML may have is replaced");
	ok(puts_text("a\xf0\x9f\x98", 4, "a" BAD BAD BAD) &&
	    puts_text("\xc3", 1, BAD) && puts_text("\xc3<", 2, BAD "&lt;"),
	    "so is a character cut short");
	for (i = 0; i < 256; i++)
		all[i] = (char)i;
	buf_init(&b, 4096);
	for (i = 0; i < 256; i++) {
		c = all[i];
		buf_reset(&b);
		stanza_put_text(&b, &c, 1);
		if (!utf8_valid_xml(b.p, b.len) ||
		    (b.len == 1) != ((i >= 0x20 && i < 0x80 &&
		    strchr("&<>", (int)i) == NULL) || i == 9 || i == 10))
			bad++;
	}
	stanza_put_text(&b, all, sizeof(all));
	ok(bad == 0 && utf8_valid_xml(b.p, b.len),
	    "each of the 256 bytes is put as XML allows");
	buf_release(&b);
}

#define SAME(...) do {							\
	struct buf	b;						\
	char		want[256];					\
									\
	buf_init(&b, 4096);						\
	stanza_printf(&b, __VA_ARGS__);					\
	snprintf(want, sizeof(want), __VA_ARGS__);			\
	ok(strcmp(buf_str(&b), want) == 0, "as printf: %s", want);	\
	buf_release(&b);						\
} while (0)

static void
test_numbers(void)
{
	SAME("%d %i %d %d", 0, -1, INT_MIN, INT_MAX);
	SAME("%u %x %x", UINT_MAX, 0xbeefu, 0u);
	SAME("%ld %ld %lu", LONG_MIN, LONG_MAX, ULONG_MAX);
	SAME("%lld %lld %llu", LLONG_MIN, LLONG_MAX, ULLONG_MAX);
	SAME("%zu %zd %jd %ju %td", SIZE_MAX, (ssize_t)-5, INTMAX_MIN,
	    UINTMAX_MAX, (ptrdiff_t)-7);
	SAME("%5d|%05d|%-5d|%2d|%-5u|%08x", -42, -42, -42, 12345, 7u, 0xabu);
	SAME("%c%c %% 100%%", 'a', 'Z');
	SAME("%s", "plain");
	SAME("%d%d%s%d", 1, 2, "three", 4);
	SAME("%s", "");
}

static void
test_strings(void)
{
	struct buf	b;

	buf_init(&b, 4096);
	stanza_printf(&b, "<a b='%s'>%.*s|%.2s|%c</a>", "'<\x01", 3, "&xyz",
	    "abc", '<');
	ok(strcmp(buf_str(&b),
	    "<a b='&apos;&lt;" BAD "'>&amp;xy|ab|&lt;</a>") == 0,
	    "strings are escaped, the format is not");
	buf_reset(&b);
	stanza_printf(&b, "%.*s|%.*s|%.*s", 0, "abc", 9, "ab", -1, "abc");
	ok(strcmp(buf_str(&b), "|ab|abc") == 0,
	    "a precision bounds a string, a negative one does not");
	buf_reset(&b);
	stanza_printf(&b, "%.*s", 2, "\xc3\xa4\xc3\xa4");
	ok(strcmp(buf_str(&b), "\xc3\xa4") == 0, "it counts bytes");
	buf_release(&b);
	buf_init(&b, 4);
	stanza_printf(&b, "%s", "<<");
	ok(!buf_ok(&b), "a full buffer is marked failed");
	buf_release(&b);
}

int
main(void)
{
	test_write();
	ok(chain_writes(1024) && !chain_writes(1025),
	    "no tree deeper than 1024 is written");
	test_questions();
	test_text();
	test_numbers();
	test_strings();
	return tap_done();
}
