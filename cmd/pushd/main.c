/* pushd - the server.  Its manual is pushd(8). */
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/opt.h"
#include "base/term.h"
#include "config.h"
#include "server.h"

#define EXIT_CONFIG		78	/* EX_CONFIG */
#define EXIT_UNAVAILABLE	69	/* EX_UNAVAILABLE */

struct commands {
	bool	init, test, print;
};

static int
parse(int argc, char **argv, struct config_flags *f, struct commands *c)
{
	const struct opt		options[] = {
		{ 'c', "config", "FILE", "read the configuration from FILE",
		    OPT_STRING, &f->file },
		{ 'D', "dir", "DIR", "keep the data in DIR", OPT_STRING,
		    &f->dir },
		{ 'l', "listen", "ADDR:PORT[,tls=POLICY]",
		    "listen for devices there", OPT_LIST, &f->listen },
		{ 'S', "socket", "PATH", "the control socket", OPT_STRING,
		    &f->socket },
		{ 'o', "option", "NAME=VALUE",
		    "any line of the configuration", OPT_LIST, &f->set },
		{ 0, "init", NULL, "make the data folder and an operator",
		    OPT_FLAG, &c->init },
		{ 't', "test", NULL, "check the configuration", OPT_FLAG,
		    &c->test },
		{ 'T', "print", NULL, "print the effective configuration",
		    OPT_FLAG, &c->print },
		{ 'v', "verbose", NULL, "log more", OPT_FLAG, &f->verbose },
		{ 0, "log", "text|json", "form of the log", OPT_STRING,
		    &f->log },
		{ 0 },
	};
	const struct opt_program	program = { "pushd",
	    "[-c FILE] [-D DIR] [-l ADDR:PORT[,tls=POLICY]]... [-S PATH] "
	    "[-o NAME=VALUE]... [--init] [-t | -T] [-v] [--log text|json]",
	    "push notifications over XMPP: the server", options };
	int				rc, operands;

	rc = opt_parse(&program, argc, argv, &operands);
	if (rc == -1 && operands > 0)
		return opt_usage_error(&program, "unexpected argument '%s'",
		    argv[0]);
	return rc;
}

/*
 * Signals are read from a descriptor, in every thread; a peer that went is
 * an error of write, a full file one of the store.
 */
static void
prepare_process(void)
{
	struct rlimit	no_core = { 0, 0 }, files;
	sigset_t	set;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)umask(0077);
	(void)setrlimit(RLIMIT_CORE, &no_core);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
}

/* From here on as the user of the configuration, and never root again. */
static int
drop_privileges(const char *name, struct err_text *why)
{
	struct passwd	*pw;

	if (name == NULL || geteuid() != 0)
		return 0;
	if ((pw = getpwnam(name)) == NULL)
		return err_set(why, "user: no such user '%.64s'", name);
	if (initgroups(name, pw->pw_gid) != 0 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) != 0 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) != 0 ||
	    (pw->pw_uid != 0 && setuid(0) == 0))
		return err_set(why, "user: cannot become '%.64s'", name);
	return 0;
}

static int
complain(const char *what, int code)
{
	fprintf(stderr, "pushd: %s\n", what);
	return code;
}

static int
serve(struct config *cfg, const struct config_flags *flags)
{
	struct err_text	why;
	struct pushd	pd;
	int		rc;

	(void)prctl(PR_SET_DUMPABLE, 0);
	rc = server_open(&pd, cfg, &why);
	if (rc == 0)
		rc = server_run(&pd, flags, &why);
	if (rc != 0)
		(void)complain(why.s, 0);
	server_close(&pd);
	return rc == 0 ? 0 : EXIT_UNAVAILABLE;
}

/* What was asked for; takes the reference to the configuration. */
static int
carry_out(struct config *cfg, const struct config_flags *flags,
    const struct commands *c)
{
	struct err_text	why;
	int		rc = 0;

	if (c->print)
		config_print(cfg, stdout);
	if (!c->print && !c->test) {
		prepare_process();
		if (drop_privileges(cfg->user, &why) != 0)
			rc = complain(why.s, EXIT_CONFIG);
		else if (!c->init)
			return serve(cfg, flags);
		else if (server_init(cfg, &why) != 0)
			rc = complain(why.s, EXIT_UNAVAILABLE);
	}
	config_unref(&cfg);
	return fflush(stdout) == 0 ? rc : 1;
}

int
main(int argc, char **argv)
{
	struct config_flags	 flags = { 0 };
	struct commands		 commands = { 0 };
	struct config		*cfg = NULL;
	struct err_text		 why;
	int			 rc;

	term_hold();
	rc = parse(argc, argv, &flags, &commands);
	if (rc == -1 && (cfg = config_load(&flags, &why)) == NULL)
		rc = complain(why.s, EXIT_CONFIG);
	if (rc == -1) {
		log_init("pushd", cfg->log_json);
		log_set_level((enum log_level)cfg->log_level);
		rc = carry_out(cfg, &flags, &commands);
	}
	opt_list_release(&flags.listen);
	opt_list_release(&flags.set);
	return rc;
}
