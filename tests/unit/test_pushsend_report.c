#include <string.h>

#include "pushsend/report.h"
#include "tap.h"

/* The exit code of results ("|" between them), waiting for a state. */
static int
code(enum fate asked, const char *results)
{
	struct options	o = { .asked = asked, .output = TERM_NONE };
	struct report	r;
	const char	*end;
	int		rc;

	report_init(&r, &o);
	while (*results != '\0') {
		end = strchr(results, '|');
		if (end == NULL)
			end = results + strlen(results);
		report_result(&r, 1, results, (size_t)(end - results));
		results = *end == '|' ? end + 1 : end;
	}
	rc = report_exit(&r);
	report_release(&r);
	return rc;
}

static bool
prints(struct options *o, const char *result, const char *expected)
{
	struct report	r;
	bool		same;

	report_init(&r, o);
	r.escape = true;
	report_result(&r, 7, result, strlen(result));
	same = strcmp(buf_str(&r.out), expected) == 0;
	if (!same)
		printf("# %s\n", buf_str(&r.out));
	report_release(&r);
	return same;
}

/* Lines that find no room are lost, and that is told. */
static int
code_of_overflow(void)
{
	struct options	o = { .output = TERM_JSON };
	struct report	r;
	int		rc;

	report_init(&r, &o);
	r.out.max = 20;
	report_refused(&r, 1, PUSH_E_JSON, "too long for it");
	report_flush(&r, -1, 0);
	rc = report_exit(&r);
	report_release(&r);
	return rc;
}

#define DELIVERED	"{\"id\":\"p1\",\"to\":\"a\",\"state\":\"delivered\"," \
			"\"ms\":12}"
#define QUEUED		"{\"id\":\"p1\",\"to\":\"a\",\"state\":\"queued\"}"
#define REFUSED(word)	"{\"to\":\"a\\u001b\",\"state\":\"refused\"," \
			"\"error\":\"" word "\",\"text\":\"why\"}"
#define MIXED		"{\"id\":\"p1\",\"to\":\"all\",\"state\":\"mixed\"," \
			"\"targets\":3,\"queued\":1,\"delivered\":2}"

static void
test_codes(void)
{
	ok(code(FATE_QUEUED, "") == 0, "nothing to do is a success");
	ok(code(FATE_QUEUED, QUEUED "|" DELIVERED) == 0,
	    "accepted is queued or more");
	ok(code(FATE_DELIVERED, QUEUED) == 10, "still queued");
	ok(code_of_overflow() == 1, "lines that are lost are no success");
	ok(code(FATE_DELIVERED, DELIVERED "|" QUEUED) == 1, "a mixture");
	ok(code(FATE_QUEUED, REFUSED("bad-json") "|" REFUSED("bad-request"))
	    == 65, "bad records");
	ok(code(FATE_QUEUED, REFUSED("queue-full")) == 12 &&
	    code(FATE_QUEUED, REFUSED("unknown-target")) == 13 &&
	    code(FATE_QUEUED, REFUSED("not-stored")) == 75,
	    "a refusal has the code of its word");
	ok(code(FATE_QUEUED, "{\"state\":\"refused\"}") == 12,
	    "one without a word is policy");
	ok(code(FATE_QUEUED, MIXED) == 0,
	    "of a summary each part counts: all accepted");
	ok(code(FATE_DELIVERED, MIXED) == 1, "not all delivered");
	ok(code(FATE_DELIVERED, "{\"state\":\"expired\"}") == 11 &&
	    code(FATE_DELIVERED, "{\"state\":\"failed\"}") == 15 &&
	    code(FATE_DELIVERED, "{\"state\":\"cancelled\"}") == 14,
	    "other ends have codes of their own");
}

static void
test_lines(void)
{
	struct options	json = { .output = TERM_JSON };
	struct options	text = { .output = TERM_TEXT };
	struct options	none = { .output = TERM_NONE };
	struct options	form = { .format = "%{line} %{to} %{state}\\n" };

	ok(prints(&json, QUEUED, "{\"line\":7,\"id\":\"p1\",\"to\":\"a\","
	    "\"state\":\"queued\"}\n"), "the line comes first");
	ok(prints(&json, "{ }", "{\"line\":7}\n"), "also where it is alone");
	ok(prints(&text, DELIVERED, "p1 a delivered 12 ms\n"),
	    "short text for people");
	ok(prints(&text, REFUSED("denied"),
	    "line 7: a\\x1b refused: denied: why\n"),
	    "a refusal names its line, escaped");
	ok(prints(&text, MIXED, "p1 all mixed: 1 queued, 2 delivered\n"),
	    "a summary is counted up");
	ok(prints(&none, QUEUED, ""), "none is nothing");
	ok(prints(&form, REFUSED("denied"), "7 a\\x1b refused\n"),
	    "a format of one's own");
}

static void
test_refused(void)
{
	struct options	o = { .output = TERM_JSON };
	struct report	r;

	report_init(&r, &o);
	report_refused(&r, 3, PUSH_E_TOOLARGE, "too \"long\"");
	ok(strcmp(buf_str(&r.out), "{\"line\":3,\"state\":\"refused\","
	    "\"error\":\"too-large\",\"text\":\"too \\\"long\\\"\"}\n") == 0 &&
	    r.failed, "a record refused here looks like any other");
	report_release(&r);
}

int
main(void)
{
	test_codes();
	test_lines();
	test_refused();
	return tap_done();
}
