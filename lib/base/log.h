/*
 * log - one line an event: time level module: message key=value ...
 *
 * Whoever handles an error logs it; who returns it does not.  Bytes from
 * peers go through log_safe().  Secrets are never passed to this module.
 * All functions may be called from any thread.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

#define LOG_SAFE_MAX	256	/* bytes of a peer's text in one line */

/* Once, before threads: the program's name; JSON or text; to stderr. */
void	log_init(const char *program, bool json);
void	log_set_level(enum log_level);
enum log_level	log_level(void);
/* The level for "error", "warn", "info" or "debug"; -1 if it is none. */
int	log_level_from(const char *);

/* module is a literal; the format's text carries key=value pairs. */
void	log_error(const char *module, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	log_warn(const char *module, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	log_info(const char *module, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	log_debug(const char *module, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* A peer's bytes with everything but printable ASCII escaped, cut to fit. */
struct log_safe {
	char	s[LOG_SAFE_MAX];
};
const char	*log_safe(struct log_safe *, const char *, size_t);

#endif
