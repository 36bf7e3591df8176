#include "server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/rand.h"
#include "cert.h"
#include "control.h"
#include "device.h"
#include "history.h"
#include "kdf.h"
#include "listener.h"
#include "operate.h"
#include "rate.h"
#include "session.h"
#include "shard.h"
#include "store.h"

#define PASSWORD	24	/* hex digits of the operator's password */
#define READY_MAX	8192

/* ---- the devices and what waits for them ---- */

struct loading {
	struct pushd	*pd;
	struct map	 by_id;		/* account id -> struct device */
	size_t		 queued, lost;
};

static void
on_account(void *arg, const struct store_account *a)
{
	struct loading		*l = arg;
	struct store_account	 row = *a;
	struct device		*d;

	row.name = mem_strndup(a->name, strlen(a->name));
	row.owner = a->owner != NULL ? mem_strndup(a->owner,
	    strlen(a->owner)) : NULL;
	d = device_new(shard_of(l->pd, row.name), &row);
	(void)map_set(&l->by_id, (const char *)&d->account,
	    sizeof(d->account), d);
}

static void
on_queued(void *arg, const struct store_row *row, size_t bytes)
{
	struct loading	*l = arg;
	struct device	*d;

	d = map_get(&l->by_id, (const char *)&row->account,
	    sizeof(row->account));
	if (d == NULL) {
		l->lost++;
		return;
	}
	device_restore(d, row, bytes);
	l->queued++;
}

static int
load_devices(struct pushd *pd, struct err_text *why)
{
	struct loading	l = { .pd = pd };
	uint64_t	highest = 0;
	int		rc;

	map_init(&l.by_id);
	rc = store_load(pd->store, on_account, on_queued, &l, &highest, why);
	map_release(&l.by_id);
	atomic_store(&pd->last_id, highest);
	if (l.lost > 0)
		log_error("store", "pushes without a device rows=%zu",
		    l.lost);
	log_info("store", "loaded queued=%zu", l.queued);
	return rc;
}

/* The server's own secret: what nobody's fake salts are made of. */
static int
load_secret(struct pushd *pd, struct err_text *why)
{
	ssize_t	n = store_meta_get(pd->store, "secret", pd->secret,
		    sizeof(pd->secret));

	if (n == (ssize_t)sizeof(pd->secret))
		return 0;
	rand_bytes(pd->secret, sizeof(pd->secret));
	if (n < 0 || store_meta_set(pd->store, "secret", pd->secret,
	    sizeof(pd->secret)) != 0)
		return err_set(why, "the store cannot be written");
	return 0;
}

/* ---- open ---- */

static int
open_shards(struct pushd *pd, unsigned count, struct err_text *why)
{
	pd->shards = mem_zalloc(count, sizeof(*pd->shards));
	for (; pd->shard_count < count; pd->shard_count++)
		if (shard_init(&pd->shards[pd->shard_count], pd,
		    pd->shard_count, why) != 0)
			return -1;
	return 0;
}

int
server_open(struct pushd *pd, struct config *cfg, struct err_text *why)
{
	memset(pd, 0, sizeof(*pd));
	atomic_store(&pd->config, cfg);
	pd->started_ms = clock_now_ms();
	pd->rate = rate_new();
	pd->on_connection = session_accept;
	if ((pd->store = store_open(cfg->dir, why)) == NULL ||
	    cert_ensure(cfg->dir, cfg->domain, why) != 0 ||
	    listener_load_tls(pd, why) != 0 ||
	    open_shards(pd, cfg->shards, why) != 0 ||
	    load_secret(pd, why) != 0 || load_devices(pd, why) != 0 ||
	    listener_open(pd, why) != 0 ||
	    control_open(&pd->shards[0], cfg->socket, why) != 0)
		return -1;
	return 0;
}

/* ---- run ---- */

/* Tells systemd, where it asked to be told (sd_notify(3)). */
static void
notify_ready(void)
{
	const char		*path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	size_t			 n = path != NULL ? strlen(path) : 0;
	int			 fd;

	if (n == 0 || n >= sizeof(sun.sun_path))
		return;
	memcpy(sun.sun_path, path, n);
	if (path[0] == '@')
		sun.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, "READY=1", 7, MSG_NOSIGNAL,
	    (struct sockaddr *)(void *)&sun, (socklen_t)(offsetof(
	    struct sockaddr_un, sun_path) + n)) < 0)
		log_warn("main", "cannot notify error=\"%s\"",
		    strerror(errno));
	(void)close(fd);
}

/* The ready line: what scripts and tests wait for. */
static void
say_ready(const struct pushd *pd, const struct config *cfg)
{
	struct buf	b;
	size_t		i;

	buf_init(&b, READY_MAX);
	buf_putc(&b, '{');
	json_put_member(&b, "event", "ready");
	json_put_key(&b, "xmpp");
	buf_putc(&b, '[');
	for (i = 0; i < pd->listener_count; i++) {
		json_put_item(&b);
		json_put_string(&b, pd->listeners[i].address,
		    strlen(pd->listeners[i].address));
	}
	buf_putc(&b, ']');
	json_put_member(&b, "control", cfg->socket);
	json_put_member(&b, "domain", cfg->domain);
	json_put_int(&b, "pid", getpid());
	buf_putc(&b, '}');
	(void)puts(buf_str(&b));
	(void)fflush(stdout);
	buf_release(&b);
	notify_ready();
}

