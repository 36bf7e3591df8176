/*
 * stream - an XMPP stream over a connection, either end (RFC 6120 section
 * 4): header, framing of stanzas, restarts, STARTTLS, errors, closing.
 *
 *   HEADER --peer's header--> OPEN --restart--> HEADER ...
 *   any --error|close--> CLOSING --flushed or 5 s--> on_gone
 *
 * The stream owns its conn.  Bytes behind a restart (a client that does not
 * wait) are kept and read as the new stream's; behind <starttls/> they are
 * an attack and end the stream.
 */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "io/conn.h"
#include "xmpp/xml.h"

struct stream;

struct stream_news {
	/* the peer's header; the attributes are borrowed */
	void	(*on_header)(void *arg, const struct xml_header *);
	void	(*on_stanza)(void *arg, const struct stanza *);
	/* the TLS handshake ended well; a new header follows */
	void	(*on_secure)(void *arg);
	/* all output has left; may be NULL */
	void	(*on_drained)(void *arg);
	/*
	 * The peer said </stream:stream>, which was answered: it wants no
	 * more.  on_gone follows when its connection ends.  May be NULL.
	 */
	void	(*on_ended)(void *arg);
	/*
	 * The stream is over; reason is a short text for the log.  clean:
	 * the peer ended it with </stream:stream>.  Told once; only
	 * stream_free() may follow.
	 */
	void	(*on_gone)(void *arg, const char *reason, bool clean);
};

/* Takes the descriptor.  server: which end we are. */
struct stream	*stream_new(struct loop *, int fd, struct xml_pool *,
		    const struct xml_limits *, const struct stream_news *,
		    void *arg, bool server, size_t max_out);
/* Legal in any callback; the memory goes at the end of the turn. */
void		 stream_free(struct stream **);

/*
 * Puts <?xml?><stream:stream>.  Servers give id, from and lang, clients to;
 * NULL leaves an attribute out.
 */
void	stream_put_header(struct stream *, const char *from, const char *to,
	    const char *id, const char *lang);
/* Where to append; call stream_flush() once afterwards. */
struct buf	*stream_out(struct stream *);
void	stream_flush(struct stream *);
/* stanza_printf() into the stream, and flush. */
void	stream_printf(struct stream *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/*
 * What follows is a new stream (after SASL success): from on_stanza, or
 * while the stream is paused.
 */
void	stream_restart(struct stream *);
/*
 * TLS from here on and then a new stream.  From on_stanza at STARTTLS, or
 * right after stream_new() for direct TLS (alpn true).
 */
void	stream_start_tls(struct stream *, struct tls_ctx *, const char *host,
	    bool alpn);
bool	stream_is_secure(const struct stream *);
void	stream_set_limits(struct stream *, const struct xml_limits *);
/*
 * Reads on or not: push-back, or an answer that is still being worked out.
 * From on_stanza it takes hold at once: bytes behind this stanza wait too,
 * in the order in which they came, and may then be a new stream's
 * (stream_restart) or be read in another thread (stream_detach).
 */
void	stream_pause(struct stream *, bool);

/*
 * Puts <stream:error> with a condition of RFC 6120 section 4.9.3, an optional
 * text (NULL) and extra markup (NULL), a header first if none was sent, then
 * the closing tag, and closes: what is put afterwards is thrown away.  The
 * condition, which on_gone gets as its reason, outlives the stream.
 */
void	stream_error(struct stream *, const char *condition, const char *text,
	    const char *extra);
/* Puts </stream:stream> and closes: only in answer to the peer's, or as a
 * client. */
void	stream_close(struct stream *);
bool	stream_is_closing(const struct stream *);
struct conn	*stream_conn(struct stream *);

/*
 * Moving to another thread, for a stream that is paused: in this thread no
 * callback comes after stream_detach(); bytes not yet read travel along.
 * Call stream_pause(false) when the new home is ready.
 */
void	stream_detach(struct stream *);
void	stream_attach(struct stream *, struct loop *, struct xml_pool *,
	    void *arg);

#endif
