/*
 * fuzz_lines - cutting into lines, by libFuzzer.  The property: however the
 * input was split, the same lines come out, none over the maximum.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/lines.h"

#define MAX	20

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static bool
on_line(void *arg, const char *p, size_t n)
{
	struct buf	*out = arg;

	if (n > MAX)
		abort();
	if (p == NULL)
		buf_puts(out, "<too long>");
	else
		buf_put(out, p, n);
	buf_puts(out, "<end>");
	return true;
}

static void
cut(const char *p, size_t n, size_t step, char end, struct buf *out)
{
	struct lines	l;
	size_t		at, len;

	lines_init(&l, MAX, end);
	for (at = 0; at < n; at += len) {
		len = n - at < step ? n - at : step;
		if (lines_feed(&l, p + at, len, on_line, out) != len)
			abort();
	}
	lines_end(&l, on_line, out);
	lines_release(&l);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char	*p = (const char *)data;
	struct buf	 whole, split;
	char		 end;

	if (n < 2)
		return 0;
	end = data[0] & 1 ? '\n' : '\0';
	buf_init(&whole, SIZE_MAX / 2);
	buf_init(&split, SIZE_MAX / 2);
	cut(p + 2, n - 2, n, end, &whole);
	cut(p + 2, n - 2, data[1] % 16 + 1u, end, &split);
	if (whole.len != split.len ||
	    (whole.len > 0 && memcmp(whole.p, split.p, whole.len) != 0))
		abort();
	buf_release(&whole);
	buf_release(&split);
	return 0;
}
