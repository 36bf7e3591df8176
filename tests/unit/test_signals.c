#include <signal.h>

#include "io/signals.h"
#include "tap.h"

struct listener {
	struct signals	 signals;
	struct loop	*loop;
	int		 heard;
};

static void
on_signal(void *arg, int number)
{
	struct listener	*l = arg;

	l->heard = number;
	loop_stop(l->loop);
}

int
main(void)
{
	struct err_text	why;
	struct listener	l = { .loop = loop_new("auto", &why) };
	sigset_t	none;

	ok(signals_watch(&l.signals, l.loop, on_signal, &l) == 0 &&
	    signals_pending(&l.signals) == 0, "no signal is pending at first");
	(void)raise(SIGTERM);
	ok(signals_pending(&l.signals) == SIGTERM, "a signal is held back");
	ok(signals_pending(&l.signals) == 0, "and comes once");
	(void)raise(SIGINT);
	loop_run(l.loop);
	ok(l.heard == SIGINT, "the loop hears of it");
	(void)raise(SIGHUP);
	ok(signals_pending(&l.signals) == SIGHUP, "so it is with SIGHUP");
	signals_release(&l.signals);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGHUP, SIG_IGN);
	ok(signals_watch(&l.signals, l.loop, on_signal, &l) == 0 &&
	    raise(SIGHUP) == 0 && signals_pending(&l.signals) == 0,
	    "but one that is ignored stays ignored");
	signals_release(&l.signals);
	loop_free(&l.loop);
	return tap_done();
}
