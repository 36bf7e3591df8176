#include "scan.h"

#include <stdbool.h>
#include <string.h>

#include "base/json.h"

enum {
	BEGIN,			/* the object's brace */
	VALUE,
	VALUE_OR_END,		/* behind "[" */
	KEY,
	KEY_OR_END,		/* behind "{" */
	COLON,
	AFTER,			/* behind a value */
	STRING,
	STRING_ESCAPE,
	KEY_STRING,
	KEY_ESCAPE,
	NUMBER,
	WORD,
	DONE,
};

void
scan_init(struct scan *s)
{
	memset(s, 0, sizeof(*s));
	s->state = BEGIN;
}

static bool
open_level(struct scan *s, bool array)
{
	if (s->depth == JSON_DEPTH)
		return false;
	s->arrays &= ~((uint64_t)1 << s->depth);
	s->arrays |= (uint64_t)array << s->depth;
	s->depth++;
	s->state = array ? VALUE_OR_END : KEY_OR_END;
	return true;
}

static bool
in_array(const struct scan *s)
{
	return s->arrays >> (s->depth - 1) & 1;
}

static bool
close_level(struct scan *s, char c)
{
	if ((c == ']') != in_array(s))
		return false;
	s->depth--;
	s->state = s->depth == 0 ? DONE : AFTER;
	return true;
}

static bool
begin_value(struct scan *s, char c)
{
	if (c == '{' || c == '[')
		return open_level(s, c == '[');
	if (c == '"')
		s->state = STRING;
	else if (c == '-' || (c >= '0' && c <= '9'))
		s->state = NUMBER;
	else {
		s->word = c == 't' ? "rue" : c == 'f' ? "alse" :
		    c == 'n' ? "ull" : NULL;
		s->state = WORD;
	}
	return s->state != WORD || s->word != NULL;
}

static bool
after_value(struct scan *s, char c)
{
	if (c == ',')
		s->state = in_array(s) ? VALUE : KEY;
	else
		return (c == '}' || c == ']') && close_level(s, c);
	return true;
}

/* Inside a string; state + 1 is its escape. */
static bool
in_string(struct scan *s, char c, int behind)
{
	if (c == '"')
		s->state = behind;
	else if (c == '\\')
		s->state++;
	return (unsigned char)c >= 0x20;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
in_word(struct scan *s, char c)
{
	if (*s->word != c)
		return false;
	if (*++s->word == '\0')
		s->state = AFTER;
	return true;
}

/* A byte where white space means nothing. */
static bool
between(struct scan *s, char c)
{
	if (is_space(c))
		return true;
	switch (s->state) {
	case BEGIN:
		return c == '{' && open_level(s, false);
	case VALUE_OR_END:
		return c == ']' ? close_level(s, c) : begin_value(s, c);
	case VALUE:
		return begin_value(s, c);
	case KEY_OR_END:
		if (c == '}')
			return close_level(s, c);
		__attribute__((fallthrough));
	case KEY:
		s->state = KEY_STRING;
		return c == '"';
	case COLON:
		s->state = VALUE;
		return c == ':';
	default:
		return after_value(s, c);
	}
}

static bool
step(struct scan *s, char c)
{
	switch (s->state) {
	case STRING:
		return in_string(s, c, AFTER);
	case KEY_STRING:
		return in_string(s, c, COLON);
	case STRING_ESCAPE:
	case KEY_ESCAPE:
		s->state--;
		return (unsigned char)c >= 0x20;
	case WORD:
		return in_word(s, c);
	case NUMBER:
		if (memchr("0123456789+-.eE", c, 15) != NULL)
			return true;
		s->state = AFTER;
		return between(s, c);
	default:
		return between(s, c);
	}
}

enum scan_got
scan_feed(struct scan *s, const char *p, size_t n, size_t *used)
{
	size_t	i;

	for (i = 0; i < n && s->state != DONE; i++)
		if (!step(s, p[i])) {
			*used = i;
			return SCAN_BAD;
		}
	*used = i;
	return s->state == DONE ? SCAN_END : SCAN_MORE;
}
