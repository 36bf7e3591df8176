/*
 * sock - sockets: listening, connecting, addresses, the peer's identity.
 * Everything non-blocking and close-on-exec.
 */
#ifndef SOCK_H
#define SOCK_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define SOCK_ADDR	64	/* bytes of "[2001:db8::1]:5222" and a NUL */

/*
 * Listens on "127.0.0.1:5222", "[::]:5222", "*:5222" or "5222".  port 0
 * picks one.  Returns the descriptor, or -1 and a sentence.
 */
int	sock_listen_tcp(const char *addr, int backlog, struct err_text *);
/*
 * Listens on a Unix path, mode 0660.  A stale socket is replaced; a live one
 * or anything else is an error.
 */
int	sock_listen_unix(const char *path, int backlog, struct err_text *);
/*
 * Connects without blocking to HOST[:PORT]; the name is looked up now.
 * Returns a descriptor whose connect may be in progress, or -1.
 */
int	sock_connect_tcp(const char *addr, const char *default_port,
	    struct err_text *);
int	sock_connect_unix(const char *path, struct err_text *);
/* Blocks up to ms for a connect in progress; 0, or -1 with errno. */
int	sock_wait_connected(int fd, int ms);

/* "1.2.3.4:5" of our end, or of the peer; "unix" or "?" otherwise. */
void	sock_name(int fd, char out[SOCK_ADDR]);
void	sock_peer(int fd, char out[SOCK_ADDR]);
/* The peer's address without its port; IPv6 cut to its /64. */
void	sock_peer_net(int fd, char out[SOCK_ADDR]);
/* SO_PEERCRED: who is on the other end of a Unix socket. */
int	sock_peer_cred(int fd, uid_t *, gid_t *, pid_t *);
/* Splits "host:port"; an IPv6 host stands in brackets.  0 or -1. */
int	sock_split(const char *addr, char *host, size_t hostsize, char *port,
	    size_t portsize);
/* Both directions are over: nobody reads what would be written. */
bool	sock_is_hung_up(int fd);
/* TCP_NODELAY, SO_KEEPALIVE and TCP_USER_TIMEOUT for a device's socket. */
void	sock_tune_tcp(int fd, unsigned user_timeout_ms);

#endif
