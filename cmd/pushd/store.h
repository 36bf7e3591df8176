/*
 * store - the only door to the disk: accounts, pushes, their ends.
 *
 * Asynchronous: a request goes to the store's own thread, its completion
 * comes back as mail to the loop that asked, after the group's commit.  The
 * thread commits in groups: what arrived while the last fsync ran, up to
 * STORE_GROUP_ROWS or STORE_GROUP_MS.  Requests of one loop are carried out
 * in the order in which they were made.
 *
 * A request is a struct with a head; the caller allocates it, owns it again
 * in done(), and frees it there.  What a request points to lives until then.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/loop.h"
#include "xmpp/scram.h"

#define STORE_GROUP_ROWS	1000
#define STORE_GROUP_MS		2
#define STORE_FORGET_ROWS	1000

struct store;

/* One row of an account; strings are owned by whoever made the row. */
struct store_account {
	int64_t			 id;		/* 0: not stored yet */
	char			*name;		/* prepared localpart */
	char			*owner;		/* NULL: none */
	bool			 enabled;
	int64_t			 created_ms;	/* wall */
	int64_t			 seen_ms;	/* 0: never */
	struct scram_cred	 cred;
};

/* One push to one device: a row. */
struct store_row {
	uint64_t	 row;		/* unique, ascending: the key */
	uint64_t	 push;		/* its push: == row unless of several */
	int64_t		 account;
	int64_t		 accepted_ms;	/* wall */
	int64_t		 expires_ms;	/* wall */
	const char	*body;		/* the push object, JSON */
	size_t		 bodylen;
};

enum store_verb {
	STORE_PUT,		/* in: row.  Append a queued push */
	STORE_END,		/* in: row.row, state, when_ms.  It ended; one
				 * that ended delivered can become read */
	STORE_READ,		/* in: keys.  out: rows.  Bodies of pushes */
	STORE_SHOW,		/* in: row.push.  out: rows, states; the body
				 * in the first row only */
	STORE_ACCOUNT_ADD,	/* in: account.  out: account->id */
	STORE_ACCOUNT_GET,	/* in: account->name.  out: all the rest;
				 * owner, malloc'd, is replaced */
	STORE_ACCOUNT_SET,	/* in: account: all but name is rewritten */
	STORE_ACCOUNT_SEEN,	/* in: account->id, seen_ms */
	STORE_ACCOUNT_DEL,	/* in: account->id; its queue goes too */
	STORE_FORGET,		/* in: when_ms.  Drops what ended before it,
				 * the oldest STORE_FORGET_ROWS.  out: rowcount
				 * of them */
};

struct store_request {
	struct mail		 mail;		/* the store's, as is next */
	struct store_request	*next;
	struct loop		*from;		/* where done() runs */
	enum store_verb		 verb;
	enum push_err		 err;		/* out: PUSH_OK, PUSH_E_DISK,
						 * _UNKNOWN, _EXISTS */
	void			(*done)(struct store_request *);
	struct store_row	 row;
	int			 state;		/* enum fate of an end */
	int64_t			 when_ms;
	struct store_account	*account;
	const uint64_t		*keys;		/* STORE_READ */
	size_t			 keycount;
	/*
	 * out: rows in the order of the keys, those that are gone, ended
	 * or damaged left out; freed by store_rows_free() in done().
	 */
	struct store_row	*rows;
	int			*states;	/* STORE_SHOW: fates of rows */
	size_t			 rowcount;
};

/*
 * Opens or makes the store in a folder, locks it against a second server
 * and migrates it; refuses a newer schema.  Returns NULL and a sentence.
 */
struct store	*store_open(const char *dir, struct err_text *);
/*
 * Before store_start(), on the caller's thread: hands out every account and
 * then every queued push (row, push, account, expires; no body), in order of
 * their keys, and the highest key ever used.  Returns 0, or -1 and a
 * sentence.
 */
int	store_load(struct store *,
	    void (*on_account)(void *, const struct store_account *),
	    void (*on_queued)(void *, const struct store_row *, size_t bytes),
	    void *arg, uint64_t *highest, struct err_text *);
int	store_start(struct store *, struct err_text *);
/* Asks.  r->from must be the loop of this thread. */
void	store_ask(struct store *, struct store_request *);
/*
 * Puts what was asked before on disk and posts its completions, ends the
 * thread, closes.  Not in a turn of a loop that asked something in it.
 */
void	store_close(struct store **);
void	store_rows_free(struct store_request *);

/*
 * A key-value pair for the server itself (its secret, for instance), used
 * before store_start() only.  get returns the length, 0 for none, -1 on
 * failure.
 */
ssize_t	store_meta_get(struct store *, const char *key, void *, size_t max);
int	store_meta_set(struct store *, const char *key, const void *, size_t);

#endif
