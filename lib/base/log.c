#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"

#define LOG_LINE_MAX	2048

static const char *const	names[] = { "error", "warn", "info", "debug" };
static const char		*program = "push";
static bool			 as_json;
static _Atomic enum log_level	 threshold = LOG_INFO;

void
log_init(const char *name, bool json)
{
	program = name;
	as_json = json;
}

void
log_set_level(enum log_level level)
{
	threshold = level;
}

enum log_level
log_level(void)
{
	return threshold;
}

int
log_level_from(const char *name)
{
	int	i;

	for (i = 0; i <= LOG_DEBUG; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

static void
emit_json(struct buf *b, enum log_level level, const char *module,
    const char *text)
{
	char	when[CLOCK_TEXT];

	buf_putc(b, '{');
	json_put_member(b, "time", clock_format(clock_wall_ms(), when));
	json_put_member(b, "level", names[level]);
	json_put_member(b, "program", program);
	json_put_member(b, "module", module);
	json_put_member(b, "message", text);
	buf_puts(b, "}\n");
}

static void	emit(enum log_level, const char *, const char *, va_list)
		    __attribute__((format(printf, 3, 0)));

static void
emit(enum log_level level, const char *module, const char *fmt, va_list ap)
{
	char		text[LOG_LINE_MAX / 2], when[CLOCK_TEXT];
	struct buf	b;

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	buf_init(&b, LOG_LINE_MAX * 4);
	if (as_json)
		emit_json(&b, level, module, text);
	else
		buf_printf(&b, "%s %s %s: %s\n",
		    clock_format(clock_wall_ms(), when), names[level], module,
		    text);
	/* One write, so that lines of several threads never mix. */
	while (write(STDERR_FILENO, b.p, b.len) < 0 && errno == EINTR)
		continue;
	buf_release(&b);
}

#define LOG_AT(function, level)						\
void function(const char *module, const char *fmt, ...)		\
{									\
	va_list	ap;							\
									\
	if (threshold < (level))					\
		return;							\
	va_start(ap, fmt);						\
	emit(level, module, fmt, ap);					\
	va_end(ap);							\
}

LOG_AT(log_error, LOG_ERROR)
LOG_AT(log_warn, LOG_WARN)
LOG_AT(log_info, LOG_INFO)
LOG_AT(log_debug, LOG_DEBUG)

const char *
log_safe(struct log_safe *out, const char *p, size_t n)
{
	size_t		i, len = 0;
	unsigned char	c;

	for (i = 0; i < n && len + 5 < sizeof(out->s); i++) {
		c = (unsigned char)p[i];
		if (c > ' ' && c < 0x7f && c != '\\' && c != '"')
			out->s[len++] = (char)c;
		else
			len += (size_t)snprintf(out->s + len, 5, "\\x%02x", c);
	}
	out->s[len] = '\0';
	return out->s;
}
