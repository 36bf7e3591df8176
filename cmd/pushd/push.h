/*
 * push - one notification: from the sender's JSON to the object that is
 * stored, and from there to what each kind of session is sent.
 *
 * The only place that knows the fields of a push (delivery.md).  A push is
 * immutable once made, shared by threads, and counted.
 */
#ifndef PUSH_H
#define PUSH_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "push_id.h"

#define PUSH_REF_MAX	256	/* bytes of the sender's reference */

struct push {
	atomic_uint	 refs;
	uint64_t	 id;
	int64_t		 accepted_ms;	/* wall */
	int64_t		 expires_ms;	/* wall; == accepted_ms: ttl 0 */
	size_t		 len;
	char		 body[];	/* JSON: the object as devices get it */
};

/* What a sender asked for, before it has an id. */
struct push_ask {
	char		*to;		/* targets, joined by " | " */
	char		*ref;		/* NULL: none */
	int64_t		 ttl_ms;	/* -1: the server's default */
	char		*object;	/* the fields, without braces */
	size_t		 objectlen;
};

/*
 * Checks a sender's object.
 *
 * text, n	its JSON text, from which obj was parsed
 * ask		out: on PUSH_OK, for push_ask_release(); on failure only
 *		ref and to are set, as far as they could be read
 * why		out: a sentence on failure
 */
enum push_err	push_parse(const struct json *obj, const char *text, size_t n,
		    struct push_ask *ask, struct err_text *why) MUST_USE;
void		push_ask_release(struct push_ask *);

/* Gives it its id and time.  ttl_ms is used where the sender named none. */
struct push	*push_make(const struct push_ask *, uint64_t id,
		    int64_t ttl_ms);
/* From a stored row. */
struct push	*push_load(uint64_t id, int64_t accepted_ms,
		    int64_t expires_ms, const char *body, size_t n);
struct push	*push_ref(struct push *);
void		 push_unref(struct push **);

/* How a session wants it. */
enum push_form {
	PUSH_MESSAGE,		/* <message> for any XMPP client */
	PUSH_NOTIFICATION,	/* androidpn's IQ */
};

/*
 * Puts the stanza.
 *
 * to		the session's full JID
 * domain	ours
 * late		stamp it with a delay (XEP-0203)
 */
void	push_put(const struct push *, enum push_form, const char *to,
	    const char *domain, bool late, struct buf *);

#endif
