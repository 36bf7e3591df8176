#include "listener.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "io/sock.h"
#include "shard.h"

/*
 * Short on purpose: what cannot be served within a few seconds waits as an
 * unanswered SYN, which the phone's kernel repeats, and not as a connection
 * whose 15 seconds run (a client that waits for features).
 */
#define BACKLOG		511
#define SPARE_FDS	64	/* or a quarter of few */
#define FULL_MS		1000

/* Guards pushd->tls[], which a reload replaces under all shards. */
static pthread_mutex_t	tls_lock = PTHREAD_MUTEX_INITIALIZER;

static const char *
own_path(const struct config *cfg, const char *name, char *out, size_t size)
{
	(void)snprintf(out, size, "%s/tls/%s", cfg->dir, name);
	return out;
}

static struct tls_ctx *
load(const struct config *cfg, enum tls_profile profile, struct err_text *why)
{
	static const char *const	names[4] = { "ecdsa.crt", "ecdsa.key",
	    "rsa.crt", "rsa.key" };
	char				own[4][4096];
	const char			*path[4];
	size_t				 i;

	for (i = 0; i < 4; i++)
		path[i] = own_path(cfg, names[i], own[i], sizeof(own[i]));
	if (cfg->cert[0] != NULL || cfg->cert[1] != NULL) {
		i = cfg->cert[0] == NULL;
		path[0] = cfg->cert[i];
		path[1] = cfg->key[i];
		path[2] = i == 0 ? cfg->cert[1] : NULL;
		path[3] = i == 0 ? cfg->key[1] : NULL;
	}
	return tls_ctx_server(path[0], path[1], path[2], path[3], profile,
	    why);
}

int
listener_load_tls(struct pushd *pd, struct err_text *why)
{
	struct config	*cfg = atomic_load(&pd->config);
	struct tls_ctx	*fresh[2], *old;
	int		 i;

	if ((fresh[0] = load(cfg, TLS_MODERN, why)) == NULL)
		return -1;
	if ((fresh[1] = load(cfg, TLS_LEGACY, why)) == NULL) {
		tls_ctx_unref(&fresh[0]);
		return -1;
	}
	for (i = 0; i < 2; i++) {
		pthread_mutex_lock(&tls_lock);
		old = pd->tls[i];
		pd->tls[i] = fresh[i];
		pthread_mutex_unlock(&tls_lock);
		if (old != NULL)
			tls_ctx_unref(&old);
	}
	return 0;
}

struct tls_ctx *
listener_tls(const struct listener *l)
{
	struct tls_ctx	*ctx;

	pthread_mutex_lock(&tls_lock);
	ctx = tls_ctx_ref(l->pushd->tls[l->legacy_tls ? TLS_LEGACY :
	    TLS_MODERN]);
	pthread_mutex_unlock(&tls_lock);
	return ctx;
}

static int
highest_fd(void)
{
	struct rlimit	files;
	rlim_t		n;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur > INT_MAX)
		return INT_MAX;
	n = files.rlim_cur;
	return (int)(n - (n / 4 < SPARE_FDS ? n / 4 : SPARE_FDS));
}

int
listener_open(struct pushd *pd, struct err_text *why)
{
	struct config			*cfg = atomic_load(&pd->config);
	const struct config_listener	*from;
	struct listener			*l;

	pd->fd_max = highest_fd();
	pd->listeners = mem_zalloc(cfg->listener_count,
	    sizeof(*pd->listeners));
	for (; pd->listener_count < cfg->listener_count;
	    pd->listener_count++) {
		l = &pd->listeners[pd->listener_count];
		from = &cfg->listeners[pd->listener_count];
		l->pushd = pd;
		l->tls = from->tls;
		l->legacy = from->legacy;
		l->legacy_tls = from->legacy_tls;
		l->fd = sock_listen_tcp(from->address, BACKLOG, why);
		if (l->fd < 0)
			return -1;
		sock_name(l->fd, l->address);
	}
	return 0;
}

void
listener_close(struct pushd *pd)
{
	size_t	i;

	for (i = 0; i < pd->listener_count; i++)
		(void)close(pd->listeners[i].fd);
	free(pd->listeners);
	pd->listeners = NULL;
	pd->listener_count = 0;
	for (i = 0; i < 2; i++)
		if (pd->tls[i] != NULL)
			tls_ctx_unref(&pd->tls[i]);
}

static void
accept_again(struct timer *t)
{
	struct listener_port	*port = LIST_ITEM(t, struct listener_port,
				    again);

	loop_accept(&port->io, true);
}

/*
 * The kernel gives the lowest free number: this one tells that few are left.
 * The others wait in the backlog meanwhile.
 */
static void
turn_away(struct listener_port *port, int fd)
{
	struct linger	l = { .l_onoff = 1, .l_linger = 0 };

	log_warn("listener", "too many connections address=%s",
	    port->listener->address);
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	(void)close(fd);
	loop_accept(&port->io, false);
	loop_timer_set(port->shard->loop, &port->again, FULL_MS);
}

static void
on_accept(struct io *io, int fd)
{
	struct listener_port	*port = LIST_ITEM(io, struct listener_port,
				    io);

	if (fd < 0) {
		log_warn("listener", "cannot accept address=%s error=\"%s\"",
		    port->listener->address, strerror(-fd));
		return;
	}
	if (fd >= port->shard->pushd->fd_max) {
		turn_away(port, fd);
		return;
	}
	port->shard->pushd->on_connection(port->shard, port->listener, fd);
}

static const struct io_news	news = { NULL, NULL, on_accept };

void
listener_start(struct shard *sh)
{
	struct pushd		*pd = sh->pushd;
	struct listener_port	*port;
	size_t			 i;

	sh->ports = mem_zalloc(pd->listener_count, sizeof(*sh->ports));
	for (i = 0; i < pd->listener_count; i++) {
		port = &sh->ports[i];
		port->shard = sh;
		port->again.fire = accept_again;
		port->listener = &pd->listeners[i];
		if (loop_add(sh->loop, &port->io, pd->listeners[i].fd,
		    &news) != 0)
			log_error("listener", "cannot watch address=%s "
			    "error=\"%s\"", pd->listeners[i].address,
			    strerror(errno));
		else
			loop_accept(&port->io, true);
	}
}

void
listener_stop(struct shard *sh)
{
	size_t	i;

	for (i = 0; sh->ports != NULL && i < sh->pushd->listener_count; i++) {
		loop_timer_clear(sh->loop, &sh->ports[i].again);
		loop_del(&sh->ports[i].io);
	}
	free(sh->ports);
	sh->ports = NULL;
}
