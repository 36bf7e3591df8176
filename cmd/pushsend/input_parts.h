/*
 * input_parts - what input.c is made of, for it and input_json.c only: the
 * bytes at hand, and the state between two calls of input_next().
 */
#ifndef INPUT_PARTS_H
#define INPUT_PARTS_H

#include "input.h"

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

extern const char	input_too_long[];

/* The bytes not used up, and how many. */
const char	*input_here(const struct input *);
size_t		 input_left(const struct input *);
/* Uses up n bytes and counts their lines. */
void		 input_use(struct input *, size_t n);
/*
 * Looks for the end of the line at hand.  True: *n bytes lie before it, or
 * before the end of the input.
 */
bool		 input_find_end(struct input *, size_t *n);
/* Uses up a line of n bytes and its end. */
void		 input_use_line(struct input *, size_t n);
/* Uses up the rest of a bad line; false: more is to come. */
bool		 input_skip_line(struct input *);

/* The next n bytes are a record; the caller uses them up. */
enum input_got	 input_good(const struct input *, struct input_record *,
		    size_t line, size_t n);
enum input_got	 input_bad(struct input_record *, size_t line, enum push_err,
		    const char *why);
/* A record that cannot go on; line by line the next one begins anywhere. */
enum input_got	 input_bad_line(struct input *, struct input_record *,
		    enum push_err, const char *why);

/* input_next() for INPUT_JSON. */
enum input_got	 input_json_next(struct input *, struct input_record *);

#endif
