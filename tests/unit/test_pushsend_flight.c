#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/sock.h"
#include "pushsend/flight.h"
#include "tap.h"

static char	path[] = "/tmp/test_flight.XXXXXX/s";
static int	listener;

/* A sender of its own, and the server's end of its connection. */
struct world {
	struct options		 options;
	struct record_fill	 fill;
	struct report		 report;
	struct loop		*loop;
	struct flights		*flights;
	struct timer		 timer;
	int			 fd;
	bool			 queue;	/* the greeting names its limit */
	enum push_err		 lost;
};

static void
on_change(void *arg)
{
	(void)arg;
}

static void
on_lost(void *arg, enum push_err e, const char *why)
{
	struct world	*w = arg;

	(void)why;
	w->lost = e;
}

static const struct flights_news	news = { on_change, on_lost };

static void
on_timer(struct timer *t)
{
	loop_stop(LIST_ITEM(t, struct world, timer)->loop);
}

static void
run(struct world *w, uint64_t ms)
{
	w->timer.fire = on_timer;
	loop_timer_set(w->loop, &w->timer, ms);
	loop_run(w->loop);
}

static int
accept_one(void)
{
	int	i, fd = -1;

	for (i = 0; i < 1000 && fd < 0; i++) {
		fd = accept(listener, NULL, NULL);
		if (fd < 0)
			(void)usleep(1000);
	}
	return fd;
}

static void
say(struct world *w, const char *s)
{
	(void)!write(w->fd, s, strlen(s));
	run(w, 1);
}

static void
greet(struct world *w, int inflight)
{
	char	line[80];

	(void)snprintf(line, sizeof(line),
	    "{\"push\":1,\"limits\":{\"inflight\":%d%s}}\n", inflight,
	    w->queue ? ",\"queue\":3" : "");
	say(w, line);
}

static void
begin(struct world *w, int inflight, int64_t patience_ms)
{
	struct flights_with	with = {
		NULL, &w->options, &w->fill, &w->report, &news, w,
	};
	struct err_text		why;

	w->options.socket = path;
	w->options.asked = FATE_DELIVERED;
	w->options.patience_ms = patience_ms;
	w->options.output = TERM_JSON;
	report_init(&w->report, &w->options);
	with.loop = w->loop = loop_new("auto", &why);
	w->flights = flights_new(&with, &why);
	w->fd = accept_one();
	greet(w, inflight);
}

static void
end(struct world *w)
{
	flights_free(&w->flights);
	loop_free(&w->loop);
	report_release(&w->report);
	(void)close(w->fd);
}

static void
send_one(struct world *w, size_t line, const char *text)
{
	struct input_record	r = {
		.line = line, .p = text, .n = strlen(text), .why = "",
	};

	flights_send(w->flights, &r);
	run(w, 1);
}

/* What was reported since the last time. */
static bool
reported(struct world *w, const char *expected)
{
	bool	same = strcmp(buf_str(&w->report.out), expected) == 0;

	if (!same)
		printf("# %s\n", buf_str(&w->report.out));
	buf_reset(&w->report.out);
	return same;
}

/* What the server was sent since the last time. */
static bool
heard(struct world *w, const char *expected)
{
	char	got[4096];
	ssize_t	n = recv(w->fd, got, sizeof(got) - 1, MSG_DONTWAIT);

	got[n > 0 ? n : 0] = '\0';
	if (strcmp(got, expected) == 0)
		return true;
	printf("# %s\n", got);
	return false;
}

static void
test_order(void)
{
	struct world	w = { 0 };

	begin(&w, 2, -1);
	ok(flights_has_room(w.flights), "a greeting makes room");
	send_one(&w, 1, "{\"to\":\"a\"}");
	send_one(&w, 2, "{\"to\":\"b\"}");
	ok(heard(&w, "{\"id\":1,\"do\":\"send\",\"push\":{\"to\":\"a\"},"
	    "\"wait\":\"delivered\"}\n{\"id\":2,\"do\":\"send\",\"push\":"
	    "{\"to\":\"b\"},\"wait\":\"delivered\"}\n"),
	    "requests leave without waiting for answers");
	ok(!flights_has_room(w.flights) && flights_count(w.flights) == 2,
	    "the server's limit is kept");
	say(&w, "{\"id\":2,\"result\":{\"state\":\"queued\"}}\n");
	ok(reported(&w, ""), "a first answer is no line");
	say(&w, "{\"id\":2,\"result\":{\"state\":\"delivered\"},"
	    "\"done\":true}\n{\"id\":9,\"done\":true}\n");
	ok(reported(&w, "{\"line\":2,\"state\":\"delivered\"}\n") &&
	    flights_has_room(w.flights), "the last one is, and makes room");
	say(&w, "{\"id\":1,\"error\":\"bad-request\",\"text\":\"x\","
	    "\"done\":true}\n");
	ok(reported(&w, "{\"line\":1,\"state\":\"refused\",\"error\":"
	    "\"bad-request\",\"text\":\"x\"}\n") &&
	    flights_count(w.flights) == 0, "a refused request is a line");
	send_one(&w, 3, "{\"to\":");
	ok(heard(&w, "") && reported(&w, "{\"line\":3,\"state\":\"refused\","
	    "\"error\":\"bad-json\",\"text\":\"not JSON\"}\n"),
	    "a bad record is never sent");
	end(&w);
}

