/*
 * tls - OpenSSL behind a few functions, by memory BIOs: bytes in, bytes out.
 *
 * A context is shared by all threads and counted; a session belongs to one
 * connection.  TLS 1.2 and 1.3, ECDHE and AEAD only, no renegotiation, no
 * compression, no early data; the legacy profile adds TLS 1.0 for old phones.
 */
#ifndef TLS_H
#define TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct tls_ctx;
struct tls;

enum tls_profile {
	TLS_MODERN,		/* TLS 1.2 and 1.3 */
	TLS_LEGACY,		/* also TLS 1.0 and 1.1, security level 0 */
};

enum tls_got {
	TLS_GOT_OK,		/* go on */
	TLS_GOT_SECURE,		/* the handshake ended with this step */
	TLS_GOT_CLOSED,		/* the peer said close_notify */
	TLS_GOT_FAILED,		/* see tls_reason() */
};

/*
 * A server's context from up to two PEM certificate and key pairs (ECDSA
 * first, RSA for old clients; the second may be NULL).  *reason gets a
 * sentence on failure, which returns NULL.
 */
struct tls_ctx	*tls_ctx_server(const char *cert, const char *key,
		    const char *cert2, const char *key2, enum tls_profile,
		    struct err_text *reason);
/*
 * A client's context.  ca: PEM file to trust, NULL for the system's; verify
 * false accepts any certificate.
 */
struct tls_ctx	*tls_ctx_client(const char *ca, bool verify,
		    struct err_text *reason);
struct tls_ctx	*tls_ctx_ref(struct tls_ctx *);
void		 tls_ctx_unref(struct tls_ctx **);

/*
 * A session.  server: the context says which; host: the name that a client
 * checks the certificate against and sends as SNI, NULL for none.
 * xmpp_alpn: speak ALPN "xmpp-client" (XEP-0368, direct TLS).
 */
struct tls	*tls_new(struct tls_ctx *, bool server, const char *host,
		    bool xmpp_alpn);
void		 tls_free(struct tls **);
/* A client's first bytes; servers need not call it. */
enum tls_got	 tls_start(struct tls *, struct buf *wire_out);
/*
 * Takes n bytes off the wire; decrypted ones are handed to on_plain as they
 * come (which may free nothing); answers go to wire_out.
 */
enum tls_got	 tls_read(struct tls *, const char *p, size_t n,
		    struct buf *wire_out,
		    void (*on_plain)(void *, const char *, size_t), void *arg);
/* Encrypts all n bytes to wire_out. */
enum tls_got	 tls_write(struct tls *, const char *p, size_t n,
		    struct buf *wire_out);
/* Puts close_notify; the session stays resumable. */
void		 tls_shutdown(struct tls *, struct buf *wire_out);
/* Why it failed; borrowed. */
const char	*tls_reason(const struct tls *);
/* "TLSv1.3" and the like, for status lines. */
const char	*tls_version(const struct tls *);

#endif
