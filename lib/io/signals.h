/*
 * signals - SIGINT, SIGTERM and, unless nohup(1) or the like holds it off,
 * SIGHUP as events of a loop; SIGPIPE is ignored.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include "io/loop.h"

struct signals {
	struct io	 io;		/* io.fd is readable at a signal */
	void		(*on_signal)(void *arg, int number);
	void		*arg;
};

/* They are held back from here on.  0, or -1 with errno. */
int	signals_watch(struct signals *, struct loop *,
	    void (*on_signal)(void *arg, int number), void *arg);
void	signals_release(struct signals *);
/* A signal that came when the loop did not run; 0 for none. */
int	signals_pending(const struct signals *);

#endif
