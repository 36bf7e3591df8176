#include "where.h"

#include <sys/socket.h>

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

#define AGAIN_MS	30000	/* a moment */

int
where_init(struct where *w, const char *server, const char *port,
    struct err_text *why)
{
	size_t		n = strlen(server);
	uint64_t	number;

	memset(w, 0, sizeof(*w));
	if (sock_split(server, w->host, sizeof(w->host), w->port,
	    sizeof(w->port)) == 0)
		return num_parse(w->port, strlen(w->port), 1, UINT16_MAX,
		    &number) == 0 ? 0 : err_set(why, "'%s': a port is 1 to "
		    "65535", server);
	/* No port: a name, or an IPv6 address with brackets or without. */
	if (n > 2 && server[0] == '[' && server[n - 1] == ']') {
		server++;
		n -= 2;
	}
	if (n == 0 || n >= sizeof(w->host))
		return err_set(why, "'%s' is no server (use HOST[:PORT])",
		    server);
	memcpy(w->host, server, n);
	(void)snprintf(w->port, sizeof(w->port), "%s", port);
	return 0;
}

/* "1.2.3.4:5222" or "[::1]:5222"; false if it cannot be said. */
static int
put_address(const struct addrinfo *ai, char out[SOCK_ADDR])
{
	char	host[NI_MAXHOST], port[NI_MAXSERV];
	int	n;

	if (getnameinfo(ai->ai_addr, ai->ai_addrlen, host, sizeof(host), port,
	    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return 0;
	n = snprintf(out, SOCK_ADDR, ai->ai_family == AF_INET6 ? "[%s]:%s" :
	    "%s:%s", host, port);
	return n > 0 && n < SOCK_ADDR;
}

int
where_look_up(struct where *w, uint64_t now_ms, struct err_text *why)
{
	const struct addrinfo	 hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo		*list, *ai;
	int			 rc;

	if (w->count > 0 && now_ms - w->looked_ms < AGAIN_MS)
		return 0;
	w->looked_ms = now_ms;
	rc = getaddrinfo(w->host, w->port, &hints, &list);
	if (rc != 0)
		return w->count > 0 ? 0 : err_set(why, "%s: %s", w->host,
		    gai_strerror(rc));
	w->count = 0;
	for (ai = list; ai != NULL && w->count < WHERE_MAX; ai = ai->ai_next)
		if (put_address(ai, w->addr[w->count]))
			w->count++;
	freeaddrinfo(list);
	return w->count > 0 ? 0 : err_set(why, "%s: no address", w->host);
}
