#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "pushd/backlog.h"
#include "tap.h"

#define MODEL_MAX	300

static struct backlog_row
row(uint64_t n)
{
	return (struct backlog_row){ n, (uint32_t)n * 2, (uint32_t)n * 3 };
}

static bool
is_row(const struct backlog *b, uint32_t i, uint64_t n)
{
	struct backlog_row	*r = backlog_at(b, i);

	return r->row == n && r->bytes == (uint32_t)n * 2 &&
	    r->expires == (uint32_t)n * 3;
}

static void
append(struct backlog *b, uint64_t n)
{
	struct backlog_row	r = row(n);

	backlog_append(b, &r);
}

static void
prepend(struct backlog *b, uint64_t n)
{
	struct backlog_row	r = row(n);

	backlog_prepend(b, &r);
}

/* Do the rows say the numbers of the digits? */
static bool
says(const struct backlog *b, const char *digits)
{
	uint32_t	i;

	if (b->len != strlen(digits))
		return false;
	for (i = 0; i < b->len; i++)
		if (!is_row(b, i, (uint64_t)(digits[i] - '0')))
			return false;
	return true;
}

static void
test_order(void)
{
	struct backlog	b = { 0 };

	ok(says(&b, "") && b.rows == NULL, "costs nothing while empty");
	ok(backlog_find(&b, 1) == BACKLOG_NONE, "nothing is found in it");
	append(&b, 2);
	append(&b, 3);
	prepend(&b, 1);
	ok(says(&b, "123"), "front and back");
	append(&b, 4);
	append(&b, 5);
	ok(says(&b, "12345"), "grows where it is wrapped");
	prepend(&b, 0);
	ok(says(&b, "012345"), "and in front");
	ok(backlog_find(&b, 5) == 5 && backlog_find(&b, 0) == 0 &&
	    backlog_find(&b, 6) == BACKLOG_NONE, "finds what is there");
	backlog_remove(&b, 2);
	ok(says(&b, "01345"), "out of the middle");
	backlog_remove(&b, 4);
	ok(says(&b, "0134"), "from the end");
	backlog_remove(&b, 0);
	ok(says(&b, "134"), "from the front");
	backlog_remove(&b, 0);
	backlog_remove(&b, 1);
	backlog_remove(&b, 0);
	ok(says(&b, "") && b.rows == NULL, "gives its memory back");
	prepend(&b, 7);
	ok(says(&b, "7"), "begins anew in front");
	backlog_release(&b);
	backlog_release(&b);
	ok(b.rows == NULL && b.len == 0, "released twice is released");
}

struct model {
	uint64_t	rows[MODEL_MAX];
	size_t		len;
};

static void
model_insert(struct model *m, size_t at, uint64_t n)
{
	memmove(m->rows + at + 1, m->rows + at,
	    (m->len - at) * sizeof(m->rows[0]));
	m->rows[at] = n;
	m->len++;
}

static void
model_remove(struct model *m, size_t at)
{
	m->len--;
	memmove(m->rows + at, m->rows + at + 1,
	    (m->len - at) * sizeof(m->rows[0]));
}

static bool
is_model(const struct backlog *b, const struct model *m)
{
	uint32_t	i;

	if (b->len != m->len)
		return false;
	for (i = 0; i < b->len; i++)
		if (!is_row(b, i, m->rows[i]) ||
		    backlog_find(b, m->rows[i]) != i)
			return false;
	return true;
}

/* One random step; grows more often than not while growing is set. */
static void
step(struct backlog *b, struct model *m, uint64_t n, bool growing)
{
	long	dice = random() % 10;
	size_t	at;

	if (m->len < MODEL_MAX && (m->len == 0 || dice < (growing ? 7 : 2))) {
		if (dice % 2 == 0) {
			model_insert(m, m->len, n);
			append(b, n);
		} else {
			model_insert(m, 0, n);
			prepend(b, n);
		}
		return;
	}
	at = dice == 9 ? (size_t)random() % m->len : 0;
	model_remove(m, at);
	backlog_remove(b, (uint32_t)at);
}

static void
test_against_model(void)
{
	struct backlog	b = { 0 };
	struct model	m = { .len = 0 };
	uint64_t	n;
	size_t		peak = 0, emptied = 0;

	srandom(7);
	for (n = 1; n <= 20000; n++) {
		step(&b, &m, n, n / 500 % 2 == 0);
		if (n % 7 == 0 && !is_model(&b, &m))
			break;
		peak = m.len > peak ? m.len : peak;
		emptied += m.len == 0;
	}
	ok(n == 20001, "20000 random steps leave what a plain array has");
	ok(peak > 128 && emptied > 10, "the steps fill and empty it");
	backlog_release(&b);
}

int
main(void)
{
	test_order();
	test_against_model();
	return tap_done();
}
