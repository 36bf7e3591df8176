/*
 * json - the one JSON reader and the one JSON writer (RFC 8259).
 *
 * Reading is bounded: UTF-8 is checked, depth is at most JSON_DEPTH, and
 * U+0000 is refused, since no string here may hold it.  Writing appends to
 * a struct buf and puts its commas by itself.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define JSON_DEPTH	64

struct json;		/* a parsed value */

/*
 * Parses exactly one value, white space around it allowed.
 *
 * where	out, may be NULL: on failure the byte at which it broke
 *
 * Returns PUSH_OK, PUSH_E_JSON (syntax, depth) or PUSH_E_CHARACTER (not
 * UTF-8, or U+0000).  json_free() frees what *out got.
 */
enum push_err	json_parse(const char *, size_t, struct json **out,
		    size_t *where) MUST_USE;
void		json_free(struct json **);

/* Members by name; items by walking.  NULL when there is none. */
const struct json	*json_get(const struct json *, const char *name);
const struct json	*json_first(const struct json *);
const struct json	*json_next(const struct json *);
/* The member's name, "" outside objects. */
const char		*json_name(const struct json *);

bool		 json_is_object(const struct json *);
bool		 json_is_array(const struct json *);
bool		 json_is_number(const struct json *);
bool		 json_is_null(const struct json *);
/* The string, or NULL if it is none; borrowed from the value. */
const char	*json_string(const struct json *);
/* json_get and json_string in one. */
const char	*json_get_string(const struct json *, const char *name);
/* Returns 0, or -1 if it is not a whole number that fits. */
int		 json_integer(const struct json *, int64_t *);
/* The value of true or false, otherwise fallback. */
bool		 json_bool(const struct json *, bool fallback);

/*
 * The text of a member of the object that (p, n) holds, untouched, numbers
 * and spacing included.  (p, n) was accepted by json_parse.  Returns false
 * if there is no such member.
 */
bool	json_slice(const char *p, size_t n, const char *name,
	    const char **text, size_t *len);

/* Writing.  A comma is put unless the buffer ends in '{', '[' or ':'. */
void	json_put_key(struct buf *, const char *name);
void	json_put_string(struct buf *, const char *, size_t);
/* A whole member: "name":"string". */
void	json_put_member(struct buf *, const char *name, const char *);
void	json_put_int(struct buf *, const char *name, int64_t);
void	json_put_bool(struct buf *, const char *name, bool);
/* "name":text, where text is JSON already. */
void	json_put_raw(struct buf *, const char *name, const char *, size_t);
/* The separator before an array's next item. */
void	json_put_item(struct buf *);

#endif
