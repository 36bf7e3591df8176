#include "ctl/target.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#include "tap.h"

static const char *const	kinds[] = {
	"device", "user", "alias", "topic", "tag", "online", "all", "and",
	"or", "not",
};

/* The tree as one word in prefix notation: and(device:a,tag:k=v). */
static void
write_tree(struct buf *b, const struct target *t)
{
	buf_puts(b, kinds[t->kind]);
	if (t->left != NULL) {
		buf_putc(b, '(');
		write_tree(b, t->left);
		if (t->right != NULL) {
			buf_putc(b, ',');
			write_tree(b, t->right);
		}
		buf_putc(b, ')');
	}
	if (t->name != NULL)
		buf_printf(b, ":%s", t->name);
	if (t->value != NULL)
		buf_printf(b, "=%s", t->value);
}

static bool
reads_as(const char *text, const char *tree)
{
	struct target	*t;
	struct buf	 b;
	bool		 same;

	if (target_parse(text, strlen(text), &t, NULL) != PUSH_OK)
		return false;
	buf_init(&b, 10000);
	write_tree(&b, t);
	if (!(same = strcmp(buf_str(&b), tree) == 0))
		printf("# got %s\n", b.p);
	buf_release(&b);
	target_free(&t);
	return same && t == NULL;
}

static void
test_grammar(void)
{
	static const struct { const char *text, *tree; } rows[] = {
		{ "ab12", "device:ab12" },
		{ "device:ab12", "device:ab12" },
		{ "device:all", "device:all" },
		{ "user:anna", "user:anna" },
		{ "alias:kitchen", "alias:kitchen" },
		{ "topic:ops/x", "topic:ops/x" },
		{ "tag:os", "tag:os" },
		{ "tag:os=linux=6", "tag:os=linux=6" },
		{ "online", "online" }, { "all", "all" },
		{ "allx", "device:allx" },
		{ "topic:a:b", "topic:a:b" },
		{ " \t\r\na\n", "device:a" },
		{ "a|b&c", "or(device:a,and(device:b,device:c))" },
		{ "a&b|c", "or(and(device:a,device:b),device:c)" },
		{ "a|b|c", "or(device:a,or(device:b,device:c))" },
		{ "a&b&c", "and(device:a,and(device:b,device:c))" },
		{ "(a|b)&c", "and(or(device:a,device:b),device:c)" },
		{ "!a&b", "and(not(device:a),device:b)" },
		{ "!(a&b)", "not(and(device:a,device:b))" },
		{ "!!a", "not(not(device:a))" },
		{ "((a))", "device:a" },
		{ " ! ( a | online ) & ! topic:t ",
		    "and(not(or(device:a,online)),not(topic:t))" },
		{ "d\xc3\xa9", "device:d\xc3\xa9" },
	};
	size_t	i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(reads_as(rows[i].text, rows[i].tree), "reads %s",
		    rows[i].tree);
}

static void
test_refused(void)
{
	static const struct { const char *text; size_t where; } rows[] = {
		{ "", 0 }, { "  ", 2 }, { "a b", 2 }, { "a|", 2 },
		{ "|a", 0 }, { "a||b", 2 }, { "a&", 2 }, { "!", 1 },
		{ "(a", 2 }, { "a)", 1 }, { "()", 1 }, { "(a|)", 3 },
		{ "device:", 0 }, { "a|user:", 2 }, { "tag:", 0 },
		{ "tag:=v", 0 }, { "tag:k=", 0 }, { "topci:x", 0 },
		{ ":x", 0 }, { "a!b", 1 }, { "a(b)", 1 },
		{ "a|b\x01", 2 }, { "a|\xff", 2 }, { "user:\xc3", 0 },
	};
	struct target	*t;
	size_t		 i, where;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		where = 99;
		t = (struct target *)(void *)&where;
		ok(target_parse(rows[i].text, strlen(rows[i].text), &t,
		    &where) == PUSH_E_TARGET && t == NULL &&
		    where == rows[i].where, "refuses text %zu at byte %zu",
		    i, rows[i].where);
	}
	ok(target_parse("a\0b", 3, &t, &where) == PUSH_E_TARGET,
	    "refuses a NUL");
}

