#include "utf8.h"

#include <stdint.h>
#include <string.h>

/* Reads one character at p; returns its length, 0 if it is malformed. */
static size_t
decode(const unsigned char *p, size_t n, uint32_t *cp)
{
	static const uint32_t	least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t			len, i;

	len = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 :
	    p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
	if (len == 0 || len > n)
		return 0;
	*cp = len == 1 ? p[0] : p[0] & (0xffu >> (len + 1));
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (p[i] & 0x3f);
	}
	if (*cp < least[len] || *cp > 0x10ffff ||
	    (*cp >= 0xd800 && *cp <= 0xdfff))
		return 0;
	return len;
}

size_t
utf8_span(const char *s, size_t n)
{
	const unsigned char	*p = (const unsigned char *)s;
	uint32_t		 cp;
	size_t			 len, i;

	for (i = 0; i < n; i += len)
		if ((len = decode(p + i, n - i, &cp)) == 0)
			break;
	return i;
}

int
utf8_cut(const char *s, size_t max)
{
	return (int)utf8_span(s, strnlen(s, max));
}

bool
utf8_valid(const char *s, size_t n)
{
	return utf8_span(s, n) == n;
}

bool
utf8_valid_xml(const char *s, size_t n)
{
	const unsigned char	*p = (const unsigned char *)s;
	uint32_t		 cp;
	size_t			 len;

	for (; n > 0; p += len, n -= len) {
		if ((len = decode(p, n, &cp)) == 0)
			return false;
		if ((cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r') ||
		    cp == 0xfffe || cp == 0xffff)
			return false;
	}
	return true;
}
