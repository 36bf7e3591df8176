/*
 * loop_backend - what a loop is made of, for loop.c and its backends only.
 *
 * loop.c holds what is common: timers, hooks, mail, the order of a turn.  A
 * backend knows how the kernel is asked.  io->want is what is wished for;
 * a backend compares it with io->armed and tells results by the loop_told_*
 * functions, only from wait() and write().
 */
#ifndef LOOP_BACKEND_H
#define LOOP_BACKEND_H

#include <stdatomic.h>

#include "io/loop.h"

enum {
	IO_READ = 1,
	IO_WRITE = 2,
	IO_ACCEPT = 4,
};

#define LOOP_CHUNK	16384	/* bytes read at once from one descriptor */
#define LOOP_ACCEPTS	16	/* connections taken at once from a listener */

struct loop_backend {
	const char	*name;
	/* 0 or -errno; sets loop->backend_data */
	int	(*open)(struct loop *);
	void	(*close)(struct loop *);
	int	(*add)(struct loop *, struct io *);
	/*
	 * Nothing is told about the io afterwards, not even events of the
	 * batch at hand, and the kernel borrows no memory of it any more: a
	 * backend whose kernel owns buffers cancels and reaps here.
	 */
	void	(*del)(struct loop *, struct io *);
	/* io->want has changed */
	void	(*want)(struct loop *, struct io *);
	/* io->out and outlen are set */
	void	(*write)(struct loop *, struct io *);
	/* waits up to ms (-1: for ever) and tells what has happened */
	void	(*wait)(struct loop *, int ms);
};

extern const struct loop_backend loop_epoll_backend;

/* Mail collected during a turn for one receiver, newest first. */
struct outbox {
	struct loop	*to;
	struct mail	*newest, *oldest;
};

struct later {
	void	*p;
	void	(*fn)(void *);
};

struct loop {
	const struct loop_backend	*backend;
	void				*backend_data;
	void				*owner;
	uint64_t			 now;
	bool				 running;
	struct heap			 timers;
	struct list			 hooks;
	struct later			*later;
	size_t				 later_count, later_cap;
	struct outbox			*outboxes;
	size_t				 outbox_count, outbox_cap;
	struct io			**paused;	/* listeners */
	size_t				 paused_count, paused_cap;
	struct timer			 paused_timer;
	struct io			 wake;		/* an eventfd */
	/* What other threads touch. */
	_Atomic(struct mail *)		 inbox;		/* newest first */
	atomic_bool			 asleep;
	atomic_bool			 stop;
	char				 chunk[LOOP_CHUNK];
};

/* Results.  The io may be gone from the loop when they return. */
void	loop_told_read(struct io *, const char *, ssize_t n);
/* n: of this step; the owner hears when all is out. */
void	loop_told_written(struct io *, ssize_t n);
void	loop_told_accept(struct io *, int fd);

#endif
