#include "store.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/loop.h"
#include "store_sqlite.h"

#define REPEATS_MAX	16	/* of one group, for damaged pages */

struct store *
store_open(const char *dir, struct err_text *why)
{
	struct store	*s = mem_zalloc(1, sizeof(*s));

	s->lock = -1;
	s->dir = mem_strndup(dir, strlen(dir));
	if (store_db_open(s, dir, why) != 0)
		store_close(&s);
	return s;
}

/* In the loop that asked: a chain of its requests from one group. */
static void
tell(struct mail *m, struct loop *loop)
{
	struct store_request	*r = LIST_ITEM(m, struct store_request, mail);
	struct store_request	*next;

	(void)loop;
	for (; r != NULL; r = next) {
		next = r->next;
		r->done(r);
	}
}

/* One mail for each run of requests from the same loop. */
static void
answer(struct store_request *r)
{
	struct store_request	*last, *next;

	for (; r != NULL; r = next) {
		for (last = r; last->next != NULL &&
		    last->next->from == r->from; last = last->next)
			continue;
		next = last->next;
		last->next = NULL;
		r->mail.run = tell;
		loop_post(NULL, r->from, &r->mail);
	}
}

static void
refuse_writes(const struct store_group *g)
{
	struct store_request	*r;

	for (r = g->first; r != NULL; r = r->next) {
		if (!store_verb_writes(r->verb))
			continue;
		r->err = PUSH_E_DISK;
		r->rowcount = 0;
		if (r->verb == STORE_ACCOUNT_ADD)
			r->account->id = 0;
	}
}

static void
group_begin(struct store *s)
{
	struct store_group	*g = &s->group;

	memset(g, 0, sizeof(*g));
	g->last = &g->first;
	g->begun_ms = clock_now_ms();
	loop_at_end(s->loop, &s->turn_end);
	if (s->suspect && store_db_renew(s) != 0)
		g->failed = true;
	else if (store_db_run(s, SQL_BEGIN) != 0)
		store_db_failed(s);
}

/*
 * Who meets a damaged page leaves behind a transaction that SQLite does not
 * commit any more, even if it only read.  The others' writing is done again
 * in a new one.
 */
static void
group_repeat(struct store *s)
{
	struct store_group	*g = &s->group;
	struct store_request	*r;

	if (g->repeats++ == REPEATS_MAX) {
		store_db_failed(s);
		return;
	}
	g->spoilt = false;
	g->purge = false;
	(void)store_db_run(s, SQL_ROLLBACK);
	if (store_db_run(s, SQL_BEGIN) != 0)
		store_db_failed(s);
	for (r = g->first; r != NULL && !g->spoilt && !g->failed; r = r->next)
		if (store_verb_writes(r->verb) && r->err != PUSH_E_DISK)
			r->err = store_verb_run(s, r);
}

static void
group_end(struct store *s)
{
	struct store_group	*g = &s->group;

	if (!g->failed && g->purge)
		store_account_purge(s);
	if (!g->failed && g->spoilt)
		store_db_failed(s);
	if (!g->failed && store_db_run(s, SQL_COMMIT) != 0)
		store_db_failed(s);
	if (g->failed)
		refuse_writes(g);
	else if (g->wrote)
		store_db_worked(s);
	g->count = 0;
	answer(g->first);
}

static void
turn_ends(struct loop_hook *h)
{
	struct store	*s = LIST_ITEM(h, struct store, turn_end);

	if (s->group.count > 0)
		group_end(s);
}

static void
take(struct mail *m, struct loop *loop)
{
	struct store_request	*r = LIST_ITEM(m, struct store_request, mail);
	struct store		*s = loop_owner(loop);
	struct store_group	*g = &s->group;

	if (g->count == 0)
		group_begin(s);
	if (!store_verb_writes(r->verb)) {
		r->err = store_verb_run(s, r);
	} else {
		g->wrote = true;
		r->err = g->failed ? PUSH_E_DISK : store_verb_run(s, r);
	}
	*g->last = r;
	g->last = &r->next;
	while (g->spoilt && !g->failed)
		group_repeat(s);
	if (++g->count >= STORE_GROUP_ROWS ||
	    clock_now_ms() - g->begun_ms >= STORE_GROUP_MS)
		group_end(s);
}

void
store_ask(struct store *s, struct store_request *r)
{
	r->next = NULL;
	r->rows = NULL;
	r->states = NULL;
	r->rowcount = 0;
	r->mail.run = take;
	loop_post(r->from, s->loop, &r->mail);
}

void
store_rows_free(struct store_request *r)
{
	size_t	i;

	for (i = 0; i < r->rowcount && r->rows != NULL; i++)
		free((void *)(uintptr_t)r->rows[i].body);
	free(r->rows);
	free(r->states);
	r->rows = NULL;
	r->states = NULL;
	r->rowcount = 0;
}

static void
stop(struct mail *m, struct loop *loop)
{
	(void)m;
	loop_stop(loop);
}

static void *
run(void *arg)
{
	struct store	*s = arg;

	loop_run(s->loop);
	return NULL;
}

int
store_start(struct store *s, struct err_text *why)
{
	sigset_t	all, before;
	int		e;

	if ((s->loop = loop_new("auto", why)) == NULL)
		return -1;
	loop_set_owner(s->loop, s);
	s->turn_end.run = turn_ends;
	s->stop.run = stop;
	/* Signals are for the thread that waits for them. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	e = pthread_create(&s->thread, NULL, run, s);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (e != 0)
		return err_set(why, "store: cannot start its thread: %s",
		    strerror(e));
	(void)pthread_setname_np(s->thread, "store");
	s->started = true;
	return 0;
}

void
store_close(struct store **sp)
{
	struct store	*s = *sp;

	*sp = NULL;
	if (s == NULL)
		return;
	if (s->started) {
		loop_post(NULL, s->loop, &s->stop);
		(void)pthread_join(s->thread, NULL);
	}
	loop_free(&s->loop);
	store_db_close(s);
	free(s->dir);
	free(s);
}
