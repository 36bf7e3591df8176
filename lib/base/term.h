/*
 * term - what the tools write where: the choice between JSON and text, text
 * that cannot speak to a terminal, diagnostics.
 */
#ifndef TERM_H
#define TERM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum term_output {
	TERM_JSON,		/* one object a line */
	TERM_TEXT,		/* short text for people */
	TERM_NONE,
};

/*
 * To begin with: a closed stdin, stdout or stderr becomes a file whose use
 * fails, or what is opened next would be taken for it.
 */
void	term_hold(void);
/*
 * The output that -o WORD asks for; without a word (NULL) text on a terminal
 * and JSON elsewhere.  -1 for an unknown word.
 */
int	term_output_from(const char *word);
/*
 * Puts text written by others.  escape: control characters and marks that
 * turn the direction of writing become \xNN or \u{NNNN}, so that it stays
 * one line and no terminal obeys it.
 */
void	term_put(struct buf *, const char *, size_t, bool escape);
/* Says "tool: sentence" on stderr, escaped; one write. */
void	term_tell(const char *tool, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif
