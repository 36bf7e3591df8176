#include "run.h"

#include <sys/resource.h>
#include <sys/signalfd.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/opt.h"
#include "io/signals.h"
#include "memory.h"
#include "names.h"
#include "password.h"
#include "swarm.h"

#define PORT		"5222"
#define PORT_DIRECT	"5223"

#define EXIT_TIMEOUT	75
#define EXIT_NO_SERVER	69
#define EXIT_NOINPUT	66
#define EXIT_LOSS	1

#define RAMP_MS		10	/* between two batches of connections */
#define NOBODY_MS	30000	/* for the first of many to be let in */
#define SAVE_MS		1000	/* between two savings of many */
#define SPARE_FDS	32	/* descriptors for all but connections */

struct run {
	const struct settings	*set;
	struct swarm		 swarm;
	struct loop		*loop;
	struct signals		 ends;
	struct io		 children;	/* SIGCHLD */
	struct timer		 ramp, stats, idle, save;
	size_t			 started;
	uint64_t		 start_ms;
	bool			 timed_out;	/* -W */
};

static void
on_save(struct timer *t)
{
	struct run	*r = LIST_ITEM(t, struct run, save);

	swarm_save(&r->swarm);
	loop_timer_set(r->loop, t, SAVE_MS);
}

/* Of many the first may be let in late, but not never. */
static bool
is_nobody_there(const struct run *r, uint64_t passed)
{
	const struct swarm	*s = &r->swarm;
	size_t			 i;

	if (passed < NOBODY_MS || s->count == 1)
		return false;
	for (i = 0; i < s->count; i++)
		if (s->devices[i].reached)
			return false;
	return true;
}

static void
on_ramp(struct timer *t)
{
	struct run	*r = LIST_ITEM(t, struct run, ramp);
	struct swarm	*s = &r->swarm;
	uint64_t	 passed = loop_now(r->loop) - r->start_ms;
	uint64_t	 due = 1 + passed * r->set->ramp / 1000;

	if (s->leaving)
		return;
	if (is_nobody_there(r, passed)) {
		term_tell(SWARM_TOOL, "%s: not reachable (is the server "
		    "running?)", r->set->server);
		swarm_leave(s, EXIT_NO_SERVER, false);
		return;
	}
	while (r->started < s->count && r->started < due && !s->leaving)
		device_start(&s->devices[r->started++]);
	if (r->started < s->count)
		loop_timer_set(r->loop, t, RAMP_MS);
	else if (passed < NOBODY_MS)
		loop_timer_set(r->loop, t, NOBODY_MS - passed);
}

static void
on_stats(struct timer *t)
{
	struct run	*r = LIST_ITEM(t, struct run, stats);

	report_stats(&r->swarm.report, r->swarm.ready, loop_now(r->loop),
	    false);
	loop_timer_set(r->loop, t, (uint64_t)r->set->stats_ms);
}

static void
on_idle(struct timer *t)
{
	struct run	*r = LIST_ITEM(t, struct run, idle);
	uint64_t	 limit = (uint64_t)r->set->idle_ms;
	uint64_t	 idle = loop_now(r->loop) - r->swarm.push_ms;

	if (idle < limit) {
		loop_timer_set(r->loop, t, limit - idle);
		return;
	}
	r->timed_out = true;
	swarm_leave(&r->swarm, EXIT_TIMEOUT, true);
}

static void
on_end_signal(void *arg, int number)
{
	struct run	*r = arg;

	/* The second one does not wait for goodbyes. */
	if (r->swarm.leaving)
		loop_stop(r->loop);
	else
		swarm_leave(&r->swarm, 128 + number, false);
}

static void
on_child_signal(struct io *io, const char *p, ssize_t n)
{
	(void)p;
	(void)n;
	jobs_reap(&LIST_ITEM(io, struct run, children)->swarm.jobs);
}

