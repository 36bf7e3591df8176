/*
 * conn - one stream socket: bounded in, bounded out, plain or TLS.
 *
 * Output is collected and leaves once per turn.  A conn belongs to one loop
 * at a time and can be moved between two: conn_detach() in the one thread,
 * conn_attach() in the other.
 */
#ifndef CONN_H
#define CONN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "io/loop.h"
#include "io/tls.h"

struct conn;

#define CONN_REASON	160	/* bytes of the text given to on_closed */

struct conn_news {
	/* plaintext bytes, borrowed until return */
	void	(*on_bytes)(void *arg, const char *, size_t);
	/* the TLS handshake is done; may be NULL where TLS is not used */
	void	(*on_secure)(void *arg);
	/*
	 * The peer has ended its direction and still reads: answer what it
	 * asked, then conn_close().  NULL: that is the end, on_closed.
	 */
	void	(*on_eof)(void *arg);
	/* everything written has left for the kernel; may be NULL */
	void	(*on_drained)(void *arg);
	/*
	 * The connection is over: "closed by peer", an error, "output
	 * overflow", or "closed by us", the end of conn_close().  Told
	 * once, never from inside a call of the owner's, and with what
	 * came before delivered; only conn_free() may follow.
	 */
	void	(*on_closed)(void *arg, const char *reason);
};

/*
 * Takes the connected, non-blocking descriptor.  max_out: bytes of output
 * that may wait; one more closes the connection as "output overflow".
 */
struct conn	*conn_new(struct loop *, int fd, const struct conn_news *,
		    void *arg, size_t max_out);
/* Closes at once and frees at the end of the turn.  Sets *conn to NULL. */
void		 conn_free(struct conn **);

/*
 * Starts TLS (after STARTTLS, or at once for direct TLS).  Output written
 * before it leaves in clear first.  host, alpn: as tls_new().
 */
void	conn_start_tls(struct conn *, struct tls_ctx *, bool server,
	    const char *host, bool alpn);
/* Between conn_start_tls() and on_secure. */
bool	conn_is_handshaking(const struct conn *);
/* The session, NULL on a plain connection. */
struct tls	*conn_tls(const struct conn *);

/* Where to append plaintext output; then conn_flush_later(). */
struct buf	*conn_out(struct conn *);
void	conn_flush_later(struct conn *);
void	conn_write(struct conn *, const void *, size_t);
/* Bytes that wait to leave. */
size_t	conn_pending(const struct conn *);
/* Stops or resumes reading: push-back by TCP. */
void	conn_pause(struct conn *, bool paused);
/* Flush, close_notify, half-close, wait up to 5 s for the peer; on_closed. */
void	conn_close(struct conn *);
/* conn_close() has begun. */
bool	conn_is_closing(const struct conn *);
/* A crash resets the peer instead of ending it: SO_LINGER {1,0}. */
void	conn_set_reset_on_exit(struct conn *, bool);

/*
 * Moving house: after conn_detach() no callback comes, and the conn may be
 * sent to another thread by loop_post() from the loop it was in, not at
 * once: frames of the old loop may still be above.  conn_attach() goes on
 * in the new loop with a new arg.
 */
void	conn_detach(struct conn *);
void	conn_attach(struct conn *, struct loop *, void *arg);

#endif
