/*
 * xml_peer - a connection that writes down what the filter tells it, for the
 * tests of xml.c.
 */
#ifndef XML_PEER_H
#define XML_PEER_H

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "xmpp/ns.h"
#include "xmpp/xml.h"
#include "xmpp/xml_parser.h"

#define HEADER	"<stream:stream xmlns='jabber:client' xmlns:stream="	\
		"'http://etherx.jabber.org/streams' to='push.example' "	\
		"version='1.0'>"
#define OWN	"<s:stream xmlns:s='http://etherx.jabber.org/streams' "	\
		"xmlns='jabber:client' xmlns:f='urn:f' to='x'>"
#define PREFIX	"<s:stream xmlns:s='http://etherx.jabber.org/streams' "	\
		"xmlns='jabber:client'>"
#define END	"</stream:stream>"

static const struct xml_limits	limits = { 4096, 8, 20, 6, 4, 40 };

/* A connection that writes down what it is told. */
struct peer {
	struct xml	 *x;
	struct buf	  log;
	size_t		  told;		/* callbacks so far */
	size_t		  stop_at;	/* callback that stops, from 1 */
	size_t		  release_at;	/* callback that frees x */
	enum push_err	  err;
};

static void
told(struct peer *p)
{
	buf_putc(&p->log, '\n');
	p->told++;
	if (p->told == p->stop_at)
		xml_stop(p->x);
	if (p->told == p->release_at) {
		xml_release(p->x);
		free(p->x);
		p->x = NULL;
	}
}

static void
on_header(void *arg, const struct xml_header *h)
{
	struct peer	*p = arg;

	buf_printf(&p->log, "header %d ns=%s to=%s from=%s id=%s version=%s "
	    "lang=%s", h->is_stream, h->ns != NULL ? h->ns : "-",
	    h->to != NULL ? h->to : "-", h->from != NULL ? h->from : "-",
	    h->id != NULL ? h->id : "-",
	    h->version != NULL ? h->version : "-",
	    h->lang != NULL ? h->lang : "-");
	told(p);
}

static void
on_stanza(void *arg, const struct stanza *st)
{
	struct peer	*p = arg;

	stanza_write(st, NS_CLIENT, &p->log);
	told(p);
}

static void
on_end(void *arg)
{
	struct peer	*p = arg;

	buf_puts(&p->log, "end");
	told(p);
}

static const struct xml_news	news = { on_header, on_stanza, on_end };

static inline void
peer_init(struct peer *p, struct xml_pool *pool, const struct xml_limits *l)
{
	memset(p, 0, sizeof(*p));
	p->x = malloc(sizeof(*p->x));
	xml_init(p->x, pool, l);
	buf_init(&p->log, 1 << 20);
}

static inline void
peer_release(struct peer *p)
{
	if (p->x != NULL)
		xml_release(p->x);
	free(p->x);
	buf_release(&p->log);
}

/* A copy of its own size, so that the sanitizer sees a read too far. */
static inline ssize_t
feed(struct peer *p, const char *s, size_t n)
{
	char	*copy = malloc(n + 1);
	ssize_t	 used;

	memcpy(copy, s, n);
	copy = realloc(copy, n > 0 ? n : 1);
	used = xml_feed(p->x, copy, n, &news, p, &p->err);
	free(copy);
	if (used < 0)
		buf_printf(&p->log, "error %s\n", err_name(p->err));
	return used;
}

static inline const char *
log_of(struct peer *p)
{
	return buf_str(&p->log);
}

/* Feeds s in steps of n bytes; the log is the caller's. */
static inline char *
run_in_steps(struct xml_pool *pool, const struct xml_limits *l, const char *s,
    size_t len, size_t n)
{
	struct peer	 p;
	char		*log;
	size_t		 at, step;

	peer_init(&p, pool, l);
	for (at = 0; at < len; at += step) {
		step = n < len - at ? n : len - at;
		if (feed(&p, s + at, step) < 0)
			break;
	}
	log = strdup(log_of(&p));
	peer_release(&p);
	return log;
}

static inline char *
run_split(struct xml_pool *pool, const struct xml_limits *l, const char *s,
    size_t len, size_t at)
{
	struct peer	 p;
	char		*log;

	peer_init(&p, pool, l);
	if (feed(&p, s, at) >= 0)
		(void)feed(&p, s + at, len - at);
	log = strdup(log_of(&p));
	peer_release(&p);
	return log;
}

/* The log of s, or NULL where some split of the reads changes it. */
static inline char *
run(const struct xml_limits *l, const char *s, size_t len)
{
	struct xml_pool	*pool = xml_pool_new();
	char		*log = run_in_steps(pool, l, s, len, len), *other;
	size_t		 i;
	bool		 same = true;

	for (i = 1; i < 2 * len && same; i++) {
		other = i < len ? run_split(pool, l, s, len, i) :
		    run_in_steps(pool, l, s, len, i - len + 1);
		same = strcmp(log, other) == 0;
		if (!same)
			printf("# split %zu of %zu: %s# not: %s", i, len,
			    other, log);
		free(other);
	}
	xml_pool_free(&pool);
	if (!same) {
		free(log);
		log = NULL;
	}
	return log;
}

static inline bool
gives(const struct xml_limits *l, const char *s, size_t len, const char *want)
{
	char	*log = run(l, s, len);
	bool	 same = log != NULL && strcmp(log, want) == 0;

	if (log != NULL && !same)
		printf("# got: %s", log);
	free(log);
	return same;
}

#endif
