/*
 * scan - find where a JSON object ends, or where it stops being one, in
 * text that comes in pieces.
 *
 * It knows the grammar of RFC 8259 as far as braces, strings, commas and
 * words go; that numbers and escapes are right is left to json_parse().
 */
#ifndef SCAN_H
#define SCAN_H

#include <stddef.h>
#include <stdint.h>

enum scan_got {
	SCAN_MORE,		/* all bytes were read, it goes on */
	SCAN_END,		/* the object is complete */
	SCAN_BAD,		/* this is no JSON object */
};

struct scan {
	int		 state;
	unsigned	 depth;
	uint64_t	 arrays;	/* bit d: level d + 1 is an array */
	const char	*word;		/* what is left of true, false, null */
};

void		scan_init(struct scan *);
/*
 * Reads on.  *used gets the number of bytes read: with SCAN_END the last one
 * closed the object, with SCAN_BAD the one behind them is wrong.
 */
enum scan_got	scan_feed(struct scan *, const char *, size_t n,
		    size_t *used);

#endif
