/*
 * heap - binary min-heap of timers, intrusive: a timer knows its place, so
 * that cancelling one costs O(log n) and no search.
 */
#ifndef HEAP_H
#define HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_node {
	uint64_t	key;	/* due time, monotonic ms */
	size_t		at;	/* place in the heap plus one; 0: not in it */
};

struct heap {
	struct heap_node	**nodes;
	size_t			  len, cap;
};

void	 heap_init(struct heap *);
void	 heap_release(struct heap *);
/* Adds the node, or moves it if it is in the heap already. */
void	 heap_set(struct heap *, struct heap_node *, uint64_t key);
void	 heap_remove(struct heap *, struct heap_node *);
bool	 heap_has(const struct heap_node *);
/* The node with the smallest key, or NULL. */
struct heap_node	*heap_first(const struct heap *);

#endif
