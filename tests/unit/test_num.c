#include "base/num.h"

#include <string.h>

#include "tap.h"

#define KEPT	77	/* what stays where nothing was read */
#define TOUCHED	78	/* refused, but written to */

static uint64_t
num(const char *text, uint64_t min, uint64_t max)
{
	uint64_t	v = KEPT;

	if (num_parse(text, strlen(text), min, max, &v) == 0)
		return v;
	return v == KEPT ? KEPT : TOUCHED;
}

static uint64_t
size(const char *text, uint64_t max)
{
	uint64_t	v = KEPT;

	if (num_parse_size(text, strlen(text), 1, max, &v) == 0)
		return v;
	return v == KEPT ? KEPT : TOUCHED;
}

static void
test_numbers(void)
{
	static const char *const	bad[] = {
		"", "-1", "+1", " 1", "1 ", "0x1", "1.0", "x",
		"18446744073709551616", "99999999999999999999",
		"100000000000000000000",
	};
	uint64_t	v;
	size_t		i;

	ok(num("0", 0, 9) == 0 && num("007", 0, 9) == 7 &&
	    num("9", 0, 9) == 9, "digits are a number");
	ok(num("10", 0, 9) == KEPT && num("1", 2, 9) == KEPT,
	    "what is out of range is none");
	ok(num("18446744073709551615", 0, UINT64_MAX) == UINT64_MAX,
	    "the largest number");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(num(bad[i], 0, UINT64_MAX) == KEPT, "\"%s\" is none",
		    bad[i]);
	ok(num_parse("123", 2, 0, 99, &v) == 0 && v == 12,
	    "no more bytes are read than given");
}

static void
test_sizes(void)
{
	ok(size("5", 9) == 5 && size("1k", 9999) == 1024 &&
	    size("2K", 9999) == 2048 && size("3M", UINT64_MAX) == 3 << 20 &&
	    size("4g", UINT64_MAX) == UINT64_C(4) << 30,
	    "suffixes are powers of 1024");
	ok(size("k", 9999) == KEPT && size("1kk", 9999) == KEPT &&
	    size("1x", 9999) == KEPT && size("", 9999) == KEPT,
	    "other text is no size");
	ok(size("0", 9) == KEPT && size("10k", 9999) == KEPT,
	    "the range is that of the result");
	ok(size("17179869183G", UINT64_MAX) == UINT64_C(17179869183) << 30 &&
	    size("17179869184G", UINT64_MAX) == KEPT, "nothing overflows");
}

int
main(void)
{
	test_numbers();
	test_sizes();
	return tap_done();
}
