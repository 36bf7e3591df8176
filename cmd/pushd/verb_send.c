/* verb_send - "send": a push from a tool, and the lines that tell its fate. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "control.h"
#include "ctl/ctl_msg.h"
#include "route.h"
#include "xmpp/jid.h"

#define REPLY_MAX	(64 * 1024)
#define ECHO_MAX	4096	/* bytes of a target that lines repeat */
#define NEWS_MS		100	/* between two summaries of one push */

/* Counts of the legs of an order, by fate. */
struct tally {
	size_t	fates[FATE_MIXED];
};

static struct control_client *
client_of(const struct order *o)
{
	return o->arg;
}

/* ---- result lines (tools.md, pushsend) ---- */

static void
put_time(struct buf *b, const char *name, int64_t wall_ms)
{
	char	when[CLOCK_TEXT];

	json_put_member(b, name, clock_format(wall_ms, when));
}

static void
begin_result(struct buf *b, const struct order *o)
{
	char	id[PUSH_ID];

	ctl_msg_reply(b, o->request);
	json_put_key(b, "result");
	buf_putc(b, '{');
	if (o->id != 0)
		json_put_member(b, "id", push_id_format(o->id, id));
	if (o->ask.ref != NULL)
		json_put_member(b, "ref", o->ask.ref);
}

static void
end_result(const struct order *o, struct buf *b, bool last)
{
	buf_putc(b, '}');
	ctl_msg_end(b, last);
	control_reply(client_of(o), b);
	buf_release(b);
}

static const char *
explain(enum push_err e, const char *to, struct err_text *why)
{
	if (e == PUSH_E_UNKNOWN)
		(void)err_set(why, "no device '%.*s'", utf8_cut(to, 200), to);
	else
		(void)err_set(why, "%s", err_text(e));
	return why->s;
}

static void
put_refused(struct buf *b, enum push_err e, const char *text)
{
	json_put_member(b, "state", fate_name(FATE_REFUSED));
	json_put_member(b, "error", err_name(e));
	json_put_member(b, "text", text);
}

/* The line of one device; to is as the sender wrote it where it is alone. */
static void
put_leg(const struct order *o, const struct leg *leg, bool last)
{
	char		to[sizeof("device:") + JID_PART];
	struct err_text	why;
	struct buf	b;

	buf_init(&b, REPLY_MAX);
	begin_result(&b, o);
	(void)snprintf(to, sizeof(to), "device:%s", leg->name);
	json_put_member(&b, "to", o->count == 1 ? o->ask.to : to);
	if (leg->known == FATE_REFUSED) {
		put_refused(&b, leg->err, explain(leg->err, leg->name, &why));
		end_result(o, &b, last);
		return;
	}
	json_put_member(&b, "state", fate_name(leg->known));
	put_time(&b, "accepted", o->accepted_ms);
	if (leg->known == FATE_DELIVERED || leg->known == FATE_READ) {
		put_time(&b, "delivered", leg->ended_ms);
		json_put_int(&b, "ms", leg->ended_ms - o->accepted_ms);
		json_put_int(&b, "tries", leg->tries);
	}
	end_result(o, &b, last);
}

static void
count_legs(const struct order *o, struct tally *t)
{
	size_t	i;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < o->count; i++)
		t->fates[o->legs[i].known]++;
}

/* One line for several devices. */
static void
put_summary(const struct order *o, bool last)
{
	struct tally	t;
	struct buf	b;
	enum fate	f, common = FATE_MIXED;

	count_legs(o, &t);
	for (f = FATE_SCHEDULED; f < FATE_MIXED; f++)
		if (t.fates[f] == o->count)
			common = f;
	buf_init(&b, REPLY_MAX);
	begin_result(&b, o);
	json_put_member(&b, "to", o->ask.to);
	json_put_member(&b, "state", fate_name(common));
	put_time(&b, "accepted", o->accepted_ms);
	json_put_int(&b, "targets", (int64_t)o->count);
	for (f = FATE_SCHEDULED; f < FATE_MIXED; f++)
		if (t.fates[f] > 0)
			json_put_int(&b, fate_name(f), (int64_t)t.fates[f]);
	if (common == FATE_REFUSED)
		json_put_member(&b, "error", err_name(o->legs[0].err));
	end_result(o, &b, last);
}

/* ---- the order's news ---- */

static void
tell_summary(struct timer *t)
{
	put_summary(LIST_ITEM(t, struct order, news), false);
}

/*
 * Who waits for several devices is told how far it is, so that he can stop
 * waiting; not for each device, there may be a million.
 */
static void
note_summary(struct order *o)
{
	if (o->wait != FATE_QUEUED && o->accepted == o->count &&
	    o->news.node.at == 0)
		loop_timer_set(o->shard->loop, &o->news, NEWS_MS);
}

static void
on_accepted(struct order *o, struct leg *leg)
{
	bool	waits = leg->wants_end && leg->known == FATE_QUEUED;

	/* What is over with this is told by on_ended or on_done. */
	if (waits && (o->count == 1 || o->each))
		put_leg(o, leg, false);
	else if (waits && o->accepted == o->count)
		put_summary(o, false);
	else if (o->count > 1 && !o->each)
		note_summary(o);
}

static void
on_ended(struct order *o, struct leg *leg)
{
	if (o->count == 1 || o->each)
		put_leg(o, leg, o->ended == o->count);
	else
		note_summary(o);
}

/* No more summaries but, perhaps, the last. */
static void
end_news(struct order *o)
{
	loop_timer_clear(o->shard->loop, &o->news);
}

