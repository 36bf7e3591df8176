/*
 * loop - one thread's events: descriptors, timers, mail, end-of-turn work.
 *
 * Completions, not readiness: the loop reads and writes and tells what came
 * of it, so that epoll and a ring of requests fit behind one interface
 * (loop_backend.h).  A loop and what belongs to it are used by one thread;
 * only loop_post() and loop_stop() may be called from others.
 *
 * One turn: wait, completions, mail, due timers, then the end-of-turn hooks
 * (conn's collected output goes out here, one send per connection), then
 * what loop_free_later() was given.
 */
#ifndef LOOP_H
#define LOOP_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/heap.h"
#include "base/list.h"

struct loop;
struct io;

/* What a descriptor's owner is told. */
struct io_news {
	/*
	 * n > 0 bytes, borrowed until return; 0: end of file; < 0: -errno.
	 * Reading is off after the last two.
	 */
	void	(*on_read)(struct io *, const char *p, ssize_t n);
	/* n bytes went out of the last loop_write(), or -errno */
	void	(*on_written)(struct io *, ssize_t n);
	/*
	 * Listeners: a new descriptor, now the owner's, or -errno, after
	 * which the listener pauses for a second (no descriptors left).
	 */
	void	(*on_accept)(struct io *, int fd);
};

/* One descriptor in a loop; embedded in its owner, fields are the loop's. */
struct io {
	int			 fd;
	uint8_t			 want;		/* IO_READ, IO_WRITE, ... */
	uint8_t			 armed;		/* what the kernel was told */
	uint8_t			 kind;		/* the backend's */
	struct loop		*loop;		/* NULL: in none */
	const struct io_news	*news;
	const char		*out;		/* loop_write() in progress */
	size_t			 outlen;
	size_t			 outdone;	/* of outlen, gone already */
};

struct timer {
	struct heap_node	 node;
	void			(*fire)(struct timer *);
};

/*
 * Work for the end of this turn; queued at most once.  Zeroed before its
 * first use; list_remove(&hook->node) takes it back.
 */
struct loop_hook {
	struct list	 node;
	void		(*run)(struct loop_hook *);
};

/*
 * A message to another loop's thread.  The sender allocates it, the
 * receiver's run() owns and frees it.
 */
struct mail {
	struct mail	*next;
	void		(*run)(struct mail *, struct loop *);
};

/* name: "epoll" or "auto".  Returns NULL and a sentence when not to be had. */
struct loop	*loop_new(const char *backend, struct err_text *);
/* Mail that nobody has run is lost. */
void		 loop_free(struct loop **);
/* The backend's name. */
const char	*loop_backend(const struct loop *);
/* Runs turns until loop_stop(). */
void		 loop_run(struct loop *);
/* Ends loop_run() after the present turn; from any thread. */
void		 loop_stop(struct loop *);
/* Monotonic ms, read once per turn. */
uint64_t	 loop_now(const struct loop *);
/* A pointer for the owner of the loop. */
void		 loop_set_owner(struct loop *, void *);
void		*loop_owner(const struct loop *);

/*
 * Takes the non-blocking descriptor: a socket, pipe, terminal or regular
 * file; loop_del() gives it back in io->fd.  0, or -1 with errno.
 */
int	loop_add(struct loop *, struct io *, int fd, const struct io_news *);
void	loop_del(struct io *);
/* Starts or stops reports of bytes; a stopped reader pushes back by TCP. */
void	loop_read(struct io *, bool on);
/*
 * Writes n bytes, borrowed and unmoved until on_written, which may come
 * before this returns.  One at a time per descriptor.
 */
void	loop_write(struct io *, const char *p, size_t n);
/* Starts or stops accepting; the listener may be in several loops. */
void	loop_accept(struct io *, bool on);

void	loop_timer_set(struct loop *, struct timer *, uint64_t after_ms);
void	loop_timer_clear(struct loop *, struct timer *);
void	loop_at_end(struct loop *, struct loop_hook *);
/* Calls fn(p) after this turn's callbacks: for what may still be in use. */
void	loop_free_later(struct loop *, void *p, void (*fn)(void *));

/*
 * Sends mail to another loop (or to oneself).  From a loop's own thread the
 * mail is handed over at the end of the turn, with all else for the same
 * receiver; from == NULL: at once, from any thread.  Order is kept between
 * one sender and one receiver.
 */
void	loop_post(struct loop *from, struct loop *to, struct mail *);

#endif
