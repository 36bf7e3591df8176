#include "io/conn.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/sock.h"

#define CLOSE_MS	5000		/* patience of conn_close() */
#define KEPT_MAX	65536		/* more than one read decrypts to */
#define WIRE_EXTRA	65536		/* a handshake and its alerts */
#define BY_PEER		"closed by peer"
#define BY_US		"closed by us"

/* What a connection with TLS has besides. */
struct secure {
	struct tls	*tls;
	struct buf	 wire;	/* ready for the kernel; clear text first */
	struct buf	 kept;	/* decrypted while on the move */
	bool		 done;	/* the handshake */
};

/* Idle ones are many: 200 bytes and no buffer. */
struct conn {
	struct io		 io;
	struct loop_hook	 hook;
	struct timer		 timer;
	const struct conn_news	*news;
	void			*arg;
	struct buf		 out;		/* plaintext, collecting */
	size_t			 max_out;
	char			*sending;	/* lent to loop_write() */
	struct secure		*secure;	/* NULL: plain */
	char			*reason;	/* why it is over, NULL: not */
	bool			 paused : 1;
	bool			 closing : 1;	/* conn_close() was called */
	bool			 notified : 1;	/* close_notify is put */
	bool			 shut : 1;	/* half-closed by us */
	bool			 eof : 1;	/* half-closed by the peer */
	bool			 told : 1;	/* on_closed was called */
	bool			 resets : 1;	/* SO_LINGER {1,0} */
	bool			 gone : 1;	/* conn_free() was called */
	bool			 busy : 1;	/* a frame of ours is above */
	bool			 orphan : 1;	/* that frame frees it */
};

static void
destroy(void *p)
{
	struct conn	*c = p;

	if (c->secure != NULL) {
		tls_free(&c->secure->tls);
		buf_release(&c->secure->wire);
		buf_release_secret(&c->secure->kept);
		free(c->secure);
	}
	buf_release(&c->out);
	free(c->sending);
	free(c->reason);
	free(c);
}

/* Ends a stretch with callbacks in it; false: the conn is gone. */
static bool
unhold(struct conn *c)
{
	c->busy = false;
	if (c->orphan) {
		destroy(c);
		return false;
	}
	return !c->gone;
}

static void
run_later(struct conn *c)
{
	if (c->io.loop != NULL)
		loop_at_end(c->io.loop, &c->hook);
}

/* It is over; the hook tells the owner. */
static void
finish(struct conn *c, const char *why)
{
	if (c->reason != NULL)
		return;
	if (c->closing)
		why = BY_US;
	c->reason = mem_strndup(why, strnlen(why, CONN_REASON - 1));
	loop_read(&c->io, false);
	run_later(c);
}

static void
finish_tls(struct conn *c)
{
	char	why[CONN_REASON];

	(void)snprintf(why, sizeof(why), "TLS: %s",
	    tls_reason(c->secure->tls));
	finish(c, why);
}

size_t
conn_pending(const struct conn *c)
{
	size_t	n = c->out.len + c->io.outlen - c->io.outdone;

	return c->secure != NULL ? n + c->secure->wire.len : n;
}

static void
encrypt(struct conn *c)
{
	struct secure	*s = c->secure;
	enum tls_got	 got;

	if (!s->done || c->out.len == 0)
		return;
	got = tls_write(s->tls, c->out.p, c->out.len, &s->wire);
	buf_release(&c->out);
	if (got != TLS_GOT_OK)
		finish_tls(c);
}

/*
 * All that was collected in one send.  The buffer is lent to the loop as it
 * is; what is collected meanwhile waits in a new one.
 */
static void
flush(struct conn *c)
{
	struct buf	*from;
	size_t		 n;

	if (!buf_ok(&c->out)) {
		finish(c, "output overflow");
		return;
	}
	if (c->sending != NULL || c->shut)
		return;
	if (c->secure != NULL)
		encrypt(c);
	from = c->secure != NULL ? &c->secure->wire : &c->out;
	if ((n = from->len) == 0)
		return;
	c->sending = from->p;
	buf_init(from, from->max);
	loop_write(&c->io, c->sending, n);
}

static void
conn_on_written(struct io *io, ssize_t n)
{
	struct conn	*c = LIST_ITEM(io, struct conn, io);

	free(c->sending);
	c->sending = NULL;
	if (n < 0)
		finish(c, strerror((int)-n));
	else if (c->closing || conn_pending(c) > 0)
		run_later(c);
	else if (c->news->on_drained != NULL && c->reason == NULL)
		c->news->on_drained(c->arg);
}

