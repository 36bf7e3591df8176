/* The configuration: what is read, refused, defaulted and printed. */
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "pushd/config.h"
#include "pushd/config_table.h"
#include "tap.h"

static struct err_text	err;

static struct config *
parse_with(const char *text, const struct config_flags *flags)
{
	err.s[0] = '\0';
	return config_parse(text, strlen(text), "f", flags, &err);
}

static struct config *
parse(const char *text)
{
	struct config_flags	none = { 0 };

	return parse_with(text, &none);
}

/* Whether a file is refused with just this sentence. */
static bool
refused(const char *text, const char *sentence)
{
	struct config	*c = parse(text);
	bool		 as_said = c == NULL && strcmp(err.s, sentence) == 0;

	if (!as_said)
		printf("# got: %s\n", c != NULL ? "success" : err.s);
	config_unref(&c);
	return as_said;
}

static void
test_defaults(void)
{
	struct config	*c = parse("");

	ok(c != NULL, "an empty file is a configuration");
	if (c == NULL)
		return;
	ok(c->domain[0] != '\0', "the domain is the host's name");
	ok(strcmp(c->dir, "/var/lib/push") == 0 &&
	    strcmp(c->socket, "/run/push/pushd.sock") == 0,
	    "the folders are those of a system service");
	ok(c->listener_count == 1 &&
	    strcmp(c->listeners[0].address, "*:5222") == 0 &&
	    c->listeners[0].tls == CONFIG_TLS_REQUIRED &&
	    !c->listeners[0].legacy && !c->listeners[0].legacy_tls,
	    "one listener, TLS required, no legacy");
	ok(c->registration == CONFIG_REG_CLOSED &&
	    c->log_level == LOG_INFO && !c->log_json && c->user == NULL,
	    "registration is closed, the log is text");
	ok(c->ttl_ms == INT64_C(2419200000) &&
	    c->history_ms == INT64_C(604800000) && c->login_ms == 30000 &&
	    c->idle_ms == 900000 && c->ack_ms == 30000 &&
	    c->resume_ms == 300000, "durations have their defaults");
	ok(c->queue_count == 1000 && c->queue_bytes == 4194304 &&
	    c->object_max == 65536 && c->output_max == 1638400,
	    "sizes have their defaults");
	ok(c->xml_post.stanza == 65536 && c->xml_post.depth == 64 &&
	    c->xml_post.children == 1000 && c->xml_post.attributes == 64 &&
	    c->xml_post.namespaces == 16 && c->xml_post.name == 256,
	    "limits after login have their defaults");
	ok(c->xml_pre.stanza == 16384 && c->xml_pre.depth == 8 &&
	    c->xml_pre.children == 1000 && c->xml_pre.attributes == 64 &&
	    c->xml_pre.namespaces == 16 && c->xml_pre.name == 256,
	    "strangers get a smaller stanza and less depth");
	ok(c->shards >= 1 && c->shards <= CONFIG_SHARDS &&
	    strcmp(c->loop, "auto") == 0 && c->tries == 3 &&
	    c->sessions_max == 10 && c->window == 64 && c->inflight == 10000 &&
	    c->control_clients == 64 && c->iterations == 4096 &&
	    c->registration_rate == 3600, "counts have their defaults");
	config_unref(&c);
	ok(c == NULL, "the last reference is gone");
}

static void
test_syntax(void)
{
	struct config	*c;

	c = parse("# comment\r\n\r\n \t domain = Push.Example.ORG # ours\r\n"
	    "ttl=90s\n\thistory\t=\toff\nqueue = 7,1M\nloop = epoll\n"
	    "dir = /srv/a#b\nshards = 3");
	ok(c != NULL, "comments, blanks, CRs and a last line without LF");
	if (c == NULL)
		return;
	ok(strcmp(c->domain, "push.example.org") == 0,
	    "the domain is prepared");
	ok(c->ttl_ms == 90000 && c->history_ms == 0 && c->queue_count == 7 &&
	    c->queue_bytes == 1048576 && strcmp(c->loop, "epoll") == 0 &&
	    c->shards == 3, "values are taken");
	ok(strcmp(c->dir, "/srv/a#b") == 0,
	    "a '#' inside a word is no comment");
	ok(strcmp(c->socket, "/srv/a#b/pushd.sock") == 0,
	    "the socket follows a folder of one's own");
	config_unref(&c);
}

