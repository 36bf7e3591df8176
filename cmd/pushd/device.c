#include "device_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

/* A put on its way to the store: the body lives until it is written. */
struct put {
	struct store_request	 ask;
	struct push		*push;
	char			*name;	/* the device, if it still exists */
};

static void	expire(struct timer *);

/* ---- life ---- */

struct device *
device_new(struct shard *sh, const struct store_account *a)
{
	struct device	*d = mem_zalloc(1, sizeof(*d));

	d->shard = sh;
	d->name = a->name;
	d->owner = a->owner;
	d->account = a->id;
	d->created_ms = a->created_ms;
	d->seen_ms = a->seen_ms;
	d->enabled = a->enabled;
	d->expiry.fire = expire;
	list_init(&d->seats);
	list_init(&d->window);
	if (sh->all_count == sh->all_cap) {
		sh->all_cap = sh->all_cap > 0 ? sh->all_cap * 2 : 64;
		sh->all = mem_realloc(sh->all, sh->all_cap,
		    sizeof(struct device *));
	}
	d->index = sh->all_count;
	sh->all[sh->all_count++] = d;
	(void)map_set(&sh->devices, d->name, strlen(d->name), d);
	COUNT(sh->count.devices, 1);
	return d;
}

static void
item_free(struct device *d, struct device_item *it)
{
	list_remove(&it->node);
	d->window_len--;
	push_unref(&it->push);
	free(it);
}

void
device_free(struct device *d)
{
	while (!list_empty(&d->window))
		item_free(d, LIST_ITEM(d->window.next, struct device_item,
		    node));
	backlog_release(&d->backlog);
	free(d->name);
	free(d->owner);
	free(d);
}

void
device_free_all(struct shard *sh)
{
	size_t	i;

	for (i = 0; i < sh->all_count; i++)
		if (sh->all[i] != NULL)
			device_free(sh->all[i]);
	free(sh->all);
	sh->all = NULL;
	sh->all_count = sh->all_cap = 0;
}

struct device *
device_find(struct shard *sh, const char *name)
{
	return map_get(&sh->devices, name, strlen(name));
}

size_t
device_queued(const struct device *d)
{
	return (size_t)d->window_len + d->backlog.len;
}

static void
end_sessions(struct device *d, const char *condition)
{
	struct list	*n, *after;
	struct seat	*seat;

	LIST_EACH(n, after, &d->seats) {
		seat = LIST_ITEM(n, struct seat, node);
		seat->news->on_end(seat, condition);
	}
}

void
device_update(struct device *d, const struct store_account *a)
{
	free(d->owner);
	d->owner = a->owner != NULL ? mem_strndup(a->owner,
	    strlen(a->owner)) : NULL;
	d->enabled = a->enabled;
	if (!d->enabled)
		end_sessions(d, "not-authorized");
}

/* ---- the end of a push ---- */

static void
end_stored(struct store_request *r)
{
	if (r->err != PUSH_OK && r->err != PUSH_E_UNKNOWN)
		log_error("device", "an end was not stored row=%llu: it may "
		    "be delivered again", (unsigned long long)r->row.row);
	free(r);
}

static void
count_end(struct shard *sh, enum fate fate)
{
	COUNT_DOWN(sh->count.queued, 1);
	if (fate == FATE_DELIVERED)
		COUNT(sh->count.delivered, 1);
	else if (fate == FATE_EXPIRED)
		COUNT(sh->count.expired, 1);
	else if (fate == FATE_CANCELLED)
		COUNT(sh->count.cancelled, 1);
	else if (fate == FATE_FAILED)
		COUNT(sh->count.failed, 1);
}

static void
enter_end(struct device *d, uint64_t row, enum fate fate, uint32_t tries)
{
	struct store_request	*r = mem_zalloc(1, sizeof(*r));
	struct leg		*leg = leg_find(d->shard, row);
	char			 id[PUSH_ID];

	r->from = d->shard->loop;
	r->verb = STORE_END;
	r->row.row = row;
	r->state = (int)fate;
	r->when_ms = clock_wall_ms();
	r->done = end_stored;
	store_ask(d->shard->pushd->store, r);
	count_end(d->shard, fate);
	if (leg != NULL)
		leg_end(d->shard, leg, fate, tries);
	log_debug("device", "%s id=%s device=%s", fate_name(fate),
	    push_id_format(row, id), d->name);
}

static struct device_item *
find_item(struct device *d, uint64_t row)
{
	struct list	*n, *after;

	LIST_EACH(n, after, &d->window)
		if (LIST_ITEM(n, struct device_item, node)->row == row)
			return LIST_ITEM(n, struct device_item, node);
	return NULL;
}

void
device_end_row(struct device *d, uint64_t row, enum fate fate)
{
	struct device_item	*it = find_item(d, row);
	uint32_t		 i;

	if (it != NULL) {
		d->bytes -= it->push->len;
		enter_end(d, row, fate, it->tries);
		item_free(d, it);
		return;
	}
	if ((i = backlog_find(&d->backlog, row)) == BACKLOG_NONE)
		return;		/* ended before: another session had it too */
	d->bytes -= backlog_at(&d->backlog, i)->bytes;
	backlog_remove(&d->backlog, i);
	enter_end(d, row, fate, 1);
}

