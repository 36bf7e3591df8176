#include "base/map.h"

#include <string.h>

#include "tap.h"

#define MANY	3000

static char	keys[MANY][8];

static void
fill(struct map *m)
{
	int	i;

	map_init(m);
	for (i = 0; i < MANY; i++) {
		(void)snprintf(keys[i], sizeof(keys[i]), "k%d", i);
		(void)map_set(m, keys[i], strlen(keys[i]), keys[i]);
	}
}

static int
found(const struct map *m, int from, int step)
{
	int	i, n = 0;

	for (i = from; i < MANY; i += step)
		n += map_get(m, keys[i], strlen(keys[i])) == keys[i];
	return n;
}

static void
test_few(void)
{
	struct map	m;
	size_t		pos = 0;
	int		a, b;

	map_init(&m);
	ok(map_get(&m, "x", 1) == NULL && map_remove(&m, "x", 1) == NULL &&
	    map_next(&m, &pos) == NULL, "an empty map has nothing");
	ok(map_set(&m, "x", 1, &a) == NULL && map_get(&m, "x", 1) == &a,
	    "what is set is there");
	ok(map_set(&m, "x", 1, &b) == &a && map_get(&m, "x", 1) == &b &&
	    m.count == 1, "setting again replaces and gives the old");
	ok(map_get(&m, "xy", 2) == NULL && map_get(&m, "", 0) == NULL,
	    "a longer or shorter key is another");
	ok(map_set(&m, "", 0, &a) == NULL && map_get(&m, "", 0) == &a,
	    "the empty key is a key");
	(void)map_set(&m, "p\0q", 3, &a);
	ok(map_get(&m, "p\0r", 3) == NULL && map_get(&m, "p\0q", 3) == &a,
	    "keys are bytes");
	ok(map_remove(&m, "x", 1) == &b && map_get(&m, "x", 1) == NULL &&
	    map_remove(&m, "x", 1) == NULL, "removed is gone");
	map_release(&m);
	ok(map_get(&m, "", 0) == NULL && m.count == 0,
	    "a released map is empty");
}

static void
test_many(void)
{
	struct map	 m;
	size_t		 pos = 0, seen = 0;
	char		*value;
	int		 i;

	fill(&m);
	ok(m.count == MANY && found(&m, 0, 1) == MANY, "finds many");
	for (i = 0; i < MANY; i += 2)
		(void)map_remove(&m, keys[i], strlen(keys[i]));
	ok(found(&m, 0, 2) == 0 && found(&m, 1, 2) == MANY / 2,
	    "half of them removed, the other half stays");
	while ((value = map_next(&m, &pos)) != NULL) {
		seen++;
		if (seen % 2 == 0)
			(void)map_remove(&m, value, strlen(value));
	}
	ok(seen == MANY / 2 && m.count == MANY / 4,
	    "a walk sees each once, removing on the way");
	map_release(&m);
}

/* Removed places may not fill the table: find() would never end. */
static void
test_churn(void)
{
	struct map	m;
	int		round, i, bad = 0;

	fill(&m);
	map_release(&m);
	for (round = 0; round < 100; round++)
		for (i = 0; i < MANY; i++) {
			(void)map_set(&m, keys[i], strlen(keys[i]), keys[i]);
			bad += map_remove(&m, keys[i], strlen(keys[i])) !=
			    keys[i];
		}
	ok(bad == 0 && m.count == 0, "sets and removes without end");
	ok(m.cap <= 64, "and stays small");
	map_release(&m);
}

static void
test_hash(void)
{
	uint64_t	bits = 0;
	char		key[20];
	size_t		i, same = 0;

	for (i = 0; i < sizeof(key); i++)
		key[i] = (char)i;
	for (i = 1; i <= sizeof(key); i++)
		same += map_hash(key, i, 0) == map_hash(key, i - 1, 0);
	ok(same == 0, "each length hashes differently");
	ok(map_hash(key, 20, 0) == map_hash(key, 20, 0) &&
	    map_hash(key, 20, 0) != map_hash(key, 20, 1),
	    "the hash follows from the bytes and the seed");
	for (i = 0; i < 64; i++)
		bits |= map_hash((const char *)&i, sizeof(i), 0);
	ok(bits == UINT64_MAX, "all bits are used");
}

int
main(void)
{
	test_few();
	test_many();
	test_churn();
	test_hash();
	return tap_done();
}
