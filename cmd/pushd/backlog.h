/*
 * backlog - a device's pushes that wait on disk, in order: 16 bytes each in
 * a ring that is there only while something waits.
 */
#ifndef BACKLOG_H
#define BACKLOG_H

#include <stdint.h>

struct backlog_row {
	uint64_t	row;		/* the store's key */
	uint32_t	bytes;
	uint32_t	expires;	/* wall clock, seconds, rounded up */
};

struct backlog {
	struct backlog_row	*rows;
	uint32_t		 head, len, cap;
};

#define BACKLOG_NONE	UINT32_MAX

/* The i-th from the front; i < len. */
struct backlog_row	*backlog_at(const struct backlog *, uint32_t i);
void	backlog_append(struct backlog *, const struct backlog_row *);
void	backlog_prepend(struct backlog *, const struct backlog_row *);
/* Place of a row, or BACKLOG_NONE. */
uint32_t	backlog_find(const struct backlog *, uint64_t row);
void	backlog_remove(struct backlog *, uint32_t i);
/* Keeps the first n. */
void	backlog_truncate(struct backlog *, uint32_t n);
void	backlog_release(struct backlog *);

#endif
