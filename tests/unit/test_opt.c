#include "base/opt.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"

#define WORDS	8	/* of a command line here, at most */

static struct {
	bool		 quiet, all;
	const char	*name, *wait;
	uint64_t	 count;
	int64_t		 time;
	struct opt_list	 list;
} got;

static const struct opt	options[] = {
	{ 'q', "quiet", NULL, "say less", OPT_FLAG, &got.quiet },
	{ 'a', NULL, NULL, "everything", OPT_FLAG, &got.all },
	{ 'n', "name", "NAME", "a name", OPT_STRING, &got.name },
	{ 'w', "wait", "STATE", "wait for it", OPT_OPTIONAL, &got.wait },
	{ 'C', "count", "N", "how many", OPT_COUNT, &got.count },
	{ 0, "time", "D", "how long", OPT_DURATION, &got.time },
	{ 't', "to", "TARGET", "where", OPT_LIST, &got.list },
	{ 0 },
};
static const struct opt_program	program = {
	"tool", "[-q] NAME...", "does things", options,
};

static char	operands[100], said[4000], printed[4000];

/* Turns fd into a file; returns what it was, for show(). */
static int
hide(int fd, FILE **to)
{
	int	old = dup(fd);

	(void)fflush(NULL);
	*to = tmpfile();
	(void)dup2(fileno(*to), fd);
	return old;
}

static void
show(int fd, int old, FILE *from, char *text, size_t max)
{
	size_t	n;

	(void)fflush(NULL);
	(void)dup2(old, fd);
	(void)close(old);
	rewind(from);
	n = fread(text, 1, max - 1, from);
	text[n] = '\0';
	(void)fclose(from);
}

/* Runs a command line of words parted by spaces. */
static int
run(const char *line)
{
	char	 text[200], *argv[WORDS + 1], *p = text;
	FILE	*out, *err;
	int	 argc = 0, rc, count = 0, oldout, olderr, i;
	size_t	 n = 0;

	opt_list_release(&got.list);
	memset(&got, 0, sizeof(got));
	(void)snprintf(text, sizeof(text), "tool %s", line);
	while (argc < WORDS && (argv[argc] = strsep(&p, " ")) != NULL)
		argc++;
	argv[argc] = NULL;
	oldout = hide(STDOUT_FILENO, &out);
	olderr = hide(STDERR_FILENO, &err);
	rc = opt_parse(&program, argc, argv, &count);
	show(STDOUT_FILENO, oldout, out, printed, sizeof(printed));
	show(STDERR_FILENO, olderr, err, said, sizeof(said));
	operands[0] = '\0';
	for (i = 0; rc == -1 && i < count; i++)
		n += (size_t)snprintf(operands + n, sizeof(operands) - n,
		    "%s%s", i > 0 ? " " : "", argv[i]);
	return rc;
}

/* A copy would die with the line: strings point into argv. */
static bool
string_is(const char *line, const char *name)
{
	char	 text[50], *argv[4], *p = text;
	int	 argc = 0, count = 0;

	got.name = got.wait = NULL;
	(void)snprintf(text, sizeof(text), "tool %s", line);
	while (argc < 3 && (argv[argc] = strsep(&p, " ")) != NULL)
		argc++;
	if (opt_parse(&program, argc, argv, &count) != -1)
		return false;
	return got.name != NULL && strcmp(got.name, name) == 0;
}

static bool
wait_is(const char *word, const char *state, int left)
{
	char	 text[20], next[] = "next", *argv[3];
	int	 count = 0;

	got.wait = NULL;
	(void)snprintf(text, sizeof(text), "%s", word);
	argv[0] = argv[1] = text;
	argv[2] = next;
	return opt_parse(&program, 3, argv, &count) == -1 && count == left &&
	    got.wait != NULL && strcmp(got.wait, state) == 0;
}

