#include "base/utf8.h"

#include <string.h>

#include "tap.h"

static size_t
put(unsigned char *p, unsigned cp)
{
	if (cp < 0x80) {
		p[0] = (unsigned char)cp;
		return 1;
	}
	if (cp < 0x800) {
		p[0] = (unsigned char)(0xc0 | cp >> 6);
		p[1] = (unsigned char)(0x80 | (cp & 63));
		return 2;
	}
	if (cp < 0x10000) {
		p[0] = (unsigned char)(0xe0 | cp >> 12);
		p[1] = (unsigned char)(0x80 | (cp >> 6 & 63));
		p[2] = (unsigned char)(0x80 | (cp & 63));
		return 3;
	}
	p[0] = (unsigned char)(0xf0 | cp >> 18);
	p[1] = (unsigned char)(0x80 | (cp >> 12 & 63));
	p[2] = (unsigned char)(0x80 | (cp >> 6 & 63));
	p[3] = (unsigned char)(0x80 | (cp & 63));
	return 4;
}

/* Production [2] Char of XML 1.0. */
static bool
is_xml_char(unsigned cp)
{
	return cp == 9 || cp == 10 || cp == 13 ||
	    (cp >= 0x20 && cp <= 0xd7ff) || (cp >= 0xe000 && cp <= 0xfffd) ||
	    (cp >= 0x10000 && cp <= 0x10ffff);
}

static void
test_every_character(void)
{
	unsigned char	raw[5];
	const char	*s = (const char *)raw;
	unsigned	cp, wrong = 0, cut = 0;
	bool		good;
	size_t		n;

	for (cp = 0; cp < 0x112000; cp++) {
		n = put(raw, cp);
		good = (cp < 0xd800 || cp > 0xdfff) && cp <= 0x10ffff;
		wrong += utf8_valid(s, n) != good;
		wrong += utf8_valid_xml(s, n) != is_xml_char(cp);
		cut += n > 1 && utf8_valid(s, n - 1);
		raw[n] = 'x';
		wrong += utf8_valid(s, n + 1) != good;
	}
	ok(wrong == 0, "every character and no surrogate is valid");
	ok(cut == 0, "none is without its last byte");
}

static void
test_malformed(void)
{
	static const char *const	bad[] = {
		"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2x",
		"\xe0\x80\x80", "\xe0\x9f\xbf", "\xe2\x82", "\xe2\x82x",
		"\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf0\x9f\x98",
		"\xf8\x88\x80\x80\x80", "\xfe", "\xff", "\xe2x\x82",
		"\xe2\x82\xff",
	};
	char	text[16];
	size_t	i, n;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		n = strlen(bad[i]);
		memcpy(text, "ab", 2);
		memcpy(text + 2, bad[i], n);
		ok(!utf8_valid(text, n + 2) && !utf8_valid_xml(text, n + 2) &&
		    utf8_span(text, n + 2) == 2, "refuses bytes %zu", i);
	}
	ok(utf8_valid("", 0) && utf8_valid_xml("", 0) &&
	    utf8_span("", 0) == 0, "no bytes are valid");
	ok(utf8_valid("a\0b", 3) && !utf8_valid_xml("a\0b", 3),
	    "NUL is UTF-8, but no XML");
	ok(utf8_span("\xe2\x82\xac", 3) == 3, "the whole is spanned");
	ok(utf8_cut("abc", 8) == 3 && utf8_cut("abc", 2) == 2,
	    "a quote ends with the string or at its maximum");
	ok(utf8_cut("a\xe2\x82\xac", 4) == 4 &&
	    utf8_cut("a\xe2\x82\xac", 3) == 1,
	    "a quote does not end inside a character");
}

int
main(void)
{
	test_every_character();
	test_malformed();
	return tap_done();
}
