#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "config_listen.h"
#include "config_said.h"
#include "config_table.h"
#include "ctl/ctl.h"
#include "xmpp/jid.h"

#define FILE_MAX	((size_t)1024 * 1024)	/* bytes of a file */
#define TOKEN_MIN	8			/* bytes of a token */
#define TOKEN_MAX	256
#define DEPTH_LOGIN	8	/* no stanza before login is deeper */

/* Reads what was said, else the default, of every name but listen. */
static int
apply_single(const struct config_said *said, struct config *c)
{
	const struct config_row	*row;
	struct err_text		 why;
	const char		*text;

	for (row = config_rows; row->name != NULL; row++) {
		text = config_said_text(said, row->name);
		if (text == NULL)
			text = row->fallback;
		if (row->kind == CONFIG_LISTEN || text == NULL)
			continue;
		if (config_row_set(row, c, text, &why) != 0)
			return config_said_wrong(said, row->name, why.s);
	}
	return 0;
}

static int
apply_listen(const struct config_said *said, struct config *c)
{
	const struct config_row	*row = config_row_find("listen", 6);
	struct err_text		 why;
	size_t			 i;

	for (i = 0; i < said->listens; i++)
		if (config_listen_add(c, said->listen[i].text, &why) != 0)
			return config_said_wrong_listen(said, i, why.s);
	if (said->listens == 0)
		return config_listen_add(c, row->fallback, said->err);
	return 0;
}

static void
default_domain(struct config *c)
{
	char	host[256] = "", prepared[JID_PART + 1];

	if (gethostname(host, sizeof(host) - 1) != 0 ||
	    jid_prep_domain(host, strlen(host), prepared) != PUSH_OK)
		(void)snprintf(prepared, sizeof(prepared), "localhost");
	c->domain = mem_strndup(prepared, strlen(prepared));
}

/* The control socket of a data folder of one's own lies in that folder. */
static int
default_socket(const struct config_said *said, struct config *c)
{
	const struct config_row	*row = config_row_find("socket", 6);
	struct err_text		 why;
	struct buf		 b;
	int			 rc;

	buf_init(&b, strlen(c->dir) + 32);
	if (strcmp(c->dir, CONFIG_DIR) == 0)
		buf_puts(&b, CTL_SOCKET);
	else
		buf_printf(&b, "%s/pushd.sock", c->dir);
	rc = config_row_set(row, c, buf_str(&b), &why);
	if (rc != 0)
		rc = err_set(said->err, "socket: %s: %s", buf_str(&b), why.s);
	buf_release(&b);
	return rc;
}

/*
 * Output that has room for any push at all times, or the same push would end
 * one session after the other.  In XML each byte may become six ("&apos;"),
 * a title is there three times (subject, body, json), and session_flush()
 * begins with a push until a quarter is in use.
 */
static uint64_t
output_for(uint64_t object_max)
{
	return object_max * 6 * 3 * 4 / 3 + 64 * 1024;
}

/* The defaults that depend on the machine or on other settings. */
static int
compute(const struct config_said *said, struct config *c)
{
	long	cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (c->domain == NULL)
		default_domain(c);
	if (c->socket == NULL && default_socket(said, c) != 0)
		return -1;
	if (c->shards == 0)
		c->shards = cores < 1 ? 1 : cores > CONFIG_SHARDS ?
		    CONFIG_SHARDS : (unsigned)cores;
	if (config_said_text(said, "legacy") == NULL)
		c->legacy = c->registration == CONFIG_REG_OPEN;
	if (c->output_max == 0)
		c->output_max = output_for(c->object_max);
	c->xml_pre.depth = DEPTH_LOGIN;
	c->xml_pre.children = c->xml_post.children;
	c->xml_pre.attributes = c->xml_post.attributes;
	c->xml_pre.namespaces = c->xml_post.namespaces;
	c->xml_pre.name = c->xml_post.name;
	return 0;
}

static int
check_pair(const struct config_said *said, const struct config *c, size_t i,
    const char *cert, const char *key)
{
	struct err_text	why;

	if ((c->cert[i] == NULL) == (c->key[i] == NULL))
		return 0;
	(void)err_set(&why, "it stands alone (set %s, too)",
	    c->cert[i] == NULL ? cert : key);
	if (c->cert[i] == NULL)
		cert = key;
	return config_said_wrong(said, cert, why.s);
}

static int
check(const struct config_said *said, const struct config *c)
{
	struct err_text	why;

	if (check_pair(said, c, 0, "certificate", "key") != 0 ||
	    check_pair(said, c, 1, "certificate-rsa", "key-rsa") != 0)
		return -1;
	if (c->user != NULL && getpwnam(c->user) == NULL)
		return config_said_wrong(said, "user",
		    "there is no such user (create it, or leave user out)");
	if (c->queue_bytes < c->object_max)
		return config_said_wrong(said, "queue",
		    "its bytes cannot hold one push (give at least "
		    "object-size)");
	if (c->output_max >= output_for(c->object_max))
		return 0;
	(void)err_set(&why, "it cannot hold one push in XML (give at least "
	    "%llu)", (unsigned long long)output_for(c->object_max));
	return config_said_wrong(said, "output-size", why.s);
}

