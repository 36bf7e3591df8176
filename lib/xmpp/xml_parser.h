/*
 * xml_parser - one expat parser with the tree it builds: what xml.c lends to
 * connections.
 *
 * The only user of expat.  Knows its owner, so that a callback may stop or
 * release the filter: nothing of it is touched once owner is NULL.
 */
#ifndef XML_PARSER_H
#define XML_PARSER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "xmpp/tree.h"
#include "xmpp/xml.h"

struct XML_ParserStruct;	/* expat's */

struct xml_parser {
	struct xml_parser	*next;		/* in a list of the pool */
	struct xml_pool		*pool;
	struct XML_ParserStruct	*expat;
	size_t			 memory;	/* bytes expat holds */
	struct tree		 tree;
	struct xml		*owner;		/* NULL: was released */
	const struct xml_news	*news;
	void			*arg;
	size_t			 fed;		/* bytes since the reset */
	size_t			 start;		/* where the stanza began */
	size_t			 end;		/* where xml_stop() stopped */
	const char		*root_ns;
	unsigned int		 declared;	/* by the root, as bits */
	unsigned int		 depth;		/* open elements, with root */
	enum push_err		 err;
	bool			 running;	/* inside expat */
};

/* What became of a slice of input. */
enum xml_slice {
	XML_SLICE_USED,
	XML_SLICE_STOPPED,	/* behind parser->end */
	XML_SLICE_ENDED,	/* the root was closed */
	XML_SLICE_FAILED,	/* parser->err */
	XML_SLICE_GONE,		/* the owner is no more */
};

struct xml_parser	*xml_parser_new(struct xml_pool *);
void		 xml_parser_free(struct xml_parser *);
/* Forgets all but the memory.  Never while it runs. */
void		 xml_parser_reset(struct xml_parser *);

/* After new or reset: expects a header... */
void		 xml_parser_expect_header(struct xml_parser *);
/* ...or goes on behind root, NULL for one of the shared profile. */
void		 xml_parser_assume_header(struct xml_parser *,
		    const char *root);

/*
 * Parses n bytes for the owner.  After all but _USED only free and reset may
 * follow.
 */
enum xml_slice	 xml_parser_run(struct xml_parser *, const char *, size_t n)
		    MUST_USE;
/* Bytes of the unfinished element; with depth 1 and 0 it is free. */
size_t		 xml_parser_pending(const struct xml_parser *);

#endif