static void
test_refusals(void)
{
	ok(refused("\nnonsense = 1\n", "f:2: nonsense: there is no such name "
	    "(pushd -T lists all of them)"), "an unknown name is refused");
	ok(refused("a\033b = 1", "f:1: line: it holds a control character "
	    "(remove it)"), "a control character never reaches a terminal");
	ok(refused("ttl", "f:1: ttl: it has no value (write name = value)"),
	    "a name alone is refused");
	ok(refused("ttl = 1d\nttl = 2d", "f:2: ttl: it was set before (remove "
	    "one of the two lines)"), "a second value is refused");
	ok(refused("tls = maybe", "f:1: tls: 'maybe' is not possible (choose "
	    "required, optional, direct or off)"), "a wrong word is refused");
	ok(refused("shards = 65", "f:1: shards: '65' is not possible (give a "
	    "number from 1 to 64)"), "a count out of range is refused");
	ok(refused("shards = 0", "f:1: shards: '0' is not possible (give a "
	    "number from 1 to 64)"), "zero shards are refused");
	ok(refused("window = 64k", "f:1: window: '64k' is not possible (give "
	    "a number from 1 to 1024)"), "a count takes no suffix");
	ok(refused("object-size = 4095", "f:1: object-size: '4095' is not "
	    "possible (give a size from 4k to 512k)"),
	    "a size one byte below the least is refused");
	ok(refused("stanza-size = 9999", "f:1: stanza-size: '9999' is not "
	    "possible (give a size from 10000 to 512k)"),
	    "RFC 6120's 10,000 bytes are always accepted");
	ok(refused("ttl = off", "f:1: ttl: 'off' is not possible (give a "
	    "duration such as 90s from 1s to 3650d)"),
	    "a time to live cannot be off");
	ok(refused("ttl = -1s", "f:1: ttl: '-1s' is not possible (give a "
	    "duration such as 90s from 1s to 3650d)"),
	    "a negative duration is refused");
	ok(refused("queue = 10,", "f:1: queue: '10,' is not possible (give "
	    "COUNT[,BYTES] from 1,64k to 1000000,1G)"),
	    "a queue's bytes may not be empty");
	ok(refused("dir =", "f:1: dir: it may not be empty (leave the line "
	    "out for the default)"), "an empty folder is refused");
	ok(refused("key =#k", "f:1: key: it may not be empty (leave the line "
	    "out for the default)"), "and so is what is a comment only");
	ok(refused("domain = a b", "f:1: domain: 'a b' is no domain (give a "
	    "name such as push.example.org)"), "a wrong domain is refused");
	ok(refused("key = /k", "f:1: key: it stands alone (set certificate, "
	    "too)"), "a key without its certificate is refused");
	ok(refused("certificate-rsa = /c", "f:1: certificate-rsa: it stands "
	    "alone (set key-rsa, too)"), "and the reverse");
	ok(refused("user = no-such-user-here", "f:1: user: there is no such "
	    "user (create it, or leave user out)"), "so is an unknown user");
	ok(refused("queue = 5,64k\nobject-size = 128k", "f:1: queue: its "
	    "bytes cannot hold one push (give at least object-size)"),
	    "a queue holds at least one push");
	ok(refused("output-size = 1M\nobject-size = 512k", "f:1: "
	    "output-size: it cannot hold one push in XML (give at least "
	    "12648448)"), "output holds at least one push");
}

static void
test_long_socket(void)
{
	struct config	*c;
	char		 text[200] = "dir = /";

	memset(text + 7, 'd', 150);
	c = parse(text);
	ok(c == NULL && strncmp(err.s, "socket: /ddd", 12) == 0 &&
	    strstr(err.s, "it is 162 bytes long (give at most 107)") != NULL,
	    "a socket's path that the kernel would cut is refused");
	config_unref(&c);
}

