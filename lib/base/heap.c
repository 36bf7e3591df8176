#include "heap.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
heap_init(struct heap *h)
{
	memset(h, 0, sizeof(*h));
}

void
heap_release(struct heap *h)
{
	free(h->nodes);
	heap_init(h);
}

static void
put(struct heap *h, size_t i, struct heap_node *n)
{
	h->nodes[i] = n;
	n->at = i + 1;
}

static void
sift_up(struct heap *h, size_t i, struct heap_node *n)
{
	size_t	parent;

	for (; i > 0 && h->nodes[parent = (i - 1) / 2]->key > n->key;
	    i = parent)
		put(h, i, h->nodes[parent]);
	put(h, i, n);
}

static void
sift_down(struct heap *h, size_t i, struct heap_node *n)
{
	size_t	child;

	while ((child = 2 * i + 1) < h->len) {
		if (child + 1 < h->len &&
		    h->nodes[child + 1]->key < h->nodes[child]->key)
			child++;
		if (h->nodes[child]->key >= n->key)
			break;
		put(h, i, h->nodes[child]);
		i = child;
	}
	put(h, i, n);
}

void
heap_set(struct heap *h, struct heap_node *n, uint64_t key)
{
	heap_remove(h, n);
	if (h->len == h->cap) {
		h->cap = h->cap > 0 ? h->cap * 2 : 64;
		h->nodes = mem_realloc(h->nodes, h->cap, sizeof(*h->nodes));
	}
	n->key = key;
	sift_up(h, h->len++, n);
}

void
heap_remove(struct heap *h, struct heap_node *n)
{
	struct heap_node	*last;
	size_t			 i;

	if (n->at == 0)
		return;
	i = n->at - 1;
	n->at = 0;
	last = h->nodes[--h->len];
	if (last == n)
		return;
	if (i > 0 && h->nodes[(i - 1) / 2]->key > last->key)
		sift_up(h, i, last);
	else
		sift_down(h, i, last);
}

bool
heap_has(const struct heap_node *n)
{
	return n->at != 0;
}

struct heap_node *
heap_first(const struct heap *h)
{
	return h->len > 0 ? h->nodes[0] : NULL;
}
