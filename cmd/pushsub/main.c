/* pushsub - be a device, or thousands of them. */
#include <string.h>

#include "base/format.h"
#include "base/num.h"
#include "base/opt.h"
#include "base/secret.h"
#include "password.h"
#include "run.h"

#define RAMP		1000	/* connections a second, without --ramp */
#define DEVICES_MAX	1000000

#define EXIT_DATA	65
#define EXIT_NOINPUT	66

/* The options as they were given. */
static struct given {
	const char	*server, *user, *tls, *ca, *ack, *ramp, *expect;
	const char	*output, *password_file;
	uint64_t	 devices;
} given = {
	.server = "localhost", .tls = NULL, .ack = "auto", .devices = 1,
};

static struct settings	set = { .ramp = RAMP };

static const struct opt	options[] = {
	{ 's', "server", "HOST[:PORT]", "the server (localhost:5222)",
	    OPT_STRING, &given.server },
	{ 'u', "user", "JID|NAME", "the device, such as 'dev-%05d'",
	    OPT_STRING, &given.user },
	{ 'n', "devices", "N", "be N devices", OPT_COUNT, &given.devices },
	{ 0, "register", NULL, "register before logging in", OPT_FLAG,
	    &set.make },
	{ 0, "legacy", NULL, "behave as the androidpn client", OPT_FLAG,
	    &set.legacy },
	{ 0, "tls", "POLICY", "require, optional, direct or off",
	    OPT_STRING, &given.tls },
	{ 0, "ca", "FILE", "certificates to trust, PEM", OPT_STRING,
	    &set.ca },
	{ 0, "insecure", NULL, "do not check the certificate", OPT_FLAG,
	    &set.insecure },
	{ 0, "password-file", "FILE", "the password; - is stdin",
	    OPT_STRING, &given.password_file },
	{ 'C', "count", "COUNT", "leave after so many pushes", OPT_COUNT,
	    &set.count },
	{ 'W', "idle", "TIME", "give up when none comes for so long",
	    OPT_DURATION, &set.idle_ms },
	{ 0, "expect", "N", "exit 1 if fewer came, or one twice",
	    OPT_STRING, &given.expect },
	{ 0, "state", "FILE", "remember the last ids across runs",
	    OPT_STRING, &set.state_file },
	{ 0, "ack", "HOW", "auto, or none: never acknowledge", OPT_STRING,
	    &given.ack },
	{ 'e', "exec", "COMMAND", "run it per push; exit 0 acknowledges",
	    OPT_STRING, &set.command },
	{ 0, "ramp", "RATE", "connections started per second", OPT_STRING,
	    &given.ramp },
	{ 0, "stats", "TIME", "counts on stderr so often, and at the end",
	    OPT_DURATION, &set.stats_ms },
	{ 'o', "output", "FORM", "json, text or none", OPT_STRING,
	    &given.output },
	{ 'F', "format", "FORMAT", "such as '%{id} %{to}\\n'", OPT_STRING,
	    &set.format },
	{ 'q', "quiet", NULL, "only errors on stderr", OPT_FLAG,
	    &set.quiet },
	{ 'v', "verbose", NULL, "say when devices come and go", OPT_FLAG,
	    &set.verbose },
	{ 0 },
};

static const struct opt_program	program = {
	.name = "pushsub",
	.synopsis = "[-s HOST[:PORT]] -u JID|NAME [-n N] [OPTION]...",
	.about = "receive pushes as a device, or as many",
	.options = options,
};

static const char *const	fields[] = {
	"id", "to", "title", "message", "uri", "data", "priority", "sent",
	"received", "latency_ms", "dup", NULL,
};

static int
read_tls(void)
{
	static const char *const	words[] = {
		[TLS_POLICY_REQUIRE] = "require",
		[TLS_POLICY_OPTIONAL] = "optional",
		[TLS_POLICY_DIRECT] = "direct",
		[TLS_POLICY_OFF] = "off",
	};
	size_t	i;

	/* A phone of androidpn checks no certificate and takes what it gets. */
	if (set.legacy && set.ca == NULL)
		set.insecure = true;
	set.tls = set.legacy ? TLS_POLICY_OPTIONAL : TLS_POLICY_REQUIRE;
	if (given.tls == NULL)
		return -1;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i], given.tls) == 0) {
			set.tls = (enum settings_tls)i;
			return -1;
		}
	return opt_usage_error(&program,
	    "--tls %s: it is require, optional, direct or off", given.tls);
}

static int
read_ack(void)
{
	if (strcmp(given.ack, "auto") == 0)
		set.ack = ACK_AUTO;
	else if (strcmp(given.ack, "none") == 0)
		set.ack = ACK_NONE;
	else
		return opt_usage_error(&program,
		    "--ack %s: it is auto or none", given.ack);
	return -1;
}

/* "500/s" or "500". */
static int
read_ramp(void)
{
	size_t	n;

	if (given.ramp == NULL)
		return -1;
	n = strlen(given.ramp);
	if (n > 2 && strcmp(given.ramp + n - 2, "/s") == 0)
		n -= 2;
	if (num_parse(given.ramp, n, 1, UINT32_MAX, &set.ramp) == 0)
		return -1;
	return opt_usage_error(&program, "--ramp %s: a rate is such as 500/s",
	    given.ramp);
}

static int
read_counts(void)
{
	if (given.devices == 0 || given.devices > DEVICES_MAX)
		return opt_usage_error(&program, "-n: 1 to %d devices",
		    DEVICES_MAX);
	set.devices = (size_t)given.devices;
	set.expects = given.expect != NULL;
	if (set.expects && num_parse(given.expect, strlen(given.expect), 0,
	    UINT64_MAX, &set.expect) != 0)
		return opt_usage_error(&program, "--expect: '%s' is not a "
		    "number", given.expect);
	return -1;
}

static int
read_settings(int operands)
{
	int	rc;

	if (operands > 0)
		return opt_usage_error(&program, "it takes options only");
	set.server = given.server;
	set.user = given.user;
	if (set.user == NULL && !set.legacy)
		return opt_usage_error(&program, "who am I? (-u JID|NAME)");
	if (set.ca != NULL && set.insecure)
		return opt_usage_error(&program,
		    "--ca and --insecure exclude each other");
	if ((rc = read_tls()) != -1 || (rc = read_ack()) != -1 ||
	    (rc = read_ramp()) != -1 || (rc = read_counts()) != -1)
		return rc;
	return format_choose(&program, given.output, set.format, fields,
	    &set.output);
}

/*
 * From a file or the environment; what else there is comes later.  Returns 0
 * or an exit code.
 */
static int
take_password(struct err_text *why)
{
	struct buf	raw;
	bool		any = true;
	int		rc = 0;

	secret_init(&raw);
	secret_init(&set.password);
	if (given.password_file == NULL)
		any = secret_from_env(&raw, "PUSH_PASSWORD");
	else if (secret_from_file(&raw, given.password_file, why) != 0)
		rc = EXIT_NOINPUT;
	if (rc == 0 && any && password_prepare(&raw, &set.password, why) != 0)
		rc = EXIT_DATA;
	buf_release_secret(&raw);
	return rc;
}

int
main(int argc, char **argv)
{
	struct err_text	why;
	int		operands, rc;

	term_hold();
	if ((rc = opt_parse(&program, argc, argv, &operands)) != -1 ||
	    (rc = read_settings(operands)) != -1)
		return rc;
	if ((rc = take_password(&why)) != 0)
		term_tell(program.name, "%s", why.s);
	else
		rc = run_all(&set);
	buf_release_secret(&set.password);
	return rc;
}
