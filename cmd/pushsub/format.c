#include "format.h"

#include <string.h>

#include "base/json.h"

static const char *const	fields[] = {
	"id", "to", "title", "message", "uri", "data", "priority", "sent",
	"received", "latency_ms", "dup",
};

static bool
is_field(const char *name, size_t n)
{
	size_t	i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strlen(fields[i]) == n && memcmp(fields[i], name, n) == 0)
			return true;
	return false;
}

int
format_check(const char *format, struct err_text *why)
{
	const char	*p, *end;

	for (p = format; (p = strchr(p, '%')) != NULL; ) {
		if (p[1] == '%') {
			p += 2;
			continue;
		}
		if (p[1] != '{' || (end = strchr(p, '}')) == NULL)
			return err_set(why, "'%s': after %% comes {FIELD} "
			    "or another %%", format);
		if (!is_field(p + 2, (size_t)(end - p) - 2))
			return err_set(why, "'%.*s' is no field (id to title "
			    "message uri data priority sent received "
			    "latency_ms dup)", (int)(end - p) - 2, p + 2);
		p = end + 1;
	}
	return 0;
}

/* Control characters, C1 ones included, as \xNN. */
static void
put_text(struct buf *out, const char *s, size_t n, bool terminal)
{
	size_t		i;
	unsigned char	c;

	for (i = 0; i < n; i++) {
		c = (unsigned char)s[i];
		if (terminal && (c < 0x20 || c == 0x7f)) {
			buf_printf(out, "\\x%02x", c);
		} else if (terminal && c == 0xc2 && i + 1 < n &&
		    (unsigned char)s[i + 1] < 0xa0) {
			buf_printf(out, "\\x%02x", (unsigned char)s[++i]);
		} else
			buf_putc(out, s[i]);
	}
}

static void
put_field(struct buf *out, const struct json *doc, const char *line,
    const char *name, bool terminal)
{
	const char	*s = json_get_string(doc, name), *raw;
	size_t		 n;

	if (s != NULL)
		put_text(out, s, strlen(s), terminal);
	else if (json_slice(line, strlen(line), name, &raw, &n))
		put_text(out, raw, n, terminal);
}

/* Puts what stands behind a backslash; returns how much of it was read. */
static size_t
put_escape(struct buf *out, char c)
{
	static const char	names[] = "ntr0\\";
	static const char	values[] = "\n\t\r\0\\";
	const char		*at = c != '\0' ? strchr(names, c) : NULL;

	buf_putc(out, at != NULL ? values[at - names] : '\\');
	return at != NULL ? 2 : 1;
}

static void
put_parsed(const char *format, const struct json *doc, const char *line,
    bool terminal, struct buf *out)
{
	const char	*p = format, *end;
	char		 name[16];

	while (*p != '\0') {
		if (*p == '\\') {
			p += put_escape(out, p[1]);
		} else if (*p == '%' && p[1] == '{' &&
		    (end = strchr(p, '}')) != NULL &&
		    (size_t)(end - p) - 2 < sizeof(name)) {
			memcpy(name, p + 2, (size_t)(end - p) - 2);
			name[end - p - 2] = '\0';
			put_field(out, doc, line, name, terminal);
			p = end + 1;
		} else {
			buf_putc(out, *p);
			p += p[0] == '%' && p[1] == '%' ? 2 : 1;
		}
	}
}

void
format_put(const char *format, const char *line, bool terminal,
    struct buf *out)
{
	struct json	*doc;

	if (json_parse(line, strlen(line), &doc, NULL) != PUSH_OK)
		return;
	put_parsed(format, doc, line, terminal, out);
	json_free(&doc);
}

static void
put_part(struct buf *out, const char *before, const struct json *doc,
    const char *name, bool terminal)
{
	const char	*s = json_get_string(doc, name);

	if (s == NULL || *s == '\0')
		return;
	buf_puts(out, before);
	put_text(out, s, strlen(s), terminal);
}

void
format_put_text(const char *line, bool terminal, struct buf *out)
{
	struct json	*doc;

	if (json_parse(line, strlen(line), &doc, NULL) != PUSH_OK)
		return;
	put_part(out, "", doc, "received", terminal);
	put_part(out, " ", doc, "to", terminal);
	put_part(out, ": ", doc, "title", terminal);
	put_part(out, ": ", doc, "message", terminal);
	put_part(out, " ", doc, "uri", terminal);
	buf_putc(out, '\n');
	json_free(&doc);
}
