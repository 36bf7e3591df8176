#include "backlog.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BACKLOG_MIN	4

struct backlog_row *
backlog_at(const struct backlog *b, uint32_t i)
{
	return &b->rows[(b->head + i) % b->cap];
}

static void
make_room(struct backlog *b)
{
	struct backlog_row	*fresh;
	uint32_t		 i, cap;

	if (b->len < b->cap)
		return;
	cap = b->cap > 0 ? b->cap * 2 : BACKLOG_MIN;
	fresh = mem_zalloc(cap, sizeof(*fresh));
	for (i = 0; i < b->len; i++)
		fresh[i] = *backlog_at(b, i);
	free(b->rows);
	b->rows = fresh;
	b->head = 0;
	b->cap = cap;
}

void
backlog_append(struct backlog *b, const struct backlog_row *r)
{
	make_room(b);
	*backlog_at(b, b->len) = *r;
	b->len++;
}

void
backlog_prepend(struct backlog *b, const struct backlog_row *r)
{
	make_room(b);
	b->head = (b->head + b->cap - 1) % b->cap;
	b->len++;
	*backlog_at(b, 0) = *r;
}

uint32_t
backlog_find(const struct backlog *b, uint64_t row)
{
	uint32_t	i;

	for (i = 0; i < b->len; i++)
		if (backlog_at(b, i)->row == row)
			return i;
	return BACKLOG_NONE;
}

void
backlog_remove(struct backlog *b, uint32_t i)
{
	if (i == 0)
		b->head = (b->head + 1) % b->cap;
	else
		for (; i + 1 < b->len; i++)
			*backlog_at(b, i) = *backlog_at(b, i + 1);
	if (--b->len == 0)
		backlog_release(b);
}

void
backlog_truncate(struct backlog *b, uint32_t n)
{
	if (n < b->len)
		b->len = n;
	if (b->len == 0)
		backlog_release(b);
}

void
backlog_release(struct backlog *b)
{
	free(b->rows);
	memset(b, 0, sizeof(*b));
}
