#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pushsend/record.h"
#include "tap.h"

/* The object for a record with these options; "" if it is refused. */
static bool
gives(const struct options *o, bool json, const char *record,
    const char *expected)
{
	struct record_fill	fill;
	struct buf		b;
	const char		*why = "";
	enum push_err		e;
	bool			same;

	buf_init(&b, 4096);
	buf_puts(&b, "{\"push\":");
	if (record_fill_init(&fill, o) != 0)
		return false;
	e = json ? record_put_json(&b, &fill, record, strlen(record), &why) :
	    record_put_text(&b, &fill, record, strlen(record), &why);
	same = strcmp(buf_str(&b) + 8, expected) == 0 &&
	    (e == PUSH_OK) == (*expected != '\0') &&
	    (e == PUSH_OK) == (*why == '\0');
	if (!same)
		printf("# %s %s\n", err_name(e), buf_str(&b));
	record_fill_release(&fill);
	buf_release(&b);
	return same;
}

static void
add_target(struct options *o, const char *s)
{
	o->targets.item = realloc(o->targets.item,
	    (o->targets.count + 1) * sizeof(*o->targets.item));
	o->targets.item[o->targets.count++] = s;
}

static void
test_json(void)
{
	struct options	none = { 0 }, o = { 0 };

	ok(gives(&none, true, "{\"to\":\"a\", \"data\":{\"n\":1.50,"
	    "\"b\":12345678901234567890}}", "{\"to\":\"a\", \"data\":"
	    "{\"n\":1.50,\"b\":12345678901234567890}}"),
	    "a record goes as it is written");
	ok(gives(&none, true, "{\r\n\t\"to\" :\n\"a\"\n}",
	    "{  \t\"to\" : \"a\"}"), "but in one line");
	add_target(&o, "dev");
	o.title = "a \"b\"";
	o.priority = "4";
	o.ttl = "0";
	ok(gives(&o, true, "{ }", "{\"to\":\"dev\",\"title\":\"a \\\"b\\\"\","
	    "\"priority\":4,\"ttl\":\"0\"}"),
	    "an empty object gets all of the options");
	ok(gives(&o, true, "{\"title\":\"}\",\"ttl\":3 } ",
	    "{\"title\":\"}\",\"ttl\":3,\"to\":\"dev\",\"priority\":4}"),
	    "what the record says stays");
	ok(gives(&o, true, "{\"to\":\"x\",", "") &&
	    gives(&o, true, "{\"to\":01}", "") &&
	    gives(&o, true, "{\"to\":\"\xff\"}", ""),
	    "what is no JSON is refused, and nothing is left of it");
	opt_list_release(&o.targets);
}

static void
test_options(void)
{
	struct options	o = { 0 };

	o.uri = "http://x";
	o.priority = "high";
	o.collapse = "c";
	o.in = "5m";
	o.data = "{\n\"a\":1.0}";
	o.key = "k";
	ok(gives(&o, true, "{}", "{\"uri\":\"http://x\",\"priority\":\"high\","
	    "\"collapse\":\"c\",\"in\":\"5m\",\"data\":{ \"a\":1.0},"
	    "\"key\":\"k\"}"), "each option has its field");
	ok(gives(&o, true, "{\"at\":\"2030\"}", "{\"at\":\"2030\","
	    "\"uri\":\"http://x\",\"priority\":\"high\",\"collapse\":\"c\","
	    "\"data\":{ \"a\":1.0},\"key\":\"k\"}"),
	    "a record with a time gets no second one");
}

static void
test_text(void)
{
	struct options	o = { 0 };

	add_target(&o, "a");
	add_target(&o, "topic:b & !c");
	ok(gives(&o, false, "one\ttwo \"x\"", "{\"message\":\"one\\u0009two "
	    "\\\"x\\\"\",\"to\":[\"a\",\"topic:b & !c\"]}"),
	    "a text is a message, several targets a list");
	ok(gives(&o, false, "", "{\"message\":\"\",\"to\":[\"a\","
	    "\"topic:b & !c\"]}"), "an empty one, too");
	ok(gives(&o, false, "a\x1b", "") && gives(&o, false, "\xc3", ""),
	    "what XML does not allow is refused");
	opt_list_release(&o.targets);
}

/* The exit code for "-t @FILE" with these bytes. */
static int
from_file(const char *text, const char *expected)
{
	char			name[] = "@/tmp/test_record.XXXXXX";
	struct options		o = { 0 };
	struct record_fill	fill;
	int			fd = mkstemp(name + 1), rc;

	(void)!write(fd, text, strlen(text));
	(void)close(fd);
	add_target(&o, name);
	rc = record_fill_init(&fill, &o);
	if (rc == 0 && strcmp(buf_str(&fill.field[0].value), expected) != 0)
		rc = -1;
	record_fill_release(&fill);
	(void)unlink(name + 1);
	opt_list_release(&o.targets);
	return rc;
}

static void
test_files(void)
{
	struct options		o = { 0 };
	struct record_fill	fill;

	ok(from_file("a\r\n\n  \nuser:b\nc", "[\"a\",\"user:b\",\"c\"]") == 0,
	    "a file holds a target a line");
	ok(from_file("a\n", "\"a\"") == 0, "one of them is no list");
	ok(from_file("a\nb(\n", "") == 64, "a bad target is a usage error");
	ok(from_file("\n", "") == 64, "so is a file without any");
	add_target(&o, "@/nonexistent");
	ok(record_fill_init(&fill, &o) == 66, "a file has to be there");
	record_fill_release(&fill);
	opt_list_release(&o.targets);
}

int
main(void)
{
	test_json();
	test_options();
	test_text();
	test_files();
	return tap_done();
}
