#include "options.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/format.h"
#include "base/json.h"
#include "base/num.h"
#include "base/utf8.h"

#define RATE_MAX	1000000

const char	options_tool[] = "pushsend";

/* The fields of a result line, for -F. */
static const char *const	fields[] = {
	"line", "id", "ref", "to", "state", "error", "text", "accepted",
	"sent", "delivered", "read", "ms", "tries", "targets", "scheduled",
	"queued", "expired", "replaced", "cancelled", "refused", "failed",
	NULL,
};

/* What the table of options fills besides struct options. */
struct raw {
	const char	*wait, *rate, *output;
	bool		 lines, nul, whole;
};

static int
parse_rows(struct options *o, struct raw *w, struct opt_program *pr, int argc,
    char **argv)
{
	const struct opt	rows[] = {
		{ 't', "to", "TARGET", "to whom; several are a union",
		    OPT_LIST, &o->targets },
		{ 'T', "title", "TITLE", "the title", OPT_STRING, &o->title },
		{ 'm', "message", "MESSAGE", "send this message", OPT_STRING,
		    &o->message },
		{ 'l', "lines", NULL, "each line is a message", OPT_FLAG,
		    &w->lines },
		{ '0', "null", NULL, "messages end with a NUL", OPT_FLAG,
		    &w->nul },
		{ 'b', "body", NULL, "all of the input is one message",
		    OPT_FLAG, &w->whole },
		{ 'u', "uri", "URI", "the link", OPT_STRING, &o->uri },
		{ 'p', "priority", "PRIORITY", "1..5 or min low default high "
		    "max", OPT_STRING, &o->priority },
		{ 0, "ttl", "D", "how long it may wait for its device",
		    OPT_STRING, &o->ttl },
		{ 0, "collapse", "KEY", "replace what waits with this key",
		    OPT_STRING, &o->collapse },
		{ 0, "in", "D", "send it after this time", OPT_STRING,
		    &o->in },
		{ 0, "at", "TIME", "send it at this time (RFC 3339)",
		    OPT_STRING, &o->at },
		{ 0, "data", "JSON", "payload for programs", OPT_STRING,
		    &o->data },
		{ 0, "key", "KEY", "the same key is sent only once a day",
		    OPT_STRING, &o->key },
		{ 'w', "wait", "STATE", "wait until delivered (or read)",
		    OPT_OPTIONAL, &w->wait },
		{ 'W', "timeout", "D", "wait no longer than this",
		    OPT_DURATION, &o->patience_ms },
		{ 0, "each", NULL, "one line per device", OPT_FLAG,
		    &o->each },
		{ 0, "fail-fast", NULL, "stop at the first failure", OPT_FLAG,
		    &o->fail_fast },
		{ 'r', "rate", "RATE", "records a second (10, 10/s, 5/m, 1/h)",
		    OPT_STRING, &w->rate },
		{ 'o', "output", "FORM", "json, text or none", OPT_STRING,
		    &w->output },
		{ 'F', "format", "FORMAT", "such as '%{id} %{state}\\n'",
		    OPT_STRING, &o->format },
		{ 'S', "socket", "PATH", "the server's control socket",
		    OPT_STRING, &o->socket },
		{ 'q', "quiet", NULL, "no warnings", OPT_FLAG, &o->quiet },
		{ 'v', "verbose", NULL, "say more on stderr", OPT_FLAG,
		    &o->verbose },
		{ 0 },
	};
	int			rc;

	pr->options = rows;
	rc = opt_parse(pr, argc, argv, &o->file_count);
	pr->options = NULL;
	o->files = argv;
	return rc;
}

/* -l, -0, -b, -m and files: what goes together? */
static int
check_input(struct options *o, const struct raw *w,
    const struct opt_program *pr)
{
	int	modes = w->lines + w->nul + w->whole + (o->message != NULL);
	bool	text = modes > 0;

	o->kind = w->lines ? INPUT_LINES : w->nul ? INPUT_NUL :
	    w->whole || o->message != NULL ? INPUT_WHOLE : INPUT_JSON;
	if (modes > 1)
		return opt_usage_error(pr, "only one of -m, -l, -0 and -b");
	if (o->message != NULL && o->file_count > 0)
		return opt_usage_error(pr, "%s: -m reads no files",
		    o->files[0]);
	if (text && o->targets.count == 0)
		return opt_usage_error(pr, "to whom? (use -t TARGET)");
	if (o->key != NULL && (w->lines || w->nul))
		return opt_usage_error(pr, "--key: with one key only the "
		    "first of the messages would be sent");
	if (o->message == NULL && o->file_count == 0 && isatty(STDIN_FILENO))
		return opt_usage_error(pr, "nothing to send: give -m MESSAGE, "
		    "a FILE, or JSON on stdin");
	return -1;
}

