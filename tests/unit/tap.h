/* tap - the whole unit-test runner: TAP on stdout, the format bats prints. */
#ifndef TAP_H
#define TAP_H

#include <stdio.h>

static int	tap_run, tap_bad;

#define ok(cond, ...) do {						\
	int tap_ok = (cond) ? 1 : 0;					\
	printf("%sok %d - ", tap_ok ? "" : "not ", ++tap_run);		\
	printf(__VA_ARGS__);						\
	putchar('\n');							\
	if (!tap_ok) {							\
		tap_bad++;						\
		printf("# %s:%d: %s\n", __FILE__, __LINE__, #cond);	\
	}								\
} while (0)

static inline int
tap_done(void)
{
	printf("1..%d\n", tap_run);
	return tap_bad != 0;
}

#endif