void
device_acknowledged(struct device *d, uint64_t row)
{
	device_end_row(d, row, FATE_DELIVERED);
}

/* ---- time to live ---- */

static uint32_t
in_seconds(int64_t wall_ms)
{
	return wall_ms >= (int64_t)UINT32_MAX * 1000 ? UINT32_MAX :
	    (uint32_t)((wall_ms + 999) / 1000);
}

/* The timer for the first push to expire; looks again when it fires. */
static void
watch_expiry(struct device *d, int64_t expires_ms)
{
	int64_t		left = expires_ms - clock_wall_ms();
	uint64_t	due;

	if (left < 0)
		left = 0;
	due = loop_now(d->shard->loop) + (uint64_t)left;
	if (heap_has(&d->expiry.node) && d->expiry.node.key <= due)
		return;
	loop_timer_set(d->shard->loop, &d->expiry, (uint64_t)left);
}

/* Both return when the next one is due, INT64_MAX for none. */
static int64_t
expire_window(struct device *d, int64_t now)
{
	struct device_item	*it;
	struct list		*n, *after;
	int64_t			 next = INT64_MAX;

	LIST_EACH(n, after, &d->window) {
		it = LIST_ITEM(n, struct device_item, node);
		/* One that is on its way is left to its acknowledgement. */
		if (it->push->expires_ms <= now && it->tries == 0)
			device_end_row(d, it->row, FATE_EXPIRED);
		else if (it->push->expires_ms > now &&
		    it->push->expires_ms < next)
			next = it->push->expires_ms;
	}
	return next;
}

static int64_t
expire_backlog(struct device *d, int64_t now)
{
	struct backlog_row	*r;
	int64_t			 next = INT64_MAX, at;
	uint32_t		 i, kept = 0;

	for (i = 0; i < d->backlog.len; i++) {
		r = backlog_at(&d->backlog, i);
		at = (int64_t)r->expires * 1000;
		if (at <= now) {
			d->bytes -= r->bytes;
			enter_end(d, r->row, FATE_EXPIRED, 0);
			continue;
		}
		next = at < next ? at : next;
		*backlog_at(&d->backlog, kept++) = *r;
	}
	backlog_truncate(&d->backlog, kept);
	return next;
}

static void
expire(struct timer *t)
{
	struct device	*d = LIST_ITEM(t, struct device, expiry);
	int64_t		 now = clock_wall_ms();
	int64_t		 a = expire_window(d, now), b = expire_backlog(d, now);

	if (a != INT64_MAX || b != INT64_MAX)
		watch_expiry(d, a < b ? a : b);
}

/* ---- into the queue ---- */

void
device_enter_window(struct device *d, struct push *push, uint64_t row)
{
	struct device_item	*it = mem_zalloc(1, sizeof(*it));

	it->push = push_ref(push);
	it->row = row;
	it->pos = ++d->next_pos;
	list_append(&d->window, &it->node);
	d->window_len++;
}

static bool
has_room(const struct device *d, size_t bytes)
{
	const struct config	*cfg = d->shard->config;

	return device_queued(d) < cfg->queue_count &&
	    d->bytes + bytes <= cfg->queue_bytes;
}

static void
enqueue(struct device *d, struct push *push, uint64_t row)
{
	struct backlog_row	r;

	d->bytes += push->len;
	COUNT(d->shard->count.queued, 1);
	watch_expiry(d, push->expires_ms);
	if (d->online && d->backlog.len == 0 &&
	    d->window_len < d->shard->config->window) {
		device_enter_window(d, push, row);
		return;
	}
	r.row = row;
	r.bytes = (uint32_t)push->len;
	r.expires = in_seconds(push->expires_ms);
	backlog_append(&d->backlog, &r);
}

/*
 * The store could not take it: as if it had never been accepted.  Returns
 * false if it is too late for that: the device has it already.
 */
static bool
take_back(struct shard *sh, struct put *put)
{
	struct device		*d = device_find(sh, put->name);
	struct device_item	*it;
	uint32_t		 i;

	if (d == NULL)
		return false;
	if ((it = find_item(d, put->ask.row.row)) != NULL) {
		d->bytes -= it->push->len;
		COUNT_DOWN(sh->count.queued, 1);
		item_free(d, it);
		return true;
	}
	i = backlog_find(&d->backlog, put->ask.row.row);
	if (i == BACKLOG_NONE)
		return false;
	d->bytes -= backlog_at(&d->backlog, i)->bytes;
	COUNT_DOWN(sh->count.queued, 1);
	backlog_remove(&d->backlog, i);
	return true;
}

