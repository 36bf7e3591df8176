#include "account.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "device.h"

/*
 * An operation's steps.  What only reads goes on in the shard that asks:
 *
 *   store GET -> looked_up: finish (LOOKUP), or kdf -> checked: finish (CHECK)
 *
 * What writes goes to the account's home shard, and only one at a time for
 * an account does, or one would put back what another has just changed:
 *
 *   begin -> arrive (home): wait for those before it -> store GET -> looked_up
 *     DELETE: store DEL -> deleted
 *     CREATE, REGISTER, CHANGE: kdf if there is a password -> derived
 *       -> store ADD or SET -> stored
 *   -> finish: the next one's turn -> finished (asker)
 */

static void
wipe_password(struct account_op *op)
{
	if (op->password != NULL)
		mem_free_secret(op->password, strlen(op->password));
	op->password = NULL;
}

static void
row_release(struct store_account *row)
{
	free(row->name);
	free(row->owner);
	scram_cred_wipe(&row->cred);
	row->name = row->owner = NULL;
}

struct account_op *
account_op_new(struct shard *from, enum account_verb verb, const char *name,
    const char *password, void (*done)(struct account_op *), void *arg)
{
	struct account_op	*op = mem_zalloc(1, sizeof(*op));

	op->from = from;
	op->verb = verb;
	op->row.name = mem_strndup(name, strlen(name));
	op->row.enabled = true;
	if (password != NULL)
		op->password = mem_strndup(password, strlen(password));
	op->done = done;
	op->arg = arg;
	return op;
}

void
account_op_free(struct account_op **opp)
{
	struct account_op	*op = *opp;

	*opp = NULL;
	if (op == NULL)
		return;
	wipe_password(op);
	row_release(&op->row);
	row_release(&op->want);
	free(op);
}

static bool
is_change(const struct account_op *op)
{
	return op->verb != ACCOUNT_LOOKUP && op->verb != ACCOUNT_CHECK;
}

static void	look_up(struct account_op *);

/* The next of those that wait behind this one begins. */
static void
pass_turn(struct account_op *op)
{
	struct map		*turns = &op->at->turns;
	struct account_op	*next = op->next;

	(void)map_remove(turns, op->row.name, strlen(op->row.name));
	if (next == NULL)
		return;
	next->last = op->last;
	(void)map_set(turns, next->row.name, strlen(next->row.name), next);
	look_up(next);
}

static void
tell(struct account_op *op)
{
	struct shard	*sh = op->from;

	op->done(op);
	sh->ops--;
	shard_session_gone(sh);
}

static void
finished(struct mail *m, struct loop *loop)
{
	(void)loop;
	tell(LIST_ITEM(m, struct account_op, mail));
}

static void
finish(struct account_op *op, enum push_err err)
{
	op->err = err;
	wipe_password(op);
	if (!is_change(op)) {
		tell(op);
		return;
	}
	pass_turn(op);
	op->mail.run = finished;
	shard_post(op->at, op->from, &op->mail);
}

static void
ask_store(struct account_op *op, enum store_verb verb,
    void (*done)(struct store_request *))
{
	memset(&op->ask, 0, sizeof(op->ask));
	op->ask.from = op->at->loop;
	op->ask.verb = verb;
	op->ask.account = &op->row;
	op->ask.done = done;
	store_ask(op->at->pushd->store, &op->ask);
}

/* The server ends: who asked has gone, or goes without an answer. */
static void
dropped(struct kdf_job *job)
{
	struct account_op	*op = LIST_ITEM(job, struct account_op, kdf);

	account_op_free(&op);
}

static void
ask_kdf(struct account_op *op, bool check, void (*done)(struct kdf_job *))
{
	op->kdf.from = op->at->loop;
	op->kdf.password = op->password;
	op->kdf.check = check;
	op->kdf.iterations = (uint32_t)op->at->config->iterations;
	op->kdf.cred = &op->row.cred;
	op->kdf.done = done;
	op->kdf.dropped = dropped;
	kdf_ask(op->at->pushd->kdf, &op->kdf);
}

/* The device as the store has it now. */
static void
place(struct account_op *op)
{
	struct device		*d = device_find(op->at, op->row.name);
	struct store_account	 copy = op->row;

	if (d != NULL) {
		device_update(d, &op->row);
		return;
	}
	copy.name = mem_strndup(copy.name, strlen(copy.name));
	if (copy.owner != NULL)
		copy.owner = mem_strndup(copy.owner, strlen(copy.owner));
	(void)device_new(op->at, &copy);
}

static void
stored(struct store_request *r)
{
	struct account_op	*op = LIST_ITEM(r, struct account_op, ask);

	if (r->err == PUSH_OK)
		place(op);
	finish(op, r->err);
}

