#include "json.h"

#include <cjson/cJSON.h>

#include <ctype.h>
#include <string.h>

#include "base/utf8.h"

/* struct json is never defined: it is cJSON's value by another name. */
static const cJSON *
in(const struct json *j)
{
	return (const cJSON *)(const void *)j;
}

static const struct json *
out(const cJSON *c)
{
	return (const struct json *)(const void *)c;
}

/* Index behind the string whose opening quote is at i; n if it never ends. */
static size_t
skip_string(const char *p, size_t n, size_t i)
{
	for (i++; i < n && p[i] != '"'; i++)
		if (p[i] == '\\')
			i++;
	return i < n ? i + 1 : n;
}

/* Index behind the value at i, for text that is known to be JSON. */
static size_t
skip_value(const char *p, size_t n, size_t i)
{
	size_t	depth = 0;

	while (i < n) {
		if (p[i] == '"') {
			i = skip_string(p, n, i);
		} else {
			if (p[i] == '{' || p[i] == '[')
				depth++;
			else if (p[i] == '}' || p[i] == ']')
				depth--;
			i++;
		}
		if (depth == 0 && i < n && strchr(" \t\r\n,}]", p[i]) != NULL)
			break;
	}
	return i;
}

static size_t
skip_digits(const char *p, size_t n, size_t i)
{
	while (i < n && p[i] >= '0' && p[i] <= '9')
		i++;
	return i;
}

/* Index behind the number at i, 0 if RFC 8259 section 6 does not know it. */
static size_t
skip_number(const char *p, size_t n, size_t i)
{
	size_t	from = i + (p[i] == '-');

	i = skip_digits(p, n, from);
	if (i == from || (p[from] == '0' && i - from > 1))
		return 0;
	if (i < n && p[i] == '.') {
		from = i + 1;
		if ((i = skip_digits(p, n, from)) == from)
			return 0;
	}
	if (i < n && (p[i] == 'e' || p[i] == 'E')) {
		from = i + 1;
		from += from < n && (p[from] == '+' || p[from] == '-');
		if ((i = skip_digits(p, n, from)) == from)
			return 0;
	}
	return i;
}

/* An escape of RFC 8259 section 7 at p?  cJSON takes "\\u%00z" for U+0000. */
static bool
is_escape(const char *p, size_t n)
{
	size_t	i;

	if (n < 2 || p[1] == '\0' || strchr("\"\\/bfnrtu", p[1]) == NULL)
		return false;
	for (i = 2; p[1] == 'u' && i < 6; i++)
		if (i == n || !isxdigit((unsigned char)p[i]))
			return false;
	return true;
}

/* Moves *at, which is at an opening quote, behind the closing one. */
static enum push_err
check_string(const char *p, size_t n, size_t *at)
{
	size_t	i;

	for (i = *at + 1; i < n && p[i] != '"'; i++) {
		*at = i;
		if (p[i] == '\0')
			return PUSH_E_CHARACTER;
		if ((unsigned char)p[i] < 0x20)
			return PUSH_E_JSON;
		if (p[i] != '\\')
			continue;
		if (n - i >= 6 && memcmp(p + i, "\\u0000", 6) == 0)
			return PUSH_E_CHARACTER;
		if (!is_escape(p + i, n - i))
			return PUSH_E_JSON;
		i++;
	}
	*at = i < n ? i + 1 : n;
	return i < n ? PUSH_OK : PUSH_E_JSON;
}

/*
 * What cJSON would let pass: it cuts strings at U+0000, recurses as deep as
 * it is told, takes any control character for white space, any four bytes
 * for hex digits, 01 and 1. for numbers and a byte-order mark for nothing,
 * and may read on behind text that ends inside an object.
 */
static enum push_err
precheck(const char *p, size_t n, size_t *at)
{
	size_t		depth = 0, next;
	enum push_err	e;

	if ((*at = utf8_span(p, n)) < n)
		return PUSH_E_CHARACTER;
	for (*at = 0; *at < n; *at = next) {
		next = *at + 1;
		if (p[*at] == '\0') {
			return PUSH_E_CHARACTER;
		} else if (p[*at] == '"') {
			if ((e = check_string(p, n, at)) != PUSH_OK)
				return e;
			next = *at;
		} else if (p[*at] == '{' || p[*at] == '[') {
			if (++depth > JSON_DEPTH)
				return PUSH_E_JSON;
		} else if (p[*at] == '}' || p[*at] == ']') {
			if (depth-- == 0)
				return PUSH_E_JSON;
		} else if (strchr("-0123456789", p[*at]) != NULL) {
			if ((next = skip_number(p, n, *at)) == 0)
				return PUSH_E_JSON;
		} else if (strchr(" \t\r\n,:truefalsn", p[*at]) == NULL)
			return PUSH_E_JSON;
	}
	return depth == 0 ? PUSH_OK : PUSH_E_JSON;
}

