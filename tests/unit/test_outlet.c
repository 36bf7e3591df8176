#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "io/outlet.h"
#include "tap.h"

#define MUCH	300000	/* bytes, more than a pipe holds */

static int	old_stdout;

/* Makes fd stdout; ok() must wait until give_back(). */
static void
take_over(int fd)
{
	(void)fflush(stdout);
	old_stdout = dup(STDOUT_FILENO);
	(void)dup2(fd, STDOUT_FILENO);
}

static void
give_back(void)
{
	(void)dup2(old_stdout, STDOUT_FILENO);
	(void)close(old_stdout);
}

static void
fill(struct buf *b)
{
	buf_init(b, MUCH);
	memset(buf_reserve(b, MUCH), 'x', MUCH);
	b->len = MUCH;
}

static void
test_slow_reader(void)
{
	struct buf	b;
	int		ends[2], quiet[2], e;
	size_t		left;

	fill(&b);
	(void)!pipe(ends);
	(void)!pipe(quiet);
	take_over(ends[1]);
	e = outlet_write(&b, -1, 20);
	left = b.len;
	(void)!write(quiet[1], "!", 1);
	e |= outlet_write(&b, quiet[0], -1);
	give_back();
	ok(e == 0 && left > 0 && left < MUCH,
	    "it gives up on a slow reader after its time");
	ok(b.len == left, "and at a signal at once, with nothing lost");
	(void)close(ends[0]);
	take_over(ends[1]);
	e = outlet_write(&b, -1, -1);
	give_back();
	ok(e == EPIPE, "a reader that left is told");
	(void)close(ends[1]);
	(void)close(quiet[0]);
	(void)close(quiet[1]);
	buf_release(&b);
}

static void
test_full_disk(void)
{
	struct buf	b;
	int		fd = open("/dev/full", O_WRONLY | O_CLOEXEC), e;

	buf_init(&b, 16);
	buf_puts(&b, "line\n");
	take_over(fd);
	e = outlet_write(&b, -1, -1);
	give_back();
	ok(e == ENOSPC && b.len == 5, "a full disk is told");
	(void)close(fd);
	buf_release(&b);
}

int
main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	test_slow_reader();
	test_full_disk();
	return tap_done();
}
