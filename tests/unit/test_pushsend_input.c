#include <string.h>

#include "pushsend/input.h"
#include "tap.h"

#define MAX	40	/* bytes of a record in these tests */

/* Takes out what is there: "line=record;" or "line!error;". */
static enum input_got
take(struct input *in, struct buf *out)
{
	struct input_record	r;
	enum input_got		got;

	while ((got = input_next(in, &r)) < INPUT_END && got != INPUT_MORE) {
		buf_printf(out, "%zu", r.line);
		if (got == INPUT_BAD) {
			buf_printf(out, "!%s;", err_name(r.error));
			continue;
		}
		buf_putc(out, '=');
		buf_put(out, r.p, r.n);
		buf_putc(out, ';');
	}
	return got;
}

/* Feeds the input in two parts (step == 0), or in pieces of step bytes. */
static bool
fed(enum input_kind kind, const char *p, size_t n, size_t split, size_t step,
    const char *expected)
{
	struct input	in;
	struct buf	out;
	size_t		at, len;
	enum input_got	got;
	bool		same;

	input_init(&in, kind, MAX);
	buf_init(&out, 65536);
	got = take(&in, &out);
	for (at = 0; at < n && got == INPUT_MORE; at += len) {
		len = step > 0 ? step : at < split ? split : n - at;
		len = len < n - at ? len : n - at;
		input_add(&in, p + at, len);
		got = take(&in, &out);
	}
	input_end(&in);
	same = got == INPUT_MORE && take(&in, &out) == INPUT_END &&
	    strcmp(buf_str(&out), expected) == 0;
	if (!same)
		printf("# split %zu step %zu: %s\n", split, step,
		    buf_str(&out));
	input_release(&in);
	buf_release(&out);
	return same;
}

/* The same records, however the bytes come? */
static bool
gives_n(enum input_kind kind, const char *p, size_t n, const char *expected)
{
	size_t	i;

	for (i = 0; i <= n; i++)
		if (!fed(kind, p, n, i, 0, expected))
			return false;
	return fed(kind, p, n, 0, 1, expected) &&
	    fed(kind, p, n, 0, 2, expected) && fed(kind, p, n, 0, 7, expected);
}

static bool
gives(enum input_kind kind, const char *text, const char *expected)
{
	return gives_n(kind, text, strlen(text), expected);
}

static void
test_lines_of_json(void)
{
	ok(gives(INPUT_JSON, "{\"a\":1}\n{\"b\":[{}]}\n",
	    "1={\"a\":1};2={\"b\":[{}]};"), "an object a line");
	ok(gives(INPUT_JSON, "{\"a\":1}", "1={\"a\":1};"),
	    "the last line needs no end");
	ok(gives(INPUT_JSON, "\n \n{\"a\":1} \r\n\r\n\t{\"b\":2}\r\n\n",
	    "3={\"a\":1};5={\"b\":2};"),
	    "empty lines and CR are passed over and counted");
	ok(gives(INPUT_JSON, "", ""), "no bytes are no records");
	ok(gives(INPUT_JSON, " \n\n", ""), "white space is no record");
	ok(gives(INPUT_JSON, "{\"a\":\"}{\\\"\\\\\"}\n{}\n",
	    "1={\"a\":\"}{\\\"\\\\\"};2={};"), "braces in strings do not count");
	ok(gives(INPUT_JSON, "{\"a\":1}\n{\"b\":\n{\"c\":3}\n",
	    "1={\"a\":1};2!bad-json;3={\"c\":3};"),
	    "a cut line is bad, the next one is not");
	ok(gives(INPUT_JSON, "{\"a\":1}\nhello\n\n[1]\n{\"b\":2} x\n{}\n",
	    "1={\"a\":1};2!bad-json;4!bad-json;5!bad-json;6={};"),
	    "each bad line is told, none stops the rest");
	ok(gives(INPUT_JSON, "hello\nworld\n{\"a\":1}\n{x}\n{}",
	    "1!bad-json;2!bad-json;3={\"a\":1};4!bad-json;5={};"),
	    "so are bad lines before the first good one");
	ok(gives(INPUT_JSON, "{\"a\":1}{\"b\":2}\n{}\n",
	    "1!bad-json;2={};"), "two objects in a line are none");
	ok(gives(INPUT_JSON, "{\"a\":\"x\n{\"b\":1}\n",
	    "1!bad-json;2={\"b\":1};"), "a string ends in its line");
}

