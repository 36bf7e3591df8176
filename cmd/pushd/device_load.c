/* device_load - a device's backlog comes from the disk, a window at a time. */
#include "device_parts.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"

#define LOAD_AGAIN_MS	1000	/* behind a read that failed */

/* A read of the backlog's first rows. */
struct load {
	struct store_request	 ask;
	struct timer		 again;	/* behind one that failed */
	struct device		*device;
	uint64_t		 keys[];
};

/* Rows that the store no longer has are damaged: told, and taken out. */
static void
drop_damaged(struct device *d, const struct load *l)
{
	size_t	i, got = 0;

	for (i = 0; i < l->ask.keycount; i++) {
		if (got < l->ask.rowcount &&
		    l->ask.rows[got].row == l->keys[i]) {
			got++;
			continue;
		}
		if (backlog_find(&d->backlog, l->keys[i]) == BACKLOG_NONE)
			continue;	/* its put failed meanwhile */
		log_error("device", "a stored push cannot be read row=%llu "
		    "device=%s", (unsigned long long)l->keys[i], d->name);
		device_end_row(d, l->keys[i], FATE_FAILED);
	}
}

static void
enter_window(struct device *d, const struct store_row *row)
{
	struct push	*push;

	/* Gone from the front meanwhile: expired, or taken out. */
	if (d->backlog.len == 0 || backlog_at(&d->backlog, 0)->row != row->row)
		return;
	push = push_load(row->push, row->accepted_ms, row->expires_ms,
	    row->body, row->bodylen);
	d->bytes -= backlog_at(&d->backlog, 0)->bytes;
	d->bytes += push->len;
	backlog_remove(&d->backlog, 0);
	device_enter_window(d, push, row->row);
	push_unref(&push);
}

/* The disk failed: what is asked for now may be other rows. */
static void
load_again(struct timer *t)
{
	struct load	*l = LIST_ITEM(t, struct load, again);
	struct device	*d = l->device;

	d->loading = false;
	if (d->dead)
		device_free(d);
	else
		device_flush(d);
	free(l);
}

static void
loaded(struct store_request *r)
{
	struct load	*l = LIST_ITEM(r, struct load, ask);
	struct device	*d = l->device;
	size_t		 i;

	if (r->err != PUSH_OK && !d->dead) {
		store_rows_free(r);
		l->again.fire = load_again;
		loop_timer_set(r->from, &l->again, LOAD_AGAIN_MS);
		return;
	}
	d->loading = false;
	if (d->dead) {
		device_free(d);
	} else {
		drop_damaged(d, l);
		for (i = 0; d->online && i < r->rowcount; i++)
			enter_window(d, &r->rows[i]);
		device_flush(d);
	}
	store_rows_free(r);
	free(l);
}

void
device_read_backlog(struct device *d)
{
	size_t		 room = d->shard->config->window, n, i;
	struct load	*l;

	if (d->loading || d->backlog.len == 0 || d->window_len * 2 > room)
		return;
	n = room - d->window_len;
	if (n > d->backlog.len)
		n = d->backlog.len;
	l = mem_zalloc(1, sizeof(*l) + n * sizeof(l->keys[0]));
	for (i = 0; i < n; i++)
		l->keys[i] = backlog_at(&d->backlog, (uint32_t)i)->row;
	l->device = d;
	l->ask.from = d->shard->loop;
	l->ask.verb = STORE_READ;
	l->ask.keys = l->keys;
	l->ask.keycount = n;
	l->ask.done = loaded;
	d->loading = true;
	store_ask(d->shard->pushd->store, &l->ask);
}
