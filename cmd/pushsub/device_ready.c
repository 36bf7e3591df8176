/* device_ready - what comes to an available device, and its answers. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "device_parts.h"
#include "xmpp/ns.h"

#define PROBE_MS	60000		/* for the answer to our own question */

#define ID_PROBE	"probe"
#define ANSWER_MAX	65536		/* bytes of an answer that waits */

void
device_ready_acknowledge(struct device *d)
{
	uint32_t	h = ledger_handled(&d->ledger);

	/* Only what was asked for, so that an answer is never volunteered. */
	if (!d->sm.on || d->asked == d->told || h == d->told)
		return;
	d->site->news->on_acknowledge(d);
	d->told = h;
	stream_printf(d->stream, "<a xmlns='" NS_SM "' h='%u'/>", h);
}

void
device_ready_leave(struct device *d)
{
	uint32_t	h = ledger_handled(&d->ledger);

	if (d->site->set->ack == ACK_NONE || (!d->sm.on && !d->unacked)) {
		device_close(d, false);
		return;
	}
	if (!d->sm.on)
		return;		/* the server's ping is on its way */
	d->site->news->on_acknowledge(d);
	if (d->told != h)
		stream_printf(d->stream, "<a xmlns='" NS_SM "' h='%u'/>", h);
	d->told = h;
	d->probing = true;
	/* The answer proves that <a/> was read. */
	stream_printf(d->stream, "<r xmlns='" NS_SM "'/>");
}

static void
on_request(struct device *d)
{
	uint32_t	h = ledger_handled(&d->ledger);

	d->asked = d->ledger.received;
	d->site->news->on_acknowledge(d);
	d->told = h;
	stream_printf(d->stream, "<a xmlns='" NS_SM "' h='%u'/>", h);
}

static void
on_answer(struct device *d, const struct stanza *st)
{
	uint32_t	h, newly;

	d->probing = false;
	if (sm_read_h(st, &h) &&
	    sm_acknowledge(&d->sm, h, &newly) == SM_ACK_TOO_HIGH) {
		stream_error(d->stream, "undefined-condition",
		    "h is above what was sent", NULL);
		return;
	}
	if (d->leaving)
		device_close(d, false);
}

/* True when it has been handled, now or before. */
static bool
on_push(struct device *d, const struct push *p, uint32_t number)
{
	const struct seen_id	*known = NULL;

	if (p->id[0] != '\0')
		known = seen_find(&d->seen, seen_hash(p->id, strlen(p->id)));
	if (known != NULL) {
		d->site->news->on_duplicate(d, known->stream == d->streams);
		ledger_done(&d->ledger, number);
		d->unacked = true;
		return true;
	}
	if (!d->leaving && d->site->news->on_push(d, p, number)) {
		device_remember(d, p->id);
		ledger_done(&d->ledger, number);
		d->unacked = true;
		return true;
	}
	if (d->ledger.count >= LEDGER_MAX)
		stream_pause(d->stream, true);
	return false;
}

/* <iq id='...' to='...' and the type, open for what follows. */
static void
put_iq(struct buf *out, const char *type, const struct stanza *st)
{
	const char	*id = stanza_attr(st, "id");
	const char	*from = stanza_attr(st, "from");

	stanza_printf(out, "<iq type='%s' id='%s'", type,
	    id != NULL ? id : "");
	if (from != NULL)
		stanza_printf(out, " to='%s'", from);
}

static void
put_result(struct device *d, const struct stanza *st, const char *query)
{
	struct stream	*s = device_says(d);

	put_iq(stream_out(s), "result", st);
	buf_putc(stream_out(s), '>');
	buf_puts(stream_out(s), query);
	buf_puts(stream_out(s), "</iq>");
	stream_flush(s);
}

static void
put_unavailable(struct device *d, const struct stanza *st)
{
	struct stream	*s = device_says(d);

	put_iq(stream_out(s), "error", st);
	buf_puts(stream_out(s), "><error type='cancel'><service-unavailable "
	    "xmlns='" NS_STANZAS "'/></error></iq>");
	stream_flush(s);
}

/* Without SM the answer acknowledges: it waits until nothing is open. */
void
device_ready_answer_ping(struct device *d)
{
	struct stream	*s;

	if (d->ping == NULL || d->ledger.count > 0)
		return;
	d->site->news->on_acknowledge(d);
	s = device_says(d);
	buf_puts(stream_out(s), d->ping);
	stream_flush(s);
	free(d->ping);
	d->ping = NULL;
	d->unacked = false;
	if (d->leaving)
		device_close(d, false);
}

