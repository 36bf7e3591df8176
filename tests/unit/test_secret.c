#include <sys/ioctl.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "tap.h"

static char	path[] = "/tmp/test_secret.XXXXXX";

/* Does a file with these bytes give that password (NULL: refused)? */
static bool
file_gives(const char *bytes, size_t n, const char *expected)
{
	struct err_text	why;
	struct buf	b;
	int		fd = open(path, O_WRONLY | O_TRUNC), rc;
	bool		same;

	rc = write(fd, bytes, n) == (ssize_t)n ? 0 : -2;
	(void)close(fd);
	secret_init(&b);
	if (rc == 0)
		rc = secret_from_file(&b, path, &why);
	same = expected == NULL ? rc == -1 :
	    rc == 0 && strcmp(buf_str(&b), expected) == 0;
	buf_release_secret(&b);
	return same;
}

/* In the child: the exit code says what came of the prompt. */
static void
prompted(void)
{
	struct err_text	why;
	struct buf	b;

	secret_init(&b);
	if (secret_from_tty(&b, "password: ", true, &why) != 0)
		_exit(strcmp(why.s, "the two passwords differ") == 0 ? 2 : 3);
	_exit(strcmp(buf_str(&b), "geheim") == 0 ? 0 : 1);
}

/* Waits until the prompt is there, so that no line is typed too early. */
static bool
see(int tty, char *seen, size_t size, const char *word)
{
	size_t	len = strlen(seen);
	ssize_t	n;

	while (strstr(seen, word) == NULL) {
		n = read(tty, seen + len, size - len - 1);
		if (n <= 0)
			return false;
		len += (size_t)n;
		seen[len] = '\0';
	}
	return true;
}

/* Types two lines at the prompts; the child's exit code or -signal. */
static int
typed(const char *first, const char *second, char *seen, size_t size)
{
	int	tty, status = 0;
	pid_t	pid = forkpty(&tty, NULL, NULL, NULL);

	if (pid == 0)
		prompted();
	seen[0] = '\0';
	if (see(tty, seen, size, "password: "))
		(void)!write(tty, first, strlen(first));
	if (second != NULL && see(tty, seen, size, "once more: "))
		(void)!write(tty, second, strlen(second));
	(void)see(tty, seen, size, "never printed");
	(void)waitpid(pid, &status, 0);
	(void)close(tty);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void
test_sources(void)
{
	char		long_one[SECRET_MAX + 2];
	struct err_text	why;
	struct buf	b;

	ok(file_gives("geheim", 6, "geheim"), "a file without a line end");
	ok(file_gives("geheim\n", 7, "geheim"), "one line end is dropped");
	ok(file_gives("geheim\r\n", 8, "geheim"), "CR LF is one line end");
	ok(file_gives("geheim\n\n", 8, "geheim\n"), "and only one");
	ok(file_gives(" a b \n", 6, " a b "), "spaces belong to it");
	ok(file_gives("", 0, ""), "an empty file is an empty password");
	memset(long_one, 'x', sizeof(long_one));
	long_one[SECRET_MAX] = '\n';
	ok(!file_gives(long_one, SECRET_MAX + 1, NULL),
	    "the longest password is taken");
	long_one[SECRET_MAX] = 'x';
	ok(file_gives(long_one, SECRET_MAX + 1, NULL),
	    "one byte more is refused");
	(void)unlink(path);
	secret_init(&b);
	ok(secret_from_file(&b, path, &why) == -1 &&
	    strstr(why.s, "No such file") != NULL, "a missing file is told");

	(void)setenv("TEST_SECRET", "from outside", 1);
	ok(secret_from_env(&b, "TEST_SECRET") &&
	    strcmp(buf_str(&b), "from outside") == 0 &&
	    getenv("TEST_SECRET") == NULL,
	    "the environment's password is taken out of it");
	ok(!secret_from_env(&b, "TEST_SECRET"), "and is there only once");
	buf_release_secret(&b);
}

static void
test_made(void)
{
	struct buf	a, b;

	secret_init(&a);
	secret_init(&b);
	secret_make(&a);
	secret_make(&b);
	ok(a.len == 26 && strspn(buf_str(&a),
	    "abcdefghijklmnopqrstuvwxyz0123456789") == 26,
	    "a made password is 26 letters and digits");
	ok(strcmp(buf_str(&a), buf_str(&b)) != 0, "no two are the same");
	buf_release_secret(&a);
	buf_release_secret(&b);
}

static void
test_prompt(void)
{
	char	seen[256];

	ok(typed("geheim\n", "geheim\n", seen, sizeof(seen)) == 0,
	    "typed twice the same, it is taken");
	ok(strstr(seen, "geheim") == NULL, "the terminal does not show it");
	ok(typed("geheim\n", "anders\n", seen, sizeof(seen)) == 2,
	    "two different ones are refused");
	ok(typed("geh\003", NULL, seen, sizeof(seen)) == -2,
	    "an interrupt at the prompt ends the program");
}

int
main(void)
{
	(void)close(mkstemp(path));
	test_sources();
	test_made();
	test_prompt();
	return tap_done();
}