static void
test_patience(void)
{
	struct world	w = { 0 };

	begin(&w, 4, 30);
	send_one(&w, 1, "{}");
	say(&w, "{\"id\":1,\"result\":{\"state\":\"queued\"}}\n");
	run(&w, 60);
	ok(reported(&w, "{\"line\":1,\"state\":\"queued\"}\n") &&
	    flights_count(w.flights) == 0, "-W prints what is known");
	say(&w, "{\"id\":1,\"result\":{\"state\":\"delivered\"},"
	    "\"done\":true}\n");
	ok(reported(&w, ""), "what comes later is not printed again");
	send_one(&w, 2, "{}");
	run(&w, 60);
	ok(reported(&w, "") && flights_count(w.flights) == 1,
	    "without an answer it waits a little longer");
	say(&w, "{\"id\":2,\"result\":{\"state\":\"queued\"}}\n");
	ok(reported(&w, "{\"line\":2,\"state\":\"queued\"}\n"),
	    "and takes the first one");
	end(&w);
}

static void
test_renewal(void)
{
	struct world	w = { 0 };
	int		old;

	begin(&w, 2, 20);
	send_one(&w, 1, "{}");
	say(&w, "{\"id\":1,\"result\":{\"state\":\"queued\"}}\n");
	run(&w, 50);
	ok(!flights_has_room(w.flights), "a given up push keeps its place");
	old = w.fd;
	w.fd = accept_one();
	greet(&w, 2);
	ok(w.fd >= 0 && flights_has_room(w.flights),
	    "until a new connection gives it back");
	(void)close(old);
	run(&w, 1);
	ok(w.lost == PUSH_OK, "the end of the old one is no loss");
	end(&w);
}

static void
test_each(void)
{
	struct world	w = { .options = { .each = true } };

	begin(&w, 9, 40);
	send_one(&w, 1, "{}");
	say(&w, "{\"id\":1,\"result\":{\"to\":\"a\",\"state\":\"queued\"}}\n"
	    "{\"id\":1,\"result\":{\"to\":\"b\",\"state\":\"queued\"}}\n"
	    "{\"id\":1,\"result\":{\"to\":\"a\",\"state\":\"delivered\"}}\n");
	ok(reported(&w, "{\"line\":1,\"to\":\"a\",\"state\":\"delivered\"}\n"),
	    "each device has its line when it is done");
	run(&w, 70);
	ok(reported(&w, "{\"line\":1,\"to\":\"b\",\"state\":\"queued\"}\n"),
	    "those that are not are printed as they stand");
	end(&w);
}

static void
test_loss(void)
{
	struct world	w = { 0 };

	begin(&w, 9, -1);
	send_one(&w, 1, "{}");
	send_one(&w, 2, "{}");
	say(&w, "{\"id\":2,\"result\":{\"state\":\"queued\"}}\n");
	flights_give_up(w.flights, false, "");
	ok(reported(&w, "{\"line\":2,\"state\":\"queued\"}\n") &&
	    flights_count(w.flights) == 1, "what is known can be told early");
	(void)close(w.fd);
	run(&w, 1);
	ok(w.lost == PUSH_E_UNREACHABLE &&
	    reported(&w, "{\"line\":1,\"state\":\"refused\",\"error\":"
	    "\"unreachable\",\"text\":\"the server went away before it "
	    "answered; it may have been accepted\"}\n"),
	    "a lost server leaves no push without a line");
	ok(!flights_has_room(w.flights), "and takes no more");
	end(&w);
}

/* Half of what waits for one device, so that its queue never overflows. */
static void
test_window(void)
{
	struct world	w = { .queue = true };

	begin(&w, 100, -1);
	send_one(&w, 1, "{\"to\":\"a\"}");
	ok(flights_has_room(w.flights), "half of a queue may wait");
	send_one(&w, 2, "{\"to\":\"a\"}");
	ok(!flights_has_room(w.flights), "and not one more");
	end(&w);
}

int
main(void)
{
	struct err_text	why;

	path[sizeof(path) - 3] = '\0';
	if (mkdtemp(path) == NULL)
		return 1;
	path[sizeof(path) - 3] = '/';
	listener = sock_listen_unix(path, 8, &why);
	test_order();
	test_patience();
	test_renewal();
	test_each();
	test_loss();
	test_window();
	(void)close(listener);
	(void)unlink(path);
	path[sizeof(path) - 3] = '\0';
	(void)rmdir(path);
	return tap_done();
}