/* The ping that stands behind pushes: its answer acknowledges them. */
static void
on_ping(struct device *d, const struct stanza *st)
{
	struct buf	answer;

	if (d->site->set->ack == ACK_NONE)
		return;
	if (d->sm.on) {
		put_result(d, st, "");
		return;
	}
	buf_init(&answer, ANSWER_MAX);
	if (d->site->set->legacy) {
		device_legacy_refuse(st, &answer);
	} else {
		put_iq(&answer, "result", st);
		buf_puts(&answer, "/>");
	}
	free(d->ping);
	d->ping = buf_ok(&answer) ? mem_strndup(answer.p, answer.len) : NULL;
	buf_release(&answer);
	device_ready_answer_ping(d);
}

static void
refuse_as_legacy(struct device *d, const struct stanza *st)
{
	struct stream	*s = device_says(d);

	device_legacy_refuse(st, stream_out(s));
	stream_flush(s);
}

static void
on_question(struct device *d, const struct stanza *st)
{
	if (stanza_child(st, "ping", NS_PING) != NULL)
		on_ping(d, st);
	else if (d->site->set->legacy)
		refuse_as_legacy(d, st);
	else if (stanza_child(st, "query", NS_VERSION) != NULL)
		put_result(d, st, "<query xmlns='" NS_VERSION "'>"
		    "<name>pushsub</name><version>" PUSH_VERSION "</version>"
		    "</query>");
	else if (stanza_child(st, "query", NS_DISCO_INFO) != NULL)
		put_result(d, st, "<query xmlns='" NS_DISCO_INFO "'>"
		    "<identity category='client' type='bot' name='pushsub'/>"
		    "<feature var='" NS_DISCO_INFO "'/>"
		    "<feature var='" NS_JSON "'/><feature var='" NS_PING "'/>"
		    "<feature var='" NS_VERSION "'/></query>");
	else
		put_unavailable(d, st);
}

static void
on_iq(struct device *d, const struct stanza *st, uint32_t number)
{
	const char	*type = stanza_attr(st, "type");
	struct push	 p;

	if (type == NULL || (strcmp(type, "get") != 0 &&
	    strcmp(type, "set") != 0)) {
		d->probing = false;
		ledger_done(&d->ledger, number);
		return;
	}
	if (push_read(st, clock_wall_ms(), &p)) {
		if (on_push(d, &p, number) && !d->site->set->legacy)
			put_result(d, st, "");
	} else {
		ledger_done(&d->ledger, number);
		on_question(d, st);
	}
	push_release(&p);
}

static void
on_message(struct device *d, const struct stanza *st, uint32_t number)
{
	struct push	p;

	if (push_read(st, clock_wall_ms(), &p))
		(void)on_push(d, &p, number);
	else
		ledger_done(&d->ledger, number);
	push_release(&p);
}

void
device_ready_stanza(struct device *d, const struct stanza *st)
{
	uint32_t	number;

	if (stanza_is(st, "r", NS_SM)) {
		if (d->site->set->ack != ACK_NONE)
			on_request(d);
		return;
	}
	if (stanza_is(st, "a", NS_SM)) {
		on_answer(d, st);
		return;
	}
	if (!sm_counts(st))
		return;
	number = ledger_take(&d->ledger);
	if (strcmp(st->name, "message") == 0)
		on_message(d, st, number);
	else if (strcmp(st->name, "iq") == 0)
		on_iq(d, st, number);
	else
		ledger_done(&d->ledger, number);
}

void
device_ready_tick(struct device *d)
{
	if (!d->heard && d->probing) {
		device_lost(d, "the server has fallen silent");
		return;
	}
	if (d->heard) {
		d->heard = d->probing = false;
		loop_timer_set(d->site->loop, &d->timer, 4 * PROBE_MS);
		return;
	}
	d->probing = true;
	if (d->sm.on)
		stream_printf(d->stream, "<r xmlns='" NS_SM "'/>");
	else
		stream_printf(device_says(d), "<iq type='get' "
		    "id='" ID_PROBE "'><ping xmlns='" NS_PING "'/></iq>");
	loop_timer_set(d->site->loop, &d->timer, PROBE_MS);
}
