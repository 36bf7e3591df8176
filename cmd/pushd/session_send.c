#include "session_send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "session.h"
#include "xmpp/ns.h"

#define BARRIER_BYTES	65536	/* of pushes in front of one ping: a slow link
				 * must answer it within the ack time */
#define LATE_MS		5000	/* older pushes carry a delay */
#define BARRIER_ID	"push-ping-"	/* and the barrier's number */
#define PROBE_ID	"push-probe"

static void
keep_copy(struct session *s, const char *text, size_t n)
{
	struct session_copy	*c;

	if (s->copies_len + n > SESSION_SM_COPIES) {
		/* A resume could not be honest any more. */
		s->resumable = false;
		return;
	}
	c = mem_zalloc(1, sizeof(*c) + n);
	c->sm = s->sm.out;
	c->len = n;
	memcpy(c->text, text, n);
	list_append(&s->copies, &c->node);
	s->copies_len += n;
}

void
session_ask_ack(struct session *s)
{
	if (s->r_pending)
		return;
	s->r_pending = true;
	stream_printf(s->stream, "<r xmlns='" NS_SM "'/>");
}

void
session_send(struct session *s, const struct buf *b)
{
	if (s->stream == NULL || stream_is_closing(s->stream))
		return;
	buf_put(stream_out(s->stream), b->p, b->len);
	if (s->sm.on) {
		s->sm.out++;
		if (s->resumable)
			keep_copy(s, b->p, b->len);
		/* Long before the copies are too many to be kept. */
		if (s->copies_len > SESSION_SM_COPIES / 4)
			session_ask_ack(s);
	}
	stream_flush(s->stream);
}

void
session_printf(struct session *s, const char *fmt, ...)
{
	struct buf	b;
	va_list		ap;

	buf_init(&b, s->shard->config->output_max);
	va_start(ap, fmt);
	stanza_vprintf(&b, fmt, ap);
	va_end(ap);
	session_send(s, &b);
	buf_release(&b);
}

/* ---- pushes in flight ---- */

static struct session_sent *
sent_at(struct session *s, uint32_t i)
{
	return &s->sent[(s->sent_head + i) % s->sent_cap];
}

static bool
has_room(struct session *s)
{
	if (s->sent == NULL) {
		s->sent_cap = (uint32_t)s->shard->config->window;
		s->sent = mem_zalloc(s->sent_cap, sizeof(*s->sent));
	}
	/*
	 * While a barrier is open what is flushed waits for the next one;
	 * with SM the window alone is the limit.
	 */
	return s->sent_len < s->sent_cap && !s->barrier_open;
}

/*
 * A session that went away and came back finds in the window what it was
 * sent before: never twice in one session.  Rows ascend, so that a new one
 * costs one look.
 */
static bool
is_in_flight(struct session *s, uint64_t row)
{
	uint32_t	i = s->sent_len;

	while (i > 0 && sent_at(s, i - 1)->row > row)
		i--;
	return i > 0 && sent_at(s, i - 1)->row == row;
}

static void
put_push(struct session *s, struct device_item *it)
{
	struct session_sent	*e = sent_at(s, s->sent_len);
	char			 jid[JID_MAX + 1];
	bool			 late;

	late = it->tries > 0 ||
	    clock_wall_ms() - it->push->accepted_ms > LATE_MS;
	push_put(it->push, s->legacy ? PUSH_NOTIFICATION : PUSH_MESSAGE,
	    session_jid(s, jid), s->shard->config->domain, late,
	    stream_out(s->stream));
	it->tries++;
	s->sent_len++;
	e->row = it->row;
	e->barrier = 0;
	if (s->sm.on)
		e->sm = ++s->sm.out;
	if (s->waiting_ms == 0) {
		s->waiting_ms = loop_now(s->shard->loop);
		session_arm(s);
	}
}

/*
 * The unmodified androidpn client answers any IQ it does not know, in order:
 * the answer to a ping behind the pushes acknowledges them all
 * (androidpn.md 2.5).
 */
static void
put_barrier(struct session *s)
{
	char		jid[JID_MAX + 1];
	uint32_t	i;

	s->barrier++;
	s->barrier_open = true;
	for (i = 0; i < s->sent_len && !s->sm.on; i++)
		if (sent_at(s, i)->barrier == 0)
			sent_at(s, i)->barrier = s->barrier;
	session_printf(s, "<iq type='get' id='" BARRIER_ID "%u' from='%s' "
	    "to='%s'><ping xmlns='" NS_PING "'/></iq>", s->barrier,
	    s->shard->config->domain, session_jid(s, jid));
}

