/*
 * opt - command lines from one table: parsing, --help, and the list that
 * shell completion reads.
 *
 * Options may follow operands, "--" ends them, short flags bundle, a value
 * follows in the same word ("-w5", "--wait=5") or in the next.  -h, --help,
 * -V and --version are there without a row.
 */
#ifndef OPT_H
#define OPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define OPT_USAGE	64	/* exit code for a wrong command line */

enum opt_kind {
	OPT_FLAG,		/* *(bool *)value = true */
	OPT_STRING,		/* *(const char **)value = argument */
	OPT_OPTIONAL,		/* as OPT_STRING; the argument only in the
				 * same word, "" without one */
	OPT_COUNT,		/* *(uint64_t *)value, in 0..max */
	OPT_DURATION,		/* *(int64_t *)value, milliseconds */
	OPT_LIST,		/* appended to *(struct opt_list *)value */
};

struct opt_list {
	const char	**item;	/* borrowed from argv */
	size_t		  count;
};

struct opt {
	char		 short_name;	/* 0: none */
	const char	*long_name;	/* NULL: none */
	const char	*argument;	/* its name in the usage, NULL: none */
	const char	*help;		/* one short line */
	enum opt_kind	 kind;
	void		*value;
};

struct opt_program {
	const char		*name;
	const char		*synopsis;	/* behind the name */
	const char		*about;		/* one line */
	const struct opt	*options;	/* ends with a zero row */
};

/*
 * Parses argv and leaves the operands in argv[0..*operands), in order.
 *
 * Returns -1 to go on, or an exit code: 0 after --help or --version, which
 * went to stdout, OPT_USAGE after a wrong option, told on stderr.
 */
int	opt_parse(const struct opt_program *, int argc, char **argv,
	    int *operands) MUST_USE;
void	opt_list_release(struct opt_list *);
/* Says "name: sentence" with a hint to --help.  Returns OPT_USAGE. */
int	opt_usage_error(const struct opt_program *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif
