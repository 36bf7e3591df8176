/*
 * map - hash map from bytes to pointers, seeded against chosen keys.
 *
 * The map borrows key bytes: they live in the value and outlive the entry.
 * One entry costs 24 bytes plus load factor.
 */
#ifndef MAP_H
#define MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_slot;

struct map {
	struct map_slot	*slots;
	size_t		 count, used, cap;
	uint64_t	 seed;
};

void	 map_init(struct map *);
void	 map_release(struct map *);
void	*map_get(const struct map *, const char *key, size_t n);
/* Adds or replaces; returns the value that was there, or NULL. */
void	*map_set(struct map *, const char *key, size_t n, void *value);
void	*map_remove(struct map *, const char *key, size_t n);
/*
 * Walks all entries: start with *pos = 0; NULL at the end.  Removing the
 * entry just returned is allowed, adding is not.
 */
void	*map_next(const struct map *, size_t *pos);
/* A 64-bit hash of bytes; the same value in every process for seed 0. */
uint64_t map_hash(const char *, size_t, uint64_t seed);

#endif
