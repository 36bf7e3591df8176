#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "ctl/ctl.h"
#include "ctl/ctl_msg.h"
#include "io/sock.h"

#define BACKLOG		64

static const struct control_verb *const	families[] = {
	verb_send_rows, verb_users_rows, verb_status_rows, NULL,
};

/* ---- replies ---- */

static void
list_goes_on(struct control_task *t)
{
	void	(*go_on)(struct control_task *) = t->go_on;

	t->go_on = NULL;
	if (go_on != NULL)
		go_on(t);
}

static void
client_gone(struct control_client *c)
{
	struct control_task	*t;

	c->list = NULL;
	while (!list_empty(&c->tasks)) {
		t = LIST_ITEM(c->tasks.next, struct control_task, node);
		list_remove(&t->node);
		t->client = NULL;
		list_goes_on(t);
	}
	verb_send_client_gone(c);
	list_remove(&c->node);
	list_remove(&c->resume.node);
	c->control->client_count--;
	conn_free(&c->conn);
	lines_release(&c->lines);
	buf_release(&c->rest);
	loop_free_later(c->control->shard->loop, c, free);
}

void
control_reply(struct control_client *c, const struct buf *b)
{
	if (c == NULL || c->closing)
		return;
	if (buf_ok(b)) {
		conn_write(c->conn, b->p, b->len);
		return;
	}
	/* A reply must not vanish: the client sees that something did. */
	log_error("control", "a reply is over its limit bytes=%zu", b->max);
	c->closing = true;
	conn_close(c->conn);
}

bool
control_flag(struct control_request *r, const char *name, bool fallback,
    bool *out)
{
	const struct json	*j = json_get(r->root, name);
	char			 text[64];

	*out = json_bool(j, fallback);
	if (j == NULL || json_bool(j, true) == json_bool(j, false))
		return true;
	(void)snprintf(text, sizeof(text), "%s: must be true or false", name);
	control_refuse(r->client, r->id, PUSH_E_REQUEST, text);
	return false;
}

void
control_refuse(struct control_client *c, uint64_t id, enum push_err e,
    const char *text)
{
	struct buf	b;

	buf_init(&b, CTL_LINE_MAX);
	ctl_msg_error(&b, id, e, text);
	control_reply(c, &b);
	buf_release(&b);
}

/* ---- flow ---- */

static void	feed(struct control_client *, const char *, size_t);

static bool
must_wait(const struct control_client *c)
{
	return c->list != NULL ||
	    c->inflight >= c->control->shard->config->inflight ||
	    conn_pending(c->conn) > CONTROL_OUT_LOW;
}

/* Reads on when there is room again. */
static void
go_on(struct control_client *c)
{
	struct buf	b;

	if (!c->paused || must_wait(c) || c->closing)
		return;
	c->paused = false;
	b = c->rest;
	buf_init(&c->rest, CONTROL_REST);
	feed(c, b.p, b.len);
	buf_release(&b);
	if (!c->paused)
		conn_pause(c->conn, false);
}

void
control_count(struct control_client *c, int change)
{
	if (c == NULL)
		return;
	c->inflight += (size_t)change;
	if (change < 0)
		loop_at_end(c->control->shard->loop, &c->resume);
}

/* A client that asks no more goes with its last reply. */
static void
close_if_answered(struct control_client *c)
{
	if (!c->ended || c->closing || c->inflight > 0)
		return;
	c->closing = true;
	conn_close(c->conn);
}

static void
resume(struct loop_hook *h)
{
	struct control_client	*c = LIST_ITEM(h, struct control_client,
				    resume);

	go_on(c);
	close_if_answered(c);
}

void
control_begin(struct control_client *c, struct control_task *t,
    uint64_t request)
{
	t->client = c;
	t->request = request;
	list_append(&c->tasks, &t->node);
	control_count(c, 1);
}

void
control_end(struct control_task *t)
{
	list_remove(&t->node);
	if (t->client != NULL && t->client->list == t)
		t->client->list = NULL;
	control_count(t->client, -1);
	t->client = NULL;
}

void
control_begin_list(struct control_client *c, struct control_task *t,
    uint64_t request)
{
	control_begin(c, t, request);
	c->list = t;
}

bool
control_has_room(struct control_task *t, void (*then)(struct control_task *))
{
	if (t->client == NULL || t->client->closing ||
	    conn_pending(t->client->conn) <= CONTROL_OUT_LOW)
		return true;
	t->go_on = then;
	return false;
}

/* ---- requests ---- */

static const struct control_verb *
find_verb(const char *name)
{
	const struct control_verb *const	*f;
	const struct control_verb		*v;

	for (f = families; *f != NULL; f++)
		for (v = *f; v->name != NULL; v++)
			if (strcmp(v->name, name) == 0)
				return v;
	return NULL;
}