static int
check_wait(struct options *o, const char *wait, const struct opt_program *pr)
{
	o->asked = FATE_QUEUED;
	if (wait == NULL || strcmp(wait, "accepted") == 0)
		return -1;
	if (*wait == '\0' || strcmp(wait, "delivered") == 0)
		o->asked = FATE_DELIVERED;
	else if (strcmp(wait, "read") == 0)
		o->asked = FATE_READ;
	else
		return opt_usage_error(pr, "-w: '%s' is none of accepted, "
		    "delivered and read", wait);
	return -1;
}

/* "COUNT", "COUNT/s", "COUNT/m" or "COUNT/h". */
static int
check_rate(struct options *o, const char *rate, const struct opt_program *pr)
{
	const char	*slash;
	uint64_t	 count, unit_us = 1000000;
	size_t		 n;

	if (rate == NULL)
		return -1;
	slash = strchr(rate, '/');
	n = slash != NULL ? (size_t)(slash - rate) : strlen(rate);
	if (slash != NULL && strcmp(slash, "/m") == 0)
		unit_us *= 60;
	else if (slash != NULL && strcmp(slash, "/h") == 0)
		unit_us *= 3600;
	else if (slash != NULL && strcmp(slash, "/s") != 0)
		n = 0;
	if (num_parse(rate, n, 1, RATE_MAX, &count) != 0)
		return opt_usage_error(pr, "-r: '%s' is no rate such as 10, "
		    "10/s or 5/m", rate);
	o->gap_us = unit_us / count;
	return -1;
}

static bool
is_priority(const char *s)
{
	static const char *const	words[] = {
		"1", "2", "3", "4", "5", "min", "low", "default", "high",
		"max",
	};
	size_t				i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i], s) == 0)
			return true;
	return false;
}

static int
check_durations(const struct options *o, const struct opt_program *pr)
{
	int64_t	ms;

	if (o->ttl != NULL && clock_duration(o->ttl, strlen(o->ttl), &ms) != 0)
		return opt_usage_error(pr, "--ttl: '%s' is not a duration "
		    "such as 90s", o->ttl);
	if (o->in != NULL && clock_duration(o->in, strlen(o->in), &ms) != 0)
		return opt_usage_error(pr, "--in: '%s' is not a duration such "
		    "as 90s", o->in);
	if (o->in != NULL && o->at != NULL)
		return opt_usage_error(pr, "only one of --in and --at");
	return -1;
}

/* What would make the whole request unreadable is refused here. */
static int
check_fields(const struct options *o, const struct opt_program *pr)
{
	const char	*texts[] = { o->title, o->uri, o->collapse, o->at,
			    o->key };
	struct json	*data;
	size_t		 i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i] != NULL &&
		    !utf8_valid(texts[i], strlen(texts[i])))
			return opt_usage_error(pr, "an option's value is not "
			    "UTF-8");
	if (o->priority != NULL && !is_priority(o->priority))
		return opt_usage_error(pr, "-p: '%s' is none of 1..5, min, "
		    "low, default, high and max", o->priority);
	if (o->data != NULL) {
		if (json_parse(o->data, strlen(o->data), &data, NULL) !=
		    PUSH_OK)
			return opt_usage_error(pr, "--data: '%s' is not JSON",
			    o->data);
		json_free(&data);
	}
	return check_durations(o, pr);
}

int
options_parse(struct options *o, int argc, char **argv)
{
	struct opt_program	 pr = {
		.name = options_tool,
		.synopsis = "[-t TARGET]... [-T TITLE] [-m MESSAGE | -l | -0 "
		    "| -b] [FILE]...",
		.about = "send push notifications",
	};
	struct raw		 w = { 0 };
	int			 rc;

	memset(o, 0, sizeof(*o));
	o->patience_ms = -1;
	rc = parse_rows(o, &w, &pr, argc, argv);
	if (rc == -1)
		rc = check_input(o, &w, &pr);
	if (rc == -1)
		rc = check_wait(o, w.wait, &pr);
	if (rc == -1)
		rc = check_rate(o, w.rate, &pr);
	if (rc == -1)
		rc = format_choose(&pr, w.output, o->format, fields,
		    &o->output);
	if (rc == -1)
		rc = check_fields(o, &pr);
	return rc;
}

void
options_release(struct options *o)
{
	opt_list_release(&o->targets);
}
