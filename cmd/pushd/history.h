/*
 * history - what became of a push is kept for a while after its end
 * (pushd.conf(5), history); then the store forgets it.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include "shard.h"

/* From now on, in shard 0. */
void	history_start(struct shard *);

#endif
