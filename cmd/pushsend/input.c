#include "input.h"

#include <string.h>

#define CHUNK_MAX	65536	/* bytes added at once, at most */

enum {			/* input->state */
	BETWEEN,	/* at the beginning of a record */
	LINE,		/* in one, as far as its line */
	SPAN,		/* in one, behind its first line */
	SKIP_LINE,	/* what is left of a bad line */
	SKIP_OBJECT,	/* until a line opens a brace */
	ITEM,		/* an item or the array's end */
	AFTER_ITEM,	/* a comma or the array's end */
	IN_ITEM,
	SKIP_ITEM,
};

static const char	no_object[] = "not a JSON object "
			    "(use -l for lines of text)";
static const char	no_json[] = "not JSON";
static const char	not_closed[] = "the input ends inside it";
static const char	too_long[] = "the record is too long";

static char
line_end(const struct input *in)
{
	return in->kind == INPUT_NUL ? '\0' : '\n';
}

void
input_init(struct input *in, enum input_kind kind, size_t max)
{
	memset(in, 0, sizeof(*in));
	in->kind = kind;
	in->max = max;
	in->line = 1;
	in->last = line_end(in);
	buf_init(&in->bytes, max + 2 + CHUNK_MAX);
}

void
input_release(struct input *in)
{
	buf_release(&in->bytes);
}

void
input_add(struct input *in, const char *p, size_t n)
{
	buf_consume(&in->bytes, in->at);
	in->at = 0;
	buf_put(&in->bytes, p, n);
	in->last = p[n - 1];
}

void
input_end(struct input *in)
{
	in->ended = true;
}

void
input_restart(struct input *in)
{
	/* The last line of a file counts without its end as well. */
	if (in->kind == INPUT_WHOLE || in->last != line_end(in))
		in->line++;
	in->last = line_end(in);
	in->state = BETWEEN;
	in->ended = in->by_line = in->spread = false;
}

static size_t
left(const struct input *in)
{
	return in->bytes.len - in->at;
}

static const char *
here(const struct input *in)
{
	return in->bytes.p + in->at;
}

/* Uses up n bytes and counts their lines. */
static void
use(struct input *in, size_t n)
{
	const char	*p = here(in), *end = p + n;

	in->at += n;
	in->seen = 0;
	while (p != end &&
	    (p = memchr(p, line_end(in), (size_t)(end - p))) != NULL) {
		in->line++;
		p++;
	}
}

static enum input_got
bad(struct input_record *r, size_t line, enum push_err e, const char *why)
{
	r->line = line;
	r->p = NULL;
	r->n = 0;
	r->error = e;
	r->why = why;
	return INPUT_BAD;
}

/* The next n bytes are a record; the caller uses them up. */
static enum input_got
good(const struct input *in, struct input_record *r, size_t line, size_t n)
{
	r->line = line;
	r->p = here(in);
	r->n = n;
	r->error = PUSH_OK;
	r->why = "";
	return INPUT_RECORD;
}

/* A record that cannot go on; line by line the next one begins anywhere. */
static enum input_got
bad_line(struct input *in, struct input_record *r, enum push_err e,
    const char *why)
{
	in->state = SKIP_LINE;
	return bad(r, in->line, e, why);
}

/*
 * Looks for the end of the line at hand.  True: *n bytes lie before it, or
 * before the end of the input.
 */
static bool
find_end(struct input *in, size_t *n)
{
	const char	*p = NULL;

	if (in->seen < left(in))
		p = memchr(here(in) + in->seen, line_end(in),
		    left(in) - in->seen);
	if (p == NULL) {
		*n = in->seen = left(in);
		return in->ended;
	}
	*n = (size_t)(p - here(in));
	return true;
}

/* Uses up a line of n bytes and its end. */
static void
use_line(struct input *in, size_t n)
{
	use(in, n < left(in) ? n + 1 : n);
}

/* Uses up the rest of a bad line; false: more is to come. */
static bool
skip_line(struct input *in)
{
	size_t	n;
	bool	whole = find_end(in, &n);

	if (whole) {
		use_line(in, n);
		in->state = BETWEEN;
	} else
		use(in, left(in));
	return whole;
}

static size_t
without_cr(const char *p, size_t n)
{
	return n > 0 && p[n - 1] == '\r' ? n - 1 : n;
}

