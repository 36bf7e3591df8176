#include <stdbool.h>

#include "pushsub/seen.h"
#include "tap.h"

int
main(void)
{
	struct seen	s = { 0 };
	uint64_t	i;
	bool		all = true;

	ok(seen_find(&s, 1) == NULL, "nothing is known at first");
	for (i = 1; i <= SEEN_MAX; i++)
		seen_add(&s, i * 77, (uint32_t)i);
	for (i = 1; i <= SEEN_MAX; i++)
		all = all && seen_find(&s, i * 77) != NULL &&
		    seen_find(&s, i * 77)->stream == i;
	ok(all, "the last %d are known, with their streams", SEEN_MAX);
	ok(seen_at(&s, 0)->hash == 77, "the oldest comes first");
	seen_add(&s, 5, 0);
	ok(seen_find(&s, 77) == NULL, "one more pushes the oldest out");
	ok(seen_find(&s, 154) != NULL && seen_find(&s, 5) != NULL,
	    "and no other");
	ok(s.count == SEEN_MAX && seen_at(&s, 0)->hash == 154 &&
	    seen_at(&s, SEEN_MAX - 1)->hash == 5,
	    "order is kept when the ring wraps");
	seen_release(&s);
	ok(seen_find(&s, 5) == NULL, "released is empty");
	ok(seen_hash("p1", 2) == seen_hash("p1x", 2) &&
	    seen_hash("p1", 2) != seen_hash("p2", 2),
	    "the hash is of the given bytes");
	return tap_done();
}
