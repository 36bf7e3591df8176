/* base64 - RFC 4648 section 4, strict: canonical padding, no white space. */
#ifndef BASE64_H
#define BASE64_H

#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"

void	base64_put(struct buf *, const void *, size_t);
/* Decodes into out; returns the number of bytes, -1 if malformed or > max. */
ssize_t	base64_decode(const char *, size_t, void *out, size_t max);

#endif
