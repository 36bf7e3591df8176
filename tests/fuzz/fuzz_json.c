/*
 * fuzz_json - whatever is accepted can be walked, and the slice of each
 * member parses to the member's value; a string is written so that it reads
 * back the same.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/utf8.h"

#define MUST(cond)	do { if (!(cond)) abort(); } while (0)

static void
must_equal(const struct json *a, const struct json *b)
{
	const char	*s = json_string(a);
	int64_t		 v = 0, w = 0;

	MUST(json_is_object(a) == json_is_object(b));
	MUST(json_is_array(a) == json_is_array(b));
	MUST(json_is_number(a) == json_is_number(b));
	MUST((s == NULL) == (json_string(b) == NULL));
	MUST(s == NULL || strcmp(s, json_string(b)) == 0);
	MUST(json_integer(a, &v) == json_integer(b, &w) && v == w);
	MUST(json_bool(a, true) == json_bool(b, true));
	MUST(json_bool(a, false) == json_bool(b, false));
	a = json_first(a);
	b = json_first(b);
	for (; a != NULL && b != NULL; a = json_next(a), b = json_next(b)) {
		MUST(strcmp(json_name(a), json_name(b)) == 0);
		must_equal(a, b);
	}
	MUST(a == NULL && b == NULL);
}

static void
must_slice(const char *p, size_t n, const struct json *root)
{
	const struct json	*m;
	struct json		*again = NULL;
	const char		*text;
	size_t			 len;

	for (m = json_first(root); m != NULL; m = json_next(m)) {
		MUST(json_slice(p, n, json_name(m), &text, &len));
		MUST(text >= p && len > 0 && text + len <= p + n);
		MUST(json_parse(text, len, &again, NULL) == PUSH_OK);
		/* Of two of one name both ways take the first. */
		must_equal(json_get(root, json_name(m)), again);
		json_free(&again);
	}
	if (json_get(root, "absent") == NULL)
		MUST(!json_slice(p, n, "absent", &text, &len));
}

static void
must_write(const char *p, size_t n)
{
	struct json	*j = NULL;
	struct buf	 b;

	if (memchr(p, '\0', n) != NULL || !utf8_valid(p, n))
		return;
	buf_init(&b, 6 * n + 2);
	json_put_string(&b, p, n);
	MUST(buf_ok(&b) && json_parse(b.p, b.len, &j, NULL) == PUSH_OK);
	MUST(strlen(json_string(j)) == n &&
	    memcmp(json_string(j), p, n) == 0);
	json_free(&j);
	buf_release(&b);
}

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char	*p = (const char *)data;
	struct json	*j = NULL;
	size_t		 where = n + 1;
	enum push_err	 e;

	if (n == 0)
		return 0;
	e = json_parse(p, n, &j, &where);
	MUST(e == PUSH_OK || e == PUSH_E_JSON || e == PUSH_E_CHARACTER);
	MUST(where <= n && (e == PUSH_OK) == (j != NULL));
	if (j != NULL) {
		MUST(utf8_valid(p, n));
		if (json_is_object(j))
			must_slice(p, n, j);
		json_free(&j);
	}
	must_write(p, n);
	return 0;
}