static void
start_serving(struct shard *sh, void *arg)
{
	(void)arg;
	listener_start(sh);
}

static void
serving(void *arg)
{
	struct pushd	*pd = arg;

	control_start(pd->control);
	say_ready(pd, pd->shards[0].config);
}

/* Starts the other shards; all of them, or none. */
static int
start_shards(struct pushd *pd, struct err_text *why)
{
	unsigned	i;

	for (i = 1; i < pd->shard_count; i++)
		if (shard_start(&pd->shards[i], why) != 0)
			break;
	if (i == pd->shard_count)
		return 0;
	while (--i > 0) {
		loop_stop(pd->shards[i].loop);
		(void)pthread_join(pd->shards[i].thread, NULL);
	}
	return -1;
}

int
server_run(struct pushd *pd, const struct config_flags *flags,
    struct err_text *why)
{
	struct shard	*first = &pd->shards[0];
	unsigned	 i;

	pd->kdf = kdf_new(pd->shard_count, why);
	if (pd->kdf == NULL || store_start(pd->store, why) != 0 ||
	    operate_start(first, flags, why) != 0 ||
	    start_shards(pd, why) != 0)
		return -1;
	history_start(first);
	shard_each(first, start_serving, serving, pd);
	loop_run(first->loop);
	for (i = 1; i < pd->shard_count; i++)
		(void)pthread_join(pd->shards[i].thread, NULL);
	return 0;
}

void
server_close(struct pushd *pd)
{
	struct config	*cfg = atomic_load(&pd->config);
	unsigned	 i;

	operate_stop();
	kdf_free(&pd->kdf);
	if (pd->store != NULL)
		store_close(&pd->store);
	control_free(&pd->control);
	for (i = 0; i < pd->shard_count; i++) {
		device_free_all(&pd->shards[i]);
		shard_release(&pd->shards[i]);
	}
	free(pd->shards);
	listener_close(pd);
	rate_free(&pd->rate);
	explicit_bzero(pd->secret, sizeof(pd->secret));
	config_unref(&cfg);
}

/* ---- init ---- */

struct adding {
	struct store_request	 ask;
	struct store_account	 row;
	struct loop		*loop;
	enum push_err		 err;
};

static void
added(struct store_request *r)
{
	struct adding	*a = LIST_ITEM(r, struct adding, ask);

	a->err = r->err;
	loop_stop(a->loop);
}

static int
add_operator(struct store *st, const char *password, const struct config *cfg,
    struct err_text *why)
{
	struct adding	a;
	char		name[] = "operator";

	memset(&a, 0, sizeof(a));
	if ((a.loop = loop_new(cfg->loop, why)) == NULL ||
	    store_start(st, why) != 0)
		return -1;
	a.row.name = name;
	a.row.enabled = true;
	a.row.created_ms = clock_wall_ms();
	scram_cred_make(password, strlen(password), (uint32_t)cfg->iterations,
	    &a.row.cred);
	a.ask.from = a.loop;
	a.ask.verb = STORE_ACCOUNT_ADD;
	a.ask.account = &a.row;
	a.ask.done = added;
	store_ask(st, &a.ask);
	loop_run(a.loop);
	loop_free(&a.loop);
	scram_cred_wipe(&a.row.cred);
	if (a.err == PUSH_E_EXISTS)
		return err_set(why, "%s: is there already: nothing was "
		    "changed", cfg->dir);
	return a.err == PUSH_OK ? 0 : err_set(why, "%s: %s", cfg->dir,
	    err_text(a.err));
}

static void
say_init(const struct config *cfg, const char *password)
{
	struct buf	b;

	buf_init(&b, READY_MAX);
	buf_putc(&b, '{');
	json_put_member(&b, "event", "init");
	json_put_member(&b, "dir", cfg->dir);
	json_put_member(&b, "domain", cfg->domain);
	json_put_member(&b, "user", "operator");
	json_put_member(&b, "password", password);
	buf_putc(&b, '}');
	(void)puts(buf_str(&b));
	(void)fflush(stdout);
	buf_release_secret(&b);
}

int
server_init(struct config *cfg, struct err_text *why)
{
	char		 password[PASSWORD + 1];
	struct store	*st = store_open(cfg->dir, why);
	int		 rc;

	if (st == NULL)
		return -1;
	rand_hex(password, PASSWORD);
	rc = cert_ensure(cfg->dir, cfg->domain, why);
	if (rc == 0)
		rc = add_operator(st, password, cfg, why);
	store_close(&st);
	if (rc == 0)
		say_init(cfg, password);
	explicit_bzero(password, sizeof(password));
	return rc;
}
