/* password - a password as XMPP wants it. */
#ifndef PASSWORD_H
#define PASSWORD_H

#include "base/buf.h"
#include "base/err.h"

/*
 * Puts the SASLprep'd form of raw into out, which secret_init() made.
 * Returns 0, or -1 and a sentence for what cannot go into a stream.
 */
int	password_prepare(const struct buf *raw, struct buf *out,
	    struct err_text *) MUST_USE;
/* Asks on the terminal; out is made here.  0, or -1 and a sentence. */
int	password_ask(struct buf *out, struct err_text *) MUST_USE;

#endif
