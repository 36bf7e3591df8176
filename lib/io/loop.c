#include "io/loop.h"

#include <sys/eventfd.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "io/loop_backend.h"

#define ACCEPT_PAUSE_MS	1000
#define HOOK_PASSES	4	/* hooks that queue hooks, in one turn */

static const struct loop_backend *const	backends[] = {
	&loop_epoll_backend,
};

static void
wake_on_read(struct io *io, const char *p, ssize_t n)
{
	/* The number read has no meaning: being awake was the message. */
	(void)io;
	(void)p;
	(void)n;
}

static const struct io_news	wake_news = { .on_read = wake_on_read };

static const struct loop_backend *
open_backend(struct loop *l, const char *name, struct err_text *why)
{
	int	known = 0, r = 0;
	size_t	i;

	for (i = 0; i < sizeof(backends) / sizeof(backends[0]); i++) {
		if (strcmp(name, "auto") != 0 &&
		    strcmp(name, backends[i]->name) != 0)
			continue;
		known = 1;
		if ((r = backends[i]->open(l)) == 0)
			return backends[i];
	}
	(void)err_set(why, "loop backend %s: %s", name,
	    known ? strerror(-r) : "unknown (use epoll or auto)");
	return NULL;
}

static void	unpause(struct timer *);

struct loop *
loop_new(const char *name, struct err_text *why)
{
	struct loop	*l = mem_zalloc(1, sizeof(*l));
	int		 fd;

	l->now = clock_now_ms();
	l->paused_timer.fire = unpause;
	heap_init(&l->timers);
	list_init(&l->hooks);
	if ((l->backend = open_backend(l, name, why)) == NULL) {
		free(l);
		return NULL;
	}
	fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd < 0 || loop_add(l, &l->wake, fd, &wake_news) < 0) {
		(void)err_set(why, "eventfd: %s", strerror(errno));
		loop_free(&l);
		return NULL;
	}
	loop_read(&l->wake, true);
	return l;
}

static void
free_now(struct loop *l)
{
	struct later	x;
	size_t		i;

	/* One that is freed may free others: later_count can grow. */
	for (i = 0; i < l->later_count; i++) {
		x = l->later[i];
		x.fn(x.p);
	}
	l->later_count = 0;
}

void
loop_free(struct loop **lp)
{
	struct loop	*l = *lp;

	*lp = NULL;
	if (l == NULL)
		return;
	free_now(l);
	if (l->wake.loop != NULL) {
		loop_del(&l->wake);
		(void)close(l->wake.fd);
	}
	l->backend->close(l);
	heap_release(&l->timers);
	free(l->later);
	free(l->outboxes);
	free(l->paused);
	free(l);
}

const char *
loop_backend(const struct loop *l)
{
	return l->backend->name;
}

uint64_t
loop_now(const struct loop *l)
{
	return l->running ? l->now : clock_now_ms();
}

void
loop_set_owner(struct loop *l, void *owner)
{
	l->owner = owner;
}

void *
loop_owner(const struct loop *l)
{
	return l->owner;
}

int
loop_add(struct loop *l, struct io *io, int fd, const struct io_news *news)
{
	if (fd < 0) {
		errno = EBADF;
		return -1;
	}
	memset(io, 0, sizeof(*io));
	io->fd = fd;
	io->news = news;
	if (l->backend->add(l, io) < 0)
		return -1;
	io->loop = l;
	return 0;
}

static void
forget_paused(struct loop *l, const struct io *io)
{
	size_t	i;

	for (i = 0; i < l->paused_count; i++)
		if (l->paused[i] == io) {
			l->paused[i] = l->paused[--l->paused_count];
			return;
		}
}

void
loop_del(struct io *io)
{
	struct loop	*l = io->loop;

	if (l == NULL)
		return;
	forget_paused(l, io);
	io->want = 0;
	l->backend->del(l, io);
	io->loop = NULL;
}

