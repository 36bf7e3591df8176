/*
 * kdf - the pool of threads that derive keys from passwords, so that PBKDF2
 * (milliseconds) never runs on a loop.
 *
 * Jobs wait in lanes, by whom they are for, and the lanes take turns: who
 * guesses passwords by the thousand delays himself.
 */
#ifndef KDF_H
#define KDF_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "io/loop.h"
#include "xmpp/scram.h"

struct kdf;

struct kdf_job {
	struct mail		 mail;		/* the pool's */
	struct kdf_job		*next;
	struct loop		*from;		/* where done() runs */
	void			(*done)(struct kdf_job *);
	/* instead of done(), from kdf_free(): no loop runs any more */
	void			(*dropped)(struct kdf_job *);
	uint64_t		 lane;		/* any number: a hash */
	atomic_bool		 unwanted;	/* a check is not made */
	const char		*password;	/* borrowed until done() */
	bool			 check;		/* against *cred: sets ok */
	bool			 ok;
	uint32_t		 iterations;	/* otherwise: makes *cred */
	struct scram_cred	*cred;		/* borrowed until done() */
};

/* Returns NULL and a sentence when threads are not to be had. */
struct kdf	*kdf_new(unsigned threads, struct err_text *);
/* Ends the threads; jobs that did not begin are told dropped(). */
void		 kdf_free(struct kdf **);
void		 kdf_ask(struct kdf *, struct kdf_job *);

#endif
