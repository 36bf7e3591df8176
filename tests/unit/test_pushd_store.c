#include "store_rig.h"

#include <pthread.h>

#include "ctl/fate.h"

#include "tap.h"

static enum push_err
ask(struct rig *g, struct store_request *r)
{
	rig_ask(g, r, 1);
	return r->err;
}

static enum push_err
ask_account(struct rig *g, enum store_verb verb, struct store_account *a)
{
	struct store_request	r = { .verb = verb, .account = a };

	return ask(g, &r);
}

static enum push_err
put(struct rig *g, uint64_t row, uint64_t push, int64_t account)
{
	struct store_request	r = rig_put(row, account);

	r.row.push = push;
	(void)ask(g, &r);
	rig_put_free(&r);
	return r.err;
}

static enum push_err
end(struct rig *g, uint64_t row, enum fate state, int64_t when_ms)
{
	struct store_request	r = { .verb = STORE_END };

	r.row.row = row;
	r.state = (int)state;
	r.when_ms = when_ms;
	return ask(g, &r);
}

static char *
copy(const char *s)
{
	return strdup(s);
}

static void
account_release(struct store_account *a)
{
	free(a->name);
	free(a->owner);
}

static struct store_account
someone(const char *name)
{
	struct store_account	a = { .name = copy(name), .enabled = true };

	a.owner = copy("ann");
	a.created_ms = 1234567890123;
	a.cred.iterations = 4096;
	memset(a.cred.salt, 's', sizeof(a.cred.salt));
	memset(a.cred.sha1.stored, '1', 20);
	memset(a.cred.sha1.server, '2', 20);
	memset(a.cred.sha256.stored, '3', 32);
	memset(a.cred.sha256.server, '4', 32);
	return a;
}

static void
test_accounts(void)
{
	struct store_account	a = someone("tv"), twin = someone("tv");
	struct store_account	got = { .name = copy("tv") };
	struct store_account	none = { .name = copy("nobody") };
	struct rig		g;

	rig_new(&g);
	ok(rig_start(&g), "a store is made in an empty folder");
	ok(ask_account(&g, STORE_ACCOUNT_ADD, &a) == PUSH_OK && a.id > 0,
	    "an account is added and gets an id");
	ok(ask_account(&g, STORE_ACCOUNT_ADD, &twin) == PUSH_E_EXISTS &&
	    twin.id == 0, "a name exists once");
	ok(ask_account(&g, STORE_ACCOUNT_GET, &got) == PUSH_OK &&
	    got.id == a.id && got.enabled && strcmp(got.owner, "ann") == 0 &&
	    got.created_ms == a.created_ms && got.seen_ms == 0 &&
	    memcmp(&got.cred, &a.cred, sizeof(a.cred)) == 0,
	    "an account is read by its name, credentials too");
	ok(ask_account(&g, STORE_ACCOUNT_GET, &none) == PUSH_E_UNKNOWN,
	    "a name that nobody has is unknown");
	free(a.owner);
	a.owner = NULL;
	a.enabled = false;
	a.cred.iterations = 10000;
	ok(ask_account(&g, STORE_ACCOUNT_SET, &a) == PUSH_OK,
	    "an account is rewritten");
	a.seen_ms = 77;
	ok(ask_account(&g, STORE_ACCOUNT_SEEN, &a) == PUSH_OK,
	    "a login is noted");
	ok(ask_account(&g, STORE_ACCOUNT_GET, &got) == PUSH_OK &&
	    got.owner == NULL && !got.enabled && got.seen_ms == 77 &&
	    got.cred.iterations == 10000, "both are read again");
	ok(ask_account(&g, STORE_ACCOUNT_SEEN, &none) == PUSH_E_UNKNOWN &&
	    ask_account(&g, STORE_ACCOUNT_SET, &none) == PUSH_E_UNKNOWN,
	    "nothing is noted about nobody");
	account_release(&a);
	account_release(&twin);
	account_release(&got);
	account_release(&none);
	rig_free(&g);
}