static void
put_done(struct store_request *r)
{
	struct put	*put = LIST_ITEM(r, struct put, ask);
	struct shard	*sh = shard_from(r->from);
	struct leg	*leg = leg_find(sh, r->row.row);

	/* Each push counts once, as accepted or as refused. */
	if (r->err == PUSH_OK || !take_back(sh, put))
		COUNT(sh->count.accepted, 1);
	else
		COUNT(sh->count.refused, 1);
	if (leg != NULL) {
		leg_accept(sh, leg, r->err,
		    r->err == PUSH_OK ? FATE_QUEUED : FATE_REFUSED);
		if (leg->early)
			leg_end(sh, leg, leg->early_fate, leg->tries);
		else if (!leg->wants_end || r->err != PUSH_OK)
			leg_end(sh, leg, leg->answer, 0);
	}
	push_unref(&put->push);
	free(put->name);
	free(put);
}

static void
store_push(struct device *d, struct leg *leg)
{
	struct put	*put = mem_zalloc(1, sizeof(*put));

	put->push = push_ref(leg->push);
	put->name = mem_strndup(d->name, strlen(d->name));
	put->ask.from = d->shard->loop;
	put->ask.verb = STORE_PUT;
	put->ask.row.row = leg->row;
	put->ask.row.push = leg->push->id;
	put->ask.row.account = d->account;
	put->ask.row.accepted_ms = leg->push->accepted_ms;
	put->ask.row.expires_ms = leg->push->expires_ms;
	put->ask.row.body = put->push->body;
	put->ask.row.bodylen = put->push->len;
	put->ask.done = put_done;
	store_ask(d->shard->pushd->store, &put->ask);
}

static void
refuse(struct shard *sh, struct leg *leg, enum push_err err, enum fate fate)
{
	COUNT(sh->count.refused, fate == FATE_REFUSED);
	/* The states add up to what was accepted (delivery.md, promise 2). */
	COUNT(sh->count.accepted, fate == FATE_EXPIRED);
	COUNT(sh->count.expired, fate == FATE_EXPIRED);
	leg_accept(sh, leg, err, fate);
	leg_end(sh, leg, fate, 0);
}

void
device_submit(struct shard *sh, struct leg *leg)
{
	struct device	*d = device_find(sh, leg->name);

	if (d == NULL || !d->enabled) {
		refuse(sh, leg, PUSH_E_UNKNOWN, FATE_REFUSED);
		return;
	}
	if (!has_room(d, leg->push->len)) {
		refuse(sh, leg, PUSH_E_QUEUEFULL, FATE_REFUSED);
		return;
	}
	/* ttl 0: now or never (RFC 8030 section 5.2). */
	if (leg->push->expires_ms <= leg->push->accepted_ms &&
	    (!d->online || d->backlog.len > 0 ||
	    d->window_len >= sh->config->window)) {
		refuse(sh, leg, PUSH_OK, FATE_EXPIRED);
		return;
	}
	leg_watch(sh, leg);
	store_push(d, leg);
	enqueue(d, leg->push, leg->row);
	device_flush(d);
}

void
device_restore(struct device *d, const struct store_row *row, size_t bytes)
{
	struct backlog_row	r;

	r.row = row->row;
	r.bytes = (uint32_t)bytes;
	r.expires = in_seconds(row->expires_ms);
	backlog_append(&d->backlog, &r);
	d->bytes += bytes;
	COUNT(d->shard->count.queued, 1);
	watch_expiry(d, row->expires_ms);
}

/* ---- out of the queue ---- */

void
device_flush(struct device *d)
{
	struct list	*n, *after;
	struct seat	*seat;

	if (!d->online)
		return;
	LIST_EACH(n, after, &d->seats) {
		seat = LIST_ITEM(n, struct seat, node);
		if (seat->ready)
			seat->news->on_push(seat);
	}
	device_read_backlog(d);
}

struct device_item *
device_next_item(struct device *d, uint64_t pos)
{
	struct list		*n;
	struct device_item	*it, *best = NULL;

	/* From the end: what is new to a session stands there. */
	for (n = d->window.prev; n != &d->window; n = n->prev) {
		it = LIST_ITEM(n, struct device_item, node);
		if (it->pos <= pos)
			break;
		best = it;
	}
	return best;
}

void
device_empty_window(struct device *d)
{
	struct device_item	*it;
	struct backlog_row	 r;

	while (!list_empty(&d->window)) {
		it = LIST_ITEM(d->window.prev, struct device_item, node);
		r.row = it->row;
		r.bytes = (uint32_t)it->push->len;
		r.expires = in_seconds(it->push->expires_ms);
		backlog_prepend(&d->backlog, &r);
		watch_expiry(d, it->push->expires_ms);
		item_free(d, it);
	}
}

size_t
device_delete(struct device *d)
{
	struct shard	*sh = d->shard;
	size_t		 dropped = device_queued(d);

	end_sessions(d, "not-authorized");
	while (d->window_len > 0)
		device_end_row(d, LIST_ITEM(d->window.next,
		    struct device_item, node)->row, FATE_CANCELLED);
	while (d->backlog.len > 0)
		device_end_row(d, backlog_at(&d->backlog, 0)->row,
		    FATE_CANCELLED);
	loop_timer_clear(sh->loop, &d->expiry);
	(void)map_remove(&sh->devices, d->name, strlen(d->name));
	sh->all[d->index] = NULL;
	COUNT_DOWN(sh->count.devices, 1);
	if (d->loading)
		d->dead = true;
	else
		device_free(d);
	return dropped;
}
