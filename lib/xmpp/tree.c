#include "tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "xmpp/xml.h"

#define CHUNK	4000		/* bytes in an ordinary chunk */
#define ALIGN	sizeof(void *)

struct tree_chunk {
	struct tree_chunk	*next;
	size_t			 used, size;
	char			 bytes[];
};

struct tree_node {
	struct stanza		 stanza;	/* first: it is the node */
	struct tree_node	*up;
	struct stanza		*last;		/* last child */
	char			*text;
	size_t			 room;		/* bytes at text */
};

static void *
arena_get(struct tree *t, size_t n)
{
	struct tree_chunk	*c = t->chunks;
	size_t			 size;
	char			*p;

	n = (n + ALIGN - 1) / ALIGN * ALIGN;
	if (c == NULL || n > c->size - c->used) {
		size = n > CHUNK ? n : CHUNK;
		c = mem_realloc(NULL, sizeof(*c) + size, 1);
		c->next = t->chunks;
		c->used = 0;
		c->size = size;
		t->chunks = c;
	}
	p = c->bytes + c->used;
	c->used += n;
	return p;
}

/* Stanzas carry passwords: none stays behind in free memory. */
static void
wipe(struct tree_chunk *c)
{
	explicit_bzero(c->bytes, c->used);
	c->used = 0;
}

void
tree_release(struct tree *t)
{
	struct tree_chunk	*c;

	while ((c = t->chunks) != NULL) {
		t->chunks = c->next;
		wipe(c);
		free(c);
	}
	memset(t, 0, sizeof(*t));
}

void
tree_reset(struct tree *t)
{
	struct tree_chunk	*c;

	while ((c = t->chunks) != NULL &&
	    (c->next != NULL || c->size > CHUNK)) {
		t->chunks = c->next;
		wipe(c);
		free(c);
	}
	if (c != NULL)
		wipe(c);
	t->open = NULL;
	t->depth = t->children = t->namespaces = 0;
}

char *
tree_keep(struct tree *t, const char *s, size_t n)
{
	char	*p = arena_get(t, n + 1);

	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

enum push_err
tree_namespace(struct tree *t, const struct xml_limits *limits,
    const char *prefix, const char *uri)
{
	const char	*p;

	if (++t->namespaces > limits->namespaces ||
	    (prefix != NULL && strlen(prefix) > limits->name) ||
	    strlen(uri) > limits->name)
		return PUSH_E_TOOLARGE;
	for (p = uri; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ')
			return PUSH_E_XML;
	return PUSH_OK;
}

/* Splits "namespace LF name"; returns the name, *n is the namespace's. */
static const char *
split_name(const char *name, size_t *n)
{
	const char	*lf = strchr(name, '\n');

	*n = lf != NULL ? (size_t)(lf - name) : 0;
	return lf != NULL ? lf + 1 : name;
}

static bool
name_fits(const struct xml_limits *limits, const char *name)
{
	size_t	 n;

	name = split_name(name, &n);
	return n <= limits->name && strlen(name) <= limits->name;
}

static enum push_err
check_start(const struct tree *t, const struct xml_limits *limits,
    const char *name, const char *const *atts)
{
	size_t	i;

	if (t->depth >= limits->depth || !name_fits(limits, name) ||
	    (t->depth > 0 && t->children >= limits->children))
		return PUSH_E_TOOLARGE;
	for (i = 0; atts[i] != NULL; i += 2)
		if (i / 2 >= limits->attributes || !name_fits(limits, atts[i]))
			return PUSH_E_TOOLARGE;
	return PUSH_OK;
}

static struct stanza_attr *
copy_attr(struct tree *t, const char *name, const char *value)
{
	struct stanza_attr	*a = arena_get(t, sizeof(*a));
	const char		*local;
	size_t			 n;

	local = split_name(name, &n);
	a->name = tree_keep(t, local, strlen(local));
	a->ns = n > 0 ? tree_keep(t, name, n) : "";
	a->len = strlen(value);
	a->value = tree_keep(t, value, a->len);
	a->next = NULL;
	return a;
}

/* A child is mostly in its parent's namespace: one copy for both. */
static const char *
copy_namespace(struct tree *t, const char *name, size_t n)
{
	const char	*ns;

	if (n == 0)
		return "";
	ns = t->open != NULL ? t->open->stanza.ns : "";
	if (strncmp(ns, name, n) == 0 && ns[n] == '\0')
		return ns;
	return tree_keep(t, name, n);
}

static void
add_child(struct tree_node *parent, struct stanza *child)
{
	if (parent->last != NULL)
		parent->last->next = child;
	else
		parent->stanza.child = child;
	parent->last = child;
}

enum push_err
tree_start(struct tree *t, const struct xml_limits *limits, const char *name,
    const char *const *atts)
{
	struct stanza_attr	**end;
	struct tree_node	 *node;
	const char		 *local;
	enum push_err		  err;
	size_t			  i, n;

	if ((err = check_start(t, limits, name, atts)) != PUSH_OK)
		return err;
	node = arena_get(t, sizeof(*node));
	memset(node, 0, sizeof(*node));
	local = split_name(name, &n);
	node->stanza.ns = copy_namespace(t, name, n);
	node->stanza.name = tree_keep(t, local, strlen(local));
	node->stanza.text = "";
	end = &node->stanza.attrs;
	for (i = 0; atts[i] != NULL; i += 2) {
		*end = copy_attr(t, atts[i], atts[i + 1]);
		end = &(*end)->next;
	}
	if (t->open != NULL) {
		add_child(t->open, &node->stanza);
		t->children++;
	}
	node->up = t->open;
	t->open = node;
	t->depth++;
	return PUSH_OK;
}

/*
 * Text comes in pieces, and children between them take the arena's end: the
 * room doubles, so that the copies stay linear in what the peer sent.
 */
void
tree_text(struct tree *t, const char *s, size_t n)
{
	struct tree_node	*node = t->open;
	size_t			 len = node->stanza.textlen;
	char			*old = node->text;

	if (len + n + 1 > node->room) {
		node->room = len == 0 ? n + 1 : 2 * (len + n + 1);
		node->text = arena_get(t, node->room);
		if (len > 0)
			memcpy(node->text, old, len);
		node->stanza.text = node->text;
	}
	memcpy(node->text + len, s, n);
	node->text[len + n] = '\0';
	node->stanza.textlen = len + n;
}

const struct stanza *
tree_open(const struct tree *t)
{
	return &t->open->stanza;
}

const struct stanza *
tree_end(struct tree *t)
{
	struct tree_node	*node = t->open;

	t->open = node->up;
	t->depth--;
	return &node->stanza;
}
