#include "commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/format.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "base/verdict.h"
#include "ctl/ctl.h"
#include "ctl/ctl_client.h"
#include "ctl/ctl_print.h"

#define EXIT_DATA	65
#define EXIT_NOINPUT	66
#define EXIT_UNREACHABLE 69

static const char *const	columns[] = {
	"user", "enabled", "online", "sessions", "queued", "created",
	"last_seen", "owner", NULL,
};

static void
begin(struct buf *request, const char *verb)
{
	buf_init(request, CTL_LINE_MAX);
	/* Room for a password: growing would leave copies of it. */
	(void)buf_reserve(request, 16384);
	ctl_msg_request(request, 1, verb);
}

/* Asks, and prints what is under "user" in each reply. */
static int
ask_and_print(const struct settings *s, const char *about,
    struct buf *request, bool rows, enum term_output output)
{
	struct ctl_print	pr;
	int			code;

	ctl_print_init(&pr, "user", rows ? columns : NULL, output, s->format);
	code = ctl_client_ask(settings_tool, s->socket, about, request,
	    ctl_print_reply, &pr);
	code = ctl_print_end(&pr, settings_tool, code);
	ctl_print_release(&pr);
	buf_release(request);
	return code;
}

int
commands_list(const struct settings *s)
{
	struct buf	request;

	begin(&request, "user-list");
	if (s->online)
		json_put_bool(&request, "online", true);
	return ask_and_print(s, NULL, &request, true, s->output);
}

int
commands_show(const struct settings *s)
{
	struct buf	request;

	begin(&request, "user-show");
	json_put_member(&request, "user", s->names[0]);
	return ask_and_print(s, s->names[0], &request, false, s->output);
}

int
commands_export(const struct settings *s)
{
	struct buf	request;

	begin(&request, "user-list");
	json_put_bool(&request, "secrets", true);
	return ask_and_print(s, NULL, &request, true,
	    s->output == TERM_NONE ? TERM_NONE : TERM_JSON);
}

/* ---- commands that change something ---- */

struct change {
	const struct settings	*settings;
	const char		*done;		/* "deleted" and the like */
	struct buf		*made;		/* password, NULL: given */
};

static void
put_json_change(struct buf *b, const struct change *c,
    const struct ctl_reply *reply, const char *result, bool secret)
{
	int64_t	n;

	buf_putc(b, '{');
	json_put_member(b, "user", json_get_string(reply->root, "user"));
	json_put_member(b, "result", result);
	if (json_integer(json_get(reply->root, "dropped"), &n) == 0)
		json_put_int(b, "dropped", n);
	if (secret)
		json_put_member(b, "password", buf_str(c->made));
	buf_puts(b, "}\n");
}

static void
put_format_change(struct buf *b, const struct change *c,
    const struct ctl_reply *reply, const char *result, bool secret)
{
	struct buf	json;

	buf_init(&json, CTL_LINE_MAX);
	put_json_change(&json, c, reply, result, secret);
	format_put(c->settings->format, json.p, json.len,
	    isatty(STDOUT_FILENO) != 0, b);
	buf_release_secret(&json);
}

static void
put_text_change(struct buf *b, const struct change *c,
    const struct ctl_reply *reply, const char *result, bool secret)
{
	const char	*user = json_get_string(reply->root, "user");
	int64_t		 n;

	term_put(b, user, strlen(user), true);
	buf_printf(b, " %s", result);
	if (json_integer(json_get(reply->root, "dropped"), &n) == 0 && n > 0)
		buf_printf(b, ", %lld queued push%s dropped", (long long)n,
		    n == 1 ? "" : "es");
	if (secret)
		buf_printf(b, ", password: %s", buf_str(c->made));
	buf_putc(b, '\n');
}

static void
change_on_reply(void *arg, const struct ctl_reply *reply, const char *line,
    size_t n)
{
	const struct change	*c = arg;
	const char		*result;
	struct buf		 b;
	bool			 secret;

	(void)line;
	(void)n;
	result = json_get_string(reply->root, "result");
	if (result == NULL)
		result = c->done;
	secret = c->made != NULL && strcmp(result, "unchanged") != 0;
	if (json_get_string(reply->root, "user") == NULL ||
	    (c->settings->quiet && !secret))
		return;
	buf_init(&b, CTL_LINE_MAX);
	if (c->settings->format != NULL)
		put_format_change(&b, c, reply, result, secret);
	else if (c->settings->output == TERM_JSON)
		put_json_change(&b, c, reply, result, secret);
	else if (c->settings->output == TERM_TEXT)
		put_text_change(&b, c, reply, result, secret);
	(void)fwrite(b.p, 1, b.len, stdout);
	buf_release_secret(&b);
}

