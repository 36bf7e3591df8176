#include "io/sock.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HOST_MAX	256
#define PORT_MAX	16
#define UNIX_WAIT_S	5	/* for room in a local server's backlog */
#define NEXT_ADDR_MS	300	/* before the name's next address is tried */
#define FLAGS		(SOCK_NONBLOCK | SOCK_CLOEXEC)

union address {
	struct sockaddr		sa;
	struct sockaddr_in	in;
	struct sockaddr_in6	in6;
	struct sockaddr_un	un;
};

static void
set_int(int fd, int level, int name, int value)
{
	/* Tuning only: a kernel that refuses it still serves. */
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

static int
copy(char *to, size_t size, const char *p, size_t n)
{
	if (n >= size)
		return -1;
	memcpy(to, p, n);
	to[n] = '\0';
	return 0;
}

int
sock_split(const char *addr, char *host, size_t hostsize, char *port,
    size_t portsize)
{
	const char	*colon = strrchr(addr, ':');
	size_t		 n;

	if (colon == NULL || colon[1] == '\0')
		return -1;
	n = (size_t)(colon - addr);
	if (addr[0] == '[') {
		if (n < 2 || addr[n - 1] != ']')
			return -1;
		addr++;
		n -= 2;
	} else if (memchr(addr, ':', n) != NULL)
		return -1;
	if (copy(host, hostsize, addr, n) < 0)
		return -1;
	return copy(port, portsize, colon + 1, strlen(colon + 1));
}

static int
look_up(const char *host, const char *port, int flags, struct addrinfo **list,
    struct err_text *why)
{
	struct addrinfo	hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = flags,
	};
	int		r = getaddrinfo(host, port, &hints, list);

	if (r == 0)
		return 0;
	return err_set(why, "%s port %s: %s", host != NULL ? host : "*", port,
	    r == EAI_SYSTEM ? strerror(errno) : gai_strerror(r));
}

static int
listen_on(const struct addrinfo *ai, bool any, int backlog)
{
	int	fd, e;

	fd = socket(ai->ai_family, SOCK_STREAM | FLAGS, ai->ai_protocol);
	if (fd < 0)
		return -1;
	set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (ai->ai_family == AF_INET6)
		set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, any ? 0 : 1);
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 &&
	    listen(fd, backlog) == 0)
		return fd;
	e = errno;
	(void)close(fd);
	errno = e;
	return -1;
}

static int
listen_first(const struct addrinfo *ai, int family, bool any, int backlog)
{
	int	fd = -1;

	errno = EAFNOSUPPORT;
	for (; ai != NULL && fd < 0; ai = ai->ai_next)
		if (ai->ai_family == family)
			fd = listen_on(ai, any, backlog);
	return fd;
}

int
sock_listen_tcp(const char *addr, int backlog, struct err_text *why)
{
	char		 host[HOST_MAX], port[PORT_MAX];
	struct addrinfo	*list;
	bool		 any;
	int		 fd;

	if (strchr(addr, ':') == NULL) {
		(void)snprintf(host, sizeof(host), "*");
		if (copy(port, sizeof(port), addr, strlen(addr)) < 0)
			return err_set(why, "%s: not a port", addr);
	} else if (sock_split(addr, host, sizeof(host), port, sizeof(port)) < 0)
		return err_set(why, "%s: not an address (use HOST:PORT, "
		    "[IPV6]:PORT, *:PORT or PORT)", addr);
	any = strcmp(host, "*") == 0;
	if (look_up(any ? NULL : host, port, AI_PASSIVE | AI_NUMERICSERV,
	    &list, why) < 0)
		return -1;
	/* IPv6 first: "*" then serves both families with one socket. */
	fd = listen_first(list, AF_INET6, any, backlog);
	if (fd < 0 && errno != EADDRINUSE)
		fd = listen_first(list, AF_INET, any, backlog);
	freeaddrinfo(list);
	if (fd < 0)
		return err_set(why, "%s: %s", addr, strerror(errno));
	return fd;
}

