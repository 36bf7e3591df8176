/* What accounts go through: changes at once, deletions, a disk that fails. */
#include "base/clock.h"
#include "pushd/account.h"
#include "shard_rig.h"
#include "tap.h"

static struct shard_rig	rig;
static size_t		asked, told;

/* An operation's end, kept for the test. */
struct end {
	enum push_err	err;
	bool		found, created, enabled;
	int64_t		seen_ms;
	size_t		dropped;
	unsigned	order;
};

static void
on_done(struct account_op *op)
{
	struct end	*e = op->arg;

	e->err = op->err;
	e->found = op->found;
	e->created = op->created;
	e->enabled = op->row.enabled;
	e->seen_ms = op->row.seen_ms;
	e->dropped = op->dropped;
	e->order = (unsigned)++told;
	account_op_free(&op);
}

static struct account_op *
prepare(struct end *e, enum account_verb verb, const char *password)
{
	asked++;
	return account_op_new(&rig.shard, verb, "a", password, on_done, e);
}

static void
begin(struct end *e, enum account_verb verb, const char *password)
{
	account_begin(prepare(e, verb, password));
}

static void
begin_enable(struct end *e, bool enabled)
{
	struct account_op	*op = prepare(e, ACCOUNT_CHANGE, NULL);

	op->has_enabled = true;
	op->want.enabled = enabled;
	account_begin(op);
}

static void
settle(void)
{
	while (told < asked)
		shard_rig_wait(&rig, 5);
	shard_rig_settle(&rig);
}

static struct end
look(enum account_verb verb, const char *password)
{
	struct end	e;

	begin(&e, verb, password);
	settle();
	return e;
}

static void
start(void)
{
	struct err_text	why;

	shard_rig_new(&rig, "");
	rig.pd.kdf = kdf_new(1, &why);
	if (rig.pd.kdf == NULL)
		shard_rig_bail(why.s);
}

static void
finish(void)
{
	shard_rig_settle(&rig);
	kdf_free(&rig.pd.kdf);
	shard_rig_free(&rig);
}

static void
test_registration(void)
{
	struct end	a, b, c;

	start();
	begin(&a, ACCOUNT_REGISTER, "one");
	begin(&b, ACCOUNT_REGISTER, "one");
	begin(&c, ACCOUNT_REGISTER, "two");
	settle();
	ok(a.err == PUSH_OK && a.created, "a name is registered");
	ok(b.err == PUSH_OK && !b.created,
	    "again at the same time, with the same password: a success");
	ok(c.err == PUSH_E_EXISTS, "with another one it is taken");
	ok(device_find(&rig.shard, "a") != NULL && rig.shard.all_count == 1,
	    "and there is one device");
	ok(look(ACCOUNT_CHECK, "one").err == PUSH_OK &&
	    look(ACCOUNT_CHECK, "two").err == PUSH_E_AUTH,
	    "whose password is the first");
	ok(look(ACCOUNT_CREATE, "x").err == PUSH_E_EXISTS,
	    "it cannot be created again");
	finish();
}

static void
test_changes_at_once(void)
{
	struct end	a, b, c;

	start();
	(void)look(ACCOUNT_CREATE, "one");
	begin(&a, ACCOUNT_CHANGE, "two");
	begin_enable(&b, false);
	device_find(&rig.shard, "a")->seen_ms = 12345;
	begin(&c, ACCOUNT_CHANGE, "three");
	settle();
	ok(a.err == PUSH_OK && b.err == PUSH_OK && c.err == PUSH_OK &&
	    a.order < b.order && b.order < c.order, "in their order");
	ok(look(ACCOUNT_CHECK, "three").err == PUSH_E_DENIED,
	    "neither puts back what the other changed");
	ok(!device_find(&rig.shard, "a")->enabled, "in memory as on disk");
	ok(look(ACCOUNT_LOOKUP, NULL).seen_ms == 12345,
	    "nor when the device was seen");
	ok(rig.shard.turns.count == 0, "nobody waits any more");
	finish();
}

static void
test_change_behind_deletion(void)
{
	struct account_op	*op;
	struct end		 a, b;

	start();
	(void)look(ACCOUNT_CREATE, "one");
	begin(&a, ACCOUNT_DELETE, NULL);
	op = prepare(&b, ACCOUNT_CHANGE, "two");
	op->only_existing = true;
	account_begin(op);
	settle();
	ok(a.err == PUSH_OK && b.err == PUSH_E_UNKNOWN,
	    "what is deleted cannot be changed");
	ok(device_find(&rig.shard, "a") == NULL &&
	    !look(ACCOUNT_LOOKUP, NULL).found, "and does not come back");
	finish();
}

static bool	device_was_there;

static void
on_deleted(struct account_op *op)
{
	device_was_there = device_find(op->at, op->row.name) != NULL;
}

static void
drop_mail(struct mail *m, struct loop *loop)
{
	(void)m;
	(void)loop;
}

static void
test_deletion(void)
{
	static char		 name[] = "a";
	static struct leg	 leg;
	int64_t			 now = clock_wall_ms();
	struct account_op	*op;
	struct kdf		*kdf;
	struct end		 e;

	start();
	(void)look(ACCOUNT_CREATE, "one");
	leg.name = name;
	leg.row = push_id_mint(&rig.pd.last_id);
	leg.push = push_load(leg.row, now, now + 60000, "{}", 2);
	leg.wants_end = true;
	leg.accepted.run = leg.ended.run = drop_mail;
	device_submit(&rig.shard, &leg);
	shard_rig_settle(&rig);
	atomic_store(&rig_sync_fails, true);
	e = look(ACCOUNT_DELETE, NULL);
	atomic_store(&rig_sync_fails, false);
	ok(e.err == PUSH_E_DISK && !leg.ended_sent &&
	    device_find(&rig.shard, "a") != NULL &&
	    device_queued(device_find(&rig.shard, "a")) == 1,
	    "a deletion that cannot be stored leaves all as it was");
	op = prepare(&e, ACCOUNT_DELETE, NULL);
	op->on_deleted = on_deleted;
	account_begin(op);
	settle();
	ok(e.err == PUSH_OK && e.dropped == 1 && leg.ended_sent &&
	    leg.fate == FATE_CANCELLED, "then it drops the queue");
	ok(device_was_there && device_find(&rig.shard, "a") == NULL,
	    "and says so before the device goes");
	ok(look(ACCOUNT_DELETE, NULL).err == PUSH_E_UNKNOWN,
	    "there is nothing to delete twice");
	push_unref(&leg.push);
	kdf = rig.pd.kdf;
	shard_rig_restart(&rig);
	rig.pd.kdf = kdf;
	ok(rig.shard.all_count == 0, "nor after a restart");
	finish();
}

int
main(void)
{
	test_registration();
	test_changes_at_once();
	test_change_behind_deletion();
	test_deletion();
	return tap_done();
}
