/*
 * server - the parts of pushd put together in their order, and taken apart:
 * store, key derivation, sockets, shards.
 */
#ifndef SERVER_H
#define SERVER_H

#include "base/err.h"
#include "config.h"
#include "pushd.h"

/*
 * Opens all that can fail: folder, store, certificates, sockets; loads the
 * devices and their queues.  Takes the reference to the configuration.
 * Returns 0, or -1 and a sentence; server_close() either way.
 */
int	server_open(struct pushd *, struct config *, struct err_text *);
/* Starts the threads and serves until it was drained. */
int	server_run(struct pushd *, const struct config_flags *,
	    struct err_text *);
void	server_close(struct pushd *);
/*
 * pushd --init: makes the folder, the certificates and the operator's
 * account, and prints its password, once.
 */
int	server_init(struct config *, struct err_text *);

#endif