static int
unix_address(const char *path, union address *a, struct err_text *why)
{
	memset(a, 0, sizeof(*a));
	a->un.sun_family = AF_UNIX;
	if (path[0] == '\0' || copy(a->un.sun_path, sizeof(a->un.sun_path),
	    path, strlen(path)) < 0)
		return err_set(why, "%s: a socket's path has 1 to %zu bytes",
		    path, sizeof(a->un.sun_path) - 1);
	return 0;
}

static int
fail_close(int fd, const char *path, struct err_text *why)
{
	(void)err_set(why, "%s: %s", path, strerror(errno));
	(void)close(fd);
	return -1;
}

/* Makes way for a socket at path: only a stale one is removed. */
static int
clear_path(const char *path, const union address *a, struct err_text *why)
{
	struct stat	st;
	int		fd, e;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 :
		    err_set(why, "%s: %s", path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return err_set(why, "%s: exists and is not a socket", path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | FLAGS, 0)) < 0)
		return err_set(why, "%s: %s", path, strerror(errno));
	e = connect(fd, &a->sa, sizeof(a->un)) == 0 ? 0 : errno;
	(void)close(fd);
	if (e != ECONNREFUSED)
		return err_set(why, "%s: another server listens here", path);
	if (unlink(path) < 0)
		return err_set(why, "%s: %s", path, strerror(errno));
	return 0;
}

int
sock_listen_unix(const char *path, int backlog, struct err_text *why)
{
	union address	a;
	int		fd;

	if (unix_address(path, &a, why) < 0 || clear_path(path, &a, why) < 0)
		return -1;
	if ((fd = socket(AF_UNIX, SOCK_STREAM | FLAGS, 0)) < 0)
		return err_set(why, "%s: %s", path, strerror(errno));
	/*
	 * The mode of the socket before bind() is the mode the file gets,
	 * cut by the umask: never more than 0660, and then exactly that.
	 */
	if (fchmod(fd, 0660) < 0 || bind(fd, &a.sa, sizeof(a.un)) < 0 ||
	    chmod(path, 0660) < 0 || listen(fd, backlog) < 0)
		return fail_close(fd, path, why);
	return fd;
}

static int
connect_to(const struct addrinfo *ai)
{
	int	fd, e;

	fd = socket(ai->ai_family, SOCK_STREAM | FLAGS, ai->ai_protocol);
	if (fd < 0)
		return -1;
	if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0 ||
	    errno == EINPROGRESS) {
		/* Where a next address is, this one has to prove itself. */
		if (ai->ai_next == NULL ||
		    sock_wait_connected(fd, NEXT_ADDR_MS) == 0)
			return fd;
	}
	e = errno;
	(void)close(fd);
	errno = e;
	return -1;
}

int
sock_connect_tcp(const char *addr, const char *default_port,
    struct err_text *why)
{
	char		 host[HOST_MAX], port[PORT_MAX];
	struct addrinfo	*list, *ai;
	size_t		 n = strlen(addr);
	int		 fd = -1;

	if (sock_split(addr, host, sizeof(host), port, sizeof(port)) < 0) {
		/* No port: a name, or an IPv6 address with brackets or not. */
		if (n > 2 && addr[0] == '[' && addr[n - 1] == ']') {
			addr++;
			n -= 2;
		}
		if (copy(host, sizeof(host), addr, n) < 0 || copy(port,
		    sizeof(port), default_port, strlen(default_port)) < 0)
			return err_set(why, "%s: name too long", addr);
	}
	if (look_up(host, port, AI_NUMERICSERV, &list, why) < 0)
		return -1;
	for (ai = list; ai != NULL && fd < 0; ai = ai->ai_next)
		fd = connect_to(ai);
	freeaddrinfo(list);
	if (fd < 0)
		return err_set(why, "%s port %s: %s", host, port,
		    strerror(errno));
	return fd;
}

