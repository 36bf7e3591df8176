#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "iotest.h"
#include "base/clock.h"
#include "base/mem.h"
#include "io/loop_backend.h"
#include "io/sock.h"
#include "tap.h"

/* An io that notes what it is told and does what the case wants. */
struct end {
	struct io	 io;
	struct loop	*loop;
	size_t		 read, reads, accepted;
	ssize_t		 last, written;
	int		 writes, error;
	char		 text[256];
	size_t		 stop_at;	/* stops the loop at so many bytes */
	struct end	*victim;	/* taken away at the first event */
};

static void
take_away(struct end *e)
{
	loop_del(&e->io);
	(void)close(e->io.fd);
	free(e);
}

static void
end_on_read(struct io *io, const char *p, ssize_t n)
{
	struct end	*e = LIST_ITEM(io, struct end, io);

	e->last = n;
	e->reads++;
	if (e->victim != NULL)
		take_away(e->victim);
	e->victim = NULL;
	if (n > 0) {
		if (e->read + (size_t)n <= sizeof(e->text))
			memcpy(e->text + e->read, p, (size_t)n);
		e->read += (size_t)n;
	}
	if (n <= 0 || (e->stop_at > 0 && e->read >= e->stop_at))
		loop_stop(e->loop);
}

static void
end_on_written(struct io *io, ssize_t n)
{
	struct end	*e = LIST_ITEM(io, struct end, io);

	e->written = n;
	e->writes++;
}

static void
end_on_accept(struct io *io, int fd)
{
	struct end	*e = LIST_ITEM(io, struct end, io);

	if (fd < 0) {
		e->error = fd;
		e->reads++;
		return;
	}
	e->last = fcntl(fd, F_GETFL) & O_NONBLOCK &&
	    fcntl(fd, F_GETFD) & FD_CLOEXEC;
	(void)close(fd);
	if (++e->accepted == e->stop_at)
		loop_stop(e->loop);
}

static const struct io_news	end_news = {
	end_on_read, end_on_written, end_on_accept
};

static struct end *
new_end(struct loop *l, int fd)
{
	struct end	*e = mem_zalloc(1, sizeof(*e));

	e->loop = l;
	if (loop_add(l, &e->io, fd, &end_news) < 0)
		abort();
	return e;
}

/* Counts turns by standing between a loop and its backend. */
static struct loop_backend		counting;
static const struct loop_backend	*counted;
static unsigned				turns;

static void
count_wait(struct loop *l, int ms)
{
	turns++;
	counted->wait(l, ms);
}

static void
count_turns(struct loop *l)
{
	counted = l->backend;
	counting = *counted;
	counting.wait = count_wait;
	l->backend = &counting;
	turns = 0;
}

static struct loop	*timer_loop;
static char		 fired[16];
static unsigned		 again;

static void
note(char c)
{
	size_t	n = strlen(fired);

	if (n + 1 < sizeof(fired))
		fired[n] = c;
}

static void
fire_a(struct timer *t)
{
	(void)t;
	note('a');
}

static void
fire_b(struct timer *t)
{
	(void)t;
	note('b');
}

static void
fire_stop(struct timer *t)
{
	(void)t;
	note('s');
	loop_stop(timer_loop);
}

static void
fire_again(struct timer *t)
{
	again++;
	loop_timer_set(timer_loop, t, 0);
}

static void
test_timers(void)
{
	struct loop	*l = timer_loop = new_loop();
	struct timer	 a = { .fire = fire_a }, b = { .fire = fire_b };
	struct timer	 c = { .fire = fire_a }, s = { .fire = fire_stop };
	struct timer	 z = { .fire = fire_again };
	uint64_t	 start = clock_now_ms();

	memset(fired, 0, sizeof(fired));
	loop_timer_set(l, &s, 30);
	loop_timer_set(l, &b, 20);
	loop_timer_set(l, &a, 10);
	loop_timer_set(l, &c, 15);
	loop_timer_clear(l, &c);
	run(l);
	ok(strcmp(fired, "abs") == 0, "timers fire in the order of time");
	ok(clock_now_ms() - start >= 30, "not before their time");
	loop_timer_set(l, &z, 0);
	loop_timer_set(l, &s, 20);
	run(l);
	ok(again > 1 && strcmp(fired, "abss") == 0,
	    "one that sets itself to zero starves nobody");
	loop_timer_clear(l, &z);
	loop_free(&l);
}

