/*
 * device_parts - what the files of the device need of one another; nobody
 * else includes this.
 *
 * device.c		states, back-off, leaving
 * device_stream.c	the connection and its events
 * device_login.c	features, TLS, registration, bind, stream management
 * device_sasl.c	SCRAM and PLAIN
 * device_legacy.c	the androidpn client's way in, and its habits
 * device_ready.c	what comes once it is available
 */
#ifndef DEVICE_PARTS_H
#define DEVICE_PARTS_H

#include "base/err.h"
#include "device.h"
#include "xmpp/sasl.h"

/* A login in progress. */
struct login {
	unsigned		 mechs;		/* offered, 1 << sasl_mech */
	enum sasl_mech		 mech;
	struct scram_client	 scram;
	bool			 verified;	/* the server proved itself */
	bool			 answered;	/* a header has come */
	bool			 authed;
	bool			 exists;	/* registration: conflict */
	bool			 sm;		/* offered */
	int			 step;		/* of XEP-0078 */
};

/* The one place that changes the state. */
void	device_enter(struct device *, enum device_state);
/*
 * The connection is over.  fin: it ended without an error, which an
 * androidpn client does not notice.
 */
void	device_cut(struct device *, const char *reason, bool fin);
/* The connection is of no use any more: reports, and tries again later. */
void	device_lost(struct device *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* The same for good. */
void	device_fail(struct device *, int code, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* Counts one stanza and gives the stream to put it into. */
struct stream	*device_says(struct device *);
/* Puts the stream header. */
void	device_put_header(struct device *);
/* The login is through. */
void	device_become_ready(struct device *);
/* A name and password of 32 random hex digits each. */
void	device_make_account(struct device *);

/* Something arrived in a state. */
void	device_login_features(struct device *, const struct stanza *);
void	device_login_tls(struct device *, const struct stanza *);
void	device_login_register(struct device *, const struct stanza *);
void	device_login_bind(struct device *, const struct stanza *);
void	device_login_resume(struct device *, const struct stanza *);
void	device_login_sm(struct device *, const struct stanza *);
/* Asks for TLS if policy and offer want it; true: the caller is done. */
bool	device_login_starttls(struct device *, const struct stanza *);
/* Fails or loses the device for an error answer to "what". */
void	device_login_refused(struct device *, const char *what,
	    const struct stanza *);

void	device_sasl_start(struct device *);
void	device_sasl_stanza(struct device *, const struct stanza *);

void	device_legacy_features(struct device *, const struct stanza *);
void	device_legacy_register(struct device *, const struct stanza *);
void	device_legacy_auth(struct device *, const struct stanza *);
void	device_legacy_tick(struct device *);
/* Milliseconds until the next try; -1: it stays away, as the client does. */
int64_t	device_legacy_delay(const struct device *, bool fin);
/* Puts the answer to an IQ that the client has no provider for. */
void	device_legacy_refuse(const struct stanza *, struct buf *);
/* A new stanza id, such as "a1B2c-7"; valid until the next call. */
const char	*device_legacy_id(struct device *);

void	device_ready_stanza(struct device *, const struct stanza *);
void	device_ready_tick(struct device *);
/* Answers the ping that waited for what was open. */
void	device_ready_answer_ping(struct device *);
/* Sends <a/> if anything was handled since the last. */
void	device_ready_acknowledge(struct device *);
/* All that was handled has been acknowledged. */
void	device_ready_leave(struct device *);

#endif
