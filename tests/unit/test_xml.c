/* The XML filter: splits, sharing of parsers, stops and releases. */
#include "xml_peer.h"

#include "tap.h"

#define MARKS	64

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
test_free_parser(const char *header)
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
		ok(feed(&p, header, strlen(header)) > 0 &&
		    feed(&p, free_after[i], strlen(free_after[i])) >= 0 &&
		    p.x->parser == NULL && p.x->fed == 0,
		    "no parser is kept after case %zu", i);
		peer_release(&p);
	}
	for (i = 0; i < sizeof(kept_after) / sizeof(kept_after[0]); i++) {
		peer_init(&p, pool, &limits);
		ok(feed(&p, header, strlen(header)) > 0 &&
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
		ok(one.x->parser == NULL && feed(&two, rest,
		    sizeof(rest) - 1) > 0 && two.told == 3 &&
		    strstr(log_of(&two), "<a><b xmlns='" NS_STREAM
		    "'/></a>\nend\n") != NULL,
		    "unusual root %zu keeps its names to itself", i);
		ok(feed(&one, "<a/>", 4) == 4 && one.told == 2 &&
		    (strstr(odd[i], "xmlns='" NS_CLIENT) != NULL) ==
		    (strstr(log_of(&one), "\n<a/>\n") != NULL),
		    "and does not lose them");
		peer_release(&one);
		peer_release(&two);
		xml_pool_free(&pool);
	}
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

/*
 * Stops behind each event of in; what it used must end where the event did,
 * and going on there tells the rest.
 */
static void
test_stop_exact(const char *in, size_t len, const size_t *ends, size_t n)
{
	struct xml_pool	*pool = xml_pool_new();
	struct peer	 p;
	size_t		 i, cut, bad = 0, lost = 0;
	ssize_t		 used;
	char		*log = run_in_steps(pool, &limits, in, len, len);

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
			else if (feed(&p, in + used, len - (size_t)used) < 0 ||
			    strcmp(log_of(&p), log) != 0)
				lost++;
			peer_release(&p);
		}
	ok(bad == 0, "a stop uses the bytes of the element told and no more");
	ok(lost == 0, "and nothing is lost behind it");
	free(log);
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
	static const char	own[] = OWN "<f:a/> <a></a><b f:c='1'><s:d/>"
				    "</b></s:stream>\x16\x03\x01";
	const size_t		o = sizeof(OWN) - 1;
	const size_t		own_ends[] = { o, o + 6, o + 14, o + 35,
				    sizeof(own) - 4 };
	static const char	two[] = HEADER "<auth/>"
				    "\n<?xml version='1.0'?>" HEADER "<iq/>";
	struct xml_pool		*pool = xml_pool_new();
	struct peer		 p;
	ssize_t			 used;

	test_stop_exact(in, sizeof(in) - 1, ends, 5);
	test_stop_exact(own, sizeof(own) - 1, own_ends, 5);

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
	p.stop_at = 1;
	used = feed(&p, "<s.m/>", 6);
	ok(used == 6 && feed(&p, "<a/>", 4) == 4 && p.told == 2,
	    "an empty root goes on behind a stop like any");
	peer_release(&p);

	peer_init(&p, pool, &limits);
	p.stop_at = 2;
	used = feed(&p, OWN "<a/>", sizeof(OWN) + 3);
	xml_restart(p.x);
	ok(used == (ssize_t)sizeof(OWN) + 3 &&
	    feed(&p, HEADER "<b/>", sizeof(HEADER) + 3) > 0 && p.told == 4 &&
	    feed(&p, "<f:b/>", 6) < 0,
	    "names of its own do not outlive a restart");
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
	char				 text[10000];
	struct peer			 p;

	memset(text, 'x', sizeof(text));
	peer_init(&p, pool, &limits);
	(void)feed(&p, HEADER "<p/>", sizeof(HEADER) + 3);
	xml_set_limits(p.x, &wide);
	ok(feed(&p, "<a>", 3) > 0 && feed(&p, text, sizeof(text)) > 0 &&
	    feed(&p, "</a>", 4) > 0 && p.told == 3,
	    "other limits hold from the next stanza on");
	peer_release(&p);
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

/* There and back behind every byte that completes something. */
static void
test_set_pool_own(void)
{
	static const char	in[] = OWN "<f:a/><m><f:c/></m><s:e f:g=''/>"
				    "</s:stream>";
	struct xml_pool		*pool[2] = { xml_pool_new(), xml_pool_new() };
	struct peer		 p;
	char			*log;
	size_t			 i, moves = 0;

	log = run_in_steps(pool[0], &limits, in, sizeof(in) - 1, sizeof(in));
	peer_init(&p, pool[0], &limits);
	for (i = 0; i < sizeof(in) - 1; i++) {
		if (feed(&p, in + i, 1) != 1)
			break;
		if (!p.x->open || p.x->parser != NULL)
			continue;
		xml_set_pool(p.x, NULL);
		xml_set_pool(p.x, pool[++moves % 2]);
	}
	ok(moves == 5 && strcmp(log_of(&p), log) == 0,
	    "so does one with an unusual root, there and back");
	xml_restart(p.x);
	ok(feed(&p, OWN "<f:a", sizeof(OWN) + 3) > 0 && p.x->parser != NULL,
	    "one that waits inside a stanza");
	xml_set_pool(p.x, NULL);
	xml_pool_free(&pool[1]);
	ok(p.x->parser == NULL, "leaves its parser behind");
	free(log);
	peer_release(&p);
	xml_pool_free(&pool[0]);
}

int
main(void)
{
	test_splits();
	test_prompt();
	test_free_parser(HEADER);
	test_free_parser(OWN);
	test_sharing();
	test_profiles();
	test_after_error();
	test_stop();
	test_release();
	test_new_limits();
	test_set_pool();
	test_set_pool_own();
	return tap_done();
}
