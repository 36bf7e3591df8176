/*
 * sasl - mechanisms by name, the payloads of RFC 6120 section 6, and PLAIN
 * (RFC 4616).
 */
#ifndef SASL_H
#define SASL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Strongest first: the order of offers and of a client's choice. */
enum sasl_mech {
	SASL_SCRAM_SHA_256,
	SASL_SCRAM_SHA_1,
	SASL_PLAIN,
	SASL_NONE,
};

#define SASL_PAYLOAD	4096	/* decoded bytes of one message */

const char	*sasl_name(enum sasl_mech);
enum sasl_mech	 sasl_from_name(const char *);

/*
 * Decodes the text of <auth/>, <challenge/>, <response/> or <success/>: "="
 * is an empty message.  PUSH_E_ENCODING for bad base64, PUSH_E_TOOLARGE.
 */
enum push_err	 sasl_decode(const char *text, size_t n, struct buf *out)
		    MUST_USE;
/* The reverse. */
void		 sasl_encode(struct buf *, const char *, size_t n);

/* Pointers into the decoded message, which PLAIN cuts with NULs. */
struct sasl_plain {
	const char	*authzid, *name, *password;	/* NUL-terminated */
	size_t		 authzidlen, namelen, passlen;
};
/* msg has a NUL behind its n bytes (buf_str).  PUSH_OK or _PROTOCOL. */
enum push_err	 sasl_plain_parse(const char *msg, size_t n,
		    struct sasl_plain *) MUST_USE;
void		 sasl_plain_put(struct buf *, const char *name,
		    const char *password);

#endif
