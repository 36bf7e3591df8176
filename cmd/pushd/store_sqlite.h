/*
 * store_sqlite - what the store is made of, for cmd/pushd/store_*.c only.
 *
 * store_sqlite.c is the store's life: its thread and its groups;
 * store_db.c the files, the connection, the schema and what follows from a
 * failure; store_verbs.c, store_push.c and store_account.c carry out one
 * request; store_load.c is what happens before the thread starts.
 */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include <sqlite3.h>

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/loop.h"
#include "store.h"

/* The prepared statements, in the order of the table in store_db.c. */
enum store_sql {
	SQL_BEGIN, SQL_COMMIT, SQL_ROLLBACK,
	SQL_PUT, SQL_END, SQL_READ, SQL_SHOW, SQL_FORGET,
	SQL_ACCOUNT_ADD, SQL_ACCOUNT_GET, SQL_ACCOUNT_SET, SQL_ACCOUNT_SEEN,
	SQL_ACCOUNT_DEL,
	SQL_GONE_ADD, SQL_GONE_PURGE, SQL_GONE_CLEAR,
	SQL_HIGHEST_GET, SQL_HIGHEST_KEEP,
	SQL_META_GET, SQL_META_SET,
	SQL_COUNT
};

/* Columns of SQL_READ and SQL_SHOW. */
enum {
	ROW_ROW, ROW_PUSH, ROW_ACCOUNT, ROW_ACCEPTED, ROW_EXPIRES, ROW_STATE,
	ROW_CRC, ROW_BODY
};

/* Columns of SQL_ACCOUNT_GET and of the list of accounts. */
#define STORE_ACCOUNT_COLUMNS						\
	"id, name, owner, enabled, created, seen, iterations, salt, "	\
	"stored1, server1, stored256, server256"
enum {
	ACC_ID, ACC_NAME, ACC_OWNER, ACC_ENABLED, ACC_CREATED, ACC_SEEN,
	ACC_ITERATIONS, ACC_SALT, ACC_STORED1, ACC_SERVER1, ACC_STORED256,
	ACC_SERVER256
};

/* The transaction that the store's thread has open. */
struct store_group {
	struct store_request	*first, **last;
	size_t			 count;		/* 0: none is open */
	uint64_t		 begun_ms;
	bool			 wrote;		/* something asked to write */
	bool			 failed;	/* writes nothing more */
	bool			 purge;		/* accounts went */
	bool			 spoilt;	/* met a damaged page */
	unsigned		 repeats;	/* because of such pages */
};

struct store {
	char			*dir;
	int			 lock;		/* held by flock() */
	sqlite3			*db;
	sqlite3_stmt		*sql[SQL_COUNT];
	struct loop		*loop;		/* of the store's thread */
	pthread_t		 thread;
	bool			 started;
	struct mail		 stop;
	struct loop_hook	 turn_end;
	struct store_group	 group;
	bool			 in_trouble;	/* logged: cannot write */
	bool			 suspect;	/* the log file's end may not
						 * be on disk */
};

/* store_db.c */
int	store_db_open(struct store *, const char *dir, struct err_text *);
void	store_db_close(struct store *);
/* Runs a statement that answers no rows.  An SQLite code; 0 is success. */
int	store_db_run(struct store *, enum store_sql);
/* After a failed write: the group is lost.  Rolls back, logs once. */
void	store_db_failed(struct store *);
/* After a commit that wrote. */
void	store_db_worked(struct store *);
/* Ends the suspicion by a new log file.  Returns 0 or -1. */
int	store_db_renew(struct store *);

/* store_verbs.c */
bool		store_verb_writes(enum store_verb);
enum push_err	store_verb_run(struct store *, struct store_request *);
/*
 * Carries out a bound statement that writes.  What the request itself
 * brought about fails it alone (PUSH_E_EXISTS), and so does a damaged page
 * (the group is spoilt: to be repeated without it); all else fails the
 * group.
 */
enum push_err	store_verb_write(struct store *, enum store_sql);
/* As store_verb_write; PUSH_E_UNKNOWN where it changed no row. */
enum push_err	store_verb_change(struct store *, enum store_sql);

/* store_push.c: one function for each verb */
enum push_err	store_push_put(struct store *, struct store_request *);
enum push_err	store_push_end(struct store *, struct store_request *);
enum push_err	store_push_read(struct store *, struct store_request *);
enum push_err	store_push_show(struct store *, struct store_request *);
enum push_err	store_push_forget(struct store *, struct store_request *);

/* store_account.c */
enum push_err	store_account_add(struct store *, struct store_request *);
enum push_err	store_account_get(struct store *, struct store_request *);
enum push_err	store_account_set(struct store *, struct store_request *);
enum push_err	store_account_seen(struct store *, struct store_request *);
enum push_err	store_account_del(struct store *, struct store_request *);
/* Before the commit: the queues of all accounts that went. */
void		store_account_purge(struct store *);
/* Fills from columns: owner is replaced, name only where it is NULL. */
void		store_account_from(sqlite3_stmt *, struct store_account *);

#endif
