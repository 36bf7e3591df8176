#include "swarm.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "memory.h"

#define EXIT_OUTPUT	1
#define EXIT_TIMEOUT	75
#define EXIT_NO_SERVER	69

#define JSON_MAX	(8 * 1024 * 1024)	/* a push, escaped */
#define LEAVE_MS	1500	/* to say goodbye: 2 s in all */
#define LINGER_MS	4000	/* with last acknowledgements before it */

static struct swarm *
swarm_of(const struct device *d)
{
	return d->site->owner;
}

void
swarm_leave(struct swarm *s, int code, bool linger)
{
	if (s->leaving)
		return;
	s->leaving = true;
	s->code = code;
	s->linger = linger;
	s->jobs.most = 0;
	loop_at_end(s->site.loop, &s->leave);
}

static void
on_leave(struct loop_hook *h)
{
	struct swarm	*s = LIST_ITEM(h, struct swarm, leave);
	size_t		 i;

	loop_timer_set(s->site.loop, &s->limit, s->linger ? LINGER_MS :
	    LEAVE_MS);
	for (i = 0; i < s->count; i++)
		if (!s->devices[i].given_up)
			device_close(&s->devices[i], s->linger);
	if (s->closed + s->failed >= s->count)
		loop_stop(s->site.loop);
}

static void
on_closed(struct device *d)
{
	struct swarm	*s = swarm_of(d);

	s->closed++;
	s->dirty = true;	/* its session cannot be resumed any more */
	if (s->closed + s->failed >= s->count)
		loop_stop(s->site.loop);
}

static void
on_limit(struct timer *t)
{
	loop_stop(LIST_ITEM(t, struct swarm, limit)->site.loop);
}

void
swarm_save(struct swarm *s)
{
	struct err_text	why;

	if (s->set->state_file == NULL || !s->dirty || s->unsaved)
		return;
	if (memory_save(s->set->state_file, s->devices, s->count, &why) == 0) {
		s->dirty = false;
		return;
	}
	s->unsaved = true;
	term_tell(SWARM_TOOL, "%s", why.s);
	swarm_leave(s, EXIT_OUTPUT, false);
}

/* One device's file is written before each acknowledgement. */
static void
on_acknowledge(struct device *d)
{
	struct swarm	*s = swarm_of(d);

	if (s->count == 1)
		swarm_save(s);
}

static void
on_ready(struct device *d)
{
	struct swarm	*s = swarm_of(d);

	s->ready++;
	s->dirty = true;
	if (s->count == 1)
		swarm_save(s);
	if (s->set->verbose)
		term_tell(SWARM_TOOL, "%s: ready", d->name);
	if (s->ready < s->count || s->announced)
		return;
	s->announced = true;
	s->push_ms = loop_now(s->site.loop);
	if (!s->set->quiet)
		term_tell(SWARM_TOOL, "ready: %zu device%s", s->count,
		    s->count == 1 ? "" : "s");
}

static void
on_lost(struct device *d, const char *reason, bool was_ready)
{
	struct swarm	*s = swarm_of(d);

	s->ready -= was_ready;
	if (s->leaving)
		return;
	if (s->count == 1 && !d->was_ready) {
		term_tell(SWARM_TOOL, "%s: %s (is the server running?)",
		    s->set->server, reason);
		swarm_leave(s, d->reached ? EXIT_TIMEOUT : EXIT_NO_SERVER,
		    false);
	} else if (s->set->verbose || (s->count == 1 && was_ready &&
	    !s->set->quiet))
		term_tell(SWARM_TOOL, "%s: %s: %s", d->name, reason,
		    d->away ? "stays away, as an androidpn phone does" :
		    "trying again");
}

static void
on_failed(struct device *d, int code, const char *reason)
{
	struct swarm	*s = swarm_of(d);

	s->failed++;
	if (s->leaving) {
		if (s->closed + s->failed >= s->count)
			loop_stop(s->site.loop);
		return;
	}
	term_tell(SWARM_TOOL, "%s: %s", d->name, reason);
	/* One that was in once may be gone; a first refusal is a mistake. */
	if (!d->was_ready || s->failed == s->count)
		swarm_leave(s, code, false);
}

