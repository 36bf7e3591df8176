/* num - decimal numbers from bytes, whole and in range or not at all. */
#ifndef NUM_H
#define NUM_H

#include <stddef.h>
#include <stdint.h>

/* Digits only.  Returns 0, or -1 if it is no number or outside min..max. */
int	num_parse(const char *, size_t, uint64_t min, uint64_t max,
	    uint64_t *);
/* As num_parse with the optional suffixes k, M, G (1024). */
int	num_parse_size(const char *, size_t, uint64_t min, uint64_t max,
	    uint64_t *);

#endif
