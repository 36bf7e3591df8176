#include "store_sqlite.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define SCHEMA		1	/* PRAGMA user_version of what we write */
#define SCHEMA_TEXT	"1"
#define PATH_MAX_DIR	3072
#define BUSY_MS		1000	/* for somebody who looks into the file */

/*
 * Pushes only ever go in at the end, in the table as in its indexes: random
 * keys cost five times as much.  push is NULL where it equals row, ended
 * until the push has ended.  push_queued is all that a start has to read.
 */
static const char	tables[] =
	"CREATE TABLE account("
	" id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,"
	" owner TEXT, enabled INTEGER NOT NULL, created INTEGER NOT NULL,"
	" seen INTEGER NOT NULL, iterations INTEGER NOT NULL,"
	" salt BLOB NOT NULL, stored1 BLOB NOT NULL, server1 BLOB NOT NULL,"
	" stored256 BLOB NOT NULL, server256 BLOB NOT NULL);"
	"CREATE TABLE push("
	" row INTEGER PRIMARY KEY, push INTEGER, account INTEGER NOT NULL,"
	" accepted INTEGER NOT NULL, expires INTEGER NOT NULL,"
	" state INTEGER NOT NULL, ended INTEGER, bytes INTEGER NOT NULL,"
	" crc INTEGER NOT NULL, body BLOB NOT NULL);"
	"CREATE INDEX push_queued ON push(row, account, push, expires, bytes)"
	" WHERE ended IS NULL;"
	"CREATE INDEX push_ended ON push(ended) WHERE ended IS NOT NULL;"
	"CREATE INDEX push_several ON push(push) WHERE push IS NOT NULL;"
	"CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	"PRAGMA user_version = " SCHEMA_TEXT ";";

/* Before anything is written; then what makes it ours. */
static const char	settings[] =
	"PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL;"
	"PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;"
	"PRAGMA foreign_keys = OFF; PRAGMA cell_size_check = ON;"
	"PRAGMA trusted_schema = OFF; PRAGMA wal_autocheckpoint = 4000;"
	"PRAGMA journal_size_limit = 67108864;";
static const char	gone[] =
	"CREATE TEMP TABLE gone(id INTEGER PRIMARY KEY);";

#define ROW_COLUMNS							\
	"row, push, account, accepted, expires, state, crc, body"
#define HIGHEST								\
	"max(ifnull((SELECT max(row) FROM push), 0),"			\
	" ifnull((SELECT max(push) FROM push WHERE push IS NOT NULL), 0)," \
	" ifnull((SELECT value FROM meta WHERE key = 'highest'), 0))"

static const char *const	statements[SQL_COUNT] = {
	[SQL_BEGIN] = "BEGIN",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_PUT] = "INSERT INTO push(row, push, account, accepted, expires,"
	    " state, bytes, crc, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
	    " ?9)",
	/* ?4: NULL, or the end that this one may follow */
	[SQL_END] = "UPDATE push SET state = ?2, ended = ?3"
	    " WHERE row = ?1 AND (ended IS NULL OR state = ?4)",
	[SQL_READ] = "SELECT " ROW_COLUMNS " FROM push"
	    " WHERE row = ?1 AND ended IS NULL",
	[SQL_SHOW] = "SELECT " ROW_COLUMNS " FROM push"
	    " WHERE row = ?1 AND push IS NULL"
	    " UNION ALL SELECT " ROW_COLUMNS " FROM push"
	    " WHERE push = ?1 ORDER BY row",
	[SQL_FORGET] = "DELETE FROM push WHERE row IN (SELECT row FROM push"
	    " INDEXED BY push_ended WHERE ended < ?1 ORDER BY ended LIMIT ?2)",
	[SQL_ACCOUNT_ADD] = "INSERT INTO account(name, owner, enabled,"
	    " created, seen, iterations, salt, stored1, server1, stored256,"
	    " server256) VALUES(?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
	    " ?12)",
	[SQL_ACCOUNT_GET] = "SELECT " STORE_ACCOUNT_COLUMNS " FROM account"
	    " WHERE name = ?1",
	[SQL_ACCOUNT_SET] = "UPDATE account SET owner = ?3, enabled = ?4,"
	    " created = ?5, seen = ?6, iterations = ?7, salt = ?8,"
	    " stored1 = ?9, server1 = ?10, stored256 = ?11, server256 = ?12"
	    " WHERE id = ?1",
	[SQL_ACCOUNT_SEEN] = "UPDATE account SET seen = ?2 WHERE id = ?1",
	[SQL_ACCOUNT_DEL] = "DELETE FROM account WHERE id = ?1",
	[SQL_GONE_ADD] = "INSERT OR IGNORE INTO gone(id) VALUES(?1)",
	[SQL_GONE_PURGE] = "DELETE FROM push WHERE row IN (SELECT row"
	    " FROM push INDEXED BY push_queued WHERE ended IS NULL"
	    " AND account IN (SELECT id FROM gone))",
	[SQL_GONE_CLEAR] = "DELETE FROM gone",
	[SQL_HIGHEST_GET] = "SELECT " HIGHEST,
	[SQL_HIGHEST_KEEP] = "INSERT OR REPLACE INTO meta(key, value)"
	    " SELECT 'highest', " HIGHEST,
	[SQL_META_GET] = "SELECT value FROM meta WHERE key = ?1",
	[SQL_META_SET] = "INSERT OR REPLACE INTO meta(key, value)"
	    " VALUES(?1, ?2)",
};

