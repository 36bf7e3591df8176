/* verb_status - "status", "sessions", "reload", "drain". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "control.h"
#include "ctl/ctl_msg.h"
#include "io/tls.h"
#include "operate.h"
#include "session.h"

#define STATUS_MAX	(64 * 1024)
#define SESSIONS_MAX	(32 * 1024 * 1024)	/* bytes of one shard's list */

static const char *const	no_fields[] = { NULL };

/* ---- status ---- */

struct sums {
	uint64_t	accepted, delivered, expired, refused, queued;
	uint64_t	cancelled, failed;
	uint64_t	devices, online, sessions, connections;
};

static void
add_up(const struct pushd *pd, struct sums *t)
{
	const struct counters	*c;
	unsigned		 i;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < pd->shard_count; i++) {
		c = &pd->shards[i].count;
		t->accepted += c->accepted;
		t->delivered += c->delivered;
		t->expired += c->expired;
		t->cancelled += c->cancelled;
		t->failed += c->failed;
		t->refused += c->refused;
		t->queued += c->queued;
		t->devices += c->devices;
		t->online += c->online;
		t->sessions += c->sessions;
		t->connections += c->connections;
	}
}

/* Resident bytes of this process, 0 where the kernel does not tell. */
static int64_t
resident(void)
{
	long long	 total, pages = 0;
	FILE		*f = fopen("/proc/self/statm", "re");

	if (f == NULL)
		return 0;
	if (fscanf(f, "%lld %lld", &total, &pages) != 2)
		pages = 0;
	(void)fclose(f);
	return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

static const char *
registration_name(enum config_registration r)
{
	return r == CONFIG_REG_OPEN ? "open" : r == CONFIG_REG_TOKEN ?
	    "token" : "closed";
}

static void
put_status(const struct shard *sh, struct buf *b)
{
	const struct pushd	*pd = sh->pushd;
	struct sums		 t;

	add_up(pd, &t);
	json_put_member(b, "version", PUSH_VERSION);
	json_put_member(b, "domain", sh->config->domain);
	json_put_int(b, "pid", getpid());
	json_put_int(b, "uptime", (int64_t)(loop_now(sh->loop) -
	    pd->started_ms) / 1000);
	json_put_int(b, "shards", pd->shard_count);
	json_put_member(b, "loop", loop_backend(sh->loop));
	json_put_int(b, "devices", (int64_t)t.devices);
	json_put_int(b, "online", (int64_t)t.online);
	json_put_int(b, "sessions", (int64_t)t.sessions);
	json_put_int(b, "connections", (int64_t)t.connections);
	json_put_int(b, "queued", (int64_t)t.queued);
	json_put_int(b, "accepted", (int64_t)t.accepted);
	json_put_int(b, "delivered", (int64_t)t.delivered);
	json_put_int(b, "expired", (int64_t)t.expired);
	json_put_int(b, "cancelled", (int64_t)t.cancelled);
	json_put_int(b, "failed", (int64_t)t.failed);
	json_put_int(b, "refused", (int64_t)t.refused);
	json_put_member(b, "registration",
	    registration_name(sh->config->registration));
	json_put_bool(b, "draining", pd->draining);
	json_put_int(b, "memory", resident());
}

static void
status(struct control_request *r)
{
	struct buf	b;

	buf_init(&b, STATUS_MAX);
	ctl_msg_reply(&b, r->id);
	json_put_key(&b, "status");
	buf_putc(&b, '{');
	put_status(r->client->control->shard, &b);
	buf_putc(&b, '}');
	ctl_msg_end(&b, true);
	control_reply(r->client, &b);
	buf_release(&b);
}

/* ---- sessions ---- */

struct listing {
	struct control_task	task;
	uint64_t		request;
	struct buf		out;
};

static const char *
tls_name(const struct session *s)
{
	struct tls	*tls = s->stream != NULL ?
			    conn_tls(stream_conn(s->stream)) : NULL;

	return tls != NULL ? tls_version(tls) : "";
}

static void
put_session(const struct session *s, struct buf *b)
{
	char	when[CLOCK_TEXT];

	json_put_member(b, "user", s->device->name);
	json_put_member(b, "resource", s->resource);
	json_put_bool(b, "available", s->available);
	json_put_int(b, "priority", s->priority);
	json_put_member(b, "address", s->peer);
	json_put_member(b, "tls", tls_name(s));
	json_put_bool(b, "legacy", s->legacy);
	json_put_bool(b, "sm", s->sm.on);
	json_put_int(b, "inflight", s->sent_len);
	json_put_member(b, "since", clock_format(s->since_ms, when));
	json_put_int(b, "shard", s->shard->index);
	json_put_bool(b, "detached", s->state == SESSION_DETACHED);
}

static void
list_sessions(struct shard *sh, void *arg)
{
	struct listing	*l = arg;
	struct list	*n, *after;
	size_t		 i;

	for (i = 0; i < sh->all_count; i++) {
		if (sh->all[i] == NULL)
			continue;
		LIST_EACH(n, after, &sh->all[i]->seats) {
			ctl_msg_reply(&l->out, l->request);
			json_put_key(&l->out, "session");
			buf_putc(&l->out, '{');
			put_session(LIST_ITEM(n, struct session,
			    seat.node), &l->out);
			buf_putc(&l->out, '}');
			ctl_msg_end(&l->out, false);
		}
	}
}

static void
sessions_listed(void *arg)
{
	struct listing	*l = arg;

	if (!buf_ok(&l->out) && l->task.client != NULL) {
		control_refuse(l->task.client, l->request, PUSH_E_TOOLARGE,
		    "too many sessions for one list");
	} else {
		ctl_msg_reply(&l->out, l->request);
		ctl_msg_end(&l->out, true);
		control_reply(l->task.client, &l->out);
	}
	control_end(&l->task);
	buf_release(&l->out);
	free(l);
}

static void
sessions(struct control_request *r)
{
	struct listing	*l = mem_zalloc(1, sizeof(*l));

	l->request = r->id;
	buf_init(&l->out, SESSIONS_MAX);
	control_begin_list(r->client, &l->task, r->id);
	shard_each(r->client->control->shard, list_sessions, sessions_listed,
	    l);
}

/* ---- reload and drain ---- */

static void
acknowledge(struct control_request *r)
{
	struct buf	b;

	buf_init(&b, STATUS_MAX);
	ctl_msg_reply(&b, r->id);
	ctl_msg_end(&b, true);
	control_reply(r->client, &b);
	buf_release(&b);
}

static void
reload(struct control_request *r)
{
	struct err_text	why;

	if (operate_reload(r->client->control->shard, &why) != 0)
		control_refuse(r->client, r->id, PUSH_E_REQUEST, why.s);
	else
		acknowledge(r);
}

static void
drain(struct control_request *r)
{
	acknowledge(r);
	operate_drain(r->client->control->shard);
}

const struct control_verb	verb_status_rows[] = {
	{ "status", no_fields, status },
	{ "sessions", no_fields, sessions },
	{ "reload", no_fields, reload },
	{ "drain", no_fields, drain },
	{ NULL, NULL, NULL },
};
