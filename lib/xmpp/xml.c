#include "xml.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "xmpp/xml_parser.h"

#define KEEP_HOT	128		/* free parsers that wait for work */
#define KEEP_COLD	8
#define MEMORY_MAX	(256 * 1024)	/* expat interns names for ever */
#define GROWN_MAX	(2 * MEMORY_MAX)	/* its own and inherited */
#define BUFFERS		4		/* stanzas that expat may buffer */
#define FED_MAX		(1 << 30)	/* its byte index may have 32 bits */
#define SLICE_MAX	(1 << 20)

/*
 * cold: nothing read; hot: a root of the shared profile read.  A borrowed
 * parser is in no list.
 */
struct xml_pool {
	struct xml_parser	*hot, *cold;
	size_t			 hot_count, cold_count;
	size_t			 count;		/* borrowed ones, too */
};

static void
give_cold(struct xml_parser *p)
{
	struct xml_pool	*pool = p->pool;

	if (p->memory > MEMORY_MAX || pool->cold_count == KEEP_COLD) {
		pool->count--;
		xml_parser_free(p);
		return;
	}
	xml_parser_reset(p);
	p->next = pool->cold;
	pool->cold = p;
	pool->cold_count++;
}

static void
give_hot(struct xml_parser *p)
{
	struct xml_pool	*pool = p->pool;

	if (p->memory > MEMORY_MAX || p->fed > FED_MAX ||
	    pool->hot_count == KEEP_HOT) {
		give_cold(p);
		return;
	}
	p->next = pool->hot;
	pool->hot = p;
	pool->hot_count++;
}

static struct xml_parser *
pop_hot(struct xml_pool *pool)
{
	struct xml_parser	*p = pool->hot;

	pool->hot = p->next;
	pool->hot_count--;
	return p;
}

static struct xml_parser *
take_cold(struct xml_pool *pool)
{
	struct xml_parser	*p;

	/* A login turns a cold one hot: turn a spare one back. */
	if (pool->cold == NULL && pool->hot_count > 1)
		give_cold(pop_hot(pool));
	if ((p = pool->cold) == NULL) {
		pool->count++;
		return xml_parser_new(pool);
	}
	pool->cold = p->next;
	pool->cold_count--;
	return p;
}

/* One that has read a root, NULL for the shared profile's. */
static struct xml_parser *
take_open(struct xml_pool *pool, const char *root)
{
	struct xml_parser	*p;

	if (root == NULL && pool->hot != NULL)
		return pop_hot(pool);
	p = take_cold(pool);
	xml_parser_assume_header(p, root);
	return p;
}

struct xml_pool *
xml_pool_new(void)
{
	return mem_zalloc(1, sizeof(struct xml_pool));
}

void
xml_pool_free(struct xml_pool **poolp)
{
	struct xml_pool		*pool = *poolp;
	struct xml_parser	*p;

	if (pool == NULL)
		return;
	assert(pool->count == pool->hot_count + pool->cold_count);
	while (pool->hot != NULL)
		xml_parser_free(pop_hot(pool));
	while ((p = pool->cold) != NULL) {
		pool->cold = p->next;
		xml_parser_free(p);
	}
	free(pool);
	*poolp = NULL;
}

size_t
xml_pool_parsers(const struct xml_pool *pool)
{
	return pool->count;
}

void
xml_init(struct xml *x, struct xml_pool *pool, const struct xml_limits *limits)
{
	memset(x, 0, sizeof(*x));
	x->pool = pool;
	x->limits = limits;
}

static void
give_back(struct xml *x)
{
	struct xml_parser	*p = x->parser;

	if (p == NULL)
		return;
	x->parser = NULL;
	p->owner = NULL;
	/* A running one sees that it has no owner: xml_feed() gives it back. */
	if (!p->running)
		give_cold(p);
}

void
xml_release(struct xml *x)
{
	give_back(x);
	free(x->root);
	x->root = NULL;
}

void
xml_set_limits(struct xml *x, const struct xml_limits *limits)
{
	x->limits = limits;
}

void
xml_restart(struct xml *x)
{
	xml_release(x);
	xml_init(x, x->pool, x->limits);
}

void
xml_set_pool(struct xml *x, struct xml_pool *pool)
{
	assert(x->parser == NULL || pool == NULL);
	give_back(x);
	x->pool = pool;
}

void
xml_stop(struct xml *x)
{
	x->stopped = true;
}

/*
 * Bytes in front of the first that no UTF-8 has.  NUL is among those: expat
 * reads UTF-16 whatever encoding it was told (RFC 6120 section 11.6).
 */