/* The first line of a file that others cannot read.  Returns 0 or -1. */
static int
read_token(int fd, struct config *c, struct err_text *why)
{
	char		line[TOKEN_MAX + 2];
	struct stat	st;
	ssize_t		n;
	size_t		len;
	int		rc = 0;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(why, "it is no plain file (name one that holds "
		    "the token)");
	if ((st.st_mode & (S_IROTH | S_IWOTH)) != 0)
		return err_set(why, "everybody may read it or write to it "
		    "(chmod o= it)");
	if ((n = read(fd, line, sizeof(line))) < 0)
		return err_set(why, "%s (make it readable)", strerror(errno));
	for (len = 0; len < (size_t)n && line[len] != '\n'; len++)
		continue;
	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (len < TOKEN_MIN || len > TOKEN_MAX || !utf8_valid_xml(line, len))
		rc = err_set(why, "its first line is no token (write %d to %d "
		    "bytes of text)", TOKEN_MIN, TOKEN_MAX);
	else
		c->registration_token = mem_strndup(line, len);
	explicit_bzero(line, sizeof(line));
	return rc;
}

static int
load_token(const struct config_said *said, struct config *c)
{
	static const char	name[] = "registration-token-file";
	struct err_text		why;
	int			fd, rc;

	if (c->registration != CONFIG_REG_TOKEN)
		return 0;
	if (c->registration_token_file == NULL)
		return config_said_wrong(said, "registration",
		    "there is no token (set registration-token-file)");
	fd = open(c->registration_token_file,
	    O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		(void)err_set(&why, "%s (name a file that holds the token)",
		    strerror(errno));
		return config_said_wrong(said, name, why.s);
	}
	rc = read_token(fd, c, &why);
	(void)close(fd);
	return rc == 0 ? 0 : config_said_wrong(said, name, why.s);
}

/* From texts to a whole configuration.  Returns 0, or -1 and a sentence. */
static int
understand(const struct config_said *said, struct config *c)
{
	if (apply_single(said, c) != 0 || compute(said, c) != 0 ||
	    apply_listen(said, c) != 0 || check(said, c) != 0)
		return -1;
	return load_token(said, c);
}

struct config *
config_parse(const char *text, size_t n, const char *file,
    const struct config_flags *flags, struct err_text *err)
{
	struct config_said	 said;
	struct config		*c = mem_zalloc(1, sizeof(*c));

	atomic_init(&c->refs, 1);
	config_said_init(&said, file, err);
	if (config_said_file(&said, text, n) != 0 ||
	    config_said_flags(&said, flags) != 0 ||
	    understand(&said, c) != 0)
		config_unref(&c);
	config_said_release(&said);
	return c;
}

/* Appends a whole file.  Returns 0, or -1 with errno. */
static int
slurp(const char *path, struct buf *b)
{
	char	chunk[4096];
	ssize_t	n;
	int	fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_put(b, chunk, (size_t)n);
	(void)close(fd);
	if (n == 0 && !buf_ok(b)) {
		errno = EFBIG;
		return -1;
	}
	return n < 0 ? -1 : 0;
}

struct config *
config_load(const struct config_flags *flags, struct err_text *err)
{
	struct config	*c = NULL;
	struct buf	 b;

	buf_init(&b, FILE_MAX);
	if (flags->file != NULL && slurp(flags->file, &b) != 0)
		(void)err_set(err, "%.200s: %s (name a readable file with -c)",
		    flags->file, strerror(errno));
	else
		c = config_parse(buf_str(&b), b.len, flags->file != NULL ?
		    flags->file : "", flags, err);
	buf_release(&b);
	return c;
}

bool
config_keep(struct config *fresh, const struct config *old)
{
	static const char *const	names[] = {
		"domain", "dir", "socket", "user", "tls", "legacy", "shards",
		"loop", "log",
	};
	bool				changed;
	size_t				i;

	changed = config_listen_copy(fresh, old);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		changed |= config_row_copy(config_row_find(names[i],
		    strlen(names[i])), fresh, old);
	return changed;
}

struct config *
config_ref(struct config *c)
{
	atomic_fetch_add(&c->refs, 1);
	return c;
}

void
config_unref(struct config **cp)
{
	const struct config_row	*row;
	struct config		*c = *cp;

	*cp = NULL;
	if (c == NULL || atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	for (row = config_rows; row->name != NULL; row++)
		config_row_free(row, c);
	config_listen_release(c);
	if (c->registration_token != NULL)
		mem_free_secret(c->registration_token,
		    strlen(c->registration_token));
	free(c);
}
