/* import_record - one line of "pushusers import" as a request. */
#ifndef IMPORT_RECORD_H
#define IMPORT_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Puts the whole request line.  user gets the device's name, "" where the
 * record has none, also on a failure; the caller frees it.
 *
 * Returns PUSH_OK, or what is wrong with the record and a sentence; nothing
 * is put then.
 */
enum push_err	import_record_put(struct buf *, uint64_t id,
		    const char *line, size_t n, char **user,
		    struct err_text *why) MUST_USE;

#endif
