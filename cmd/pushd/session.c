#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "session_send.h"
#include "session_sm.h"
#include "xmpp/ns.h"

/*
 * androidpn adds its listener after login() has returned, and login() has
 * sent the presence already: a push flushed in that instant could be parsed
 * and dropped, and its ping be answered all the same.
 */
#define SETTLE_MS		1000
#define LEGACY			"AndroidpnClient"	/* its resource */
#define USER_TIMEOUT_MS		60000	/* unsent data, TCP's own limit */

static void	on_timer(struct timer *);

const char *
session_state_name(enum session_state s)
{
	static const char *const	names[] = { "header", "login",
	    "authenticated", "bind", "bound", "detached", "closing" };

	return names[s];
}

/* ---- the stream's news ---- */

static void
on_header(void *arg, const struct xml_header *h)
{
	login_header(arg, h);
}

/* Who asks without reading the answers is not read on until it has. */
static void
hold_back(struct session *s)
{
	if (s->state != SESSION_BOUND || stream_is_closing(s->stream) ||
	    conn_pending(stream_conn(s->stream)) <
	    s->shard->config->output_max / 2)
		return;
	s->held_back = true;
	stream_pause(s->stream, true);
}

static void
on_stanza(void *arg, const struct stanza *st)
{
	struct session	*s = arg;

	s->heard_ms = loop_now(s->shard->loop);
	s->probing = false;
	if (s->state == SESSION_BOUND) {
		session_on_bound_stanza(s, st);
		hold_back(s);
	} else if (s->state != SESSION_CLOSING) {
		login_stanza(s, st);
	}
}

static void
on_secure(void *arg)
{
	session_enter(arg, SESSION_HEADER);
}

static void
on_drained(void *arg)
{
	struct session	*s = arg;

	if (s->held_back) {
		s->held_back = false;
		stream_pause(s->stream, false);
	}
	if (s->state == SESSION_BOUND)
		session_flush(s);
}

void
session_set_available(struct session *s, bool available, int priority)
{
	s->available = available;
	s->priority = (int8_t)priority;
	/* RFC 6121 section 8.5: a negative priority gets no messages. */
	device_set_ready(s->device, &s->seat, available && priority >= 0);
}

/* No pushes for now; a resume brings it back as it was. */
static void
set_away(struct session *s)
{
	s->was_available = s->was_available || s->available;
	session_set_available(s, false, s->priority);
}

/* The connection broke: the session may be resumed on another. */
static void
detach(struct session *s)
{
	stream_free(&s->stream);
	list_remove(&s->node);
	COUNT_DOWN(s->shard->count.connections, 1);
	set_away(s);
	s->barrier_open = s->r_pending = s->probing = false;
	session_enter(s, SESSION_DETACHED);
	shard_session_gone(s->shard);
}

static void
leave_device(struct session *s)
{
	session_sm_release(s);
	if (s->device == NULL)
		return;
	s->available = false;
	device_leave_seat(s->device, &s->seat);
	s->device = NULL;
}

/* RFC 6120 section 4.4: the session is over, whatever its socket does. */
static void
on_ended(void *arg)
{
	struct session	*s = arg;

	leave_device(s);
	login_free(s);
	session_enter(s, SESSION_CLOSING);
}

static void
on_gone(void *arg, const char *reason, bool clean)
{
	struct session	*s = arg;

	log_info("session", "gone peer=%s device=%s reason=\"%s\"", s->peer,
	    s->device != NULL ? s->device->name : "-", reason);
	if (s->state == SESSION_BOUND && s->resumable && !clean &&
	    !s->shard->draining)
		detach(s);
	else
		session_gone(s);
}

static const struct stream_news	news = {
	.on_header = on_header,
	.on_stanza = on_stanza,
	.on_secure = on_secure,
	.on_drained = on_drained,
	.on_ended = on_ended,
	.on_gone = on_gone,
};

static void
on_push(struct seat *seat)
{
	session_flush(LIST_ITEM(seat, struct session, seat));
}

static void
on_end(struct seat *seat, const char *condition)
{
	session_end(LIST_ITEM(seat, struct session, seat), condition, NULL);
}

static const struct seat_news	seat_news = { on_push, on_end };

/* ---- life ---- */

void
session_accept(struct shard *sh, const struct listener *l, int fd)
{
	struct session	*s = mem_zalloc(1, sizeof(*s));
	struct tls_ctx	*ctx;

	s->shard = sh;
	s->listener = l;
	s->timer.fire = on_timer;
	s->seat.news = &seat_news;
	s->since_ms = clock_wall_ms();
	s->heard_ms = loop_now(sh->loop);
	list_init(&s->copies);
	sock_peer(fd, s->peer);
	sock_tune_tcp(fd, USER_TIMEOUT_MS);
	s->stream = stream_new(sh->loop, fd, sh->xml, &sh->before_login,
	    &news, s, true, sh->config->output_max);
	/* A crash must reach androidpn as a reset, never as a bare FIN. */
	conn_set_reset_on_exit(stream_conn(s->stream), true);
	list_append(&sh->sessions, &s->node);
	COUNT(sh->count.connections, 1);
	login_new(s, fd);
	session_arm(s);
	if (l->tls == CONFIG_TLS_DIRECT) {
		ctx = listener_tls(l);
		stream_start_tls(s->stream, ctx, NULL, true);
		tls_ctx_unref(&ctx);
	}
	if (sh->draining)
		session_end(s, "system-shutdown", NULL);
}