static void
on_duplicate(struct device *d, bool again)
{
	struct swarm	*s = swarm_of(d);

	s->report.duplicate++;
	s->report.again += again;
	if (s->set->verbose)
		term_tell(SWARM_TOOL, "%s: a push came twice%s", d->name,
		    again ? " on one stream" : "");
}

/* With -C no command runs for a push that would be one too many. */
static void
limit_jobs(struct swarm *s)
{
	s->jobs.most = s->set->count > 0 ?
	    s->set->count - s->report.received : JOBS_RUNNING;
}

/* Prints and counts; false when it could not be printed. */
static bool
take(struct swarm *s, const char *json, size_t n, int64_t sent,
    int64_t received)
{
	switch (report_push(&s->report, json, n, sent, received)) {
	case REPORT_OK:
		break;
	case REPORT_PIPE:
		swarm_leave(s, 128 + SIGPIPE, false);
		return false;
	case REPORT_SIGNAL:
		return false;
	case REPORT_FAILED:
		term_tell(SWARM_TOOL, "stdout: cannot write: %s",
		    strerror(errno));
		swarm_leave(s, EXIT_OUTPUT, false);
		return false;
	}
	s->dirty = true;
	s->push_ms = loop_now(s->site.loop);
	if (s->set->count > 0 && s->report.received >= s->set->count)
		swarm_leave(s, 0, true);
	else
		limit_jobs(s);
	return true;
}

static void
on_job_end(void *arg, struct job *job, int status)
{
	struct swarm	*s = arg;
	struct device	*d = job->device;

	d->jobs--;
	if (status != 0)
		term_tell(SWARM_TOOL, "%s: %s: the command ended with %d (the "
		    "push stays unacknowledged)", d->name, job->id, status);
	if (status != 0 || s->leaving ||
	    !take(s, job->json, job->n, job->sent, job->received))
		return;
	device_remember(d, job->id);
	device_done(d, job->stream, job->number);
}

static void
on_run_jobs(struct loop_hook *h)
{
	jobs_reap(&LIST_ITEM(h, struct swarm, run_jobs)->jobs);
}

static void
run_command(struct swarm *s, struct device *d, const struct push *p,
    uint32_t number)
{
	struct job	*job = NULL;

	/* It may be running still from before the stream was resumed. */
	if (d->jobs > 0 && p->id[0] != '\0')
		job = jobs_find(&s->jobs, d, p->id);
	if (job == NULL) {
		job = jobs_add(&s->jobs, p, buf_str(&s->json), s->json.len);
		job->device = d;
		d->jobs++;
		loop_at_end(s->site.loop, &s->run_jobs);
	}
	job->stream = d->streams;
	job->number = number;
}

static bool
on_push(struct device *d, const struct push *p, uint32_t number)
{
	struct swarm	*s = swarm_of(d);

	if (s->leaving)
		return false;
	buf_reset(&s->json);
	if (s->set->command != NULL || report_wants_json(&s->report))
		push_put_json(p, d->name, &s->json);
	if (s->set->command == NULL)
		return take(s, buf_str(&s->json), s->json.len, p->sent,
		    p->received);
	run_command(s, d, p, number);
	return false;
}

static const struct device_news	device_news = {
	.on_ready = on_ready,
	.on_lost = on_lost,
	.on_failed = on_failed,
	.on_push = on_push,
	.on_duplicate = on_duplicate,
	.on_acknowledge = on_acknowledge,
	.on_closed = on_closed,
};

void
swarm_init(struct swarm *s, const struct settings *set)
{
	memset(s, 0, sizeof(*s));
	s->set = set;
	s->site.set = set;
	s->site.news = &device_news;
	s->site.owner = s;
	s->count = set->devices;
	s->leave.run = on_leave;
	s->run_jobs.run = on_run_jobs;
	s->limit.fire = on_limit;
	jobs_init(&s->jobs, set->command, on_job_end, s);
	limit_jobs(s);
	buf_init(&s->json, JSON_MAX);
}
