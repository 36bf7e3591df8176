#include "signals.h"

#include <sys/signalfd.h>

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static void
signals_on_read(struct io *io, const char *p, ssize_t n)
{
	struct signals		*s = LIST_ITEM(io, struct signals, io);
	struct signalfd_siginfo	 info;

	if (n < (ssize_t)sizeof(info))
		return;
	memcpy(&info, p, sizeof(info));
	s->on_signal(s->arg, (int)info.ssi_signo);
}

static bool
is_ignored(int number)
{
	struct sigaction	sa;

	return sigaction(number, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN;
}

int
signals_watch(struct signals *s, struct loop *loop,
    void (*on_signal)(void *, int), void *arg)
{
	static const struct io_news	news = { .on_read = signals_on_read };
	sigset_t			set;
	int				fd;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	/* What is blocked would come through a signalfd, ignored or not. */
	if (!is_ignored(SIGHUP))
		(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	s->on_signal = on_signal;
	s->arg = arg;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0 || loop_add(loop, &s->io, fd, &news) != 0)
		return -1;
	loop_read(&s->io, true);
	return 0;
}

void
signals_release(struct signals *s)
{
	if (s->io.loop == NULL)
		return;
	loop_del(&s->io);
	(void)close(s->io.fd);
}

int
signals_pending(const struct signals *s)
{
	struct signalfd_siginfo	info;

	if (read(s->io.fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}