/* A cut text is refused or is a smaller target; nothing leaks. */
static void
test_every_cut(void)
{
	static const char	text[] = "!(user:a&tag:k=v)|(topic:t)&online";
	char			*exact;
	struct target		*t;
	size_t			 n, taken = 0;

	for (n = 0; n < sizeof(text); n++) {
		exact = malloc(n > 0 ? n : 1);
		memcpy(exact, text, n);
		if (target_parse(exact, n, &t, NULL) == PUSH_OK)
			taken++;
		free(exact);
		target_free(&t);
	}
	/* ...|(topic:t) and behind its & each of o, on, ..., online; !(...) */
	ok(taken == 8, "takes a cut text exactly where it is a target");
}

static void
test_limits(void)
{
	char		 text[TARGET_MAX + 1];
	struct target	*t;
	size_t		 where;

	memset(text, '(', TARGET_DEPTH);
	text[TARGET_DEPTH] = 'a';
	memset(text + TARGET_DEPTH + 1, ')', TARGET_DEPTH);
	ok(target_parse(text, 2 * TARGET_DEPTH + 1, &t, NULL) == PUSH_OK,
	    "the full depth is read");
	target_free(&t);
	memset(text, '!', TARGET_DEPTH + 1);
	text[TARGET_DEPTH + 1] = 'a';
	ok(target_parse(text, TARGET_DEPTH + 2, &t, NULL) == PUSH_E_TARGET,
	    "one level more is refused");
	memset(text, '(', sizeof(text));
	ok(target_parse(text, TARGET_MAX, &t, NULL) == PUSH_E_TARGET,
	    "as are thousands");
	for (where = 0; where < TARGET_MAX; where++)
		text[where] = where % 2 == 0 ? 'a' : '|';
	ok(target_parse(text, TARGET_MAX - 1, &t, NULL) == PUSH_OK,
	    "a long list is read, without depth");
	target_free(&t);
	for (where = 0; where + 5 < TARGET_MAX; where += 5)
		memcpy(text + where, "!(a)|", 5);
	ok(target_parse(text, where - 1, &t, NULL) == PUSH_OK,
	    "so are parentheses beside one another");
	target_free(&t);
	memset(text, 'a', sizeof(text));
	ok(target_parse(text, TARGET_MAX, &t, NULL) == PUSH_OK,
	    "the longest expression is read");
	target_free(&t);
	ok(target_parse(text, TARGET_MAX + 1, &t, NULL) == PUSH_E_TARGET &&
	    t == NULL, "a longer one is refused");
}

/* True are the atoms whose name is in the string that arg points to. */
static bool
is_in(void *arg, const struct target *atom)
{
	const char	*names = arg;

	if (atom->kind != TARGET_DEVICE)
		return atom->kind == TARGET_ALL;
	return strchr(names, atom->name[0]) != NULL;
}

static bool
eval(const char *text, const char *truths)
{
	struct target	*t;
	char		 names[8];
	bool		 yes;

	if (target_parse(text, strlen(text), &t, NULL) != PUSH_OK)
		return false;
	(void)snprintf(names, sizeof(names), "%s", truths);
	yes = target_eval(t, is_in, names);
	target_free(&t);
	return yes;
}

static void
test_eval(void)
{
	ok(eval("a", "a") && !eval("a", "b"), "an atom is what is() says");
	ok(eval("all", "") && !eval("online", ""), "words go to is() too");
	ok(eval("a&b", "ab") && !eval("a&b", "a") && !eval("a&b", "b"),
	    "& needs both");
	ok(eval("a|b", "a") && eval("a|b", "b") && !eval("a|b", "c"),
	    "| needs one");
	ok(eval("!a", "b") && !eval("!a", "a") && eval("!!a", "a"),
	    "! turns");
	ok(eval("a|b&c", "a") && !eval("a|b&c", "b") && eval("a|b&c", "bc"),
	    "& before |");
	ok(!eval("(a|b)&c", "a") && eval("(a|b)&c", "bc"),
	    "parentheses before &");
	ok(eval("a&b|c&!d", "c") && !eval("a&b|c&!d", "cd") &&
	    eval("a&b|c&!d", "abd"), "all together");
	ok(eval("a|b|c|d", "d") && !eval("a&b&c&d", "abc") &&
	    eval("a&b&c&d", "abcd"), "chains");
}

int
main(void)
{
	test_grammar();
	test_refused();
	test_every_cut();
	test_limits();
	test_eval();
	return tap_done();
}