static int
path_of(char *out, size_t n, const char *dir, const char *name,
    struct err_text *why)
{
	if ((size_t)snprintf(out, n, "%s/%s", dir, name) >= n)
		return err_set(why, "store: the folder's name is too long");
	return 0;
}

/*
 * Opens or makes a file of ours with mode 0600.  What stands in its place,
 * a FIFO or somebody's link, is neither followed nor waited for.
 */
static int
own_file(const char *path, struct err_text *why)
{
	struct stat	st;
	int		fd;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
	    0600);
	if (fd < 0)
		return err_set(why, "store: %s: %s%s", path, strerror(errno),
		    errno == ELOOP ? " (it must not be a link)" : "");
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    ((st.st_mode & 077) == 0 || fchmod(fd, 0600) == 0))
		return fd;
	(void)close(fd);
	return err_set(why, "store: %s: not a file of ours (move it away, or "
	    "use another data folder)", path);
}

static int
lock_dir(struct store *s, const char *dir, struct err_text *why)
{
	char	path[PATH_MAX_DIR];

	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return err_set(why, "store: %s: %s (make the folder above it)",
		    dir, strerror(errno));
	if (path_of(path, sizeof(path), dir, "lock", why) != 0 ||
	    (s->lock = own_file(path, why)) < 0)
		return -1;
	if (flock(s->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return err_set(why, "store: %s is in use by another pushd "
		    "(stop it, or use another data folder)", dir);
	return err_set(why, "store: %s: %s", path, strerror(errno));
}

static int
sql_error(struct store *s, struct err_text *why)
{
	int	code = sqlite3_errcode(s->db);

	return err_set(why, "store: %s/push.db: %s%s", s->dir,
	    sqlite3_errmsg(s->db),
	    code == SQLITE_BUSY ? " (another program has it open)" :
	    code == SQLITE_NOTADB || code == SQLITE_CORRUPT ?
	    " (restore it from a backup, or move it away)" : "");
}

static int
execute(struct store *s, const char *sql, struct err_text *why)
{
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return sql_error(s, why);
	return 0;
}

/* The first column of the first row, as a number and as text. */
static int
query(struct store *s, const char *sql, int64_t *number, char text[8],
    struct err_text *why)
{
	sqlite3_stmt	*q = NULL;
	const char	*t = NULL;

	if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) == SQLITE_OK &&
	    sqlite3_step(q) == SQLITE_ROW) {
		*number = sqlite3_column_int64(q, 0);
		t = (const char *)sqlite3_column_text(q, 0);
	}
	if (t != NULL)
		(void)snprintf(text, 8, "%s", t);
	else
		(void)sql_error(s, why);
	(void)sqlite3_finalize(q);
	return t != NULL ? 0 : -1;
}

/* Decides before anything is written whether the file is one of ours. */
static int
know_schema(struct store *s, int64_t *version, struct err_text *why)
{
	int64_t	found;
	char	text[8];

	if (query(s, "PRAGMA user_version", version, text, why) != 0 ||
	    query(s, "SELECT count(*) FROM sqlite_master", &found, text,
	    why) != 0)
		return -1;
	if (*version > SCHEMA)
		return err_set(why, "store: %s/push.db: made by a newer pushd "
		    "(schema %lld, this one knows %d): use that one", s->dir,
		    (long long)*version, SCHEMA);
	if (*version < 0 || (*version == 0 && found > 0))
		return err_set(why, "store: %s/push.db: not a store of pushd "
		    "(move it away)", s->dir);
	return 0;
}