void
session_enter(struct session *s, enum session_state state)
{
	log_debug("session", "%s -> %s peer=%s", session_state_name(s->state),
	    session_state_name(state), s->peer);
	s->state = state;
	if (state == SESSION_BOUND) {
		login_free(s);
		stream_set_limits(s->stream, &s->shard->after_login);
	}
	session_arm(s);
}

void
session_gone(struct session *s)
{
	struct shard	*sh = s->shard;
	bool		 connected = s->stream != NULL;

	leave_device(s);
	login_free(s);
	loop_timer_clear(sh->loop, &s->timer);
	if (connected) {
		stream_free(&s->stream);
		list_remove(&s->node);
		COUNT_DOWN(sh->count.connections, 1);
	}
	free(s->sent);
	free(s->resource);
	loop_free_later(sh->loop, s, free);
	if (connected)
		shard_session_gone(sh);
}

void
session_end(struct session *s, const char *condition, const char *text)
{
	session_end_with(s, condition, text, NULL);
}

void
session_end_with(struct session *s, const char *condition, const char *text,
    const char *extra)
{
	if (s->state == SESSION_CLOSING)
		return;
	log_info("session", "ending peer=%s device=%s condition=%s%s%s",
	    s->peer, s->device != NULL ? s->device->name : "-", condition,
	    text != NULL ? " text=" : "", text != NULL ? text : "");
	leave_device(s);
	if (s->stream == NULL) {
		session_gone(s);
		return;
	}
	session_enter(s, SESSION_CLOSING);
	login_free(s);
	stream_error(s->stream, condition, text, extra);
}

/* ---- moving to the account's home ---- */

struct move {
	struct mail	 mail;
	struct session	*session;
};

static void
arrive(struct mail *m, struct loop *loop)
{
	struct move	*mv = LIST_ITEM(m, struct move, mail);
	struct session	*s = mv->session;
	struct shard	*sh = shard_from(loop);

	free(mv);
	s->shard = sh;
	s->heard_ms = loop_now(loop);
	list_append(&sh->sessions, &s->node);
	COUNT(sh->count.connections, 1);
	stream_attach(s->stream, loop, sh->xml, s);
	stream_set_limits(s->stream, &sh->before_login);
	session_arm(s);
	if (sh->draining)
		session_end(s, "system-shutdown", NULL);
	else
		login_moved(s);
}

void
session_move(struct session *s, struct shard *home)
{
	struct shard	*from = s->shard;
	struct move	*mv;

	if (home == from) {
		login_moved(s);
		return;
	}
	loop_timer_clear(from->loop, &s->timer);
	list_remove(&s->node);
	COUNT_DOWN(from->count.connections, 1);
	stream_detach(s->stream);
	mv = mem_zalloc(1, sizeof(*mv));
	mv->mail.run = arrive;
	mv->session = s;
	shard_post(from, home, &mv->mail);
	shard_session_gone(from);
}

/* ---- its name ---- */

const char *
session_jid(const struct session *s, char *out)
{
	(void)snprintf(out, JID_MAX + 1, "%s@%s/%s", s->device->name,
	    s->shard->config->domain, s->resource);
	return out;
}

/* The session of this device with that resource. */
static struct session *
find_resource(struct device *d, const char *resource)
{
	struct list	*n, *after;
	struct session	*s;

	LIST_EACH(n, after, &d->seats) {
		s = LIST_ITEM(n, struct session, seat.node);
		if (s->resource != NULL && strcmp(s->resource, resource) == 0)
			return s;
	}
	return NULL;
}

/* A detached session makes room before a new one is refused. */
static bool
make_room(struct device *d)
{
	struct list	*n, *after;
	struct session	*s;

	if (d->seat_count < d->shard->config->sessions_max)
		return true;
	LIST_EACH(n, after, &d->seats) {
		s = LIST_ITEM(n, struct session, seat.node);
		if (s->state == SESSION_DETACHED) {
			session_gone(s);
			return true;
		}
	}
	return false;
}

