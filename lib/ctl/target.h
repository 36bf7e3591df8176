/*
 * target - the grammar of targets, the same in every tool and in JSON:
 *
 *   expr  = term *( "|" term )         term = factor *( "&" factor )
 *   factor = [ "!" ] ( "(" expr ")" / atom )
 *   atom  = "device:" ID / "user:" NAME / "alias:" A / "topic:" T /
 *           "tag:" K [ "=" V ] / "online" / "all" / ID
 *
 * A bare name is a device.  "!" binds tightest, then "&", then "|".  White
 * space between words is skipped; a word ends at white space or at one of
 * & | ! ( ).
 */
#ifndef TARGET_H
#define TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define TARGET_MAX	(512 * 1024)	/* bytes of an expression: as much as
					 * the largest push object holds */
#define TARGET_DEPTH	32	/* parentheses and "!" inside one another */

enum target_kind {
	TARGET_DEVICE, TARGET_USER, TARGET_ALIAS, TARGET_TOPIC, TARGET_TAG,
	TARGET_ONLINE, TARGET_ALL,
	TARGET_AND, TARGET_OR, TARGET_NOT,
};

struct target {
	enum target_kind	 kind;
	char			*name;	/* ID, NAME, A, T or K */
	char			*value;	/* V of a tag, NULL for any */
	struct target		*left, *right;	/* operands; NOT: left */
};

/*
 * Parses an expression.
 *
 * where	out, may be NULL: on failure the byte at which it broke
 *
 * Returns PUSH_OK and a tree that target_free() frees, or PUSH_E_TARGET.
 */
enum push_err	target_parse(const char *, size_t n, struct target **out,
		    size_t *where) MUST_USE;
void		target_free(struct target **);
/*
 * Is it true?  is() answers for the atoms: kind, name and value as above.
 */
bool		target_eval(const struct target *,
		    bool (*is)(void *arg, const struct target *atom),
		    void *arg);

#endif