/* Those that end us, and that of a command of -e that has ended. */
static int
watch_signals(struct run *r, struct err_text *why)
{
	static const struct io_news	news = { .on_read = on_child_signal };
	sigset_t			set;
	int				fd;

	/* Who started us may ignore it, and would have the zombies reaped. */
	(void)signal(SIGCHLD, SIG_DFL);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (signals_watch(&r->ends, r->loop, on_end_signal, r) != 0 ||
	    loop_add(r->loop, &r->children, fd, &news) != 0)
		return err_set(why, "signals: %s", strerror(errno));
	loop_read(&r->children, true);
	return 0;
}

static int
raise_descriptors(size_t devices, struct err_text *why)
{
	struct rlimit	limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 0;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (devices + SPARE_FDS <= limit.rlim_cur)
		return 0;
	return err_set(why, "%zu devices: a process may hold %llu "
	    "descriptors here (run several, with other names)", devices,
	    (unsigned long long)limit.rlim_cur);
}

/* One device's name, without its domain; the domain is that of all. */
static int
name_device(struct run *r, size_t i, struct jid *jid, struct err_text *why)
{
	struct site	*site = &r->swarm.site;
	char		 text[JID_MAX + 1];

	if (names_expand(r->set->user, i, r->swarm.count, text, sizeof(text),
	    why) != 0)
		return -1;
	memset(jid, 0, sizeof(*jid));
	if (strchr(text, '@') == NULL) {
		if (jid_prep_local(text, strlen(text), jid->local) != PUSH_OK)
			return err_set(why, "'%s' is no name", text);
		return 0;
	}
	if (jid_parse(text, strlen(text), jid) != PUSH_OK ||
	    jid->resource[0] != '\0')
		return err_set(why, "'%s' is no address (use NAME@DOMAIN)",
		    text);
	if (i == 0)
		memcpy(site->domain, jid->domain, sizeof(site->domain));
	if (strcmp(site->domain, jid->domain) != 0)
		return err_set(why, "'%s': all devices live in one domain",
		    r->set->user);
	site->domain_given = true;
	return 0;
}

static int
make_devices(struct run *r, struct err_text *why)
{
	struct swarm		*s = &r->swarm;
	const struct buf	*password = &r->set->password;
	struct jid		 jid;
	size_t			 i;

	s->devices = mem_zalloc(s->count, sizeof(*s->devices));
	for (i = 0; i < s->count; i++) {
		if (r->set->user != NULL && name_device(r, i, &jid, why) != 0)
			return -1;
		device_init(&s->devices[i], &s->site,
		    r->set->user != NULL ? jid.local : NULL,
		    password->len > 0 ? password->p : NULL);
	}
	return 0;
}

/* A device that has no password yet: only one can be asked for. */
static int
ask_password(struct device *d, size_t count, struct err_text *why)
{
	struct buf	password;
	int		rc;

	if (count > 1)
		return err_set(why, "%s: no password (PUSH_PASSWORD, "
		    "--password-file, or --register for a new one)", d->name);
	rc = password_ask(&password, why);
	if (rc == 0)
		device_set_password(d, password.p);
	buf_release_secret(&password);
	return rc;
}

/*
 * What was remembered, and then a password for each that has none.  Returns 0
 * or an exit code.
 */
static int
remember(struct run *r, struct err_text *why)
{
	const struct settings	*set = r->set;
	struct swarm		*s = &r->swarm;
	size_t			 i;

	if (set->state_file != NULL && memory_load(set->state_file,
	    s->devices, s->count, set->user == NULL, why) != 0)
		return EXIT_NOINPUT;
	for (i = 0; i < s->count && set->user != NULL && !set->make; i++)
		if (!s->devices[i].registered &&
		    ask_password(&s->devices[i], s->count, why) != 0)
			return err_exit(PUSH_E_AUTH);
	return 0;
}

