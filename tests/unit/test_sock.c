#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/sock.h"
#include "tap.h"

static char	dir[] = "/tmp/test_sock.XXXXXX";

static int
accept_one(int lfd)
{
	struct pollfd	p = { .fd = lfd, .events = POLLIN };

	return poll(&p, 1, 5000) == 1 ? accept(lfd, NULL, NULL) : -1;
}

static bool
is_tame(int fd)
{
	return (fcntl(fd, F_GETFL) & O_NONBLOCK) &&
	    (fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static void
test_tcp(void)
{
	struct err_text	why;
	char		name[SOCK_ADDR], peer[SOCK_ADDR], seen[SOCK_ADDR];
	int		l, c, s;

	l = sock_listen_tcp("127.0.0.1:0", 8, &why);
	ok(l >= 0 && is_tame(l), "listens on a free port, non-blocking");
	sock_name(l, name);
	ok(strncmp(name, "127.0.0.1:", 10) == 0, "knows its name: %s", name);
	c = sock_connect_tcp(name, "1", &why);
	ok(c >= 0 && is_tame(c) && sock_wait_connected(c, 5000) == 0,
	    "connects to it");
	s = accept_one(l);
	sock_name(c, name);
	sock_peer(s, peer);
	ok(strcmp(name, peer) == 0, "both ends agree on the address");
	sock_peer_net(s, seen);
	ok(strcmp(seen, "127.0.0.1") == 0, "the net has no port");
	sock_tune_tcp(c, 30000);
	ok(sock_listen_tcp(name, 8, &why) < 0 &&
	    strstr(why.s, name) != NULL, "a port in use is told: %s", why.s);
	(void)close(s);
	(void)close(c);
	(void)close(l);
}

static void
test_any(void)
{
	struct err_text	why;
	char		name[SOCK_ADDR], port[16], host[SOCK_ADDR], to[SOCK_ADDR];
	int		l, c, s;

	l = sock_listen_tcp("*:0", 8, &why);
	ok(l >= 0, "listens on every address");
	sock_name(l, name);
	ok(sock_split(name, host, sizeof(host), port, sizeof(port)) == 0,
	    "with a name that can be split: %s", name);
	(void)snprintf(to, sizeof(to), "127.0.0.1:%.8s", port);
	c = sock_connect_tcp(to, "1", &why);
	s = accept_one(l);
	sock_peer_net(s, name);
	ok(strcmp(name, "127.0.0.1") == 0,
	    "an IPv4 peer is one, whatever the socket");
	(void)close(s);
	(void)close(c);
	c = sock_connect_tcp("127.0.0.1", port, &why);
	s = accept_one(l);
	ok(c >= 0 && s >= 0, "the default port is used without another");
	(void)close(s);
	(void)close(c);
	(void)close(l);
	l = sock_listen_tcp("0", 8, &why);
	ok(l >= 0, "a port alone means every address");
	(void)close(l);
}

static void
test_ipv6(void)
{
	struct err_text	why;
	char		name[SOCK_ADDR];
	int		l = sock_listen_tcp("[::1]:0", 8, &why), c, s;

	if (l < 0) {
		ok(true, "IPv6 # SKIP %s", why.s);
		return;
	}
	sock_name(l, name);
	ok(strncmp(name, "[::1]:", 6) == 0, "IPv6 stands in brackets");
	c = sock_connect_tcp(name, "1", &why);
	s = accept_one(l);
	sock_peer_net(s, name);
	ok(strcmp(name, "::") == 0, "and is cut to its /64: %s", name);
	(void)close(s);
	(void)close(c);
	c = sock_connect_tcp("::1", "1", &why);
	ok(c < 0 || sock_wait_connected(c, 5000) < 0,
	    "a bare IPv6 address is one, not host and port");
	if (c >= 0)
		(void)close(c);
	(void)close(l);
}

static void
test_refused(void)
{
	struct err_text	why;
	char		name[SOCK_ADDR];
	int		l = sock_listen_tcp("127.0.0.1:0", 8, &why), c;

	sock_name(l, name);
	(void)close(l);
	c = sock_connect_tcp(name, "1", &why);
	ok(c < 0 || sock_wait_connected(c, 5000) < 0,
	    "a closed port refuses");
	if (c >= 0)
		(void)close(c);
	ok(sock_connect_tcp("no such host.invalid", "1", &why) < 0 &&
	    strstr(why.s, "no such host") != NULL,
	    "a bad name is told: %s", why.s);
	ok(sock_listen_tcp("nonsense::", 8, &why) < 0 &&
	    strstr(why.s, "nonsense") != NULL, "and a bad address: %s", why.s);
}

static void
test_unix(void)
{
	struct err_text	why;
	struct stat	st;
	char		path[64], name[SOCK_ADDR], longer[200];
	uid_t		uid;
	gid_t		gid;
	pid_t		pid;
	int		l, c, s;

	(void)snprintf(path, sizeof(path), "%s/s", dir);
	ok(sock_connect_unix(path, &why) < 0 && strstr(why.s, path) != NULL,
	    "no server is told: %s", why.s);
	(void)umask(0077);
	l = sock_listen_unix(path, 8, &why);
	ok(l >= 0 && stat(path, &st) == 0 && (st.st_mode & 0777) == 0660,
	    "a socket file has mode 0660, whatever the umask");
	c = sock_connect_unix(path, &why);
	s = accept_one(l);
	ok(c >= 0 && s >= 0 && is_tame(c), "connects to it");
	ok(sock_peer_cred(s, &uid, &gid, &pid) == 0 && uid == getuid() &&
	    gid == getgid() && pid == getpid(), "knows who is there");
	sock_peer(s, name);
	ok(strcmp(name, "unix") == 0, "its name is unix");
	ok(sock_listen_unix(path, 8, &why) < 0 &&
	    strstr(why.s, "another server") != NULL,
	    "a live socket is left alone: %s", why.s);
	(void)close(s);
	(void)close(c);
	(void)close(l);
	l = sock_listen_unix(path, 8, &why);
	ok(l >= 0, "a stale one is replaced");
	(void)close(l);
	(void)unlink(path);
	(void)close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	ok(sock_listen_unix(path, 8, &why) < 0 && stat(path, &st) == 0 &&
	    S_ISREG(st.st_mode), "a file is not touched: %s", why.s);
	(void)unlink(path);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	ok(sock_listen_unix(longer, 8, &why) < 0, "a long path is refused");
	sock_peer(-1, name);
	ok(strcmp(name, "?") == 0, "no socket has the name ?");
}

static const struct {
	const char	*in, *host, *port;	/* host NULL: refused */
} splits[] = {
	{ "a.example:5222", "a.example", "5222" },
	{ "[2001:db8::1]:1", "2001:db8::1", "1" },
	{ ":5222", "", "5222" },
	{ "a.example", NULL, NULL },
	{ "a.example:", NULL, NULL },
	{ "::1", NULL, NULL },
	{ "[::1]", NULL, NULL },
	{ "[::1:5", NULL, NULL },
	{ "[:5", NULL, NULL },
	{ "0123456789abcdef:1", NULL, NULL },
	{ "a:123456789", NULL, NULL },
};

static void
test_split(void)
{
	char	host[16], port[8];
	size_t	i;
	int	r;

	for (i = 0; i < sizeof(splits) / sizeof(splits[0]); i++) {
		r = sock_split(splits[i].in, host, sizeof(host), port,
		    sizeof(port));
		ok(splits[i].host == NULL ? r < 0 : r == 0 &&
		    strcmp(host, splits[i].host) == 0 &&
		    strcmp(port, splits[i].port) == 0, "splits %s",
		    splits[i].in);
	}
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	test_tcp();
	test_any();
	test_ipv6();
	test_refused();
	test_unix();
	test_split();
	(void)rmdir(dir);
	return tap_done();
}
