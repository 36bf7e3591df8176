#include "operate.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "control.h"
#include "drain.h"
#include "listener.h"

struct operate {
	struct io			 io;	/* signalfd */
	struct shard			*shard;
	const struct config_flags	*flags;
};

static struct operate	op;

/* ---- reload ---- */

static void
use_config(struct shard *sh, void *arg)
{
	shard_use_config(sh, config_ref(arg));
}

static void
config_used(void *arg)
{
	struct config	*cfg = arg;

	config_unref(&cfg);
}

int
operate_reload(struct shard *sh, struct err_text *why)
{
	struct pushd	*pd = sh->pushd;
	struct config	*fresh, *old;

	if ((fresh = config_load(op.flags, why)) == NULL)
		return -1;
	old = atomic_load(&pd->config);
	if (config_keep(fresh, old))
		log_warn("config", "what only a start can change stays as it "
		    "is, see pushd.conf(5)");
	atomic_store(&pd->config, fresh);
	if (listener_load_tls(pd, why) != 0) {
		atomic_store(&pd->config, old);
		config_unref(&fresh);
		return -1;
	}
	log_set_level((enum log_level)fresh->log_level);
	/* Each shard changes over in its own thread. */
	shard_each(sh, use_config, config_used, config_ref(fresh));
	config_unref(&old);
	log_info("config", "reloaded");
	return 0;
}

/* ---- the end ---- */

static void
drain_here(struct shard *sh, void *arg)
{
	(void)arg;
	drain_shard(sh);
}

static void
drained(void *arg)
{
	(void)arg;
}

void
operate_drain(struct shard *sh)
{
	if (atomic_exchange(&sh->pushd->draining, true))
		return;
	log_info("main", "draining");
	control_stop(sh->pushd->control);
	shard_each(sh, drain_here, drained, NULL);
}

/* ---- signals ---- */

static void
on_read(struct io *io, const char *p, ssize_t n)
{
	struct signalfd_siginfo	si;
	struct err_text		why;

	(void)io;
	for (; n >= (ssize_t)sizeof(si); p += sizeof(si),
	    n -= (ssize_t)sizeof(si)) {
		memcpy(&si, p, sizeof(si));
		if (si.ssi_signo != SIGHUP)
			operate_drain(op.shard);
		else if (operate_reload(op.shard, &why) != 0)
			log_error("config", "not reloaded: %s", why.s);
	}
}

static const struct io_news	news = { on_read, NULL, NULL };

int
operate_start(struct shard *sh, const struct config_flags *flags,
    struct err_text *why)
{
	sigset_t	set;
	int		fd;

	op.shard = sh;
	op.flags = flags;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0 || loop_add(sh->loop, &op.io, fd, &news) != 0)
		return err_set(why, "cannot watch signals: %s",
		    strerror(errno));
	loop_read(&op.io, true);
	return 0;
}

void
operate_stop(void)
{
	int	fd = op.io.fd;

	if (op.io.loop == NULL)
		return;
	loop_del(&op.io);
	(void)close(fd);
}
