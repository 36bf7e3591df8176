#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

static enum push_err
parse(const char *text, size_t *where)
{
	struct json	*j = NULL;
	enum push_err	 e = json_parse(text, strlen(text), &j, where);

	if (e == PUSH_OK)
		json_free(&j);
	return e;
}

static void
test_accepts(void)
{
	static const char *const	good[] = {
		"{}", "[]", " [ ] ", "null", "true", "false", "\"\"", "0",
		"-0", "1e5", "1E+5", "1.25e-3", "-1.5", "\t{\"a\":\r\n1}",
		"[1,2,[3,{\"a\":null}]]", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
		"\"\\u20ac \\ud83d\\ude00\"", "\"\xe2\x82\xac\"",
		"\"{[\\\"}]\"", "\"\\\\u0000\"", "{\"\":1}", "\"\x7f\"",
	};
	size_t	i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ok(parse(good[i], NULL) == PUSH_OK, "reads value %zu", i);
}

static void
test_refuses(void)
{
	static const struct {
		const char	*text;
		enum push_err	 e;
	} bad[] = {
		{ "", PUSH_E_JSON }, { " ", PUSH_E_JSON },
		{ "{", PUSH_E_JSON }, { "{\"1\":1,", PUSH_E_JSON },
		{ "[1,]", PUSH_E_JSON }, { "{\"a\":1,}", PUSH_E_JSON },
		{ "{a:1}", PUSH_E_JSON }, { "{'a':1}", PUSH_E_JSON },
		{ "[1}", PUSH_E_JSON }, { "]", PUSH_E_JSON },
		{ "1 2", PUSH_E_JSON }, { "{} x", PUSH_E_JSON },
		{ "01", PUSH_E_JSON }, { "-01", PUSH_E_JSON },
		{ "1.", PUSH_E_JSON }, { ".5", PUSH_E_JSON },
		{ "-", PUSH_E_JSON }, { "+1", PUSH_E_JSON },
		{ "1e", PUSH_E_JSON }, { "1e+", PUSH_E_JSON },
		{ "0x10", PUSH_E_JSON }, { "1.5.5", PUSH_E_JSON },
		{ "NaN", PUSH_E_JSON }, { "nul", PUSH_E_JSON },
		{ "truefalse", PUSH_E_JSON }, { "\"a", PUSH_E_JSON },
		{ "\"a\\", PUSH_E_JSON }, { "\"\\", PUSH_E_JSON },
		{ "\"\\x\"", PUSH_E_JSON }, { "\"\\u12\"", PUSH_E_JSON },
		{ "\"\\u12g4\"", PUSH_E_JSON },
		{ "\"\\u%00c\"", PUSH_E_JSON },
		{ "\"\\u006\\3\"", PUSH_E_JSON },
		{ "\"\\U0041\"", PUSH_E_JSON },
		{ "\"\\ud800\"", PUSH_E_JSON },
		{ "\"\\udc00\"", PUSH_E_JSON },
		{ "\"a\nb\"", PUSH_E_JSON }, { "\"a\x01\"", PUSH_E_JSON },
		{ "{\x01\"a\":1}", PUSH_E_JSON },
		{ "\xef\xbb\xbf{}", PUSH_E_JSON },
		{ "// c\n1", PUSH_E_JSON },
		{ "\"\\u0000\"", PUSH_E_CHARACTER },
		{ "{\"a\\u0000b\":1}", PUSH_E_CHARACTER },
		{ "\"\xc0\x80\"", PUSH_E_CHARACTER },
		{ "\"\xff\"", PUSH_E_CHARACTER },
		{ "\"\xed\xa0\x80\"", PUSH_E_CHARACTER },
	};
	struct json	*j = NULL;
	size_t		 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(parse(bad[i].text, NULL) == bad[i].e,
		    "refuses bad text %zu as %s", i, err_name(bad[i].e));
	ok(json_parse("1\0", 2, &j, NULL) == PUSH_E_CHARACTER,
	    "refuses a NUL behind a value");
	ok(json_parse("\"\0\"", 3, &j, NULL) == PUSH_E_CHARACTER,
	    "refuses a NUL in a string");
	ok(j == NULL, "gives nothing when it refuses");
}

