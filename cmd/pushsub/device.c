#include "device.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "device_parts.h"

#define MADE_NAME	32		/* hex digits */

#define BACKOFF_MIN	1000		/* ms */
#define BACKOFF_MAX	60000
#define LINGER_MS	2000		/* for the last acknowledgements */

/* How long the server may be silent, ms; 0: for ever. */
static const unsigned	deadlines[] = {
	[DEVICE_IDLE] = 0,
	[DEVICE_CONNECTING] = 60000,
	[DEVICE_FEATURES] = 60000,
	[DEVICE_TLS] = 60000,
	[DEVICE_REGISTER] = 600000,	/* servers delay registrations */
	[DEVICE_AUTH] = 60000,
	[DEVICE_BIND] = 60000,
	[DEVICE_RESUME] = 60000,
	[DEVICE_SM] = 60000,
	[DEVICE_READY] = 240000,	/* until the next tick */
	[DEVICE_CLOSING] = LINGER_MS,
};

/* androidpn: 15 s to connect, 5 s an answer, no limit to register. */
static const unsigned	legacy_deadlines[] = {
	[DEVICE_IDLE] = 0,
	[DEVICE_CONNECTING] = 15000,
	[DEVICE_FEATURES] = 15000,
	[DEVICE_TLS] = 15000,
	[DEVICE_REGISTER] = 0,
	[DEVICE_AUTH] = 5000,
	[DEVICE_BIND] = 0,
	[DEVICE_RESUME] = 0,
	[DEVICE_SM] = 0,
	[DEVICE_READY] = 45000,		/* until the first space */
	[DEVICE_CLOSING] = LINGER_MS,
};

static const char *const	state_names[] = {
	[DEVICE_IDLE] = "idle",
	[DEVICE_CONNECTING] = "connecting",
	[DEVICE_FEATURES] = "features",
	[DEVICE_TLS] = "tls",
	[DEVICE_REGISTER] = "register",
	[DEVICE_AUTH] = "auth",
	[DEVICE_BIND] = "bind",
	[DEVICE_RESUME] = "resume",
	[DEVICE_SM] = "sm",
	[DEVICE_READY] = "ready",
	[DEVICE_CLOSING] = "closing",
};

static void
login_end(struct device *d)
{
	if (d->login == NULL)
		return;
	scram_client_wipe(&d->login->scram);
	mem_free_secret(d->login, sizeof(*d->login));
	d->login = NULL;
}

void
device_enter(struct device *d, enum device_state to)
{
	unsigned	ms = d->site->set->legacy ? legacy_deadlines[to] :
			    deadlines[to];

	d->state = to;
	if (to == DEVICE_READY || to == DEVICE_IDLE)
		login_end(d);
	if (ms > 0)
		loop_timer_set(d->site->loop, &d->timer, ms);
	else
		loop_timer_clear(d->site->loop, &d->timer);
}

/* Half of the step at least, so that a crowd spreads. */
static uint64_t
backoff(const struct device *d)
{
	uint64_t	step = BACKOFF_MIN;
	unsigned	i;
	uint16_t	dice;

	for (i = 1; i < d->tries && step < BACKOFF_MAX; i++)
		step *= 2;
	if (step > BACKOFF_MAX)
		step = BACKOFF_MAX;
	rand_bytes(&dice, sizeof(dice));
	return step / 2 + step * dice / 2 / UINT16_MAX;
}

static void
try_again(struct device *d, bool fin)
{
	int64_t	delay;

	d->tries++;
	if (d->given_up)
		return;
	delay = d->site->set->legacy ? device_legacy_delay(d, fin) :
	    (int64_t)backoff(d);
	d->away = delay < 0;
	if (!d->away)
		loop_timer_set(d->site->loop, &d->timer, (uint64_t)delay);
}

void
device_cut(struct device *d, const char *reason, bool fin)
{
	bool	was_ready = d->state == DEVICE_READY;
	bool	closing = d->state == DEVICE_CLOSING || d->leaving;

	stream_free(&d->stream);
	free(d->ping);
	d->ping = NULL;
	device_enter(d, DEVICE_IDLE);
	if (closing) {
		d->given_up = true;
		d->site->news->on_closed(d);
		return;
	}
	try_again(d, fin);
	d->site->news->on_lost(d, reason, was_ready);
}

void
device_lost(struct device *d, const char *fmt, ...)
{
	char	reason[DEVICE_REASON];
	va_list	ap;

	va_start(ap, fmt);
	(void)vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	device_cut(d, reason, false);
}