static int
make_schema(struct store *s, int64_t version, struct err_text *why)
{
	if (version == SCHEMA)
		return 0;
	if (execute(s, "BEGIN", why) != 0 || execute(s, tables, why) != 0)
		return -1;
	return execute(s, "COMMIT", why);
}

static int
prepare(struct store *s, struct err_text *why)
{
	int	i;

	for (i = 0; i < SQL_COUNT; i++)
		if (sqlite3_prepare_v3(s->db, statements[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &s->sql[i], NULL) != SQLITE_OK)
			return sql_error(s, why);
	return 0;
}

static int
connect_db(struct store *s, const char *path, struct err_text *why)
{
	int	flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;

	if (sqlite3_open_v2(path, &s->db, flags, NULL) == SQLITE_OK)
		return 0;
	return sql_error(s, why);
}

int
store_db_open(struct store *s, const char *dir, struct err_text *why)
{
	char	path[PATH_MAX_DIR], mode[8];
	int64_t	version, unused;
	int	fd;

	if (lock_dir(s, dir, why) != 0 ||
	    path_of(path, sizeof(path), dir, "push.db", why) != 0 ||
	    (fd = own_file(path, why)) < 0)
		return -1;
	/* Before SQLite has its locks: closing a descriptor drops them. */
	(void)close(fd);
	if (connect_db(s, path, why) != 0)
		return -1;
	(void)sqlite3_busy_timeout(s->db, BUSY_MS);
	/* What is refused stays as it was. */
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
	    NULL);
	if (execute(s, settings, why) != 0 ||
	    know_schema(s, &version, why) != 0)
		return -1;
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0,
	    NULL);
	if (query(s, "PRAGMA journal_mode = WAL", &unused, mode, why) != 0)
		return -1;
	if (strcmp(mode, "wal") != 0)
		return err_set(why, "store: %s: no write-ahead log there (is "
		    "the folder read-only?)", dir);
	if (make_schema(s, version, why) != 0 || execute(s, gone, why) != 0)
		return -1;
	if (prepare(s, why) != 0)
		return -1;
	/* The last server may have died between a failure and its cure. */
	if (store_db_renew(s) != 0) {
		store_db_failed(s);
		s->suspect = true;
	}
	return 0;
}

void
store_db_close(struct store *s)
{
	int	i;

	for (i = 0; i < SQL_COUNT; i++)
		(void)sqlite3_finalize(s->sql[i]);
	if (sqlite3_close(s->db) != SQLITE_OK)
		log_error("store", "close: %s", sqlite3_errmsg(s->db));
	if (s->lock >= 0)
		(void)close(s->lock);
}

int
store_db_run(struct store *s, enum store_sql which)
{
	int	rc = sqlite3_step(s->sql[which]);

	(void)sqlite3_reset(s->sql[which]);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : rc;
}

void
store_db_failed(struct store *s)
{
	int	code = sqlite3_extended_errcode(s->db);

	if (!s->in_trouble)
		log_error("store", "cannot write, pushes are refused until it "
		    "works again error=\"%s\" code=%d",
		    sqlite3_errmsg(s->db), code);
	s->in_trouble = true;
	s->group.failed = true;
	if ((code & 0xff) == SQLITE_IOERR)
		s->suspect = true;
	if (!sqlite3_get_autocommit(s->db))
		(void)store_db_run(s, SQL_ROLLBACK);
}

void
store_db_worked(struct store *s)
{
	if (s->in_trouble)
		log_info("store", "writes again");
	s->in_trouble = false;
}

/*
 * The kernel reports a failed write-back once and then takes the lost pages
 * for clean: a later fsync of the same file proves nothing about them, and
 * recovery could take frames of a failed group for committed ones.  So all
 * that was confirmed is written anew into the database file, and the log
 * starts again from nothing.
 */
int
store_db_renew(struct store *s)
{
	if (sqlite3_wal_checkpoint_v2(s->db, "main",
	    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) != SQLITE_OK)
		return -1;
	s->suspect = false;
	return 0;
}
