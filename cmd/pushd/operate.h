/*
 * operate - what an operator or a signal asks of the running server: read
 * the configuration again, shut down.  Shard 0's.
 */
#ifndef OPERATE_H
#define OPERATE_H

#include "base/err.h"
#include "config.h"
#include "shard.h"

/* The command line, kept for reloads; signals are taken from now on. */
int	operate_start(struct shard *, const struct config_flags *,
	    struct err_text *);
void	operate_stop(void);
/*
 * Reads configuration and certificates again.  On failure all stays as it
 * was; a sentence says why.
 */
int	operate_reload(struct shard *, struct err_text *);
/* Ends every stream, flushes, stops the loops. */
void	operate_drain(struct shard *);

#endif