static void
test_read(void)
{
	struct loop	*l = new_loop();
	struct timer	 s = { .fire = fire_stop };
	struct end	*e;
	int		 fd[2];

	timer_loop = l;
	new_pair(fd);
	e = new_end(l, fd[0]);
	e->stop_at = 5;
	if (write(fd[1], "hello", 5) != 5)
		abort();
	loop_timer_set(l, &s, 10);
	run(l);
	ok(e->reads == 0, "nothing is read before it is asked for");
	loop_read(&e->io, true);
	run(l);
	ok(e->read == 5 && memcmp(e->text, "hello", 5) == 0,
	    "bytes are read and told");
	count_turns(l);
	(void)close(fd[1]);
	run(l);
	ok(e->last == 0, "the end of file is told");
	loop_timer_set(l, &s, 30);
	turns = 0;
	run(l);
	ok(e->reads == 2 && turns < 20, "once, and nothing spins (%u turns)",
	    turns);
	take_away(e);
	loop_free(&l);
}

static void
test_idle_hangup(void)
{
	struct loop	*l = new_loop();
	struct timer	 s = { .fire = fire_stop };
	struct end	*e;
	int		 fd[2];

	timer_loop = l;
	new_pair(fd);
	e = new_end(l, fd[0]);
	loop_read(&e->io, true);
	loop_read(&e->io, false);
	(void)close(fd[1]);
	count_turns(l);
	loop_timer_set(l, &s, 30);
	run(l);
	ok(turns < 20, "a hang-up nobody waits for does not spin (%u)", turns);
	take_away(e);
	loop_free(&l);
}

static void
test_write(void)
{
	struct loop	*l = new_loop();
	size_t		 big = 1 << 20;
	char		*p = mem_zalloc(big, 1);
	struct end	*a, *b;
	int		 fd[2];

	new_pair(fd);
	a = new_end(l, fd[0]);
	b = new_end(l, fd[1]);
	loop_write(&a->io, p, 3);
	ok(a->written == 3, "a small write is done at once");
	b->stop_at = big + 3;
	loop_read(&b->io, true);
	loop_write(&a->io, p, big);
	ok(a->writes == 1, "a large one is not");
	run(l);
	ok(b->read == big + 3, "all of it arrives");
	ok(a->writes == 2 && a->written == (ssize_t)big,
	    "and is told once, as a whole");
	take_away(b);
	loop_write(&a->io, p, 1);
	ok(a->written == -EPIPE, "a broken pipe is an error, no signal");
	take_away(a);
	free(p);
	loop_free(&l);
}

static void
test_pipe_and_files(void)
{
	struct loop	*l = new_loop();
	FILE		*f = tmpfile();
	struct end	*r, *w;
	int		 fd[2];

	if (pipe2(fd, O_NONBLOCK | O_CLOEXEC) < 0 || f == NULL)
		abort();
	r = new_end(l, fd[0]);
	w = new_end(l, fd[1]);
	r->stop_at = 4;
	loop_read(&r->io, true);
	loop_write(&w->io, "pipe", 4);
	run(l);
	ok(w->written == 4 && memcmp(r->text, "pipe", 4) == 0,
	    "pipes are read and written");
	take_away(w);
	take_away(r);

	fputs("a regular file", f);
	rewind(f);
	r = new_end(l, dup(fileno(f)));
	loop_read(&r->io, true);
	loop_read(&r->io, false);
	loop_read(&r->io, true);
	run(l);
	ok(r->last == 0 && r->read == 14 &&
	    memcmp(r->text, "a regular file", 14) == 0,
	    "a regular file is read to its end");
	take_away(r);
	(void)fclose(f);
	r = new_end(l, open("/dev/null", O_RDONLY | O_CLOEXEC));
	loop_read(&r->io, true);
	run(l);
	ok(r->last == 0 && r->read == 0, "/dev/null ends at once");
	take_away(r);
	loop_free(&l);
}

static void
test_same_batch(void)
{
	struct loop	*l = new_loop();
	struct end	*e[2];
	int		 fd[2][2], i, alive = 0;
	size_t		 reads = 0;

	for (i = 0; i < 2; i++) {
		new_pair(fd[i]);
		e[i] = new_end(l, fd[i][0]);
		e[i]->stop_at = 1;
		loop_read(&e[i]->io, true);
		if (write(fd[i][1], "x", 1) != 1)
			abort();
	}
	/* Whoever comes first frees the other, whose event is in hand. */
	e[0]->victim = e[1];
	e[1]->victim = e[0];
	run(l);
	for (i = 0; i < 2; i++) {
		if (send(fd[i][1], "y", 1, MSG_NOSIGNAL) == 1) {
			alive++;
			reads += e[i]->reads;
			take_away(e[i]);
		}
		(void)close(fd[i][1]);
	}
	ok(alive == 1 && reads == 1,
	    "an io may be freed by another of the same batch");
	loop_free(&l);
}