static void
test_every_cut(void)
{
	static const char	text[] = "{\"a\":[1,-2.5e3,\"\\u20ac\",null],"
				    "\"b\":{\"c\":true}}";
	char			*exact;
	struct json		*j = NULL;
	size_t			 n, refused = 0;

	/* A copy of the very size, so that reading behind it is seen. */
	for (n = 0; n < sizeof(text) - 1; n++) {
		exact = malloc(n > 0 ? n : 1);
		memcpy(exact, text, n);
		refused += json_parse(exact, n, &j, NULL) == PUSH_E_JSON;
		free(exact);
	}
	ok(refused == n, "refuses a text cut at any place");
	ok(parse(text, NULL) == PUSH_OK, "and takes the whole");
}

static void
test_where(void)
{
	size_t	where = 99;

	(void)parse("{\"a\": 01}", &where);
	ok(where == 6, "says where a number is wrong");
	(void)parse("[1, ?]", &where);
	ok(where == 4, "says where no value begins");
	(void)parse("[\"ab\xff\"]", &where);
	ok(where == 4, "says where UTF-8 ends");
	(void)parse("[\"ab\\u0000\"]", &where);
	ok(where == 4, "says where U+0000 is");
	(void)parse("[1] [2]", &where);
	ok(where == 4, "says where a second value begins");
}

static void
test_depth(void)
{
	char	deep[2 * JSON_DEPTH + 2];

	memset(deep, '[', JSON_DEPTH);
	memset(deep + JSON_DEPTH, ']', JSON_DEPTH);
	deep[2 * JSON_DEPTH] = '\0';
	ok(parse(deep, NULL) == PUSH_OK, "reads values of the full depth");
	memset(deep, '[', JSON_DEPTH + 1);
	memset(deep + JSON_DEPTH + 1, ']', JSON_DEPTH);
	deep[2 * JSON_DEPTH + 1] = '\0';
	ok(parse(deep, NULL) == PUSH_E_JSON, "refuses one level more");
}

static void
test_access(void)
{
	static const char	text[] = "{\"s\":\"x\",\"n\":9007199254740992,"
				    "\"f\":1.5,\"t\":true,\"l\":[1,2,3],"
				    "\"big\":1e300,\"neg\":-7,\"S\":null}";
	struct json		*j = NULL;
	const struct json	*item;
	int64_t			 v = 0, sum = 0;

	if (json_parse(text, sizeof(text) - 1, &j, NULL) != PUSH_OK)
		return;
	ok(strcmp(json_get_string(j, "s"), "x") == 0, "finds a string");
	ok(json_get_string(j, "n") == NULL, "a number is no string");
	ok(json_get(j, "T") == NULL, "names are case-sensitive");
	ok(json_get(j, "x") == NULL && json_get(NULL, "x") == NULL,
	    "no member is NULL");
	ok(json_integer(json_get(j, "n"), &v) == 0 && v == 1LL << 53,
	    "reads the largest whole number");
	ok(json_integer(json_get(j, "neg"), &v) == 0 && v == -7,
	    "reads a negative number");
	ok(json_integer(json_get(j, "f"), &v) == -1 &&
	    json_integer(json_get(j, "big"), &v) == -1 &&
	    json_integer(json_get(j, "s"), &v) == -1 &&
	    json_integer(NULL, &v) == -1,
	    "fractions, giants and strings are no whole numbers");
	ok(json_bool(json_get(j, "t"), false) &&
	    json_bool(json_get(j, "s"), true) &&
	    !json_bool(NULL, false), "a bool falls back where there is none");
	for (item = json_first(json_get(j, "l")); item != NULL;
	    item = json_next(item))
		if (json_integer(item, &v) == 0)
			sum = sum * 10 + v;
	ok(sum == 123, "walks an array in order");
	ok(strcmp(json_name(json_first(j)), "s") == 0, "names a member");
	ok(strcmp(json_name(j), "") == 0, "the root has no name");
	ok(json_is_object(j) && json_is_array(json_get(j, "l")) &&
	    !json_is_array(j) && !json_is_object(NULL),
	    "knows objects and arrays");
	json_free(&j);
	ok(j == NULL, "free leaves NULL");
}

