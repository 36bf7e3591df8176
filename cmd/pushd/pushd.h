/*
 * pushd - the root of the server: what main.c makes and everybody is given.
 *
 * One process; shards are threads that share nothing but what stands here,
 * which is read-only after the start or atomic.
 */
#ifndef PUSHD_H
#define PUSHD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "io/loop.h"
#include "io/tls.h"

struct control;
struct kdf;
struct listener;
struct rate;
struct shard;
struct store;

/* Counted per shard by its own thread, read by status. */
struct counters {
	atomic_uint_fast64_t	accepted, delivered, expired, cancelled;
	atomic_uint_fast64_t	failed, refused;
	atomic_uint_fast64_t	queued;		/* pushes that wait now */
	atomic_uint_fast64_t	devices, online, sessions, connections;
};

struct pushd {
	_Atomic(struct config *) config;
	struct shard		*shards;
	unsigned		 shard_count;
	struct store		*store;
	struct kdf		*kdf;
	struct rate		*rate;		/* of registrations */
	struct control		*control;	/* shard 0's */
	struct listener		*listeners;
	size_t			 listener_count;
	int			 fd_max;	/* of a connection; the rest
						 * is for files and tools */
	struct tls_ctx		*tls[2];	/* by enum tls_profile; see
						 * listener_tls() */
	unsigned char		 secret[32];	/* of this installation */
	/* takes a new connection's descriptor, in the shard that got it */
	void			(*on_connection)(struct shard *,
				    const struct listener *, int fd);
	uint64_t		 started_ms;	/* monotonic */
	atomic_uint_fast64_t	 last_id;	/* highest row minted */
	atomic_bool		 draining;
};

#define COUNT(counter, n)						\
	atomic_fetch_add_explicit(&(counter), (uint_fast64_t)(n),	\
	    memory_order_relaxed)
#define COUNT_DOWN(counter, n)						\
	atomic_fetch_sub_explicit(&(counter), (uint_fast64_t)(n),	\
	    memory_order_relaxed)

#endif
