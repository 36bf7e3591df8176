#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "iotest.h"
#include "base/buf.h"
#include "base/mem.h"
#include "io/tls.h"
#include "tap.h"
#include "testcert.h"
#include "xmpp/ns.h"
#include "xmpp/stream.h"

#define MAX_OUT		65536
#define HEADER		"<?xml version='1.0'?><stream:stream to='a.example' " \
			"xmlns='" NS_CLIENT "' xmlns:stream='" NS_STREAM \
			"' version='1.0'>"
#define ODD_HEADER	"<s:stream to='a.example' xmlns='" NS_CLIENT	\
			"' xmlns:s='" NS_STREAM "' xmlns:o='urn:odd'>"
#define END		"</stream:stream>"

static const struct xml_limits	limits = {
	.stanza = 2000, .depth = 10, .children = 50, .attributes = 20,
	.namespaces = 20, .name = 200
};

static char		dir[] = "/tmp/test_stream.XXXXXX";
static struct testcert	cert;
static struct tls_ctx	*server_ctx, *client_ctx;

/*
 * The owner of a stream.  It notes news as words in a row and obeys stanzas
 * by their names: <restart/>, <pause/>, <move/>, <free/> and so on; <walk/>
 * is a move without a restart.
 */
struct owner {
	struct loop	*loop;
	struct xml_pool	*pool;
	struct stream	*stream;
	struct buf	 log;
	struct timer	 timer;		/* an answer that takes its time */
	bool		 restart_later;
	bool		 client;
	bool		 stay;		/* secure is all it wants to be */
	struct mail	 mail;
	struct owner	*next_home;	/* where <move/> leads */
};

static void
note(struct owner *o, const char *what, const char *of)
{
	if (o->log.len > 0)
		buf_putc(&o->log, ' ');
	buf_puts(&o->log, what);
	if (of != NULL)
		buf_printf(&o->log, ":%s", of);
}

static void
on_header(void *arg, const struct xml_header *h)
{
	struct owner	*o = arg;

	note(o, "header", h->to);
	if (!o->client) {
		stream_put_header(o->stream, "a.example", NULL, "i", "en");
		stream_flush(o->stream);
	}
}

static void
go_on(struct timer *t)
{
	struct owner	*o = LIST_ITEM(t, struct owner, timer);

	note(o, "later", NULL);
	if (o->restart_later)
		stream_restart(o->stream);
	o->restart_later = false;
	stream_pause(o->stream, false);
}

static void
arrive(struct mail *m, struct loop *l)
{
	struct owner	*o = LIST_ITEM(m, struct owner, mail);
	struct owner	*to = o->next_home;

	(void)l;
	to->stream = o->stream;
	o->stream = NULL;
	buf_put(&to->log, o->log.p, o->log.len);
	buf_reset(&o->log);
	note(to, "moved", NULL);
	stream_attach(to->stream, to->loop, to->pool, to);
	stream_pause(to->stream, false);
}

static void
on_stanza(void *arg, const struct stanza *st)
{
	struct owner	*o = arg;

	note(o, st->name, NULL);
	if (strcmp(st->name, "restart") == 0)
		stream_restart(o->stream);
	else if (strcmp(st->name, "pause") == 0 ||
	    strcmp(st->name, "auth") == 0) {
		o->restart_later = st->name[0] == 'a';
		stream_pause(o->stream, true);
		loop_timer_set(o->loop, &o->timer, 0);
	} else if (strcmp(st->name, "move") == 0 ||
	    strcmp(st->name, "walk") == 0) {
		if (st->name[0] == 'm')
			stream_restart(o->stream);
		stream_detach(o->stream);
		loop_post(o->loop, o->next_home->loop, &o->mail);
	} else if (strcmp(st->name, "starttls") == 0) {
		stream_printf(o->stream, "<proceed xmlns='" NS_TLS "'/>");
		stream_start_tls(o->stream, server_ctx, NULL, false);
	} else if (strcmp(st->name, "proceed") == 0)
		stream_start_tls(o->stream, client_ctx, "a.example", false);
	else if (strcmp(st->name, "refuse") == 0) {
		stream_error(o->stream, "conflict", "a <b>", "<x/>");
		stream_printf(o->stream, "<never/>");
	} else if (strcmp(st->name, "answer") == 0)
		stream_printf(o->stream, "<result n='%s'/>", "<'>");
	else if (strcmp(st->name, "free") == 0) {
		stream_free(&o->stream);
		loop_stop(o->loop);
	}
}

static void
on_secure(void *arg)
{
	struct owner	*o = arg;

	note(o, "secure", NULL);
	if (o->stay)
		loop_stop(o->loop);
	else if (o->client) {
		stream_put_header(o->stream, NULL, "a.example", NULL, NULL);
		stream_printf(o->stream, "<inside/>");
		stream_close(o->stream);
	}
}