/* Asks one thing about one device. */
static int
change(struct change *c, const char *name, struct buf *request)
{
	int	code;

	code = ctl_client_ask(settings_tool, c->settings->socket, name,
	    request, change_on_reply, c);
	buf_release_secret(request);
	if (fflush(stdout) != 0) {
		term_tell(settings_tool, "%s: stdout: cannot write: %s", name,
		    strerror(errno));
		code = 1;
	}
	return code;
}

/* The same for each name; without a server the others are not tried. */
static int
change_each(const struct settings *s, const char *verb, const char *done,
    void (*add)(struct buf *))
{
	struct change	c = { s, done, NULL };
	struct verdict	v = { 0 };
	struct buf	request;
	int		i, code = 0;

	for (i = 0; i < s->name_count && code < EXIT_UNREACHABLE; i++) {
		begin(&request, verb);
		json_put_member(&request, "user", s->names[i]);
		if (add != NULL)
			add(&request);
		code = change(&c, s->names[i], &request);
		verdict_add(&v, code);
	}
	return code < EXIT_UNREACHABLE ? verdict_exit(&v) : code;
}

int
commands_del(const struct settings *s)
{
	return change_each(s, "user-del", "deleted", NULL);
}

static void
add_enabled(struct buf *b)
{
	json_put_bool(b, "enabled", true);
}

static void
add_disabled(struct buf *b)
{
	json_put_bool(b, "enabled", false);
}

int
commands_enable(const struct settings *s)
{
	return change_each(s, "user-enable", "enabled", add_enabled);
}

int
commands_disable(const struct settings *s)
{
	return change_each(s, "user-enable", "disabled", add_disabled);
}

/* ---- passwords ---- */

/*
 * From the file, the environment, or who sits at the terminal; otherwise it
 * is made, and *made is set.  Returns 0 or an exit code.
 */
static int
get_password(const struct settings *s, struct buf *b, bool *made)
{
	struct err_text	why;
	char		prompt[128];

	*made = false;
	if (s->password_file != NULL) {
		if (secret_from_file(b, s->password_file, &why) == 0)
			return 0;
		term_tell(settings_tool, "%s", why.s);
		return EXIT_NOINPUT;
	}
	if (secret_from_env(b, "PUSH_PASSWORD"))
		return 0;
	if (isatty(STDIN_FILENO)) {
		(void)snprintf(prompt, sizeof(prompt), "password for %.64s "
		    "(empty: make one): ", s->names[0]);
		if (secret_from_tty(b, prompt, true, &why) != 0) {
			term_tell(settings_tool, "%s", why.s);
			return EXIT_DATA;
		}
		if (b->len > 0)
			return 0;
	}
	*made = true;
	secret_make(b);
	return 0;
}

/* A password that can be sent, and seen where it was made. */
static int
usable_password(const struct settings *s, struct buf *b, bool *made)
{
	int	code = get_password(s, b, made);

	if (code != 0)
		return code;
	if (*made && (s->format != NULL ? strstr(s->format, "%{password}") ==
	    NULL : s->output == TERM_NONE)) {
		term_tell(settings_tool, "nobody would see the password that "
		    "is made (give one, or print it)");
		return OPT_USAGE;
	}
	if (memchr(buf_str(b), '\0', b->len) != NULL ||
	    !utf8_valid(b->p, b->len)) {
		term_tell(settings_tool, "the password is not UTF-8 text");
		return EXIT_DATA;
	}
	return 0;
}

static int
with_password(const struct settings *s, const char *verb, const char *done)
{
	struct change	c = { s, done, NULL };
	struct buf	request, password;
	bool		made;
	int		code;

	secret_init(&password);
	if ((code = usable_password(s, &password, &made)) == 0) {
		c.made = made ? &password : NULL;
		begin(&request, verb);
		json_put_member(&request, "user", s->names[0]);
		json_put_member(&request, "password", buf_str(&password));
		if (s->owner != NULL)
			json_put_member(&request, "owner", s->owner);
		if (s->if_missing)
			json_put_bool(&request, "if_missing", true);
		code = change(&c, s->names[0], &request);
	}
	buf_release_secret(&password);
	return code;
}

int
commands_add(const struct settings *s)
{
	return with_password(s, "user-add", "added");
}

int
commands_passwd(const struct settings *s)
{
	return with_password(s, "user-passwd", "changed");
}
