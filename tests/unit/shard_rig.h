/*
 * shard_rig - a server of one shard over a store in a folder of its own,
 * driven by the test's thread: ask, then settle.  Time can be skipped.
 */
#ifndef SHARD_RIG_H
#define SHARD_RIG_H

#include <time.h>

#include "base/mem.h"
#include "iotest.h"
#include "pushd/device.h"
#include "pushd/shard.h"
#include "store_rig.h"

struct shard_rig {
	struct rig		 rig;		/* the folder and the store */
	struct pushd		 pd;
	struct shard		 shard;
	struct store_request	 barrier;
	struct store_account	 nobody;
	struct mail		 stop;
	struct timer		 enough;
	char			 text[512];	/* of the configuration */
};

static _Atomic int64_t	shard_rig_skipped;	/* ms that went by unseen */

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int64_t	skip = atomic_load(&shard_rig_skipped);
	int	rc = (int)syscall(SYS_clock_gettime, id, ts);

	ts->tv_sec += (time_t)(skip / 1000);
	ts->tv_nsec += (long)(skip % 1000) * 1000000;
	if (ts->tv_nsec >= 1000000000) {
		ts->tv_nsec -= 1000000000;
		ts->tv_sec++;
	}
	return rc;
}

static inline void
shard_rig_bail(const char *why)
{
	printf("Bail out! %s\n", why);
	exit(1);
}

static inline void
shard_rig_stop(struct mail *m, struct loop *loop)
{
	(void)m;
	loop_stop(loop);
}

/* What the store's answers posted is run in the turn that stops. */
static inline void
shard_rig_stored(struct store_request *r)
{
	struct shard_rig	*g = LIST_ITEM(r, struct shard_rig, barrier);

	g->stop.run = shard_rig_stop;
	loop_post(r->from, r->from, &g->stop);
}

/* Until all that was asked is answered, and all that followed from it. */
static inline void
shard_rig_settle(struct shard_rig *g)
{
	int	i;

	for (i = 0; i < 4; i++) {
		memset(&g->barrier, 0, sizeof(g->barrier));
		g->barrier.from = g->shard.loop;
		g->barrier.verb = STORE_ACCOUNT_SEEN;
		g->barrier.account = &g->nobody;
		g->barrier.done = shard_rig_stored;
		store_ask(g->pd.store, &g->barrier);
		run(g->shard.loop);
	}
}

static inline void
shard_rig_skip(struct shard_rig *g, int64_t ms)
{
	atomic_fetch_add(&shard_rig_skipped, ms);
	shard_rig_settle(g);
}

static inline void
shard_rig_enough(struct timer *t)
{
	loop_stop(LIST_ITEM(t, struct shard_rig, enough)->shard.loop);
}

static inline void
shard_rig_wait(struct shard_rig *g, uint64_t ms)
{
	g->enough.fire = shard_rig_enough;
	loop_timer_set(g->shard.loop, &g->enough, ms);
	run(g->shard.loop);
}

/* ---- start, end, restart ---- */

static inline void
shard_rig_account(void *arg, const struct store_account *a)
{
	struct shard_rig	*g = arg;
	struct store_account	 row = *a;

	row.name = mem_strndup(a->name, strlen(a->name));
	row.owner = a->owner == NULL ? NULL : mem_strndup(a->owner,
	    strlen(a->owner));
	(void)device_new(&g->shard, &row);
}

static inline void
shard_rig_queued(void *arg, const struct store_row *row, size_t bytes)
{
	struct shard_rig	*g = arg;
	size_t			 i;

	for (i = 0; i < g->shard.all_count; i++)
		if (g->shard.all[i]->account == row->account)
			device_restore(g->shard.all[i], row, bytes);
}

static inline void
shard_rig_start(struct shard_rig *g)
{
	struct config_flags	 none = { 0 };
	struct err_text		 why = { "" };
	struct config		*cfg;
	uint64_t		 highest = 0;

	memset(&g->pd, 0, sizeof(g->pd));
	cfg = config_parse(g->text, strlen(g->text), "rig", &none, &why);
	if (cfg == NULL)
		shard_rig_bail(why.s);
	atomic_store(&g->pd.config, cfg);
	g->pd.shards = &g->shard;
	g->pd.shard_count = 1;
	if (!rig_open(&g->rig))
		shard_rig_bail("the store cannot be opened");
	g->pd.store = g->rig.store;
	if (shard_init(&g->shard, &g->pd, 0, &why) != 0 ||
	    store_load(g->pd.store, shard_rig_account, shard_rig_queued, g,
	    &highest, &why) != 0 || store_start(g->pd.store, &why) != 0)
		shard_rig_bail(why.s);
	atomic_store(&g->pd.last_id, highest);
	(void)alarm(120);
}

static inline void
shard_rig_end(struct shard_rig *g)
{
	struct config	*cfg = atomic_load(&g->pd.config);

	shard_rig_settle(g);
	store_close(&g->rig.store);
	device_free_all(&g->shard);
	shard_release(&g->shard);
	config_unref(&cfg);
}

/* A server with these lines of configuration. */
static inline void
shard_rig_new(struct shard_rig *g, const char *lines)
{
	memset(g, 0, sizeof(*g));
	rig_new(&g->rig);
	(void)snprintf(g->text, sizeof(g->text), "domain = x.test\n"
	    "log-level = error\ndir = %s\nsocket = %s/s\n%s", g->rig.dir,
	    g->rig.dir, lines);
	shard_rig_start(g);
}

static inline void
shard_rig_free(struct shard_rig *g)
{
	shard_rig_end(g);
	rig_free(&g->rig);
}

/* The same folder again, as after a restart. */
static inline void
shard_rig_restart(struct shard_rig *g)
{
	shard_rig_end(g);
	shard_rig_start(g);
}

static inline void
shard_rig_added(struct store_request *r)
{
	if (r->err != PUSH_OK)
		shard_rig_bail("the account cannot be added");
}

/* A new account's device. */
static inline struct device *
shard_rig_device(struct shard_rig *g, const char *name)
{
	struct store_account	row = { .enabled = true, .created_ms = 1 };
	struct store_request	r = { .verb = STORE_ACCOUNT_ADD };

	row.name = mem_strndup(name, strlen(name));
	r.account = &row;
	r.from = g->shard.loop;
	r.done = shard_rig_added;
	store_ask(g->pd.store, &r);
	shard_rig_settle(g);
	return device_new(&g->shard, &row);
}

#endif
