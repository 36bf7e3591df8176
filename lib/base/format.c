#include "format.h"

#include <string.h>

#include "base/json.h"
#include "base/term.h"

#define FIELD_MAX	32	/* bytes of a field's name and a NUL */

static bool
is_field(const char *const *fields, const char *name, size_t n)
{
	for (; *fields != NULL; fields++)
		if (strlen(*fields) == n && memcmp(*fields, name, n) == 0)
			return true;
	return false;
}

static int
unknown_field(const char *name, size_t n, const char *const *fields,
    struct err_text *why)
{
	struct buf	list;

	buf_init(&list, sizeof(why->s) / 2);
	for (; *fields != NULL; fields++) {
		buf_putc(&list, ' ');
		buf_puts(&list, *fields);
	}
	(void)err_set(why, "'%.*s' is no field (there are:%s)", (int)n, name,
	    buf_str(&list));
	buf_release(&list);
	return -1;
}

int
format_check(const char *format, const char *const *fields,
    struct err_text *why)
{
	const char	*p, *end;
	size_t		 n;

	for (p = format; (p = strchr(p, '%')) != NULL; ) {
		if (p[1] == '%') {
			p += 2;
			continue;
		}
		if (p[1] != '{' || (end = strchr(p, '}')) == NULL)
			return err_set(why, "'%s': after %% comes {FIELD} "
			    "or another %%", format);
		n = (size_t)(end - p) - 2;
		if (n >= FIELD_MAX || !is_field(fields, p + 2, n))
			return unknown_field(p + 2, n, fields, why);
		p = end + 1;
	}
	return 0;
}

int
format_choose(const struct opt_program *pr, const char *word,
    const char *format, const char *const *fields, enum term_output *output)
{
	struct err_text	why;
	int		n = term_output_from(word);

	if (n < 0)
		return opt_usage_error(pr, "-o: '%s' is none of json, text "
		    "and none", word);
	if (format != NULL && word != NULL)
		return opt_usage_error(pr, "only one of -o and -F");
	if (format != NULL && format_check(format, fields, &why) != 0)
		return opt_usage_error(pr, "-F: %s", why.s);
	*output = (enum term_output)n;
	return -1;
}

/* Puts what a backslash and c mean; returns how many bytes were used. */
static size_t
put_escape(struct buf *out, char c)
{
	static const char	names[] = "ntr0\\";
	static const char	values[] = "\n\t\r\0\\";
	const char		*at = c != '\0' ? strchr(names, c) : NULL;

	buf_putc(out, at != NULL ? values[at - names] : '\\');
	return at != NULL ? 2 : 1;
}

/* Puts the field whose "%{" is at p; returns how many bytes were used. */
static size_t
put_named(struct buf *out, const char *p, const struct json *doc,
    const char *line, size_t n, bool terminal)
{
	const char	*end = strchr(p, '}'), *text;
	char		 name[FIELD_MAX];
	size_t		 len = end != NULL ? (size_t)(end - p) - 2 : FIELD_MAX;

	if (len >= FIELD_MAX) {
		buf_putc(out, *p);
		return 1;
	}
	memcpy(name, p + 2, len);
	name[len] = '\0';
	if ((text = json_get_string(doc, name)) != NULL)
		term_put(out, text, strlen(text), terminal);
	else if (json_slice(line, n, name, &text, &n))
		term_put(out, text, n, terminal);
	return len + 3;
}

void
format_put(const char *format, const char *line, size_t n, bool terminal,
    struct buf *out)
{
	struct json	*doc;
	const char	*p = format;

	if (json_parse(line, n, &doc, NULL) != PUSH_OK)
		return;
	while (*p != '\0') {
		if (*p == '\\') {
			p += put_escape(out, p[1]);
		} else if (p[0] == '%' && p[1] == '{') {
			p += put_named(out, p, doc, line, n, terminal);
		} else {
			buf_putc(out, *p);
			p += p[0] == '%' && p[1] == '%' ? 2 : 1;
		}
	}
	json_free(&doc);
}