/* One step of conn_close(), as far as it goes now. */
static void
go_on_closing(struct conn *c)
{
	struct secure	*s = c->secure;

	if (s != NULL && !s->done)
		buf_release(&c->out);
	if (s != NULL && !c->notified && conn_pending(c) == 0) {
		c->notified = true;
		tls_shutdown(s->tls, &s->wire);
		flush(c);
	}
	if (conn_pending(c) > 0)
		return;
	if (!c->shut) {
		c->shut = true;
		(void)shutdown(c->io.fd, SHUT_WR);
	}
	if (c->eof)
		finish(c, BY_US);
}

static bool
is_here(const struct conn *c)
{
	return !c->gone && c->io.loop != NULL;
}

/* What was decrypted behind a conn_detach(). */
static void
deliver_kept(struct conn *c)
{
	struct buf	kept = c->secure->kept;

	buf_init(&c->secure->kept, KEPT_MAX);
	if (!c->closing)
		c->news->on_bytes(c->arg, kept.p, kept.len);
	buf_release_secret(&kept);
}

static void
at_end_of_turn(struct conn *c)
{
	if (c->secure != NULL && c->secure->kept.len > 0)
		deliver_kept(c);
	/* With a reason as well: an alert or an answer may still leave. */
	if (is_here(c))
		flush(c);
	if (is_here(c) && c->closing && c->reason == NULL)
		go_on_closing(c);
	if (!is_here(c) || c->reason == NULL || c->told)
		return;
	c->told = true;
	loop_timer_clear(c->io.loop, &c->timer);
	c->news->on_closed(c->arg, c->reason);
}

static void
conn_on_turn(struct loop_hook *h)
{
	struct conn	*c = LIST_ITEM(h, struct conn, hook);

	if (c->told)
		return;
	c->busy = true;
	at_end_of_turn(c);
	(void)unhold(c);
}

static void
conn_on_timer(struct timer *t)
{
	finish(LIST_ITEM(t, struct conn, timer), BY_US);
}

static void
on_eof(struct conn *c, ssize_t n)
{
	c->eof = true;
	if (n < 0)
		finish(c, strerror((int)-n));
	else if (c->closing)
		run_later(c);
	else if (c->news->on_eof != NULL && !sock_is_hung_up(c->io.fd))
		c->news->on_eof(c->arg);
	else
		finish(c, BY_PEER);
}

static void
note_secure(struct conn *c)
{
	if (c->secure->done)
		return;
	c->secure->done = true;
	if (c->news->on_secure != NULL && !c->closing)
		c->news->on_secure(c->arg);
}

/* Inside tls_read(): the TLS session must outlive whatever happens. */
static void
on_plain(void *arg, const char *p, size_t n)
{
	struct conn	*c = arg;

	/* A client's first words may come with the end of its handshake. */
	note_secure(c);
	if (c->gone || c->closing || c->reason != NULL)
		return;
	if (c->io.loop == NULL)
		buf_put(&c->secure->kept, p, n);
	else
		c->news->on_bytes(c->arg, p, n);
}

static void
read_secure(struct conn *c, const char *p, size_t n)
{
	struct secure	*s = c->secure;
	enum tls_got	 got;

	c->busy = true;
	got = tls_read(s->tls, p, n, &s->wire, on_plain, c);
	if (got == TLS_GOT_SECURE && !c->gone)
		note_secure(c);
	if (!unhold(c))
		return;
	if (got == TLS_GOT_CLOSED)
		on_eof(c, 0);
	else if (got == TLS_GOT_FAILED)
		finish_tls(c);
	if (conn_pending(c) > 0)
		run_later(c);
}

static void
conn_on_read(struct io *io, const char *p, ssize_t n)
{
	struct conn	*c = LIST_ITEM(io, struct conn, io);

	if (n <= 0)
		on_eof(c, n);
	else if (c->closing)
		return;
	else if (c->secure != NULL)
		read_secure(c, p, (size_t)n);
	else
		c->news->on_bytes(c->arg, p, (size_t)n);
}

static const struct io_news	io_news = {
	.on_read = conn_on_read,
	.on_written = conn_on_written,
};

struct conn *
conn_new(struct loop *loop, int fd, const struct conn_news *news, void *arg,
    size_t max_out)
{
	struct conn	*c = mem_zalloc(1, sizeof(*c));

	c->news = news;
	c->max_out = max_out;
	buf_init(&c->out, max_out);
	c->hook.run = conn_on_turn;
	c->timer.fire = conn_on_timer;
	c->io.fd = fd;
	conn_attach(c, loop, arg);
	return c;
}

