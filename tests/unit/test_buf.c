#include "base/buf.h"

#include <stdint.h>
#include <string.h>

#include "tap.h"

static void
test_put(void)
{
	struct buf	b;

	buf_init(&b, 100);
	ok(strcmp(buf_str(&b), "") == 0 && b.len == 0,
	    "an empty buffer is an empty string");
	buf_puts(&b, "ab");
	buf_putc(&b, 'c');
	buf_put(&b, "d\0e", 3);
	buf_printf(&b, "%d%s", 42, "x");
	buf_put(&b, NULL, 0);
	ok(b.len == 9 && memcmp(buf_str(&b), "abcd\0e42x", 10) == 0,
	    "puts follow one another, a NUL behind them");
	ok(buf_ok(&b), "and nothing failed");
	buf_release(&b);
	ok(b.p == NULL && b.len == 0 && b.max == 100,
	    "released it is empty and may be used again");
}

static void
test_maximum(void)
{
	struct buf	b;

	buf_init(&b, 5);
	buf_puts(&b, "abcd");
	buf_puts(&b, "ef");
	ok(b.len == 4 && !buf_ok(&b), "what does not fit adds nothing");
	buf_puts(&b, "e");
	ok(b.len == 5 && !buf_ok(&b), "the failure stays");
	ok(strcmp(buf_str(&b), "abcde") == 0,
	    "the full buffer has room for its NUL");
	buf_reset(&b);
	ok(b.len == 0 && buf_ok(&b), "reset forgets it");
	buf_printf(&b, "%s", "123456");
	ok(b.len == 0 && !buf_ok(&b), "a printf that does not fit");
	buf_reset(&b);
	buf_printf(&b, "%s", "12345");
	ok(b.len == 5 && buf_ok(&b), "one that just fits");
	ok(buf_reserve(&b, 1) == NULL && buf_reserve(&b, SIZE_MAX) == NULL,
	    "no room is NULL");
	buf_release(&b);
}

static void
test_cut(void)
{
	struct buf	b;

	buf_init(&b, 6);
	buf_puts(&b, "abcdef");
	buf_putc(&b, 'g');
	buf_truncate(&b, 4);
	ok(strcmp(buf_str(&b), "abcd") == 0 && buf_ok(&b),
	    "truncate takes back the half-written and its failure");
	buf_truncate(&b, 5);
	ok(b.len == 4, "truncate never adds");
	buf_consume(&b, 1);
	ok(strcmp(buf_str(&b), "bcd") == 0, "consume drops the front");
	buf_consume(&b, 0);
	ok(b.len == 3, "consuming nothing changes nothing");
	buf_consume(&b, 9);
	ok(b.len == 0, "consuming more than there is empties it");
	buf_release(&b);
	buf_consume(&b, 1);
	ok(b.len == 0, "also where there never was a byte");
}

static void
test_growth(void)
{
	struct buf	b;
	char		*to;
	size_t		 i, wrong = 0;

	buf_init(&b, 100000);
	for (i = 0; i < 100000; i++)
		buf_putc(&b, (char)(i % 251));
	for (i = 0; i < b.len; i++)
		wrong += b.p[i] != (char)(i % 251);
	ok(b.len == 100000 && wrong == 0 && buf_ok(&b),
	    "growing keeps the bytes");
	buf_release(&b);
	for (i = 0; i < 600; i++) {
		buf_putc(&b, 'x');
		wrong += strlen(buf_str(&b)) != i + 1 || b.cap <= b.len;
	}
	ok(wrong == 0, "there is room for the NUL at every length");
	buf_release(&b);
	to = buf_reserve(&b, 3);
	memcpy(to, "xyz", 3);
	b.len += 3;
	ok(strcmp(buf_str(&b), "xyz") == 0, "reserved room is written to");
	buf_release_secret(&b);
	ok(b.p == NULL && b.len == 0, "a secret is released too");
	buf_release_secret(&b);
	ok(b.p == NULL, "twice does no harm");
}

int
main(void)
{
	test_put();
	test_maximum();
	test_cut();
	test_growth();
	return tap_done();
}
