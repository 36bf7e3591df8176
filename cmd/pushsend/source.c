#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool
is_stdin(const char *name)
{
	return strcmp(name, "-") == 0;
}

static void
tell_failed(const struct source *s, int error)
{
	const char	*name = s->names[s->at - 1];

	s->news->on_failed(s->arg, is_stdin(name) ? "stdin" : name, error);
}

void
source_init(struct source *s, struct loop *loop, char **names, int count)
{
	static char	dash[] = "-";
	static char	*standard[] = { dash };

	memset(s, 0, sizeof(*s));
	s->loop = loop;
	s->names = count > 0 ? names : standard;
	s->count = count > 0 ? count : 1;
}

const char *
source_check(const struct source *s)
{
	int	i;

	for (i = 0; i < s->count; i++)
		if (!is_stdin(s->names[i]) && access(s->names[i], R_OK) != 0)
			return s->names[i];
	return NULL;
}

static void
close_file(struct source *s)
{
	if (!s->open)
		return;
	loop_del(&s->io);
	if (s->io.fd != STDIN_FILENO)
		(void)close(s->io.fd);
	s->open = false;
}

static void	source_on_read(struct io *, const char *, ssize_t);

/* Opens the next file that can be opened; false: there is none. */
static bool
open_next(struct source *s)
{
	static const struct io_news	news = { .on_read = source_on_read };
	const char			*name;
	int				 fd;

	while (s->at < s->count) {
		name = s->names[s->at++];
		/* A FIFO's writer is waited for in the loop, not here. */
		fd = is_stdin(name) ? STDIN_FILENO : open(name, O_RDONLY |
		    O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
		if (fd >= 0 && loop_add(s->loop, &s->io, fd, &news) == 0) {
			s->open = true;
			return true;
		}
		tell_failed(s, errno);
	}
	return false;
}

static void
source_on_read(struct io *io, const char *p, ssize_t n)
{
	struct source	*s = LIST_ITEM(io, struct source, io);
	bool		 more;

	if (n > 0) {
		s->news->on_bytes(s->arg, p, (size_t)n);
		return;
	}
	if (n < 0)
		tell_failed(s, (int)-n);
	close_file(s);
	more = open_next(s);
	s->news->on_end(s->arg, more);
}

void
source_start(struct source *s, const struct source_news *news, void *arg)
{
	s->news = news;
	s->arg = arg;
	if (!open_next(s))
		news->on_end(arg, false);
}

void
source_read(struct source *s, bool on)
{
	if (s->open)
		loop_read(&s->io, on);
}

void
source_release(struct source *s)
{
	close_file(s);
}
