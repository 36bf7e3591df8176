#include "base/mem.h"

#include <sys/wait.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"

static void
test_allocation(void)
{
	unsigned char	*p = mem_zalloc(100, 3);
	char		*s;
	size_t		 i, sum = 0;

	for (i = 0; i < 300; i++)
		sum += p[i];
	ok(sum == 0, "new memory is zero");
	memset(p, 7, 300);
	p = mem_realloc(p, 1000, 3);
	for (i = 0; i < 300; i++)
		sum += p[i];
	ok(sum == 2100, "grown memory keeps its bytes");
	mem_free_secret(p, 3000);
	mem_free_secret(NULL, 10);
	s = mem_strndup("abcdef", 3);
	ok(strcmp(s, "abc") == 0, "a copy ends where it is told");
	free(s);
	s = mem_strndup("", 0);
	ok(s[0] == '\0', "a copy of nothing is empty");
	free(s);
}

/* The exit code of a child that asks for more than there is. */
static int
asks_for(size_t n, size_t size, void *(*get)(size_t, size_t))
{
	pid_t	pid;
	int	status = 0, null;

	(void)fflush(stdout);
	if ((pid = fork()) == 0) {
		if ((null = open("/dev/null", O_WRONLY)) >= 0)
			(void)dup2(null, STDERR_FILENO);
		_exit(get(n, size) == NULL ? 1 : 0);
	}
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void *
zalloc(size_t n, size_t size)
{
	return mem_zalloc(n, size);
}

static void *
grow(size_t n, size_t size)
{
	return mem_realloc(NULL, n, size);
}

static void
test_overflow(void)
{
	ok(asks_for(1, 1, zalloc) == 0 && asks_for(1, 1, grow) == 0,
	    "a little is there");
	ok(asks_for(SIZE_MAX / 4 + 2, 4, zalloc) != 0,
	    "a product that overflows ends the process");
	ok(asks_for(SIZE_MAX / 4 + 2, 4, grow) != 0, "also when growing");
}

int
main(void)
{
	test_allocation();
	test_overflow();
	return tap_done();
}
