/* run - the run from the first connection to the exit code. */
#ifndef RUN_H
#define RUN_H

#include "settings.h"

/* Runs until the settings' end is reached; returns the exit code. */
int	run_all(const struct settings *);

#endif
