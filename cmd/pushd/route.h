/*
 * route - between a request and its devices: target -> home shards, and the
 * fates back.  Lives in shard 0.
 *
 * An order is one push for one or many devices; each device is a leg
 * (device.h) that travels to its home shard and back.  route_submit() mints
 * the push's id; news comes through the order's callbacks.
 */
#ifndef ROUTE_H
#define ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/fate.h"
#include "ctl/target.h"
#include "device.h"
#include "push.h"
#include "shard.h"

#define ROUTE_LEGS	1000000	/* devices of one push */

struct order {
	struct list	  node;		/* the owner's */
	struct shard	 *shard;	/* shard 0 */
	struct push_ask	  ask;		/* without the object, once sent */
	uint64_t	  id;		/* the push's; 0: none yet */
	int64_t		  accepted_ms;	/* wall */
	struct target	 *target;
	enum fate	  wait;		/* FATE_QUEUED: accepted */
	enum push_err	  err;		/* refused as a whole: why */
	size_t		  count;	/* legs */
	size_t		  accepted;	/* legs that were answered, */
	size_t		  ended;	/* and those that are over */
	size_t		  released;	/* legs that came back for good */
	struct leg	 *legs;		/* made when the names are known */
	char		**names;	/* prepared; owned */
	size_t		  name_cap;
	bool		  abandoned;	/* nobody waits any more */
	/* a leg was accepted or refused; the order may end with it */
	void		(*on_accepted)(struct order *, struct leg *);
	/* a leg's wait is over */
	void		(*on_ended)(struct order *, struct leg *);
	/*
	 * Every leg's wait is over, or the order was refused as a whole
	 * (err): the last call; route frees the order afterwards.
	 */
	void		(*on_done)(struct order *);
	void		 *arg;		/* the owner's */
	uint64_t	  request;	/* the owner's */
	bool		  each;		/* the owner's */
	struct timer	  news;		/* the owner's */
};

/* Takes over ask and target.  The caller sets the callbacks. */
struct order	*route_order(struct shard *, struct push_ask *,
		    struct target *);
/* Sends it on its way; callbacks come later, or at once if refused. */
void		 route_submit(struct order *);
/* Nobody waits: no more callbacks; the pushes go on. */
void		 route_abandon(struct order *);
/* The same when no loop runs any more, and nothing comes back. */
void		 route_free(struct order *);

#endif
