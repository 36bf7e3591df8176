#include "base/rand.h"

#include <stdbool.h>
#include <string.h>

#include "tap.h"

static size_t
digit(char c)
{
	return (size_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

int
main(void)
{
	unsigned char	raw[64] = { 0 }, bits[16] = { 0 };
	char		hex[20];
	bool		seen[16][16] = { { false } };
	size_t		i, round, missing = 0;

	for (round = 0; round < 64; round++) {
		memset(raw, 0, sizeof(raw));
		rand_bytes(raw, 16);
		for (i = 0; i < 16; i++)
			bits[i] |= raw[i];
	}
	for (i = 0; i < 16; i++)
		missing += bits[i] != 0xff;
	ok(missing == 0, "every bit is set sooner or later");
	ok(raw[16] == 0 && raw[63] == 0, "no byte more is written");
	memset(hex, 'x', sizeof(hex));
	rand_hex(hex, 15);
	ok(strlen(hex) == 15 && strspn(hex, "0123456789abcdef") == 15 &&
	    hex[16] == 'x', "hex digits, an odd number of them, and a NUL");
	for (round = 0; round < 1000; round++) {
		rand_hex(hex, 16);
		for (i = 0; i < 16; i += 2)
			seen[digit(hex[i])][digit(hex[i + 1])] = true;
	}
	for (i = 0; i < 256; i++)
		missing += !seen[i / 16][i % 16];
	ok(missing == 0, "all of them occur, in all pairs");
	return tap_done();
}
