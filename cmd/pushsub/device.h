/*
 * device - one device: an XMPP client that logs in, receives pushes,
 * acknowledges them, and comes back when it was cut off.
 *
 *   IDLE --due--> CONNECTING --header--> FEATURES --starttls--> TLS
 *   TLS --secure--> CONNECTING
 *   FEATURES --new--> REGISTER --result--> AUTH --success--> CONNECTING
 *   FEATURES --known--> AUTH
 *   FEATURES (logged in) --token--> RESUME --resumed--> READY
 *   FEATURES (logged in) --else--> BIND --result--> SM --enabled--> READY
 *   RESUME --failed--> BIND		BIND --no sm--> READY
 *   AUTH --result (XEP-0078)--> READY
 *   any --cut off, silence--> IDLE (back-off)
 *   any --device_close--> CLOSING --gone--> IDLE
 *
 * device_enter() alone changes the state.  Each state but IDLE has a
 * deadline, so that a server that falls silent is given up.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/loop.h"
#include "io/tls.h"
#include "ledger.h"
#include "push.h"
#include "seen.h"
#include "settings.h"
#include "where.h"
#include "xmpp/jid.h"
#include "xmpp/scram.h"
#include "xmpp/sm.h"
#include "xmpp/stream.h"

#define DEVICE_REASON	320	/* bytes of a reason for people */

enum device_state {
	DEVICE_IDLE,		/* not connected */
	DEVICE_CONNECTING,	/* awaits the server's header */
	DEVICE_FEATURES,
	DEVICE_TLS,		/* awaits <proceed/>, then the handshake */
	DEVICE_REGISTER,
	DEVICE_AUTH,
	DEVICE_BIND,
	DEVICE_RESUME,
	DEVICE_SM,		/* awaits <enabled/> */
	DEVICE_READY,		/* available */
	DEVICE_CLOSING,
};

struct device;
struct login;

struct device_news {
	void	(*on_ready)(struct device *);
	/* cut off, or not let in; was_ready: it had been */
	void	(*on_lost)(struct device *, const char *reason,
		    bool was_ready);
	/* gives up: the exit code says why */
	void	(*on_failed)(struct device *, int code, const char *reason);
	/*
	 * A push that is new to this device.  True: handled; false: it stays
	 * unacknowledged until device_done() with that number, if ever.
	 */
	bool	(*on_push)(struct device *, const struct push *,
		    uint32_t number);
	/* one that was handled before; again: on the same stream */
	void	(*on_duplicate)(struct device *, bool again);
	/* an acknowledgement is about to leave: save what it rests on */
	void	(*on_acknowledge)(struct device *);
	/* device_close() has come to its end */
	void	(*on_closed)(struct device *);
};

/* What all devices of the process share. */
struct site {
	const struct settings		*set;
	struct loop			*loop;
	struct xml_pool			*pool;
	struct tls_ctx			*tls;
	struct where			 where;
	char				 domain[JID_PART + 1];
	bool				 domain_given;	/* not learned */
	const struct device_news	*news;
	void				*owner;
};

struct device {
	struct site		*site;
	size_t			 index;
	char			*name;		/* localpart */
	char			*password;	/* prepared */
	bool			 made;		/* password was made up here */
	bool			 registered;	/* nothing to register */

	enum device_state	 state;
	struct stream		*stream;
	struct timer		 timer;		/* deadline, back-off, tick */
	struct login		*login;
	struct scram_cache	 cache;
	unsigned		 tries;		/* since it was ready last */
	size_t			 place;		/* of the server's addresses */
	unsigned		 jobs;		/* the owner's: not ended */
	bool			 reached;	/* a server has ever answered */
	bool			 was_ready;	/* ever */
	bool			 given_up;
	bool			 away;		/* androidpn: does not notice */
	bool			 redirected;	/* took the server's domain */

	struct sm		 sm;
	struct ledger		 ledger;
	char			*resume;	/* XEP-0198 id, NULL: none */
	uint32_t		 asked;		/* received at the last <r/> */
	uint32_t		 told;		/* h of the last <a/> */
	bool			 probing;	/* our own <r/> or ping out */
	bool			 heard;		/* since the last tick */
	bool			 leaving;	/* close once acknowledged */
	bool			 unacked;	/* without SM: ping due */
	char			*ping;		/* answer that waits, or NULL */

	struct seen		 seen;
	char			*last;		/* id of the last push */
	uint32_t		 streams;	/* connections so far */

	char			 word[6];	/* androidpn: stanza ids */
	unsigned		 serial;
	uint64_t		 wrote_ms;	/* last output */
};

/* name and password are copied; NULL: make one up. */
void	device_init(struct device *, struct site *, const char *name,
	    const char *password);
void	device_set_password(struct device *, const char *);
void	device_release(struct device *);
/* Connects now. */
void	device_start(struct device *);
/*
 * Leaves.  linger: only after what was handled has been acknowledged, 2 s
 * at most.  on_closed() follows, perhaps before this returns.
 */
void	device_close(struct device *, bool linger);
/* The push of that number on that stream was handled after all. */
void	device_done(struct device *, uint32_t stream, uint32_t number);
/* Remembers a push as handled. */
void	device_remember(struct device *, const char *id);

#endif
