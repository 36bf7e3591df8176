#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/lines.h"
#include "tap.h"

/* Lines, each in brackets; one that was too long as an exclamation mark. */
struct sink {
	struct buf	text;
	int		stop_after;	/* lines, 0: never */
};

static bool
on_line(void *arg, const char *p, size_t n)
{
	struct sink	*s = arg;

	buf_putc(&s->text, '[');
	if (p == NULL)
		buf_printf(&s->text, "!%zu", n);
	else
		buf_put(&s->text, p, n);
	buf_putc(&s->text, ']');
	return s->stop_after == 0 || --s->stop_after > 0;
}

/* Feeds in pieces of a size after a first one; compares. */
static bool
gives(const char *in, size_t n, size_t first, size_t step, char end,
    const char *want)
{
	struct sink	s = { .stop_after = 0 };
	struct lines	l;
	size_t		at, len;
	bool		same;

	buf_init(&s.text, 4096);
	lines_init(&l, 5, end);
	for (at = 0; at < n; at += len) {
		len = at == 0 ? first : step;
		if (len > n - at)
			len = n - at;
		/* A copy, so that nothing behind the piece can be read. */
		char	*piece = malloc(len > 0 ? len : 1);

		memcpy(piece, in + at, len);
		if (lines_feed(&l, piece, len, on_line, &s) != len)
			abort();
		free(piece);
		if (at == 0 && len == 0)
			break;
	}
	lines_end(&l, on_line, &s);
	same = strcmp(buf_str(&s.text), want) == 0;
	if (!same)
		printf("# %s instead of %s\n", buf_str(&s.text), want);
	buf_release(&s.text);
	lines_release(&l);
	return same;
}

/* Whole, byte by byte, and once per split position. */
static bool
always_gives(const char *in, size_t n, char end, const char *want)
{
	size_t	i;
	bool	good = gives(in, n, n, n, end, want) &&
		    gives(in, n, 1, 1, end, want);

	for (i = 1; i < n && good; i++)
		good = gives(in, n, i, n, end, want);
	return good;
}

static const struct {
	const char	*in, *want, *what;
} cases[] = {
	{ "a\nbc\n", "[a][bc]", "lines are cut at LF" },
	{ "a\r\nb\r\n", "[a][b]", "CR LF ends a line, too" },
	{ "\n\r\n\n", "[][][]", "empty lines are lines" },
	{ "a\rb\n", "[a\rb]", "a CR inside is a byte like others" },
	{ "a\r\r\n", "[a\r]", "one CR belongs to the end" },
	{ "12345\n", "[12345]", "a line of the maximum is whole" },
	{ "12345\r\nx\n", "[12345][x]", "its CR LF does not count" },
	{ "123456\nx\n", "[!5][x]", "one byte more is refused" },
	{ "12345\r6\nx\n", "[!5][x]", "so is a CR with more behind it" },
	{ "123456789 123456789\nx\n123456\n", "[!5][x][!5]",
	    "a long line is told once and skipped to its end" },
	{ "a\nlast", "[a][last]", "the end of input ends a line" },
	{ "a\n123456", "[a][!5]", "but does not end one too long twice" },
	{ "", "", "no bytes are no line" },
};

static void
test_stop(void)
{
	static const char	in[] = "a\nb\nc\n";
	struct sink		s = { .stop_after = 2 };
	struct lines		l;
	size_t			n, m;

	buf_init(&s.text, 4096);
	lines_init(&l, 5, '\n');
	n = lines_feed(&l, in, 1, on_line, &s);
	n += lines_feed(&l, in + 1, 5, on_line, &s);
	ok(n == 4 && strcmp(buf_str(&s.text), "[a][b]") == 0,
	    "a callback that says stop stops behind its line");
	m = lines_feed(&l, in + n, 6 - n, on_line, &s);
	ok(m == 2 && strcmp(buf_str(&s.text), "[a][b][c]") == 0,
	    "and the rest can be fed later");
	buf_release(&s.text);
	lines_release(&l);
}

static bool
release_it(void *arg, const char *p, size_t n)
{
	struct lines	*l = arg;

	lines_release(l);
	free(l);
	return p == NULL && n > 0;
}

static void
test_release_inside(void)
{
	struct lines	*l = malloc(sizeof(*l));

	lines_init(l, 5, '\n');
	(void)lines_feed(l, "ab", 2, release_it, l);
	ok(lines_feed(l, "c\nd\n", 4, release_it, l) == 2,
	    "a callback may free the lines and say stop");
}

int
main(void)
{
	size_t	i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(always_gives(cases[i].in, strlen(cases[i].in), '\n',
		    cases[i].want), "%s", cases[i].what);
	ok(always_gives("a\n\0b\r\0" "123456\0x", 14, '\0',
	    "[a\n][b\r][!5][x]"), "records end with NUL, and only there");
	test_stop();
	test_release_inside();
	return tap_done();
}
