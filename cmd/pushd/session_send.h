/* session_send - what a bound session is sent, and what it acknowledges. */
#ifndef SESSION_SEND_H
#define SESSION_SEND_H

#include <stdint.h>

#include "base/buf.h"

struct session;

/* Puts a stanza that is no push, as stanza_printf(): kept by SM. */
void	session_printf(struct session *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* The same for a stanza that is written already. */
void	session_send(struct session *, const struct buf *);
/* Sends what the device has for it, up to the window. */
void	session_flush(struct session *);
/*
 * Forgets those in front that wait for a ping's answer, which a resumed
 * stream does not bring.
 */
void	session_drop_pinged(struct session *);
/* <a h/> or resume: everything up to h is acknowledged. */
void	session_acknowledged(struct session *, uint32_t h);
/*
 * The answer to an IQ; an error (501 is what androidpn says) is as good a
 * proof as a result.
 */
void	session_answered(struct session *, const char *id);
/* Asks for an <a/>, unless one is awaited already. */
void	session_ask_ack(struct session *);
/* Asks the peer for a sign of life. */
void	session_probe(struct session *);
/* Forgets what is in flight: it is queued again. */
void	session_unsend(struct session *);

#endif
