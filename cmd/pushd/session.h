/*
 * session - one device connection on the server, from accept to the end.
 *
 *   HEADER --header--> LOGIN --starttls--> HEADER
 *   LOGIN --SASL success--> AUTHED --header--> BIND --bind--> BOUND
 *   LOGIN --jabber:iq:auth--> BOUND            BIND --resume--> BOUND
 *   BOUND --connection lost, resumable--> DETACHED --resume--> gone
 *   any --error, close--> CLOSING --> gone
 *
 * Sessions are known by pointer, never by JID: the end of an old one cannot
 * touch the new.  session_enter() is the only writer of the state.
 */
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "device.h"
#include "io/sock.h"
#include "listener.h"
#include "login.h"
#include "shard.h"
#include "xmpp/jid.h"
#include "xmpp/sm.h"
#include "xmpp/stanza.h"
#include "xmpp/stream.h"

#define SESSION_RESOURCE	255	/* bytes; longer ones are refused */
#define SESSION_SM_ID		33	/* hex digits and a NUL */
#define SESSION_SM_COPIES	(64 * 1024)	/* bytes of unacked stanzas
						 * that are no pushes */

enum session_state {
	SESSION_HEADER,		/* waits for the client's header */
	SESSION_LOGIN,		/* features sent: starttls, auth, register */
	SESSION_AUTHED,		/* success sent: waits for a new header */
	SESSION_BIND,		/* features sent: bind or resume */
	SESSION_BOUND,		/* it has a full JID */
	SESSION_DETACHED,	/* no connection; may be resumed */
	SESSION_CLOSING,	/* waits for the stream's end */
};

/* A push on its way to this session. */
struct session_sent {
	uint64_t	row;
	uint32_t	sm;		/* its number, when SM is on */
	uint32_t	barrier;	/* the ping behind it, else 0 */
};

/* A stanza that is no push, kept until SM acknowledges it. */
struct session_copy {
	struct list	node;
	uint32_t	sm;
	size_t		len;
	char		text[];
};

struct session {
	struct list		 node;		/* in shard->sessions */
	struct seat		 seat;		/* at its device */
	struct shard		*shard;
	struct stream		*stream;	/* NULL: detached */
	const struct listener	*listener;
	struct device		*device;	/* from BIND on */
	struct login		*login;		/* until BOUND */
	struct timer		 timer;		/* one deadline */
	char			*resource;
	enum session_state	 state;
	bool			 legacy;	/* androidpn's way */
	bool			 available;
	bool			 settled;	/* pushes may flow */
	bool			 probing;	/* a probe is unanswered */
	bool			 r_pending;	/* <r/> is unanswered */
	bool			 held_back;	/* not read: output waits */
	bool			 resumable;
	bool			 was_available;	/* before it was cut off */
	bool			 changing;	/* iq_register.c is at work */
	int8_t			 priority;
	uint64_t		 heard_ms;	/* monotonic: last stanza */
	uint64_t		 probed_ms;	/* last probe */
	uint64_t		 waiting_ms;	/* oldest unanswered send */
	int64_t			 since_ms;	/* wall */
	char			 peer[SOCK_ADDR];
	/* pushes in flight, in the order of sending */
	struct session_sent	*sent;		/* ring of config->window */
	uint32_t		 sent_head, sent_len, sent_cap;
	uint64_t		 sent_pos;	/* position of the last */
	uint32_t		 barrier;	/* number of the last ping */
	bool			 barrier_open;	/* it is unanswered */
	struct sm		 sm;
	struct list		 copies;	/* of session_copy */
	size_t			 copies_len;
	char			 sm_id[SESSION_SM_ID];	/* "" for none */
};

/* Takes the descriptor of a new connection. */
void	session_accept(struct shard *, const struct listener *, int fd);
/* The one writer of the state. */
void	session_enter(struct session *, enum session_state);
/*
 * Ends the stream with a stream error (RFC 6120 section 4.9.3) and the
 * session with it: it cannot be resumed.  text may be NULL.
 */
void	session_end(struct session *, const char *condition,
	    const char *text);
/* The same with an element of another namespace inside the error. */
void	session_end_with(struct session *, const char *condition,
	    const char *text, const char *extra);
/* Full JID into a buffer of JID_MAX + 1 bytes. */
const char	*session_jid(const struct session *, char *out);
/* To the account's home shard, then login_moved(). */
void	session_move(struct session *, struct shard *home);
/* Becomes the resource of its device; the older holder gets conflict. */
enum push_err	session_bind(struct session *, const char *resource)
		    MUST_USE;
/* Presence, or the loss of the connection: pushes flow or do not. */
void	session_set_available(struct session *, bool, int priority);
/* The deadline of the present state, anew. */
void	session_arm(struct session *);
/* Takes over a detached or cut-off session's life (XEP-0198 resume). */
void	session_take_over(struct session *, struct session *old);
/* Lets go of all it has; frees it. */
void	session_gone(struct session *);
const char	*session_state_name(enum session_state);

/* session_stanza.c: an element on a bound session. */
void	session_on_bound_stanza(struct session *, const struct stanza *);

#endif
