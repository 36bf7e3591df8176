/* The device: what is taken, kept, sent, ended and found again. */
#include "base/clock.h"
#include "pushd/device.h"
#include "shard_rig.h"
#include "tap.h"

#define LEGS	200

/* A leg and what its order was told. */
struct told {
	struct leg	leg;
	char		name[16];
	bool		accepted, ended, released;
	int		order;		/* of its last news */
};

static struct told	told[LEGS];
static size_t		told_count;
static int		told_order;
static struct shard_rig	rig;

static void
on_accepted(struct mail *m, struct loop *loop)
{
	struct told	*t = LIST_ITEM(m, struct told, leg.accepted);

	(void)loop;
	t->accepted = true;
	t->order = ++told_order;
}

static void
on_ended(struct mail *m, struct loop *loop)
{
	struct told	*t = LIST_ITEM(m, struct told, leg.ended);

	(void)loop;
	t->ended = true;
	t->order = ++told_order;
}

static void
on_released(struct mail *m, struct loop *loop)
{
	(void)loop;
	LIST_ITEM(m, struct told, leg.released)->released = true;
}

/* Submits a push of so many bytes and this time to live. */
static struct told *
submit_as(const char *name, size_t bytes, int64_t ttl_ms, bool wants_end,
    bool must_store)
{
	struct told	*t = &told[told_count++];
	int64_t		 now = clock_wall_ms();
	char		 body[2048];

	memset(t, 0, sizeof(*t));
	memset(body, ' ', sizeof(body));
	body[0] = '{';
	body[bytes - 1] = '}';
	(void)snprintf(t->name, sizeof(t->name), "%s", name);
	t->leg.name = t->name;
	t->leg.row = push_id_mint(&rig.pd.last_id);
	t->leg.push = push_load(t->leg.row, now, now + ttl_ms, body, bytes);
	t->leg.wants_end = wants_end;
	t->leg.must_store = must_store;
	t->leg.accepted.run = on_accepted;
	t->leg.ended.run = on_ended;
	t->leg.released.run = on_released;
	device_submit(&rig.shard, &t->leg);
	return t;
}

static struct told *
submit(const char *name)
{
	return submit_as(name, 100, 3600000, false, false);
}

static struct told *
submit_waiting(const char *name)
{
	return submit_as(name, 100, 3600000, true, false);
}

static void
forget_told(void)
{
	size_t	i;

	for (i = 0; i < told_count; i++)
		push_unref(&told[i].leg.push);
	told_count = 0;
}

static bool
is_told(const struct told *t, enum push_err err, enum fate fate)
{
	return t->accepted && t->leg.err == err && t->leg.answer == fate;
}

static bool
is_over(const struct told *t, enum fate fate)
{
	return t->ended && t->leg.fate == fate;
}

static uint64_t
counter(atomic_uint_fast64_t *c)
{
	return (uint64_t)atomic_load(c);
}

/* ---- a session that takes so many, and acknowledges when it is told ---- */

struct taker {
	struct seat	 seat;
	struct device	*device;
	uint64_t	 got[LEGS];
	size_t		 count, acked, room;
	uint64_t	 pos;
	const char	*ended;
};

static void
on_push(struct seat *seat)
{
	struct taker		*t = LIST_ITEM(seat, struct taker, seat);
	struct device_item	*it;

	while (t->count - t->acked < t->room &&
	    (it = device_next_item(t->device, t->pos)) != NULL) {
		t->got[t->count++] = it->row;
		t->pos = it->pos;
		it->tries++;
	}
}

static void
on_end(struct seat *seat, const char *condition)
{
	struct taker	*t = LIST_ITEM(seat, struct taker, seat);

	t->ended = condition;
	device_leave_seat(t->device, seat);
}

static const struct seat_news	taker_news = { on_push, on_end };

static void
sit_down(struct taker *t, struct device *d, size_t room)
{
	memset(t, 0, sizeof(*t));
	t->seat.news = &taker_news;
	t->device = d;
	t->room = room;
	device_take_seat(d, &t->seat);
	device_set_ready(d, &t->seat, true);
	device_flush(d);
}

