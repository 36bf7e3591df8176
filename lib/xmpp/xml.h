/*
 * xml - the XML filter: bytes of a stream in, header and stanzas out.
 *
 * No parser per connection.  A pool (one per thread) keeps hot expat parsers
 * that have read a stream's root already; a connection borrows one for a
 * chunk and keeps it only while a stanza is incomplete.  A parser is free
 * again iff depth is 1 and the byte index equals the bytes fed.  Where a root
 * declares other names than usual its start tag is kept, and a parser that is
 * lent to that stream reads it first.
 *
 * Refused: comments, processing instructions, DOCTYPE, entities other than
 * the five, encodings other than UTF-8 (RFC 6120 section 11), and whatever
 * passes a limit; bytes, depth, children, attributes and namespaces are
 * counted before anything is built.
 */
#ifndef XML_H
#define XML_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "xmpp/stanza.h"

struct xml_pool;		/* one per thread */
struct xml_parser;		/* expat and an arena; the pool's */

struct xml_limits {
	uint32_t	stanza;		/* bytes of a top-level element */
	uint16_t	depth;		/* elements inside one another */
	uint16_t	children;	/* elements in a stanza */
	uint16_t	attributes;	/* of one element */
	uint16_t	namespaces;	/* declared in a stanza */
	uint16_t	name;		/* bytes of a name or namespace */
};

/* The attributes of <stream:stream>; borrowed, NULL where absent. */
struct xml_header {
	const char	*ns;		/* default namespace */
	const char	*to, *from, *id, *version, *lang;
	bool		 is_stream;	/* {NS_STREAM}stream it was */
};

struct xml_news {
	void	(*on_header)(void *arg, const struct xml_header *);
	void	(*on_stanza)(void *arg, const struct stanza *);
	/* the peer's </stream:stream> */
	void	(*on_end)(void *arg);
};

/* A connection's part: embedded in its stream, 40 bytes. */
struct xml {
	struct xml_pool		*pool;
	struct xml_parser	*parser;	/* borrowed, usually NULL */
	const struct xml_limits	*limits;	/* borrowed */
	char			*root;		/* start tag, if unusual */
	uint32_t		 fed;		/* bytes of the open stanza */
	bool			 open;		/* header was read */
	bool			 stopped;
	bool			 over;		/* ended or failed */
};

struct xml_pool	*xml_pool_new(void);
/* All connections of the pool were released before. */
void		 xml_pool_free(struct xml_pool **);
/* Parsers that exist, for status and tests. */
size_t		 xml_pool_parsers(const struct xml_pool *);

void	xml_init(struct xml *, struct xml_pool *, const struct xml_limits *);
/*
 * Gives a borrowed parser back and frees the rest.  Legal inside a callback
 * of its own.
 */
void	xml_release(struct xml *);
/* Other limits from the next stanza on: after login. */
void	xml_set_limits(struct xml *, const struct xml_limits *);
/* Expects a new header: after STARTTLS and SASL.  Not inside a callback. */
void	xml_restart(struct xml *);
/*
 * A move between threads: NULL in the old one, which gives a borrowed parser
 * back, then the new one's pool.  Between stanzas, or xml_restart() follows;
 * not inside a callback.
 */
void	xml_set_pool(struct xml *, struct xml_pool *);
/*
 * From a callback: stop behind the element just reported.  xml_feed returns
 * how many bytes were used; the rest belongs to what comes next.
 */
void	xml_stop(struct xml *);

/*
 * Feeds n bytes, calling news(arg) for what they complete.
 *
 * err		out: on -1, PUSH_E_XML, _RESTRICTED, _ENCODING or _TOOLARGE;
 *		the filter can only be released then
 *
 * Returns the bytes used: n, or less after xml_stop(); -1 on an error.
 */
ssize_t	xml_feed(struct xml *, const char *, size_t n, const struct xml_news *,
	    void *arg, enum push_err *err) MUST_USE;

#endif
