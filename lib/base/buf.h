/*
 * buf - growing bytes with a hard maximum.
 *
 * Build with buf_put* line after line and test buf_ok() once at the end: a
 * put that would pass the maximum adds nothing and marks the buffer failed.
 */
#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>

struct buf {
	char	*p;
	size_t	 len;
	size_t	 cap;
	size_t	 max;		/* len never passes it */
	bool	 failed;	/* a put did not fit since the last reset */
};

void	buf_init(struct buf *, size_t max);
/* Frees the bytes; the buffer is empty and may be used again. */
void	buf_release(struct buf *);
/* As buf_release, and overwrites the bytes first. */
void	buf_release_secret(struct buf *);
/* Keeps the memory, forgets the bytes and the failure. */
void	buf_reset(struct buf *);
/* Cuts back to len bytes, for taking back what was half written. */
void	buf_truncate(struct buf *, size_t len);
/* Drops n bytes at the front. */
void	buf_consume(struct buf *, size_t n);

bool	buf_ok(const struct buf *);
void	buf_put(struct buf *, const void *, size_t);
void	buf_puts(struct buf *, const char *);
void	buf_putc(struct buf *, char);
void	buf_printf(struct buf *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	buf_vprintf(struct buf *, const char *fmt, va_list)
	    __attribute__((format(printf, 2, 0)));
/* Room for n more bytes at buf->p + buf->len, or NULL; then add to len. */
char	*buf_reserve(struct buf *, size_t n);
/* The bytes as a C string: a NUL is kept behind them, not counted. */
const char	*buf_str(struct buf *);

#endif