/* Acknowledges the oldest n that are not yet. */
static void
acknowledge(struct taker *t, size_t n)
{
	while (n-- > 0 && t->acked < t->count)
		device_acknowledged(t->device, t->got[t->acked++]);
	device_flush(t->device);
}

/* Did it get the legs first..last, in this order and nothing else? */
static bool
got_legs(const struct taker *t, size_t first, size_t last)
{
	size_t	i;

	if (t->count != last - first + 1)
		return false;
	for (i = 0; i < t->count; i++)
		if (t->got[i] != told[first + i].leg.row)
			return false;
	return true;
}

static void
begin(const char *lines)
{
	told_order = 0;
	shard_rig_new(&rig, lines);
}

static void
end(void)
{
	shard_rig_free(&rig);
	forget_told();
}

/* ---- the tests ---- */

static void
test_offline(void)
{
	struct device	*d;
	struct taker	 s;
	int		 i;

	begin("window = 4\nqueue = 100");
	d = shard_rig_device(&rig, "a");
	for (i = 0; i < 10; i++)
		(void)submit("a");
	ok(!told[0].accepted, "nothing is told before it is on disk");
	shard_rig_settle(&rig);
	ok(is_told(&told[0], PUSH_OK, FATE_QUEUED) &&
	    is_told(&told[9], PUSH_OK, FATE_QUEUED) &&
	    is_over(&told[9], FATE_QUEUED), "queued, and the wait is over");
	ok(device_queued(d) == 10 && d->window_len == 0 &&
	    d->bytes == 1000, "without a session no body is in memory");
	sit_down(&s, d, 100);
	ok(s.count == 0, "bodies come from the store");
	shard_rig_settle(&rig);
	ok(got_legs(&s, 0, 3) && d->window_len == 4, "a window of them");
	acknowledge(&s, 1);
	shard_rig_settle(&rig);
	ok(s.count == 4 && d->window_len == 3,
	    "no read for every acknowledgement");
	acknowledge(&s, 1);
	shard_rig_settle(&rig);
	ok(got_legs(&s, 0, 5) && d->window_len == 4,
	    "half a window is filled up");
	while (s.acked < 10 && i-- > 0) {
		acknowledge(&s, 4);
		shard_rig_settle(&rig);
	}
	ok(got_legs(&s, 0, 9), "all in order, each once");
	ok(device_queued(d) == 0 && d->bytes == 0 &&
	    d->backlog.rows == NULL, "nothing is left");
	ok(counter(&rig.shard.count.queued) == 0 &&
	    counter(&rig.shard.count.delivered) == 10 &&
	    counter(&rig.shard.count.accepted) == 10, "the counts agree");
	end();
}

static void
test_online(void)
{
	struct device	*d;
	struct taker	 s;
	struct told	*t;
	int		 i;

	begin("window = 4\nqueue = 100");
	d = shard_rig_device(&rig, "a");
	sit_down(&s, d, 3);
	t = submit_waiting("a");
	ok(s.count == 1 && !t->accepted, "sent while it is being written");
	acknowledge(&s, 1);
	shard_rig_settle(&rig);
	ok(is_over(t, FATE_DELIVERED) && t->leg.tries == 1,
	    "delivered is told");
	t = submit_waiting("a");
	shard_rig_settle(&rig);
	ok(is_told(t, PUSH_OK, FATE_QUEUED) && !t->ended,
	    "accepted first where the device is slower than the disk");
	acknowledge(&s, 1);
	shard_rig_settle(&rig);
	ok(is_over(t, FATE_DELIVERED), "and then delivered");
	t = submit_as("a", 100, 60000, true, true);
	acknowledge(&s, 1);
	ok(!t->ended && !t->accepted, "one of several waits for the disk");
	shard_rig_settle(&rig);
	ok(is_told(t, PUSH_OK, FATE_QUEUED) && is_over(t, FATE_DELIVERED),
	    "and is told both");
	for (i = 0; i < 10; i++)
		(void)submit("a");
	ok(d->window_len == 4 && d->backlog.len == 6,
	    "beyond the window they wait on disk");
	for (i = 0; i < 10; i++) {
		acknowledge(&s, 2);
		if (i == 1)
			(void)submit("a");
		shard_rig_settle(&rig);
	}
	ok(got_legs(&s, 0, 13), "new ones do not overtake what waits");
	end();
}

