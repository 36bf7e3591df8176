#include "ctl_client.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/term.h"
#include "ctl/ctl.h"
#include "io/conn.h"
#include "io/lines.h"
#include "io/sock.h"

#define OUT_MAX		(4 * CTL_LINE_MAX)	/* callers stop far below */
#define GREETING_MS	10000
#define EXIT_UNREACHABLE 69
#define EXIT_PERMISSION	77

struct ctl_client {
	struct loop			*loop;
	struct conn			*conn;	/* NULL: it is over */
	struct lines			 lines;
	struct timer			 timer;	/* for the greeting */
	const struct ctl_client_news	*news;
	void				*arg;
	char				*path;
	uint64_t			 last_id;
	struct buf			 nowhere; /* output after the end */
	bool				 greeted;
};

const char *
ctl_client_path(const char *path)
{
	const char	*env = getenv("PUSH_SOCKET");

	if (path != NULL)
		return path;
	return env != NULL && *env != '\0' ? env : CTL_SOCKET;
}

/* Says once why it is over; the owner may free the client in there. */
static void
lose(struct ctl_client *c, enum push_err e, const char *why)
{
	struct err_text	text;

	if (c->conn == NULL)
		return;
	conn_free(&c->conn);
	loop_timer_clear(c->loop, &c->timer);
	(void)err_set(&text, "%s: %s", c->path, why);
	c->news->on_lost(c->arg, e, text.s);
}

/*
 * A line without an id concerns the connection: the server refuses us, or
 * could not read what we wrote.
 */
static void
lose_by_line(struct ctl_client *c, const struct json *root)
{
	const char	*word = json_get_string(root, "error");
	const char	*text = json_get_string(root, "text");
	enum push_err	 e = word != NULL ? err_from_name(word) :
			    PUSH_E_PROTOCOL;

	if (word == NULL)
		text = "the answer is not one of push-control(7)";
	else if (text == NULL)
		text = err_text(e);
	lose(c, e == PUSH_E_DENIED ? PUSH_E_AUTH : e, text);
}

static void
read_greeting(struct ctl_client *c, const char *line, size_t n)
{
	struct json	*root;
	int64_t		 version;
	char		 why[96];

	if (json_parse(line, n, &root, NULL) != PUSH_OK) {
		lose(c, PUSH_E_PROTOCOL, "no push server listens there");
		return;
	}
	if (json_integer(json_get(root, "push"), &version) != 0) {
		lose_by_line(c, root);
	} else if (version != CTL_VERSION) {
		(void)snprintf(why, sizeof(why), "the server speaks version "
		    "%" PRId64 ", this tool version %d (update one of them)",
		    version, CTL_VERSION);
		lose(c, PUSH_E_PROTOCOL, why);
	} else {
		c->greeted = true;
		loop_timer_clear(c->loop, &c->timer);
		c->news->on_ready(c->arg, root);
	}
	json_free(&root);
}

static void
read_reply(struct ctl_client *c, const char *line, size_t n)
{
	struct ctl_reply	 reply;
	struct json		*root;

	if (ctl_msg_read(line, n, &reply) == PUSH_OK) {
		c->news->on_reply(c->arg, &reply, line, n);
		ctl_msg_release(&reply);
	} else if (json_parse(line, n, &root, NULL) == PUSH_OK) {
		lose_by_line(c, root);
		json_free(&root);
	} else
		lose(c, PUSH_E_PROTOCOL, "the answer is not JSON");
}

static bool
on_line(void *arg, const char *line, size_t n)
{
	struct ctl_client	*c = arg;

	if (line == NULL)
		lose(c, PUSH_E_PROTOCOL, "the answer is too long");
	else if (!c->greeted)
		read_greeting(c, line, n);
	else
		read_reply(c, line, n);
	return c->conn != NULL;
}

static void
client_on_bytes(void *arg, const char *p, size_t n)
{
	struct ctl_client	*c = arg;

	(void)lines_feed(&c->lines, p, n, on_line, c);
}

static void
client_on_drained(void *arg)
{
	struct ctl_client	*c = arg;

	if (c->greeted && c->news->on_room != NULL)
		c->news->on_room(c->arg);
}

static void
client_on_closed(void *arg, const char *reason)
{
	struct ctl_client	*c = arg;
	char			 why[CONN_REASON + 64];

	(void)snprintf(why, sizeof(why),
	    "the connection to the server ended: %s", reason);
	lose(c, PUSH_E_UNREACHABLE, why);
}

static void
client_on_timer(struct timer *t)
{
	struct ctl_client	*c = LIST_ITEM(t, struct ctl_client, timer);

	lose(c, PUSH_E_UNREACHABLE, "the server does not answer");
}

