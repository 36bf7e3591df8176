#include "buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BUF_MIN		64	/* first allocation */

void
buf_init(struct buf *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->max = max;
}

void
buf_release(struct buf *b)
{
	free(b->p);
	buf_init(b, b->max);
}

void
buf_release_secret(struct buf *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap);
	buf_release(b);
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

void
buf_truncate(struct buf *b, size_t len)
{
	if (len < b->len)
		b->len = len;
	b->failed = false;
}

void
buf_consume(struct buf *b, size_t n)
{
	if (n >= b->len) {
		b->len = 0;
		return;
	}
	memmove(b->p, b->p + n, b->len - n);
	b->len -= n;
}

bool
buf_ok(const struct buf *b)
{
	return !b->failed;
}

char *
buf_reserve(struct buf *b, size_t n)
{
	size_t	cap = b->cap > 0 ? b->cap : BUF_MIN;

	if (n > b->max - b->len) {
		b->failed = true;
		return NULL;
	}
	/* One byte more than asked for: buf_str() needs it for its NUL. */
	while (cap < b->len + n + 1)
		cap *= 2;
	if (cap != b->cap) {
		b->p = mem_realloc(b->p, cap, 1);
		b->cap = cap;
	}
	return b->p + b->len;
}

void
buf_put(struct buf *b, const void *p, size_t n)
{
	char	*to;

	if (n == 0 || (to = buf_reserve(b, n)) == NULL)
		return;
	memcpy(to, p, n);
	b->len += n;
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_putc(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list	 again;
	char	*to;
	int	 n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n >= 0 && (to = buf_reserve(b, (size_t)n)) != NULL) {
		(void)vsnprintf(to, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	} else
		b->failed = true;
	va_end(again);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

const char *
buf_str(struct buf *b)
{
	(void)buf_reserve(b, 0);	/* has room for the NUL, always */
	b->p[b->len] = '\0';
	return b->p;
}