static void
test_limits(void)
{
	struct device	*d;
	struct told	*t;
	struct taker	 s;
	int		 i;

	begin("queue = 5,64k");
	rig.shard.config->queue_bytes = 1000;
	d = shard_rig_device(&rig, "a");
	t = submit("nobody");
	shard_rig_settle(&rig);
	ok(is_told(t, PUSH_E_UNKNOWN, FATE_REFUSED) &&
	    is_over(t, FATE_REFUSED), "an unknown device is refused");
	for (i = 0; i < 5; i++)
		(void)submit("a");
	t = submit("a");
	shard_rig_settle(&rig);
	ok(is_told(t, PUSH_E_QUEUEFULL, FATE_REFUSED) &&
	    device_queued(d) == 5, "a full queue is refused by count");
	sit_down(&s, d, 100);
	shard_rig_settle(&rig);
	acknowledge(&s, 4);
	shard_rig_settle(&rig);
	t = submit_as("a", 900, 60000, false, false);
	shard_rig_settle(&rig);
	ok(is_told(t, PUSH_OK, FATE_QUEUED) && d->bytes == 1000,
	    "up to the last byte");
	t = submit_as("a", 2, 60000, false, false);
	shard_rig_settle(&rig);
	ok(is_told(t, PUSH_E_QUEUEFULL, FATE_REFUSED),
	    "a full queue is refused by bytes");
	acknowledge(&s, 1);
	t = submit_as("a", 2, 60000, false, false);
	shard_rig_settle(&rig);
	ok(is_told(t, PUSH_OK, FATE_QUEUED), "what is delivered makes room");
	d->enabled = false;
	t = submit("a");
	shard_rig_settle(&rig);
	ok(is_told(t, PUSH_E_UNKNOWN, FATE_REFUSED), "a disabled one is none");
	ok(counter(&rig.shard.count.refused) == 4 &&
	    counter(&rig.shard.count.accepted) == 7, "the counts agree");
	end();
}

static void
test_now_or_never(void)
{
	struct device	*d;
	struct taker	 s;
	struct told	*t;

	begin("window = 2");
	d = shard_rig_device(&rig, "a");
	t = submit_as("a", 100, 0, true, false);
	shard_rig_settle(&rig);
	ok(is_told(t, PUSH_OK, FATE_EXPIRED) && is_over(t, FATE_EXPIRED) &&
	    device_queued(d) == 0, "ttl 0 expires without a session");
	sit_down(&s, d, 1);
	t = submit_as("a", 100, 0, true, false);
	shard_rig_skip(&rig, 50);
	ok(s.count == 1 && !t->ended, "ttl 0 goes out where one is");
	acknowledge(&s, 1);
	shard_rig_settle(&rig);
	ok(is_over(t, FATE_DELIVERED), "and is delivered");
	(void)submit("a");
	t = submit_as("a", 100, 0, true, false);
	shard_rig_skip(&rig, 50);
	ok(is_over(t, FATE_EXPIRED) && s.count == 2,
	    "ttl 0 does not wait behind others");
	(void)submit("a");
	t = submit_as("a", 100, 0, true, false);
	ok(d->window_len == 2 && d->backlog.len == 0, "(the window is full)");
	shard_rig_settle(&rig);
	ok(is_over(t, FATE_EXPIRED), "nor behind a full window");
	(void)submit("a");
	t = submit_as("a", 100, 0, true, false);
	ok(d->backlog.len > 0, "(some wait on disk)");
	shard_rig_settle(&rig);
	ok(is_over(t, FATE_EXPIRED), "nor behind those on disk");
	ok(counter(&rig.shard.count.expired) == 4, "they are counted");
	end();
}

