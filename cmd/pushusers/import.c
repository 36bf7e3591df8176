/* import - "pushusers import": many devices at once, many in flight. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/verdict.h"
#include "commands.h"
#include "ctl/ctl.h"
#include "ctl/ctl_client.h"
#include "import_record.h"
#include "io/lines.h"
#include "io/outlet.h"
#include "io/signals.h"

#define LINE_MAX_BYTES	(CTL_LINE_MAX - 1024)	/* the request is around it */
#define REST_MAX	65536			/* what one read can give */
#define OUT_MAX		(64 * CTL_LINE_MAX)
#define BACKLOG_HIGH	(256 * 1024)
#define LEAVE_MS	800
#define EXIT_OUTPUT	1
#define EXIT_NOINPUT	66
#define EXIT_PERMISSION	77

/* A record that the server has not answered. */
struct asked {
	uint64_t	 id;
	size_t		 line;
	char		*user;
};

struct import {
	const struct settings	*settings;
	struct loop		*loop;
	struct ctl_client	*client;
	struct io		 io;		/* stdin */
	struct lines		 lines;
	struct buf		 rest;		/* read, held back */
	size_t			 line;
	struct map		 by_id;
	size_t			 inflight_max;
	bool			 ready, ended, leaving;
	struct buf		 out;
	int			 broken;	/* errno of stdout */
	struct loop_hook	 flush;
	struct timer		 leave;
	struct signals		 signals;
	struct verdict		 verdict;
	int			 exit;		/* -1: by the verdict */
};

/* result: what came of it, or with a text the word of its error. */
static void
answer(struct import *im, size_t line, const char *user, const char *result,
    const char *text)
{
	verdict_add(&im->verdict, text == NULL ? 0 :
	    err_exit(err_from_name(result)));
	if (text == NULL && im->settings->quiet)
		return;
	import_record_answer(&im->out, im->settings, line, user, result, text);
}

static void
import_on_turn(struct loop_hook *h)
{
	struct import	*im = LIST_ITEM(h, struct import, flush);

	if (!im->leaving)
		im->broken = outlet_write(&im->out, im->signals.io.fd, -1);
	if (im->broken != 0)
		loop_stop(im->loop);
}

/* ---- records ---- */

static bool
has_room(const struct import *im)
{
	return im->ready && !im->leaving &&
	    im->by_id.count < im->inflight_max &&
	    ctl_client_backlog(im->client) < BACKLOG_HIGH;
}

static void
send_record(struct import *im, const char *line, size_t n)
{
	struct asked	*a = mem_zalloc(1, sizeof(*a));
	struct err_text	 why;
	enum push_err	 e;

	a->id = ctl_client_next_id(im->client);
	a->line = im->line;
	e = import_record_put(ctl_client_out(im->client), a->id, line, n,
	    &a->user, &why);
	if (e == PUSH_OK) {
		(void)map_set(&im->by_id, (const char *)&a->id,
		    sizeof(a->id), a);
		ctl_client_flush(im->client);
		return;
	}
	answer(im, a->line, a->user, err_name(e), why.s);
	free(a->user);
	free(a);
}

static bool
import_on_line(void *arg, const char *line, size_t n)
{
	struct import	*im = arg;

	im->line++;
	if (line == NULL)
		answer(im, im->line, "", err_name(PUSH_E_TOOLARGE),
		    err_text(PUSH_E_TOOLARGE));
	else if (n > 0)
		send_record(im, line, n);
	return has_room(im);
}

/* Sends what was held back, then reads on. */
static void
pump(struct import *im)
{
	size_t	used = 0;

	if (has_room(im) && im->rest.len > 0)
		used = lines_feed(&im->lines, im->rest.p, im->rest.len,
		    import_on_line, im);
	buf_consume(&im->rest, used);
	if (has_room(im) && im->rest.len == 0 && im->ended)
		lines_end(&im->lines, import_on_line, im);
	if (!im->ended)
		loop_read(&im->io, has_room(im) && im->rest.len == 0);
	if (im->by_id.count == 0 &&
	    (im->leaving || (im->ended && im->rest.len == 0 &&
	    im->lines.part.len == 0)))
		loop_stop(im->loop);
	loop_at_end(im->loop, &im->flush);
}

static void
import_on_read(struct io *io, const char *p, ssize_t n)
{
	struct import	*im = LIST_ITEM(io, struct import, io);

	if (n > 0) {
		buf_put(&im->rest, p, (size_t)n);
	} else {
		im->ended = true;
		if (n < 0) {
			term_tell(settings_tool, "stdin: cannot read: %s",
			    strerror((int)-n));
			im->exit = EXIT_NOINPUT;
		}
	}
	pump(im);
}

/* ---- the server ---- */

static void
import_on_ready(void *arg, const struct json *greeting)
{
	struct import	*im = arg;
	int64_t		 n;

	im->inflight_max = 1;
	if (json_integer(json_get(json_get(greeting, "limits"), "inflight"),
	    &n) == 0 && n > 0)
		im->inflight_max = (size_t)n;
	im->ready = true;
	pump(im);
}

