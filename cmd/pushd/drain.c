#include "drain.h"

#include "listener.h"
#include "session.h"
#include "store.h"

/*
 * The end: a shard is done when its sessions are gone and the store has
 * answered all that it asked.  Shard 0, which the others report to, is last.
 */
static void
finished(struct mail *m, struct loop *loop)
{
	struct shard	*first = shard_from(loop);

	(void)m;
	if (++first->finished == first->pushd->shard_count)
		loop_stop(loop);
}

static void
stored_all(struct store_request *r)
{
	struct shard	*sh = shard_from(r->from);

	sh->drained.run = finished;
	shard_post(sh, &sh->pushd->shards[0], &sh->drained);
	if (sh->index != 0)
		loop_stop(sh->loop);
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
