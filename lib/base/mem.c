#include "mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
out_of_memory(void)
{
	static const char	msg[] = "fatal: out of memory\n";

	if (write(STDERR_FILENO, msg, sizeof(msg) - 1) < 0)
		_exit(71);
	_exit(71);
}

void *
mem_zalloc(size_t n, size_t size)
{
	void	*p = calloc(n, size);

	if (p == NULL)
		out_of_memory();
	return p;
}

void *
mem_realloc(void *old, size_t n, size_t size)
{
	void	*p = reallocarray(old, n, size);

	if (p == NULL)
		out_of_memory();
	return p;
}

char *
mem_strndup(const char *s, size_t n)
{
	char	*p = mem_zalloc(n + 1, 1);

	memcpy(p, s, n);
	return p;
}

void
mem_free_secret(void *p, size_t n)
{
	if (p != NULL)
		explicit_bzero(p, n);
	free(p);
}
