#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/utf8.h"
#include "ctl/ctl.h"
#include "ctl/target.h"
#include "io/lines.h"

#define EXIT_NOINPUT	66
#define READ_SIZE	4096

/* The targets under way into a list. */
struct union_of {
	struct buf	*list;
	const char	*source;	/* a file's name, or NULL */
	size_t		 count;
	bool		 bad;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* One target; empty lines of a file are passed over. */
static bool
add_target(void *arg, const char *p, size_t n)
{
	struct union_of	*u = arg;
	struct target	*t;

	while (p != NULL && n > 0 && is_blank(p[n - 1]))
		n--;
	while (p != NULL && n > 0 && is_blank(*p)) {
		p++;
		n--;
	}
	if (p != NULL && u->source != NULL && n == 0)
		return true;
	if (p == NULL || target_parse(p, n, &t, NULL) != PUSH_OK) {
		term_tell(options_tool, "%s%s'%.*s' is not a target (such as "
		    "device:NAME or topic:NAME)",
		    u->source != NULL ? u->source : "-t",
		    ": ", p != NULL ? (int)n : 0, p != NULL ? p : "");
		u->bad = true;
		return false;
	}
	target_free(&t);
	json_put_item(u->list);
	json_put_string(u->list, p, n);
	u->count++;
	return true;
}

static int
add_file(struct union_of *u, const char *path)
{
	struct lines	l;
	char		chunk[READ_SIZE];
	ssize_t		n = -1;
	int		fd = open(path, O_RDONLY | O_CLOEXEC);

	u->source = path;
	lines_init(&l, TARGET_MAX, '\n');
	while (fd >= 0 && (n = read(fd, chunk, sizeof(chunk))) > 0 && !u->bad)
		(void)lines_feed(&l, chunk, (size_t)n, add_target, u);
	if (!u->bad)
		lines_end(&l, add_target, u);
	lines_release(&l);
	if (n < 0)
		term_tell(options_tool, "%s: cannot read the targets: %s",
		    path, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	u->source = NULL;
	return n < 0 ? EXIT_NOINPUT : u->bad ? OPT_USAGE : 0;
}

/* "to": one target as a string, several as a list. */
static int
put_targets(struct buf *b, const struct opt_list *targets)
{
	struct union_of	 u = { .list = b };
	const char	*s;
	size_t		 i;
	int		 rc = 0;

	buf_putc(b, '[');
	for (i = 0; i < targets->count && rc == 0; i++) {
		s = targets->item[i];
		if (*s == '@')
			rc = add_file(&u, s + 1);
		else if (!add_target(&u, s, strlen(s)))
			rc = OPT_USAGE;
	}
	buf_putc(b, ']');
	if (rc == 0 && u.count == 1) {
		buf_consume(b, 1);
		buf_truncate(b, b->len - 1);
	}
	if (rc == 0 && (u.count == 0 || !buf_ok(b))) {
		term_tell(options_tool, "%s (see -t)", u.count == 0 ?
		    "there is no target in the file" : "too many targets");
		rc = OPT_USAGE;
	}
	return rc;
}

static struct buf *
add_field(struct record_fill *fill, const char *name)
{
	fill->field[fill->count].name = name;
	buf_init(&fill->field[fill->count].value, CTL_LINE_MAX);
	return &fill->field[fill->count++].value;
}

static void
add_string(struct record_fill *fill, const char *name, const char *s)
{
	if (s != NULL)
		json_put_string(add_field(fill, name), s, strlen(s));
}

/* JSON goes as it is, but in one line. */
static void
put_one_line(struct buf *b, const char *p, size_t n)
{
	size_t	from = b->len, i;

	buf_put(b, p, n);
	for (i = from; i < b->len; i++)
		if (b->p[i] == '\n' || b->p[i] == '\r')
			b->p[i] = ' ';
}

int
record_fill_init(struct record_fill *fill, const struct options *o)
{
	int	rc = 0;

	memset(fill, 0, sizeof(*fill));
	if (o->targets.count > 0)
		rc = put_targets(add_field(fill, "to"), &o->targets);
	add_string(fill, "title", o->title);
	add_string(fill, "uri", o->uri);
	if (o->priority != NULL && o->priority[1] == '\0')
		buf_puts(add_field(fill, "priority"), o->priority);
	else
		add_string(fill, "priority", o->priority);
	add_string(fill, "ttl", o->ttl);
	add_string(fill, "collapse", o->collapse);
	add_string(fill, "in", o->in);
	add_string(fill, "at", o->at);
	if (o->data != NULL)
		put_one_line(add_field(fill, "data"), o->data,
		    strlen(o->data));
	add_string(fill, "key", o->key);
	return rc;
}

void
record_fill_release(struct record_fill *fill)
{
	while (fill->count > 0)
		buf_release(&fill->field[--fill->count].value);
}

/* A schedule of the record's own keeps out the other way to say it. */
static bool
lacks(const struct json *doc, const char *name)
{
	if (doc == NULL)
		return true;
	if (strcmp(name, "in") == 0 || strcmp(name, "at") == 0)
		return json_get(doc, "in") == NULL &&
		    json_get(doc, "at") == NULL;
	return json_get(doc, name) == NULL;
}

static void
put_fill(struct buf *b, const struct record_fill *fill,
    const struct json *doc)
{
	size_t	i;

	for (i = 0; i < fill->count; i++)
		if (lacks(doc, fill->field[i].name))
			json_put_raw(b, fill->field[i].name,
			    fill->field[i].value.p,
			    fill->field[i].value.len);
	buf_putc(b, '}');
}

static enum push_err
finish(struct buf *b, size_t from, const char **why)
{
	if (buf_ok(b))
		return PUSH_OK;
	buf_truncate(b, from);
	*why = "the record is too long";
	return PUSH_E_TOOLARGE;
}

enum push_err
record_put_json(struct buf *b, const struct record_fill *fill, const char *p,
    size_t n, const char **why)
{
	struct json	*doc;
	size_t		 from = b->len;
	enum push_err	 e;

	if ((e = json_parse(p, n, &doc, NULL)) != PUSH_OK) {
		*why = e == PUSH_E_JSON ? "not JSON" : err_text(e);
		return e;
	}
	put_one_line(b, p, n);
	/* Cut the closing brace and the white space around it. */
	while (b->len > from && strchr(" \t}", b->p[b->len - 1]) != NULL)
		if (b->p[--b->len] == '}')
			break;
	while (b->len > from && strchr(" \t", b->p[b->len - 1]) != NULL)
		b->len--;
	put_fill(b, fill, doc);
	json_free(&doc);
	return finish(b, from, why);
}

enum push_err
record_put_text(struct buf *b, const struct record_fill *fill, const char *p,
    size_t n, const char **why)
{
	size_t	from = b->len;

	if (!utf8_valid_xml(p, n)) {
		*why = err_text(PUSH_E_CHARACTER);
		return PUSH_E_CHARACTER;
	}
	buf_putc(b, '{');
	json_put_key(b, "message");
	json_put_string(b, p, n);
	put_fill(b, fill, NULL);
	return finish(b, from, why);
}