static void
test_account_deletion(void)
{
	struct store_account	a = someone("tv"), b = someone("car"), again;
	struct rig		g;
	int64_t			old;

	rig_new(&g);
	(void)rig_start(&g);
	(void)ask_account(&g, STORE_ACCOUNT_ADD, &a);
	(void)ask_account(&g, STORE_ACCOUNT_ADD, &b);
	(void)put(&g, 10, 10, a.id);
	(void)put(&g, 11, 11, b.id);
	(void)put(&g, 12, 12, a.id);
	ok(ask_account(&g, STORE_ACCOUNT_DEL, &a) == PUSH_OK,
	    "an account is deleted");
	ok(rig_count(&g, 10, 10) == 0 && rig_count(&g, 12, 12) == 0,
	    "and its queue with it");
	ok(rig_count(&g, 11, 11) == 1, "but nobody else's");
	ok(ask_account(&g, STORE_ACCOUNT_DEL, &a) == PUSH_E_UNKNOWN,
	    "it is deleted once");
	old = b.id;
	(void)ask_account(&g, STORE_ACCOUNT_DEL, &b);
	again = someone("car");
	ok(ask_account(&g, STORE_ACCOUNT_ADD, &again) == PUSH_OK &&
	    again.id > old, "an id is never used again");
	account_release(&a);
	account_release(&b);
	account_release(&again);
	rig_free(&g);
}

static void
test_bodies(void)
{
	static char		big[65536];
	const uint64_t		keys[] = { 7, 5, 6, 9 };
	struct store_request	r = { .verb = STORE_READ, .keys = keys,
				    .keycount = 4 };
	struct store_request	large = rig_put(6, 1);
	struct rig		g;

	rig_new(&g);
	(void)rig_start(&g);
	ok(put(&g, 5, 5, 1) == PUSH_OK, "a push is put");
	ok(put(&g, 5, 5, 1) == PUSH_E_EXISTS, "a key is used once");
	rig_put_free(&large);
	large.row.body = big;
	large.row.bodylen = sizeof(big);
	ok(ask(&g, &large) == PUSH_OK, "64 KiB of zeroes are put");
	large.row.row = large.row.push = 7;
	large.row.body = NULL;
	large.row.bodylen = 0;
	ok(ask(&g, &large) == PUSH_OK, "and nothing at all");
	ok(ask(&g, &r) == PUSH_OK && r.rowcount == 3 && r.rows[0].row == 7 &&
	    r.rows[1].row == 5 && r.rows[2].row == 6,
	    "rows come in the order of the keys, the unknown one left out");
	ok(r.rows[0].bodylen == 0 && rig_is_put(&r.rows[1]) &&
	    r.rows[2].bodylen == sizeof(big) &&
	    memcmp(r.rows[2].body, big, sizeof(big)) == 0,
	    "with the bodies that were put");
	store_rows_free(&r);
	r.keycount = 0;
	ok(ask(&g, &r) == PUSH_OK && r.rowcount == 0, "no keys, no rows");
	store_rows_free(&r);
	rig_free(&g);
}

