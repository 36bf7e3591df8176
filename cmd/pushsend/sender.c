#include "sender.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/ctl.h"
#include "flight.h"
#include "io/signals.h"
#include "report.h"
#include "source.h"

#define EXIT_NOINPUT	66
#define EXIT_PERMISSION	77
#define RECORD_MAX	(CTL_LINE_MAX - 1024)	/* the request is around it */
#define LEAVE_MS	800	/* behind a signal, for the server and then
				 * again for who reads stdout */
#define PACE_SLACK_US	10000	/* -r: a late timer may be made up for */

struct sender {
	struct loop		*loop;
	const struct options	*options;
	struct input		 input;
	struct source		 source;
	struct flights		*flights;
	struct report		 report;
	struct signals		 signals;
	struct loop_hook	 flush;
	struct timer		 pace;		/* of -r */
	struct timer		 leave;
	uint64_t		 next_us;	/* of -r, monotonic */
	size_t			 records;
	bool			 more_files;
	bool			 stopping;	/* no more input is taken, */
	bool			 leaving;	/* and little time is left */
	int			 exit;		/* -1: by the report */
};

static void
set_exit(struct sender *s, int code)
{
	if (s->exit < 0)
		s->exit = code;
}

static void
sender_on_turn(struct loop_hook *h)
{
	struct sender	*s = LIST_ITEM(h, struct sender, flush);

	if (!s->leaving)
		report_flush(&s->report, s->signals.io.fd, -1);
	if (s->report.broken != 0)
		loop_stop(s->loop);
}

/* Takes no more input; what is known is told, the rest has a moment. */
static void
stop(struct sender *s)
{
	s->stopping = s->leaving = true;
	source_read(&s->source, false);
	flights_give_up(s->flights, false, "");
	loop_timer_set(s->loop, &s->leave, LEAVE_MS);
}

static void
sender_on_leave(struct timer *t)
{
	struct sender	*s = LIST_ITEM(t, struct sender, leave);

	flights_give_up(s->flights, true, "interrupted before the server "
	    "answered; it may have been accepted");
	loop_stop(s->loop);
}

/* May a record leave now, by -r?  Sets a timer if not. */
static bool
is_due(struct sender *s)
{
	uint64_t	now_us = loop_now(s->loop) * 1000;

	if (s->next_us <= now_us)
		return true;
	loop_timer_set(s->loop, &s->pace, (s->next_us - now_us + 999) / 1000);
	return false;
}

/* Sets when the next record may leave. */
static void
pace(struct sender *s)
{
	uint64_t	now_us = loop_now(s->loop) * 1000;

	/* A source that was slow gets no burst for it. */
	if (s->next_us + PACE_SLACK_US < now_us)
		s->next_us = now_us;
	s->next_us += s->options->gap_us;
}

static void
take(struct sender *s, enum input_got got, const struct input_record *r)
{
	s->records++;
	if (s->options->gap_us > 0)
		pace(s);
	if (got == INPUT_RECORD)
		flights_send(s->flights, r);
	else
		report_refused(&s->report, r->line, r->error, r->why);
}

/* A file or all of the input is over. */
static void
end_file(struct sender *s)
{
	const struct options	*o = s->options;

	if (s->more_files) {
		s->more_files = false;
		input_restart(&s->input);
		return;
	}
	s->stopping = true;
	if (s->records == 0 && !o->quiet &&
	    (o->title != NULL || o->uri != NULL || o->data != NULL))
		term_tell(options_tool, "nothing was sent: there was no "
		    "record in the input (use -m for a message)");
}

static bool
may_take(struct sender *s)
{
	if (s->report.failed && s->options->fail_fast && !s->stopping)
		stop(s);
	return !s->stopping && flights_has_room(s->flights) && is_due(s);
}

/* Takes records until there are none, or none may be sent. */
static void
pump(struct sender *s)
{
	struct input_record	r;
	enum input_got		got = INPUT_RECORD;

	while (got != INPUT_MORE && may_take(s)) {
		got = input_next(&s->input, &r);
		if (got == INPUT_END)
			end_file(s);
		else if (got != INPUT_MORE)
			take(s, got, &r);
	}
	source_read(&s->source, got == INPUT_MORE);
	if (s->stopping && flights_count(s->flights) == 0)
		loop_stop(s->loop);
	loop_at_end(s->loop, &s->flush);
}

static void
sender_on_pace(struct timer *t)
{
	pump(LIST_ITEM(t, struct sender, pace));
}

static void
sender_on_change(void *arg)
{
	pump(arg);
}

