#include <string.h>

#include "base/format.h"
#include "tap.h"

static const char *const	fields[] = { "id", "state", "data", NULL };

static const char	line[] =
    "{\"id\":\"p1\",\"to\":\"d\\u00e4\",\"title\":\"A\\\"B\","
    "\"message\":\"x\\u001b[1m\",\"data\":{\"a\": [1, 2.50]},"
    "\"priority\":4,\"dup\":false}";

static bool
gives(const char *format, bool terminal, const char *expected)
{
	struct buf	out;
	bool		same;

	buf_init(&out, 4096);
	format_put(format, line, strlen(line), terminal, &out);
	same = out.len == strlen(expected) &&
	    strcmp(buf_str(&out), expected) == 0;
	if (!same)
		printf("# got: %s\n", buf_str(&out));
	buf_release(&out);
	return same;
}

static bool
valid(const char *format)
{
	struct err_text	why;

	return format_check(format, fields, &why) == 0;
}

int
main(void)
{
	const struct opt_program	pr = { .name = "tool" };
	enum term_output		form;
	struct err_text			why;

	ok(gives("%{id} %{to}\\n", false, "p1 d\xc3\xa4\n"),
	    "fields and a line end");
	ok(gives("%{title}", false, "A\"B"), "strings come without quotes");
	ok(gives("%{data}|%{priority}|%{dup}", false,
	    "{\"a\": [1, 2.50]}|4|false"), "what is no string comes as JSON");
	ok(gives("[%{uri}]", false, "[]"), "an absent field is empty");
	ok(gives("100%%\\t\\\\\\q", false, "100%\t\\\\q"),
	    "percent signs and backslashes");
	ok(gives("\\", false, "\\"), "a backslash at the end stays");
	ok(gives("%{message}", false, "x\x1b[1m"),
	    "a file gets the bytes as they are");
	ok(gives("%{message}", true, "x\\x1b[1m"),
	    "a terminal gets no control characters");
	ok(gives("%{a_name_that_is_longer_than_any_field_is}", false,
	    "%{a_name_that_is_longer_than_any_field_is}"),
	    "an unchecked name that is too long does no harm");

	ok(valid("%{id}%{state}%%x"), "a good format is taken");
	ok(format_choose(&pr, "none", NULL, fields, &form) == -1 &&
	    form == TERM_NONE && format_choose(&pr, NULL, "%{id}", fields,
	    &form) == -1, "-o or -F choose the output");
	ok(format_choose(&pr, "json", "%{id}", fields, &form) == OPT_USAGE &&
	    format_choose(&pr, "xml", NULL, fields, &form) == OPT_USAGE &&
	    format_choose(&pr, NULL, "%{x}", fields, &form) == OPT_USAGE,
	    "not both, no other word, no other field");
	ok(!valid("%{nonsense}"), "an unknown field is refused");
	ok(format_check("%{ix}", fields, &why) == -1 && strcmp(why.s,
	    "'ix' is no field (there are: id state data)") == 0,
	    "the sentence lists the fields");
	ok(!valid("%{id"), "an open brace is refused");
	ok(!valid("%d"), "a printf conversion is refused");
	ok(!valid("%"), "a lone percent sign is refused");
	ok(!valid("%{i}"), "a field's beginning is no field");
	ok(!valid("%{ident}"), "a field with something behind is no field");
	return tap_done();
}