static void
test_expiry(void)
{
	struct device	*d;
	struct taker	 s;

	begin("window = 4");
	d = shard_rig_device(&rig, "a");
	(void)submit_as("a", 100, 5000, true, false);
	(void)submit_as("a", 100, 60000, true, false);
	(void)submit_as("a", 100, 2000, true, false);
	(void)submit_as("a", 100, 9000, true, false);
	shard_rig_settle(&rig);
	shard_rig_skip(&rig, 3100);
	ok(is_over(&told[2], FATE_EXPIRED) && !told[0].ended &&
	    !told[3].ended && device_queued(d) == 3,
	    "each at its own time, out of the middle");
	shard_rig_skip(&rig, 3000);
	ok(is_over(&told[0], FATE_EXPIRED) && device_queued(d) == 2,
	    "the timer goes on to the next");
	sit_down(&s, d, 1);
	shard_rig_settle(&rig);
	shard_rig_skip(&rig, 5000);
	ok(is_over(&told[3], FATE_EXPIRED) && d->window_len == 1,
	    "one in the window that no session took expires");
	shard_rig_skip(&rig, 60000);
	ok(!told[1].ended && s.count == 1,
	    "one on its way is left to its acknowledgement");
	device_leave_seat(d, &s.seat);
	shard_rig_skip(&rig, 2000);
	ok(is_over(&told[1], FATE_EXPIRED) && device_queued(d) == 0,
	    "until its session is gone");
	ok(d->bytes == 0 && counter(&rig.shard.count.queued) == 0 &&
	    counter(&rig.shard.count.expired) == 4, "the counts agree");
	end();
}

static void
test_seats(void)
{
	struct device	*d;
	struct taker	 a, b;
	int		 i;

	begin("window = 4");
	d = shard_rig_device(&rig, "a");
	sit_down(&a, d, 100);
	for (i = 0; i < 4; i++)
		(void)submit("a");
	sit_down(&b, d, 100);
	ok(got_legs(&a, 0, 3) && got_legs(&b, 0, 3),
	    "a second session gets what is in flight");
	acknowledge(&b, 2);
	acknowledge(&a, 2);
	shard_rig_settle(&rig);
	ok(counter(&rig.shard.count.delivered) == 2 && d->window_len == 2,
	    "the first acknowledgement ends it, the second is nothing");
	device_leave_seat(d, &a.seat);
	ok(d->online && d->window_len == 2, "the other still has the rest");
	device_set_ready(d, &b.seat, false);
	ok(!d->online && d->window_len == 0 && d->backlog.len == 2,
	    "unready sessions leave no window");
	(void)submit("a");
	shard_rig_settle(&rig);
	ok(b.count == 4, "nor are they sent anything");
	acknowledge(&b, 1);
	shard_rig_settle(&rig);
	ok(counter(&rig.shard.count.delivered) == 3 && d->backlog.len == 2,
	    "but what they have they can acknowledge");
	sit_down(&a, d, 100);
	shard_rig_settle(&rig);
	ok(got_legs(&a, 3, 4), "the next session gets the rest in order");
	device_leave_seat(d, &a.seat);
	device_leave_seat(d, &a.seat);
	ok(d->seat_count == 1, "a seat is left once");
	device_leave_seat(d, &b.seat);
	ok(counter(&rig.shard.count.sessions) == 0 &&
	    counter(&rig.shard.count.online) == 0, "the counts agree");
	end();
}

