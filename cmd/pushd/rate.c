#include "rate.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

#define HOUR_MS		3600000

struct net {
	uint64_t	full_ms;	/* when the bucket is full again */
	char		name[];
};

struct rate {
	pthread_mutex_t	lock;
	struct map	nets;
};

struct rate *
rate_new(void)
{
	struct rate	*r = mem_zalloc(1, sizeof(*r));

	(void)pthread_mutex_init(&r->lock, NULL);
	map_init(&r->nets);
	return r;
}

/* Drops what has a full bucket again. */
static void
sweep(struct rate *r, uint64_t now_ms)
{
	struct net	*n;
	size_t		 pos = 0;

	while ((n = map_next(&r->nets, &pos)) != NULL) {
		if (n->full_ms > now_ms)
			continue;
		(void)map_remove(&r->nets, n->name, strlen(n->name));
		free(n);
	}
}

void
rate_free(struct rate **rp)
{
	struct rate	*r = *rp;

	*rp = NULL;
	if (r == NULL)
		return;
	sweep(r, UINT64_MAX);
	map_release(&r->nets);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}

static struct net *
find(struct rate *r, const char *name, uint64_t now_ms)
{
	struct net	*n = map_get(&r->nets, name, strlen(name));

	if (n != NULL)
		return n;
	if (r->nets.count >= RATE_NETS)
		sweep(r, now_ms);
	/* None is: all begin anew, rather than a walk for each newcomer. */
	if (r->nets.count >= RATE_NETS)
		sweep(r, UINT64_MAX);
	n = mem_zalloc(1, sizeof(*n) + strlen(name) + 1);
	memcpy(n->name, name, strlen(name));
	(void)map_set(&r->nets, n->name, strlen(n->name), n);
	return n;
}

uint64_t
rate_take(struct rate *r, const char *name, uint64_t per_hour,
    uint64_t now_ms)
{
	struct net	*n;
	uint64_t	 wait = 0;

	if (per_hour == 0)
		return 0;
	pthread_mutex_lock(&r->lock);
	n = find(r, name, now_ms);
	if (n->full_ms < now_ms)
		n->full_ms = now_ms;
	n->full_ms += HOUR_MS / per_hour;
	/* However many come: nobody waits for longer than an hour. */
	if (n->full_ms > now_ms + 2 * HOUR_MS)
		n->full_ms = now_ms + 2 * HOUR_MS;
	if (n->full_ms > now_ms + HOUR_MS)
		wait = n->full_ms - now_ms - HOUR_MS;
	pthread_mutex_unlock(&r->lock);
	return wait;
}
