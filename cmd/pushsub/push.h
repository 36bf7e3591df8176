/*
 * push - what arrived at a device, whatever stanza carried it: a message
 * with pushd's JSON, a plain message of any server, or androidpn's IQ; and
 * the line that is printed for it.
 */
#ifndef PUSH_H
#define PUSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"
#include "xmpp/stanza.h"

struct push {
	const char	*id;		/* "" for none */
	const char	*title, *message, *uri;
	const char	*data;		/* JSON text, NULL for none */
	size_t		 datalen;
	int64_t		 priority;	/* 1..5 */
	int64_t		 sent;		/* wall ms, -1 when not known */
	int64_t		 received;	/* wall ms */
	struct json	*doc;		/* what the strings may lie in */
};

/*
 * Reads a stanza; received is the wall clock's milliseconds.  Returns false
 * when it carries no push.  The strings are borrowed from the stanza;
 * push_release() in any case.
 */
bool	push_read(const struct stanza *, int64_t received, struct push *);
void	push_release(struct push *);
/* Milliseconds between sending and arrival; false if not known. */
bool	push_latency(const struct push *, int64_t *ms);
/* Puts {"id":...,"to":to,...}, without a line end. */
void	push_put_json(const struct push *, const char *to, struct buf *);
/* Reads an RFC 3339 time into wall ms; -1 if it is none. */
int64_t	push_time(const char *);

#endif
