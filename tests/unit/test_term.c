#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/term.h"
#include "tap.h"

static bool
puts_as(const char *text, bool escape, const char *expected)
{
	struct buf	b;
	bool		same;

	buf_init(&b, 4096);
	term_put(&b, text, strlen(text), escape);
	same = strcmp(buf_str(&b), expected) == 0;
	if (!same)
		printf("# got: %s\n", buf_str(&b));
	buf_release(&b);
	return same;
}

/* What term_tell() writes to stderr. */
static size_t
told(char *out, size_t size, const char *what)
{
	int	ends[2], old = dup(STDERR_FILENO);
	ssize_t	n;

	if (pipe(ends) != 0)
		return 0;
	(void)dup2(ends[1], STDERR_FILENO);
	term_tell("tool", "%s: %s", what, "why");
	(void)dup2(old, STDERR_FILENO);
	(void)close(ends[1]);
	n = read(ends[0], out, size - 1);
	(void)close(ends[0]);
	(void)close(old);
	out[n > 0 ? n : 0] = '\0';
	return strlen(out);
}

/* A process without stdin and stdout: what would it open, read and write? */
static int
use_of_closed(void)
{
	char	c = 'x';

	(void)close(STDIN_FILENO);
	(void)close(STDOUT_FILENO);
	term_hold();
	if (open("/dev/null", O_RDWR) <= STDERR_FILENO)
		return 1;
	if (read(STDIN_FILENO, &c, 1) != -1 || errno != EBADF)
		return 2;
	return write(STDOUT_FILENO, &c, 1) == -1 && errno == EBADF ? 0 : 3;
}

static bool
holds_closed(void)
{
	int	status = -1;
	pid_t	pid;

	(void)fflush(stdout);
	if ((pid = fork()) == 0)
		_exit(use_of_closed());
	return waitpid(pid, &status, 0) == pid && status == 0;
}

int
main(void)
{
	char	line[16384], name[5000];

	ok(term_output_from("json") == TERM_JSON &&
	    term_output_from("text") == TERM_TEXT &&
	    term_output_from("none") == TERM_NONE, "the three words of -o");
	ok(term_output_from("xml") == -1 && term_output_from("") == -1,
	    "any other word is refused");
	ok(term_output_from(NULL) == (isatty(STDOUT_FILENO) ? TERM_TEXT :
	    TERM_JSON), "without a word the terminal decides");

	ok(puts_as("plain d\xc3\xa4 \xe2\x82\xac", true,
	    "plain d\xc3\xa4 \xe2\x82\xac"), "harmless text stays");
	ok(puts_as("a\x1b[1m\n\x7f", true, "a\\x1b[1m\\x0a\\x7f"),
	    "control characters are escaped");
	ok(puts_as("\xc2\x9b\xc2\xa0", true, "\\x9b\xc2\xa0"),
	    "C1 is escaped, what follows it is not");
	ok(puts_as("x\xe2\x80\xae\xe2\x81\xa6y\xe2\x80\xa8", true,
	    "x\\u{202e}\\u{2066}y\\u{2028}"),
	    "marks that turn the text and line separators are escaped");
	ok(puts_as("\xe2\x80", true, "\xe2\x80"),
	    "a cut character is not read past its end");
	ok(puts_as("a\x1b[1m", false, "a\x1b[1m"),
	    "a file gets the bytes as they are");

	ok(told(line, sizeof(line), "a\nb") > 0 &&
	    strcmp(line, "tool: a\\x0ab: why\n") == 0,
	    "a diagnostic is one line with the tool's name");
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ok(told(line, sizeof(line), name) == sizeof(name) + 11 &&
	    strcmp(line + sizeof(name) + 5, ": why\n") == 0,
	    "a long name does not swallow the reason");
	ok(holds_closed(), "nothing takes the place of a closed stdin or "
	    "stdout, and their use fails");
	return tap_done();
}
