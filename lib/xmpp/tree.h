/*
 * tree - builds one stanza in an arena, counting before it allocates.
 *
 * Part of xml.c, which turns expat's events into these calls.  Names arrive
 * as expat writes them, "namespace LF local name".  After an error only
 * tree_reset() and tree_release() may follow.
 */
#ifndef TREE_H
#define TREE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "xmpp/stanza.h"

struct tree_chunk;
struct tree_node;
struct xml_limits;

struct tree {
	struct tree_chunk	*chunks;	/* newest first */
	struct tree_node	*open;		/* innermost open element */
	uint32_t		 depth;
	uint32_t		 children;
	uint32_t		 namespaces;
};

/* Zeroed memory is an empty tree. */
void	tree_release(struct tree *);
/* Forgets the stanza; keeps one small chunk for the next. */
void	tree_reset(struct tree *);
/* A NUL-terminated copy in the arena. */
char	*tree_keep(struct tree *, const char *, size_t);

/*
 * Namespace declarations come before the element that carries them; prefix
 * is NULL for the default namespace.
 *
 * Returns PUSH_E_TOOLARGE over a limit, PUSH_E_XML for a namespace with
 * spaces or control characters, which could forge our separator.
 */
enum push_err	tree_namespace(struct tree *, const struct xml_limits *,
		    const char *prefix, const char *uri) MUST_USE;
/* atts: name, value, name, value, NULL. */
enum push_err	tree_start(struct tree *, const struct xml_limits *,
		    const char *name, const char *const *atts) MUST_USE;
/* Character data of the open element. */
void		tree_text(struct tree *, const char *, size_t);
/* The element that is open. */
const struct stanza	*tree_open(const struct tree *);
/* Closes the open element and returns it. */
const struct stanza	*tree_end(struct tree *);

#endif
