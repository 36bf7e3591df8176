/* device_session - a device's sessions: who is there, since when. */
#include "device.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "session.h"

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

void
device_add_session(struct device *d, struct list *node)
{
	list_append(&d->sessions, node);
	d->session_count++;
	COUNT(d->shard->count.sessions, 1);
	note_seen(d);
}

void
device_remove_session(struct device *d, struct list *node)
{
	if (!list_linked(node))
		return;
	list_remove(node);
	d->session_count--;
	COUNT_DOWN(d->shard->count.sessions, 1);
	note_seen(d);
	device_update_online(d);
}

void
device_update_online(struct device *d)
{
	struct session	*s;
	struct list	*n, *after;
	bool		 was = d->online;

	d->online = false;
	LIST_EACH(n, after, &d->sessions) {
		s = LIST_ITEM(n, struct session, device_node);
		if (s->available && s->priority >= 0)
			d->online = true;
	}
	if (d->online && !was)
		COUNT(d->shard->count.online, 1);
	if (!d->online && was) {
		COUNT_DOWN(d->shard->count.online, 1);
		device_empty_window(d);
	}
}