int
sock_connect_unix(const char *path, struct err_text *why)
{
	struct timeval	wait = { UNIX_WAIT_S, 0 }, none = { 0, 0 };
	union address	a;
	int		fd, r;

	if (unix_address(path, &a, why) < 0)
		return -1;
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return err_set(why, "%s: %s", path, strerror(errno));
	/* A non-blocking connect() has no way to wait for a full backlog. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	do {
		r = connect(fd, &a.sa, sizeof(a.un));
	} while (r < 0 && errno == EINTR);
	if (r < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return fail_close(fd, path, why);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof(none));
	return fd;
}

int
sock_wait_connected(int fd, int ms)
{
	struct pollfd	pfd = { .fd = fd, .events = POLLOUT };
	socklen_t	len = sizeof(int);
	int		r, e = 0;

	do {
		r = poll(&pfd, 1, ms);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return -1;
	if (r == 0)
		e = ETIMEDOUT;
	else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &len) < 0)
		return -1;
	errno = e;
	return e == 0 ? 0 : -1;
}

/* An IPv4 peer of a socket for both families is an IPv4 peer. */
static void
unmap(union address *a)
{
	struct sockaddr_in	in = { .sin_family = AF_INET };

	if (a->sa.sa_family != AF_INET6 ||
	    !IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr))
		return;
	in.sin_port = a->in6.sin6_port;
	memcpy(&in.sin_addr, &a->in6.sin6_addr.s6_addr[12], 4);
	a->in = in;
}

static void
put_address(const union address *a, bool with_port, char out[SOCK_ADDR])
{
	char	text[INET6_ADDRSTRLEN] = "?";

	switch (a->sa.sa_family) {
	case AF_UNIX:
		(void)snprintf(out, SOCK_ADDR, "unix");
		break;
	case AF_INET:
		(void)inet_ntop(AF_INET, &a->in.sin_addr, text, sizeof(text));
		(void)snprintf(out, SOCK_ADDR, with_port ? "%s:%u" : "%s",
		    text, (unsigned)ntohs(a->in.sin_port));
		break;
	case AF_INET6:
		(void)inet_ntop(AF_INET6, &a->in6.sin6_addr, text,
		    sizeof(text));
		(void)snprintf(out, SOCK_ADDR, with_port ? "[%s]:%u" : "%s",
		    text, (unsigned)ntohs(a->in6.sin6_port));
		break;
	default:
		(void)snprintf(out, SOCK_ADDR, "?");
	}
}

static void
get_address(int fd, bool peer, union address *a)
{
	socklen_t	len = sizeof(*a);
	int		r;

	memset(a, 0, sizeof(*a));
	r = peer ? getpeername(fd, &a->sa, &len) :
	    getsockname(fd, &a->sa, &len);
	if (r < 0)
		a->sa.sa_family = AF_UNSPEC;
	unmap(a);
}

void
sock_name(int fd, char out[SOCK_ADDR])
{
	union address	a;

	get_address(fd, false, &a);
	put_address(&a, true, out);
}

void
sock_peer(int fd, char out[SOCK_ADDR])
{
	union address	a;

	get_address(fd, true, &a);
	put_address(&a, true, out);
}

void
sock_peer_net(int fd, char out[SOCK_ADDR])
{
	union address	a;

	get_address(fd, true, &a);
	/* A /64 is what one subscriber gets: a limit below it is none. */
	if (a.sa.sa_family == AF_INET6)
		memset(&a.in6.sin6_addr.s6_addr[8], 0, 8);
	put_address(&a, false, out);
}

int
sock_peer_cred(int fd, uid_t *uid, gid_t *gid, pid_t *pid)
{
	struct ucred	cred;
	socklen_t	len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -1;
	*uid = cred.uid;
	*gid = cred.gid;
	*pid = cred.pid;
	return 0;
}

bool
sock_is_hung_up(int fd)
{
	struct pollfd	p = { .fd = fd };

	return poll(&p, 1, 0) != 0;
}

void
sock_tune_tcp(int fd, unsigned user_timeout_ms)
{
	set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)user_timeout_ms);
}