static void
test_ends(void)
{
	struct store_request	r = { .verb = STORE_SHOW,
				    .row = { .push = 1 } };
	struct rig		g;

	rig_new(&g);
	(void)rig_start(&g);
	(void)put(&g, 1, 1, 1);
	ok(ask(&g, &r) == PUSH_OK && r.rowcount == 1 &&
	    rig_is_put(&r.rows[0]) && r.states[0] == FATE_QUEUED,
	    "a push that waits is shown queued");
	store_rows_free(&r);
	ok(end(&g, 1, FATE_DELIVERED, 50) == PUSH_OK, "a push ends");
	ok(end(&g, 1, FATE_EXPIRED, 51) == PUSH_E_UNKNOWN, "it ends once");
	ok(end(&g, 2, FATE_EXPIRED, 51) == PUSH_E_UNKNOWN,
	    "one that never was does not end");
	ok(rig_count(&g, 1, 1) == 0, "what has ended is not read for delivery");
	ok(ask(&g, &r) == PUSH_OK && r.states[0] == FATE_DELIVERED &&
	    rig_is_put(&r.rows[0]), "but shown, with its end and its body");
	store_rows_free(&r);
	ok(end(&g, 1, FATE_READ, 52) == PUSH_OK, "delivered can become read");
	ok(end(&g, 1, FATE_READ, 53) == PUSH_E_UNKNOWN, "once");
	(void)put(&g, 3, 3, 1);
	(void)end(&g, 3, FATE_EXPIRED, 60);
	ok(end(&g, 3, FATE_READ, 61) == PUSH_E_UNKNOWN, "expired cannot");
	rig_free(&g);
}

static void
test_show_several(void)
{
	struct store_request	r = { .verb = STORE_SHOW,
				    .row = { .push = 20 } };
	struct rig		g;

	rig_new(&g);
	(void)rig_start(&g);
	(void)put(&g, 23, 20, 3);
	(void)put(&g, 20, 20, 1);
	(void)put(&g, 22, 20, 2);
	(void)put(&g, 24, 24, 2);
	(void)end(&g, 22, FATE_FAILED, 9);
	ok(ask(&g, &r) == PUSH_OK && r.rowcount == 3 && r.rows[0].row == 20 &&
	    r.rows[1].row == 22 && r.rows[2].row == 23 &&
	    r.rows[1].push == 20 && r.rows[2].account == 3,
	    "a push to several devices is shown with all its rows");
	ok(r.states[0] == FATE_QUEUED && r.states[1] == FATE_FAILED &&
	    r.states[2] == FATE_QUEUED, "each with its own state");
	ok(r.rows[0].bodylen > 0 && r.rows[1].body == NULL &&
	    r.rows[2].body == NULL, "and the body once");
	store_rows_free(&r);
	r.row.push = 22;
	ok(ask(&g, &r) == PUSH_E_UNKNOWN, "the key of one row is no push");
	store_rows_free(&r);
	rig_free(&g);
}

static uint64_t	order[64];
static size_t	order_count;

static void
note_order(struct rig *g, struct store_request *r)
{
	(void)g;
	order[order_count++] = r->row.row;
}

static void
test_order(void)
{
	const uint64_t		key = 1;
	struct store_request	r[6];
	struct rig		g;
	size_t			i;

	rig_new(&g);
	(void)rig_start(&g);
	memset(r, 0, sizeof(r));
	r[0].verb = r[2].verb = r[4].verb = STORE_READ;
	r[0].keys = r[2].keys = r[4].keys = &key;
	r[0].keycount = r[2].keycount = r[4].keycount = 1;
	r[1] = rig_put(1, 1);
	r[3].verb = STORE_END;
	r[3].state = FATE_DELIVERED;
	r[5].verb = STORE_END;
	for (i = 0; i < 6; i++)
		r[i].row.row = r[i].row.push = i == 5 || i == 3 ? 1 : i;
	g.seen = note_order;
	rig_ask(&g, r, 6);
	ok(r[0].rowcount == 0 && r[2].rowcount == 1 && r[4].rowcount == 0,
	    "read, put, read, end, read: each sees what went before it");
	ok(r[3].err == PUSH_OK && r[5].err == PUSH_E_UNKNOWN,
	    "also where they write");
	ok(order_count == 6 && order[0] == 0 && order[1] == 1 &&
	    order[2] == 2 && order[3] == 1 && order[4] == 4 && order[5] == 1,
	    "completions come in the order of the requests");
	for (i = 0; i < 6; i++)
		store_rows_free(&r[i]);
	rig_put_free(&r[1]);
	rig_free(&g);
}

