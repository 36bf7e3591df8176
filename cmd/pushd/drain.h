/* drain - the end of a shard, without losing what is under way. */
#ifndef DRAIN_H
#define DRAIN_H

#include "shard.h"

/*
 * Serves no new connections, ends every stream with system-shutdown, waits
 * for the store and stops the loop; shard 0's stops last.
 */
void	drain_shard(struct shard *);

#endif
