/* store_account - what the store does with accounts, in its own thread. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/mem.h"
#include "store_sqlite.h"

static void
bind_bytes(sqlite3_stmt *q, int at, const unsigned char *p, size_t n)
{
	(void)sqlite3_bind_blob64(q, at, p, n, SQLITE_STATIC);
}

/* Parameters as in the table of accounts, from 1. */
static void
account_bind(sqlite3_stmt *q, const struct store_account *a)
{
	const struct scram_cred	*c = &a->cred;

	(void)sqlite3_bind_text(q, 3, a->owner, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int(q, 4, a->enabled);
	(void)sqlite3_bind_int64(q, 5, a->created_ms);
	(void)sqlite3_bind_int64(q, 6, a->seen_ms);
	(void)sqlite3_bind_int64(q, 7, c->iterations);
	bind_bytes(q, 8, c->salt, sizeof(c->salt));
	bind_bytes(q, 9, c->sha1.stored, digest_size(DIGEST_SHA1));
	bind_bytes(q, 10, c->sha1.server, digest_size(DIGEST_SHA1));
	bind_bytes(q, 11, c->sha256.stored, digest_size(DIGEST_SHA256));
	bind_bytes(q, 12, c->sha256.server, digest_size(DIGEST_SHA256));
}

static void
column_string(sqlite3_stmt *q, int at, char **out)
{
	const char	*text = (const char *)sqlite3_column_text(q, at);

	free(*out);
	*out = text == NULL ? NULL : mem_strndup(text, strlen(text));
}

static void
column_bytes(sqlite3_stmt *q, int at, unsigned char *out, size_t n)
{
	const void	*p = sqlite3_column_blob(q, at);

	/* Of another length it is damaged: zeroes match nobody's proof. */
	if (p != NULL && (size_t)sqlite3_column_bytes(q, at) == n)
		memcpy(out, p, n);
}

void
store_account_from(sqlite3_stmt *q, struct store_account *a)
{
	struct scram_cred	*c = &a->cred;
	int64_t			 n = sqlite3_column_int64(q, ACC_ITERATIONS);

	a->id = sqlite3_column_int64(q, ACC_ID);
	if (a->name == NULL)
		column_string(q, ACC_NAME, &a->name);
	column_string(q, ACC_OWNER, &a->owner);
	a->enabled = sqlite3_column_int(q, ACC_ENABLED) != 0;
	a->created_ms = sqlite3_column_int64(q, ACC_CREATED);
	a->seen_ms = sqlite3_column_int64(q, ACC_SEEN);
	memset(c, 0, sizeof(*c));
	c->iterations = n < 1 || n > SCRAM_ITERATIONS_MAX ?
	    SCRAM_ITERATIONS_MIN : (uint32_t)n;
	column_bytes(q, ACC_SALT, c->salt, sizeof(c->salt));
	column_bytes(q, ACC_STORED1, c->sha1.stored, digest_size(DIGEST_SHA1));
	column_bytes(q, ACC_SERVER1, c->sha1.server, digest_size(DIGEST_SHA1));
	column_bytes(q, ACC_STORED256, c->sha256.stored,
	    digest_size(DIGEST_SHA256));
	column_bytes(q, ACC_SERVER256, c->sha256.server,
	    digest_size(DIGEST_SHA256));
}

enum push_err
store_account_add(struct store *s, struct store_request *r)
{
	sqlite3_stmt	*q = s->sql[SQL_ACCOUNT_ADD];
	enum push_err	 err;

	(void)sqlite3_bind_text(q, 2, r->account->name, -1, SQLITE_STATIC);
	account_bind(q, r->account);
	err = store_verb_write(s, SQL_ACCOUNT_ADD);
	if (err == PUSH_OK)
		r->account->id = sqlite3_last_insert_rowid(s->db);
	return err;
}

enum push_err
store_account_get(struct store *s, struct store_request *r)
{
	sqlite3_stmt	*q = s->sql[SQL_ACCOUNT_GET];
	enum push_err	 err = PUSH_OK;
	int		 rc;

	(void)sqlite3_bind_text(q, 1, r->account->name, -1, SQLITE_STATIC);
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW) {
		store_account_from(q, r->account);
	} else if (rc == SQLITE_DONE) {
		err = PUSH_E_UNKNOWN;
	} else {
		log_error("store", "cannot read an account error=\"%s\"",
		    sqlite3_errmsg(s->db));
		s->group.spoilt = (rc & 0xff) == SQLITE_CORRUPT;
		err = PUSH_E_DISK;
	}
	(void)sqlite3_reset(q);
	return err;
}

enum push_err
store_account_set(struct store *s, struct store_request *r)
{
	sqlite3_stmt	*q = s->sql[SQL_ACCOUNT_SET];

	(void)sqlite3_bind_int64(q, 1, r->account->id);
	account_bind(q, r->account);
	return store_verb_change(s, SQL_ACCOUNT_SET);
}

enum push_err
store_account_seen(struct store *s, struct store_request *r)
{
	sqlite3_stmt	*q = s->sql[SQL_ACCOUNT_SEEN];

	(void)sqlite3_bind_int64(q, 1, r->account->id);
	(void)sqlite3_bind_int64(q, 2, r->account->seen_ms);
	return store_verb_change(s, SQL_ACCOUNT_SEEN);
}

enum push_err
store_account_del(struct store *s, struct store_request *r)
{
	enum push_err	err;

	(void)sqlite3_bind_int64(s->sql[SQL_ACCOUNT_DEL], 1, r->account->id);
	err = store_verb_change(s, SQL_ACCOUNT_DEL);
	if (err != PUSH_OK)
		return err;
	(void)sqlite3_bind_int64(s->sql[SQL_GONE_ADD], 1, r->account->id);
	s->group.purge = true;
	return store_verb_write(s, SQL_GONE_ADD);
}

/*
 * Queues are not sorted by account (that would make each put a random
 * access), so all accounts that went in this group share one walk over what
 * is queued.
 */
void
store_account_purge(struct store *s)
{
	if (store_verb_write(s, SQL_HIGHEST_KEEP) == PUSH_OK &&
	    store_verb_write(s, SQL_GONE_PURGE) == PUSH_OK)
		(void)store_verb_write(s, SQL_GONE_CLEAR);
}