struct loaded {
	struct store_account	account;
	struct store_row	rows[8];
	size_t			bytes[8];
	size_t			accounts, count;
};

static void
on_account(void *arg, const struct store_account *a)
{
	struct loaded	*l = arg;

	if (l->accounts++ > 0)
		return;
	l->account = *a;
	l->account.name = copy(a->name);
	l->account.owner = copy(a->owner);
}

static void
on_queued(void *arg, const struct store_row *row, size_t bytes)
{
	struct loaded	*l = arg;

	if (l->count < 8) {
		l->rows[l->count] = *row;
		l->bytes[l->count] = bytes;
	}
	l->count++;
}

static void
test_forget(void)
{
	static struct store_request	r[1600];
	struct store_request		f = { .verb = STORE_FORGET };
	struct loaded			l = { .count = 0 };
	struct err_text			why;
	struct rig			g;
	uint64_t			highest = 0;
	size_t				i;

	rig_new(&g);
	(void)rig_start(&g);
	(void)rig_put_range(&g, 1, 1600);
	for (i = 0; i < 1600; i++) {
		r[i].verb = STORE_END;
		r[i].row.row = i + 1;
		r[i].state = FATE_DELIVERED;
		r[i].when_ms = i < 1200 ? 100 : 200;
	}
	/* The first ten go on waiting. */
	rig_ask(&g, r + 10, 1590);
	f.when_ms = 200;
	ok(ask(&g, &f) == PUSH_OK && f.rowcount == STORE_FORGET_ROWS,
	    "pushes that ended long ago are dropped, so many at once");
	ok(ask(&g, &f) == PUSH_OK && f.rowcount == 190, "then the rest");
	ok(ask(&g, &f) == PUSH_OK && f.rowcount == 0,
	    "but none that ended later");
	ok(rig_count(&g, 1, 1600) == 10, "nor any that waits");
	f.when_ms = 201;
	ok(ask(&g, &f) == PUSH_OK && f.rowcount == 400, "until it is time");
	rig_close(&g);
	(void)rig_open(&g);
	ok(store_load(g.store, on_account, on_queued, &l, &highest,
	    &why) == 0 && l.count == 10 && highest == 1600,
	    "the highest key outlives its row");
	rig_free(&g);
}

static void
test_reopen(void)
{
	struct store_account	a = someone("tv"), b = someone("car");
	struct loaded		l = { .count = 0 };
	struct err_text		why = { "" };
	struct rig		g;
	uint64_t		highest = 0;

	rig_new(&g);
	(void)rig_start(&g);
	(void)ask_account(&g, STORE_ACCOUNT_ADD, &a);
	(void)ask_account(&g, STORE_ACCOUNT_ADD, &b);
	(void)put(&g, 30, 30, a.id);
	(void)put(&g, 31, 31, b.id);
	(void)put(&g, 33, 30, b.id);
	(void)put(&g, 40, 40, a.id);
	(void)end(&g, 31, FATE_REPLACED, 7);
	(void)end(&g, 40, FATE_REPLACED, 7);
	rig_close(&g);
	ok(rig_open(&g), "the store opens again");
	ok(store_load(g.store, on_account, on_queued, &l, &highest,
	    &why) == 0, "and is loaded");
	ok(l.accounts == 2 && strcmp(l.account.name, "tv") == 0 &&
	    l.account.id == a.id && strcmp(l.account.owner, "ann") == 0 &&
	    memcmp(&l.account.cred, &a.cred, sizeof(a.cred)) == 0,
	    "with every account");
	ok(l.count == 2 && l.rows[0].row == 30 && l.rows[1].row == 33 &&
	    l.rows[0].push == 30 && l.rows[1].push == 30 &&
	    l.rows[1].account == b.id && l.rows[1].expires_ms == 2000,
	    "and every push that waits, in order");
	ok(l.bytes[0] == strlen("{\"to\":\"d\",\"message\":\"<30>\"}"),
	    "and its size");
	ok(highest == 40, "and the highest key, also of one that ended");
	account_release(&a);
	account_release(&b);
	account_release(&l.account);
	rig_free(&g);
}