/* The first field that the verb does not know, or NULL. */
static const char *
unknown_field(const struct json *root, const struct control_verb *v)
{
	const struct json	*j;
	const char *const	*f;

	for (j = json_first(root); j != NULL; j = json_next(j)) {
		if (strcmp(json_name(j), "id") == 0 ||
		    strcmp(json_name(j), "do") == 0)
			continue;
		for (f = v->fields; *f != NULL; f++)
			if (strcmp(json_name(j), *f) == 0)
				break;
		if (*f == NULL)
			return json_name(j);
	}
	return NULL;
}

static void
run_request(struct control_request *r)
{
	const struct control_verb	*v;
	const char			*name, *field;
	char				 text[160];

	if ((name = json_get_string(r->root, "do")) == NULL)
		name = "";
	if ((v = find_verb(name)) == NULL) {
		(void)snprintf(text, sizeof(text), "do: unknown verb '%.*s'",
		    utf8_cut(name, 64), name);
		control_refuse(r->client, r->id, PUSH_E_REQUEST, text);
		return;
	}
	if ((field = unknown_field(r->root, v)) != NULL) {
		(void)snprintf(text, sizeof(text), "%.*s: unknown field",
		    utf8_cut(field, 64), field);
		control_refuse(r->client, r->id, PUSH_E_REQUEST, text);
		return;
	}
	v->run(r);
}

/* For a line that names no request: an answer without an id. */
static void
refuse_line(struct control_client *c, enum push_err e, const char *text)
{
	struct buf	b;

	buf_init(&b, CTL_LINE_MAX);
	buf_putc(&b, '{');
	json_put_member(&b, "error", err_name(e));
	json_put_member(&b, "text", text);
	ctl_msg_end(&b, true);
	control_reply(c, &b);
	buf_release(&b);
}

static void
parse_request(struct control_client *c, const char *line, size_t n)
{
	struct control_request	 r = { c, 0, NULL, line, n };
	struct json		*root;
	int64_t			 id;
	size_t			 where;
	enum push_err		 e;
	char			 text[64];

	if ((e = json_parse(line, n, &root, &where)) != PUSH_OK) {
		(void)snprintf(text, sizeof(text), "byte %zu: %s", where + 1,
		    err_text(e));
		refuse_line(c, e, text);
		return;
	}
	if (json_integer(json_get(root, "id"), &id) != 0 || id < 0) {
		refuse_line(c, PUSH_E_REQUEST,
		    "id: must be a whole number of at least 0");
	} else {
		r.root = root;
		r.id = (uint64_t)id;
		run_request(&r);
	}
	json_free(&root);
}

static bool
on_line(void *arg, const char *line, size_t n)
{
	struct control_client	*c = arg;

	if (line == NULL) {
		refuse_line(c, PUSH_E_TOOLARGE, "the line is over 1 MiB");
		c->closing = true;
		conn_close(c->conn);
		return false;
	}
	if (n > 0)
		parse_request(c, line, n);
	c->paused = must_wait(c);
	return !c->paused;
}

static void
feed(struct control_client *c, const char *p, size_t n)
{
	size_t	used = lines_feed(&c->lines, p, n, on_line, c);

	if (c->closing || used == n)
		return;
	/* Held back: what was read already waits here, the rest outside. */
	buf_put(&c->rest, p + used, n - used);
	conn_pause(c->conn, true);
}

static void
on_bytes(void *arg, const char *p, size_t n)
{
	struct control_client	*c = arg;

	if (c->closing)
		return;
	if (c->paused) {
		buf_put(&c->rest, p, n);
		return;
	}
	feed(c, p, n);
	if (c->paused)
		conn_pause(c->conn, true);
}

/* "printf … | nc -NU": the requests are complete, the replies are not. */
static void
on_eof(void *arg)
{
	struct control_client	*c = arg;

	if (!c->closing)
		lines_end(&c->lines, on_line, c);
	c->ended = true;
	close_if_answered(c);
}

static void
on_drained(void *arg)
{
	struct control_client	*c = arg;

	if (c->list != NULL)
		list_goes_on(c->list);
	go_on(c);
}

static void
on_closed(void *arg, const char *reason)
{
	log_debug("control", "client gone reason=\"%s\"", reason);
	client_gone(arg);
}

static const struct conn_news	client_news = {
	.on_bytes = on_bytes,
	.on_eof = on_eof,
	.on_drained = on_drained,
	.on_closed = on_closed,
};

/* ---- clients ---- */

