#include "rand.h"

#include <sys/random.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

void
rand_bytes(void *out, size_t n)
{
	char	*p = out;
	ssize_t	 got;

	while (n > 0) {
		got = getrandom(p, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			perror("getrandom");
			abort();
		}
		p += got;
		n -= (size_t)got;
	}
}

void
rand_hex(char *out, size_t n)
{
	static const char	digits[] = "0123456789abcdef";
	unsigned char		byte = 0;
	size_t			i;

	for (i = 0; i < n; i++) {
		if (i % 2 == 0)
			rand_bytes(&byte, 1);
		out[i] = digits[byte & 15];
		byte >>= 4;
	}
	out[n] = '\0';
}
