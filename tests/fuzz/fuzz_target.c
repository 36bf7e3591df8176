/*
 * fuzz_target - a tree that is printed reads back as the same tree, every
 * atom has what its kind needs, and evaluation ends and agrees with a plain
 * recursive one.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/target.h"

#define MUST(cond)	do { if (!(cond)) abort(); } while (0)

static const char *const	prefixes[] = {
	[TARGET_DEVICE] = "device:", [TARGET_USER] = "user:",
	[TARGET_ALIAS] = "alias:", [TARGET_TOPIC] = "topic:",
	[TARGET_TAG] = "tag:", [TARGET_ONLINE] = "online",
	[TARGET_ALL] = "all",
};

/* Without a parenthesis more than the tree needs: depth is limited. */
static void
print(struct buf *b, const struct target *t, int outer)
{
	int	inner = t->kind == TARGET_OR ? 1 :
		    t->kind == TARGET_AND ? 2 : 3;

	if (inner < outer)
		buf_putc(b, '(');
	if (t->kind == TARGET_NOT) {
		buf_putc(b, '!');
		print(b, t->left, 3);
	} else if (t->kind == TARGET_AND || t->kind == TARGET_OR) {
		print(b, t->left, inner + 1);
		buf_puts(b, t->kind == TARGET_AND ? " & " : " | ");
		print(b, t->right, inner);
	} else {
		buf_puts(b, prefixes[t->kind]);
		buf_puts(b, t->name != NULL ? t->name : "");
		if (t->value != NULL)
			buf_printf(b, "=%s", t->value);
	}
	if (inner < outer)
		buf_putc(b, ')');
}

static void
must_equal(const struct target *a, const struct target *b)
{
	MUST((a == NULL) == (b == NULL));
	if (a == NULL)
		return;
	MUST(a->kind == b->kind);
	MUST((a->name == NULL) == (b->name == NULL));
	MUST(a->name == NULL || strcmp(a->name, b->name) == 0);
	MUST((a->value == NULL) == (b->value == NULL));
	MUST(a->value == NULL || strcmp(a->value, b->value) == 0);
	must_equal(a->left, b->left);
	must_equal(a->right, b->right);
}

static void
must_hold(const struct target *t)
{
	bool	two = t->kind == TARGET_AND || t->kind == TARGET_OR;
	bool	named = t->kind <= TARGET_TAG;

	MUST((t->left != NULL) == (two || t->kind == TARGET_NOT));
	MUST((t->right != NULL) == two);
	MUST((t->name != NULL && t->name[0] != '\0') == named);
	MUST(t->value == NULL ||
	    (t->kind == TARGET_TAG && t->value[0] != '\0'));
	if (t->left != NULL)
		must_hold(t->left);
	if (t->right != NULL)
		must_hold(t->right);
}

/* Any answer that follows from the atom; arg turns it. */
static bool
is(void *arg, const struct target *atom)
{
	bool	odd = atom->name != NULL && (atom->name[0] & 1) != 0;

	return odd != *(const bool *)arg;
}

static bool
plainly(const struct target *t, bool turn)
{
	switch (t->kind) {
	case TARGET_AND:
		return plainly(t->left, turn) && plainly(t->right, turn);
	case TARGET_OR:
		return plainly(t->left, turn) || plainly(t->right, turn);
	case TARGET_NOT:
		return !plainly(t->left, turn);
	default:
		return is(&turn, t);
	}
}

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct target	*t, *again;
	struct buf	 b;
	size_t		 where = n + 1;
	bool		 turn = false;
	enum push_err	 e;

	if (n == 0)
		return 0;
	e = target_parse((const char *)data, n, &t, &where);
	MUST((e == PUSH_OK) == (t != NULL) && where <= n);
	MUST(e == PUSH_OK || e == PUSH_E_TARGET);
	if (t == NULL)
		return 0;
	must_hold(t);
	MUST(target_eval(t, is, &turn) == plainly(t, turn));
	turn = true;
	MUST(target_eval(t, is, &turn) == plainly(t, turn));
	buf_init(&b, 16 * TARGET_MAX);
	print(&b, t, 0);
	MUST(buf_ok(&b));
	/* Printed it is longer: "device:" is written out. */
	if (b.len <= TARGET_MAX) {
		MUST(target_parse(b.p, b.len, &again, NULL) == PUSH_OK);
		must_equal(t, again);
		target_free(&again);
	}
	buf_release(&b);
	target_free(&t);
	return 0;
}
