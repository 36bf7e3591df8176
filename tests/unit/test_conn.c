#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "iotest.h"
#include "base/mem.h"
#include "io/conn.h"
#include "io/loop_backend.h"
#include "io/sock.h"
#include "tap.h"
#include "testcert.h"

#define MAX_OUT		(1 << 20)

static char		dir[] = "/tmp/test_conn.XXXXXX";
static struct testcert	cert;
static struct tls_ctx	*server_ctx, *client_ctx;

/* The owner of a conn: notes what it is told, and what it does then. */
struct owner {
	struct loop	*loop;
	struct conn	*conn;
	struct buf	 in;
	unsigned	 secured, drained, closed;
	char		 reason[CONN_REASON];
	size_t		 stop_at;	/* bytes that stop the loop */
	size_t		 sent;
	void		(*bytes_do)(struct owner *);
	void		(*secure_do)(struct owner *);
	void		(*drained_do)(struct owner *);
	void		(*closed_do)(struct owner *);
	struct owner	*other;
	bool		 inside;	/* a call of ours into conn */
	bool		 sync;		/* on_closed came inside one */
};

static void
own_on_bytes(void *arg, const char *p, size_t n)
{
	struct owner	*o = arg;

	buf_put(&o->in, p, n);
	if (o->bytes_do != NULL)
		o->bytes_do(o);
	if (o->stop_at > 0 && o->in.len >= o->stop_at)
		loop_stop(o->loop);
}

static void
own_on_secure(void *arg)
{
	struct owner	*o = arg;

	o->secured++;
	if (o->secure_do != NULL)
		o->secure_do(o);
}

static void
own_on_drained(void *arg)
{
	struct owner	*o = arg;

	o->drained++;
	if (o->drained_do != NULL)
		o->drained_do(o);
}

static void
own_on_closed(void *arg, const char *reason)
{
	struct owner	*o = arg;

	o->closed++;
	o->sync |= o->inside;
	(void)snprintf(o->reason, sizeof(o->reason), "%s", reason);
	if (o->closed_do != NULL)
		o->closed_do(o);
}

static const struct conn_news	news = {
	.on_bytes = own_on_bytes,
	.on_secure = own_on_secure,
	.on_drained = own_on_drained,
	.on_closed = own_on_closed,
};

/* An owner that answers a peer which has said all it will say. */
static void
answer_at_eof(void *arg)
{
	struct owner	*o = arg;

	conn_write(o->conn, "answer", 6);
	conn_close(o->conn);
}

static const struct conn_news	patient_news = {
	.on_bytes = own_on_bytes,
	.on_eof = answer_at_eof,
	.on_closed = own_on_closed,
};

static void
stop(struct owner *o)
{
	loop_stop(o->loop);
}

static void
free_it(struct owner *o)
{
	conn_free(&o->conn);
	loop_stop(o->loop);
}

static void
owner_init(struct owner *o, struct loop *l, int fd, size_t max_out)
{
	memset(o, 0, sizeof(*o));
	o->loop = l;
	buf_init(&o->in, 16 << 20);
	o->closed_do = stop;
	o->conn = conn_new(l, fd, &news, o, max_out);
}

static void
owner_release(struct owner *o)
{
	conn_free(&o->conn);
	buf_release(&o->in);
}

static bool
has(const struct owner *o, const char *text)
{
	return o->in.len == strlen(text) &&
	    memcmp(o->in.p, text, o->in.len) == 0;
}

/* Ends a run after the turn at hand, whatever it brings. */
static void
stop_now(struct timer *t)
{
	(void)t;
}

static void
run_turn(struct loop *l)
{
	struct timer	t = { .fire = stop_now };

	loop_timer_set(l, &t, 0);
	loop_stop(l);
	run(l);
	loop_timer_clear(l, &t);
}

