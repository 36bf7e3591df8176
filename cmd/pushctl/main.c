/* pushctl - look into a running push server, and tell it what to do. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "base/opt.h"
#include "base/term.h"
#include "ctl/ctl.h"
#include "ctl/ctl_client.h"
#include "ctl/ctl_print.h"

#define EXIT_DATA	65
#define EXIT_CONFIG	78

struct settings {
	const char		*socket;
	const char		*output_word, *format;
	bool			 quiet, verbose;
	enum term_output	 output;
};

static const char	tool[] = "pushctl";

static const char *const	session_columns[] = {
	"user", "resource", "available", "priority", "address", "tls",
	"legacy", "sm", "inflight", "since", NULL,
};

/* For -F. */
static const char *const	status_fields[] = {
	"version", "domain", "pid", "uptime", "shards", "loop", "devices",
	"online", "sessions", "connections", "queued", "accepted",
	"delivered", "expired", "cancelled", "failed", "refused",
	"registration", "draining", "memory", NULL,
};
static const char *const	session_fields[] = {
	"user", "resource", "available", "priority", "address", "tls",
	"legacy", "sm", "inflight", "since", "shard", "detached", NULL,
};
static const char *const	done_fields[] = { "result", NULL };

static const struct command {
	const char		*name;		/* the verb as well */
	const char		*member;	/* what its replies hold */
	const char *const	*columns, *const *fields;
	const char		*done;		/* said where it is nothing */
} commands[] = {
	{ "status", "status", NULL, status_fields, NULL },
	{ "sessions", "session", session_columns, session_fields, NULL },
	{ "reload", "", NULL, done_fields, "reloaded" },
	{ "drain", "", NULL, done_fields, "draining" },
	{ NULL, NULL, NULL, NULL, NULL },
};

static int
say_done(const struct settings *s, const struct command *c)
{
	struct buf	line;
	char		json[64];

	if (s->quiet || (s->format == NULL && s->output == TERM_NONE))
		return 0;
	(void)snprintf(json, sizeof(json), "{\"result\":\"%s\"}", c->done);
	buf_init(&line, CTL_LINE_MAX);
	if (s->format != NULL)
		format_put(s->format, json, strlen(json), false, &line);
	else
		buf_printf(&line, "%s\n", s->output == TERM_JSON ? json :
		    c->done);
	(void)fwrite(line.p, 1, line.len, stdout);
	buf_release(&line);
	if (fflush(stdout) == 0)
		return 0;
	term_tell(tool, "stdout: cannot write: %s", strerror(errno));
	return 1;
}

static int
run(const struct settings *s, const struct command *c)
{
	struct ctl_print	pr;
	struct buf		request;
	int			code;

	buf_init(&request, CTL_LINE_MAX);
	ctl_msg_request(&request, 1, c->name);
	ctl_print_init(&pr, c->member, c->columns, s->output, s->format);
	code = ctl_client_ask(tool, s->socket, NULL, &request,
	    ctl_print_reply, &pr);
	code = ctl_print_end(&pr, tool, code);
	ctl_print_release(&pr);
	buf_release(&request);
	if (code == 0 && c->done != NULL)
		return say_done(s, c);
	/* What cannot be read there is the server's configuration. */
	return code == EXIT_DATA && strcmp(c->name, "reload") == 0 ?
	    EXIT_CONFIG : code;
}

/* Finds the command; -1, or an exit code. */
static int
find_command(const struct opt_program *pr, int count, char **words,
    const struct command **found)
{
	const struct command	*c = commands;

	if (count == 0)
		return opt_usage_error(pr, "which command? (status, sessions, "
		    "reload, drain)");
	while (c->name != NULL && strcmp(c->name, words[0]) != 0)
		c++;
	if (c->name == NULL)
		return opt_usage_error(pr, "unknown command '%s'", words[0]);
	if (count > 1)
		return opt_usage_error(pr, "%s: '%s' is too much", c->name,
		    words[1]);
	*found = c;
	return -1;
}

int
main(int argc, char **argv)
{
	struct settings			 s = { 0 };
	const struct opt		 rows[] = {
		{ 'S', "socket", "PATH", "the server's control socket",
		    OPT_STRING, &s.socket },
		{ 'o', "output", "FORM", "json, text or none", OPT_STRING,
		    &s.output_word },
		{ 'F', "format", "FORMAT", "such as '%{queued}\\n'",
		    OPT_STRING, &s.format },
		{ 'q', "quiet", NULL, "no lines for what went well", OPT_FLAG,
		    &s.quiet },
		{ 'v', "verbose", NULL, "say more on stderr", OPT_FLAG,
		    &s.verbose },
		{ 0 },
	};
	const struct opt_program	 pr = {
		.name = tool,
		.synopsis = "[options] status | sessions | reload | drain",
		.about = "look into a push server, and tell it what to do",
		.options = rows,
	};
	const struct command		*c = NULL;
	int				 code, count;

	term_hold();
	if ((code = opt_parse(&pr, argc, argv, &count)) != -1 ||
	    (code = find_command(&pr, count, argv, &c)) != -1 ||
	    (code = format_choose(&pr, s.output_word, s.format, c->fields,
	    &s.output)) != -1)
		return code;
	s.socket = ctl_client_path(s.socket);
	if (s.verbose)
		term_tell(tool, "asking %s", s.socket);
	return run(&s, c);
}
