#include "term.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define TELL_MAX	(256 * 1024)	/* a diagnostic with a whole argument */

void
term_hold(void)
{
	int	fd;

	/* open() takes the lowest number that is free, which is fd. */
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY :
			    O_RDONLY);
}

int
term_output_from(const char *word)
{
	if (word == NULL)
		return isatty(STDOUT_FILENO) ? TERM_TEXT : TERM_JSON;
	if (strcmp(word, "json") == 0)
		return TERM_JSON;
	if (strcmp(word, "text") == 0)
		return TERM_TEXT;
	return strcmp(word, "none") == 0 ? TERM_NONE : -1;
}

/*
 * Length of the character at s that a terminal would obey, 0 if it is
 * harmless: C0, DEL, C1 (c2 80..9f), U+200E/F, U+2028..202E (e2 80 ..) and
 * U+2066..2069 (e2 81 ..).
 */
static size_t
obeyed(const unsigned char *s, size_t n)
{
	if (s[0] < 0x20 || s[0] == 0x7f)
		return 1;
	if (n >= 2 && s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0)
		return 2;
	if (n < 3 || s[0] != 0xe2)
		return 0;
	if (s[1] == 0x80 && (s[2] == 0x8e || s[2] == 0x8f ||
	    (s[2] >= 0xa8 && s[2] <= 0xae)))
		return 3;
	return s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9 ? 3 : 0;
}

static void
put_escaped(struct buf *b, const unsigned char *s, size_t len)
{
	if (len == 1)
		buf_printf(b, "\\x%02x", s[0]);
	else if (len == 2)
		buf_printf(b, "\\x%02x", s[1]);
	else
		buf_printf(b, "\\u{%04x}", 0x2000U +
		    ((s[1] & 0x3fU) << 6) + (s[2] & 0x3fU));
}

void
term_put(struct buf *b, const char *text, size_t n, bool escape)
{
	const unsigned char	*s = (const unsigned char *)text;
	size_t			 i, from = 0, len;

	for (i = 0; escape && i < n; i += len > 0 ? len : 1) {
		if ((len = obeyed(s + i, n - i)) == 0)
			continue;
		buf_put(b, text + from, i - from);
		put_escaped(b, s + i, len);
		from = i + len;
	}
	buf_put(b, text + from, n - from);
}

void
term_tell(const char *tool, const char *fmt, ...)
{
	struct buf	text, line;
	va_list		ap;

	buf_init(&text, TELL_MAX);
	buf_init(&line, TELL_MAX * 8);
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	if (!buf_ok(&text))
		buf_puts(&text, "a message too long to be shown");
	buf_printf(&line, "%s: ", tool);
	term_put(&line, text.p, text.len, true);
	buf_putc(&line, '\n');
	while (write(STDERR_FILENO, line.p, line.len) < 0 && errno == EINTR)
		continue;
	buf_release(&text);
	buf_release(&line);
}
