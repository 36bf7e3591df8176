/* store_push - what the store does with pushes, in its own thread. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/mem.h"
#include "ctl/fate.h"
#include "store_sqlite.h"

#define STAMP	40	/* bytes of a row's numbers under its checksum */

/* These numbers are on disks. */
_Static_assert(FATE_QUEUED == 1 && FATE_DELIVERED == 3 && FATE_READ == 4 &&
    FATE_EXPIRED == 5 && FATE_REPLACED == 6 && FATE_CANCELLED == 7 &&
    FATE_REFUSED == 8 && FATE_FAILED == 9, "a fate's number has changed");

static void
put64(unsigned char *out, uint64_t v)
{
	int	i;

	for (i = 0; i < 8; i++)
		out[i] = (unsigned char)(v >> 8 * i);
}

static uint32_t
checksum(const struct store_row *row)
{
	unsigned char	stamp[STAMP];

	put64(stamp, row->row);
	put64(stamp + 8, row->push);
	put64(stamp + 16, (uint64_t)row->account);
	put64(stamp + 24, (uint64_t)row->accepted_ms);
	put64(stamp + 32, (uint64_t)row->expires_ms);
	return digest_crc32c(digest_crc32c(0, stamp, sizeof(stamp)),
	    row->body, row->bodylen);
}

enum push_err
store_push_put(struct store *s, struct store_request *r)
{
	const struct store_row	*row = &r->row;
	sqlite3_stmt		*q = s->sql[SQL_PUT];

	(void)sqlite3_bind_int64(q, 1, (int64_t)row->row);
	if (row->push == row->row)
		(void)sqlite3_bind_null(q, 2);
	else
		(void)sqlite3_bind_int64(q, 2, (int64_t)row->push);
	(void)sqlite3_bind_int64(q, 3, row->account);
	(void)sqlite3_bind_int64(q, 4, row->accepted_ms);
	(void)sqlite3_bind_int64(q, 5, row->expires_ms);
	(void)sqlite3_bind_int(q, 6, FATE_QUEUED);
	(void)sqlite3_bind_int64(q, 7, (int64_t)row->bodylen);
	(void)sqlite3_bind_int64(q, 8, checksum(row));
	/* What SQLite does not take stays NULL, which the table refuses. */
	(void)sqlite3_bind_blob64(q, 9, row->bodylen > 0 ? row->body : "",
	    row->bodylen, SQLITE_STATIC);
	return store_verb_write(s, SQL_PUT);
}

enum push_err
store_push_end(struct store *s, struct store_request *r)
{
	sqlite3_stmt	*q = s->sql[SQL_END];

	(void)sqlite3_bind_int64(q, 1, (int64_t)r->row.row);
	(void)sqlite3_bind_int(q, 2, r->state);
	(void)sqlite3_bind_int64(q, 3, r->when_ms);
	if (r->state == FATE_READ)
		(void)sqlite3_bind_int(q, 4, FATE_DELIVERED);
	else
		(void)sqlite3_bind_null(q, 4);
	return store_verb_change(s, SQL_END);
}

static void
damaged(const struct store *s, uint64_t row, const char *how)
{
	log_error("store", "row left out: %s row=%llu file=%s/push.db", how,
	    (unsigned long long)row, s->dir);
}

/* Reads the columns; the body is copied.  False if it is not what was put. */
static bool
row_get(struct store *s, sqlite3_stmt *q, struct store_row *row)
{
	row->row = (uint64_t)sqlite3_column_int64(q, ROW_ROW);
	row->push = sqlite3_column_type(q, ROW_PUSH) == SQLITE_NULL ?
	    row->row : (uint64_t)sqlite3_column_int64(q, ROW_PUSH);
	row->account = sqlite3_column_int64(q, ROW_ACCOUNT);
	row->accepted_ms = sqlite3_column_int64(q, ROW_ACCEPTED);
	row->expires_ms = sqlite3_column_int64(q, ROW_EXPIRES);
	row->body = sqlite3_column_blob(q, ROW_BODY);
	row->bodylen = (size_t)sqlite3_column_bytes(q, ROW_BODY);
	if (row->body == NULL)
		row->bodylen = 0;
	if (checksum(row) != sqlite3_column_int64(q, ROW_CRC)) {
		damaged(s, row->row, "wrong checksum");
		return false;
	}
	row->body = mem_strndup(row->body != NULL ? row->body : "",
	    row->bodylen);
	return true;
}

