#include "flight.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "ctl/ctl.h"
#include "ctl/ctl_client.h"

#define BACKLOG_HIGH	(256 * 1024)	/* bytes the server has not taken */
#define GRACE_MS	2000		/* for a first answer, behind -W */

/* The last result that was told of a device, or of all of them together. */
struct known {
	char		*to;		/* "" without --each */
	char		*text;
	size_t		 n;
};

struct flight {
	struct list	 node;		/* in "timed" or "late" */
	uint64_t	 id;
	size_t		 line;
	uint64_t	 due;		/* monotonic ms, of -W */
	struct map	 known;		/* by "to"; empty: no answer yet */
	bool		 overdue;	/* no answer when -W ran out */
	bool		 given_up;
};

struct flights {
	struct flights_with	 with;
	struct ctl_client	*client;
	struct map		 by_id;
	struct list		 timed;		/* in the order of due */
	struct list		 late;		/* past due, not answered */
	struct timer		 timer;
	size_t			 live, given_up;
	size_t			 inflight_max, line_max;	/* greeting */
	size_t			 window;	/* of those that we wait for */
	bool			 ready;
};

static void
drop_known(struct flight *f, struct known *k)
{
	(void)map_remove(&f->known, k->to, strlen(k->to));
	free(k->to);
	free(k->text);
	free(k);
}

static void
drop_all_known(struct flight *f)
{
	struct known	*k;
	size_t		 pos = 0;

	while ((k = map_next(&f->known, &pos)) != NULL)
		drop_known(f, k);
}

static void
forget(struct flights *fs, struct flight *f)
{
	drop_all_known(f);
	map_release(&f->known);
	(void)map_remove(&fs->by_id, (const char *)&f->id, sizeof(f->id));
	list_remove(&f->node);
	if (f->given_up)
		fs->given_up--;
	else
		fs->live--;
	free(f);
}

static void
forget_all(struct flights *fs)
{
	struct flight	*f;
	size_t		 pos = 0;

	while ((f = map_next(&fs->by_id, &pos)) != NULL)
		forget(fs, f);
}

/* Reports it as it stands; the server may still answer. */
static void
give_up(struct flights *fs, struct flight *f, enum push_err e,
    const char *why)
{
	struct known	*k;
	size_t		 pos = 0;

	if (f->known.count == 0)
		report_refused(fs->with.report, f->line, e, why);
	while ((k = map_next(&f->known, &pos)) != NULL)
		report_result(fs->with.report, f->line, k->text, k->n);
	drop_all_known(f);
	list_remove(&f->node);
	f->given_up = true;
	fs->live--;
	fs->given_up++;
}

static void
set_timer(struct flights *fs)
{
	uint64_t	 now = loop_now(fs->with.loop), due = UINT64_MAX;
	struct flight	*f;

	if (!list_empty(&fs->timed)) {
		f = LIST_ITEM(fs->timed.next, struct flight, node);
		due = f->due;
	}
	if (!list_empty(&fs->late)) {
		f = LIST_ITEM(fs->late.next, struct flight, node);
		due = f->due < due ? f->due : due;
	}
	if (due == UINT64_MAX)
		loop_timer_clear(fs->with.loop, &fs->timer);
	else
		loop_timer_set(fs->with.loop, &fs->timer,
		    due > now ? due - now : 0);
}

/* Half of the server's places are taken by what nobody waits for. */
static bool
is_worn(const struct flights *fs)
{
	return fs->given_up > 0 && fs->given_up >= fs->inflight_max / 2;
}

static int	connect_client(struct flights *, struct err_text *);

/*
 * Tells the owner.  Before, a connection that is worn is made anew: its end
 * frees its places, and its pushes go on.
 */
static void
changed(struct flights *fs)
{
	struct err_text	why;

	if (is_worn(fs) && fs->live == 0) {
		forget_all(fs);
		ctl_client_free(&fs->client);
		if (connect_client(fs, &why) != 0) {
			fs->with.news->on_lost(fs->with.arg,
			    PUSH_E_UNREACHABLE, why.s);
			return;
		}
	}
	fs->with.news->on_change(fs->with.arg);
}

/* The time of the first in "timed" is up. */
static void
run_out(struct flights *fs, struct flight *f)
{
	if (f->known.count == 0 && fs->with.options->asked != FATE_QUEUED) {
		list_remove(&f->node);
		f->overdue = true;
		f->due += GRACE_MS;
		list_append(&fs->late, &f->node);
	} else
		give_up(fs, f, PUSH_E_BUSY, "no answer in time; it may have "
		    "been accepted");
}

