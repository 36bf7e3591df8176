/* device_seat - who is at a device, and since when. */
#include "device.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

static void
seen_stored(struct store_request *r)
{
	free(r);
}

static void
note_seen(struct device *d)
{
	struct { struct store_request ask; struct store_account row; } *s;

	d->seen_ms = clock_wall_ms();
	s = mem_zalloc(1, sizeof(*s));
	s->row.id = d->account;
	s->row.seen_ms = d->seen_ms;
	s->ask.from = d->shard->loop;
	s->ask.verb = STORE_ACCOUNT_SEEN;
	s->ask.account = &s->row;
	s->ask.done = seen_stored;
	store_ask(d->shard->pushd->store, &s->ask);
}

static void
update_online(struct device *d)
{
	struct list	*n, *after;
	bool		 was = d->online;

	d->online = false;
	LIST_EACH(n, after, &d->seats)
		if (LIST_ITEM(n, struct seat, node)->ready)
			d->online = true;
	if (d->online && !was)
		COUNT(d->shard->count.online, 1);
	if (!d->online && was) {
		COUNT_DOWN(d->shard->count.online, 1);
		device_empty_window(d);
	}
}

void
device_take_seat(struct device *d, struct seat *seat)
{
	list_append(&d->seats, &seat->node);
	d->seat_count++;
	COUNT(d->shard->count.sessions, 1);
	note_seen(d);
}

void
device_leave_seat(struct device *d, struct seat *seat)
{
	if (!list_linked(&seat->node))
		return;
	list_remove(&seat->node);
	seat->ready = false;
	d->seat_count--;
	COUNT_DOWN(d->shard->count.sessions, 1);
	note_seen(d);
	update_online(d);
}

void
device_set_ready(struct device *d, struct seat *seat, bool ready)
{
	seat->ready = ready;
	update_online(d);
}
