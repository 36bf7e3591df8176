#include "outlet.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

/* Waits until stdout takes bytes; false: give up. */
static bool
wait_for_reader(int signals, int ms)
{
	struct pollfd	fds[2] = {
		{ STDOUT_FILENO, POLLOUT, 0 }, { signals, POLLIN, 0 },
	};
	int		n;

	while ((n = poll(fds, 2, ms)) < 0 && errno == EINTR)
		continue;
	return n > 0 && fds[0].revents != 0;
}

int
outlet_write(struct buf *b, int signals, int ms)
{
	size_t	at = 0, part;
	ssize_t	n;
	int	error = 0;

	while (at < b->len && error == 0 && wait_for_reader(signals, ms)) {
		/* A pipe that poll() calls writable takes this at once. */
		part = b->len - at < PIPE_BUF ? b->len - at : PIPE_BUF;
		n = write(STDOUT_FILENO, b->p + at, part);
		if (n >= 0)
			at += (size_t)n;
		else if (errno != EINTR && errno != EAGAIN)
			error = errno;
	}
	buf_consume(b, at);
	return error;
}