static void
test_words(void)
{
	ok(run("") == -1 && strcmp(operands, "") == 0 && said[0] == 0,
	    "an empty word is an operand");
	ok(run("-q") == -1 && got.quiet && !got.all, "a short flag");
	ok(run("--quiet") == -1 && got.quiet, "a long flag");
	ok(run("-qa") == -1 && got.quiet && got.all, "bundled flags");
	ok(run("-qC5") == -1 && got.quiet && got.count == 5,
	    "a bundle that ends in a value");
	ok(string_is("-n x", "x") && string_is("-nx", "x") &&
	    string_is("--name x", "x") && string_is("--name=x", "x"),
	    "a value in the same word or in the next");
	ok(string_is("--name=", "") && string_is("-n -q", "-q") &&
	    string_is("--name=a=b", "a=b"), "any text is a value");
	ok(wait_is("-w", "", 1) && wait_is("--wait", "", 1) &&
	    wait_is("-wread", "read", 1) && wait_is("--wait=read", "read", 1),
	    "an optional value only in the same word");
	ok(run("--time 1h30m") == -1 && got.time == 5400000, "a duration");
	ok(run("-C 4294967295") == -1 && got.count == UINT32_MAX, "a count");
	ok(run("-t a --to=b -tc") == -1 && got.list.count == 3, "a list");
}

static void
test_operands(void)
{
	ok(run("a -q b") == -1 && got.quiet && strcmp(operands, "a b") == 0,
	    "options may follow operands");
	ok(run("-C 1 a -t x b") == -1 && strcmp(operands, "a b") == 0 &&
	    got.list.count == 1, "values are no operands");
	ok(run("a -- -q --x") == -1 && !got.quiet &&
	    strcmp(operands, "a -q --x") == 0, "\"--\" ends the options");
	ok(run("-- -- a") == -1 && strcmp(operands, "-- a") == 0,
	    "once only");
	ok(run("- a") == -1 && strcmp(operands, "- a") == 0,
	    "\"-\" is an operand");
}

static void
test_wrong(void)
{
	static const struct { const char *line, *part; } rows[] = {
		{ "-x", "-x" }, { "--nothing", "--nothing" },
		{ "-qx", "-x" }, { "--qui", "--qui" }, { "--a", "--a" },
		{ "-n", "-n needs a value (NAME)" },
		{ "--name", "--name needs a value (NAME)" },
		{ "--quiet=yes", "--quiet takes no value" },
		{ "-C x", "'x'" }, { "-C -1", "'-1'" },
		{ "-C 4294967296", "'4294967296'" },
		{ "--time=soon", "'soon'" }, { "--=x", "--=x" },
		{ "--help=x", "--help takes no value" },
	};
	size_t	i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(run(rows[i].line) == OPT_USAGE && printed[0] == '\0' &&
		    strncmp(said, "tool: ", 6) == 0 &&
		    strstr(said, rows[i].part) != NULL &&
		    strstr(said, " (try 'tool --help')\n") != NULL &&
		    strchr(said, '\n')[1] == '\0',
		    "\"%s\" is one line on stderr", rows[i].line);
}

static void
test_help(void)
{
	ok(run("-h") == 0 && said[0] == '\0' &&
	    strstr(printed, "tool - does things\n") == printed &&
	    strstr(printed, "usage: tool [-q] NAME...\n") != NULL,
	    "-h goes to stdout");
	ok(strstr(printed, "  -q, --quiet ") != NULL &&
	    strstr(printed, "  -a   ") != NULL &&
	    strstr(printed, "  -n, --name NAME ") != NULL &&
	    strstr(printed, "  -w, --wait[=STATE] ") != NULL &&
	    strstr(printed, "      --time D ") != NULL &&
	    strstr(printed, "  -V, --version ") != NULL,
	    "and lists every option");
	ok(run("a --help -x") == 0, "--help wins over what follows");
	ok(run("-V") == 0 && strcmp(printed, "tool " PUSH_VERSION "\n") == 0,
	    "-V prints the version");
	ok(run("-qV") == 0, "in a bundle, too");
}

int
main(void)
{
	test_words();
	test_operands();
	test_wrong();
	test_help();
	opt_list_release(&got.list);
	ok(got.list.item == NULL && got.list.count == 0, "a list is released");
	return tap_done();
}