static void
on_gone(void *arg, const char *reason, bool clean)
{
	struct owner	*o = arg;

	note(o, clean ? "clean" : "gone", reason);
	stream_free(&o->stream);
	loop_stop(o->loop);
}

static const struct stream_news	news = {
	.on_header = on_header,
	.on_stanza = on_stanza,
	.on_secure = on_secure,
	.on_gone = on_gone,
};

static void
owner_init(struct owner *o, struct loop *l, int fd, bool client)
{
	memset(o, 0, sizeof(*o));
	o->loop = l;
	o->pool = xml_pool_new();
	o->client = client;
	o->timer.fire = go_on;
	o->mail.run = arrive;
	buf_init(&o->log, 65536);
	if (fd >= 0)
		o->stream = stream_new(l, fd, o->pool, &limits, &news, o,
		    !client, MAX_OUT);
}

static void
owner_release(struct owner *o)
{
	stream_free(&o->stream);
	buf_release(&o->log);
	xml_pool_free(&o->pool);
}

/* A peer that writes one piece, then after the stream's answer another. */
struct peer {
	struct io	 io;
	struct loop	*loop;
	const char	*rest;
	struct timer	 timer;
	struct buf	 got;
	bool		 ended;
};

static void
peer_on_read(struct io *io, const char *p, ssize_t n)
{
	struct peer	*pe = LIST_ITEM(io, struct peer, io);

	if (n > 0) {
		buf_put(&pe->got, p, (size_t)n);
		return;
	}
	pe->ended = true;
	(void)shutdown(io->fd, SHUT_WR);
}

static void
peer_on_written(struct io *io, ssize_t n)
{
	(void)io;
	(void)n;
}

static const struct io_news	peer_news = {
	.on_read = peer_on_read,
	.on_written = peer_on_written,
};

static void
peer_on_timer(struct timer *t)
{
	struct peer	*pe = LIST_ITEM(t, struct peer, timer);

	loop_write(&pe->io, pe->rest, strlen(pe->rest));
}

static char	*result, *answer;

/*
 * Plays a peer's words to a server's stream, cut at a place, and waits for
 * the end.  result gets the news, answer what the peer was told.
 */
static void
play(const char *words, size_t cut)
{
	struct loop	*l = new_loop();
	struct owner	 o, home;
	struct peer	 pe = { .loop = l, .timer.fire = peer_on_timer };
	int		 fd[2];

	new_pair(fd);
	owner_init(&o, l, fd[0], false);
	owner_init(&home, l, -1, false);
	o.next_home = &home;
	home.next_home = &o;
	buf_init(&pe.got, 65536);
	if (loop_add(l, &pe.io, fd[1], &peer_news) < 0)
		abort();
	loop_read(&pe.io, true);
	loop_write(&pe.io, words, cut);
	pe.rest = words + cut;
	/* The next turn, when the first piece was read. */
	loop_timer_set(l, &pe.timer, 1);
	if (cut == strlen(words))
		loop_timer_clear(l, &pe.timer);
	run(l);
	free(result);
	free(answer);
	result = mem_strndup(o.log.len > home.log.len ? o.log.p : home.log.p,
	    o.log.len > home.log.len ? o.log.len : home.log.len);
	answer = mem_strndup(pe.got.len > 0 ? pe.got.p : "", pe.got.len);
	loop_timer_clear(l, &pe.timer);
	loop_timer_clear(l, &o.timer);
	loop_timer_clear(l, &home.timer);
	owner_release(&o);
	owner_release(&home);
	loop_del(&pe.io);
	(void)close(fd[1]);
	buf_release(&pe.got);
	loop_free(&l);
}

/* The same news for every cut; says the first that differs. */
static bool
always(const char *words, const char *want)
{
	size_t	i, n = strlen(words);

	for (i = n; i > 0; i--) {
		play(words, i);
		if (strcmp(result, want) != 0) {
			printf("# cut at %zu: %s instead of %s\n", i, result,
			    want);
			return false;
		}
	}
	return true;
}

