#include "store.h"

#include <stdlib.h>
#include <string.h>

#include "store_sqlite.h"

static int
failed(struct store *s, struct err_text *why)
{
	return err_set(why, "store: %s/push.db: %s (restore it from a backup)",
	    s->dir, sqlite3_errmsg(s->db));
}

static int
load_accounts(struct store *s,
    void (*on_account)(void *, const struct store_account *), void *arg,
    struct err_text *why)
{
	struct store_account	 a = { 0 };
	sqlite3_stmt		*q;
	int			 rc;

	if (sqlite3_prepare_v2(s->db, "SELECT " STORE_ACCOUNT_COLUMNS
	    " FROM account ORDER BY id", -1, &q, NULL) != SQLITE_OK)
		return failed(s, why);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		free(a.name);
		a.name = NULL;
		store_account_from(q, &a);
		on_account(arg, &a);
	}
	free(a.name);
	free(a.owner);
	scram_cred_wipe(&a.cred);
	rc = rc == SQLITE_DONE ? 0 : failed(s, why);
	(void)sqlite3_finalize(q);
	return rc;
}

static int
load_queued(struct store *s,
    void (*on_queued)(void *, const struct store_row *, size_t), void *arg,
    struct err_text *why)
{
	struct store_row	 row = { 0 };
	sqlite3_stmt		*q;
	int			 rc;

	if (sqlite3_prepare_v2(s->db, "SELECT row, ifnull(push, row), account,"
	    " expires, bytes FROM push INDEXED BY push_queued"
	    " WHERE ended IS NULL ORDER BY row", -1, &q, NULL) != SQLITE_OK)
		return failed(s, why);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		row.row = (uint64_t)sqlite3_column_int64(q, 0);
		row.push = (uint64_t)sqlite3_column_int64(q, 1);
		row.account = sqlite3_column_int64(q, 2);
		row.expires_ms = sqlite3_column_int64(q, 3);
		on_queued(arg, &row, (size_t)sqlite3_column_int64(q, 4));
	}
	rc = rc == SQLITE_DONE ? 0 : failed(s, why);
	(void)sqlite3_finalize(q);
	return rc;
}

int
store_load(struct store *s,
    void (*on_account)(void *, const struct store_account *),
    void (*on_queued)(void *, const struct store_row *, size_t bytes),
    void *arg, uint64_t *highest, struct err_text *why)
{
	sqlite3_stmt	*q = s->sql[SQL_HIGHEST_GET];

	if (load_accounts(s, on_account, arg, why) != 0 ||
	    load_queued(s, on_queued, arg, why) != 0)
		return -1;
	if (sqlite3_step(q) != SQLITE_ROW)
		return failed(s, why);
	*highest = (uint64_t)sqlite3_column_int64(q, 0);
	(void)sqlite3_reset(q);
	return 0;
}

ssize_t
store_meta_get(struct store *s, const char *key, void *out, size_t max)
{
	sqlite3_stmt	*q = s->sql[SQL_META_GET];
	ssize_t		 n = -1;
	int		 rc, len;

	(void)sqlite3_bind_text(q, 1, key, -1, SQLITE_STATIC);
	rc = sqlite3_step(q);
	if (rc == SQLITE_DONE) {
		n = 0;
	} else if (rc == SQLITE_ROW) {
		len = sqlite3_column_bytes(q, 0);
		if ((size_t)len <= max) {
			memcpy(out, sqlite3_column_blob(q, 0), (size_t)len);
			n = len;
		}
	}
	(void)sqlite3_reset(q);
	return n;
}

int
store_meta_set(struct store *s, const char *key, const void *value, size_t n)
{
	sqlite3_stmt	*q = s->sql[SQL_META_SET];

	(void)sqlite3_bind_text(q, 1, key, -1, SQLITE_STATIC);
	if (sqlite3_bind_blob64(q, 2, value, n, SQLITE_STATIC) != SQLITE_OK)
		return -1;
	return store_db_run(s, SQL_META_SET) == 0 ? 0 : -1;
}