enum push_err
session_bind(struct session *s, const char *resource)
{
	char		 made[17];
	struct session	*old;
	struct log_safe	 safe;

	if (resource == NULL) {
		rand_hex(made, sizeof(made) - 1);
		resource = made;
	}
	/*
	 * No text: Smack 3 takes an error's last child for its condition,
	 * and connects again, and again, after anything but a conflict.
	 */
	if ((old = find_resource(s->device, resource)) != NULL)
		session_end(old, "conflict", NULL);
	else if (!make_room(s->device))
		return PUSH_E_BUSY;
	s->resource = mem_strndup(resource, strlen(resource));
	/* However it logged in: some of its forks use SASL. */
	s->legacy = s->listener->legacy && strcmp(resource, LEGACY) == 0;
	device_take_seat(s->device, &s->seat);
	log_info("session", "bound peer=%s device=%s resource=%s", s->peer,
	    s->device->name, log_safe(&safe, resource, strlen(resource)));
	return PUSH_OK;
}

void
session_take_over(struct session *s, struct session *old)
{
	s->resource = old->resource;
	old->resource = NULL;
	s->sm = old->sm;
	s->barrier = old->barrier;
	s->sm_id[0] = '\0';
	(void)snprintf(s->sm_id, sizeof(s->sm_id), "%s", old->sm_id);
	(void)map_remove(&s->shard->resumable, old->sm_id,
	    strlen(old->sm_id));
	old->sm_id[0] = '\0';
	(void)map_set(&s->shard->resumable, s->sm_id, strlen(s->sm_id), s);
	s->sent = old->sent;
	s->sent_head = old->sent_head;
	s->sent_len = old->sent_len;
	s->sent_cap = old->sent_cap;
	old->sent = NULL;
	old->sent_len = old->sent_cap = 0;
	while (!list_empty(&old->copies)) {
		struct list	*n = old->copies.next;

		list_remove(n);
		list_append(&s->copies, n);
	}
	s->copies_len = old->copies_len;
	s->resumable = old->resumable;
	s->was_available = old->was_available || old->available;
	s->priority = old->priority;
	old->resumable = false;
	device_take_seat(s->device, &s->seat);
	if (old->stream != NULL)
		session_end(old, "conflict", "resumed on another stream");
	else
		session_gone(old);
}

/* ---- deadlines ---- */

static uint64_t
until(uint64_t due, uint64_t now)
{
	return due > now ? due - now : 0;
}

/*
 * A bound session's next look: at its silence, and at the oldest push that
 * waits for its acknowledgement (delivery.md: suspect, then reset).
 */
static uint64_t
next_check(const struct session *s, uint64_t now)
{
	const struct config	*cfg = s->shard->config;
	uint64_t		 ack = (uint64_t)cfg->ack_ms, due, late;

	due = s->probing ? s->probed_ms + 2 * ack :
	    s->heard_ms + (uint64_t)cfg->idle_ms;
	if (s->waiting_ms != 0) {
		late = s->waiting_ms + ack;
		if (late <= now)
			late += ack;
		due = late < due ? late : due;
	}
	return until(due, now);
}

void
session_arm(struct session *s)
{
	const struct config	*cfg = s->shard->config;
	uint64_t		 ms = (uint64_t)cfg->login_ms;

	if (s->state == SESSION_BOUND && s->legacy && s->available &&
	    !s->settled)
		ms = SETTLE_MS;
	else if (s->state == SESSION_BOUND)
		ms = next_check(s, loop_now(s->shard->loop));
	else if (s->state == SESSION_DETACHED)
		ms = (uint64_t)cfg->resume_ms;
	loop_timer_set(s->shard->loop, &s->timer, ms);
}

/* No sign of life: the stream ends, what was in flight is queued again. */
static void
cut_off(struct session *s)
{
	if (!s->resumable) {
		session_end(s, "connection-timeout", "no answer to a probe");
		return;
	}
	log_info("session", "cut off peer=%s device=%s", s->peer,
	    s->device->name);
	set_away(s);
	/* on_gone() detaches it. */
	stream_error(s->stream, "connection-timeout", NULL, NULL);
}

static void
check_alive(struct session *s)
{
	const struct config	*cfg = s->shard->config;
	uint64_t		 now = loop_now(s->shard->loop);
	uint64_t		 ack = (uint64_t)cfg->ack_ms, waited = 0;

	if (s->waiting_ms != 0)
		waited = now - s->waiting_ms;
	if (waited >= 2 * ack ||
	    (s->probing && now - s->probed_ms >= 2 * ack)) {
		cut_off(s);
		return;
	}
	if (!s->probing && (waited >= ack ||
	    now - s->heard_ms >= (uint64_t)cfg->idle_ms)) {
		s->probing = true;
		s->probed_ms = now;
		session_probe(s);
	}
	session_arm(s);
}

static void
on_timer(struct timer *t)
{
	struct session	*s = LIST_ITEM(t, struct session, timer);

	switch (s->state) {
	case SESSION_BOUND:
		if (s->legacy && s->available && !s->settled) {
			s->settled = true;
			session_arm(s);
			device_flush(s->device);
			break;
		}
		check_alive(s);
		break;
	case SESSION_DETACHED:
		session_gone(s);
		break;
	case SESSION_CLOSING:
		break;
	default:
		session_end(s, "connection-timeout",
		    "the login took too long");
		break;
	}
}
