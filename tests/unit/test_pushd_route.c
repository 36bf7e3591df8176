/* Orders over three shards: who gets them, what is told, who went away. */
#include "base/clock.h"
#include "pushd/route.h"
#include "shard_rig.h"
#include "tap.h"

#define SHARDS	3

/* A server of several shards; the first is run by the test's thread. */
struct server {
	struct rig	 rig;
	struct pushd	 pd;
	struct shard	 shards[SHARDS];
	struct mail	 begin;
	struct timer	 enough;
	void		 (*step)(void);
};

static struct server	srv;

/* What an order told. */
static struct {
	size_t		accepted, ended, done, refused, queued;
	enum push_err	err;
	bool		in_order;	/* no end before its acceptance */
} told;

static struct order	*last;

static void
on_accepted(struct order *o, struct leg *leg)
{
	told.accepted++;
	told.refused += leg->known == FATE_REFUSED;
	told.queued += leg->known == FATE_QUEUED;
	told.in_order = told.in_order && !leg->over && o->ended <= o->accepted;
}

static void
on_ended(struct order *o, struct leg *leg)
{
	told.ended++;
	told.in_order = told.in_order && leg->over && o->ended <= o->count;
}

static void
on_done(struct order *o)
{
	told.done++;
	told.err = o->err;
	last = NULL;
}

static void
order(const char *to, enum fate wait)
{
	struct push_ask	 ask;
	struct target	*t = NULL;

	memset(&ask, 0, sizeof(ask));
	ask.to = mem_strndup(to, strlen(to));
	ask.object = mem_strndup("", 0);
	ask.ttl_ms = -1;
	if (target_parse(to, strlen(to), &t, NULL) != PUSH_OK)
		shard_rig_bail("a target of the test cannot be read");
	memset(&told, 0, sizeof(told));
	told.in_order = true;
	last = route_order(&srv.shards[0], &ask, t);
	last->wait = wait;
	last->on_accepted = on_accepted;
	last->on_ended = on_ended;
	last->on_done = on_done;
	route_submit(last);
}

static void
run_step(struct mail *m, struct loop *loop)
{
	(void)m;
	(void)loop;
	srv.step();
}

static void
enough(struct timer *t)
{
	(void)t;
	if (told.done > 0 || last == NULL)
		loop_stop(srv.shards[0].loop);
	else
		loop_timer_set(srv.shards[0].loop, t, 5);
}

/* Runs a step in the first shard, then until the order is done. */
static void
play(void (*step)(void))
{
	srv.step = step;
	srv.begin.run = run_step;
	srv.enough.fire = enough;
	loop_post(NULL, srv.shards[0].loop, &srv.begin);
	loop_timer_set(srv.shards[0].loop, &srv.enough, 20);
	run(srv.shards[0].loop);
}

/* As much longer as it takes to see what comes late. */
static void
linger(void)
{
	told.done++;
	loop_timer_set(srv.shards[0].loop, &srv.enough, 50);
	run(srv.shards[0].loop);
	told.done--;
}

static void
added(struct store_request *r)
{
	loop_stop(r->from);
}

static void
add_device(const char *name, const char *owner)
{
	struct store_account	row = { .enabled = true, .created_ms = 1 };
	struct store_request	r = { .verb = STORE_ACCOUNT_ADD };

	row.name = mem_strndup(name, strlen(name));
	if (owner != NULL)
		row.owner = mem_strndup(owner, strlen(owner));
	r.account = &row;
	r.from = srv.shards[0].loop;
	r.done = added;
	store_ask(srv.pd.store, &r);
	run(srv.shards[0].loop);
	(void)device_new(shard_of(&srv.pd, row.name), &row);
}

static void
start(void)
{
	struct config_flags	 none = { 0 };
	struct err_text		 why = { "" };
	char			 text[400], name[16];
	struct config		*cfg;
	unsigned		 i;

	memset(&srv, 0, sizeof(srv));
	rig_new(&srv.rig);
	(void)snprintf(text, sizeof(text), "domain = x.test\nlog-level = "
	    "error\nqueue = 50\ndir = %s\nsocket = %s/s\n", srv.rig.dir,
	    srv.rig.dir);
	cfg = config_parse(text, strlen(text), "rig", &none, &why);
	if (cfg == NULL || !rig_open(&srv.rig))
		shard_rig_bail(why.s);
	atomic_store(&srv.pd.config, cfg);
	srv.pd.store = srv.rig.store;
	srv.pd.shards = srv.shards;
	for (i = 0; i < SHARDS; i++, srv.pd.shard_count++)
		if (shard_init(&srv.shards[i], &srv.pd, i, &why) != 0)
			shard_rig_bail(why.s);
	if (store_start(srv.pd.store, &why) != 0)
		shard_rig_bail(why.s);
	for (i = 0; i < 30; i++) {
		(void)snprintf(name, sizeof(name), "d%u", i);
		add_device(name, i % 3 == 0 ? "o" : NULL);
	}
	for (i = 1; i < SHARDS; i++)
		if (shard_start(&srv.shards[i], &why) != 0)
			shard_rig_bail(why.s);
}