static void
test_one_send(void)
{
	struct loop	*l = new_loop();
	struct owner	 o;
	char		 got[16];
	int		 fd[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd) < 0)
		abort();
	owner_init(&o, l, fd[0], MAX_OUT);
	conn_write(o.conn, "one", 3);
	buf_puts(conn_out(o.conn), " two");
	conn_flush_later(o.conn);
	conn_write(o.conn, " three", 6);
	ok(recv(fd[1], got, sizeof(got), 0) < 0 && conn_pending(o.conn) == 13,
	    "what is written waits for the end of the turn");
	o.drained_do = stop;
	run(l);
	ok(recv(fd[1], got, sizeof(got), 0) == 13 &&
	    memcmp(got, "one two three", 13) == 0, "and leaves in one send");
	ok(o.drained == 1 && conn_pending(o.conn) == 0, "its leaving is told");
	owner_release(&o);
	(void)close(fd[1]);
	loop_free(&l);
}

static void
test_large(void)
{
	struct loop	*l = new_loop();
	char		*p = mem_zalloc(MAX_OUT, 1);
	struct owner	 a, b;
	int		 fd[2];

	new_pair(fd);
	owner_init(&a, l, fd[0], MAX_OUT);
	owner_init(&b, l, fd[1], MAX_OUT);
	memset(p, 'x', MAX_OUT);
	conn_write(a.conn, p, MAX_OUT);
	conn_pause(b.conn, true);
	run_turn(l);
	ok(a.drained == 0 && conn_pending(a.conn) > 0 && b.in.len == 0,
	    "a reader that pauses pushes back");
	conn_write(a.conn, "y", 1);
	conn_pause(b.conn, false);
	b.stop_at = MAX_OUT + 1;
	run(l);
	ok(a.drained == 1 && b.in.len == MAX_OUT + 1 &&
	    b.in.p[MAX_OUT - 1] == 'x' && b.in.p[MAX_OUT] == 'y',
	    "then all of it arrives, in order");
	owner_release(&a);
	owner_release(&b);
	free(p);
	loop_free(&l);
}

static void
test_overflow(void)
{
	struct loop	*l = new_loop();
	char		*p = mem_zalloc(MAX_OUT, 1);
	struct owner	 o;
	int		 fd[2];

	new_pair(fd);
	owner_init(&o, l, fd[0], MAX_OUT);
	conn_write(o.conn, p, MAX_OUT);
	run_turn(l);
	ok(o.closed == 0, "the maximum may wait");
	o.inside = true;
	conn_write(o.conn, p, MAX_OUT - conn_pending(o.conn));
	run_turn(l);
	ok(o.closed == 0, "filled up again as well");
	conn_write(o.conn, "x", 1);
	ok(o.closed == 0, "one byte more is too much, but not at once");
	o.inside = false;
	run(l);
	ok(o.closed == 1 && strcmp(o.reason, "output overflow") == 0,
	    "then it is over: %s", o.reason);
	conn_write(o.conn, "x", 1);
	conn_close(o.conn);
	run_turn(l);
	ok(o.closed == 1, "and told once");
	owner_release(&o);
	(void)close(fd[1]);
	free(p);
	loop_free(&l);
}

static void
test_peer_closes(void)
{
	struct loop	*l = new_loop();
	struct owner	 o;
	int		 fd[2];

	new_pair(fd);
	owner_init(&o, l, fd[0], MAX_OUT);
	if (write(fd[1], "bye", 3) != 3)
		abort();
	(void)close(fd[1]);
	run(l);
	ok(o.closed == 1 && strcmp(o.reason, "closed by peer") == 0 &&
	    has(&o, "bye"), "the peer's end comes behind its words");
	owner_release(&o);

	new_pair(fd);
	owner_init(&o, l, fd[0], MAX_OUT);
	conn_pause(o.conn, true);
	conn_write(o.conn, "x", 1);
	(void)close(fd[1]);
	run(l);
	ok(o.closed == 1 && strcmp(o.reason, strerror(EPIPE)) == 0,
	    "an error is told by its name: %s", o.reason);
	owner_release(&o);
	loop_free(&l);
}

