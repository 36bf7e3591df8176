#include "target.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

struct parser {
	const char	*p;
	size_t		 n, i;
	unsigned	 depth;
};

static const struct {
	const char		*prefix;
	enum target_kind	 kind;
} prefixes[] = {
	{ "device:", TARGET_DEVICE }, { "user:", TARGET_USER },
	{ "alias:", TARGET_ALIAS }, { "topic:", TARGET_TOPIC },
	{ "tag:", TARGET_TAG },
};

static struct target *
new_node(enum target_kind kind)
{
	struct target	*t = mem_zalloc(1, sizeof(*t));

	t->kind = kind;
	return t;
}

/*
 * Chains of "&" and "|" hang to the right and are walked in a loop here and
 * in target_eval(), so that recursion is as deep as the nesting only.
 */
void
target_free(struct target **tp)
{
	struct target	*t = *tp, *right;

	for (*tp = NULL; t != NULL; t = right) {
		right = t->right;
		target_free(&t->left);
		free(t->name);
		free(t->value);
		free(t);
	}
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
skip_space(struct parser *ps)
{
	while (ps->i < ps->n && is_space(ps->p[ps->i]))
		ps->i++;
}

static bool
accept_char(struct parser *ps, char c)
{
	skip_space(ps);
	if (ps->i == ps->n || ps->p[ps->i] != c)
		return false;
	ps->i++;
	return true;
}

/* Length of the word at the parser's place. */
static size_t
word_length(const struct parser *ps)
{
	size_t	i;

	for (i = ps->i; i < ps->n && !is_space(ps->p[i]); i++)
		if (memchr("&|!()", ps->p[i], 5) != NULL)
			break;
	return i - ps->i;
}

static bool
word_is(const char *word, size_t n, const char *s)
{
	return n == strlen(s) && memcmp(word, s, n) == 0;
}

/* The kind of a word; *skip gets the length of its prefix. */
static enum target_kind
classify(const char *word, size_t n, size_t *skip)
{
	size_t	i;

	*skip = 0;
	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		*skip = strlen(prefixes[i].prefix);
		if (n >= *skip && memcmp(word, prefixes[i].prefix, *skip) == 0)
			return prefixes[i].kind;
	}
	*skip = 0;
	return word_is(word, n, "online") ? TARGET_ONLINE :
	    word_is(word, n, "all") ? TARGET_ALL : TARGET_DEVICE;
}

/* Cuts "K=V"; neither may be empty. */
static bool
split_tag(struct target *t, const char *word, size_t n)
{
	const char	*eq = memchr(word, '=', n);
	size_t		 keylen = eq != NULL ? (size_t)(eq - word) : n;

	t->name = mem_strndup(word, keylen);
	if (eq != NULL)
		t->value = mem_strndup(eq + 1, n - keylen - 1);
	return keylen > 0 && (eq == NULL || n - keylen > 1);
}

static struct target *
parse_atom(struct parser *ps)
{
	const char	*word = ps->p + ps->i;
	size_t		 n = word_length(ps), skip;
	struct target	*t;
	bool		 good;

	if (n == 0)
		return NULL;
	t = new_node(classify(word, n, &skip));
	word += skip;
	good = n > skip && utf8_valid_xml(word, n - skip);
	if (t->kind == TARGET_TAG)
		good = split_tag(t, word, n - skip) && good;
	else if (t->kind != TARGET_ONLINE && t->kind != TARGET_ALL)
		t->name = mem_strndup(word, n - skip);
	/* No device name has a colon: this is a mistyped prefix. */
	if (skip == 0 && memchr(word, ':', n) != NULL)
		good = false;
	if (!good)
		target_free(&t);
	else
		ps->i += n;
	return t;
}

static struct target	*parse_expr(struct parser *);

static struct target *
parse_factor(struct parser *ps)
{
	struct target	*t = NULL, *inner;
	bool		 not = accept_char(ps, '!');

	if (!not && !accept_char(ps, '('))
		return parse_atom(ps);
	if (++ps->depth > TARGET_DEPTH)
		return NULL;
	inner = not ? parse_factor(ps) : parse_expr(ps);
	if (inner == NULL)
		return NULL;
	ps->depth--;
	if (not) {
		t = new_node(TARGET_NOT);
		t->left = inner;
	} else if (accept_char(ps, ')'))
		t = inner;
	else
		target_free(&inner);
	return t;
}

/* operand *( op operand ) */
static struct target *
parse_chain(struct parser *ps, char op, enum target_kind kind,
    struct target *(*operand)(struct parser *))
{
	struct target	*first, **tail = &first, *node;

	while ((*tail = operand(ps)) != NULL) {
		if (!accept_char(ps, op))
			return first;
		node = new_node(kind);
		node->left = *tail;
		*tail = node;
		tail = &node->right;
	}
	target_free(&first);
	return NULL;
}

static struct target *
parse_term(struct parser *ps)
{
	return parse_chain(ps, '&', TARGET_AND, parse_factor);
}

static struct target *
parse_expr(struct parser *ps)
{
	return parse_chain(ps, '|', TARGET_OR, parse_term);
}

enum push_err
target_parse(const char *p, size_t n, struct target **out, size_t *where)
{
	struct parser	 ps = { p, n, 0, 0 };
	struct target	*t = NULL;

	if (n <= TARGET_MAX && (t = parse_expr(&ps)) != NULL) {
		skip_space(&ps);
		if (ps.i < n)
			target_free(&t);
	}
	if (where != NULL)
		*where = ps.i;
	*out = t;
	return t != NULL ? PUSH_OK : PUSH_E_TARGET;
}

bool
target_eval(const struct target *t, bool (*is)(void *, const struct target *),
    void *arg)
{
	for (;;) {
		switch (t->kind) {
		case TARGET_AND:
			if (!target_eval(t->left, is, arg))
				return false;
			break;
		case TARGET_OR:
			if (target_eval(t->left, is, arg))
				return true;
			break;
		case TARGET_NOT:
			return !target_eval(t->left, is, arg);
		default:
			return is(arg, t);
		}
		t = t->right;
	}
}