static void
test_computed(void)
{
	struct config	*c;

	c = parse("registration = open\nlisten = 1:1\nlisten = [::1]:2,"
	    "legacy=off,tls=direct,legacy-tls=on\ntls = optional\n");
	ok(c != NULL && c->legacy && c->listeners[0].legacy &&
	    !c->listeners[1].legacy, "open registration brings legacy login");
	ok(c != NULL && c->listeners[0].tls == CONFIG_TLS_OPTIONAL &&
	    c->listeners[1].tls == CONFIG_TLS_DIRECT &&
	    c->listeners[1].legacy_tls &&
	    strcmp(c->listeners[1].address, "[::1]:2") == 0,
	    "a listener that names no policy has the general one");
	config_unref(&c);
	c = parse("registration = open\nlegacy = off\nlisten = 1:1,legacy=on");
	ok(c != NULL && !c->legacy && c->listeners[0].legacy,
	    "legacy can be set for all, and for one listener");
	config_unref(&c);
	c = parse("object-size = 512k");
	ok(c != NULL && c->output_max == 12648448,
	    "output grows with the size of a push");
	config_unref(&c);
}

static void
test_listeners(void)
{
	struct config	*c;
	struct buf	 b;
	size_t		 i;

	ok(refused("listen = ::1:5222", "f:1: listen: '::1:5222' is not clear "
	    "(put an IPv6 address in brackets)"), "a bare IPv6 is refused");
	ok(refused("listen = host", "f:1: listen: 'host' is no address (give "
	    "ADDR:PORT such as 127.0.0.1:5222, [::]:5222 or *:5222)"),
	    "an address without a port is refused");
	ok(refused("listen = a:65536", "f:1: listen: 'a:65536' is no address "
	    "(give ADDR:PORT such as 127.0.0.1:5222, [::]:5222 or *:5222)"),
	    "a port beyond 65535 is refused");
	ok(refused("listen = a:1,tls", "f:1: listen: '' is not possible "
	    "(choose required, optional, direct or off)"),
	    "a policy needs its value");
	ok(refused("listen = a:1,color=red", "f:1: listen: 'color=red' is no "
	    "policy of a listener (there are tls=, legacy= and "
	    "legacy-tls=)"), "an unknown policy is refused");
	c = parse("listen = 5222,tls=off");
	ok(c != NULL && strcmp(c->listeners[0].address, "5222") == 0,
	    "a port alone is an address");
	config_unref(&c);
	buf_init(&b, 1024);
	for (i = 0; i < CONFIG_LISTENERS + 1; i++)
		buf_printf(&b, "listen = %zu\n", i);
	ok(refused(buf_str(&b), "f:17: listen: there are too many listeners (leave "
	    "some out)"), "the seventeenth listener is refused");
	buf_release(&b);
}

static void
test_flags(void)
{
	const char		*set[] = { "shards=2", "shards = 4", "ttl=1h" };
	const char		*listen[] = { "127.0.0.1:0,tls=off" };
	struct config_flags	 f = {
		.dir = "/tmp/x", .log = "json", .verbose = true,
		.set = { set, 3 }, .listen = { listen, 1 },
	};
	struct config		*c;

	c = parse_with("listen = *:1\nlisten = *:2\nttl = 2h\ndir = /y\n", &f);
	ok(c != NULL && c->listener_count == 1 &&
	    strcmp(c->listeners[0].address, "127.0.0.1:0") == 0,
	    "-l replaces the file's listeners");
	ok(c != NULL && c->shards == 4 && c->ttl_ms == 3600000 &&
	    strcmp(c->dir, "/tmp/x") == 0 && c->log_json &&
	    c->log_level == LOG_DEBUG,
	    "the command line wins over the file, its last word over others");
	config_unref(&c);
	set[1] = "shards=x";
	c = parse_with("", &f);
	ok(c == NULL && strcmp(err.s, "-o shards=x: 'x' is not possible (give "
	    "a number from 1 to 64)") == 0, "-o is named in the sentence");
	set[1] = "shards";
	c = parse_with("", &f);
	ok(c == NULL && strstr(err.s, "has no value") != NULL,
	    "-o without a value is refused");
	set[1] = "ttl=1h";
	listen[0] = "x";
	c = parse_with("", &f);
	ok(c == NULL && strncmp(err.s, "-l x: 'x' is no address", 23) == 0,
	    "-l is named in the sentence");
	listen[0] = "x:1";
	f.log = "xml";
	c = parse_with("", &f);
	ok(c == NULL && strncmp(err.s, "--log xml: 'xml' is not", 23) == 0,
	    "--log is named in the sentence");
}

