/* drain - the end of a shard, without losing what is under way. */
#ifndef DRAIN_H
#define DRAIN_H

#include "shard.h"

/*
 * Serves no new connections, ends every stream with system-shutdown, waits
 * for what is under way; when all shards have, their loops stop.
 */
void	drain_shard(struct shard *);

#endif