static void
test_spread_json(void)
{
	ok(gives(INPUT_JSON, "{\n \"a\": [\n {}\n]\n}\n",
	    "1={\n \"a\": [\n {}\n]\n};"), "an object over several lines");
	ok(gives(INPUT_JSON, "{\n}\n{\n\"b\":2}\n{}\n{\n\n}",
	    "1={\n};3={\n\"b\":2};5={};6={\n\n};"), "several of them");
	ok(gives(INPUT_JSON, "{\n\"a\":\n{\"b\":1\n}\n}\n{}",
	    "1={\n\"a\":\n{\"b\":1\n}\n};6={};"),
	    "a brace at the beginning of a line may be an inner one");
	ok(gives(INPUT_JSON, "{\n \"a\" 1\n \"b\": {\n }\n}\n{\n}\n",
	    "1!bad-json;6={\n};"), "a bad one is passed over as a whole");
	ok(gives(INPUT_JSON, "{\"a\":\n{\"b\":1}\n{\"c\":2}\n",
	    "1!bad-json;2={\"b\":1};3={\"c\":2};"),
	    "a cut first line costs only itself");
	ok(gives(INPUT_JSON, "{\"a\":\n{\"b\":1}\n",
	    "1!bad-json;2={\"b\":1};"), "also at the end of the input");
	ok(gives(INPUT_JSON, "{\n\"a\":1\n", "1!bad-json;"),
	    "an object that never ends is bad");
	ok(gives(INPUT_JSON, "{\n}\nhello\n{\n}\n",
	    "1={\n};3!bad-json;4={\n};"), "text between them is a bad line");
	ok(gives(INPUT_JSON, "{\n\"a\":]\n}\n{}", "1!bad-json;4={};"),
	    "a wrong bracket is bad");
	ok(gives(INPUT_JSON, "{\n\"a\":tru\n}\n{}", "1!bad-json;4={};"),
	    "a half word is bad");
}

static void
test_arrays(void)
{
	ok(gives(INPUT_JSON, "[{\"a\":1},{\"b\":2}]",
	    "1={\"a\":1};2={\"b\":2};"), "items of an array are numbered");
	ok(gives(INPUT_JSON, " [\n {\n},\n {\"b\":[1,\"]\"]}\n ]\n",
	    "1={\n};2={\"b\":[1,\"]\"]};"), "also spread over lines");
	ok(gives(INPUT_JSON, "[]", ""), "an empty array is no record");
	ok(gives(INPUT_JSON, "[{}]\n[{}]\n{\n}\n", "1={};1={};3={\n};"),
	    "something may follow an array");
	ok(gives(INPUT_JSON, "[{},7,\"a,]\\\"\\\\\",[{},1],{x},{\"y\"},{}]",
	    "1={};2!bad-json;3!bad-json;4!bad-json;5!bad-json;6!bad-json;"
	    "7={};"), "bad items are told and passed over");
	ok(gives(INPUT_JSON, "[{} {},{}]", "1={};2!bad-json;3={};"),
	    "a missing comma costs one item");
	ok(gives(INPUT_JSON, "[{},", "1={};2!bad-json;"),
	    "an array that never ends is told");
	ok(gives(INPUT_JSON, "[{},{\"a", "1={};2!bad-json;"),
	    "cut in an item, it is told once");
	ok(gives(INPUT_JSON, "[{},{x", "1={};2!bad-json;"),
	    "cut in a bad item, too");
}

