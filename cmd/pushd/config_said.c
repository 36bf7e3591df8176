#include "config_said.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "config_table.h"

#define NAME_SHOWN	64	/* bytes of an unknown name in a sentence */

void
config_said_init(struct config_said *said, const char *file,
    struct err_text *err)
{
	size_t	n = 0;

	while (config_rows[n].name != NULL)
		n++;
	memset(said, 0, sizeof(*said));
	said->file = file;
	said->err = err;
	said->single = mem_zalloc(n, sizeof(*said->single));
}

static void
forget_listeners(struct config_said *said)
{
	while (said->listens > 0)
		free(said->listen[--said->listens].text);
}

void
config_said_release(struct config_said *said)
{
	const struct config_row	*row;

	for (row = config_rows; row->name != NULL; row++)
		free(said->single[row - config_rows].text);
	forget_listeners(said);
	free(said->single);
	said->single = NULL;
}

static const struct config_setting *
setting_of(const struct config_said *said, const char *name)
{
	return &said->single[config_row_find(name, strlen(name)) -
	    config_rows];
}

const char *
config_said_text(const struct config_said *said, const char *name)
{
	return setting_of(said, name)->text;
}

/* "-o name=value: why", "-D value: why", "file:line: name: why". */
static int
wrong(const struct config_said *said, const struct config_setting *s,
    const char *name, const char *why)
{
	if (s->option != NULL && strcmp(s->option, "-o") == 0)
		return err_set(said->err, "-o %s=%.80s: %s", name, s->text,
		    why);
	if (s->option != NULL)
		return err_set(said->err, "%s %.80s: %s", s->option, s->text,
		    why);
	if (s->line != 0)
		return err_set(said->err, "%.120s:%u: %s: %s", said->file,
		    s->line, name, why);
	return err_set(said->err, "%s: %s", name, why);
}

int
config_said_wrong(const struct config_said *said, const char *name,
    const char *why)
{
	return wrong(said, setting_of(said, name), name, why);
}

int
config_said_wrong_listen(const struct config_said *said, size_t i,
    const char *why)
{
	return wrong(said, &said->listen[i], "listen", why);
}

/* A listener on the command line sets aside those of the file. */
static int
say_listen(struct config_said *said, const struct config_setting *s)
{
	if (said->listens > 0 && s->option != NULL &&
	    said->listen[0].option == NULL)
		forget_listeners(said);
	if (said->listens == CONFIG_LISTENERS)
		return wrong(said, s, "listen",
		    "there are too many listeners (leave some out)");
	said->listen[said->listens] = *s;
	said->listen[said->listens++].text = mem_strndup(s->text,
	    strlen(s->text));
	return 0;
}

/* Notes what a name shall be; s->text is borrowed. */
static int
say(struct config_said *said, const struct config_row *row,
    const struct config_setting *s)
{
	struct config_setting	*mine = &said->single[row - config_rows];

	if (row->kind == CONFIG_LISTEN)
		return say_listen(said, s);
	if (mine->text != NULL && s->option == NULL)
		return wrong(said, s, row->name,
		    "it was set before (remove one of the two lines)");
	free(mine->text);
	*mine = *s;
	mine->text = mem_strndup(s->text, strlen(s->text));
	return 0;
}

static bool
has_control(const char *p, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (((unsigned char)p[i] < ' ' && p[i] != '\t') ||
		    p[i] == 0x7f)
			return true;
	return false;
}

/* Cuts blanks from both ends; a CR is one, for files from elsewhere. */
static void
trim(const char **p, size_t *n)
{
	while (*n > 0 && (**p == ' ' || **p == '\t')) {
		*p += 1;
		*n -= 1;
	}
	while (*n > 0 && memchr(" \t\r", (*p)[*n - 1], 3) != NULL)
		*n -= 1;
}

/* Takes "name = value" from the place that s names. */
static int
say_pair(struct config_said *said, const char *p, size_t n,
    struct config_setting s)
{
	const struct config_row	*row;
	const char		*eq = memchr(p, '=', n), *value;
	struct log_safe		 safe;
	size_t			 name = eq != NULL ? (size_t)(eq - p) : n;
	size_t			 len = eq != NULL ? n - name - 1 : 0;
	int			 rc;

	value = p + n - len;
	trim(&p, &name);
	trim(&value, &len);
	(void)log_safe(&safe, p, name < NAME_SHOWN ? name : NAME_SHOWN);
	s.text = mem_strndup(value, len);
	row = config_row_find(p, name);
	if (row == NULL)
		rc = wrong(said, &s, safe.s,
		    "there is no such name (pushd -T lists all of them)");
	else if (eq == NULL)
		rc = wrong(said, &s, safe.s,
		    "it has no value (write name = value)");
	else
		rc = say(said, row, &s);
	free(s.text);
	return rc;
}

static int
say_line(struct config_said *said, const char *p, size_t n, unsigned line)
{
	struct config_setting	 s = { NULL, NULL, line };
	size_t			 i;

	for (i = 0; i < n; i++)
		if (p[i] == '#' && (i == 0 || memchr(" \t=", p[i - 1], 3) !=
		    NULL))
			n = i;
	trim(&p, &n);
	if (has_control(p, n))
		return wrong(said, &s, "line",
		    "it holds a control character (remove it)");
	return n == 0 ? 0 : say_pair(said, p, n, s);
}

int
config_said_file(struct config_said *said, const char *p, size_t n)
{
	const char	*lf;
	unsigned	 line;
	size_t		 len;

	for (line = 1; n > 0; line++) {
		lf = memchr(p, '\n', n);
		len = lf != NULL ? (size_t)(lf - p) : n;
		if (say_line(said, p, len, line) != 0)
			return -1;
		len += lf != NULL;
		p += len;
		n -= len;
	}
	return 0;
}

/* An option that is short for one name. */
static int
say_flag(struct config_said *said, const char *option, const char *name,
    const char *text)
{
	struct config_setting	s = { NULL, option, 0 };
	int			rc;

	if (text == NULL)
		return 0;
	if (has_control(text, strlen(text)))
		return err_set(said->err, "%s: its value holds a control "
		    "character (remove it)", option);
	s.text = mem_strndup(text, strlen(text));
	rc = say(said, config_row_find(name, strlen(name)), &s);
	free(s.text);
	return rc;
}

static int
say_set(struct config_said *said, const char *pair)
{
	struct config_setting	s = { NULL, "-o", 0 };

	if (has_control(pair, strlen(pair)))
		return err_set(said->err, "-o: its value holds a control "
		    "character (remove it)");
	return say_pair(said, pair, strlen(pair), s);
}

int
config_said_flags(struct config_said *said, const struct config_flags *f)
{
	size_t	i;

	for (i = 0; i < f->set.count; i++)
		if (say_set(said, f->set.item[i]) != 0)
			return -1;
	for (i = 0; i < f->listen.count; i++)
		if (say_flag(said, "-l", "listen", f->listen.item[i]) != 0)
			return -1;
	if (say_flag(said, "-D", "dir", f->dir) != 0 ||
	    say_flag(said, "-S", "socket", f->socket) != 0 ||
	    say_flag(said, "--log", "log", f->log) != 0)
		return -1;
	return say_flag(said, "-v", "log-level", f->verbose ? "debug" : NULL);
}
