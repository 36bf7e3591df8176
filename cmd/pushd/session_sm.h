/* session_sm - XEP-0198 stream management, the server's end. */
#ifndef SESSION_SM_H
#define SESSION_SM_H

#include <stdbool.h>

#include "xmpp/stanza.h"

struct session;

/* Elements of NS_SM after login.  Returns false for others. */
bool	session_sm_element(struct session *, const struct stanza *);
/* Forgets copies up to its acknowledged count. */
void	session_sm_trim(struct session *);
void	session_sm_release(struct session *);

#endif
