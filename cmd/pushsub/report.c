#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/format.h"
#include "base/json.h"
#include "io/outlet.h"

#define LINE_MAX_BYTES	(8 * 1024 * 1024)	/* a push, escaped, in JSON */

void
report_init(struct report *r, const struct settings *set, int signals,
    uint64_t now_ms)
{
	memset(r, 0, sizeof(*r));
	r->set = set;
	r->signals = signals;
	r->terminal = isatty(STDOUT_FILENO) == 1;
	r->ticked_ms = now_ms;
	buf_init(&r->line, LINE_MAX_BYTES);
}

void
report_release(struct report *r)
{
	buf_release(&r->line);
}

static void
put_part(struct report *r, const char *before, const struct json *doc,
    const char *name)
{
	const char	*text = json_get_string(doc, name);

	if (text == NULL || *text == '\0')
		return;
	buf_puts(&r->line, before);
	term_put(&r->line, text, strlen(text), true);
}

static void
put_text(struct report *r, const char *json, size_t n)
{
	struct json	*doc;

	if (json_parse(json, n, &doc, NULL) != PUSH_OK)
		return;
	put_part(r, "", doc, "received");
	put_part(r, " ", doc, "to");
	put_part(r, ": ", doc, "title");
	put_part(r, ": ", doc, "message");
	put_part(r, " ", doc, "uri");
	buf_putc(&r->line, '\n');
	json_free(&doc);
}

bool
report_wants_json(const struct report *r)
{
	return r->set->format != NULL || r->set->output != TERM_NONE;
}

static void
put_line(struct report *r, const char *json, size_t n)
{
	buf_reset(&r->line);
	if (r->set->format != NULL) {
		format_put(r->set->format, json, n, r->terminal, &r->line);
	} else if (r->set->output == TERM_JSON) {
		buf_put(&r->line, json, n);
		buf_putc(&r->line, '\n');
	} else if (r->set->output == TERM_TEXT) {
		put_text(r, json, n);
	}
}

static enum report_wrote
write_line(struct report *r)
{
	int	error = outlet_write(&r->line, r->signals, -1);

	if (error == EPIPE)
		return REPORT_PIPE;
	errno = error;
	return error != 0 ? REPORT_FAILED :
	    r->line.len > 0 ? REPORT_SIGNAL : REPORT_OK;
}

enum report_wrote
report_push(struct report *r, const char *json, size_t n, int64_t sent,
    int64_t received)
{
	enum report_wrote	rc;

	put_line(r, json, n);
	rc = write_line(r);
	if (rc != REPORT_OK)
		return rc;
	if (r->received++ == 0)
		r->first = received;
	r->last = received;
	if (sent >= 0) {
		latency_add(&r->tick, received - sent);
		latency_add(&r->total, received - sent);
	}
	return REPORT_OK;
}

uint64_t
report_lost(const struct report *r)
{
	return r->set->expects && r->set->expect > r->received ?
	    r->set->expect - r->received : 0;
}

/* Pushes per second of n pushes in ms. */
static uint64_t
rate(uint64_t n, uint64_t ms)
{
	return ms > 0 ? n * 1000 / ms : 0;
}

void
report_stats(struct report *r, size_t connected, uint64_t now_ms, bool whole)
{
	const struct latency	*l = whole ? &r->total : &r->tick;
	uint64_t		 per_s;

	per_s = whole ? rate(r->received, (uint64_t)(r->last - r->first)) :
	    rate(r->received - r->ticked, now_ms - r->ticked_ms);
	term_tell("pushsub", "%s: connected=%zu received=%" PRIu64
	    " lost=%" PRIu64 " duplicate=%" PRIu64 " rate=%" PRIu64 "/s"
	    " p50=%" PRId64 " p95=%" PRId64 " p99=%" PRId64 " ms",
	    whole ? "summary" : "stats", connected, r->received,
	    whole ? report_lost(r) : 0, r->duplicate, per_s,
	    latency_percentile(l, 50),
	    latency_percentile(l, 95), latency_percentile(l, 99));
	r->ticked = r->received;
	r->ticked_ms = now_ms;
	latency_reset(&r->tick);
}
