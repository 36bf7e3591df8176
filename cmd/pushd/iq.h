/*
 * iq - the families of IQ handlers: each file exports its rows, the table in
 * session_stanza.c names them.  A new XEP is a new file and a row.
 */
#ifndef IQ_H
#define IQ_H

#include "session.h"

struct iq_row {
	const char	*name, *ns;
	/* Answers, or leaves the answer to later; NULL: not-allowed. */
	void		(*get)(struct session *, const struct stanza *iq,
			    const struct stanza *query);
	void		(*set)(struct session *, const struct stanza *iq,
			    const struct stanza *query);
};

/* Answers an IQ with an error. */
void	iq_error(struct session *, const struct stanza *iq,
	    const char *type, const char *condition, int code);
void	iq_err(struct session *, const struct stanza *iq,
	    enum push_err);
/* Answers with a result; payload is markup, NULL for an empty one. */
void	iq_answer(struct session *, const struct stanza *iq,
	    const char *payload);

extern const struct iq_row	iq_basic_rows[];	/* ping, version, ... */
extern const struct iq_row	iq_disco_rows[];	/* XEP-0030 */
extern const struct iq_row	iq_register_rows[];	/* XEP-0077 */
extern const struct iq_row	iq_roster_rows[];	/* RFC 6121 */

#endif