static int
make_tls(struct run *r, struct err_text *why)
{
	const struct settings	*set = r->set;

	if (set->tls == TLS_POLICY_OFF)
		return 0;
	if (set->insecure && !set->legacy && !set->quiet)
		term_tell(SWARM_TOOL, "the server's certificate is not "
		    "checked (--insecure)");
	r->swarm.site.tls = tls_ctx_client(set->ca, !set->insecure, why);
	return r->swarm.site.tls != NULL ? 0 : -1;
}

static int
set_up(struct run *r, struct err_text *why)
{
	struct site	*site = &r->swarm.site;
	int		 code;

	if ((r->loop = loop_new("auto", why)) == NULL)
		return err_exit(PUSH_E_INTERNAL);
	site->loop = r->loop;
	site->pool = xml_pool_new();
	r->start_ms = r->swarm.push_ms = loop_now(r->loop);
	if (where_init(&site->where, r->set->server,
	    r->set->tls == TLS_POLICY_DIRECT ? PORT_DIRECT : PORT,
	    why) != 0 || raise_descriptors(r->swarm.count, why) != 0 ||
	    make_devices(r, why) != 0)
		return OPT_USAGE;
	if (make_tls(r, why) != 0)
		return r->set->ca != NULL ? EXIT_NOINPUT :
		    err_exit(PUSH_E_INTERNAL);
	if ((code = remember(r, why)) != 0)
		return code;
	if (watch_signals(r, why) != 0)
		return err_exit(PUSH_E_INTERNAL);
	report_init(&r->swarm.report, r->set, r->ends.io.fd, r->start_ms);
	return 0;
}

static void
tear_down(struct run *r)
{
	struct swarm	*s = &r->swarm;
	size_t		 i;

	jobs_release(&s->jobs);
	for (i = 0; s->devices != NULL && i < s->count; i++)
		if (s->devices[i].site != NULL)
			device_release(&s->devices[i]);
	free(s->devices);
	report_release(&s->report);
	buf_release(&s->json);
	tls_ctx_unref(&s->site.tls);
	signals_release(&r->ends);
	if (r->children.loop != NULL) {
		loop_del(&r->children);
		(void)close(r->children.fd);
	}
	loop_free(&r->loop);
	if (s->site.pool != NULL)
		xml_pool_free(&s->site.pool);
}

static void
set_timers(struct run *r)
{
	r->ramp.fire = on_ramp;
	r->stats.fire = on_stats;
	r->idle.fire = on_idle;
	r->save.fire = on_save;
	if (r->set->stats_ms > 0)
		loop_timer_set(r->loop, &r->stats,
		    (uint64_t)r->set->stats_ms);
	if (r->set->idle_ms > 0)
		loop_timer_set(r->loop, &r->idle, (uint64_t)r->set->idle_ms);
	if (r->set->state_file != NULL)
		loop_timer_set(r->loop, &r->save, SAVE_MS);
	on_ramp(&r->ramp);
}

/* --expect judges what the run's end left open. */
static int
exit_code(const struct run *r)
{
	const struct report	*report = &r->swarm.report;
	int			 code = r->swarm.code;

	if (!r->set->expects || (code != 0 && code != EXIT_TIMEOUT &&
	    code != 128 + SIGTERM && code != 128 + SIGINT))
		return code;
	if (report_lost(report) > 0 || report->again > 0)
		return EXIT_LOSS;
	return r->timed_out && r->set->count == 0 ? 0 : code;
}

int
run_all(const struct settings *set)
{
	struct run	*r = mem_zalloc(1, sizeof(*r));
	struct err_text	 why;
	int		 code;

	r->set = set;
	swarm_init(&r->swarm, set);
	code = set_up(r, &why);
	if (code != 0) {
		term_tell(SWARM_TOOL, "%s", why.s);
	} else {
		set_timers(r);
		loop_run(r->loop);
		swarm_save(&r->swarm);
		if (set->stats_ms > 0)
			report_stats(&r->swarm.report, r->swarm.ready,
			    loop_now(r->loop), true);
		code = exit_code(r);
	}
	tear_down(r);
	free(r);
	return code;
}
