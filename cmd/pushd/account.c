#include "account.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "device.h"

/*
 * An operation's steps, each in the thread named:
 *
 *   begin (asker) -> store GET -> looked_up (asker)
 *     LOOKUP: finish      CHECK: kdf -> checked (asker): finish
 *     DELETE: delete_home (home) -> store DEL (home) -> finish (asker)
 *     CREATE, REGISTER, CHANGE: kdf if there is a password -> derived
 *       -> store ADD or SET -> stored (asker) -> place (home) -> finish
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

static void
finish(struct account_op *op, enum push_err err)
{
	op->err = err;
	wipe_password(op);
	op->done(op);
}

static void
finish_mail(struct mail *m, struct loop *loop)
{
	struct account_op	*op = LIST_ITEM(m, struct account_op, mail);

	(void)loop;
	finish(op, op->err);
}

static void
ask_store(struct account_op *op, enum store_verb verb,
    void (*done)(struct store_request *))
{
	memset(&op->ask, 0, sizeof(op->ask));
	op->ask.from = op->from->loop;
	op->ask.verb = verb;
	op->ask.account = &op->row;
	op->ask.done = done;
	store_ask(op->from->pushd->store, &op->ask);
}

static void
ask_kdf(struct account_op *op, bool check, void (*done)(struct kdf_job *))
{
	memset(&op->kdf, 0, sizeof(op->kdf));
	op->kdf.from = op->from->loop;
	op->kdf.password = op->password;
	op->kdf.check = check;
	op->kdf.iterations = (uint32_t)op->from->config->iterations;
	op->kdf.cred = &op->row.cred;
	op->kdf.done = done;
	kdf_ask(op->from->pushd->kdf, &op->kdf);
}

/* In the home shard: the device as the store has it now. */
static void
place(struct mail *m, struct loop *loop)
{
	struct account_op	*op = LIST_ITEM(m, struct account_op, mail);
	struct shard		*home = shard_from(loop);
	struct device		*d = device_find(home, op->row.name);
	struct store_account	 copy = op->row;

	if (d == NULL) {
		copy.name = mem_strndup(copy.name, strlen(copy.name));
		if (copy.owner != NULL)
			copy.owner = mem_strndup(copy.owner,
			    strlen(copy.owner));
		d = device_new(home, &copy);
	} else {
		device_update(d, &op->row);
	}
	op->mail.run = finish_mail;
	shard_post(home, op->from, &op->mail);
}

static void
stored(struct store_request *r)
{
	struct account_op	*op = LIST_ITEM(r, struct account_op, ask);

	/* Two at once with one name: the later looks again. */
	if (r->err == PUSH_E_EXISTS && op->verb == ACCOUNT_REGISTER) {
		op->created = false;
		account_begin(op);
		return;
	}
	if (r->err != PUSH_OK) {
		finish(op, r->err);
		return;
	}
	op->err = PUSH_OK;
	op->mail.run = place;
	shard_post(op->from, shard_of(op->from->pushd, op->row.name),
	    &op->mail);
}

static void
write_row(struct account_op *op)
{
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

static void
deleted(struct store_request *r)
{
	struct account_op	*op = LIST_ITEM(r, struct account_op, ask);
	struct loop		*here = r->from;

	op->err = r->err;
	op->mail.run = finish_mail;
	shard_post(shard_from(here), op->from, &op->mail);
}

/* In the home shard, so that no push is put behind the deletion. */
static void
delete_home(struct mail *m, struct loop *loop)
{
	struct account_op	*op = LIST_ITEM(m, struct account_op, mail);
	struct shard		*home = shard_from(loop);
	struct device		*d = device_find(home, op->row.name);

	if (d != NULL)
		op->dropped = device_delete(d);
	memset(&op->ask, 0, sizeof(op->ask));
	op->ask.from = loop;
	op->ask.verb = STORE_ACCOUNT_DEL;
	op->ask.account = &op->row;
	op->ask.done = deleted;
	store_ask(home->pushd->store, &op->ask);
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
		if (!op->found) {
			finish(op, PUSH_E_UNKNOWN);
			break;
		}
		op->mail.run = delete_home;
		shard_post(op->from, shard_of(op->from->pushd, op->row.name),
		    &op->mail);
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
		    op->from->pushd->secret,
		    (uint32_t)op->from->config->iterations, &op->row.cred);
	decide(op);
}

void
account_begin(struct account_op *op)
{
	ask_store(op, STORE_ACCOUNT_GET, looked_up);
}