void
conn_free(struct conn **cp)
{
	struct conn	*c = *cp;
	struct loop	*loop;

	*cp = NULL;
	if (c == NULL)
		return;
	loop = c->io.loop;
	if (loop != NULL)
		conn_detach(c);
	(void)close(c->io.fd);
	c->gone = true;
	if (loop != NULL)
		loop_free_later(loop, c, destroy);
	else if (c->busy)
		c->orphan = true;
	else
		destroy(c);
}

void
conn_start_tls(struct conn *c, struct tls_ctx *ctx, bool server,
    const char *host, bool alpn)
{
	struct secure	*s;

	if (c->secure != NULL) {
		finish(c, "TLS inside TLS");
		return;
	}
	s = mem_zalloc(1, sizeof(*s));
	s->tls = tls_new(ctx, server, host, alpn);
	/* What was written before is clear text, in front of the rest. */
	s->wire = c->out;
	s->wire.max = c->max_out + c->max_out / 64 + WIRE_EXTRA;
	buf_init(&c->out, c->max_out);
	c->out.failed = s->wire.failed;
	s->wire.failed = false;
	buf_init(&s->kept, KEPT_MAX);
	c->secure = s;
	if (!server && tls_start(s->tls, &s->wire) == TLS_GOT_FAILED)
		finish_tls(c);
	run_later(c);
}

bool
conn_is_handshaking(const struct conn *c)
{
	return c->secure != NULL && !c->secure->done;
}

struct tls *
conn_tls(const struct conn *c)
{
	return c->secure != NULL ? c->secure->tls : NULL;
}

struct buf *
conn_out(struct conn *c)
{
	size_t	waiting = conn_pending(c) - c->out.len;

	/* What waits further down counts, too. */
	c->out.max = waiting < c->max_out ? c->max_out - waiting : 0;
	if (c->out.max < c->out.len)
		c->out.max = c->out.len;
	return &c->out;
}

void
conn_flush_later(struct conn *c)
{
	run_later(c);
}

void
conn_write(struct conn *c, const void *p, size_t n)
{
	if (c->closing || c->reason != NULL)
		return;
	buf_put(conn_out(c), p, n);
	run_later(c);
}

void
conn_pause(struct conn *c, bool paused)
{
	c->paused = paused;
	if (!c->closing && c->reason == NULL)
		loop_read(&c->io, !paused);
}

static void
set_linger(struct conn *c, bool on)
{
	struct linger	l = { .l_onoff = on, .l_linger = 0 };

	c->resets = on;
	(void)setsockopt(c->io.fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
}

void
conn_set_reset_on_exit(struct conn *c, bool on)
{
	if (!c->closing)
		set_linger(c, on);
}

void
conn_close(struct conn *c)
{
	if (c->closing || c->reason != NULL)
		return;
	c->closing = true;
	/* A reset would throw away what the kernel has not sent yet. */
	if (c->resets)
		set_linger(c, false);
	loop_read(&c->io, true);
	if (c->io.loop != NULL)
		loop_timer_set(c->io.loop, &c->timer, CLOSE_MS);
	run_later(c);
}

bool
conn_is_closing(const struct conn *c)
{
	return c->closing;
}

/* The rest of a send goes back in front of what was collected since. */
static void
take_back(struct conn *c)
{
	struct buf	*to = c->secure != NULL ? &c->secure->wire : &c->out;
	struct buf	 all;

	if (c->sending == NULL)
		return;
	buf_init(&all, SIZE_MAX);
	buf_put(&all, c->io.out + c->io.outdone,
	    c->io.outlen - c->io.outdone);
	buf_put(&all, to->p, to->len);
	all.max = to->max > all.len ? to->max : all.len;
	all.failed = to->failed;
	buf_release(to);
	*to = all;
	free(c->sending);
	c->sending = NULL;
}

void
conn_detach(struct conn *c)
{
	if (c->io.loop == NULL)
		return;
	loop_timer_clear(c->io.loop, &c->timer);
	list_remove(&c->hook.node);
	loop_del(&c->io);
	take_back(c);
	c->io.out = NULL;
	c->io.outlen = c->io.outdone = 0;
}

void
conn_attach(struct conn *c, struct loop *loop, void *arg)
{
	c->arg = arg;
	if (loop_add(loop, &c->io, c->io.fd, &io_news) < 0)
		return;
	if (c->closing)
		loop_timer_set(loop, &c->timer, CLOSE_MS);
	if (c->reason == NULL && (c->closing || !c->paused))
		loop_read(&c->io, true);
	run_later(c);
}