/* Reads all that comes until the end; returns its length or -errno. */
static ssize_t
read_all(int fd)
{
	struct pollfd	p = { .fd = fd, .events = POLLIN };
	char		chunk[65536];
	ssize_t		n, sum = 0;

	for (;;) {
		if (poll(&p, 1, 5000) != 1)
			return -ETIMEDOUT;
		n = read(fd, chunk, sizeof(chunk));
		if (n <= 0)
			return n < 0 ? -errno : sum;
		sum += n;
	}
}

static ssize_t
read_until_eof(struct loop *l, int fd)
{
	ssize_t	n, sum = 0;
	char	chunk[65536];

	for (;;) {
		run_turn(l);
		n = read(fd, chunk, sizeof(chunk));
		if (n == 0)
			return sum;
		if (n < 0 && errno != EAGAIN)
			return -errno;
		sum += n > 0 ? n : 0;
	}
}

static void
test_half_closed(void)
{
	struct loop	*l = new_loop();
	struct owner	 o;
	char		 got[16];
	int		 fd[2];

	new_pair(fd);
	memset(&o, 0, sizeof(o));
	o.loop = l;
	o.closed_do = stop;
	buf_init(&o.in, MAX_OUT);
	o.conn = conn_new(l, fd[0], &patient_news, &o, MAX_OUT);
	(void)shutdown(fd[1], SHUT_WR);
	run(l);
	ok(o.closed == 1 && recv(fd[1], got, sizeof(got), 0) == 6 &&
	    memcmp(got, "answer", 6) == 0,
	    "who only ended its own direction is still answered");
	conn_free(&o.conn);
	(void)close(fd[1]);
	new_pair(fd);
	o.conn = conn_new(l, fd[0], &patient_news, &o, MAX_OUT);
	(void)close(fd[1]);
	run(l);
	ok(o.closed == 2 && strcmp(o.reason, "closed by peer") == 0,
	    "who is gone altogether is not");
	owner_release(&o);
	loop_free(&l);
}

static void
test_we_close(void)
{
	struct loop	*l = new_loop();
	char		*p = mem_zalloc(MAX_OUT, 1);
	struct owner	 o;
	int		 fd[2];

	new_pair(fd);
	owner_init(&o, l, fd[0], MAX_OUT);
	conn_write(o.conn, p, MAX_OUT);
	o.inside = true;
	conn_close(o.conn);
	o.inside = false;
	conn_write(o.conn, "x", 1);
	ok(conn_is_closing(o.conn), "closing has begun");
	ok(read_until_eof(l, fd[1]) == MAX_OUT,
	    "what was written before arrives, then the end");
	if (write(fd[1], "late", 4) != 4)
		abort();
	run_turn(l);
	ok(o.closed == 0 && o.in.len == 0, "the peer's answer is awaited");
	(void)close(fd[1]);
	run(l);
	ok(o.closed == 1 && strcmp(o.reason, "closed by us") == 0 && !o.sync,
	    "with its end it is over");
	owner_release(&o);
	free(p);
	loop_free(&l);
}

static void
test_peer_stays(void)
{
	struct loop	*l = new_loop();
	struct owner	 o;
	int		 fd[2];

	new_pair(fd);
	owner_init(&o, l, fd[0], MAX_OUT);
	conn_close(o.conn);
	run_turn(l);
	ok(o.closed == 0, "a peer that stays is given time");
	heap_first(&l->timers)->key -= 4000;
	run_turn(l);
	ok(o.closed == 0, "four seconds");
	heap_first(&l->timers)->key -= 1000;
	run(l);
	ok(o.closed == 1 && strcmp(o.reason, "closed by us") == 0,
	    "not more than five");
	owner_release(&o);
	(void)close(fd[1]);
	loop_free(&l);
}