/* The sentence for a connect that failed with errno e. */
static void
explain(struct err_text *why, const char *path, int e)
{
	const char	*hint = "is pushd running? use -S PATH or PUSH_SOCKET";

	if (e == EACCES || e == EPERM)
		hint = "root and the members of the socket's group may";
	(void)err_set(why, "%s: cannot connect: %s (%s)", path, strerror(e),
	    hint);
	errno = e;
}

struct ctl_client *
ctl_client_new(struct loop *loop, const char *path,
    const struct ctl_client_news *news, void *arg, struct err_text *why)
{
	static const struct conn_news	conn_news = {
		.on_bytes = client_on_bytes,
		.on_drained = client_on_drained,
		.on_closed = client_on_closed,
	};
	struct ctl_client		*c;
	int				 fd;

	errno = 0;
	if ((fd = sock_connect_unix(path, why)) < 0) {
		if (errno != 0)
			explain(why, path, errno);
		return NULL;
	}
	c = mem_zalloc(1, sizeof(*c));
	c->loop = loop;
	c->news = news;
	c->arg = arg;
	c->path = mem_strndup(path, strlen(path));
	lines_init(&c->lines, CTL_LINE_MAX, '\n');
	buf_init(&c->nowhere, 0);
	c->conn = conn_new(loop, fd, &conn_news, c, OUT_MAX);
	c->timer.fire = client_on_timer;
	loop_timer_set(loop, &c->timer, GREETING_MS);
	return c;
}

static void
destroy(void *p)
{
	struct ctl_client	*c = p;

	lines_release(&c->lines);
	buf_release(&c->nowhere);
	free(c->path);
	free(c);
}

void
ctl_client_free(struct ctl_client **cp)
{
	struct ctl_client	*c = *cp;

	*cp = NULL;
	if (c == NULL)
		return;
	if (c->conn != NULL)
		conn_free(&c->conn);
	loop_timer_clear(c->loop, &c->timer);
	loop_free_later(c->loop, c, destroy);
}

uint64_t
ctl_client_next_id(struct ctl_client *c)
{
	return ++c->last_id;
}

struct buf *
ctl_client_out(struct ctl_client *c)
{
	return c->conn != NULL ? conn_out(c->conn) : &c->nowhere;
}

void
ctl_client_flush(struct ctl_client *c)
{
	if (c->conn != NULL)
		conn_flush_later(c->conn);
}

size_t
ctl_client_backlog(const struct ctl_client *c)
{
	return c->conn != NULL ? conn_pending(c->conn) : 0;
}

/* One question of ctl_client_ask(). */
struct question {
	const char		*tool, *about;
	struct loop		*loop;
	struct ctl_client	*client;
	struct buf		*request;
	void			(*on_reply)(void *, const struct ctl_reply *,
				    const char *, size_t);
	void			*arg;
	int			 exit;
};

static void
ask_on_ready(void *arg, const struct json *greeting)
{
	struct question	*q = arg;

	(void)greeting;
	buf_put(ctl_client_out(q->client), q->request->p, q->request->len);
	ctl_client_flush(q->client);
}

static void
ask_on_reply(void *arg, const struct ctl_reply *reply, const char *line,
    size_t n)
{
	struct question	*q = arg;
	enum push_err	 e;

	if (reply->error != NULL) {
		e = err_from_name(reply->error);
		term_tell(q->tool, "%s%s%s", q->about != NULL ? q->about : "",
		    q->about != NULL ? ": " : "", *reply->text != '\0' ?
		    reply->text : err_text(e));
		q->exit = e == PUSH_E_DENIED ? EXIT_PERMISSION : err_exit(e);
	} else {
		q->on_reply(q->arg, reply, line, n);
		if (reply->done)
			q->exit = 0;
	}
	if (reply->done)
		loop_stop(q->loop);
}

static void
ask_on_lost(void *arg, enum push_err e, const char *why)
{
	struct question	*q = arg;

	term_tell(q->tool, "%s", why);
	q->exit = err_exit(e);
	loop_stop(q->loop);
}

int
ctl_client_ask(const char *tool, const char *path, const char *about,
    struct buf *request, void (*on_reply)(void *, const struct ctl_reply *,
    const char *, size_t), void *arg)
{
	static const struct ctl_client_news	news = {
		.on_ready = ask_on_ready,
		.on_reply = ask_on_reply,
		.on_lost = ask_on_lost,
	};
	struct question	q = {
		.tool = tool, .about = about, .request = request,
		.on_reply = on_reply, .arg = arg, .exit = EXIT_UNREACHABLE,
	};
	struct err_text	why;

	ctl_msg_end(request, false);
	if ((q.loop = loop_new("auto", &why)) != NULL) {
		q.client = ctl_client_new(q.loop, path, &news, &q, &why);
		if (q.client == NULL && errno == EACCES)
			q.exit = EXIT_PERMISSION;
	}
	if (q.client != NULL)
		loop_run(q.loop);
	else
		term_tell(tool, "%s", why.s);
	ctl_client_free(&q.client);
	loop_free(&q.loop);
	return q.exit;
}
