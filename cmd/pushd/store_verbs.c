/* store_verbs - carries out one request, in the store's thread. */
#include "base/log.h"
#include "store_sqlite.h"

enum push_err
store_verb_write(struct store *s, enum store_sql which)
{
	int	rc = store_db_run(s, which);
	int	code;

	if (rc == 0)
		return PUSH_OK;
	if ((rc & 0xff) == SQLITE_CORRUPT) {
		log_error("store", "damaged page, one request refused "
		    "file=%s/push.db", s->dir);
		s->group.spoilt = true;
		return PUSH_E_DISK;
	}
	if ((rc & 0xff) != SQLITE_CONSTRAINT) {
		store_db_failed(s);
		return PUSH_E_DISK;
	}
	code = sqlite3_extended_errcode(s->db);
	return code == SQLITE_CONSTRAINT_UNIQUE ||
	    code == SQLITE_CONSTRAINT_PRIMARYKEY ||
	    code == SQLITE_CONSTRAINT_ROWID ? PUSH_E_EXISTS : PUSH_E_DISK;
}

enum push_err
store_verb_change(struct store *s, enum store_sql which)
{
	enum push_err	err = store_verb_write(s, which);

	if (err == PUSH_OK && sqlite3_changes(s->db) == 0)
		return PUSH_E_UNKNOWN;
	return err;
}

static const struct {
	enum push_err	(*run)(struct store *, struct store_request *);
	bool		 writes;
} verbs[] = {
	[STORE_PUT] = { store_push_put, true },
	[STORE_END] = { store_push_end, true },
	[STORE_READ] = { store_push_read, false },
	[STORE_SHOW] = { store_push_show, false },
	[STORE_ACCOUNT_ADD] = { store_account_add, true },
	[STORE_ACCOUNT_GET] = { store_account_get, false },
	[STORE_ACCOUNT_SET] = { store_account_set, true },
	[STORE_ACCOUNT_SEEN] = { store_account_seen, true },
	[STORE_ACCOUNT_DEL] = { store_account_del, true },
	[STORE_FORGET] = { store_push_forget, true },
};

bool
store_verb_writes(enum store_verb verb)
{
	return verbs[verb].writes;
}

enum push_err
store_verb_run(struct store *s, struct store_request *r)
{
	enum push_err	err = verbs[r->verb].run(s, r);

	/* Some errors of a reader take the whole transaction with them. */
	if (!s->group.failed && sqlite3_get_autocommit(s->db))
		store_db_failed(s);
	return err;
}
