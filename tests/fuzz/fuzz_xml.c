/*
 * The XML filter under hostile bytes.  The first bytes choose how the reads
 * are split; the log of callbacks and the error must not depend on it.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "xmpp/ns.h"
#include "xmpp/xml.h"

#define LOG_MAX	(1 << 22)

static const struct xml_limits	limits = { 600, 5, 6, 3, 3, 60 };

struct run {
	struct xml	x;
	struct buf	log;
	unsigned int	told, stop_at;
	bool		ended;
};

static void
told(struct run *r)
{
	buf_putc(&r->log, '\n');
	if (++r->told == r->stop_at)
		xml_stop(&r->x);
}

static void
on_header(void *arg, const struct xml_header *h)
{
	struct run	*r = arg;

	stanza_printf(&r->log, "header %d %s %s %s", h->is_stream, h->ns,
	    h->to, h->lang);
	told(r);
}

static void
on_stanza(void *arg, const struct stanza *st)
{
	struct run	*r = arg;

	stanza_write(st, NS_CLIENT, &r->log);
	told(r);
}

static void
on_end(void *arg)
{
	struct run	*r = arg;

	buf_puts(&r->log, "end");
	r->ended = true;
	told(r);
}

static const struct xml_news	news = { on_header, on_stanza, on_end };

/*
 * Feeds s in reads of 1 to step bytes, going on after the one stop, and moves
 * to the other pool wherever no parser is borrowed.
 */
static void
run(struct run *r, struct xml_pool *const *pools, const char *s, size_t len,
    size_t step)
{
	unsigned int	moves = 0;
	enum push_err	err = PUSH_OK;
	size_t		at, n;
	ssize_t		used;
	char		*copy;

	xml_init(&r->x, pools[0], &limits);
	buf_init(&r->log, LOG_MAX);
	for (at = 0; at < len; at += (size_t)used) {
		n = step < len - at ? step : len - at;
		copy = malloc(n);
		memcpy(copy, s + at, n);
		used = xml_feed(&r->x, copy, n, &news, r, &err);
		free(copy);
		if (used < 0)
			break;
		if (r->x.stopped && r->stop_at % 2 == 0)
			xml_restart(&r->x);
		if (r->x.parser == NULL)
			xml_set_pool(&r->x, pools[++moves % 2]);
	}
	buf_printf(&r->log, "%s", err_name(err));
	xml_release(&r->x);
}

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct xml_pool	*pools[2];
	struct run		 whole, split;
	const char		*s;
	size_t			 step;

	if (size < 2)
		return 0;
	if (pools[0] == NULL) {
		pools[0] = xml_pool_new();
		pools[1] = xml_pool_new();
	}
	memset(&whole, 0, sizeof(whole));
	memset(&split, 0, sizeof(split));
	step = data[0] % 64 + 1u;
	whole.stop_at = split.stop_at = data[1] % 8;
	s = (const char *)data + 2;
	run(&whole, pools, s, size - 2, size - 2);
	run(&split, pools, s, size - 2, step);
	if (whole.log.len != split.log.len ||
	    memcmp(whole.log.p, split.log.p, whole.log.len) != 0) {
		fprintf(stderr, "whole: %s\nsplit %zu: %s\n",
		    buf_str(&whole.log), step, buf_str(&split.log));
		abort();
	}
	buf_release(&whole.log);
	buf_release(&split.log);
	return 0;
}