/* What happens between a read and its answer. */
static void
test_while_reading(void)
{
	struct device	*d;
	struct taker	 s, s2;
	int		 i;

	begin("window = 4");
	d = shard_rig_device(&rig, "a");
	for (i = 0; i < 6; i++)
		(void)submit_as("a", 100, i == 0 ? 1000 : 60000, false,
		    false);
	shard_rig_settle(&rig);
	sit_down(&s, d, 100);
	device_leave_seat(d, &s.seat);
	shard_rig_settle(&rig);
	ok(s.count == 0 && d->window_len == 0 && d->backlog.len == 6,
	    "the session left: nothing is kept in memory");
	sit_down(&s, d, 2);
	shard_rig_settle(&rig);
	acknowledge(&s, 2);
	/* A read is on its way; the window goes back in front of it. */
	device_leave_seat(d, &s.seat);
	sit_down(&s2, d, 100);
	shard_rig_settle(&rig);
	ok(got_legs(&s2, 2, 5), "left and back: still in order");
	acknowledge(&s2, 100);
	shard_rig_settle(&rig);
	device_leave_seat(d, &s2.seat);
	for (i = 0; i < 3; i++)
		(void)submit_as("a", 100, i == 0 ? 1000 : 60000, false,
		    false);
	shard_rig_settle(&rig);
	atomic_fetch_add(&shard_rig_skipped, 2100);
	sit_down(&s, d, 100);
	shard_rig_settle(&rig);
	ok(s.count >= 2 && s.got[s.count - 1] == told[8].leg.row &&
	    s.got[s.count - 2] == told[7].leg.row,
	    "expired while it was read: the others come");
	end();
}

static void
test_deletion(void)
{
	struct device	*d;
	struct taker	 s;
	int		 i;

	begin("window = 4");
	d = shard_rig_device(&rig, "a");
	for (i = 0; i < 6; i++)
		(void)submit_as("a", 100, 60000, true, false);
	shard_rig_settle(&rig);
	sit_down(&s, d, 2);
	device_flush(d);
	ok(d->loading, "(a read is under way)");
	ok(device_delete(d) == 6, "deletion tells how many it drops");
	ok(s.ended != NULL && strcmp(s.ended, "not-authorized") == 0,
	    "sessions are ended");
	ok(device_find(&rig.shard, "a") == NULL, "it is gone at once");
	shard_rig_settle(&rig);
	ok(is_over(&told[0], FATE_CANCELLED) &&
	    is_over(&told[5], FATE_CANCELLED), "who waits is told cancelled");
	ok(counter(&rig.shard.count.queued) == 0 &&
	    counter(&rig.shard.count.devices) == 0 &&
	    counter(&rig.shard.count.online) == 0, "the counts agree");
	d = shard_rig_device(&rig, "b");
	(void)submit_as("b", 100, 60000, true, false);
	(void)device_delete(d);
	shard_rig_settle(&rig);
	ok(is_over(&told[6], FATE_CANCELLED), "also while it is written");
	end();
}

static void
test_restart(void)
{
	struct device	*d;
	struct taker	 s;
	int		 i;

	begin("window = 4");
	d = shard_rig_device(&rig, "a");
	(void)shard_rig_device(&rig, "b");
	sit_down(&s, d, 3);
	for (i = 0; i < 12; i++)
		(void)submit_as("a", 100, i == 7 ? 2000 : 60000, false, false);
	shard_rig_settle(&rig);
	acknowledge(&s, 2);
	shard_rig_settle(&rig);
	device_leave_seat(d, &s.seat);
	shard_rig_restart(&rig);
	d = device_find(&rig.shard, "a");
	ok(d != NULL && device_queued(d) == 10 && d->bytes == 1000 &&
	    device_queued(device_find(&rig.shard, "b")) == 0,
	    "what was not acknowledged is there again");
	ok(counter(&rig.shard.count.queued) == 10, "and counted");
	ok(atomic_load(&rig.pd.last_id) == told[11].leg.row,
	    "ids go on behind the highest");
	shard_rig_skip(&rig, 3100);
	ok(device_queued(d) == 9 && counter(&rig.shard.count.expired) == 1,
	    "times to live go on");
	sit_down(&s, d, 100);
	for (i = 0; i < 5; i++) {
		shard_rig_settle(&rig);
		acknowledge(&s, 100);
	}
	for (i = 0; i < 9; i++)
		if (s.got[i] != told[i < 5 ? i + 2 : i + 3].leg.row)
			break;
	ok(s.count == 9 && i == 9, "in the same order");
	end();
}

