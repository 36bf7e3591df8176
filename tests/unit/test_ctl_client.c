#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/ctl_client.h"
#include "io/sock.h"
#include "tap.h"

#define GREETING "{\"push\":1,\"server\":\"pushd/x\",\"limits\":" \
    "{\"inflight\":7}}\n"

static char		 path[] = "/tmp/test_ctl_client.XXXXXX/s";
static struct loop	*loop;

/* What the client told, in short: "ready7 reply1 reply1done lost:why". */
struct heard {
	char			 text[512];
	struct ctl_client	*client;
	bool			 frees;		/* on the first reply */
	enum push_err		 e;
};

static void
hear(struct heard *h, const char *fmt, const char *s, int64_t n)
{
	size_t	len = strlen(h->text);

	(void)snprintf(h->text + len, sizeof(h->text) - len, "%s%s%s%lld",
	    len > 0 ? " " : "", fmt, s, (long long)n);
}

static void
heard_on_ready(void *arg, const struct json *greeting)
{
	int64_t	n = -1;

	(void)json_integer(json_get(json_get(greeting, "limits"), "inflight"),
	    &n);
	hear(arg, "ready", "", n);
}

static void
heard_on_reply(void *arg, const struct ctl_reply *reply, const char *line,
    size_t n)
{
	struct heard	*h = arg;

	hear(h, "reply", reply->done ? "done" : "", (int64_t)reply->id);
	if (line[0] != '{' || line[n - 1] != '}')
		hear(h, "badline", "", (int64_t)n);
	if (h->frees)
		ctl_client_free(&h->client);
}

static void
heard_on_lost(void *arg, enum push_err e, const char *why)
{
	struct heard	*h = arg;

	h->e = e;
	hear(h, "lost:", strstr(why, "/s: ") != NULL ?
	    strstr(why, "/s: ") + 4 : why, 0);
}

static const struct ctl_client_news	news = {
	.on_ready = heard_on_ready,
	.on_reply = heard_on_reply,
	.on_lost = heard_on_lost,
};

static void
on_timer(struct timer *t)
{
	(void)t;
	loop_stop(loop);
}

/* Runs the loop until all that is under way has arrived. */
static void
settle(void)
{
	struct timer	t = { .fire = on_timer };

	loop_timer_set(loop, &t, 1);
	loop_run(loop);
}

/* Connects a client; returns the server's end. */
static int
connected(int listener, struct heard *h)
{
	struct err_text	why;

	memset(h, 0, sizeof(*h));
	h->client = ctl_client_new(loop, path, &news, h, &why);
	if (h->client == NULL)
		return -1;
	for (;;) {
		int	fd = accept(listener, NULL, NULL);

		if (fd >= 0 || errno != EAGAIN)
			return fd;
	}
}

/*
 * A client that is sent these bytes in two parts, and then the end.
 */
static void
serve(int listener, struct heard *h, const char *bytes, size_t split)
{
	int	fd = connected(listener, h);

	(void)!write(fd, bytes, split);
	settle();
	if (split < strlen(bytes)) {
		(void)!write(fd, bytes + split, strlen(bytes) - split);
		settle();
	}
	(void)close(fd);
	settle();
	ctl_client_free(&h->client);
	settle();
}

static void
test_splits(int listener)
{
	static const char	bytes[] = GREETING
	    "{\"id\":1,\"state\":\"x\"}\n{\"id\":2,\"done\":true}\r\n";
	struct heard		h;
	size_t			i, bad = 0;

	for (i = 1; i < sizeof(bytes); i++) {
		serve(listener, &h, bytes, i);
		if (strcmp(h.text, "ready7 reply1 replydone2 lost:the "
		    "connection to the server ended: closed by peer0") != 0 &&
		    bad++ == 0)
			printf("# at %zu: %s\n", i, h.text);
	}
	ok(bad == 0, "greeting and replies are read at each split");
}

static bool
hears(int listener, const char *bytes, const char *expected,
    enum push_err e)
{
	struct heard	h;

	serve(listener, &h, bytes, strlen(bytes));
	if (strcmp(h.text, expected) == 0 && h.e == e)
		return true;
	printf("# %s (%d)\n", h.text, (int)h.e);
	return false;
}

static void
test_failures(int listener)
{
	ok(hears(listener, "{\"error\":\"denied\",\"text\":\"not you\","
	    "\"done\":true}\n", "lost:not you0", PUSH_E_AUTH),
	    "a refusal instead of a greeting is told as it is");
	ok(hears(listener, "220 mail.example ESMTP\n",
	    "lost:no push server listens there0", PUSH_E_PROTOCOL),
	    "another kind of server is told");
	ok(hears(listener, "{\"push\":2}\n", "lost:the server speaks version "
	    "2, this tool version 1 (update one of them)0", PUSH_E_PROTOCOL),
	    "another version is told");
	ok(hears(listener, "[]\n", "lost:the answer is not one of "
	    "push-control(7)0", PUSH_E_PROTOCOL), "a strange greeting is told");
	ok(hears(listener, GREETING "{\"error\":\"bad-json\",\"text\":"
	    "\"no id\",\"done\":true}\n{\"id\":1,\"done\":true}\n",
	    "ready7 lost:no id0", PUSH_E_JSON),
	    "an answer without id ends it, and nothing is told behind");
	ok(hears(listener, GREETING "oops\n",
	    "ready7 lost:the answer is not JSON0", PUSH_E_PROTOCOL),
	    "an answer that is no JSON ends it");
	ok(hears(listener, "", "lost:the connection to the server ended: "
	    "closed by peer0", PUSH_E_UNREACHABLE),
	    "a server that goes away at once is told");
}

