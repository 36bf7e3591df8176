#include "base/digest.h"

#include <string.h>

#include "tap.h"

static bool
is(const unsigned char *p, size_t n, const char *hex)
{
	char	text[2 * DIGEST_MAX + 1];
	size_t	i;

	for (i = 0; i < n; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", p[i]);
	return strcmp(text, hex) == 0;
}

static void
test_hashes(void)
{
	unsigned char	out[DIGEST_MAX];

	ok(digest_size(DIGEST_SHA1) == 20 && digest_size(DIGEST_SHA256) == 32,
	    "digests have their sizes");
	digest_hash(DIGEST_SHA1, "abc", 3, out);
	ok(is(out, 20, "a9993e364706816aba3e25717850c26c9cd0d89d"),
	    "SHA-1 of abc (RFC 3174)");
	digest_hash(DIGEST_SHA256, "", 0, out);
	ok(is(out, 32, "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855"), "SHA-256 of nothing");
	digest_hmac(DIGEST_SHA1, "Jefe", 4, "what do ya want for nothing?",
	    28, out);
	ok(is(out, 20, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
	    "HMAC-SHA-1 (RFC 2202)");
	digest_hmac(DIGEST_SHA256, "Jefe", 4, "what do ya want for nothing?",
	    28, out);
	ok(is(out, 32, "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843"), "HMAC-SHA-256 (RFC 4231)");
}

static void
test_pbkdf2(void)
{
	static const unsigned char	salt[] = "salt";
	unsigned char			out[DIGEST_MAX];

	digest_pbkdf2(DIGEST_SHA1, "password", 8, salt, 4, 4096, out);
	ok(is(out, 20, "4b007901b765489abead49d926f721d065a429c1"),
	    "PBKDF2 with SHA-1 (RFC 6070)");
	digest_pbkdf2(DIGEST_SHA256, "password", 8, salt, 4, 4096, out);
	ok(is(out, 32, "c5e478d59288c841aa530db6845c4c8d"
	    "962893a001ce4e11a4963873aa98134a"), "PBKDF2 with SHA-256");
}

static void
test_equal(void)
{
	ok(digest_equal("abc", "abc", 3) && digest_equal("abc", "abd", 2),
	    "the same bytes are equal");
	ok(!digest_equal("abc", "abd", 3) && !digest_equal("xbc", "abc", 3),
	    "others are not");
}

static void
test_crc(void)
{
	unsigned char	zeros[32] = { 0 };
	uint32_t	crc;

	/* RFC 3720 appendix B.4 */
	ok(digest_crc32c(0, zeros, 32) == 0x8a9136aaU, "32 zeros");
	memset(zeros, 0xff, sizeof(zeros));
	ok(digest_crc32c(0, zeros, 32) == 0x62a8ab43U, "32 ones");
	ok(digest_crc32c(0, "123456789", 9) == 0xe3069283U, "the check value");
	crc = digest_crc32c(0, "1234", 4);
	ok(digest_crc32c(crc, "56789", 5) == 0xe3069283U,
	    "in two parts it is the same");
	ok(digest_crc32c(7, "", 0) == 7, "no bytes change nothing");
}

int
main(void)
{
	test_hashes();
	test_pbkdf2();
	test_equal();
	test_crc();
	return tap_done();
}