static void
stop(void)
{
	struct config	*cfg = atomic_load(&srv.pd.config);
	unsigned	 i;

	for (i = 1; i < SHARDS; i++) {
		loop_stop(srv.shards[i].loop);
		(void)pthread_join(srv.shards[i].thread, NULL);
	}
	store_close(&srv.rig.store);
	for (i = 0; i < SHARDS; i++) {
		device_free_all(&srv.shards[i]);
		shard_release(&srv.shards[i]);
	}
	config_unref(&cfg);
	rig_free(&srv.rig);
}

/* ---- the tests ---- */

static void
to_one(void)
{
	order("device:d1", FATE_QUEUED);
}

static void
to_jid(void)
{
	order("D1@X.test", FATE_QUEUED);
}

static void
to_twice(void)
{
	order("d1 | d2 | device:D1", FATE_QUEUED);
}

static void
to_all(void)
{
	order("all", FATE_QUEUED);
}

static void
to_owner(void)
{
	order("user:o & !d0", FATE_QUEUED);
}

static void
to_some_unknown(void)
{
	order("d1 | nobody", FATE_QUEUED);
}

static void
test_targets(void)
{
	play(to_one);
	ok(told.done == 1 && told.accepted == 1 && told.ended == 1 &&
	    told.queued == 1 && told.in_order, "one device");
	play(to_jid);
	ok(told.done == 1 && told.queued == 1, "a bare JID of ours");
	play(to_twice);
	ok(told.done == 1 && told.accepted == 2 && told.queued == 2,
	    "named twice, sent once");
	play(to_all);
	ok(told.done == 1 && told.accepted == 30 && told.queued == 30 &&
	    told.ended == 30 && told.in_order, "all, in every shard");
	play(to_owner);
	ok(told.done == 1 && told.queued == 9, "a condition");
	play(to_some_unknown);
	ok(told.done == 1 && told.err == PUSH_OK && told.queued == 1 &&
	    told.refused == 1, "an unknown one is refused alone");
}

static void
to_nobody(void)
{
	order("user:nobody", FATE_QUEUED);
}

static void
to_topic(void)
{
	order("d1 | !(topic:t)", FATE_QUEUED);
}

static void
to_stranger(void)
{
	order("d1@elsewhere.test", FATE_QUEUED);
}

static void
to_bad_name(void)
{
	order("d1 | a'b", FATE_QUEUED);
}

static void
test_refused_whole(void)
{
	play(to_nobody);
	ok(told.done == 1 && told.err == PUSH_E_UNKNOWN &&
	    told.accepted == 0, "nobody matches");
	play(to_topic);
	ok(told.done == 1 && told.err == PUSH_E_UNSUPPORTED &&
	    told.accepted == 0, "a kind that is not served");
	play(to_stranger);
	ok(told.done == 1 && told.err == PUSH_E_UNKNOWN,
	    "a JID of another domain");
	play(to_bad_name);
	ok(told.done == 1 && told.err == PUSH_E_TARGET &&
	    told.accepted == 0, "what is no name");
}

static void
give_up(void)
{
	struct order	*o = last;

	last = NULL;
	route_abandon(o);
}

static void
leave_at_once(void)
{
	order("all", FATE_DELIVERED);
	give_up();
}

static void
leave_one_at_once(void)
{
	order("d1", FATE_DELIVERED);
	give_up();
}

static void
leave_while_listed(void)
{
	order("d1 | d2 | d3 | d4", FATE_QUEUED);
	give_up();
}

static uint64_t
queued_now(void)
{
	uint64_t	n = 0;
	unsigned	i;

	for (i = 0; i < SHARDS; i++)
		n += atomic_load(&srv.shards[i].count.queued);
	return n;
}

static void
wait_for_delivery(void)
{
	order("all", FATE_DELIVERED);
	last->arg = NULL;
	told.done = 1;		/* do not wait for its end */
}

static void
test_abandoned(void)
{
	uint64_t	before = queued_now();

	play(leave_one_at_once);
	linger();
	ok(told.done == 0 && told.accepted == 0 && told.ended == 0,
	    "who left at once is told nothing");
	ok(queued_now() == before + 1, "his push goes on");
	before = queued_now();
	play(leave_while_listed);
	linger();
	ok(told.done == 0 && told.ended == 0 && queued_now() == before + 4,
	    "so does one to several");
	before = queued_now();
	play(leave_at_once);
	linger();
	ok(told.done == 0 && queued_now() == before,
	    "a condition that nobody waits for is not carried out");
	play(wait_for_delivery);
	linger();
	ok(told.accepted == 30 && told.queued == 30 && told.ended == 0 &&
	    last != NULL, "(all are queued, none is delivered)");
	ok(last->ask.object == NULL && last->legs[0].push == NULL &&
	    last->legs[29].push == NULL, "no body waits in memory");
	play(give_up);
	linger();
	ok(told.ended == 0 && srv.shards[0].legs.count == 0 &&
	    srv.shards[1].legs.count == 0 && srv.shards[2].legs.count == 0,
	    "no leg is left behind");
}

int
main(void)
{
	start();
	test_targets();
	test_refused_whole();
	test_abandoned();
	stop();
	return tap_done();
}
