#include "input.h"

#include <string.h>

#include "input_parts.h"

#define CHUNK_MAX	65536	/* bytes added at once, at most */

const char	input_too_long[] = "the record is too long";

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

size_t
input_left(const struct input *in)
{
	return in->bytes.len - in->at;
}

const char *
input_here(const struct input *in)
{
	return in->bytes.p + in->at;
}

void
input_use(struct input *in, size_t n)
{
	const char	*p = input_here(in), *end = p + n;

	in->at += n;
	in->seen = 0;
	while (p != end &&
	    (p = memchr(p, line_end(in), (size_t)(end - p))) != NULL) {
		in->line++;
		p++;
	}
}

enum input_got
input_bad(struct input_record *r, size_t line, enum push_err e, const char *why)
{
	r->line = line;
	r->p = NULL;
	r->n = 0;
	r->error = e;
	r->why = why;
	return INPUT_BAD;
}

enum input_got
input_good(const struct input *in, struct input_record *r, size_t line,
    size_t n)
{
	r->line = line;
	r->p = input_here(in);
	r->n = n;
	r->error = PUSH_OK;
	r->why = "";
	return INPUT_RECORD;
}

enum input_got
input_bad_line(struct input *in, struct input_record *r, enum push_err e,
    const char *why)
{
	in->state = SKIP_LINE;
	return input_bad(r, in->line, e, why);
}

bool
input_find_end(struct input *in, size_t *n)
{
	const char	*p = NULL;

	if (in->seen < input_left(in))
		p = memchr(input_here(in) + in->seen, line_end(in),
		    input_left(in) - in->seen);
	if (p == NULL) {
		*n = in->seen = input_left(in);
		return in->ended;
	}
	*n = (size_t)(p - input_here(in));
	return true;
}

void
input_use_line(struct input *in, size_t n)
{
	input_use(in, n < input_left(in) ? n + 1 : n);
}

bool
input_skip_line(struct input *in)
{
	size_t	n;
	bool	whole = input_find_end(in, &n);

	if (whole) {
		input_use_line(in, n);
		in->state = BETWEEN;
	} else
		input_use(in, input_left(in));
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
		if (in->state == SKIP_LINE && !input_skip_line(in))
			return INPUT_MORE;
		if (input_left(in) == 0)
			return in->ended ? INPUT_END : INPUT_MORE;
		if (!input_find_end(in, &n) && n <= in->max + 1)
			return INPUT_MORE;
		text = in->kind == INPUT_LINES ?
		    without_cr(input_here(in), n) : n;
		if (text > in->max)
			return input_bad_line(in, r, PUSH_E_TOOLARGE,
			    input_too_long);
		(void)input_good(in, r, in->line, text);
		input_use_line(in, n);
		if (text > 0 || in->kind == INPUT_NUL)
			return INPUT_RECORD;
	}
}

static enum input_got
next_whole(struct input *in, struct input_record *r)
{
	size_t	n = input_left(in);

	if (n > in->max) {
		in->at += n;
		if (in->state == SKIP_LINE)
			return in->ended ? INPUT_END : INPUT_MORE;
		in->state = SKIP_LINE;
		return input_bad(r, in->line, PUSH_E_TOOLARGE,
			    input_too_long);
	}
	if (!in->ended)
		return INPUT_MORE;
	if (in->state == SKIP_LINE)
		return INPUT_END;
	in->state = SKIP_LINE;
	(void)input_good(in, r, in->line, n);
	in->at = in->bytes.len;
	return INPUT_RECORD;
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
		return input_json_next(in, r);
	}
}
