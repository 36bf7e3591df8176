#include "map.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rand.h"

struct map_slot {
	const char	*key;	/* NULL: never used; GONE: was removed */
	uint32_t	 len;
	uint32_t	 hash;
	void		*value;
};

static const char	gone[1];
#define GONE		gone
#define MAP_MIN		16

void
map_init(struct map *m)
{
	memset(m, 0, sizeof(*m));
	rand_bytes(&m->seed, sizeof(m->seed));
}

void
map_release(struct map *m)
{
	free(m->slots);
	m->slots = NULL;
	m->count = m->used = m->cap = 0;
}

static uint64_t
mix(uint64_t h)
{
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93ULL;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93ULL;
	return h ^ (h >> 32);
}

uint64_t
map_hash(const char *p, size_t n, uint64_t seed)
{
	uint64_t	h = seed ^ (n * 0x9e3779b97f4a7c15ULL), w;

	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&w, p, 8);
		h = mix(h ^ w);
	}
	w = 0;
	memcpy(&w, p, n);
	return mix(h ^ w);
}

static struct map_slot *
find(const struct map *m, const char *key, size_t n, uint32_t hash)
{
	struct map_slot	*s;
	size_t		 i;

	if (m->cap == 0)
		return NULL;
	for (i = hash & (m->cap - 1);; i = (i + 1) & (m->cap - 1)) {
		s = &m->slots[i];
		if (s->key == NULL)
			return NULL;
		if (s->key != GONE && s->hash == hash && s->len == n &&
		    memcmp(s->key, key, n) == 0)
			return s;
	}
}

static void
place(struct map *m, const struct map_slot *from)
{
	size_t	i = from->hash & (m->cap - 1);

	while (m->slots[i].key != NULL)
		i = (i + 1) & (m->cap - 1);
	m->slots[i] = *from;
}

static void
resize(struct map *m)
{
	struct map_slot	*old = m->slots;
	size_t		 i, oldcap = m->cap;

	m->cap = MAP_MIN;
	while (m->cap < m->count * 2 + 2)
		m->cap *= 2;
	m->slots = mem_zalloc(m->cap, sizeof(*m->slots));
	m->used = m->count;
	for (i = 0; i < oldcap; i++)
		if (old[i].key != NULL && old[i].key != GONE)
			place(m, &old[i]);
	free(old);
}

void *
map_get(const struct map *m, const char *key, size_t n)
{
	struct map_slot	*s;

	s = find(m, key, n, (uint32_t)map_hash(key, n, m->seed));
	return s != NULL ? s->value : NULL;
}

void *
map_set(struct map *m, const char *key, size_t n, void *value)
{
	struct map_slot	 add, *s;
	void		*old;

	add.key = key;
	add.len = (uint32_t)n;
	add.hash = (uint32_t)map_hash(key, n, m->seed);
	add.value = value;
	if ((s = find(m, key, n, add.hash)) != NULL) {
		old = s->value;
		*s = add;
		return old;
	}
	/* At most 3/4 full, removed slots included, so that find() ends. */
	if ((m->used + 1) * 4 > m->cap * 3)
		resize(m);
	place(m, &add);
	m->count++;
	m->used++;
	return NULL;
}

void *
map_remove(struct map *m, const char *key, size_t n)
{
	struct map_slot	*s;

	s = find(m, key, n, (uint32_t)map_hash(key, n, m->seed));
	if (s == NULL)
		return NULL;
	s->key = GONE;
	m->count--;
	return s->value;
}

void *
map_next(const struct map *m, size_t *pos)
{
	for (; *pos < m->cap; (*pos)++) {
		const struct map_slot	*s = &m->slots[*pos];

		if (s->key != NULL && s->key != GONE) {
			(*pos)++;
			return s->value;
		}
	}
	return NULL;
}