static void
on_timer(struct timer *t)
{
	struct flights	*fs = LIST_ITEM(t, struct flights, timer);
	struct list	*node, *after;
	struct flight	*f;
	uint64_t	 now = loop_now(fs->with.loop);

	LIST_EACH(node, after, &fs->late) {
		f = LIST_ITEM(node, struct flight, node);
		if (f->due > now)
			break;
		give_up(fs, f, PUSH_E_BUSY, "no answer in time; it may have "
		    "been accepted");
	}
	LIST_EACH(node, after, &fs->timed) {
		f = LIST_ITEM(node, struct flight, node);
		if (f->due > now)
			break;
		run_out(fs, f);
	}
	set_timer(fs);
	changed(fs);
}

static size_t
read_limit(const struct json *greeting, const char *name, size_t fallback)
{
	int64_t	n;

	if (json_integer(json_get(json_get(greeting, "limits"), name), &n) !=
	    0 || n < 1)
		return fallback;
	return (size_t)n;
}

static void
client_on_ready(void *arg, const struct json *greeting)
{
	struct flights	*fs = arg;
	size_t		 queue;

	fs->inflight_max = read_limit(greeting, "inflight", 1);
	fs->line_max = read_limit(greeting, "line", CTL_LINE_MAX);
	if (fs->line_max > CTL_LINE_MAX)
		fs->line_max = CTL_LINE_MAX;
	/*
	 * Who waits for deliveries sends no faster than they come: all that
	 * is in flight fits the queue of one device, with room for others.
	 */
	fs->window = fs->inflight_max;
	queue = (read_limit(greeting, "queue", SIZE_MAX - 1) + 1) / 2;
	if (fs->with.options->asked != FATE_QUEUED && queue < fs->window)
		fs->window = queue;
	fs->ready = true;
	if (fs->with.options->verbose)
		term_tell(options_tool, "connected to %s, %zu in flight",
		    json_get_string(greeting, "server"), fs->inflight_max);
	fs->with.news->on_change(fs->with.arg);
}

/* Has this result what was asked for, or will it never? */
static bool
is_over(const struct flights *fs, const struct json *result)
{
	const char	*word = json_get_string(result, "state");
	int		 state = word != NULL ? fate_from_name(word) : -1;

	return state >= 0 && state != FATE_MIXED &&
	    (fate_is_end((enum fate)state) ||
	    fate_exit(fs->with.options->asked, (enum fate)state) == 0);
}

/* Which device a result is about, where each has its own. */
static const char *
about(const struct flights *fs, const struct json *result)
{
	const char	*to = json_get_string(result, "to");

	return fs->with.options->each && to != NULL ? to : "";
}

/* A first answer: it is accepted, and waits. */
static void
keep(struct flights *fs, struct flight *f, const struct json *result,
    const char *text, size_t n)
{
	const char	*to = about(fs, result);
	struct known	*k = map_get(&f->known, to, strlen(to));

	/* Made when it is needed: without -w it never is. */
	if (f->known.cap == 0)
		map_init(&f->known);
	if (k == NULL) {
		k = mem_zalloc(1, sizeof(*k));
		k->to = mem_strndup(to, strlen(to));
		(void)map_set(&f->known, k->to, strlen(to), k);
	}
	free(k->text);
	k->text = mem_strndup(text, n);
	k->n = n;
	if (f->overdue)
		give_up(fs, f, PUSH_OK, "");
}

static void
finish(struct flights *fs, struct flight *f, const struct json *result,
    const char *text, size_t n)
{
	const char	*to = about(fs, result);
	struct known	*k = map_get(&f->known, to, strlen(to));

	if (k != NULL)
		drop_known(f, k);
	report_result(fs->with.report, f->line, text, n);
}

static void
take_result(struct flights *fs, struct flight *f,
    const struct ctl_reply *reply, const char *line, size_t n)
{
	const struct json	*result = json_get(reply->root, "result");
	const char		*text;
	bool			 each = fs->with.options->each;

	if (reply->error != NULL)
		report_refused(fs->with.report, f->line,
		    err_from_name(reply->error), reply->text);
	else if (!json_slice(line, n, "result", &text, &n)) {
		if (reply->done && !each)
			report_refused(fs->with.report, f->line,
			    PUSH_E_PROTOCOL, "the answer has no result");
	} else if (reply->done || (each && is_over(fs, result)))
		finish(fs, f, result, text, n);
	else
		keep(fs, f, result, text, n);
}

static void
client_on_reply(void *arg, const struct ctl_reply *reply, const char *line,
    size_t n)
{
	struct flights	*fs = arg;
	struct flight	*f;

	f = map_get(&fs->by_id, (const char *)&reply->id, sizeof(reply->id));
	if (f == NULL)
		return;
	if (!f->given_up)
		take_result(fs, f, reply, line, n);
	if (reply->done)
		forget(fs, f);
	changed(fs);
}

