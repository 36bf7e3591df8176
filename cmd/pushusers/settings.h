/* settings - pushusers' command line. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>

#include "base/opt.h"
#include "base/term.h"

struct settings {
	const char		*socket;	/* path, found already */
	const char		*owner;
	const char		*password_file;
	bool			 online, if_missing;
	bool			 quiet, verbose;
	enum term_output	 output;
	const char		*format;	/* NULL: by output */
	char			**names;	/* operands of the command */
	int			 name_count;
};

/* A command's code: an exit code, told on stderr where it is not 0. */
typedef int	command_fn(const struct settings *);

/* Only for diagnostics. */
extern const char	settings_tool[];
/* As opt_parse(); *run is the command that was asked for. */
int	settings_parse(struct settings *, int argc, char **argv,
	    command_fn **run) MUST_USE;

#endif