/* A TCP connection: fd[0] is the accepted end. */
static void
new_tcp(int fd[2])
{
	struct err_text	why;
	char		name[SOCK_ADDR];
	struct pollfd	p = { .events = POLLIN };

	p.fd = sock_listen_tcp("127.0.0.1:0", 4, &why);
	sock_name(p.fd, name);
	fd[1] = sock_connect_tcp(name, "0", &why);
	if (poll(&p, 1, 5000) != 1)
		abort();
	fd[0] = accept4(p.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	(void)close(p.fd);
}

#define SLOW_BYTES	(300 * 1024)

static void
test_reset(void)
{
	struct loop	*l = new_loop();
	char		*p = mem_zalloc(SLOW_BYTES, 1);
	struct owner	 o;
	int		 fd[2], room = 1 << 20;

	new_tcp(fd);
	owner_init(&o, l, fd[0], MAX_OUT);
	conn_set_reset_on_exit(o.conn, true);
	owner_release(&o);
	ok(read_all(fd[1]) == -ECONNRESET, "a crash resets the peer");
	(void)close(fd[1]);

	/* More than a peer's window that reads nothing: some stays here. */
	new_tcp(fd);
	(void)setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	owner_init(&o, l, fd[0], MAX_OUT);
	conn_set_reset_on_exit(o.conn, true);
	conn_write(o.conn, p, SLOW_BYTES);
	conn_close(o.conn);
	do {
		run_turn(l);
	} while (conn_pending(o.conn) > 0);
	run_turn(l);
	heap_first(&l->timers)->key -= 5000;
	run(l);
	owner_release(&o);
	ok(read_all(fd[1]) == SLOW_BYTES,
	    "a deliberate close does not, be the peer ever so slow");
	(void)close(fd[1]);
	free(p);
	loop_free(&l);
}

static void
free_other(struct owner *o)
{
	conn_free(&o->other->conn);
	loop_stop(o->loop);
}

static void
test_free_inside(void)
{
	struct loop	*l = new_loop();
	struct owner	 a, b;
	int		 fd[2];

	new_pair(fd);
	owner_init(&a, l, fd[0], MAX_OUT);
	owner_init(&b, l, fd[1], MAX_OUT);
	a.drained_do = free_it;
	conn_write(a.conn, "x", 1);
	run(l);
	ok(a.conn == NULL, "freed while it is told of its output's end");
	b.closed_do = free_it;
	run(l);
	ok(b.conn == NULL && has(&b, "x"), "and while told of its own");
	owner_release(&a);
	owner_release(&b);

	new_pair(fd);
	owner_init(&a, l, fd[0], MAX_OUT);
	owner_init(&b, l, fd[1], MAX_OUT);
	a.other = &b;
	b.other = &a;
	a.bytes_do = b.bytes_do = free_other;
	conn_write(a.conn, "x", 1);
	conn_write(b.conn, "x", 1);
	run(l);
	ok((a.conn == NULL) + (b.conn == NULL) == 1,
	    "the first of two that are ready may free the other");
	owner_release(&a);
	owner_release(&b);
	loop_free(&l);
}

static void
start_client_tls(struct owner *o)
{
	o->bytes_do = NULL;
	ok(has(o, "proceed"), "clear text comes in front of TLS");
	buf_reset(&o->in);
	conn_start_tls(o->conn, client_ctx, false, "a.example", false);
	conn_write(o->conn, "first words", 11);
}

static void
echo(struct owner *o)
{
	conn_write(o->conn, o->in.p, o->in.len);
	buf_reset(&o->in);
}

static void
test_starttls(void)
{
	struct loop	*l = new_loop();
	struct owner	 s, c;
	int		 fd[2];

	new_pair(fd);
	owner_init(&s, l, fd[0], MAX_OUT);
	owner_init(&c, l, fd[1], MAX_OUT);
	conn_write(s.conn, "proceed", 7);
	conn_start_tls(s.conn, server_ctx, true, NULL, false);
	ok(conn_is_handshaking(s.conn), "the handshake has begun");
	c.bytes_do = start_client_tls;
	s.bytes_do = echo;
	c.stop_at = 11;
	run(l);
	ok(has(&c, "first words"), "words written early come back by TLS");
	ok(s.secured == 1 && c.secured == 1 && !conn_is_handshaking(s.conn) &&
	    conn_tls(s.conn) != NULL, "both were told, once");
	conn_close(s.conn);
	run(l);
	ok(c.closed == 1 && strcmp(c.reason, "closed by peer") == 0,
	    "close_notify is the peer's end");
	conn_free(&c.conn);
	run(l);
	ok(s.closed == 1 && strcmp(s.reason, "closed by us") == 0,
	    "and ours");
	owner_release(&s);
	owner_release(&c);
	loop_free(&l);
}

static void
test_tls_large(void)
{
	struct loop	*l = new_loop();
	char		*p = mem_zalloc(MAX_OUT, 1);
	struct owner	 s, c;
	int		 fd[2];

	new_pair(fd);
	memset(p, 'x', MAX_OUT);
	/* Records cost a little more than what is in them. */
	owner_init(&s, l, fd[0], 2 * MAX_OUT);
	owner_init(&c, l, fd[1], 2 * MAX_OUT);
	conn_start_tls(s.conn, server_ctx, true, NULL, true);
	conn_start_tls(c.conn, client_ctx, false, "a.example", true);
	conn_write(c.conn, p, MAX_OUT);
	s.bytes_do = echo;
	c.stop_at = MAX_OUT;
	run(l);
	ok(c.in.len == MAX_OUT && memcmp(c.in.p, p, MAX_OUT) == 0,
	    "much goes to and fro by direct TLS");
	owner_release(&s);
	owner_release(&c);
	free(p);
	loop_free(&l);
}

static void
test_tls_fails(void)
{
	struct loop	*l = new_loop();
	struct owner	 s, c;
	int		 fd[2];

	new_pair(fd);
	owner_init(&s, l, fd[0], MAX_OUT);
	owner_init(&c, l, fd[1], MAX_OUT);
	conn_start_tls(s.conn, server_ctx, true, NULL, true);
	conn_write(c.conn, "<?xml version='1.0'?>", 21);
	run(l);
	ok(s.closed == 1 && strncmp(s.reason, "TLS: ", 5) == 0,
	    "no handshake is told: %s", s.reason);
	ok(s.in.len == 0 && s.secured == 0, "and nothing else");
	owner_release(&s);
	owner_release(&c);

	new_pair(fd);
	owner_init(&s, l, fd[0], MAX_OUT);
	owner_init(&c, l, fd[1], MAX_OUT);
	conn_start_tls(s.conn, server_ctx, true, NULL, true);
	conn_start_tls(c.conn, client_ctx, false, "b.example", true);
	conn_write(c.conn, "password", 8);
	s.closed_do = NULL;
	run(l);
	ok(c.closed == 1 && strstr(c.reason, "hostname mismatch") != NULL,
	    "a wrong name ends it: %s", c.reason);
	c.closed_do = NULL;
	s.closed_do = stop;
	run(l);
	ok(s.closed == 1 && strstr(s.reason, "alert") != NULL &&
	    s.in.len == 0, "the server gets an alert, no word: %s", s.reason);
	owner_release(&s);
	owner_release(&c);
	loop_free(&l);
}

static void
test_tls_free_inside(void)
{
	struct loop	*l = new_loop();
	struct owner	 s, c;
	int		 fd[2], i;

	for (i = 0; i < 3; i++) {
		new_pair(fd);
		owner_init(&s, l, fd[0], MAX_OUT);
		owner_init(&c, l, fd[1], MAX_OUT);
		conn_start_tls(s.conn, server_ctx, true, NULL, true);
		conn_start_tls(c.conn, client_ctx, false, "a.example", true);
		conn_write(c.conn, "x", 1);
		s.secure_do = i == 0 ? free_it : NULL;
		s.bytes_do = i == 1 ? free_it : NULL;
		c.secure_do = i == 2 ? free_it : NULL;
		s.closed_do = free_it;
		run(l);
		ok(s.conn == NULL || c.conn == NULL,
		    "freed inside a step of TLS, place %d", i);
		ok(s.in.len == (i == 1), "no word after that");
		owner_release(&s);
		owner_release(&c);
	}
	loop_free(&l);
}

static void
move_aside(struct owner *o)
{
	if (o->in.len == 1)
		conn_detach(o->conn);
	loop_stop(o->loop);
}

/* Three records in one read; the owner moves the conn behind the first. */
static void
test_detach_inside(void)
{
	struct loop	*l = new_loop();
	struct owner	 s, c;
	struct buf	 wire;
	int		 fd[2], i;

	new_pair(fd);
	owner_init(&s, l, fd[0], MAX_OUT);
	owner_init(&c, l, fd[1], MAX_OUT);
	conn_start_tls(s.conn, server_ctx, true, NULL, true);
	conn_start_tls(c.conn, client_ctx, false, "a.example", true);
	s.secure_do = stop;
	run(l);
	run_turn(l);
	buf_init(&wire, 65536);
	for (i = 0; i < 3; i++)
		(void)tls_write(conn_tls(c.conn), &"abc"[i], 1, &wire);
	tls_shutdown(conn_tls(c.conn), &wire);
	s.bytes_do = move_aside;
	if (write(fd[1], wire.p, wire.len) != (ssize_t)wire.len)
		abort();
	run(l);
	run_turn(l);
	ok(has(&s, "a") && s.closed == 0, "no word comes after a detach");
	conn_attach(s.conn, l, &s);
	ok(has(&s, "a"), "nor inside the attach");
	run(l);
	ok(has(&s, "abc"), "the rest comes behind it");
	ok(s.closed == 1 && strcmp(s.reason, "closed by peer") == 0,
	    "and the end last");
	buf_release(&wire);
	owner_release(&s);
	owner_release(&c);
	loop_free(&l);
}

static void
detach_and_free(struct owner *o)
{
	conn_detach(o->conn);
	conn_free(&o->conn);
	loop_stop(o->loop);
}

static void
test_detach(void)
{
	struct loop	*l = new_loop();
	char		*p = mem_zalloc(MAX_OUT, 1);
	struct owner	 a, b;
	int		 fd[2];

	new_pair(fd);
	owner_init(&a, l, fd[0], MAX_OUT);
	owner_init(&b, l, fd[1], MAX_OUT);
	conn_write(a.conn, p, MAX_OUT - 1);
	conn_pause(b.conn, true);
	run_turn(l);
	conn_detach(a.conn);
	conn_write(a.conn, "z", 1);
	conn_pause(b.conn, false);
	run_turn(l);
	conn_attach(a.conn, l, &a);
	b.stop_at = MAX_OUT;
	run(l);
	ok(b.in.len == MAX_OUT && b.in.p[MAX_OUT - 1] == 'z',
	    "output travels along, in order");
	conn_close(a.conn);
	conn_detach(a.conn);
	conn_attach(a.conn, l, &a);
	run(l);
	ok(b.closed == 1, "so does closing");
	b.closed_do = NULL;
	conn_free(&b.conn);
	run(l);
	ok(a.closed == 1, "to its end");
	owner_release(&a);
	owner_release(&b);

	new_pair(fd);
	owner_init(&a, l, fd[0], MAX_OUT);
	owner_init(&b, l, fd[1], MAX_OUT);
	conn_start_tls(a.conn, server_ctx, true, NULL, true);
	conn_start_tls(b.conn, client_ctx, false, "a.example", true);
	conn_write(b.conn, "x", 1);
	a.bytes_do = detach_and_free;
	run(l);
	ok(a.conn == NULL, "it may be freed while in no loop");
	owner_release(&a);
	owner_release(&b);
	free(p);
	loop_free(&l);
}

/* A conn that echoes, and every few bytes moves between two threads. */
struct nomad {
	struct mail	 mail;
	struct owner	 own;
	struct loop	*home[2];
	unsigned	 moves;
};

#define MOVE_EVERY	3
#define NOMAD_BYTES	40000

static void
nomad_arrive(struct mail *m, struct loop *l)
{
	struct nomad	*n = (struct nomad *)(void *)m;

	n->own.loop = l;
	conn_attach(n->own.conn, l, &n->own);
}

static void
nomad_bytes(struct owner *o)
{
	struct nomad	*n = LIST_ITEM(o, struct nomad, own);
	struct loop	*from = o->loop;

	echo(o);
	if (++n->moves % MOVE_EVERY != 0)
		return;
	conn_detach(o->conn);
	loop_post(from, from == n->home[0] ? n->home[1] : n->home[0],
	    &n->mail);
}

static void
nomad_closed(struct owner *o)
{
	struct nomad	*n = LIST_ITEM(o, struct nomad, own);

	conn_free(&o->conn);
	loop_stop(n->home[0]);
	loop_stop(n->home[1]);
}

static void *
run_thread(void *l)
{
	run(l);
	return NULL;
}

/* Sends in bursts, so that there is always something on the way. */
static void
pump(struct owner *o)
{
	size_t	i;
	char	c;

	if (o->in.len >= NOMAD_BYTES) {
		conn_close(o->conn);
		o->bytes_do = NULL;
		return;
	}
	for (i = 0; i < 50; i++) {
		c = (char)('a' + o->sent++ % 26);
		conn_write(o->conn, &c, 1);
	}
}

static void
test_two_threads(bool secure)
{
	struct loop	*a = new_loop(), *b = new_loop(), *l = new_loop();
	struct nomad	 n = { .home = { a, b } };
	struct owner	 c;
	pthread_t	 ta, tb;
	int		 fd[2];
	size_t		 i, bad = 0;

	new_pair(fd);
	n.mail.run = nomad_arrive;
	owner_init(&n.own, a, fd[0], MAX_OUT);
	n.own.bytes_do = nomad_bytes;
	n.own.closed_do = nomad_closed;
	owner_init(&c, l, fd[1], MAX_OUT);
	if (secure) {
		conn_start_tls(n.own.conn, server_ctx, true, NULL, true);
		conn_start_tls(c.conn, client_ctx, false, "a.example", true);
	}
	c.bytes_do = pump;
	pump(&c);
	if (pthread_create(&ta, NULL, run_thread, a) != 0 ||
	    pthread_create(&tb, NULL, run_thread, b) != 0)
		abort();
	run(l);
	conn_free(&c.conn);
	(void)pthread_join(ta, NULL);
	(void)pthread_join(tb, NULL);
	for (i = 0; i < c.in.len; i++)
		bad += c.in.p[i] != (char)('a' + i % 26);
	ok(c.in.len >= NOMAD_BYTES && bad == 0 && n.moves > MOVE_EVERY,
	    "%s moves between threads, nothing lost or twice (%u bursts)",
	    secure ? "TLS" : "a plain conn", n.moves);
	owner_release(&c);
	owner_release(&n.own);
	loop_free(&a);
	loop_free(&b);
	loop_free(&l);
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
	test_one_send();
	test_large();
	test_overflow();
	test_peer_closes();
	test_half_closed();
	test_we_close();
	test_peer_stays();
	test_reset();
	test_free_inside();
	test_starttls();
	test_tls_large();
	test_tls_fails();
	test_tls_free_inside();
	test_detach_inside();
	test_detach();
	test_two_threads(false);
	test_two_threads(true);
	tls_ctx_unref(&server_ctx);
	tls_ctx_unref(&client_ctx);
	(void)unlink(cert.cert);
	(void)unlink(cert.key);
	(void)rmdir(dir);
	return tap_done();
}
