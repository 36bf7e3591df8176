#include "push_id.h"

#include <string.h>

#include "base/clock.h"

#define DIGITS		11
#define NODE_BITS	10
#define COUNTER_BITS	12
#define EPOCH_MS	1704067200000LL	/* 2024: 41 bits last until 2093 */

static const char	alphabet[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

uint64_t
push_id_mint(atomic_uint_fast64_t *last)
{
	uint64_t	now, old, id;
	int64_t		ms;

	ms = clock_wall_ms() - EPOCH_MS;
	/* A clock that was never set counts from the highest id on. */
	now = ms > 0 ? (uint64_t)ms << (NODE_BITS + COUNTER_BITS) : 0;
	old = atomic_load_explicit(last, memory_order_relaxed);
	do {
		id = now;
		if (id <= old)
			id = old + 1;
		/* Counter full: the next millisecond, this node again. */
		if ((id >> COUNTER_BITS & ((1u << NODE_BITS) - 1)) != 0)
			id = ((id >> (NODE_BITS + COUNTER_BITS)) + 1) <<
			    (NODE_BITS + COUNTER_BITS);
	} while (!atomic_compare_exchange_weak_explicit(last, &old, id,
	    memory_order_relaxed, memory_order_relaxed));
	return id;
}

const char *
push_id_format(uint64_t id, char out[PUSH_ID])
{
	int	i;

	out[0] = 'p';
	for (i = DIGITS; i > 0; i--) {
		out[i] = alphabet[id % 62];
		id /= 62;
	}
	out[DIGITS + 1] = '\0';
	return out;
}

int
push_id_parse(const char *s, size_t n, uint64_t *id)
{
	const char	*at;
	uint64_t	 v = 0;
	size_t		 i;

	if (n != DIGITS + 1 || s[0] != 'p')
		return -1;
	for (i = 1; i < n; i++) {
		if (s[i] == '\0' || (at = strchr(alphabet, s[i])) == NULL)
			return -1;
		if (v > (UINT64_MAX - (uint64_t)(at - alphabet)) / 62)
			return -1;
		v = v * 62 + (uint64_t)(at - alphabet);
	}
	*id = v;
	return 0;
}
