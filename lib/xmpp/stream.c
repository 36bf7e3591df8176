#include "xmpp/stream.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "xmpp/ns.h"

#define KEPT_MAX	65536	/* more than two reads: they stop at a pause */
#define ID_DIGITS	16
#define TOO_BIG		"<stanza-too-big xmlns='" NS_ERRORS "'/>"

/* Idle ones are many: what is rare hangs on a pointer. */
struct stream {
	struct xml			 xml;
	struct loop_hook		 hook;
	struct loop			*loop;	/* NULL: on the move */
	struct conn			*conn;
	const struct stream_news	*news;
	void				*arg;
	/* Input not read yet; once closing, what swallows output. */
	struct buf			*side;
	const char			*reason;	/* ours, borrowed */
	bool				 server : 1;
	bool				 header_sent : 1;
	bool				 restarting : 1;
	bool				 securing : 1;	/* drop what follows */
	bool				 paused : 1;
	bool				 closing : 1;
	bool				 clean : 1;	/* the peer ended it */
	bool				 busy : 1;	/* feeding */
	bool				 gone : 1;	/* stream_free() */
	bool				 orphan : 1;	/* feed() frees it */
};

static void
drop_side(struct stream *s)
{
	if (s->side != NULL)
		buf_release_secret(s->side);
	free(s->side);
	s->side = NULL;
}

static void
destroy(void *p)
{
	struct stream	*s = p;

	drop_side(s);
	free(s);
}

/* Says goodbye, where hello was said, and lets the conn flush and close. */
static void
close_stream(struct stream *s, const char *reason)
{
	struct buf	*out = conn_out(s->conn);

	if (s->header_sent)
		buf_puts(out, "</stream:stream>");
	s->closing = true;
	s->reason = reason;
	drop_side(s);
	s->side = mem_zalloc(1, sizeof(*s->side));
	if (s->busy)
		xml_stop(&s->xml);
	conn_close(s->conn);
}

static void
keep(struct stream *s, const char *p, size_t n)
{
	if (s->side == NULL) {
		s->side = mem_zalloc(1, sizeof(*s->side));
		buf_init(s->side, KEPT_MAX);
	}
	buf_put(s->side, p, n);
	if (!buf_ok(s->side))
		stream_error(s, "policy-violation", NULL, NULL);
}

static void
xml_on_header(void *arg, const struct xml_header *h)
{
	struct stream	*s = arg;

	s->news->on_header(s->arg, h);
}

static void
xml_on_stanza(void *arg, const struct stanza *st)
{
	struct stream	*s = arg;

	s->news->on_stanza(s->arg, st);
}

static void
xml_on_end(void *arg)
{
	struct stream	*s = arg;

	s->clean = true;
	if (s->closing)
		return;
	close_stream(s, "closed by peer");
	if (s->news->on_ended != NULL)
		s->news->on_ended(s->arg);
}

static const struct xml_news	xml_news = {
	.on_header = xml_on_header,
	.on_stanza = xml_on_stanza,
	.on_end = xml_on_end,
};

/*
 * RFC 6120 section 5.4.3.3: nothing comes between <starttls/> and the
 * handshake.  Clear text that does was put there by a third party, to be
 * taken for what the client says later under TLS.
 */
static void
refuse_clear_text(struct stream *s, const char *p, size_t n)
{
	while (n > 0 && strchr(" \t\r\n", *p) != NULL && *p != '\0') {
		p++;
		n--;
	}
	if (n > 0 && !s->closing)
		close_stream(s, "data behind starttls");
}

static bool
is_reading(const struct stream *s)
{
	return !s->gone && !s->closing && !s->paused && !s->securing &&
	    s->loop != NULL;
}

