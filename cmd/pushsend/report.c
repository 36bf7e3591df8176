#include "report.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/format.h"
#include "base/json.h"
#include "ctl/ctl.h"
#include "io/outlet.h"

#define OUT_MAX		(64 * CTL_LINE_MAX)
#define EXIT_OUTPUT	1
#define EXIT_REFUSED	12

void
report_init(struct report *r, const struct options *o)
{
	memset(r, 0, sizeof(*r));
	r->options = o;
	r->escape = isatty(STDOUT_FILENO) != 0;
	buf_init(&r->out, OUT_MAX);
}

void
report_release(struct report *r)
{
	buf_release(&r->out);
}

static void
add_code(struct report *r, int code)
{
	verdict_add(&r->verdict, code);
	if (code != 0)
		r->failed = true;
}

/* A counter of a summary such as "queued":15, 0 if it is not there. */
static int64_t
counter(const struct json *doc, enum fate f)
{
	int64_t	n;

	/* In a line of one device the same words name times. */
	if (json_integer(json_get(doc, fate_name(f)), &n) != 0)
		return 0;
	return n;
}

static bool
is_summary(const struct json *doc)
{
	return json_is_number(json_get(doc, "targets"));
}

static int
refused_code(const struct json *doc)
{
	const char	*word = json_get_string(doc, "error");

	return word != NULL ? err_exit(err_from_name(word)) : EXIT_REFUSED;
}

static int
code_of(const struct json *doc, enum fate asked, enum fate f)
{
	return f == FATE_REFUSED ? refused_code(doc) : fate_exit(asked, f);
}

/* The codes of a line; a mixed one has the codes of its parts. */
static void
judge(struct report *r, const struct json *doc)
{
	enum fate	 asked = r->options->asked, f;
	const char	*word = json_get_string(doc, "state");
	int		 state = word != NULL ? fate_from_name(word) : -1;

	r->lines++;
	if (state < 0)
		state = FATE_FAILED;
	r->count[state]++;
	if (state != FATE_MIXED) {
		add_code(r, code_of(doc, asked, (enum fate)state));
		return;
	}
	for (f = FATE_SCHEDULED; f < FATE_MIXED; f++)
		if (counter(doc, f) > 0)
			add_code(r, code_of(doc, asked, f));
}

static void
put_word(struct report *r, const char *before, const char *s)
{
	if (s == NULL)
		return;
	buf_puts(&r->out, before);
	term_put(&r->out, s, strlen(s), true);
}

static void
put_counters(struct report *r, const struct json *doc)
{
	enum fate	f;
	const char	*before = ":";
	int64_t		n;

	for (f = FATE_SCHEDULED; f < FATE_MIXED; f++) {
		if ((n = counter(doc, f)) == 0)
			continue;
		buf_printf(&r->out, "%s %lld %s", before, (long long)n,
		    fate_name(f));
		before = ",";
	}
}

/* "p0000000A3f1 device:ab12 delivered 12 ms" */
static void
put_text(struct report *r, size_t line, const struct json *doc)
{
	const char	*id = json_get_string(doc, "id");
	const char	*to = json_get_string(doc, "to");
	int64_t		 ms;

	if (id != NULL)
		put_word(r, "", id);
	else
		buf_printf(&r->out, "line %zu:", line);
	put_word(r, " ", to);
	put_word(r, " ", json_get_string(doc, "state"));
	if (is_summary(doc))
		put_counters(r, doc);
	if (json_integer(json_get(doc, "ms"), &ms) == 0)
		buf_printf(&r->out, " %lld ms", (long long)ms);
	put_word(r, ": ", json_get_string(doc, "error"));
	put_word(r, ": ", json_get_string(doc, "text"));
	buf_putc(&r->out, '\n');
}

/* The object with "line" in front of its other members. */
static void
put_json(struct buf *b, size_t line, const char *text, size_t n)
{
	buf_printf(b, "{\"line\":%zu", line);
	while (n > 1 && strchr(" \t{", *text) != NULL && *text != '\0') {
		text++;
		n--;
	}
	if (*text != '}')
		buf_putc(b, ',');
	buf_put(b, text, n);
}

static void
put_format(struct report *r, size_t line, const char *text, size_t n)
{
	struct buf	doc;

	buf_init(&doc, CTL_LINE_MAX);
	put_json(&doc, line, text, n);
	format_put(r->options->format, buf_str(&doc), doc.len, r->escape,
	    &r->out);
	buf_release(&doc);
}

void
report_result(struct report *r, size_t line, const char *text, size_t n)
{
	struct json	*doc;

	if (json_parse(text, n, &doc, NULL) != PUSH_OK)
		return;
	judge(r, doc);
	if (r->options->format != NULL)
		put_format(r, line, text, n);
	else if (r->options->output == TERM_JSON) {
		put_json(&r->out, line, text, n);
		buf_putc(&r->out, '\n');
	} else if (r->options->output == TERM_TEXT)
		put_text(r, line, doc);
	json_free(&doc);
}

void
report_refused(struct report *r, size_t line, enum push_err e,
    const char *why)
{
	struct buf	b;

	buf_init(&b, CTL_LINE_MAX);
	buf_putc(&b, '{');
	json_put_member(&b, "state", fate_name(FATE_REFUSED));
	json_put_member(&b, "error", err_name(e));
	json_put_member(&b, "text", why);
	buf_putc(&b, '}');
	report_result(r, line, b.p, b.len);
	buf_release(&b);
}

void
report_flush(struct report *r, int signals, int ms)
{
	if (!buf_ok(&r->out) && r->broken == 0)
		r->broken = ENOBUFS;	/* lines are missing */
	if (r->broken == 0)
		r->broken = outlet_write(&r->out, signals, ms);
	if (r->broken != 0)
		buf_reset(&r->out);
}

int
report_exit(const struct report *r)
{
	if (r->broken == EPIPE)
		return 128 + SIGPIPE;
	if (r->broken != 0) {
		term_tell(options_tool, "stdout: cannot write the results: "
		    "%s (they are lost, the pushes are not)",
		    strerror(r->broken));
		return EXIT_OUTPUT;
	}
	return verdict_exit(&r->verdict);
}