/* Writes a token file; returns what a configuration that names it gives. */
static struct config *
with_token(const char *path, const char *line, mode_t mode)
{
	char	 text[512];
	FILE	*f = fopen(path, "w");

	if (f == NULL)
		return NULL;
	fputs(line, f);
	(void)fclose(f);
	(void)chmod(path, mode);
	(void)snprintf(text, sizeof(text), "registration = token\n"
	    "registration-token-file = %s\n", path);
	return parse(text);
}

static void
test_token(const char *dir)
{
	struct config	*c;
	char		 path[256], big[300];

	(void)snprintf(path, sizeof(path), "%s/token", dir);
	ok(refused("registration = token", "f:1: registration: there is no "
	    "token (set registration-token-file)"), "a token must come from "
	    "a file");
	c = with_token(path, "let-me-in\r\nsecond line\n", 0640);
	ok(c != NULL && strcmp(c->registration_token, "let-me-in") == 0,
	    "the token is the first line");
	config_unref(&c);
	c = with_token(path, "let-me-in", 0644);
	ok(c == NULL && strstr(err.s, "f:2: registration-token-file: "
	    "everybody may read it") != NULL, "everybody's file is refused");
	c = with_token(path, "short", 0600);
	ok(c == NULL && strstr(err.s, "is no token") != NULL,
	    "a short token is refused");
	memset(big, 'x', sizeof(big));
	big[257] = '\0';
	c = with_token(path, big, 0600);
	ok(c == NULL && strstr(err.s, "is no token") != NULL,
	    "a token of 257 bytes is refused");
	big[256] = '\0';
	c = with_token(path, big, 0600);
	ok(c != NULL && strcmp(c->registration_token, big) == 0,
	    "one of 256 bytes is taken whole");
	config_unref(&c);
	(void)unlink(path);
}

static size_t
print_to(const struct config *c, char *out, size_t size)
{
	FILE	*f = fmemopen(out, size, "w");

	if (f == NULL)
		return 0;
	config_print(c, f);
	(void)fclose(f);
	return strlen(out);
}

static void
test_print(const char *dir)
{
	struct config	*c, *again = NULL;
	char		 path[256], one[4096], two[4096];

	(void)snprintf(path, sizeof(path), "%s/token", dir);
	c = with_token(path, "tell-nobody", 0600);
	ok(c != NULL && print_to(c, one, sizeof(one)) > 0, "-T prints");
	ok(strstr(one, "tell-nobody") == NULL && strstr(one, path) != NULL,
	    "a secret is printed as its file's name");
	again = parse(one);
	ok(again != NULL && print_to(again, two, sizeof(two)) > 0 &&
	    strcmp(one, two) == 0, "what -T prints is a file with that sense");
	config_unref(&again);
	config_unref(&c);
	(void)unlink(path);
	c = parse("queue = 5,128k\nttl = 90m\nresume-time = 0\ndepth = 100\n"
	    "domain = d\nlisten = [::1]:0,tls=off\nlegacy = on\nlog = json");
	ok(c != NULL && print_to(c, one, sizeof(one)) > 0 &&
	    strstr(one, "\nqueue = 5,128k\n") != NULL &&
	    strstr(one, "\nttl = 90m\n") != NULL &&
	    strstr(one, "\nresume-time = off\n") != NULL &&
	    strstr(one, "\ndepth = 100\n") != NULL &&
	    strstr(one, "\n# user =\n") != NULL &&
	    strstr(one, "\nlog = json\n") != NULL &&
	    strstr(one, "\nlisten = [::1]:0,tls=off,legacy=on,"
	    "legacy-tls=off\n") != NULL, "values are printed as people write "
	    "them");
	config_unref(&c);
}

static void
test_load(const char *dir)
{
	struct config_flags	 flags = { 0 };
	struct config		*c;
	char			 path[256];
	FILE			*f;

	(void)snprintf(path, sizeof(path), "%s/pushd.conf", dir);
	flags.file = path;
	c = config_load(&flags, &err);
	ok(c == NULL && strstr(err.s, "/pushd.conf: No such file") != NULL,
	    "a missing file is named");
	f = fopen(path, "w");
	if (f != NULL) {
		fputs("domain = example.org\n", f);
		(void)fclose(f);
	}
	c = config_load(&flags, &err);
	ok(c != NULL && strcmp(c->domain, "example.org") == 0,
	    "a file is loaded");
	if (c != NULL) {
		struct config	*two = config_ref(c);

		config_unref(&c);
		ok(strcmp(two->domain, "example.org") == 0,
		    "a reference keeps it");
		config_unref(&two);
	}
	(void)unlink(path);
	flags.file = dir;
	c = config_load(&flags, &err);
	ok(c == NULL && strstr(err.s, "Is a directory") != NULL,
	    "a folder is no file");
}