static void
test_groups(void)
{
	struct rig	g;
	int		before;

	rig_new(&g);
	(void)rig_start(&g);
	before = atomic_load(&rig_syncs);
	ok(rig_put_range(&g, 1, 10000) == 10000, "10,000 puts are stored");
	before = atomic_load(&rig_syncs) - before;
	printf("# syncs: %d\n", before);
	ok(before >= 10 && before <= 1000,
	    "in groups: at least one sync for a thousand, few for all");
	ok(rig_count(&g, 1, 10000) == 10000, "each as it was put");
	rig_free(&g);
}

static void
begin_and_leave(struct mail *m, struct loop *loop)
{
	rig_begin(m, loop);
	loop_stop(loop);
}

static void
test_close_finishes(void)
{
	struct store_request	r[3] = { rig_put(1, 1), rig_put(2, 1),
				    rig_put(3, 1) };
	struct rig		g;
	size_t			i;

	rig_new(&g);
	(void)rig_start(&g);
	g.requests = r;
	g.asked = g.left = 3;
	g.begin.run = begin_and_leave;
	loop_post(NULL, g.loop, &g.begin);
	loop_run(g.loop);
	store_close(&g.store);
	loop_run(g.loop);
	ok(g.left == 0 && r[2].err == PUSH_OK,
	    "what was asked before the close is answered");
	(void)rig_start(&g);
	ok(rig_count(&g, 1, 3) == 3, "and stored");
	for (i = 0; i < 3; i++)
		rig_put_free(&r[i]);
	rig_free(&g);
}

/* Four loops put into one store, each its own rows in ascending order. */
struct asker {
	struct rig	rig;
	pthread_t	thread;
	uint64_t	first, last_seen;
	size_t		good;
	bool		ordered;
};

static void
note_ascending(struct rig *g, struct store_request *r)
{
	struct asker	*a = (struct asker *)(void *)g;

	a->ordered = a->ordered && r->row.row > a->last_seen;
	a->last_seen = r->row.row;
}

static void *
put_many(void *arg)
{
	struct asker	*a = arg;
	uint64_t	 n;

	a->ordered = true;
	a->rig.seen = note_ascending;
	for (n = 0; n < 10; n++)
		a->good += rig_put_range(&a->rig, a->first + n * 100,
		    a->first + n * 100 + 99);
	return NULL;
}

static void
test_several_loops(void)
{
	static struct asker	a[4];
	struct err_text		why;
	struct rig		g;
	size_t			i, good = 0;
	bool			ordered = true;

	rig_new(&g);
	(void)rig_start(&g);
	for (i = 0; i < 4; i++) {
		a[i].first = 1 + i * 1000;
		a[i].rig.store = g.store;
		a[i].rig.loop = loop_new("auto", &why);
		loop_set_owner(a[i].rig.loop, &a[i].rig);
		(void)pthread_create(&a[i].thread, NULL, put_many, &a[i]);
	}
	for (i = 0; i < 4; i++) {
		(void)pthread_join(a[i].thread, NULL);
		loop_free(&a[i].rig.loop);
		good += a[i].good;
		ordered = ordered && a[i].ordered;
	}
	ok(good == 4000, "four loops put at the same time");
	ok(ordered, "each is answered in its own order");
	ok(rig_count(&g, 1, 4000) == 4000, "and all of it is stored");
	rig_free(&g);
}

int
main(void)
{
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	test_accounts();
	test_account_deletion();
	test_bodies();
	test_ends();
	test_show_several();
	test_order();
	test_forget();
	test_reopen();
	test_groups();
	test_close_finishes();
	test_several_loops();
	return tap_done();
}
