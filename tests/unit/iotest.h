/* iotest - what tests of loops share: pairs of sockets and a watchdog. */
#ifndef IOTEST_H
#define IOTEST_H

#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/loop.h"

#define WATCHDOG_MS	20000

static inline void
bite(struct timer *t)
{
	(void)t;
	printf("Bail out! the watchdog bit: an event did not come\n");
	fflush(stdout);
	_Exit(1);
}

/* Runs until loop_stop(), not for ever. */
static inline void
run(struct loop *l)
{
	struct timer	dog = { .fire = bite };

	loop_timer_set(l, &dog, WATCHDOG_MS);
	loop_run(l);
	loop_timer_clear(l, &dog);
}

static inline struct loop *
new_loop(void)
{
	struct err_text	 why;
	struct loop	*l = loop_new("auto", &why);

	if (l == NULL) {
		printf("Bail out! %s\n", why.s);
		exit(1);
	}
	/* For loops around run(), which the watchdog does not see. */
	(void)alarm(120);
	return l;
}

static inline void
new_pair(int fd[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	    fd) < 0) {
		perror("Bail out! socketpair");
		exit(1);
	}
}

#endif