void
device_fail(struct device *d, int code, const char *fmt, ...)
{
	char	reason[DEVICE_REASON];
	va_list	ap;

	va_start(ap, fmt);
	(void)vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	d->given_up = true;
	stream_free(&d->stream);
	device_enter(d, DEVICE_IDLE);
	d->site->news->on_failed(d, code, reason);
}

struct stream *
device_says(struct device *d)
{
	if (d->sm.on)
		d->sm.out++;
	d->wrote_ms = loop_now(d->site->loop);
	return d->stream;
}

void
device_become_ready(struct device *d)
{
	d->tries = 0;
	d->probing = false;
	device_enter(d, DEVICE_READY);
	d->site->news->on_ready(d);
	d->was_ready = true;
}

void
device_make_account(struct device *d)
{
	char	hex[MADE_NAME + 1];

	free(d->name);
	rand_hex(hex, MADE_NAME);
	d->name = mem_strndup(hex, MADE_NAME);
	mem_free_secret(d->password, d->password != NULL ?
	    strlen(d->password) : 0);
	rand_hex(hex, MADE_NAME);
	d->password = mem_strndup(hex, MADE_NAME);
	explicit_bzero(hex, sizeof(hex));
	d->made = true;
	d->registered = false;
}

static void
on_timer(struct timer *t)
{
	struct device	*d = LIST_ITEM(t, struct device, timer);
	bool		 legacy = d->site->set->legacy;

	switch (d->state) {
	case DEVICE_IDLE:
		device_start(d);
		break;
	case DEVICE_READY:
		if (d->leaving)
			device_close(d, false);
		else if (legacy)
			device_legacy_tick(d);
		else
			device_ready_tick(d);
		break;
	default:
		device_lost(d, "no answer in time (%s)",
		    state_names[d->state]);
	}
}

void
device_close(struct device *d, bool linger)
{
	if (linger && d->state == DEVICE_READY && !d->leaving) {
		d->leaving = true;
		loop_timer_set(d->site->loop, &d->timer, LINGER_MS);
		device_ready_leave(d);
		return;
	}
	if (linger && d->leaving)
		return;
	if (d->state != DEVICE_READY) {
		d->leaving = true;
		device_cut(d, "", false);
		return;
	}
	if (d->site->set->legacy)
		stream_printf(device_says(d), "<presence id=\"%s\" "
		    "type=\"unavailable\"></presence>", device_legacy_id(d));
	else
		stream_printf(device_says(d), "<presence "
		    "type='unavailable'/>");
	free(d->resume);
	d->resume = NULL;
	device_enter(d, DEVICE_CLOSING);
	stream_close(d->stream);
}

void
device_remember(struct device *d, const char *id)
{
	if (*id == '\0')
		return;
	seen_add(&d->seen, seen_hash(id, strlen(id)), d->streams);
	free(d->last);
	d->last = mem_strndup(id, strlen(id));
}

void
device_done(struct device *d, uint32_t stream, uint32_t number)
{
	if (stream != d->streams)
		return;
	ledger_done(&d->ledger, number);
	if (d->state != DEVICE_READY)
		return;
	if (d->ledger.count < LEDGER_MAX)
		stream_pause(d->stream, false);
	device_ready_acknowledge(d);
	device_ready_answer_ping(d);
}

void
device_set_password(struct device *d, const char *password)
{
	mem_free_secret(d->password, strlen(d->password));
	d->password = mem_strndup(password, strlen(password));
	d->made = false;
	d->registered = !d->site->set->make && d->site->set->user != NULL;
}

void
device_init(struct device *d, struct site *site, const char *name,
    const char *password)
{
	memset(d, 0, sizeof(*d));
	d->site = site;
	d->timer.fire = on_timer;
	rand_hex(d->word, sizeof(d->word) - 1);
	device_make_account(d);
	if (name != NULL) {
		free(d->name);
		d->name = mem_strndup(name, strlen(name));
	}
	if (password != NULL)
		device_set_password(d, password);
}

void
device_release(struct device *d)
{
	loop_timer_clear(d->site->loop, &d->timer);
	stream_free(&d->stream);
	login_end(d);
	explicit_bzero(&d->cache, sizeof(d->cache));
	ledger_release(&d->ledger);
	seen_release(&d->seen);
	mem_free_secret(d->password, strlen(d->password));
	free(d->name);
	free(d->resume);
	free(d->last);
	free(d->ping);
}
