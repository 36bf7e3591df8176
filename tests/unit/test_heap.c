#include "base/heap.h"

#include "tap.h"

#define MANY	500

static struct heap_node	nodes[MANY];
static uint32_t		seed = 1;

static uint32_t
any(uint32_t n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % n;
}

/* Takes all out; true if they came in order and were n. */
static bool
drains(struct heap *h, size_t n)
{
	struct heap_node	*first;
	uint64_t		 last = 0;
	bool			 good = true;

	for (; (first = heap_first(h)) != NULL; n--) {
		good = good && first->key >= last && heap_has(first);
		last = first->key;
		heap_remove(h, first);
		good = good && !heap_has(first);
	}
	return good && n == 0;
}

static void
test_order(void)
{
	struct heap	h;
	size_t		i, in = 0;

	heap_init(&h);
	ok(heap_first(&h) == NULL, "an empty heap has no first");
	for (i = 0; i < MANY; i++)
		heap_set(&h, &nodes[i], any(100));
	ok(h.len == MANY && drains(&h, MANY), "the smallest comes first");
	for (i = 0; i < MANY; i++)
		heap_set(&h, &nodes[i], any(1000));
	for (i = 0; i < 10 * MANY; i++)
		heap_set(&h, &nodes[any(MANY)], any(1000));
	ok(h.len == MANY, "setting again moves, never doubles");
	for (i = 0; i < MANY; i++)
		if (any(2) == 0)
			heap_remove(&h, &nodes[i]);
		else
			in++;
	ok(drains(&h, in), "order holds after moves and removals");
	heap_remove(&h, &nodes[0]);
	ok(h.len == 0, "removing what is not in it does nothing");
	heap_release(&h);
	ok(h.nodes == NULL, "released");
}

/* Takes out a node whose replacement has to move up, not down. */
static void
test_sift_up(void)
{
	static const uint64_t	keys[] = { 1, 10, 2, 20, 21, 3, 4, 30, 31,
				    22, 23, 5 };
	struct heap		h;
	size_t			i, n = sizeof(keys) / sizeof(keys[0]);

	heap_init(&h);
	for (i = 0; i < n; i++)
		heap_set(&h, &nodes[i], keys[i]);
	heap_remove(&h, &nodes[7]);
	ok(drains(&h, n - 1), "a removal below a large parent keeps order");
	heap_set(&h, &nodes[0], UINT64_MAX);
	heap_set(&h, &nodes[1], 0);
	ok(heap_first(&h) == &nodes[1], "keys compare as unsigned");
	heap_release(&h);
}

int
main(void)
{
	test_order();
	test_sift_up();
	return tap_done();
}
