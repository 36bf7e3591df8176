/* options - pushsend's command line, checked as far as it can be. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/opt.h"
#include "base/term.h"
#include "ctl/fate.h"
#include "input.h"

struct options {
	const char		*socket;
	struct opt_list		 targets;
	const char		*title, *message, *uri, *priority;
	const char		*ttl, *collapse, *in, *at, *data, *key;
	char			**files;	/* operands */
	int			 file_count;
	enum input_kind		 kind;
	enum fate		 asked;		/* FATE_QUEUED: accepted */
	int64_t			 patience_ms;	/* -W, -1: for ever */
	uint64_t		 gap_us;	/* between records, 0: none */
	bool			 each, fail_fast, quiet, verbose;
	enum term_output	 output;
	const char		*format;	/* NULL: by output */
};

/* As opt_parse(): -1 to go on, or an exit code; told on stderr. */
int	options_parse(struct options *, int argc, char **argv) MUST_USE;
void	options_release(struct options *);
/* "pushsend", for diagnostics. */
extern const char	options_tool[];

#endif
