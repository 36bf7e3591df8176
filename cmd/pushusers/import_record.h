/* import_record - one line of "pushusers import": its request, its answer. */
#ifndef IMPORT_RECORD_H
#define IMPORT_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "settings.h"

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
/*
 * Puts the line that says what came of it, as the settings want it.
 *
 * text		NULL, or result is the word of an error and this explains it
 */
void		import_record_answer(struct buf *, const struct settings *,
		    size_t line, const char *user, const char *result,
		    const char *text);

#endif
