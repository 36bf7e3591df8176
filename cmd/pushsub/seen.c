#include "seen.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

#define SEEN_FIRST	16	/* entries of a new ring */

uint64_t
seen_hash(const char *id, size_t n)
{
	return map_hash(id, n, 0);
}

void
seen_release(struct seen *s)
{
	free(s->ids);
	memset(s, 0, sizeof(*s));
}

const struct seen_id *
seen_find(const struct seen *s, uint64_t hash)
{
	size_t	i;

	for (i = 0; i < s->count; i++)
		if (s->ids[i].hash == hash)
			return &s->ids[i];
	return NULL;
}

void
seen_add(struct seen *s, uint64_t hash, uint32_t stream)
{
	/* While the ring grows it has not wrapped: count is its end. */
	if (s->count == s->cap && s->cap < SEEN_MAX) {
		s->cap = s->cap == 0 ? SEEN_FIRST : (uint16_t)(s->cap * 2);
		s->ids = mem_realloc(s->ids, s->cap, sizeof(*s->ids));
		s->next = s->count;
	}
	s->ids[s->next] = (struct seen_id){ .hash = hash, .stream = stream };
	s->next = (uint16_t)((s->next + 1) % s->cap);
	if (s->count < s->cap)
		s->count++;
}

const struct seen_id *
seen_at(const struct seen *s, size_t i)
{
	size_t	first = s->count < s->cap ? 0 : s->next;

	return &s->ids[(first + i) % s->cap];
}
