/*
 * verdict - the exit code of a tool that did several things: the one code
 * that all of them share, or 1 for a mixture (see the lines).
 */
#ifndef VERDICT_H
#define VERDICT_H

#include <stdbool.h>

struct verdict {
	bool	any, mixed;
	int	code;
};

static inline void
verdict_add(struct verdict *v, int code)
{
	v->mixed = v->mixed || (v->any && v->code != code);
	v->any = true;
	v->code = code;
}

/* 0 where nothing was done. */
static inline int
verdict_exit(const struct verdict *v)
{
	return v->mixed ? 1 : v->code;
}

#endif
