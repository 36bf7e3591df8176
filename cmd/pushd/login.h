/*
 * login - a session before it is bound: features, STARTTLS, SASL, XEP-0078,
 * XEP-0077, bind.  Its memory goes when the session is bound.
 */
#ifndef LOGIN_H
#define LOGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "account.h"
#include "io/sock.h"
#include "xmpp/jid.h"
#include "xmpp/sasl.h"
#include "xmpp/scram.h"
#include "xmpp/stanza.h"
#include "xmpp/xml.h"

struct session;

struct login {
	enum sasl_mech		 mech;		/* SASL_NONE: none begun */
	struct scram_server	 scram;
	struct account_op	*op;		/* the answer we wait for */
	struct session		*session;
	struct timer		 held;		/* a registration held back */
	char			 net[SOCK_ADDR];	/* the peer's network */
	unsigned		 tries;		/* failed logins */
	bool			 enabled;	/* SCRAM: the account is */
	bool			 preauthed;	/* a token was shown */
	char			*iq_id;		/* of the IQ in work */
	char			 name[JID_PART + 1];
	char			 resource[JID_PART + 1];
};

/* fd: to learn whom a registration is counted for. */
void	login_new(struct session *, int fd);
void	login_free(struct session *);
/* The client's header: answers with ours and the features, or an error. */
void	login_header(struct session *, const struct xml_header *);
/* An element before the session is bound. */
void	login_stanza(struct session *, const struct stanza *);
/* session_move() has arrived. */
void	login_moved(struct session *);

/* login_sasl.c */
void	login_sasl(struct session *, const struct stanza *);
/* login_legacy.c: XEP-0078 */
void	login_legacy(struct session *, const struct stanza *iq,
	    const struct stanza *query);
void	login_legacy_moved(struct session *);
/* login_register.c: XEP-0077 before login */
void	login_register(struct session *, const struct stanza *iq,
	    const struct stanza *query);
void	login_preauth(struct session *, const struct stanza *iq,
	    const struct stanza *query);

/*
 * For the three: waits for op; the stream pauses until login_go().  A failed
 * try is counted; the last one closes the stream (returns false).
 */
void	login_wait(struct session *, struct account_op *);
void	login_go(struct session *);
bool	login_failed(struct session *, const char *how);
/* Answers the IQ in work, which may be long gone. */
void	login_iq_remember(struct session *, const struct stanza *iq);
void	login_iq_result(struct session *);
void	login_iq_error(struct session *, enum push_err);
/* May this account log in here?  Logs and counts. */
bool	login_is_legacy_allowed(const struct session *);

#endif