static void
set_want(struct io *io, uint8_t what, bool on)
{
	uint8_t	want = (uint8_t)(on ? io->want | what : io->want & ~what);

	if (io->loop == NULL || want == io->want)
		return;
	io->want = want;
	io->loop->backend->want(io->loop, io);
}

void
loop_read(struct io *io, bool on)
{
	set_want(io, IO_READ, on);
}

void
loop_write(struct io *io, const char *p, size_t n)
{
	io->out = p;
	io->outlen = n;
	io->outdone = 0;
	io->loop->backend->write(io->loop, io);
}

void
loop_accept(struct io *io, bool on)
{
	if (io->loop != NULL)
		forget_paused(io->loop, io);
	set_want(io, IO_ACCEPT, on);
}

static void
unpause(struct timer *t)
{
	struct loop	*l = LIST_ITEM(t, struct loop, paused_timer);

	while (l->paused_count > 0)
		set_want(l->paused[--l->paused_count], IO_ACCEPT, true);
}

/*
 * Out of descriptors or memory: the backlog stays readable, so that a
 * listener left on would turn the loop into a busy one.
 */
static void
pause_listener(struct io *io)
{
	struct loop	*l = io->loop;

	set_want(io, IO_ACCEPT, false);
	if (l->paused_count == l->paused_cap) {
		l->paused_cap = l->paused_cap * 2 + 4;
		l->paused = mem_realloc(l->paused, l->paused_cap,
		    sizeof(struct io *));
	}
	l->paused[l->paused_count++] = io;
	if (!heap_has(&l->paused_timer.node))
		loop_timer_set(l, &l->paused_timer, ACCEPT_PAUSE_MS);
}

void
loop_told_read(struct io *io, const char *p, ssize_t n)
{
	if (n <= 0)
		loop_read(io, false);
	io->news->on_read(io, p, n);
}

void
loop_told_written(struct io *io, ssize_t n)
{
	if (n >= 0) {
		io->outdone += (size_t)n;
		if (io->outdone < io->outlen) {
			set_want(io, IO_WRITE, true);
			return;
		}
		n = (ssize_t)io->outlen;
	}
	set_want(io, IO_WRITE, false);
	io->out = NULL;
	io->outlen = io->outdone = 0;
	io->news->on_written(io, n);
}

void
loop_told_accept(struct io *io, int fd)
{
	if (fd < 0)
		pause_listener(io);
	io->news->on_accept(io, fd);
}

void
loop_timer_set(struct loop *l, struct timer *t, uint64_t after_ms)
{
	uint64_t	now = loop_now(l);

	heap_set(&l->timers, &t->node,
	    after_ms < UINT64_MAX - now ? now + after_ms : UINT64_MAX);
}

void
loop_timer_clear(struct loop *l, struct timer *t)
{
	heap_remove(&l->timers, &t->node);
}

void
loop_at_end(struct loop *l, struct loop_hook *h)
{
	if (!list_linked(&h->node))
		list_append(&l->hooks, &h->node);
}

void
loop_free_later(struct loop *l, void *p, void (*fn)(void *))
{
	if (l->later_count == l->later_cap) {
		l->later_cap = l->later_cap * 2 + 16;
		l->later = mem_realloc(l->later, l->later_cap,
		    sizeof(*l->later));
	}
	l->later[l->later_count++] = (struct later){ p, fn };
}

static void
wake(struct loop *l)
{
	uint64_t	one = 1;

	/* A full counter is as good a wake-up: nothing to do on failure. */
	if (atomic_exchange(&l->asleep, false) &&
	    write(l->wake.fd, &one, sizeof(one)) < 0)
		return;
}

void
loop_stop(struct loop *l)
{
	atomic_store(&l->stop, true);
	wake(l);
}

/*
 * Puts a chain, newest first, on the receiver's stack.  All orders here are
 * sequentially consistent: the receiver says "asleep" and then looks at its
 * inbox, we fill the inbox and then look at "asleep", so one of us sees it.
 */
