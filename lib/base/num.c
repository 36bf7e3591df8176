#include "num.h"

int
num_parse(const char *p, size_t n, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t	v = 0, d;
	size_t		i;

	if (n == 0 || n > 20)
		return -1;
	for (i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		d = (uint64_t)(p[i] - '0');
		if (v > (UINT64_MAX - d) / 10)
			return -1;
		v = v * 10 + d;
	}
	if (v < min || v > max)
		return -1;
	*out = v;
	return 0;
}

int
num_parse_size(const char *p, size_t n, uint64_t min, uint64_t max,
    uint64_t *out)
{
	uint64_t	v, shift = 0;

	if (n > 1) {
		switch (p[n - 1]) {
		case 'k': case 'K':
			shift = 10;
			break;
		case 'm': case 'M':
			shift = 20;
			break;
		case 'g': case 'G':
			shift = 30;
			break;
		default:
			break;
		}
		n -= shift != 0;
	}
	if (num_parse(p, n, 0, UINT64_MAX >> shift, &v) != 0)
		return -1;
	v <<= shift;
	if (v < min || v > max)
		return -1;
	*out = v;
	return 0;
}