static bool
slice_is(const char *text, const char *name, const char *expected)
{
	const char	*p;
	size_t		 n;

	if (!json_slice(text, strlen(text), name, &p, &n))
		return expected == NULL;
	return expected != NULL && n == strlen(expected) &&
	    memcmp(p, expected, n) == 0;
}

static void
test_slice(void)
{
	static const char	text[] =
	    " {\"a\" : 1.50 , \"b\":{\"a\": [2, \"}\"]},\"c\":\"x\\\"y\","
	    "\"d\":[ ],\"\\u0065\":null, \"f\":true}\n";

	ok(slice_is(text, "a", "1.50"), "a number is sliced as written");
	ok(slice_is(text, "b", "{\"a\": [2, \"}\"]}"),
	    "an object is sliced, brackets in its strings notwithstanding");
	ok(slice_is(text, "c", "\"x\\\"y\""), "a string with its quotes");
	ok(slice_is(text, "d", "[ ]"), "an empty array");
	ok(slice_is(text, "e", "null"), "an escaped key is the key it means");
	ok(slice_is(text, "f", "true"), "the last member");
	ok(slice_is(text, "x", NULL), "no such member");
	ok(slice_is("{\"k\":\"a\"}", "a", NULL), "a value is no key");
	ok(slice_is("{}", "a", NULL), "nothing in an empty object");
	ok(slice_is("{\"a\":1,\"a\":2}", "a", "1"), "the first of two");
}

static void
test_write(void)
{
	struct buf	b;

	buf_init(&b, 1000);
	buf_putc(&b, '{');
	json_put_member(&b, "s", "a\"b\\c\n\x01\x7f\xe2\x82\xac");
	json_put_int(&b, "i", INT64_MIN);
	json_put_bool(&b, "t", true);
	json_put_bool(&b, "f", false);
	json_put_raw(&b, "r", "[1]", 3);
	json_put_key(&b, "l");
	buf_putc(&b, '[');
	json_put_item(&b);
	json_put_string(&b, "x\0y", 3);
	json_put_item(&b);
	json_put_string(&b, "", 0);
	buf_puts(&b, "]}");
	ok(strcmp(buf_str(&b), "{\"s\":\"a\\\"b\\\\c\\n\\u0001\\u007f"
	    "\xe2\x82\xac\",\"i\":-9223372036854775808,\"t\":true,"
	    "\"f\":false,\"r\":[1],\"l\":[\"x\\u0000y\",\"\"]}") == 0,
	    "writes commas and escapes by itself");
	buf_release(&b);
}

static void
test_round_trip(void)
{
	struct buf	 b;
	struct json	*j = NULL;
	char		 all[256];
	size_t		 i;

	for (i = 0; i < 127; i++)
		all[i] = (char)(i + 1);
	all[127] = '\0';
	buf_init(&b, 4096);
	json_put_string(&b, all, 127);
	ok(json_parse(b.p, b.len, &j, NULL) == PUSH_OK &&
	    strcmp(json_string(j), all) == 0,
	    "what is written reads back the same, every ASCII character");
	json_free(&j);
	buf_release(&b);
}

int
main(void)
{
	test_accepts();
	test_refuses();
	test_every_cut();
	test_where();
	test_depth();
	test_access();
	test_slice();
	test_write();
	test_round_trip();
	return tap_done();
}
