#include <string.h>

#include "pushsub/format.h"
#include "tap.h"

static const char	line[] =
    "{\"id\":\"p1\",\"to\":\"d\\u00e4\",\"title\":\"A\\\"B\","
    "\"message\":\"x\\u001b[1m\\u009b\",\"data\":{\"a\": [1, 2]},"
    "\"priority\":4,\"received\":\"2026-11-23T00:08:41.123Z\","
    "\"dup\":false}";

static bool
gives(const char *format, bool terminal, const char *expected)
{
	struct buf	out;
	bool		same;

	buf_init(&out, 4096);
	format_put(format, line, terminal, &out);
	same = strcmp(buf_str(&out), expected) == 0;
	if (!same)
		printf("# got: %s\n", buf_str(&out));
	buf_release(&out);
	return same;
}

static bool
valid(const char *format)
{
	struct err_text	why;

	return format_check(format, &why) == 0;
}

int
main(void)
{
	struct buf	out;

	ok(gives("%{id} %{to}\\n", false, "p1 d\xc3\xa4\n"),
	    "fields and a line end");
	ok(gives("%{title}", false, "A\"B"), "strings come without quotes");
	ok(gives("%{data}|%{priority}|%{dup}", false, "{\"a\": [1, 2]}|4|false"),
	    "what is no string comes as JSON");
	ok(gives("[%{uri}]", false, "[]"), "an absent field is empty");
	ok(gives("100%%\\t\\\\\\q", false, "100%\t\\\\q"),
	    "percent signs and backslashes");
	ok(gives("%{message}", false, "x\x1b[1m\xc2\x9b"),
	    "a file gets the bytes as they are");
	ok(gives("%{message}", true, "x\\x1b[1m\\x9b"),
	    "a terminal gets no control characters");

	ok(valid("%{id}%{latency_ms}%%"), "a good format is taken");
	ok(!valid("%{nonsense}"), "an unknown field is refused");
	ok(!valid("%{id"), "an open brace is refused");
	ok(!valid("%d"), "a printf conversion is refused");
	ok(!valid("%"), "a lone percent sign is refused");
	ok(!valid("%{i}"), "a field's beginning is no field");

	buf_init(&out, 4096);
	format_put_text(line, true, &out);
	ok(strcmp(buf_str(&out), "2026-11-23T00:08:41.123Z d\xc3\xa4: A\"B: "
	    "x\\x1b[1m\\x9b\n") == 0, "short text for a terminal");
	buf_release(&out);
	return tap_done();
}
