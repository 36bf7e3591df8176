#include "names.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

/* Reads "[0][width]d" behind a percent sign; NULL if it is something else. */
static const char *
read_number(const char *p, bool *zeros, size_t *width)
{
	*zeros = *p == '0';
	*width = 0;
	while (*p >= '0' && *p <= '9') {
		*width = *width * 10 + (size_t)(*p++ - '0');
		if (*width > NAMES_WIDTH)
			return NULL;
	}
	return *p == 'd' ? p + 1 : NULL;
}

static void
put_number(struct buf *out, size_t i, bool zeros, size_t width)
{
	char	digits[24];
	size_t	n;

	n = (size_t)snprintf(digits, sizeof(digits), "%zu", i);
	for (; n < width; width--)
		buf_putc(out, zeros ? '0' : ' ');
	buf_put(out, digits, n);
}

/* Returns how many numbers were put, -1 for a pattern that is none. */
static int
expand(const char *p, size_t i, size_t count, struct buf *out)
{
	size_t	width;
	bool	zeros;
	int	numbers = 0;

	while (*p != '\0') {
		if (*p == '@' && numbers == 0 && count > 1) {
			buf_putc(out, '-');
			put_number(out, i, true, 5);
			numbers++;
		}
		if (*p != '%') {
			buf_putc(out, *p++);
		} else if (p[1] == '%') {
			buf_putc(out, '%');
			p += 2;
		} else {
			p = read_number(p + 1, &zeros, &width);
			if (p == NULL || ++numbers > 1)
				return -1;
			put_number(out, i, zeros, width);
		}
	}
	return numbers;
}

int
names_expand(const char *pattern, size_t i, size_t count, char *out,
    size_t size, struct err_text *why)
{
	struct buf	name;
	int		numbers, rc = 0;

	buf_init(&name, size - 1);
	numbers = expand(pattern, i, count, &name);
	if (numbers == 0 && count > 1) {
		buf_putc(&name, '-');
		put_number(&name, i, true, 5);
	}
	if (numbers < 0)
		rc = err_set(why, "'%s': a name holds one number such as "
		    "%%05d ('%%%%' is a percent sign)", pattern);
	else if (!buf_ok(&name))
		rc = err_set(why, "'%s': over %zu bytes", pattern, size - 1);
	else
		memcpy(out, buf_str(&name), name.len + 1);
	buf_release(&name);
	return rc;
}
