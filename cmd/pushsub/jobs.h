/*
 * jobs - the command that -e runs for each push: JSON on its stdin, PUSH_*
 * in its environment, its exit code the acknowledgement.  A few run at a
 * time, the others wait in order.
 */
#ifndef JOBS_H
#define JOBS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "push.h"

#define JOBS_RUNNING	16	/* commands at a time */

struct job {
	struct list	 node;
	pid_t		 pid;		/* 0: waits */
	void		*device;
	uint32_t	 stream, number;	/* for device_done() */
	int64_t		 sent, received;
	char		*id;
	char		*env[4];	/* PUSH_ID=... and the others */
	size_t		 n;
	char		 json[];	/* n bytes and a NUL */
};

struct jobs {
	const char	*command;
	struct list	 list;		/* in order of arrival */
	size_t		 running;
	uint64_t	 most;		/* the owner's: may run now */
	/* status: exit code, 128 and the signal, or 126: could not start */
	void		(*on_end)(void *arg, struct job *, int status);
	void		*arg;
};

void	jobs_init(struct jobs *, const char *command,
	    void (*on_end)(void *, struct job *, int), void *arg);
/* Ends what runs by SIGTERM and forgets all. */
void	jobs_release(struct jobs *);
/* A job for the push, everything copied; jobs_reap() starts it. */
struct job	*jobs_add(struct jobs *, const struct push *,
		    const char *json, size_t n);
/* The job of that device and push that has not ended, or NULL. */
struct job	*jobs_find(struct jobs *, const void *device,
		    const char *id);
/* After jobs_add() and SIGCHLD: tells of what ended, starts what waits. */
void	jobs_reap(struct jobs *);

#endif
