#include "session_sm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/rand.h"
#include "session.h"
#include "session_send.h"
#include "xmpp/ns.h"

static void
drop_copy(struct session *s, struct session_copy *c)
{
	list_remove(&c->node);
	s->copies_len -= c->len;
	free(c);
}

void
session_sm_trim(struct session *s)
{
	struct session_copy	*c;
	struct list		*n, *after;

	LIST_EACH(n, after, &s->copies) {
		c = LIST_ITEM(n, struct session_copy, node);
		if ((int32_t)(c->sm - s->sm.acked) > 0)
			break;
		drop_copy(s, c);
	}
}

void
session_sm_release(struct session *s)
{
	while (!list_empty(&s->copies))
		drop_copy(s, LIST_ITEM(s->copies.next, struct session_copy,
		    node));
	if (s->sm_id[0] != '\0' && map_get(&s->shard->resumable, s->sm_id,
	    strlen(s->sm_id)) == s)
		(void)map_remove(&s->shard->resumable, s->sm_id,
		    strlen(s->sm_id));
	s->sm_id[0] = '\0';
	s->resumable = false;
}

static void
failed(struct session *s, const char *condition)
{
	stream_printf(s->stream, "<failed xmlns='" NS_SM "'><%s xmlns='"
	    NS_STANZAS "'/></failed>", condition);
}

static void
enable(struct session *s, const struct stanza *st)
{
	const char	*resume = stanza_attr(st, "resume");

	if (s->sm.on || s->state != SESSION_BOUND) {
		failed(s, "unexpected-request");
		return;
	}
	memset(&s->sm, 0, sizeof(s->sm));
	s->sm.on = true;
	s->resumable = resume != NULL && (strcmp(resume, "true") == 0 ||
	    strcmp(resume, "1") == 0);
	if (!s->resumable) {
		stream_printf(s->stream, "<enabled xmlns='" NS_SM "'/>");
		return;
	}
	rand_hex(s->sm_id, sizeof(s->sm_id) - 1);
	(void)map_set(&s->shard->resumable, s->sm_id, strlen(s->sm_id), s);
	stream_printf(s->stream, "<enabled xmlns='" NS_SM "' id='%s' "
	    "resume='true' max='%lld'/>", s->sm_id,
	    (long long)s->shard->config->resume_ms / 1000);
}

static void
too_high(struct session *s, uint32_t h)
{
	char	extra[160];

	(void)snprintf(extra, sizeof(extra), "<handled-count-too-high "
	    "xmlns='" NS_SM "' h='%u' send-count='%u'/>", h, s->sm.out);
	session_end_with(s, "undefined-condition",
	    "acknowledged more than was sent", extra);
}

static void
acknowledge(struct session *s, const struct stanza *st)
{
	uint32_t	h, newly;

	if (!s->sm.on || !sm_read_h(st, &h))
		return;
	s->r_pending = false;
	switch (sm_acknowledge(&s->sm, h, &newly)) {
	case SM_ACK_TOO_HIGH:
		too_high(s, h);
		return;
	case SM_ACK_STALE:
		return;		/* clients do that when they stop */
	case SM_ACK_OK:
		break;
	}
	session_acknowledged(s, s->sm.acked);
	session_sm_trim(s);
	/* The same h again is no progress: its time goes on. */
	if (s->sent_len == 0)
		s->waiting_ms = 0;
	else if (newly > 0)
		s->waiting_ms = loop_now(s->shard->loop);
	device_flush(s->device);
	/* What went out while that <a/> was awaited was not asked for yet. */
	if (newly > 0 && sm_unacked(&s->sm) > 0)
		session_ask_ack(s);
}

/* Stanzas that were never acknowledged go out again, numbered anew. */
static void
resend_copies(struct session *s)
{
	struct session_copy	*c;
	struct list		*n, *after;

	LIST_EACH(n, after, &s->copies) {
		c = LIST_ITEM(n, struct session_copy, node);
		c->sm = ++s->sm.out;
		buf_put(stream_out(s->stream), c->text, c->len);
	}
	if (!list_empty(&s->copies))
		session_ask_ack(s);
	stream_flush(s->stream);
}

/*
 * Anything that is wrong with the id is item-not-found: older libstrophe
 * goes on to bind after nothing else.
 */
static void
resume(struct session *s, const struct stanza *st)
{
	const char	*previd = stanza_attr(st, "previd");
	struct device	*d = device_find(s->shard, s->login->name);
	struct session	*old = NULL;
	uint32_t	 h, newly;

	if (previd != NULL)
		old = map_get(&s->shard->resumable, previd, strlen(previd));
	if (d == NULL || old == NULL || old->device != d || !old->resumable ||
	    !sm_read_h(st, &h) ||
	    sm_acknowledge(&old->sm, h, &newly) == SM_ACK_TOO_HIGH) {
		failed(s, "item-not-found");
		return;
	}
	s->device = d;
	session_take_over(s, old);
	session_drop_pinged(s);
	session_acknowledged(s, s->sm.acked);
	session_sm_trim(s);
	/* Pushes in flight go out again from the device's window. */
	session_unsend(s);
	s->sm.out = s->sm.acked;
	session_enter(s, SESSION_BOUND);
	stream_printf(s->stream, "<resumed xmlns='" NS_SM "' previd='%s' "
	    "h='%u'/>", s->sm_id, s->sm.in);
	log_info("session", "resumed peer=%s device=%s", s->peer, d->name);
	resend_copies(s);
	s->settled = true;
	session_set_available(s, s->was_available, s->priority);
	device_flush(d);
}

bool
session_sm_element(struct session *s, const struct stanza *st)
{
	if (strcmp(st->ns, NS_SM) != 0)
		return false;
	if (strcmp(st->name, "enable") == 0)
		enable(s, st);
	else if (strcmp(st->name, "a") == 0)
		acknowledge(s, st);
	else if (strcmp(st->name, "r") == 0 && s->sm.on)
		stream_printf(s->stream, "<a xmlns='" NS_SM "' h='%u'/>",
		    s->sm.in);
	else if (strcmp(st->name, "resume") == 0 && s->state == SESSION_BIND)
		resume(s, st);
	else if (strcmp(st->name, "resume") == 0)
		failed(s, "unexpected-request");
	return true;
}
