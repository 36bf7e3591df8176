#include "settings.h"

#include <string.h>
#include <unistd.h>

#include "base/format.h"
#include "base/utf8.h"
#include "commands.h"
#include "ctl/ctl_client.h"

const char	settings_tool[] = "pushusers";

enum {			/* options that only some commands take */
	ONLINE = 1,
	IF_MISSING = 2,
	OWNER = 4,
	PASSWORD_FILE = 8,
	STDIN = 16,	/* reads records from it */
};

static const struct command {
	const char	*name;
	int		 min, max;	/* operands; -1: any number */
	unsigned	 takes;
	command_fn	*run;
} commands[] = {
	{ "list", 0, 0, ONLINE, commands_list },
	{ "show", 1, 1, 0, commands_show },
	{ "add", 1, 1, IF_MISSING | OWNER | PASSWORD_FILE, commands_add },
	{ "del", 1, -1, 0, commands_del },
	{ "passwd", 1, 1, PASSWORD_FILE, commands_passwd },
	{ "enable", 1, -1, 0, commands_enable },
	{ "disable", 1, -1, 0, commands_disable },
	{ "import", 0, 0, STDIN, commands_import },
	{ "export", 0, 0, 0, commands_export },
	{ NULL, 0, 0, 0, NULL },
};

/* For -F: of "list", and of the answers to the other commands. */
static const char *const	fields[] = {
	"user", "enabled", "online", "sessions", "queued", "created",
	"last_seen", "owner", "scram", "line", "result", "dropped",
	"password", "error", "text", NULL,
};

static int
check_options(const struct settings *s, const struct command *c,
    const struct opt_program *pr)
{
	const struct {
		bool		 given;
		unsigned	 option;
		const char	*name;
	} rows[] = {
		{ s->online, ONLINE, "--online" },
		{ s->if_missing, IF_MISSING, "--if-missing" },
		{ s->owner != NULL, OWNER, "--owner" },
		{ s->password_file != NULL, PASSWORD_FILE, "--password-file" },
	};
	size_t	i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].given && (c->takes & rows[i].option) == 0)
			return opt_usage_error(pr, "%s takes no %s", c->name,
			    rows[i].name);
	if ((c->takes & STDIN) != 0 && isatty(STDIN_FILENO))
		return opt_usage_error(pr, "%s reads JSON lines on stdin",
		    c->name);
	return -1;
}

static int
check_texts(const struct settings *s, const struct opt_program *pr)
{
	int	i;

	for (i = 0; i < s->name_count; i++)
		if (!utf8_valid(s->names[i], strlen(s->names[i])))
			return opt_usage_error(pr, "a name is not UTF-8");
	if (s->owner != NULL && !utf8_valid(s->owner, strlen(s->owner)))
		return opt_usage_error(pr, "--owner: not UTF-8");
	return -1;
}

/* The first operand is the command. */
static int
find_command(struct settings *s, int count, char **words,
    const struct opt_program *pr, command_fn **run)
{
	const struct command	*c = commands;

	if (count == 0)
		return opt_usage_error(pr, "which command? (list, show, add, "
		    "del, passwd, enable, disable, import, export)");
	while (c->name != NULL && strcmp(c->name, words[0]) != 0)
		c++;
	if (c->name == NULL)
		return opt_usage_error(pr, "unknown command '%s'", words[0]);
	s->names = words + 1;
	s->name_count = count - 1;
	if (s->name_count < c->min)
		return opt_usage_error(pr, "%s: which device?", c->name);
	if (c->max >= 0 && s->name_count > c->max)
		return opt_usage_error(pr, "%s: '%s' is too much", c->name,
		    s->names[c->max]);
	*run = c->run;
	if (check_options(s, c, pr) != -1)
		return OPT_USAGE;
	return check_texts(s, pr);
}

int
settings_parse(struct settings *s, int argc, char **argv, command_fn **run)
{
	const char		*output = NULL;
	const struct opt	 rows[] = {
		{ 0, "online", NULL, "list: only devices with a session",
		    OPT_FLAG, &s->online },
		{ 0, "if-missing", NULL, "add: an existing device is no error",
		    OPT_FLAG, &s->if_missing },
		{ 0, "owner", "USER", "add: to whom it belongs", OPT_STRING,
		    &s->owner },
		{ 0, "password-file", "FILE", "add, passwd: read it there, "
		    "'-' is stdin", OPT_STRING, &s->password_file },
		{ 'S', "socket", "PATH", "the server's control socket",
		    OPT_STRING, &s->socket },
		{ 'o', "output", "FORM", "json, text or none", OPT_STRING,
		    &output },
		{ 'F', "format", "FORMAT", "such as '%{user} %{queued}\\n'",
		    OPT_STRING, &s->format },
		{ 'q', "quiet", NULL, "no lines for what went well", OPT_FLAG,
		    &s->quiet },
		{ 'v', "verbose", NULL, "say more on stderr", OPT_FLAG,
		    &s->verbose },
		{ 0 },
	};
	const struct opt_program	 pr = {
		.name = settings_tool,
		.synopsis = "[options] list | show NAME | add NAME | del "
		    "NAME... | passwd NAME |\n                 enable NAME... "
		    "| disable NAME... | import | export",
		.about = "the devices of a push server",
		.options = rows,
	};
	int				 rc, count;

	memset(s, 0, sizeof(*s));
	if ((rc = opt_parse(&pr, argc, argv, &count)) != -1 ||
	    (rc = format_choose(&pr, output, s->format, fields,
	    &s->output)) != -1)
		return rc;
	s->socket = ctl_client_path(s->socket);
	return find_command(s, count, argv, &pr, run);
}
