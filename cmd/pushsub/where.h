/*
 * where - the server's addresses: the name is looked up once for all
 * devices, and each address is tried before the server counts as away.
 */
#ifndef WHERE_H
#define WHERE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/sock.h"

#define WHERE_MAX	8	/* addresses that are tried */

struct where {
	char		host[256];	/* without port and brackets */
	char		port[32];
	char		addr[WHERE_MAX][SOCK_ADDR];
	size_t		count;
	uint64_t	looked_ms;
};

/* Reads HOST[:PORT].  Returns 0, or -1 and a sentence. */
int	where_init(struct where *, const char *server, const char *port,
	    struct err_text *) MUST_USE;
/*
 * Looks the name up, unless that was done a moment ago; what was known
 * stays when it cannot be.  Returns 0, or -1 and a sentence without any.
 */
int	where_look_up(struct where *, uint64_t now_ms, struct err_text *)
	    MUST_USE;

#endif