static void
test_requests(int listener)
{
	struct heard	h;
	char		line[128];
	int		fd = connected(listener, &h);
	ssize_t		n;

	(void)!write(fd, GREETING, strlen(GREETING));
	settle();
	ctl_msg_request(ctl_client_out(h.client),
	    ctl_client_next_id(h.client), "status");
	ctl_msg_end(ctl_client_out(h.client), false);
	ctl_client_flush(h.client);
	ok(ctl_client_backlog(h.client) == 23, "what waits is counted");
	settle();
	n = recv(fd, line, sizeof(line) - 1, MSG_DONTWAIT);
	line[n > 0 ? n : 0] = '\0';
	ok(strcmp(line, "{\"id\":1,\"do\":\"status\"}\n") == 0,
	    "a request leaves as one line");
	ok(ctl_client_next_id(h.client) == 2, "ids go up");
	h.frees = true;
	(void)!write(fd, "{\"id\":1}\n{\"id\":2}\n", 18);
	settle();
	ok(h.client == NULL && strcmp(h.text, "ready7 reply1") == 0,
	    "a client freed by its reply says no more");
	(void)close(fd);
}

/* In a child: greets one client, reads its line, answers. */
static pid_t
answering(int listener, const char *answer)
{
	char	line[256];
	pid_t	pid;
	int	fd;

	/* ThreadSanitizer flushes stdio at _exit(): leave nothing to flush. */
	(void)fflush(stdout);
	pid = fork();
	if (pid != 0)
		return pid;
	while ((fd = accept(listener, NULL, NULL)) < 0)
		continue;
	(void)!write(fd, GREETING, strlen(GREETING));
	if (read(fd, line, sizeof(line)) <= 0)
		_exit(1);
	(void)!write(fd, answer, strlen(answer));
	_exit(0);
}

static void
count(void *arg, const struct ctl_reply *reply, const char *line, size_t n)
{
	(void)reply;
	(void)line;
	(void)n;
	++*(int *)arg;
}

/* The exit code of one question; *replies counts what came. */
static int
asked(int listener, const char *answer, int *replies)
{
	struct buf	request;
	pid_t		pid = answering(listener, answer);
	int		rc;

	*replies = 0;
	buf_init(&request, CTL_LINE_MAX);
	ctl_msg_request(&request, 1, "status");
	rc = ctl_client_ask("test", path, NULL, &request, count, replies);
	buf_release(&request);
	(void)waitpid(pid, NULL, 0);
	return rc;
}

static void
test_ask(int listener)
{
	int	replies;

	ok(asked(listener, "{\"id\":1}\n{\"id\":1,\"done\":true}\n",
	    &replies) == 0 && replies == 2, "a question gets all its replies");
	ok(asked(listener, "{\"id\":1,\"error\":\"unknown-target\",\"text\":"
	    "\"x\",\"done\":true}\n", &replies) == 13 && replies == 0,
	    "a refusal is the exit code of its word");
	ok(asked(listener, "{\"id\":1,\"error\":\"denied\",\"text\":\"x\","
	    "\"done\":true}\n", &replies) == 77, "denied is a permission");
	ok(asked(listener, "{\"id\":1}\n", &replies) == 69 && replies == 1,
	    "a server that goes away is not reachable");
}

static void
test_connect(void)
{
	struct heard	 h;
	struct err_text	 why;

	ok(ctl_client_new(loop, "/nonexistent/s", &news, &h, &why) == NULL &&
	    strcmp(why.s, "/nonexistent/s: cannot connect: No such file or "
	    "directory (is pushd running? use -S PATH or PUSH_SOCKET)") == 0,
	    "nobody there is a sentence that says what to do");
	(void)unsetenv("PUSH_SOCKET");
	ok(strcmp(ctl_client_path(NULL), CTL_SOCKET) == 0, "default path");
	(void)setenv("PUSH_SOCKET", "/env", 1);
	ok(strcmp(ctl_client_path(NULL), "/env") == 0 &&
	    strcmp(ctl_client_path("/opt"), "/opt") == 0,
	    "an option beats the environment, which beats the default");
}

int
main(void)
{
	struct err_text	why;
	int		listener;

	path[sizeof(path) - 3] = '\0';
	if (mkdtemp(path) == NULL)
		return 1;
	path[sizeof(path) - 3] = '/';
	listener = sock_listen_unix(path, 8, &why);
	loop = loop_new("auto", &why);
	test_splits(listener);
	test_failures(listener);
	test_requests(listener);
	test_ask(listener);
	test_connect();
	loop_free(&loop);
	(void)close(listener);
	(void)unlink(path);
	path[sizeof(path) - 3] = '\0';
	(void)rmdir(path);
	return tap_done();
}