static void
sender_on_lost(void *arg, enum push_err e, const char *why)
{
	struct sender	*s = arg;

	term_tell(options_tool, "%s", why);
	set_exit(s, err_exit(e));
	loop_at_end(s->loop, &s->flush);
	loop_stop(s->loop);
}

static void
sender_on_bytes(void *arg, const char *p, size_t n)
{
	struct sender	*s = arg;

	input_add(&s->input, p, n);
	pump(s);
}

static void
sender_on_end(void *arg, bool more)
{
	struct sender	*s = arg;

	s->more_files = more;
	input_end(&s->input);
	pump(s);
}

static void
sender_on_failed(void *arg, const char *name, int error)
{
	struct sender	*s = arg;

	term_tell(options_tool, "%s: cannot read: %s", name, strerror(error));
	set_exit(s, EXIT_NOINPUT);
}

static void
sender_on_signal(void *arg, int number)
{
	struct sender	*s = arg;

	if (s->leaving)
		return;
	s->exit = 128 + number;
	stop(s);
	pump(s);
}

/* The message of -m is all the input there is. */
static void
start_input(struct sender *s)
{
	static const struct source_news	news = {
		.on_bytes = sender_on_bytes,
		.on_end = sender_on_end,
		.on_failed = sender_on_failed,
	};
	const char			*m = s->options->message;

	if (m == NULL) {
		source_start(&s->source, &news, s);
		return;
	}
	if (*m != '\0')
		input_add(&s->input, m, strlen(m));
	input_end(&s->input);
}

/* Connects; a file that cannot be read ends it before anything is sent. */
static int
prepare(struct sender *s, const struct record_fill *fill)
{
	static const struct flights_news	news = {
		.on_change = sender_on_change,
		.on_lost = sender_on_lost,
	};
	const struct flights_with		with = {
		s->loop, s->options, fill, &s->report, &news, s,
	};
	const char				*missing;
	struct err_text				 why;

	source_init(&s->source, s->loop, s->options->files,
	    s->options->file_count);
	if ((missing = source_check(&s->source)) != NULL) {
		term_tell(options_tool, "%s: cannot read: %s (nothing was "
		    "sent)", missing, strerror(errno));
		return EXIT_NOINPUT;
	}
	if ((s->flights = flights_new(&with, &why)) != NULL)
		return signals_watch(&s->signals, s->loop, sender_on_signal,
		    s) == 0 ? -1 : err_exit(PUSH_E_INTERNAL);
	term_tell(options_tool, "%s", why.s);
	return errno == EACCES ? EXIT_PERMISSION :
	    err_exit(PUSH_E_UNREACHABLE);
}

/* Writes what is left; a signal while the reader is slow is heard here. */
static void
last_flush(struct sender *s)
{
	int	number;

	if (!s->leaving)
		report_flush(&s->report, s->signals.io.fd, -1);
	if (s->report.out.len == 0)
		return;
	if (!s->leaving && (number = signals_pending(&s->signals)) != 0)
		s->exit = 128 + number;
	report_flush(&s->report, -1, LEAVE_MS);
}

static void
tell_counts(const struct report *r)
{
	struct buf	b;
	int		i;

	buf_init(&b, 1024);
	for (i = 0; i < REPORT_FATES; i++)
		if (r->count[i] > 0)
			buf_printf(&b, "%s %zu %s", b.len > 0 ? "," : ":",
			    r->count[i], fate_name((enum fate)i));
	term_tell(options_tool, "%zu result%s%s", r->lines,
	    r->lines == 1 ? "" : "s", buf_str(&b));
	buf_release(&b);
}

static void
release(struct sender *s)
{
	flights_free(&s->flights);
	source_release(&s->source);
	input_release(&s->input);
	report_release(&s->report);
	signals_release(&s->signals);
	loop_timer_clear(s->loop, &s->pace);
	loop_timer_clear(s->loop, &s->leave);
	list_remove(&s->flush.node);
}

int
sender_run(struct loop *loop, const struct options *o,
    const struct record_fill *fill)
{
	struct sender	s = {
		.loop = loop, .options = o, .exit = -1,
		.flush.run = sender_on_turn, .pace.fire = sender_on_pace,
		.leave.fire = sender_on_leave,
	};
	int		code;

	input_init(&s.input, o->kind, RECORD_MAX);
	report_init(&s.report, o);
	s.exit = prepare(&s, fill);
	if (s.exit == -1) {
		start_input(&s);
		loop_run(loop);
		last_flush(&s);
		if (o->verbose)
			tell_counts(&s.report);
	}
	code = s.exit;
	if (code < 0 || s.report.broken != 0)
		code = report_exit(&s.report);
	release(&s);
	return code;
}
