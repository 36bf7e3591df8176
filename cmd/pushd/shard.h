/*
 * shard - one thread's share: its loop, its parsers, the devices whose home
 * it is, the sessions it serves.  Nothing here is touched by another thread;
 * others send mail to shard->loop.
 */
#ifndef SHARD_H
#define SHARD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/map.h"
#include "io/loop.h"
#include "pushd.h"
#include "store.h"
#include "xmpp/xml.h"

struct device;
struct listener_port;
struct session;

struct shard {
	struct pushd		*pushd;
	unsigned		 index;
	struct loop		*loop;
	struct xml_pool		*xml;
	struct config		*config;	/* a reference of its own */
	/* Of its streams, which borrow them for longer than a reload. */
	struct xml_limits	 before_login, after_login;
	struct map		 devices;	/* name -> struct device */
	struct device		**all;		/* by age; NULL: deleted */
	size_t			 all_count, all_cap;
	struct list		 sessions;	/* with a connection */
	struct map		 resumable;	/* SM id -> struct session */
	struct map		 legs;		/* row -> struct leg, waiting */
	struct map		 turns;		/* name -> account_op at work */
	size_t			 ops;		/* account_op that it asked */
	struct listener_port	*ports;		/* its part of each listener */
	struct counters		 count;
	struct timer		 forget;	/* shard 0: history */
	bool			 draining;
	void			(*on_empty)(struct shard *);	/* drain.c */
	struct store_request	 last;		/* of a draining shard */
	struct store_account	 nobody;	/* what it asks about */
	struct mail		 drained;	/* to shard 0, */
	unsigned		 finished;	/* which counts them */
	pthread_t		 thread;
};

/* Makes the loop and the empty tables.  Returns 0, or -1 and a sentence. */
int	shard_init(struct shard *, struct pushd *, unsigned index,
	    struct err_text *);
void	shard_release(struct shard *);
/* From here on that configuration; takes over the reference. */
void	shard_use_config(struct shard *, struct config *);
/* Runs the loop in a thread of its own. */
int	shard_start(struct shard *, struct err_text *);
/* The home of an account, from its prepared name. */
struct shard	*shard_of(struct pushd *, const char *name);
/* The shard whose loop this is. */
struct shard	*shard_from(const struct loop *);
/* Sends mail from the shard whose thread this is. */
void	shard_post(struct shard *from, struct shard *to, struct mail *);
/*
 * Carries out run(shard, arg) in every shard, one after the other, then
 * done(arg) in the shard that asked.
 */
void	shard_each(struct shard *from, void (*run)(struct shard *, void *),
	    void (*done)(void *), void *arg);
/*
 * A session left shard->sessions, or an account_op ended: a draining shard
 * may be empty now.
 */
void	shard_session_gone(struct shard *);

#endif