static void
client_on_room(void *arg)
{
	struct flights	*fs = arg;

	fs->with.news->on_change(fs->with.arg);
}

static void
client_on_lost(void *arg, enum push_err e, const char *why)
{
	struct flights	*fs = arg;

	fs->ready = false;
	flights_give_up(fs, true, "the server went away before it answered; "
	    "it may have been accepted");
	fs->with.news->on_lost(fs->with.arg, e, why);
}

static int
connect_client(struct flights *fs, struct err_text *why)
{
	static const struct ctl_client_news	news = {
		.on_ready = client_on_ready,
		.on_reply = client_on_reply,
		.on_room = client_on_room,
		.on_lost = client_on_lost,
	};

	fs->ready = false;
	fs->client = ctl_client_new(fs->with.loop,
	    ctl_client_path(fs->with.options->socket), &news, fs, why);
	return fs->client != NULL ? 0 : -1;
}

struct flights *
flights_new(const struct flights_with *with, struct err_text *why)
{
	struct flights	*fs = mem_zalloc(1, sizeof(*fs));

	fs->with = *with;
	fs->timer.fire = on_timer;
	map_init(&fs->by_id);
	list_init(&fs->timed);
	list_init(&fs->late);
	if (connect_client(fs, why) != 0)
		flights_free(&fs);
	return fs;
}

void
flights_free(struct flights **fsp)
{
	struct flights	*fs = *fsp;

	*fsp = NULL;
	if (fs == NULL)
		return;
	forget_all(fs);
	loop_timer_clear(fs->with.loop, &fs->timer);
	ctl_client_free(&fs->client);
	map_release(&fs->by_id);
	free(fs);
}

bool
flights_has_room(const struct flights *fs)
{
	return fs->ready && fs->live < fs->window &&
	    fs->live + fs->given_up < fs->inflight_max &&
	    !is_worn(fs) && ctl_client_backlog(fs->client) < BACKLOG_HIGH;
}

size_t
flights_count(const struct flights *fs)
{
	return fs->live;
}

static void
give_up_list(struct flights *fs, struct list *head, bool all,
    const char *why)
{
	struct list	*node, *after;
	struct flight	*f;

	LIST_EACH(node, after, head) {
		f = LIST_ITEM(node, struct flight, node);
		if (all || f->known.count > 0)
			give_up(fs, f, PUSH_E_UNREACHABLE, why);
	}
}

void
flights_give_up(struct flights *fs, bool all, const char *why)
{
	give_up_list(fs, &fs->late, all, why);
	give_up_list(fs, &fs->timed, all, why);
}

/* Puts the request; a refusal leaves nothing of it. */
static enum push_err
put_request(struct flights *fs, uint64_t id, const struct input_record *r,
    const char **why)
{
	const struct options	*o = fs->with.options;
	struct buf		*b = ctl_client_out(fs->client);
	size_t			 from = b->len;
	enum push_err		 e;

	ctl_msg_request(b, id, "send");
	json_put_key(b, "push");
	e = o->kind == INPUT_JSON ?
	    record_put_json(b, fs->with.fill, r->p, r->n, why) :
	    record_put_text(b, fs->with.fill, r->p, r->n, why);
	if (o->asked != FATE_QUEUED)
		json_put_member(b, "wait", fate_name(o->asked));
	if (o->each)
		json_put_bool(b, "each", true);
	ctl_msg_end(b, false);
	if (e == PUSH_OK && (!buf_ok(b) || b->len - from > fs->line_max)) {
		*why = "the record is too long";
		e = PUSH_E_TOOLARGE;
	}
	if (e != PUSH_OK)
		buf_truncate(b, from);
	return e;
}

void
flights_send(struct flights *fs, const struct input_record *r)
{
	int64_t		 patience = fs->with.options->patience_ms;
	struct flight	*f;
	const char	*why = "";
	uint64_t	 id = ctl_client_next_id(fs->client);
	enum push_err	 e = put_request(fs, id, r, &why);

	if (e != PUSH_OK) {
		report_refused(fs->with.report, r->line, e, why);
		return;
	}
	f = mem_zalloc(1, sizeof(*f));
	f->id = id;
	f->line = r->line;
	f->due = patience < 0 ? UINT64_MAX :
	    loop_now(fs->with.loop) + (uint64_t)patience;
	(void)map_set(&fs->by_id, (const char *)&f->id, sizeof(f->id), f);
	list_append(&fs->timed, &f->node);
	fs->live++;
	if (fs->timed.next == &f->node)
		set_timer(fs);
	ctl_client_flush(fs->client);
}
