/*
 * mem - allocation that never returns NULL to a caller who forgot to look.
 *
 * What a peer can make us allocate is bounded elsewhere (struct buf, the
 * limits table); when even that little is not to be had, the process cannot
 * keep its promises and stops: the store is crash-safe by design.
 */
#ifndef MEM_H
#define MEM_H

#include <stddef.h>

/* Zeroed; n * size is checked against overflow. */
void	*mem_zalloc(size_t n, size_t size)
	    __attribute__((malloc, returns_nonnull));
void	*mem_realloc(void *, size_t n, size_t size)
	    __attribute__((returns_nonnull));
/* A NUL-terminated copy of n bytes. */
char	*mem_strndup(const char *, size_t n)
	    __attribute__((malloc, returns_nonnull));
/* Overwrites n bytes, then frees them.  NULL is allowed. */
void	 mem_free_secret(void *, size_t n);

#endif