static const struct {
	const char	*words, *want, *what;
} plays[] = {
	{ HEADER "<a/><b>x</b> <c/>" END,
	    "header:a.example a b c clean:closed by peer",
	    "a header, stanzas, an end" },
	{ HEADER "<restart/>" HEADER "<a/>" END,
	    "header:a.example restart header:a.example a "
	    "clean:closed by peer",
	    "a client that does not wait for the restart" },
	{ HEADER "<a/><auth/>" HEADER "<b/><pause/><c/>" END,
	    "header:a.example a auth later header:a.example b pause later c "
	    "clean:closed by peer",
	    "nor for an answer that takes its time" },
	{ HEADER "<pause/><pause/><a/>" END,
	    "header:a.example pause later pause later a clean:closed by peer",
	    "one pause after the other" },
	{ HEADER "<move/>" HEADER "<a/><move/>" HEADER "<b/>" END,
	    "header:a.example move moved header:a.example a move moved "
	    "header:a.example b clean:closed by peer",
	    "moves take along what was not read" },
	{ ODD_HEADER "<a/><restart/>" ODD_HEADER "<b/></s:stream>",
	    "header:a.example a restart header:a.example b "
	    "clean:closed by peer",
	    "a root with prefixes of its own" },
	{ ODD_HEADER "<o:a/><pause/><o:b/> <pause/><o:c/></s:stream>",
	    "header:a.example a pause later b pause later c "
	    "clean:closed by peer",
	    "which a pause does not forget" },
	{ ODD_HEADER "<walk/><o:a/><walk/><pause/><o:b/></s:stream>",
	    "header:a.example walk moved a walk moved pause later b "
	    "clean:closed by peer",
	    "nor a move" },
	{ HEADER "<a></b>", "header:a.example gone:not-well-formed",
	    "bad XML ends it" },
	{ HEADER "<!-- x --><a/>", "header:a.example gone:restricted-xml",
	    "so do comments" },
	{ HEADER "<refuse/><a/>", "header:a.example refuse gone:conflict",
	    "nothing is heard after an error" },
	{ "GET / HTTP/1.1\r\n\r\n", "gone:not-well-formed", "what is no XML is refused" },
};

static void
test_plays(void)
{
	size_t	i;

	for (i = 0; i < sizeof(plays) / sizeof(plays[0]); i++)
		ok(always(plays[i].words, plays[i].want), "%s", plays[i].what);
}

static void
test_answers(void)
{
	static const char	head[] = "<?xml version='1.0'?><stream:stream "
	    "xmlns='jabber:client' "
	    "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'";
	static const char	rest[] = " from='a.example' id='i' "
	    "xml:lang='en'><result n='&lt;&apos;&gt;'/></stream:stream>";
	char			*big;

	play(HEADER "<answer/>" END, 1);
	ok(strncmp(answer, head, strlen(head)) == 0, "the header goes first");
	ok(strcmp(answer + strlen(head), rest) == 0,
	    "then what is said, escaped, then the closing tag");

	play(HEADER "<refuse/>", 1);
	ok(strstr(answer, "<stream:error><conflict xmlns='" NS_STREAMS "'/>"
	    "<text xmlns='" NS_STREAMS "' xml:lang='en'>a &lt;b&gt;</text>"
	    "<x/></stream:error></stream:stream>") != NULL,
	    "an error says what, why and the end: %s", answer);
	ok(strstr(answer, "never") == NULL, "and nothing more");

	play("<<", 2);
	ok(strncmp(answer, head, strlen(head)) == 0 &&
	    strstr(answer, " id='") != NULL &&
	    strstr(answer, "<not-well-formed") != NULL,
	    "an error before the header comes with one");

	big = mem_zalloc(4000, 1);
	memset(big, 'x', 3999);
	memcpy(big, HEADER "<a>", strlen(HEADER "<a>"));
	play(big, 3000);
	ok(strstr(answer, "<policy-violation xmlns='" NS_STREAMS "'/>"
	    "<stanza-too-big xmlns='urn:xmpp:errors'/>") != NULL,
	    "too much is told as such");
	free(big);
}

static void
test_starttls(void)
{
	static const char	inject[] = HEADER "<starttls/><injected/>";
	size_t			cut = strlen(HEADER);

	play(inject, strlen(inject));
	ok(strcmp(result, "header:a.example starttls gone:data behind "
	    "starttls") == 0, "words behind <starttls/> end it: %s", result);
	play(inject, cut);
	ok(strstr(result, "injected") == NULL, "in two pieces, too");
	play(inject, strlen(HEADER "<starttls/>"));
	ok(strncmp(result, "header:a.example starttls gone:TLS: ", 36) == 0,
	    "and are no handshake: %s", result);
}

static void
test_two_ends(bool direct)
{
	struct loop	*l = new_loop();
	struct owner	 s, c;
	int		 fd[2];

	new_pair(fd);
	owner_init(&s, l, fd[0], false);
	owner_init(&c, l, fd[1], true);
	if (direct) {
		stream_start_tls(s.stream, server_ctx, NULL, true);
		stream_start_tls(c.stream, client_ctx, "a.example", true);
	} else {
		stream_put_header(c.stream, NULL, "a.example", NULL, NULL);
		stream_printf(c.stream, "<starttls/> \n");
	}
	while (s.stream != NULL || c.stream != NULL)
		run(l);
	ok(strcmp(buf_str(&s.log), direct ?
	    "secure header:a.example inside clean:closed by peer" :
	    "header:a.example starttls secure header:a.example inside "
	    "clean:closed by peer") == 0, "the server's view%s: %s",
	    direct ? " of direct TLS" : "", buf_str(&s.log));
	ok(strcmp(buf_str(&c.log), direct ? "secure gone:closed by us" :
	    "header proceed secure gone:closed by us") == 0,
	    "the client's: %s", buf_str(&c.log));
	owner_release(&s);
	owner_release(&c);
	loop_free(&l);
}

