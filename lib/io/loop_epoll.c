/* loop_epoll - the loop's backend that is always there. */
#include <sys/epoll.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "io/loop_backend.h"

#define BATCH	256

enum {			/* io->kind */
	KIND_SOCKET,
	KIND_OTHER,	/* pipe, terminal, file: write(2), not send(2) */
};

/* What epoll refuses: regular files are ready always, others failed. */
struct odd {
	struct io	*io;	/* NULL: gone */
	int		 error;
};

struct epoll {
	int			 fd;
	int			 at, count;	/* the batch at hand */
	struct epoll_event	 events[BATCH];
	struct odd		*odd;
	size_t			 odd_count, odd_cap;
};

static int
epoll_open(struct loop *l)
{
	struct epoll	*ep = mem_zalloc(1, sizeof(*ep));

	if ((ep->fd = epoll_create1(EPOLL_CLOEXEC)) < 0) {
		free(ep);
		return -errno;
	}
	l->backend_data = ep;
	return 0;
}

static void
epoll_close(struct loop *l)
{
	struct epoll	*ep = l->backend_data;

	(void)close(ep->fd);
	free(ep->odd);
	free(ep);
}

static int
epoll_add(struct loop *l, struct io *io)
{
	/* The kernel hears of it with the first wish: one call, not two. */
	(void)l;
	(void)io;
	return 0;
}

static void
add_odd(struct epoll *ep, struct io *io, int error)
{
	if (ep->odd_count == ep->odd_cap) {
		ep->odd_cap = ep->odd_cap * 2 + 4;
		ep->odd = mem_realloc(ep->odd, ep->odd_cap, sizeof(*ep->odd));
	}
	ep->odd[ep->odd_count++] = (struct odd){ io, error };
}

static void
drop_odd(struct epoll *ep, const struct io *io)
{
	size_t	i;

	for (i = 0; i < ep->odd_count; i++)
		if (ep->odd[i].io == io)
			ep->odd[i].io = NULL;
}

/*
 * Level-triggered.  Without a wish the descriptor leaves the set, because
 * EPOLLHUP and EPOLLERR cannot be masked and would spin.
 */
static void
epoll_want(struct loop *l, struct io *io)
{
	struct epoll		*ep = l->backend_data;
	struct epoll_event	 ev = { .data.ptr = io };
	int			 op = EPOLL_CTL_MOD;

	drop_odd(ep, io);
	if (io->want == io->armed)
		return;
	if (io->want & IO_READ)
		ev.events |= EPOLLIN;
	if (io->want & IO_WRITE)
		ev.events |= EPOLLOUT;
	if (io->want & IO_ACCEPT)
		ev.events |= EPOLLIN | EPOLLEXCLUSIVE;
	if (io->armed == 0)
		op = EPOLL_CTL_ADD;
	else if (io->want == 0)
		op = EPOLL_CTL_DEL;
	if (epoll_ctl(ep->fd, op, io->fd, &ev) == 0)
		io->armed = io->want;
	else if (io->want != 0)
		add_odd(ep, io, errno == EPERM ? 0 : errno);
}

static void
epoll_del(struct loop *l, struct io *io)
{
	struct epoll	*ep = l->backend_data;
	int		 i;

	epoll_want(l, io);
	drop_odd(ep, io);
	for (i = ep->at; i < ep->count; i++)
		if (ep->events[i].data.ptr == io)
			ep->events[i].data.ptr = NULL;
}

static void
epoll_write(struct loop *l, struct io *io)
{
	const char	*p = io->out + io->outdone;
	size_t		 len = io->outlen - io->outdone;
	ssize_t		 n = -1;

	(void)l;
	do {
		if (io->kind == KIND_SOCKET) {
			n = send(io->fd, p, len, MSG_NOSIGNAL);
			if (n < 0 && errno == ENOTSOCK)
				io->kind = KIND_OTHER;
		}
		if (io->kind == KIND_OTHER)
			n = write(io->fd, p, len);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		n = 0;
	loop_told_written(io, n < 0 ? -errno : n);
}

static void
epoll_read(struct loop *l, struct io *io)
{
	ssize_t	n = read(io->fd, l->chunk, sizeof(l->chunk));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	loop_told_read(io, l->chunk, n < 0 ? -errno : n);
}

/* Errors of the connection that was to be accepted, see accept(2). */
static int
is_of_connection(int e)
{
	switch (e) {
	case EINTR: case ECONNABORTED: case EPROTO: case EPERM:
	case ENETDOWN: case ENOPROTOOPT: case EHOSTDOWN: case ENONET:
	case EHOSTUNREACH: case EOPNOTSUPP: case ENETUNREACH:
	case ETIMEDOUT:
		return 1;
	default:
		return 0;
	}
}

/* The io of the event at hand was taken away by a callback. */
static int
is_gone(const struct epoll *ep)
{
	return ep->events[ep->at].data.ptr == NULL;
}

static void
epoll_accept(const struct epoll *ep, struct io *io)
{
	int	i, fd;

	for (i = 0; i < LOOP_ACCEPTS && !is_gone(ep) &&
	    (io->want & IO_ACCEPT); i++) {
		fd = accept4(io->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			loop_told_accept(io, fd);
		else if (errno == EAGAIN)
			return;
		else if (!is_of_connection(errno))
			loop_told_accept(io, -errno);
	}
}

static void
dispatch(struct loop *l, const struct epoll *ep)
{
	struct io	*io = ep->events[ep->at].data.ptr;
	uint32_t	 events = ep->events[ep->at].events;

	if (io == NULL)
		return;
	if ((io->want & IO_WRITE) &&
	    (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
		epoll_write(l, io);
	if (is_gone(ep))
		return;
	if ((io->want & IO_READ) && (events & ~(uint32_t)EPOLLOUT))
		epoll_read(l, io);
	else if (io->want & IO_ACCEPT)
		epoll_accept(ep, io);
}

static void
tell_refused(struct io *io, int error)
{
	if (io->want & IO_ACCEPT)
		loop_told_accept(io, -error);
	else if (io->want & IO_WRITE)
		loop_told_written(io, -error);
	else
		loop_told_read(io, NULL, -error);
}

static void
serve_odd(struct loop *l, struct epoll *ep)
{
	size_t		 i, kept = 0, count = ep->odd_count;
	struct io	*io;

	for (i = 0; i < count; i++) {
		if ((io = ep->odd[i].io) == NULL)
			continue;
		if (ep->odd[i].error != 0)
			tell_refused(io, ep->odd[i].error);
		else if (io->want & IO_READ)
			epoll_read(l, io);
	}
	for (i = 0; i < ep->odd_count; i++)
		if (ep->odd[i].io != NULL)
			ep->odd[kept++] = ep->odd[i];
	ep->odd_count = kept;
}

static void
epoll_turn(struct loop *l, int ms)
{
	struct epoll	*ep = l->backend_data;
	int		 n;

	n = epoll_wait(ep->fd, ep->events, BATCH, ep->odd_count > 0 ? 0 : ms);
	l->now = clock_now_ms();
	ep->count = n > 0 ? n : 0;
	for (ep->at = 0; ep->at < ep->count; ep->at++)
		dispatch(l, ep);
	ep->at = ep->count = 0;
	if (ep->odd_count > 0)
		serve_odd(l, ep);
}

const struct loop_backend	loop_epoll_backend = {
	.name = "epoll",
	.open = epoll_open,
	.close = epoll_close,
	.add = epoll_add,
	.del = epoll_del,
	.want = epoll_want,
	.write = epoll_write,
	.wait = epoll_turn,
};