/* Reads on until a callback wants it otherwise. */
static void
feed_some(struct stream *s, const char *p, size_t n)
{
	enum push_err	err;
	ssize_t		used;

	while (n > 0 && is_reading(s)) {
		if (s->restarting)
			xml_restart(&s->xml);
		s->restarting = false;
		used = xml_feed(&s->xml, p, n, &xml_news, s, &err);
		if (s->gone || s->closing)
			return;
		if (used < 0) {
			stream_error(s, err_stream(err), NULL,
			    err == PUSH_E_TOOLARGE ? TOO_BIG : NULL);
			return;
		}
		p += used;
		n -= (size_t)used;
	}
	if (s->securing)
		refuse_clear_text(s, p, n);
	else if (n > 0 && !s->gone && !s->closing)
		keep(s, p, n);
}

/* False: the stream is no more. */
static bool
feed(struct stream *s, const char *p, size_t n)
{
	s->busy = true;
	feed_some(s, p, n);
	s->busy = false;
	s->securing = false;
	if (s->orphan)
		destroy(s);
	else
		return !s->gone;
	return false;
}

static void
conn_on_bytes(void *arg, const char *p, size_t n)
{
	struct stream	*s = arg;

	if (s->closing)
		return;
	if (s->paused || s->side != NULL)
		keep(s, p, n);
	else
		(void)feed(s, p, n);
}

static void
conn_on_secure(void *arg)
{
	struct stream	*s = arg;

	if (s->news->on_secure != NULL && !s->closing)
		s->news->on_secure(s->arg);
}

static void
conn_on_drained(void *arg)
{
	struct stream	*s = arg;

	if (s->news->on_drained != NULL && !s->closing)
		s->news->on_drained(s->arg);
}

static void
conn_on_closed(void *arg, const char *reason)
{
	struct stream	*s = arg;

	s->closing = true;
	s->news->on_gone(s->arg, s->reason != NULL ? s->reason : reason,
	    s->clean);
}

static const struct conn_news	conn_news = {
	.on_bytes = conn_on_bytes,
	.on_secure = conn_on_secure,
	.on_drained = conn_on_drained,
	.on_closed = conn_on_closed,
};

/* Reads what was kept, then lets the conn read on. */
static void
stream_on_turn(struct loop_hook *h)
{
	struct stream	*s = LIST_ITEM(h, struct stream, hook);
	struct buf	*kept = s->side;
	bool		 alive = true;

	if (s->paused || s->closing)
		return;
	if (kept != NULL) {
		s->side = NULL;
		alive = feed(s, kept->p, kept->len);
		buf_release_secret(kept);
		free(kept);
	}
	if (alive && s->loop != NULL && !s->paused && !s->closing)
		conn_pause(s->conn, false);
}

struct stream *
stream_new(struct loop *loop, int fd, struct xml_pool *pool,
    const struct xml_limits *limits, const struct stream_news *news,
    void *arg, bool server, size_t max_out)
{
	struct stream	*s = mem_zalloc(1, sizeof(*s));

	s->loop = loop;
	s->news = news;
	s->arg = arg;
	s->server = server;
	s->hook.run = stream_on_turn;
	xml_init(&s->xml, pool, limits);
	s->conn = conn_new(loop, fd, &conn_news, s, max_out);
	return s;
}

void
stream_free(struct stream **sp)
{
	struct stream	*s = *sp;

	*sp = NULL;
	if (s == NULL)
		return;
	s->gone = true;
	xml_release(&s->xml);
	list_remove(&s->hook.node);
	conn_free(&s->conn);
	if (s->loop != NULL)
		loop_free_later(s->loop, s, destroy);
	else if (s->busy)
		s->orphan = true;
	else
		destroy(s);
}

static void
put_attribute(struct buf *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(out, " %s='", name);
	stanza_put_attr(out, value, strlen(value));
	buf_putc(out, '\'');
}

