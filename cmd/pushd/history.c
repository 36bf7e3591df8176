#include "history.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store.h"

#define LOOK_MS		60000	/* between looks for what is too old */
#define MORE_MS		20	/* where a look found more than it may drop:
				 * faster than any server takes pushes, and
				 * room for them in between */

static void
forgotten(struct store_request *r)
{
	struct shard	*sh = shard_from(r->from);
	bool		 more = r->rowcount == STORE_FORGET_ROWS;

	loop_timer_set(sh->loop, &sh->forget, more ? MORE_MS : LOOK_MS);
	free(r);
}

static void
forget(struct timer *t)
{
	struct shard		*sh = LIST_ITEM(t, struct shard, forget);
	struct store_request	*r = mem_zalloc(1, sizeof(*r));

	r->from = sh->loop;
	r->verb = STORE_FORGET;
	r->when_ms = clock_wall_ms() - sh->config->history_ms;
	r->done = forgotten;
	store_ask(sh->pushd->store, r);
}

void
history_start(struct shard *sh)
{
	sh->forget.fire = forget;
	loop_timer_set(sh->loop, &sh->forget, LOOK_MS);
}