static void
test_limits(void)
{
	static const char	x[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
	char			text[256], expected[256];

	(void)snprintf(text, sizeof(text),
	    "{\"a\":\"%.32s\"}\n{\"b\":\"%.33s\"}\n{}\n", x, x);
	(void)snprintf(expected, sizeof(expected),
	    "1={\"a\":\"%.32s\"};2!too-large;3={};", x);
	ok(gives(INPUT_JSON, text, expected),
	    "a line of the maximum is taken, one byte more is not");
	(void)snprintf(text, sizeof(text),
	    "{\n\"b\":[1,\n\"%s\"\n]\n}\n{\n}\n", x);
	ok(gives(INPUT_JSON, text, "1!too-large;6={\n};"),
	    "an object over lines that is too large is passed over");
	(void)snprintf(text, sizeof(text), "[{\"b\":\"%s\"},{}]", x);
	ok(gives(INPUT_JSON, text, "1!too-large;2={};"),
	    "so is an item of an array");
	(void)snprintf(text, sizeof(text), "%.36s%.4s\r\n%.36s%.5s\nb", x, x, x, x);
	(void)snprintf(expected, sizeof(expected),
	    "1=%.36s%.4s;2!too-large;3=b;", x, x);
	ok(gives(INPUT_LINES, text, expected),
	    "text has the same maximum, its end not counted");
	(void)snprintf(text, sizeof(text), "%s%s%s", x, x, x);
	ok(gives(INPUT_WHOLE, text, "1!too-large;"),
	    "and so has one that is all of the input");
}

static void
test_text(void)
{
	ok(gives(INPUT_LINES, "one\n\ntwo\r\n {\"x\n\r\nend",
	    "1=one;3=two;4= {\"x;6=end;"), "lines of text");
	ok(gives(INPUT_LINES, "a\rb\r\r\n", "1=a\rb\r;"),
	    "only the line's own CR goes");
	ok(gives_n(INPUT_NUL, "a\nb\0\0c\r\n\0d", 10,
	    "1=a\nb;2=;3=c\r\n;4=d;"), "records that end with a NUL");
	ok(gives(INPUT_WHOLE, "a\nb\n", "1=a\nb\n;"), "all of it is one text");
	ok(gives(INPUT_WHOLE, "", "1=;"), "even if that is nothing");
}

/* Two files after one another. */
static bool
then(enum input_kind kind, const char *a, const char *b, const char *expected)
{
	struct input	in;
	struct buf	out;
	bool		same;

	input_init(&in, kind, MAX);
	buf_init(&out, 4096);
	input_add(&in, a, strlen(a));
	input_end(&in);
	same = take(&in, &out) == INPUT_END;
	input_restart(&in);
	input_add(&in, b, strlen(b));
	same = same && take(&in, &out) == INPUT_MORE;
	input_end(&in);
	same = same && take(&in, &out) == INPUT_END &&
	    strcmp(buf_str(&out), expected) == 0;
	if (!same)
		printf("# %s\n", buf_str(&out));
	input_release(&in);
	buf_release(&out);
	return same;
}

static void
test_files(void)
{
	ok(then(INPUT_LINES, "a\nb", "c\n", "1=a;2=b;3=c;"),
	    "a file ends its last line");
	ok(then(INPUT_LINES, "a\nb\n", "c\n", "1=a;2=b;3=c;"),
	    "lines are counted over files");
	ok(then(INPUT_WHOLE, "a\nb\n", "c", "1=a\nb\n;2=c;"),
	    "each file is one text");
	ok(then(INPUT_JSON, "{\"a\":1}", "{\n}\n", "1={\"a\":1};2={\n};"),
	    "each file has its own shape");
	ok(then(INPUT_JSON, "[{}", "{}", "1={};2!bad-json;2={};"),
	    "an array ends with its file");
}

int
main(void)
{
	test_lines_of_json();
	test_spread_json();
	test_arrays();
	test_limits();
	test_text();
	test_files();
	return tap_done();
}
