/*
 * ctl_print - what a reply holds, on stdout: the object under one name, as
 * a JSON line, or aligned for people.
 */
#ifndef CTL_PRINT_H
#define CTL_PRINT_H

#include <stddef.h>

#include "base/table.h"
#include "base/term.h"
#include "ctl/ctl_msg.h"

struct ctl_print {
	const char		*member;	/* of the replies */
	enum term_output	 output;
	const char		*format;	/* checked; NULL: by output */
	struct buf		 out;
	struct table		 table;
	int			 broken;	/* errno of stdout, 0: fine */
};

/*
 * columns: of the table that rows make, ends with NULL; NULL: each object
 * stands alone, a line for each of its members.
 */
void	ctl_print_init(struct ctl_print *, const char *member,
	    const char *const *columns, enum term_output, const char *format);
void	ctl_print_release(struct ctl_print *);
/* For ctl_client_ask(); arg is the struct ctl_print. */
void	ctl_print_reply(void *arg, const struct ctl_reply *, const char *line,
	    size_t n);
/* Writes the rest.  Returns code, or 1 when stdout failed: told on stderr. */
int	ctl_print_end(struct ctl_print *, const char *tool, int code);

#endif