static void
refused_whole(const struct order *o)
{
	struct err_text	why;
	struct buf	b;

	if (o->err == PUSH_E_UNKNOWN)
		(void)err_set(&why, "no device matches '%.*s'",
		    utf8_cut(o->ask.to, 200), o->ask.to);
	else if (o->err == PUSH_E_UNSUPPORTED)
		(void)err_set(&why, "to: this server knows device:, user:, "
		    "online and all");
	else
		(void)err_set(&why, "to: %s", err_text(o->err));
	buf_init(&b, REPLY_MAX);
	begin_result(&b, o);
	json_put_member(&b, "to", o->ask.to);
	put_refused(&b, o->err, why.s);
	end_result(o, &b, true);
}

static void
on_done(struct order *o)
{
	if (o->err != PUSH_OK)
		refused_whole(o);
	else if (o->count > 1 && !o->each)
		put_summary(o, true);
	end_news(o);
	list_remove(&o->node);
	control_count(client_of(o), -1);
}

void
verb_send_client_gone(struct control_client *c)
{
	struct order	*o;

	while (!list_empty(&c->orders)) {
		o = LIST_ITEM(c->orders.next, struct order, node);
		list_remove(&o->node);
		end_news(o);
		o->arg = NULL;
		if (c->control->ended)
			route_free(o);
		else
			route_abandon(o);
	}
}

/* ---- the request ---- */

/* Each line repeats the target: of a list of thousands, its beginning. */
static void
shorten_target(struct push_ask *ask)
{
	static const char	dots[] = "\xe2\x80\xa6";

	if (ask->to != NULL && strlen(ask->to) > ECHO_MAX)
		memcpy(ask->to + utf8_cut(ask->to, ECHO_MAX - sizeof(dots)),
		    dots, sizeof(dots));
}

/* A record that cannot be a push is a result, not a failed request. */
static void
refuse_record(struct control_request *r, struct push_ask *ask,
    enum push_err e, const char *text)
{
	struct buf	b;

	shorten_target(ask);
	buf_init(&b, REPLY_MAX);
	ctl_msg_reply(&b, r->id);
	json_put_key(&b, "result");
	buf_putc(&b, '{');
	if (ask->ref != NULL)
		json_put_member(&b, "ref", ask->ref);
	if (ask->to != NULL)
		json_put_member(&b, "to", ask->to);
	put_refused(&b, e, text);
	buf_putc(&b, '}');
	ctl_msg_end(&b, true);
	control_reply(r->client, &b);
	buf_release(&b);
}

static int
read_wait(struct control_request *r, enum fate *wait)
{
	const struct json	*j = json_get(r->root, "wait");
	const char		*s = json_string(j);

	*wait = FATE_QUEUED;
	if (j == NULL || (s != NULL && strcmp(s, "accepted") == 0))
		return 0;
	if (s != NULL && strcmp(s, "delivered") == 0) {
		*wait = FATE_DELIVERED;
		return 0;
	}
	control_refuse(r->client, r->id, PUSH_E_REQUEST,
	    s != NULL && strcmp(s, "read") == 0 ?
	    "wait: this server cannot tell when a push is read" :
	    "wait: must be accepted or delivered");
	return -1;
}

static void
submit(struct control_request *r, struct push_ask *ask, enum fate wait,
    bool each)
{
	struct target	*target = NULL;
	struct order	*o;
	size_t		 where = 0;
	char		 text[80];

	if (target_parse(ask->to, strlen(ask->to), &target, &where) !=
	    PUSH_OK) {
		(void)snprintf(text, sizeof(text),
		    "to: cannot be read at byte %zu", where + 1);
		refuse_record(r, ask, PUSH_E_TARGET, text);
		push_ask_release(ask);
		return;
	}
	shorten_target(ask);
	o = route_order(r->client->control->shard, ask, target);
	o->wait = wait;
	o->each = each;
	o->request = r->id;
	o->arg = r->client;
	o->news.fire = tell_summary;
	o->on_accepted = on_accepted;
	o->on_ended = on_ended;
	o->on_done = on_done;
	list_append(&r->client->orders, &o->node);
	control_count(r->client, 1);
	route_submit(o);
}

static void
run(struct control_request *r)
{
	const struct config	*cfg = r->client->control->shard->config;
	const struct json	*obj = json_get(r->root, "push");
	const char		*text;
	struct push_ask		 ask;
	struct err_text		 why;
	enum fate		 wait;
	enum push_err		 e;
	size_t			 n;
	bool			 each;

	if (read_wait(r, &wait) != 0 ||
	    !control_flag(r, "each", false, &each))
		return;
	if (obj == NULL || !json_slice(r->text, r->len, "push", &text, &n)) {
		control_refuse(r->client, r->id, PUSH_E_REQUEST,
		    "push: is missing");
		return;
	}
	e = push_parse(obj, text, n, &ask, &why);
	if (e == PUSH_OK && n > cfg->object_max) {
		(void)err_set(&why, "the object has %zu bytes, at most %llu "
		    "are taken", n, (unsigned long long)cfg->object_max);
		e = PUSH_E_TOOLARGE;
	}
	if (e == PUSH_OK && atomic_load(
	    &r->client->control->shard->pushd->draining)) {
		(void)err_set(&why, "the server is shutting down");
		e = PUSH_E_BUSY;
	}
	if (e != PUSH_OK) {
		refuse_record(r, &ask, e, why.s);
		push_ask_release(&ask);
		return;
	}
	submit(r, &ask, wait, each);
}

static const char *const	fields[] = { "push", "wait", "each", NULL };

const struct control_verb	verb_send_rows[] = {
	{ "send", fields, run },
	{ NULL, NULL, NULL },
};
