/*
 * stanza - a small read-only tree of one element, and the one way to write
 * XML.
 *
 * Trees are built by xml.c in an arena of its own: everything reached from a
 * stanza is borrowed until the callback that got it returns.  All strings
 * are UTF-8 that XML allows, NUL-terminated, with their length beside them.
 */
#ifndef STANZA_H
#define STANZA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct stanza_attr {
	const char		*name;		/* local name */
	const char		*ns;		/* "" without a prefix */
	const char		*value;
	size_t			 len;
	struct stanza_attr	*next;
};

struct stanza {
	const char		*name;		/* local name */
	const char		*ns;		/* "" for none */
	const char		*text;		/* own character data, joined */
	size_t			 textlen;
	struct stanza_attr	*attrs;
	struct stanza		*child;		/* first */
	struct stanza		*next;		/* sibling */
};

/* Name and namespace, both. */
bool		 stanza_is(const struct stanza *, const char *name,
		    const char *ns);
/* Value of an attribute without a prefix, or NULL. */
const char	*stanza_attr(const struct stanza *, const char *name);
/* xml:lang and the like. */
const char	*stanza_attr_ns(const struct stanza *, const char *name,
		    const char *ns);
/* First child of that name and namespace; ns NULL: the parent's. */
const struct stanza	*stanza_child(const struct stanza *, const char *name,
			    const char *ns);
/* First child in that namespace, whatever its name. */
const struct stanza	*stanza_child_ns(const struct stanza *,
			    const char *ns);
/* Text of that child, or NULL without the child. */
const char	*stanza_child_text(const struct stanza *, const char *name,
		    const char *ns);
/* Number of child elements. */
size_t		 stanza_children(const struct stanza *);
/* Writes the tree again, escaped, with its namespaces; parent_ns is known. */
void		 stanza_write(const struct stanza *, const char *parent_ns,
		    struct buf *);

/*
 * The one XML writer.  A printf whose %s and %.*s are escaped for text and
 * for attribute values in either quote; %d %u %zu and the like stay.  The
 * format is ours and holds the markup.
 */
void	stanza_printf(struct buf *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	stanza_vprintf(struct buf *, const char *fmt, va_list)
	    __attribute__((format(printf, 2, 0)));
/*
 * Bytes as an element's text, where quotes stay as they are (JSON is full of
 * them), or as the value of an attribute.
 */
void	stanza_put_text(struct buf *, const char *, size_t);
void	stanza_put_attr(struct buf *, const char *, size_t);

#endif
