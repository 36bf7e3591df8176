#include "secret.h"

#include <sys/signalfd.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/rand.h"

#define MADE		26	/* characters of a made password */

void
secret_init(struct buf *b)
{
	buf_init(b, SECRET_MAX + 2);	/* and a line end, for a moment */
	(void)buf_reserve(b, SECRET_MAX + 2);
}

bool
secret_from_env(struct buf *b, const char *name)
{
	const char	*value = getenv(name);

	if (value == NULL)
		return false;
	buf_puts(b, value);
	(void)unsetenv(name);
	return true;
}

/* Reads to the end of the file, or of the line; -1 with errno. */
static int
read_all(struct buf *b, int fd, bool line)
{
	ssize_t	n;
	char	*to, c;

	for (;;) {
		if ((n = read(fd, &c, 1)) < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		if (line && c == '\n')
			return 0;
		if ((to = buf_reserve(b, 1)) == NULL) {
			errno = EFBIG;
			return -1;
		}
		*to = c;
		b->len++;
	}
}

static void
drop_line_end(struct buf *b)
{
	if (b->len > 0 && b->p[b->len - 1] == '\n')
		b->len--;
	if (b->len > 0 && b->p[b->len - 1] == '\r')
		b->len--;
}

int
secret_from_file(struct buf *b, const char *path, struct err_text *why)
{
	bool	standard = strcmp(path, "-") == 0;
	int	fd, rc;

	fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	rc = fd >= 0 ? read_all(b, fd, false) : -1;
	if (rc != 0)
		(void)err_set(why, "%s: cannot read the password: %s",
		    standard ? "stdin" : path, strerror(errno));
	if (!standard && fd >= 0)
		(void)close(fd);
	if (rc != 0)
		return -1;
	drop_line_end(b);
	if (b->len > SECRET_MAX)
		return err_set(why, "%s: the password is longer than %d bytes",
		    path, SECRET_MAX);
	return 0;
}

/*
 * Waits for a line; a signal that would end us is held back until the
 * caller has put the terminal in order.
 */
static int
wait_line(int tty, int signals)
{
	struct pollfd	fds[2] = {
		{ tty, POLLIN, 0 }, { signals, POLLIN, 0 },
	};

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return -1;
	if (fds[1].revents == 0)
		return 0;
	errno = EINTR;
	return -1;
}

static int
read_quietly(struct buf *b, int tty, int signals, const char *prompt)
{
	struct termios	old, quiet;
	int		rc;

	if (tcgetattr(tty, &old) != 0)
		return -1;
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ECHONL | ICANON;
	(void)tcsetattr(tty, TCSAFLUSH, &quiet);
	(void)!write(tty, prompt, strlen(prompt));
	if ((rc = wait_line(tty, signals)) == 0)
		rc = read_all(b, tty, true);
	(void)tcsetattr(tty, TCSAFLUSH, &old);
	return rc;
}

static int
ask(struct buf *b, int tty, const char *prompt, struct err_text *why)
{
	sigset_t	held, before;
	int		signals, rc;

	(void)sigemptyset(&held);
	(void)sigaddset(&held, SIGINT);
	(void)sigaddset(&held, SIGTERM);
	(void)sigaddset(&held, SIGHUP);
	(void)sigaddset(&held, SIGQUIT);
	(void)sigprocmask(SIG_BLOCK, &held, &before);
	signals = signalfd(-1, &held, SFD_CLOEXEC);
	rc = read_quietly(b, tty, signals, prompt);
	if (rc != 0)
		(void)err_set(why, "/dev/tty: cannot read the password: %s",
		    strerror(errno));
	(void)close(signals);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return rc;
}

int
secret_from_tty(struct buf *b, const char *prompt, bool again,
    struct err_text *why)
{
	struct buf	second;
	int		tty = open("/dev/tty", O_RDWR | O_CLOEXEC), rc;

	if (tty < 0)
		return err_set(why, "/dev/tty: cannot ask for the password: "
		    "%s (use --password-file)", strerror(errno));
	secret_init(&second);
	rc = ask(b, tty, prompt, why);
	if (rc == 0 && again && b->len > 0) {
		rc = ask(&second, tty, "once more: ", why);
		if (rc == 0 && (second.len != b->len ||
		    !digest_equal(second.p, b->p, b->len)))
			rc = err_set(why, "the two passwords differ");
	}
	buf_release_secret(&second);
	(void)close(tty);
	return rc;
}

void
secret_make(struct buf *b)
{
	static const char	letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
	unsigned char		bytes[MADE];
	size_t			i;

	rand_bytes(bytes, sizeof(bytes));
	for (i = 0; i < sizeof(bytes); i++)
		buf_putc(b, letters[bytes[i] % 32]);
	explicit_bzero(bytes, sizeof(bytes));
}