static enum input_got
next_text(struct input *in, struct input_record *r)
{
	size_t	n, text;

	for (;;) {
		if (in->state == SKIP_LINE && !skip_line(in))
			return INPUT_MORE;
		if (left(in) == 0)
			return in->ended ? INPUT_END : INPUT_MORE;
		if (!find_end(in, &n) && n <= in->max + 1)
			return INPUT_MORE;
		text = in->kind == INPUT_LINES ? without_cr(here(in), n) : n;
		if (text > in->max)
			return bad_line(in, r, PUSH_E_TOOLARGE, too_long);
		(void)good(in, r, in->line, text);
		use_line(in, n);
		if (text > 0 || in->kind == INPUT_NUL)
			return INPUT_RECORD;
	}
}

static enum input_got
next_whole(struct input *in, struct input_record *r)
{
	size_t	n = left(in);

	if (n > in->max) {
		in->at += n;
		if (in->state == SKIP_LINE)
			return in->ended ? INPUT_END : INPUT_MORE;
		in->state = SKIP_LINE;
		return bad(r, in->line, PUSH_E_TOOLARGE, too_long);
	}
	if (!in->ended)
		return INPUT_MORE;
	if (in->state == SKIP_LINE)
		return INPUT_END;
	in->state = SKIP_LINE;
	(void)good(in, r, in->line, n);
	in->at = in->bytes.len;
	return INPUT_RECORD;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
skip_space(struct input *in)
{
	size_t	n = 0;

	while (n < left(in) && is_space(here(in)[n]))
		n++;
	use(in, n);
}

static bool
is_blank(const char *p, size_t n)
{
	while (n > 0 && is_space(*p)) {
		p++;
		n--;
	}
	return n == 0;
}

/* One that spread over lines: the next begins where a line opens a brace. */
static enum input_got
bad_span(struct input *in, struct input_record *r, enum push_err e,
    const char *why)
{
	in->state = SKIP_OBJECT;
	in->seen = 0;
	return bad(r, in->line, e, why);
}

/* Uses up what is before the next line that opens a brace. */
static bool
skip_object(struct input *in)
{
	const char	*p;
	size_t		 n;

	/* The present line is the bad one: look behind its end. */
	while ((p = memchr(here(in), '\n', left(in))) != NULL) {
		n = (size_t)(p - here(in));
		if (n + 1 == left(in) && !in->ended) {
			use(in, n);	/* its end decides with the next byte */
			return false;
		}
		use(in, n + 1);
		if (left(in) > 0 && (*here(in) == '{' || *here(in) == '[')) {
			in->state = BETWEEN;
			return true;
		}
	}
	use(in, left(in));
	if (in->ended)
		in->state = BETWEEN;
	return in->ended;
}

/* The line at hand opens a brace: is it an object, or the start of one? */
static enum input_got
read_line(struct input *in, struct input_record *r)
{
	size_t		n, used;
	enum scan_got	got;

	if (!find_end(in, &n)) {
		if (n <= in->max)
			return INPUT_MORE;
		return bad_line(in, r, PUSH_E_TOOLARGE, too_long);
	}
	scan_init(&in->scan);
	got = scan_feed(&in->scan, here(in), n, &used);
	if (got == SCAN_END && is_blank(here(in) + used, n - used)) {
		(void)good(in, r, in->line, used);
		in->by_line = !in->spread;
		in->state = BETWEEN;
		use_line(in, n);
		return used <= in->max ? INPUT_RECORD :
		    bad(r, r->line, PUSH_E_TOOLARGE, too_long);
	}
	if (got != SCAN_MORE || in->by_line)
		return bad_line(in, r, PUSH_E_JSON, no_json);
	in->state = SPAN;
	in->seen = n;
	return INPUT_MORE;
}

static enum input_got
read_span(struct input *in, struct input_record *r)
{
	size_t		used, line = in->line;
	enum scan_got	got;

	got = scan_feed(&in->scan, here(in) + in->seen, left(in) - in->seen,
	    &used);
	in->seen += used;
	if (in->seen > in->max)
		return bad_span(in, r, PUSH_E_TOOLARGE, too_long);
	if (got == SCAN_BAD)
		return bad_span(in, r, PUSH_E_JSON, no_json);
	if (got == SCAN_MORE && in->ended)
		return bad_span(in, r, PUSH_E_JSON, not_closed);
	if (got == SCAN_MORE)
		return INPUT_MORE;
	(void)good(in, r, line, in->seen);
	in->spread = true;
	in->state = BETWEEN;
	use(in, in->seen);
	return INPUT_RECORD;
}

/* At the beginning of a record, an array or a line of nonsense. */
static enum input_got
begin(struct input *in, struct input_record *r)
{
	skip_space(in);
	if (left(in) == 0)
		return in->ended ? INPUT_END : INPUT_MORE;
	if (*here(in) == '[' && !in->by_line) {
		use(in, 1);
		in->item = 0;
		in->state = ITEM;
	} else if (*here(in) == '{')
		in->state = LINE;
	else
		return bad_line(in, r, PUSH_E_JSON, no_object);
	return INPUT_MORE;
}

static enum input_got
bad_item(struct input *in, struct input_record *r, enum push_err e,
    const char *why)
{
	in->state = SKIP_ITEM;
	in->seen = in->depth = 0;
	in->quoted = in->escaped = false;
	return bad(r, in->item, e, why);
}

/* One byte of an item passed over; true at what ends it. */
static bool
ends_item(struct input *in, char c)
{
	if (in->quoted) {
		if (!in->escaped && c == '"')
			in->quoted = false;
		in->escaped = !in->escaped && c == '\\';
		return false;
	}
	if (in->depth == 0 && (c == ',' || c == ']'))
		return true;
	if (c == '"')
		in->quoted = true;
	else if (c == '{' || c == '[')
		in->depth++;
	else if ((c == '}' || c == ']') && in->depth > 0)
		in->depth--;
	return false;
}

static void
skip_item(struct input *in)
{
	size_t	n = 0;

	while (n < left(in) && !ends_item(in, here(in)[n]))
		n++;
	if (n < left(in))
		in->state = AFTER_ITEM;
	use(in, n);
}

static enum input_got
read_item(struct input *in, struct input_record *r)
{
	size_t		used;
	enum scan_got	got;

	got = scan_feed(&in->scan, here(in) + in->seen, left(in) - in->seen,
	    &used);
	in->seen += used;
	if (in->seen > in->max)
		return bad_item(in, r, PUSH_E_TOOLARGE, too_long);
	if (got == SCAN_BAD)
		return bad_item(in, r, PUSH_E_JSON, no_json);
	if (got == SCAN_MORE)
		return INPUT_MORE;
	(void)good(in, r, in->item, in->seen);
	in->state = AFTER_ITEM;
	use(in, in->seen);
	return INPUT_RECORD;
}

/* Between two items: what comes is at hand. */
static enum input_got
read_array(struct input *in, struct input_record *r)
{
	char	c = *here(in);

	if (c == ']') {
		use(in, 1);
		in->state = BETWEEN;
		return INPUT_MORE;
	}
	if (in->state == AFTER_ITEM && c == ',') {
		use(in, 1);
		in->state = ITEM;
		return INPUT_MORE;
	}
	in->item++;
	if (in->state == AFTER_ITEM)
		return bad_item(in, r, PUSH_E_JSON, no_json);
	if (c != '{')
		return bad_item(in, r, PUSH_E_JSON, no_object);
	scan_init(&in->scan);
	in->state = IN_ITEM;
	return INPUT_MORE;
}

/* The input ended inside an array. */
static enum input_got
cut_array(struct input *in, struct input_record *r)
{
	bool	told = in->state == SKIP_ITEM;

	if (in->state != IN_ITEM)
		in->item++;
	use(in, left(in));
	in->state = BETWEEN;
	return told ? INPUT_END : bad(r, in->item, PUSH_E_JSON, not_closed);
}

static enum input_got
next_in_array(struct input *in, struct input_record *r)
{
	enum input_got	got = INPUT_MORE;

	if (in->state == SKIP_ITEM)
		skip_item(in);
	if (in->state == ITEM || in->state == AFTER_ITEM)
		skip_space(in);
	if (in->state == IN_ITEM)
		got = read_item(in, r);
	else if (in->state != SKIP_ITEM && left(in) > 0)
		return read_array(in, r);
	if (got == INPUT_MORE && in->ended)
		return cut_array(in, r);
	return got;
}

/* One step; INPUT_MORE: with these bytes, in this state, no more. */
static enum input_got
step_json(struct input *in, struct input_record *r)
{
	switch (in->state) {
	case BETWEEN:
		return begin(in, r);
	case LINE:
		return read_line(in, r);
	case SPAN:
		return read_span(in, r);
	case SKIP_LINE:
		(void)skip_line(in);
		return INPUT_MORE;
	case SKIP_OBJECT:
		(void)skip_object(in);
		return INPUT_MORE;
	default:
		return next_in_array(in, r);
	}
}

static enum input_got
next_json(struct input *in, struct input_record *r)
{
	enum input_got	got;
	size_t		at;
	int		state;

	do {
		state = in->state;
		at = in->at;
		got = step_json(in, r);
	} while (got == INPUT_MORE && (in->state != state || in->at != at));
	return got;
}

enum input_got
input_next(struct input *in, struct input_record *r)
{
	switch (in->kind) {
	case INPUT_LINES:
	case INPUT_NUL:
		return next_text(in, r);
	case INPUT_WHOLE:
		return next_whole(in, r);
	default:
		return next_json(in, r);
	}
}
