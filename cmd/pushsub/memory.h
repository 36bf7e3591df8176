/*
 * memory - the file of --state: what devices remember across runs, as one
 * JSON object.  Written whole beside the old one, synced and renamed, so
 * that it is never half of anything; mode 0600, for it holds passwords that
 * were made up here.
 *
 * {"devices":[{"name","password","last","resume","h","seen":["hex",...]}]}
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "device.h"

/*
 * Fills the devices from the file, by name; with by_place in their order,
 * names included.  No file is no error.  Returns 0, or -1 and a sentence.
 */
int	memory_load(const char *path, struct device *, size_t n,
	    bool by_place, struct err_text *) MUST_USE;
int	memory_save(const char *path, const struct device *, size_t n,
	    struct err_text *) MUST_USE;

#endif
