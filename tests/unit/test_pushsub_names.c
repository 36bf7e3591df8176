#include <stdbool.h>
#include <string.h>

#include "pushsub/names.h"
#include "tap.h"

static bool
gives(const char *pattern, size_t i, size_t count, const char *expected)
{
	struct err_text	why;
	char		out[64];

	return names_expand(pattern, i, count, out, sizeof(out), &why) == 0 &&
	    strcmp(out, expected) == 0;
}

static bool
fails(const char *pattern, size_t size)
{
	struct err_text	why = { "" };
	char		out[64];

	return names_expand(pattern, 0, 1, out, size, &why) == -1 &&
	    strstr(why.s, pattern) != NULL;
}

int
main(void)
{
	ok(gives("dev-%05d", 7, 10, "dev-00007"), "zeros fill the width");
	ok(gives("dev-%05d", 123456, 200000, "dev-123456"),
	    "a number wider than the pattern is not cut");
	ok(gives("d%d@x.org", 12, 20, "d12@x.org"), "no width, with domain");
	ok(gives("%02d-x", 3, 5, "03-x"), "the number may come first");
	ok(gives("dev", 0, 1, "dev"), "one device keeps its name");
	ok(gives("dev", 4, 5, "dev-00004"), "several get a number");
	ok(gives("dev@x.org", 4, 5, "dev-00004@x.org"),
	    "the number belongs to the localpart");
	ok(gives("a%%b", 0, 1, "a%b"), "%%%% is a percent sign");
	ok(fails("%s", 64), "%%s is refused");
	ok(fails("%n", 64), "%%n is refused");
	ok(fails("a%", 64), "a percent sign at the end is refused");
	ok(fails("%d%d", 64), "two numbers are refused");
	ok(fails("%099999999999d", 64), "an absurd width is refused");
	ok(fails("abcdefgh", 8), "a name one byte too long is refused");
	ok(!fails("abcdefg", 8), "a name that just fits is taken");
	return tap_done();
}
