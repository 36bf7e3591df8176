#include "drain.h"

#include "listener.h"
#include "session.h"
#include "store.h"

/*
 * The end: a shard is done when its sessions are gone and all that it asked
 * is answered.  None stops before all are: they work for each other.
 */
static void
finished(struct mail *m, struct loop *loop)
{
	struct shard	*first = shard_from(loop);
	struct pushd	*pd = first->pushd;
	unsigned	 i;

	(void)m;
	if (++first->finished < pd->shard_count)
		return;
	for (i = 0; i < pd->shard_count; i++)
		loop_stop(pd->shards[i].loop);
}

static void
stored_all(struct store_request *r)
{
	struct shard	*sh = shard_from(r->from);

	sh->drained.run = finished;
	shard_post(sh, &sh->pushd->shards[0], &sh->drained);
}

static void
empty(struct shard *sh)
{
	if (sh->last.done != NULL)
		return;
	/* Answered after all else that this shard asked: nobody has id 0. */
	sh->last.from = sh->loop;
	sh->last.verb = STORE_ACCOUNT_SEEN;
	sh->last.account = &sh->nobody;
	sh->last.done = stored_all;
	store_ask(sh->pushd->store, &sh->last);
}

void
drain_shard(struct shard *sh)
{
	struct session	*s;
	struct list	*n, *after;
	size_t		 pos = 0;

	if (sh->draining)
		return;
	sh->draining = true;
	sh->on_empty = empty;
	listener_stop(sh);
	while ((s = map_next(&sh->resumable, &pos)) != NULL)
		if (s->state == SESSION_DETACHED)
			session_gone(s);
	LIST_EACH(n, after, &sh->sessions)
		session_end(LIST_ITEM(n, struct session, node),
		    "system-shutdown", NULL);
	shard_session_gone(sh);
}