static size_t
count_utf8(const char *s, size_t n)
{
	const uint64_t	high = UINT64_C(0x8080808080808080);
	const uint64_t	ones = UINT64_C(0x0101010101010101);
	uint64_t	w;
	unsigned char	c;
	size_t		i;

	for (i = 0; i < n; i++) {
		while (n - i >= sizeof(w)) {
			memcpy(&w, s + i, sizeof(w));
			if (((w | (w - ones)) & high) != 0)
				break;
			i += sizeof(w);
		}
		if (i == n)
			break;
		c = (unsigned char)s[i];
		if (c == 0 || c == 0xc0 || c == 0xc1 || c >= 0xf5)
			break;
	}
	return i;
}

/*
 * White space in front of a header: some clients end their last element with
 * a newline.  It counts as the header's.
 */
static size_t
skip_space(struct xml *x, const char *s, size_t n)
{
	size_t	i;

	if (x->open || x->parser != NULL)
		return 0;
	for (i = 0; i < n && strchr(" \t\r\n", s[i]) != NULL; i++)
		if (x->fed < UINT32_MAX)
			x->fed++;
	return i;
}

/* Makes sure of x->parser. */
static void
borrow(struct xml *x, const struct xml_news *news, void *arg)
{
	if (x->parser == NULL) {
		if (x->open)
			x->parser = take_open(x->pool, x->root);
		else {
			x->parser = take_cold(x->pool);
			xml_parser_expect_header(x->parser);
		}
		x->parser->owner = x;
	}
	x->parser->news = news;
	x->parser->arg = arg;
}

/*
 * After a slice: counts what is unfinished; if nothing, the parser is free.
 *
 * Returns false where names have grown without end: a peer whose every read
 * ends inside a stanza never lets go of its parser.
 */
static bool
settle(struct xml *x, size_t n)
{
	struct xml_parser	*p = x->parser;

	if (p->depth == 0) {
		x->fed += (uint32_t)n;
		return true;
	}
	x->fed = (uint32_t)xml_parser_pending(p);
	if (x->fed > 0)
		return p->memory <= GROWN_MAX +
		    BUFFERS * (size_t)x->limits->stanza;
	x->parser = NULL;
	p->owner = NULL;
	if (x->root == NULL)
		give_hot(p);
	else
		give_cold(p);
	return true;
}

/* How many of n bytes the limit allows to be looked at before the next. */
static size_t
room(const struct xml *x, size_t n)
{
	size_t	 left = x->limits->stanza > x->fed ?
		    x->limits->stanza - x->fed : 0;

	if (left > SLICE_MAX)
		left = SLICE_MAX;
	return left < n ? left : n;
}

static ssize_t
refuse(struct xml *x, enum push_err why, enum push_err *err)
{
	xml_release(x);
	x->over = true;
	*err = why;
	return -1;
}

/*
 * A slice is never longer than what the unfinished stanza may still have, so
 * that no tree is built beyond the limit, and a bad byte fails only after
 * what came before it was told: how the reads were split makes no difference.
 */
ssize_t
xml_feed(struct xml *x, const char *s, size_t n, const struct xml_news *news,
    void *arg, enum push_err *err)
{
	struct xml_parser	*p;
	size_t			 good, used, len, from;

	x->stopped = false;
	if (x->over)
		return (ssize_t)n;
	good = count_utf8(s, n);
	used = skip_space(x, s, good);
	if (x->fed > x->limits->stanza)
		return refuse(x, PUSH_E_TOOLARGE, err);
	for (; used < good; used += len) {
		if ((len = room(x, good - used)) == 0)
			return refuse(x, PUSH_E_TOOLARGE, err);
		borrow(x, news, arg);
		p = x->parser;
		from = p->fed;
		switch (xml_parser_run(p, s + used, len)) {
		case XML_SLICE_USED:
			if (!settle(x, len))
				return refuse(x, PUSH_E_TOOLARGE, err);
			break;
		case XML_SLICE_STOPPED:
			used += p->end - from;
			give_back(x);
			x->fed = 0;
			return (ssize_t)used;
		case XML_SLICE_ENDED:
			xml_release(x);
			return (ssize_t)n;
		case XML_SLICE_FAILED:
			return refuse(x, p->err, err);
		case XML_SLICE_GONE:
			give_cold(p);
			return (ssize_t)n;
		}
	}
	if (good == n)
		return (ssize_t)n;
	return refuse(x, s[good] == '\0' && x->open ? PUSH_E_XML :
	    PUSH_E_ENCODING, err);
}