static void
test_keep(void)
{
	struct config	*old, *fresh, *same;

	old = parse("domain = a\nlisten = 1:1\nshards = 2\nttl = 1d");
	same = parse("domain = a\nlisten = 1:1\nshards = 2\nttl = 2d");
	fresh = parse("domain = b\nlisten = 1:1\nlisten = 1:2,tls=off\n"
	    "shards = 3\nttl = 2d\nlegacy = on\nuser = root");
	ok(!config_keep(same, old) && same->ttl_ms == 172800000,
	    "a reload changes a time to live");
	ok(config_keep(fresh, old) && fresh->ttl_ms == 172800000 &&
	    strcmp(fresh->domain, "a") == 0 && fresh->shards == 2 &&
	    fresh->listener_count == 1 && !fresh->legacy &&
	    strcmp(fresh->listeners[0].address, "1:1") == 0 &&
	    fresh->user == NULL, "but not what only a start can");
	ok(!config_keep(fresh, old), "... and there is no difference left");
	config_unref(&old);
	config_unref(&same);
	config_unref(&fresh);
}

/* Reads the manual page, whole; NULL where the tree has none. */
static char *
manual(void)
{
	static char	 page[128 * 1024];
	FILE		*f = fopen("man/pushd.conf.5", "r");
	size_t		 n;

	if (f == NULL)
		return NULL;
	n = fread(page, 1, sizeof(page) - 1, f);
	(void)fclose(f);
	page[n] = '\0';
	return page;
}

/* Whether a name's paragraph holds the text. */
static bool
item_says(const char *item, const char *text)
{
	const char	*end = strstr(item + 1, "\n.It "), *at;

	at = strstr(item, text);
	return at != NULL && (end == NULL || at < end);
}

static void
test_manual_row(const char *page, const struct config_row *row)
{
	const char	*item;
	char		 text[128];
	struct buf	 b;

	(void)snprintf(text, sizeof(text), "\n.It Ic %s ", row->name);
	item = strstr(page, text);
	ok(item != NULL, "pushd.conf(5) knows %s", row->name);
	if (item == NULL)
		return;
	(void)snprintf(text, sizeof(text), "Default: %s.\n",
	    row->fallback != NULL ? row->fallback : "");
	ok(row->fallback == NULL ? item_says(item, "Default: ") :
	    item_says(item, text), "... and its default");
	if (row->kind != CONFIG_COUNT && row->kind != CONFIG_SIZE &&
	    row->kind != CONFIG_DURATION)
		return;
	buf_init(&b, 100);
	buf_puts(&b, "Range: ");
	config_row_number(row, row->min, &b);
	buf_puts(&b, " to ");
	config_row_number(row, row->max, &b);
	buf_puts(&b, ".\n");
	ok(item_says(item, buf_str(&b)), "... and its range");
	buf_release(&b);
}

static void
test_manual(void)
{
	const struct config_row	*row;
	const char		*page = manual(), *it;
	size_t			 rows = 0, items = 0;

	ok(page != NULL, "man/pushd.conf.5 is there");
	if (page == NULL)
		return;
	for (row = config_rows; row->name != NULL; row++, rows++)
		test_manual_row(page, row);
	for (it = page; (it = strstr(it, "\n.It Ic ")) != NULL; it++)
		items++;
	ok(items == rows, "it names nothing else: %zu of %zu", items, rows);
}

int
main(void)
{
	char	dir[] = "/tmp/test_config.XXXXXX";

	if (mkdtemp(dir) == NULL)
		return 1;
	test_defaults();
	test_syntax();
	test_refusals();
	test_long_socket();
	test_computed();
	test_listeners();
	test_flags();
	test_token(dir);
	test_print(dir);
	test_load(dir);
	test_keep();
	test_manual();
	(void)rmdir(dir);
	return tap_done();
}