/* Two records in one read, a move in the first. */
static void
test_move_with_tls(void)
{
	static const char	one[] = HEADER "<move/>" HEADER "<a/>";
	static const char	two[] = "<b/>" END;
	struct loop		*l = new_loop();
	struct owner		 s, c, home;
	struct tls		*tls;
	struct buf		*wire;
	int			 fd[2];

	new_pair(fd);
	owner_init(&s, l, fd[0], false);
	owner_init(&c, l, fd[1], true);
	owner_init(&home, l, -1, false);
	s.next_home = &home;
	stream_start_tls(s.stream, server_ctx, NULL, true);
	stream_start_tls(c.stream, client_ctx, "a.example", true);
	c.stay = true;
	run(l);
	tls = conn_tls(stream_conn(c.stream));
	wire = &c.log;
	buf_reset(wire);
	(void)tls_write(tls, one, sizeof(one) - 1, wire);
	(void)tls_write(tls, two, sizeof(two) - 1, wire);
	if (write(fd[1], wire->p, wire->len) != (ssize_t)wire->len)
		abort();
	buf_reset(wire);
	while (s.stream != NULL || home.stream != NULL)
		run(l);
	ok(strcmp(buf_str(&home.log), "secure header:a.example move moved "
	    "header:a.example a b clean:closed by peer") == 0,
	    "a move under TLS keeps the order: %s", buf_str(&home.log));
	owner_release(&s);
	owner_release(&c);
	owner_release(&home);
	loop_free(&l);
}

static void
test_free(void)
{
	play(HEADER "<a/><free/><b/>", strlen(HEADER "<a/><free/><b/>"));
	ok(strcmp(result, "header:a.example a free") == 0,
	    "freed inside a stanza, it says no more: %s", result);
}

/* A stream that walks between two threads at every restart. */
static void *
run_thread(void *l)
{
	run(l);
	return NULL;
}

#define STEPS	200

static void
test_threads(void)
{
	struct loop	*a = new_loop(), *b = new_loop();
	struct owner	 oa, ob;
	struct buf	 words;
	struct pollfd	 p = { .events = POLLIN };
	pthread_t	 ta, tb;
	char		 c[4096];
	int		 fd[2], i;

	new_pair(fd);
	owner_init(&oa, a, fd[0], false);
	owner_init(&ob, b, -1, false);
	oa.next_home = &ob;
	ob.next_home = &oa;
	buf_init(&words, 1 << 20);
	for (i = 0; i < STEPS; i++)
		buf_puts(&words, HEADER "<move/>");
	buf_puts(&words, HEADER "<a/>" END);
	p.fd = fd[1];
	if (pthread_create(&ta, NULL, run_thread, a) != 0 ||
	    pthread_create(&tb, NULL, run_thread, b) != 0)
		abort();
	if (write(fd[1], words.p, words.len) != (ssize_t)words.len)
		abort();
	while (poll(&p, 1, 5000) == 1 && read(fd[1], c, sizeof(c)) > 0)
		continue;
	(void)close(fd[1]);
	/* An even number of steps: it ends where it began. */
	(void)pthread_join(ta, NULL);
	loop_stop(b);
	(void)pthread_join(tb, NULL);
	ok(oa.stream == NULL && strstr(buf_str(&oa.log),
	    "moved header:a.example a clean:closed by peer") != NULL,
	    "a stream walks between threads, %d steps in one read", STEPS);
	owner_release(&oa);
	owner_release(&ob);
	buf_release(&words);
	loop_free(&a);
	loop_free(&b);
}

int
main(void)
{
	struct err_text	why;

	if (mkdtemp(dir) == NULL)
		return 1;
	testcert_make(&cert, dir, "ec", false, "DNS:a.example", 3600);
	server_ctx = tls_ctx_server(cert.cert, cert.key, NULL, NULL,
	    TLS_MODERN, &why);
	client_ctx = tls_ctx_client(cert.cert, true, &why);
	test_plays();
	test_answers();
	test_starttls();
	test_two_ends(false);
	test_two_ends(true);
	test_move_with_tls();
	test_free();
	test_threads();
	free(result);
	free(answer);
	tls_ctx_unref(&server_ctx);
	tls_ctx_unref(&client_ctx);
	(void)unlink(cert.cert);
	(void)unlink(cert.key);
	(void)rmdir(dir);
	return tap_done();
}