struct chain {
	struct loop_hook	 hook;
	struct loop		*loop;
	int			 left;
};

static void
run_chain(struct loop_hook *h)
{
	struct chain	*c = LIST_ITEM(h, struct chain, hook);

	note('h');
	if (c->left-- > 0)
		loop_at_end(c->loop, h);
}

static void
note_free(void *p)
{
	(void)p;
	note('f');
}

static void
fire_hooks(struct timer *t)
{
	static struct chain	c = { .hook = { .run = run_chain } };

	(void)t;
	c.loop = timer_loop;
	loop_free_later(timer_loop, NULL, note_free);
	loop_at_end(timer_loop, &c.hook);
	loop_at_end(timer_loop, &c.hook);
	note('t');
	loop_stop(timer_loop);
}

static void
run_forever(struct loop_hook *h)
{
	loop_at_end(timer_loop, h);
}

static void
test_hooks(void)
{
	struct loop		*l = timer_loop = new_loop();
	struct timer		 t = { .fire = fire_hooks };
	struct timer		 s = { .fire = fire_stop };
	struct loop_hook	 endless = { .run = run_forever };
	struct chain		 early = { .hook = { .run = run_chain },
				    .loop = l, .left = 1 };

	memset(fired, 0, sizeof(fired));
	loop_timer_set(l, &t, 1);
	run(l);
	ok(strcmp(fired, "thf") == 0,
	    "hooks come after timers, once, and freeing last: %s", fired);
	memset(fired, 0, sizeof(fired));
	loop_at_end(l, &early.hook);
	loop_at_end(l, &endless);
	loop_timer_set(l, &s, 10);
	run(l);
	ok(strcmp(fired, "hhs") == 0,
	    "a hook may queue itself; for ever, it starves nobody");
	list_remove(&endless.node);
	loop_free(&l);
}

struct letter {
	struct mail	 mail;
	struct loop	*home;		/* where it is sent from */
	unsigned	 n;
};

static unsigned		next_letter, in_order, last_letter;

static void
run_numbered(struct mail *m, struct loop *l)
{
	struct letter	*x = (struct letter *)(void *)m;

	in_order += x->n == next_letter++;
	if (x->n == last_letter)
		loop_stop(l);
	free(x);
}

static void
post_numbered(struct loop *from, struct loop *to, unsigned n)
{
	struct letter	*x = mem_zalloc(1, sizeof(*x));

	x->mail.run = run_numbered;
	x->n = n;
	loop_post(from, to, &x->mail);
}

static void
test_self_post(void)
{
	struct loop	*l = new_loop();
	unsigned	 i;

	next_letter = in_order = 0;
	last_letter = 99;
	for (i = 0; i < 100; i++)
		post_numbered(l, l, i);
	ok(in_order == 0, "mail to oneself does not run at once");
	run(l);
	ok(in_order == 100, "but then, in order");
	loop_free(&l);
}

#define ROUNDS	2000

static atomic_uint	played;

/* A ball is played between two loops; the loop sleeps in between. */
static void
run_ball(struct mail *m, struct loop *l)
{
	struct letter	*x = (struct letter *)(void *)m;
	struct loop	*to = x->home;

	x->home = l;
	(void)atomic_fetch_add(&played, 1);
	if (x->n == 0) {
		loop_stop(l);
		loop_stop(to);
		free(x);
		return;
	}
	x->n--;
	loop_post(l, to, m);
}

static void *
run_thread(void *l)
{
	run(l);
	return NULL;
}

static void
test_ping_pong(void)
{
	struct loop	*a = new_loop(), *b = new_loop();
	struct letter	*x = mem_zalloc(1, sizeof(*x));
	pthread_t	 t;

	x->mail.run = run_ball;
	x->home = a;
	x->n = ROUNDS;
	loop_post(a, b, &x->mail);
	if (pthread_create(&t, NULL, run_thread, b) != 0)
		abort();
	run(a);
	(void)pthread_join(t, NULL);
	ok(atomic_load(&played) == ROUNDS + 1,
	    "%d mails between two threads, none lost asleep", ROUNDS);
	loop_free(&a);
	loop_free(&b);
}