void
stream_put_header(struct stream *s, const char *from, const char *to,
    const char *id, const char *lang)
{
	struct buf	*out = stream_out(s);

	buf_puts(out, "<?xml version='1.0'?><stream:stream xmlns='" NS_CLIENT
	    "' xmlns:stream='" NS_STREAM "' version='1.0'");
	put_attribute(out, "from", from);
	put_attribute(out, "to", to);
	put_attribute(out, "id", id);
	put_attribute(out, "xml:lang", lang);
	buf_putc(out, '>');
	s->header_sent = true;
}

struct buf *
stream_out(struct stream *s)
{
	return s->closing && s->side != NULL ? s->side : conn_out(s->conn);
}

void
stream_flush(struct stream *s)
{
	conn_flush_later(s->conn);
}

void
stream_printf(struct stream *s, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	stanza_vprintf(stream_out(s), fmt, ap);
	va_end(ap);
	stream_flush(s);
}

void
stream_restart(struct stream *s)
{
	s->restarting = true;
	s->header_sent = false;
	if (s->busy)
		xml_stop(&s->xml);
}

void
stream_start_tls(struct stream *s, struct tls_ctx *ctx, const char *host,
    bool alpn)
{
	if (s->closing)
		return;
	stream_restart(s);
	conn_start_tls(s->conn, ctx, s->server, host, alpn);
	s->securing = s->busy;
	if (s->busy || s->side == NULL)
		return;
	refuse_clear_text(s, s->side->p, s->side->len);
	if (!s->closing)
		drop_side(s);
}

bool
stream_is_secure(const struct stream *s)
{
	return conn_tls(s->conn) != NULL && !conn_is_handshaking(s->conn);
}

void
stream_set_limits(struct stream *s, const struct xml_limits *limits)
{
	xml_set_limits(&s->xml, limits);
}

void
stream_pause(struct stream *s, bool paused)
{
	s->paused = paused;
	if (s->closing)
		return;
	if (paused && s->busy)
		xml_stop(&s->xml);
	if (!paused && s->side != NULL && s->loop != NULL)
		loop_at_end(s->loop, &s->hook);
	else
		conn_pause(s->conn, paused);
}

void
stream_error(struct stream *s, const char *condition, const char *text,
    const char *extra)
{
	struct buf	*out;
	char		 id[ID_DIGITS + 1];

	if (s->closing)
		return;
	/* RFC 6120 section 4.9.1.2: an error needs an open stream. */
	if (!s->header_sent) {
		rand_hex(id, ID_DIGITS);
		stream_put_header(s, NULL, NULL, s->server ? id : NULL, NULL);
	}
	out = stream_out(s);
	buf_printf(out, "<stream:error><%s xmlns='" NS_STREAMS "'/>",
	    condition);
	if (text != NULL)
		stanza_printf(out, "<text xmlns='" NS_STREAMS
		    "' xml:lang='en'>%s</text>", text);
	if (extra != NULL)
		buf_puts(out, extra);
	buf_puts(out, "</stream:error>");
	close_stream(s, condition);
}

void
stream_close(struct stream *s)
{
	if (!s->closing)
		close_stream(s, s->clean ? "closed by peer" : "closed by us");
}

bool
stream_is_closing(const struct stream *s)
{
	return s->closing;
}

struct conn *
stream_conn(struct stream *s)
{
	return s->conn;
}

void
stream_detach(struct stream *s)
{
	/* The parser belongs to this thread: feed() gives it back, or we. */
	if (s->busy)
		xml_stop(&s->xml);
	else
		xml_set_pool(&s->xml, NULL);
	list_remove(&s->hook.node);
	conn_detach(s->conn);
	s->loop = NULL;
}

void
stream_attach(struct stream *s, struct loop *loop, struct xml_pool *pool,
    void *arg)
{
	s->loop = loop;
	s->arg = arg;
	xml_set_pool(&s->xml, pool);
	conn_attach(s->conn, loop, s);
	if (s->side != NULL && !s->paused)
		loop_at_end(loop, &s->hook);
}