enum push_err
json_parse(const char *p, size_t n, struct json **value, size_t *where)
{
	const char	*end = p;
	cJSON		*c;
	enum push_err	 e;
	size_t		 at;

	if (where == NULL)
		where = &at;
	if ((e = precheck(p, n, where)) != PUSH_OK)
		return e;
	c = cJSON_ParseWithLengthOpts(p, n, &end, 0);
	at = (size_t)(end - p);
	while (c != NULL && at < n && strchr(" \t\r\n", p[at]) != NULL)
		at++;
	*where = at < n ? at : n;
	if (c == NULL || at != n) {
		cJSON_Delete(c);
		return PUSH_E_JSON;
	}
	*value = (struct json *)(void *)c;
	return PUSH_OK;
}

void
json_free(struct json **j)
{
	cJSON_Delete((cJSON *)(void *)*j);
	*j = NULL;
}

const struct json *
json_get(const struct json *j, const char *name)
{
	return out(cJSON_GetObjectItemCaseSensitive(in(j), name));
}

const struct json *
json_first(const struct json *j)
{
	return j != NULL ? out(in(j)->child) : NULL;
}

const struct json *
json_next(const struct json *j)
{
	return out(in(j)->next);
}

const char *
json_name(const struct json *j)
{
	return in(j)->string != NULL ? in(j)->string : "";
}

bool
json_is_object(const struct json *j)
{
	return cJSON_IsObject(in(j));
}

bool
json_is_array(const struct json *j)
{
	return cJSON_IsArray(in(j));
}

bool
json_is_number(const struct json *j)
{
	return cJSON_IsNumber(in(j));
}

bool
json_is_null(const struct json *j)
{
	return cJSON_IsNull(in(j));
}

const char *
json_string(const struct json *j)
{
	return cJSON_GetStringValue(in(j));
}

const char *
json_get_string(const struct json *j, const char *name)
{
	return json_string(json_get(j, name));
}

int
json_integer(const struct json *j, int64_t *v)
{
	double	d;

	if (!json_is_number(j))
		return -1;
	d = in(j)->valuedouble;
	/* Beyond 2^53 a double no longer holds every whole number. */
	if (!(d >= -9007199254740992.0 && d <= 9007199254740992.0) ||
	    (double)(int64_t)d != d)
		return -1;
	*v = (int64_t)d;
	return 0;
}

bool
json_bool(const struct json *j, bool fallback)
{
	return cJSON_IsBool(in(j)) ? cJSON_IsTrue(in(j)) != 0 : fallback;
}

static size_t
skip_space(const char *p, size_t n, size_t i)
{
	while (i < n && strchr(" \t\r\n,", p[i]) != NULL)
		i++;
	return i;
}

/* Is the key in these quotes that name?  An escaped key is rare. */
static bool
key_is(const char *quoted, size_t n, const char *name)
{
	struct json	*key;
	bool		 same;

	if (memchr(quoted, '\\', n) == NULL)
		return n - 2 == strlen(name) &&
		    memcmp(quoted + 1, name, n - 2) == 0;
	if (json_parse(quoted, n, &key, NULL) != PUSH_OK)
		return false;
	same = strcmp(json_string(key), name) == 0;
	json_free(&key);
	return same;
}

bool
json_slice(const char *p, size_t n, const char *name, const char **text,
    size_t *len)
{
	size_t	i = skip_space(p, n, 0) + 1, from;
	bool	found;

	while ((i = skip_space(p, n, i)) < n && p[i] == '"') {
		from = i;
		i = skip_string(p, n, i);
		found = key_is(p + from, i - from, name);
		i = skip_space(p, n, i);	/* at the colon */
		from = skip_space(p, n, i + 1);
		i = skip_value(p, n, from);
		if (found) {
			*text = p + from;
			*len = i - from;
			return true;
		}
	}
	return false;
}

static void
separate(struct buf *b)
{
	if (b->len > 0 && strchr("{[:", b->p[b->len - 1]) == NULL)
		buf_putc(b, ',');
}

void
json_put_item(struct buf *b)
{
	separate(b);
}

void
json_put_key(struct buf *b, const char *name)
{
	separate(b);
	json_put_string(b, name, strlen(name));
	buf_putc(b, ':');
}

void
json_put_string(struct buf *b, const char *s, size_t n)
{
	size_t	i, from = 0;

	buf_putc(b, '"');
	for (i = 0; i < n; i++) {
		if ((unsigned char)s[i] >= 0x20 && s[i] != '"' &&
		    s[i] != '\\' && s[i] != 0x7f)
			continue;
		buf_put(b, s + from, i - from);
		from = i + 1;
		if (s[i] == '"' || s[i] == '\\')
			buf_printf(b, "\\%c", s[i]);
		else if (s[i] == '\n')
			buf_puts(b, "\\n");
		else
			buf_printf(b, "\\u%04x", (unsigned char)s[i]);
	}
	buf_put(b, s + from, n - from);
	buf_putc(b, '"');
}

void
json_put_member(struct buf *b, const char *name, const char *s)
{
	json_put_key(b, name);
	json_put_string(b, s, strlen(s));
}

void
json_put_int(struct buf *b, const char *name, int64_t v)
{
	json_put_key(b, name);
	buf_printf(b, "%lld", (long long)v);
}

void
json_put_bool(struct buf *b, const char *name, bool v)
{
	json_put_key(b, name);
	buf_puts(b, v ? "true" : "false");
}

void
json_put_raw(struct buf *b, const char *name, const char *text, size_t n)
{
	json_put_key(b, name);
	buf_put(b, text, n);
}
