#include "ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
ledger_release(struct ledger *l)
{
	free(l->open);
	memset(l, 0, sizeof(*l));
}

void
ledger_reset(struct ledger *l, uint32_t h)
{
	l->received = h;
	l->count = 0;
}

uint32_t
ledger_take(struct ledger *l)
{
	if (l->count == l->cap) {
		l->cap = l->cap * 2 + 1;
		l->open = mem_realloc(l->open, l->cap, sizeof(*l->open));
	}
	l->open[l->count++] = ++l->received;
	return l->received;
}

void
ledger_done(struct ledger *l, uint32_t number)
{
	size_t	i = l->count;

	while (i > 0 && l->open[i - 1] != number)
		i--;
	if (i == 0)
		return;
	l->count--;
	memmove(l->open + i - 1, l->open + i,
	    (l->count - (i - 1)) * sizeof(*l->open));
}

uint32_t
ledger_handled(const struct ledger *l)
{
	return l->count > 0 ? l->open[0] - 1 : l->received;
}
