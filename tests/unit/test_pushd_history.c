/* Ended pushes are forgotten after their time, however many there are. */
#include "base/clock.h"
#include "pushd/history.h"
#include "shard_rig.h"
#include "tap.h"

#define MANY	(2 * STORE_FORGET_ROWS + 500)

static struct shard_rig	rig;
static struct leg	legs[MANY];

static void
drop_mail(struct mail *m, struct loop *loop)
{
	(void)m;
	(void)loop;
}

static void
submit(struct leg *leg)
{
	static char	name[] = "a";
	int64_t		now = clock_wall_ms();

	leg->name = name;
	leg->row = push_id_mint(&rig.pd.last_id);
	leg->push = push_load(leg->row, now, now + 3600000, "{}", 2);
	leg->accepted.run = leg->ended.run = drop_mail;
	device_submit(&rig.shard, leg);
	push_unref(&leg->push);
}

static size_t	known;

static void
shown(struct store_request *r)
{
	known += r->err == PUSH_OK;
	store_rows_free(r);
	free(r);
}

/* How many of the first n does the store still know? */
static size_t
count(size_t n)
{
	struct store_request	*r;
	size_t			 i;

	known = 0;
	for (i = 0; i < n; i++) {
		r = mem_zalloc(1, sizeof(*r));
		r->from = rig.shard.loop;
		r->verb = STORE_SHOW;
		r->row.push = legs[i].row;
		r->done = shown;
		store_ask(rig.pd.store, r);
	}
	shard_rig_settle(&rig);
	return known;
}

int
main(void)
{
	struct device	*d;
	size_t		 i;

	shard_rig_new(&rig, "history = 1h\nqueue = 10000");
	history_start(&rig.shard);
	d = shard_rig_device(&rig, "a");
	for (i = 0; i < MANY; i++)
		submit(&legs[i]);
	shard_rig_settle(&rig);
	for (i = 0; i < MANY - 1; i++)
		device_acknowledged(d, legs[i].row);
	shard_rig_skip(&rig, 50 * 60000);
	shard_rig_settle(&rig);
	ok(count(MANY) == MANY, "what ended is known for its time");
	shard_rig_skip(&rig, 9 * 60000);
	ok(device_queued(d) == 1, "(one has not ended)");
	shard_rig_skip(&rig, 90000);
	for (i = 0; i < 50 && count(MANY) > 1; i++)
		shard_rig_wait(&rig, 10);
	ok(count(MANY) == 1, "then all is forgotten without another look");
	ok(device_queued(d) == 0, "(the last has expired)");
	shard_rig_free(&rig);
	return tap_done();
}
