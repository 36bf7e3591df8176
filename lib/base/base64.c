#include "base64.h"

#include <stdint.h>
#include <string.h>

static const char	digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_put(struct buf *b, const void *data, size_t n)
{
	const unsigned char	*p = data;
	uint32_t		 v;
	char			 out[4];

	for (; n > 0; p += 3, n -= n < 3 ? n : 3) {
		v = (uint32_t)p[0] << 16;
		v |= n > 1 ? (uint32_t)p[1] << 8 : 0;
		v |= n > 2 ? p[2] : 0;
		out[0] = digits[v >> 18];
		out[1] = digits[v >> 12 & 63];
		out[2] = n > 1 ? digits[v >> 6 & 63] : '=';
		out[3] = n > 2 ? digits[v & 63] : '=';
		buf_put(b, out, 4);
	}
}

static int
value(char c)
{
	const char	*at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

ssize_t
base64_decode(const char *s, size_t n, void *out, size_t max)
{
	unsigned char	*p = out;
	size_t		 i, len, pad;
	uint32_t	 acc = 0;
	int		 v;

	if (n % 4 != 0)
		return -1;
	pad = n > 0 && s[n - 1] == '=' ? (s[n - 2] == '=' ? 2 : 1) : 0;
	if ((len = n / 4 * 3 - pad) > max)
		return -1;
	for (i = 0; i < n; i++) {
		v = i < n - pad ? value(s[i]) : 0;
		if (v < 0)
			return -1;
		acc = acc << 6 | (uint32_t)v;
		if (i % 4 != 3)
			continue;
		/* Bits under the padding are zero in the canonical form. */
		if (i + 1 == n && ((pad == 1 && (acc & 0xff) != 0) ||
		    (pad == 2 && (acc & 0xffff) != 0)))
			return -1;
		*p++ = (unsigned char)(acc >> 16);
		if (i + 1 < n || pad < 2)
			*p++ = (unsigned char)(acc >> 8);
		if (i + 1 < n || pad < 1)
			*p++ = (unsigned char)acc;
		acc = 0;
	}
	return (ssize_t)len;
}