static void
write_row(struct account_op *op)
{
	struct device	*d = device_find(op->at, op->row.name);

	/* It may have come or gone since the row was read. */
	if (d != NULL)
		op->row.seen_ms = d->seen_ms;
	if (op->found) {
		ask_store(op, STORE_ACCOUNT_SET, stored);
		return;
	}
	op->created = true;
	if (op->row.created_ms == 0)
		op->row.created_ms = clock_wall_ms();
	ask_store(op, STORE_ACCOUNT_ADD, stored);
}

static void
derived(struct kdf_job *job)
{
	write_row(LIST_ITEM(job, struct account_op, kdf));
}

static void
checked(struct kdf_job *job)
{
	struct account_op	*op = LIST_ITEM(job, struct account_op, kdf);

	if (!job->ok || !op->found)
		finish(op, op->verb == ACCOUNT_REGISTER ? PUSH_E_EXISTS :
		    PUSH_E_AUTH);
	else
		finish(op, op->row.enabled ? PUSH_OK : PUSH_E_DENIED);
}

/* The new values over the old row. */
static void
merge(struct account_op *op)
{
	if (op->has_cred)
		op->row.cred = op->want.cred;
	if (op->has_enabled)
		op->row.enabled = op->want.enabled;
	if (op->has_owner) {
		free(op->row.owner);
		op->row.owner = op->want.owner;
		op->want.owner = NULL;
	}
	if (!op->found && op->want.created_ms != 0)
		op->row.created_ms = op->want.created_ms;
}

/*
 * Not before it is on disk: what fails leaves the device as it was.  A push
 * that came meanwhile is in its queue, and ends with it.
 */
static void
deleted(struct store_request *r)
{
	struct account_op	*op = LIST_ITEM(r, struct account_op, ask);
	struct device		*d = device_find(op->at, op->row.name);

	if (r->err == PUSH_OK && op->on_deleted != NULL)
		op->on_deleted(op);
	if (r->err == PUSH_OK && d != NULL)
		op->dropped = device_delete(d);
	finish(op, r->err);
}

static void
begin_write(struct account_op *op)
{
	merge(op);
	if (op->password != NULL)
		ask_kdf(op, false, derived);
	else
		write_row(op);
}

/* The row is read: what the verb makes of it. */
static void
decide(struct account_op *op)
{
	switch (op->verb) {
	case ACCOUNT_LOOKUP:
		finish(op, op->found ? PUSH_OK : PUSH_E_UNKNOWN);
		break;
	case ACCOUNT_CHECK:
		ask_kdf(op, true, checked);
		break;
	case ACCOUNT_REGISTER:
		if (op->found)
			ask_kdf(op, true, checked);
		else
			begin_write(op);
		break;
	case ACCOUNT_CREATE:
		if (op->found)
			finish(op, PUSH_E_EXISTS);
		else
			begin_write(op);
		break;
	case ACCOUNT_CHANGE:
		if (!op->found && (op->only_existing ||
		    (op->password == NULL && !op->has_cred)))
			finish(op, PUSH_E_UNKNOWN);
		else
			begin_write(op);
		break;
	case ACCOUNT_DELETE:
		if (op->found)
			ask_store(op, STORE_ACCOUNT_DEL, deleted);
		else
			finish(op, PUSH_E_UNKNOWN);
		break;
	}
}

static void
looked_up(struct store_request *r)
{
	struct account_op	*op = LIST_ITEM(r, struct account_op, ask);

	if (r->err != PUSH_OK && r->err != PUSH_E_UNKNOWN) {
		finish(op, r->err);
		return;
	}
	op->found = r->err == PUSH_OK;
	/* Nobody gets the same work and the same answers as somebody. */
	if (!op->found)
		scram_cred_fake(op->row.name, strlen(op->row.name),
		    op->at->pushd->secret,
		    (uint32_t)op->at->config->iterations, &op->row.cred);
	decide(op);
}

static void
look_up(struct account_op *op)
{
	ask_store(op, STORE_ACCOUNT_GET, looked_up);
}

/* In the home shard: behind the others that write the same account. */
static void
arrive(struct mail *m, struct loop *loop)
{
	struct account_op	*op = LIST_ITEM(m, struct account_op, mail);
	struct map		*turns = &shard_from(loop)->turns;
	size_t			 n = strlen(op->row.name);
	struct account_op	*first = map_get(turns, op->row.name, n);

	if (first != NULL) {
		first->last->next = op;
		first->last = op;
		return;
	}
	op->last = op;
	(void)map_set(turns, op->row.name, n, op);
	look_up(op);
}

void
account_begin(struct account_op *op)
{
	op->from->ops++;
	if (!is_change(op)) {
		op->at = op->from;
		look_up(op);
		return;
	}
	op->at = shard_of(op->from->pushd, op->row.name);
	op->mail.run = arrive;
	shard_post(op->from, op->at, &op->mail);
}