void
session_flush(struct session *s)
{
	struct device_item	*it;
	struct buf		*out;
	size_t			 low;
	bool			 any = false;

	if (s->state != SESSION_BOUND || !s->settled || !s->seat.ready ||
	    stream_is_closing(s->stream) || !has_room(s))
		return;
	/* Room for one push of any size is left in the output at all times. */
	low = s->shard->config->output_max / 4;
	if (!s->sm.on && low > BARRIER_BYTES)
		low = BARRIER_BYTES;
	out = stream_out(s->stream);
	while (s->sent_len < s->sent_cap &&
	    conn_pending(stream_conn(s->stream)) < low && out->len < low &&
	    (it = device_next_item(s->device, s->sent_pos)) != NULL) {
		s->sent_pos = it->pos;
		if (is_in_flight(s, it->row))
			continue;
		put_push(s, it);
		any = true;
	}
	if (!any)
		return;
	if (!s->sm.on)
		put_barrier(s);
	else
		session_ask_ack(s);
	stream_flush(s->stream);
}

static void
pop_acknowledged(struct session *s)
{
	uint64_t	row = sent_at(s, 0)->row;

	s->sent_head = (s->sent_head + 1) % s->sent_cap;
	s->sent_len--;
	device_acknowledged(s->device, row);
}

/* Something was acknowledged: the clock for the rest begins anew. */
static void
progress(struct session *s)
{
	s->waiting_ms = s->sent_len > 0 ? loop_now(s->shard->loop) : 0;
	device_flush(s->device);
}

void
session_drop_pinged(struct session *s)
{
	while (s->sent_len > 0 && sent_at(s, 0)->barrier != 0) {
		s->sent_head = (s->sent_head + 1) % s->sent_cap;
		s->sent_len--;
	}
}

void
session_acknowledged(struct session *s, uint32_t h)
{
	/*
	 * Numbers are compared modulo 2^32 (XEP-0198 section 4).  What went
	 * out before SM was enabled has none: its ping is still awaited.
	 */
	while (s->sent_len > 0 && sent_at(s, 0)->barrier == 0 &&
	    (int32_t)(sent_at(s, 0)->sm - h) <= 0)
		pop_acknowledged(s);
	if (s->sent_len == 0)
		s->barrier_open = false;
}

void
session_answered(struct session *s, const char *id)
{
	uint64_t	number;
	size_t		n = sizeof(BARRIER_ID) - 1;

	/* Any other, a probe's or an old ping's, was a sign of life only. */
	if (!s->barrier_open || strncmp(id, BARRIER_ID, n) != 0 ||
	    num_parse(id + n, strlen(id + n), 0, UINT32_MAX, &number) != 0 ||
	    number != s->barrier)
		return;
	s->barrier_open = false;
	/* With SM on nothing was sent behind an open one: see has_room(). */
	while (s->sent_len > 0 &&
	    (s->sm.on || sent_at(s, 0)->barrier == s->barrier))
		pop_acknowledged(s);
	progress(s);
}

void
session_unsend(struct session *s)
{
	s->sent_len = s->sent_head = 0;
	s->sent_pos = 0;
	s->waiting_ms = 0;
	s->barrier_open = false;
}

void
session_probe(struct session *s)
{
	char	jid[JID_MAX + 1];

	if (s->sm.on) {
		/*
		 * There are clients that miscount (@xmpp/client leaves out
		 * the answers to its own IQs) and never get to a push's
		 * number: a ping behind it says as much.
		 */
		if (s->sent_len > 0 && !s->barrier_open)
			put_barrier(s);
		s->r_pending = true;
		buf_puts(stream_out(s->stream), "<r xmlns='" NS_SM "'/>");
	} else if (!s->barrier_open) {
		stanza_printf(stream_out(s->stream), "<iq type='get' id='"
		    PROBE_ID "' from='%s' to='%s'><ping xmlns='" NS_PING
		    "'/></iq>", s->shard->config->domain,
		    session_jid(s, jid));
	}
	stream_flush(s->stream);
}