/* The kernel's word: root, our own user, or the socket's group. */
static bool
is_allowed(const struct control *ctl, int fd)
{
	struct stat	 st;
	uid_t		 uid;
	gid_t		 gid;
	pid_t		 pid;

	if (sock_peer_cred(fd, &uid, &gid, &pid) != 0)
		return false;
	if (uid == 0 || uid == geteuid())
		return true;
	/*
	 * The file mode (0660) has let it connect already, which takes
	 * the group; a client of another primary group is in it as well.
	 */
	return stat(ctl->path, &st) == 0 && (st.st_mode & S_IWOTH) == 0;
}

static void
greet(struct control_client *c)
{
	const struct config	*cfg = c->control->shard->config;
	struct buf		 b;

	buf_init(&b, CTL_LINE_MAX);
	buf_putc(&b, '{');
	json_put_int(&b, "push", CTL_VERSION);
	json_put_member(&b, "server", "pushd/" PUSH_VERSION);
	json_put_member(&b, "domain", cfg->domain);
	json_put_key(&b, "limits");
	buf_putc(&b, '{');
	json_put_int(&b, "line", CTL_LINE_MAX);
	json_put_int(&b, "object", (int64_t)cfg->object_max);
	json_put_int(&b, "inflight", (int64_t)cfg->inflight);
	json_put_int(&b, "queue", (int64_t)cfg->queue_count);
	buf_puts(&b, "}}\n");
	control_reply(c, &b);
	buf_release(&b);
}

static void
on_accept(struct io *io, int fd)
{
	struct control		*ctl = LIST_ITEM(io, struct control, io);
	struct control_client	*c;

	if (fd < 0) {
		log_warn("control", "cannot accept error=\"%s\"",
		    strerror(-fd));
		return;
	}
	c = mem_zalloc(1, sizeof(*c));
	c->control = ctl;
	c->resume.run = resume;
	list_init(&c->orders);
	list_init(&c->tasks);
	lines_init(&c->lines, CTL_LINE_MAX, '\n');
	buf_init(&c->rest, CONTROL_REST);
	c->conn = conn_new(ctl->shard->loop, fd, &client_news, c,
	    CONTROL_OUT);
	list_append(&ctl->clients, &c->node);
	ctl->client_count++;
	if (ctl->client_count > ctl->shard->config->control_clients ||
	    !is_allowed(ctl, fd)) {
		refuse_line(c, is_allowed(ctl, fd) ? PUSH_E_BUSY :
		    PUSH_E_DENIED, is_allowed(ctl, fd) ?
		    "too many control clients" : "not your socket (root and "
		    "the members of its group may)");
		c->closing = true;
		conn_close(c->conn);
		return;
	}
	greet(c);
}

static const struct io_news	listen_news = { NULL, NULL, on_accept };

/* /run is empty after a start of the machine: the last folder is made. */
static void
make_folder(const char *path)
{
	const char	*slash = strrchr(path, '/');
	char		*dir;

	if (slash == NULL || slash == path)
		return;
	dir = mem_strndup(path, (size_t)(slash - path));
	/* Others pass through it to the socket, whose mode says who may. */
	if (mkdir(dir, 0755) == 0)
		(void)chmod(dir, 0755);
	free(dir);
}

int
control_open(struct shard *sh, const char *path, struct err_text *why)
{
	struct control	*ctl = mem_zalloc(1, sizeof(*ctl));

	make_folder(path);
	ctl->shard = sh;
	ctl->path = mem_strndup(path, strlen(path));
	list_init(&ctl->clients);
	ctl->io.fd = sock_listen_unix(path, BACKLOG, why);
	if (ctl->io.fd < 0) {
		free(ctl->path);
		free(ctl);
		return -1;
	}
	sh->pushd->control = ctl;
	return 0;
}

void
control_start(struct control *ctl)
{
	int	fd = ctl->io.fd;

	if (loop_add(ctl->shard->loop, &ctl->io, fd, &listen_news) != 0)
		log_error("control", "cannot watch the socket error=\"%s\"",
		    strerror(errno));
	else
		loop_accept(&ctl->io, true);
}

void
control_stop(struct control *ctl)
{
	if (ctl->io.loop != NULL)
		loop_del(&ctl->io);
	(void)unlink(ctl->path);
}

void
control_free(struct control **cp)
{
	struct control	*ctl = *cp;

	*cp = NULL;
	if (ctl == NULL)
		return;
	ctl->ended = true;
	while (!list_empty(&ctl->clients))
		client_gone(LIST_ITEM(ctl->clients.next,
		    struct control_client, node));
	(void)close(ctl->io.fd);
	free(ctl->path);
	free(ctl);
}
