#include "import_record.h"

#include <string.h>
#include <unistd.h>

#include "base/format.h"
#include "base/json.h"
#include "base/mem.h"
#include "ctl/ctl.h"
#include "ctl/ctl_msg.h"

enum field_kind {
	TAKEN,			/* handed on as it is */
	SHOWN,			/* "list" shows it, nobody can set it */
	EMPTY,			/* not kept by this server: only if empty */
};

static const struct {
	const char	*name;
	enum field_kind	 kind;
} fields[] = {
	{ "user", TAKEN }, { "password", TAKEN }, { "scram", TAKEN },
	{ "owner", TAKEN }, { "enabled", TAKEN }, { "created", TAKEN },
	{ "online", SHOWN }, { "sessions", SHOWN }, { "queued", SHOWN },
	{ "last_seen", SHOWN }, { "topics", EMPTY }, { "tags", EMPTY },
};

#define FIELDS	(sizeof(fields) / sizeof(fields[0]))

static enum push_err
check_field(const struct json *j, struct err_text *why)
{
	size_t	i;

	for (i = 0; i < FIELDS; i++)
		if (strcmp(fields[i].name, json_name(j)) == 0)
			break;
	if (i == FIELDS) {
		(void)err_set(why, "%s: unknown field", json_name(j));
		return PUSH_E_REQUEST;
	}
	if (fields[i].kind == EMPTY && json_first(j) != NULL) {
		(void)err_set(why, "%s: not kept by this server",
		    fields[i].name);
		return PUSH_E_UNSUPPORTED;
	}
	return PUSH_OK;
}

static enum push_err
check_fields(const struct json *doc, struct err_text *why)
{
	const struct json	*j;
	enum push_err		 e = PUSH_OK;

	if (!json_is_object(doc)) {
		(void)err_set(why, "not a JSON object");
		return PUSH_E_JSON;
	}
	for (j = json_first(doc); j != NULL && e == PUSH_OK; j = json_next(j))
		e = check_field(j, why);
	if (e == PUSH_OK && json_get_string(doc, "user") == NULL) {
		(void)err_set(why, "user: must be a name");
		e = PUSH_E_REQUEST;
	}
	return e;
}

static void
put_fields(struct buf *b, const char *line, size_t n)
{
	const char	*text;
	size_t		 i, len;

	for (i = 0; i < FIELDS; i++)
		if (fields[i].kind == TAKEN &&
		    json_slice(line, n, fields[i].name, &text, &len))
			json_put_raw(b, fields[i].name, text, len);
}

enum push_err
import_record_put(struct buf *b, uint64_t id, const char *line, size_t n,
    char **user, struct err_text *why)
{
	struct json	*doc;
	const char	*name;
	enum push_err	 e;

	if ((e = json_parse(line, n, &doc, NULL)) != PUSH_OK) {
		*user = mem_strndup("", 0);
		(void)err_set(why, "%s", err_text(e));
		return e;
	}
	name = json_get_string(doc, "user");
	*user = mem_strndup(name != NULL ? name : "",
	    name != NULL ? strlen(name) : 0);
	if ((e = check_fields(doc, why)) == PUSH_OK) {
		ctl_msg_request(b, id, "user-add");
		put_fields(b, line, n);
		json_put_bool(b, "replace", true);
		ctl_msg_end(b, false);
	}
	json_free(&doc);
	return e;
}

static void
put_json(struct buf *b, size_t line, const char *user, const char *result,
    const char *text)
{
	buf_putc(b, '{');
	json_put_int(b, "line", (int64_t)line);
	if (*user != '\0')
		json_put_member(b, "user", user);
	json_put_member(b, text == NULL ? "result" : "error", result);
	if (text != NULL)
		json_put_member(b, "text", text);
	buf_puts(b, "}\n");
}

static void
put_format(struct buf *b, const char *format, size_t line, const char *user,
    const char *result, const char *text)
{
	struct buf	json;

	buf_init(&json, CTL_LINE_MAX);
	put_json(&json, line, user, result, text);
	format_put(format, json.p, json.len, isatty(STDOUT_FILENO) != 0, b);
	buf_release(&json);
}

static void
put_text(struct buf *b, size_t line, const char *user, const char *result,
    const char *text)
{
	buf_printf(b, "line %zu: ", line);
	term_put(b, user, strlen(user), true);
	buf_printf(b, "%s%s", *user != '\0' ? " " : "", result);
	if (text != NULL) {
		buf_puts(b, ": ");
		term_put(b, text, strlen(text), true);
	}
	buf_putc(b, '\n');
}

void
import_record_answer(struct buf *b, const struct settings *s, size_t line,
    const char *user, const char *result, const char *text)
{
	if (s->format != NULL)
		put_format(b, s->format, line, user, result, text);
	else if (s->output == TERM_JSON)
		put_json(b, line, user, result, text);
	else if (s->output == TERM_TEXT)
		put_text(b, line, user, result, text);
}