static void
deliver(struct loop *to, struct mail *newest, struct mail *oldest)
{
	struct mail	*top = atomic_load(&to->inbox);

	do {
		oldest->next = top;
	} while (!atomic_compare_exchange_weak(&to->inbox, &top, newest));
	if (atomic_load(&to->asleep))
		wake(to);
}

static struct outbox *
outbox_for(struct loop *from, struct loop *to)
{
	struct outbox	*box;
	size_t		 i;

	for (i = 0; i < from->outbox_count; i++)
		if (from->outboxes[i].to == to)
			return &from->outboxes[i];
	if (from->outbox_count == from->outbox_cap) {
		from->outbox_cap = from->outbox_cap * 2 + 4;
		from->outboxes = mem_realloc(from->outboxes, from->outbox_cap,
		    sizeof(*from->outboxes));
	}
	box = &from->outboxes[from->outbox_count++];
	*box = (struct outbox){ .to = to };
	return box;
}

void
loop_post(struct loop *from, struct loop *to, struct mail *m)
{
	struct outbox	*box;

	if (from == NULL) {
		deliver(to, m, m);
		return;
	}
	box = outbox_for(from, to);
	m->next = box->newest;
	box->newest = m;
	if (box->oldest == NULL)
		box->oldest = m;
}

static void
hand_over(struct loop *l)
{
	size_t	i;

	for (i = 0; i < l->outbox_count; i++)
		deliver(l->outboxes[i].to, l->outboxes[i].newest,
		    l->outboxes[i].oldest);
	l->outbox_count = 0;
}

static void
run_mail(struct loop *l)
{
	struct mail	*m, *next, *first = NULL;

	if (atomic_load_explicit(&l->inbox, memory_order_relaxed) == NULL)
		return;
	for (m = atomic_exchange(&l->inbox, NULL); m != NULL; m = next) {
		next = m->next;
		m->next = first;
		first = m;
	}
	for (m = first; m != NULL; m = next) {
		next = m->next;
		m->run(m, l);
	}
}

static void
run_timers(struct loop *l)
{
	struct heap_node	*n;
	struct timer		*t;
	size_t			 left = l->timers.len;

	/* Counted: one that sets itself to zero waits for the next turn. */
	while (left-- > 0 && (n = heap_first(&l->timers)) != NULL &&
	    n->key <= l->now) {
		heap_remove(&l->timers, n);
		t = LIST_ITEM(n, struct timer, node);
		t->fire(t);
	}
}

static void
run_hooks(struct loop *l)
{
	struct list		 mark, *node;
	struct loop_hook	*h;
	int			 pass;

	for (pass = 0; pass < HOOK_PASSES && !list_empty(&l->hooks); pass++) {
		list_append(&l->hooks, &mark);
		while ((node = l->hooks.next) != &mark) {
			list_remove(node);
			h = LIST_ITEM(node, struct loop_hook, node);
			h->run(h);
		}
		list_remove(&mark);
	}
}

static int
wait_ms(const struct loop *l)
{
	struct heap_node	*n = heap_first(&l->timers);

	if (!list_empty(&l->hooks) || l->later_count > 0)
		return 0;
	if (n == NULL)
		return -1;
	if (n->key <= l->now)
		return 0;
	return n->key - l->now < INT_MAX ? (int)(n->key - l->now) : INT_MAX;
}

static void
turn(struct loop *l)
{
	int	ms = wait_ms(l);

	if (ms != 0)
		atomic_store(&l->asleep, true);
	if (atomic_load(&l->inbox) != NULL || atomic_load(&l->stop))
		ms = 0;
	l->backend->wait(l, ms);
	atomic_store(&l->asleep, false);
	run_mail(l);
	run_timers(l);
	run_hooks(l);
	free_now(l);
	hand_over(l);
}

void
loop_run(struct loop *l)
{
	l->running = true;
	l->now = clock_now_ms();
	hand_over(l);
	do {
		turn(l);
	} while (!atomic_load(&l->stop));
	atomic_store(&l->stop, false);
	l->running = false;
}