static void
forget(struct import *im, struct asked *a)
{
	(void)map_remove(&im->by_id, (const char *)&a->id, sizeof(a->id));
	free(a->user);
	free(a);
}

static void
import_on_reply(void *arg, const struct ctl_reply *reply, const char *line,
    size_t n)
{
	struct import	*im = arg;
	const char	*result = json_get_string(reply->root, "result");
	struct asked	*a;

	(void)line;
	(void)n;
	a = map_get(&im->by_id, (const char *)&reply->id, sizeof(reply->id));
	if (a == NULL || !reply->done)
		return;
	if (reply->error != NULL)
		answer(im, a->line, a->user, reply->error, reply->text);
	else
		answer(im, a->line, a->user, result != NULL ? result : "added",
		    NULL);
	forget(im, a);
	pump(im);
}

/* What the server has not answered, and will not. */
static void
give_up(struct import *im, const char *why)
{
	struct asked	*a;
	size_t		 pos = 0;

	while ((a = map_next(&im->by_id, &pos)) != NULL) {
		answer(im, a->line, a->user, err_name(PUSH_E_UNREACHABLE),
		    why);
		forget(im, a);
	}
}

static void
import_on_room(void *arg)
{
	pump(arg);
}

static void
import_on_lost(void *arg, enum push_err e, const char *why)
{
	struct import	*im = arg;

	im->ready = false;
	give_up(im, "the server went away before it answered; it may have "
	    "been taken");
	term_tell(settings_tool, "%s", why);
	if (im->exit < 0)
		im->exit = err_exit(e);
	loop_stop(im->loop);
}

/* ---- beginning and end ---- */

static void
import_on_signal(void *arg, int number)
{
	struct import	*im = arg;

	if (im->leaving)
		return;
	im->leaving = true;
	im->exit = 128 + number;
	loop_timer_set(im->loop, &im->leave, LEAVE_MS);
	pump(im);
}

static void
import_on_leave(struct timer *t)
{
	struct import	*im = LIST_ITEM(t, struct import, leave);

	give_up(im, "interrupted before the server answered; it may have "
	    "been taken");
	loop_stop(im->loop);
}

/* Connects and reads from stdin; -1 to go on, or an exit code. */
static int
start(struct import *im)
{
	static const struct ctl_client_news	client_news = {
		.on_ready = import_on_ready,
		.on_reply = import_on_reply,
		.on_room = import_on_room,
		.on_lost = import_on_lost,
	};
	static const struct io_news		io_news = {
		.on_read = import_on_read,
	};
	struct err_text				why;

	if ((im->loop = loop_new("auto", &why)) == NULL) {
		term_tell(settings_tool, "%s", why.s);
		return err_exit(PUSH_E_INTERNAL);
	}
	im->client = ctl_client_new(im->loop, im->settings->socket,
	    &client_news, im, &why);
	if (im->client == NULL) {
		term_tell(settings_tool, "%s", why.s);
		return errno == EACCES ? EXIT_PERMISSION :
		    err_exit(PUSH_E_UNREACHABLE);
	}
	if (signals_watch(&im->signals, im->loop, import_on_signal, im) != 0 ||
	    loop_add(im->loop, &im->io, STDIN_FILENO, &io_news) != 0)
		return err_exit(PUSH_E_INTERNAL);
	return -1;
}

static void
last_flush(struct import *im)
{
	int	number;

	if (!im->leaving && im->broken == 0)
		im->broken = outlet_write(&im->out, im->signals.io.fd, -1);
	if (im->out.len == 0 || im->broken != 0)
		return;
	if (!im->leaving && (number = signals_pending(&im->signals)) != 0)
		im->exit = 128 + number;
	im->broken = outlet_write(&im->out, -1, LEAVE_MS);
}

static void
release(struct import *im)
{
	give_up(im, "");
	ctl_client_free(&im->client);
	if (im->io.loop != NULL)
		loop_del(&im->io);
	signals_release(&im->signals);
	lines_release(&im->lines);
	buf_release_secret(&im->rest);
	buf_release(&im->out);
	map_release(&im->by_id);
	loop_free(&im->loop);
}

static int
exit_code(const struct import *im)
{
	if (im->broken == EPIPE)
		return 128 + SIGPIPE;
	if (im->broken != 0) {
		term_tell(settings_tool, "stdout: cannot write: %s",
		    strerror(im->broken));
		return EXIT_OUTPUT;
	}
	return im->exit >= 0 ? im->exit : verdict_exit(&im->verdict);
}

int
commands_import(const struct settings *s)
{
	struct import	im = {
		.settings = s, .exit = -1, .flush.run = import_on_turn,
		.leave.fire = import_on_leave,
	};
	int		code;

	lines_init(&im.lines, LINE_MAX_BYTES, '\n');
	buf_init(&im.rest, REST_MAX);
	buf_init(&im.out, OUT_MAX);
	map_init(&im.by_id);
	im.exit = start(&im);
	if (im.exit == -1) {
		loop_run(im.loop);
		last_flush(&im);
	}
	code = exit_code(&im);
	release(&im);
	return code;
}
