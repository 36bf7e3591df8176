/* input_json - the three shapes of JSON: by line, spread over lines, array. */
#include <string.h>

#include "input_parts.h"

static const char	no_object[] = "not a JSON object "
			    "(use -l for lines of text)";
static const char	no_json[] = "not JSON";
static const char	no_end[] = "something follows the object in its line";
static const char	not_closed[] = "the input ends inside it";

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
skip_space(struct input *in)
{
	size_t	n = 0;

	while (n < input_left(in) && is_space(input_here(in)[n]))
		n++;
	input_use(in, n);
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
	return input_bad(r, in->line, e, why);
}

/* Uses up what is before the next line that opens a brace. */
static bool
skip_object(struct input *in)
{
	const char	*p;
	size_t		 n;

	/* The present line is the bad one: look behind its end. */
	while ((p = memchr(input_here(in), '\n', input_left(in))) != NULL) {
		n = (size_t)(p - input_here(in));
		if (n + 1 == input_left(in) && !in->ended) {
			/* What follows its end is not here yet. */
			input_use(in, n);
			return false;
		}
		input_use(in, n + 1);
		if (input_left(in) > 0 &&
		    memchr("{[", *input_here(in), 2) != NULL) {
			in->state = BETWEEN;
			return true;
		}
	}
	input_use(in, input_left(in));
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

	if (!input_find_end(in, &n)) {
		if (n <= in->max)
			return INPUT_MORE;
		return input_bad_line(in, r, PUSH_E_TOOLARGE, input_too_long);
	}
	scan_init(&in->scan);
	got = scan_feed(&in->scan, input_here(in), n, &used);
	if (got == SCAN_END && is_blank(input_here(in) + used, n - used)) {
		(void)input_good(in, r, in->line, used);
		in->by_line = !in->spread;
		in->state = BETWEEN;
		input_use_line(in, n);
		return used <= in->max ? INPUT_RECORD :
		    input_bad(r, r->line, PUSH_E_TOOLARGE, input_too_long);
	}
	if (got != SCAN_MORE || in->by_line)
		return input_bad_line(in, r, PUSH_E_JSON, got == SCAN_END ?
		    no_end : no_json);
	in->state = SPAN;
	in->seen = n;
	return INPUT_MORE;
}

static enum input_got
read_span(struct input *in, struct input_record *r)
{
	size_t		used, line = in->line;
	enum scan_got	got;

	got = scan_feed(&in->scan, input_here(in) + in->seen,
	    input_left(in) - in->seen, &used);
	in->seen += used;
	if (in->seen > in->max)
		return bad_span(in, r, PUSH_E_TOOLARGE, input_too_long);
	if (got == SCAN_BAD)
		return bad_span(in, r, PUSH_E_JSON, no_json);
	if (got == SCAN_MORE && in->ended)
		return bad_span(in, r, PUSH_E_JSON, not_closed);
	if (got == SCAN_MORE)
		return INPUT_MORE;
	(void)input_good(in, r, line, in->seen);
	in->spread = true;
	in->state = BETWEEN;
	input_use(in, in->seen);
	return INPUT_RECORD;
}

/* At the beginning of a record, an array or a line of nonsense. */
static enum input_got
begin(struct input *in, struct input_record *r)
{
	skip_space(in);
	if (input_left(in) == 0)
		return in->ended ? INPUT_END : INPUT_MORE;
	if (*input_here(in) == '[' && !in->by_line) {
		input_use(in, 1);
		in->item = 0;
		in->state = ITEM;
	} else if (*input_here(in) == '{')
		in->state = LINE;
	else
		return input_bad_line(in, r, PUSH_E_JSON, no_object);
	return INPUT_MORE;
}

static enum input_got
bad_item(struct input *in, struct input_record *r, enum push_err e,
    const char *why)
{
	in->state = SKIP_ITEM;
	in->seen = in->depth = 0;
	in->quoted = in->escaped = false;
	return input_bad(r, in->item, e, why);
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

	while (n < input_left(in) && !ends_item(in, input_here(in)[n]))
		n++;
	if (n < input_left(in))
		in->state = AFTER_ITEM;
	input_use(in, n);
}

static enum input_got
read_item(struct input *in, struct input_record *r)
{
	size_t		used;
	enum scan_got	got;

	got = scan_feed(&in->scan, input_here(in) + in->seen,
	    input_left(in) - in->seen, &used);
	in->seen += used;
	if (in->seen > in->max)
		return bad_item(in, r, PUSH_E_TOOLARGE, input_too_long);
	if (got == SCAN_BAD)
		return bad_item(in, r, PUSH_E_JSON, no_json);
	if (got == SCAN_MORE)
		return INPUT_MORE;
	(void)input_good(in, r, in->item, in->seen);
	in->state = AFTER_ITEM;
	input_use(in, in->seen);
	return INPUT_RECORD;
}

/* Between two items: what comes is at hand. */
static enum input_got
read_array(struct input *in, struct input_record *r)
{
	char	c = *input_here(in);

	if (c == ']') {
		input_use(in, 1);
		in->state = BETWEEN;
		return INPUT_MORE;
	}
	if (in->state == AFTER_ITEM && c == ',') {
		input_use(in, 1);
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
	input_use(in, input_left(in));
	in->state = BETWEEN;
	return told ? INPUT_END :
	    input_bad(r, in->item, PUSH_E_JSON, not_closed);
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
	else if (in->state != SKIP_ITEM && input_left(in) > 0)
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
		(void)input_skip_line(in);
		return INPUT_MORE;
	case SKIP_OBJECT:
		(void)skip_object(in);
		return INPUT_MORE;
	default:
		return next_in_array(in, r);
	}
}

enum input_got
input_json_next(struct input *in, struct input_record *r)
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
