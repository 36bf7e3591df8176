/*
 * account - what takes its time with accounts: looking one up, checking a
 * password, making, changing and deleting one.
 *
 * Each is an operation that passes through the store, the key derivation
 * pool and the account's home shard, and ends with done() in the shard that
 * asked.  Those that write the same account do so one after the other.
 * Shared by logins and by the control socket.
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <stdbool.h>

#include "base/err.h"
#include "kdf.h"
#include "shard.h"
#include "store.h"

enum account_verb {
	ACCOUNT_LOOKUP,		/* out: row (a fake cred for nobody) */
	ACCOUNT_CHECK,		/* in: password.  PUSH_OK: it is right;
				 * PUSH_E_DENIED: right, but disabled */
	ACCOUNT_CREATE,		/* in: password, or has_cred; want */
	ACCOUNT_REGISTER,	/* as CREATE; an existing name with the same
				 * password is a success */
	ACCOUNT_CHANGE,		/* in: as CREATE.  Changes what is given; makes
				 * the account if there is a credential */
	ACCOUNT_DELETE,		/* out: dropped */
};

struct account_op {
	struct mail		 mail;
	struct store_request	 ask;
	struct kdf_job		 kdf;
	struct shard		*from;		/* that asked */
	struct shard		*at;		/* that works on it */
	struct account_op	*next, *last;	/* that wait behind it */
	enum account_verb	 verb;
	enum push_err		 err;		/* out */
	bool			 found;		/* out: the account exists */
	bool			 created;	/* out */
	char			*password;	/* wiped at the end */
	bool			 has_cred, has_owner, has_enabled;
	bool			 only_existing;	/* CHANGE makes none */
	struct store_account	 row;		/* in and out */
	struct store_account	 want;		/* the new values: has_* */
	size_t			 dropped;
	/* home shard: deleted, but the device and its sessions are there */
	void			(*on_deleted)(struct account_op *);
	void			(*done)(struct account_op *);
	void			*arg;		/* the owner's; NULL: gone */
};

/* name is prepared; password may be NULL.  Both are copied. */
struct account_op	*account_op_new(struct shard *, enum account_verb,
			    const char *name, const char *password,
			    void (*done)(struct account_op *), void *arg);
void			 account_op_free(struct account_op **);
/* Begins.  done() comes later, never before this returns. */
void			 account_begin(struct account_op *);

#endif