static void *
post_many(void *l)
{
	unsigned	i;

	for (i = 0; i <= last_letter; i++)
		post_numbered(NULL, l, i);
	return NULL;
}

static void
test_foreign_post(void)
{
	struct loop	*l = new_loop();
	pthread_t	 t;

	next_letter = in_order = 0;
	last_letter = 4999;
	if (pthread_create(&t, NULL, post_many, l) != 0)
		abort();
	run(l);
	(void)pthread_join(t, NULL);
	ok(in_order == 5000, "a thread without a loop posts, in order");
	loop_free(&l);
}

static void *
stop_it(void *l)
{
	loop_stop(l);
	return NULL;
}

/* One stop ends one run: it does not linger for the next. */
static int
wait_is_over(const struct loop *l)
{
	return !atomic_load(&l->stop);
}

static void
test_stop(void)
{
	struct loop	*l = new_loop();
	pthread_t	 t;
	int		 i, waits = 0;

	for (i = 0; i < 50; i++) {
		if (pthread_create(&t, NULL, stop_it, l) != 0)
			abort();
		run(l);
		(void)pthread_join(t, NULL);
		waits += wait_is_over(l);
	}
	ok(waits == 50, "another thread stops it, asleep or not yet");
	loop_free(&l);
}

static int
connect_to(const char *addr)
{
	struct err_text	why;
	int		fd = sock_connect_tcp(addr, "0", &why);

	if (fd < 0)
		abort();
	return fd;
}

#define CLIENTS	40

static void
test_accept(void)
{
	struct loop	*l = new_loop();
	struct err_text	 why;
	struct end	*e;
	char		 addr[SOCK_ADDR];
	int		 i, fd[CLIENTS];

	e = new_end(l, sock_listen_tcp("127.0.0.1:0", 64, &why));
	sock_name(e->io.fd, addr);
	for (i = 0; i < CLIENTS; i++)
		fd[i] = connect_to(addr);
	e->stop_at = CLIENTS;
	loop_accept(&e->io, true);
	run(l);
	ok(e->accepted == CLIENTS, "a full backlog is emptied");
	ok(e->last == 1, "what is accepted blocks not and is not inherited");
	for (i = 0; i < CLIENTS; i++)
		(void)close(fd[i]);
	take_away(e);
	loop_free(&l);
}

static void
test_accept_out_of_descriptors(void)
{
	struct loop	*l = new_loop();
	struct timer	 s = { .fire = fire_stop };
	struct rlimit	 old, low;
	struct err_text	 why;
	struct end	*e;
	char		 addr[SOCK_ADDR];
	int		 fd;

	timer_loop = l;
	e = new_end(l, sock_listen_tcp("127.0.0.1:0", 64, &why));
	sock_name(e->io.fd, addr);
	fd = connect_to(addr);
	if (getrlimit(RLIMIT_NOFILE, &old) < 0)
		abort();
	low = old;
	low.rlim_cur = (rlim_t)fd + 1;
	(void)setrlimit(RLIMIT_NOFILE, &low);
	count_turns(l);
	e->stop_at = 1;
	loop_accept(&e->io, true);
	loop_timer_set(l, &s, 50);
	run(l);
	ok(e->error == -EMFILE && e->reads == 1 && turns < 30,
	    "out of descriptors is told once and does not spin (%u)", turns);
	(void)setrlimit(RLIMIT_NOFILE, &old);
	run(l);
	ok(e->accepted == 1, "and accepting goes on by itself");
	(void)close(fd);
	take_away(e);
	loop_free(&l);
}

int
main(void)
{
	struct err_text	 why;
	struct loop	*l = loop_new("carrier-pigeon", &why);

	ok(l == NULL && strstr(why.s, "carrier-pigeon") != NULL,
	    "an unknown backend is refused by name");
	l = loop_new("epoll", &why);
	ok(l != NULL && strcmp(loop_backend(l), "epoll") == 0,
	    "epoll is always there");
	loop_free(&l);
	test_timers();
	test_read();
	test_idle_hangup();
	test_write();
	test_pipe_and_files();
	test_same_batch();
	test_hooks();
	test_self_post();
	test_ping_pong();
	test_foreign_post();
	test_stop();
	test_accept();
	test_accept_out_of_descriptors();
	return tap_done();
}
