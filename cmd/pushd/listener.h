/*
 * listener - the sockets that devices connect to, shared by all shards.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include "base/err.h"
#include "config.h"
#include "io/loop.h"
#include "pushd.h"

struct listener {
	int			 fd;
	enum config_tls		 tls;
	bool			 legacy;
	bool			 legacy_tls;
	char			 address[64];	/* with the port it got */
	struct pushd		*pushd;
};

/* One shard's share of one listener. */
struct listener_port {
	struct io		 io;
	struct timer		 again;		/* accepts after a pause */
	struct shard		*shard;
	struct listener		*listener;
};

/* Opens all that the configuration names.  Returns 0, or -1 and why. */
int	listener_open(struct pushd *, struct err_text *);
void	listener_close(struct pushd *);
/* In a shard's thread: begins or ends accepting on all of them. */
void	listener_start(struct shard *);
void	listener_stop(struct shard *);
/* Loads the certificates anew; on failure the old ones stay. */
int	listener_load_tls(struct pushd *, struct err_text *);
/* The context for a new connection: a reference of the caller's own. */
struct tls_ctx	*listener_tls(const struct listener *);

#endif
