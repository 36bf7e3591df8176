/*
 * leg - one target of an order: travels to the device's home shard and back.
 *
 * The order (route.c, shard 0) makes its legs and frees them after their
 * last mail.  While somebody waits for more than the acceptance, the home
 * shard finds the leg by its row.
 */
#ifndef LEG_H
#define LEG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "ctl/fate.h"
#include "io/loop.h"
#include "push.h"

struct order;
struct shard;

struct leg {
	struct mail	 there, forget, accepted, ended, released;
	struct order	*order;
	char		*name;		/* prepared */
	struct push	*push;		/* until it was submitted */
	uint64_t	 row;
	bool		 wants_end;	/* somebody waits for more than
					 * the acceptance */
	bool		 must_store;	/* no answer before it is on disk */
	/* the answer, written before accepted is posted */
	enum push_err	 err;
	enum fate	 answer;
	/* the end, written before ended is posted */
	enum fate	 fate;
	uint32_t	 tries;
	int64_t		 ended_ms;	/* wall */
	/* the home shard's own */
	bool		 accepted_sent, ended_sent;
	bool		 early;		/* ended before it was stored, */
	enum fate	 early_fate;	/* like this */
	/* shard 0's own */
	enum fate	 known;		/* the latest that it was told */
	bool		 cancelled;	/* waits for released only */
	bool		 over;		/* its wait is over */
};

/* In the home shard, for all of these. */

void		 leg_watch(struct shard *, struct leg *);
/* Who waits for that row, or NULL. */
struct leg	*leg_find(struct shard *, uint64_t row);
/* Tells the order, once: accepted (PUSH_OK) or refused. */
void		 leg_accept(struct shard *, struct leg *, enum push_err,
		    enum fate);
/* Tells the order how it ended; nothing is told after that. */
void		 leg_end(struct shard *, struct leg *, enum fate,
		    uint32_t tries);
/* Nobody waits any more: it comes back as released. */
void		 leg_forget(struct shard *, struct leg *);

#endif
