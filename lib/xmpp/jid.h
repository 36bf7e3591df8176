/*
 * jid - addresses (RFC 6122): localpart@domain/resource, prepared by
 * stringprep (Nodeprep, Nameprep, Resourceprep).
 */
#ifndef JID_H
#define JID_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define JID_PART	1023	/* bytes of one part, RFC 6122 section 2.1 */
#define JID_MAX		(3 * JID_PART + 2)

struct jid {
	char	local[JID_PART + 1];	/* "" for none */
	char	domain[JID_PART + 1];
	char	resource[JID_PART + 1];	/* "" for none */
};

/*
 * Splits and prepares an address.
 *
 * Returns PUSH_OK, or PUSH_E_NAME for a malformed one (RFC 6122 sections
 * 2.2 to 2.4: empty or overlong part, forbidden character).
 */
enum push_err	jid_parse(const char *, size_t n, struct jid *) MUST_USE;
/*
 * Prepares a localpart, a domain or a resource alone; out holds JID_PART + 1
 * bytes.
 */
enum push_err	jid_prep_local(const char *, size_t n, char *out) MUST_USE;
enum push_err	jid_prep_domain(const char *, size_t n, char *out) MUST_USE;
enum push_err	jid_prep_resource(const char *, size_t n, char *out) MUST_USE;
/*
 * SASLprep (RFC 4013) of a password into out, size bytes.  What SASLprep
 * forbids is taken as it is, so that any password can log in again.
 */
enum push_err	jid_prep_password(const char *, size_t n, char *out,
		    size_t size) MUST_USE;
/* An IPv4 or IPv6 literal, in brackets or not. */
bool		jid_domain_is_ip(const char *);

#endif
