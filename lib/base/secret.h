/*
 * secret - passwords from where no other user can see them: a file, stdin,
 * the environment or the terminal, or made here.  Never from an option.
 *
 * They go into a struct buf made by secret_init() and leave by
 * buf_release_secret(), which overwrites them.
 */
#ifndef SECRET_H
#define SECRET_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

#define SECRET_MAX	1024	/* bytes of a password */

/* Room for a password, all of it at once: growing would leave copies. */
void	secret_init(struct buf *);
/* The environment's variable, removed from it; false if there is none. */
bool	secret_from_env(struct buf *, const char *name) MUST_USE;
/*
 * A file's bytes ("-": stdin) without one trailing line end.  Returns 0, or
 * -1 and "what: why (what to do)".
 */
int	secret_from_file(struct buf *, const char *path, struct err_text *)
	    MUST_USE;
/*
 * Asks on /dev/tty without an echo; again: a second time, to be the same,
 * except where nothing was typed.
 */
int	secret_from_tty(struct buf *, const char *prompt, bool again,
	    struct err_text *) MUST_USE;
/* 26 letters and digits that are hard to mistake, 130 bits. */
void	secret_make(struct buf *);

#endif