/* What a failed step means: damage costs its row, all else the request. */
static enum push_err
read_failed(struct store *s, int rc, uint64_t key)
{
	if ((rc & 0xff) == SQLITE_CORRUPT) {
		s->group.spoilt = true;
		damaged(s, key, "damaged page");
		return PUSH_OK;
	}
	log_error("store", "cannot read row=%llu error=\"%s\"",
	    (unsigned long long)key, sqlite3_errmsg(s->db));
	return PUSH_E_DISK;
}

enum push_err
store_push_read(struct store *s, struct store_request *r)
{
	sqlite3_stmt	*q = s->sql[SQL_READ];
	enum push_err	 err = PUSH_OK;
	size_t		 i;
	int		 rc;

	r->rows = mem_zalloc(r->keycount + 1, sizeof(*r->rows));
	for (i = 0; i < r->keycount && err == PUSH_OK; i++) {
		(void)sqlite3_bind_int64(q, 1, (int64_t)r->keys[i]);
		rc = sqlite3_step(q);
		if (rc == SQLITE_ROW)
			r->rowcount += row_get(s, q, &r->rows[r->rowcount]);
		else if (rc != SQLITE_DONE)
			err = read_failed(s, rc, r->keys[i]);
		(void)sqlite3_reset(q);
	}
	return err;
}

static void
show_row(struct store *s, sqlite3_stmt *q, struct store_request *r,
    size_t *cap)
{
	struct store_row	row;

	if (!row_get(s, q, &row))
		return;
	if (r->rowcount == *cap) {
		*cap = *cap * 2 + 1;
		r->rows = mem_realloc(r->rows, *cap, sizeof(*r->rows));
		r->states = mem_realloc(r->states, *cap, sizeof(*r->states));
	}
	/* A push to a thousand devices has its body a thousand times. */
	if (r->rowcount > 0) {
		free((void *)(uintptr_t)row.body);
		row.body = NULL;
		row.bodylen = 0;
	}
	r->states[r->rowcount] = sqlite3_column_int(q, ROW_STATE);
	r->rows[r->rowcount++] = row;
}

enum push_err
store_push_show(struct store *s, struct store_request *r)
{
	sqlite3_stmt	*q = s->sql[SQL_SHOW];
	enum push_err	 err = PUSH_OK;
	size_t		 cap = 0;
	int		 rc;

	(void)sqlite3_bind_int64(q, 1, (int64_t)r->row.push);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW)
		show_row(s, q, r, &cap);
	if (rc != SQLITE_DONE)
		err = read_failed(s, rc, r->row.push);
	(void)sqlite3_reset(q);
	return err == PUSH_OK && r->rowcount == 0 ? PUSH_E_UNKNOWN : err;
}

enum push_err
store_push_forget(struct store *s, struct store_request *r)
{
	sqlite3_stmt	*q = s->sql[SQL_FORGET];
	enum push_err	 err = store_verb_write(s, SQL_HIGHEST_KEEP);

	(void)sqlite3_bind_int64(q, 1, r->when_ms);
	(void)sqlite3_bind_int(q, 2, STORE_FORGET_ROWS);
	if (err == PUSH_OK)
		err = store_verb_write(s, SQL_FORGET);
	if (err == PUSH_OK)
		r->rowcount = (size_t)sqlite3_changes(s->db);
	return err;
}