static void
test_disk_fails(void)
{
	struct device	*d;
	struct taker	 s;
	struct told	*t;

	begin("window = 1");
	d = shard_rig_device(&rig, "a");
	sit_down(&s, d, 100);
	atomic_store(&rig_sync_fails, true);
	(void)submit_as("a", 100, 60000, true, false);
	(void)submit_as("a", 100, 60000, true, false);
	t = submit_as("a", 100, 60000, true, true);
	shard_rig_settle(&rig);
	atomic_store(&rig_sync_fails, false);
	ok(is_told(&told[0], PUSH_E_DISK, FATE_REFUSED) &&
	    is_told(&told[1], PUSH_E_DISK, FATE_REFUSED) &&
	    is_told(t, PUSH_E_DISK, FATE_REFUSED) &&
	    is_over(t, FATE_REFUSED), "what is not on disk is refused");
	ok(device_queued(d) == 0 && d->bytes == 0 &&
	    counter(&rig.shard.count.queued) == 0 &&
	    counter(&rig.shard.count.accepted) == 0 &&
	    counter(&rig.shard.count.refused) == 3,
	    "as if it had never been");
	ok(s.count == 1, "(one had gone out already)");
	acknowledge(&s, 1);
	shard_rig_settle(&rig);
	ok(counter(&rig.shard.count.delivered) == 0,
	    "its acknowledgement comes too late to count");
	end();
}

static void
test_read_fails(void)
{
	struct device	*d;
	struct taker	 s;
	int		 i;

	begin("window = 16");
	(void)shard_rig_device(&rig, "a");
	for (i = 0; i < 10; i++)
		(void)submit_as("a", 2000, 60000, false, false);
	shard_rig_settle(&rig);
	/* What was just written comes from memory, and so does the last. */
	shard_rig_restart(&rig);
	d = device_find(&rig.shard, "a");
	atomic_store(&rig_read_fails, true);
	sit_down(&s, d, 100);
	shard_rig_skip(&rig, 1100);
	atomic_store(&rig_read_fails, false);
	ok(s.count == 0 && device_queued(d) == 10,
	    "what cannot be read waits");
	shard_rig_skip(&rig, 1100);
	ok(got_legs(&s, 0, 9), "and comes when it can");
	end();
}

static void
test_forgotten_leg(void)
{
	struct told	*t, *u;
	struct device	*d;
	struct taker	 s;

	begin("window = 4");
	d = shard_rig_device(&rig, "a");
	sit_down(&s, d, 100);
	t = submit_as("a", 100, 60000, true, false);
	u = submit_as("a", 100, 60000, true, true);
	leg_forget(&rig.shard, &t->leg);
	leg_forget(&rig.shard, &u->leg);
	shard_rig_settle(&rig);
	ok(t->released && !t->accepted && !t->ended && u->released &&
	    !u->accepted && !u->ended, "who does not wait is told nothing");
	acknowledge(&s, 2);
	shard_rig_settle(&rig);
	ok(!t->ended && counter(&rig.shard.count.delivered) == 2 &&
	    counter(&rig.shard.count.accepted) == 2, "the pushes go on");
	ok(rig.shard.legs.count == 0, "no leg is left");
	end();
}

static void
test_update(void)
{
	struct store_account	 row = { .enabled = true };
	struct device		*d;
	struct taker		 s;
	char			 owner[] = "o";

	begin("window = 4");
	d = shard_rig_device(&rig, "a");
	sit_down(&s, d, 100);
	row.owner = owner;
	device_update(d, &row);
	ok(d->owner != NULL && strcmp(d->owner, "o") == 0 && s.ended == NULL,
	    "an owner is taken over");
	row.owner = NULL;
	row.enabled = false;
	device_update(d, &row);
	ok(d->owner == NULL && s.ended != NULL && !d->online,
	    "a disabled device is cut off");
	end();
}

int
main(void)
{
	test_offline();
	test_online();
	test_limits();
	test_now_or_never();
	test_expiry();
	test_seats();
	test_while_reading();
	test_deletion();
	test_restart();
	test_disk_fails();
	test_read_fails();
	test_forgotten_leg();
	test_update();
	return tap_done();
}
