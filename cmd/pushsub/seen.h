/*
 * seen - the ids that a device has handled last, as hashes, so that a push
 * that comes again is known.  Bounded: the oldest gives way.
 */
#ifndef SEEN_H
#define SEEN_H

#include <stddef.h>
#include <stdint.h>

#define SEEN_MAX	1024	/* ids remembered per device */

struct seen_id {
	uint64_t	hash;
	uint32_t	stream;		/* number of the stream it came on */
};

struct seen {
	struct seen_id	*ids;		/* a ring, grown up to SEEN_MAX */
	uint16_t	 cap, count, next;
};

uint64_t seen_hash(const char *id, size_t n);
void	seen_release(struct seen *);	/* a zeroed struct is an empty one */
/* The entry, or NULL for an id that is new. */
const struct seen_id	*seen_find(const struct seen *, uint64_t hash);
void	seen_add(struct seen *, uint64_t hash, uint32_t stream);
/* The i-th remembered, oldest first; i < count. */
const struct seen_id	*seen_at(const struct seen *, size_t i);

#endif
