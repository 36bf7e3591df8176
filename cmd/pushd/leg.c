#include "leg.h"

#include "base/clock.h"
#include "base/map.h"
#include "shard.h"

void
leg_watch(struct shard *sh, struct leg *leg)
{
	(void)map_set(&sh->legs, (const char *)&leg->row, sizeof(leg->row),
	    leg);
}

struct leg *
leg_find(struct shard *sh, uint64_t row)
{
	return map_get(&sh->legs, (const char *)&row, sizeof(row));
}

void
leg_accept(struct shard *sh, struct leg *leg, enum push_err err,
    enum fate fate)
{
	if (leg->accepted_sent)
		return;
	leg->accepted_sent = true;
	leg->err = err;
	leg->answer = fate;
	shard_post(sh, &sh->pushd->shards[0], &leg->accepted);
}

void
leg_end(struct shard *sh, struct leg *leg, enum fate fate, uint32_t tries)
{
	/* One of several answers only when it is on disk (promise 1). */
	if (leg->must_store && !leg->accepted_sent) {
		leg->early = true;
		leg->early_fate = fate;
		leg->tries = tries;
		return;
	}
	(void)map_remove(&sh->legs, (const char *)&leg->row,
	    sizeof(leg->row));
	leg->fate = fate;
	leg->tries = tries;
	leg->ended_ms = clock_wall_ms();
	leg->ended_sent = true;
	shard_post(sh, &sh->pushd->shards[0], &leg->ended);
}

void
leg_forget(struct shard *sh, struct leg *leg)
{
	if (!leg->ended_sent)
		(void)map_remove(&sh->legs, (const char *)&leg->row,
		    sizeof(leg->row));
	leg->ended_sent = true;
	shard_post(sh, &sh->pushd->shards[0], &leg->released);
}
