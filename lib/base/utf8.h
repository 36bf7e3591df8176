/* utf8 - UTF-8 (RFC 3629) and the characters that XML 1.0 allows. */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Well-formed UTF-8: no surrogates, no overlong forms, up to U+10FFFF. */
bool	utf8_valid(const char *, size_t);
/* Bytes before the first that is not: n if all are well-formed. */
size_t	utf8_span(const char *, size_t);
/* How much of a string to quote, for "%.*s": at most max bytes, no half
 * character. */
int	utf8_cut(const char *, size_t max);
/*
 * UTF-8 whose every character is in XML 1.0's Char production (section
 * 2.2): no control characters but tab, LF and CR, no U+FFFE and U+FFFF.
 */
bool	utf8_valid_xml(const char *, size_t);

#endif
